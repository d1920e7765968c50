//! Which inputs count where several measured the same I/O: copies of a trace, one of them cut or with lost records;
//! two sessions at once; the same trace as `.etl` and as text.
//!
//! What several inputs tell alike is one fact already. For the rest, in each minute of a node the input counts that lost
//! nothing and saw most; another counts beside it only where what it measured does not overlap: traces that follow each
//! other. So a sum may be too small where records were lost, and never too large. Counter logs are told apart by
//! volume and way as well, since each may hold other counters. So are inputs of an unknown node, which may be two nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{
    Claim, FactId, InputId, Instant, Meter, Name, Stamp, TrafficClaim, TrafficPath, VolumeRef,
};
use crate::timeline::told::Told;

/// Nanoseconds.
const MINUTE: i64 = 60_000_000_000;

/// What only one of several inputs may tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    meter: Meter,
    node: Option<&'a Name>,
    subject: Option<(String, Option<&'a Name>, TrafficPath)>,
    minute: i64,
}

/// What one input measured within a minute.
#[derive(Clone, Copy, Debug)]
struct Share {
    from: Instant,
    to: Instant,
    lossy: bool,
    operations: u64,
    bytes: u64,
}

impl Share {
    fn join(&mut self, other: Self) {
        self.from = self.from.min(other.from);
        self.to = self.to.max(other.to);
        self.lossy |= other.lossy;
        self.operations = self.operations.saturating_add(other.operations);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Ends that only touch are of logs that follow each other.
    fn overlaps(&self, other: &Self) -> bool {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        let is_point = self.from == self.to || other.from == other.to;
        from < to || from == to && is_point
    }
}

/// The measurements that are not to be counted, since another input measured the same I/O.
pub(super) fn outdone(told: &[Told<'_>]) -> BTreeSet<FactId> {
    let mut groups: BTreeMap<Key<'_>, Vec<(&Told<'_>, Share)>> = BTreeMap::new();
    for one in told {
        if let Claim::Traffic(claim) = &one.fact.claim {
            groups.entry(key(one, claim)).or_default().push((one, share(one, claim)));
        }
    }
    let mut out = BTreeSet::new();
    for group in groups.values() {
        let mut inputs: BTreeMap<InputId, Share> = BTreeMap::new();
        for (one, share) in group {
            // An input that repeats itself has one share in it.
            for input in tellers(one).collect::<BTreeSet<_>>() {
                inputs.entry(input).and_modify(|sum| sum.join(*share)).or_insert(*share);
            }
        }
        if inputs.len() < 2 {
            continue;
        }
        let mut best: Vec<(InputId, Share)> = inputs.into_iter().collect();
        best.sort_by_key(|(_, s)| (s.lossy, std::cmp::Reverse((s.operations, s.bytes))));
        let mut count: Vec<(InputId, Share)> = Vec::new();
        for (input, share) in best {
            if !count.iter().any(|(_, other)| other.overlaps(&share)) {
                count.push((input, share));
            }
        }
        let counts = |input| count.iter().any(|(other, _)| *other == input);
        out.extend(group.iter().filter(|(one, _)| !tellers(one).any(counts)).map(|(one, _)| one.id));
    }
    out
}

fn tellers<'a>(told: &'a Told<'_>) -> impl Iterator<Item = InputId> + 'a {
    std::iter::once(&told.fact.origin).chain(&told.fact.also).map(|origin| origin.input)
}

fn key<'a>(told: &Told<'a>, claim: &'a TrafficClaim) -> Key<'a> {
    let node = told.fact.reporter.as_ref();
    let subject = (claim.meter != Meter::CsvFsTrace || node.is_none())
        .then(|| (names(&claim.volume), claim.file.as_ref(), claim.path));
    // The minute by the log's own clock, in the reckoning of all.
    let within = match told.fact.stamp {
        Stamp::Utc(nanos) | Stamp::File(nanos) | Stamp::Local(nanos) => nanos.rem_euclid(MINUTE),
        Stamp::Collected | Stamp::Missing => 0,
    };
    let minute = told.at.0.saturating_sub(within).saturating_add(MINUTE / 2).div_euclid(MINUTE);
    Key { meter: claim.meter, node, subject, minute }
}

/// A volume as one log names it; two logs of one kind name it alike.
fn names(volume: &VolumeRef) -> String {
    format!("{volume:?}")
}

fn share(told: &Told<'_>, claim: &TrafficClaim) -> Share {
    let flows = [&claim.read, &claim.written, &claim.undirected];
    Share {
        from: told.at,
        to: Instant(told.at.0.saturating_add(claim.length.max(0))),
        lossy: claim.lossy,
        operations: flows.iter().fold(0, |sum, flow| sum.saturating_add(flow.operations.unwrap_or(0))),
        bytes: flows.iter().fold(0, |sum, flow| sum.saturating_add(flow.bytes)),
    }
}

#[cfg(test)]
mod tests {
    use crate::assemble::notation::case;

    /// Bytes read, by volume, node and file.
    fn check(traffic: &str, expect: &str) {
        let case = case(&format!(
            "09:00 n1: volume #1=Volume1=Disk1 state 4\n10:59 n1: volume #1 state 4\n{traffic}"
        ));
        let sums: Vec<String> = case
            .traffic
            .iter()
            .map(|sum| {
                let file = sum.file.as_ref().map_or("-", |file| file.as_str());
                format!("{file} r{}{}", sum.read, if sum.lossy { " lossy" } else { "" })
            })
            .collect();
        assert_eq!(sums.join("; "), expect, "{traffic}");
    }

    #[test]
    fn what_two_inputs_measured_counts_once() {
        // A copy with lost records saw less of the same, some of it without its file.
        check(
            r"10:30:01 n1: traffic direct \a #1 9 0 50
            10:30:02 n1/copy: traffic direct \a #1 5 0 40 lossy
            10:30:02 n1/copy: traffic direct \unknown - 3 0 40 lossy",
            r"\a r9",
        );
        // Whichever lies first.
        check(
            r"10:30:02 n1: traffic direct \a #1 5 0 40 lossy
            10:30:01 n1/whole: traffic direct \a #1 9 0 50",
            r"\a r9",
        );
        // Told alike by both, and something that one alone saw.
        check(
            r"10:30:01 n1: traffic direct \a #1 9 0 50 lossy
            10:30:01 n1/copy: traffic direct \a #1 9 0 50 lossy
            10:30:03 n1/copy: traffic direct \b #1 4 0 40 lossy",
            r"\a r9 lossy; \b r4 lossy",
        );
        // One trace after another within a minute; other minutes; other nodes.
        check(
            r"10:30:01 n1: traffic direct \a #1 9 0 10
            10:30:30 n1/next: traffic direct \a #1 5 0 20
            10:31:01 n1/next: traffic direct \a #1 2 0 20",
            r"\a r16",
        );
        check(
            r"10:30:01 n1: traffic direct \a #1 9 0 50
            10:30:02 n2: traffic direct \a #1 5 0 40",
            r"\a r9; \a r5",
        );
    }
}
