//! How fast traces are walked, merged and expanded, and how much memory that takes.
//!
//! ```text
//! cargo bench --bench etl                 made traces, in memory
//! cargo bench --bench etl -- --decode     decoding alone
//! cargo bench --bench etl -- FILE...      and these traces, from disk
//! cargo bench --bench etl -- --large GB   and a made trace of that size on disk, with the peak of memory
//! ```
//!
//! Each figure is the best of several passes on one core. benches/README.md has figures, and how to set them beside the
//! reader dissect.etl (Python) on the same file in one run.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "../tests/etl/forge.rs"]
mod forge;

use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Read, Seek, Write};
use std::time::Instant;

use forge::{BASE, COMPRESSED, Forge, event, kernel};
use throughline::source::etw::decode::Decoder;
use throughline::source::etw::etl::{EtlFile, EtlRecord, Tally, decompress};
use throughline::source::etw::schema::Schemas;

const PASSES: usize = 5;
const CPUS: u64 = 16;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").peekable();
    let large = 256 << 20;
    if arguments.next_if(|argument| argument == "--decode").is_some() {
        return decode();
    }
    for (name, size) in
        [("events of 120 bytes", 40), ("events of 480 bytes", 400), ("kernel records of 40 bytes", 0)]
    {
        let bytes = made(1, large, size);
        passes(name, &mut Cursor::new(&bytes));
    }
    passes("events of 120 bytes, compressed", &mut Cursor::new(&made(1 | COMPRESSED, large, 40)));
    expand();
    decode();
    while let Some(argument) = arguments.next() {
        if argument == "--large" {
            let gigabytes = arguments.next().and_then(|number| number.parse().ok()).unwrap_or(1);
            on_disk(gigabytes);
        } else {
            passes(&argument, &mut File::open(&argument).unwrap());
            decode_all(&argument, &mut File::open(&argument).unwrap());
        }
    }
}

/// The best of several passes over a trace, in each order.
fn passes(name: &str, source: &mut (impl Read + Seek)) {
    println!("{name}");
    let best = |what: &str, pass: &mut dyn FnMut() -> Tally| {
        let (mut seconds, mut tally) = (f64::MAX, Tally::default());
        for _ in 0..PASSES {
            let start = Instant::now();
            tally = pass();
            seconds = seconds.min(start.elapsed().as_secs_f64());
        }
        let (bytes, records) = (tally.bytes as f64, tally.all_records() as f64);
        println!(
            "  {what:<34} {:8.2} GB/s {:8.1} million records/s   ({:.0} MB, {records} records, {} late)",
            bytes / seconds / 1e9,
            records / seconds / 1e6,
            bytes / 1e6,
            tally.late,
        );
    };
    best("file order: walk", &mut || {
        let mut file = EtlFile::open(&mut *source).unwrap();
        let mut records = file.file_order();
        records.for_each(|record| {
            black_box(record.kind());
        });
        records.tally().clone()
    });
    best("file order: time, provider, id, pid", &mut || {
        let mut file = EtlFile::open(&mut *source).unwrap();
        let mut records = file.file_order();
        records.for_each(look);
        records.tally().clone()
    });
    best("time order: time, provider, id, pid", &mut || {
        let mut file = EtlFile::open(&mut *source).unwrap();
        let mut records = file.time_order();
        records.for_each(look);
        records.tally().clone()
    });
}

fn look(record: EtlRecord<'_>) {
    black_box((record.time(), record.provider(), record.id(), record.process_id(), record.payload()));
}

/// A trace of `length` bytes, of events with `payload` bytes or of small kernel records (0), whose processors log in
/// turn at a frequency that needs a division.
fn made(mode: u32, length: usize, payload: usize) -> Vec<u8> {
    let mut forge = Forge::new(64 * 1024);
    forge.mode = mode;
    forge.frequency = 2_630_627;
    forge.begin(true);
    let mut ticks = Ticks::default();
    let mut expanded = 0;
    while expanded < length {
        expanded += next_buffer(&mut forge, &mut ticks, payload);
    }
    forge.finish()
}

/// The time of the next record, on each processor.
#[derive(Default)]
struct Ticks {
    round: u64,
    cpu: u64,
}

fn next_buffer(forge: &mut Forge, ticks: &mut Ticks, payload: usize) -> usize {
    let record = |ticks: u64| match payload {
        0 => kernel(17, ticks, 5, 36, &ticks.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes().repeat(3)),
        length => {
            // Half of a payload repeats from record to record, half does not.
            let noise = ticks.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            let payload: Vec<u8> =
                (0..length).map(|at| if at % 16 < 8 { noise[at % 8] } else { at as u8 }).collect();
            event(ticks, 9472 + (noise[0] % 4) as u16, &[], &payload)
        }
    };
    let length = record(0).len();
    let count = ((forge.buffer_size as usize - 72) / length) as u64;
    let first = ticks.round * count * CPUS;
    let records: Vec<_> = (0..count).map(|n| record(BASE + first + n * CPUS + ticks.cpu)).collect();
    forge.buffer(ticks.cpu as u16, &records);
    ticks.cpu += 1;
    if ticks.cpu == CPUS {
        *ticks = Ticks { round: ticks.round + 1, cpu: 0 };
    }
    72 + length * count as usize
}

