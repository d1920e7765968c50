//! From statements at instants to pieces of a state, for any state.
//!
//! Rules of soundness: a statement is `observed` at its instant; between two that agree, and after the last
//! one, the state is `derived` only while the logs that would have told of a change are complete, `assumed`
//! beyond; two that disagree without a change in between leave an `unknown` gap between the derivable ends. Where
//! complete logs and a statement contradict each other, the higher rank holds, but only as `assumed` and with
//! the other as contradicting evidence; equal ranks leave it `unknown`. What the state means is not known here.

use std::collections::BTreeMap;

use super::cover::Cover;
use super::order::arrange;
use super::told::Told;
use super::{Piece, Timeline};
use crate::clock::ClockKey;
use crate::fact::{Certainty, Evidence, FactId, Instant, Role, Span};

/// What a statement says of the state on one side of its instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said<T> {
    /// Nothing.
    Nothing,
    /// It is this.
    Is(T),
    /// It is not this.
    Not(T),
    /// Whatever it was, it is not known any more.
    Ended,
}

impl<T: PartialEq> Said<T> {
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(a), Self::Is(b)) => a != b,
            (Self::Is(a), Self::Not(b)) | (Self::Not(b), Self::Is(a)) => a == b,
            _ => false,
        }
    }
}

/// One statement about one state.
#[derive(Clone, Debug)]
pub struct Point<T> {
    /// When.
    pub at: Instant,
    /// How far off against other clocks.
    pub spread: i64,
    /// By which clock.
    pub clock: ClockKey,
    /// Which fact.
    pub fact: FactId,
    /// Just before.
    pub before: Said<T>,
    /// From here on.
    pub after: Said<T>,
    /// Position in the written order of sources; smaller outranks.
    pub rank: u8,
    /// An announcement: holds only when something else confirms it.
    pub announced: bool,
    /// Taken at collection: the end of a log is as near to it as can be.
    pub collected: bool,
    /// Others say otherwise and nothing decides: it ends what was known as one side of a contradiction.
    pub disputed: bool,
}

impl<T: Clone + PartialEq> Point<T> {
    /// A statement of `told`, with both sides given.
    #[must_use]
    pub fn new(told: &Told<'_>, rank: u8, before: Said<T>, after: Said<T>) -> Self {
        Self {
            at: told.at,
            spread: told.spread,
            clock: told.clock,
            fact: told.id,
            before,
            after,
            rank,
            announced: false,
            collected: told.is_collected(),
            disputed: false,
        }
    }

    /// "At t the state is `value`."
    #[must_use]
    pub fn is(told: &Told<'_>, rank: u8, value: T) -> Self {
        Self::new(told, rank, Said::Is(value.clone()), Said::Is(value))
    }

    /// "At t it becomes `value`."
    #[must_use]
    pub fn becomes(told: &Told<'_>, rank: u8, value: T) -> Self {
        Self::new(told, rank, Said::Nothing, Said::Is(value))
    }

    /// The same, announced only.
    #[must_use]
    pub fn announced(mut self) -> Self {
        self.announced = true;
        self
    }

    pub(super) fn is_statement(&self) -> bool {
        self.before == self.after
    }
}

/// How a state is carried.
pub struct Carry<'a, T> {
    /// The logs that would tell of a change away from (or to) a state.
    pub cover: &'a dyn Fn(&T) -> Cover,
    /// States that end soon by themselves: never derived without an end.
    pub passing: &'a dyn Fn(&T) -> bool,
    /// States whose beginning is told by what ended the one before (who owned it lets it go, a service stops). Where only the
    /// new state is told, those logs were silent about an end: nothing is derived up to it.
    pub unseen: &'a dyn Fn(&T) -> bool,
    /// The case's first instant.
    pub from: Instant,
    /// The case's last instant.
    pub to: Instant,
}

impl<'a, T> Carry<'a, T> {
    /// States that last, and that their own logs see begin and end.
    pub fn lasting(cover: &'a dyn Fn(&T) -> Cover, from: Instant, to: Instant) -> Self {
        Self { cover, passing: &|_| false, unseen: &|_| false, from, to }
    }
}

/// A log that ends this long before collection still reaches it: exporting a node's logs takes minutes.
const COLLECTING: i64 = 900_000_000_000;

/// Facts of one role kept for one piece: those that support it, and those that contradict it.
const KEPT: usize = 8;

