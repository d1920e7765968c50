//! What became of a trace's bytes: what was read, what was skipped and why.
//!
//! Answers with counts and first places; every count that is zero says so. Refuses to weigh them: whether a loss
//! matters depends on who asks.

use super::record::{EtlRecord, LOST_EVENT, RecordKind};
use super::walk::Shape;
use super::{BufferHeader, LogHeader};

/// Why bytes of a trace were not read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Damage {
    /// No buffer begins where one must: bytes up to the next one were skipped.
    BufferHeader,
    /// A buffer claims to reach past the beginning of the next one.
    BufferSize,
    /// The file ends inside a buffer.
    Truncated,
    /// The stream of a compressed buffer is damaged.
    Compression,
    /// The buffer is compressed by a method that no trace was ever seen to use.
    UnknownCompression,
    /// No record begins where one must: the rest of the buffer was skipped.
    RecordMarker,
    /// A record's size is impossible: the rest of the buffer was skipped.
    RecordSize,
    /// The header of a record is good but not what follows: it has no payload.
    ExtendedItems,
}

impl Damage {
    /// All of them, in the order of [`Tally::damage`].
    pub const ALL: [Damage; 8] = [
        Damage::BufferHeader,
        Damage::BufferSize,
        Damage::Truncated,
        Damage::Compression,
        Damage::UnknownCompression,
        Damage::RecordMarker,
        Damage::RecordSize,
        Damage::ExtendedItems,
    ];

    /// What it is, in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Damage::BufferHeader => "no buffer where one must begin",
            Damage::BufferSize => "a buffer reaches into the next",
            Damage::Truncated => "the file ends inside a buffer",
            Damage::Compression => "a compressed buffer is damaged",
            Damage::UnknownCompression => "a buffer is compressed in an unknown way",
            Damage::RecordMarker => "no record where one must begin",
            Damage::RecordSize => "a record has an impossible size",
            Damage::ExtendedItems => "a record's extended items are damaged",
        }
    }
}

/// How often a kind of damage was met.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub struct DamageCount {
    /// Times.
    pub times: u64,
    /// Bytes skipped; of the expanded buffer where the damage lay inside one.
    pub bytes: u64,
    /// File offset of the first; that of the buffer where it is compressed.
    pub first: Option<u64>,
}

/// The account of one pass over a trace.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Buffers found, the header buffer included.
    pub buffers: u64,
    /// Those of them that are compressed.
    pub compressed_buffers: u64,
    /// Those that say that records were lost before them.
    pub buffers_after_lost_events: u64,
    /// Those that say that buffers were lost before them.
    pub buffers_after_lost_buffers: u64,
    /// Those that say that the backup of a real-time session was damaged.
    pub buffers_after_damaged_backup: u64,
    /// Valid bytes of all buffers, expanded, headers included.
    pub bytes: u64,
    /// Records by kind, in the order of [`RecordKind::ALL`].
    pub records: [u64; RecordKind::ALL.len()],
    /// Records that no clock places.
    pub unplaced: u64,
    /// Records given after a later one although time order was asked for: their buffer is out of order itself, or more
    /// buffers overlap than may be open at once.
    pub late: u64,
    /// Loss records of a real-time session: lost events, lost buffers, lost backup files.
    pub loss_records: [u64; 3],
    /// Bytes between or behind buffers that were never written (all 0x00 or all 0xFF).
    pub unwritten: u64,
    /// What reading failed with, if it did. Everything behind that place is missing.
    pub failure: Option<String>,
    damage: [DamageCount; Damage::ALL.len()],
    sequence: Option<(u64, u64)>,
    numbered: u64,
}

impl Tally {
    /// Records of one kind.
    #[must_use]
    pub fn records_of(&self, kind: RecordKind) -> u64 {
        self.records[kind.index()]
    }

    /// Records of all kinds.
    #[must_use]
    pub fn all_records(&self) -> u64 {
        self.records.iter().sum()
    }

    /// How often and where one kind of damage was met.
    #[must_use]
    pub fn damage(&self, damage: Damage) -> DamageCount {
        self.damage[damage as usize]
    }

