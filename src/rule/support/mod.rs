//! What several rules need: stretches of time in which a mode held, and who a statement is about. Judges
//! nothing.

pub(crate) mod departure;
pub(super) mod disk;
pub(super) mod filter;
pub(crate) mod network;
pub(crate) mod network_pause;
pub(super) mod old_backup;
pub(super) mod path_loss;
pub(super) mod pauses;
pub(super) mod say;
pub(super) mod switch;
pub(super) mod traffic;

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, Piece, Placed, Timeline, VolumeStory};
use crate::fact::{
    BlockReasons, Certainty, Channel, Claim, Evidence, FactId, FsReasons, Guid, Instant, IoMode, ModeKind,
    Name, Role, Span, Stamp, VolumeClaim, VolumeRef,
};
use crate::words;

/// A stretch in which something held on some nodes, as sure as its weakest part. A stretch is cut where the
/// evidence ends: what is only assumed to go on before or after it is not in `span`.
#[derive(Clone, Debug)]
pub(super) struct Episode {
    pub(super) span: Span,
    pub(super) nodes: BTreeSet<Name>,
    /// All reasons named at any time in it.
    pub(super) file_system: FsReasons,
    /// All reasons named at any time in it.
    pub(super) block: BlockReasons,
    /// The span with what is only assumed before and after it.
    pub(super) reach: (Option<Instant>, Option<Instant>),
}

impl Episode {
    fn of(node: &Name, piece: &Piece<IoMode>, mode: IoMode) -> Self {
        Self {
            span: piece.span.clone(),
            nodes: BTreeSet::from([node.clone()]),
            file_system: mode.file_system,
            block: mode.block,
            reach: (piece.span.from, piece.span.to),
        }
    }

    /// An episode that rests on statements alone.
    pub(super) fn told(node: Name, span: Span) -> Self {
        let (file_system, block) = (FsReasons::default(), BlockReasons::default());
        let reach = (span.from, span.to);
        Self { span, nodes: BTreeSet::from([node]), file_system, block, reach }
    }

    /// The span with what is assumed around it.
    pub(super) fn whole(&self) -> Span {
        Span { from: self.reach.0, to: self.reach.1, ..self.span.clone() }
    }

    fn is_assumed(&self) -> bool {
        self.span.certainty <= Certainty::Assumed
    }

    /// Takes over whom and how far an assumed episode reaches; the span stays as sure as it is.
    fn reach_over(&mut self, assumed: &Self) {
        self.reach = (self.reach.0.min(assumed.reach.0), later(self.reach.1, assumed.reach.1));
        self.nodes.extend(assumed.nodes.iter().cloned());
    }

    fn absorb(&mut self, other: &Self) {
        self.span.from = self.span.from.min(other.span.from);
        self.span.to = later(self.span.to, other.span.to);
        self.span.certainty = self.span.certainty.min(other.span.certainty);
        // Put in order once, in `tidy`: an episode may be made of thousands of pieces.
        self.span.evidence.extend(&other.span.evidence);
        self.nodes.extend(other.nodes.iter().cloned());
        self.file_system = self.file_system.with(other.file_system);
        self.block = self.block.with(other.block);
        self.reach = (self.reach.0.min(other.reach.0), later(self.reach.1, other.reach.1));
    }

    pub(super) fn tidy(&mut self) {
        self.span.evidence.sort_unstable();
        self.span.evidence.dedup();
    }

    /// Cites one more fact.
    pub(super) fn cite(&mut self, fact: FactId, role: Role) {
        let evidence = &mut self.span.evidence;
        let at = evidence.partition_point(|e| e.fact < fact);
        if evidence.get(at).is_none_or(|e| e.fact != fact) {
            evidence.insert(at, Evidence { fact, role });
        }
    }
}

/// The later of two ends; an open end is later than any.
fn later(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    Some(a?.max(b?))
}

/// Does `next` begin at or before the end of `span`?
fn touches(span: &Span, next: &Span) -> bool {
    match (span.to, next.from) {
        (Some(to), Some(from)) => from <= to,
        _ => true,
    }
}

/// Do two spans share an instant?
pub(super) fn overlap(a: &Span, b: &Span) -> bool {
    let after = |from: Option<Instant>, to: Option<Instant>| from.zip(to).is_none_or(|(from, to)| from < to);
    after(a.from, b.to) && after(b.from, a.to)
}

