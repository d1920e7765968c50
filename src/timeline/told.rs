//! Placed facts as the folds read them.

pub use crate::clock::ClockKey;
use crate::fact::{Fact, FactId, Instant, Name, Stamp};
use crate::timeline::cover::Coverage;

/// A fact with its place in time and in the case.
#[derive(Copy, Clone, Debug)]
pub struct Told<'a> {
    /// Its id in the case.
    pub id: FactId,
    /// What was said.
    pub fact: &'a Fact,
    /// When.
    pub at: Instant,
    /// How far off that may be against other clocks, nanoseconds.
    pub spread: i64,
    /// By which clock.
    pub clock: ClockKey,
}

impl Told<'_> {
    /// The reporter, or the node that the claim names instead of it.
    #[must_use]
    pub fn node_or_reporter(&self, named: Option<&Name>) -> Option<Name> {
        named.or(self.fact.reporter.as_ref()).cloned()
    }

    /// Says what held when the bundle was collected.
    #[must_use]
    pub fn is_collected(&self) -> bool {
        self.fact.stamp == Stamp::Collected
    }
}

/// Everything that timelines are folded from.
#[derive(Debug)]
pub struct World<'a> {
    /// Placed facts in total order.
    pub told: Vec<Told<'a>>,
    /// Complete logs.
    pub coverage: Coverage,
    /// First placed instant.
    pub from: Instant,
    /// Last placed instant.
    pub to: Instant,
}
