//! The separate reasons that together make a volume's I/O mode on a node, each folded on its own.
//!
//! A row of `Get-ClusterSharedVolumeState` states them all at once; events turn single ones on and off.

use std::collections::{BTreeMap, BTreeSet};

use super::block;
use super::cover::{Cover, Intervals};
use super::fold::{Carry, Point, Said, fold};
use super::told::{Told, World};
use super::window::{assumed_within, fold_within, windows};
use super::{NodeStory, Piece, Timeline};
use crate::fact::{
    BlockReasons, Certainty, Claim, FsReasons, Instant, IoMode, ModeKind, Name, RedirectCause, Role, Span,
    VolumeClaim, VolumeState,
};

/// A reason that is on (with the bits that name it) or off.
pub(super) type Fs = Option<FsReasons>;

/// Both filter bits.
const FILTERS: FsReasons =
    FsReasons(FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER.0 | FsReasons::INCOMPATIBLE_VOLUME_FILTER.0);

/// Rows and events state the mode itself; a flag of the volume's resource is weaker.
pub(super) const STATED: u8 = 1;
const FLAG: u8 = 2;

/// How long a new owner takes to look at its filters and log 5125, nanoseconds.
const FILTER_CHECK: i64 = 60_000_000_000;

/// A node that has been up this long had its volumes mounted: what 5121 ends was direct access.
const SETTLED: i64 = 600_000_000_000;

/// How long all nodes take over a change of a volume, and log it, nanoseconds.
pub(super) const CYCLE: i64 = 15_000_000_000;

/// How long nodes and files take to tell of one change, nanoseconds.
const RETOLD: u64 = 3_000_000_000;

/// The layers of one volume on one node.
pub(super) struct Layers {
    /// An administrator or script asked.
    pub(super) user: Timeline<Fs>,
    /// Filters on the owner's stack.
    pub(super) filter: Timeline<Fs>,
    /// Tiering, BitLocker, reasons that the source does not name; ReFS as far as rows name it. No event tells of them:
    /// since Windows has them, only that CSVFS did not go through its states says that they did not change.
    pub(super) rest: Timeline<Fs>,
    /// Backup mode; folded only where Windows still redirects for it.
    pub(super) backup: Timeline<Fs>,
    /// Block redirection: lost disk paths.
    pub(super) block: Timeline<Option<BlockReasons>>,
    /// In maintenance, which the owner tells: no node has access.
    pub(super) maintenance: Timeline<bool>,
    /// This node has no access, which it tells itself.
    pub(super) cut: Timeline<bool>,
}

/// What each node tells of itself, whichever the volume.
pub(super) struct Own {
    /// File-system filters that `fltmc` lists.
    pub(super) filters: BTreeMap<Name, BTreeSet<Name>>,
    /// When it lost its volumes (`false`) or began to mount them, in order.
    pub(super) mounts: BTreeMap<Name, Vec<(Instant, bool)>>,
}

/// What the layers of one volume share over all nodes.
pub(super) struct Shared<'a> {
    /// Facts about the volume.
    pub(super) claims: &'a [Told<'a>],
    /// Its owners.
    pub(super) coordinator: &'a Timeline<Name>,
    /// The owner's logs, over all owners.
    pub(super) owner_cover: Cover,
    /// The CSVFS logs of any node: a change on the volume pauses it everywhere.
    pub(super) cycle_cover: Cover,
    /// Reasons without an event of their own are possible: `false` before Windows had them.
    pub(super) unsaid: bool,
    /// Events can name it.
    pub(super) named: bool,
    /// The volume lies on storage that every node reaches by itself.
    pub(super) lun: bool,
    /// What says of a node that it sees the disk, where a node that sees it is not redirected below the file system: of the
    /// three reasons for that, one is that the node does not see the disk, one is of spaces, one of replicas.
    pub(super) reached: Option<&'a BTreeMap<Name, Told<'a>>>,
    /// Windows redirects while backup mode is on (2008 R2): `None` where the build is not known.
    pub(super) backup_redirects: Option<bool>,
    /// It was in maintenance at some time.
    pub(super) maintained: bool,
    /// File-system filters that `fltmc` lists, by node.
    pub(super) filters: &'a BTreeMap<Name, BTreeSet<Name>>,
    /// When each node lost its volumes (`false`) or began to mount them, in order.
    pub(super) mounts: &'a BTreeMap<Name, Vec<(Instant, bool)>>,
}

