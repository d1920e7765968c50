//! What the page is told: every span of the report as columns of numbers, names once in lists, quotes in a block of
//! their own that the page reads when somebody asks for a line. Instants are units of 100 ns since the page's base, a
//! whole millisecond, so that a browser's numbers hold them; `null` is unknown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::traffic::{self, Link};
use crate::case::{InputSummary, VmStory, VolumeStory};
use crate::fact::{Channel, Claim, ClockClaim, Evidence, Instant, Name, Origin, Place};
use crate::report::spans::{Kind, Row, rows};
use crate::report::style::Tone;
use crate::report::{Report, quote, text};
use crate::words;

/// Name and version of what the page is told.
const SCHEMA: &str = "throughline/page/1";

#[derive(Serialize)]
pub(super) struct Page<'a> {
    schema: &'static str,
    program: &'static str,
    cluster: Option<&'a str>,
    /// Milliseconds since 1970.
    base: i64,
    from: Option<i64>,
    to: Option<i64>,
    answer: Answer,
    scoped: bool,
    nodes: Vec<Node>,
    volumes: Vec<Volume<'a>>,
    vms: Vec<Vm<'a>>,
    inputs: Vec<Input<'a>>,
    /// Values and paths, which spans name by place.
    strings: Vec<String>,
    spans: Spans,
    findings: Vec<Finding<'a>>,
    /// Stretches of detours and of I/O that waited that no finding explains: the route's span, from, to.
    unexplained: Vec<(usize, Option<i64>, Option<i64>)>,
    advice: Vec<Advice>,
    not_judged: Vec<NotJudged<'a>>,
    clocks: Vec<Clock<'a>>,
    /// Node, channel, from, to: a log that is complete over that time.
    covered: Vec<(usize, String, i64, i64)>,
    /// Node, when, old and new time: a clock that was set.
    steps: Vec<(usize, Option<i64>, String)>,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Answer {
    tone: &'static str,
    head: String,
    all: String,
}

#[derive(Serialize)]
struct Node {
    name: String,
    build: Option<u32>,
    os: Option<String>,
    inputs: bool,
}

#[derive(Serialize)]
struct Volume<'a> {
    label: String,
    id: String,
    names: Vec<&'a str>,
    file_system: Option<&'a str>,
    storage: Option<&'static str>,
    shown: bool,
}

#[derive(Serialize)]
struct Vm<'a> {
    label: String,
    group: Option<&'a str>,
    disks: Vec<(&'a str, Option<usize>)>,
    shown: bool,
}

#[derive(Serialize)]
struct Input<'a> {
    path: &'a str,
    kind: &'static str,
    node: Option<&'a str>,
    bytes: u64,
    entries: u64,
    facts: u64,
    silent: u64,
    unknown: u64,
    malformed: u64,
    lost: u64,
    notes: Vec<(&'static str, &'static str, u64, &'static str)>,
}

/// A span is one place in each list.
#[derive(Default, Serialize)]
struct Spans {
    kind: Vec<u8>,
    from: Vec<Option<i64>>,
    to: Vec<Option<i64>>,
    certainty: Vec<u8>,
    value: Vec<Option<usize>>,
    volume: Vec<Option<usize>>,
    vm: Vec<Option<usize>>,
    disk: Vec<Option<usize>>,
    node: Vec<Option<usize>>,
    coordinator: Vec<Option<usize>>,
    /// Findings that explain it, by place.
    causes: Vec<Vec<usize>>,
    /// Read, written, of unknown direction; a lower bound where the last is 1.
    bytes: BTreeMap<usize, (u64, u64, u64, u8)>,
    /// Four times the place of the quote, plus the role.
    evidence: Vec<Vec<usize>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    span: usize,
    rule: &'static str,
    title: String,
    verdict: &'static str,
    claim: &'a str,
    volumes: &'a [usize],
    vms: &'a [usize],
    nodes: Vec<usize>,
    steps: &'a [String],
}

#[derive(Serialize)]
struct Advice {
    said: &'static str,
    fits: &'static str,
    why: String,
    evidence: Vec<usize>,
}

