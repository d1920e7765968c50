//! The text of `xperf -i x.etl` (`-a dumper`): a head that names the columns of each kind of event, one line that says
//! when the trace began and what was lost, then one comma-separated line an event.
//!
//! Times are microseconds since the beginning, cells are blank-padded, payload fields have the names of the head. Kinds of
//! manifest events are named `Provider/Task/Opcode`: the id is dropped. It is put back where exactly one event of the
//! provider's shipped schema has that task, opcode and those fields; otherwise the event stays unknown. Form: published
//! dumps (facts: etl-format 6.4).

use std::collections::BTreeMap;
use std::io::Read;

use super::cells::Parts;
use super::event::{Cell, Exported, Payload, activity, unsigned};
use super::note;
use super::source::{Header, Item, Sink, quote, read, records};
use crate::fact::{Guid, InputId, Origin, Place, Stamp};
use crate::ledger::Tally;
use crate::source::Source;
use crate::source::etw::schema::{Family, catalogue};
use crate::source::event;
use crate::source::lines::Lines;

/// Text of xperf's dumper.
pub const SOURCE: Source = Source {
    kind: "xperf_text",
    sniff: |head| {
        let mut lines = Lines::new(head.bytes);
        while let Some(line) = lines.next() {
            match line.text.trim() {
                "" => {}
                text => return text == "BeginHeader",
            }
        }
        false
    },
    read: |bundle, input| read(walk, bundle, input),
    quote: |bundle, input, origins| quote(walk, bundle, input, origins),
    records: |bundle, input, sink| records(walk, bundle, input, sink),
};

/// A kind of event, by the head.
struct Kind {
    columns: Vec<String>,
    /// Provider, where it is one of ours.
    provider: Option<(&'static str, Guid)>,
    id: u32,
    version: Option<u8>,
    opcode: Option<u8>,
}

#[derive(Default)]
struct State {
    in_head: bool,
    kinds: BTreeMap<String, Kind>,
    /// Columns as the head gives them, until the build is known.
    columns: BTreeMap<String, Vec<String>>,
    build: u32,
    start: Option<u64>,
}

/// Kinds of events that a head may name; Windows has some ten thousand.
const MOST_KINDS: usize = 1 << 16;

fn walk(stream: &mut dyn Read, input: InputId, tally: &mut Tally, sink: &mut Sink<'_>) {
    let mut lines = Lines::new(stream);
    let mut state = State::default();
    while let Some(line) = lines.next() {
        if line.text.trim().is_empty() {
            continue;
        }
        let origin = Origin { input, offset: line.offset, place: Place::Line(line.number) };
        if line.damaged {
            tally.note(&note::DAMAGED, Some(origin), None);
        }
        let item =
            if line.cut { Item::Malformed(&note::TOO_LONG, None) } else { state.item(line.text, origin) };
        if matches!(&item, Item::Event(event) if event.stamp == Stamp::Missing) && state.start.is_none() {
            tally.note(&note::NO_START, Some(origin), None);
        }
        if !sink(item, origin, line.text, tally) {
            return;
        }
    }
    if let Some(error) = lines.error() {
        tally.note(&note::UNREADABLE, None, Some(error.to_string()));
    }
}

impl State {
    fn item(&mut self, text: &str, origin: Origin) -> Item {
        match text.trim() {
            "BeginHeader" => {
                self.in_head = true;
                return Item::Frame;
            }
            "EndHeader" => {
                self.in_head = false;
                return Item::Frame;
            }
            line if line.starts_with("OS Version:") => return Item::Header(self.header(line)),
            line if line.starts_with("FirstReliable") => return Item::Frame,
            _ => {}
        }
        if self.in_head {
            let mut names = Parts::new(text).map(|part| part.text.to_owned());
            let name = names.next().unwrap_or_default();
            if self.columns.len() < MOST_KINDS && !name.is_empty() {
                self.columns.insert(name, names.collect());
            }
            return Item::Frame;
        }
        self.event(text, origin).unwrap_or(Item::Malformed(&note::MALFORMED, None))
    }

