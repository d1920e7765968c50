//! Schemas that the merging machine wrote into the trace: `TRACE_EVENT_INFO` and maps of values.
//!
//! Answers with the layout of one event, and with one map. Refuses what points outside its own record, structures that
//! contain themselves, and lengths that refer to fields behind them. Maps may follow the events that use them, so a
//! layout only names its map; whoever holds both puts them together.
//!
//! Structures: `tdh.h`; checked on 155 events' schemas and 65 maps. Names end with a blank that is not theirs.

use std::sync::Arc;

use super::{DEEPEST, Extent, Family, Key, Kind, Layout, MOST_FIELDS, Node, Show, ValueMap};
use crate::fact::Guid;

/// Class of the records that hold schemas: bbccf6c1-6cd1-48c4-80ff-839482e37671.
pub(super) const EVENT_METADATA: Guid =
    Guid([0xbb, 0xcc, 0xf6, 0xc1, 0x6c, 0xd1, 0x48, 0xc4, 0x80, 0xff, 0x83, 0x94, 0x82, 0xe3, 0x76, 0x71]);
/// Opcode of an event's schema.
pub(super) const EVENT_INFO: u8 = 0x20;
/// Opcode of a map.
pub(super) const EVENT_MAP: u8 = 0x21;

/// `DecodingSource` of classic events described in WMI.
const WBEM: u32 = 1;

const IS_STRUCT: u32 = 1;
const LENGTH_IS_PROPERTY: u32 = 2;
const COUNT_IS_PROPERTY: u32 = 4;
const COUNT_IS_FIXED: u32 = 0x20;

/// Where the properties begin, and how long one is.
const PROPERTIES: usize = 112;
const PROPERTY: usize = 24;

/// The layout of one event.
pub(super) fn event_info(bytes: &[u8]) -> Option<(Key, Layout)> {
    let class = guid(bytes, 16)?;
    let is_classic = u32_at(bytes, 48)? == WBEM;
    let count = u32_at(bytes, 100)? as usize;
    let top = u32_at(bytes, 104)? as usize;
    if top > count || count > MOST_FIELDS || bytes.len() < PROPERTIES + count * PROPERTY {
        return None;
    }
    let text = |at: usize| text(bytes, u32_at(bytes, at).unwrap_or_default() as usize).unwrap_or_default();
    let (task, opcode) = (text(68), text(72));
    let own = text(92);
    let event = if own.is_empty() || is_classic { super::joined(&task, &opcode) } else { own };
    let mut layout = Layout {
        provider: text(52).into(),
        event: event.into(),
        task: task.into(),
        opcode: opcode.into(),
        level: text(56).into(),
        keywords: keywords(bytes).into(),
        channel: text(60).into(),
        message: text(76).into(),
        ..Layout::default()
    };
    let mut made = vec![None; count];
    properties(bytes, 0..top, "", 0, &mut made, &mut layout)?;
    let guid = if is_classic && class != Guid([0; 16]) { class } else { guid(bytes, 0)? };
    let (family, number) = if is_classic {
        (Family::Classic, (*bytes.get(37)?).into())
    } else {
        (Family::Event, u16_at(bytes, 32)?)
    };
    Some((Key { guid, family, number, version: *bytes.get(34)? }, layout))
}

