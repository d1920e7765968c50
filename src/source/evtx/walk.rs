//! From bytes to records: file header, chunks, records, in the order of the file, a chunk in memory at a time.
//!
//! What cannot be read costs itself: a record, a chunk, the rest of a file that ends early.

use std::error::Error;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evtx::err::EvtxError;
use evtx::{EvtxChunkData, EvtxFileHeader, HeaderFlags, ParserSettings};

use super::note;
use super::record::{Record, Templates, decode};
use crate::fact::{Guid, InputId, Origin, Place, Stamp};
use crate::ledger::{Entry, Tally};

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
    pub(super) record: Record,
}

/// How a walk is done.
pub(super) struct Walk<'a> {
    pub(super) input: InputId,
    /// Which chunks to open, by their index; the others are passed over.
    pub(super) chunks: &'a dyn Fn(u64) -> bool,
    /// Whose own fields to decode, by provider, GUID and event id.
    pub(super) wanted: &'a dyn Fn(&str, Option<Guid>, u32) -> bool,
}

/// Hands every record to `sink`, which puts it into one box of the account, until it answers `false`.
/// Unreadable ones are counted here.
pub(super) fn walk(
    how: &Walk<'_>,
    source: &mut dyn Read,
    tally: &mut Tally,
    sink: &mut dyn FnMut(Found, &mut Tally) -> bool,
) {
    let settings = Arc::new(ParserSettings::new().num_threads(1).indent(false));
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
    let chunks = check_header(&bytes, tally, at(0));
    for index in 0u64.. {
        let offset = HEADER as u64 + index * CHUNK as u64;
        let mut bytes = vec![0u8; CHUNK];
        let (read, failed) = fill(source, &mut bytes);
        bytes.truncate(read);
        let ended = read < CHUNK;
        // Space set aside, or padding.
        let blank = bytes.iter().all(|b| *b == 0);
        let skip = blank || !(how.chunks)(index);
        let more = skip || {
            let chunk = Chunk { how, index, offset, whole: !ended, settings: &settings };
            match catch_unwind(AssertUnwindSafe(|| chunk.read(bytes, tally, sink))) {
                Ok(more) => more,
                Err(_) => {
                    tally.count(Entry::Malformed);
                    tally.note(&note::PANICKED, at(offset), None);
                    true
                }
            }
        };
        if ended && failed.is_none() && (!blank || index < chunks) {
            tally.note(&note::TRUNCATED, at(offset + read as u64), None);
        }
        if let Some(error) = failed {
            tally.note(&note::READ_FAILED, at(offset + read as u64), Some(error.to_string()));
        }
        if ended || !more {
            return;
        }
    }
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

/// As many bytes as there are; with the error that ended it, if one did.
fn fill(source: &mut dyn Read, bytes: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut read = 0;
    while read < bytes.len() {
        match source.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (read, Some(error)),
        }
    }
    (read, None)
}

struct Chunk<'a> {
    how: &'a Walk<'a>,
    index: u64,
    offset: u64,
    /// All its bytes are there.
    whole: bool,
    settings: &'a Arc<ParserSettings>,
}

impl Chunk<'_> {
    fn read(
        &self,
        bytes: Vec<u8>,
        tally: &mut Tally,
        sink: &mut dyn FnMut(Found, &mut Tally) -> bool,
    ) -> bool {
        let damaged = |tally: &mut Tally, error: &dyn Error| {
            tally.count(Entry::Malformed);
            tally.note(&note::CHUNK_DAMAGED, Some(self.at(0, Place::Offset)), Some(chain(error)));
            true
        };
        if bytes.len() < CHUNK_HEADER {
            // Too short to hold a record; that the file ends here is already noted.
            return true;
        }
        let mut data = match EvtxChunkData::new(bytes, false) {
            Ok(data) => data,
            Err(error) => return damaged(tally, &error),
        };
        data.number = Some(self.index);
        if self.whole && !data.validate_checksum() {
            tally.note(&note::CHUNK_CHECKSUM, Some(self.at(0, Place::Offset)), None);
        }
        let mut chunk = match data.parse(Arc::clone(self.settings)) {
            Ok(chunk) => chunk,
            Err(error) => return damaged(tally, &error),
        };
        let mut templates = Templates::default();
        for found in chunk.iter() {
            let record = match found {
                Ok(record) => record,
                Err(error) => {
                    self.record_damaged(&error, tally);
                    continue;
                }
            };
            let offset = record.binxml_offset.saturating_sub(RECORD_HEADER);
            let number = record.event_record_id;
            let written = i64::try_from(record.timestamp.as_nanosecond()).map_or(Stamp::Missing, Stamp::utc);
            match decode(record, &mut templates, self.how.wanted) {
                Some(record) => {
                    let place = Place::Record(record.record_id.unwrap_or(number));
                    let found = Found { origin: self.at(offset, place), number, written, record };
                    if !sink(found, tally) {
                        return false;
                    }
                }
                None => {
                    tally.count(Entry::Malformed);
                    let origin = self.at(offset, Place::Record(number));
                    tally.note(
                        &note::RECORD_DAMAGED,
                        Some(origin),
                        Some("its content is not readable".into()),
                    );
                }
            }
        }
        true
    }

    fn record_damaged(&self, error: &EvtxError, tally: &mut Tally) {
        let origin = match error {
            EvtxError::FailedToReadRecordAt { offset, .. } => self.at(*offset, Place::Offset),
            EvtxError::FailedToParseRecord { record_id, .. } => self.at(0, Place::Record(*record_id)),
            _ => self.at(0, Place::Offset),
        };
        tally.count(Entry::Malformed);
        tally.note(&note::RECORD_DAMAGED, Some(origin), Some(chain(error)));
    }

    fn at(&self, offset: u64, place: Place) -> Origin {
        Origin { input: self.how.input, offset: self.offset.saturating_add(offset), place }
    }
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
