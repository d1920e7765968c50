//! Soundness on random small clusters with a known truth: nothing `observed` or `derived` may contradict it, whatever
//! logs are missing and however clocks are off within their stated spread.

use std::collections::BTreeMap;

use super::cluster::{HOURS, Random, Record, SECOND, Truth, at, play};
use super::notation::{MIDNIGHT, claims};
use super::{InputData, Options, assemble};
use crate::case::Case;
use crate::fact::{
    Certainty, Channel, Coverage, Fact, InputId, Instant, Name, Origin, Place, Span, Stamp, TimeBase,
};
use crate::ledger::Tally;
use crate::route::RouteKind;
use crate::timeline::Timeline;

/// What is left of one channel of one node.
#[derive(Clone)]
struct Left {
    pieces: Vec<(i64, i64)>,
}

struct Bundle {
    inputs: Vec<InputData>,
    worst_skew: i64,
}

fn collect(
    random: &mut Random,
    nodes: usize,
    records: &[Record],
    damage: bool,
    skewed: bool,
    states: bool,
) -> Bundle {
    let end = HOURS * 3600 * SECOND;
    let channels = [
        Channel::ClusterEngine,
        Channel::ClusterOperational,
        Channel::System,
        Channel::CsvFsOperational,
        Channel::VmmsAdmin,
        Channel::WorkerAdmin,
    ];
    let skews: Vec<i64> =
        (0..nodes).map(|_| if skewed { (random.below(480) as i64 - 240) * SECOND } else { 0 }).collect();
    let mut left: BTreeMap<(usize, Channel), Left> = BTreeMap::new();
    for node in 0..nodes {
        let gone = damage && random.chance(15);
        for channel in &channels {
            let any = || random_piece(end);
            let pieces = match random.below(10) {
                _ if gone => Vec::new(),
                _ if !damage => any(),
                0 | 1 => Vec::new(),
                2 => vec![(random.below(end as u64) as i64, end)],
                3 => vec![(0, random.below(end as u64) as i64)],
                4 => {
                    let hole = random.below(end as u64) as i64;
                    vec![(0, hole), ((hole + 600 * SECOND).min(end), end)]
                }
                _ => any(),
            };
            left.insert((node, channel.clone()), Left { pieces });
        }
    }
    let mut inputs = Vec::new();
    for node in 0..nodes {
        let id = InputId(node as u32);
        let stamp = |time: i64| Stamp::Utc(MIDNIGHT + time + skews[node]);
        let mut facts = Vec::new();
        for (number, (time, _, channel, text)) in records.iter().enumerate().filter(|(_, r)| r.1 == node) {
            let kept = match channel {
                Some(channel) => {
                    let left = &left[&(node, channel.clone())];
                    left.pieces.iter().any(|piece| piece.0 <= *time && *time <= piece.1)
                }
                None => states,
            };
            if !kept {
                continue;
            }
            let stamp = if channel.is_some() { stamp(*time) } else { Stamp::Collected };
            let origin = Origin { input: id, offset: number as u64, place: Place::Line(number as u64) };
            facts.extend(claims(text).into_iter().map(|claim| Fact::new(stamp, origin, claim)));
        }
        let mut coverage = Vec::new();
        for channel in &channels {
            for &(from, to) in &left[&(node, channel.clone())].pieces {
                let (from, to) = (stamp(from), stamp(to));
                coverage.push(Coverage { input: id, reporter: None, channel: channel.clone(), from, to });
            }
        }
        inputs.push(InputData { facts, coverage, ..empty(id.0) });
    }
    Bundle { inputs, worst_skew: skews.iter().map(|s| s.abs()).max().unwrap_or(0) }
}

fn empty(node: u32) -> InputData {
    InputData {
        id: InputId(node),
        path: format!("n{node}.log"),
        kind: "simulated",
        node: Some(Name::node(&format!("n{node}"))),
        bytes: 0,
        time_base: TimeBase::Utc,
        foreign: false,
        copy_of: None,
        facts: Vec::new(),
        coverage: Vec::new(),
        tally: Tally::new(InputId(node)),
    }
}

fn random_piece(end: i64) -> Vec<(i64, i64)> {
    vec![(0, end)]
}

