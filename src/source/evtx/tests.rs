//! Real logs, from `../shared/data/evtx` where that is there.

use std::path::Path;

use evtx::EvtxParser;

use super::SOURCE;
use crate::bundle::{Bundle, Options};
use crate::ledger::Tally;
use crate::source::Reading;

/// Real logs by file name; none, and says so, where the folder is absent.
pub(super) fn real_logs() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/evtx");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no {}", folder.display());
        return Vec::new();
    };
    let mut logs: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "evtx"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a readable file"))
        })
        .collect();
    logs.sort();
    logs
}

fn bundle(bytes: Vec<u8>) -> Bundle {
    Bundle::from_memory([("any.log".to_owned(), bytes)], &Options::default())
}

fn read(bytes: Vec<u8>) -> Reading {
    let bundle = bundle(bytes);
    (SOURCE.read)(&bundle, &bundle.inputs[0])
}

fn notes(tally: &Tally) -> Vec<&'static str> {
    tally.notes.iter().map(|n| n.kind.name).collect()
}

/// As many records as the crate itself counts. The same with its tool: `evtx_dump -o jsonl FILE | wc -l`.
#[test]
fn counts_of_real_logs() {
    for (name, bytes) in real_logs() {
        let mut parser = EvtxParser::from_buffer(bytes.clone()).expect("a log");
        let (good, bad) = parser.records_json().fold((0, 0), |(good, bad), record| match record {
            Ok(_) => (good + 1, bad),
            Err(_) => (good, bad + 1),
        });
        let reading = read(bytes);
        let tally = &reading.tally;
        assert_eq!((tally.entries, tally.malformed), (good, bad), "{name}");
        assert!(tally.balances(), "{name}");
        // Copied while in use, as most are; nothing else is wrong with them.
        assert!(notes(tally).iter().all(|note| *note == "evtx_in_use"), "{name} {:?}", notes(tally));
    }
}

/// What the real records say that can be known without the machine.
#[test]
fn facts_of_real_logs() {
    let said = |file: &str| -> Vec<String> {
        let log = real_logs().into_iter().find(|(name, _)| name == file);
        log.map(|(_, bytes)| read(bytes).facts.iter().map(|f| format!("{:?}", f.claim)).collect())
            .unwrap_or_default()
    };
    let count = |claims: &[String], part: &str| claims.iter().filter(|c| c.contains(part)).count();
    let system = said("ws2022_System.evtx");
    if system.is_empty() {
        return;
    }
    assert_eq!(count(&system, "OsBuild(20348)"), 3);
    assert_eq!(count(&system, "Booted"), 3);
    assert_eq!(count(&system, "Stepped"), 9);
    assert_eq!(count(&system, "Eastern Standard Time"), 2);
    assert_eq!(count(&system, "Loaded"), 34);
    let client = said("ws2012r2_Microsoft-Windows-SmbClient%4Connectivity.evtx");
    assert_eq!(count(&client, "event: 30803"), 2);
    assert_eq!(count(&client, "::1"), 1);
    let disks = said("omerbenamram_system.evtx");
    assert_eq!(count(&disks, "IoTrouble"), 3);
}

/// Every real log, cut and flipped.
#[test]
fn damaged_real_logs() {
    for (name, bytes) in real_logs().into_iter().filter(|(_, bytes)| bytes.len() < 100_000) {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for round in 0..150 {
            let mut damaged = bytes.clone();
            for _ in 0..=round % 5 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (seed >> 33) as usize % damaged.len();
                damaged[at] = (seed >> 24) as u8;
            }
            if round % 3 == 0 {
                damaged.truncate((seed >> 40) as usize % damaged.len());
            }
            let reading = read(damaged);
            assert!(reading.tally.balances(), "{name} {round}");
            assert!(!notes(&reading.tally).contains(&"evtx_chunk_panicked"), "{name} {round}");
        }
    }
}
