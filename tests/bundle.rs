//! Bundles as they come: folders, archives in archives, broken, hostile and odd ones.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use crate::pack::{Cab, cab, gzip, seven_zip, tar};
use throughline::bundle::{Bundle, Input, Limits, Options};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive of these files, deflated.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    packed(files, CompressionMethod::Deflated)
}

fn packed(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn memory(files: &[(&str, &[u8])], options: &Options) -> Bundle {
    Bundle::from_memory(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())), options)
}

fn paths(bundle: &Bundle) -> Vec<&str> {
    bundle.inputs.iter().map(|input| input.path.as_str()).collect()
}

fn text(bundle: &Bundle, input: &Input) -> String {
    String::from_utf8_lossy(&bundle.bytes(input, 1 << 20).unwrap()).into_owned()
}

/// `path: note, note` for everything refused.
fn refused(bundle: &Bundle) -> Vec<String> {
    let notes = |tally: &throughline::ledger::Tally| {
        tally.notes.iter().map(|note| note.kind.name).collect::<Vec<_>>().join(", ")
    };
    bundle.refused.iter().map(|(path, tally)| format!("{path}: {}", notes(tally))).collect()
}

/// Replaces every occurrence of a name by another of the same length.
fn renamed(mut archive: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut at = 0;
    while let Some(found) = archive[at..].windows(from.len()).position(|w| w == from.as_bytes()) {
        archive[at + found..at + found + to.len()].copy_from_slice(to.as_bytes());
        at += found + to.len();
    }
    archive
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn folders_and_nested_archives_by_path() {
    let folder = tempfile::tempdir().unwrap();
    let innermost = zip(&[("deep.log", b"deep")]);
    let inner = packed(&[("daily.bin", &innermost), ("x.txt", b"x")], CompressionMethod::Stored);
    write(&folder.path().join("b/two.log"), b"two");
    write(&folder.path().join("a.txt"), b"one");
    write(
        &folder.path().join("b/no-archive-by-name"),
        &zip(&[("Node_hv1\\fltmc.txt", b"f"), ("in.dat", &inner)]),
    );
    write(&folder.path().join("b/fake.zip"), b"not an archive");
    let bundle = Bundle::open(&[folder.path().to_owned()], &Options::default());
    assert_eq!(
        paths(&bundle),
        [
            "a.txt",
            "b/fake.zip",
            "b/no-archive-by-name!/Node_hv1/fltmc.txt",
            "b/no-archive-by-name!/in.dat!/daily.bin!/deep.log",
            "b/no-archive-by-name!/in.dat!/x.txt",
            "b/two.log"
        ]
    );
    let read: Vec<String> = bundle.inputs.iter().map(|input| text(&bundle, input)).collect();
    assert_eq!(read, ["one", "not an archive", "f", "deep", "x", "two"]);
    assert!(bundle.inputs.iter().enumerate().all(|(at, input)| input.id.0 as usize == at));
    assert_eq!(bundle.inputs[2].node_hint, Some("hv1".into()));
    assert_eq!(bundle.inputs[2].bytes, 1);
    assert!(bundle.refused.is_empty());
}

#[test]
fn arguments_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(&at("x/logs/1.log"), b"1");
    write(&at("y/logs/2.log"), b"2");
    write(&at("single_cluster.log"), b"3");
    let orders: [&[&str]; 3] = [
        &["x/logs", "y/logs", "single_cluster.log"],
        &["single_cluster.log", "y/logs", "x/logs"],
        &["y/logs", "x/logs/1.log", "x/logs", "single_cluster.log", "y/../y/logs"],
    ];
    for order in orders {
        let arguments: Vec<PathBuf> = order.iter().map(|name| at(name)).collect();
        let bundle = Bundle::open(&arguments, &Options::default());
        assert_eq!(paths(&bundle), ["single_cluster.log", "x/logs/1.log", "y/logs/2.log"], "{order:?}");
    }
    let lone = Bundle::open(&[at("single_cluster.log")], &Options::default());
    assert_eq!(paths(&lone), ["single_cluster.log"]);
    assert_eq!(lone.inputs[0].node_hint, Some("single".into()));
    let missing = Bundle::open(&[at("x/logs"), at("none")], &Options::default());
    assert_eq!(refused(&missing), ["none: not_found"]);
    assert_eq!(paths(&missing), ["logs/1.log"]);
}

