//! `Get-VirtualDisk`: Storage Spaces, their resiliency and tiers.
//!
//! Other storage providers have virtual disks too: an `ObjectId` that is not of `SPACES_VirtualDisk` is none of
//! ours. The space's GUID is the last one in the `ObjectId`.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, DiskClaim, DiskRef, Guid};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-VirtualDisk",
    types: &[("", "MSFT_VirtualDisk")],
    fits: |object| object.has_all(&["FriendlyName", "ResiliencySettingName"]) && !object.has("TierType"),
    file: "virtualdisk",
    decisive: &["FriendlyName", "ObjectId", "ResiliencySettingName", "IsTiered", "HealthStatus"],
    scope: Scope::Cluster,
    says,
};

const HEALTH: &[(i64, &str)] = &[(0, "Healthy"), (1, "Warning"), (2, "Unhealthy"), (5, "Unknown")];

fn says(object: &Object, said: &mut Said) {
    let object_id = object.text("ObjectId");
    if object_id.is_some_and(|id| !id.contains("SPACES_VirtualDisk")) {
        return;
    }
    let disk = DiskRef {
        friendly: object.name("FriendlyName"),
        id: object_id.and_then(last_guid),
        ..DiskRef::default()
    };
    if disk == DiskRef::default() {
        return;
    }
    let claim = DiskClaim::Space {
        resiliency: object.text("ResiliencySettingName").map(str::to_owned),
        tiered: object.flag("IsTiered"),
        health: object.word("HealthStatus", HEALTH),
    };
    said.claim(Claim::Disk(disk, claim));
}

fn last_guid(text: &str) -> Option<Guid> {
    let at = text.rfind('{')?;
    Guid::find(text.get(at..)?).filter(|guid| guid.0 != [0; 16])
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, DiskClaim, DiskRef, Guid};
    use crate::source::snapshot::testing::check;

    const POOL: &str = "33fba0cb-bf8f-11ec-9b04-806e6f6e6963";
    const DISK: &str = "0b274417-075e-4864-8d1f-ae605634c414";

    fn expect(id: Option<Guid>, tiered: Option<bool>) -> [Claim; 1] {
        let disk = DiskRef { friendly: Some("Mirror1".into()), id, ..DiskRef::default() };
        let claim =
            DiskClaim::Space { resiliency: Some("Mirror".into()), tiered, health: Some("Healthy".into()) };
        [Claim::Disk(disk, claim)]
    }

    #[test]
    fn every_syntax() {
        let object_id = |class: &str| {
            format!(
                r#"{{1}}\\labclu\root/Microsoft/Windows/Storage/Providers_v2\{class}.ObjectId="{{{POOL}}}:VD:{{{POOL}}}{{{DISK}}}""#
            )
        };
        let clixml = |class: &str| {
            format!(
                r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_VirtualDisk</T></TN><Props><S N="ObjectId">{}</S><S N="FriendlyName">Mirror1</S><S N="ResiliencySettingName">Mirror</S><B N="IsTiered">false</B><U16 N="HealthStatus">0</U16></Props></Obj>"#,
                object_id(class)
            )
        };
        let json = format!(
            r#"{{"ObjectId":"{}","FriendlyName":"Mirror1","ResiliencySettingName":"Mirror","IsTiered":false,"HealthStatus":0}}"#,
            object_id("SPACES_VirtualDisk").replace('\\', "\\\\").replace('"', "\\\"")
        );
        let list = format!(
            "ObjectId              : {}\nFriendlyName          : Mirror1\nResiliencySettingName : Mirror\nIsTiered              : False\nHealthStatus          : Healthy\n",
            object_id("SPACES_VirtualDisk")
        );
        check(
            "Get-VirtualDisk",
            &[&clixml("SPACES_VirtualDisk"), &json, &list],
            &expect(Guid::parse(DISK), Some(false)),
        );
        check("Get-VirtualDisk", &[&clixml("ACME_VirtualDisk")], &[]);
        let table = "FriendlyName ResiliencySettingName FaultDomainRedundancy OperationalStatus HealthStatus Size\n------------ --------------------- --------------------- ----------------- ------------ ----\nMirror1      Mirror                1                     OK                Healthy      2 TB\n";
        check("Get-VirtualDisk", &[table], &expect(None, None));
    }
}
