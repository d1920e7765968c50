//! Holds a report against a truth.
//!
//! Soundness: at every instant of a stretch that is observed or derived, the truth had that value within the tolerance:
//! the time in which a change is logged, and how far the nodes' clocks are off in the report's own placing. Coverage: the
//! share of the true time that is observed or derived. And the order of certainty of two reports of one story.

use std::collections::BTreeMap;

use serde_json::Value;

use super::lanes::{Lanes, Names, OPEN, Stretch, lanes, list};

/// A change is logged by each node within this time of the true one, nanoseconds.
const NEAR: i64 = 1_500_000_000;

/// A claim that the truth contradicts.
#[derive(Debug)]
pub(crate) struct Violation {
    pub(crate) lane: String,
    pub(crate) claim: Stretch,
    /// The first instant at which it is not so.
    pub(crate) at: i64,
    pub(crate) truth: Option<String>,
}

/// What a comparison came to: violations, and by kind of lane the true time and the covered part, nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) violations: Vec<Violation>,
    pub(crate) time: BTreeMap<String, (i64, i64)>,
    pub(crate) tolerance: i64,
}

impl Outcome {
    pub(crate) fn percent(&self, kind: &str) -> f64 {
        let (all, covered) = self.time.get(kind).copied().unwrap_or((0, 0));
        if all == 0 { 100.0 } else { covered as f64 * 100.0 / all as f64 }
    }
}

/// How far the report's common clock is from true time, and the most that a node is off beyond that, nanoseconds.
/// A bundle cannot tell by how much all clocks are off alike.
pub(crate) fn clocks(report: &Value, truth: &Value) -> (i64, i64) {
    let real: BTreeMap<String, &Value> = list(&truth["clocks"])
        .filter_map(|clock| Some((clock["node"].as_str()?.to_lowercase(), clock)))
        .collect();
    let nanos = |value: &Value| value.as_f64().map(|ms| (ms * 1e6) as i64);
    let mut residuals = Vec::new();
    let mut worst = 0;
    for clock in list(&report["clocks"]) {
        let node = clock["node"].as_str().unwrap_or_default().to_lowercase();
        let Some(real) = real.get(&node) else { continue };
        let said = nanos(&clock["offset_ms"]).unwrap_or(0);
        let drift = real["drift_ppm"].as_f64().unwrap_or(0.0).abs();
        let hours = (super::lanes::span(truth) as f64) * drift / 1e6;
        let offsets = list(&real["pieces"]).filter_map(|piece| nanos(&piece["offset_ms"]));
        let offsets: Vec<i64> = nanos(&real["offset_ms"]).into_iter().chain(offsets).collect();
        let (low, high) = (offsets.iter().min().copied(), offsets.iter().max().copied());
        let jumps = high.unwrap_or(0) - low.unwrap_or(0);
        // The report's offset is what it adds to the node's clock.
        residuals.push(offsets.first().copied().unwrap_or(0) + said);
        worst = worst.max(jumps + hours as i64);
    }
    residuals.sort_unstable();
    let shift = residuals.get(residuals.len() / 2).copied().unwrap_or(0);
    let off = residuals.iter().map(|r| (r - shift).abs()).max().unwrap_or(0);
    (shift, off + worst)
}

/// Compares both documents.
pub(crate) fn compare(report: &Value, truth: &Value) -> Outcome {
    let names = Names::of_truth(truth);
    let (said, real) = (lanes(report, &names), lanes(truth, &names));
    let (shift, off) = clocks(report, truth);
    let mut out = Outcome { tolerance: NEAR + off, ..Outcome::default() };
    for (lane, stretches) in &said {
        let Some(real) = real.get(lane) else { continue };
        for told in stretches.iter().filter(|s| s.sure()) {
            if let Some((at, truth)) = refuted(told, real, shift, out.tolerance) {
                let (lane, claim) = (lane.clone(), told.clone());
                out.violations.push(Violation { lane, claim, at, truth });
            }
        }
    }
    for (lane, real) in &real {
        let kind = lane.split('/').next().unwrap_or(lane).to_owned();
        let (all, covered) = out.time.entry(kind).or_default();
        let told = said.get(lane).map_or(&[][..], Vec::as_slice);
        for real in real {
            *all += real.to - real.from;
            *covered += share(told, real, shift);
        }
    }
    out
}

