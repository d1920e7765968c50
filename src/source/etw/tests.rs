//! Real traces through the source: exact accounts, every record found again, and damage that costs itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::forge::{BASE, COMPRESSED, Forge, event};
use super::SOURCE;
use crate::bundle::{Bundle, Options};
use crate::fact::{Claim, Fact, Guid, TrafficClaim, TrafficPath};
use crate::source::{Reading, Row};

#[path = "../../../tests/etl/forge.rs"]
mod forge;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/etl")
}

fn real(name: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(folder().join(name)).ok();
    if bytes.is_none() {
        eprintln!("skipped: no {name} in ../shared/data/etl");
    }
    bytes
}

fn bundle(bytes: Vec<u8>) -> Bundle {
    Bundle::from_memory([("trace.etl".to_owned(), bytes)], &Options::default())
}

fn read(bytes: Vec<u8>) -> Reading {
    let bundle = bundle(bytes);
    let reading = (SOURCE.read)(&bundle, &bundle.inputs[0]);
    assert!(reading.tally.balances());
    reading
}

fn rows(bundle: &Bundle) -> Vec<Row> {
    let mut rows = Vec::new();
    let tally = (SOURCE.records)(bundle, &bundle.inputs[0], &mut |row| {
        rows.push(row);
        true
    });
    assert!(tally.balances());
    rows
}

/// File; facts, silent, unknown, malformed, lost; notes.
const REAL: &[(&str, [u64; 5], &str)] = &[
    ("compressed-32bit-ptr4.etl", [0, 2, 0, 0, 0], ""),
    ("compressed-tracelogging-struct.etl", [0, 23, 0, 0, 0], ""),
    ("eventsource-manifest-fffe-1MBbuffers.etl", [1, 12, 0, 0, 0], ""),
    ("kernel-systemlogger-shutdown.etl", [1, 17077, 0, 0, 0], ""),
    ("manifest-win7-http.etl", [1, 2041, 0, 0, 0], ""),
    ("manifest-win7-kernelnetwork.etl", [1, 8923, 0, 0, 0], ""),
    ("relogged-uncompressed-small.etl", [0, 4, 0, 0, 0], ""),
    ("tracelogging-circular-waasmedic.etl", [1, 20, 0, 0, 0], ""),
    ("tracelogging-lxcore-group-trait-tags.etl", [1, 3, 0, 0, 0], ""),
    ("tracelogging-primitive-types.etl", [1, 6, 0, 0, 0], ""),
    ("tracelogging-vararray-amsi.etl", [1, 20, 0, 0, 3], "events_lost loss_not_placed"),
    ("wpp-systemtime-cldflt0.etl", [1, 3, 13, 0, 0], "wpp_messages"),
    ("wpp-systemtime-cldflt1.etl", [1, 3, 3, 0, 0], "wpp_messages"),
    ("wpp-systemtime-cldflt2.etl", [1, 1, 0, 0, 0], "unclosed"),
];

#[test]
fn real_traces() {
    for (name, boxes, notes) in REAL {
        let Some(bytes) = real(name) else { continue };
        let reading = read(bytes);
        let t = &reading.tally;
        let told: Vec<_> = t.notes.iter().map(|n| n.kind.name.trim_start_matches("etl_")).collect();
        assert_eq!([t.facts, t.silent, t.unknown, t.malformed, t.lost], *boxes, "{name}");
        assert_eq!(told.join(" "), *notes, "{name}");
    }
}

/// Every record is printed once and found again at its origin, compressed or not.
#[test]
fn every_record_is_found_again() {
    for (name, boxes, _) in REAL {
        let Some(bytes) = real(name) else { continue };
        found_again(&bundle(bytes), boxes[..4].iter().sum(), name);
    }
    for compressed in [false, true] {
        let trace = csvfs(&Load { compressed, ..Load::default() }).0;
        found_again(&bundle(trace), 3 * 2000 + 2, "forged");
    }
}

fn found_again(bundle: &Bundle, records: u64, name: &str) {
    let rows = rows(bundle);
    assert_eq!(rows.len() as u64, records, "{name}");
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| row.origin.offset);
    // A quote of many records reads the trace once for all.
    let sorted: Vec<&Row> = sorted.into_iter().step_by(1 + rows.len() / 500).collect();
    let origins: Vec<_> = sorted.iter().map(|row| row.origin).collect();
    assert!(origins.windows(2).all(|two| two[0].offset < two[1].offset), "{name}: an origin twice");
    let lines = (SOURCE.quote)(bundle, &bundle.inputs[0], &origins);
    for (row, line) in sorted.iter().zip(lines) {
        let line = line.unwrap_or_else(|| panic!("{name}: {:?}", row.origin));
        assert!(line.starts_with(&row.provider), "{name}: {line}");
        let last = row.fields.iter().rev().find(|(name, value)| {
            !name.is_empty() && value.len() < 30 && value.bytes().all(|b| b.is_ascii_graphic())
        });
        let short = line.len() < 1500;
        if let Some((field, value)) = last.filter(|(name, _)| short && !name.starts_with('@')) {
            let spelled = |quote: &str| format!("{field}={quote}{value}{quote}");
            assert!(
                line.contains(&spelled("")) || line.contains(&spelled("'")),
                "{name}: {line} {field} {value}"
            );
        }
    }
}

