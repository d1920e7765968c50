//! Stretches between the events that turn something of a volume on and off, and what a snapshot says of it. Judges
//! nothing.

use std::collections::BTreeMap;

use super::Episode;
use crate::case::Case;
use crate::fact::{Certainty, Channel, Name, Role, Span, VolumeClaim};

/// Something of a volume that was on for a while.
pub(crate) struct Switched {
    pub(crate) volume: usize,
    /// All nodes of the case: what is switched so holds for the volume.
    pub(crate) episode: Episode,
    /// The event that turned it on was read.
    pub(crate) begun: bool,
    /// The event that turned it off was read.
    pub(crate) ended: bool,
}

/// The stretches in which what `state` reads was on, in the order of their first statements.
pub(crate) fn switched(case: &Case, state: impl Fn(&VolumeClaim) -> Option<bool>) -> Vec<Switched> {
    let mut out: Vec<Switched> = Vec::new();
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    for told in super::told(case, |claim| state(claim).is_some()) {
        let (Some(on), Some(at)) = (state(told.claim), told.at) else { continue };
        let home = open.get(&told.volume).copied();
        match (on, home) {
            (true, Some(home)) => {
                out[home].episode.cite(told.fact, Role::Supports);
                if !told.is_event {
                    out[home].episode.span.certainty = Certainty::Derived;
                }
            }
            (true, None) => {
                open.insert(told.volume, out.len());
                let certainty = match (told.is_event, followed(case, at)) {
                    (false, _) => Certainty::Observed,
                    (true, true) => Certainty::Derived,
                    (true, false) => Certainty::Assumed,
                };
                let span = Span { from: Some(at), to: None, certainty, evidence: Vec::new() };
                let mut stretch = of(case, told.volume, span, told.is_event, false);
                stretch.episode.cite(told.fact, Role::Opens);
                out.push(stretch);
            }
            (false, Some(home)) => {
                open.remove(&told.volume);
                let stretch = &mut out[home];
                stretch.ended = told.is_event;
                stretch.episode.span.to = Some(at);
                stretch.episode.reach.1 = Some(at);
                // A state that reads as off ends it at the latest; when it ended is not known.
                let certainty = if told.is_event { Certainty::Derived } else { Certainty::Assumed };
                stretch.episode.span.certainty = certainty;
                stretch.episode.cite(told.fact, Role::Closes);
            }
            (false, None) if told.is_event && out.iter().all(|s| s.volume != told.volume) => {
                let certainty = Certainty::Assumed;
                let span = Span { from: None, to: Some(at), certainty, evidence: Vec::new() };
                let mut stretch = of(case, told.volume, span, false, true);
                stretch.episode.cite(told.fact, Role::Closes);
                out.push(stretch);
            }
            (false, None) => {}
        }
    }
    out
}

fn of(case: &Case, volume: usize, span: Span, begun: bool, ended: bool) -> Switched {
    let mut episode = Episode::told(Name::new(""), span);
    episode.nodes = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
    Switched { volume, episode, begun, ended }
}

/// Would an event after `from` have been read? Which channel carries the second event is inferred, so both must
/// have been there on every node.
fn followed(case: &Case, from: crate::fact::Instant) -> bool {
    let everywhere = |channel| super::covered_nodes(case, channel, from).len() == case.nodes.len();
    !case.nodes.is_empty() && everywhere(&Channel::System) && everywhere(&Channel::ClusterOperational)
}