/// Seconds known and seconds in all, and the claims that contradict the truth.
#[derive(Default)]
struct Score {
    known: i64,
    all: i64,
    wrong: Vec<String>,
}

impl Score {
    /// Each claim must be true at some time within `off` of every instant that it holds.
    fn judge<T>(
        &mut self,
        what: &str,
        spans: impl Iterator<Item = (Span, Option<T>)>,
        (off, last): (i64, i64),
        truth: &dyn Fn(i64, &T) -> bool,
    ) where
        T: std::fmt::Debug,
    {
        // An open end is the end of the evidence.
        let end = HOURS * 3600 * SECOND;
        for (span, value) in spans {
            let since =
                |at: Option<Instant>, open: i64| at.map_or(open, |at| (at.0 - MIDNIGHT).clamp(0, end));
            let (from, to) = (since(span.from, 0), since(span.to, last));
            self.all += to - from;
            if span.certainty < Certainty::Derived {
                continue;
            }
            let Some(value) = value else {
                self.wrong.push(format!("{what}: certain of nothing {span:?}"));
                continue;
            };
            self.known += to - from;
            let step = SECOND / 2;
            let mut time = from;
            // True within `off` of every instant: the last true time seen, or the next one, is near enough.
            let mut last_true = i64::MIN / 2;
            let mut false_since: Option<i64> = None;
            let mut probe = (from - off).max(0);
            while probe <= (to + off).min(end) {
                if truth(probe, &value) {
                    if let Some(begin) = false_since.take() {
                        let gap = (begin.max(from), probe.min(to));
                        let middle = gap.0.max(last_true + off);
                        if middle < gap.1 - off {
                            self.wrong.push(format!("{what}: {value:?} at {}", middle / SECOND));
                        }
                    }
                    last_true = probe;
                } else if false_since.is_none() {
                    false_since = Some(probe);
                }
                probe += step;
                time = probe;
            }
            if let Some(begin) = false_since {
                let middle = begin.max(from).max(last_true + off);
                if middle + step < to {
                    self.wrong.push(format!("{what}: {value:?} from {} to {}", middle / SECOND, to / SECOND));
                }
            }
            let _ = time;
        }
    }

    fn timeline<T: Clone + std::fmt::Debug>(
        &mut self,
        what: &str,
        timeline: &Timeline<T>,
        off: (i64, i64),
        truth: &dyn Fn(i64, &T) -> bool,
    ) {
        self.judge(what, timeline.pieces.iter().map(|p| (p.span.clone(), p.value.clone())), off, truth);
    }
}

fn number(name: &Name) -> usize {
    name.as_str()[1..].parse().unwrap()
}

fn score(case: &Case, truth: &Truth, off: i64) -> Score {
    let end = HOURS * 3600 * SECOND;
    let off = (off, case.to.map_or(end, |to| (to.0 - MIDNIGHT).clamp(0, end)));
    let mut score = Score::default();
    for volume in &case.volumes {
        score.timeline("owner", &volume.coordinator, off, &|time, node| {
            at(&truth.owner, time) == number(node)
        });
        for (node, modes) in &volume.io_mode {
            let what = format!("mode on {node}");
            let node = number(node);
            score.timeline(&what, modes, off, &|time, mode| truth.mode(node, time) == mode.kind);
        }
    }
    for vm in &case.vms {
        score.timeline("host", &vm.placement, off, &|time, p| at(&truth.host, time) == number(&p.node));
    }
    let routes = case.routes.iter().map(|route| (route.span.clone(), Some(route.route)));
    let routes =
        routes.filter(|route| route.1 != Some(RouteKind::Unknown) || route.0.certainty > Certainty::Unknown);
    score.judge("route", routes, off, &|time, route| truth.route(time) == *route);
    score
}

/// Nodes whose clocks are known to agree.
fn agreed() -> Options {
    let mut options = Options::default();
    options.clock.skew = (0..3).map(|node| (Name::node(&format!("n{node}")), 0)).collect();
    options
}

