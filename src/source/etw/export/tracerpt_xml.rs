//! `tracerpt x.etl -of XML` (dumpfile.xml), and what else writes events in the schema of
//! `schemas.microsoft.com/win/2004/08/events/event`, such as `wevtutil qe`.
//!
//! Times are local with an offset, and in zones east of Greenwich the offset is wrong by a minute (`+07:59` for UTC+8):
//! it is rounded to 15 minutes (facts: etl-format 6.2). `Computer` is believed only where the record has a number of its
//! own: a converter writes its own name, or none. An event without a schema stands as `BinaryEventData`; one that Windows
//! itself could not decode (`ProcessingErrorData`) as its bytes; WPP messages as `DebugData`, which says nothing here.

use std::io::Read;

use super::event::{Cell, Exported, Payload, activity, bytes, unsigned};
use super::note;
use super::source::{Header, Item, Sink, quote, read, records};
use super::xml::{Elements, Leaf, head, leaves};
use crate::fact::{Guid, InputId, Name, Origin, Place, Stamp};
use crate::ledger::Tally;
use crate::source::Source;
use crate::source::event::iso_time;

/// Events in XML.
pub const SOURCE: Source = Source {
    kind: "tracerpt_xml",
    sniff: |input| is_events(&head(input.bytes)),
    read: |bundle, input| read(walk, bundle, input),
    quote: |bundle, input, origins| quote(walk, bundle, input, origins),
    records: |bundle, input, sink| records(walk, bundle, input, sink),
};

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// The root is a list of events, or an event, of that schema.
fn is_events(text: &str) -> bool {
    let mut text = text.trim_start();
    while let Some(rest) = text.strip_prefix("<?").or_else(|| text.strip_prefix("<!--")) {
        let Some((_, rest)) = rest.split_once('>') else { return false };
        text = rest.trim_start();
    }
    let root = text.starts_with("<Events") || text.starts_with("<Event ");
    root && text.find(NAMESPACE).is_some_and(|at| at < 2048)
}

fn walk(stream: &mut dyn Read, input: InputId, tally: &mut Tally, sink: &mut Sink<'_>) {
    let mut elements = Elements::new(stream);
    while let Some(element) = elements.next() {
        let origin = Origin { input, offset: element.offset, place: Place::Line(element.line) };
        let item = if element.whole {
            leaves(&element.text)
                .and_then(|leaves| item(&leaves, origin))
                .unwrap_or(Item::Malformed(&note::MALFORMED, None))
        } else if element.text.len() > 1 << 20 {
            Item::Malformed(&note::TOO_LONG, None)
        } else {
            Item::Malformed(&note::MALFORMED, Some("the element has no end".to_owned()))
        };
        if !sink(item, origin, "", tally) {
            return;
        }
    }
    if elements.damaged {
        tally.note(&note::DAMAGED, None, None);
    }
    if let Some(error) = &elements.error {
        tally.note(&note::UNREADABLE, None, Some(error.to_string()));
    }
}

/// What an element says; `None` where it lacks what every event has.
fn item(leaves: &[Leaf], origin: Origin) -> Option<Item> {
    let mut event = Exported::at(origin);
    let mut cells: Vec<Cell> = Vec::new();
    let mut raw = None;
    let (mut id, mut record_number, mut computer, mut rendered) = (None, false, None, "");
    let mut class = None;
    for leaf in leaves {
        let text = leaf.text.trim();
        let path = leaf.path.strip_prefix("Event/").unwrap_or("");
        let attribute = |name: &str| leaf.attribute(name);
        let number = |name: &str| attribute(name).and_then(unsigned);
        match path {
            "System/Provider" => {
                event.provider = attribute("Name").unwrap_or_default().to_owned();
                event.provider_id = attribute("Guid").and_then(activity);
            }
            "System/EventID" => id = unsigned(text).and_then(|n| u32::try_from(n).ok()),
            "System/Version" => event.version = unsigned(text).and_then(|n| u8::try_from(n).ok()),
            "System/Level" => {
                event.level = unsigned(text).and_then(|n| u8::try_from(n).ok()).unwrap_or(0);
            }
            "System/Opcode" => event.opcode = unsigned(text).and_then(|n| u8::try_from(n).ok()),
            "System/Keywords" => event.keywords = unsigned(text),
            "System/TimeCreated" => event.stamp = attribute("SystemTime").map_or(Stamp::Missing, time),
            "System/EventRecordID" => record_number = !text.is_empty(),
            "System/Correlation" => event.activity = attribute("ActivityID").and_then(activity),
            "System/Execution" => {
                event.process = number("ProcessID").and_then(|n| u32::try_from(n).ok());
                event.thread = number("ThreadID").and_then(|n| u32::try_from(n).ok());
                event.processor = number("ProcessorID").and_then(|n| u16::try_from(n).ok());
            }
            "System/Channel" => event.channel = text.to_owned(),
            "System/Computer" => computer = Some(Name::node(text)).filter(|name| !name.is_empty()),
            "EventData/Data" => {
                let name = attribute("Name").unwrap_or_default().trim().to_owned();
                cells.push(Cell { name, text: leaf.text.clone() });
            }
            "BinaryEventData" | "EventData/Binary" | "ProcessingErrorData/EventPayload" => {
                raw = (!text.is_empty()).then(|| bytes(text)).flatten();
            }
            "RenderingInfo/Opcode" => rendered = text,
            "ExtendedTracingInfo/EventGuid" => class = activity(text),
            _ => {}
        }
        // `UserData` holds one element of the provider's own with the fields inside.
        let own = path.strip_prefix("UserData/").and_then(|rest| rest.split_once('/'));
        if let Some((_, name)) = own.filter(|(_, name)| !name.contains('/')) {
            cells.push(Cell { name: name.to_owned(), text: leaf.text.clone() });
        }
    }
    // A WPP message: its text stands in `DebugData`, and it may have no id.
    if id.is_none() && leaves.iter().any(|leaf| leaf.path.starts_with("Event/DebugData")) {
        return Some(Item::Frame);
    }
    event.id = id?;
    let is_own = [class, event.provider_id].contains(&Some(TRACE_CLASS));
    if is_own && (rendered == "Header" || cells.iter().any(|cell| cell.name == "EventsLost")) {
        return Some(Item::Header(header(&cells, event.stamp)));
    }
    event.computer = computer.filter(|_| record_number);
    event.payload = match raw {
        Some(bytes) if cells.is_empty() => Payload::Bytes(bytes),
        _ => Payload::Cells(cells),
    };
    Some(Item::Event(event))
}

