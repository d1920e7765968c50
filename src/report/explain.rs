//! One VM or volume at one moment, hop by hop: `throughline explain`.
//!
//! Each hop says how sure it is and quotes what it rests on. A hop that is not known is shown as such; nothing is
//! filled in from its neighbours. Which of several networks carried the SMB traffic is not known here.

use super::page::Page;
use super::scope::{vm_is_named, volume_is_named};
use super::style::Tone;
use super::{Report, Style, quote};
use crate::case::{Case, Route, RouteKind, VmStory, VolumeStory};
use crate::fact::{Certainty, Evidence, Instant, ModeKind, Name, StorageKind, VolumeRef};
use crate::finding::{Effect, Finding, Subjects};
use crate::words;

/// Whom to explain: an index into the case.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A VM.
    Vm(usize),
    /// A volume.
    Volume(usize),
}

/// The VM of that name, group or GUID.
///
/// # Errors
/// There is none: the message lists the names that there are.
pub fn vm(case: &Case, name: &str) -> Result<Subject, String> {
    let wanted = Name::new(name);
    let at = case.vms.iter().position(|vm| vm_is_named(vm, &wanted));
    at.map(Subject::Vm).ok_or_else(|| no_such("VM", name, case.vms.iter().map(VmStory::label).collect()))
}

/// The volume of that friendly name, resource, GUID or path.
///
/// # Errors
/// There is none: the message lists the names that there are.
pub fn volume(case: &Case, name: &str) -> Result<Subject, String> {
    let named = |wanted: &Name| case.volumes.iter().position(|volume| volume_is_named(volume, wanted));
    let at = named(&Name::new(name)).or_else(|| named(&VolumeRef::friendly_of(name)?));
    at.map(Subject::Volume)
        .ok_or_else(|| no_such("volume", name, case.volumes.iter().map(VolumeStory::label).collect()))
}

fn no_such(noun: &str, name: &str, names: Vec<String>) -> String {
    let name = quote::line(name);
    match names.is_empty() {
        true => format!("no {noun} '{name}': no {noun} was found in the evidence"),
        false => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("no {noun} '{name}'; there {verb} {}", quote::line(&words::list(names, 12)))
        }
    }
}

/// Hop by hop at a moment; without one, at the end of the last detour, else at the end of the evidence. Quotes what
/// [`super::Reach::Everything`] fetched.
#[must_use]
pub fn render(report: &Report<'_>, subject: Subject, at: Option<Instant>, style: Style) -> String {
    let mut page = Page::new(style);
    let Some(at) = at.or_else(|| moment(report, subject)) else {
        page.paragraph(
            0,
            "Nothing in the evidence could be placed in time, so there is no moment to explain.",
        );
        return page.finish();
    };
    let outside = report.case.from.is_some_and(|from| at < from) || report.case.to.is_some_and(|to| at > to);
    if let (true, Some(from), Some(to)) = (outside, report.case.from, report.case.to) {
        let (at, from, to) = (words::instant(at), words::instant(from), words::instant(to));
        let text = format!(
            "{at} is outside the evidence, which goes from {from} to {to}: nothing is known of that time. Below \
             stands what would hold if nothing had changed in between."
        );
        page.paragraph(0, &text);
        page.blank();
    }
    match subject {
        Subject::Vm(vm) => of_vm(&mut page, report, vm, at),
        Subject::Volume(volume) => of_volume(&mut page, report, volume, at),
    }
    page.finish()
}

/// Just before the end of the last detour (ends are exclusive), else the end of the evidence.
fn moment(report: &Report<'_>, subject: Subject) -> Option<Instant> {
    let last = report.case.to?;
    let of_subject = |route: &&Route| match subject {
        Subject::Vm(vm) => route.vm == vm,
        Subject::Volume(volume) => route.volume == Some(volume),
    };
    let detours = report.case.routes.iter().filter(of_subject).filter(|r| r.route.is_detour());
    let end = detours.map(|r| r.span.to.map_or(last, |to| to.min(last))).max().unwrap_or(last);
    // At the end of the evidence itself stand the snapshots.
    Some(if end >= last { last } else { Instant(end.0.saturating_sub(1)) })
}

