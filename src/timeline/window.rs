//! Folding and overlaying timelines: within windows of another timeline, and several at once.

use super::cover::{Cover, Intervals};
use super::fold::{Carry, Point, fold};
use super::told::{ClockKey, Told, World};
use super::{Piece, Timeline};
use crate::fact::{Certainty, Evidence, FactId, Instant, Role, Span};

/// Windows of equal value of a timeline, certainty aside: (from, to, value).
pub(super) fn windows<T: Clone + PartialEq>(
    timeline: &Timeline<T>,
    world: &World<'_>,
) -> Vec<(Instant, Instant, Option<T>)> {
    let mut out: Vec<(Instant, Instant, Option<T>)> = Vec::new();
    for piece in &timeline.pieces {
        let (from, to) = (piece.span.from.unwrap_or(world.from), piece.span.to.unwrap_or(world.to));
        match out.last_mut() {
            Some(last) if last.2 == piece.value => last.1 = to,
            _ => out.push((from, to, piece.value.clone())),
        }
    }
    out
}

/// Folds the statements of each window on their own: nothing is carried from one window to the next.
/// `cover` is given the window's index.
pub(super) fn fold_within<T: Clone + Ord>(
    points: &[Point<T>],
    windows: &[(Instant, Instant)],
    cover: &dyn Fn(usize, &T) -> Cover,
) -> Timeline<T> {
    let mut points = points.to_vec();
    points.sort_by_key(|p| (p.at, p.fact));
    let mut pieces: Vec<Piece<T>> = Vec::new();
    for (at, &(from, to)) in windows.iter().enumerate() {
        let last = at + 1 == windows.len();
        let begin = points.partition_point(|p| p.at < from);
        let end = points.partition_point(|p| p.at < to || (last && p.at == to));
        let cover = |value: &T| cover(at, value);
        let carry = Carry::lasting(&cover, from, to);
        let mut part = fold(points[begin.min(end)..end].to_vec(), &carry).pieces;
        if let (Some(first), true) = (part.first_mut(), at > 0) {
            first.span.from = Some(from);
        }
        if let (Some(end), false) = (part.last_mut(), last) {
            end.span.to = Some(to);
        }
        pieces.append(&mut part);
    }
    Timeline { pieces }
}

/// Every instant at which some piece begins, in order, without repeats.
pub(crate) fn cuts<'a>(spans: impl Iterator<Item = &'a Span>) -> Vec<Instant> {
    let mut out: Vec<Instant> = spans.filter_map(|span| span.from).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Reads a timeline from left to right.
pub(crate) struct Cursor<'a, T> {
    pieces: &'a [Piece<T>],
    at: usize,
}

impl<'a, T> Cursor<'a, T> {
    pub(crate) fn new(timeline: &'a Timeline<T>) -> Self {
        Self { pieces: &timeline.pieces, at: 0 }
    }

    /// The piece in force from `from` on (`None`: from the beginning). `from` never goes back.
    pub(crate) fn piece(&mut self, from: Option<Instant>) -> Option<&'a Piece<T>> {
        if let Some(from) = from {
            while self.pieces.get(self.at).is_some_and(|p| p.span.to.is_some_and(|to| to <= from)) {
                self.at += 1;
            }
        }
        self.pieces.get(self.at)
    }
}

/// Appends a piece to a timeline that is being overlaid; equal neighbours become one.
pub(crate) fn append<T: PartialEq>(
    pieces: &mut Vec<Piece<T>>,
    from: Option<Instant>,
    to: Option<Instant>,
    value: Option<T>,
    certainty: Certainty,
    mut evidence: Vec<Evidence>,
) {
    let certainty = if value.is_none() { Certainty::Unknown } else { certainty };
    if let Some(last) = pieces.last_mut()
        && last.value == value
        && last.span.certainty == certainty
    {
        last.span.to = to;
        super::fold::join(&mut last.span.evidence, &evidence);
        return;
    }
    super::fold::tidy(&mut evidence);
    pieces.push(Piece { span: Span { from, to, certainty, evidence }, value });
}

