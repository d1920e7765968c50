//! Archives for tests, written byte by byte where no library writes what a test needs.

use std::io::{Cursor, Write};

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// Name and content of one member.
pub(crate) type File<'a> = (&'a str, &'a [u8]);

/// How a cabinet is packed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cab {
    Stored,
    MsZip,
    /// LZX blocks of the kind that are not compressed.
    Lzx,
    /// Quantum, in name only.
    Quantum,
}

/// A cabinet ([MS-CAB]) of one folder.
pub(crate) fn cab(files: &[File<'_>], packing: Cab) -> Vec<u8> {
    let spans: Vec<(u32, u32)> = files
        .iter()
        .scan(0, |at, (_, bytes)| {
            let start = *at;
            *at += bytes.len() as u32;
            Some((start, bytes.len() as u32))
        })
        .collect();
    let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    cab_of(&names, &spans, 0, &all, packing)
}

/// A cabinet whose members say that they lie at `spans` of folder `folder`.
pub(crate) fn cab_of(names: &[&str], spans: &[(u32, u32)], folder: u16, all: &[u8], packing: Cab) -> Vec<u8> {
    let mut table = Vec::new();
    for (name, (start, size)) in names.iter().zip(spans) {
        table.extend(size.to_le_bytes());
        table.extend(start.to_le_bytes());
        table.extend(folder.to_le_bytes());
        table.extend([0x21, 0x5c, 0, 0, 0xa0, 0]);
        table.extend(name.as_bytes());
        table.push(0);
    }
    let data_at = 44 + table.len() as u32;
    let blocks: Vec<&[u8]> = all.chunks(32 << 10).collect();
    let data = cab_data(&blocks, packing);
    let kind: u16 = match packing {
        Cab::Stored => 0,
        Cab::MsZip => 1,
        Cab::Quantum => 2 | 7 << 8,
        Cab::Lzx => 3 | 15 << 8,
    };
    let mut out = b"MSCF\0\0\0\0".to_vec();
    out.extend((data_at + data.len() as u32).to_le_bytes());
    out.extend([0; 4]);
    out.extend(44u32.to_le_bytes());
    out.extend([0, 0, 0, 0, 3, 1]);
    for field in [1, names.len() as u16, 0, 7, 0] {
        out.extend(field.to_le_bytes());
    }
    out.extend(data_at.to_le_bytes());
    out.extend((blocks.len() as u16).to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend(table);
    out.extend(data);
    out
}

fn cab_data(blocks: &[&[u8]], packing: Cab) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before: &[u8] = &[];
    for (number, block) in blocks.iter().enumerate() {
        let packed = match packing {
            Cab::Stored | Cab::Quantum => block.to_vec(),
            Cab::MsZip => ms_zip(block, before),
            Cab::Lzx => lzx(block, number == 0),
        };
        // No checksum, as [MS-CAB] allows.
        out.extend([0; 4]);
        out.extend((packed.len() as u16).to_le_bytes());
        out.extend((block.len() as u16).to_le_bytes());
        out.extend(packed);
        before = block;
    }
    out
}

/// Deflate that looks back into the block before.
fn ms_zip(block: &[u8], before: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::best(), false);
    if !before.is_empty() {
        deflate.set_dictionary(before).unwrap();
    }
    let mut out = Vec::with_capacity(block.len() + 1024);
    deflate.compress_vec(block, &mut out, FlushCompress::Finish).unwrap();
    [b"CK", out.as_slice()].concat()
}

/// [MS-PATCH] 2.3: an uncompressed block, its three repeated offsets, its bytes.
fn lzx(block: &[u8], first: bool) -> Vec<u8> {
    // Bits are filled into words of 16 from the top: the absent translation (once), the type 3, the size in 24.
    let bits = 3u64 << 24 | block.len() as u64;
    let count = if first { 28 } else { 27 };
    let field = bits << (32 - count);
    let mut out = Vec::new();
    out.extend(((field >> 16) as u16).to_le_bytes());
    out.extend((field as u16).to_le_bytes());
    out.extend([1, 0, 0, 0].repeat(3));
    out.extend(block);
    if block.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// Method of a 7z block: its id and properties.
pub(crate) const COPY: (&[u8], &[u8]) = (&[0], &[]);
/// LZMA2 with a dictionary of 64 KiB.
pub(crate) const LZMA2: (&[u8], &[u8]) = (&[0x21], &[8]);
/// 7-Zip's encryption.
pub(crate) const AES: (&[u8], &[u8]) = (&[6, 0xf1, 7, 1], &[19, 0]);

/// A 7z archive of one block, stored.
pub(crate) fn seven_zip(files: &[File<'_>]) -> Vec<u8> {
    let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    seven_zip_of(files, &all, COPY)
}

/// A 7z archive of one block that holds `packed`.
pub(crate) fn seven_zip_of(files: &[File<'_>], packed: &[u8], method: (&[u8], &[u8])) -> Vec<u8> {
    fn number(value: usize) -> Vec<u8> {
        [&[0xff], (value as u64).to_le_bytes().as_slice()].concat()
    }
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut header = vec![1, 4, 6];
    header.extend([number(0), number(1), vec![9], number(packed.len()), vec![0]].concat());
    header.extend([&[7, 0x0b], number(1).as_slice(), &[0], &number(1)].concat());
    let properties = if method.1.is_empty() { 0 } else { 0x20 };
    header.push(method.0.len() as u8 | properties);
    header.extend(method.0);
    if !method.1.is_empty() {
        header.extend(number(method.1.len()));
        header.extend(method.1);
    }
    header.extend([&[0x0c], number(total).as_slice(), &[0, 8, 0x0d], &number(files.len())].concat());
    header.push(9);
    for (_, bytes) in &files[..files.len() - 1] {
        header.extend(number(bytes.len()));
    }
    header.extend([0x0a, 1]);
    for (_, bytes) in files {
        header.extend(crc(bytes).to_le_bytes());
    }
    header.extend([0, 0, 5]);
    header.extend(number(files.len()));
    let names: Vec<u8> = files
        .iter()
        .flat_map(|(name, _)| name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
        .collect();
    header.extend([&[0x11], number(names.len() + 1).as_slice(), &[0], &names, &[0, 0]].concat());
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((header.len() as u64).to_le_bytes());
    start.extend(crc(&header).to_le_bytes());
    let mut out = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    out.extend(crc(&start).to_le_bytes());
    out.extend(start);
    out.extend(packed);
    out.extend(header);
    out
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A gzip stream.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A tar archive; `link` adds a symbolic link of that name that leads out.
pub(crate) fn tar(files: &[File<'_>], link: Option<&str>) -> Vec<u8> {
    let mut out = tar::Builder::new(Cursor::new(Vec::new()));
    let header = |name: &str, size: usize| {
        let mut header = tar::Header::new_gnu();
        // Past the library, which refuses names that lead out.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(size as u64);
        header.set_mode(0o644);
        header
    };
    for (name, bytes) in files {
        let mut header = header(name, bytes.len());
        header.set_cksum();
        out.append(&header, *bytes).unwrap();
    }
    if let Some(name) = link {
        let mut header = header(name, 0);
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_link_name("../../etc/passwd").unwrap();
        header.set_cksum();
        out.append(&header, &[][..]).unwrap();
    }
    out.into_inner().unwrap().into_inner()
}
