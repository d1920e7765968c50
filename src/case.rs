//! The read-only whole that rules and reports see.

use crate::fact::{
    Certainty, Channel, ClockReading, Evidence, Fact, FactId, InputId, Instant, Moment, Name, Span,
};
use crate::ledger::Tally;

// The data of earlier stages, for rules and reports: they import the case and not the stages behind it.
pub use crate::route::{Bytes, Route, RouteKind, Traffic};
pub use crate::timeline::{
    NodeStory, Piece, Placement, Settled, Timeline, VmDisk, VmStory, VolumeStory, evidence_of,
};

/// A fact with its place in time. `None` where it could not be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The fact.
    pub fact: Fact,
    /// When, on the common clock.
    pub moment: Option<Moment>,
}

/// A channel of a node that is complete between two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// In which input.
    pub input: InputId,
    /// Whose log.
    pub node: Name,
    /// Which stream.
    pub channel: Channel,
    /// First entry.
    pub from: Instant,
    /// Last entry.
    pub to: Instant,
}

/// What was handed in, one line an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSummary {
    /// Which.
    pub id: InputId,
    /// Path within the bundle, `/` between folders, `!` between an archive and its member.
    pub path: String,
    /// `cluster_log`, `evtx`, `clixml`, ... or `unrecognised`.
    pub kind: &'static str,
    /// Whose.
    pub node: Option<Name>,
    /// Size, decompressed.
    pub bytes: u64,
    /// First and last entry.
    pub from: Option<Instant>,
    /// Last entry.
    pub to: Option<Instant>,
    /// Belongs to another cluster, or is not shown to be of this one, and was kept out.
    pub foreign: bool,
}

/// Properties of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterStory {
    /// Its name.
    pub name: Option<Name>,
    /// Storage Spaces Direct enabled.
    pub spaces_direct: Settled<bool>,
    /// `ClusterFunctionalLevel`.
    pub functional_level: Option<u32>,
}

/// Everything that was found out. Immutable once built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// First placed instant of the bundle.
    pub from: Option<Instant>,
    /// Last placed instant of the bundle: the moment of collection, as far as is known.
    pub to: Option<Instant>,
    /// Facts in total order: time, node, input, offset; unplaced facts last. `FactId` is the index.
    pub facts: Vec<Placed>,
    /// Clocks by node.
    pub clocks: Vec<ClockReading>,
    /// The cluster.
    pub cluster: ClusterStory,
    /// Nodes, by name.
    pub nodes: Vec<NodeStory>,
    /// Volumes, by label.
    pub volumes: Vec<VolumeStory>,
    /// VMs, by label.
    pub vms: Vec<VmStory>,
    /// Routes, by VM, disk and time.
    pub routes: Vec<Route>,
    /// Measured traffic, by volume, node, file and path.
    pub traffic: Vec<Traffic>,
    /// Which logs cover which time.
    pub covered: Vec<Covered>,
    /// What was handed in.
    pub inputs: Vec<InputSummary>,
    /// The account of each input, in input order.
    pub ledger: Vec<Tally>,
}

impl Case {
    /// The fact behind a citation.
    #[must_use]
    pub fn fact(&self, id: FactId) -> &Placed {
        &self.facts[id.0 as usize]
    }

    /// Facts with their ids.
    pub fn facts(&self) -> impl Iterator<Item = (FactId, &Placed)> {
        self.facts.iter().enumerate().map(|(at, placed)| (FactId(at as u32), placed))
    }

    /// The facts placed within `from..=to`, without a look at the others.
    pub fn facts_within(&self, from: Instant, to: Instant) -> impl Iterator<Item = (FactId, &Placed)> {
        let after = |bound: Instant| move |p: &Placed| p.moment.is_some_and(|m| m.at <= bound);
        let first = self.facts.partition_point(|p| p.moment.is_some_and(|m| m.at < from));
        let last = self.facts.partition_point(after(to)).max(first);
        (first..last).map(|at| (FactId(at as u32), &self.facts[at]))
    }

    /// The routes of the disks on a volume that may share an instant with `span`, in their order, without a look at
    /// others'.
    pub fn routes_during<'a>(&'a self, volume: usize, span: &'a Span) -> impl Iterator<Item = &'a Route> {
        let disks = move |(vm, story): (usize, &'a VmStory)| {
            let of_volume = story.disks.iter().enumerate().filter(move |(_, d)| d.volume == Some(volume));
            of_volume.map(move |(disk, _)| (vm, disk))
        };
        let disks = self.vms.iter().enumerate().flat_map(disks);
        disks.flat_map(move |(vm, disk)| {
            let begin = self.routes.partition_point(|r| (r.vm, r.disk) < (vm, disk));
            let count = self.routes[begin..].partition_point(|r| (r.vm, r.disk) == (vm, disk));
            let own = &self.routes[begin..begin + count];
            let first =
                own.partition_point(|r| r.span.to.zip(span.from).is_some_and(|(to, from)| to <= from));
            let last = own.partition_point(|r| r.span.from.zip(span.to).is_none_or(|(from, to)| from < to));
            &own[first.min(last)..last]
        })
    }

    /// The build of the newest Windows among the nodes that say; the cluster's generation.
    #[must_use]
    pub fn os_build(&self) -> Option<u32> {
        self.nodes.iter().filter_map(|n| n.os_build).max()
    }

    /// Is `channel` of `node` complete over the whole of `from..=to`, in one or several touching pieces?
    #[must_use]
    pub fn covers(&self, node: &Name, channel: &Channel, from: Instant, to: Instant) -> bool {
        let mut reached = from;
        let mut pieces: Vec<_> =
            self.covered.iter().filter(|c| c.node == *node && c.channel == *channel).collect();
        pieces.sort_by_key(|c| (c.from, c.to));
        for piece in pieces {
            if piece.from <= reached && piece.to >= reached {
                reached = piece.to;
            }
        }
        reached >= to
    }

    /// The weakest certainty of several.
    #[must_use]
    pub fn weakest(certainties: impl IntoIterator<Item = Certainty>) -> Certainty {
        certainties.into_iter().min().unwrap_or(Certainty::Unknown)
    }

    /// All evidence of several lists, in order, without repeats.
    #[must_use]
    pub fn join_evidence<'a>(lists: impl IntoIterator<Item = &'a [Evidence]>) -> Vec<Evidence> {
        let mut out: Vec<Evidence> = lists.into_iter().flatten().copied().collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}
