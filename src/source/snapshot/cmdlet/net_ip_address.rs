//! `Get-NetIPAddress`: the addresses of a node's adapters, self-assigned ones (169.254) among them.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-NetIPAddress",
    types: &[("", "MSFT_NetIPAddress")],
    fits: |object| object.has_all(&["IPAddress", "InterfaceAlias"]),
    file: "netipaddress",
    decisive: &["InterfaceAlias", "IPAddress", "PrefixLength", "PSComputerName"],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["PSComputerName"]);
    let (Some(address), Some(adapter)) = (object.text("IPAddress"), object.name("InterfaceAlias")) else {
        return;
    };
    // An IPv6 address ends in the number of its interface.
    let address = address.split('%').next().unwrap_or(address).to_owned();
    let prefix = object.number("PrefixLength").and_then(|bits| u8::try_from(bits).ok());
    let subject = NetworkRef { interface: Some(adapter), ..NetworkRef::default() };
    said.claim(Claim::Network(subject, NetworkClaim::Address { address, prefix }));
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::source::snapshot::testing::check;

    fn expect(address: &str, prefix: Option<u8>) -> [Claim; 1] {
        let subject = NetworkRef { interface: Some("NIC 3".into()), ..NetworkRef::default() };
        [Claim::Network(subject, NetworkClaim::Address { address: address.into(), prefix })]
    }

    #[test]
    fn every_syntax() {
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetIPAddress</T></TN><Props><S N="IPAddress">169.254.7.9</S><U32 N="InterfaceIndex">6</U32><S N="InterfaceAlias">NIC 3</S><By N="PrefixLength">16</By></Props><MS><S N="PSComputerName">N1</S></MS></Obj>"#;
        let json = r#"{"IPAddress":"169.254.7.9","InterfaceAlias":"NIC 3","PrefixLength":16}"#;
        let list = "IPAddress         : 169.254.7.9\nInterfaceIndex    : 6\nInterfaceAlias    : NIC 3\nAddressFamily     : IPv4\nPrefixLength      : 16\n";
        check("Get-NetIPAddress", &[clixml, json, list], &expect("169.254.7.9", Some(16)));
        let scoped = r#"{"IPAddress":"fe80::1c2d%6","InterfaceAlias":"NIC 3"}"#;
        check("Get-NetIPAddress", &[scoped], &expect("fe80::1c2d", None));
    }
}
