//! Which line a `lastFailoverTime` belongs to.
//!
//! A move line prints when its group last failed over, in the node's local time whatever the file's own stamps
//! are. That is an older moment than the line's: in the one real log that shows both, it lies 2 ms before an event
//! about the same group hours earlier (facts: cluster-log 1.5). So it is a witness of the time base only
//! at the stamp of such a line, and only where the pairs of the whole file agree on one offset.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Claim, ClockClaim, Fact, Name, Origin, Stamp};

const QUARTER: i64 = 15 * 60 * 1_000_000_000;
/// How close a pair must be to a whole offset: real ones are 0 to 45 ms apart.
const NEAR: i64 = 50_000_000;
/// No zone is further from UTC, in quarters of an hour.
const WIDEST: i64 = 14 * 4;

/// Times of groups, collected in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Failovers {
    /// Lines about a group, by its name.
    lines: BTreeMap<Name, BTreeMap<i64, Origin>>,
    /// `lastFailoverTime` of a group, each with the first line that prints it.
    told: BTreeMap<(Name, i64), Origin>,
}

impl Failovers {
    /// What one entry says.
    pub(super) fn entry(&mut self, stamp: Stamp, origin: Origin, claims: &[Claim]) {
        let Stamp::File(at) = stamp else { return };
        let Some(group) = claims.iter().find_map(|claim| match claim {
            Claim::Group(group, _) => group.name.clone(),
            _ => None,
        }) else {
            return;
        };
        for claim in claims {
            if let Claim::Clock(ClockClaim::LocalWitness { local: Stamp::Local(local) }) = claim {
                self.told.entry((group.clone(), *local)).or_insert(origin);
            }
        }
        self.lines.entry(group).or_default().entry(at).or_insert(origin);
    }

    /// The pairs, if most of them by far give one offset. A pair by chance, one in 9,000, must not count.
    pub(super) fn witnesses(self) -> Vec<Fact> {
        let mut pairs: BTreeMap<i64, Vec<Fact>> = BTreeMap::new();
        let mut stamps = BTreeSet::new();
        for ((group, local), printed) in &self.told {
            let Some(lines) = self.lines.get(group) else { continue };
            for quarters in -WIDEST..=WIDEST {
                let Some(meant) = local.checked_sub(quarters * QUARTER) else { continue };
                for (at, origin) in lines.range(meant.saturating_sub(NEAR)..=meant.saturating_add(NEAR)) {
                    if stamps.insert((*local, *at)) {
                        let claim = Claim::Clock(ClockClaim::LocalWitness { local: Stamp::Local(*local) });
                        let mut fact = Fact::new(Stamp::File(*at), *origin, claim);
                        fact.also.extend(Some(*printed).filter(|printed| printed != origin));
                        pairs.entry(quarters).or_default().push(fact);
                    }
                }
            }
        }
        let mut by_votes: Vec<Vec<Fact>> = pairs.into_values().collect();
        by_votes.sort_by_key(|facts| std::cmp::Reverse(facts.len()));
        let clear = by_votes.len() < 2 || by_votes[0].len() > 2 * by_votes[1].len();
        by_votes.into_iter().next().filter(|_| clear).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Failovers;
    use crate::fact::{Claim, ClockClaim, GroupClaim, GroupRef, InputId, Origin, Place, Stamp};

    const SECOND: i64 = 1_000_000_000;
    const BASE: i64 = 1_600_000_000 * SECOND;

    /// Lines of group, millisecond, and the last failover's where the line prints one.
    fn check(lines: &[(&str, i64, Option<i64>)], expect: &[(i64, i64)]) {
        let mut failovers = Failovers::default();
        let ms = |at: i64| BASE + at * 1_000_000;
        for (line, (group, at, last)) in lines.iter().enumerate() {
            let mut claims = vec![Claim::Group(GroupRef::named(group), GroupClaim::Named)];
            let local = last.map(|last| Stamp::Local(ms(last)));
            claims.extend(local.map(|local| Claim::Clock(ClockClaim::LocalWitness { local })));
            let place = Origin { input: InputId(0), offset: line as u64, place: Place::Offset };
            failovers.entry(Stamp::File(ms(*at)), place, &claims);
        }
        let got: Vec<_> = failovers.witnesses().into_iter().map(|fact| (fact.stamp, fact.claim)).collect();
        let expect: Vec<_> = expect
            .iter()
            .map(|(at, last)| {
                let local = Stamp::Local(ms(*last));
                (Stamp::File(ms(*at)), Claim::Clock(ClockClaim::LocalWitness { local }))
            })
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn pairs() {
        const HOUR: i64 = 3_600_000;
        // The event hours ago is the one that is meant.
        check(&[("g", 2, None), ("g", HOUR / 2 + 77_000, Some(-7 * HOUR))], &[(2, -7 * HOUR)]);
        // Another group's event is none of its own.
        check(&[("h", 2, None), ("g", HOUR / 2 + 77_000, Some(-7 * HOUR))], &[]);
        // Not a whole offset.
        check(&[("g", 2, None), ("g", 77_000, Some(-7 * HOUR + 60_000))], &[]);
        // Two offsets with equal votes prove nothing; three against one do.
        let two = [
            ("g", 0, None),
            ("h", 5_000, None),
            ("g", 99_000, Some(HOUR)),
            ("h", 98_000, Some(2 * HOUR + 5_000)),
        ];
        check(&two, &[]);
        let three = [
            ("a", 0, None),
            ("b", 1_000, None),
            ("a", 99_000, Some(HOUR)),
            ("b", 98_000, Some(HOUR + 1_000)),
            ("c", 3_000, None),
            ("c", 97_000, Some(HOUR + 3_000)),
            ("h", 5_000, None),
            ("h", 98_000, Some(2 * HOUR + 5_000)),
        ];
        check(&three, &[(0, HOUR), (1_000, HOUR + 1_000), (3_000, HOUR + 3_000)]);
    }
}
