//! Times in snapshots, where they say of which zone they are.

use chrono::{DateTime, NaiveDateTime};

/// Nanoseconds since 1970 UTC, from `2024-05-01T12:00:00.123+02:00` (CLIXML, PowerShell 7), `/Date(1714557600000)/`
/// (PowerShell 5.1) or `20240501120000.123000+120` (WMI). A time without an offset gives nothing.
pub(super) fn utc(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("/Date(") {
        let milliseconds: i64 = rest.strip_suffix(")/")?.parse().ok()?;
        return milliseconds.checked_mul(1_000_000);
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return time.timestamp_nanos_opt();
    }
    let (local, minutes) = (text.get(..21)?, text.get(21..)?);
    let minutes: i64 = minutes.parse().ok().filter(|_| minutes.len() == 4)?;
    let local = NaiveDateTime::parse_from_str(local, "%Y%m%d%H%M%S%.6f").ok()?.and_utc();
    local.timestamp_nanos_opt()?.checked_sub(minutes * 60_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn forms() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(utc(text), expect, "{text}");
        check("2024-05-01T12:00:00+02:00", Some(1_714_557_600_000_000_000));
        check("2024-05-01T10:00:00Z", Some(1_714_557_600_000_000_000));
        check("/Date(1714557600000)/", Some(1_714_557_600_000_000_000));
        check("20240501120000.000000+120", Some(1_714_557_600_000_000_000));
        check("20240501050000.000000-300", Some(1_714_557_600_000_000_000));
        check("2024-05-01T12:00:00", None);
        check("5/1/2024 12:00:00 PM", None);
        check("", None);
    }
}
