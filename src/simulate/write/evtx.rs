//! Event log files: file header, 64 KiB chunks with their checksums, records.
//!
//! The layout is libyal's "Windows XML Event Log (EVTX)" and [MS-EVEN6]. As Windows does, each record is an
//! instance of a template for `Event` and `System` that holds an instance of a second template for the
//! event's own fields.

use std::borrow::Borrow;

use super::binxml::{CHUNK, CHUNK_HEADER, Content, Element, Slot, Template, Writer, kind_of};
use crate::fact::{Guid, Instant};
use crate::simulate::log::{Body, Entry, Record, Value, What};
use crate::simulate::trace::Traced;

const EVENT_NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";
const FILE_HEADER: usize = 4096;
/// 1601-01-01 in 100 ns units before 1970-01-01.
const FILETIME_EPOCH: i64 = 116_444_736_000_000_000;

/// 100 ns units since 1601 UTC.
pub(in crate::simulate) fn filetime(at: Instant) -> u64 {
    (at.0.div_euclid(100) + FILETIME_EPOCH) as u64
}

/// The log file of one channel of one node. `first` is the record number of the first entry.
pub(in crate::simulate) fn file<E: Borrow<Entry>>(
    computer: &str,
    entries: impl IntoIterator<Item = E>,
    first: u64,
) -> Vec<u8> {
    let mut writer = Log::new(computer, first);
    for entry in entries {
        let entry = entry.borrow();
        if let What::Record(record) = &entry.what {
            let (channel, traced) = (Some(record.channel), None);
            writer.push(record, &About { at: entry.at, pid: entry.pid, tid: entry.tid, channel, traced });
        }
    }
    writer.finish()
}

/// What surrounds a record.
struct About<'a> {
    at: Instant,
    pid: u32,
    tid: u32,
    /// A log made out of a trace has none.
    channel: Option<&'static str>,
    traced: Option<&'a Traced>,
}

/// A log being written.
pub(in crate::simulate) struct Log {
    computer: String,
    first: u64,
    next: u64,
    chunk: Option<Chunk>,
    /// The file header's place, and the chunks that are full.
    out: Vec<u8>,
}

impl Log {
    /// An empty log of a computer; `first` is the record number of the first entry.
    pub(in crate::simulate) fn new(computer: &str, first: u64) -> Self {
        Self { computer: computer.to_owned(), first, next: first, chunk: None, out: vec![0; FILE_HEADER] }
    }

    /// Appends an event of a trace, as `tracerpt -of EVTX` does: with its processor and activity, without a channel,
    /// under the name of the computer that converts.
    pub(in crate::simulate) fn push_traced(&mut self, event: &Traced) {
        let Traced { at, pid, tid, record, .. } = event;
        self.push(record, &About { at: *at, pid: *pid, tid: *tid, channel: None, traced: Some(event) });
    }

    fn push(&mut self, record: &Record, about: &About<'_>) {
        let number = self.next;
        let fits = self.chunk.as_mut().is_some_and(|c| c.push(&self.computer, about, record, number));
        if !fits {
            let full = self.chunk.take();
            self.out.extend(full.map(Chunk::finish).unwrap_or_default());
            let mut chunk = Chunk::new(number);
            let fits = chunk.push(&self.computer, about, record, number);
            debug_assert!(fits, "a record is far smaller than a chunk");
            self.chunk = Some(chunk);
        }
        self.next += 1;
    }

    /// The file.
    pub(in crate::simulate) fn finish(mut self) -> Vec<u8> {
        let last = self.chunk.take().unwrap_or_else(|| Chunk::new(self.first));
        self.out.extend(last.finish());
        let chunks = (self.out.len() - FILE_HEADER) / CHUNK;
        self.out[..FILE_HEADER].copy_from_slice(&file_header(chunks as u16, self.next));
        self.out
    }
}

fn file_header(chunks: u16, next: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(FILE_HEADER);
    out.extend(b"ElfFile\0");
    out.extend(0u64.to_le_bytes());
    out.extend(u64::from(chunks - 1).to_le_bytes());
    out.extend(next.to_le_bytes());
    out.extend(128u32.to_le_bytes());
    out.extend(1u16.to_le_bytes());
    out.extend(3u16.to_le_bytes());
    out.extend((FILE_HEADER as u16).to_le_bytes());
    out.extend(chunks.to_le_bytes());
    out.resize(120, 0);
    let checksum = crc32(&[&out]);
    out.extend(0u32.to_le_bytes());
    out.extend(checksum.to_le_bytes());
    out.resize(FILE_HEADER, 0);
    out
}

struct Chunk {
    writer: Writer,
    first: u64,
    last: u64,
    last_at: usize,
}

impl Chunk {
    fn new(first: u64) -> Self {
        Self { writer: Writer::new(), first, last: first.wrapping_sub(1), last_at: 0 }
    }