/// The episodes of one node in which `wanted` held, in order.
pub(super) fn episodes_on(
    node: &Name,
    timeline: &Timeline<IoMode>,
    wanted: impl Fn(&IoMode) -> bool,
) -> Vec<Episode> {
    let mut out: Vec<Episode> = Vec::new();
    for piece in &timeline.pieces {
        let Some(mode) = piece.value.filter(|mode| wanted(mode)) else { continue };
        let next = Episode::of(node, piece, mode);
        match out.last_mut().filter(|last| touches(&last.whole(), &next.span)) {
            None => out.push(next),
            Some(last) => match (last.is_assumed(), next.is_assumed()) {
                (false, true) => last.reach_over(&next),
                (true, false) => {
                    let before = std::mem::replace(last, next);
                    last.reach_over(&before);
                }
                // After an assumed stretch in the middle, the state is known again.
                (false, false) if !touches(&last.span, &next.span) => out.push(next),
                _ => last.absorb(&next),
            },
        }
    }
    out.iter_mut().for_each(Episode::tidy);
    out
}

/// The episodes of all nodes in which `wanted` held, united where they overlap.
pub(super) fn episodes(volume: &VolumeStory, wanted: impl Fn(&IoMode) -> bool) -> Vec<Episode> {
    let all =
        volume.io_mode.iter().flat_map(|(node, timeline)| episodes_on(node, timeline, &wanted)).collect();
    united(all)
}

/// Unites episodes that overlap or touch. What is only assumed on some nodes joins what is surer of others at that
/// time: causes that are told so hold for the volume.
pub(super) fn united(all: Vec<Episode>) -> Vec<Episode> {
    let (assumed, sure): (Vec<_>, Vec<_>) = all.into_iter().partition(Episode::is_assumed);
    let mut out = chained(sure);
    for next in chained(assumed) {
        let touching = |e: &&mut Episode| touches(&e.span, &next.span) && touches(&next.span, &e.span);
        match out.iter_mut().find(touching) {
            Some(home) => home.reach_over(&next),
            None => out.push(next),
        }
    }
    out.sort_by_key(|e| (e.span.from, e.span.to));
    out
}

fn chained(mut all: Vec<Episode>) -> Vec<Episode> {
    all.sort_by_key(|e| e.span.from);
    let mut out: Vec<Episode> = Vec::new();
    for next in all {
        match out.last_mut() {
            Some(last) if touches(&last.span, &next.span) => last.absorb(&next),
            _ => out.push(next),
        }
    }
    out.iter_mut().for_each(Episode::tidy);
    out
}

/// Is any mode of the volume known at any time?
pub(super) fn has_known_mode(volume: &VolumeStory) -> bool {
    volume.io_mode.iter().any(|(_, timeline)| timeline.pieces.iter().any(|p| p.value.is_some()))
}

/// Did the volume's mode on `node` ever satisfy `wanted`, surely?
pub(super) fn ever_surely(volume: &VolumeStory, node: &Name, wanted: impl Fn(&IoMode) -> bool) -> bool {
    let of_node = volume.io_mode.iter().filter(|(name, _)| name == node);
    of_node
        .flat_map(|(_, timeline)| &timeline.pieces)
        .any(|p| p.span.certainty > Certainty::Assumed && p.value.as_ref().is_some_and(&wanted))
}

/// Was the node surely direct while another owned the volume? Then it reaches the disk by itself, whatever the disk
/// is: no Storage Space that redirects is direct on two nodes (microsoft/MSLab, Scenarios/TestingCSVRedirection).
pub(super) fn direct_without_owning(volume: &VolumeStory, node: &Name) -> bool {
    let modes =
        volume.io_mode.iter().filter(|(name, _)| name == node).flat_map(|(_, timeline)| &timeline.pieces);
    let sure = |span: &Span| span.certainty > Certainty::Assumed;
    let mut direct = modes.filter(|p| sure(&p.span) && p.value.is_some_and(|m| m.kind == ModeKind::Direct));
    direct.any(|mode| {
        let owners = volume.coordinator.pieces.iter().filter(|p| sure(&p.span));
        let mut others = owners.filter(|p| p.value.as_ref().is_some_and(|owner| owner != node));
        others.any(|owner| overlap(&mode.span, &owner.span))
    })
}

