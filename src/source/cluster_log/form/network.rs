//! `[NETWORK]`: the network digest in plain words, since 2022.

use super::{Form, between, named};
use crate::fact::{Claim, Name, NetworkClaim, NetworkRef, NodeClaim, NodeRef};

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "digest_heartbeats",
        tag: "NETWORK",
        needle: " of the heart beats with node '",
        sample: "WARN  [NETWORK] Missed 40% of the heart beats with node 'hv-08' (2) on route 10.9.0.1:~3343~->10.9.0.2:~3343~",
        expect: || {
            let node = Name::new("hv-08");
            let (local, remote) = ("10.9.0.1:~3343~".to_owned(), "10.9.0.2:~3343~".to_owned());
            vec![
                Claim::Network(
                    NetworkRef { node: Some(node.clone()), ..NetworkRef::default() },
                    NetworkClaim::HeartbeatsMissed { local, remote },
                ),
                super::named(&node, 2),
            ]
        },
        scan: |line| {
            let (_, rest) = line.text.split_once(" with node '")?;
            let (node, rest) = rest.split_once('\'')?;
            let number = between(rest, "(", ")").and_then(|number| number.parse().ok());
            let (local, remote) = rest.split_once(" on route ")?.1.split_once("->")?;
            let (local, remote) = (local.trim().to_owned(), remote.trim().to_owned());
            let node = Name::node(node);
            let subject = NetworkRef { node: Some(node.clone()), ..NetworkRef::default() };
            let mut claims = vec![Claim::Network(subject, NetworkClaim::HeartbeatsMissed { local, remote })];
            claims.extend(number.map(|number| named(&node, number)));
            Some(claims)
        },
    },
    Form {
        name: "digest_connection_lost",
        tag: "NETWORK",
        needle: "Lost connection to node ",
        sample: "WARN  [NETWORK] Lost connection to node hv-08",
        expect: || vec![Claim::Node(NodeRef::named("hv-08"), NodeClaim::Connection { up: false })],
        scan: |line| {
            let rest = line.text.strip_prefix("Lost connection to node ")?;
            let node = rest.split([' ', ',']).next()?.trim_matches(['\'', '.']);
            (!node.is_empty())
                .then(|| vec![Claim::Node(NodeRef::named(node), NodeClaim::Connection { up: false })])
        },
    },
    Form {
        name: "digest_full_mesh",
        tag: "NETWORK",
        needle: "Full mesh connectivity with nodes ",
        sample: "INFO  [NETWORK] Full mesh connectivity with nodes hv-07, hv-08",
        expect: || {
            ["hv-07", "hv-08"]
                .map(|node| Claim::Node(NodeRef::named(node), NodeClaim::Connection { up: true }))
                .to_vec()
        },
        scan: |line| {
            let rest = line.text.strip_prefix("Full mesh connectivity with nodes ")?;
            let nodes = rest
                .split(',')
                .map(|node| node.trim().trim_matches(['\'', '.']))
                .filter(|node| !node.is_empty());
            Some(
                nodes
                    .map(|node| Claim::Node(NodeRef::named(node), NodeClaim::Connection { up: true }))
                    .collect(),
            )
        },
    },
];
