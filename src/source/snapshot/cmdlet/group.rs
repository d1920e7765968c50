//! `Get-ClusterGroup`: which node each role is on, and which roles are virtual machines.
//!
//! Group types: `CLUSGROUP_TYPE` of the Windows SDK (4 ClusGroupTypeSharedVolume, 111
//! ClusGroupTypeVirtualMachine); states: `CLUSTER_GROUP_STATE`. The default table has no type column.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, GroupClaim, GroupKind, GroupRef, GroupState};
use crate::source::ObjectKind;
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterGroup",
    types: &[("", "ClusterGroup")],
    fits: |object| {
        let special = ["GroupType", "AutoFailbackType", "FailoverThreshold"];
        let more = ["SharedVolumeInfo", "ResourceType", "OwnerGroup", "FriendlyVolumeName"];
        object.has_all(&["Name", "State"])
            && !more.iter().any(|name| object.has(name))
            && (special.iter().any(|name| object.has(name)) || super::is_owned_thing(object))
    },
    file: "clustergroup",
    decisive: &["Name", "Id", "GroupType", "OwnerNode", "State"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let group = GroupRef { name: object.name("Name"), id: object.guid("Id") };
    if group == GroupRef::default() {
        return;
    }
    said.object(ObjectKind::Group, group.id);
    if let Some(kind) = object.word("GroupType", &[(4, "ClusterSharedVolume"), (111, "VirtualMachine")]) {
        let kind = match kind.to_ascii_lowercase().as_str() {
            "virtualmachine" => GroupKind::VirtualMachine,
            "clustersharedvolume" | "sharedvolume" => GroupKind::SharedVolume,
            _ => GroupKind::Other(kind),
        };
        said.claim(Claim::Group(group.clone(), GroupClaim::Kind(kind)));
    }
    match object.node("OwnerNode") {
        Some(node) => {
            said.member(&node);
            let state = object.word("State", &[]).map(|state| GroupState::parse(&state));
            said.claim(Claim::Group(group, GroupClaim::On { node, state }));
        }
        None => said.claim(Claim::Group(group, GroupClaim::Named)),
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, GroupClaim, GroupKind, GroupRef, GroupState, Guid};
    use crate::source::snapshot::testing::{check, check_hinted};

    const ID: &str = "3f6a0c1d-8e24-4b97-9c50-1a2b3c4d5e6f";

    fn on(group: GroupRef, state: GroupState) -> Claim {
        Claim::Group(group, GroupClaim::On { node: "hv-a".into(), state: Some(state) })
    }

    #[test]
    fn every_syntax() {
        let group = GroupRef { name: Some("sql1".into()), id: Guid::parse(ID) };
        let expect = [
            Claim::Group(group.clone(), GroupClaim::Kind(GroupKind::VirtualMachine)),
            on(group, GroupState::Online),
        ];
        let clixml = format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Selected.Microsoft.FailoverClusters.PowerShell.ClusterGroup</T></TN><Props><S N="Name">sql1</S><S N="Id">{ID}</S><Obj N="OwnerNode" RefId="2"><ToString>hv-a</ToString><Props><S N="Name">hv-a</S></Props></Obj><Obj N="State" RefId="3"><ToString>Online</ToString><I32>0</I32></Obj><Obj N="GroupType" RefId="4"><ToString>VirtualMachine</ToString><I32>111</I32></Obj></Props></Obj>"#
        );
        let json = format!(
            r#"[{{"Name":"sql1","Id":"{ID}","OwnerNode":{{"Name":"hv-a"}},"State":0,"GroupType":111}}]"#
        );
        let list = format!(
            "Name      : sql1\nId        : {ID}\nOwnerNode : hv-a\nState     : Online\nGroupType : VirtualMachine\n"
        );
        check("Get-ClusterGroup", &[&clixml, &json, &list], &expect);
    }

    #[test]
    fn default_table_and_other_kinds() {
        let table = "Name              OwnerNode State\n----              --------- -----\nAvailable Storage hv-a      Offline\n";
        let expect = [on(GroupRef::named("Available Storage"), GroupState::Offline)];
        check_hinted("n/Get-ClusterGroup.txt", table, &expect);
        check_hinted("n/x.txt", &format!("PS C:\\> Get-ClusterGroup\n\n{table}"), &expect);
        check_hinted("n/x.txt", table, &[]);
        let kinds = [
            ("4", GroupKind::SharedVolume),
            ("ClusterSharedVolume", GroupKind::SharedVolume),
            ("1", GroupKind::Other("1".into())),
        ];
        for (text, kind) in kinds {
            let sample = format!("Name      : g\nGroupType : {text}\nState     : Online\n");
            let group = GroupRef::named("g");
            let expect =
                [Claim::Group(group.clone(), GroupClaim::Kind(kind)), Claim::Group(group, GroupClaim::Named)];
            check("Get-ClusterGroup", &[&sample], &expect);
        }
    }
}
