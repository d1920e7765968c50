//! The first record of a trace: what the session says of itself.
//!
//! Answers: when and on what kind of machine the trace was made, how big its buffers are, which clock it uses, what it
//! lost. Refuses to know the machine's name (it is not there) and does not judge any value: zeros are kept as zeros,
//! except times, where zero is "not written".
//!
//! Layout: `TRACE_LOGFILE_HEADER` (evntrace.h), checked on the bytes of 29 files from Windows 7 to Windows 11.

use super::bytes::{i32_at, u16_at, u32_at, u64_at, utf16_at};
use super::clock::utc_ns_of_filetime;
use super::{Clock, ClockType};

/// Sizes a session can be given: 4 KiB to 16 MiB since Windows 8, from 1 KiB before (`EVENT_TRACE_PROPERTIES`).
pub(super) const BUFFER_SIZES: std::ops::RangeInclusive<u32> = 1024..=16 * 1024 * 1024;

/// The trace's own header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHeader {
    /// Bytes of a buffer, before compression.
    pub buffer_size: u32,
    /// Windows version, major and minor (6.1 is Windows 7 and Server 2008 R2; 10.0 everything since Windows 10).
    pub os_version: (u8, u8),
    /// Version of the log format: 1.5, or 2.0 where buffers are compressed.
    pub log_version: (u8, u8),
    /// Windows build number (7601, 14393, 26100).
    pub os_build: u32,
    /// Processors of the machine; 1 in a session without per-processor buffers.
    pub processors: u32,
    /// When the session ended, ns since 1970 UTC; `None` in a file that was never closed. Records that were added by
    /// merging can lie after it.
    pub end: Option<i64>,
    /// The system timer's step, in units of 100 ns.
    pub timer_resolution: u32,
    /// Largest file: in MB, or in KB where the mode says so; 0 is unlimited.
    pub maximum_file_size: u32,
    /// How the file was written.
    pub mode: LogFileMode,
    /// Buffers in the file, header included; 0 in a file that was never closed.
    pub buffers_written: u32,
    /// 4 or 8: the pointer size of whoever wrote the header. A record's own kind says which pointers it holds.
    pub pointer_size: u32,
    /// Records the session could not write down.
    pub events_lost: u32,
    /// Clock rate of the processors.
    pub cpu_mhz: u32,
    /// The machine's time zone, for display only: times in a trace are UTC.
    pub time_zone: TimeZone,
    /// When the machine was started, ns since 1970 UTC.
    pub boot: Option<i64>,
    /// Ticks of the performance counter per second.
    pub performance_frequency: u64,
    /// When the session started, ns since 1970 UTC.
    pub start: Option<i64>,
    /// What its time stamps count.
    pub clock_type: ClockType,
    /// Whole buffers the session could not write down.
    pub buffers_lost: u32,
    /// Name of the session.
    pub logger_name: String,
    /// Path the session wrote to, as the traced machine saw it.
    pub log_file_name: String,
}

impl LogHeader {
    /// Reads the payload of the header record; `pointer_size` is that of the record's kind. `None` where it is too
    /// short to hold all fixed fields.
    pub(super) fn parse(payload: &[u8], pointer_size: usize, base_ticks: u64) -> Option<(LogHeader, Clock)> {
        // Two pointers (to the names, meaningless in a file) lie before the time zone; after it, the 64-bit form is
        // padded to eight.
        let zone = 56 + 2 * pointer_size;
        let tail = (zone + TimeZone::SIZE).next_multiple_of(8);
        let time = |at| u64_at(payload, at).filter(|&t| t != 0).and_then(utc_ns_of_filetime);
        let version: [u8; 4] = payload.get(4..8)?.try_into().ok()?;
        let start = u64_at(payload, tail + 16)?;
        let clock_type = ClockType::from_number(u32_at(payload, tail + 24)?);
        let cpu_mhz = u32_at(payload, 52)?;
        let performance_frequency = u64_at(payload, tail + 8)?;
        let buffers_lost = u32_at(payload, tail + 28)?;
        let (logger_name, next) = utf16_at(payload, tail + 32);
        let (log_file_name, _) = utf16_at(payload, next);
        let header = LogHeader {
            buffer_size: u32_at(payload, 0)?,
            os_version: (version[0], version[1]),
            log_version: (version[2], version[3]),
            os_build: u32_at(payload, 8)?,
            processors: u32_at(payload, 12)?,
            end: time(16),
            timer_resolution: u32_at(payload, 24)?,
            maximum_file_size: u32_at(payload, 28)?,
            mode: LogFileMode(u32_at(payload, 32)?),
            buffers_written: u32_at(payload, 36)?,
            pointer_size: u32_at(payload, 44)?,
            events_lost: u32_at(payload, 48)?,
            cpu_mhz,
            time_zone: TimeZone::parse(payload.get(zone..)?)?,
            boot: time(tail),
            performance_frequency,
            start: time(tail + 16),
            clock_type,
            buffers_lost,
            logger_name,
            log_file_name,
        };
        Some((header, Clock::new(clock_type, base_ticks, start, performance_frequency, cpu_mhz)))
    }

    /// Was the file never closed: live, crashed, or copied while it was being written?
    #[must_use]
    pub fn is_unclosed(&self) -> bool {
        self.end.is_none()
    }

    /// Has a circular file written more than it may hold, so that its oldest buffers are gone?
    #[must_use]
    pub fn may_have_wrapped(&self) -> bool {
        let unit = if self.mode.counts_kilobytes() { 1 << 10 } else { 1 << 20 };
        let written = u64::from(self.buffers_written) * u64::from(self.buffer_size);
        self.mode.is_circular() && written > u64::from(self.maximum_file_size) * unit
    }
}

