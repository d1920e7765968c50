//! The networks of a cluster and the adapters of its nodes, as several sources tell them. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::case::Case;
use crate::fact::{Certainty, Claim, ClusterClaim, FactId, Name, NetworkClaim, Role, SmbConnection, Span};

/// What the cluster may use a network for: `CLUSTER_NETWORK_ROLE` of the Windows SDK.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NetworkRole {
    /// Not used by the cluster.
    None,
    /// For the cluster alone.
    Cluster,
    /// For the cluster and for clients.
    ClusterAndClient,
}

impl NetworkRole {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "none" | "0" => Some(Self::None),
            "cluster" | "1" => Some(Self::Cluster),
            "clusterandclient" | "3" => Some(Self::ClusterAndClient),
            _ => None,
        }
    }

    /// May it carry traffic between the nodes?
    pub(crate) fn is_used(self) -> bool {
        self != Self::None
    }
}

/// A cluster network. What sources disagree on is not known.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterNetwork {
    roles: BTreeSet<Option<NetworkRole>>,
    metrics: BTreeSet<u32>,
    subnets: BTreeSet<(u32, u8)>,
    pub(crate) facts: Vec<FactId>,
}

impl ClusterNetwork {
    pub(crate) fn role(&self) -> Option<NetworkRole> {
        self.roles.first().copied().flatten().filter(|_| self.roles.len() == 1)
    }

    pub(crate) fn metric(&self) -> Option<u32> {
        self.metrics.first().copied().filter(|_| self.metrics.len() == 1)
    }

    fn holds(&self, address: Ipv4Addr) -> bool {
        let inside = |(net, bits): &(u32, u8)| masked(address.to_bits(), *bits) == *net;
        self.subnets.iter().any(inside)
    }
}

/// An adapter of a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapter {
    /// Cluster networks that the cluster itself says it stands in.
    told: BTreeSet<Name>,
    /// IPv4 addresses.
    pub(crate) addresses: BTreeMap<Ipv4Addr, Vec<FactId>>,
    /// Components that are bound to it (true) or not; what sources disagree on has both.
    pub(crate) bindings: BTreeMap<Name, BTreeMap<bool, FactId>>,
    /// It has an IPv6 address.
    pub(crate) has_ipv6: bool,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks {
    pub(crate) networks: BTreeMap<Name, ClusterNetwork>,
    /// By node and name of the adapter.
    pub(crate) adapters: BTreeMap<(Name, Name), Adapter>,
}

/// The first `bits` of an address.
fn masked(address: u32, bits: u8) -> u32 {
    address & u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0)
}

/// `10.7.0.0` with the mask beside it, or one or several of `10.7.0.0/16`.
fn subnets(address: &str, mask: Option<&str>) -> Vec<(u32, u8)> {
    let pieces = address.split([',', ';', ' ']).filter(|piece| !piece.is_empty());
    let read = |piece: &str| {
        let (address, bits) = match piece.split_once('/') {
            Some((address, bits)) => (address, bits.parse::<u8>().ok()?),
            None => {
                let mask: Ipv4Addr = mask?.trim().parse().ok()?;
                let bits = mask.to_bits().leading_ones();
                // A mask has no holes.
                (masked(u32::MAX, bits as u8) == mask.to_bits()).then_some((piece, bits as u8))?
            }
        };
        let address: Ipv4Addr = address.parse().ok()?;
        (bits <= 32 && bits > 0).then(|| (masked(address.to_bits(), bits), bits))
    };
    pieces.filter_map(read).collect()
}

impl Networks {
    pub(crate) fn of(case: &Case) -> Self {
        let mut out = Self::default();
        for (fact, placed) in case.facts() {
            let Claim::Network(about, claim) = &placed.fact.claim else { continue };
            let reporter = placed.fact.reporter.as_ref();
            match claim {
                NetworkClaim::Properties { role, metric, address, mask, .. } => {
                    let Some(name) = &about.network else { continue };
                    let network = out.networks.entry(name.clone()).or_default();
                    if let Some(role) = role {
                        network.roles.insert(NetworkRole::parse(role));
                    }
                    network.metrics.extend(metric);
                    let address = address.as_deref().unwrap_or_default();
                    network.subnets.extend(subnets(address, mask.as_deref()));
                    network.facts.push(fact);
                }
                NetworkClaim::Adapter { name, addresses } => {
                    let (Some(node), Some(network)) = (&about.node, &about.network) else { continue };
                    let adapter = out.adapters.entry((node.clone(), name.clone())).or_default();
                    adapter.told.insert(network.clone());
                    addresses.iter().for_each(|address| adapter.address(address, fact));
                }
                NetworkClaim::Address { address, .. } => {
                    let (Some(node), Some(name)) = (reporter, &about.interface) else { continue };
                    let adapter = out.adapters.entry((node.clone(), name.clone())).or_default();
                    adapter.address(address, fact);
                }
                NetworkClaim::Binding { component, bound } => {
                    let (Some(node), Some(name)) = (reporter, &about.interface) else { continue };
                    let adapter = out.adapters.entry((node.clone(), name.clone())).or_default();
                    adapter.bindings.entry(component.clone()).or_default().entry(*bound).or_insert(fact);
                }
                _ => {}
            }
        }
        out.unite();
        out
    }

