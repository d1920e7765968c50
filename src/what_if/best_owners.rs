//! Which node should own each volume so that the least goes through coordinators.
//!
//! The weight of a disk is its measured bytes, or one a disk where nothing was measured. A volume's owner bears on
//! its own disks alone, so trying every node for every volume is exact. It eases and does not cure: a move of
//! a VM undoes it, and where a volume's VMs stand on several nodes some of them always detour.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Step, steps};
use crate::case::{Case, NodeStory, RouteKind};
use crate::fact::{Claim, Name, ResourceClaim};

/// What weights are made of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Measured bytes.
    Bytes,
    /// One a disk.
    Disks,
}

/// A volume whose best owner is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Index of the volume in the case.
    pub volume: usize,
    /// Its owner at the end of the evidence.
    pub owner: Option<Name>,
    /// The best owner; the present one where none is better.
    pub best: Name,
    /// Weight through the coordinator with the present owner; `None` where that is not known.
    pub before: Option<u64>,
    /// Weight through the coordinator with the best one.
    pub after: u64,
}

/// What the failure of one node does to the proposal: its volumes and VMs go to nodes that nobody can know, so there is a
/// least and a most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The node that fails.
    pub node: Name,
    /// Volumes that it owns under the proposal.
    pub volumes: usize,
    /// VMs that run on it.
    pub vms: usize,
    /// Weight through coordinators at best, and at worst.
    pub through: (u64, u64),
}

/// The proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BestOwners {
    /// What weights are made of.
    pub basis: Basis,
    /// Disks of running VMs that count for nothing because none of their bytes were measured.
    pub unmeasured: usize,
    /// By volume.
    pub volumes: Vec<Proposal>,
    /// Volumes of which it could not be told, with what is missing.
    pub unknown: Vec<(usize, &'static str)>,
    /// By node.
    pub failures: Vec<Failure>,
}

/// A disk where it is at the end of the evidence, with its weight.
struct Load {
    vm: usize,
    volume: usize,
    node: Name,
    weight: u64,
}

/// VM and disk, as indices.
type Disk = (usize, usize);

/// Weight through the coordinator if a node owned a volume, or what is missing to tell.
type Cost = Result<u64, &'static str>;

/// Proposes the owner of every volume that a running VM uses, for the placement at the end of the evidence. A node that was
/// down then, or that may not own the volume's disk, is not proposed.
#[must_use]
pub fn best_owners(case: &Case) -> BestOwners {
    let is_up = |node: &&NodeStory| node.up.pieces.last().is_none_or(|p| p.value != Some(false));
    let nodes: Vec<Name> = case.nodes.iter().filter(is_up).filter_map(|node| node.name.clone()).collect();
    let possible = possible_owners(case);
    let (basis, loads) = loads(case);
    let unmeasured = match basis {
        Basis::Bytes => loads.values().filter(|load| load.weight == 0).count(),
        Basis::Disks => 0,
    };
    let mut out =
        BestOwners { basis, unmeasured, volumes: Vec::new(), unknown: Vec::new(), failures: Vec::new() };
    let used: BTreeSet<usize> = loads.values().map(|load| load.volume).collect();
    // One pass a node serves all volumes: their owners do not bear on each other.
    let ways: Vec<BTreeMap<Disk, Cost>> = nodes
        .iter()
        .map(|node| {
            let owned = used.iter().map(|&volume| Change::Owner { volume, node: node.clone() });
            ways(&last_steps(&steps(case, &owned.collect::<Vec<_>>())), &loads)
        })
        .collect();
    let costs: Vec<BTreeMap<usize, Cost>> = ways.iter().map(|ways| costs(ways, &loads)).collect();
    let mut owners: BTreeMap<usize, Name> = BTreeMap::new();
    for &volume in &used {
        let owner = last_owner(case, volume);
        let of = |at: usize| costs[at].get(&volume).copied().unwrap_or(Ok(0));
        let may_own = |at: &usize| possible.get(&volume).is_none_or(|may| may.contains(&&nodes[*at]));
        let known = (0..nodes.len()).filter(may_own).filter_map(|at| Some((at, of(at).ok()?)));
        // The present owner wins a tie: a move for nothing is worse than none.
        let best = known.min_by_key(|(at, cost)| (*cost, owner.as_ref() != Some(&nodes[*at])));
        let Some((at, after)) = best else {
            let why = (0..nodes.len()).find_map(|at| of(at).err());
            out.unknown.push((volume, why.unwrap_or("the nodes of the cluster")));
            continue;
        };
        let now = nodes.iter().position(|node| owner.as_ref() == Some(node));
        let before = now.and_then(|at| of(at).ok());
        owners.insert(volume, nodes[at].clone());
        out.volumes.push(Proposal { volume, owner, best: nodes[at].clone(), before, after });
    }
    let detouring: BTreeSet<usize> = used
        .iter()
        .copied()
        .filter(|volume| costs.iter().any(|of| of.get(volume).is_some_and(|cost| cost.is_ok_and(|c| c > 0))))
        .collect();
    let scene = Scene { nodes: &nodes, loads: &loads, ways: &ways, possible: &possible, detouring };
    out.failures = nodes.iter().map(|node| failure(node, &scene, &owners)).collect();
    out
}

