//! Advice to update filter drivers: the first suspect, and seldom looked up.

use super::situation::{Situation, cite, titles};
use super::{Advice, Fits, Ruling, ruling};
use crate::fact::{Channel, FsReasons, ModeKind};

pub(super) const UPDATE_FILTERS: Advice = Advice {
    id: "update-filter-drivers",
    said: "Some filter driver (antivirus, backup) does it: update or remove it.",
    check: |s| {
        let found = s.filters();
        if !found.is_empty() {
            let titles = titles(&found);
            let evidence = cite(found.iter().flat_map(|finding| &finding.span.evidence));
            return ruling(Fits::Applies, format!("Found here: {titles}."), evidence);
        }
        unfound(s)
    },
};

/// No filter was found: is that known, or only not collected?
fn unfound(s: &Situation<'_>) -> Ruling {
    let filters =
        FsReasons(FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER.0 | FsReasons::INCOMPATIBLE_VOLUME_FILTER.0);
    let file_system = || s.redirected().filter(|(_, _, mode, _)| mode.kind == ModeKind::FileSystemRedirected);
    if file_system().any(|(_, _, mode, _)| mode.file_system.0 & filters.0 != 0) {
        let evidence = cite(file_system().flat_map(|(_, _, _, evidence)| evidence));
        return ruling(Fits::Applies, "A node names a filter as its reason.", evidence);
    }
    // Windows names its reasons: what they do not name is not there.
    let named = file_system().all(|(_, _, mode, _)| !mode.file_system.is_empty());
    if file_system().next().is_some() && named {
        let evidence = cite(file_system().flat_map(|(_, _, _, evidence)| evidence));
        let why = format!(
            "The nodes name their reasons, and no filter is among them. The cause seen here: {}.",
            match s.cause_words() {
                text if text.is_empty() => "the reasons that they name".to_owned(),
                text => text,
            }
        );
        return ruling(Fits::DoesNotApply, why, evidence);
    }
    if file_system().next().is_none() && s.detours().next().is_some() && !s.is_partly_unknown() {
        let why =
            "The detours are block redirected, below the file system; filters redirect the file system.";
        let evidence = cite(s.redirected().flat_map(|(_, _, _, evidence)| evidence));
        return ruling(Fits::DoesNotApply, why, evidence);
    }
    // Without named reasons only complete logs tell: an incompatible filter is logged as event 5125 or 5126.
    let (Some(from), Some(to)) = (s.case.from, s.case.to) else { return unknown() };
    let complete = s.case.nodes.iter().filter_map(|node| node.name.as_ref());
    let mut complete = complete.peekable();
    let all =
        complete.peek().is_some() && complete.all(|node| s.case.covers(node, &Channel::System, from, to));
    match (all, s.cause_words()) {
        (true, causes) if !causes.is_empty() => ruling(
            Fits::DoesNotApply,
            format!(
                "The System logs of all nodes are complete and hold no event 5125 or 5126, by which Windows names a \
                 filter. The cause seen here: {causes}."
            ),
            s.cause_evidence(),
        ),
        _ => unknown(),
    }
}

fn unknown() -> Ruling {
    ruling(
        Fits::CannotTell,
        "No filter was found, but the nodes name no reason and their System logs are not complete. Collect \
         Get-ClusterSharedVolumeState and `fltmc instances` of every node.",
        Vec::new(),
    )
}
