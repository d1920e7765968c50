//! The members of a zip archive, by its central directory; where that is missing or damaged, as a copy that
//! was cut short has it, by walking the members' own headers from the front.

use std::io::{self, Read, Seek, SeekFrom};

use zip::CompressionMethod;
use zip::read::{Config, ZipFileEntry};
use zip::unstable::read::ZipIterable;

use super::{Contents, Entry, Held};
use crate::bundle::note;
use crate::bundle::store::{LOCAL_HEADER, LocalHeader, Member, Method, Store};

/// First bytes of an archive with members, and of one without.
pub(super) const MAGIC: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// Lists at most `members` files. Fails only where the bytes cannot be reached at all.
pub(super) fn list(store: &Store, members: u64) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut spans = Vec::new();
    match ZipIterable::try_new(store.open()?, Config::default()) {
        Ok(mut archive) => match archive.files() {
            Ok(files) => {
                for file in files {
                    match file {
                        Ok(file) if file.is_dir() => {}
                        Ok(file) => {
                            if !contents.push(members, entry(store, &file)) {
                                break;
                            }
                            spans.push((file.header_start(), file.compressed_size()));
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
    let held = if file.encrypted() {
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
        let header = file.header_start();
        let (packed, size, crc) = (file.compressed_size(), file.size(), file.crc32());
        method
            .map(|method| Held::Member(Member { archive: store.clone(), header, method, packed, size, crc }))
    };
    Entry { name, held }
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
            entries[at].held = Err(&note::OVERLAP);
        } else {
            // The shortest header that could precede the data.
            end = start.saturating_add(LOCAL_HEADER).saturating_add(packed);
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
        let held = match method {
            _ if header.flags & ENCRYPTED != 0 => Err(&note::ENCRYPTED),
            _ if !sizes_known => Err(&note::DAMAGED),
            Ok(method) => Ok(Held::Member(Member {
                archive: store.clone(),
                header: at,
                method,
                packed: u64::from(header.packed),
                size: u64::from(header.size),
                crc: header.crc,
            })),
            Err(kind) => Err(kind),
        };
        if !(name.ends_with('/') || name.ends_with('\\')) {
            contents.entries.push(Entry { name, held });
        }
        if !sizes_known || next > store.len {
            return Ok(());
        }
        at = next;
    }
    contents.more = true;
    Ok(())
}