#[test]
fn node_of() {
    let rules = vec![("*fltmc*".to_owned(), "n9".to_owned()), ("a/*".to_owned(), "n8.example".to_owned())];
    let options = Options { node_of: rules, ..Options::default() };
    let bundle = memory(&[("a/Node_n1/FLTMC.txt", b"x"), ("a/b.txt", b"x"), ("c.txt", b"x")], &options);
    let nodes: Vec<_> = bundle.inputs.iter().map(|i| i.node_override.clone()).collect();
    assert_eq!(nodes, [Some("n9".into()), Some("n8".into()), None]);
    assert_eq!(bundle.inputs[0].node_hint, Some("n1".into()));
}

#[test]
fn hostile_names() {
    let archive = zip(&[
        ("../../etc/passwd", b"1"),
        ("/abs.log", b"2"),
        ("C:\\Windows\\x.log", b"3"),
        ("NUL", b"4"),
        ("esc\u{1b}[2J.log", b"5"),
        ("aaa.log", b"6"),
        ("bbb.log", b"7"),
        ("AAA.log", b"8"),
    ]);
    let archive = renamed(archive, "bbb.log", "aaa.log");
    let bundle = memory(&[("h.zip", &archive)], &Options::default());
    assert_eq!(
        paths(&bundle),
        [
            "h.zip!/%2E%2E/%2E%2E/etc/passwd",
            "h.zip!/%2F/abs.log",
            "h.zip!/AAA.log",
            "h.zip!/C%3A/Windows/x.log",
            "h.zip!/NUL",
            "h.zip!/aaa.log",
            "h.zip!/aaa.log (2)",
            "h.zip!/esc%1B[2J.log"
        ]
    );
    let read: Vec<String> = bundle.inputs.iter().map(|input| text(&bundle, input)).collect();
    assert_eq!(read, ["1", "2", "8", "3", "4", "6", "7", "5"]);
}

#[test]
fn limits() {
    let deep = (0..12).fold(b"bottom".to_vec(), |inner, _| zip(&[("in.zip", &inner)]));
    let bundle = memory(&[("deep.zip", &deep)], &Options::default());
    assert!(bundle.inputs.is_empty());
    assert_eq!(refused(&bundle), [format!("deep.zip{}: limit_depth", "!/in.zip".repeat(8))]);
    let limited = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        Options { limits, ..Options::default() }
    };
    let raised = memory(&[("deep.zip", &deep)], &limited(|l| l.depth = 20));
    assert_eq!(paths(&raised), [format!("deep.zip{}", "!/in.zip".repeat(12))]);

    let many = zip(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let bundle = memory(&[("many.zip", &many)], &limited(|l| l.members = 2));
    assert_eq!((bundle.inputs.len(), refused(&bundle)), (2, vec!["many.zip: limit_members".to_owned()]));
    let bundle = memory(&[("many.zip", &many)], &limited(|l| l.total = 2));
    assert_eq!((bundle.inputs.len(), refused(&bundle)), (2, vec!["many.zip!/c: limit_total".to_owned()]));

    let nested = zip(&[("many.zip", &many)]);
    let bundle = memory(&[("n.zip", &nested)], &limited(|l| l.memory = 10));
    assert_eq!((bundle.inputs.len(), refused(&bundle)), (3, Vec::new()), "in a temporary file");
    let bundle = memory(&[("n.zip", &nested)], &limited(|l| (l.memory, l.temporary) = (10, 10)));
    assert_eq!(bundle.inputs.len(), 0);
    assert_eq!(refused(&bundle), ["n.zip!/many.zip: limit_temporary"]);

    let zeros = vec![0; (Limits::RATIO_FROM + 1) as usize];
    let bomb = zip(&[("zeros", &zeros), ("ok", b"1")]);
    let bundle = memory(&[("bomb.zip", &bomb)], &Options::default());
    assert_eq!(
        (paths(&bundle), refused(&bundle)),
        (vec!["bomb.zip!/ok"], vec!["bomb.zip!/zeros: limit_ratio".to_owned()])
    );
}

