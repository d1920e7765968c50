//! A self-assigned address (169.254) on an adapter that nobody meant to use, and no IPv6: when the node starts, SMB to a
//! coordinator may go there, and the volume pauses until it is given up or found again.
//!
//! Judged only where the node lists such an address when it is collected, has no IPv6 address, and paused a volume within
//! fifteen minutes of its start with a path that is not found, or gave it up. The cluster's own hidden adapter has such an
//! address on every node and is left out. That the address stood there at the start is not told by anything.

use std::collections::BTreeSet;

use super::support::departure::{self, plus};
use super::support::network::Networks;
use super::support::network_pause as pause;
use super::support::pauses::NodePause;
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, FactId, Instant, Name, Role, Span};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "apipa-address";
const COLLECT: &str = "Get-NetIPAddress | Export-Clixml -Depth 2 address.xml";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A stray 169.254 address beside pauses at a node's start",
    meaning: "The node has an adapter with a self-assigned address and no IPv6, and right after its start it did not reach \
              the coordinator of a volume. SMB is known to try such an adapter; disable it, or give it an address.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Fault],
    explains: &[Effect::Pause],
    needs: &[
        "event 5120 with c00000be, or 5142 with 1460, within fifteen minutes of the node's start",
        "Get-NetIPAddress of the node",
    ],
    against: &[
        "the node has IPv6 addresses",
        "the adapter is the cluster's own virtual one",
        "the pause is long after the start",
    ],
    next_steps: &[
        "Disable the stray adapter, or give it an address: Disable-NetAdapter -Name '<adapter>'.",
        "Leave IPv6 on, as the product is tested with it: Enable-NetAdapterBinding -Name '<adapter>' -ComponentID ms_tcpip6.",
    ],
    sources: &[
        "blogs.technet.microsoft.com, askcorejp 2015/08/20: 5120 and 5142 at start with a 169.254 address and IPv6 off",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let pauses = pause::network_pauses(case);
    if pauses.is_empty() {
        return out;
    }
    let networks = Networks::of(case);
    let statements = departure::told(case);
    let mut open: BTreeSet<&Name> = BTreeSet::new();
    for pause in pauses.iter().filter(|p| pause::is_over_stray_address(p)) {
        let Some(start) = pause::started(&statements, pause) else { continue };
        let stray = pause::stray(&networks, pause.node);
        if !stray.is_empty() {
            out.findings.push(finding(case, pause, start, &stray));
        } else if !pause::has_addresses(&networks, pause.node) {
            open.insert(pause.node);
        }
    }
    let open: Vec<String> = open.iter().map(ToString::to_string).collect();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |nodes| format!("the addresses of {nodes}: a volume was not reached right after the start"),
        COLLECT,
    ));
    out
}

