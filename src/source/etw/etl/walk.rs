//! Where the buffers of a file begin and end.
//!
//! Answers with one [`Extent`] after the other, in file order, and finds the next one behind damage. Refuses to look
//! into a buffer.
//!
//! The rule: the next buffer begins where the size of this one says. If none can begin there, either that size is
//! wrong, and a buffer begins inside what it claims; or the next header is damaged, and the search goes on behind it.
//! The search believes only what [`Limits::recognise`] believes.

use super::Place;
use super::buffer::{BUFFER_HEAD, BUFFER_HEADER, BufferHeader, Limits};
use super::source::{ByteSource, Window};
use super::tally::{Damage, Tally};

/// One buffer of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Its header.
    pub(super) header: BufferHeader,
    /// Where it lies.
    pub(super) shape: Shape,
}

/// Where a buffer lies in its file, and what its bytes are.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Shape {
    /// File offset of its header.
    pub(super) at: u64,
    /// Bytes of the file that can be its own: its size, less if the next buffer or the end of the file comes first.
    pub(super) limit: u32,
    /// Valid bytes when expanded, header included.
    pub(super) filled: u32,
    /// Why the limit is less than its size, if it is.
    pub(super) cut: Option<Damage>,
    /// Is it compressed?
    pub(super) compressed: bool,
}

impl Shape {
    /// Valid bytes of an uncompressed buffer.
    pub(super) fn valid(&self) -> usize {
        self.filled.min(self.limit) as usize
    }

    /// Valid bytes that the file lacks. How many a cut stream would have given is not known before it is expanded.
    fn lacking(&self) -> u64 {
        if self.compressed { 0 } else { u64::from(self.filled.saturating_sub(self.limit)) }
    }

    /// The place of a record in it.
    pub(super) fn place(&self, within: usize) -> Place {
        // A buffer has at most 16 MiB.
        Place { buffer: self.at, within: within as u32, compressed: self.compressed }
    }
}

/// A walk over the buffers of one file.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    at: u64,
    limits: Limits,
    /// Does whoever walks read the buffers too? Then the window takes each whole at once.
    whole: bool,
    head: [u8; HEAD],
    head_length: usize,
}

/// Bytes at the beginning of a buffer that the walk keeps for others to look at.
pub(super) const HEAD: usize = 224;

/// Bytes searched at once.
const SEARCH: usize = 64 * 1024;

impl Walk {
    pub(super) fn new(limits: Limits, whole: bool) -> Walk {
        Walk::starting_at(0, limits, whole)
    }

    /// A walk that begins in the middle of the file.
    pub(super) fn starting_at(at: u64, limits: Limits, whole: bool) -> Walk {
        Walk { at, limits, whole, head: [0; HEAD], head_length: 0 }
    }

    /// The first bytes of the buffer given last.
    pub(super) fn head(&self) -> &[u8] {
        &self.head[..self.head_length]
    }

    /// The next buffer.
    pub(super) fn next(&mut self, window: &mut Window<impl ByteSource>, tally: &mut Tally) -> Option<Extent> {
        let header = loop {
            let head = window.load(self.at, HEAD);
            self.head_length = head.len();
            self.head[..head.len()].copy_from_slice(head);
            if head.is_empty() {
                tally.failure = window.failure().map(ToString::to_string);
                return None;
            }
            match BufferHeader::parse(head).filter(|header| self.limits.allow(header)) {
                Some(header) => break header,
                None => self.skip(window, tally),
            }
        };
        let at = self.at;
        let end = at + u64::from(header.size);
        let mut shape = Shape {
            at,
            limit: header.size,
            filled: header.filled,
            cut: None,
            compressed: header.is_compressed(),
        };
        if self.whole {
            window.load(at, header.size as usize + BUFFER_HEAD);
        }
        self.at = end;
        if !self.begins_or_ends(window, end) {
            let (found, present) = self.search(window, at + BUFFER_HEADER as u64, end, &mut |_| {});
            shape.limit = (found.unwrap_or(present) - at) as u32;
            self.at = found.unwrap_or(end);
            shape.cut = match found {
                Some(_) => Some(Damage::BufferSize),
                None => (present < end).then_some(Damage::Truncated),
            };
        }
        match shape.cut {
            Some(damage) => tally.count_damage(damage, at, shape.lacking()),
            None if self.limits.contradict(&header) => tally.count_damage(Damage::BufferSize, at, 0),
            None => {}
        }
        tally.count_buffer(&header);
        Some(Extent { header, shape })
    }

    /// Does a buffer begin at `end`, or the file end there?
    fn begins_or_ends(&self, window: &mut Window<impl ByteSource>, end: u64) -> bool {
        let head = window.load(end, BUFFER_HEAD);
        match BufferHeader::parse(head) {
            Some(header) => self.limits.allow(&header),
            None if !head.is_empty() => false,
            None => !window.load(end - 1, 1).is_empty(),
        }
    }

    /// Goes to the next buffer, or to the end, and accounts for what lies before it.
    fn skip(&mut self, window: &mut Window<impl ByteSource>, tally: &mut Tally) {
        let from = self.at;
        let mut blank = Blank::default();
        let (found, end) = self.search(window, from, u64::MAX, &mut |bytes| blank.see(bytes));
        self.at = found.unwrap_or(end);
        let skipped = self.at - from;
        if blank.is_blank() {
            tally.unwritten += skipped;
        } else {
            tally.count_damage(Damage::BufferHeader, from, skipped);
        }
    }

    /// Searches `from..end` for a buffer. Gives where it begins, and where the bytes ended otherwise. `passed` sees
    /// the bytes before it.
    fn search(
        &self,
        window: &mut Window<impl ByteSource>,
        from: u64,
        end: u64,
        passed: &mut dyn FnMut(&[u8]),
    ) -> (Option<u64>, u64) {
        let mut at = from;
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(SEARCH);
            let bytes = window.load(at, wanted + BUFFER_HEAD);
            let starts = wanted.min(bytes.len());
            let found = (0..starts).find(|&start| {
                let bytes = &bytes[start..];
                // Cheap first: the two sizes that agree in every buffer.
                bytes.get(4..8) == bytes.get(0x30..0x34) && self.limits.recognise(bytes)
            });
            passed(&bytes[..found.unwrap_or(starts)]);
            if let Some(start) = found {
                return (Some(at + start as u64), end);
            }
            at += starts as u64;
            if starts < wanted {
                break;
            }
        }
        (None, at)
    }
}

/// Are bytes all 0x00 or all 0xFF: space that was reserved and never written?
#[derive(Default)]
struct Blank {
    zeros: bool,
    ones: bool,
    other: bool,
}

impl Blank {
    fn see(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match byte {
                0 => self.zeros = true,
                0xFF => self.ones = true,
                _ => {
                    self.other = true;
                    return;
                }
            }
        }
    }

    fn is_blank(&self) -> bool {
        !(self.other || self.zeros && self.ones)
    }
}
