//! `Get-Cluster`: the cluster's name, its level, Storage Spaces Direct, the balancer, and the lists that override
//! which filter drivers count as safe for Cluster Shared Volumes.
//!
//! Property meanings: Failover Cluster common properties of the Windows SDK. A list that the source shows only
//! in part is not passed on: an absent name would be read as "not allowed".

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, ClusterClaim, Name};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-Cluster",
    types: &[("FailoverClusters", "Cluster")],
    fits: |object| {
        [
            "SharedVolumeCompatibleFilters",
            "SharedVolumeIncompatibleFilters",
            "S2DEnabled",
            "ClusterFunctionalLevel",
            "CsvBalancer",
        ]
        .iter()
        .any(|name| object.has(name))
    },
    file: "getcluster.",
    decisive: &[
        "Name",
        "Id",
        "ClusterFunctionalLevel",
        "S2DEnabled",
        "CsvBalancer",
        "BlockCacheSize",
        "SharedVolumeBlockCacheSizeInMB",
        "SharedVolumeCompatibleFilters",
        "SharedVolumeIncompatibleFilters",
    ],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    if let Some(name) = object.name("Name") {
        said.cluster = Some(name.clone());
        said.claim(Claim::Cluster(ClusterClaim::Name(name)));
    }
    if let Some(id) = object.guid("Id") {
        said.cluster_id = Some(id);
        said.claim(Claim::Cluster(ClusterClaim::Id(id)));
    }
    let number = |path: &str| object.number(path).and_then(|number| u32::try_from(number).ok());
    let names = |path: &str| -> Option<Vec<Name>> {
        let items = object.items(path)?;
        Some(items.iter().filter_map(|item| item.text()).map(Name::new).collect())
    };
    let claims = [
        object.flag("S2DEnabled").map(ClusterClaim::SpacesDirect),
        number("ClusterFunctionalLevel").map(ClusterClaim::FunctionalLevel),
        names("SharedVolumeCompatibleFilters").map(ClusterClaim::CompatibleFilters),
        names("SharedVolumeIncompatibleFilters").map(ClusterClaim::IncompatibleFilters),
        number("CsvBalancer").map(ClusterClaim::CsvBalancer),
        number("BlockCacheSize")
            .or_else(|| number("SharedVolumeBlockCacheSizeInMB"))
            .map(ClusterClaim::BlockCacheMegabytes),
    ];
    claims.into_iter().flatten().for_each(|claim| said.claim(Claim::Cluster(claim)));
}
