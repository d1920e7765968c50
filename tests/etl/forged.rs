//! Made traces: header kinds, clocks, compression and losses that no real file at hand shows.

use throughline::fact::Guid;
use throughline::source::etw::etl::{ExtendedItem, LOST_EVENT, Losses, RecordKind, decompress};

use super::forge::{BASE, COMPRESSED, Forge, START, START_NS, classic, compress, event, kernel, message};
use super::{in_file_order, in_time_order, kinds, open};

const MS: u64 = 10_000;

#[test]
fn every_header_kind_answers_for_its_fields() {
    let mut forge = Forge::new(4096);
    forge.begin(true);
    let records: Vec<Vec<u8>> = [1, 2, 3, 4, 16, 17]
        .map(|number| kernel(number, BASE + MS * u64::from(number), 3, 9, b"kernel"))
        .into_iter()
        .chain([10, 11, 20, 21].map(|number| classic(number, BASE + 20 * MS, [0xEF; 16], 8, b"classic")))
        .chain([event(BASE + 30 * MS, 77, &[], b"event"), message(Some(BASE + 40 * MS), 43, b"wpp")])
        .collect();
    assert_eq!(forge.buffer(3, &records), records.len());
    let bytes = forge.finish();
    let mut seen = 0;
    open(&bytes).file_order().for_each(|record| {
        use RecordKind::*;
        if record.place().buffer == 0 {
            return;
        }
        seen += 1;
        let kind = record.kind();
        assert_eq!(record.cpu(), 3);
        let threads = (record.thread_id(), record.process_id());
        let (payload, id, opcode, version, level) = match kind {
            System32 | System64 | Compact32 | Compact64 | PerfInfo32 | PerfInfo64 => {
                let class = Guid::parse("3d6fa8d0-fe05-11d0-9dda-00c04fd7ba7c");
                assert_eq!((record.group(), record.provider()), (Some(3), class), "{kind:?}");
                (&b"kernel"[..], None, Some(9), Some(2), None)
            }
            Full32 | Full64 | Instance32 | Instance64 => {
                assert_eq!(record.provider(), Some(Guid([0xEF; 16])), "{kind:?}");
                (&b"classic"[..], None, Some(8), Some(3), Some(4))
            }
            Event32 | Event64 => {
                assert_eq!((record.provider(), record.task()), (Some(Guid([0xAB; 16])), Some(5)));
                assert_eq!((record.keywords(), record.channel()), (Some(0x8000_0000_0000_0010), Some(0)));
                assert_eq!((record.activity_id(), record.related_activity_id()), (None, None));
                (&b"event"[..], Some(77), Some(7), Some(1), Some(4))
            }
            Message => {
                assert_eq!(record.provider(), Some(Guid([0xCD; 16])));
                (&b"wpp"[..], Some(43), None, None, None)
            }
            Opaque => panic!("not forged"),
        };
        assert_eq!(record.payload(), Some(payload), "{kind:?}");
        assert_eq!((record.id(), record.opcode()), (id, opcode), "{kind:?}");
        assert_eq!((record.version(), record.level()), (version, level), "{kind:?}");
        let expected =
            if matches!(kind, PerfInfo32 | PerfInfo64) { (None, None) } else { (Some(11), Some(12)) };
        assert_eq!(threads, expected, "{kind:?}");
        let instance = matches!(kind, Instance32 | Instance64).then_some((21, 22, Guid([9; 16])));
        assert_eq!(record.instance(), instance, "{kind:?}");
    });
    assert_eq!(seen, 12);
}

#[test]
fn each_clock_places_its_records() {
    for (clock_type, frequency, ticks) in [
        (1, 10_000_000, BASE + 20_000_000),
        (0, 5, BASE + 10),
        (2, 5, START + 20_000_000),
        (3, 5, BASE + 4_000_000_000),
    ] {
        let mut forge = Forge::new(4096);
        (forge.clock_type, forge.frequency) = (clock_type, frequency);
        forge.begin(true);
        forge.buffer(0, &[event(ticks, 1, &[], b"")]);
        let (records, tally) = in_file_order(&forge.finish());
        let times: Vec<_> = records.iter().map(|record| record.time).collect();
        assert_eq!(times, [Some(START_NS), Some(START_NS + 2_000_000_000)], "clock {clock_type}");
        assert_eq!(tally.unplaced, 0);
    }
}

#[test]
fn an_unknown_clock_leaves_records_unplaced() {
    let mut forge = Forge::new(4096);
    forge.clock_type = 9;
    forge.begin(false);
    forge.buffer(0, &[event(BASE + 1, 1, &[], b"")]);
    let (records, tally) = in_time_order(&forge.finish());
    assert_eq!((records.len(), tally.unplaced), (2, 2));
    assert_eq!((records[1].ticks, records[1].time), (Some(BASE + 1), None));
}

#[test]
fn compressed_buffers_give_what_plain_ones_give() {
    let make = |mode: u32, wide: bool| {
        let mut forge = Forge::new(65536);
        forge.mode = mode;
        forge.begin(wide);
        for at in 0..20_u64 {
            let records: Vec<_> = (0..300)
                .map(|n| event(BASE + at * 1000 + n, n as u16, &[], format!("record {n} of {at}").as_bytes()))
                .collect();
            forge.buffer(at as u16 % 3, &records);
        }
        forge.finish()
    };
    let (plain, _) = in_time_order(&make(1, true));
    let bytes = make(1 | COMPRESSED, true);
    let (records, tally) = in_time_order(&bytes);
    assert!(bytes.len() < 400_000, "{}", bytes.len());
    assert_eq!(tally.compressed_buffers, 20);
    assert!(!tally.is_damaged());
    assert_eq!(records.len(), plain.len());
    assert!(records[1..].iter().zip(&plain[1..]).all(|(a, b)| a.bytes == b.bytes && a.time == b.time));
}

