//! `tracerpt x.etl -of CSV`: one comma-separated line an event, ANSI, or UTF-16 with `-en Unicode`.
//!
//! Nineteen cells are fixed, the payload follows, one cell a field, without names; blanks stand around cells, strings
//! stand in quotes. The Event Name is the provider's name. Clock-Time is a FILETIME in decimal, with `-rts` the raw
//! count, which is placed where the first row (the trace's own header event) says how. How tracerpt escapes quotes and
//! line ends inside strings is not published: a quote ends a cell only before a comma and blank or at the line's end, and
//! a line that ends inside a string goes on with the lines that do not begin like a row. Form: six public parsers of
//! real output (facts: etl-format 6.1).

use std::io::Read;

use super::cells::{Part, Parts};
use super::event::{Cell, Exported, Payload, activity, bytes, unsigned};
use super::note;
use super::source::{Header, Item, Sink, quote, read, records};
use crate::fact::{Guid, InputId, Origin, Place, Stamp};
use crate::ledger::Tally;
use crate::source::Source;
use crate::source::lines::{LINE_LIMIT, Lines};

/// Comma-separated text of tracerpt.
pub const SOURCE: Source = Source {
    kind: "tracerpt_csv",
    sniff: |head| {
        let mut lines = Lines::new(head.bytes);
        lines.next().is_some_and(|line| is_header(line.text))
    },
    read: |bundle, input| read(walk, bundle, input),
    quote: |bundle, input, origins| quote(walk, bundle, input, origins),
    records: |bundle, input, sink| records(walk, bundle, input, sink),
};

const COLUMNS: [&str; 20] = [
    "Event Name",
    "Type",
    "Event ID",
    "Version",
    "Channel",
    "Level",
    "Opcode",
    "Task",
    "Keyword",
    "PID",
    "TID",
    "Processor Number",
    "Instance ID",
    "Parent Instance ID",
    "Activity ID",
    "Related Activity ID",
    "Clock-Time",
    "Kernel(ms)",
    "User(ms)",
    "User Data",
];

/// Cells before the payload.
const FIXED: usize = 19;

/// Bytes of one row that are kept while it runs over several lines.
const ROW_LIMIT: usize = LINE_LIMIT;

fn is_header(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}');
    let mut cells = line.split(',').map(str::trim);
    COLUMNS.iter().all(|own| cells.next() == Some(own)) && cells.all(str::is_empty)
}

/// Line ends that one row may hold: each is looked at again with every line that follows.
const MOST_LINES: u32 = 64;

/// A row as it is put together.
struct Pending {
    origin: Origin,
    text: String,
    lines: u32,
    damaged: bool,
    cut: bool,
    /// A line end followed.
    ended: bool,
}

fn walk(stream: &mut dyn Read, input: InputId, tally: &mut Tally, sink: &mut Sink<'_>) {
    let mut lines = Lines::new(stream);
    let mut clock = None;
    let mut pending: Option<Pending> = None;
    let mut hand_out = |row: Pending, tally: &mut Tally| {
        if row.damaged {
            tally.note(&note::DAMAGED, Some(row.origin), None);
        }
        let item = match (row.cut, row.ended) {
            (true, _) => Item::Malformed(&note::TOO_LONG, None),
            // Its last number may have lost its last digits.
            (_, false) => Item::Malformed(&note::MALFORMED, Some(note::NO_END.to_owned())),
            _ => item(&row, &mut clock),
        };
        if matches!(&item, Item::Event(event) if event.stamp == Stamp::Missing) {
            tally.note(&note::RAW_CLOCK, Some(row.origin), None);
        }
        sink(item, row.origin, &row.text, tally)
    };
    while let Some(line) = lines.next() {
        let begins = is_header(line.text) || fixed(line.text).is_some();
        let open = |row: &&mut Pending| {
            !begins
                && row.lines < MOST_LINES
                && row.text.len() + line.text.len() < ROW_LIMIT
                && ends_inside_a_string(&row.text)
        };
        if let Some(row) = pending.as_mut().filter(open) {
            row.text.push('\n');
            row.text.push_str(line.text);
            row.lines += 1;
            row.damaged |= line.damaged;
            row.cut |= line.cut;
            row.ended = line.ended;
            continue;
        }
        if pending.take().is_some_and(|row| !hand_out(row, tally)) {
            return;
        }
        if !line.text.trim().is_empty() {
            pending = Some(Pending {
                origin: Origin { input, offset: line.offset, place: Place::Line(line.number) },
                text: line.text.to_owned(),
                lines: 1,
                damaged: line.damaged,
                cut: line.cut,
                ended: line.ended,
            });
        }
    }
    if let Some(row) = pending {
        hand_out(row, tally);
    }
    if let Some(error) = lines.error() {
        tally.note(&note::UNREADABLE, None, Some(error.to_string()));
    }
}

/// The fixed cells of a line and what follows them; `None` where it does not begin like a row.
fn fixed(line: &str) -> Option<([&str; FIXED], &str)> {
    let mut cells = [""; FIXED];
    let mut rest = line;
    for cell in &mut cells {
        // A row without payload ends with its last fixed cell.
        let (head, tail) = rest.split_once(',').unwrap_or((rest, ""));
        *cell = head.trim();
        rest = tail;
    }
    let number = |at: usize| !cells[at].is_empty() && cells[at].bytes().all(|b| b.is_ascii_digit());
    let hexadecimal = |at: usize| cells[at].starts_with("0x");
    (number(2) && number(3) && hexadecimal(9) && hexadecimal(10) && number(16)).then_some((cells, rest))
}

