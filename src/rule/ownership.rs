//! Who owns the volumes, by count: one node owns most of them, or the cluster has just evened that out.
//!
//! Neither redirects anything. Where volumes are redirected, all of it ends at the node that owns them; while an owner
//! changes, the volume pauses for a moment. What the engine writes of a balancing move is not published: it is told by
//! its effect and by the want of a request.

use std::collections::{BTreeMap, BTreeSet};

use super::support::departure::{departures, plus};
use super::support::disk::Owners;
use super::support::{Episode, say};
use super::{Judgement, Rule};
use crate::case::{Case, Piece, RouteKind};
use crate::detour::{Apart, Sum, Window};
use crate::fact::{
    Certainty, Channel, Claim, ClusterClaim, FactId, GroupClaim, Instant, MoveKind, Name, Role, Span,
};
use crate::finding::{Finding, NotJudged, Subjects, Verdict};
use crate::words;

const ID: &str = "ownership";
const MINUTE: i64 = 60_000_000_000;
/// From so many volumes on it is told that one node owns them; the bound is ours.
const MANY: usize = 4;
/// Moves of one balancing lie no further apart than this; the bound is ours.
const GAP: i64 = 5 * MINUTE;
/// Requests are looked for this long before and after.
const AROUND: i64 = MINUTE / 2;
/// Windows Server 2012 R2 spreads the volumes over the nodes; 2019 switches that off with Storage Spaces Direct.
const BALANCES: u32 = 9600;
const NOT_WITH_SPACES_DIRECT: u32 = 17763;
const COLLECT: &str = "Get-Cluster | Export-Clixml -Depth 4 cluster.xml";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "One node owns most volumes, or the cluster evened that out",
    meaning: "The owner of a volume serves its metadata, and whatever is redirected, so a node that owns most volumes serves \
              most of that traffic. Since Windows Server 2012 R2 the cluster spreads the volumes by count when nodes join, \
              restart or fail; the property CsvBalancer says whether it does, and since 2019 enabling Storage Spaces Direct \
              switches it off.",
    versions: "Windows Server 2012 R2 and later for the balancing; a skew can be in all versions",
    verdicts: &[Verdict::Configuration, Verdict::ByDesign, Verdict::NotRedirection],
    explains: &[],
    needs: &[
        "the owners of the volumes (Get-ClusterSharedVolume)",
        "CsvBalancer and S2DEnabled of the cluster (Get-Cluster)",
        "for a balancing: the cluster logs of all nodes over that time, which would hold a request to move",
    ],
    against: &[
        "a request to move the volumes, a drain of their owner, or its failure: then see placement and node-down",
    ],
    next_steps: &[
        "Is balancing on? Get-Cluster | Format-List CsvBalancer, S2DEnabled",
        "Spread the volumes by hand, or give each the node where most of its VMs run: Move-ClusterSharedVolume -Name <volume> \
         -Node <node>. throughline what-if --best-owners proposes the owners.",
    ],
    sources: &[
        "learn.microsoft.com, windows-server/failover-clustering/failover-cluster-csvs: ownership is distributed evenly and \
         rebalanced when nodes fail over, join, are added or restarted",
        "github.com/microsoft/diskspd, issue 160: since Server 2019 CsvBalancer is switched off when Storage Spaces Direct is \
         enabled, because the read cache of a moved volume has to be built anew",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let balancer = Balancer::of(case);
    skew(case, &balancer, &mut out);
    evened(case, &balancer, &mut out);
    out
}

/// The property `CsvBalancer`, where all sources agree.
struct Balancer {
    value: Option<u32>,
    facts: Vec<FactId>,
}

impl Balancer {
    fn of(case: &Case) -> Self {
        let mut values = BTreeSet::new();
        let mut facts = Vec::new();
        for (fact, placed) in case.facts() {
            if let Claim::Cluster(ClusterClaim::CsvBalancer(value)) = placed.fact.claim {
                values.insert(value);
                facts.push(fact);
            }
        }
        facts.truncate(2);
        let value = values.first().copied().filter(|_| values.len() == 1);
        Self { value, facts }
    }
}

