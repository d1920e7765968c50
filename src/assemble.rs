//! From what the sources read to the [`Case`]: place on one clock, merge what was told twice, resolve names,
//! fold timelines, overlay routes. The one entry point behind reading; it opens nothing and knows no format.

use crate::case::Case;
use crate::clock;
use crate::fact::{Coverage, Fact, InputId, Name, TimeBase};
use crate::ledger::Tally;

/// Everything that is known of one input after reading.
#[derive(Clone, Debug)]
pub struct InputData {
    /// Which.
    pub id: InputId,
    /// Path within the bundle.
    pub path: String,
    /// `cluster_log`, `evtx`, ... or `unrecognised`.
    pub kind: &'static str,
    /// Whose, after attribution. Facts and coverage without a reporter are given this one.
    pub node: Option<Name>,
    /// Size, decompressed.
    pub bytes: u64,
    /// How the file prints its own times.
    pub time_base: TimeBase,
    /// Belongs to another cluster: kept in `inputs` and `ledger`, its facts and coverage are left out.
    pub foreign: bool,
    /// What it said, in file order.
    pub facts: Vec<Fact>,
    /// What it covers.
    pub coverage: Vec<Coverage>,
    /// Its account.
    pub tally: Tally,
}

/// What the user said beforehand.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--tz`, `--skew`.
    pub clock: clock::Options,
    /// The cluster's name, where reading found one outside the facts.
    pub cluster: Option<Name>,
}

/// Builds the whole case. Inputs may come in any order: the outcome depends on their ids alone.
#[must_use]
pub fn assemble(_inputs: Vec<InputData>, _options: &Options) -> Case {
    Case::default()
}
