//! Which logs were complete when: silence means something only here.

use std::collections::BTreeMap;

use crate::clock::ClockKey;
use crate::fact::{Channel, Instant, Name};

/// Closed intervals in order of time, none touching another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<(Instant, Instant)>);

impl Intervals {
    /// From intervals in any order; those that touch or overlap become one, those that end before they begin none.
    #[must_use]
    pub fn new(mut parts: Vec<(Instant, Instant)>) -> Self {
        parts.retain(|part| part.0 <= part.1);
        parts.sort_unstable();
        let mut out: Vec<(Instant, Instant)> = Vec::with_capacity(parts.len());
        for part in parts {
            match out.last_mut() {
                Some(last) if part.0 <= last.1 => last.1 = last.1.max(part.1),
                _ => out.push(part),
            }
        }
        Self(out)
    }

    /// In this or the other.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&other.0).copied().collect())
    }

    /// In both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (mut i, mut j, mut out) = (0, 0, Vec::new());
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            let both = (a.0.max(b.0), a.1.min(b.1));
            if both.0 <= both.1 {
                out.push(both);
            }
            if a.1 <= b.1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        Self::new(out)
    }

    /// Cut to one interval.
    #[must_use]
    pub fn within(&self, from: Instant, to: Instant) -> Self {
        self.and(&Self(vec![(from, to)]))
    }

    /// The intervals.
    #[must_use]
    pub fn parts(&self) -> &[(Instant, Instant)] {
        &self.0
    }

    /// The interval around `at`.
    #[must_use]
    pub fn around(&self, at: Instant) -> Option<(Instant, Instant)> {
        let end = self.0.partition_point(|part| part.0 <= at);
        self.0[..end].last().copied().filter(|part| at <= part.1)
    }
}

/// Complete logs as some evidence needs them, with the clocks that their ends are told by.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    /// When the logs were complete.
    pub intervals: Intervals,
    sources: Vec<Source>,
}

/// One node's logs and the stretch in which they count.
#[derive(Clone, Debug)]
struct Source {
    during: Option<(Instant, Instant)>,
    logs: Intervals,
    /// The end of the node's logs, where these reach it.
    end: Option<Instant>,
    clock: Option<ClockKey>,
    spread: i64,
}

impl Cover {
    /// Logs of one clock; points of another must keep both spreads away from their ends.
    #[must_use]
    pub fn new(intervals: Intervals, clock: Option<ClockKey>, spread: i64) -> Self {
        let sources = vec![Source { during: None, logs: intervals.clone(), end: None, clock, spread }];
        Self { intervals, sources }
    }

    /// Where the node's logs end altogether.
    #[must_use]
    pub fn of_logs_until(mut self, end: Option<Instant>) -> Self {
        let reached = self.intervals.parts().last().map(|part| part.1);
        let end = end.filter(|end| Some(*end) == reached);
        self.sources.iter_mut().for_each(|source| source.end = end);
        self
    }

    /// These logs between two instants only, and then those of `self`.
    pub fn add(&mut self, from: Instant, to: Instant, other: &Self) {
        self.intervals = self.intervals.or(&other.intervals.within(from, to));
        let sources = other.sources.iter().cloned();
        self.sources.extend(sources.map(|source| Source { during: Some((from, to)), ..source }));
    }

    /// While both logs are complete.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let sources = self.sources.iter().chain(&other.sources).cloned().collect();
        Self { intervals: self.intervals.and(&other.intervals), sources }
    }

    /// While any of these logs is complete.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        self.join(other.clone());
        self
    }

    fn join(&mut self, other: Self) {
        self.intervals = self.intervals.or(&other.intervals);
        self.sources.extend(other.sources);
    }

    /// The complete stretch that a row taken at collection belongs to: around it, or of a node whose logs all ended a
    /// little before (`near`, nanoseconds) because they were exported first.
    pub(super) fn collected(&self, at: Instant, near: i64) -> Option<(Instant, Instant)> {
        let exported = |part: &(Instant, Instant)| {
            let counts = |source: &Source| {
                source.end == Some(part.1)
                    && source.during.is_none_or(|(from, to)| from <= part.1 && at <= to)
            };
            part.1 <= at && at.0 - part.1.0 <= near && self.sources.iter().any(counts)
        };
        self.intervals.around(at).or_else(|| self.intervals.parts().last().copied().filter(exported))
    }

    /// The complete stretch around a point, if its place in it is certain: a log of another clock may have begun
    /// after the point (`forward`), or ended before it.
    pub(super) fn around(
        &self,
        at: Instant,
        spread: i64,
        clock: ClockKey,
        forward: bool,
    ) -> Option<(Instant, Instant)> {
        let sure = |source: &Source| {
            let counts = source.during.is_none_or(|(from, to)| from <= at && at <= to);
            let apart = if source.clock == Some(clock) { 0 } else { spread.saturating_add(source.spread) };
            counts
                && source.logs.around(at).is_some_and(|(from, to)| {
                    if forward {
                        at.0.saturating_sub(apart) >= from.0
                    } else {
                        at.0.saturating_add(apart) <= to.0
                    }
                })
        };
        self.intervals.around(at).filter(|_| self.sources.iter().any(sure))
    }
}