/// The nodes that may own each volume, where that was read.
fn possible_owners(case: &Case) -> BTreeMap<usize, BTreeSet<&Name>> {
    let by_resource: BTreeMap<&Name, usize> =
        case.volumes.iter().enumerate().filter_map(|(at, v)| Some((v.resource.as_ref()?, at))).collect();
    let mut out = BTreeMap::new();
    for (_, placed) in case.facts() {
        if let Claim::Resource(resource, ResourceClaim::PossibleOwners(nodes)) = &placed.fact.claim
            && let Some(&volume) = resource.name.as_ref().and_then(|name| by_resource.get(name))
        {
            out.insert(volume, nodes.iter().collect());
        }
    }
    out
}

/// Where every disk of a running VM is at the end, with its weight, by VM and disk.
fn loads(case: &Case) -> (Basis, BTreeMap<Disk, Load>) {
    let mut bytes: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for route in &case.routes {
        if let Some(measured) = &route.bytes {
            let sum = bytes.entry((route.vm, route.disk)).or_default();
            *sum = sum.saturating_add(measured.read).saturating_add(measured.written);
        }
    }
    let basis = if bytes.is_empty() { Basis::Disks } else { Basis::Bytes };
    let mut out = BTreeMap::new();
    for (disk, step) in last_steps(&steps(case, &[])) {
        let (Some(volume), Some(node)) = (step.volume, step.node) else { continue };
        // A VM that was at rest at the end sends nothing.
        if case.to.is_some_and(|end| step.window.to < end) {
            continue;
        }
        let weight = match basis {
            Basis::Disks => 1,
            Basis::Bytes => bytes.get(&disk).copied().unwrap_or(0),
        };
        out.insert(disk, Load { vm: step.vm, volume, node, weight });
    }
    (basis, out)
}

/// The last step of each disk.
fn last_steps(steps: &[Step]) -> BTreeMap<Disk, Step> {
    steps.iter().map(|step| ((step.vm, step.disk), step.clone())).collect()
}

fn last_owner(case: &Case, volume: usize) -> Option<Name> {
    let to = case.to?;
    let pieces = &case.volumes[volume].coordinator.pieces;
    pieces.iter().rev().find(|p| p.span.from.is_none_or(|from| from < to))?.value.clone()
}

/// What each disk of a running VM sends through the coordinator.
fn ways(last: &BTreeMap<Disk, Step>, loads: &BTreeMap<Disk, Load>) -> BTreeMap<Disk, Cost> {
    let of = |(disk, load): (&Disk, &Load)| {
        let cost = match last.get(disk) {
            Some(Step { route: RouteKind::Unknown, missing, .. }) => {
                Err(missing.unwrap_or("the way of its I/O"))
            }
            Some(step) if step.route.is_detour() => Ok(load.weight),
            _ => Ok(0),
        };
        (*disk, cost)
    };
    loads.iter().map(of).collect()
}

