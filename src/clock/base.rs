//! Is a file in UTC or in local time: by its header, else by proof from its body.
//!
//! A log prints some times that are local by nature (`lastFailoverTime`) or UTC by nature (the quorum death
//! timer) on lines with their own stamp (facts: cluster-log 1.5), and many events stand in the node's event logs,
//! which are in UTC, as well. A difference within [`NEAR`] of a multiple of 15
//! minutes is an offset; anything else is an older time and no proof. Where header and body disagree, neither
//! is believed alone: the spread covers both.

use std::collections::{BTreeMap, BTreeSet};

use super::twice::told_twice;
use super::zone::NodeZone;
use super::{SECOND, WIDEST_ZONE, each};
use crate::fact::{Claim, ClockClaim, Fact, InputId, Name, NodeClaim, Stamp, TimeBase};

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
    /// From which to which of its own stamps it is complete; a log may be so without one fact to tell.
    pub covers: Option<(i64, i64)>,
    /// Between which UTC stamps it is a complete System event log, where every step of the clock is told.
    pub tells_steps: Vec<(i64, i64)>,
}

/// The first build whose `Get-ClusterLog` has `-UseLocalTime` (Windows Server 2012): what is older writes cluster.log in
/// UTC alone (facts: cluster-log 1.1).
const FIRST_LOCAL_TIME: u32 = 9200;

/// A log whose last line is within a day of the latest record was made when that was, nanoseconds.
const DAY: i64 = 86_400_000_000_000;

/// What the bodies of the files prove.
#[derive(Default)]
pub(super) struct Proof {
    /// By input: (stamp, minutes to add to the stamp to get UTC).
    utc: BTreeMap<InputId, Vec<(i64, i32)>>,
    /// By input: (stamp, minutes to add to the stamp to get local time).
    local: BTreeMap<InputId, Vec<(i64, i32)>>,
    /// By input: the same as `utc`, of pairs of which no offset has two.
    lone: BTreeMap<InputId, Vec<(i64, i32)>>,
    files: BTreeMap<InputId, (i64, i64)>,
    nodes: BTreeMap<Name, (i64, i64)>,
    /// The newest build that anything tells of a node.
    builds: BTreeMap<Name, u32>,
    /// The latest UTC stamp of any input: about when all was collected.
    collected: Option<i64>,
}

fn widen(range: &mut (i64, i64), at: i64) {
    *range = (range.0.min(at), range.1.max(at));
}

pub(super) fn offset(witness: Stamp, stamp: i64) -> Option<i32> {
    let (Stamp::Utc(told) | Stamp::Local(told) | Stamp::File(told)) = witness else {
        return None;
    };
    let difference = told.checked_sub(stamp)?;
    let quarters = (difference + QUARTER / 2).div_euclid(QUARTER);
    let near = (difference - quarters * QUARTER).abs() <= NEAR && difference.abs() <= WIDEST_ZONE + NEAR;
    near.then_some(quarters as i32 * 15)
}

