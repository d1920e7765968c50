//! Local times to UTC: by the published rules where a zone is known (a node's event log names its own, 6013), else by
//! the offsets that records tell.
//!
//! An offset without a zone says nothing of daylight saving: every IANA zone that agrees with the offsets told
//! is asked, and where they disagree at a time the spread says by how much. Never through an ambiguous local time
//! silently: the hour that comes twice is placed in its middle.

use std::collections::BTreeSet;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use windows_timezones::WindowsTimezone;

use super::{SECOND, WIDEST_ZONE};
use crate::fact::Name;

const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;

/// Reads an IANA zone name (`Europe/Berlin`, `UTC`), case ignored.
#[must_use]
pub fn parse_zone(text: &str) -> Option<Tz> {
    TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(text.trim()))
}

/// The IANA zone of a Windows zone name (`W. Europe Standard Time`), by CLDR's table for the zone's main territory.
/// The name may be the one in summer; names in other languages than English are not known.
pub(super) fn windows_zone(name: &str) -> Option<Tz> {
    let known = |name: &str| name.parse::<WindowsTimezone>().ok().map(Tz::from);
    known(name).or_else(|| known(&name.replace("Daylight Time", "Standard Time")))
}

/// A local time in `zone` as UTC with its half width, nanoseconds. Without a zone: as if UTC, ±14 h.
pub(super) fn local_to_utc(local: i64, zone: Option<Tz>) -> (i64, i64) {
    let Some((zone, naive)) = zone.zip(naive(local)) else {
        return (local, WIDEST_ZONE);
    };
    let nanos = |t: DateTime<Tz>| t.timestamp_nanos_opt().unwrap_or(local);
    match zone.from_local_datetime(&naive) {
        MappedLocalTime::Single(at) => (nanos(at), 0),
        MappedLocalTime::Ambiguous(first, second) => {
            let (a, b) = (nanos(first), nanos(second));
            (a / 2 + b / 2, (b - a).abs() / 2 + 1)
        }
        // An hour that the zone skips: a clock that was not put forward yet. Read by the offset before it.
        MappedLocalTime::None => {
            let before = naive - chrono::TimeDelta::hours(3);
            let offset =
                zone.from_local_datetime(&before).earliest().map(|t| t.offset().fix().local_minus_utc());
            let shift = i64::from(offset.unwrap_or(0)) * SECOND;
            (local - shift, 60 * MINUTE)
        }
    }
}

/// Minutes to add to local time to get UTC, in `zone` at the instant `utc`.
fn bias_at(zone: Tz, utc: i64) -> Option<i32> {
    let at = naive(utc)?;
    Some(-zone.offset_from_utc_datetime(&at).fix().local_minus_utc() / 60)
}

/// The largest difference between local time and UTC from a day before a range to a day after it.
fn widest(zone: Tz, (from, to): (i64, i64)) -> i64 {
    let days = to.saturating_sub(from).clamp(0, 20 * 366 * DAY) / DAY;
    let at = |day: i64| from.saturating_add((day - 1) * DAY);
    let all = (0..=days + 3).filter_map(|day| bias_at(zone, at(day)));
    all.map(|minutes| i64::from(minutes.abs()) * MINUTE).max().unwrap_or(WIDEST_ZONE)
}

fn naive(nanos: i64) -> Option<NaiveDateTime> {
    let (seconds, rest) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    DateTime::<Utc>::from_timestamp(seconds, u32::try_from(rest).ok()?).map(|t| t.naive_utc())
}

/// The rules of one node's local time.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeZone {
    /// The zone that the node or the user named, where it agrees with what records tell.
    zone: Option<Tz>,
    /// It is the node's own word.
    pub(super) told: bool,
    /// What the node named that does not hold, in words.
    pub(super) refused: Option<String>,
    /// The largest difference from UTC, where a zone is named.
    widest: i64,
    /// Stretches of local time: up to this local time, minutes to add, and doubt in nanoseconds.
    steps: Vec<(i64, i32, i64)>,
}

