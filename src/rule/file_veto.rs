//! A filter driver on the owner forbids direct I/O for single files (CsvFlt 9216): their I/O goes through the owner
//! while the volume's mode stays direct.
//!
//! The event names an altitude and a path within the volume, neither driver nor volume: the driver is named where
//! `fltmc` of that node lists the altitude, the volume where the path is the disk of one VM. How long a veto
//! holds is not established. The channel is off by default, so its silence proves nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::support;
use super::support::{say, traffic};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Claim, FactId, FilterClaim, FsReasons, Instant, Name, Role, Span};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "file-veto";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A filter driver forbids direct I/O for single files of a volume",
    meaning: "A minifilter on the owner refused direct I/O for a file, so that file's I/O goes through the owner from \
              every node, though Get-ClusterSharedVolumeState shows the volume as Direct. Other files of the \
              volume are not concerned.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Configuration],
    explains: &[Effect::Traffic],
    needs: &[
        "event 9216 of Microsoft-Windows-FailoverClustering-CsvFlt-Diagnostic (off by default), with file and altitude",
        "fltmc of the node that logged it, to name the driver at that altitude",
    ],
    against: &["the volume as a whole is redirected: then the file is not the reason"],
    next_steps: &[
        "fltmc on the owner: which driver stands at the altitude that the event names.",
        "Update or remove the driver with its vendor, or ask the vendor to leave virtual disks alone.",
    ],
    sources: &[
        "message tables of Windows Server 2012 to 2019 (CsvFlt event 9216)",
        "learn.microsoft.com, winioctl: CSV_QUERY_VETO_FILE_DIRECT_IO_OUTPUT",
    ],
    check,
};

/// The vetoes of one filter on one node for one file.
struct Veto<'a> {
    node: Option<&'a Name>,
    altitude: &'a str,
    file: &'a str,
    reasons: BTreeSet<&'a str>,
    facts: Vec<FactId>,
    times: Vec<Instant>,
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut vetoes: BTreeMap<(Option<&Name>, &str, String), Veto<'_>> = BTreeMap::new();
    for (id, placed) in case.facts() {
        let Claim::Filter(_, FilterClaim::Vetoed { altitude, file, reason }) = &placed.fact.claim else {
            continue;
        };
        let node = placed.fact.reporter.as_ref();
        let key = (node, altitude.as_str(), file.to_ascii_lowercase());
        let new =
            || Veto { node, altitude, file, reasons: BTreeSet::new(), facts: Vec::new(), times: Vec::new() };
        let veto = vetoes.entry(key).or_insert_with(new);
        veto.reasons.insert(reason);
        veto.facts.push(id);
        veto.times.extend(placed.moment.map(|m| m.at));
    }
    out.findings.extend(vetoes.values().filter_map(|veto| finding(case, veto)));
    let open: Vec<String> = match vetoes.is_empty() {
        true => (0..case.volumes.len())
            .filter(|&v| traffic::beside_direct(case, v).next().is_some())
            .map(|v| case.volumes[v].label())
            .collect(),
        false => Vec::new(),
    };
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |volumes| {
            format!(
                "why files of {volumes} were redirected, as measured, while the mode was Direct: CsvFlt event 9216 \
                 names a file that a filter vetoes"
            )
        },
        "wevtutil epl Microsoft-Windows-FailoverClustering-CsvFlt/Diagnostic \"$env:COMPUTERNAME-CsvFlt.evtx\"",
    ));
    out
}

/// The VMs and the volume whose disk the vetoed file is: the path without its volume, so it must be one volume's.
fn disk_of(case: &Case, file: &str) -> Option<(usize, Vec<usize>)> {
    let file = file.trim_start_matches('\\').to_ascii_lowercase();
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (vm, story) in case.vms.iter().enumerate() {
        for disk in &story.disks {
            let path = disk.path.to_ascii_lowercase();
            let below = path.split_once("\\clusterstorage\\").and_then(|(_, rest)| rest.split_once('\\'));
            if let (Some(volume), Some((_, below))) = (disk.volume, below)
                && below == file
            {
                found.entry(volume).or_default().push(vm);
            }
        }
    }
    if found.len() == 1 { found.pop_first() } else { None }
}

/// Drivers that `fltmc` of the node lists at the altitude.
fn drivers<'a>(case: &'a Case, veto: &Veto<'_>) -> BTreeMap<&'a Name, FactId> {
    let mut out = BTreeMap::new();
    for (id, placed) in case.facts() {
        let Claim::Filter(
            filter,
            FilterClaim::Registered { altitude: Some(altitude), .. }
            | FilterClaim::Attached { altitude: Some(altitude), .. },
        ) = &placed.fact.claim
        else {
            continue;
        };
        let here = placed.fact.reporter.as_ref() == veto.node;
        if here && altitude == veto.altitude && !filter.name.is_empty() {
            out.entry(&filter.name).or_insert(id);
        }
    }
    out
}