/// Is this mode file-system redirected?
pub(super) fn is_file_system(mode: &IoMode) -> bool {
    mode.kind == ModeKind::FileSystemRedirected
}

/// Is this mode block redirected?
pub(super) fn is_block(mode: &IoMode) -> bool {
    mode.kind == ModeKind::BlockRedirected
}

/// Finds the volume that a statement is about.
pub(super) struct Volumes {
    by_guid: BTreeMap<Guid, usize>,
    by_resource: BTreeMap<Name, usize>,
    by_friendly: BTreeMap<Name, usize>,
}

impl Volumes {
    /// The names of a case's volumes. A present name goes before a former one.
    pub(super) fn of(case: &Case) -> Self {
        let mut out =
            Self { by_guid: BTreeMap::new(), by_resource: BTreeMap::new(), by_friendly: BTreeMap::new() };
        for (at, volume) in case.volumes.iter().enumerate() {
            for guid in [volume.guid, volume.resource_id].into_iter().flatten() {
                out.by_guid.entry(guid).or_insert(at);
            }
            if let Some(name) = &volume.resource {
                out.by_resource.entry(name.clone()).or_insert(at);
            }
            if let Some(name) = &volume.friendly {
                out.by_friendly.entry(name.clone()).or_insert(at);
            }
        }
        for (at, volume) in case.volumes.iter().enumerate() {
            for name in &volume.also_named {
                out.by_friendly.entry(name.clone()).or_insert(at);
            }
        }
        out
    }

    /// Resource and ids are surer than the friendly name, which people change.
    pub(super) fn find(&self, volume: &VolumeRef) -> Option<usize> {
        let ids = [volume.guid, volume.resource_id];
        ids.iter()
            .flatten()
            .find_map(|guid| self.by_guid.get(guid))
            .or_else(|| self.by_resource.get(volume.resource.as_ref()?))
            .or_else(|| self.by_friendly.get(volume.friendly.as_ref()?))
            .copied()
    }
}

/// A statement about a volume: which, by whom, when.
pub(super) struct Told<'a> {
    pub(super) fact: FactId,
    pub(super) volume: usize,
    pub(super) node: Option<&'a Name>,
    pub(super) at: Option<Instant>,
    pub(super) claim: &'a VolumeClaim,
    /// Printed with a time of its own, not a state that held when the bundle was collected.
    pub(super) is_event: bool,
}

/// The statements about volumes that `wanted` keeps, in the order of the facts.
pub(super) fn told<'a>(case: &'a Case, wanted: impl Fn(&VolumeClaim) -> bool) -> Vec<Told<'a>> {
    let volumes = Volumes::of(case);
    let about = |(fact, placed): (FactId, &'a Placed)| {
        let Claim::Volume(subject, claim) = &placed.fact.claim else { return None };
        let volume = wanted(claim).then(|| volumes.find(subject))??;
        let at = placed.moment.map(|m| m.at);
        let is_event = placed.fact.stamp != Stamp::Collected;
        Some(Told { fact, volume, node: placed.fact.reporter.as_ref(), at, claim, is_event })
    };
    case.facts().filter_map(about).collect()
}

/// Nodes of the case whose `channel` is complete from `from` to the end of the evidence.
pub(super) fn covered_nodes<'a>(case: &'a Case, channel: &Channel, from: Instant) -> Vec<&'a Name> {
    let Some(last) = case.to else { return Vec::new() };
    let names = case.nodes.iter().filter_map(|n| n.name.as_ref());
    names.filter(|name| case.covers(name, channel, from, last)).collect()
}

/// Is the System log of every node complete over all the evidence?
pub(super) fn system_log_everywhere(case: &Case) -> bool {
    let Some(first) = case.from else { return false };
    !case.nodes.is_empty() && covered_nodes(case, &Channel::System, first).len() == case.nodes.len()
}

/// Statements by the volume that they are about, each in their order.
pub(super) fn by_volume<'t, 'a>(case: &Case, told: &'t [Told<'a>]) -> Vec<Vec<&'t Told<'a>>> {
    let mut out = vec![Vec::new(); case.volumes.len()];
    for told in told {
        out[told.volume].push(told);
    }
    out
}

/// A day, nanoseconds. Windows writes its up time into the System log once a day (EventLog 6013), so a log that is silent for
/// less may have had nothing to tell.
const DAY: i64 = 86_400_000_000_000;
/// An hour, nanoseconds.
const HOUR: i64 = 3_600_000_000_000;

