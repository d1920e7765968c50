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
    let costs: Vec<BTreeMap<usize, Cost>> = nodes
        .iter()
        .map(|node| {
            let owned = used.iter().map(|&volume| Change::Owner { volume, node: node.clone() });
            costs(&last_steps(&steps(case, &owned.collect::<Vec<_>>())), &loads)
        })
        .collect();
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
    let loads: Vec<&Load> = loads.values().collect();
    out.failures = nodes.iter().map(|node| failure(node, nodes.len(), &loads, &owners, &detouring)).collect();
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
fn loads(case: &Case) -> (Basis, BTreeMap<(usize, usize), Load>) {
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
fn last_steps(steps: &[Step]) -> BTreeMap<(usize, usize), Step> {
    steps.iter().map(|step| ((step.vm, step.disk), step.clone())).collect()
}

fn last_owner(case: &Case, volume: usize) -> Option<Name> {
    let to = case.to?;
    let pieces = &case.volumes[volume].coordinator.pieces;
    pieces.iter().rev().find(|p| p.span.from.is_none_or(|from| from < to))?.value.clone()
}

fn costs(
    last: &BTreeMap<(usize, usize), Step>,
    loads: &BTreeMap<(usize, usize), Load>,
) -> BTreeMap<usize, Cost> {
    let mut out: BTreeMap<usize, Cost> = BTreeMap::new();
    for (disk, step) in last {
        let Some(volume) = step.volume.filter(|_| loads.contains_key(disk)) else { continue };
        let cost = out.entry(volume).or_insert(Ok(0));
        match step.route {
            RouteKind::Unknown => *cost = Err(step.missing.unwrap_or("the way of its I/O")),
            route if route.is_detour() => {
                let weight = loads.get(disk).map_or(0, |load| load.weight);
                *cost = cost.map(|sum| sum.saturating_add(weight));
            }
            _ => {}
        }
    }
    out
}

/// With `failed` gone. Its volumes go to any other node; a VM of it may start beside its volume's owner, or not.
fn failure(
    failed: &Name,
    nodes: usize,
    loads: &[&Load],
    owners: &BTreeMap<usize, Name>,
    detouring: &BTreeSet<usize>,
) -> Failure {
    let displaced: BTreeSet<usize> = loads.iter().filter(|l| l.node == *failed).map(|l| l.vm).collect();
    let orphans = owners.values().filter(|owner| *owner == failed).count();
    let (mut least, mut most) = (0u64, 0u64);
    // Of the disks that stay put on a volume that loses its owner: those beside the new one go direct and no others.
    let mut stranded: BTreeMap<usize, BTreeMap<&Name, u64>> = BTreeMap::new();
    for load in loads.iter().filter(|load| detouring.contains(&load.volume)) {
        let Some(owner) = owners.get(&load.volume) else { continue };
        let away = load.node != *owner;
        if owner == failed && load.node != *failed {
            *stranded.entry(load.volume).or_default().entry(&load.node).or_default() += load.weight;
        }
        let loose = owner == failed || load.node == *failed;
        // Two survivors are needed for a VM to stand elsewhere than its owner.
        let may = if loose { nodes > 2 } else { away };
        most = most.saturating_add(if may { load.weight } else { 0 });
        least = least.saturating_add(if !loose && away { load.weight } else { 0 });
    }
    for by_node in stranded.values() {
        let all: u64 = by_node.values().sum();
        least = least.saturating_add(all - by_node.values().copied().max().unwrap_or(0));
    }
    Failure { node: failed.clone(), volumes: orphans, vms: displaced.len(), through: (least, most) }
}
