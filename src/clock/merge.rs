//! One event told twice is one fact: a `[System]` line of cluster.log and its System.evtx record, the same log
//! exported twice. Then the total order of facts, which nothing but the facts themselves decides.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write;

use super::{Clocks, DOUBTFUL};
use crate::fact::{Claim, Fact, GroupClaim, Moment, MoveKind};

/// How far apart two tellings of one event may be: cluster.log keeps milliseconds, EVTX 100 ns.
const SAME: i64 = 1_000_000;

/// The same for a move, which the engine announces and the event log words in its own way, not in one instant:
/// two seconds. A group cannot go there twice in that time without another move in between, and then the two are
/// kept apart.
const SAME_MOVE: i64 = 2_000_000_000;

/// Places, orders (moment, node, input, offset; unplaced last) and merges. Facts equal in reporter and
/// claim, told by different inputs within a millisecond, become one with the other origins in `also`; so does a
/// move that an engine line and an event tell.
/// There are about `count` facts. Their order does not matter, save that facts of one origin keep theirs.
#[must_use]
pub fn merge(
    clocks: &Clocks,
    facts: impl Iterator<Item = Fact>,
    count: usize,
) -> Vec<(Fact, Option<Moment>)> {
    let mut out: Vec<(Fact, Option<Moment>)> = Vec::with_capacity(count);
    for fact in facts {
        let moment = clocks.moment(&fact);
        out.push((fact, moment));
    }
    sort(&mut out);
    // Facts that stay move to the front of the same list: there may be millions.
    let mut count = 0;
    // By likeness, the facts kept so far that are still within reach, oldest first.
    let mut recent: HashMap<u64, Vec<usize>> = HashMap::new();
    // By reporter and group, the last move.
    let mut moved: HashMap<u64, usize> = HashMap::new();
    let mut sweep_at = 4096;
    // Some took the time of a later telling.
    let mut later = false;
    for next in 0..out.len() {
        let (kept_facts, rest) = out.split_at_mut(next);
        let (fact, moment) = &mut rest[0];
        let Some(at) = moment.map(|m| m.at.0) else {
            out.swap(count, next);
            count += 1;
            continue;
        };
        if recent.len() >= sweep_at {
            recent.retain(|_, kept| {
                kept.iter().any(|&k| kept_facts[k].1.is_some_and(|m| at - m.at.0 <= SAME_MOVE))
            });
            sweep_at = 4096.max(2 * recent.len());
        }
        let alike = recent.entry(likeness(fact)).or_default();
        let reach = if movement(fact).is_some() { SAME_MOVE } else { SAME };
        alike.retain(|&kept| kept_facts[kept].1.is_some_and(|m| at - m.at.0 <= reach));
        let last_move = movement(fact).map(|(group, _)| moved.get(&group).copied());
        let twin = alike.iter().copied().find(|&kept| {
            let other = &kept_facts[kept].0;
            let told = other.origin.input == fact.origin.input
                || other.also.iter().any(|o| o.input == fact.origin.input);
            !told && other.reporter == fact.reporter && same(&other.claim, &fact.claim)
        });
        let twin = twin.filter(|&kept| last_move.is_none_or(|last| last == Some(kept)));
        match twin {
            Some(kept) => {
                let (kept, placed) = &mut kept_facts[kept];
                // The telling whose time is known places the event, not the one that may be hours off.
                if doubtful(*placed) && !doubtful(*moment) {
                    std::mem::swap(kept, fact);
                    std::mem::swap(placed, moment);
                    later = true;
                }
                complete(&mut kept.claim, &fact.claim);
                let also = &mut kept.also;
                also.push(fact.origin);
                also.append(&mut fact.also);
                also.sort_unstable();
                also.dedup();
            }
            None => {
                alike.push(count);
                if let Some((group, _)) = movement(fact) {
                    moved.insert(group, count);
                }
                out.swap(count, next);
                count += 1;
            }
        }
    }
    out.truncate(count);
    if later {
        sort(&mut out);
    }
    out.shrink_to_fit();
    out
}

