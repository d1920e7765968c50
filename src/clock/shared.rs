//! Which facts of several nodes tell one event, and how far apart in truth their tellings can be.
//!
//! Keys: membership views (proposed, paused for, installed), and the steps and state changes that the Disk Control
//! Manager numbers. How late a telling may be is published nowhere; what was seen (facts: cluster-log 3.7) is one
//! pair of logs whose proposed view and pause agree to a millisecond, and a regroup that works in ticks of 0.3 s.
//! So the bounds are the project's own: three ticks and more for these two; seconds for an installed view and a
//! received event, which a member of a cluster cannot miss for longer. A step that a node completes takes what
//! it takes: it counts only where 5155 says how many seconds the slowest node took.
//! Not used: moves of groups (which nodes log them, and at which moment of the move, is not known), connections that
//! come and go (seen ten seconds apart), 5152, and update ids, which no published pair of logs shows on two nodes.

use std::collections::BTreeMap;

use super::each;
use super::skew::Shared;
use crate::fact::{Claim, Fact, Name, NodeClaim, VolumeClaim, VolumeState};

const MILLI: i64 = 1_000_000;

/// One event, as every node that tells it would name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    View(&'a str, &'a [u32], &'static str),
    Step(u16, &'a str, &'a str, Option<&'a Name>),
    Change(&'a str, String, &'a VolumeState),
}

/// How far apart two nodes' tellings can be.
#[derive(Copy, Clone, Debug)]
enum Late {
    /// Nanoseconds.
    By(i64),
    /// What the request took on its slowest node; not known without.
    Request,
}

/// The event that a fact tells, and the number of the request that it belongs to.
fn key(claim: &Claim) -> Option<(Key<'_>, Late, &str)> {
    match claim {
        Claim::Node(_, NodeClaim::View { id, members, stage }) => {
            let late = Late::By(if *stage == "current" { 5_000 } else { 1_000 } * MILLI);
            Some((Key::View(id, members, stage), late, ""))
        }
        Claim::Volume(volume, VolumeClaim::Dcm { step, what, sequence, .. }) if !sequence.is_empty() => {
            let late = match step {
                5153 => Late::By(5_000 * MILLI),
                5151 | 5154 => Late::Request,
                _ => return None,
            };
            Some((Key::Step(*step, what, sequence, volume.resource.as_ref()), late, sequence))
        }
        Claim::Volume(volume, VolumeClaim::Transition { to, sequence: Some(sequence), .. })
            if !sequence.is_empty() =>
        {
            Some((Key::Change(sequence, format!("{:?}", volume.guid), to), Late::Request, sequence))
        }
        _ => None,
    }
}

/// By sequence number, what the slowest node took (5155), nanoseconds; the printed figure may be cut to seconds.
fn requests<'a>(facts: &[&'a [Fact]]) -> BTreeMap<&'a str, i64> {
    let mut out: BTreeMap<&str, i64> = BTreeMap::new();
    for fact in each(facts) {
        if let Claim::Volume(_, VolumeClaim::Dcm { step: 5155, sequence, seconds: Some(seconds), .. }) =
            &fact.claim
            && let Ok(seconds) = seconds.trim().replace(',', ".").parse::<f64>()
            && (0.0..=86_400.0).contains(&seconds)
        {
            let took = out.entry(sequence).or_default();
            *took = (*took).max((seconds * 1e9) as i64 + 1_000 * MILLI);
        }
    }
    out
}

/// The shared events of a bundle. `place` gives the number of the fact's node and the fact's time by that
/// node's clock, where both are certain.
pub(super) fn shared(facts: &[&[Fact]], place: impl Fn(&Fact) -> Option<(usize, i64)>) -> Vec<Shared> {
    let requests = requests(facts);
    let mut events: BTreeMap<Key<'_>, Shared> = BTreeMap::new();
    for fact in each(facts) {
        let Some((key, late, sequence)) = key(&fact.claim) else { continue };
        let took = requests.get(sequence).copied();
        let bound = match late {
            Late::By(bound) => Some(took.map_or(bound, |took| bound.min(took))),
            Late::Request => took,
        };
        if let (Some(bound), Some(telling)) = (bound, place(fact)) {
            let event = events.entry(key).or_default();
            event.bound = bound;
            event.tellings.push(telling);
        }
    }
    events.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::shared;
    use crate::assemble::notation;

    /// Of what two nodes tell: the bounds of the events that count, milliseconds.
    fn check(text: &str, expect: &[i64]) {
        let facts: Vec<_> = notation::inputs(text).0.into_iter().flat_map(|input| input.facts).collect();
        let mut bounds: Vec<i64> =
            shared(&[&facts], |_| Some((0, 0))).iter().map(|e| e.bound / 1_000_000).collect();
        bounds.sort_unstable();
        assert_eq!(bounds, expect, "{text}");
    }

    #[test]
    fn how_late_what_may_be_told() {
        check("09:00 n1: node self view @1101 proposed 1 2", &[1000]);
        check(
            "09:00 n1: node self view @1101 paused 1 2\n09:00 n1: node self view @1101 current 1 2",
            &[1000, 5000],
        );
        check("09:00 n1: volume =Disk1 dcm 5153 7", &[5000]);
        // What a node completes is worth what 5155 says of it.
        check("09:00 n1: volume =Disk1 dcm 5154 7\n09:00 n1: volume =Disk1 dcm 5151 7", &[]);
        check("09:00 n1: volume =Disk1 dcm 5154 7\n09:00 n2: volume =Disk1 dcm 5155 7 2.5", &[3500]);
        check("09:00 n1: volume =Disk1 dcm 5153 7\n09:00 n2: volume =Disk1 dcm 5155 7 0", &[1000]);
        check("09:00 n1: volume =Disk1 dcm 5153 7\n09:00 n2: volume =Disk1 dcm 5155 8 0", &[5000]);
        check("09:00 n1: volume =Disk1 dcm 5153 7\n09:00 n2: volume =Disk1 dcm 5155 7 90", &[5000]);
        check("09:00 n1: volume =Disk1 dcm 5153 7\n09:00 n2: volume =Disk1 dcm 5155 7 NaN", &[5000]);
        // Moves, joins and what one node alone says are no shared events.
        check("09:00 n1: group g move n1 n2\n09:00 n2: group g move n1 n2\n09:00 n1: node n2 joined", &[]);
    }
}
