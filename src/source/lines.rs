//! Lines out of bytes: encoding, line ends, byte offsets, in constant memory. For every text format.
//!
//! Collectors hand in cluster.log and text exports as UTF-16LE (with a byte-order mark, or without one after a
//! copy), as UTF-8, or in the ANSI code page of an old script. The whole file is one of UTF-16LE or bytes; a line
//! of bytes that is no UTF-8 is read as Windows-1252. This module knows nothing of what a line says.

use std::io::{self, Read};

use encoding_rs::{UTF_16LE, WINDOWS_1252};

/// How much is asked of the input at once.
const BLOCK: usize = 256 * 1024;

/// The longest line that is kept where the format does not say otherwise, in bytes of the input. The longest known
/// line of a cluster.log has 775 characters; beyond this a line is damage, and its tail is skipped without being held.
pub(in crate::source) const LINE_LIMIT: usize = 1024 * 1024;

/// How the bytes spell text.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::source) enum Encoding {
    /// UTF-8, or an ANSI code page where a line is no UTF-8.
    Bytes,
    /// UTF-8 by its byte-order mark: what is no UTF-8 is damage.
    Utf8,
    /// Two bytes a unit, low byte first.
    Utf16,
}

impl Encoding {
    /// From the first bytes, with the length of the byte-order mark. Without a mark, UTF-16LE is told by the
    /// zero high bytes of its Latin letters.
    pub(in crate::source) fn detect(head: &[u8]) -> (Self, usize) {
        if head.starts_with(&[0xFF, 0xFE]) {
            return (Self::Utf16, 2);
        }
        if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
            return (Self::Utf8, 3);
        }
        let pairs = head.len().min(4096) / 2;
        let zeros =
            |odd: usize| head[..pairs * 2].iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
        if pairs >= 2 && zeros(1) * 10 >= pairs * 6 && zeros(0) * 10 <= pairs {
            return (Self::Utf16, 0);
        }
        (Self::Bytes, 0)
    }
}

/// One line, without its line end.
#[derive(Debug)]
pub(in crate::source) struct RawLine<'a> {
    /// Byte offset of its first byte in the input.
    pub(in crate::source) offset: u64,
    /// Line number from 1.
    pub(in crate::source) number: u64,
    /// The text.
    pub(in crate::source) text: &'a str,
    /// The line was longer than the limit; `text` is its beginning.
    pub(in crate::source) cut: bool,
    /// Bytes were not valid in the file's encoding and were replaced.
    pub(in crate::source) damaged: bool,
    /// A line end followed. Without one the file may have been cut inside the line.
    pub(in crate::source) ended: bool,
}

/// Where lines get their bytes from.
pub(in crate::source) trait Feed {
    /// Puts the next bytes of the input behind the first `end` of the buffer, and says how many; 0 behind the last. Where
    /// `end` is 0, the buffer may become another one.
    fn feed(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize>;
}

impl<R: Read> Feed for R {
    fn feed(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize> {
        if end == buffer.len() {
            buffer.resize(end + BLOCK, 0);
        }
        self.read(&mut buffer[end..])
    }
}

/// The lines of a stream, one at a time, in reused buffers.
pub(in crate::source) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// The unread part of `buffer`.
    start: usize,
    end: usize,
    /// Offset of `buffer[start]` in the input.
    offset: u64,
    number: u64,
    ended: bool,
    encoding: Encoding,
    text: String,
    error: Option<io::Error>,
    limit: usize,
}

impl<R: Feed> Lines<R> {
    /// Reads enough to know the encoding. A read error shows in [`Lines::error`], after the lines before it.
    pub(in crate::source) fn new(input: R) -> Self {
        Self::with_limit(input, LINE_LIMIT)
    }

    /// The same for a format whose lines may be longer, or are cut sooner: at most `limit` bytes of one are held.
    pub(in crate::source) fn with_limit(input: R, limit: usize) -> Self {
        let mut lines = Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            number: 0,
            ended: false,
            encoding: Encoding::Bytes,
            text: String::new(),
            error: None,
            // A unit of two bytes is never cut in half.
            limit: limit & !1,
        };
        while lines.end < 4096 && !lines.ended {
            lines.fill();
        }
        let (encoding, mark) = Encoding::detect(&lines.buffer[..lines.end]);
        lines.encoding = encoding;
        lines.consume(mark);
        lines
    }

