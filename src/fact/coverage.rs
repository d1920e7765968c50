//! Which logs were there to speak, and for how long. Silence means something only inside coverage.

use super::{InputId, Name, Stamp};

/// A stream of events of one node that is complete over a span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The System event log (EVTX), or the `[=== System ===]` section of a cluster.log, which holds the
    /// FailoverClustering events of that log only.
    System,
    /// `Microsoft-Windows-FailoverClustering/Operational`, as EVTX or as a cluster.log section.
    ClusterOperational,
    /// The engine's own lines (`[=== Cluster Logs ===]`, FailoverClustering/Diagnostic).
    ClusterEngine,
    /// `Microsoft-Windows-FailoverClustering-CsvFs/Operational`.
    CsvFsOperational,
    /// `Microsoft-Windows-Hyper-V-VMMS-Admin`.
    VmmsAdmin,
    /// `Microsoft-Windows-Hyper-V-Worker-Admin`.
    WorkerAdmin,
    /// `Microsoft-Windows-Hyper-V-High-Availability-Admin`.
    HighAvailabilityAdmin,
    /// `Microsoft-Windows-VHDMP-Operational`.
    VhdmpOperational,
    /// `Microsoft-Windows-SmbClient/Connectivity`.
    SmbConnectivity,
    /// Any other channel, by its own name.
    Other(Name),
}

/// "`channel` of `reporter` is complete from `from` to `to`." A log with a hole (cleared, rotated, service
/// restart, lost records) gives one coverage a piece. Ends are the first and last entry of the piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// In which input.
    pub input: InputId,
    /// Whose log; `None` until the input's node is known.
    pub reporter: Option<Name>,
    /// Which stream.
    pub channel: Channel,
    /// Stamp of the first entry.
    pub from: Stamp,
    /// Stamp of the last entry.
    pub to: Stamp,
}
