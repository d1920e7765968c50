//! From bytes to records: file header, chunks, records, in the order of the file. A few chunks are in memory at a time,
//! and all cores look at them.
//!
//! What cannot be read costs itself: a record, a chunk, the rest of a file that ends early.

use std::error::Error;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evtx::err::EvtxError;
use evtx::{ChunkFlags, EvtxChunkData, EvtxFileHeader, HeaderFlags, ParserSettings};

use super::note;
use super::record::{Record, Templates, decode};
use super::skim::{Passed, Seen, Skimmed, Writer, skim};
use crate::fact::{Guid, InputId, Origin, Place, Stamp};
use crate::ledger::{Entry, NoteKind, Tally};
use crate::source::bytes::fill;
use crate::source::cores::{Pieces, ahead};

/// Bytes before the first chunk, and of each chunk.
pub(super) const HEADER: usize = 4096;
pub(super) const CHUNK: usize = 65536;
/// Bytes of a chunk's and of a record's own header.
const CHUNK_HEADER: usize = 512;
const RECORD_HEADER: u64 = 24;

/// A record and where it stands.
pub(super) struct Found {
    pub(super) origin: Origin,
    /// The number in the record's header: its place in this file. In a live log, and only there, it is the
    /// `EventRecordID` too.
    pub(super) number: u64,
    /// When it was written, by the record's header; `TimeCreated` is in the record.
    pub(super) written: Stamp,
    pub(super) record: Box<Record>,
}

/// How a walk is done.
pub(super) struct Walk<'a> {
    pub(super) input: InputId,
    /// Which chunks to open, by their index; the others are passed over.
    pub(super) chunks: &'a (dyn Fn(u64) -> bool + Sync),
    /// Whose records say something here, by provider, GUID and event id: the others are passed over where the
    /// chunk's bytes allow it, and else decoded without their own fields. Without it every record is decoded whole.
    pub(super) wanted: Option<&'a Wanted>,
    /// Never pass over: for tests, which hold one way against the other.
    pub(super) careful: bool,
}

/// May a record of this provider, GUID and event id say anything?
pub(super) type Wanted = dyn Fn(&str, Option<Guid>, u32) -> bool + Sync;

/// What a walk hands out.
pub(super) enum Met<'a> {
    /// A record, decoded.
    Record(Found),
    /// A record that says nothing here, and where it stands.
    Passed(&'a Passed, &'a Writer, Origin),
}

/// Chunks in memory: two megabytes. As many logs as there are cores may be read at a time, so it is no more where there
/// are more of them.
const AHEAD: usize = 32;

