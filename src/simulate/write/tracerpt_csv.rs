//! `tracerpt x.etl -of CSV`: one comma-separated line an event, the payload behind nineteen fixed cells.
//!
//! Form: six public parsers of real output and one salvaged header line (facts: etl-format 6.1). The time zone of the
//! first event is left out: how it prints is not public.

use super::evtx::filetime;
use super::tracerpt::{NONE, opcode, value};
use crate::fact::Instant;
use crate::simulate::log::Value;
use crate::simulate::trace::Traced;

const COLUMNS: &str = "Event Name, Type, Event ID, Version, Channel, Level, Opcode, Task, Keyword, PID, TID, \
                       Processor Number, Instance ID, Parent Instance ID, Activity ID, Related Activity ID, \
                       Clock-Time, Kernel(ms), User(ms), User Data";
/// Manifest events name the channel by its number; that of the first channel of a manifest.
const CHANNEL: u8 = 16;

/// A file being written.
pub(in crate::simulate) struct Writer {
    out: String,
}

impl Writer {
    /// A file with its first event: when the session began, and the fields of the log's header.
    pub(in crate::simulate) fn new(start: Instant, header: &[(&'static str, Value)]) -> Self {
        let mut out = format!("{COLUMNS}\r\n");
        let start = filetime(start);
        out.push_str(&format!(
            "{:>12}, {:>10}, {:>10}, 2, 0, 0, 0, 0, 0x0, 0x00000004, 0x00001864, 0, , , {{{NONE}}}, , {start}, 0, 0",
            "EventTrace", "Header", 0
        ));
        payload(&mut out, header);
        Self { out }
    }

    /// Appends an event.
    pub(in crate::simulate) fn push(&mut self, event: &Traced) {
        let Traced { at, cpu, pid, tid, activity, related, record } = event;
        let related = related.map_or_else(String::new, |related| format!("{{{related}}}"));
        self.out.push_str(&format!(
            "{:>12}, {:>10}, {:>10}, {}, {CHANNEL}, {}, {}, {}, 0x{:016x}, 0x{pid:08X}, 0x{tid:08X}, {cpu}, , , \
             {{{}}}, {related}, {}, 0, 0",
            record.provider.name,
            format!("{} ", opcode(record.opcode)),
            record.id,
            record.version,
            record.level,
            record.opcode,
            record.task,
            record.keywords,
            activity.unwrap_or(NONE),
            filetime(*at),
        ));
        payload(&mut self.out, &record.fields);
    }

    /// The file.
    pub(in crate::simulate) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }
}

fn payload(out: &mut String, fields: &[(&'static str, Value)]) {
    for (_, field) in fields {
        match field {
            Value::Text(text) => out.push_str(&format!(", \"{text}\"")),
            other => out.push_str(&format!(", {:>8}", value(other))),
        }
    }
    out.push_str("\r\n");
}
