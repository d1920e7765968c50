//! One record of an event log: the `System` part, and the event's own fields by name and in order.
//!
//! Values stay typed as the record stores them. They are found through the record's templates; the event's
//! part is a fragment of its own inside the record's outer template, and is decoded only when asked for.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use evtx::EvtxRecord;
use evtx::binxml::value_variant::{BinXmlValue, SysTime};

use super::template::{self, Piece, Slot, System, Template};
use super::walk::Wanted;
use super::xml;
use crate::fact::{Guid, Name, Origin, Stamp};
use crate::source::event::{Event, Field, Occurrence, Value, iso_time};

/// A record, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) provider: String,
    pub(super) provider_id: Option<Guid>,
    pub(super) id: u32,
    pub(super) qualifiers: u16,
    pub(super) version: Option<u8>,
    pub(super) level: u8,
    pub(super) task: u16,
    pub(super) opcode: u8,
    pub(super) keywords: u64,
    /// `TimeCreated`.
    pub(super) time: Option<Stamp>,
    /// `EventRecordID`: the record's number in the log that it was written to.
    pub(super) record_id: Option<u64>,
    pub(super) channel: String,
    pub(super) computer: String,
    pub(super) user: Option<String>,
    pub(super) process: Option<u32>,
    pub(super) thread: Option<u32>,
    /// Only records that came out of a trace say on which processor they were made.
    pub(super) processor: Option<u16>,
    pub(super) activity: Option<Guid>,
    /// The event's own fields; empty where they were not asked for.
    fields: Vec<(Arc<str>, Value<'static>)>,
}

impl Record {
    /// What the event is called: provider and id.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.provider, self.id)
    }

    /// Fields that borrow from the record.
    pub(super) fn fields(&self) -> Vec<Field<'_>> {
        let fields = self.fields.iter().map(|(name, value)| {
            let value = match value {
                Value::Text(text) => Value::Text(Cow::Borrowed(text)),
                Value::Binary(bytes) => Value::Binary(Cow::Borrowed(bytes)),
                other => other.clone(),
            };
            Field { name, value }
        });
        fields.collect()
    }

    /// The record as an event, with the fields of [`Record::fields`].
    pub(super) fn event<'a>(&'a self, fields: &'a [Field<'a>]) -> Event<'a> {
        Event {
            provider: &self.provider,
            provider_id: self.provider_id,
            id: self.id,
            version: self.version,
            level: self.level,
            channel: &self.channel,
            user: self.user.as_deref(),
            fields,
        }
    }
}

impl Record {
    /// The machine that logged it.
    pub(super) fn reporter(&self) -> Option<Name> {
        reporter(&self.computer, &self.channel, self.processor.is_some())
    }

    /// The record where and when it was made, with the fields of [`Record::fields`].
    pub(super) fn occurrence<'a>(
        &'a self,
        fields: &'a [Field<'a>],
        stamp: Stamp,
        origin: Origin,
    ) -> Occurrence<'a> {
        Occurrence {
            event: self.event(fields),
            stamp,
            origin,
            computer: self.reporter(),
            process: self.process,
            thread: self.thread,
            processor: self.processor,
            opcode: Some(self.opcode),
            keywords: Some(self.keywords),
            activity: self.activity,
        }
    }
}

/// The machine that logged a record which names that computer. One that was made out of a trace names the machine that
/// converted it: it has a processor and no channel.
pub(super) fn reporter(computer: &str, channel: &str, processor: bool) -> Option<Name> {
    let converted = processor && channel.is_empty();
    Some(Name::node(computer)).filter(|name| !converted && !name.is_empty())
}

/// Templates of one chunk, with the offset of their definition and the elements they stand below. A template
/// that cannot be learned is kept as such.
#[derive(Default)]
pub(super) struct Templates(Vec<(u32, Vec<String>, Option<Rc<Template>>)>);

impl Templates {
    pub(super) fn get(&mut self, chunk: &[u8], offset: u32, path: &[String]) -> Option<Rc<Template>> {
        if let Some((.., known)) = self.0.iter().find(|(at, below, _)| *at == offset && below == path) {
            return known.clone();
        }
        let learned = template::learn(chunk, offset, path).map(Rc::new);
        self.0.push((offset, path.to_vec(), learned.clone()));
        learned
    }
}

/// How deep fragments may nest; events use one level.
const DEEPEST: usize = 8;

/// Decodes a record. Its own fields are decoded where `wanted` says so, given provider, its GUID and event id.
/// `None` where neither its templates nor its rendered XML can be read.
pub(super) fn decode(
    mut record: EvtxRecord<'_>,
    templates: &mut Templates,
    wanted: &Wanted,
) -> Option<Record> {
    let window = (record.binxml_offset, record.binxml_size);
    templated(&mut record, templates, wanted).or_else(|| {
        (record.binxml_offset, record.binxml_size) = window;
        rendered(record)
    })
}