    /// `OS Version: 10.0.19043, Trace Size: ..., Events Lost: 0, Buffers lost: 0, Trace Start: 132675686690347142, ...`
    fn header(&mut self, line: &str) -> Header {
        let value = |name: &str| {
            let pairs = line.split(',').filter_map(|part| part.split_once(':'));
            pairs.map(|(own, value)| (own.trim(), value.trim())).find(|(own, _)| *own == name).map(|(_, v)| v)
        };
        self.start = value("Trace Start").and_then(unsigned);
        let build = value("OS Version").and_then(|version| version.split('.').nth(2)?.parse().ok());
        self.build = build.unwrap_or(0);
        Header {
            stamp: self.start.map_or(Stamp::Missing, Stamp::filetime),
            mode: None,
            build,
            pointer: value("PointerSize")
                .and_then(unsigned)
                .filter(|size| matches!(size, 4 | 8))
                .map(|size| size as usize),
            lost: value("Events Lost").and_then(unsigned).unwrap_or(0),
            buffers_lost: value("Buffers lost").and_then(unsigned).unwrap_or(0),
        }
    }

    fn event(&mut self, text: &str, origin: Origin) -> Option<Item> {
        let mut parts = Parts::new(text);
        let name = parts.next()?.text;
        let micros: u64 = parts.next()?.text.parse().ok()?;
        let mut event = Exported::at(origin);
        let ticks =
            micros.checked_mul(10).zip(self.start).and_then(|(ticks, start)| start.checked_add(ticks));
        event.stamp = ticks.map_or(Stamp::Missing, Stamp::filetime);
        event.provider = name.split('/').next().unwrap_or(name).to_owned();
        if !self.kinds.contains_key(name) {
            let columns = self.columns.remove(name).unwrap_or_default();
            if self.kinds.len() < MOST_KINDS {
                self.kinds.insert(name.to_owned(), Kind::new(name, columns, self.build));
            }
        }
        // An event that the head does not name: what stands in it is not known.
        let Some(kind) = self.kinds.get(name) else { return Some(Item::Event(event)) };
        if let Some((provider, guid)) = kind.provider {
            event.provider = provider.to_owned();
            event.provider_id = Some(guid);
        }
        (event.id, event.version, event.opcode) = (kind.id, kind.version, kind.opcode);
        let mut cells = Vec::new();
        let mut columns = kind.columns.iter().skip(1);
        for part in parts {
            if part.open {
                return None;
            }
            let column = columns.next().map_or("", String::as_str);
            let narrow = || unsigned(part.text).and_then(|n| u32::try_from(n).ok());
            match column {
                name if name.starts_with("Process Name") => event.process = process(part.text),
                "ThreadID" => event.thread = narrow(),
                "CPU" => event.processor = narrow().and_then(|n| u16::try_from(n).ok()),
                "etw:ActivityId" => event.activity = activity(part.text),
                name if name.starts_with("etw:") => {}
                name => cells.push(Cell { name: name.to_owned(), text: part.text.to_owned() }),
            }
        }
        event.payload = Payload::Cells(cells);
        Some(Item::Event(event))
    }
}

/// The number in `powershell.exe (13872)`.
fn process(text: &str) -> Option<u32> {
    let (_, id) = text.rsplit_once('(')?;
    id.strip_suffix(')')?.trim().parse().ok()
}

/// Columns that are no payload.
fn is_frame(column: &str) -> bool {
    column.starts_with("etw:")
        || column.starts_with("Process Name")
        || matches!(column, "TimeStamp" | "ThreadID" | "CPU")
}

impl Kind {
    fn new(name: &str, columns: Vec<String>, build: u32) -> Self {
        let mut out = Self { columns, provider: None, id: 0, version: None, opcode: None };
        let mut parts = name.split('/');
        let provider = parts.next().and_then(|name| event::provider(name, None));
        let Some((provider, guid)) = provider.and_then(|p| Some((p.names[0], Guid::parse(p.guid)?))) else {
            return out;
        };
        out.provider = Some((provider, guid));
        let (task, opcode) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let opcode = opcode.strip_prefix("win:").unwrap_or(opcode);
        let fields: Vec<&str> = out.columns.iter().map(String::as_str).filter(|c| !is_frame(c)).collect();
        let mut found: Vec<(u32, u8)> = catalogue()
            .of_provider(guid, build)
            .filter(|(key, layout)| {
                let own = if layout.opcode.is_empty() { "Info" } else { &*layout.opcode };
                key.family == Family::Event
                    && (layout.task.eq_ignore_ascii_case(task) || layout.event.eq_ignore_ascii_case(task))
                    && (opcode.is_empty() || own.eq_ignore_ascii_case(opcode))
                    && layout.nodes.iter().map(|node| &*node.name).eq(fields.iter().copied())
            })
            .map(|(key, _)| (u32::from(key.number), key.version))
            .collect();
        found.dedup();
        if let [(id, version)] = found.as_slice() {
            (out.id, out.version) = (*id, Some(*version));
            out.opcode = match opcode {
                "Start" => Some(1),
                "Stop" => Some(2),
                _ => None,
            };
        }
        out
    }
}