#[derive(Serialize)]
struct NotJudged<'a> {
    rule: &'static str,
    missing: &'a str,
    collect: &'a str,
}

#[derive(Serialize)]
struct Clock<'a> {
    node: &'a str,
    offset: Option<String>,
    spread: Option<String>,
    basis: &'a str,
}

/// Input, `line`, `record` or `byte` with its number, when, the text.
#[derive(Serialize)]
pub(super) struct Quote(usize, u8, u64, Option<i64>, Option<String>);

/// Lists under construction.
pub(super) struct Lists<'a> {
    report: &'a Report<'a>,
    base: i64,
    strings: Interned<String>,
    nodes: Interned<Name>,
    inputs: BTreeMap<u32, usize>,
    cited: BTreeMap<Origin, usize>,
    quotes: Vec<Quote>,
}

struct Interned<T> {
    at: BTreeMap<T, usize>,
    all: Vec<T>,
}

impl<T: Ord + Clone> Interned<T> {
    fn new() -> Self {
        Self { at: BTreeMap::new(), all: Vec::new() }
    }

    fn place(&mut self, item: T) -> usize {
        let next = self.all.len();
        let all = &mut self.all;
        *self.at.entry(item).or_insert_with_key(|item| {
            all.push(item.clone());
            next
        })
    }
}

impl<'a> Lists<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let first = report.case.from.filter(|at| !at.is_undated()).map_or(0, |at| at.0);
        let mut nodes = Interned::new();
        report.case.nodes.iter().filter_map(|node| node.name.clone()).for_each(|name| {
            nodes.place(name);
        });
        let inputs = report.case.inputs.iter().enumerate().map(|(at, input)| (input.id.0, at)).collect();
        let base = first.div_euclid(1_000_000);
        let (strings, cited, quotes) = (Interned::new(), BTreeMap::new(), Vec::new());
        Self { report, base, strings, nodes, inputs, cited, quotes }
    }

    /// An instant by the page's base; nothing where nothing dates it.
    pub(super) fn tick(&self, at: Option<Instant>) -> Option<i64> {
        let at = at.filter(|at| !at.is_undated())?;
        Some(at.0.div_euclid(100) - self.base * 10_000)
    }

    pub(super) fn node(&mut self, name: &Name) -> usize {
        self.nodes.place(name.clone())
    }

    fn string(&mut self, text: &str) -> usize {
        self.strings.place(text.to_owned())
    }

    fn quote(&mut self, origin: Origin, at: Option<Instant>) -> usize {
        if let Some(place) = self.cited.get(&origin) {
            return *place;
        }
        let (word, number) = match origin.place {
            Place::Line(line) => (0, line),
            Place::Record(record) => (1, record),
            Place::Offset => (2, origin.offset),
        };
        let input = self.inputs.get(&origin.input.0).copied().unwrap_or(usize::MAX);
        let text = self.report.quote(origin).map(quote::full);
        self.quotes.push(Quote(input, word, number, self.tick(at), text));
        self.cited.insert(origin, self.quotes.len() - 1);
        self.quotes.len() - 1
    }

    fn evidence(&mut self, evidence: &[Evidence]) -> Vec<usize> {
        let case = self.report.case;
        let mut out = Vec::with_capacity(evidence.len());
        for one in evidence {
            let Some(placed) = case.facts.get(one.fact.0 as usize) else { continue };
            for &origin in std::iter::once(&placed.fact.origin).chain(&placed.fact.also) {
                let place = self.quote(origin, placed.moment.map(|m| m.at));
                out.push(place * 4 + one.role as usize);
            }
        }
        out
    }

    fn span(&mut self, spans: &mut Spans, row: &Row<'_>) {
        let place = spans.kind.len();
        let node = row.node.as_deref().filter(|_| row.kind != Kind::Finding).map(Name::new);
        spans.kind.push(row.kind as u8);
        spans.from.push(self.tick(row.span.from));
        spans.to.push(self.tick(row.span.to));
        spans.certainty.push(row.span.certainty as u8);
        spans.value.push(row.value.as_deref().map(|value| self.string(value)));
        spans.volume.push(row.volume_at);
        spans.vm.push(row.vm_at);
        spans.disk.push(row.disk.map(|disk| self.string(disk)));
        spans.node.push(match row.kind {
            // The owner is the value.
            Kind::Coordinator => row.value.as_deref().map(|owner| self.node(&Name::new(owner))),
            _ => node.map(|node| self.node(&node)),
        });
        spans.coordinator.push(row.coordinator.map(|owner| self.node(owner)));
        spans.causes.push(row.causes.to_vec());
        if let Some(bytes) = row.bytes {
            let lossy = u8::from(bytes.lossy);
            spans.bytes.insert(place, (bytes.read, bytes.written, bytes.undirected, lossy));
        }
        let evidence = self.evidence(&row.span.evidence);
        spans.evidence.push(evidence);
    }
}