/// The `LogFileMode` bits; those without a method are kept all the same.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct LogFileMode(pub u32);

impl LogFileMode {
    /// The oldest buffers are overwritten when the file is full.
    #[must_use]
    pub fn is_circular(self) -> bool {
        self.0 & 0x2 != 0
    }

    /// The largest size of the file is in KB, not in MB.
    #[must_use]
    pub fn counts_kilobytes(self) -> bool {
        self.0 & 0x2000 != 0
    }

    /// Written by merging or filtering other traces.
    #[must_use]
    pub fn is_relogged(self) -> bool {
        self.0 & 0x1_0000 != 0
    }

    /// Buffers may be compressed.
    #[must_use]
    pub fn is_compressed(self) -> bool {
        self.0 & 0x0400_0000 != 0
    }

    /// All processors share the buffers, so the processor of a record is not known.
    #[must_use]
    pub fn has_no_per_processor_buffers(self) -> bool {
        self.0 & 0x1000_0000 != 0
    }
}

/// `TIME_ZONE_INFORMATION` of the traced machine, minutes: UTC = local + bias.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TimeZone {
    /// Minutes to add to local time, without the seasonal part.
    pub bias: i32,
    /// Name of standard time; often a resource such as `@tzres.dll,-212`.
    pub standard_name: String,
    /// When standard time begins.
    pub standard_from: ZoneChange,
    /// Minutes to add on top in standard time; usually 0.
    pub standard_bias: i32,
    /// Name of daylight saving time.
    pub daylight_name: String,
    /// When daylight saving time begins.
    pub daylight_from: ZoneChange,
    /// Minutes to add on top in daylight saving time; usually -60.
    pub daylight_bias: i32,
}

/// A `SYSTEMTIME` as a rule: with year 0, `day` is the how-manieth `day_of_week` of the month (5 is the last) and not
/// a date. Month 0 means that the zone has no such change.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct ZoneChange {
    pub year: u16,
    pub month: u16,
    pub day_of_week: u16,
    pub day: u16,
    pub hour: u16,
    pub minute: u16,
}

impl TimeZone {
    const SIZE: usize = 172;

    fn parse(bytes: &[u8]) -> Option<TimeZone> {
        let bytes = bytes.get(..TimeZone::SIZE)?;
        let name = |at: usize| utf16_at(&bytes[..at + 64], at).0;
        let change = |at| {
            Some(ZoneChange {
                year: u16_at(bytes, at)?,
                month: u16_at(bytes, at + 2)?,
                day_of_week: u16_at(bytes, at + 4)?,
                day: u16_at(bytes, at + 6)?,
                hour: u16_at(bytes, at + 8)?,
                minute: u16_at(bytes, at + 10)?,
            })
        };
        Some(TimeZone {
            bias: i32_at(bytes, 0)?,
            standard_name: name(4),
            standard_from: change(68)?,
            standard_bias: i32_at(bytes, 84)?,
            daylight_name: name(88),
            daylight_from: change(152)?,
            daylight_bias: i32_at(bytes, 168)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header payload with every number at its offset for pointers of `p` bytes.
    fn payload(p: usize) -> Vec<u8> {
        let tail = if p == 8 { 248 } else { 240 };
        let mut bytes = vec![0; tail + 32];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &65536_u32.to_le_bytes());
        put(4, &[10, 0, 1, 5]);
        put(8, &20348_u32.to_le_bytes());
        put(32, &0x1000_0002_u32.to_le_bytes());
        put(48, &7_u32.to_le_bytes());
        put(56 + 2 * p, &(-60_i32).to_le_bytes());
        put(56 + 2 * p + 168, &(-59_i32).to_le_bytes());
        put(tail, &116_444_736_000_000_001_u64.to_le_bytes());
        put(tail + 8, &10_000_000_u64.to_le_bytes());
        put(tail + 16, &116_444_736_000_000_002_u64.to_le_bytes());
        put(tail + 24, &1_u32.to_le_bytes());
        put(tail + 28, &9_u32.to_le_bytes());
        for unit in "Me\0C:\\x.etl\0".encode_utf16() {
            bytes.extend(unit.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn both_pointer_sizes_hold_the_same_fields() {
        for p in [4, 8] {
            let (header, clock) = LogHeader::parse(&payload(p), p, 5).expect("all fields are there");
            assert_eq!(header.buffer_size, 65536);
            assert_eq!((header.os_version, header.log_version, header.os_build), ((10, 0), (1, 5), 20348));
            assert!(header.mode.is_circular() && header.mode.has_no_per_processor_buffers());
            assert!(!header.mode.is_compressed() && !header.mode.is_relogged());
            assert_eq!((header.events_lost, header.buffers_lost), (7, 9));
            assert_eq!((header.time_zone.bias, header.time_zone.daylight_bias), (-60, -59));
            assert_eq!((header.boot, header.start, header.end), (Some(100), Some(200), None));
            assert_eq!((header.logger_name.as_str(), header.log_file_name.as_str()), ("Me", "C:\\x.etl"));
            assert!(header.is_unclosed());
            assert_eq!(clock.utc_ns(6), Some(300));
        }
    }

    #[test]
    fn a_cut_header_is_none_and_cut_names_are_short() {
        let whole = payload(8);
        for length in 0..280 {
            assert_eq!(LogHeader::parse(&whole[..length], 8, 0), None, "{length}");
        }
        let (header, _) = LogHeader::parse(&whole[..283], 8, 0).expect("the fixed fields are there");
        assert_eq!(header.logger_name, "M");
    }
}
