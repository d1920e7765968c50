//! `Get-NetAdapterBinding`: the client and the server of Microsoft networks, bound to each adapter or not. Other
//! components say nothing here.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-NetAdapterBinding",
    types: &[("", "MSFT_NetAdapterBindingSettingData")],
    fits: |object| object.has_all(&["ComponentID", "Enabled"]),
    file: "netadapterbinding",
    decisive: &["Name", "ComponentID", "DisplayName", "Enabled", "PSComputerName"],
    scope: Scope::Node,
    says,
};

/// Client for Microsoft Networks; File and Printer Sharing for Microsoft Networks.
const COMPONENTS: &[&str] = &["ms_msclient", "ms_server"];

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["PSComputerName"]);
    let Some(component) = object.name("ComponentID") else { return };
    let Some(adapter) = object.name("Name").or_else(|| object.name("InterfaceAlias")) else { return };
    if let Some(bound) = object.flag("Enabled")
        && COMPONENTS.iter().any(|known| component.as_str().eq_ignore_ascii_case(known))
    {
        let subject = NetworkRef { interface: Some(adapter), ..NetworkRef::default() };
        said.claim(Claim::Network(subject, NetworkClaim::Binding { component, bound }));
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::source::snapshot::testing::check;

    #[test]
    fn every_syntax() {
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapterBindingSettingData</T></TN><Props><S N="Name">NIC 2</S><S N="DisplayName">Client for Microsoft Networks</S><S N="ComponentID">ms_msclient</S><B N="Enabled">false</B></Props></Obj>"#;
        let json = r#"{"Name":"NIC 2","ComponentID":"ms_msclient","Enabled":false}"#;
        let list = "Name        : NIC 2\nDisplayName : Client for Microsoft Networks\nComponentID : ms_msclient\nEnabled     : False\n";
        let subject = NetworkRef { interface: Some("NIC 2".into()), ..NetworkRef::default() };
        let claim = NetworkClaim::Binding { component: "ms_msclient".into(), bound: false };
        check("Get-NetAdapterBinding", &[clixml, json, list], &[Claim::Network(subject, claim)]);
        let other = r#"{"Name":"NIC 2","ComponentID":"ms_tcpip","Enabled":true}"#;
        check("Get-NetAdapterBinding", &[other], &[]);
    }
}
