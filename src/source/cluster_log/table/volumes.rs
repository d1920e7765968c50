//! `[=== Volumes ===]`: the names that belong to one CSV, and what is established of its flags: CSVFS's state by
//! the published numbers, its disk's number, and whether a snapshot redirects. `mappingMode`, `Desired`, `Actual` and
//! `diskConnectivity` have no published values, so they say nothing here.

use super::{Bound, Index};
use crate::fact::{Claim, DiskClaim, DiskRef, Guid, VolumeClaim, VolumeRef, VolumeState};

#[derive(Debug)]
pub(super) struct Row {
    volume: VolumeRef,
    disk: Option<u32>,
    state: Option<VolumeState>,
    snapshot: bool,
}

impl Row {
    pub(super) fn read(row: &Bound<'_>) -> Option<Self> {
        let nil = Guid([0; 16]);
        let guid = |column: &str| row.cell(column).and_then(Guid::find).filter(|guid| *guid != nil);
        let volume = VolumeRef {
            guid: guid("_volumeFullName").or_else(|| guid("RealVolumeGuid")),
            resource: None,
            resource_id: row.guid("ResourceId").filter(|guid| *guid != nil),
            friendly: row.cell("friendlyName").and_then(VolumeRef::friendly_of),
        };
        (volume != VolumeRef::default()).then(|| Self {
            volume,
            disk: row.cell("DiskNumber").and_then(|cell| cell.parse().ok()),
            state: row.cell("CsvFsState").and_then(|cell| cell.parse().ok()).map(VolumeState::from_number),
            snapshot: row.flag("RedirectIoForSnapshot") == Some(true),
        })
    }

    pub(super) fn claims(&self, index: &Index<'_>) -> Vec<Claim> {
        let mut volume = self.volume.clone();
        volume.resource = volume.resource_id.and_then(|id| index.resources.get(&id)?.name.clone());
        let mut out = vec![Claim::Volume(volume.clone(), VolumeClaim::Named)];
        let state = self.state.map(|state| VolumeClaim::State { node: None, state, status: None });
        out.extend(state.map(|claim| Claim::Volume(volume.clone(), claim)));
        // The number that Windows gives the disk on the node that wrote the log; 4294967295 where it has none.
        let number = self.disk.filter(|number| *number != u32::MAX);
        if let (Some(number), Some(resource)) = (number, &volume.resource) {
            let disk =
                DiskRef { resource: Some(resource.clone()), number: Some(number), ..DiskRef::default() };
            out.push(Claim::Disk(disk, DiskClaim::Named));
        }
        if self.snapshot {
            out.push(Claim::Volume(volume, VolumeClaim::Snapshot { event: 0 }));
        }
        out
    }
}
