//! The way of every VM disk over time, as it was or under changes: one [`Step`] a stretch.
//!
//! Without changes the steps are the routes of the case, cut to the evidence (a test holds that).

use std::collections::BTreeMap;

use super::Change;
use super::mode::{Situation, follows};
use crate::case::{Case, Piece, Placement, RouteKind, Timeline, VolumeStory};
use crate::detour::Window;
use crate::fact::{
    Certainty, Claim, FileSystem, FilterClaim, Instant, IoMode, ModeKind, Name, RedirectCause, VmState,
    VolumeClaim, VolumeState,
};

/// One way of one disk during a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub window: Window,
    /// Index of the VM in the case.
    pub vm: usize,
    /// Index of the disk in the VM.
    pub disk: usize,
    /// Index of the volume in the case.
    pub volume: Option<usize>,
    /// Where the VM runs.
    pub node: Option<Name>,
    /// Who owns the volume.
    pub coordinator: Option<Name>,
    /// Which way.
    pub route: RouteKind,
    /// How sure.
    pub certainty: Certainty,
    /// For `Unknown`: what is missing.
    pub missing: Option<&'static str>,
}

/// What the changes come to for one volume.
#[derive(Clone, Debug, Default)]
struct Altered {
    owner: Option<Name>,
    file_system: Option<FileSystem>,
    without_filter: bool,
    repaired: Vec<Name>,
}

impl Altered {
    fn is_nothing(&self) -> bool {
        self.owner.is_none() && self.file_system.is_none() && !self.without_filter && self.repaired.is_empty()
    }
}

/// Every step of every disk, by VM, disk and time.
#[must_use]
pub fn steps(case: &Case, changes: &[Change]) -> Vec<Step> {
    let Some(window) = Window::of_case(case) else { return Vec::new() };
    let mut moved: BTreeMap<usize, &Name> = BTreeMap::new();
    let mut altered: Vec<Altered> = vec![Altered::default(); case.volumes.len()];
    for change in changes {
        let of = |volume: &Option<usize>| volume.map_or(0..altered.len(), |at| at..at + 1);
        match change {
            Change::Move { vm, node } => drop(moved.insert(*vm, node)),
            Change::Owner { volume, node } => altered[*volume].owner = Some(node.clone()),
            Change::FileSystem { volume, to } => altered[*volume].file_system = Some(to.clone()),
            Change::RemoveFilter { volume } => {
                of(volume).for_each(|at| altered[at].without_filter = true);
            }
            Change::RepairPath { volume, node } => {
                of(volume).for_each(|at| altered[at].repaired.push(node.clone()));
            }
            Change::AddNode { .. } => {}
        }
    }
    let filters: Vec<Option<bool>> =
        altered.iter().enumerate().map(|(at, change)| filtered(case, at, change.owner.as_ref()?)).collect();
    let mut out = Vec::new();
    for (vm, story) in case.vms.iter().enumerate() {
        let ran = may_have_run(&story.placement);
        for (disk, file) in story.disks.iter().enumerate() {
            for placed in &story.placement.pieces {
                let Some(cut) = window.cut(&placed.span) else { continue };
                if rests(placed.value.as_ref()) {
                    continue;
                }
                let there = placed.value.as_ref().map(|place| &place.node);
                let base = Step {
                    window: cut,
                    vm,
                    disk,
                    volume: file.volume,
                    node: there.map(|node| moved.get(&vm).map_or(node, |to| *to).clone()),
                    coordinator: None,
                    route: RouteKind::Unknown,
                    certainty: Certainty::Unknown,
                    missing: None,
                };
                let missing = |what| Step { missing: Some(what), ..base.clone() };
                match file.volume {
                    None => append(&mut out, missing("the volume of the disk")),
                    Some(_) if base.node.is_none() => append(&mut out, missing("where the VM ran")),
                    Some(_) if !ran => append(&mut out, missing("whether the VM ran")),
                    Some(at) => {
                        let view =
                            View { story: &case.volumes[at], change: &altered[at], filters: filters[at] };
                        view.walk(&base, placed.span.certainty, &mut out);
                    }
                }
            }
        }
    }
    out
}

