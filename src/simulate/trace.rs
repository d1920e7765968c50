//! What an ETW session records on a node: events with the processor and the activity that no log keeps, and how the
//! session was set up.

use super::calendar::{SECOND, offset_minutes};
use super::log::Record;
use super::play::io::Load;
use super::world::World;
use crate::fact::{Guid, Instant};

/// What traces are kept as.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum TraceForm {
    /// As the session wrote them.
    #[default]
    Etl,
    /// Converted by `tracerpt -of CSV`.
    TracerptCsv,
    /// Converted by `tracerpt -of XML`.
    TracerptXml,
    /// Converted by `tracerpt -of EVTX`.
    Evtx,
    /// No trace: counters of the same I/O, comma-separated.
    Counters,
}

impl TraceForm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Etl, Self::TracerptCsv, Self::TracerptXml, Self::Evtx, Self::Counters];

    /// As the command line says it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Etl => "etl",
            Self::TracerptCsv => "tracerpt-csv",
            Self::TracerptXml => "tracerpt-xml",
            Self::Evtx => "evtx",
            Self::Counters => "counters",
        }
    }
}

/// How a scenario that leaves traces takes them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracing {
    /// What they are kept as.
    pub form: TraceForm,
    /// I/Os a second of each virtual disk, on average; `None`: the scenario's own.
    pub rate: Option<u32>,
    /// So many percent of the buffers never reach the file.
    pub lost: u32,
    /// The files are circular, of at most so many buffers: the newest overwrite the oldest. Files that are compressed
    /// afterwards never are.
    pub circular: Option<usize>,
    /// The files were copied while they were being written.
    pub unclosed: bool,
}

/// One recorded event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Traced {
    /// By the node's own clock.
    pub(super) at: Instant,
    /// Processor.
    pub(super) cpu: u16,
    /// Process id.
    pub(super) pid: u32,
    /// Thread id.
    pub(super) tid: u32,
    /// Activity that the event belongs to.
    pub(super) activity: Option<Guid>,
    /// Activity that it came from.
    pub(super) related: Option<Guid>,
    /// The event.
    pub(super) record: Record,
}

/// The clock that stamps the records.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Ticks {
    /// Performance counter: so many ticks a second.
    Counter(u64),
    /// System time.
    System,
}

/// How a session was set up, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Of the node's Windows.
    pub(super) build: u32,
    /// How many processors it has.
    pub(super) cpus: u16,
    pub(super) ticks: Ticks,
    /// Bytes of a buffer.
    pub(super) buffer: u32,
    /// Rewritten with compression after it was closed.
    pub(super) compressed: bool,
    /// `false`: copied while it was being written.
    pub(super) closed: bool,
    /// Circular, of at most so many buffers: the newest overwrite the oldest.
    pub(super) circular: Option<usize>,
    /// So many percent of the buffers never reach the file.
    pub(super) lost: u32,
    /// Decides which.
    pub(super) seed: u64,
    /// When it started, by the node's clock.
    pub(super) start: Instant,
    /// When the node booted.
    pub(super) boot: Instant,
    /// Minutes from local time to UTC.
    pub(super) bias: i32,
    /// Name of the session.
    pub(super) name: String,
    /// Name and domain of the computer, where the session holds the kernel's record of it.
    pub(super) computer: Option<(String, String)>,
}

impl Session {
    /// The session of a node: even ones as written, odd ones compressed.
    pub(super) fn of(world: &World, node: usize, load: Load) -> Self {
        let odd = node % 2 == 1;
        let of = &world.cluster.nodes[node];
        Self {
            build: world.cluster.build,
            cpus: load.cpus,
            ticks: if odd { Ticks::System } else { Ticks::Counter(10_000_000) },
            buffer: if load.every < SECOND { 65_536 } else { 16_384 },
            compressed: odd,
            closed: !load.tracing.unclosed,
            circular: load.tracing.circular.filter(|_| !odd),
            lost: load.tracing.lost,
            seed: load.seed ^ node as u64,
            start: world.clock(node, world.start),
            boot: of.booted,
            bias: -offset_minutes(world.start, of.clock.zone),
            name: "csv_trace".into(),
            computer: Some((of.name.clone(), world.cluster.domain.clone())),
        }
    }
}
