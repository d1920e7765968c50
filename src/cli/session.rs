//! A bundle, read and judged: what `analyze`, `timeline` and `explain` have in common.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Instant as Watch;

use throughline::analysis::{self, Analysis, Clocks, Options, analyze};
use throughline::bundle::Bundle;
use throughline::case::InputSummary;
use throughline::fact::{Instant, Name, Origin};
use throughline::ledger::{Note, Severity, Tally};
use throughline::report::{Reach, Report, Scope, explain};

use super::args::{ClockArgs, InputArgs, ScopeArgs, TimeArgs};
use super::moment::{self, Edge};
use super::{Done, Failure, progress, voice};

/// How many inputs a message names before it only counts.
const NAMED: usize = 20;

/// How many inputs that fail alike a warning names.
const ALIKE: usize = 3;

/// A bundle of so many bytes takes long enough to tell something before its end.
const LONG: u64 = 256 << 20;

/// Inputs of at most so many bytes, and so many together, are read for that.
const SMALL: u64 = 2 << 20;
const SMALLS: u64 = 32 << 20;

/// How many findings are told then.
const FIRST: usize = 5;

/// A bundle, read and judged.
pub(crate) struct Session {
    bundle: Bundle,
    analysis: Analysis,
    strict: bool,
}

impl Session {
    /// Reads everything. Fails only where nothing could be read at all.
    pub(crate) fn open(input: &InputArgs, clocks: &ClockArgs) -> Result<Self, Failure> {
        use_threads(input);
        let bundle = Bundle::open(&input.inputs, &input.options());
        let options = Options { clocks: Clocks { zone: clocks.tz, skew: clocks.skew.clone() } };
        let begun = Watch::now();
        if progress::wanted() && bundle.progress().1 >= LONG {
            tell_first(&bundle, &options);
        }
        let analysis = progress::shown(&bundle, || analyze(&bundle, &options));
        voice::detail(|| format!("read and judged in {:.1} s", begun.elapsed().as_secs_f64()));
        let session = Self { bundle, analysis, strict: input.strict };
        if !session.analysis.anything_read() {
            return Err(Failure::Nothing(session.looked_at()));
        }
        for (input, tally) in session.analysis.accounts() {
            voice::detail(|| became(input, tally));
        }
        warn(session.analysis.unreadable().map(|(input, tally)| (input.path.as_str(), tally)));
        for (input, tally) in session.analysis.accounts().filter(|(input, _)| input.foreign) {
            let stray = tally.notes.iter().any(|note| note.kind == &analysis::NOT_OF_THIS_CLUSTER);
            let why = if stray { "is not shown to be of this cluster" } else { "belongs to another cluster" };
            voice::warn(format!("{}: {why} and was kept out", input.path));
        }
        session.warn_of_unknown_clocks(clocks);
        Ok(session)
    }

    /// A correction of a clock that nobody has corrects nothing: most likely a name is mistyped.
    fn warn_of_unknown_clocks(&self, clocks: &ClockArgs) {
        let known: Vec<&Name> =
            self.analysis.case.nodes.iter().filter_map(|node| node.name.as_ref()).collect();
        for (node, _) in clocks.skew.iter().filter(|(node, _)| !known.contains(&node)) {
            let there = match known.is_empty() {
                true => "no node is known".to_owned(),
                false => format!("there are: {}", safe(&words(&known))),
            };
            voice::warn(format!("--skew: no node is called `{}`; {there}", safe(node.as_str())));
        }
    }

    fn looked_at(&self) -> String {
        let mut lines: Vec<String> = self
            .analysis
            .accounts()
            .take(NAMED)
            .map(|(input, tally)| format!("  {} ({} bytes): {}", input.path, input.bytes, reason(tally)))
            .collect();
        match self.analysis.case.inputs.len() {
            0 => lines.push("  no file at all: the folders are empty".to_owned()),
            more if more > NAMED => lines.push(format!("  and {} more", more - NAMED)),
            _ => {}
        }
        format!(
            "nothing readable. Looked at:\n{}\nExpected cluster logs, event logs (.evtx), event traces (.etl), performance \
             counters or state snapshots of a failover cluster.",
            lines.join("\n")
        )
    }

    /// What the user asked to see. Names that the bundle does not know are answered with those that there are.
    pub(crate) fn scope(&self, time: &TimeArgs, scope: &ScopeArgs) -> Result<Scope, Failure> {
        let case = &self.analysis.case;
        for name in &scope.volume {
            explain::volume(case, name).map_err(Failure::Usage)?;
        }
        for name in &scope.vm {
            explain::vm(case, name).map_err(Failure::Usage)?;
        }
        let known: Vec<&Name> = case.nodes.iter().filter_map(|node| node.name.as_ref()).collect();
        for name in &scope.node {
            if !known.contains(&&Name::node(name)) {
                return Err(Failure::Usage(format!(
                    "no node is called `{name}`; there are: {}",
                    words(&known)
                )));
            }
        }
        let names = |names: &[String], make: fn(&str) -> Name| names.iter().map(|n| make(n)).collect();
        let from = self.moment(time.from.as_ref(), &time.clock, Edge::First)?;
        let to = self.moment(time.to.as_ref(), &time.clock, Edge::Last)?;
        // A day ends where the next one begins, which is no longer of it.
        let day = self.moment(time.to.as_ref(), &time.clock, Edge::First)? != to;
        if let (Some(from), Some(to)) = (from, to)
            && (from > to || (day && from == to))
        {
            return Err(Failure::Usage(
                "--from is later than --to; expected the earlier time first".to_owned(),
            ));
        }
        let ended = from.zip(case.to).is_some_and(|(from, to)| from > to);
        let before = to.zip(case.from).is_some_and(|(to, from)| to < from);
        if let (true, Some(first), Some(last)) = (ended || before, case.from, case.to) {
            return Err(Failure::Usage(format!(
                "nothing was handed in of the time asked for; the evidence is from {} to {}",
                throughline::words::instant(first),
                throughline::words::instant(last)
            )));
        }
        Ok(Scope {
            from,
            to,
            nodes: names(&scope.node, Name::node),
            volumes: names(&scope.volume, Name::new),
            vms: names(&scope.vm, Name::new),
        })
    }

