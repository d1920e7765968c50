//! Times as people type them.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use throughline::fact::Instant;

/// What `--from`, `--to` and `--at` take.
pub(crate) const EXPECTED: &str =
    "2026-03-01T14:30:00Z, 2026-03-01T14:30+02:00, or 2026-03-01 14:30 (in the zone of --tz, else UTC)";

/// Which of two instants is meant when a wall clock shows a time twice, or a day is given without a time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    First,
    Last,
}

/// Reads a time; without an offset it is in `zone`, else UTC.
pub(crate) fn parse(text: &str, zone: Option<Tz>, edge: Edge) -> Result<Instant, String> {
    let expected = || format!("expected a time such as {EXPECTED}, got `{text}`");
    let text = text.trim();
    let utc = match with_offset(text) {
        Some(utc) => utc,
        None => {
            let naive = naive(text, edge).ok_or_else(expected)?;
            let zone = zone.unwrap_or(Tz::UTC);
            match zone.from_local_datetime(&naive) {
                LocalResult::Single(time) => time.to_utc(),
                LocalResult::Ambiguous(first, last) => {
                    if edge == Edge::First {
                        first.to_utc()
                    } else {
                        last.to_utc()
                    }
                }
                LocalResult::None => {
                    return Err(format!("{naive} does not exist in {zone}: the clock was put forward then"));
                }
            }
        }
    };
    utc.timestamp_nanos_opt().map(Instant).ok_or_else(expected)
}

fn with_offset(text: &str) -> Option<DateTime<Utc>> {
    let patterns =
        ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z"];
    let text = text.strip_suffix(['Z', 'z']).map_or_else(|| text.to_owned(), |text| format!("{text}+0000"));
    patterns
        .iter()
        .find_map(|pattern| DateTime::parse_from_str(&text, pattern).ok())
        .map(|time| time.to_utc())
}

fn naive(text: &str, edge: Edge) -> Option<NaiveDateTime> {
    let patterns = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let time = patterns.iter().find_map(|pattern| NaiveDateTime::parse_from_str(text, pattern).ok());
    time.or_else(|| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let day = if edge == Edge::First { day } else { day.succ_opt()? };
        day.and_hms_opt(0, 0, 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let check = |text: &str, zone: Option<Tz>, edge: Edge, expect: &str| {
            let told = match parse(text, zone, edge) {
                Ok(instant) => DateTime::from_timestamp_nanos(instant.0).format("%FT%T%.3fZ").to_string(),
                Err(_) => "error".to_owned(),
            };
            assert_eq!(told, expect, "{text}");
        };
        let berlin = Some(Tz::Europe__Berlin);
        check("2026-03-01T14:30:00Z", None, Edge::First, "2026-03-01T14:30:00.000Z");
        check("2026-03-01T14:30:00.25Z", berlin, Edge::First, "2026-03-01T14:30:00.250Z");
        check("2026-03-01T14:30+02:00", berlin, Edge::First, "2026-03-01T12:30:00.000Z");
        check("2026-03-01 14:30", None, Edge::First, "2026-03-01T14:30:00.000Z");
        check("2026-03-01 14:30", berlin, Edge::First, "2026-03-01T13:30:00.000Z");
        check("2026-03-01", None, Edge::First, "2026-03-01T00:00:00.000Z");
        check("2026-03-01", None, Edge::Last, "2026-03-02T00:00:00.000Z");
        check("2026-10-25 02:30", berlin, Edge::First, "2026-10-25T00:30:00.000Z");
        check("2026-10-25 02:30", berlin, Edge::Last, "2026-10-25T01:30:00.000Z");
        check("2026-03-29 02:30", berlin, Edge::First, "error");
        for wrong in ["", "yesterday", "14:30", "2026-13-01", "1500-01-01"] {
            check(wrong, None, Edge::First, "error");
        }
    }
}
