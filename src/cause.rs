//! Which findings explain which routes, and which stretches of detours and of waiting I/O none explains.
//!
//! A finding explains a stretch where it is about the volume and the node, its rule can have that effect, and the
//! times meet. What is left over is told as unexplained: a cause that is not known is an answer too. Knows no rule.

use std::collections::BTreeMap;

use crate::case::{Case, Piece, Route, RouteKind, Timeline};
use crate::fact::{Certainty, Instant, IoMode, ModeKind, Name, Span};
use crate::finding::{Effect, Finding};

/// Settles why a node is redirected.
pub const COLLECT_MODES: &str = "Get-ClusterSharedVolumeState | Export-Clixml -Depth 4 csv-state.xml";
/// Settles why a volume was paused: the paused volume's own log, on each node.
pub const COLLECT_PAUSES: &str = "wevtutil epl Microsoft-Windows-FailoverClustering-CsvFs/Operational \
     \"$env:COMPUTERNAME-CsvFs.evtx\"";

/// Five seconds, nanoseconds: nodes write the event and the state of one change at slightly different times, so a
/// detour may begin that much before its finding.
const SLACK: i64 = 5_000_000_000;

/// A minute, nanoseconds. A volume goes through draining and paused whenever its owner or a mode changes; that takes
/// below a second where all is well (facts are published only for that). What takes longer than this wants a cause of
/// its own; the bound is ours.
const CYCLE: i64 = 60_000_000_000;

/// A stretch of a detour, or of I/O that waited, that no finding explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// Which route, as an index into the case.
    pub route: usize,
    /// The part of the route's span that is left.
    pub span: Span,
}

/// What a route of this kind asks of a finding that explains it.
#[must_use]
pub fn effect(route: RouteKind) -> Option<Effect> {
    match route {
        RouteKind::ViaCoordinatorFs => Some(Effect::FileSystemDetour),
        RouteKind::ViaCoordinatorBlock => Some(Effect::BlockDetour),
        RouteKind::Held => Some(Effect::Pause),
        RouteKind::Direct | RouteKind::OwnerLocal | RouteKind::Unknown => None,
    }
}

/// Findings by whom they are about and what they explain, ready to be asked for a time.
pub struct Causes<'a> {
    case: &'a Case,
    findings: &'a [Finding],
    of: BTreeMap<(usize, &'a Name, Effect), Meeting>,
}

/// Findings by their beginning and by their end.
#[derive(Default)]
struct Meeting {
    sorted: Vec<(Instant, Instant, usize)>,
    /// The latest end of each node of a binary tree over `sorted`: the children of node n are 2n and 2n + 1, the root is 1.
    /// One finding that lasts is not met with a look at all that came after it.
    latest: Vec<Instant>,
    by_end: Vec<(Instant, usize)>,
}

fn ends(span: &Span) -> (Instant, Instant) {
    (span.from.unwrap_or(Instant(i64::MIN)), span.to.unwrap_or(Instant(i64::MAX)))
}

impl Meeting {
    fn settle(&mut self) {
        self.sorted.sort_unstable();
        let leaves = self.sorted.len().next_power_of_two();
        self.latest = vec![Instant(i64::MIN); 2 * leaves];
        for (at, (_, to, _)) in self.sorted.iter().enumerate() {
            self.latest[leaves + at] = *to;
        }
        for node in (1..leaves).rev() {
            self.latest[node] = self.latest[2 * node].max(self.latest[2 * node + 1]);
        }
        self.by_end = self.sorted.iter().map(|(_, end, at)| (*end, *at)).collect();
        self.by_end.sort_unstable();
    }

    /// Those that share an instant with the span, in the order of the findings.
    fn meeting(&self, span: &Span) -> Vec<usize> {
        let (from, to) = ends(span);
        let begun = self.sorted.partition_point(|(begin, ..)| *begin < to);
        let leaves = self.latest.len() / 2;
        let mut out = Vec::new();
        let mut open = vec![(1, 0, leaves)];
        while let Some((node, first, count)) = open.pop() {
            if first >= begun || self.latest.get(node).is_none_or(|end| *end <= from) {
                continue;
            }
            match count {
                1 => out.push(self.sorted[first].2),
                _ => {
                    open.extend([(2 * node, first, count / 2), (2 * node + 1, first + count / 2, count / 2)])
                }
            }
        }
        out.sort_unstable();
        out
    }

