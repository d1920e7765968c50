//! `[NDP]`: the routes below a virtual one.

use super::{Form, im::route};

pub(super) const FORMS: &[Form] = &[Form {
    name: "all_routes_down",
    tag: "NDP",
    needle: "All routes for route (virtual) local ",
    sample: "INFO  [NDP] All routes for route (virtual) local fe80::7:~0~ to remote fe80::8:~0~ are down",
    expect: || vec![route("fe80::7:~0~", "fe80::8:~0~", false)],
    scan: |line| {
        let rest = line.text.strip_prefix("All routes for route (virtual) local ")?;
        let (local, remote) = rest.split_once(" to remote ")?;
        Some(vec![route(local, remote.strip_suffix(" are down")?, false)])
    },
}];
