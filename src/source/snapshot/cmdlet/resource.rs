//! `Get-ClusterResource`: type, group, owner and state of each resource: the links from a CSV disk's resource to
//! its group and node, and from a VM's resources to the VM.
//!
//! State numbers: `CLUSTER_RESOURCE_STATE` of the Windows SDK. A state without its owner is not passed on.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, GroupRef, ResourceClaim, ResourceRef, ResourceState, VmClaim, VmRef};
use crate::source::ObjectKind;
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterResource",
    types: &[("", "ClusterResource")],
    fits: |object| {
        object.has_all(&["Name", "OwnerGroup"])
            && (object.has("ResourceType") || object.has("State"))
            && !object.has("SharedVolumeInfo")
            || super::is_owned_thing(object)
    },
    file: "clusterresource",
    decisive: &["Name", "Id", "ResourceType", "OwnerGroup", "OwnerNode", "State"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let resource = ResourceRef { name: object.name("Name"), id: object.guid("Id") };
    let Some(name) = resource.name.clone() else { return };
    said.object(ObjectKind::Resource, resource.id);
    let kind = object.name("ResourceType");
    if let Some(kind) = &kind {
        said.claim(Claim::Resource(resource.clone(), ResourceClaim::Kind(kind.clone())));
        if ["Virtual Machine", "Virtual Machine Configuration"].iter().any(|vm| *kind == (*vm).into()) {
            said.claim(Claim::Vm(VmRef::from_resource(name.as_str()), VmClaim::Named));
        }
    }
    if let Some(group) = object.name("OwnerGroup") {
        let group = GroupRef { name: Some(group), id: None };
        said.claim(Claim::Resource(resource.clone(), ResourceClaim::InGroup(group)));
    }
    if let Some(node) = object.node("OwnerNode") {
        said.member(&node);
        let state = object.word("State", &[]).map(|state| ResourceState::parse(&state));
        said.claim(Claim::Resource(resource, ResourceClaim::On { node, state }));
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, GroupRef, Guid, ResourceClaim, ResourceRef, ResourceState, VmClaim, VmRef};
    use crate::source::snapshot::testing::check;

    const ID: &str = "7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f";

    #[test]
    fn every_syntax() {
        let resource = ResourceRef { name: Some("Virtual Machine sql1".into()), id: Guid::parse(ID) };
        let expect = [
            Claim::Resource(resource.clone(), ResourceClaim::Kind("Virtual Machine".into())),
            Claim::Vm(VmRef::from_resource("Virtual Machine sql1"), VmClaim::Named),
            Claim::Resource(resource.clone(), ResourceClaim::InGroup(GroupRef::named("sql1"))),
            Claim::Resource(
                resource,
                ResourceClaim::On { node: "hv-a".into(), state: Some(ResourceState::Online) },
            ),
        ];
        let clixml = format!(
            r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterResource</T></TN><Props><S N="Name">Virtual Machine sql1</S><S N="Id">{ID}</S><Obj N="ResourceType" RefId="1"><ToString>Virtual Machine</ToString><Props><S N="Name">Virtual Machine</S></Props></Obj><S N="OwnerGroup">sql1</S><S N="OwnerNode">hv-a</S><Obj N="State" RefId="2"><ToString>Online</ToString><I32>2</I32></Obj></Props></Obj>"#
        );
        let json = format!(
            r#"{{"Name":"Virtual Machine sql1","Id":"{ID}","ResourceType":{{"Name":"Virtual Machine"}},"OwnerGroup":{{"Name":"sql1"}},"OwnerNode":{{"Name":"hv-a"}},"State":2}}"#
        );
        let list = format!(
            "Name         : Virtual Machine sql1\nId           : {ID}\nResourceType : Virtual Machine\nOwnerGroup   : sql1\nOwnerNode    : hv-a\nState        : Online\n"
        );
        check("Get-ClusterResource", &[&clixml, &json, &list], &expect);
    }

    #[test]
    fn default_table_gives_no_state_without_its_owner() {
        let table = "Name           State  OwnerGroup                           ResourceType\n----           -----  ----------                           ------------\nCluster Disk 3 Online 3f6a0c1d-8e24-4b97-9c50-1a2b3c4d5e6f Physical Disk\n";
        let resource = ResourceRef::named("Cluster Disk 3");
        let group = GroupRef::named("3f6a0c1d-8e24-4b97-9c50-1a2b3c4d5e6f");
        let expect = [
            Claim::Resource(resource.clone(), ResourceClaim::Kind("Physical Disk".into())),
            Claim::Resource(resource, ResourceClaim::InGroup(group)),
        ];
        check("Get-ClusterResource", &[table], &expect);
    }
}
