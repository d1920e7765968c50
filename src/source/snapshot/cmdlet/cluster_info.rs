//! `<Cluster>_ClusterInfo.XML` of Microsoft's GetLogs script: one object whose properties are the answers of many
//! cmdlets. What is inside is read as if it stood alone; exported at the default depth, some of it is names only.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, ClusterClaim, GroupClaim, GroupRef, NodeClaim, NodeRef};
use crate::fact::{ResourceClaim, ResourceRef, VolumeClaim, VolumeRef};
use crate::source::snapshot::note;
use crate::source::snapshot::object::{Body, Object};

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "GetLogs ClusterInfo",
    types: &[],
    fits: |object| object.has_all(&["CSV", "CSVState", "Group", "Node"]),
    file: "clusterinfo",
    decisive: &["Name", "CSV", "CSVState", "Group", "Node", "Res", "Net"],
    scope: Scope::Container,
    says,
};

fn says(object: &Object, said: &mut Said) {
    if let Some(name) = object.name("Name") {
        said.cluster = Some(name.clone());
        said.claim(Claim::Cluster(ClusterClaim::Name(name)));
    }
    for name in bare(object, "Node") {
        let node = NodeRef::named(name);
        said.members.extend(node.name.clone());
        said.claim(Claim::Node(node, NodeClaim::Named));
    }
    for name in bare(object, "CSV") {
        said.claim(Claim::Volume(VolumeRef::named("", name), VolumeClaim::Named));
    }
    for name in bare(object, "Group") {
        said.claim(Claim::Group(GroupRef::named(name), GroupClaim::Named));
    }
    for name in bare(object, "Res") {
        said.claim(Claim::Resource(ResourceRef::named(name), ResourceClaim::Named));
    }
    for property in ["CSV", "CSVState", "Group", "Node", "Res", "Net"] {
        let items = object.items(property).unwrap_or_default();
        if items.iter().any(|item| matches!(item.body, Body::Text(_))) {
            said.note(&note::TOO_SHALLOW, property);
        }
    }
}

/// The values of a property that are names only.
fn bare<'a>(object: &'a Object, property: &str) -> Vec<&'a str> {
    let items = object.items(property).unwrap_or_default();
    items.iter().filter(|item| matches!(item.body, Body::Text(_))).filter_map(|item| item.text()).collect()
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, GroupClaim, VolumeClaim};
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{objs, read_bytes};

    #[test]
    fn what_is_inside_is_read_as_if_alone() {
        let deep = r#"<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T></TN><MS><S N="Name">labclu</S><Obj N="CSV" RefId="1"><LST><S>Cluster Disk 3</S></LST></Obj><Obj N="CSVState" RefId="2"><LST><Obj RefId="3"><TN RefId="3"><T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeStateInfo</T></TN><Props><S N="Name">Cluster Disk 3</S><S N="Node">hv-a</S><S N="StateInfo">Direct</S></Props></Obj><Obj RefId="4"><TNRef RefId="3" /><Props><S N="Name">Cluster Disk 3</S><S N="Node">hv-b</S><S N="StateInfo">Direct</S></Props></Obj></LST></Obj><Obj N="Group" RefId="5"><LST><Obj RefId="6"><TN RefId="6"><T>Microsoft.FailoverClusters.PowerShell.ClusterGroup</T></TN><Props><S N="Name">sql1</S><S N="OwnerNode">hv-a</S></Props></Obj></LST></Obj><Obj N="Node" RefId="7"><LST><S>hv-a</S><S>hv-b</S></LST></Obj><Obj N="NIC" RefId="8"><LST><Obj RefId="9"><TN RefId="9"><T>Microsoft.FailoverClusters.PowerShell.ClusterAffinityRule</T></TN><Props><S N="Name">apart</S></Props></Obj></LST></Obj></MS></Obj>"#;
        let reading = read_bytes(Syntax::Clixml, "labclu_ClusterInfo.XML", objs(deep).as_bytes());
        let tally = &reading.tally;
        assert_eq!((tally.entries, tally.facts, tally.unknown), (5, 4, 1), "{tally:?}");
        assert_eq!((reading.cluster, reading.members.len()), (Some("labclu".into()), 2));
        let modes =
            reading.facts.iter().filter(|f| matches!(f.claim, Claim::Volume(_, VolumeClaim::Mode { .. })));
        assert_eq!(modes.count(), 2);
        assert!(reading.facts.iter().any(|f| matches!(f.claim, Claim::Group(_, GroupClaim::On { .. }))));
        let notes: Vec<_> = tally.notes.iter().map(|note| (note.kind.name, note.detail.as_deref())).collect();
        assert_eq!(notes[0], ("snapshot_too_shallow", Some("CSV")));
        assert_eq!(notes[1].0, "snapshot_unknown_type");
    }

    #[test]
    fn a_container_cut_off_keeps_what_is_whole() {
        let text = objs(
            r#"<Obj RefId="0"><MS><S N="Name">labclu</S><Obj N="CSVState" RefId="2"><LST><Obj RefId="3"><TN RefId="3"><T>A.ClusterSharedVolumeStateInfo</T></TN><Props><S N="Name">d</S><S N="Node">hv-a</S><S N="StateInfo">Direct</S></Props></Obj><Obj RefId="4"><TNRef RefId="3" /><Props><S N="Name">d</S><S N="Node">hv-b"#,
        );
        let cut = text.rfind("hv-b").expect("the cut") + 4;
        let reading = read_bytes(Syntax::Clixml, "x", &text.as_bytes()[..cut]);
        let tally = &reading.tally;
        assert_eq!((tally.facts, tally.silent, tally.malformed), (1, 1, 1), "{tally:?}");
    }
}
