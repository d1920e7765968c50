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
    file: "getcluster",
    decisive: &[
        "Name",
        "Id",
        "ClusterFunctionalLevel",
        "S2DEnabled",
        "CsvBalancer",
        "UseClientAccessNetworksForSharedVolumes",
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
        number("UseClientAccessNetworksForSharedVolumes").map(ClusterClaim::ClientNetworksForVolumes),
        number("BlockCacheSize")
            .or_else(|| number("SharedVolumeBlockCacheSizeInMB"))
            .map(ClusterClaim::BlockCacheMegabytes),
    ];
    claims.into_iter().flatten().for_each(|claim| said.claim(Claim::Cluster(claim)));
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, ClusterClaim, Guid};
    use crate::source::snapshot::testing::{check, objs, read_bytes};
    use crate::source::snapshot::{Syntax, note};

    const ID: &str = "9d2f4a61-37c8-4e0b-a1d5-6b8c0e9f7a23";

    fn expect() -> Vec<Claim> {
        [
            ClusterClaim::Name("labclu".into()),
            ClusterClaim::Id(Guid::parse(ID).expect("a guid")),
            ClusterClaim::SpacesDirect(false),
            ClusterClaim::FunctionalLevel(10),
            ClusterClaim::CompatibleFilters(vec!["alpha".into(), "beta".into()]),
            ClusterClaim::IncompatibleFilters(vec![]),
            ClusterClaim::CsvBalancer(1),
            ClusterClaim::ClientNetworksForVolumes(0),
            ClusterClaim::BlockCacheMegabytes(1024),
        ]
        .into_iter()
        .map(Claim::Cluster)
        .collect()
    }

    #[test]
    fn every_syntax() {
        let clixml = format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.Cluster</T><T>System.Object</T></TN><ToString>labclu</ToString><Props><S N="Name">labclu</S><S N="Id">{ID}</S><I32 N="S2DEnabled">0</I32><U32 N="ClusterFunctionalLevel">10</U32><Obj N="SharedVolumeCompatibleFilters" RefId="1"><TN RefId="1"><T>System.Collections.Specialized.StringCollection</T></TN><IE><S>alpha</S><S>beta</S></IE></Obj><Obj N="SharedVolumeIncompatibleFilters" RefId="2"><TNRef RefId="1" /><IE /></Obj><U32 N="CsvBalancer">1</U32><U32 N="UseClientAccessNetworksForSharedVolumes">0</U32><U32 N="BlockCacheSize">1024</U32></Props></Obj>"#
        );
        let json = format!(
            r#"{{"Name":"labclu","Id":"{ID}","S2DEnabled":0,"ClusterFunctionalLevel":10,"SharedVolumeCompatibleFilters":["alpha","beta"],"SharedVolumeIncompatibleFilters":[],"CsvBalancer":1,"UseClientAccessNetworksForSharedVolumes":0,"BlockCacheSize":1024}}"#
        );
        let list = format!(
            "BlockCacheSize                          : 1024\nClusterFunctionalLevel                  : 10\nCsvBalancer                             : 1\nId                                      : {ID}\nName                                    : labclu\nS2DEnabled                              : 0\nSharedVolumeCompatibleFilters           : {{alpha, beta}}\nSharedVolumeIncompatibleFilters         : {{}}\nUseClientAccessNetworksForSharedVolumes : 0\n"
        );
        check("Get-Cluster", &[&clixml, &json, &list], &expect());
        let reading = read_bytes(Syntax::Clixml, "x", objs(&clixml).as_bytes());
        assert_eq!((reading.cluster, reading.cluster_id), (Some("labclu".into()), Guid::parse(ID)));
    }

    #[test]
    fn a_list_shown_in_part_is_not_passed_on() {
        let list =
            "Name                          : labclu\nSharedVolumeCompatibleFilters : {a, b, c, d...}\n";
        check("Get-Cluster", &[list], &[Claim::Cluster(ClusterClaim::Name("labclu".into()))]);
        let cut = "Name                          : labclu\nSharedVolumeCompatibleFilters : {alp...\n\n";
        let reading = read_bytes(Syntax::Text, "x", cut.as_bytes());
        assert_eq!(reading.facts.len(), 1);
        assert_eq!(reading.tally.notes[0].kind, &note::CUT_VALUE);
    }
}
