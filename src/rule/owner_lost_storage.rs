//! The owner of a volume lost its disk: I/O pauses on every node, and another node takes the volume over.
//!
//! Judged only where the owner itself says that its device is gone (event 5120 with such a status, or 5150) and the
//! volume had another owner soon after. Pauses with a network status, timeouts and snapshots are other matters,
//! and so is an owner that only fell silent. The rule does not know why the disk went.

use std::collections::BTreeSet;

use super::support::disk::Troubles;
use super::support::{self, Episode, Told, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Channel, FactId, Instant, Name, NtStatus, PauseKind, Role, Span, VolumeClaim};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "owner-lost-storage";
/// `STATUS_NO_SUCH_DEVICE`, `STATUS_DEVICE_NOT_CONNECTED`, `STATUS_DEVICE_DOES_NOT_EXIST`: of those that pause a
/// volume (techcommunity, failover-clustering 371994) the ones that say that the device is gone.
const GONE: [u32; 3] = [0xc000_000e, 0xc000_009d, 0xc000_00c0];
/// How long after the pause the volume may be without an owner before the two no longer belong together.
const TAKEN_OVER: i64 = 600_000_000_000;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "The owner lost the disk of a volume: a pause on every node, then another owner",
    meaning: "The node that owned the volume lost its disk, so I/O paused on every node until another node took the \
              volume over. Look for the fault at the storage or at the paths of the node that owned the volume.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Fault],
    explains: &[Effect::Pause],
    needs: &[
        "event 5120 or CsvFs 9296 of the owner with a status that says that the device is gone, or event 5150",
        "who owned the volume before and after it",
        "disk, mpio and storport events of that node",
    ],
    against: &["a status of the network in event 5120", "the node as a whole went down"],
    next_steps: &[
        "Read disk, mpio and storport events of the node that owned the volume, then check HBA, cable, zone and LUN.",
        "Until that is repaired keep the volume away from the node (Move-ClusterSharedVolume).",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (events 5120, 5150)",
        "techcommunity.microsoft.com, failover-clustering 371994: statuses that pause a volume (event 5120)",
    ],
    check,
};

fn is_gone(status: &NtStatus) -> bool {
    status.code.is_some_and(|code| GONE.contains(&code))
}

/// Does the owner say by this that its disk is gone?
fn says_gone(claim: &VolumeClaim) -> bool {
    match claim {
        VolumeClaim::AutoPaused { kind: PauseKind::Failure, status, .. } => is_gone(status),
        VolumeClaim::Failed { .. } => true,
        _ => false,
    }
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let said = support::told(case, |claim| {
        matches!(claim, VolumeClaim::AutoPaused { kind: PauseKind::Failure, .. } | VolumeClaim::Failed { .. })
    });
    let (by_volume, troubles) = (support::by_volume(case, &said), Troubles::of(case));
    let mut open = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let said: Vec<&Told<'_>> = by_volume[at].iter().copied().filter(|t| t.at.is_some()).collect();
        let mut told_until: Option<Instant> = None;
        for first in said.iter().filter(|t| says_gone(t.claim)) {
            let Some(lost) = first.at.filter(|lost| told_until.is_none_or(|until| *lost > until)) else {
                continue;
            };
            let before = Instant(lost.0.saturating_sub(1));
            let owned = volume.coordinator.piece_at(before).filter(|p| p.span.certainty > Certainty::Assumed);
            let Some(owner) = owned.and_then(|p| p.value.as_ref()) else {
                open.push(volume.label());
                continue;
            };
            if first.node != Some(owner) {
                continue;
            }
            let limit = Instant(lost.0.saturating_add(TAKEN_OVER));
            let pieces = &volume.coordinator.pieces;
            let later = &pieces[pieces.partition_point(|p| p.span.from.is_none_or(|from| from < lost))..];
            let mut soon = later.iter().take_while(|p| p.span.from.is_some_and(|from| from <= limit));
            let next = soon.find(|p| p.value.is_some());
            let Some((next, to)) = next.and_then(|p| Some((p.value.as_ref()?, p))) else { continue };
            if next == owner {
                continue;
            }
            told_until = to.span.from.map(|from| Instant(from.0.saturating_add(support::NEAR as i64)));
            let mut span = Span { from: Some(lost), to: to.span.from, ..to.span.clone() };
            span.certainty = Certainty::Derived.min(to.span.certainty);
            span.evidence = Vec::new();
            let mut episode = Episode::told(owner.clone(), span);
            to.span.evidence.iter().for_each(|e| episode.cite(e.fact, Role::Closes));
            out.findings.push(finding(case, (at, &said), episode, (owner, next), &troubles));
        }
    }
    open.dedup();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |volumes| format!("who owned {volumes} when a node said that its device was gone"),
        &format!("{}\n{}", say::COLLECT_VOLUMES, "Get-ClusterLog -UseLocalTime:$false -Destination ."),
    ));
    if let Some(first) = case.from {
        let names = case.nodes.iter().filter_map(|n| n.name.as_ref());
        let silent: Vec<&Name> =
            names.filter(|name| !support::has_channel(case, name, &Channel::System)).collect();
        let logged = support::covered_nodes(case, &Channel::System, first).len() == case.nodes.len();
        let volumes: Vec<String> = case.volumes.iter().map(|v| v.label()).collect();
        if !silent.is_empty() && !logged && out.findings.is_empty() {
            out.not_judged.extend(say::not_judged(
                ID,
                &volumes,
                |_| format!("the System log of {} (event 5120)", words::list(&silent, 5)),
                say::COLLECT_SYSTEM,
            ));
        }
    }
    out
}

