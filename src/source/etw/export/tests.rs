//! One trace in all three forms: the same claims at the same times as from its own events, apart from what a form drops.

use std::fmt::Write;

use super::{TRACERPT_CSV, TRACERPT_XML, XPERF};
use crate::bundle::{Bundle, Options};
use crate::fact::{Claim, Fact, Guid, InputId, Origin, Place, Stamp};
use crate::ledger::Tally;
use crate::source::event::{Event, Field, Occurrence, Trace, Value};
use crate::source::{Head, Reading, Row, SOURCES, Source};

const CSVFS: &str = "Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic";
const GUID: &str = "6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1";
/// 2026-11-27T10:00:00Z, a FILETIME.
const BEGIN: u64 = 134_402_472_000_000_000;
const BUILD: u32 = 17763;

/// An event: microseconds, id, task, opcode, fields as `name=value`, text in quotes.
type Told = (u64, u32, &'static str, (u8, &'static str), &'static str);

/// A volume that is owned elsewhere, opened once, read and written both ways, then paused.
const EVENTS: &[Told] = &[
    (
        0,
        12544,
        "StateRundown",
        (0, "Info"),
        r#"Volume=0xFFFFE00123456010;VolumeId={7d3c1f00-0000-4000-8000-0000000000a1};VpbFlags=1;State=4;CountersName="Volume1";VolumeTargetPath="\Device\HarddiskVolume7";FsTargetPath="\Device\Mup\n2, the other""#,
    ),
    (
        1_000,
        256,
        "CreateFile",
        (0, "Info"),
        r#"Irp=0xFFFFE0012345A000;Volume=0xFFFFE00123456010;VolumeId={7d3c1f00-0000-4000-8000-0000000000a1};FileObject=0xFFFFE00123470000;RelativeFileObject=0x0;FileNameLength=38;FileName="\VMs\vm1\disk0.vhdx";DesiredAccess=0x12019F;Options=0x0;SharedAccess=0x3;AttributeFlags=0x0"#,
    ),
    (
        2_000,
        9472,
        "IO",
        (1, "Start"),
        r#"Irp=0xFFFFE0012345A010;IrpContext=0xFFFFE00123460000;FileObject=0xFFFFE00123470000;Vcb=0xFFFFE00123456010;Scb=0x3;Ccb=0x4;FileNameLength=38;FileName="\VMs\vm1\disk0.vhdx";IrpFlags=0x60900;IrpContextFlags=0x0;MajorFunction=0x3;MinorFunction=0x0;IrpSlFlags=0x0;Control=0x0;Parameter1=0x1000;Parameter2=0x0;Parameter3=0x0;Parameter4=0x0"#,
    ),
    (
        3_500,
        12336,
        "IO",
        (0, "Info"),
        "Irp=0xFFFFE0012345A010;IrpContext=0xFFFFE00123460000;Status=0x0;Information=0x1000;Duration=15000",
    ),
    (
        3_501,
        9728,
        "IO",
        (2, "Stop"),
        "Irp=0xFFFFE0012345A010;IrpContext=0xFFFFE00123460000;Status=0x0;Information=0x1000",
    ),
    (
        70_000_000,
        8960,
        "VolumeStateChange",
        (1, "Start"),
        "Volume=0xFFFFE00123456010;VolumeId={7d3c1f00-0000-4000-8000-0000000000a1};CurrentState=4;NewState=2",
    ),
    (
        70_000_250,
        9216,
        "VolumeStateChange",
        (2, "Stop"),
        "Volume=0xFFFFE00123456010;VolumeId={7d3c1f00-0000-4000-8000-0000000000a1};State=1;Source=2;Status=0xC00000BE",
    ),
];

fn cells(fields: &str) -> Vec<(&str, &str, bool)> {
    let cell = |field| {
        let (name, value): (&str, &str) = str::split_once(field, '=').expect("name=value");
        let text = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        (name, text.unwrap_or(value), text.is_some())
    };
    fields.split(';').map(cell).collect()
}

