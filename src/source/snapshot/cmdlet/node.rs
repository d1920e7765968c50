//! `Get-ClusterNode`: members of the cluster, their numbers, states and builds.
//!
//! State numbers: `CLUSTER_NODE_STATE` of the Windows SDK.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, NodeClaim, NodeRef, NodeState};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterNode",
    types: &[("", "ClusterNode")],
    fits: |object| {
        object.has("Name")
            && object.has("State")
            && (["NodeWeight", "DynamicWeight", "NodeHighestVersion", "DrainStatus", "NodeInstanceID"]
                .iter()
                .any(|name| object.has(name))
                // The default tables of 2012 R2 and of 2016 and later.
                || object.has_only(&["Name", "ID", "State"])
                || object.has_only(&["Name", "State", "Type"]))
    },
    file: "clusternode",
    decisive: &["Name", "Id", "State", "StatusInformation", "BuildNumber"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let Some(name) = object.node("Name") else { return };
    said.member(&name);
    let number = object.number("Id").and_then(|number| u32::try_from(number).ok());
    let node = NodeRef { name: Some(name), number };
    match object.word("State", &[]) {
        Some(state) => said.claim(Claim::Node(node.clone(), NodeClaim::State(NodeState::parse(&state)))),
        None => said.claim(Claim::Node(node.clone(), NodeClaim::Named)),
    }
    if let Some(build) = object.number("BuildNumber").and_then(|build| u32::try_from(build).ok()) {
        said.claim(Claim::Node(node, NodeClaim::OsBuild(build)));
    }
}