/// The page's data and its quotes.
pub(super) fn of<'a>(report: &'a Report<'a>) -> (Page<'a>, Vec<Quote>) {
    let case = report.case;
    let mut lists = Lists::new(report);
    let mut spans = Spans::default();
    let all = rows(report);
    all.iter().for_each(|row| lists.span(&mut spans, row));
    // Findings are the last rows, in their own order.
    let first = all.len() - report.findings.len();
    let finding = |lists: &mut Lists<'a>, at: usize, finding: &'a crate::finding::Finding| Finding {
        span: first + at,
        rule: finding.rule,
        title: quote::line(&finding.title),
        verdict: finding.verdict.word(),
        claim: &finding.claim,
        volumes: &finding.subjects.volumes,
        vms: &finding.subjects.vms,
        nodes: finding.subjects.nodes.iter().map(|node| lists.node(node)).collect(),
        steps: &finding.next_steps,
    };
    let findings = report.findings.iter().enumerate().map(|(at, f)| finding(&mut lists, at, f)).collect();
    let routes: BTreeMap<usize, usize> =
        all.iter().enumerate().filter_map(|(place, row)| Some((row.route_at?, place))).collect();
    let unexplained = report
        .unexplained_places()
        .filter_map(|(route, span)| Some((*routes.get(&route)?, lists.tick(span.from), lists.tick(span.to))));
    let unexplained = unexplained.collect();
    let advice = report.advice.iter().map(|told| Advice {
        said: told.said,
        fits: told.ruling.fits.word(),
        why: quote::line(&told.ruling.why),
        evidence: lists.evidence(&told.ruling.evidence),
    });
    let advice = advice.collect();
    let covered = case.covered.iter().filter(|c| report.scope.shows_node(&c.node)).filter_map(|c| {
        let (from, to) = (lists.tick(Some(c.from))?, lists.tick(Some(c.to))?);
        Some((lists.node(&c.node), channel(&c.channel).to_owned(), from, to))
    });
    let covered = covered.collect();
    let steps = steps(&mut lists);
    let links = traffic::links(report, &mut lists);
    let (head, tone, all) = text::head(report);
    let page = Page {
        schema: SCHEMA,
        program: env!("CARGO_PKG_VERSION"),
        cluster: case.cluster.name.as_ref().map(Name::as_str),
        base: lists.base,
        from: lists.tick(case.from),
        to: lists.tick(case.to),
        answer: Answer { tone: tone_word(tone), head: quote::line(&head), all: quote::line(&all.join(" ")) },
        scoped: !report.scope.is_all(),
        nodes: lists.nodes.all.iter().map(|name| node(report, name)).collect(),
        volumes: case.volumes.iter().enumerate().map(|(at, v)| volume(v, report.shown_volumes[at])).collect(),
        vms: case.vms.iter().enumerate().map(|(at, vm)| self::vm(vm, report.shown_vms[at])).collect(),
        inputs: case.inputs.iter().map(|input| self::input(report, input)).collect(),
        strings: lists.strings.all,
        spans,
        findings,
        unexplained,
        advice,
        not_judged: report
            .not_judged
            .iter()
            .map(|gap| NotJudged { rule: gap.rule, missing: &gap.missing, collect: &gap.collect })
            .collect(),
        clocks: case
            .clocks
            .iter()
            .map(|clock| Clock {
                node: clock.node.as_str(),
                offset: clock.offset.map(signed),
                spread: clock.spread.map(words::length),
                basis: &clock.basis,
            })
            .collect(),
        covered,
        steps,
        links,
    };
    (page, lists.quotes)
}

