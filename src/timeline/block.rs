//! Block redirection of a volume on a node: whether it lost its disk, and for which reasons.
//!
//! Event 5121 tells that it did and names no reason; a row names them. Both agree that I/O goes over the network, so
//! whether it does is folded on its own, and the reasons beside it: they hold where a row's reach.

use super::cover::Cover;
use super::fold::{Point, Said};
use super::layer::{CYCLE, STATED};
use super::told::World;
use super::window::{Cursor, append, cuts, fold_within};
use super::{Piece, Timeline};
use crate::fact::{BlockReasons, Certainty, Instant, Name, Role};

/// Folds both within `windows`. A statement without bits names no reason.
pub(super) fn fold(
    points: &[Point<Option<BlockReasons>>],
    windows: &[(Instant, Instant)],
    cover: &Cover,
) -> Timeline<Option<BlockReasons>> {
    let lost: Vec<Point<bool>> =
        points.iter().map(|point| with(point, is_lost(&point.before), is_lost(&point.after))).collect();
    let lost = fold_within(&lost, windows, &|_, _| cover.clone());
    let named: Vec<Point<BlockReasons>> = points.iter().map(reasons).collect();
    let named = fold_within(&named, windows, &|_, _| cover.clone());
    overlay(&lost, &named)
}

/// A node that says soon after it gave the volume away that it has no access (5121) may have lost its disk before: that it
/// owned the volume shows a path no longer than it did.
pub(super) fn lost_with_the_volume(
    points: &mut Vec<Point<Option<BlockReasons>>>,
    node: &Name,
    coordinator: &Timeline<Name>,
    world: &World<'_>,
) {
    for Piece { span, value } in &coordinator.pieces {
        let Some(end) = span.to.filter(|_| value.as_ref() == Some(node)) else { continue };
        let told =
            span.evidence.iter().rev().find(|cited| cited.role == Role::Closes).or(span.evidence.last());
        let told = told.and_then(|cited| world.told.binary_search_by_key(&cited.fact, |told| told.id).ok());
        let Some(told) = told.map(|at| &world.told[at]) else { continue };
        let reach = end.0.saturating_add(CYCLE);
        let mut found = false;
        for point in points.iter_mut().filter(|p| matches!(p.after, Said::Is(Some(_)))) {
            if point.before != point.after && (end.0..=reach).contains(&point.at.0) {
                point.before = Said::Nothing;
                found = true;
            }
        }
        if found {
            points.push(Point { at: end, ..Point::new(told, STATED, Said::Nothing, Said::Ended) });
        }
    }
}

fn with<T: Clone + PartialEq, U>(point: &Point<T>, before: Said<U>, after: Said<U>) -> Point<U> {
    Point {
        at: point.at,
        spread: point.spread,
        clock: point.clock,
        fact: point.fact,
        before,
        after,
        rank: point.rank,
        announced: point.announced,
        collected: point.collected,
        disputed: point.disputed,
    }
}

fn is_lost(said: &Said<Option<BlockReasons>>) -> Said<bool> {
    match said {
        Said::Nothing => Said::Nothing,
        Said::Is(reasons) => Said::Is(reasons.is_some()),
        Said::Not(reasons) => Said::Not(reasons.is_some()),
        Said::Ended => Said::Ended,
    }
}

/// What is said of the reasons: a change begins or ends them, whatever they are.
fn reasons(point: &Point<Option<BlockReasons>>) -> Point<BlockReasons> {
    let side = |said: &Said<Option<BlockReasons>>| match said {
        Said::Is(Some(reasons)) if reasons.is_empty() => Said::Nothing,
        Said::Is(Some(reasons)) => Said::Is(*reasons),
        Said::Nothing => Said::Nothing,
        _ => Said::Ended,
    };
    let begins = point.before != point.after && matches!(point.after, Said::Is(Some(_)));
    let before = if begins { Said::Ended } else { side(&point.before) };
    with(point, before, side(&point.after))
}

/// The reasons where they are known as surely as that the disk was lost; else none is named.
fn overlay(lost: &Timeline<bool>, named: &Timeline<BlockReasons>) -> Timeline<Option<BlockReasons>> {
    let spans = lost.pieces.iter().map(|p| &p.span).chain(named.pieces.iter().map(|p| &p.span));
    let mut starts: Vec<Option<Instant>> = vec![None];
    starts.extend(cuts(spans).into_iter().map(Some));
    let (mut lost, mut named) = (Cursor::new(lost), Cursor::new(named));
    let mut pieces: Vec<Piece<Option<BlockReasons>>> = Vec::new();
    for (at, &from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).copied().flatten();
        let Some(lost) = lost.piece(from) else { continue };
        let mut evidence = lost.span.evidence.clone();
        let least = lost.span.certainty.min(Certainty::Derived);
        let sure = |p: &&Piece<BlockReasons>| p.span.certainty >= least && p.value.is_some();
        let known = named.piece(from).filter(|_| lost.value == Some(true)).filter(sure);
        let value = lost.value.map(|lost| lost.then(|| known.and_then(|p| p.value).unwrap_or_default()));
        evidence.extend(known.into_iter().flat_map(|p| p.span.evidence.iter().copied()));
        append(&mut pieces, from, to, value, lost.span.certainty, evidence);
    }
    Timeline { pieces }
}
