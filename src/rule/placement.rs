//! VMs away from the owners of their volumes since their node was emptied, as a drain before patching does.
//!
//! That is no redirection: it matters only where something else redirects. Told by the moves of the VMs themselves; what a
//! drain writes of itself is not published. VMs that others took over from a node that failed are no drain.

use std::collections::{BTreeMap, BTreeSet};

use super::support::departure::{Departure, departures, plus};
use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::{Case, Piece, Placement, Route, RouteKind, VmStory};
use crate::detour::{Apart, Sum, Window};
use crate::fact::{
    Certainty, Channel, Claim, FactId, GroupClaim, Instant, MoveKind, Name, Role, Span, VmClaim, VmState,
};
use crate::finding::{Finding, NotJudged, Subjects, Verdict};
use crate::words;

const ID: &str = "placement";
const MINUTE: i64 = 60_000_000_000;
/// Moves of one drain lie no further apart than this; the bound is ours.
const GAP: i64 = 10 * MINUTE;
/// As few VMs as this leave a node for many reasons; the bound is ours.
const FEW: usize = 2;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A node was emptied, and its VMs stand away from the owners of their volumes since",
    meaning: "Draining a node, by hand or for patching, moves its VMs and its volumes to other nodes, each for itself, so \
              that VMs end up on other nodes than their volumes' owners. That redirects nothing: it costs network traffic \
              only where something else redirects the volume.",
    versions: "all Windows Server versions; draining as one step since 2012",
    verdicts: &[Verdict::NotRedirection],
    explains: &[],
    needs: &[
        "the moves of VMs: Hyper-V's own logs or cluster.log, and who owned the volumes",
        "all VMs of one node leave it within minutes by migration, and afterwards run on other nodes than their owners",
    ],
    against: &[
        "the node failed and the others took its VMs over: then see node-down",
        "the VMs stood away from the owners before as well",
    ],
    next_steps: &[
        "Where the volume is direct, do nothing. Where it is redirected, bring VM and owner together: \
         Move-ClusterSharedVolume -Name <volume> -Node <node of its VMs>.",
        "Let roles come back after the next drain: Resume-ClusterNode -Name <node> -Failback Immediate.",
    ],
    sources: &[
        "learn.microsoft.com, windows-server/failover-clustering/failover-cluster-csvs: direct I/O on every node, metadata \
         through the owner",
        "techcommunity.microsoft.com, failover clustering 371713: draining nodes for planned maintenance, resume with failback",
        "with n nodes, placement without regard to owners leaves (n - 1)/n of the VMs away from them: arithmetic",
    ],
    check,
};

/// One VM leaves a node.
struct Leave<'a> {
    vm: usize,
    at: Instant,
    before: &'a Piece<Placement>,
    after: &'a Piece<Placement>,
    /// A migration or a move by request tells of it.
    asked: bool,
}

/// A disk that was on its volume's owner, and was not after its VM had left.
struct Parted<'a> {
    vm: usize,
    volume: usize,
    routes: Vec<&'a Route>,
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let gone = departures(case);
    for (node, mut all) in leaves(case) {
        all.sort_by_key(|leave| (leave.at, leave.vm));
        for drain in all.chunk_by(|a, b| b.at.0.saturating_sub(a.at.0) <= GAP) {
            if is_drain(case, node, drain, &gone) {
                out.findings.extend(finding(case, node, drain));
            }
        }
    }
    out.not_judged.extend(open(case));
    out
}

fn leaves(case: &Case) -> BTreeMap<&Name, Vec<Leave<'_>>> {
    let mut out: BTreeMap<&Name, Vec<Leave<'_>>> = BTreeMap::new();
    for (vm, story) in case.vms.iter().enumerate() {
        let known = |p: &&Piece<Placement>| p.value.is_some() && p.span.certainty > Certainty::Assumed;
        let known: Vec<&Piece<Placement>> = story.placement.pieces.iter().filter(known).collect();
        for pair in known.windows(2) {
            let [before, after] = [pair[0], pair[1]];
            let (Some(left), Some(at)) = (before.span.to, after.span.from) else { continue };
            let (Some(from), Some(to)) = (&before.value, &after.value) else { continue };
            // What happened in a long time that nobody tells of is not known.
            if from.node == to.node || at.0.saturating_sub(left.0) > GAP {
                continue;
            }
            let mut cited = before.span.evidence.iter().chain(&after.span.evidence);
            let asked = cited.any(|cited| is_by_request(&case.fact(cited.fact).fact.claim));
            out.entry(&from.node).or_default().push(Leave { vm, at, before, after, asked });
        }
    }
    out
}

