//! A volume was in maintenance mode: nobody reaches it through CSV, so I/O of VMs is held or fails. It is not
//! redirection, and it explains no detour.
//!
//! Found by events 5138 and 5139 and by `MaintenanceMode` of `Get-ClusterSharedVolume`. Who asked no event says.

use super::support::switch::{self, Switched};
use super::support::{self, say};
use super::{Judgement, Rule};
use crate::case::{Case, RouteKind};
use crate::detour::{Sum, Window};
use crate::fact::VolumeClaim;
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "maintenance";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "The volume was in maintenance mode: VMs do not reach it",
    meaning: "An administrator or a tool (chkdsk, Repair-ClusterSharedVolume) took the volume out of use by CSV; until \
              it ends no node reaches the volume, and the I/O of VMs on it is held or fails. It is not redirected \
              access.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Operator],
    explains: &[Effect::Pause],
    needs: &["events 5138 (on) and 5139 (off), or SharedVolumeInfo.MaintenanceMode = True"],
    against: &["event 5139 before the time in question"],
    next_steps: &[
        "When the work is done, turn it off: Resume-ClusterResource -Name '<resource>'.",
        "Find who asked: compare maintenance jobs with the time of event 5138.",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (events 5138, 5139)",
        "learn.microsoft.com, FailoverClusters module: Suspend-ClusterResource, Resume-ClusterResource",
        "MicrosoftDocs/sdk-api, CLUSTER_CSV_VOLUME_FAULT_STATE: InMaintenance",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let state = |claim: &VolumeClaim| match claim {
        VolumeClaim::Maintenance { on } => Some(*on),
        _ => None,
    };
    let told = support::told(case, |claim| state(claim).is_some());
    if !support::system_log_everywhere(case) {
        let silent = |at: &usize| told.iter().all(|t| t.volume != *at);
        let unknown = (0..case.volumes.len()).filter(silent).map(|at| case.volumes[at].label());
        let unknown: Vec<String> = unknown.collect();
        out.not_judged.extend(say::not_judged(
            ID,
            &unknown,
            |volumes| format!("the System log of every node (event 5138), or MaintenanceMode of {volumes}"),
            &format!("{}\n{}", say::COLLECT_VOLUMES, say::COLLECT_SYSTEM),
        ));
    }
    out.findings.extend(switch::switched(case, state).into_iter().map(|on| finding(case, on)));
    out
}

fn finding(case: &Case, on: Switched) -> Finding {
    let Switched { volume: at, episode, begun, ended } = on;
    let volume = &case.volumes[at];
    let label = volume.label();
    let mut claim = format!(
        "{label} was in maintenance mode {}: meanwhile no node reaches it, and the I/O of VMs on it is held or fails. \
         It is not redirected.",
        say::when(case, &episode)
    );
    claim.push_str(match (begun, ended) {
        (true, true) => " Event 5138 marks the beginning, event 5139 the end.",
        (true, false) => " Event 5138 marks the beginning; no 5139 (turned off) was read after it.",
        (false, true) => " Event 5139 marks the end; since when it was on is not known.",
        (false, false) => " MaintenanceMode was True at collection; since when is not known.",
    });
    claim.push_str(" No event names who asked.");
    let held = case.routes_during(at, &episode.span).filter(|r| r.route == RouteKind::Held);
    let window = Window::of_case(case).and_then(|w| w.cut(&episode.span));
    let sum = window.map_or_else(Sum::default, |window| Sum::of(held, window));
    if !sum.vms.is_empty() {
        let names = words::list(sum.vms.iter().map(|&vm| case.vms[vm].label()), 4);
        claim.push_str(&format!(" Held meanwhile: the I/O of {names}."));
    }
    let mut next_steps = Vec::new();
    if !ended {
        let off = format!("Resume-ClusterResource -Name {}", say::resource(volume));
        next_steps.push(say::step("If the work is done, end it.", &[off]));
    }
    next_steps.push(say::step(
        "Find who asked: compare maintenance jobs with the time of event 5138.",
        &[say::find_event(5138)],
    ));
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} was in maintenance mode"),
        verdict: Verdict::Operator,
        claim,
        subjects: Subjects {
            volumes: vec![at],
            vms: sum.vms.into_iter().collect(),
            nodes: episode.nodes.iter().cloned().collect(),
        },
        next_steps,
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Certainty, FileSystem, IoMode, ModeKind, StorageKind, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};
    use crate::rule;

    fn base() -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        (b, v)
    }

    fn turned(on: bool) -> VolumeClaim {
        VolumeClaim::Maintenance { on }
    }

    #[test]
    fn found_between_two_events_with_whom_it_held() {
        let (mut b, v) = base();
        b.event(60, "N2", v, turned(true), "turned on maintenance mode");
        b.event(90, "N2", v, turned(false), "turned off maintenance mode");
        let gone = IoMode { kind: ModeKind::Unavailable, ..IoMode::DIRECT };
        b.mode(v, "N1", (-1, 60), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N1", (60, 90), Some(gone), Certainty::Observed);
        b.mode(v, "N1", (90, 601), Some(IoMode::DIRECT), Certainty::Observed);
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Operator, Certainty::Derived));
        assert_eq!((f.span.from, f.span.to), (Some(at(60)), Some(at(90))));
        assert!(f.claim.contains("the I/O of app"), "{}", f.claim);
        assert_eq!((f.next_steps.len(), f.subjects.vms.len()), (1, 1), "it has ended");
    }

    #[test]
    fn found_by_the_state_and_by_an_end_alone() {
        let (mut b, v) = base();
        b.without_logs("N1");
        b.event(90, "N2", v, turned(false), "turned off maintenance mode");
        let f = &check(&b.done().0).findings[0];
        assert_eq!((f.span.from, f.span.to, f.span.certainty), (None, Some(at(90)), Certainty::Assumed));
        let (mut b, v) = base();
        b.event(60, "N2", v, turned(true), "turned on maintenance mode");
        b.without_logs("N1");
        let f = &check(&b.done().0).findings[0];
        assert_eq!((f.span.to, f.span.certainty), (None, Certainty::Assumed), "nothing follows it");
        assert!(f.next_steps[0].contains("Resume-ClusterResource -Name 'Cluster Disk 1'"));
    }

    #[test]
    fn not_found() {
        let (mut b, v) = base();
        b.event(60, "N2", v, VolumeClaim::RedirectedAccess { on: true }, "turned on redirected access");
        let case = b.done().0;
        let out = check(&case);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        assert!(rule::judge(&case).findings.iter().all(|f| f.rule != super::ID));
    }

    #[test]
    fn could_not_tell() {
        let (mut b, _) = base();
        b.without_logs("N2");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
