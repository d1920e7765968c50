//! `Get-ClusterResource`: type, group, owner and state of each resource: the links from a CSV disk's resource to
//! its group and node, and from a VM's resources to the VM.
//!
//! State numbers: `CLUSTER_RESOURCE_STATE` of the Windows SDK. A state without its owner is not passed on.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, GroupRef, ResourceClaim, ResourceRef, ResourceState, VmClaim, VmRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterResource",
    types: &[("", "ClusterResource")],
    fits: |object| {
        object.has_all(&["Name", "OwnerGroup"]) && (object.has("ResourceType") || object.has("State"))
    },
    file: "clusterresource.",
    decisive: &["Name", "Id", "ResourceType", "OwnerGroup", "OwnerNode", "State"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let resource = ResourceRef { name: object.name("Name"), id: object.guid("Id") };
    let Some(name) = resource.name.clone() else { return };
    let kind = object.name("ResourceType");
    if let Some(kind) = &kind {
        said.claim(Claim::Resource(resource.clone(), ResourceClaim::Kind(kind.clone())));
        if ["Virtual Machine", "Virtual Machine Configuration"].iter().any(|vm| *kind == (*vm).into()) {
            said.claim(Claim::Vm(VmRef::from_resource(name.as_str()), VmClaim::Named));
        }
    }
    if let Some(group) = object.name("OwnerGroup") {
        let group = GroupRef { name: Some(group), id: None };
        said.claim(Claim::Resource(resource.clone(), ResourceClaim::InGroup(group)));
    }
    if let Some(node) = object.node("OwnerNode") {
        said.member(&node);
        let state = object.word("State", &[]).map(|state| ResourceState::parse(&state));
        said.claim(Claim::Resource(resource, ResourceClaim::On { node, state }));
    }
}
