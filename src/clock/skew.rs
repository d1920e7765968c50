//! How far nodes' clocks are from each other, and how fast they part: from events that several nodes log.
//!
//! Each pair of tellings bounds the difference of two clocks by how late such an event can reach the other node.
//! A line (offset and drift) per pair of nodes is found by consensus, since ids come again and pair wrongly, then
//! refined by weights that large residuals lose. Nodes hang on the node that shares most, by the tightest lines;
//! the other pairs check the outcome. Where events contradict the line and no later ones agree with it, a clock may
//! have been set: there the spread covers them. What it refuses: a pair with fewer than three agreeing events, or all
//! of one moment, or whose differences jump without a record of it. A shift that all nodes have in common cannot be
//! seen from inside.

use std::collections::{BTreeMap, BTreeSet};

const SECOND: i64 = 1_000_000_000;

/// Tellings further apart than this are not of one event: clocks that serve one cluster are not so far apart.
const WINDOW: i64 = 1_800 * SECOND;

/// The fastest that two clocks part: 100 parts per million each, far beyond any working crystal.
const FASTEST: f64 = 200e-6;

/// How fast a clock commonly parts, for weighing a slope against noise.
const COMMON: f64 = 50e-6;

/// How far a clock may wander off a straight line, per time since the nearest shared event.
const WANDER: f64 = 20e-6;

/// Lines tried for one pair of nodes are drawn through no more events than this.
const TRIED: usize = 160;

/// Events nearer than this are of one moment: one change of members makes several, which come again together.
const MOMENT: f64 = 60.0 * SECOND as f64;

/// So many events of one moment, or so many of the tightest kinds, are enough by themselves.
const MANY: usize = 5;

/// Kinds that may be so many times later than the tightest ones are not drawn on where those are enough.
const LOOSE: i64 = 5;

/// One kind of event under one id.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    /// How far apart in truth two nodes' tellings can be, nanoseconds.
    pub(super) bound: i64,
    /// (node, time by its clock), any order.
    pub(super) tellings: Vec<(usize, i64)>,
}

/// A node's clock against its frame.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// Which frame; nodes of one frame are comparable. 0 is the largest.
    pub(super) frame: usize,
    /// The node whose clock the frame goes by.
    pub(super) reference: usize,
    /// Nodes in the frame.
    pub(super) members: usize,
    /// Shared events that agree.
    pub(super) events: usize,
    /// Shared events that do not: wrong pairs, left out.
    pub(super) refused: usize,
    /// Median distance of the agreeing events from the line, nanoseconds.
    pub(super) residual: i64,
    /// What other pairs of nodes disagree beyond the spread, nanoseconds.
    excess: i64,
    /// From the node to the hub of its frame.
    path: Vec<Line>,
    /// From the hub to the reference.
    back: Vec<Line>,
}

/// Clock difference of a pair over time, by the first one's clock.
#[derive(Clone, Debug)]
struct Line {
    middle: i64,
    offset: f64,
    slope: f64,
    /// Tightest kinds first.
    limits: Vec<Limit>,
    /// Between these times events contradict the line by so much, and it may be they who are right.
    contested: Vec<(i64, i64, f64)>,
    agreeing: usize,
    refused: usize,
    residual: i64,
}

/// What the events of some kinds say of the line's error.
#[derive(Clone, Debug)]
struct Limit {
    bound: f64,
    growth: f64,
    times: Vec<i64>,
}

#[derive(Copy, Clone, Debug)]
struct Difference {
    at: i64,
    by: i64,
    bound: i64,
}

impl Limit {
    fn of(kept: &[(Difference, f64)]) -> Self {
        let times: Vec<i64> = kept.iter().map(|(d, _)| d.at).collect();
        let bound = kept.iter().map(|(d, r)| r.abs() + d.bound as f64).fold(0.0, f64::max);
        let length = (times[times.len() - 1] - times[0]) as f64;
        Self { bound, growth: (2.0 * bound / length.max(1.0)).min(2.0 * FASTEST), times }
    }

