//! `Get-ClusterNetwork`: which networks may carry redirected I/O, and in which order of metric.
//!
//! Numbers: `CLUSTER_NETWORK_STATE` and `CLUSTER_NETWORK_ROLE` of the Windows SDK.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterNetwork",
    types: &[("", "ClusterNetwork")],
    fits: |object| {
        object.has_all(&["Name", "Role"])
            && ["Metric", "AutoMetric", "AddressMask"].iter().any(|name| object.has(name))
    },
    file: "clusternetwork.",
    decisive: &["Name", "State", "Role", "Metric", "Address", "AddressMask"],
    scope: Scope::Cluster,
    says,
};

const STATES: &[(i64, &str)] = &[(0, "Unavailable"), (1, "Down"), (2, "Partitioned"), (3, "Up")];
const ROLES: &[(i64, &str)] = &[(0, "None"), (1, "Cluster"), (3, "ClusterAndClient")];

fn says(object: &Object, said: &mut Said) {
    let Some(name) = object.name("Name") else { return };
    let network = NetworkRef { network: Some(name), ..NetworkRef::default() };
    let claim = NetworkClaim::Properties {
        state: object.word("State", STATES),
        role: object.word("Role", ROLES),
        metric: object.number("Metric").and_then(|metric| u32::try_from(metric).ok()),
        address: object.text("Address").map(str::to_owned),
    };
    said.claim(Claim::Network(network, claim));
}
