//! A node left the cluster and nobody had stopped it: its volumes waited until other nodes took them over.
//!
//! Found by event 1135 of the nodes that stayed, or the engine's line. Whether the node was stopped in order is told by
//! itself or by the others' engine; where its own log does not reach there, nothing is called a fault. Isolation and
//! quarantine are another rule's matter.

use super::support::departure::{self, Parting, Told, plus};
use super::support::{self, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Channel, Name, Span};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "node-down";
/// Ten minutes, nanoseconds: isolation and quarantine that belong to a departure lie this near.
const NEAR: i64 = 600_000_000_000;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A node left the cluster without being stopped",
    meaning: "The other nodes removed a node that nobody had stopped: it crashed, its cluster service failed, or they lost \
              all connections to it. I/O to the volumes that it owned waits on every node until another takes them over, \
              and its VMs start elsewhere.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Fault, Verdict::Undetermined],
    explains: &[Effect::Pause],
    needs: &[
        "event 1135 (System log) or the cluster log of a node that stayed",
        "the System log of the node that left: did it stop in order, fail, or restart?",
    ],
    against: &[
        "the node was stopped, shut down or evicted in the ten minutes before",
        "it was isolated or quarantined then",
    ],
    next_steps: &[
        "Read the node's System log around it: 41 and 6008 (unexpected restart), 1177 (quorum lost), 1146 (resource host).",
        "Compare with the networks between the nodes: events 1126, 1127, 1129 and 1130.",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (events 1135, 1177, 5120, 5157)",
        "learn.microsoft.com, Failover Clustering system log events (event 1135)",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let (told, signs) = (departure::told(case), departure::Signs::of(case));
    for left in departure::departures(case) {
        let apart = told.get(left.node).into_iter().flatten().any(|(at, told, _)| {
            matches!(told, Told::Isolated(true) | Told::Quarantined)
                && at.0.saturating_sub(left.at.0).saturating_abs() <= NEAR
        });
        if left.parting != Parting::Orderly && !apart {
            out.findings.push(finding(case, &signs, &left));
        }
    }
    let watched =
        support::somewhere(case, &Channel::System) || support::somewhere(case, &Channel::ClusterEngine);
    if !watched && out.findings.is_empty() {
        out.not_judged.extend(say::not_judged(
            ID,
            &["any node".to_owned()],
            |node| format!("the System log or the cluster log of {node} that reaches over the time: event 1135 tells of nodes that left"),
            &format!("{}\nGet-ClusterLog -UseLocalTime:$false -Destination .", say::COLLECT_SYSTEM),
        ));
    }
    out
}

fn finding(case: &Case, signs: &departure::Signs<'_>, left: &departure::Departure<'_>) -> Finding {
    let after = departure::aftermath(case, signs, left.node, left.at);
    let facts = left.facts.iter().chain(&after.facts).copied();
    let span = Span {
        from: after.from.map(|from| from.min(left.at)),
        to: Some(after.to.unwrap_or(left.at).max(plus(left.at, 1))),
        certainty: Certainty::Derived,
        evidence: crate::case::evidence_of(facts),
    };
    let (how, verdict) = match left.parting {
        Parting::Failed => ("Its cluster service failed or lost quorum.", Verdict::Fault),
        Parting::Unclean => (
            "Windows logged at its next start that it had gone down unexpectedly (EventLog 6008 or Kernel-Power 41).",
            Verdict::Fault,
        ),
        Parting::Restarted => {
            ("Windows started on it again, and nothing had stopped it in order.", Verdict::Fault)
        }
        Parting::Silent => (
            "Its own System log tells of no stop and no restart then: its cluster service or all connections to it failed.",
            Verdict::Fault,
        ),
        Parting::Orderly | Parting::Unknown => (
            "Whether somebody stopped it is not known: its own System log does not reach there.",
            Verdict::Undetermined,
        ),
    };
    let back = match left.back {
        Some(back) => format!(" It was back at {}.", words::instant(back)),
        None => " That it came back was not read.".to_owned(),
    };
    let mut nodes: Vec<Name> = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
    nodes.sort();
    let log = format!(
        "Get-WinEvent -ComputerName {} -FilterHashtable @{{LogName='System'; StartTime=[datetime]'{}'; \
         EndTime=[datetime]'{}'}}",
        words::powershell(left.node),
        words::rfc3339(whole(plus(left.at, -NEAR))),
        words::rfc3339(whole(plus(left.at, NEAR)))
    );
    Finding {
        rule: ID,
        title: match verdict {
            Verdict::Fault => format!("{} left the cluster without being stopped", left.node),
            _ => format!("{} left the cluster; whether it was stopped is not known", left.node),
        },
        verdict,
        claim: format!(
            "The others removed {} from the cluster at {}. {how}{back}{}",
            left.node,
            words::instant(left.at),
            after.words(case)
        ),
        subjects: Subjects {
            volumes: after.volumes.iter().map(|(at, _)| *at).collect(),
            vms: Vec::new(),
            nodes,
        },
        next_steps: vec![
            say::step(format!("Read what {} logged around it.", left.node), &[log]),
            say::step(
                "See whether the networks failed then.",
                &[say::find_event(1127), say::find_event(1129)],
            ),
        ],
        explains: RULE.explains,
        span,
    }
}

