//! Every transition, all nodes, one order: `throughline timeline`.
//!
//! A row is a change of one state: owner, I/O mode, CSVFS state, placement of a VM, membership of a node, route of a
//! VM disk. The state at the beginning is a row too, marked as initial. The machine formats carry `message`,
//! `datetime` and `timestamp_desc`, the fields that Timesketch imports by.

use serde::Serialize;

use super::cell::comma_separated;
use super::page::Page;
use super::spans::mode_words;
use super::style::Tone;
use super::{Report, Style, json};
use crate::case::{Piece, RouteKind, Timeline};
use crate::fact::{Evidence, Instant, Span};
use crate::words;

/// A format of `timeline`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, cells that a spreadsheet would run as formulas defused.
    Csv,
}

impl Format {
    /// Every format, the default first. The command line takes its choices from here.
    pub const ALL: [Self; 3] = [Self::Text, Self::Jsonl, Self::Csv];

    /// As `--format` spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// Every transition within the report's scope. Quotes what [`super::Reach::Everything`] fetched.
#[must_use]
pub fn render(report: &Report<'_>, format: Format, style: Style) -> String {
    let rows = rows(report);
    match format {
        Format::Text => text(report, &rows, style),
        Format::Jsonl => jsonl(report, &rows),
        Format::Csv => csv(report, &rows),
    }
}

/// What changed, in the order of rows at one instant: causes before effects.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Node,
    Owner,
    State,
    Mode,
    Placement,
    Route,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Owner => "coordinator",
            Self::State => "state",
            Self::Mode => "io_mode",
            Self::Placement => "placement",
            Self::Route => "route",
        }
    }

    /// `timestamp_desc` of Timesketch.
    fn description(self) -> &'static str {
        match self {
            Self::Node => "Node membership changed",
            Self::Owner => "Volume owner changed",
            Self::State => "CSVFS state changed",
            Self::Mode => "I/O mode changed",
            Self::Placement => "VM placement changed",
            Self::Route => "I/O route changed",
        }
    }
}

/// Whom a row is about.
#[derive(Clone, Default)]
struct About {
    volume: Option<String>,
    vm: Option<String>,
    node: Option<String>,
}

struct Row<'a> {
    at: Instant,
    what: What,
    about: About,
    was: Option<String>,
    now: String,
    initial: bool,
    span: &'a Span,
}

impl Row<'_> {
    fn message(&self) -> String {
        let About { volume, vm, node } = &self.about;
        let subject = match (self.what, vm, volume, node) {
            (What::Placement, Some(vm), ..) => format!("VM {vm}"),
            (What::Route, Some(vm), Some(volume), _) => format!("I/O of VM {vm} to {volume}"),
            (What::Route, Some(vm), None, _) => format!("I/O of VM {vm}"),
            (What::Owner, _, Some(volume), _) => format!("owner of {volume}"),
            (_, _, Some(volume), Some(node)) => format!("{volume} on {node}"),
            (_, _, _, Some(node)) => format!("node {node}"),
            _ => "?".to_owned(),
        };
        match (&self.was, self.initial) {
            (_, true) => format!("{subject}: {} when the evidence begins", self.now),
            (Some(was), _) => format!("{subject}: {was} -> {}", self.now),
            (None, _) => format!("{subject}: {}", self.now),
        }
    }

    fn description(&self) -> &'static str {
        if self.initial { "State when the evidence begins" } else { self.what.description() }
    }
}

const UNKNOWN: &str = "unknown";

fn rows<'a>(report: &Report<'a>) -> Vec<Row<'a>> {
    let mut out = Vec::new();
    for node in report.case.nodes.iter() {
        let Some(name) = node.name.as_ref().filter(|name| report.scope.shows_node(name)) else { continue };
        let about = About { node: Some(name.to_string()), ..About::default() };
        let word = |up: &bool| if *up { "up" } else { "down" }.to_owned();
        add(report, &mut out, What::Node, &about, &node.up, word);
    }
    for (_, volume) in report.volumes() {
        let about = About { volume: Some(volume.label()), ..About::default() };
        add(report, &mut out, What::Owner, &about, &volume.coordinator, ToString::to_string);
        for (node, timeline) in volume.state.iter().filter(|(node, _)| report.scope.shows_node(node)) {
            let about = About { node: Some(node.to_string()), ..about.clone() };
            add(report, &mut out, What::State, &about, timeline, |s| s.word());
        }
        for (node, timeline) in volume.io_mode.iter().filter(|(node, _)| report.scope.shows_node(node)) {
            let about = About { node: Some(node.to_string()), ..about.clone() };
            add(report, &mut out, What::Mode, &about, timeline, mode_words);
        }
    }
    for (_, vm) in report.vms() {
        let about = About { vm: Some(vm.label()), ..About::default() };
        add(report, &mut out, What::Placement, &about, &vm.placement, |place| match &place.state {
            Some(state) => format!("on {}, {}", place.node, state.word()),
            None => format!("on {}", place.node),
        });
    }
    routes(report, &mut out);
    out.sort_by_cached_key(|row| {
        let About { volume, vm, node } = row.about.clone();
        (row.at, !row.initial, row.what, volume, vm, node, row.now.clone())
    });
    out
}

