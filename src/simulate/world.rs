//! The engine: a queue of steps in order of time. A step changes the cluster, the truth and the logs.
//!
//! There is no wall clock and no thread; the order of steps of one instant is the order in which they were
//! planned. The same scenario and seed give the same world.

use std::collections::BTreeMap;

use super::calendar::MILLISECOND;
use super::cause::Cause;
use super::gather::Gathering;
use super::history::{History, Incident, OnNodeTracks, Track, VolumeTracks};
use super::log::{Entry, Level, Process, Record, What};
use super::model::Cluster;
use super::play::io::Load;
use super::random::Random;
use crate::fact::{Instant, VmState, VolumeState};

type Step = Box<dyn FnOnce(&mut World)>;

/// A cluster at work.
pub(super) struct World {
    /// What there is, now.
    pub(super) cluster: Cluster,
    /// What was true.
    pub(super) history: History,
    /// What each node wrote, in the order of writing.
    pub(super) logs: Vec<Vec<Entry>>,
    /// For the steps.
    pub(super) random: Random,
    /// First instant.
    pub(super) start: Instant,
    /// Now.
    pub(super) now: Instant,
    /// Cluster-wide counters of the global update manager and the database.
    pub(super) updates: u64,
    /// Number of the cluster's present view of its members.
    pub(super) view: u64,
    /// Sequence number of the last request about a volume that all nodes take part in.
    pub(super) request: u64,
    /// Nodes leave all evidence that is established, not only what the first samples hold.
    pub(super) thorough: bool,
    /// What somebody collects at the end.
    pub(super) gathering: Gathering,
    /// What VMs do to their disks, where that is traced.
    pub(super) load: Option<Load>,
    /// Until then one change of nodes or volumes is under way.
    quiet: Instant,
    queue: BTreeMap<(Instant, u64), Step>,
    planned: u64,
}

impl World {
    /// A cluster at rest at `start`: its truth begins with its state.
    pub(super) fn new(cluster: Cluster, start: Instant, random: Random) -> Self {
        let nodes = cluster.nodes.len();
        let volumes = cluster.volumes.iter().enumerate().map(|(at, volume)| VolumeTracks {
            coordinator: Track::new(start, volume.coordinator),
            on: (0..nodes)
                .map(|node| OnNodeTracks {
                    mode: Track::new(start, Some(cluster.mode(at, node))),
                    state: Track::new(start, Some(volume.on[node].state)),
                    causes: Track::new(start, cluster.causes(at, node)),
                    lost: Track::new(start, cluster.lacks_path(at, node)),
                })
                .collect(),
        });
        let placement = cluster.vms.iter().map(|vm| Track::new(start, (vm.node, vm.state.clone())));
        let history =
            History { volumes: volumes.collect(), placement: placement.collect(), incidents: Vec::new() };
        Self {
            history,
            logs: vec![Vec::new(); nodes],
            random,
            start,
            now: start,
            updates: 310,
            view: 901,
            request: 70,
            thorough: false,
            gathering: Gathering::default(),
            load: None,
            quiet: start,
            queue: BTreeMap::new(),
            planned: 0,
            cluster,
        }
    }

    /// Plans a step.
    pub(super) fn at(&mut self, when: Instant, step: impl FnOnce(&mut Self) + 'static) {
        self.planned += 1;
        self.queue.insert((when.max(self.now), self.planned), Box::new(step));
    }

    /// Plans a step `delay` nanoseconds from now.
    pub(super) fn after(&mut self, delay: i64, step: impl FnOnce(&mut Self) + 'static) {
        self.at(Instant(self.now.0 + delay), step);
    }

    /// Plans a step that changes nodes or volumes: one after the other, each with `needs` nanoseconds for itself.
    pub(super) fn exclusive(&mut self, when: Instant, needs: i64, step: impl FnOnce(&mut Self) + 'static) {
        self.at(when, move |w| {
            if w.now < w.quiet {
                let later = Instant(w.quiet.0 + 100 * MILLISECOND);
                w.exclusive(later, needs, step);
            } else {
                w.quiet = Instant(w.now.0 + needs);
                step(w);
            }
        });
    }

    /// The change that is under way needs this much from now on, however much was planned for it.
    pub(super) fn needs(&mut self, needs: i64) {
        self.quiet = self.quiet.max(Instant(self.now.0 + needs));
    }

    /// Is a change of nodes or volumes under way?
    pub(super) fn is_busy(&self) -> bool {
        self.now < self.quiet
    }

    /// Puts an incident that lasts `lasts` nanoseconds into the truth.
    pub(super) fn incident(&mut self, cause: Cause, lasts: Option<i64>, volumes: &[usize], nodes: &[usize]) {
        let to = lasts.map(|lasts| Instant(self.now.0 + lasts));
        let (volumes, nodes) = (volumes.to_vec(), nodes.to_vec());
        self.history.incidents.push(Incident { cause, from: self.now, to, volumes, nodes });
    }

