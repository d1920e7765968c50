//! When what happens: each happening gets its times from the seed. Changes of nodes and volumes wait for one
//! another; what they bring about may last across others.

use super::{Altered, Happening, Noise, Spec, Storage, Windows, build};
use crate::fact::{Instant, VmState};
use crate::simulate::calendar::{HOUR, MINUTE, SECOND};
use crate::simulate::cause::Cause;
use crate::simulate::gather::{Gathering, LEAST_LOG, Layout};
use crate::simulate::play::chatter::Chatter;
use crate::simulate::play::io::Load;
use crate::simulate::play::{
    access, backup, begin, clock, filter, migration, network, node, noise, ownership, path, standing, vm,
};
use crate::simulate::random::Random;
use crate::simulate::trace::Tracing;
use crate::simulate::world::World;

/// What a change of one volume needs for itself, nanoseconds.
const VOLUME: i64 = 8 * SECOND;
/// What a change of a whole node needs.
const NODE: i64 = 90 * SECOND;

/// Plays a spec to its end.
pub(super) fn play(spec: &Spec) -> World {
    let mut builder = build::cluster(spec);
    let random = builder.random.fork();
    let start = build::start(spec);
    let mut world = World::new(builder.cluster, start, random);
    world.thorough = true;
    if spec.traced_ms > 0 {
        let every = i64::from(spec.traced_ms) * SECOND / 1000;
        world.load = Some(Load { every, cpus: 4, seed: spec.seed, tracing: Tracing::default() });
    }
    if spec.from_start {
        begin::start(&mut world);
    }
    let end = Instant(start.0 + i64::from(spec.hours.max(2)) * HOUR);
    noise::start(&mut world, end, 10 * MINUTE);
    let draw = Random::new(spec.seed ^ 0x57a9);
    let mut story = Story { world, start, end, draw, unfinished: spec.unfinished };
    for &happening in spec.happenings.iter().filter(|h| spec.allows(**h)) {
        story.plan(happening, spec);
    }
    if spec.noise.contains(&Noise::ClockSet) {
        let at = story.time();
        let node = story.draw.index(spec.nodes);
        let by = story.draw.between(-90 * SECOND, 90 * SECOND);
        story.world.at(at, move |w| clock::set(w, node, by));
    }
    story.gathering(spec);
    let mut world = story.world;
    world.run(end);
    world
}

struct Story {
    world: World,
    start: Instant,
    end: Instant,
    draw: Random,
    unfinished: bool,
}

impl Story {
    /// A moment in the middle of the story.
    fn time(&mut self) -> Instant {
        let length = self.end.0 - self.start.0;
        Instant(self.start.0 + self.draw.between(length / 50, length / 50 * 48))
    }

    /// A moment in the first fifth of the story.
    fn early(&mut self) -> Instant {
        let length = self.end.0 - self.start.0;
        Instant(self.start.0 + self.draw.between(length / 50, length / 5))
    }

    /// A beginning and an end, in order and at least two minutes apart; the end may lie beyond the story's.
    fn stretch(&mut self) -> (Instant, Instant) {
        let from = self.time();
        let length = (self.end.0 - self.start.0) / 2;
        let lasts = self.draw.between(2 * MINUTE, length.max(3 * MINUTE));
        (from, if self.unfinished { self.end } else { Instant(from.0 + lasts) })
    }

    /// A node that sees a disk which another one owns, where there is one.
    fn beside(&mut self) -> usize {
        let first = self.node();
        let nodes = self.world.cluster.nodes.len();
        let volumes = &self.world.cluster.volumes;
        let sees = |node: &usize| volumes.iter().any(|v| v.on[*node].meant && v.coordinator != Some(*node));
        (0..nodes).map(|at| (first + at) % nodes).find(sees).unwrap_or(first)
    }

    fn volume(&mut self) -> usize {
        self.draw.index(self.world.cluster.volumes.len())
    }

    fn node(&mut self) -> usize {
        self.draw.index(self.world.cluster.nodes.len())
    }

    fn change(&mut self, at: Instant, needs: i64, step: impl FnOnce(&mut World) + 'static) {
        // What would end after the story's end does not begin.
        if at.0 + 4 * needs < self.end.0 {
            let last = Instant(self.end.0 - 2 * needs);
            self.world.exclusive(at, needs, move |w| {
                if w.now < last {
                    step(w);
                }
            });
        }
    }

