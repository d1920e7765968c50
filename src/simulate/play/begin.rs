//! The whole cluster is started: every node boots and joins, disks come online, volumes are mounted everywhere, VMs
//! start. It happens before the story: the logs tell of it, the truth does not.

use crate::fact::Instant;
use crate::fact::VolumeState::{Active, Init, SetDownLevel};
use crate::simulate::calendar::{MILLISECOND, SECOND};
use crate::simulate::log::Level::Info;
use crate::simulate::log::Process;
use crate::simulate::model::{BUILD_2012, BUILD_2012_R2, BUILD_2016, BUILD_2019};
use crate::simulate::record::{cluster, csvfs, hyper_v, system};
use crate::simulate::world::World;

/// From the boot of the first node to the last VM that runs, each at its time; nodes boot in the order of their numbers.
pub(in crate::simulate) fn start(world: &mut World) {
    let story = world.now;
    let nodes: Vec<usize> = world.nodes().collect();
    for &node in &nodes {
        world.now = world.cluster.nodes[node].booted;
        boot(world, node);
    }
    let formed = world.now;
    for volume in 0..world.cluster.volumes.len() {
        world.now = Instant(formed.0 + (10 + volume as i64 % 60) * SECOND);
        online(world, volume);
        for &node in &nodes {
            pass(world, 20, 60);
            mount(world, volume, node);
        }
    }
    for vm in 0..world.cluster.vms.len() {
        world.now = Instant(formed.0 + (90 + vm as i64 % 300) * SECOND);
        run(world, vm);
    }
    // Logs stand in the order of writing.
    world.logs.iter_mut().for_each(|log| log.sort_by_key(|entry| entry.at));
    world.now = story;
}

/// Some milliseconds go by.
fn pass(world: &mut World, least: i64, most: i64) {
    world.now = Instant(world.now.0 + world.random.between(least, most) * MILLISECOND);
}

fn boot(world: &mut World, node: usize) {
    let at = world.clock(node, world.now);
    let build = world.cluster.build;
    world.record(node, Process::System, system::started(at, build));
    pass(world, 3000, 4000);
    world.record(node, Process::Service, system::log_service(6005));
    if build >= BUILD_2016 {
        world.engine(node, Info, "---+ LOG BEGIN +---".into());
    }
    pass(world, 500, 900);
    let record = cluster::of(1062, &[&world.cluster.name]);
    world.record(node, Process::Cluster, record);
}

/// The disk comes online on its coordinator.
fn online(world: &mut World, volume: usize) {
    let v = &world.cluster.volumes[volume];
    let Some(owner) = v.coordinator else { return };
    let (resource, group) = (v.resource.clone(), v.group.to_string());
    let build = world.cluster.build;
    world.record(owner, Process::Cluster, cluster::role(1200, &group));
    for (from, to) in [("Offline", "OnlineCallIssued"), ("OnlineCallIssued", "OnlinePending")] {
        state(world, volume, owner, from, to);
    }
    if build >= BUILD_2019 {
        world.record(owner, Process::DiskHost, cluster::disk_started(1665, &resource));
    }
    pass(world, 60, 160);
    let line =
        format!("[RHS] Resource {resource} has come online. RHS is about to report status change to RCM");
    world.host(owner, Process::DiskHost, line);
    if build >= BUILD_2019 {
        world.record(owner, Process::DiskHost, cluster::disk_completed(1666, &resource));
    }
    state(world, volume, owner, "OnlinePending", "Online");
    world.record(owner, Process::Cluster, cluster::role(1201, &group));
}

/// Event 1637 and its engine line.
fn state(world: &mut World, volume: usize, node: usize, from: &str, to: &str) {
    let v = &world.cluster.volumes[volume];
    let record = cluster::resource_state(&v.resource, &v.group.to_string(), from, to);
    let line = format!("[RCM] Res {}: {from} -> {to}( StateUnknown )", v.resource);
    world.engine(node, Info, line);
    if world.cluster.build >= BUILD_2012_R2 {
        world.record(node, Process::Cluster, record);
    }
}

/// CSVFS connects the volume for the first time.
fn mount(world: &mut World, volume: usize, node: usize) {
    if world.cluster.build < BUILD_2012 {
        return;
    }
    let v = &world.cluster.volumes[volume];
    let (guid, friendly) = (v.guid, v.friendly.clone());
    let target = world.cluster.target(volume, node, v.coordinator);
    world.record(node, Process::System, csvfs::set_down_level(guid, Init, &target, &friendly));
    world.record(node, Process::System, csvfs::reached(guid, SetDownLevel));
    pass(world, 6, 40);
    world.record(node, Process::System, csvfs::transition(guid, SetDownLevel, Active));
    world.record(node, Process::System, csvfs::reached(guid, Active));
}

/// A VM starts where it stands when the story begins.
fn run(world: &mut World, vm: usize) {
    let v = &world.cluster.vms[vm];
    let (node, name, id) = (v.node, v.name.clone(), v.id);
    let resource = format!("Virtual Machine {name}");
    world.record(node, Process::Cluster, cluster::role(1200, &name));
    pass(world, 900, 4000);
    world.record(node, Process::VmHost, hyper_v::worker(18500, &name, id));
    world.record(node, Process::VmHost, hyper_v::high_availability(21119, &resource));
    let line =
        format!("[RHS] Resource {resource} has come online. RHS is about to report status change to RCM");
    world.host(node, Process::VmHost, line);
    world.record(node, Process::Cluster, cluster::role(1201, &name));
    world.engine(node, Info, format!("[RCM] TransitionToState({resource}) OnlinePending-->Online."));
}
