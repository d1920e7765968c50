//! The check that both filter rules share: a reason flag, and the event that names the drivers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Episode, Told, say};
use crate::case::Case;
use crate::fact::{
    Certainty, Claim, FactId, FilterClaim, FsReasons, Instant, Name, RedirectCause, Role, Span, VolumeClaim,
};
use crate::finding::{Effect, Finding, Verdict};
use crate::rule::Judgement;
use crate::words;

/// What tells the two kinds of filter apart.
pub(crate) struct Kind {
    pub(crate) rule: &'static str,
    /// The reason flag.
    pub(crate) flag: FsReasons,
    /// What the event names.
    pub(crate) cause: RedirectCause,
    /// The event that names the drivers.
    pub(crate) event: u16,
    /// `file-system filter` or `volume filter`.
    pub(crate) noun: &'static str,
    /// Steps of the rule, given the drivers in words.
    pub(crate) next_steps: fn(&str) -> Vec<String>,
}

/// An episode and the drivers that the events in it name.
struct Found {
    episode: Episode,
    drivers: BTreeSet<Name>,
    reporters: BTreeSet<Name>,
}

pub(crate) fn check(case: &Case, kind: &Kind) -> Judgement {
    let mut out = Judgement::default();
    let is_named =
        |claim: &VolumeClaim| matches!(claim, VolumeClaim::FilterFound { cause, .. } if *cause == kind.cause);
    let named = super::told(case, is_named);
    let logged = super::system_log_everywhere(case);
    let named = super::by_volume(case, &named);
    let mut unknown = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let flagged = super::episodes(volume, |m| m.file_system.has(kind.flag));
        let mut found: Vec<Found> = flagged
            .into_iter()
            .map(|episode| Found { episode, drivers: BTreeSet::new(), reporters: BTreeSet::new() })
            .collect();
        for told in &named[at] {
            attach(case, kind, told, &mut found);
        }
        if found.is_empty() && !super::has_known_mode(volume) && !logged {
            unknown.push(volume.label());
        }
        out.findings.extend(found.into_iter().map(|f| finding(case, kind, at, f)));
    }
    out.not_judged.extend(say::not_judged(
        kind.rule,
        &unknown,
        |volumes| {
            format!(
                "the I/O mode of every node for {volumes}, or the System log of every node: event {} names \
                 the drivers",
                kind.event
            )
        },
        &format!("{}\n{}", say::COLLECT_MODES, say::COLLECT_SYSTEM),
    ));
    out
}

/// Puts an event to the episode that it belongs to, else opens one.
fn attach(case: &Case, kind: &Kind, told: &Told<'_>, found: &mut Vec<Found>) {
    let VolumeClaim::FilterFound { drivers, .. } = told.claim else { return };
    let at_home = |f: &&mut Found| told.at.is_none_or(|at| super::holds_near(&f.episode.span, at));
    let home = match found.iter_mut().find(at_home) {
        Some(home) => home,
        None => {
            let span = Span {
                from: told.at,
                to: told.at.and_then(|at| known_without(case, told.volume, kind.flag, at)).or(case.to),
                certainty: Certainty::Assumed,
                evidence: Vec::new(),
            };
            let mut episode = Episode::told(told.node.cloned().unwrap_or_else(|| Name::new("?")), span);
            episode.nodes = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
            found.push(Found { episode, drivers: BTreeSet::new(), reporters: BTreeSet::new() });
            let last = found.len() - 1;
            &mut found[last]
        }
    };
    let opens = home.episode.span.from.is_some() && home.episode.span.from == told.at;
    home.episode.cite(told.fact, if opens { Role::Opens } else { Role::Supports });
    home.drivers.extend(drivers.iter().cloned());
    home.reporters.extend(told.node.cloned());
}

/// The first instant after `at` at which a mode of the volume is known and does not name the flag.
fn known_without(case: &Case, volume: usize, flag: FsReasons, at: Instant) -> Option<Instant> {
    let pieces = case.volumes[volume].io_mode.iter().flat_map(|(_, timeline)| &timeline.pieces);
    let without = pieces.filter(|p| p.value.is_some_and(|m| !m.file_system.has(flag)));
    without.filter_map(|p| p.span.from).filter(|from| *from > at).min()
}

