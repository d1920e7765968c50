//! An event where and when it happened: what a meaning needs that takes several events together, such as the
//! beginning and the end of one I/O. Every carrier (a trace, a text export of one, an event log) fills one in.

use super::Event;
use crate::fact::{Guid, Name, Origin, Stamp};

/// One event with its surroundings; `None` where the carrier does not say.
#[derive(Clone, Debug)]
pub struct Occurrence<'a> {
    /// The event.
    pub event: Event<'a>,
    /// When, by the clock of the machine that logged it.
    pub stamp: Stamp,
    /// Where it stands.
    pub origin: Origin,
    /// The machine that logged it. A converter that puts down its own name instead gives `None`.
    pub computer: Option<Name>,
    /// Process that was running.
    pub process: Option<u32>,
    /// Thread that was running.
    pub thread: Option<u32>,
    /// Processor.
    pub processor: Option<u16>,
    /// Opcode: 1 start, 2 stop.
    pub opcode: Option<u8>,
    /// Keyword bits.
    pub keywords: Option<u64>,
    /// Activity id: pairs the beginning and the end of one operation.
    pub activity: Option<Guid>,
}