    /// Appends a record; `false`, and nothing appended, where it does not fit.
    fn push(&mut self, computer: &str, about: &About<'_>, record: &Record, number: u64) -> bool {
        let writer = &mut self.writer;
        let start = writer.data.len();
        // A full chunk gets no more records, so that only its tables need to be put back.
        let heads = (writer.name_heads, writer.template_heads);
        writer.data.extend(b"\x2a\x2a\0\0\0\0\0\0");
        writer.data.extend(number.to_le_bytes());
        writer.data.extend(filetime(about.at).to_le_bytes());
        content(writer, computer, about, record, number);
        let size = (writer.data.len() - start + 4).next_multiple_of(8);
        if start + size > CHUNK {
            writer.data.truncate(start);
            (writer.name_heads, writer.template_heads) = heads;
            return false;
        }
        writer.data.resize(start + size - 4, 0);
        writer.data.extend((size as u32).to_le_bytes());
        writer.data[start + 4..start + 8].copy_from_slice(&(size as u32).to_le_bytes());
        (self.last, self.last_at) = (number, start);
        true
    }

    fn finish(self) -> Vec<u8> {
        let Self { writer, first, last, last_at } = self;
        let mut data = writer.data;
        let free = data.len();
        let records = crc32(&[&data[CHUNK_HEADER..]]);
        let mut head = Vec::with_capacity(CHUNK_HEADER);
        head.extend(b"ElfChnk\0");
        for number in [first, last, first, last] {
            head.extend(number.to_le_bytes());
        }
        for number in [128, last_at as u32, free as u32, records] {
            head.extend(number.to_le_bytes());
        }
        head.resize(128, 0);
        head[120] = 1;
        writer.name_heads.iter().for_each(|at| head.extend(at.to_le_bytes()));
        writer.template_heads.iter().for_each(|at| head.extend(at.to_le_bytes()));
        // The checksum leaves out the flags and itself.
        let checksum = crc32(&[&head[..120], &head[128..]]);
        head[124..128].copy_from_slice(&checksum.to_le_bytes());
        data[..CHUNK_HEADER].copy_from_slice(&head);
        data.resize(CHUNK, 0);
        data
    }
}

fn content(writer: &mut Writer, computer: &str, about: &About<'_>, record: &Record, number: u64) {
    let (body, body_values) = body(record);
    let body_slots: Vec<Slot<'_>> = body_values.iter().map(Slot::Plain).collect();
    let user = match record.user {
        [] => Value::Null,
        parts => Value::Sid { authority: 5, parts: parts.to_vec() },
    };
    let guid = record.provider.guid.and_then(Guid::parse).map_or(Value::Null, Value::Guid);
    let activity =
        |of: fn(&Traced) -> Option<Guid>| about.traced.and_then(of).map_or(Value::Null, Value::Guid);
    let system = [
        Value::U8(record.level),
        Value::U8(record.opcode),
        Value::U16(record.task),
        Value::U16(record.id),
        record.qualifiers.map_or(Value::Null, Value::U16),
        Value::Hex64(record.keywords),
        Value::FileTime(filetime(about.at)),
        activity(|traced| traced.activity),
        Value::U32(about.pid),
        Value::U32(about.tid),
        Value::U64(number),
        Value::U8(record.version),
        user,
        activity(|traced| traced.related),
        Value::text(record.provider.name),
        guid,
        about.channel.map_or(Value::Null, Value::text),
    ];
    let mut slots: Vec<Slot<'_>> = system.iter().map(Slot::Plain).collect();
    slots.push(Slot::Nested(&body, &body_slots));
    let of_trace =
        about.traced.map(|traced| [Value::U32(u32::from(traced.cpu)), Value::U32(0), Value::U32(0)]);
    slots.extend(of_trace.iter().flatten().map(Slot::Plain));
    writer.stream(&event(computer, record, about), &slots);
}