    /// Indices of the nodes whose cluster service runs.
    pub(super) fn members(&self) -> Vec<usize> {
        self.nodes().filter(|&node| self.cluster.nodes[node].up).collect()
    }

    /// Takes all steps before `end`.
    pub(super) fn run(&mut self, end: Instant) {
        while let Some(first) = self.queue.first_entry() {
            if first.key().0 >= end {
                break;
            }
            let ((when, _), step) = first.remove_entry();
            self.now = when;
            step(self);
        }
        self.now = end;
    }

    /// A few milliseconds, as steps on several nodes never fall together.
    pub(super) fn jitter(&mut self, from: i64, to: i64) -> i64 {
        self.random.between(from * MILLISECOND / 100, to * MILLISECOND / 100) * 100
    }

    /// Node indices.
    pub(super) fn nodes(&self) -> std::ops::Range<usize> {
        0..self.cluster.nodes.len()
    }

    /// A node's clock at a true instant.
    pub(super) fn clock(&self, node: usize, at: Instant) -> Instant {
        self.cluster.nodes[node].clock.reads(at, at.0 - self.start.0)
    }

    /// Writes to a node's logs, now.
    pub(super) fn write(&mut self, node: usize, process: Process, what: What) {
        if !self.cluster.nodes[node].up {
            return;
        }
        let pids = &self.cluster.nodes[node].pids;
        let pid = match process {
            Process::System => 4,
            Process::Cluster => pids.cluster,
            Process::DiskHost => pids.disk_host,
            Process::VmHost => pids.vm_host,
            Process::Vmms => pids.vmms,
            Process::Service => pids.services,
        };
        let tid = pid + 4 * (1 + self.random.index(9) as u32);
        let at = self.clock(node, self.now);
        self.logs[node].push(Entry { at, pid, tid, what });
    }

    /// Logs an event.
    pub(super) fn record(&mut self, node: usize, process: Process, record: Record) {
        self.write(node, process, What::Record(Box::new(record)));
    }

    /// Logs a line of the cluster engine.
    pub(super) fn engine(&mut self, node: usize, level: Level, text: String) {
        self.write(node, Process::Cluster, What::Engine(level, text));
    }

    /// Logs a line of a resource host.
    pub(super) fn host(&mut self, node: usize, process: Process, text: String) {
        self.write(node, process, What::Engine(Level::Info, text));
    }

    /// The disk of `volume` is online on `node`, or nowhere.
    pub(super) fn set_coordinator(&mut self, volume: usize, node: Option<usize>) {
        let v = &mut self.cluster.volumes[volume];
        v.previous = v.coordinator.or(v.previous);
        v.coordinator = node;
        self.history.volumes[volume].coordinator.set(self.now, node);
        // While a disk moves its I/O is held: the mode is that of the next owner, not "unavailable".
        if node.is_some() {
            self.refresh(volume);
        }
    }

    /// CSVFS on `node` is in `state`.
    pub(super) fn set_state(&mut self, volume: usize, node: usize, state: VolumeState) {
        self.cluster.volumes[volume].on[node].state = state;
        self.history.volumes[volume].on[node].state.set(self.now, Some(state));
    }

    /// A node goes down, or comes back with its volumes yet to be mounted.
    pub(super) fn set_up(&mut self, node: usize, up: bool) {
        self.cluster.nodes[node].up = up;
        for volume in 0..self.cluster.volumes.len() {
            self.cluster.volumes[volume].on[node].state = VolumeState::Init;
            let state = up.then_some(VolumeState::Init);
            self.history.volumes[volume].on[node].state.set(self.now, state);
            if self.cluster.volumes[volume].coordinator.is_some() || !up {
                self.refresh(volume);
            }
        }
    }

    /// The cluster knows that `node` has, or lacks, a path to the disk.
    pub(super) fn set_connected(&mut self, volume: usize, node: usize, connected: bool) {
        self.cluster.volumes[volume].on[node].connected = connected;
        self.refresh(volume);
    }

    /// `vm` is on `node` in `state`.
    pub(super) fn place(&mut self, vm: usize, node: usize, state: VmState) {
        let v = &mut self.cluster.vms[vm];
        if v.node != node {
            v.previous = Some(v.node);
        }
        (v.node, v.state) = (node, state.clone());
        self.history.placement[vm].set(self.now, (node, state));
    }

    /// Modes and causes follow from the cluster's state.
    pub(super) fn refresh(&mut self, volume: usize) {
        for node in self.nodes() {
            let (mode, causes) = match self.cluster.nodes[node].up {
                true => (Some(self.cluster.mode(volume, node)), self.cluster.causes(volume, node)),
                false => (None, Vec::new()),
            };
            let lost = self.cluster.nodes[node].up && self.cluster.lacks_path(volume, node);
            let tracks = &mut self.history.volumes[volume].on[node];
            tracks.lost.set(self.now, lost);
            tracks.mode.set(self.now, mode);
            tracks.causes.set(self.now, causes);
        }
    }
}
