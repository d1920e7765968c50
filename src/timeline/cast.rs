//! Whom a fact is about: volumes and VMs by any of their names, through resources and groups, at a time.
//!
//! A CSV disk's group is usually named by a GUID and a role need not be named after its VM: the way from a group
//! to its subject goes through its resources wherever a table or event tells them, and by equal names only for a
//! VM's role of which no resource is known.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::{Kinds, Names, Registry};
use crate::fact::{
    Claim, Fact, GroupClaim, GroupKind, GroupRef, Guid, Instant, Name, NodeRef, ResourceClaim, ResourceRef,
    VmRef, VolumeRef,
};

/// Friendly name of a volume; name of a VM, group or resource.
pub(super) const NAME: u8 = 0;
/// Cluster resource of a volume or VM.
pub(super) const RESOURCE: u8 = 1;
/// Cluster object id of a volume's resource, of a group or of a resource.
pub(super) const OBJECT: u8 = 2;

/// Indices of the volumes and VMs that a resource or group carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Volumes.
    pub volumes: Vec<usize>,
    /// VMs.
    pub vms: Vec<usize>,
}

/// Half-open stretch of time in which a resource is in a group.
type Stay = (Option<Instant>, Option<Instant>, usize);

/// Everybody that facts speak of.
#[derive(Debug, Default)]
pub struct Cast {
    /// Volumes.
    pub volumes: Registry,
    /// VMs.
    pub vms: Registry,
    groups: Registry,
    resources: Registry,
    numbers: BTreeMap<u32, Name>,
    by_resource: BTreeMap<usize, Carried>,
    members: BTreeMap<usize, Vec<Stay>>,
    kinds: BTreeMap<usize, GroupKind>,
}

fn atoms(parts: [(u8, Option<Name>); 3]) -> Vec<(u8, Name)> {
    let mut out: Vec<_> = parts.into_iter().filter_map(|(kind, name)| Some((kind, name?))).collect();
    out.sort();
    out
}

fn object(id: Option<Guid>) -> Option<Name> {
    id.map(|id| Name::new(&id.to_string()))
}

fn volume_names(r: &VolumeRef) -> Names {
    let parts = [(NAME, r.friendly.clone()), (RESOURCE, r.resource.clone()), (OBJECT, object(r.resource_id))];
    Names { identity: r.guid, atoms: atoms(parts) }
}

fn vm_names(r: &VmRef) -> Names {
    Names {
        identity: r.id,
        atoms: atoms([(NAME, r.name.clone()), (RESOURCE, r.resource.clone()), (OBJECT, None)]),
    }
}

fn resource_names(r: &ResourceRef) -> Names {
    Names { identity: None, atoms: atoms([(NAME, r.name.clone()), (OBJECT, object(r.id)), (RESOURCE, None)]) }
}

fn group_names(r: &GroupRef) -> Names {
    // The group of a CSV disk carries a GUID for a name; where that is its object id, both are one.
    let id = r.id.or_else(|| r.name.as_ref().and_then(|n| Guid::parse(n.as_str())));
    Names { identity: None, atoms: atoms([(NAME, r.name.clone()), (OBJECT, object(id)), (RESOURCE, None)]) }
}

/// Resource names that begin as Hyper-V's resources do, unless their type is known to be another.
fn vm_of_resource(r: &ResourceRef, kinds: &BTreeMap<Name, Name>) -> Option<VmRef> {
    let name = r.name.as_ref()?;
    let vm = VmRef::from_resource(name.as_str());
    match kinds.get(name) {
        Some(kind) => kind.as_str().to_ascii_lowercase().starts_with("virtual machine").then_some(vm),
        None => vm.name.is_some().then_some(vm),
    }
}

