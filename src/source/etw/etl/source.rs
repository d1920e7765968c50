//! Bytes of a trace by position, and a window over them.
//!
//! Does not know what the bytes mean. The window moves forward with its reader and keeps what it already holds, so
//! that reading in file order needs no seeking.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use crate::source::bytes;

/// Something that gives the bytes of a trace. Every `Read + Seek` does.
pub trait ByteSource {
    /// Fills `buffer` with the bytes from `at`. Fewer than its length only where the trace ends.
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl<R: Read + Seek> ByteSource for R {
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.seek(SeekFrom::Start(at))?;
        fill(self, buffer)
    }
}

/// A trace that can be read only once from front to back, such as a member of an archive. Good for reading in file
/// order; anything that needs to go back fails.
#[derive(Debug)]
pub struct Forward<R> {
    reader: R,
    at: u64,
}

impl<R: Read> Forward<R> {
    /// A trace whose first byte `reader` gives next.
    pub fn new(reader: R) -> Forward<R> {
        Forward { reader, at: 0 }
    }
}

impl<R: Read> ByteSource for Forward<R> {
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let ahead = at.checked_sub(self.at).ok_or_else(|| {
            io::Error::new(ErrorKind::Unsupported, "this trace can be read from front to back only")
        })?;
        self.at += io::copy(&mut self.reader.by_ref().take(ahead), &mut io::sink())?;
        if self.at < at {
            return Ok(0);
        }
        let read = fill(&mut self.reader, buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let (read, failed) = bytes::fill(reader, buffer);
    failed.map_or(Ok(read), Err)
}

/// Bytes read at once: large enough that the calls do not count, small enough to stay in the cache.
const CHUNK: usize = 256 * 1024;

/// A stretch of a source, in memory.
#[derive(Debug)]
pub(super) struct Window<S> {
    source: S,
    /// As much as was ever loaded at once; of it, `filled` bytes hold what the source has at `from`.
    bytes: Vec<u8>,
    filled: usize,
    from: u64,
    /// Where the source was found to end.
    end: Option<u64>,
    /// Bytes read at once.
    chunk: usize,
    /// The first failure to read. What lies behind it counts as not there.
    failure: Option<io::Error>,
}

impl<S: ByteSource> Window<S> {
    pub(super) fn new(source: S) -> Window<S> {
        Window { source, bytes: Vec::new(), filled: 0, from: 0, end: None, chunk: CHUNK, failure: None }
    }

    /// The bytes `at..at + length`, or as many as there are.
    pub(super) fn load(&mut self, at: u64, length: usize) -> &[u8] {
        let range = self.range(at, length);
        &self.bytes[range]
    }

    /// Where [`load`](Self::load) put the bytes `at..at + length`, for [`bytes`](Self::bytes).
    pub(super) fn range(&mut self, at: u64, length: usize) -> std::ops::Range<usize> {
        if self.end.is_some_and(|end| at >= end) {
            return 0..0;
        }
        let length =
            self.end.map_or(length, |end| length.min(usize::try_from(end - at).unwrap_or(usize::MAX)));
        let held = at.checked_sub(self.from).and_then(|skip| usize::try_from(skip).ok());
        let held = held.filter(|&skip| skip <= self.filled);
        if held.is_none_or(|skip| self.filled - skip < length) {
            self.move_to(at, held, length.max(self.chunk));
        }
        let skip = (at - self.from) as usize;
        skip..self.filled.min(skip + length)
    }

    /// From now on, reads `chunk` bytes at once; gives the number until now.
    pub(super) fn set_chunk(&mut self, chunk: usize) -> usize {
        std::mem::replace(&mut self.chunk, chunk)
    }

    /// What the window holds.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Replaces `to` by the bytes `at..at + length`, or as many as there are, past the window.
    pub(super) fn read(&mut self, at: u64, length: usize, to: &mut Vec<u8>) {
        to.clear();
        to.resize(length, 0);
        let read = self.source.read_at(at, to);
        to.truncate(self.noted(read));
    }

    /// The failure that ended reading, if one did.
    pub(super) fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    /// Bytes of memory in use.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    fn move_to(&mut self, at: u64, held: Option<usize>, length: usize) {
        let kept = match held {
            Some(skip) => {
                self.bytes.copy_within(skip..self.filled, 0);
                self.filled - skip
            }
            None => 0,
        };
        self.from = at;
        if self.bytes.len() < length {
            // Exactly: growth by doubling would hold twice the largest buffer.
            let mut bytes = vec![0; length];
            bytes[..kept].copy_from_slice(&self.bytes[..kept]);
            self.bytes = bytes;
        }
        let read = self.source.read_at(at + kept as u64, &mut self.bytes[kept..length]);
        let read = kept + self.noted(read);
        self.filled = read;
        if read < length && read > 0 {
            self.end = Some(at + read as u64);
        }
    }

    fn noted(&mut self, read: io::Result<usize>) -> usize {
        read.unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_window_gives_what_there_is() {
        let data: Vec<u8> = (0..=255).cycle().take(CHUNK * 3).collect();
        let mut window = Window::new(Cursor::new(data.clone()));
        for (at, length) in
            [(0, 10), (5, CHUNK), (CHUNK - 3, 7), (CHUNK * 2, CHUNK), (3, 9), (CHUNK * 3 - 2, 80)]
        {
            let end = data.len().min(at + length);
            assert_eq!(window.load(at as u64, length), &data[at..end], "{at} {length}");
        }
        assert_eq!(window.load(u64::MAX - 100, 10), &[] as &[u8]);
        assert!(window.memory() <= CHUNK + 16);
    }

    #[test]
    fn a_forward_source_reads_on_but_not_back() {
        let data: Vec<u8> = (0..=255).cycle().take(CHUNK * 3).collect();
        let mut window = Window::new(Forward::new(&data[..]));
        assert_eq!(window.load(7, 3), &data[7..10]);
        assert_eq!(window.load(CHUNK as u64 * 2, 3), &data[CHUNK * 2..CHUNK * 2 + 3]);
        assert!(window.failure().is_none());
        assert_eq!(window.load(7, 3), &[] as &[u8]);
        assert!(window.failure().is_some());
    }
}
