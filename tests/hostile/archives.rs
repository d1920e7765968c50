//! Archives that ask for too much, lead elsewhere, or cannot be opened.

use super::{Case, case, sample};
use crate::bundle::zip;
use crate::pack::{AES, COPY, Cab, LZMA2, cab, cab_of, gzip, seven_zip, seven_zip_of, tar};

/// A line of a cluster.log, so that there is something to read.
const LOG: &[u8] =
    b"00001b44.00001b4c::2016/03/08-05:59:59.969 INFO  [DCM] HandleRequest: dcm/netftRouteChange\r\n";

/// Names that lead out of a folder, or to a device.
const NAMES: [&str; 6] =
    ["../../etc/a.log", "/etc/b.log", "C:\\Windows\\c.log", "NUL", "COM1.log", "..\\d.log"];

fn named() -> Vec<(&'static str, &'static [u8])> {
    NAMES.iter().map(|name| (*name, LOG)).collect()
}

/// Every occurrence of some bytes by others.
fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let hits: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!hits.is_empty());
    for at in hits {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// The last bytes are missing.
fn cut(bytes: &[u8], missing: usize) -> Vec<u8> {
    bytes[..bytes.len() - missing].to_vec()
}

/// A field of every entry in the directory of a zip archive.
fn directory(mut archive: Vec<u8>, at: usize, value: &[u8]) -> Vec<u8> {
    let entries: Vec<usize> =
        (0..archive.len()).filter(|i| archive[*i..].starts_with(b"PK\x01\x02")).collect();
    for entry in entries {
        archive[entry + at..entry + at + value.len()].copy_from_slice(value);
    }
    archive
}

pub(super) fn cases() -> Vec<Case> {
    let log = sample("refs-two-node/ClusterLogs/HV-A_cluster.log");
    let many: Vec<(String, &[u8])> = (0..20).map(|n| (format!("{n}.log"), LOG)).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let deep = (0..12).fold(LOG.to_vec(), |inner, _| zip(&[("in.zip", &inner)]));
    let mut wide = LOG.to_vec();
    for _ in 0..12 {
        wide = zip(&[("a.zip", &wide), ("b.zip", &wide)]);
    }
    let gzips = (0..12).fold(LOG.to_vec(), |inner, _| gzip(&inner));
    let pair: [(&str, &[u8]); 2] = [("a_cluster.log", &log), ("b_cluster.log", &log[..9000])];
    let halves = [(0, 400), (0, 400)];
    let mut zip64 = zip(&pair);
    let end = zip64.len() - 22;
    // A zip64 locator that leads to a record which claims more members than the file has bytes.
    let mut record = b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    record.extend([0xff; 32]);
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend((end as u64).to_le_bytes());
    record.extend([1, 0, 0, 0]);
    zip64.splice(end..end, record);
    let tail = zip64.len() - 22;
    zip64[tail + 8..tail + 20].fill(0xff);
    let lzma2 = b"\xe0\x02\x12\x00\x1f\x5d\x00\x37\x9b\x88\xce\x76\x9a\xbf\x80\x38\xa1\x03\x1d\x6e\x9f\x43\x57\x50\x6d\x2b\xf6\x87\xa8\x18\x75\xbc\x13\x08\xd9\x00\x00\x00\x00";
    let plain = [b"one log, and ".repeat(40), b"another log".to_vec()].concat();
    vec![
        case("zip: a member that claims a gigabyte", &[("a.zip", directory(zip(&pair), 24, &[0, 0, 0, 64]))]),
        case("zip: more than the limit in total", &[("a.zip", zip(&pair))]).with(&["--limit", "total=10K"]),
        case("zip: more members than the limit", &[("a.zip", zip(&many))]).with(&["--limit", "members=10"]),
        case("zip: archives without end", &[("a.zip", deep.clone())]),
        case("zip: the same, with the limit raised", &[("a.zip", deep)]).with(&["--limit", "depth=12"]),
        case("zip: two archives in each of two archives", &[("a.zip", wide)])
            .with(&["--limit", "members=100"]),
        case("zip: names that lead out, and devices", &[("a.zip", zip(&named()))]),
        case("zip: a link", &[("a.zip", directory(zip(&pair), 38, &[0, 0, 0xff, 0xa1]))]),
        case(
            "zip: names that are equal, or differ by case alone",
            &[(
                "a.zip",
                replaced(zip(&[("a.log", LOG), ("b.log", LOG), ("A.log", LOG)]), b"b.log", b"a.log"),
            )],
        ),
        case("zip: encrypted", &[("a.zip", directory(zip(&pair), 8, &[1, 0]))]),
        case("zip: cut short", &[("a.zip", cut(&zip(&pair), 200))]),
        case("zip: zip64 with members beyond counting", &[("a.zip", zip64)]),
        case("zip: larger in memory and on disk than allowed", &[("a.zip", zip(&[("in.zip", &zip(&pair))]))])
            .with(&["--limit", "memory=100", "--limit", "temporary=1K"]),
        case(
            "cab: LZX, MSZIP and stored are read",
            &[
                ("a.cab", cab(&pair, Cab::Lzx)),
                ("b.cab", cab(&pair, Cab::MsZip)),
                ("c.cab", cab(&pair, Cab::Stored)),
            ],
        ),
        case("cab: names that lead out, and devices", &[("a.cab", cab(&named(), Cab::MsZip))]),
        case(
            "cab: members that share their bytes",
            &[("a.cab", cab_of(&["a.log", "b.log"], &halves, 0, &log[..400], Cab::Stored))],
        ),
        case(
            "cab: a member that claims two gigabytes",
            &[("a.cab", cab_of(&["a.log"], &[(0, 0x7fff_0000)], 0, &log[..400], Cab::MsZip))],
        ),
        case(
            "cab: one of a set",
            &[("a.cab", cab_of(&["a.log"], &[(0, 400)], 0xfffe, &log[..400], Cab::Stored))],
        ),
        case("cab: Quantum", &[("a.cab", cab(&pair, Cab::Quantum))]),
        case("cab: cut short", &[("a.cab", cut(&cab(&pair, Cab::Stored), 10_000))]),
        case("7z: names that lead out, and devices", &[("a.7z", seven_zip(&named()))]),
        case("7z: LZMA2 is read", &[("a.7z", seven_zip_of(&[("a.log", &plain)], lzma2, LZMA2))]),
        case("7z: encrypted", &[("a.7z", seven_zip_of(&[("a.log", LOG)], LOG, AES))]),
        case(
            "7z: more than the limit in total",
            &[("a.7z", seven_zip_of(&[("a.log", &plain)], lzma2, LZMA2))],
        )
        .with(&["--limit", "total=100"]),
        case(
            "7z: wrong checksum",
            &[("a.7z", seven_zip_of(&[("a.log", LOG)], &LOG.to_ascii_uppercase(), COPY))],
        ),
        case("7z: cut short", &[("a.7z", cut(&seven_zip(&pair), 50))]),
        case("tar: names that lead out, devices, and a link", &[("a.tar", tar(&named(), Some("link")))]),
        case("tar: cut short", &[("a.tar", tar(&pair, None)[..50_000].to_vec())]),
        case("tar.gz is read as one archive", &[("a.tgz", gzip(&tar(&pair, None)))]),
        case("gz: one log", &[("HV-A_cluster.log.gz", gzip(&log))]),
        case("gz: more than the limit in total", &[("a.gz", gzip(&vec![0; 4 << 20]))])
            .with(&["--limit", "total=1M"]),
        case("gz: archives without end", &[("a.gz", gzips)]),
        case("gz: cut short", &[("a_cluster.log.gz", cut(&gzip(&log), 100))]),
    ]
}