/// What the events say when their carrier keeps everything.
fn direct() -> Vec<Fact> {
    let mut trace = Trace::new();
    let mut tally = Tally::new(InputId(0));
    for (at, id, _, (opcode, _), fields) in EVENTS {
        let fields: Vec<Field<'_>> = cells(fields)
            .into_iter()
            .map(|(name, text, is_text)| {
                let number = || super::event::unsigned(text).map(Value::Unsigned);
                let guid = || Guid::parse(text).map(Value::Guid);
                let value = if is_text { None } else { guid().or_else(number) };
                Field { name, value: value.unwrap_or(Value::Text(text.into())) }
            })
            .collect();
        let occurrence = Occurrence {
            event: Event {
                provider: CSVFS,
                provider_id: Guid::parse(GUID),
                id: *id,
                version: Some(0),
                level: 4,
                channel: "",
                user: None,
                fields: &fields,
            },
            stamp: Stamp::filetime(BEGIN + at * 10),
            origin: Origin { input: InputId(0), offset: tally.entries, place: Place::Offset },
            computer: None,
            process: Some(4),
            thread: Some(100),
            processor: Some(2),
            opcode: Some(*opcode),
            keywords: Some(8),
            activity: None,
        };
        trace.take(&occurrence, &mut tally);
    }
    trace.finish(&mut tally).facts
}

const COLUMNS: &str = "Event Name, Type, Event ID, Version, Channel, Level, Opcode, Task, Keyword, PID, TID, Processor Number, Instance ID, Parent Instance ID, Activity ID, Related Activity ID, Clock-Time, Kernel(ms), User(ms), User Data";

fn csv(lost: u32) -> String {
    let mut out = format!("{COLUMNS}\r\n");
    let _ = write!(
        out,
        "  EventTrace,     Header,          0,   2,   0,   0,   0,   0, 0x0, 0x00001234, 0x00000064, 0, , , {{00000000-0000-0000-0000-000000000000}}, , {BEGIN}, 30, 15, 65536, 83951878, {BUILD}, 4, 0, 156250, 0, 0x10001, 25, 1, 8, {lost}, 2496\r\n"
    );
    for (at, id, _, (opcode, kind), fields) in EVENTS {
        let cell = |(_, text, is_text): (&str, &str, bool)| match is_text {
            true => format!("\"{text}\""),
            false => format!(" {text} "),
        };
        let payload: Vec<String> = cells(fields).into_iter().map(cell).collect();
        let time = BEGIN + at * 10;
        let _ = write!(
            out,
            "{CSVFS}, {kind} ,  {id}, 0, 16, 4, {opcode}, 103, 0x0000000000000008, 0x00000004, 0x00000064, 2, , , {{00000000-0000-0000-0000-000000000000}}, , {time}, 30, 15, {}\r\n",
            payload.join(", ")
        );
    }
    out
}