#[test]
fn every_kind_of_archive_holds_the_same() {
    let long = b"0123456789abcdef".repeat(5000);
    let files: [(&str, &[u8]); 5] = [
        ("a\\one.log", b"one"),
        ("../two.log", b"two"),
        ("long.log", &long),
        ("none.log", b""),
        ("two.log", b"2"),
    ];
    let mut kinds: Vec<(&str, Vec<u8>)> = vec![("zip", zip(&files)), ("tar", tar(&files, None))];
    kinds.push(("tgz", gzip(&tar(&files, None))));
    kinds.extend([Cab::Stored, Cab::MsZip, Cab::Lzx].map(|packing| ("cab", cab(&files, packing))));
    let streams: Vec<(&str, &[u8])> = files.iter().copied().filter(|(_, bytes)| !bytes.is_empty()).collect();
    kinds.push(("7z", seven_zip(&streams)));
    let expected = ["%2E%2E/two.log", "a/one.log", "long.log", "none.log", "two.log"];
    for (name, archive) in kinds {
        let bundle = memory(&[("x", &archive)], &Options::default());
        let told: Vec<&str> = paths(&bundle).iter().map(|path| path.strip_prefix("x!/").unwrap()).collect();
        let empty = name != "7z";
        assert_eq!(
            told,
            expected.iter().copied().filter(|path| empty || *path != "none.log").collect::<Vec<_>>()
        );
        assert!(refused(&bundle).is_empty(), "{name}: {:?}", refused(&bundle));
        let read: Vec<usize> = bundle.inputs.iter().map(|input| text(&bundle, input).len()).collect();
        assert_eq!(read, if empty { vec![3, 3, 80_000, 0, 1] } else { vec![3, 3, 80_000, 1] }, "{name}");
        assert_eq!(text(&bundle, &bundle.inputs[2]).as_bytes(), long, "{name}");
    }
}

#[test]
fn members_that_share_their_bytes() {
    let mut archive = zip(&[("a.log", b"same"), ("b.log", b"same")]);
    let central = |archive: &[u8], name: &str| {
        let at = archive.windows(name.len()).rposition(|w| w == name.as_bytes()).unwrap();
        at - 46
    };
    // The second entry's offset of the local header, made equal to the first's.
    let (first, second) = (central(&archive, "a.log"), central(&archive, "b.log"));
    let offset = archive[first + 42..first + 46].to_vec();
    archive[second + 42..second + 46].copy_from_slice(&offset);
    let bundle = memory(&[("bomb.zip", &archive)], &Options::default());
    assert_eq!(refused(&bundle), ["bomb.zip!/b.log: members_overlap"]);
    assert_eq!(paths(&bundle), ["bomb.zip!/a.log"]);
}

#[test]
fn a_member_longer_than_it_says() {
    let content = b"0123456789".repeat(500);
    let mut archive = zip(&[("a.log", &content)]);
    let central = archive.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    archive[central + 24..central + 28].copy_from_slice(&10u32.to_le_bytes());
    let bundle = memory(&[("x.zip", &archive)], &Options::default());
    let error = bundle.bytes(&bundle.inputs[0], 1 << 20).unwrap_err();
    assert!(error.to_string().contains("longer than the archive says"), "{error}");
}

#[test]
fn a_member_with_a_wrong_checksum() {
    let mut archive = packed(&[("a.log", b"plain text")], CompressionMethod::Stored);
    let at = archive.windows(5).position(|w| w == b"plain").unwrap();
    archive[at] ^= 1;
    let bundle = memory(&[("x.zip", &archive)], &Options::default());
    let mut kept = Vec::new();
    let error = bundle.stream(&bundle.inputs[0]).unwrap().read_to_end(&mut kept).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
    assert_eq!(kept, b"qlain text");
}

#[test]
fn encrypted_and_unsupported() {
    let mut archive = zip(&[("a.log", b"1"), ("b.log", b"2"), ("c.log", b"3")]);
    let centrals: Vec<usize> =
        archive.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02").map(|(at, _)| at).collect();
    archive[centrals[0] + 8] |= 1;
    archive[centrals[1] + 10] = 14;
    let bundle = memory(&[("e.zip", &archive)], &Options::default());
    assert_eq!(refused(&bundle), ["e.zip!/a.log: member_encrypted", "e.zip!/b.log: member_method"]);
    assert_eq!(paths(&bundle), ["e.zip!/c.log"]);
}

