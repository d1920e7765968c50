//! The members of a zip archive, by its central directory; where that is missing or damaged, as a copy that
//! was cut short has it, by walking the members' own headers from the front.

use std::io::{self, Read, Seek, SeekFrom};

use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::unstable::read::ZipIterable;

use super::note;
use super::store::{LocalHeader, Member, Method, Store};
use crate::ledger::NoteKind;

/// First bytes of an archive with members.
pub(super) const MAGIC: [u8; 4] = *b"PK\x03\x04";
/// First bytes of an archive without.
pub(super) const MAGIC_EMPTY: [u8; 4] = *b"PK\x05\x06";

/// One line of an archive's table of contents.
pub(super) struct Entry {
    /// As the archive spells it.
    pub(super) name: String,
    /// How to read it, or why not.
    pub(super) member: Result<Member, &'static NoteKind>,
}

/// What could be found out about an archive.
pub(super) struct Contents {
    /// Files, in the archive's order; folders are left out.
    pub(super) entries: Vec<Entry>,
    /// What is wrong with the archive as a whole.
    pub(super) damage: Option<String>,
    /// `members` was reached and there are more.
    pub(super) more: bool,
}

/// Lists at most `members` files. Fails only where the bytes cannot be reached at all.
pub(super) fn list(store: &Store, members: u64) -> io::Result<Contents> {
    let mut contents = Contents { entries: Vec::new(), damage: None, more: false };
    let mut spans = Vec::new();
    match ZipIterable::try_new(store.open()?, Config::default()) {
        Ok(mut archive) => match archive.files() {
            Ok(files) => {
                for file in files {
                    match file {
                        Ok(file) if file.is_dir() => {}
                        Ok(_) if contents.entries.len() as u64 >= members => {
                            contents.more = true;
                            break;
                        }
                        Ok(file) => {
                            spans.push((file.header_start(), file.compressed_size()));
                            contents.entries.push(entry(store, &file));
                        }
                        Err(error) => {
                            contents.damage = Some(error.to_string());
                            break;
                        }
                    }
                }
            }
            Err(error) => contents.damage = Some(error.to_string()),
        },
        Err(error) => contents.damage = Some(error.to_string()),
    }
    if contents.entries.is_empty() && contents.damage.is_some() {
        walk(store, members, &mut contents)?;
    } else {
        refuse_overlaps(&spans, &mut contents.entries);
    }
    Ok(contents)
}

fn entry(store: &Store, file: &ZipFileEntry<'_>) -> Entry {
    let name = match file.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
    };
    let member = if file.encrypted() {
        Err(&note::ENCRYPTED)
    } else if file.is_symlink() {
        Err(&note::LINK)
    } else {
        let method = match file.compression() {
            CompressionMethod::Stored => Ok(Method::Stored),
            CompressionMethod::Deflated => Ok(Method::Deflate),
            CompressionMethod::Deflate64 => Ok(Method::Deflate64),
            _ => Err(&note::METHOD),
        };
        method.map(|method| Member {
            archive: store.clone(),
            header: file.header_start(),
            method,
            packed: file.compressed_size(),
            size: file.size(),
            crc: file.crc32(),
        })
    };
    Entry { name, member }
}

/// Bombs without nesting let many directory entries share the same packed bytes (D. Fifield, "A better zip
/// bomb", 2019). Of members that overlap, the first in the file stays.
fn refuse_overlaps(spans: &[(u64, u64)], entries: &mut [Entry]) {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&at| (spans[at].0, at));
    let mut end = 0u64;
    for at in order {
        let (start, packed) = spans[at];
        if start < end {
            entries[at].member = Err(&note::OVERLAP);
        } else {
            // The shortest header that could precede the data.
            end = start.saturating_add(super::store::LOCAL_HEADER).saturating_add(packed);
        }
    }
}

/// Members from the front, as far as each tells where it ends.
fn walk(store: &Store, members: u64, contents: &mut Contents) -> io::Result<()> {
    /// General purpose bit 0: encrypted.
    const ENCRYPTED: u16 = 1;
    /// Bit 3: sizes follow the data, so the end cannot be told.
    const SIZES_FOLLOW: u16 = 1 << 3;
    let mut window = store.open()?;
    let mut at = 0;
    while (contents.entries.len() as u64) < members {
        window.seek(SeekFrom::Start(at))?;
        let Ok(header) = LocalHeader::read(&mut window) else { return Ok(()) };
        let mut name = vec![0; usize::from(header.name)];
        if window.read_exact(&mut name).is_err() {
            return Ok(());
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        let sizes_known = header.flags & SIZES_FOLLOW == 0 && header.packed != u32::MAX;
        let next = at + header.len() + u64::from(header.packed);
        let method = match header.method {
            0 => Ok(Method::Stored),
            8 => Ok(Method::Deflate),
            9 => Ok(Method::Deflate64),
            _ => Err(&note::METHOD),
        };
        let member = match method {
            _ if header.flags & ENCRYPTED != 0 => Err(&note::ENCRYPTED),
            _ if !sizes_known => Err(&note::DAMAGED),
            Ok(method) => Ok(Member {
                archive: store.clone(),
                header: at,
                method,
                packed: u64::from(header.packed),
                size: u64::from(header.size),
                crc: header.crc,
            }),
            Err(kind) => Err(kind),
        };
        if !(name.ends_with('/') || name.ends_with('\\')) {
            contents.entries.push(Entry { name, member });
        }
        if !sizes_known || next > store.len {
            return Ok(());
        }
        at = next;
    }
    contents.more = true;
    Ok(())
}
