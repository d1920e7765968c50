//! The stretches in which a node had no path to a volume's disk, as modes and events tell of them. Judges nothing.

use super::disk::has_no_path;
use super::{Episode, Told, old_backup};
use crate::case::{Case, VolumeStory};
use crate::fact::{Certainty, Channel, FactId, Instant, IoMode, ModeKind, Name, Role, Span, VolumeClaim};

/// A stretch without a path on one node.
pub(in crate::rule) struct Loss {
    pub(in crate::rule) node: Name,
    pub(in crate::rule) episode: Episode,
    /// Event 5121 was read.
    pub(in crate::rule) by_event: bool,
    /// Event 5122 was read, or the node is known to be direct afterwards.
    pub(in crate::rule) ended: bool,
}

/// Stretches without a path, by node, from modes and from events.
pub(in crate::rule) fn losses(case: &Case, at: usize, said: &[&Told<'_>]) -> Vec<Loss> {
    let volume = &case.volumes[at];
    let mut out = Vec::new();
    for (node, timeline) in &volume.io_mode {
        for episode in super::episodes_on(node, timeline, has_no_path) {
            let ended = episode.reach.1.is_some_and(|to| timeline.at(to).is_some_and(|m| !has_no_path(m)));
            out.push(Loss { node: node.clone(), episode, by_event: false, ended });
        }
    }
    for told in said.iter().filter(|t| matches!(t.claim, VolumeClaim::DirectAccessLost)) {
        let (Some(node), Some(lost)) = (told.node, told.at) else { continue };
        if old_backup::runs(case, said, told) {
            continue;
        }
        let near = |l: &&mut Loss| l.node == *node && super::holds_near(&l.episode.span, lost);
        if let Some(home) = out.iter_mut().find(near) {
            home.by_event = true;
            home.episode.cite(told.fact, Role::Opens);
            continue;
        }
        let back = said
            .iter()
            .filter(|t| matches!(t.claim, VolumeClaim::Resumed) && t.node == Some(node))
            .find(|t| t.at.is_some_and(|at| at > lost));
        let to = back.and_then(|t| t.at);
        let until = to.or(case.to).unwrap_or(lost);
        // Which channel carries 5122 is inferred; both must have been there.
        let covered = |channel| case.covers(node, channel, lost, until);
        let followed = to.is_some() && covered(&Channel::System) && covered(&Channel::ClusterOperational);
        let certainty = if followed { Certainty::Derived } else { Certainty::Assumed };
        let span = Span { from: Some(lost), to: to.or(case.to), certainty, evidence: Vec::new() };
        let mut episode = Episode::told(node.clone(), span);
        episode.cite(told.fact, Role::Opens);
        if let Some(back) = back {
            episode.cite(back.fact, Role::Closes);
        }
        let loss = Loss { node: node.clone(), episode, by_event: true, ended: back.is_some() };
        // A redirection above the disk hides the loss at first: the mode that names it begins later, and rests on this event.
        out.retain(|known| known.by_event || !is_part(known, &loss, told.fact));
        out.push(loss);
    }
    for told in said.iter().filter(|t| matches!(t.claim, VolumeClaim::Resumed)) {
        let (Some(node), Some(back)) = (told.node, told.at) else { continue };
        let near = |end: Option<Instant>| end.is_some_and(|end| end.0.abs_diff(back.0) <= super::NEAR);
        let ends = |l: &&mut Loss| l.node == *node && (near(l.episode.span.to) || near(l.episode.reach.1));
        if let Some(home) = out.iter_mut().find(ends) {
            home.ended = true;
            home.episode.cite(told.fact, Role::Closes);
        }
    }
    out.sort_by(|a, b| (&a.node, a.episode.span.from).cmp(&(&b.node, b.episode.span.from)));
    joined(volume, out)
}

/// Joins a stretch to the loss before it that an event tells of and that nothing is known to have ended: what lies
/// between is assumed.
fn joined(volume: &VolumeStory, losses: Vec<Loss>) -> Vec<Loss> {
    let mut out: Vec<Loss> = Vec::new();
    for loss in losses {
        let open = |last: &&mut Loss| {
            last.node == loss.node
                && last.by_event
                && !last.ended
                && !loss.by_event
                && no_path_between(volume, last, &loss)
        };
        match out.last_mut().filter(open) {
            Some(last) => {
                last.episode.absorb(&loss.episode);
                last.episode.span.certainty = Certainty::Assumed;
                last.ended = loss.ended;
            }
            None => out.push(loss),
        }
    }
    out
}

/// Is the node nowhere between two stretches surely in a mode that takes a path, or surely the owner?
fn no_path_between(volume: &VolumeStory, first: &Loss, then: &Loss) -> bool {
    let (Some(from), Some(to)) = (first.episode.span.to, then.episode.span.from) else { return true };
    let between = |span: &Span| {
        span.certainty > Certainty::Assumed
            && span.from.is_none_or(|begin| begin < to)
            && span.to.is_none_or(|end| end > from)
    };
    let modes = volume.io_mode.iter().filter(|(name, _)| *name == first.node);
    let mut modes = modes.flat_map(|(_, timeline)| &timeline.pieces).filter(|p| between(&p.span));
    let mut owned = volume.coordinator.pieces.iter().filter(|p| between(&p.span));
    let takes_path = |mode: &IoMode| mode.kind == ModeKind::Direct;
    modes.all(|p| !p.value.as_ref().is_some_and(takes_path))
        && owned.all(|p| p.value.as_ref() != Some(&first.node))
}

/// Is `known` a later stretch of the loss that the event tells of?
fn is_part(known: &Loss, loss: &Loss, event: FactId) -> bool {
    let (part, whole) = (&known.episode.span, &loss.episode.span);
    known.node == loss.node
        && part.evidence.iter().any(|cited| cited.fact == event)
        && part.from >= whole.from
        && (!loss.ended || whole.to.is_none_or(|end| part.to.is_some_and(|to| to <= end)))
}