/// The template of `Event` and `System`: value 17 is the instance that holds the fields.
fn event(computer: &str, record: &Record, about: &About<'_>) -> Template {
    let slot = |index, kind| Content::Slot { index, kind, optional: true };
    let leaf = |name: &str, index, kind| Element::new(name).depends(index).content(slot(index, kind));
    let fixed = |name: &str, text: &str| Element::new(name).content(Content::Fixed(text.into()));
    let classic = record.body == Body::Classic;
    let provider = match classic {
        true => Element::new("Provider").attribute("Name", Content::Fixed(record.provider.name.into())),
        false => Element::new("Provider").attribute("Name", slot(14, 0x01)).attribute("Guid", slot(15, 0x0f)),
    };
    let channel = match classic {
        true => fixed("Channel", record.channel),
        false => leaf("Channel", 16, 0x01),
    };
    let mut execution =
        Element::new("Execution").attribute("ProcessID", slot(8, 0x08)).attribute("ThreadID", slot(9, 0x08));
    if about.traced.is_some() {
        for (name, index) in [("ProcessorID", 18), ("KernelTime", 19), ("UserTime", 20)] {
            execution = execution.attribute(name, slot(index, 0x08));
        }
    }
    let system = Element::new("System")
        .child(provider)
        .child(
            Element::new("EventID").depends(3).attribute("Qualifiers", slot(4, 0x06)).content(slot(3, 0x06)),
        )
        .child(leaf("Version", 11, 0x04))
        .child(leaf("Level", 0, 0x04))
        .child(leaf("Task", 2, 0x06))
        .child(leaf("Opcode", 1, 0x04))
        .child(leaf("Keywords", 5, 0x15))
        .child(Element::new("TimeCreated").attribute("SystemTime", slot(6, 0x11)))
        .child(leaf("EventRecordID", 10, 0x0a))
        .child(
            Element::new("Correlation")
                .attribute("ActivityID", slot(7, 0x0f))
                .attribute("RelatedActivityID", slot(13, 0x0f)),
        )
        .child(execution)
        .child(channel)
        .child(fixed("Computer", computer))
        .child(Element::new("Security").attribute("UserID", slot(12, 0x13)));
    let root = Element::new("Event").attribute("xmlns", Content::Fixed(EVENT_NAMESPACE.into()));
    let root = match record.body {
        Body::UserData { .. } => {
            root.child(system).child(Element::new("UserData").depends(17).content(slot(17, 0x21)))
        }
        Body::EventData | Body::Classic => root.depends(17).child(system).content(slot(17, 0x21)),
    };
    Template::new(root)
}

/// The template of the event's own part, and its values.
fn body(record: &Record) -> (Template, Vec<Value>) {
    let slot = |index: usize, value: &Value| Content::Slot {
        index: index as u16,
        kind: kind_of(value),
        optional: false,
    };
    let root = match record.body {
        Body::EventData => {
            let mut root = Element::new("EventData");
            for (index, (name, value)) in record.fields.iter().enumerate() {
                let data = Element::new("Data");
                let data = match *name {
                    "" => data,
                    name => data.attribute("Name", Content::Fixed(name.into())),
                };
                root = root.child(data.content(slot(index, value)));
            }
            root
        }
        Body::UserData { element, namespace } => {
            let mut root = Element::new(element).attribute("xmlns", Content::Fixed(namespace.into()));
            for (index, (name, value)) in record.fields.iter().enumerate() {
                root = root.child(Element::new(name).content(slot(index, value)));
            }
            root
        }
        Body::Classic => {
            let optional = |index, kind| Content::Slot { index, kind, optional: true };
            let root = Element::new("EventData")
                .child(Element::new("Data").depends(0).content(optional(0, 0x81)))
                .child(Element::new("Binary").depends(2).content(optional(2, 0x0e)));
            return (Template::new(root), classic_values(record));
        }
    };
    (Template::new(root), record.fields.iter().map(|(_, value)| value.clone()).collect())
}

/// Insertion strings, the size of the binary data, the binary data.
fn classic_values(record: &Record) -> Vec<Value> {
    let mut texts = Vec::new();
    let mut binary = Value::Null;
    let mut size = 0;
    for (_, value) in &record.fields {
        match value {
            Value::Binary(bytes) => {
                size = bytes.len() as u32;
                binary = value.clone();
            }
            other => texts.push(other.inserted()),
        }
    }
    let texts = if texts.is_empty() { Value::Null } else { Value::Texts(texts) };
    vec![texts, Value::U32(size), binary]
}

