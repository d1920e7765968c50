//! A node was isolated, and perhaps removed and quarantined: what became of its volumes and VMs meanwhile.
//!
//! Since Windows Server 2016 a node that loses its connections is isolated for a while before it is removed, and one that
//! does so too often is kept out (quarantined). Found by events 1673 (with one field), 1672, 1675 and 1676, or by the
//! engine's line. The rule does not know why the connections failed.

use super::support::departure::{self, Statement, Told, plus};
use super::support::{self, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Channel, Instant, Name, Role, Span};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "node-quarantine";
/// An hour, nanoseconds: what is told of one node within it belongs together.
const TOGETHER: i64 = 3_600_000_000_000;
/// The first build that isolates nodes (Windows Server 2016).
const SINCE: u32 = 14393;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A node was isolated or quarantined",
    meaning: "A node lost its connections to the cluster: it was isolated, and if that lasted or came again, removed and \
              kept out for a time. Volumes that it owned wait until another node takes them over; its VMs run on \
              unwatched while it is isolated and start elsewhere once it is removed.",
    versions: "Windows Server 2016 and later",
    verdicts: &[Verdict::Fault, Verdict::Temporary],
    explains: &[Effect::Pause],
    needs: &["events 1673 (one field), 1672, 1675 or 1676 of the System log, or the cluster log"],
    against: &["event 1673 with five fields: a resource moved between groups"],
    next_steps: &[
        "Find why the node lost its connections: events 1126, 1127, 1129 and 1135 around it, drivers and switches.",
        "When that is repaired, let it join at once: Start-ClusterNode -ClearQuarantine.",
    ],
    sources: &[
        "message tables of Windows Server 2019 (events 1672, 1673, 1675, 1676, 1680)",
        "learn.microsoft.com, FailoverClusters module: Start-ClusterNode -ClearQuarantine",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    if case.os_build().is_some_and(|build| build < SINCE) {
        return out;
    }
    let told = departure::told(case);
    let (departures, signs) = (departure::departures(case), departure::Signs::of(case));
    for (&node, all) in &told {
        let mut current: Vec<&Statement> = Vec::new();
        for said in all.iter().filter(|(_, told, _)| matches!(told, Told::Isolated(_) | Told::Quarantined)) {
            if current.first().is_some_and(|first| said.0 > plus(first.0, TOGETHER)) {
                out.findings.extend(finding(case, &signs, node, &current, &departures));
                current.clear();
            }
            current.push(said);
        }
        out.findings.extend(finding(case, &signs, node, &current, &departures));
    }
    let watched = support::somewhere(case, &Channel::System);
    if !watched && out.findings.is_empty() {
        out.not_judged.extend(say::not_judged(
            ID,
            &["any node".to_owned()],
            |node| format!("the System log of {node} that reaches over the time: events 1672 and 1673 tell of isolation and quarantine"),
            say::COLLECT_SYSTEM,
        ));
    }
    out
}

