//! Time order: exact where it can be, counted where it cannot, within its memory.

use throughline::source::etw::etl::Tally;

use super::forge::{BASE, COMPRESSED, Forge, event};
use super::{in_file_order, in_time_order, open};

/// The ticks of all records in time order, the account, and the most memory that the pass held.
fn pass(bytes: &[u8]) -> (Vec<u64>, Tally, usize) {
    let mut file = open(bytes);
    let mut records = file.time_order();
    let (mut ticks, mut most) = (Vec::new(), 0);
    while let Some(record) = records.next_record() {
        ticks.push(record.ticks().unwrap());
        if ticks.len() % 1000 == 0 {
            most = most.max(records.memory());
        }
    }
    (ticks, records.tally().clone(), most)
}

/// A trace of `cpus` processors that log in turn, in buffers of `size`, `rounds` buffers each.
fn interleaved(mode: u32, size: u32, cpus: u64, rounds: u64, payload: usize) -> Vec<u8> {
    let mut forge = Forge::new(size);
    forge.mode = mode;
    forge.begin(true);
    let record = (80 + payload).next_multiple_of(8) as u64;
    let per_buffer = (u64::from(size) - 72) / record;
    for round in 0..rounds {
        for cpu in (0..cpus).rev() {
            let ticks = |n: u64| BASE + 1 + (round * per_buffer + n) * cpus + cpu;
            let records: Vec<_> =
                (0..per_buffer).map(|n| event(ticks(n), 1, &[], &vec![cpu as u8; payload])).collect();
            assert_eq!(forge.buffer(cpu as u16, &records), records.len());
        }
    }
    forge.finish()
}

#[test]
fn processors_are_merged_exactly() {
    for mode in [1, 1 | COMPRESSED] {
        let bytes = interleaved(mode, 65536, 7, 5, 40);
        let (ticks, tally, _) = pass(&bytes);
        assert!(ticks.iter().enumerate().all(|(n, &ticks)| ticks == BASE + n as u64));
        assert_eq!(ticks.len() as u64, 1 + 7 * 5 * (65464 / 120));
        assert_eq!((tally.late, tally.is_damaged()), (0, false));
    }
}

#[test]
fn large_buffers_are_held_in_parts() {
    // 8 processors with 16 MiB buffers would be 128 MiB.
    for mode in [1, 1 | COMPRESSED] {
        let bytes = interleaved(mode, 16 << 20, 8, 1, 60_000);
        let (ticks, tally, memory) = pass(&bytes);
        assert!(ticks.iter().enumerate().all(|(n, &ticks)| ticks == BASE + n as u64));
        assert_eq!(ticks.len() as u64, 1 + 8 * 279);
        assert_eq!((tally.late, tally.is_damaged()), (0, false), "{tally:?}");
        let most = if mode == 1 { 70 << 20 } else { 100 << 20 };
        assert!(memory < most, "{memory}");
    }
}

#[test]
fn buffers_that_overlap_are_still_in_order() {
    let mut forge = Forge::new(4096);
    forge.begin(true);
    for at in 0..10 {
        let records: Vec<_> = (0..20).map(|n| event(BASE + n * 100 + at, 1, &[], b"")).collect();
        forge.buffer(0, &records);
    }
    let (ticks, tally, _) = pass(&forge.finish());
    assert!(ticks.is_sorted());
    assert_eq!((ticks.len(), tally.late), (201, 0));
}

#[test]
fn equal_times_go_by_place() {
    let mut forge = Forge::new(4096);
    forge.begin(true);
    forge.buffer(0, &[event(BASE + 20, 1, &[], b"")]);
    forge.buffer(1, &[event(BASE + 10, 2, &[], b""), event(BASE + 20, 3, &[], b"")]);
    forge.buffer(2, &[event(BASE + 20, 4, &[], b"")]);
    let (records, _) = in_time_order(&forge.finish());
    assert_eq!(records[1..].iter().map(|record| record.bytes[40]).collect::<Vec<_>>(), [2, 1, 3, 4]);
}

#[test]
fn a_buffer_out_of_order_in_itself_is_counted() {
    let mut forge = Forge::new(4096);
    forge.begin(true);
    forge.buffer(0, &[10, 30, 20, 40].map(|ticks| event(BASE + ticks, 1, &[], b"")));
    forge.buffer(1, &[25, 35].map(|ticks| event(BASE + ticks, 1, &[], b"")));
    let (ticks, tally, _) = pass(&forge.finish());
    assert_eq!(ticks.iter().map(|ticks| ticks - BASE).collect::<Vec<_>>(), [0, 10, 25, 30, 20, 35, 40]);
    assert_eq!(tally.late, 1);
}

#[test]
fn too_many_open_buffers_give_late_records_and_not_more_memory() {
    let mut forge = Forge::new(1 << 20);
    forge.begin(true);
    for _ in 0..300 {
        forge.buffer(0, &[event(BASE, 1, &[], &[1; 60_000]), event(BASE + 10_000, 1, &[], &[1; 60_000])]);
    }
    let bytes = forge.finish();
    let (ticks, tally, memory) = pass(&bytes);
    assert_eq!(ticks.len(), 601);
    assert!(tally.late > 0 && memory < 70 << 20, "{} {memory}", tally.late);
}

#[test]
fn both_orders_hold_the_same_records() {
    let bytes = interleaved(1, 8192, 5, 9, 33);
    let (mut file_order, one) = in_file_order(&bytes);
    let (mut time_order, two) = in_time_order(&bytes);
    assert_eq!((one.records, one.bytes, one.buffers), (two.records, two.bytes, two.buffers));
    file_order.sort_by_key(|record| (record.offset, record.within));
    time_order.sort_by_key(|record| (record.offset, record.within));
    assert_eq!(file_order, time_order);
}
