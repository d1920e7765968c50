//! The last part of the text report: the volumes as they were, the clocks, and what was read and skipped.

use crate::case::{Case, VolumeStory};
use crate::ledger::{Severity, Tally};
use crate::report::Report;
use crate::report::page::Page;
use crate::words;

/// Rows of a table; beyond this the rest is counted.
const ROWS: usize = 24;

pub(super) fn render(page: &mut Page, report: &Report<'_>) {
    volumes(page, report);
    clocks(page, report.case);
    read(page, report.case);
}

fn volumes(page: &mut Page, report: &Report<'_>) {
    let all: Vec<&VolumeStory> = report.volumes().map(|(_, v)| v).collect();
    let Some(end) = report.window().map(|w| w.to).or(report.case.to) else { return };
    if all.is_empty() {
        return;
    }
    page.heading(&format!("VOLUMES at the end, {}", words::instant(end)));
    let before = crate::fact::Instant(end.0.saturating_sub(1));
    let rows: Vec<Vec<String>> = all.iter().take(ROWS).map(|volume| row(volume, before)).collect();
    page.table(2, &rows, 20);
    more(page, all.len(), "volume");
}

fn row(volume: &VolumeStory, at: crate::fact::Instant) -> Vec<String> {
    let file_system = volume.file_system.value.as_ref().map_or("?", |f| f.word());
    let storage = volume.storage.value.map_or("?", |s| s.word());
    let owner = volume.coordinator.at(at).map_or("owner not known".into(), |o| format!("owner {o}"));
    let owners: Vec<_> = volume.coordinator.pieces.iter().filter_map(|p| p.value.as_ref()).collect();
    let moves = owners.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let moved =
        if moves == 0 { String::new() } else { format!(", {} of the owner", words::count(moves, "move")) };
    let modes: Vec<String> = volume
        .io_mode
        .iter()
        .map(|(node, timeline)| {
            let mode = timeline.at(at).map_or("?", |mode| mode.kind.word());
            format!("{node} {mode}")
        })
        .collect();
    let modes = if modes.is_empty() { "modes not known".into() } else { words::list(modes, 6) };
    vec![volume.label(), file_system.into(), storage.into(), owner, format!("{modes}{moved}")]
}

fn more(page: &mut Page, count: usize, noun: &str) {
    if count > ROWS {
        page.paragraph(
            2,
            &format!("and {}; --format json has all", words::count(count - ROWS, &format!("more {noun}"))),
        );
    }
}

fn clocks(page: &mut Page, case: &Case) {
    if case.clocks.is_empty() {
        return;
    }
    page.heading(
        "CLOCKS: what was added to each node's times, how far that may be off, and what it rests on",
    );
    let milliseconds = |nanos: i64| format!("{:.3}", nanos as f64 / 1_000_000_000.0);
    let rows: Vec<Vec<String>> = case
        .clocks
        .iter()
        .take(ROWS)
        .map(|clock| {
            let offset = clock.offset.map_or("offset not known".into(), |o| match o {
                0 => "+0 s".into(),
                o if o > 0 => format!("+{} s", milliseconds(o)),
                o => format!("{} s", milliseconds(o)),
            });
            let spread = clock.spread.map_or("+/- ?".into(), |s| match s {
                s if s < 60_000_000_000 => format!("+/- {} s", milliseconds(s)),
                s => format!("+/- {}", words::length(s)),
            });
            vec![clock.node.to_string(), offset, spread, clock.basis.clone()]
        })
        .collect();
    page.table(2, &rows, 22);
    more(page, case.clocks.len(), "clock");
}

fn read(page: &mut Page, case: &Case) {
    let total = |of: &dyn Fn(&Tally) -> u64| case.ledger.iter().map(of).sum::<u64>();
    let bytes = case.inputs.iter().map(|i| i.bytes).fold(0u64, u64::saturating_add);
    page.heading("READ");
    let span = match (case.from, case.to) {
        (Some(from), Some(to)) => format!(", from {} to {}", words::instant(from), words::instant(to)),
        _ => String::new(),
    };
    page.paragraph(
        2,
        &format!("{}, {}{span}.", words::count(case.inputs.len(), "input"), words::bytes(bytes)),
    );
    page.paragraph(
        2,
        &format!(
            "{} entries: {} gave facts, {} had nothing to say, {} are of a kind not known, {} could not be read; {} \
             more are missing by the logs' own count.",
            total(&|t| t.entries),
            total(&|t| t.facts),
            total(&|t| t.silent),
            total(&|t| t.unknown),
            total(&|t| t.malformed),
            total(&|t| t.lost)
        ),
    );
    let silent: Vec<String> = case
        .nodes
        .iter()
        .filter(|n| !n.has_inputs)
        .map(|n| n.name.as_ref().map_or("(unnamed node)".into(), ToString::to_string))
        .collect();
    if !silent.is_empty() {
        page.hanging(2, "No file of: ", &words::list(silent, 12), None);
    }
    let other = |wanted: &dyn Fn(&crate::case::InputSummary) -> bool| {
        case.inputs.iter().filter(|i| wanted(i)).map(|i| i.path.clone()).collect::<Vec<_>>()
    };
    let foreign = other(&|i| i.foreign);
    if !foreign.is_empty() {
        page.hanging(
            2,
            "Of another cluster, or shown by nothing to be of this one, kept out: ",
            &words::list(foreign, 12),
            None,
        );
    }
    let unrecognised = other(&|i| i.kind == "unrecognised");
    if !unrecognised.is_empty() {
        page.hanging(2, "Not recognised: ", &words::list(unrecognised, 12), None);
    }
    notes(page, case);
}

/// Notes that matter, by kind: how often, first where, and what to do.
fn notes(page: &mut Page, case: &Case) {
    let mut by_kind: Vec<(Severity, &str, &str, u64, Vec<String>)> = Vec::new();
    for tally in &case.ledger {
        let path = case.inputs.iter().find(|i| i.id == tally.input).map_or("?", |i| i.path.as_str());
        for note in tally.notes.iter().filter(|n| n.kind.severity > Severity::Info) {
            let detail = note.detail.as_deref().map_or(String::new(), |d| format!(" ({d})"));
            let place = format!("{path}{detail}");
            match by_kind.iter_mut().find(|(_, name, ..)| *name == note.kind.name) {
                Some((.., count, places)) => {
                    *count += note.count;
                    places.push(place);
                }
                None => {
                    by_kind.push((
                        note.kind.severity,
                        note.kind.name,
                        note.kind.advice,
                        note.count,
                        vec![place],
                    ));
                }
            }
        }
    }
    by_kind.sort_by_key(|(severity, name, ..)| (std::cmp::Reverse(*severity), *name));
    for (severity, name, advice, count, places) in by_kind.iter().take(ROWS) {
        let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
        let text = format!("{name}, {times}: {advice} In {}.", words::list(places, 3));
        page.hanging(2, &format!("{}: ", severity.word().replace('_', " ")), &text, None);
    }
    more(page, by_kind.len(), "kind of note");
}
