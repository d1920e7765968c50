//! Cluster networks, routes between nodes, and SMB connections that carry redirected I/O.

use super::{Name, NtStatus};

/// A network, interface or peer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkRef {
    /// Cluster network name.
    pub network: Option<Name>,
    /// Interface name.
    pub interface: Option<Name>,
    /// Node of the interface, or the peer node.
    pub node: Option<Name>,
}

/// One SMB connection, session or share that a client event names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SmbLink {
    /// Server name as printed.
    pub server: Option<Name>,
    /// Server address as text.
    pub address: Option<String>,
    /// SMB client instance where the event names it: tells CSV traffic from user shares.
    pub instance: Option<Name>,
}

/// What a source says of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkClaim {
    /// A snapshot of a cluster network.
    Properties {
        /// State as printed.
        state: Option<String>,
        /// Role as printed (`ClusterAndClient`, `Cluster`, `None`, 0, 1, 3).
        role: Option<String>,
        /// Metric.
        metric: Option<u32>,
        /// Subnet address as printed.
        address: Option<String>,
    },
    /// A network or interface came up (true) or went down (1125 to 1130, 1651).
    State {
        /// Up or down.
        up: bool,
        /// Event id; 0 for an engine line.
        event: u16,
    },
    /// A NetFT route between two endpoints (1650, `[NETFTAPI]`, `[IM]`).
    Route {
        /// Local endpoint as printed.
        local: String,
        /// Remote endpoint as printed.
        remote: String,
        /// Reachable or not.
        up: bool,
    },
    /// Heartbeats are missing on a route.
    HeartbeatsMissed {
        /// Local endpoint as printed.
        local: String,
        /// Remote endpoint as printed.
        remote: String,
    },
    /// SMB client: connection, session or share lost (false) or re-established (true).
    Smb {
        /// Event id (30803 to 30809).
        event: u16,
        /// Which.
        link: SmbLink,
        /// Up or down.
        up: bool,
        /// Status where given.
        status: Option<NtStatus>,
    },
}
