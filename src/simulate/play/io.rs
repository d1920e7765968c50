//! The I/O that VMs send to their disk files, as CSVFS traces it on one node.
//!
//! It follows from what was true: where each VM ran, and in which state and mode its volume was there. It is played
//! anew whenever somebody asks, from the same seed, and streams: memory holds what is in flight. An I/O that begins
//! while the volume is held waits and goes on when the volume is active again; none is in flight across a change.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::fact::{Guid, Instant, ModeKind, VmState, VolumeState};
use crate::simulate::calendar::{MILLISECOND, SECOND};
use crate::simulate::log::{Record, What};
use crate::simulate::model::BUILD_2022;
use crate::simulate::random::Random;
use crate::simulate::record::csvfs_io::{self, Open, Packet};
use crate::simulate::record::{csvfs, vhdmp};
use crate::simulate::trace::{Traced, Tracing};
use crate::simulate::world::World;

/// `STATUS_FILE_LOCK_CONFLICT`: the guest gets an error, the volume goes on.
const LOCK_CONFLICT: u32 = 0xc000_0054;
const TICK: i64 = 100;
/// Process id of the kernel.
const SYSTEM: u32 = 4;
/// An I/O that would last into a change of the volume is done by then.
const BEFORE_CHANGE: i64 = 2 * MILLISECOND;

/// How much the VMs do.
#[derive(Copy, Clone, Debug)]
pub(in crate::simulate) struct Load {
    /// Mean time between two I/Os of a virtual disk, nanoseconds.
    pub(in crate::simulate) every: i64,
    /// Processors of a node.
    pub(in crate::simulate) cpus: u16,
    pub(in crate::simulate) seed: u64,
    pub(in crate::simulate) tracing: Tracing,
}

/// A finished I/O.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) struct Moved {
    /// True time.
    pub(in crate::simulate) at: Instant,
    pub(in crate::simulate) node: usize,
    pub(in crate::simulate) vm: usize,
    pub(in crate::simulate) disk: usize,
    pub(in crate::simulate) mode: ModeKind,
    pub(in crate::simulate) write: bool,
    pub(in crate::simulate) bytes: u64,
}

/// What the player hands out.
enum Step {
    /// An event is traced.
    Event(Traced),
    /// An I/O has moved its bytes.
    Moved(Moved),
}

/// A stretch during which a VM runs on the node.
struct Stay {
    vm: usize,
    disk: usize,
    to: Instant,
    open: Open,
    pid: u32,
    /// What the guest does from here on.
    guest: Guest,
}

/// The load of a virtual disk. It is its own: it depends neither on the node, nor on what other VMs do there.
#[derive(Clone)]
struct Guest {
    random: Random,
    /// When its next I/O begins.
    next: Instant,
}

/// What a guest asks for.
struct Asked {
    write: bool,
    length: u32,
    failed: bool,
}

impl Guest {
    /// The I/O of `next`, which then is that of the one after.
    fn ask(&mut self, every: i64) -> Asked {
        let (mean, random) = (every.max(2000), &mut self.random);
        let pause = random.between(mean / 10, 2 * mean - mean / 10) / TICK * TICK + TICK;
        self.next = Instant(self.next.0 + pause);
        let write = random.index(100) < 38;
        let length = *random.of(&[4096, 4096, 8192, 8192, 16_384, 65_536, 65_536, 262_144]);
        Asked { write, length, failed: random.index(400) == 0 }
    }
}

#[derive(Copy, Clone)]
struct Io {
    stay: usize,
    packet: Packet,
    write: bool,
    length: u32,
    failed: bool,
    began: Instant,
    activity: Guid,
}

enum Next {
    Begin(usize),
    Resume(Io),
    Complete(Io),
}

struct Player<'a, F> {
    world: &'a World,
    node: usize,
    load: Load,
    random: Random,
    stays: Vec<Stay>,
    queue: BinaryHeap<Reverse<(Instant, u64)>>,
    waiting: BTreeMap<u64, Next>,
    planned: u64,
    /// Packets that came back, and when.
    free: Vec<(Instant, Packet)>,
    packets: u64,
    ios: u64,
    sink: F,
}