    /// Those that ended last before the span, else those that begin first.
    fn nearest(&self, span: &Span) -> Vec<usize> {
        let (from, _) = ends(span);
        let ended = &self.by_end[..self.by_end.partition_point(|(end, _)| *end <= from)];
        let mut out: Vec<usize> = match ended.last() {
            Some((last, _)) => {
                ended.iter().rev().take_while(|(end, _)| end == last).map(|(_, at)| *at).collect()
            }
            None => {
                let first = self.sorted.first().map(|(begin, ..)| *begin);
                let same = self.sorted.iter().take_while(|(begin, ..)| Some(*begin) == first);
                same.map(|(.., at)| *at).collect()
            }
        };
        out.sort_unstable();
        out
    }
}

impl<'a> Causes<'a> {
    /// Sorts the findings of a case.
    #[must_use]
    pub fn of(case: &'a Case, findings: &'a [Finding]) -> Self {
        let mut of: BTreeMap<_, Meeting> = BTreeMap::new();
        for (at, finding) in findings.iter().enumerate() {
            let (from, to) = ends(&finding.span);
            for &volume in &finding.subjects.volumes {
                for node in &finding.subjects.nodes {
                    for &effect in finding.explains {
                        of.entry((volume, node, effect)).or_default().sorted.push((from, to, at));
                    }
                }
            }
        }
        of.values_mut().for_each(Meeting::settle);
        Self { case, findings, of }
    }

    /// The findings that explain a detour, gravest first as the findings are. An assumed route carries a state on past
    /// the evidence; it has the cause of the state that it carries: the nearest finding.
    #[must_use]
    pub fn of_route(&self, route: &Route) -> Vec<usize> {
        let (Some(volume), Some(node)) = (route.volume, &route.node) else { return Vec::new() };
        let Some(effect) = effect(route.route) else { return Vec::new() };
        let Some(about) = self.of.get(&(volume, node, effect)) else { return Vec::new() };
        let meeting = about.meeting(&route.span);
        match meeting.is_empty() && route.route.is_detour() && route.span.certainty == Certainty::Assumed {
            true => about.nearest(&route.span),
            false => meeting,
        }
    }

    /// The stretches that no finding explains, in the order of the routes.
    #[must_use]
    pub fn unexplained(&self) -> Vec<Unexplained> {
        let changes: Vec<Vec<(Instant, Instant)>> =
            self.case.volumes.iter().map(|v| united(moves(&v.coordinator))).collect();
        let mut cycles: BTreeMap<(usize, &Name), Vec<(Instant, Instant)>> = BTreeMap::new();
        let mut out = Vec::new();
        for (at, route) in self.case.routes.iter().enumerate() {
            if effect(route.route).is_none() {
                continue;
            }
            let causes = self.of_route(route);
            if !causes.is_empty() && route.span.certainty <= Certainty::Assumed {
                continue;
            }
            let mut known: Vec<_> =
                causes.iter().map(|&f| wide(ends(&self.findings[f].span), SLACK)).collect();
            if let (RouteKind::Held, Some(volume), Some(node)) = (route.route, route.volume, &route.node) {
                let own = cycles.entry((volume, node)).or_insert_with(|| self.cycles(volume, node));
                known.extend(within(own, &route.span));
                known.extend(within(changes.get(volume).map_or(&[], Vec::as_slice), &route.span));
            }
            let left = rest(ends(&route.span), united(known));
            out.extend(left.into_iter().map(|(from, to)| {
                let from = if from == ends(&route.span).0 { route.span.from } else { Some(from) };
                let to = if to == ends(&route.span).1 { route.span.to } else { Some(to) };
                Unexplained { route: at, span: Span { from, to, ..route.span.clone() } }
            }));
        }
        out
    }

