//! `Get-VMHardDiskDrive`: the files of each VM's disks, and whether a disk is shared between VMs.

use super::{Cmdlet, Said, Scope, own_node, vm};
use crate::fact::VmRef;
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-VMHardDiskDrive",
    types: &[("HyperV", "HardDiskDrive")],
    fits: |object| {
        let special =
            ["ControllerType", "ControllerNumber", "ControllerLocation", "SupportPersistentReservations"];
        let file = || {
            let path = object.text("Path").unwrap_or_default().to_ascii_lowercase();
            [".vhd", ".vhdx", ".avhd", ".avhdx", ".vhds"].iter().any(|ending| path.ends_with(ending))
        };
        object.has("Path")
            && (object.has("VMName") || object.has("VMId"))
            && !object.has("State")
            && (special.iter().any(|name| object.has(name)) || file())
    },
    file: "harddisk",
    decisive: &["VMName", "VMId", "ComputerName", "Path", "SupportPersistentReservations"],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["ComputerName", "PSComputerName"]);
    // `Name` and `Id` are the drive's own.
    let of = VmRef { id: object.guid("VMId"), name: object.name("VMName"), resource: None };
    if of != VmRef::default() {
        vm::disk(object, &of, said);
    }
}
