//! A cluster to play, as data: what there is, what happens, what disturbs, what is gathered.
//!
//! [`Spec::drawn`] draws all of it from a seed. Tests change single fields: the story depends on the first part
//! alone, so that a spec with other noise or less evidence has the same truth.

mod altered;
mod build;
mod draw;
mod happening;
mod schedule;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::gather;
use super::world::World;
use super::{File, stream, write};

pub use altered::Altered;
pub use happening::Happening;

/// A Windows Server version.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "names of products")]
pub enum Windows {
    Server2008R2,
    Server2012,
    Server2012R2,
    Server2016,
    Server2019,
    Server2022,
    Server2025,
}

impl Windows {
    /// All, oldest first.
    pub const ALL: [Self; 7] = [
        Self::Server2008R2,
        Self::Server2012,
        Self::Server2012R2,
        Self::Server2016,
        Self::Server2019,
        Self::Server2022,
        Self::Server2025,
    ];

    /// Build number.
    #[must_use]
    pub fn build(self) -> u32 {
        match self {
            Self::Server2008R2 => 7601,
            Self::Server2012 => 9200,
            Self::Server2012R2 => 9600,
            Self::Server2016 => 14393,
            Self::Server2019 => 17763,
            Self::Server2022 => 20348,
            Self::Server2025 => 26100,
        }
    }
}

/// What the volumes lie on.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Storage {
    /// LUNs that all nodes see.
    San,
    /// Clustered spaces on shared SAS (2012 R2 and later here).
    SharedSpaces,
    /// Storage Spaces Direct (2016 and later).
    SpacesDirect,
    /// LUNs under Storage Replica (2016 and later).
    StorageReplica,
    /// Two sites: the nodes of the second one do not see the LUNs.
    Stretch,
}

/// A kind of evidence that can be left out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// cluster.log of every node.
    ClusterLogs,
    /// System event logs.
    SystemLogs,
    /// FailoverClustering/Operational.
    OperationalLogs,
    /// FailoverClustering-CsvFs/Operational, CsvFlt/Diagnostic.
    CsvFsLogs,
    /// Hyper-V's event logs.
    HyperVLogs,
    /// SMB client's event log.
    SmbLogs,
    /// `Get-ClusterSharedVolumeState`.
    VolumeStates,
    /// `Get-ClusterSharedVolume`, `Get-Volume`, `Get-VirtualDisk`.
    SharedVolumes,
    /// `Get-ClusterGroup`, `Get-ClusterResource`.
    Groups,
    /// `Get-VM` and its disks.
    Vms,
    /// `fltmc`.
    Filters,
    /// `Get-Disk`.
    Disks,
    /// `mpclaim`.
    Multipath,
    /// `Win32_OperatingSystem`.
    OperatingSystems,
    /// `Get-Cluster`, `Get-ClusterNode`, `Get-ClusterNetwork`.
    Cluster,
    /// `Get-NetIPAddress`, `Get-NetAdapterBinding`.
    Networks,
}

impl Evidence {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::ClusterLogs,
        Self::SystemLogs,
        Self::OperationalLogs,
        Self::CsvFsLogs,
        Self::HyperVLogs,
        Self::SmbLogs,
        Self::VolumeStates,
        Self::SharedVolumes,
        Self::Groups,
        Self::Vms,
        Self::Filters,
        Self::Disks,
        Self::Multipath,
        Self::OperatingSystems,
        Self::Cluster,
        Self::Networks,
    ];
}

/// A disturbance of the bundle. None changes what happened.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noise {
    /// Some cluster logs are in local time, others in UTC.
    MixedBases,
    /// Each log lies there twice.
    Twice,
    /// The log of another cluster lies among them.
    Foreign,
    /// cluster.log begins late (`-TimeSpan`).
    TimeSpan,
    /// Event logs begin late: older records are overwritten.
    Rotated,
    /// Nothing was gathered from one node.
    MissingNode,
    /// A clock is set during the story (Kernel-General 1).
    ClockSet,
}

