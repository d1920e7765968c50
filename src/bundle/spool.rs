//! Room for what must be unpacked before it can be read: memory first, then one temporary file.
//!
//! The file never has a name that outlives its creation (Unix), or is deleted by the system with its last handle
//! (Windows), so that nothing stays behind, however the process ends. All readers share its one handle.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use super::limits::Limits;
use super::store::{Data, Store};

/// Why unpacking ended before its end.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The packed bytes are damaged.
    Damage(io::Error),
    /// The temporary folder cannot be written.
    Disk(io::Error),
    /// The limit of the temporary file.
    Temporary,
    /// More came than the caller allows.
    Most,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Spool {
    memory: u64,
    temporary: u64,
    file: Option<Arc<File>>,
    written: u64,
}

impl Spool {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { memory: limits.memory, temporary: limits.temporary, file: None, written: 0 }
    }

    /// Takes what `fill` writes, at most `most` bytes. What comes before damage is kept: it may hold whole members.
    pub(super) fn take(
        &mut self,
        most: u64,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> (Store, Option<Stopped>) {
        let start = self.written;
        let mut filling =
            Filling { spool: self, most, len: 0, memory: Vec::new(), file: None, stopped: None };
        let ended = fill(&mut filling);
        let Filling { len, memory, file, stopped, .. } = filling;
        let stopped = match (stopped, ended) {
            (None, Err(error)) => Some(Stopped::Damage(error)),
            (stopped, _) => stopped,
        };
        let store = match file {
            Some(file) => Store { data: Data::Unpacked(file), start, len },
            None => {
                self.memory = self.memory.saturating_sub(len);
                Store::memory(memory)
            }
        };
        (store, stopped)
    }
}

/// One thing that is being unpacked.
struct Filling<'s> {
    spool: &'s mut Spool,
    most: u64,
    len: u64,
    memory: Vec<u8>,
    file: Option<Arc<File>>,
    stopped: Option<Stopped>,
}

impl Filling<'_> {
    fn stop<T>(&mut self, why: Stopped) -> io::Result<T> {
        self.stopped = Some(why);
        Err(io::Error::other("stopped"))
    }

    /// Moves what is in memory to the file.
    fn move_to_disk(&mut self) -> Result<Arc<File>, Stopped> {
        let file = match &self.spool.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(tempfile::tempfile().map_err(Stopped::Disk)?),
        };
        self.spool.file = Some(Arc::clone(&file));
        append(self.spool, &file, &self.memory)?;
        self.memory = Vec::new();
        Ok(file)
    }
}

fn append(spool: &mut Spool, file: &File, bytes: &[u8]) -> Result<(), Stopped> {
    let end = spool.written.saturating_add(bytes.len() as u64);
    if end > spool.temporary {
        return Err(Stopped::Temporary);
    }
    write_at(file, bytes, spool.written).map_err(Stopped::Disk)?;
    spool.written = end;
    Ok(())
}

impl Write for Filling<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.most.saturating_sub(self.len);
        if room == 0 && !bytes.is_empty() {
            return self.stop(Stopped::Most);
        }
        let bytes = &bytes[..bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
        let fits = self.len.saturating_add(bytes.len() as u64) <= self.spool.memory;
        if self.file.is_none() && fits {
            self.memory.extend_from_slice(bytes);
        } else {
            let file = match &self.file {
                Some(file) => Ok(Arc::clone(file)),
                None => self.move_to_disk(),
            };
            let written = file.and_then(|file| append(self.spool, &file, bytes).map(|()| file));
            match written {
                Ok(file) => self.file = Some(file),
                Err(why) => return self.stop(why),
            }
        }
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader of a shared file, with a place of its own.
pub(super) struct Shared {
    file: Arc<File>,
    at: u64,
}

impl Shared {
    pub(super) fn new(file: Arc<File>) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = read_at(&self.file, out, self.at)?;
        self.at += got as u64;
        Ok(got)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, at)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        at += written as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(store: &Store) -> Vec<u8> {
        let mut out = Vec::new();
        store.open().unwrap().read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn memory_then_file() {
        let limits = Limits { memory: 6, temporary: 10, ..Limits::default() };
        let mut spool = Spool::new(&limits);
        let mut take = |most: u64, parts: &[&[u8]]| {
            spool.take(most, |out| parts.iter().try_for_each(|part| out.write_all(part)))
        };
        let (small, stopped) = take(9, &[b"abc"]);
        assert!(matches!((&small.data, stopped), (Data::Memory(_), None)));
        let (large, stopped) = take(9, &[b"de", b"fghi"]);
        assert!(matches!((&large.data, stopped), (Data::Unpacked(_), None)));
        let (second, stopped) = take(9, &[b"jklm"]);
        assert!(stopped.is_none());
        assert_eq!([read(&small), read(&large), read(&second)], [&b"abc"[..], b"defghi", b"jklm"]);
        let (cut, stopped) = take(9, &[b"no", b" room"]);
        assert!(matches!(stopped, Some(Stopped::Temporary)));
        assert_eq!(read(&cut), b"no");
        let (most, stopped) = take(1, &[b"xyz"]);
        assert!(matches!(stopped, Some(Stopped::Most)));
        assert_eq!(read(&most), b"x");
    }
}
