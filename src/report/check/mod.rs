//! A report held against a policy: every clause is kept, violated, or cannot be judged. Three outputs show the
//! same outcome: text, JUnit and SARIF; annotations for GitHub are text of another form.
//!
//! What is sure enough violates; what is not sure enough, and what is not known at all, can only leave a clause
//! undecided. A clause is kept where even the worst that the evidence allows stays within it.

mod clauses;
mod github;
mod junit;
mod policy;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

use crate::fact::FactId;

pub use clauses::judge;
pub use github::github;
pub use junit::junit;
pub use policy::{Maximum, Mistake, OnUndecided, Policy, Subject};
pub use sarif::sarif;
pub use text::text;

/// What became of a clause.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It holds, whatever the evidence leaves open.
    Kept,
    /// The evidence does not decide.
    Undecided,
    /// It does not hold.
    Violated,
}

impl Outcome {
    /// As the outputs spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Undecided => "undecided",
            Self::Violated => "violated",
        }
    }
}

/// Why a clause is violated or undecided, in one sentence, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// How grave.
    pub outcome: Outcome,
    /// The sentence.
    pub text: String,
    /// Facts that say so; may be empty where something is missing.
    pub evidence: Vec<FactId>,
}

/// One clause, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The key in the policy: `forbid_verdicts`, `maximum_detour`, ...
    pub key: &'static str,
    /// The clause in words: `no finding with verdict fault`.
    pub says: String,
    /// The gravest outcome of its reasons; kept where there is none.
    pub outcome: Outcome,
    /// Why not kept.
    pub reasons: Vec<Reason>,
}

/// Whether the check passes: 0, 1 where a clause is violated, 2 where one is undecided and the policy forbids that.
#[must_use]
pub fn exit_code(policy: &Policy, clauses: &[Clause]) -> u8 {
    match clauses.iter().map(|clause| clause.outcome).max() {
        Some(Outcome::Violated) => 1,
        Some(Outcome::Undecided) if policy.on_undecided == OnUndecided::Fail => 2,
        _ => 0,
    }
}
