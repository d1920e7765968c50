//! `Get-ClusterOwnerNode`: which nodes may own a resource.
//!
//! Of a resource the list restricts; of a group (`ClusterGroup`) it only prefers, and nothing is said. Properties:
//! `ClusterOwnerNodeList` of the FailoverClusters module.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, Name, ResourceClaim, ResourceRef};
use crate::source::snapshot::object::{Node, Object};

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterOwnerNode",
    types: &[("", "ClusterOwnerNodeList")],
    fits: |object| object.has_all(&["ClusterObject", "OwnerNodes"]),
    file: "ownernode",
    decisive: &["ClusterObject", "OwnerNodes"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let Some(of) = object.name("ClusterObject").filter(|_| !is_group(object)) else { return };
    let nodes: Vec<Name> = match object.items("OwnerNodes") {
        Some(items) => items.iter().filter_map(node).collect(),
        // A table: `{N1, N2}`.
        None => {
            let text = object.text("OwnerNodes").unwrap_or_default().trim_matches(['{', '}']);
            let names =
                text.split(',').map(str::trim).filter(|name| !name.is_empty() && !name.contains("..."));
            names.map(Name::node).collect()
        }
    };
    // An empty list restricts nothing; one that is cut short is no list.
    let whole = !object.text("OwnerNodes").is_some_and(|text| text.contains("..."));
    if !nodes.is_empty() && whole {
        let resource = ResourceRef { name: Some(of), id: None };
        said.claim(Claim::Resource(resource, ResourceClaim::PossibleOwners(nodes)));
    }
}

fn is_group(object: &Object) -> bool {
    let of = object.get("ClusterObject").and_then(Node::object);
    of.is_some_and(|of| of.types.iter().any(|name| name.ends_with("ClusterGroup")))
}

fn node(item: &Node) -> Option<Name> {
    let name = item.object().and_then(|node| node.name("Name")).or_else(|| item.name())?;
    Some(Name::node(name.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, ResourceClaim, ResourceRef};
    use crate::source::snapshot::testing::check;

    #[test]
    fn every_syntax() {
        let owners = ResourceClaim::PossibleOwners(vec!["hv-a".into(), "hv-b".into()]);
        let expect = [Claim::Resource(ResourceRef::named("Cluster Disk 1"), owners)];
        let clixml = |class: &str| {
            format!(
                r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterOwnerNodeList</T></TN><Props><Obj N="ClusterObject" RefId="1"><TN RefId="1"><T>Microsoft.FailoverClusters.PowerShell.{class}</T></TN><ToString>Cluster Disk 1</ToString><Props><S N="Name">Cluster Disk 1</S></Props></Obj><Obj N="OwnerNodes" RefId="2"><LST><Obj RefId="3"><ToString>hv-a</ToString><Props><S N="Name">hv-a</S></Props></Obj><S>hv-b</S></LST></Obj></Props></Obj>"#
            )
        };
        let json =
            r#"{"ClusterObject":{"Name":"Cluster Disk 1"},"OwnerNodes":[{"Name":"hv-a"},{"Name":"hv-b"}]}"#;
        let table = "ClusterObject  OwnerNodes\n-------------  ----------\nCluster Disk 1 {hv-a, hv-b}\n";
        check("Get-ClusterOwnerNode", &[&clixml("ClusterResource"), json, table], &expect);
        check("Get-ClusterOwnerNode", &[&clixml("ClusterGroup")], &[]);
    }
}