/// Plays a node's trace from the world's start to its end: all its CSVFS events in order of time.
fn play(world: &World, node: usize, load: Load, sink: impl FnMut(Step)) {
    let mut player = Player {
        world,
        node,
        load,
        random: Random::new(load.seed ^ (node as u64 + 1).wrapping_mul(0x9e37_79b9)),
        stays: Vec::new(),
        queue: BinaryHeap::new(),
        waiting: BTreeMap::new(),
        planned: 0,
        free: Vec::new(),
        packets: 0,
        ios: 0,
        sink,
    };
    player.rundown();
    player.run();
}

/// A node's events, in order of time.
pub(in crate::simulate) fn events(world: &World, node: usize, load: Load, mut sink: impl FnMut(Traced)) {
    play(world, node, load, |step| {
        if let Step::Event(event) = step {
            sink(event);
        }
    });
}

/// The bytes that a node's VMs moved, in order of time.
pub(in crate::simulate) fn moved(world: &World, node: usize, load: Load, mut sink: impl FnMut(&Moved)) {
    play(world, node, load, |step| {
        if let Step::Moved(moved) = &step {
            sink(moved);
        }
    });
}

/// The thread that runs, and where: what it traces at one instant keeps its order.
#[derive(Copy, Clone)]
struct Thread {
    cpu: u16,
    pid: u32,
    tid: u32,
}