fn finding(
    case: &Case,
    signs: &departure::Signs<'_>,
    node: &Name,
    said: &[&Statement],
    departures: &[departure::Departure<'_>],
) -> Option<Finding> {
    let begun = said.iter().find(|(_, told, _)| *told != Told::Isolated(false))?;
    let (first, last) = (begun.0, said.last()?.0);
    let isolated = said.iter().find(|(_, told, _)| *told == Told::Isolated(true));
    let quarantined = said.iter().find(|(_, told, _)| *told == Told::Quarantined);
    let ended = said.iter().rev().find(|(_, told, _)| *told == Told::Isolated(false));
    let left =
        departures.iter().find(|d| d.node == node && d.at >= first && d.at <= plus(last, TOGETHER / 6));
    let at = left.map_or(first, |left| left.at);
    let after = departure::aftermath(case, signs, node, at);
    let mut parts: Vec<String> = Vec::new();
    if let Some((at, ..)) = isolated {
        parts.push(format!("was isolated at {}", words::instant(*at)));
    }
    if let Some(left) = left {
        parts.push(format!("was removed at {}", words::instant(left.at)));
    }
    if let Some((at, ..)) = quarantined {
        parts.push(format!("was quarantined at {}", words::instant(*at)));
    }
    let back = match left {
        Some(left) => left.back,
        None => ended.map(|(at, ..)| *at),
    };
    let mut claim = format!("{node} {}.", words::list(&parts, 4));
    claim.push_str(&match back {
        Some(back) => format!(" It was back at {}.", words::instant(back)),
        None => " That it came back was not read.".to_owned(),
    });
    let passed = left.is_none() && quarantined.is_none();
    claim.push_str(&match passed {
        true => " It was not removed: its volumes stayed its own, and its VMs ran on unwatched meanwhile."
            .to_owned(),
        false => after.words(case),
    });
    claim.push_str(" Why it lost its connections is not told by these events.");
    let facts = said.iter().map(|(_, told, fact)| match told {
        Told::Isolated(false) => (*fact, Role::Closes),
        _ => (*fact, Role::Opens),
    });
    let facts: Vec<_> = facts.take(8).chain(left.iter().flat_map(|l| l.facts.iter().copied())).collect();
    let facts = facts.into_iter().chain(after.facts.iter().copied().filter(|_| !passed));
    let until = after.to.filter(|_| !passed).into_iter().chain(back).max().unwrap_or(plus(last, 1));
    let mut nodes: Vec<Name> = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
    nodes.sort();
    Some(Finding {
        rule: ID,
        title: match (quarantined.is_some(), left.is_some()) {
            (true, _) => format!("{node} was quarantined"),
            (false, true) => format!("{node} was isolated and removed"),
            (false, false) => format!("{node} was isolated for a while"),
        },
        verdict: if passed { Verdict::Temporary } else { Verdict::Fault },
        claim,
        subjects: Subjects {
            volumes: after.volumes.iter().filter(|_| !passed).map(|(at, _)| *at).collect(),
            vms: Vec::new(),
            nodes,
        },
        next_steps: vec![
            say::step(
                "Find why the node lost its connections.",
                &[say::find_event(1127), say::find_event(1129), say::find_event(1135)],
            ),
            say::step(
                "When that is repaired, let it join at once.",
                &[format!("Start-ClusterNode -Name {} -ClearQuarantine", words::powershell(node))],
            ),
        ],
        explains: RULE.explains,
        span: Span {
            from: Some(Instant(first.0.min(after.from.map_or(i64::MAX, |from| from.0)))),
            to: Some(until),
            certainty: Certainty::Derived,
            evidence: crate::case::evidence_of(facts),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Claim, FileSystem, NodeClaim, NodeRef, StorageKind};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn base(claims: &[(i64, NodeClaim)]) -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 101, Some("N1")).owner(v, 101, 601, Some("N2"));
        for (minute, claim) in claims {
            let claim = Claim::Node(NodeRef::named("N1"), claim.clone());
            b.fact(Some(*minute), "N2", claim, "has entered the isolated state");
        }
        b
    }

    #[test]
    fn found_with_what_became_of_its_volumes() {
        let claims = [
            (100, NodeClaim::Isolated { on: true }),
            (101, NodeClaim::Removed),
            (102, NodeClaim::Quarantined),
            (160, NodeClaim::Joined),
        ];
        let out = check(&base(&claims).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.from, f.span.to), (Verdict::Fault, Some(at(100)), Some(at(160))));
        for part in ["isolated at", "removed at", "quarantined at", "Volume1 (taken over by N2", "back at"] {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
    }

    #[test]
    fn found_and_passed() {
        let claims = [(100, NodeClaim::Isolated { on: true }), (102, NodeClaim::Isolated { on: false })];
        let out = check(&base(&claims).done().0);
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.to, f.subjects.volumes.len()), (Verdict::Temporary, Some(at(102)), 0));
        assert!(f.claim.contains("not removed"), "{}", f.claim);
    }

    #[test]
    fn not_found() {
        let out = check(&base(&[(100, NodeClaim::Removed)]).done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let mut b = Build::new(600);
        b.node("N1", 9600).without_logs("N1");
        assert_eq!(check(&b.done().0).not_judged.len(), 0, "no such thing before 2016");
    }

    #[test]
    fn could_not_tell() {
        let mut b = Build::new(600);
        b.node("N1", 17763).without_logs("N1");
        assert_eq!(check(&b.done().0).not_judged.len(), 1);
    }
}