/// Appends the properties of a range, and below each structure its members.
fn properties(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    prefix: &str,
    depth: usize,
    made: &mut [Option<usize>],
    layout: &mut Layout,
) -> Option<()> {
    for index in range {
        if layout.nodes.len() >= MOST_FIELDS {
            return None;
        }
        let at = PROPERTIES + index * PROPERTY;
        let flags = u32_at(bytes, at)?;
        let name = format!("{prefix}{}", text(bytes, u32_at(bytes, at + 4)? as usize)?);
        let (kind, show) = (u16_at(bytes, at + 8)?, u16_at(bytes, at + 10)?);
        let (count, length) = (u16_at(bytes, at + 16)?, u16_at(bytes, at + 18)?);
        let is_struct = flags & IS_STRUCT != 0;
        let mut node = Node::new(&name, if is_struct { Kind::Struct } else { Kind::from_in_type(kind)? });
        let mut refer = |index: u16| layout.keep((*made.get(usize::from(index))?)?).map(Extent::Register);
        node.count = match count {
            _ if flags & COUNT_IS_PROPERTY != 0 => refer(count)?,
            0 => Extent::Own,
            1 if flags & COUNT_IS_FIXED == 0 => Extent::Own,
            many => Extent::Fixed(many.into()),
        };
        if !is_struct {
            node.show = Show::from_tdh(show);
            node.length = match length {
                _ if flags & LENGTH_IS_PROPERTY != 0 => refer(length)?,
                _ if !matches!(node.kind, Kind::Utf16 | Kind::Ansi | Kind::Binary) => Extent::Own,
                0 if node.kind == Kind::Binary && node.show == Show::Ipv6 => Extent::Fixed(16),
                0 => Extent::Own,
                many => Extent::Fixed(many.into()),
            };
            let map = u32_at(bytes, at + 12)? as usize;
            if let Some(name) = (map != 0).then(|| text(bytes, map)).flatten() {
                node.map = Some(Arc::new(ValueMap { name: name.into(), ..ValueMap::default() }));
            }
        }
        let here = layout.nodes.len();
        made[index] = Some(here);
        layout.nodes.push(node);
        if is_struct {
            let (first, members) = (usize::from(kind), usize::from(show));
            if depth >= DEEPEST || first + members > made.len() {
                return None;
            }
            properties(bytes, first..first + members, &format!("{name}."), depth + 1, made, layout)?;
            layout.nodes[here].members = (layout.nodes.len() - here - 1) as u16;
        }
    }
    Some(())
}

/// A map, and whose it is.
pub(super) fn event_map(bytes: &[u8]) -> Option<(Guid, ValueMap)> {
    let provider = guid(bytes, 0)?;
    let bytes = bytes.get(16..)?;
    let count = u32_at(bytes, 8)? as usize;
    let entries = bytes.get(16..)?;
    if count > entries.len() / 8 {
        return None;
    }
    let entry = |at: usize| {
        let name = text(bytes, u32_at(entries, at * 8)? as usize)?;
        Some((u32_at(entries, at * 8 + 4)?, name.into()))
    };
    let map = ValueMap {
        name: text(bytes, u32_at(bytes, 0)? as usize)?.into(),
        bits: u32_at(bytes, 4)? & 2 != 0,
        entries: (0..count).map(entry).collect::<Option<_>>()?,
    };
    Some((provider, map))
}

/// The list of keyword names, each ended by a NUL, the list by an empty one.
fn keywords(bytes: &[u8]) -> String {
    let mut names = Vec::new();
    let mut at = u32_at(bytes, 64).unwrap_or_default() as usize;
    while at >= PROPERTIES && names.len() < 64 {
        let Some(name) = raw_text(bytes, at).filter(|name| !name.is_empty()) else { break };
        at += 2 * (name.encode_utf16().count() + 1);
        names.push(name.trim_end().to_owned());
    }
    names.join(" ")
}

/// The name at an offset; `None` where the offset leads outside, empty where there is none.
fn text(bytes: &[u8], at: usize) -> Option<String> {
    if at == 0 {
        return Some(String::new());
    }
    raw_text(bytes, at).map(|text| text.trim_end().to_owned())
}

