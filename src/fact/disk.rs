//! Disks and their paths, as one node sees them.

use super::{Guid, Name, NtStatus};

/// A disk by whatever names the source gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskRef {
    /// Cluster resource.
    pub resource: Option<Name>,
    /// Windows disk number.
    pub number: Option<u32>,
    /// Device name as printed: `\Device\MPIODisk3`.
    pub device: Option<Name>,
    /// Disk or virtual-disk GUID.
    pub id: Option<Guid>,
    /// Friendly name of a virtual disk (`Get-VirtualDisk`).
    pub friendly: Option<Name>,
}

impl DiskRef {
    /// By device name as an event prints it; a `\Device\Harddisk3\DR3` also gives the disk number.
    #[must_use]
    pub fn device(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        let number = lower.strip_prefix(r"\device\harddisk").map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        Self {
            device: Some(Name::new(text)).filter(|n| !n.is_empty()),
            number: number.flatten(),
            ..Self::default()
        }
    }
}

/// What a source says of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskClaim {
    /// The ref's names belong together.
    Named,
    /// MPIO: one path failed or failed over, others remain (mpio 16, 17, 18, 20).
    PathFailed {
        /// Event id.
        event: u16,
    },
    /// MPIO: all paths failed; the device goes away (mpio 22, 23).
    AllPathsFailed {
        /// Event id.
        event: u16,
    },
    /// MPIO: a path was added (mpio 2) or the disk created (mpio 1).
    PathAdded {
        /// Event id.
        event: u16,
    },
    /// I/O trouble: disk 7, 9, 11, 15, 51, 129, 153, 154, StorPort 500, 501, 549.
    IoTrouble {
        /// Lower-case source name: `disk`, `storport`, the miniport's name.
        source: Name,
        /// Event id.
        event: u16,
    },
    /// The disk went away (disk 157), or the Physical Disk resource lost it (5264).
    Disconnected {
        /// Event id.
        event: u16,
    },
    /// The persistent reservation was lost (1038) or could not be taken (engine lines).
    ReservationLost,
    /// Arbitration failed; the status where given.
    ArbitrationFailed {
        /// Status.
        status: Option<NtStatus>,
    },
    /// Paths that `mpclaim -s -d` lists on the reporter.
    Paths {
        /// Number of paths, where listed.
        count: Option<u32>,
        /// Load-balance policy as printed.
        policy: Option<String>,
    },
    /// Bus type as Windows prints it (`SAS`, `iSCSI`, `Fibre Channel`, `Spaces`, ...).
    BusType(String),
    /// A virtual disk (Storage Space) with its resiliency and whether it is tiered, where known.
    Space {
        /// `Mirror`, `Parity`, `Simple`.
        resiliency: Option<String>,
        /// Has storage tiers.
        tiered: Option<bool>,
        /// Health as printed.
        health: Option<String>,
    },
}