#[test]
fn an_archive_cut_short_gives_its_whole_members() {
    let noise: Vec<u8> = (0..4000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let whole = zip(&[("a.log", b"first"), ("b.log", &noise), ("c.log", b"last")]);
    let second = whole.windows(5).position(|w| w == b"b.log").unwrap();
    let bundle = memory(&[("cut.zip", &whole[..second + 500])], &Options::default());
    assert_eq!(refused(&bundle), ["cut.zip: archive_damaged"]);
    assert_eq!(paths(&bundle), ["cut.zip!/a.log", "cut.zip!/b.log"]);
    assert_eq!(text(&bundle, &bundle.inputs[0]), "first");
    let mut kept = Vec::new();
    let cut = bundle.stream(&bundle.inputs[1]).unwrap().read_to_end(&mut kept);
    assert!(cut.is_err() && noise.starts_with(&kept) && !kept.is_empty());
    // The same inside another archive, whose own copy is whole.
    let outer = zip(&[("cut.zip", &whole[..second + 500])]);
    let nested = memory(&[("o.zip", &outer)], &Options::default());
    assert_eq!(paths(&nested), ["o.zip!/cut.zip!/a.log", "o.zip!/cut.zip!/b.log"]);
}

/// Cut at every length, flipped at every tenth byte: no panic, no loop, and what is whole is still read.
#[test]
fn mutated_archives() {
    let inner = zip(&[("deep.log", &b"deep ".repeat(40))]);
    let whole = zip(&[("a.log", &b"first ".repeat(50)), ("in.zip", &inner), ("c.log", b"last")]);
    let look = |bytes: &[u8]| {
        let bundle = memory(&[("m.zip", bytes)], &Options::default());
        for input in &bundle.inputs {
            let mut sink = Vec::new();
            let _ = bundle.stream(input).map(|s| s.take(1 << 20).read_to_end(&mut sink));
        }
        bundle.inputs.len()
    };
    assert_eq!(look(&whole), 3);
    for length in 0..whole.len() {
        look(&whole[..length]);
    }
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    for at in 0..whole.len() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut flipped = whole.clone();
        flipped[at] ^= (seed % 255 + 1) as u8;
        look(&flipped);
    }
}

#[cfg(unix)]
#[test]
fn links_loops_pipes_and_locked_files() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    write(&outside.path().join("secret.log"), b"secret");
    write(&folder.path().join("a/b/ok.log"), b"ok");
    write(&folder.path().join("locked.log"), b"x");
    symlink(folder.path().join("a"), folder.path().join("a/b/loop")).unwrap();
    symlink("self", folder.path().join("self")).unwrap();
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink("a/b/ok.log", folder.path().join("same.log")).unwrap();
    fs::set_permissions(folder.path().join("locked.log"), fs::Permissions::from_mode(0o0)).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let bundle = Bundle::open(&[folder.path().to_owned()], &Options::default());
    let mut expected = vec![
        "a/b/loop: directory_loop",
        "locked.log: unreadable",
        "out: link_not_followed",
        "same.log: link_not_followed",
        "self: link_not_followed",
        "socket: not_a_file",
    ];
    if fs::read(folder.path().join("locked.log")).is_ok() {
        println!("running as a user who may read everything: the locked file was not tested");
        expected.remove(1);
        assert_eq!(paths(&bundle), ["a/b/ok.log", "locked.log"]);
    } else {
        assert_eq!(paths(&bundle), ["a/b/ok.log"]);
    }
    assert_eq!(refused(&bundle), expected);
    drop(socket);
}

#[test]
fn a_file_that_vanishes_or_shrinks() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("gone.log"), b"here");
    write(&folder.path().join("shrinks.log"), b"0123456789");
    write(&folder.path().join("empty.log"), b"");
    let bundle = Bundle::open(&[folder.path().to_owned()], &Options::default());
    fs::remove_file(folder.path().join("gone.log")).unwrap();
    fs::write(folder.path().join("shrinks.log"), b"012").unwrap();
    assert_eq!(paths(&bundle), ["empty.log", "gone.log", "shrinks.log"]);
    assert_eq!(bundle.inputs[0].bytes, 0);
    assert!(bundle.stream(&bundle.inputs[1]).is_err());
    assert_eq!(text(&bundle, &bundle.inputs[2]), "012");
}
