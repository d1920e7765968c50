//! The SMB connections that carry volumes' I/O run over another network than the one that is first by metric.
//!
//! Judged only on connections that are known to be those of volumes (SMB instance `CSV`), between nodes that both stand
//! in the better network with SMB bound to it. How much Windows goes by the metric since 2012, where multichannel may use
//! several networks, is not published: the rule says what differs from the operator's order, and not why.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::support::network::{self, Connected, Networks};
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FactId, Name};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "csv-wrong-network";
const COLLECT: &str = "Get-SmbMultichannelConnection -SmbInstance CSV | Export-Clixml -Depth 2 smb-multichannel-csv.xml\n\
     Get-ClusterNetwork | Export-Clixml -Depth 3 cluster-network.xml\n\
     Get-ClusterNetworkInterface | Export-Clixml -Depth 3 cluster-network-interface.xml";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "Traffic of the volumes runs over another network than the first by metric",
    meaning: "The SMB connections that carry redirected I/O were on one cluster network while another, with a lower metric, \
              connects the same nodes. It redirects nothing, but what goes through a coordinator may be slow and in the \
              way of other traffic.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Configuration],
    explains: &[Effect::Slowness],
    needs: &[
        "Get-SmbMultichannelConnection -SmbInstance CSV of each node",
        "Get-ClusterNetwork (Role, Metric), and who stands in which network (Get-ClusterNetworkInterface or Get-NetIPAddress)",
    ],
    against: &[
        "a connection runs over the network with the lowest metric too",
        "SMB is not bound on that network",
    ],
    next_steps: &[
        "Compare the addresses of the connections with the networks' metrics: Get-SmbMultichannelConnection -SmbInstance \
         CSV; Get-ClusterNetwork | Format-Table Name, Role, Metric.",
        "See what keeps SMB off the better network: speed, RSS and RDMA of its adapters (Get-SmbClientNetworkInterface).",
    ],
    sources: &[
        "learn.microsoft.com, class MSFT_SmbMultichannelConnection",
        "MicrosoftDocs/windowsserverdocs, failover-cluster-csvs: CSV traffic by SMB multichannel over the cluster's networks",
    ],
    check,
};

/// From a node to another.
type Way<'a> = (&'a Name, &'a Name);

/// From one node to another: over which networks, and which would be better.
struct Pair<'a> {
    used: BTreeSet<&'a Name>,
    facts: Vec<FactId>,
    slow: Option<u64>,
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let members = network::members(case);
    if members.len() < 2 || case.os_build().is_some_and(|build| build < 9200) {
        return out;
    }
    let networks = Networks::of(case);
    let mut pairs: BTreeMap<Way<'_>, Pair<'_>> = BTreeMap::new();
    let mut lost: BTreeSet<&Name> = BTreeSet::new();
    for of in network::connections(case).filter(|c| is_of_volumes(case, c)) {
        let Some(server) = server(&networks, &of).filter(|server| members.contains(server)) else { continue };
        if of.connection.selected == Some(false) {
            continue;
        }
        let address = |text: &Option<String>| text.as_deref()?.trim().parse::<Ipv4Addr>().ok();
        let used = address(&of.connection.client).and_then(|address| networks.of_address(address));
        let Some(used) = used else {
            lost.insert(of.node);
            continue;
        };
        let fresh = || Pair { used: BTreeSet::new(), facts: Vec::new(), slow: None };
        let pair = pairs.entry((of.node, server)).or_insert_with(fresh);
        pair.used.insert(used);
        pair.facts.push(of.fact);
        pair.slow = pair.slow.max(of.connection.speed);
    }
    // A way that could not be placed may be over the better network.
    pairs.retain(|(node, _), _| !lost.contains(node));
    let mut wrong: BTreeMap<(Vec<&Name>, &Name), Vec<Way<'_>>> = BTreeMap::new();
    for (&(node, server), pair) in &pairs {
        let of = |name: &&Name| networks.networks.get(*name).and_then(network::ClusterNetwork::metric);
        let metrics: Option<Vec<u32>> = pair.used.iter().map(of).collect();
        let Some(lowest) = metrics.and_then(|all| all.into_iter().min()) else {
            lost.insert(node);
            continue;
        };
        let better = networks.networks.iter().filter(|(name, n)| {
            n.role().is_some_and(network::NetworkRole::is_used)
                && n.metric().is_some_and(|metric| metric < lowest)
                && [node, server].iter().all(|end| networks.is_bound(end, name))
        });
        if let Some((best, _)) = better.min_by_key(|(_, n)| n.metric()) {
            wrong.entry((pair.used.iter().copied().collect(), best)).or_default().push((node, server));
        }
    }
    for ((used, best), between) in &wrong {
        let facts =
            between.iter().filter_map(|pair| pairs.get(pair)).flat_map(|pair| pair.facts.iter().copied());
        let speeds = between.iter().filter_map(|pair| pairs.get(pair)?.slow);
        out.findings.push(finding(
            case,
            &networks,
            (used, best),
            between,
            facts.take(4).collect(),
            speeds.max(),
        ));
    }
    let seen: BTreeSet<&Name> =
        pairs.keys().map(|(node, _)| *node).filter(|node| !lost.contains(node)).collect();
    // Where nothing is redirected, only metadata goes there, and no connection need be.
    let open: Vec<&Name> = members.into_iter().filter(|node| !seen.contains(node)).collect();
    if !network::redirected(case).is_empty() {
        let names: Vec<String> = open.iter().map(ToString::to_string).collect();
        out.not_judged.extend(say::not_judged(
            ID,
            &names,
            |nodes| format!("over which cluster network the SMB connections of the volumes of {nodes} run"),
            COLLECT,
        ));
    }
    out
}

