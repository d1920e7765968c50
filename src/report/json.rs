//! The report for programs: `throughline/report/1`, held to `schema/throughline-report-1.schema.json` by a test.
//!
//! Names are the Windows names where Windows has them. `null` is unknown, never zero. Instants are RFC 3339 in UTC with
//! as many digits as there are, up to seven. Fields may be added; none is renamed within `/1`.

use serde::{Serialize, Serializer};

use super::{Report, quote};
use crate::case::{Piece, Settled, Timeline, VmStory};
use crate::fact::{Evidence, Origin, Place, Span};
use crate::ledger::Tally;
use crate::words;

/// Name and version of the format.
pub const SCHEMA: &str = "throughline/report/1";

/// The whole report as JSON, indented, with a line feed at the end.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    // Only maps with keys that are no text can fail to be written, and there are none.
    let mut out = serde_json::to_string_pretty(&whole(report)).unwrap_or_default();
    out.push('\n');
    out
}

/// A list of which one row at a time is made: a month of a large cluster has millions.
struct Rows<'a, R>(Box<dyn Fn() -> Box<dyn Iterator<Item = R> + 'a> + 'a>);

impl<'a, R> Rows<'a, R> {
    fn new<I: Iterator<Item = R> + 'a>(make: impl Fn() -> I + 'a) -> Self {
        Self(Box::new(move || Box::new(make())))
    }
}

impl<R: Serialize> Serialize for Rows<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    bundle: Bundle<'a>,
    clocks: Vec<Clock<'a>>,
    volumes: Rows<'a, Volume<'a>>,
    vms: Rows<'a, Vm<'a>>,
    routes: Rows<'a, Route<'a>>,
    traffic: Vec<Traffic<'a>>,
    findings: Rows<'a, Finding<'a>>,
    not_judged: Vec<NotJudged<'a>>,
    unexplained: Rows<'a, Unexplained<'a>>,
    advice: Vec<Advice>,
    ledger: Vec<Account<'a>>,
}

#[derive(Serialize)]
struct Advice {
    id: &'static str,
    said: &'static str,
    fits: &'static str,
    why: String,
    evidence: Vec<Cited>,
}

#[derive(Serialize)]
struct Bundle<'a> {
    cluster: Option<&'a str>,
    inputs: Vec<Input<'a>>,
    nodes: Vec<Node<'a>>,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct Input<'a> {
    id: u32,
    path: &'a str,
    kind: &'a str,
    node: Option<&'a str>,
    bytes: u64,
    from: Option<String>,
    to: Option<String>,
    foreign: bool,
}

#[derive(Serialize)]
struct Node<'a> {
    name: Option<&'a str>,
    id: Option<u32>,
    os_build: Option<u32>,
    os_name: Option<&'a str>,
    has_inputs: bool,
}

#[derive(Serialize)]
struct Clock<'a> {
    node: &'a str,
    offset_ms: Option<f64>,
    spread_ms: Option<f64>,
    basis: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<Compared<'a>>,
}

#[derive(Serialize)]
struct Compared<'a> {
    reference: &'a str,
    group: u32,
    events: u64,
    refused: u64,
    residual_ms: f64,
    drift_ppm: f64,
}

#[derive(Serialize)]
struct Times {
    from: Option<String>,
    to: Option<String>,
    certainty: &'static str,
    evidence: Vec<Cited>,
}

#[derive(Serialize)]
pub(super) struct Cited {
    input: u32,
    at: At,
    role: &'static str,
    time: Option<String>,
    text: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum At {
    Line(u64),
    Record(u64),
    Offset(u64),
}

#[derive(Serialize)]
struct Volume<'a> {
    id: String,
    names: Names<'a>,
    file_system: Option<&'a str>,
    storage: Option<&'static str>,
    properties: Properties,
    coordinator: Vec<Owner<'a>>,
    io_mode: Vec<Mode<'a>>,
    state: Vec<State<'a>>,
}

#[derive(Serialize)]
struct Names<'a> {
    guid: Option<String>,
    resource: Option<&'a str>,
    friendly: Option<&'a str>,
    also: Vec<&'a str>,
}

/// What `file_system` and `storage` rest on.
#[derive(Serialize)]
struct Properties {
    file_system: Property,
    storage: Property,
}

#[derive(Serialize)]
struct Property {
    certainty: &'static str,
    evidence: Vec<Cited>,
}

#[derive(Serialize)]
struct Owner<'a> {
    #[serde(flatten)]
    times: Times,
    node: Option<&'a str>,
}

#[derive(Serialize)]
struct Mode<'a> {
    #[serde(flatten)]
    times: Times,
    node: &'a str,
    mode: Option<&'static str>,
    file_system_reasons: Option<Vec<String>>,
    block_reasons: Option<Vec<String>>,
}

