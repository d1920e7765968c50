//! Stamps to instants: every stamp names its clock (node, file), every instant says how far off it may be.
//!
//! A file's own base (UTC or local) comes from its header, else from proof in its body, else from `--tz`,
//! else it is placed as UTC with ±14 h and marked so. Steps of a clock that its records tell are taken out, then
//! nodes are put on one clock by the events they share: the median clock of the largest group. Spreads
//! are such that two nodes' add up to what their times may be apart; a node that no event reaches has its own
//! clock and a spread of its own. Refuses to know whether all clocks of a group are wrong together.

mod base;
mod merge;
mod shared;
mod skew;
mod step;
mod twice;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

pub use base::FileClock;
pub use merge::merge;
pub use zone::parse_zone;

use crate::fact::{
    Claim, ClockClaim, ClockReading, Compared, Fact, InputId, Instant, Moment, Name, Origin, Stamp,
};
use base::{Base, Proof};
use skew::Fit;
use step::Steps;
use zone::NodeZone;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// How far a node's clock may be from the others when nothing compares them: ten minutes. A domain member whose clock
/// is off by more than five cannot log on by Kerberos (Windows security setting "Maximum tolerance for computer
/// clock synchronization", default 5 minutes), so it would not be a member of the cluster for long; twice that,
/// because a member stays one for a while, and the setting may be another.
pub const OWN_CLOCK: i64 = 600 * SECOND;

/// By how much a clock may have been set without a word, before the first and after the last event that is compared, where
/// no complete System log reaches: two minutes. The bound is ours; between events, they tell.
const UNTOLD_STEP: i64 = 120 * SECOND;

/// A stamp that may be further off than this, nanoseconds: its file's base or its zone's rules are not known. What
/// it says is said of some other time, perhaps hours away, so it carries no more than an assumption.
pub const DOUBTFUL: i64 = 1500 * SECOND;

/// When a log ends, with whether that is certain.
fn told_end(moment: Moment) -> (bool, Instant) {
    (moment.spread <= DOUBTFUL, moment.at)
}

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
    steps: Steps,
    /// Against the others; absent where no shared event reaches the node, or `--skew` names it.
    fit: Option<Fit>,
    /// First and last time of the node's facts, by its own clock.
    range: Option<(i64, i64)>,
    /// First and last event that other nodes tell as well, by its own clock.
    compared: Option<(i64, i64)>,
    /// Between which times every step of it is told.
    told: Vec<(i64, i64)>,
}

impl NodeClock {
    fn new(given: Option<i64>) -> Self {
        Self {
            key: 0,
            offset: given.unwrap_or(0),
            spread: if given.is_some() { GIVEN_CLOCK } else { OWN_CLOCK },
            given: given.is_some(),
            zone: NodeZone::default(),
            steps: Steps::default(),
            fit: None,
            range: None,
            compared: None,
            told: Vec::new(),
        }
    }

    /// What to add to a time of this clock, and the spread that leaves.
    fn add(&self, at: i64) -> (i64, i64) {
        match &self.fit {
            // Another group's times are only as near to the largest one's as two lone clocks are.
            Some(fit) if fit.frame > 0 => (fit.place(at).0 + self.offset, self.spread.max(fit.place(at).1)),
            Some(fit) => {
                let (add, spread) = fit.place(at);
                (add + self.offset, spread.saturating_add(self.untold(at)))
            }
            None => (self.offset, self.spread),
        }
    }

    /// What a step that nothing tells may have added between a time of this clock and the events that it is compared by.
    fn untold(&self, at: i64) -> i64 {
        let Some((first, last)) = self.compared else { return UNTOLD_STEP };
        let (from, to) = (at.min(first), at.max(last));
        let between = if at < first { (from, first) } else { (last, to) };
        let inside = first <= at && at <= last;
        let told = || self.told.iter().any(|&(from, to)| from <= between.0 && between.1 <= to);
        if inside || told() { 0 } else { UNTOLD_STEP }
    }

