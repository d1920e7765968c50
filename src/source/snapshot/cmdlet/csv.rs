//! `Get-ClusterSharedVolume`: who owns each volume, its names, its file system, and the flags of its
//! `SharedVolumeInfo`.
//!
//! `RedirectedAccess` is what an administrator turned on; it is not known to be set for ReFS, so `False` here
//! says nothing of the I/O mode. `FaultState` is the coarse flag set `CLUSTER_CSV_VOLUME_FAULT_STATE`
//! (MicrosoftDocs/sdk-api) and names no node. At the default depth `Partition` may be only its name.

use super::{Cmdlet, Said, Scope};
use crate::fact::{
    Claim, FileSystem, Guid, ResourceClaim, ResourceRef, ResourceState, VolumeClaim, VolumeRef,
};
use crate::source::snapshot::note;
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterSharedVolume",
    types: &[("", "ClusterSharedVolume")],
    fits: |object| {
        let named = object.has_all(&["Name", "OwnerNode"]);
        object.has("SharedVolumeInfo")
            || named && object.has("FriendlyVolumeName")
            // The default table; a node's row has no Node column, a group's has OwnerNode.
            || object.has_only(&["Name", "State", "Node"])
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
    file: "",
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
    } else if info.text("Partition").is_some_and(|text| Guid::find(text).is_none()) {
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
