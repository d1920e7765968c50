//! The defect of Windows Server 2016 between May and October 2018: on Storage Spaces Direct the restart of a node made
//! the other nodes' I/O time out and their volumes pause (KB4462487).
//!
//! The symptom alone is not enough: a network fault looks alike. The list of updates of the node that restarted decides;
//! only the numbers that the article prints are known here, so another list leaves the question open.

use std::collections::{BTreeMap, BTreeSet};

use super::support::pauses::{Pause, pauses};
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Claim, FactId, Instant, Name, NodeClaim, NodeRef, Role};
use crate::finding::{Effect, Finding, NotJudged, Subjects, Verdict};
use crate::words;

const ID: &str = "s2d-reboot-2018";

/// Windows Server 2016.
const BUILD: u32 = 14393;
/// STATUS_IO_TIMEOUT and STATUS_CONNECTION_DISCONNECTED.
const STATUSES: [u32; 2] = [0xc000_00b5, 0xc000_020c];
/// The first and the last cumulative update with the defect (May 8 and October 9, 2018), as the article prints them.
const WITH_DEFECT: [&str; 2] = ["KB4103723", "KB4462917"];
/// The update of October 18, 2018 with the correction (build 14393.2580); the article tells to install it or a later one.
const CORRECTED: &str = "KB4462928";
/// How far a restart's events may stand from the pause: ten minutes, nanoseconds. The bound is ours.
const AROUND: u64 = 600_000_000_000;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "Restarting a node of Storage Spaces Direct paused volumes: a defect of mid 2018",
    meaning: "Cumulative updates of Windows Server 2016 from May 8 to October 9, 2018 let I/O of the other nodes time out \
              when a node of Storage Spaces Direct restarts; volumes pause, live dumps are written, and nodes may drop out. \
              A later cumulative update corrects it.",
    versions: "Windows Server 2016 with Storage Spaces Direct, updates of May 8 to October 9, 2018",
    verdicts: &[Verdict::Fault],
    explains: &[Effect::Pause],
    needs: &[
        "event 5120 with STATUS_IO_TIMEOUT (c00000b5) or STATUS_CONNECTION_DISCONNECTED (c000020c) around a node's restart",
        "Storage Spaces Direct and build 14393",
        "the updates of the node that restarted (Get-HotFix)",
    ],
    against: &[
        "KB4462928 (October 18, 2018) is installed",
        "no node restarted or left around the pause: then look at the network",
    ],
    next_steps: &[
        "Install the current cumulative update on every node.",
        "Until then put the node's disks into storage maintenance mode before it restarts: \
         Get-StorageFaultDomain -Type StorageScaleUnit | Where-Object FriendlyName -eq <node> | Enable-StorageMaintenanceMode",
    ],
    sources: &[
        "support.microsoft.com KB4462487: Event 5120 with STATUS_IO_TIMEOUT c00000b5 after an S2D node restart on Windows \
         Server 2016 May 2018 update or later: the updates with the defect, and that of October 18, 2018 corrects it",
        "learn.microsoft.com, Windows Server release information: the update of October 18, 2018 is KB4462928, build 14393.2580",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let spaces = case.cluster.spaces_direct.value == Some(true)
        || case.volumes.iter().any(|v| v.storage.value == Some(crate::fact::StorageKind::SpacesDirect));
    if !spaces || case.os_build() != Some(BUILD) {
        return out;
    }
    let restarts = restarts(case);
    let updates = updates(case);
    let mut open: BTreeSet<Name> = BTreeSet::new();
    let mut unclear: BTreeSet<Name> = BTreeSet::new();
    for pause in pauses(case, |_, status| status.code.is_some_and(|code| STATUSES.contains(&code))) {
        let Some(from) = pause.episode.span.from else { continue };
        let low = restarts.partition_point(|(at, ..)| at.0 < from.0.saturating_sub(AROUND as i64));
        let near = restarts[low..].iter().take_while(|(at, ..)| at.0.abs_diff(from.0) <= AROUND);
        // The node that restarts is not one of those that wait.
        let mut of_node = near.filter(|(_, node, _)| !pause.episode.nodes.contains(node)).peekable();
        let Some((_, node, _)) = of_node.peek().copied() else { continue };
        let facts: Vec<FactId> = of_node.filter(|(_, n, _)| n == node).map(|(.., fact)| *fact).collect();
        match updates.get(node) {
            None => drop(open.insert(node.clone())),
            Some(all) if all.contains_key(&Name::new(CORRECTED)) => {}
            Some(all) => {
                let proof: Vec<FactId> =
                    WITH_DEFECT.iter().filter_map(|kb| all.get(&Name::new(kb)).copied()).collect();
                // Windows goes on listing updates that a later one has replaced: a higher number may be that one.
                let later = all.keys().any(|update| number(update) > number(&Name::new(CORRECTED)));
                match proof.is_empty() || later {
                    true => drop(unclear.insert(node.clone())),
                    false => out.findings.push(finding(case, pause, node, &facts, &proof)),
                }
            }
        }
    }
    let gap = |nodes: &BTreeSet<Name>, missing: String| {
        let each = nodes.iter().map(|node| {
            let name = words::powershell(node);
            format!("Get-HotFix -ComputerName {name} | Export-Clixml {node}-hotfix.xml")
        });
        let collect = each.collect::<Vec<_>>().join("\n");
        (!nodes.is_empty()).then_some(NotJudged { rule: ID, missing, collect })
    };
    let listed = words::list(&open, 5);
    let missing =
        format!("the updates of {listed}: I/O timed out around its restart, a known defect of mid 2018");
    out.not_judged.extend(gap(&open, missing));
    let listed = words::list(&unclear, 5);
    let missing = format!(
        "whether {listed} is at an update from {} to {}: its list does not decide it, and {CORRECTED} is not on it; \
         compare the revision of its build (UBR) with that update",
        WITH_DEFECT[0], WITH_DEFECT[1]
    );
    out.not_judged.extend(gap(&unclear, missing));
    out
}

