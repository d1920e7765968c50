//! Reads the inputs of a bundle: recognition by content, all inputs in parallel, each for itself. An input that
//! cannot be recognised, cannot be read, or makes its reader panic costs itself alone and is accounted for.

use std::any::Any;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::{Head, Reading, Row, SOURCES, Source};
use crate::bundle::{Bundle, Input, note::UNREADABLE};
use crate::fact::Origin;
use crate::ledger::{NoteKind, Severity, Tally};

/// The kind of an input that no source takes.
pub const UNRECOGNISED: &str = "unrecognised";

/// How much of an input recognition sees.
const HEAD: u64 = 64 << 10;

/// Nothing in it.
const EMPTY: NoteKind = NoteKind {
    name: "empty",
    severity: Severity::Notice,
    advice: "The file is empty; collect it again if it should hold something.",
};

/// No source takes it, which is normal for most of what collectors pack.
const NOT_RECOGNISED: NoteKind = NoteKind {
    name: "not_recognised",
    severity: Severity::Info,
    advice: "Its content is of no format that is read here.",
};

/// It is named like a log and is none.
const NOT_WHAT_IT_IS_CALLED: NoteKind = NoteKind {
    name: "not_what_it_is_called",
    severity: Severity::Error,
    advice: "It is named like an event log, counter log or cluster log, but its content is damaged or something else; collect \
             or copy it again.",
};

/// A defect of this program.
pub(super) const READER_PANICKED: NoteKind = NoteKind {
    name: "reader_panicked",
    severity: Severity::Error,
    advice: "The reader failed on this input, which is a defect of this program; please report it. The other \
             inputs are not affected.",
};

/// What reading one input gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The source's kind, or [`UNRECOGNISED`].
    pub kind: &'static str,
    /// What it said; only an account where no source takes it.
    pub reading: Reading,
}

/// The source that takes an input, by the first 64 KiB of its content; `None` where none does.
///
/// # Errors
/// Not even its first byte could be read.
pub fn recognise(bundle: &Bundle, input: &Input) -> io::Result<Option<&'static Source>> {
    recognise_among(SOURCES, bundle, input)
}

fn recognise_among(
    sources: &'static [Source],
    bundle: &Bundle,
    input: &Input,
) -> io::Result<Option<&'static Source>> {
    let mut bytes = Vec::new();
    let read = bundle.stream(input)?.take(HEAD).read_to_end(&mut bytes);
    if bytes.is_empty() {
        read?;
    }
    // What was read before an error is enough to recognise; the source meets the error itself.
    let head = Head { path: &input.path, bytes: &bytes, size: input.bytes };
    Ok(sources.iter().find(|source| (source.sniff)(&head)))
}

/// Reads every input, in parallel on the current rayon pool. One answer an input, in their order.
#[must_use]
pub fn read_all(bundle: &Bundle) -> Vec<Outcome> {
    read_all_among(SOURCES, bundle)
}

fn read_all_among(sources: &'static [Source], bundle: &Bundle) -> Vec<Outcome> {
    let each = |input: &Input| {
        let outcome = read_one(sources, bundle, input);
        bundle.finished(input);
        outcome
    };
    bundle.inputs.par_iter().with_max_len(1).map(each).collect()
}

/// As [`read_all`], those alone that `chosen` says, by their positions; the others gave nothing.
#[must_use]
pub fn read_some(bundle: &Bundle, chosen: &[bool]) -> Vec<Outcome> {
    let each = |(input, chosen): (&Input, &bool)| match chosen {
        true => read_one(SOURCES, bundle, input),
        false => Outcome { kind: UNRECOGNISED, reading: Reading::new(input) },
    };
    bundle.inputs.par_iter().zip(chosen).with_max_len(1).map(each).collect()
}