fn said(certainty: Certainty) -> String {
    format!("[{}]", certainty.word())
}

/// One hop: what it is, what is said of it, how sure, and up to two quotes.
fn hop(
    page: &mut Page,
    report: &Report<'_>,
    label: &str,
    text: &str,
    certainty: Certainty,
    evidence: &[Evidence],
) {
    page.hanging(2, &format!("{label:<12}"), &format!("{text} {}", said(certainty)), Some(Tone::Head));
    for cited in evidence.iter().take(2) {
        let Some(placed) = report.case.facts.get(cited.fact.0 as usize) else { continue };
        let origin = placed.fact.origin;
        let place = format!("{} {}", cited.role.word(), report.place(origin));
        page.quoted(14, &place, report.quote(origin));
    }
}

fn of_vm(page: &mut Page, report: &Report<'_>, at_vm: usize, at: Instant) {
    let case = report.case;
    let Some(vm) = case.vms.get(at_vm) else { return };
    let routes: Vec<(usize, &Route)> =
        case.routes.iter().enumerate().filter(|(_, r)| r.vm == at_vm && r.span.contains(at)).collect();
    page.heading(&format!("VM {} at {}", vm.label(), words::instant_fine(at)));
    page.blank();
    match vm.placement.piece_at(at).and_then(|piece| Some((piece, piece.value.as_ref()?))) {
        Some((piece, place)) => {
            let state = place.state.as_ref().map_or("state not known", |s| s.word());
            let text = format!("ran on {}, {state}", place.node);
            hop(page, report, "VM", &text, piece.span.certainty, &piece.span.evidence);
        }
        None => hop(page, report, "VM", "where it ran is not known", Certainty::Unknown, &[]),
    }
    if vm.disks.is_empty() {
        hop(page, report, "disk", "no disk of it is known, so no volume either", Certainty::Unknown, &[]);
    }
    for (at_disk, disk) in vm.disks.iter().enumerate() {
        page.blank();
        let Some((at_volume, volume)) = disk.volume.and_then(|v| Some((v, case.volumes.get(v)?))) else {
            let text = format!("{}: leads to no volume that is known", disk.path);
            hop(page, report, "disk", &text, Certainty::Unknown, &disk.evidence);
            continue;
        };
        let text = format!("{} lies on {}", disk.path, volume.label());
        hop(page, report, "disk", &text, Certainty::Derived, &disk.evidence);
        let node = vm.placement.at(at).map(|place| place.node.clone());
        if let Some(node) = &node {
            on_node(page, report, volume, node, at);
        }
        let route = routes.iter().find(|(_, r)| r.disk == at_disk);
        network(page, report, route.map(|(_, r)| *r));
        owner(page, report, volume, at);
        below(page, report, volume);
        conclusion(page, report, at_volume, route.copied(), at);
    }
}

/// The proxy file system on a node: state and mode.
fn on_node(page: &mut Page, report: &Report<'_>, volume: &VolumeStory, node: &Name, at: Instant) {
    let state = volume.state.iter().find(|(name, _)| name == node).and_then(|(_, t)| t.piece_at(at));
    if let Some((piece, state)) = state.and_then(|piece| Some((piece, piece.value?))) {
        let text = format!("CSVFS on {node} was {} for {}", state.word(), volume.label());
        hop(page, report, "state", &text, piece.span.certainty, &piece.span.evidence);
    }
    let mode = volume.io_mode.iter().find(|(name, _)| name == node).and_then(|(_, t)| t.piece_at(at));
    match mode.and_then(|piece| Some((piece, piece.value?))) {
        Some((piece, mode)) => {
            let mut reasons = mode.file_system.words();
            reasons.extend(mode.block.words());
            let why = match (reasons.is_empty(), mode.kind) {
                (false, _) => format!(", reason {}", reasons.join(", ")),
                (true, ModeKind::Direct) => String::new(),
                (true, _) => ", no reason named".into(),
            };
            let text = format!("{} on {node}{why}", mode.kind.word());
            hop(page, report, "mode", &text, piece.span.certainty, &piece.span.evidence);
        }
        None => {
            let text = format!("the I/O mode of {node} for {} is not known", volume.label());
            hop(page, report, "mode", &text, Certainty::Unknown, &[]);
        }
    }
}

