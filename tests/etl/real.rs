//! Real traces: the counts of their records by kind, known from two independent readers.

use std::collections::BTreeMap;
use std::io::Cursor;

use throughline::source::etw::etl::{
    ClockType, EtlFile, ExtendedItem, Forward, Losses, RecordKind, Tally, sniff,
};

use super::{in_file_order, in_time_order, kinds, open, sample, samples};

use RecordKind::{Event32, Event64, Full64, Message, PerfInfo64, System32, System64};

/// Kinds of records, and how many there are.
type Kinds = &'static [(RecordKind, u64)];

/// Name, buffers, records by kind.
const FILES: &[(&str, u64, Kinds)] = &[
    ("compressed-32bit-ptr4.etl", 2, &[(System32, 1), (Event32, 1)]),
    ("compressed-tracelogging-struct.etl", 3, &[(System64, 4), (Full64, 18), (Event64, 1)]),
    ("eventsource-manifest-fffe-1MBbuffers.etl", 3, &[(System64, 1), (Event64, 12)]),
    ("kernel-systemlogger-shutdown.etl", 49, &[(System64, 8433), (PerfInfo64, 8645)]),
    ("manifest-win7-http.etl", 36, &[(System64, 1), (Event64, 2041)]),
    ("manifest-win7-kernelnetwork.etl", 129, &[(System64, 1), (Event64, 8923)]),
    ("relogged-uncompressed-small.etl", 2, &[(System64, 1), (Event64, 3)]),
    ("tracelogging-circular-waasmedic.etl", 2, &[(System64, 2), (PerfInfo64, 2), (Event64, 17)]),
    ("tracelogging-lxcore-group-trait-tags.etl", 3, &[(System64, 2), (Event64, 2)]),
    ("tracelogging-primitive-types.etl", 2, &[(System64, 2), (Event64, 5)]),
    ("tracelogging-vararray-amsi.etl", 6, &[(System64, 2), (Event64, 19)]),
    ("wpp-systemtime-cldflt0.etl", 2, &[(System64, 2), (PerfInfo64, 2), (Message, 13)]),
    ("wpp-systemtime-cldflt1.etl", 2, &[(System64, 2), (PerfInfo64, 2), (Message, 3)]),
    ("wpp-systemtime-cldflt2.etl", 1, &[(System64, 2)]),
];

fn check_counts(name: &str, tally: &Tally, buffers: u64, expected: Kinds) {
    assert_eq!(kinds(tally), expected.iter().copied().collect::<BTreeMap<_, _>>(), "{name}");
    assert_eq!(tally.buffers, buffers, "{name}");
    assert!(!tally.is_damaged(), "{name}: {tally:?}");
    assert_eq!((tally.skipped_bytes(), tally.unwritten, tally.late, tally.unplaced), (0, 0, 0, 0), "{name}");
}

#[test]
fn every_file_gives_its_records_by_kind() {
    for &(name, buffers, expected) in FILES {
        let Some(bytes) = sample(name) else { return };
        assert!(sniff(&bytes[..80]), "{name}");
        check_counts(name, &in_file_order(&bytes).1, buffers, expected);
        check_counts(name, &in_time_order(&bytes).1, buffers, expected);
    }
}

#[test]
fn no_file_is_left_out() {
    let Some(folder) = samples() else { return };
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".etl"));
    names.sort();
    assert_eq!(names, FILES.iter().map(|file| file.0).collect::<Vec<_>>());
}

#[test]
fn time_order_is_the_sort_by_time_then_place() {
    for &(name, ..) in FILES {
        let Some(bytes) = sample(name) else { return };
        let (mut sorted, _) = in_file_order(&bytes);
        sorted.sort_by_key(|record| record.ticks);
        assert_eq!(in_time_order(&bytes).0, sorted, "{name}");
    }
}

#[test]
fn a_source_that_cannot_go_back_gives_the_same_in_file_order() {
    for &(name, buffers, expected) in FILES {
        let Some(bytes) = sample(name) else { return };
        let mut file = EtlFile::open(Forward::new(&bytes[..])).unwrap();
        let mut records = file.file_order();
        records.for_each(|_| {});
        check_counts(name, records.tally(), buffers, expected);
    }
}

