//! Damaged traces: what is sound comes out, the rest is counted, and nothing panics, hangs or swells.

use std::io::{Cursor, Read, Seek, SeekFrom};

use throughline::source::etw::etl::{Damage, EtlFile, Forward, OpenError, Tally};

use super::forge::{BASE, COMPRESSED, Forge, event, kernel, message};
use super::{Kept, in_file_order, in_time_order, open, sample};

/// Files small enough to be damaged at every byte.
const SMALL: &[&str] = &[
    "compressed-32bit-ptr4.etl",
    "compressed-tracelogging-struct.etl",
    "tracelogging-circular-waasmedic.etl",
    "wpp-systemtime-cldflt0.etl",
    "wpp-systemtime-cldflt2.etl",
];

/// A trace of five buffers with records of many kinds.
fn small(mode: u32) -> Vec<u8> {
    let mut forge = Forge::new(1024);
    forge.mode = mode;
    forge.begin(true);
    for at in 0..5 {
        let ticks = BASE + at * 100;
        forge.buffer(
            at as u16 % 2,
            &[
                kernel(17, ticks + 1, 5, 36, &[at as u8; 20]),
                event(ticks + 2, 7, &[(1, &[4; 16])], b"payload of the event"),
                message(Some(ticks + 3), 9, b"arguments"),
                event(ticks + 4, 8, &[], &[at as u8; 300]),
            ],
        );
    }
    forge.finish()
}

/// Small real files where there are any, and made ones always.
fn victims() -> Vec<(String, Vec<u8>)> {
    let mut victims = vec![("plain".to_owned(), small(1)), ("compressed".to_owned(), small(1 | COMPRESSED))];
    victims.extend(SMALL.iter().filter_map(|name| Some(((*name).to_owned(), sample(name)?))));
    victims
}

/// Reads whatever can be read, in every way, and holds what must hold of any bytes at all.
fn survive(bytes: &[u8], name: &str) -> Option<Tally> {
    let mut file = EtlFile::open(Cursor::new(bytes)).ok()?;
    let most = file.header().buffer_size.clamp(1024, 16 << 20) as usize;
    let most = if (1024..=16 << 20).contains(&file.header().buffer_size) { most } else { 16 << 20 };
    let mut read = 0;
    let mut places = Vec::new();
    let mut records = file.file_order();
    while let Some(record) = records.next_record() {
        // Touch everything that is read from the bytes on demand.
        let _ = (record.time(), record.provider(), record.version(), record.level(), record.opcode());
        let _ = (record.cpu_times(), record.processor_time(), record.instance(), record.message_sequence());
        let _ = (record.activity_id(), record.related_activity_id(), record.extended().count());
        assert!(record.payload().is_none_or(|payload| payload.len() <= record.bytes().len()), "{name}");
        read += record.bytes().len() as u64;
        if places.len() < 5 {
            places.push((record.place(), record.bytes().to_vec()));
        }
    }
    assert!(records.memory() <= 2 * (most + 256 * 1024 + 65536 * 2), "{name}: {}", records.memory());
    let tally = records.tally().clone();
    assert!(read <= tally.bytes, "{name}");
    assert!(
        tally.skipped_bytes() + tally.unwritten <= bytes.len() as u64 * 2 + most as u64 * tally.buffers,
        "{name}"
    );
    for (place, bytes) in places {
        assert_eq!(file.record_at(place).map(|record| record.bytes().to_vec()), Some(bytes), "{name}");
    }
    let mut records = file.time_order();
    records.for_each(|_| {});
    let merged = records.tally();
    assert_eq!((merged.records, merged.buffers), (tally.records, tally.buffers), "{name}");
    assert_eq!(merged.skipped_bytes(), tally.skipped_bytes(), "{name}");
    assert_eq!(file.buffers().count() as u64, tally.buffers, "{name}");
    let mut forward = EtlFile::open(Forward::new(bytes)).unwrap();
    let mut records = forward.file_order();
    records.for_each(|_| {});
    assert_eq!(*records.tally(), tally, "{name}");
    Some(tally)
}

#[test]
fn cut_at_every_length_a_trace_gives_the_records_before_the_cut() {
    for (name, bytes) in victims() {
        let (whole, _) = in_file_order(&bytes);
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            let Some(tally) = survive(cut, &name) else { continue };
            let (records, _) = in_file_order(cut);
            assert_eq!(records, whole[..records.len()], "{name} cut at {length}");
            // Uncompressed, every record that lies before the cut is there.
            let is_before = |record: &&Kept| record.offset + record.bytes.len() as u64 <= length as u64;
            if tally.compressed_buffers == 0 && !name.contains("compressed") {
                assert_eq!(records.len(), whole.iter().filter(is_before).count(), "{name} cut at {length}");
            }
            let lost = whole.len() - records.len();
            let is_told = tally.is_damaged() || tally.losses(open(cut).header()).is_any();
            assert!(
                lost == 0 || is_told || open(cut).header().is_unclosed(),
                "{name} cut at {length}: {tally:?}"
            );
        }
    }
}

