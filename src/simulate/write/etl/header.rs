//! The first record of a trace: `TRACE_LOGFILE_HEADER`, and the kernel's record of the computer's name.
//!
//! Layout: Windows SDK `evntrace.h`, 64-bit form.

use super::payload::wide;
use crate::simulate::trace::{Session, Ticks};
use crate::simulate::write::evtx::filetime;

const CIRCULAR: u32 = 2;
const SEQUENTIAL: u32 = 1;
const RELOGGED: u32 = 0x1_0000;
const COMPRESSED: u32 = 0x0400_0000;

/// What is known when the file is complete.
pub(super) struct Totals {
    /// FILETIME; 0 where the session was not closed.
    pub(super) end: u64,
    pub(super) buffers: u32,
    pub(super) events_lost: u32,
    pub(super) buffers_lost: u32,
}

/// The payload.
pub(super) fn payload(session: &Session, totals: &Totals) -> Vec<u8> {
    let (major, minor) = match session.build {
        10_000.. => (10, 0),
        9600 => (6, 3),
        _ => (6, 2),
    };
    let mode = match (session.circular, session.compressed) {
        (Some(_), _) => CIRCULAR,
        (None, true) => SEQUENTIAL | RELOGGED | COMPRESSED,
        (None, false) => SEQUENTIAL,
    };
    let (clock, frequency) = match session.ticks {
        Ticks::Counter(frequency) => (1, frequency),
        Ticks::System => (2, 10_000_000),
    };
    let mut out = Vec::with_capacity(360);
    let four = |out: &mut Vec<u8>, number: u32| out.extend(number.to_le_bytes());
    four(&mut out, session.buffer);
    out.extend([
        major,
        minor,
        if session.compressed { 2 } else { 1 },
        if session.compressed { 0 } else { 5 },
    ]);
    four(&mut out, session.build);
    four(&mut out, u32::from(session.cpus));
    out.extend(totals.end.to_le_bytes());
    four(&mut out, 156_250);
    four(
        &mut out,
        session.circular.map_or(0, |buffers| (buffers as u32 * (session.buffer >> 10)).div_ceil(1024)),
    );
    four(&mut out, mode);
    four(&mut out, totals.buffers);
    [1, 8, totals.events_lost, 2594].into_iter().for_each(|number| four(&mut out, number));
    out.extend([0; 16]);
    out.extend(session.bias.to_le_bytes());
    // Names and dates of the zone: only the bias counts.
    out.extend([0; 168 + 4]);
    for number in [filetime(session.boot), frequency, filetime(session.start)] {
        out.extend(number.to_le_bytes());
    }
    four(&mut out, clock);
    four(&mut out, totals.buffers_lost);
    let (name, path) = match session.compressed {
        true => ("Relogger", "[multiple files]".to_owned()),
        false => (session.name.as_str(), format!(r"C:\PerfLogs\{}.etl", session.name)),
    };
    wide(&mut out, name);
    wide(&mut out, &path);
    out
}

/// The payload of the processor record: megahertz, processors, memory, page size, granularity, then the names.
pub(super) fn computer(session: &Session, name: &str, domain: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(800);
    for number in [2594, u32::from(session.cpus), 262_144, 4096, 65_536] {
        out.extend(u32::to_le_bytes(number));
    }
    for (text, units) in [(name, 256), (domain, 134)] {
        let end = out.len() + 2 * units;
        let units = text.encode_utf16().take(units - 1);
        units.for_each(|unit| out.extend(unit.to_le_bytes()));
        out.resize(end, 0);
    }
    out
}
