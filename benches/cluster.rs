//! How long a large cluster takes from its files to the JSON report, and how much memory.
//!
//! ```text
//! cargo bench --bench cluster                         growth over 1, 4 and 16 times the hours
//! cargo bench --bench cluster -- NODES VMS HOURS      one bundle of that size (64 5000 720: a month of a full cluster)
//! cargo bench --bench cluster -- DIR                  a bundle that is there
//! ```
//!
//! Bundles are simulated into a folder that vanishes afterwards. Each is analysed by a child process, whose peak
//! memory (`VmHWM` of Linux) is its own.

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
        "{:<28}{:>10}{:>12}{:>10}{:>10}{:>10}{:>10}",
        "bundle", "MB", "entries", "pieces", "read s", "all s", "peak MB"
    );
    match (arguments.first().map(String::as_str), number(0)) {
        (Some("--child"), _) => child(Path::new(&arguments[1])),
        (Some(folder), None) => parent(folder, Path::new(folder)),
        (_, Some(nodes)) => {
            let (vms, hours) = (number(1).unwrap_or(100), number(2).unwrap_or(24));
            simulated(nodes as usize, vms as usize, hours);
        }
        (None, None) => [24, 96, 384].into_iter().for_each(|hours| simulated(8, 200, hours)),
    }
}

fn simulated(nodes: usize, vms: usize, hours: u32) {
    let folder = tempfile::tempdir().unwrap();
    // What happens per hour stays the same: moves and migrations, again and again.
    let often = (hours as usize / 12).max(1);
    let happenings = [Happening::Moves, Happening::LiveMigrations, Happening::Backup];
    let spec = Spec {
        nodes,
        vms,
        volumes: nodes.min(200),
        hours,
        happenings: happenings.into_iter().cycle().take(3 * often).collect(),
        ..Spec::quiet(1, Windows::Server2022, Storage::San)
    };
    spec.gather_to(folder.path()).unwrap();
    parent(&format!("{nodes} nodes {vms} VMs {hours} h"), folder.path());
}

/// Analyses a folder in a process of its own and passes on its line.
fn parent(name: &str, folder: &Path) {
    let bytes = size(folder);
    let out = Command::new(std::env::current_exe().unwrap()).arg("--child").arg(folder).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let line = text.lines().last().unwrap_or("nothing");
    println!("{name:<28}{:>10.1}{line}", bytes as f64 / 1e6);
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
    let read = start.elapsed();
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
        "{entries:>12}{pieces:>10}{:>10.2}{:>10.2}{:>10}",
        read.as_secs_f64(),
        start.elapsed().as_secs_f64(),
        peak().map_or("-".into(), |kb| format!("{:.0}", kb as f64 / 1e3)),
    );
}

/// The process's peak of memory in kilobytes, where the system tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}
