//! Cluster nodes: membership, service, boots, build.

use super::Name;

/// A node by name and, where known, its number in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRef {
    /// Name (first label). `None` means the reporter, or a node known by number only.
    pub name: Option<Name>,
    /// Node number.
    pub number: Option<u32>,
}

impl NodeRef {
    /// The reporter itself.
    pub const REPORTER: Self = Self { name: None, number: None };

    /// By name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: Some(Name::node(name)).filter(|n| !n.is_empty()), number: None }
    }
}

/// `CLUSTER_NODE_STATE`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeState {
    /// 0.
    Up,
    /// 1.
    Down,
    /// 2.
    Paused,
    /// 3.
    Joining,
    /// Any other word, as printed (`Isolated`, `Quarantined`).
    Other(String),
}

impl NodeState {
    /// Reads text or the number of `CLUSTER_NODE_STATE`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "up" | "0" => Self::Up,
            "down" | "1" => Self::Down,
            "paused" | "2" => Self::Paused,
            "joining" | "3" => Self::Joining,
            _ => Self::Other(text.trim().to_owned()),
        }
    }
}

/// What a source says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeClaim {
    /// The ref's name and number belong together; it is a member of the cluster.
    Named,
    /// The reporter's own number in the cluster (CsvFs 12368).
    OwnNumber(u32),
    /// A snapshot of its state.
    State(NodeState),
    /// Windows build number: 9600, 14393, 17763, 20348, 26100.
    OsBuild(u32),
    /// Windows name as printed: `Microsoft Windows Server 2012 R2 Datacenter`.
    OsName(String),
    /// An update that is installed (`Get-HotFix`): `KB4103723`.
    Update(Name),
    /// The cluster service started on the reporter.
    ServiceStarted,
    /// The cluster service stopped on the reporter.
    ServiceStopped {
        /// In order (true), or because it had to (quorum loss, fatal error).
        orderly: bool,
    },
    /// Joined or formed the cluster (1061, 1062, join succeeded).
    Joined,
    /// Removed from active membership, seen by the reporter (1135, or the engine's line, which it also writes when a
    /// node leaves in order).
    Removed,
    /// Evicted from the cluster by an administrator (1011).
    Evicted,
    /// The engine lost or made a connection to it.
    Connection {
        /// Connected or disconnected.
        up: bool,
    },
    /// A membership view: its id, shared by all nodes, and the member numbers.
    View {
        /// View id as printed, without members: `1101`.
        id: String,
        /// Member node numbers.
        members: Vec<u32>,
        /// Proposed, current (installed) or paused for (GEM).
        stage: &'static str,
    },
    /// Quorum lost (1177, engine).
    QuorumLost,
    /// Isolated (1673 with one field), or back (1680).
    Isolated {
        /// Entered or left.
        on: bool,
    },
    /// Quarantined (1672, 1675, 1676).
    Quarantined,
    /// A drain failed (1677, 1137).
    DrainFailed,
    /// A drain was asked for, or ended (engine line).
    Drain {
        /// Paused with drain (true), or resumed.
        on: bool,
    },
    /// Windows booted (Kernel-General 12, EventLog 6005).
    Booted,
    /// Windows shut down (Kernel-General 13, EventLog 6006).
    ShutDown {
        /// In order; false for EventLog 6008, Kernel-Power 41.
        orderly: bool,
    },
    /// CSVFS on the reporter was connected to (45056) or lost (49152) the cluster service.
    CsvFsService {
        /// Connected or lost.
        connected: bool,
    },
    /// A resource host process ended and restarts (1146, 1230).
    ResourceHostFailed,
}
