//! What goes wrong while the program runs: inputs that vanish or grow, full disks, interruptions, and machines that give little.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::bundle::zip;
use crate::hostile::sample;
use crate::pack::gzip;

const PROGRAM: &str = env!("CARGO_BIN_EXE_throughline");

fn refs() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/refs-two-node").to_string_lossy().into_owned()
}

/// The program behind a shell's `ulimit`s, in `folder`.
fn limited(folder: &Path, limits: &str, arguments: &[&str]) -> Output {
    let script = format!("{limits} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, PROGRAM]).args(arguments).current_dir(folder).env("THROUGHLINE_CONFIG", "");
    command.output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn left(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A cluster.log that takes a while.
fn large(lines: usize) -> Vec<u8> {
    sample("refs-two-node/ClusterLogs/HV-A_cluster.log").repeat(lines / 300 + 1)
}

#[test]
fn little_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let whole = limited(folder.path(), "true", &["analyze", &refs()]);
    assert_eq!(whole.status.code(), Some(0), "{}", err(&whole));
    // 32 open files, with archives in archives: the temporary file is one.
    let logs: Vec<(String, Vec<u8>)> = (0..60).map(|n| (format!("{n}_cluster.log"), large(1))).collect();
    for (name, bytes) in &logs {
        fs::write(folder.path().join(name), bytes).unwrap();
        fs::write(folder.path().join(format!("{name}.gz")), gzip(bytes)).unwrap();
        fs::write(folder.path().join(format!("{name}.zip")), zip(&[("a.zip", &zip(&[("b.log", bytes)]))]))
            .unwrap();
    }
    for limits in ["ulimit -n 32", "ulimit -s 256"] {
        let output = limited(folder.path(), limits, &["analyze", ".", "--strict", "--limit", "memory=100K"]);
        assert!(!err(&output).contains("panicked"), "{limits}: {}", err(&output));
        assert_eq!(output.status.code(), Some(0), "{limits}: {}", err(&output));
        let output = limited(folder.path(), limits, &["analyze", &refs()]);
        assert_eq!(output.stdout, whole.stdout, "{limits}: {}", err(&output));
    }
}

#[test]
fn too_little_memory_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let analyze = |kilobytes: usize| {
        let limits = format!("ulimit -c 0; ulimit -v {kilobytes}");
        limited(folder.path(), &limits, &["analyze", &refs(), "--threads", "1", "-o", "report.txt"])
    };
    // Until not even the system can load the program; an optimised one is smaller.
    for kilobytes in (8_000..=98_000).rev().step_by(6000) {
        let output = analyze(kilobytes);
        if output.stderr.is_empty() || output.status.code() == Some(127) {
            break;
        }
        assert_eq!(output.status.code(), Some(2), "{kilobytes}: {}", err(&output));
        assert!(err(&output).contains("too little memory: "), "{kilobytes}: {}", err(&output));
        assert!(left(folder.path()).is_empty(), "{kilobytes}: {:?}", left(folder.path()));
    }
    let output = analyze(160_000);
    assert!(output.status.success(), "{}", err(&output));
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond eight blocks of 512 bytes: what a full disk does to one that is written in pieces.
    let limits = "trap '' XFSZ; ulimit -f 8";
    for format in ["text", "json", "html"] {
        let output =
            limited(folder.path(), limits, &["analyze", &refs(), "--format", format, "-o", "report"]);
        assert_eq!(output.status.code(), Some(2), "{format}: {}", err(&output));
        assert!(err(&output).contains("cannot write report: "), "{}", err(&output));
        assert!(left(folder.path()).is_empty(), "{:?}", left(folder.path()));
    }
    fs::write(folder.path().join("a_cluster.log.gz"), gzip(&large(9000))).unwrap();
    let output = limited(folder.path(), limits, &["analyze", ".", "--strict", "--limit", "memory=1K"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(err(&output).contains("temporary folder could not be written"), "{}", err(&output));
}

#[test]
fn no_temporary_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a_cluster.log.gz"), gzip(&large(9000))).unwrap();
    let limits = "export TMPDIR=/nowhere/at/all";
    let output = limited(folder.path(), limits, &["analyze", ".", "--limit", "memory=1K"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(err(&output).contains("set TMPDIR"), "{}", err(&output));
    let enough = limited(folder.path(), limits, &["analyze", "."]);
    assert_eq!(enough.status.code(), Some(0), "{}", err(&enough));
}

/// Ends a process as Ctrl-C does, once `ready`; its exit code.
fn interrupted(mut child: Child, ready: impl Fn() -> bool) -> Option<i32> {
    let begun = Instant::now();
    while !ready() && child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(5));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap().code()
}

#[test]
fn an_interruption_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("HV-A_cluster.log"), large(600_000)).unwrap();
    fs::create_dir(at("temporary")).unwrap();
    let start = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(folder.path()).env("TMPDIR", at("temporary"));
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let partial = || left(folder.path()).iter().any(|name| name.ends_with(".partial"));
    let child = start(&["records", "HV-A_cluster.log", "-o", "rows.jsonl"]);
    assert_eq!(interrupted(child, partial), Some(130));
    assert_eq!(left(folder.path()), ["HV-A_cluster.log", "temporary"]);
    fs::write(at("HV-B_cluster.log.gz"), gzip(&large(600_000))).unwrap();
    let child = start(&["analyze", ".", "-o", "report.txt", "--limit", "memory=1M"]);
    let begun = Instant::now();
    assert_eq!(interrupted(child, || begun.elapsed() > Duration::from_millis(150)), Some(130));
    assert_eq!(left(folder.path()), ["HV-A_cluster.log", "HV-B_cluster.log.gz", "temporary"]);
    assert!(left(&at("temporary")).is_empty());
}

#[test]
fn the_first_line_alone_is_enough() {
    let mut child = Command::new(PROGRAM)
        .args(["records", &refs()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
}

#[test]
fn inputs_that_grow_or_vanish_while_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let names = ["HV-A_cluster.log", "HV-B_cluster.log", "System.evtx", "trace.etl", "a.zip"];
    for round in 0..4 {
        let log = large(6000);
        let evtx = sample("refs-two-node/HV-A/System.evtx");
        fs::write(at(names[0]), &log).unwrap();
        fs::write(at(names[1]), &log).unwrap();
        fs::write(at(names[2]), &evtx).unwrap();
        fs::write(at(names[3]), sample("csvfs-trace/CEDAR1/csv_trace.etl")).unwrap();
        fs::write(at(names[4]), zip(&[("x_cluster.log", &log), ("y.evtx", &evtx)])).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["analyze", "."]).current_dir(folder.path());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        thread::sleep(Duration::from_millis(round * 15));
        let growing: Vec<PathBuf> = vec![at(names[0]), at(names[3])];
        for path in &growing {
            OpenOptions::new().append(true).open(path).unwrap().write_all(&log[..5000]).unwrap();
        }
        OpenOptions::new().write(true).open(at(names[2])).unwrap().set_len(5000).unwrap();
        OpenOptions::new().write(true).open(at(names[4])).unwrap().set_len(3000).unwrap();
        fs::remove_file(at(names[1])).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!err(&output).contains("panicked"), "{round}: {}", err(&output));
        assert_eq!(output.status.code(), Some(0), "{round}: {}", err(&output));
    }
}

#[test]
fn files_that_may_not_be_read_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("HV-A_cluster.log");
    fs::write(&locked, large(1)).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read(&locked).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let output = limited(folder.path(), "true", &["analyze", "."]);
    assert_eq!(output.status.code(), Some(4));
    assert!(err(&output).contains("check its permissions"), "{}", err(&output));
    let output = limited(folder.path(), "true", &["analyze", &refs(), ".", "--strict"]);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
}