/// The class of the trace's own events, `EventTrace`.
const TRACE_CLASS: Guid =
    Guid([0x68, 0xfd, 0xd9, 0x00, 0x4a, 0x3e, 0x11, 0xd1, 0x84, 0xf4, 0x00, 0x00, 0xf8, 0x04, 0x64, 0xe3]);

/// The header event's fields, by the names of the MOF class `EventTrace_Header`.
fn header(cells: &[Cell], stamp: Stamp) -> Header {
    let number =
        |name: &str| cells.iter().find(|cell| cell.name == name).and_then(|cell| unsigned(&cell.text));
    Header {
        stamp,
        mode: number("LogFileMode"),
        build: number("ProviderVersion").and_then(|n| u32::try_from(n).ok()).filter(|build| *build >= 6000),
        pointer: number("PointerSize").filter(|size| matches!(size, 4 | 8)).map(|size| size as usize),
        lost: number("EventsLost").unwrap_or(0),
        buffers_lost: number("BuffersLost").unwrap_or(0),
    }
}

/// `2023-03-29T12:33:05.621016900-07:00`, `...Z`; the offset rounded to 15 minutes.
fn time(text: &str) -> Stamp {
    read_time(text.trim()).map_or(Stamp::Missing, Stamp::utc)
}

fn read_time(text: &str) -> Option<i64> {
    let (stamp, minutes) = match text.strip_suffix(['Z', 'z']) {
        Some(stamp) => (stamp, 0),
        None => {
            let at = text.rfind(['+', '-']).filter(|at| *at > 10)?;
            let (hours, minutes) = text[at + 1..].split_once(':')?;
            let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
            let whole = (hours * 60 + minutes + 7) / 15 * 15;
            (&text[..at], if text.as_bytes()[at] == b'-' { -whole } else { whole })
        }
    };
    if minutes.abs() > 14 * 60 {
        return None;
    }
    iso_time(stamp)?.checked_sub(minutes * 60 * 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::{is_events, read_time};

    #[test]
    fn times_with_the_wrong_offset() {
        let check = |text: &str, expect: &str| {
            let told = read_time(text).map(|n| chrono::DateTime::from_timestamp_nanos(n).to_rfc3339());
            assert_eq!(told.as_deref().unwrap_or("-"), expect, "{text}");
        };
        check("2023-03-29T12:33:05.621016900-07:00", "2023-03-29T19:33:05.621016900+00:00");
        check("2023-03-29T12:33:05.621016900+07:59", "2023-03-29T04:33:05.621016900+00:00");
        check("2023-03-29T12:33:05+00:59", "2023-03-29T11:33:05+00:00");
        check("2023-03-29T12:33:05+05:45", "2023-03-29T06:48:05+00:00");
        check("2023-03-29T12:33:05+05:29", "2023-03-29T07:03:05+00:00");
        check("2023-03-29T12:33:05.6Z", "2023-03-29T12:33:05.600+00:00");
        for text in ["2023-03-29T12:33:05", "", "x", "2023-03-29T12:33:05+99:00", "2023-03-29T12:33:05.+1Z"] {
            check(text, "-");
        }
    }

    #[test]
    fn by_content() {
        let event = "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">";
        assert!(is_events(&format!("<?xml version=\"1.0\"?>\n<Events>\n{event}")));
        assert!(is_events(event));
        assert!(!is_events(
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">"
        ));
        assert!(!is_events(&format!("text <Events>{event}")));
        assert!(!is_events("<?"));
    }
}
