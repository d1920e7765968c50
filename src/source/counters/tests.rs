//! Logs in the documented form with invented names: what they say, what they must not say, and damage.

use super::{BLG, SOURCE};
use crate::bundle::{Bundle, Options};
use crate::fact::{Claim, Fact, Meter, Stamp, TrafficPath, VolumeClaim};
use crate::ledger::Tally;
use crate::source::{Head, Reading, Row};

const READ: &str = r"\\HV-A\Cluster CSVFS Redirected IO(Volume1)\Read Bytes/sec";
const WRITE: &str = r"\\HV-A\Cluster CSVFS Redirected IO(Volume1)\Write Bytes/sec";

fn bundle(bytes: &[u8]) -> Bundle {
    Bundle::from_memory([("counters.csv".to_owned(), bytes.to_vec())], &Options::default())
}

fn read(bytes: &[u8]) -> Reading {
    let bundle = bundle(bytes);
    let reading = (SOURCE.read)(&bundle, &bundle.inputs[0]);
    assert!(reading.tally.balances());
    reading
}

/// A log of these counters: `hh:mm:ss` (of 27 November 2026) and values a line, `_` for a blank.
fn log(zone: &str, counters: &[&str], samples: &str) -> String {
    let mut out = format!("\"(PDH-CSV 4.0) {zone}\"");
    counters.iter().for_each(|counter| out += &format!(",\"{counter}\""));
    for sample in samples.trim().lines() {
        let mut cells = sample.split_whitespace();
        out += &format!("\r\n\"11/27/2026 {}.000\"", cells.next().expect("a time"));
        cells.for_each(|cell| out += &format!(",\"{}\"", cell.replace('_', " ")));
    }
    out + "\r\n"
}

fn clock(stamp: Stamp) -> String {
    let Stamp::File(nanos) = stamp else { return format!("{stamp:?}") };
    chrono::DateTime::from_timestamp_nanos(nanos).format("%H:%M:%S").to_string()
}

