//! Traces as an input of a bundle: facts, account, quotes, records.
//!
//! Three passes: over the headers of the buffers, over all records as they lie (what the trace says of its own events,
//! whose machine it is, where something is missing), and over all records in order of time. Memory is a few
//! buffers for each processor, and some forty bytes for each buffer. An event of a provider that says nothing here
//! is never decoded.

use std::borrow::Cow;

use super::decode::{Decoded, Decoder, Schema};
use super::etl::{
    self, ByteSource, Clock, Damage, EtlFile, EtlRecord, LogHeader, OpenError, RecordKind, Tally as Account,
};
use super::map::Map;
use super::note;
use super::schema::{GivenSchema, Schemas};
use crate::bundle::{Bundle, Input, Seekable};
use crate::fact::{
    Channel, Claim, ClockClaim, Coverage, Fact, Guid, Name, NodeClaim, NodeRef, Origin, Place, Stamp,
    TimeBase,
};
use crate::ledger::{Entry, Tally};
use crate::source::event::{self, Event, Field, Occurrence, Trace, shown};
use crate::source::{Reading, Row, Source};

/// Trace files.
pub const SOURCE: Source = Source { kind: "etl", sniff: |head| etl::sniff(head.bytes), read, quote, records };

/// The provider whose changes of state a trace may cover, and the keyword that they have.
const CSVFS: &str = "6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1";
const VOLUME_STATE: u64 = 0x2;

/// Group and opcode of the kernel's description of the machine; where its name stands, in UTF-16 units.
const SYSTEM_CONFIG: u8 = 0x0B;
const PROCESSORS: u8 = 10;
const COMPUTER: std::ops::Range<usize> = 20..532;

/// A trace with what a first pass told.
struct Opened<S> {
    file: EtlFile<S>,
    map: Map,
    schemas: Schemas,
    computer: Option<Name>,
    account: Account,
}

impl<S: ByteSource> Opened<S> {
    fn new(source: S, bundle: &Bundle) -> Result<Self, OpenError> {
        let mut file = EtlFile::open(source)?;
        let mut map = Map::new(&mut file);
        // One that cannot be read was refused when the arguments were.
        let given = bundle.schemas.iter().filter_map(|file| GivenSchema::read(&file.name, &file.bytes).ok());
        let mut schemas = Schemas::given(&given.collect::<Vec<_>>());
        let mut computer = None;
        let mut pass = file.file_order();
        pass.for_each(|record| {
            map.see(&record);
            schemas.see(&record);
            if computer.is_none() {
                computer = computer_name(&record);
            }
        });
        let account = pass.tally().clone();
        Ok(Self { file, map, schemas, computer, account })
    }
}

/// The traced machine's name, which kernel sessions log.
fn computer_name(record: &EtlRecord<'_>) -> Option<Name> {
    if (record.group(), record.opcode()) != (Some(SYSTEM_CONFIG), Some(PROCESSORS)) {
        return None;
    }
    let bytes = record.payload()?.get(COMPUTER)?;
    let units = bytes.as_chunks::<2>().0.iter().map(|two| u16::from_le_bytes(*two));
    let text: String = char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(Name::node(&text)).filter(|name| !name.is_empty())
}

fn open<'b>(bundle: &'b Bundle, input: &Input, tally: &mut Tally) -> Option<Opened<Seekable<'b>>> {
    let opened = bundle.seekable(input).map_err(OpenError::Io).and_then(|mut source| {
        let cut = source.cut.take();
        let opened = Opened::new(source, bundle)?;
        Ok((opened, cut))
    });
    match opened {
        Ok((mut opened, cut)) => {
            if let Some(error) = cut {
                opened.account.failure.get_or_insert(error.to_string());
            }
            Some(opened)
        }
        Err(error) => {
            let kind = if let OpenError::Io(_) = error { &note::READ_FAILED } else { &note::HEADER_DAMAGED };
            tally.count(Entry::Malformed);
            tally.note(kind, None, Some(error.to_string()));
            None
        }
    }
}

fn at(input: &Input, offset: u64) -> Origin {
    Origin { input: input.id, offset, place: Place::Offset }
}

fn stamp(record: &EtlRecord<'_>) -> Stamp {
    record.time().map_or(Stamp::Missing, Stamp::utc)
}

