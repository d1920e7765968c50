//! `Get-ClusterNetworkInterface`: which adapter of which node stands in which cluster network.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterNetworkInterface",
    types: &[("", "ClusterNetworkInterface")],
    fits: |object| object.has_all(&["Node", "Network", "Adapter"]),
    file: "clusternetworkinterface",
    decisive: &["Name", "Node", "Network", "Adapter", "Address", "IPv4Addresses", "IPv6Addresses"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let (Some(node), Some(network)) = (object.node("Node"), object.name("Network")) else { return };
    said.member(&node);
    let Some(adapter) = object.name("Adapter") else { return };
    let lists = ["IPv4Addresses", "IPv6Addresses"].into_iter().filter_map(|list| object.items(list));
    let mut addresses: Vec<String> =
        lists.flatten().filter_map(|item| item.text()).map(str::to_owned).collect();
    if let Some(address) = object.text("Address")
        && !addresses.iter().any(|other| other == address)
    {
        addresses.push(address.to_owned());
    }
    let subject = NetworkRef { network: Some(network), interface: object.name("Name"), node: Some(node) };
    said.claim(Claim::Network(subject, NetworkClaim::Adapter { name: adapter, addresses }));
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::source::snapshot::testing::check;

    #[test]
    fn every_syntax() {
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterNetworkInterface</T></TN><Props><S N="Name">N1 - NIC 2</S><S N="Node">N1</S><S N="Network">Storage 1</S><S N="Adapter">NIC 2</S><S N="Address">10.7.0.1</S></Props></Obj>"#;
        let json = r#"{"Name":"N1 - NIC 2","Node":"N1","Network":"Storage 1","Adapter":"NIC 2","IPv4Addresses":["10.7.0.1"]}"#;
        let list = "Adapter : NIC 2\nAddress : 10.7.0.1\nName    : N1 - NIC 2\nNetwork : Storage 1\nNode    : N1.lab.example\n";
        let subject = NetworkRef {
            network: Some("Storage 1".into()),
            interface: Some("N1 - NIC 2".into()),
            node: Some("N1".into()),
        };
        let claim = NetworkClaim::Adapter { name: "NIC 2".into(), addresses: vec!["10.7.0.1".into()] };
        check("Get-ClusterNetworkInterface", &[clixml, json, list], &[Claim::Network(subject, claim)]);
    }
}
