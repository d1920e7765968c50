//! Performance counters of Cluster Shared Volumes, as `relog`, `typeperf`, `logman` and Performance Monitor write them
//! to text: comma-separated (`PDH-CSV`) or tab-separated (`PDH-TSV`), local time, one line a sample, any number of nodes.
//!
//! Gives measured traffic by way and the volume's state. Refuses to name a volume by an instance of the Volume Manager,
//! to count the sum of all instances, and to count one quantity from two sets. Localised counter names are not known.
//! The binary form is recognised and not read ([`BLG`]).

mod blg;
mod cells;
mod note;
mod path;
mod plan;
mod series;
mod set;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use self::cells::{Cells, local_time, value};
use self::plan::{Plan, is_header};
use self::series::{Sample, Series};
use super::lines::Lines;
use super::{Reading, Row, Source};
use crate::bundle::{Bundle, Input};
use crate::fact::{Fact, InputId, Name, Origin, Place, Stamp, TimeBase};
use crate::ledger::{Entry, Tally};

pub use blg::SOURCE as BLG;

/// Counter logs in text.
pub const SOURCE: Source = Source {
    kind: "counters",
    sniff: |head| {
        // What typeperf prints begins with a blank line.
        let mut lines = Lines::new(head.bytes);
        while let Some(line) = lines.next() {
            if !line.text.trim().is_empty() {
                return is_header(line.text);
            }
        }
        false
    },
    read: |bundle, input| {
        let mut reading = Reading::new(input);
        if let Some(stream) = open(bundle, input, &mut reading.tally) {
            read(stream, &mut reading);
        }
        reading
    },
    quote,
    records,
};

/// The longest line: a header of a hundred thousand counters.
const LINE_LIMIT: usize = 16 << 20;

fn open<'a>(bundle: &'a Bundle, input: &Input, tally: &mut Tally) -> Option<Box<dyn Read + Send + 'a>> {
    let opened = bundle.stream(input);
    opened.map_err(|error| tally.note(&note::UNREADABLE, None, Some(error.to_string()))).ok()
}