/// The logs of whoever owned the volume, while ownership is certain; else those of all nodes that are not known to be down.
pub(super) fn owner_cover(coordinator: &Timeline<Name>, nodes: &[NodeStory], world: &World<'_>) -> Cover {
    let mut out = Cover::default();
    for (from, to, owner) in windows(&certain(coordinator), world) {
        if let Some(owner) = owner {
            out.add(from, to, &world.coverage.mode(&owner));
            continue;
        }
        let down = |node: &&NodeStory| {
            let piece = node.up.piece_at(from);
            piece.is_some_and(|p| {
                let lasts = p.span.to.is_none_or(|end| end >= to);
                p.value == Some(false) && p.span.certainty >= Certainty::Derived && lasts
            })
        };
        let able = nodes.iter().filter(|node| !down(node)).filter_map(|node| node.name.as_ref());
        let all = able.map(|node| world.coverage.mode(node)).reduce(|all, one| all.and(&one));
        out.add(from, to, &all.unwrap_or_default());
    }
    out
}

/// When the volume left an owner: where that is told, else where the next one begins. An owner that begins only because
/// knowledge does is no change.
fn moves(coordinator: &Timeline<Name>) -> Vec<Instant> {
    let mut out = Vec::new();
    let mut before: Option<&Name> = None;
    let mut told = false;
    for (at, piece) in coordinator.pieces.iter().enumerate() {
        let Some(owner) = &piece.value else { continue };
        if let Some(from) = piece.span.from
            && before.is_some_and(|before| before != owner)
            && !told
        {
            out.push(from);
        }
        let closed = piece.span.evidence.iter().any(|e| e.role == Role::Closes);
        let next = coordinator.pieces.get(at + 1);
        told = closed && next.is_some_and(|next| next.value.as_ref() != Some(owner));
        out.extend(piece.span.to.filter(|_| told));
        before = Some(owner);
    }
    out
}

/// Where CSVFS left its active state and nothing else was told that would make it do so: a reason of which no event
/// tells may have come or gone. One change explains one such cycle on each node, and not a second one beside it.
fn cycles(shared: &Shared<'_>) -> Vec<Point<Fs>> {
    let owners = moves(shared.coordinator).into_iter().map(|at| (None, at));
    let told = shared.claims.iter().filter(|told| explains(told));
    let told = told.filter_map(|told| match &told.fact.claim {
        Claim::Volume(_, claim) => Some((Some(std::mem::discriminant(claim)), told.at)),
        _ => None,
    });
    let mut known: Vec<Instant> = Vec::new();
    let mut kinds: Vec<(Option<std::mem::Discriminant<VolumeClaim>>, Instant)> = Vec::new();
    for (kind, at) in owners.chain(told) {
        // Nodes and files tell of one change within moments.
        let again = kinds.iter_mut().rev().find(|last| last.0 == kind);
        match again {
            Some(last) if at.0.abs_diff(last.1.0) <= RETOLD => last.1 = at,
            Some(last) => {
                last.1 = at;
                known.push(at);
            }
            None => {
                kinds.push((kind, at));
                known.push(at);
            }
        }
    }
    known.sort_unstable();
    let near = |from: Instant, to: Instant| {
        let begin = known.partition_point(|at| at.0 < from.0.saturating_sub(CYCLE));
        known[begin..].partition_point(|at| at.0 <= to.0.saturating_add(CYCLE))
    };
    let mut left: BTreeMap<Option<&Name>, Vec<Instant>> = BTreeMap::new();
    let mut out: Vec<Point<Fs>> = Vec::new();
    for told in shared.claims {
        let Claim::Volume(_, VolumeClaim::Transition { from, to, .. }) = &told.fact.claim else { continue };
        // To its initial state it goes by itself, when the cluster service is gone.
        if *from != VolumeState::Active || *to == VolumeState::Init {
            continue;
        }
        let before = left.entry(told.fact.reporter.as_ref()).or_default();
        if before.last() != Some(&told.at) {
            before.push(told.at);
        }
        // However far clocks may be off: another change nearby explains nothing.
        let first = before.partition_point(|at| at.0 < told.at.0.saturating_sub(2 * CYCLE));
        let unexplained = before[first..].iter().rev().zip(1..).any(|(&at, count)| near(at, told.at) < count);
        if unexplained {
            out.push(Point::new(told, STATED, Said::Ended, Said::Ended));
        }
    }
    out
}