    /// A time that was given, if one was.
    pub(crate) fn moment(
        &self,
        text: Option<&String>,
        clock: &ClockArgs,
        edge: Edge,
    ) -> Result<Option<Instant>, Failure> {
        text.map(|text| moment::parse(text, clock.tz, edge)).transpose().map_err(Failure::Usage)
    }

    /// The report, with the text of its evidence as far as `reach` says.
    pub(crate) fn report(&self, scope: Scope, reach: Reach) -> Report<'_> {
        let report = self.unquoted(scope);
        let quotes = self.quotes(&report.origins(reach));
        report.quoting(quotes)
    }

    /// The report without any text of its evidence.
    pub(crate) fn unquoted(&self, scope: Scope) -> Report<'_> {
        Report::new(&self.analysis.case, self.analysis.judgement.clone(), scope)
    }

    /// What stands at origins.
    pub(crate) fn quotes(&self, origins: &[Origin]) -> BTreeMap<Origin, String> {
        analysis::quotes(&self.bundle, origins)
    }

    pub(crate) fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// How a command ended that did its work.
    pub(crate) fn done(&self) -> Done {
        let incomplete = self.strict && self.analysis.unreadable().next().is_some();
        if incomplete { Done::Incomplete } else { Done::Fine }
    }
}

/// Says what the small inputs have told, while the large ones are still to be read: whoever waits knows where to look.
/// That nothing is wrong is not said, for the rest may say otherwise.
fn tell_first(bundle: &Bundle, options: &Options) {
    let Some(first) = analysis::first_look(bundle, SMALL, SMALLS, options) else { return };
    let Analysis { case, judgement } = first;
    let report = Report::new(&case, judgement, Scope::default());
    let found = report.so_far();
    let Some(more) = found.len().checked_sub(1) else { return };
    voice::remark("so far, from the small files alone (the large ones, still to be read, can add to this):");
    found.iter().take(FIRST).for_each(|line| voice::remark(&format!("  {}", safe(line))));
    if more >= FIRST {
        voice::remark(&format!("  and {} more", found.len() - FIRST));
    }
}

/// What became of an input, in one line.
fn became(input: &InputSummary, tally: &Tally) -> String {
    let node = input.node.as_ref().map(|node| format!(" of {}", node.as_str())).unwrap_or_default();
    let Tally { entries, silent, unknown, malformed, .. } = tally;
    safe(&format!(
        "{}: {}{node}, {} bytes, {entries} entries: {} gave facts, {silent} silent, {unknown} unknown, \
         {malformed} malformed",
        input.path, input.kind, input.bytes, tally.facts
    ))
}

fn words(names: &[&Name]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Sets the number of threads for everything that follows.
pub(crate) fn use_threads(input: &InputArgs) {
    let threads = input.threads.map_or(0, usize::from);
    let pool = || rayon::ThreadPoolBuilder::new().num_threads(threads);
    // The one for all can be asked for only once, so another tells whether so many threads are to be had. Where they
    // are not, this thread is enough.
    let builder = match pool().build() {
        Ok(_) => pool(),
        Err(_) => rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread(),
    };
    let _ = builder.build_global();
}

/// Says what is wrong with inputs, in their order: those that fail alike in one line.
pub(crate) fn warn<'a>(inputs: impl Iterator<Item = (&'a str, &'a Tally)>) {
    let mut alike: Vec<(&str, Vec<&str>, String)> = Vec::new();
    for (path, tally) in inputs {
        let kind = gravest(tally).map_or("", |note| note.kind.name);
        match alike.iter_mut().find(|(other, _, _)| *other == kind) {
            Some((_, paths, _)) => paths.push(path),
            None => alike.push((kind, vec![path], reason(tally))),
        }
    }
    for (_, paths, reason) in alike {
        let more = paths.len().saturating_sub(ALIKE);
        let named = paths[..paths.len().min(ALIKE)].join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        voice::warn(format!("{named}{more}: {reason}"));
    }
}

fn gravest(tally: &Tally) -> Option<&Note> {
    tally.notes.iter().max_by_key(|note| (note.kind.severity, Reverse(note.kind.name)))
}

/// Why an input gave nothing, in a few words: its gravest note.
pub(crate) fn reason(tally: &Tally) -> String {
    match gravest(tally) {
        Some(note) => {
            let detail =
                note.detail.as_ref().map(|detail| format!(" ({})", safe(detail))).unwrap_or_default();
            let advice = if note.kind.severity >= Severity::Notice { note.kind.advice } else { "" };
            format!("{}{detail}. {advice}", note.kind.name.replace('_', " ")).trim_end().to_owned()
        }
        None if tally.malformed > 0 => format!("{} entries could not be read", tally.malformed),
        None => "nothing in it that is read here".to_owned(),
    }
}

/// Text from a bundle or the system, safe for a terminal.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}