    fn spread(&self, at: i64) -> f64 {
        let next = self.times.partition_point(|&t| t < at);
        let near = |t: Option<&i64>| t.map_or(f64::INFINITY, |&t| (t - at).abs() as f64);
        let distance =
            near(self.times.get(next)).min(near(next.checked_sub(1).and_then(|k| self.times.get(k))));
        let outside = next == 0 || next == self.times.len();
        self.bound + distance * (WANDER + if outside { self.growth } else { 0.0 })
    }
}

impl Line {
    fn add(&self, at: i64) -> i64 {
        (self.offset + self.slope * (at - self.middle) as f64).round() as i64
    }

    fn spread(&self, at: i64) -> i64 {
        let least = self.limits.iter().map(|l| l.spread(at)).fold(f64::INFINITY, f64::min);
        let there = self.contested.iter().filter(|&&(from, to, _)| from < at && at < to);
        there.fold(least, |spread, contested| spread.max(contested.2)).min(1e17).ceil() as i64
    }

    /// The same differences, by the second one's clock.
    fn reversed(differences: &[Difference]) -> Vec<Difference> {
        differences.iter().map(|d| Difference { at: d.at + d.by, by: -d.by, bound: d.bound }).collect()
    }

    /// The line that most differences agree on; `None` where too few do or they jump.
    fn through(mut all: Vec<Difference>) -> Option<Self> {
        all.sort_by_key(|d| (d.at, d.by, d.bound));
        if all.len() < 3 {
            return None;
        }
        let middle = all[all.len() / 2].at;
        let base = all[all.len() / 2].by;
        let point = |d: &Difference| ((d.at - middle) as f64, (d.by - base) as f64, d.bound as f64);
        let points: Vec<(f64, f64, f64)> = all.iter().map(point).collect();
        // Loose kinds may all be late on one node: where tight ones are enough, the line goes by them.
        let mut bounds: Vec<i64> = all.iter().map(|d| d.bound).collect();
        bounds.sort_unstable();
        let tight = (LOOSE * bounds[(MANY - 1).min(bounds.len() - 1)]) as f64;
        let core: Vec<(f64, f64, f64)> = points.iter().filter(|p| p.2 <= tight).copied().collect();
        let (mut offset, mut slope) = consensus(&core)?;
        let residual = |p: &(f64, f64, f64), o: f64, s: f64| p.1 - o - s * p.0;
        let (first_offset, first_slope) = (offset, slope);
        let agrees = |p: &(f64, f64, f64)| residual(p, first_offset, first_slope).abs() <= p.2;
        let mut run: Vec<(f64, f64, f64)> = Vec::new();
        for p in points.iter().chain([&(0.0, first_offset, 1.0)]) {
            if !agrees(p) {
                run.push(*p);
                continue;
            }
            if run.len() >= 4 && jumps(&run) {
                return None;
            }
            run.clear();
        }
        let kept: Vec<(f64, f64, f64)> = core.iter().filter(|p| agrees(p)).copied().collect();
        for _ in 0..8 {
            let far = kept.iter().map(|p| residual(p, offset, slope).abs()).collect();
            let scale = (1.5 * median(far)).max(100_000.0);
            let [mut w, mut wx, mut wy, mut wxx, mut wxy] = [0.0; 5];
            for p in &kept {
                let tight = (scale / residual(p, offset, slope).abs().max(scale)) / p.2 * 1e9;
                w += tight;
                wx += tight * p.0;
                wy += tight * p.1;
                wxx += tight * p.0 * p.0;
                wxy += tight * p.0 * p.1;
            }
            let prior = w / kept.len() as f64 * (scale / COMMON).powi(2);
            let spread = wxx - wx * wx / w + prior;
            slope = ((wxy - wx * wy / w) / spread).clamp(-FASTEST, FASTEST);
            offset = (wy - slope * wx) / w;
        }
        let is_kept = |p: &&(f64, f64, f64)| residual(p, offset, slope).abs() <= 1.5 * p.2;
        let kept: Vec<(f64, f64, f64)> = points.iter().filter(is_kept).copied().collect();
        let enough = if all.len() < MANY { kept.len() == all.len() } else { kept.len() * 5 >= all.len() * 3 };
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { return None };
        let at_once = last.0 - first.0 < MOMENT && kept.len() < MANY;
        if kept.len() < 3 || at_once || !enough {
            return None;
        }
        let off = |p: &(f64, f64, f64)| {
            if is_kept(&p) { 0.0 } else { residual(p, offset, slope).abs() + p.2 }
        };
        let contested = contested(&points, middle, off);
        let told = |p: &(f64, f64, f64)| {
            let at = middle + p.0 as i64;
            (Difference { at, by: base + p.1 as i64, bound: p.2 as i64 }, residual(p, offset, slope))
        };
        let kept: Vec<(Difference, f64)> = kept.iter().map(told).collect();
        let bounds: BTreeSet<i64> = kept.iter().map(|(d, _)| d.bound).collect();
        let of_bound = |&bound: &i64| -> Vec<(Difference, f64)> {
            kept.iter().filter(|(d, _)| d.bound <= bound).copied().collect()
        };
        let limits =
            bounds.iter().map(of_bound).filter(|of| of.len() >= 3).map(|of| Limit::of(&of)).collect();
        Some(Self {
            middle,
            offset: base as f64 + offset,
            slope,
            limits,
            contested,
            agreeing: kept.len(),
            refused: all.len() - kept.len(),
            residual: median(kept.iter().map(|k| k.1.abs()).collect()) as i64,
        })
    }
}

