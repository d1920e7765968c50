//! `Get-ClusterSharedVolume`: who owns each volume, its names, its file system, and the flags of its
//! `SharedVolumeInfo`.
//!
//! `RedirectedAccess` is what an administrator turned on; it is not known to be set for ReFS, so `False` here
//! says nothing of the I/O mode. `FaultState` is the coarse flag set `CLUSTER_CSV_VOLUME_FAULT_STATE`
//! (MicrosoftDocs/sdk-api) and names no node. At the default depth `Partition` may be only its name.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, FileSystem, ResourceClaim, ResourceRef, ResourceState, VolumeClaim, VolumeRef};
use crate::source::ObjectKind;
use crate::source::snapshot::note;
use crate::source::snapshot::object::{Body, Object};

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterSharedVolume",
    types: &[("", "ClusterSharedVolume")],
    fits: |object| {
        let named = object.has_all(&["Name", "OwnerNode"]);
        object.has("SharedVolumeInfo")
            || named && object.has("FriendlyVolumeName")
            // The default table. Network interfaces have the same properties and other states.
            || object.is_row_of(&["Name", "State", "Node"]) && object.is_one_of("State", super::RESOURCE_STATES)
            || super::is_owned_thing(object)
    },
    file: "clustersharedvolume",
    decisive: &[
        "Name",
        "Id",
        "OwnerNode",
        "Node",
        "State",
        "SharedVolumeInfo.FriendlyVolumeName",
        "SharedVolumeInfo.Partition.Name",
        "SharedVolumeInfo.Partition.FileSystem",
        "SharedVolumeInfo.RedirectedAccess",
        "SharedVolumeInfo.MaintenanceMode",
        "SharedVolumeInfo.FaultState",
        "FriendlyVolumeName",
        "Partition.FileSystem",
        "RedirectedAccess",
        "MaintenanceMode",
        "FaultState",
    ],
    scope: Scope::Cluster,
    says,
};

/// `SharedVolumeInfo` on its own: `Get-ClusterSharedVolume | Select-Object -ExpandProperty SharedVolumeInfo`.
pub(super) const INFO: Cmdlet = Cmdlet {
    name: "SharedVolumeInfo",
    types: &[("", "ClusterSharedVolumeInfo")],
    fits: |object| {
        !object.has("OwnerNode")
            && object.has("FriendlyVolumeName")
            && (object.has("FaultState") || object.has("Partition"))
    },
    file: "sharedvolumeinfo",
    decisive: &[
        "FriendlyVolumeName",
        "Partition.Name",
        "Partition.FileSystem",
        "RedirectedAccess",
        "MaintenanceMode",
        "FaultState",
    ],
    scope: Scope::Cluster,
    says: |object, said| info(object, VolumeRef::default(), said),
};

fn says(object: &Object, said: &mut Said) {
    let whole =
        VolumeRef { resource: object.name("Name"), resource_id: object.guid("Id"), ..VolumeRef::default() };
    said.object(ObjectKind::Resource, whole.resource_id);
    let owner = object.node("OwnerNode").or_else(|| object.node("Node"));
    if let Some(node) = &owner {
        said.member(node);
        if let Some(name) = &whole.resource {
            let resource = ResourceRef { name: Some(name.clone()), id: whole.resource_id };
            let state = object.word("State", &[]).map(|state| ResourceState::parse(&state));
            said.claim(Claim::Resource(resource, ResourceClaim::On { node: node.clone(), state }));
        }
    }
    let infos: Vec<&Object> = match object.items("SharedVolumeInfo") {
        Some(items) => items.iter().filter_map(|item| item.object()).collect(),
        None => vec![object],
    };
    if infos.is_empty() {
        said.note(&note::TOO_SHALLOW, "SharedVolumeInfo");
    }
    // Two volumes on one disk share its resource: a name in common would make them one.
    let base = if infos.len() > 1 { VolumeRef::default() } else { whole.clone() };
    let mut volumes: Vec<VolumeRef> = infos.iter().map(|info| names(info, base.clone())).collect();
    if infos.is_empty() {
        volumes.push(base.clone());
    }
    for volume in volumes.into_iter().filter(|volume| *volume != VolumeRef::default()) {
        match &owner {
            Some(node) => {
                said.claim(Claim::Volume(volume, VolumeClaim::Coordinator { node: Some(node.clone()) }))
            }
            None => said.claim(Claim::Volume(volume, VolumeClaim::Named)),
        }
    }
    for shared in infos {
        info(shared, base.clone(), said);
    }
}

/// The names that a `SharedVolumeInfo` adds.
fn names(info: &Object, base: VolumeRef) -> VolumeRef {
    let partition = info.guid("Partition.Name").or_else(|| info.guid("Partition"));
    VolumeRef {
        guid: partition,
        friendly: info.text("FriendlyVolumeName").and_then(VolumeRef::friendly_of),
        ..base
    }
}

