//! Who owned a volume when.
//!
//! Which source outranks which where they contradict each other (facts/domain.md 7.6; smaller is higher):
//!
//! | rank | source | says |
//! |---|---|---|
//! | 1 | CSVFS 8704 with `IsLocal` | from here on the reporter is (is not) the coordinator |
//! | 2 | resource host and resource events on the disk (1637, 1666, RHS online and offline) | online here, so owned here |
//! | 3 | moves (engine line, 1641, 1153, 1154, 1673) | owner before and after; the engine's line is an announcement |
//! | 4 | state at collection (`OwnerNode`, Groups and Resources tables) | owned at that time |
//!
//! 5151 carries the state machine's step and its initiator, not the owner; its vocabulary is not public, so it
//! makes no claim here. A move's `from` is believed except for `NodeDown`, which prints the new owner there.

use super::Timeline;
use super::cover::Cover;
use super::fold::{Carry, Point, Said, fold};
use super::told::{Told, World};
use crate::fact::{
    Claim, GroupClaim, GroupState, Instant, MoveKind, Name, ResourceClaim, ResourceState, VolumeClaim,
};

/// Ownership in the ranks of the module's table.
const CSVFS: u8 = 1;
const RESOURCE: u8 = 2;
const MOVE: u8 = 3;
const SNAPSHOT: u8 = 4;

/// A node that stopped being a member, or begins to be one: it owns nothing.
pub(super) struct Down<'a> {
    /// What says so.
    pub(super) told: Told<'a>,
    /// Which node.
    pub(super) node: Name,
    /// It was down already (its service starts).
    pub(super) already: bool,
}

impl Down<'_> {
    /// Of one who could own something.
    pub(super) fn point(&self) -> Point<Name> {
        let not = Said::Not(self.node.clone());
        Point::new(&self.told, RESOURCE, if self.already { not.clone() } else { Said::Nothing }, not)
    }
}

/// How long a node may be gone before its groups are taken over, nanoseconds: it is given four minutes to come back before it counts
/// as gone (`ResiliencyDefaultPeriod`, 240 s since 2016), and then the others agree on it.
const GIVEN_UP: i64 = 300_000_000_000;

/// What a failover says of the owner before: it was gone, and since when only those tell that saw it go. `downs` are in order.
pub(super) fn failed_over(
    told: &Told<'_>,
    point: Point<Name>,
    downs: &[Down<'_>],
) -> (Point<Name>, Option<Point<Name>>) {
    let Claim::Group(_, GroupClaim::Moving { from: Some(from), kind: MoveKind::Failover, .. }) =
        &told.fact.claim
    else {
        return (point, None);
    };
    let earliest = Instant(point.at.0.saturating_sub(GIVEN_UP));
    let begin = downs.partition_point(|down| down.told.at < earliest);
    let near = downs[begin..].iter().take_while(|down| down.told.at <= point.at);
    if near.into_iter().any(|down| down.node == *from) {
        return (point, None);
    }
    let gone = Point { at: earliest, before: Said::Nothing, after: Said::Ended, ..point.clone() };
    (Point { before: Said::Nothing, ..point }, Some(gone))
}

/// Which logs tell when a node gains or loses a volume. Logs are silent about what they call by a name that is not known
/// to be this volume's.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// None: its resource is not known.
    Meaningless,
    /// The engine's, which names resources. Before 2012 R2 the events name groups alone, and its group is not known.
    OfEngine,
    /// The engine's and the events'.
    OfAll,
}

