//! Stamps as sources print them, and instants as timelines need them.

/// Nanoseconds since 1970-01-01T00:00:00 UTC.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// The moment of collection of a bundle in which nothing prints a time (snapshots alone). Reports show it as
    /// that, never as a date.
    pub const UNDATED: Self = Self(0);

    /// Is this [`Instant::UNDATED`], or the nanosecond that a state needs to have a length there?
    #[must_use]
    pub fn is_undated(self) -> bool {
        (0..=1).contains(&self.0)
    }

    /// Whole seconds between two instants, rounded towards zero; negative when `self` is earlier.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / 1_000_000_000
    }
}

/// An instant and how far off it may be, in nanoseconds either way.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Best estimate.
    pub at: Instant,
    /// Half width of the interval that holds the truth, nanoseconds.
    pub spread: i64,
}

/// When a source says that something was, by which reckoning. All payloads are nanoseconds since
/// 1970-01-01T00:00:00 of that reckoning.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stamp {
    /// UTC by the reporter's clock (EVTX, ETW).
    Utc(i64),
    /// As printed in a file whose base is a property of the file ([`TimeBase`]): cluster.log lines.
    File(i64),
    /// Wall-clock time in the reporter's zone, whatever the file's base.
    Local(i64),
    /// A state that held when the bundle was collected; the source prints no time.
    Collected,
    /// Absent or damaged (1601, or outside 1990 to 2100): counted, never placed.
    Missing,
}

impl Stamp {
    /// The plausible window of a stamp: 1990-01-01 up to 2100-01-01, nanoseconds. Outside it a time is damage
    /// (null FILETIMEs print as 1601).
    pub const PLAUSIBLE: std::ops::Range<i64> = 631_152_000_000_000_000..4_102_444_800_000_000_000;

    /// [`Stamp::Utc`], or [`Stamp::Missing`] when the time is not plausible.
    #[must_use]
    pub fn utc(nanos: i64) -> Self {
        if Self::PLAUSIBLE.contains(&nanos) { Self::Utc(nanos) } else { Self::Missing }
    }

    /// [`Stamp::File`], or [`Stamp::Missing`] when the time is not plausible.
    #[must_use]
    pub fn file(nanos: i64) -> Self {
        if Self::PLAUSIBLE.contains(&nanos) { Self::File(nanos) } else { Self::Missing }
    }

    /// From a FILETIME (100 ns units since 1601-01-01 UTC): [`Stamp::Utc`] or [`Stamp::Missing`].
    #[must_use]
    pub fn filetime(ticks: u64) -> Self {
        const EPOCH: u64 = 116_444_736_000_000_000;
        ticks
            .checked_sub(EPOCH)
            .and_then(|t| i64::try_from(t).ok())
            .and_then(|t| t.checked_mul(100))
            .map_or(Self::Missing, Self::utc)
    }
}

/// In which reckoning a file prints its [`Stamp::File`] times.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeBase {
    /// UTC (cluster.log's default; "GMT" in its header).
    Utc,
    /// Local time. `offset_minutes` is what the file's header prints as `UTC = localtime + offset`, the
    /// offset in force when the file was made; `None` when the file does not say.
    Local {
        /// Minutes to add to local time to get UTC.
        offset_minutes: Option<i32>,
    },
    /// The file does not say.
    Unknown,
}