    fn plan(&mut self, happening: Happening, spec: &Spec) {
        match happening {
            // These are so from the beginning.
            Happening::Refs | Happening::Tiering => {}
            Happening::UserRequest => {
                let ((from, to), volume) = (self.stretch(), self.volume());
                self.change(from, VOLUME, move |w| access::redirect(w, volume, true));
                self.change(to, VOLUME, move |w| access::redirect(w, volume, false));
            }
            Happening::UserRequestKept => {
                let (at, volume) = (self.early(), self.volume());
                self.change(at, VOLUME, move |w| access::redirect(w, volume, true));
            }
            Happening::FilterKept => {
                let at = self.early();
                // Where the volume is in the story as drawn: another owner does not take the filter with it.
                let drawn = spec.altered.owners.contains_key(&0).then(|| {
                    let unaltered = Spec { altered: Altered::default(), ..spec.clone() };
                    build::cluster(&unaltered).cluster.volumes[0].coordinator
                });
                self.change(at, VOLUME, move |w| {
                    if let Some(node) = drawn.unwrap_or(w.cluster.volumes[0].coordinator) {
                        filter::install(w, node, "exampflt", false);
                    }
                });
            }
            Happening::FileSystemFilter | Happening::VolumeFilter => {
                let below = happening == Happening::VolumeFilter;
                let name = if below { "exampvol" } else { "exampflt2" };
                let (from, to) = self.stretch();
                // Where it does something: on a node that owns a volume.
                let volume = self.volume();
                let node = self.world.cluster.volumes[volume].coordinator.unwrap_or(0);
                self.change(from, VOLUME, move |w| filter::install(w, node, name, below));
                self.change(to, VOLUME, move |w| filter::remove(w, node, name));
            }
            Happening::BitLocker => {
                let ((from, to), volume) = (self.stretch(), self.volume());
                self.change(from, VOLUME, move |w| access::encrypt(w, volume, true));
                self.change(to, VOLUME, move |w| access::encrypt(w, volume, false));
            }
            Happening::LostPath => {
                let (from, to) = self.stretch();
                let node = self.beside();
                self.change(from, 2 * VOLUME, move |w| path::lose(w, node));
                self.change(to, 2 * VOLUME, move |w| path::restore(w, node));
            }
            Happening::Backup => {
                for _ in 0..1 + self.draw.index(3) {
                    let (at, volume) = (self.time(), self.volume());
                    let lasts = self.draw.between(10 * MINUTE, 40 * MINUTE);
                    self.change(at, VOLUME, move |w| backup::run(w, volume, lasts));
                }
            }
            Happening::Maintenance => {
                let ((from, to), volume) = (self.stretch(), self.volume());
                self.change(from, VOLUME, move |w| rest(w, volume));
                let begin = Instant(from.0 + MINUTE);
                self.change(begin, VOLUME, move |w| access::maintain(w, volume, true));
                let to = Instant(to.0.max(begin.0 + 2 * MINUTE));
                self.change(to, VOLUME, move |w| {
                    access::maintain(w, volume, false);
                    w.after(VOLUME, move |w| wake(w, volume));
                });
            }
            Happening::NetworkFault => {
                let (at, volume) = (self.time(), self.volume());
                let owner = self.world.cluster.volumes[volume].coordinator.unwrap_or(0);
                let nodes = self.world.cluster.nodes.len();
                let node = (owner + 1 + self.draw.index(nodes - 1)) % nodes;
                let status = *self.draw.of(&network::STATUSES);
                let lasts = self.draw.between(10 * SECOND, 5 * MINUTE);
                self.change(at, lasts + VOLUME, move |w| network::disconnect(w, volume, node, status, lasts));
            }
            Happening::Moves => {
                for _ in 0..2 + self.draw.index(2 * spec.volumes) {
                    let (at, volume, to) = (self.time(), self.volume(), self.node());
                    if !spec.altered.owners.contains_key(&volume) {
                        self.change(at, VOLUME, move |w| ownership::move_volume(w, volume, to));
                    }
                }
            }
            Happening::LiveMigrations => {
                for _ in 0..1 + self.draw.index(2 * spec.vms) {
                    self.migrate(spec, migration::live);
                }
            }
            Happening::QuickMigrations => {
                for _ in 0..1 + self.draw.index(spec.vms) {
                    self.migrate(spec, migration::quick);
                }
            }
            Happening::FailedMigrations => {
                for _ in 0..1 + self.draw.index(3) {
                    self.migrate(spec, migration::fail);
                }
            }
            Happening::PowerCycles => {
                for _ in 0..1 + self.draw.index(spec.vms) {
                    let ((from, to), vm) = (self.stretch(), self.draw.index(spec.vms.max(1)));
                    if vm >= spec.vms {
                        continue;
                    }
                    self.change(from, 1, move |w| vm::stop(w, vm));
                    self.change(to, 10 * SECOND, move |w| {
                        let node = w.cluster.vms[vm].node;
                        vm::start(w, vm, node);
                    });
                }
            }
            Happening::Restart => {
                let (at, node) = (self.time(), self.node());
                let lasts = self.draw.between(3 * MINUTE, 15 * MINUTE);
                self.change(at, lasts + drain(spec) + NODE, move |w| {
                    let drained = node::restart(w, node, lasts);
                    w.needs(drained + lasts + NODE);
                });
            }
            Happening::Crash | Happening::ServiceCrash => {
                let (at, node) = (self.time(), self.node());
                let booted = happening == Happening::Crash;
                let lasts = if booted { self.draw.between(4 * MINUTE, 30 * MINUTE) } else { 90 * SECOND };
                self.change(at, lasts + NODE, move |w| {
                    node::crash(w, node, booted);
                    w.after(lasts, move |w| node::join(w, node, booted));
                });
            }
            Happening::MoveVetoed => {
                let (at, volume) = (self.time(), self.volume());
                self.change(at, VOLUME, move |w| ownership::veto(w, volume));
            }
            Happening::OwnerLostStorage => {
                let ((from, to), volume) = (self.stretch(), self.volume());
                self.change(from, 2 * VOLUME, move |w| {
                    let lost = w.cluster.volumes[volume].coordinator;
                    path::lose_owned(w, volume);
                    if let Some(node) = lost {
                        w.exclusive(to, 2 * VOLUME, move |w| path::restore(w, node));
                    }
                });
            }
            Happening::Drain => {
                let (at, node) = (self.time(), self.node());
                self.change(at, drain(spec), move |w| {
                    let node = beside_its_volumes(w).unwrap_or(node);
                    let drained = node::drain_and_resume(w, node);
                    w.needs(drained);
                });
            }
            Happening::Rebalance => {
                let at = self.time();
                let needs = (20 + 10 * spec.volumes as i64) * SECOND;
                self.change(at, needs, ownership::rebalance);
            }
            Happening::FileVeto => {
                if spec.vms > 0 {
                    let (at, vm) = (self.time(), self.draw.index(spec.vms));
                    self.change(at, VOLUME, move |w| standing::veto_file(w, vm));
                }
            }
            Happening::SigningOnRdma => {
                let end = self.end;
                self.always(Cause::SigningOnRdma);
                self.world.after(SECOND, move |w| standing::sign(w, end));
            }
            Happening::MetadataBurst => {
                let ((from, to), volume) = (self.stretch(), self.volume());
                let lasts = (to.0 - from.0).min(30 * MINUTE);
                self.change(from, 1, move |w| {
                    let nodes = w.members();
                    w.incident(Cause::MetadataBurst, Some(lasts), &[volume], &nodes);
                });
            }
            Happening::Skew => self.always(Cause::OwnershipSkew),
            Happening::Deduplication => self.always(Cause::Deduplication),
            Happening::SharedVhdx => self.always(Cause::SharedVhdx),
            Happening::MissingBinding => self.always(Cause::MissingBinding),
            Happening::NetworkRole => self.always(Cause::NetworkRole),
            Happening::WrongNetwork => self.always(Cause::WrongNetwork),
            Happening::Quarantine => {
                let (at, node) = (self.time(), self.node());
                let lasts = self.draw.between(10 * MINUTE, 40 * MINUTE);
                self.change(at, lasts + NODE, move |w| node::isolate(w, node, lasts));
            }
            Happening::RestartBug2018 => {
                let (at, node) = (self.time(), self.node());
                let lasts = self.draw.between(4 * MINUTE, 12 * MINUTE);
                self.change(at, lasts + NODE, move |w| node::restart_with_time_outs(w, node, lasts));
            }
            Happening::StrayAddress => {
                let (at, volume) = (self.time(), self.volume());
                let node = self.world.cluster.nodes.len() - 1;
                let lasts = self.draw.between(4 * MINUTE, 12 * MINUTE);
                let faulty = 4 * MINUTE;
                self.change(at, drain(spec) + lasts + faulty + 2 * NODE, move |w| {
                    let drained = node::restart(w, node, lasts);
                    w.needs(drained + lasts + faulty + 2 * NODE);
                    w.after(drained + lasts + 30 * SECOND, move |w| {
                        // It owns nothing: its volumes were moved away.
                        if w.cluster.volumes[volume].coordinator != Some(node) {
                            network::disconnect(w, volume, node, network::STATUSES[1], faulty);
                        }
                    });
                });
            }
        }
    }

