//! The read-only whole that rules and reports see.

use crate::fact::{Certainty, Channel, ClockReading, Evidence, Fact, FactId, InputId, Instant, Moment, Name};
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
