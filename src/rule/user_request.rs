//! Somebody, or a script, turned redirected access on.
//!
//! Found by the flag `UserRequest`, by event 5136 (its end is 5137), or by `RedirectedAccess` of
//! `Get-ClusterSharedVolume` on a volume that is not ReFS: whether Windows sets that property for ReFS too is
//! not established, so there it proves nothing. The rule does not know who asked; no event says.

use std::collections::BTreeMap;

use super::support::{self, Episode, Told, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Certainty, Channel, Claim, FileSystem, FsReasons, Instant, Name, Role, Span, VolumeClaim};
use crate::finding::{Effect, Finding, Verdict};

const ID: &str = "user-request";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "Redirected access was turned on by request",
    meaning: "An administrator, a backup or a maintenance script switched the volume to redirected access; it stays \
              so, on every node, until somebody switches it off. It may be left over from a check or a backup that ended long ago.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Operator, Verdict::Undetermined],
    explains: &[Effect::FileSystemDetour],
    needs: &[
        "event 5136 (System log) without a later 5137 (FailoverClustering/Operational); or the reason UserRequest in \
         Get-ClusterSharedVolumeState; or SharedVolumeInfo.RedirectedAccess = True on an NTFS volume",
    ],
    against: &["a later event 5137", "a known state that does not name UserRequest"],
    next_steps: &[
        "Turn it off: Resume-ClusterResource -Name '<resource>' (or Failover Cluster Manager, Turn Off \
         Redirected Access).",
        "Find who asked: look at jobs, backup and update scripts at the time of event 5136.",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (events 5136, 5137)",
        "learn.microsoft.com, FailoverClusters module: Suspend-ClusterResource -RedirectedAccess, \
         Resume-ClusterResource",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: RedirectedIOReasonUserRequest",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let said = support::told(case, |c| matches!(c, VolumeClaim::RedirectedAccess { .. }));
    let mut by_volume: BTreeMap<usize, Vec<&Told<'_>>> = BTreeMap::new();
    for told in &said {
        by_volume.entry(told.volume).or_default().push(told);
    }
    let logged = support::system_log_everywhere(case);
    let (mut unknown, mut refs, mut end_open) = (Vec::new(), Vec::new(), Vec::new());
    for (at, volume) in case.volumes.iter().enumerate() {
        let said = by_volume.remove(&at).unwrap_or_default();
        let flagged = support::episodes(volume, |m| m.file_system.has(FsReasons::USER_REQUEST));
        let (events, state): (Vec<_>, Vec<_>) = said.into_iter().partition(|t| t.is_event);
        let mut asked = asked(case, at, &events, &state, flagged);
        let on_now = state.iter().find(|t| is_on(t));
        if let (true, Some(now)) = (asked.is_empty(), on_now) {
            match state_alone(case, at, now) {
                Some(found) => asked.push(found),
                None => refs.push(volume.label()),
            }
        }
        if asked.iter().any(|a| a.end_unknown) {
            end_open.push(volume.label());
        }
        let silent = asked.is_empty() && state.is_empty() && !support::has_known_mode(volume);
        if silent && !logged {
            unknown.push(volume.label());
        }
        out.findings.extend(asked.into_iter().map(|a| finding(case, at, a)));
    }
    let mut missing = |volumes: &[String], what: &dyn Fn(&str) -> String, collect: &str| {
        out.not_judged.extend(say::not_judged(ID, volumes, what, collect));
    };
    missing(
        &unknown,
        &|volumes| {
            format!("the I/O mode of every node for {volumes}, or the System log of every node (event 5136)")
        },
        &format!("{}\n{}", say::COLLECT_MODES, say::COLLECT_SYSTEM),
    );
    missing(
        &refs,
        &|volumes| {
            format!(
                "whether redirected access of {volumes} was asked for: RedirectedAccess is True, which is not \
                 known to mean a request on a volume that is ReFS or whose file system is not known"
            )
        },
        say::COLLECT_MODES,
    );
    missing(
        &end_open,
        &|volumes| {
            format!(
                "whether redirected access of {volumes} was turned off again: event 5137 is expected in \
                 FailoverClustering/Operational, which was not complete on every node"
            )
        },
        "wevtutil epl Microsoft-Windows-FailoverClustering/Operational \"$env:COMPUTERNAME-FcOperational.evtx\"",
    );
    out
}

fn is_on(told: &Told<'_>) -> bool {
    matches!(told.claim, VolumeClaim::RedirectedAccess { on: true })
}

