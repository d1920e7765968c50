//! `[=== Network Interfaces ===]`: which adapter of which node stands in which cluster network, with its addresses.
//!
//! A row names node and network by number or id; what these lead to is in the other tables. A row whose node or network
//! cannot be found says nothing.

use super::{Bound, Index};
use crate::fact::{Claim, Name, NetworkClaim, NetworkRef};

#[derive(Debug)]
pub(super) struct Row {
    name: Option<Name>,
    adapter: Name,
    node: String,
    network: String,
    addresses: Vec<String>,
}

impl Row {
    pub(super) fn read(row: &Bound<'_>) -> Option<Self> {
        let lists = ["Addresses", "Address"].into_iter().filter_map(|column| row.cell(column));
        let mut addresses: Vec<String> = Vec::new();
        for address in lists.flat_map(|cell| cell.split([' ', ';'])) {
            if address.parse::<std::net::IpAddr>().is_ok() && !addresses.iter().any(|known| known == address)
            {
                addresses.push(address.to_owned());
            }
        }
        Some(Self {
            name: row.name("Name"),
            adapter: row.name("AdapterName")?,
            node: row.cell("NodeId")?.to_owned(),
            network: row.cell("NetworkId")?.to_owned(),
            addresses,
        })
    }

    pub(super) fn claims(&self, index: &Index<'_>) -> Vec<Claim> {
        let (Some(node), Some(network)) = (index.node(&self.node), index.network(&self.network)) else {
            return Vec::new();
        };
        let subject = NetworkRef { network: Some(network), interface: self.name.clone(), node: Some(node) };
        let claim = NetworkClaim::Adapter { name: self.adapter.clone(), addresses: self.addresses.clone() };
        vec![Claim::Network(subject, claim)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, Kind, Tables};
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::source::cluster_log::entry::Spot;

    const NODES: &str = "Name,Id,NodeNumber,state,";
    const NETWORKS: &str = "Name,Id,description,role,metric,PrefixList,";
    const INTERFACES: &str = "Name,Id,Description,NodeId,NetworkId,AdapterName,ClusnetEndpoint,AdapterId,Addresses,Address,\
                              InterfaceIndex,STATE,Ignore,DhcpEnabled,isConnectedToiSCSI,HasDefaultGateway,Connected,\
                              initialState,ignore,";

    #[test]
    fn a_row_leads_to_its_node_and_network() {
        let check = |row: &str, expect: &[Claim]| {
            let mut tables = Tables::default();
            let mut add = |kind: Kind, columns: &str, row: &str| {
                let columns = Columns::parse(columns).expect("columns");
                tables.row(kind, Spot::default(), &columns.bind(row).expect("a row"));
            };
            add(Kind::Nodes, NODES, "n1,1,1,Up,");
            add(
                Kind::Networks,
                NETWORKS,
                "Storage 1,8f7e6d5c-1111-4222-8333-444455556666,,1,30240,10.7.0.0/16,",
            );
            add(Kind::Interfaces, INTERFACES, row);
            let index = tables.index();
            let said: Vec<Claim> = tables.interfaces.iter().flat_map(|(_, row)| row.claims(&index)).collect();
            assert_eq!(said, expect, "{row}");
        };
        let network = "8f7e6d5c-1111-4222-8333-444455556666";
        let subject = NetworkRef {
            network: Some("Storage 1".into()),
            interface: Some("n1 - NIC 2".into()),
            node: Some("n1".into()),
        };
        let addresses = vec!["10.7.0.1".to_owned(), "fe80::1".to_owned()];
        let claim = Claim::Network(subject, NetworkClaim::Adapter { name: "NIC 2".into(), addresses });
        check(&format!("n1 - NIC 2,a,,1,{network},NIC 2,x,b,10.7.0.1 fe80::1,10.7.0.1,5,Up,"), &[claim]);
        check(&format!("n1 - NIC 2,a,,7,{network},NIC 2,x,b,10.7.0.1,10.7.0.1,5,Up,"), &[]);
        check("n1 - NIC 2,a,,1,00000000-1111-4222-8333-444455556666,NIC 2,x,b,10.7.0.1,10.7.0.1,5,Up,", &[]);
        check(&format!("n1 - NIC 2,a,,1,{network},,x,b,10.7.0.1,10.7.0.1,5,Up,"), &[]);
    }
}
