//! The 72 bytes before every buffer, and which numbers in them can be true.
//!
//! Answers: how long a buffer is in the file and when expanded, whose it is, what it says of losses. Refuses to use
//! the fields that a file leaves as scratch (`SavedOffset`, `CurrentOffset`, the pointers).
//!
//! Layout: `WMI_BUFFER_HEADER`, checked on the bytes of 1,903 buffers.

use super::bytes::{u16_at, u32_at, u64_at};
use super::record::looks_like_record;

/// Bytes of a buffer header.
pub(super) const BUFFER_HEADER: usize = 72;

/// Bytes that tell a buffer from anything else: its header and the beginning of its first record.
pub(super) const BUFFER_HEAD: usize = BUFFER_HEADER + 8;

/// How many times longer than its stream a buffer may be. Each record costs a stream some bytes for the time that
/// differs, and is at most 64 KiB long, so real traces stay below 3,000 (they come to 4 to 7); beyond is a bomb.
const LARGEST_RATIO: u64 = 4096;

/// What precedes every buffer.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BufferHeader {
    /// Bytes of the buffer in the file, header included.
    pub size: u32,
    /// Valid bytes of the buffer when expanded, header included.
    pub filled: u32,
    /// When the buffer was flushed: ticks in the file of a live session, FILETIME in a relogged one.
    pub flushed: u64,
    /// Number of the buffer in its session, from 0.
    pub sequence: u64,
    /// The processor whose records it holds.
    pub cpu: u16,
    /// Session number; 0 in relogged files.
    pub logger: u16,
    /// State when it was written; in the first buffer of a compressed file, the compression format.
    pub state: u32,
    /// Flags: see the methods.
    pub flags: u16,
    /// 0 records, 4 the header buffer; others are published and were never seen.
    pub kind: u16,
}

impl BufferHeader {
    /// Reads a header; `None` only where there are less than 72 bytes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<BufferHeader> {
        let bytes = bytes.get(..BUFFER_HEADER)?;
        let flags = u16_at(bytes, 0x34)?;
        let cpu = u16_at(bytes, 0x28)?;
        Some(BufferHeader {
            size: u32_at(bytes, 0)?,
            filled: u32_at(bytes, 0x30)?,
            flushed: u64_at(bytes, 0x10)?,
            sequence: u64_at(bytes, 0x18)?,
            // Older systems store one byte, and the alignment (8) in the next.
            cpu: if flags & 0x20 != 0 { cpu & 0x7FF } else { cpu & 0xFF },
            logger: u16_at(bytes, 0x2A)?,
            state: u32_at(bytes, 0x2C)?,
            flags,
            kind: u16_at(bytes, 0x36)?,
        })
    }

    /// Are the bytes behind the header a compressed stream?
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.flags & 0x40 != 0
    }

    /// Were records lost before this buffer?
    #[must_use]
    pub fn says_events_lost(&self) -> bool {
        self.flags & 0x02 != 0
    }

    /// Were whole buffers lost before this one?
    #[must_use]
    pub fn says_buffers_lost(&self) -> bool {
        self.flags & 0x04 != 0
    }

    /// Was the backup file of a real-time session damaged?
    #[must_use]
    pub fn says_backup_damaged(&self) -> bool {
        self.flags & 0x08 != 0
    }
}

/// What the buffers of one file can be, by its log header.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Most bytes of a buffer, stored or expanded.
    pub(super) largest: u32,
    /// The size that every buffer of an uncompressed file has, where its headers agree on it.
    pub(super) stride: Option<u32>,
}