impl Noise {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::MixedBases,
        Self::Twice,
        Self::Foreign,
        Self::TimeSpan,
        Self::Rotated,
        Self::MissingNode,
        Self::ClockSet,
    ];
}

/// A cluster, its story and its bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The same spec gives the same bytes.
    pub seed: u64,
    /// Version of all nodes.
    pub windows: Windows,
    /// What the volumes lie on.
    pub storage: Storage,
    /// Number of nodes, 2 to 64.
    pub nodes: usize,
    /// Number of volumes, 1 to 200.
    pub volumes: usize,
    /// Number of VMs, up to 5,000.
    pub vms: usize,
    /// Length of the story, at least 2 hours.
    pub hours: u32,
    /// The clocks change to or from daylight saving time 13 to 14 hours after the beginning.
    pub daylight_saving: bool,
    /// The whole cluster was started shortly before the story: the logs reach back to that.
    pub from_start: bool,
    /// What happens, in no order; one that does not fit version and storage does not happen.
    pub happenings: Vec<Happening>,
    /// What begins and would end again goes on past the end of the story.
    pub unfinished: bool,
    /// Mean time between two I/Os of a disk, milliseconds, where CSVFS is traced on every node; 0: it is not.
    pub traced_ms: u32,
    /// What is otherwise than the seed drew it.
    pub altered: Altered,
    /// Largest clock offset, milliseconds.
    pub skew_ms: u32,
    /// Largest drift, parts per million.
    pub drift_ppm: u32,
    /// Lines about nothing, an hour, that each node's cluster.log holds besides; its System log holds a tenth of that in
    /// records. They change no truth. A node whose clock is set has none.
    pub chatter: u32,
    /// What disturbs the bundle.
    pub noise: BTreeSet<Noise>,
    /// What is not gathered.
    pub left_out: BTreeSet<Evidence>,
}

impl Spec {
    /// A small quiet cluster in which everything is gathered: the ground for a test's own changes.
    #[must_use]
    pub fn quiet(seed: u64, windows: Windows, storage: Storage) -> Self {
        Self {
            seed,
            windows,
            storage,
            nodes: 3,
            volumes: 2,
            vms: 4,
            hours: 12,
            daylight_saving: false,
            from_start: false,
            happenings: Vec::new(),
            unfinished: false,
            traced_ms: 0,
            altered: Altered::default(),
            skew_ms: 40,
            drift_ppm: 0,
            chatter: 0,
            noise: BTreeSet::new(),
            left_out: BTreeSet::new(),
        }
    }

    /// Does the happening fit version, storage and size?
    #[must_use]
    pub fn allows(&self, happening: Happening) -> bool {
        happening.fits(self)
    }

    /// Plays the story and gathers the bundle, with its `truth.json`. Files are sorted by path.
    #[must_use]
    pub fn files(&self) -> Vec<File> {
        let world = self.play();
        let mut files = Vec::new();
        gather::all(&world, &mut |file| files.push(file));
        files.push(self.truth_of(&world));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Plays the story and gathers the bundle below a folder, without its `truth.json`. One file at a time is in memory.
    ///
    /// # Errors
    /// A folder or file cannot be written.
    pub fn gather_to(&self, folder: &Path) -> io::Result<()> {
        let world = self.play();
        stream(folder, |sink| gather::all(&world, sink)).map(drop)
    }

    /// Plays the story and gathers nothing: its `truth.json` alone.
    #[must_use]
    pub fn truth(&self) -> File {
        self.truth_of(&self.play())
    }

    fn truth_of(&self, world: &World) -> File {
        File { path: "truth.json".into(), bytes: write::truth::file(world, "mixed", self.seed) }
    }

    /// Plays the story.
    pub(super) fn play(&self) -> World {
        schedule::play(self)
    }
}

#[cfg(test)]
mod tests;
