//! The entries of a piece of a log, a few at a time, for whoever puts several pieces in one order.
//!
//! Most lines are handed out as they lie in the buffer ([`Plain`]); all others go the careful way and come as
//! [`Row`]s. What a line says is the same either way, which a test holds for every form.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::entry::{Next, Spot, Unit, Units};
use super::pieces::{Piece, pieces};
use super::quick::{Plain, begin, plain};
use super::raw::Clock;
use super::record;
use super::scan::{Part, Scan};
use crate::bundle::{Bundle, Input};
use crate::fact::{InputId, Origin, Place};
use crate::source::Row;
use crate::source::lines::{Encoding, Lines};
use crate::source::read::{READER_PANICKED, message};

/// How far ahead lines are looked at in their bytes.
const WINDOW: usize = if cfg!(test) { 2 << 10 } else { 64 << 10 };

/// One entry of a log.
pub enum Entry<'a> {
    /// A line as it lies in the buffer.
    Plain(Origin, &'a Plain<'a>),
    /// Any other.
    Row(Row),
}

/// The pieces of a log, in its order: its sections, or the whole where they are not wanted apart.
///
/// # Errors
/// Its first bytes cannot be read.
pub fn pieces_of(bundle: &Bundle, input: &Input, apart: bool) -> io::Result<Vec<Piece>> {
    let stream = bundle.stream(input)?;
    if apart { pieces(stream) } else { Piece::whole(stream).map(|whole| vec![whole]) }
}

/// The entries of a piece.
pub struct Rows<'b> {
    lines: Lines<Section<'b>>,
    units: Units,
    scan: Scan,
    quick: Quick,
    ended: bool,
}

impl<'b> Rows<'b> {
    /// Opens nothing yet. Where `keep` is false, the file is open only while bytes are read from it: a
    /// process may have few files open, and a bundle may have many logs of many sections.
    #[must_use]
    pub fn new(bundle: &'b Bundle, input: &'b Input, piece: &Piece, keep: bool) -> Self {
        let Piece { offset, end, lines, encoding } = *piece;
        let section = Section { bundle, input, at: offset, end, open: None, keep };
        Self {
            lines: Lines::part(section, encoding, offset, lines),
            units: Units::default(),
            scan: Scan::showing(input),
            quick: Quick { input: input.id, clock: Clock::default(), narrow: Vec::new(), from: 0 },
            ended: false,
        }
    }

    /// Hands out entries until `sink` answers `false`, behind which one more may come: a line that ends an entry and is one
    /// itself. Returns whether there may be more. A panic ends the piece, and is
    /// accounted for.
    pub fn go(&mut self, sink: &mut dyn FnMut(Entry<'_>) -> bool) -> bool {
        match catch_unwind(AssertUnwindSafe(|| self.walk(sink))) {
            Ok(()) => {}
            Err(panic) => {
                self.scan.failed(&READER_PANICKED, message(panic.as_ref()));
                self.ended = true;
            }
        }
        !self.ended
    }

    fn walk(&mut self, sink: &mut dyn FnMut(Entry<'_>) -> bool) {
        let Self { lines, units, scan, quick, ended } = self;
        let mut go = true;
        while go && !*ended {
            if !units.is_open() {
                let taken = quick.run(lines, &mut |origin, line| {
                    go = sink(Entry::Plain(origin, line));
                    go
                });
                scan.plain_entries(taken);
                if taken > 0 {
                    continue;
                }
            }
            let mut careful = |spot: Spot, unit: Unit<'_>| {
                scan.unit(spot, &unit);
                if let Some(row) = record::row(scan, spot, &unit) {
                    go &= sink(Entry::Row(row));
                }
                // The unit behind it is given in any case: it has been read.
                Next::Go
            };
            if units.is_open() && quick.is_next(lines) {
                units.close(&mut careful);
            } else {
                *ended = !units.step(lines, &mut careful);
            }
        }
    }

    /// The account of the piece, as far as it was read.
    #[must_use]
    pub fn part(self) -> Part {
        self.scan.part(self.lines.error())
    }
}

/// Finds the lines that are handed out as they lie.
struct Quick {
    input: InputId,
    clock: Clock,
    /// Of UTF-16 the bytes of its ASCII letters, and 0xFF for any other unit.
    narrow: Vec<u8>,
    /// The offset of its first unit.
    from: u64,
}

impl Quick {
    /// Is the next line one of them?
    fn is_next(&mut self, lines: &mut Lines<Section<'_>>) -> bool {
        let text = text_ahead(&mut self.narrow, &mut self.from, lines);
        let Some((end, ids)) = memchr::memchr(b'\n', text).zip(begin(text)) else { return false };
        begin(&text[end + 1..]).is_some() && plain(&text[..end], ids, &mut self.clock).is_some()
    }

