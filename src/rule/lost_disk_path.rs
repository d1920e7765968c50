//! A node lost its path to a disk that all nodes share: block redirected, on that node and for that time only.
//!
//! Judged only on a LUN that all nodes are meant to see. On Storage Spaces, on a replicated disk or at the far
//! site of a stretched cluster the same mode is by design. A node that had no path from the beginning of the
//! evidence, with no event that it lost one, may never have been given one: that is shown as undetermined.

use std::collections::{BTreeMap, BTreeSet};

use super::support::disk::{Meant, Owners, Troubles};
use super::support::old_backup::{self, Backups, Open};
use super::support::path_loss::{Loss, losses};
use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::{Case, VolumeStory};
use crate::fact::{
    BlockReasons, Certainty, Channel, DiskClaim, Evidence, FactId, Instant, IoMode, ModeKind, Name, Role,
    Span, StorageKind, VolumeClaim,
};
use crate::finding::{Effect, Finding, Verdict};
use crate::words;

const ID: &str = "lost-disk-path";
/// How long before the loss its causes are looked for, nanoseconds.
const BEFORE: i64 = 600_000_000_000;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A node lost its path to a shared disk and is block redirected through the owner",
    meaning: "The node has no working path to the LUN (HBA, cable, switch zone, LUN mask, MPIO or iSCSI session), so \
              its I/O goes over the network to the owner, below the file system. It is a fault of that node's \
              path and of that time; the volume and the other nodes are well.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Fault, Verdict::Undetermined],
    explains: &[Effect::BlockDetour, Effect::Pause],
    needs: &[
        "event 5121 of the node (System log), or mode BlockRedirected with NoDiskConnectivity",
        "what the volume lies on: the same mode is by design on Storage Spaces",
        "mpio, disk and storport events of the node around the time",
    ],
    against: &[
        "Storage Spaces, Storage Spaces Direct, Storage Replica, a disk that only one site has",
        "the disk can be owned by every node: then the paths work now, not necessarily at the time",
        "on 2008 R2, event 5121 during a backup (5140 to 5141)",
    ],
    next_steps: &[
        "On the node: Get-Disk, mpclaim -s -d; on iSCSI: Get-IscsiSession.",
        "Compare zoning and LUN mask with a node that is Direct, then repair the path.",
        "Until then move the VMs to a node with direct access (Move-ClusterVirtualMachineRole).",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (events 5121, 5122)",
        "microsoft/MSLab, Scenarios/TestingCSVRedirection: NTFS on a SAN is Direct on every node; on Storage \
         Spaces and far from the disk BlockRedirected with NoDiskConnectivity",
        "support.microsoft.com KB2492143: event 5121 during a backup on 2008 R2",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let said = support::told(case, |c| {
        matches!(c, VolumeClaim::DirectAccessLost | VolumeClaim::Resumed | VolumeClaim::Backup { .. })
    });
    let (owners, troubles) = (Owners::of(case), Troubles::of(case));
    let by_volume = support::by_volume(case, &said);
    let mut beside_backups: BTreeMap<Open, Vec<String>> = BTreeMap::new();
    let (mut unknown_storage, mut unknown_nodes) = (Vec::new(), BTreeMap::<Vec<Name>, Vec<String>>::new());
    for (at, volume) in case.volumes.iter().enumerate() {
        let judged = matches!(volume.storage.value, None | Some(StorageKind::San));
        if !judged {
            continue;
        }
        let said = &by_volume[at];
        let mut meant: BTreeMap<Name, Meant> = BTreeMap::new();
        let (losses, open): (Vec<_>, Vec<_>) = losses(case, at, said).into_iter().partition(|loss| {
            let meant = meant.entry(loss.node.clone()).or_insert_with(|| Meant::of(volume, &loss.node));
            volume.storage.value.is_some() || meant.beside_owner
        });
        if !open.is_empty() {
            unknown_storage.push(volume.label());
        }
        let silent = silent_nodes(case, volume);
        if !silent.is_empty() {
            unknown_nodes.entry(silent).or_default().push(volume.label());
        }
        // A node that says at any time that it lost its access had one.
        let backups = Backups::of(said);
        let lost = said
            .iter()
            .filter(|t| matches!(t.claim, VolumeClaim::DirectAccessLost) && !backups.run(case, t.at));
        let lost: BTreeSet<&Name> = lost.filter_map(|told| told.node).collect();
        for loss in losses {
            let reaches = meant.get(&loss.node).is_some_and(|meant| meant.reaches);
            let meant = loss.by_event || reaches || lost.contains(&loss.node);
            // A node that may not own the disk was never given it: the rule of asymmetric storage tells that.
            if !meant && owners.excluding(at, &loss.node).is_some() {
                continue;
            }
            match old_backup::may_run(case, said, &loss.episode) {
                None => out.findings.push(finding(case, at, loss, meant, &troubles)),
                Some(why) => beside_backups.entry(why).or_default().push(volume.label()),
            }
        }
    }
    out.not_judged.extend(old_backup::not_judged(ID, &beside_backups));
    out.not_judged.extend(say::not_judged(
        ID,
        &unknown_storage,
        |volumes| {
            format!(
                "what {volumes} lies on: block redirection without a disk path is a fault on a SAN and by design \
                 on Storage Spaces"
            )
        },
        say::COLLECT_STORAGE,
    ));
    for (nodes, volumes) in unknown_nodes {
        let nodes = words::list(nodes, 5);
        out.not_judged.extend(say::not_judged(
            ID,
            &volumes,
            |volumes| format!("the I/O mode of {nodes} for {volumes}, and its System log (event 5121)"),
            &format!("{}\n{}", say::COLLECT_MODES, say::COLLECT_SYSTEM),
        ));
    }
    out
}

