//! The answer of the decoder: one event's fields, made when they are asked for.

use std::borrow::Cow;
use std::fmt;

use super::super::schema::{Kind, Layout, Node, Origin, Show};
use super::read::{Raw, Scratch, Slot};
use crate::fact::Guid;
use crate::source::event::{Field, Value};

/// By which schema an event was decoded, or why by none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Its payload was used up by a layout of this origin.
    Used {
        /// Whose layout.
        origin: Origin,
        /// Does the last text lack its NUL? Windows itself refuses such events; the text is good as far as it goes.
        unterminated: bool,
    },
    /// No schema is known for it.
    None,
    /// Schemas are known, and none uses up the payload exactly.
    Misfit,
    /// Two layouts of equal trust use up the payload and disagree.
    Ambiguous,
    /// Damage in front of the payload hides where it begins.
    NoPayload,
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schema::Used { origin, unterminated: false } => origin.fmt(f),
            Schema::Used { origin, unterminated: true } => write!(f, "{origin}, last text not terminated"),
            Schema::None => f.write_str("none"),
            Schema::Misfit => f.write_str("none fits"),
            Schema::Ambiguous => f.write_str("several fit and disagree"),
            Schema::NoPayload => f.write_str("damaged"),
        }
    }
}

/// One decoded record.
///
/// An array is as many fields of one name as it has elements, as Windows prints it; an array of bytes is one binary
/// field. Members of a structure are named `Structure.Member`. A record that no schema decodes has one unnamed field:
/// its payload.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// Provider's name; empty where nothing tells.
    pub provider: &'a str,
    /// By which schema.
    pub schema: Schema,
    layout: Option<&'a Layout>,
    slots: &'a [Slot],
    text: &'a str,
    payload: &'a [u8],
}

impl<'a> Decoded<'a> {
    pub(super) fn new(
        provider: &'a str,
        layout: Option<&'a Layout>,
        scratch: &'a Scratch,
        payload: &'a [u8],
        schema: Schema,
    ) -> Decoded<'a> {
        // Only whole characters are ever written there.
        let text = std::str::from_utf8(&scratch.text).unwrap_or_default();
        let slots = if layout.is_some() { &scratch.slots[..] } else { &[] };
        Decoded { provider, schema, layout, slots, text, payload }
    }

    /// Was it decoded?
    #[must_use]
    pub fn is_decoded(&self) -> bool {
        self.layout.is_some()
    }

    /// The event's own name; empty where no schema tells.
    #[must_use]
    pub fn event(&self) -> &'a str {
        self.layout.map_or("", |layout| &layout.event)
    }

    /// Name of its task.
    #[must_use]
    pub fn task(&self) -> &'a str {
        self.layout.map_or("", |layout| &layout.task)
    }

    /// Name of its opcode.
    #[must_use]
    pub fn opcode(&self) -> &'a str {
        self.layout.map_or("", |layout| &layout.opcode)
    }

    /// Name of its level, as its schema has it.
    #[must_use]
    pub fn level(&self) -> &'a str {
        self.layout.map_or("", |layout| &layout.level)
    }

    /// Names of its keywords, blank-separated.
    #[must_use]
    pub fn keywords(&self) -> &'a str {
        self.layout.map_or("", |layout| &layout.keywords)
    }

    /// Name of its channel.
    #[must_use]
    pub fn channel(&self) -> &'a str {
        self.layout.map_or("", |layout| &layout.channel)
    }

    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.layout.is_some() { self.slots.len() } else { usize::from(!self.payload.is_empty()) }
    }

    /// Has it none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its fields in payload order.
    #[inline]
    pub fn fields(&self) -> Fields<'a> {
        let Decoded { layout, slots, text, payload, .. } = *self;
        let raw = layout.is_none() && !payload.is_empty();
        let nodes = layout.map_or(&[][..], |layout| &layout.nodes);
        Fields { nodes, slots: slots.iter(), text, payload, raw }
    }

    /// The first field of that name (case counts).
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Value<'a>> {
        let layout = self.layout?;
        let slot = self.slots.iter().find(|slot| *layout.nodes[usize::from(slot.node)].name == *name)?;
        Some(value(slot.raw, self.text, self.payload))
    }

    /// The fields as Windows prints them: hexadecimal types as `0x1F`, GUIDs in braces, addresses as text, and the
    /// name of a value behind it in brackets where the schema has one.
    pub fn shown(&self) -> impl Iterator<Item = (&'a str, String)> + use<'a> {
        let Decoded { layout, slots, text, payload, .. } = *self;
        let raw = (layout.is_none() && !payload.is_empty()).then(|| ("", hex(payload)));
        let named = layout.into_iter().flat_map(move |layout| {
            slots.iter().map(move |slot| {
                let node = &layout.nodes[usize::from(slot.node)];
                (&*node.name, shown(node, &value(slot.raw, text, payload)))
            })
        });
        named.chain(raw)
    }

    /// The message with its fields put in; `None` where its schema has none. How a field is to be formatted
    /// (`%1!x!`) is ignored: it is put in as [`shown`](Self::shown).
    #[must_use]
    pub fn message(&self) -> Option<String> {
        let layout = self.layout.filter(|layout| !layout.message.is_empty())?;
        let first = usize::from(layout.first.max(1));
        let mut out = String::with_capacity(layout.message.len());
        let mut rest = &*layout.message;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let Ok(number) = rest[..digits].parse::<usize>() else {
                // `%n` and `%t` are line ends and tabs, `%%` a per cent sign.
                match rest.chars().next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('%') => out.push('%'),
                    _ => {
                        out.push('%');
                        continue;
                    }
                }
                rest = &rest[1..];
                continue;
            };
            rest = &rest[digits..];
            if let Some(end) = rest.strip_prefix('!').and_then(|format| format.find('!')) {
                rest = &rest[end + 2..];
            }
            match number.checked_sub(first).and_then(|index| layout.top().nth(index)) {
                Some(node) => self.put(node, layout.after(node), &mut out),
                None => out.push_str(&format!("%{number}")),
            }
        }
        out.push_str(rest);
        Some(out)
    }

    /// The values of the nodes `from..to`, with commas between.
    fn put(&self, from: usize, to: usize, out: &mut String) {
        let Some(layout) = self.layout else { return };
        let own = self.slots.iter().filter(|slot| (from..to).contains(&usize::from(slot.node)));
        for (at, slot) in own.enumerate() {
            out.push_str(if at > 0 { ", " } else { "" });
            let node = &layout.nodes[usize::from(slot.node)];
            out.push_str(&shown(node, &value(slot.raw, self.text, self.payload)));
        }
    }
}

