//! Clocks that were set: Kernel-General 1 and the time service's 261 say from what time to what time.
//!
//! A step splits a node's clock into pieces. The piece before it is put on the clock after it, by exactly what
//! the record says. A machine that boots reads its clock anew, so that a step holds for the times before the boot before
//! it as well is likely and not certain: the doubt covers both. A time that was shown twice, or that was skipped, is placed
//! with doubt, unless its record stands in one log with the step's and so before or after it. Slews are no steps.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::each;
use crate::fact::{Claim, ClockClaim, Fact, InputId, Name, NodeClaim, Origin, Place, Stamp};

/// Two records of one step: one log prints whole milliseconds, the other hundreds of nanoseconds.
const SAME: i64 = 2_000_000;

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Step {
    old: i64,
    new: i64,
    /// The clock's time of the boot before; whether the times before it are moved too is not known.
    since: i64,
    told: Origin,
}

/// The steps of one node's clock, in the order in which they happened.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    /// The latest time that each step and those before it tell: no piece up to it reaches a later one.
    reached: Vec<i64>,
    /// The earliest time that each step and those after it tell: no piece after it holds an earlier one.
    left: Vec<i64>,
    /// What the steps before each one add up to.
    sums: Vec<i64>,
    /// The least and the most that they add up to from each one on.
    least: Vec<i64>,
    most: Vec<i64>,
    /// By the log that tells them: (record, which step).
    told: BTreeMap<InputId, Vec<(u64, usize)>>,
}

/// The steps of every node that tells any.
pub(super) fn steps(facts: &[&[Fact]]) -> BTreeMap<Name, Steps> {
    let mut told: BTreeMap<&Name, Vec<Step>> = BTreeMap::new();
    let mut boots: BTreeMap<&Name, Vec<i64>> = BTreeMap::new();
    for fact in each(facts) {
        let Some(node) = &fact.reporter else { continue };
        match (&fact.claim, fact.stamp) {
            (Claim::Clock(ClockClaim::Stepped { old: Stamp::Utc(old), new: Stamp::Utc(new) }), _) => {
                let step = Step { old: *old, new: *new, since: i64::MIN, told: fact.origin };
                told.entry(node).or_default().push(step);
            }
            (Claim::Node(_, NodeClaim::Booted), Stamp::Utc(at)) => boots.entry(node).or_default().push(at),
            _ => {}
        }
    }
    let mut out = BTreeMap::new();
    for (node, all) in told {
        let mut steps = in_order(once(all));
        let boots = boots.entry(node).or_default();
        boots.sort_unstable();
        let mut since = i64::MIN;
        for step in &mut steps {
            // A later step cannot lie before an earlier boot, whatever the clock showed.
            let before = boots.partition_point(|&boot| boot <= step.old).checked_sub(1);
            since = since.max(before.map_or(i64::MIN, |at| boots[at]));
            step.since = since;
        }
        out.insert(node.clone(), Steps::new(steps));
    }
    out
}

/// Each step once, however many logs tell it: the first of them is kept.
fn once(mut all: Vec<Step>) -> Vec<Step> {
    all.sort_by_key(|step| (step.told.input, record(step.told), step.old, step.new));
    let mut seen: BTreeSet<(i64, i64)> = BTreeSet::new();
    all.retain(|step| {
        let mut near =
            seen.range((step.old.saturating_sub(SAME), i64::MIN)..=(step.old.saturating_add(SAME), i64::MAX));
        let known = near.any(|&(_, new)| new.abs_diff(step.new) <= SAME as u64);
        seen.insert((step.old, step.new));
        !known
    });
    all
}

/// The steps of one log stand as its records do; between logs the time before the step decides.
fn in_order(steps: Vec<Step>) -> Vec<Step> {
    let mut queues: BTreeMap<InputId, VecDeque<Step>> = BTreeMap::new();
    for step in steps {
        queues.entry(step.told.input).or_default().push_back(step);
    }
    let head = |queue: &VecDeque<Step>| queue.front().map(|step| (step.old, step.new, step.told.input));
    let mut heads: BTreeSet<(i64, i64, InputId)> = queues.values().filter_map(head).collect();
    let mut out = Vec::new();
    while let Some((_, _, input)) = heads.pop_first() {
        let Some(queue) = queues.get_mut(&input) else { continue };
        out.extend(queue.pop_front());
        heads.extend(head(queue));
    }
    out
}

