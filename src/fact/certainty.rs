//! How sure a statement is, and what it rests on.

use super::Instant;

/// A fact's position in the case's total order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u32);

/// How sure a span or finding is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Nothing says.
    Unknown,
    /// Carried past the last evidence.
    Assumed,
    /// Follows from facts by a stated rule.
    Derived,
    /// A source says so.
    Observed,
}

impl Certainty {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Assumed => "assumed",
            Self::Derived => "derived",
            Self::Observed => "observed",
        }
    }
}

/// What a fact does for the span that cites it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The span begins with it.
    Opens,
    /// The span ends with it.
    Closes,
    /// It agrees.
    Supports,
    /// It disagrees; both are shown.
    Contradicts,
}

impl Role {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Closes => "closes",
            Self::Supports => "supports",
            Self::Contradicts => "contradicts",
        }
    }
}

/// A fact cited in a role.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// Which fact.
    pub fact: FactId,
    /// What for.
    pub role: Role,
}

/// A stretch of time with its certainty and evidence. `None` ends are open: before (after) all that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// First instant, inclusive.
    pub from: Option<Instant>,
    /// Last instant, exclusive.
    pub to: Option<Instant>,
    /// How sure.
    pub certainty: Certainty,
    /// What it rests on, in the order of the facts, without repeats.
    pub evidence: Vec<Evidence>,
}

impl Span {
    /// Does the span hold at `at`?
    #[must_use]
    pub fn contains(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// Length in seconds where both ends are known.
    #[must_use]
    pub fn seconds(&self) -> Option<i64> {
        Some(self.to?.seconds_since(self.from?))
    }
}