struct Held<T> {
    point: Point<T>,
    /// Outranked statements in the stretch before and after.
    against_before: Vec<FactId>,
    against_after: Vec<FactId>,
    confirmed: bool,
}

struct Fold<'a, T> {
    carry: &'a Carry<'a, T>,
    covers: BTreeMap<T, Cover>,
    out: Vec<Piece<T>>,
}

/// Folds statements, in any order, into the pieces of a state over the whole case.
#[must_use]
pub fn fold<T: Clone + Ord>(points: Vec<Point<T>>, carry: &Carry<'_, T>) -> Timeline<T> {
    let mut fold = Fold { carry, covers: BTreeMap::new(), out: Vec::new() };
    let mut held: Vec<Held<T>> = Vec::new();
    let arranged = arrange(points, &mut |point, value, until| fold.forward(point, value, until) >= until);
    for point in arranged {
        fold.accept(&mut held, point);
    }
    confirm(&mut held);
    if let (Some(first), Some(last)) = (held.first(), held.last()) {
        fold.head(first);
        for pair in held.windows(2) {
            fold.between(&pair[0], &pair[1]);
        }
        fold.tail(last);
    }
    fold.finish()
}

/// An announcement is confirmed by the next statement that is none, when it agrees; and one of what was so already needs no
/// confirmation.
fn confirm<T: Ord>(held: &mut [Held<T>]) {
    let mut next: Option<usize> = None;
    for at in (0..held.len()).rev() {
        let confirmed = match next {
            None => false,
            Some(later) => {
                let (point, after) = (&held[later].point, &held[at].point.after);
                match &point.before {
                    Said::Nothing if point.after == *after => !point.announced || held[later].confirmed,
                    before => before == after,
                }
            }
        };
        held[at].confirmed = confirmed;
        let says = |said: &Said<T>| !matches!(said, Said::Nothing);
        if says(&held[at].point.before) || says(&held[at].point.after) {
            next = Some(at);
        }
    }
    for at in 1..held.len() {
        let (earlier, point) = (&held[at - 1], &held[at].point);
        let sure = !earlier.point.announced || earlier.confirmed;
        let stays = earlier.point.after == point.after && !point.after.contradicts(&point.before);
        held[at].confirmed |= sure && stays && matches!(point.after, Said::Is(_));
    }
}