/// The same by volume.
fn costs(ways: &BTreeMap<Disk, Cost>, loads: &BTreeMap<Disk, Load>) -> BTreeMap<usize, Cost> {
    let mut out: BTreeMap<usize, Cost> = BTreeMap::new();
    for (disk, way) in ways {
        let Some(load) = loads.get(disk) else { continue };
        let cost = out.entry(load.volume).or_insert(Ok(0));
        *cost = match (*cost, *way) {
            (Ok(sum), Ok(through)) => Ok(sum.saturating_add(through)),
            (Err(what), _) | (_, Err(what)) => Err(what),
        };
    }
    out
}

/// What the failure of a node is held against.
struct Scene<'a> {
    nodes: &'a [Name],
    loads: &'a BTreeMap<Disk, Load>,
    /// By node: what goes through it if it owns all volumes.
    ways: &'a [BTreeMap<Disk, Cost>],
    possible: &'a BTreeMap<usize, BTreeSet<&'a Name>>,
    /// Volumes of which some disk would detour under some owner.
    detouring: BTreeSet<usize>,
}

impl Scene<'_> {
    fn may_own(&self, volume: usize, node: &Name) -> bool {
        self.possible.get(&volume).is_none_or(|may| may.contains(node))
    }
}

/// With `failed` gone. Its volumes go to any other node that may own them; a VM of it may start beside its volume's owner,
/// or not. The rest goes as it would with the owners proposed.
fn failure(failed: &Name, scene: &Scene<'_>, owners: &BTreeMap<usize, Name>) -> Failure {
    let of_node = |node: &Name| scene.nodes.iter().position(|name| name == node).map(|at| &scene.ways[at]);
    let mut displaced: BTreeSet<usize> = BTreeSet::new();
    let (mut least, mut most) = (0u64, 0u64);
    // Of each volume that loses its owner, the disks that stay where they are.
    let mut stranded: BTreeMap<usize, Vec<(&Disk, u64)>> = BTreeMap::new();
    for (disk, load) in scene.loads {
        let Some(owner) = owners.get(&load.volume) else { continue };
        if load.node == *failed {
            displaced.insert(load.vm);
            // Two survivors are needed for a VM to stand elsewhere than its owner.
            let may = scene.nodes.len() > 2 && scene.detouring.contains(&load.volume);
            most = most.saturating_add(if may { load.weight } else { 0 });
        } else if owner == failed {
            stranded.entry(load.volume).or_default().push((disk, load.weight));
        } else {
            let (low, high) = bounds(of_node(owner), disk, load.weight);
            (least, most) = (least.saturating_add(low), most.saturating_add(high));
        }
    }
    for (volume, disks) in stranded {
        let heirs = scene.nodes.iter().filter(|node| *node != failed && scene.may_own(volume, node));
        let sums = heirs.map(|heir| {
            let each = disks.iter().map(|(disk, weight)| bounds(of_node(heir), disk, *weight));
            each.fold((0u64, 0u64), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)))
        });
        let sums: Vec<(u64, u64)> = sums.collect();
        least = least.saturating_add(sums.iter().map(|sum| sum.0).min().unwrap_or(0));
        most = most.saturating_add(sums.iter().map(|sum| sum.1).max().unwrap_or(0));
    }
    let volumes = owners.values().filter(|owner| *owner == failed).count();
    Failure { node: failed.clone(), volumes, vms: displaced.len(), through: (least, most) }
}

/// The weight of a disk through an owner at least and at most.
fn bounds(ways: Option<&BTreeMap<Disk, Cost>>, disk: &Disk, weight: u64) -> (u64, u64) {
    match ways.and_then(|ways| ways.get(disk)) {
        Some(Ok(through)) => (*through, *through),
        Some(Err(_)) | None => (0, weight),
    }
}
