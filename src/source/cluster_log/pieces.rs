//! Where the sections of a log begin. Each begins anew in time behind the other, so whoever puts lines in the order of
//! time reads them side by side.

use std::io::{self, Read};

use encoding_rs::UTF_16LE;
use memchr::memmem::Finder;

use super::{entry, line};
use crate::source::bytes::fill;
use crate::source::lines::Encoding;

/// How much is searched at once.
const BLOCK: usize = 256 * 1024;

/// The most pieces of a file, beyond what any log has; the rest of the file belongs to the last.
const MOST: usize = 256;

/// The longest line that is taken for the header of a section.
const LONGEST: usize = 1024;

/// A run of lines of a log: what stands in front of the first section, or a section with its header.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Offset of its first byte.
    pub(super) offset: u64,
    /// Offset behind its last byte; of the last piece it is open.
    pub(super) end: u64,
    /// Lines before it.
    pub(super) lines: u64,
    pub(super) encoding: Encoding,
}

impl Piece {
    /// The whole of a stream.
    ///
    /// # Errors
    /// Its first bytes cannot be read.
    pub(super) fn whole(mut stream: impl Read) -> io::Result<Self> {
        let mut head = Vec::new();
        stream.by_ref().take(4096).read_to_end(&mut head)?;
        let (encoding, mark) = Encoding::detect(&head);
        Ok(Self { offset: mark as u64, end: u64::MAX, lines: 0, encoding })
    }
}

