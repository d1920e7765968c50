//! Is a file in UTC or in local time: by its header, else by proof from its body.
//!
//! A log prints some times that are local by nature (`lastFailoverTime`) or UTC by nature (the quorum death
//! timer) on lines with their own stamp (facts: cluster-log 1.5). A difference within [`NEAR`] of a multiple of 15
//! minutes is an offset; anything else is an older time and no proof. Where header and body disagree, neither
//! is believed alone: the spread covers both.

use std::collections::BTreeMap;

use super::zone::NodeZone;
use super::{SECOND, WIDEST_ZONE};
use crate::fact::{Claim, ClockClaim, Fact, InputId, Name, Stamp, TimeBase};

const MINUTE: i64 = 60 * SECOND;
const QUARTER: i64 = 15 * MINUTE;

/// How close a witness must be to a whole offset: real pairs are 0 to 45 ms apart (facts: cluster-log 1.5); an
/// unrelated older time falls so close by chance in one of 1,800 cases.
const NEAR: i64 = SECOND / 4;

/// One input, as far as its clock matters.
#[derive(Clone, Debug)]
pub struct FileClock {
    /// Which.
    pub input: InputId,
    /// Whose.
    pub node: Option<Name>,
    /// What its header says.
    pub base: TimeBase,
}

/// What the bodies of the files prove.
#[derive(Default)]
pub(super) struct Proof {
    /// By input: (stamp, minutes to add to the stamp to get UTC).
    utc: BTreeMap<InputId, Vec<(i64, i32)>>,
    /// By input: (stamp, minutes to add to the stamp to get local time).
    local: BTreeMap<InputId, Vec<(i64, i32)>>,
    files: BTreeMap<InputId, (i64, i64)>,
    nodes: BTreeMap<Name, (i64, i64)>,
}

fn widen(range: &mut (i64, i64), at: i64) {
    *range = (range.0.min(at), range.1.max(at));
}

fn offset(witness: Stamp, stamp: i64) -> Option<i32> {
    let (Stamp::Utc(told) | Stamp::Local(told) | Stamp::File(told)) = witness else {
        return None;
    };
    let difference = told.checked_sub(stamp)?;
    let quarters = (difference + QUARTER / 2).div_euclid(QUARTER);
    let near = (difference - quarters * QUARTER).abs() <= NEAR && difference.abs() <= WIDEST_ZONE + NEAR;
    near.then_some(quarters as i32 * 15)
}

impl Proof {
    pub(super) fn gather(facts: &[Fact]) -> Self {
        let mut out = Self::default();
        for fact in facts {
            let input = fact.origin.input;
            let (Stamp::File(at) | Stamp::Local(at)) = fact.stamp else {
                continue;
            };
            if let Some(node) = &fact.reporter {
                widen(out.nodes.entry(node.clone()).or_insert((at, at)), at);
            }
            if !matches!(fact.stamp, Stamp::File(_)) {
                continue;
            }
            widen(out.files.entry(input).or_insert((at, at)), at);
            match &fact.claim {
                Claim::Clock(ClockClaim::UtcWitness { utc }) => {
                    out.utc.entry(input).or_default().extend(offset(*utc, at).map(|m| (at, m)));
                }
                Claim::Clock(ClockClaim::LocalWitness { local }) => {
                    out.local.entry(input).or_default().extend(offset(*local, at).map(|m| (at, m)));
                }
                _ => {}
            }
        }
        out.utc.values_mut().chain(out.local.values_mut()).for_each(|v| v.sort_unstable());
        out
    }

    pub(super) fn range(&self, node: &Name) -> Option<(i64, i64)> {
        self.nodes.get(node).copied()
    }

    pub(super) fn last_stamp(&self, node: &Name) -> Option<i64> {
        self.nodes.get(node).map(|r| r.1)
    }

    fn utc_votes(&self, input: InputId) -> &[(i64, i32)] {
        self.utc.get(&input).map_or(&[], Vec::as_slice)
    }

    fn local_votes(&self, input: InputId) -> &[(i64, i32)] {
        self.local.get(&input).map_or(&[], Vec::as_slice)
    }
}

/// How a file's stamps become UTC.
#[derive(Clone, Debug)]
pub(super) struct Base {
    rule: Rule,
    /// Doubt on top of what the rule itself leaves.
    doubt: i64,
    /// In words, for the report; empty where there is nothing to say.
    pub(super) basis: String,
}

#[derive(Clone, Debug)]
enum Rule {
    Utc,
    Local(NodeZone),
}

impl Base {
    pub(super) fn utc(&self, stamp: i64) -> (i64, i64) {
        match &self.rule {
            Rule::Utc => (stamp, self.doubt),
            Rule::Local(zone) => {
                let (at, doubt) = zone.utc(stamp);
                (at, doubt + self.doubt)
            }
        }
    }

    pub(super) fn spread_of_all(&self) -> i64 {
        match &self.rule {
            Rule::Utc => self.doubt,
            Rule::Local(zone) => zone.doubt() + self.doubt,
        }
    }
}

