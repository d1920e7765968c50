//! Which node a path speaks of. A hint only: content knows better, and `--node-of` overrides both.
//!
//! File and folder names by collector: facts of Get-SddcDiagnosticInfo (`Node_<name>/`, older
//! `<Node>_UnfilteredEvent_<channel>.EVTX` and `Get<What>_<node>.XML`) and of Get-ClusterLog
//! (`NODE_cluster.log`, `NODE.FQDN_cluster.log`, `NODE_health.log`).

use super::name::fits;
use crate::fact::Name;

/// Endings of `Get<What>_<ending>.XML` that name a kind of thing, not a node.
const NOT_NODES: [&str; 8] = ["pool", "ssu", "default", "csv", "sbl", "sr", "cluster", "perf"];

/// The node that `--node-of PATTERN=NODE` gives; the first match wins.
pub(super) fn ordered(path: &str, node_of: &[(String, String)]) -> Option<Name> {
    let (_, node) = node_of.iter().find(|(pattern, _)| fits(pattern, path))?;
    Some(Name::node(node)).filter(|n| !n.is_empty())
}

/// The node that file name and folders suggest, innermost first.
pub(super) fn hint(path: &str) -> Option<Name> {
    let mut parts = path.split('/').rev();
    let file = parts.next()?;
    from_file(file).or_else(|| parts.find_map(from_folder))
}

fn from_file(file: &str) -> Option<Name> {
    let lower = file.to_ascii_lowercase();
    let stem = lower.rsplit_once('.').map_or(lower.as_str(), |(stem, _)| stem);
    for ending in ["_cluster", "_health", "_clusterhealth", "_netft"] {
        if lower.ends_with(".log") && stem.ends_with(ending) {
            return node(&file[..stem.len() - ending.len()]);
        }
    }
    if let Some(at) = lower.find("_unfilteredevent_") {
        return node(&file[..at]);
    }
    if lower.starts_with("get") && (lower.ends_with(".xml") || lower.ends_with(".txt")) {
        let (_, name) = file[..stem.len()].split_once('_')?;
        return node(name).filter(|_| !NOT_NODES.contains(&name.to_ascii_lowercase().as_str()));
    }
    None
}

/// `Node_<name>`, also as an archive of that name.
fn from_folder(folder: &str) -> Option<Name> {
    let prefix = folder.get(..5)?;
    if !prefix.eq_ignore_ascii_case("node_") {
        return None;
    }
    let name = folder[5..].trim_end_matches('!');
    let zip = name.len().checked_sub(4).and_then(|at| name.get(at..));
    node(if zip.is_some_and(|z| z.eq_ignore_ascii_case(".zip")) { &name[..name.len() - 4] } else { name })
}

/// A DNS label or name; anything else is not a node.
fn node(text: &str) -> Option<Name> {
    let plausible = (1..=255).contains(&text.len())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
        && text.chars().any(char::is_alphanumeric);
    plausible.then(|| Name::node(text)).filter(|n| !n.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints() {
        let check = |path: &str, node: Option<&str>| {
            assert_eq!(hint(path), node.map(Name::new), "{path}");
        };
        check("Node_HV-01/fltmc.txt", Some("hv-01"));
        check("node_hv1.corp.example/LocaleMetaData/System_1033.MTA", Some("hv1"));
        check("HV1_cluster.log", Some("hv1"));
        check("logs/HV1.corp.example_Cluster.log", Some("hv1"));
        check("a.zip!/Node_b/hv3_health.log", Some("hv3"));
        check("Node_hv2.zip!/System.evtx", Some("hv2"));
        check("HV2_UnfilteredEvent_Microsoft-Windows-SmbClient-Connectivity.EVTX", Some("hv2"));
        check("GetNetAdapter_hv2.XML", Some("hv2"));
        check("GetPhysicalDisk_Pool.xml", None);
        check("GetStorageFaultDomain_SSU.xml", None);
        check("GetVM.xml", None);
        check("cluster.log", None);
        check("_cluster.log", None);
        check("hv1/System.evtx", None);
    }

    #[test]
    fn order() {
        let rules = [("*.log".to_owned(), "a".to_owned()), ("*".to_owned(), "b.example".to_owned())];
        assert_eq!(ordered("x/y.log", &rules), Some(Name::new("a")));
        assert_eq!(ordered("x/y.txt", &rules), Some(Name::new("b")));
        assert_eq!(ordered("x/y.txt", &[]), None);
    }
}
