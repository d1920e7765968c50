//! Bundles for the comparison: played from a spec, held in memory, with evidence removed, doubled or cut in two.

use std::collections::BTreeSet;

use serde_json::Value;
use throughline::analysis::{Analysis, Options, analyze, quotes};
use throughline::bundle::{self, Bundle};
use throughline::report::{Format, Report, Scope, Style};
use throughline::simulate::{Evidence, File, Happening, Spec, Storage, Windows};

/// Files of a bundle with what is true of it.
#[derive(Clone)]
pub(crate) struct Played {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) truth: Value,
}

/// Takes the truth out of the files of a bundle.
pub(crate) fn played(files: Vec<File>) -> Played {
    let mut truth = Value::Null;
    let mut kept = Vec::new();
    for file in files {
        match file.path.as_str() {
            "truth.json" => truth = serde_json::from_slice(&file.bytes).unwrap(),
            "ORIGIN.md" => {}
            _ => kept.push((file.path, file.bytes)),
        }
    }
    Played { files: kept, truth }
}

/// A drawn spec, small enough for thousands of them.
pub(crate) fn small(seed: u64) -> Spec {
    let spec = Spec::drawn(seed);
    Spec {
        nodes: spec.nodes.min(3 + (seed % 2) as usize),
        volumes: spec.volumes.min(2),
        vms: spec.vms.min(3),
        hours: 3 + spec.hours % 6,
        ..spec
    }
}

/// Everything gathered, back to the start of the cluster, clocks nearly right.
pub(crate) fn whole(seed: u64) -> Spec {
    let skew_ms = 40;
    let (noise, left_out) = Default::default();
    Spec { noise, left_out, skew_ms, drift_ppm: 0, from_start: true, ..small(seed) }
}

/// What a kind of evidence is called in the table.
pub(crate) fn word(kind: Evidence) -> String {
    format!("{kind:?}")
}

/// What these files come to.
pub(crate) fn analysed(files: &[(String, Vec<u8>)]) -> Analysis {
    let bundle = Bundle::from_memory(files.iter().cloned(), &bundle::Options::default());
    analyze(&bundle, &Options::default())
}

/// Its JSON report, without quoted lines.
pub(crate) fn rendered(analysis: &Analysis) -> Value {
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    serde_json::from_slice(&report.render(Format::Json, Style::PLAIN)).unwrap()
}

/// The JSON report of these files; with quoted lines where somebody will read it.
pub(crate) fn report(files: &[(String, Vec<u8>)], quoted: bool) -> Value {
    let bundle = Bundle::from_memory(files.iter().cloned(), &bundle::Options::default());
    report_of(&bundle, quoted)
}

/// The same of an opened bundle.
pub(crate) fn report_of(bundle: &Bundle, quoted: bool) -> Value {
    let analysis = analyze(bundle, &Options::default());
    if !quoted {
        return rendered(&analysis);
    }
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    let origins = report.origins(Format::Json.reach());
    let report = report.quoting(quotes(bundle, &origins));
    serde_json::from_slice(&report.render(Format::Json, Style::PLAIN)).unwrap()
}

/// A generator of numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

/// Some of the files.
pub(crate) fn some(files: &[(String, Vec<u8>)], random: &mut Random) -> Vec<(String, Vec<u8>)> {
    let keep = 20 + random.below(75);
    files.iter().filter(|_| random.below(100) < keep).cloned().collect()
}

/// Files that are left, and what was done.
type Less = (String, Vec<(String, Vec<u8>)>);

/// More ways to go without: all of one node, one log, the beginning or the end of the cluster logs, snapshots, logs.
type Way = fn(&[(String, Vec<u8>)], &mut Random) -> Less;

pub(crate) const WITHOUT: &[(&str, Way)] = &[
    ("one node", without_a_node),
    ("one log", without_a_log),
    ("the logs' beginning", |files, random| without_a_part(files, random, ".part1.log")),
    ("the logs' end", |files, random| without_a_part(files, random, ".part2.log")),
    ("snapshots", |files, _| ("without snapshots".into(), only(files, is_log))),
    ("logs", |files, _| ("without logs".into(), only(files, |path| !is_log(path)))),
];

fn is_log(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".log", ".evtx", ".etl"].iter().any(|end| lower.ends_with(end))
}

fn only(files: &[(String, Vec<u8>)], kept: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    files.iter().filter(|(path, _)| kept(path)).cloned().collect()
}

fn without_a_node(files: &[(String, Vec<u8>)], random: &mut Random) -> Less {
    let node = |path: &str| path.strip_prefix("Node_")?.split_once('/').map(|(node, _)| node.to_owned());
    let nodes: BTreeSet<String> = files.iter().filter_map(|(path, _)| node(path)).collect();
    let gone = nodes.iter().nth(random.below(nodes.len())).cloned().unwrap_or_default();
    let kept =
        |path: &str| node(path).is_none_or(|node| node != gone) && !path.starts_with(&format!("{gone}."));
    (format!("without node {gone}"), only(files, kept))
}

fn without_a_log(files: &[(String, Vec<u8>)], random: &mut Random) -> Less {
    let logs: Vec<&str> = files.iter().map(|f| f.0.as_str()).filter(|path| is_log(path)).collect();
    let gone = logs.get(random.below(logs.len())).copied().unwrap_or_default();
    (format!("without log {gone}"), only(files, |path| path != gone))
}

fn without_a_part(files: &[(String, Vec<u8>)], random: &mut Random, part: &str) -> Less {
    (format!("without {part}"), only(&split(files, random), |path| !path.ends_with(part)))
}

/// Every cluster.log in two files, cut before one of its entries.
pub(crate) fn split(files: &[(String, Vec<u8>)], random: &mut Random) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for (path, bytes) in files {
        let borders: Vec<usize> = match path.ends_with("luster.log") && !bytes.starts_with(&[0xff, 0xfe]) {
            true => entries(bytes),
            false => Vec::new(),
        };
        if borders.is_empty() {
            out.push((path.clone(), bytes.clone()));
            continue;
        }
        let at = borders[random.below(borders.len())];
        let stem = path.trim_end_matches(".log");
        out.push((format!("{stem}.part1.log"), bytes[..at].to_vec()));
        out.push((format!("{stem}.part2.log"), bytes[at..].to_vec()));
    }
    out
}

/// Where lines begin that look like entries: `pid.tid::date`.
fn entries(bytes: &[u8]) -> Vec<usize> {
    let starts = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    let is_entry = |at: &usize| bytes[*at..].get(8) == Some(&b'.') && bytes[*at..].get(17..19) == Some(b"::");
    starts.filter(is_entry).collect()
}

/// A cluster of everything that happens, to be sure that each happening is met.
pub(crate) fn of(happening: Happening, seed: u64) -> Option<Spec> {
    let (windows, storage) = match seed % 4 {
        0 => (Windows::Server2012R2, Storage::San),
        1 => (Windows::Server2016, Storage::SharedSpaces),
        2 => (Windows::Server2019, Storage::San),
        _ => (Windows::Server2022, Storage::SpacesDirect),
    };
    let spec = Spec { hours: 6, happenings: vec![happening], ..Spec::quiet(seed, windows, storage) };
    spec.allows(happening).then_some(spec)
}