#[derive(Serialize)]
struct State<'a> {
    #[serde(flatten)]
    times: Times,
    node: &'a str,
    state: Option<String>,
}

#[derive(Serialize)]
struct Vm<'a> {
    id: String,
    name: Option<&'a str>,
    group: Option<&'a str>,
    disks: Vec<Disk<'a>>,
    placement: Vec<Placement<'a>>,
}

#[derive(Serialize)]
struct Disk<'a> {
    path: &'a str,
    volume: Option<String>,
    evidence: Vec<Cited>,
}

#[derive(Serialize)]
struct Placement<'a> {
    #[serde(flatten)]
    times: Times,
    node: Option<&'a str>,
    state: Option<&'a str>,
}

#[derive(Serialize)]
struct Route<'a> {
    #[serde(flatten)]
    times: Times,
    vm: String,
    disk: Option<&'a str>,
    volume: Option<String>,
    node: Option<&'a str>,
    coordinator: Option<&'a str>,
    route: &'static str,
    missing: &'a [&'static str],
    bytes: Option<Bytes>,
    /// The gravest finding that explains the route, by its place in `findings`.
    finding: Option<usize>,
    /// All of them.
    findings: &'a [usize],
}

#[derive(Serialize)]
struct Bytes {
    read: u64,
    written: u64,
    undirected: u64,
    lossy: bool,
    source: &'static str,
}

/// Measured traffic of a volume, or of one file of it.
#[derive(Serialize)]
struct Traffic<'a> {
    #[serde(flatten)]
    times: Times,
    volume: Option<String>,
    node: Option<&'a str>,
    file: Option<&'a str>,
    vm: Option<String>,
    path: &'static str,
    read: u64,
    written: u64,
    undirected: u64,
    operations: Option<u64>,
    lossy: bool,
    source: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    #[serde(flatten)]
    times: Times,
    rule: &'static str,
    title: &'a str,
    verdict: &'static str,
    claim: &'a str,
    subjects: Subjects<'a>,
    next_steps: &'a [String],
}

#[derive(Serialize)]
struct Subjects<'a> {
    volumes: Vec<String>,
    vms: Vec<String>,
    nodes: Vec<&'a str>,
}

#[derive(Serialize)]
struct NotJudged<'a> {
    rule: &'static str,
    missing: &'a str,
    collect: &'a str,
}

/// A stretch of a detour, or of I/O that waited, that no finding explains.
#[derive(Serialize)]
struct Unexplained<'a> {
    #[serde(flatten)]
    times: Times,
    vm: String,
    disk: Option<&'a str>,
    volume: Option<String>,
    node: Option<&'a str>,
    coordinator: Option<&'a str>,
    route: &'static str,
}

#[derive(Serialize)]
struct Account<'a> {
    input: u32,
    entries: u64,
    facts: u64,
    silent: u64,
    unknown: u64,
    malformed: u64,
    lost: u64,
    notes: Vec<Note<'a>>,
}

#[derive(Serialize)]
struct Note<'a> {
    name: &'static str,
    severity: &'static str,
    count: u64,
    advice: &'static str,
    detail: Option<&'a str>,
    first: Vec<At>,
}

fn at(origin: Origin) -> At {
    match origin.place {
        Place::Line(line) => At::Line(line),
        Place::Record(record) => At::Record(record),
        Place::Offset => At::Offset(origin.offset),
    }
}

fn milliseconds(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}

/// The stable id of a VM: its GUID if known, else its label.
fn vm_id(vm: &VmStory) -> String {
    vm.id.map_or_else(|| vm.label(), |id| id.to_string())
}

/// An event with two origins (a log line and its record) is cited at both.
pub(super) fn cited(report: &Report<'_>, evidence: &[Evidence]) -> Vec<Cited> {
    let mut out = Vec::with_capacity(evidence.len());
    for one in evidence {
        let Some(placed) = report.case.facts.get(one.fact.0 as usize) else { continue };
        for &origin in std::iter::once(&placed.fact.origin).chain(&placed.fact.also) {
            out.push(Cited {
                input: origin.input.0,
                at: at(origin),
                role: one.role.word(),
                time: words::dated(placed.moment.map(|m| m.at)),
                text: report.quote(origin).map(quote::full),
            });
        }
    }
    out
}

fn times(report: &Report<'_>, span: &Span) -> Times {
    Times {
        from: words::dated(span.from),
        to: words::dated(span.to),
        certainty: span.certainty.word(),
        evidence: cited(report, &span.evidence),
    }
}

/// The pieces within the scope, each made into its row.
fn rows<'a, T, R>(
    report: &Report<'_>,
    timeline: &'a Timeline<T>,
    row: impl Fn(Times, &'a Piece<T>) -> R,
) -> Vec<R> {
    let pieces = timeline.pieces.iter().filter(|p| report.scope.shows_span(&p.span));
    pieces.map(|piece| row(times(report, &piece.span), piece)).collect()
}

