//! `<Cluster>_ClusterInfo.XML` of Microsoft's GetLogs script: one object whose properties are the answers of many
//! cmdlets. What is inside is read as if it stood alone; exported at the default depth, some of it is names only.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, ClusterClaim, GroupClaim, GroupRef, NodeClaim, NodeRef};
use crate::fact::{ResourceClaim, ResourceRef, VolumeClaim, VolumeRef};
use crate::source::snapshot::note;
use crate::source::snapshot::object::{Body, Object};

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "GetLogs ClusterInfo",
    types: &[],
    fits: |object| object.has_all(&["CSV", "CSVState", "Group", "Node"]),
    file: "clusterinfo",
    decisive: &["Name", "CSV", "CSVState", "Group", "Node", "Res", "Net"],
    scope: Scope::Container,
    says,
};

fn says(object: &Object, said: &mut Said) {
    if let Some(name) = object.name("Name") {
        said.cluster = Some(name.clone());
        said.claim(Claim::Cluster(ClusterClaim::Name(name)));
    }
    for name in bare(object, "Node") {
        let node = NodeRef::named(name);
        said.members.extend(node.name.clone());
        said.claim(Claim::Node(node, NodeClaim::Named));
    }
    for name in bare(object, "CSV") {
        said.claim(Claim::Volume(VolumeRef::named("", name), VolumeClaim::Named));
    }
    for name in bare(object, "Group") {
        said.claim(Claim::Group(GroupRef::named(name), GroupClaim::Named));
    }
    for name in bare(object, "Res") {
        said.claim(Claim::Resource(ResourceRef::named(name), ResourceClaim::Named));
    }
    for property in ["CSV", "CSVState", "Group", "Node", "Res", "Net"] {
        let items = object.items(property).unwrap_or_default();
        if items.iter().any(|item| matches!(item.body, Body::Text(_))) {
            said.note(&note::TOO_SHALLOW, property);
        }
    }
}

/// The values of a property that are names only.
fn bare<'a>(object: &'a Object, property: &str) -> Vec<&'a str> {
    let items = object.items(property).unwrap_or_default();
    items.iter().filter(|item| matches!(item.body, Body::Text(_))).filter_map(|item| item.text()).collect()
}