/// The cycles that the end of a filter does not explain: where a filter was known to be on until one, and known to be off
/// after it, that is what changed.
fn beside_filters(mut cycles: Vec<Point<Fs>>, filter: &Timeline<Fs>) -> Vec<Point<Fs>> {
    let sure = |p: &&Piece<Fs>| p.span.certainty >= Certainty::Derived;
    for (at, on) in filter.pieces.iter().enumerate().filter(|(_, p)| matches!(p.value, Some(Some(_)))) {
        let off = filter.pieces[at + 1..].iter().find(|p| p.value.is_some()).filter(sure);
        let off = off.filter(|p| p.value == Some(None)).and_then(|p| p.span.from);
        let (Some(begin), Some(end), true) = (on.span.to, off, sure(&on)) else { continue };
        let there = |cycle: &Point<Fs>| begin <= cycle.at && cycle.at <= end;
        let mut clocks: Vec<_> = cycles.iter().filter(|c| there(c)).map(|c| c.clock).collect();
        let count = clocks.len();
        clocks.sort_unstable();
        clocks.dedup();
        // A second change on a node would have made a second cycle.
        if end.0 - begin.0 <= CYCLE && clocks.len() == count {
            cycles.retain(|cycle| !there(cycle));
        }
    }
    cycles
}

/// A change that makes CSVFS go through its states.
fn explains(told: &Told<'_>) -> bool {
    let Claim::Volume(_, claim) = &told.fact.claim else { return false };
    matches!(
        claim,
        VolumeClaim::RedirectedAccess { .. }
            | VolumeClaim::Maintenance { .. }
            | VolumeClaim::FilterFound { .. }
            | VolumeClaim::DirectAccessLost
            | VolumeClaim::Resumed
            | VolumeClaim::AutoPaused { .. }
            | VolumeClaim::NoAccess { .. }
            | VolumeClaim::Backup { .. }
            | VolumeClaim::Snapshot { .. }
    ) && !told.is_collected()
}

/// Redirections that this Windows does not know.
fn never() -> Timeline<Fs> {
    let span = Span { from: None, to: None, certainty: Certainty::Derived, evidence: Vec::new() };
    Timeline { pieces: vec![Piece { span, value: Some(None) }] }
}

/// The timeline with everything below `derived` unknown.
pub(super) fn certain<T: Clone>(timeline: &Timeline<T>) -> Timeline<T> {
    let mut out = timeline.clone();
    for piece in out.pieces.iter_mut().filter(|p| p.span.certainty < Certainty::Derived) {
        piece.value = None;
    }
    out
}

