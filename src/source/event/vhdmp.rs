//! Microsoft-Windows-VHDMP: the virtual-disk driver opened a file for a VM on the reporter: the one event that
//! joins VM, path and host. Server 2022 and later; earlier builds have no 12 and 13.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, Guid, VmClaim, VmRef};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-VHDMP"],
    guid: "e2816346-87f4-4f85-95c3-0c79409aa89d",
    rows: &[ROWS],
    known: super::known::VHDMP,
};

const OPEN: &[(&str, &str)] = &[
    ("Status", "0"),
    ("VhdFile", r"C:\ClusterStorage\Volume1\vm1\disk0.vhdx"),
    ("VmId", "{5D9E9825-1973-4B27-9AF1-BA77940A4066}"),
    ("VhdType", "3"),
    ("Version", "2"),
    ("Flags", "0"),
    ("AccessMask", "0"),
    ("WriteDepth", "1"),
    ("GetInfoOnly", "false"),
    ("ReadOnly", "false"),
    ("HandleContext", "0x0"),
    ("VirtualDisk", "0x0"),
    ("FileObject", "0x0"),
];

const ROWS: &[Row] = &[
    row(
        12,
        "opened",
        OPEN,
        r"Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066 }, DiskOpened { path: 'C:\ClusterStorage\Volume1\vm1\disk0.vhdx' })",
        |f| open(f, f.number("Status")? == 0),
    ),
    row(
        13,
        "open_failed",
        OPEN,
        r"Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066 }, StorageTrouble { event: 13, path: 'C:\ClusterStorage\Volume1\vm1\disk0.vhdx' })",
        |f| open(f, false),
    ),
];

/// A look at the file's properties, or an open for no VM, says nothing.
fn open(f: &Fields<'_>, opened: bool) -> Option<Vec<Claim>> {
    let (path, id) = (f.filled("VhdFile")?, f.guid("VmId")?);
    if id == Guid([0; 16]) || f.flag("GetInfoOnly")? {
        return Some(Vec::new());
    }
    let claim =
        if opened { VmClaim::DiskOpened { path } } else { VmClaim::StorageTrouble { event: 13, path } };
    Some(vec![Claim::Vm(VmRef { id: Some(id), ..VmRef::default() }, claim)])
}