fn run(seeds: std::ops::Range<u64>, damage: bool, skewed: bool, options: &Options) -> (i64, i64) {
    let (mut known, mut all) = (0, 0);
    let mut failures = Vec::new();
    for seed in seeds {
        let mut random = Random(seed);
        let (nodes, truth, records) = play(&mut random);
        let states = !damage || random.chance(70);
        let bundle = collect(&mut random, nodes, &records, damage, skewed, states);
        let off = 2 * bundle.worst_skew + 2 * SECOND;
        let case = assemble(bundle.inputs, options);
        // Without any log a snapshot has no date: it holds when it was taken, and nothing more is claimed.
        if case.from == Some(Instant::UNDATED) {
            continue;
        }
        let score = score(&case, &truth, off);
        known += score.known;
        all += score.all;
        if let Some(wrong) = score.wrong.first() {
            failures.push(format!("seed {seed}: {} wrong, first: {wrong}", score.wrong.len()));
        }
    }
    let count = failures.len();
    failures.truncate(12);
    assert!(count == 0, "{count} unsound\n{}", failures.join("\n"));
    (known, all)
}

/// Percent of the time that is known.
fn share((known, all): (i64, i64)) -> i64 {
    known * 100 / all.max(1)
}

#[test]
fn everything_collected() {
    let with_clocks = share(run(0..60, false, false, &agreed()));
    assert!(with_clocks >= 90, "{with_clocks} % known");
    let without = share(run(150..180, false, false, &Options::default()));
    assert!(without >= 60, "{without} % known with clocks that nothing compares");
}

#[test]
fn evidence_missing() {
    run(1000..1100, true, false, &Options::default());
    run(4000..4100, true, false, &agreed());
}

#[test]
fn clocks_off() {
    run(7000..7050, false, true, &Options::default());
    run(8000..8100, true, true, &Options::default());
}

#[test]
fn neither_order_nor_copies_matter() {
    for seed in 300..330 {
        let mut random = Random(seed);
        let (nodes, _, records) = play(&mut random);
        let inputs = collect(&mut random, nodes, &records, seed % 2 == 0, false, true).inputs;
        let case = |inputs: Vec<InputData>| super::tests::print(&assemble(inputs, &Options::default()));
        let plain = case(inputs.clone());
        assert_eq!(plain, case(inputs.iter().rev().cloned().collect()), "seed {seed}: another order");
        let mut copied = inputs.clone();
        for copy in &inputs {
            let id = InputId(copy.id.0 + 100);
            let mut copy = copy.clone();
            (copy.id, copy.tally.input) = (id, id);
            copy.facts.iter_mut().for_each(|fact| fact.origin.input = id);
            copy.coverage.iter_mut().for_each(|piece| piece.input = id);
            copied.push(copy);
        }
        assert_eq!(plain, case(copied), "seed {seed}: every log twice");
    }
}

/// A log that lost one record without showing it is the worst that a reader can be given. Ownership and placement are
/// told by several records, so they must not go wrong; a mode may rest on the silence of that one record.
#[test]
fn one_record_lost_unseen() {
    let mut failures = Vec::new();
    let mut tried = 0;
    for seed in 400..410 {
        let mut random = Random(seed);
        let (nodes, truth, records) = play(&mut random);
        let bundle = collect(&mut random, nodes, &records, false, false, true);
        for (input, fact) in bundle
            .inputs
            .iter()
            .enumerate()
            .flat_map(|(at, i)| (0..i.facts.len()).map(move |fact| (at, fact)))
        {
            let mut inputs = bundle.inputs.clone();
            let gone = inputs[input].facts.remove(fact);
            let score = score(&assemble(inputs, &agreed()), &truth, 2 * SECOND);
            tried += 1;
            let told = |wrong: &&String| wrong.starts_with("owner") || wrong.starts_with("host");
            if let Some(wrong) = score.wrong.iter().find(told) {
                failures.push(format!("seed {seed} without {:?} {:?}: {wrong}", gone.stamp, gone.claim));
            }
        }
    }
    let count = failures.len();
    failures.truncate(20);
    assert!(count == 0, "{count} of {tried} unsound\n{}", failures.join("\n"));
}