fn record(origin: Origin) -> Option<u64> {
    match origin.place {
        Place::Record(number) => Some(number),
        _ => None,
    }
}

impl Steps {
    fn new(steps: Vec<Step>) -> Self {
        let running = |at: &mut i64, value: i64, pick: fn(i64, i64) -> i64| {
            *at = pick(*at, value);
            Some(*at)
        };
        let reached =
            steps.iter().scan(i64::MIN, |at, step| running(at, step.old.max(step.new), i64::max)).collect();
        let mut left: Vec<i64> = steps
            .iter()
            .rev()
            .scan(i64::MAX, |at, step| running(at, step.old.min(step.new), i64::min))
            .collect();
        left.reverse();
        let mut sums = vec![0_i64];
        let mut told: BTreeMap<InputId, Vec<(u64, usize)>> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            sums.push(sums[at].saturating_add(step.new.saturating_sub(step.old)));
            if let Some(number) = record(step.told) {
                told.entry(step.told.input).or_default().push((number, at));
            }
        }
        let from_each_on = |pick: fn(i64, i64) -> i64| {
            let mut out = sums.clone();
            for at in (1..out.len()).rev() {
                out[at - 1] = pick(out[at - 1], out[at]);
            }
            out
        };
        let (least, most) = (from_each_on(i64::min), from_each_on(i64::max));
        Self { steps, reached, left, sums, least, most, told }
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The pieces that the record of `origin` can lie in, by its place among the steps that its log tells. Piece k
    /// lies between step k - 1 and step k.
    fn pieces(&self, origin: Option<Origin>) -> (usize, usize) {
        let mut range = (0, self.steps.len());
        let told = origin.and_then(|origin| Some((self.told.get(&origin.input)?, record(origin)?)));
        if let Some((told, number)) = told {
            let next = told.partition_point(|&(other, _)| other < number);
            // The record of the step itself stands on neither side.
            let after = told[next..].iter().find(|&&(other, _)| other != number);
            range.0 = next.checked_sub(1).map_or(0, |last| told[last].1 + 1);
            range.1 = after.map_or(range.1, |&(_, step)| step);
        }
        range
    }

    /// A time of this clock as the clock after the last step would have shown it, with its half width.
    pub(super) fn settled(&self, at: i64, origin: Option<Origin>) -> (i64, i64) {
        let (at, _, doubt) = self.placed(at, origin);
        (at, doubt)
    }

    /// As [`Self::settled`], as if no boot read the clock anew: for events that other nodes tell as well, which agree
    /// with each other then, or are left out.
    pub(super) fn continued(&self, at: i64, origin: Option<Origin>) -> (i64, i64) {
        let (at, doubt, _) = self.placed(at, origin);
        (at, doubt)
    }

