//! A pass over the records of all processors in the order in which they were logged.
//!
//! Each buffer is in time order, and buffers of one processor do not overlap: that held in every file checked, and
//! sorting by time, then by place in the file, reproduced the order in which Windows itself gives the records. So
//! the buffers are merged like sorted runs, each opened when its first record is due and closed behind its last. In a
//! sound file there is one open buffer for each processor. A file that is not sound is merged all the same; records
//! that come out behind a later one are counted as late.
//!
//! Memory: the [`Index`], and 64 MiB for open buffers. Where that is too little for one buffer of each processor, they
//! are held in parts, of at least 64 KiB.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::EtlFile;
use super::index::{Entry, Index};
use super::position::Step;
use super::record::EtlRecord;
use super::run::{Loader, Run};
use super::source::ByteSource;
use super::tally::Tally;

/// Bytes for open buffers.
const MEMORY: usize = 64 * 1024 * 1024;

/// A part of a buffer holds at least one record of any size.
const SMALLEST_PART: usize = 64 * 1024;

/// Gives records in time order. See [`EtlFile::time_order`].
#[derive(Debug)]
pub struct TimeOrder<'f, S> {
    file: &'f mut EtlFile<S>,
    loader: Loader,
    /// Buffers that are not open yet, the next one last.
    pending: Vec<Entry>,
    runs: Vec<Run>,
    idle: Vec<usize>,
    heap: BinaryHeap<Reverse<Key>>,
    most_open: usize,
    /// Was the record at the top of the heap given out?
    given: bool,
    latest: u64,
    tally: Tally,
}

/// What is next: the time of an open buffer's current record, the buffer's place in the file, its run.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    ticks: u64,
    order: u32,
    run: u32,
}

impl<'f, S: ByteSource> TimeOrder<'f, S> {
    pub(super) fn new(file: &'f mut EtlFile<S>) -> TimeOrder<'f, S> {
        let mut tally = Tally::default();
        let Index { mut entries, cpus } = Index::build(file, &mut tally);
        entries.reverse();
        let share = MEMORY / (cpus + 3);
        let part = share.clamp(SMALLEST_PART, SMALLEST_PART.max(file.limits.largest as usize));
        TimeOrder {
            loader: Loader::new(part),
            most_open: (cpus + 3).max(MEMORY / part),
            file,
            pending: entries,
            runs: Vec::new(),
            idle: Vec::new(),
            heap: BinaryHeap::new(),
            given: false,
            latest: 0,
            tally,
        }
    }

    /// The next record, or `None` behind the last one.
    #[inline]
    pub fn next_record(&mut self) -> Option<EtlRecord<'_>> {
        if self.given {
            self.given = false;
            self.advance();
        }
        self.open_due();
        let Some(&Reverse(Key { run, ticks, .. })) = self.heap.peek() else {
            self.tally.failure = self.file.window.failure().map(ToString::to_string);
            return None;
        };
        self.given = true;
        let run = &self.runs[run as usize];
        let Step { at, located, ticks: own } = run.current?;
        let bytes = run.bytes(at, located.size as usize)?;
        if ticks < self.latest {
            self.tally.late += 1;
        } else {
            self.latest = ticks;
        }
        let Entry { shape, cpu, .. } = run.entry;
        let place = shape.place(at);
        let record = EtlRecord { bytes, located, place, cpu, ticks: own, clock: &self.file.clock };
        self.tally.count_record(&record);
        Some(record)
    }

    /// Hands every record that is left to `visit`.
    pub fn for_each(&mut self, mut visit: impl FnMut(EtlRecord<'_>)) {
        while let Some(record) = self.next_record() {
            visit(record);
        }
    }

    /// The account so far; complete when there is no next record. Buffers are counted from the start.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Bytes of memory the pass holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.file.window.memory()
            + self.file.expanded.capacity()
            + self.loader.memory()
            + self.runs.iter().map(Run::memory).sum::<usize>()
            + self.pending.capacity() * size_of::<Entry>()
    }

    /// Moves the run at the top of the heap to its next record.
    #[inline]
    fn advance(&mut self) {
        let Some(mut top) = self.heap.peek_mut() else { return };
        let at = top.0.run as usize;
        match self.runs[at].step(&mut self.loader, self.file, &mut self.tally) {
            Some(step) => top.0.ticks = step.ticks.unwrap_or(top.0.ticks),
            None => {
                PeekMut::pop(top);
                self.idle.push(at);
            }
        }
    }

    /// Opens the buffers whose first record may be next.
    #[inline]
    fn open_due(&mut self) {
        while let Some(entry) = self.pending.last() {
            let is_due = self.heap.peek().is_none_or(|Reverse(top)| entry.ticks <= top.ticks);
            if !is_due || self.heap.len() >= self.most_open {
                break;
            }
            let entry = *entry;
            self.pending.pop();
            self.open(entry);
        }
    }

    fn open(&mut self, entry: Entry) {
        let at = self.idle.pop().unwrap_or_else(|| {
            self.runs.push(Run::default());
            self.runs.len() - 1
        });
        match self.runs[at].open(entry, &mut self.loader, self.file, &mut self.tally) {
            Some(ticks) => self.heap.push(Reverse(Key { ticks, order: entry.order, run: at as u32 })),
            None => self.idle.push(at),
        }
    }
}