fn signed(nanos: i64) -> String {
    match nanos {
        0 => "0 s".into(),
        n => format!("{}{}", if n < 0 { "-" } else { "+" }, words::length(n.saturating_abs())),
    }
}

fn tone_word(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "bad",
        Tone::Warn => "warn",
        Tone::Good => "good",
        Tone::Head | Tone::Faint => "plain",
    }
}

fn node(report: &Report<'_>, name: &Name) -> Node {
    let known = report.case.nodes.iter().find(|node| node.name.as_ref() == Some(name));
    Node {
        name: name.to_string(),
        build: known.and_then(|node| node.os_build),
        os: known.and_then(|node| node.os_name.clone()),
        inputs: known.is_some_and(|node| node.has_inputs),
    }
}

fn volume(volume: &VolumeStory, shown: bool) -> Volume<'_> {
    let names = [&volume.friendly, &volume.resource].into_iter().flatten().chain(&volume.also_named);
    Volume {
        label: volume.label(),
        id: volume.id(),
        names: names.map(Name::as_str).collect(),
        file_system: volume.file_system.value.as_ref().map(|f| f.word()),
        storage: volume.storage.value.map(|s| s.word()),
        shown,
    }
}

fn vm(vm: &VmStory, shown: bool) -> Vm<'_> {
    Vm {
        label: vm.label(),
        group: vm.group.as_ref().map(Name::as_str),
        disks: vm.disks.iter().map(|disk| (disk.path.as_str(), disk.volume)).collect(),
        shown,
    }
}

fn input<'a>(report: &'a Report<'_>, input: &'a InputSummary) -> Input<'a> {
    let tally = report.case.ledger.iter().find(|tally| tally.input == input.id);
    let count = |of: fn(&crate::ledger::Tally) -> u64| tally.map_or(0, of);
    Input {
        path: &input.path,
        kind: input.kind,
        node: input.node.as_ref().map(Name::as_str),
        bytes: input.bytes,
        entries: count(|t| t.entries),
        facts: count(|t| t.facts),
        silent: count(|t| t.silent),
        unknown: count(|t| t.unknown),
        malformed: count(|t| t.malformed),
        lost: count(|t| t.lost),
        notes: tally.map_or_else(Vec::new, |tally| {
            let note =
                |n: &crate::ledger::Note| (n.kind.name, n.kind.severity.word(), n.count, n.kind.advice);
            tally.notes.iter().map(note).collect()
        }),
    }
}

/// Clocks that were set, in time order.
fn steps(lists: &mut Lists<'_>) -> Vec<(usize, Option<i64>, String)> {
    let mut out = Vec::new();
    for (_, placed) in lists.report.case.facts() {
        let (Claim::Clock(ClockClaim::Stepped { .. }), Some(node)) =
            (&placed.fact.claim, &placed.fact.reporter)
        else {
            continue;
        };
        if !lists.report.scope.shows_node(node) {
            continue;
        }
        let said = lists.report.quote(placed.fact.origin).map(quote::line).unwrap_or_default();
        let place = lists.report.place(placed.fact.origin);
        let at = lists.tick(placed.moment.map(|m| m.at));
        out.push((lists.node(node), at, format!("The clock was set ({place}) {said}").trim_end().to_owned()));
    }
    out
}

/// A log as people name it.
fn channel(channel: &Channel) -> &str {
    match channel {
        Channel::System => "System",
        Channel::ClusterOperational => "FailoverClustering/Operational",
        Channel::ClusterEngine => "cluster log",
        Channel::CsvFsOperational => "CsvFs/Operational",
        Channel::VmmsAdmin => "Hyper-V-VMMS-Admin",
        Channel::WorkerAdmin => "Hyper-V-Worker-Admin",
        Channel::HighAvailabilityAdmin => "Hyper-V-High-Availability-Admin",
        Channel::VhdmpOperational => "VHDMP-Operational",
        Channel::SmbConnectivity => "SmbClient/Connectivity",
        Channel::Other(name) => name.as_str(),
    }
}
