//! The order of statements whose clocks cannot be compared exactly.
//!
//! Statements of one clock stand in its order. Between clocks, an order within both spreads is not claimed: it is
//! taken from what the statements themselves link ("from A to B" follows "to A"), and where links do not decide,
//! the whole stretch is unknown with all of them as evidence.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::fold::{Point, Said};
use crate::clock::ClockKey;
use crate::fact::Instant;

/// Statements in an order that can be defended. `carried` tells whether complete logs carry a state from a statement to
/// an instant. Undecidable stretches come out as statements that end what
/// was known before and begin what all clocks agree on after, disputed where they name different states.
pub(super) fn arrange<T: Clone + Ord>(
    mut points: Vec<Point<T>>,
    carried: &mut dyn FnMut(&Point<T>, &T, Instant) -> bool,
) -> Vec<Point<T>> {
    collect_last(&mut points);
    points.sort_by_key(|p| (p.at, p.collected, p.rank, p.fact));
    let mut by_clock: BTreeMap<ClockKey, Vec<usize>> = BTreeMap::new();
    points.iter().enumerate().for_each(|(at, point)| by_clock.entry(point.clock).or_default().push(at));
    by_clock.values().for_each(|own| echoes(&mut points, own));
    if by_clock.len() > 1 {
        let all: Vec<usize> = (0..points.len()).collect();
        echoes(&mut points, &all);
    }
    // An echo that says nothing of its own would only cut what it stands in.
    points.retain(|p| p.before != Said::Nothing || p.after != Said::Nothing);
    let mut by_clock: BTreeMap<ClockKey, Vec<usize>> = BTreeMap::new();
    points.iter().enumerate().for_each(|(at, point)| by_clock.entry(point.clock).or_default().push(at));
    if by_clock.len() < 2 {
        return points;
    }
    let mut starts = groups(&points, &by_clock).into_iter().peekable();
    let mut out: Vec<Point<T>> = Vec::with_capacity(points.len());
    let mut rest = points.into_iter().enumerate().peekable();
    while starts.next().is_some() {
        let end = starts.peek().copied().unwrap_or(usize::MAX);
        let mut group = Vec::new();
        while let Some((_, point)) = rest.next_if(|(at, _)| *at < end) {
            group.push(point);
        }
        // What held before counts only while complete logs carry it to here.
        let entry = match (out.last(), group.first()) {
            (Some(Point { after: Said::Is(value), .. }), Some(first)) => {
                let last = &out[out.len() - 1];
                if carried(last, value, first.at) { Said::Is(value.clone()) } else { Said::Nothing }
            }
            _ => Said::Nothing,
        };
        out.extend(settle(group, &entry));
    }
    out
}

/// A snapshot stands at its node's end. What another clock puts a little later, within both spreads, still came
/// before it: logs and snapshots are collected together.
fn collect_last<T>(points: &mut [Point<T>]) {
    let last = points.iter().filter(|p| !p.collected).map(|p| (p.at, p.spread)).max();
    let Some((last, spread)) = last else { return };
    for point in points.iter_mut().filter(|p| p.collected && p.at < last) {
        if last.0 - point.at.0 <= spread.saturating_add(point.spread) {
            point.at = last;
        }
    }
}

/// Where stretches begin whose inner order is not certain: no statement of one stretch may belong before one of
/// an earlier stretch. Rows of a snapshot stand at the end by definition, not by a clock.
fn groups<T>(points: &[Point<T>], by_clock: &BTreeMap<ClockKey, Vec<usize>>) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    let widest = points.iter().map(|p| p.spread).max().unwrap_or(0);
    for (at, point) in points.iter().enumerate() {
        starts.push(at);
        if point.collected {
            continue;
        }
        let low = point.at.0.saturating_sub(point.spread);
        let reaches = |other: usize| points[other].at.0.saturating_add(points[other].spread) > low;
        let earliest = |clock: &ClockKey| {
            let own = by_clock.get(clock).filter(|_| *clock != point.clock)?;
            let first = own.partition_point(|&other| !reaches(other));
            own.get(first).copied().filter(|&other| other < at && !points[other].collected)
        };
        // None before these reaches here. They are few, mostly; else each clock is asked once.
        let near = points[..at].partition_point(|p| p.at.0.saturating_add(widest) <= low);
        let earliest = match at - near < by_clock.len() {
            true => points[near..at].iter().filter_map(|p| earliest(&p.clock)).min(),
            false => by_clock.keys().filter_map(earliest).min(),
        };
        if let Some(earliest) = earliest {
            while starts.last().is_some_and(|&start| start > earliest) {
                starts.pop();
            }
        }
    }
    starts
}

