//! What a comparison came to, for people: each violation with its evidence, and the coverage as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::compare::{Outcome, Surer, Violation};
use super::lanes::{Names, Stretch, clock, lanes, list};

/// The kinds of lanes, in the order of the table.
pub(crate) const KINDS: [&str; 5] = ["coordinator", "mode", "state", "placement", "route"];

/// One violation in lines.
pub(crate) fn violation(violation: &Violation) -> String {
    let Violation { lane, claim, at, truth } = violation;
    let truth = truth.as_deref().unwrap_or("in transit");
    format!("{lane}: {}\n      at {} it was {truth}", stretch(claim), clock(*at))
}

/// One stretch that is surer with less evidence, in lines.
pub(crate) fn surer(surer: &Surer<'_>) -> String {
    let mut out = format!("{}: {}\n    with all:", surer.lane, stretch(surer.told));
    for full in surer.full.iter().take(4) {
        let _ = write!(out, "\n    {}", stretch(full));
    }
    out
}

fn stretch(stretch: &Stretch) -> String {
    let certainty = ["unknown", "assumed", "derived", "observed"][usize::from(stretch.certainty)];
    let value = stretch.value.as_deref().unwrap_or("-");
    let mut out = format!("{value} {certainty} from {} to {}", clock(stretch.from), clock(stretch.to));
    for evidence in list(&stretch.evidence).take(6) {
        let _ = write!(out, "\n      {evidence}");
    }
    out
}

/// What a report leaves open or only assumes in lanes of `kind`, with what was true when it begins.
pub(crate) fn uncovered(report: &Value, truth: &Value, kind: &str) -> String {
    let names = Names::of_truth(truth);
    let (said, real) = (lanes(report, &names), lanes(truth, &names));
    let mut out = String::new();
    for (lane, real) in real.iter().filter(|(lane, _)| lane.split('/').next() == Some(kind)) {
        let Some(said) = said.get(lane) else {
            let _ = writeln!(out, "  {lane}: nothing is told");
            continue;
        };
        for open in said.iter().filter(|s| !s.sure()) {
            let so = real.iter().find(|r| r.from <= open.from && open.from < r.to).or(real.first());
            let _ = writeln!(
                out,
                "  {lane}: {} .. {} {} {}, in truth {}",
                clock(open.from),
                clock(open.to),
                if open.certainty == 1 { "assumed" } else { "unknown" },
                open.value.as_deref().unwrap_or("-"),
                so.and_then(|so| so.value.as_deref()).unwrap_or("-"),
            );
        }
    }
    out
}

/// True time and covered time by kind of timeline, nanoseconds.
type Shares = BTreeMap<String, (i64, i64)>;

/// Sums of true and covered time by kind of evidence that was removed.
#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<String, (u32, Shares)>,
}

impl Table {
    pub(crate) fn add(&mut self, row: &str, outcome: &Outcome) {
        let (count, times) = self.rows.entry(row.to_owned()).or_default();
        *count += 1;
        for (kind, (all, covered)) in &outcome.time {
            let sum = times.entry(kind.clone()).or_default();
            *sum = (sum.0 + all / 1_000_000, sum.1 + covered / 1_000_000);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (row, (count, times)) in other.rows {
            let mine = self.rows.entry(row).or_default();
            mine.0 += count;
            for (kind, (all, covered)) in times {
                let sum = mine.1.entry(kind).or_default();
                *sum = (sum.0 + all, sum.1 + covered);
            }
        }
    }

    /// The table in lines: share of the true time that is observed or derived.
    pub(crate) fn lines(&self) -> String {
        let mut out = format!("{:<24}{:>8}", "without", "bundles");
        KINDS.iter().for_each(|kind| out.push_str(&format!("{kind:>13}")));
        for (row, (count, times)) in &self.rows {
            let _ = write!(out, "\n{row:<24}{count:>8}");
            for kind in KINDS {
                let (all, covered) = times.get(kind).copied().unwrap_or((0, 0));
                let _ = match all {
                    0 => write!(out, "{:>13}", "-"),
                    _ => write!(out, "{:>11.1} %", covered as f64 * 100.0 / all as f64),
                };
            }
        }
        out
    }
}