fn raw_text(bytes: &[u8], at: usize) -> Option<String> {
    let units = bytes.get(at..)?.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    Some(String::from_utf16_lossy(&units))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn guid(bytes: &[u8], at: usize) -> Option<Guid> {
    bytes.get(at..)?.first_chunk().map(|all| Guid::from_windows(*all))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields of one property: flags, name, in or first, out or members, count, length.
    type Property = (u32, &'static str, u16, u16, u16, u16);

    fn info(top: u32, properties: &[Property]) -> Vec<u8> {
        let mut bytes = vec![0; PROPERTIES + properties.len() * PROPERTY];
        let put =
            |bytes: &mut Vec<u8>, at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(&mut bytes, 0, &[0xAA; 16]);
        put(&mut bytes, 32, &[7, 0, 2]);
        put(&mut bytes, 100, &(properties.len() as u32).to_le_bytes());
        put(&mut bytes, 104, &top.to_le_bytes());
        for (index, (flags, name, first, second, count, length)) in properties.iter().enumerate() {
            let at = PROPERTIES + index * PROPERTY;
            let name_at = bytes.len() as u32;
            bytes.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
            put(&mut bytes, at, &flags.to_le_bytes());
            put(&mut bytes, at + 4, &name_at.to_le_bytes());
            for (offset, value) in [(8, first), (10, second), (16, count), (18, length)] {
                put(&mut bytes, at + offset, &value.to_le_bytes());
            }
        }
        bytes
    }

    #[test]
    fn structures_and_references() {
        let bytes = info(
            3,
            &[
                (0, "Count", 8, 0, 1, 4),
                (IS_STRUCT | COUNT_IS_PROPERTY, "Row", 3, 2, 0, 0),
                (0, "End ", 1, 0, 1, 0),
                (0, "Size", 6, 0, 1, 2),
                (LENGTH_IS_PROPERTY, "Data", 14, 0, 1, 3),
            ],
        );
        let (key, layout) = event_info(&bytes).expect("well-formed");
        assert_eq!((key.number, key.version, key.family), (7, 2, Family::Event));
        let told: Vec<_> =
            layout.nodes.iter().map(|n| (&*n.name, n.kind, n.count, n.length, n.members)).collect();
        use Extent::{Own, Register};
        assert_eq!(
            told,
            [
                ("Count", Kind::U32, Own, Own, 0),
                ("Row", Kind::Struct, Register(0), Own, 2),
                ("Row.Size", Kind::U16, Own, Own, 0),
                ("Row.Data", Kind::Binary, Own, Register(1), 0),
                ("End", Kind::Utf16, Own, Own, 0),
            ]
        );
    }

    #[test]
    fn damage_is_none() {
        let cyclic = [(IS_STRUCT, "A", 0, 1, 1, 0)];
        assert!(event_info(&info(1, &cyclic)).is_none());
        // Each structure holds the next twice: 2^n fields.
        let doubling: Vec<Property> = (0..12).map(|n| (IS_STRUCT, "S", n + 1, 2, 1, 0)).collect();
        let doubling = [&doubling[..], &[(0, "X", 4, 0, 1, 1), (0, "Y", 4, 0, 1, 1)]].concat();
        assert!(event_info(&info(1, &doubling)).is_none());
        for (at, property) in [
            (0, (0, "A", 99, 0, 1, 0)),
            (0, (COUNT_IS_PROPERTY, "A", 8, 0, 0, 0)),
            (0, (LENGTH_IS_PROPERTY, "A", 14, 0, 1, 9)),
            (0, (IS_STRUCT, "A", 0xFFFF, 0xFFFF, 1, 0)),
        ] {
            assert!(event_info(&info(1, &[property])).is_none(), "{at} {property:?}");
        }
        let whole = info(1, &[(0, "A", 8, 0, 1, 4)]);
        for length in 0..PROPERTIES + PROPERTY {
            assert!(event_info(&whole[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn a_map_claims_no_more_entries_than_it_holds() {
        let mut bytes = vec![0; 16 + 16];
        bytes[16 + 8..16 + 12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(event_map(&bytes), None);
        bytes[16 + 8..16 + 12].copy_from_slice(&0_u32.to_le_bytes());
        assert!(event_map(&bytes).is_some());
    }
}
