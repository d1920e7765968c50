//! Cluster groups (roles): where they are, where they go.

use super::{Guid, Name};

/// A group by name and, where known, cluster object id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupRef {
    /// Name. The group of a CSV disk is usually named by a GUID.
    pub name: Option<Name>,
    /// Object id.
    pub id: Option<Guid>,
}

impl GroupRef {
    /// By name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: Some(Name::new(name)).filter(|n| !n.is_empty()), id: None }
    }
}

/// What a group is for (`GroupType`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// A VM role (111).
    VirtualMachine,
    /// Holds a CSV disk (`ClusterSharedVolume`, 4 in `CLUSGROUP_TYPE`: ClusGroupTypeSharedVolume).
    SharedVolume,
    /// Any other, as printed.
    Other(String),
}

/// Group state (`CLUSTER_GROUP_STATE`) or the engine's own words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupState {
    /// 0.
    Online,
    /// 1.
    Offline,
    /// 2.
    Failed,
    /// 3.
    PartialOnline,
    /// 4.
    Pending,
    /// Any other word, as printed.
    Other(String),
}

impl GroupState {
    /// Reads text or the number of `CLUSTER_GROUP_STATE`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "online" | "0" => Self::Online,
            "offline" | "1" => Self::Offline,
            "failed" | "2" => Self::Failed,
            "partialonline" | "3" => Self::PartialOnline,
            "pending" | "4" => Self::Pending,
            _ => Self::Other(text.trim().to_owned()),
        }
    }
}

/// `MoveType::X` of the engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoveKind {
    /// By request.
    Manual,
    /// The owner went down. Such a line names the *new* owner as both source and target.
    NodeDown,
    /// Automatic failover (event 1153).
    Failover,
    /// Return to the preferred owner (event 1154).
    Failback,
    /// Any other, as printed.
    Other(String),
    /// The source names no type (event 1641).
    Unsaid,
}

/// What a source says of a group. `node: None` means the reporter itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupClaim {
    /// The ref's names belong together.
    Named,
    /// A snapshot: owner and state.
    On {
        /// Owner.
        node: Name,
        /// State where given.
        state: Option<GroupState>,
    },
    /// What it is for.
    Kind(GroupKind),
    /// A move is announced or under way.
    Moving {
        /// Previous owner. Always `None` for `NodeDown`.
        from: Option<Name>,
        /// New owner.
        to: Name,
        /// Why.
        kind: MoveKind,
    },
    /// A move was asked for (`RcmApi::MoveGroup`).
    MoveRequested {
        /// Node number or name where given.
        to: Option<String>,
        /// Why.
        kind: MoveKind,
    },
    /// A state was reached; `node` where the line names it, else the reporter logged it (1201, 1204).
    State {
        /// Old state where given.
        from: Option<GroupState>,
        /// New state.
        to: GroupState,
        /// The reporter itself hosts the group (1200, 1201, 1203, 1204 are logged by the host).
        here: bool,
    },
    /// A move or failover was refused or ended badly (1137, 1155, 1254, 1205).
    MoveFailed {
        /// Event id; 0 for an engine line.
        event: u16,
    },
    /// The load balancer moves VMs (1808).
    Balanced {
        /// Target.
        to: Name,
    },
}
