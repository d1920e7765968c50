//! Stamps to instants: every stamp names its clock (node, file), every instant says how far off it may be.
//!
//! A file's own base (UTC or local) comes from its header, else from proof in its body, else from `--tz`,
//! else it is placed as UTC with ±14 h and marked so. A node's clock is taken as it is: nothing here compares
//! nodes, so each has the spread [`OWN_CLOCK`] against the others unless `--skew` names it, and an order
//! between two nodes within their spread is not claimed. Refuses to know what any fact means.

mod base;
mod merge;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

pub use base::FileClock;
pub use merge::merge;
pub use zone::parse_zone;

use crate::fact::{Claim, ClockClaim, ClockReading, Fact, InputId, Instant, Moment, Name, Stamp};
use base::{Base, Proof};
use zone::NodeZone;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// How far a node's clock may be from the others when nothing compares them: five minutes. A domain member
/// whose clock is further off than that cannot log on by Kerberos (Windows security setting "Maximum tolerance
/// for computer clock synchronization", default 5 minutes), so it would not be a member of the cluster for long.
pub const OWN_CLOCK: i64 = 300 * SECOND;

/// A stamp that may be further off than this, nanoseconds: its file's base or its zone's rules are not known. What
/// it says is said of some other time, perhaps hours away, so it carries no more than an assumption.
pub const DOUBTFUL: i64 = 900 * SECOND;

/// What a skew given by hand is good for: such figures are read off pairs of log lines.
const GIVEN_CLOCK: i64 = SECOND;

/// The widest difference between any zone's time and UTC.
const WIDEST_ZONE: i64 = 14 * 3600 * SECOND;

/// What the user said of clocks.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--tz`: the IANA zone of files and nodes that do not tell theirs.
    pub zone: Option<chrono_tz::Tz>,
    /// `--skew NODE=+1.5s`: nanoseconds to add to the node's stamps; the last entry of a node holds.
    pub skew: Vec<(Name, i64)>,
}