fn doubtful(moment: Option<Moment>) -> bool {
    moment.is_none_or(|moment| moment.spread > DOUBTFUL)
}

/// Sorts by numbers, so that facts are moved once and no second list of them is needed.
fn sort(placed: &mut [(Fact, Option<Moment>)]) {
    let mut from: Vec<u32> = (0..placed.len() as u32).collect();
    from.sort_by(|&a, &b| order(&placed[a as usize], &placed[b as usize]));
    // Each cycle of the permutation in turn: what belongs to a place is put there, and its own place is the next.
    for start in 0..placed.len() {
        let mut at = start;
        loop {
            let source = std::mem::replace(&mut from[at], at as u32) as usize;
            if source == start || source == at {
                break;
            }
            placed.swap(at, source);
            at = source;
        }
    }
}

fn order(a: &(Fact, Option<Moment>), b: &(Fact, Option<Moment>)) -> Ordering {
    let key = |moment: Option<Moment>| (moment.is_none(), moment.map(|m| m.at));
    key(a.1)
        .cmp(&key(b.1))
        .then_with(|| a.0.reporter.cmp(&b.0.reporter))
        .then_with(|| a.0.origin.cmp(&b.0.origin))
}

/// Do the two claims tell one event?
fn same(a: &Claim, b: &Claim) -> bool {
    let (Claim::Group(group, first), Claim::Group(other, second)) = (a, b) else { return a == b };
    match (first, second) {
        (
            GroupClaim::Moving { from, to, kind },
            GroupClaim::Moving { from: from_too, to: to_too, kind: kind_too },
        ) => {
            let fits = from.is_none() || from_too.is_none() || from == from_too;
            let worded = kind == kind_too || *kind == MoveKind::Unsaid || *kind_too == MoveKind::Unsaid;
            group == other && to == to_too && fits && worded
        }
        _ => a == b,
    }
}

/// What the other telling of a move adds.
fn complete(kept: &mut Claim, told: &Claim) {
    if let (
        Claim::Group(_, GroupClaim::Moving { from, kind, .. }),
        Claim::Group(_, GroupClaim::Moving { from: from_too, kind: kind_too, .. }),
    ) = (kept, told)
    {
        // A move after a node went down names no previous owner, whatever the other wording says.
        let node_down = *kind == MoveKind::NodeDown || *kind_too == MoveKind::NodeDown;
        *from = if node_down { None } else { from.take().or_else(|| from_too.clone()) };
        if *kind == MoveKind::Unsaid {
            *kind = kind_too.clone();
        }
    }
}

/// Hash of reporter and group, and of the whole move: equal for tellings that [`same`] takes for one.
fn movement(fact: &Fact) -> Option<(u64, u64)> {
    let Claim::Group(group, GroupClaim::Moving { to, .. }) = &fact.claim else { return None };
    let group = hash(format_args!("{:?}{:?}", fact.reporter, group));
    Some((group, hash(format_args!("{group}{to:?}"))))
}

/// Equal for equal facts (case of names aside, as names compare); seldom equal otherwise.
fn likeness(fact: &Fact) -> u64 {
    movement(fact).map_or_else(|| hash(format_args!("{:?}{:?}", fact.reporter, fact.claim)), |moved| moved.1)
}

/// FNV-1a: it takes a byte at a time, as folding the case gives them, and what it takes for alike is compared.
fn hash(text: std::fmt::Arguments<'_>) -> u64 {
    struct Folded(u64);
    impl Write for Folded {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let step = |hash: u64, byte: u8| {
                (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x100_0000_01b3)
            };
            self.0 = text.bytes().fold(self.0, step);
            Ok(())
        }
    }
    let mut folded = Folded(0xcbf2_9ce4_8422_2325);
    // Writing to a hasher cannot fail.
    let _ = folded.write_fmt(text);
    folded.0
}
