//! `Get-VM`: on which host each VM is registered, in which state, and where its files lie.
//!
//! `ComputerName` is the host. Disk paths stand in `HardDrives[].Path`, which survives `Export-Clixml` at its
//! default depth; `Format-List` and `Format-Table` print the drives without their paths.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, VmClaim, VmRef, VmState};
use crate::source::snapshot::note;
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-VM",
    types: &[("HyperV", "VirtualMachine")],
    fits: |object| {
        let named = object.has("VMName") || object.has("Name");
        let special = [
            "HardDrives",
            "VMId",
            "ConfigurationLocation",
            "CPUUsage",
            "CPUUsage(%)",
            "IntegrationServicesState",
        ];
        named
            && object.has("State")
            && !object.has("OwnerNode")
            && special.iter().any(|name| object.has(name))
            || object.has_all(&["VMName", "State", "ComputerName"])
    },
    file: "getvm.",
    decisive: &[
        "VMName",
        "Name",
        "VMId",
        "Id",
        "ComputerName",
        "State",
        "ConfigurationLocation",
        "Path",
        "HardDrives.Path",
    ],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["ComputerName", "PSComputerName"]);
    let Some(vm) = named(object) else { return };
    match object.text("State") {
        // The text of a state beyond the four known ones is kept, the number of an unknown one is not news.
        Some(state) => {
            let state = VmState::parse(state);
            said.claim(Claim::Vm(vm.clone(), VmClaim::On { node: said.own.clone(), state }));
        }
        None => said.claim(Claim::Vm(vm.clone(), VmClaim::Named)),
    }
    if let Some(path) = object.text("ConfigurationLocation").or_else(|| object.text("Path")) {
        said.claim(Claim::Vm(vm.clone(), VmClaim::ConfigurationAt { path: path.to_owned() }));
    }
    let drives = object.items("HardDrives").unwrap_or_default();
    for drive in drives.iter().filter_map(|drive| drive.object()) {
        disk(drive, &vm, said);
    }
    if !drives.is_empty() && drives.iter().all(|drive| drive.object().is_none_or(|drive| !drive.has("Path")))
    {
        said.note(&note::TOO_SHALLOW, "HardDrives");
    }
}

/// The VM that an object of Hyper-V speaks of.
pub(super) fn named(object: &Object) -> Option<VmRef> {
    let id = object.guid("VMId").or_else(|| object.guid("Id").filter(|_| !object.has("VMId")));
    let name = object.name("VMName").or_else(|| object.name("Name").filter(|_| !object.has("VMName")));
    (id.is_some() || name.is_some()).then_some(VmRef { id, name, resource: None })
}

/// One drive of a VM. A pass-through disk's `Path` is a sentence, not a path.
pub(super) fn disk(drive: &Object, vm: &VmRef, said: &mut Said) {
    if let Some(path) = drive.text("Path").filter(|path| path.contains('\\')) {
        let shared = drive.flag("SupportPersistentReservations");
        said.claim(Claim::Vm(vm.clone(), VmClaim::Disk { path: path.to_owned(), shared }));
    }
}
