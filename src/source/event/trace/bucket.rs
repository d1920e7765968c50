//! Traffic by minute, volume, file, process and path. A bucket also ends where the state of a volume, or a VM's
//! place, changes in the same stream, so that no bucket lies on both sides of such a change.

use std::collections::BTreeMap;

use super::gap::Gaps;
use crate::fact::{
    Claim, Fact, Flow, Guid, Meter, Name, Origin, Stamp, TrafficClaim, TrafficPath, VolumeRef,
};

/// Nanoseconds.
const MINUTE: i64 = 60_000_000_000;

/// Files and processes told apart within a minute; the rest is counted for the volume alone.
const MOST_IN_A_MINUTE: u32 = 4096;

/// In which reckoning an event's time is, and the time.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct When {
    reckoning: u8,
    pub(super) nanos: i64,
}

impl When {
    /// `None` where the stamp is no point in time.
    pub(super) fn of(stamp: Stamp) -> Option<Self> {
        let (reckoning, nanos) = match stamp {
            Stamp::Utc(nanos) => (0, nanos),
            Stamp::File(nanos) => (1, nanos),
            Stamp::Local(nanos) => (2, nanos),
            Stamp::Collected | Stamp::Missing => return None,
        };
        Some(Self { reckoning, nanos })
    }

    fn stamp(self) -> Stamp {
        match self.reckoning {
            0 => Stamp::Utc(self.nanos),
            1 => Stamp::File(self.nanos),
            _ => Stamp::Local(self.nanos),
        }
    }

    fn minute(self) -> Self {
        Self { nanos: self.nanos.div_euclid(MINUTE).saturating_mul(MINUTE), ..self }
    }
}

/// Of which volume an I/O was, as far as is known when it begins.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    /// Its beginning is not in the trace.
    #[default]
    Unknown,
    /// By its control block, whose volume may be told later.
    Vcb(u64),
    /// By id.
    Volume(Guid),
}

/// What an I/O is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) home: Home,
    pub(super) file: Option<Name>,
    pub(super) process: Option<u32>,
}

/// Which way data went.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Written,
    Unknown,
}

/// What one I/O, or a part of it, moved.
#[derive(Copy, Clone, Debug)]
pub(super) struct Moved {
    pub(super) path: TrafficPath,
    pub(super) direction: Direction,
    pub(super) bytes: u64,
    /// Units of 100 ns.
    pub(super) ticks: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    minute: When,
    /// How many changes of state came before.
    changes: u64,
    subject: Subject,
    path: TrafficPath,
}

#[derive(Debug)]
struct Bucket {
    origin: Origin,
    last: i64,
    first: i64,
    read: Flow,
    written: Flow,
    undirected: Flow,
}

/// All buckets of one computer.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    buckets: BTreeMap<Key, Bucket>,
    keys: BTreeMap<When, u32>,
    changes: u64,
    /// I/Os that were counted for their volume alone.
    pub(super) crowded: u64,
}

impl Buckets {
    /// A state changed: what comes now is apart from what came before.
    pub(super) fn cut(&mut self) {
        self.changes += 1;
    }

    pub(super) fn add(&mut self, at: When, origin: Origin, subject: &Subject, moved: Moved) {
        let minute = at.minute();
        let mut key = Key { minute, changes: self.changes, subject: subject.clone(), path: moved.path };
        if !self.buckets.contains_key(&key) {
            let keys = self.keys.entry(minute).or_default();
            if *keys < MOST_IN_A_MINUTE {
                *keys += 1;
            } else {
                self.crowded += 1;
                (key.subject.file, key.subject.process) = (None, None);
                if let Home::Vcb(_) = key.subject.home {
                    key.subject.home = Home::Unknown;
                }
            }
        }
        let bucket = self.buckets.entry(key).or_insert_with(|| Bucket {
            origin,
            first: at.nanos,
            last: at.nanos,
            read: Flow::default(),
            written: Flow::default(),
            undirected: Flow::default(),
        });
        bucket.first = bucket.first.min(at.nanos);
        bucket.last = bucket.last.max(at.nanos);
        let flow = match moved.direction {
            Direction::Read => &mut bucket.read,
            Direction::Written => &mut bucket.written,
            Direction::Unknown => &mut bucket.undirected,
        };
        flow.bytes = flow.bytes.saturating_add(moved.bytes);
        flow.operations = Some(flow.operations.unwrap_or(0) + 1);
        flow.latency.add(moved.ticks);
    }

    /// The facts, in order of time. A bucket spans its first to its last I/O.
    pub(super) fn facts(self, gaps: &Gaps, volume_of: impl Fn(Home) -> Option<Guid>) -> Vec<Fact> {
        // Two control blocks may turn out to be of one volume.
        let mut joined: BTreeMap<(Key, Option<Guid>), Bucket> = BTreeMap::new();
        for (mut key, bucket) in self.buckets {
            let volume = volume_of(key.subject.home);
            key.subject.home = Home::Unknown;
            match joined.entry((key, volume)) {
                std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(bucket)),
                std::collections::btree_map::Entry::Occupied(mut slot) => slot.get_mut().join(bucket),
            }
        }
        let mut facts = joined
            .into_iter()
            .map(|((key, volume), bucket)| {
                let minute = key.minute.nanos;
                let claim = TrafficClaim {
                    volume: volume.map(VolumeRef::guid).unwrap_or_default(),
                    file: key.subject.file,
                    process: key.subject.process,
                    path: key.path,
                    length: bucket.last - bucket.first,
                    read: bucket.read,
                    written: bucket.written,
                    undirected: bucket.undirected,
                    meter: Meter::CsvFsTrace,
                    lossy: gaps.touch(minute, minute.saturating_add(MINUTE - 1)),
                };
                let stamp = When { nanos: bucket.first, ..key.minute }.stamp();
                Fact::new(stamp, bucket.origin, Claim::Traffic(Box::new(claim)))
            })
            .collect::<Vec<Fact>>();
        facts.sort_by_key(|fact| fact.stamp);
        facts
    }
}

impl Bucket {
    fn join(&mut self, other: Self) {
        if other.first < self.first {
            self.origin = other.origin;
        }
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        let flows = [(&mut self.read, other.read), (&mut self.written, other.written)];
        for (own, other) in flows.into_iter().chain([(&mut self.undirected, other.undirected)]) {
            own.bytes = own.bytes.saturating_add(other.bytes);
            own.operations = match (own.operations, other.operations) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
            own.latency.merge(&other.latency);
        }
    }
}
