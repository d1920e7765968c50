//! From the stored bytes of a buffer to its records.
//!
//! Answers with the valid bytes of a buffer, header included, expanded if need be. A cut stream gives what it holds; a
//! damaged one gives nothing, since nobody can say where its damage began.

use super::buffer::BUFFER_HEADER;
use super::tally::{Damage, Tally};
use super::walk::Shape;
use super::xpress::{XpressError, decompress};

/// How a file's compressed buffers are compressed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// Plain LZ77, in every compressed file seen.
    Xpress,
    /// LZNT1 (2) or Huffman (4), or a number without a meaning.
    Unknown,
}

impl Compression {
    /// By the state of the first buffer: tools write the compression format there. 0 comes from tools that do not.
    pub(super) fn from_state(state: u32) -> Compression {
        if matches!(state, 0 | 3) { Compression::Xpress } else { Compression::Unknown }
    }
}

/// Expands the compressed buffer that `stored` holds, from its header on, into `to`. Whatever goes wrong is counted.
pub(super) fn expand(
    shape: &Shape,
    stored: &[u8],
    compression: Compression,
    tally: &mut Tally,
    to: &mut Vec<u8>,
) {
    to.clear();
    let filled = shape.filled as usize;
    let (Some((header, stream)), false) = (stored.split_at_checked(BUFFER_HEADER), filled < BUFFER_HEADER)
    else {
        return;
    };
    if compression == Compression::Unknown {
        return tally.count_damage(Damage::UnknownCompression, shape.at, stream.len() as u64);
    }
    to.reserve_exact(filled);
    to.extend_from_slice(header);
    to.resize(filled, 0);
    match decompress(stream, &mut to[BUFFER_HEADER..]) {
        Ok(()) => {}
        Err(XpressError::InputEnded { written }) if let Some(cut) = shape.cut => {
            tally.count_more(cut, (filled - BUFFER_HEADER - written) as u64);
            to.truncate(BUFFER_HEADER + written);
        }
        Err(_) => {
            tally.count_damage(Damage::Compression, shape.at, stream.len() as u64);
            to.clear();
        }
    }
}
