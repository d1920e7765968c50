//! Where bytes lie, and how to stream them: a file, or a member of an archive in a file or in memory.
//!
//! A member is inflated while it is read, its length and checksum are held against
//! what the archive says, so that a truncated or forged member ends in an error and not in silence.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use crc32fast::Hasher;
use flate2::bufread::DeflateDecoder;

use super::spool::Shared;

/// Read buffer over compressed bytes.
pub(super) const BUFFER: usize = 64 << 10;

/// A run of bytes: a whole file, or a stored member of one; on disk or in memory.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) data: Data,
    /// Offset in `data`.
    pub(super) start: u64,
    pub(super) len: u64,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Disk(PathBuf),
    Memory(Arc<[u8]>),
    /// A file without a name, which all readers share.
    Unpacked(Arc<File>),
}

impl Store {
    pub(super) fn file(path: PathBuf, len: u64) -> Self {
        Self { data: Data::Disk(path), start: 0, len }
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self { data: Data::Memory(bytes.into()), start: 0, len }
    }

    /// A part of it; the caller checked that it lies inside.
    pub(super) fn part(&self, start: u64, len: u64) -> Self {
        Self { data: self.data.clone(), start: self.start + start, len }
    }

    pub(super) fn open(&self) -> io::Result<Window> {
        let data: Box<dyn Seekable> = match &self.data {
            Data::Disk(path) => Box::new(File::open(path)?),
            Data::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Data::Unpacked(file) => Box::new(Shared::new(Arc::clone(file))),
        };
        let mut window = Window { data, start: self.start, len: self.len, at: 0 };
        window.seek(SeekFrom::Start(0))?;
        Ok(window)
    }
}

trait Seekable: Read + Seek + Send {}
impl<T: Read + Seek + Send> Seekable for T {}

/// A store's bytes, with offsets from its own start.
pub(super) struct Window {
    data: Box<dyn Seekable>,
    start: u64,
    len: u64,
    at: u64,
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.at);
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let got = self.data.read(&mut out[..want])?;
        self.at += got as u64;
        Ok(got)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let absolute = at.and_then(|at| at.checked_add(self.start));
        let outside = || io::Error::new(io::ErrorKind::InvalidInput, "offset outside the archive");
        self.data.seek(SeekFrom::Start(absolute.ok_or_else(outside)?))?;
        self.at = at.ok_or_else(outside)?;
        Ok(self.at)
    }
}

/// How a member is packed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflate,
    Deflate64,
}

/// One member of a zip archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) archive: Store,
    /// Offset of the local header in the archive.
    pub(super) header: u64,
    pub(super) method: Method,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
}

/// Length of a local header before name and extra field (APPNOTE.TXT 4.3.7).
pub(super) const LOCAL_HEADER: u64 = 30;

/// What a local header says.
pub(super) struct LocalHeader {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u32,
    pub(super) size: u32,
    pub(super) name: u16,
    pub(super) extra: u16,
}

impl LocalHeader {
    /// The local header at the window's position.
    pub(super) fn read(window: &mut Window) -> io::Result<Self> {
        let mut raw = [0u8; LOCAL_HEADER as usize];
        window.read_exact(&mut raw)?;
        let short = |at: usize| u16::from_le_bytes([raw[at], raw[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([raw[at], raw[at + 1], raw[at + 2], raw[at + 3]]);
        if !raw.starts_with(b"PK\x03\x04") {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "no member header where the archive says",
            ));
        }
        Ok(Self {
            flags: short(6),
            method: short(8),
            crc: long(14),
            packed: long(18),
            size: long(22),
            name: short(26),
            extra: short(28),
        })
    }

    /// From the header's start to the member's data.
    pub(super) fn len(&self) -> u64 {
        LOCAL_HEADER + u64::from(self.name) + u64::from(self.extra)
    }
}

impl Member {
    /// Offset of the packed bytes in the archive.
    fn data_start(&self, window: &mut Window) -> io::Result<u64> {
        window.seek(SeekFrom::Start(self.header))?;
        Ok(self.header.saturating_add(LocalHeader::read(window)?.len()))
    }

    /// The member's bytes as a store of their own, without copying; `None` where they must be inflated first.
    pub(super) fn store(&self) -> io::Result<Option<Store>> {
        if self.method != Method::Stored {
            return Ok(None);
        }
        let start = self.data_start(&mut self.archive.open()?)?;
        let end = start.checked_add(self.packed).filter(|end| *end <= self.archive.len);
        let end =
            end.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is cut short"))?;
        Ok(Some(self.archive.part(start, end - start)))
    }

    pub(super) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let mut window = self.archive.open()?;
        let start = self.data_start(&mut window)?;
        window.seek(SeekFrom::Start(start))?;
        let packed = BufReader::with_capacity(BUFFER, window.take(self.packed));
        let inner: Box<dyn Read + Send> = match self.method {
            Method::Stored => Box::new(packed),
            Method::Deflate => Box::new(DeflateDecoder::new(packed)),
            Method::Deflate64 => Box::new(deflate64::Deflate64Decoder::with_buffer(packed)),
        };
        Ok(Box::new(Checked { inner, crc: Hasher::new(), expected: self.crc, left: self.size, done: false }))
    }
}

/// Holds a member's bytes against the length and checksum that the archive promises.
struct Checked {
    inner: Box<dyn Read + Send>,
    crc: Hasher,
    expected: u32,
    left: u64,
    done: bool,
}

impl Read for Checked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.done || out.is_empty() {
            return Ok(0);
        }
        let got = self.inner.read(out)?;
        self.crc.update(&out[..got]);
        let wrong = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
        match self.left.checked_sub(got as u64) {
            None => {
                self.done = true;
                return wrong("the member is longer than the archive says");
            }
            Some(left) => self.left = left,
        }
        if got == 0 {
            self.done = true;
            if self.left > 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("the member ends {} bytes before the length that the archive says", self.left),
                ));
            }
            if self.crc.clone().finalize() != self.expected {
                return wrong("the member's checksum is wrong");
            }
        }
        Ok(got)
    }
}
