//! A record in one line, as a report quotes it: the message of the log's own text file where the collector
//! saved one (`LocaleMetaData/<log>_<LCID>.MTA`), else provider, id and the named fields.

use evtx::mta::{MtaEvent, MtaFile};

use super::walk::Found;
use crate::bundle::{Bundle, Input};
use crate::source::event::{Value, shown};

/// An `.MTA` file larger than this is not looked into.
const MOST: u64 = 256 << 20;

/// The message texts saved beside a log; English first where there are several.
pub(super) fn messages(bundle: &Bundle, input: &Input) -> Option<MtaFile> {
    let (folder, file) = input.path.rsplit_once('/').unwrap_or(("", &input.path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let prefix = format!("{folder}LocaleMetaData/{stem}_").to_lowercase();
    let mut beside: Vec<&Input> = bundle
        .inputs
        .iter()
        .filter(|i| {
            let path = i.path.to_lowercase();
            path.strip_prefix(&prefix)
                .and_then(|rest| rest.strip_suffix(".mta"))
                .is_some_and(|locale| !locale.is_empty() && locale.bytes().all(|b| b.is_ascii_digit()))
        })
        .collect();
    beside.sort_by_key(|i| (!i.path.to_lowercase().ends_with("_1033.mta"), &i.path));
    beside.into_iter().find_map(|i| MtaFile::from_bytes(&bundle.bytes(i, MOST).ok()?).ok())
}

/// The record in one line.
pub(super) fn line(found: &Found, messages: Option<&MtaFile>) -> String {
    let record = &found.record;
    let head = record.name();
    let event = MtaEvent {
        provider: &record.provider,
        record_number: found.number,
        event_record_id: record.record_id.unwrap_or(found.number),
        qualifiers: record.qualifiers,
        level: record.level,
        task: record.task,
        opcode: record.opcode,
        keywords: record.keywords,
    };
    if let Some(message) = messages.and_then(|m| m.rendering_info(&event)).and_then(|info| info.message) {
        return format!("{head}: {}", shown::one_line(message));
    }
    let fields = record.fields();
    let told = fields.iter().filter(|field| field.value != Value::Null);
    shown::line(head, told.map(|field| (field.name, shown(&field.value).into())))
}

/// A value as a person reads it: times as times.
pub(super) fn shown(value: &Value<'_>) -> String {
    match value {
        Value::FileTime(ticks) => {
            shown::iso(crate::fact::Stamp::filetime(*ticks)).unwrap_or(ticks.to_string())
        }
        other => other.text(),
    }
}