impl Layers {
    pub(super) fn fold(node: &Name, shared: &Shared<'_>, world: &World<'_>) -> Self {
        let own = if shared.named { world.coverage.mode(node) } else { Cover::default() };
        let mut points = Points { own: own.intervals.clone(), ..Points::default() };
        for told in shared.claims {
            points.take(told, node, shared);
        }
        if !points.listed && shared.lun && !shared.unsaid {
            points.owned(node, shared.coordinator, world);
        }
        block::lost_with_the_volume(&mut points.block, node, shared.coordinator, world);
        if let Some(told) = shared.reached.and_then(|reached| reached.get(node)) {
            points.block.push(Point::is(told, FLAG, None));
        }
        let by_owner = |_: &Fs| shared.owner_cover.clone();
        let told_by_owner = |_: &bool| shared.owner_cover.clone();
        // A row that says "unavailable" may also mean maintenance.
        let both = own.and(&shared.owner_cover);
        let by_node = |cut: &bool| if *cut { both.clone() } else { own.clone() };
        let carry = Carry::lasting(&by_owner, world.from, world.to);
        let carry_maintenance = Carry::lasting(&told_by_owner, world.from, world.to);
        let carry_cut = Carry::lasting(&by_node, world.from, world.to);
        let owners = windows(shared.coordinator, world);
        let block_windows: Vec<(Instant, Instant)> = if shared.lun {
            vec![(world.from, world.to)]
        } else {
            // On spaces a node's path comes and goes with ownership: nothing is carried across that.
            let mut out: Vec<(Instant, Instant, Option<bool>)> = Vec::new();
            for (from, to, owner) in &owners {
                let here = owner.as_ref().map(|owner| owner == node);
                match out.last_mut() {
                    Some(last) if last.2 == here => last.1 = *to,
                    _ => out.push((*from, *to, here)),
                }
            }
            out.into_iter().map(|w| (w.0, w.1)).collect()
        };
        let mounting = points.mounting(shared.mounts.get(node).map_or(&[], Vec::as_slice), world.to);
        let filter = points.filter(&owners, shared, world);
        Self {
            user: fold(points.user, &carry),
            rest: if shared.unsaid {
                let cover = |_: &Fs| shared.cycle_cover.clone();
                points.rest.extend(beside_filters(cycles(shared), &filter));
                fold(points.rest, &Carry { cover: &cover, ..carry })
            } else if points.rest.is_empty() {
                never()
            } else {
                fold(points.rest, &carry)
            },
            filter,
            backup: fold(points.backup, &carry),
            block: block::fold(&points.block, &block_windows, &own),
            maintenance: fold(points.maintenance, &carry_maintenance),
            cut: assumed_within(&fold(points.cut, &carry_cut), &mounting, &false, world.from),
        }
    }
}

#[derive(Default)]
struct Points {
    own: Intervals,
    /// A row lists the node.
    listed: bool,
    user: Vec<Point<Fs>>,
    filters: Vec<Point<Fs>>,
    /// Filters found, with the node on whose stack.
    found: Vec<(Point<Fs>, Name)>,
    rest: Vec<Point<Fs>>,
    backup: Vec<Point<Fs>>,
    block: Vec<Point<Option<BlockReasons>>>,
    maintenance: Vec<Point<bool>>,
    cut: Vec<Point<bool>>,
    /// When 5121 was told, without 5122 yet.
    lost: Option<Instant>,
    /// A pause or loss of access without its end yet.
    held: bool,
}

impl Points {
    /// A node that takes the volume over mounts it: it has a path and access then. Only where no row lists the node, and where
    /// neither spaces nor replicas can take the path away again with the ownership.
    fn owned(&mut self, node: &Name, coordinator: &Timeline<Name>, world: &World<'_>) {
        for Piece { span, value } in &coordinator.pieces {
            if value.as_ref() != Some(node) || span.certainty < Certainty::Derived {
                continue;
            }
            let opens = span.evidence.iter().find(|e| e.role == Role::Opens);
            let at = opens.and_then(|e| world.told.binary_search_by_key(&e.fact, |told| told.id).ok());
            if let Some(told) = at.map(|at| &world.told[at]).filter(|told| span.from == Some(told.at)) {
                self.block.push(Point::is(told, STATED, None));
                self.cut.push(Point::is(told, STATED, false));
            }
        }
    }