/// Through the record's templates; afterwards it points to what was read last.
fn templated(record: &mut EvtxRecord<'_>, templates: &mut Templates, wanted: &Wanted) -> Option<Record> {
    let mut out = Record::default();
    instance(record, templates, &[], wanted, DEEPEST, &mut out)?;
    Some(out)
}

/// Through the record's rendered XML, where every value is text.
fn rendered(record: EvtxRecord<'_>) -> Option<Record> {
    let xml = record.into_xml().ok()?;
    let mut out = Record::default();
    // Every text is fixed, and every field is decoded.
    let none = |_: usize, _: &mut dyn FnMut(Value<'static>)| None;
    fill(&mut out, &xml::leaves(&xml.data)?, &none, &|_, _, _| true, &mut |_, _, _| Some(()))?;
    Some(out)
}

/// Reads the one template instance at the record's window. `None` where there is not exactly one, or its
/// template is not understood.
fn instance(
    record: &mut EvtxRecord<'_>,
    templates: &mut Templates,
    path: &[String],
    wanted: &Wanted,
    depth: usize,
    out: &mut Record,
) -> Option<()> {
    let instances = record.template_instances().ok()?;
    let [instance] = instances.as_slice() else { return None };
    let template = templates.get(record.chunk.data, instance.template_def_offset, path)?;
    let values = &instance.values;
    let mut insert = |index: usize, below: &[String], out: &mut Record| {
        let Some(BinXmlValue::BinXmlType(fragment)) = values.get(index) else { return Some(()) };
        if fragment.is_empty() {
            return Some(());
        }
        let depth = depth.checked_sub(1)?;
        record.binxml_offset = offset_in(record.chunk.data, fragment)? as u64;
        record.binxml_size = u32::try_from(fragment.len()).ok()?;
        self::instance(record, templates, below, wanted, depth, out)
    };
    let each = |index: usize, take: &mut dyn FnMut(Value<'static>)| match values.get(index) {
        Some(value) => convert(value, take),
        None => {
            take(Value::Null);
            Some(())
        }
    };
    fill(out, &template, &each, wanted, &mut insert)
}

/// Hands out the value of an index, an array's items one by one. `None` for a fragment where a value is meant.
pub(super) type Each<'a> = dyn Fn(usize, &mut dyn FnMut(Value<'static>)) -> Option<()> + 'a;

/// Reads the fragment that the value of an index is, below the elements named.
pub(super) type Insert<'a> = dyn FnMut(usize, &[String], &mut Record) -> Option<()> + 'a;

/// Puts an instance's values where its template says. `insert` reads the fragment that a value is, below the elements named.
pub(super) fn fill(
    out: &mut Record,
    template: &Template,
    each: &Each<'_>,
    wanted: &Wanted,
    insert: &mut Insert<'_>,
) -> Option<()> {
    // `System` comes first, so that all that decides is known when the first field is met.
    let mut want = None;
    for (slot, pieces) in &template.leaves {
        if let Slot::System(part) = slot {
            leaf(pieces, each, &mut |value| set(out, *part, value))?;
            continue;
        }
        let want = *want.get_or_insert_with(|| wanted(&out.provider, out.provider_id, out.id));
        if !want {
            continue;
        }
        match (slot, pieces.as_slice()) {
            (Slot::Insert(below), [Piece::Value(index)]) => insert(*index, below, out)?,
            (Slot::Field(name), pieces) => {
                leaf(pieces, each, &mut |value| out.fields.push((name.clone(), value)))?;
            }
            _ => {}
        }
    }
    Some(())
}

/// Where a slice of the chunk begins in it.
pub(super) fn offset_in(chunk: &[u8], part: &[u8]) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(chunk.as_ptr() as usize)?;
    let end = offset.checked_add(part.len())?;
    (chunk.get(offset..end)?.as_ptr() == part.as_ptr()).then_some(offset)
}

/// The values of one leaf: an array gives several, fixed text and values side by side one text.
fn leaf(pieces: &[Piece], each: &Each<'_>, take: &mut dyn FnMut(Value<'static>)) -> Option<()> {
    if let [Piece::Value(index)] = pieces {
        return each(*index, take);
    }
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(fixed) => text.push_str(fixed),
            Piece::Value(index) => each(*index, &mut |value| text.push_str(&value.text()))?,
        }
    }
    take(Value::Text(text.into()));
    Some(())
}