fn settle<T: Clone + Ord>(group: Vec<Point<T>>, entry: &Said<T>) -> Vec<Point<T>> {
    let clock = group[0].clock;
    if group.iter().all(|p| p.clock == clock) {
        return group;
    }
    let group = retold(group);
    if linked(&group, entry) {
        return group;
    }
    if let Some(order) = repaired(&group, entry, None) {
        return order;
    }
    if !matches!(entry, Said::Is(_)) {
        // Where it began is not known: each clock may have been first, and only one may lead through.
        let firsts: BTreeSet<ClockKey> = group.iter().map(|p| p.clock).collect();
        if firsts.len() * group.len() <= 4096 {
            let mut ways = firsts.into_iter().filter_map(|clock| repaired(&group, entry, Some(clock)));
            if let (Some(order), None) = (ways.next(), ways.next()) {
                return order;
            }
        }
    }
    undecided(group)
}

/// How long the nodes of a cluster take to log one change, nanoseconds.
const ECHO: i64 = 2_000_000_000;

/// A change that was told just before, with nothing else in between: the later telling only confirms it. `order`
/// picks the statements to look at.
fn echoes<T: Clone + Ord>(points: &mut [Point<T>], order: &[usize]) {
    let mut last: Option<Point<T>> = None;
    for &at in order {
        let point = &mut points[at];
        let near =
            |told: &&Point<T>| told.before == point.before && point.at.0.saturating_sub(told.at.0) <= ECHO;
        let told = last.as_ref().filter(near);
        match (&point.before, &point.after) {
            (Said::Is(_), after) if told.is_some_and(|told| told.after == *after) => {
                point.before = Said::Nothing
            }
            // "A is leaving" a moment after "A to B": told late.
            (Said::Is(_), Said::Nothing | Said::Ended) if told.is_some() => {
                (point.before, point.after) = (Said::Nothing, Said::Nothing);
            }
            (Said::Is(a), Said::Is(b)) if a != b => last = Some(point.clone()),
            (_, Said::Nothing) => {}
            (_, after) if last.as_ref().is_some_and(|last| last.after == *after) => {}
            _ => last = None,
        }
    }
}

/// One change told by several clocks is one change: the later tellings only confirm it.
fn retold<T: Clone + Ord>(mut group: Vec<Point<T>>) -> Vec<Point<T>> {
    type Change<T> = (Said<T>, Said<T>);
    let mut tellings: BTreeMap<Change<T>, (i64, i64, Vec<ClockKey>)> = BTreeMap::new();
    for point in &mut group {
        if !matches!((&point.before, &point.after), (Said::Is(a), Said::Is(b)) if a != b) {
            continue;
        }
        let telling = tellings.entry((point.before.clone(), point.after.clone()));
        let (at, spread, clocks) = telling.or_insert_with(|| (point.at.0, point.spread, Vec::new()));
        let apart = point.at.0.saturating_sub(*at);
        if !clocks.is_empty() && !clocks.contains(&point.clock) && apart < *spread + point.spread {
            clocks.push(point.clock);
            point.before = Said::Nothing;
        } else {
            (*at, *spread, *clocks) = (point.at.0, point.spread, vec![point.clock]);
        }
    }
    group
}

