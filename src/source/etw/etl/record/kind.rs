//! The header kinds a record can have, and where their common fields lie.
//!
//! Numbers and layouts: `TRACE_HEADER_TYPE_*` of the Windows headers. Checked on bytes: System, PerfInfo, Full, Event
//! and Message. Compact and Instance follow the published structures and were never seen in a file.

/// The kind of a record's header. `32` and `64` are the pointer size of the *writer of the record*: one file may hold
/// both.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "32 and 64 differ in the pointers of the payload only")]
pub enum RecordKind {
    /// Kernel events with thread, process and CPU times.
    System32,
    System64,
    /// Kernel events with thread and process.
    Compact32,
    Compact64,
    /// Classic events: class GUID, opcode, version, level.
    Full32,
    Full64,
    /// Classic events about an instance of something.
    Instance32,
    Instance64,
    /// Kernel events with a time stamp only.
    PerfInfo32,
    PerfInfo64,
    /// Events of a registered provider: manifest, TraceLogging, EventSource.
    Event32,
    Event64,
    /// WPP messages: GUID and number.
    Message,
    /// Types 12 (timed), 13 (error) and 14 (WNODE): named by the headers, without a published layout. Only their
    /// length is known, and only where the next record confirms it.
    Opaque,
}

impl RecordKind {
    /// Every kind, in the order of [`RecordKind::index`].
    pub const ALL: [RecordKind; 14] = [
        RecordKind::System32,
        RecordKind::System64,
        RecordKind::Compact32,
        RecordKind::Compact64,
        RecordKind::Full32,
        RecordKind::Full64,
        RecordKind::Instance32,
        RecordKind::Instance64,
        RecordKind::PerfInfo32,
        RecordKind::PerfInfo64,
        RecordKind::Event32,
        RecordKind::Event64,
        RecordKind::Message,
        RecordKind::Opaque,
    ];

    /// Position in [`RecordKind::ALL`].
    #[inline]
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// 4 or 8 where the header says which pointers the payload holds.
    #[must_use]
    pub fn pointer_size(self) -> Option<usize> {
        use RecordKind::*;
        match self {
            System32 | Compact32 | Full32 | Instance32 | PerfInfo32 | Event32 => Some(4),
            System64 | Compact64 | Full64 | Instance64 | PerfInfo64 | Event64 => Some(8),
            Message | Opaque => None,
        }
    }

    /// The kind behind byte 2 of a record whose byte 3 is 0xC0.
    #[inline]
    pub(super) fn from_type(number: u8) -> Option<RecordKind> {
        use RecordKind::*;
        Some(match number {
            1 => System32,
            2 => System64,
            3 => Compact32,
            4 => Compact64,
            10 => Full32,
            11 => Instance32,
            12..=14 => Opaque,
            16 => PerfInfo32,
            17 => PerfInfo64,
            18 => Event32,
            19 => Event64,
            20 => Full64,
            21 => Instance64,
            _ => return None,
        })
    }

    /// Bytes of the fixed part of the header.
    #[inline]
    pub(super) fn header_size(self) -> usize {
        use RecordKind::*;
        match self {
            System32 | System64 => 32,
            Compact32 | Compact64 => 24,
            Full32 | Full64 => 48,
            Instance32 | Instance64 => 72,
            PerfInfo32 | PerfInfo64 => 16,
            Event32 | Event64 => 80,
            Message | Opaque => 8,
        }
    }

    /// Where the `u16` size of the whole record lies.
    #[inline]
    pub(super) fn size_at(self) -> usize {
        if self.is_kernel() { 4 } else { 0 }
    }

    /// Where the time stamp lies, if its place is fixed.
    #[inline]
    pub(super) fn time_at(self) -> Option<usize> {
        match self {
            RecordKind::PerfInfo32 | RecordKind::PerfInfo64 => Some(8),
            RecordKind::Message | RecordKind::Opaque => None,
            _ => Some(16),
        }
    }

    /// Version, size, opcode and group first: the form of the kernel's own events.
    #[inline]
    pub(super) fn is_kernel(self) -> bool {
        use RecordKind::*;
        matches!(self, System32 | System64 | Compact32 | Compact64 | PerfInfo32 | PerfInfo64)
    }

    /// Is the header that of a registered provider's event?
    #[inline]
    pub(super) fn is_event(self) -> bool {
        matches!(self, RecordKind::Event32 | RecordKind::Event64)
    }

    /// Does the header carry a class GUID of its own?
    #[inline]
    pub(in super::super) fn is_classic(self) -> bool {
        use RecordKind::*;
        matches!(self, Full32 | Full64 | Instance32 | Instance64)
    }
}

#[cfg(test)]
mod tests {
    use super::RecordKind;

    #[test]
    fn the_list_is_in_order_and_whole() {
        for (at, kind) in RecordKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), at);
        }
        for number in 0..=255 {
            if let Some(kind) = RecordKind::from_type(number) {
                assert!(RecordKind::ALL.contains(&kind));
                assert!(kind.time_at().is_none_or(|at| at + 8 <= kind.header_size()));
            }
        }
    }
}