fn read(bundle: &Bundle, input: &Input) -> Reading {
    let mut reading = Reading::new(input);
    reading.time_base = TimeBase::Utc;
    let Some(opened) = open(bundle, input, &mut reading.tally) else { return reading };
    let Opened { mut file, mut map, schemas, computer, account } = opened;
    let header = file.header().clone();
    let clock = file.clock();
    reading.node = computer;
    let (gaps, is_lost) = map.gaps(&header, &account, clock);
    let mut trace = Trace::new();
    gaps.iter().for_each(|(from, to)| trace.gap(*from, *to));
    if schemas.refused() > 0 {
        let detail = format!("{} of them", schemas.refused());
        reading.tally.note(&note::SCHEMAS_REFUSED, None, Some(detail));
    }
    let mut decoder = Decoder::new(schemas, &header);
    let csvfs = Guid::parse(CSVFS);
    let mut changes: Option<(i64, i64)> = None;
    let mut is_first = true;
    let mut records = file.time_order();
    while let Some(record) = records.next_record() {
        let origin = at(input, map.offset(record.place()));
        if std::mem::take(&mut is_first) && record.place().buffer == 0 {
            let facts = of_header(&header, origin);
            reading.tally.count(if facts.is_empty() { Entry::Silent } else { Entry::Facts });
            reading.facts.extend(facts);
            continue;
        }
        take(&record, origin, &mut decoder, &mut trace, &mut reading.tally);
        let state = record.keywords().is_some_and(|keywords| keywords & VOLUME_STATE != 0);
        if state
            && record.provider() == csvfs
            && let Some(time) = record.time()
        {
            let (from, to) = changes.unwrap_or((time, time));
            changes = Some((from.min(time), to.max(time)));
        }
    }
    let late = records.tally().late;
    let told = trace.finish(&mut reading.tally);
    reading.facts.extend(told.facts);
    reading.cluster = told.cluster;
    reading.coverage = covered(input, changes, &gaps);
    let noted =
        Noted { header: &header, account: &account, late, is_lost, clock, is_empty: map.span().is_none() };
    noted.note(&mut reading.tally, input);
    reading
}

/// What the header says of the machine.
fn of_header(header: &LogHeader, origin: Origin) -> Vec<Fact> {
    let mut claims = Vec::new();
    // A trace that was merged elsewhere bears the mark of the machine that merged it.
    if !header.mode.is_relogged() && header.os_build > 0 {
        claims.push(Claim::Node(NodeRef::REPORTER, NodeClaim::OsBuild(header.os_build)));
    }
    let zone = &header.time_zone;
    let seasonal = zone.standard_from.month != 0 || zone.daylight_from.month != 0;
    // Which season's bias was in force the header does not say.
    let minutes = zone.bias.saturating_add(zone.standard_bias);
    if !header.mode.is_relogged() && !seasonal && (-14 * 60..=14 * 60).contains(&minutes) {
        claims.push(Claim::Clock(ClockClaim::Bias { minutes }));
    }
    let Some(start) = header.start else { return Vec::new() };
    claims.into_iter().map(|claim| Fact::new(Stamp::utc(start), origin, claim)).collect()
}

/// Puts one record into its box.
fn take(record: &EtlRecord<'_>, origin: Origin, decoder: &mut Decoder, trace: &mut Trace, tally: &mut Tally) {
    match record.kind() {
        RecordKind::Event32 | RecordKind::Event64 => {}
        RecordKind::Message => {
            tally.note(&note::WPP, Some(origin), None);
            return tally.count(Entry::Unknown);
        }
        RecordKind::Opaque => return tally.count(Entry::Unknown),
        // What the kernel and merging tools log of machine, processes and images.
        _ => return tally.count(Entry::Silent),
    }
    if record.payload().is_none() {
        return tally.count(Entry::Malformed);
    }
    let guid = record.provider();
    if event::provider("", guid).is_none() {
        return tally.count(Entry::Silent);
    }
    let decoded = decoder.decode(record);
    let name = || Some(format!("{} {}", provider(&decoded, guid), record.id().unwrap_or_default()));
    match decoded.schema {
        Schema::Used { .. } => {}
        Schema::None => {
            tally.note(&note::NO_SCHEMA, Some(origin), name());
            return tally.count(Entry::Unknown);
        }
        Schema::Misfit | Schema::Ambiguous | Schema::NoPayload => {
            tally.note(&note::NO_SCHEMA_FITS, Some(origin), name());
            return tally.count(Entry::Malformed);
        }
    }
    let fields: Vec<Field<'_>> = decoded.fields().collect();
    trace.take(&occurrence(record, &decoded, &fields, origin), tally);
}

