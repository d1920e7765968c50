//! The outputs: pure functions from a [`Report`] to text or bytes. The report is built once, and every format
//! renders from it, so that all formats say the same. Nothing here reads an input: quoted text is handed in.
//!
//! ```text
//! let report = Report::new(&case, rule::judge(&case), Scope::default());
//! let quotes = /* fetch the text at each of report.origins(Format::Text.reach()) */;
//! let bytes = report.quoting(quotes).render(Format::Text, Style::PLAIN);
//! ```

#[doc(hidden)]
pub mod browse;
#[doc(hidden)]
pub mod check;
#[doc(hidden)]
pub mod csv;
#[doc(hidden)]
pub mod explain;
#[doc(hidden)]
pub mod html;
#[doc(hidden)]
pub mod json;
#[doc(hidden)]
pub mod jsonl;
#[doc(hidden)]
pub mod markdown;
#[doc(hidden)]
pub mod parquet;
#[doc(hidden)]
pub mod perfetto;
#[doc(hidden)]
pub mod rules;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod timeline;
#[doc(hidden)]
pub mod what_if;

mod cell;
mod page;
mod quote;
mod scope;
mod spans;
mod style;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::advice::{self, Told};
use crate::case::{Case, Route, VmStory, VolumeStory};
use crate::cause::{Causes, Unexplained};
use crate::detour::Window;
use crate::fact::{Certainty, Evidence, FactId, Origin, Place, Span};
use crate::finding::{Finding, NotJudged, Subjects};
use crate::rule::Judgement;

pub use scope::Scope;
pub use style::Style;

/// A format of `analyze`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people; see [`text`].
    Text,
    /// For programs; see [`json`].
    Json,
    /// One JSON object a span and line; see [`jsonl`].
    Jsonl,
    /// Comma-separated, one row a span; see [`csv`].
    Csv,
    /// For tickets; see [`markdown`].
    Markdown,
    /// For ui.perfetto.dev; see [`perfetto`].
    Perfetto,
    /// One page to look at, offline; see [`html`].
    Html,
}

impl Format {
    /// Every format, the default first. The command line takes its choices from here.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Json, Self::Jsonl, Self::Csv, Self::Markdown, Self::Perfetto, Self::Html];

    /// As `--format` spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Perfetto => "perfetto",
            Self::Html => "html",
        }
    }

    /// How much of the evidence its output quotes.
    #[must_use]
    pub fn reach(self) -> Reach {
        match self {
            Self::Text => Reach::Findings,
            Self::Json | Self::Jsonl | Self::Csv | Self::Markdown | Self::Perfetto | Self::Html => {
                Reach::Everything
            }
        }
    }
}

/// How much of the evidence an output quotes.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// What findings cite.
    Findings,
    /// What any span cites: timelines, routes, findings.
    Everything,
}

/// Everything that an output shows. Findings stand gravest first, then by time and rule.
pub struct Report<'a> {
    /// What was found out. Findings and routes refer to its volumes and VMs by index.
    pub case: &'a Case,
    /// What the user asked to see.
    pub scope: Scope,
    /// Diagnoses within the scope.
    pub findings: Vec<Finding>,
    /// What could not be told.
    pub not_judged: Vec<NotJudged>,
    /// Stretches of the case's routes that no finding explains; see [`Report::unexplained`].
    unexplained: Vec<Unexplained>,
    /// What people are told, held against the case; empty where nothing is redirected.
    pub advice: Vec<Told>,
    shown_volumes: Vec<bool>,
    shown_vms: Vec<bool>,
    /// For each route of the case, the findings that explain it, gravest first.
    causes: Vec<Vec<usize>>,
    quotes: BTreeMap<Origin, String>,
}

impl<'a> Report<'a> {
    /// A report of `case` with what the rules came to. Quotes nothing yet.
    #[must_use]
    pub fn new(case: &'a Case, judgement: Judgement, scope: Scope) -> Self {
        let Judgement { mut findings, not_judged, unexplained } = judgement;
        let shown_volumes: Vec<bool> =
            (0..case.volumes.len()).map(|at| scope.shows_volume(case, at)).collect();
        let shown_vms: Vec<bool> = (0..case.vms.len()).map(|at| scope.shows_vm(case, at)).collect();
        findings.retain(|finding| {
            let Subjects { volumes, nodes, .. } = &finding.subjects;
            let on_volume =
                volumes.is_empty() || volumes.iter().any(|&v| shown_volumes.get(v) == Some(&true));
            let on_node = nodes.is_empty() || nodes.iter().any(|node| scope.shows_node(node));
            scope.shows_span(&finding.span) && on_volume && on_node
        });
        let by_finding = Causes::of(case, &findings);
        let causes = case.routes.iter().map(|route| by_finding.of_route(route)).collect();
        let advice = advice::check(case, &findings, &shown_volumes);
        Self {
            case,
            scope,
            findings,
            not_judged,
            unexplained,
            advice,
            shown_volumes,
            shown_vms,
            causes,
            quotes: BTreeMap::new(),
        }
    }

