//! What the sources said, in the project's own words.
//!
//! A [`Fact`] is hearsay: "reporter R said X about subject S at T, here: Origin". Nothing here knows a
//! file format, and nothing here decides who was right; that is the work of `timeline`. This module imports
//! the standard library only.

mod certainty;
mod clock;
mod cluster;
mod coverage;
mod disk;
mod filter;
mod group;
mod guid;
mod name;
mod network;
mod node;
mod origin;
mod resource;
mod status;
mod time;
mod traffic;
mod vm;
mod volume;

pub use certainty::{Certainty, Evidence, FactId, Role, Span};
pub use clock::{ClockClaim, ClockReading, Compared};
pub use cluster::ClusterClaim;
pub use coverage::{Channel, Coverage};
pub use disk::{DiskClaim, DiskRef};
pub use filter::{FilterClaim, FilterRef};
pub use group::{GroupClaim, GroupKind, GroupRef, GroupState, MoveKind};
pub use guid::Guid;
pub use name::Name;
pub use network::{NetworkClaim, NetworkRef, SmbConnection, SmbLink};
pub use node::{NodeClaim, NodeRef, NodeState};
pub use origin::{InputId, Origin, Place};
pub use resource::{ResourceClaim, ResourceRef, ResourceState};
pub use status::NtStatus;
pub use time::{Instant, Moment, Stamp, TimeBase};
pub use traffic::{Flow, Latency, Meter, TrafficClaim, TrafficPath};
pub use vm::{StopKind, VmClaim, VmRef, VmState};
pub use volume::{
    BlockReasons, FileSystem, FsReasons, IoMode, ModeKind, PauseKind, RedirectCause, StorageKind, VetoReason,
    VolumeClaim, VolumeRef, VolumeState,
};

/// One statement of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When, by the source's own clock.
    pub stamp: Stamp,
    /// The node whose record this is. `None` until the input's node is known; then filled in by the
    /// driver from the input's attribution. A state dump gathered remotely keeps the node it speaks of in
    /// the claim.
    pub reporter: Option<Name>,
    /// Where the text stands.
    pub origin: Origin,
    /// Other places that tell the very same event (a `[System]` line and its System.evtx record).
    pub also: Vec<Origin>,
    /// What was said, and of whom.
    pub claim: Claim,
}

impl Fact {
    /// A fact with no reporter yet and a single origin.
    #[must_use]
    pub fn new(stamp: Stamp, origin: Origin, claim: Claim) -> Self {
        Self { stamp, reporter: None, origin, also: Vec::new(), claim }
    }

    /// The same fact, reported by `node`.
    #[must_use]
    pub fn by(mut self, node: Option<Name>) -> Self {
        self.reporter = node;
        self
    }
}

/// Subject and statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// About a Cluster Shared Volume.
    Volume(VolumeRef, VolumeClaim),
    /// About a virtual machine.
    Vm(VmRef, VmClaim),
    /// About a cluster node.
    Node(NodeRef, NodeClaim),
    /// About a physical or virtual disk and its paths.
    Disk(DiskRef, DiskClaim),
    /// About a cluster group (role).
    Group(GroupRef, GroupClaim),
    /// About a cluster resource.
    Resource(ResourceRef, ResourceClaim),
    /// About a network, an interface, or an SMB connection.
    Network(NetworkRef, NetworkClaim),
    /// About a file-system or volume filter driver.
    Filter(FilterRef, FilterClaim),
    /// About the cluster as a whole.
    Cluster(ClusterClaim),
    /// About the reporter's clock or the completeness of its logs.
    Clock(ClockClaim),
    /// Measured traffic of the reporter.
    Traffic(Box<TrafficClaim>),
}
