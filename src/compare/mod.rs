//! Two reports held against each other, by meaning: ids, evidence and quoted text do not count, names, times,
//! states and verdicts do. Works on the published JSON (`throughline/report/1`), so that a report that was kept can
//! be compared with a bundle that is read now. Knows nothing of how a report is made.
//!
//! `exactly` is for fixtures: every stretch of every timeline. `changes` is for two times of one cluster, whose
//! stretches cannot be the same: what is so now and was otherwise.

mod changes;
mod document;
mod exactly;
mod lanes;
#[cfg(test)]
mod tests;

pub use changes::{Change, changes};
pub use document::Document;
pub use exactly::{Difference, exactly};