    /// Was there any damage?
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.failure.is_some() || self.damage.iter().any(|count| count.times > 0)
    }

    /// Bytes that were skipped because of damage.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.damage.iter().map(|count| count.bytes).sum()
    }

    /// What is missing, put together from this account and the trace's own header.
    #[must_use]
    pub fn losses(&self, header: &LogHeader) -> Losses {
        Losses {
            events: header.events_lost,
            buffers: header.buffers_lost,
            missing_buffers: self.missing(header),
            loss_records: self.loss_records.iter().sum(),
            flagged_buffers: self.buffers_after_lost_events
                + self.buffers_after_lost_buffers
                + self.buffers_after_damaged_backup,
            skipped_bytes: self.skipped_bytes(),
        }
    }

    pub(super) fn count_damage(&mut self, damage: Damage, at: u64, bytes: u64) {
        let count = &mut self.damage[damage as usize];
        count.times += 1;
        count.bytes += bytes;
        count.first.get_or_insert(at);
    }

    pub(super) fn count_buffer(&mut self, header: &BufferHeader) {
        self.buffers += 1;
        self.compressed_buffers += u64::from(header.is_compressed());
        self.buffers_after_lost_events += u64::from(header.says_events_lost());
        self.buffers_after_lost_buffers += u64::from(header.says_buffers_lost());
        self.buffers_after_damaged_backup += u64::from(header.says_backup_damaged());
        // The header buffer keeps number 0 when a circular file drops those after it.
        if header.kind != HEADER_BUFFER {
            let (least, most) = self.sequence.unwrap_or((header.sequence, header.sequence));
            self.sequence = Some((least.min(header.sequence), most.max(header.sequence)));
            self.numbered += 1;
        }
    }

    /// Counts a record that is given out.
    #[inline]
    pub(super) fn count_record(&mut self, record: &EtlRecord<'_>) {
        self.records[record.kind().index()] += 1;
        self.unplaced += u64::from(!record.is_placed());
        if record.payload_at().is_none() {
            self.count_damage(
                Damage::ExtendedItems,
                record.place().file_offset(),
                record.bytes().len() as u64,
            );
        }
        if record.kind().is_classic() && record.provider() == Some(LOST_EVENT) {
            let which = record.opcode().and_then(|opcode| opcode.checked_sub(0x20));
            if let Some(count) = which.and_then(|which| self.loss_records.get_mut(usize::from(which))) {
                *count += 1;
            }
        }
    }

    /// Counts more bytes of a damage that was counted.
    pub(super) fn count_more(&mut self, damage: Damage, bytes: u64) {
        self.damage[damage as usize].bytes += bytes;
    }

    /// The rest of a buffer, from `at` to the end of its `valid` bytes, cannot be read. Where the buffer is
    /// cut, so is its last record, and that is no damage of its own.
    #[cold]
    pub(super) fn count_rest(&mut self, shape: &Shape, at: usize, valid: usize, damage: Damage) {
        let rest = valid.saturating_sub(at) as u64;
        match shape.cut {
            Some(cut) if damage == Damage::RecordSize => self.count_more(cut, rest),
            _ => self.count_damage(damage, shape.place(at).file_offset(), rest),
        }
    }

    /// Buffers that the file should hold and does not: by the numbers the others carry, and by the header's count.
    fn missing(&self, header: &LogHeader) -> Option<u64> {
        let in_numbers = match self.sequence {
            None => 0,
            Some((least, most)) => {
                // What precedes the least may lie in the file before this one, or was overwritten.
                let span = (most - least).checked_add(1)?;
                // One damaged number must not become a claim of a billion lost buffers.
                if span > self.numbered.saturating_mul(64) + 1024 {
                    return None;
                }
                span.saturating_sub(self.numbered)
            }
        };
        let is_counted = !header.is_unclosed() && !header.may_have_wrapped();
        let written = if is_counted { u64::from(header.buffers_written) } else { 0 };
        Some(in_numbers.max(written.saturating_sub(self.buffers)))
    }
}

/// Buffer type of the first buffer.
const HEADER_BUFFER: u16 = 4;

/// What a trace lacks. All zeros: nothing is known to be missing.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub struct Losses {
    /// Records that the session counted as lost.
    pub events: u32,
    /// Buffers that the session counted as lost.
    pub buffers: u32,
    /// Buffers that the numbers of the others, or the header's count, say are missing from the file; `None` where the
    /// numbers make no sense.
    pub missing_buffers: Option<u64>,
    /// Records that tell of losses of a real-time session.
    pub loss_records: u64,
    /// Buffers that say that something was lost before them.
    pub flagged_buffers: u64,
    /// Bytes skipped because of damage.
    pub skipped_bytes: u64,
}

impl Losses {
    /// May something that happened be absent from the trace?
    #[must_use]
    pub fn is_any(&self) -> bool {
        *self != Losses { missing_buffers: Some(0), ..Losses::default() }
    }
}
