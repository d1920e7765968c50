//! `[NETFTAPI]`: the fault-tolerant network driver signals that a peer's endpoint came or went.

use super::{Form, between};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::cluster_log::line::Line;

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "remote_unreachable",
        tag: "NETFTAPI",
        needle: "Signaled NetftRemoteUnreachable event",
        sample: "DBG   [NETFTAPI] Signaled NetftRemoteUnreachable event, local address 10.9.0.1:3343 remote address 10.9.0.2:3343",
        expect: || vec![super::im::route("10.9.0.1:3343", "10.9.0.2:3343", false)],
        scan: |line| signaled(line, false),
    },
    Form {
        name: "remote_reachable",
        tag: "NETFTAPI",
        needle: "Signaled NetftRemoteReachable event",
        sample: "DBG   [NETFTAPI] Signaled NetftRemoteReachable event, local address 10.9.0.1:3343 remote address 10.9.0.2:3343",
        expect: || vec![super::im::route("10.9.0.1:3343", "10.9.0.2:3343", true)],
        scan: |line| signaled(line, true),
    },
];

fn signaled(line: &Line<'_>, up: bool) -> Option<Vec<Claim>> {
    let local = between(line.text, "local address ", " remote address ")?.trim().to_owned();
    let remote = line.text.split_once(" remote address ")?.1.trim().to_owned();
    Some(vec![Claim::Network(NetworkRef::default(), NetworkClaim::Route { local, remote, up })])
}