    /// From where the node lost its volumes, or began to mount them, until something tells that it has access to this one: by
    /// itself that is known only after a while. What begins was not so before, since when nothing told of access.
    fn mounting(&self, mounts: &[(Instant, bool)], end: Instant) -> Vec<(Instant, Instant)> {
        let access = self.cut.iter().filter(|p| p.before == Said::Is(false) || p.after == Said::Is(false));
        let mut access: Vec<Instant> = access.map(|p| p.at).collect();
        access.sort_unstable();
        let stretch = |(at, (from, begins)): (usize, &(Instant, bool))| {
            let long = match begins {
                true => Instant(from.0.saturating_add(SETTLED)),
                false => mounts[at + 1..].iter().find(|next| next.1).map_or(end, |next| next.0),
            };
            let next = access.partition_point(|at| at <= from);
            let until = access.get(next).map_or(long, |told| long.min(*told));
            if !begins {
                return (*from, until);
            }
            let last = access[..next].last().copied();
            let earlier = mounts[..at].last().map(|mount| mount.0);
            let logged = self.own.around(*from).map(|part| part.0);
            ([last, earlier, logged].into_iter().flatten().max().unwrap_or(*from), until)
        };
        mounts.iter().enumerate().map(stretch).collect()
    }

    /// Facts come in order of time.
    fn take(&mut self, told: &Told<'_>, node: &Name, shared: &Shared<'_>) {
        let Claim::Volume(_, claim) = &told.fact.claim else { return };
        let here = told.fact.reporter.as_ref() == Some(node);
        let switch = |on: bool, bits: FsReasons| -> Fs { on.then_some(bits) };
        match claim {
            VolumeClaim::Mode { node: named, mode }
                if told.node_or_reporter(named.as_ref()).as_ref() == Some(node) =>
            {
                self.row(told, mode, shared.maintained);
            }
            VolumeClaim::RedirectedAccess { on } => {
                let value = switch(*on, FsReasons::USER_REQUEST);
                let other = switch(!*on, FsReasons::USER_REQUEST);
                self.user.push(if told.is_collected() {
                    Point::is(told, FLAG, value)
                } else {
                    Point::new(told, STATED, Said::Is(other), Said::Is(value))
                });
            }
            VolumeClaim::FilterFound { cause, .. } => {
                let bits = match cause {
                    RedirectCause::FileSystemFilter => FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER,
                    RedirectCause::VolumeFilter => FsReasons::INCOMPATIBLE_VOLUME_FILTER,
                };
                let point = Point::becomes(told, STATED, Some(bits));
                match &told.fact.reporter {
                    Some(reporter) => self.found.push((point, reporter.clone())),
                    None => self.filters.push(point),
                }
            }
            VolumeClaim::Backup { on } => match shared.backup_redirects {
                Some(true) => {
                    self.backup.push(Point::becomes(told, STATED, switch(*on, FsReasons::default())));
                }
                Some(false) => {}
                None if *on => self.backup.push(Point::new(told, STATED, Said::Nothing, Said::Ended)),
                None => self.backup.push(Point::becomes(told, STATED, None)),
            },
            VolumeClaim::Maintenance { on } => self.maintenance.push(if told.is_collected() {
                Point::is(told, FLAG, *on)
            } else {
                Point::new(told, STATED, Said::Is(!*on), Said::Is(*on))
            }),
            // [MS-CMRP] 2.2.3.18: accessible on all nodes, and neither in maintenance nor in redirected or backup mode,
            // which the volume's filters are not part of.
            VolumeClaim::Fault { flags: 0 } if told.is_collected() => {
                self.maintenance.push(Point::is(told, FLAG, false));
                self.cut.push(Point::is(told, FLAG, false));
                self.user.push(Point::is(told, FLAG, None));
                if shared.backup_redirects == Some(true) {
                    self.backup.push(Point::is(told, FLAG, None));
                }
            }
            VolumeClaim::NoAccess { .. } if here => {
                self.cut.push(Point::becomes(told, STATED, true));
                self.held = true;
            }
            VolumeClaim::AutoPaused { .. } if here => {
                self.cut.push(Point::is(told, STATED, false));
                self.held = true;
            }
            VolumeClaim::State { node: named, state: VolumeState::Active, .. }
                if told.node_or_reporter(named.as_ref()).as_ref() == Some(node) =>
            {
                self.cut.push(if told.is_collected() {
                    Point::is(told, FLAG, false)
                } else {
                    Point::becomes(told, STATED, false)
                });
            }
            VolumeClaim::Transition { from: VolumeState::Active, .. } if here => {
                self.cut.push(Point::is(told, STATED, false));
            }
            // On 2008 R2 backup mode logs 5121 too: which redirection it was is not told.
            VolumeClaim::DirectAccessLost if here && shared.backup_redirects == Some(true) => {
                self.block.push(Point::new(told, STATED, Said::Ended, Said::Ended));
            }
            // It tells of the disk alone: whether the file system was redirected above it is not said.
            VolumeClaim::DirectAccessLost if here => {
                self.cut.push(Point::is(told, STATED, false));
                let long = Instant(told.at.0 - SETTLED);
                let before = match self.own.around(told.at) {
                    Some((from, _)) if from <= long && self.lost.is_none() => Said::Is(None),
                    _ => Said::Nothing,
                };
                self.block.push(Point::new(told, STATED, before, Said::Is(Some(BlockReasons::default()))));
                (self.lost, self.held) = (Some(told.at), false);
            }
            VolumeClaim::Resumed if here => {
                self.cut.push(Point::becomes(told, STATED, false));
                let since = self.own.around(told.at).map(|logged| logged.0);
                match self.lost {
                    // Nothing else can have ended.
                    Some(lost) if !self.held && since.is_some_and(|since| since <= lost) => {
                        self.block.push(Point::becomes(told, STATED, None));
                        self.lost = None;
                    }
                    // The end of a pause, or of the lost path with it.
                    Some(_) => self.block.push(Point::new(told, STATED, Said::Nothing, Said::Ended)),
                    // Something ended that these logs do not show the beginning of.
                    None if !self.held => {
                        self.block.push(Point::new(told, STATED, Said::Ended, Said::Nothing));
                        self.filters.push(Point::new(told, STATED, Said::Ended, Said::Ended));
                    }
                    None => {}
                }
                self.held = false;
            }
            _ => {}
        }
    }