/// The number of an update: `KB4103723`.
fn number(update: &Name) -> Option<u32> {
    update.as_str().trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok()
}

/// When nodes restarted, stopped or left, in order.
fn restarts(case: &Case) -> Vec<(Instant, Name, FactId)> {
    let of = |(id, placed): (FactId, &crate::case::Placed)| {
        let Claim::Node(NodeRef { name, .. }, claim) = &placed.fact.claim else { return None };
        let restart = matches!(
            claim,
            NodeClaim::ServiceStopped { .. }
                | NodeClaim::ShutDown { .. }
                | NodeClaim::Booted
                | NodeClaim::Removed
                | NodeClaim::ServiceStarted
        );
        let node = name.clone().or_else(|| placed.fact.reporter.clone())?;
        restart.then_some((placed.moment?.at, node, id))
    };
    let mut out: Vec<_> = case.facts().filter_map(of).collect();
    out.sort();
    out
}

/// The updates of each node that lists them.
fn updates(case: &Case) -> BTreeMap<Name, BTreeMap<Name, FactId>> {
    let mut out: BTreeMap<Name, BTreeMap<Name, FactId>> = BTreeMap::new();
    for (id, placed) in case.facts() {
        if let Claim::Node(NodeRef { name, .. }, NodeClaim::Update(update)) = &placed.fact.claim
            && let Some(node) = name.clone().or_else(|| placed.fact.reporter.clone())
        {
            out.entry(node).or_default().insert(update.clone(), id);
        }
    }
    out
}

