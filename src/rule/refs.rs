//! ReFS on a Cluster Shared Volume: file-system redirected on every node, by design.
//!
//! Found by the flag `FileSystemReFs` (it exists since Windows Server 2016), or by the file system itself: a
//! 2012 R2 node may name no reason. The rule does not say that a node was redirected where a source says that it
//! was direct; it shows both.

use super::support::{self, Episode, Told, say};
use super::{Judgement, Rule};
use crate::case::{Case, VolumeStory};
use crate::fact::{
    Certainty, FileSystem, FsReasons, IoMode, ModeKind, Name, Role, Span, StorageKind, VolumeClaim,
};
use crate::finding::{Effect, Finding, Verdict};
use crate::words;

const ID: &str = "refs";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "ReFS on a Cluster Shared Volume is file-system redirected on every node",
    meaning: "Windows sends all I/O of a ReFS Cluster Shared Volume, reads and writes, through the file system \
              of the volume's owner; on the owner itself that path is local. It is by design in every Windows \
              Server version that allows ReFS on such a volume, and no path, network or ownership setting \
              changes it.",
    versions: "Windows Server 2012 R2 and later (earlier versions do not allow ReFS on a Cluster Shared \
               Volume); the reason is named since 2016",
    verdicts: &[Verdict::ByDesign, Verdict::Undetermined],
    explains: &[Effect::FileSystemDetour],
    needs: &["the file system below CSVFS (Get-ClusterSharedVolume: Partition.FileSystem; Get-Volume: \
         FileSystemType), or the reason FileSystemReFs in Get-ClusterSharedVolumeState"],
    against: &[
        "a node whose mode is Direct while the volume is ReFS: then the sources contradict each other",
        "Windows Server 2012 or earlier",
    ],
    next_steps: &[
        "SAN, iSCSI or shared SAS: only NTFS gives direct I/O. Make a new volume with NTFS and move the VMs' \
         disks to it (Move-VMStorage); there is no conversion in place.",
        "Storage Spaces Direct: nothing to repair. Let each VM run on the node that owns its volume \
         (Move-ClusterSharedVolume).",
        "\"Since 2016 ReFS is direct\" is wrong: 2016 gave the reason a name, no known version lifts it.",
    ],
    sources: &[
        "microsoft/MSLab, Scenarios/TestingCSVRedirection: state of each node for NTFS and ReFS on SAN, shared \
         Spaces and Storage Spaces Direct (2016, 2019)",
        "learn.microsoft.com, windows-server/failover-clustering/failover-cluster-csvs: \"The disk can be \
         provisioned as ReFS; however, the CSV drive will be in redirected mode\" (2022 and later)",
        "MicrosoftDocs/windowsserverdocs issue #2051, pull requests #4859 and #4860: ReFS on a SAN does not \
         use direct I/O, by design",
        "learn.microsoft.com/answers/questions/5757360: Windows Server 2012 R2, one owner's report",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: RedirectedIOReasonReFs, added in 2016",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut no_file_system = Vec::new();
    let mut too_old = Vec::new();
    let stated = support::told(case, |c| matches!(c, VolumeClaim::Mode { .. }));
    let stated = support::by_volume(case, &stated);
    for (at, volume) in case.volumes.iter().enumerate() {
        let named = |m: &IoMode| m.file_system.has(FsReasons::FILE_SYSTEM_REFS);
        let is_refs = volume.file_system.value == Some(FileSystem::Refs);
        // Another file system by every source, or sources that disagree.
        let disputed = volume.file_system.evidence.iter().any(|cited| cited.role == Role::Contradicts);
        let denied = !is_refs && (volume.file_system.value.is_some() || disputed);
        let by_name = support::episodes(volume, named);
        if !is_refs && by_name.is_empty() {
            if volume.file_system.value.is_none() && unnamed_redirection_possible(case, volume) {
                no_file_system.push(volume.label());
            }
            continue;
        }
        if by_name.is_empty() && case.os_build().is_some_and(|build| build < 9600) {
            too_old.push(volume.label());
            continue;
        }
        let mut episodes = match is_refs {
            true => support::episodes(volume, |m| support::is_file_system(m) || named(m)),
            false => by_name,
        };
        let against = contradictions(case, at, &stated[at]);
        if episodes.is_empty() && against.is_empty() {
            episodes.push(by_file_system_alone(case, volume));
        }
        if !against.is_empty() || denied {
            out.findings.extend(contradictory(case, at, &against));
            continue;
        }
        out.findings.extend(episodes.into_iter().map(|episode| finding(case, at, episode)));
    }
    out.not_judged.extend(say::not_judged(
        ID,
        &no_file_system,
        |volumes| format!("the file system below {volumes}: a ReFS volume is redirected by design"),
        say::COLLECT_VOLUMES,
    ));
    out.not_judged.extend(say::not_judged(
        ID,
        &too_old,
        |volumes| {
            format!(
                "which Windows Server this is: {volumes} reads as ReFS, and the build that was read is older \
                 than 2012 R2, which does not allow ReFS on a Cluster Shared Volume"
            )
        },
        "Get-CimInstance Win32_OperatingSystem | Export-Clixml os.xml",
    ));
    out
}

