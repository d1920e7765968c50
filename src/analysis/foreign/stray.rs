//! Logs that nothing ties to the rest of the bundle. A cluster.log is named by its node alone, and nodes of many
//! clusters are called alike; older ones hold no list of objects. Such a log stays in as long as nothing speaks
//! against it; what does is told in the note.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::{Identity, Party};
use crate::bundle::Input;
use crate::fact::{Channel, Name, Stamp};
use crate::source::Outcome;

/// Times of one bundle lie near each other: logs are exported together. Clocks of nodes differ by less than zones do.
const DAY: i64 = 86_400_000_000_000;

/// Zones differ by multiples of this.
const ZONE_STEP: i64 = 900_000_000_000;

/// The logs to keep out, each with what speaks against it.
pub(super) fn find(
    inputs: &[Input],
    nodes: &[Option<Name>],
    read: &[Outcome],
    tied: &[Party],
    foreign: &[bool],
) -> Vec<(usize, String)> {
    let own: Vec<&Party> = tied.iter().filter(|party| party.inputs.iter().all(|&at| !foreign[at])).collect();
    let count: usize = own.iter().map(|party| party.inputs.len()).sum();
    // A copy says nothing, and goes with what it is a copy of.
    let speaks = |at: usize| !read[at].reading.facts.is_empty() || !read[at].reading.coverage.is_empty();
    let is_log =
        |at: usize| read[at].kind == "cluster_log" && inputs[at].node_override.is_none() && speaks(at);
    let loose = |party: &Party| {
        party.inputs.iter().all(|&at| is_log(at))
            && party.identity.names.is_empty()
            && 2 * party.inputs.len() < count
    };
    let mut out = Vec::new();
    for (place, party) in own.iter().enumerate().filter(|(_, party)| loose(party)) {
        let mut rest = Identity::default();
        let mut others = Vec::new();
        for (_, other) in own.iter().enumerate().filter(|(at, _)| *at != place) {
            rest.join(other.identity.clone());
            others.extend(&other.inputs);
        }
        let against = stranger(party, &rest)
            .or_else(|| of_another_time(party, &others, read))
            .or_else(|| beside_another(party, &others, nodes, read));
        out.extend(
            against.into_iter().flat_map(|told| party.inputs.iter().map(move |&at| (at, told.clone()))),
        );
    }
    out
}

/// Its node is none of the cluster's, or it speaks of other objects than the rest lists.
fn stranger(party: &Party, rest: &Identity) -> Option<String> {
    let own = &party.identity;
    if own.shares_objects(rest) {
        return None;
    }
    if rest.members.len() >= 2 && !own.nodes.is_empty() && !own.shares_nodes(rest) {
        let names: Vec<&str> = own.nodes.iter().map(Name::as_str).collect();
        return Some(format!("no other input mentions {}", names.join(", ")));
    }
    let listed = own.objects().any(|(kind, _)| rest.objects.listed.iter().any(|(have, _)| have == kind));
    listed.then(|| {
        "none of the groups and resources that it names is in the lists of the other inputs".to_owned()
    })
}

/// The times of an input, as printed.
fn times(at: usize, read: &[Outcome]) -> Option<RangeInclusive<i64>> {
    let reading = &read[at].reading;
    let stamps = reading.facts.iter().map(|fact| fact.stamp);
    let stamps = stamps.chain(reading.coverage.iter().flat_map(|piece| [piece.from, piece.to]));
    let printed = stamps.filter_map(printed);
    let ends = printed.fold(None, |ends: Option<(i64, i64)>, at| {
        Some(ends.map_or((at, at), |(from, to)| (from.min(at), to.max(at))))
    });
    ends.map(|(from, to)| from..=to)
}

fn printed(stamp: Stamp) -> Option<i64> {
    match stamp {
        Stamp::Utc(at) | Stamp::File(at) | Stamp::Local(at) => Some(at),
        Stamp::Collected | Stamp::Missing => None,
    }
}

/// Nothing else in the bundle is of its time, within a day.
fn of_another_time(party: &Party, others: &[usize], read: &[Outcome]) -> Option<String> {
    let own: Vec<_> = party.inputs.iter().filter_map(|&at| times(at, read)).collect();
    let mut rest = others.iter().filter_map(|&at| times(at, read)).peekable();
    let near = |range: RangeInclusive<i64>| own.iter().any(|own| meet(own, &range, DAY));
    let (known, far) = (rest.peek().is_some() && !own.is_empty(), !rest.any(near));
    (known && far).then(|| "no other input is of its time".to_owned())
}

fn meet(one: &RangeInclusive<i64>, two: &RangeInclusive<i64>, within: i64) -> bool {
    one.start().saturating_sub(within) <= *two.end() && two.start().saturating_sub(within) <= *one.end()
}

/// Another cluster.log is of the same node and the same time, and hardly a line of it has a time of this one: a node
/// writes one log. Times are compared without their zone.
fn beside_another(
    party: &Party,
    others: &[usize],
    nodes: &[Option<Name>],
    read: &[Outcome],
) -> Option<String> {
    for &at in &party.inputs {
        let (Some(node), Some(range)) = (&nodes[at], engine(at, read)) else { continue };
        let rivals = others.iter().copied().filter(|&other| nodes[other].as_ref() == Some(node));
        for rival in rivals {
            let Some(theirs) = engine(rival, read).filter(|theirs| meet(&range, theirs, 0)) else { continue };
            let both = *range.start().max(theirs.start())..=*range.end().min(theirs.end());
            let (own, other) = (moments(at, read, &both), moments(rival, read, &both));
            let fewer = own.len().min(other.len());
            if fewer > 0 && 2 * own.intersection(&other).count() < fewer {
                return Some(format!("another cluster.log tells otherwise of {node} at the same time"));
            }
        }
    }
    None
}

/// From when to when the engine's lines reach.
fn engine(at: usize, read: &[Outcome]) -> Option<RangeInclusive<i64>> {
    let pieces = read[at].reading.coverage.iter().filter(|piece| piece.channel == Channel::ClusterEngine);
    let ends = pieces.flat_map(|piece| [piece.from, piece.to]).filter_map(printed);
    let (from, to) = ends.fold((i64::MAX, i64::MIN), |(from, to), at| (from.min(at), to.max(at)));
    (from <= to).then_some(from..=to)
}

fn moments(at: usize, read: &[Outcome], within: &RangeInclusive<i64>) -> BTreeSet<i64> {
    let facts = read[at].reading.facts.iter();
    let printed = facts.filter_map(|fact| printed(fact.stamp)).filter(|at| within.contains(at));
    printed.map(|at| at.rem_euclid(ZONE_STEP)).collect()
}
