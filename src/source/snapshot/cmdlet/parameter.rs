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

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, DiskClaim, DiskRef, Guid, VmClaim, VmRef};
    use crate::source::snapshot::testing::check;

    const ID: &str = "b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3";

    fn samples(of: &str, name: &str, value: &str) -> [String; 3] {
        let json_value = value.replace('\\', "\\\\");
        [
            format!(
                r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterParameter</T></TN><Props><S N="ClusterObject">{of}</S><S N="Name">{name}</S><B N="IsReadOnly">false</B><S N="Value">{value}</S></Props></Obj>"#
            ),
            format!(r#"[{{"ClusterObject":{{"Name":"{of}"}},"Name":"{name}","Value":"{json_value}"}}]"#),
            format!(
                "Object                             Name            Value                                  Type\n------                             ----            -----                                  ----\n{of:34} {name:15} {value:38} String\n"
            ),
        ]
    }

    #[test]
    fn links_in_every_syntax() {
        let config = "Virtual Machine Configuration sql1";
        let disk = |id| DiskRef { resource: Some("Cluster Disk 3".into()), id, ..DiskRef::default() };
        let row = |of: &str, name: &str, value: &str, expect: &[Claim]| {
            let samples = samples(of, name, value);
            let samples: Vec<&str> = samples.iter().map(String::as_str).collect();
            check("Get-ClusterParameter", &samples, expect);
        };
        let vm = VmRef { id: Guid::parse(ID), ..VmRef::from_resource(config) };
        row(config, "VmId", ID, &[Claim::Vm(vm, VmClaim::Named)]);
        let path = r"C:\ClusterStorage\Gold\sql1";
        let claim = VmClaim::ConfigurationAt { path: path.to_owned() };
        row(config, "VmStoreRootPath", path, &[Claim::Vm(VmRef::from_resource(config), claim)]);
        row(
            "Cluster Disk 3",
            "DiskIdGuid",
            &format!("{{{ID}}}"),
            &[Claim::Disk(disk(Guid::parse(ID)), DiskClaim::Named)],
        );
        let named = DiskRef { friendly: Some("Mirror1".into()), ..disk(None) };
        row("Cluster Disk 3", "VirtualDiskName", "Mirror1", &[Claim::Disk(named, DiskClaim::Named)]);
        row("Cluster Disk 3", "DiskIdGuid", "00000000-0000-0000-0000-000000000000", &[]);
        row("Cluster Disk 3", "CsvSnapshotAgeLimit", "168", &[]);
    }
}
