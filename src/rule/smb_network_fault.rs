//! The network to a coordinator failed: a volume paused on other nodes with a status of the network.
//!
//! Left to other rules: pauses beside the departure of the owner or of the node itself (on Storage Spaces Direct of any
//! node), a move of the volume, a disk that the owner lost, a stray address at a node's start. Snapshots have statuses of
//! their own. The rule does not know what in the network failed.

use std::collections::BTreeSet;

use super::support::departure::{self, Departure, plus};
use super::support::network::Networks;
use super::support::network_pause as pause;
use super::support::pauses::NodePause;
use super::support::{self, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{
    Certainty, Channel, Claim, FactId, Instant, Name, NetworkClaim, PauseKind, Role, Span, VolumeClaim,
};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "smb-network-fault";
/// Two minutes, nanoseconds.
const NEAR: i64 = support::NEAR as i64;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "The network to a coordinator failed: a volume paused",
    meaning: "A node lost its SMB connection to the node that owned the volume, and held the volume's I/O until it was \
              back or gave the volume up. This is a pause and no redirection; look at the network between the two nodes.",
    versions: "Windows Server 2012 and later",
    verdicts: &[Verdict::Fault, Verdict::Undetermined],
    explains: &[Effect::Pause],
    needs: &[
        "event 5120 (System log) or CsvFs 9296 with a status of the network (c000020c, c00000be, c0000203, ...)",
        "who owned the volume then",
        "event 5122 or the states of CSVFS: how long it lasted; 5142 (1460): the node gave the volume up",
    ],
    against: &[
        "the owner, or the node itself, left the cluster then",
        "the volume moved then, or its owner lost its disk",
    ],
    next_steps: &[
        "Read the events of the networks around it: 1126, 1127, 1129, 1130 and SMBClient 30803 to 30809.",
        "Check adapters, drivers and switches between the two nodes, and that NTLM and SMB are allowed between them.",
    ],
    sources: &[
        "techcommunity.microsoft.com, failover-clustering 371994: statuses that pause a volume (event 5120)",
        "message tables of Windows Server 2012 to 2019 (events 5120, 5122, 5142)",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let pauses = pause::network_pauses(case);
    let departures = departure::departures(case);
    let (networks, statements) = (Networks::of(case), departure::told(case));
    let strange = |p: &NodePause<'_>| {
        pause::is_over_stray_address(p)
            && pause::started(&statements, p).is_some()
            && !pause::stray(&networks, p.node).is_empty()
    };
    let gone = disks_gone(case);
    let mut groups: Vec<(Option<&Name>, Vec<&NodePause<'_>>)> = Vec::new();
    for pause in &pauses {
        let owner = pause::owner_before(case, pause);
        let own = owner == Some(pause.node);
        if own || strange(pause) || is_explained(case, pause, owner, &departures, &gone) {
            continue;
        }
        // Pauses of one volume at one time are one.
        let home = groups.last_mut().filter(|(of, group)| {
            let last = group.last().map(|p| (p.volume, p.at));
            *of == owner
                && last.is_some_and(|(volume, at)| volume == pause.volume && pause.at <= plus(at, NEAR))
        });
        match home {
            Some((_, group)) => group.push(pause),
            None => groups.push((owner, vec![pause])),
        }
    }
    out.findings.extend(groups.iter().map(|(owner, group)| finding(case, *owner, group)));
    let silent: Vec<String> = case
        .nodes
        .iter()
        .filter_map(|n| n.name.as_ref())
        .filter(|name| {
            !support::has_channel(case, name, &Channel::System)
                && !support::has_channel(case, name, &Channel::CsvFsOperational)
        })
        .map(ToString::to_string)
        .collect();
    if case.os_build().is_none_or(|build| build >= 9200) {
        out.not_judged.extend(say::not_judged(
            ID,
            &silent,
            |nodes| format!("the System log of {nodes}: event 5120 tells of pauses"),
            say::COLLECT_SYSTEM,
        ));
    }
    out
}

/// Volumes, and when a node said that the disk was gone: the rule `owner-lost-storage` tells of them.
fn disks_gone(case: &Case) -> Vec<(usize, Instant)> {
    const GONE: [u32; 3] = [0xc000_000e, 0xc000_009d, 0xc000_00c0];
    let is_gone = |claim: &VolumeClaim| match claim {
        VolumeClaim::AutoPaused { kind: PauseKind::Failure, status, .. } => {
            status.code.is_some_and(|code| GONE.contains(&code))
        }
        VolumeClaim::Failed { .. } => true,
        _ => false,
    };
    let told = support::told(case, is_gone);
    told.iter().filter_map(|told| Some((told.volume, told.at?))).collect()
}

fn is_explained(
    case: &Case,
    pause: &NodePause<'_>,
    owner: Option<&Name>,
    departures: &[Departure<'_>],
    gone: &[(usize, Instant)],
) -> bool {
    let near = |at: Instant| at.0.abs_diff(pause.at.0) <= support::NEAR;
    let bus = case.cluster.spaces_direct.value == Some(true);
    // On Storage Spaces Direct what a restart does to the others may come minutes before or after it.
    let beside = |at: Instant| near(at) || bus && at.0.abs_diff(pause.at.0) <= 5 * support::NEAR;
    let left = departures
        .iter()
        .any(|d| beside(d.at) && (bus || Some(d.node) == owner || d.node == pause.node || owner.is_none()));
    let moved = case.volumes[pause.volume].coordinator.pieces.windows(2).any(|pair| {
        let changed = pair[0].value.is_some() && pair[1].value.is_some() && pair[0].value != pair[1].value;
        let through = pair[0].value.is_some() != pair[1].value.is_some();
        (changed || through) && pair[1].span.from.is_some_and(near)
    });
    left || moved || gone.iter().any(|(volume, at)| *volume == pause.volume && near(*at))
}

fn finding(case: &Case, owner: Option<&Name>, group: &[&NodePause<'_>]) -> Finding {
    let first = group[0];
    let label = case.volumes[first.volume].label();
    let nodes: BTreeSet<&Name> = group.iter().map(|p| p.node).collect();
    let statuses: BTreeSet<String> =
        group.iter().flat_map(|p| &p.statuses).map(|status| status.to_string()).collect();
    let (from, last) = (first.at, group.iter().map(|p| p.at).max().unwrap_or(first.at));
    let ends: Option<Vec<Instant>> = group.iter().map(|p| p.until).collect();
    let until = ends.and_then(|ends| ends.into_iter().max());
    let given_up: BTreeSet<&Name> = group.iter().filter(|p| p.given_up).map(|p| p.node).collect();
    let span_to = until.or_else(|| group.iter().filter_map(|p| p.until).max()).unwrap_or(plus(last, 1));
    let window = (plus(from, -NEAR), plus(span_to, NEAR));
    let beside = network_events(case, window);
    let mut claim = format!(
        "{label} paused on {} at {} with {}, which is a status of the network",
        words::list(&nodes, 6),
        words::instant(from),
        words::list(&statuses, 3)
    );
    claim.push_str(&match until {
        Some(until) => format!("; it went on after {}.", words::length(until.0.saturating_sub(from.0))),
        None => "; when it went on is not known.".to_owned(),
    });
    if !given_up.is_empty() {
        claim.push_str(&format!(" {} gave it up meanwhile (event 5142, 1460).", words::list(&given_up, 4)));
    }
    claim.push_str(&match owner {
        Some(owner) => format!(" {owner} owned it and stayed in the cluster: the way between them failed."),
        None => " Who owned it then is not known, so which way failed cannot be told.".to_owned(),
    });
    let seen: BTreeSet<&str> = beside.iter().map(|(what, _)| what.as_str()).collect();
    claim.push_str(&match seen.is_empty() {
        true => " No event of a cluster network stands around it.".to_owned(),
        false => format!(" Around it: {}.", words::list(&seen, 4)),
    });
    claim.push_str(" Meanwhile its I/O was held, not redirected.");
    let facts = group.iter().flat_map(|p| p.facts.iter().copied().take(4)).take(8);
    let facts = facts.map(|fact| (fact, Role::Opens));
    let facts = facts.chain(beside.iter().take(4).map(|(_, fact)| (*fact, Role::Supports)));
    let about: BTreeSet<Name> = nodes.iter().map(|name| (*name).clone()).collect();
    let other = owner.map_or_else(|| "'<owner>'".to_owned(), words::powershell);
    Finding {
        rule: ID,
        title: match owner {
            Some(owner) => {
                format!("The network from {} to {owner} failed: {label} paused", words::list(&nodes, 3))
            }
            None => format!("{label} paused on {} with a status of the network", words::list(&nodes, 3)),
        },
        verdict: if owner.is_some() { Verdict::Fault } else { Verdict::Undetermined },
        claim,
        subjects: Subjects {
            volumes: vec![first.volume],
            vms: Vec::new(),
            nodes: about.into_iter().collect(),
        },
        next_steps: vec![
            say::step(
                "Read what the cluster said of its networks.",
                &[say::find_event(1126), say::find_event(1127), say::find_event(1129)],
            ),
            say::step(
                format!("On {}: does SMB reach the owner now, and over which way?", first.node),
                &[
                    format!("Test-NetConnection -ComputerName {other} -Port 445"),
                    "Get-SmbMultichannelConnection -SmbInstance CSV".into(),
                ],
            ),
        ],
        explains: RULE.explains,
        span: Span {
            from: Some(from),
            to: Some(span_to),
            certainty: Certainty::Derived,
            evidence: crate::case::evidence_of(facts),
        },
    }
}

/// What was told of the cluster's networks and SMB connections in a stretch, in words.
fn network_events(case: &Case, (from, to): (Instant, Instant)) -> Vec<(String, FactId)> {
    let begin = case.facts.partition_point(|p| p.moment.is_some_and(|m| m.at < from));
    let mut out = Vec::new();
    for (at, placed) in case.facts.iter().enumerate().skip(begin) {
        if placed.moment.is_none_or(|m| m.at > to) {
            break;
        }
        let Claim::Network(about, claim) = &placed.fact.claim else { continue };
        let what = match claim {
            NetworkClaim::State { up: false, event } => {
                let name = about.interface.as_ref().or(about.network.as_ref());
                let name = name.map_or_else(|| "a network".to_owned(), ToString::to_string);
                match event {
                    0 => format!("{name} was down"),
                    event => format!("{name} was down or not reached (event {event})"),
                }
            }
            NetworkClaim::Smb { event, up: false, .. } => {
                format!("SMB connections were lost (event {event})")
            }
            NetworkClaim::HeartbeatsMissed { .. } => "heartbeats were missed".to_owned(),
            _ => continue,
        };
        out.push((what, FactId(at as u32)));
    }
    out
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

    const LOST: &str = "STATUS_CONNECTION_DISCONNECTED(c000020c)";

    /// N2 owns the volume; N1 pauses at minute 60 with the status, and goes on at 63.
    fn base(status: &str) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.event(60, "N1", v, paused(status), "entered a paused state");
        b.event(63, "N1", v, VolumeClaim::Resumed, "resumed");
        (b, v)
    }

    fn counts(b: Build) -> (usize, usize) {
        let out = check(&b.done().0);
        (out.findings.len(), out.not_judged.len())
    }

    #[test]
    fn found() {
        let (mut b, v) = base(LOST);
        b.event(61, "N3", v, paused("(c00000be)"), "entered a paused state");
        b.event(
            62,
            "N3",
            v,
            VolumeClaim::NoAccess { status: NtStatus::parse("(1460)") },
            "no longer accessible",
        );
        b.event(70, "N3", v, VolumeClaim::Resumed, "resumed");
        let about = NetworkRef { network: Some("Storage".into()), ..NetworkRef::default() };
        let down = NetworkClaim::State { up: false, event: 1129 };
        b.fact(Some(60), "N2", Claim::Network(about, down), "is partitioned");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.from, f.span.to), (Verdict::Fault, Some(at(60)), Some(at(70))));
        let parts = [
            "on N1 and N3",
            "c000020c",
            "after 10 min",
            "N3 gave it up",
            "N2 owned it",
            "event 1129",
            "not redirected",
        ];
        for part in parts {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
    }

    #[test]
    fn found_and_undetermined_without_an_owner() {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.event(60, "N1", v, paused(LOST), "entered a paused state");
        let out = check(&b.done().0);
        assert_eq!(out.findings[0].verdict, Verdict::Undetermined);
        assert!(out.findings[0].claim.contains("not known"), "{}", out.findings[0].claim);
    }

    #[test]
    fn not_found_for_what_other_rules_tell() {
        let (b, _) = base("STATUS_DEVICE_NOT_CONNECTED(c000009d)");
        assert_eq!(counts(b), (0, 0), "no status of the network");
        let left = |about: &str| {
            let (mut b, _) = base(LOST);
            let claim = Claim::Node(NodeRef::named(about), NodeClaim::Removed);
            b.fact(Some(61), "N3", claim, "was removed");
            counts(b).0
        };
        assert_eq!((left("N2"), left("N1"), left("N3")), (0, 0, 1), "the owner or the node itself left");
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 61, Some("N2")).owner(v, 61, 601, Some("N1"));
        b.event(60, "N1", v, paused(LOST), "entered a paused state");
        assert_eq!(counts(b), (0, 0), "the volume moved");
        let (mut b, v) = base(LOST);
        b.event(60, "N2", v, paused("STATUS_DEVICE_NOT_CONNECTED(c000009d)"), "entered a paused state");
        assert_eq!(counts(b), (0, 0), "the owner lost its disk");
        let (mut b, v) = base(LOST);
        b.event(200, "N2", v, paused(LOST), "entered a paused state");
        assert_eq!(counts(b).0, 1, "an owner needs no network to its own disk");
    }

    #[test]
    fn could_not_tell() {
        let mut b = Build::new(600);
        b.node("N1", 17763).without_logs("N1");
        assert_eq!(counts(b), (0, 1));
    }
}
