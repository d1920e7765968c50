//! In which reckoning each input prints its times, for whoever puts entries in order before anything is made of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono_tz::Tz;
use rayon::prelude::*;

use super::node;
use crate::assemble::file_clock_of;
use crate::bundle::{Bundle, Input};
use crate::clock::{self, Clocks, FileClock};
use crate::fact::{Fact, Name, Stamp, TimeBase};
use crate::source::{Outcome, Reading, UNRECOGNISED, cluster_log, counters, read_all, recognise};

/// How the times of each input become UTC. The clocks are taken at their word: neither steps nor skews are taken out.
#[derive(Clone, Debug)]
pub struct Bases {
    clocks: Clocks,
    nodes: Vec<Option<Name>>,
}

/// Asks the header of each cluster.log, and where one does not say that its times are in UTC, all that the bundle holds: the body of
/// the log, other inputs of its node, and then `zone`.
#[must_use]
pub fn bases(bundle: &Bundle, zone: Option<Tz>) -> Bases {
    let front = |input: &Input| {
        let kind = recognise(bundle, input).ok().flatten().map_or(UNRECOGNISED, |source| source.kind);
        let log = kind == cluster_log::SOURCE.kind;
        let reading = if log { cluster_log::head(bundle, input) } else { Reading::new(input) };
        Outcome { kind, reading }
    };
    // A panic is met again, and accounted for, by whoever reads the input.
    let nothing = |input: &Input| Outcome { kind: UNRECOGNISED, reading: Reading::new(input) };
    let each =
        |input: &Input| catch_unwind(AssertUnwindSafe(|| front(input))).unwrap_or_else(|_| nothing(input));
    let mut read: Vec<Outcome> = bundle.inputs.par_iter().map(each).collect();
    let unsaid = |outcome: &Outcome| {
        let local = outcome.kind == counters::SOURCE.kind;
        let log = outcome.kind == cluster_log::SOURCE.kind;
        local || (log && outcome.reading.time_base != TimeBase::Utc)
    };
    if read.iter().any(unsaid) {
        read = read_all(bundle);
    }
    let nodes = node::resolve(&bundle.inputs, &mut read);
    let mut files: Vec<FileClock> = Vec::with_capacity(read.len());
    let mut facts: Vec<Fact> = Vec::new();
    for ((outcome, input), node) in read.into_iter().zip(&bundle.inputs).zip(&nodes) {
        let Reading { facts: own, coverage, time_base, .. } = outcome.reading;
        files.push(file_clock_of(input.id, outcome.kind, node.clone(), time_base, &coverage));
        facts.extend(own.into_iter().map(|mut fact| {
            fact.reporter = fact.reporter.or_else(|| node.clone());
            fact
        }));
    }
    let options = clock::Options { zone, skew: Vec::new() };
    Bases { clocks: Clocks::settle(&files, &[&facts], &options), nodes }
}

impl Bases {
    /// A stamp of an input in UTC, and how far off that may be, nanoseconds; `None` where it is no time.
    #[must_use]
    pub fn utc(&self, input: &Input, stamp: Stamp) -> Option<(i64, i64)> {
        let node = self.nodes.get(input.id.0 as usize).and_then(Option::as_ref);
        self.clocks.printed(input.id, node, stamp)
    }

    /// What the reckoning of an input's times rests on, in words; empty where its header says UTC.
    #[must_use]
    pub fn basis(&self, input: &Input) -> &str {
        self.clocks.basis_of(input.id)
    }
}
