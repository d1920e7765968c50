//! The header of a WPP message: which of its parts are there, and where.
//!
//! Answers GUID, number, time, thread and process of a message and where its arguments begin. Refuses to know their
//! types: those are in a TMF file. Layout checked on the bytes of 16 messages with flags 0xAA; the other flags follow
//! the published `TRACE_MESSAGE_*` constants.

use super::super::bytes::{guid_at, u16_at, u32_at, u64_at};
use crate::fact::Guid;

const SEQUENCE: u16 = 0x01;
const GUID: u16 = 0x02;
const COMPONENT: u16 = 0x04;
const TIME: u16 = 0x08;
const THREAD_AND_PROCESS: u16 = 0x20;
const POINTER_32: u16 = 0x40;
const POINTER_64: u16 = 0x80;

/// The parts of a message header.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct MessageHeader {
    pub(super) number: u16,
    pub(super) sequence: Option<u32>,
    pub(super) guid: Option<Guid>,
    pub(super) component: Option<u32>,
    pub(super) ticks: Option<u64>,
    pub(super) thread: Option<u32>,
    pub(super) process: Option<u32>,
    pub(super) pointer_size: Option<usize>,
    /// Bytes of the header.
    pub(super) size: usize,
}

impl MessageHeader {
    /// Reads the header of the message that `record` holds whole; `None` where its flags ask for more than that.
    #[inline]
    pub(super) fn parse(record: &[u8]) -> Option<MessageHeader> {
        let flags = u16_at(record, 6)?;
        let mut at = 8;
        let mut take = |flag: u16, size: usize| {
            let here = at;
            (flags & flag != 0).then(|| {
                at += size;
                here
            })
        };
        let sequence = take(SEQUENCE, 4);
        let guid = take(GUID, 16);
        let component = if guid.is_none() { take(COMPONENT, 4) } else { None };
        let time = take(TIME, 8);
        let thread = take(THREAD_AND_PROCESS, 8);
        if at > record.len() {
            return None;
        }
        Some(MessageHeader {
            number: u16_at(record, 4)?,
            sequence: sequence.and_then(|at| u32_at(record, at)),
            guid: guid.and_then(|at| guid_at(record, at)),
            component: component.and_then(|at| u32_at(record, at)),
            ticks: time.and_then(|at| u64_at(record, at)),
            thread: thread.and_then(|at| u32_at(record, at)),
            process: thread.and_then(|at| u32_at(record, at + 4)),
            pointer_size: match flags & (POINTER_32 | POINTER_64) {
                POINTER_32 => Some(4),
                POINTER_64 => Some(8),
                _ => None,
            },
            size: at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(flags: u16, body: &[u8]) -> Vec<u8> {
        let size = u16::try_from(8 + body.len()).expect("short");
        [&size.to_le_bytes()[..], &[0, 0x90, 43, 0], &flags.to_le_bytes(), body].concat()
    }

    #[test]
    fn parts_come_in_the_order_of_their_flags() {
        let body: Vec<u8> = (0..48).collect();
        let all = MessageHeader::parse(&message(0xAB, &body)).expect("whole");
        assert_eq!(all.number, 43);
        assert_eq!(all.sequence, Some(0x0302_0100));
        assert_eq!(all.guid.map(|g| g.to_windows()[0]), Some(4));
        assert_eq!(all.ticks, Some(0x1b1a_1918_1716_1514));
        assert_eq!((all.thread, all.process), (Some(0x1f1e_1d1c), Some(0x2322_2120)));
        assert_eq!((all.pointer_size, all.size), (Some(8), 44));
        let component = MessageHeader::parse(&message(0x44, &body)).expect("whole");
        assert_eq!((component.component, component.guid), (Some(0x0302_0100), None));
        assert_eq!((component.pointer_size, component.size), (Some(4), 12));
        let bare = MessageHeader::parse(&message(0, &[])).expect("whole");
        assert_eq!((bare.ticks, bare.thread, bare.size), (None, None, 8));
    }

    #[test]
    fn flags_that_ask_for_more_than_there_is_are_refused() {
        for length in 0..32 {
            assert_eq!(MessageHeader::parse(&message(0xAA, &vec![0; length])), None, "{length}");
        }
    }
}
