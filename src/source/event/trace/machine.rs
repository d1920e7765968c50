//! One computer's stream: which I/Os are under way, which file and volume each is of, and what came back.
//!
//! Pairing. CSVFS reuses the addresses of I/O packets and their contexts, so that the newest beginning before an
//! end is its own: by the activity id where both carry one and they agree (Microsoft's Tx project pairs 9472 and 9728
//! so), else by both addresses, and then only where no event between the two can be missing. 9728 comes for every
//! I/O and does not tell its path; 12320 and 12336 do. An I/O shows up in both; its bytes are counted where its path is.
//!
//! Volumes. An I/O names its volume by the address of a control block only. Its volume is that of the file object
//! where the file was seen being opened, else the one volume that any event ties to that address.

use std::collections::{BTreeMap, BTreeSet};

use super::bounded::Bounded;
use super::bucket::{Buckets, Direction, Home, Moved, Subject, When};
use super::gap::Gaps;
use crate::fact::{Fact, Guid, Name};
use crate::source::event::Occurrence;
use crate::source::event::csvfs_io::{Io, failed};

/// I/Os under way at once, and open files, that are kept in mind.
const MOST_OPEN: usize = 1 << 16;
/// Control blocks that are kept in mind; there is one for each volume.
const MOST_BLOCKS: usize = 4096;

#[derive(Debug)]
struct Start {
    at: When,
    context: u64,
    activity: Option<Guid>,
    subject: Subject,
    /// `None`: an I/O that moves no data of a file.
    direction: Option<Direction>,
    /// Its path was told.
    told: bool,
    /// It ended before its path was told.
    ended: bool,
}

#[derive(Debug)]
struct OpenFile {
    volume: Guid,
    name: Name,
}

/// What became of an event of an I/O or a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It added to a bucket.
    Counted,
    /// It helps others.
    Kept,
}

/// How often something was left open.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Loose {
    /// Ends whose beginning is not there.
    pub(super) without_start: u64,
    /// I/Os whose end is not there.
    pub(super) without_end: u64,
    /// I/Os that ended and whose path was never told.
    pub(super) without_path: u64,
    /// I/Os that no time places.
    pub(super) unplaced: u64,
}

#[derive(Debug)]
pub(super) struct Machine {
    under_way: Bounded<u64, Start>,
    files: Bounded<u64, OpenFile>,
    /// By control block, and by the address that events of a volume carry.
    blocks: [BTreeMap<u64, BTreeSet<Guid>>; 2],
    pub(super) buckets: Buckets,
    pub(super) loose: Loose,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            under_way: Bounded::new(MOST_OPEN),
            files: Bounded::new(MOST_OPEN),
            blocks: Default::default(),
            buckets: Buckets::default(),
            loose: Loose::default(),
        }
    }
}

const VCB: usize = 0;
const VOLUME: usize = 1;

impl Machine {
    /// An event of a volume carries its address and its id.
    pub(super) fn volume_address(&mut self, address: u64, volume: Guid) {
        self.learn(VOLUME, address, volume);
    }

    pub(super) fn take(&mut self, io: Io, occurrence: &Occurrence<'_>, gaps: &Gaps) -> Done {
        match io {
            Io::Opened { file_object, volume, file } => {
                if !file.is_empty() {
                    self.files.insert(file_object, OpenFile { volume, name: Name::new(&file) });
                }
                Done::Kept
            }
            Io::Closed { file_object } => {
                self.files.remove(file_object);
                Done::Kept
            }
            Io::Vcb { vcb, volume } => {
                self.learn(VCB, vcb, volume);
                Done::Kept
            }
            Io::Open => Done::Kept,
            Io::Started { irp, context, file_object, vcb, file, major } => {
                let Some(at) = When::of(occurrence.stamp) else {
                    self.loose.unplaced += 1;
                    return Done::Kept;
                };
                let subject = self.subject(file_object, vcb, &file, occurrence.process);
                let direction = match major {
                    3 => Some(Direction::Read),
                    4 => Some(Direction::Written),
                    _ => None,
                };
                let (activity, told, ended) = (occurrence.activity, false, false);
                let start = Start { at, context, activity, subject, direction, told, ended };
                let (replaced, pushed) = self.under_way.insert(irp, start);
                replaced.into_iter().chain(pushed).for_each(|start| self.leave(&start));
                Done::Kept
            }
            Io::Ended { irp, context, status, .. } => {
                self.ended(irp, context, status, occurrence, gaps);
                Done::Kept
            }
            Io::Took { path, irp, context, status, bytes, ticks } => {
                let moved = Moved { path, direction: Direction::Unknown, bytes, ticks };
                self.took(irp, context, status, moved, occurrence, gaps)
            }
        }
    }

