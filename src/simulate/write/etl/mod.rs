//! Event trace files (.etl): buffers of each processor in turn, as a session flushes them.
//!
//! Layouts: Windows SDK `evntrace.h` and `evntcons.h`; the buffer header as seen in published traces. Events stream
//! in by time; the file grows buffer by buffer. Its first buffer is overwritten at the end, when the totals are known.

mod compress;
mod header;
mod payload;

use std::collections::BTreeSet;

pub(in crate::simulate) use self::header::{Totals, fields};
use super::evtx::filetime;
use crate::fact::{Guid, Instant};
use crate::simulate::random::Random;
use crate::simulate::trace::{Session, Ticks, Traced};

const BUFFER_HEADER: usize = 72;
const EVENT_HEADER: usize = 80;
const FLUSHED: u16 = 0x01;
const EVENTS_LOST: u16 = 0x02;
const BUFFER_LOST: u16 = 0x04;
const PROCESSOR_INDEX: u16 = 0x20;
const COMPRESSED: u16 = 0x40;
const GENERIC: u16 = 0;
const HEADER: u16 = 4;
/// `EVENT_HEADER_EXT_TYPE_RELATED_ACTIVITYID`.
const RELATED_ACTIVITY: u16 = 1;
/// What the counter shows when the session starts.
const FIRST_TICK: u64 = 3_600_000_000_123;

/// A file being written.
pub(in crate::simulate) struct Writer {
    session: Session,
    random: Random,
    /// Open buffers by processor.
    open: Vec<Buffer>,
    /// Closed buffers, the first in its first form.
    out: Vec<u8>,
    /// Buffers written but the first, overwritten ones included.
    written: u32,
    /// Length of the first.
    first: usize,
    /// Events pushed.
    events: u64,
    lost: BTreeSet<u64>,
    sequence: u64,
    lost_events: u32,
    lost_buffers: u32,
    last: u64,
    end: Instant,
}

#[derive(Default)]
struct Buffer {
    data: Vec<u8>,
    /// Numbers of its events; kept only where buffers can be lost.
    numbers: Vec<u64>,
    /// The buffer before it on this processor was lost.
    after_loss: bool,
}

/// A file, and what became of its events.
pub(in crate::simulate) struct Written {
    pub(in crate::simulate) bytes: Vec<u8>,
    pub(in crate::simulate) totals: Totals,
    /// Events that never reached it, counted from 0 in the order in which they came.
    pub(in crate::simulate) lost: BTreeSet<u64>,
}

impl Writer {
    /// An empty file.
    pub(in crate::simulate) fn new(session: Session) -> Self {
        let open = (0..session.cpus.max(1)).map(|_| Buffer::default()).collect();
        let mut writer = Self {
            random: Random::new(session.seed ^ 0x0e71),
            open,
            out: Vec::new(),
            written: 0,
            first: 0,
            events: 0,
            lost: BTreeSet::new(),
            sequence: 0,
            lost_events: 0,
            lost_buffers: 0,
            last: 0,
            end: session.start,
            session,
        };
        writer.out = writer.head(&Totals::default());
        writer.first = writer.out.len();
        writer
    }

    /// The first buffer: its length does not depend on the totals.
    fn head(&self, totals: &Totals) -> Vec<u8> {
        let first = self.ticks(self.session.start);
        let mut data = system_record(0, 0, 2, first, &header::payload(&self.session, totals));
        if let Some((name, domain)) = &self.session.computer {
            data.resize(data.len().next_multiple_of(8), 0);
            data.extend(system_record(0x0b, 10, 3, first, &header::computer(&self.session, name, domain)));
        }
        self.buffer(&data, 0, PROCESSOR_INDEX, HEADER, 0, first)
    }

    fn ticks(&self, at: Instant) -> u64 {
        match self.session.ticks {
            Ticks::System => filetime(at),
            Ticks::Counter(frequency) => {
                let since = i128::from(at.0 - self.session.start.0).max(0);
                // Rounded up, so that a reader that rounds down gets the same 100 ns again.
                let ticks = (since / 100 * i128::from(frequency)).div_euclid(10_000_000);
                let exact = (since / 100 * i128::from(frequency)) % 10_000_000 == 0;
                FIRST_TICK + ticks as u64 + u64::from(!exact)
            }
        }
    }

    /// Appends an event. Events of one processor come in order of time.
    pub(in crate::simulate) fn push(&mut self, event: &Traced) {
        let tick = self.ticks(event.at);
        let record = event_record(event, tick);
        let cpu = usize::from(event.cpu) % self.open.len();
        let room = self.session.buffer as usize - BUFFER_HEADER;
        if self.open[cpu].data.len() + record.len().next_multiple_of(8) > room {
            self.flush(cpu, false);
        }
        self.last = self.last.max(tick);
        self.end = self.end.max(event.at);
        let buffer = &mut self.open[cpu];
        buffer.data.resize(buffer.data.len().next_multiple_of(8), 0);
        buffer.data.extend(record);
        if self.session.lost > 0 {
            buffer.numbers.push(self.events);
        }
        self.events += 1;
    }

