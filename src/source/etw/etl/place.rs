//! Where a record lies in its file.

use std::fmt;

/// The place of a record: enough to cite it and to read it again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// File offset of the buffer's header.
    pub buffer: u64,
    /// Offset of the record in the buffer, header included, after decompression.
    pub within: u32,
    /// Is the buffer compressed? Then no byte of the file is the record's first.
    pub compressed: bool,
}

impl Place {
    /// File offset of the record's first byte, or of its buffer where that is compressed.
    #[must_use]
    pub fn file_offset(self) -> u64 {
        if self.compressed { self.buffer } else { self.buffer + u64::from(self.within) }
    }
}

/// `0x2048`, or `0x2000+0x48` in a compressed buffer.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.compressed {
            write!(f, "{:#x}+{:#x}", self.buffer, self.within)
        } else {
            write!(f, "{:#x}", self.file_offset())
        }
    }
}