/// XPRESS alone: buffers of a made trace, and of a real one where there is one.
fn expand() {
    let made = made(1, 32 << 20, 40);
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/etl/kernel-systemlogger-shutdown.etl");
    for (name, bytes) in [("made events", Some(made)), ("real kernel records", std::fs::read(real).ok())] {
        let Some(bytes) = bytes else { continue };
        let streams: Vec<_> = bytes
            .chunks(64 * 1024)
            .map(|buffer| (forge::compress(&buffer[72..]), buffer.len() - 72))
            .collect();
        let (stored, whole) = streams
            .iter()
            .fold((0, 0), |(stored, whole), (stream, length)| (stored + stream.len(), whole + length));
        let mut output = vec![0; 64 * 1024];
        let repeats = (256 << 20) / whole;
        let mut seconds = f64::MAX;
        for _ in 0..PASSES {
            let start = Instant::now();
            for _ in 0..repeats {
                for (stream, length) in &streams {
                    decompress(black_box(stream), &mut output[..*length]).unwrap();
                }
            }
            seconds = seconds.min(start.elapsed().as_secs_f64());
        }
        let speed = (whole * repeats) as f64 / seconds / 1e6;
        println!("XPRESS, {name} ({:.1} to 1)      {speed:8.0} MB/s of output", whole as f64 / stored as f64);
    }
}

/// Every field of every event, of kinds that a CSVFS trace is full of, by the shipped layouts; and of a file by what it
/// carries.
fn decode() {
    let pointer = 0xFFFF_E001_2345_6010_u64.to_le_bytes();
    let text: Vec<u8> = r"\VMs\SQL01\Virtual Hard Disks\data.vhdx"
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect();
    let length = ((text.len() / 2 - 1) as u16).to_le_bytes();
    let start = [&pointer.repeat(6)[..], &length, &text, &[0; 24], &[0; 32]].concat();
    let end = [&pointer.repeat(2)[..], &[0; 4], &4096_u64.to_le_bytes()].concat();
    let timed = [&end[..], &90_u64.to_le_bytes()].concat();
    for (name, kinds) in [
        ("I/O begins, 18 fields with a path", &[(9472, &start)][..]),
        ("I/O ends, 5 fields", &[(12336, &timed)]),
        ("I/O begins, is timed, ends", &[(9472, &start), (12336, &timed), (9728, &end)]),
    ] {
        let bytes = made_csvfs(kinds, 128 << 20);
        decode_all(name, &mut Cursor::new(&bytes));
    }
}

/// A trace of a Server 2022 with these events in turn.
fn made_csvfs(kinds: &[(u16, &Vec<u8>)], length: usize) -> Vec<u8> {
    let guid = throughline::fact::Guid::parse("6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1").unwrap().to_windows();
    let mut forge = Forge::new(64 * 1024);
    forge.begin(true);
    let (mut ticks, mut turn) = (BASE, kinds.iter().cycle());
    while forge.length() < length {
        let mut records = Vec::new();
        let mut filled = 72;
        loop {
            let (id, payload) = turn.next().unwrap();
            let mut record = event(ticks, *id, &[], payload);
            record[24..40].copy_from_slice(&guid);
            record[42] = 0;
            filled += record.len();
            if filled > 64 * 1024 {
                break;
            }
            records.push(record);
            ticks += 10;
        }
        forge.buffer(0, &records);
    }
    forge.finish()
}

/// The best of several passes that decode everything and look at every value.
fn decode_all(name: &str, source: &mut (impl Read + Seek)) {
    let (mut seconds, mut records, mut decoded, mut fields) = (f64::MAX, 0_u64, 0_u64, 0_u64);
    for _ in 0..PASSES {
        let start = Instant::now();
        (records, decoded, fields) = (0, 0, 0);
        let mut file = EtlFile::open(&mut *source).unwrap();
        let mut schemas = Schemas::new();
        schemas.index(&mut file);
        let mut decoder = Decoder::new(schemas, file.header());
        file.file_order().for_each(|record| {
            let event = decoder.decode(&record);
            records += 1;
            decoded += u64::from(event.is_decoded());
            for field in event.fields() {
                black_box(&field);
                fields += 1;
            }
        });
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    println!(
        "decode: {name:<38} {:6.2} million records/s, {:6.1} million fields/s   ({records} records, {decoded} decoded)",
        records as f64 / seconds / 1e6,
        fields as f64 / seconds / 1e6,
    );
}

/// A trace larger than any buffer of it, written to disk and read from there.
fn on_disk(gigabytes: u64) {
    let path = std::env::temp_dir().join(format!("throughline-bench-{}.etl", std::process::id()));
    let mut file = File::create(&path).unwrap();
    let mut forge = Forge::new(64 * 1024);
    forge.closed = false;
    forge.begin(true);
    let (mut written, mut ticks) = (0, Ticks::default());
    while written < gigabytes << 30 {
        next_buffer(&mut forge, &mut ticks, 40);
        let bytes = forge.drain();
        written += bytes.len() as u64;
        file.write_all(&bytes).unwrap();
    }
    drop(file);
    let before = resident("VmRSS:");
    // The peak so far is that of making the other traces.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    passes(&format!("{gigabytes} GiB on disk"), &mut File::open(&path).unwrap());
    println!("  memory: {before} before, at most {} while reading", resident("VmHWM:"));
    std::fs::remove_file(&path).unwrap();
}

/// A line of this process's status, where the system tells.
fn resident(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}
