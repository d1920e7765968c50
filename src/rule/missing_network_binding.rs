//! Client for Microsoft Networks or File and Printer Sharing is not bound to an adapter of a network that the cluster
//! uses: SMB between the nodes does not run there.
//!
//! Judged only on adapters that are known to stand in a network whose role lets the cluster use it. An adapter under a
//! virtual switch or a team rightly has neither, and so has one for iSCSI alone.

use std::collections::{BTreeMap, BTreeSet};

use super::support::network::{self, Networks};
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FactId, Name};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "missing-network-binding";
/// Component ids, and what Windows calls them.
const COMPONENTS: &[(&str, &str)] =
    &[("ms_msclient", "Client for Microsoft Networks"), ("ms_server", "File and Printer Sharing")];
const COLLECT: &str = "Get-NetAdapterBinding | Export-Clixml -Depth 2 binding.xml\n\
     Get-NetIPAddress | Export-Clixml -Depth 2 address.xml";
const COLLECT_NETWORKS: &str = "Get-ClusterNetwork | Export-Clixml -Depth 3 cluster-network.xml\n\
     Get-ClusterNetworkInterface | Export-Clixml -Depth 3 cluster-network-interface.xml";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "SMB is not bound to an adapter of a network that the cluster uses",
    meaning: "Redirected I/O and metadata go over SMB, which needs Client for Microsoft Networks and File and Printer \
              Sharing on the adapters that carry cluster traffic; where one is missing, that network cannot carry them. \
              It redirects nothing by itself, but traffic takes another network, or pauses when there is none.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Configuration],
    explains: &[Effect::Slowness],
    needs: &[
        "Get-NetAdapterBinding of each node (ms_msclient, ms_server)",
        "Get-ClusterNetwork (Role) and Get-ClusterNetworkInterface or Get-NetIPAddress: which adapter stands in which network",
    ],
    against: &[
        "the adapter stands in no network that the cluster uses",
        "it is under a virtual switch or a team",
    ],
    next_steps: &[
        "Bind them: Enable-NetAdapterBinding -Name '<adapter>' -ComponentID ms_msclient, ms_server.",
        "If the network should not carry cluster traffic, say so: (Get-ClusterNetwork '<network>').Role = 0.",
    ],
    sources: &[
        "MicrosoftDocs/windowsserverdocs, failover-cluster-csvs: network adapter properties of adapters that carry \
         cluster communication",
    ],
    check,
};

/// An adapter with what is missing on it.
struct Missing<'a> {
    node: &'a Name,
    adapter: &'a Name,
    network: &'a Name,
    components: BTreeSet<&'static str>,
    facts: Vec<FactId>,
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let networks = Networks::of(case);
    let mut missing = Vec::new();
    let mut seen: BTreeSet<&Name> = BTreeSet::new();
    for ((node, name), adapter) in &networks.adapters {
        let Some(network) = networks.of_adapter(adapter) else { continue };
        let of_network = networks.networks.get(network);
        let Some(role) = of_network.and_then(network::ClusterNetwork::role) else { continue };
        if !role.is_used() {
            continue;
        }
        let mut found =
            Missing { node, adapter: name, network, components: BTreeSet::new(), facts: Vec::new() };
        for (id, words) in COMPONENTS {
            let Some(said) = adapter.bindings.get(&Name::new(id)) else { continue };
            seen.insert(node);
            // Sources that disagree settle nothing.
            if let (Some(fact), None) = (said.get(&false), said.get(&true)) {
                found.components.insert(words);
                found.facts.push(*fact);
            }
        }
        if !found.components.is_empty() {
            found.facts.extend(adapter.addresses.values().flatten().take(1));
            found.facts.extend(of_network.and_then(|n| n.facts.first()));
            missing.push(found);
        }
    }
    if !missing.is_empty() {
        out.findings.push(finding(case, &networks, &missing));
    }
    let open: Vec<&Name> = network::members(case).into_iter().filter(|node| !seen.contains(node)).collect();
    // It matters where I/O goes through a coordinator.
    let matters = !network::redirected(case).is_empty();
    if matters && !open.is_empty() && case.os_build().is_none_or(|build| build >= 9200) {
        let networks_known = networks.networks.values().any(|n| n.role().is_some());
        let collect = match networks_known {
            true => COLLECT.to_owned(),
            false => format!("{COLLECT_NETWORKS}\n{COLLECT}"),
        };
        let names: Vec<String> = open.iter().map(ToString::to_string).collect();
        out.not_judged.extend(say::not_judged(
            ID,
            &names,
            |nodes| {
                format!("which components are bound to the adapters of {nodes} in the cluster's networks")
            },
            &collect,
        ));
    }
    out
}