impl Cast {
    /// From all facts, placed or not, in any order.
    #[must_use]
    pub fn new<'a>(facts: impl Iterator<Item = (&'a Fact, Option<Instant>)> + Clone) -> Self {
        let mut kinds: BTreeMap<Name, Name> = BTreeMap::new();
        let mut disks: BTreeSet<(u8, Name)> = BTreeSet::new();
        for (fact, _) in facts.clone() {
            match &fact.claim {
                Claim::Resource(ResourceRef { name: Some(name), .. }, ResourceClaim::Kind(kind)) => {
                    kinds.insert(name.clone(), kind.clone());
                }
                Claim::Volume(r, _) => {
                    disks.extend(volume_names(r).atoms.into_iter().filter(|a| a.0 != NAME))
                }
                _ => {}
            }
        }
        let (mut volumes, mut vms, mut groups, mut resources) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut numbers: BTreeMap<u32, (Option<Instant>, Name)> = BTreeMap::new();
        for (fact, at) in facts.clone() {
            match &fact.claim {
                Claim::Volume(r, _) => volumes.push((volume_names(r), at)),
                Claim::Vm(r, _) => vms.push((vm_names(r), at)),
                Claim::Group(r, _) => groups.push((group_names(r), at)),
                Claim::Node(NodeRef { name: Some(name), number: Some(number) }, _) => {
                    let slot = numbers.entry(*number).or_insert_with(|| (at, name.clone()));
                    if (at, name) >= (slot.0, &slot.1) {
                        *slot = (at, name.clone());
                    }
                }
                Claim::Resource(r, claim) => {
                    resources.push((resource_names(r), at));
                    let both = atoms([(RESOURCE, r.name.clone()), (OBJECT, object(r.id)), (NAME, None)]);
                    if both.len() == 2 && both.iter().any(|atom| disks.contains(atom)) {
                        volumes.push((Names { identity: None, atoms: both }, at));
                    }
                    if let Some(vm) = vm_of_resource(r, &kinds) {
                        vms.push((vm_names(&vm), at));
                    }
                    match claim {
                        ResourceClaim::InGroup(group) => groups.push((group_names(group), at)),
                        ResourceClaim::MovedGroup { from, to, .. } => {
                            groups.extend([from, to].map(|g| (group_names(g), at)));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let mut out = Self {
            groups: Registry::new(Kinds::default(), groups),
            resources: Registry::new(Kinds::default(), resources),
            numbers: numbers.into_iter().map(|(number, (_, name))| (number, name)).collect(),
            ..Self::default()
        };
        out.read_groups(facts);
        // A VM's role of which no resource is known may stand for its VM by name.
        for (&group, kind) in &out.kinds {
            if *kind == GroupKind::VirtualMachine && !out.members.contains_key(&group) {
                let name = out.groups.subjects()[group].last(NAME).cloned();
                vms.push((
                    Names { identity: None, atoms: atoms([(NAME, name), (RESOURCE, None), (OBJECT, None)]) },
                    None,
                ));
            }
        }
        out.volumes = Registry::new(Kinds { shared: &[RESOURCE, OBJECT], single: Some(NAME) }, volumes);
        out.vms = Registry::new(Kinds::default(), vms);
        for (at, resource) in out.resources.subjects().iter().enumerate() {
            let mut carried = Carried::default();
            let names =
                resource.all(NAME).map(|n| (RESOURCE, n)).chain(resource.all(OBJECT).map(|n| (OBJECT, n)));
            for (kind, name) in names {
                let names = Names { identity: None, atoms: vec![(kind, name.clone())] };
                carried.volumes.extend(out.volumes.find(&names, None));
                carried.vms.extend(out.vms.find(&names, None));
            }
            carried.volumes.sort_unstable();
            carried.volumes.dedup();
            carried.vms.sort_unstable();
            carried.vms.dedup();
            if carried != Carried::default() {
                out.by_resource.insert(at, carried);
            }
        }
        out
    }

    fn read_groups<'a>(&mut self, facts: impl Iterator<Item = (&'a Fact, Option<Instant>)>) {
        let mut inside: BTreeMap<usize, (Option<Instant>, usize)> = BTreeMap::new();
        let mut moves: BTreeMap<usize, Vec<(Instant, usize, usize)>> = BTreeMap::new();
        for (fact, at) in facts {
            match &fact.claim {
                Claim::Resource(r, ResourceClaim::InGroup(group)) => {
                    if let (Some(resource), Some(group)) = (self.resource(r, at), self.group(group, at)) {
                        let slot = inside.entry(resource).or_insert((at, group));
                        *slot = (*slot).max((at, group));
                    }
                }
                Claim::Resource(r, ResourceClaim::MovedGroup { from, to, .. }) => {
                    let (from, to) = (self.group(from, at), self.group(to, at));
                    if let (Some(resource), Some(from), Some(to), Some(at)) =
                        (self.resource(r, at), from, to, at)
                    {
                        moves.entry(resource).or_default().push((at, from, to));
                    }
                }
                Claim::Group(r, GroupClaim::Kind(kind)) => {
                    if let Some(group) = self.group(r, at) {
                        self.kinds.insert(group, kind.clone());
                    }
                }
                _ => {}
            }
        }
        let mut stays: BTreeMap<usize, Vec<Stay>> = BTreeMap::new();
        for (resource, mut moves) in moves {
            moves.sort_unstable();
            inside.remove(&resource);
            let mut since = None;
            for (at, from, to) in &moves {
                stays.entry(*from).or_default().push((since, Some(*at), resource));
                since = Some(*at);
                if moves.last().is_some_and(|last| last.0 == *at) {
                    stays.entry(*to).or_default().push((since, None, resource));
                }
            }
        }
        for (resource, (_, group)) in inside {
            stays.entry(group).or_default().push((None, None, resource));
        }
        self.members = stays;
    }

    fn resource(&self, r: &ResourceRef, at: Option<Instant>) -> Option<usize> {
        let found = self.resources.find(&resource_names(r), at);
        (found.len() == 1).then(|| found[0])
    }

    fn group(&self, r: &GroupRef, at: Option<Instant>) -> Option<usize> {
        let found = self.groups.find(&group_names(r), at);
        (found.len() == 1).then(|| found[0])
    }

    /// The volumes that a source means.
    #[must_use]
    pub fn volumes_of(&self, r: &VolumeRef, at: Instant) -> Vec<usize> {
        self.volumes.find(&volume_names(r), Some(at))
    }

    /// The VM that a source means.
    #[must_use]
    pub fn vms_of(&self, r: &VmRef, at: Instant) -> Vec<usize> {
        self.vms.find(&vm_names(r), Some(at))
    }

    /// What a resource carries.
    #[must_use]
    pub fn of_resource(&self, r: &ResourceRef, at: Instant) -> Carried {
        let found = self.resource(r, Some(at)).and_then(|resource| self.by_resource.get(&resource));
        found.cloned().unwrap_or_default()
    }

    /// What a group carries at a time.
    #[must_use]
    pub fn of_group(&self, r: &GroupRef, at: Instant) -> Carried {
        let Some(group) = self.group(r, Some(at)) else { return Carried::default() };
        let Some(members) = self.members.get(&group) else {
            let named = matches!(self.kinds.get(&group), None | Some(GroupKind::VirtualMachine));
            let name = self.groups.subjects()[group].last(NAME).filter(|_| named);
            let names =
                Names { identity: None, atoms: name.map(|n| (NAME, n.clone())).into_iter().collect() };
            return Carried { volumes: Vec::new(), vms: self.vms.find(&names, Some(at)) };
        };
        let mut out = Carried::default();
        for (from, to, resource) in members {
            let inside = from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to);
            if let Some(carried) = self.by_resource.get(resource).filter(|_| inside) {
                out.volumes.extend(&carried.volumes);
                out.vms.extend(&carried.vms);
            }
        }
        out.volumes.sort_unstable();
        out.volumes.dedup();
        out.vms.sort_unstable();
        out.vms.dedup();
        out
    }

    /// The groups of each VM, by VM index: the last one known.
    #[must_use]
    pub fn vm_groups(&self) -> BTreeMap<usize, Name> {
        let mut out = BTreeMap::new();
        for (at, group) in self.groups.subjects().iter().enumerate() {
            let Some(name) = group.last(NAME) else { continue };
            let carried = match self.members.get(&at) {
                Some(members) => {
                    let current = members.iter().filter(|m| m.1.is_none());
                    let carried = current.filter_map(|m| self.by_resource.get(&m.2));
                    carried.flat_map(|c| c.vms.iter().copied()).collect()
                }
                None if self.kinds.get(&at) == Some(&GroupKind::VirtualMachine) => {
                    self.vms.find(&Names { identity: None, atoms: vec![(NAME, name.clone())] }, None)
                }
                None => Vec::new(),
            };
            carried.into_iter().for_each(|vm| drop(out.insert(vm, name.clone())));
        }
        out
    }

    /// A node's name by its number.
    #[must_use]
    pub fn node_named(&self, number: u32) -> Option<&Name> {
        self.numbers.get(&number)
    }

    /// A node's number by its name.
    #[must_use]
    pub fn number_of(&self, name: &Name) -> Option<u32> {
        self.numbers.iter().find(|(_, named)| *named == name).map(|(number, _)| *number)
    }
}