/// The one value all votes agree on.
fn unanimous(votes: &[(i64, i32)]) -> Option<i32> {
    let first = votes.first()?.1;
    votes.iter().all(|v| v.1 == first).then_some(first)
}

/// Does the body prove the file to be in UTC? (`Some(false)`: proved local.) `None` also where the body contradicts
/// itself, or the zone's offset is zero in every vote and both readings fit.
fn proved_utc(utc: &[(i64, i32)], local: &[(i64, i32)]) -> Option<bool> {
    let by_utc = unanimous(utc).map(|minutes| minutes == 0);
    let all = |zero: bool| !local.is_empty() && local.iter().all(|v| (v.1 == 0) == zero);
    let by_local = if all(true) {
        Some(false)
    } else if all(false) {
        Some(true)
    } else {
        None
    };
    match (by_utc, by_local) {
        // Both witnesses at offset zero: local time is UTC here, so UTC it is.
        (Some(true), Some(false)) => Some(true),
        (Some(false), Some(true)) => None,
        (Some(proof), _) | (None, Some(proof)) => Some(proof),
        (None, None) => None,
    }
}

impl FileClock {
    /// What this file tells of its node's zone: (UTC, minutes to add to local time).
    pub(super) fn offset_sample(&self, proofs: &Proof) -> Option<(i64, i32)> {
        let (utc, local) = (proofs.utc_votes(self.input), proofs.local_votes(self.input));
        let end = proofs.files.get(&self.input).map(|r| r.1);
        if let TimeBase::Local { offset_minutes: Some(minutes) } = self.base {
            // The sign of the header's offset is disputed between readers (facts: cluster-log 1.5): a UTC witness
            // in the body settles it.
            let flipped = minutes != 0 && unanimous(utc) == Some(-minutes);
            let minutes = if flipped { -minutes } else { minutes };
            return Some((end? + i64::from(minutes) * MINUTE, minutes));
        }
        let header_utc = self.base == TimeBase::Utc;
        match proved_utc(utc, local) {
            Some(false) if !header_utc => {
                let minutes = unanimous(utc).filter(|m| *m != 0)?;
                Some((end? + i64::from(minutes) * MINUTE, minutes))
            }
            Some(true) => local.last().map(|&(at, minutes)| (at, -minutes)),
            _ if header_utc => local.last().map(|&(at, minutes)| (at, -minutes)),
            _ => None,
        }
    }

    pub(super) fn settle(
        &self,
        proofs: &Proof,
        node: Option<&NodeZone>,
        user: Option<chrono_tz::Tz>,
    ) -> Base {
        let (utc, local) = (proofs.utc_votes(self.input), proofs.local_votes(self.input));
        let proof = proved_utc(utc, local);
        let told = NodeZone::new(
            self.offset_sample(proofs).into_iter().collect(),
            user,
            proofs.files.get(&self.input).copied(),
        );
        let zone = node.filter(|zone| zone.is_known()).cloned().unwrap_or(told);
        let base = |rule, doubt, basis: &str| Base { rule, doubt, basis: basis.to_owned() };
        let conflict = utc.iter().chain(local).map(|v| i64::from(v.1.abs()) * MINUTE).max().unwrap_or(0);
        match (self.base, proof) {
            (TimeBase::Utc, Some(false)) if conflict > 0 => {
                base(Rule::Utc, conflict, "header says UTC, the body's own times say local: both are covered")
            }
            (TimeBase::Utc, _) => base(Rule::Utc, 0, ""),
            (TimeBase::Local { .. }, Some(true)) if conflict > 0 => base(
                Rule::Local(zone),
                conflict,
                "header says local time, the body's own times say UTC: both are covered",
            ),
            (TimeBase::Local { offset_minutes: Some(_) }, _) => {
                base(Rule::Local(zone), 0, "log in local time, offset by its header")
            }
            (TimeBase::Unknown, Some(true)) => {
                base(Rule::Utc, 0, "log in UTC, proved by times in its own lines")
            }
            (TimeBase::Local { offset_minutes: None }, _) | (TimeBase::Unknown, Some(false)) => {
                if zone.is_known() {
                    base(
                        Rule::Local(zone),
                        0,
                        "log in local time, offset from times in its own lines or another input",
                    )
                } else if user.is_some() {
                    base(Rule::Local(zone), 0, "log in local time, zone given by --tz")
                } else {
                    base(Rule::Utc, WIDEST_ZONE, "log in local time of an unknown zone: give --tz")
                }
            }
            (TimeBase::Unknown, None) => {
                if user.is_some() {
                    base(
                        Rule::Local(NodeZone::new(Vec::new(), user, None)),
                        0,
                        "time base unknown: read in the zone given by --tz",
                    )
                } else if zone.is_known() {
                    base(Rule::Utc, zone.widest(), "UTC or local time, the log does not say: give --tz")
                } else {
                    base(
                        Rule::Utc,
                        WIDEST_ZONE,
                        "UTC or local time of an unknown zone, the log does not say: give --tz",
                    )
                }
            }
        }
    }
}
