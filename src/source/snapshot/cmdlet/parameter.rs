//! `Get-ClusterParameter` (`GetClusterResourceParameters.XML`): private properties of resources, one object a
//! property. They tie a VM's resources to its id and folder, and a disk's resource to the disk.
//!
//! Names: `VmId` and `VmStoreRootPath` of Virtual Machine (Configuration) resources, `DiskIdGuid` of Physical
//! Disk resources (Windows SDK, private properties), `VirtualDiskId` and `VirtualDiskName` of a Storage Space's.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, DiskClaim, DiskRef, VmClaim, VmRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterParameter",
    types: &[("", "ClusterParameter")],
    fits: |object| {
        object.has_all(&["Name", "Value"])
            && (object.has("ClusterObject") || object.has_all(&["Object", "Type"]))
    },
    file: "parameter",
    decisive: &["ClusterObject", "Object", "Name", "Value"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let of = object.name("ClusterObject").or_else(|| object.name("Object"));
    let (Some(of), Some(name)) = (of, object.text("Name")) else { return };
    match name.to_ascii_lowercase().as_str() {
        "vmid" => {
            let vm = VmRef { id: object.guid("Value"), ..VmRef::from_resource(of.as_str()) };
            if vm.id.is_some() {
                said.claim(Claim::Vm(vm, VmClaim::Named));
            }
        }
        "vmstorerootpath" => {
            let path = object.text("Value").filter(|path| path.contains('\\')).map(str::to_owned);
            let vm = VmRef::from_resource(of.as_str());
            said.claims.extend(path.map(|path| {
                (crate::fact::Stamp::Collected, Claim::Vm(vm, VmClaim::ConfigurationAt { path }))
            }));
        }
        "diskidguid" | "virtualdiskid" => {
            let disk = DiskRef { resource: Some(of), id: object.guid("Value"), ..DiskRef::default() };
            if disk.id.is_some() {
                said.claim(Claim::Disk(disk, DiskClaim::Named));
            }
        }
        "virtualdiskname" => {
            let disk = DiskRef { resource: Some(of), friendly: object.name("Value"), ..DiskRef::default() };
            if disk.friendly.is_some() {
                said.claim(Claim::Disk(disk, DiskClaim::Named));
            }
        }
        _ => {}
    }
}