    /// The time, its half width where boots change nothing, and with all that they may change.
    fn placed(&self, at: i64, origin: Option<Origin>) -> (i64, i64, i64) {
        if self.steps.is_empty() {
            return (at, 0, 0);
        }
        let (first, last) = self.pieces(origin);
        let by_place = |piece: usize, begin: bool| {
            if begin { piece == first && first > 0 } else { piece == last && last < self.steps.len() }
        };
        let since = self.steps.partition_point(|step| step.since <= at);
        let all = self.sums[self.steps.len()];
        let moved = |piece: usize| at.saturating_add(all.saturating_sub(self.sums[piece]));
        // Strictly: the time fits between what the two steps tell; else also in what a step forward skipped.
        let fits = |piece: usize, strict: bool| {
            let ends = self.steps.get(piece).is_none_or(|step| {
                by_place(piece, false) || at <= if strict { step.old } else { step.old.max(step.new) }
            });
            let begins = piece.checked_sub(1).is_none_or(|before| {
                let step = &self.steps[before];
                by_place(piece, true) || at >= if strict { step.new } else { step.old.min(step.new) }
            });
            ends && begins
        };
        // Only these can fit by time; the two ends may fit by place.
        let begin = self.reached.partition_point(|&told| told < at).max(first);
        let end = self.left.partition_point(|&told| told <= at).min(last);
        let reach = |strict: bool| {
            let pieces = [first, last].into_iter().chain(begin..=end).filter(|&piece| fits(piece, strict));
            pieces.map(moved).fold(None, |range: Option<(i64, i64)>, at| {
                let (low, high) = range.unwrap_or((at, at));
                Some((low.min(at), high.max(at)))
            })
        };
        let found = reach(true).or_else(|| reach(false));
        let (low, high) = found.unwrap_or((at, at));
        let middle = low / 2 + high / 2 + (low % 2 + high % 2) / 2;
        let half = (high - low) / 2 + (high - low) % 2;
        // A step behind a boot may not hold for the times before it: the clock may have been read anew.
        let beyond = |piece: usize| {
            let from = since.max(piece);
            let reach = |sum: i64| {
                let at = at.saturating_add(sum.saturating_sub(self.sums[piece]));
                at.saturating_sub(middle).saturating_abs()
            };
            if from < self.steps.len() { reach(self.least[from]).max(reach(self.most[from])) } else { 0 }
        };
        (middle, half, half.max(beyond(first)).max(beyond(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::steps;
    use crate::fact::{Claim, ClockClaim, Fact, InputId, Name, NodeClaim, NodeRef, Origin, Place, Stamp};

    const START: i64 = 1_700_000_000_000_000_000;
    const SECOND: i64 = 1_000_000_000;

    fn origin(input: u32, record: u64) -> Origin {
        Origin { input: InputId(input), offset: record, place: Place::Record(record) }
    }

    /// Steps as (record, old, new) and boots, in seconds; a time of input 0 or another, and where it comes to.
    fn check(told: &[(u64, i64, i64)], boots: &[i64], asked: (u32, u64, i64), expect: (i64, i64)) {
        let at = |seconds: i64| Stamp::Utc(START + seconds * SECOND);
        let mut facts: Vec<Fact> = Vec::new();
        for &(record, old, new) in told {
            let claim = Claim::Clock(ClockClaim::Stepped { old: at(old), new: at(new) });
            facts.push(Fact::new(at(new), origin(0, record), claim));
        }
        for &boot in boots {
            facts.push(Fact::new(at(boot), origin(0, 0), Claim::Node(NodeRef::REPORTER, NodeClaim::Booted)));
        }
        for reversed in [false, true] {
            let mut facts: Vec<Fact> = facts.iter().map(|f| f.clone().by(Some(Name::node("n1")))).collect();
            if reversed {
                facts.reverse();
            }
            let (input, record, time) = asked;
            let all = steps(&[&facts]);
            let (came, doubt) =
                all[&Name::node("n1")].settled(START + time * SECOND, Some(origin(input, record)));
            assert_eq!(((came - START) / SECOND, doubt / SECOND), expect, "{told:?} {asked:?}");
        }
    }

    #[test]
    fn pieces() {
        let back = [(10, 600, 0)];
        // Before the step by place, after it by place; another log can tell only outside the doubled time.
        check(&back, &[], (0, 9, 300), (-300, 0));
        check(&back, &[], (0, 11, 300), (300, 0));
        check(&back, &[], (1, 9, 300), (0, 300));
        check(&back, &[], (1, 9, -100), (-700, 0));
        check(&back, &[], (1, 9, 700), (700, 0));
        // A step forward: what lies in the gap is in doubt.
        check(&[(10, 0, 600)], &[], (1, 0, -100), (500, 0));
        check(&[(10, 0, 600)], &[], (1, 0, 900), (900, 0));
        // Told by two logs, a step counts once; steps add up.
        check(&[(10, 600, 0), (11, 600, 0)], &[], (1, 0, -100), (-700, 0));
        check(&[(10, 0, 60), (20, 100, 130)], &[], (1, 0, -50), (40, 0));
        // Logs that contradict one another: whatever comes out, there is an order.
        check(&[(1, 10, 20), (2, 5, 9)], &[], (1, 3, 30), (30, 0));
        // Beyond the boot before, the clock was most likely as far off as the step tells, or it was right.
        check(&back, &[-50], (1, 9, -100), (-700, 600));
        check(&back, &[-50], (1, 9, -20), (-620, 0));
    }
}