/// `time node volume: way read/written bytes [ops] length` of every fact.
fn told(facts: &[Fact]) -> String {
    let one = |fact: &Fact| {
        let node = fact.reporter.as_ref().map_or("?", |node| node.as_str());
        let head = format!("{} {node}", clock(fact.stamp));
        match &fact.claim {
            Claim::Traffic(t) => {
                let volume = t.volume.friendly.as_ref().map_or("?", |name| name.as_str());
                let way = match (t.path, t.meter) {
                    (TrafficPath::Direct, Meter::VolumeManagerCounter) => "disk",
                    (TrafficPath::Direct, _) => "direct",
                    (TrafficPath::FileSystemRedirected, _) => "fs",
                    (TrafficPath::BlockRedirected, _) => "block",
                };
                let ops = t.read.operations.map_or(String::new(), |n| format!(" {n} ops"));
                let lossy = if t.lossy { " lossy" } else { "" };
                let seconds = t.length as f64 / 1e9;
                format!("{head} {volume}: {way} {}/{}{ops} {seconds}s{lossy}", t.read.bytes, t.written.bytes)
            }
            Claim::Volume(volume, VolumeClaim::State { state, .. }) => {
                let name = volume.friendly.as_ref().map_or("?", |name| name.as_str());
                format!("{head} {name}: {}", state.word())
            }
            other => format!("{head} {other:?}"),
        }
    };
    facts.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn account(tally: &Tally) -> String {
    let notes: Vec<String> =
        tally.notes.iter().map(|note| format!(" {}x{}", note.kind.name, note.count)).collect();
    format!(
        "{} = {} facts {} silent {} unknown {} malformed{}",
        tally.entries,
        tally.facts,
        tally.silent,
        tally.unknown,
        tally.malformed,
        notes.concat()
    )
}

fn check(bytes: &[u8], facts: &str, ledger: &str) {
    let reading = read(bytes);
    assert_eq!(told(&reading.facts), facts.trim());
    assert_eq!(account(&reading.tally), ledger);
}

#[test]
fn rates_by_the_minute() {
    let text = log(
        "(W. Europe Standard Time)(-60)",
        &[READ, WRITE],
        "10:00:00 _ _
         10:00:15 100 10
         10:00:30 200 0
         10:00:45 0.5 0
         10:01:00 1 0
         10:01:15 _ _
         10:01:30 8 8",
    );
    let facts = "10:00:00 HV-A Volume1: fs 4523/150 60s\n10:01:15 HV-A Volume1: fs 120/120 15s";
    check(text.as_bytes(), facts, "8 = 5 facts 3 silent 0 unknown 0 malformed");
    let reading = read(text.as_bytes());
    assert_eq!(reading.node.map(|n| n.as_str().to_owned()).as_deref(), Some("HV-A"));
    assert_eq!(reading.time_base, crate::fact::TimeBase::Local { offset_minutes: Some(-60) });
    // The same log as UTF-16 and separated by tabs.
    let tabs = text.replace("PDH-CSV", "PDH-TSV").replace("\",\"", "\"\t\"");
    let wide: Vec<u8> = [0xfeff].into_iter().chain(tabs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [tabs.as_bytes(), &wide] {
        check(bytes, facts, "8 = 5 facts 3 silent 0 unknown 0 malformed");
    }
}

#[test]
fn no_quantity_twice() {
    // Old and new sets measure the same I/O; the sums and `Cluster CSVFS` would count it again.
    let text = log(
        "(UTC)(0)",
        &[
            r"\\a\Cluster CSV File System(Volume1)\Redirected Read Bytes/sec",
            r"\\a\Cluster CSV File System(Volume1)\IO Read Bytes/sec",
            r"\\a\Cluster CSVFS Redirected IO(volume1)\Read Bytes/sec",
            r"\\a\Cluster CSVFS Redirected IO(_Total)\Read Bytes/sec",
            r"\\a\Cluster CSVFS(Volume1)\Read Bytes/sec",
            r"\\a\Cluster CSV File System(Volume1)\Redirected Write Bytes/sec",
            r"\\a\Cluster CSVFS Redirected IO(volume1)\Write Bytes/sec",
            r"\\a\Cluster CSVFS Redirected IO(volume1)\Reads/sec",
        ],
        "10:00:00 1 1 1 1 1 1 1 1
         10:00:10 1 2 1 1 1 4 5 3",
    );
    check(
        text.as_bytes(),
        "10:00:00 a Volume1: direct 20/0 10s lossy\n10:00:00 a volume1: fs 10/50 30 ops 10s",
        "3 = 1 facts 2 silent 0 unknown 0 malformed",
    );
}

#[test]
fn block_redirected_stands_apart_and_names_no_volume() {
    let text = log(
        "(UTC)(0)",
        &[
            r"\\a\Cluster CSVFS Direct IO(Volume1)\Read Bytes/sec",
            r"\\a\Cluster CSVFS Direct IO(Volume1)\Write Bytes/sec",
            r"\\a\Cluster CSV Volume Manager(Volume1#1)\IO Read Bytes/sec",
            r"\\a\Cluster CSV Volume Manager(Volume1#1)\IO Write Bytes/sec",
            r"\\a\Cluster CSV Volume Manager(Volume1#1)\IO Read Bytes/sec - Redirected",
            r"\\a\Cluster CSV Volume Manager(Volume1#1)\IO Write Bytes/sec - Redirected",
            r"\\B.example\Cluster CSVFS Direct IO(Volume1)\Read Bytes/sec",
            r"\\B.example\Cluster CSVFS Direct IO(Volume1)\Write Bytes/sec",
        ],
        "10:00:00 _ _ _ _ _ _ _ _
         10:00:01 20 1 0 0 20 1 7 0",
    );
    check(
        text.as_bytes(),
        "10:00:00 a Volume1: direct 20/1 1s\n10:00:00 a ?: disk 0/0 1s\n10:00:00 a ?: block 20/1 1s\n\
         10:00:00 B Volume1: direct 7/0 1s",
        "3 = 1 facts 2 silent 0 unknown 0 malformed",
    );
    assert_eq!(read(text.as_bytes()).node, None);
}

#[test]
fn totals_and_states() {
    let text = log(
        "(UTC)(0)",
        &[
            r"\\a\Cluster CSV File System(V1)\Redirected Read Bytes",
            r"\\a\Cluster CSV File System(V1)\Redirected Read Bytes/sec",
            r"\\a\Cluster CSV File System(V1)\Redirected Write Bytes",
            r"\\a\Cluster CSV File System(V1)\Volume State",
        ],
        "10:00:00 1000 9 5 4
         10:00:10 1500 9 5 4
         10:00:20 30 9 9 1
         10:00:30 _ 9 9 1.5
         10:00:40 50 9 9 4",
    );
    check(
        text.as_bytes(),
        "10:00:00 a V1: Active\n10:00:10 a V1: Active\n10:00:20 a V1: Paused\n\
         10:00:40 a V1: Active\n10:00:00 a V1: fs 500/4 40s lossy",
        "6 = 5 facts 1 silent 0 unknown 0 malformed counters_began_anewx1",
    );
}

/// The hour that comes twice and the hour that is skipped; the header holds for the beginning.
#[test]
fn daylight_saving() {
    let back = log(
        "(GMT Standard Time)(-60)",
        &[READ, WRITE],
        "01:59:30 1 1
         01:59:45 1 1
         01:00:00 1 1
         01:00:15 1 1",
    );
    check(
        back.as_bytes(),
        "01:59:30 HV-A Volume1: fs 30/30 30s\n01:00:00 HV-A Volume1: fs 15/15 15s",
        "5 = 3 facts 2 silent 0 unknown 0 malformed counters_hour_changedx1",
    );
    let base = |text: &str| read(text.as_bytes()).time_base;
    assert_eq!(base(&back), crate::fact::TimeBase::Local { offset_minutes: Some(0) });
    let forward = log("(GMT Standard Time)(0)", &[READ, WRITE], "00:59:30 1 1\n00:59:45 1 1\n02:00:00 1 1");
    check(
        forward.as_bytes(),
        "00:59:30 HV-A Volume1: fs 30/30 30s",
        "4 = 2 facts 2 silent 0 unknown 0 malformed counters_hour_changedx1",
    );
    assert_eq!(base(&forward), crate::fact::TimeBase::Local { offset_minutes: Some(-60) });
    // A clock set back by something else has no length.
    let set = log("(UTC)(0)", &[READ, WRITE], "10:00:30 1 1\n10:00:45 1 1\n10:00:40 1 1\n10:00:55 1 1");
    check(
        set.as_bytes(),
        "10:00:30 HV-A Volume1: fs 15/15 15s\n10:00:40 HV-A Volume1: fs 15/15 15s",
        "5 = 2 facts 3 silent 0 unknown 0 malformed counters_time_set_backx1",
    );
}

#[test]
fn damaged_and_foreign() {
    let mut text = log("(UTC)(0)", &[READ, WRITE], "10:00:00 1 1\n10:00:10 1 1\n10:00:20 1\n10:00:30 1 1");
    text += "garbage\r\n\r\n\"11/27/2026 10:00:50.000\",\"1\",\"1";
    check(
        text.as_bytes(),
        "10:00:00 HV-A Volume1: fs 10/10 10s",
        "7 = 1 facts 3 silent 0 unknown 3 malformed counters_sample_malformedx3",
    );
    let other =
        log("(Maroc (heure d", &[r"\\a\Prozessor(_Total)\Prozessorzeit (%)"], "10:00:00 1\n10:00:10 1");
    check(
        other.as_bytes(),
        "",
        "3 = 0 facts 3 silent 0 unknown 0 malformed counters_zone_unsaidx1 counters_of_other_setsx1",
    );
    // Two logs in one file: nothing runs over from one to the other.
    let first = log("(UTC)(0)", &[READ, WRITE], "10:00:00 1 1\n10:00:10 1 1");
    let second = log("(X)(60)", &[WRITE, READ], "10:00:20 1 1\n10:00:30 2 1");
    check(
        (first + &second).as_bytes(),
        "10:00:00 HV-A Volume1: fs 10/10 10s\n10:00:20 HV-A Volume1: fs 10/20 10s",
        "6 = 2 facts 4 silent 0 unknown 0 malformed",
    );
}

#[test]
fn quotes_and_records() {
    let text = log("(UTC)(0)", &[READ, WRITE], "10:00:00 _ _\n10:00:10 1.25 7\n10:01:10 _ _\n10:01:20 2 _");
    for wide in [false, true] {
        let bytes: Vec<u8> = match wide {
            true => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            false => text.clone().into_bytes(),
        };
        let bundle = bundle(&bytes);
        let input = &bundle.inputs[0];
        let mut origins: Vec<_> = read(&bytes).facts.iter().map(|fact| fact.origin).collect();
        origins.sort_unstable();
        let quotes = (SOURCE.quote)(&bundle, input, &origins);
        let first = format!("11/27/2026 10:00:10.000  {READ} = 1.25; {WRITE} = 7");
        let second = format!("11/27/2026 10:01:20.000  {READ} = 2; {WRITE} = ");
        assert_eq!(quotes, [Some(first), Some(second)]);
        let mut rows: Vec<Row> = Vec::new();
        let tally = (SOURCE.records)(&bundle, input, &mut |row| {
            rows.push(row);
            rows.len() < 3
        });
        let shown: Vec<_> =
            rows.iter().map(|r| format!("{} {} {}", r.time, r.node, r.fields.len())).collect();
        assert_eq!(
            shown,
            [
                "2026-11-27T10:00:00.000 HV-A 0",
                "2026-11-27T10:00:10.000 HV-A 2",
                "2026-11-27T10:01:10.000 HV-A 0"
            ]
        );
        assert!(tally.balances());
    }
}

#[test]
fn by_content() {
    let sniff = |bytes: &[u8]| (SOURCE.sniff)(&Head { path: "x.txt", bytes, size: bytes.len() as u64 });
    assert!(sniff(b"\"(PDH-CSV 4.0) (UTC)(0)\""));
    assert!(sniff(b"(PDH-TSV 4.0) (UTC)(0)\t"));
    assert!(sniff(b"\r\n\"(PDH-CSV 4.0)\""));
    assert!(!sniff(b"\"time\",\"value\"\n") && !sniff(b"") && !sniff(b"x\n(PDH-CSV 4.0)"));
    let bundle = bundle(b"");
    let tally = (BLG.read)(&bundle, &bundle.inputs[0]).tally;
    assert_eq!(account(&tally), "0 = 0 facts 0 silent 0 unknown 0 malformed counters_binaryx1");
}

/// Cut anywhere, with any bit flipped: no panic, a ledger that balances, and no more facts than samples could give.
#[test]
fn hostile() {
    let text = log(
        "(UTC)(-60)",
        &[READ, WRITE, r"\\HV-A\Cluster CSV File System(V1)\Volume State"],
        "10:00:00 1 1 4\n10:00:10 1e300 1 4\n10:01:20 1 1 1",
    );
    let bytes = text.as_bytes();
    for length in 0..bytes.len() {
        let reading = read(&bytes[..length]);
        assert!(reading.facts.len() <= 6);
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= 1 << bit;
            let reading = read(&bytes);
            let bundle = bundle(&bytes);
            let mut origins: Vec<_> = reading.facts.iter().map(|fact| fact.origin).collect();
            origins.sort_unstable();
            assert_eq!((SOURCE.quote)(&bundle, &bundle.inputs[0], &origins).len(), origins.len());
            assert!((SOURCE.records)(&bundle, &bundle.inputs[0], &mut |_| true).balances());
        }
    }
}
