//! A node that was never meant to reach a volume's disk: block redirected on it all the time, by design.
//!
//! The list of possible owners decides. Without it the same picture may be a path that was lost before the evidence
//! begins, and the rule of lost paths shows it as undetermined.

use std::collections::BTreeSet;

use super::support::disk::{Owners, has_no_path, reaches_disk};
use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::{Case, VolumeStory};
use crate::fact::{Certainty, FactId, Name, Role, StorageKind, VolumeClaim};
use crate::finding::{Effect, Finding, Verdict};
use crate::words;

const ID: &str = "asymmetric-storage";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A node is not given the disk of a volume, and reaches it through the owner",
    meaning: "The volume's disk is shown to some nodes only, for example to those of one site, and the cluster keeps its \
              ownership on these. The other nodes are block redirected through the owner all the time; that is how \
              such a cluster is built, and no path is broken.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::ByDesign],
    explains: &[Effect::BlockDetour],
    needs: &[
        "mode BlockRedirected with NoDiskConnectivity on the node, and no time at which it was Direct or owned the volume",
        "the possible owners of the disk's resource (Get-ClusterOwnerNode), without the node",
    ],
    against: &[
        "event 5121 of the node: it had direct access and lost it",
        "a time at which the node was direct or the owner",
        "Storage Spaces and Storage Replica, which redirect non-owners for their own reasons",
    ],
    next_steps: &[
        "Run the VM on a node that is a possible owner (Move-ClusterVirtualMachineRole).",
        "If the node should have the disk, show it the LUN and add it: Set-ClusterOwnerNode -Resource <disk> -Owners <nodes>.",
    ],
    sources: &[
        "microsoft/MSLab, Scenarios/TestingCSVRedirection: a volume that one site sees is Direct on both nodes of it and \
         BlockRedirected with NoDiskConnectivity at the far site",
        "learn.microsoft.com, FailoverClusters module: Get-ClusterOwnerNode, the nodes that can own a resource",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let owners = Owners::of(case);
    let lost = support::told(case, |claim| matches!(claim, VolumeClaim::DirectAccessLost));
    let lost: BTreeSet<(usize, &Name)> =
        lost.iter().filter_map(|told| Some((told.volume, told.node?))).collect();
    let mut open = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        if !matches!(volume.storage.value, None | Some(StorageKind::San)) {
            continue;
        }
        for (node, timeline) in &volume.io_mode {
            if lost.contains(&(at, node)) || reaches_disk(volume, node) {
                continue;
            }
            for episode in support::episodes_on(node, timeline, has_no_path) {
                match owners.excluding(at, node) {
                    Some((fact, able)) => {
                        let able: Vec<Name> = able.iter().cloned().collect();
                        out.findings.push(finding(case, at, episode, node, (fact, &able)));
                    }
                    None if !owners.known(at) && volume.storage.value.is_some() => open.push(volume.label()),
                    None => {}
                }
            }
        }
    }
    open.dedup();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |volumes| {
            format!(
                "which nodes may own {volumes}: without it a node that never had a path cannot be told from one that \
                 lost its path before the evidence begins"
            )
        },
        "Get-ClusterSharedVolume | ForEach-Object { Get-ClusterOwnerNode -Resource $_.Name } | Export-Clixml -Depth 3 \
         owner-nodes.xml",
    ));
    out
}

