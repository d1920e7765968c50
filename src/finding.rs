//! A diagnosis: what is claimed, of whom, when, how sure, resting on what, and what to do next.

use crate::fact::{Name, Span};

/// What a finding amounts to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Something is broken.
    Fault,
    /// Works as configured, and the configuration can be changed.
    Configuration,
    /// Somebody asked for it.
    Operator,
    /// Passes by itself.
    Temporary,
    /// The product is made that way.
    ByDesign,
    /// Coordinator traffic, but not redirection.
    NotRedirection,
    /// The evidence does not decide.
    Undetermined,
}

impl Verdict {
    /// All, gravest first: the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Fault,
        Self::Configuration,
        Self::Operator,
        Self::Temporary,
        Self::ByDesign,
        Self::NotRedirection,
        Self::Undetermined,
    ];

    /// As the JSON report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Configuration => "configuration",
            Self::Operator => "operator",
            Self::Temporary => "temporary",
            Self::ByDesign => "by_design",
            Self::NotRedirection => "not_redirection",
            Self::Undetermined => "undetermined",
        }
    }
}

/// Whom a finding is about. Sorted, without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// Indices into the case's volumes.
    pub volumes: Vec<usize>,
    /// Indices into the case's VMs.
    pub vms: Vec<usize>,
    /// Node names.
    pub nodes: Vec<Name>,
}

/// One diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the rule that says so.
    pub rule: &'static str,
    /// One line.
    pub title: String,
    /// What it amounts to.
    pub verdict: Verdict,
    /// The claim in plain sentences: who, since when, through whom, why.
    pub claim: String,
    /// When, how sure, resting on what. Evidence is never empty.
    pub span: Span,
    /// Whom it is about.
    pub subjects: Subjects,
    /// What to do, each with the exact command where there is one.
    pub next_steps: Vec<String>,
}

/// Rules that tell of pauses, or of what happened besides: they never explain that I/O took a detour.
pub const NO_DETOURS: &[&str] = &["maintenance", "moves-vetoed", "owner-lost-storage"];

impl Finding {
    /// Can this be the cause of a detour of its volumes and nodes at its time?
    #[must_use]
    pub fn explains_detours(&self) -> bool {
        !NO_DETOURS.contains(&self.rule)
    }
}

/// A rule that could not be judged, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// Rule id.
    pub rule: &'static str,
    /// What is missing, in words.
    pub missing: String,
    /// The exact command that would settle it.
    pub collect: String,
}
