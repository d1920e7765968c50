//! Which facts of several nodes tell one event, and how far apart in truth their tellings can be.
//!
//! Keys: membership views (proposed, paused for, installed), the steps and state changes that the Disk Control
//! Manager numbers, and moves of groups. The bounds are the project's own, set well above what was seen: two
//! view keys of one real pair of logs agree to a millisecond, and regroup works in ticks of 0.3 s (facts:
//! cluster-log 3.7). Not used: connections that come and go (seen ten seconds apart), an initiator's own
//! 5152 and 5155, and update ids, which no published pair of logs shows on two nodes.

use std::collections::BTreeMap;

use super::skew::Shared;
use crate::fact::{Claim, Fact, GroupClaim, Name, NodeClaim, VolumeClaim, VolumeState};

const MILLI: i64 = 1_000_000;

/// One event, as every node that tells it would name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    View(&'a str, &'a [u32], &'static str),
    Step(u16, &'a str, &'a str, Option<&'a Name>),
    Change(&'a str, String, &'a VolumeState),
    Move(Option<&'a Name>, Option<&'a Name>, &'a Name, String),
}

/// The key of the event that a fact tells, and how far apart two nodes' tellings can be, nanoseconds.
fn key(claim: &Claim) -> Option<(Key<'_>, i64)> {
    match claim {
        Claim::Node(_, NodeClaim::View { id, members, stage }) => {
            let bound = if *stage == "current" { 1_000 } else { 400 };
            Some((Key::View(id, members, stage), bound * MILLI))
        }
        Claim::Volume(volume, VolumeClaim::Dcm { step, what, sequence, .. }) if !sequence.is_empty() => {
            let bound = match step {
                5153 => 1_000,
                5151 | 5154 => 5_000,
                _ => return None,
            };
            Some((Key::Step(*step, what, sequence, volume.resource.as_ref()), bound * MILLI))
        }
        Claim::Volume(volume, VolumeClaim::Transition { to, sequence: Some(sequence), .. })
            if !sequence.is_empty() =>
        {
            Some((Key::Change(sequence, format!("{:?}", volume.guid), to), 5_000 * MILLI))
        }
        Claim::Group(group, GroupClaim::Moving { from, to, kind }) => {
            Some((Key::Move(group.name.as_ref(), from.as_ref(), to, format!("{kind:?}")), 10_000 * MILLI))
        }
        _ => None,
    }
}

/// The shared events of a bundle. `place` gives the number of the fact's node and the fact's time by that
/// node's clock, where both are certain.
pub(super) fn shared(facts: &[Fact], place: impl Fn(&Fact) -> Option<(usize, i64)>) -> Vec<Shared> {
    let mut events: BTreeMap<Key<'_>, Shared> = BTreeMap::new();
    for fact in facts {
        if let Some((key, bound)) = key(&fact.claim)
            && let Some(telling) = place(fact)
        {
            let event = events.entry(key).or_default();
            event.bound = bound;
            event.tellings.push(telling);
        }
    }
    events.into_values().collect()
}