impl<T: Clone + Ord> Fold<'_, T> {
    fn cover(&mut self, value: &T) -> &Cover {
        let carry = self.carry;
        self.covers.entry(value.clone()).or_insert_with(|| (carry.cover)(value))
    }

    /// Until when `value`, in force from `point` on, is derivable, at most `limit`.
    fn forward(&mut self, point: &Point<T>, value: &T, limit: Instant) -> Instant {
        let around = self.cover(value).around(point.at, point.spread, point.clock, true);
        around.map_or(point.at, |(_, to)| to.min(limit))
    }

    /// Since when `value`, in force until `point`, is derivable, at least `limit`.
    fn backward(&mut self, point: &Point<T>, value: &T, limit: Instant) -> Instant {
        // What passes soon began not long before; without its beginning nothing tells when.
        if (self.carry.passing)(value) {
            return point.at;
        }
        let cover = self.cover(value);
        let around = if point.collected {
            // Rows have no clock of their own: the logs' ends are the nearest thing to it.
            cover.collected(point.at, COLLECTING)
        } else {
            cover.around(point.at, point.spread, point.clock, false)
        };
        around.map_or(point.at, |(from, _)| from.max(limit))
    }

    /// Do complete logs carry what `a` says up to what `b` says?
    fn meet(&mut self, a: &Point<T>, b: &Point<T>) -> bool {
        if a.at == b.at {
            return true;
        }
        let forward = match &a.after {
            Said::Is(value) => self.forward(a, &value.clone(), b.at),
            _ => a.at,
        };
        let backward = match &b.before {
            Said::Is(value) => self.backward(b, &value.clone(), a.at),
            _ => b.at,
        };
        forward >= backward
    }

    fn accept(&mut self, held: &mut Vec<Held<T>>, point: Point<T>) {
        let mut against_before = Vec::new();
        while let Some(below) = held.len().checked_sub(1) {
            // "Not X" adds nothing to a later Y, unless it ended an X.
            let ended = below > 0 && held[below - 1].point.after.contradicts(&held[below].point.after);
            let top = &mut held[below];
            if let (Said::Not(not), Said::Is(is)) = (&top.point.after, &point.before)
                && is != not
                && !ended
                && top.point.is_statement()
            {
                held.pop();
                continue;
            }
            // "Not X" says nothing of Y.
            if let (Said::Is(is), Said::Not(not)) = (&top.point.after, &point.after)
                && is != not
                && !top.point.after.contradicts(&point.before)
            {
                return;
            }
            if !top.point.after.contradicts(&point.before) {
                // "Not X" before "Y" says nothing more, unless X it was.
                if let (Said::Not(not), Said::Is(_), true) =
                    (&top.point.after, &point.before, top.point.is_statement())
                {
                    let ended = Said::Is(not.clone());
                    if held.len() < 2 || held[held.len() - 2].point.after != ended {
                        against_before.extend(held.pop().into_iter().flat_map(|gone| gone.against_before));
                        continue;
                    }
                }
                break;
            }
            if top.point.at == point.at
                && top.point.rank == point.rank
                && top.point.is_statement()
                && point.is_statement()
            {
                // Two of one rank at one time: neither side of it is known.
                (top.point.before, top.point.after) = (Said::Ended, Said::Ended);
                top.point.disputed = true;
                top.against_before.push(point.fact);
                top.against_after.push(point.fact);
                return;
            }
            let outranked = point.is_statement() && top.point.rank < point.rank;
            let outranks = top.point.is_statement() && point.rank < top.point.rank;
            if !(outranked || outranks) || !self.meet(&top.point, &point) {
                break;
            }
            if outranked {
                top.against_after.push(point.fact);
                // Two states at one time: what was so up to then is contradicted as well.
                if top.point.at == point.at && top.point.is_statement() {
                    top.against_before.push(point.fact);
                }
                return;
            }
            if let Some(gone) = held.pop() {
                against_before.push(gone.point.fact);
                against_before.extend(gone.against_before);
                against_before.extend(gone.against_after);
            }
        }
        held.push(Held { point, against_before, against_after: Vec::new(), confirmed: false });
    }

    fn head(&mut self, first: &Held<T>) {
        let from = self.carry.from;
        let point = &first.point;
        let against = contradicting(&first.against_before);
        match &point.before {
            Said::Is(value) if against.is_empty() => {
                let back = self.backward(point, value, from);
                let closes = closing(point, value);
                self.push(from, back, Some(value), Certainty::Assumed, &[closes]);
                self.push(back, point.at, Some(value), Certainty::Derived, &[closes]);
            }
            Said::Is(value) => {
                let cites = [vec![closing(point, value)], against].concat();
                self.push(from, point.at, Some(value), Certainty::Assumed, &cites);
            }
            _ => {
                let own = point.disputed.then(|| settles_nothing(point));
                let cites: Vec<Evidence> = own.into_iter().chain(against).collect();
                self.push(from, point.at, None, Certainty::Unknown, &cites);
            }
        }
    }

    fn between(&mut self, a: &Held<T>, b: &Held<T>) {
        let (from, to) = (a.point.at, b.point.at);
        let [mine, theirs] = [contradicting(&a.against_after), contradicting(&b.against_before)];
        let against = [&mine[..], &theirs].concat();
        let ends = [settles_nothing(&a.point), settles_nothing(&b.point)];
        let opens = Evidence { fact: a.point.fact, role: Role::Opens };
        match (&a.point.after, &b.point.before) {
            (Said::Is(was), Said::Is(is)) if was != is => {
                let (forward, back) = (self.forward(&a.point, was, to), self.backward(&b.point, is, from));
                if from < to && forward >= back {
                    let role = Role::Contradicts;
                    let both = [a.point.fact, b.point.fact].map(|fact| Evidence { fact, role });
                    self.glimpse(&a.point, was);
                    self.push(from, to, None, Certainty::Unknown, &[&both[..], &against].concat());
                    return;
                }
                let at_most = |sure: Certainty, against: &[Evidence]| {
                    if against.is_empty() { sure } else { Certainty::Assumed }
                };
                self.carried(a, was, forward, at_most(certainty(a), &mine), &[&[opens][..], &mine].concat());
                self.push(forward, back, None, Certainty::Unknown, &[&ends[..], &against].concat());
                let sure = at_most(Certainty::Derived, &theirs);
                self.push(back, to, Some(is), sure, &[&[closing(&b.point, is)][..], &theirs].concat());
            }
            (Said::Is(was), before) => {
                let agrees = matches!(before, Said::Is(_));
                // What was announced did not come: it is said to be as it was before.
                let stayed = a.point.announced && !a.confirmed && a.point.before == b.point.after;
                let closes = match stayed {
                    true => Evidence { fact: b.point.fact, role: Role::Contradicts },
                    false => closing(&b.point, was),
                };
                let cites = [&[opens, closes][..], &against].concat();
                if !against.is_empty() {
                    self.glimpse(&a.point, was);
                    self.push(from, to, Some(was), Certainty::Assumed, &cites);
                    return;
                }
                let sure = certainty(a);
                let forward = self.forward(&a.point, was, to);
                if matches!(before, Said::Not(_) | Said::Ended) {
                    // It ended unseen before `b`; complete logs that say otherwise contradict `b`.
                    if forward >= to && from < to && matches!(before, Said::Not(_)) {
                        let role = Role::Contradicts;
                        let both = [a.point.fact, b.point.fact].map(|fact| Evidence { fact, role });
                        self.glimpse(&a.point, was);
                        self.push(from, to, None, Certainty::Unknown, &both);
                    } else {
                        let cites = if forward >= to { vec![opens, closes] } else { vec![opens] };
                        self.carried(a, was, forward, sure, &cites);
                        self.push(forward, to, None, Certainty::Unknown, &ends);
                    }
                    return;
                }
                let unseen = matches!(&b.point.after, Said::Is(is) if is != was && (self.carry.unseen)(is));
                if unseen && !agrees {
                    self.glimpse(&a.point, was);
                    self.push(from, to, Some(was), Certainty::Assumed, &cites);
                    return;
                }
                let back = if agrees { self.backward(&b.point, was, from) } else { to };
                if !agrees && b.point.after == a.point.after && (self.carry.passing)(was) {
                    self.glimpse(&a.point, was);
                    self.push(from, to, Some(was), Certainty::Assumed, &cites);
                    return;
                }
                if back > from {
                    self.carried(a, was, forward.min(back), sure, &cites);
                }
                self.push(forward.min(back), back, Some(was), Certainty::Assumed, &cites);
                self.push(back, to, Some(was), Certainty::Derived, &cites);
            }
            (_, Said::Is(is)) => {
                let back = self.backward(&b.point, is, from);
                let contradicted = a.point.after.contradicts(&b.point.before) && back <= from;
                if contradicted || !against.is_empty() {
                    let cites = [&ends[..1], &against].concat();
                    self.push(from, to, None, Certainty::Unknown, &cites);
                    return;
                }
                self.push(from, back, None, Certainty::Unknown, &ends);
                self.push(back, to, Some(is), Certainty::Derived, &[closing(&b.point, is)]);
            }
            _ => {
                let cites = [&ends[..], &against].concat();
                self.push(from, to, None, Certainty::Unknown, &cites);
            }
        }
    }

    fn tail(&mut self, last: &Held<T>) {
        let (point, to) = (&last.point, self.carry.to);
        let against = contradicting(&last.against_after);
        let opens = Evidence { fact: point.fact, role: Role::Opens };
        match &point.after {
            Said::Is(value) => {
                let cites = [&[opens][..], &against].concat();
                let sure = if against.is_empty() { certainty(last) } else { Certainty::Assumed };
                let ends = (self.carry.passing)(value);
                let forward = if ends { point.at } else { self.forward(point, value, to) };
                self.carried(last, value, forward, sure, &cites);
                self.push(forward, to, Some(value), Certainty::Assumed, &cites);
            }
            _ => {
                let cites = [&[settles_nothing(point)][..], &against].concat();
                self.push(point.at, to, None, Certainty::Unknown, &cites);
            }
        }
    }

    /// The state that begins at `a`, derived until `until`; its own instant is observed where nothing carries it.
    fn carried(&mut self, a: &Held<T>, value: &T, until: Instant, sure: Certainty, cites: &[Evidence]) {
        if until > a.point.at {
            self.push(a.point.at, until, Some(value), sure, cites);
        } else {
            self.glimpse(&a.point, value);
        }
    }

    /// The instant of a statement, observed, where no derived piece of the same state ends there.
    fn glimpse(&mut self, point: &Point<T>, value: &T) {
        let carried = self.out.last().is_some_and(|last| {
            last.value.as_ref() == Some(value)
                && last.span.certainty >= Certainty::Derived
                && last.span.to.is_some_and(|to| to >= point.at)
        });
        if !carried && !point.announced {
            let opens = Evidence { fact: point.fact, role: Role::Opens };
            self.push(point.at, Instant(point.at.0 + 1), Some(value), Certainty::Observed, &[opens]);
        }
    }

    fn push(
        &mut self,
        from: Instant,
        to: Instant,
        value: Option<&T>,
        certainty: Certainty,
        cites: &[Evidence],
    ) {
        // A glimpse before may already have taken the first nanosecond.
        let reached = self.out.last().and_then(|last| last.span.to);
        let from = reached.map_or(from, |reached| reached.max(from));
        if from >= to {
            return;
        }
        let mut cites = cites.to_vec();
        if let Some(last) = self.out.last_mut()
            && last.value.as_ref() == value
            && last.span.certainty == certainty
        {
            last.span.to = Some(to);
            join(&mut last.span.evidence, &cites);
            return;
        }
        tidy(&mut cites);
        let span = Span { from: Some(from), to: Some(to), certainty, evidence: cites };
        self.out.push(Piece { span, value: value.cloned() });
    }

    fn finish(self) -> Timeline<T> {
        let mut pieces = self.out;
        match pieces.last_mut() {
            Some(last) => last.span.to = None,
            None => {
                let span = Span { from: None, to: None, certainty: Certainty::Unknown, evidence: Vec::new() };
                pieces.push(Piece { span, value: None });
            }
        }
        if let Some(first) = pieces.first_mut() {
            first.span.from = None;
        }
        Timeline { pieces }
    }
}