fn is_by_request(claim: &Claim) -> bool {
    match claim {
        Claim::Vm(_, claim) => matches!(
            claim,
            VmClaim::MigrationStarted { .. }
                | VmClaim::MigrationLeft { .. }
                | VmClaim::MigrationArrived { .. }
        ),
        Claim::Group(_, GroupClaim::Moving { kind, .. }) => {
            matches!(kind, MoveKind::Manual | MoveKind::Unsaid)
        }
        _ => false,
    }
}

fn runs_on(piece: Option<&Piece<Placement>>, node: &Name) -> bool {
    let place = piece.and_then(|p| p.value.as_ref()).filter(|place| place.node == *node);
    let rests = |state: &VmState| matches!(state, VmState::Off | VmState::Saved | VmState::Paused);
    place.is_some_and(|place| !place.state.as_ref().is_some_and(rests))
}

/// All that ran on the node left it by request, and the node was not gone.
fn is_drain(case: &Case, node: &Name, drain: &[Leave<'_>], gone: &[Departure<'_>]) -> bool {
    let (Some(first), Some(last)) = (drain.first(), drain.last()) else { return false };
    let vms: BTreeSet<usize> = drain.iter().map(|leave| leave.vm).collect();
    let failed = |d: &&Departure<'_>| d.node == node && d.at >= plus(first.at, -GAP) && d.at <= last.at;
    // A place that is not known just then may be this node.
    let stays = |(vm, story): (usize, &VmStory)| {
        let piece = story.placement.piece_at(last.at);
        match piece.is_some_and(|p| p.value.is_some()) {
            true => runs_on(piece, node),
            false => !vms.contains(&vm) && story.placement.pieces.iter().any(|p| runs_on(Some(p), node)),
        }
    };
    vms.len() >= FEW
        && drain.iter().all(|leave| leave.asked)
        && !gone.iter().any(|d| failed(&d))
        && !case.vms.iter().enumerate().any(stays)
}

