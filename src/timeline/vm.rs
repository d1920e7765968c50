//! VMs through time: names, where each ran and in which state, its disk files and their volumes.
//!
//! A migration's start, and a role's move, announce; what the target logs confirms. Registering a configuration is
//! an announcement too: during a live migration it happens before the VM runs there.

use std::collections::{BTreeMap, BTreeSet};

use super::cast::{Cast, NAME, RESOURCE};
use super::coordinator::{Down, failed_over, owner_by_group_or_resource};
use super::cover::Cover;
use super::fold::{Carry, Point, Said, fold};
use super::layer::certain;
use super::told::{Told, World};
use super::window::{Cursor, append, cuts, fold_within, windows};
use super::{NodeStory, Piece, Placement, Timeline, VmDisk, VmStory, evidence_of};
use crate::fact::{
    Certainty, Claim, Evidence, FactId, GroupClaim, GroupState, Guid, Instant, Name, Role, VmClaim, VmState,
    VolumeRef,
};

/// Hyper-V's own records outrank the cluster's about a VM; a snapshot comes last.
const HYPER_V: u8 = 1;
const SNAPSHOT: u8 = 4;

/// Windows Server 2012 R2: the first whose cluster is known to log that a role leaves a node (event 1641). Before, a role that
/// moved is told by its next host alone, so that only all nodes' logs together show that it stayed.
const LOGS_LEAVING: u32 = 9600;

/// Every VM, in the order of [`Cast::vms`]. Disks name volumes by their index in [`Cast::volumes`].
#[must_use]
pub fn vms(world: &World<'_>, cast: &Cast, nodes: &[NodeStory]) -> Vec<VmStory> {
    let build = nodes.iter().filter_map(|n| n.os_build).max();
    let leaving = build.is_some_and(|build| build >= LOGS_LEAVING);
    let together = nodes
        .iter()
        .map(|n| n.name.as_ref().map_or_else(Cover::default, |name| world.coverage.ownership(name)));
    let together = together.reduce(|all, one| all.and(&one)).unwrap_or_default();
    let count = cast.vms.subjects().len();
    let mut claims: Vec<Vec<Told<'_>>> = vec![Vec::new(); count];
    let mut perhaps: Vec<Vec<Told<'_>>> = vec![Vec::new(); count];
    for told in &world.told {
        if !matches!(&told.fact.claim, Claim::Vm(..) | Claim::Resource(..) | Claim::Group(..)) {
            continue;
        }
        let meant = cast.meant(&told.fact.claim, told.at);
        meant.sure.vms.into_iter().for_each(|at| claims[at].push(*told));
        meant.perhaps.vms.into_iter().for_each(|at| perhaps[at].push(*told));
    }
    let groups = cast.vm_groups();
    let downs = super::volume::downs(world);
    let story = |(at, subject): (usize, &super::registry::Subject)| VmStory {
        id: subject.identity,
        name: subject.last(NAME).cloned(),
        group: groups.get(&at).cloned(),
        disks: disks(&claims[at], cast),
        placement: {
            let clustered = groups.contains_key(&at) || subject.last(RESOURCE).is_some();
            let mut placement = placement(
                &claims[at],
                &downs,
                &|node| {
                    let hyper_v = world.coverage.hyper_v(node);
                    match (clustered, leaving) {
                        (false, _) => hyper_v,
                        (true, true) => hyper_v.or(&world.coverage.ownership(node)),
                        (true, false) => hyper_v.or(&together),
                    }
                },
                world,
            );
            let places = perhaps[at].iter().filter(|told| moves(told)).map(|told| told.at);
            placement.unsettle(&places.collect::<Vec<_>>());
            placement
        },
    };
    cast.vms.subjects().iter().enumerate().map(story).collect()
}

