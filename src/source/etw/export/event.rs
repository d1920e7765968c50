//! One event as a text form gives it, and what the shipped schemas add: provider, field names, types.
//!
//! A schema is believed only where every cell can be read as its type says. Of several that fit, the first in order of
//! trust counts; where none does, cells stay text under the names that the form gives. Windows prints the name of a
//! mapped value instead of its number: the schema turns it back.

use std::borrow::Cow;

use crate::bundle::Bundle;
use crate::fact::{Guid, Name, Origin, Stamp};
use crate::source::etw::decode::Decoder;
use crate::source::etw::schema::{Candidate, Family, GivenSchema, Key, Kind, Node, Schemas};
use crate::source::event::{self, Event, Field, Occurrence, Value};

/// One cell of a payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Empty where the form drops it.
    pub(super) name: String,
    pub(super) text: String,
}

/// The payload of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Cells(Vec<Cell>),
    /// In hexadecimal: the converter had no schema.
    Bytes(Vec<u8>),
}

/// One event of an export.
#[derive(Clone, Debug)]
pub(super) struct Exported {
    pub(super) origin: Origin,
    pub(super) stamp: Stamp,
    /// The machine that logged it, where the form tells.
    pub(super) computer: Option<Name>,
    pub(super) provider: String,
    pub(super) provider_id: Option<Guid>,
    pub(super) id: u32,
    pub(super) version: Option<u8>,
    pub(super) level: u8,
    pub(super) opcode: Option<u8>,
    pub(super) keywords: Option<u64>,
    pub(super) channel: String,
    pub(super) process: Option<u32>,
    pub(super) thread: Option<u32>,
    pub(super) processor: Option<u16>,
    pub(super) activity: Option<Guid>,
    pub(super) payload: Payload,
}

impl Exported {
    /// Nothing known but the place.
    pub(super) fn at(origin: Origin) -> Self {
        Self {
            origin,
            stamp: Stamp::Missing,
            computer: None,
            provider: String::new(),
            provider_id: None,
            id: 0,
            version: None,
            level: 0,
            opcode: None,
            keywords: None,
            channel: String::new(),
            process: None,
            thread: None,
            processor: None,
            activity: None,
            payload: Payload::Cells(Vec::new()),
        }
    }

    /// The event as every carrier gives it.
    pub(super) fn occurrence<'a>(&'a self, fields: &'a [Field<'a>]) -> Occurrence<'a> {
        Occurrence {
            event: Event {
                provider: &self.provider,
                provider_id: self.provider_id,
                id: self.id,
                version: self.version,
                level: self.level,
                channel: &self.channel,
                user: None,
                fields,
            },
            stamp: self.stamp,
            origin: self.origin,
            computer: self.computer.clone(),
            process: self.process,
            thread: self.thread,
            processor: self.processor,
            opcode: self.opcode,
            keywords: self.keywords,
            activity: self.activity,
        }
    }
}

/// Fields that own their names and values.
pub(super) type Fields = Vec<(String, Value<'static>)>;

/// The fields, borrowed.
pub(super) fn borrowed(fields: &Fields) -> Vec<Field<'_>> {
    fields
        .iter()
        .map(|(name, value)| Field {
            name,
            value: match value {
                Value::Text(text) => Value::Text(Cow::Borrowed(text)),
                Value::Binary(bytes) => Value::Binary(Cow::Borrowed(bytes)),
                other => other.clone(),
            },
        })
        .collect()
}

/// What the trace's own header said, and the schemas.
#[derive(Debug)]
pub(super) struct Schema {
    /// Windows build; 0 where it is not told.
    pub(super) build: u32,
    /// Size of pointers; 8 where it is not told.
    pub(super) pointer: usize,
    schemas: Schemas,
    decoder: Option<(u32, Decoder)>,
}

impl Schema {
    /// What ships with this program, and what the user named.
    pub(super) fn of(bundle: &Bundle) -> Self {
        let schemas = Schemas::given(&GivenSchema::of(bundle));
        Self { build: 0, pointer: 8, schemas, decoder: None }
    }

