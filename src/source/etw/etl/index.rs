//! Which buffers a trace holds, in the order in which their records begin.
//!
//! Answers from buffer headers and first time stamps only, with 40 bytes of memory for each buffer. Order is by first
//! time stamp, then by place in the file: that also sorts circular files, whose oldest buffer may lie anywhere.

use super::EtlFile;
use super::buffer::BUFFER_HEADER;
use super::record::first_ticks;
use super::source::ByteSource;
use super::tally::Tally;
use super::walk::{Extent, HEAD, Shape, Walk};
use super::xpress::{XpressError, decompress};

/// One buffer that has records.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Entry {
    pub(super) shape: Shape,
    /// Ticks of its first record; 0 where that has none, so that the buffer is looked into at once.
    pub(super) ticks: u64,
    /// Position among the buffers of the file.
    pub(super) order: u32,
    /// Its processor.
    pub(super) cpu: u16,
}

/// The buffers of a trace.
#[derive(Debug)]
pub(super) struct Index {
    /// Sorted.
    pub(super) entries: Vec<Entry>,
    /// How many processors wrote them.
    pub(super) cpus: usize,
}

/// Bytes read at once while only headers are wanted: a page.
const PAGE: usize = 4096;

impl Index {
    /// Walks over all buffers of a file and counts them.
    pub(super) fn build<S: ByteSource>(file: &mut EtlFile<S>, tally: &mut Tally) -> Index {
        let mut walk = Walk::new(file.limits, false);
        let mut entries = Vec::new();
        let mut cpus = vec![false; 0x800];
        let chunk = file.window.set_chunk(PAGE);
        let mut order = 0;
        while let Some(extent) = walk.next(&mut file.window, tally) {
            let entry = entry(&extent, walk.head(), order);
            order += 1;
            if extent.header.filled as usize > BUFFER_HEADER {
                cpus[usize::from(extent.header.cpu)] = true;
                entries.push(entry);
            }
        }
        file.window.set_chunk(chunk);
        entries.sort_unstable_by_key(|entry| (entry.ticks, entry.order));
        Index { entries, cpus: cpus.into_iter().filter(|&seen| seen).count() }
    }
}

fn entry(extent: &Extent, head: &[u8], order: u32) -> Entry {
    let body = head.get(BUFFER_HEADER..).unwrap_or_default();
    let mut expanded = [0; 40];
    let first = if extent.shape.compressed {
        let written = match decompress(body, &mut expanded) {
            Ok(()) => expanded.len(),
            Err(XpressError::InputEnded { written }) => written,
            Err(XpressError::BadMatch) => 0,
        };
        &expanded[..written]
    } else {
        body
    };
    Entry { shape: extent.shape, ticks: first_ticks(first).unwrap_or(0), order, cpu: extent.header.cpu }
}

// A record's time stamp lies in its first 36 bytes, and an expanded byte takes at most three stored ones.
const _: () = assert!(HEAD >= BUFFER_HEADER + 40 * 3 + 8);
