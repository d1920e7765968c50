//! Data deduplication on a Cluster Shared Volume: supported, and no reason for the volume to be redirected.
//!
//! That files which it has optimised are served through the owner is told, and not published: where redirected I/O was
//! measured beside a direct mode, deduplication is shown as one thing that it may come from.

use std::collections::BTreeMap;

use super::support::{self, say, traffic};
use super::{Judgement, Rule};
use crate::case::{Case, Traffic};
use crate::fact::{Certainty, FactId, Name, Role, Span, VolumeClaim};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "deduplication";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A volume is deduplicated: its mode stays as it is, single files may go through the owner",
    meaning: "Data deduplication is supported on Cluster Shared Volumes and is no reason for redirecting a volume. Files \
              that it has optimised are read through its filter on the owner, it is said; no published source confirms it, so \
              measured bytes decide.",
    versions: "Windows Server 2012 R2 and later",
    verdicts: &[Verdict::ByDesign, Verdict::Undetermined],
    explains: &[Effect::Traffic],
    needs: &[
        "Get-DedupVolume, with Enabled, for the Cluster Shared Volume",
        "for single files: bytes measured as redirected while the mode is Direct (trace or counters)",
    ],
    against: &["a reason for redirection in Get-ClusterSharedVolumeState: deduplication is none of them"],
    next_steps: &[
        "Measure: a trace or the counters of CSVFS tell redirected bytes of a volume whose mode is Direct.",
        "If it costs too much, let the VM run on the owner, or exclude its folder from deduplication (Set-DedupVolume \
         -ExcludeFolder) and rewrite the file (Expand-DedupFile).",
    ],
    sources: &[
        "learn.microsoft.com, windows-server/failover-clustering/failover-cluster-csvs (2019): data deduplication on Cluster \
         Shared Volumes is supported since 2012 R2",
        "learn.microsoft.com, previous-versions hh831454: deduplicated volumes fail over, every node needs the feature",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut told: BTreeMap<usize, (FactId, bool)> = BTreeMap::new();
    for one in support::told(case, |claim| matches!(claim, VolumeClaim::Deduplication { .. })) {
        if let VolumeClaim::Deduplication { enabled } = one.claim {
            told.insert(one.volume, (one.fact, *enabled));
        }
    }
    let mut open = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let measured: Vec<&Traffic> = traffic::beside_direct(case, at).collect();
        match told.get(&at) {
            Some((fact, true)) => out.findings.push(finding(case, at, *fact, &measured)),
            Some((_, false)) => {}
            // A list of the cluster's deduplicated volumes that does not name this one says that it is none.
            None if !measured.is_empty() && told.is_empty() => open.push(volume.label()),
            None => {}
        }
    }
    if case.os_build().is_none_or(|build| build >= 9600) {
        out.not_judged.extend(say::not_judged(
            ID,
            &open,
            |volumes| {
                format!(
                    "whether {volumes} is deduplicated: files there were redirected, as measured, while the mode was Direct"
                )
            },
            "Get-DedupVolume | Export-Clixml -Depth 3 DedupVolume.xml",
        ));
    }
    out
}

fn finding(case: &Case, at: usize, fact: FactId, measured: &[&Traffic]) -> Finding {
    let label = case.volumes[at].label();
    let nodes: Vec<Name> = match measured.is_empty() {
        true => case.nodes.iter().filter_map(|n| n.name.clone()).collect(),
        false => traffic::nodes(measured).into_iter().cloned().collect(),
    };
    let cited = measured.iter().flat_map(|t| &t.span.evidence).take(4).map(|e| (e.fact, Role::Supports));
    let mut span = Span {
        from: measured.iter().filter_map(|t| t.span.from).min(),
        to: measured.iter().filter_map(|t| t.span.to).max(),
        certainty: Certainty::Observed,
        evidence: crate::case::evidence_of(cited.chain([(fact, Role::Opens)])),
    };
    let mut claim = format!(
        "Data deduplication is enabled on {label}. That is supported on a Cluster Shared Volume and is no reason for \
         redirecting it."
    );
    let (title, verdict) = match measured {
        [] => {
            // It was enabled when it was listed; since when, nothing says.
            span.from = case.fact(fact).moment.map(|m| m.at);
            claim.push_str(
                " Whether I/O of files that it has optimised goes through the owner is told and not published; no such bytes \
                 were measured here.",
            );
            (format!("{label} is deduplicated, which does not redirect it"), Verdict::ByDesign)
        }
        _ => {
            span.certainty = Certainty::Derived;
            let bytes: u64 = measured.iter().map(|t| t.read + t.written + t.undirected).sum();
            claim.push_str(&format!(
                " {} were measured as redirected on {} while its mode was Direct: files that deduplication has optimised may \
                 be what went through the owner, a filter's veto (CsvFlt 9216) or a shared disk may be too.",
                words::bytes(bytes),
                words::list(&nodes, 4)
            ));
            (
                format!("{label} is deduplicated, and single files of it were redirected"),
                Verdict::Undetermined,
            )
        }
    };
    Finding {
        rule: ID,
        // What was not measured explains no traffic.
        explains: if measured.is_empty() { &[] } else { RULE.explains },
        title,
        verdict,
        claim,
        subjects: Subjects { volumes: vec![at], vms: Vec::new(), nodes },
        next_steps: vec![
            say::step(
                "Nothing needs repair. Which files has it optimised, and what does it leave out?",
                &[
                    "Get-DedupVolume | Format-List Volume, Enabled, UsageType, ExcludeFolder".into(),
                    "Get-DedupStatus | Format-List Volume, OptimizedFilesCount, LastOptimizationTime".into(),
                ],
            ),
            "Measure single files with a short trace of CSVFS: throughline collect --for windows prints how."
                .into(),
        ],
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Traffic;
    use crate::fact::{Certainty, FileSystem, IoMode, Span, StorageKind, TrafficPath, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn base(enabled: Option<bool>, measured: bool) -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        if let Some(enabled) = enabled {
            b.event(600, "N1", v, VolumeClaim::Deduplication { enabled }, "Enabled : True");
        }
        let span = Span {
            from: Some(at(10)),
            to: Some(at(20)),
            certainty: Certainty::Observed,
            evidence: Vec::new(),
        };
        if measured {
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
        }
        b
    }

    #[test]
    fn found_and_by_design() {
        let out = check(&base(Some(true), false).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        assert_eq!(out.findings[0].verdict, Verdict::ByDesign);
        assert!(out.findings[0].claim.contains("not published"), "{}", out.findings[0].claim);
    }

    #[test]
    fn found_beside_redirected_bytes_it_stays_open() {
        let f = &check(&base(Some(true), true).done().0).findings[0];
        assert_eq!((f.verdict, f.span.from), (Verdict::Undetermined, Some(at(10))));
        assert!(f.claim.contains("measured as redirected on N1"), "{}", f.claim);
    }

    #[test]
    fn not_found_where_it_is_off_or_nothing_says() {
        let count = |b: Build| {
            let out = check(&b.done().0);
            (out.findings.len(), out.not_judged.len())
        };
        assert_eq!(count(base(Some(false), true)), (0, 0));
        assert_eq!(count(base(None, false)), (0, 0));
    }

    #[test]
    fn could_not_tell_where_files_were_redirected() {
        let out = check(&base(None, true).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
