//! Pauses that nodes tell of a volume: when they began on the first node and ended on the last. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Episode, NEAR, Told};
use crate::case::{Case, VolumeStory};
use crate::fact::{Certainty, Evidence, Instant, Name, NtStatus, PauseKind, Role, Span, VolumeClaim};

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
    let said = super::told(case, |claim| match claim {
        VolumeClaim::AutoPaused { kind, status, .. } => wanted(*kind, status),
        VolumeClaim::Resumed => true,
        _ => false,
    });
    let mut resumed: BTreeMap<(usize, &Name), Vec<&Told<'_>>> = BTreeMap::new();
    let mut begun: BTreeMap<usize, Vec<(&Told<'_>, Instant, &NtStatus)>> = BTreeMap::new();
    for told in &said {
        match (told.claim, told.node, told.at) {
            (VolumeClaim::Resumed, Some(node), Some(_)) => {
                resumed.entry((told.volume, node)).or_default().push(told);
            }
            (VolumeClaim::AutoPaused { status, .. }, Some(_), Some(at)) => {
                begun.entry(told.volume).or_default().push((told, at, status));
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    for (volume, mut begun) in begun {
        begun.sort_by_key(|(_, at, _)| *at);
        let near = |a: &(_, Instant, _), b: &(_, Instant, _)| a.1.0.abs_diff(b.1.0) <= NEAR;
        for group in begun.chunk_by(near) {
            out.push(pause(&case.volumes[volume], volume, group, &resumed));
        }
    }
    out
}

fn pause(
    story: &VolumeStory,
    volume: usize,
    group: &[(&Told<'_>, Instant, &NtStatus)],
    resumed: &BTreeMap<(usize, &Name), Vec<&Told<'_>>>,
) -> Pause {
    let mut nodes: BTreeMap<&Name, Instant> = BTreeMap::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    for (told, at, _) in group {
        evidence.push(Evidence { fact: told.fact, role: Role::Opens });
        if let Some(node) = told.node {
            nodes.insert(node, *at);
        }
    }
    let from = group[0].1;
    let mut to = group[group.len() - 1].1;
    let mut ended = true;
    for (node, at) in &nodes {
        let after = |told: &&&Told<'_>| told.at.is_some_and(|back| back > *at);
        let back = resumed.get(&(volume, *node)).and_then(|all| all.iter().find(after));
        let state = story.state.iter().find(|(name, _)| name == *node).and_then(|(_, timeline)| {
            let active = |p: &&crate::case::Piece<crate::fact::VolumeState>| {
                p.span.from.is_some_and(|from| from > *at)
                    && p.value.and_then(crate::fact::VolumeState::holds_io) == Some(false)
            };
            timeline.pieces.iter().find(active).and_then(|p| p.span.from)
        });
        // CSVFS's own state is nearer to the I/O than the event about it.
        match (state, back.and_then(|told| told.at)) {
            (None, None) => ended = false,
            (Some(one), other) => to = to.max(other.map_or(one, |other| one.min(other))),
            (None, Some(back)) => to = to.max(back),
        }
        evidence.extend(back.map(|told| Evidence { fact: told.fact, role: Role::Closes }));
    }
    evidence.sort_unstable();
    evidence.dedup();
    let certainty = if ended { Certainty::Observed } else { Certainty::Derived };
    let to = Instant(to.0.max(from.0 + 1));
    let span = Span { from: Some(from), to: Some(to), certainty, evidence };
    let mut names = nodes.into_keys().cloned();
    let first = names.next().unwrap_or_else(|| Name::new(""));
    let mut episode = Episode::told(first, span);
    episode.nodes.extend(names);
    let statuses = group.iter().map(|(.., status)| status.text.clone()).collect();
    Pause { volume, episode, ended, statuses }
}
