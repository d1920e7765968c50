//! A snapshot of a volume was made or deleted: I/O waits for a moment on every node.
//!
//! Told by event 5156, or by a pause with the status STATUS_CLUSTER_CSV_NO_SNAPSHOTS. Before Windows Server 2016 the same
//! number is called STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR, which says nothing of snapshots: there the rule cannot tell.

use super::support::pauses::{Pause, pauses};
use super::support::{self, Told, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Instant, NtStatus, PauseKind, Role, VolumeClaim};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "snapshot-pause";

/// A minute, nanoseconds. "Brief" is all that is published of a snapshot's pause; the bound is ours.
const LONG: i64 = 60_000_000_000;

/// `STATUS_CLUSTER_CSV_NO_SNAPSHOTS`, before 2016 `STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR`.
const CODE: u32 = 0xc013_0021;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A snapshot of a volume was made or deleted, and I/O waited for a moment",
    meaning: "A backup makes a snapshot of the volume and deletes it again; each time the volume pauses on every node, \
              and then I/O goes on as before. A moment is normal; a long pause points to the backup's driver or provider.",
    versions: "Windows Server 2012 and later (2008 R2 redirects for the whole backup instead)",
    verdicts: &[Verdict::Temporary],
    explains: &[Effect::Pause],
    needs: &[
        "event 5156, or event 5120 or 9296 with STATUS_CLUSTER_CSV_NO_SNAPSHOTS",
        "event 5122 or the volume's state on each node, for how long it took",
    ],
    against: &[
        "another status in the pause: a network or disk status has another cause",
        "a pause that does not end, or recurs without a backup",
    ],
    next_steps: &[
        "Short pauses at the times of backups need nothing.",
        "Long ones: update the backup's filter driver and hardware provider; move the backup off busy hours.",
        "Event 1584 says that a backup made a snapshot without preparing the volume: update or configure the backup.",
    ],
    sources: &[
        "message tables of Windows Server 2016 and 2019 (events 5120, 5156, 1584, 5216 to 5218)",
        "techcommunity.microsoft.com, failover clustering 371994: statuses of event 5120",
        "learn.microsoft.com, troubleshooting of event 5120: c0130021 and its two names",
    ],
    check,
};

fn says_snapshot(kind: PauseKind, status: &NtStatus) -> bool {
    kind == PauseKind::Snapshot || status.text.to_ascii_uppercase().contains("NO_SNAPSHOTS")
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let modern = case.os_build().is_some_and(|build| build >= 14393);
    let old = case.os_build().is_some_and(|build| build < 9200);
    let told =
        support::told(case, |claim| matches!(claim, VolumeClaim::Snapshot { event: 1584 | 5216..=5218 }));
    // CSVFS prints the number alone: since 2016 it has one meaning.
    let wanted = |kind: PauseKind, status: &NtStatus| {
        says_snapshot(kind, status) || (modern && status.code == Some(CODE))
    };
    let beside = support::by_volume(case, &told);
    for pause in pauses(case, wanted) {
        let beside = &beside[pause.volume];
        out.findings.push(finding(case, pause, beside));
    }
    let unnamed = pauses(case, |kind, status| {
        !modern && !old && status.code == Some(CODE) && !says_snapshot(kind, status)
    });
    let mut open: Vec<String> = unnamed.iter().map(|p| case.volumes[p.volume].label()).collect();
    open.dedup();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |volumes| {
            format!(
                "why {volumes} paused with status c0130021: before Windows Server 2016 it does not say that a snapshot was \
                 the reason; the times of backups would"
            )
        },
        "wevtutil epl Application \"$env:COMPUTERNAME-Application.evtx\"",
    ));
    out
}

