//! `Get-ClusterGroup`: which node each role is on, and which roles are virtual machines.
//!
//! Group types: `CLUSGROUP_TYPE` of the Windows SDK (4 ClusGroupTypeSharedVolume, 111
//! ClusGroupTypeVirtualMachine); states: `CLUSTER_GROUP_STATE`. The default table has no type column.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, GroupClaim, GroupKind, GroupRef, GroupState};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterGroup",
    types: &[("", "ClusterGroup")],
    fits: |object| {
        let special = ["GroupType", "AutoFailbackType", "FailoverThreshold"];
        let more = ["SharedVolumeInfo", "ResourceType", "OwnerGroup", "FriendlyVolumeName"];
        object.has_all(&["Name", "State"])
            && !more.iter().any(|name| object.has(name))
            && (special.iter().any(|name| object.has(name))
                || object.has_only(&["Name", "OwnerNode", "State"]))
    },
    file: "clustergroup",
    decisive: &["Name", "Id", "GroupType", "OwnerNode", "State"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let group = GroupRef { name: object.name("Name"), id: object.guid("Id") };
    if group == GroupRef::default() {
        return;
    }
    if let Some(kind) = object.word("GroupType", &[(4, "ClusterSharedVolume"), (111, "VirtualMachine")]) {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "virtualmachine" => GroupKind::VirtualMachine,
            "clustersharedvolume" | "sharedvolume" => GroupKind::SharedVolume,
            _ => GroupKind::Other(kind),
        };
        said.claim(Claim::Group(group.clone(), GroupClaim::Kind(kind)));
    }
    match object.node("OwnerNode") {
        Some(node) => {
            said.member(&node);
            let state = object.word("State", &[]).map(|state| GroupState::parse(&state));
            said.claim(Claim::Group(group, GroupClaim::On { node, state }));
        }
        None => said.claim(Claim::Group(group, GroupClaim::Named)),
    }
}