/// Folds who owned a volume. `claims` are facts about it, its resource or its group.
pub(super) fn coordinator(
    claims: &[Told<'_>],
    downs: &[Down<'_>],
    silence: Silence,
    world: &World<'_>,
) -> Timeline<Name> {
    let mut points: Vec<Point<Name>> = Vec::new();
    for told in claims {
        points.extend(point(told));
    }
    for told in claims {
        if let Some(point) = owner_by_group_or_resource(told) {
            let (point, gone) = failed_over(told, point, downs);
            points.push(point);
            points.extend(gone);
        }
    }
    let owners: std::collections::BTreeSet<Name> = points.iter().filter_map(owner_named).collect();
    points.extend(downs.iter().filter(|down| owners.contains(&down.node)).map(Down::point));
    let cover = |node: &Name| match silence {
        Silence::Meaningless => Cover::default(),
        Silence::OfEngine => world.coverage.engine(node),
        Silence::OfAll => world.coverage.ownership(node),
    };
    fold(
        points,
        &Carry { cover: &cover, passing: &|_| false, unseen: &|_| true, from: world.from, to: world.to },
    )
}

fn owner_named(point: &Point<Name>) -> Option<Name> {
    match (&point.after, &point.before) {
        (Said::Is(node), _) | (_, Said::Is(node)) => Some(node.clone()),
        _ => None,
    }
}

/// Would it say who owns a volume, if it were about the volume?
pub(super) fn tells_owner(told: &Told<'_>) -> bool {
    point(told).is_some() || owner_by_group_or_resource(told).is_some()
}

fn point(told: &Told<'_>) -> Option<Point<Name>> {
    let Claim::Volume(_, claim) = &told.fact.claim else { return None };
    let reporter = told.fact.reporter.as_ref();
    match claim {
        // 8704 is logged by the owner itself when it connects to its own file system; a snapshot names anybody.
        VolumeClaim::Coordinator { node } => {
            let owner = node.as_ref().or(reporter)?.clone();
            let own_word = !told.is_collected() && reporter == Some(&owner);
            Some(if own_word { Point::becomes(told, CSVFS, owner) } else { Point::is(told, SNAPSHOT, owner) })
        }
        VolumeClaim::NotCoordinator { .. } => {
            Some(Point::new(told, CSVFS, Said::Not(reporter?.clone()), Said::Not(reporter?.clone())))
        }
        _ => None,
    }
}

/// What a group or resource claim says of the owner. VM roles are folded by the same rules.
pub(super) fn owner_by_group_or_resource(told: &Told<'_>) -> Option<Point<Name>> {
    let reporter = told.fact.reporter.as_ref();
    let is = |name: &Name| Said::Is(name.clone());
    let point = |rank, before, after| Some(Point::new(told, rank, before, after));
    match &told.fact.claim {
        Claim::Group(_, GroupClaim::On { node, .. }) | Claim::Resource(_, ResourceClaim::On { node, .. }) => {
            Some(Point::is(told, SNAPSHOT, node.clone()))
        }
        Claim::Group(_, GroupClaim::Moving { from, to, kind }) => {
            let from = from.as_ref().filter(|from| *from != to && *kind != MoveKind::NodeDown);
            let before = from.map_or(Said::Nothing, is);
            let moving = Point::new(told, MOVE, before, is(to)).announced();
            match kind {
                // Logged when the move begins: until something confirms the target, the owner may still be the old one.
                MoveKind::Unsaid | MoveKind::Failover | MoveKind::Failback => {
                    let after = if from.is_some() { Said::Nothing } else { Said::Ended };
                    Some(Point { after, announced: false, ..moving })
                }
                _ => Some(moving),
            }
        }
        // A refused or failed move leaves open where the group ended up.
        Claim::Group(_, GroupClaim::MoveFailed { .. }) => point(MOVE, Said::Nothing, Said::Ended),
        Claim::Group(_, GroupClaim::State { to, here: true, .. }) => match to {
            GroupState::Online | GroupState::PartialOnline => point(RESOURCE, Said::Nothing, is(reporter?)),
            GroupState::Offline => point(RESOURCE, is(reporter?), Said::Ended),
            _ => None,
        },
        Claim::Resource(_, ResourceClaim::State { to, here: true, .. }) => match to {
            ResourceState::Online => point(RESOURCE, Said::Nothing, is(reporter?)),
            // It was here, and is about to leave or to come back: the next statement tells.
            ResourceState::GoingOffline(_) => point(RESOURCE, is(reporter?), Said::Ended),
            ResourceState::Offline => point(RESOURCE, is(reporter?), Said::Ended),
            _ => None,
        },
        Claim::Resource(_, ResourceClaim::MovedGroup { from_node, to_node, .. }) => {
            point(MOVE, is(from_node), is(to_node))
        }
        _ => None,
    }
}
