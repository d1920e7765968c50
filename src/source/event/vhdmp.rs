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

/// A look at the file's properties, or an open for no VM, says nothing. An open by a VM's own worker tells the VM by its
/// user where the field does not.
fn open(f: &Fields<'_>, opened: bool) -> Option<Vec<Claim>> {
    const NONE: Guid = Guid([0; 16]);
    let (path, id) = (f.filled("VhdFile")?, f.guid("VmId")?);
    let worker = f.event().user.filter(|_| id == NONE).and_then(VmRef::id_from_sid);
    let id = worker.unwrap_or(id);
    if id == NONE || f.flag("GetInfoOnly")? {
        return Some(Vec::new());
    }
    let claim =
        if opened { VmClaim::DiskOpened { path } } else { VmClaim::StorageTrouble { event: 13, path } };
    Some(vec![Claim::Vm(VmRef { id: Some(id), ..VmRef::default() }, claim)])
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_by;
    use super::{OPEN, PROVIDER};

    #[test]
    fn the_worker_tells_the_vm() {
        let sid = "S-1-5-83-1-1570674725-1260853619-2008740250-1715473044";
        let check = |user, id, expect: &str| {
            let mut fields = OPEN.to_vec();
            fields[2].1 = id;
            check_by(Some(user), &PROVIDER, 12, None, &fields, expect);
        };
        let none = "{00000000-0000-0000-0000-000000000000}";
        let opened = |id: &str| {
            format!(
                r"Vm(VmRef {{ id: {id} }}, DiskOpened {{ path: 'C:\ClusterStorage\Volume1\vm1\disk0.vhdx' }})"
            )
        };
        check(sid, none, &opened("5d9e9825-1973-4b27-9af1-ba77940a4066"));
        check(sid, "{11111111-1973-4b27-9af1-ba77940a4066}", &opened("11111111-1973-4b27-9af1-ba77940a4066"));
        check("S-1-5-18", none, "Silent");
    }
}
