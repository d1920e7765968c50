//! A cabinet ([MS-CAB]): folders, each a run of data blocks of up to 32 KiB that unpack in order, stored, MSZIP or LZX.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::{Decompress, FlushDecompress, Status};
use lzxd::{Lzxd, WindowSize};

use super::{Contents, Entry, Held, Run, wrong};
use crate::bundle::note;
use crate::bundle::store::{BUFFER, Store, Window};
use crate::ledger::NoteKind;

/// First bytes ([MS-CAB] 2.1, `signature` and the reserved field behind it).
pub(super) const MAGIC: [u8; 8] = *b"MSCF\0\0\0\0";

/// [MS-CAB] 2.1 `flags`.
const HAS_PREVIOUS: u16 = 1;
const HAS_NEXT: u16 = 2;
const HAS_RESERVE: u16 = 4;

/// [MS-CAB] 2.3: folder indexes from here on mean that the member continues from or in another cabinet.
const CONTINUED: u16 = 0xfffd;
/// [MS-CAB] 2.3 `attribs`: the name is UTF-8, else in the code page of whoever packed it.
const NAME_IS_UTF: u16 = 0x80;

/// Most that one data block unpacks to ([MS-CAB] 2.4).
const BLOCK: usize = 32 << 10;

/// [MS-CAB] 2.2.
struct Folder {
    start: u64,
    /// Where the next folder or the archive ends it.
    end: u64,
    blocks: u16,
    compression: u16,
}

pub(super) fn list(store: &Store, members: u64) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut input = BufReader::with_capacity(BUFFER, store.open()?);
    if let Err(error) = read(store, &mut input, members, &mut contents) {
        contents.damage = Some(match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends within its table of contents".to_owned(),
            _ => error.to_string(),
        });
    }
    Ok(contents)
}

fn read(
    store: &Store,
    input: &mut BufReader<Window>,
    members: u64,
    contents: &mut Contents,
) -> io::Result<()> {
    let header: [u8; 36] = bytes(input)?;
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let files_at = u32::from_le_bytes([header[16], header[17], header[18], header[19]]);
    let (folders, files, flags) = (short(26), short(28), short(30));
    let (mut folder_reserve, mut data_reserve) = (0, 0);
    if flags & HAS_RESERVE != 0 {
        let [low, high, folder, data] = bytes(input)?;
        (folder_reserve, data_reserve) = (folder, data);
        input.seek_relative(i64::from(u16::from_le_bytes([low, high])))?;
    }
    for flag in [HAS_PREVIOUS, HAS_NEXT] {
        if flags & flag != 0 {
            text(input)?;
            text(input)?;
        }
    }
    let mut runs = Vec::new();
    for _ in 0..folders {
        let [a, b, c, d, e, f, g, h] = bytes(input)?;
        input.seek_relative(i64::from(folder_reserve))?;
        runs.push(Folder {
            start: u64::from(u32::from_le_bytes([a, b, c, d])),
            end: store.len,
            blocks: u16::from_le_bytes([e, f]),
            compression: u16::from_le_bytes([g, h]),
        });
    }
    let shared = bound(&mut runs);
    let kinds: Vec<_> = runs.iter().map(|folder| packing(folder.compression)).collect();
    for folder in runs {
        let (packed, store) = (folder.end.saturating_sub(folder.start), store.clone());
        let unpack = Box::new(move |out: &mut dyn Write| unpack(&store, &folder, data_reserve, out));
        contents.runs.push(Run { packed, unpack });
    }
    input.seek(SeekFrom::Start(u64::from(files_at)))?;
    for _ in 0..files {
        let fields: [u8; 16] = bytes(input)?;
        let short = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
        let long = |at: usize| u64::from(short(at)) | u64::from(short(at + 2)) << 16;
        let name = named(&text(input)?, short(14));
        let folder = short(8);
        let held: Result<Held, &'static NoteKind> = match kinds.get(usize::from(folder)) {
            _ if folder >= CONTINUED => Err(&note::SPLIT),
            None => Err(&note::DAMAGED),
            Some(_) if shared[usize::from(folder)] => Err(&note::OVERLAP),
            Some(None) => Err(&note::METHOD),
            Some(Some(_)) => Ok(Held::Run { run: folder.into(), start: long(4), size: Some(long(0)) }),
        };
        if !contents.push(members, Entry { name, held }) {
            break;
        }
    }
    Ok(())
}

/// Ends each folder where the next begins. Answers which of them begin where another does.
fn bound(folders: &mut [Folder]) -> Vec<bool> {
    let mut starts: Vec<u64> = folders.iter().map(|folder| folder.start).collect();
    starts.sort_unstable();
    let mut shared = Vec::with_capacity(folders.len());
    for folder in folders {
        let next = starts.partition_point(|start| *start <= folder.start);
        let same = next - starts.partition_point(|start| *start < folder.start);
        folder.end = starts.get(next).copied().unwrap_or(folder.end).min(folder.end);
        shared.push(same > 1);
    }
    shared
}