fn rests(place: Option<&Placement>) -> bool {
    let state = place.and_then(|place| place.state.as_ref());
    matches!(state, Some(VmState::Off | VmState::Saved | VmState::Paused))
}

/// As routes see it: a VM that is only ever seen at rest sent nothing that could be known of.
fn may_have_run(placement: &Timeline<Placement>) -> bool {
    let mut states = placement.pieces.iter().filter_map(|p| p.value.as_ref()?.state.as_ref()).peekable();
    let rest = |state: &VmState| matches!(state, VmState::Off | VmState::Saved | VmState::Paused);
    states.peek().is_none() || states.any(|state| !rest(state))
}

/// Does a node carry the filters that were found on the volume? `None` where its filters were not collected, or
/// none was named.
fn filtered(case: &Case, volume: usize, node: &Name) -> Option<bool> {
    let story = &case.volumes[volume];
    let label = Name::new(&story.label());
    let mut found: Vec<&Name> = Vec::new();
    let mut there: Vec<&Name> = Vec::new();
    for (_, placed) in case.facts() {
        match &placed.fact.claim {
            Claim::Volume(
                r,
                VolumeClaim::FilterFound { cause: RedirectCause::FileSystemFilter, drivers },
            ) if r.friendly.as_ref() == Some(&label) || (r.guid.is_some() && r.guid == story.guid) => {
                found.extend(drivers);
            }
            Claim::Filter(filter, FilterClaim::Registered { .. })
                if placed.fact.reporter.as_ref() == Some(node) =>
            {
                there.push(&filter.name);
            }
            _ => {}
        }
    }
    (!found.is_empty() && !there.is_empty()).then(|| found.iter().any(|name| there.contains(name)))
}

/// One volume under its changes.
struct View<'a> {
    story: &'a VolumeStory,
    change: &'a Altered,
    filters: Option<bool>,
}

/// The pieces that meet a window.
fn during<T>(timeline: Option<&Timeline<T>>, window: Window) -> &[Piece<T>] {
    let Some(timeline) = timeline else { return &[] };
    let pieces = &timeline.pieces;
    let begin = pieces.partition_point(|p| p.span.to.is_some_and(|to| to <= window.from));
    let end = pieces.partition_point(|p| p.span.from.is_none_or(|from| from < window.to));
    &pieces[begin.min(end)..end]
}

/// The piece in force at `at`, out of those of a window.
fn current<T>(pieces: &[Piece<T>], at: Instant) -> Option<&Piece<T>> {
    let end = pieces.partition_point(|p| p.span.from.is_none_or(|from| from <= at));
    pieces[..end].last()
}

