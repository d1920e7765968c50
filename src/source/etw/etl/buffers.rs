//! A pass over the buffers of a trace that does not read their records: how it is laid out, whose buffers it holds,
//! what they say of losses.

use super::source::ByteSource;
use super::tally::Tally;
use super::walk::Walk;
use super::{BufferHeader, EtlFile};

/// Iterates over buffers in file order. See [`EtlFile::buffers`].
#[derive(Debug)]
pub struct Buffers<'f, S> {
    file: &'f mut EtlFile<S>,
    walk: Walk,
    tally: Tally,
}

/// A buffer and where it lies.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// File offset of its header.
    pub at: u64,
    /// Its header.
    pub header: BufferHeader,
}

impl<'f, S: ByteSource> Buffers<'f, S> {
    pub(super) fn new(file: &'f mut EtlFile<S>) -> Buffers<'f, S> {
        let walk = Walk::new(file.limits, false);
        Buffers { file, walk, tally: Tally::default() }
    }

    /// The account of the buffers passed so far; it counts no records.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl<S: ByteSource> Iterator for Buffers<'_, S> {
    type Item = Buffer;

    fn next(&mut self) -> Option<Buffer> {
        let extent = self.walk.next(&mut self.file.window, &mut self.tally)?;
        Some(Buffer { at: extent.shape.at, header: extent.header })
    }
}