fn finding(case: &Case, veto: &Veto<'_>) -> Option<Finding> {
    let disk = disk_of(case, veto.file);
    let (first, last) = (veto.times.iter().min().copied(), veto.times.iter().max().copied());
    if let (Some((volume, _)), Some(first)) = (&disk, first) {
        // The volume as a whole is redirected for a filter: that rule tells it and cites the vetoes.
        let whole = |m: &crate::fact::IoMode| m.file_system.has(FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER);
        let told = support::episodes(&case.volumes[*volume], whole);
        if told.iter().any(|e| support::holds_near(&e.span, first)) {
            return None;
        }
    }
    let drivers = drivers(case, veto);
    let roles = veto.facts.iter().map(|fact| (*fact, Role::Opens));
    let evidence =
        crate::case::evidence_of(roles.chain(drivers.values().map(|fact| (*fact, Role::Supports))));
    let to = last.map(|last| Instant(last.0.saturating_add(1)));
    let span = Span { from: first, to, certainty: Certainty::Observed, evidence };
    let by = match drivers.len() {
        0 => format!("The filter at altitude {}", veto.altitude),
        _ => format!("{} (altitude {})", words::list(drivers.keys(), 3), veto.altitude),
    };
    let when = match (first, last) {
        (Some(first), Some(last)) if first != last => {
            format!("{} times from {} to {}", veto.facts.len(), words::instant(first), words::instant(last))
        }
        (Some(first), _) => format!("at {}", words::instant(first)),
        (None, _) => "at a time that is not known".into(),
    };
    let on = veto.node.map(|node| format!(" on {node}")).unwrap_or_default();
    let label = disk.as_ref().map(|(volume, _)| case.volumes[*volume].label());
    let mut claim = format!(
        "{by}{on} vetoed direct I/O for the file {} {when} (reason {}): its I/O then goes through the owner, though \
         the volume's mode may read Direct. How long a veto holds is not established.",
        veto.file,
        words::list(&veto.reasons, 3)
    );
    match &disk {
        Some((volume, vms)) => claim.push_str(&format!(
            " The file is a disk of {} on {}.",
            words::list(vms.iter().map(|&vm| case.vms[vm].label()), 4),
            case.volumes[*volume].label()
        )),
        None => claim.push_str(" On which volume the file lies the event does not say."),
    }
    if drivers.is_empty() {
        claim.push_str(" Which driver stands at that altitude was not read.");
    }
    let of = label.map(|label| format!(" of {label}")).unwrap_or_default();
    let (volumes, vms) = disk.map_or((Vec::new(), Vec::new()), |(volume, vms)| (vec![volume], vms));
    Some(Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{by} vetoes direct I/O for a file{of}"),
        verdict: Verdict::Configuration,
        claim,
        subjects: Subjects { volumes, vms, nodes: veto.node.cloned().into_iter().collect() },
        next_steps: vec![
            say::step(
                format!("See which driver stands at altitude {}{on}.", veto.altitude),
                &["fltmc".into()],
            ),
            "Update or remove it with its vendor, or have the vendor leave virtual disks alone.".into(),
        ],
        span,
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Traffic;
    use crate::fact::{
        Certainty, Claim, FileSystem, FilterClaim, FilterRef, FsReasons, IoMode, Span, StorageKind,
        TrafficPath,
    };
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn base(mode: IoMode) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (-1, 601), Some(mode), Certainty::Observed);
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        (b, v)
    }

    fn veto(b: &mut Build, minute: i64, file: &str) {
        let (altitude, reason) = ("280700".to_owned(), "5".to_owned());
        let claim = FilterClaim::Vetoed { altitude, file: file.into(), reason };
        b.fact(
            Some(minute),
            "N2",
            Claim::Filter(FilterRef::new(""), claim),
            "has vetoed Direct IO for the file",
        );
    }

    #[test]
    fn found_with_altitude_driver_and_disk() {
        let (mut b, v) = base(IoMode::DIRECT);
        let disk = b.case.vms[0].disks[0].path.rsplit_once("Volume1").map(|(_, rest)| rest.to_owned());
        veto(&mut b, 60, disk.as_deref().unwrap());
        veto(&mut b, 70, disk.as_deref().unwrap());
        let at_altitude = FilterClaim::Registered { instances: Some(3), altitude: Some("280700".into()) };
        b.fact(None, "N2", Claim::Filter(FilterRef::new("cdpflt"), at_altitude.clone()), "cdpflt  3  280700");
        b.fact(None, "N1", Claim::Filter(FilterRef::new("other"), at_altitude), "other  3  280700");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "one, told twice");
        let f = &out.findings[0];
        assert_eq!((f.verdict, &f.subjects.volumes), (Verdict::Configuration, &vec![v]));
        assert!(f.title.contains("cdpflt (altitude 280700)") && f.title.contains("Volume1"), "{}", f.title);
        assert_eq!((f.span.from, f.span.evidence.len()), (Some(at(60)), 3));
    }

    #[test]
    fn found_without_driver_and_volume_says_so() {
        let (mut b, _) = base(IoMode::DIRECT);
        veto(&mut b, 60, r"\elsewhere\x.vhdx");
        let f = &check(&b.done().0).findings[0];
        assert!(f.subjects.volumes.is_empty());
        assert!(
            f.claim.contains("altitude was not read") && f.claim.contains("event does not say"),
            "{}",
            f.claim
        );
    }

    #[test]
    fn not_found_or_told_by_the_rule_of_the_whole_volume() {
        let (b, _) = base(IoMode::DIRECT);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let filter = IoMode::file_system(FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER);
        let (mut b, _) = base(filter);
        let disk = b.case.vms[0].disks[0].path.rsplit_once("Volume1").map(|(_, rest)| rest.to_owned());
        veto(&mut b, 60, disk.as_deref().unwrap());
        assert_eq!(check(&b.done().0).findings.len(), 0);
    }

    #[test]
    fn could_not_tell_where_redirected_bytes_were_measured_beside_direct_mode() {
        let (mut b, v) = base(IoMode::DIRECT);
        let span = Span {
            from: Some(at(10)),
            to: Some(at(20)),
            certainty: Certainty::Observed,
            evidence: Vec::new(),
        };
        b.case.traffic.push(Traffic {
            span,
            volume: Some(v),
            node: Some("N1".into()),
            file: None,
            vm: None,
            path: TrafficPath::FileSystemRedirected,
            read: 4096,
            written: 0,
            undirected: 0,
            operations: None,
            lossy: false,
            source: "csvfs_trace",
        });
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