/// Nodes of which neither a mode nor a System log was read.
fn silent_nodes(case: &Case, volume: &VolumeStory) -> Vec<Name> {
    let names = case.nodes.iter().filter_map(|n| n.name.as_ref());
    let has_mode = |node: &Name| {
        let of_node = volume.io_mode.iter().filter(|(name, _)| name == node);
        of_node.flat_map(|(_, timeline)| &timeline.pieces).any(|p| p.value.is_some())
    };
    names.filter(|n| !has_mode(n) && !support::has_channel(case, n, &Channel::System)).cloned().collect()
}

/// `meant`: the node is meant to reach the disk.
fn finding(case: &Case, at: usize, loss: Loss, meant: bool, troubles: &Troubles<'_>) -> Finding {
    let volume = &case.volumes[at];
    if let Some(owned) = owned_meanwhile(case, volume, &loss) {
        let evidence = owned.evidence.clone();
        return contradicted(case, at, loss, &evidence);
    }
    if meant { fault(case, at, loss, troubles) } else { perhaps_asymmetric(case, at, loss) }
}

/// The node surely owned the volume in the middle of the loss. An owner reaches its own disk, so the sources
/// contradict each other.
fn owned_meanwhile<'a>(case: &'a Case, volume: &'a VolumeStory, loss: &Loss) -> Option<&'a Span> {
    let span = &loss.episode.span;
    let (from, to) = (span.from.or(case.from)?, span.to.or(case.to)?);
    let middle = Instant(from.0 / 2 + to.0 / 2);
    let piece = volume.coordinator.piece_at(middle)?;
    let owned = piece.span.certainty > Certainty::Assumed && piece.value.as_ref() == Some(&loss.node);
    owned.then_some(&piece.span)
}

/// Block redirected on the coordinator itself: one of the sources is wrong or of another time.
fn contradicted(case: &Case, at: usize, loss: Loss, owner: &[Evidence]) -> Finding {
    let Loss { node, mut episode, .. } = loss;
    let volume = &case.volumes[at];
    let label = volume.label();
    for evidence in owner {
        episode.cite(evidence.fact, Role::Contradicts);
    }
    let claim = format!(
        "{node} was block redirected for {label} {}, as if it had no path to the disk; yet it owned the volume at \
         that time, and an owner reaches its own disk. The sources contradict each other: they may be of different \
         moments.",
        say::when(case, &episode)
    );
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{node} is said to own {label} and to have no path to its disk"),
        verdict: Verdict::Undetermined,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![say::step(
            "Collect owner and mode in one go.",
            &[
                format!(
                    "Get-ClusterSharedVolume -Name {} | Format-List Name, OwnerNode, State",
                    say::resource(volume)
                ),
                "Get-ClusterSharedVolumeState | Format-Table Name, Node, StateInfo, BlockRedirectedIOReason"
                    .into(),
            ],
        )],
        span: episode.span,
    }
}