impl<F: FnMut(Step)> Player<'_, F> {
    fn thread(&mut self, pid: u32) -> Thread {
        let tid = 4 * (60 + self.random.index(240) as u32);
        Thread { cpu: self.random.index(usize::from(self.load.cpus)) as u16, pid, tid }
    }

    fn event(&mut self, at: Instant, on: Thread, io: Option<&Io>, record: Record) {
        let event = Traced {
            at: self.world.clock(self.node, at),
            cpu: on.cpu,
            pid: on.pid,
            tid: on.tid,
            activity: io.map(|io| io.activity),
            related: None,
            record,
        };
        (self.sink)(Step::Event(event));
    }

    fn open(&mut self, vm: usize, disk: usize) -> Open {
        let disk = &self.world.cluster.vms[vm].disks[disk];
        let path =
            disk.path.splitn(4, '\\').nth(3).map_or_else(|| disk.path.clone(), |rest| format!(r"\{rest}"));
        let file_object = 0xffff_c20c_0000_0000 | (self.random.next() & 0xffff_fff0);
        Open { volume: self.world.cluster.volumes[disk.volume].guid, path, file_object }
    }

    /// What CSVFS writes when the trace starts, and the stays of all VMs.
    fn rundown(&mut self) {
        let world = self.world;
        let start = world.start;
        let system = self.thread(SYSTEM);
        self.event(start, system, None, csvfs_io::node_id(world.cluster.nodes[self.node].number));
        for (at, volume) in world.cluster.volumes.iter().enumerate() {
            let tracks = &world.history.volumes[at];
            if let Some(state) = *tracks.on[self.node].state.at(start) {
                let target = world.cluster.target(at, self.node, *tracks.coordinator.at(start));
                let record = csvfs_io::volume(volume.guid, state, &target, &volume.friendly);
                self.event(start, system, None, record);
            }
        }
        for vm in 0..world.cluster.vms.len() {
            for disk in 0..world.cluster.vms[vm].disks.len() {
                let lane = ((vm as u64) << 8 | disk as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
                let random = Random::new(self.load.seed ^ lane);
                let mut guest = Guest { random, next: Instant(start.0 + SECOND / 2) };
                for place in world.history.placement[vm].stretches(world.now) {
                    if place.value.0 != self.node || place.value.1 != VmState::Running {
                        continue;
                    }
                    let open = self.open(vm, disk);
                    if place.from == start {
                        self.event(start, system, None, csvfs_io::file(&open));
                    }
                    let pid = 4 * (1200 + self.random.index(3000) as u32);
                    // What it did elsewhere meanwhile.
                    while guest.next.0 < place.from.0 + SECOND / 2 {
                        guest.ask(self.load.every);
                    }
                    let guest = guest.clone();
                    self.stays.push(Stay { vm, disk, to: place.to, open, pid, guest });
                    let stay = self.stays.len() - 1;
                    self.plan(place.from, Next::Begin(stay));
                }
            }
        }
    }

    fn plan(&mut self, at: Instant, next: Next) {
        self.planned += 1;
        self.queue.push(Reverse((at, self.planned)));
        self.waiting.insert(self.planned, next);
    }

    /// The node's own CSVFS entries and the I/O, merged by time.
    fn run(&mut self) {
        let world = self.world;
        let is_csvfs = |what: &What| matches!(what, What::Record(r) if r.channel == csvfs::OPERATIONAL);
        let mut logged = world.logs[self.node].iter().filter(|e| is_csvfs(&e.what)).peekable();
        let mut opened = vec![false; self.stays.len()];
        while let Some(Reverse((at, number))) = self.queue.pop() {
            let local = world.clock(self.node, at);
            while let Some(entry) = logged.next_if(|e| e.at <= local) {
                self.logged(entry);
            }
            match self.waiting.remove(&number) {
                Some(Next::Begin(stay)) if opened[stay] => self.begin(at, stay),
                Some(Next::Begin(stay)) => {
                    opened[stay] = true;
                    self.opening(at, stay);
                }
                Some(Next::Resume(io)) => self.resume(at, io),
                Some(Next::Complete(io)) => self.complete(at, io),
                None => {}
            }
        }
        for entry in logged {
            self.logged(entry);
        }
    }

    fn logged(&mut self, entry: &crate::simulate::log::Entry) {
        let What::Record(record) = &entry.what else { return };
        let event = Traced {
            at: entry.at,
            cpu: self.random.index(usize::from(self.load.cpus)) as u16,
            pid: entry.pid,
            tid: entry.tid,
            activity: None,
            related: None,
            record: (**record).clone(),
        };
        (self.sink)(Step::Event(event));
    }

    fn opening(&mut self, at: Instant, stay: usize) {
        let world = self.world;
        let Stay { vm, disk, open, pid, .. } = &self.stays[stay];
        let (vm, disk, open, pid) = (*vm, *disk, open.clone(), *pid);
        if at > world.start {
            let thread = self.thread(pid);
            let packet = self.packet(at);
            self.event(at, thread, None, csvfs_io::opened(packet.irp, &open));
            self.free.push((at, packet));
            if world.cluster.build >= BUILD_2022 {
                let v = &world.cluster.vms[vm];
                let record = vhdmp::opened(&v.disks[disk].path, v.id, open.file_object & 0xffff_fff0);
                self.event(at, thread, None, record);
            }
        }
        let Stay { guest, to, .. } = &self.stays[stay];
        let first = guest.next;
        if first.0 < to.0 - SECOND {
            self.plan(first, Next::Begin(stay));
        }
    }

    fn packet(&mut self, at: Instant) -> Packet {
        // The last one freed is taken first: packets come back soon. Two uses never share an instant, because no
        // reader could tell which of two processors was first.
        if let Some((_, packet)) = self.free.pop_if(|(freed, _)| *freed < at) {
            return packet;
        }
        self.packets += 1;
        Packet {
            irp: 0xffff_c20e_1000_0010 + 0x440 * self.packets,
            context: 0xffff_c20f_2000_0000 + 0x300 * self.packets,
        }
    }

    fn begin(&mut self, at: Instant, stay: usize) {
        let until = self.stays[stay].to;
        let guest = &mut self.stays[stay].guest;
        let Asked { write, length, failed } = guest.ask(self.load.every);
        let next = guest.next;
        if next.0 < until.0 - SECOND {
            self.plan(next, Next::Begin(stay));
        }
        let packet = self.packet(at);
        self.ios += 1;
        let mut activity = [0; 16];
        activity[..8].copy_from_slice(&self.ios.to_be_bytes());
        activity[8..].copy_from_slice(&(self.load.seed ^ (self.node as u64) << 56).to_be_bytes());
        let io = Io { stay, packet, write, length, failed, began: at, activity: Guid(activity) };
        let offset = (self.random.next() % (100 << 30)) / 4096 * 4096;
        let Stay { open, pid, vm, disk, .. } = &self.stays[stay];
        let (record, pid) = (csvfs_io::started(packet, open, write, length, offset), *pid);
        let volume = self.world.cluster.vms[*vm].disks[*disk].volume;
        let thread = self.thread(pid);
        self.event(at, thread, Some(&io), record);
        match self.active_from(volume, at) {
            Some(from) if from <= at => self.go(at, volume, io),
            Some(from) => {
                self.event(at, thread, Some(&io), csvfs_io::held(packet));
                let delay = self.random.between(1, 20) * 10_000;
                self.plan(Instant(from.0 + delay), Next::Resume(io));
            }
            // The world ends with it waiting.
            None => {}
        }
    }

    /// When the volume lets I/O go, from `at` on.
    fn active_from(&self, volume: usize, at: Instant) -> Option<Instant> {
        let state = &self.world.history.volumes[volume].on[self.node].state;
        state.next_time(at, |state| *state == Some(VolumeState::Active))
    }

    fn resume(&mut self, at: Instant, io: Io) {
        let Stay { vm, disk, .. } = &self.stays[io.stay];
        let volume = self.world.cluster.vms[*vm].disks[*disk].volume;
        let thread = self.thread(SYSTEM);
        self.event(at, thread, Some(&io), csvfs_io::resumed(io.packet));
        self.go(at, volume, io);
    }

    /// Sends it down: it comes back before anything about the volume changes.
    fn go(&mut self, at: Instant, volume: usize, io: Io) {
        let tracks = &self.world.history.volumes[volume];
        let on = &tracks.on[self.node];
        let mode = on.mode.at(at).as_ref().map_or(ModeKind::Unavailable, |mode| mode.kind);
        let least = match mode {
            ModeKind::Direct => 120_000,
            _ => 450_000,
        };
        let mut lasts = least + self.random.between(0, 9 * least) + i64::from(io.length) * 2;
        if self.random.index(150) == 0 {
            lasts += self.random.between(5, 40) * MILLISECOND;
        }
        let changes = [on.state.next_change(at), on.mode.next_change(at), tracks.coordinator.next_change(at)];
        let end = self.stays[io.stay].to.min(self.world.now);
        let change = changes.into_iter().flatten().min().unwrap_or(end).min(end);
        let latest = (change.0 - at.0 - BEFORE_CHANGE).max((change.0 - at.0) / 2);
        let done = Instant(at.0 + (lasts.min(latest) / TICK).max(1) * TICK);
        self.plan(done, Next::Complete(io));
    }

    fn complete(&mut self, at: Instant, io: Io) {
        let Stay { vm, disk, pid, .. } = &self.stays[io.stay];
        let (vm, disk, pid) = (*vm, *disk, *pid);
        let volume = self.world.cluster.vms[vm].disks[disk].volume;
        let on = &self.world.history.volumes[volume].on[self.node];
        let mode = on.mode.at(at).as_ref().map_or(ModeKind::Unavailable, |mode| mode.kind);
        let ticks = ((at.0 - io.began.0) / TICK) as u64;
        let (status, bytes) = if io.failed { (LOCK_CONFLICT, 0) } else { (0, u64::from(io.length)) };
        let redirected = mode == ModeKind::FileSystemRedirected;
        let pid = if self.random.index(3) == 0 { pid } else { SYSTEM };
        let thread = self.thread(pid);
        self.event(at, thread, Some(&io), csvfs_io::took(io.packet, redirected, status, bytes, ticks));
        self.event(at, thread, Some(&io), csvfs_io::ended(io.packet, status, bytes));
        self.free.push((at, io.packet));
        let (node, write) = (self.node, io.write);
        (self.sink)(Step::Moved(Moved { at, node, vm, disk, mode, write, bytes }));
    }
}
