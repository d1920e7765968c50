//! Nodes through time: which there are, what Windows they run, when their cluster service was up.

use std::collections::{BTreeMap, BTreeSet};

use super::cast::Cast;
use super::cover::{Cover, Intervals};
use super::fold::{Carry, Point, Said, fold};
use super::told::{Told, World};
use super::{NodeStory, Timeline};
use crate::fact::{Channel, Claim, GroupClaim, Name, NodeClaim, NodeState, ResourceClaim, VolumeClaim};

/// Every node that any source names as one, by name. `owners` are the nodes that inputs belong to.
#[must_use]
pub fn nodes(world: &World<'_>, cast: &Cast, owners: &BTreeSet<Name>) -> Vec<NodeStory> {
    let mut names: BTreeSet<Name> = owners.clone();
    let mut claims: BTreeMap<Name, Vec<(Told<'_>, Meaning)>> = BTreeMap::new();
    let mut builds: BTreeMap<Name, (u32, Option<String>)> = BTreeMap::new();
    let numbered = cast.numbers().names();
    names.extend(numbered.iter().map(|&name| name.clone()));
    for told in &world.told {
        match &told.fact.claim {
            Claim::Node(r, claim) => {
                let node = r.name.clone().or_else(|| cast.numbers().name_at(r.number?, told.at).cloned());
                let node = node.or_else(|| told.fact.reporter.clone().filter(|_| r.number.is_none()));
                let Some(node) = node else { continue };
                match claim {
                    NodeClaim::OsBuild(build) => builds.entry(node.clone()).or_default().0 = *build,
                    NodeClaim::OsName(name) => builds.entry(node.clone()).or_default().1 = Some(name.clone()),
                    NodeClaim::View { members, stage, .. }
                        if !stage.to_ascii_lowercase().starts_with("p") =>
                    {
                        let (inside, perhaps) = cast.numbers().bearers(members, told.at);
                        for &name in numbered.iter().filter(|name| !perhaps.contains(*name)) {
                            let meaning = Meaning::Becomes(inside.contains(name));
                            claims.entry(name.clone()).or_default().push((*told, meaning));
                        }
                    }
                    _ => {
                        if let Some(meaning) = meaning(claim) {
                            claims.entry(node.clone()).or_default().push((*told, meaning));
                        }
                    }
                }
                names.insert(node);
            }
            Claim::Volume(
                _,
                VolumeClaim::Mode { node: Some(node), .. } | VolumeClaim::Coordinator { node: Some(node) },
            )
            | Claim::Group(_, GroupClaim::On { node, .. })
            | Claim::Resource(_, ResourceClaim::On { node, .. }) => {
                names.insert(node.clone());
            }
            _ => {}
        }
    }
    let story = |name: Name| {
        let up = up(&name, claims.get(&name).map_or(&[], Vec::as_slice), world);
        let (os_build, os_name) = builds.get(&name).cloned().unwrap_or_default();
        NodeStory {
            number: cast.numbers().last_of(&name),
            os_build: Some(os_build).filter(|build| *build > 0),
            os_name,
            up,
            has_inputs: owners.contains(&name),
            name: Some(name),
        }
    };
    names.into_iter().filter(|name| !name.is_empty()).map(story).collect()
}

#[derive(Copy, Clone)]
enum Meaning {
    Is(bool),
    Was(bool, bool),
    Becomes(bool),
}

fn meaning(claim: &NodeClaim) -> Option<Meaning> {
    match claim {
        NodeClaim::State(NodeState::Up | NodeState::Paused) => Some(Meaning::Is(true)),
        NodeClaim::State(NodeState::Down) => Some(Meaning::Is(false)),
        NodeClaim::ServiceStarted => Some(Meaning::Was(false, true)),
        NodeClaim::ServiceStopped { .. } => Some(Meaning::Was(true, false)),
        NodeClaim::Joined => Some(Meaning::Becomes(true)),
        NodeClaim::Removed
        | NodeClaim::Evicted
        | NodeClaim::Booted
        | NodeClaim::ShutDown { orderly: true } => Some(Meaning::Becomes(false)),
        NodeClaim::QuorumLost => Some(Meaning::Was(true, false)),
        NodeClaim::CsvFsService { connected } => Some(Meaning::Becomes(*connected)),
        _ => None,
    }
}

fn up(node: &Name, claims: &[(Told<'_>, Meaning)], world: &World<'_>) -> Timeline<bool> {
    let point = |(told, meaning): &(Told<'_>, Meaning)| {
        let rank = if told.is_collected() { 2 } else { 1 };
        match *meaning {
            Meaning::Is(up) => Point::is(told, rank, up),
            Meaning::Was(before, after) => Point::new(told, rank, Said::Is(before), Said::Is(after)),
            Meaning::Becomes(up) => Point::becomes(told, rank, up),
        }
    };
    // A node's own cluster log shows it up; any other member's shows it coming back.
    let own = world.coverage.ownership(node);
    let mut others = Intervals::default();
    for other in world.coverage.nodes().filter(|other| *other != node) {
        others = others.or(&world.coverage.channel(other, Channel::ClusterEngine));
    }
    let others = Cover::new(others, None, world.coverage.widest());
    let cover = |up: &bool| {
        if *up { own.clone() } else { others.clone() }
    };
    let carry = Carry::lasting(&cover, world.from, world.to);
    fold(claims.iter().map(point).collect(), &carry)
}
