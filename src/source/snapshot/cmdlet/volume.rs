//! `Get-Volume`: the file system of the volumes that are Cluster Shared Volumes.
//!
//! A CSV shows `CSVFS` as its `FileSystem`, which names only the proxy; `FileSystemType` says `CSVFS_NTFS` or
//! `CSVFS_ReFS` (32768 and 32769 in MSFT_Volume). Volumes that are no CSV are none of our subjects, and the
//! label is not the folder under `C:\ClusterStorage`, so it is not taken for the friendly name.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, FileSystem, VolumeClaim, VolumeRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-Volume",
    types: &[("", "MSFT_Volume")],
    fits: |object| {
        object.has("FileSystemType")
            && (object.has("DriveType") || object.has("Path") || object.has("UniqueId"))
            || object.has_all(&["FileSystem", "DriveType", "FileSystemLabel"])
    },
    file: "getvolume",
    decisive: &["FileSystemLabel", "Path", "UniqueId", "FileSystem", "FileSystemType", "PSComputerName"],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["PSComputerName"]);
    let kind = object.word("FileSystemType", &[(0x8000, "CSVFS_NTFS"), (0x8001, "CSVFS_ReFS")]);
    let Some(kind) = kind.filter(|kind| kind.to_ascii_uppercase().starts_with("CSVFS_")) else { return };
    let guid = ["Path", "UniqueId", "ObjectId"].iter().find_map(|path| volume_guid(object.text(path)?));
    if let (Some(guid), Some(file_system)) = (guid, FileSystem::parse(&kind)) {
        said.claim(Claim::Volume(VolumeRef::guid(guid), VolumeClaim::FileSystem(file_system)));
    }
}

/// The GUID of `\\?\Volume{...}\`; an `ObjectId` holds other GUIDs as well.
fn volume_guid(text: &str) -> Option<crate::fact::Guid> {
    let at = text.to_ascii_lowercase().rfind("volume{")?;
    crate::fact::Guid::find(text.get(at..)?)
}