/// Could the volume be ReFS without anything having said so? Not where the modes are known, name their reasons
/// and do not name this one.
fn unnamed_redirection_possible(case: &Case, volume: &VolumeStory) -> bool {
    let names_reasons = case.os_build().is_some_and(|build| build >= 14393);
    let modes = volume.io_mode.iter().flat_map(|(_, t)| &t.pieces).filter_map(|p| p.value.as_ref());
    let mut redirected = modes.filter(|m| support::is_file_system(m));
    match names_reasons {
        true => redirected.any(|m| m.file_system.is_empty()) || !support::has_known_mode(volume),
        false => redirected.next().is_some() || !support::has_known_mode(volume),
    }
}

/// What says that a node was not file-system redirected, as evidence: states over time, and statements that left the
/// state open because they contradict the file system.
fn contradictions(case: &Case, at: usize, stated: &[&Told<'_>]) -> Vec<Episode> {
    let volume = &case.volumes[at];
    if volume.file_system.value != Some(FileSystem::Refs) {
        return Vec::new();
    }
    let mut out = support::episodes(volume, is_other);
    out.retain(|e| e.span.certainty > Certainty::Assumed);
    for told in stated {
        let VolumeClaim::Mode { node, mode } = told.claim else { continue };
        let Some(node) = node.as_ref().or(told.node).filter(|_| is_other(mode)) else { continue };
        let cited = |e: &&mut Episode| e.span.evidence.iter().any(|e| e.fact == told.fact);
        if out.iter_mut().find(cited).is_none() {
            let span =
                Span { from: told.at, to: told.at, certainty: Certainty::Observed, evidence: Vec::new() };
            let mut episode = Episode::told(node.clone(), span);
            episode.cite(told.fact, Role::Contradicts);
            out.push(episode);
        }
    }
    out
}

fn is_other(mode: &IoMode) -> bool {
    mode.kind == ModeKind::Direct || support::is_block(mode)
}

/// The file system is sufficient evidence where no source tells the state.
fn by_file_system_alone(case: &Case, volume: &VolumeStory) -> Episode {
    let span = Span {
        from: case.from,
        to: case.to,
        certainty: volume.file_system.certainty.min(Certainty::Derived),
        evidence: volume.file_system.evidence.clone(),
    };
    let nodes = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
    Episode { nodes, ..Episode::told(Name::new(""), span) }
}

fn finding(case: &Case, at: usize, mut episode: Episode) -> Finding {
    let volume = &case.volumes[at];
    let label = volume.label();
    let told_state = episode.span.evidence != volume.file_system.evidence;
    for evidence in &volume.file_system.evidence {
        episode.cite(evidence.fact, Role::Supports);
    }
    if volume.file_system.value.is_some() && !episode.file_system.has(FsReasons::FILE_SYSTEM_REFS) {
        episode.span.certainty = episode.span.certainty.min(volume.file_system.certainty);
    }
    let on = match volume.storage.value {
        Some(StorageKind::San) => " on a LUN that all nodes share",
        Some(StorageKind::SharedSpace) => " on a shared Storage Space",
        Some(StorageKind::SpacesDirect) => " on Storage Spaces Direct",
        Some(StorageKind::StorageReplica) => " on a replicated disk",
        None => "",
    };
    let mut claim = format!(
        "{label} is ReFS{on}. Windows sends I/O to a ReFS Cluster Shared Volume through the file system of its \
         coordinator, reads as well as writes, on every node; so it was here {}.",
        say::when(case, &episode)
    );
    claim.push_str(if episode.file_system.has(FsReasons::FILE_SYSTEM_REFS) {
        " The nodes name the reason themselves: FileSystemReFs."
    } else if !told_state {
        " No source shows the state of the nodes; it follows from the file system."
    } else if case.os_build().is_some_and(|build| build < 14393) {
        " The nodes do not name this reason; the flag for it exists only since Windows Server 2016."
    } else {
        " The nodes were redirected; that the reason is ReFS follows from the file system."
    });
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    claim.push(' ');
    claim.push_str(published(case.os_build()));
    claim.push_str(" Advice that ReFS is direct since Windows Server 2016 is wrong.");
    if volume.storage.value == Some(StorageKind::SpacesDirect) {
        claim.push_str(
            " On Storage Spaces Direct NTFS would not make the other nodes direct either, they would be block \
             redirected; and the storage bus crosses the network in any case.",
        );
    }
    claim.push_str(&say::other_reasons(volume, &episode, FsReasons::FILE_SYSTEM_REFS));
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} is ReFS{on}: file-system redirected on every node"),
        verdict: Verdict::ByDesign,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: next_steps(case, at),
        span: episode.span,
    }
}

