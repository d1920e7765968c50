//! Event logs that the simulator wrote, read back: reader and writer agree through the format alone. Then the
//! same logs damaged, reordered, and quoted.

use std::collections::BTreeSet;

use evtx::EvtxParser;
use throughline::bundle::{Bundle, Options};
use throughline::fact::{Origin, Place, Stamp};
use throughline::simulate;
use throughline::source::evtx::{MESSAGES, SOURCE};
use throughline::source::{Head, Reading, Row};

const HEADER: usize = 4096;
const CHUNK: usize = 65536;

/// The event logs of every scenario, by path.
fn simulated() -> Vec<(String, Vec<u8>)> {
    let mut logs = Vec::new();
    for scenario in simulate::SCENARIOS {
        for file in simulate::generate(scenario, 1, None, None) {
            if file.bytes.starts_with(b"ElfFile\0") {
                logs.push((format!("{}/{}", scenario.name, file.path), file.bytes));
            }
        }
    }
    assert!(!logs.is_empty());
    logs
}

/// One with many facts.
fn rich() -> Vec<u8> {
    let mut logs = simulated();
    let facts = |bytes: &[u8]| read(bytes).facts.len();
    logs.sort_by_key(|(_, bytes)| facts(bytes));
    logs.pop().unwrap().1
}

fn bundle(files: &[(&str, &[u8])]) -> Bundle {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    Bundle::from_memory(files, &Options::default())
}

fn read(bytes: &[u8]) -> Reading {
    let bundle = bundle(&[("log", bytes)]);
    (SOURCE.read)(&bundle, &bundle.inputs[0])
}

fn notes(reading: &Reading) -> Vec<&'static str> {
    reading.tally.notes.iter().map(|n| n.kind.name).collect()
}

/// Facts without their places.
fn said(reading: &Reading) -> BTreeSet<String> {
    reading.facts.iter().map(|f| format!("{:?} {:?} {:?}", f.stamp, f.reporter, f.claim)).collect()
}

#[test]
fn every_record_is_understood() {
    let mut all = (0, 0);
    for (path, bytes) in simulated() {
        let mut parser = EvtxParser::from_buffer(bytes.clone()).unwrap();
        let records = parser.records_json().map(Result::unwrap).count() as u64;
        let reading = read(&bytes);
        let tally = &reading.tally;
        assert_eq!(tally.entries, records, "{path}");
        assert_eq!((tally.unknown, tally.malformed, tally.lost), (0, 0, 0), "{path} {:?}", tally.notes);
        assert!(tally.balances());
        assert!(records == 0 || (reading.node.is_some() && !reading.coverage.is_empty()), "{path}");
        for fact in &reading.facts {
            assert!(fact.reporter.is_some() && matches!(fact.stamp, Stamp::Utc(_)), "{path} {fact:?}");
        }
        all = (all.0 + tally.entries, all.1 + tally.facts);
    }
    println!("{} entries, {} with facts", all.0, all.1);
    assert!(all.1 > 0);
}

/// No panic, the account balances, and what is said is no more than the whole log says.
fn holds(bytes: &[u8], whole: &BTreeSet<String>, truncated: bool, what: &str) {
    let reading = read(bytes);
    let tally = &reading.tally;
    assert!(tally.balances(), "{what} {tally:?}");
    assert!(!notes(&reading).contains(&"evtx_chunk_panicked"), "{what}");
    let entries = tally.facts + tally.silent + tally.unknown + tally.malformed;
    assert!(entries <= 4 * CHUNK as u64, "{what}");
    for fact in &reading.facts {
        assert!(fact.origin.offset < bytes.len() as u64, "{what}");
    }
    if truncated {
        assert!(said(&reading).is_subset(whole), "{what}");
    }
}

#[test]
fn truncated_anywhere() {
    let bytes = rich();
    let whole = said(&read(&bytes));
    let chunks = (bytes.len() - HEADER) / CHUNK;
    let mut lengths: BTreeSet<usize> = (0..bytes.len()).step_by(509).collect();
    lengths.extend(0..160);
    for chunk in 0..=chunks {
        let border = HEADER + chunk * CHUNK;
        lengths.extend(border - 40..border + 40);
        lengths.extend(border + 490..border + 1200);
    }
    for length in lengths.into_iter().filter(|l| *l <= bytes.len()) {
        holds(&bytes[..length], &whole, true, &format!("{length} bytes"));
    }
    let nothing = ["evtx_truncated", "evtx_nothing_readable"];
    assert_eq!(notes(&read(&bytes[..100])), nothing);
    assert_eq!(notes(&read(&bytes[..HEADER])), nothing);
    assert_eq!(notes(&read(&bytes[..HEADER + 300])), nothing);
    assert_eq!(notes(&read(&bytes)), Vec::<&str>::new());
    let mut garbage = bytes.clone();
    garbage[8..].fill(0x55);
    let told = notes(&read(&garbage));
    assert!(told.contains(&"evtx_chunk_damaged") && told.contains(&"evtx_nothing_readable"), "{told:?}");
}

