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
