//! `Get-ClusterNetwork`: which networks may carry redirected I/O, and in which order of metric.
//!
//! Numbers: `CLUSTER_NETWORK_STATE` and `CLUSTER_NETWORK_ROLE` of the Windows SDK.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, NetworkClaim, NetworkRef};
use crate::source::ObjectKind;
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterNetwork",
    types: &[("", "ClusterNetwork")],
    fits: |object| {
        object.has_all(&["Name", "Role"])
            && ["Metric", "AutoMetric", "AddressMask"].iter().any(|name| object.has(name))
    },
    file: "clusternetwork",
    decisive: &["Name", "State", "Role", "Metric", "Address", "AddressMask"],
    scope: Scope::Cluster,
    says,
};

const STATES: &[(i64, &str)] = &[(0, "Unavailable"), (1, "Down"), (2, "Partitioned"), (3, "Up")];
const ROLES: &[(i64, &str)] = &[(0, "None"), (1, "Cluster"), (3, "ClusterAndClient")];

fn says(object: &Object, said: &mut Said) {
    let Some(name) = object.name("Name") else { return };
    said.object(ObjectKind::Network, object.guid("Id"));
    let network = NetworkRef { network: Some(name), ..NetworkRef::default() };
    let claim = NetworkClaim::Properties {
        state: object.word("State", STATES),
        role: object.word("Role", ROLES),
        metric: object.number("Metric").and_then(|metric| u32::try_from(metric).ok()),
        address: object.text("Address").map(str::to_owned),
        mask: object.text("AddressMask").map(str::to_owned),
    };
    said.claim(Claim::Network(network, claim));
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::source::snapshot::testing::check;

    fn expect(address: Option<&str>, mask: Option<&str>) -> [Claim; 1] {
        let claim = NetworkClaim::Properties {
            state: Some("Up".into()),
            role: Some("ClusterAndClient".into()),
            metric: Some(30240),
            address: address.map(str::to_owned),
            mask: mask.map(str::to_owned),
        };
        [Claim::Network(NetworkRef { network: Some("Storage 1".into()), ..NetworkRef::default() }, claim)]
    }

    #[test]
    fn every_syntax() {
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterNetwork</T></TN><Props><S N="Name">Storage 1</S><Obj N="State" RefId="1"><ToString>Up</ToString><I32>3</I32></Obj><Obj N="Role" RefId="2"><ToString>ClusterAndClient</ToString><I32>3</I32></Obj><U32 N="Metric">30240</U32><S N="Address">10.7.0.0</S><S N="AddressMask">255.255.0.0</S></Props></Obj>"#;
        let json = r#"{"Name":"Storage 1","State":3,"Role":3,"Metric":30240,"Address":"10.7.0.0","AddressMask":"255.255.0.0"}"#;
        let list = "Address     : 10.7.0.0\nAddressMask : 255.255.0.0\nMetric      : 30240\nName        : Storage 1\nRole        : ClusterAndClient\nState       : Up\n";
        check("Get-ClusterNetwork", &[clixml, json, list], &expect(Some("10.7.0.0"), Some("255.255.0.0")));
        let table = "Name      State Metric             Role\n----      ----- ------             ----\nStorage 1    Up  30240 ClusterAndClient\n";
        check("Get-ClusterNetwork", &[table], &expect(None, None));
    }
}
