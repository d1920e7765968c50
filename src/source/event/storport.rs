//! Microsoft-Windows-StorPort: requests that timed out or failed, buses reset, devices in a bad state.
//!
//! Typed layouts of Windows 10 18990. 549 tells of every failed request, healthy ones too: a command that the
//! device does not know (SCSI sense key 5) and a drive without a medium (2 with 3A) are no trouble; real
//! records of a healthy machine hold nothing else.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, DiskClaim, DiskRef, Name};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-StorPort"],
    guid: "c4636a1e-7986-4646-bf10-7bc3b4a76e8e",
    rows: &[ROWS],
    known: super::known::STORPORT,
};

const PORT: &[(&str, &str)] = &[("MiniportName", "acmefc"), ("PortNumber", "3")];

const ROWS: &[Row] = &[
    row(500, "timeout", PORT, "Disk(DiskRef { }, IoTrouble { source: 'storport', event: 500 })", trouble),
    row(501, "bus_reset", PORT, "Disk(DiskRef { }, IoTrouble { source: 'storport', event: 501 })", trouble),
    row(
        502,
        "device_state",
        PORT,
        "Disk(DiskRef { }, IoTrouble { source: 'storport', event: 502 })",
        trouble,
    ),
    row(
        549,
        "request_failed",
        &[
            ("PortNumber", "3"),
            ("PathID", "0"),
            ("TargetID", "0"),
            ("LUN", "2"),
            ("ClassDeviceGuid", "{7d3c1f00-0000-4000-8000-000000000004}"),
            ("AdapterGuid", "{7d3c1f00-0000-4000-8000-000000000005}"),
            ("BusType", "6"),
            ("MiniportName", "acmefc"),
            ("VendorId", "ACME"),
            ("ProductId", "Array"),
            ("SerialNumber", "1"),
            ("AdapterSerialNumber", "2"),
            ("BootDevice", "false"),
            ("Version", "1"),
            ("RequestDuration_ms", "10000"),
            ("WaitDuration_ms", "0"),
            ("Command", "40"),
            ("SrbStatus", "9"),
            ("ScsiStatus", "0"),
            ("SenseKey", "0"),
            ("AddSense", "0"),
            ("AddSenseQ", "0"),
            ("IoSize", "4096"),
            ("QueueDepth", "1"),
            ("LBA", "0x10"),
        ],
        "Disk(DiskRef { }, IoTrouble { source: 'storport', event: 549 })",
        |f| match (f.number("SenseKey")?, f.number("AddSense")?) {
            (5, _) | (2, 0x3a) => Some(Vec::new()),
            _ => trouble(f),
        },
    ),
];

/// The event names an adapter and a unit, not a disk that other sources would know.
fn trouble(f: &Fields<'_>) -> Option<Vec<Claim>> {
    f.filled("MiniportName")?;
    let event = u16::try_from(f.event().id).ok()?;
    let claim = DiskClaim::IoTrouble { source: Name::new("storport"), event };
    Some(vec![Claim::Disk(DiskRef::default(), claim)])
}