/// Is the last string of a row still open?
fn ends_inside_a_string(row: &str) -> bool {
    fixed(row).is_some_and(|(_, payload)| Parts::new(payload).any(|cell| cell.open))
}

/// What a row says. The first header event also says how raw counts are placed.
fn item(row: &Pending, clock: &mut Option<RawClock>) -> Item {
    if is_header(&row.text) {
        return Item::Frame;
    }
    let Some((cells, payload)) = fixed(&row.text) else { return Item::Malformed(&note::MALFORMED, None) };
    let parts: Vec<Part<'_>> = Parts::new(payload).collect();
    if parts.iter().any(|part| part.open) {
        return Item::Malformed(&note::MALFORMED, Some("a string without an end".to_owned()));
    }
    let count = unsigned(cells[16]);
    if cells[0] == "EventTrace" && cells[1] == "Header" {
        let values: Vec<&str> = parts.iter().map(|part| part.text).collect();
        let (header, raw) = header(&values, count.unwrap_or(0));
        *clock = clock.take().or(raw);
        return Item::Header(header);
    }
    let mut event = Exported::at(row.origin);
    event.stamp = match (count.map_or(Stamp::Missing, Stamp::filetime), count.zip(clock.as_ref())) {
        (Stamp::Missing, Some((count, clock))) => clock.stamp(count),
        (stamp, _) => stamp,
    };
    event.provider = cells[0].to_owned();
    event.provider_id = Guid::parse(cells[0]);
    let narrow = |at: usize| unsigned(cells[at]).and_then(|n| u32::try_from(n).ok());
    let byte = |at: usize| unsigned(cells[at]).and_then(|n| u8::try_from(n).ok());
    let (Some(id), Some(version)) = (narrow(2), byte(3)) else {
        return Item::Malformed(&note::MALFORMED, None);
    };
    event.id = id;
    event.version = Some(version);
    event.level = byte(5).unwrap_or(0);
    event.opcode = byte(6);
    event.keywords = unsigned(cells[8]);
    event.process = narrow(9);
    event.thread = narrow(10);
    event.processor = narrow(11).and_then(|n| u16::try_from(n).ok());
    event.activity = activity(cells[14]);
    event.payload = match parts.as_slice() {
        [only] if only.text.is_empty() && !only.quoted => Payload::Cells(Vec::new()),
        // Without a schema the bytes stand there.
        [only] if !only.quoted && only.text.len() > 18 => match bytes(only.text) {
            Some(bytes) => Payload::Bytes(bytes),
            None => payload_of(&parts),
        },
        parts => payload_of(parts),
    };
    Item::Event(event)
}

fn payload_of(parts: &[Part<'_>]) -> Payload {
    Payload::Cells(
        parts.iter().map(|part| Cell { name: String::new(), text: part.text.to_owned() }).collect(),
    )
}

/// How raw counts become time: count and time at the beginning, counts a second.
struct RawClock {
    count: u64,
    start: u64,
    frequency: u64,
}

impl RawClock {
    fn stamp(&self, count: u64) -> Stamp {
        let ticks = (i128::from(count) - i128::from(self.count)) * 10_000_000 / i128::from(self.frequency);
        u64::try_from(i128::from(self.start) + ticks).map_or(Stamp::Missing, Stamp::filetime)
    }
}

/// The header event's payload (fields of `TRACE_LOGFILE_HEADER`): build, pointer size, events lost from the left;
/// buffers lost, clock type, start, frequency from the right, because names and a time zone of unknown width stand
/// between. What is not plausible there is not used.
fn header(values: &[&str], count: u64) -> (Header, Option<RawClock>) {
    let number = |at: usize| values.get(at).and_then(|text| unsigned(text));
    let right = |back: usize| values.len().checked_sub(back).filter(|at| *at > 12).and_then(number);
    let start = right(3).filter(|ticks| Stamp::filetime(*ticks) != Stamp::Missing);
    let kind = right(2).filter(|kind| *kind <= 3);
    let frequency = right(4).filter(|frequency| (1_000..=100_000_000_000).contains(frequency));
    let frequency = match kind {
        Some(3) => number(12).and_then(|megahertz| megahertz.checked_mul(1_000_000)).filter(|f| *f > 0),
        Some(2) => Some(10_000_000),
        _ => frequency,
    };
    let header = Header {
        stamp: match (Stamp::filetime(count), start) {
            (Stamp::Missing, Some(start)) => Stamp::filetime(start),
            (stamp, _) => stamp,
        },
        mode: number(7),
        build: number(2).and_then(|build| u32::try_from(build).ok()).filter(|build| *build >= 6000),
        pointer: number(10).filter(|size| matches!(size, 4 | 8)).map(|size| size as usize),
        lost: number(11).unwrap_or(0),
        buffers_lost: start.and(kind).and(right(1)).unwrap_or(0),
    };
    let raw = start.zip(frequency).filter(|_| kind.is_some() && Stamp::filetime(count) == Stamp::Missing);
    (header, raw.map(|(start, frequency)| RawClock { count, start, frequency }))
}