    /// The widest spread over the node's own times.
    fn widest(&self) -> i64 {
        let (from, to) = self.range.unwrap_or((0, 0));
        if self.fit.is_none() || self.range.is_none() {
            return self.spread;
        }
        [from, from / 2 + to / 2, to].into_iter().map(|at| self.add(at).1).max().unwrap_or(self.spread)
    }
}

/// The clocks of a bundle, settled.
#[derive(Clone, Debug)]
pub struct Clocks {
    nodes: BTreeMap<Name, NodeClock>,
    files: BTreeMap<InputId, Base>,
    /// Inputs whose base is not certain get a key of their own: their order against the node's other files
    /// is as unsure as the base.
    loose: BTreeMap<InputId, u32>,
    /// Where facts stand whose time their clock showed twice: they are in no exact order even against their own
    /// neighbours.
    doubtful: BTreeMap<Origin, u32>,
    /// Latest placed instant of the bundle, and whether it is certain: those that may be hours off come last.
    end: Option<(bool, Instant)>,
    zone: Option<chrono_tz::Tz>,
    /// Inputs that print times whose base is the file's.
    timed: BTreeSet<InputId>,
}

/// Facts that stand input by input.
fn each<'a>(facts: &[&'a [Fact]]) -> impl Iterator<Item = &'a Fact> {
    facts.iter().copied().flatten()
}

