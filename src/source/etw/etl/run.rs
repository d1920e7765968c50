//! One buffer that is being merged: its records in order, its bytes whole or in parts.

use super::EtlFile;
use super::expand::expand;
use super::index::Entry;
use super::position::{Position, Step};
use super::source::ByteSource;
use super::tally::{Damage, Tally};
use super::walk::Shape;

/// An open buffer. Its memory is used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) entry: Entry,
    /// The record whose turn is next.
    pub(super) current: Option<Step>,
    position: Position,
    /// The buffer's bytes from offset `from`.
    part: Vec<u8>,
    from: usize,
    /// Valid bytes of the whole buffer.
    valid: usize,
}

/// Reads parts of buffers.
#[derive(Debug)]
pub(super) struct Loader {
    /// Most bytes of a part.
    part: usize,
    stored: Vec<u8>,
}

impl Run {
    /// Begins with a buffer; gives the ticks of its first record, or of the first that has any.
    pub(super) fn open<S: ByteSource>(
        &mut self,
        entry: Entry,
        loader: &mut Loader,
        file: &mut EtlFile<S>,
        tally: &mut Tally,
    ) -> Option<u64> {
        self.entry = entry;
        self.position = Position::first();
        self.from = 0;
        self.valid = loader.load(&entry.shape, 0, file, tally, &mut self.part);
        tally.bytes += self.valid as u64;
        let step = self.step(loader, file, tally)?;
        if step.ticks.is_some() {
            return step.ticks;
        }
        let mut ahead = self.position;
        while let Ok(Some(step)) = ahead.step(&self.part, self.from) {
            if step.ticks.is_some() {
                return step.ticks;
            }
        }
        Some(0)
    }

    /// Moves to the next record.
    #[inline]
    pub(super) fn step<S: ByteSource>(
        &mut self,
        loader: &mut Loader,
        file: &mut EtlFile<S>,
        tally: &mut Tally,
    ) -> Option<Step> {
        self.current = match self.position.step(&self.part, self.from) {
            Ok(Some(step)) => Some(step),
            other => {
                if self.has_more() {
                    self.from = self.position.at;
                    loader.load(&self.entry.shape, self.from, file, &mut Tally::default(), &mut self.part);
                    let step = self.position.step(&self.part, self.from);
                    self.end(step, tally)
                } else {
                    self.end(other, tally)
                }
            }
        };
        self.current
    }

    /// The record of `size` at `at`.
    #[inline]
    pub(super) fn bytes(&self, at: usize, size: usize) -> Option<&[u8]> {
        self.part.get(at - self.from..)?.get(..size)
    }

    /// Bytes of memory in use.
    pub(super) fn memory(&self) -> usize {
        self.part.capacity()
    }

    /// Does the buffer go on behind its part, and would loading from here show more of it?
    fn has_more(&self) -> bool {
        self.from + self.part.len() < self.valid
            && self.position.at > self.from
            && self.position.at < self.valid
    }

    fn end(&self, step: Result<Option<Step>, Damage>, tally: &mut Tally) -> Option<Step> {
        step.unwrap_or_else(|damage| {
            tally.count_rest(&self.entry.shape, self.position.at, self.valid, damage);
            None
        })
    }
}

impl Loader {
    pub(super) fn new(part: usize) -> Loader {
        Loader { part, stored: Vec::new() }
    }

    pub(super) fn memory(&self) -> usize {
        self.stored.capacity()
    }

    /// Puts the bytes of a buffer from offset `from` into `to`, as many as a part may have, and gives the number of
    /// valid bytes of the whole buffer. A compressed one is expanded anew for each part.
    fn load<S: ByteSource>(
        &mut self,
        shape: &Shape,
        from: usize,
        file: &mut EtlFile<S>,
        tally: &mut Tally,
        to: &mut Vec<u8>,
    ) -> usize {
        if !shape.compressed {
            let length = shape.valid().saturating_sub(from).min(self.part);
            file.window.read(shape.at + from as u64, length, to);
            return shape.valid();
        }
        file.window.read(shape.at, shape.limit as usize, &mut self.stored);
        if shape.filled as usize <= self.part {
            expand(shape, &self.stored, file.compression, tally, to);
            return to.len();
        }
        expand(shape, &self.stored, file.compression, tally, &mut file.expanded);
        to.clear();
        let rest = file.expanded.get(from..).unwrap_or_default();
        to.extend_from_slice(&rest[..rest.len().min(self.part)]);
        file.expanded.len()
    }
}