/// Do events that disagree with the line agree with each other? Then the clock was somewhere else for a while.
fn jumps(run: &[(f64, f64, f64)]) -> bool {
    let Some((offset, slope)) = consensus(run) else { return false };
    let agree = run.iter().filter(|p| (p.1 - offset - slope * p.0).abs() <= p.2).count();
    agree >= 4 && agree * 4 >= run.len() * 3
}

/// The stretches in which events contradict a line, between those that agree with it (`off` is 0), and by how much.
/// Before the first and after the last that agree, any may be right; in between only such as agree with one
/// another, at two moments: there is nothing else that ids which came again have in common.
fn contested(
    points: &[(f64, f64, f64)],
    middle: i64,
    off: impl Fn(&(f64, f64, f64)) -> f64,
) -> Vec<(i64, i64, f64)> {
    let mut out = Vec::new();
    let (mut from, mut run) = (i64::MIN, Vec::new());
    let end = (f64::INFINITY, 0.0, 0.0);
    for p in points.iter().chain([&end]) {
        let is_end = p.0 == f64::INFINITY;
        if !is_end && off(p) > 0.0 {
            run.push(*p);
            continue;
        }
        let to = if is_end { i64::MAX } else { middle + p.0 as i64 };
        if !run.is_empty() && (from == i64::MIN || is_end || elsewhere(&run)) {
            out.push((from, to, run.iter().map(&off).fold(0.0, f64::max)));
        }
        (from, run) = (to, Vec::new());
    }
    out
}

