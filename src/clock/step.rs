//! Clocks that were set: Kernel-General 1 and the time service's 261 say from what time to what time.
//!
//! A step splits a node's clock into pieces. The piece before it is put on the clock after it, by exactly what
//! the record says, back to the boot before: a machine that boots reads its clock anew, so what a step
//! tells of the times before that boot is nothing. A time that was shown twice, or that was skipped, is placed
//! with doubt, unless its record stands in one log with the step's and so before or after it. Slews are no steps.

use std::collections::BTreeMap;

use crate::fact::{Claim, ClockClaim, Fact, InputId, Name, NodeClaim, Origin, Place, Stamp};

/// Two records of one step: one log prints whole milliseconds, the other hundreds of nanoseconds.
const SAME: i64 = 2_000_000;

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Step {
    old: i64,
    new: i64,
    /// The clock's time of the boot before; the times before it are not moved.
    since: i64,
    told: Origin,
}

/// The steps of one node's clock, in the order in which they happened.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps(Vec<Step>);

/// The steps of every node that tells any.
pub(super) fn steps(facts: &[Fact]) -> BTreeMap<Name, Steps> {
    let mut told: BTreeMap<&Name, BTreeMap<InputId, Vec<Step>>> = BTreeMap::new();
    let mut boots: BTreeMap<&Name, Vec<i64>> = BTreeMap::new();
    for fact in facts {
        let Some(node) = &fact.reporter else { continue };
        match (&fact.claim, fact.stamp) {
            (Claim::Clock(ClockClaim::Stepped { old: Stamp::Utc(old), new: Stamp::Utc(new) }), _) => {
                let step = Step { old: *old, new: *new, since: i64::MIN, told: fact.origin };
                told.entry(node).or_default().entry(fact.origin.input).or_default().push(step);
            }
            (Claim::Node(_, NodeClaim::Booted), Stamp::Utc(at)) => boots.entry(node).or_default().push(at),
            _ => {}
        }
    }
    let mut out = BTreeMap::new();
    for (node, inputs) in told {
        let mut steps: Vec<Step> = Vec::new();
        for step in inputs.into_values().flatten() {
            let near = |a: i64, b: i64| a.abs_diff(b) <= SAME as u64;
            if !steps.iter().any(|s| near(s.old, step.old) && near(s.new, step.new)) {
                steps.push(step);
            }
        }
        steps.sort_by(order);
        for step in &mut steps {
            let before = boots.get(node).into_iter().flatten().filter(|&&boot| boot <= step.old);
            step.since = before.max().copied().unwrap_or(i64::MIN);
        }
        out.insert(node.clone(), Steps(steps));
    }
    out
}

/// By the records' places where one log tells both, else by the times before the steps.
fn order(a: &Step, b: &Step) -> std::cmp::Ordering {
    match is_before(a.told, b.told) {
        Some(true) => std::cmp::Ordering::Less,
        Some(false) => std::cmp::Ordering::Greater,
        None => (a.old, a.new, a.told).cmp(&(b.old, b.new, b.told)),
    }
}

/// Does the first stand before the second in one log?
fn is_before(a: Origin, b: Origin) -> Option<bool> {
    match (a.place, b.place) {
        (Place::Record(one), Place::Record(other)) if a.input == b.input && one != other => Some(one < other),
        _ => None,
    }
}

impl Steps {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A time of this clock as the clock after the last step would have shown it, with its half width.
    pub(super) fn settled(&self, at: i64, origin: Option<Origin>) -> (i64, i64) {
        let by_place = |step: &Step| origin.and_then(|origin| is_before(origin, step.told));
        // Piece k lies between step k - 1 and step k. Strictly: the time fits between what the two steps tell;
        // else also in what a step forward skipped.
        let reach = |strict: bool| -> Option<(i64, i64)> {
            let (mut range, mut moved) = (None, at);
            for piece in (0..=self.0.len()).rev() {
                let next = self.0.get(piece);
                let last = piece.checked_sub(1).map(|k| &self.0[k]);
                if let Some(step) = next
                    && at >= step.since
                {
                    moved = moved.saturating_add(step.new - step.old);
                }
                let ends = next.is_none_or(|step| {
                    let shown = if strict { step.old } else { step.old.max(step.new) };
                    by_place(step).unwrap_or(at <= shown)
                });
                let begins = last.is_none_or(|step| {
                    let shown = if strict { step.new } else { step.old.min(step.new) };
                    by_place(step).map_or(at >= shown, |before| !before)
                });
                if ends && begins {
                    let (low, high) = range.unwrap_or((moved, moved));
                    range = Some((low.min(moved), high.max(moved)));
                }
            }
            range
        };
        let (low, high) = reach(true).or_else(|| reach(false)).unwrap_or((at, at));
        (low / 2 + high / 2 + (low % 2 + high % 2) / 2, (high - low) / 2 + (high - low) % 2)
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
            let all = steps(&facts);
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
        // The boot before ends what the step tells.
        check(&back, &[-50], (1, 9, -100), (-100, 0));
        check(&back, &[-50], (1, 9, -20), (-620, 0));
    }
}
