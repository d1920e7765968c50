//! The advice that people get for coordinator traffic, checked against the bundle instead of repeated.
//!
//! Each [`Advice`] says what is said, and what the evidence makes of it: it applies, it does not, or it cannot be told.
//! It may contradict plainly; then it says why and cites the facts. Only told where there is a detour or a
//! volume that could make one. Refuses to diagnose: causes are the rules' matter.

mod filters;
mod network;
mod paths;
mod placement;
mod refs;
mod situation;
mod traffic;

use crate::case::Case;
use crate::fact::Evidence;
use crate::finding::Finding;

use situation::Situation;

/// Does a piece of advice fit what the bundle shows?
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fits {
    /// Follow it.
    Applies,
    /// It changes nothing here, or it is wrong.
    DoesNotApply,
    /// The evidence does not say.
    CannotTell,
}

impl Fits {
    /// As the reports spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::DoesNotApply => "does not apply",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// What the evidence makes of a piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Does it fit?
    pub fits: Fits,
    /// Why, in one or two sentences.
    pub why: String,
    /// What says so; may be empty where something is missing.
    pub evidence: Vec<Evidence>,
}

/// One piece of advice.
pub struct Advice {
    /// `kebab-case`, unique.
    pub id: &'static str,
    /// As people say it.
    pub said: &'static str,
    check: fn(&Situation<'_>) -> Ruling,
}

/// One piece of advice with its ruling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub id: &'static str,
    /// As people say it.
    pub said: &'static str,
    /// What the evidence makes of it.
    pub ruling: Ruling,
}

/// Every piece of advice, those first that lead most people astray.
pub const ADVICE: &[Advice] = &[
    refs::DIRECT_SINCE_2016,
    paths::FAILOVER_WORKS,
    paths::CONFIGURE_MPIO,
    filters::UPDATE_FILTERS,
    network::CONFIGURE,
    network::DEDICATED,
    network::PRIORITISE,
    placement::MANAGE_OWNERS,
    traffic::MONITOR,
];

/// Every piece of advice against the volumes of a case that are asked for (by index); nothing where none is redirected.
#[must_use]
pub fn check(case: &Case, findings: &[Finding], shown: &[bool]) -> Vec<Told> {
    let situation = Situation::of(case, findings, shown);
    if !situation.is_asked() {
        return Vec::new();
    }
    let told =
        |advice: &Advice| Told { id: advice.id, said: advice.said, ruling: (advice.check)(&situation) };
    ADVICE.iter().map(told).collect()
}

fn ruling(fits: Fits, why: impl Into<String>, evidence: Vec<Evidence>) -> Ruling {
    Ruling { fits, why: why.into(), evidence }
}

#[cfg(test)]
mod tests;
