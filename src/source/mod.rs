//! Formats. Each source turns the bytes of one input into facts, and can find the text of an origin again.
//!
//! A source is chosen by content, never by name. Sources do not know each other.

mod bytes;
#[doc(hidden)]
pub mod cluster_log;
mod cores;
#[doc(hidden)]
pub mod counters;
pub mod etw;
#[doc(hidden)]
pub mod event;
#[doc(hidden)]
pub mod evtx;
mod lines;
mod read;
#[doc(hidden)]
pub mod snapshot;

use std::collections::BTreeSet;

use crate::bundle::{Bundle, Input};
use crate::fact::{Coverage, Fact, Guid, Name, Origin, Stamp, TimeBase};
use crate::ledger::Tally;

pub use read::{Outcome, UNRECOGNISED, quote, read_all, read_some, recognise, records};

/// The first bytes of an input, for recognition.
pub struct Head<'a> {
    /// Path within the bundle; a hint for attribution, never for recognition.
    pub path: &'a str,
    /// Up to 64 KiB from the start.
    pub bytes: &'a [u8],
    /// Size of the whole input.
    pub size: u64,
}

/// A kind of object that a cluster keeps under an id of its own, drawn when the object is made. Ids of disks,
/// volumes and virtual machines are not of these: replication of storage and of virtual machines copies them from
/// one cluster to another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// Of `[=== Nodes ===]`; `Get-ClusterNode` numbers nodes.
    Node,
    /// A cluster network.
    Network,
    /// A group (role).
    Group,
    /// A resource.
    Resource,
}

/// Objects of the cluster that an input lists with their ids: they tell clusters apart whose nodes have the same names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objects {
    /// Those listed.
    pub listed: BTreeSet<(ObjectKind, Guid)>,
    /// Kinds that are listed whole, as the tables in front of a cluster.log list them; a snapshot may show a choice.
    pub whole: BTreeSet<ObjectKind>,
}

/// All that one input gave.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Facts in file order. `reporter` is `None` where the record itself names no node.
    pub facts: Vec<Fact>,
    /// What the input covers.
    pub coverage: Vec<Coverage>,
    /// The account.
    pub tally: Tally,
    /// The node that the content names as its own (`Current node`, the only `<Computer>`, `PSComputerName`).
    pub node: Option<Name>,
    /// How the file prints [`crate::fact::Stamp::File`] times.
    pub time_base: TimeBase,
    /// The cluster's name where the content tells: finds stray logs of other clusters.
    pub cluster: Option<Name>,
    /// The cluster's id where the content tells.
    pub cluster_id: Option<Guid>,
    /// Members of the cluster that the content names, for the same purpose.
    pub members: Vec<Name>,
    /// Objects of the cluster that the content lists, for the same purpose.
    pub objects: Objects,
}

impl Reading {
    /// Nothing read yet.
    #[must_use]
    pub fn new(input: &Input) -> Self {
        Self {
            facts: Vec::new(),
            coverage: Vec::new(),
            tally: Tally::new(input.id),
            node: None,
            time_base: TimeBase::Unknown,
            cluster: None,
            cluster_id: None,
            members: Vec::new(),
            objects: Objects::default(),
        }
    }
}

/// One decoded entry before meaning, for `throughline records`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where.
    pub origin: Origin,
    /// Time as the source prints it, ISO 8601 where the format stores a number. Empty where none.
    pub time: String,
    /// The same, for whoever sorts.
    pub stamp: Stamp,
    /// Node as the record names it.
    pub node: String,
    /// Provider, tag, cmdlet or section.
    pub provider: String,
    /// Event id where the format has one.
    pub id: Option<u32>,
    /// Level as the source prints it.
    pub level: String,
    /// Fields in order; the name is empty where the record names none.
    pub fields: Vec<(String, String)>,
}

/// One format.
pub struct Source {
    /// Name in reports.
    pub kind: &'static str,
    /// Is this input of that format? By content.
    pub sniff: fn(&Head<'_>) -> bool,
    /// Reads the whole input. Never fails: what goes wrong is in the tally.
    pub read: fn(&Bundle, &Input) -> Reading,
    /// The text at each origin, as a report quotes it; `None` where it cannot be found again. Origins are
    /// sorted by offset, all of this input; the answer has the same length.
    pub quote: fn(&Bundle, &Input, &[Origin]) -> Vec<Option<String>>,
    /// Hands every decoded entry to `sink` in file order (of a trace: in order of time), until it answers `false`.
    pub records: fn(&Bundle, &Input, sink: &mut dyn FnMut(Row) -> bool) -> Tally,
}

/// Every format, most specific recognition first.
pub const SOURCES: &[Source] = &[
    evtx::SOURCE,
    evtx::MESSAGES,
    counters::SOURCE,
    // A binary counter log is a trace file as well: it is told apart first.
    counters::BLG,
    etw::SOURCE,
    etw::export::TRACERPT_CSV,
    etw::export::TRACERPT_XML,
    etw::export::XPERF,
    cluster_log::SOURCE,
    snapshot::CLIXML,
    snapshot::JSON,
    snapshot::TEXT,
];
