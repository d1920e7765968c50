//! Finds one record in the valid bytes of a buffer.
//!
//! Answers: what kind it is, how long, where its payload begins, what its time stamp says; or that the buffer ends
//! here, or that these bytes are no record. Refuses to guess past damage: without a size there is no next record in
//! this buffer.

use super::super::bytes::{u16_at, u32_at, u64_at};
use super::extended::ExtendedItems;
use super::kind::RecordKind;
use super::message::MessageHeader;

/// The parts of one record, relative to its first byte.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Located {
    pub(in super::super) kind: RecordKind,
    /// Bytes of the record, without the padding to eight that follows.
    pub(in super::super) size: u32,
    /// Where the payload begins; `None` where damaged extended items hide it.
    pub(in super::super) payload_at: Option<u32>,
    /// The record's own time stamp.
    pub(in super::super) ticks: Option<u64>,
}

/// What lies at a place in a buffer.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Found {
    Record(Located),
    End,
    /// No known record begins with these bytes.
    BadMarker,
    /// The size is smaller than the header or crosses the end of the buffer.
    BadSize,
}

/// Bits 0x0700 of a PerfInfo record's version count performance counters behind the time stamp, 0x8000 is one more
/// (published; never seen set).
const COUNTERS: u16 = 0x0700;
const PEBS: u16 = 0x8000;

/// The version of a kernel record without the bits that count counters.
pub(super) fn version_of(raw: u16, kind: RecordKind) -> u16 {
    if matches!(kind, RecordKind::PerfInfo32 | RecordKind::PerfInfo64) {
        raw & !(COUNTERS | PEBS)
    } else {
        raw
    }
}

/// Looks at `buffer[at..]`; `buffer` ends where its valid bytes end.
#[inline]
pub(in super::super) fn locate(buffer: &[u8], at: usize) -> Found {
    let Some(rest) = buffer.get(at..) else { return Found::End };
    let Some(head) = rest.first_chunk::<8>() else { return Found::End };
    let [_, _, number, flags, ..] = *head;
    if flags != 0xC0 {
        return if is_message(flags) && rest[..4] != [0xFF; 4] {
            locate_message(rest)
        } else {
            no_record(rest)
        };
    }
    let Some(kind) = RecordKind::from_type(number) else { return Found::BadMarker };
    let size_at = kind.size_at();
    let size = usize::from(u16::from_le_bytes([head[size_at], head[size_at + 1]]));
    let Some(record) = rest.get(..size) else { return Found::BadSize };
    let mut header = kind.header_size();
    if size < header {
        return Found::BadSize;
    }
    let payload_at = match kind {
        RecordKind::Event32 | RecordKind::Event64 if record[4] & 1 != 0 => {
            ExtendedItems::new(record, header, true).payload_at()
        }
        RecordKind::PerfInfo32 | RecordKind::PerfInfo64 => {
            let version = u16::from_le_bytes([head[0], head[1]]);
            if version & (COUNTERS | PEBS) != 0 {
                header += 8 * usize::from((version & COUNTERS) >> 8) + 8 * usize::from(version >> 15);
            }
            (header <= size).then_some(header)
        }
        RecordKind::Opaque if !is_confirmed(rest, size) => return Found::BadMarker,
        _ => Some(header),
    };
    let ticks = kind.time_at().and_then(|at| u64_at(record, at));
    // A record is at most 65,535 bytes long, so both numbers fit.
    Found::Record(Located { kind, size: size as u32, payload_at: payload_at.map(|at| at as u32), ticks })
}

/// The time stamp of the record that begins with `head`, which may be cut.
pub(in super::super) fn first_ticks(head: &[u8]) -> Option<u64> {
    let [_, _, number, flags] = *head.first_chunk::<4>()?;
    if flags == 0xC0 {
        return u64_at(head, RecordKind::from_type(number)?.time_at()?);
    }
    if is_message(flags) { MessageHeader::parse(head)?.ticks } else { None }
}

/// Could a record begin here? Used to tell a buffer from other bytes, and to confirm a size.
pub(in super::super) fn looks_like_record(bytes: &[u8]) -> bool {
    match u32_at(bytes, 0) {
        None | Some(u32::MAX) => bytes.iter().all(|&byte| byte == 0xFF),
        Some(_) if bytes[3] == 0xC0 => RecordKind::from_type(bytes[2]).is_some(),
        Some(_) => is_message(bytes[3]),
    }
}

