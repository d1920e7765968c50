//! The stretches in which a node had no path to a volume's disk, as modes and events tell of them. Judges nothing.
//!
//! A path may flap for days: each event is looked up among the stretches of its node by time, never held against all.

use std::collections::BTreeMap;

use super::disk::has_no_path;
use super::old_backup::Backups;
use super::{Episode, NEAR, Told};
use crate::case::{Case, VolumeStory};
use crate::fact::{Certainty, Channel, FactId, Instant, ModeKind, Name, Role, Span, VolumeClaim};

/// A stretch without a path on one node.
pub(in crate::rule) struct Loss {
    pub(in crate::rule) node: Name,
    pub(in crate::rule) episode: Episode,
    /// Event 5121 was read.
    pub(in crate::rule) by_event: bool,
    /// Event 5122 was read, or the node is known to be direct afterwards.
    pub(in crate::rule) ended: bool,
}

/// What is known of one node.
#[derive(Default)]
struct OnNode {
    /// By modes, in order of time.
    modes: Vec<Known>,
    /// By events alone, in order of time.
    events: Vec<Known>,
    /// Which modes rest on a fact.
    resting: BTreeMap<FactId, Vec<usize>>,
    /// Events 5122, in order of time.
    resumed: Vec<(Instant, FactId)>,
}

struct Known {
    loss: Loss,
    /// It is part of a loss that an event tells of.
    is_part: bool,
}

impl Known {
    fn new(loss: Loss) -> Self {
        Self { loss, is_part: false }
    }
}

