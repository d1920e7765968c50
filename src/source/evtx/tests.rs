//! Whole logs: real ones of `../shared/data/evtx` where that is there, and damaged ones made from them.

use std::path::Path;

use evtx::EvtxParser;

use super::{MESSAGES, SOURCE};
use crate::bundle::{Bundle, Options};
use crate::ledger::Tally;
use crate::source::{Head, Reading};

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
        println!(
            "{name}: {} entries, {} facts, {} silent, {} unknown, {:?}, node {:?}, {} pieces, lost {}",
            tally.entries,
            tally.facts,
            tally.silent,
            tally.unknown,
            notes(tally),
            reading.node,
            reading.coverage.len(),
            tally.lost,
        );
        assert_eq!((tally.entries, tally.malformed), (good, bad), "{name}");
        assert!(tally.balances(), "{name}");
    }
}