    fn flush(&mut self, cpu: usize, last: bool) {
        let buffer = std::mem::take(&mut self.open[cpu]);
        if buffer.data.is_empty() {
            return;
        }
        self.sequence += 1;
        if self.random.between(0, 100) < i64::from(self.session.lost) {
            self.lost_events += buffer.numbers.len() as u32;
            self.lost.extend(buffer.numbers);
            self.lost_buffers += 1;
            self.open[cpu].after_loss = true;
            return;
        }
        let mut flags = PROCESSOR_INDEX;
        if last {
            flags |= FLUSHED;
        }
        if buffer.after_loss {
            flags |= EVENTS_LOST | BUFFER_LOST;
        }
        self.written += 1;
        let bytes = self.buffer(&buffer.data, cpu as u16, flags, GENERIC, self.sequence, self.last);
        let Some(most) = self.session.circular.filter(|_| !self.session.compressed) else {
            return self.out.extend(bytes);
        };
        let slot = (self.sequence as usize - 1) % most.max(1);
        let at = self.first + slot * bytes.len();
        match self.out.get_mut(at..at + bytes.len()) {
            Some(oldest) => oldest.copy_from_slice(&bytes),
            None => self.out.extend(bytes),
        }
    }

    fn buffer(&self, data: &[u8], cpu: u16, flags: u16, kind: u16, sequence: u64, tick: u64) -> Vec<u8> {
        let whole = self.session.buffer as usize;
        let valid = BUFFER_HEADER + data.len();
        let compressed = self.session.compressed && kind == GENERIC;
        let body = if compressed { compress::compress(data) } else { data.to_vec() };
        let size = match (self.session.compressed, compressed) {
            (true, true) => BUFFER_HEADER + body.len(),
            (true, false) => valid.next_multiple_of(512),
            (false, _) => whole,
        };
        let mut out = Vec::with_capacity(size);
        let header = kind == HEADER;
        for number in [size, if header { 0 } else { valid }, if header { valid } else { whole + 88 }, 0] {
            out.extend((number as u32).to_le_bytes());
        }
        out.extend(if header { 0 } else { tick }.to_le_bytes());
        out.extend(sequence.to_le_bytes());
        out.extend(0u64.to_le_bytes());
        out.extend(cpu.to_le_bytes());
        out.extend(if self.session.compressed { 0u16 } else { 31 }.to_le_bytes());
        out.extend(3u32.to_le_bytes());
        out.extend((valid as u32).to_le_bytes());
        out.extend((flags | if compressed { COMPRESSED } else { 0 }).to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend([0; 16]);
        out.extend(body);
        out.resize(size, 0xff);
        out
    }

    /// The file.
    pub(in crate::simulate) fn finish(mut self) -> Written {
        (0..self.open.len()).for_each(|cpu| self.flush(cpu, true));
        let closed = self.session.closed;
        let totals = Totals {
            end: if closed { filetime(self.end) } else { 0 },
            buffers: if closed { self.written + 1 } else { 0 },
            events_lost: self.lost_events,
            buffers_lost: self.lost_buffers,
        };
        let head = self.head(&totals);
        self.out[..self.first].copy_from_slice(&head);
        Written { bytes: self.out, totals, lost: self.lost }
    }
}

/// A `SYSTEM_TRACE_HEADER` record of 64-bit Windows.
fn system_record(group: u8, opcode: u8, version: u16, tick: u64, payload: &[u8]) -> Vec<u8> {
    let size = 32 + payload.len();
    let mut out = Vec::with_capacity(size);
    out.extend(version.to_le_bytes());
    out.extend([2, 0xc0]);
    out.extend((size as u16).to_le_bytes());
    out.extend([opcode, group]);
    for number in [6244u32, 4] {
        out.extend(number.to_le_bytes());
    }
    out.extend(tick.to_le_bytes());
    out.extend([0; 8]);
    out.extend(payload);
    out
}

/// An `EVENT_HEADER` record of a 64-bit provider.
fn event_record(event: &Traced, tick: u64) -> Vec<u8> {
    let record = &event.record;
    let mut out = Vec::with_capacity(256);
    out.extend([0, 0, 19, 0xc0]);
    out.extend(u16::from(event.related.is_some()).to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out.extend(event.tid.to_le_bytes());
    out.extend(event.pid.to_le_bytes());
    out.extend(tick.to_le_bytes());
    let provider = record.provider.guid.and_then(Guid::parse).unwrap_or(Guid([0; 16]));
    out.extend(provider.to_windows());
    out.extend(record.id.to_le_bytes());
    out.extend([record.version, 0x10, record.level, record.opcode]);
    out.extend(record.task.to_le_bytes());
    out.extend(record.keywords.to_le_bytes());
    out.extend([0; 8]);
    out.extend(event.activity.unwrap_or(Guid([0; 16])).to_windows());
    debug_assert_eq!(out.len(), EVENT_HEADER);
    if let Some(related) = event.related {
        for number in [24u16, RELATED_ACTIVITY, 0, 16] {
            out.extend(number.to_le_bytes());
        }
        out.extend(related.to_windows());
    }
    record.fields.iter().for_each(|(_, value)| payload::put(&mut out, value));
    let size = out.len() as u16;
    out[..2].copy_from_slice(&size.to_le_bytes());
    out
}
