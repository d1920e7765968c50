//! What was measured: bytes by VM disk, node and way. A figure of a source that lost records is a lower bound and says
//! so.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::Traffic;
use crate::fact::TrafficPath;
use crate::report::Report;
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::words;

/// Rows of the table; beyond this the rest is counted.
const ROWS: usize = 16;

/// The way in words; whether redirected I/O left the node, the owner's place tells.
fn way(traffic: &Traffic) -> &'static str {
    match traffic.path {
        TrafficPath::Direct => "direct (or block redirected)",
        TrafficPath::FileSystemRedirected => "file-system redirected",
        TrafficPath::BlockRedirected => "block redirected",
    }
}

fn bytes(traffic: &Traffic) -> u64 {
    [traffic.read, traffic.written, traffic.undirected].iter().fold(0, |sum, part| sum.saturating_add(*part))
}

/// The measured traffic of what the user asked for.
fn measured<'r>(report: &'r Report<'_>) -> Vec<&'r Traffic> {
    let asked = |traffic: &&Traffic| {
        let volume = traffic
            .volume
            .map_or(report.scope.volumes.is_empty(), |at| report.shown_volumes.get(at) == Some(&true));
        let vm = traffic.vm.map_or(report.scope.vms.is_empty(), |at| report.shown_vms.get(at) == Some(&true));
        let node = traffic.node.as_ref().is_none_or(|node| report.scope.shows_node(node));
        volume && vm && node && report.scope.shows_span(&traffic.span)
    };
    report.case.traffic.iter().filter(asked).collect()
}

/// One sentence for the head of the report, where anything was measured: `Measured: 1.2 GB redirected, ...`.
pub(super) fn sentence(report: &Report<'_>) -> Option<String> {
    let all = measured(report);
    let mut ways: BTreeMap<(&str, &str), (u64, bool)> = BTreeMap::new();
    for traffic in &all {
        let sum = ways.entry((traffic.source, way(traffic))).or_default();
        sum.0 = sum.0.saturating_add(bytes(traffic));
        sum.1 |= traffic.lossy;
    }
    // The figures of two meters are of the same traffic: they are not added, and the most direct one is told.
    let meter = ["csvfs_trace", "csvfs_counter", "volume_manager_counter"]
        .into_iter()
        .find(|meter| ways.keys().any(|(source, _)| source == meter))
        .unwrap_or_default();
    let said = ways.into_iter().filter(|((source, _), _)| *source == meter || meter.is_empty());
    let said: Vec<String> = said
        .map(|((_, way), (bytes, lossy))| {
            format!("{}{} {way}", if lossy { "at least " } else { "" }, words::bytes(bytes))
        })
        .collect();
    (!all.is_empty()).then(|| format!("Measured: {}.", said.join(", ")))
}

pub(super) fn render(page: &mut Page, report: &Report<'_>) {
    let mut all = measured(report);
    if all.is_empty() {
        return;
    }
    page.heading("MEASURED TRAFFIC");
    all.sort_by_key(|traffic| std::cmp::Reverse(bytes(traffic)));
    // Rare, so that the column stands only where it says something.
    let undirected = all.iter().any(|traffic| traffic.undirected > 0);
    // Several meters of one thing are no sum: each row names its own.
    let meters: BTreeSet<&str> = all.iter().map(|traffic| traffic.source).collect();
    let mut head = ["of", "on node", "way", "read", "written"].map(str::to_owned).to_vec();
    head.extend((meters.len() > 1).then(|| "measured by".to_owned()));
    head.extend(undirected.then(|| "either".to_owned()));
    let mut rows = vec![head];
    for traffic in all.iter().take(ROWS) {
        let least =
            |bytes: u64| format!("{}{}", if traffic.lossy { "at least " } else { "" }, words::bytes(bytes));
        // A VM without a name is known by its file.
        let vm = traffic.vm.and_then(|at| report.case.vms.get(at)).filter(|vm| vm.name.is_some());
        let vm = vm.map(|vm| format!("VM {}", vm.label()));
        let volume = traffic.volume.and_then(|at| report.case.volumes.get(at)).map(|volume| volume.label());
        let of = match (vm, &traffic.file, volume) {
            (Some(vm), _, Some(volume)) => format!("{vm} on {volume}"),
            (Some(vm), _, None) => vm,
            (None, Some(file), Some(volume)) => format!("{volume}{file}"),
            (None, Some(file), None) => file.to_string(),
            (None, None, volume) => volume.unwrap_or_else(|| "a volume that is not known".into()),
        };
        let node = traffic.node.as_ref().map_or("not known".into(), ToString::to_string);
        let mut row = vec![of, node, way(traffic).into(), least(traffic.read), least(traffic.written)];
        row.extend((meters.len() > 1).then(|| traffic.source.replace('_', " ")));
        row.extend(undirected.then(|| match traffic.undirected {
            0 => "-".into(),
            bytes => least(bytes),
        }));
        rows.push(row);
    }
    page.table(2, &rows, if undirected { 30 } else { 40 });
    if undirected {
        page.paragraph(
            2,
            "\"either\" is of I/O whose beginning, and with it the direction, is not in the trace.",
        );
    }
    if let Some(more) = all.len().checked_sub(ROWS).filter(|more| *more > 0) {
        page.paragraph(2, &format!("and {}; --format json has all", words::count(more, "more row")));
    }
    if all.iter().any(|traffic| traffic.lossy) {
        let text =
            "Records were lost, so figures marked \"at least\" are lower bounds; see READ for what was lost.";
        page.hanging(2, "", text, Some(Tone::Warn));
    }
}

#[cfg(test)]
mod tests {
    use super::{render, sentence};
    use crate::case::Traffic;
    use crate::fact::{Certainty, FileSystem, Instant, Span, StorageKind, TrafficPath};
    use crate::fixture::Build;
    use crate::report::page::Page;
    use crate::report::{Report, Scope, Style};
    use crate::rule::Judgement;

    #[test]
    fn a_lower_bound_says_so() {
        let mut b = Build::new(60);
        b.node("N1", 20348);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.vm("sql", &[v]);
        let (mut case, _) = b.done();
        let traffic = |path, lossy, vm| Traffic {
            span: Span {
                from: Some(Instant(0)),
                to: Some(Instant(1)),
                certainty: Certainty::Observed,
                evidence: Vec::new(),
            },
            volume: Some(0),
            node: Some("N1".into()),
            file: Some(r"\VMs\a.vhdx".into()),
            vm,
            path,
            read: 1_500_000,
            written: 0,
            undirected: 0,
            operations: None,
            lossy,
            source: "csvfs_trace",
        };
        case.traffic.push(traffic(TrafficPath::FileSystemRedirected, true, Some(0)));
        case.traffic.push(traffic(TrafficPath::Direct, false, None));
        let report = Report::new(&case, Judgement::default(), Scope::default());
        let said = sentence(&report).expect("a sentence");
        assert_eq!(
            said,
            "Measured: 1.5 MB direct (or block redirected), at least 1.5 MB file-system redirected."
        );
        let mut page = Page::new(Style::PLAIN);
        render(&mut page, &report);
        let text = page.finish();
        for part in ["VM sql on Volume1", r"Volume1\VMs\a.vhdx", "at least 1.5 MB", "lower bounds"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        case.traffic.clear();
        assert_eq!(sentence(&Report::new(&case, Judgement::default(), Scope::default())), None);
    }
}