/// One stretch of redirected access by request.
struct Asked {
    episode: Episode,
    /// Event 5136 was read.
    by_event: bool,
    /// Event 5137 was read.
    turned_off: bool,
    /// Nothing tells whether it was turned off.
    end_unknown: bool,
    /// Only the state at the time of collection says so.
    state_only: bool,
    /// The state names no such reason.
    contradicted: bool,
}

impl Asked {
    fn of(episode: Episode) -> Self {
        Self {
            episode,
            by_event: false,
            turned_off: false,
            end_unknown: false,
            state_only: false,
            contradicted: false,
        }
    }
}

/// The stretches that flags and events tell of, each event put to its stretch.
fn asked(
    case: &Case,
    at: usize,
    events: &[&Told<'_>],
    state: &[&Told<'_>],
    flagged: Vec<Episode>,
) -> Vec<Asked> {
    let mut out: Vec<Asked> = flagged.into_iter().map(Asked::of).collect();
    for told in events.iter().filter(|t| is_on(t)) {
        let Some(on) = told.at else { continue };
        let near = |a: &&mut Asked| support::holds_near(&a.episode.span, on);
        let home = match out.iter_mut().find(near) {
            Some(home) => home,
            None => {
                out.push(from_event(case, at, on, events, state));
                let last = out.len() - 1;
                &mut out[last]
            }
        };
        home.by_event = true;
        home.episode.cite(told.fact, Role::Opens);
    }
    for told in events.iter().filter(|t| !is_on(t)) {
        let Some(off) = told.at else { continue };
        let near = |end: Option<Instant>| end.is_some_and(|to| to.0.abs_diff(off.0) <= support::NEAR);
        let ends = |a: &&mut Asked| near(a.episode.span.to) || near(a.episode.reach.1);
        if let Some(home) = out.iter_mut().find(ends) {
            home.turned_off = true;
            home.episode.cite(told.fact, Role::Closes);
        }
    }
    out
}

/// A stretch that begins with event 5136, as far as it can be followed.
fn from_event(case: &Case, at: usize, on: Instant, events: &[&Told<'_>], state: &[&Told<'_>]) -> Asked {
    let off = events.iter().filter(|t| !is_on(t)).filter_map(|t| t.at).find(|off| *off > on);
    let pieces = case.volumes[at].io_mode.iter().flat_map(|(_, timeline)| &timeline.pieces);
    let without = pieces
        .filter(|p| p.span.certainty > Certainty::Assumed)
        .filter(|p| p.value.is_some_and(|m| !m.file_system.has(FsReasons::USER_REQUEST)))
        .filter_map(|p| p.span.from)
        .filter(|from| *from > on)
        .min();
    let everywhere = |channel| {
        !case.nodes.is_empty() && support::covered_nodes(case, channel, on).len() == case.nodes.len()
    };
    // Which channel carries 5137 is inferred; both must have been there to make silence speak.
    let followed = everywhere(&Channel::ClusterOperational) && everywhere(&Channel::System);
    let still_on = state.iter().any(|t| is_on(t));
    let was_off = state.iter().any(|t| !is_on(t));
    let (to, certainty, end_unknown) = match (off, without) {
        (Some(off), _) => (Some(off), Certainty::Derived, false),
        (None, Some(seen)) => (Some(seen), Certainty::Assumed, false),
        (None, None) if still_on || (followed && !was_off) => (case.to, Certainty::Derived, false),
        (None, None) if was_off => (case.to, Certainty::Assumed, false),
        (None, None) => (case.to, Certainty::Assumed, true),
    };
    let span = Span { from: Some(on), to, certainty, evidence: Vec::new() };
    let mut episode = Episode::told(Name::new(""), span);
    episode.nodes = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
    for told in state {
        episode.cite(told.fact, if is_on(told) { Role::Supports } else { Role::Contradicts });
    }
    Asked { end_unknown, ..Asked::of(episode) }
}

/// What `RedirectedAccess = True` alone proves: nothing on ReFS or an unknown file system.
fn state_alone(case: &Case, at: usize, told: &Told<'_>) -> Option<Asked> {
    let volume = &case.volumes[at];
    if !matches!(volume.file_system.value, Some(FileSystem::Ntfs)) {
        return None;
    }
    let span =
        Span { from: told.at.or(case.to), to: None, certainty: Certainty::Observed, evidence: Vec::new() };
    let mut episode = Episode::told(Name::new(""), span);
    episode.nodes = case.nodes.iter().filter_map(|n| n.name.clone()).collect();
    episode.cite(told.fact, Role::Supports);
    let mut asked = Asked { state_only: true, ..Asked::of(episode) };
    let last = volume.io_mode.iter().filter_map(|(_, timeline)| timeline.pieces.last());
    let known = last.filter(|p| p.span.certainty > Certainty::Assumed && p.value.is_some());
    for piece in known.filter(|p| p.span.to.is_none_or(|to| Some(to) >= case.to)) {
        asked.contradicted = true;
        asked.episode.span.certainty = Certainty::Unknown;
        for evidence in &piece.span.evidence {
            asked.episode.cite(evidence.fact, Role::Contradicts);
        }
    }
    Some(asked)
}

fn finding(case: &Case, at: usize, asked: Asked) -> Finding {
    let Asked { episode, by_event, turned_off, end_unknown, state_only, contradicted } = asked;
    let volume = &case.volumes[at];
    let label = volume.label();
    if contradicted {
        return Finding {
            rule: ID,
            explains: RULE.explains,
            title: format!("{label}: redirected access reads as on, and the state of the nodes denies it"),
            verdict: Verdict::Undetermined,
            claim: format!(
                "The sources contradict each other about {label}: RedirectedAccess is True, yet the state of the \
                 nodes at the end of the evidence does not name the reason UserRequest."
            ),
            subjects: say::subjects(case, at, &episode),
            next_steps: vec![say::step("Look again, at the same time.", &[say::SHOW_MODES.into()])],
            span: episode.span,
        };
    }
    let mut claim = if state_only {
        format!(
            "Redirected access of {label} was on when the bundle was collected: while it is on, every node sends \
             its I/O through the coordinator's file system. Since when is not known: no event 5136 was read."
        )
    } else {
        format!(
            "Redirected access of {label} was on, by request of a person or a script, {}: meanwhile every node \
             sends its I/O through the coordinator's file system.",
            say::when(case, &episode)
        )
    };
    // The mode of a node may follow from event 5136; only a row of its state names the reason.
    let names_reason = |fact| match &case.fact(fact).fact.claim {
        Claim::Volume(_, VolumeClaim::Mode { mode, .. }) => mode.file_system.has(FsReasons::USER_REQUEST),
        _ => false,
    };
    if episode.span.evidence.iter().any(|cited| names_reason(cited.fact)) {
        claim.push_str(" The nodes name the reason UserRequest.");
    }
    claim.push_str(match (by_event, turned_off, end_unknown) {
        (true, true, _) => " Event 5136 marks the beginning, event 5137 the end.",
        (true, false, true) => {
            " Event 5136 marks the beginning; whether it was turned off is not known, and that it went on is \
             assumed."
        }
        (true, false, false) => " Event 5136 marks the beginning; no 5137 (turned off) was read after it.",
        (false, ..) => "",
    });
    claim.push_str(" No event names who asked. ");
    claim.push_str(&say::who(case, at, &episode));
    claim.push_str(&say::other_reasons(volume, &episode, FsReasons::USER_REQUEST));
    let off = format!("Resume-ClusterResource -Name {}", say::resource(volume));
    let mut next_steps = vec![
        say::step("If nothing needs it any more, turn it off.", &[off]),
        say::step("Confirm that the reason is gone.", &[say::SHOW_MODES.into()]),
        say::step(
            "Find who asked: compare backup, update and maintenance jobs with the time of event 5136.",
            &[say::find_event(5136)],
        ),
    ];
    if turned_off {
        next_steps.remove(0);
        next_steps.remove(0);
    }
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label}: redirected access was turned on by request"),
        verdict: Verdict::Operator,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps,
        span: told_span(&episode),
    }
}

