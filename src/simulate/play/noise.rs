//! What logs are full of: database updates, which every node logs under one number, and services that start
//! and stop. None of it is about volumes.

use crate::fact::Instant;
use crate::simulate::calendar::{HOUR, MINUTE, offset_minutes};
use crate::simulate::log::Level::{Info, Warn};
use crate::simulate::log::Process;
use crate::simulate::record::system;
use crate::simulate::world::World;

pub(super) const SERVICES: [&str; 6] = [
    "Windows Update",
    "Software Protection",
    "Microsoft Storage Spaces SMP",
    "WMI Performance Adapter",
    "Device Setup Manager",
    "Windows Modules Installer",
];

/// Plans noise up to `end`: an update every `every` nanoseconds or so.
pub(in crate::simulate) fn start(world: &mut World, end: Instant, every: i64) {
    update(world, end, every);
    for node in world.nodes() {
        let first = world.random.between(0, 3 * HOUR);
        world.after(first, move |w| service(w, node, end));
        // The up-time is written at noon, local time.
        let zone = world.cluster.nodes[node].clock.zone;
        let local = world.now.0 + i64::from(offset_minutes(world.now, zone)) * MINUTE;
        let noon = (12 * HOUR - local.rem_euclid(24 * HOUR)).rem_euclid(24 * HOUR);
        world.after(noon, move |w| uptime(w, node, end));
    }
}

fn update(world: &mut World, end: Instant, every: i64) {
    world.updates += 1;
    let number = world.updates;
    for node in world.nodes() {
        let delay = world.jitter(0, 4);
        world.after(delay, move |w| {
            let own = w.cluster.nodes[node].number;
            w.engine(node, Info, format!("[GUM] Node {own}: Executing locally gumId: {number}, updates: 1, first action: /dm/update"));
            w.engine(node, Info, format!("[DM] Paxos tag updated to 3:3:{}", 4000 + number));
        });
    }
    let node = world.random.index(world.cluster.nodes.len());
    let peer = world.random.index(world.cluster.nodes.len());
    chatter(world, node, peer);
    if world.random.index(3) == 0 {
        let node = world.random.index(world.cluster.nodes.len());
        let own = world.cluster.nodes[node].number;
        let from = number * 3;
        let line = format!(
            "[GEM] Node {own}: Deleting [1:{from} , 1:{}] (both included) as it has been ack'd by every node",
            from + 2
        );
        world.engine(node, Info, line);
    }
    let next = Instant(world.now.0 + world.random.between(every / 2, every + every / 2));
    if next < end {
        world.at(next, move |w| update(w, end, every));
    }
}

/// One of the lines that a log is full of, about a peer's connection or nothing at all.
fn chatter(world: &mut World, node: usize, peer: usize) {
    let address = &world.cluster.nodes[peer].addresses[1];
    let (level, line) = match world.random.index(6) {
        0 if node != peer => (
            Warn,
            format!(
                "cxl::ConnectWorker::operator (): GracefulClose(1226)' because of 'channel to remote endpoint \
                 {address}:~3343~ is closed'"
            ),
        ),
        1 => (Info, "[DCM] HandleRequest: dcm/netftRouteChange".into()),
        2 => (Info, "[DCM] HandleNetftRemoteRouteChange".into()),
        3 => (Info, "  </struct mscs::FaultTolerantRoute>".into()),
        _ => return,
    };
    world.engine(node, level, line);
}

fn service(world: &mut World, node: usize, end: Instant) {
    let name = *world.random.of(&SERVICES);
    world.record(node, Process::Service, system::service(name, "running"));
    let stops = world.random.between(MINUTE, 20 * MINUTE);
    world.after(stops, move |w| w.record(node, Process::Service, system::service(name, "stopped")));
    let next = Instant(world.now.0 + world.random.between(2 * HOUR, 7 * HOUR));
    if next < end {
        world.at(next, move |w| service(w, node, end));
    }
}

fn uptime(world: &mut World, node: usize, end: Instant) {
    let n = &world.cluster.nodes[node];
    let seconds = (world.now.0 - n.booted.0) / 1_000_000_000;
    let bias = -offset_minutes(world.now, n.clock.zone);
    let record = system::uptime(seconds, bias, n.clock.zone_name);
    world.record(node, Process::System, record);
    let next = Instant(world.now.0 + 24 * HOUR);
    if next < end {
        world.at(next, move |w| uptime(w, node, end));
    }
}