    /// Hands out such lines as long as they follow each other and `sink` answers `true`; how many.
    fn run(
        &mut self,
        lines: &mut Lines<Section<'_>>,
        sink: &mut dyn FnMut(Origin, &Plain<'_>) -> bool,
    ) -> u64 {
        let (offset, before) = (lines.offset(), lines.before());
        let unit = usize::try_from(lines.unit()).unwrap_or(1);
        let text = text_ahead(&mut self.narrow, &mut self.from, lines);
        let (mut at, mut count) = (0, 0);
        let mut begun = begin(text);
        while let Some(ids) = begun {
            let Some(length) = memchr::memchr(b'\n', &text[at..]) else { break };
            let next = at + length + 1;
            // The line behind must begin an entry, or it may belong to this one.
            begun = begin(&text[next..]);
            if begun.is_none() {
                break;
            }
            let Some(line) = plain(&text[at..next - 1], ids, &mut self.clock) else { break };
            let place = Place::Line(before + count + 1);
            let origin = Origin { input: self.input, offset: offset + (at * unit) as u64, place };
            at = next;
            count += 1;
            if !sink(origin, &line) {
                break;
            }
        }
        lines.pass(at * unit, count);
        count
    }
}

/// The bytes ahead, one for each unit.
fn text_ahead<'t>(narrow: &'t mut Vec<u8>, from: &mut u64, lines: &'t mut Lines<Section<'_>>) -> &'t [u8] {
    if lines.encoding() != Encoding::Utf16 {
        return lines.ahead(WINDOW);
    }
    let offset = lines.offset();
    let passed = |from: u64| usize::try_from(offset.wrapping_sub(from) / 2).unwrap_or(usize::MAX);
    if passed(*from).saturating_add(WINDOW / 8) > narrow.len() {
        *from = offset;
        narrow.clear();
        let pairs = lines.ahead(WINDOW).chunks_exact(2);
        // 0xFF is no UTF-8: a line that holds it is none of those.
        narrow.extend(pairs.map(|pair| if pair[1] == 0 && pair[0] < 0x80 { pair[0] } else { 0xFF }));
    }
    &narrow[passed(*from)..]
}

/// The bytes of a piece.
struct Section<'b> {
    bundle: &'b Bundle,
    input: &'b Input,
    at: u64,
    end: u64,
    open: Option<Box<dyn Read + Send + 'b>>,
    keep: bool,
}

