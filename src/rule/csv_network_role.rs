//! Which cluster networks may carry traffic between the nodes: none at all, or none for the cluster alone. Nodes that
//! share no network are no finding: a cluster may stretch over subnets.
//!
//! `UseClientAccessNetworksForSharedVolumes` is told where it was read. Which network Windows takes where it is at its default
//! and no network is the cluster's alone is not published, so the rule does not say it. It redirects nothing.

use std::collections::BTreeSet;

use super::support::network::{self, NetworkRole, Networks};
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FactId, Name};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "csv-network-role";
const COLLECT: &str = "Get-ClusterNetwork | Export-Clixml -Depth 3 cluster-network.xml";
const SHOW: &str = "Get-ClusterNetwork | Format-Table Name, Role, Metric, Address, State";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "No network of the cluster is for its own traffic alone",
    meaning: "Redirected I/O travels over the networks that the cluster may use; where each of them also serves clients, \
              it shares the wire with them. This redirects nothing by itself and matters as far as I/O goes through a \
              coordinator.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Configuration],
    explains: &[Effect::Slowness],
    needs: &["Get-ClusterNetwork (Role) of every network"],
    against: &["a network with the role Cluster"],
    next_steps: &[
        "Show the roles: Get-ClusterNetwork | Format-Table Name, Role, Metric, Address, State.",
        "Give a network that only the nodes use to the cluster alone: (Get-ClusterNetwork '<network>').Role = 1.",
    ],
    sources: &[
        "MicrosoftDocs/windowsserverdocs, failover-cluster-csvs: networks that carry CSV traffic",
        "learn.microsoft.com, CLUSTER_NETWORK_ROLE; cluster common property UseClientAccessNetworksForSharedVolumes",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let networks = Networks::of(case);
    let members = network::members(case);
    if members.len() < 2 || case.os_build().is_some_and(|build| build < 9200) {
        return out;
    }
    let unknown = networks.networks.is_empty() || networks.networks.values().any(|n| n.role().is_none());
    if unknown && network::redirected(case).is_empty() {
        // It matters where I/O goes through a coordinator.
        return out;
    }
    if unknown {
        out.not_judged.extend(say::not_judged(
            ID,
            &["the cluster".to_owned()],
            |_| "the role of every cluster network".to_owned(),
            COLLECT,
        ));
        return out;
    }
    let of_role = |role| networks.networks.iter().filter(move |(_, n)| n.role() == Some(role));
    let used: Vec<&Name> = networks
        .networks
        .iter()
        .filter(|(_, n)| n.role().is_some_and(NetworkRole::is_used))
        .map(|(n, _)| n)
        .collect();
    let facts = || networks.networks.values().filter_map(|n| n.facts.first().copied());
    if used.is_empty() {
        let told = Told {
            title: "none may carry traffic between the nodes".to_owned(),
            claim: format!(
                "When the bundle was collected, the role of every network was None: {}.",
                words::list(networks.networks.keys(), 4)
            ),
        };
        out.findings.push(finding(case, &members, &told, facts().collect()));
    } else if of_role(NetworkRole::Cluster).next().is_none() {
        let many = match used.len() {
            1 => format!(
                "The cluster has a single network of its own use, {}, and it also serves clients",
                used[0]
            ),
            _ => format!(
                "Each network that the cluster may use also serves clients: {}",
                words::list(&used, 4)
            ),
        };
        let idle: Vec<&Name> = of_role(NetworkRole::None).map(|(name, _)| name).collect();
        let idle = match idle.is_empty() {
            true => String::new(),
            false => format!(" {} may not be used by the cluster (right for iSCSI).", words::list(&idle, 3)),
        };
        out.findings.push(finding(case, &members, &Told {
            title: "no network is for the cluster's own traffic alone".to_owned(),
            claim: format!(
                "When the bundle was collected: {many} (role ClusterAndClient). What goes through a coordinator shares the \
                 wire with them.{idle}"
            ),
        }, facts().collect()));
    }
    out
}