fn finding(case: &Case, kind: &Kind, at: usize, found: Found) -> Finding {
    let Found { mut episode, drivers, reporters } = found;
    let volume = &case.volumes[at];
    let label = volume.label();
    let carried = episode.span.certainty == Certainty::Assumed && !drivers.is_empty();
    let loaded = loaded_on(case, &drivers);
    for fact in loaded.values().flatten().flat_map(|(_, facts)| facts).take(4) {
        episode.cite(*fact, Role::Supports);
    }
    if kind.cause == RedirectCause::FileSystemFilter {
        for fact in vetoes(case, &episode.span).into_iter().take(3) {
            episode.cite(fact, Role::Supports);
        }
    }
    let names = words::list(drivers.iter(), 6);
    let by = match drivers.is_empty() {
        true => format!("a {} driver", kind.noun),
        false => format!("the {} driver{} {names}", kind.noun, if drivers.len() == 1 { "" } else { "s" }),
    };
    let mut claim = format!(
        "{label} was file-system redirected {} because of {by}, which the cluster does not know as safe with \
         direct I/O. While such a driver is active on the owner, every node sends its I/O through the owner.",
        say::when(case, &episode)
    );
    if drivers.is_empty() {
        claim.push_str(&format!(
            " Which driver it is, is not in the evidence; event {} names it.",
            kind.event
        ));
    } else {
        let on = words::list(reporters.iter(), 4);
        let on = if on.is_empty() { String::new() } else { format!(", logged on {on}") };
        claim.push_str(&format!(" Event {}{on}, names {names}.", kind.event));
    }
    if carried {
        claim.push_str(
            " The event marks the beginning; how long it lasted is assumed, no later state was read.",
        );
    }
    for (driver, on) in &loaded {
        let (with, without): (Vec<_>, Vec<_>) = on.iter().partition(|(_, facts)| !facts.is_empty());
        if !with.is_empty() && !without.is_empty() {
            let nodes = |of: &[&(Name, Vec<FactId>)]| words::list(of.iter().map(|(node, _)| node), 4);
            claim.push_str(&format!(
                " {driver} is loaded on {} and not on {} (fltmc).",
                nodes(&with),
                nodes(&without)
            ));
        }
    }
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    claim.push_str(&say::other_reasons(volume, &episode, kind.flag));
    let mut next_steps = Vec::new();
    if drivers.is_empty() {
        next_steps.push(say::step(
            format!("Find the driver that event {} names.", kind.event),
            &[say::find_event(kind.event)],
        ));
    }
    next_steps.extend((kind.next_steps)(if drivers.is_empty() { "the driver" } else { &names }));
    let driver = if drivers.is_empty() { "a driver".to_owned() } else { names };
    Finding {
        rule: kind.rule,
        explains: &[Effect::FileSystemDetour],
        title: format!("{label} is redirected because of {driver}, an incompatible {}", kind.noun),
        verdict: Verdict::Configuration,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps,
        span: episode.span,
    }
}

/// For each driver, every node whose `fltmc` was read, with the facts that show the driver there.
fn loaded_on(case: &Case, drivers: &BTreeSet<Name>) -> BTreeMap<Name, Vec<(Name, Vec<FactId>)>> {
    let mut nodes: BTreeSet<&Name> = BTreeSet::new();
    let mut seen: BTreeMap<(&Name, &Name), Vec<FactId>> = BTreeMap::new();
    for (id, placed) in case.facts() {
        let Claim::Filter(filter, FilterClaim::Registered { .. } | FilterClaim::Attached { .. }) =
            &placed.fact.claim
        else {
            continue;
        };
        let Some(node) = &placed.fact.reporter else { continue };
        nodes.insert(node);
        if let Some(driver) = drivers.get(&filter.name) {
            seen.entry((driver, node)).or_default().push(id);
        }
    }
    let on_node = |driver, node: &Name| seen.get(&(driver, node)).cloned().unwrap_or_default();
    let of = |driver| nodes.iter().map(|node| ((*node).clone(), on_node(driver, node))).collect();
    drivers.iter().map(|driver| (driver.clone(), of(driver))).collect()
}

/// Vetoes of direct I/O (CsvFlt 9216) within a span.
fn vetoes(case: &Case, span: &Span) -> Vec<FactId> {
    let is_veto = |claim: &Claim| matches!(claim, Claim::Filter(_, FilterClaim::Vetoed { .. }));
    let (from, to) = (span.from.unwrap_or(Instant(i64::MIN)), span.to.unwrap_or(Instant(i64::MAX)));
    let within = case.facts_within(from, to).filter(|(_, p)| is_veto(&p.fact.claim));
    within.filter(|(_, p)| p.moment.is_some_and(|m| span.contains(m.at))).map(|(id, _)| id).collect()
}