/// Hands every record to `sink`, which puts it into one box of the account, until it answers `false`.
/// Unreadable ones are counted here.
pub(super) fn walk(
    how: &Walk<'_>,
    source: &mut (dyn Read + Send),
    tally: &mut Tally,
    sink: &mut dyn FnMut(Met<'_>, &mut Tally) -> bool,
) {
    let at = |offset: u64| Some(Origin { input: how.input, offset, place: Place::Offset });
    let mut bytes = vec![0u8; HEADER];
    match fill(source, &mut bytes) {
        (read, failed) if read < HEADER => {
            match failed {
                Some(error) => tally.note(&note::READ_FAILED, at(read as u64), Some(error.to_string())),
                None => tally.note(&note::TRUNCATED, at(read as u64), None),
            }
            return;
        }
        _ => {}
    }
    let count = check_header(&bytes, tally, at(0));
    // Chunks that were told serve again, so that their memory is asked for once.
    let spare = Mutex::new(Vec::new());
    let (mut index, mut ended) = (0u64, false);
    let mut make = || {
        if ended {
            return None;
        }
        let mut chunk: Chunk = lock(&spare).pop().unwrap_or_else(|| Chunk::new(how.input));
        chunk.fill(index, source);
        ended = chunk.read < CHUNK;
        index += 1;
        Some(chunk)
    };
    let look = |mut chunk: Chunk| {
        chunk.look(how);
        chunk
    };
    ahead(Pieces { make: &mut make, work: &look, most: AHEAD }, |next| {
        while let Some(mut chunk) = next() {
            if !chunk.tell(tally, sink) && chunk.read == CHUNK {
                return;
            }
            if chunk.read < CHUNK {
                let end = at(chunk.offset() + chunk.read as u64);
                if chunk.failed.is_none() && (!chunk.blank || chunk.index < count) {
                    tally.note(&note::TRUNCATED, end, None);
                }
                if let Some(error) = chunk.failed.take() {
                    tally.note(&note::READ_FAILED, end, Some(error.to_string()));
                }
            }
            lock(&spare).push(chunk);
        }
    });
}

fn lock(spare: &Mutex<Vec<Chunk>>) -> MutexGuard<'_, Vec<Chunk>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many chunks the header says there are; none where it cannot be believed. A log in use may have more.
fn check_header(bytes: &[u8], tally: &mut Tally, at: Option<Origin>) -> u64 {
    let header = match EvtxFileHeader::from_bytes(bytes) {
        Ok(header) => header,
        Err(error) => {
            tally.note(&note::HEADER_DAMAGED, at, Some(error.to_string()));
            return 0;
        }
    };
    if header.flags.contains(HeaderFlags::DIRTY) {
        tally.note(&note::IN_USE, at, None);
    }
    if header.validate_checksum() {
        u64::from(header.chunk_count)
    } else {
        tally.note(&note::HEADER_DAMAGED, at, None);
        0
    }
}

/// One chunk, and what was found in it.
struct Chunk {
    input: InputId,
    index: u64,
    bytes: Vec<u8>,
    /// How many bytes there were, and the error that ended them, if one did.
    read: usize,
    failed: Option<io::Error>,
    /// Space set aside, or padding.
    blank: bool,
    items: Vec<Item>,
    writers: Vec<Writer>,
}

/// What a chunk came to, in its order.
enum Item {
    Record(Found),
    Passed(Passed),
    /// Something is wrong, and costs nothing.
    Odd(&'static NoteKind, Origin),
    /// Something is wrong, and costs an entry.
    Lost(&'static NoteKind, Origin, Option<String>),
}

impl Chunk {
    fn new(input: InputId) -> Self {
        let (bytes, items, writers) = (Vec::new(), Vec::new(), Vec::new());
        Self { input, index: 0, bytes, read: 0, failed: None, blank: false, items, writers }
    }

    /// Takes the chunk's bytes, as many as there are.
    fn fill(&mut self, index: u64, source: &mut dyn Read) {
        self.index = index;
        self.bytes.resize(CHUNK, 0);
        (self.read, self.failed) = fill(source, &mut self.bytes);
        self.bytes.truncate(self.read);
    }

    /// Finds its records.
    fn look(&mut self, how: &Walk<'_>) {
        self.items.clear();
        self.writers.clear();
        self.blank = self.bytes.iter().all(|b| *b == 0);
        if self.blank || !(how.chunks)(self.index) {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| self.open(how))).is_err() {
            self.items.push(Item::Lost(&note::PANICKED, self.at(0, Place::Offset), None));
        }
    }

    fn open(&mut self, how: &Walk<'_>) {
        if self.bytes.len() < CHUNK_HEADER {
            // Too short to hold a record; that the file ends here is noted.
            return;
        }
        let mut data = match EvtxChunkData::new(std::mem::take(&mut self.bytes), false) {
            Ok(data) => data,
            Err(error) => return self.damaged(&error),
        };
        data.number = Some(self.index);
        // A chunk that is cut short has no checksum to hold its bytes against.
        let whole = self.read == CHUNK;
        let intact = whole && data.validate_checksum();
        if whole && !intact {
            self.items.push(Item::Odd(&note::CHUNK_CHECKSUM, self.at(0, Place::Offset)));
        }
        let checked = intact && !data.header.flags.contains(ChunkFlags::NO_CRC32);
        let passable = how.wanted.filter(|_| checked && !how.careful);
        if passable.and_then(|wanted| self.skim(&data, wanted)).is_none() {
            self.read(&mut data, how.wanted.unwrap_or(&|_, _, _| true));
        }
        // The buffer serves the next window.
        self.bytes = data.data;
    }

    /// Passes over what says nothing here. `None`, and nothing done, where the chunk is not fit for it.
    fn skim(&mut self, data: &EvtxChunkData, wanted: &Wanted) -> Option<()> {
        let Skimmed { records, writers } = skim(data, wanted)?;
        for seen in records {
            let item = match seen {
                Seen::Passed(passed) => Item::Passed(passed),
                Seen::Read { offset, number, written, record } => {
                    self.found(u64::from(offset), number, written, record)
                }
            };
            self.items.push(item);
        }
        self.writers = writers;
        Some(())
    }

    /// Reads every record with care.
    fn read(&mut self, data: &mut EvtxChunkData, wanted: &Wanted) {
        let mut chunk = match data.parse(settings()) {
            Ok(chunk) => chunk,
            Err(error) => return self.damaged(&error),
        };
        let mut templates = Templates::default();
        for found in chunk.iter() {
            let record = match found {
                Ok(record) => record,
                Err(error) => {
                    self.record_damaged(&error);
                    continue;
                }
            };
            let offset = record.binxml_offset.saturating_sub(RECORD_HEADER);
            let number = record.event_record_id;
            let written = i64::try_from(record.timestamp.as_nanosecond()).map_or(Stamp::Missing, Stamp::utc);
            match decode(record, &mut templates, wanted) {
                Some(record) => self.items.push(self.found(offset, number, written, Box::new(record))),
                None => {
                    let origin = self.at(offset, Place::Record(number));
                    let why = Some("its content is not readable".into());
                    self.items.push(Item::Lost(&note::RECORD_DAMAGED, origin, why));
                }
            }
        }
    }

    fn found(&self, offset: u64, number: u64, written: Stamp, record: Box<Record>) -> Item {
        let place = Place::Record(record.record_id.unwrap_or(number));
        Item::Record(Found { origin: self.at(offset, place), number, written, record })
    }

    fn damaged(&mut self, error: &dyn Error) {
        self.items.push(Item::Lost(&note::CHUNK_DAMAGED, self.at(0, Place::Offset), Some(chain(error))));
    }

    fn record_damaged(&mut self, error: &EvtxError) {
        let origin = match error {
            EvtxError::FailedToReadRecordAt { offset, .. } => self.at(*offset, Place::Offset),
            EvtxError::FailedToParseRecord { record_id, .. } => self.at(0, Place::Record(*record_id)),
            _ => self.at(0, Place::Offset),
        };
        self.items.push(Item::Lost(&note::RECORD_DAMAGED, origin, Some(chain(error))));
    }

    /// Hands out what was found; `false` where no more is wanted.
    fn tell(&mut self, tally: &mut Tally, sink: &mut dyn FnMut(Met<'_>, &mut Tally) -> bool) -> bool {
        let (start, begin) = (self.at(0, Place::Offset), self.offset());
        let (items, writers) = (&mut self.items, &self.writers);
        let told = catch_unwind(AssertUnwindSafe(|| {
            items.drain(..).all(|item| match item {
                Item::Record(found) => sink(Met::Record(found), tally),
                Item::Passed(passed) => {
                    let place = Place::Record(passed.record_id.unwrap_or(passed.number));
                    let origin = Origin { offset: begin + u64::from(passed.offset), place, ..start };
                    writers
                        .get(passed.writer)
                        .is_none_or(|who| sink(Met::Passed(&passed, who, origin), tally))
                }
                Item::Odd(kind, origin) => {
                    tally.note(kind, Some(origin), None);
                    true
                }
                Item::Lost(kind, origin, why) => {
                    tally.count(Entry::Malformed);
                    tally.note(kind, Some(origin), why);
                    true
                }
            })
        }));
        told.unwrap_or_else(|_| {
            tally.count(Entry::Malformed);
            tally.note(&note::PANICKED, Some(start), None);
            true
        })
    }

    /// Offset of the chunk in the file.
    fn offset(&self) -> u64 {
        HEADER as u64 + self.index * CHUNK as u64
    }

    fn at(&self, offset: u64, place: Place) -> Origin {
        Origin { input: self.input, offset: self.offset().saturating_add(offset), place }
    }
}

fn settings() -> Arc<ParserSettings> {
    Arc::new(ParserSettings::new().num_threads(1).indent(false))
}

/// An error with what caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
