//! One record as its reader sees it: every field of every header kind under one name.
//!
//! Answers by reading the bytes when asked; what a header kind does not have is `None`, never zero. Refuses to
//! decode the payload: schemas are another matter.

use super::super::bytes::{guid_at, u16_at, u32_at, u64_at};
use super::super::{Clock, Place};
use super::class::class_of_group;
use super::extended::{ExtendedItem, ExtendedItems};
use super::kind::RecordKind;
use super::locate::{Located, version_of};
use super::message::MessageHeader;
use crate::fact::Guid;

/// Event flags that say which of the CPU times are there.
const PRIVATE_SESSION: u16 = 0x02;
const NO_CPU_TIME: u16 = 0x10;

/// One record. It borrows the buffer it lies in and is gone with the next one; copy out what must stay.
#[derive(Copy, Clone, Debug)]
pub struct EtlRecord<'a> {
    pub(in super::super) bytes: &'a [u8],
    pub(in super::super) located: Located,
    pub(in super::super) place: Place,
    pub(in super::super) cpu: u16,
    /// The record's own ticks, else those of the record before it in its buffer.
    pub(in super::super) ticks: Option<u64>,
    pub(in super::super) clock: &'a Clock,
}

impl<'a> EtlRecord<'a> {
    /// The kind of its header.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.located.kind
    }

    /// Where it lies, for citing and for reading it again.
    #[inline]
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// The processor whose buffer it was written to.
    #[inline]
    #[must_use]
    pub fn cpu(&self) -> u16 {
        self.cpu
    }

    /// When it was logged, ns since 1970 UTC, in steps of 100. A record without a stamp of its own (see
    /// [`has_own_time`](Self::has_own_time)) takes that of its predecessor in the buffer.
    #[inline]
    #[must_use]
    pub fn time(&self) -> Option<i64> {
        self.clock.utc_ns(self.ticks?)
    }

    /// The counter behind [`time`](Self::time), as stored.
    #[inline]
    #[must_use]
    pub fn ticks(&self) -> Option<u64> {
        self.ticks
    }

    /// Is the time the record's own? WPP messages may leave it out.
    #[must_use]
    pub fn has_own_time(&self) -> bool {
        self.located.ticks.is_some()
    }

    /// Provider GUID of an event, class GUID of a classic or kernel event, message GUID of a WPP message.
    #[inline]
    #[must_use]
    pub fn provider(&self) -> Option<Guid> {
        let kind = self.kind();
        if kind.is_event() || kind.is_classic() {
            return guid_at(self.bytes, 0x18);
        }
        self.group().map_or_else(|| self.message()?.guid, class_of_group)
    }

    /// Event id, or message number of a WPP message.
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<u16> {
        match self.kind() {
            RecordKind::Event32 | RecordKind::Event64 => u16_at(self.bytes, 0x28),
            RecordKind::Message => u16_at(self.bytes, 4),
            _ => None,
        }
    }

    /// Version of the event's layout.
    #[must_use]
    pub fn version(&self) -> Option<u16> {
        let kind = self.kind();
        if kind.is_event() {
            self.bytes.get(0x2A).map(|&version| u16::from(version))
        } else if kind.is_classic() {
            u16_at(self.bytes, 6)
        } else if kind.is_kernel() {
            u16_at(self.bytes, 0).map(|raw| version_of(raw, kind))
        } else {
            None
        }
    }

    /// Opcode (the "type" of a classic event).
    #[must_use]
    pub fn opcode(&self) -> Option<u8> {
        let kind = self.kind();
        let at = match () {
            () if kind.is_event() => 0x2D,
            () if kind.is_classic() => 4,
            () if kind.is_kernel() => 6,
            () => return None,
        };
        self.bytes.get(at).copied()
    }

    /// Kernel group, which stands for a class GUID.
    #[must_use]
    pub fn group(&self) -> Option<u8> {
        if self.kind().is_kernel() { self.bytes.get(7).copied() } else { None }
    }

    /// Level: 1 critical to 5 verbose, 0 always.
    #[must_use]
    pub fn level(&self) -> Option<u8> {
        let kind = self.kind();
        if kind.is_classic() { self.bytes.get(5).copied() } else { self.event_byte(0x2C) }
    }

    /// Channel; 11 is TraceLogging.
    #[must_use]
    pub fn channel(&self) -> Option<u8> {
        self.event_byte(0x2B)
    }

    /// Task.
    #[must_use]
    pub fn task(&self) -> Option<u16> {
        if self.kind().is_event() { u16_at(self.bytes, 0x2E) } else { None }
    }

    /// Keyword bits.
    #[must_use]
    pub fn keywords(&self) -> Option<u64> {
        if self.kind().is_event() { u64_at(self.bytes, 0x30) } else { None }
    }

    /// `Flags` of an event's header, as stored (0 or 1 in every file seen).
    #[must_use]
    pub fn flags(&self) -> Option<u16> {
        if self.kind().is_event() { u16_at(self.bytes, 4) } else { None }
    }

    /// `EventProperty`: 1 XML, 2 forwarded XML, 4 legacy, 8 reloggable.
    #[must_use]
    pub fn property(&self) -> Option<u16> {
        if self.kind().is_event() { u16_at(self.bytes, 6) } else { None }
    }

    /// Thread that logged it.
    #[inline]
    #[must_use]
    pub fn thread_id(&self) -> Option<u32> {
        match self.kind() {
            RecordKind::Message => self.message()?.thread,
            kind if has_thread(kind) => u32_at(self.bytes, 8),
            _ => None,
        }
    }

    /// Process that logged it.
    #[inline]
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        match self.kind() {
            RecordKind::Message => self.message()?.process,
            kind if has_thread(kind) => u32_at(self.bytes, 12),
            _ => None,
        }
    }

    /// Kernel and user time of the thread, as stored (in ticks of the system timer).
    #[must_use]
    pub fn cpu_times(&self) -> Option<(u32, u32)> {
        use RecordKind::*;
        let at = match self.kind() {
            System32 | System64 => 24,
            Full32 | Full64 | Instance32 | Instance64 => 0x28,
            Event32 | Event64 if self.flags()? & (PRIVATE_SESSION | NO_CPU_TIME) == 0 => 0x38,
            _ => return None,
        };
        Some((u32_at(self.bytes, at)?, u32_at(self.bytes, at + 4)?))
    }

    /// Processor time, which events of private sessions have instead of [`cpu_times`](Self::cpu_times).
    #[must_use]
    pub fn processor_time(&self) -> Option<u64> {
        if self.flags()? & (PRIVATE_SESSION | NO_CPU_TIME) == 0 { None } else { u64_at(self.bytes, 0x38) }
    }

    /// Activity; `None` where it is all zeros.
    #[must_use]
    pub fn activity_id(&self) -> Option<Guid> {
        if self.kind().is_event() {
            guid_at(self.bytes, 0x40).filter(|&guid| guid != Guid([0; 16]))
        } else {
            None
        }
    }

    /// Related activity, from the extended items.
    #[must_use]
    pub fn related_activity_id(&self) -> Option<Guid> {
        let item = self.extended().find(|item| item.kind == ExtendedItem::RELATED_ACTIVITY_ID)?;
        guid_at(item.data, 0)
    }

    /// Instance, parent instance and parent class of an instance record.
    #[must_use]
    pub fn instance(&self) -> Option<(u32, u32, Guid)> {
        match self.kind() {
            RecordKind::Instance32 | RecordKind::Instance64 => {
                Some((u32_at(self.bytes, 0x30)?, u32_at(self.bytes, 0x34)?, guid_at(self.bytes, 0x38)?))
            }
            _ => None,
        }
    }

    /// Sequence number of a WPP message.
    #[must_use]
    pub fn message_sequence(&self) -> Option<u32> {
        self.message()?.sequence
    }

    /// Component id of a WPP message without a GUID.
    #[must_use]
    pub fn message_component(&self) -> Option<u32> {
        self.message()?.component
    }

    /// Bytes of a pointer in the payload: 4 or 8.
    #[must_use]
    pub fn pointer_size(&self) -> Option<usize> {
        match self.kind() {
            RecordKind::Message => self.message()?.pointer_size,
            kind => kind.pointer_size(),
        }
    }

    /// Extended data items, in file order.
    #[inline]
    #[must_use]
    pub fn extended(&self) -> ExtendedItems<'a> {
        let present = self.flags().is_some_and(|flags| flags & 1 != 0);
        ExtendedItems::new(self.bytes, self.kind().header_size(), present)
    }

    /// What the provider logged; `None` where damaged extended items hide where it begins.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.located.payload_at? as usize..)
    }

    /// Does a clock place it in time?
    #[inline]
    pub(in super::super) fn is_placed(&self) -> bool {
        self.ticks.is_some() && self.clock.is_known()
    }

    /// Where its payload begins.
    #[inline]
    pub(in super::super) fn payload_at(&self) -> Option<u32> {
        self.located.payload_at
    }

    /// All bytes of the record: header, extended items, payload.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn event_byte(&self, at: usize) -> Option<u8> {
        if self.kind().is_event() { self.bytes.get(at).copied() } else { None }
    }

    fn message(&self) -> Option<MessageHeader> {
        if self.kind() == RecordKind::Message { MessageHeader::parse(self.bytes) } else { None }
    }
}

/// Do thread and process lie at 8 and 12? True for every kind but these.
#[inline]
fn has_thread(kind: RecordKind) -> bool {
    !matches!(
        kind,
        RecordKind::PerfInfo32 | RecordKind::PerfInfo64 | RecordKind::Message | RecordKind::Opaque
    )
}
