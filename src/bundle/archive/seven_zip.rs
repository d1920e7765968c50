//! A 7z archive: blocks, each of one member or of many that unpack together.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sevenz_rust2::{Archive, BlockDecoder, EncoderMethod, Error, Password};

use super::{Contents, Entry, Held, Run, wrong};
use crate::bundle::note;
use crate::bundle::store::Store;
use crate::ledger::NoteKind;

/// First bytes.
pub(super) const MAGIC: [u8; 6] = [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c];

/// Most that a dictionary or the table of contents may take, in KiB. 7-Zip's strongest preset uses 256 MiB.
const MEMORY: usize = 256 << 10;

/// Windows' mark of a symbolic link or junction (FILE_ATTRIBUTE_REPARSE_POINT).
const REPARSE_POINT: u32 = 0x400;
/// p7zip's: the Unix mode lies in the upper half, and says a symbolic link.
const UNIX_MODE: u32 = 0x8000;
const UNIX_TYPE: u32 = 0xf000;
const UNIX_LINK: u32 = 0xa000;

pub(super) fn list(store: &Store, members: u64) -> io::Result<Contents> {
    let mut window = store.open()?;
    let read = || Archive::read_with_memory_limit(&mut window, &Password::empty(), MEMORY);
    let archive = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(archive)) => Arc::new(archive),
        Ok(Err(error)) => return Ok(refused(&error)),
        Err(_) => return Ok(Contents::damaged("its table of contents makes no sense")),
    };
    let mut contents = Contents::default();
    let map = &archive.stream_map;
    let mut run_of_block = vec![None; archive.blocks.len()];
    let mut start = 0u64;
    let mut current = None;
    for (at, file) in archive.files.iter().enumerate() {
        let block = map.file_block_index.get(at).copied().flatten().filter(|_| file.has_stream);
        if block != current && block.is_some() {
            (current, start) = (block, 0);
        }
        let here = start;
        start = start.saturating_add(if file.has_stream { file.size } else { 0 });
        if file.is_directory || file.is_anti_item {
            continue;
        }
        let held = match block {
            _ if link(file.windows_attributes) => Err(&note::LINK),
            None => Ok(Held::Plain(Store::memory(Vec::new()))),
            Some(block) => match refusal(&archive, block) {
                Some(kind) => Err(kind),
                None => {
                    let run = *run_of_block[block].get_or_insert_with(|| {
                        contents.runs.push(run(store, &archive, block));
                        contents.runs.len() - 1
                    });
                    Ok(Held::Run { run, start: here, size: Some(file.size) })
                }
            },
        };
        if !contents.push(members, Entry { name: file.name.clone(), held }) {
            break;
        }
    }
    Ok(contents)
}

fn link(attributes: u32) -> bool {
    attributes & REPARSE_POINT != 0
        || (attributes & UNIX_MODE != 0 && (attributes >> 16) & UNIX_TYPE == UNIX_LINK)
}

/// Why a block cannot be unpacked here.
fn refusal(archive: &Archive, block: usize) -> Option<&'static NoteKind> {
    const KNOWN: [&[u8]; 6] = [
        EncoderMethod::ID_COPY,
        EncoderMethod::ID_LZMA,
        EncoderMethod::ID_LZMA2,
        EncoderMethod::ID_DELTA,
        EncoderMethod::ID_BCJ_X86,
        EncoderMethod::ID_BCJ2,
    ];
    let coders = &archive.blocks.get(block)?.coders;
    if coders.iter().any(|coder| coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256) {
        return Some(&note::ENCRYPTED);
    }
    let known = coders.iter().all(|coder| KNOWN.contains(&coder.encoder_method_id()));
    (!known).then_some(&note::METHOD)
}

/// What keeps the whole archive closed: its table of contents may be encrypted too.
fn refused(error: &Error) -> Contents {
    let encrypted = match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => true,
        Error::UnsupportedCompressionMethod(name) => name.contains("AES"),
        _ => false,
    };
    if encrypted {
        return Contents { refusal: Some(&note::ENCRYPTED), ..Contents::default() };
    }
    Contents::damaged(said(error))
}

fn run(store: &Store, archive: &Arc<Archive>, block: usize) -> Run {
    let (store, archive) = (store.clone(), Arc::clone(archive));
    let starts = archive.stream_map.block_first_pack_stream_index();
    let (first, next) = (starts.get(block).copied().unwrap_or(0), starts.get(block + 1).copied());
    let sizes = archive.pack_sizes();
    let sizes = sizes.get(first..next.unwrap_or(sizes.len())).unwrap_or_default();
    let packed = sizes.iter().fold(0, |sum: u64, size| sum.saturating_add(*size)).min(store.len);
    let unpack = Box::new(move |out: &mut dyn Write| {
        let mut window = store.open()?;
        let password = Password::empty();
        let decoder = BlockDecoder::new_with_memory_limit(1, MEMORY, block, &archive, &password, &mut window);
        // The writer's own error says more than what the decoder makes of it.
        let mut ended = None;
        let decode = || {
            decoder.for_each_entries(&mut |_, reader| match io::copy(reader, out) {
                Ok(_) => Ok(true),
                Err(error) => {
                    ended = Some(error);
                    Ok(false)
                }
            })
        };
        match catch_unwind(AssertUnwindSafe(decode)) {
            _ if ended.is_some() => ended.map_or(Ok(()), |error| Err(plain(error))),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(wrong(said(&error))),
            Err(_) => Err(wrong("its packed bytes make no sense")),
        }
    });
    Run { packed, unpack }
}

/// The library prints its errors as it names them in code.
fn said(error: &Error) -> String {
    match error {
        Error::Io(error, _) | Error::MaybeBadPassword(error) => said_of_io(error),
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => "a checksum is wrong".to_owned(),
        Error::MaxMemLimited { actaul_kb, .. } => format!("it asks for {actaul_kb} KB of memory"),
        Error::UnsupportedVersion { major, minor } => format!("its version {major}.{minor} is not known"),
        Error::UnsupportedCompressionMethod(name) => format!("its method {name} is not known"),
        Error::Other(text) | Error::Unsupported(text) => text.to_string(),
        _ => "its table of contents makes no sense".to_owned(),
    }
}

/// What the decoder handed through the writer's copy, in words; the writer's own error stays as it is.
fn plain(error: io::Error) -> io::Error {
    let of_the_archive = error.get_ref().is_some_and(|inner| inner.is::<Error>());
    if of_the_archive { wrong(said_of_io(&error)) } else { error }
}

fn said_of_io(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => said(inner),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "it ends before it should".to_owned(),
        None => error.to_string(),
    }
}
