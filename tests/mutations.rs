//! Every reader on damaged input: cut at every length, bytes wrong, pieces of one input in another, and whole inputs of
//! other formats. Deterministic; `tests/fuzz` looks further. Inputs that once broke a reader lie in `fixtures/hostile/found`.

use std::fs;
use std::path::{Path, PathBuf};

use throughline::bundle::{Bundle, Limits, Options};
use throughline::source::{self, SOURCES, Source};

/// How many bytes are read for one seed and one kind of damage; a small seed is damaged in every place.
const BYTES: usize = 1 << 18;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The seeds of a fuzz target: its corpus, small files first.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = root().join("tests/fuzz/corpus").join(target);
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    files.sort_by_key(|bytes| (bytes.len(), bytes.clone()));
    files.truncate(4);
    files
}

/// Readers, and the fuzz target that has seeds for them.
const READERS: [(&str, &str); 12] = [
    ("evtx", "evtx"),
    ("mta", "evtx"),
    ("counters", "counters"),
    ("blg", "etl"),
    ("etl", "etl"),
    ("tracerpt_csv", "tracerpt_csv"),
    ("tracerpt_xml", "tracerpt_xml"),
    ("xperf_text", "xperf"),
    ("cluster_log", "cluster_log"),
    ("clixml", "clixml"),
    ("json", "json"),
    ("text", "text"),
];

/// A sequence of numbers that is the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Small limits, so that what is not bounded by them is found.
fn options() -> Options {
    let limits =
        Limits { depth: 3, members: 1000, total: 64 << 20, ratio: 200, memory: 16 << 20, temporary: 0 };
    Options { limits, ..Options::default() }
}

/// What must hold of any input and any reader.
fn survives(source: &Source, bytes: &[u8], what: &str) {
    let bundle = Bundle::from_memory([("input".to_owned(), bytes.to_vec())], &options());
    let Some(input) = bundle.inputs.first().filter(|input| input.path == "input") else { return };
    let reading = (source.read)(&bundle, input);
    assert!(reading.tally.balances(), "{} {what}: {:?}", source.kind, reading.tally);
    let mut origins: Vec<_> = reading.facts.iter().map(|fact| fact.origin).take(16).collect();
    origins.sort_unstable_by_key(|origin| (origin.offset, origin.place));
    origins.dedup();
    assert_eq!((source.quote)(&bundle, input, &origins).len(), origins.len(), "{} {what}", source.kind);
    let mut left = 1000;
    let tally = (source.records)(&bundle, input, &mut |_| {
        left -= 1;
        left > 0
    });
    assert!(tally.balances(), "{} {what}: records", source.kind);
}

/// Every kind of damage to every seed of a reader.
fn damaged(kind: &str, target: &str) {
    let source = SOURCES.iter().find(|source| source.kind == kind).expect(kind);
    let seeds = seeds(target);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for (number, seed) in seeds.iter().enumerate() {
        let count = (BYTES / seed.len().max(1)).clamp(8, 2048);
        for step in 0..count.min(seed.len() + 1) {
            let length = step * seed.len() / count.min(seed.len()).max(1);
            survives(source, &seed[..length], &format!("seed {number} cut at {length}"));
        }
        for _ in 0..count {
            let mut bytes = seed.clone();
            for _ in 0..=numbers.below(4) {
                let at = numbers.below(bytes.len());
                let value = [0, 0xff, b'<', b'\n', b'"', b'['][numbers.below(6)];
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if numbers.below(2) == 0 { value } else { *byte ^ (1 << numbers.below(8)) };
                }
            }
            survives(source, &bytes, &format!("seed {number} with wrong bytes"));
        }
        for _ in 0..count / 2 {
            let other = &seeds[numbers.below(seeds.len())];
            let from = numbers.below(other.len());
            let piece = &other[from..(from + numbers.below(512)).min(other.len())];
            let at = numbers.below(seed.len());
            let gone = numbers.below(512).min(seed.len() - at);
            let bytes = [&seed[..at], piece, &seed[at + gone..]].concat();
            survives(source, &bytes, &format!("seed {number} spliced at {at}"));
        }
    }
}

#[test]
fn every_reader_has_seeds() {
    let kinds: Vec<&str> = SOURCES.iter().map(|source| source.kind).collect();
    let mut told: Vec<&str> = READERS.iter().map(|(kind, _)| *kind).collect();
    told.sort_by_key(|kind| kinds.iter().position(|known| known == kind));
    assert_eq!(kinds, told);
    for (_, target) in READERS {
        assert!(!seeds(target).is_empty(), "{target}");
    }
}

#[test]
fn damaged_logs() {
    damaged("cluster_log", "cluster_log");
    damaged("evtx", "evtx");
    damaged("mta", "evtx");
}

#[test]
fn damaged_traces() {
    damaged("etl", "etl");
    damaged("blg", "etl");
    damaged("tracerpt_csv", "tracerpt_csv");
    damaged("tracerpt_xml", "tracerpt_xml");
    damaged("xperf_text", "xperf");
}

#[test]
fn damaged_snapshots_and_counters() {
    for kind in ["clixml", "json", "text", "counters"] {
        damaged(kind, kind);
    }
}

#[test]
fn every_reader_meets_the_others_files() {
    for (_, target) in READERS {
        for seed in seeds(target).iter().take(2) {
            for source in SOURCES {
                survives(source, seed, &format!("on a seed of {target}"));
            }
        }
    }
}

/// Inputs that broke something once, each named `<reader>-<what>`; `archive` and `bundle` stand for the whole way.
#[test]
fn what_was_found() {
    let folder = root().join("fixtures/hostile/found");
    for file in fs::read_dir(folder).into_iter().flatten() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        let kind = name.split('-').next().unwrap();
        if let Some(source) = SOURCES.iter().find(|source| source.kind == kind) {
            survives(source, &bytes, &name);
        }
        let bundle = Bundle::from_memory([("input".to_owned(), bytes)], &options());
        for outcome in source::read_all(&bundle) {
            let notes = &outcome.reading.tally.notes;
            assert!(!notes.iter().any(|note| note.kind.name == "reader_panicked"), "{name}: {notes:?}");
        }
    }
}
