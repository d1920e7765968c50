//! Sentences that several rules say in the same way, and the commands that settle questions.

use std::collections::{BTreeMap, BTreeSet};

use super::Episode;
use crate::case::{Case, Route, RouteKind, VmStory, VolumeStory};
use crate::detour::{Sum, Window};
use crate::fact::{BlockReasons, FileSystem, FsReasons, Name, Span};
use crate::finding::{NotJudged, Subjects};
use crate::words;

/// The first step where all is as it should be.
pub(crate) const NOTHING_TO_REPAIR: &str = "Nothing is broken and nothing needs repair. If the detour costs too \
     much, let each VM run on the node that owns its volume.";
/// Shows the mode of every node with its reasons.
pub(crate) const SHOW_MODES: &str = "Get-ClusterSharedVolumeState | Format-Table Name, Node, StateInfo, \
     FileSystemRedirectedIOReason, BlockRedirectedIOReason";
pub(crate) use crate::cause::COLLECT_MODES;
/// Keeps owners and file systems of the volumes for a bundle.
pub(crate) const COLLECT_VOLUMES: &str = "Get-ClusterSharedVolume | Export-Clixml -Depth 6 csv.xml";
/// Tells a Storage Space from a LUN.
pub(crate) const COLLECT_STORAGE: &str = "Get-Cluster | Export-Clixml -Depth 3 cluster.xml\n\
     Get-VirtualDisk | Export-Clixml -Depth 3 virtual-disk.xml\n\
     Get-ClusterResource | Where-Object ResourceType -like 'Physical Disk' | Get-ClusterParameter | Export-Clixml -Depth 3 disk-parameter.xml\n\
     Get-Disk | Export-Clixml -Depth 2 \"$env:COMPUTERNAME-disk.xml\"";
/// Keeps the System log of a node.
pub(crate) const COLLECT_SYSTEM: &str = "wevtutil epl System \"$env:COMPUTERNAME-System.evtx\"";
/// Keeps the cluster's own Operational log of a node.
pub(crate) const COLLECT_OPERATIONAL: &str = "wevtutil epl Microsoft-Windows-FailoverClustering/Operational \"$env:COMPUTERNAME-FailoverClustering-Operational.evtx\"";

/// Shows a FailoverClustering event of the System log on every node.
pub(crate) fn find_event(id: u16) -> String {
    format!(
        "Get-ClusterNode | ForEach-Object {{ Get-WinEvent -ComputerName $_.Name -FilterHashtable \
         @{{LogName='System'; ProviderName='Microsoft-Windows-FailoverClustering'; Id={id}}} }}"
    )
}

/// Prose and commands of one step: the commands stand on lines of their own.
pub(crate) fn step(prose: impl Into<String>, commands: &[String]) -> String {
    let mut out: String = prose.into();
    for command in commands {
        out.push('\n');
        out.push_str(command);
    }
    out
}

/// The volume's resource as a PowerShell string; the friendly name where no resource is known.
pub(crate) fn resource(volume: &VolumeStory) -> String {
    match (&volume.resource, &volume.friendly) {
        (Some(name), _) | (None, Some(name)) => words::powershell(name),
        _ => "'<resource of the volume>'".into(),
    }
}

/// When an episode was, and how far it is assumed to reach.
pub(crate) fn when(case: &Case, episode: &Episode) -> String {
    let (whole, span) = (episode.whole(), &episode.span);
    let open_from = span.from.is_none() || span.from <= case.from;
    let open_to = span.to.is_none_or(|to| case.to.is_some_and(|last| to >= last));
    let before = !open_from && whole.from < span.from;
    let after = !open_to && whole.to.is_none_or(|to| span.to.is_some_and(|end| to > end));
    let brief = span.from.zip(span.to).is_some_and(|(from, to)| to.0.saturating_sub(from.0) < 1_000_000_000);
    let mut out = match (brief && (before || after), span.from) {
        // Known of one moment, assumed around it.
        (true, Some(from)) => format!("at {}", words::instant(from)),
        _ => words::when(span, case.from, case.to),
    };
    let since = whole.from.or(case.from).filter(|_| before).map(words::instant);
    let until = whole.to.or(case.to).filter(|_| after).map(words::instant);
    match (since, until) {
        (Some(since), Some(until)) => out.push_str(&format!(", and it is assumed from {since} to {until}")),
        (Some(since), None) => out.push_str(&format!(", and it is assumed since {since}")),
        (None, Some(until)) => out.push_str(&format!(", and it is assumed to have gone on until {until}")),
        (None, None) => {}
    }
    out
}

