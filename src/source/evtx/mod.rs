//! Windows event logs (`.evtx`), live, archived or exported, and the message texts saved beside them (`.MTA`).
//!
//! Records are read through the evtx crate; their values stay typed and are found by their templates. What an
//! event means is decided in [`super::event`]; here it is only whose record it is, when it was made, and which
//! stretches of its log are complete. A record of a provider that says nothing here is never decoded beyond
//! its `System` part.

mod coverage;
mod note;
mod outline;
mod quote;
mod record;
mod skim;
mod template;
#[cfg(test)]
mod tests;
mod walk;
mod xml;

use evtx::mta::MtaFile;

use self::coverage::{Breaks, Runs};
use self::walk::{CHUNK, Found, HEADER, Met, Walk, walk};
use super::event::shown::iso;
use super::event::{self, Meaning, Trace, level_name};
use super::{Head, Reading, Row, Source};
use crate::bundle::{Bundle, Input};
use crate::fact::{Claim, ClockClaim, Fact, Name, Origin, Stamp, TimeBase};
use crate::ledger::{Entry, Severity, Tally};

/// Event logs.
pub const SOURCE: Source = Source {
    kind: "evtx",
    sniff: is_log,
    read: |bundle, input| {
        let mut reading = Reading::new(input);
        match bundle.stream(input) {
            Ok(mut stream) => read(&mut *stream, &mut reading, false),
            Err(error) => reading.tally.note(&note::READ_FAILED, None, Some(error.to_string())),
        }
        reading
    },
    quote,
    records,
};

/// Message texts of exported logs.
pub const MESSAGES: Source = Source {
    kind: "mta",
    sniff: |head| head.bytes.starts_with(b"MTAFile\0"),
    read: |bundle, input| {
        let mut reading = Reading::new(input);
        reading.tally = messages(bundle, input);
        reading
    },
    quote: |_, _, origins| vec![None; origins.len()],
    records: |bundle, input, _| messages(bundle, input),
};

/// A whole header, or a destroyed one before a chunk where the first chunk stands.
fn is_log(head: &Head<'_>) -> bool {
    head.bytes.starts_with(b"ElfFile\0")
        || head.bytes.get(HEADER..).is_some_and(|chunk| chunk.starts_with(b"ElfChnk\0"))
}

/// `careful` reads also what could be passed over; nothing may differ.
fn read(source: &mut (dyn std::io::Read + Send), reading: &mut Reading, careful: bool) {
    reading.time_base = TimeBase::Utc;
    let input = reading.tally.input;
    let mut runs = Runs::default();
    let mut trace = Trace::new();
    let mut converted = false;
    let mut sink = |met: Met<'_>, tally: &mut Tally| {
        let found = match met {
            Met::Record(found) => found,
            Met::Passed(passed, writer, origin) => {
                let stamp = passed.time.unwrap_or(Stamp::Missing);
                if stamp == Stamp::Missing {
                    tally.note(&note::TIME_DAMAGED, Some(origin), None);
                }
                tally.count(Entry::Silent);
                converted |= !writer.reports && !writer.computer.trim().is_empty();
                let number = passed.record_id.unwrap_or(passed.number);
                if number != passed.number {
                    runs.exported();
                }
                runs.add(&coverage::Entry {
                    channel: &writer.channel,
                    computer: if writer.reports { &writer.computer } else { "" },
                    number,
                    time: if let Stamp::Utc(nanos) = stamp { Some(nanos) } else { None },
                    breaks: Breaks::No,
                });
                return true;
            }
        };
        let record = &found.record;
        let stamp = record.time.unwrap_or(Stamp::Missing);
        if stamp == Stamp::Missing {
            tally.note(&note::TIME_DAMAGED, Some(found.origin), None);
        }
        let fields = record.fields();
        let before = trace.facts().len();
        trace.take(&record.occurrence(&fields, stamp, found.origin), tally);
        let told = &trace.facts()[before..];
        let reports = record.reporter().is_some();
        converted |= !reports && !record.computer.trim().is_empty();
        let number = record.record_id.unwrap_or(found.number);
        if number != found.number {
            runs.exported();
        }
        runs.add(&coverage::Entry {
            channel: &record.channel,
            computer: if reports { &record.computer } else { "" },
            number,
            time: if let Stamp::Utc(nanos) = stamp { Some(nanos) } else { None },
            breaks: breaks(told, &record.channel),
        });
        true
    };
    let how = Walk { input, chunks: &|_| true, wanted: Some(&event::may_speak), careful };
    walk(&how, source, &mut reading.tally, &mut sink);
    reading.node = runs.computer();
    let tally = &mut reading.tally;
    if tally.entries == tally.malformed {
        // Nothing was there, or nothing of it could be read.
        let damaged = tally.worst() >= Some(Severity::DataLost);
        tally.note(if damaged { &note::NOTHING_READABLE } else { &note::NO_RECORDS }, None, None);
    }
    if converted {
        tally.note(&note::CONVERTED, None, None);
    }
    let (coverage, missing) = runs.finish(input);
    reading.coverage = coverage;
    // A record that could not be read is counted as such, and leaves a hole in the numbers too.
    let lost = missing.saturating_sub(tally.malformed);
    if lost > 0 {
        tally.lost += lost;
        tally.note(&note::RECORDS_MISSING, None, Some(format!("{lost} records")));
    }
    if missing > 0 || tally.malformed > 0 {
        // What the missing records moved is known nowhere.
        trace.gap(i64::MIN, i64::MAX);
    }
    let told = trace.finish(tally);
    reading.facts = told.facts;
    reading.cluster = told.cluster;
}