/// How strong the published evidence is for this version.
fn published(build: Option<u32>) -> &'static str {
    match build {
        Some(9600..14393) => {
            "For Windows Server 2012 R2 the published evidence is thin, one owner's report; for 2016 and later \
             it is Microsoft's own lab and documentation."
        }
        Some(14393..20348) => {
            "Microsoft's published lab shows it for Windows Server 2016 and 2019, and its documentation calls \
             it by design."
        }
        Some(20348..25398) => "Microsoft's documentation of this Windows Server version says so.",
        Some(25398..) => {
            "Microsoft's current documentation says so; a published test on this Windows version is not known, \
             nor a version that lifts it."
        }
        Some(_) | None => {
            "Microsoft's lab (2016, 2019) and documentation (2022 and later) show it; which Windows version this \
             is, was not read."
        }
    }
}

fn next_steps(case: &Case, at: usize) -> Vec<String> {
    let volume = &case.volumes[at];
    let confirm = say::step("Confirm the state and its reason on every node.", &[say::SHOW_MODES.into()]);
    // Rather one that took the detour.
    let detoured = case.routes.iter().find(|r| r.volume == Some(at) && r.route.is_detour());
    let vm = detoured.map(|route| &case.vms[route.vm]);
    let vm = vm.or_else(|| case.vms.iter().find(|vm| vm.disks.iter().any(|d| d.volume == Some(at))));
    let vm = vm.map_or("'<VM>'".into(), |vm| words::powershell(vm.label()));
    let reformat = say::step(
        "For direct I/O use NTFS: add a new volume, format it with NTFS before it becomes a Cluster Shared \
         Volume, and move the VMs' disks to it. ReFS is not converted in place.",
        &[format!("Move-VMStorage -VMName {vm} -DestinationStoragePath 'C:\\ClusterStorage\\<NTFS volume>'")],
    );
    let network =
        "The detour uses SMB between the nodes: until the move, a fast network for it (RDMA) eases it.";
    let align = say::align(case, at, "Meanwhile keep VMs and owner on one node: I/O then stays inside it.");
    match volume.storage.value {
        Some(StorageKind::San) => vec![reformat, align, network.into(), confirm],
        Some(StorageKind::SpacesDirect | StorageKind::SharedSpace | StorageKind::StorageReplica) => {
            vec![say::align(case, at, say::NOTHING_TO_REPAIR), confirm]
        }
        None => {
            let tell = say::step(
                "On a SAN, iSCSI or shared SAS LUN only NTFS gives direct I/O; on Storage Spaces nothing needs \
                 repair. Find out which it is.",
                &["Get-PhysicalDisk | Format-Table FriendlyName, BusType".into()],
            );
            let reformat = format!("On a LUN: {}{}", reformat[..1].to_lowercase(), &reformat[1..]);
            vec![tell, reformat, align, confirm]
        }
    }
}