#[test]
fn a_header_that_is_cut_is_an_error_and_nothing_else() {
    let bytes = small(1);
    for length in 0..bytes.len() {
        let opened = EtlFile::open(Cursor::new(&bytes[..length]));
        match opened {
            Ok(_) => assert!(length >= 72 + 32 + 280, "{length}"),
            Err(OpenError::NotATrace) => assert!(length < 80, "{length}"),
            Err(OpenError::BadHeader) => assert!((80..72 + 32 + 330).contains(&length), "{length}"),
            Err(OpenError::Io(error)) => panic!("{error}"),
        }
    }
}

/// A small generator of numbers: the same damage at every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }
}

#[test]
fn every_single_byte_may_be_wrong() {
    for (name, bytes) in victims() {
        let mut dice = Dice(7);
        let step = bytes.len().div_ceil(2000);
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << dice.throw(8);
            survive(&damaged, &format!("{name}, a bit of byte {at}"));
            damaged[at] = 0xFF;
            survive(&damaged, &format!("{name}, byte {at} set"));
        }
    }
}

#[test]
fn many_bytes_may_be_wrong() {
    for (name, bytes) in victims() {
        let mut dice = Dice(11);
        for round in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..dice.throw(60) {
                let at = dice.throw(damaged.len());
                damaged[at] = dice.throw(256) as u8;
            }
            // And sometimes bytes are missing or too many.
            if round % 3 == 0 {
                let at = dice.throw(damaged.len());
                damaged.drain(at..(at + dice.throw(100)).min(bytes.len()));
            } else if round % 3 == 1 {
                let at = dice.throw(damaged.len());
                damaged.splice(at..at, (0..dice.throw(100)).map(|n| n as u8));
            }
            survive(&damaged, &format!("{name}, round {round}"));
        }
    }
}

#[test]
fn damage_costs_the_rest_of_one_buffer() {
    let bytes = small(1);
    let (whole, _) = in_file_order(&bytes);
    let third = 3 * 1024;
    // The second record of the buffer at `third`, which has four.
    let victim = whole.iter().position(|record| record.offset > third + 80).unwrap();
    let mut damaged = bytes.clone();
    damaged[whole[victim].offset as usize + 3] = 0;
    let (records, tally) = in_file_order(&damaged);
    let expected = [&whole[..victim], &whole[victim + 3..]].concat();
    assert_eq!(records, expected);
    let count = tally.damage(Damage::RecordMarker);
    assert_eq!((count.times, count.first), (1, Some(whole[victim].offset)));
    assert_eq!(count.bytes, whole[victim + 2].offset + 384 - whole[victim].offset);
    assert_eq!(tally.skipped_bytes(), count.bytes);
    let time_order = in_time_order(&damaged).1;
    assert_eq!(time_order.damage(Damage::RecordMarker), count);
}

#[test]
fn a_destroyed_header_costs_one_buffer() {
    for mode in [1, 1 | COMPRESSED] {
        let bytes = small(mode);
        let (whole, _) = in_file_order(&bytes);
        let buffers: Vec<u64> = open(&bytes).buffers().map(|buffer| buffer.at).collect();
        assert_eq!(buffers.len(), 6);
        let mut damaged = bytes.clone();
        damaged[buffers[2] as usize..buffers[2] as usize + 72].fill(0x5A);
        let (records, tally) = in_file_order(&damaged);
        let expected: Vec<_> = whole
            .iter()
            .filter(|record| !(buffers[2]..buffers[3]).contains(&record.offset))
            .cloned()
            .collect();
        assert_eq!(records, expected);
        let count = tally.damage(Damage::BufferHeader);
        assert_eq!((count.times, count.first, count.bytes), (1, Some(buffers[2]), buffers[3] - buffers[2]));
        assert_eq!(tally.losses(open(&bytes).header()).missing_buffers, Some(1));
    }
}

#[test]
fn a_wrong_size_costs_nothing_where_the_next_buffer_is_found() {
    for mode in [1, 1 | COMPRESSED] {
        let bytes = small(mode);
        let (whole, _) = in_file_order(&bytes);
        let second = open(&bytes).buffers().nth(2).unwrap();
        for size in [second.header.size - 5, second.header.size + 300, 1020, 900, 72, 0, u32::MAX] {
            let mut damaged = bytes.clone();
            damaged[second.at as usize..second.at as usize + 4].copy_from_slice(&size.to_le_bytes());
            let (records, tally) = in_file_order(&damaged);
            assert!(tally.is_damaged(), "{mode:#x} {size}");
            // One buffer at most, and all the others.
            let kept = |record: &&Kept| {
                record.offset < second.at || record.offset >= second.at + u64::from(second.header.size)
            };
            assert!(whole.iter().filter(kept).all(|record| records.contains(record)), "{mode:#x} {size}");
        }
    }
}

