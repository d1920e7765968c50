//! How claims and reports write instants, lengths of time, counts and lists: one spelling everywhere.
//! Knows no domain; text goes in and out.

use std::fmt::Display;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::fact::{Instant, Span};

const SECOND: i64 = 1_000_000_000;

/// RFC 3339 in UTC with as many digits as there are, up to the seven of Windows: `2026-02-01T07:54:34.5Z`.
#[must_use]
pub fn rfc3339(at: Instant) -> String {
    written(at, 'T', true)
}

/// As [`rfc3339`] for documents, where `None` is null: an undated bundle has no dates.
#[must_use]
pub fn dated(at: Option<Instant>) -> Option<String> {
    at.filter(|at| !at.is_undated()).map(rfc3339)
}

/// As [`rfc3339`], for people: a blank for the `T`, and whole seconds.
#[must_use]
pub fn instant(at: Instant) -> String {
    if at.is_undated() {
        return "the time of collection".into();
    }
    written(at, ' ', false)
}

/// As [`instant`], with the fraction.
#[must_use]
pub fn instant_fine(at: Instant) -> String {
    if at.is_undated() {
        return "at collection".into();
    }
    written(at, ' ', true)
}

/// `text` with each time that [`instant`] or [`instant_fine`] wrote as the clocks of a zone show it, with the offset:
/// `2026-02-01 08:54:34+01:00`.
#[must_use]
pub fn in_zone(text: &str, zone: Tz) -> String {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00";
    let digit = |shape: u8| shape == b'0';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(z) = rest.find('Z') {
        let (before, after) = (&rest[..z], &rest[z + 1..]);
        let head = before.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('.').unwrap_or(before);
        let from = head.len().checked_sub(SHAPE.len());
        let time = from.filter(|&from| {
            let fits = |(a, b): (&u8, &u8)| if digit(*b) { a.is_ascii_digit() } else { a == b };
            head.as_bytes()[from..].iter().zip(SHAPE).all(fits)
        });
        let local = time.and_then(|from| {
            let time = NaiveDateTime::parse_from_str(&before[from..], "%Y-%m-%d %H:%M:%S%.f").ok()?;
            let local = zone.from_utc_datetime(&time);
            Some(
                format!("{}{}{}", &before[..from], local.format("%Y-%m-%d %H:%M:%S"), &before[head.len()..])
                    + &local.format("%:z").to_string(),
            )
        });
        match local {
            Some(local) => out.push_str(&local),
            None => out.push_str(&rest[..=z]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn written(at: Instant, between: char, fraction: bool) -> String {
    let time = DateTime::from_timestamp_nanos(at.0);
    let mut out = format!(
        "{:04}-{:02}-{:02}{between}{:02}:{:02}:{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    let digits = format!("{:07}", time.nanosecond() % 1_000_000_000 / 100);
    let digits = digits.trim_end_matches('0');
    if fraction && !digits.is_empty() {
        out.push('.');
        out.push_str(digits);
    }
    out.push('Z');
    out
}

/// A length of time in its two greatest units: `34 h 50 min`, `40 min 19 s`, `0.3 s`.
#[must_use]
pub fn length(nanos: i64) -> String {
    let seconds = nanos / SECOND;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |a: i64, a_unit: &str, b: i64, b_unit: &str| match b {
        0 => format!("{a} {a_unit}"),
        _ => format!("{a} {a_unit} {b} {b_unit}"),
    };
    match seconds {
        s if s >= 86_400 => two(days, "d", hours, "h"),
        s if s >= 3600 => two(hours, "h", minutes, "min"),
        s if s >= 60 => two(minutes, "min", s % 60, "s"),
        s if s >= 10 => format!("{s} s"),
        _ if nanos <= 0 => "0 s".into(),
        _ if nanos < 1_000_000 => "under 1 ms".into(),
        _ if nanos < SECOND => format!("{} ms", nanos / 1_000_000),
        _ if nanos % SECOND < 100_000_000 => format!("{seconds} s"),
        _ => format!("{:.1} s", (nanos / 100_000_000) as f64 / 10.0),
    }
}

/// When a span was, against the edges of the evidence: `from A to B (40 min)`, `from A until the evidence ends at
/// B (2 h)`. An end at or beyond an edge is not an end: the state was there before, or went on.
#[must_use]
pub fn when(span: &Span, first: Option<Instant>, last: Option<Instant>) -> String {
    let open_from = span.from.is_none_or(|from| first.is_some_and(|first| from <= first));
    let open_to = span.to.is_none_or(|to| last.is_some_and(|last| to >= last));
    let from = if open_from { first.or(span.from) } else { span.from };
    let to = if open_to { last.or(span.to) } else { span.to };
    let (Some(from), Some(to)) = (from, to) else { return "at a time that is not known".into() };
    if from.is_undated() && to.is_undated() {
        return "at the time of collection, which nothing in the bundle dates".into();
    }
    if open_from && open_to && to.0.saturating_sub(from.0) <= 1 {
        return format!("at {}, the one moment that the evidence is of", instant(from));
    }
    let moment = to.0.saturating_sub(from.0) <= 1;
    let long = length(to.0.saturating_sub(from.0));
    let (from, to) = (instant(from), instant(to));
    match (open_from, open_to) {
        // Events of one moment, and what is over within the second.
        (false, false) if from == to && moment => format!("at {from}"),
        (false, false) if from == to => format!("at {from}, for {long}"),
        (false, false) => format!("from {from} to {to} ({long})"),
        (false, true) => format!("from {from} until the evidence ends at {to} ({long})"),
        (true, false) => format!("from the start of the evidence at {from} to {to} ({long})"),
        (true, true) => format!("through all the evidence, {from} to {to} ({long})"),
    }
}

/// Hours with one digit (`34.8`), or with three below a tenth, so that seconds are not lost.
#[must_use]
pub fn hours(nanos: i64) -> String {
    let hours = nanos as f64 / (3600.0 * SECOND as f64);
    if nanos != 0 && hours < 0.1 { format!("{hours:.3}") } else { format!("{hours:.1}") }
}

/// `1.5 GB`, in powers of 1000.
#[must_use]
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    let mut unit = "bytes";
    for next in ["kB", "MB", "GB", "TB", "PB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "bytes" { format!("{count} bytes") } else { format!("{value:.1} {unit}") }
}

/// `1 VM`, `2 VMs`: the noun with an `s` unless there is one.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `a`, `a and b`, `a, b and c`; beyond `keep` items `a, b and 7 more`.
#[must_use]
pub fn list<T: Display>(items: impl IntoIterator<Item = T>, keep: usize) -> String {
    let mut items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    if items.len() > keep.max(1) {
        let rest = items.len() - keep.max(1);
        items.truncate(keep.max(1));
        items.push(format!("{rest} more"));
    }
    match items.pop() {
        None => String::new(),
        Some(only) if items.is_empty() => only,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}

/// `text` as a single-quoted PowerShell string: nothing in it is expanded.
#[must_use]
pub fn powershell(text: impl Display) -> String {
    let text: String = text.to_string().chars().filter(|c| !c.is_control()).collect();
    // PowerShell also ends a string at the typographic quotes, each doubled to stand for itself.
    let doubled: String = text
        .chars()
        .flat_map(|c| {
            std::iter::repeat_n(c, if "'\u{2018}\u{2019}\u{201a}\u{201b}".contains(c) { 2 } else { 1 })
        })
        .collect();
    format!("'{doubled}'")
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, hours, instant, length, list, powershell, rfc3339};
    use crate::fact::Instant;

    #[test]
    fn zones() {
        let berlin = chrono_tz::Tz::Europe__Berlin;
        let check = |text: &str, expect: &str| assert_eq!(super::in_zone(text, berlin), expect);
        check("", "");
        check("Zone Z of 2026Z", "Zone Z of 2026Z");
        check("2026-02-01 07:54:34Z", "2026-02-01 08:54:34+01:00");
        check("from 2026-07-01 23:54:34.25Z to Z", "from 2026-07-02 01:54:34.25+02:00 to Z");
        check(
            "é2026-02-01 07:54:34Z, 2026-02-01T07:54:34Z",
            "é2026-02-01 08:54:34+01:00, 2026-02-01T07:54:34Z",
        );
        check("9999-99-99 07:54:34Z", "9999-99-99 07:54:34Z");
        check("éééééééééééééé 07:54:34Z", "éééééééééééééé 07:54:34Z");
    }

    #[test]
    fn instants() {
        let check = |nanos: i64, expect: &str| assert_eq!(rfc3339(Instant(nanos)), expect);
        check(0, "1970-01-01T00:00:00Z");
        check(1_769_903_674_500_000_000, "2026-01-31T23:54:34.5Z");
        check(1_769_903_674_123_456_789, "2026-01-31T23:54:34.1234567Z");
        check(-1, "1969-12-31T23:59:59.9999999Z");
        check(i64::MAX, "2262-04-11T23:47:16.8547758Z");
        check(i64::MIN, "1677-09-21T00:12:43.1452241Z");
        assert_eq!(instant(Instant(1_769_903_674_999_999_999)), "2026-01-31 23:54:34Z");
    }

    #[test]
    fn lengths() {
        let check = |nanos: i64, expect: &str| assert_eq!(length(nanos), expect);
        check(-5, "0 s");
        check(0, "0 s");
        check(999, "under 1 ms");
        check(340_000_000, "340 ms");
        check(1_000_000_000, "1 s");
        check(1_250_000_000, "1.2 s");
        check(59_900_000_000, "59 s");
        check(2_419_000_000_000, "40 min 19 s");
        check(125_400_000_000_000, "1 d 10 h");
        check(7_200_000_000_000, "2 h");
        assert_eq!(hours(125_400_000_000_000), "34.8");
        assert_eq!(hours(18_000_000_000), "0.005");
        assert_eq!(hours(0), "0.0");
    }

    #[test]
    fn counts_and_lists() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_540_000_000), "1.5 GB");
        assert_eq!(count(1, "VM"), "1 VM");
        assert_eq!(count(0, "VM"), "0 VMs");
        let check = |items: &[&str], keep, expect: &str| assert_eq!(list(items, keep), expect);
        check(&[], 3, "");
        check(&["a"], 3, "a");
        check(&["a", "b"], 3, "a and b");
        check(&["a", "b", "c"], 3, "a, b and c");
        check(&["a", "b", "c", "d", "e"], 3, "a, b, c and 2 more");
        check(&["a", "b"], 0, "a and 1 more");
        assert_eq!(powershell("Cluster Disk 1"), "'Cluster Disk 1'");
        assert_eq!(powershell("O'Brien\u{2019}s\u{1b}[31m"), "'O''Brien\u{2019}\u{2019}s[31m'");
    }
}