/// The detours of a volume from some nodes within a span.
pub(crate) fn detours(case: &Case, volume: usize, nodes: &BTreeSet<Name>, span: &Span) -> Sum {
    let Some(window) = Window::of_case(case).and_then(|w| w.cut(span)) else { return Sum::default() };
    let on_nodes = |r: &&Route| r.node.as_ref().is_some_and(|node| nodes.contains(node));
    let taken = case.routes_during(volume, span).filter(|r| r.route.is_detour()).filter(on_nodes);
    Sum::of(taken, window)
}

/// Who detoured, or that nobody did, or that it cannot be told. One or two sentences.
pub(crate) fn who(case: &Case, volume: usize, episode: &Episode) -> String {
    let (nodes, span) = (&episode.nodes, &episode.whole());
    let sum = detours(case, volume, nodes, span);
    if Window::of_case(case).and_then(|w| w.cut(span)).is_none() {
        return "How much took the detour cannot be told.".into();
    }
    let disks = case.vms.iter().flat_map(|vm| &vm.disks).filter(|d| d.volume == Some(volume)).count();
    let window = Window::of_case(case).and_then(|w| w.cut(span));
    let unknown: BTreeSet<usize> = case
        .routes_during(volume, span)
        .filter(|r| r.route == RouteKind::Unknown)
        .filter(|r| window.is_some_and(|w| w.cut(&r.span).is_some()))
        .map(|r| r.vm)
        .collect();
    let mut out = if !sum.vms.is_empty() {
        format!("Detoured: {}; {}.", sum.who(case, 3), sum.amount())
    } else if disks == 0 {
        "Which VMs use the volume is not known: no disk of a VM was traced to it.".into()
    } else if unknown.is_empty() {
        "No VM was on a node where this makes a detour.".into()
    } else {
        "No VM is known to have taken the detour.".into()
    };
    let silent: Vec<String> =
        unknown.iter().filter(|vm| !sum.vms.contains(vm)).map(|&vm| case.vms[vm].label()).collect();
    if !silent.is_empty() {
        out.push_str(&format!(" For {} the route is not known at some time.", words::list(silent, 4)));
    }
    let local = local_vms(case, volume, span);
    if !local.is_empty() && span_is_redirected_on_owner(case, volume, nodes) {
        let labels: Vec<String> = local.iter().map(|&vm| case.vms[vm].label()).collect();
        out.push_str(&format!(
            " {} ran on the coordinator itself: there the redirected path stays inside the node.",
            words::list(labels, 4)
        ));
    }
    out
}

fn local_vms(case: &Case, volume: usize, span: &Span) -> BTreeSet<usize> {
    let Some(window) = Window::of_case(case).and_then(|w| w.cut(span)) else { return BTreeSet::new() };
    let local = case.routes_during(volume, span).filter(|r| r.route == RouteKind::OwnerLocal);
    local.filter(|r| window.cut(&r.span).is_some()).map(|r| r.vm).collect()
}

fn span_is_redirected_on_owner(case: &Case, volume: usize, nodes: &BTreeSet<Name>) -> bool {
    let mut owners = case.volumes[volume].coordinator.pieces.iter().filter_map(|p| p.value.as_ref());
    owners.any(|owner| nodes.contains(owner))
}

/// Whom a finding on an episode is about: the volume, its nodes, and the VMs that detoured.
pub(crate) fn subjects(case: &Case, volume: usize, episode: &Episode) -> Subjects {
    let vms = detours(case, volume, &episode.nodes, &episode.whole()).vms;
    Subjects {
        volumes: vec![volume],
        vms: vms.into_iter().collect(),
        nodes: episode.nodes.iter().cloned().collect(),
    }
}

