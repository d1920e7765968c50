//! The first lines of the text report: the answer.

use std::collections::BTreeSet;

use super::{Group, tone, verdict_words};
use crate::case::{Route, RouteKind};
use crate::cause::{COLLECT_MODES, COLLECT_PAUSES};
use crate::detour::Sum;
use crate::fact::{Certainty, Instant, Span, StorageKind};
use crate::finding::Verdict;
use crate::report::Report;
use crate::report::page::Page;
use crate::report::scope::meet;
use crate::report::style::Tone;
use crate::words;

/// Causes told in full, and causes told in one line.
const FULL: usize = 2;
const SHORT: usize = 6;
/// Below six minutes a time is not told in hours (nanoseconds).
const SHORT_TIME: i64 = 360_000_000_000;

pub(super) fn render(page: &mut Page, report: &Report<'_>, groups: &[Group]) {
    let sums = Sums::of(report);
    headline(page, report, groups, &sums);
    page.blank();
    for (number, group) in groups.iter().enumerate().take(FULL) {
        in_full(page, report, number, group);
    }
    for (number, group) in groups.iter().enumerate().skip(FULL).take(SHORT) {
        in_short(page, report, number, group);
    }
    if let Some(rest) = groups.len().checked_sub(FULL + SHORT).filter(|rest| *rest > 0) {
        page.paragraph(0, &format!("and {} more below.", words::count(rest, "kind of finding")));
    }
    besides(page, report, &sums);
}

/// The routes of the report, summed by kind.
struct Sums {
    detour: Sum,
    /// Detours that no finding explains.
    unexplained: Sum,
    /// I/O that waited, and no finding explains it.
    waited: Sum,
    local: Sum,
    direct: Sum,
    held: Sum,
    unknown: Sum,
    missing: Vec<&'static str>,
}

impl Sums {
    fn of(report: &Report<'_>) -> Self {
        let sum = |wanted: &dyn Fn(usize, RouteKind) -> bool| {
            let routes = report.routes().filter(|(at, r)| wanted(*at, r.route)).map(|(_, r)| r);
            report.window().map_or_else(Sum::default, |window| Sum::of(routes, window))
        };
        let left = |wanted: &dyn Fn(RouteKind) -> bool| {
            let stretches = report.unexplained().filter(|(r, _)| wanted(r.route));
            let parts: Vec<Route> =
                stretches.map(|(r, span)| Route { span: span.clone(), ..r.clone() }).collect();
            report.window().map_or_else(Sum::default, |window| Sum::of(&parts, window))
        };
        let unknown = report.routes().filter(|(_, r)| r.route == RouteKind::Unknown);
        let mut missing: Vec<&'static str> = unknown.flat_map(|(_, r)| r.missing.iter().copied()).collect();
        missing.sort_unstable();
        missing.dedup();
        Self {
            detour: sum(&|_, kind| kind.is_detour()),
            unexplained: left(&|kind| kind.is_detour()),
            waited: left(&|kind| kind == RouteKind::Held),
            local: sum(&|_, kind| kind == RouteKind::OwnerLocal),
            direct: sum(&|_, kind| kind == RouteKind::Direct),
            held: sum(&|_, kind| kind == RouteKind::Held),
            unknown: sum(&|_, kind| kind == RouteKind::Unknown),
            missing,
        }
    }

    /// Every VM's route is known at every time.
    fn all_known(&self) -> bool {
        self.unknown.routes == 0 && self.direct.routes + self.local.routes + self.detour.routes > 0
    }
}

/// The answer in one line with its tone, and a sentence each on all routes and on what was measured.
pub(super) fn head(report: &Report<'_>, groups: &[Group]) -> (String, Tone, Vec<String>) {
    head_of(report, groups, &Sums::of(report))
}

fn headline(page: &mut Page, report: &Report<'_>, groups: &[Group], sums: &Sums) {
    let (head, tone, all) = head_of(report, groups, sums);
    page.toned(tone, &head);
    all.iter().for_each(|sentence| page.paragraph(0, sentence));
}