fn info(info: &Object, base: VolumeRef, said: &mut Said) {
    let volume = names(info, base);
    if volume == VolumeRef::default() {
        return;
    }
    if let Some(file_system) = info.text("Partition.FileSystem").and_then(FileSystem::parse) {
        said.claim(Claim::Volume(volume.clone(), VolumeClaim::FileSystem(file_system)));
    } else if info.get("Partition").is_some_and(|partition| matches!(partition.body, Body::Text(_))) {
        said.note(&note::TOO_SHALLOW, "Partition");
    }
    if let Some(on) = info.flag("RedirectedAccess") {
        said.claim(Claim::Volume(volume.clone(), VolumeClaim::RedirectedAccess { on }));
    }
    if let Some(on) = info.flag("MaintenanceMode") {
        said.claim(Claim::Volume(volume.clone(), VolumeClaim::Maintenance { on }));
    }
    if let Some(flags) = faults(info) {
        said.claim(Claim::Volume(volume, VolumeClaim::Fault { flags }));
    }
}

const FAULTS: &[(&str, u32)] =
    &[("NoFaults", 0), ("NoDirectIO", 1), ("NoAccess", 2), ("InMaintenance", 4), ("Dismounted", 8)];

/// `FaultState` as number, name or list of names; `None` with an unknown name.
fn faults(info: &Object) -> Option<u32> {
    let node = info.get("FaultState")?;
    if let Some(number) = node.number() {
        return u32::try_from(number).ok();
    }
    node.text()?.split(',').try_fold(0, |bits, word| {
        let known = FAULTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word.trim()))?;
        Some(bits | known.1)
    })
}

#[cfg(test)]
mod tests {
    use crate::fact::{
        Claim, FileSystem, Guid, ResourceClaim, ResourceRef, ResourceState, VolumeClaim, VolumeRef,
    };
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{check, objs, read_bytes};

    const ID: &str = "0c9b7f3e-6a51-4d0e-b5a4-7d1f2e3c4b5a";
    const GUID: &str = "5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58";

    fn volume() -> VolumeRef {
        VolumeRef {
            guid: Guid::parse(GUID),
            resource: Some("Cluster Disk 3".into()),
            resource_id: Guid::parse(ID),
            friendly: Some("Gold".into()),
        }
    }

    fn online(id: Option<Guid>) -> Claim {
        let claim = ResourceClaim::On { node: "hv-b".into(), state: Some(ResourceState::Online) };
        Claim::Resource(ResourceRef { name: Some("Cluster Disk 3".into()), id }, claim)
    }

    fn owned(volume: VolumeRef) -> Claim {
        Claim::Volume(volume, VolumeClaim::Coordinator { node: Some("hv-b".into()) })
    }

    fn all(flags: u32) -> Vec<Claim> {
        vec![
            online(Guid::parse(ID)),
            owned(volume()),
            Claim::Volume(volume(), VolumeClaim::FileSystem(FileSystem::Refs)),
            Claim::Volume(volume(), VolumeClaim::RedirectedAccess { on: false }),
            Claim::Volume(volume(), VolumeClaim::Maintenance { on: false }),
            Claim::Volume(volume(), VolumeClaim::Fault { flags }),
        ]
    }

