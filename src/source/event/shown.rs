//! How a row of `records` shows what every carrier of events has: level and time.

use chrono::DateTime;

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