/// The pieces of a stream, in its order. A read error ends the search: the last piece meets it again.
///
/// # Errors
/// Its first bytes cannot be read.
pub(super) fn pieces(mut stream: impl Read) -> io::Result<Vec<Piece>> {
    let mut window = vec![0; BLOCK];
    let (mut filled, failed) = fill(&mut stream, &mut window[..4096]);
    if let Some(error) = failed.filter(|_| filled == 0) {
        return Err(error);
    }
    let (encoding, mark) = Encoding::detect(&window[..filled]);
    let mut search = Search::new(encoding, mark as u64);
    window.copy_within(mark..filled, 0);
    filled -= mark;
    loop {
        let whole = search.lines(&window[..filled]);
        window.copy_within(whole..filled, 0);
        filled -= whole;
        if search.found.len() > MOST {
            break;
        }
        match stream.read(&mut window[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    // What is left has no line end; a header is told from it all the same.
    search.hits(&window[..filled]);
    Ok(search.done())
}

struct Search {
    encoding: Encoding,
    needle: Finder<'static>,
    /// Offset, and lines, before the window.
    offset: u64,
    lines: u64,
    /// The window begins inside of a line that is longer than a window.
    inside: bool,
    /// Offset of each header, with the lines before it.
    found: Vec<(u64, u64)>,
    begin: u64,
}

impl Search {
    fn new(encoding: Encoding, begin: u64) -> Self {
        let needle: &[u8] = if encoding == Encoding::Utf16 { b"[\0=\0=\0=\0" } else { b"[===" };
        let needle = Finder::new(needle).into_owned();
        Self { encoding, needle, offset: begin, lines: 0, inside: false, found: Vec::new(), begin }
    }

    /// Searches the whole lines of a window, and returns how many bytes of it are done with.
    fn lines(&mut self, window: &[u8]) -> usize {
        let unit = if self.encoding == Encoding::Utf16 { 2 } else { 1 };
        let end = match last_line_end(window, self.encoding) {
            Some(end) => end,
            // No header is so long.
            None if window.len() >= BLOCK / 2 => {
                let end = window.len() / unit * unit;
                self.offset += end as u64;
                self.inside = true;
                return end;
            }
            None => return 0,
        };
        self.hits(&window[..end]);
        self.lines += line_ends(&window[..end], self.encoding);
        self.offset += end as u64;
        self.inside = false;
        end
    }

    /// Searches for headers, and goes nowhere.
    fn hits(&mut self, window: &[u8]) {
        let mut counted = (0, self.lines);
        let mut done = 0;
        for at in self.needle.find_iter(window) {
            let wide = self.encoding == Encoding::Utf16;
            if at < done || (wide && !at.is_multiple_of(2)) {
                continue;
            }
            let start = last_line_end(&window[..at], self.encoding).unwrap_or(0);
            let stop = line_end(&window[at..], self.encoding).map_or(window.len(), |end| at + end);
            done = stop;
            if stop - start > LONGEST || (start == 0 && self.inside) {
                continue;
            }
            let line = &window[start..stop];
            let text = if wide {
                UTF_16LE.decode_without_bom_handling(line).0
            } else {
                String::from_utf8_lossy(line)
            };
            if line::begin(&text).is_some() || entry::section(&text).is_none() {
                continue;
            }
            counted = (start, counted.1 + line_ends(&window[counted.0..start], self.encoding));
            self.found.push((self.offset + start as u64, counted.1));
        }
    }

    fn done(mut self) -> Vec<Piece> {
        self.found.truncate(MOST);
        let first = (self.begin, 0);
        if self.found.first().is_none_or(|header| header.0 > self.begin) {
            self.found.insert(0, first);
        }
        let ends = self.found.iter().skip(1).map(|header| header.0).chain([u64::MAX]);
        let piece = |(&(offset, lines), end)| Piece { offset, end, lines, encoding: self.encoding };
        self.found.iter().zip(ends).map(piece).collect()
    }
}

fn is_end(bytes: &[u8], at: usize) -> bool {
    at.is_multiple_of(2) && bytes.get(at + 1) == Some(&0)
}

/// Behind the first line end.
fn line_end(bytes: &[u8], encoding: Encoding) -> Option<usize> {
    match encoding {
        Encoding::Utf16 => memchr::memchr_iter(b'\n', bytes).find(|&at| is_end(bytes, at)).map(|at| at + 2),
        Encoding::Utf8 | Encoding::Bytes => memchr::memchr(b'\n', bytes).map(|at| at + 1),
    }
}

/// Behind the last line end.
pub(super) fn last_line_end(bytes: &[u8], encoding: Encoding) -> Option<usize> {
    match encoding {
        Encoding::Utf16 => memchr::memrchr_iter(b'\n', bytes).find(|&at| is_end(bytes, at)).map(|at| at + 2),
        Encoding::Utf8 | Encoding::Bytes => memchr::memrchr(b'\n', bytes).map(|at| at + 1),
    }
}

fn line_ends(bytes: &[u8], encoding: Encoding) -> u64 {
    let ends = memchr::memchr_iter(b'\n', bytes);
    match encoding {
        Encoding::Utf16 => ends.filter(|&at| is_end(bytes, at)).count() as u64,
        Encoding::Utf8 | Encoding::Bytes => ends.count() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, MOST, pieces};
    use crate::source::bytes::Dribble;

    /// Text of the log, and (line, text) of the first line of each piece.
    fn check(text: &str, expect: &[(u64, &str)]) {
        let wide = |mark: &str| format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let narrow = text.as_bytes().to_vec();
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [narrow, marked, wide("\u{FEFF}"), wide("")] {
            for step in [7, usize::MAX] {
                let got = pieces(Dribble(&bytes, step)).expect("pieces");
                let mut end = got[0].offset;
                let mut told = Vec::new();
                for piece in &got {
                    assert_eq!(piece.offset, end, "{text}");
                    end = piece.end;
                    let rest = &bytes[piece.offset as usize..];
                    let rest = match super::line_end(rest, piece.encoding) {
                        Some(end) => &rest[..end],
                        None => rest,
                    };
                    let line: String = match piece.encoding {
                        super::Encoding::Utf16 => rest.chunks(2).map(|pair| char::from(pair[0])).collect(),
                        _ => String::from_utf8_lossy(rest).into_owned(),
                    };
                    told.push((piece.lines, line.trim().chars().take(40).collect::<String>()));
                }
                let expect: Vec<_> = expect.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
                assert_eq!((told, end), (expect, u64::MAX));
            }
        }
    }

    #[test]
    fn sections() {
        check(
            "prose that is long enough to be told apart\n",
            &[(0, "prose that is long enough to be told apar")].map(|(l, t)| (l, &t[..40])),
        );
        check("[=== A ===]\r\nx\r\n\r\n  [=== B ===]  \r\ny", &[(0, "[=== A ===]"), (3, "[=== B ===]")]);
        check(
            "front\n[=== A ===]\n[=== B\n x [=== C ===]\n[=== D ===]",
            &[(0, "front"), (1, "[=== A ===]"), (4, "[=== D ===]")],
        );
        // A line that begins an entry is no header.
        check("front, front\n1.2::[=== A ===]\n", &[(0, "front, front")]);
        let long = "x".repeat(3 * BLOCK);
        check(&format!("front\n{long}[=== A ===]\n[=== B ===]\n"), &[(0, "front"), (2, "[=== B ===]")]);
        check(&format!("front\n{long}\n[=== B ===]\n"), &[(0, "front"), (2, "[=== B ===]")]);
        let lines = "a line of text\n".repeat(40_000);
        check(
            &format!("{lines}[=== A ===]\n{lines}[=== B ===]\n"),
            &[(0, "a line of text"), (40_000, "[=== A ===]"), (80_001, "[=== B ===]")],
        );
    }

    #[test]
    fn not_without_end() {
        let many = "[=== A ===]\n".repeat(100 * MOST);
        assert_eq!(pieces(many.as_bytes()).expect("pieces").len(), MOST);
    }
}