impl Proof {
    pub(super) fn gather(files: &[FileClock], facts: &[&[Fact]]) -> Self {
        let mut out = Self::default();
        for file in files {
            for at in file.covers.into_iter().flat_map(|(from, to)| [from, to]) {
                widen(out.files.entry(file.input).or_insert((at, at)), at);
                if let Some(node) = &file.node {
                    widen(out.nodes.entry(node.clone()).or_insert((at, at)), at);
                }
            }
        }
        for fact in each(facts) {
            let input = fact.origin.input;
            if let Claim::Node(node, NodeClaim::OsBuild(build)) = &fact.claim
                && let Some(node) = node.name.as_ref().or(fact.reporter.as_ref())
            {
                let newest = out.builds.entry(node.clone()).or_default();
                *newest = (*newest).max(*build);
            }
            if let Stamp::Utc(at) = fact.stamp
                && Stamp::PLAUSIBLE.contains(&at)
            {
                out.collected = out.collected.max(Some(at));
            }
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
        let [sure, lone] = told_twice(facts);
        for (input, votes) in sure {
            out.utc.entry(input).or_default().extend(votes);
        }
        out.lone = lone;
        out.utc.values_mut().chain(out.local.values_mut()).for_each(|v| v.sort_unstable());
        out
    }

    /// Inputs that print times whose base is the file's.
    pub(super) fn timed(&self) -> BTreeSet<InputId> {
        self.files.keys().copied().collect()
    }

    pub(super) fn range(&self, node: &Name) -> Option<(i64, i64)> {
        self.nodes.get(node).copied()
    }

    /// Is the node of a version that writes its log in UTC alone?
    fn writes_utc(&self, node: Option<&Name>) -> bool {
        node.and_then(|node| self.builds.get(node)).is_some_and(|&build| build < FIRST_LOCAL_TIME)
    }

    /// About when all was collected, by any clock in UTC.
    pub(super) fn collected(&self) -> Option<i64> {
        self.collected
    }

    pub(super) fn last_stamp(&self, node: &Name) -> Option<i64> {
        self.nodes.get(node).map(|r| r.1)
    }

    pub(super) fn utc_votes(&self, input: InputId) -> &[(i64, i32)] {
        self.utc.get(&input).map_or(&[], Vec::as_slice)
    }

    /// Do single pairs prove the file to be in UTC, or in the local time of its node's zone? Nothing else can it be in.
    pub(super) fn beside(&self, input: InputId, zone: &NodeZone) -> Option<bool> {
        let fits = |&&(stamp, minutes): &&(i64, i32)| {
            let (local, doubt) = zone.utc(stamp);
            minutes == 0 || (doubt == 0 && local - stamp == i64::from(minutes) * MINUTE)
        };
        let votes: Vec<(i64, i32)> = self.lone.get(&input)?.iter().filter(fits).copied().collect();
        unanimous(&votes).map(|minutes| minutes == 0)
    }

    pub(super) fn local_votes(&self, input: InputId) -> &[(i64, i32)] {
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
pub(super) fn proved_utc(utc: &[(i64, i32)], local: &[(i64, i32)]) -> Option<bool> {
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
            // The header is of the moment in which the log was made, after its last line: where the bundle was collected
            // soon after that, then.
            let end = end? + i64::from(minutes) * MINUTE;
            let made = proofs.collected.filter(|&at| at > end && at - end <= DAY).unwrap_or(end);
            return Some((made, minutes));
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
            &BTreeSet::new(),
            user,
            proofs.files.get(&self.input).copied(),
        );
        let zone = node.filter(|zone| zone.is_known()).cloned().unwrap_or(told);
        let own = zone.told;
        let proof = proof.or_else(|| proofs.beside(self.input, &zone).filter(|_| zone.is_known()));
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
            (TimeBase::Local { .. }, _) | (TimeBase::Unknown, Some(false)) if own => {
                base(Rule::Local(zone), 0, "log in local time, zone named by the node's event log")
            }
            (TimeBase::Local { offset_minutes: Some(_) }, _) => {
                base(Rule::Local(zone), 0, "log in local time, offset by its header")
            }
            (TimeBase::Unknown, Some(true)) => {
                base(Rule::Utc, 0, "log in UTC, proved by times in its own lines or by the node's event logs")
            }
            (TimeBase::Unknown, None) if proofs.writes_utc(self.node.as_ref()) => {
                base(Rule::Utc, 0, "log in UTC: this version of Windows writes no other")
            }
            (TimeBase::Local { offset_minutes: None }, _) | (TimeBase::Unknown, Some(false)) => {
                if zone.is_known() {
                    base(
                        Rule::Local(zone),
                        0,
                        "log in local time, offset from times in its own lines or another input of the node",
                    )
                } else if user.is_some() {
                    base(Rule::Local(zone), 0, "log in local time, zone given by --tz")
                } else {
                    base(Rule::Utc, WIDEST_ZONE, "log in local time of an unknown zone: give --tz")
                }
            }
            (TimeBase::Unknown, None) => {
                if user.is_some() && own {
                    base(
                        Rule::Local(zone),
                        0,
                        "time base unknown: read in the zone that the node's event log names",
                    )
                } else if user.is_some() {
                    base(
                        Rule::Local(NodeZone::new(Vec::new(), &BTreeSet::new(), user, None)),
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
