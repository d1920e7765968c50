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

/// What a cause does to the I/O of a node with a volume.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Over SMB to the coordinator's file system: the route `via_coordinator_fs`.
    FileSystemDetour,
    /// Over SMB to the coordinator, below its file system: the route `via_coordinator_block`.
    BlockDetour,
    /// I/O waits: the route `held`.
    Pause,
    /// I/O through the coordinator beside direct I/O: files or metadata, while the route is `direct`.
    Traffic,
    /// What goes through the coordinator takes longer.
    Slowness,
}

impl Effect {
    /// Does I/O take a detour?
    #[must_use]
    pub fn is_detour(self) -> bool {
        matches!(self, Self::FileSystemDetour | Self::BlockDetour)
    }

    /// As the pages of the rules put it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::FileSystemDetour => "detours through the coordinator's file system",
            Self::BlockDetour => "detours below the coordinator's file system",
            Self::Pause => "I/O that waits",
            Self::Traffic => "traffic to the coordinator beside direct I/O",
            Self::Slowness => "slow I/O",
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
    /// What of its volumes and nodes at its time it is the cause of. Empty: of nothing that a route shows.
    pub explains: &'static [Effect],
}

impl Finding {
    /// Can this be the cause of a detour of its volumes and nodes at its time?
    #[must_use]
    pub fn explains_detours(&self) -> bool {
        self.explains.iter().any(|effect| effect.is_detour())
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
