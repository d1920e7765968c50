//! One event told twice is one fact: a `[System]` line of cluster.log and its System.evtx record, the same log
//! exported twice. Then the total order of facts, which nothing but the facts themselves decides.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};

use super::Clocks;
use crate::fact::{Fact, Moment};

/// How far apart two tellings of one event may be: cluster.log keeps milliseconds, EVTX 100 ns.
const SAME: i64 = 1_000_000;

/// Places, orders (moment, node, input, offset; unplaced last) and merges. Facts equal in reporter and
/// claim, told by different inputs within a millisecond, become one with the other origins in `also`.
/// The order of `facts` does not matter, save that facts of one origin keep theirs.
#[must_use]
pub fn merge(clocks: &Clocks, facts: Vec<Fact>) -> Vec<(Fact, Option<Moment>)> {
    let mut placed: Vec<(Fact, Option<Moment>)> = facts
        .into_iter()
        .map(|fact| {
            let moment = clocks.moment(&fact);
            (fact, moment)
        })
        .collect();
    placed.sort_by(order);
    let mut out: Vec<(Fact, Option<Moment>)> = Vec::with_capacity(placed.len());
    // By likeness, the facts kept so far that are still within reach, oldest first.
    let mut recent: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut sweep_at = 4096;
    for (fact, moment) in placed {
        let Some(at) = moment.map(|m| m.at.0) else {
            out.push((fact, moment));
            continue;
        };
        if recent.len() >= sweep_at {
            recent.retain(|_, kept| kept.iter().any(|&k| out[k].1.is_some_and(|m| at - m.at.0 <= SAME)));
            sweep_at = 4096.max(2 * recent.len());
        }
        let alike = recent.entry(likeness(&fact)).or_default();
        alike.retain(|&kept| out[kept].1.is_some_and(|m| at - m.at.0 <= SAME));
        let twin = alike.iter().copied().find(|&kept| {
            let other = &out[kept].0;
            let told = other.origin.input == fact.origin.input
                || other.also.iter().any(|o| o.input == fact.origin.input);
            !told && other.reporter == fact.reporter && other.claim == fact.claim
        });
        match twin {
            Some(kept) => {
                let also = &mut out[kept].0.also;
                also.push(fact.origin);
                also.extend(fact.also);
                also.sort_unstable();
                also.dedup();
            }
            None => {
                alike.push(out.len());
                out.push((fact, moment));
            }
        }
    }
    out
}

fn order(a: &(Fact, Option<Moment>), b: &(Fact, Option<Moment>)) -> Ordering {
    let key = |moment: Option<Moment>| (moment.is_none(), moment.map(|m| m.at));
    key(a.1)
        .cmp(&key(b.1))
        .then_with(|| a.0.reporter.cmp(&b.0.reporter))
        .then_with(|| a.0.origin.cmp(&b.0.origin))
}

/// Equal for equal facts (case of names aside, as names compare); seldom equal otherwise.
fn likeness(fact: &Fact) -> u64 {
    struct Folded(DefaultHasher);
    impl Write for Folded {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            text.bytes().for_each(|b| self.0.write_u8(b.to_ascii_lowercase()));
            Ok(())
        }
    }
    let mut folded = Folded(DefaultHasher::new());
    // Writing to a hasher cannot fail.
    let _ = write!(folded, "{:?}{:?}", fact.reporter, fact.claim);
    folded.0.finish()
}
