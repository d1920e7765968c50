//! Backups of 2008 R2, while which event 5121 is normal (KB2492143).

use super::{Episode, Told};
use crate::case::Case;
use crate::fact::{Instant, VolumeClaim};

/// Was this 5121 logged during a backup of 2008 R2, where it can be ignored (KB2492143)? Where the version is not
/// known it may have been.
pub(in crate::rule) fn runs(case: &Case, said: &[&Told<'_>], lost: &Told<'_>) -> bool {
    let mut before = said.iter().filter(|t| t.at <= lost.at);
    let last = before.rfind(|t| matches!(t.claim, VolumeClaim::Backup { .. }));
    let mut after = said.iter().filter(|t| t.at > lost.at);
    let next = after.find(|t| matches!(t.claim, VolumeClaim::Backup { .. }));
    // Without a beginning in the evidence, an end tells that a backup ran.
    // Owner and node log the beginning at slightly different times.
    let begins = |t: &&&&Told<'_>| matches!(t.claim, VolumeClaim::Backup { on: true });
    let near = |at: Instant| lost.at.is_some_and(|lost| at.0.abs_diff(lost.0) <= super::NEAR);
    let begun = next.as_ref().filter(begins).is_some_and(|t| t.at.is_some_and(near));
    let in_backup = match (last, next) {
        _ if begun => true,
        (Some(last), _) => matches!(last.claim, VolumeClaim::Backup { on: true }),
        (None, Some(next)) => matches!(next.claim, VolumeClaim::Backup { on: false }),
        (None, None) => false,
    };
    in_backup && case.os_build().is_none_or(|build| build < 9200)
}

/// Can a backup of 2008 R2 have run at this loss, as far apart as the clocks of owner and node may be?
pub(in crate::rule) fn may_run(case: &Case, said: &[&Told<'_>], loss: &Episode) -> bool {
    if case.os_build().is_some_and(|build| build >= 9200) {
        return false;
    }
    let spread = |fact| case.fact(fact).moment.map_or(0, |moment| moment.spread);
    let Some(lost) = loss.span.from.or(loss.reach.0) else { return false };
    let own = loss.span.evidence.iter().map(|cited| spread(cited.fact)).max().unwrap_or(0);
    // Each backup as told, with the doubt on both sides; what has no beginning or no end reaches as far as can be.
    let mut backups: Vec<(i64, i64)> = Vec::new();
    let mut begun: Option<i64> = None;
    let mut exact = true;
    for told in said {
        let (VolumeClaim::Backup { on }, Some(at)) = (told.claim, told.at) else { continue };
        let doubt = spread(told.fact).saturating_add(own);
        exact &= doubt.unsigned_abs() <= super::NEAR;
        match on {
            true => begun = begun.or(Some(at.0.saturating_sub(doubt))),
            false => backups.push((begun.take().unwrap_or(i64::MIN), at.0.saturating_add(doubt))),
        }
    }
    backups.extend(begun.map(|begun| (begun, i64::MAX)));
    // Of one clock the order is known, and was looked at.
    !exact && backups.iter().any(|&(from, to)| from <= lost.0 && lost.0 <= to)
}
