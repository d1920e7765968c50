//! The cluster that a snapshot's objects say they are of. Objects of the cluster cmdlets carry the cluster's name
//! in their property `Cluster`, and so do the owner nodes printed inside them: that tells whose a list of networks
//! is, which names no node. Files whose objects name several clusters tell nothing.

use std::collections::BTreeSet;

use crate::bundle::{Bundle, Input};
use crate::fact::Name;
use crate::source::{self, Outcome};

/// Fills in the cluster of snapshots of cluster objects that do not tell it otherwise.
pub(super) fn by_objects(bundle: &Bundle, read: &mut [Outcome]) {
    for (input, outcome) in bundle.inputs.iter().zip(read) {
        let reading = &mut outcome.reading;
        if reading.cluster.is_none() && matches!(outcome.kind, "clixml" | "json" | "text") {
            reading.cluster = of_objects(bundle, input);
        }
    }
}

fn of_objects(bundle: &Bundle, input: &Input) -> Option<Name> {
    let mut names = BTreeSet::new();
    // Files that hold other things are left after their first object.
    source::records(bundle, input, &mut |row| {
        if !row.provider.starts_with("Get-Cluster") {
            return false;
        }
        let told = row.fields.into_iter().filter(|(field, _)| is_cluster(field)).map(|(_, name)| name);
        names.extend(told.map(|name| Name::node(&name)).filter(|name| !name.is_empty()));
        names.len() < 2
    });
    if names.len() == 1 { names.pop_first() } else { None }
}

fn is_cluster(field: &str) -> bool {
    field.eq_ignore_ascii_case("Cluster") || field.eq_ignore_ascii_case("OwnerNode.Cluster")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Options;

    fn check(objects: &[(&str, &str)], expect: Option<&str>) {
        let objects: Vec<String> = objects
            .iter()
            .map(|(kind, cluster)| {
                format!(
                    "<Obj RefId=\"0\"><TN RefId=\"0\"><T>{kind}</T></TN><Props><S N=\"Name\">x</S>\
                     <S N=\"Cluster\">{cluster}</S></Props></Obj>"
                )
            })
            .collect();
        let text = format!(
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">{}</Objs>",
            objects.concat()
        );
        let files = [("nets.xml".to_owned(), text.into_bytes())];
        let bundle = Bundle::from_memory(files, &Options::default());
        let mut read = source::read_all(&bundle);
        by_objects(&bundle, &mut read);
        assert_eq!(read[0].reading.cluster, expect.map(Name::new), "{objects:#?}");
    }

    #[test]
    fn objects_name_their_cluster() {
        let network = "Microsoft.FailoverClusters.PowerShell.ClusterNetwork";
        check(&[(network, "labclu.lab.example")], Some("labclu"));
        check(&[(network, "labclu"), (network, "LABCLU")], Some("labclu"));
        check(&[(network, "labclu"), (network, "other")], None);
        check(&[(network, "")], None);
        check(&[("Some.Other.Thing", "labclu")], None);
    }
}
