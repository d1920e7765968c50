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
        // Checkpoints and replications have a VM's properties and others of their own.
        let others = ["OwnerNode", "SnapshotType", "FrequencySec", "PrimaryServer"];
        named
            && object.has("State")
            && !others.iter().any(|name| object.has(name))
            && (special.iter().any(|name| object.has(name)) || object.has_all(&["VMName", "ComputerName"]))
    },
    file: "getvm",
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

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, Guid, Name, VmClaim, VmRef, VmState};
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{check, objs, read_bytes};

    const ID: &str = "b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3";
    const CLIXML: &str = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.HyperV.PowerShell.VirtualMachine</T><T>Microsoft.HyperV.PowerShell.VirtualizationObject</T></TN><ToString>Microsoft.HyperV.PowerShell.VirtualMachine</ToString><Props><S N="VMName">sql1</S><G N="VMId">b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3</G><G N="Id">b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3</G><S N="Name">sql1</S><Obj N="State" RefId="1"><TN RefId="1"><T>Microsoft.HyperV.PowerShell.VMState</T></TN><ToString>Running</ToString><I32>2</I32></Obj><S N="ComputerName">HV-A</S><B N="IsClustered">true</B><S N="ConfigurationLocation">C:\ClusterStorage\Gold\sql1</S><S N="Path">C:\ClusterStorage\Gold\sql1</S><Obj N="HardDrives" RefId="2"><LST><Obj RefId="3"><TN RefId="2"><T>Microsoft.HyperV.PowerShell.HardDiskDrive</T></TN><Props><S N="Path">C:\ClusterStorage\Gold\sql1\os.vhdx</S><S N="VMName">sql1</S></Props></Obj><Obj RefId="4"><TNRef RefId="2" /><Props><S N="Path">C:\ClusterStorage\Silver\log.vhds</S><B N="SupportPersistentReservations">true</B></Props></Obj><Obj RefId="5"><TNRef RefId="2" /><Props><S N="Path">Disk 3 1.00 GB Bus 0 Lun 1 Target 0</S></Props></Obj></LST></Obj></Props></Obj>"#;

    fn vm() -> VmRef {
        VmRef::new("sql1", Guid::parse(ID))
    }

    fn on(vm: VmRef, node: Option<&str>, state: VmState) -> Claim {
        Claim::Vm(vm, VmClaim::On { node: node.map(Name::new), state })
    }

    fn expect() -> Vec<Claim> {
        let disk = |path: &str, shared| Claim::Vm(vm(), VmClaim::Disk { path: path.to_owned(), shared });
        vec![
            on(vm(), Some("hv-a"), VmState::Running),
            Claim::Vm(vm(), VmClaim::ConfigurationAt { path: r"C:\ClusterStorage\Gold\sql1".into() }),
            disk(r"C:\ClusterStorage\Gold\sql1\os.vhdx", None),
            disk(r"C:\ClusterStorage\Silver\log.vhds", Some(true)),
        ]
    }

    #[test]
    fn objects_with_drives() {
        let json = r#"{"VMName":"sql1","VMId":"b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3","Name":"sql1","State":2,"ComputerName":"HV-A","ConfigurationLocation":"C:\\ClusterStorage\\Gold\\sql1","HardDrives":[{"Path":"C:\\ClusterStorage\\Gold\\sql1\\os.vhdx","VMName":"sql1"},{"Path":"C:\\ClusterStorage\\Silver\\log.vhds","SupportPersistentReservations":true}]}"#;
        check("Get-VM", &[CLIXML, json], &expect());
        let reading = read_bytes(Syntax::Clixml, "x", objs(CLIXML).as_bytes());
        assert_eq!(reading.node, Some("hv-a".into()));
        assert!(reading.facts.iter().all(|fact| fact.reporter == Some("hv-a".into())));
    }

    #[test]
    fn text_has_no_drives() {
        let list = format!(
            "VMName                : sql1\nVMId                  : {ID}\nComputerName          : HV-A\nState                 : Running\nConfigurationLocation : C:\\ClusterStorage\\Gold\\sql1\nHardDrives            : {{Hard Drive on SCSI controller number 0 at location 0}}\n"
        );
        check("Get-VM", &[&list], &expect()[..2]);
        let table = "Name State   CPUUsage(%) MemoryAssigned(M) Uptime           Status             Version\n---- -----   ----------- ----------------- ------           ------             -------\nsql1 Running 3           4096              12.03:04:05.0060 Operating normally 9.0\nsql2 Off     0           0                 00:00:00         Operating normally 9.0\n";
        let named = |name| VmRef::new(name, None);
        let rows = [on(named("sql1"), None, VmState::Running), on(named("sql2"), None, VmState::Off)];
        check("Get-VM", &[table], &rows);
    }

    #[test]
    fn a_checkpoint_is_no_vm() {
        let json = r#"{"VMName":"sql1","VMId":"b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3","Name":"before","SnapshotType":0,"State":3,"ComputerName":"HV-A","HardDrives":[{"Path":"C:\\a.vhdx"}]}"#;
        let reading = read_bytes(Syntax::Json, "x", json.as_bytes());
        assert_eq!((reading.facts.len(), reading.tally.unknown), (0, 1));
    }

    #[test]
    fn two_hosts_are_no_node() {
        let other = CLIXML.replace("HV-A", "HV-B");
        let reading = read_bytes(Syntax::Clixml, "x", objs(&format!("{CLIXML}{other}")).as_bytes());
        assert_eq!((reading.node, reading.facts.len()), (None, 8));
    }
}