fn network(page: &mut Page, report: &Report<'_>, route: Option<&Route>) {
    let Some(route) = route.filter(|r| r.route.is_detour()) else { return };
    let name = |node: &Option<Name>| node.as_ref().map_or("?".into(), ToString::to_string);
    let text = format!(
        "SMB from {} to {}; which of the cluster's networks carried it is not known",
        name(&route.node),
        name(&route.coordinator)
    );
    hop(page, report, "network", &text, route.span.certainty, &[]);
}

fn owner(page: &mut Page, report: &Report<'_>, volume: &VolumeStory, at: Instant) {
    match volume.coordinator.piece_at(at).and_then(|piece| Some((piece, piece.value.as_ref()?))) {
        Some((piece, owner)) => {
            let text = format!("{owner} owned {}", volume.label());
            hop(page, report, "coordinator", &text, piece.span.certainty, &piece.span.evidence);
        }
        None => {
            let text = format!("who owned {} is not known", volume.label());
            hop(page, report, "coordinator", &text, Certainty::Unknown, &[]);
        }
    }
}

/// File system and storage.
fn below(page: &mut Page, report: &Report<'_>, volume: &VolumeStory) {
    let file_system = volume.file_system.value.as_ref().map_or("not known", |f| f.word());
    let text = format!("file system {file_system}");
    hop(page, report, "below", &text, volume.file_system.certainty, &volume.file_system.evidence);
    let storage = match volume.storage.value {
        Some(StorageKind::San) => "a LUN that all nodes are meant to see",
        Some(StorageKind::SharedSpace) => "a Storage Space on a shared enclosure",
        Some(StorageKind::SpacesDirect) => {
            "Storage Spaces Direct; the storage bus crosses the network to the disks of other nodes"
        }
        Some(StorageKind::StorageReplica) => "a disk under Storage Replica",
        None => "storage of a kind that is not known",
    };
    hop(page, report, "storage", storage, volume.storage.certainty, &volume.storage.evidence);
}

/// Does the finding tell of files that go through the owner while this route is direct? How long a veto of a file holds
/// is not established, so what began before counts.
fn is_beside(finding: &Finding, volume: usize, route: &Route, moment: Instant) -> bool {
    let Subjects { volumes, vms, .. } = &finding.subjects;
    route.route == RouteKind::Direct
        && finding.explains.contains(&Effect::Traffic)
        && volumes.contains(&volume)
        && (vms.is_empty() || vms.contains(&route.vm))
        && finding.span.from.is_none_or(|from| from <= moment)
        && (finding.span.contains(moment) || finding.rule == "file-veto")
}

