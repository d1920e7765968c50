//! The reader and the simulator's writer know nothing of each other: what one writes the other must read to the last
//! byte, and the bytes of every I/O must be those of the truth.

use std::collections::BTreeMap;

use serde_json::Value;
use throughline::simulate::{File, Tracing, generate_traced, scenario};
use throughline::source::etw::decode::{Decoder, Schema};
use throughline::source::etw::etl::RecordKind;
use throughline::source::etw::schema::Schemas;

use super::{Kept, in_file_order, in_time_order, kinds, open};

fn story(seed: u64, tracing: Tracing) -> Vec<File> {
    generate_traced(scenario("csvfs-trace").unwrap(), seed, None, None, tracing)
}

fn file<'a>(files: &'a [File], path: &str) -> &'a [u8] {
    &files.iter().find(|file| file.path == path).unwrap().bytes
}

/// Bytes by node, mode and direction.
type Sums = BTreeMap<(String, &'static str, &'static str), u64>;

fn truth(files: &[File]) -> (Sums, u64) {
    let truth: Value = serde_json::from_slice(file(files, "truth.json")).unwrap();
    let (mut sums, mut operations) = (Sums::new(), 0);
    for minute in truth["minutes"].as_array().unwrap() {
        let mode = match minute["mode"].as_str().unwrap() {
            "file_system_redirected" => "redirected",
            _ => "direct",
        };
        let node = minute["node"].as_str().unwrap();
        for direction in ["read", "written"] {
            *sums.entry((node.to_owned(), mode, direction)).or_default() +=
                minute[direction].as_u64().unwrap();
        }
        operations += minute["operations"].as_u64().unwrap();
    }
    (sums, operations)
}

/// What the events of one trace add up to, each I/O found by its packet.
fn traced(node: &str, bytes: &[u8], sums: &mut Sums) -> u64 {
    let mut file = open(bytes);
    let mut decoder = Decoder::new(Schemas::new(), file.header());
    let mut begun: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut operations = 0;
    file.time_order().for_each(|record| {
        if record.kind() != RecordKind::Event64 {
            return;
        }
        let event = decoder.decode(&record);
        assert!(
            matches!(event.schema, Schema::Used { unterminated: false, .. }),
            "{:?} {:?}: {:?} {:02x?}",
            record.provider(),
            record.id(),
            event.schema,
            record.payload()
        );
        assert!(!event.shown().any(|(name, _)| name == "Appended"), "{:?}", record.id());
        let text = |name: &str| event.named(name).unwrap().text();
        match record.id() {
            Some(9472) => {
                let direction = if text("MajorFunction") == "3" { "read" } else { "written" };
                assert_eq!(begun.insert(text("Irp"), direction), None, "a packet in use");
                assert!(text("FileName").ends_with(".vhdx"));
            }
            Some(id @ (12320 | 12336)) => {
                let mode = if id == 12320 { "direct" } else { "redirected" };
                let key = (node.to_owned(), mode, begun[&text("Irp")]);
                *sums.entry(key).or_default() += text("Information").parse::<u64>().unwrap();
            }
            Some(9728) => {
                begun.remove(&text("Irp")).unwrap();
                operations += 1;
            }
            _ => {}
        }
    });
    operations
}

#[test]
fn every_byte_of_the_truth_is_in_the_traces() {
    for (seed, rate) in [(1, None), (2, Some(20))] {
        let files = story(seed, Tracing { rate, ..Tracing::default() });
        let (expect, operations) = truth(&files);
        let mut sums: Sums = expect.keys().map(|key| (key.clone(), 0)).collect();
        let told: u64 = ["CEDAR1", "CEDAR2"]
            .iter()
            .map(|node| traced(node, file(&files, &format!("{node}/csv_trace.etl")), &mut sums))
            .sum();
        assert_eq!((sums, told), (expect, operations), "seed {seed}");
    }
}