    /// The lines of a part of an input that is spelled so: `input` begins at `offset`, behind so many lines.
    pub(in crate::source) fn part(input: R, encoding: Encoding, offset: u64, number: u64) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset,
            number,
            ended: false,
            encoding,
            text: String::new(),
            error: None,
            limit: LINE_LIMIT,
        }
    }

    /// Lines before the next one.
    pub(in crate::source) fn before(&self) -> u64 {
        self.number
    }

    /// Bytes of the input that one ASCII character takes.
    pub(in crate::source) fn unit(&self) -> u64 {
        if self.encoding == Encoding::Utf16 { 2 } else { 1 }
    }

    /// How the bytes spell text.
    pub(in crate::source) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The bytes from the next line on: at least `least`, or all that are left.
    pub(in crate::source) fn ahead(&mut self, least: usize) -> &[u8] {
        while self.end - self.start < least && !self.ended {
            self.fill();
        }
        &self.buffer[self.start..self.end]
    }

    /// Offset of the next line.
    pub(in crate::source) fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the bytes come from, which has handed out those of the next line, if there is one.
    pub(in crate::source) fn fed(&mut self) -> &mut R {
        while self.start == self.end && !self.ended {
            self.fill();
        }
        &mut self.input
    }

    /// Passes over whole lines that were handed out.
    pub(in crate::source) fn pass(&mut self, bytes: usize, lines: u64) {
        self.consume(bytes.min(self.end - self.start));
        self.number += lines;
    }

    /// What stopped the reading early, if anything did.
    pub(in crate::source) fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    /// Goes forward to the line that starts at `offset`; line numbers are wrong from then on. Never goes back.
    pub(in crate::source) fn skip_to(&mut self, offset: u64) {
        while self.offset < offset {
            if self.start == self.end {
                if self.ended {
                    return;
                }
                self.fill();
                continue;
            }
            let step = (self.end - self.start) as u64;
            self.consume(usize::try_from(step.min(offset - self.offset)).unwrap_or(0));
        }
    }

    /// The next line.
    pub(in crate::source) fn next(&mut self) -> Option<RawLine<'_>> {
        let mut searched = 0;
        let (length, end, cut) = loop {
            let window = &self.buffer[self.start..self.end];
            if let Some(at) = self.find_end(searched).filter(|at| *at <= self.limit) {
                break (at, at + if self.encoding == Encoding::Utf16 { 2 } else { 1 }, false);
            }
            if window.len() >= self.limit {
                break (self.limit, self.limit, true);
            }
            if self.ended {
                if window.is_empty() {
                    return None;
                }
                break (window.len(), window.len(), false);
            }
            // A line end may straddle the block: look at the last two bytes again.
            searched = window.len().saturating_sub(2) & !1;
            self.fill();
        };
        let offset = self.offset;
        let ended = end > length || cut;
        let damaged = self.decode(length);
        self.consume(end);
        if cut {
            self.skip_line();
        }
        self.number += 1;
        Some(RawLine { offset, number: self.number, text: &self.text, cut, damaged, ended })
    }

    /// Where the next line end is, relative to `start`, looking from `searched` on.
    fn find_end(&self, searched: usize) -> Option<usize> {
        let window = &self.buffer[self.start..self.end];
        let rest = window.get(searched..)?;
        if self.encoding != Encoding::Utf16 {
            return memchr::memchr(b'\n', rest).map(|at| at + searched);
        }
        memchr::memchr_iter(b'\n', rest)
            .map(|at| at + searched)
            .find(|&at| at.is_multiple_of(2) && window.get(at + 1) == Some(&0))
    }

    /// Drops the rest of a line that was cut.
    fn skip_line(&mut self) {
        loop {
            if let Some(at) = self.find_end(0) {
                self.consume(at + if self.encoding == Encoding::Utf16 { 2 } else { 1 });
                return;
            }
            if self.ended {
                self.consume(self.end - self.start);
                return;
            }
            // Keeps a unit whose second byte has not been read yet.
            let whole = self.end - self.start;
            self.consume(if self.encoding == Encoding::Utf16 { whole & !1 } else { whole });
            self.fill();
        }
    }

    /// Fills `text` from the next `length` bytes; true when bytes had to be replaced.
    fn decode(&mut self, length: usize) -> bool {
        let bytes = &self.buffer[self.start..self.start + length];
        self.text.clear();
        let mut damaged = false;
        match self.encoding {
            Encoding::Utf16 => {
                let ascii = bytes.chunks_exact(2).all(|pair| pair[1] == 0 && pair[0] < 0x80);
                if ascii && bytes.len().is_multiple_of(2) {
                    self.text.extend(bytes.iter().step_by(2).map(|&byte| char::from(byte)));
                } else {
                    let (text, bad) = UTF_16LE.decode_without_bom_handling(bytes);
                    self.text.push_str(&text);
                    damaged = bad;
                }
            }
            Encoding::Utf8 | Encoding::Bytes => match std::str::from_utf8(bytes) {
                Ok(text) => self.text.push_str(text),
                Err(_) if self.encoding == Encoding::Utf8 => {
                    self.text.push_str(&String::from_utf8_lossy(bytes));
                    damaged = true;
                }
                Err(_) => {
                    let (text, bad) = WINDOWS_1252.decode_without_bom_handling(bytes);
                    self.text.push_str(&text);
                    damaged = bad;
                }
            },
        }
        if self.text.ends_with('\r') {
            self.text.pop();
        }
        damaged
    }

    fn consume(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Reads one more block behind what is unread.
    fn fill(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        match self.input.feed(&mut self.buffer, self.end) {
            Ok(0) => self.ended = true,
            Ok(read) => self.end += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.error = Some(error);
                self.ended = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, LINE_LIMIT, Lines};
    use crate::source::bytes::Dribble;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn check(bytes: &[u8], expect: &[(u64, &str)]) {
        for step in [1, 3, 4096] {
            let mut lines = Lines::new(Dribble(bytes, step));
            let mut got = Vec::new();
            while let Some(line) = lines.next() {
                got.push((line.offset, line.text.to_owned()));
            }
            let expect: Vec<_> = expect.iter().map(|(at, text)| (*at, (*text).to_owned())).collect();
            assert_eq!(got, expect, "step {step}");
        }
    }

    #[test]
    fn every_encoding_and_line_end() {
        check(b"", &[]);
        check(b"a\r\nb\n\nc", &[(0, "a"), (3, "b"), (5, ""), (6, "c")]);
        check(b"\xEF\xBB\xBFa\nb\n", &[(3, "a"), (5, "b")]);
        check(b"caf\xE9\nna\xC3\xAFve\n", &[(0, "café"), (5, "naïve")]);
        let marked = [&[0xFF, 0xFE][..], &utf16("Größe Ċ\r\nb\r\n")].concat();
        // U+010A holds the byte of a line feed: only a whole unit ends a line.
        check(&marked, &[(2, "Größe Ċ"), (20, "b")]);
        check(&utf16("plain text\nmore"), &[(0, "plain text"), (22, "more")]);
        check(&[&[0xFF, 0xFE][..], &utf16("a\n"), b"x"].concat(), &[(2, "a"), (6, "\u{FFFD}")]);
    }

    #[test]
    fn long_lines_are_cut_not_held() {
        let mut bytes = vec![b'x'; LINE_LIMIT * 3];
        bytes.extend_from_slice(b"\nnext\n");
        let mut lines = Lines::new(&bytes[..]);
        let first = lines.next().expect("a line");
        assert!(first.cut && first.text.len() == LINE_LIMIT);
        let next = lines.next().expect("a line");
        assert_eq!((next.text, next.number, next.offset), ("next", 2, bytes.len() as u64 - 5));
        assert!(lines.buffer.len() <= LINE_LIMIT + 2 * super::BLOCK);
    }

    #[test]
    fn skipping_and_detecting() {
        let text = utf16(&"line of text\r\n".repeat(100_000));
        let mut lines = Lines::new(&text[..]);
        lines.skip_to(28 * 99_999);
        assert_eq!(lines.next().expect("the last").text, "line of text");
        assert!(lines.next().is_none());
        lines.skip_to(u64::MAX);
        assert_eq!(Encoding::detect(b"PK\x03\x04\0\0\0\0\0\0"), (Encoding::Bytes, 0));
        assert_eq!(Encoding::detect(b"a"), (Encoding::Bytes, 0));
    }
}
