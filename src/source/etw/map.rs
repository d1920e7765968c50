//! The buffers of a trace: where each lies in the expanded trace, and between which times something is missing.
//!
//! The origin of a record is its offset in the trace with all buffers expanded. In a trace without compressed buffers
//! that is the offset in the file; where a buffer is compressed, no byte of the file is a record's first, and each such
//! buffer counts with its expanded length.
//!
//! Gaps. A buffer that says that something was lost before it leaves a gap back to the buffer before it on its
//! processor. Buffers are numbered over all processors: a missing number leaves a gap from the earliest last record
//! before it to the latest first record after it, because nothing says whose buffer it was. Where a record cannot
//! be read, the gap reaches to the processor's next buffer. A loss that none of these places leaves nothing whole.

use std::collections::{BTreeMap, BTreeSet};

use super::etl::{BufferHeader, ByteSource, Clock, EtlFile, EtlRecord, LogHeader, Losses, Place, Tally};

/// Missing numbers that are looked at one by one; with more, the whole trace is a gap.
const MOST_HOLES: usize = 4096;

/// Buffer type of the first buffer, which has no number of its own.
const HEADER: u16 = 4;

#[derive(Clone, Debug)]
struct Buffer {
    at: u64,
    /// Where it begins in the expanded trace.
    base: u64,
    header: BufferHeader,
    /// Ticks of its first and last record.
    times: Option<(u64, u64)>,
    /// Behind its last record.
    end: u32,
}

/// All buffers of a trace.
#[derive(Clone, Debug, Default)]
pub(super) struct Map {
    buffers: Vec<Buffer>,
    /// The buffer of the record seen last.
    last: usize,
}

/// A stretch of ticks; open ends reach beyond the trace.
type Gap = (Option<u64>, Option<u64>);

impl Map {
    /// From the headers of the buffers.
    pub(super) fn new<S: ByteSource>(file: &mut EtlFile<S>) -> Self {
        let mut grown = 0u64;
        let mut buffers = Vec::new();
        for buffer in file.buffers() {
            let header = buffer.header;
            buffers.push(Buffer { at: buffer.at, base: buffer.at + grown, header, times: None, end: 0 });
            if header.is_compressed() {
                grown += u64::from(header.filled.saturating_sub(header.size));
            }
        }
        Self { buffers, last: 0 }
    }

    fn index(&self, at: u64) -> Option<usize> {
        match self.buffers.get(self.last) {
            Some(buffer) if buffer.at == at => Some(self.last),
            _ => self.buffers.binary_search_by_key(&at, |buffer| buffer.at).ok(),
        }
    }

    /// Takes note of a record.
    pub(super) fn see(&mut self, record: &EtlRecord<'_>) {
        let place = record.place();
        let Some(index) = self.index(place.buffer) else { return };
        self.last = index;
        let buffer = &mut self.buffers[index];
        buffer.end = buffer.end.max(place.within.saturating_add(record.bytes().len() as u32));
        if let Some(ticks) = record.ticks() {
            let (first, last) = buffer.times.unwrap_or((ticks, ticks));
            buffer.times = Some((first.min(ticks), last.max(ticks)));
        }
    }

    /// Where a record lies in the expanded trace.
    pub(super) fn offset(&mut self, place: Place) -> u64 {
        match self.index(place.buffer) {
            Some(index) => {
                self.last = index;
                self.buffers[index].base + u64::from(place.within)
            }
            None => place.file_offset(),
        }
    }

    /// The place of the record at an offset of the expanded trace.
    pub(super) fn place(&self, offset: u64) -> Option<Place> {
        let index = self.buffers.partition_point(|buffer| buffer.base <= offset).checked_sub(1)?;
        let buffer = &self.buffers[index];
        let within = u32::try_from(offset - buffer.base).ok()?;
        Some(Place { buffer: buffer.at, within, compressed: buffer.header.is_compressed() })
    }