    /// The times around each change of the mode of a volume on a node, and around both ends of a redirection that
    /// has a finding: the volume pauses for them.
    fn cycles(&self, volume: usize, node: &Name) -> Vec<(Instant, Instant)> {
        let redirected = [Effect::FileSystemDetour, Effect::BlockDetour];
        let found = redirected.into_iter().filter_map(|effect| self.of.get(&(volume, node, effect)));
        let edges = found.flat_map(|about| &about.sorted).flat_map(|(from, to, _)| [*from, *to]);
        // Open ends are no edges.
        let edges = edges.filter(|edge| edge.0 != i64::MIN && edge.0 != i64::MAX);
        let modes = self.case.volumes[volume].io_mode.iter().filter(|(name, _)| name == node);
        // To have no access is no mode that a volume goes through a cycle for.
        let serves = |mode: &IoMode| mode.kind != ModeKind::Unavailable;
        let changed = modes.flat_map(|(_, timeline)| changes(timeline, serves));
        united(changed.chain(edges.map(|edge| wide((edge, edge), CYCLE))).collect())
    }
}

/// The times around each change of a state to another. Where it is not known for long what was before, only the new
/// state's beginning is the time of a change.
fn changes<T: PartialEq>(timeline: &Timeline<T>, counts: impl Fn(&T) -> bool) -> Vec<(Instant, Instant)> {
    let known: Vec<&Piece<T>> =
        timeline.pieces.iter().filter(|p| p.value.as_ref().is_some_and(&counts)).collect();
    let change = |pair: &[&Piece<T>]| {
        let (from, to) = (pair[0].span.to?, pair[1].span.from?);
        let from = if to.0.saturating_sub(from.0) <= CYCLE { from } else { to };
        (pair[0].value != pair[1].value).then(|| wide((from, to), CYCLE))
    };
    known.windows(2).filter_map(change).collect()
}

/// The times around each change of the coordinator, and around each time at which one is told where it was not known
/// who it was before: a disk that comes online somewhere has moved.
fn moves(timeline: &Timeline<Name>) -> Vec<(Instant, Instant)> {
    let told = timeline.pieces.iter().filter(|p| p.value.is_some()).filter_map(|p| p.span.from);
    changes(timeline, |_| true).into_iter().chain(told.map(|at| wide((at, at), CYCLE))).collect()
}

fn wide((from, to): (Instant, Instant), by: i64) -> (Instant, Instant) {
    (Instant(from.0.saturating_sub(by)), Instant(to.0.saturating_add(by)))
}

/// Those of some sorted, separate stretches that share an instant with the span.
fn within<'s>(
    stretches: &'s [(Instant, Instant)],
    span: &Span,
) -> impl Iterator<Item = (Instant, Instant)> + 's {
    let (from, to) = ends(span);
    let first = stretches.partition_point(|(_, end)| *end <= from);
    stretches[first..].iter().copied().take_while(move |(begin, _)| *begin < to)
}

/// Sorted and separate.
fn united(mut all: Vec<(Instant, Instant)>) -> Vec<(Instant, Instant)> {
    all.sort_unstable();
    let mut out: Vec<(Instant, Instant)> = Vec::with_capacity(all.len());
    for (from, to) in all {
        match out.last_mut().filter(|last| from <= last.1) {
            Some(last) => last.1 = last.1.max(to),
            None => out.push((from, to)),
        }
    }
    out
}

