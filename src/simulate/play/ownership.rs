//! The coordinator changes: the disk's group moves to another node by request.
//!
//! Every node holds its I/O, the disk goes offline on the source and online on the target, every node
//! connects to the new coordinator and goes on. Engine lines are the published forms alone.

use super::{filter, pause};
use crate::fact::Instant;
use crate::simulate::calendar::{MILLISECOND, SECOND, local, log_time};
use crate::simulate::cause::Cause;
use crate::simulate::log::Level::Info;
use crate::simulate::log::Process;
use crate::simulate::model::{BUILD_2012_R2, BUILD_2016, BUILD_2019, Node, Volume};
use crate::simulate::record::cluster;
use crate::simulate::world::World;

/// Moves `volume` to node `to`. Nothing happens where it is there already or something else is under way.
pub(in crate::simulate) fn move_volume(world: &mut World, volume: usize, to: usize) {
    relocate(world, volume, to, true);
}

/// The cluster evens out: a volume goes from the node with most volumes to the one with fewest.
pub(in crate::simulate) fn rebalance(world: &mut World) {
    let members = world.members();
    let owned = |node: usize| world.cluster.volumes.iter().filter(|v| v.coordinator == Some(node)).count();
    let counts: Vec<(usize, usize)> = members.iter().map(|&node| (owned(node), node)).collect();
    let (Some(least), Some(most)) = (counts.iter().min(), counts.iter().max()) else { return };
    if most.0 < least.0 + 2 {
        return;
    }
    let able = |v: &Volume| v.coordinator == Some(most.1) && v.on[least.1].meant && !v.busy && !v.maintenance;
    let Some(volume) = world.cluster.volumes.iter().position(able) else { return };
    let to = least.1;
    world.incident(Cause::OwnershipRebalance, Some(2 * SECOND), &[volume], &[most.1, to]);
    relocate(world, volume, to, false);
    world.after(10 * SECOND, rebalance);
}

fn relocate(world: &mut World, volume: usize, to: usize, asked: bool) {
    let v = &mut world.cluster.volumes[volume];
    let Some(from) = v.coordinator.filter(|&from| from != to && !v.busy && !v.maintenance) else { return };
    if !v.on[to].meant || !v.on[to].connected || !world.cluster.nodes[to].up {
        return;
    }
    v.busy = true;
    let group = v.group.to_string();
    let resource = v.resource.clone();
    if asked {
        requested(world, from, to, &group);
    }
    let request = pause::announce(world, volume);
    transition(world, from, volume, "Online", "WaitingToGoOffline");
    world.engine(from, Info, format!("[RCM] TransitionToState({resource}) Online-->WaitingToGoOffline."));
    for node in world.nodes() {
        let delay = world.jitter(3, 25);
        world.after(delay, move |w| pause::hold(w, volume, node));
    }
    let offline = world.jitter(120, 240);
    world.after(offline, move |w| go_offline(w, volume, from));
    let online = offline + world.jitter(180, 420);
    world.after(online, move |w| {
        let last = w.cluster.volumes[volume].last_failover;
        if asked {
            announced(w, from, to, &group, last);
        } else {
            // What the engine calls a move of its own is not established.
            let [source, target] = [&w.cluster.nodes[from].name, &w.cluster.nodes[to].name];
            let record = cluster::moving(&group, source, target, w.cluster.build);
            w.record(from, Process::Cluster, record);
        }
        come_online(w, volume, from, to);
        pause::completed(w, volume, request);
    });
}

/// The coordinator is gone: `to` takes the disk over, while every node that is left holds its I/O.
pub(super) fn fail_over(world: &mut World, volume: usize, from: usize, to: usize, node_down: bool) {
    let v = &mut world.cluster.volumes[volume];
    v.busy = true;
    let group = v.group.to_string();
    let last = v.last_failover;
    let [source, target] = [&world.cluster.nodes[from], &world.cluster.nodes[to]];
    let record = cluster::of(1153, &[&group, &source.name, &target.name]);
    // For a node that is down the line names the new owner twice.
    let line = moves(&group, target, target, "NodeDown", last, target.clock.zone, false);
    world.record(to, Process::Cluster, record);
    if node_down && world.cluster.build >= BUILD_2016 {
        world.engine(to, Info, line);
    }
    come_online(world, volume, from, to);
}

/// The lines of a request to move a group.
pub(super) fn requested(world: &mut World, from: usize, to: usize, group: &str) {
    if world.cluster.build < BUILD_2016 {
        return;
    }
    let number = world.cluster.nodes[to].number;
    let lines = [
        format!(
            "[RCM] rcm::RcmApi::MoveGroup: (Group:{group} Dest:{number} Flags:0 MoveType:MoveType::Manual \
             Cur.State:Online, ContextSize:0)"
        ),
        format!("[RCM] rcm::RcmGroup::Move: ({group}, {number}, MoveType::Manual)"),
    ];
    lines.into_iter().for_each(|line| world.engine(from, Info, line));
}

/// The announcement of a move, with event 1641, on the source. Server 2012's message table holds neither 1641 nor 1637.
pub(super) fn announced(world: &mut World, from: usize, to: usize, group: &str, last: Option<Instant>) {
    if world.cluster.build < BUILD_2012_R2 {
        return;
    }
    let [source, target] = [&world.cluster.nodes[from], &world.cluster.nodes[to]];
    let line = moves(group, source, target, "Manual", last, source.clock.zone, true);
    let record = cluster::moving(group, &source.name, &target.name, world.cluster.build);
    world.record(from, Process::Cluster, record);
    world.engine(from, Info, line);
    world.engine(from, Info, "MTimer(OneGroupMovetimer): [Total: 0 ms ( 0 s )]".into());
}

