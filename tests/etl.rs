//! The reader of event traces: against real files, against what Windows made of one of them, against made files of
//! kinds that no real file at hand has, and against damage.

mod damage;
mod decoded;
mod forge;
mod forged;
mod merged;
mod real;
mod simulated;
mod twin;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::PathBuf;

use throughline::source::etw::etl::{EtlFile, EtlRecord, RecordKind, Tally};

/// The real traces; `None`, and a word about it, where this copy of the project came without them.
fn samples() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/etl");
    if !folder.is_dir() {
        println!("skipped: no real traces at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The bytes of one real trace.
fn sample(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(samples()?.join(name)).unwrap())
}

fn open(bytes: &[u8]) -> EtlFile<Cursor<&[u8]>> {
    EtlFile::open(Cursor::new(bytes)).unwrap()
}

/// Everything about a record that outlives its buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    kind: RecordKind,
    cpu: u16,
    ticks: Option<u64>,
    time: Option<i64>,
    offset: u64,
    within: u32,
    bytes: Vec<u8>,
}

impl Kept {
    fn of(record: &EtlRecord<'_>) -> Kept {
        Kept {
            kind: record.kind(),
            cpu: record.cpu(),
            ticks: record.ticks(),
            time: record.time(),
            offset: record.place().file_offset(),
            within: record.place().within,
            bytes: record.bytes().to_vec(),
        }
    }
}

/// All records in file order.
fn in_file_order(bytes: &[u8]) -> (Vec<Kept>, Tally) {
    let mut file = open(bytes);
    let mut records = file.file_order();
    let mut kept = Vec::new();
    records.for_each(|record| kept.push(Kept::of(&record)));
    (kept, records.tally().clone())
}

/// All records in time order.
fn in_time_order(bytes: &[u8]) -> (Vec<Kept>, Tally) {
    let mut file = open(bytes);
    let mut records = file.time_order();
    let mut kept = Vec::new();
    records.for_each(|record| kept.push(Kept::of(&record)));
    (kept, records.tally().clone())
}

/// The kinds that occur, and how often.
fn kinds(tally: &Tally) -> BTreeMap<RecordKind, u64> {
    let counts = RecordKind::ALL.map(|kind| (kind, tally.records_of(kind)));
    counts.into_iter().filter(|&(_, count)| count > 0).collect()
}