/// What a forged trace of I/Os is to hold.
struct Load {
    compressed: bool,
    /// Every so many buffers one is lost.
    lose: Option<usize>,
    /// I/Os carry activity ids.
    activities: bool,
}

impl Default for Load {
    fn default() -> Self {
        Self { compressed: false, lose: None, activities: true }
    }
}

const CSVFS: &str = "6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1";
const VOLUME: u8 = 0xA1;
const VCB: u64 = 0xFFFF_E001_2000_0000;

fn csvfs_event(ticks: u64, id: u16, activity: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = event(ticks, id, &[], payload);
    let guid = Guid::parse(CSVFS).expect("a GUID").to_windows();
    bytes[24..40].copy_from_slice(&guid);
    bytes[42] = 0;
    bytes[48..56].copy_from_slice(&8u64.to_le_bytes());
    bytes[64..72].copy_from_slice(&activity.to_le_bytes());
    bytes
}

/// Bytes by file and path: truth of a trace, or what was read of it.
type Sums = BTreeMap<(String, TrafficPath), u64>;

/// 2,000 I/Os of two files over three minutes and four processors: the trace and its truth.
fn csvfs(load: &Load) -> (Vec<u8>, Sums) {
    let mut forge = Forge::new(4096);
    forge.mode = if load.compressed { COMPRESSED } else { 1 };
    forge.begin(true);
    let mut truth = Sums::new();
    let mut queues: [Vec<Vec<u8>>; 4] = Default::default();
    let second = forge.frequency;
    let mut buffers = 0usize;
    let mut flush = |queue: &mut Vec<Vec<u8>>, cpu: usize, forge: &mut Forge| {
        while !queue.is_empty() {
            buffers += 1;
            let taken = match load.lose {
                // As many records as a buffer holds are gone.
                Some(every) if buffers.is_multiple_of(every) => {
                    forge.lose(1);
                    queue.len().min(12)
                }
                _ => forge.buffer(cpu as u16, queue),
            };
            queue.drain(..taken);
        }
    };
    let mut payload = vec![0u8; 8];
    payload.extend([VOLUME; 16]);
    payload.extend([0; 4 + 4]);
    for text in ["Volume1", "", ""] {
        payload.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    payload[..8].copy_from_slice(&VCB.to_le_bytes());
    queues[0].push(csvfs_event(BASE, 12544, 0, &payload));
    for n in 0..2000u64 {
        let at = BASE + n * second * 180 / 2000;
        let (irp, context) = (0xFFFF_E001_0000_0000 + n % 7 * 0x1000, 0xFFFF_E001_1000_0000 + n % 7 * 0x100);
        let file = if n % 3 == 0 { r"\VMs\a.vhdx" } else { r"\VMs\b.vhdx" };
        let (id, path) = if n % 2 == 0 {
            (12320, TrafficPath::Direct)
        } else {
            (12336, TrafficPath::FileSystemRedirected)
        };
        let bytes = 512 * (1 + n % 128);
        *truth.entry((file.to_owned(), path)).or_default() += bytes;
        let mut start: Vec<u8> = [irp, context, VCB + 0x100, VCB, VCB + 0x200, VCB + 0x300]
            .into_iter()
            .flat_map(u64::to_le_bytes)
            .collect();
        start.extend((2 * file.len() as u16).to_le_bytes());
        start.extend(file.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        start.extend([0, 0, 3 + n as u32 % 2, 0, 0, 0].into_iter().flat_map(u32::to_le_bytes));
        start.extend([0; 32]);
        let mut took: Vec<u8> = [irp, context].into_iter().flat_map(u64::to_le_bytes).collect();
        took.extend(0u32.to_le_bytes());
        took.extend(bytes.to_le_bytes());
        let ended = took.clone();
        took.extend(4711u64.to_le_bytes());
        let activity = if load.activities { n + 1 } else { 0 };
        // An I/O begins and ends on different processors.
        let (cpu, other) = ((n % 4) as usize, (n / 4 % 4) as usize);
        queues[cpu].push(csvfs_event(at, 9472, activity, &start));
        queues[other].push(csvfs_event(at + 10, id, activity, &took));
        queues[other].push(csvfs_event(at + 20, 9728, activity, &ended));
        for (cpu, queue) in queues.iter_mut().enumerate() {
            if queue.len() > 40 {
                flush(queue, cpu, &mut forge);
            }
        }
    }
    for (cpu, queue) in queues.iter_mut().enumerate() {
        flush(queue, cpu, &mut forge);
    }
    (forge.finish(), truth)
}

fn traffic(reading: &Reading) -> Vec<&TrafficClaim> {
    fn claim(fact: &Fact) -> Option<&TrafficClaim> {
        match &fact.claim {
            Claim::Traffic(claim) => Some(claim),
            _ => None,
        }
    }
    reading.facts.iter().filter_map(claim).collect()
}

fn sums(claims: &[&TrafficClaim]) -> Sums {
    let mut sums = Sums::new();
    for claim in claims {
        let file = claim.file.as_ref().map(ToString::to_string).unwrap_or_default();
        let bytes = claim.read.bytes + claim.written.bytes + claim.undirected.bytes;
        *sums.entry((file, claim.path)).or_default() += bytes;
    }
    sums
}

#[test]
fn bytes_are_exact() {
    for (compressed, activities) in [(false, true), (true, false)] {
        let (trace, truth) = csvfs(&Load { compressed, activities, lose: None });
        let reading = read(trace);
        assert!(reading.tally.notes.is_empty(), "{:?}", reading.tally.notes);
        let claims = traffic(&reading);
        assert_eq!(sums(&claims), truth);
        assert!(claims.iter().all(|claim| !claim.lossy && claim.undirected.bytes == 0));
        let volume = Some(Guid::from_windows([VOLUME; 16]));
        assert!(claims.iter().all(|claim| claim.volume.guid == volume && claim.process == Some(12)));
        // Three minutes, two files, two paths.
        assert_eq!(claims.len(), 12);
        let t = &reading.tally;
        assert_eq!([t.facts, t.silent, t.unknown, t.malformed, t.lost], [2002, 4000, 0, 0, 0]);
        assert!(t.notes.is_empty(), "{:?}", t.notes);
    }
}

#[test]
fn what_is_lost_is_said() {
    for activities in [true, false] {
        let (trace, truth) = csvfs(&Load { lose: Some(20), activities, compressed: false });
        let reading = read(trace);
        let claims = traffic(&reading);
        let counted = sums(&claims);
        for (key, bytes) in &counted {
            let all = truth.get(key).copied().unwrap_or_else(|| truth.values().sum());
            assert!(*bytes <= all, "{key:?} {bytes} {all}");
        }
        assert!(counted.values().sum::<u64>() < truth.values().sum());
        assert!(claims.iter().any(|claim| claim.lossy));
        assert!(reading.tally.lost > 0);
        let names: Vec<_> = reading.tally.notes.iter().map(|n| n.kind.name).collect();
        assert!(names.contains(&"etl_buffers_lost"), "{names:?}");
    }
}

/// Damage costs itself: no panic, the account balances, and what is gone is said.
#[test]
fn damage() {
    let (trace, truth) = csvfs(&Load::default());
    let all: u64 = truth.values().sum();
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..40 {
        let mut cut = trace.clone();
        cut.truncate(random(trace.len()));
        let reading = read(cut);
        assert!(sums(&traffic(&reading)).values().sum::<u64>() <= all);
        assert!(!reading.tally.notes.is_empty());
    }
    for _ in 0..40 {
        let mut flipped = trace.clone();
        for _ in 0..1 + random(20) {
            let at = random(flipped.len());
            flipped[at] ^= 1 << random(8);
        }
        read(flipped);
    }
    for garbage in [vec![], vec![0; 100], trace[..90].to_vec(), trace[..400].to_vec()] {
        read(garbage);
    }
}

/// A trace is known by its content, in a zip as well, and a bundle of nothing else is read.
#[test]
fn packed() {
    let (trace, truth) = csvfs(&Load::default());
    let mut packed = Vec::new();
    let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &trace).expect("written");
    encoder.finish().expect("finished");
    // The deflate stream of a gzip member stands behind ten bytes and before eight.
    let deflate = &packed[10..packed.len() - 8];
    let crc = &packed[packed.len() - 8..packed.len() - 4];
    let sizes = [(deflate.len() as u32).to_le_bytes(), (trace.len() as u32).to_le_bytes()].concat();
    let name = b"csv.etl.001";
    let mut zip = Vec::new();
    let common = |zip: &mut Vec<u8>| {
        zip.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
        zip.extend(crc);
        zip.extend(&sizes);
        zip.extend([name.len() as u8, 0, 0, 0]);
    };
    zip.extend(b"PK\x03\x04");
    common(&mut zip);
    zip.extend(name);
    zip.extend(deflate);
    let directory = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\x00");
    common(&mut zip);
    zip.extend([0; 14]);
    zip.extend(name);
    let length = zip.len() as u32 - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(length.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0, 0]);
    let bundle = Bundle::from_memory([("b.zip".to_owned(), zip)], &Options::default());
    assert_eq!(bundle.inputs.len(), 1, "{:?}", bundle.refused);
    let kind = crate::source::recognise(&bundle, &bundle.inputs[0]).expect("readable").map(|s| s.kind);
    assert_eq!(kind, Some("etl"));
    let reading = (SOURCE.read)(&bundle, &bundle.inputs[0]);
    assert_eq!(sums(&traffic(&reading)), truth);
}

