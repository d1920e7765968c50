//! The cluster refused to move a volume to another node. It explains no detour by itself, but why an owner stayed.
//!
//! Found by events 5143, 5146, 5147 and 5148, which name the reason. The rule does not know who asked for the move.

use std::collections::BTreeMap;

use super::support::{self, Told, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Channel, Instant, Name, Role, Span, VetoReason, VolumeClaim};
use crate::finding::{Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "moves-vetoed";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "The cluster refused to move a volume to another node",
    meaning: "A move of the volume's owner was refused for a reason that the event names: dirty pages, a dismounted \
              volume, a snapshot or a change of the I/O mode under way. The volume stays where it is; try again \
              when the reason has passed.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Temporary],
    explains: &[],
    needs: &["events 5143, 5146, 5147 or 5148 (System log)"],
    against: &["the owner changed right afterwards"],
    next_steps: &["Move it again when the reason has passed: Move-ClusterSharedVolume."],
    sources: &["message tables of Windows Server 2012 to 2019 (events 5143, 5146, 5147, 5148)"],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let vetoes = support::told(case, |claim| matches!(claim, VolumeClaim::MoveVetoed { .. }));
    let mut kinds: BTreeMap<(usize, VetoReason), Vec<&Told<'_>>> = BTreeMap::new();
    for told in &vetoes {
        let VolumeClaim::MoveVetoed { reason } = told.claim else { continue };
        kinds.entry((told.volume, *reason)).or_default().push(told);
    }
    out.findings.extend(kinds.into_iter().map(|((at, reason), told)| finding(case, at, reason, &told)));
    let lacking = support::lacking(case, &Channel::System);
    if !lacking.is_empty() || case.nodes.is_empty() {
        let silent = |at: &usize| vetoes.iter().all(|t| t.volume != *at);
        let unknown: Vec<String> =
            (0..case.volumes.len()).filter(silent).map(|at| case.volumes[at].label()).collect();
        let of = match lacking.is_empty() {
            true => "any node".to_owned(),
            false => words::list(lacking, 4),
        };
        out.not_judged.extend(say::not_judged(
            ID,
            &unknown,
            |volumes| {
                format!(
                    "the System log of {of}: events 5143 and 5146 to 5148 tell of refused moves of {volumes}"
                )
            },
            say::COLLECT_SYSTEM,
        ));
    }
    out
}

fn event(reason: VetoReason) -> (u16, &'static str) {
    match reason {
        VetoReason::DirtyCache => (5143, "too many dirty pages were in the cache"),
        VetoReason::Dismounted => (5146, "a volume of the disk was dismounted"),
        VetoReason::SnapshotInProgress => (5147, "a snapshot was being created"),
        VetoReason::IoModeChange => (5148, "its I/O mode was just changing"),
    }
}

fn finding(case: &Case, at: usize, reason: VetoReason, told: &[&Told<'_>]) -> Finding {
    let volume = &case.volumes[at];
    let label = volume.label();
    let (id, why) = event(reason);
    let times = || told.iter().filter_map(|t| t.at);
    let (first, last) = (times().min(), times().max());
    let span = Span {
        from: first,
        to: last.map(|last| Instant(last.0.saturating_add(1))),
        certainty: Certainty::Observed,
        evidence: crate::case::evidence_of(told.iter().map(|t| (t.fact, Role::Opens))),
    };
    let when = match (first, last) {
        (Some(first), Some(last)) if first != last => {
            format!("{} times from {} to {}", told.len(), words::instant(first), words::instant(last))
        }
        (Some(first), _) => format!("at {}", words::instant(first)),
        (None, _) => "at a time that is not known".into(),
    };
    let owner = last.and_then(|last| volume.coordinator.at(last));
    let stays = owner.map(|owner| format!(" It stayed on {owner} then.")).unwrap_or_default();
    let nodes: std::collections::BTreeSet<Name> = told.iter().filter_map(|t| t.node.cloned()).collect();
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("A move of {label} was refused: {why}"),
        verdict: Verdict::Temporary,
        claim: format!(
            "The cluster refused to move {label} {when}, because {why} (event {id}).{stays} This redirects nothing by \
             itself."
        ),
        subjects: Subjects { volumes: vec![at], vms: Vec::new(), nodes: nodes.into_iter().collect() },
        next_steps: vec![say::move_again(case, at, "If the volume is still to move, move it again.")],
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{FileSystem, StorageKind, VetoReason, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn base() -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        (b, v)
    }

    fn veto(reason: VetoReason) -> VolumeClaim {
        VolumeClaim::MoveVetoed { reason }
    }

    #[test]
    fn found_once_a_reason() {
        let (mut b, v) = base();
        b.event(60, "N2", v, veto(VetoReason::SnapshotInProgress), "a snapshot is being created");
        b.event(65, "N2", v, veto(VetoReason::SnapshotInProgress), "a snapshot is being created");
        b.event(70, "N2", v, veto(VetoReason::DirtyCache), "too many dirty pages");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (2, 0));
        let f = &out.findings[1];
        assert_eq!((f.verdict, f.span.from, f.span.evidence.len()), (Verdict::Temporary, Some(at(60)), 2));
        assert!(f.claim.contains("2 times") && f.claim.contains("stayed on N2"), "{}", f.claim);
    }

    #[test]
    fn not_found() {
        let (mut b, v) = base();
        b.event(60, "N2", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        let (mut b, _) = base();
        b.without_logs("N1");
        assert_eq!(check(&b.done().0).not_judged.len(), 1);
    }
}