    /// Where text is to be fetched from, by input and offset, without repeats.
    #[must_use]
    pub fn origins(&self, reach: Reach) -> Vec<Origin> {
        let mut facts: BTreeSet<FactId> = BTreeSet::new();
        let mut cite = |evidence: &[Evidence]| facts.extend(evidence.iter().map(|e| e.fact));
        self.findings.iter().for_each(|f| cite(&f.span.evidence));
        self.advice.iter().for_each(|told| cite(&told.ruling.evidence));
        if reach == Reach::Everything {
            for (_, volume) in self.volumes() {
                cite(&volume.file_system.evidence);
                cite(&volume.storage.evidence);
                volume.coordinator.pieces.iter().for_each(|p| cite(&p.span.evidence));
                volume.io_mode.iter().flat_map(|(_, t)| &t.pieces).for_each(|p| cite(&p.span.evidence));
                volume.state.iter().flat_map(|(_, t)| &t.pieces).for_each(|p| cite(&p.span.evidence));
            }
            for (_, vm) in self.vms() {
                vm.disks.iter().for_each(|d| cite(&d.evidence));
                vm.placement.pieces.iter().for_each(|p| cite(&p.span.evidence));
            }
            self.case.nodes.iter().flat_map(|n| &n.up.pieces).for_each(|p| cite(&p.span.evidence));
            self.routes().for_each(|(_, r)| cite(&r.span.evidence));
            self.case.traffic.iter().for_each(|sum| cite(&sum.span.evidence));
        }
        let mut out: Vec<Origin> = Vec::with_capacity(facts.len());
        for fact in facts {
            if let Some(placed) = self.case.facts.get(fact.0 as usize) {
                out.push(placed.fact.origin);
                out.extend(&placed.fact.also);
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The same report with the text at its origins. An origin without text is shown without a quote.
    #[must_use]
    pub fn quoting(mut self, quotes: BTreeMap<Origin, String>) -> Self {
        self.quotes = quotes;
        self
    }

    /// What is found and not merely assumed, a line a kind of finding, gravest first: for telling while the rest of a
    /// bundle is read.
    #[must_use]
    pub fn so_far(&self) -> Vec<String> {
        text::so_far(self)
    }

    /// The output. Only text takes a style.
    #[must_use]
    pub fn render(&self, format: Format, style: Style) -> Vec<u8> {
        match format {
            Format::Text => text::render(self, style).into_bytes(),
            Format::Json => json::render(self).into_bytes(),
            Format::Jsonl => jsonl::render(self).into_bytes(),
            Format::Csv => csv::render(self).into_bytes(),
            Format::Markdown => markdown::render(self).into_bytes(),
            Format::Perfetto => perfetto::render(self),
            Format::Html => html::render(self).into_bytes(),
        }
    }

    /// The volumes within the scope, with their indices.
    fn volumes(&self) -> impl Iterator<Item = (usize, &'a VolumeStory)> {
        let case = self.case;
        case.volumes.iter().enumerate().filter(|(at, _)| self.shown_volumes[*at])
    }

    /// The VMs within the scope, with their indices.
    fn vms(&self) -> impl Iterator<Item = (usize, &'a VmStory)> {
        let case = self.case;
        case.vms.iter().enumerate().filter(|(at, _)| self.shown_vms[*at])
    }

    /// The routes within the scope, with their indices.
    fn routes(&self) -> impl Iterator<Item = (usize, &'a Route)> {
        self.case.routes.iter().enumerate().filter(|(_, route)| self.shows_route(route))
    }

    fn shows_route(&self, route: &Route) -> bool {
        let mut over = route.node.iter().chain(&route.coordinator);
        self.scope.shows_span(&route.span)
            && self.shown_vms.get(route.vm) == Some(&true)
            && route
                .volume
                .map_or(self.scope.volumes.is_empty(), |v| self.shown_volumes.get(v) == Some(&true))
            && (self.scope.nodes.is_empty() || over.any(|node| self.scope.shows_node(node)))
    }

    /// The unexplained stretches within the scope, each with its route.
    fn unexplained(&self) -> impl Iterator<Item = (&'a Route, &Span)> {
        self.unexplained_places().map(|(at, span)| (&self.case.routes[at], span))
    }

    /// The same, each with its route's place in the case.
    fn unexplained_places(&self) -> impl Iterator<Item = (usize, &Span)> {
        let shown = |left: &&Unexplained| {
            let route = self.case.routes.get(left.route);
            route.is_some_and(|route| self.scope.shows_span(&left.span) && self.shows_route(route))
        };
        self.unexplained.iter().filter(shown).map(|left| (left.route, &left.span))
    }

    /// The findings that explain a route.
    fn causes_of(&self, route: usize) -> &[usize] {
        self.causes.get(route).map_or(&[], Vec::as_slice)
    }

    /// The evidence's time, cut to what the user asked to see.
    fn window(&self) -> Option<Window> {
        let all = Window::of_case(self.case)?;
        let asked = Span {
            from: self.scope.from,
            to: self.scope.to,
            certainty: Certainty::Unknown,
            evidence: Vec::new(),
        };
        all.cut(&asked)
    }

    /// What stands at an origin.
    fn quote(&self, origin: Origin) -> Option<&str> {
        self.quotes.get(&origin).map(String::as_str)
    }

    /// The path of an input, and where in it.
    fn place(&self, origin: Origin) -> String {
        let inputs = &self.case.inputs;
        let input = inputs.get(origin.input.0 as usize).filter(|i| i.id == origin.input);
        let input = input.or_else(|| inputs.iter().find(|i| i.id == origin.input));
        let path = input.map_or("?", |i| i.path.as_str());
        match origin.place {
            Place::Line(line) => format!("{path}:{line}"),
            Place::Record(record) => format!("{path} record {record}"),
            Place::Offset => format!("{path} at byte {}", origin.offset),
        }
    }
}
