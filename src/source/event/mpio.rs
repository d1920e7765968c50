//! Classic event source `mpio`: paths to a multipath disk, lost and added, and the disk that goes when all are
//! lost. Ids and inserts as in the driver's message table: the device first, then the module's name.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, DiskClaim, Name};

/// The tables.
pub(super) const PROVIDER: Provider =
    Provider { names: &["mpio"], guid: "", rows: &[ROWS], known: super::known::MPIO };

const DEVICE: &[(&str, &str)] = &[("", r"\Device\MPIODisk3")];

const ROWS: &[Row] = &[
    row(
        1,
        "disk_created",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, PathAdded { event: 1 })",
        |f| claim(f, |event| DiskClaim::PathAdded { event }),
    ),
    row(
        2,
        "path_added",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, PathAdded { event: 2 })",
        |f| claim(f, |event| DiskClaim::PathAdded { event }),
    ),
    row(
        16,
        "failed_over",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, PathFailed { event: 16 })",
        path_failed,
    ),
    row(
        17,
        "degraded",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, PathFailed { event: 17 })",
        path_failed,
    ),
    row(
        18,
        "single_path_failed_over",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, PathFailed { event: 18 })",
        path_failed,
    ),
    row(
        20,
        "path_verification_failed",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, PathFailed { event: 20 })",
        path_failed,
    ),
    row(
        22,
        "fail_over_failed",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, AllPathsFailed { event: 22 })",
        all_failed,
    ),
    row(
        23,
        "all_paths_failed",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, AllPathsFailed { event: 23 })",
        all_failed,
    ),
    row(
        32,
        "no_path_returned",
        DEVICE,
        r"Disk(DiskRef { device: '\Device\MPIODisk3' }, IoTrouble { source: 'mpio', event: 32 })",
        |f| claim(f, |event| DiskClaim::IoTrouble { source: Name::new("mpio"), event }),
    ),
];

fn claim(f: &Fields<'_>, claim: fn(u16) -> DiskClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Disk(f.device()?, claim(u16::try_from(f.event().id).ok()?))])
}

fn path_failed(f: &Fields<'_>) -> Option<Vec<Claim>> {
    claim(f, |event| DiskClaim::PathFailed { event })
}

fn all_failed(f: &Fields<'_>) -> Option<Vec<Claim>> {
    claim(f, |event| DiskClaim::AllPathsFailed { event })
}
