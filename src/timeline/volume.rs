//! Volumes through time: names, file system, storage, coordinator, mode and state on every node.

use std::collections::{BTreeMap, BTreeSet};

use super::cast::{Cast, NAME, OBJECT, RESOURCE};
use super::coordinator::{Down, Silence, coordinator, tells_owner};
use super::layer::Own;
use super::mode::{Nature, modes};
use super::registry::{Kinds, Names, Registry};
use super::settled::{file_system, no_spaces, space, storage};
use super::state::states;
use super::told::{Told, World};
use super::{NodeStory, Settled, VolumeStory};
use crate::fact::{Claim, DiskClaim, DiskRef, FilterClaim, Guid, Instant, Name, NodeClaim, VolumeClaim};

/// Windows Server 2012 R2: events of resources (1637) name the disk itself.
const EVENTS_NAME_RESOURCES: u32 = 9600;

/// Everything about every volume, in the order of [`Cast::volumes`].
#[must_use]
pub fn volumes(
    world: &World<'_>,
    cast: &Cast,
    nodes: &[NodeStory],
    spaces_direct: &Settled<bool>,
) -> Vec<VolumeStory> {
    let count = cast.volumes.subjects().len();
    let mut claims: Vec<Vec<Told<'_>>> = vec![Vec::new(); count];
    let mut owners: Vec<Vec<Told<'_>>> = vec![Vec::new(); count];
    let mut perhaps: Vec<Perhaps> = vec![Perhaps::default(); count];
    for told in &world.told {
        let own = match &told.fact.claim {
            Claim::Volume(..) => true,
            Claim::Resource(..) | Claim::Group(..) => false,
            _ => continue,
        };
        let meant = cast.meant(&told.fact.claim, told.at);
        for at in meant.sure.volumes {
            owners[at].push(*told);
            if own {
                claims[at].push(*told);
            }
        }
        for at in meant.perhaps.volumes {
            if tells_owner(told) {
                perhaps[at].owner.push(told.at);
            }
            if own && !matches!(told.fact.claim, Claim::Volume(_, VolumeClaim::Named)) {
                perhaps[at].rest.push(told.at);
            }
        }
    }
    let downs = downs(world);
    let resets = resets(world);
    let own = Own { filters: filters(world), mounts: mounts(world) };
    let disks = disks(world, cast);
    let names: Vec<Name> = nodes.iter().filter_map(|n| n.name.clone()).collect();
    let no_spaces = no_spaces(&world.told, &names.iter().cloned().collect());
    let os_build = nodes.iter().filter_map(|n| n.os_build).max();
    let mut out = Vec::with_capacity(count);
    for (at, subject) in cast.volumes.subjects().iter().enumerate() {
        let resource = subject.last(RESOURCE).cloned();
        let silence = match &resource {
            None => Silence::Meaningless,
            Some(resource)
                if os_build.is_some_and(|b| b >= EVENTS_NAME_RESOURCES) || cast.is_grouped(resource) =>
            {
                Silence::OfAll
            }
            Some(_) => Silence::OfEngine,
        };
        let mut coordinator = coordinator(&owners[at], &downs, silence, world);
        coordinator.unsettle(&perhaps[at].owner);
        let file_system = file_system(&claims[at]);
        let storage = storage(&claims[at], &disks[at], spaces_direct, &no_spaces);
        let (tiered, simple) = space(&disks[at]);
        let friendly = subject.last(NAME).cloned();
        let named = friendly.is_some() || resource.is_some();
        let reached = reached(&disks[at]);
        let nature =
            Nature { file_system: &file_system, storage: &storage, tiered, simple, os_build, named, reached };
        let mut io_mode = modes(&claims[at], &coordinator, &nature, &own, nodes, world);
        let when = |fact| {
            let found = world.told.binary_search_by_key(&fact, |told| told.id);
            found.ok().map(|at| world.told[at].at)
        };
        io_mode.iter_mut().for_each(|(_, timeline)| timeline.unsettle_cited(&perhaps[at].rest, when));
        let mut state = states(&claims[at], &resets, world);
        state.iter_mut().for_each(|(_, timeline)| timeline.unsettle(&perhaps[at].rest));
        let mut also: BTreeSet<Name> = subject.all(NAME).chain(subject.all(RESOURCE)).cloned().collect();
        for name in [&friendly, &resource].into_iter().flatten() {
            also.remove(name);
        }
        out.push(VolumeStory {
            guid: subject.identity,
            resource,
            resource_id: subject.last(OBJECT).and_then(|id| Guid::parse(id.as_str())),
            friendly,
            also_named: also.into_iter().collect(),
            file_system,
            storage,
            coordinator,
            io_mode,
            state,
        });
    }
    out
}

/// When something was told that may be of the volume, by a name that changed hands.
#[derive(Clone, Default)]
struct Perhaps {
    /// Of its owner.
    owner: Vec<Instant>,
    /// Of its mode or state.
    rest: Vec<Instant>,
}

/// When CSVFS began anew on a node by the node's own word: it booted, or its cluster service stopped or started. What others
/// say of it stands by their clocks.
fn resets<'a>(world: &World<'a>) -> BTreeMap<Name, Vec<Told<'a>>> {
    let mut out: BTreeMap<Name, Vec<Told<'a>>> = BTreeMap::new();
    for told in &world.told {
        let Claim::Node(r, claim) = &told.fact.claim else { continue };
        let node = match claim {
            NodeClaim::Booted
            | NodeClaim::ShutDown { .. }
            | NodeClaim::ServiceStarted
            | NodeClaim::ServiceStopped { .. }
            | NodeClaim::QuorumLost => told.node_or_reporter(r.name.as_ref()),
            _ => continue,
        };
        // What may have been hours off says nothing of any state.
        let placed = !told.is_collected() && told.spread <= crate::clock::DOUBTFUL;
        if let Some(node) = node.filter(|node| placed && told.fact.reporter.as_ref() == Some(node)) {
            out.entry(node).or_default().push(*told);
        }
    }
    out
}