/// The disk files of a VM. A renamed mount point is the same volume, so the same file; a path that meant two volumes at
/// two times leads to none.
fn disks(claims: &[Told<'_>], cast: &Cast) -> Vec<VmDisk> {
    /// Facts kept for one disk.
    const KEPT: usize = 8;
    #[derive(Default)]
    struct Found {
        volumes: BTreeSet<usize>,
        facts: Vec<FactId>,
        last: Option<Instant>,
    }
    let mut by_path: BTreeMap<Name, Found> = BTreeMap::new();
    for told in claims {
        let Claim::Vm(_, VmClaim::Disk { path, .. } | VmClaim::DiskOpened { path }) = &told.fact.claim else {
            continue;
        };
        let found = by_path.entry(Name::new(path)).or_default();
        found.volumes.extend(volume_of_path(path, told.at, cast));
        found.last = found.last.max(Some(told.at));
        if found.facts.len() < KEPT {
            found.facts.push(told.id);
        }
    }
    let mut by_file: BTreeMap<(usize, Name), (Option<Instant>, Name)> = BTreeMap::new();
    for (path, found) in &by_path {
        if let (Some(&volume), 1) = (found.volumes.first(), found.volumes.len()) {
            let told = (found.last, path.clone());
            let latest = by_file.entry((volume, below_mount(path.as_str()))).or_insert_with(|| told.clone());
            *latest = told.max(latest.clone());
        }
    }
    let mut out: BTreeMap<Name, (Option<usize>, Vec<FactId>)> = BTreeMap::new();
    for (path, found) in by_path {
        let volume = found.volumes.first().copied().filter(|_| found.volumes.len() == 1);
        let latest = volume.and_then(|at| by_file.get(&(at, below_mount(path.as_str()))));
        let path = latest.map_or(path, |(_, latest)| latest.clone());
        let (_, facts) = out.entry(path).or_insert((volume, Vec::new()));
        facts.extend(found.facts);
        facts.sort_unstable();
        facts.truncate(KEPT);
    }
    let disk = |(path, (volume, facts)): (Name, (Option<usize>, Vec<FactId>))| VmDisk {
        path: path.as_str().to_owned(),
        volume,
        evidence: evidence_of(facts.into_iter().map(|fact| (fact, Role::Supports))),
    };
    out.into_iter().map(disk).collect()
}

/// What follows the mount point or the volume's GUID in a path on a shared volume.
#[must_use]
pub fn below_mount(path: &str) -> Name {
    let lower = path.to_ascii_lowercase();
    let rest = ["\\clusterstorage\\", "volume{"].iter().find_map(|root| {
        let after = lower.find(root)? + root.len();
        Some(&path[after..])
    });
    let rest = rest.and_then(|rest| rest.split_once('\\')).map_or(path, |(_, below)| below);
    Name::new(rest)
}

/// The volume that a path lies on: by the volume GUID in it, else by the mount point below the `ClusterStorage`
/// root, whatever its drive. The folder below the root is the whole mount point, so the longest match is the match.
fn volume_of_path(path: &str, at: Instant, cast: &Cast) -> Option<usize> {
    let lower = path.to_ascii_lowercase();
    let r = if lower.contains("volume{") {
        VolumeRef { guid: Some(Guid::find(path)?), ..VolumeRef::default() }
    } else if lower.contains("\\clusterstorage\\") {
        VolumeRef { friendly: VolumeRef::friendly_of(path), ..VolumeRef::default() }
    } else {
        return None;
    };
    let found = cast.volumes_of(&r, at);
    (found.len() == 1).then(|| found[0])
}

/// Would it say where a VM is, if it were about the VM?
fn moves(told: &Told<'_>) -> bool {
    let mut points = Vec::new();
    place(told, &mut None, &mut points);
    points.extend(owner_by_group_or_resource(told));
    !points.is_empty()
}

fn placement(
    claims: &[Told<'_>],
    downs: &[Down<'_>],
    cover: &dyn Fn(&Name) -> Cover,
    world: &World<'_>,
) -> Timeline<Placement> {
    let mut places: Vec<Point<Name>> = Vec::new();
    let mut states: Vec<Point<VmState>> = Vec::new();
    let mut target: Option<Name> = None;
    let mut leaving = false;
    for told in claims {
        if let Claim::Group(_, claim) = &told.fact.claim {
            leaving = match claim {
                GroupClaim::Moving { .. } | GroupClaim::MoveFailed { .. } => true,
                GroupClaim::State { to: GroupState::Online, here: true, .. } => false,
                _ => leaving,
            };
        }
        if let Some(point) = owner_by_group_or_resource(told) {
            let (point, gone) = failed_over(told, rests(point, leaving), downs);
            places.push(point);
            places.extend(gone);
        }
        place(told, &mut target, &mut places);
        state(told, &mut states);
    }
    let hosts: BTreeSet<Name> = places
        .iter()
        .flat_map(|p| [&p.before, &p.after])
        .filter_map(|said| if let Said::Is(node) = said { Some(node.clone()) } else { None })
        .collect();
    places.extend(downs.iter().filter(|down| hosts.contains(&down.node)).map(Down::point));
    let carry =
        Carry { cover: &cover, passing: &|_| false, unseen: &|_| true, from: world.from, to: world.to };
    let nodes = fold(places, &carry);
    // What it does is told by the host's own log, host by host.
    let hosts = windows(&certain(&nodes), world);
    let spans: Vec<(Instant, Instant)> = hosts.iter().map(|w| (w.0, w.1)).collect();
    let worker = |at: usize, _: &VmState| {
        hosts[at].2.as_ref().map_or_else(Cover::default, |node| world.coverage.worker(node))
    };
    overlay(&nodes, &fold_within(&states, &spans, &worker))
}

/// A role that goes offline stays with its host, unless it is about to move: whoever would tell that it left carries it.
fn rests(point: Point<Name>, leaving: bool) -> Point<Name> {
    match &point.before {
        Said::Is(_) if point.after == Said::Ended && !leaving => {
            Point { after: point.before.clone(), ..point }
        }
        _ => point,
    }
}

fn place(told: &Told<'_>, target: &mut Option<Name>, places: &mut Vec<Point<Name>>) {
    let Claim::Vm(_, claim) = &told.fact.claim else { return };
    let Some(reporter) = told.fact.reporter.clone() else {
        if let VmClaim::On { node: Some(node), .. } = claim {
            places.push(Point::is(told, SNAPSHOT, node.clone()));
        }
        return;
    };
    let here = || Point::is(told, HYPER_V, reporter.clone());
    let arrives = || Point::becomes(told, HYPER_V, reporter.clone());
    match claim {
        VmClaim::On { node, .. } => {
            places.push(Point::is(told, SNAPSHOT, node.clone().unwrap_or_else(|| reporter.clone())));
        }
        VmClaim::Became(VmState::Running) | VmClaim::Created => places.push(arrives()),
        VmClaim::Became(_) | VmClaim::Stopped(_) | VmClaim::StorageTrouble { .. } => places.push(here()),
        VmClaim::Registered => places.push(arrives().announced()),
        VmClaim::Deleted => {
            places.push(Point::new(told, HYPER_V, Said::Is(reporter.clone()), Said::Ended));
        }
        VmClaim::MigrationStarted { to, .. } => {
            *target = to.as_ref().map(|to| Name::node(to.as_str()));
            places.push(here());
        }
        VmClaim::MigrationLeft { .. } => {
            let after = match target.take() {
                Some(node) if node != reporter => Said::Is(node),
                _ => Said::Not(reporter.clone()),
            };
            places.push(Point::new(told, HYPER_V, Said::Is(reporter.clone()), after).announced());
        }
        VmClaim::MigrationArrived { .. } => places.push(arrives()),
        VmClaim::MigrationFailed { at_source: true } => {
            *target = None;
            places.push(here());
        }
        VmClaim::MigrationFailed { at_source: false } => {
            let not = Said::Not(reporter.clone());
            places.push(Point::new(told, HYPER_V, not.clone(), not));
        }
        VmClaim::Isolated { node } => places.push(Point::is(told, SNAPSHOT, node.clone())),
        _ => {}
    }
}

fn state(told: &Told<'_>, states: &mut Vec<Point<VmState>>) {
    let Claim::Vm(_, claim) = &told.fact.claim else { return };
    match claim {
        VmClaim::On { state, .. } => states.push(Point::is(told, SNAPSHOT, state.clone())),
        VmClaim::Became(state) => states.push(Point::becomes(told, HYPER_V, state.clone())),
        VmClaim::Stopped(_) => states.push(Point::becomes(told, HYPER_V, VmState::Off)),
        VmClaim::MigrationArrived { live: true, .. } => {
            states.push(Point::becomes(told, HYPER_V, VmState::Running))
        }
        _ => {}
    }
}

/// Place and state together: the certainty is that of the place; the state is given where it is as certain.
fn overlay(nodes: &Timeline<Name>, states: &Timeline<VmState>) -> Timeline<Placement> {
    let mut starts: Vec<Option<Instant>> = vec![None];
    let spans = nodes.pieces.iter().map(|p| &p.span).chain(states.pieces.iter().map(|p| &p.span));
    starts.extend(cuts(spans).into_iter().map(Some));
    let (mut place, mut state) = (Cursor::new(nodes), Cursor::new(states));
    let mut pieces: Vec<Piece<Placement>> = Vec::new();
    for (at, &from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).copied().flatten();
        let (Some(place), Some(state)) = (place.piece(from), state.piece(from)) else { continue };
        let known = state.span.certainty >= place.span.certainty.min(Certainty::Derived);
        let value = place
            .value
            .as_ref()
            .map(|node| Placement { node: node.clone(), state: state.value.clone().filter(|_| known) });
        let mut evidence = place.span.evidence.clone();
        if value.as_ref().is_some_and(|v| v.state.is_some()) {
            // Who contradicts the place may still tell the state: it stays a contradiction.
            let told = |cite: &&Evidence| !place.span.evidence.iter().any(|e| e.fact == cite.fact);
            evidence.extend(state.span.evidence.iter().filter(told));
        }
        append(&mut pieces, from, to, value, place.span.certainty, evidence);
    }
    Timeline { pieces }
}
