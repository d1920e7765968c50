//! What a comparison came to, for people: each violation with its evidence, and the coverage as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::compare::{Outcome, Surer, Violation, clocks};
use super::lanes::{Names, OPEN, Stretch, clock, lanes, list};

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

/// The uncovered true time by kind and reason: what the report has there instead, against what was so. Nanoseconds.
pub(crate) fn reasons(report: &Value, truth: &Value) -> BTreeMap<(String, String), i64> {
    let names = Names::of_truth(truth);
    let (said, real) = (lanes(report, &names), lanes(truth, &names));
    let shift = clocks(report, truth).0;
    let mut out = BTreeMap::new();
    for (lane, real) in &real {
        let kind = lane.split('/').next().unwrap_or(lane);
        let told = said.get(lane).map_or(&[][..], Vec::as_slice);
        let place = |at: i64| if at.abs() == OPEN { at } else { at - shift };
        for real in real {
            let mut add = |reason: String, from: i64, to: i64| {
                if to > from {
                    *out.entry((kind.to_owned(), reason)).or_default() += to - from;
                }
            };
            let was = real.value.as_deref().unwrap_or("in transit");
            let mut reached = real.from;
            for told in told {
                let (from, to) = (place(told.from).max(reached), place(told.to).min(real.to));
                if to <= from {
                    continue;
                }
                add(format!("nothing is told; was {was}"), reached, from);
                reached = to;
                let covered = told.sure() || told.certainty >= 2 && real.value.is_none();
                let word = match (covered, &told.value) {
                    (true, _) => continue,
                    (false, None) => format!("unknown; was {was}"),
                    (false, value) if *value == real.value => format!("assumed, rightly; was {was}"),
                    (false, Some(value)) => format!("assumed {value}; was {was}"),
                };
                add(word, from, to);
            }
            add(format!("nothing is told; was {was}"), reached, real.to);
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

    /// What is covered of a row, percent; `None` where it has no such time.
    pub(crate) fn percent(&self, row: &str, kind: &str) -> Option<f64> {
        let (all, covered) = self.rows.get(row)?.1.get(kind).copied().filter(|(all, _)| *all > 0)?;
        Some(covered as f64 * 100.0 / all as f64)
    }

    /// The table in lines: share of the true time that is observed or derived.
    pub(crate) fn lines(&self) -> String {
        let mut out = format!("{:<24}{:>8}", "without", "bundles");
        KINDS.iter().for_each(|kind| out.push_str(&format!("{kind:>13}")));
        for (row, (count, _)) in &self.rows {
            let _ = write!(out, "\n{row:<24}{count:>8}");
            for kind in KINDS {
                let _ = match self.percent(row, kind) {
                    None => write!(out, "{:>13}", "-"),
                    Some(percent) => write!(out, "{percent:>11.1} %"),
                };
            }
        }
        out
    }
}