    fn subject(&mut self, file_object: u64, vcb: u64, file: &str, process: Option<u32>) -> Subject {
        let named = Some(Name::new(file)).filter(|name| !name.is_empty());
        let open = self.files.get_mut(file_object).map(|open| (open.volume, open.name.clone()));
        // An address of a file object that was closed unseen may be another's by now; the name tells.
        let open = open.filter(|(_, name)| named.as_ref().is_none_or(|named| named == name));
        let home = match &open {
            Some((volume, _)) => {
                self.learn(VCB, vcb, *volume);
                Home::Volume(*volume)
            }
            None => Home::Vcb(vcb),
        };
        Subject { home, file: named.or(open.map(|(_, name)| name)), process }
    }

    /// Is the I/O under way at this address the one that an event of `occurrence` is about?
    fn is_own(
        start: &Start,
        context: u64,
        occurrence: &Occurrence<'_>,
        at: When,
        gaps: &Gaps,
        strict: bool,
    ) -> bool {
        let agree = match (start.activity, occurrence.activity) {
            (Some(begun), Some(ended)) if begun == ended => return true,
            (Some(_), Some(_)) => !strict,
            _ => true,
        };
        agree && start.context == context && !gaps.touch(start.at.nanos, at.nanos)
    }

    fn ended(&mut self, irp: u64, context: u64, status: u32, occurrence: &Occurrence<'_>, gaps: &Gaps) {
        let Some(at) = When::of(occurrence.stamp) else {
            self.loose.unplaced += 1;
            return;
        };
        let Some(start) = self.under_way.get_mut(irp) else { return };
        if !Self::is_own(start, context, occurrence, at, gaps, true) {
            return;
        }
        if start.told || start.direction.is_none() || failed(status) {
            self.under_way.remove(irp);
        } else {
            // Which of the two comes first is not published.
            start.ended = true;
        }
    }

    fn took(
        &mut self,
        irp: u64,
        context: u64,
        status: u32,
        mut moved: Moved,
        occurrence: &Occurrence<'_>,
        gaps: &Gaps,
    ) -> Done {
        let Some(at) = When::of(occurrence.stamp) else {
            self.loose.unplaced += 1;
            return Done::Kept;
        };
        let start = self.under_way.get_mut(irp);
        let start = start.filter(|start| Self::is_own(start, context, occurrence, at, gaps, false));
        let mut subject = Subject::default();
        if let Some(start) = start {
            let direction = start.direction;
            // A direct I/O that failed may come back redirected.
            if !failed(status) {
                start.told = true;
                subject = start.subject.clone();
                if start.ended {
                    self.under_way.remove(irp);
                }
            }
            match direction {
                Some(direction) => moved.direction = direction,
                None => return Done::Kept,
            }
        } else if !failed(status) {
            self.loose.without_start += 1;
        }
        if failed(status) {
            return Done::Kept;
        }
        self.buckets.add(at, occurrence.origin, &subject, moved);
        Done::Counted
    }

    /// An I/O that is given up.
    fn leave(&mut self, start: &Start) {
        match (start.direction, start.told, start.ended) {
            (None, ..) | (_, true, _) => {}
            (_, false, true) => self.loose.without_path += 1,
            (_, false, false) => self.loose.without_end += 1,
        }
    }

    fn learn(&mut self, kind: usize, address: u64, volume: Guid) {
        let known = &mut self.blocks[kind];
        if known.len() < MOST_BLOCKS || known.contains_key(&address) {
            let of = known.entry(address).or_default();
            // Two are as good as many: the address does not tell.
            if of.len() < 2 {
                of.insert(volume);
            }
        }
    }

    /// How many I/Os and files are kept in mind.
    #[cfg(test)]
    pub(super) fn open(&self) -> (usize, usize) {
        (self.under_way.len(), self.files.len())
    }

    /// Facts of several events, and what was left open.
    pub(super) fn finish(self, gaps: &Gaps) -> (Vec<Fact>, Loose, u64) {
        let Self { under_way, files, blocks, buckets, loose } = self;
        let mut rest = Self { loose, ..Self::default() };
        under_way.into_values().for_each(|start| rest.leave(&start));
        drop(files);
        let crowded = buckets.crowded;
        let only = |kind: usize, vcb: &u64| {
            let of: &BTreeSet<Guid> = blocks[kind].get(vcb)?;
            Some(if of.len() == 1 { of.first().copied() } else { None })
        };
        let volume_of = |home| match home {
            Home::Unknown => None,
            Home::Volume(volume) => Some(volume),
            Home::Vcb(vcb) => only(VCB, &vcb).or_else(|| only(VOLUME, &vcb)).flatten(),
        };
        (buckets.facts(gaps, volume_of), rest.loose, crowded)
    }
}
