//! `[=== Groups ===]`: which node owns a group, what it is for, and the resources in it.

use super::{Bound, Index};
use crate::fact::{
    Claim, GroupClaim, GroupKind, GroupRef, GroupState, Guid, Name, ResourceClaim, ResourceRef,
};

#[derive(Debug)]
pub(super) struct Row {
    pub(super) group: GroupRef,
    owner: Option<String>,
    state: Option<GroupState>,
    kind: Option<GroupKind>,
    pub(super) resources: Vec<Guid>,
}

impl Row {
    pub(super) fn read(row: &Bound<'_>) -> Option<Self> {
        let group = GroupRef { name: row.name("ObjectName"), id: row.guid("ObjectId") };
        if group == GroupRef::default() {
            return None;
        }
        // Group types are a public enumeration (`CLUSGROUP_TYPE`); the engine's own state numbers are not.
        let kind = row.cell("_groupType").map(|cell| match cell {
            "111" | "VirtualMachine" => GroupKind::VirtualMachine,
            "5" | "ClusterSharedVolume" => GroupKind::SharedVolume,
            other => GroupKind::Other(other.to_owned()),
        });
        let word = row.cell("_state").filter(|cell| cell.bytes().all(|b| b.is_ascii_alphabetic()));
        Some(Self {
            group,
            owner: row.cell("_pOwnerNode").map(str::to_owned),
            state: word.map(GroupState::parse),
            kind,
            resources: row.cell("resources").unwrap_or_default().split(' ').filter_map(Guid::parse).collect(),
        })
    }

    pub(super) fn claims(&self, index: &Index<'_>) -> Vec<Claim> {
        let mut out = Vec::new();
        if self.group.name.is_some() && self.group.id.is_some() {
            out.push(Claim::Group(self.group.clone(), GroupClaim::Named));
        }
        if let Some(node) = self.owner(index) {
            out.push(Claim::Group(self.group.clone(), GroupClaim::On { node, state: self.state.clone() }));
        }
        out.extend(self.kind.clone().map(|kind| Claim::Group(self.group.clone(), GroupClaim::Kind(kind))));
        for id in &self.resources {
            let resource = index
                .resources
                .get(id)
                .map_or(ResourceRef { name: None, id: Some(*id) }, |have| (*have).clone());
            out.push(Claim::Resource(resource, ResourceClaim::InGroup(self.group.clone())));
        }
        out
    }

    /// The node that owns the group.
    pub(super) fn owner(&self, index: &Index<'_>) -> Option<Name> {
        index.node(self.owner.as_deref()?)
    }
}