fn fault(case: &Case, at: usize, loss: Loss, troubles: &Troubles<'_>) -> Finding {
    let Loss { node, mut episode, by_event, ended } = loss;
    let volume = &case.volumes[at];
    let label = volume.label();
    for evidence in &volume.storage.evidence {
        episode.cite(evidence.fact, Role::Supports);
    }
    let mut claim = format!(
        "{node} had no path of its own to the disk of {label} {}. Its I/O went block redirected over the network \
         through the owner.",
        say::when(case, &episode)
    );
    claim.push_str(if by_event {
        " Event 5121 marks the loss"
    } else if episode.block.has(BlockReasons::NO_DISK_CONNECTIVITY) {
        " The node names the reason NoDiskConnectivity"
    } else {
        " The node was block redirected"
    });
    claim.push_str(if ended { "; direct access came back at the end." } else { "; no recovery was seen." });
    let direct: Vec<&Name> = volume
        .io_mode
        .iter()
        .filter(|(other, _)| *other != node)
        .filter(|(_, timeline)| stayed_direct(timeline, &episode.span))
        .map(|(other, _)| other)
        .collect();
    if !direct.is_empty() {
        claim.push_str(&format!(
            " {} stayed direct all that time, so the fault lies between {node} and the storage, not in the volume.",
            words::list(direct, 4)
        ));
    }
    let troubles = around(troubles, &node, &episode.span);
    if !troubles.is_empty() {
        let said = troubles.iter().map(|(what, facts)| format!("{what} ({})", times(facts.len())));
        claim.push_str(&format!(" Around it {node} logged {}.", words::list(said, 6)));
        for fact in troubles.values().flat_map(|facts| facts.iter().take(2)).take(8) {
            episode.cite(*fact, Role::Supports);
        }
    }
    if volume.storage.value.is_none() {
        claim.push_str(&format!(
            " What the volume lies on was not read, but {node} was direct at another time while it did not own the \
             volume: it is meant to reach the disk by itself."
        ));
    }
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    claim.push_str(&say::other_reasons(
        volume,
        &episode_without_own(&episode),
        crate::fact::FsReasons::default(),
    ));
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{node} lost its disk path to {label}"),
        verdict: Verdict::Fault,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: next_steps(case, at, &node, &episode, ended),
        span: episode.span,
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}

/// The episode without this rule's own reason, to ask for others.
fn episode_without_own(episode: &Episode) -> Episode {
    let block = BlockReasons(episode.block.0 & !BlockReasons::NO_DISK_CONNECTIVITY.0);
    Episode { block, ..episode.clone() }
}

fn stayed_direct(timeline: &crate::case::Timeline<IoMode>, span: &Span) -> bool {
    let mut within = timeline.during(span).iter().peekable();
    let covers_start =
        timeline.pieces.first().is_some_and(|p| p.span.from.is_none() || p.span.from <= span.from);
    within.peek().is_some()
        && covers_start
        && within.all(|p| {
            p.span.certainty > Certainty::Assumed && p.value.is_some_and(|m| m.kind == ModeKind::Direct)
        })
}

/// What the node said of its disks and paths shortly before and during the loss, by event.
fn around(troubles: &Troubles<'_>, node: &Name, span: &Span) -> BTreeMap<String, Vec<FactId>> {
    let mut out: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
    let Some(from) = span.from else { return out };
    let since = troubles.since(node, Instant(from.0.saturating_sub(BEFORE)));
    for (_, id, claim) in since.take_while(|(at, ..)| span.to.is_none_or(|to| *at < to)) {
        let what = match claim {
            DiskClaim::PathFailed { event } | DiskClaim::AllPathsFailed { event } => format!("mpio {event}"),
            DiskClaim::IoTrouble { source, event } => format!("{source} {event}"),
            DiskClaim::Disconnected { event: 5264 } => "FailoverClustering 5264".into(),
            DiskClaim::Disconnected { event } => format!("disk {event}"),
            DiskClaim::ReservationLost => "a lost reservation".into(),
            _ => continue,
        };
        out.entry(what).or_default().push(id);
    }
    out
}