fn xml() -> String {
    let mut out = format!(
        "<Events>\r\n<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n\t<System>\r\n\t\t<Provider Guid=\"{{68fdd900-4a3e-11d1-84f4-0000f80464e3}}\" />\r\n\t\t<EventID>0</EventID>\r\n\t\t<Version>2</Version>\r\n\t\t<Opcode>0</Opcode>\r\n\t\t<TimeCreated SystemTime=\"2026-11-27T18:00:00.000000000+07:59\" />\r\n\t\t<Computer />\r\n\t</System>\r\n\t<EventData>\r\n\t\t<Data Name=\"BufferSize\">   65536</Data>\r\n\t\t<Data Name=\"ProviderVersion\">   {BUILD}</Data>\r\n\t\t<Data Name=\"PointerSize\">       8</Data>\r\n\t\t<Data Name=\"EventsLost\">       0</Data>\r\n\t</EventData>\r\n\t<RenderingInfo Culture=\"en-US\"><Opcode>Header</Opcode></RenderingInfo>\r\n\t<ExtendedTracingInfo xmlns=\"http://schemas.microsoft.com/win/2004/08/events/trace\"><EventGuid>{{68fdd900-4a3e-11d1-84f4-0000f80464e3}}</EventGuid></ExtendedTracingInfo>\r\n</Event>\r\n"
    );
    for (at, id, task, (opcode, name), fields) in EVENTS {
        let (seconds, micros) = (at / 1_000_000, at % 1_000_000);
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let data: String = cells(fields)
            .into_iter()
            .map(|(name, text, _)| format!("\t\t<Data Name=\"{name}\">{}</Data>\r\n", escaped(text)))
            .collect();
        let _ = write!(
            out,
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n\t<System>\r\n\t\t<Provider Name=\"{CSVFS}\" Guid=\"{{{GUID}}}\" />\r\n\t\t<EventID>{id}</EventID>\r\n\t\t<Version>0</Version>\r\n\t\t<Level>4</Level>\r\n\t\t<Task>103</Task>\r\n\t\t<Opcode>{opcode}</Opcode>\r\n\t\t<Keywords>0x8</Keywords>\r\n\t\t<TimeCreated SystemTime=\"2026-11-27T18:{:02}:{:02}.{micros:06}000+07:59\" />\r\n\t\t<Correlation ActivityID=\"{{00000000-0000-0000-0000-000000000000}}\" />\r\n\t\t<Execution ProcessID=\"4\" ThreadID=\"100\" ProcessorID=\"2\" KernelTime=\"30\" UserTime=\"15\" />\r\n\t\t<Channel />\r\n\t\t<Computer>CONVERTER</Computer>\r\n\t</System>\r\n\t<EventData>\r\n{data}\t</EventData>\r\n\t<RenderingInfo Culture=\"en-US\">\r\n\t\t<Opcode>{name}</Opcode>\r\n\t\t<Task>{task}</Task>\r\n\t</RenderingInfo>\r\n</Event>\r\n",
            seconds / 60,
            seconds % 60
        );
    }
    out + "</Events>\r\n"
}

fn xperf() -> String {
    let mut out = "BeginHeader\r\n".to_owned();
    let mut seen: Vec<String> = Vec::new();
    let name = |task: &str, opcode: &str| format!("{CSVFS}/{task}/win:{opcode}");
    for (_, _, task, (_, opcode), fields) in EVENTS {
        let names: Vec<&str> = cells(fields).iter().map(|cell| cell.0).collect();
        let name = name(task, opcode);
        if !seen.contains(&name) {
            let _ = write!(
                out,
                "{name},  TimeStamp,     Process Name ( PID),   ThreadID, CPU, etw:ActivityId, etw:Related ActivityId, etw:UserSid, etw:SessionId, {}\r\n",
                names.join(", ")
            );
            seen.push(name);
        }
    }
    let _ = write!(
        out,
        "EndHeader\r\nOS Version: 10.0.{BUILD}, Trace Size: 64KB, Events Lost: 0, Buffers lost: 0, Trace Start: {BEGIN}, Trace Length: 71 sec, PointerSize: 8, Trace Name: csv.etl\r\nFirstReliableEventTimeStamp, 0\r\n"
    );
    for (at, _, task, (_, opcode), fields) in EVENTS {
        let cell = |(_, text, is_text): (&str, &str, bool)| match is_text {
            true => format!("\"{text}\""),
            false => text.to_owned(),
        };
        let payload: Vec<String> = cells(fields).into_iter().map(cell).collect();
        let _ = write!(
            out,
            "{}, {at:10},           System (   4),        100,   2, , , , , {}\r\n",
            name(task, opcode),
            payload.join(", ")
        );
    }
    out
}

fn bundle(bytes: &[u8]) -> Bundle {
    Bundle::from_memory([("trace.txt".to_owned(), bytes.to_vec())], &Options::default())
}

fn read(source: &Source, bytes: &[u8]) -> Reading {
    let bundle = bundle(bytes);
    let reading = (source.read)(&bundle, &bundle.inputs[0]);
    assert!(reading.tally.balances());
    reading
}

fn account(tally: &Tally) -> String {
    let notes: String = tally.notes.iter().map(|n| format!(" {}x{}", n.kind.name, n.count)).collect();
    format!(
        "{} = {} facts {} silent {} unknown {} malformed, {} lost{notes}",
        tally.entries, tally.facts, tally.silent, tally.unknown, tally.malformed, tally.lost
    )
}

/// Claims with their times, in one order.
fn said(facts: &[Fact]) -> Vec<String> {
    let mut out: Vec<String> =
        facts.iter().map(|fact| format!("{:?} {:?}", fact.stamp, fact.claim)).collect();
    out.sort();
    out
}

