//! Nodes that left the cluster: when, whether in order, and what became of their volumes and VMs. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::Case;
use crate::fact::{
    Certainty, Channel, Claim, ClockClaim, FactId, Instant, Name, NodeClaim, NodeRef, PauseKind,
    ResourceClaim, ResourceState, Role, Stamp, VolumeClaim, VolumeRef, VolumeState,
};

const MINUTE: i64 = 60_000_000_000;
/// Statements about one removal lie at most this far apart.
const ONE: i64 = MINUTE;
/// A node that stops in order does so at most this long before the others see it gone.
const STOPS: i64 = 10 * MINUTE;
/// What is taken over later than this has another cause.
const TAKEN_OVER: i64 = 10 * MINUTE;
/// A time that may be further off than this, nanoseconds, cannot be laid beside others: a log whose base is in doubt.
/// More than two clocks that nothing compares may be apart, less than the half hour of a doubled hour.
pub(crate) const SHARP: i64 = 25 * MINUTE;
/// What the others' clocks and ours may be apart at a removal, and what a take-over may begin before it.
const BEFORE: i64 = 5_000_000_000;

/// How a node left.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parting {
    /// It was stopped, shut down or evicted.
    Orderly,
    /// Its cluster service failed or lost quorum.
    Failed,
    /// Windows says after its start that it had gone down unexpectedly (EventLog 6008, Kernel-Power 41).
    Unclean,
    /// Windows started again afterwards, and nothing had stopped it in order.
    Restarted,
    /// Its own log reaches over that time and tells of no stop.
    Silent,
    /// Its own log does not reach there.
    Unknown,
}

/// One departure.
#[derive(Clone, Debug)]
pub(crate) struct Departure<'a> {
    pub(crate) node: &'a Name,
    pub(crate) at: Instant,
    /// When it was a member again.
    pub(crate) back: Option<Instant>,
    pub(crate) parting: Parting,
    pub(crate) facts: Vec<(FactId, Role)>,
}

/// What a node says of itself or others of it, in order of time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Removed,
    Stopped,
    Failed,
    Booted,
    /// Told at the next start.
    Unclean,
    Joined,
    Isolated(bool),
    Quarantined,
}

/// A statement about a node.
pub(crate) type Statement = (Instant, Told, FactId);

pub(crate) fn plus(at: Instant, nanos: i64) -> Instant {
    Instant(at.0.saturating_add(nanos))
}

/// What was told of each node, by time.
pub(crate) fn told(case: &Case) -> BTreeMap<&Name, Vec<Statement>> {
    let by_number: BTreeMap<u32, &Name> =
        case.nodes.iter().filter_map(|n| Some((n.number?, n.name.as_ref()?))).collect();
    let mut out: BTreeMap<&Name, Vec<Statement>> = BTreeMap::new();
    for (fact, placed) in case.facts() {
        let Some(at) = placed.moment.filter(|m| m.spread <= SHARP).map(|m| m.at) else { continue };
        let reporter = placed.fact.reporter.as_ref();
        let (node, told) = match &placed.fact.claim {
            Claim::Node(about, claim) => {
                let told = match claim {
                    NodeClaim::Removed => Told::Removed,
                    NodeClaim::Evicted
                    | NodeClaim::ServiceStopped { orderly: true }
                    | NodeClaim::ShutDown { orderly: true } => Told::Stopped,
                    NodeClaim::ServiceStopped { orderly: false } | NodeClaim::QuorumLost => Told::Failed,
                    NodeClaim::Booted => Told::Booted,
                    NodeClaim::ShutDown { orderly: false } => Told::Unclean,
                    NodeClaim::Joined => Told::Joined,
                    NodeClaim::Isolated { on } => Told::Isolated(*on),
                    NodeClaim::Quarantined => Told::Quarantined,
                    _ => continue,
                };
                let named = match about {
                    NodeRef { name: Some(name), .. } => Some(name),
                    NodeRef { number: Some(number), .. } => by_number.get(number).copied(),
                    NodeRef { .. } => reporter,
                };
                (named, told)
            }
            Claim::Clock(ClockClaim::LogService { started: false }) => (reporter, Told::Stopped),
            _ => continue,
        };
        if let Some(node) = node {
            out.entry(node).or_default().push((at, told, fact));
        }
    }
    out.values_mut().for_each(|all| all.sort_unstable_by_key(|(at, _, fact)| (*at, *fact)));
    out
}

