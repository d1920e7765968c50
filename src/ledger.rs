//! What became of every entry of every input: the account that makes a report believable.
//!
//! Reading never fails; it disappoints, and each disappointment has a name, a count, first places and advice.

use crate::fact::{InputId, Origin};

/// How much a note matters.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Something is odd, nothing is lost.
    Notice,
    /// Evidence is missing; conclusions may be weaker.
    DataLost,
    /// The input could not be read.
    Error,
}

impl Severity {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::DataLost => "data_lost",
            Self::Error => "error",
        }
    }
}

/// One kind of disappointment. Each source declares its own, as constants.
#[derive(Debug, PartialEq, Eq)]
pub struct NoteKind {
    /// Stable name in reports: `lower_snake_case`, unique.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence for the user: what it means and what to do.
    pub advice: &'static str,
}

/// A kind of note, counted, with its first places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which kind.
    pub kind: &'static NoteKind,
    /// How often.
    pub count: u64,
    /// The first few places (at most [`Note::KEPT`]).
    pub first: Vec<Origin>,
    /// The first detail given: an error's text, a value.
    pub detail: Option<String>,
}

impl Note {
    /// How many places are kept.
    pub const KEPT: usize = 3;
}

/// The account of one input. Each entry stands in exactly one of `facts`, `silent`, `unknown`, `malformed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which input.
    pub input: InputId,
    /// Entries (records, lines, objects) seen.
    pub entries: u64,
    /// Entries that gave at least one fact.
    pub facts: u64,
    /// Entries recognised, with nothing to say here.
    pub silent: u64,
    /// Well-formed entries of a kind not known.
    pub unknown: u64,
    /// Entries that could not be read.
    pub malformed: u64,
    /// Entries that the format itself says are missing (lost events, record-number holes).
    pub lost: u64,
    /// Notes, by first appearance.
    pub notes: Vec<Note>,
}

/// The box an entry goes into.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry {
    /// Gave at least one fact.
    Facts,
    /// Recognised, nothing to say.
    Silent,
    /// Well-formed, of a kind not known.
    Unknown,
    /// Could not be read.
    Malformed,
}

impl Tally {
    /// An empty account.
    #[must_use]
    pub fn new(input: InputId) -> Self {
        Self { input, entries: 0, facts: 0, silent: 0, unknown: 0, malformed: 0, lost: 0, notes: Vec::new() }
    }

    /// Counts one entry.
    pub fn count(&mut self, entry: Entry) {
        self.count_many(entry, 1);
    }

    /// Counts `number` entries of one box.
    pub fn count_many(&mut self, entry: Entry, number: u64) {
        self.entries += number;
        match entry {
            Entry::Facts => self.facts += number,
            Entry::Silent => self.silent += number,
            Entry::Unknown => self.unknown += number,
            Entry::Malformed => self.malformed += number,
        }
    }

    /// Does every entry stand in exactly one box?
    #[must_use]
    pub fn balances(&self) -> bool {
        self.entries == self.facts + self.silent + self.unknown + self.malformed
    }

    /// Notes a disappointment.
    pub fn note(&mut self, kind: &'static NoteKind, origin: Option<Origin>, detail: Option<String>) {
        let at = match self.notes.iter().position(|n| n.kind.name == kind.name) {
            Some(at) => at,
            None => {
                self.notes.push(Note { kind, count: 0, first: Vec::new(), detail: None });
                self.notes.len() - 1
            }
        };
        let note = &mut self.notes[at];
        note.count += 1;
        note.detail = note.detail.take().or(detail);
        if let Some(origin) = origin.filter(|_| note.first.len() < Note::KEPT) {
            note.first.push(origin);
        }
    }

    /// Adds the account of a later part of the same input.
    pub(crate) fn add(&mut self, part: Self) {
        self.entries += part.entries;
        self.facts += part.facts;
        self.silent += part.silent;
        self.unknown += part.unknown;
        self.malformed += part.malformed;
        self.lost += part.lost;
        for note in part.notes {
            match self.notes.iter_mut().find(|own| own.kind.name == note.kind.name) {
                Some(own) => {
                    own.count += note.count;
                    own.first.extend(note.first);
                    own.first.truncate(Note::KEPT);
                    own.detail = own.detail.take().or(note.detail);
                }
                None => self.notes.push(note),
            }
        }
    }

    /// The gravest severity among the notes.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.notes.iter().map(|n| n.kind.severity).max()
    }
}
