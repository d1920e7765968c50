//! Nodes: membership, quorum, isolation, quarantine, the service; and the networks between them.

use crate::fact::{Claim, ClusterClaim, NetworkClaim, NetworkRef, NodeClaim, NodeRef};
use crate::source::event::row::{Fields, Row, row};

const NODE: (&str, &str) = ("NodeName", "N1.example.org");
const CLUSTER: (&str, &str) = ("ClusterName", "clu1");
const INTERFACE: &[(&str, &str)] =
    &[("NetInterface", "N1 - Ethernet 2"), NODE, ("NetworkName", "Cluster Network 2")];
const NETWORK: &[(&str, &str)] = &[("NetworkName", "Cluster Network 2")];

pub(super) const ROWS: &[Row] = &[
    row(1000, "fatal_error", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(1001, "assertion", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(1006, "halted_connectivity", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(1073, "halted_inconsistency", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(1554, "no_network", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(1556, "unexpected_problem", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(5377, "operation_timeout", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(5396, "other_quorum", &[], "Node(NodeRef { }, ServiceStopped { orderly: false })", stopped),
    row(1063, "stopped", &[], "Node(NodeRef { }, ServiceStopped { orderly: true })", |_| {
        here(NodeClaim::ServiceStopped { orderly: true })
    }),
    row(1007, "added", &[NODE], "Node(NodeRef { name: 'N1' }, Named)", |f| node(f, NodeClaim::Named)),
    row(1011, "evicted", &[NODE], "Node(NodeRef { name: 'N1' }, Evicted)", |f| node(f, NodeClaim::Evicted)),
    row(1061, "formed", &[CLUSTER], "Node(NodeRef { }, Joined); Cluster(Name('clu1'))", joined),
    row(1062, "joined", &[CLUSTER], "Node(NodeRef { }, Joined); Cluster(Name('clu1'))", joined),
    row(1135, "removed", &[NODE], "Node(NodeRef { name: 'N1' }, Removed)", |f| node(f, NodeClaim::Removed)),
    row(1146, "resource_host_failed", &[], "Node(NodeRef { }, ResourceHostFailed)", |_| {
        here(NodeClaim::ResourceHostFailed)
    }),
    row(1177, "quorum_lost", &[], "Node(NodeRef { }, QuorumLost)", |_| here(NodeClaim::QuorumLost)),
    row(
        1594,
        "functional_level",
        &[("FunctionalLevel", "10"), ("UpgradeVersion", "3")],
        "Cluster(FunctionalLevel(10))",
        |f| {
            let level = u32::try_from(f.number("FunctionalLevel")?).ok()?;
            Some(vec![Claim::Cluster(ClusterClaim::FunctionalLevel(level))])
        },
    ),
    row(
        1672,
        "quarantined",
        &[NODE, ("FailureCount", "3"), ("UntilTime", "later")],
        "Node(NodeRef { name: 'N1' }, Quarantined)",
        |f| node(f, NodeClaim::Quarantined),
    ),
    row(
        1675,
        "join_quarantined",
        &[NODE, ("QuarantineType", "x"), ("UntilTime", "later")],
        "Node(NodeRef { name: 'N1' }, Quarantined)",
        |f| node(f, NodeClaim::Quarantined),
    ),
    row(
        1676,
        "quarantined_here",
        &[("QuarantineType", "x"), ("UntilTime", "later")],
        "Node(NodeRef { }, Quarantined)",
        |_| here(NodeClaim::Quarantined),
    ),
    // The other message with this id tells of a resource that moved between groups, in five fields.
    Row {
        id: 1673,
        name: "isolated",
        count: 1..=4,
        versions: None,
        fields: &[NODE],
        expect: "Node(NodeRef { name: 'N1' }, Isolated { on: true })",
        claims: |f| node(f, NodeClaim::Isolated { on: true }),
    },
    row(1680, "not_isolated", &[NODE], "Node(NodeRef { name: 'N1' }, Isolated { on: false })", |f| {
        node(f, NodeClaim::Isolated { on: false })
    }),
    row(
        1125,
        "interface_up",
        INTERFACE,
        "Network(NetworkRef { network: 'Cluster Network 2', interface: 'N1 - Ethernet 2', node: 'N1' }, State { up: true, event: 1125 })",
        |f| network(f, true),
    ),
    row(
        1126,
        "interface_unreachable",
        INTERFACE,
        "Network(NetworkRef { network: 'Cluster Network 2', interface: 'N1 - Ethernet 2', node: 'N1' }, State { up: false, event: 1126 })",
        |f| network(f, false),
    ),
    row(
        1127,
        "interface_failed",
        INTERFACE,
        "Network(NetworkRef { network: 'Cluster Network 2', interface: 'N1 - Ethernet 2', node: 'N1' }, State { up: false, event: 1127 })",
        |f| network(f, false),
    ),
    row(
        5266,
        "interface_not_operational",
        INTERFACE,
        "Network(NetworkRef { network: 'Cluster Network 2', interface: 'N1 - Ethernet 2', node: 'N1' }, State { up: false, event: 5266 })",
        |f| network(f, false),
    ),
    row(
        1128,
        "network_up",
        NETWORK,
        "Network(NetworkRef { network: 'Cluster Network 2' }, State { up: true, event: 1128 })",
        |f| network(f, true),
    ),
    row(
        1129,
        "network_partitioned",
        NETWORK,
        "Network(NetworkRef { network: 'Cluster Network 2' }, State { up: false, event: 1129 })",
        |f| network(f, false),
    ),
    row(
        1130,
        "network_down",
        NETWORK,
        "Network(NetworkRef { network: 'Cluster Network 2' }, State { up: false, event: 1130 })",
        |f| network(f, false),
    ),
    row(
        5265,
        "network_not_operational",
        NETWORK,
        "Network(NetworkRef { network: 'Cluster Network 2' }, State { up: false, event: 5265 })",
        |f| network(f, false),
    ),
];

fn here(claim: NodeClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Node(NodeRef::REPORTER, claim)])
}

fn stopped(_: &Fields<'_>) -> Option<Vec<Claim>> {
    here(NodeClaim::ServiceStopped { orderly: false })
}

fn node(f: &Fields<'_>, claim: NodeClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Node(NodeRef::named(&f.filled("NodeName")?), claim)])
}

fn joined(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let mut claims = here(NodeClaim::Joined)?;
    claims.extend(f.name("ClusterName").map(|name| Claim::Cluster(ClusterClaim::Name(name))));
    Some(claims)
}

fn network(f: &Fields<'_>, up: bool) -> Option<Vec<Claim>> {
    let link = NetworkRef {
        network: Some(f.name("NetworkName")?),
        interface: f.name("NetInterface"),
        node: f.node("NodeName"),
    };
    let event = u16::try_from(f.event().id).ok()?;
    Some(vec![Claim::Network(link, NetworkClaim::State { up, event })])
}