fn provider(decoded: &Decoded<'_>, guid: Option<Guid>) -> String {
    if decoded.provider.is_empty() {
        guid.map(|guid| guid.to_string()).unwrap_or_default()
    } else {
        decoded.provider.to_owned()
    }
}

fn occurrence<'a>(
    record: &EtlRecord<'a>,
    decoded: &Decoded<'a>,
    fields: &'a [Field<'a>],
    origin: Origin,
) -> Occurrence<'a> {
    Occurrence {
        event: Event {
            provider: decoded.provider,
            provider_id: record.provider(),
            id: record.id().unwrap_or_default().into(),
            version: record.version().and_then(|version| u8::try_from(version).ok()),
            level: record.level().unwrap_or_default(),
            channel: decoded.channel(),
            user: None,
            fields,
        },
        stamp: stamp(record),
        origin,
        computer: None,
        process: record.process_id(),
        thread: record.thread_id(),
        processor: Some(record.cpu()),
        opcode: record.opcode(),
        keywords: record.keywords(),
        activity: record.activity_id(),
    }
}

/// Between two changes of state that a trace shows, it shows all of them, but for its gaps.
fn covered(input: &Input, changes: Option<(i64, i64)>, gaps: &[(i64, i64)]) -> Vec<Coverage> {
    let Some((from, to)) = changes else { return Vec::new() };
    let mut gaps = gaps.to_vec();
    gaps.sort_unstable();
    let mut pieces = Vec::new();
    let mut begin = from;
    for (lost, again) in gaps {
        if again < begin || lost > to {
            continue;
        }
        if lost > begin {
            pieces.push((begin, lost));
        }
        begin = begin.max(again);
    }
    if begin < to || begin == from {
        pieces.push((begin, to));
    }
    let coverage = |(from, to)| Coverage {
        input: input.id,
        reporter: None,
        channel: Channel::CsvFsOperational,
        from: Stamp::utc(from),
        to: Stamp::utc(to),
    };
    pieces.into_iter().filter(|(from, to)| from <= to).map(coverage).collect()
}

/// What is to be said of a trace as a whole.
struct Noted<'a> {
    header: &'a LogHeader,
    account: &'a Account,
    late: u64,
    is_lost: bool,
    clock: Clock,
    is_empty: bool,
}

impl Noted<'_> {
    fn note(&self, tally: &mut Tally, input: &Input) {
        let Self { header, account, late, is_lost, clock, is_empty } = *self;
        let losses = account.losses(header);
        let events = u64::from(losses.events);
        let buffers = u64::from(losses.buffers).max(losses.missing_buffers.unwrap_or(0));
        tally.lost += events + buffers;
        if events > 0 || account.buffers_after_lost_events > 0 || losses.loss_records > 0 {
            tally.note(&note::EVENTS_LOST, None, Some(format!("{events} events")));
        }
        if buffers > 0 || account.buffers_after_lost_buffers > 0 {
            tally.note(&note::BUFFERS_LOST, None, Some(format!("{buffers} buffers")));
        }
        if is_lost {
            tally.note(&note::LOSS_NOT_PLACED, None, None);
        }
        for damage in Damage::ALL {
            let count = account.damage(damage);
            if count.times == 0 {
                continue;
            }
            let first = count.first.map(|offset| at(input, offset));
            let detail = format!("{}: {} times, {} bytes", damage.words(), count.times, count.bytes);
            match damage {
                Damage::Truncated => {
                    tally.note(&note::TRUNCATED, first, Some(format!("{} bytes", count.bytes)))
                }
                _ => tally.note(&note::DAMAGED, first, Some(detail)),
            }
            // Damage of a record that is there was counted with it.
            if !matches!(damage, Damage::Truncated | Damage::ExtendedItems) {
                tally.count_many(Entry::Malformed, count.times);
            }
        }
        if let Some(failure) = &account.failure {
            tally.note(&note::READ_FAILED, None, Some(failure.clone()));
        }
        if header.is_unclosed() {
            tally.note(&note::UNCLOSED, None, None);
        }
        if header.may_have_wrapped() {
            tally.note(&note::WRAPPED, None, None);
        }
        if late > 0 {
            tally.note(&note::LATE, None, Some(format!("{late} records")));
        }
        if !clock.is_known() && !is_empty {
            tally.note(&note::NO_CLOCK, None, None);
        }
    }
}