impl View<'_> {
    fn walk(&self, base: &Step, placed: Certainty, out: &mut Vec<Step>) {
        let Some(node) = &base.node else { return };
        let of_node = |name: &Name| name == node;
        let mode = self.story.io_mode.iter().find(|(name, _)| of_node(name)).map(|(_, t)| t);
        let state = self.story.state.iter().find(|(name, _)| of_node(name)).map(|(_, t)| t);
        let owners = during(Some(&self.story.coordinator), base.window);
        let (modes, states) = (during(mode, base.window), during(state, base.window));
        let begins = owners.iter().map(|p| p.span.from).chain(modes.iter().map(|p| p.span.from));
        let begins = begins.chain(states.iter().map(|p| p.span.from)).flatten();
        let mut cuts: Vec<Instant> =
            begins.filter(|at| *at > base.window.from && *at < base.window.to).collect();
        cuts.push(base.window.from);
        cuts.sort_unstable();
        cuts.dedup();
        for (at, &from) in cuts.iter().enumerate() {
            let to = cuts.get(at + 1).copied().unwrap_or(base.window.to);
            let mut step = Step { window: Window { from, to }, ..base.clone() };
            self.settle(
                &mut step,
                placed,
                current(owners, from),
                current(modes, from),
                current(states, from),
            );
            append(out, step);
        }
    }

    /// Fills in coordinator, way and certainty of one stretch.
    fn settle(
        &self,
        step: &mut Step,
        placed: Certainty,
        owner: Option<&Piece<Name>>,
        mode: Option<&Piece<IoMode>>,
        state: Option<&Piece<VolumeState>>,
    ) {
        let owned_by = owner.and_then(|p| p.value.as_ref());
        let owner_certainty = match (&self.change.owner, owner) {
            (Some(_), _) => Certainty::Observed,
            (None, Some(piece)) => piece.span.certainty,
            (None, None) => Certainty::Unknown,
        };
        step.coordinator = self.change.owner.as_ref().or(owned_by).cloned();
        let unknown = |step: &mut Step, what| {
            (step.route, step.certainty, step.missing) = (RouteKind::Unknown, Certainty::Unknown, Some(what));
        };
        if let Some(held) = state.filter(|p| p.value.is_some_and(|s| s.holds_io() == Some(true))) {
            if held.span.certainty <= Certainty::Assumed {
                return unknown(step, "whether the volume was still paused");
            }
            (step.route, step.certainty) = (RouteKind::Held, placed.min(held.span.certainty));
            return;
        }
        let Some((piece, was)) = mode.and_then(|piece| Some((piece, piece.value?))) else {
            return unknown(step, "the I/O mode of the node");
        };
        let mut certainty = placed.min(piece.span.certainty);
        let kind = if self.change.is_nothing() {
            was.kind
        } else {
            match self.follows(step, was, owned_by) {
                Ok((kind, sure)) => {
                    // What would have been is never observed.
                    certainty = certainty.min(if sure { Certainty::Derived } else { Certainty::Assumed });
                    kind
                }
                Err(what) => return unknown(step, what),
            }
        };
        let (node, owner) = (step.node.as_ref(), step.coordinator.as_ref());
        step.route = match kind {
            ModeKind::Unavailable => RouteKind::Held,
            ModeKind::Direct => RouteKind::Direct,
            ModeKind::FileSystemRedirected | ModeKind::BlockRedirected => {
                certainty = certainty.min(owner_certainty);
                let block = kind == ModeKind::BlockRedirected;
                match owner {
                    None => return unknown(step, "who owned the volume"),
                    owner if owner == node && block => {
                        return unknown(
                            step,
                            "which of two sources is right: the owner says block redirected",
                        );
                    }
                    owner if owner == node => RouteKind::OwnerLocal,
                    Some(_) if block => RouteKind::ViaCoordinatorBlock,
                    Some(_) => RouteKind::ViaCoordinatorFs,
                }
            }
        };
        step.certainty = certainty;
    }

    fn follows(&self, step: &Step, mode: IoMode, owned_by: Option<&Name>) -> super::mode::Follows {
        let (node, change) = (step.node.as_ref(), self.change);
        follows(&Situation {
            mode,
            owned: owned_by.is_some() && owned_by == node,
            owns: step.coordinator.is_some() && step.coordinator.as_ref() == node,
            owner_changes: change.owner.is_some() && change.owner.as_ref() != owned_by,
            filtered_there: self.filters,
            file_system: self.story.file_system.value.clone(),
            new_file_system: change.file_system.clone(),
            storage: self.story.storage.value,
            without_filter: change.without_filter,
            repaired: node.is_some_and(|node| change.repaired.contains(node)),
        })
    }
}

/// Appends a step; one that goes on from the last unchanged lengthens it.
fn append(out: &mut Vec<Step>, step: Step) {
    if let Some(last) = out.last_mut()
        && last.window.to == step.window.from
    {
        let to = step.window.to;
        let longer = Step { window: Window { to, ..last.window }, ..step.clone() };
        if longer == (Step { window: longer.window, ..last.clone() }) {
            last.window.to = to;
            return;
        }
    }
    out.push(step);
}
