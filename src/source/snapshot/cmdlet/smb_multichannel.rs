//! `Get-SmbMultichannelConnection`: over which addresses a node's SMB client reaches the other nodes.
//!
//! Properties: MSFT_SmbMultichannelConnection of Windows' reference. Which client instance a connection belongs to is
//! told by `SmbInstance` where it is a word; which numbers it has is not published, so a number is passed on as it is.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, NetworkClaim, NetworkRef, SmbConnection};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-SmbMultichannelConnection",
    types: &[("", "MSFT_SmbMultichannelConnection")],
    fits: |object| {
        object.has("ServerName")
            && ["ClientIpAddress", "ClientRdmaCapable", "Client IP"].iter().any(|name| object.has(name))
    },
    file: "smbmultichannelconnection",
    decisive: &[
        "ServerName",
        "SmbInstance",
        "Selected",
        "ClientIpAddress",
        "ServerIpAddress",
        "ClientRdmaCapable",
        "ServerRdmaCapable",
        "ClientLinkSpeed",
        "PSComputerName",
    ],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["PSComputerName"]);
    let Some(server) = object.text("ServerName") else { return };
    let text = |long: &str, short: &str| object.text(long).or_else(|| object.text(short)).map(str::to_owned);
    let rdma = ["ClientRdmaCapable", "ServerRdmaCapable"].map(|end| object.flag(end));
    let connection = SmbConnection {
        instance: object.name("SmbInstance"),
        client: text("ClientIpAddress", "Client IP"),
        server: text("ServerIpAddress", "Server IP"),
        selected: object.flag("Selected"),
        rdma: match rdma {
            [Some(client), Some(server)] => Some(client && server),
            [Some(false), None] | [None, Some(false)] => Some(false),
            _ => None,
        },
        speed: object
            .number("ClientLinkSpeed")
            .and_then(|speed| u64::try_from(speed).ok())
            .filter(|s| *s > 0),
    };
    let host = server.trim_start_matches('\\').split('\\').next().unwrap_or_default();
    // An address names no node.
    let is_address = host.contains(':') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let node = Some(crate::fact::Name::node(host)).filter(|name| !name.is_empty() && !is_address);
    let subject = NetworkRef { node, ..NetworkRef::default() };
    said.claim(Claim::Network(subject, NetworkClaim::SmbConnection(connection)));
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NetworkClaim, NetworkRef, SmbConnection};
    use crate::source::snapshot::testing::check;

    #[test]
    fn every_syntax() {
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbMultichannelConnection</T></TN><Props><S N="ServerName">N2</S><S N="ClientIpAddress">10.7.0.1</S><S N="ServerIpAddress">10.7.0.2</S><B N="Selected">true</B><B N="ClientRdmaCapable">true</B><B N="ServerRdmaCapable">false</B><U64 N="ClientLinkSpeed">10000000000</U64><S N="SmbInstance">CSV</S></Props></Obj>"#;
        let json = r#"{"ServerName":"N2","ClientIpAddress":"10.7.0.1","ServerIpAddress":"10.7.0.2","Selected":true,"ClientRdmaCapable":true,"ServerRdmaCapable":false,"ClientLinkSpeed":10000000000,"SmbInstance":"CSV"}"#;
        let list = "ServerName        : N2.lab.example\nSelected          : True\nClientIpAddress   : 10.7.0.1\nServerIpAddress   : 10.7.0.2\nClientRdmaCapable : True\nServerRdmaCapable : False\nClientLinkSpeed   : 10000000000\nSmbInstance       : CSV\n";
        let subject = NetworkRef { node: Some("N2".into()), ..NetworkRef::default() };
        let connection = SmbConnection {
            instance: Some("CSV".into()),
            client: Some("10.7.0.1".into()),
            server: Some("10.7.0.2".into()),
            selected: Some(true),
            rdma: Some(false),
            speed: Some(10_000_000_000),
        };
        let expect = [Claim::Network(subject, NetworkClaim::SmbConnection(connection))];
        check("Get-SmbMultichannelConnection", &[clixml, json, list], &expect);
    }
}