    /// Puts back what the form dropped, and gives the fields. `None` where the payload is bytes that nothing decodes:
    /// then they are one field.
    pub(super) fn fields(&mut self, event: &mut Exported) -> Result<Fields, Fields> {
        if let (None, Some(known)) = (event.provider_id, event::provider(&event.provider, None)) {
            event.provider_id = Guid::parse(known.guid);
        }
        let number = u16::try_from(event.id).ok();
        let key = event.provider_id.zip(number).map(|(guid, number)| Key {
            guid,
            family: Family::Event,
            number,
            version: event.version.unwrap_or(0),
        });
        match std::mem::replace(&mut event.payload, Payload::Cells(Vec::new())) {
            Payload::Bytes(bytes) => match key {
                Some(key) => self.decoded(key, &bytes),
                None => Err(vec![(String::new(), Value::Binary(bytes.into()))]),
            },
            Payload::Cells(cells) => {
                let candidates = key.map(|key| self.schemas.candidates(&key, self.build)).unwrap_or_default();
                let typed = candidates.iter().find_map(|candidate| typed(candidate, &cells));
                Ok(typed.unwrap_or_else(|| {
                    cells.into_iter().map(|cell| (cell.name, untyped(cell.text))).collect()
                }))
            }
        }
    }

    fn decoded(&mut self, key: Key, bytes: &[u8]) -> Result<Fields, Fields> {
        let build = self.build;
        if self.decoder.as_ref().is_none_or(|(made_for, _)| *made_for != build) {
            self.decoder = Some((build, Decoder::for_build(self.schemas.clone(), build)));
        }
        let pointer = self.pointer;
        let Some((_, decoder)) = &mut self.decoder else { return Ok(Vec::new()) };
        let decoded = decoder.decode_payload(key, bytes, pointer);
        let fields = decoded.fields().map(|field| (field.name.to_owned(), owned(field.value))).collect();
        if decoded.is_decoded() { Ok(fields) } else { Err(fields) }
    }
}

fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        Value::Unsigned(number) => Value::Unsigned(number),
        Value::Signed(number) => Value::Signed(number),
        Value::Real(number) => Value::Real(number),
        Value::Bool(value) => Value::Bool(value),
        Value::Guid(guid) => Value::Guid(guid),
        Value::FileTime(ticks) => Value::FileTime(ticks),
        Value::Sid(sid) => Value::Sid(sid),
        Value::Binary(bytes) => Value::Binary(Cow::Owned(bytes.into_owned())),
    }
}

/// A cell whose type nothing tells.
fn untyped(text: String) -> Value<'static> {
    Value::Text(Cow::Owned(text))
}

/// The cells under a layout's names and types; `None` where any of them does not fit.
fn typed(candidate: &Candidate, cells: &[Cell]) -> Option<Fields> {
    let nodes = &candidate.layout.nodes;
    // What a build appends without a published layout takes all that is left.
    let open = nodes.last().is_some_and(|node| node.kind == Kind::Rest);
    let known = if open { &nodes[..nodes.len() - 1] } else { nodes.as_slice() };
    if if open { cells.len() <= known.len() } else { cells.len() != known.len() } {
        return None;
    }
    let mut out = Vec::with_capacity(cells.len());
    for (at, cell) in cells.iter().enumerate() {
        let Some(node) = known.get(at) else {
            out.push((cell.name.clone(), untyped(cell.text.clone())));
            continue;
        };
        // The converting machine's schema is newer than ours where it has another name: then it is right.
        if !cell.name.is_empty() && *node.name != *cell.name {
            return None;
        }
        out.push((node.name.to_string(), of_kind(node, &cell.text)?));
    }
    Some(out)
}

/// A cell as its type says.
fn of_kind(node: &Node, text: &str) -> Option<Value<'static>> {
    let plain = text.trim();
    let mapped = || {
        let map = node.map.as_ref().filter(|map| !map.bits)?;
        let entry = map.entries.iter().find(|(_, name)| name.trim().eq_ignore_ascii_case(plain))?;
        Some(u64::from(entry.0))
    };
    Some(match node.kind {
        Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 | Kind::Hex32 | Kind::Hex64 | Kind::Pointer => {
            Value::Unsigned(unsigned(plain).or_else(mapped)?)
        }
        Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64 => {
            let number = plain.parse().ok().or_else(|| unsigned(plain).or_else(mapped).map(|n| n as i64));
            Value::Signed(number?)
        }
        Kind::Bool => Value::Bool(match plain.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => unsigned(plain)? != 0,
        }),
        Kind::Guid => Value::Guid(Guid::parse(plain)?),
        Kind::Utf16
        | Kind::Ansi
        | Kind::CountedUtf16
        | Kind::CountedAnsi
        | Kind::RestUtf16
        | Kind::RestAnsi => Value::Text(Cow::Owned(text.to_owned())),
        _ => untyped(text.to_owned()),
    })
}

/// Decimal, or hexadecimal with `0x`.
pub(super) fn unsigned(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

/// Bytes in hexadecimal, two digits each, with or without `0x`.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// A GUID that stands for something: forms print `{0}` or zeros for none.
pub(super) fn activity(text: &str) -> Option<Guid> {
    Guid::parse(text).filter(|guid| guid.0 != [0; 16])
}