/// Which way the I/O went, and why.
fn conclusion(
    page: &mut Page,
    report: &Report<'_>,
    at_volume: usize,
    route: Option<(usize, &Route)>,
    moment: Instant,
) {
    let Some((at, route)) = route else {
        page.hanging(2, "-> ", "No route is known for this moment.", Some(Tone::Warn));
        return;
    };
    let owner = route.coordinator.as_ref().map_or("its coordinator".into(), ToString::to_string);
    let text = match route.route {
        RouteKind::Direct => "I/O went straight to the disk; only metadata goes to the coordinator.".into(),
        RouteKind::OwnerLocal => {
            "I/O was redirected inside the coordinator itself and crossed no network.".into()
        }
        RouteKind::ViaCoordinatorFs => {
            format!("I/O went over the network through the file system of {owner}.")
        }
        RouteKind::ViaCoordinatorBlock => {
            format!("I/O went over the network through {owner}, below its file system.")
        }
        RouteKind::Held => "I/O was held: the volume was paused or not available on the node.".into(),
        RouteKind::Unknown => {
            format!("Which way the I/O went is not known; missing: {}.", route.missing.join(", "))
        }
    };
    let tone = if route.route.is_detour() { Tone::Warn } else { Tone::Good };
    page.hanging(2, "-> ", &format!("{text} {}", said(route.span.certainty)), Some(tone));
    // Of the causes of a long route those of this moment, where there are any.
    let causes: Vec<_> = report.causes_of(at).iter().map(|&cause| &report.findings[cause]).collect();
    let of_moment: Vec<_> = causes.iter().copied().filter(|f| f.span.contains(moment)).collect();
    for finding in if of_moment.is_empty() { causes } else { of_moment } {
        page.hanging(
            2,
            "why ",
            &format!("{}: {} ({})", finding.verdict.word(), finding.title, finding.rule),
            None,
        );
    }
    for finding in report.findings.iter().filter(|f| is_beside(f, at_volume, route, moment)) {
        let text = format!("{}: {} ({})", finding.verdict.word(), finding.title, finding.rule);
        page.hanging(2, "but ", &text, Some(Tone::Warn));
    }
    if route.route.is_detour() && report.causes_of(at).is_empty() {
        let label = report.case.volumes.get(at_volume).map(|v| v.label()).unwrap_or_default();
        page.hanging(
            2,
            "why ",
            &format!("no rule explains it; see what the nodes name as reason for {label}"),
            None,
        );
    }
}

fn of_volume(page: &mut Page, report: &Report<'_>, at_volume: usize, at: Instant) {
    let case = report.case;
    let Some(volume) = case.volumes.get(at_volume) else { return };
    page.heading(&format!("Volume {} at {}", volume.label(), words::instant_fine(at)));
    page.blank();
    owner(page, report, volume, at);
    below(page, report, volume);
    for (node, _) in &volume.io_mode {
        on_node(page, report, volume, node, at);
    }
    if volume.io_mode.is_empty() {
        hop(page, report, "mode", "no I/O mode of any node is known", Certainty::Unknown, &[]);
    }
    let routes = case.routes.iter().filter(|r| r.volume == Some(at_volume) && r.span.contains(at));
    let mut by_way: std::collections::BTreeMap<_, Vec<String>> = std::collections::BTreeMap::new();
    for route in routes {
        let vm = case.vms.get(route.vm).map(|vm| vm.label()).unwrap_or_default();
        let way = (route.route, route.node.clone(), route.coordinator.clone());
        let vms = by_way.entry(way).or_default();
        if !vms.contains(&vm) {
            vms.push(vm);
        }
    }
    page.blank();
    if by_way.is_empty() {
        page.paragraph(2, "No VM is known to use it at this moment.");
    }
    for ((way, node, owner), vms) in by_way {
        let name = |node: &Option<Name>| node.as_ref().map_or("?".into(), ToString::to_string);
        let through = if way.is_detour() { format!(" through {}", name(&owner)) } else { String::new() };
        let tone = if way.is_detour() { Tone::Warn } else { Tone::Good };
        let text = format!("{} on {}{through}: VM {}", way.word(), name(&node), words::list(vms, 8));
        page.hanging(2, "-> ", &text, Some(tone));
    }
    for finding in report.findings.iter().filter(|f| f.subjects.volumes.contains(&at_volume)) {
        let holds_on = finding.rule == "file-veto" && finding.span.from.is_none_or(|from| from <= at);
        if finding.span.contains(at) || holds_on {
            let text = format!("{}: {} ({})", finding.verdict.word(), finding.title, finding.rule);
            page.hanging(2, "why ", &text, None);
        }
    }
}
