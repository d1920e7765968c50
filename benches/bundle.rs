//! Gigabytes of cluster.log to finished timelines, beside `rg -c` of the same words on the same file, in turn.
//!
//! ```text
//! cargo bench --bench bundle                    256 MB in UTF-8 and UTF-16LE, growth over 1, 4 and 16 times, a sample, --help
//! cargo bench --bench bundle -- 1024            the same with 1 GB
//! ```
//!
//! The log is made: lines of components that say nothing here, every 200th one of the published forms. `rg` has to be
//! on the search path (Debian and crates.io: ripgrep). Each analysis is a process of its own, whose peak of memory
//! (`VmHWM` of Linux) and start are its own. Each figure is the best of five; the ratio is of the bests.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use throughline::analysis::{Options, analyze};
use throughline::bundle::{self, Bundle};
use throughline::source::cluster_log::form::FORMS;

const TRIES: usize = 5;

/// Lines that say nothing here; `#` is a number that goes up.
const UNRELATED: &[&str] = &[
    "INFO  [GUM] Node 2: Processing RequestLock 2:#",
    "INFO  [GUM] Node 2: executing request locally, gumId:#, my action: /dm/update, # of updates: 1",
    "INFO  [DM] An update was committed to the database, sequence number #",
    "INFO  [RES] Physical Disk <Cluster Disk 3>: Path arrival check number # has ended",
    "INFO  [RES] Network Name <Cluster Name>: Configuration: the next update is in # seconds",
    "INFO  [RCM] rcm::RcmResource::ReattachMonitor: monitor # of 'Cluster Disk 3' answers",
    "INFO  [API] s_ApiGetQuorumResource final status 0, call #",
    "INFO  [NM] Received request from client address fe80::#.",
    "INFO  [RHS] Resource call # for resource Cluster Disk 3 returned 0",
    "INFO  [FTI][Follower] This node (2) answers the initiator, message #",
    "WARN  [CHANNEL 10.0.0.12:~3343~] failure, status WSAETIMEDOUT(10060), attempt #",
    "DBG   [NETFTAPI] Cluster health information, send buffer #",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "--child") {
        return child(Path::new(&arguments[1]));
    }
    let megabytes: usize = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(256);
    let folder = tempfile::tempdir().unwrap();
    println!("{:<34}{:>9}{:>9}{:>8}{:>7}{:>10}", "input", "rg -c s", "ours s", "ratio", "bar", "peak MB");
    for (name, wide, bar) in [("UTF-8", false, 1.5), ("UTF-16LE", true, 1.2)] {
        let path = log(folder.path(), megabytes, wide);
        beside(&format!("cluster.log {megabytes} MB {name}"), &path, bar);
        std::fs::remove_file(path).unwrap();
    }
    for part in [16, 4, 1] {
        let path = log(folder.path(), megabytes / part, false);
        beside(&format!("growth: {} MB", megabytes / part), &path, 1.5);
        std::fs::remove_file(path).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_throughline");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/san-path-loss");
    for (name, arguments, bar) in
        [("a sample", &["analyze", sample][..], 50), ("--help", &["--help"][..], 10)]
    {
        let took = best(|| timed(Command::new(program).args(arguments)));
        println!("{name:<34}{:>34.1} ms, bar {bar} ms", took * 1e3);
    }
}

/// A log of about that size.
fn log(folder: &Path, megabytes: usize, wide: bool) -> PathBuf {
    let path = folder.join("cluster.log");
    let mut out = BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut put = |text: &str| match wide {
        true => text.encode_utf16().for_each(|unit| out.write_all(&unit.to_le_bytes()).unwrap()),
        false => out.write_all(text.as_bytes()).unwrap(),
    };
    let forms: Vec<&str> = FORMS.iter().copied().flatten().map(|form| form.sample).collect();
    let (mut written, mut number) = (0, 0usize);
    if wide {
        put("\u{FEFF}");
    }
    while written < megabytes * 1_000_000 {
        let text = match number % 200 {
            0 => forms[number / 200 % forms.len()].to_owned(),
            _ => UNRELATED[number % UNRELATED.len()].replace('#', &number.to_string()),
        };
        let (ms, day) = (number * 7, number * 7 / 86_400_000);
        let (hour, minute, second) = (ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60);
        let line = format!(
            "{:08x}.{:08x}::2023/{:02}/{:02}-{hour:02}:{minute:02}:{second:02}.{:03} {text}\r\n",
            0x1a2c,
            0x9f0 + number % 7,
            1 + day / 28 % 12,
            1 + day % 28,
            ms % 1000,
        );
        put(&line);
        written += line.len() * if wide { 2 } else { 1 };
        number += 1;
    }
    out.flush().unwrap();
    path
}

/// Both sides in turn.
fn beside(name: &str, path: &Path, bar: f64) {
    let mut peer = Command::new("rg");
    peer.args(["-c", "-F", "-j0"]).args(FORMS.iter().copied().flatten().flat_map(|f| ["-e", f.needle]));
    peer.arg(path);
    let mut ours = Command::new(std::env::current_exe().unwrap());
    ours.arg("--child").arg(path);
    let (mut theirs, mut own, mut peak) = (f64::INFINITY, f64::INFINITY, 0.0f64);
    for _ in 0..TRIES {
        theirs = theirs.min(timed(&mut peer));
        let out = ours.output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let told: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        own = own.min(told[0]);
        peak = peak.max(told[1]);
    }
    println!("{name:<34}{theirs:>9.3}{own:>9.3}{:>8.2}{bar:>7.1}{peak:>10.0}", own / theirs);
}

fn timed(command: &mut Command) -> f64 {
    let start = Instant::now();
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    start.elapsed().as_secs_f64()
}

fn best(mut run: impl FnMut() -> f64) -> f64 {
    (0..TRIES).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// Seconds and peak megabytes of one analysis.
fn child(path: &Path) {
    let start = Instant::now();
    let bundle = Bundle::open(&[path.to_path_buf()], &bundle::Options::default());
    let analysis = analyze(&bundle, &Options::default());
    assert!(!analysis.case.ledger.is_empty());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
    let peak: f64 = peak.and_then(|kb| kb.parse().ok()).unwrap_or(0.0);
    println!("{} {}", start.elapsed().as_secs_f64(), peak / 1e3);
}