fn finding(case: &Case, networks: &Networks, missing: &[Missing<'_>]) -> Finding {
    let mut by_network: BTreeMap<&Name, Vec<&Missing<'_>>> = BTreeMap::new();
    missing.iter().for_each(|m| by_network.entry(m.network).or_default().push(m));
    let mut claim = String::from("When the bundle was collected: ");
    let told = by_network.iter().map(|(network, on)| {
        let components: BTreeSet<&str> = on.iter().flat_map(|m| m.components.iter().copied()).collect();
        let adapters = words::list(on.iter().map(|m| format!("{} ({})", m.node, m.adapter)), 4);
        format!("{} not bound in network {network} on {adapters}", words::list(&components, 2))
    });
    claim.push_str(&words::list(told, 4));
    claim.push_str(
        ". Redirected I/O and metadata go over SMB and need both on every adapter that carries cluster traffic.",
    );
    // Networks that the cluster uses, with nothing missing on them.
    let used = networks.networks.iter().filter(|(_, n)| n.role().is_some_and(network::NetworkRole::is_used));
    let left: Vec<&Name> = used.map(|(name, _)| name).filter(|name| !by_network.contains_key(name)).collect();
    claim.push_str(&match left.is_empty() {
        true => " No other network of the cluster is known that could carry them.".to_owned(),
        false => format!(" They take {} instead.", words::list(&left, 3)),
    });
    claim.push_str(" This redirects nothing by itself.");
    let bind = |m: &Missing<'_>| {
        let ids = COMPONENTS.iter().filter(|(_, words)| m.components.contains(words)).map(|(id, _)| *id);
        format!(
            "Enable-NetAdapterBinding -CimSession {} -Name {} -ComponentID {}",
            words::powershell(m.node),
            words::powershell(m.adapter),
            ids.collect::<Vec<_>>().join(", ")
        )
    };
    let nodes: BTreeSet<Name> = missing.iter().map(|m| m.node.clone()).collect();
    Finding {
        rule: ID,
        title: format!(
            "SMB is not bound on {} of {}",
            words::list(by_network.keys().map(|network| format!("network {network}")), 3),
            words::count(nodes.len(), "node")
        ),
        verdict: Verdict::Configuration,
        claim,
        subjects: Subjects {
            volumes: network::redirected(case).into_iter().collect(),
            vms: Vec::new(),
            nodes: nodes.into_iter().collect(),
        },
        next_steps: vec![
            say::step(
                "Bind the missing components, one node at a time.",
                &missing.iter().take(3).map(bind).collect::<Vec<_>>(),
            ),
            say::step("Confirm on each node.", &[
                "Get-NetAdapterBinding -ComponentID ms_msclient, ms_server | Format-Table Name, ComponentID, Enabled"
                    .into(),
            ]),
        ],
        span: network::standing(missing.iter().flat_map(|m| m.facts.iter().copied())),
        explains: RULE.explains,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Certainty, Claim, FsReasons, IoMode, NetworkClaim, NetworkRef};
    use crate::finding::Verdict;
    use crate::fixture::Build;

    fn base(role: &str) -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        let v = b.volume(None, None);
        let redirected = Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS));
        b.mode(v, "N1", (-1, 601), redirected, Certainty::Observed);
        let about = NetworkRef { network: Some("Storage".into()), ..NetworkRef::default() };
        let claim = NetworkClaim::Properties {
            state: Some("Up".into()),
            role: Some(role.into()),
            metric: Some(39_841),
            address: Some("10.7.0.0".into()),
            mask: Some("255.255.255.0".into()),
        };
        b.fact(None, "N1", Claim::Network(about, claim), "Role : Cluster");
        b
    }

    fn adapter(b: &mut Build, name: &str, address: Option<&str>, bound: [bool; 2]) {
        let about = NetworkRef { interface: Some(name.into()), ..NetworkRef::default() };
        if let Some(address) = address {
            let claim = NetworkClaim::Address { address: address.into(), prefix: Some(24) };
            b.fact(None, "N1", Claim::Network(about.clone(), claim), "IPAddress : 10.7.0.1");
        }
        for (component, bound) in ["ms_msclient", "ms_server"].into_iter().zip(bound) {
            let claim = NetworkClaim::Binding { component: component.into(), bound };
            b.fact(None, "N1", Claim::Network(about.clone(), claim), "Enabled : False");
        }
    }

    #[test]
    fn found() {
        let mut b = base("Cluster");
        adapter(&mut b, "NIC 2", Some("10.7.0.1"), [false, true]);
        let out = check(&b.done().0);
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.evidence.len(), out.not_judged.len()), (Verdict::Configuration, 3, 0));
        assert!(
            f.claim.contains("Client for Microsoft Networks not bound in network Storage on N1 (NIC 2)"),
            "{}",
            f.claim
        );
        assert!(f.next_steps[0].contains("-Name 'NIC 2' -ComponentID ms_msclient"), "{}", f.next_steps[0]);
    }

    #[test]
    fn not_found() {
        let check = |role, adapters: &[(&str, Option<&str>, [bool; 2])]| {
            let mut b = base(role);
            adapters.iter().for_each(|(name, address, bound)| adapter(&mut b, name, *address, *bound));
            let out = check(&b.done().0);
            (out.findings.len(), out.not_judged.len())
        };
        let good = ("NIC 2", Some("10.7.0.1"), [true, true]);
        assert_eq!(check("Cluster", &[good]), (0, 0));
        assert_eq!(check("Cluster", &[good, ("under the switch", None, [false, false])]), (0, 0));
        assert_eq!(check("Cluster", &[good, ("other", Some("10.9.0.1"), [false, false])]), (0, 0));
        assert_eq!(check("None", &[("NIC 2", Some("10.7.0.1"), [false, false])]).0, 0, "iSCSI alone");
        let both = [good, ("NIC 2", Some("10.7.0.1"), [false, false])];
        assert_eq!(check("Cluster", &both).0, 0, "sources that disagree settle nothing");
    }

    #[test]
    fn could_not_tell() {
        let out = check(&base("Cluster").done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        let mut b = base("Cluster");
        adapter(&mut b, "NIC 2", None, [false, false]);
        let out = check(&b.done().0);
        assert_eq!(
            (out.findings.len(), out.not_judged.len()),
            (0, 1),
            "in which network it stands is not known"
        );
    }
}