/// Every departure, by time.
pub(crate) fn departures(case: &Case) -> Vec<Departure<'_>> {
    let mut out = Vec::new();
    for (node, all) in told(case) {
        let mut last: Option<Instant> = None;
        for (at, _, fact) in all.iter().filter(|(_, told, _)| *told == Told::Removed) {
            // A second telling of the same removal.
            if let Some(known) = last.filter(|known| *at <= plus(*known, ONE)) {
                let of = out.iter_mut().rev().find(|d: &&mut Departure<'_>| d.node == node && d.at == known);
                if let Some(of) = of.filter(|d| d.facts.len() < 6) {
                    of.facts.push((*fact, Role::Supports));
                }
                continue;
            }
            last = Some(*at);
            out.push(departure(case, node, &all, *at, *fact));
        }
    }
    out.sort_by(|a, b| (a.at, a.node).cmp(&(b.at, b.node)));
    out
}

fn departure<'a>(case: &Case, node: &'a Name, all: &[Statement], at: Instant, fact: FactId) -> Departure<'a> {
    let within = |from: i64, to: i64| {
        let (from, to) = (plus(at, from), plus(at, to));
        all.iter().filter(move |(when, ..)| *when >= from && *when <= to)
    };
    let first = |told: Told, from: i64, to: i64| within(from, to).find(|(_, is, _)| *is == told).copied();
    let joined =
        all.iter().find(|(when, told, _)| *told == Told::Joined && *when > plus(at, BEFORE)).copied();
    let story = case.nodes.iter().find(|n| n.name.as_ref() == Some(node));
    let up = story.and_then(|n| {
        let later = n.up.pieces.iter().filter(|p| p.value == Some(true));
        later.filter_map(|p| p.span.from).find(|from| *from > plus(at, BEFORE))
    });
    let back = joined.map(|(when, ..)| when).into_iter().chain(up).min();
    let gone = back.map_or(i64::MAX, |back| back.0.saturating_sub(at.0).saturating_add(MINUTE));
    let mut facts = vec![(fact, Role::Opens)];
    let stopped = first(Told::Stopped, -STOPS, MINUTE);
    let failed = first(Told::Failed, -2 * MINUTE, 2 * MINUTE);
    let booted = first(Told::Booted, 0, gone);
    let unclean = first(Told::Unclean, 0, gone);
    let edge = |at: Instant| Some(at.max(case.from?).min(case.to?));
    let begin = edge(plus(at, -STOPS));
    let logged = begin
        .zip(edge(plus(at, MINUTE)))
        .is_some_and(|(from, to)| case.covers(node, &Channel::System, from, to));
    // A restart cuts the log in two: what stopped the node in order would be the end of the first piece.
    let own = case.covered.iter().filter(|c| c.node == *node && c.channel == Channel::System);
    let began = own.map(|c| c.from).min().zip(begin).is_some_and(|(first, begin)| first <= begin);
    let parting = match (stopped, failed.map(|f| (f, Parting::Failed)), booted) {
        (Some(stop), ..) => {
            facts.push((stop.2, Role::Contradicts));
            Parting::Orderly
        }
        (None, failed, _) if failed.is_some() || unclean.is_some() => {
            let unclean = unclean.map(|unclean| (unclean, Parting::Unclean));
            facts.extend(failed.iter().chain(&unclean).map(|(told, _)| (told.2, Role::Supports)));
            failed.or(unclean).map_or(Parting::Unknown, |(_, parting)| parting)
        }
        (None, _, Some(boot)) if began => {
            facts.push((boot.2, Role::Supports));
            Parting::Restarted
        }
        (None, ..) if logged => Parting::Silent,
        _ => Parting::Unknown,
    };
    if let Some((.., fact)) = joined {
        facts.push((fact, Role::Closes));
    }
    Departure { node, at, back, parting, facts }
}