struct Told {
    title: String,
    claim: String,
}

fn finding(case: &Case, members: &BTreeSet<&Name>, told: &Told, mut facts: Vec<FactId>) -> Finding {
    let property = network::client_networks(case);
    facts.extend(property.iter().map(|(_, fact)| *fact));
    let property = property.map(|(words, _)| format!(" {words}")).unwrap_or_default();
    Finding {
        rule: ID,
        title: format!("Cluster networks: {}", told.title),
        verdict: Verdict::Configuration,
        claim: format!("{}{property} This redirects nothing by itself.", told.claim),
        subjects: Subjects {
            volumes: network::redirected(case).into_iter().collect(),
            vms: Vec::new(),
            nodes: members.iter().map(|name| (*name).clone()).collect(),
        },
        next_steps: vec![
            say::step("Show what each network is for.", &[SHOW.into()]),
            say::step(
                "Where a network is the nodes' own, give it to the cluster alone.",
                &["(Get-ClusterNetwork '<network>').Role = 1".into()],
            ),
            say::step(
                "See whether client networks are allowed for volumes.",
                &["(Get-Cluster).UseClientAccessNetworksForSharedVolumes".into()],
            ),
        ],
        span: network::standing(facts),
        explains: RULE.explains,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Certainty, Claim, ClusterClaim, FsReasons, IoMode, NetworkClaim, NetworkRef};
    use crate::finding::Verdict;
    use crate::fixture::Build;

    fn base(networks: &[(&str, &str)]) -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(None, None);
        let redirected = Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS));
        b.mode(v, "N1", (-1, 601), redirected, Certainty::Observed);
        for (name, role) in networks {
            let about = NetworkRef { network: Some((*name).into()), ..NetworkRef::default() };
            let claim = NetworkClaim::Properties {
                state: Some("Up".into()),
                role: Some((*role).into()),
                metric: None,
                address: None,
                mask: None,
            };
            b.fact(None, "N1", Claim::Network(about, claim), &format!("Role : {role}"));
        }
        b
    }

    #[test]
    fn found_when_clients_are_on_each() {
        let out =
            check(&base(&[("Management", "3"), ("Storage", "ClusterAndClient"), ("iSCSI", "None")]).done().0);
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.evidence.len(), out.not_judged.len()), (Verdict::Configuration, 3, 0));
        assert!(
            f.claim.contains("Management and Storage") && f.claim.contains("iSCSI may not"),
            "{}",
            f.claim
        );
    }

    #[test]
    fn found_with_what_the_cluster_allows() {
        let check = |values: &[u32], expect: &str| {
            let mut b = base(&[("Management", "3")]);
            for value in values {
                let claim = Claim::Cluster(ClusterClaim::ClientNetworksForVolumes(*value));
                b.fact(None, "N1", claim, "UseClientAccessNetworksForSharedVolumes");
            }
            let claim = check(&b.done().0).findings[0].claim.clone();
            assert!(claim.contains(expect), "{claim}");
            assert_eq!(claim.contains("UseClientAccess"), !expect.starts_with("This"), "{claim}");
        };
        check(&[0], "is 0, its default: networks of clients are not enabled");
        check(&[1, 1], "is 1: networks of clients are enabled");
        check(&[2], "is 2.");
        check(&[0, 1], "This redirects nothing");
        check(&[], "This redirects nothing");
    }

    #[test]
    fn found_when_there_is_none_at_all() {
        let out = check(&base(&[("A", "None"), ("B", "0")]).done().0);
        assert!(out.findings[0].claim.contains("None: A and B"), "{}", out.findings[0].claim);
    }

    #[test]
    fn not_found() {
        let out = check(&base(&[("Management", "ClusterAndClient"), ("Storage", "1")]).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        for networks in [&[][..], &[("Management", "something new")][..]] {
            let out = check(&base(networks).done().0);
            assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        }
    }
}