#[test]
fn a_record_is_found_again_at_its_place() {
    for &(name, ..) in FILES {
        let Some(bytes) = sample(name) else { return };
        let mut places = Vec::new();
        let mut file = open(&bytes);
        file.time_order()
            .for_each(|record| places.push((record.place(), record.bytes().to_vec(), record.cpu())));
        for (place, bytes, cpu) in places.iter().step_by(7) {
            let record = file.record_at(*place).unwrap();
            assert_eq!((record.bytes(), record.cpu(), record.place()), (&bytes[..], *cpu, *place), "{name}");
        }
        let mut nowhere = places[0].0;
        nowhere.within += 4;
        assert!(file.record_at(nowhere).is_none(), "{name}");
    }
}

#[test]
fn headers_say_what_the_files_are() {
    let Some(bytes) = sample("manifest-win7-http.etl") else { return };
    let file = open(&bytes);
    let header = file.header();
    assert_eq!((header.os_version, header.os_build, header.log_version), ((6, 1), 7601, (1, 5)));
    assert_eq!((header.buffer_size, header.buffers_written, header.processors), (8192, 36, 4));
    assert_eq!((header.clock_type, header.pointer_size), (ClockType::PerformanceCounter, 8));
    assert!(!header.is_unclosed() && header.start < header.end && header.boot < header.start);
    assert_eq!(header.logger_name, "DataCollector01");
    assert!(header.log_file_name.ends_with(".etl"), "{}", header.log_file_name);

    let Some(bytes) = sample("compressed-32bit-ptr4.etl") else { return };
    let file = open(&bytes);
    let header = file.header();
    assert_eq!((header.pointer_size, header.log_version, header.os_build), (4, (2, 0), 10586));
    assert!(header.mode.is_compressed() && header.mode.is_relogged());
    assert_eq!(header.logger_name, "PerfWatsonGCHeapETLSession688");

    let Some(bytes) = sample("wpp-systemtime-cldflt2.etl") else { return };
    let file = open(&bytes);
    let header = file.header();
    assert!(header.is_unclosed() && header.mode.is_circular());
    assert!(header.mode.has_no_per_processor_buffers());
    assert_eq!(
        (header.clock_type, header.os_build, header.buffers_written),
        (ClockType::SystemTime, 26100, 0)
    );
}

#[test]
fn losses_reach_the_account() {
    for &(name, ..) in FILES {
        let Some(bytes) = sample(name) else { return };
        let (_, tally) = in_file_order(&bytes);
        let losses = tally.losses(open(&bytes).header());
        let events = if name == "tracelogging-vararray-amsi.etl" { 3 } else { 0 };
        assert_eq!(losses, Losses { events, missing_buffers: Some(0), ..Losses::default() }, "{name}");
        assert_eq!(losses.is_any(), events > 0, "{name}");
    }
}

#[test]
fn system_time_needs_no_conversion() {
    let Some(bytes) = sample("wpp-systemtime-cldflt0.etl") else { return };
    let start = open(&bytes).header().start;
    let (records, _) = in_file_order(&bytes);
    assert_eq!(records[0].time, start);
    let day = 24 * 3600 * 1_000_000_000;
    assert!(
        records.iter().all(|record| record.time >= start && record.time < start.map(|start| start + day))
    );
}

#[test]
fn wpp_messages_have_guid_number_and_arguments() {
    let Some(bytes) = sample("wpp-systemtime-cldflt0.etl") else { return };
    let mut file = open(&bytes);
    let mut messages = 0;
    file.file_order().for_each(|record| {
        if record.kind() == Message {
            messages += 1;
            assert!(record.provider().is_some() && record.id().is_some());
            assert!(record.process_id().is_some() && record.thread_id().is_some());
            assert_eq!(record.pointer_size(), Some(8));
            assert_eq!(record.payload().unwrap().len(), record.bytes().len() - 40);
        }
    });
    assert_eq!(messages, 13);
}

#[test]
fn extended_items_are_laid_open() {
    let Some(bytes) = sample("tracelogging-primitive-types.etl") else { return };
    let mut file = EtlFile::open(Cursor::new(&bytes[..])).unwrap();
    let mut events = 0;
    file.file_order().for_each(|record| {
        if record.channel() == Some(11) {
            events += 1;
            for kind in [ExtendedItem::EVENT_SCHEMA, ExtendedItem::PROVIDER_TRAITS] {
                let item = record.extended().find(|item| item.kind == kind).unwrap();
                // Both begin with their own length.
                assert_eq!(usize::from(u16::from_le_bytes([item.data[0], item.data[1]])), item.data.len());
            }
        }
    });
    assert_eq!(events, 5);
}