fn finding(
    case: &Case,
    (at, said): (usize, &[&Told<'_>]),
    mut episode: Episode,
    (owner, next): (&Name, &Name),
    troubles: &Troubles<'_>,
) -> Finding {
    let label = case.volumes[at].label();
    let early = episode.span.from.map(|from| Instant(from.0.saturating_sub(support::NEAR as i64)));
    let inside = said[said.partition_point(|t| t.at < early)..].iter();
    let inside = inside.take_while(|t| t.at.is_some_and(|at| support::holds_near(&episode.span, at)));
    let inside: Vec<&&Told<'_>> = inside.collect();
    let mut paused: BTreeSet<Name> = BTreeSet::new();
    for told in inside {
        let role =
            if says_gone(told.claim) && told.node == Some(owner) { Role::Opens } else { Role::Supports };
        episode.cite(told.fact, role);
        paused.extend(told.node.cloned());
    }
    let troubles = near(troubles, owner, &episode.span);
    troubles.iter().take(4).for_each(|fact| episode.cite(*fact, Role::Supports));
    let mut claim = format!(
        "{owner} owned {label} and lost its disk {}: it says that the device is gone. I/O paused on {}, and {next} took \
         the volume over.",
        say::when(case, &episode),
        words::list(&paused, 6)
    );
    claim.push_str(match troubles.is_empty() {
        true => " No disk or path event of that node stands around it.",
        false => " Disk or path events of that node stand around it.",
    });
    claim.push_str(" Meanwhile I/O was held, not redirected.");
    let on = words::powershell(owner);
    let stamp = |nanos: i64| words::rfc3339(Instant(nanos / 1_000_000_000 * 1_000_000_000));
    let mut log = format!("Get-WinEvent -ComputerName {on} -FilterHashtable @{{LogName='System'");
    if let Some(from) = episode.span.from {
        let (begin, end) = (from.0.saturating_sub(TAKEN_OVER), from.0.saturating_add(TAKEN_OVER));
        log.push_str(&format!(
            "; StartTime=[datetime]'{}'; EndTime=[datetime]'{}'",
            stamp(begin),
            stamp(end)
        ));
    }
    log.push('}');
    let nodes: BTreeSet<Name> = paused.into_iter().chain([owner.clone()]).collect();
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{owner} lost the disk of {label} while it owned it; {next} took over"),
        verdict: Verdict::Fault,
        claim,
        subjects: Subjects { volumes: vec![at], vms: Vec::new(), nodes: nodes.into_iter().collect() },
        next_steps: vec![
            say::step(format!("Read what {owner} logged of its disks and paths around it."), &[log]),
            say::step(
                format!("On {owner}: is the disk there, and over how many paths?"),
                &[
                    "Get-Disk | Format-Table Number, FriendlyName, BusType, OperationalStatus".into(),
                    "mpclaim -s -d".into(),
                ],
            ),
        ],
        span: episode.span,
    }
}

/// What the owner said of disks and paths near the loss.
fn near(troubles: &Troubles<'_>, owner: &Name, span: &Span) -> Vec<FactId> {
    let from =
        span.from.map_or(Instant(i64::MIN), |from| Instant(from.0.saturating_sub(support::NEAR as i64)));
    let since = troubles.since(owner, from);
    since.take_while(|(at, ..)| support::holds_near(span, *at)).map(|(_, id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Claim, DiskClaim, DiskRef, FileSystem, NtStatus, PauseKind, StorageKind, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn paused(status: &str) -> VolumeClaim {
        let status = NtStatus::parse(status);
        VolumeClaim::AutoPaused { kind: PauseKind::Failure, status, from_direct_io: None }
    }

    /// N1 owns until minute 61, then `next`.
    fn base(next: &str) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 61, Some("N1")).owner(v, 61, 601, Some(next));
        (b, v)
    }

    #[test]
    fn found_with_all_that_speaks_for_it() {
        let (mut b, v) = base("N2");
        b.event(60, "N1", v, paused("STATUS_DEVICE_NOT_CONNECTED(c000009d)"), "entered a paused state");
        b.event(60, "N2", v, paused("STATUS_VOLUME_DISMOUNTED(c000026e)"), "entered a paused state");
        let disk =
            Claim::Disk(DiskRef::device(r"\Device\MPIODisk3"), DiskClaim::AllPathsFailed { event: 23 });
        b.fact(Some(60), "N1", disk, "all paths have failed");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "{out:?}");
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.from, f.span.to), (Verdict::Fault, Some(at(60)), Some(at(61))));
        for part in ["N1 owned Volume1", "paused on N1 and N2", "N2 took the volume over", "stand around it"]
        {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
        assert_eq!(f.span.evidence.len(), 4);
    }

    #[test]
    fn not_found_for_a_network_status_another_node_or_a_volume_that_stays() {
        let (mut b, v) = base("N2");
        b.event(60, "N1", v, paused("STATUS_CONNECTION_DISCONNECTED(c000020c)"), "entered a paused state");
        assert_eq!(check(&b.done().0).findings.len(), 0);
        let (mut b, v) = base("N2");
        b.event(60, "N2", v, paused("STATUS_DEVICE_NOT_CONNECTED(c000009d)"), "entered a paused state");
        assert_eq!(check(&b.done().0).findings.len(), 0, "the owner itself must say it");
        let (mut b, v) = base("N1");
        b.event(60, "N1", v, paused("STATUS_DEVICE_NOT_CONNECTED(c000009d)"), "entered a paused state");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.event(60, "N1", v, paused("STATUS_DEVICE_NOT_CONNECTED(c000009d)"), "entered a paused state");
        assert_eq!(check(&b.done().0).not_judged.len(), 1);
        let (mut b, _) = base("N2");
        b.without_logs("N2");
        assert_eq!(check(&b.done().0).not_judged.len(), 1);
    }
}