/// The same trace as tracerpt writes it to text gives the same claims at the same times. Dropped there: the zone, and
/// what is covered.
#[test]
fn the_same_as_text() {
    const COLUMNS: &str = "Event Name, Type, Event ID, Version, Channel, Level, Opcode, Task, Keyword, PID, TID, Processor Number, Instance ID, Parent Instance ID, Activity ID, Related Activity ID, Clock-Time, Kernel(ms), User(ms), User Data";
    let (trace, _) = csvfs(&Load::default());
    let whole = read(trace.clone());
    let header = "EventTrace, Header, 0, 2, 0, 0, 0, 0, 0x0, 0x1, 0x2, 0, , , {0}, ";
    let mut csv = format!(
        "{COLUMNS}\r\n{header}, {}, 0, 0, 4096, 1, 20348, 4, 0, 0, 0, 0x1, 9, 1, 8, 0, 2000\r\n",
        forge::START
    );
    let namespace = "xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"";
    let mut xml = format!(
        "<Events>\n<Event {namespace}><System><Provider Guid=\"{{68fdd900-4a3e-11d1-84f4-0000f80464e3}}\"/><EventID>0</EventID><TimeCreated SystemTime=\"2024-01-01T00:00:00Z\"/></System><EventData><Data Name=\"ProviderVersion\">20348</Data><Data Name=\"LogFileMode\">0x1</Data><Data Name=\"EventsLost\">0</Data></EventData></Event>\n"
    );
    for row in rows(&bundle(trace)) {
        let about = |name: &str| {
            let found = row.fields.iter().find(|(own, _)| own.strip_prefix('@') == Some(name));
            found.map_or("", |(_, value)| value.as_str())
        };
        let Some(id) = row.id.filter(|_| row.provider.contains("CsvFs")) else { continue };
        let nanos = crate::source::event::iso_time(&row.time).expect("a time");
        let ticks = nanos / 100 + 116_444_736_000_000_000;
        let (pid, tid, cpu) = (about("ProcessID"), about("ThreadID"), about("ProcessorID"));
        let activity = format!("{{{}}}", about("ActivityID"));
        let number = |text: &str| text.parse::<u32>().expect("a number");
        csv += &format!(
            "{}, Info , {id}, 0, 16, 4, {}, 103, 0x8, {:#010x}, {:#x}, {cpu}, , , {activity}, , {ticks}, 0, 0",
            row.provider,
            about("Opcode"),
            number(pid),
            number(tid),
        );
        xml += &format!(
            "<Event {namespace}><System><Provider Name=\"{}\" Guid=\"{{{CSVFS}}}\"/><EventID>{id}</EventID><Version>0</Version><TimeCreated SystemTime=\"{}\"/><Correlation ActivityID=\"{activity}\"/><Execution ProcessID=\"{pid}\" ThreadID=\"{tid}\" ProcessorID=\"{cpu}\"/></System><EventData>",
            row.provider, row.time
        );
        for (name, value) in row.fields.iter().filter(|(name, _)| !name.starts_with('@')) {
            let value = value.split(" (").next().unwrap_or_default();
            let is_text = name.ends_with("Name") || name.ends_with("Path");
            let quote = if is_text { "\"" } else { "" };
            csv += &format!(", {quote}{value}{quote}");
            xml += &format!("<Data Name=\"{name}\">{value}</Data>");
        }
        csv += "\r\n";
        xml += "</EventData></Event>\n";
    }
    let said = |reading: &Reading| {
        let facts = reading.facts.iter().filter(|fact| !matches!(fact.claim, Claim::Clock(_)));
        let mut out: Vec<String> = facts.map(|fact| format!("{:?} {:?}", fact.stamp, fact.claim)).collect();
        out.sort();
        out
    };
    assert_eq!(said(&whole).len(), 14);
    for (source, text) in
        [(super::export::TRACERPT_CSV, csv), (super::export::TRACERPT_XML, xml + "</Events>\n")]
    {
        let bundle = bundle(text.into_bytes());
        let reading = (source.read)(&bundle, &bundle.inputs[0]);
        assert_eq!(said(&reading), said(&whole), "{}", source.kind);
        assert!(reading.tally.notes.is_empty(), "{:?}", reading.tally.notes);
    }
}
