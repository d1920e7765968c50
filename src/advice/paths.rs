//! Advice about paths to the disk: MPIO, and what a failover proves.

use super::situation::{Situation, cite, titles};
use super::{Advice, Fits, Ruling, ruling};
use crate::case::RouteKind;
use crate::fact::{Evidence, Name};
use crate::words;

pub(super) const CONFIGURE_MPIO: Advice = Advice {
    id: "configure-mpio",
    said: "Configure MPIO, or check its paths.",
    check: |s| {
        let lost = s.lost_paths();
        if !lost.is_empty() {
            let titles = titles(&lost);
            let evidence = cite(lost.iter().flat_map(|finding| &finding.span.evidence));
            return ruling(Fits::Applies, format!("A path was lost here: {titles}."), evidence);
        }
        let doubtful = s.doubtful_paths();
        if !doubtful.is_empty() {
            let why =
                format!("Whether a path is broken or was never meant to be is open: {}.", titles(&doubtful));
            return ruling(Fits::CannotTell, why, cite(doubtful.iter().flat_map(|f| &f.span.evidence)));
        }
        let above = s.detours().all(|route| route.route == RouteKind::ViaCoordinatorFs);
        let because = match above {
            true => "Paths do not decide this detour, for it begins above them",
            false => "No path is broken, and more of them do not end this detour",
        };
        explained(s, because)
    },
};

pub(super) const FAILOVER_WORKS: Advice = Advice {
    id: "failover-works-so-paths-are-fine",
    said: "The volume fails over both ways, so the paths are fine and it must be something else.",
    check: |s| {
        let lost = s.lost_paths();
        if !lost.is_empty() {
            let titles = titles(&lost);
            let why = format!("A move proves the paths of that moment only. At another time here: {titles}.");
            return ruling(Fits::DoesNotApply, why, cite(lost.iter().flat_map(|f| &f.span.evidence)));
        }
        let doubtful = s.doubtful_paths();
        if !doubtful.is_empty() {
            let why = format!(
                "A move proves the paths of the new owner at that moment only. Open is: {}.",
                titles(&doubtful)
            );
            return ruling(Fits::CannotTell, why, cite(doubtful.iter().flat_map(|f| &f.span.evidence)));
        }
        let (volumes, evidence) = moved_both_ways(s);
        if volumes.is_empty() {
            let why = "No volume is seen to be owned by one node and then by another, so failover shows nothing here.";
            return ruling(Fits::CannotTell, why, Vec::new());
        }
        let were = if volumes.len() == 1 { "was" } else { "were" };
        let names = words::list(volumes, 3);
        let cause = match s.cause_words() {
            text if text.is_empty() => String::new(),
            text => format!(" The cause seen here is no path: {text}."),
        };
        let why = format!(
            "True as far as it goes: {names} {were} owned by different nodes, and each had a path then. It says nothing \
             about redirection by the file system, a filter or a request.{cause}"
        );
        ruling(Fits::Applies, why, evidence)
    },
};

/// Volumes that changed owner, with what shows it.
fn moved_both_ways(s: &Situation<'_>) -> (Vec<String>, Vec<Evidence>) {
    let mut volumes = Vec::new();
    let mut evidence = Vec::new();
    for (_, volume) in s.volumes() {
        let owned = volume.coordinator.pieces.iter().filter(|piece| piece.value.is_some());
        let mut owners: Vec<&Name> = owned.clone().filter_map(|piece| piece.value.as_ref()).collect();
        owners.sort();
        owners.dedup();
        if owners.len() > 1 {
            volumes.push(volume.label());
            evidence.extend(owned.flat_map(|piece| piece.span.evidence.first().copied()));
        }
    }
    (volumes, cite(&evidence))
}

/// Where every detour has another cause the advice does not apply; else nobody can say.
pub(super) fn explained(s: &Situation<'_>, because: &str) -> Ruling {
    let causes = s.cause_words();
    match (causes.is_empty(), s.detours().next().is_some()) {
        (true, true) => {
            let why =
                "No rule explains the detour, so this is not ruled out; see what could not be told below.";
            ruling(Fits::CannotTell, why, Vec::new())
        }
        (true, false) if s.is_partly_unknown() => {
            ruling(Fits::CannotTell, "Which way the I/O went is not known everywhere.", Vec::new())
        }
        (true, false) => ruling(Fits::DoesNotApply, "No VM is seen on a detour.", Vec::new()),
        (false, true) if s.is_partly_unexplained() => {
            let why = format!(
                "{because} where its cause is known ({causes}); other detours here have no known cause."
            );
            ruling(Fits::CannotTell, why, s.cause_evidence())
        }
        (false, _) => ruling(Fits::DoesNotApply, format!("{because}: {causes}."), s.cause_evidence()),
    }
}
