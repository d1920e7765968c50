//! Storage Replica holds the volume: only the owner writes to the disk, so that all writes are replicated, and the
//! other nodes are block redirected, by design.
//!
//! Found by the reason `VolumeReplicationEnabled`, or where the volume is known to be replicated and a node is
//! block redirected without a named reason. A replica's log disk that only one site has is another matter: its
//! reason is `NoDiskConnectivity`.

use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{BlockReasons, Certainty, FileSystem, IoMode, Role, StorageKind};
use crate::finding::{Effect, Finding, Verdict};

const ID: &str = "storage-replica";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "Storage Replica holds the volume: the nodes that do not own it are block redirected",
    meaning: "While Storage Replica replicates an NTFS volume, all writes must pass the owner, so every other node \
              reaches the disk through the owner, below the file system. It is no sign of a lost path, though the \
              node may well see the LUN.",
    versions: "Windows Server 2016 and later",
    verdicts: &[Verdict::ByDesign],
    explains: &[Effect::BlockDetour],
    needs: &[
        "the reason VolumeReplicationEnabled in Get-ClusterSharedVolumeState",
        "Get-SRPartnership and Get-SRGroup, to see which volumes are replicated",
    ],
    against: &[
        "the reason NoDiskConnectivity: the node has no path, see asymmetric-storage and lost-disk-path",
        "the volume is ReFS: then every node is file-system redirected for that reason",
    ],
    next_steps: &[
        "Nothing to repair. Let each VM run on the node that owns its volume (Move-ClusterSharedVolume, \
         Move-ClusterVirtualMachineRole).",
    ],
    sources: &[
        "microsoft/MSLab, Scenarios/TestingCSVRedirection: NTFS with Storage Replica, owner Direct, others \
         BlockRedirected with VolumeReplicationEnabled",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: VolumeRedirectedIOReason",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut unknown = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let replicated = volume.storage.value == Some(StorageKind::StorageReplica);
        let held = |m: &IoMode| {
            let unnamed = replicated && m.block.is_empty();
            support::is_block(m) && (unnamed || m.block.has(BlockReasons::VOLUME_REPLICATION_ENABLED))
        };
        let refs = volume.file_system.value == Some(FileSystem::Refs);
        if replicated && !refs && !support::has_known_mode(volume) {
            unknown.push(volume.label());
        }
        let episodes = support::episodes(volume, held);
        out.findings.extend(episodes.into_iter().map(|episode| finding(case, at, episode)));
    }
    out.not_judged.extend(say::not_judged(
        ID,
        &unknown,
        |volumes| format!("the I/O mode of every node for {volumes}"),
        say::COLLECT_MODES,
    ));
    out
}

fn finding(case: &Case, at: usize, mut episode: Episode) -> Finding {
    let volume = &case.volumes[at];
    let label = volume.label();
    for evidence in &volume.storage.evidence {
        episode.cite(evidence.fact, Role::Supports);
    }
    let named = episode.block.has(BlockReasons::VOLUME_REPLICATION_ENABLED);
    if !named {
        episode.span.certainty = episode.span.certainty.min(volume.storage.certainty.max(Certainty::Assumed));
    }
    let mut claim = format!(
        "Storage Replica holds {label}, so all writes pass its owner. The nodes that do not own it ({}) were block \
         redirected through the owner {}. That is by design; ",
        crate::words::list(&episode.nodes, 4),
        say::when(case, &episode)
    );
    claim.push_str(match named {
        true => "they name the reason VolumeReplicationEnabled, which is no sign of a lost path.",
        false => "no reason was named.",
    });
    if episode.block.has(BlockReasons::NO_DISK_CONNECTIVITY) {
        claim.push_str(
            " NoDiskConnectivity is named too: such a node would have no path without the replica either.",
        );
    }
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} is held by Storage Replica: nodes that do not own it are block redirected"),
        verdict: Verdict::ByDesign,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![
            say::align(case, at, say::NOTHING_TO_REPAIR),
            say::step(
                "Confirm: which volumes are replicated, and which reason the nodes name.",
                &["Get-SRPartnership".into(), say::SHOW_MODES.into()],
            ),
        ],
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{BlockReasons, Certainty, FileSystem, IoMode, StorageKind};
    use crate::finding::Verdict;
    use crate::fixture::Build;
    use crate::rule;

    fn case_of(storage: Option<StorageKind>, mode: Option<IoMode>) -> crate::case::Case {
        let mut b = Build::new(600);
        b.node("N1", 14393).node("N2", 14393);
        let v = b.volume(Some(FileSystem::Ntfs), storage);
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (-1, 601), mode, Certainty::Observed);
        b.mode(v, "N2", (-1, 601), mode.map(|_| IoMode::DIRECT), Certainty::Observed);
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        b.done().0
    }

    #[test]
    fn found_whatever_the_disk_is() {
        let mode = IoMode::block(BlockReasons::VOLUME_REPLICATION_ENABLED);
        for storage in [None, Some(StorageKind::San), Some(StorageKind::StorageReplica)] {
            let case = case_of(storage, Some(mode));
            let out = check(&case);
            assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "{storage:?}");
            let f = &out.findings[0];
            assert_eq!((f.verdict, &*f.subjects.nodes), (Verdict::ByDesign, &["N1".into()][..]));
            assert!(f.claim.contains("VM app on N1 through N2; 10.0 VM-hours"), "{}", f.claim);
            let all = rule::judge(&case);
            assert_eq!(all.findings.len(), 1, "no other rule claims it: {:?}", all.findings);
        }
    }

    #[test]
    fn found_without_a_named_reason_where_the_volume_is_known_to_be_replicated() {
        let out = check(&case_of(Some(StorageKind::StorageReplica), Some(IoMode::block(BlockReasons(0)))));
        assert_eq!(out.findings.len(), 1);
        assert!(out.findings[0].claim.contains("no reason was named"));
    }

    #[test]
    fn not_found() {
        let no_disk = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
        for storage in [StorageKind::San, StorageKind::SpacesDirect, StorageKind::StorageReplica] {
            let out = check(&case_of(Some(storage), Some(no_disk)));
            assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0), "{storage:?}");
        }
    }

    #[test]
    fn could_not_tell() {
        let out = check(&case_of(Some(StorageKind::StorageReplica), None));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
