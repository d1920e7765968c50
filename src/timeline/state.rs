//! CSVFS's state of a volume on each node: held or flowing.
//!
//! Only CsvFs/Operational tells every transition. Pauses that the cluster's own events tell (5120, 5156, 5157)
//! open a `Paused` stretch that 5122 or `Active` closes; without an end it is assumed at most.

use std::collections::BTreeMap;

use super::Timeline;
use super::fold::{Carry, Point, Said, fold};
use super::told::{Told, World};
use crate::fact::{Claim, Instant, ModeKind, Name, VolumeClaim, VolumeState};

/// Folds the state on every node that any claim speaks of. `claims` are those about the volume, `resets` when CSVFS began
/// anew on a node: which state it was in until then is not said, and nothing is carried across it.
pub(super) fn states(
    claims: &[Told<'_>],
    resets: &BTreeMap<Name, Vec<Told<'_>>>,
    world: &World<'_>,
) -> Vec<(Name, Timeline<VolumeState>)> {
    let mut points: BTreeMap<Name, Vec<Point<VolumeState>>> = BTreeMap::new();
    for told in claims {
        if let Some((node, point)) = point(told) {
            points.entry(node).or_default().push(point);
        }
    }
    let fold_one = |(node, mut points): (Name, Vec<Point<VolumeState>>)| {
        points.sort_by_key(|p| (p.at, p.fact));
        let mut points = without_moot(points);
        let anew = resets.get(&node).into_iter().flatten().filter(|told| !stays_initial(&points, told.at));
        let anew: Vec<_> = anew.map(|told| Point::new(told, 1, Said::Nothing, Said::Ended)).collect();
        points.extend(anew);
        let cover = world.coverage.state(&node);
        let cover = |_: &VolumeState| cover.clone();
        let passing = |state: &VolumeState| state.holds_io() == Some(true);
        // To its initial state it falls back when the cluster service is gone, which CSVFS itself does not tell.
        let unseen = |state: &VolumeState| *state == VolumeState::Init;
        let carry =
            Carry { cover: &cover, passing: &passing, unseen: &unseen, from: world.from, to: world.to };
        let timeline = fold(points, &carry);
        (node, timeline)
    };
    points.into_iter().map(fold_one).collect()
}

/// 5142 leaves open which state CSVFS is in, unless CSVFS itself tells of one before it and of the same after it. `points` are in
/// order.
fn without_moot(points: Vec<Point<VolumeState>>) -> Vec<Point<VolumeState>> {
    let open = |point: &Point<VolumeState>| point.before == Said::Nothing && point.after == Said::Ended;
    let mut next: Vec<Option<&Point<VolumeState>>> = vec![None; points.len()];
    let mut later = None;
    for (at, point) in points.iter().enumerate().rev() {
        next[at] = later;
        if !open(point) {
            later = Some(point);
        }
    }
    let mut before: Option<&Point<VolumeState>> = None;
    let mut out = Vec::with_capacity(points.len());
    for (at, point) in points.iter().enumerate() {
        if !open(point) {
            before = Some(point);
        } else if let (Some(Said::Is(was)), Some(Said::Is(is))) =
            (before.map(|p| &p.after), next[at].map(|p| &p.before))
            && was == is
        {
            continue;
        }
        out.push(point.clone());
    }
    out
}

/// CSVFS that begins anew while it is in its initial state stays in it. `points` are in order.
fn stays_initial(points: &[Point<VolumeState>], at: Instant) -> bool {
    let next = points.partition_point(|point| point.at <= at);
    let init = Said::Is(VolumeState::Init);
    let before = points[..next].last().is_some_and(|point| point.after == init);
    before && points.get(next).is_some_and(|point| point.before == init)
}

fn point(told: &Told<'_>) -> Option<(Name, Point<VolumeState>)> {
    let Claim::Volume(_, claim) = &told.fact.claim else { return None };
    let reporter = || told.fact.reporter.clone();
    match claim {
        VolumeClaim::State { node, state, .. } => {
            let node = told.node_or_reporter(node.as_ref())?;
            let point = if told.is_collected() {
                Point::is(told, 2, *state)
            } else {
                Point::becomes(told, 1, *state)
            };
            Some((node, point))
        }
        VolumeClaim::Transition { from, to, .. } => {
            Some((reporter()?, Point::new(told, 1, Said::Is(*from), Said::Is(*to))))
        }
        VolumeClaim::AutoPaused { .. } => Some((reporter()?, Point::becomes(told, 2, VolumeState::Paused))),
        VolumeClaim::Resumed => Some((reporter()?, Point::becomes(told, 2, VolumeState::Active))),
        // 5142: I/O fails; which state CSVFS is in then is not said.
        VolumeClaim::NoAccess { .. } => Some((reporter()?, Point::new(told, 2, Said::Nothing, Said::Ended))),
        // A snapshot that names a mode at all names an active volume.
        VolumeClaim::Mode { node, mode } if mode.kind != ModeKind::Unavailable => {
            Some((told.node_or_reporter(node.as_ref())?, Point::is(told, 3, VolumeState::Active)))
        }
        _ => None,
    }
}
