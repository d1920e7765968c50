//! What a node left behind: event records and engine lines, in the order in which they were written.
//!
//! A [`Record`] is an event before any format: the EVTX writer and the cluster.log writer put down the same
//! one, with the same process, thread and time, as Windows does.

use crate::fact::{Guid, Instant};

/// A typed value of an event field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Absent.
    Null,
    /// Text.
    Text(String),
    /// The insertion strings of a classic event.
    Texts(Vec<String>),
    /// Unsigned, 8 bits.
    U8(u8),
    /// Unsigned, 16 bits.
    U16(u16),
    /// Signed, 32 bits.
    I32(i32),
    /// Unsigned, 32 bits.
    U32(u32),
    /// Unsigned, 64 bits.
    U64(u64),
    /// Boolean.
    Bool(bool),
    /// Bytes.
    Binary(Vec<u8>),
    /// GUID.
    Guid(Guid),
    /// 100 ns units since 1601 UTC.
    FileTime(u64),
    /// Security identifier `S-1-authority-parts...`.
    Sid {
        /// Identifier authority.
        authority: u8,
        /// Sub-authorities.
        parts: Vec<u32>,
    },
    /// Hexadecimal, 32 bits.
    Hex32(u32),
    /// Hexadecimal, 64 bits; also pointers.
    Hex64(u64),
}

impl Value {
    /// A text value.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// As a message inserts it.
    pub(super) fn inserted(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::U8(number) => number.to_string(),
            Self::U16(number) => number.to_string(),
            Self::I32(number) => number.to_string(),
            Self::U32(number) => number.to_string(),
            Self::U64(number) => number.to_string(),
            Self::Guid(guid) => format!("{{{guid}}}"),
            Self::Hex32(number) => format!("{number:#x}"),
            Self::Hex64(number) => format!("{number:#x}"),
            Self::Bool(value) => value.to_string(),
            Self::Texts(texts) => texts.join(" "),
            Self::Null | Self::Binary(_) | Self::FileTime(_) | Self::Sid { .. } => String::new(),
        }
    }
}

/// How an event carries its fields.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// `EventData` with one `Data` a field; a field without a name gives a `Data` without one.
    EventData,
    /// A classic event: insertion strings, then binary data.
    Classic,
    /// `UserData` with one element of this name and namespace, and one element a field.
    UserData {
        /// Element below `UserData`.
        element: &'static str,
        /// Its namespace.
        namespace: &'static str,
    },
}

/// Who logs: a provider with the channel it writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provider {
    /// Name.
    pub(super) name: &'static str,
    /// GUID; classic sources have none.
    pub(super) guid: Option<&'static str>,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// Who.
    pub(super) provider: Provider,
    /// Where.
    pub(super) channel: &'static str,
    /// Event id.
    pub(super) id: u16,
    /// Upper half of a classic event's full id (severity and facility).
    pub(super) qualifiers: Option<u16>,
    /// Version of the layout.
    pub(super) version: u8,
    /// 1 critical, 2 error, 3 warning, 4 information.
    pub(super) level: u8,
    /// Keywords.
    pub(super) keywords: u64,
    /// Task.
    pub(super) task: u16,
    /// Opcode.
    pub(super) opcode: u8,
    /// Security identifier of the process, as sub-authorities of `S-1-5`.
    pub(super) user: &'static [u32],
    /// How the fields stand.
    pub(super) body: Body,
    /// Fields in template order; an empty name where none is established.
    pub(super) fields: Vec<(&'static str, Value)>,
}

/// Level of an engine line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// An event.
    Record(Box<Record>),
    /// A line of the cluster engine or a resource host.
    Engine(Level, String),
}

/// Process that wrote an entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// Kernel and drivers (4).
    System,
    /// Cluster service.
    Cluster,
    /// Resource host of the disks.
    DiskHost,
    /// Resource host of the virtual machines.
    VmHost,
    /// Virtual machine management service.
    Vmms,
    /// Any other service.
    Service,
}

/// One entry of a node's logs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// By the node's own clock.
    pub(super) at: Instant,
    /// Process id.
    pub(super) pid: u32,
    /// Thread id.
    pub(super) tid: u32,
    /// What.
    pub(super) what: What,
}