fn not_down(case: &Case) -> BTreeSet<&Name> {
    let up = |n: &&crate::case::NodeStory| n.up.pieces.last().is_none_or(|p| p.value != Some(false));
    case.nodes.iter().filter(up).filter_map(|n| n.name.as_ref()).collect()
}

/// One node owns most volumes at the end of the evidence.
fn skew(case: &Case, balancer: &Balancer, out: &mut Judgement) {
    let last = |at: usize| {
        let piece = case.volumes[at].coordinator.pieces.last()?;
        Some((piece, piece.value.as_ref()?))
    };
    let nodes = not_down(case);
    let mut owned: BTreeMap<&Name, Vec<(usize, &Piece<Name>)>> =
        nodes.iter().map(|node| (*node, Vec::new())).collect();
    for (volume, (piece, owner)) in (0..case.volumes.len()).filter_map(|at| Some((at, last(at)?))) {
        owned.entry(owner).or_default().push((volume, piece));
    }
    let total: usize = owned.values().map(Vec::len).sum();
    let Some((most, its)) = owned.iter().max_by_key(|(_, volumes)| volumes.len()) else { return };
    let (count, many) = (its.len(), owned.len());
    if count < MANY || count * 2 < total || count * many < total * 2 {
        return;
    }
    // Only nodes that may own them can take some over.
    let owners = Owners::of(case);
    let able = |node: &Name, volume: usize| owners.excluding(volume, node).is_none();
    let others: Vec<&Name> = owned.keys().copied().filter(|node| node != most).collect();
    if !others.iter().any(|node| its.iter().any(|(volume, _)| able(node, *volume))) {
        return;
    }
    let build = case.os_build();
    let spaces_direct = case.cluster.spaces_direct.value;
    let (verdict, why, short) = match (balancer.value, spaces_direct, build) {
        (Some(0), Some(true), Some(NOT_WITH_SPACES_DIRECT..)) => (
            Verdict::ByDesign,
            "CsvBalancer is 0, as Windows Server 2019 and later set it where Storage Spaces Direct is enabled: a volume that \
             moves loses its read cache. So nothing evens this out by itself.",
            ", and nothing evens that out (CsvBalancer 0, by design with Storage Spaces Direct)",
        ),
        (Some(0), Some(_), Some(_)) => (
            Verdict::Configuration,
            "CsvBalancer is 0 on this cluster, which is not its default here: balancing was switched off, so nothing evens \
             this out by itself.",
            ", and balancing is switched off (CsvBalancer 0)",
        ),
        (Some(1..), ..) => (
            Verdict::NotRedirection,
            "CsvBalancer is on: the cluster spreads the volumes when a node joins, restarts or fails, and not in between.",
            "",
        ),
        (None, _, Some(build)) if build < BALANCES => (
            Verdict::NotRedirection,
            "This version of Windows does not spread volumes by itself: that came with 2012 R2.",
            "",
        ),
        _ => {
            out.not_judged.push(NotJudged {
                rule: ID,
                missing: format!(
                    "CsvBalancer and S2DEnabled of the cluster, and its version: {most} owns {count} of {}, and they say \
                     whether the cluster evens that out",
                    words::count(total, "volume")
                ),
                collect: COLLECT.into(),
            });
            return;
        }
    };
    let from = its.iter().map(|(_, piece)| piece.span.from).max().flatten();
    let certainty = Case::weakest(its.iter().map(|(_, piece)| piece.span.certainty)).min(Certainty::Derived);
    let span = Span { from, to: None, certainty, evidence: Vec::new() };
    let mut episode = Episode::told((*most).clone(), span);
    balancer.facts.iter().for_each(|fact| episode.cite(*fact, Role::Supports));
    for cited in its.iter().take(6).filter_map(|(_, piece)| piece.span.evidence.first()) {
        episode.cite(cited.fact, Role::Supports);
    }
    if verdict == Verdict::ByDesign {
        case.cluster.spaces_direct.evidence.iter().take(1).for_each(|c| episode.cite(c.fact, Role::Supports));
    }
    let all =
        if count == total { format!("all {count} volumes") } else { format!("{count} of {total} volumes") };
    let apart = Window::of_case(case)
        .and_then(|window| window.cut(&episode.span))
        .and_then(|window| Apart::of(case, window).words());
    let claim = format!(
        "{most} owned {all} {}; spread evenly over {} each would own {} at most. Their metadata, and whatever of them is \
         redirected, goes to this one node. {why} {}",
        words::when(&episode.span, case.from, case.to),
        words::count(many, "node"),
        total.div_ceil(many),
        apart.map(|said| format!("In that time {said}.")).unwrap_or_default(),
    );
    let moves = spread(case, &owned, most, &able);
    let prose = match verdict {
        Verdict::Configuration => {
            "To spread the volumes now; (Get-Cluster).CsvBalancer = 1 lets the cluster do it:"
        }
        _ => "Nothing is broken. If that node is too busy, spread the volumes by hand:",
    };
    out.findings.push(Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{most} owns {all}{short}"),
        verdict,
        claim: claim.trim_end().to_owned(),
        subjects: Subjects {
            volumes: its.iter().map(|(volume, _)| *volume).collect(),
            vms: Vec::new(),
            nodes: vec![(*most).clone()],
        },
        next_steps: vec![
            say::step(prose, &moves),
            say::step(
                "Which owner suits each volume best by what its VMs move, and what that saves:",
                &["throughline what-if --best-owners <this bundle>".into()],
            ),
        ],
        span: episode.span,
    });
}

