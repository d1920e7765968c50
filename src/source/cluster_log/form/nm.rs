//! `[NM]`: changes of network interfaces.

use super::Form;
use crate::fact::{Claim, Name, NetworkClaim, NetworkRef};

pub(super) const FORMS: &[Form] = &[Form {
    name: "interface_changed",
    tag: "NM",
    needle: "Got interface changed event for adapter ",
    sample: "DBG   [NM] Got interface changed event for adapter hv-07 - CSV, new state 1",
    expect: || {
        let subject = NetworkRef { interface: Some(Name::new("hv-07 - CSV")), ..NetworkRef::default() };
        vec![Claim::Network(subject, NetworkClaim::State { up: false, event: 0 })]
    },
    // `CLUSTER_NETINTERFACE_STATE`: 1 failed, 2 unreachable, 3 up. A real line of state 1 follows "Marking it as
    // failed". The other numbers say nothing definite.
    scan: |line| {
        let rest = line.text.strip_prefix("Got interface changed event for adapter ")?;
        let (interface, state) = rest.rsplit_once(", new state ")?;
        let up = match state.trim() {
            "1" => false,
            "3" => true,
            _ => return Some(Vec::new()),
        };
        let subject = NetworkRef { interface: Some(Name::new(interface)), ..NetworkRef::default() };
        Some(vec![Claim::Network(subject, NetworkClaim::State { up, event: 0 })])
    },
}];