fn finding(
    case: &Case,
    pause: &NodePause<'_>,
    (start, started): (Instant, FactId),
    stray: &[(&Name, String, FactId)],
) -> Finding {
    let label = case.volumes[pause.volume].label();
    let adapters = words::list(stray.iter().map(|(name, address, _)| format!("{address} on {name}")), 3);
    let status = words::list(&pause.statuses, 2);
    let long = match pause.until {
        Some(until) => format!("after {}", words::length(until.0.saturating_sub(pause.at.0))),
        None => "at a time that is not known".to_owned(),
    };
    let given_up = if pause.given_up { ", was given up (event 5142, 1460)" } else { "" };
    let facts = pause.facts.iter().map(|fact| (*fact, Role::Opens));
    let beside = stray.iter().map(|(.., fact)| *fact).take(2).chain([started]);
    let facts = facts.take(6).chain(beside.map(|fact| (fact, Role::Supports)));
    Finding {
        rule: ID,
        title: format!("{}: {label} was not reached at its start, beside a stray address {}", pause.node, stray[0].1),
        verdict: Verdict::Fault,
        claim: format!(
            "{} started at {}, and at {} {label} paused on it with {status}{given_up}; it went on {long}. The node has the \
             self-assigned address {adapters} and no IPv6 address. SMB to the coordinator is known to go to such an adapter \
             then. That the address was there already at the start is not told by anything.",
            pause.node,
            words::instant(start),
            words::instant(pause.at),
        ),
        subjects: Subjects { volumes: vec![pause.volume], vms: Vec::new(), nodes: vec![pause.node.clone()] },
        next_steps: vec![
            say::step("Disable the adapter if nothing needs it, or give it an address.", &[format!(
                "Disable-NetAdapter -CimSession {} -Name {}",
                words::powershell(pause.node),
                words::powershell(stray[0].0)
            )]),
            say::step("See all such addresses of the nodes.", &[
                "Get-ClusterNode | ForEach-Object { Get-NetIPAddress -CimSession $_.Name -IPAddress 169.254.* }".into(),
            ]),
        ],
        explains: RULE.explains,
        span: Span {
            from: Some(pause.at),
            to: Some(pause.until.unwrap_or(plus(pause.at, 1))),
            certainty: Certainty::Derived,
            evidence: crate::case::evidence_of(facts),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{
        Claim, FileSystem, NetworkClaim, NetworkRef, NodeClaim, NodeRef, NtStatus, PauseKind, StorageKind,
        VolumeClaim,
    };
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn paused(status: &str) -> VolumeClaim {
        let status = NtStatus::parse(status);
        VolumeClaim::AutoPaused { kind: PauseKind::Failure, status, from_direct_io: None }
    }

    /// N1 starts at minute 60 and does not reach the volume of N2 at minute `pause`.
    fn base(pause: i64, addresses: &[(&str, &str)]) -> Build {
        let mut b = Build::new(600);
        b.node("N1", 9200).node("N2", 9200);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.fact(Some(60), "N1", Claim::Node(NodeRef::REPORTER, NodeClaim::Booted), "started");
        b.event(pause, "N1", v, paused("STATUS_BAD_NETWORK_PATH(c00000be)"), "paused state");
        let status = NtStatus::parse("(1460)");
        b.event(pause + 1, "N1", v, VolumeClaim::NoAccess { status }, "no longer accessible");
        b.event(pause + 4, "N1", v, VolumeClaim::Resumed, "resumed");
        for (adapter, address) in addresses {
            let about = NetworkRef { interface: Some((*adapter).into()), ..NetworkRef::default() };
            let claim = NetworkClaim::Address { address: (*address).into(), prefix: Some(16) };
            b.fact(None, "N1", Claim::Network(about, claim), &format!("IPAddress : {address}"));
        }
        b
    }

    fn counts(b: Build) -> (usize, usize) {
        let out = check(&b.done().0);
        (out.findings.len(), out.not_judged.len())
    }

    const GOOD: (&str, &str) = ("NIC 1", "10.4.0.1");
    const STRAY: (&str, &str) = ("NIC 3", "169.254.7.9");

    #[test]
    fn found() {
        let out = check(&base(61, &[GOOD, STRAY]).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.from, f.span.to), (Verdict::Fault, Some(at(61)), Some(at(65))));
        for part in ["169.254.7.9 on NIC 3", "c00000be", "given up", "after 4 min"] {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
    }

    #[test]
    fn not_found() {
        assert_eq!(counts(base(61, &[GOOD])), (0, 0));
        assert_eq!(counts(base(61, &[GOOD, STRAY, ("NIC 1", "fe80::1")])), (0, 0), "IPv6 is on");
        let hidden = ("Local Area Connection* 2", "169.254.1.5");
        assert_eq!(counts(base(61, &[GOOD, hidden])), (0, 0), "the cluster's own adapter");
        assert_eq!(counts(base(200, &[GOOD, STRAY])), (0, 0), "long after the start");
    }

    #[test]
    fn could_not_tell() {
        assert_eq!(counts(base(61, &[])), (0, 1));
    }
}