/// Commands that even the owners out, a few of them.
fn spread(
    case: &Case,
    owned: &BTreeMap<&Name, Vec<(usize, &Piece<Name>)>>,
    most: &Name,
    able: &dyn Fn(&Name, usize) -> bool,
) -> Vec<String> {
    /// As many as a reader takes in.
    const SHOWN: usize = 3;
    let mut counts: BTreeMap<&Name, usize> = owned.iter().map(|(node, all)| (*node, all.len())).collect();
    let mut out = Vec::new();
    for (volume, _) in owned.get(most).into_iter().flatten() {
        let has = counts.get(most).copied().unwrap_or_default();
        let least =
            counts.iter().filter(|(node, _)| **node != most && able(node, *volume)).min_by_key(|(_, n)| **n);
        let Some((to, _)) = least.map(|(node, n)| (*node, *n)).filter(|(_, n)| n + 1 < has) else { continue };
        *counts.entry(to).or_default() += 1;
        *counts.entry(most).or_default() -= 1;
        if out.len() < SHOWN {
            let name = say::resource(&case.volumes[*volume]);
            out.push(format!("Move-ClusterSharedVolume -Name {name} -Node {}", words::powershell(to)));
        }
    }
    out
}

/// A volume changed hands.
struct Change<'a> {
    volume: usize,
    at: Instant,
    from: &'a Name,
    to: &'a Name,
    before: &'a Piece<Name>,
    after: &'a Piece<Name>,
}

