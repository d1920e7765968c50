//! The driver: reads a bundle, settles whose each input is, keeps stray logs of other clusters out, builds the
//! case and judges it. Knows the order of the stages and nothing of what any of them does.

mod bases;
mod copies;
mod foreign;
mod named;
mod node;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;

#[doc(hidden)]
pub use bases::{Bases, bases};
pub use foreign::NOT_OF_THIS_CLUSTER;

use crate::assemble::{self, InputData, assemble};
use crate::bundle::{Bundle, Input};
use crate::case::{Case, InputSummary};
#[doc(inline)]
pub use crate::clock::{Options as Clocks, parse_skew};
use crate::fact::{InputId, Name, Origin, TimeBase};
use crate::ledger::{Severity, Tally};
use crate::rule::{self, Judgement};
use crate::source::{self, Outcome, UNRECOGNISED};

/// What the user said beforehand.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--tz`, `--skew`.
    pub clocks: Clocks,
}

/// What a bundle came to.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Everything that was found out. What the bundle refused stands behind its inputs.
    pub case: Case,
    /// Diagnoses, and what could not be told.
    pub judgement: Judgement,
}

/// Reads everything and judges it. Never fails; an empty or unreadable bundle gives an empty case with its
/// ledger.
#[must_use]
pub fn analyze(bundle: &Bundle, options: &Options) -> Analysis {
    conclude(bundle, source::read_all(bundle), options)
}

/// As [`analyze`] from the small inputs alone, at most `each` bytes a piece and `all` together: state snapshots, mostly,
/// which are read in a moment. What it finds stands, as far as it is not assumed; what it does not find may be in
/// the rest. `None` where that would be everything, or nothing.
#[must_use]
pub fn first_look(bundle: &Bundle, each: u64, all: u64, options: &Options) -> Option<Analysis> {
    let mut left = all;
    let mut small = |input: &Input| {
        let taken = input.bytes <= each.min(left);
        left -= if taken { input.bytes } else { 0 };
        taken
    };
    let chosen: Vec<bool> = bundle.inputs.iter().map(&mut small).collect();
    let count = chosen.iter().filter(|taken| **taken).count();
    if count == 0 || count == chosen.len() {
        return None;
    }
    Some(conclude(bundle, source::read_some(bundle, &chosen), options))
}

fn conclude(bundle: &Bundle, mut read: Vec<Outcome>, options: &Options) -> Analysis {
    let nodes = node::resolve(&bundle.inputs, &mut read);
    named::by_objects(bundle, &mut read);
    let copies = copies::find(bundle, &nodes, &mut read);
    let mut foreign = foreign::keep_out(&bundle.inputs, &nodes, &mut read);
    for (at, copy) in copies.iter().enumerate() {
        foreign[at] |= copy.is_some_and(|other| foreign[other]);
    }
    let own = read.iter().zip(&foreign).filter(|(_, foreign)| !**foreign);
    let cluster = most_told(own.filter_map(|(outcome, _)| outcome.reading.cluster.clone()).collect());
    let options = assemble::Options { clock: options.clocks.clone(), cluster };
    let mut data: Vec<InputData> = Vec::with_capacity(read.len() + bundle.refused.len());
    let whose = nodes.into_iter().zip(foreign).zip(copies);
    for ((outcome, input), ((node, foreign), copy)) in read.into_iter().zip(&bundle.inputs).zip(whose) {
        let Outcome { kind, reading } = outcome;
        data.push(InputData {
            id: input.id,
            path: input.path.clone(),
            kind,
            node,
            bytes: input.bytes,
            time_base: reading.time_base,
            foreign,
            copy_of: copy.map(|at| InputId(at as u32)),
            facts: reading.facts,
            coverage: reading.coverage,
            tally: reading.tally,
        });
    }
    data.extend(bundle.refused.iter().map(|(path, tally)| refused(bundle, path, tally)));
    let case = assemble(data, &options);
    let judgement = rule::judge(&case);
    Analysis { case, judgement }
}

/// The name that most inputs tell; of two, the first by name.
fn most_told(mut names: Vec<Name>) -> Option<Name> {
    names.sort_by(|a, b| a.cmp(b).then_with(|| a.as_str().cmp(b.as_str())));
    let told = names.chunk_by(|a, b| a == b);
    told.min_by_key(|same| Reverse(same.len())).and_then(|same| same.first().cloned())
}