/// Says which other reasons hold the volume redirected, so that removing `mine` alone changes nothing. Empty where
/// there are none.
pub(crate) fn other_reasons(volume: &VolumeStory, episode: &Episode, mine: FsReasons) -> String {
    let mut others = FsReasons(episode.file_system.0 & !mine.0).words();
    if volume.file_system.value == Some(FileSystem::Refs) && !mine.has(FsReasons::FILE_SYSTEM_REFS) {
        let named = FsReasons::FILE_SYSTEM_REFS.words();
        if !others.iter().any(|word| named.contains(word)) {
            others.push("ReFS".into());
        }
    }
    if episode.block != BlockReasons::default() {
        others.extend(episode.block.words());
    }
    match others.as_slice() {
        [] => String::new(),
        words => format!(
            " This is not the only reason: {} also {} the volume redirected, so removing this one alone would \
             not bring direct I/O back.",
            words::list(words, 4),
            if words.len() == 1 { "keeps" } else { "keep" }
        ),
    }
}

/// The VMs with a disk on the volume, each with the node where it ran last, as far as any is known.
fn users(case: &Case, volume: usize) -> Vec<(&VmStory, &Name)> {
    let uses = |vm: &&VmStory| vm.disks.iter().any(|disk| disk.volume == Some(volume));
    let users = case.vms.iter().filter(uses);
    let last = users.map(|vm| (vm, vm.placement.pieces.iter().rev().find_map(|p| p.value.as_ref())));
    last.filter_map(|(vm, place)| Some((vm, &place?.node))).collect()
}

/// The nodes on which most of these VMs ran, in order of their names.
fn most_on<'a>(users: &[(&'a VmStory, &'a Name)]) -> Vec<&'a Name> {
    let mut count: BTreeMap<&Name, usize> = BTreeMap::new();
    users.iter().for_each(|(_, node)| *count.entry(node).or_default() += 1);
    let most = count.values().max().copied();
    count.into_iter().filter(|(_, n)| Some(*n) == most).map(|(node, _)| node).collect()
}

/// A step that brings VMs and owner together, after `prose`. Where most of the volume's VMs ran last on one other
/// node, the volume moves there; else the VMs move to the owner.
pub(crate) fn align(case: &Case, volume: usize, prose: &str) -> String {
    let story = &case.volumes[volume];
    let users = users(case, volume);
    let homes = most_on(&users);
    let owner = story.coordinator.pieces.last().and_then(|p| p.value.as_ref());
    let away = users.iter().find(|(_, node)| owner.is_some_and(|owner| owner != *node));
    match (homes.as_slice(), owner, away) {
        ([node], owner, _) if Some(*node) != owner => {
            step(prose, &[move_to(story, &words::powershell(node))])
        }
        ([node, ..], None, _) => step(prose, &[move_to(story, &words::powershell(node))]),
        (_, Some(owner), Some((vm, _))) => step(
            prose,
            &[format!(
                "Move-ClusterVirtualMachineRole -Name {} -Node {} -MigrationType Live",
                role(vm),
                words::powershell(owner)
            )],
        ),
        ([_, ..], ..) => format!("{prose} As far as is known they were together at the end of the evidence."),
        ([], ..) => step(prose, &[move_to(story, "'<node of its VMs>'")]),
    }
}

/// The command that moves a volume once more, after `prose`: to where most of its VMs are, if that is not its owner.
pub(crate) fn move_again(case: &Case, volume: usize, prose: &str) -> String {
    let story = &case.volumes[volume];
    let owner = story.coordinator.pieces.last().and_then(|p| p.value.as_ref());
    let homes = most_on(&users(case, volume));
    let to = homes.first().filter(|home| Some(**home) != owner);
    step(prose, &[move_to(story, &to.map_or("'<node>'".into(), words::powershell))])
}

fn move_to(volume: &VolumeStory, node: &str) -> String {
    format!("Move-ClusterSharedVolume -Name {} -Node {node}", resource(volume))
}

/// The VM's cluster role as a PowerShell string.
pub(crate) fn role(vm: &VmStory) -> String {
    words::powershell(vm.group.as_ref().map_or_else(|| vm.label(), ToString::to_string))
}

/// One "could not tell" for several volumes.
pub(crate) fn not_judged(
    rule: &'static str,
    volumes: &[String],
    missing: impl Fn(&str) -> String,
    collect: &str,
) -> Option<NotJudged> {
    if volumes.is_empty() {
        return None;
    }
    Some(NotJudged { rule, missing: missing(&words::list(volumes, 5)), collect: collect.to_owned() })
}
