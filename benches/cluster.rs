//! How long a large cluster takes from its files to the JSON report, and how much memory.
//!
//! ```text
//! cargo bench --bench cluster                         growth: 1, 4, 16 times the hours; then 1, 4, 16 times the records
//!                                                     of one and the same story
//! cargo bench --bench cluster -- NODES VMS HOURS [LINES [DIR]]
//!                                                     one bundle of that size, with so many lines about nothing an hour in each
//!                                                     cluster.log; it is kept in DIR. 64 5000 720 360: a month of a full cluster
//! cargo bench --bench cluster -- DIR                  a bundle that is there
//! ```
//!
//! Bundles are simulated into a folder that vanishes afterwards. Each is analysed by a child process, whose processor time
//! and peak of memory (`VmHWM` of Linux) are its own: up to the findings, and with the report. "State" is what reports are about: pieces of timelines and routes.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use throughline::analysis::{Options, analyze};
use throughline::bundle::{self, Bundle};
use throughline::report::{Format, Report, Scope, Style};
use throughline::simulate::{Happening, Spec, Storage, Windows};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u32>().ok());
    println!(
        "{:<36}{:>8}{:>11}{:>10}{:>10}{:>9}{:>8}{:>8}{:>10}{:>9}",
        "bundle", "MB", "records", "facts", "state", "findings", "CPU s", "s", "to rules", "peak MB"
    );
    match (arguments.first().map(String::as_str), number(0)) {
        (Some("--child"), _) => child(Path::new(&arguments[1])),
        (Some(folder), None) => parent(folder, Path::new(folder)),
        (_, Some(nodes)) => {
            let size = (nodes as usize, number(1).unwrap_or(100) as usize, number(2).unwrap_or(24));
            simulated(size, number(3).unwrap_or(0), arguments.get(4).map(Path::new));
        }
        (None, None) => {
            [24, 96, 384].into_iter().for_each(|hours| simulated((8, 200, hours), 0, None));
            [3_600, 14_400, 57_600].into_iter().for_each(|lines| simulated((8, 200, 24), lines, None));
        }
    }
}

fn simulated((nodes, vms, hours): (usize, usize, u32), chatter: u32, kept: Option<&Path>) {
    let folder = tempfile::tempdir().unwrap();
    let folder = kept.unwrap_or(folder.path());
    // What happens per hour stays the same: each day moves, migrations, backups, a path that is lost, a node that is
    // restarted and one that fails.
    let days = (hours as usize / 24).max(1);
    let happenings = [
        Happening::Moves,
        Happening::LiveMigrations,
        Happening::Backup,
        Happening::LostPath,
        Happening::Restart,
        Happening::Crash,
    ];
    let spec = Spec {
        chatter,
        nodes,
        vms,
        volumes: nodes.min(200),
        hours,
        happenings: happenings.into_iter().cycle().take(happenings.len() * days).collect(),
        ..Spec::quiet(1, Windows::Server2022, Storage::San)
    };
    spec.gather_to(folder).unwrap();
    let lines = if chatter > 0 { format!(" {chatter} lines/h") } else { String::new() };
    parent(&format!("{nodes} nodes {vms} VMs {hours} h{lines}"), folder);
}

/// Analyses a folder in a process of its own and passes on its line.
fn parent(name: &str, folder: &Path) {
    let bytes = size(folder);
    let out = Command::new(std::env::current_exe().unwrap()).arg("--child").arg(folder).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let line = text.lines().last().unwrap_or("nothing");
    println!("{name:<36}{:>8.1}{line}", bytes as f64 / 1e6);
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path: PathBuf| if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() })
        .sum()
}

fn child(folder: &Path) {
    let start = Instant::now();
    let bundle = Bundle::open(&[folder.to_path_buf()], &bundle::Options::default());
    let analysis = analyze(&bundle, &Options::default());
    let analysed = peak();
    let case = &analysis.case;
    let entries: u64 = case.ledger.iter().map(|tally| tally.entries).sum();
    let of_volume = |v: &throughline::case::VolumeStory| {
        let modes: usize = v.io_mode.iter().map(|(_, t)| t.pieces.len()).sum();
        let states: usize = v.state.iter().map(|(_, t)| t.pieces.len()).sum();
        v.coordinator.pieces.len() + modes + states
    };
    let pieces: usize = case.volumes.iter().map(of_volume).sum::<usize>()
        + case.vms.iter().map(|vm| vm.placement.pieces.len()).sum::<usize>()
        + case.routes.len();
    let report = Report::new(case, analysis.judgement.clone(), Scope::default());
    let printed = report.render(Format::Json, Style::PLAIN);
    assert!(!printed.is_empty());
    println!(
        "{entries:>11}{:>10}{pieces:>10}{:>9}{:>8}{:>8.1}{:>10}{:>9}",
        case.facts.len(),
        analysis.judgement.findings.len(),
        processor_time().map_or("-".into(), |seconds| format!("{seconds:.1}")),
        start.elapsed().as_secs_f64(),
        megabytes(analysed),
        megabytes(peak()),
    );
}

/// Processor time of the process in seconds, where the system tells it.
fn processor_time() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the command's name: times of user and system are the 12th and 13th field, in hundredths on all Linux systems.
    let mut fields = status.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / 100.0)
}

fn megabytes(kilobytes: Option<u64>) -> String {
    kilobytes.map_or("-".into(), |kb| format!("{:.0}", kb as f64 / 1e3))
}

/// The process's peak of memory in kilobytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}