fn head_of(report: &Report<'_>, groups: &[Group], sums: &Sums) -> (String, Tone, Vec<String>) {
    let first = groups.first().map(|g| g.first(report).verdict);
    let faults: usize =
        groups.iter().filter(|g| g.first(report).verdict == Verdict::Fault).map(|g| g.findings.len()).sum();
    let detours = !sums.detour.vms.is_empty();
    let fault_open = report.not_judged.iter().any(|n| n.rule == "lost-disk-path");
    let no_fault = match fault_open {
        true => "no fault was found, but not everything could be judged (see COULD NOT TELL)",
        false => "no fault was found",
    };
    let explaining = groups.iter().find(|g| !g.sum.vms.is_empty()).map(|g| g.first(report).verdict);
    if report.volumes().next().is_none() {
        return (
            "COULD NOT TELL: no Cluster Shared Volume was found in the evidence.".into(),
            Tone::Warn,
            vec![
                "Whether something is broken was not judged. What was read and skipped stands below.".into(),
            ],
        );
    }
    let (head, tone) = match (faults, explaining) {
        // A fault leads the list of groups: its title is the answer.
        (1.., _) => {
            let title = groups.first().map(|group| group.title(report)).unwrap_or_default();
            (format!("FAULT: {title}."), Tone::Bad)
        }
        (0, Some(verdict)) => (format!("{}: {no_fault}.", verdict_words(verdict)), tone(verdict)),
        (0, None) if detours => {
            (format!("NOT EXPLAINED: {no_fault}, and no cause of the detour."), Tone::Warn)
        }
        (0, None) if sums.direct.routes + sums.local.routes > 0 && !beside(report, groups).is_empty() => {
            (format!("NO DETOUR OF A VOLUME, BUT OF FILES: {no_fault}."), Tone::Warn)
        }
        (0, None) if sums.all_known() => (format!("NO DETOUR: {no_fault}."), Tone::Good),
        (0, None) if sums.direct.routes + sums.local.routes > 0 => {
            (format!("NO DETOUR SEEN: {no_fault}; some routes are not known."), Tone::Warn)
        }
        (0, None) if first == Some(Verdict::Undetermined) => {
            (format!("UNDETERMINED: {no_fault}; whether a VM took a detour could not be told."), Tone::Warn)
        }
        (0, None) => (format!("COULD NOT TELL whether a VM took a detour; {no_fault}."), Tone::Warn),
    };
    let all = std::iter::once(in_all(report, groups, sums)).chain(super::traffic::sentence(report)).collect();
    (head, tone, all)
}

/// The groups that tell of files beside the mode of their volume, as the report numbers them.
fn beside(report: &Report<'_>, groups: &[Group]) -> Vec<String> {
    let numbered = groups.iter().enumerate().filter(|(_, group)| group.is_beside_mode(report));
    numbered.map(|(at, _)| format!("[{}]", at + 1)).collect()
}

/// One sentence on all routes together.
fn in_all(report: &Report<'_>, groups: &[Group], sums: &Sums) -> String {
    let detour = &sums.detour;
    if !detour.vms.is_empty() {
        return format!(
            "{} sent I/O over the network through the {} of {}: {}.",
            words::count(detour.vms.len(), "VM"),
            if detour.volumes.len() == 1 { "coordinator" } else { "coordinators" },
            words::count(detour.volumes.len(), "volume"),
            detour.amount()
        );
    }
    if sums.all_known() {
        let vms = sums.direct.vms.union(&sums.local.vms).count();
        let beside = beside(report, groups);
        if !beside.is_empty() {
            return format!(
                "By the modes of the volumes the I/O of {} went straight to the disk or stayed inside the coordinator; \
                 the files of {} go through the owner all the same.",
                words::count(vms, "VM"),
                words::list(beside, 4)
            );
        }
        return format!(
            "The I/O of {} went straight to the disk or stayed inside the coordinator; none went through another \
             node.",
            words::count(vms, "VM")
        );
    }
    if report.vms().next().is_none() {
        return "No VM was found in the evidence, so no route can be given; what is known of the volumes follows."
            .into();
    }
    let vms = words::count(report.vms().count(), "VM");
    let lacking = match sums.missing.as_slice() {
        [] if !sums.held.vms.is_empty() => {
            return format!("The I/O of {} waited: the volume was paused or unavailable.", vms);
        }
        [] => "their disks lead to no volume that is known".into(),
        missing => format!("missing is {}", words::list(missing.iter().map(|m| missing_words(m)), 4)),
    };
    format!("For {vms} the route of the I/O is not known: {lacking}.")
}

