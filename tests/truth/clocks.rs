//! Clocks held against the truth: what every record's time came to, against when it really was.
//!
//! A shift that all nodes have in common cannot be known, so records of two nodes are compared that are of about one
//! time: their errors may differ by no more than their spreads together, always; and by no more than 50 ms between
//! the first and the last of at least five events that both nodes tell, where the report compares the two (it
//! does not where a log's time base is not certain: no event in it can be used). A clock that nothing compares is taken to
//! be within ten minutes; the simulator's may drift beyond that, and such pairs are left out.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;
use throughline::analysis::{Options, analyze};
use throughline::bundle::{self, Bundle};
use throughline::case::Case;
use throughline::clock::OWN_CLOCK;
use throughline::fact::{Claim, Name, NodeClaim, Stamp, VolumeClaim};
use throughline::simulate::{Happening, Noise, Spec};

use super::bundle::{played, small};
use super::number;

/// Records further apart than this are not compared: clocks part in between.
const NEAR: i64 = 60_000_000_000;

/// What the promise says, nanoseconds.
const PROMISED: i64 = 50_000_000;

/// A node's clock as it really was.
struct Clock {
    start: i64,
    drift: f64,
    /// From each instant on, what the clock is ahead.
    pieces: Vec<(i64, f64)>,
}

impl Clock {
    fn of(truth: &Value, node: &Name) -> Option<Self> {
        let same = |clock: &&Value| clock["node"].as_str().is_some_and(|name| Name::node(name) == *node);
        let clock = truth["clocks"].as_array()?.iter().find(same)?;
        let at =
            |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_nanos_opt();
        let ahead = |value: &Value| Some(value["offset_ms"].as_f64()? * 1e6);
        let start = at(&truth["from"])?;
        let mut pieces = vec![(i64::MIN / 2, ahead(clock)?)];
        let drift = clock["drift_ppm"].as_f64()? * 1e-6;
        for piece in clock["pieces"].as_array().into_iter().flatten() {
            // A piece's offset holds at its beginning, drift included.
            let from = at(&piece["from"])?;
            pieces.push((from, ahead(piece)? - (from - start) as f64 * drift));
        }
        Some(Self { start, drift, pieces })
    }

    /// The most that it is off in about a day.
    fn farthest(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.1.abs()).fold(0.0, f64::max) + self.drift.abs() * 86_400e9
    }

    /// When the clock showed a time; `None` where it showed it never or twice.
    fn truly(&self, shown: i64) -> Option<i64> {
        let mut found = None;
        for (number, &(from, ahead)) in self.pieces.iter().enumerate() {
            let until = self.pieces.get(number + 1).map_or(i64::MAX, |next| next.0);
            let since = (shown - self.start) as f64 - ahead;
            let at = self.start + (since / (1.0 + self.drift)).round() as i64;
            if from <= at && at < until && found.replace(at).is_some() {
                return None;
            }
        }
        found
    }
}

/// A record: when it really was, how far off it was placed, and the spread that it was given.
struct Placed {
    at: i64,
    node: usize,
    error: i64,
    spread: i64,
}

/// The event that a claim tells, where every member of the cluster tells it.
fn shared(claim: &Claim) -> Option<String> {
    match claim {
        Claim::Node(_, NodeClaim::View { .. }) | Claim::Volume(_, VolumeClaim::Dcm { step: 5153, .. }) => {
            Some(format!("{claim:?}"))
        }
        _ => None,
    }
}

/// What was compared, and what is wrong with it.
#[derive(Default)]
struct Seen {
    compared: usize,
    apart: usize,
    promised: usize,
    farthest: i64,
    wrong: Vec<String>,
}

impl Seen {
    fn merge(mut self, other: Self) -> Self {
        self.compared += other.compared;
        self.apart += other.apart;
        self.promised += other.promised;
        self.farthest = self.farthest.max(other.farthest);
        self.wrong.extend(other.wrong);
        self
    }
}

