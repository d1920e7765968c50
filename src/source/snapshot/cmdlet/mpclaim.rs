//! `mpclaim -s -d`: which disks of a node have several paths, and how load is spread over them. The line that
//! `mpclaim -s -d N` and `mpclaim -v` print for one disk counts its paths.
//!
//! A disk that is not listed is not claimed by MPIO; that alone is no fault.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, DiskClaim, DiskRef, Name};

pub(super) const DISKS: Cmdlet = Cmdlet {
    name: "mpclaim -s -d",
    types: &[],
    fits: |object| object.has_all(&["MPIO Disk", "System Disk", "LB Policy"]),
    file: "mpclaim",
    decisive: &["MPIO Disk", "System Disk", "LB Policy", "DSM Name"],
    scope: Scope::Node,
    says: |object, said| {
        let system = object.text("System Disk").and_then(|text| text.strip_prefix("Disk "));
        let disk = DiskRef {
            number: system.and_then(|number| number.trim().parse().ok()),
            device: object.name("MPIO Disk"),
            ..DiskRef::default()
        };
        if disk.device.is_some() {
            let policy = object.text("LB Policy").map(str::to_owned);
            said.claim(Claim::Disk(disk, DiskClaim::Paths { count: None, policy }));
        }
    },
};

/// The table of one disk's paths: known, and nothing to say beyond the count above it.
pub(super) const PATHS: Cmdlet = Cmdlet {
    name: "mpclaim -s -d N",
    types: &[],
    fits: |object| object.has_all(&["Path ID", "State", "SCSI Address"]),
    file: "mpclaim",
    decisive: &["Path ID", "State", "SCSI Address"],
    scope: Scope::Node,
    says: |_, _| {},
};

/// `MPIO Disk0: 04 Paths, Round Robin, Symmetric Access`.
pub(in super::super) fn line(text: &str) -> Option<Said> {
    let (device, rest) = text.lines().next()?.trim().split_once(": ")?;
    let number = device.strip_prefix("MPIO Disk")?;
    let (count, rest) = rest.split_once(" Paths")?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let policy = rest.strip_prefix(", ").and_then(|rest| rest.split(", ").next()).map(str::to_owned);
    let disk = DiskRef { device: Some(Name::new(device)), ..DiskRef::default() };
    let mut said = Said::default();
    said.claim(Claim::Disk(disk, DiskClaim::Paths { count: Some(count.trim().parse().ok()?), policy }));
    Some(said)
}