/// Byte 3 of a WPP message: trace header and message flags, not the event flag.
#[inline]
fn is_message(flags: u8) -> bool {
    flags & 0x90 == 0x90 && flags & 0x40 == 0
}

#[inline]
fn locate_message(rest: &[u8]) -> Found {
    let size = usize::from(u16_at(rest, 0).unwrap_or(0));
    let Some(record) = rest.get(..size) else { return Found::BadSize };
    let Some(header) = MessageHeader::parse(record) else { return Found::BadSize };
    let (kind, ticks) = (RecordKind::Message, header.ticks);
    Found::Record(Located { kind, size: size as u32, payload_at: Some(header.size as u32), ticks })
}

/// Bytes that begin no record: the filler behind the last one, or damage.
#[cold]
fn no_record(rest: &[u8]) -> Found {
    if rest.iter().all(|&byte| byte == 0xFF) { Found::End } else { Found::BadMarker }
}

/// Does another record, or the end of the buffer, follow a record of `size`?
#[cold]
fn is_confirmed(rest: &[u8], size: usize) -> bool {
    rest.get(size.next_multiple_of(8)..).is_none_or(looks_like_record)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of a numbered type with `size` in its place and `length` bytes present.
    fn record(number: u8, size: u16, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = vec![0; length.max(8)];
        let at = RecordKind::from_type(number).map_or(0, RecordKind::size_at);
        bytes[2..4].copy_from_slice(&[number, 0xC0]);
        bytes[at..at + 2].copy_from_slice(&size.to_le_bytes());
        for (at, byte) in bytes.iter_mut().enumerate().skip(8) {
            *byte = at as u8;
        }
        bytes
    }

    #[test]
    fn every_kind_has_its_header_its_time_and_its_payload() {
        for (number, header, ticks) in [
            (1, 32, 0x1716_1514_1312_1110),
            (2, 32, 0x1716_1514_1312_1110),
            (3, 24, 0x1716_1514_1312_1110),
            (4, 24, 0x1716_1514_1312_1110),
            (10, 48, 0x1716_1514_1312_1110),
            (11, 72, 0x1716_1514_1312_1110),
            (16, 16, 0x0f0e_0d0c_0b0a_0908),
            (17, 16, 0x0f0e_0d0c_0b0a_0908),
            (18, 80, 0x1716_1514_1312_1110),
            (19, 80, 0x1716_1514_1312_1110),
            (20, 48, 0x1716_1514_1312_1110),
            (21, 72, 0x1716_1514_1312_1110),
        ] {
            let Found::Record(located) = locate(&record(number, 100, 104), 0) else {
                panic!("type {number}")
            };
            assert_eq!((located.size, located.payload_at), (100, Some(header)), "type {number}");
            assert_eq!(located.ticks, Some(ticks), "type {number}");
            assert_eq!(locate(&record(number, header as u16 - 1, 104), 0), Found::BadSize, "type {number}");
            assert_eq!(locate(&record(number, 100, 99), 0), Found::BadSize, "type {number}");
        }
    }

    #[test]
    fn counters_of_a_perfinfo_record_are_not_payload() {
        let mut bytes = record(17, 64, 64);
        bytes[1] = 0x83;
        let Found::Record(located) = locate(&bytes, 0) else { panic!("no record") };
        assert_eq!(located.payload_at, Some(16 + 4 * 8));
        assert_eq!(version_of(0x8302, located.kind), 2);
        bytes[4] = 40;
        let Found::Record(located) = locate(&bytes, 0) else { panic!("no record") };
        assert_eq!(located.payload_at, None);
    }

    #[test]
    fn types_without_a_layout_need_a_neighbour() {
        let alone = record(13, 24, 24);
        assert!(matches!(locate(&alone, 0), Found::Record(Located { size: 24, ticks: None, .. })));
        let followed = [alone.clone(), record(19, 80, 80)].concat();
        assert!(matches!(locate(&followed, 0), Found::Record(_)));
        assert_eq!(locate(&[alone, vec![1; 80]].concat(), 0), Found::BadMarker);
    }

    #[test]
    fn filler_ends_a_buffer_and_anything_else_is_damage() {
        assert_eq!(locate(&[0xFF; 64], 0), Found::End);
        assert_eq!(locate(&[0xFF; 64], 60), Found::End);
        assert_eq!(locate(&[0; 64], 0), Found::BadMarker);
        assert_eq!(locate(&[&[0xFF; 32][..], &[1; 32]].concat(), 0), Found::BadMarker);
        assert_eq!(locate(&record(99, 80, 80), 0), Found::BadMarker);
    }
}
