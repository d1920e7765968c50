//! What all text forms of a trace share: reading into facts, quoting, handing out records.
//!
//! A form is a walk over its bytes that hands out [`Item`]s in file order; this file keeps the account. Memory is one
//! event and what the fold keeps open.

use std::io::Read;

use super::event::{Exported, Fields, Schema, borrowed};
use super::note;
use crate::bundle::{Bundle, Input};
use crate::fact::{Claim, Fact, InputId, NodeClaim, NodeRef, Origin, Stamp, TimeBase};
use crate::ledger::{Entry, NoteKind, Severity, Tally};
use crate::source::event::{Meaning, Trace, Value, iso_utc, level_name, meaning, provider};
use crate::source::{Reading, Row};

/// What a walk meets.
pub(super) enum Item {
    Event(Exported),
    /// What the trace says of itself. The build and pointer size hold for the events after it.
    Header(Header),
    /// Something of the form itself that says nothing.
    Frame,
    /// An entry that cannot be read.
    Malformed(&'static NoteKind, Option<String>),
}

/// What a trace says of itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// When the trace began.
    pub(super) stamp: Stamp,
    /// Log file mode; a trace that was merged elsewhere (`0x10000`) bears the build of the machine that merged it.
    pub(super) mode: Option<u64>,
    pub(super) build: Option<u32>,
    pub(super) pointer: Option<usize>,
    /// Events and buffers that the session counted as lost.
    pub(super) lost: u64,
    pub(super) buffers_lost: u64,
}

impl Header {
    fn is_lossy(&self) -> bool {
        self.lost > 0 || self.buffers_lost > 0
    }

    /// The build of the machine that logged.
    fn own_build(&self) -> Option<u32> {
        self.build.filter(|_| self.mode.is_some_and(|mode| mode & 0x1_0000 == 0))
    }
}

/// Takes an item, its place, and its text as it stands (empty where the form has no line); false ends the walk.
pub(super) type Sink<'a> = dyn FnMut(Item, Origin, &str, &mut Tally) -> bool + 'a;