/// Do at least two of these events, at two moments, agree on one line?
fn elsewhere(run: &[(f64, f64, f64)]) -> bool {
    let Some((offset, slope)) = consensus(run) else { return false };
    let mut agree = run.iter().filter(|p| (p.1 - offset - slope * p.0).abs() <= p.2);
    let first = agree.next();
    first.zip(agree.next_back()).is_some_and(|(first, last)| last.0 - first.0 >= MOMENT)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The line with the least truncated cost, over lines through two points and level ones through one.
fn consensus(points: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    let few: Vec<(f64, f64, f64)> = if points.len() <= TRIED {
        points.to_vec()
    } else {
        (0..TRIED).map(|k| points[k * (points.len() - 1) / (TRIED - 1)]).collect()
    };
    let cost = |offset: f64, slope: f64| {
        few.iter().map(|p| ((p.1 - offset - slope * p.0).abs() / p.2.max(1.0)).min(1.0)).sum::<f64>()
    };
    let mut best: Option<(f64, f64, f64)> = None;
    let mut consider = |offset: f64, slope: f64| {
        let cost = cost(offset, slope);
        if best.is_none_or(|b| cost < b.0) {
            best = Some((cost, offset, slope));
        }
    };
    let strides: Vec<usize> = if few.len() <= 24 {
        (1..few.len()).collect()
    } else {
        [2, 3, 4, 6, 9].iter().map(|part| few.len() / part).collect()
    };
    for (at, p) in few.iter().enumerate() {
        consider(p.1, 0.0);
        for q in strides.iter().filter_map(|stride| few.get(at + stride)) {
            let slope = (q.1 - p.1) / (q.0 - p.0);
            if slope.abs() <= FASTEST {
                consider(p.1 - slope * p.0, slope);
            }
        }
    }
    best.map(|(_, offset, slope)| (offset, slope))
}

fn walk(path: &[Line], at: i64) -> i64 {
    path.iter().fold(at, |at, line| at + line.add(at))
}

impl Fit {
    /// What to add to the node's time, and how far that may be off against its frame.
    pub(super) fn place(&self, at: i64) -> (i64, i64) {
        let (mut hub, mut spread) = (at, self.excess);
        for line in &self.path {
            spread = spread.saturating_add(line.spread(hub));
            hub += line.add(hub);
        }
        // The reference's way to the hub, walked backwards.
        let mut out = hub;
        for _ in 0..3 {
            out -= walk(&self.back, out) - hub;
        }
        (out - at, spread)
    }

    /// Parts per billion that the node gains on its reference.
    pub(super) fn drift(&self, at: i64) -> i64 {
        let far = 100_000 * SECOND;
        let (late, early) = (self.place(at + far / 2).0, self.place(at - far / 2).0);
        // Two clocks may part fast enough for the product to leave 64 bits.
        let gained = i128::from(early - late) * 1_000_000_000 / i128::from(far);
        gained.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

/// The time in one list that is the only one near a time of the other, and the other way round.
fn pairs(ours: &[i64], theirs: &[i64], mut say: impl FnMut(i64, i64)) {
    let near = |list: &[i64], at: i64| -> Option<i64> {
        let from = list.partition_point(|&t| t < at - WINDOW);
        let only = list.get(from).copied().filter(|&t| t <= at + WINDOW)?;
        list.get(from + 1).is_none_or(|&t| t > at + WINDOW).then_some(only)
    };
    for &at in ours {
        if let Some(there) = near(theirs, at)
            && near(ours, there) == Some(at)
        {
            say(at, there);
        }
    }
}

/// Each node's clock in its frame; `None`: no pair reaches it. The order of `events` does not matter.
pub(super) fn settle(nodes: usize, events: &[Shared]) -> Vec<Option<Fit>> {
    let told: Vec<(i64, BTreeMap<usize, Vec<i64>>)> = events
        .iter()
        .map(|event| {
            let mut by_node: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
            for &(node, at) in &event.tellings {
                by_node.entry(node).or_default().push(at);
            }
            for times in by_node.values_mut() {
                times.sort_unstable();
                // The same record in two logs: one prints whole milliseconds.
                times.dedup_by(|b, a| *b - *a <= 2_000_000);
            }
            (event.bound, by_node)
        })
        .filter(|(_, by_node)| by_node.len() > 1)
        .collect();
    let mut shares = vec![0_usize; nodes];
    told.iter().flat_map(|(_, by_node)| by_node.keys()).for_each(|&node| shares[node] += 1);
    let mut by_shares: Vec<usize> = (0..nodes).collect();
    by_shares.sort_by_key(|&node| (usize::MAX - shares[node], node));
    // A pair with the best teller of each event, and a ring: pairs grow with the tellings, not their square.
    let rank: BTreeMap<usize, usize> = by_shares.iter().enumerate().map(|(at, &node)| (node, at)).collect();
    let mut differences: BTreeMap<(usize, usize), Vec<Difference>> = BTreeMap::new();
    for (bound, by_node) in &told {
        let here: Vec<usize> = by_node.keys().copied().collect();
        let Some(best) = here.iter().copied().min_by_key(|node| rank[node]) else { continue };
        let ring = here.iter().zip(here.iter().cycle().skip(1)).map(|(&a, &b)| (a.min(b), a.max(b)));
        let star = here.iter().map(|&a| (a.min(best), a.max(best)));
        let asked: BTreeSet<(usize, usize)> = ring.chain(star).filter(|(a, b)| a != b).collect();
        for (a, b) in asked {
            let out = differences.entry((a, b)).or_default();
            pairs(&by_node[&a], &by_node[&b], |at, there| {
                out.push(Difference { at, by: there - at, bound: *bound });
            });
        }
    }
    let mut lines: BTreeMap<usize, BTreeMap<usize, Line>> = BTreeMap::new();
    for (&(a, b), all) in &differences {
        let there = Line::reversed(all);
        if let (Some(to), Some(from)) = (Line::through(all.clone()), Line::through(there)) {
            lines.entry(a).or_default().insert(b, to);
            lines.entry(b).or_default().insert(a, from);
        }
    }
    let mut fits: Vec<Option<Fit>> = vec![None; nodes];
    let mut frames: Vec<Vec<usize>> = Vec::new();
    for &hub in &by_shares {
        if fits[hub].is_none() && lines.contains_key(&hub) {
            frames.push(hang(hub, &lines, &mut fits));
        }
    }
    frames.sort_by_key(|members| (usize::MAX - members.len(), members.iter().copied().min()));
    for (frame, members) in frames.iter().enumerate() {
        agree(frame, members, &lines, &mut fits);
    }
    fits
}

/// Hangs every node that lines reach on the hub, by the tightest way; the members, hub first.
fn hang(hub: usize, lines: &BTreeMap<usize, BTreeMap<usize, Line>>, fits: &mut [Option<Fit>]) -> Vec<usize> {
    let mut members = Vec::new();
    let mut open: BTreeSet<(i64, usize, usize)> = BTreeSet::from([(0, hub, hub)]);
    while let Some((cost, node, via)) = open.pop_first() {
        if fits[node].is_some() {
            continue;
        }
        let mut path = Vec::new();
        if node != hub {
            path.push(lines[&node][&via].clone());
            path.extend(fits[via].iter().flat_map(|fit| fit.path.clone()));
        }
        let (events, refused, residual) =
            path.first().map_or((0, 0, 0), |l| (l.agreeing, l.refused, l.residual));
        fits[node] = Some(Fit {
            frame: 0,
            reference: hub,
            members: 0,
            events,
            refused,
            residual,
            excess: 0,
            path,
            back: Vec::new(),
        });
        members.push(node);
        for &next in lines.get(&node).into_iter().flat_map(BTreeMap::keys) {
            if fits[next].is_none() {
                let line = &lines[&next][&node];
                open.insert((cost.saturating_add(line.spread(line.middle)), next, node));
            }
        }
    }
    members
}

/// Chooses the frame's reference (the median clock), and widens what other pairs contradict.
fn agree(
    frame: usize,
    members: &[usize],
    lines: &BTreeMap<usize, BTreeMap<usize, Line>>,
    fits: &mut [Option<Fit>],
) {
    let hub = members[0];
    let middles: Vec<f64> = lines[&hub].values().map(|l| l.middle as f64).collect();
    let middle = median(middles) as i64;
    let offset = |node: usize| fits[node].as_ref().map_or(0, |fit| walk(&fit.path, middle) - middle);
    let mut order: Vec<(i64, usize)> = members.iter().map(|&node| (offset(node), node)).collect();
    order.sort_unstable();
    let reference = order[(order.len() - 1) / 2].1;
    let back = fits[reference].as_ref().map(|fit| fit.path.clone()).unwrap_or_default();
    let mut excess: BTreeMap<usize, i64> = BTreeMap::new();
    for &a in members {
        for (&b, line) in lines.get(&a).into_iter().flatten() {
            let (Some(one), Some(other)) = (&fits[a], &fits[b]) else { continue };
            let at = line.middle;
            let there = at + line.add(at);
            let apart = (walk(&one.path, at) - walk(&other.path, there)).abs();
            let beyond = apart - one.place(at).1 - other.place(there).1 - line.spread(at);
            for node in [a, b] {
                let widest = excess.entry(node).or_default();
                *widest = (*widest).max(beyond);
            }
        }
    }
    for &node in members {
        if let Some(fit) = &mut fits[node] {
            (fit.frame, fit.reference, fit.members) = (frame, reference, members.len());
            fit.back.clone_from(&back);
            fit.excess = excess.get(&node).copied().unwrap_or(0).max(0);
        }
    }
    // The hub's own count is that of its best pair.
    let best = lines[&hub].values().max_by_key(|l| l.agreeing);
    if let (Some(fit), Some(best)) = (&mut fits[hub], best) {
        (fit.events, fit.refused, fit.residual) = (best.agreeing, best.refused, best.residual);
    }
}

#[cfg(test)]
mod tests;