/// What is sure of the stretch; all of it, assumed, where only an instant is sure.
fn told_span(episode: &Episode) -> Span {
    let whole = episode.whole();
    let instant = episode.span.seconds().is_some_and(|seconds| seconds < 1);
    let longer = whole.seconds().is_none_or(|seconds| seconds > 0);
    if instant && longer { Span { certainty: Certainty::Assumed, ..whole } } else { episode.span.clone() }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Case;
    use crate::fact::{Certainty, Claim, FileSystem, FsReasons, IoMode, StorageKind, VolumeClaim, VolumeRef};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn base(file_system: FileSystem) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(file_system), Some(StorageKind::San));
        (b, v)
    }

    fn turned(on: bool) -> VolumeClaim {
        VolumeClaim::RedirectedAccess { on }
    }

    fn state(b: &mut Build, on: bool) {
        let subject = VolumeRef::named("Volume1", "Cluster Disk 1");
        b.fact(None, "N1", Claim::Volume(subject, turned(on)), &format!("RedirectedAccess : {on}"));
    }

    fn counts(case: &Case) -> (usize, usize) {
        let out = check(case);
        (out.findings.len(), out.not_judged.len())
    }

    #[test]
    fn an_assumed_stretch_is_told_whole_with_its_end() {
        let (mut b, v) = base(FileSystem::Ntfs);
        let on = b.event(60, "N1", v, turned(true), "redirected access was turned on");
        b.event(100, "N1", v, turned(false), "redirected access was turned off");
        let user = Some(IoMode::file_system(FsReasons::USER_REQUEST));
        let facts = [(on, crate::fact::Role::Opens)];
        b.mode_of(v, "N1", (60, 60), user, Certainty::Observed, &facts);
        b.mode_of(v, "N1", (60, 100), user, Certainty::Assumed, &facts);
        let out = check(&b.done().0);
        let f = &out.findings[0];
        assert_eq!(
            (f.span.from, f.span.to, f.span.certainty),
            (Some(at(60)), Some(at(100)), Certainty::Assumed)
        );
        assert!(f.claim.contains("event 5137 the end"), "{}", f.claim);
        assert!(!f.claim.contains("name the reason"), "no row of a state was read: {}", f.claim);
    }

    #[test]
    fn found_by_flag_and_event() {
        let (mut b, v) = base(FileSystem::Ntfs);
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (60, 601), Some(IoMode::file_system(FsReasons::USER_REQUEST)), Certainty::Observed);
        b.event(60, "N2", v, turned(true), "redirected access was turned on");
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Operator, Certainty::Observed));
        assert!(f.claim.contains("VM app on N1 through N2; 9.0 VM-hours"), "{}", f.claim);
        assert!(f.next_steps[0].contains("Resume-ClusterResource -Name 'Cluster Disk 1'"));
    }

    #[test]
    fn found_between_two_events() {
        let (mut b, v) = base(FileSystem::Ntfs);
        b.event(60, "N2", v, turned(true), "turned on");
        b.event(90, "N2", v, turned(false), "turned off");
        let out = check(&b.done().0);
        let f = &out.findings[0];
        assert_eq!(
            (f.span.from, f.span.to, f.span.certainty),
            (Some(at(60)), Some(at(90)), Certainty::Derived)
        );
        assert_eq!(f.next_steps.len(), 1, "it is off; what remains is who asked");
    }

    #[test]
    fn without_an_end_the_logs_decide() {
        let (mut b, v) = base(FileSystem::Ntfs);
        b.event(60, "N2", v, turned(true), "turned on");
        let out = check(&b.done().0);
        assert_eq!(out.findings[0].span.certainty, Certainty::Derived, "all logs speak, none says off");
        assert_eq!(out.not_judged.len(), 0);

        let (mut b, v) = base(FileSystem::Ntfs);
        b.event(60, "N2", v, turned(true), "turned on");
        b.without_logs("N1");
        let out = check(&b.done().0);
        assert_eq!(out.findings[0].span.certainty, Certainty::Assumed);
        assert!(out.not_judged[0].collect.contains("Operational"));
    }

    #[test]
    fn the_property_alone_proves_it_on_ntfs_only() {
        let (mut b, _) = base(FileSystem::Ntfs);
        state(&mut b, true);
        assert_eq!(counts(&b.done().0), (1, 0));
        let (mut b, _) = base(FileSystem::Refs);
        state(&mut b, true);
        assert_eq!(counts(&b.done().0), (0, 1), "not established for ReFS");
        let (mut b, v) = base(FileSystem::Ntfs);
        state(&mut b, true);
        b.mode(v, "N1", (0, 601), Some(IoMode::DIRECT), Certainty::Observed);
        let out = check(&b.done().0);
        assert_eq!(out.findings[0].verdict, Verdict::Undetermined);
    }

    #[test]
    fn not_found() {
        let (mut b, v) = base(FileSystem::Ntfs);
        b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        state(&mut b, false);
        assert_eq!(counts(&b.done().0), (0, 0));
        let (b, _) = base(FileSystem::Ntfs);
        assert_eq!(counts(&b.done().0), (0, 0), "the System logs are complete and silent");
    }

    #[test]
    fn could_not_tell() {
        let (mut b, _) = base(FileSystem::Ntfs);
        b.without_logs("N1");
        assert_eq!(counts(&b.done().0), (0, 1));
    }
}
