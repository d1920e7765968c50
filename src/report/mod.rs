//! The outputs: pure functions from a [`Report`] to text or bytes. The report is built once, and every format
//! renders from it, so that all formats say the same. Nothing here reads an input: quoted text is handed in.
//!
//! ```text
//! let report = Report::new(&case, rule::judge(&case), Scope::default());
//! let quotes = /* fetch the text at each of report.origins(Format::Text.reach()) */;
//! let bytes = report.quoting(quotes).render(Format::Text, Style::PLAIN);
//! ```

pub mod explain;
pub mod json;
pub mod rules;
pub mod text;
pub mod timeline;

mod quote;
mod style;

use std::collections::BTreeMap;

use crate::case::{Case, Piece, Route, VmStory, VolumeStory};
use crate::fact::{Evidence, Instant, Name, Origin, Span};
use crate::finding::{Finding, NotJudged};
use crate::rule::Judgement;

pub use style::Style;

/// A format of `analyze`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people; see [`text`].
    Text,
    /// For programs; see [`json`].
    Json,
}

impl Format {
    /// Every format, the default first. The command line takes its choices from here.
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// As `--format` spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    /// How much of the evidence its output quotes.
    #[must_use]
    pub fn reach(self) -> Reach {
        match self {
            Self::Text => Reach::Findings,
            Self::Json => Reach::Everything,
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

/// What the user asked to see: `--from`, `--to`, `--node`, `--volume`, `--vm`. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Leave out what ended before.
    pub from: Option<Instant>,
    /// Leave out what began after.
    pub to: Option<Instant>,
    /// Nodes by name.
    pub nodes: Vec<Name>,
    /// Volumes by friendly name, resource or GUID.
    pub volumes: Vec<Name>,
    /// VMs by name, group or GUID.
    pub vms: Vec<Name>,
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
    quotes: BTreeMap<Origin, String>,
}

impl<'a> Report<'a> {
    /// A report of `case` with what the rules came to. Quotes nothing yet.
    #[must_use]
    pub fn new(case: &'a Case, judgement: Judgement, scope: Scope) -> Self {
        let Judgement { findings, not_judged } = judgement;
        Self { case, scope, findings, not_judged, quotes: BTreeMap::new() }
    }

    /// Where text is to be fetched from, by input and offset, without repeats.
    #[must_use]
    pub fn origins(&self, _reach: Reach) -> Vec<Origin> {
        Vec::new()
    }

    /// The same report with the text at its origins. An origin without text is shown without a quote.
    #[must_use]
    pub fn quoting(mut self, quotes: BTreeMap<Origin, String>) -> Self {
        self.quotes = quotes;
        self
    }

    /// The output. Only text takes a style.
    #[must_use]
    pub fn render(&self, format: Format, style: Style) -> Vec<u8> {
        match format {
            Format::Text => text::render(self, style).into_bytes(),
            Format::Json => json::render(self).into_bytes(),
        }
    }
}
