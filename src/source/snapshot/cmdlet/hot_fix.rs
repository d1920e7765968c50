//! `Get-HotFix`: the updates that are installed on a node, by number.
//!
//! Windows lists no update that a later one has replaced and cleaned away, so a number that is missing says nothing.

use super::{Cmdlet, Said, Scope, own_node};
use crate::fact::{Claim, NodeClaim, NodeRef};
use crate::source::snapshot::object::Object;

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-HotFix",
    types: &[("", "Win32_QuickFixEngineering")],
    fits: |object| object.has("HotFixID") && (object.has("InstalledOn") || object.has("Description")),
    file: "hotfix",
    decisive: &["CSName", "Source", "HotFixID", "InstalledOn"],
    scope: Scope::Node,
    says,
};

fn says(object: &Object, said: &mut Said) {
    said.own = own_node(object, &["CSName", "Source", "PSComputerName", "__SERVER"]);
    let update = object.name("HotFixID").filter(|id| id.as_str().to_ascii_uppercase().starts_with("KB"));
    if let Some(update) = update {
        let node = NodeRef { name: said.own.clone(), number: None };
        said.claim(Claim::Node(node, NodeClaim::Update(update)));
    }
}

#[cfg(test)]
mod tests {
    use crate::fact::{Claim, NodeClaim, NodeRef};
    use crate::source::snapshot::testing::check;

    #[test]
    fn every_syntax() {
        let expect = [Claim::Node(NodeRef::named("hv-a"), NodeClaim::Update("KB4103723".into()))];
        let clixml = r#"<Obj RefId="0"><TN RefId="0"><T>System.Management.ManagementObject#root\cimv2\Win32_QuickFixEngineering</T></TN><Props><S N="CSName">HV-A</S><S N="Description">Security Update</S><S N="HotFixID">KB4103723</S></Props><MS><DT N="InstalledOn">2018-05-09T00:00:00</DT></MS></Obj>"#;
        let json = r#"{"CSName":"HV-A","Description":"Security Update","HotFixID":"KB4103723"}"#;
        let list = "Source      : HV-A\nDescription : Security Update\nHotFixID    : KB4103723\nInstalledOn : 5/9/2018 12:00:00 AM\n";
        check("Get-HotFix", &[clixml, json, list], &expect);
        let other = "Source      : HV-A\nDescription : Update\nHotFixID    : File 1\nInstalledOn : \n";
        check("Get-HotFix", &[other], &[]);
    }
}