    /// Sources call one adapter by different names: one that has an address of another on the same node is that one. The
    /// name with bindings stays.
    fn unite(&mut self) {
        let mut keys: Vec<(Name, Name)> = self.adapters.keys().cloned().collect();
        keys.sort_by_key(|key| self.adapters.get(key).is_none_or(|adapter| adapter.bindings.is_empty()));
        let mut homes: BTreeMap<(Name, Ipv4Addr), (Name, Name)> = BTreeMap::new();
        for key in keys {
            let Some(adapter) = self.adapters.get(&key) else { continue };
            let own: Vec<Ipv4Addr> =
                adapter.addresses.keys().copied().filter(|a| !a.is_link_local()).collect();
            let of = |address: &Ipv4Addr| (key.0.clone(), *address);
            let home = own.iter().find_map(|address| homes.get(&of(address))).cloned();
            let bound = |key: &(Name, Name)| self.adapters.get(key).is_some_and(|a| !a.bindings.is_empty());
            // Two adapters with bindings are two, whatever their addresses.
            let home = home.filter(|home| !(bound(home) && bound(&key)));
            let at = home.clone().unwrap_or_else(|| key.clone());
            for address in &own {
                homes.entry(of(address)).or_insert_with(|| at.clone());
            }
            if let Some(home) = home
                && let Some(adapter) = self.adapters.remove(&key)
                && let Some(into) = self.adapters.get_mut(&home)
            {
                into.told.extend(adapter.told);
                into.has_ipv6 |= adapter.has_ipv6;
                for (address, facts) in adapter.addresses {
                    into.addresses.entry(address).or_default().extend(facts);
                }
            }
        }
    }

    /// The only network whose subnet holds the address.
    pub(crate) fn of_address(&self, address: Ipv4Addr) -> Option<&Name> {
        let mut holding = self.networks.iter().filter(|(_, n)| n.holds(address)).map(|(name, _)| name);
        holding.next().filter(|_| holding.next().is_none())
    }

    /// The cluster network that an adapter stands in: as the cluster says, else by its addresses.
    pub(crate) fn of_adapter<'a>(&'a self, adapter: &'a Adapter) -> Option<&'a Name> {
        match adapter.told.len() {
            0 => {
                let found: BTreeSet<&Name> =
                    adapter.addresses.keys().filter_map(|address| self.of_address(*address)).collect();
                found.first().copied().filter(|_| found.len() == 1)
            }
            1 => adapter.told.first(),
            _ => None,
        }
    }

    /// Has the node an adapter in the network that no component of SMB is known to be missing on?
    pub(crate) fn is_bound(&self, node: &Name, network: &Name) -> bool {
        let inside =
            self.adapters.iter().filter(|((of, _), a)| of == node && self.of_adapter(a) == Some(network));
        let whole = |a: &Adapter| a.bindings.values().all(|said| !said.contains_key(&false));
        inside.map(|(_, adapter)| adapter).any(whole)
    }
}

impl Adapter {
    fn address(&mut self, text: &str, fact: FactId) {
        match text.trim().parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(address)) => self.addresses.entry(address).or_default().push(fact),
            Ok(std::net::IpAddr::V6(address)) => self.has_ipv6 |= !address.is_loopback(),
            Err(_) => {}
        }
    }
}

/// A connection of a node's SMB client: on which node, to which server, and what it is.
pub(crate) struct Connected<'a> {
    pub(crate) fact: FactId,
    pub(crate) node: &'a Name,
    pub(crate) server: Option<&'a Name>,
    pub(crate) connection: &'a SmbConnection,
}

/// The connections of the nodes' SMB clients when they were collected.
pub(crate) fn connections(case: &Case) -> impl Iterator<Item = Connected<'_>> {
    case.facts().filter_map(|(fact, placed)| match &placed.fact.claim {
        Claim::Network(about, NetworkClaim::SmbConnection(connection)) => {
            let node = placed.fact.reporter.as_ref()?;
            Some(Connected { fact, node, server: about.node.as_ref(), connection })
        }
        _ => None,
    })
}

/// What held when it was collected, and is only assumed of the time before.
pub(crate) fn standing(facts: impl IntoIterator<Item = FactId>) -> Span {
    let evidence = crate::case::evidence_of(facts.into_iter().map(|fact| (fact, Role::Supports)));
    Span { from: None, to: None, certainty: Certainty::Assumed, evidence }
}