/// What could not be opened, as an input that says nothing.
fn refused(bundle: &Bundle, path: &str, tally: &Tally) -> InputData {
    let inside = format!("{path}!/");
    let kind = if bundle.inputs.iter().any(|input| input.path.starts_with(&inside)) {
        "archive"
    } else if tally.worst() == Some(Severity::Error) {
        "unreadable"
    } else {
        "skipped"
    };
    InputData {
        id: tally.input,
        path: path.to_owned(),
        kind,
        node: None,
        bytes: 0,
        time_base: TimeBase::Unknown,
        foreign: false,
        copy_of: None,
        facts: Vec::new(),
        coverage: Vec::new(),
        tally: tally.clone(),
    }
}

impl Analysis {
    /// Did any input give at least one entry that could be read?
    #[must_use]
    pub fn anything_read(&self) -> bool {
        self.accounts().any(|(input, tally)| input.kind != UNRECOGNISED && tally.entries > tally.malformed)
    }

    /// Inputs that could not be read, or not in full: see [`cannot_be_read`].
    pub fn unreadable(&self) -> impl Iterator<Item = (&InputSummary, &Tally)> {
        self.accounts().filter(|(input, tally)| cannot_be_read(input.kind, tally))
    }

    /// Each input with its account.
    pub fn accounts(&self) -> impl Iterator<Item = (&InputSummary, &Tally)> {
        self.case.inputs.iter().zip(&self.case.ledger)
    }
}

/// Could an input not be read, or not in full? Evidence that was never collected does not count, and neither do
/// files of formats that are not read here.
#[must_use]
pub fn cannot_be_read(kind: &str, tally: &Tally) -> bool {
    let nothing = kind != UNRECOGNISED && tally.entries == 0;
    let worst = tally.worst();
    tally.malformed > 0 || worst == Some(Severity::Error) || (nothing && worst == Some(Severity::DataLost))
}

/// The text at each origin, fetched from the bundle: one pass an input, inputs in parallel. Origins whose text
/// cannot be fetched any more are absent.
#[must_use]
pub fn quotes(bundle: &Bundle, origins: &[Origin]) -> BTreeMap<Origin, String> {
    let mut wanted: BTreeMap<usize, Vec<Origin>> = BTreeMap::new();
    for origin in origins {
        wanted.entry(origin.input.0 as usize).or_default().push(*origin);
    }
    let wanted: Vec<(&Input, Vec<Origin>)> =
        wanted.into_iter().filter_map(|(at, origins)| Some((bundle.inputs.get(at)?, origins))).collect();
    let fetched: Vec<Vec<(Origin, String)>> = wanted
        .into_par_iter()
        .with_max_len(1)
        .map(|(input, mut origins)| {
            origins.sort_unstable_by_key(|origin| (origin.offset, origin.place));
            origins.dedup();
            let texts = source::quote(bundle, input, &origins);
            origins.into_iter().zip(texts).filter_map(|(origin, text)| Some((origin, text?))).collect()
        })
        .collect();
    fetched.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Options, analyze, first_look};
    use crate::bundle::{self, Bundle};

    #[test]
    fn a_first_look_reads_the_small_inputs_alone() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/refs-two-node");
        let bundle = Bundle::open(&[folder], &bundle::Options::default());
        let options = Options::default();
        let whole = analyze(&bundle, &options);
        let most = whole.case.inputs.iter().map(|input| input.bytes).max().unwrap();
        let look = |each: u64, all: u64| first_look(&bundle, each, all, &options);
        assert!(look(0, u64::MAX).is_none() && look(u64::MAX, u64::MAX).is_none() && look(most, 0).is_none());
        let first = look(most - 1, u64::MAX).unwrap();
        assert_eq!(first.case.inputs.len(), whole.case.inputs.len());
        let read: Vec<u64> =
            first.accounts().filter(|(_, tally)| tally.entries > 0).map(|(i, _)| i.bytes).collect();
        assert!(!read.is_empty() && read.iter().all(|bytes| *bytes < most));
        assert!(first.judgement.findings.iter().any(|finding| finding.rule == "refs"));
    }
}
