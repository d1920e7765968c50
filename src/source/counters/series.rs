//! From samples to facts: what went in each stretch between two samples, gathered by the minute.
//!
//! A rate is the average since the sample before: rate times the stretch, rounded, is its bytes. A total counts by its
//! difference; where it shrinks, the counter began anew and the stretch says nothing. The first sample only begins a
//! stretch. Stretches that begin in one minute and touch become one fact. Where a direction has no column or no
//! value, the figures are lower bounds. Local time leaps where daylight saving begins or ends: a stretch that is one
//! hour longer or shorter than its forerunner is counted with its true length.

use std::collections::BTreeMap;

use super::note;
use super::plan::{Column, Group, Plan, What};
use super::set::{Kind, Unit, Way};
use crate::fact::{Claim, Fact, Flow, Origin, Stamp, TrafficClaim, VolumeClaim, VolumeState};
use crate::ledger::Tally;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// One line of values.
pub(super) struct Sample<'a> {
    /// Local time, nanoseconds.
    pub(super) time: i64,
    /// The kept cells: place of each, and its value.
    pub(super) values: &'a BTreeMap<usize, (Origin, Option<f64>)>,
}

impl Sample<'_> {
    fn value(&self, index: usize) -> Option<f64> {
        self.values.get(&index).and_then(|(_, value)| *value)
    }

    fn origin(&self, index: usize) -> Option<Origin> {
        self.values.get(&index).map(|(origin, _)| *origin)
    }
}

/// A stretch between two samples.
#[derive(Copy, Clone, Debug)]
struct Stretch {
    /// Local time of its beginning.
    from: i64,
    length: i64,
}

/// What a group gathered since its minute began.
#[derive(Clone, Debug)]
struct Bucket {
    from: i64,
    length: i64,
    origin: Origin,
    amounts: BTreeMap<(Way, Unit), u64>,
    /// Some stretch lacked it.
    missing: [bool; 4],
    lossy: bool,
}

#[derive(Clone, Debug, Default)]
struct Memory {
    bucket: Option<Bucket>,
    /// Values of the sample before, by quantity.
    before: BTreeMap<(Way, Unit), Option<f64>>,
    state: Option<Held>,
    metadata: Option<Counted>,
}

/// Metadata operations since a minute began.
#[derive(Copy, Clone, Debug)]
struct Counted {
    from: i64,
    length: i64,
    origin: Origin,
    operations: u64,
}

/// A state, and the last sample that showed it.
#[derive(Copy, Clone, Debug)]
struct Held {
    state: VolumeState,
    last: (i64, Origin),
    told: i64,
}

/// The fold over all samples of one header.
pub(super) struct Series {
    pub(super) plan: Plan,
    memory: Vec<Memory>,
    before: Option<i64>,
    /// Length of the last stretch.
    usual: Option<i64>,
    /// Hours that local time was put forward in the file, less those it was put back.
    shifted: i32,
    facts: Vec<Fact>,
}

const QUANTITIES: [(Way, Unit); 4] = [
    (Way::Read, Unit::Bytes),
    (Way::Written, Unit::Bytes),
    (Way::Read, Unit::Operations),
    (Way::Written, Unit::Operations),
];

impl Series {
    pub(super) fn new(plan: Plan) -> Self {
        let memory = vec![Memory::default(); plan.groups.len()];
        Self { plan, memory, before: None, usual: None, shifted: 0, facts: Vec::new() }
    }

    /// Takes the next sample; did any of its values become part of a fact?
    pub(super) fn sample(&mut self, sample: &Sample<'_>, at: Origin, tally: &mut Tally) -> bool {
        let stretch = self.stretch(sample.time, at, tally);
        self.before = Some(sample.time);
        let mut used = false;
        for (group, memory) in self.plan.groups.iter().zip(&mut self.memory) {
            used |= match &group.what {
                What::Traffic { columns, .. } => {
                    let amounts = amounts(columns, memory, sample, stretch, tally);
                    match (stretch, sample.origin(group.first())) {
                        (Some(stretch), Some(origin)) if has_bytes(&amounts) => {
                            let closed = gather(memory, stretch, origin, columns, &amounts);
                            self.facts.extend(closed.and_then(|bucket| traffic(group, bucket)));
                            true
                        }
                        _ => {
                            let closed = memory.bucket.take();
                            self.facts.extend(closed.and_then(|bucket| traffic(group, bucket)));
                            false
                        }
                    }
                }
                What::State { index } => match (state(sample.value(*index)), sample.origin(*index)) {
                    (Some(state), Some(origin)) => {
                        self.facts.extend(hold(group, &mut memory.state, state, (sample.time, origin)));
                        true
                    }
                    _ => false,
                },
                What::Metadata { index } => {
                    let told = stretch.zip(sample.value(*index)).zip(sample.origin(*index));
                    let closed = count(&mut memory.metadata, told);
                    self.facts.extend(closed.map(|counted| metadata(group, counted)));
                    told.is_some()
                }
            };
        }
        used
    }

