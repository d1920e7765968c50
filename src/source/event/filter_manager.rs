//! Microsoft-Windows-FilterManager: file-system filter drivers loaded and unloaded: since when a filter is
//! there that the cluster does not know as safe. Typed layouts of Windows 10 18990, 1 and 6 in real records.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, FilterClaim, FilterRef};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-FilterManager"],
    guid: "f3c5e28e-63f6-49c7-a204-e48a1bc4b09d",
    rows: &[ROWS],
    known: super::known::FILTER_MANAGER,
};

const DRIVER: &[(&str, &str)] = &[
    ("FinalStatus", "0x0"),
    ("DeviceVersionMajor", "10"),
    ("DeviceVersionMinor", "0"),
    ("DeviceNameLength", "7"),
    ("DeviceName", "acmeflt"),
    ("DeviceTime", "2020-01-02T03:04:05Z"),
];

const ROWS: &[Row] = &[
    row(1, "unloaded", DRIVER, "Filter(FilterRef { name: 'acmeflt' }, Unloaded)", |f| {
        driver(f, FilterClaim::Unloaded)
    }),
    // 3 names the volume only: the Filter Manager itself could not attach.
    row(
        3,
        "manager_attach_failed",
        &[
            ("FinalStatus", "0xc0000001"),
            ("ExtraStringLength", "2"),
            ("ExtraString", r"\Device\HarddiskVolume7"),
        ],
        "Filter(FilterRef { name: '' }, AttachFailed { event: 3 })",
        |f| {
            f.filled("ExtraString")?;
            Some(vec![Claim::Filter(FilterRef::new(""), FilterClaim::AttachFailed { event: 3 })])
        },
    ),
    row(
        4,
        "attach_failed",
        DRIVER,
        "Filter(FilterRef { name: 'acmeflt' }, AttachFailed { event: 4 })",
        |f| driver(f, FilterClaim::AttachFailed { event: 4 }),
    ),
    row(6, "loaded", DRIVER, "Filter(FilterRef { name: 'acmeflt' }, Loaded)", |f| {
        driver(f, FilterClaim::Loaded)
    }),
];

fn driver(f: &Fields<'_>, claim: FilterClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Filter(FilterRef::new(&f.filled("DeviceName")?), claim)])
}
