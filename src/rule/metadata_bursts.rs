//! Bursts of metadata: growing disk files, checkpoints, mass starts. They always go to the volume's owner, and are no
//! redirection.
//!
//! Told by the counter `Metadata IO/sec` of the set `Cluster CSV File System` on nodes that are direct and do not own the
//! volume. What is many is not published: the bound is ours.

use std::collections::{BTreeMap, BTreeSet};

use super::support::{self, Episode, Told, say, traffic};
use super::{Judgement, Rule};
use crate::case::{Case, VolumeStory};
use crate::fact::{Certainty, Instant, ModeKind, Name, Role, Span, VolumeClaim};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "metadata-bursts";

/// Operations a second from which metadata is told as a burst.
const MANY: u64 = 100;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "Bursts of metadata went to the owner of a volume: no redirection",
    meaning: "Metadata of a Cluster Shared Volume always goes to its owner over SMB, also in direct mode: when disk files \
              grow, checkpoints are made or merged, or many VMs start. Reads and writes of data still went straight to the \
              disk.",
    versions: "Windows Server 2012 R2 and later (the counter set of 2012 R2 is kept)",
    verdicts: &[Verdict::NotRedirection],
    explains: &[Effect::Traffic],
    needs: &[
        "the counter Cluster CSV File System, Metadata IO/sec, of a node that does not own the volume",
        "mode Direct of that node at the time",
    ],
    against: &["bytes measured as redirected on that node: then data went through the owner too"],
    next_steps: &[
        "Fixed-size disk files, or expanding them in a quiet hour (Resize-VHD), end the growth.",
        "Plan checkpoints, merges and mass starts apart from busy hours, or run such VMs on the volume's owner.",
    ],
    sources: &[
        "learn.microsoft.com, windows-server/failover-clustering/failover-cluster-csvs: metadata is synchronised through the \
         owner over SMB 3",
        "techcommunity.microsoft.com, failover clustering 371980: Cluster Shared Volume performance counters",
        "aidanfinn.com, CSV of 2012: which operations are metadata",
    ],
    check,
};

/// A stretch of a minute, at most, with many operations.
struct Minute<'a> {
    told: &'a Told<'a>,
    from: Instant,
    to: Instant,
    rate: u64,
    sure: Certainty,
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let told = support::told(case, |claim| matches!(claim, VolumeClaim::MetadataIo { .. }));
    let mut busy: BTreeMap<usize, Vec<Minute<'_>>> = BTreeMap::new();
    for one in &told {
        let (VolumeClaim::MetadataIo { operations, nanos }, Some(at), Some(node)) =
            (one.claim, one.at, one.node)
        else {
            continue;
        };
        let rate = operations.saturating_mul(1_000_000_000) / (*nanos).max(1) as u64;
        let Some(sure) = direct_off_owner(&case.volumes[one.volume], node, at) else { continue };
        if rate >= MANY {
            let to = Instant(at.0.saturating_add(*nanos));
            busy.entry(one.volume).or_default().push(Minute { told: one, from: at, to, rate, sure });
        }
    }
    for (volume, mut busy) in busy {
        let redirected: Vec<_> = traffic::beside_direct(case, volume).collect();
        let redirected: BTreeSet<&Name> = traffic::nodes(&redirected);
        busy.retain(|m| m.told.node.is_some_and(|node| !redirected.contains(node)));
        busy.sort_by_key(|m| m.from);
        let near = |a: &Minute<'_>, b: &Minute<'_>| b.from.0.saturating_sub(a.to.0) <= support::NEAR as i64;
        out.findings.extend(busy.chunk_by(near).map(|burst| finding(case, volume, burst)));
    }
    let counted = case.traffic.iter().filter(|t| t.source == "csvfs_counter").filter_map(|t| t.volume);
    let open: BTreeSet<usize> = counted.filter(|v| told.iter().all(|one| one.volume != *v)).collect();
    let open: Vec<String> = open.into_iter().map(|v| case.volumes[v].label()).collect();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |volumes| format!("how much metadata went to the owner of {volumes}: that counter was not among those gathered"),
        "Get-Counter -Counter '\\Cluster CSV File System(*)\\Metadata IO/sec' -SampleInterval 5 -MaxSamples 720 | \
         Export-Counter -Path metadata.csv -FileFormat csv",
    ));
    out
}