#[test]
fn flipped_anywhere() {
    let bytes = rich();
    let whole = said(&read(&bytes));
    let used = HEADER + 24_000;
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = |below: usize| {
        // xorshift64
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for round in 0..1500 {
        let mut damaged = bytes.clone();
        for _ in 0..=round % 6 {
            let at = next(used.min(bytes.len()));
            damaged[at] = match next(4) {
                0 => 0,
                1 => 0xff,
                _ => damaged[at] ^ (1 << next(8)),
            };
        }
        holds(&damaged, &whole, false, &format!("round {round}"));
    }
}

#[test]
fn wrong_headers_names_and_formats() {
    let bytes = rich();
    let whole = said(&read(&bytes));
    let sniffs = |bytes: &[u8]| {
        (SOURCE.sniff)(&Head {
            path: "x.txt",
            bytes: &bytes[..bytes.len().min(CHUNK)],
            size: bytes.len() as u64,
        })
    };
    assert!(sniffs(&bytes));
    // A destroyed header costs nothing but a note.
    let mut headless = bytes.clone();
    headless[..128].fill(0xaa);
    assert!(sniffs(&headless));
    let reading = read(&headless);
    assert_eq!(said(&reading), whole);
    assert!(notes(&reading).contains(&"evtx_header_damaged"));
    // A damaged chunk costs itself.
    let mut two = bytes.clone();
    two.extend_from_slice(&bytes[HEADER..]);
    two[HEADER..HEADER + 8].fill(0);
    let reading = read(&two);
    assert_eq!(said(&reading), whole);
    assert!(notes(&reading).contains(&"evtx_chunk_damaged"));
    assert!(!sniffs(b""));
    assert!(!sniffs(b"ElfFile"));
    assert!(!sniffs("[=== Cluster ===]".as_bytes()));
    // What is no log at all is survived, whoever hands it in.
    for other in [&b"ElfFile\0"[..], b"MZ\x90", &[0xff; HEADER + CHUNK], &[0; HEADER + 3 * CHUNK]] {
        assert!(read(other).facts.is_empty());
    }
}

/// A log that wrapped has its newest chunks first in the file.
#[test]
fn chunks_in_any_order() {
    let mut longest: Option<Vec<u8>> = None;
    for scenario in simulate::SCENARIOS {
        for file in simulate::generate(scenario, 7, None, Some(24 * 30)) {
            let longer = longest.as_ref().is_none_or(|l| file.bytes.len() > l.len());
            if file.bytes.starts_with(b"ElfFile\0") && longer {
                longest = Some(file.bytes);
            }
        }
    }
    let bytes = longest.unwrap();
    let (header, chunks) = bytes.split_at(HEADER);
    println!("{} chunks", chunks.len() / CHUNK);
    let turned: Vec<u8> = chunks.chunks(CHUNK).rev().flatten().copied().collect();
    let (straight, turned) = (read(&bytes), read(&[header, &turned].concat()));
    assert_eq!(said(&straight), said(&turned));
    let coverage = |r: &Reading| r.coverage.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>();
    assert_eq!(coverage(&straight), coverage(&turned));
    assert_eq!((straight.tally.entries, 0), (turned.tally.entries, turned.tally.lost));
}

#[test]
fn records_and_quotes() {
    let bytes = rich();
    let bundle = bundle(&[("log", &bytes)]);
    let input = &bundle.inputs[0];
    let reading = (SOURCE.read)(&bundle, input);
    let mut rows: Vec<Row> = Vec::new();
    let tally = (SOURCE.records)(&bundle, input, &mut |row| {
        rows.push(row);
        true
    });
    assert_eq!((tally.entries, tally.facts), (reading.tally.entries, reading.tally.facts));
    assert_eq!(rows.len() as u64, tally.entries);
    let row = &rows[0];
    assert!(row.time.ends_with('Z') && row.time.len() == 28, "{}", row.time);
    assert_eq!(row.fields[0].0, "@Channel");
    let mut few = 0;
    (SOURCE.records)(&bundle, input, &mut |_| {
        few += 1;
        few < 3
    });
    assert_eq!(few, 3);

    let mut origins: Vec<Origin> = reading.facts.iter().map(|f| f.origin).collect();
    origins.push(Origin { input: input.id, offset: 77, place: Place::Offset });
    origins.sort_by_key(|o| o.offset);
    let texts = (SOURCE.quote)(&bundle, input, &origins);
    assert_eq!(texts.len(), origins.len());
    assert_eq!(texts[0], None);
    for (origin, text) in origins.iter().zip(&texts).skip(1) {
        let row = rows.iter().find(|r| r.origin == *origin).unwrap();
        let text = text.as_ref().unwrap();
        assert!(text.starts_with(&format!("{} {}", row.provider, row.id.unwrap())), "{text}");
        assert!(!text.contains('\n'));
    }
    println!("{}", texts[1].as_ref().unwrap());
}

/// Message texts saved beside a log are quoted, from whatever folder the log stands in.
#[test]
fn messages_beside_the_log() {
    let bytes = rich();
    let reading = read(&bytes);
    let fact = &reading.facts[0];
    let Place::Record(id) = fact.origin.place else { panic!("a record") };
    let mut provider = String::new();
    let alone = bundle(&[("log", &bytes)]);
    (SOURCE.records)(&alone, &alone.inputs[0], &mut |row| {
        provider = row.provider.clone();
        row.origin != fact.origin
    });
    let messages = message_file(id, "What\r\nhappened.", &provider);
    let check = |log: &str, beside: &str, expect: bool| {
        let bundle = bundle(&[(log, &bytes), (beside, &messages)]);
        let input = bundle.inputs.iter().find(|i| i.path == log).unwrap();
        let origin = Origin { input: input.id, ..fact.origin };
        let text = (SOURCE.quote)(&bundle, input, &[origin])[0].clone().unwrap();
        assert_eq!(text.ends_with(": What happened."), expect, "{log} {beside}: {text}");
    };
    check("n1/System.evtx", "n1/LocaleMetaData/System_1033.MTA", true);
    check("System.evtx", "localemetadata/system_1031.mta", true);
    check("n1/System.evtx", "n2/LocaleMetaData/System_1033.MTA", false);
    check("n1/System.evtx", "n1/LocaleMetaData/Application_1033.MTA", false);

    let bundle = bundle(&[("a.MTA", &messages), ("b.MTA", &messages[..200])]);
    assert!((MESSAGES.sniff)(&Head { path: "a", bytes: &messages, size: messages.len() as u64 }));
    let tally = |at: usize| (MESSAGES.read)(&bundle, &bundle.inputs[at]).tally;
    assert_eq!((tally(0).entries, tally(0).silent), (1, 1));
    assert_eq!((tally(1).entries, tally(1).malformed), (1, 1));
    for length in 0..messages.len() {
        let bundle = self::bundle(&[("a.MTA", &messages[..length])]);
        if let Some(input) = bundle.inputs.first() {
            assert!((MESSAGES.read)(&bundle, input).tally.balances());
        }
    }
}

/// An `.MTA` file with one event, one message and one publisher: a page a section, as the evtx crate's `docs/mta.md`
/// lays it out.
fn message_file(record: u64, message: &str, publisher: &str) -> Vec<u8> {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let sized = |bytes: Vec<u8>| [&(bytes.len() as u32).to_le_bytes()[..], &bytes].concat();
    let section = |payload: Vec<u8>| {
        let mut page = vec![0u8; 888];
        page[0] = 1;
        page[88..96].copy_from_slice(&888u64.to_le_bytes());
        [page, 0u32.to_le_bytes().to_vec(), sized(payload)].concat()
    };
    let events = section([record.to_le_bytes(), 0u64.to_le_bytes()].concat());
    let texts = section(sized(wide(message)));
    let publishers = section([vec![0u8; 16], sized(wide(publisher))].concat());
    let sections = [("EVT", events), ("MSG", texts), ("PUB", publishers)];
    let mut out = b"MTAFile\0".to_vec();
    for number in [1u32, 0, 0, 3] {
        out.extend(number.to_le_bytes());
    }
    let mut offset = 24 + sections.iter().map(|(name, _)| 20 + 2 * name.len()).sum::<usize>();
    for (name, data) in &sections {
        out.extend((offset as u64).to_le_bytes());
        out.extend((data.len() as u64).to_le_bytes());
        out.extend(sized(wide(name)));
        offset += data.len();
    }
    sections.iter().for_each(|(_, data)| out.extend(data));
    out
}
