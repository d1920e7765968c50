//! A trace, opened.
//!
//! Answers what its header says, and hands out passes over its records. Opening reads the first buffer only.

use std::fmt;
use std::io;

use super::buffer::{BUFFER_HEADER, BufferHeader, Limits};
use super::expand::{Compression, expand};
use super::header::BUFFER_SIZES;
use super::record::{EtlRecord, Found, RecordKind, locate};
use super::source::{ByteSource, Window};
use super::tally::Tally;
use super::walk::Walk;
use super::{Buffers, Clock, FileOrder, LogHeader, Place, TimeOrder};

/// An open trace.
#[derive(Debug)]
pub struct EtlFile<S> {
    pub(super) window: Window<S>,
    pub(super) limits: Limits,
    pub(super) compression: Compression,
    pub(super) clock: Clock,
    /// Expanded bytes of the last compressed buffer.
    pub(super) expanded: Vec<u8>,
    header: LogHeader,
}

/// Why bytes could not be opened as a trace.
#[derive(Debug)]
pub enum OpenError {
    /// Reading failed.
    Io(io::Error),
    /// The first bytes are not those of a trace.
    NotATrace,
    /// They are, but the log header is cut or damaged, and without it no clock and no buffer size is known.
    BadHeader,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Io(error) => write!(f, "cannot read the trace: {error}"),
            OpenError::NotATrace => {
                f.write_str("not an event trace: the first buffer is not a header buffer")
            }
            OpenError::BadHeader => f.write_str("an event trace whose log header is cut or damaged"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Is this the beginning of a trace? Needs 80 bytes; a name's extension says nothing (`.etl`, `.etl.001`).
///
/// The first buffer is a header buffer (type 4) and its first record a system record of group 0, opcode 0: true for
/// all 29 files checked.
#[must_use]
pub fn sniff(head: &[u8]) -> bool {
    let Some(header) = BufferHeader::parse(head) else { return false };
    let marker = head.get(BUFFER_HEADER..BUFFER_HEADER + 8);
    header.kind == 4 && matches!(marker, Some([2, 0, 1 | 2, 0xC0, _, _, 0, 0]))
}

impl<S: ByteSource> EtlFile<S> {
    /// Opens a trace and reads its header.
    pub fn open(source: S) -> Result<EtlFile<S>, OpenError> {
        let mut window = Window::new(source);
        let head = window.load(0, BUFFER_HEADER + usize::from(u16::MAX));
        let parsed = sniff(head).then(|| parse_header(head));
        if let Some(error) = window.failure() {
            return Err(OpenError::Io(io::Error::new(error.kind(), error.to_string())));
        }
        let (buffer, header, clock) = parsed.ok_or(OpenError::NotATrace)?.ok_or(OpenError::BadHeader)?;
        let sizes =
            [header.buffer_size, buffer.size].map(|size| Some(size).filter(|s| BUFFER_SIZES.contains(s)));
        let limits = Limits {
            largest: sizes[0].or(sizes[1]).unwrap_or(*BUFFER_SIZES.end()),
            stride: sizes[0].filter(|_| sizes[0] == sizes[1]),
        };
        let compression = Compression::from_state(buffer.state);
        Ok(EtlFile { window, limits, compression, clock, expanded: Vec::new(), header })
    }

    /// What the trace says of itself.
    #[must_use]
    pub fn header(&self) -> &LogHeader {
        &self.header
    }

    /// The clock that places its ticks.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Passes over the buffers, looking at their headers only.
    pub fn buffers(&mut self) -> Buffers<'_, S> {
        Buffers::new(self)
    }

    /// Passes over the records as they lie in the file: buffer by buffer, in time order only within each.
    pub fn file_order(&mut self) -> FileOrder<'_, S> {
        FileOrder::new(self)
    }

    /// Passes over the records of all processors in the order in which they were logged. Needs a source that can go
    /// back; see [`TimeOrder`] for its memory.
    pub fn time_order(&mut self) -> TimeOrder<'_, S> {
        TimeOrder::new(self)
    }

    /// Reads one record again. `None` where none lies at that place.
    pub fn record_at(&mut self, place: Place) -> Option<EtlRecord<'_>> {
        let mut tally = Tally::default();
        let extent = Walk::starting_at(place.buffer, self.limits, true).next(&mut self.window, &mut tally)?;
        let shape = extent.shape;
        if shape.at != place.buffer {
            return None;
        }
        let stored = self.window.load(shape.at, shape.limit as usize);
        let bytes = if shape.compressed {
            expand(&shape, stored, self.compression, &mut tally, &mut self.expanded);
            &self.expanded[..]
        } else {
            &stored[..stored.len().min(shape.valid())]
        };
        let at = place.within as usize;
        let Found::Record(located) = locate(bytes, at) else { return None };
        let bytes = bytes.get(at..at + located.size as usize)?;
        let cpu = extent.header.cpu;
        Some(EtlRecord { bytes, located, place, cpu, ticks: located.ticks, clock: &self.clock })
    }
}

/// The first record of the first buffer, as log header.
fn parse_header(head: &[u8]) -> Option<(BufferHeader, LogHeader, Clock)> {
    let buffer = BufferHeader::parse(head)?;
    let Found::Record(located) = locate(head, BUFFER_HEADER) else { return None };
    let pointer_size = if located.kind == RecordKind::System32 { 4 } else { 8 };
    let record = &head[BUFFER_HEADER..BUFFER_HEADER + located.size as usize];
    let payload = record.get(located.payload_at? as usize..)?;
    let (header, clock) = LogHeader::parse(payload, pointer_size, located.ticks?)?;
    Some((buffer, header, clock))
}