fn named(raw: &[u8], attributes: u16) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) if attributes & NAME_IS_UTF != 0 => String::from_utf8_lossy(raw).into_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(raw).0.into_owned(),
    }
}

/// How a folder is packed ([MS-CAB] 2.2 `typeCompress`). Quantum has not been written for decades.
#[derive(Copy, Clone)]
enum Packing {
    Stored,
    MsZip,
    Lzx(WindowSize),
}

fn packing(field: u16) -> Option<Packing> {
    match field & 0xf {
        0 => Some(Packing::Stored),
        1 => Some(Packing::MsZip),
        3 => {
            let window = match (field >> 8) & 0x1f {
                15 => WindowSize::KB32,
                16 => WindowSize::KB64,
                17 => WindowSize::KB128,
                18 => WindowSize::KB256,
                19 => WindowSize::KB512,
                20 => WindowSize::MB1,
                21 => WindowSize::MB2,
                _ => return None,
            };
            Some(Packing::Lzx(window))
        }
        _ => None,
    }
}

/// What turns the packed bytes of one block after the other into plain ones.
enum Decoder {
    Stored,
    MsZip(Decompress),
    Lzx(Box<Lzxd>),
}

fn unpack(store: &Store, folder: &Folder, reserve: u8, out: &mut dyn Write) -> io::Result<()> {
    let mut decoder = match packing(folder.compression) {
        Some(Packing::Stored) => Decoder::Stored,
        Some(Packing::MsZip) => Decoder::MsZip(Decompress::new(false)),
        Some(Packing::Lzx(window)) => Decoder::Lzx(Box::new(Lzxd::new(window))),
        None => return Err(wrong("its compression is not known")),
    };
    let mut window = store.open()?;
    window.seek(SeekFrom::Start(folder.start))?;
    let left = folder.end.saturating_sub(folder.start);
    let mut input = BufReader::with_capacity(BUFFER, window.take(left));
    let (mut extra, mut packed, mut plain) = (vec![0; usize::from(reserve)], Vec::new(), Vec::new());
    for number in 0..folder.blocks {
        let cut = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                wrong(format!("it ends at data block {number} of {}", folder.blocks))
            }
            _ => error,
        };
        let [a, b, c, d, e, f, g, h] = bytes(&mut input).map_err(cut)?;
        input.read_exact(&mut extra).map_err(cut)?;
        packed.resize(usize::from(u16::from_le_bytes([e, f])), 0);
        input.read_exact(&mut packed).map_err(cut)?;
        let (expected, size) = (u32::from_le_bytes([a, b, c, d]), usize::from(u16::from_le_bytes([g, h])));
        let header = [&[e, f, g, h], extra.as_slice()].concat();
        if expected != 0 && expected != checksum(&header, checksum(&packed, 0)) {
            return Err(wrong(format!("the checksum of data block {number} is wrong")));
        }
        if size > BLOCK || size == 0 {
            return Err(wrong(format!("data block {number} tells an impossible size")));
        }
        let unpacked = catch_unwind(AssertUnwindSafe(|| decoder.next(&packed, size, &mut plain)));
        if unpacked.ok().flatten().is_none() {
            return Err(wrong(format!("data block {number} makes no sense")));
        }
        out.write_all(&plain)?;
    }
    Ok(())
}

impl Decoder {
    /// `None` where the bytes do not unpack to just that size. `plain` holds what the block before unpacked to.
    fn next(&mut self, packed: &[u8], size: usize, plain: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Stored if packed.len() != size => return None,
            Self::Stored => packed.clone_into(plain),
            Self::MsZip(inflate) => {
                let packed = packed.strip_prefix(b"CK")?;
                inflate.reset(false);
                if !plain.is_empty() {
                    inflate.set_dictionary(plain).ok()?;
                }
                plain.resize(size, 0);
                let status = inflate.decompress(packed, plain, FlushDecompress::Finish).ok()?;
                if status != Status::StreamEnd || inflate.total_out() != size as u64 {
                    return None;
                }
            }
            Self::Lzx(lzx) => lzx.decompress_next(packed, size).ok()?.clone_into(plain),
        }
        Some(())
    }
}

/// [MS-CAB] 3.1.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word));
    // The bytes that make no word count with the first of them highest.
    sum ^ rest.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

fn bytes<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut out = [0; N];
    input.read_exact(&mut out)?;
    Ok(out)
}

/// Up to a zero byte; [MS-CAB] 2.1 and 2.3 allow 255 bytes.
fn text(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    input.take(256).read_until(0, &mut out)?;
    if out.pop() != Some(0) {
        return Err(wrong("a name in its table of contents does not end"));
    }
    Ok(out)
}