    fn row(&mut self, told: &Told<'_>, mode: &IoMode, maintained: bool) {
        self.listed = true;
        if mode.kind == ModeKind::Unavailable {
            let unavailable = if maintained { &mut self.maintenance } else { &mut self.cut };
            unavailable.push(Point::is(told, STATED, true));
            return;
        }
        self.maintenance.push(Point::is(told, STATED, false));
        self.cut.push(Point::is(told, STATED, false));
        let redirected = mode.kind == ModeKind::FileSystemRedirected;
        let bits = if redirected { mode.file_system } else { FsReasons::default() };
        let named = !redirected || !bits.is_empty();
        let of = |mask: u64| Some(FsReasons(bits.0 & mask)).filter(|bits| !bits.is_empty());
        let rest = of(!(FILTERS.0 | FsReasons::USER_REQUEST.0));
        if named {
            self.user.push(Point::is(told, STATED, of(FsReasons::USER_REQUEST.0)));
            self.filters.push(Point::is(told, STATED, of(FILTERS.0)));
            self.rest.push(Point::is(told, STATED, rest));
        } else {
            self.rest.push(Point::is(told, STATED, Some(FsReasons::default())));
        }
        match mode.kind {
            ModeKind::Direct => self.block.push(Point::is(told, STATED, None)),
            ModeKind::BlockRedirected => self.block.push(Point::is(told, STATED, Some(mode.block))),
            _ if !mode.block.is_empty() => self.block.push(Point::is(told, STATED, Some(mode.block))),
            _ => {}
        }
    }

