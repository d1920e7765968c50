//! Events as people read them: times, levels, one line for a quote. The same for every carrier.

use std::borrow::Cow;

use chrono::DateTime;

use crate::fact::Stamp;

/// Characters of one value that are shown.
const SHOWN: usize = 300;
/// Bytes of a line after which no more fields are added: an array may have thousands.
const LINE: usize = 2000;

/// Windows' names of the standard levels (winmeta.xml).
pub(in crate::source) fn level_name(number: u8) -> &'static str {
    match number {
        1 => "Critical",
        2 => "Error",
        3 => "Warning",
        4 => "Information",
        5 => "Verbose",
        _ => "",
    }
}

/// Nanoseconds since 1970 as `2023-10-18T02:44:40.5972903Z`: the seven digits that a FILETIME holds.
pub(in crate::source) fn iso_utc(nanos: i64) -> String {
    let time = DateTime::from_timestamp_nanos(nanos);
    format!("{}.{:07}Z", time.format("%Y-%m-%dT%H:%M:%S"), nanos.rem_euclid(1_000_000_000) / 100)
}

/// `2023-10-18T02:44:40.5972903Z`; `None` where there is no time.
pub(in crate::source) fn iso(stamp: Stamp) -> Option<String> {
    if let Stamp::Utc(nanos) = stamp { Some(iso_utc(nanos)) } else { None }
}

/// `head Name=value Name='a value'`; a field without a name is its value alone.
pub(in crate::source) fn line<'a>(
    head: String,
    fields: impl IntoIterator<Item = (&'a str, Cow<'a, str>)>,
) -> String {
    let mut line = head;
    for (name, value) in fields {
        if line.len() > LINE {
            line.push_str(" ...");
            break;
        }
        let text = one_line(&value);
        let plain = !text.is_empty() && !text.contains(char::is_whitespace);
        let text = if plain { text } else { format!("'{text}'") };
        line.push(' ');
        if !name.is_empty() {
            line.push_str(name);
            line.push('=');
        }
        line.push_str(&text);
    }
    line
}

/// A text without line ends and controls, cut where it is long.
pub(in crate::source) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let text = words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