/// When a node lost its volumes, or began to mount them, by its own word: which of them it had access to then, and since when,
/// only CSVFS and the volume's events tell. True where it begins.
fn mounts(world: &World<'_>) -> BTreeMap<Name, Vec<(Instant, bool)>> {
    let mut out: BTreeMap<Name, Vec<(Instant, bool)>> = BTreeMap::new();
    for told in world.told.iter().filter(|told| !told.is_collected()) {
        let Claim::Node(r, claim) = &told.fact.claim else { continue };
        let begins = match claim {
            NodeClaim::Booted | NodeClaim::ServiceStarted | NodeClaim::Joined => true,
            NodeClaim::ShutDown { .. } | NodeClaim::ServiceStopped { .. } | NodeClaim::QuorumLost => false,
            _ => continue,
        };
        let node = told.node_or_reporter(r.name.as_ref());
        if let Some(node) = node.filter(|node| told.fact.reporter.as_ref() == Some(node)) {
            out.entry(node).or_default().push((told.at, begins));
        }
    }
    out
}

/// When nodes were known to own nothing.
pub(super) fn downs<'a>(world: &World<'a>) -> Vec<Down<'a>> {
    let mut out = Vec::new();
    for told in &world.told {
        let Claim::Node(r, claim) = &told.fact.claim else { continue };
        let (node, already) = match claim {
            NodeClaim::Removed | NodeClaim::Evicted => (r.name.clone(), false),
            NodeClaim::ServiceStopped { .. } | NodeClaim::QuorumLost => {
                (told.node_or_reporter(r.name.as_ref()), false)
            }
            NodeClaim::ServiceStarted => (told.node_or_reporter(r.name.as_ref()), true),
            _ => continue,
        };
        out.extend(node.map(|node| Down { told: *told, node, already }));
    }
    out
}

/// Which nodes list the volume's disk among their own: they see it.
fn reached<'a>(disks: &[Told<'a>]) -> BTreeMap<Name, Told<'a>> {
    let lists = |told: &&Told<'_>| {
        matches!(&told.fact.claim, Claim::Disk(r, DiskClaim::BusType(_)) if r.number.is_some())
            && told.is_collected()
    };
    let listed = disks.iter().filter(lists);
    listed.filter_map(|told| Some((told.fact.reporter.clone()?, *told))).collect()
}

/// The filter drivers that `fltmc` lists on each node.
fn filters(world: &World<'_>) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut out: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for told in &world.told {
        if let (Claim::Filter(r, FilterClaim::Registered { .. }), Some(node)) =
            (&told.fact.claim, &told.fact.reporter)
        {
            out.entry(node.clone()).or_default().insert(r.name.clone());
        }
    }
    out
}

/// Facts about the disk of each volume: by resource, or by the virtual disk that Windows names the resource after.
fn disks<'a>(world: &World<'a>, cast: &Cast) -> Vec<Vec<Told<'a>>> {
    const FRIENDLY: u8 = 3;
    const NUMBER: u8 = 4;
    const DEVICE: u8 = 5;
    let names = |told: &Told<'_>, r: &DiskRef| {
        let here = told.fact.reporter.as_ref().map_or("", Name::as_str);
        let number = r.number.map(|number| (NUMBER, Name::new(&format!("{here}\\{number}"))));
        let device = r.device.as_ref().map(|device| (DEVICE, Name::new(&format!("{here}\\{device}"))));
        let resource = r.resource.clone().map(|name| (RESOURCE, name));
        let friendly = r.friendly.clone().map(|name| (FRIENDLY, name));
        let mut atoms: Vec<_> = [number, device, resource, friendly].into_iter().flatten().collect();
        atoms.sort();
        Names { identity: r.id, atoms }
    };
    let told_of = |told: &Told<'a>| match &told.fact.claim {
        Claim::Disk(r, _) => Some((names(told, r), *told)),
        _ => None,
    };
    let said: Vec<(Names, Told<'a>)> = world.told.iter().filter_map(told_of).collect();
    let registry =
        Registry::new(Kinds::default(), said.iter().map(|(names, told)| (names.clone(), Some(told.at))));
    let mut by_disk: BTreeMap<usize, Vec<Told<'a>>> = BTreeMap::new();
    for (names, told) in said {
        if let [disk] = registry.find(&names, Some(told.at))[..] {
            by_disk.entry(disk).or_default().push(told);
        }
    }
    let of_volume = |subject: &super::registry::Subject| {
        let mut found = BTreeSet::new();
        for resource in subject.all(RESOURCE) {
            let text = resource.as_str();
            let inner = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map(Name::new);
            let asked = [Some((RESOURCE, resource.clone())), inner.map(|name| (FRIENDLY, name))];
            for atom in asked.into_iter().flatten() {
                found.extend(registry.find(&Names { identity: None, atoms: vec![atom] }, None));
            }
        }
        let mut facts: Vec<Told<'a>> =
            found.iter().filter_map(|disk| by_disk.get(disk)).flatten().copied().collect();
        facts.sort_by_key(|told| told.id);
        facts
    };
    cast.volumes.subjects().iter().map(of_volume).collect()
}