    /// Filters are looked for on the owner's stack: each ownership stands for itself. One without a statement is off
    /// when its start is in the new owner's logs without 5125, or its filters are among those of an owner found
    /// clean; else only assumed to be as the others.
    fn filter(
        &self,
        owners: &[(Instant, Instant, Option<Name>)],
        shared: &Shared<'_>,
        world: &World<'_>,
    ) -> Timeline<Fs> {
        let owner_at = |at: Instant| {
            let end = owners.partition_point(|w| w.0 <= at);
            owners[..end].last().and_then(|w| w.2.clone())
        };
        let stated_off = |p: &&Point<Fs>| p.after == Said::Is(None) && p.rank == STATED;
        let clean: Vec<Name> =
            self.filters.iter().filter(stated_off).filter_map(|p| owner_at(p.at)).collect();
        let gone = shared.cycle_cover.and(&shared.owner_cover);
        let cover = |value: &Fs| if value.is_some() { gone.clone() } else { shared.owner_cover.clone() };
        let mut points = self.filters.clone();
        points.extend(self.found.iter().map(|(point, node)| owned(point, node, owners)));
        points.sort_by_key(|p| (p.at, p.fact));
        // Events tell of filters that were found, none tells that they are gone.
        let on = |cycle: &Point<Fs>| {
            let before = points.partition_point(|p| (p.at, p.fact) < (cycle.at, cycle.fact));
            matches!(points[..before].last(), Some(Point { after: Said::Is(Some(_)), .. }))
        };
        let ends: Vec<Point<Fs>> = cycles(shared)
            .into_iter()
            .filter(on)
            .map(|cycle| Point { before: Said::Nothing, ..cycle })
            .collect();
        points.extend(ends);
        points.sort_by_key(|p| (p.at, p.fact));
        let mut pieces: Vec<Piece<Fs>> = Vec::new();
        for (at, (from, to, owner)) in owners.iter().enumerate() {
            let (first, last) = (at == 0, at + 1 == owners.len());
            let begin = points.partition_point(|p| p.at < *from);
            let end = points.partition_point(|p| p.at < *to || (last && p.at == *to));
            let own = &points[begin.min(end)..end];
            // While nobody is known to own it, its owner may change unseen, and the filters with it.
            let within = |_: usize, value: &Fs| if owner.is_some() { cover(value) } else { Cover::default() };
            let mut part = fold_within(own, &[(*from, *to)], &within).pieces;
            if let Some(end) = part.first_mut() {
                end.span.from = (!first).then_some(*from);
            }
            if let Some(end) = part.last_mut() {
                end.span.to = (!last).then_some(*to);
            }
            // What the stretch before the first statement can be told from.
            // It may have begun at any time since nobody is known to own it.
            let gap = owners[..at].iter().rev().take_while(|window| window.2.is_none()).count();
            let before = owners[..at - gap].last().and_then(|window| window.2.as_ref());
            let since = before.map_or(*from, |_| owners[at - gap].0);
            let logged = owner.as_ref().and_then(|owner| world.coverage.mode(owner).intervals.around(since));
            let looked = Instant(from.0.saturating_add(FILTER_CHECK));
            // An ownership that begins only because knowledge does was not checked at its start.
            let begun = shared.coordinator.piece_at(*from);
            let gained = begun.is_some_and(|p| p.span.evidence.iter().any(|e| e.role == Role::Opens));
            let other = before != owner.as_ref();
            let checked = !first && gained && other && logged.is_some_and(|span| span.1 >= looked.min(*to));
            let alike = owner.as_ref().and_then(|owner| shared.filters.get(owner)).is_some_and(|mine| {
                clean.iter().filter_map(|other| shared.filters.get(other)).any(|other| mine.is_subset(other))
            });
            let found = self.found.iter().any(|(point, node)| {
                let reach = FILTER_CHECK.saturating_add(point.spread.saturating_mul(2));
                let (low, high) = (since.0.saturating_sub(reach), from.0.saturating_add(reach));
                owner.as_ref() == Some(node) && (low..=high).contains(&point.at.0)
            });
            let sure = match (checked || alike, clean.is_empty()) {
                // Found at once: they were there when the node took over.
                _ if found && !first => None,
                (true, _) => Some(Certainty::Derived),
                (false, false) => Some(Certainty::Assumed),
                (false, true) => None,
            };
            if let (Some(head), Some(sure)) = (part.first_mut(), sure)
                && head.value.is_none()
            {
                let (begin, end) = (*from, head.span.to.unwrap_or(world.to));
                let logged = shared.owner_cover.intervals.around(begin).map_or(begin, |span| span.1);
                // What is told in it is not decided: it may have begun with any of that.
                let covered = if head.span.evidence.is_empty() { logged } else { begin };
                head.value = Some(None);
                head.span.certainty = if covered >= end { sure } else { Certainty::Assumed };
                // As far as the owner's logs go it is as sure as that.
                if begin < covered && covered < end && sure > Certainty::Assumed {
                    let known = Span { to: Some(covered), certainty: sure, ..head.span.clone() };
                    head.span.from = Some(covered);
                    part.insert(0, Piece { span: known, value: Some(None) });
                }
            }
            pieces.append(&mut part);
        }
        in_transit(&mut pieces, &shared.owner_cover);
        Timeline { pieces }
    }
}