/// What became of a node's volumes and VMs when it went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aftermath {
    /// Volumes that it owned, surely or as a pause of the others just then says, and who took each over, after how many nanoseconds.
    pub(crate) volumes: Vec<(usize, Option<(Name, i64)>)>,
    /// VMs that ran there, and where each ran next.
    pub(crate) vms: Vec<(usize, Option<Name>)>,
    /// Nodes that said that they held I/O of those volumes.
    pub(crate) paused: BTreeSet<Name>,
    /// From the first pause of those volumes until each node has them again, as far as is known.
    pub(crate) from: Option<Instant>,
    pub(crate) to: Option<Instant>,
    pub(crate) facts: Vec<(FactId, Role)>,
}

/// What nodes tell around departures, for [`aftermath`].
pub(crate) struct Signs<'a> {
    pauses: Vec<super::Told<'a>>,
    /// When a node said of a volume that it has it, by volume and time.
    takers: BTreeMap<usize, Vec<(Instant, &'a Name, FactId)>>,
}

impl<'a> Signs<'a> {
    pub(crate) fn of(case: &'a Case) -> Self {
        let volumes = super::Volumes::of(case);
        let mut takers: BTreeMap<usize, Vec<(Instant, &Name, FactId)>> = BTreeMap::new();
        for (fact, placed) in case.facts() {
            let Some(at) = placed.moment.filter(|m| m.spread <= SHARP).map(|m| m.at) else { continue };
            let Some(reporter) = placed.fact.reporter.as_ref() else { continue };
            let volume = match &placed.fact.claim {
                Claim::Volume(about, VolumeClaim::Coordinator { node })
                    if placed.fact.stamp != Stamp::Collected
                        && node.as_ref().is_none_or(|owner| owner == reporter) =>
                {
                    volumes.find(about)
                }
                Claim::Resource(disk, ResourceClaim::State { to: ResourceState::Online, here: true, .. }) => {
                    let named = VolumeRef { resource: disk.name.clone(), ..VolumeRef::default() };
                    volumes.find(&named)
                }
                _ => None,
            };
            if let Some(volume) = volume {
                takers.entry(volume).or_default().push((at, reporter, fact));
            }
        }
        takers.values_mut().for_each(|all| all.sort_unstable());
        let pauses = super::told(case, |claim| matches!(claim, VolumeClaim::AutoPaused { .. }));
        Self { pauses, takers }
    }

    /// Who said first that it has the volume, of the others, until `limit`. For where the timeline knows no owner: it places
    /// the node that went among the others, and the clock of one that crashed is often compared with none.
    fn taker(
        &self,
        volume: usize,
        node: &Name,
        at: Instant,
        limit: Instant,
    ) -> Option<(&'a Name, Instant, FactId)> {
        let all = self.takers.get(&volume)?;
        let after = &all[all.partition_point(|(when, ..)| *when < at)..];
        let mut others =
            after.iter().take_while(|(when, ..)| *when <= limit).filter(|(_, taker, _)| *taker != node);
        others.next().map(|&(when, taker, fact)| (taker, when, fact))
    }
}

