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

/// `MPIO Disk0: 04 Paths, Round Robin, Symmetric Access`. The hint above the table, which names the command, is
/// known and says nothing.
pub(in super::super) fn line(text: &str) -> Option<Said> {
    if text.contains("'mpclaim -s -d #'") {
        return Some(Said::default());
    }
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

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, DiskClaim, DiskRef, Name};
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::read_bytes;

    fn paths(device: &str, number: Option<u32>, count: Option<u32>, policy: &str) -> Claim {
        let disk = DiskRef { device: Some(Name::new(device)), number, ..DiskRef::default() };
        Claim::Disk(disk, DiskClaim::Paths { count, policy: Some(policy.to_owned()) })
    }

    #[test]
    fn table_and_detail() {
        let text = "
For more information about a particular disk, use 'mpclaim -s -d #' where # is the MPIO disk number.

MPIO Disk    System Disk  LB Policy    DSM Name
-------------------------------------------------------------------------------
MPIO Disk1   Disk 12      RR           Microsoft DSM
MPIO Disk0   Disk 1       LQD          Microsoft DSM

MPIO Disk0: 04 Paths, Least Queue Depth, Symmetric Access
    Controlling DSM: Microsoft DSM
    SN: 6002AE000000013B006E3B

    Path ID          State              SCSI Address      Weight
    ---------------------------------------------------------------------------
    0000000077010003 Active/Optimized   001|000|003|000   0
";
        let reading = read_bytes(Syntax::Text, "x", text.as_bytes());
        let claims: Vec<Claim> = reading.facts.iter().map(|fact| fact.claim.clone()).collect();
        let expect = [
            paths("MPIO Disk1", Some(12), None, "RR"),
            paths("MPIO Disk0", Some(1), None, "LQD"),
            paths("MPIO Disk0", None, Some(4), "Least Queue Depth"),
        ];
        assert_eq!(claims, expect);
        let tally = &reading.tally;
        assert_eq!((tally.facts, tally.silent, tally.unknown, tally.malformed), (3, 2, 0, 0), "{tally:?}");
    }
}
