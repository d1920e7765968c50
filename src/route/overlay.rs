//! Placement x ownership x mode x state, over time.

use std::collections::BTreeMap;

use super::{Route, RouteKind};

use crate::fact::{Certainty, Evidence, Instant, IoMode, ModeKind, Name, Span, VmState, VolumeState};
use crate::timeline::told::World;
use crate::timeline::window::unordered;
use crate::timeline::{Piece, Placement, Timeline, VmStory, VolumeStory};

const NODE: &str = "node";
const RUNNING: &str = "running";
const COORDINATOR: &str = "coordinator";
const MODE: &str = "mode";
const VOLUME: &str = "volume";
const STATE: &str = "state";
/// The VM's node is the coordinator and reports block redirection: one of the sources is wrong.
const CONTRADICTION: &str = "contradiction";

/// The routes of every disk of every VM, by VM, disk and time. Stretches in which a VM is known not to run have none.
#[must_use]
pub fn routes(world: &World<'_>, vms: &[VmStory], volumes: &[VolumeStory]) -> Vec<Route> {
    let tracks: Vec<Tracks<'_>> = volumes.iter().map(Tracks::new).collect();
    let mut out = Vec::new();
    for (vm, story) in vms.iter().enumerate() {
        let stays = stays(&story.placement.pieces);
        for (disk, file) in story.disks.iter().enumerate() {
            let tracks = file.volume.map(|at| &tracks[at]);
            let ran = may_have_run(story);
            for (placed, stay) in story.placement.pieces.iter().zip(&stays).filter(|(p, _)| runs(p)) {
                let begin = out.len();
                let base = Route {
                    span: placed.span.clone(),
                    vm,
                    disk,
                    volume: file.volume,
                    node: placed.value.as_ref().map(|p| p.node.clone()),
                    coordinator: None,
                    route: RouteKind::Unknown,
                    missing: Vec::new(),
                    bytes: None,
                };
                match (&placed.value, tracks) {
                    (_, None) => out.push(unknown(base, VOLUME)),
                    (None, _) => out.push(unknown(base, NODE)),
                    (Some(_), _) if !ran => out.push(unknown(base, RUNNING)),
                    (Some(_), Some(tracks)) => stretch(&base, placed, stay, tracks, world, &mut out),
                }
                if begin > 0 && begin < out.len() {
                    let later = out.split_off(begin);
                    later.into_iter().for_each(|route| append(&mut out, route));
                }
            }
        }
    }
    out
}

/// The stay at its node that each piece belongs to: that it is not known any more to run is no end of it.
fn stays(pieces: &[Piece<Placement>]) -> Vec<Span> {
    let goes_on = |pair: &[Piece<Placement>]| {
        let node = |p: &Piece<Placement>| p.value.as_ref().map(|p| p.node.clone());
        let alike = pair[0].span.certainty == pair[1].span.certainty && node(&pair[0]) == node(&pair[1]);
        alike && pair.iter().all(runs) && node(&pair[0]).is_some()
    };
    let mut out: Vec<Span> = Vec::with_capacity(pieces.len());
    let mut from = 0;
    for at in 0..pieces.len() {
        if pieces.get(at..at + 2).is_some_and(goes_on) {
            continue;
        }
        let mut stay = pieces[from].span.clone();
        stay.to = pieces[at].span.to;
        stay.evidence.extend(pieces[from + 1..=at].iter().flat_map(|p| p.span.evidence.iter().copied()));
        out.resize(at + 1, stay);
        from = at + 1;
    }
    out
}

fn runs(piece: &Piece<Placement>) -> bool {
    let state = piece.value.as_ref().and_then(|p| p.state.as_ref());
    !rests(state)
}

fn rests(state: Option<&VmState>) -> bool {
    matches!(state, Some(VmState::Off | VmState::Saved | VmState::Paused))
}

/// A VM that is only ever seen at rest sent nothing that could be known of: its place alone is no traffic.
fn may_have_run(story: &VmStory) -> bool {
    let mut states =
        story.placement.pieces.iter().filter_map(|p| p.value.as_ref()?.state.as_ref()).peekable();
    states.peek().is_none() || states.any(|state| !rests(Some(state)))
}