/// What sorted, separate stretches leave of one.
fn rest((mut from, to): (Instant, Instant), known: Vec<(Instant, Instant)>) -> Vec<(Instant, Instant)> {
    let mut out = Vec::new();
    for (begin, end) in known {
        if begin > from && from < to {
            out.push((from, begin.min(to)));
        }
        from = from.max(end);
    }
    if from < to {
        out.push((from, to));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Causes;
    use crate::fact::{Certainty, Evidence, FactId, FileSystem, FsReasons, IoMode, Role, Span, VolumeState};
    use crate::finding::{Effect, Finding, Subjects, Verdict};
    use crate::fixture::{Build, at};

    /// Minutes of findings with what they explain, and minutes of what is left over, by route.
    fn check(build: &dyn Fn(&mut Build), of: &[(i64, i64, &'static [Effect])], left: &[(i64, i64, &str)]) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), None);
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        build(&mut b);
        let (case, _) = b.done();
        let findings: Vec<Finding> =
            of.iter().map(|&(from, to, explains)| finding(from, to, explains)).collect();
        let got: Vec<(i64, i64, &str)> = Causes::of(&case, &findings)
            .unexplained()
            .iter()
            .map(|left| {
                let minute = |end: Option<crate::fact::Instant>| (end.unwrap().0 - at(0).0) / 60_000_000_000;
                (minute(left.span.from), minute(left.span.to), case.routes[left.route].route.word())
            })
            .collect();
        assert_eq!(got, left);
    }

    fn finding(from: i64, to: i64, explains: &'static [Effect]) -> Finding {
        Finding {
            rule: "refs",
            title: String::new(),
            verdict: Verdict::ByDesign,
            claim: String::new(),
            span: Span {
                from: Some(at(from)),
                to: Some(at(to)),
                certainty: Certainty::Observed,
                evidence: vec![Evidence { fact: FactId(0), role: Role::Supports }],
            },
            subjects: Subjects { volumes: vec![0], vms: vec![], nodes: vec!["N1".into()] },
            next_steps: Vec::new(),
            explains,
        }
    }

    fn redirected(b: &mut Build) {
        let mode = IoMode::file_system(FsReasons::default());
        b.owner(0, -1, 601, Some("N2"));
        b.mode(0, "N1", (-1, 601), Some(mode), Certainty::Observed);
    }

    const FS: &[Effect] = &[Effect::FileSystemDetour];
    const PAUSE: &[Effect] = &[Effect::Pause];

    #[test]
    fn detours_are_explained_by_findings_of_their_kind_alone() {
        let fs = "via_coordinator_fs";
        check(&redirected, &[], &[(0, 600, fs)]);
        check(&redirected, &[(0, 600, FS)], &[]);
        check(&redirected, &[(0, 600, &[Effect::BlockDetour, Effect::Slowness])], &[(0, 600, fs)]);
        check(
            &redirected,
            &[(60, 90, FS), (80, 120, FS), (200, 210, FS)],
            &[(0, 59, fs), (120, 199, fs), (210, 600, fs)],
        );
    }

    #[test]
    fn the_nearest_cause_reaches_over_an_assumed_detour() {
        let assumed = |b: &mut Build| {
            let mode = IoMode::file_system(FsReasons::default());
            b.owner(0, -1, 601, Some("N2"));
            b.mode(0, "N1", (-1, 100), Some(mode), Certainty::Observed);
            b.mode(0, "N1", (100, 601), Some(mode), Certainty::Assumed);
        };
        check(&assumed, &[(0, 100, FS)], &[]);
        check(
            &assumed,
            &[(0, 100, PAUSE)],
            &[(0, 100, "via_coordinator_fs"), (100, 600, "via_coordinator_fs")],
        );
    }

    #[test]
    fn io_that_waits_wants_a_cause_unless_the_owner_changed() {
        let paused = |moves: bool| {
            move |b: &mut Build| {
                b.mode(0, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
                match moves {
                    true => b.owner(0, -1, 305, Some("N2")).owner(0, 305, 601, Some("N1")),
                    false => b.owner(0, -1, 601, Some("N2")),
                };
                b.state(0, "N1", -1, 300, VolumeState::Active);
                b.state(0, "N1", 300, 310, VolumeState::Paused);
                b.state(0, "N1", 310, 601, VolumeState::Active);
            }
        };
        check(&paused(false), &[], &[(300, 310, "held")]);
        check(&paused(false), &[(299, 310, PAUSE)], &[]);
        check(&paused(false), &[(200, 400, FS)], &[(300, 310, "held")]);
        // The edges of a redirection have their minute.
        check(&paused(false), &[(299, 310, FS)], &[(300, 309, "held")]);
        // A change of the owner takes its minute on either side, and no more.
        check(&paused(true), &[], &[(300, 304, "held"), (306, 310, "held")]);
    }
}