/// One row for each piece that begins within the scope; for the first one, also where its beginning is not known.
fn add<'a, T>(
    report: &Report<'a>,
    out: &mut Vec<Row<'a>>,
    what: What,
    about: &About,
    timeline: &'a Timeline<T>,
    word: impl Fn(&T) -> String,
) {
    let say = |piece: &Piece<T>| piece.value.as_ref().map_or_else(|| UNKNOWN.to_owned(), &word);
    let mut was: Option<String> = None;
    for piece in &timeline.pieces {
        let now = say(piece);
        let initial = was.is_none();
        // Neither is a row: that nothing was known before the first statement, and that the same state is
        // surer or less sure from here.
        let same = was.as_deref().is_some_and(|was| is_same(was, &now));
        let silent = initial && piece.value.is_none();
        let worth = !(same || silent);
        if let Some(at) = begins(report, &piece.span, initial).filter(|_| worth) {
            let (was, now) = (was.take(), now.clone());
            out.push(Row { at, what, about: about.clone(), was, now, initial, span: &piece.span });
        }
        was = Some(now);
    }
}

/// The same state, or the same with more or less said of it (`on N1`, `on N1, Running`).
fn is_same(was: &str, now: &str) -> bool {
    let more = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(", "));
    was == now || more(was, now) || more(now, was)
}

/// When the piece begins, where that is within the scope.
fn begins(report: &Report<'_>, span: &Span, initial: bool) -> Option<Instant> {
    let at = match initial {
        true => span.from.or(report.case.from)?,
        false => span.from?,
    };
    report.scope.shows_span(span).then_some(at).filter(|at| report.scope.from.is_none_or(|from| *at >= from))
}

fn routes<'a>(report: &Report<'a>, out: &mut Vec<Row<'a>>) {
    let mut before: Option<(usize, usize, String)> = None;
    for (_, route) in report.routes() {
        let mut now = route.route.word().to_owned();
        if let (true, Some(owner)) = (route.route.is_detour(), &route.coordinator) {
            now.push_str(&format!(" through {owner}"));
        }
        let was =
            before.take().filter(|(vm, disk, _)| (*vm, *disk) == (route.vm, route.disk)).map(|(.., was)| was);
        before = Some((route.vm, route.disk, now.clone()));
        let initial = was.is_none();
        if was.as_deref() == Some(now.as_str()) || (initial && route.route == RouteKind::Unknown) {
            continue;
        }
        let Some(at) = begins(report, &route.span, initial) else { continue };
        let volume = route.volume.and_then(|v| report.case.volumes.get(v)).map(|v| v.label());
        let vm = report.case.vms.get(route.vm).map(|vm| vm.label());
        let about = About { volume, vm, node: route.node.as_ref().map(ToString::to_string) };
        out.push(Row { at, what: What::Route, about, was, now, initial, span: &route.span });
    }
}

/// The fact that opens the piece, else the first one cited.
fn first_cited(evidence: &[Evidence]) -> Option<Evidence> {
    let opens = evidence.iter().find(|e| e.role == crate::fact::Role::Opens);
    opens.or_else(|| evidence.first()).copied()
}

fn text(report: &Report<'_>, rows: &[Row<'_>], style: Style) -> String {
    let mut page = Page::new(style);
    let stamp = |row: &Row<'_>| words::instant_fine(row.at);
    let wide = rows.iter().map(|row| stamp(row).len()).max().unwrap_or(0);
    for row in rows {
        let label = format!("{:<wide$}  ", stamp(row));
        page.hanging(
            0,
            &label,
            &format!("{} [{}]", row.message(), row.span.certainty.word()),
            Some(Tone::Faint),
        );
        if let Some(placed) =
            first_cited(&row.span.evidence).and_then(|e| report.case.facts.get(e.fact.0 as usize))
        {
            let origin = placed.fact.origin;
            page.quoted(4, &report.place(origin), report.quote(origin));
        }
    }
    if rows.is_empty() {
        page.paragraph(0, "No transition is known.");
    }
    page.finish()
}

#[derive(Serialize)]
struct Line<'a> {
    message: String,
    datetime: String,
    timestamp_desc: &'static str,
    kind: &'static str,
    volume: Option<&'a str>,
    vm: Option<&'a str>,
    node: Option<&'a str>,
    was: Option<&'a str>,
    now: &'a str,
    initial: bool,
    certainty: &'static str,
    evidence: Vec<json::Cited>,
}

fn jsonl(report: &Report<'_>, rows: &[Row<'_>]) -> String {
    let mut out = String::new();
    for row in rows {
        let line = Line {
            message: row.message(),
            datetime: words::rfc3339(row.at),
            timestamp_desc: row.description(),
            kind: row.what.word(),
            volume: row.about.volume.as_deref(),
            vm: row.about.vm.as_deref(),
            node: row.about.node.as_deref(),
            was: row.was.as_deref(),
            now: &row.now,
            initial: row.initial,
            certainty: row.span.certainty.word(),
            evidence: json::cited(report, &row.span.evidence),
        };
        // As in the report: nothing in it can fail to be written.
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn csv(report: &Report<'_>, rows: &[Row<'_>]) -> String {
    let mut out = String::from(
        "datetime,timestamp_desc,message,kind,volume,vm,node,was,now,initial,certainty,evidence_place,evidence_text\r\n",
    );
    for row in rows {
        let cited = first_cited(&row.span.evidence).and_then(|e| report.case.facts.get(e.fact.0 as usize));
        let origin = cited.map(|placed| placed.fact.origin);
        let cells = [
            words::rfc3339(row.at),
            row.description().to_owned(),
            row.message(),
            row.what.word().to_owned(),
            row.about.volume.clone().unwrap_or_default(),
            row.about.vm.clone().unwrap_or_default(),
            row.about.node.clone().unwrap_or_default(),
            row.was.clone().unwrap_or_default(),
            row.now.clone(),
            row.initial.to_string(),
            row.span.certainty.word().to_owned(),
            origin.map(|o| report.place(o)).unwrap_or_default(),
            origin.and_then(|o| report.quote(o)).unwrap_or_default().to_owned(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| comma_separated(cell)).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}
