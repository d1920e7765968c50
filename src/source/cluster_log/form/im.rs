//! `[IM]`: the interface manager counts missed heartbeats and marks routes.

use super::{Form, between};
use crate::fact::{Claim, NetworkClaim, NetworkRef};

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "heartbeats_missed",
        tag: "IM",
        needle: " consecutive heartbeats from ",
        sample: "INFO  [IM] got event: LocalEndpoint 10.9.0.1:~3343~ has missed two-fifth consecutive heartbeats from 10.9.0.2:~3343~",
        expect: || {
            let (local, remote) = ("10.9.0.1:~3343~".to_owned(), "10.9.0.2:~3343~".to_owned());
            vec![Claim::Network(NetworkRef::default(), NetworkClaim::HeartbeatsMissed { local, remote })]
        },
        scan: |line| {
            let local = between(line.text, "LocalEndpoint ", " has missed ")?.to_owned();
            let remote = line.text.split_once(" consecutive heartbeats from ")?.1.trim().to_owned();
            Some(vec![Claim::Network(
                NetworkRef::default(),
                NetworkClaim::HeartbeatsMissed { local, remote },
            )])
        },
    },
    Form {
        name: "endpoint_unreachable",
        tag: "IM",
        needle: " unreachable from ",
        sample: "INFO  [IM] got event: Remote endpoint 10.9.0.2:~3343~ unreachable from 10.9.0.1:~3343~",
        expect: || vec![route("10.9.0.1:~3343~", "10.9.0.2:~3343~", false)],
        scan: |line| {
            let remote = between(line.text, "Remote endpoint ", " unreachable from ")?;
            let local = line.text.split_once(" unreachable from ")?.1;
            Some(vec![route(local, remote, false)])
        },
    },
    Form {
        name: "route_down",
        tag: "IM",
        needle: "Marking Route from ",
        sample: "INFO  [IM] Marking Route from 10.9.0.1:~3343~ to 10.9.0.2:~3343~ as down",
        expect: || vec![route("10.9.0.1:~3343~", "10.9.0.2:~3343~", false)],
        scan: |line| {
            let (local, rest) = line.text.strip_prefix("Marking Route from ")?.split_once(" to ")?;
            Some(vec![route(local, rest.strip_suffix(" as down")?, false)])
        },
    },
];

pub(super) fn route(local: &str, remote: &str, up: bool) -> Claim {
    let (local, remote) = (local.trim().to_owned(), remote.trim().to_owned());
    Claim::Network(NetworkRef::default(), NetworkClaim::Route { local, remote, up })
}
