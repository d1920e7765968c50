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
        let path = object.text("Path").unwrap_or_default().to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
        let image = ends(&[".vhd", ".vhdx", ".avhd", ".avhdx", ".vhds"]);
        // DVD and floppy drives have the same properties.
        let removable = object.has("DvdMediaType") || ends(&[".iso", ".vfd"]);
        object.has("Path")
            && (object.has("VMName") || object.has("VMId"))
            && !object.has("State")
            && !removable
            && (image || special.iter().any(|name| object.has(name)))
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

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, Guid, VmClaim, VmRef};
    use crate::source::snapshot::testing::check;

    const ID: &str = "b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3";

    fn expect(id: Option<Guid>, shared: Option<bool>) -> [Claim; 1] {
        let path = r"C:\ClusterStorage\Gold\sql1\os.vhdx".to_owned();
        [Claim::Vm(VmRef::new("sql1", id), VmClaim::Disk { path, shared })]
    }

    #[test]
    fn every_syntax() {
        let clixml = format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.HyperV.PowerShell.HardDiskDrive</T></TN><Props><S N="Path">C:\ClusterStorage\Gold\sql1\os.vhdx</S><B N="SupportPersistentReservations">false</B><I32 N="ControllerNumber">0</I32><S N="Name">Hard Drive on SCSI controller number 0 at location 0</S><S N="Id">Microsoft:B0A1C2D3-E4F5-4A6B-9C7D-8E9FA0B1C2D3\83F8638B-8DCA-4152-9EDA-2CA8B33039B4\0\0\D</S><G N="VMId">{ID}</G><S N="VMName">sql1</S><S N="ComputerName">hv-a</S></Props></Obj>"#
        );
        let json = format!(
            r#"{{"Path":"C:\\ClusterStorage\\Gold\\sql1\\os.vhdx","SupportPersistentReservations":false,"ControllerType":1,"Name":"Hard Drive","VMId":"{ID}","VMName":"sql1","ComputerName":"hv-a"}}"#
        );
        let list = format!(
            "ComputerName                  : hv-a\nControllerLocation            : 0\nPath                          : C:\\ClusterStorage\\Gold\\sql1\\os.vhdx\nSupportPersistentReservations : False\nVMId                          : {ID}\nVMName                        : sql1\n"
        );
        check("Get-VMHardDiskDrive", &[&clixml, &json, &list], &expect(Guid::parse(ID), Some(false)));
        let table = "VMName ControllerType ControllerNumber ControllerLocation DiskNumber Path\n------ -------------- ---------------- ------------------ ---------- ----\nsql1   SCSI           0                0                             C:\\ClusterStorage\\Gold\\sql1\\os.vhdx\n";
        check("Get-VMHardDiskDrive", &[table], &expect(None, None));
        let selected = "VMName Path\n------ ----\nsql1   C:\\ClusterStorage\\Gold\\sql1\\os.vhdx\n";
        check("Get-VMHardDiskDrive", &[selected], &expect(None, None));
    }

    #[test]
    fn a_cut_path_is_no_path() {
        let table = "VMName ControllerType Path\n------ -------------- ----\nsql1   SCSI           C:\\ClusterStorage\\Go...\n";
        check("Get-VMHardDiskDrive", &[table], &[]);
    }
}