/// Is it a connection of the instance that serves volumes? By its own word, else by the name of its file.
fn is_of_volumes(case: &Case, of: &Connected<'_>) -> bool {
    if let Some(instance) = &of.connection.instance
        && !instance.as_str().bytes().all(|b| b.is_ascii_digit())
    {
        return *instance == Name::new("CSV");
    }
    let input = case.fact(of.fact).fact.origin.input;
    let path = case.inputs.iter().find(|i| i.id == input).map(|i| i.path.to_ascii_lowercase());
    path.is_some_and(|path| path.contains("multichannelconnection-csv") || path.contains("multichannel-csv"))
}

/// The node at the other end: by name, else by its address.
fn server<'a>(networks: &'a Networks, of: &Connected<'a>) -> Option<&'a Name> {
    if of.server.is_some() {
        return of.server;
    }
    let address: Ipv4Addr = of.connection.server.as_deref()?.trim().parse().ok()?;
    let mut holding = networks.adapters.iter().filter(|(_, a)| a.addresses.contains_key(&address));
    holding.next().map(|((node, _), _)| node)
}

fn finding(
    case: &Case,
    networks: &Networks,
    (used, best): (&[&Name], &Name),
    between: &[Way<'_>],
    mut facts: Vec<FactId>,
    speed: Option<u64>,
) -> Finding {
    let metric = |name: &Name| {
        let metric = networks.networks.get(name).and_then(network::ClusterNetwork::metric);
        metric.map_or_else(|| name.to_string(), |metric| format!("{name} (metric {metric})"))
    };
    let of = |name: &Name| networks.networks.get(name).and_then(|n| n.facts.first().copied());
    facts.extend(used.iter().copied().chain([best]).filter_map(of));
    let role = |name: &Name| networks.networks.get(name).and_then(network::ClusterNetwork::role);
    let client = used.iter().any(|name| role(name) == Some(network::NetworkRole::ClusterAndClient));
    let property = network::client_networks(case).filter(|_| client);
    facts.extend(property.iter().map(|(_, fact)| *fact));
    let property = property.map(|(words, _)| format!(" {words}")).unwrap_or_default();
    let used = words::list(used.iter().map(|name| metric(name)), 3);
    let ways = words::list(between.iter().map(|(node, server)| format!("{node} to {server}")), 4);
    let speed = speed.map(|bits| format!(" Their adapter's speed was {} Mbit/s.", bits / 1_000_000));
    let nodes: BTreeSet<Name> = between.iter().flat_map(|(node, server)| [*node, *server]).cloned().collect();
    Finding {
        rule: ID,
        title: format!("SMB connections of the volumes run over {used}, not over {}", metric(best)),
        verdict: Verdict::Configuration,
        claim: format!(
            "When the bundle was collected, the SMB connections that carry volumes ran over {used}, {ways}; {}, which \
             connects them too, carried none.{}{property} What goes through a coordinator takes that way. This \
             redirects nothing by itself.",
            metric(best),
            speed.unwrap_or_default()
        ),
        subjects: Subjects {
            volumes: network::redirected(case).into_iter().collect(),
            vms: Vec::new(),
            nodes: nodes.into_iter().collect(),
        },
        next_steps: vec![
            say::step("Compare connections and metrics.", &[
                "Get-SmbMultichannelConnection -SmbInstance CSV | Format-Table ServerName, ClientIpAddress, ClientLinkSpeed, \
                 ClientRdmaCapable"
                    .into(),
                "Get-ClusterNetwork | Format-Table Name, Role, Metric, Address".into(),
            ]),
            say::step("See what SMB makes of the adapters of the better network.", &[
                "Get-SmbClientNetworkInterface | Format-Table FriendlyName, LinkSpeed, RssCapable, RdmaCapable".into(),
            ]),
        ],
        span: network::standing(facts),
        explains: RULE.explains,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{
        Certainty, Claim, FileSystem, FsReasons, IoMode, NetworkClaim, NetworkRef, SmbConnection, StorageKind,
    };
    use crate::finding::Verdict;
    use crate::fixture::Build;

    const NETWORKS: [(&str, &str, u32, u8); 2] =
        [("Management", "3", 79_842, 1), ("Storage", "1", 39_841, 2)];

    /// Two nodes with a leg in each network, and a volume that is redirected.
    fn base() -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        for (name, role, metric, net) in NETWORKS {
            let about = NetworkRef { network: Some(name.into()), ..NetworkRef::default() };
            let claim = NetworkClaim::Properties {
                state: None,
                role: Some(role.into()),
                metric: Some(metric),
                address: Some(format!("10.{net}.0.0/24")),
                mask: None,
            };
            b.fact(None, "N1", Claim::Network(about, claim), "Metric : 39841");
            for (node, host) in [("N1", 1), ("N2", 2)] {
                let about = NetworkRef { interface: Some(name.into()), ..NetworkRef::default() };
                let claim = NetworkClaim::Address { address: format!("10.{net}.0.{host}"), prefix: Some(24) };
                b.fact(None, node, Claim::Network(about, claim), "IPAddress");
            }
        }
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.mode(
            v,
            "N1",
            (-1, 601),
            Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS)),
            Certainty::Observed,
        );
        b
    }

    fn connect(b: &mut Build, instance: &str, address: &str) {
        for (node, server) in [("N1", "N2"), ("N2", "N1")] {
            let about = NetworkRef { node: Some(server.into()), ..NetworkRef::default() };
            let connection = SmbConnection {
                instance: Some(instance.into()),
                client: Some(address.into()),
                speed: Some(1_000_000_000),
                ..SmbConnection::default()
            };
            b.fact(
                None,
                node,
                Claim::Network(about, NetworkClaim::SmbConnection(connection)),
                "ClientIpAddress",
            );
        }
    }

    fn counts(b: Build) -> (usize, usize) {
        let out = check(&b.done().0);
        (out.findings.len(), out.not_judged.len())
    }

    #[test]
    fn found() {
        let mut b = base();
        connect(&mut b, "CSV", "10.1.0.1");
        let out = check(&b.done().0);
        let f = &out.findings[0];
        assert_eq!((f.verdict, out.not_judged.len()), (Verdict::Configuration, 0));
        let parts = [
            "over Management (metric 79842)",
            "Storage (metric 39841)",
            "N1 to N2 and N2 to N1",
            "1000 Mbit/s",
        ];
        assert!(parts.iter().all(|part| f.claim.contains(part)), "{}", f.claim);
    }

    #[test]
    fn not_found() {
        let mut b = base();
        connect(&mut b, "CSV", "10.2.0.1");
        assert_eq!(counts(b), (0, 0));
        let mut b = base();
        connect(&mut b, "CSV", "10.1.0.1");
        connect(&mut b, "CSV", "10.2.0.1");
        assert_eq!(counts(b), (0, 0), "the better one is used as well");
        let mut b = base();
        connect(&mut b, "CSV", "10.1.0.1");
        let about = NetworkRef { interface: Some("Storage".into()), ..NetworkRef::default() };
        let claim = NetworkClaim::Binding { component: "ms_server".into(), bound: false };
        for node in ["N1", "N2"] {
            let claim = Claim::Network(about.clone(), claim.clone());
            b.fact(None, node, claim, "Enabled : False");
        }
        assert_eq!(counts(b), (0, 0), "SMB cannot run there: another rule's matter");
    }

    #[test]
    fn could_not_tell() {
        assert_eq!(counts(base()), (0, 1));
        let mut b = base();
        connect(&mut b, "Default", "10.1.0.1");
        assert_eq!(counts(b), (0, 1), "not the volumes' instance");
        let mut b = base();
        connect(&mut b, "CSV", "10.9.0.1");
        assert_eq!(counts(b), (0, 1), "in no network that is known");
    }
}