    /// First and last ticks of all records.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        let times = || self.buffers.iter().filter_map(|buffer| buffer.times);
        Some((times().map(|t| t.0).min()?, times().map(|t| t.1).max()?))
    }

    /// Stretches in which something is missing, nanoseconds UTC; and whether some loss lies in none of them.
    pub(super) fn gaps(&self, header: &LogHeader, tally: &Tally, clock: Clock) -> (Vec<(i64, i64)>, bool) {
        let losses = tally.losses(header);
        let mut gaps = Vec::new();
        let mut by_cpu: BTreeMap<u16, Vec<&Buffer>> = BTreeMap::new();
        for buffer in &self.buffers {
            by_cpu.entry(buffer.header.cpu).or_default().push(buffer);
        }
        // On one processor, numbers and times rise together; the header buffer is the first.
        for buffers in by_cpu.values_mut() {
            buffers.sort_by_key(|buffer| (buffer.header.kind != HEADER, buffer.header.sequence, buffer.at));
        }
        for buffers in by_cpu.values() {
            for (index, buffer) in buffers.iter().enumerate() {
                let before = buffers[..index].iter().rev().find_map(|b| b.times).map(|t| t.1);
                let after = || buffers[index + 1..].iter().find_map(|b| b.times).map(|t| t.0);
                let flags = &buffer.header;
                if flags.says_events_lost() || flags.says_buffers_lost() || flags.says_backup_damaged() {
                    gaps.push((before, buffer.times.map(|t| t.0).or_else(after)));
                }
                // Records are padded to eight bytes.
                if buffer.end.next_multiple_of(8) < flags.filled && (buffer.end > 0 || flags.filled > 72) {
                    gaps.push((buffer.times.map(|t| t.1).or(before), after()));
                }
            }
        }
        let holes = self.holes(&by_cpu, &mut gaps);
        let placed = Self::is_placed(&losses, tally, holes);
        let time = |ticks| clock.utc_ns(ticks);
        let mut out: Vec<(i64, i64)> = gaps
            .into_iter()
            .map(|(from, to)| {
                (from.and_then(time).unwrap_or(i64::MIN), to.and_then(time).unwrap_or(i64::MAX))
            })
            .collect();
        if tally.failure.is_some()
            || losses.missing_buffers.is_some_and(|missing| missing > holes.unwrap_or(0))
        {
            // The end of the file is missing: from where the first processor falls silent.
            let ends = by_cpu.values().filter_map(|b| b.iter().filter_map(|b| b.times).map(|t| t.1).max());
            out.push((ends.min().and_then(time).unwrap_or(i64::MIN), i64::MAX));
        }
        if !placed {
            out.push((i64::MIN, i64::MAX));
        }
        (out, !placed)
    }

    /// Gaps of missing numbers; how many are missing, `None` where they make no sense.
    fn holes(&self, by_cpu: &BTreeMap<u16, Vec<&Buffer>>, gaps: &mut Vec<Gap>) -> Option<u64> {
        let numbered = self.buffers.iter().filter(|buffer| buffer.header.kind != HEADER);
        let numbers: BTreeSet<u64> = numbered.map(|buffer| buffer.header.sequence).collect();
        let mut missing = 0u64;
        let mut holes = Vec::new();
        for (before, after) in numbers.iter().zip(numbers.iter().skip(1)) {
            if after - before > 1 {
                missing = missing.saturating_add(after - before - 1);
                holes.push(*after);
            }
        }
        if holes.len() > MOST_HOLES || missing > (numbers.len() as u64).saturating_mul(64) + 1024 {
            return None;
        }
        for after in holes {
            // Open where a processor has no buffer on that side.
            let (mut from, mut to) = (Some(u64::MAX), Some(0));
            for buffers in by_cpu.values() {
                let is_later = |b: &&Buffer| b.header.kind != HEADER && b.header.sequence >= after;
                let split = buffers.partition_point(|b| !is_later(b));
                let last = buffers[..split].iter().rev().find_map(|b| b.times).map(|t| t.1);
                let first = buffers[split..].iter().find_map(|b| b.times).map(|t| t.0);
                from = from.zip(last).map(|(a, b)| a.min(b));
                to = to.zip(first).map(|(a, b)| a.max(b));
            }
            gaps.push((from, to));
        }
        Some(missing)
    }

    /// Does every loss lie in some gap?
    fn is_placed(losses: &Losses, tally: &Tally, holes: Option<u64>) -> bool {
        let Some(holes) = holes else { return false };
        let flagged = |count: u64| count > 0;
        let events = losses.events == 0 || flagged(tally.buffers_after_lost_events) || holes > 0;
        let buffers = u64::from(losses.buffers) <= holes || flagged(tally.buffers_after_lost_buffers);
        let missing = losses.missing_buffers.is_some();
        events && buffers && missing && losses.loss_records == 0
    }
}
