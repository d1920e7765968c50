//! What the counters of Cluster Shared Volumes measure, by set and name, 2012 R2 and 2016 or later.
//!
//! Names and what they count: Microsoft's MSLab "TestingCSVRedirection", the failover clustering blog ("Cluster
//! Shared Volume Performance Counters"), public monitoring configurations (facts: domain section 4). The counters of
//! CSVFS count block-redirected I/O as direct; the Volume Manager's tell it apart. `Cluster CSVFS` itself is the sum
//! of direct and redirected, and `Cluster CSV Block Redirection` does not say which end of the wire it counts: neither is
//! read. Localised names are not known.

use crate::fact::{Meter, TrafficPath};

/// A direction.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Read,
    Written,
}

/// What is counted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Bytes,
    Operations,
}

/// How a value relates to the sample before.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The whole since the counter began: the difference of two samples counts. Exact, so preferred.
    Total,
    /// Average a second since the sample before.
    Rate,
}

/// What one counter measures.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Traffic {
        path: TrafficPath,
        way: Way,
        unit: Unit,
        kind: Kind,
    },
    /// CSVFS's own state of the volume.
    State,
    /// Operations a second on the volume's metadata.
    Metadata,
}

/// One counter set that measures traffic.
pub(super) struct Set {
    pub(super) name: &'static str,
    pub(super) meter: Meter,
    /// Sets that measure the same: on one node the lower rank is used, the other says it again.
    pub(super) rank: u8,
    /// Are its instances the friendly names of volumes? The Volume Manager's are names of its own (`Volume1#1`).
    pub(super) names_volumes: bool,
    /// Stems of byte counters, `{}` where the direction stands, with the way of the I/O.
    stems: &'static [(&'static str, TrafficPath, Unit, Kind)],
    /// Does it hold `Volume State`?
    has_state: bool,
}

use TrafficPath::{BlockRedirected, Direct, FileSystemRedirected};
use Unit::{Bytes, Operations};

/// Every set that is read.
pub(super) const SETS: &[Set] = &[
    Set {
        name: "Cluster CSVFS Direct IO",
        meter: Meter::CsvFsCounter,
        rank: 0,
        names_volumes: true,
        stems: &[("{} Bytes/sec", Direct, Bytes, Kind::Rate), ("{}s/sec", Direct, Operations, Kind::Rate)],
        has_state: false,
    },
    Set {
        name: "Cluster CSVFS Redirected IO",
        meter: Meter::CsvFsCounter,
        rank: 0,
        names_volumes: true,
        stems: &[
            ("{} Bytes/sec", FileSystemRedirected, Bytes, Kind::Rate),
            ("{}s/sec", FileSystemRedirected, Operations, Kind::Rate),
        ],
        has_state: false,
    },
    Set {
        name: "Cluster CSV File System",
        meter: Meter::CsvFsCounter,
        rank: 1,
        names_volumes: true,
        stems: &[
            ("IO {} Bytes", Direct, Bytes, Kind::Total),
            ("IO {} Bytes/sec", Direct, Bytes, Kind::Rate),
            ("IO {}s", Direct, Operations, Kind::Total),
            ("IO {}s/sec", Direct, Operations, Kind::Rate),
            ("Redirected {} Bytes", FileSystemRedirected, Bytes, Kind::Total),
            ("Redirected {} Bytes/sec", FileSystemRedirected, Bytes, Kind::Rate),
            ("Redirected {}s", FileSystemRedirected, Operations, Kind::Total),
            ("Redirected {}s/sec", FileSystemRedirected, Operations, Kind::Rate),
        ],
        has_state: true,
    },
    Set {
        name: "Cluster CSV Volume Manager",
        meter: Meter::VolumeManagerCounter,
        rank: 0,
        names_volumes: false,
        stems: &[
            ("IO {} Bytes/sec", Direct, Bytes, Kind::Rate),
            ("IO {} Bytes/sec - Redirected", BlockRedirected, Bytes, Kind::Rate),
        ],
        has_state: false,
    },
];

/// What a counter of that set and name measures.
pub(super) fn measure(set: &str, counter: &str) -> Option<(&'static Set, Measure)> {
    let set = SETS.iter().find(|own| own.name.eq_ignore_ascii_case(set))?;
    if set.has_state && counter.eq_ignore_ascii_case("Volume State") {
        return Some((set, Measure::State));
    }
    // Only the set of 2012 R2, which later versions keep, is published with this counter.
    if set.has_state && counter.eq_ignore_ascii_case("Metadata IO/sec") {
        return Some((set, Measure::Metadata));
    }
    let ways = [(Way::Read, "Read"), (Way::Written, "Write")];
    set.stems.iter().find_map(|&(stem, path, unit, kind)| {
        let fits = |(_, word): &&(Way, &str)| stem.replace("{}", word).eq_ignore_ascii_case(counter);
        let (way, _) = *ways.iter().find(fits)?;
        Some((set, Measure::Traffic { path, way, unit, kind }))
    })
}

#[cfg(test)]
mod tests {
    use super::measure;

    /// Set and counter give path, direction, unit and kind.
    #[test]
    fn counters() {
        let check = |set: &str, counter: &str, expect: &str| {
            let told = measure(set, counter).map(|(set, measure)| {
                let text = format!("{:?} {measure:?}", set.meter);
                text.replace("Traffic { path: ", "").replace("way: ", "").replace("unit: ", "")
            });
            assert_eq!(told.as_deref().unwrap_or("-"), expect, "{set} {counter}");
        };
        let vm = "Cluster CSV Volume Manager";
        check(
            "Cluster CSVFS Redirected IO",
            "Read Bytes/sec",
            "CsvFsCounter FileSystemRedirected, Read, Bytes, kind: Rate }",
        );
        check(
            "cluster csvfs direct io",
            "writes/sec",
            "CsvFsCounter Direct, Written, Operations, kind: Rate }",
        );
        check("Cluster CSV File System", "IO Read Bytes", "CsvFsCounter Direct, Read, Bytes, kind: Total }");
        check(
            vm,
            "IO Write Bytes/sec - Redirected",
            "VolumeManagerCounter BlockRedirected, Written, Bytes, kind: Rate }",
        );
        check(vm, "IO Write Bytes/sec", "VolumeManagerCounter Direct, Written, Bytes, kind: Rate }");
        check("Cluster CSV File System", "Volume State", "CsvFsCounter State");
        check("Cluster CSV File System", "Metadata IO/sec", "CsvFsCounter Metadata");
        // The sum of both ways, the cache, another set.
        check("Cluster CSVFS", "Read Bytes/sec", "-");
        check("Cluster CSV File System", "Reads/sec", "-");
        check("PhysicalDisk", "Disk Read Bytes/sec", "-");
    }
}
