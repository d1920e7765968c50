//! Instants as the formats print them. No wall clock: every instant comes from the scenario.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::{OffsetComponents, Tz};

use crate::fact::Instant;

/// Nanoseconds of a millisecond, second, minute and hour.
pub(super) const MILLISECOND: i64 = 1_000_000;
/// See [`MILLISECOND`].
pub(super) const SECOND: i64 = 1000 * MILLISECOND;
/// See [`MILLISECOND`].
pub(super) const MINUTE: i64 = 60 * SECOND;
/// See [`MILLISECOND`].
pub(super) const HOUR: i64 = 60 * MINUTE;

fn utc(at: Instant) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(at.0)
}

/// An instant given as UTC calendar time.
pub(super) fn instant(year: i32, month: u32, day: u32, hour: u32) -> Instant {
    let at = Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).single();
    Instant(at.and_then(|t| t.timestamp_nanos_opt()).unwrap_or(0))
}

/// RFC 3339, UTC, 100 ns.
pub(super) fn rfc3339(at: Instant) -> String {
    let at = utc(at);
    format!("{}.{:07}Z", at.format("%Y-%m-%dT%H:%M:%S"), at.timestamp_subsec_nanos() / 100)
}

/// As cluster.log prints: `2017/10/23-21:52:25.229`.
pub(super) fn log_time(at: Instant) -> String {
    utc(at).format("%Y/%m/%d-%H:%M:%S%.3f").to_string()
}

/// Wall-clock time in a zone, as an instant of that zone's own reckoning.
pub(super) fn local(at: Instant, zone: Tz) -> Instant {
    Instant(at.0 + i64::from(offset_minutes(at, zone)) * MINUTE)
}

/// Minutes to add to UTC to get local time (what Windows calls minus bias).
pub(super) fn offset_minutes(at: Instant, zone: Tz) -> i32 {
    utc(at).with_timezone(&zone).offset().fix().local_minus_utc() / 60
}

/// Is daylight saving time in force?
pub(super) fn is_daylight(at: Instant, zone: Tz) -> bool {
    !utc(at).with_timezone(&zone).offset().dst_offset().is_zero()
}

/// Local time with its offset, as CLIXML prints a `DateTime`: `2023-03-14T09:26:53.5897932-05:00`.
pub(super) fn with_offset(at: Instant, zone: Tz) -> String {
    let at = utc(at).with_timezone(&zone);
    let ticks = at.timestamp_subsec_nanos() / 100;
    format!("{}.{ticks:07}{}", at.format("%Y-%m-%dT%H:%M:%S"), at.format("%:z"))
}

#[cfg(test)]
mod tests {
    use super::{HOUR, instant, is_daylight, local, log_time, offset_minutes, rfc3339, with_offset};
    use crate::fact::Instant;

    #[test]
    fn prints() {
        let at = Instant(instant(2023, 3, 12, 7).0 + 123_456_700);
        let zone = chrono_tz::America::Chicago;
        assert_eq!(rfc3339(at), "2023-03-12T07:00:00.1234567Z");
        assert_eq!(log_time(local(at, zone)), "2023/03/12-01:00:00.123");
        assert_eq!(with_offset(at, zone), "2023-03-12T01:00:00.1234567-06:00");
        // Daylight saving began at 08:00 UTC.
        assert_eq!(offset_minutes(at, zone), -360);
        assert_eq!(offset_minutes(Instant(at.0 + HOUR), zone), -300);
        assert_eq!([at, Instant(at.0 + HOUR)].map(|at| is_daylight(at, zone)), [false, true]);
    }
}