fn finding(case: &Case, pause: Pause, node: &Name, restart: &[FactId], proof: &[FactId]) -> Finding {
    let Pause { volume, mut episode, ended, statuses } = pause;
    let label = case.volumes[volume].label();
    restart.iter().take(3).for_each(|fact| episode.cite(*fact, Role::Supports));
    proof.iter().for_each(|fact| episode.cite(*fact, Role::Supports));
    episode.span.certainty = episode.span.certainty.min(crate::fact::Certainty::Derived);
    let claim = format!(
        "{label} paused on {} {} with {} while {node} restarted{}. {node} lists an update of Windows Server 2016 from May to \
         October 2018, whose defect on Storage Spaces Direct looks like this (KB4462487), and not the corrected \
         {CORRECTED} nor a later one.",
        words::list(&episode.nodes, 6),
        words::when(&episode.span, case.from, case.to),
        words::list(&statuses, 3),
        if ended { "" } else { "; when it went on was not read" },
    );
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} paused when {node} restarted: the Storage Spaces Direct defect of mid 2018"),
        verdict: Verdict::Fault,
        claim,
        subjects: Subjects {
            volumes: vec![volume],
            vms: Vec::new(),
            nodes: episode.nodes.iter().cloned().collect(),
        },
        next_steps: vec![
            say::step(
                "Install the current cumulative update on every node. Which revision runs now?",
                &[format!(
                    "Invoke-Command -ComputerName {} {{ Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows \
                     NT\\CurrentVersion' | Format-List CurrentBuild, UBR }}",
                    words::powershell(node)
                )],
            ),
            say::step(
                "Until then put the node's disks into storage maintenance mode before it restarts.",
                &[format!(
                    "Get-StorageFaultDomain -Type StorageScaleUnit | Where-Object FriendlyName -eq {} | \
                     Enable-StorageMaintenanceMode",
                    words::powershell(node)
                )],
            ),
        ],
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::{CORRECTED, WITH_DEFECT, check};
    use crate::fact::{Claim, NodeClaim, NodeRef, NtStatus, PauseKind, StorageKind, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::Build;

    /// N1 pauses at minute 60 with a status, N2 stops at a minute.
    fn base(build: u32, storage: StorageKind, status: &str, stops: i64) -> Build {
        let mut b = Build::new(600);
        b.node("N1", build).node("N2", build);
        let v = b.volume(None, Some(storage));
        let status = NtStatus::parse(status);
        let claim = VolumeClaim::AutoPaused { kind: PauseKind::Failure, status, from_direct_io: None };
        b.event(60, "N1", v, claim, "entered a paused state");
        b.event(61, "N1", v, VolumeClaim::Resumed, "resumed");
        let stopped = NodeClaim::ServiceStopped { orderly: true };
        b.fact(Some(stops), "N2", Claim::Node(NodeRef::REPORTER, stopped), "stopped");
        b
    }

    const TIMEOUT: &str = "STATUS_IO_TIMEOUT(c00000b5)";

    fn update(b: &mut Build, number: &str) {
        let claim = Claim::Node(NodeRef::REPORTER, NodeClaim::Update(number.into()));
        b.fact(None, "N2", claim, &format!("HotFixID : {number}"));
    }

    fn counts(b: Build) -> (usize, usize) {
        let out = check(&b.done().0);
        (out.findings.len(), out.not_judged.len())
    }

    #[test]
    fn found_with_an_update_of_the_time() {
        let mut b = base(14393, StorageKind::SpacesDirect, TIMEOUT, 62);
        update(&mut b, WITH_DEFECT[0]);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!(f.verdict, Verdict::Fault);
        assert!(f.claim.contains("while N2 restarted") && f.span.evidence.len() == 4, "{f:?}");
    }

    #[test]
    fn not_found_corrected_or_elsewhere_or_without_a_restart() {
        let mut b = base(14393, StorageKind::SpacesDirect, TIMEOUT, 62);
        update(&mut b, WITH_DEFECT[1]);
        update(&mut b, CORRECTED);
        assert_eq!(counts(b), (0, 0));
        assert_eq!(counts(base(17763, StorageKind::SpacesDirect, TIMEOUT, 62)), (0, 0));
        assert_eq!(counts(base(14393, StorageKind::San, TIMEOUT, 62)), (0, 0));
        assert_eq!(counts(base(14393, StorageKind::SpacesDirect, TIMEOUT, 300)), (0, 0));
        let other = "STATUS_BAD_NETWORK_PATH(c00000be)";
        assert_eq!(counts(base(14393, StorageKind::SpacesDirect, other, 62)), (0, 0));
    }

    #[test]
    fn could_not_tell_without_the_updates_or_by_other_numbers() {
        assert_eq!(counts(base(14393, StorageKind::SpacesDirect, TIMEOUT, 62)), (0, 1));
        let mut b = base(14393, StorageKind::SpacesDirect, TIMEOUT, 62);
        update(&mut b, "KB4049065");
        assert_eq!(counts(b), (0, 1));
        let mut b = base(14393, StorageKind::SpacesDirect, TIMEOUT, 62);
        update(&mut b, WITH_DEFECT[0]);
        update(&mut b, "KB4586830");
        assert_eq!(counts(b), (0, 1), "a later update may have replaced it");
    }
}
