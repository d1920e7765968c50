//! Whole logs and bundles to finished timelines, beside the tools that do a piece of it, on the same files, in turn.
//!
//! ```text
//! cargo bench --bench bundle                          all of the below but `mixed`
//! cargo bench --bench bundle -- log [MB]              cluster.log (256 MB) beside `rg -c`; growth over 1, 4 and 16 times
//! cargo bench --bench bundle -- evtx [MB] [FILE...]   an event log (512 MB) to facts beside evtx_dump; of the chunks of FILEs, else simulated
//! cargo bench --bench bundle -- records [MB]          the lines of four nodes (256 MB each) as one timeline in JSONL beside lnav
//! cargo bench --bench bundle -- inflate [MB]          a zip member (256 MB) beside plain inflate of the same bytes
//! cargo bench --bench bundle -- start                 a sample, and --help
//! cargo bench --bench bundle -- mixed [GB]            folder and zip together (4 GB), with each part alone
//! ```
//!
//! On the search path: `rg` (Debian and crates.io: ripgrep), `lnav` (Debian) and `evtx_dump` (`cargo install evtx --version 0.15.1`; or its place
//! in `EVTX_DUMP`). What is missing is left out with a message. Every run is a process of its own. Of each side the best of
//! several runs counts, by the clock and by processor time of all threads, which says more where other work goes on; the
//! peak of memory is the worst (`VmHWM` of Linux).

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use flate2::bufread::DeflateDecoder;
use throughline::analysis::{Options, analyze};
use throughline::bundle::{self, Bundle};
use throughline::simulate::{MIXED, SCENARIOS, generate};
use throughline::source::cluster_log::form::FORMS;
use throughline::source::read_all;
use zip::write::{SimpleFileOptions, ZipWriter};

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
    let (what, rest) = arguments.split_first().map_or(("", &[][..]), |(what, rest)| (what.as_str(), rest));
    let number = |usual| rest.first().and_then(|text| text.parse().ok()).unwrap_or(usual);
    match what {
        "--child" => child(&rest[0], Path::new(&rest[1]), number_of(&rest[2])),
        "log" => logs(number(256)),
        "evtx" => event_logs(number(512), rest.get(1..).unwrap_or_default()),
        "records" => records(number(256)),
        "inflate" => inflate(number(256)),
        "start" => starts(),
        "mixed" => mixed(number(4)),
        _ => {
            logs(256);
            event_logs(512, &[]);
            records(256);
            inflate(256);
            starts();
        }
    }
}

fn number_of(text: &str) -> usize {
    text.parse().unwrap()
}

/// What runs cost: seconds by the clock and of all processors, and peak megabytes.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
    peak: f64,
}

const NOTHING: Cost = Cost { wall: f64::INFINITY, cpu: f64::INFINITY, peak: 0.0 };

impl Cost {
    fn better(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            peak: self.peak.max(other.peak),
        }
    }
}

/// Processor seconds of the children that have ended.
fn of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name: state is the first, `cutime` and `cstime` are the 14th and 15th, in hundredths.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) / 100.0
}

/// Runs a command to its end. One that is ours prints its peak of memory.
fn run(command: &mut Command) -> Cost {
    let (before, start) = (of_children(), Instant::now());
    let out = command.stderr(Stdio::null()).output().unwrap();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), of_children() - before);
    let peak = String::from_utf8(out.stdout).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0.0);
    Cost { wall, cpu, peak }
}

/// Runs a command whose output is large and not wanted.
fn silent(command: &mut Command) -> Cost {
    let (before, start) = (of_children(), Instant::now());
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    Cost { wall: start.elapsed().as_secs_f64(), cpu: of_children() - before, peak: 0.0 }
}

/// This program, doing one thing to a path with so many threads.
fn ours(what: &str, path: &Path, threads: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--child", what]).arg(path).arg(threads.to_string());
    command
}

