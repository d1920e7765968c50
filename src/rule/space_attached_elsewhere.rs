//! A Storage Space is attached on one node, the volume's owner; on the others the volume is block redirected, by
//! design.
//!
//! Judged only where the storage is known to be Storage Spaces (Direct or on shared SAS), or where the node
//! itself names `StorageSpaceNotAttached`. The same mode on a SAN means something else; this rule does not look.

use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{BlockReasons, Certainty, FileSystem, FsReasons, IoMode, Role, StorageKind};
use crate::finding::{Effect, Finding, Verdict};

const ID: &str = "space-attached-elsewhere";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A Storage Space is attached on its owner only: the other nodes are block redirected",
    meaning: "A clustered Storage Space is attached on one node at a time, so only the owner of an NTFS volume on \
              it is direct and every other node reaches it through the owner, below the file system. The reason \
              NoDiskConnectivity is normal there and no sign of a lost path.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::ByDesign],
    explains: &[Effect::BlockDetour],
    needs: &[
        "the mode of each node (Get-ClusterSharedVolumeState)",
        "what the volume lies on (Get-Cluster: S2DEnabled; Get-VirtualDisk; Get-Disk: BusType)",
    ],
    against: &["a SAN, iSCSI or shared SAS LUN without Storage Spaces: see lost-disk-path"],
    next_steps: &[
        "Nothing to repair. Let each VM run on the node that owns its volume (Move-ClusterSharedVolume, \
         Move-ClusterVirtualMachineRole).",
    ],
    sources: &[
        "microsoft/MSLab, Scenarios/TestingCSVRedirection: NTFS on shared Spaces and on Storage Spaces Direct, \
         owner Direct, others BlockRedirected with NoDiskConnectivity",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: VolumeRedirectedIOReason",
    ],
    check,
};

fn is_space(kind: Option<StorageKind>) -> bool {
    matches!(kind, Some(StorageKind::SpacesDirect | StorageKind::SharedSpace))
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut unknown_storage = Vec::new();
    let mut unknown_mode = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let not_attached =
            |m: &IoMode| support::is_block(m) && m.block.has(BlockReasons::STORAGE_SPACE_NOT_ATTACHED);
        let no_disk = |m: &IoMode| {
            support::is_block(m) && (m.block.is_empty() || m.block.has(BlockReasons::NO_DISK_CONNECTIVITY))
        };
        let episodes = match is_space(volume.storage.value) {
            true => support::episodes(volume, |m| not_attached(m) || no_disk(m)),
            false => support::episodes(volume, not_attached),
        };
        if episodes.is_empty() {
            let refs = volume.file_system.value == Some(FileSystem::Refs);
            // A node that was direct beside an owner has a path of its own: no Space is attached so.
            let own_path =
                volume.io_mode.iter().any(|(node, _)| support::direct_without_owning(volume, node));
            let no_disk = support::episodes(volume, no_disk);
            if volume.storage.value.is_none() && !no_disk.is_empty() && !own_path {
                unknown_storage.push(volume.label());
            } else if is_space(volume.storage.value) && !refs && !support::has_known_mode(volume) {
                unknown_mode.push(volume.label());
            }
        }
        out.findings.extend(episodes.into_iter().map(|episode| finding(case, at, episode)));
    }
    out.not_judged.extend(say::not_judged(
        ID,
        &unknown_storage,
        |volumes| {
            format!(
                "what {volumes} lies on: block redirection without a disk path is by design on Storage Spaces \
                 and a fault on a SAN"
            )
        },
        say::COLLECT_STORAGE,
    ));
    out.not_judged.extend(say::not_judged(
        ID,
        &unknown_mode,
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
    let (on, known) = match volume.storage.value {
        Some(StorageKind::SpacesDirect) => ("Storage Spaces Direct", true),
        Some(StorageKind::SharedSpace) => ("a shared Storage Space", true),
        _ => ("a Storage Space", false),
    };
    if known && !episode.block.has(BlockReasons::STORAGE_SPACE_NOT_ATTACHED) {
        episode.span.certainty = episode.span.certainty.min(volume.storage.certainty.max(Certainty::Assumed));
    }
    let nodes = crate::words::list(&episode.nodes, 4);
    let reasons = crate::words::list(episode.block.words(), 3);
    let named = match reasons.as_str() {
        "" => "no reason was named".to_owned(),
        reasons => format!("the reason they name, {reasons}, is no sign of a lost path here"),
    };
    let mut claim = format!(
        "{label} lies on {on}, which is attached on one node at a time: its owner. The nodes that do not own it \
         ({nodes}) were block redirected through the owner {}. That is by design; {named}.",
        say::when(case, &episode)
    );
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    if volume.storage.value == Some(StorageKind::SpacesDirect) {
        claim.push_str(" On the owner too, the storage bus carries I/O to the disks of other nodes.");
    }
    let flags = FsReasons(episode.file_system.0);
    if !flags.is_empty() {
        claim.push_str(&format!(
            " At some time {} also redirected it above the file system.",
            crate::words::list(flags.words(), 3)
        ));
    }
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} lies on {on}: nodes that do not own it are block redirected"),
        verdict: Verdict::ByDesign,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![
            say::align(case, at, say::NOTHING_TO_REPAIR),
            say::step("Confirm: the owner is Direct, the others BlockRedirected.", &[say::SHOW_MODES.into()]),
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

    const NO_DISK: IoMode = IoMode {
        kind: crate::fact::ModeKind::BlockRedirected,
        file_system: crate::fact::FsReasons(0),
        block: BlockReasons::NO_DISK_CONNECTIVITY,
    };

    fn case_of(storage: Option<StorageKind>, mode: Option<IoMode>) -> crate::case::Case {
        let mut b = Build::new(600);
        b.node("N1", 20348).node("N2", 20348);
        let v = b.volume(Some(FileSystem::Ntfs), storage);
        b.owner(v, -1, 300, Some("N2")).owner(v, 300, 601, Some("N1"));
        b.mode(v, "N1", (-1, 300), mode, Certainty::Observed);
        b.mode(v, "N1", (300, 601), mode.map(|_| IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N2", (-1, 300), mode.map(|_| IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N2", (300, 601), mode, Certainty::Observed);
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        b.done().0
    }

    #[test]
    fn found_on_spaces() {
        for storage in [StorageKind::SpacesDirect, StorageKind::SharedSpace] {
            let out = check(&case_of(Some(storage), Some(NO_DISK)));
            assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "one, though the owner moved");
            let f = &out.findings[0];
            assert_eq!(f.verdict, Verdict::ByDesign);
            assert!(f.claim.contains("VM app on N1 through N2; 5.0 VM-hours"), "{}", f.claim);
        }
    }

    #[test]
    fn the_named_reason_is_enough() {
        let mode = IoMode::block(BlockReasons::STORAGE_SPACE_NOT_ATTACHED);
        assert_eq!(check(&case_of(None, Some(mode))).findings.len(), 1);
    }

    #[test]
    fn not_found_on_a_san() {
        let out = check(&case_of(Some(StorageKind::San), Some(NO_DISK)));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let replica = check(&case_of(Some(StorageKind::StorageReplica), Some(NO_DISK)));
        assert_eq!((replica.findings.len(), replica.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        let out = check(&case_of(None, Some(NO_DISK)));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].collect.contains("Get-VirtualDisk"), "{out:?}");
        let out = check(&case_of(Some(StorageKind::SpacesDirect), None));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