/// `UseClientAccessNetworksForSharedVolumes` where all sources agree, in words, with the fact.
pub(crate) fn client_networks(case: &Case) -> Option<(String, FactId)> {
    let mut told = case.facts().filter_map(|(fact, placed)| match placed.fact.claim {
        Claim::Cluster(ClusterClaim::ClientNetworksForVolumes(value)) => Some((value, fact)),
        _ => None,
    });
    let (value, fact) = told.next()?;
    if told.any(|(other, _)| other != value) {
        return None;
    }
    let means = match value {
        0 => "0, its default: networks of clients are not enabled for volumes",
        1 => "1: networks of clients are enabled for volumes",
        other => return Some((format!("UseClientAccessNetworksForSharedVolumes is {other}."), fact)),
    };
    Some((format!("UseClientAccessNetworksForSharedVolumes is {means}."), fact))
}

/// Members of the cluster by name.
pub(crate) fn members(case: &Case) -> BTreeSet<&Name> {
    case.nodes.iter().filter_map(|node| node.name.as_ref()).collect()
}

/// Volumes of which some node is redirected, and the nodes: what a slow network slows down.
pub(crate) fn redirected(case: &Case) -> BTreeSet<usize> {
    let through = |(_, volume): &(usize, &crate::case::VolumeStory)| {
        let mut pieces = volume.io_mode.iter().flat_map(|(_, timeline)| &timeline.pieces);
        pieces.any(|p| p.value.as_ref().is_some_and(|m| super::is_file_system(m) || super::is_block(m)))
    };
    case.volumes.iter().enumerate().filter(through).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::{Networks, masked, subnets};
    use crate::fact::{Claim, NetworkClaim, NetworkRef};
    use crate::fixture::Build;

    /// Adapters of N1: `cluster NAME ADDRESS` as the cluster calls it, `address NAME ADDRESS` and `binding NAME` as
    /// Windows does. Expected are the adapters as `NAME: networks; addresses; bindings`.
    fn united(told: &[&str], expect: &[&str]) {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        for line in told {
            let words: Vec<&str> = line.split(' ').collect();
            let interface = NetworkRef { interface: Some(words[1].into()), ..NetworkRef::default() };
            let (about, claim) = match words[..] {
                ["cluster", name, address] => (
                    NetworkRef {
                        network: Some("Net".into()),
                        node: Some("N1".into()),
                        ..NetworkRef::default()
                    },
                    NetworkClaim::Adapter { name: name.into(), addresses: vec![address.into()] },
                ),
                ["address", _, address] => {
                    (interface, NetworkClaim::Address { address: address.into(), prefix: None })
                }
                _ => (interface, NetworkClaim::Binding { component: "ms_server".into(), bound: true }),
            };
            b.fact(None, "N1", Claim::Network(about, claim), line);
        }
        let networks = Networks::of(&b.done().0);
        let found = networks.adapters.iter().map(|((_, name), adapter)| {
            let addresses: Vec<String> = adapter.addresses.keys().map(ToString::to_string).collect();
            format!("{name}: {}; {}; {}", adapter.told.len(), addresses.join(" "), adapter.bindings.len())
        });
        assert_eq!(found.collect::<Vec<_>>(), expect, "{told:?}");
    }

    #[test]
    fn one_adapter_by_several_names_is_one() {
        united(
            &["cluster Ethernet 10.7.0.1", "address NIC2 10.7.0.1", "binding NIC2"],
            &["NIC2: 1; 10.7.0.1; 1"],
        );
        united(
            &["cluster Ethernet 10.7.0.1", "address NIC2 10.7.0.2"],
            &["Ethernet: 1; 10.7.0.1; 0", "NIC2: 0; 10.7.0.2; 0"],
        );
        // Two with bindings stay two, and so do two that share nothing but a self-assigned address.
        united(
            &["address A 10.7.0.1", "binding A", "address B 10.7.0.1", "binding B"],
            &["A: 0; 10.7.0.1; 1", "B: 0; 10.7.0.1; 1"],
        );
        united(
            &["address A 169.254.3.4", "cluster B 169.254.3.4"],
            &["A: 0; 169.254.3.4; 0", "B: 1; 169.254.3.4; 0"],
        );
    }

    #[test]
    fn subnets_are_read_in_both_spellings() {
        let check = |address, mask, expect: &[(u32, u8)]| assert_eq!(subnets(address, mask), expect);
        check("10.7.0.0", Some("255.255.0.0"), &[(0x0a07_0000, 16)]);
        check("10.7.3.0/24", None, &[(0x0a07_0300, 24)]);
        check("10.7.0.0/16 fe80::/64", None, &[(0x0a07_0000, 16)]);
        check("10.7.0.0", Some("255.0.255.0"), &[]);
        check("10.7.0.0", None, &[]);
        check("0.0.0.0/0", None, &[]);
        assert_eq!(masked(u32::MAX, 0), 0);
    }
}