/// Reads `NODE=+1.5s`, `NODE=-200ms`, `NODE=90` (seconds): the node and nanoseconds to add to its stamps.
#[must_use]
pub fn parse_skew(text: &str) -> Option<(Name, i64)> {
    let (node, amount) = text.split_once('=')?;
    let (node, amount) = (Name::node(node), amount.trim());
    let units = [("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];
    let (number, unit) = units
        .iter()
        .find_map(|&(unit, nanos)| amount.strip_suffix(unit).map(|number| (number, nanos)))
        .unwrap_or((amount, 1e9));
    let number: f64 = number.trim().parse().ok()?;
    let nanos = number * unit;
    // A day is more than any clock that still serves a cluster; beyond it the argument is a slip.
    (!node.is_empty() && nanos.is_finite() && nanos.abs() <= 86_400e9).then(|| (node, nanos.round() as i64))
}

/// Which stamps can be compared exactly: two points of one key have no skew between them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockKey(pub u32);

#[derive(Clone, Debug)]
struct NodeClock {
    key: u32,
    offset: i64,
    spread: i64,
    given: bool,
    zone: NodeZone,
}

/// The clocks of a bundle, settled.
#[derive(Clone, Debug)]
pub struct Clocks {
    nodes: BTreeMap<Name, NodeClock>,
    files: BTreeMap<InputId, Base>,
    /// Inputs whose base is not certain get a key of their own: their order against the node's other files
    /// is as unsure as the base.
    loose: BTreeMap<InputId, u32>,
    /// Latest placed instant of the bundle.
    end: Option<Instant>,
    zone: Option<chrono_tz::Tz>,
    /// Inputs that print times whose base is the file's.
    timed: BTreeSet<InputId>,
}

impl Clocks {
    /// Settles bases, zones and offsets. `facts` already name their reporters. The outcome does not depend on
    /// the order of `files` or `facts`.
    #[must_use]
    pub fn settle(files: &[FileClock], facts: &[Fact], options: &Options) -> Self {
        let proofs = Proof::gather(facts);
        let mut nodes: BTreeMap<Name, NodeClock> = BTreeMap::new();
        let reporters = facts.iter().filter_map(|f| f.reporter.as_ref());
        for name in files.iter().filter_map(|f| f.node.as_ref()).chain(reporters) {
            if !nodes.contains_key(name) {
                let given = options.skew.iter().rev().find(|(node, _)| node == name).map(|&(_, skew)| skew);
                let spread = if given.is_some() { GIVEN_CLOCK } else { OWN_CLOCK };
                let (offset, given) = (given.unwrap_or(0), given.is_some());
                nodes.insert(
                    name.clone(),
                    NodeClock { key: 0, offset, spread, given, zone: NodeZone::default() },
                );
            }
        }
        // Offsets that any file or record of the node tells, before the zone is needed for another file.
        let mut samples: BTreeMap<Name, Vec<(i64, i32)>> = BTreeMap::new();
        for fact in facts {
            if let (Some(node), Claim::Clock(ClockClaim::Bias { minutes })) = (&fact.reporter, &fact.claim) {
                let at = match fact.stamp {
                    Stamp::Utc(at) | Stamp::File(at) | Stamp::Local(at) => Some(at),
                    Stamp::Collected | Stamp::Missing => proofs.last_stamp(node),
                };
                samples.entry(node.clone()).or_default().extend(at.map(|at| (at, *minutes)));
            }
        }
        for file in files {
            if let (Some(node), Some(sample)) = (&file.node, file.offset_sample(&proofs)) {
                samples.entry(node.clone()).or_default().push(sample);
            }
        }
        for (name, clock) in &mut nodes {
            let mut told = samples.remove(name).unwrap_or_default();
            told.sort_unstable();
            told.dedup();
            clock.zone = NodeZone::new(told, options.zone, proofs.range(name));
        }
        let mut bases = BTreeMap::new();
        for file in files {
            let zone = file.node.as_ref().and_then(|n| nodes.get(n)).map(|n| &n.zone);
            bases.insert(file.input, file.settle(&proofs, zone, options.zone));
        }
        for (key, clock) in nodes.values_mut().enumerate() {
            clock.key = key as u32;
        }
        let first_loose = nodes.len() as u32 + 1;
        let unsure = bases.iter().filter(|(_, base)| base.spread_of_all() > 0).map(|(id, _)| *id);
        let loose = unsure.enumerate().map(|(at, id)| (id, first_loose + at as u32)).collect();
        let mut clocks =
            Self { nodes, files: bases, loose, end: None, zone: options.zone, timed: proofs.timed() };
        let dated = facts.iter().filter(|fact| fact.stamp != Stamp::Collected);
        let placed = dated.filter_map(|f| clocks.place(f.origin.input, f.reporter.as_ref(), f.stamp));
        clocks.end = placed.map(|moment| moment.at).max();
        clocks
    }

    /// Takes note of times outside the facts (the last entry of a log gives none): the end of collection.
    pub fn reaches(&mut self, input: InputId, reporter: Option<&Name>, stamp: Stamp) {
        self.end = self.end.max(self.place(input, reporter, stamp).map(|moment| moment.at));
    }

    /// May the file's own times be off by more than [`DOUBTFUL`]?
    #[must_use]
    pub fn is_doubtful(&self, input: InputId) -> bool {
        let base = self.files.get(&input).filter(|_| self.timed.contains(&input));
        base.is_some_and(|base| base.spread_of_all() > DOUBTFUL)
    }

    /// When the fact was, on the common clock. `None`: it cannot be placed.
    #[must_use]
    pub fn moment(&self, fact: &Fact) -> Option<Moment> {
        self.place(fact.origin.input, fact.reporter.as_ref(), fact.stamp)
    }

    /// When a stamp of `input`, by `reporter`'s clock, was.
    #[must_use]
    pub fn place(&self, input: InputId, reporter: Option<&Name>, stamp: Stamp) -> Option<Moment> {
        let node = reporter.and_then(|name| self.nodes.get(name));
        let (raw, own) = match stamp {
            Stamp::Utc(at) => (at, 0),
            Stamp::File(at) => self.files.get(&input).map_or((at, WIDEST_ZONE), |base| base.utc(at)),
            Stamp::Local(at) => match node {
                Some(node) => node.zone.utc(at),
                None => zone::local_to_utc(at, self.zone),
            },
            Stamp::Missing => return None,
            // A bundle is collected in one go: its latest time, whoever told it, is the nearest to that moment.
            Stamp::Collected => {
                let at = self.end.unwrap_or(Instant::UNDATED);
                return Some(Moment { at, spread: node.map_or(OWN_CLOCK, |n| n.spread) });
            }
        };
        if !Stamp::PLAUSIBLE.contains(&raw) {
            return None;
        }
        let (offset, spread) = node.map_or((0, OWN_CLOCK), |n| (n.offset, n.spread));
        Some(Moment { at: Instant(raw + offset), spread: spread + own })
    }

    /// The clock that the fact's moment is exact against.
    #[must_use]
    pub fn key(&self, fact: &Fact) -> ClockKey {
        if let (Stamp::File(_), Some(key)) = (fact.stamp, self.loose.get(&fact.origin.input)) {
            return ClockKey(*key);
        }
        let node = fact.reporter.as_ref().and_then(|name| self.nodes.get(name));
        ClockKey(node.map_or(self.nodes.len() as u32, |n| n.key))
    }

    /// Each node's clock with its spread against others, for comparisons with its logs' ends.
    #[must_use]
    pub fn nodes(&self) -> BTreeMap<Name, (ClockKey, i64)> {
        self.nodes.iter().map(|(name, clock)| (name.clone(), (ClockKey(clock.key), clock.spread))).collect()
    }

    /// Each node's clock for the report, by node name.
    #[must_use]
    pub fn readings(&self, files: &[FileClock]) -> Vec<ClockReading> {
        let mut out = Vec::new();
        for (name, clock) in &self.nodes {
            let mut basis = vec![if clock.given {
                "offset given by --skew".to_owned()
            } else {
                "its own clock, not compared with other nodes".to_owned()
            }];
            let mut own: Vec<&FileClock> = files.iter().filter(|f| f.node.as_ref() == Some(name)).collect();
            own.sort_by_key(|f| f.input);
            // A file without times of its own (a snapshot) has no base to speak of.
            let timed = own.iter().filter(|f| self.timed.contains(&f.input));
            let bases = timed.filter_map(|f| self.files.get(&f.input));
            let mut widest = 0;
            for base in bases {
                widest = widest.max(base.spread_of_all());
                if !base.basis.is_empty() && !basis.contains(&base.basis) {
                    basis.push(base.basis.clone());
                }
            }
            let spread = Some(clock.spread + widest);
            let offset = Some(clock.offset);
            out.push(ClockReading { node: name.clone(), offset, spread, basis: basis.join("; ") });
        }
        out
    }
}

#[cfg(test)]
mod tests;