fn property<T>(report: &Report<'_>, settled: &Settled<T>) -> Property {
    Property { certainty: settled.certainty.word(), evidence: cited(report, &settled.evidence) }
}

fn whole<'a>(report: &'a Report<'_>) -> Whole<'a> {
    Whole {
        schema: SCHEMA,
        bundle: bundle(report),
        clocks: report
            .case
            .clocks
            .iter()
            .map(|clock| Clock {
                node: clock.node.as_str(),
                offset_ms: clock.offset.map(milliseconds),
                spread_ms: clock.spread.map(milliseconds),
                basis: &clock.basis,
                compared: clock.compared.as_ref().map(|compared| Compared {
                    reference: compared.reference.as_str(),
                    group: compared.group,
                    events: compared.events,
                    refused: compared.refused,
                    residual_ms: milliseconds(compared.residual),
                    drift_ppm: compared.drift as f64 / 1000.0,
                }),
            })
            .collect(),
        volumes: Rows::new(|| report.volumes().map(|(at, _)| volume(report, at))),
        vms: Rows::new(|| report.vms().map(|(at, _)| vm(report, at))),
        routes: Rows::new(|| report.routes().map(|(at, _)| route(report, at))),
        traffic: report.case.traffic.iter().map(|sum| traffic(report, sum)).collect(),
        findings: Rows::new(|| report.findings.iter().map(|finding| self::finding(report, finding))),
        not_judged: report
            .not_judged
            .iter()
            .map(|gap| NotJudged { rule: gap.rule, missing: &gap.missing, collect: &gap.collect })
            .collect(),
        unexplained: Rows::new(|| report.unexplained().map(|(route, span)| unexplained(report, route, span))),
        advice: report
            .advice
            .iter()
            .map(|told| Advice {
                id: told.id,
                said: told.said,
                fits: told.ruling.fits.word(),
                why: quote::line(&told.ruling.why),
                evidence: cited(report, &told.ruling.evidence),
            })
            .collect(),
        ledger: report.case.ledger.iter().map(account).collect(),
    }
}

fn bundle<'a>(report: &'a Report<'_>) -> Bundle<'a> {
    let case = report.case;
    Bundle {
        cluster: case.cluster.name.as_ref().map(|n| n.as_str()),
        inputs: case
            .inputs
            .iter()
            .map(|input| Input {
                id: input.id.0,
                path: &input.path,
                kind: input.kind,
                node: input.node.as_ref().map(|n| n.as_str()),
                bytes: input.bytes,
                from: words::dated(input.from),
                to: words::dated(input.to),
                foreign: input.foreign,
            })
            .collect(),
        nodes: case
            .nodes
            .iter()
            .map(|node| Node {
                name: node.name.as_ref().map(|n| n.as_str()),
                id: node.number,
                os_build: node.os_build,
                os_name: node.os_name.as_deref(),
                has_inputs: node.has_inputs,
            })
            .collect(),
        from: words::dated(case.from),
        to: words::dated(case.to),
    }
}

fn volume<'a>(report: &'a Report<'_>, at: usize) -> Volume<'a> {
    let volume = &report.case.volumes[at];
    let shown = |(node, _): &&(crate::fact::Name, _)| report.scope.shows_node(node);
    Volume {
        id: volume.id(),
        names: Names {
            guid: volume.guid.map(|g| g.to_string()),
            resource: volume.resource.as_ref().map(|n| n.as_str()),
            friendly: volume.friendly.as_ref().map(|n| n.as_str()),
            also: volume.also_named.iter().map(|n| n.as_str()).collect(),
        },
        file_system: volume.file_system.value.as_ref().map(|f| f.word()),
        storage: volume.storage.value.map(|s| s.word()),
        properties: Properties {
            file_system: property(report, &volume.file_system),
            storage: property(report, &volume.storage),
        },
        coordinator: rows(report, &volume.coordinator, |times, piece| Owner {
            times,
            node: piece.value.as_ref().map(|n| n.as_str()),
        }),
        io_mode: volume
            .io_mode
            .iter()
            .filter(|(node, _)| report.scope.shows_node(node))
            .flat_map(|(node, timeline)| {
                rows(report, timeline, |times, piece| Mode {
                    times,
                    node: node.as_str(),
                    mode: piece.value.map(|m| m.kind.word()),
                    file_system_reasons: piece.value.map(|m| m.file_system.words()),
                    block_reasons: piece.value.map(|m| m.block.words()),
                })
            })
            .collect(),
        state: volume
            .state
            .iter()
            .filter(shown)
            .flat_map(|(node, timeline)| {
                rows(report, timeline, |times, piece| State {
                    times,
                    node: node.as_str(),
                    state: piece.value.map(|s| s.word()),
                })
            })
            .collect(),
    }
}