#[test]
fn buffers_gone_from_the_middle_are_missed() {
    let bytes = small(1);
    let gone = [&bytes[..2048], &bytes[4096..]].concat();
    let (records, tally) = in_file_order(&gone);
    assert_eq!(records.len(), 1 + 3 * 4);
    let losses = tally.losses(open(&gone).header());
    assert_eq!((losses.missing_buffers, losses.skipped_bytes, losses.is_any()), (Some(2), 0, true));
    // Not in step with the others, the rest is found all the same.
    let shifted = [&bytes[..2048], &[0x77; 333], &bytes[2048..]].concat();
    let (records, tally) = in_file_order(&shifted);
    assert_eq!((records.len(), tally.damage(Damage::BufferHeader).bytes), (1 + 5 * 4, 333));
}

#[test]
fn a_cut_stream_gives_the_records_before_the_cut() {
    let bytes = small(1 | COMPRESSED);
    let (whole, _) = in_file_order(&bytes);
    let last = open(&bytes).buffers().last().unwrap();
    let cut = &bytes[..bytes.len() - 4];
    let (records, tally) = in_file_order(cut);
    assert_eq!(records, whole[..whole.len() - 1]);
    let count = tally.damage(Damage::Truncated);
    assert_eq!((count.times, count.first), (1, Some(last.at)));
    assert!((384..600).contains(&count.bytes), "{count:?}");
    assert_eq!(in_time_order(cut).1.damage(Damage::Truncated), count);
}

#[test]
fn a_damaged_stream_gives_nothing_rather_than_guesses() {
    let bytes = small(1 | COMPRESSED);
    let second = open(&bytes).buffers().nth(2).unwrap();
    let mut damaged = bytes.clone();
    damaged[second.at as usize + 72..second.at as usize + 80].fill(0xFF);
    let (records, tally) = in_file_order(&damaged);
    assert!(records.iter().all(|record| record.offset != second.at));
    assert_eq!(records.len(), 1 + 4 * 4);
    let count = tally.damage(Damage::Compression);
    assert_eq!((count.times, count.bytes), (1, u64::from(second.header.size) - 72));
}

#[test]
fn an_unknown_compression_is_said_once_a_buffer() {
    let mut bytes = small(1 | COMPRESSED);
    bytes[0x2C] = 4;
    let (records, tally) = in_file_order(&bytes);
    assert_eq!((records.len(), tally.damage(Damage::UnknownCompression).times), (1, 5));
}

#[test]
fn absurd_buffer_sizes_allocate_nothing() {
    for size in [0, 1, 71, 1023, (16 << 20) + 1, 1 << 30, u32::MAX] {
        let mut bytes = small(1);
        bytes[104..108].copy_from_slice(&size.to_le_bytes());
        let tally = survive(&bytes, &format!("log header says {size}")).unwrap();
        assert_eq!(tally.all_records(), 21, "{size}");
        bytes[..4].copy_from_slice(&size.to_le_bytes());
        // Then at most the first buffer is lost: the others are found by themselves.
        let tally = survive(&bytes, &format!("both headers say {size}")).unwrap();
        assert!(tally.all_records() >= 20, "{size}");
        let mut bytes = small(1);
        for at in [0, 0x30] {
            bytes[2048 + at..2048 + at + 4].copy_from_slice(&size.to_le_bytes());
        }
        survive(&bytes, &format!("a buffer says {size}"));
    }
}

#[test]
fn bombs_stay_small() {
    // One match of 16 MiB from a stream of 19 bytes: not believed, since no trace compresses like that.
    let mut forge = Forge::new(16 << 20);
    forge.mode = 1 | COMPRESSED;
    forge.begin(true);
    for cpu in 0..20 {
        forge.raw_buffer(cpu, &vec![0; (16 << 20) - 72], true);
    }
    let bytes = forge.finish();
    assert!(bytes.len() < 4000);
    let tally = survive(&bytes, "bomb").unwrap();
    assert_eq!((tally.buffers, tally.damage(Damage::BufferHeader).times), (1, 1));
}

/// A source that fails behind some place, as a disk does.
struct Failing {
    bytes: Cursor<Vec<u8>>,
    good: u64,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.good.saturating_sub(self.bytes.position());
        if left == 0 {
            return Err(std::io::Error::other("bad sector"));
        }
        let length = buffer.len().min(left as usize);
        self.bytes.read(&mut buffer[..length])
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[test]
fn a_failing_source_is_named_in_the_account() {
    let bytes = small(1);
    let mut large = bytes.clone();
    let block = bytes[1024..].to_vec();
    while large.len() < 3 << 20 {
        large.extend(&block);
    }
    let good = 1 << 20;
    let mut file = EtlFile::open(Failing { bytes: Cursor::new(large), good }).unwrap();
    let mut records = file.file_order();
    records.for_each(|_| {});
    assert!(records.tally().all_records() > 1000);
    assert_eq!(records.tally().failure.as_deref(), Some("bad sector"));
    let mut records = file.time_order();
    records.for_each(|_| {});
    assert_eq!(records.tally().failure.as_deref(), Some("bad sector"));
    assert!(matches!(EtlFile::open(Failing { bytes: Cursor::new(bytes), good: 0 }), Err(OpenError::Io(_))));
}