fn finding(
    case: &Case,
    at: usize,
    mut episode: Episode,
    node: &Name,
    (fact, able): (FactId, &[Name]),
) -> Finding {
    let volume: &VolumeStory = &case.volumes[at];
    let label = volume.label();
    episode.cite(fact, Role::Supports);
    for evidence in &volume.storage.evidence {
        episode.cite(evidence.fact, Role::Supports);
    }
    episode.span.certainty = episode.span.certainty.min(Certainty::Derived);
    let claim = format!(
        "{node} was block redirected for {label} {}. It is no possible owner of the disk ({} {}), it was never direct nor \
         the owner, and no event says that it lost a path: the disk is not given to {node}, so its I/O goes over the \
         network to the owner, below the file system. {}{}",
        say::when(case, &episode),
        words::list(able, 6),
        if able.len() == 1 { "is" } else { "are" },
        say::who(case, at, &episode),
        say::other_reasons(volume, &without_own(&episode), crate::fact::FsReasons::default()),
    );
    let vm = say::subjects(case, at, &episode).vms.first().map(|&vm| say::role(&case.vms[vm]));
    let there = vm.zip(able.first()).map(|(vm, node)| {
        format!(
            "Move-ClusterVirtualMachineRole -Name {vm} -Node {} -MigrationType Live",
            words::powershell(node)
        )
    });
    let there: Vec<String> = there.into_iter().collect();
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{node} is not given the disk of {label}: block redirected through the owner"),
        verdict: Verdict::ByDesign,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![
            say::step("Nothing is broken. For direct I/O let VMs run on a node that has the disk.", &there),
            say::step(
                format!("If {node} should have the disk, show it the LUN first; then it may own it."),
                &[format!("Get-ClusterOwnerNode -Resource {} | Format-List", say::resource(volume))],
            ),
        ],
        span: episode.span,
    }
}

/// The episode without this rule's own reason, to ask for others.
fn without_own(episode: &Episode) -> Episode {
    let own = crate::fact::BlockReasons::NO_DISK_CONNECTIVITY;
    Episode { block: crate::fact::BlockReasons(episode.block.0 & !own.0), ..episode.clone() }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{
        BlockReasons, Certainty, Claim, FileSystem, IoMode, ResourceClaim, ResourceRef, StorageKind,
        VolumeClaim,
    };
    use crate::finding::Verdict;
    use crate::fixture::Build;
    use crate::rule;

    const NO_DISK: IoMode = IoMode {
        kind: crate::fact::ModeKind::BlockRedirected,
        file_system: crate::fact::FsReasons(0),
        block: BlockReasons::NO_DISK_CONNECTIVITY,
    };

    fn owners_fact(of: &str, nodes: &[&str]) -> Claim {
        let nodes = nodes.iter().map(|node| (*node).into()).collect();
        Claim::Resource(ResourceRef::named(of), ResourceClaim::PossibleOwners(nodes))
    }

    /// N1 has the disk, N3 does not.
    fn base() -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N1"));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N3", (-1, 601), Some(NO_DISK), Certainty::Observed);
        (b, v)
    }

    #[test]
    fn found_where_the_node_is_no_possible_owner() {
        let (mut b, _) = base();
        b.fact(None, "N1", owners_fact("Cluster Disk 1", &["N1", "N2"]), "OwnerNodes : {N1, N2}");
        let case = b.done().0;
        let out = check(&case);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::ByDesign, Certainty::Derived));
        assert!(f.claim.contains("no possible owner of the disk (N1 and N2 are)"), "{}", f.claim);
        let all = rule::judge(&case);
        assert!(all.findings.iter().all(|f| f.rule != "lost-disk-path"), "one rule tells it");
    }

    #[test]
    fn not_found_where_the_node_may_own_it_or_lost_it() {
        let (mut b, _) = base();
        b.fact(None, "N1", owners_fact("Cluster Disk 1", &["N1", "N3"]), "OwnerNodes : {N1, N3}");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let (mut b, v) = base();
        b.fact(None, "N1", owners_fact("Cluster Disk 1", &["N1"]), "OwnerNodes : {N1}");
        b.event(5, "N3", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        let case = b.done().0;
        assert_eq!(check(&case).findings.len(), 0);
        let all = rule::judge(&case);
        assert!(all.findings.iter().any(|f| f.rule == "lost-disk-path" && f.verdict == Verdict::Fault));
    }

    #[test]
    fn could_not_tell_without_the_possible_owners() {
        let out = check(&base().0.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].collect.contains("Get-ClusterOwnerNode"));
    }
}