/// The timeline with `value` at most assumed in these stretches. `first` is the case's first instant.
pub(super) fn assumed_within<T: Clone + PartialEq>(
    timeline: &Timeline<T>,
    stretches: &[(Instant, Instant)],
    value: &T,
    first: Instant,
) -> Timeline<T> {
    let hidden = Intervals::new(stretches.to_vec());
    if hidden.parts().is_empty() {
        return timeline.clone();
    }
    let borders = hidden.parts().iter().flat_map(|part| [part.0, part.1]).filter(|at| *at > first);
    let mut starts: Vec<Instant> = cuts(timeline.pieces.iter().map(|p| &p.span));
    starts.extend(borders);
    starts.sort_unstable();
    starts.dedup();
    let starts: Vec<Option<Instant>> = std::iter::once(None).chain(starts.into_iter().map(Some)).collect();
    let mut cursor = Cursor::new(timeline);
    let mut pieces = Vec::new();
    for (at, &from) in starts.iter().enumerate() {
        let Some(piece) = cursor.piece(from) else { continue };
        let to = starts.get(at + 1).copied().flatten();
        let begin = from.unwrap_or(first);
        let within = hidden.around(begin).is_some_and(|part| part.1 != begin);
        let doubted = within && piece.value.as_ref() == Some(value);
        let certainty = piece.span.certainty;
        let certainty = if doubted { certainty.min(Certainty::Assumed) } else { certainty };
        append(&mut pieces, from, to, piece.value.clone(), certainty, piece.span.evidence.clone());
    }
    Timeline { pieces }
}

/// An end of a piece: when, by which clocks, how far off.
#[derive(Clone)]
struct End {
    at: Instant,
    clocks: Vec<ClockKey>,
    spread: i64,
}

/// Both ends of a piece as far as facts tell them.
fn ends(span: &Span, world: &World<'_>) -> (Option<End>, Option<End>) {
    let end = |at: Option<Instant>, role: Role| {
        let at = at?;
        let told =
            |id: FactId| world.told.binary_search_by_key(&id, |told| told.id).ok().map(|at| &world.told[at]);
        let there: Vec<&Told<'_>> =
            span.evidence.iter().filter_map(|cite| told(cite.fact)).filter(|told| told.at == at).collect();
        let there = if there.is_empty() {
            let cites = span.evidence.iter().filter(|cite| cite.role == role);
            cites.filter_map(|cite| told(cite.fact)).collect()
        } else {
            there
        };
        // An end that no fact tells (the logs stop, or their order is open) is as unsure as the rest of the piece.
        let all = || span.evidence.iter().filter_map(|cite| told(cite.fact)).map(|told| told.spread).max();
        let glimpse = span.from.zip(span.to).is_some_and(|(from, to)| to.0 - from.0 <= 1);
        let spread = there.iter().map(|told| told.spread).max().or_else(|| all().filter(|_| !glimpse))?;
        Some(End { at, clocks: there.iter().map(|told| told.clock).collect(), spread })
    };
    (end(span.from, Role::Opens), end(span.to, Role::Closes))
}

/// May two of these pieces, which overlap by the best estimate, not have overlapped at all? One that begins shortly before
/// another ends, told by clocks that cannot be compared so closely.
pub(crate) fn unordered(spans: &[&Span], world: &World<'_>) -> bool {
    let short = |span: &&&Span| span.from.is_some() || span.to.is_some();
    let mut ends: Vec<_> = spans.iter().filter(short).map(|span| ends(span, world)).collect();
    // A piece that is cut where another ends has its end from there.
    let all = || ends.iter().flat_map(|(begin, end)| [begin, end]).flatten();
    let told: Vec<End> = all().filter(|end| !end.clocks.is_empty()).cloned().collect();
    let all = ends.iter_mut().flat_map(|(begin, end)| [begin, end]).flatten();
    for cut in all.filter(|end| end.clocks.is_empty()) {
        if let Some(other) = told.iter().find(|other| other.at == cut.at) {
            *cut = other.clone();
        }
    }
    ends.iter().enumerate().any(|(one, (begin, _))| {
        let Some(begin) = begin else { return false };
        let others = ends.iter().enumerate().filter(|(other, _)| *other != one);
        others.filter_map(|(_, (_, end))| end.as_ref()).any(|end| {
            let shared = begin.clocks.iter().any(|clock| end.clocks.contains(clock));
            !shared && end.at.0 - begin.at.0 < begin.spread.saturating_add(end.spread)
        })
    })
}