/// While the volume changes hands nobody's filters redirect it, where neither those of the old owner nor those of the new one do
/// and no node's logs tell of others.
fn in_transit(pieces: &mut [Piece<Fs>], cover: &Cover) {
    let off = |p: &Piece<Fs>| p.value == Some(None) && p.span.certainty >= Certainty::Derived;
    for at in 1..pieces.len().saturating_sub(1) {
        let span = &pieces[at].span;
        let Some((from, to)) = span.from.zip(span.to) else { continue };
        let told = cover.intervals.around(from).is_some_and(|part| part.1 >= to);
        let bare = pieces[at].value.is_none() && span.evidence.is_empty() && to.0 - from.0 <= CYCLE;
        if bare && told && off(&pieces[at - 1]) && off(&pieces[at + 1]) {
            pieces[at].value = Some(None);
            pieces[at].span.certainty = Certainty::Derived;
        }
    }
}

/// A filter is found by the owner: by another clock than ownership is told by, the find may seem to stand outside of
/// it. It goes into the finder's nearest ownership within reach of both clocks.
fn owned(point: &Point<Fs>, node: &Name, owners: &[(Instant, Instant, Option<Name>)]) -> Point<Fs> {
    let reach = point.spread.saturating_mul(2);
    let low = Instant(point.at.0.saturating_sub(reach));
    let high = Instant(point.at.0.saturating_add(reach));
    let begin = owners.partition_point(|window| window.1 < low);
    let near = owners[begin..].iter().take_while(|window| window.0 <= high);
    let within = |window: &&(Instant, Instant, Option<Name>)| point.at.clamp(window.0, window.1);
    let own = near.filter(|window| window.2.as_ref() == Some(node));
    let best = own.min_by_key(|window| within(window).0.abs_diff(point.at.0));
    let at = best.map_or(point.at, |window| {
        // The window's end belongs to the next one.
        if within(&window) == window.1 { Instant((window.1.0 - 1).max(window.0.0)) } else { within(&window) }
    });
    Point { at, ..point.clone() }
}
