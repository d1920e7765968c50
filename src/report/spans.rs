//! Every span of a report in one list: what the flat formats have in common. Timelines of nodes, volumes and VMs,
//! routes, findings; in that order, each by name and time.

use super::Report;
use crate::case::Bytes;
use crate::fact::{IoMode, Name, Span};

/// What a span is of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The cluster service of a node: `up` or `down`.
    Node,
    /// The owner of a volume.
    Coordinator,
    /// CSVFS's state of a volume on a node.
    State,
    /// The I/O mode of a volume on a node.
    IoMode,
    /// Where a VM was.
    Placement,
    /// Which way the I/O of a VM disk took.
    Route,
    /// A diagnosis.
    Finding,
}

impl Kind {
    /// As the formats spell it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Coordinator => "coordinator",
            Self::State => "state",
            Self::IoMode => "io_mode",
            Self::Placement => "placement",
            Self::Route => "route",
            Self::Finding => "finding",
        }
    }
}

/// One span with its subjects by name. `value: None` is unknown.
pub(super) struct Row<'a> {
    pub(super) kind: Kind,
    pub(super) volume: Option<String>,
    /// The volume's place in the case; of a finding, none.
    pub(super) volume_at: Option<usize>,
    pub(super) vm: Option<String>,
    /// The VM's place in the case; of a finding, none.
    pub(super) vm_at: Option<usize>,
    /// A route's place in the case.
    pub(super) route_at: Option<usize>,
    pub(super) disk: Option<&'a str>,
    pub(super) node: Option<String>,
    pub(super) coordinator: Option<&'a Name>,
    pub(super) value: Option<String>,
    /// Rules that explain it; of a finding, its own.
    pub(super) rules: Vec<&'static str>,
    /// The findings that explain a route, by their place in the report.
    pub(super) causes: &'a [usize],
    pub(super) bytes: Option<&'a Bytes>,
    /// A finding's claim.
    pub(super) claim: Option<&'a str>,
    pub(super) span: &'a Span,
}

/// A mode with its reasons.
pub(super) fn mode_words(mode: &IoMode) -> String {
    let mut reasons = mode.file_system.words();
    reasons.extend(mode.block.words());
    match reasons.is_empty() {
        true => mode.kind.word().to_owned(),
        false => format!("{} ({})", mode.kind.word(), reasons.join(", ")),
    }
}

fn row<'a>(kind: Kind, span: &'a Span, value: Option<String>) -> Row<'a> {
    Row {
        kind,
        volume: None,
        volume_at: None,
        vm: None,
        vm_at: None,
        route_at: None,
        disk: None,
        node: None,
        coordinator: None,
        value,
        rules: Vec::new(),
        causes: &[],
        bytes: None,
        claim: None,
        span,
    }
}

/// Every span within the report's scope.
pub(super) fn rows<'a>(report: &'a Report<'a>) -> Vec<Row<'a>> {
    let mut out = Vec::new();
    let shown = |span: &Span| report.scope.shows_span(span);
    for node in &report.case.nodes {
        let Some(name) = node.name.as_ref().filter(|name| report.scope.shows_node(name)) else { continue };
        for piece in node.up.pieces.iter().filter(|piece| shown(&piece.span)) {
            let value = piece.value.map(|up| if up { "up" } else { "down" }.to_owned());
            out.push(Row { node: Some(name.to_string()), ..row(Kind::Node, &piece.span, value) });
        }
    }
    for (at, volume) in report.volumes() {
        let label = volume.label();
        for piece in volume.coordinator.pieces.iter().filter(|piece| shown(&piece.span)) {
            let value = piece.value.as_ref().map(ToString::to_string);
            let volume = Some(label.clone());
            out.push(Row { volume, volume_at: Some(at), ..row(Kind::Coordinator, &piece.span, value) });
        }
        for (node, timeline) in volume.state.iter().filter(|(node, _)| report.scope.shows_node(node)) {
            for piece in timeline.pieces.iter().filter(|piece| shown(&piece.span)) {
                let value = piece.value.map(|state| state.word());
                let (volume, node) = (Some(label.clone()), Some(node.to_string()));
                out.push(Row { volume, volume_at: Some(at), node, ..row(Kind::State, &piece.span, value) });
            }
        }
        for (node, timeline) in volume.io_mode.iter().filter(|(node, _)| report.scope.shows_node(node)) {
            for piece in timeline.pieces.iter().filter(|piece| shown(&piece.span)) {
                let value = piece.value.as_ref().map(mode_words);
                let (volume, node) = (Some(label.clone()), Some(node.to_string()));
                out.push(Row { volume, volume_at: Some(at), node, ..row(Kind::IoMode, &piece.span, value) });
            }
        }
    }
    for (at, vm) in report.vms() {
        for piece in vm.placement.pieces.iter().filter(|piece| shown(&piece.span)) {
            let place = piece.value.as_ref();
            let value = place.map(|place| match &place.state {
                Some(state) => format!("{} on {}", state.word(), place.node),
                None => format!("on {}", place.node),
            });
            let node = place.map(|place| place.node.to_string());
            let vm = Some(vm.label());
            out.push(Row { vm, vm_at: Some(at), node, ..row(Kind::Placement, &piece.span, value) });
        }
    }
    for (at, route) in report.routes() {
        let vm = &report.case.vms[route.vm];
        let mut rules: Vec<&str> = report.causes_of(at).iter().map(|&f| report.findings[f].rule).collect();
        rules.dedup();
        out.push(Row {
            volume: route.volume.and_then(|v| report.case.volumes.get(v)).map(|v| v.label()),
            volume_at: route.volume.filter(|&v| v < report.case.volumes.len()),
            vm: Some(vm.label()),
            vm_at: Some(route.vm),
            route_at: Some(at),
            disk: vm.disks.get(route.disk).map(|disk| disk.path.as_str()),
            node: route.node.as_ref().map(ToString::to_string),
            coordinator: route.coordinator.as_ref(),
            rules,
            causes: report.causes_of(at),
            bytes: route.bytes.as_ref(),
            ..row(Kind::Route, &route.span, Some(route.route.word().to_owned()))
        });
    }
    for finding in &report.findings {
        let volumes = finding.subjects.volumes.iter().filter_map(|&v| report.case.volumes.get(v));
        let volumes: Vec<String> = volumes.map(|v| v.label()).collect();
        let vms = finding.subjects.vms.iter().filter_map(|&v| report.case.vms.get(v));
        let vms: Vec<String> = vms.map(|v| v.label()).collect();
        let nodes: Vec<&str> = finding.subjects.nodes.iter().map(Name::as_str).collect();
        let filled = |texts: Vec<String>| (!texts.is_empty()).then(|| texts.join(", "));
        out.push(Row {
            volume: filled(volumes),
            vm: filled(vms),
            node: (!nodes.is_empty()).then(|| nodes.join(", ")),
            rules: vec![finding.rule],
            claim: Some(&finding.claim),
            ..row(Kind::Finding, &finding.span, Some(finding.verdict.word().to_owned()))
        });
    }
    out
}