/// Cut to the second.
fn whole(at: crate::fact::Instant) -> crate::fact::Instant {
    crate::fact::Instant(at.0 / 1_000_000_000 * 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Claim, FileSystem, NodeClaim, NodeRef, NtStatus, PauseKind, StorageKind, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn says(b: &mut Build, minute: i64, node: &str, about: &str, claim: NodeClaim) {
        b.fact(Some(minute), node, Claim::Node(NodeRef::named(about), claim), "was removed");
    }

    /// N1 owns a volume and runs a VM until minute 100.
    fn base() -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 100, Some("N1")).owner(v, 100, 101, None).owner(v, 101, 601, Some("N2"));
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 100, Some("N1")).runs(vm, 102, 601, Some("N3"));
        says(&mut b, 100, "N2", "N1", NodeClaim::Removed);
        says(&mut b, 100, "N3", "N1", NodeClaim::Removed);
        let status = NtStatus::parse("STATUS_CONNECTION_DISCONNECTED(c000020c)");
        let pause = VolumeClaim::AutoPaused { kind: PauseKind::Expected, status, from_direct_io: None };
        b.event(100, "N3", v, pause, "entered a paused state");
        b
    }

    #[test]
    fn found_when_it_restarted() {
        let mut b = base();
        says(&mut b, 110, "N1", "N1", NodeClaim::Booted);
        says(&mut b, 112, "N1", "N1", NodeClaim::Joined);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.from, f.span.to), (Verdict::Fault, Some(at(100)), Some(at(101))));
        for part in [
            "Windows started",
            "Volume1 (taken over by N2 after 1 min)",
            "held on N3",
            "app, next on N3",
            "back at",
        ] {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
    }

    #[test]
    fn found_when_windows_says_that_it_went_down_unexpectedly() {
        let mut b = base();
        b.without_logs("N1");
        says(&mut b, 110, "N1", "N1", NodeClaim::Booted);
        says(&mut b, 110, "N1", "N1", NodeClaim::ShutDown { orderly: false });
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.findings[0].verdict), (1, Verdict::Fault));
        assert!(out.findings[0].claim.contains("gone down unexpectedly (EventLog 6008"), "{out:?}");
        // Told of a later departure, or of one before: not of this one.
        let mut b = base();
        b.without_logs("N1");
        says(&mut b, 90, "N1", "N1", NodeClaim::ShutDown { orderly: false });
        assert_eq!(check(&b.done().0).findings[0].verdict, Verdict::Undetermined);
    }

    /// The clock of a node that crashed is compared with none: the timeline then knows no owner, but who has the disk says so.
    #[test]
    fn found_with_the_new_owner_by_its_own_word() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, None);
        says(&mut b, 100, "N2", "N1", NodeClaim::Removed);
        let status = NtStatus::parse("STATUS_CONNECTION_DISCONNECTED(c000020c)");
        let pause = VolumeClaim::AutoPaused { kind: PauseKind::Expected, status, from_direct_io: None };
        b.event(100, "N3", v, pause, "entered a paused state");
        for (minute, node) in [(99, "N3"), (102, "N1"), (103, "N2"), (105, "N3")] {
            b.event(minute, node, v, VolumeClaim::Coordinator { node: None }, "is local");
        }
        let claim = check(&b.done().0).findings[0].claim.clone();
        assert!(claim.contains("Volume1 (taken over by N2 after 3 min)"), "{claim}");
    }

    #[test]
    fn found_and_undetermined_without_its_own_log() {
        let mut b = base();
        b.without_logs("N1");
        assert_eq!(check(&b.done().0).findings[0].verdict, Verdict::Undetermined);
        assert_eq!(
            check(&base().done().0).findings[0].verdict,
            Verdict::Fault,
            "its log is there and silent"
        );
    }

    #[test]
    fn not_found() {
        let mut b = base();
        says(&mut b, 99, "N1", "N1", NodeClaim::ServiceStopped { orderly: true });
        assert_eq!(check(&b.done().0).findings.len(), 0, "stopped in order");
        let mut b = base();
        says(&mut b, 99, "N2", "N1", NodeClaim::Isolated { on: true });
        assert_eq!(check(&b.done().0).findings.len(), 0, "isolated: another rule's matter");
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        let mut b = Build::new(600);
        b.node("N1", 17763).without_logs("N1");
        assert_eq!(check(&b.done().0).not_judged.len(), 1);
    }
}