impl Clocks {
    /// Settles bases, zones and offsets. `facts`, by input, already name their reporters. The outcome does not depend on
    /// the order of `files` or `facts`.
    #[must_use]
    pub fn settle(files: &[FileClock], facts: &[&[Fact]], options: &Options) -> Self {
        let proofs = Proof::gather(files, facts);
        let mut nodes: BTreeMap<Name, NodeClock> = BTreeMap::new();
        let reporters = each(facts).filter_map(|f| f.reporter.as_ref());
        for name in files.iter().filter_map(|f| f.node.as_ref()).chain(reporters) {
            if !nodes.contains_key(name) {
                let given = options.skew.iter().rev().find(|(node, _)| node == name).map(|&(_, skew)| skew);
                nodes.insert(name.clone(), NodeClock::new(given));
            }
        }
        // Offsets that any file or record of the node tells, before the zone is needed for another file.
        let mut samples: BTreeMap<Name, Vec<(i64, i32)>> = BTreeMap::new();
        let mut named: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        for fact in each(facts) {
            if let (Some(node), Claim::Clock(ClockClaim::Zone(zone))) = (&fact.reporter, &fact.claim) {
                named.entry(node.clone()).or_default().insert(zone.clone());
            }
            if let (Some(node), Claim::Clock(ClockClaim::Bias { minutes })) = (&fact.reporter, &fact.claim) {
                let at = match fact.stamp {
                    Stamp::Utc(at) | Stamp::File(at) | Stamp::Local(at) => Some(at),
                    Stamp::Collected | Stamp::Missing => proofs.collected().or(proofs.last_stamp(node)),
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
            clock.zone = NodeZone::new(
                told,
                &named.remove(name).unwrap_or_default(),
                options.zone,
                proofs.range(name),
            );
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
        let mut clocks = Self {
            nodes,
            files: bases,
            loose,
            doubtful: BTreeMap::new(),
            end: None,
            zone: options.zone,
            timed: proofs.timed(),
        };
        clocks.compare(files, facts);
        let in_doubt = |fact: &&Fact| clocks.own_time(fact).is_some_and(|(_, doubt)| doubt > 0);
        let places: BTreeSet<Origin> = each(facts).filter(in_doubt).map(|fact| fact.origin).collect();
        let first = first_loose + clocks.loose.len() as u32;
        clocks.doubtful =
            places.into_iter().enumerate().map(|(at, place)| (place, first + at as u32)).collect();
        let dated = each(facts).filter(|fact| fact.stamp != Stamp::Collected);
        let placed = dated.filter_map(|f| clocks.place(f.origin.input, f.reporter.as_ref(), f.stamp));
        clocks.end = placed.map(told_end).max();
        clocks
    }

    /// Takes out the steps of each clock, and puts the nodes on one clock by the events they share.
    fn compare(&mut self, files: &[FileClock], facts: &[&[Fact]]) {
        for (name, steps) in step::steps(facts) {
            if let Some(clock) = self.nodes.get_mut(&name) {
                clock.steps = steps;
            }
        }
        let mut ranges: BTreeMap<Name, (i64, i64)> = BTreeMap::new();
        for fact in each(facts) {
            if let (Some(name), Some((at, _))) = (&fact.reporter, self.own_time(fact)) {
                match ranges.get_mut(name) {
                    Some(range) => *range = (range.0.min(at), range.1.max(at)),
                    None => _ = ranges.insert(name.clone(), (at, at)),
                }
            }
        }
        let events = shared::shared(facts, |fact| {
            let clock = self.nodes.get(fact.reporter.as_ref()?)?;
            let (at, doubt) =
                self.read_by(fact.origin.input, fact.reporter.as_ref(), fact.stamp, |steps, at| {
                    steps.continued(at, Some(fact.origin))
                })?;
            (doubt == 0).then_some((clock.key as usize, at))
        });
        let mut compared: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        for &(node, at) in events.iter().flat_map(|event| &event.tellings) {
            let range = compared.entry(node).or_insert((at, at));
            *range = (range.0.min(at), range.1.max(at));
        }
        for (name, clock) in &mut self.nodes {
            clock.compared = compared.get(&(clock.key as usize)).copied();
            clock.told = tells_steps(files, name, &clock.steps, ranges.get(name).copied());
        }
        let mut fits = skew::settle(self.nodes.len(), &events);
        let grouped = fits.iter().any(Option::is_some);
        // Where the user placed members of the largest group, the group goes there.
        let mut shifts: Vec<i64> = Vec::new();
        for (clock, fit) in self.nodes.values().zip(&fits) {
            let given = fit.as_ref().filter(|fit| clock.given && fit.frame == 0);
            shifts.extend(
                given.map(|fit| clock.offset - fit.place(clock_middle(&ranges, &self.nodes, clock)).0),
            );
        }
        shifts.sort_unstable();
        let shift = shifts.get(shifts.len() / 2).copied().unwrap_or(0);
        let apart = shifts.iter().map(|s| (s - shift).abs()).max().unwrap_or(0);
        for ((name, clock), fit) in self.nodes.iter_mut().zip(&mut fits) {
            clock.range = ranges.get(name).copied();
            if clock.given {
                let own = fit
                    .as_ref()
                    .map_or(0, |fit| clock.range.map_or(0, |r| fit.place(r.0).1.max(fit.place(r.1).1)));
                clock.spread = GIVEN_CLOCK + own + apart;
                continue;
            }
            clock.fit = fit.take();
            let largest = clock.fit.as_ref().is_some_and(|fit| fit.frame == 0);
            clock.offset = if largest { shift } else { 0 };
            // The group's common clock and a lone one may each be off by what one clock may be.
            clock.spread = if grouped { 2 * OWN_CLOCK } else { OWN_CLOCK };
        }
    }

    /// A fact's time by its reporter's clock, steps taken out, with its half width. `None`: the fact prints none.
    fn own_time(&self, fact: &Fact) -> Option<(i64, i64)> {
        self.read(fact.origin.input, fact.reporter.as_ref(), fact.stamp, Some(fact.origin))
    }

    fn read(
        &self,
        input: InputId,
        reporter: Option<&Name>,
        stamp: Stamp,
        origin: Option<Origin>,
    ) -> Option<(i64, i64)> {
        self.read_by(input, reporter, stamp, |steps, at| steps.settled(at, origin))
    }

    fn read_by(
        &self,
        input: InputId,
        reporter: Option<&Name>,
        stamp: Stamp,
        place: impl Fn(&Steps, i64) -> (i64, i64),
    ) -> Option<(i64, i64)> {
        let node = reporter.and_then(|name| self.nodes.get(name));
        let (raw, own) = match stamp {
            Stamp::Utc(at) => (at, 0),
            Stamp::File(at) => self.files.get(&input).map_or((at, WIDEST_ZONE), |base| base.utc(at)),
            Stamp::Local(at) => match node {
                Some(node) => node.zone.utc(at),
                None => zone::local_to_utc(at, self.zone),
            },
            Stamp::Collected | Stamp::Missing => return None,
        };
        if !Stamp::PLAUSIBLE.contains(&raw) {
            return None;
        }
        let (at, doubt) = node.map_or((raw, 0), |node| place(&node.steps, raw));
        Some((at, own.saturating_add(doubt)))
    }

    /// A stamp of `input` in UTC as its file prints it, and the doubt of that, nanoseconds. Whether the clock was right, at
    /// that time or against other nodes, is not asked. `None`: it is no time.
    #[must_use]
    pub fn printed(&self, input: InputId, reporter: Option<&Name>, stamp: Stamp) -> Option<(i64, i64)> {
        self.read_by(input, reporter, stamp, |_, at| (at, 0))
    }

    /// What the reckoning of an input's own times rests on, in words; empty where its header says that they are in UTC.
    #[must_use]
    pub fn basis_of(&self, input: InputId) -> &str {
        self.files.get(&input).map_or("", |base| &base.basis)
    }

    /// Takes note of times outside the facts (the last entry of a log gives none): the end of collection.
    pub fn reaches(&mut self, input: InputId, reporter: Option<&Name>, stamp: Stamp) {
        self.end = self.end.max(self.place(input, reporter, stamp).map(told_end));
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
        self.moment_of(fact.origin.input, fact.reporter.as_ref(), fact.stamp, Some(fact.origin))
    }

    /// When a stamp of `input`, by `reporter`'s clock, was.
    #[must_use]
    pub fn place(&self, input: InputId, reporter: Option<&Name>, stamp: Stamp) -> Option<Moment> {
        self.moment_of(input, reporter, stamp, None)
    }

    fn moment_of(
        &self,
        input: InputId,
        reporter: Option<&Name>,
        stamp: Stamp,
        origin: Option<Origin>,
    ) -> Option<Moment> {
        let node = reporter.and_then(|name| self.nodes.get(name));
        // A bundle is collected in one go: its latest certain time, whoever told it, is the nearest to that moment.
        if stamp == Stamp::Collected {
            let at = self.end.map_or(Instant::UNDATED, |end| end.1);
            let given = node.filter(|n| n.given).map(|n| n.spread);
            return Some(Moment { at, spread: given.unwrap_or(self.lone()) });
        }
        let (raw, own) = self.read(input, reporter, stamp, origin)?;
        let (offset, spread) = node.map_or((0, self.lone()), |n| n.add(raw));
        Some(Moment { at: Instant(raw.saturating_add(offset)), spread: spread.saturating_add(own) })
    }

    /// The spread of a clock that nothing compares.
    fn lone(&self) -> i64 {
        if self.nodes.values().any(|clock| clock.fit.is_some()) { 2 * OWN_CLOCK } else { OWN_CLOCK }
    }

    /// The clock that the fact's moment is exact against.
    #[must_use]
    pub fn key(&self, fact: &Fact) -> ClockKey {
        if let (Stamp::File(_), Some(key)) = (fact.stamp, self.loose.get(&fact.origin.input)) {
            return ClockKey(*key);
        }
        if let Some(key) = self.doubtful.get(&fact.origin) {
            return ClockKey(*key);
        }
        let node = fact.reporter.as_ref().and_then(|name| self.nodes.get(name));
        ClockKey(node.map_or(self.nodes.len() as u32, |n| n.key))
    }

    /// Each node's clock with its spread against others, for comparisons with its logs' ends.
    #[must_use]
    pub fn nodes(&self) -> BTreeMap<Name, (ClockKey, i64)> {
        self.nodes.iter().map(|(name, clock)| (name.clone(), (ClockKey(clock.key), clock.widest()))).collect()
    }

    /// Each node's clock for the report, by node name.
    #[must_use]
    pub fn readings(&self, files: &[FileClock]) -> Vec<ClockReading> {
        let mut out = Vec::new();
        for (name, clock) in &self.nodes {
            let mut basis = vec![self.basis(clock)];
            match clock.steps.len() {
                0 => {}
                1 => basis.push("one step of the clock taken out".to_owned()),
                steps => basis.push(format!("{steps} steps of the clock taken out")),
            }
            basis.extend(clock.zone.refused.clone());
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
            let middle = clock.range.map_or(0, |(from, to)| from / 2 + to / 2);
            let compared = clock.fit.as_ref().map(|fit| Compared {
                reference: self.name(fit.reference),
                group: fit.frame as u32,
                events: fit.events as u64,
                refused: fit.refused as u64,
                residual: fit.residual,
                drift: fit.drift(middle),
            });
            out.push(ClockReading {
                node: name.clone(),
                offset: Some(clock.add(middle).0),
                spread: Some(clock.widest().saturating_add(widest)),
                basis: basis.join("; "),
                compared,
            });
        }
        out
    }

    fn name(&self, key: usize) -> Name {
        self.nodes.keys().nth(key).cloned().unwrap_or_else(|| Name::new(""))
    }

    /// What a node's offset rests on, in words.
    fn basis(&self, clock: &NodeClock) -> String {
        if clock.given {
            return "offset given by --skew".to_owned();
        }
        let Some(fit) = &clock.fit else {
            return "its own clock, not compared with other nodes".to_owned();
        };
        let reference = self.name(fit.reference);
        let refused = match fit.refused {
            0 => String::new(),
            refused => format!(" ({refused} more contradict and are left out)"),
        };
        let group = if fit.frame > 0 { ", a group apart, not compared with the largest" } else { "" };
        let own = if fit.reference == clock.key as usize { "is" } else { "against" };
        format!(
            "{own} the median clock of {} nodes, {reference}'s: {} shared events, residual {:.1} ms{refused}{group}",
            fit.members,
            fit.events,
            fit.residual as f64 / 1e6
        )
    }
}

/// Between which times a node's System logs tell every step, steps taken out. One collection exports all logs of a node:
/// the last piece of a log reaches the node's last entry.
fn tells_steps(
    files: &[FileClock],
    node: &Name,
    steps: &Steps,
    range: Option<(i64, i64)>,
) -> Vec<(i64, i64)> {
    let mut out = Vec::new();
    for file in files.iter().filter(|file| file.node.as_ref() == Some(node)) {
        let latest = file.tells_steps.iter().map(|piece| piece.1).max();
        for &(from, to) in &file.tells_steps {
            let end = if Some(to) == latest { range.map_or(to, |range| range.1.max(to)) } else { to };
            out.push((steps.settled(from, None).0, steps.settled(end, None).0.max(end)));
        }
    }
    out
}

/// The middle of a clock's own times.
fn clock_middle(
    ranges: &BTreeMap<Name, (i64, i64)>,
    nodes: &BTreeMap<Name, NodeClock>,
    clock: &NodeClock,
) -> i64 {
    let name = nodes.iter().find(|(_, other)| other.key == clock.key).map(|(name, _)| name);
    name.and_then(|name| ranges.get(name)).map_or(0, |(from, to)| from / 2 + to / 2)
}

#[cfg(test)]
mod tests;