/// The nodes whose `channel` does not tell of the whole time, and what is missing of it: `N2 (none was read)`, `N3 (it
/// begins at ...)`. A log is taken to be silent, not missing, beyond its ends for up to a day; one that holds less than
/// half of the time must reach to its edges, or to an hour of them.
pub(super) fn lacking(case: &Case, channel: &Channel) -> Vec<String> {
    let Some((first, last)) = case.from.zip(case.to) else { return Vec::new() };
    let lacks = |name: &Name| {
        let of_node = case.covered.iter().filter(|c| c.node == *name && c.channel == *channel);
        let (from, to) = of_node.fold((None, None), |(from, to): (Option<Instant>, Option<Instant>), c| {
            (Some(from.map_or(c.from, |known| known.min(c.from))), to.max(Some(c.to)))
        });
        let Some((from, to)) = from.zip(to) else { return Some(format!("{name} (none was read)")) };
        let held = to.0.saturating_sub(from.0);
        let bound = if held.saturating_mul(2) < last.0.saturating_sub(first.0) { HOUR } else { DAY };
        if from.0.saturating_sub(first.0) > bound {
            return Some(format!("{name} (it begins at {})", words::instant(from)));
        }
        (last.0.saturating_sub(to.0) > bound).then(|| format!("{name} (it ends at {})", words::instant(to)))
    };
    case.nodes.iter().filter_map(|n| lacks(n.name.as_ref()?)).collect()
}

/// Does `channel` of any node tell of the whole time, as far as [`lacking`] knows?
pub(super) fn somewhere(case: &Case, channel: &Channel) -> bool {
    lacking(case, channel).len() < case.nodes.iter().filter(|n| n.name.is_some()).count()
}

/// Two minutes, nanoseconds: nodes write events and states of one change at slightly different times.
pub(super) const NEAR: u64 = 120_000_000_000;

/// Does the span hold at `at`, or within [`NEAR`] of it?
pub(super) fn holds_near(span: &Span, at: Instant) -> bool {
    let near = |end: Instant| end.0.abs_diff(at.0) <= NEAR;
    span.from.is_none_or(|from| from <= at || near(from)) && span.to.is_none_or(|to| at < to || near(to))
}

/// Is there any stretch in which `channel` of `node` speaks?
pub(super) fn has_channel(case: &Case, node: &Name, channel: &Channel) -> bool {
    case.covered.iter().any(|c| c.node == *node && c.channel == *channel)
}

#[cfg(test)]
mod tests {
    use super::{lacking, somewhere};
    use crate::fact::Channel;
    use crate::fixture::{Build, at};

    /// Ten hours of evidence; `logs` are the minutes that each node's System log holds, none where it was not read.
    #[track_caller]
    fn check(logs: &[(&str, Option<(i64, i64)>)], expect: &[&str], is_somewhere: bool) {
        let mut b = Build::new(600);
        for (node, _) in logs {
            b.node(node, 17763);
        }
        let of = |node: &str| logs.iter().find(|(name, _)| *name == node).and_then(|(_, held)| *held);
        b.case.covered.retain_mut(|covered| match of(covered.node.as_str()) {
            Some((from, to)) => {
                (covered.from, covered.to) = (at(from), at(to));
                true
            }
            None => false,
        });
        let case = b.done().0;
        assert_eq!(lacking(&case, &Channel::System), expect);
        assert_eq!(somewhere(&case, &Channel::System), is_somewhere);
    }

    #[test]
    fn a_log_that_is_silent_at_its_edges_lacks_nothing() {
        check(&[("N1", Some((0, 600)))], &[], true);
        check(&[("N1", Some((140, 470)))], &[], true);
        // Less than half of the time: it must reach to an hour of the edges.
        check(
            &[("N1", Some((50, 300))), ("N2", Some((0, 600)))],
            &["N1 (it ends at 2026-02-01 05:00:00Z)"],
            true,
        );
        check(&[("N1", Some((310, 600)))], &["N1 (it begins at 2026-02-01 05:10:00Z)"], false);
        check(&[("N1", None), ("N2", Some((0, 600)))], &["N1 (none was read)"], true);
        check(&[("N1", None), ("N2", None)], &["N1 (none was read)", "N2 (none was read)"], false);
    }
}