/// The fields of a [`Decoded`], in payload order.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    nodes: &'a [Node],
    slots: std::slice::Iter<'a, Slot>,
    text: &'a str,
    payload: &'a [u8],
    /// Is the payload itself still to come, because no schema decodes it?
    raw: bool,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        match self.slots.next() {
            Some(slot) => Some(Field {
                name: &self.nodes[usize::from(slot.node)].name,
                value: value(slot.raw, self.text, self.payload),
            }),
            None => std::mem::take(&mut self.raw)
                .then_some(Field { name: "", value: Value::Binary(Cow::Borrowed(self.payload)) }),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.slots.len() + usize::from(self.raw);
        (left, Some(left))
    }
}

#[inline]
fn value<'a>(raw: Raw, text: &'a str, payload: &'a [u8]) -> Value<'a> {
    let bytes = |from: u32, to: u32| payload.get(from as usize..to as usize).unwrap_or_default();
    match raw {
        Raw::Null => Value::Null,
        Raw::Unsigned(number) => Value::Unsigned(number),
        Raw::Signed(number) => Value::Signed(number),
        Raw::Real(number) => Value::Real(number),
        Raw::Bool(value) => Value::Bool(value),
        Raw::FileTime(ticks) => Value::FileTime(ticks),
        Raw::Guid(at) => {
            let guid = payload.get(at as usize..).and_then(|rest| rest.first_chunk::<16>());
            guid.map_or(Value::Null, |guid| Value::Guid(Guid::from_windows(*guid)))
        }
        Raw::Sid(from, to) => Value::Sid(sid(bytes(from, to))),
        Raw::Bytes(from, to) => Value::Binary(Cow::Borrowed(bytes(from, to))),
        Raw::Ascii(from, to) => {
            Value::Text(Cow::Borrowed(std::str::from_utf8(bytes(from, to)).unwrap_or_default()))
        }
        Raw::Text(from, to) => {
            Value::Text(Cow::Borrowed(text.get(from as usize..to as usize).unwrap_or_default()))
        }
    }
}