    /// What is so from beginning to end, of the volumes that it is about.
    fn always(&mut self, cause: Cause) {
        let volumes = self.world.cluster.volumes.iter().enumerate();
        let volumes: Vec<usize> = match cause {
            Cause::Deduplication => volumes.filter(|(_, v)| v.deduplicated).map(|(at, _)| at).collect(),
            Cause::SharedVhdx => {
                let vms = self.world.cluster.vms.iter();
                let shared = vms.flat_map(|vm| &vm.disks).filter(|d| d.shared).map(|d| d.volume);
                shared.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
            }
            _ => Vec::new(),
        };
        let nodes: Vec<usize> = self.world.nodes().collect();
        self.world.incident(cause, None, &volumes, &nodes);
    }

    fn migrate(&mut self, spec: &Spec, how: fn(&mut World, usize, usize)) {
        if spec.vms == 0 {
            return;
        }
        let (at, vm, to) = (self.time(), self.draw.index(spec.vms), self.node());
        // Ten thousand VMs do not wait for one another.
        if !spec.altered.placed.contains_key(&vm) && at.0 + 90 * SECOND < self.end.0 {
            self.world.at(at, move |w| {
                if !w.is_busy() {
                    how(w, vm, to);
                }
            });
        }
    }

    fn gathering(&mut self, spec: &Spec) {
        let nodes = spec.nodes.clamp(2, 64);
        let chatter = Chatter { lines: spec.chatter, records: spec.chatter / 10, seed: spec.seed };
        let mut plan = Gathering { left_out: spec.left_out.clone(), chatter, ..Gathering::default() };
        if spec.windows >= Windows::Server2016 && self.draw.index(2) == 0 {
            plan.layout = Layout::Collector;
        }
        let local = spec.windows >= Windows::Server2012 && self.draw.index(2) == 0;
        let mixed = spec.noise.contains(&Noise::MixedBases) && spec.windows >= Windows::Server2012;
        let length = self.end.0 - self.start.0;
        let late =
            Instant(self.start.0 + self.draw.between(length / 20, (length - LEAST_LOG).max(length / 20 + 1)));
        for node in 0..nodes {
            if self.draw.index(2) == 0 && mixed || local && !mixed {
                plan.local.insert(node);
            }
            if self.draw.index(4) == 0 {
                plan.wide.insert(node);
            }
        }
        for &noise in &spec.noise {
            match noise {
                Noise::MixedBases | Noise::ClockSet => {}
                Noise::Twice => plan.twice = true,
                Noise::TimeSpan => plan.log_from = Some(late),
                Noise::Rotated => plan.events_from = Some(late),
                Noise::MissingNode => {
                    plan.missing.insert(self.draw.index(nodes));
                }
                Noise::Foreign => {
                    let other = Spec {
                        hours: 4,
                        nodes: 2,
                        happenings: vec![Happening::Moves],
                        ..Spec::quiet(spec.seed ^ 0xf0e1, spec.windows, Storage::San)
                    };
                    plan.foreign = Some(Box::new(other.play()));
                }
            }
        }
        self.world.gathering = plan;
    }
}