/// Every node's complete channels.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    channels: BTreeMap<(Name, Channel), Intervals>,
    ends: BTreeMap<Name, Instant>,
    clocks: BTreeMap<Name, (ClockKey, i64)>,
}

impl Coverage {
    /// The widest spread of any node's clock, nanoseconds.
    #[must_use]
    pub fn widest(&self) -> i64 {
        self.clocks.values().map(|clock| clock.1).max().unwrap_or(crate::clock::OWN_CLOCK)
    }

    /// From placed pieces of coverage, in any order, and each node's clock with its spread.
    #[must_use]
    pub fn new(
        pieces: Vec<(Name, Channel, Instant, Instant)>,
        clocks: BTreeMap<Name, (ClockKey, i64)>,
    ) -> Self {
        let mut parts: BTreeMap<(Name, Channel), Vec<(Instant, Instant)>> = BTreeMap::new();
        let mut ends: BTreeMap<Name, Instant> = BTreeMap::new();
        for (node, channel, from, to) in pieces {
            let end = ends.entry(node.clone()).or_insert(to);
            *end = (*end).max(to);
            parts.entry((node, channel)).or_default().push((from, to));
        }
        let channels = parts.into_iter().map(|(key, parts)| (key, Intervals::new(parts))).collect();
        Self { channels, ends, clocks }
    }

    /// One channel of one node.
    #[must_use]
    pub fn channel(&self, node: &Name, channel: Channel) -> Intervals {
        self.channels.get(&(node.clone(), channel)).cloned().unwrap_or_default()
    }

    /// Nodes of which any log is there.
    pub fn nodes(&self) -> impl Iterator<Item = &Name> {
        self.clocks.keys()
    }

    fn by(&self, node: &Name, intervals: Intervals) -> Cover {
        let clock = self.clocks.get(node);
        let cover = Cover::new(intervals, clock.map(|c| c.0), clock.map_or(0, |c| c.1));
        cover.of_logs_until(self.ends.get(node).copied())
    }

    /// The logs that tell when `node` gains or loses a group or resource: the engine's own, or
    /// FailoverClustering/Operational.
    #[must_use]
    pub fn ownership(&self, node: &Name) -> Cover {
        let engine = self.channel(node, Channel::ClusterEngine);
        self.by(node, engine.or(&self.channel(node, Channel::ClusterOperational)))
    }

    /// The engine's own log alone.
    #[must_use]
    pub fn engine(&self, node: &Name) -> Cover {
        self.by(node, self.channel(node, Channel::ClusterEngine))
    }

    /// The logs that tell of mode changes of a volume on `node`: System (5121, 5125, 5126, 5136, 5142) and
    /// FailoverClustering/Operational (5122, 5137 to 5141), both.
    #[must_use]
    pub fn mode(&self, node: &Name) -> Cover {
        let system = self.channel(node, Channel::System);
        self.by(node, system.and(&self.channel(node, Channel::ClusterOperational)))
    }

    /// The log that tells every CSVFS transition on `node`.
    #[must_use]
    pub fn state(&self, node: &Name) -> Cover {
        self.by(node, self.channel(node, Channel::CsvFsOperational))
    }

    /// The logs that tell every CSVFS transition on some node or other.
    #[must_use]
    pub fn any_state(&self) -> Cover {
        let mut out = Cover::default();
        for node in self.clocks.keys() {
            out.join(self.state(node));
        }
        out
    }

    /// Hyper-V's logs that tell when a VM leaves `node`: those of management and worker, both.
    #[must_use]
    pub fn hyper_v(&self, node: &Name) -> Cover {
        let vmms = self.channel(node, Channel::VmmsAdmin);
        self.by(node, vmms.and(&self.channel(node, Channel::WorkerAdmin)))
    }

    /// The log that tells what a VM does on `node`.
    #[must_use]
    pub fn worker(&self, node: &Name) -> Cover {
        self.by(node, self.channel(node, Channel::WorkerAdmin))
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, Intervals};

    #[test]
    fn set_arithmetic() {
        let of = |parts: &[(i64, i64)]| {
            Intervals::new(parts.iter().map(|p| (Instant(p.0), Instant(p.1))).collect())
        };
        let (a, b) = (of(&[(0, 10), (20, 30), (10, 12)]), of(&[(5, 22), (40, 50)]));
        assert_eq!(a, of(&[(0, 12), (20, 30)]));
        assert_eq!(a.and(&b), of(&[(5, 12), (20, 22)]));
        assert_eq!(a.or(&b), of(&[(0, 30), (40, 50)]));
        assert_eq!(a.around(Instant(12)), Some((Instant(0), Instant(12))));
        assert_eq!(a.around(Instant(13)), None);
        assert_eq!(b.within(Instant(6), Instant(7)), of(&[(6, 7)]));
    }
}
