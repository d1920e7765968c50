//! The first record of a trace: `TRACE_LOGFILE_HEADER`, and the kernel's record of the computer's name.
//!
//! Layout: Windows SDK `evntrace.h`, 64-bit form.

use super::payload::{put, wide};
use crate::simulate::log::Value;
use crate::simulate::trace::{Session, Ticks};
use crate::simulate::write::evtx::filetime;

const CIRCULAR: u32 = 2;
const SEQUENTIAL: u32 = 1;
const RELOGGED: u32 = 0x1_0000;
const COMPRESSED: u32 = 0x0400_0000;

/// What is known when the file is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::simulate) struct Totals {
    /// FILETIME; 0 where the session was not closed.
    pub(in crate::simulate) end: u64,
    pub(in crate::simulate) buffers: u32,
    pub(in crate::simulate) events_lost: u32,
    pub(in crate::simulate) buffers_lost: u32,
}

/// Its fields, without the time zone, in the order of the class that describes them.
pub(in crate::simulate) fn fields(session: &Session, totals: &Totals) -> Vec<(&'static str, Value)> {
    let (major, minor) = match session.build {
        10_000.. => (10, 0),
        9600 => (6, 3),
        _ => (6, 2),
    };
    let (sub_version, sub_minor) = if session.compressed { (2, 0) } else { (1, 5) };
    let mode = match (session.circular, session.compressed) {
        (Some(_), _) => CIRCULAR,
        (None, true) => SEQUENTIAL | RELOGGED | COMPRESSED,
        (None, false) => SEQUENTIAL,
    };
    let (clock, frequency) = match session.ticks {
        Ticks::Counter(frequency) => (1, frequency),
        Ticks::System => (2, 10_000_000),
    };
    let most = session.circular.map_or(0, |buffers| (buffers as u32 * (session.buffer >> 10)).div_ceil(1024));
    let (name, path) = match session.compressed {
        true => ("Relogger", "[multiple files]".to_owned()),
        false => (session.name.as_str(), format!(r"C:\PerfLogs\{}.etl", session.name)),
    };
    vec![
        ("BufferSize", Value::U32(session.buffer)),
        ("Version", Value::U32(u32::from_le_bytes([major, minor, sub_version, sub_minor]))),
        ("ProviderVersion", Value::U32(session.build)),
        ("NumberOfProcessors", Value::U32(u32::from(session.cpus))),
        ("EndTime", Value::U64(totals.end)),
        ("TimerResolution", Value::U32(156_250)),
        ("MaxFileSize", Value::U32(most)),
        ("LogFileMode", Value::Hex32(mode)),
        ("BuffersWritten", Value::U32(totals.buffers)),
        ("StartBuffers", Value::U32(1)),
        ("PointerSize", Value::U32(8)),
        ("EventsLost", Value::U32(totals.events_lost)),
        ("CPUSpeed", Value::U32(2594)),
        ("LoggerName", Value::text(name)),
        ("LogFileName", Value::Text(path)),
        ("BootTime", Value::U64(filetime(session.boot))),
        ("PerfFreq", Value::U64(frequency)),
        ("StartTime", Value::U64(filetime(session.start))),
        ("ReservedFlags", Value::U32(clock)),
        ("BuffersLost", Value::U32(totals.buffers_lost)),
    ]
}

/// The payload: pointers stand where the names are, which follow at the end; the zone comes before the boot.
pub(super) fn payload(session: &Session, totals: &Totals) -> Vec<u8> {
    let mut out = Vec::with_capacity(400);
    let mut names = Vec::new();
    for (name, value) in fields(session, totals) {
        if name == "BootTime" {
            out.extend(session.bias.to_le_bytes());
            // Names and dates of the zone: the bias is that of the day.
            out.extend([0; 168 + 4]);
        }
        match value {
            Value::Text(text) => {
                out.extend([0; 8]);
                wide(&mut names, &text);
            }
            number => put(&mut out, &number),
        }
    }
    out.append(&mut names);
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