/// Does what was logged here say that the log before or after is not complete?
fn breaks(facts: &[Fact], channel: &str) -> Breaks {
    facts.iter().fold(Breaks::No, |found, fact| match &fact.claim {
        Claim::Clock(ClockClaim::LogService { started: true }) => Breaks::Before,
        Claim::Clock(ClockClaim::LogService { started: false }) => Breaks::After,
        Claim::Clock(ClockClaim::LogCleared { channel: cleared }) if *cleared == Name::new(channel) => {
            Breaks::Before
        }
        _ => found,
    })
}

fn quote(bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    let mut texts = vec![None; origins.len()];
    let Ok(mut stream) = bundle.stream(input) else { return texts };
    let texts_beside = quote::messages(bundle, input);
    let chunk_of = |offset: u64| offset.checked_sub(HEADER as u64).map(|at| at / CHUNK as u64);
    let chunks: Vec<u64> = origins.iter().filter_map(|o| chunk_of(o.offset)).collect();
    let Some(last) = origins.last().map(|o| o.offset) else { return texts };
    let mut sink = |met: Met<'_>, tally: &mut Tally| {
        let Met::Record(found) = met else { return true };
        tally.count(Entry::Silent);
        let from = origins.partition_point(|o| o.offset < found.origin.offset);
        let same = origins[from..].iter().take_while(|o| o.offset == found.origin.offset).count();
        if same > 0 {
            let line = quote::line(&found, texts_beside.as_ref());
            texts[from..from + same].fill(Some(line));
        }
        found.origin.offset < last
    };
    let how = Walk {
        input: input.id,
        chunks: &|index| chunks.binary_search(&index).is_ok(),
        wanted: None,
        careful: true,
    };
    walk(&how, &mut *stream, &mut Tally::new(input.id), &mut sink);
    texts
}

fn records(bundle: &Bundle, input: &Input, rows: &mut dyn FnMut(Row) -> bool) -> Tally {
    let mut tally = Tally::new(input.id);
    let mut stream = match bundle.stream(input) {
        Ok(stream) => stream,
        Err(error) => {
            tally.note(&note::READ_FAILED, None, Some(error.to_string()));
            return tally;
        }
    };
    let mut sink = |met: Met<'_>, tally: &mut Tally| {
        let Met::Record(found) = met else { return true };
        let fields = found.record.fields();
        tally.count(match event::meaning(&found.record.event(&fields)) {
            Meaning::Claims(_) => Entry::Facts,
            Meaning::Silent | Meaning::Foreign => Entry::Silent,
            Meaning::Unknown => Entry::Unknown,
            Meaning::Malformed => Entry::Malformed,
        });
        rows(row(&found))
    };
    let how = Walk { input: input.id, chunks: &|_| true, wanted: None, careful: true };
    walk(&how, &mut *stream, &mut tally, &mut sink);
    tally
}

/// The record before meaning. What stands in `System` beyond the row's own columns comes first, marked `@`.
fn row(found: &Found) -> Row {
    let record = &found.record;
    let time = record.time.and_then(iso).unwrap_or_default();
    let mut fields = vec![("@Channel".to_owned(), record.channel.clone())];
    if let Some(version) = record.version {
        fields.push(("@Version".to_owned(), version.to_string()));
    }
    if let Some(user) = &record.user {
        fields.push(("@UserID".to_owned(), user.clone()));
    }
    if record.time != Some(found.written) {
        fields.push(("@Written".to_owned(), iso(found.written).unwrap_or_default()));
    }
    fields.extend(record.fields().iter().map(|f| (f.name.to_owned(), quote::shown(&f.value))));
    Row {
        origin: found.origin,
        time,
        stamp: record.time.unwrap_or(Stamp::Missing),
        node: record.computer.clone(),
        provider: record.provider.clone(),
        id: Some(record.id),
        level: level_name(record.level).to_owned(),
        fields,
    }
}

fn messages(bundle: &Bundle, input: &Input) -> Tally {
    let mut tally = Tally::new(input.id);
    let parsed = bundle.bytes(input, input.bytes.max(1)).map_err(|e| e.to_string());
    match parsed.and_then(|bytes| MtaFile::from_bytes(&bytes).map_err(|e| e.to_string())) {
        Ok(file) => tally.count_many(Entry::Silent, file.event_count() as u64),
        Err(error) => {
            tally.count(Entry::Malformed);
            tally.note(&note::MTA_DAMAGED, None, Some(error));
        }
    }
    tally
}