/// Nothing is skipped, nothing is late, and header, machine and clock are read.
#[test]
fn traces_are_whole() {
    let files = story(1, Tracing { rate: Some(5), ..Tracing::default() });
    for (node, compressed) in [("CEDAR1", false), ("CEDAR2", true)] {
        let bytes = file(&files, &format!("{node}/csv_trace.etl"));
        let opened = open(bytes);
        let header = opened.header();
        assert_eq!((header.os_build, header.events_lost, header.buffers_lost), (20348, 0, 0));
        assert_eq!((header.processors, header.time_zone.bias), (4, 300));
        assert!(!header.is_unclosed() && header.mode.is_relogged() == compressed);
        let (filed, tally) = in_file_order(bytes);
        assert!(!tally.is_damaged() && tally.skipped_bytes() == 0, "{node}: {tally:?}");
        assert_eq!(kinds(&tally)[&RecordKind::System64], 2);
        assert_eq!(tally.buffers, u64::from(header.buffers_written), "{node}");
        let (timed, again) = in_time_order(bytes);
        assert_eq!((timed.len(), again.late), (filed.len(), 0));
        assert!(timed.iter().all(|record| record.time.is_some()));
        assert!(filed.len() > 10_000, "{node}: {}", filed.len());
    }
}

/// A lost buffer takes its events along, and the file says so.
#[test]
fn lost_buffers_are_told() {
    let all = story(3, Tracing { rate: Some(20), ..Tracing::default() });
    let some = story(3, Tracing { rate: Some(20), lost: 5, ..Tracing::default() });
    for node in ["CEDAR1", "CEDAR2"] {
        let path = format!("{node}/csv_trace.etl");
        let (whole, _) = in_file_order(file(&all, &path));
        let (left, tally) = in_file_order(file(&some, &path));
        let opened = open(file(&some, &path));
        let header = opened.header();
        let losses = tally.losses(header);
        assert_eq!(whole.len() - left.len(), losses.events as usize, "{node}");
        let buffers = u64::from(header.buffers_lost);
        assert!(buffers > 0 && losses.missing_buffers == Some(buffers), "{node}: {losses:?}");
        let share = 100 * buffers / (buffers + u64::from(header.buffers_written));
        assert!((2..=9).contains(&share), "{node}: {share} %");
    }
}

/// A circular file keeps the newest buffers; one that was never closed keeps everything and says so.
#[test]
fn circular_and_unclosed_files() {
    let tracing = Tracing { rate: Some(5), ..Tracing::default() };
    let path = "CEDAR1/csv_trace.etl";
    let whole = in_time_order(file(&story(4, tracing), path)).0;
    let key = |record: &Kept| (record.time, record.cpu, record.bytes.clone());

    let files = story(4, Tracing { circular: Some(24), ..tracing });
    let bytes = file(&files, path);
    let (newest, tally) = in_time_order(bytes);
    assert!(open(bytes).header().may_have_wrapped() && !tally.is_damaged() && tally.late == 0);
    assert_eq!((tally.buffers, bytes.len()), (25, 25 * 65_536));
    let first = newest.iter().skip(2).map(|record| record.time).min().unwrap();
    assert!(first > whole[100].time, "the oldest are gone");
    let last = whole.len() - newest.len() / 2;
    let tail: Vec<_> = whole[last..].iter().map(key).collect();
    assert_eq!(newest[newest.len() - tail.len()..].iter().map(key).collect::<Vec<_>>(), tail);

    let files = story(4, Tracing { unclosed: true, ..tracing });
    let bytes = file(&files, path);
    assert!(open(bytes).header().is_unclosed());
    // The header itself says it; nothing else differs.
    let all = in_time_order(bytes).0;
    assert_eq!(
        (all.len(), all[1..].iter().map(key).collect::<Vec<_>>()),
        (whole.len(), whole[1..].iter().map(key).collect())
    );
}