fn finding(case: &Case, pause: Pause, told: &[&Told<'_>]) -> Finding {
    let label = case.volumes[pause.volume].label();
    let long = pause.nanos().is_none_or(|nanos| nanos > LONG);
    let lasted = match pause.nanos() {
        Some(nanos) => format!("for {} in all", words::length(nanos)),
        None => "; when it went on was not read".into(),
    };
    let Pause { volume, mut episode, ended, statuses } = pause;
    let at = episode.span.from.map(words::instant).unwrap_or_default();
    let mut claim = format!(
        "{label} paused on {} at {at} {lasted}: the nodes say {}, which is what a snapshot's making or deleting costs. I/O \
         waited and was not redirected.",
        words::list(&episode.nodes, 6),
        words::list(&statuses, 3),
    );
    claim = claim.replace(" ;", ";");
    let early = episode.span.from.map(|from| Instant(from.0.saturating_sub(support::NEAR as i64)));
    let near = told[told.partition_point(|t| t.at.is_some() && t.at < early)..].iter();
    let near = near.take_while(|t| t.at.is_some_and(|at| support::holds_near(&episode.span, at)));
    let near: Vec<&&Told<'_>> = near.collect();
    let event =
        |id: u16| near.iter().any(|t| matches!(t.claim, VolumeClaim::Snapshot { event } if *event == id));
    if event(1584) {
        claim.push_str(" Event 1584 says that a backup made a snapshot without preparing the volume.");
    }
    if event(5216) || event(5217) {
        claim.push_str(" A snapshot failed around it (event 5216 or 5217).");
    }
    for told in near.iter().take(4) {
        episode.cite(told.fact, Role::Supports);
    }
    if long {
        claim.push_str(match ended {
            true => " That is long for a snapshot: look at the backup's driver and provider.",
            false => " If it lasted, look at the backup's driver and provider.",
        });
    }
    let steps = match long {
        false => vec![
            "Nothing needs repair. If moments of waiting hurt, move the backup to a quiet hour.".to_owned(),
        ],
        true => vec![
            say::step(
                "Which providers and filter drivers take part in snapshots? Update the backup's with its vendor.",
                &["vssadmin list providers".into(), "fltmc instances".into()],
            ),
            say::step("Read what the backup wrote at that time.", &[say::find_event(1584)]),
        ],
    };
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("A snapshot paused {label}{}", if long { ", and for long" } else { " for a moment" }),
        verdict: Verdict::Temporary,
        claim,
        subjects: Subjects {
            volumes: vec![volume],
            vms: Vec::new(),
            nodes: episode.nodes.iter().cloned().collect(),
        },
        next_steps: steps,
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{FileSystem, NtStatus, PauseKind, StorageKind, VolumeClaim, VolumeState};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn paused(kind: PauseKind, status: &str) -> VolumeClaim {
        VolumeClaim::AutoPaused { kind, status: NtStatus::parse(status), from_direct_io: None }
    }

    fn base(build: u32) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", build).node("N2", build);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        (b, v)
    }

    const NAMED: &str = "STATUS_CLUSTER_CSV_NO_SNAPSHOTS(c0130021)";

    #[test]
    fn found_once_for_all_nodes() {
        let (mut b, v) = base(17763);
        for node in ["N1", "N2"] {
            b.event(60, node, v, paused(PauseKind::Failure, NAMED), "entered a paused state");
            b.event(61, node, v, VolumeClaim::Resumed, "resumed normal operation");
        }
        b.event(60, "N1", v, VolumeClaim::Snapshot { event: 1584 }, "without preparing");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.from, f.span.to), (Verdict::Temporary, Some(at(60)), Some(at(61))));
        assert!(f.claim.contains("N1 and N2") && f.claim.contains("Event 1584"), "{}", f.claim);
        assert!(f.title.ends_with("for a moment"), "{}", f.title);
    }

    #[test]
    fn found_long_by_the_state_of_the_volume() {
        let (mut b, v) = base(17763);
        b.event(60, "N1", v, paused(PauseKind::Snapshot, "(c0130021)"), "auto-paused");
        b.state(v, "N1", -1, 60, VolumeState::Active);
        b.state(v, "N1", 60, 70, VolumeState::Paused);
        b.state(v, "N1", 70, 601, VolumeState::Active);
        let f = &check(&b.done().0).findings[0];
        assert_eq!((f.span.to, f.verdict), (Some(at(70)), Verdict::Temporary));
        assert!(f.claim.contains("long for a snapshot") && f.title.contains("for long"), "{}", f.claim);
    }

    #[test]
    fn found_without_an_end_says_so() {
        let (mut b, v) = base(17763);
        b.event(60, "N1", v, paused(PauseKind::Snapshot, "(c0130021)"), "auto-paused");
        let f = &check(&b.done().0).findings[0];
        assert!(f.claim.contains("when it went on was not read"), "{}", f.claim);
    }

    #[test]
    fn not_found_for_another_status() {
        let (mut b, v) = base(17763);
        let status = "STATUS_CONNECTION_DISCONNECTED(c000020c)";
        b.event(60, "N1", v, paused(PauseKind::Failure, status), "entered a paused state");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell_by_the_old_name_of_the_status() {
        let (mut b, v) = base(9600);
        let status = "STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR(c0130021)";
        b.event(60, "N1", v, paused(PauseKind::Failure, status), "entered a paused state");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