/// Does each statement fit to what the one before it leaves, whichever clock had the last word?
fn linked<T: Clone + Ord>(group: &[Point<T>], entry: &Said<T>) -> bool {
    let mut now = entry.clone();
    let mut visited: BTreeSet<T> = BTreeSet::new();
    let mut tellers: BTreeSet<ClockKey> = BTreeSet::new();
    let mut returns = false;
    for point in group {
        if now.contradicts(&point.before) {
            return false;
        }
        for said in [&now, &point.before] {
            if let Said::Is(value) = said {
                visited.insert(value.clone());
            }
        }
        let earlier = now.clone();
        step(&mut now, point);
        if let Said::Is(value) = &now
            && now != earlier
        {
            tellers.insert(point.clock);
            returns |= !visited.insert(value.clone()) && earlier != Said::Nothing && point.before != now;
        }
    }
    // There and back, told by two clocks: twice, or the same once more?
    let twice = returns && tellers.len() > 1;
    !twice && ends_alike(group, entry, &now)
}

/// Is the end the same whichever clock had the last word? What another clock said last must agree with it, or
/// be bound to stand earlier: by what it says of the state before, or because the rest does not fit without it.
fn ends_alike<T: Clone + PartialEq>(group: &[Point<T>], entry: &Said<T>, end: &Said<T>) -> bool {
    let mut last: BTreeMap<ClockKey, usize> = BTreeMap::new();
    for (at, point) in group.iter().enumerate().filter(|(_, p)| p.after != Said::Nothing) {
        last.insert(point.clock, at);
    }
    last.into_values().all(|at| {
        let point = &group[at];
        let harmless = match (&point.after, end) {
            (Said::Not(not), Said::Is(is)) => not != is,
            (after, end) => after == end,
        };
        harmless || end.contradicts(&point.before) || {
            let mut now = entry.clone();
            let mut rest = group.iter().enumerate().filter(|(other, _)| *other != at);
            !rest.all(|(_, point)| {
                let fits = !now.contradicts(&point.before);
                step(&mut now, point);
                fits
            })
        }
    })
}

/// A change that does not name where it came from could stand before its neighbour as well, unless the
/// neighbour's own "from" forbids that.
fn loose<T: PartialEq>(point: &Point<T>, value: &T, last: Option<&Point<T>>) -> bool {
    let forbids = |last: &Point<T>| matches!(&last.before, Said::Is(from) if from != value);
    point.before == Said::Nothing && last.is_some_and(|last| last.clock != point.clock && !forbids(last))
}

fn step<T: Clone + PartialEq>(now: &mut Said<T>, point: &Point<T>) {
    match (&point.after, &point.before) {
        (Said::Nothing, Said::Nothing) => {}
        (Said::Nothing, before) => *now = before.clone(),
        // "Not X" says nothing of Y.
        (Said::Not(not), _) if matches!(now, Said::Is(is) if is != not) => {}
        (after, _) => *now = after.clone(),
    }
}

/// Another order that links, every clock's own order kept: confirmations first, then linked changes, then the rest.
/// Only where no state comes twice, so that no second such order leads elsewhere.
fn repaired<T: Clone + Ord>(
    group: &[Point<T>],
    entry: &Said<T>,
    first: Option<ClockKey>,
) -> Option<Vec<Point<T>>> {
    let mut queues: BTreeMap<ClockKey, VecDeque<&Point<T>>> = BTreeMap::new();
    for point in group {
        queues.entry(point.clock).or_default().push_back(point);
    }
    let mut now = entry.clone();
    let mut out: Vec<Point<T>> = Vec::with_capacity(group.len());
    let mut visited: BTreeSet<T> = BTreeSet::new();
    if let Said::Is(value) = entry {
        visited.insert(value.clone());
    }
    let mut last: Option<&Point<T>> = None;
    let mut confirms: Vec<bool> = Vec::with_capacity(group.len());
    while out.len() < group.len() {
        let fit = |point: &Point<T>| -> Option<u8> {
            if now.contradicts(&point.before) {
                return None;
            }
            let stays = match &point.after {
                Said::Is(_) => point.after == now,
                Said::Not(_) => !now.contradicts(&point.after),
                Said::Nothing => true,
                Said::Ended => false,
            };
            Some(match (stays, &point.before, &now) {
                (true, ..) => 0,
                (false, Said::Is(_), Said::Is(_)) => 1,
                (false, Said::Is(_), _) => 2,
                _ => 3,
            })
        };
        let heads = || queues.values().filter_map(|q| q.front());
        // No further ahead of another clock's next than both may be off.
        let in_reach = |p: &&&Point<T>| {
            let others = heads().filter(|other| other.clock != p.clock);
            let limit = others.map(|other| other.at.0.saturating_add(other.spread)).min();
            limit.is_none_or(|limit| p.at.0.saturating_sub(p.spread) <= limit)
        };
        let heads = heads().filter(in_reach);
        let heads = heads.filter(|p| !out.is_empty() || first.is_none_or(|first| first == p.clock));
        let best = heads.filter_map(|p| Some((fit(p)?, p.at, p.fact, p.clock))).min()?;
        let point = queues.get_mut(&best.3)?.pop_front()?;
        if let (false, false, Said::Is(value)) =
            (matches!(now, Said::Is(_)), point.is_statement(), &point.before)
        {
            visited.insert(value.clone());
        }
        if let Said::Is(value) = &point.after
            && point.after != now
            && (loose(point, value, last) || !visited.insert(value.clone()))
        {
            return None;
        }
        if point.before != Said::Nothing || point.after != now {
            last = Some(point);
        }
        step(&mut now, point);
        confirms.push(best.0 == 0);
        out.push(point.clone());
    }
    in_step(&mut out, &confirms, group.first()?.at);
    ends_alike(&out, entry, &now).then_some(out)
}