/// CRC-32 (IEEE 802.3) over several pieces.
fn crc32(pieces: &[&[u8]]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut at = 0;
        while at < 256 {
            let mut value = at as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[at] = value;
            at += 1;
        }
        table
    };
    let bytes = pieces.iter().flat_map(|p| p.iter());
    !bytes.fold(!0u32, |crc, &byte| TABLE[((crc ^ u32::from(byte)) & 0xff) as usize] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use evtx::{EvtxParser, ParserSettings};

    use super::{crc32, file};
    use crate::fact::{Guid, Instant};
    use crate::simulate::log::{Body, Entry, Provider, Record, Value, What};

    fn record(body: Body, fields: Vec<(&'static str, Value)>) -> Record {
        Record {
            provider: Provider {
                name: "Example-Provider",
                guid: Some("1c67fa80-1171-4a9e-9f41-0bb132e88ee4"),
            },
            channel: "Example/Operational",
            id: 4711,
            qualifiers: None,
            version: 2,
            level: 3,
            keywords: 0x8000_0000_0000_0001,
            task: 7,
            opcode: 1,
            user: &[18],
            body,
            fields,
        }
    }

    fn entry(seconds: i64, record: Record) -> Entry {
        let at = Instant((1_500_000_000 + seconds) * 1_000_000_000 + 123_456_700);
        Entry { at, pid: 1234, tid: 56, what: What::Record(Box::new(record)) }
    }

    fn all_kinds() -> Vec<(&'static str, Value)> {
        let guid = Guid::parse("1c67fa80-1171-4a9e-9f41-0bb132e88ee4").expect("a guid");
        vec![
            ("Text", Value::text("räksmörgås <&>")),
            ("U8", Value::U8(8)),
            ("U16", Value::U16(65535)),
            ("I32", Value::I32(-4)),
            ("U32", Value::U32(4_000_000_000)),
            ("U64", Value::U64(1 << 40)),
            ("Bool", Value::Bool(true)),
            ("Binary", Value::Binary(vec![0xde, 0xad])),
            ("Guid", Value::Guid(guid)),
            ("Time", Value::FileTime(131_444_736_000_000_000)),
            ("Sid", Value::Sid { authority: 5, parts: vec![83, 1, 2] }),
            ("H32", Value::Hex32(0xc000_009d)),
            ("H64", Value::Hex64(0xffff_e001_0000_0000)),
        ]
    }

    fn read(bytes: &[u8]) -> Vec<(u64, String)> {
        let settings = ParserSettings::new().validate_checksums(true).indent(false);
        let mut parser =
            EvtxParser::from_buffer(bytes.to_vec()).expect("a header").with_configuration(settings);
        assert!(parser.header().validate_checksum());
        parser.records().map(|r| r.map(|r| (r.event_record_id, r.data)).expect("a record")).collect()
    }

    #[test]
    fn every_value_is_read_back() {
        let namespace = "http://www.example.com/events";
        let entries = [
            entry(0, record(Body::EventData, all_kinds())),
            entry(
                1,
                record(Body::EventData, vec![("", Value::text("unnamed")), ("B", Value::text("named"))]),
            ),
            entry(2, record(Body::UserData { element: "Log", namespace }, all_kinds())),
            entry(
                3,
                Record {
                    provider: Provider { name: "classic", guid: None },
                    qualifiers: Some(0xc004),
                    user: &[],
                    ..record(
                        Body::Classic,
                        vec![
                            ("", Value::text("one")),
                            ("", Value::text("two")),
                            ("", Value::Binary(vec![1])),
                        ],
                    )
                },
            ),
            entry(4, record(Body::EventData, vec![])),
        ];
        let got = read(&file("n1.example.com", &entries, 100));
        assert_eq!(got.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [100, 101, 102, 103, 104]);
        let has = |at: usize, text: &str| assert!(got[at].1.contains(text), "{text} in {}", got[at].1);
        for at in [0, 2] {
            for text in [
                "räksmörgås &lt;&amp;&gt;",
                ">8<",
                ">65535<",
                ">-4<",
                ">4000000000<",
                ">1099511627776<",
                ">true<",
                ">DEAD<",
                "1c67fa80-1171-4a9e-9f41-0bb132e88ee4",
                "2017-07-14T02:40:00.0000000Z",
                "S-1-5-83-1-2",
                "0xc000009d",
                "0xffffe00100000000",
            ] {
                has(at, text);
            }
        }
        for text in [
            "Example-Provider",
            ">4711<",
            ">Example/Operational<",
            ">n1.example.com<",
            "S-1-5-18",
            "2017-07-14T02:40:00.1234567",
            "1234",
        ] {
            has(0, text);
        }
        has(1, "<Data>unnamed</Data><Data Name=\"B\">named</Data>");
        has(2, "<UserData><Log xmlns=\"http://www.example.com/events\"><Text>");
        has(3, "Qualifiers=\"49156\"");
        has(3, "<Data>one</Data><Data>two</Data><Binary>01</Binary>");
        has(4, "<EventData");
    }

    #[test]
    fn many_records_fill_many_chunks() {
        let entries: Vec<Entry> = (0..2000)
            .map(|n| entry(n, record(Body::EventData, vec![("Text", Value::text(format!("record {n}")))])))
            .collect();
        let bytes = file("n1.example.com", &entries, 1);
        assert!(bytes.len() > 4096 + 3 * 65536);
        assert_eq!(bytes.len() % 4096, 0);
        let got = read(&bytes);
        assert_eq!(got.len(), 2000);
        assert!(got.iter().enumerate().all(|(n, (_, xml))| xml.contains(&format!(">record {n}<"))));
        assert_eq!(read(&file("n1.example.com", &[] as &[Entry], 1)).len(), 0);
    }

    #[test]
    fn checksum() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xcbf4_3926);
    }
}