fn head(peer: &str) {
    println!("\nload {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    println!(
        "{:<40}{:>9}{:>9}{:>9}{:>9}{:>8}{:>8}{:>6}{:>9}",
        "input, threads", peer, "ours s", "cpu s", "ours cpu", "wall x", "cpu x", "bar", "peak MB"
    );
}

/// Both sides in turn. `slower` bars say how much longer ours may take, others how many times faster it must be.
fn beside(name: &str, tries: usize, theirs: &mut Command, ours: &mut Command, bar: f64, slower: bool) {
    let (mut peer, mut own) = (NOTHING, NOTHING);
    for _ in 0..tries {
        peer = peer.better(silent(theirs));
        own = own.better(run(ours));
    }
    let ratio = |peer: f64, own: f64| if slower { own / peer } else { peer / own };
    println!(
        "{name:<40}{:>9.3}{:>9.3}{:>9.2}{:>9.2}{:>8.2}{:>8.2}{bar:>6.1}{:>9.0}",
        peer.wall,
        own.wall,
        peer.cpu,
        own.cpu,
        ratio(peer.wall, own.wall),
        ratio(peer.cpu, own.cpu),
        own.peak
    );
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn logs(megabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    head("rg -c s");
    let case = |name: &str, size: usize, wide: bool, bar: f64| {
        let path = folder.path().join("cluster.log");
        log(&path, size, wide);
        let mut peer = Command::new("rg");
        peer.args(["-c", "-F", "-j0"]).args(FORMS.iter().copied().flatten().flat_map(|f| ["-e", f.needle]));
        peer.arg(&path);
        beside(name, TRIES, &mut peer, &mut ours("analyze", &path, cores()), bar, true);
        fs::remove_file(path).unwrap();
    };
    case(&format!("cluster.log {megabytes} MB UTF-8"), megabytes, false, 1.5);
    case(&format!("cluster.log {megabytes} MB UTF-16LE"), megabytes, true, 1.2);
    for part in [16, 4, 1] {
        case(&format!("growth: {} MB", megabytes / part), megabytes / part, false, 1.5);
    }
}

/// A log of about that size: every 200th line is of a form that is read.
fn log(path: &Path, megabytes: usize, wide: bool) {
    log_of(path, megabytes, wide, "", 0);
}

/// The same behind something else, with times that many milliseconds later.
fn log_of(path: &Path, megabytes: usize, wide: bool, front: &str, later: usize) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut put = |text: &str| match wide {
        true => text.encode_utf16().for_each(|unit| out.write_all(&unit.to_le_bytes()).unwrap()),
        false => out.write_all(text.as_bytes()).unwrap(),
    };
    let forms: Vec<&str> = FORMS.iter().copied().flatten().map(|form| form.sample).collect();
    let (mut written, mut number) = (0, 0usize);
    if wide {
        put("\u{FEFF}");
    }
    put(front);
    while written < megabytes * 1_000_000 {
        let text = match number % 200 {
            0 => forms[number / 200 % forms.len()].to_owned(),
            _ => UNRELATED[number % UNRELATED.len()].replace('#', &number.to_string()),
        };
        let ms = number * 7 + later;
        let day = ms / 86_400_000;
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
}

fn event_logs(megabytes: usize, files: &[String]) {
    let dump = std::env::var("EVTX_DUMP").unwrap_or_else(|_| "evtx_dump".to_owned());
    if Command::new(&dump).arg("--version").output().is_err() {
        println!("\nevent logs: left out, no evtx_dump ({dump}) on the search path");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("System.evtx");
    let chunks = if files.is_empty() { simulated_chunks() } else { chunks_of(files) };
    event_log(&path, megabytes, &chunks);
    head("dump s");
    for (threads, bar) in [(1, 1.3), (2, 1.5)] {
        let mut peer = Command::new(&dump);
        peer.args(["-o", "jsonl", "-t", &threads.to_string()]).arg(&path);
        let name = format!("event log {megabytes} MB, {threads}");
        beside(&name, TRIES, &mut peer, &mut ours("facts", &path, threads), bar, false);
    }
}

const CHUNK: usize = 1 << 16;

/// The full chunks of event logs.
fn chunks_of(files: &[String]) -> Vec<Vec<u8>> {
    let logs = files.iter().map(|file| fs::read(file).unwrap());
    let chunks =
        logs.flat_map(|bytes| bytes[4096..].chunks_exact(CHUNK).map(<[u8]>::to_vec).collect::<Vec<_>>());
    chunks.filter(|chunk| chunk.starts_with(b"ElfChnk\0")).collect()
}

/// Chunks of a simulated cluster's System logs, nineteen of twenty with providers that nobody knows.
fn simulated_chunks() -> Vec<Vec<u8>> {
    let files = SCENARIOS.iter().flat_map(|scenario| generate(scenario, 1, None, Some(72)));
    let system = files.filter(|file| file.path.ends_with("System.evtx"));
    let logs = system
        .flat_map(|file| file.bytes[4096..].chunks_exact(CHUNK).map(<[u8]>::to_vec).collect::<Vec<_>>());
    let mut chunks: Vec<Vec<u8>> = logs.filter(|chunk| chunk.starts_with(b"ElfChnk\0")).collect();
    // The fullest ones: in a real log all are full but the last.
    chunks.sort_by_key(|chunk| std::cmp::Reverse(long(chunk, 48)));
    chunks.truncate(20);
    assert!(!chunks.is_empty());
    chunks = chunks.into_iter().cycle().take(100).collect();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (_, chunk) in chunks.iter_mut().enumerate().filter(|(at, _)| at % 20 != 0) {
        let ours: Vec<_> =
            throughline::source::event::PROVIDERS.iter().flat_map(|provider| provider.names).collect();
        for name in ours.into_iter().map(|name| wide(name)) {
            let found: Vec<usize> = memchr::memmem::find_iter(chunk, &name).collect();
            // The last letter becomes another one.
            found.into_iter().for_each(|at| chunk[at + name.len() - 2] = b'#');
        }
        for guid in throughline::source::event::PROVIDERS
            .iter()
            .filter_map(|p| throughline::fact::Guid::parse(p.guid))
        {
            let guid = guid.to_windows();
            let found: Vec<usize> = memchr::memmem::find_iter(chunk, &guid).collect();
            found.into_iter().for_each(|at| chunk[at] ^= 0xff);
        }
    }
    chunks
}

fn long(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// A log of about that size out of chunks, again and again, with numbers that go up.
fn event_log(path: &Path, megabytes: usize, chunks: &[Vec<u8>]) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let count = megabytes * 1_000_000 / CHUNK;
    let sum = |parts: &[&[u8]]| crc32fast::hash(&parts.concat()).to_le_bytes();
    let mut header = vec![0u8; 4096];
    header[..8].copy_from_slice(b"ElfFile\0");
    header[16..24].copy_from_slice(&(count as u64 - 1).to_le_bytes());
    header[32..42].copy_from_slice(&[128, 0, 0, 0, 1, 0, 3, 0, 0, 16]);
    header[42..44].copy_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
    let check = sum(&[&header[..120]]);
    header[124..128].copy_from_slice(&check);
    out.write_all(&header).unwrap();
    let mut number = 1u64;
    for chunk in chunks.iter().cycle().take(count) {
        let mut chunk = chunk.clone();
        let (free, first, mut at) = (long(&chunk, 48), number, 512);
        while at < free && chunk[at..].starts_with(b"**\0\0") {
            chunk[at + 8..at + 16].copy_from_slice(&number.to_le_bytes());
            number += 1;
            at += long(&chunk, at + 4);
        }
        for (at, number) in [(8, first), (16, number - 1), (24, first), (32, number - 1)] {
            chunk[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        let records = sum(&[&chunk[512..free]]);
        chunk[52..56].copy_from_slice(&records);
        let header = sum(&[&chunk[..120], &chunk[128..512]]);
        chunk[124..128].copy_from_slice(&header);
        out.write_all(&chunk).unwrap();
    }
    out.flush().unwrap();
}

/// All lines of four nodes as one timeline in JSONL, beside `lnav` that prints them merged: to nowhere, as it does, and to a file.
fn records(megabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> =
        (1..=4).map(|node| folder.path().join(format!("N{node}_cluster.log"))).collect();
    for (node, path) in paths.iter().enumerate() {
        let front =
            "[=== Cluster ===]\r\nThe logs were generated using GMT\r\n\r\n[=== Cluster Logs ===]\r\n";
        log_of(path, megabytes, false, front, 2 * node);
    }
    let out = folder.path().join("out.jsonl");
    let ours = |threads: usize, file: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
        command.arg("records").args(&paths).args(["--threads", &threads.to_string()]);
        if file {
            command.arg("-o").arg(&out);
        }
        command
    };
    let mut peer = Command::new("lnav");
    peer.arg("-n").args(&paths);
    let peer_is_here = Command::new("lnav").arg("-V").output().is_ok();
    let mut runs = vec![
        (format!("to nowhere, {} threads", cores()), ours(cores(), false), NOTHING),
        ("to nowhere, one thread".to_owned(), ours(1, false), NOTHING),
        (format!("to a file, {} threads", cores()), ours(cores(), true), NOTHING),
    ];
    if peer_is_here {
        runs.push(("lnav -n, to nowhere".to_owned(), peer, NOTHING));
    }
    for _ in 0..3 {
        for (_, command, cost) in &mut runs {
            *cost = cost.better(silent(command));
        }
    }
    let read = paths.iter().map(|path| fs::metadata(path).unwrap().len()).sum::<u64>() as f64 / 1e6;
    let written = fs::metadata(&out).unwrap().len() as f64 / 1e6;
    println!("\nload {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    println!(
        "all lines of four nodes as one timeline: {read:.0} MB read, {written:.0} MB written; bar 400 MB/s"
    );
    for (name, _, Cost { wall, cpu, .. }) in &runs {
        println!(
            "{name:<40}{wall:>8.2} s{cpu:>8.2} s of processors{:>8.0} MB/s{:>8.0} MB/s of a processor",
            read / wall,
            read / cpu
        );
    }
    if !peer_is_here {
        println!("lnav is left out: it is not on the search path");
    }
}

/// A packed member's bytes through the bundle, beside nothing but inflate.
fn inflate(megabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("cluster.log"), folder.path().join("bundle.zip"));
    log(&plain, megabytes, false);
    zip(&packed, &[("N1/cluster.log", &plain)]);
    let mut plainly = NOTHING;
    let mut through = NOTHING;
    for _ in 0..TRIES {
        plainly = plainly.better(run(&mut ours("inflate", &packed, 1)));
        through = through.better(run(&mut ours("stream", &packed, 1)));
    }
    println!(
        "\nzip member of {megabytes} MB: inflate alone {:.3} s, {:.2} s of a processor; as a member {:.3} s, {:.2} s: \
         {:.0} % of its speed, {:.0} % by processor time, bar 80 %; peak {:.0} MB",
        plainly.wall,
        plainly.cpu,
        through.wall,
        through.cpu,
        100.0 * plainly.wall / through.wall,
        100.0 * plainly.cpu / through.cpu,
        through.peak
    );
}

fn zip(path: &Path, files: &[(&str, &PathBuf)]) {
    let mut writer = ZipWriter::new(File::create(path).unwrap());
    for (name, file) in files {
        let options = SimpleFileOptions::default().compression_level(Some(1)).large_file(true);
        writer.start_file(*name, options).unwrap();
        std::io::copy(&mut File::open(file).unwrap(), &mut writer).unwrap();
    }
    writer.finish().unwrap();
}

fn starts() {
    let program = env!("CARGO_BIN_EXE_throughline");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/san-path-loss");
    println!();
    for (name, arguments, bar) in
        [("a sample", &["analyze", sample][..], 50), ("--help", &["--help"][..], 10)]
    {
        let best = (0..4 * TRIES)
            .fold(NOTHING, |best, _| best.better(silent(Command::new(program).args(arguments))));
        println!("{name}: {:.1} ms, bar {bar} ms", best.wall * 1e3);
    }
}

/// Logs of four nodes, two in a folder and two in a zip, and each input alone.
fn mixed(gigabytes: usize) {
    let folder = tempfile::tempdir().unwrap();
    // A fourth for each node, of it two thirds cluster.log.
    let megabytes = gigabytes * 250;
    let (bundle, apart) = (folder.path().join("bundle"), folder.path().join("apart"));
    let chunks = simulated_chunks();
    let mut parts = Vec::new();
    for node in 1..=4 {
        let own = if node <= 2 { bundle.join(format!("N{node}")) } else { apart.join(format!("N{node}")) };
        fs::create_dir_all(&own).unwrap();
        let (text, events) = (own.join("cluster.log"), own.join("System.evtx"));
        log(&text, megabytes * 2 / 3, false);
        event_log(&events, megabytes / 3, &chunks);
        parts.extend([text, events]);
    }
    for file in generate(&MIXED, 1, Some(4), None) {
        let path = bundle.join("simulated").join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.bytes).unwrap();
    }
    let (packed, rest) = (bundle.join("rest.zip"), parts.split_off(4));
    let names = ["N3/cluster.log", "N3/System.evtx", "N4/cluster.log", "N4/System.evtx"];
    zip(&packed, &names.into_iter().zip(&rest).collect::<Vec<_>>());
    fs::remove_dir_all(&apart).unwrap();
    parts.push(packed);
    let alone: Vec<(String, Cost)> = parts
        .iter()
        .map(|part| {
            let cost = (0..3).fold(NOTHING, |best, _| best.better(run(&mut ours("analyze", part, cores()))));
            (part.strip_prefix(&bundle).unwrap().display().to_string(), cost)
        })
        .collect();
    let all = (0..3).fold(NOTHING, |best, _| best.better(run(&mut ours("analyze", &bundle, cores()))));
    println!("\nload {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    for (name, cost) in &alone {
        println!("{name:<30}{:>8.2} s{:>8.2} s of processors{:>8.0} MB", cost.wall, cost.cpu, cost.peak);
    }
    let slowest = alone.iter().map(|(_, cost)| cost.wall).fold(0.0, f64::max);
    let sum: f64 = alone.iter().map(|(_, cost)| cost.cpu).sum();
    println!(
        "all {gigabytes} GB{:>25.2} s{:>8.2} s of processors{:>8.0} MB: {:.2} times the slowest part (bar 1.2), {:.2} times what \
         the parts' work takes on all cores, {:.0} % of the cores busy",
        all.wall,
        all.cpu,
        all.peak,
        all.wall / slowest,
        all.wall * cores() as f64 / sum,
        100.0 * all.cpu / all.wall / cores() as f64
    );
}

/// One piece of work in a process of its own; prints the peak of memory in megabytes.
fn child(what: &str, path: &Path, threads: usize) {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    match what {
        "inflate" => {
            let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
            let packed = BufReader::with_capacity(64 << 10, archive.by_index_raw(0).unwrap());
            drain(&mut DeflateDecoder::new(packed));
        }
        "stream" => {
            let bundle = Bundle::open(&[path.to_path_buf()], &bundle::Options::default());
            drain(&mut *bundle.stream(&bundle.inputs[0]).unwrap());
        }
        "facts" => {
            let bundle = Bundle::open(&[path.to_path_buf()], &bundle::Options::default());
            assert!(read_all(&bundle).iter().any(|outcome| outcome.reading.tally.entries > 0));
        }
        _ => {
            let bundle = Bundle::open(&[path.to_path_buf()], &bundle::Options::default());
            let analysis = analyze(&bundle, &Options::default());
            assert!(!analysis.case.ledger.is_empty());
        }
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
    println!("{}", peak.and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1e3);
}

fn drain(source: &mut dyn Read) {
    let mut buffer = vec![0u8; 64 << 10];
    while source.read(&mut buffer).unwrap() > 0 {}
}
