//! Measured traffic: what went to a volume on one node during a short stretch, by the way that it took.

use super::{Name, VolumeRef};

/// Which way I/O took, as the measuring source can tell it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficPath {
    /// Not through the coordinator's file system. CSVFS counts block-redirected I/O as direct as well (facts:
    /// domain section 4): only the I/O mode of that time or the Volume Manager's counters tell the two apart.
    Direct,
    /// Through the coordinator's file system: over the network, unless the node is the coordinator.
    FileSystemRedirected,
    /// Over the network to the coordinator, below its file system. Only the Volume Manager's counters say so.
    BlockRedirected,
}

impl TrafficPath {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::FileSystemRedirected => "file_system_redirected",
            Self::BlockRedirected => "block_redirected",
        }
    }
}

/// Who measured.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meter {
    /// Each I/O as CSVFS traced it (events 9472, 9728, 12320, 12336).
    CsvFsTrace,
    /// The CSVFS counter sets.
    CsvFsCounter,
    /// The CSV Volume Manager counter set.
    VolumeManagerCounter,
}

impl Meter {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CsvFsTrace => "csvfs_trace",
            Self::CsvFsCounter => "csvfs_counter",
            Self::VolumeManagerCounter => "volume_manager_counter",
        }
    }
}

/// How long operations took: how many lasted at least `2^exponent` and less than `2^(exponent + 1)` units of
/// 100 ns. Ascending by exponent, without empty entries; a duration of zero counts as exponent 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latency(pub Vec<(u8, u64)>);

impl Latency {
    /// Counts one operation that took `ticks` units of 100 ns.
    pub fn add(&mut self, ticks: u64) {
        let exponent = ticks.max(1).ilog2() as u8;
        match self.0.binary_search_by_key(&exponent, |entry| entry.0) {
            Ok(at) => self.0[at].1 += 1,
            Err(at) => self.0.insert(at, (exponent, 1)),
        }
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        for &(exponent, count) in &other.0 {
            match self.0.binary_search_by_key(&exponent, |entry| entry.0) {
                Ok(at) => self.0[at].1 += count,
                Err(at) => self.0.insert(at, (exponent, count)),
            }
        }
    }

    /// Upper bound, in units of 100 ns, of the shortest `permille` thousandths of the operations; `None` where
    /// none was counted.
    #[must_use]
    pub fn within(&self, permille: u64) -> Option<u64> {
        let all: u64 = self.0.iter().map(|entry| entry.1).sum();
        let wanted = (all * permille).div_ceil(1000).max(1);
        let mut seen = 0;
        self.0.iter().find_map(|&(exponent, count)| {
            seen += count;
            (seen >= wanted).then(|| 1u64.checked_shl(u32::from(exponent) + 1).unwrap_or(u64::MAX))
        })
    }
}

/// One direction of traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Bytes that went.
    pub bytes: u64,
    /// Operations, where the source counts them.
    pub operations: Option<u64>,
    /// How long they took, where the source says.
    pub latency: Latency,
}

/// What went from the reporter to a volume (or to one file of it) within a stretch that begins at the fact's
/// stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficClaim {
    /// Which volume; without names where the source tells only the file.
    pub volume: VolumeRef,
    /// Path of the file, as the source prints it; `None` where the figure is of the whole volume.
    pub file: Option<Name>,
    /// Process that issued the I/O, where the source says.
    pub process: Option<u32>,
    /// Which way.
    pub path: TrafficPath,
    /// Length of the stretch, nanoseconds.
    pub length: i64,
    /// Read.
    pub read: Flow,
    /// Written.
    pub written: Flow,
    /// I/O whose direction is not known: its beginning is not in the trace.
    pub undirected: Flow,
    /// Who measured.
    pub meter: Meter,
    /// The source lost records in this stretch: the figures are lower bounds.
    pub lossy: bool,
}

#[cfg(test)]
mod tests {
    use super::Latency;

    #[test]
    fn latencies() {
        let mut latency = Latency::default();
        [0, 1, 2, 3, 900, 1100, 5_000_000].into_iter().for_each(|ticks| latency.add(ticks));
        assert_eq!(latency.0, [(0, 2), (1, 2), (9, 1), (10, 1), (22, 1)]);
        assert_eq!([latency.within(500), latency.within(1000)], [Some(4), Some(1 << 23)]);
        assert_eq!(Latency::default().within(500), None);
        let mut sum = Latency::default();
        sum.add(1000);
        sum.merge(&latency);
        assert_eq!(sum.0, [(0, 2), (1, 2), (9, 2), (10, 1), (22, 1)]);
    }
}
