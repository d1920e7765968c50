//! Payloads against layouts: what fits, what does not, and that nothing claimed in a payload is believed beyond its bytes.

use super::read::{Reading, Scratch, read};
use super::{Decoder, MOST_KEYS, RECENT, Schema};
use crate::fact::Guid;
use crate::source::etw::schema::{Extent, Family, Key, Kind, Layout, Node, Origin, Schemas};

fn layout(nodes: &[(Kind, Extent, Extent, u16)]) -> Layout {
    let node = |(at, (kind, length, count, members)): (usize, &(Kind, Extent, Extent, u16))| Node {
        length: *length,
        count: *count,
        members: *members,
        register: (at == 0 && kind.is_integer()).then_some(0),
        ..Node::new(&format!("f{at}"), *kind)
    };
    Layout { nodes: nodes.iter().enumerate().map(node).collect(), registers: 1, ..Layout::default() }
}

fn fits(layout: &Layout, payload: &[u8]) -> (Reading, usize) {
    let mut scratch = Scratch::default();
    let reading = read(layout, payload, 8, &mut scratch);
    (reading, scratch.slots.len())
}

use Extent::{Counted, Fixed, Own, Register};

#[test]
fn lengths_and_counts_come_from_fields() {
    let data =
        layout(&[(Kind::U16, Own, Own, 0), (Kind::Binary, Register(0), Own, 0), (Kind::U8, Own, Own, 0)]);
    assert_eq!(fits(&data, &[2, 0, 7, 7, 9]), (Reading::Exact, 3));
    for payload in [&[][..], &[2], &[2, 0, 7], &[2, 0, 7, 7], &[2, 0, 7, 7, 9, 9], &[3, 0, 7, 7, 9]] {
        assert_eq!(fits(&data, payload).0, Reading::Misfit, "{payload:?}");
    }
    // Structures: as many rounds as the field says.
    let rows = layout(&[
        (Kind::U8, Own, Own, 0),
        (Kind::Struct, Own, Register(0), 2),
        (Kind::U8, Own, Own, 0),
        (Kind::U16, Own, Fixed(2), 0),
    ]);
    assert_eq!(fits(&rows, &[0]), (Reading::Exact, 1));
    assert_eq!(fits(&rows, &[2, 1, 1, 0, 1, 0, 2, 2, 0, 2, 0]), (Reading::Exact, 7));
    assert_eq!(fits(&rows, &[3, 1, 1, 0, 1, 0, 2, 2, 0, 2, 0]).0, Reading::Misfit);
}

#[test]
fn absurd_counts_cost_nothing() {
    let huge = u32::MAX.to_le_bytes();
    for (kind, members) in [
        (Kind::U8, 0),
        (Kind::U64, 0),
        (Kind::Null, 0),
        (Kind::Utf16, 0),
        (Kind::Struct, 0),
        (Kind::Struct, 1),
    ] {
        let mut nodes = vec![(Kind::U32, Own, Own, 0), (kind, Own, Register(0), members)];
        nodes.extend((0..members).map(|_| (Kind::Null, Own, Own, 0)));
        let (reading, slots) = fits(&layout(&nodes), &huge);
        assert_eq!(reading, Reading::Misfit, "{kind:?}");
        assert!(slots <= 8, "{kind:?}: {slots}");
    }
    // An array in an array, each of nothing.
    let nested = layout(&[
        (Kind::U32, Own, Own, 0),
        (Kind::Struct, Own, Register(0), 2),
        (Kind::Struct, Own, Register(0), 1),
        (Kind::Null, Own, Own, 0),
    ]);
    assert_eq!(fits(&nested, &huge).0, Reading::Misfit);
    let idle = layout(&[
        (Kind::U32, Own, Own, 0),
        (Kind::Struct, Own, Register(0), 1),
        (Kind::U64, Own, Fixed(0), 0),
    ]);
    assert_eq!(fits(&idle, &huge).0, Reading::Misfit);
    assert_eq!(fits(&layout(&[(Kind::Utf16, Fixed(u32::MAX), Own, 0)]), &[0; 8]).0, Reading::Misfit);
    assert_eq!(fits(&layout(&[(Kind::U64, Own, Counted, 0)]), &[0xFF; 10]).0, Reading::Misfit);
}

#[test]
fn a_text_may_lack_its_nul_once_and_at_the_end() {
    let two = layout(&[(Kind::Utf16, Own, Own, 0), (Kind::Utf16, Own, Own, 0)]);
    assert_eq!(fits(&two, b"a\0\0\0b\0\0\0").0, Reading::Exact);
    assert_eq!(fits(&two, b"a\0\0\0b\0").0, Reading::Unterminated);
    assert_eq!(fits(&two, b"a\0b\0").0, Reading::Misfit);
    assert_eq!(fits(&two, b"a\0\0\0b\0c").0, Reading::Misfit);
    let measured = layout(&[(Kind::U16, Own, Own, 0), (Kind::Utf16, Extent::Measured(0), Own, 0)]);
    for length in [2, 3, 4, 6] {
        assert_eq!(fits(&measured, &[length, 0, b'a', 0, b'b', 0, 0, 0]).0, Reading::Exact, "{length}");
    }
    assert_eq!(fits(&measured, &[9, 0, b'a', 0, b'b', 0, 0, 0]).0, Reading::Misfit);
}

#[test]
fn every_type_refuses_to_read_past_the_end() {
    for number in 0..=310 {
        let Some(kind) = Kind::from_in_type(number).filter(|kind| *kind != Kind::Struct) else { continue };
        let one = layout(&[(Kind::U8, Own, Own, 0), (kind, Own, Own, 0)]);
        for length in 0..40 {
            for fill in [0, 1, 0x7F, 0xFF] {
                let (_, slots) = fits(&one, &vec![fill; length]);
                assert!(slots <= 2);
            }
        }
    }
}

fn key(number: usize) -> Key {
    Key { guid: Guid([7; 16]), family: Family::Event, number: number as u16, version: (number >> 16) as u8 }
}

/// More keys than are found without the map, in turn: whoever shares a place with another is still itself.
#[test]
fn keys_that_share_a_place_are_told_apart() {
    let mut schemas = Schemas::new();
    for number in 0..2 * RECENT {
        let named = Layout { event: number.to_string().into(), ..layout(&[(Kind::U8, Own, Own, 0)]) };
        schemas.add(key(number), Origin::InBand, named);
    }
    let mut decoder = Decoder::for_build(schemas, 0);
    for number in (0..2 * RECENT).chain((0..2 * RECENT).rev()) {
        assert_eq!(decoder.decode_payload(key(number), &[1], 8).event(), number.to_string());
    }
}

/// What is forgotten is forgotten everywhere.
#[test]
fn an_event_is_found_again_after_all_were_forgotten() {
    let mut schemas = Schemas::new();
    schemas.add(key(MOST_KEYS - 1), Origin::InBand, layout(&[(Kind::U8, Own, Own, 0)]));
    let mut decoder = Decoder::for_build(schemas, 0);
    for number in 0..=MOST_KEYS {
        let schema = decoder.decode_payload(key(number), &[1], 8).schema;
        assert_eq!(schema == Schema::None, number != MOST_KEYS - 1, "{number}");
    }
    assert!(decoder.decode_payload(key(MOST_KEYS - 1), &[1], 8).is_decoded());
}