#[test]
fn compression_round_trips() {
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    for length in (0..200).chain([8191, 8192, 8193, 70_000, 300_000]) {
        for alphabet in [1, 2, 16, 256] {
            let data: Vec<u8> = (0..length).map(|_| (random() % alphabet) as u8).collect();
            let mut back = vec![0; length];
            assert_eq!(decompress(&compress(&data), &mut back), Ok(()), "{length} {alphabet}");
            assert!(back == data, "{length} {alphabet}");
        }
    }
}

#[test]
fn extended_items_stand_before_the_payload() {
    let related = [5; 16];
    let items: &[(u16, &[u8])] =
        &[(1, &related), (2, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), (3, &[2, 0, 0, 0]), (13, &[3; 8])];
    let mut forge = Forge::new(4096);
    forge.begin(true);
    forge.buffer(0, &[event(BASE, 1, items, b"payload")]);
    let bytes = forge.finish();
    let mut seen = 0;
    open(&bytes).file_order().for_each(|record| {
        if record.kind() == RecordKind::Event64 {
            seen += 1;
            let found: Vec<_> = record.extended().map(|item| (item.kind, item.data)).collect();
            assert_eq!(found, items);
            assert_eq!(record.related_activity_id(), Some(Guid([5; 16])));
            assert_eq!(
                record.extended().nth(2).map(|item| item.kind),
                Some(ExtendedItem::TERMINAL_SESSION_ID)
            );
            assert_eq!(record.payload(), Some(&b"payload"[..]));
        }
    });
    assert_eq!(seen, 1);
}

#[test]
fn a_record_without_time_takes_its_predecessor_s() {
    let mut forge = Forge::new(4096);
    forge.begin(true);
    let early = [message(None, 1, b""), message(Some(BASE + 50), 2, b""), message(None, 3, b"")];
    forge.buffer(0, &early);
    forge.buffer(1, &[message(Some(BASE + 40), 4, b""), message(Some(BASE + 60), 5, b"")]);
    let (records, tally) = in_time_order(&forge.finish());
    let numbers: Vec<_> = records[1..].iter().map(|record| (record.bytes[4], record.ticks)).collect();
    let at = |ticks| Some(BASE + ticks);
    assert_eq!(numbers, [(4, at(40)), (1, None), (2, at(50)), (3, at(50)), (5, at(60))]);
    assert_eq!((tally.unplaced, tally.late), (1, 0));
}

#[test]
fn a_circular_file_that_wrapped_comes_in_order() {
    let mut forge = Forge::new(4096);
    forge.mode = 2;
    forge.begin(true);
    forge.lose(17);
    for at in [6, 7, 8, 3, 4, 5] {
        forge.buffer(at as u16 % 2, &[event(BASE + at * 10, at as u16, &[], b"")]);
    }
    let bytes = forge.finish();
    let (records, tally) = in_time_order(&bytes);
    let ids: Vec<_> = records[1..].iter().map(|record| record.bytes[40]).collect();
    assert_eq!(ids, [3, 4, 5, 6, 7, 8]);
    assert_eq!((tally.late, tally.losses(open(&bytes).header()).missing_buffers), (0, Some(0)));
}

#[test]
fn losses_of_every_kind_are_told() {
    // A file that was not closed tells by its numbers only.
    forge_losses(true);
    forge_losses(false);
}

fn forge_losses(closed: bool) {
    let mut forge = Forge::new(4096);
    (forge.events_lost, forge.buffers_lost, forge.closed) = (5, 2, closed);
    forge.begin(true);
    forge.buffer(0, &[event(BASE, 1, &[], b"")]);
    forge.lose(3);
    let class = LOST_EVENT.to_windows();
    forge.buffer(0, &[0x20, 0x21, 0x21, 0x22, 0x23].map(|opcode| classic(20, BASE + 1, class, opcode, b"")));
    let mut bytes = forge.finish();
    bytes[4096 * 2 + 0x34] |= 0x02;
    bytes[4096 + 0x34] |= 0x04;
    let (_, tally) = in_time_order(&bytes);
    assert_eq!(tally.loss_records, [1, 2, 1]);
    let losses = Losses {
        events: 5,
        buffers: 2,
        missing_buffers: Some(3),
        loss_records: 4,
        flagged_buffers: 2,
        skipped_bytes: 0,
    };
    assert_eq!(tally.losses(open(&bytes).header()), losses);
    assert_eq!(kinds(&tally)[&RecordKind::Full64], 5);
}

#[test]
fn a_file_that_was_never_closed_is_read_to_its_end() {
    let mut forge = Forge::new(4096);
    forge.closed = false;
    forge.begin(true);
    for at in 0..5 {
        forge.buffer(0, &[event(BASE + at, 1, &[], b"")]);
    }
    let mut bytes = forge.finish();
    bytes.resize(bytes.len() + 4096 * 3, 0);
    let file = open(&bytes);
    assert!(file.header().is_unclosed() && file.header().buffers_written == 0);
    let (records, tally) = in_file_order(&bytes);
    assert_eq!((records.len(), tally.unwritten, tally.skipped_bytes()), (6, 4096 * 3, 0));
    assert!(!tally.losses(open(&bytes).header()).is_any());
}