fn judge(head: &str, case: &Case, truth: &Value) -> Seen {
    let nodes: Vec<Name> = case.clocks.iter().map(|clock| clock.node.clone()).collect();
    let clocks: Vec<Option<Clock>> = nodes.iter().map(|node| Clock::of(truth, node)).collect();
    let records: Vec<bool> = case.inputs.iter().map(|input| input.kind == "evtx").collect();
    let mut placed = Vec::new();
    let mut events: BTreeMap<String, BTreeMap<usize, i64>> = BTreeMap::new();
    for told in &case.facts {
        let (Some(moment), Stamp::Utc(shown)) = (told.moment, told.fact.stamp) else {
            continue;
        };
        let Some(node) = told.fact.reporter.as_ref().and_then(|name| nodes.iter().position(|n| n == name))
        else {
            continue;
        };
        let origin = told.fact.origin.input.0 as usize;
        let is_record = case.inputs.iter().position(|input| input.id.0 as usize == origin);
        if !is_record.is_some_and(|at| records[at]) {
            continue;
        }
        let Some(at) = clocks[node].as_ref().and_then(|clock| clock.truly(shown)) else { continue };
        placed.push(Placed { at, node, error: moment.at.0 - at, spread: moment.spread });
    }
    for told in &case.facts {
        let node = told.fact.reporter.as_ref().and_then(|name| nodes.iter().position(|n| n == name));
        if let (Some(node), Some(moment), Some(event)) = (node, told.moment, shared(&told.fact.claim)) {
            events.entry(event).or_default().insert(node, moment.at.0);
        }
    }
    let mut pairs: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
    for tellers in events.values() {
        for (a, at) in tellers {
            tellers.keys().filter(|b| *b > a).for_each(|b| pairs.entry((*a, *b)).or_default().push(*at));
        }
    }
    placed.sort_by_key(|p| p.at);
    let mut seen = Seen::default();
    let mut recent: BTreeMap<usize, &Placed> = BTreeMap::new();
    for p in &placed {
        for (_, q) in recent.iter().filter(|(node, q)| **node != p.node && p.at - q.at <= NEAR) {
            // What the two clocks and the reference may part in between.
            let parted = (p.at - q.at) / 5_000;
            let apart = (p.error - q.error).abs() - parted;
            let group = |node: usize| case.clocks[node].compared.as_ref().map(|compared| compared.group);
            let compared = group(p.node).is_some() && group(p.node) == group(q.node);
            let beyond = |node: usize| clocks[node].as_ref().is_none_or(|c| c.farthest() > OWN_CLOCK as f64);
            if !compared && (beyond(p.node) || beyond(q.node)) {
                seen.apart += 1;
                continue;
            }
            seen.compared += 1;
            let names = format!("{head}: {} and {} at {}", nodes[p.node], nodes[q.node], p.at);
            if apart > p.spread.saturating_add(q.spread) {
                seen.wrong.push(format!("{names}: {apart} ns apart, spreads {} and {}", p.spread, q.spread));
            }
            let pair = (p.node.min(q.node), p.node.max(q.node));
            let times = pairs.get(&pair).map_or(&[][..], Vec::as_slice);
            let (first, last) = (times.iter().min(), times.iter().max());
            let here = p.at + p.error;
            let few = |node: usize| case.clocks[node].compared.as_ref().is_none_or(|c| c.events < 5);
            // A step that no log tells, or that is told of the times since a boot alone, and events that
            // contradict the line for it: the spread covers them, no promise can be kept.
            let untold = |node: usize| {
                let reading = &case.clocks[node];
                let steps = clocks[node].as_ref().map_or(0, |c| c.pieces.len() - 1);
                let refused = reading.compared.as_ref().map_or(0, |c| c.refused);
                steps > 0 && (refused > 0 || !reading.basis.contains("of the clock taken out"))
            };
            let known = |node: usize| !few(node) && !untold(node);
            let promised = compared && known(p.node) && known(q.node) && times.len() >= 5;
            if promised && first.is_some_and(|&t| t <= here) && last.is_some_and(|&t| here <= t) {
                seen.promised += 1;
                seen.farthest = seen.farthest.max(apart);
                if apart > PROMISED {
                    let told = [&case.clocks[p.node].basis, &case.clocks[q.node].basis];
                    seen.wrong
                        .push(format!("{names}: {apart} ns apart, {} shared events {told:?}", times.len()));
                }
            }
        }
        recent.insert(p.node, p);
    }
    seen
}

/// Far clocks and nodes that come and go.
fn far(seed: u64) -> Spec {
    let mut spec = Spec { skew_ms: 600_000, drift_ppm: 50, ..small(seed) };
    spec.nodes = spec.nodes.max(3);
    let more = [Happening::Restart, Happening::Crash, Happening::ServiceCrash];
    let more: Vec<Happening> = more.into_iter().filter(|h| spec.allows(*h)).collect();
    spec.happenings.extend(more);
    spec.happenings.sort_unstable();
    spec.happenings.dedup();
    if seed.is_multiple_of(4) {
        spec.noise.insert(Noise::ClockSet);
    }
    spec
}

fn run(seeds: std::ops::Range<u64>) {
    let one = |seed: u64| {
        let spec = far(seed);
        let played = played(spec.files());
        let bundle = Bundle::from_memory(played.files.iter().cloned(), &bundle::Options::default());
        let analysis = analyze(&bundle, &Options::default());
        judge(&format!("seed {seed} {:?}", spec.noise), &analysis.case, &played.truth)
    };
    let count = seeds.end - seeds.start;
    let all: Vec<Seen> = seeds.into_par_iter().map(one).collect();
    let mut seen = all.into_iter().fold(Seen::default(), Seen::merge);
    println!(
        "{count} clusters, {} pairs of records, {} more of far clocks that nothing compares, {} where 50 ms are \
         promised, the farthest {} us",
        seen.compared,
        seen.apart,
        seen.promised,
        seen.farthest / 1000
    );
    let wrong = seen.wrong.len();
    seen.wrong.truncate(number("SHOWN", 12) as usize);
    assert!(wrong == 0, "{wrong} wrong\n{}", seen.wrong.join("\n"));
    assert!(seen.promised > 0, "nothing was compared");
}

#[test]
fn times_differ_within_their_spreads_and_by_50_ms_where_five_events_are_shared() {
    run(500_000..500_000 + number("SEEDS", 40));
}
