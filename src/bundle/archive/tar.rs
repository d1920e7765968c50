//! A tar archive (POSIX ustar and pax, GNU long names): members lie in it as they are.

use std::io;

use tar::{Archive, Entry as TarEntry, EntryType};

use super::{Contents, Entry, Held};
use crate::bundle::note;
use crate::bundle::store::{Store, Window};

/// Offset of the mark that POSIX and GNU put into the first header.
const MARK_AT: usize = 257;

/// Does an archive begin so? Archives of before 1988 have no mark and are not told.
pub(super) fn recognised(head: &[u8]) -> bool {
    head.get(MARK_AT..MARK_AT + 5).is_some_and(|mark| mark == b"ustar")
}

pub(super) fn list(store: &Store, members: u64) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut archive = Archive::new(store.open()?);
    let entries = match archive.entries_with_seek() {
        Ok(entries) => entries,
        Err(error) => return Ok(Contents::damaged(error)),
    };
    for entry in entries {
        match entry {
            Ok(entry) if entry.header().entry_type() == EntryType::Directory => {}
            Ok(entry) => {
                let (entry, cut) = member(store, &entry);
                if !contents.push(members, entry) {
                    break;
                }
                if cut {
                    contents.damage = Some("it ends within its last member".to_owned());
                    break;
                }
            }
            Err(error) => {
                contents.damage = Some(error.to_string());
                break;
            }
        }
    }
    Ok(contents)
}

/// The member, and whether the archive ends before it does.
fn member(store: &Store, entry: &TarEntry<'_, Window>) -> (Entry, bool) {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let (start, size) = (entry.raw_file_position(), entry.size());
    let left = store.len.saturating_sub(start);
    let held = match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => {
            Ok(Held::Plain(store.part(start.min(store.len), size.min(left))))
        }
        EntryType::Symlink | EntryType::Link => Err(&note::LINK),
        EntryType::Char | EntryType::Block | EntryType::Fifo => Err(&note::SPECIAL),
        _ => Err(&note::METHOD),
    };
    (Entry { name, held }, size > left)
}