impl Read for Section<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let want = out.len().min(left);
        if want == 0 {
            return Ok(0);
        }
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => {
                let (stream, cheap) = self.bundle.part(self.input, self.at)?;
                self.keep |= !cheap;
                stream
            }
        };
        let read = stream.read(&mut out[..want])?;
        self.at += read as u64;
        self.open = Some(stream).filter(|_| self.keep && read > 0);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Entry, Rows, pieces_of};
    use crate::bundle::{Bundle, Options};
    use crate::source::Row;
    use crate::source::cluster_log::{self, Part, records_from, skim};

    /// A log by its pieces and as a whole, in steps of so many entries: all as by a careful look at every line. Gives how
    /// many entries were handed out as they lie.
    fn check(bytes: &[u8], name: &str) -> usize {
        let bundle = Bundle::from_memory([("x.log".to_owned(), bytes.to_vec())], &Options::default());
        let input = &bundle.inputs[0];
        let mut expect: Vec<Row> = Vec::new();
        let careful = records_from(input, bytes, &mut |row| {
            expect.push(row);
            true
        });
        let mut plain = 0;
        for (apart, step, keep) in [(false, 1, true), (true, 1, false), (true, usize::MAX, true)] {
            let mut got: Vec<Row> = Vec::new();
            let mut parts = Vec::new();
            plain = 0;
            for piece in pieces_of(&bundle, input, apart).expect("pieces") {
                let mut rows = Rows::new(&bundle, input, &piece, keep);
                loop {
                    let mut left = step;
                    let more = rows.go(&mut |entry| {
                        got.push(match entry {
                            Entry::Plain(origin, line) => {
                                plain += 1;
                                line.row(origin)
                            }
                            Entry::Row(row) => row,
                        });
                        left = usize::saturating_sub(left, 1);
                        left > 0
                    });
                    if !more {
                        break;
                    }
                }
                parts.push(rows.part());
            }
            if let Some(at) = (0..expect.len().max(got.len())).find(|&at| expect.get(at) != got.get(at)) {
                panic!("{name}, apart {apart}: entry {at}: {:#?} became {:#?}", expect.get(at), got.get(at));
            }
            let tally = Part::join(input, parts);
            let mut notes = tally.notes.clone();
            // The order of notes of one file is that of its entries, but for those of tables, which come last.
            notes.sort_by_key(|note| note.kind.name);
            let mut known = careful.notes.clone();
            known.sort_by_key(|note| note.kind.name);
            assert_eq!(
                (tally.entries, tally.malformed, tally.lost, notes),
                (careful.entries, careful.malformed, careful.lost, known),
                "{name}, apart {apart}"
            );
            assert!(tally.balances(), "{name}");
        }
        plain
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn every_form_in_every_section_and_encoding() {
        let text = skim::tests::every_form();
        let most = text.lines().count() / 3;
        assert!(check(text.as_bytes(), "narrow") > most);
        assert!(check(&wide(&text), "wide") > most);
        assert!(check(&[&b"\xFF\xFE"[..], &wide(&text)].concat(), "wide, marked") > most);
        assert!(check(&[&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat(), "narrow, marked") > most);
        assert!(check(text.replace('\r', "").as_bytes(), "line feeds alone") > most);
        assert!(
            check(text.replace("000004d0.", "[Verbose] 000004d0.").as_bytes(), "channels in front") > most
        );
        check(text.trim_end().as_bytes(), "without a last line end");
        // Bytes of an ANSI code page, and damage.
        let ansi: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        check(&ansi, "ANSI");
        check(&[&b"\xEF\xBB\xBF"[..], &ansi].concat(), "no UTF-8 behind its mark");
    }

    #[test]
    fn real_and_simulated_logs() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen = 0;
        let mut look = |path: &Path| {
            let bytes = fs::read(path).expect("a file");
            let head = crate::source::Head { path: "", bytes: &bytes, size: bytes.len() as u64 };
            if (cluster_log::SOURCE.sniff)(&head) {
                check(&bytes, &path.display().to_string());
                seen += 1;
            }
        };
        let mut folders: Vec<PathBuf> = vec![root.join("samples"), root.join("../shared/data/cluster-log")];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                match path.is_dir() {
                    true => folders.push(path),
                    false => look(&path),
                }
            }
        }
        assert!(seen >= 5, "{seen}");
    }

    #[test]
    fn cut_and_damaged() {
        let line = "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [API] x \\ \"y\"\r\n";
        let text = format!(
            "[=== Cluster ===]\r\nCurrent node: name (a) id (1)\r\n[=== Cluster Logs ===]\r\n{line}more\r\n{line}{line}"
        );
        for bytes in [text.clone().into_bytes(), wide(&text)] {
            for length in 0..bytes.len() {
                check(&bytes[..length], &format!("cut to {length}"));
            }
            for at in 0..bytes.len() {
                let mut bytes = bytes.clone();
                bytes[at] ^= 0x9A;
                check(&bytes, &format!("byte {at} is another"));
            }
        }
        let long = "x".repeat(super::WINDOW * 3);
        check(
            format!("{line}{long}{line}{}{long}\r\n{line}{line}", line.trim_end()).as_bytes(),
            "long lines",
        );
    }
}
