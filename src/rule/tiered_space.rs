//! NTFS on a tiered Storage Space: the file system moves data between tiers, so only the owner may write to the
//! disk, and every node is file-system redirected, by design.
//!
//! Found by the reason `FileSystemTiering` alone, which the nodes name: no event tells it. That a space has tiers
//! proves no mode by itself, so it is cited and never judged on. What 2012 names is not known.

use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FileSystem, FsReasons, Role, StorageKind};
use crate::finding::{Effect, Finding, Verdict};

const ID: &str = "tiered-space";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "NTFS on a tiered Storage Space is file-system redirected on every node",
    meaning: "On a Storage Space with an SSD and an HDD tier, NTFS moves data between the tiers, so all I/O goes through \
              the owner's file system. Every node is redirected, the owner too, where the path stays inside the node.",
    versions: "Windows Server 2012 R2 and later",
    verdicts: &[Verdict::ByDesign],
    explains: &[Effect::FileSystemDetour],
    needs: &[
        "the reason FileSystemTiering in Get-ClusterSharedVolumeState",
        "Get-StorageTier and Get-VirtualDisk, to see which space has tiers",
    ],
    against: &[
        "the volume is ReFS: then the reason is FileSystemReFs and removing the tiers changes nothing",
    ],
    next_steps: &[
        "Nothing to repair. Let each VM run on the node that owns its volume (Move-ClusterSharedVolume, \
         Move-ClusterVirtualMachineRole).",
        "For direct I/O on the owner, move the VMs to an NTFS volume on a space without tiers.",
    ],
    sources: &[
        "microsoft/MSLab, Scenarios/TestingCSVRedirection: tiered NTFS on shared Spaces, FileSystemRedirected with \
         FileSystemTiering on every node",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: RedirectedIOReasonFileSystemTiering",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut unknown = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let episodes = support::episodes(volume, |m| m.file_system.has(FsReasons::FILE_SYSTEM_TIERING));
        // Tiers exist on spaces only; elsewhere silence is an answer.
        let space =
            matches!(volume.storage.value, Some(StorageKind::SharedSpace | StorageKind::SpacesDirect));
        let refs = volume.file_system.value == Some(FileSystem::Refs);
        if space && !refs && !support::has_known_mode(volume) {
            unknown.push(volume.label());
        }
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
    let mut claim = format!(
        "{label} was file-system redirected {} because it is NTFS on a Storage Space with tiers; the nodes name the \
         reason FileSystemTiering. All I/O goes through the owner's file system. That is by design on every node.",
        say::when(case, &episode)
    );
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    claim.push_str(&say::other_reasons(volume, &episode, FsReasons::FILE_SYSTEM_TIERING));
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} is NTFS on a tiered Storage Space and is redirected on every node"),
        verdict: Verdict::ByDesign,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![
            say::align(case, at, say::NOTHING_TO_REPAIR),
            say::step(
                "Confirm: which spaces have tiers, and which reason the nodes name.",
                &[
                    "Get-StorageTier | Format-Table FriendlyName, MediaType, Size".into(),
                    say::SHOW_MODES.into(),
                ],
            ),
            "For direct I/O, move the VMs to an NTFS volume on a space without tiers.".into(),
        ],
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{BlockReasons, Certainty, FileSystem, FsReasons, IoMode, StorageKind};
    use crate::finding::Verdict;
    use crate::fixture::Build;

    fn case_of(file_system: FileSystem, storage: StorageKind, mode: Option<IoMode>) -> crate::case::Case {
        let mut b = Build::new(600);
        b.node("N1", 9600).node("N2", 9600);
        let v = b.volume(Some(file_system), Some(storage));
        b.owner(v, -1, 601, Some("N2"));
        for node in ["N1", "N2"] {
            b.mode(v, node, (-1, 601), mode, Certainty::Observed);
        }
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        b.done().0
    }

    #[test]
    fn found() {
        let mode = IoMode::file_system(FsReasons::FILE_SYSTEM_TIERING);
        let out = check(&case_of(FileSystem::Ntfs, StorageKind::SharedSpace, Some(mode)));
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "{out:?}");
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::ByDesign, Certainty::Observed));
        assert_eq!(f.subjects.nodes.len(), 2, "the owner too");
        assert!(f.claim.contains("VM app on N1 through N2; 10.0 VM-hours"), "{}", f.claim);
    }

    #[test]
    fn found_beside_a_filter_that_alone_would_keep_it() {
        let mode = IoMode::file_system(FsReasons(0x8 | 0x2));
        let out = check(&case_of(FileSystem::Ntfs, StorageKind::SharedSpace, Some(mode)));
        assert!(out.findings[0].claim.contains("IncompatibleFileSystemFilter also keeps"), "{out:?}");
    }

    #[test]
    fn not_found() {
        let block = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
        let out = check(&case_of(FileSystem::Ntfs, StorageKind::SharedSpace, Some(block)));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let out = check(&case_of(FileSystem::Ntfs, StorageKind::San, None));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0), "a LUN has no tiers");
    }

    #[test]
    fn could_not_tell() {
        let out = check(&case_of(FileSystem::Ntfs, StorageKind::SharedSpace, None));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
