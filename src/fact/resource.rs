//! Cluster resources: a CSV disk's Physical Disk resource online on a node makes that node coordinator.

use super::{GroupRef, Guid, Name, NtStatus};

/// A resource by name and, where known, cluster object id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// Name.
    pub name: Option<Name>,
    /// Object id.
    pub id: Option<Guid>,
}

impl ResourceRef {
    /// By name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: Some(Name::new(name)).filter(|n| !n.is_empty()), id: None }
    }
}

/// Resource state: `CLUSTER_RESOURCE_STATE` or the engine's own words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceState {
    /// Online.
    Online,
    /// Offline.
    Offline,
    /// Failed.
    Failed,
    /// On its way up: `OnlineCallIssued`, `OnlinePending`, `WaitingToComeOnline`.
    ComingOnline(String),
    /// On its way down: `OfflineCallIssued`, `OfflinePending`, `WaitingToGoOffline`.
    GoingOffline(String),
    /// Any other word, as printed.
    Other(String),
}

impl ResourceState {
    /// Reads text, or the number of `CLUSTER_RESOURCE_STATE`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "online" | "2" => Self::Online,
            "offline" | "3" => Self::Offline,
            "failed" | "4" => Self::Failed,
            "onlinecallissued" | "onlinepending" | "waitingtocomeonline" | "129" => {
                Self::ComingOnline(text.to_owned())
            }
            "offlinecallissued" | "offlinepending" | "waitingtogooffline" | "130" => {
                Self::GoingOffline(text.to_owned())
            }
            _ => Self::Other(text.to_owned()),
        }
    }
}

/// What a source says of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceClaim {
    /// The ref's names belong together.
    Named,
    /// Resource type: `Physical Disk`, `Virtual Machine`, ...
    Kind(Name),
    /// The nodes that may own it (`Get-ClusterOwnerNode` of a resource).
    PossibleOwners(Vec<Name>),
    /// Belongs to this group.
    InGroup(GroupRef),
    /// A snapshot: owner and state.
    On {
        /// Owner.
        node: Name,
        /// State where given.
        state: Option<ResourceState>,
    },
    /// A state was reached on the reporter.
    State {
        /// Old state where given.
        from: Option<ResourceState>,
        /// New state.
        to: ResourceState,
        /// The reporter hosts the resource for certain: the line comes from its resource host or from
        /// an event that only the host logs. Other nodes may log group-wide transitions too.
        here: bool,
    },
    /// It failed or hung (1069, 1230, 1793 ...).
    Failed {
        /// Event id; 0 for an engine line.
        event: u16,
        /// Status where given.
        status: Option<NtStatus>,
    },
    /// Moved between groups (1673 with five fields).
    MovedGroup {
        /// Old group.
        from: GroupRef,
        /// Node of the old group.
        from_node: Name,
        /// New group.
        to: GroupRef,
        /// Node of the new group.
        to_node: Name,
    },
    /// Entered (true) or left maintenance mode (1237, 1238).
    Maintenance {
        /// Entered or left.
        on: bool,
    },
    /// A move was rejected (1252, 1253).
    MoveRejected {
        /// Event id.
        event: u16,
    },
}