fn vm<'a>(report: &'a Report<'_>, at: usize) -> Vm<'a> {
    let vm = &report.case.vms[at];
    Vm {
        id: vm_id(vm),
        name: vm.name.as_ref().map(|n| n.as_str()),
        group: vm.group.as_ref().map(|n| n.as_str()),
        disks: vm
            .disks
            .iter()
            .map(|disk| Disk {
                path: &disk.path,
                volume: disk.volume.and_then(|v| report.case.volumes.get(v)).map(|v| v.id()),
                evidence: cited(report, &disk.evidence),
            })
            .collect(),
        placement: rows(report, &vm.placement, |times, piece| Placement {
            times,
            node: piece.value.as_ref().map(|p| p.node.as_str()),
            state: piece.value.as_ref().and_then(|p| p.state.as_ref()).map(|s| s.word()),
        }),
    }
}

fn route<'a>(report: &'a Report<'_>, at: usize) -> Route<'a> {
    let route = &report.case.routes[at];
    let vm = report.case.vms.get(route.vm);
    let causes = report.causes_of(at);
    Route {
        times: times(report, &route.span),
        vm: vm.map(vm_id).unwrap_or_default(),
        disk: vm.and_then(|vm| vm.disks.get(route.disk)).map(|d| d.path.as_str()),
        volume: route.volume.and_then(|v| report.case.volumes.get(v)).map(|v| v.id()),
        node: route.node.as_ref().map(|n| n.as_str()),
        coordinator: route.coordinator.as_ref().map(|n| n.as_str()),
        route: route.route.word(),
        missing: &route.missing,
        bytes: route.bytes.as_ref().map(|b| Bytes {
            read: b.read,
            written: b.written,
            undirected: b.undirected,
            lossy: b.lossy,
            source: b.source,
        }),
        finding: causes.first().copied(),
        findings: causes,
    }
}

fn unexplained<'a>(report: &'a Report<'_>, route: &'a crate::case::Route, span: &Span) -> Unexplained<'a> {
    let vm = report.case.vms.get(route.vm);
    Unexplained {
        times: times(report, span),
        vm: vm.map(vm_id).unwrap_or_default(),
        disk: vm.and_then(|vm| vm.disks.get(route.disk)).map(|d| d.path.as_str()),
        volume: route.volume.and_then(|v| report.case.volumes.get(v)).map(|v| v.id()),
        node: route.node.as_ref().map(|n| n.as_str()),
        coordinator: route.coordinator.as_ref().map(|n| n.as_str()),
        route: route.route.word(),
    }
}

fn traffic<'a>(report: &'a Report<'_>, sum: &'a crate::case::Traffic) -> Traffic<'a> {
    Traffic {
        times: times(report, &sum.span),
        volume: sum.volume.and_then(|v| report.case.volumes.get(v)).map(|v| v.id()),
        node: sum.node.as_ref().map(|n| n.as_str()),
        file: sum.file.as_ref().map(|f| f.as_str()),
        vm: sum.vm.and_then(|vm| report.case.vms.get(vm)).map(vm_id),
        path: sum.path.word(),
        read: sum.read,
        written: sum.written,
        undirected: sum.undirected,
        operations: sum.operations,
        lossy: sum.lossy,
        source: sum.source,
    }
}

fn finding<'a>(report: &Report<'_>, finding: &'a crate::finding::Finding) -> Finding<'a> {
    let about = &finding.subjects;
    Finding {
        times: times(report, &finding.span),
        rule: finding.rule,
        title: &finding.title,
        verdict: finding.verdict.word(),
        claim: &finding.claim,
        subjects: Subjects {
            volumes: about
                .volumes
                .iter()
                .filter_map(|&v| report.case.volumes.get(v))
                .map(|v| v.id())
                .collect(),
            vms: about.vms.iter().filter_map(|&v| report.case.vms.get(v)).map(vm_id).collect(),
            nodes: about.nodes.iter().map(|n| n.as_str()).collect(),
        },
        next_steps: &finding.next_steps,
    }
}

fn account(tally: &Tally) -> Account<'_> {
    Account {
        input: tally.input.0,
        entries: tally.entries,
        facts: tally.facts,
        silent: tally.silent,
        unknown: tally.unknown,
        malformed: tally.malformed,
        lost: tally.lost,
        notes: tally
            .notes
            .iter()
            .map(|note| Note {
                name: note.kind.name,
                severity: note.kind.severity.word(),
                count: note.count,
                advice: note.kind.advice,
                detail: note.detail.as_deref(),
                first: note.first.iter().map(|origin| at(*origin)).collect(),
            })
            .collect(),
    }
}