impl Limits {
    /// Can this be the header of a buffer? Asked of bytes that lie where a buffer is expected.
    pub(super) fn allow(&self, header: &BufferHeader) -> bool {
        let least = BUFFER_HEADER as u32;
        let filled = header.filled;
        let holds = if header.is_compressed() {
            let stream = u64::from(header.size.saturating_sub(least));
            filled <= self.largest && u64::from(filled) <= u64::from(least) + stream * LARGEST_RATIO
        } else {
            filled <= header.size
        };
        (least..=self.largest).contains(&header.size)
            && (filled == 0 || filled >= least)
            && holds
            && header.kind <= 7
            && header.flags <= 0x7F
    }

    /// Has a buffer another size than all the others must have?
    pub(super) fn contradict(&self, header: &BufferHeader) -> bool {
        !header.is_compressed() && self.stride.is_some_and(|stride| stride != header.size)
    }

    /// Does a buffer begin with `bytes`? Asked of bytes that may be anything, so that it demands more than
    /// [`allow`](Self::allow): agreement of fields that always agree in a file, and a first record.
    pub(super) fn recognise(&self, bytes: &[u8]) -> bool {
        let Some(header) = BufferHeader::parse(bytes) else { return false };
        self.allow(&header)
            && u32_at(bytes, 4) == Some(header.filled)
            && header.filled >= BUFFER_HEADER as u32
            && header.state <= 6
            && (header.is_compressed()
                || !self.contradict(&header)
                    && (header.filled < BUFFER_HEAD as u32
                        || looks_like_record(&bytes[BUFFER_HEADER..BUFFER_HEAD.min(bytes.len())])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(size: u32, filled: u32, flags: u16) -> Vec<u8> {
        let mut bytes = vec![0; BUFFER_HEAD];
        for (at, value) in [(0, size), (4, filled), (0x30, filled)] {
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        bytes[0x28..0x2A].copy_from_slice(&[3, 8]);
        bytes[0x34..0x36].copy_from_slice(&flags.to_le_bytes());
        bytes[BUFFER_HEADER..].copy_from_slice(&[80, 0, 19, 0xC0, 0, 0, 0, 0]);
        bytes
    }

    const LIMITS: Limits = Limits { largest: 8192, stride: Some(8192) };

    #[test]
    fn the_processor_is_a_byte_or_a_word() {
        let cpu = |flags| BufferHeader::parse(&bytes(8192, 72, flags)).map(|header| header.cpu);
        assert_eq!(cpu(0), Some(3));
        assert_eq!(cpu(0x20), Some(3));
        let mut wide = bytes(8192, 72, 0x20);
        wide[0x29] = 0x0F;
        assert_eq!(BufferHeader::parse(&wide).map(|header| header.cpu), Some(0x703));
        assert_eq!(BufferHeader::parse(&wide[..71]), None);
    }

    #[test]
    fn sizes_that_cannot_be_are_not_allowed() {
        let allow = |size, filled, flags| {
            BufferHeader::parse(&bytes(size, filled, flags)).is_some_and(|header| LIMITS.allow(&header))
        };
        assert!(allow(8192, 8192, 0) && allow(8192, 0, 0) && allow(300, 8192, 0x60));
        for (size, filled, flags) in
            [(71, 71, 0), (8193, 72, 0), (u32::MAX, 72, 0), (8192, 8193, 0), (8192, 71, 0), (8192, 72, 0x80)]
        {
            assert!(!allow(size, filled, flags), "{size} {filled} {flags}");
        }
        assert!(!allow(300, 8193, 0x60) && !allow(73, 72 + 4097, 0x60));
    }

    #[test]
    fn a_stray_buffer_must_look_the_part() {
        assert!(LIMITS.recognise(&bytes(8192, 200, 0)));
        assert!(LIMITS.recognise(&bytes(500, 200, 0x40)));
        assert!(!LIMITS.recognise(&bytes(4096, 200, 0)));
        let mut other = bytes(8192, 200, 0);
        other[4] ^= 1;
        assert!(!LIMITS.recognise(&other));
        let mut other = bytes(8192, 200, 0);
        other[75] = 0;
        assert!(!LIMITS.recognise(&other));
    }
}