    /// A sample that could not be read: the stretches to and from it are unknown.
    pub(super) fn gap(&mut self) {
        self.before = None;
        for (group, memory) in self.plan.groups.iter().zip(&mut self.memory) {
            memory.before.clear();
            self.facts.extend(memory.bucket.take().and_then(|bucket| traffic(group, bucket)));
            self.facts.extend(memory.metadata.take().map(|counted| metadata(group, counted)));
        }
    }

    /// The end of the samples.
    pub(super) fn finish(mut self) -> (Vec<Fact>, i32) {
        self.gap();
        for (group, memory) in self.plan.groups.iter().zip(&mut self.memory) {
            self.facts.extend(memory.state.take().and_then(|held| confirm(group, held)));
        }
        (self.facts, self.shifted)
    }

    /// The stretch since the sample before.
    fn stretch(&mut self, time: i64, at: Origin, tally: &mut Tally) -> Option<Stretch> {
        let from = self.before?;
        let gap = time.checked_sub(from)?;
        // Only where samples are far closer than an hour is a leap of an hour no sample of its own.
        let usual = self.usual.filter(|usual| *usual <= HOUR / 2);
        let is_usual =
            |length: i64| usual.is_some_and(|usual| (length - usual).abs() <= (usual / 10).max(SECOND / 4));
        let (length, shift) = match gap {
            _ if is_usual(gap - HOUR) => (gap - HOUR, 1),
            _ if is_usual(gap + HOUR) => (gap + HOUR, -1),
            _ => (gap, 0),
        };
        if length <= 0 {
            tally.note(&note::SET_BACK, Some(at), None);
            return None;
        }
        if shift != 0 {
            self.shifted += shift;
            tally.note(&note::CLOCK_CHANGED, Some(at), None);
        }
        self.usual = Some(length);
        Some(Stretch { from, length })
    }
}

/// What went in the stretch, by quantity; absent where it is not known. Keeps the values for the next stretch.
fn amounts(
    columns: &BTreeMap<(Way, Unit), Column>,
    memory: &mut Memory,
    sample: &Sample<'_>,
    stretch: Option<Stretch>,
    tally: &mut Tally,
) -> BTreeMap<(Way, Unit), u64> {
    let mut out = BTreeMap::new();
    for (&quantity, column) in columns {
        let value = sample.value(column.index);
        let before = memory.before.insert(quantity, value).flatten();
        let Some((stretch, value)) = stretch.zip(value) else { continue };
        let amount = match column.kind {
            Kind::Rate => value * stretch.length as f64 / SECOND as f64,
            Kind::Total => {
                let Some(before) = before else { continue };
                if value < before {
                    tally.note(&note::RESET, sample.origin(column.index), None);
                    continue;
                }
                value - before
            }
        };
        // Floats saturate on their way to integers: no value is too large.
        out.insert(quantity, amount.round() as u64);
    }
    out
}

fn has_bytes(amounts: &BTreeMap<(Way, Unit), u64>) -> bool {
    amounts.keys().any(|(_, unit)| *unit == Unit::Bytes)
}