fn missing_words(missing: &str) -> &str {
    match missing {
        "node" => "where the VM ran",
        "running" => "whether the VM ran",
        "coordinator" => "who owned the volume",
        "mode" => "the I/O mode of the node",
        "volume" => "which volume the disk lies on",
        "state" => "whether the volume was paused",
        "contradiction" => "which of the contradicting sources is right",
        other => other,
    }
}

fn bytes(sum: &Sum) -> String {
    match sum.bytes {
        None => "bytes were not measured".into(),
        Some((read, written)) => {
            let part = match sum.measured < sum.routes {
                true => " in the part of the time that was measured",
                false => "",
            };
            let bound = if sum.lossy { "at least " } else { "" };
            let (read, written) = (words::bytes(read), words::bytes(written));
            format!("measured: {bound}{read} read and {written} written{part}")
        }
    }
}

fn in_full(page: &mut Page, report: &Report<'_>, number: usize, group: &Group) {
    let first = group.first(report);
    let label = format!("[{}] {}  ", number + 1, verdict_words(first.verdict));
    page.hanging(0, &label, &group.title(report), Some(tone(first.verdict)));
    let sum = &group.sum;
    if sum.vms.is_empty() {
        page.hanging(4, "who    ", &who_else(report, group), None);
        page.hanging(4, "when   ", &whole_time(report, group), None);
    } else {
        page.hanging(4, "who    ", &sum.who(report.case, 2), None);
        let (from, to) = (sum.from, sum.to);
        let span = Span { from, to, certainty: Certainty::Unknown, evidence: Vec::new() };
        let mut when = words::when(&span, report.case.from, report.case.to);
        if sum.routes > sum.vms.len() {
            when.push_str(", with interruptions or moves");
        }
        page.hanging(4, "when   ", &when, None);
        let way = match (sum.kinds.contains(&RouteKind::ViaCoordinatorFs), sum.kinds.len()) {
            (_, 2..) => "to the coordinator's file system, and below it",
            (true, _) => "to the coordinator's file system",
            (false, _) => "below the coordinator's file system",
        };
        let much = format!("{}; reads and writes over SMB {way}; {}", sum.amount(), bytes(sum));
        page.hanging(4, "much   ", &much, None);
    }
    if !group.with.is_empty() {
        let others = words::list(group.with.iter().map(|other| format!("[{}]", other + 1)), 4);
        let text = format!("{others} explains the same detour: ending this one alone does not end it");
        page.hanging(4, "but    ", &text, None);
    }
    page.hanging(4, "sure   ", &sure(report, group), None);
    if let Some(step) = group.first_step(report) {
        page.step(4, "do     ", step);
    }
}

/// Who is concerned where no route is a detour.
fn who_else(report: &Report<'_>, group: &Group) -> String {
    let labels = |vms: &BTreeSet<usize>| words::list(vms.iter().map(|&vm| report.case.vms[vm].label()), 4);
    if !group.held.vms.is_empty() {
        let (names, long) = (labels(&group.held.vms), words::length(group.held.nanos()));
        return format!("no VM took a detour because of it; the I/O of {names} waited, {long} in all");
    }
    let about =
        group.findings.iter().flat_map(|&f| report.findings[f].subjects.vms.iter().copied()).collect();
    if group.is_beside_mode(report) && !BTreeSet::is_empty(&about) {
        return format!("files of {}, beside the mode of the volume", labels(&about));
    }
    "no VM is known to have taken a detour because of it".into()
}