/// `S-1-5-...`.
fn sid(bytes: &[u8]) -> String {
    let authority = bytes.get(2..8).unwrap_or_default().iter().fold(0_u64, |sum, b| sum << 8 | u64::from(*b));
    let mut text = format!("S-{}-{authority}", bytes.first().copied().unwrap_or_default());
    for sub in bytes.get(8..).unwrap_or_default().chunks_exact(4) {
        text.push('-');
        text.push_str(&u32::from_le_bytes([sub[0], sub[1], sub[2], sub[3]]).to_string());
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02X}");
    }
    text
}

fn shown(node: &Node, value: &Value<'_>) -> String {
    let plain = match (value, node.show) {
        (Value::Unsigned(number), Show::Ipv4) => {
            let [a, b, c, d] = (*number as u32).to_le_bytes();
            format!("{a}.{b}.{c}.{d}")
        }
        (Value::Unsigned(number), Show::Port) => (*number as u16).swap_bytes().to_string(),
        (Value::Unsigned(number), Show::Hex | Show::Status) => format!("{number:#X}").replace("0X", "0x"),
        (Value::Unsigned(number), _) if matches!(node.kind, Kind::Hex32 | Kind::Hex64 | Kind::Pointer) => {
            format!("{number:#X}").replace("0X", "0x")
        }
        (Value::Signed(number), Show::Status) => format!("{:#X}", *number as u32).replace("0X", "0x"),
        (Value::Guid(guid), _) => format!("{{{guid}}}"),
        (Value::FileTime(ticks), _) => file_time(*ticks),
        (Value::Binary(bytes), Show::Ipv6) => address(23, bytes).unwrap_or_else(|| hex(bytes)),
        (Value::Binary(bytes), Show::SocketAddress) => socket(bytes).unwrap_or_else(|| hex(bytes)),
        (Value::Binary(bytes), _) => hex(bytes),
        _ => value.text(),
    };
    let number = match value {
        Value::Unsigned(number) => Some(*number),
        Value::Signed(number) => u64::try_from(*number).ok(),
        _ => None,
    };
    match node.map.as_ref().zip(number).and_then(|(map, number)| map.name_of(number)) {
        Some(name) => format!("{plain} ({name})"),
        None => plain,
    }
}

/// ISO 8601, UTC; the number itself where it is no time.
fn file_time(ticks: u64) -> String {
    let nanos = super::super::etl::utc_ns_of_filetime(ticks);
    nanos.map_or_else(
        || ticks.to_string(),
        |ns| {
            let time = chrono::DateTime::from_timestamp_nanos(ns);
            format!("{}.{:07}Z", time.format("%Y-%m-%dT%H:%M:%S"), ns.rem_euclid(1_000_000_000) / 100)
        },
    )
}

/// `SOCKADDR`: family, port in network order, address.
fn socket(bytes: &[u8]) -> Option<String> {
    let family = u16::from_le_bytes(*bytes.first_chunk()?);
    let port = u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]);
    match family {
        2 => Some(format!("{}:{port}", address(2, bytes.get(4..8)?)?)),
        23 => Some(format!("[{}]:{port}", address(23, bytes.get(8..24)?)?)),
        _ => None,
    }
}

fn address(family: u16, bytes: &[u8]) -> Option<String> {
    Some(match family {
        2 => std::net::Ipv4Addr::from(*bytes.first_chunk::<4>()?).to_string(),
        _ => std::net::Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string(),
    })
}

/// Do two readings of one payload say the same, field by field?
pub(super) fn agree(one: (&Layout, &Scratch), other: (&Layout, &Scratch), payload: &[u8]) -> bool {
    fn fields<'a>(
        (layout, scratch): (&'a Layout, &'a Scratch),
        payload: &'a [u8],
    ) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        let text = std::str::from_utf8(&scratch.text).unwrap_or_default();
        let named = |slot: &Slot| &*layout.nodes[usize::from(slot.node)].name;
        scratch.slots.iter().map(move |slot| (named(slot), value(slot.raw, text, payload)))
    }
    fields(one, payload).eq(fields(other, payload))
}
