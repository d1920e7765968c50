//! `Get-DedupVolume`: on which Cluster Shared Volumes data deduplication is enabled.
//!
//! Of other volumes nothing is said: a `VolumeId` alone does not tell a Cluster Shared Volume from a local one.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, VolumeClaim, VolumeRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-DedupVolume",
    types: &[("", "MSFT_DedupVolume")],
    fits: |object| {
        object.has_all(&["Volume", "Enabled"]) && (object.has("SavedSpace") || object.has("SavingsRate"))
    },
    file: "dedupvolume",
    decisive: &["Volume", "VolumeId", "Enabled", "SavedSpace"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let path = object.text("Volume").filter(|path| path.to_ascii_lowercase().contains("\\clusterstorage\\"));
    let (Some(path), Some(enabled)) = (path, object.flag("Enabled")) else { return };
    let volume = VolumeRef { guid: object.guid("VolumeId"), ..VolumeRef::named(path, "") };
    said.claim(Claim::Volume(volume, VolumeClaim::Deduplication { enabled }));
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, Guid, VolumeClaim, VolumeRef};
    use crate::source::snapshot::testing::check;

    const ID: &str = "1c67fa80-1171-4a9e-9f41-0bb132e88ee4";

    #[test]
    fn every_syntax() {
        let volume = VolumeRef { guid: Guid::parse(ID), ..VolumeRef::named("Volume1", "") };
        let expect = [Claim::Volume(volume, VolumeClaim::Deduplication { enabled: true })];
        let clixml = format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Deduplication/MSFT_DedupVolume</T></TN><Props><S N="Volume">C:\ClusterStorage\Volume1</S><S N="VolumeId">\\?\Volume{{{ID}}}\</S><B N="Enabled">true</B><U64 N="SavedSpace">1024</U64></Props></Obj>"#
        );
        let json = format!(
            r#"{{"Volume":"C:\\ClusterStorage\\Volume1","VolumeId":"\\\\?\\Volume{{{ID}}}\\","Enabled":true,"SavedSpace":1024}}"#
        );
        let list = format!(
            "Volume     : C:\\ClusterStorage\\Volume1\nVolumeId   : \\\\?\\Volume{{{ID}}}\\\nEnabled    : True\nSavedSpace : 1 KB\n"
        );
        check("Get-DedupVolume", &[&clixml, &json, &list], &expect);
        check("Get-DedupVolume", &["Volume     : D:\nEnabled    : True\nSavedSpace : 1 KB\n"], &[]);
    }
}