/// The disks that the drain parted from their owners.
fn parted<'a>(case: &'a Case, node: &Name, drain: &[Leave<'_>]) -> Vec<Parted<'a>> {
    let first = drain.first().map_or(Instant(0), |leave| leave.at);
    let mut out: Vec<Parted<'a>> = Vec::new();
    for leave in drain {
        let Some(to) = leave.after.value.as_ref().map(|place| &place.node) else { continue };
        // The volumes of the node go first.
        let around = Span {
            from: Some(plus(first, -GAP)),
            to: Some(leave.at),
            certainty: Certainty::Derived,
            evidence: Vec::new(),
        };
        let begin = case.routes.partition_point(|route| route.vm < leave.vm);
        let own = case.routes[begin..].iter().take_while(|route| route.vm == leave.vm);
        let later: Vec<&Route> = own.filter(|r| r.span.to.is_none_or(|end| end > leave.at)).collect();
        for disk in later.chunk_by(|a, b| a.disk == b.disk) {
            let Some(volume) = disk.first().and_then(|route| route.volume) else { continue };
            let mut owners = case.volumes[volume].coordinator.pieces.iter();
            let together =
                owners.any(|p| p.value.as_ref() == Some(node) && support::overlap(&p.span, &around));
            // Until it moves on, or its owner comes to it.
            let stays =
                |route: &&&Route| route.node.as_ref() == Some(to) && route.coordinator.as_ref() != Some(to);
            let routes: Vec<&Route> =
                disk.iter().take_while(stays).copied().filter(|r| r.coordinator.is_some()).collect();
            let long = routes.iter().map(|r| r.span.to.map_or(i64::MAX, |end| end.0 - leave.at.0)).max();
            if together && long.is_some_and(|nanos| nanos > MINUTE) {
                out.push(Parted { vm: leave.vm, volume, routes });
            }
        }
    }
    out
}

fn finding(case: &Case, node: &Name, drain: &[Leave<'_>]) -> Option<Finding> {
    let parted = parted(case, node, drain);
    let (first, last) = (drain.first()?, drain.last()?);
    let routes: Vec<&Route> = parted.iter().flat_map(|p| p.routes.iter().copied()).collect();
    let weakest = Case::weakest(routes.iter().map(|route| route.span.certainty).chain([Certainty::Derived]));
    let ends: Option<Vec<Instant>> = parted.iter().map(|p| p.routes.last()?.span.to).collect();
    let span = Span {
        from: Some(first.at),
        to: ends.and_then(|ends| ends.into_iter().max()),
        certainty: weakest.max(Certainty::Assumed),
        evidence: Vec::new(),
    };
    let vms: BTreeSet<usize> = parted.iter().map(|p| p.vm).collect();
    let volumes: BTreeSet<usize> = parted.iter().map(|p| p.volume).collect();
    if vms.is_empty() {
        return None;
    }
    let mut episode = Episode::told(node.clone(), span);
    for leave in drain.iter().filter(|leave| vms.contains(&leave.vm)).take(4) {
        let cited = leave.before.span.evidence.iter().chain(&leave.after.span.evidence);
        let moves: Vec<FactId> =
            cited.map(|c| c.fact).filter(|fact| is_by_request(&case.fact(*fact).fact.claim)).collect();
        moves.into_iter().take(2).for_each(|fact| episode.cite(fact, Role::Supports));
    }
    for &volume in volumes.iter().take(4) {
        let owner = case.volumes[volume].coordinator.piece_at(last.at);
        let fact = owner.and_then(|p| p.span.evidence.first()).map(|cited| cited.fact);
        fact.into_iter().for_each(|fact| episode.cite(fact, Role::Supports));
    }
    let window = Window::of_case(case)?.cut(&episode.span)?;
    let sum = Sum::of(routes.iter().copied().filter(|route| route.route.is_detour()), window);
    let names = words::list(vms.iter().map(|&vm| case.vms[vm].label()), 4);
    let verb = |one: &'static str, many: &'static str| if vms.len() == 1 { one } else { many };
    let claim = format!(
        "Between {} and {} all {} that ran on {node} went to other nodes by migration, as a drain before patching does. \
         {names} had run on the owner of the volume; afterwards: {}. {} {}",
        words::instant(first.at),
        words::instant(last.at),
        words::count(drain.iter().map(|leave| leave.vm).collect::<BTreeSet<_>>().len(), "VM"),
        apart_words(case, &parted),
        mode_words(&routes, &sum),
        Apart::of(case, window).words().map(|said| format!("From then on {said}.")).unwrap_or_default(),
    );
    let ended = episode.span.to.is_some_and(|to| case.to.is_some_and(|last| to < last));
    let title = format!(
        "{} {} away from the {} of {} since {node} was emptied",
        words::count(vms.len(), "VM"),
        match ended {
            true => "stood",
            false => verb("stands", "stand"),
        },
        if volumes.len() == 1 { "owner" } else { "owners" },
        words::list(volumes.iter().map(|&volume| case.volumes[volume].label()), 3),
    );
    let subjects = Subjects {
        volumes: volumes.into_iter().collect(),
        vms: vms.into_iter().collect(),
        nodes: routes.iter().filter_map(|r| r.node.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
    };
    Some(Finding {
        rule: ID,
        explains: RULE.explains,
        title,
        verdict: Verdict::NotRedirection,
        claim: claim.trim_end().to_owned(),
        subjects,
        next_steps: steps(case, node, &parted, !sum.vms.is_empty()),
        span: episode.span,
    })
}

/// Who runs where, and who owns.
fn apart_words(case: &Case, parted: &[Parted<'_>]) -> String {
    type Both = (BTreeSet<usize>, BTreeSet<usize>);
    let mut links: BTreeMap<(&Name, &Name), Both> = BTreeMap::new();
    for one in parted {
        let Some((node, owner)) = one.routes.last().and_then(|r| r.node.as_ref().zip(r.coordinator.as_ref()))
        else {
            continue;
        };
        let (vms, volumes) = links.entry((node, owner)).or_default();
        vms.insert(one.vm);
        volumes.insert(one.volume);
    }
    let told = links.iter().map(|((node, owner), (vms, volumes))| {
        let vms = words::list(vms.iter().map(|&vm| case.vms[vm].label()), 3);
        let volumes = words::list(volumes.iter().map(|&volume| case.volumes[volume].label()), 3);
        format!("{vms} on {node}, {volumes} owned by {owner}")
    });
    let told: Vec<String> = told.take(4).collect();
    told.join("; ")
}

/// What the distance costs.
fn mode_words(routes: &[&Route], sum: &Sum) -> String {
    let unknown = routes.iter().any(|route| route.route == RouteKind::Unknown);
    let direct = routes.iter().any(|route| route.route == RouteKind::Direct);
    match (sum.vms.is_empty(), unknown, direct) {
        (false, ..) => format!(
            "Something else redirects there, so the distance costs: {} through another node; the cause is a finding of its \
             own.",
            sum.amount()
        ),
        (true, false, true) => "The volumes are direct there: reads and writes go straight to the disk, and only metadata \
                                goes to the owner."
            .into(),
        (true, _, true) => "As far as the mode is known the volumes are direct there: then only metadata goes to the owner."
            .into(),
        (true, _, false) => {
            "Whether the volumes were direct there is not known; only where they are not does the distance cost.".into()
        }
    }
}

fn steps(case: &Case, node: &Name, parted: &[Parted<'_>], costs: bool) -> Vec<String> {
    let prose = match costs {
        true => "Bring VM and owner together; that ends the detour, not its cause.",
        false => {
            "Nothing is broken and nothing needs repair: away from the owner costs nothing while the volume is direct. \
                  To bring VM and owner together again:"
        }
    };
    let mut out = Vec::new();
    let last = parted.first().and_then(|p| Some((p, p.routes.last()?.coordinator.as_ref()?)));
    if let Some((one, owner)) = last {
        let role = say::role(&case.vms[one.vm]);
        let command = format!(
            "Move-ClusterVirtualMachineRole -Name {role} -Node {} -MigrationType Live",
            words::powershell(owner)
        );
        out.push(say::step(prose, &[command]));
    }
    out.push(say::step(
        "After the next drain the roles come back by themselves where the node is resumed so:",
        &[format!("Resume-ClusterNode -Name {} -Failback Immediate", words::powershell(node))],
    ));
    out
}

/// VMs away from owners at the end, and no log of any node that tells of moves.
fn open(case: &Case) -> Option<NotJudged> {
    let tells = |channel: &Channel| {
        matches!(
            channel,
            Channel::ClusterEngine
                | Channel::ClusterOperational
                | Channel::VmmsAdmin
                | Channel::WorkerAdmin
                | Channel::HighAvailabilityAdmin
        )
    };
    if case.covered.iter().any(|covered| tells(&covered.channel)) {
        return None;
    }
    let last = case.to?;
    let at_end = |route: &&Route| route.span.to.is_none_or(|to| to >= last);
    let apart = |route: &&Route| {
        route.node.is_some() && route.coordinator.is_some() && route.node != route.coordinator
    };
    let vms: BTreeSet<usize> =
        case.routes.iter().filter(at_end).filter(apart).map(|route| route.vm).collect();
    (vms.len() >= FEW).then(|| NotJudged {
        rule: ID,
        missing: format!(
            "the moves of VMs: {} stand away from the owners of their volumes, and no log tells whether a drain brought that",
            words::list(vms.iter().map(|&vm| case.vms[vm].label()), 4)
        ),
        collect: "wevtutil epl Microsoft-Windows-Hyper-V-VMMS-Admin \"$env:COMPUTERNAME-VMMS-Admin.evtx\"\n\
                  Get-ClusterLog -UseLocalTime:$false -Destination ."
            .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{
        Certainty, Claim, Evidence, FileSystem, FsReasons, IoMode, NodeClaim, NodeRef, Role, StorageKind,
        VmClaim, VmRef,
    };
    use crate::finding::{Finding, Verdict};
    use crate::fixture::{Build, at};

    /// N1 owns two volumes and runs two VMs, each on one of them; at minute 60 both VMs and the volumes leave. `owners` own
    /// the volumes afterwards, `nodes` run the VMs.
    fn base(owners: [&str; 2], nodes: [&str; 2], mode: IoMode, asked: bool) -> Build {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763).node("N3", 17763);
        for at in 0..2 {
            let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
            b.owner(v, -1, 58, Some("N1")).owner(v, 58, 601, Some(owners[at]));
            for node in ["N1", "N2", "N3"] {
                b.mode(v, node, (-1, 601), Some(mode), Certainty::Observed);
            }
            let vm = b.vm(["app", "db"][at], &[v]);
            b.runs(vm, -1, 60 + at as i64, Some("N1")).runs(vm, 60 + at as i64, 601, Some(nodes[at]));
            if asked {
                let claim = VmClaim::MigrationArrived { live: true, from: Some("N1".into()) };
                let subject = VmRef { name: b.case.vms[vm].name.clone(), ..VmRef::default() };
                let text = "Virtual machine migration completed.";
                let fact = b.fact(Some(60 + at as i64), nodes[at], Claim::Vm(subject, claim), text);
                let piece = b.case.vms[vm].placement.pieces.last_mut().expect("two pieces");
                piece.span.evidence.push(Evidence { fact, role: Role::Supports });
            }
        }
        b
    }

    fn found(b: Build) -> Vec<Finding> {
        check(&b.done().0).findings
    }

    #[test]
    fn found_where_vms_and_owners_went_to_different_nodes() {
        let all = found(base(["N2", "N3"], ["N3", "N3"], IoMode::DIRECT, true));
        assert_eq!(all.len(), 1);
        let f = &all[0];
        assert_eq!((f.verdict, f.subjects.vms.as_slice()), (Verdict::NotRedirection, &[0][..]));
        assert_eq!(f.span.from, Some(at(60)));
        assert!(f.claim.contains("all 2 VMs that ran on N1"), "{}", f.claim);
        assert!(f.claim.contains("app on N3, Volume1 owned by N2"), "{}", f.claim);
        assert!(f.claim.contains("only metadata goes to the owner"), "{}", f.claim);
        // From minute 60 on one of two disks is away from its owner.
        assert!(f.claim.contains("From then on 50 % of the VM disks' time"), "{}", f.claim);
        assert!(f.claim.contains("gives 67 % with 3 nodes"), "{}", f.claim);
        assert!(f.next_steps[0].contains("Move-ClusterVirtualMachineRole -Name 'app' -Node 'N2'"));
        assert!(!f.span.evidence.is_empty());
    }

    #[test]
    fn found_with_its_price_where_something_redirects() {
        let mode = IoMode::file_system(FsReasons::FILE_SYSTEM_REFS);
        let all = found(base(["N2", "N2"], ["N3", "N3"], mode, true));
        assert_eq!((all.len(), all[0].verdict), (1, Verdict::NotRedirection));
        assert!(all[0].claim.contains("Something else redirects there"), "{}", all[0].claim);
        assert!(all[0].next_steps[0].starts_with("Bring VM and owner together"));
    }

    #[test]
    fn not_found_beside_the_owner_or_without_moves_by_request_or_after_a_failure() {
        assert_eq!(found(base(["N3", "N3"], ["N3", "N3"], IoMode::DIRECT, true)).len(), 0);
        assert_eq!(found(base(["N2", "N2"], ["N3", "N3"], IoMode::DIRECT, false)).len(), 0);
        let mut b = base(["N2", "N2"], ["N3", "N3"], IoMode::DIRECT, true);
        b.fact(Some(59), "N2", Claim::Node(NodeRef::named("N1"), NodeClaim::Removed), "node N1 was removed");
        assert_eq!(found(b).len(), 0);
        // Another VM stayed.
        let mut b = base(["N2", "N2"], ["N3", "N3"], IoMode::DIRECT, true);
        let vm = b.vm("web", &[0]);
        b.runs(vm, -1, 601, Some("N1"));
        assert_eq!(found(b).len(), 0);
    }

    #[test]
    fn could_not_tell_without_any_log_of_moves() {
        let mut b = base(["N2", "N2"], ["N3", "N3"], IoMode::DIRECT, false);
        b.without_logs("N1").without_logs("N2").without_logs("N3");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        assert!(out.not_judged[0].collect.contains("VMMS-Admin"));
    }
}