/// Adds a stretch to the group's minute; the minute before, where this one begins another.
fn gather(
    memory: &mut Memory,
    stretch: Stretch,
    origin: Origin,
    columns: &BTreeMap<(Way, Unit), Column>,
    amounts: &BTreeMap<(Way, Unit), u64>,
) -> Option<Bucket> {
    let minute = |at: i64| at.div_euclid(MINUTE);
    let open = memory.bucket.as_ref();
    let touches =
        open.is_some_and(|b| b.from + b.length == stretch.from && minute(b.from) == minute(stretch.from));
    let closed = if touches { None } else { memory.bucket.take() };
    let bucket = memory.bucket.get_or_insert_with(|| Bucket {
        from: stretch.from,
        length: 0,
        origin,
        amounts: BTreeMap::new(),
        missing: [false; 4],
        lossy: false,
    });
    bucket.length += stretch.length;
    for (place, quantity) in QUANTITIES.into_iter().enumerate() {
        match amounts.get(&quantity) {
            Some(amount) => {
                let sum = bucket.amounts.entry(quantity).or_default();
                *sum = sum.saturating_add(*amount);
            }
            None => {
                bucket.missing[place] = true;
                bucket.lossy |= quantity.1 == Unit::Bytes || columns.contains_key(&quantity);
            }
        }
    }
    closed
}

/// The fact of a minute.
fn traffic(group: &Group, bucket: Bucket) -> Option<Fact> {
    let What::Traffic { path, meter, .. } = group.what else { return None };
    let flow = |way: Way, operations: usize| Flow {
        bytes: bucket.amounts.get(&(way, Unit::Bytes)).copied().unwrap_or(0),
        operations: bucket
            .amounts
            .get(&(way, Unit::Operations))
            .copied()
            .filter(|_| !bucket.missing[operations]),
        ..Flow::default()
    };
    let claim = TrafficClaim {
        volume: group.volume.clone(),
        file: None,
        process: None,
        path,
        length: bucket.length,
        read: flow(Way::Read, 2),
        written: flow(Way::Written, 3),
        undirected: Flow::default(),
        meter,
        lossy: bucket.lossy,
    };
    let claim = Claim::Traffic(Box::new(claim));
    Some(Fact::new(Stamp::file(bucket.from), bucket.origin, claim).by(group.node.clone()))
}

/// Adds a stretch to the minute; the minute before, where this one begins another or is not known.
fn count(open: &mut Option<Counted>, told: Option<((Stretch, f64), Origin)>) -> Option<Counted> {
    let Some(((stretch, rate), origin)) = told else { return open.take() };
    let minute = |at: i64| at.div_euclid(MINUTE);
    let touches = |c: &Counted| c.from + c.length == stretch.from && minute(c.from) == minute(stretch.from);
    let closed = if open.as_ref().is_some_and(touches) { None } else { open.take() };
    let counted = open.get_or_insert(Counted { from: stretch.from, length: 0, origin, operations: 0 });
    counted.length += stretch.length;
    let operations = (rate * stretch.length as f64 / SECOND as f64).round() as u64;
    counted.operations = counted.operations.saturating_add(operations);
    closed
}

/// The fact of a minute's metadata.
fn metadata(group: &Group, counted: Counted) -> Fact {
    let Counted { from, length, origin, operations } = counted;
    let claim = VolumeClaim::MetadataIo { operations, nanos: length };
    let claim = Claim::Volume(group.volume.clone(), claim);
    Fact::new(Stamp::file(from), origin, claim).by(group.node.clone())
}

/// A state is a whole number; an average of several is none.
fn state(value: Option<f64>) -> Option<VolumeState> {
    let value = value.filter(|v| v.fract() == 0.0 && *v <= f64::from(i32::MAX))?;
    Some(VolumeState::from_number(value as i32))
}

fn told(group: &Group, state: VolumeState, (time, origin): (i64, Origin)) -> Fact {
    let claim = VolumeClaim::State { node: None, state, status: None };
    Fact::new(Stamp::file(time), origin, Claim::Volume(group.volume.clone(), claim)).by(group.node.clone())
}

/// Takes note of a state: tells it when it is new, and the one before for as long as it was seen.
fn hold(group: &Group, held: &mut Option<Held>, state: VolumeState, at: (i64, Origin)) -> Vec<Fact> {
    match held {
        Some(held) if held.state == state => {
            held.last = at;
            Vec::new()
        }
        _ => {
            let mut out: Vec<Fact> = held.take().and_then(|held| confirm(group, held)).into_iter().collect();
            out.push(told(group, state, at));
            *held = Some(Held { state, last: at, told: at.0 });
            out
        }
    }
}

/// The last sample that showed the state, where it is another than the first.
fn confirm(group: &Group, held: Held) -> Option<Fact> {
    (held.last.0 != held.told).then(|| told(group, held.state, held.last))
}