fn unknown(mut route: Route, missing: &'static str) -> Route {
    route.span.certainty = Certainty::Unknown;
    route.missing = vec![missing];
    route
}

/// A volume's timelines by node.
struct Tracks<'a> {
    coordinator: &'a Timeline<Name>,
    modes: BTreeMap<&'a Name, &'a Timeline<IoMode>>,
    states: BTreeMap<&'a Name, &'a Timeline<VolumeState>>,
}

impl<'a> Tracks<'a> {
    fn new(volume: &'a VolumeStory) -> Self {
        Self {
            coordinator: &volume.coordinator,
            modes: volume.io_mode.iter().map(|(node, timeline)| (node, timeline)).collect(),
            states: volume.state.iter().map(|(node, timeline)| (node, timeline)).collect(),
        }
    }
}

/// The piece in force from `from` on, out of those of a stretch.
fn current<T>(pieces: &[Piece<T>], from: Option<Instant>) -> Option<&Piece<T>> {
    let end =
        pieces.partition_point(|p| p.span.from.is_none_or(|begin| from.is_some_and(|from| begin <= from)));
    pieces[..end].last()
}

/// The stretch of one owner around `from`. Where its logs end, the owner does not change.
fn owned(pieces: &[Piece<Name>], from: Option<Instant>) -> Option<Span> {
    let end =
        pieces.partition_point(|p| p.span.from.is_none_or(|begin| from.is_some_and(|from| begin <= from)));
    let at = end.checked_sub(1)?;
    let same = |piece: &&Piece<Name>| piece.value == pieces[at].value;
    let before = pieces[..at].iter().rev().take_while(same).count();
    let after = pieces[end..].iter().take_while(same).count();
    let (first, last) = (&pieces[at - before].span, &pieces[at + after].span);
    let mut evidence = first.evidence.clone();
    evidence.extend(last.evidence.iter().filter(|_| before + after > 0));
    Some(Span { from: first.from, to: last.to, certainty: pieces[at].span.certainty, evidence })
}

fn stretch(
    base: &Route,
    placed: &Piece<Placement>,
    stay: &Span,
    tracks: &Tracks<'_>,
    world: &World<'_>,
    out: &mut Vec<Route>,
) {
    let Some(node) = &base.node else { return };
    let owners = tracks.coordinator.during(&placed.span);
    let modes = tracks.modes.get(node).map_or(&[][..], |timeline| timeline.during(&placed.span));
    let states = tracks.states.get(node).map_or(&[][..], |timeline| timeline.during(&placed.span));
    let inside = |at: &Instant| {
        placed.span.from.is_none_or(|from| *at > from) && placed.span.to.is_none_or(|to| *at < to)
    };
    let begins = owners.iter().map(|p| p.span.from).chain(modes.iter().map(|p| p.span.from));
    let begins = begins.chain(states.iter().map(|p| p.span.from));
    let mut cuts: Vec<Instant> = begins.flatten().filter(inside).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut starts = vec![placed.span.from];
    starts.extend(cuts.into_iter().map(Some));
    for (at, &from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).copied().flatten().or(placed.span.to);
        let view = View {
            placed,
            stay,
            owner: current(owners, from),
            owned: owned(owners, from),
            mode: current(modes, from),
            state: current(states, from),
        };
        let mut route = view.route(base, node);
        (route.span.from, route.span.to) = (from, to);
        if route.span.certainty > Certainty::Assumed && unordered(&view.spans(route.route), world) {
            route.span.certainty = Certainty::Assumed;
        }
        append(out, route);
    }
}

struct View<'a> {
    placed: &'a Piece<Placement>,
    stay: &'a Span,
    owner: Option<&'a Piece<Name>>,
    /// From when to when it was that one, however surely.
    owned: Option<Span>,
    mode: Option<&'a Piece<IoMode>>,
    state: Option<&'a Piece<VolumeState>>,
}

