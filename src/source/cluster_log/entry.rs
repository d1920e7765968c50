//! Entries out of lines: a log entry is the line that begins it and the lines that follow without a prefix.
//!
//! Event texts run over several lines, some of them blank. A line that begins nothing and follows no entry
//! (header, table row, prose) stands alone. An excerpt with editor line numbers may have holes: a line whose
//! number does not follow is no continuation.

use super::line::{self, Begin};
use super::skim::{Passing, Run};
use crate::source::lines::{Feed, Lines};

/// The longest entry that is kept, in bytes of text; the rest of it is skipped, and it says so.
pub(super) const ENTRY_LIMIT: usize = 4 * 1024 * 1024;

/// Where a unit begins, and what was wrong with its bytes.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// Byte offset.
    pub(super) offset: u64,
    /// Line number from 1.
    pub(super) line: u64,
    /// A line or the entry was longer than its limit.
    pub(super) cut: bool,
    /// Bytes had to be replaced.
    pub(super) damaged: bool,
}

/// One unit of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unit<'a> {
    /// `[=== name ===]`.
    Section(&'a str),
    /// A blank line outside of an entry: it ends a table.
    Blank,
    /// A line outside of an entry.
    Plain(&'a str),
    /// A log entry, from its prefix on, continuation lines joined by line feeds.
    Entry {
        /// Its text.
        text: &'a str,
        /// It was pasted from elsewhere.
        pasted: bool,
    },
    /// Entries that need no look; only where a [`Passing`] passes over them.
    Passed(&'a Run),
}

/// What the consumer wants next.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next unit.
    Go,
    /// The unit that begins at this offset; those before it need not be shown.
    At(u64),
    /// Nothing more.
    Stop,
}

/// The name in a section header line.
pub(super) fn section(line: &str) -> Option<&str> {
    line.trim().strip_prefix("[===")?.strip_suffix("===]").map(str::trim)
}

struct Open {
    spot: Spot,
    text: String,
    number: Option<u64>,
    pasted: bool,
    /// Blank lines that belong to the entry only if text follows.
    blank: usize,
}

/// Hands every unit to `sink`, in file order; those that need no look, a run of them as one.
pub(super) fn units<R: Passing>(lines: &mut Lines<R>, sink: &mut dyn FnMut(Spot, Unit<'_>) -> Next) {
    let mut units = Units::default();
    let known = lines.fed().known();
    let mut each = |spot: Spot, unit: Unit<'_>| {
        if let (Some(known), Unit::Entry { text, .. }) = (&known, &unit) {
            known.learn(text);
        }
        sink(spot, unit)
    };
    loop {
        if units.wanted > 0 && units.open.is_none() {
            lines.skip_to(units.wanted);
        }
        let go = match R::pass(lines) {
            Some(run) => {
                let spot = Spot { offset: run.start, ..Spot::default() };
                units.close(&mut each) && units.give(spot, Unit::Passed(&run), &mut each)
            }
            None => units.step(lines, &mut each),
        };
        if !go {
            return;
        }
    }
}

/// Makes units of lines, one line at a time.
#[derive(Default)]
pub(super) struct Units {
    open: Option<Open>,
    /// A buffer to be used again.
    spare: String,
    /// Units before this offset are not wanted.
    wanted: u64,
}

impl Units {
    /// Takes one line; `false` where there is none, all units have been given then, or nothing more is wanted.
    pub(super) fn step<R: Feed>(
        &mut self,
        lines: &mut Lines<R>,
        sink: &mut dyn FnMut(Spot, Unit<'_>) -> Next,
    ) -> bool {
        let Some(raw) = lines.next() else {
            self.close(sink);
            return false;
        };
        let spot = Spot { offset: raw.offset, line: raw.number, cut: raw.cut, damaged: raw.damaged };
        if let Some(begin) = line::begin(raw.text) {
            let go = self.close(sink);
            if go && spot.offset >= self.wanted {
                let Begin { skip, number, pasted } = begin;
                let mut text = std::mem::take(&mut self.spare);
                text.clear();
                text.push_str(&raw.text[skip..]);
                self.open = Some(Open { spot, text, number, pasted, blank: 0 });
            }
            return go;
        }
        let ends = section(raw.text).is_some() || raw.text.trim_start().starts_with("```");
        let open = self.open.as_mut();
        if !ends && open.is_some_and(|entry| entry.continues(raw.text, raw.cut || raw.damaged)) {
            return true;
        }
        let unit = match section(raw.text) {
            Some(name) => Unit::Section(name),
            None if raw.text.trim().is_empty() => Unit::Blank,
            None => Unit::Plain(raw.text),
        };
        self.close(sink) && self.give(spot, unit, sink)
    }

    /// May the next line belong to an entry that was begun?
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Gives the entry that is open, if one is: the next line begins another. `false` where nothing more is wanted.
    pub(super) fn close(&mut self, sink: &mut dyn FnMut(Spot, Unit<'_>) -> Next) -> bool {
        let Some(entry) = self.open.take() else { return true };
        let go = self.give(entry.spot, Unit::Entry { text: &entry.text, pasted: entry.pasted }, sink);
        self.spare = entry.text;
        go
    }

    fn give(&mut self, spot: Spot, unit: Unit<'_>, sink: &mut dyn FnMut(Spot, Unit<'_>) -> Next) -> bool {
        if spot.offset < self.wanted {
            return true;
        }
        match sink(spot, unit) {
            Next::Go => true,
            Next::At(offset) => {
                self.wanted = offset;
                true
            }
            Next::Stop => false,
        }
    }
}

impl Open {
    /// Takes a line that begins nothing, unless it does not follow.
    fn continues(&mut self, line: &str, marred: bool) -> bool {
        let mut text = line;
        if let Some(last) = self.number {
            let (skip, number) = line::paste_marks(line);
            match number {
                Some(number) if last.checked_add(1) == Some(number) => {
                    self.number = Some(number);
                    text = &line[skip..];
                }
                None if line.trim().is_empty() => {}
                _ => return false,
            }
        }
        self.spot.damaged |= marred;
        if text.trim().is_empty() {
            self.blank += 1;
            return true;
        }
        if self.text.len() + self.blank + text.len() >= ENTRY_LIMIT {
            self.spot.cut = true;
            return true;
        }
        self.text.extend(std::iter::repeat_n('\n', self.blank + 1));
        self.blank = 0;
        self.text.push_str(text);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, Unit, units};
    use crate::source::lines::Lines;

    fn check(text: &str, expect: &[&str]) {
        let mut got = Vec::new();
        units(&mut Lines::new(text.as_bytes()), &mut |spot, unit| {
            got.push(match unit {
                Unit::Section(name) => format!("{} section {name}", spot.line),
                Unit::Blank => format!("{} blank", spot.line),
                Unit::Plain(line) => format!("{} plain {line}", spot.line),
                Unit::Entry { text, .. } => format!("{} entry {text:?}", spot.line),
                Unit::Passed(_) => format!("{} passed", spot.line),
            });
            Next::Go
        });
        assert_eq!(got, expect);
    }

    #[test]
    fn what_belongs_to_an_entry() {
        check(
            "prose\n\n1.2::x\n a\n\nb\n\n[=== Nodes ===]\nName,Id,\n\n1.2::y\n```\nz\n",
            &[
                "1 plain prose",
                "2 blank",
                r#"3 entry "1.2::x\n a\n\nb""#,
                "8 section Nodes",
                "9 plain Name,Id,",
                "10 blank",
                r#"11 entry "1.2::y""#,
                "12 plain ```",
                "13 plain z",
            ],
        );
        check("  7 1.2::x\n  8 more\n\n  10 not\n", &[r#"1 entry "1.2::x\nmore""#, "4 plain   10 not"]);
    }

    #[test]
    fn jumping_to_an_offset_gives_the_same_unit() {
        let text = "1.2::a\nb\n1.2::c\n1.2::d\ne\n1.2::f\n";
        let mut got = Vec::new();
        units(&mut Lines::new(text.as_bytes()), &mut |spot, unit| {
            if let Unit::Entry { text, .. } = unit {
                got.push((spot.offset, text.to_owned()));
            }
            match got.len() {
                1 => Next::At(16),
                2 => Next::At(25),
                _ => Next::Stop,
            }
        });
        let owned = |at, text: &str| (at, text.to_owned());
        assert_eq!(got, [owned(0, "1.2::a\nb"), owned(16, "1.2::d\ne"), owned(25, "1.2::f")]);
    }
}