/// How sure; and what of the time above is not: a finding's own span is the sure part of it.
fn sure(report: &Report<'_>, group: &Group) -> String {
    let certainty = group.certainty(report);
    let words = certainty_words(certainty);
    let (sum, spans) = (&group.sum, || group.findings.iter().map(|&f| &report.findings[f].span));
    let from = spans().map(|s| s.from.or(report.case.from)).min().flatten();
    let to = spans().map(|s| s.to.or(report.case.to)).max().flatten();
    let before = sum.from.zip(from).is_some_and(|(shown, sure)| shown < sure);
    let after = sum.to.zip(to).is_some_and(|(shown, sure)| shown > sure);
    match (certainty > Certainty::Assumed, before, after) {
        (true, true, true) => format!("{words}; what lies before and after that is assumed"),
        (true, true, false) => {
            format!(
                "{words}, since {}; before that it is assumed",
                from.map(words::instant).unwrap_or_default()
            )
        }
        (true, false, true) => {
            format!("{words}, until {}; after that it is assumed", to.map(words::instant).unwrap_or_default())
        }
        _ => words.to_owned(),
    }
}

fn certainty_words(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Observed => "observed: a source says so",
        Certainty::Derived => "derived: it follows from what the sources say",
        Certainty::Assumed => "assumed: carried past the last evidence",
        Certainty::Unknown => "unknown: the sources are silent or contradict each other",
    }
}

/// From the first to the last of a group's findings.
fn whole_time(report: &Report<'_>, group: &Group) -> String {
    let spans = group.findings.iter().map(|&f| &report.findings[f].span);
    let from = spans.clone().map(|s| s.from).min().flatten();
    let ends: Option<Vec<Instant>> = spans.map(|s| s.to).collect();
    let to = ends.and_then(|ends| ends.into_iter().max());
    let span = Span { from, to, certainty: Certainty::Unknown, evidence: Vec::new() };
    let mut out = words::when(&span, report.case.from, report.case.to);
    let inside = |at: usize| report.window().and_then(|window| window.cut(&report.findings[at].span));
    let mut parts: Vec<(Instant, Instant)> =
        group.findings.iter().filter_map(|&f| inside(f)).map(|w| (w.from, w.to)).collect();
    parts.sort_unstable();
    let mut reached = Instant(i64::MIN);
    let (mut count, mut nanos) = (0, 0i64);
    for (from, to) in parts {
        count += usize::from(from > reached);
        nanos = nanos.saturating_add(to.0.saturating_sub(from.max(reached).0).max(0));
        reached = reached.max(to);
    }
    if count > 1 {
        out.push_str(&format!(", {count} times, {} in all", words::length(nanos)));
    }
    out
}

fn in_short(page: &mut Page, report: &Report<'_>, number: usize, group: &Group) {
    let first = group.first(report);
    let label = format!("[{}] {}  ", number + 1, verdict_words(first.verdict));
    let hours = match group.sum.vms.is_empty() {
        true => "no VM detoured".to_owned(),
        false => group.sum.amount(),
    };
    page.hanging(0, &label, &format!("{}: {hours}", group.title(report)), Some(tone(first.verdict)));
}

