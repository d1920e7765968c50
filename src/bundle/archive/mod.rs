//! Archives, told by their first bytes: zip, cabinet, 7z, tar and gzip. Each format lists its members; a member is
//! read where it lies, inflated while it is read, or cut from a run of members that unpacks only as a whole.
//!
//! Nothing here decides how much is too much: a listing says sizes, and the walk (`super::collect`) holds the limits.

mod cab;
mod gzip;
mod seven_zip;
mod tar;
mod zip;

use std::io::{self, Write};

use super::store::{Member, Store};
use crate::ledger::NoteKind;

/// First bytes that tell an archive; tar has its mark the furthest from the start.
pub(super) const HEAD: u64 = 512;

/// A format of archives.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    Cabinet,
    SevenZip,
    Tar,
    Gzip,
}

/// Which archive begins with these bytes.
pub(super) fn format(head: &[u8]) -> Option<Format> {
    if zip::MAGIC.iter().any(|magic| head.starts_with(magic)) {
        Some(Format::Zip)
    } else if head.starts_with(&cab::MAGIC) {
        Some(Format::Cabinet)
    } else if head.starts_with(&seven_zip::MAGIC) {
        Some(Format::SevenZip)
    } else if head.starts_with(&gzip::MAGIC) {
        Some(Format::Gzip)
    } else if tar::recognised(head) {
        Some(Format::Tar)
    } else {
        None
    }
}

/// One line of an archive's table of contents.
pub(super) struct Entry {
    /// As the archive spells it.
    pub(super) name: String,
    /// How to read it, or why not.
    pub(super) held: Result<Held, &'static NoteKind>,
}

/// How a member is held.
pub(super) enum Held {
    /// By itself, packed.
    Member(Member),
    /// By itself, as it is.
    Plain(Store),
    /// Within a run.
    Run {
        /// Index into [`Contents::runs`].
        run: usize,
        /// Offset in what the run unpacks to.
        start: u64,
        /// Bytes; `None`: all there are.
        size: Option<u64>,
    },
}

/// Members that unpack together only: a folder of a cabinet, a block of a 7z archive, a gzip stream.
pub(super) struct Run {
    /// Packed bytes.
    pub(super) packed: u64,
    /// Writes all that it unpacks to. An error of the writer ends it and is handed back.
    pub(super) unpack: Unpack,
}

/// See [`Run::unpack`].
pub(super) type Unpack = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()>>;

/// What could be found out about an archive.
#[derive(Default)]
pub(super) struct Contents {
    /// Files, in the archive's order; folders are left out.
    pub(super) entries: Vec<Entry>,
    /// What the entries in runs are cut from.
    pub(super) runs: Vec<Run>,
    /// What is wrong with the archive as a whole.
    pub(super) damage: Option<String>,
    /// Why nothing of it can be read, where it is not damaged.
    pub(super) refusal: Option<&'static NoteKind>,
    /// `members` was reached and there are more.
    pub(super) more: bool,
}

impl Contents {
    /// Takes an entry, unless there are `members` already: then there are more, and it answers `false`.
    fn push(&mut self, members: u64, entry: Entry) -> bool {
        self.more = self.entries.len() as u64 >= members;
        if !self.more {
            self.entries.push(entry);
        }
        !self.more
    }

    fn damaged(text: impl ToString) -> Self {
        Self { damage: Some(text.to_string()), ..Self::default() }
    }
}

/// Lists at most `members` files. Fails only where the bytes cannot be reached at all. `name` is the archive's own.
pub(super) fn list(store: &Store, format: Format, name: &str, members: u64) -> io::Result<Contents> {
    match format {
        Format::Zip => zip::list(store, members),
        Format::Cabinet => cab::list(store, members),
        Format::SevenZip => seven_zip::list(store, members),
        Format::Tar => tar::list(store, members),
        Format::Gzip => Ok(gzip::list(store, name, members)),
    }
}

fn wrong(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.into())
}
