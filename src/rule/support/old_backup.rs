//! Backups of 2008 R2, while which event 5121 is normal (KB2492143).

use std::collections::BTreeMap;

use super::{Episode, Told, say};
use crate::case::Case;
use crate::fact::{Channel, Instant, VolumeClaim};
use crate::finding::NotJudged;

/// The backups that are told of a volume.
pub(in crate::rule) struct Backups {
    /// When one is said to begin (`true`) or to end, in order of time.
    told: Vec<(Instant, bool)>,
    /// The last that is said of no known time.
    untimed: Option<bool>,
}

impl Backups {
    /// Out of what is told of the volume, in the order of the facts.
    pub(in crate::rule) fn of(said: &[&Told<'_>]) -> Self {
        let mut out = Self { told: Vec::new(), untimed: None };
        for told in said {
            match (told.claim, told.at) {
                (VolumeClaim::Backup { on }, Some(at)) => out.told.push((at, *on)),
                (VolumeClaim::Backup { on }, None) => out.untimed = Some(*on),
                _ => {}
            }
        }
        out
    }

    /// Was a 5121 of this time, if one is known, logged during a backup of 2008 R2, where it can be ignored (KB2492143)? Where the version
    /// is not known it may have been.
    pub(in crate::rule) fn run(&self, case: &Case, lost: Option<Instant>) -> bool {
        let after = self.told.partition_point(|(at, _)| Some(*at) <= lost);
        let before = self.told[..after].last().map(|(_, on)| *on);
        let (last, next) = (self.untimed.or(before), self.told.get(after));
        // Owner and node log the beginning at slightly different times.
        let near = |at: &Instant| lost.is_some_and(|lost| at.0.abs_diff(lost.0) <= super::NEAR);
        let begun = next.is_some_and(|(at, on)| *on && near(at));
        let in_backup = match (last, next) {
            _ if begun => true,
            (Some(on), _) => on,
            // Without a beginning in the evidence, an end tells that a backup ran.
            (None, Some((_, on))) => !on,
            (None, None) => false,
        };
        in_backup && case.os_build().is_none_or(|build| build < 9200)
    }
}

/// Why it is open whether a backup of 2008 R2 ran at a loss.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rule) enum Open {
    /// The clocks of owner and node may be further apart than the loss is from a backup.
    Clocks,
    /// No log that tells of backups (events 5140 and 5141) covers the loss.
    NoLog,
}

/// Can a backup of 2008 R2 have run at this loss, and why is that open?
pub(in crate::rule) fn may_run(case: &Case, said: &[&Told<'_>], loss: &Episode) -> Option<Open> {
    if case.os_build().is_some_and(|build| build >= 9200) {
        return None;
    }
    let spread = |fact| case.fact(fact).moment.map_or(0, |moment| moment.spread);
    let lost = loss.span.from.or(loss.reach.0)?;
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
    if !exact && backups.iter().any(|&(from, to)| from <= lost.0 && lost.0 <= to) {
        return Some(Open::Clocks);
    }
    (case.os_build().is_some() && !is_watched(case, lost, own)).then_some(Open::NoLog)
}

/// What would settle it, for the volumes of each reason.
pub(in crate::rule) fn not_judged(rule: &'static str, open: &BTreeMap<Open, Vec<String>>) -> Vec<NotJudged> {
    let one = |(why, volumes): (&Open, &Vec<String>)| {
        let mut volumes = volumes.clone();
        volumes.dedup();
        let (missing, collect): (&dyn Fn(&str) -> String, &str) = match why {
            Open::Clocks => (
                &|volumes| {
                    format!(
                        "one time for the nodes of {volumes}: 5121 during a backup of 2008 R2 is normal, and the clocks leave \
                         open whether one ran"
                    )
                },
                say::COLLECT_SYSTEM,
            ),
            Open::NoLog => (
                &|volumes| {
                    format!(
                        "the log that tells of backups (events 5140 and 5141) over the time at which a node lost direct access \
                         to {volumes}: on Windows Server 2008 R2 event 5121 is normal during a backup, and a fault outside of one"
                    )
                },
                say::COLLECT_OPERATIONAL,
            ),
        };
        say::not_judged(rule, &volumes, missing, collect)
    };
    open.iter().filter_map(one).collect()
}

/// Does the log that tells of backups cover the loss, on every node? Which of them writes it is not published.
fn is_watched(case: &Case, lost: Instant, doubt: i64) -> bool {
    let reach = (super::NEAR as i64).saturating_add(doubt);
    let edge =
        |at: i64| case.from.zip(case.to).map_or(Instant(at), |(from, to)| Instant(at).max(from).min(to));
    let (from, to) = (edge(lost.0.saturating_sub(reach)), edge(lost.0.saturating_add(reach)));
    let mut names = case.nodes.iter().filter_map(|n| n.name.as_ref());
    names.all(|name| case.covers(name, &Channel::ClusterOperational, from, to))
}