/// The cluster evened out the owners: volumes went one after the other from the node with most to one with fewest, until
/// all own alike, and nobody asked for it.
fn evened(case: &Case, balancer: &Balancer, out: &mut Judgement) {
    if balancer.value == Some(0) || case.os_build().is_none_or(|build| build < BALANCES) {
        return;
    }
    let mut changes: Vec<Change<'_>> = Vec::new();
    for (volume, story) in case.volumes.iter().enumerate() {
        let sure = |p: &&Piece<Name>| p.value.is_some() && p.span.certainty > Certainty::Assumed;
        let known: Vec<&Piece<Name>> = story.coordinator.pieces.iter().filter(sure).collect();
        for pair in known.windows(2) {
            let [before, after] = [pair[0], pair[1]];
            let (Some(left), Some(at)) = (before.span.to, after.span.from) else { continue };
            let (Some(from), Some(to)) = (&before.value, &after.value) else { continue };
            if from != to && at.0.saturating_sub(left.0) <= MINUTE {
                changes.push(Change { volume, at, from, to, before, after });
            }
        }
    }
    changes.sort_by_key(|change| (change.at, change.volume));
    let runs = changes.chunk_by(|a, b| b.at.0.saturating_sub(a.at.0) <= GAP);
    let mut open = Vec::new();
    for run in runs.filter(|run| run.len() > 1) {
        let Some(counts) = evens(case, run) else { continue };
        let (first, last) = (run[0].at, run[run.len() - 1].at);
        let (from, to) = (plus(first, -AROUND), plus(last, AROUND));
        if asked(case, from, to) || left(case, run) {
            continue;
        }
        let edge = |at: Instant| case.from.zip(case.to).map_or(at, |(first, last)| at.max(first).min(last));
        let names = case.nodes.iter().filter_map(|n| n.name.as_ref());
        let silent: Vec<&Name> =
            names.filter(|n| !case.covers(n, &Channel::ClusterEngine, edge(from), edge(to))).collect();
        match (balancer.value, silent.is_empty()) {
            (Some(_), true) => out.findings.push(balanced(case, run, &counts, balancer)),
            _ => open.extend(run.iter().map(|change| change.volume)),
        }
    }
    if !open.is_empty() {
        let volumes: BTreeSet<usize> = open.into_iter().collect();
        out.not_judged.push(NotJudged {
            rule: ID,
            missing: format!(
                "CsvBalancer of the cluster, and the cluster log of every node at that time: the owners of {} became even, \
                 and these tell whether the cluster did that or somebody asked for it",
                words::list(volumes.iter().map(|&volume| case.volumes[volume].label()), 4)
            ),
            collect: format!("{COLLECT}\nGet-ClusterLog -UseLocalTime:$false -Destination ."),
        });
    }
}

/// How many volumes each node owned afterwards, where each move was from a fuller node to one emptier by two, and
/// afterwards no node owned more than one more than another.
fn evens<'a>(case: &'a Case, run: &[Change<'a>]) -> Option<BTreeMap<&'a Name, usize>> {
    let before = plus(run.first()?.at, -2 * MINUTE);
    let mut counts: BTreeMap<&Name, usize> = not_down(case).into_iter().map(|node| (node, 0)).collect();
    for (volume, story) in case.volumes.iter().enumerate() {
        // What moves is counted where it was; its owner may be unknown for a moment before.
        let moving = run.iter().find(|change| change.volume == volume).map(|change| change.from);
        let owner = moving.or_else(|| story.coordinator.piece_at(before)?.value.as_ref())?;
        *counts.entry(owner).or_default() += 1;
    }
    for change in run {
        let (full, empty) = (counts.get(change.from).copied()?, counts.get(change.to).copied()?);
        if full < empty + 2 {
            return None;
        }
        counts.insert(change.from, full - 1);
        counts.insert(change.to, empty + 1);
    }
    let (least, most) = (counts.values().min()?, counts.values().max()?);
    (most - least <= 1).then_some(counts)
}

/// Did somebody ask to move a group other than a VM's, at that time?
fn asked(case: &Case, from: Instant, to: Instant) -> bool {
    let roles: BTreeSet<&Name> = case.vms.iter().filter_map(|vm| vm.group.as_ref()).collect();
    case.facts().any(|(_, placed)| {
        let at = placed.moment.is_some_and(|m| {
            let (early, late) = (m.at.0.saturating_sub(m.spread), m.at.0.saturating_add(m.spread));
            late >= from.0 && early <= to.0
        });
        at && match &placed.fact.claim {
            Claim::Group(
                group,
                GroupClaim::MoveRequested { .. } | GroupClaim::Moving { kind: MoveKind::Manual, .. },
            ) => group.name.as_ref().is_none_or(|name| !roles.contains(name)),
            _ => false,
        }
    })
}

/// Did a former owner go just then?
fn left(case: &Case, run: &[Change<'_>]) -> bool {
    let gone = departures(case);
    let near = |change: &Change<'_>| {
        let near = |d: &&crate::rule::support::departure::Departure<'_>| {
            d.node == change.from && d.at.0.abs_diff(change.at.0) <= GAP.unsigned_abs()
        };
        gone.iter().any(|d| near(&d))
    };
    run.iter().any(near)
}