/// Stretches without a path, by node, from modes and from events.
pub(in crate::rule) fn losses(case: &Case, at: usize, said: &[&Told<'_>]) -> Vec<Loss> {
    let backups = Backups::of(said);
    let mut nodes: BTreeMap<&Name, OnNode> = BTreeMap::new();
    for told in said {
        if let (VolumeClaim::Resumed, Some(node), Some(back)) = (told.claim, told.node, told.at) {
            nodes.entry(node).or_default().resumed.push((back, told.fact));
        }
    }
    for (node, timeline) in &case.volumes[at].io_mode {
        let own = nodes.entry(node).or_default();
        for episode in super::episodes_on(node, timeline, has_no_path) {
            for cited in &episode.span.evidence {
                own.resting.entry(cited.fact).or_default().push(own.modes.len());
            }
            let ended = episode.reach.1.is_some_and(|to| timeline.at(to).is_some_and(|m| !has_no_path(m)));
            own.modes.push(Known::new(Loss { node: node.clone(), episode, by_event: false, ended }));
        }
    }
    for told in said.iter().filter(|t| matches!(t.claim, VolumeClaim::DirectAccessLost)) {
        let (Some(node), Some(lost)) = (told.node, told.at) else { continue };
        if !backups.run(case, Some(lost)) {
            nodes.entry(node).or_default().lose(case, node, lost, told.fact);
        }
    }
    joined(&case.volumes[at], nodes.into_values().flat_map(OnNode::finish))
}

/// Joins a stretch to the loss before it that an event tells of and that nothing is known to have ended: what lies
/// between is assumed.
fn joined(volume: &VolumeStory, losses: impl Iterator<Item = Loss>) -> Vec<Loss> {
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
    out.iter_mut().for_each(|loss| loss.episode.tidy());
    out
}

/// Is the node nowhere between two stretches surely in a mode that takes a path, or surely the owner?
fn no_path_between(volume: &VolumeStory, first: &Loss, then: &Loss) -> bool {
    let (from, to) = (first.episode.span.to, then.episode.span.from);
    if from.is_none() || to.is_none() {
        return true;
    }
    let between = Span { from, to, certainty: Certainty::Unknown, evidence: Vec::new() };
    let sure = |span: &Span| span.certainty > Certainty::Assumed;
    let modes = volume.io_mode.iter().filter(|(name, _)| *name == first.node);
    let mut modes = modes.flat_map(|(_, timeline)| timeline.during(&between)).filter(|p| sure(&p.span));
    let mut owned = volume.coordinator.during(&between).iter().filter(|p| sure(&p.span));
    modes.all(|p| p.value.is_none_or(|mode| mode.kind != ModeKind::Direct))
        && owned.all(|p| p.value.as_ref() != Some(&first.node))
}

impl OnNode {
    fn lose(&mut self, case: &Case, node: &Name, lost: Instant, fact: FactId) {
        let holds = |loss: &Loss| super::holds_near(&loss.episode.span, lost);
        for list in [&mut self.modes, &mut self.events] {
            if let Some(home) = first(list, lost, end, holds) {
                let home = &mut list[home].loss;
                home.by_event = true;
                home.episode.cite(fact, Role::Opens);
                return;
            }
        }
        let back = self.resumed.get(self.resumed.partition_point(|(back, _)| *back <= lost)).copied();
        let to = back.map(|(at, _)| at);
        let until = to.or(case.to).unwrap_or(lost);
        // Which channel carries 5122 is inferred; both must have been there.
        let covered = |channel| case.covers(node, channel, lost, until);
        let followed = to.is_some() && covered(&Channel::System) && covered(&Channel::ClusterOperational);
        let certainty = if followed { Certainty::Derived } else { Certainty::Assumed };
        let span = Span { from: Some(lost), to: to.or(case.to), certainty, evidence: Vec::new() };
        let mut episode = Episode::told(node.clone(), span);
        episode.cite(fact, Role::Opens);
        if let Some((_, back)) = back {
            episode.cite(back, Role::Closes);
        }
        let loss = Loss { node: node.clone(), episode, by_event: true, ended: back.is_some() };
        // A redirection above the disk hides the loss at first: the mode that names it begins later, and rests on this event.
        for &at in self.resting.get(&fact).into_iter().flatten() {
            let known = &mut self.modes[at];
            known.is_part |= !known.loss.by_event && is_part(&known.loss, &loss);
        }
        self.events.push(Known::new(loss));
    }

    fn finish(mut self) -> Vec<Loss> {
        for (back, fact) in std::mem::take(&mut self.resumed) {
            let near = |end: Option<Instant>| end.is_some_and(|end| end.0.abs_diff(back.0) <= NEAR);
            let by_span = |loss: &Loss| near(end(loss));
            let by_reach = |loss: &Loss| near(reach(loss));
            for list in [&mut self.modes, &mut self.events] {
                let found = [first(list, back, end, by_span), first(list, back, reach, by_reach)];
                if let Some(home) = found.into_iter().flatten().min() {
                    let home = &mut list[home].loss;
                    home.ended = true;
                    home.episode.cite(fact, Role::Closes);
                    break;
                }
            }
        }
        let own = self.modes.into_iter().chain(self.events).filter(|known| !known.is_part);
        let mut out: Vec<Loss> = own.map(|known| known.loss).collect();
        out.sort_by_key(|loss| loss.episode.span.from);
        out
    }
}

fn end(loss: &Loss) -> Option<Instant> {
    loss.episode.span.to
}

fn reach(loss: &Loss) -> Option<Instant> {
    loss.episode.reach.1
}

/// The first of some stretches, whose ends are in order, that ends near `at` or later and is `wanted`. What begins
/// later than near `at` is not looked at.
fn first(
    list: &[Known],
    at: Instant,
    end: fn(&Loss) -> Option<Instant>,
    wanted: impl Fn(&Loss) -> bool,
) -> Option<usize> {
    let (early, late) = (at.0.saturating_sub(NEAR as i64), at.0.saturating_add(NEAR as i64));
    let mut looks = 0;
    let begin = list.partition_point(|known| {
        looks += 1;
        end(&known.loss).is_some_and(|end| end.0 < early)
    });
    let begun = |known: &&Known| known.loss.episode.span.from.is_none_or(|from| from.0 <= late);
    let mut among = list[begin..].iter().take_while(begun);
    let found = among.position(|known| {
        looks += 1;
        !known.is_part && wanted(&known.loss)
    });
    count(looks);
    found.map(|at| begin + at)
}

#[cfg(not(test))]
fn count(_: usize) {}

#[cfg(test)]
fn count(looks: usize) {
    tests::LOOKS.with(|all| all.set(all.get() + looks));
}

/// Is `known` a later stretch of the loss that an event tells of, on which it rests?
fn is_part(known: &Loss, loss: &Loss) -> bool {
    let (part, whole) = (&known.episode.span, &loss.episode.span);
    part.from >= whole.from && (!loss.ended || whole.to.is_none_or(|end| part.to.is_some_and(|to| to <= end)))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::losses;
    use crate::fact::{BlockReasons, Certainty, FileSystem, IoMode, Role, StorageKind, VolumeClaim};
    use crate::fixture::Build;
    use crate::rule::support;

    thread_local! {
        pub(super) static LOOKS: Cell<usize> = const { Cell::new(0) };
    }

    /// How many stretches are looked at for a path that flaps so many times on each of two nodes, and how many
    /// stretches that is: every other one is known by its mode as well.
    fn looks(flaps: i64) -> (usize, usize) {
        let mut b = Build::new(20 * flaps);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 20 * flaps + 1, Some("N1"));
        for node in ["N2", "N3"] {
            for flap in 0..flaps {
                let (from, to) = (20 * flap + 5, 20 * flap + 12);
                let lost =
                    b.event(from, node, v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
                let back = b.event(to, node, v, VolumeClaim::Resumed, "has now resumed normal operation");
                if flap % 2 == 0 {
                    let facts = [(lost, Role::Opens), (back, Role::Closes)];
                    let mode = Some(IoMode::block(BlockReasons(0)));
                    b.mode_of(v, node, (from, to), mode, Certainty::Observed, &facts);
                }
            }
        }
        let case = b.done().0;
        let said = support::told(&case, |_| true);
        LOOKS.with(|all| all.set(0));
        let count = losses(&case, v, &said.iter().collect::<Vec<_>>()).len();
        (LOOKS.with(Cell::get), count)
    }

    #[test]
    fn a_flapping_path_costs_little_more_than_its_flaps() {
        let ((few, of_few), (many, of_many)) = (looks(50), looks(800));
        assert_eq!((of_few, of_many), (100, 1600));
        // Sixteen times the stretches, each looked up in sixteen times as many: n log n. All against all would be 256 times.
        assert!(few > 100 && many < 32 * few, "{few} looks for 100 stretches, {many} for 1600");
    }
}
