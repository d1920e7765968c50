//! Clocks and gaps: what a log says of its own time and completeness.

use super::{Name, Stamp};

/// What a source says of the reporter's clock or logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockClaim {
    /// The clock was set (Kernel-General 1, Time-Service): from old to new, both by that clock.
    Stepped {
        /// Old time.
        old: Stamp,
        /// New time.
        new: Stamp,
    },
    /// Minutes to add to local time to get UTC (Windows `Bias`), as a record or snapshot says.
    Bias {
        /// Minutes.
        minutes: i32,
    },
    /// A Windows time zone name (`W. Europe Standard Time`).
    Zone(Name),
    /// A time that is node-local by nature (`lastFailoverTime`), printed at the fact's own stamp.
    LocalWitness {
        /// Local wall-clock time.
        local: Stamp,
    },
    /// A time that is UTC by nature (the quorum death timer), printed at the fact's own stamp.
    UtcWitness {
        /// UTC time.
        utc: Stamp,
    },
    /// A log was cleared (Eventlog 104, 1102): earlier records are gone.
    LogCleared {
        /// Which channel.
        channel: Name,
    },
    /// The event log service started (6005) or stopped (6006): nothing is logged in between.
    LogService {
        /// Started or stopped.
        started: bool,
    },
    /// The engine log began anew (`LOG BEGIN`).
    LogBegin,
    /// The dump of state was taken at this time (a snapshot that carries its own time).
    SnapshotTaken,
}

/// A node's clock against the common time, for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Which node.
    pub node: Name,
    /// What was added to the node's stamps, nanoseconds; `None` where nothing is known.
    pub offset: Option<i64>,
    /// Half width of the interval that holds the truth, nanoseconds; `None` where unknown.
    pub spread: Option<i64>,
    /// What this rests on, in words.
    pub basis: String,
    /// How it was compared with other nodes' clocks; `None` where nothing compares it.
    pub compared: Option<Compared>,
}

/// A clock compared with others by events that several nodes log under one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The node whose clock the group's times are told by: its median clock.
    pub reference: Name,
    /// Nodes of one group are comparable; 0 is the largest group, which the report's times go by.
    pub group: u32,
    /// Shared events that agree.
    pub events: u64,
    /// Shared events that contradict and were left out.
    pub refused: u64,
    /// Median distance of the agreeing events from the estimate, nanoseconds.
    pub residual: i64,
    /// How much the clock gains on the reference, parts per billion.
    pub drift: i64,
}
