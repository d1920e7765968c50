//! Where a VM disk's I/O goes: mode x placement x ownership. State alone is not traffic.

mod bytes;
mod overlay;
mod rivals;

pub use bytes::measured;
pub use overlay::routes;

use crate::fact::{FactId, Name, Span, TrafficPath};

/// The route of design.md section 5.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    /// The volume is paused or unavailable on the VM's node: I/O waits.
    Held,
    /// Straight to the disk.
    Direct,
    /// File-system redirected on the coordinator itself: stays inside the node.
    OwnerLocal,
    /// Over SMB to the coordinator's file system.
    ViaCoordinatorFs,
    /// Over SMB to the coordinator, below its file system.
    ViaCoordinatorBlock,
    /// Cannot be told.
    Unknown,
}

impl RouteKind {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Direct => "direct",
            Self::OwnerLocal => "owner_local",
            Self::ViaCoordinatorFs => "via_coordinator_fs",
            Self::ViaCoordinatorBlock => "via_coordinator_block",
            Self::Unknown => "unknown",
        }
    }

    /// Does the route pass through another node?
    #[must_use]
    pub fn is_detour(self) -> bool {
        matches!(self, Self::ViaCoordinatorFs | Self::ViaCoordinatorBlock)
    }
}

/// Bytes that took a route, measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub written: u64,
    /// Bytes of which the direction is not known.
    pub undirected: u64,
    /// The source lost records in this time: the figures are lower bounds.
    pub lossy: bool,
    /// The first measurement.
    pub first: Option<FactId>,
    /// Which source measured them.
    pub source: &'static str,
}

/// Measured traffic of a node with a volume, or with one file of it, over the whole bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// From the first to the last measurement; the first is its evidence.
    pub span: Span,
    /// Index of the volume in the case; `None` where the source does not tell.
    pub volume: Option<usize>,
    /// Who sent it; `None` where nothing tells whose trace it is.
    pub node: Option<Name>,
    /// The file, as the source prints it; `None` where the figure is of the whole volume.
    pub file: Option<Name>,
    /// Index of the VM whose disk the file is, where it is one VM's.
    pub vm: Option<usize>,
    /// Which way, as the source can tell it.
    pub path: TrafficPath,
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub written: u64,
    /// Bytes of which the direction is not known.
    pub undirected: u64,
    /// Operations, where the source counts them.
    pub operations: Option<u64>,
    /// The source lost records: the figures are lower bounds.
    pub lossy: bool,
    /// Which source measured.
    pub source: &'static str,
}

/// The route of one VM disk during one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// When, how sure, why.
    pub span: Span,
    /// Index of the VM in the case.
    pub vm: usize,
    /// Index of the disk in the VM.
    pub disk: usize,
    /// Index of the volume in the case; `None` where the path leads to none.
    pub volume: Option<usize>,
    /// Where the VM ran.
    pub node: Option<Name>,
    /// Who owned the volume.
    pub coordinator: Option<Name>,
    /// Which way.
    pub route: RouteKind,
    /// For `Unknown`: which of node, coordinator and mode is missing, or that they contradict each other.
    pub missing: Vec<&'static str>,
    /// Bytes, where measured.
    pub bytes: Option<Bytes>,
}