/// Looks at what happened after `node` went at `at`.
pub(crate) fn aftermath(case: &Case, signs: &Signs<'_>, node: &Name, at: Instant) -> Aftermath {
    let pauses = &signs.pauses;
    let mut out = Aftermath { from: Some(at), ..Aftermath::default() };
    let (before, limit) = (plus(at, -BEFORE), plus(at, TAKEN_OVER));
    let just_then = |pause: &super::Told<'_>| {
        let VolumeClaim::AutoPaused { kind, status, .. } = pause.claim else { return false };
        let of_network = *kind == PauseKind::Expected || super::network_pause::is_of_network(status);
        let near = pause.at.is_some_and(|when| when >= plus(at, -ONE / 2) && when <= plus(at, ONE / 2));
        of_network && near && pause.node != Some(node)
    };
    let held: BTreeSet<usize> = pauses.iter().filter(|p| just_then(p)).map(|p| p.volume).collect();
    for (volume, story) in case.volumes.iter().enumerate() {
        let owned = story.coordinator.piece_at(before).filter(|p| p.span.certainty > Certainty::Assumed);
        // Where the owner is not known, a pause of the others just then says whose it was.
        let is_its = match owned.and_then(|p| p.value.as_ref()) {
            Some(owner) => owner == node,
            None => held.contains(&volume),
        };
        if !is_its {
            continue;
        }
        let mut later = story.coordinator.pieces.iter().filter(|p| p.span.from.is_some_and(|f| f > before));
        let next = later.find(|p| p.value.is_some() && p.span.from.is_some_and(|from| from <= limit));
        let taken = next.and_then(|p| {
            out.facts.extend(p.span.evidence.iter().take(1).map(|cited| (cited.fact, Role::Closes)));
            Some((p.value.clone()?, p.span.from?))
        });
        let taken = taken.or_else(|| {
            let (taker, when, fact) = signs.taker(volume, node, at, limit)?;
            out.facts.push((fact, Role::Closes));
            Some((taker.clone(), when))
        });
        out.to = out.to.max(taken.as_ref().map(|(_, from)| *from));
        let taken = taken.map(|(owner, from)| (owner, from.0.saturating_sub(at.0).max(0)));
        out.volumes.push((volume, taken));
        for (_, states) in story.state.iter().filter(|(other, _)| other != node) {
            let held =
                states.pieces.iter().filter(|p| p.span.from.is_some_and(|f| f >= before && f <= limit));
            let again =
                held.filter(|p| p.value == Some(VolumeState::Active)).filter_map(|p| p.span.from).min();
            out.to = out.to.max(again);
        }
    }
    let owned: BTreeSet<usize> = out.volumes.iter().map(|(volume, _)| *volume).collect();
    let (from, to) = (plus(at, -ONE), plus(at, 2 * MINUTE));
    for pause in pauses.iter().filter(|p| owned.contains(&p.volume) && p.node != Some(node)) {
        let Some(when) = pause.at.filter(|when| *when >= from && *when <= to) else { continue };
        out.paused.extend(pause.node.cloned());
        out.from = out.from.min(Some(when));
        if out.facts.len() < 8 {
            out.facts.push((pause.fact, Role::Supports));
        }
    }
    for (vm, story) in case.vms.iter().enumerate() {
        let there = story.placement.piece_at(before).filter(|p| p.span.certainty > Certainty::Assumed);
        if there.and_then(|p| p.value.as_ref()).is_none_or(|place| place.node != *node) {
            continue;
        }
        let running = |p: &&crate::case::Piece<crate::case::Placement>| {
            let is = p.value.as_ref().is_some_and(|place| place.node != *node);
            is && p.span.from.is_some_and(|from| from > before && from <= limit)
        };
        let next = story.placement.pieces.iter().find(running);
        out.vms.push((vm, next.and_then(|p| p.value.as_ref()).map(|place| place.node.clone())));
    }
    out
}

impl Aftermath {
    /// In sentences.
    pub(crate) fn words(&self, case: &Case) -> String {
        use crate::words;
        let label = |volume: usize| case.volumes[volume].label();
        let mut out = String::new();
        if self.volumes.is_empty() {
            out.push_str(" No volume is known to have been its own then.");
        } else {
            let told = self.volumes.iter().map(|(volume, taken)| match taken {
                Some((owner, nanos)) => {
                    format!("{} (taken over by {owner} after {})", label(*volume), words::length(*nanos))
                }
                None => format!("{} (who took it over is not known)", label(*volume)),
            });
            out.push_str(&format!(" It owned {}.", words::list(told, 4)));
        }
        if !self.paused.is_empty() {
            out.push_str(&format!(" Meanwhile their I/O was held on {}.", words::list(&self.paused, 6)));
        }
        if !self.vms.is_empty() {
            let next: BTreeSet<&Name> = self.vms.iter().filter_map(|(_, next)| next.as_ref()).collect();
            let names = words::list(self.vms.iter().map(|(vm, _)| case.vms[*vm].label()), 4);
            out.push_str(&match next.is_empty() {
                true => format!(" There ran {names}; where next is not known."),
                false => format!(" There ran {names}, next on {}.", words::list(next, 4)),
            });
        }
        out
    }
}