/// What a drain is planned to take: all volumes and VMs may be on one node of a small cluster. Where there are very many
/// VMs, more than four times a node's share of them are not.
fn drain(spec: &Spec) -> i64 {
    let vms = if spec.vms <= 400 { spec.vms } else { 4 * spec.vms / spec.nodes.max(4) };
    (60 + 3 * (vms + spec.volumes) as i64) * SECOND
}

fn on(world: &World, volume: usize) -> Vec<usize> {
    let vms = world.cluster.vms.iter().enumerate();
    vms.filter(|(_, vm)| vm.disks.iter().any(|d| d.volume == volume)).map(|(at, _)| at).collect()
}

/// The VMs on a volume are shut down.
fn rest(world: &mut World, volume: usize) {
    on(world, volume).into_iter().for_each(|at| vm::stop(world, at));
}

/// And started again.
fn wake(world: &mut World, volume: usize) {
    for at in on(world, volume) {
        let v = &world.cluster.vms[at];
        if v.state == VmState::Off {
            let node = v.node;
            vm::start(world, at, node);
        }
    }
}

/// The node with most VMs beside the owner of their volume: whose drain parts most from theirs.
fn beside_its_volumes(world: &World) -> Option<usize> {
    let beside = |node: usize| {
        let own = |volume: usize| world.cluster.volumes[volume].coordinator == Some(node);
        let vms = || world.cluster.vms.iter().filter(|vm| vm.node == node && vm.state == VmState::Running);
        (vms().filter(|vm| vm.disks.iter().any(|disk| own(disk.volume))).count(), vms().count())
    };
    let (most, node) = world.members().into_iter().map(|node| (beside(node), node)).max()?;
    (most.0 > 0).then_some(node)
}