/// The first instant of a claim at which no truth of that value lies within the tolerance.
fn refuted(told: &Stretch, real: &[Stretch], shift: i64, tolerance: i64) -> Option<(i64, Option<String>)> {
    let known = (real.first()?.from, real.last()?.to);
    let place = |at: i64| if at.abs() == OPEN { at } else { at - shift };
    let (from, to) = (place(told.from).max(known.0), place(told.to).min(known.1));
    let mut reached = from;
    let mut end = known.0;
    for stretch in real {
        // Where two stretches of the truth leave a hole, nothing is known to be otherwise.
        for (begin, stop, so) in [
            (end, stretch.from, stretch.from > end),
            (stretch.from, stretch.to, stretch.value.is_none() || stretch.value == told.value),
        ] {
            if so && begin - tolerance <= reached {
                reached = reached.max(stop + tolerance);
            }
        }
        end = stretch.to;
    }
    if reached >= to {
        return None;
    }
    let other = real.iter().find(|r| r.from <= reached && reached < r.to)?;
    Some((reached, other.value.clone()))
}

/// How much of a true stretch is covered.
fn share(told: &[Stretch], real: &Stretch, shift: i64) -> i64 {
    let place = |at: i64| if at.abs() == OPEN { at } else { at - shift };
    let mut reached = real.from;
    let mut sum = 0;
    for t in told.iter().filter(|t| t.sure() || t.certainty >= 2 && real.value.is_none()) {
        let (from, to) = (place(t.from).max(reached), place(t.to).min(real.to));
        sum += (to - from).max(0);
        reached = reached.max(to);
    }
    sum
}

/// A stretch of less evidence that is surer, with those of all evidence that are not as sure.
pub(crate) struct Surer<'a> {
    pub(crate) lane: &'a str,
    pub(crate) told: &'a Stretch,
    pub(crate) full: Vec<&'a Stretch>,
}

/// Is it known all the time where the VM of this route was?
fn is_placed(lanes: &Lanes, route: &str, from: i64, to: i64) -> bool {
    let vm = route.split('/').nth(1).unwrap_or_default();
    let placed = lanes.get(&format!("placement/{vm}")).into_iter().flatten();
    let mut within = placed.filter(|p| p.from < to && p.to > from).peekable();
    within.peek().is_some() && within.all(Stretch::sure)
}

/// Where the second report, of less evidence, is surer than the first.
pub(crate) fn surer<'a>(full: &'a Lanes, less: &'a Lanes) -> Vec<Surer<'a>> {
    let mut out = Vec::new();
    let all = full;
    for (lane, stretches) in less {
        let full = all.get(lane).map_or(&[][..], Vec::as_slice);
        for told in stretches.iter().filter(|s| s.sure()) {
            // The first and last moments move with the evidence that places them.
            let (from, to) = (told.from.saturating_add(NEAR), told.to.saturating_sub(NEAR));
            let mut within = full.iter().filter(|f| f.from < to && f.to > from).peekable();
            let nothing = within.peek().is_none();
            let unsure: Vec<&Stretch> = within.filter(|f| !f.sure() && !f.is_contradicted()).collect();
            // A VM that is known to be at rest has no route.
            let rests = nothing && lane.starts_with("route/") && is_placed(all, lane, from, to);
            // Whether a rule finds the same at all is its own business: compared is how sure it is.
            let other = nothing && lane.starts_with("finding/");
            if !rests && !other && from < to && (nothing || !unsure.is_empty()) {
                out.push(Surer { lane, told, full: unsure });
            }
        }
    }
    out
}