/// `cargo test --release growth -- --ignored --nocapture` prints seconds for 1, 2 and 4 times the same cluster.
#[test]
#[ignore = "a measurement"]
fn growth() {
    for scale in [1, 2, 4] {
        let (nodes, volumes, vms, moves) = (16, 40, 250 * scale, 20);
        let mut inputs: Vec<InputData> = (0..nodes).map(|node| empty(node as u32)).collect();
        let mut put = |node: usize, time: i64, text: String| {
            let input = &mut inputs[node];
            let at = input.facts.len() as u64;
            let origin = Origin { input: input.id, offset: at, place: Place::Line(at) };
            let stamp = if time < 0 { Stamp::Collected } else { Stamp::Utc(MIDNIGHT + time) };
            input.facts.extend(claims(&text).into_iter().map(|claim| Fact::new(stamp, origin, claim)));
        };
        let mut random = Random(1);
        for volume in 0..volumes {
            put(0, -1, format!("volume #{volume}=Volume{volume}=Disk{volume}"));
            put(0, -1, format!("volume #{volume} fs NTFS"));
            put(0, -1, format!("volume #{volume} owner n{}", volume % nodes));
            for node in 0..nodes {
                put(0, -1, format!("volume #{volume} mode n{node} Direct"));
            }
        }
        for vm in 0..vms {
            let mut host = random.below(nodes as u64) as usize;
            let mut time = 0;
            for _ in 0..moves {
                time += 60 * SECOND + random.below(500) as i64 * SECOND;
                let to = random.below(nodes as u64) as usize;
                put(host, time, format!("vm vm{vm} migrating n{to}"));
                put(to, time + SECOND, format!("vm vm{vm} arrived"));
                put(host, time + 2 * SECOND, format!("vm vm{vm} left"));
                put(to, time + SECOND, format!("vm vm{vm} started"));
                host = to;
            }
            put(host, -1, format!("vm vm{vm} on n{host}"));
            put(host, -1, format!(r"vm vm{vm} disk C:\ClusterStorage\Volume{}\{vm}.vhdx", vm % volumes));
        }
        let facts: usize = inputs.iter().map(|input| input.facts.len()).sum();
        let begin = std::time::Instant::now();
        let case = assemble(inputs, &Options::default());
        println!("{facts} facts, {} routes: {:?}", case.routes.len(), begin.elapsed());
    }
}

/// `SEEDS=5000 cargo test --release long_run -- --ignored`: that many seeds of each kind.
#[test]
#[ignore = "the ordinary run has a subset of these seeds"]
fn long_run() {
    let seeds = std::env::var("SEEDS").ok().and_then(|v| v.parse().ok()).unwrap_or(500);
    let from = |first: u64| first..first + seeds;
    run(from(100_000), true, false, &Options::default());
    run(from(200_000), true, false, &agreed());
    run(from(300_000), false, true, &Options::default());
    run(from(400_000), true, true, &Options::default());
}

/// `SEED=38 DAMAGE=1 SKEW=1 cargo test one_cluster -- --ignored --nocapture` shows a cluster and what is made of it.
#[test]
#[ignore = "shows one cluster for whoever looks into a failure"]
fn one_cluster() {
    let number = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    let (damage, skewed) = (number("DAMAGE") > 0, number("SKEW") > 0);
    let mut random = Random(number("SEED"));
    let (nodes, truth, records) = play(&mut random);
    let states = !damage || random.chance(70);
    let bundle = collect(&mut random, nodes, &records, damage, skewed, states);
    let off = 2 * bundle.worst_skew + 2 * SECOND;
    for input in &bundle.inputs {
        for piece in &input.coverage {
            println!("{:?} {:?} {:?} {:?}", input.node, piece.channel, piece.from, piece.to);
        }
    }
    let options = if number("AGREED") > 0 { agreed() } else { Options::default() };
    let case = assemble(bundle.inputs, &options);
    println!("{}", super::tests::print(&case));
    for (id, placed) in case.facts() {
        let seconds = placed.moment.map(|m| (m.at.0 - MIDNIGHT) as f64 / 1e9);
        println!("{} {seconds:?} {:?} {:?}", id.0, placed.fact.reporter, placed.fact.claim);
    }
    println!("{:?}\n{:?}", truth.owner, score(&case, &truth, off).wrong);
}