impl View<'_> {
    /// What the route rests on.
    fn spans(&self, route: RouteKind) -> Vec<&Span> {
        let state = self.holding().map(|p| &p.span);
        let mode = self.mode.map(|p| &p.span).filter(|_| state.is_none());
        // Who owns does not matter while I/O is held. Else it does, also for direct I/O: a volume that changes hands may
        // change its mode with it.
        let owner = self.owned.as_ref().filter(|_| route != RouteKind::Held);
        [Some(self.stay), state, mode, owner].into_iter().flatten().collect()
    }

    /// The state of CSVFS, where it holds I/O.
    fn holding(&self) -> Option<&Piece<VolumeState>> {
        self.state.filter(|p| p.value.is_some_and(|s| s.holds_io() == Some(true)))
    }

    fn route(&self, base: &Route, node: &Name) -> Route {
        let owner = self.owner.and_then(|p| p.value.as_ref());
        let mut evidence: Vec<Evidence> = self.placed.span.evidence.clone();
        let mut certainty = self.placed.span.certainty;
        let mut missing = Vec::new();
        let mut rest = |piece: Option<&Span>| {
            evidence.extend(piece.into_iter().flat_map(|span| span.evidence.iter().copied()));
            certainty = certainty.min(piece.map_or(Certainty::Unknown, |span| span.certainty));
        };
        let route = match (self.holding(), self.mode.map(|p| (p, p.value))) {
            // A pause that nothing ended is not known to last.
            (Some(state), _) if state.span.certainty <= Certainty::Assumed => {
                rest(Some(&state.span));
                missing.push(STATE);
                RouteKind::Unknown
            }
            (Some(state), _) => {
                rest(Some(&state.span));
                RouteKind::Held
            }
            (None, Some((mode, Some(value)))) => {
                rest(Some(&mode.span));
                match value.kind {
                    ModeKind::Unavailable => RouteKind::Held,
                    ModeKind::Direct => RouteKind::Direct,
                    ModeKind::FileSystemRedirected | ModeKind::BlockRedirected => {
                        rest(self.owner.map(|p| &p.span));
                        let block = value.kind == ModeKind::BlockRedirected;
                        match owner {
                            None => {
                                missing.push(COORDINATOR);
                                RouteKind::Unknown
                            }
                            Some(owner) if owner == node && block => {
                                missing.push(CONTRADICTION);
                                RouteKind::Unknown
                            }
                            Some(owner) if owner == node => RouteKind::OwnerLocal,
                            Some(_) if block => RouteKind::ViaCoordinatorBlock,
                            Some(_) => RouteKind::ViaCoordinatorFs,
                        }
                    }
                }
            }
            (None, mode) => {
                rest(mode.map(|(piece, _)| &piece.span));
                if owner.is_none() {
                    missing.push(COORDINATOR);
                }
                missing.push(MODE);
                RouteKind::Unknown
            }
        };
        if route == RouteKind::Unknown {
            certainty = Certainty::Unknown;
        }
        evidence.sort_unstable();
        evidence.dedup_by_key(|e| e.fact);
        let span = Span { from: None, to: None, certainty, evidence };
        Route { span, coordinator: owner.cloned(), route, missing, ..base.clone() }
    }
}

/// Appends a route; one that goes on from the last unchanged lengthens it.
fn append(out: &mut Vec<Route>, route: Route) {
    if let Some(last) = out.last_mut() {
        let same = last.vm == route.vm
            && last.disk == route.disk
            && last.span.to == route.span.from
            && last.span.to.is_some()
            && (last.route, &last.node, &last.coordinator, &last.missing, last.span.certainty)
                == (route.route, &route.node, &route.coordinator, &route.missing, route.span.certainty);
        if same {
            last.span.to = route.span.to;
            last.span.evidence.extend(route.span.evidence);
            last.span.evidence.sort_unstable();
            last.span.evidence.dedup_by_key(|e| e.fact);
            return;
        }
    }
    out.push(route);
}