/// What carrying the state that begins here can reach at most.
fn certainty<T>(held: &Held<T>) -> Certainty {
    if held.point.announced && !held.confirmed { Certainty::Assumed } else { Certainty::Derived }
}

/// The role of a statement beside a stretch that is not known.
fn settles_nothing<T>(point: &Point<T>) -> Evidence {
    let role = if point.disputed { Role::Contradicts } else { Role::Supports };
    Evidence { fact: point.fact, role }
}

fn contradicting(facts: &[FactId]) -> Vec<Evidence> {
    facts.iter().take(KEPT).map(|&fact| Evidence { fact, role: Role::Contradicts }).collect()
}

/// The role of the statement at the end of a stretch of `value`.
fn closing<T: PartialEq>(point: &Point<T>, value: &T) -> Evidence {
    let stays = matches!(&point.after, Said::Is(after) if after == value);
    Evidence { fact: point.fact, role: if stays { Role::Supports } else { Role::Closes } }
}

/// One role a fact: the first in the order opens, closes, supports, contradicts.
pub(super) fn tidy(cites: &mut Vec<Evidence>) {
    cites.sort_unstable();
    cites.dedup_by_key(|e| e.fact);
}

/// Evidence of a later stretch of the same state.
pub(super) fn join(evidence: &mut Vec<Evidence>, later: &[Evidence]) {
    for cite in evidence.iter_mut().filter(|e| e.role == Role::Closes) {
        cite.role = Role::Supports;
    }
    let count = |evidence: &[Evidence], role| evidence.iter().filter(|e| e.role == role).count();
    let mut supports = count(evidence, Role::Supports);
    let mut contradicts = count(evidence, Role::Contradicts);
    for cite in later {
        if evidence.iter().rev().any(|e| e.fact == cite.fact && e.role <= cite.role) {
            continue;
        }
        let role = if cite.role == Role::Opens { Role::Supports } else { cite.role };
        let kept = match role {
            Role::Supports => &mut supports,
            Role::Contradicts => &mut contradicts,
            _ => &mut 0,
        };
        *kept += 1;
        if *kept > KEPT {
            continue;
        }
        evidence.push(Evidence { fact: cite.fact, role });
    }
    while supports > KEPT {
        let Some(at) = evidence.iter().rposition(|e| e.role == Role::Supports) else { break };
        evidence.remove(at);
        supports -= 1;
    }
    tidy(evidence);
}

#[cfg(test)]
mod tests;