fn wide(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn the_same_facts_in_every_form() {
    let expect = said(&direct());
    assert!(expect.iter().any(|fact| fact.contains("FileSystemRedirected") && fact.contains("disk0.vhdx")));
    let csv = csv(0);
    for (source, bytes) in [
        (&TRACERPT_CSV, csv.clone().into_bytes()),
        (&TRACERPT_CSV, wide(&csv)),
        (&TRACERPT_XML, xml().into_bytes()),
        (&TRACERPT_XML, wide(&xml())),
    ] {
        let reading = read(source, &bytes);
        assert_eq!(said(&reading.facts), expect, "{}", source.kind);
        // The line of column names is an entry of its own.
        let lines = if source.kind == "tracerpt_csv" { "9 = 4 facts 5" } else { "8 = 4 facts 4" };
        assert_eq!(account(&reading.tally), format!("{lines} silent 0 unknown 0 malformed, 0 lost"));
        // A converter's name is nobody's.
        assert_eq!(reading.node, None);
    }
}

/// xperf drops event ids. 12320 and 12336 have the same task, opcode and fields, so that the way of an I/O is lost with
/// its id: no traffic is claimed. Everything else is the same.
#[test]
fn xperf_drops_ids() {
    let reading = read(&XPERF, xperf().as_bytes());
    let expect =
        "18 = 3 facts 14 silent 1 unknown 0 malformed, 0 lost trace_event_unknownx1 trace_io_without_pathx1";
    assert_eq!(account(&reading.tally), expect);
    assert!(!reading.facts.iter().any(|fact| matches!(fact.claim, Claim::Traffic(_))));
    let states = |facts: &[Fact]| {
        let volumes: Vec<Fact> =
            facts.iter().filter(|f| matches!(f.claim, Claim::Volume(..))).cloned().collect();
        said(&volumes)
    };
    assert_eq!(states(&reading.facts), states(&direct()));
}

/// What the trace lost is in the account, and figures are lower bounds.
#[test]
fn losses() {
    let reading = read(&TRACERPT_CSV, csv(7).as_bytes());
    assert!(account(&reading.tally).contains("7 lost trace_text_events_lostx1"));
    let traffic =
        reading.facts.iter().filter_map(|f| if let Claim::Traffic(t) = &f.claim { Some(t) } else { None });
    let lossy: Vec<bool> = traffic.map(|t| t.lossy).collect();
    assert_eq!(lossy, [true]);
    let lost = xperf().replace("Buffers lost: 0", "Buffers lost: 2");
    assert!(account(&read(&XPERF, lost.as_bytes()).tally).contains("trace_text_events_lostx1"));
}

/// `-rts`: raw counts are placed where the header event says how, else not at all.
#[test]
fn raw_clock() {
    let names = "csv_trace, C:\\traces\\csv.etl, 1, 2, 3, 134402400000000000";
    let row = |count: u64| {
        format!(
            "{CSVFS}, Stop, 9216, 0, 16, 4, 2, 102, 0x2, 0x4, 0x64, 2, , , {{0}}, , {count}, 30, 15, 0x1, {{7d3c1f00-0000-4000-8000-0000000000a1}}, 4, 2, 0x0\r\n"
        )
    };
    let header = |tail: &str| {
        format!(
            "EventTrace, Header, 0, 2, 0, 0, 0, 0, 0x0, 0x1, 0x2, 0, , , {{0}}, , 5000000, 30, 15, 65536, 83951878, 17763, 4, 0, 156250, 0, 0x1, 25, 1, 8, 0, 2496, {tail}\r\n"
        )
    };
    let stamp = |text: String| {
        let reading = read(&TRACERPT_CSV, text.as_bytes());
        let raw = reading.tally.notes.iter().any(|note| note.kind.name == "trace_text_raw_clock");
        (reading.facts.last().map(|fact| fact.stamp), raw)
    };
    // Ten million counts a second, two seconds after the start.
    let whole = format!("{names}, 10000000, {BEGIN}, 1, 0");
    let placed = stamp(format!("{COLUMNS}\r\n{}{}", header(&whole), row(25_000_000)));
    assert_eq!(placed, (Some(Stamp::filetime(BEGIN + 20_000_000)), false));
    for tail in ["", "1, 2, 3, 4", "10000000, 77, 1, 0"] {
        let lost = stamp(format!("{COLUMNS}\r\n{}{}", header(tail), row(25_000_000)));
        assert_eq!(lost, (Some(Stamp::Missing), true), "{tail}");
    }
}

/// The converting machine had no schema: bytes, decoded by what ships with this program.
#[test]
fn payloads_without_a_schema() {
    let mut payload = Vec::new();
    payload.extend(0xFFFF_E001_2345_6010_u64.to_le_bytes());
    payload.extend(Guid::parse("7d3c1f00-0000-4000-8000-0000000000a1").expect("a GUID").to_windows());
    payload.extend(4_i32.to_le_bytes());
    payload.extend(2_i32.to_le_bytes());
    let hex: String = payload.iter().map(|b| format!("{b:02X}")).collect();
    let event = |provider: &str, body: &str| {
        format!(
            "<Events><Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Guid=\"{{{provider}}}\"/><EventID>8960</EventID><Version>0</Version><TimeCreated SystemTime=\"2026-11-27T10:00:00Z\"/></System>{body}</Event></Events>"
        )
    };
    let check = |provider: &str, body: &str, expect: &str| {
        let reading = read(&TRACERPT_XML, event(provider, body).as_bytes());
        assert_eq!(account(&reading.tally), expect, "{body}");
        reading.facts
    };
    let one = "1 = 1 facts 0 silent 0 unknown 0 malformed, 0 lost";
    let facts = check(GUID, &format!("<BinaryEventData>{hex}</BinaryEventData>"), one);
    let error = format!(
        "<ProcessingErrorData><ErrorCode>15003</ErrorCode><DataItemName>x</DataItemName><EventPayload>{hex}</EventPayload></ProcessingErrorData>"
    );
    assert_eq!(check(GUID, &error, one), facts);
    assert!(matches!(facts[0].claim, Claim::Volume(..)));
    let odd = "1 = 0 facts 0 silent 1 unknown 0 malformed, 0 lost";
    check(
        GUID,
        "<BinaryEventData>0102</BinaryEventData>",
        &format!("{} trace_text_payload_not_decodedx1 trace_event_unknownx1", odd),
    );
    let silent = "1 = 0 facts 1 silent 0 unknown 0 malformed, 0 lost";
    check(
        "11111111-2222-4333-8444-555555555555",
        &format!("<BinaryEventData>{hex}</BinaryEventData>"),
        silent,
    );
    check(
        "11111111-2222-4333-8444-555555555555",
        "<DebugData><SequenceNumber>0</SequenceNumber><Message>Unknown( 10)</Message></DebugData>",
        silent,
    );
}

/// A WPP message without an id is none of ours; anything else without one is damaged.
#[test]
fn messages_without_an_id() {
    let event = |body: &str| {
        format!(
            "<Events><Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><TimeCreated SystemTime=\"2026-11-27T10:00:00Z\"/></System>{body}</Event></Events>"
        )
    };
    let check = |body: &str, expect: &str| {
        assert_eq!(account(&read(&TRACERPT_XML, event(body).as_bytes()).tally), expect, "{body}");
    };
    check(
        "<DebugData><Message>x</Message></DebugData>",
        "1 = 0 facts 1 silent 0 unknown 0 malformed, 0 lost",
    );
    check("<EventData/>", "1 = 0 facts 0 silent 0 unknown 1 malformed, 0 lost trace_text_malformedx1");
}

/// Windows prints the names of mapped values.
#[test]
fn names_of_values() {
    let text = csv(0).replace(" 4 ,  2 \r\n", " Active , Draining \r\n");
    assert_ne!(text, csv(0));
    assert_eq!(said(&read(&TRACERPT_CSV, text.as_bytes()).facts), said(&direct()));
}

#[test]
fn quotes_and_records() {
    for (source, bytes) in [
        (&TRACERPT_CSV, csv(0).into_bytes()),
        (&TRACERPT_CSV, wide(&csv(0))),
        (&TRACERPT_XML, xml().into_bytes()),
        (&TRACERPT_XML, wide(&xml())),
        (&XPERF, xperf().into_bytes()),
    ] {
        let bundle = bundle(&bytes);
        let input = &bundle.inputs[0];
        let mut origins: Vec<Origin> = read(source, &bytes).facts.iter().map(|fact| fact.origin).collect();
        origins.sort_unstable();
        let quotes = (source.quote)(&bundle, input, &origins);
        assert!(quotes.iter().all(|quote| quote.as_ref().is_some_and(|q| q.contains("CsvFs"))), "{quotes:?}");
        let mut rows: Vec<Row> = Vec::new();
        let tally = (source.records)(&bundle, input, &mut |row| {
            rows.push(row);
            true
        });
        assert!(tally.balances());
        assert_eq!(rows.len(), EVENTS.len(), "{}", source.kind);
        let row = &rows[EVENTS.len() - 1];
        assert_eq!((row.time.as_str(), row.id), ("2026-11-27T10:01:10.0002500Z", Some(9216)));
        assert!(row.fields.iter().any(|(name, value)| name == "State" && value == "1"), "{row:?}");
    }
}

/// Each form is taken by its own source, none by another; other formats stay what they are.
#[test]
fn by_content() {
    let kind = |bytes: &[u8]| {
        let head = Head { path: "x", bytes: &bytes[..bytes.len().min(64 << 10)], size: bytes.len() as u64 };
        SOURCES.iter().find(|source| (source.sniff)(&head)).map_or("-", |source| source.kind)
    };
    assert_eq!(kind(csv(0).as_bytes()), "tracerpt_csv");
    assert_eq!(kind(&wide(&csv(0))), "tracerpt_csv");
    assert_eq!(kind(xml().as_bytes()), "tracerpt_xml");
    assert_eq!(kind(&wide(&xml())), "tracerpt_xml");
    assert_eq!(kind(xperf().as_bytes()), "xperf_text");
    assert_eq!(kind(b"\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\a\\b\\c\""), "counters");
    assert_eq!(kind(b"<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj/></Objs>"), "clixml");
}

/// A string over several lines, rows that are none, and what was cut.
#[test]
fn damaged_rows() {
    let text = csv(0);
    let broken = text.replace("n2, the other\"", "n2,\r\nthe other\"");
    let reading = read(&TRACERPT_CSV, broken.as_bytes());
    assert_eq!(account(&reading.tally), "9 = 4 facts 5 silent 0 unknown 0 malformed, 0 lost");
    let cut = format!(
        "{COLUMNS}\r\nnonsense\r\n{}",
        &text[text.find(CSVFS).expect("a row")..text.rfind("0xC0").expect("a cell")]
    );
    let reading = read(&TRACERPT_CSV, cut.as_bytes());
    assert_eq!(
        account(&reading.tally),
        "9 = 3 facts 4 silent 0 unknown 2 malformed, 0 lost trace_text_malformedx2"
    );
    let long = format!("{text}{}\r\n", "x".repeat(3 << 20));
    assert!(account(&read(&TRACERPT_CSV, long.as_bytes()).tally).contains("1 malformed"));
}

/// Cut anywhere, with bits flipped: no panic, ledgers balance, records and quotes work.
#[test]
fn hostile() {
    for (source, text) in [(&TRACERPT_CSV, csv(0)), (&TRACERPT_XML, xml()), (&XPERF, xperf())] {
        let whole = text.as_bytes();
        for length in (0..whole.len()).step_by(7) {
            read(source, &whole[..length]);
        }
        let mut state = 7_u64;
        for _ in 0..400 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (state >> 33) as usize % whole.len();
            let mut bytes = whole.to_vec();
            bytes[at] ^= 1 << (state >> 29 & 7);
            let facts = read(source, &bytes).facts;
            let bundle = bundle(&bytes);
            let mut origins: Vec<Origin> = facts.iter().map(|fact| fact.origin).collect();
            origins.sort_unstable();
            assert_eq!((source.quote)(&bundle, &bundle.inputs[0], &origins).len(), origins.len());
            assert!((source.records)(&bundle, &bundle.inputs[0], &mut |_| true).balances());
        }
    }
}