/// One line of a log that is not blank.
enum Line<'a> {
    /// Names the columns of the samples below it.
    Header(Plan, &'a str),
    /// A line that should name columns and cannot be read.
    Broken,
    Sample(&'a str),
    /// A last sample that is not whole.
    Cut,
}

/// Hands every line to `sink` with its place, until it answers `false`.
fn lines<R: Read>(
    stream: R,
    input: InputId,
    tally: &mut Tally,
    sink: &mut dyn FnMut(Line<'_>, Origin, u64, &mut Tally) -> bool,
) {
    let mut lines = Lines::with_limit(stream, LINE_LIMIT);
    let unit = lines.unit();
    while let Some(line) = lines.next() {
        if line.text.trim().is_empty() {
            continue;
        }
        let origin = Origin { input, offset: line.offset, place: Place::Line(line.number) };
        let what = match is_header(line.text) {
            true if line.cut => Line::Broken,
            true => Plan::read(line.text).map_or(Line::Broken, |plan| Line::Header(plan, line.text)),
            // A last value may have lost its last digits; closed by its quote it is whole.
            false if !line.ended && !line.text.ends_with('"') => Line::Cut,
            false => Line::Sample(line.text),
        };
        if !sink(what, origin, unit, tally) {
            return;
        }
    }
    if let Some(error) = lines.error() {
        tally.note(&note::UNREADABLE, None, Some(error.to_string()));
    }
}

/// The time and kept cells of a sample; `None` where it is none of this header's.
fn sample(
    plan: &Plan,
    text: &str,
    at: Origin,
    unit: u64,
    values: &mut BTreeMap<usize, (Origin, Option<f64>)>,
) -> Option<i64> {
    values.clear();
    let mut time = None;
    let mut kept = plan.kept.keys().copied().peekable();
    let mut cells = 0;
    for (index, (offset, cell)) in Cells::new(text, plan.delimiter).enumerate() {
        cells = index + 1;
        if index == 0 {
            time = local_time(cell);
        } else if kept.next_if_eq(&index).is_some() {
            let origin = Origin { offset: at.offset + offset as u64 * unit, ..at };
            values.insert(index, (origin, value(cell)));
        }
    }
    time.filter(|_| cells == plan.cells)
}

fn read<R: Read>(stream: R, reading: &mut Reading) {
    let input = reading.tally.input;
    let mut tally = std::mem::replace(&mut reading.tally, Tally::new(input));
    let mut logs = Logs::default();
    let mut series: Option<Series> = None;
    let mut values = BTreeMap::new();
    lines(stream, input, &mut tally, &mut |line, at, unit, tally| {
        match line {
            Line::Header(plan, _) => {
                logs.end(series.take());
                logs.header(&plan, at, tally);
                tally.count(Entry::Silent);
                series = Some(Series::new(plan));
            }
            Line::Broken => {
                logs.end(series.take());
                tally.count(Entry::Malformed);
                tally.note(&note::HEADER_UNREADABLE, Some(at), None);
            }
            Line::Cut => {
                tally.count(Entry::Malformed);
                tally.note(&note::SAMPLE_MALFORMED, Some(at), None);
            }
            Line::Sample(text) => {
                let Some(series) = &mut series else {
                    tally.count(Entry::Malformed);
                    return true;
                };
                match sample(&series.plan, text, at, unit, &mut values) {
                    Some(time) => {
                        let used = series.sample(&Sample { time, values: &values }, at, tally);
                        tally.count(if used { Entry::Facts } else { Entry::Silent });
                    }
                    None => {
                        series.gap();
                        tally.count(Entry::Malformed);
                        tally.note(&note::SAMPLE_MALFORMED, Some(at), None);
                    }
                }
            }
        }
        true
    });
    logs.end(series);
    reading.tally = tally;
    reading.time_base = TimeBase::Local { offset_minutes: logs.bias.flatten() };
    let mut nodes = logs.nodes.into_iter();
    reading.node = nodes.next().filter(|_| nodes.next().is_none());
    reading.facts = logs.facts;
}

/// What the logs of one file, usually one, came to.
#[derive(Default)]
struct Logs {
    facts: Vec<Fact>,
    nodes: BTreeSet<Name>,
    /// Minutes to add to local time at the end of the file; `Some(None)` where a header does not say or two disagree.
    bias: Option<Option<i32>>,
}

impl Logs {
    fn header(&mut self, plan: &Plan, at: Origin, tally: &mut Tally) {
        if plan.bias.is_none() {
            tally.note(&note::BASE_UNSAID, Some(at), None);
        }
        if plan.groups.is_empty() {
            tally.note(&note::NONE_OF_OURS, Some(at), None);
        }
        self.bias = Some(match self.bias {
            Some(before) if before != plan.bias => None,
            _ => plan.bias,
        });
        self.nodes.extend(plan.nodes.iter().cloned());
    }

    fn end(&mut self, series: Option<Series>) {
        let Some((facts, shifted)) = series.map(Series::finish) else { return };
        self.facts.extend(facts);
        // The header holds for the beginning. An hour put forward is one hour less to UTC from then on.
        self.bias = self.bias.map(|bias| bias.map(|minutes| minutes - 60 * shifted));
    }
}

fn quote(bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    let mut out = vec![None; origins.len()];
    let mut tally = Tally::new(input.id);
    let Some(stream) = open(bundle, input, &mut tally) else { return out };
    let mut plan: Option<Plan> = None;
    let mut next = 0;
    lines(stream, input.id, &mut tally, &mut |line, at, unit, _| {
        match line {
            Line::Header(read, _) => plan = Some(read),
            Line::Broken => plan = None,
            Line::Cut => {}
            Line::Sample(text) => {
                // Offsets between this line and the next are its line end's: nothing stands there.
                while next < origins.len() && origins[next].offset < at.offset {
                    next += 1;
                }
                let end = at.offset + text.len() as u64 * unit;
                while next < origins.len() && origins[next].offset < end {
                    out[next] = plan.as_ref().and_then(|plan| quoted(plan, text, at, unit, origins[next]));
                    next += 1;
                }
            }
        }
        next < origins.len()
    });
    out
}

/// The time of a sample and the cells of the group that begins at the origin, each under its path.
fn quoted(plan: &Plan, text: &str, line: Origin, unit: u64, origin: Origin) -> Option<String> {
    let cells: Vec<(usize, &str)> = Cells::new(text, plan.delimiter).collect();
    let place = |(offset, _): &(usize, &str)| line.offset + *offset as u64 * unit == origin.offset;
    let index = cells.iter().position(place)?;
    let group = plan.groups.iter().find(|group| group.first() == index)?;
    let shown = group.indices().into_iter().filter_map(|index| {
        let (path, (_, cell)) = (plan.kept.get(&index)?, cells.get(index)?);
        Some(format!("{path} = {}", cell.trim()))
    });
    Some(format!("{}  {}", cells.first()?.1, shown.collect::<Vec<_>>().join("; ")))
}

fn records(bundle: &Bundle, input: &Input, sink: &mut dyn FnMut(Row) -> bool) -> Tally {
    let mut tally = Tally::new(input.id);
    let Some(stream) = open(bundle, input, &mut tally) else { return tally };
    let mut header: Option<(Plan, Vec<String>)> = None;
    lines(stream, input.id, &mut tally, &mut |line, at, _, tally| match line {
        Line::Header(plan, text) => {
            tally.count(Entry::Silent);
            let names = Cells::new(text, plan.delimiter).map(|(_, cell)| cell.to_owned()).collect();
            header = Some((plan, names));
            true
        }
        Line::Broken => {
            tally.count(Entry::Malformed);
            tally.note(&note::HEADER_UNREADABLE, Some(at), None);
            header = None;
            true
        }
        Line::Cut => {
            tally.count(Entry::Malformed);
            tally.note(&note::SAMPLE_MALFORMED, Some(at), None);
            true
        }
        Line::Sample(text) => match header.as_ref().and_then(|(plan, names)| row(plan, names, text, at)) {
            Some(row) => {
                tally.count(Entry::Silent);
                sink(row)
            }
            None => {
                tally.count(Entry::Malformed);
                tally.note(&note::SAMPLE_MALFORMED, Some(at), None);
                true
            }
        },
    });
    tally
}

/// A sample before meaning: every counter that has a value.
fn row(plan: &Plan, names: &[String], text: &str, at: Origin) -> Option<Row> {
    let mut cells = Cells::new(text, plan.delimiter);
    let time = local_time(cells.next()?.1)?;
    let mut fields = Vec::new();
    let mut count = 1;
    for ((_, cell), name) in cells.by_ref().zip(names.iter().skip(1)) {
        count += 1;
        if !cell.trim().is_empty() {
            fields.push((name.clone(), cell.trim().to_owned()));
        }
    }
    if count != plan.cells || cells.next().is_some() {
        return None;
    }
    let node = plan.nodes.iter().next().filter(|_| plan.nodes.len() == 1);
    Some(Row {
        origin: at,
        time: local_iso(time)?,
        stamp: Stamp::Local(time),
        node: node.map(|node| node.as_str().to_owned()).unwrap_or_default(),
        provider: if plan.delimiter == b',' { "PDH-CSV" } else { "PDH-TSV" }.to_owned(),
        id: None,
        level: String::new(),
        fields,
    })
}

/// Local time, without a zone: `2026-11-27T10:00:01.000`.
fn local_iso(nanos: i64) -> Option<String> {
    let Stamp::File(nanos) = Stamp::file(nanos) else { return None };
    Some(chrono::DateTime::from_timestamp_nanos(nanos).format("%Y-%m-%dT%H:%M:%S%.3f").to_string())
}