/// Hands out the items of a stream.
pub(super) type Walk = fn(&mut dyn Read, InputId, &mut Tally, &mut Sink<'_>);

fn walked(walk: Walk, bundle: &Bundle, input: &Input, tally: &mut Tally, sink: &mut Sink<'_>) {
    match bundle.stream(input) {
        Ok(mut stream) => walk(&mut *stream, input.id, tally, sink),
        Err(error) => tally.note(&note::UNREADABLE, None, Some(error.to_string())),
    }
}

/// Keeps what is neither an event nor a fact; gives an event back.
fn sorted(
    item: Item,
    origin: Origin,
    schema: &mut Schema,
    tally: &mut Tally,
) -> Result<Exported, Option<Header>> {
    match item {
        Item::Event(event) => return Ok(event),
        Item::Header(header) => {
            let tells = header.own_build().is_some() && header.stamp != Stamp::Missing;
            tally.count(if tells { Entry::Facts } else { Entry::Silent });
            schema.build = header.build.unwrap_or(schema.build);
            schema.pointer = header.pointer.unwrap_or(schema.pointer);
            if header.is_lossy() {
                tally.lost = tally.lost.saturating_add(header.lost);
                let text = format!("{} events, {} buffers", header.lost, header.buffers_lost);
                tally.note(&note::LOST, Some(origin), Some(text));
            }
            return Err(Some(header));
        }
        Item::Frame => tally.count(Entry::Silent),
        Item::Malformed(kind, detail) => {
            tally.count(Entry::Malformed);
            tally.note(kind, Some(origin), detail);
        }
    }
    Err(None)
}

/// Reads a whole input.
pub(super) fn read(walk: Walk, bundle: &Bundle, input: &Input) -> Reading {
    let mut reading = Reading::new(input);
    reading.time_base = TimeBase::Utc;
    let mut tally = Tally::new(input.id);
    let mut trace = Trace::new();
    let mut schema = Schema::of(bundle);
    let mut computers = Vec::new();
    let mut own: Vec<Fact> = Vec::new();
    walked(walk, bundle, input, &mut tally, &mut |item, origin, _, tally| {
        match sorted(item, origin, &mut schema, tally) {
            Ok(mut event) => {
                let fields = schema.fields(&mut event);
                undecoded(&event, &fields, tally);
                let fields = fields.unwrap_or_else(|raw| raw);
                let fields = borrowed(&fields);
                trace.take(&event.occurrence(&fields), tally);
                if let Some(computer) = event.computer.filter(|c| !computers.contains(c)) {
                    computers.push(computer);
                }
            }
            Err(Some(header)) => {
                // Where in the trace something is missing, the text does not say.
                if header.is_lossy() {
                    trace.gap(i64::MIN, i64::MAX);
                }
                let build = header.own_build().filter(|_| header.stamp != Stamp::Missing);
                own.extend(build.map(|build| {
                    let claim = Claim::Node(NodeRef::REPORTER, NodeClaim::OsBuild(build));
                    Fact::new(header.stamp, origin, claim)
                }));
            }
            Err(None) => {}
        }
        true
    });
    // What a cut or damaged text held more cannot be known: its figures are lower bounds.
    if tally.malformed > 0 || tally.worst() >= Some(Severity::DataLost) {
        trace.gap(i64::MIN, i64::MAX);
    }
    let told = trace.finish(&mut tally);
    reading.facts = own;
    reading.facts.extend(told.facts);
    reading.cluster = told.cluster;
    reading.node = computers.pop().filter(|_| computers.is_empty());
    reading.tally = tally;
    reading
}

/// Notes a payload that stays bytes, where its provider matters.
fn undecoded(event: &Exported, fields: &Result<Fields, Fields>, tally: &mut Tally) {
    let matters = || provider(&event.provider, event.provider_id).is_some();
    if fields.is_err() && matters() {
        let detail = Some(format!("{} {}", event.provider, event.id));
        tally.note(&note::NOT_DECODED, Some(event.origin), detail);
    }
}

/// The text at each origin: the line itself, or the event in one line where it stands in several.
pub(super) fn quote(walk: Walk, bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    let mut out = vec![None; origins.len()];
    let mut schema = Schema::of(bundle);
    let mut next = 0;
    walked(walk, bundle, input, &mut Tally::new(input.id), &mut |item, origin, text, tally| {
        while origins.get(next).is_some_and(|wanted| wanted.offset < origin.offset) {
            next += 1;
        }
        if origins.get(next).is_some_and(|wanted| wanted.offset == origin.offset) {
            let event = sorted(item, origin, &mut schema, tally).ok();
            let line = if text.is_empty() {
                event.map(|mut event| {
                    let fields = schema.fields(&mut event).unwrap_or_else(|raw| raw);
                    line(&event, &fields)
                })
            } else {
                Some(text.trim().to_owned())
            };
            while origins.get(next).is_some_and(|wanted| wanted.offset == origin.offset) {
                out[next].clone_from(&line);
                next += 1;
            }
        } else {
            let _ = sorted(item, origin, &mut schema, tally);
        }
        next < origins.len()
    });
    out
}

/// An event in one line: provider, id, fields.
fn line(event: &Exported, fields: &Fields) -> String {
    let mut out = format!("{} {}", event.provider, event.id);
    for (name, value) in fields {
        let text = shown(value);
        let separator = if name.is_empty() { "" } else { "=" };
        let plain = !text.is_empty() && !text.contains(char::is_whitespace);
        let text = if plain { text } else { format!("'{text}'") };
        out += &format!(" {name}{separator}{text}");
    }
    out
}

fn shown(value: &Value<'_>) -> String {
    match value {
        // Numbers that do not fit in 32 bits are addresses and masks.
        Value::Unsigned(number) if *number > u64::from(u32::MAX) => format!("{number:#x}"),
        other => other.text(),
    }
}

/// Hands out every event before meaning.
pub(super) fn records(
    walk: Walk,
    bundle: &Bundle,
    input: &Input,
    rows: &mut dyn FnMut(Row) -> bool,
) -> Tally {
    let mut tally = Tally::new(input.id);
    let mut schema = Schema::of(bundle);
    walked(walk, bundle, input, &mut tally, &mut |item, origin, _, tally| {
        let Ok(mut event) = sorted(item, origin, &mut schema, tally) else { return true };
        let fields = schema.fields(&mut event).unwrap_or_else(|raw| raw);
        let borrowed = borrowed(&fields);
        tally.count(match meaning(&event.occurrence(&borrowed).event) {
            Meaning::Claims(_) => Entry::Facts,
            Meaning::Silent | Meaning::Foreign => Entry::Silent,
            Meaning::Unknown => Entry::Unknown,
            Meaning::Malformed => Entry::Malformed,
        });
        rows(row(event, &fields))
    });
    tally
}

/// What a row has no column for stands first, marked `@`.
fn row(event: Exported, fields: &Fields) -> Row {
    let mut out = Vec::new();
    let mut extra = |name: &str, value: Option<String>| {
        out.extend(value.map(|value| (name.to_owned(), value)));
    };
    extra("@Version", event.version.map(|n| n.to_string()));
    extra("@Opcode", event.opcode.map(|n| n.to_string()));
    extra("@Keywords", event.keywords.map(|n| format!("{n:#x}")));
    extra("@ProcessID", event.process.map(|n| n.to_string()));
    extra("@ThreadID", event.thread.map(|n| n.to_string()));
    extra("@ProcessorID", event.processor.map(|n| n.to_string()));
    extra("@ActivityID", event.activity.map(|guid| format!("{{{guid}}}")));
    out.extend(fields.iter().map(|(name, value)| (name.clone(), shown(value))));
    Row {
        origin: event.origin,
        time: if let Stamp::Utc(nanos) = event.stamp { iso_utc(nanos) } else { String::new() },
        stamp: event.stamp,
        node: event.computer.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        provider: event.provider,
        id: Some(event.id),
        level: level_name(event.level).to_owned(),
        fields: out,
    }
}