impl NodeZone {
    /// From offsets told at (about) some UTC times, the Windows zone names that the node's logs give, the user's zone,
    /// and the range of the node's stamps. A zone that contradicts an offset is none: the offset was read off a
    /// clock, while a name may be out of date.
    pub(super) fn new(
        samples: Vec<(i64, i32)>,
        named: &BTreeSet<Name>,
        user: Option<Tz>,
        range: Option<(i64, i64)>,
    ) -> Self {
        let agrees = |zone: Tz| samples.iter().all(|&(at, minutes)| bias_at(zone, at) == Some(minutes));
        let names: Vec<&str> = named.iter().map(Name::as_str).collect();
        let zones: BTreeSet<Option<&str>> =
            names.iter().map(|name| windows_zone(name).map(|zone| zone.name())).collect();
        let single = (zones.len() == 1).then(|| windows_zone(names[0])).flatten();
        let own = single.filter(|&zone| agrees(zone));
        let names = names.join(", ");
        let refused = match (zones.len(), single, own) {
            (0, ..) | (_, _, Some(_)) => None,
            (1, None, _) => Some(format!("zone '{names}' of the event log is not known")),
            (1, Some(_), _) => {
                Some(format!("zone '{names}' of the event log contradicts offsets told: both are covered"))
            }
            _ => Some(format!("the event log names several zones: {names}: none is used")),
        };
        let zone = own.or(user.filter(|&zone| agrees(zone)));
        let ends = range.unwrap_or((samples.first().map_or(0, |s| s.0), samples.last().map_or(0, |s| s.0)));
        let found = Self {
            zone,
            told: own.is_some(),
            refused,
            widest: zone.map_or(WIDEST_ZONE, |zone| widest(zone, ends)),
            steps: Vec::new(),
        };
        let (Some(&(_, last)), Some((from, to)), None) = (samples.last(), range, zone) else { return found };
        // Which of the two is right cannot be said: both are covered.
        let other =
            |zone: Tz, &(at, minutes): &(i64, i32)| bias_at(zone, at).map_or(0, |m| (m - minutes).abs());
        let contradicts = single.and_then(|zone| samples.iter().map(|sample| other(zone, sample)).max());
        let conflict = i64::from(contradicts.unwrap_or(0)) * MINUTE;
        let candidates: Vec<Tz> = TZ_VARIANTS.iter().copied().filter(|&zone| agrees(zone)).collect();
        let nearest = |at: i64| {
            samples.iter().min_by_key(|(told, _)| told.abs_diff(at)).map_or(last, |&(_, minutes)| minutes)
        };
        let (from, to) = (from - DAY, (to + DAY).min(from.saturating_add(20 * 366 * DAY)));
        let mut steps: Vec<(i64, i32, i64)> = Vec::new();
        let mut day = from.div_euclid(DAY) * DAY;
        while day <= to {
            // A change inside the day casts doubt on the whole day: the hour differs from zone to zone.
            let minutes = nearest(day);
            let mut doubt = 0;
            for &zone in &candidates {
                for at in [day - DAY / 2, day + DAY + DAY / 2] {
                    let other = bias_at(zone, at).unwrap_or(minutes);
                    doubt = doubt.max(i64::from((other - minutes).abs()) * MINUTE);
                }
            }
            if candidates.is_empty() {
                // No published zone has ever told these offsets together: a clock of its own making.
                doubt =
                    samples.iter().map(|(_, m)| i64::from((m - minutes).abs()) * MINUTE).max().unwrap_or(0);
            }
            doubt += conflict;
            day += DAY;
            match steps.last_mut() {
                Some(step) if step.1 == minutes && step.2 == doubt => step.0 = day,
                _ => steps.push((day, minutes, doubt)),
            }
        }
        Self { steps, ..found }
    }

    /// Does anything say how far local time is from UTC?
    pub(super) fn is_known(&self) -> bool {
        self.zone.is_some() || !self.steps.is_empty()
    }

    /// The largest difference between local time and UTC that this zone shows.
    pub(super) fn widest(&self) -> i64 {
        match self.zone {
            Some(_) => self.widest,
            None => {
                self.steps.iter().map(|s| i64::from(s.1.abs()) * MINUTE + s.2).max().unwrap_or(WIDEST_ZONE)
            }
        }
    }

    /// The widest doubt over the node's range.
    pub(super) fn doubt(&self) -> i64 {
        match (self.zone, self.steps.is_empty()) {
            (Some(_), _) => 0,
            (None, true) => WIDEST_ZONE,
            (None, false) => self.steps.iter().map(|s| s.2).max().unwrap_or(0),
        }
    }

    /// A local time as UTC, with its half width.
    pub(super) fn utc(&self, local: i64) -> (i64, i64) {
        if self.zone.is_some() || self.steps.is_empty() {
            return local_to_utc(local, self.zone);
        }
        let at = self.steps.partition_point(|step| step.0 <= local).min(self.steps.len() - 1);
        let (_, minutes, doubt) = self.steps[at];
        (local + i64::from(minutes) * MINUTE, doubt)
    }
}