fn next_steps(case: &Case, at: usize, node: &Name, episode: &Episode, ended: bool) -> Vec<String> {
    let on = words::powershell(node);
    let stamp = |nanos: i64| words::rfc3339(Instant(nanos / 1_000_000_000 * 1_000_000_000));
    let mut log = format!("Get-WinEvent -ComputerName {on} -FilterHashtable @{{LogName='System'");
    if let Some(from) = episode.span.from {
        let (begin, end) = (stamp(from.0.saturating_sub(BEFORE)), stamp(from.0.saturating_add(BEFORE)));
        log.push_str(&format!("; StartTime=[datetime]'{begin}'; EndTime=[datetime]'{end}'"));
    }
    log.push('}');
    let compare = say::step(
        format!(
            "On {node}: is the disk there, and over how many paths? Compare with a node that is direct: HBA and \
             driver, cable, switch zone, LUN mask, MPIO, iSCSI session."
        ),
        &[
            "Get-Disk | Format-Table Number, FriendlyName, BusType, OperationalStatus".into(),
            "mpclaim -s -d".into(),
        ],
    );
    if ended {
        let why = format!(
            "Direct access came back. Find the cause before it returns: read what {node} logged around it."
        );
        return vec![say::step(why, &[log]), compare];
    }
    let read = say::step(format!("Read what {node} logged around the loss."), &[log]);
    let vm = say::subjects(case, at, episode).vms.first().map(|&vm| say::role(&case.vms[vm]));
    let moved = vm.zip(with_access(&case.volumes[at], node)).map(|(vm, there)| {
        let there = words::powershell(there);
        format!("Move-ClusterVirtualMachineRole -Name {vm} -Node {there} -MigrationType Live")
    });
    let away = say::step(
        format!("Until the path is repaired, keep VMs away from {node}."),
        &moved.into_iter().collect::<Vec<_>>(),
    );
    vec![compare, read, away]
}

/// Another node that had the disk at the end: one that was direct, else the owner.
fn with_access<'a>(volume: &'a VolumeStory, node: &Name) -> Option<&'a Name> {
    let others = volume.io_mode.iter().filter(|(name, _)| name != node);
    let is_direct = |timeline: &crate::case::Timeline<IoMode>| {
        timeline.pieces.last().and_then(|p| p.value).is_some_and(|mode| mode.kind == ModeKind::Direct)
    };
    let owner =
        volume.coordinator.pieces.last().and_then(|p| p.value.as_ref()).filter(|owner| *owner != node);
    others.into_iter().find(|(_, timeline)| is_direct(timeline)).map(|(name, _)| name).or(owner)
}

