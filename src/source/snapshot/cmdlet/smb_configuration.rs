//! `Get-SmbClientConfiguration` and `Get-SmbServerConfiguration`: what a node demands of SMB connections.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::snapshot::object::Object;

pub(super) const CLIENT: Cmdlet = Cmdlet {
    name: "Get-SmbClientConfiguration",
    types: &[("", "MSFT_SmbClientConfiguration")],
    fits: |object| object.has("RequireSecuritySignature") && !is_server(object) && is_client(object),
    file: "smbclientconfiguration",
    decisive: &["RequireSecuritySignature", "RequireEncryption", "PSComputerName"],
    scope: Scope::Node,
    // `RequireEncryption` of a client: Windows Server 2025.
    says: |object, said| says(object, said, false, "RequireEncryption"),
};

pub(super) const SERVER: Cmdlet = Cmdlet {
    name: "Get-SmbServerConfiguration",
    types: &[("", "MSFT_SmbServerConfiguration")],
    fits: |object| object.has("RequireSecuritySignature") && is_server(object),
    file: "smbserverconfiguration",
    decisive: &["RequireSecuritySignature", "EncryptData", "PSComputerName"],
    scope: Scope::Node,
    says: |object, said| says(object, said, true, "EncryptData"),
};

/// Settings that only the server has.
fn is_server(object: &Object) -> bool {
    ["EncryptData", "RejectUnencryptedAccess", "EnableSMB2Protocol"].iter().any(|name| object.has(name))
}

/// Settings that only the client has.
fn is_client(object: &Object) -> bool {
    ["EnableLoadBalanceScaleOut", "UseOpportunisticLocking", "ConnectionCountPerRssNetworkInterface"]
        .iter()
        .any(|name| object.has(name))
}

fn says(object: &Object, said: &mut Said, server: bool, encrypts: &str) {
    said.own = own_node(object, &["PSComputerName"]);
    let (signing, encryption) = (object.flag("RequireSecuritySignature"), object.flag(encrypts));
    if signing.is_some() || encryption.is_some() {
        let claim = NetworkClaim::SmbSecurity { server, signing, encryption };
        said.claim(Claim::Network(NetworkRef::default(), claim));
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::source::snapshot::testing::check;

    #[test]
    fn every_syntax() {
        let expect = |server, encryption| {
            let claim = NetworkClaim::SmbSecurity { server, signing: Some(true), encryption };
            [Claim::Network(NetworkRef::default(), claim)]
        };
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbClientConfiguration</T></TN><Props><B N="RequireSecuritySignature">true</B><B N="UseOpportunisticLocking">true</B></Props><MS><S N="PSComputerName">N1</S></MS></Obj>"#;
        let json = r#"{"RequireSecuritySignature":true,"UseOpportunisticLocking":true}"#;
        let list = "RequireSecuritySignature : True\nUseOpportunisticLocking  : True\n";
        check("Get-SmbClientConfiguration", &[clixml, json, list], &expect(false, None));
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbServerConfiguration</T></TN><Props><B N="EncryptData">false</B><B N="RequireSecuritySignature">true</B></Props></Obj>"#;
        let json = r#"{"EncryptData":false,"RequireSecuritySignature":true}"#;
        check("Get-SmbServerConfiguration", &[clixml, json], &expect(true, Some(false)));
    }
}