/// What else belongs to the answer: detours without a cause, I/O that was held, VMs that did not detour, gaps.
fn besides(page: &mut Page, report: &Report<'_>, sums: &Sums) {
    page.blank();
    without_cause(page, report, sums);
    if !sums.held.vms.is_empty() {
        let names = words::list(sums.held.vms.iter().map(|&vm| report.case.vms[vm].label()), 4);
        let long = words::length(sums.held.nanos());
        let mut text =
            format!("the I/O of {names} waited while the volume was paused or unavailable, {long} in all.");
        if !sums.waited.vms.is_empty() {
            let left = match sums.waited.nanos() >= sums.held.nanos() {
                true => "it".to_owned(),
                false => format!("{} of it", words::length(sums.waited.nanos())),
            };
            text.push_str(&format!(" No finding explains {left}; to settle it, on each node:"));
        }
        page.hanging(0, "Held: ", &text, None);
        if !sums.waited.vms.is_empty() {
            page.command(4, COLLECT_PAUSES);
        }
    }
    if !sums.detour.vms.is_empty() {
        let others = |sum: &Sum| {
            let names: Vec<String> =
                sum.vms.difference(&sums.detour.vms).map(|&vm| report.case.vms[vm].label()).collect();
            (names.len(), words::list(names, 4))
        };
        if let (1.., names) = others(&sums.local) {
            let text =
                format!("{names} ran on the coordinator itself; the redirected path stays inside that node.");
            page.hanging(0, "No detour: ", &text, None);
        }
        if let (1.., names) = others(&sums.direct) {
            page.hanging(0, "No detour: ", &format!("{names} had direct I/O."), None);
        }
    }
    if !sums.unknown.vms.is_empty() && (sums.direct.routes + sums.local.routes + sums.detour.routes > 0) {
        let missing = words::list(sums.missing.iter().map(|m| missing_words(m)), 4);
        let missing = if missing.is_empty() { "the route".to_owned() } else { missing };
        let names = words::list(sums.unknown.vms.iter().map(|&vm| report.case.vms[vm].label()), 4);
        let text = format!("{missing}, for {names} ({}).", amount(&sums.unknown));
        page.hanging(0, "Not known: ", &text, Some(Tone::Warn));
    }
    if report.volumes().any(|(_, v)| v.storage.value == Some(StorageKind::SpacesDirect)) {
        page.paragraph(
            0,
            "Storage Spaces Direct: \"direct\" means not through the coordinator; the storage bus still crosses the \
             network to the disks of other nodes.",
        );
    }
    if !report.scope.is_all() {
        page.paragraph(0, "Shown is only what was asked for; the case was judged as a whole.");
    }
}

/// What no finding explains: how much of it, and what would settle it.
fn without_cause(page: &mut Page, report: &Report<'_>, sums: &Sums) {
    if !sums.unexplained.vms.is_empty() {
        let who = sums.unexplained.who(report.case, 2);
        let named = match reasons_without_cause(report).as_slice() {
            [] => "no reason was named".to_owned(),
            reasons => format!("the nodes name {}", words::list(reasons, 4)),
        };
        let text = format!("{who}; {} of detours; {named}. To settle it:", amount(&sums.unexplained));
        page.hanging(0, "Without a known cause: ", &text, Some(Tone::Warn));
        page.command(4, COLLECT_MODES);
    }
}

/// A time of VMs: seconds of doubt inside a pause are no hours.
fn amount(sum: &Sum) -> String {
    let nanos = sum.nanos();
    match nanos < SHORT_TIME {
        true => format!("{} in all", words::length(nanos)),
        false => format!("{} VM-hours", words::hours(nanos)),
    }
}

/// The reasons that nodes name for detours that no finding explains.
fn reasons_without_cause(report: &Report<'_>) -> Vec<String> {
    let mut out = BTreeSet::new();
    let unexplained = report.unexplained().filter(|(r, _)| r.route.is_detour());
    for (route, span) in unexplained {
        let Some(volume) = route.volume.and_then(|v| report.case.volumes.get(v)) else { continue };
        let of_node = volume.io_mode.iter().filter(|(node, _)| Some(node) == route.node.as_ref());
        for piece in of_node.flat_map(|(_, t)| &t.pieces).filter(|p| meet(&p.span, span)) {
            if let Some(mode) = piece.value {
                out.extend(mode.file_system.words());
                out.extend(mode.block.words());
            }
        }
    }
    out.into_iter().collect()
}