fn quote(bundle: &Bundle, input: &Input, origins: &[Origin]) -> Vec<Option<String>> {
    let mut tally = Tally::new(input.id);
    let Some(opened) = open(bundle, input, &mut tally) else { return vec![None; origins.len()] };
    let Opened { mut file, map, schemas, .. } = opened;
    let mut decoder = Decoder::new(schemas, &file.header().clone());
    let one = |origin: &Origin| {
        let record = file.record_at(map.place(origin.offset)?)?;
        Some(line(&record, &mut decoder))
    };
    origins.iter().map(one).collect()
}

/// A record in one line.
fn line(record: &EtlRecord<'_>, decoder: &mut Decoder) -> String {
    let decoded = decoder.decode(record);
    let mut head = provider(&decoded, record.provider());
    match (record.id(), record.opcode()) {
        (Some(id), _) => head.push_str(&format!(" {id}")),
        (None, Some(opcode)) => head.push_str(&format!(" opcode {opcode}")),
        (None, None) => {}
    }
    shown::line(head, decoded.shown().map(|(name, value)| (name, Cow::Owned(value))))
}

fn records(bundle: &Bundle, input: &Input, rows: &mut dyn FnMut(Row) -> bool) -> Tally {
    let mut tally = Tally::new(input.id);
    let Some(opened) = open(bundle, input, &mut tally) else { return tally };
    let Opened { mut file, mut map, schemas, computer, account } = opened;
    let header = file.header().clone();
    let (gaps, is_lost) = map.gaps(&header, &account, file.clock());
    let clock = file.clock();
    let mut decoder = Decoder::new(schemas, &header);
    let mut trace = Trace::new();
    gaps.iter().for_each(|(from, to)| trace.gap(*from, *to));
    let node = computer.map(|name| name.to_string()).unwrap_or_default();
    let mut records = file.time_order();
    while let Some(record) = records.next_record() {
        let origin = at(input, map.offset(record.place()));
        take(&record, origin, &mut decoder, &mut trace, &mut tally);
        if !rows(row(&record, origin, &node, &mut decoder)) {
            return tally;
        }
    }
    let late = records.tally().late;
    let noted =
        Noted { header: &header, account: &account, late, is_lost, clock, is_empty: map.span().is_none() };
    noted.note(&mut tally, input);
    tally
}

/// The record before meaning. What its header says beyond the row's own columns comes first, marked `@`.
fn row(record: &EtlRecord<'_>, origin: Origin, node: &str, decoder: &mut Decoder) -> Row {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut about = |name: &str, value: Option<String>| {
        fields.extend(value.filter(|text| !text.is_empty()).map(|text| (format!("@{name}"), text)));
    };
    about("Kind", Some(format!("{:?}", record.kind())));
    about("Version", record.version().map(|n| n.to_string()));
    about("Opcode", record.opcode().map(|n| n.to_string()));
    about("Task", record.task().map(|n| n.to_string()));
    about("Keywords", record.keywords().map(|bits| format!("{bits:#x}")));
    about("ProcessID", record.process_id().map(|n| n.to_string()));
    about("ThreadID", record.thread_id().map(|n| n.to_string()));
    about("ProcessorID", Some(record.cpu().to_string()));
    about("ActivityID", record.activity_id().map(|guid| guid.to_string()));
    about("RelatedActivityID", record.related_activity_id().map(|guid| guid.to_string()));
    about("Sequence", record.message_sequence().map(|n| n.to_string()));
    if stamp(record) == Stamp::Missing {
        about("Ticks", record.ticks().map(|n| n.to_string()));
    }
    let guid = record.provider();
    let decoded = decoder.decode(record);
    about("ProviderID", guid.map(|guid| guid.to_string()));
    about("Event", Some(decoded.event().to_owned()));
    about("Schema", Some(decoded.schema.to_string()));
    fields.extend(decoded.shown().map(|(name, value)| (name.to_owned(), value)));
    Row {
        origin,
        time: shown::iso(stamp(record)).unwrap_or_default(),
        stamp: stamp(record),
        node: node.to_owned(),
        provider: provider(&decoded, guid),
        id: record.id().map(u32::from),
        level: record.level().map(event::level_name).unwrap_or_default().to_owned(),
        fields,
    }
}