fn balanced(
    case: &Case,
    run: &[Change<'_>],
    counts: &BTreeMap<&Name, usize>,
    balancer: &Balancer,
) -> Finding {
    let (first, last) = (run[0].at, run[run.len() - 1].at);
    let certainty = run.iter().flat_map(|c| [c.before.span.certainty, c.after.span.certainty]);
    let span = Span {
        from: Some(first),
        to: Some(plus(last, 1)),
        certainty: Case::weakest(certainty).min(Certainty::Derived),
        evidence: Vec::new(),
    };
    let nodes: BTreeSet<&Name> = run.iter().flat_map(|change| [change.from, change.to]).collect();
    let mut episode = Episode::told(run[0].from.clone(), span);
    balancer.facts.iter().for_each(|fact| episode.cite(*fact, Role::Supports));
    for cited in run.iter().take(6).filter_map(|change| change.after.span.evidence.first()) {
        episode.cite(cited.fact, Role::Opens);
    }
    let volumes: BTreeSet<usize> = run.iter().map(|change| change.volume).collect();
    let window = Window { from: plus(first, -AROUND), to: plus(last, AROUND) };
    let around = Span {
        from: Some(window.from),
        to: Some(window.to),
        certainty: Certainty::Unknown,
        evidence: Vec::new(),
    };
    let routes = volumes.iter().flat_map(|&volume| case.routes_during(volume, &around));
    let held = Sum::of(routes.filter(|r| r.route == RouteKind::Held), window);
    let waited = match held.vms.is_empty() {
        true => String::new(),
        false => format!(
            " While an owner changes the volume pauses: the I/O of {} waited {} in all.",
            words::count(held.vms.len(), "VM"),
            words::length(held.nanos())
        ),
    };
    let labels = words::list(volumes.iter().map(|&volume| case.volumes[volume].label()), 4);
    let now = words::list(counts.iter().map(|(node, count)| format!("{node} {count}")), 8);
    let claim = format!(
        "{labels} changed hands from {} to {}, each from a node with more volumes to one with fewer, until the owners were \
         even ({now}). No log holds a request to move them, and CsvBalancer is on: the cluster does this by itself after a node \
         joins or restarts, and after a failover.{waited}",
        words::instant(first),
        words::instant(last),
    );
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!(
            "The cluster evened out the owners of its volumes: {} moved",
            words::count(volumes.len(), "volume")
        ),
        verdict: Verdict::NotRedirection,
        claim,
        subjects: Subjects {
            volumes: volumes.into_iter().collect(),
            vms: held.vms.into_iter().collect(),
            nodes: nodes.into_iter().cloned().collect(),
        },
        next_steps: vec![say::step(
            "Nothing is broken and nothing needs repair. Whether the cluster goes on doing so is shown by:",
            &["Get-Cluster | Format-List CsvBalancer, S2DEnabled".into()],
        )],
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::{Covered, Settled};
    use crate::fact::{
        Certainty, Channel, Claim, ClusterClaim, FileSystem, GroupClaim, GroupRef, InputId, MoveKind,
        StorageKind,
    };
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};
    use crate::rule::Judgement;

    /// Owners of volumes: first, and from a minute on.
    fn base(build: u32, owners: &[(&str, Option<(i64, &str)>)]) -> Build {
        let mut b = Build::new(600);
        for node in ["N1", "N2", "N3"] {
            b.node(node, build);
            let (from, to) = (at(0), at(600));
            let channel = Channel::ClusterEngine;
            b.case.covered.push(Covered { input: InputId(0), node: node.into(), channel, from, to });
        }
        for (first, then) in owners {
            let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
            match then {
                None => b.owner(v, -1, 601, Some(first)),
                Some((minute, next)) => {
                    b.owner(v, -1, *minute, Some(first)).owner(v, *minute, 601, Some(next))
                }
            };
        }
        b
    }

    fn balancer(b: &mut Build, value: u32, spaces_direct: Option<bool>) {
        let claim = Claim::Cluster(ClusterClaim::CsvBalancer(value));
        b.fact(None, "N1", claim, &format!("CsvBalancer : {value}"));
        b.case.cluster.spaces_direct =
            Settled { value: spaces_direct, certainty: Certainty::Observed, evidence: Vec::new() };
    }

    fn judged(b: Build) -> Judgement {
        check(&b.done().0)
    }

    const SKEWED: &[(&str, Option<(i64, &str)>)] = &[("N1", None), ("N1", None), ("N1", None), ("N1", None)];
    /// N1 owns six, and gives four away within two minutes.
    const EVENED: &[(&str, Option<(i64, &str)>)] = &[
        ("N1", Some((60, "N2"))),
        ("N1", Some((60, "N3"))),
        ("N1", Some((61, "N2"))),
        ("N1", Some((62, "N3"))),
        ("N1", None),
        ("N1", None),
    ];

    #[test]
    fn found_where_one_node_owns_all() {
        let check = |build: u32, value: u32, spaces_direct: Option<bool>, expect: Verdict, word: &str| {
            let mut b = base(build, SKEWED);
            balancer(&mut b, value, spaces_direct);
            let out = judged(b);
            assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "{build} {value}");
            let f = &out.findings[0];
            assert_eq!(f.verdict, expect, "{build} {value} {spaces_direct:?}");
            assert!(f.claim.contains("owned all 4 volumes") && f.claim.contains(word), "{}", f.claim);
            assert!(f.claim.contains("each would own 2 at most"), "{}", f.claim);
            assert!(f.next_steps[0].contains("Move-ClusterSharedVolume -Name 'Cluster Disk 1' -Node 'N2'"));
            assert!(!f.span.evidence.is_empty());
        };
        check(17763, 0, Some(true), Verdict::ByDesign, "loses its read cache");
        check(17763, 0, Some(false), Verdict::Configuration, "switched off");
        check(14393, 0, Some(true), Verdict::Configuration, "switched off");
        check(17763, 1, None, Verdict::NotRedirection, "not in between");
    }

    #[test]
    fn found_where_the_cluster_evened_the_owners_out() {
        let mut b = base(14393, EVENED);
        balancer(&mut b, 1, Some(false));
        let out = judged(b);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.subjects.volumes.as_slice()), (Verdict::NotRedirection, &[0, 1, 2, 3][..]));
        assert!(f.claim.contains("(N1 2, N2 2 and N3 2)"), "{}", f.claim);
    }

    #[test]
    fn not_found_where_owners_are_even_or_a_move_was_asked_for_or_made_it_no_better() {
        let even = &[("N1", None), ("N2", None), ("N3", None), ("N1", None)];
        let mut b = base(17763, even);
        balancer(&mut b, 1, Some(false));
        assert_eq!(judged(b), Judgement::default());
        let mut b = base(14393, EVENED);
        balancer(&mut b, 1, Some(false));
        let claim = GroupClaim::MoveRequested { to: Some("2".into()), kind: MoveKind::Manual };
        b.fact(Some(60), "N1", Claim::Group(GroupRef::named("some group"), claim), "RcmApi::MoveGroup");
        assert_eq!(judged(b), Judgement::default());
        // From even to skewed.
        let worse =
            &[("N1", None), ("N2", Some((60, "N1"))), ("N3", Some((61, "N2"))), ("N1", None), ("N1", None)];
        let mut b = base(14393, worse);
        balancer(&mut b, 1, Some(false));
        assert_eq!(judged(b).findings.len(), 1, "the skew that came of it");
        let mut b = base(14393, EVENED);
        balancer(&mut b, 0, Some(true));
        assert_eq!(judged(b), Judgement::default(), "it does not balance");
    }

    #[test]
    fn could_not_tell_without_the_property_or_the_logs() {
        let out = judged(base(17763, SKEWED));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert_eq!(out.not_judged[0].collect, "Get-Cluster | Export-Clixml -Depth 4 cluster.xml");
        let mut b = base(14393, EVENED);
        balancer(&mut b, 1, Some(false));
        b.without_logs("N2");
        let out = judged(b);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].collect.contains("Get-ClusterLog"));
    }
}