/// The sources contradict each other: both are shown, neither is believed.
fn contradictory(case: &Case, at: usize, against: &[Episode]) -> Option<Finding> {
    let volume = &case.volumes[at];
    let label = volume.label();
    let mut episode = against
        .first()
        .cloned()
        .or_else(|| support::episodes(volume, support::is_file_system).into_iter().next())?;
    let evidence = std::mem::take(&mut episode.span.evidence);
    for cited in &evidence {
        episode.cite(cited.fact, Role::Contradicts);
    }
    for cited in &volume.file_system.evidence {
        episode.cite(cited.fact, Role::Supports);
    }
    let file_system = volume.file_system.value.as_ref().map_or("not known", |f| f.word());
    let nodes = words::list(&episode.nodes, 4);
    let state = match against.is_empty() {
        true => format!("{nodes} names the reason FileSystemReFs"),
        false => format!("{nodes} was not file-system redirected"),
    };
    let claim = format!(
        "The sources contradict each other about {label}: its file system reads as {file_system}, yet {state} {}. \
         A ReFS volume is file-system redirected on every node in every version that is known. One of the two \
         may be from another time (a reformatted volume) or of another volume.",
        say::when(case, &episode)
    );
    Some(Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label}: file system and state contradict each other"),
        verdict: Verdict::Undetermined,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![say::step(
            "Take both at the same time.",
            &[say::COLLECT_MODES.into(), say::COLLECT_VOLUMES.into()],
        )],
        span: Span { certainty: Certainty::Unknown, ..episode.span },
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Certainty, FileSystem, FsReasons, IoMode, StorageKind};
    use crate::finding::Verdict;
    use crate::fixture::Build;

    const REFS: IoMode = IoMode {
        kind: crate::fact::ModeKind::FileSystemRedirected,
        file_system: FsReasons::FILE_SYSTEM_REFS,
        block: crate::fact::BlockReasons(0),
    };

    fn two_nodes(build: u32) -> Build {
        let mut b = Build::new(600);
        b.node("N1", build).node("N2", build);
        b
    }

    #[test]
    fn found_by_name_on_san() {
        let mut b = two_nodes(17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (-1, 601), Some(REFS), Certainty::Observed);
        b.mode(v, "N2", (-1, 601), Some(REFS), Certainty::Observed);
        let vm = b.vm("sql", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        let (case, _) = b.done();
        let out = check(&case);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::ByDesign, Certainty::Observed));
        assert_eq!(f.subjects.vms, [0]);
        assert!(f.claim.contains("VM sql on N1 through N2; 10.0 VM-hours"), "{}", f.claim);
        assert!(f.claim.contains("FileSystemReFs"), "{}", f.claim);
        assert!(f.claim.contains("since Windows Server 2016 is wrong"), "{}", f.claim);
        assert!(f.next_steps[0].contains("NTFS"), "{:?}", f.next_steps);
        assert!(!f.span.evidence.is_empty());
    }

    #[test]
    fn found_without_a_name_on_2012_r2_and_without_any_state() {
        let mut b = two_nodes(9600);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(IoMode::file_system(FsReasons(0))), Certainty::Observed);
        let (case, _) = b.done();
        let f = &check(&case).findings[0];
        assert!(f.claim.contains("do not name this reason"), "{}", f.claim);
        assert!(f.claim.contains("thin"), "{}", f.claim);

        let mut b = two_nodes(9600);
        b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        let (case, _) = b.done();
        let f = &check(&case).findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::ByDesign, Certainty::Derived));
        assert!(f.claim.contains("No source shows the state"), "{}", f.claim);
        assert_eq!(f.subjects.nodes, ["N1".into(), "N2".into()]);
    }

    #[test]
    fn on_spaces_direct_there_is_nothing_to_repair() {
        let mut b = two_nodes(20348);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::SpacesDirect));
        b.mode(v, "N1", (-1, 601), Some(REFS), Certainty::Observed);
        let (case, _) = b.done();
        let f = &check(&case).findings[0];
        assert_eq!(f.verdict, Verdict::ByDesign);
        assert!(!f.next_steps.iter().any(|s| s.contains("NTFS")), "{:?}", f.next_steps);
        assert!(f.claim.contains("storage bus crosses the network"), "{}", f.claim);
    }

    #[test]
    fn two_reasons_are_both_named() {
        let mut b = two_nodes(17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        let both = IoMode::file_system(FsReasons(0x22));
        b.mode(v, "N1", (-1, 601), Some(both), Certainty::Observed);
        let (case, _) = b.done();
        let f = &check(&case).findings[0];
        assert!(f.claim.contains("IncompatibleFileSystemFilter also keeps"), "{}", f.claim);
    }

    #[test]
    fn not_found_on_ntfs() {
        let mut b = two_nodes(17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        let w = b.volume(None, Some(StorageKind::San));
        b.mode(w, "N1", (-1, 601), Some(IoMode::file_system(FsReasons::USER_REQUEST)), Certainty::Observed);
        let (case, _) = b.done();
        let out = check(&case);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0), "{out:?}");
    }

    #[test]
    fn could_not_tell() {
        let mut b = two_nodes(17763);
        b.volume(None, None);
        let (case, _) = b.done();
        let out = check(&case);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].missing.contains("Volume1"), "{out:?}");

        let mut b = two_nodes(9200);
        b.volume(Some(FileSystem::Refs), None);
        let (case, _) = b.done();
        let out = check(&case);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1), "2012 does not allow ReFS");
    }

    #[test]
    fn contradiction_is_shown_and_not_decided() {
        let mut b = two_nodes(17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        let (case, _) = b.done();
        let f = &check(&case).findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Undetermined, Certainty::Unknown));
        assert!(f.span.evidence.iter().any(|e| e.role == crate::fact::Role::Contradicts));

        let mut b = two_nodes(17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(REFS), Certainty::Observed);
        let (case, _) = b.done();
        assert_eq!(check(&case).findings[0].verdict, Verdict::Undetermined);
    }

    #[test]
    fn a_statement_against_it_counts_where_the_state_was_left_open() {
        let mut b = two_nodes(17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        let mode = IoMode::DIRECT;
        b.event(600, "N1", v, crate::fact::VolumeClaim::Mode { node: None, mode }, "StateInfo : Direct");
        b.mode(v, "N1", (-1, 601), None, Certainty::Unknown);
        let (case, _) = b.done();
        let out = check(&case);
        assert_eq!(out.findings.len(), 1);
        assert_eq!(out.findings[0].verdict, Verdict::Undetermined, "not by design on a contradiction");
    }
}