fn moves(
    group: &str,
    from: &Node,
    to: &Node,
    kind: &str,
    last: Option<Instant>,
    zone: chrono_tz::Tz,
    targeted: bool,
) -> String {
    // The group's last failover is printed in local time, whatever the log's own base.
    let last = last.map_or_else(|| "1601/01/01-00:00:00.000".into(), |at| log_time(local(at, zone)));
    format!(
        "[RCM] move of group {group} from {}({}) to {}({}) of type MoveType::{kind} is about to succeed, \
         failoverCount=0, lastFailoverTime={last} targeted={targeted}",
        from.name, from.number, to.name, to.number
    )
}

/// Event 1637, and its engine line.
fn transition(world: &mut World, node: usize, volume: usize, from: &str, to: &str) {
    let v = &world.cluster.volumes[volume];
    let record = cluster::resource_state(&v.resource, &v.group.to_string(), from, to);
    let line = format!("[RCM] Res {}: {from} -> {to}( StateUnknown )", v.resource);
    world.engine(node, Info, line);
    if world.cluster.build >= BUILD_2012_R2 {
        world.record(node, Process::Cluster, record);
    }
}

fn go_offline(world: &mut World, volume: usize, from: usize) {
    let v = &world.cluster.volumes[volume];
    let (resource, group) = (v.resource.clone(), v.group.to_string());
    world.record(from, Process::Cluster, cluster::role(1203, &group));
    if world.cluster.build >= BUILD_2019 {
        world.record(from, Process::DiskHost, cluster::disk_started(1667, &resource));
    }
    transition(world, from, volume, "WaitingToGoOffline", "OfflineCallIssued");
    let delay = world.jitter(20, 90);
    world.after(delay, move |w| {
        w.set_coordinator(volume, None);
        let line = format!(
            "[RHS] Resource {resource} has come offline. RHS is about to report resource status to RCM."
        );
        w.host(from, Process::DiskHost, line);
        if w.cluster.build >= BUILD_2019 {
            w.record(from, Process::DiskHost, cluster::disk_completed(1668, &resource));
        }
        transition(w, from, volume, "OfflineCallIssued", "Offline");
        w.record(from, Process::Cluster, cluster::role(1204, &group));
    });
}

fn come_online(world: &mut World, volume: usize, from: usize, to: usize) {
    let v = &world.cluster.volumes[volume];
    let (resource, group) = (v.resource.clone(), v.group.to_string());
    world.record(to, Process::Cluster, cluster::role(1200, &group));
    transition(world, to, volume, "Offline", "OnlineCallIssued");
    world.engine(to, Info, format!("[RCM] Issuing Online({resource}) to RHS."));
    if world.cluster.build >= BUILD_2019 {
        world.record(to, Process::DiskHost, cluster::disk_started(1665, &resource));
        world.record(to, Process::Cluster, cluster::group_state(&group, "Offline", "Pending"));
    }
    transition(world, to, volume, "OnlineCallIssued", "OnlinePending");
    world.host(
        to,
        Process::DiskHost,
        format!("[RES] Physical Disk <{resource}>: OnlineThread: SuGetSpace returned 0."),
    );
    let delay = world.jitter(60, 160);
    world.after(delay, move |w| {
        w.set_coordinator(volume, Some(to));
        attach_filter(w, volume, from, to);
        let line =
            format!("[RHS] Resource {resource} has come online. RHS is about to report status change to RCM");
        w.host(to, Process::DiskHost, line);
        if w.cluster.build >= BUILD_2019 {
            w.record(to, Process::DiskHost, cluster::disk_completed(1666, &resource));
        }
        transition(w, to, volume, "OnlinePending", "Online");
        if w.cluster.build >= BUILD_2019 {
            w.record(to, Process::Cluster, cluster::group_state(&group, "Pending", "Online"));
        }
        w.record(to, Process::Cluster, cluster::role(1201, &group));
        filter::check(w, volume);
        for node in w.nodes() {
            let delay = w.jitter(10, 60);
            w.after(delay, move |w| pause::release(w, volume, node));
        }
        w.after(SECOND + 500 * MILLISECOND, move |w| w.cluster.volumes[volume].busy = false);
    });
}

/// `CsvFlt` stands above the file system where it is mounted: on the coordinator.
fn attach_filter(world: &mut World, volume: usize, from: usize, to: usize) {
    let device = format!(r"\Device\HarddiskVolume{}", world.cluster.volumes[volume].disk_number + 3);
    let volumes = |world: &mut World, node: usize, change: &dyn Fn(&mut Vec<String>)| {
        let filter = world.cluster.nodes[node].filters.iter_mut().find(|f| f.name == "CsvFlt");
        filter.into_iter().for_each(|f| change(&mut f.volumes));
    };
    volumes(world, from, &|v| v.retain(|name| *name != device));
    volumes(world, to, &|v| v.push(device.clone()));
}

/// A request to move the volume is refused, because a snapshot is being made or its mode is changing.
pub(in crate::simulate) fn veto(world: &mut World, volume: usize) {
    let v = &world.cluster.volumes[volume];
    let Some(owner) = v.coordinator.filter(|_| !v.busy) else { return };
    let resource = v.resource.clone();
    let id = if world.random.index(2) == 0 { 5147 } else { 5148 };
    world.incident(Cause::MoveVetoed, Some(SECOND), &[volume], &[owner]);
    world.record(owner, Process::Cluster, cluster::of(id, &[&resource]));
}
