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

/// One connection as `Get-SmbMultichannelConnection` lists it, after MSFT_SmbMultichannelConnection of Windows'
/// reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SmbConnection {
    /// Which SMB client instance, where the source says: `Default`, `CSV`, `SBL`, `SR`.
    pub instance: Option<Name>,
    /// Address on the client.
    pub client: Option<String>,
    /// Address on the server.
    pub server: Option<String>,
    /// Chosen to carry traffic.
    pub selected: Option<bool>,
    /// Both ends can do RDMA.
    pub rdma: Option<bool>,
    /// Bits a second, of the client's adapter.
    pub speed: Option<u64>,
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
        /// Subnet address as printed; with its prefix length where the source prints both as one.
        address: Option<String>,
        /// Subnet mask as printed.
        mask: Option<String>,
    },
    /// An adapter of the ref's node stands in the ref's network.
    Adapter {
        /// The adapter's own name on its node.
        name: Name,
        /// Its addresses as printed.
        addresses: Vec<String>,
    },
    /// An address of an adapter; the ref's interface is the adapter's name on the reporter.
    Address {
        /// As printed.
        address: String,
        /// Length of the subnet's prefix, in bits.
        prefix: Option<u8>,
    },
    /// A component is installed on an adapter, and bound to it or not; the ref's interface is the adapter's name on the
    /// reporter.
    Binding {
        /// Component id: `ms_msclient`, `ms_server`.
        component: Name,
        /// Bound.
        bound: bool,
    },
    /// What the reporter demands of SMB connections.
    SmbSecurity {
        /// As a server rather than as a client.
        server: bool,
        /// Signing is required.
        signing: Option<bool>,
        /// Data is encrypted.
        encryption: Option<bool>,
    },
    /// A connection of the reporter's SMB client that multichannel keeps; the ref's node is the server.
    SmbConnection(SmbConnection),
    /// The reporter's SMB client found RDMA and signing (30909) or encryption (30910) in use together.
    RdmaSecured {
        /// Event id.
        event: u16,
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