/// How sure it is that the node was direct and another the owner; `None` where it was not so.
fn direct_off_owner(volume: &VolumeStory, node: &Name, at: Instant) -> Option<Certainty> {
    let (_, timeline) = volume.io_mode.iter().find(|(name, _)| name == node)?;
    let mode = timeline.piece_at(at).filter(|p| p.value.is_some_and(|m| m.kind == ModeKind::Direct))?;
    let owner = volume.coordinator.piece_at(at)?;
    let other = owner.value.as_ref().is_some_and(|owner| owner != node);
    other.then(|| mode.span.certainty.min(owner.span.certainty))
}

fn finding(case: &Case, volume: usize, burst: &[Minute<'_>]) -> Finding {
    let label = case.volumes[volume].label();
    let nodes: BTreeSet<Name> = burst.iter().filter_map(|m| m.told.node.cloned()).collect();
    let most = burst.iter().map(|m| m.rate).max().unwrap_or_default();
    let span = Span {
        from: burst.first().map(|m| m.from),
        to: burst.iter().map(|m| m.to).max(),
        certainty: Case::weakest(burst.iter().map(|m| m.sure)).min(Certainty::Derived),
        evidence: Vec::new(),
    };
    let first = nodes.iter().next().cloned().unwrap_or_else(|| Name::new(""));
    let mut episode = Episode::told(first, span);
    burst.iter().take(4).for_each(|m| episode.cite(m.told.fact, Role::Supports));
    let direct = match episode.span.certainty > Certainty::Assumed {
        true => "The volume was direct there",
        false => "As far as is known the volume was direct there",
    };
    let claim = format!(
        "{} sent up to {most} metadata operations a second to the owner of {label} {}. {direct}, and no \
         data was measured as redirected: disk files grew, checkpoints were made or merged, or many VMs started. Metadata \
         always goes to the owner.",
        words::list(&nodes, 6),
        words::when(&episode.span, case.from, case.to),
    );
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("A burst of metadata went to the owner of {label}, no data"),
        verdict: Verdict::NotRedirection,
        claim,
        subjects: Subjects { volumes: vec![volume], vms: Vec::new(), nodes: nodes.into_iter().collect() },
        next_steps: vec![say::step(
            "Nothing needs repair. Which disk files grow?",
            &["Get-VM | Get-VMHardDiskDrive | Get-VHD | Format-Table Path, VhdType, FileSize, Size".into()],
        )],
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Traffic;
    use crate::fact::{Certainty, FileSystem, IoMode, Span, StorageKind, TrafficPath, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    /// N2 owns; both are direct. Minutes with operations, as a node counts them.
    fn base(node: &str, minutes: &[(i64, u64)]) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        for node in ["N1", "N2"] {
            b.mode(v, node, (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        }
        for &(minute, operations) in minutes {
            let claim = VolumeClaim::MetadataIo { operations, nanos: 60_000_000_000 };
            b.event(minute, node, v, claim, "Metadata IO/sec");
        }
        (b, v)
    }

    fn traffic(v: usize, path: TrafficPath) -> Traffic {
        Traffic {
            span: Span {
                from: Some(at(0)),
                to: Some(at(600)),
                certainty: Certainty::Observed,
                evidence: Vec::new(),
            },
            volume: Some(v),
            node: Some("N1".into()),
            file: None,
            vm: None,
            path,
            read: 4096,
            written: 0,
            undirected: 0,
            operations: None,
            lossy: false,
            source: "csvfs_counter",
        }
    }

    #[test]
    fn found_off_the_owner_as_one_burst() {
        let (b, v) = base("N1", &[(10, 60), (60, 30_000), (61, 60_000), (300, 50)]);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, &f.subjects.volumes), (Verdict::NotRedirection, &vec![v]));
        assert_eq!((f.span.from, f.span.to), (Some(at(60)), Some(at(62))));
        assert!(f.claim.contains("up to 1000 metadata operations"), "{}", f.claim);
    }

    #[test]
    fn not_found_on_the_owner_or_below_the_bound_or_beside_redirected_bytes() {
        let count = |b: Build| check(&b.done().0).findings.len();
        assert_eq!(count(base("N2", &[(60, 30_000)]).0), 0);
        assert_eq!(count(base("N1", &[(60, 600)]).0), 0);
        let (mut b, v) = base("N1", &[(60, 30_000)]);
        b.case.traffic.push(traffic(v, TrafficPath::FileSystemRedirected));
        assert_eq!(count(b), 0);
    }

    #[test]
    fn could_not_tell_where_other_counters_were_gathered() {
        let (mut b, v) = base("N1", &[]);
        b.case.traffic.push(traffic(v, TrafficPath::Direct));
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
