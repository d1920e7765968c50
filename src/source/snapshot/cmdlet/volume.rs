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

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, FileSystem, Guid, VolumeClaim, VolumeRef};
    use crate::source::snapshot::testing::check;

    const GUID: &str = "5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58";

    #[test]
    fn every_syntax() {
        let volume = VolumeRef::guid(Guid::parse(GUID).expect("a guid"));
        let expect = [Claim::Volume(volume, VolumeClaim::FileSystem(FileSystem::Refs))];
        let clixml = |kind: &str| {
            format!(
                r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_Volume</T><T>Microsoft.Management.Infrastructure.CimInstance</T></TN><Props><S N="ObjectId">{{1}}\\hv-a\root/Microsoft/Windows/Storage/Providers_v2\WSP_Volume.ObjectId="{{0f0e0d0c-0b0a-0908-0706-050403020100}}:VO:\\?\Volume{{{GUID}}}\"</S><S N="FileSystem">CSVFS</S><S N="FileSystemLabel">Gold</S>{kind}<S N="Path">\\?\Volume{{{GUID}}}\</S></Props><MS><S N="PSComputerName">hv-a</S></MS></Obj>"#
            )
        };
        let number = clixml(r#"<U16 N="FileSystemType">32769</U16>"#);
        let word = clixml(r#"<S N="FileSystemType">CSVFS_ReFS</S>"#);
        let json = format!(
            r#"{{"FileSystem":"CSVFS","FileSystemType":32769,"Path":"\\\\?\\Volume{{{GUID}}}\\","CimSystemProperties":{{"ClassName":"MSFT_Volume"}}}}"#
        );
        let list = format!(
            "FileSystem     : CSVFS\nFileSystemType : CSVFS_ReFS\nDriveType      : Fixed\nPath           : \\\\?\\Volume{{{GUID}}}\\\n"
        );
        check("Get-Volume", &[&number, &word, &json, &list], &expect);
    }

    #[test]
    fn proxies_and_local_volumes_say_nothing() {
        let sample = |kind: &str| {
            format!(
                "FileSystem      : CSVFS\nFileSystemLabel : Gold\nDriveType       : Fixed\nFileSystemType  : {kind}\nPath            : \\\\?\\Volume{{{GUID}}}\\\n"
            )
        };
        for kind in ["CSVFS", "NTFS", "ReFS", "14", "Unknown"] {
            check("Get-Volume", &[&sample(kind)], &[]);
        }
        let table = "DriveLetter FriendlyName FileSystemType DriveType HealthStatus\n----------- ------------ -------------- --------- ------------\n            Gold         CSVFS_ReFS     Fixed     Healthy\n";
        check("Get-Volume", &[table], &[]);
    }
}
