//! Whom a fact is about: volumes and VMs by any of their names, through resources and groups, at a time.
//!
//! A CSV disk's group is usually named by a GUID and a role need not be named after its VM: the way from a group
//! to its subject goes through its resources wherever a table or event tells them, and by equal names only for a
//! VM's role of which no resource is known.

use std::collections::{BTreeMap, BTreeSet};

use super::numbers::Numbers;
use super::registry::{Kinds, Names, Registry};
use crate::fact::{
    Claim, Fact, GroupClaim, GroupKind, GroupRef, Guid, Instant, Name, NodeRef, ResourceClaim, ResourceRef,
    VmRef, VolumeRef,
};

/// Friendly name of a volume; name of a VM, group or resource.
pub(super) const NAME: u8 = 0;
/// Cluster resource of a volume or VM.
pub(super) const RESOURCE: u8 = 1;
/// Cluster object id of a volume's or VM's resource.
pub(super) const OBJECT: u8 = 2;

/// Indices of the volumes and VMs that a resource or group carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Volumes.
    pub volumes: Vec<usize>,
    /// VMs.
    pub vms: Vec<usize>,
}

impl Carried {
    fn extend(&mut self, other: Self) {
        self.volumes.extend(other.volumes);
        self.vms.extend(other.vms);
    }

    fn tidy(&mut self) {
        for list in [&mut self.volumes, &mut self.vms] {
            list.sort_unstable();
            list.dedup();
        }
    }
}

/// Whom a claim is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meant {
    /// These.
    pub sure: Carried,
    /// One of these, or none: the name changed hands, and the time does not tell who bore it.
    pub perhaps: Carried,
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
    numbers: Numbers,
    group_ids: BTreeSet<Guid>,
    members: BTreeMap<usize, Vec<Stay>>,
    kinds: BTreeMap<usize, GroupKind>,
    end: Option<Instant>,
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
    Names { identity: r.id, atoms: atoms([(NAME, r.name.clone()), (OBJECT, None), (RESOURCE, None)]) }
}

