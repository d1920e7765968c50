//! From the counter in a record to UTC.
//!
//! Answers: which instant a tick count is, by the clock the trace declares of itself. Refuses to know whether the
//! machine's clock was right, or was set while the trace ran: like Windows' own decoder it converts with the one
//! offset and rate of the header.
//!
//! The rules were checked against the times Windows itself printed for a trace (2,041 of 2,041 equal). The exception
//! is the CPU cycle counter, which follows the published description and was never seen in a file.

/// 100 ns units from 1601-01-01 (where FILETIME begins) to 1970-01-01.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;

/// 100 ns units in a second.
const PER_SECOND: u64 = 10_000_000;

/// What a session counts time with (`ReservedFlags` of the log header).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClockType {
    /// Performance counter ticks: the default; 0 means it too.
    PerformanceCounter,
    /// System time: the counter is a FILETIME.
    SystemTime,
    /// CPU cycles.
    CpuCycles,
    /// A number without a published meaning. Its records keep their ticks and have no UTC time.
    Unknown(u32),
}

impl ClockType {
    /// The clock a log header names.
    #[must_use]
    pub fn from_number(number: u32) -> ClockType {
        match number {
            0 | 1 => ClockType::PerformanceCounter,
            2 => ClockType::SystemTime,
            3 => ClockType::CpuCycles,
            other => ClockType::Unknown(other),
        }
    }
}

/// Turns ticks into UTC.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    rate: Rate,
    base_ticks: u64,
    start: u64,
}

/// 100 ns units for `divisor` ticks.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Rate {
    FileTime,
    Ratio { units: u64, divisor: u64 },
    Unknown,
}

impl Clock {
    /// The clock of a trace whose first record has `base_ticks` and was written at `start` (FILETIME).
    ///
    /// `frequency` is ticks per second for the performance counter; `cpu_mhz` is for the cycle counter. A clock whose
    /// rate is zero or unknown places nothing.
    #[must_use]
    pub fn new(kind: ClockType, base_ticks: u64, start: u64, frequency: u64, cpu_mhz: u32) -> Clock {
        let ratio =
            |units, divisor| if divisor == 0 { Rate::Unknown } else { Rate::Ratio { units, divisor } };
        let rate = match kind {
            ClockType::PerformanceCounter => ratio(PER_SECOND, frequency),
            ClockType::SystemTime => Rate::FileTime,
            ClockType::CpuCycles => ratio(10, u64::from(cpu_mhz)),
            ClockType::Unknown(_) => Rate::Unknown,
        };
        Clock { rate, base_ticks, start }
    }

    /// Can it place anything?
    #[inline]
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.rate != Rate::Unknown
    }

    /// FILETIME (100 ns since 1601-01-01 UTC) of a tick count, truncated towards the first record.
    #[inline]
    #[must_use]
    pub fn filetime(&self, ticks: u64) -> Option<u64> {
        let (units, divisor) = match self.rate {
            Rate::FileTime => return Some(ticks),
            Rate::Ratio { units, divisor } => (units, divisor),
            Rate::Unknown => return None,
        };
        let elapsed = scale(ticks.abs_diff(self.base_ticks), units, divisor)?;
        if ticks >= self.base_ticks {
            self.start.checked_add(elapsed)
        } else {
            self.start.checked_sub(elapsed)
        }
    }

    /// Nanoseconds since 1970-01-01 UTC of a tick count; steps are 100 ns. `None` outside the years 1677 to 2262.
    #[inline]
    #[must_use]
    pub fn utc_ns(&self, ticks: u64) -> Option<i64> {
        utc_ns_of_filetime(self.filetime(ticks)?)
    }
}

/// Nanoseconds since 1970-01-01 UTC of a FILETIME.
#[inline]
#[must_use]
pub fn utc_ns_of_filetime(filetime: u64) -> Option<i64> {
    i64::try_from(filetime).ok()?.checked_sub(UNIX_EPOCH)?.checked_mul(100)
}

/// `ticks * units / divisor`, truncated. Most counters need at most one division of 64 bits; where the product does
/// not fit, quotient and remainder are scaled apart, which is as exact and spares 128-bit numbers.
#[inline]
fn scale(ticks: u64, units: u64, divisor: u64) -> Option<u64> {
    if units == divisor {
        return Some(ticks);
    }
    if let Some(product) = ticks.checked_mul(units) {
        return Some(product / divisor);
    }
    let (whole, rest) = (ticks / divisor, ticks % divisor);
    let rest = match rest.checked_mul(units) {
        Some(product) => product / divisor,
        None => u64::try_from(u128::from(rest) * u128::from(units) / u128::from(divisor)).ok()?,
    };
    whole.checked_mul(units)?.checked_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 130_000_000_000_000_000;

    fn clock(kind: u32, frequency: u64, mhz: u32) -> Clock {
        Clock::new(ClockType::from_number(kind), 1_000_000, START, frequency, mhz)
    }

    #[test]
    fn each_clock_by_its_rule() {
        let second = START + 10_000_000;
        assert_eq!(clock(1, 2_630_627, 0).filetime(1_000_000 + 2_630_627), Some(second));
        assert_eq!(clock(0, 10_000_000, 0).filetime(11_000_000), Some(second));
        assert_eq!(clock(2, 2_630_627, 0).filetime(START + 7), Some(START + 7));
        assert_eq!(clock(3, 0, 2400).filetime(1_000_000 + 2_400_000_000), Some(second));
        assert_eq!(clock(4, 10_000_000, 2400).filetime(1), None);
    }

    #[test]
    fn ticks_before_the_first_record_go_back() {
        assert_eq!(clock(1, 1_000, 0).filetime(999_999), Some(START - 10_000));
        assert_eq!(clock(1, 3, 0).filetime(999_999), Some(START - 3_333_333));
    }

    #[test]
    fn a_rate_of_zero_places_nothing() {
        assert_eq!(clock(1, 0, 0).utc_ns(1_000_000), None);
        assert_eq!(clock(3, 0, 0).utc_ns(1_000_000), None);
    }

    #[test]
    fn scaling_equals_128_bit_arithmetic() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> (state >> 60)
        };
        for _ in 0..10_000 {
            let (ticks, divisor) = (next(), next().max(1));
            let wanted = u128::from(ticks) * u128::from(PER_SECOND) / u128::from(divisor);
            assert_eq!(scale(ticks, PER_SECOND, divisor), u64::try_from(wanted).ok(), "{ticks} {divisor}");
        }
    }

    #[test]
    fn the_unix_epoch_is_zero_and_the_far_future_is_none() {
        assert_eq!(utc_ns_of_filetime(116_444_736_000_000_000), Some(0));
        assert_eq!(utc_ns_of_filetime(0), None);
        assert_eq!(utc_ns_of_filetime(u64::MAX), None);
    }
}
