//! Pauses that nodes tell of a volume: on each node, and from the first node's beginning to the last one's end. Judges
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Episode, NEAR, Told};
use crate::case::Case;
use crate::fact::{
    Certainty, Evidence, FactId, Instant, Name, NtStatus, PauseKind, Role, Span, VolumeClaim, VolumeState,
};

/// `ERROR_TIMEOUT`: the volume could not be recovered in time.
const TIMEOUT: u32 = 1460;

/// A volume paused on a node.
#[derive(Clone, Debug)]
pub(crate) struct NodePause<'a> {
    pub(crate) volume: usize,
    pub(crate) node: &'a Name,
    /// When it was told first.
    pub(crate) at: Instant,
    /// When it was told last: CSVFS and the cluster service both tell of one pause.
    last: Instant,
    /// When the node had the volume again, where that is told.
    pub(crate) until: Option<Instant>,
    pub(crate) statuses: Vec<&'a NtStatus>,
    /// It gave the volume up meanwhile (event 5142).
    pub(crate) given_up: bool,
    /// What tells of it.
    pub(crate) facts: Vec<FactId>,
    /// What tells that the node went on, among the facts.
    resumed: Option<FactId>,
}

impl<'a> NodePause<'a> {
    pub(crate) fn has(&self, code: u32) -> bool {
        self.statuses.iter().any(|status| status.code == Some(code))
    }

    /// The same pause told once more. One prints the name of the status with it, the other the number alone.
    fn again(&mut self, at: Instant, status: &'a NtStatus, fact: FactId) {
        self.last = at;
        self.facts.push(fact);
        match self.statuses.iter_mut().find(|known| known.code == status.code) {
            Some(known) if status.text.len() > known.text.len() => *known = status,
            Some(_) => {}
            None => self.statuses.push(status),
        }
    }
}

/// The pauses that `wanted` keeps, by volume, time and node.
pub(crate) fn node_pauses(case: &Case, wanted: impl Fn(PauseKind, &NtStatus) -> bool) -> Vec<NodePause<'_>> {
    let said = super::told(case, |claim| match claim {
        VolumeClaim::AutoPaused { kind, status, .. } => wanted(*kind, status),
        VolumeClaim::NoAccess { status } => status.code == Some(TIMEOUT),
        VolumeClaim::Resumed => true,
        _ => false,
    });
    let mut by_place: BTreeMap<(usize, &Name), Vec<&Told<'_>>> = BTreeMap::new();
    for told in said.iter().filter(|told| told.is_event) {
        if let Some(node) = told.node {
            by_place.entry((told.volume, node)).or_default().push(told);
        }
    }
    let mut out = Vec::new();
    for ((volume, node), all) in by_place {
        let mut current: Option<NodePause<'_>> = None;
        for told in all {
            let Some(at) = told.at else { continue };
            let open = current.as_mut().filter(|pause| pause.until.is_none());
            match (told.claim, open) {
                (VolumeClaim::AutoPaused { status, .. }, Some(pause))
                    if at.0.saturating_sub(pause.at.0) <= NEAR as i64 =>
                {
                    pause.again(at, status, told.fact);
                }
                (VolumeClaim::AutoPaused { status, .. }, _) => {
                    out.extend(current.take());
                    current = Some(NodePause {
                        volume,
                        node,
                        at,
                        last: at,
                        until: None,
                        statuses: vec![status],
                        given_up: false,
                        facts: vec![told.fact],
                        resumed: None,
                    });
                }
                (VolumeClaim::NoAccess { .. }, Some(pause)) => {
                    pause.given_up = true;
                    pause.facts.push(told.fact);
                }
                (VolumeClaim::Resumed, Some(pause)) => {
                    pause.until = Some(at);
                    pause.resumed = Some(told.fact);
                    pause.facts.push(told.fact);
                }
                _ => {}
            }
        }
        out.extend(current);
    }
    for pause in &mut out {
        let states = case.volumes[pause.volume].state.iter().find(|(name, _)| name == pause.node);
        let active = states.and_then(|(_, timeline)| {
            let pieces = &timeline.pieces;
            let later = pieces.partition_point(|p| p.span.from.is_none_or(|from| from <= pause.last));
            let active = pieces[later..].iter().find(|p| p.value == Some(VolumeState::Active));
            active.and_then(|p| p.span.from)
        });
        // CSVFS's own state is nearer to the I/O than the event about it.
        pause.until = pause.until.into_iter().chain(active).min();
    }
    out.sort_by(|a, b| (a.volume, a.at, a.node).cmp(&(b.volume, b.at, b.node)));
    out
}

/// One pause of a volume on some nodes.
pub(crate) struct Pause {
    pub(crate) volume: usize,
    pub(crate) episode: Episode,
    /// Every node that told of the pause is known to have gone on.
    pub(crate) ended: bool,
    /// The statuses, as printed.
    pub(crate) statuses: BTreeSet<String>,
}

impl Pause {
    /// Nanoseconds from the first node's pause to the last one's end, where that is known.
    pub(crate) fn nanos(&self) -> Option<i64> {
        let (from, to) = (self.episode.span.from?, self.episode.span.to?);
        self.ended.then(|| to.0.saturating_sub(from.0))
    }
}

/// The pauses that `wanted` keeps, by volume and time. Statements of several nodes within [`NEAR`] are one pause.
pub(crate) fn pauses(case: &Case, wanted: impl Fn(PauseKind, &NtStatus) -> bool) -> Vec<Pause> {
    let all = node_pauses(case, wanted);
    let mut out: Vec<Pause> = Vec::new();
    let mut group: Vec<&NodePause<'_>> = Vec::new();
    let mut reached = Instant(i64::MIN);
    for pause in &all {
        let apart = pause.at.0.saturating_sub(reached.0) > NEAR as i64;
        if group.first().is_some_and(|first| first.volume != pause.volume || apart) {
            out.extend(united(&group));
            group.clear();
            reached = Instant(i64::MIN);
        }
        reached = reached.max(pause.last);
        group.push(pause);
    }
    out.extend(united(&group));
    out
}

fn united(group: &[&NodePause<'_>]) -> Option<Pause> {
    let first = group.first()?;
    let mut evidence: Vec<Evidence> = Vec::new();
    // Of each node, how its last pause in the group ended.
    let mut nodes: BTreeMap<&Name, Option<Instant>> = BTreeMap::new();
    for pause in group {
        nodes.insert(pause.node, pause.until);
        evidence.extend(pause.facts.iter().map(|&fact| {
            let role = if pause.resumed == Some(fact) { Role::Closes } else { Role::Opens };
            Evidence { fact, role }
        }));
    }
    evidence.sort_unstable();
    evidence.dedup();
    let ended = nodes.values().all(Option::is_some);
    let to = nodes.values().flatten().copied().chain(group.iter().map(|pause| pause.last)).max()?;
    let certainty = if ended { Certainty::Observed } else { Certainty::Derived };
    let to = Instant(to.0.max(first.at.0 + 1));
    let span = Span { from: Some(first.at), to: Some(to), certainty, evidence };
    let mut episode = Episode::told(first.node.clone(), span);
    episode.nodes.extend(nodes.into_keys().cloned());
    let statuses = group.iter().flat_map(|pause| &pause.statuses).map(|status| status.text.clone()).collect();
    Some(Pause { volume: first.volume, episode, ended, statuses })
}