/// The group of a CSV disk carries a GUID for a name; where that is an object id (`ids`), both are one.
fn group_names(r: &GroupRef, ids: &BTreeSet<Guid>) -> Names {
    let named = || r.name.as_ref().and_then(|n| Guid::parse(n.as_str())).filter(|id| ids.contains(id));
    Names {
        identity: r.id.or_else(named),
        atoms: atoms([(NAME, r.name.clone()), (OBJECT, None), (RESOURCE, None)]),
    }
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
        let mut group_ids: BTreeSet<Guid> = BTreeSet::new();
        let mut end = None;
        for (fact, at) in facts.clone() {
            end = end.max(at);
            match &fact.claim {
                Claim::Group(r, _) | Claim::Resource(_, ResourceClaim::InGroup(r)) => group_ids.extend(r.id),
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
        let mut numbers = Numbers::default();
        for (fact, at) in facts.clone() {
            match &fact.claim {
                Claim::Volume(r, _) => volumes.push((volume_names(r), at)),
                Claim::Vm(r, _) => vms.push((vm_names(r), at)),
                Claim::Group(r, _) => groups.push((group_names(r, &group_ids), at)),
                Claim::Node(NodeRef { name: Some(name), number: Some(number) }, _) => {
                    numbers.add(*number, name, at);
                }
                Claim::Resource(r, claim) => {
                    resources.push((resource_names(r), at));
                    let both = atoms([(RESOURCE, r.name.clone()), (OBJECT, object(r.id)), (NAME, None)]);
                    if both.len() == 2 && both.iter().any(|atom| disks.contains(atom)) {
                        volumes.push((Names { identity: None, atoms: both }, at));
                    }
                    if let Some(vm) = vm_of_resource(r, &kinds) {
                        let names = vm_names(&vm);
                        let atoms = names.atoms.into_iter().chain(object(r.id).map(|id| (OBJECT, id)));
                        vms.push((Names { atoms: atoms.collect(), ..names }, at));
                    }
                    match claim {
                        ResourceClaim::InGroup(group) => groups.push((group_names(group, &group_ids), at)),
                        ResourceClaim::MovedGroup { from, to, .. } => {
                            groups.extend([from, to].map(|g| (group_names(g, &group_ids), at)));
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
            numbers,
            group_ids,
            end,
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
        let found = self.groups.find(&group_names(r, &self.group_ids), at);
        (found.len() == 1).then(|| found[0])
    }

    /// The volumes that a source means.
    #[must_use]
    pub fn volumes_of(&self, r: &VolumeRef, at: Instant) -> Vec<usize> {
        self.volumes.find(&volume_names(r), Some(at))
    }

    /// Whom a claim is about. A name means whom it meant at that time.
    #[must_use]
    pub fn meant(&self, claim: &Claim, at: Instant) -> Meant {
        let mut out = Meant::default();
        match claim {
            Claim::Volume(r, _) => {
                let names = volume_names(r);
                out.sure.volumes = self.volumes.find(&names, Some(at));
                if out.sure.volumes.is_empty() {
                    out.perhaps.volumes = self.volumes.candidates(&names);
                }
            }
            Claim::Vm(r, _) => {
                let names = vm_names(r);
                out.sure.vms = self.vms.find(&names, Some(at));
                if out.sure.vms.is_empty() {
                    out.perhaps.vms = self.vms.candidates(&names);
                }
            }
            Claim::Resource(r, _) => match self.resource(r, Some(at)) {
                Some(resource) => self.carried(resource, Some(at), &mut out),
                None => {
                    for resource in self.resources.candidates(&resource_names(r)) {
                        self.carried(resource, Some(at), &mut out);
                    }
                    out.perhaps.extend(std::mem::take(&mut out.sure));
                }
            },
            Claim::Group(r, _) => match self.group(r, Some(at)) {
                Some(group) => self.in_group(group, r.name.as_ref(), Some(at), &mut out),
                None => {
                    for group in self.groups.candidates(&group_names(r, &self.group_ids)) {
                        self.in_group(group, r.name.as_ref(), Some(at), &mut out);
                    }
                    out.perhaps.extend(std::mem::take(&mut out.sure));
                }
            },
            _ => {}
        }
        out.sure.tidy();
        out.perhaps.tidy();
        out
    }

    /// What a resource carries at a time.
    fn carried(&self, resource: usize, at: Option<Instant>, out: &mut Meant) {
        let resource = &self.resources.subjects()[resource];
        let id = object(resource.identity);
        let names = id.iter().map(|n| (OBJECT, n)).chain(resource.all(NAME).map(|n| (RESOURCE, n)));
        let mut vm_known = false;
        for atom in names.map(|(kind, name)| (kind, name.clone())) {
            let names = Names { identity: None, atoms: vec![atom] };
            // Another resource of that name, before or after, carried other volumes.
            let other = |volume: &usize| {
                let mut ids = self.volumes.subjects()[*volume].all(OBJECT).peekable();
                id.is_some() && ids.peek().is_some() && ids.all(|own| Some(own) != id.as_ref())
            };
            let volumes = self.volumes.find(&names, at);
            out.sure.volumes.extend(volumes.into_iter().filter(|volume| !other(volume)));
            // The object's id comes first: a name may have passed to another.
            if !vm_known {
                let vms = self.vms.find(&names, at);
                vm_known = !vms.is_empty();
                if vms.is_empty() {
                    out.perhaps.vms.extend(self.vms.candidates(&names));
                }
                out.sure.vms.extend(vms);
            }
        }
    }

    /// What a group carries at a time; `name` is what a source called it.
    fn in_group(&self, group: usize, name: Option<&Name>, at: Option<Instant>, out: &mut Meant) {
        if let Some(members) = self.members.get(&group) {
            for (from, to, resource) in members {
                let begun = from.is_none_or(|from| at.is_none_or(|at| from <= at));
                if begun && to.is_none_or(|to| at.is_some_and(|at| at < to)) {
                    self.carried(*resource, at, out);
                }
            }
            return;
        }
        let named = matches!(self.kinds.get(&group), None | Some(GroupKind::VirtualMachine));
        let name = name.or_else(|| self.groups.subjects()[group].last(NAME)).filter(|_| named);
        let Some(name) = name else { return };
        let names = Names { identity: None, atoms: vec![(NAME, name.clone())] };
        let vms = self.vms.find(&names, at);
        if vms.is_empty() {
            out.perhaps.vms.extend(self.vms.candidates(&names));
        }
        out.sure.vms.extend(vms);
    }

    /// The groups of each VM, by VM index: the last one known.
    #[must_use]
    pub fn vm_groups(&self) -> BTreeMap<usize, Name> {
        let mut out = BTreeMap::new();
        for (at, group) in self.groups.subjects().iter().enumerate() {
            let Some(name) = group.last(NAME) else { continue };
            let known =
                self.members.contains_key(&at) || self.kinds.get(&at) == Some(&GroupKind::VirtualMachine);
            if known {
                let mut meant = Meant::default();
                self.in_group(at, None, self.end, &mut meant);
                meant.sure.vms.into_iter().for_each(|vm| drop(out.insert(vm, name.clone())));
            }
        }
        out
    }

    /// Is it known in which group a resource of this name is? What is told of the group is told of it only then.
    #[must_use]
    pub fn is_grouped(&self, resource: &Name) -> bool {
        let found = self.resources.candidates(&resource_names(&ResourceRef::named(resource.as_str())));
        let mut stays = self.members.values().flatten();
        stays.any(|stay| found.contains(&stay.2))
    }

    /// The numbers of the nodes.
    #[must_use]
    pub fn numbers(&self) -> &Numbers {
        &self.numbers
    }
}
