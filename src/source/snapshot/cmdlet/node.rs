//! `Get-ClusterNode`: members of the cluster, their numbers, states and builds.
//!
//! State numbers: `CLUSTER_NODE_STATE` of the Windows SDK.

use super::{Cmdlet, Said, Scope};
use crate::fact::{Claim, NodeClaim, NodeRef, NodeState};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterNode",
    types: &[("", "ClusterNode")],
    fits: |object| {
        object.has("Name")
            && object.has("State")
            && (["NodeWeight", "DynamicWeight", "NodeHighestVersion", "DrainStatus", "NodeInstanceID"]
                .iter()
                .any(|name| object.has(name))
                // The default tables of 2012 R2 and of 2016 and later.
                || ([["Name", "ID", "State"], ["Name", "State", "ID"], ["Name", "State", "Type"]]
                    .iter()
                    .any(|columns| object.is_row_of(columns))
                    && object.is_one_of("State", &["Up", "Down", "Paused", "Joining"])))
    },
    file: "clusternode",
    decisive: &["Name", "Id", "State", "StatusInformation", "BuildNumber"],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let Some(name) = object.node("Name") else { return };
    said.member(&name);
    let number = object.number("Id").and_then(|number| u32::try_from(number).ok());
    let node = NodeRef { name: Some(name), number };
    match object.word("State", &[]) {
        Some(state) => said.claim(Claim::Node(node.clone(), NodeClaim::State(NodeState::parse(&state)))),
        None => said.claim(Claim::Node(node.clone(), NodeClaim::Named)),
    }
    if let Some(build) = object.number("BuildNumber").and_then(|build| u32::try_from(build).ok()) {
        said.claim(Claim::Node(node, NodeClaim::OsBuild(build)));
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NodeClaim, NodeRef, NodeState};
    use crate::source::snapshot::testing::check;

    fn node(number: Option<u32>) -> NodeRef {
        NodeRef { name: Some("hv-a".into()), number }
    }

    #[test]
    fn every_syntax() {
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterNode</T></TN><ToString>hv-a</ToString><Props><S N="Name">hv-a</S><S N="Id">2</S><Obj N="State" RefId="1"><ToString>Paused</ToString><I32>2</I32></Obj><U32 N="BuildNumber">17763</U32><U32 N="NodeWeight">1</U32></Props></Obj>"#;
        let json = r#"{"Name":"hv-a","Id":"2","State":2,"BuildNumber":17763,"NodeWeight":1}"#;
        let list = "Name        : hv-a\nId          : 2\nState       : Paused\nBuildNumber : 17763\nNodeWeight  : 1\n";
        let expect = [
            Claim::Node(node(Some(2)), NodeClaim::State(NodeState::Paused)),
            Claim::Node(node(Some(2)), NodeClaim::OsBuild(17763)),
        ];
        check("Get-ClusterNode", &[clixml, json, list], &expect);
    }

    #[test]
    fn default_tables() {
        let up = |number| [Claim::Node(node(number), NodeClaim::State(NodeState::Up))];
        check("Get-ClusterNode", &["Name State Type\n---- ----- ----\nhv-a Up    Node\n"], &up(None));
        check("Get-ClusterNode", &["Name ID    State\n---- --    -----\nhv-a 2     Up\n"], &up(Some(2)));
    }
}