/// Gives statements times in their order. A change stands no earlier than the one before; what only confirms goes where the
/// changes around it leave room.
fn in_step<T>(points: &mut [Point<T>], confirms: &[bool], from: Instant) {
    let mut reached = from;
    for (point, _) in points.iter_mut().zip(confirms).filter(|(_, confirms)| !**confirms) {
        reached = reached.max(point.at);
        point.at = reached;
    }
    let mut next: Option<Instant> = None;
    for (point, confirms) in points.iter_mut().zip(confirms).rev() {
        if *confirms {
            point.at = next.map_or(point.at, |next| point.at.min(next));
        }
        next = Some(point.at);
    }
    let mut reached = from;
    for point in points {
        reached = reached.max(point.at);
        point.at = reached;
    }
}

/// Unknown from the first to the last of the group; its ends keep what every clock says alike.
fn undecided<T: Clone + Ord>(group: Vec<Point<T>>) -> Vec<Point<T>> {
    let mut first: BTreeMap<ClockKey, Said<T>> = BTreeMap::new();
    let mut last: BTreeMap<ClockKey, Said<T>> = BTreeMap::new();
    for point in &group {
        first.entry(point.clock).or_insert_with(|| point.before.clone());
        last.insert(point.clock, point.after.clone());
    }
    // Any clock's statement may be the first, or the last: an end is known only where all fit the same.
    let alike = |said: BTreeMap<ClockKey, Said<T>>| {
        let is = said.values().find(|said| matches!(said, Said::Is(_))).cloned().unwrap_or(Said::Ended);
        let fits = |other: &Said<T>| match (other, &is) {
            (Said::Not(not), Said::Is(is)) => not != is,
            (other, is) => other == is,
        };
        if said.values().all(fits) { is } else { Said::Ended }
    };
    let (before, after) = (alike(first), alike(last));
    let count = group.len();
    let sides = || group.iter().flat_map(|point| [&point.before, &point.after]);
    let named: BTreeSet<T> = sides()
        .filter_map(|said| if let Said::Is(value) = said { Some(value.clone()) } else { None })
        .collect();
    let denied = sides().any(|said| matches!(said, Said::Not(value) if named.contains(value)));
    let contradicted = named.len() > 1 || denied;
    let mut out = group;
    for (at, point) in out.iter_mut().enumerate() {
        let names =
            [&point.before, &point.after].iter().any(|said| matches!(said, Said::Is(_) | Said::Not(_)));
        point.disputed = contradicted && names;
        point.before = if at == 0 { before.clone() } else { Said::Ended };
        point.after = if at + 1 == count { after.clone() } else { Said::Ended };
        // No statement of this stretch may outrank or be outranked any more.
        point.rank = 0;
        point.announced = false;
    }
    if out.is_empty() {
        return out;
    }
    let (from, to): (Instant, Instant) = (out[0].at, out[count - 1].at);
    // Statements of one instant would leave no room for the unknown between them.
    if from == to {
        out[count - 1].at = Instant(to.0 + 1);
    }
    out
}