/// No path from the beginning and no event that one was lost: perhaps the node was never given the disk.
fn perhaps_asymmetric(case: &Case, at: usize, loss: Loss) -> Finding {
    let Loss { node, mut episode, .. } = loss;
    let volume = &case.volumes[at];
    let label = volume.label();
    for evidence in &volume.storage.evidence {
        episode.cite(evidence.fact, Role::Supports);
    }
    let mut claim = format!(
        "{node} was block redirected for {label} {}, and nothing shows that it ever had a path to the disk: no event \
         5121, no time at which it was direct or the owner. Either the path was lost before the evidence begins (a \
         fault), or the disk was never given to {node} (a far site, storage that not all nodes share), which \
         is by design.",
        say::when(case, &episode)
    );
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    let owners = format!(
        "Get-ClusterResource -Name {} | Get-ClusterOwnerNode | Format-List ClusterObject, OwnerNodes",
        say::resource(volume)
    );
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{node} has no disk path to {label}, and perhaps never had one"),
        verdict: Verdict::Undetermined,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: vec![
            say::step(
                format!(
                    "Is {node} meant to see this disk? Look at the possible owners and at the disks that it has."
                ),
                &[
                    owners,
                    format!(
                        "Get-Disk -CimSession {} | Format-Table Number, FriendlyName, BusType",
                        words::powershell(&node)
                    ),
                ],
            ),
            format!("If it is, treat it as a lost path: zoning, LUN mask, HBA, iSCSI session of {node}."),
        ],
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Case;
    use crate::fact::{
        BlockReasons, Certainty, Channel, Claim, DiskClaim, DiskRef, FileSystem, FsReasons, IoMode, Role,
        StorageKind, VolumeClaim,
    };
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    const NO_DISK: IoMode = IoMode {
        kind: crate::fact::ModeKind::BlockRedirected,
        file_system: FsReasons(0),
        block: BlockReasons::NO_DISK_CONNECTIVITY,
    };

    /// Three nodes, N1 owns; N3 has no path from minute 60 to 100.
    fn path_loss(storage: Option<StorageKind>) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), storage);
        b.owner(v, -1, 601, Some("N1"));
        for node in ["N1", "N2"] {
            b.mode(v, node, (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        }
        let lost = b.event(60, "N3", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        let back = b.event(100, "N3", v, VolumeClaim::Resumed, "has now resumed normal operation");
        b.mode(v, "N3", (-1, 60), Some(IoMode::DIRECT), Certainty::Observed);
        let facts = [(lost, Role::Opens), (back, Role::Closes)];
        b.mode_of(v, "N3", (60, 100), Some(IoMode::block(BlockReasons(0))), Certainty::Observed, &facts);
        b.mode(v, "N3", (100, 601), Some(IoMode::DIRECT), Certainty::Observed);
        (b, v)
    }

    fn counts(case: &Case) -> (usize, usize) {
        let out = check(case);
        (out.findings.len(), out.not_judged.len())
    }

    #[test]
    fn found_on_that_node_and_time_only() {
        let (mut b, v) = path_loss(Some(StorageKind::San));
        let disk = |claim| Claim::Disk(DiskRef::device(r"\Device\MPIODisk3"), claim);
        b.fact(Some(59), "N3", disk(DiskClaim::AllPathsFailed { event: 23 }), "all paths have failed");
        b.fact(Some(59), "N2", disk(DiskClaim::PathFailed { event: 17 }), "another node's");
        b.fact(Some(300), "N3", disk(DiskClaim::PathFailed { event: 17 }), "another time");
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 80, Some("N3")).runs(vm, 80, 601, Some("N2"));
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Fault, Certainty::Observed));
        assert_eq!((f.span.from, f.span.to), (Some(at(60)), Some(at(100))));
        assert_eq!(f.subjects.nodes, ["N3".into()]);
        for part in
            ["(40 min)", "mpio 23 (once).", "N1 and N2 stayed direct", "app on N3 through N1; 0.3 VM-hours"]
        {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
        assert_eq!(f.span.evidence.len(), 4, "5121, 5122, mpio 23, the storage");
    }

    #[test]
    fn found_by_the_event_alone_even_where_refs_hides_the_mode() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.mode(v, "N3", (-1, 601), Some(IoMode::file_system(FsReasons(0x20))), Certainty::Observed);
        b.event(60, "N3", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        let out = check(&b.done().0);
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Fault, Certainty::Assumed), "no end was read");
        assert!(f.claim.contains("ReFS also keeps"), "{}", f.claim);
    }

    #[test]
    fn no_fault_of_the_owner_itself() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N2", (-1, 601), Some(NO_DISK), Certainty::Observed);
        let out = check(&b.done().0);
        assert_eq!(out.findings.len(), 1);
        assert_eq!(out.findings[0].verdict, Verdict::Undetermined);
        assert!(out.findings[0].span.evidence.iter().any(|e| e.role == Role::Contradicts));
    }

    #[test]
    fn never_on_spaces_or_a_far_site() {
        for kind in [StorageKind::SpacesDirect, StorageKind::SharedSpace, StorageKind::StorageReplica] {
            assert_eq!(counts(&path_loss(Some(kind)).0.done().0), (0, 0), "{kind:?}");
        }
    }

    #[test]
    fn could_not_tell_without_the_storage() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), None);
        b.owner(v, -1, 601, Some("N1"));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N3", (-1, 601), Some(NO_DISK), Certainty::Observed);
        b.event(60, "N3", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        for part in ["Get-VirtualDisk", "Get-ClusterParameter", "Get-Disk"] {
            assert!(out.not_judged[0].collect.contains(part), "{part}");
        }
    }

    #[test]
    fn found_without_the_storage_where_the_node_was_direct_beside_an_owner() {
        let out = check(&path_loss(None).0.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        assert!(
            out.findings[0].claim.contains("was not read, but N3 was direct"),
            "{}",
            out.findings[0].claim
        );
    }

    #[test]
    fn could_not_tell_where_a_node_is_silent() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        b.without_logs("N2");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].missing.contains("mode of N2 for Volume1"), "{out:?}");
    }

    #[test]
    fn from_the_beginning_without_5121_it_may_be_asymmetric() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N1"));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N3", (-1, 601), Some(NO_DISK), Certainty::Observed);
        let out = check(&b.done().0);
        assert_eq!(out.findings.len(), 1);
        assert_eq!(out.findings[0].verdict, Verdict::Undetermined);
    }

    #[test]
    fn a_node_that_owned_the_disk_is_meant_to_see_it() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 300, Some("N3")).owner(v, 300, 601, Some("N1"));
        b.mode(v, "N3", (300, 601), Some(NO_DISK), Certainty::Observed);
        assert_eq!(check(&b.done().0).findings[0].verdict, Verdict::Fault);
    }

    /// A request redirects above the disk when the path goes: the mode names the loss only once the request is over.
    #[test]
    fn a_loss_behind_another_redirection_is_told_once() {
        for (is_back, mode_to, to) in [(true, 300, 300), (false, 601, 600)] {
            let mut b = Build::new(600);
            b.node("N1", 9200).node("N2", 9200);
            let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
            b.owner(v, -1, 601, Some("N1"));
            let lost = b.event(60, "N2", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
            if is_back {
                b.event(300, "N2", v, VolumeClaim::Resumed, "direct again");
            }
            b.mode_of(v, "N2", (100, mode_to), Some(NO_DISK), Certainty::Assumed, &[(lost, Role::Opens)]);
            let out = check(&b.done().0);
            let told: Vec<_> = out.findings.iter().map(|f| (f.verdict, f.span.from, f.span.to)).collect();
            assert_eq!(told, [(Verdict::Fault, Some(at(60)), Some(at(to)))]);
        }
    }

    /// The event tells of the loss, the state at collection that it lasts; what was between is not known.
    #[test]
    fn found_once_where_it_lasts_to_the_collection() {
        let lasting = |between: Option<IoMode>| {
            let mut b = Build::new(600);
            b.node("N1", 17763).node("N2", 17763);
            let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
            b.owner(v, -1, 601, Some("N1"));
            let lost = b.event(60, "N2", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
            b.mode_of(v, "N2", (60, 61), Some(NO_DISK), Certainty::Assumed, &[(lost, Role::Opens)]);
            b.mode(v, "N2", (61, 590), between, Certainty::Derived);
            b.mode(v, "N2", (590, 601), Some(NO_DISK), Certainty::Observed);
            let out = check(&b.done().0);
            out.findings
                .iter()
                .map(|f| (f.verdict, f.span.certainty, f.span.from, f.span.to))
                .collect::<Vec<_>>()
        };
        let fault = |certainty, from| (Verdict::Fault, certainty, Some(at(from)), None);
        assert_eq!(lasting(None), [fault(Certainty::Assumed, 60)]);
        let apart = lasting(Some(IoMode::DIRECT));
        assert_eq!(apart.len(), 2, "{apart:?}");
        assert_eq!(apart[1], fault(Certainty::Observed, 590));
    }

    #[test]
    fn could_not_tell_on_2008_r2_without_the_log_of_backups() {
        let mut b = Build::new(600);
        b.node("N1", 7601).node("N2", 7601);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N1"));
        b.event(60, "N2", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        let with_log = check(&b.done().0);
        assert_eq!((with_log.findings.len(), with_log.not_judged.len()), (1, 0));
        let mut b = Build::new(600);
        b.node("N1", 7601).node("N2", 7601);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N1"));
        b.event(60, "N2", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        b.case.covered.retain(|c| c.channel != Channel::ClusterOperational);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].collect.contains("FailoverClustering/Operational"));
    }

    #[test]
    fn not_found_when_all_are_direct_or_a_backup_of_2008_r2_runs() {
        let mut b = Build::new(600);
        b.node("N1", 7601);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        b.event(50, "N1", v, VolumeClaim::Backup { on: true }, "backup was turned on");
        b.event(60, "N1", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        b.event(70, "N1", v, VolumeClaim::Backup { on: false }, "backup was turned off");
        assert_eq!(counts(&b.done().0), (0, 0));
    }
}
