//! What was true, when. Written by the engine alone; the truth file is made of it.

use crate::fact::{Instant, IoMode, VmState, VolumeState};
use crate::simulate::cause::Cause;

/// A value over time: each entry holds from its instant up to the next one's.
#[derive(Clone, Debug)]
pub(super) struct Track<T> {
    changes: Vec<(Instant, T)>,
}

/// A stretch of one value. `to` is exclusive.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stretch<T> {
    pub(super) from: Instant,
    pub(super) to: Instant,
    pub(super) value: T,
}

impl<T: Clone + PartialEq> Track<T> {
    /// From `at` on, `value`.
    pub(super) fn new(at: Instant, value: T) -> Self {
        Self { changes: vec![(at, value)] }
    }

    /// From `at` on, `value`. Instants never go back.
    pub(super) fn set(&mut self, at: Instant, value: T) {
        match self.changes.last_mut() {
            Some((_, last)) if *last == value => {}
            Some((when, last)) if *when == at => *last = value,
            _ => self.changes.push((at, value)),
        }
        // Overwriting a value of the same instant can make it equal to the one before.
        if let [.., (_, before), (_, last)] = self.changes.as_slice()
            && before == last
        {
            self.changes.pop();
        }
    }

    /// The value in force at `at`.
    pub(super) fn at(&self, at: Instant) -> &T {
        let end = self.changes.partition_point(|(when, _)| *when <= at).max(1);
        &self.changes[end - 1].1
    }

    /// When the value changes next, after `at`.
    pub(super) fn next_change(&self, at: Instant) -> Option<Instant> {
        self.changes.get(self.changes.partition_point(|(when, _)| *when <= at)).map(|(when, _)| *when)
    }

    /// When `test` holds next, from `at` on.
    pub(super) fn next_time(&self, at: Instant, test: impl Fn(&T) -> bool) -> Option<Instant> {
        if test(self.at(at)) {
            return Some(at);
        }
        let next = self.changes.partition_point(|(when, _)| *when <= at);
        self.changes[next..].iter().find(|(_, value)| test(value)).map(|(when, _)| *when)
    }

    /// Instants at which the value changes.
    pub(super) fn instants(&self) -> impl Iterator<Item = Instant> + '_ {
        self.changes.iter().map(|(at, _)| *at)
    }

    /// All stretches up to `end`.
    pub(super) fn stretches(&self, end: Instant) -> Vec<Stretch<T>> {
        let ends = self.changes.iter().skip(1).map(|(at, _)| *at).chain([end]);
        let stretches = self.changes.iter().zip(ends);
        stretches.map(|((from, value), to)| Stretch { from: *from, to, value: value.clone() }).collect()
    }
}

/// A volume on a node.
#[derive(Clone, Debug)]
pub(super) struct OnNodeTracks {
    /// `None` while the node is down.
    pub(super) mode: Track<Option<IoMode>>,
    /// `None` while the node is down.
    pub(super) state: Track<Option<VolumeState>>,
    pub(super) causes: Track<Vec<Cause>>,
    /// The node lacks a path that it should have. File-system redirection hides that from the mode, and from `causes`.
    pub(super) lost: Track<bool>,
}

/// A volume.
#[derive(Clone, Debug)]
pub(super) struct VolumeTracks {
    /// `None` while no node has the disk online.
    pub(super) coordinator: Track<Option<usize>>,
    /// By node.
    pub(super) on: Vec<OnNodeTracks>,
}

/// What happened that no state of a volume tells: pauses, vetoes, faults of the network.
#[derive(Clone, Debug)]
pub(super) struct Incident {
    pub(super) cause: Cause,
    pub(super) from: Instant,
    /// `None`: it lasts.
    pub(super) to: Option<Instant>,
    /// Volumes that it touches.
    pub(super) volumes: Vec<usize>,
    /// Nodes that it touches.
    pub(super) nodes: Vec<usize>,
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// By volume.
    pub(super) volumes: Vec<VolumeTracks>,
    /// Node and state by VM.
    pub(super) placement: Vec<Track<(usize, VmState)>>,
    /// In order of their beginnings.
    pub(super) incidents: Vec<Incident>,
}

#[cfg(test)]
mod tests {
    use super::{Stretch, Track};
    use crate::fact::Instant;

    #[test]
    fn stretches() {
        let mut track = Track::new(Instant(0), 'a');
        for (at, value) in [(5, 'a'), (7, 'b'), (7, 'c'), (9, 'd'), (9, 'c'), (12, 'a')] {
            track.set(Instant(at), value);
        }
        let stretch = |from, to, value| Stretch { from: Instant(from), to: Instant(to), value };
        let expect = [stretch(0, 7, 'a'), stretch(7, 12, 'c'), stretch(12, 20, 'a')];
        assert_eq!(track.stretches(Instant(20)), expect);
        assert_eq!(
            [0, 6, 7, 12].map(|at| track.next_change(Instant(at)).map(|i| i.0)),
            [Some(7), Some(7), Some(12), None]
        );
        let next = |at, value| track.next_time(Instant(at), |v| *v == value).map(|i| i.0);
        assert_eq!(
            [next(3, 'a'), next(3, 'c'), next(8, 'a'), next(13, 'c')],
            [Some(3), Some(7), Some(12), None]
        );
        assert_eq!([track.at(Instant(6)), track.at(Instant(7)), track.at(Instant(99))], [&'a', &'c', &'a']);
    }
}
