//! cluster.log: the text that `Get-ClusterLog` renders, of Windows Server 2008 to 2025, as collected or as
//! pasted into a ticket.
//!
//! A file is read in one pass and constant memory: `reader` makes lines, `entry` joins them to entries,
//! `line` takes the fixed part of an entry apart, `form` (engine lines, by tag) and `event_text` (event texts)
//! say what it means, `table` reads the state in front of the log. Refused on purpose: to guess the time base
//! (the clock stage proves it), to read sentences that are not published (`[DCM]`, `[RES] Virtual Machine`), and to
//! claim that an excerpt is complete.

mod coverage;
mod entry;
pub mod event_text;
pub mod form;
pub mod line;
mod note;
pub mod pieces;
pub mod quick;
mod raw;
mod record;
pub mod rows;
mod scan;
mod section;
mod skim;
mod table;
mod witness;

use std::io::Read;

pub use self::scan::Part;

use self::entry::{Next, Unit, units};
use self::line::Line;
use self::scan::Scan;
use self::section::Section;
use self::skim::skimming;
use super::lines::Lines;
use super::{Head, Reading, Row, Source};
use crate::bundle::{Bundle, Input};
use crate::fact::Origin;
use crate::ledger::Tally;

/// The format.
pub const SOURCE: Source = Source { kind: "cluster_log", sniff, read, quote, records };

/// How many lines of the head are looked at.
const SNIFFED: usize = 400;

/// A section header or one complete prefix says it; without either, a text most of whose lines begin with a
/// level and a tag of the engine is an excerpt of one.
fn sniff(head: &Head<'_>) -> bool {
    let mut lines = Lines::new(head.bytes);
    let (mut text, mut bare) = (0, 0);
    for _ in 0..SNIFFED {
        let Some(raw) = lines.next() else { break };
        if entry::section(raw.text).is_some() {
            return true;
        }
        if raw.text.trim().is_empty() {
            continue;
        }
        text += 1;
        let Some(begin) = line::begin(raw.text) else { continue };
        let parsed = raw.text.get(begin.skip..).map(Line::parse);
        match parsed {
            Some(Ok(line)) if !line.time.is_empty() => return true,
            Some(Ok(_)) => bare += 1,
            _ => {}
        }
    }
    bare > 0 && bare * 2 >= text
}

fn read(bundle: &Bundle, input: &Input) -> Reading {
    match bundle.stream(input) {
        Ok(stream) => read_from(input, stream),
        Err(error) => {
            let mut reading = Reading::new(input);
            reading.tally.note(&note::UNREADABLE, None, Some(error.to_string()));
            reading
        }
    }
}

/// Reads a stream as this input.
fn read_from(input: &Input, stream: impl Read + Send) -> Reading {
    let mut scan = Scan::new(input);
    skimming(stream, |lines| {
        units(lines, &mut |spot, unit| {
            scan.unit(spot, &unit);
            Next::Go
        });
        scan.finish(lines.error())
    })
}

/// The same with a careful look at every line.
#[cfg(test)]
fn read_without_skimming(input: &Input, stream: impl Read) -> Reading {
    let mut lines = Lines::new(stream);
    let mut scan = Scan::new(input);
    units(&mut lines, &mut |spot, unit| {
        scan.unit(spot, &unit);
        Next::Go
    });
    scan.finish(lines.error())
}

/// How much of a file is looked at for what stands in front of its log.
const FRONT: u64 = 1 << 20;

/// What a file says in front of its log: of which node it is, and how it prints times.
pub fn head(bundle: &Bundle, input: &Input) -> Reading {
    let Ok(stream) = bundle.stream(input) else { return Reading::new(input) };
    let mut lines = Lines::new(stream.take(FRONT));
    let mut scan = Scan::new(input);
    units(&mut lines, &mut |spot, unit| {
        let on = match unit {
            Unit::Section(name) => Section::named(name) == Section::Cluster,
            Unit::Entry { .. } => false,
            _ => true,
        };
        if !on {
            return Next::Stop;
        }
        scan.unit(spot, &unit);
        Next::Go
    });
    scan.finish(None)
}

fn quote(bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    match bundle.stream(input) {
        Ok(stream) => quote_from(stream, origins),
        Err(_) => vec![None; origins.len()],
    }
}

/// The units at `origins`, in one pass that skips what lies between them.
fn quote_from(stream: impl Read, origins: &[Origin]) -> Vec<Option<String>> {
    let mut out = Vec::with_capacity(origins.len());
    let Some(first) = origins.first() else { return out };
    let mut lines = Lines::new(stream);
    lines.skip_to(first.offset);
    units(&mut lines, &mut |spot, unit| {
        let text = match unit {
            Unit::Entry { text, .. } | Unit::Plain(text) => Some(text.trim_end().to_owned()),
            Unit::Section(name) => Some(format!("[=== {name} ===]")),
            Unit::Blank | Unit::Passed(_) => None,
        };
        while let Some(origin) = origins.get(out.len()).filter(|origin| origin.offset <= spot.offset) {
            out.push(text.clone().filter(|_| origin.offset == spot.offset));
        }
        origins.get(out.len()).map_or(Next::Stop, |origin| Next::At(origin.offset))
    });
    out.resize(origins.len(), None);
    out
}

fn records(bundle: &Bundle, input: &Input, sink: &mut dyn FnMut(Row) -> bool) -> Tally {
    match bundle.stream(input) {
        Ok(stream) => records_from(input, stream, sink),
        Err(_) => read(bundle, input).tally,
    }
}

/// Every entry, table row and header line of a stream.
fn records_from(input: &Input, stream: impl Read, sink: &mut dyn FnMut(Row) -> bool) -> Tally {
    let mut lines = Lines::new(stream);
    let mut scan = Scan::new(input);
    units(&mut lines, &mut |spot, unit| {
        scan.unit(spot, &unit);
        let wanted = record::row(&scan, spot, &unit).is_none_or(&mut *sink);
        if wanted { Next::Go } else { Next::Stop }
    });
    scan.finish(lines.error()).tally
}

#[cfg(test)]
mod tests;
