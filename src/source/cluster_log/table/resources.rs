//! `[=== Resources ===]`: types, groups, and through the group the owner.

use super::{Bound, Index};
use crate::fact::{Claim, GroupRef, Guid, Name, ResourceClaim, ResourceRef, ResourceState, VmClaim, VmRef};

#[derive(Debug)]
pub(super) struct Row {
    pub(super) resource: ResourceRef,
    kind: Option<Name>,
    group: Option<String>,
    state: Option<ResourceState>,
}

impl Row {
    pub(super) fn read(row: &Bound<'_>) -> Option<Self> {
        let resource = ResourceRef { name: row.name("ObjectName"), id: row.guid("ObjectId") };
        // As in the other tables: states are read as words only.
        let word = row.cell("_state").filter(|cell| cell.bytes().all(|b| b.is_ascii_alphabetic()));
        (resource != ResourceRef::default()).then(|| Self {
            resource,
            kind: row.name("resourceType"),
            group: row.cell("OwnerGroup").map(str::to_owned),
            state: word.map(ResourceState::parse),
        })
    }

    pub(super) fn claims(&self, index: &Index<'_>) -> Vec<Claim> {
        let say = |claim| Claim::Resource(self.resource.clone(), claim);
        let mut out = Vec::new();
        if self.resource.name.is_some() && self.resource.id.is_some() {
            out.push(say(ResourceClaim::Named));
        }
        out.extend(self.kind.clone().map(|kind| say(ResourceClaim::Kind(kind))));
        let by_cell = self.group.as_deref().map(|cell| match Guid::parse(cell) {
            Some(id) => (GroupRef { name: None, id: Some(id) }, index.groups.get(&id)),
            None => (GroupRef::named(cell), index.group_names.get(&Name::new(cell))),
        });
        let by_list = || index.holders.get(&self.resource.id?).map(|row| (row.group.clone(), Some(row)));
        if let Some((bare, row)) = by_cell.or_else(by_list) {
            let group = row.map_or(bare, |row| row.group.clone());
            out.push(say(ResourceClaim::InGroup(group)));
            // A resource is where its group is.
            if let Some(node) = row.and_then(|row| row.owner(index)) {
                out.push(say(ResourceClaim::On { node, state: self.state.clone() }));
            }
        }
        let is_vm = self.kind.as_ref().is_some_and(|kind| {
            *kind == Name::new("Virtual Machine") || *kind == Name::new("Virtual Machine Configuration")
        });
        if let (true, Some(name)) = (is_vm, &self.resource.name) {
            out.push(Claim::Vm(VmRef::from_resource(name.as_str()), VmClaim::Named));
        }
        out
    }
}
