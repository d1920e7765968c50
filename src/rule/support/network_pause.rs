//! Pauses of volumes that say that the network to the coordinator failed, and stray addresses beside them. Judges
//! nothing.

use std::collections::BTreeMap;

use super::departure::{SHARP, Told, plus};
use super::network::Networks;
use super::pauses::{NodePause, node_pauses};
use crate::case::Case;
use crate::fact::{Certainty, FactId, Instant, Name, NtStatus, PauseKind};

/// Statuses of the network among those that pause a volume in redirected I/O (techcommunity, failover-clustering
/// 371994), numbers of [MS-ERREF] 2.3.1.
const NETWORK: [u32; 11] = [
    0xc000_00be, // STATUS_BAD_NETWORK_PATH
    0xc000_00cc, // STATUS_BAD_NETWORK_NAME
    0xc000_00c4, // STATUS_UNEXPECTED_NETWORK_ERROR
    0xc000_00c9, // STATUS_NETWORK_NAME_DELETED
    0xc000_020c, // STATUS_CONNECTION_DISCONNECTED
    0xc000_020d, // STATUS_CONNECTION_RESET
    0xc000_0241, // STATUS_CONNECTION_ABORTED
    0xc000_023c, // STATUS_NETWORK_UNREACHABLE
    0xc000_0203, // STATUS_USER_SESSION_DELETED
    0xc000_035c, // STATUS_NETWORK_SESSION_EXPIRED
    0xc000_006d, // STATUS_LOGON_FAILURE
];
/// `STATUS_BAD_NETWORK_PATH`.
pub(crate) const BAD_PATH: u32 = 0xc000_00be;
const MINUTE: i64 = 60_000_000_000;
/// How long after its start a node is still starting; the bound is ours.
const STARTING: i64 = 15 * MINUTE;

/// Does the status say that the network failed?
pub(crate) fn is_of_network(status: &NtStatus) -> bool {
    status.code.is_some_and(|code| NETWORK.contains(&code))
}

/// The pauses with a status of the network, by volume, time and node. What may have been at another time altogether is left
/// out.
pub(crate) fn network_pauses(case: &Case) -> Vec<NodePause<'_>> {
    let of_network = |kind, status: &NtStatus| kind == PauseKind::Failure && is_of_network(status);
    let sharp = |fact: &FactId| case.fact(*fact).moment.is_some_and(|m| m.spread <= SHARP);
    let mut out = node_pauses(case, of_network);
    out.retain(|pause| pause.facts.iter().all(sharp));
    out
}

/// Adapters of the node whose only address is self-assigned (169.254), where the node has no IPv6 at all: adapter and the
/// facts that say so. Hidden adapters (a `*` in their name: the cluster's own virtual adapter is one) do not count.
pub(crate) fn stray<'n>(networks: &'n Networks, node: &Name) -> Vec<(&'n Name, String, FactId)> {
    let own = || {
        let of =
            networks.adapters.iter().filter(|((of, name), _)| of == node && !name.as_str().contains('*'));
        of.map(|((_, name), adapter)| (name, adapter))
    };
    if own().any(|(_, adapter)| adapter.has_ipv6) {
        return Vec::new();
    }
    let alone = |(name, adapter): (&'n Name, &'n super::network::Adapter)| {
        let (address, facts) = adapter.addresses.iter().next()?;
        let is_stray = adapter.addresses.keys().all(|address| address.is_link_local());
        (is_stray).then_some((name, address.to_string(), *facts.first()?))
    };
    own().filter_map(alone).collect()
}

/// Were the addresses of the node read?
pub(crate) fn has_addresses(networks: &Networks, node: &Name) -> bool {
    networks.adapters.iter().any(|((of, _), adapter)| of == node && !adapter.addresses.is_empty())
}

/// The start of the node that a pause follows, where there is one: its time and the fact.
pub(crate) fn started(
    statements: &BTreeMap<&Name, Vec<super::departure::Statement>>,
    pause: &NodePause<'_>,
) -> Option<(Instant, FactId)> {
    let all = statements.get(pause.node)?;
    let mut starts = all.iter().filter(|(at, told, _)| {
        matches!(told, Told::Booted | Told::Joined) && *at <= pause.at && plus(*at, STARTING) >= pause.at
    });
    starts.next().map(|(at, _, fact)| (*at, *fact))
}

/// Does the pause look as one over a stray address: after the node's start, with a path that is not found or a volume
/// given up?
pub(crate) fn is_over_stray_address(pause: &NodePause<'_>) -> bool {
    pause.has(BAD_PATH) || pause.given_up
}

/// Who surely owned the volume just before the pause.
pub(crate) fn owner_before<'c>(case: &'c Case, pause: &NodePause<'_>) -> Option<&'c Name> {
    let before = plus(pause.at, -1_000_000_000);
    let piece = case.volumes[pause.volume].coordinator.piece_at(before)?;
    piece.value.as_ref().filter(|_| piece.span.certainty > Certainty::Assumed)
}
