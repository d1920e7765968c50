//! `tracerpt x.etl -of XML` (dumpfile.xml).
//!
//! Form: public samples of real output (facts: etl-format 6.2). Times are local with an offset, and east of Greenwich
//! the offset is one minute short: `+07:59` for UTC+8. The trace's own first event is of a class, not of a manifest.

use chrono_tz::Tz;

use super::tracerpt::{EVENT_TRACE, NONE, opcode, value};
use crate::fact::{Guid, Instant};
use crate::simulate::calendar::{local, offset_minutes, rfc3339};
use crate::simulate::log::Value;
use crate::simulate::trace::Traced;

const EVENT: &str = "http://schemas.microsoft.com/win/2004/08/events/event";
const TRACE: &str = "http://schemas.microsoft.com/win/2004/08/events/trace";

/// A file being written.
pub(in crate::simulate) struct Writer {
    out: String,
    zone: Tz,
}

/// What stands in `System`.
struct System<'a> {
    provider: String,
    numbers: [(&'static str, String); 6],
    at: Instant,
    activity: Guid,
    related: Option<Guid>,
    execution: (u32, u32, u16),
    fields: &'a [(&'static str, Value)],
}

impl Writer {
    /// A file with its first event: when the session began, and the fields of the log's header. Times are of `zone`.
    pub(in crate::simulate) fn new(start: Instant, zone: Tz, header: &[(&'static str, Value)]) -> Self {
        let mut writer = Self { out: "<Events>\r\n".to_owned(), zone };
        let numbers = [("EventID", 0), ("Version", 2), ("Level", 0), ("Task", 0), ("Opcode", 0)];
        let [id, version, level, task, opcode] = numbers.map(|(name, n)| (name, n.to_string()));
        writer.event(&System {
            provider: format!("Guid=\"{{{EVENT_TRACE}}}\""),
            numbers: [id, version, level, task, opcode, ("Keywords", "0x0".to_owned())],
            at: start,
            activity: NONE,
            related: None,
            execution: (4, 6244, 0),
            fields: header,
        });
        writer.out.push_str(&format!(
            "\t<RenderingInfo Culture=\"en-US\">\r\n\t\t<Opcode>Header</Opcode>\r\n\t\t<Provider>MSNT_SystemTrace\
             </Provider>\r\n\t\t<EventName xmlns=\"{TRACE}\">EventTrace</EventName>\r\n\t</RenderingInfo>\r\n\
             \t<ExtendedTracingInfo xmlns=\"{TRACE}\">\r\n\t\t<EventGuid>{{{EVENT_TRACE}}}</EventGuid>\r\n\
             \t</ExtendedTracingInfo>\r\n</Event>\r\n"
        ));
        writer
    }

    /// Appends an event.
    pub(in crate::simulate) fn push(&mut self, event: &Traced) {
        let record = &event.record;
        let guid = record.provider.guid.map_or_else(String::new, |guid| format!(" Guid=\"{{{guid}}}\""));
        self.event(&System {
            provider: format!("Name=\"{}\"{guid}", record.provider.name),
            numbers: [
                ("EventID", record.id.to_string()),
                ("Version", record.version.to_string()),
                ("Level", record.level.to_string()),
                ("Task", record.task.to_string()),
                ("Opcode", record.opcode.to_string()),
                ("Keywords", format!("0x{:x}", record.keywords)),
            ],
            at: event.at,
            activity: event.activity.unwrap_or(NONE),
            related: event.related,
            execution: (event.pid, event.tid, event.cpu),
            fields: &record.fields,
        });
        self.out.push_str(&format!(
            "\t<RenderingInfo Culture=\"en-US\">\r\n\t\t<Level>Information </Level>\r\n\t\t<Opcode>{} </Opcode>\r\n\
             \t\t<Provider>{} </Provider>\r\n\t</RenderingInfo>\r\n</Event>\r\n",
            opcode(record.opcode),
            record.provider.name
        ));
    }

    /// All of an event but its rendering and its end.
    fn event(&mut self, event: &System<'_>) {
        let System { provider, numbers, at, activity, related, execution, fields } = event;
        let out = &mut self.out;
        out.push_str(&format!("<Event xmlns=\"{EVENT}\">\r\n\t<System>\r\n\t\t<Provider {provider} />\r\n"));
        for (name, number) in numbers {
            out.push_str(&format!("\t\t<{name}>{number}</{name}>\r\n"));
        }
        let related =
            related.map_or_else(String::new, |related| format!(" RelatedActivityID=\"{{{related}}}\""));
        let (process, thread, processor) = execution;
        out.push_str(&format!(
            "\t\t<TimeCreated SystemTime=\"{}\" />\r\n\t\t<Correlation ActivityID=\"{{{activity}}}\"{related} />\r\n\
             \t\t<Execution ProcessID=\"{process}\" ThreadID=\"{thread}\" ProcessorID=\"{processor}\" \
             KernelTime=\"0\" UserTime=\"0\" />\r\n\t\t<Channel />\r\n\t\t<Computer />\r\n\t</System>\r\n\
             \t<EventData>\r\n",
            time(*at, self.zone)
        ));
        for (name, field) in *fields {
            match field {
                Value::Text(text) => {
                    out.push_str(&format!("\t\t<Data Name=\"{name}\">{}</Data>\r\n", escaped(text)));
                }
                other => out.push_str(&format!("\t\t<Data Name=\"{name}\">{:>8}</Data>\r\n", value(other))),
            }
        }
        out.push_str("\t</EventData>\r\n");
    }

    /// The file.
    pub(in crate::simulate) fn finish(mut self) -> Vec<u8> {
        self.out.push_str("</Events>\r\n");
        self.out.into_bytes()
    }
}

/// Local time with the offset that Windows prints.
fn time(at: Instant, zone: Tz) -> String {
    let minutes = offset_minutes(at, zone);
    let printed = if minutes > 0 { minutes - 1 } else { minutes };
    let sign = if printed < 0 { '-' } else { '+' };
    let printed = printed.abs();
    let local = rfc3339(local(at, zone));
    format!("{}00{sign}{:02}:{:02}", local.trim_end_matches('Z'), printed / 60, printed % 60)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::time;
    use crate::fact::Instant;
    use crate::simulate::calendar::instant;

    /// The two published samples of the wrong offset, and one of a right one.
    #[test]
    fn offsets() {
        let at = Instant(instant(2023, 3, 29, 19).0 + 621_016_900);
        let check = |zone, expect: &str| assert_eq!(time(at, zone), expect);
        check(chrono_tz::America::Los_Angeles, "2023-03-29T12:00:00.621016900-07:00");
        check(chrono_tz::Asia::Shanghai, "2023-03-30T03:00:00.621016900+07:59");
        check(chrono_tz::Africa::Lagos, "2023-03-29T20:00:00.621016900+00:59");
        check(chrono_tz::UTC, "2023-03-29T19:00:00.621016900+00:00");
    }
}