    fn clixml(owner: &str, fault: &str) -> String {
        format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolume</T><T>System.Object</T></TN><ToString>Cluster Disk 3</ToString><Props><S N="Name">Cluster Disk 3</S>{owner}<Obj N="SharedVolumeInfo" RefId="3"><TN RefId="3"><T>System.Collections.Generic.List`1[[Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo]]</T></TN><LST><Obj RefId="4"><TN RefId="4"><T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo</T></TN><Props>{fault}<S N="FriendlyVolumeName">C:\ClusterStorage\Gold</S><Obj N="Partition" RefId="6"><Props><S N="FileSystem">ReFS</S><S N="Name">\\?\Volume{{{GUID}}}\</S><U64 N="FreeSpace">1099511627776</U64></Props></Obj><U32 N="PartitionNumber">2</U32><U64 N="VolumeOffset">135266304</U64><B N="MaintenanceMode">false</B><B N="RedirectedAccess">false</B></Props></Obj></LST></Obj><Obj N="State" RefId="8"><ToString>Online</ToString><I32>2</I32></Obj><S N="Id">{ID}</S></Props></Obj>"#
        )
    }

    #[test]
    fn every_syntax() {
        let node = r#"<Obj N="OwnerNode" RefId="1"><TN RefId="1"><T>Microsoft.FailoverClusters.PowerShell.ClusterNode</T></TN><ToString>hv-b</ToString><Props><S N="Name">hv-b</S><S N="State">Up</S></Props></Obj>"#;
        let fault = r#"<Obj N="FaultState" RefId="5"><ToString>NoFaults</ToString><I32>0</I32></Obj>"#;
        let deep = clixml(node, fault);
        let flat = clixml(r#"<S N="OwnerNode">hv-b</S>"#, r#"<S N="FaultState">NoFaults</S>"#);
        let json = format!(
            r#"{{"Name":"Cluster Disk 3","OwnerNode":{{"Name":"hv-b","State":0}},"SharedVolumeInfo":[{{"FaultState":0,"FriendlyVolumeName":"C:\\ClusterStorage\\Gold","Partition":{{"FileSystem":"ReFS","Name":"\\\\?\\Volume{{{GUID}}}\\"}},"MaintenanceMode":false,"RedirectedAccess":false}}],"State":2,"Id":"{ID}"}}"#
        );
        let wrapped = json.replace("[{\"Fault", "{\"value\":[{\"Fault").replace("}],", "}],\"Count\":1},");
        let list = format!(
            "Name             : Cluster Disk 3\nState            : Online\nOwnerNode        : hv-b\nSharedVolumeInfo : @{{FaultState=NoFaults; FriendlyVolumeName=C:\\ClusterStorage\\Gold; Partition=\\\\?\\Volume{{{GUID}}}\\; MaintenanceMode=False; RedirectedAccess=False}}\nId               : {ID}\n"
        );
        check("Get-ClusterSharedVolume", &[&deep, &flat, &json, &wrapped], &all(0));
        let no_file_system: Vec<Claim> = all(0)
            .into_iter()
            .filter(|claim| !matches!(claim, Claim::Volume(_, VolumeClaim::FileSystem(_))))
            .collect();
        check("Get-ClusterSharedVolume", &[&list], &no_file_system);
    }

    #[test]
    fn fault_flags_by_name_digit_and_list() {
        for (text, flags) in [("NoDirectIO", 1), ("5", 5), ("NoDirectIO, InMaintenance", 5), ("16", 16)] {
            let sample = clixml(r#"<S N="OwnerNode">hv-b</S>"#, &format!(r#"<S N="FaultState">{text}</S>"#));
            check("Get-ClusterSharedVolume", &[&sample], &all(flags));
        }
    }

    #[test]
    fn default_table_and_shallow_exports() {
        let bare = VolumeRef::named("", "Cluster Disk 3");
        let table = "Name           State  Node\n----           -----  ----\nCluster Disk 3 Online hv-b\n";
        check("Get-ClusterSharedVolume", &[table], &[online(None), owned(bare.clone())]);
        let shallow = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolume</T></TN><Props><S N="Name">Cluster Disk 3</S><S N="OwnerNode">hv-b</S><S N="State">Online</S><Obj N="SharedVolumeInfo" RefId="3"><LST><S>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo</S></LST></Obj></Props></Obj>"#;
        check("Get-ClusterSharedVolume", &[shallow], &[online(None), owned(bare)]);
        let reading = read_bytes(Syntax::Clixml, "x", objs(shallow).as_bytes());
        assert_eq!(reading.tally.notes[0].kind.name, "snapshot_too_shallow");
    }

    #[test]
    fn partition_as_a_string_and_info_alone() {
        let info = format!(
            "FaultState         : NoFaults\nFriendlyVolumeName : C:\\ClusterStorage\\Gold\nMaintenanceMode    : False\nPartition          : \\\\?\\Volume{{{GUID}}}\\\nRedirectedAccess   : True\n"
        );
        let volume = VolumeRef { resource: None, resource_id: None, ..volume() };
        let expect = [
            Claim::Volume(volume.clone(), VolumeClaim::RedirectedAccess { on: true }),
            Claim::Volume(volume.clone(), VolumeClaim::Maintenance { on: false }),
            Claim::Volume(volume, VolumeClaim::Fault { flags: 0 }),
        ];
        check("SharedVolumeInfo", &[&info], &expect);
        let reading = read_bytes(Syntax::Text, "x", format!("{info}\n").as_bytes());
        let note = &reading.tally.notes[0];
        assert_eq!((note.kind.name, note.detail.as_deref()), ("snapshot_too_shallow", Some("Partition")));
    }

    #[test]
    fn two_volumes_on_one_disk_do_not_share_its_name() {
        let sample = r#"{"Name":"Disk","OwnerNode":"hv-b","SharedVolumeInfo":[{"FriendlyVolumeName":"C:\\ClusterStorage\\A","Partition":null},{"FriendlyVolumeName":"C:\\ClusterStorage\\B","Partition":null}]}"#;
        let resource = ResourceRef::named("Disk");
        let expect = [
            Claim::Resource(resource, ResourceClaim::On { node: "hv-b".into(), state: None }),
            owned(VolumeRef::named("A", "")),
            owned(VolumeRef::named("B", "")),
        ];
        check("Get-ClusterSharedVolume", &[sample], &expect);
    }
}