fn read_one(sources: &'static [Source], bundle: &Bundle, input: &Input) -> Outcome {
    let attempt = catch_unwind(AssertUnwindSafe(|| match recognise_among(sources, bundle, input) {
        Ok(Some(source)) => Ok(Outcome { kind: source.kind, reading: (source.read)(bundle, input) }),
        Ok(None) => Err(unrecognised(input)),
        Err(error) => Err((&UNREADABLE, Some(error.to_string()))),
    }));
    let refusal = match attempt {
        Ok(Ok(read)) => return read,
        Ok(Err(refusal)) => refusal,
        Err(panic) => (&READER_PANICKED, Some(message(panic.as_ref()))),
    };
    let mut reading = Reading::new(input);
    reading.tally.note(refusal.0, None, refusal.1);
    Outcome { kind: UNRECOGNISED, reading }
}

fn unrecognised(input: &Input) -> (&'static NoteKind, Option<String>) {
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let called = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let kind = match input.bytes {
        0 => &EMPTY,
        _ if called(&[".evtx", ".etl", ".blg", "cluster.log"]) => &NOT_WHAT_IT_IS_CALLED,
        _ => &NOT_RECOGNISED,
    };
    (kind, None)
}

pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

/// The text at each origin of one input, sorted by offset; the answer has the same length, `None` where the
/// text cannot be fetched any more.
#[must_use]
pub fn quote(bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    let fetch =
        || recognise(bundle, input).ok().flatten().map(|source| (source.quote)(bundle, input, origins));
    match catch_unwind(AssertUnwindSafe(fetch)) {
        Ok(Some(texts)) if texts.len() == origins.len() => texts,
        _ => vec![None; origins.len()],
    }
}

/// Hands every decoded entry of an input to `sink` until it answers `false`; the kind and account of the input.
pub fn records(bundle: &Bundle, input: &Input, sink: &mut dyn FnMut(Row) -> bool) -> (&'static str, Tally) {
    let walk = || match recognise(bundle, input) {
        Ok(Some(source)) => Ok((source.kind, (source.records)(bundle, input, sink))),
        Ok(None) => Err(unrecognised(input)),
        Err(error) => Err((&UNREADABLE, Some(error.to_string()))),
    };
    let refusal = match catch_unwind(AssertUnwindSafe(walk)) {
        Ok(Ok(done)) => return done,
        Ok(Err(refusal)) => refusal,
        Err(panic) => (&READER_PANICKED, Some(message(panic.as_ref()))),
    };
    let mut tally = Tally::new(input.id);
    tally.note(refusal.0, None, refusal.1);
    (UNRECOGNISED, tally)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Options;

    fn counted(bundle: &Bundle, input: &Input) -> Reading {
        let mut reading = Reading::new(input);
        let text = bundle.bytes(input, 1 << 10).unwrap_or_default();
        assert!(!text.ends_with(b"boom"), "a reader's broken belief");
        reading.tally.entries = text.len() as u64;
        reading
    }

    const TEST: &[Source] = &[Source {
        kind: "test",
        sniff: |head| head.bytes.starts_with(b"log:"),
        read: counted,
        quote: |_, _, origins| vec![None; origins.len()],
        records: |_, input, _| Tally::new(input.id),
    }];

    #[test]
    fn one_bad_input_costs_itself() {
        let files = [
            ("a.evtx", "log:1"),
            ("b.log", "log:boom"),
            ("c.log", ""),
            ("d.htm", "<html>"),
            ("e.evtx", "garbage"),
            ("f", "log:22"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let bundle = Bundle::from_memory(files, &Options::default());
        let read = read_all_among(TEST, &bundle);
        let told: Vec<String> = read
            .iter()
            .map(|r| {
                let notes: Vec<_> = r.reading.tally.notes.iter().map(|n| n.kind.name).collect();
                format!("{} {} {}", r.kind, r.reading.tally.entries, notes.join(","))
            })
            .collect();
        assert_eq!(
            told,
            [
                "test 5 ",
                "unrecognised 0 reader_panicked",
                "unrecognised 0 empty",
                "unrecognised 0 not_recognised",
                "unrecognised 0 not_what_it_is_called",
                "test 6 "
            ]
        );
        let detail = read[1].reading.tally.notes[0].detail.as_deref();
        assert_eq!(detail, Some("a reader's broken belief"));
    }
}