/// A stored value as ours; arrays one by one. `None` for a fragment where a value is meant.
fn convert(value: &BinXmlValue<'_>, take: &mut dyn FnMut(Value<'static>)) -> Option<()> {
    use BinXmlValue as B;
    let text = |text: &str| Value::Text(text.trim_end_matches('\0').to_owned().into());
    let real = |n: f32| Value::Real(f64::from(n));
    let guid = |bytes: [u8; 16]| Value::Guid(Guid::from_windows(bytes));
    let time = |time: &SysTime| Value::Text(system_time(time).into());
    // What follows is one value, or an array's.
    match value {
        B::NullType | B::EvtHandle | B::EvtXml => take(Value::Null),
        B::StringType(string) => take(wide(string.as_bytes())),
        B::AnsiStringType(string) => take(text(string)),
        B::Int8Type(n) => take(signed(*n)),
        B::UInt8Type(n) => take(unsigned(*n)),
        B::Int16Type(n) => take(signed(*n)),
        B::UInt16Type(n) => take(unsigned(*n)),
        B::Int32Type(n) => take(signed(*n)),
        B::UInt32Type(n) | B::HexInt32Type(n) => take(unsigned(*n)),
        B::Int64Type(n) => take(signed(*n)),
        B::UInt64Type(n) | B::HexInt64Type(n) => take(unsigned(*n)),
        B::SizeTType(n) => take(Value::Unsigned(*n as u64)),
        B::Real32Type(n) => take(real(*n)),
        B::Real64Type(n) => take(Value::Real(*n)),
        B::BoolType(b) => take(Value::Bool(*b)),
        B::BinaryType(bytes) => take(Value::Binary(bytes.to_vec().into())),
        B::GuidType(bytes) => take(guid(*bytes)),
        B::FileTimeType(time) => take(Value::FileTime(time.0)),
        B::SysTimeType(own) => take(time(own)),
        B::SidType(id) => take(sid(id.as_bytes())),
        B::StringArrayType(items) => items.iter().for_each(|item| take(wide(item.as_bytes()))),
        B::AnsiStringArrayType(items) => items.iter().for_each(|item| take(text(item))),
        B::Int8ArrayType(items) => items.iter().for_each(|n| take(signed(*n))),
        B::UInt8ArrayType(items) => items.iter().for_each(|n| take(unsigned(*n))),
        B::Int16ArrayType(items) => items.iter().for_each(|n| take(signed(*n))),
        B::UInt16ArrayType(items) => items.iter().for_each(|n| take(unsigned(*n))),
        B::Int32ArrayType(items) => items.iter().for_each(|n| take(signed(*n))),
        B::UInt32ArrayType(items) | B::HexInt32ArrayType(items) => {
            items.iter().for_each(|n| take(unsigned(*n)));
        }
        B::Int64ArrayType(items) => items.iter().for_each(|n| take(signed(*n))),
        B::UInt64ArrayType(items) | B::HexInt64ArrayType(items) => {
            items.iter().for_each(|n| take(unsigned(*n)));
        }
        B::Real32ArrayType(items) => items.iter().for_each(|n| take(real(*n))),
        B::Real64ArrayType(items) => items.iter().for_each(|n| take(Value::Real(*n))),
        B::BoolArrayType(items) => items.iter().for_each(|b| take(Value::Bool(*b))),
        B::GuidArrayType(items) => items.iter().for_each(|bytes| take(guid(*bytes))),
        B::FileTimeArrayType(items) => items.iter().for_each(|time| take(Value::FileTime(time.0))),
        B::SysTimeArrayType(items) => items.iter().for_each(|own| take(time(own))),
        B::SidArrayType(items) => items.iter().for_each(|id| take(sid(id.as_bytes()))),
        B::BinXmlType(_)
        | B::BinaryArrayType
        | B::SizeTArrayType
        | B::EvtArrayHandle
        | B::BinXmlArrayType
        | B::EvtXmlArrayType => return None,
    }
    Some(())
}

fn unsigned(number: impl Into<u64>) -> Value<'static> {
    Value::Unsigned(number.into())
}

fn signed(number: impl Into<i64>) -> Value<'static> {
    Value::Signed(number.into())
}

/// UTF-16 without the zeroes at its end.
pub(super) fn wide(bytes: &[u8]) -> Value<'static> {
    let mut text = template::utf16(bytes);
    text.truncate(text.trim_end_matches('\0').len());
    Value::Text(text.into())
}

/// `S-1-5-18`: revision, number of parts, six bytes of authority, then the parts.
pub(super) fn sid(bytes: &[u8]) -> Value<'static> {
    let [revision, count, authority @ ..] = bytes else { return Value::Null };
    let Some((authority, parts)) = authority.split_first_chunk::<6>() else { return Value::Null };
    let authority = authority.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let mut text = format!("S-{revision}-{authority}");
    for part in parts.chunks_exact(4).take(usize::from(*count)) {
        let part = u32::from_le_bytes([part[0], part[1], part[2], part[3]]);
        text.push_str(&format!("-{part}"));
    }
    Value::Sid(text)
}

