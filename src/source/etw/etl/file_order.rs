//! A pass over the records of a trace as they lie in the file.
//!
//! The cheapest pass: every byte is read once, from front to back, and a record borrows the bytes that were read.

use std::ops::Range;

use super::EtlFile;
use super::expand::expand;
use super::position::{Position, Step};
use super::record::EtlRecord;
use super::source::ByteSource;
use super::tally::Tally;
use super::walk::{Shape, Walk};

/// Gives records in file order. See [`EtlFile::file_order`].
#[derive(Debug)]
pub struct FileOrder<'f, S> {
    file: &'f mut EtlFile<S>,
    walk: Walk,
    current: Option<Current>,
    tally: Tally,
}

/// The buffer being read.
#[derive(Debug)]
struct Current {
    shape: Shape,
    cpu: u16,
    /// Its valid bytes: of the window, or of the expanded bytes.
    bytes: Range<usize>,
    position: Position,
}

impl<'f, S: ByteSource> FileOrder<'f, S> {
    pub(super) fn new(file: &'f mut EtlFile<S>) -> FileOrder<'f, S> {
        let walk = Walk::new(file.limits, true);
        FileOrder { file, walk, current: None, tally: Tally::default() }
    }

    /// The next record, or `None` behind the last one.
    #[inline]
    pub fn next_record(&mut self) -> Option<EtlRecord<'_>> {
        let step = loop {
            let Some(current) = &mut self.current else {
                self.next_buffer()?;
                continue;
            };
            let all = if current.shape.compressed { &self.file.expanded } else { self.file.window.bytes() };
            let bytes = &all[current.bytes.clone()];
            match current.position.step(bytes, 0) {
                Ok(Some(step)) => break step,
                Ok(None) => {}
                Err(damage) => {
                    self.tally.count_rest(&current.shape, current.position.at, bytes.len(), damage)
                }
            }
            self.current = None;
        };
        let current = self.current.as_ref()?;
        let all = if current.shape.compressed { &self.file.expanded } else { self.file.window.bytes() };
        let from = current.bytes.start + step.at;
        let bytes = all.get(from..from + step.located.size as usize)?;
        let record = EtlRecord {
            bytes,
            located: step.located,
            place: current.shape.place(step.at),
            cpu: current.cpu,
            ticks: step.ticks,
            clock: &self.file.clock,
        };
        self.tally.count_record(&record);
        Some(record)
    }

    /// Hands every record that is left to `visit`. Faster than asking for one after the other.
    pub fn for_each(&mut self, mut visit: impl FnMut(EtlRecord<'_>)) {
        loop {
            if let Some(Current { shape, cpu, bytes, mut position }) = self.current.take() {
                let all = if shape.compressed { &self.file.expanded } else { self.file.window.bytes() };
                let bytes = &all[bytes];
                let end = loop {
                    let step = match position.step(bytes, 0) {
                        Ok(Some(step)) => step,
                        Ok(None) => break None,
                        Err(damage) => break Some(damage),
                    };
                    let Some(bytes) = bytes.get(step.at..step.at + step.located.size as usize) else {
                        break None;
                    };
                    let Step { at, located, ticks } = step;
                    let clock = &self.file.clock;
                    let record = EtlRecord { bytes, located, place: shape.place(at), cpu, ticks, clock };
                    self.tally.count_record(&record);
                    visit(record);
                };
                if let Some(damage) = end {
                    self.tally.count_rest(&shape, position.at, bytes.len(), damage);
                }
            }
            if self.next_buffer().is_none() {
                return;
            }
        }
    }

    /// The account so far; complete when there is no next record.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Bytes of memory the pass holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.file.window.memory() + self.file.expanded.capacity()
    }

    fn next_buffer(&mut self) -> Option<()> {
        let EtlFile { window, expanded, compression, .. } = &mut *self.file;
        let extent = self.walk.next(window, &mut self.tally)?;
        let shape = extent.shape;
        let range = window.range(shape.at, shape.limit as usize);
        let bytes = if shape.compressed {
            expand(&shape, &window.bytes()[range], *compression, &mut self.tally, expanded);
            0..expanded.len()
        } else {
            range.start..range.end.min(range.start + shape.valid())
        };
        self.tally.bytes += bytes.len() as u64;
        self.current = Some(Current { shape, cpu: extent.header.cpu, bytes, position: Position::first() });
        Some(())
    }
}