fn system_time(time: &SysTime) -> String {
    let SysTime { year, month, day, hour, minute, second, milliseconds, .. } = *time;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

fn set(out: &mut Record, part: System, value: Value<'static>) {
    if value == Value::Null {
        return;
    }
    let number = || value.number().and_then(|n| u64::try_from(n).ok());
    let small = || number().and_then(|n| u16::try_from(n).ok()).unwrap_or_default();
    let byte = || number().and_then(|n| u8::try_from(n).ok());
    let text = |value: Value<'static>| match value {
        Value::Text(text) => text.into_owned(),
        Value::Sid(sid) => sid,
        other => other.text(),
    };
    match part {
        System::Provider => out.provider = text(value),
        System::ProviderId => out.provider_id = value.guid(),
        System::EventId => out.id = number().and_then(|n| u32::try_from(n).ok()).unwrap_or_default(),
        System::Qualifiers => out.qualifiers = small(),
        System::Version => out.version = byte(),
        System::Level => out.level = byte().unwrap_or_default(),
        System::Task => out.task = small(),
        System::Opcode => out.opcode = byte().unwrap_or_default(),
        // A mask with the highest bit set is no signed number.
        System::Keywords => out.keywords = mask(&value).unwrap_or_default(),
        System::Time => {
            out.time = match value {
                Value::FileTime(ticks) => Some(Stamp::filetime(ticks)),
                other => iso_time(other.text().trim()).map(Stamp::utc),
            };
        }
        System::RecordId => out.record_id = number(),
        System::Channel => out.channel = text(value),
        System::Computer => out.computer = text(value),
        System::User => out.user = Some(text(value)),
        System::Process => out.process = number().and_then(|n| u32::try_from(n).ok()),
        System::Thread => out.thread = number().and_then(|n| u32::try_from(n).ok()),
        System::Processor => out.processor = number().and_then(|n| u16::try_from(n).ok()),
        System::Activity => out.activity = value.guid().filter(|guid| guid.0 != [0; 16]),
    }
}

/// All 64 bits of a mask.
fn mask(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Unsigned(mask) => Some(*mask),
        other => u64::from_str_radix(other.text().trim().strip_prefix("0x")?, 16).ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use evtx::{EvtxParser, ParserSettings};

    use super::{Templates, rendered, templated};
    use crate::source::event::Value;
    use crate::source::evtx::tests::real_logs;

    /// Templates and rendered XML are two independent ways to the same record.
    #[test]
    fn templates_agree_with_rendering() {
        let settings = Arc::new(ParserSettings::new().num_threads(1).indent(false));
        for (path, bytes) in real_logs() {
            let mut parser = EvtxParser::from_buffer(bytes).expect("a log");
            for chunk in parser.chunks() {
                let mut chunk = chunk.expect("a chunk");
                let mut chunk = chunk.parse(Arc::clone(&settings)).expect("a chunk");
                let mut templates = Templates::default();
                for record in chunk.iter() {
                    let record = record.expect("a record");
                    let at = format!("{path} {}", record.event_record_id);
                    let typed = templated(&mut record.clone(), &mut templates, &|_, _, _| true).expect(&at);
                    let text = rendered(record).expect(&at);
                    assert_eq!(typed.provider, text.provider, "{at}");
                    assert_eq!(typed.provider_id, text.provider_id, "{at}");
                    assert_eq!(
                        (typed.id, typed.version, typed.level),
                        (text.id, text.version, text.level),
                        "{at}"
                    );
                    assert_eq!((typed.task, typed.opcode), (text.task, text.opcode), "{at}");
                    assert_eq!(
                        (typed.qualifiers, typed.record_id),
                        (text.qualifiers, text.record_id),
                        "{at}"
                    );
                    assert_eq!(typed.keywords, text.keywords, "{at}");
                    assert_eq!((typed.time, typed.user.clone()), (text.time, text.user.clone()), "{at}");
                    assert_eq!((&typed.channel, &typed.computer), (&text.channel, &text.computer), "{at}");
                    // Rendering leaves out what is absent or empty, and spells numbers and times its own way.
                    let names = |r: &super::Record| {
                        let there = r.fields.iter().filter(|(_, v)| !v.text().is_empty());
                        there.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
                    };
                    assert_eq!(names(&typed), names(&text), "{at}");
                    for (name, value) in &typed.fields {
                        let same = text.fields.iter().any(|(n, v)| n == name && v.text() == value.text());
                        let plain =
                            matches!(value, Value::Text(t) if !t.is_empty() && !t.contains(['\r', '\n']));
                        assert!(same || !plain, "{at} {name} {value:?}");
                    }
                }
            }
        }
    }
}
