//! Nodes leave the cluster and come back: they crash, are drained and restarted, or their cluster service fails.
//!
//! Lines about members and views are the published forms; every member logs a view under the same number.

use super::{migration, ownership, pause, vm};
use crate::fact::{Instant, VmState, VolumeState};
use crate::simulate::calendar::{MILLISECOND, SECOND};
use crate::simulate::log::Level::{Info, Warn};
use crate::simulate::log::Process;
use crate::simulate::model::{BUILD_2016, BUILD_2019};
use crate::simulate::record::{cluster, system};
use crate::simulate::world::World;

/// The node is gone at once, with all that runs on it.
pub(in crate::simulate) fn crash(world: &mut World, node: usize) {
    if !world.cluster.nodes[node].up || world.members().len() < 2 {
        return;
    }
    let migrating = world.cluster.nodes[node].migrations > 0;
    let moving = world.cluster.volumes.iter().any(|v| v.busy);
    let starting = world.cluster.vms.iter().any(|v| v.busy && v.node == node);
    if migrating || moving || starting {
        world.after(2 * SECOND, move |w| crash(w, node));
        return;
    }
    for at in 0..world.cluster.vms.len() {
        let v = &world.cluster.vms[at];
        if v.node == node && v.state == VmState::Running {
            world.place(at, node, VmState::Off);
        }
    }
    let old = world.cluster.members();
    world.set_up(node, false);
    let owned: Vec<usize> = (0..world.cluster.volumes.len())
        .filter(|&v| world.cluster.volumes[v].coordinator == Some(node))
        .collect();
    for &volume in &owned {
        world.cluster.volumes[volume].busy = true;
        world.set_coordinator(volume, None);
        for survivor in world.members() {
            let delay = world.jitter(5, 60);
            world.after(delay, move |w| lost_owner(w, volume, survivor));
        }
    }
    let noticed = world.jitter(900, 1400);
    world.after(noticed, move |w| {
        gone(w, node, &old, false);
        let taken = w.jitter(1500, 3000);
        w.after(taken, move |w| take_over(w, node, &owned));
    });
}

/// A survivor pauses a volume whose coordinator is gone.
fn lost_owner(world: &mut World, volume: usize, node: usize) {
    let v = &world.cluster.volumes[volume];
    let status = "STATUS_CONNECTION_DISCONNECTED(c000020c)";
    // Since 2019 an own event says that the failure was to be expected.
    let id = if world.cluster.build >= BUILD_2019 { 5157 } else { 5120 };
    let record = cluster::of(id, &[&v.friendly, &v.resource, status]);
    pause::hold(world, volume, node);
    world.record(node, Process::Cluster, record);
}

/// The members that are left agree on who they are.
fn gone(world: &mut World, node: usize, old: &str, graceful: bool) {
    let previous = world.view;
    world.view += 100;
    let (members, view) = (world.cluster.members(), world.view);
    let number = world.cluster.nodes[node].number;
    let name = world.cluster.nodes[node].name.clone();
    for member in world.members() {
        let (name, members, old) = (name.clone(), members.clone(), old.to_owned());
        let delay = world.jitter(1, 6);
        world.after(delay, move |w| {
            let own = w.cluster.nodes[member].number;
            if graceful {
                let payload = 0x5_0000 + number;
                let line = format!(
                    "[CORE] Graceful shutdown reported by node {name}, reason ServiceStopReason::ServiceShutdown, \
                     nodeIsUp false (payload {payload})"
                );
                w.engine(member, Info, line);
            } else {
                let line = format!(
                    "[NODE] Node {own}: Connection to Node {number} is broken. Reason GracefulClose(1226)' because \
                     of 'channel to remote endpoint is closed'"
                );
                w.engine(member, Warn, line);
            }
            views(w, member, "", &number.to_string(), (view, &members), (previous, &old));
            let line = format!("[RCM] Handling downed nodes ({number}). Nodes in isolated state ()");
            w.engine(member, Info, line);
            if !graceful {
                w.record(member, Process::Cluster, cluster::of(1135, &[&name]));
            }
        });
    }
}

/// The lines by which a member tells the view that was agreed on.
fn views(
    world: &mut World,
    member: usize,
    joiners: &str,
    downers: &str,
    (new, members): (u64, &str),
    (old, former): (u64, &str),
) {
    let own = world.cluster.nodes[member].number;
    let change = format!(
        "<ViewChanged joiners=({joiners}) downers=({downers}) newView={new}({members}) oldView={old}({former}) \
         joiner=false form=false/>"
    );
    world.engine(member, Info, format!("[CORE] Node {own}: Proposed View is {change}"));
    let line = format!(
        "[GEM] Node {own}: Pause (proposedView = {new}({members}), currentView = {old}({former}), joiners = \
         ({joiners}), InSteadyState = true)"
    );
    world.engine(member, Info, line);
    world.engine(member, Info, format!("[CORE] Node {own}: New View is {change} (Start Dispatch)"));
}

fn take_over(world: &mut World, node: usize, owned: &[usize]) {
    for &volume in owned {
        let on = &world.cluster.volumes[volume].on;
        let able: Vec<usize> =
            world.members().into_iter().filter(|&m| on[m].meant && on[m].connected).collect();
        let Some(&to) = able.get(volume % able.len().max(1)) else { continue };
        ownership::fail_over(world, volume, node, to, true);
    }
    let members = world.members();
    for at in 0..world.cluster.vms.len() {
        let v = &world.cluster.vms[at];
        if v.node == node && v.state == VmState::Off && !v.busy {
            let to = members[at % members.len()];
            let delay = world.jitter(2000, 6000);
            world.after(delay, move |w| vm::fail_over(w, at, node, to));
        }
    }
}

/// The node comes back: its system starts, unless only the service did, it joins, and mounts every volume.
pub(in crate::simulate) fn join(world: &mut World, node: usize, booted: bool) {
    if world.cluster.nodes[node].up {
        return;
    }
    let old = world.cluster.members();
    let previous = world.view;
    world.set_up(node, true);
    if booted {
        world.cluster.nodes[node].booted = world.now;
        let at = world.clock(node, world.now);
        let build = world.cluster.build;
        world.record(node, Process::System, system::started(at, build));
        world.record(node, Process::Service, system::log_service(6005));
    }
    if world.cluster.build >= BUILD_2016 {
        world.engine(node, Info, "---+ LOG BEGIN +---".into());
    }
    let joined = world.jitter(3000, 6000);
    world.after(joined, move |w| {
        w.view = previous + 200;
        let (members, view) = (w.cluster.members(), w.view);
        let number = w.cluster.nodes[node].number;
        for member in w.members() {
            let (name, members, old) = (w.cluster.nodes[node].name.clone(), members.clone(), old.clone());
            let delay = w.jitter(1, 6);
            w.after(delay, move |w| {
                if member != node {
                    let own = w.cluster.nodes[member].number;
                    let line = format!("[NODE] Node {own}: New join with {name}: stage: 'Join Succeeded'");
                    w.engine(member, Info, line);
                }
                views(w, member, &number.to_string(), "", (view, &members), (previous, &old));
            });
        }
        let record = cluster::of(1062, &[&w.cluster.name]);
        w.record(node, Process::Cluster, record);
        w.cluster.nodes[node].paused = false;
        for volume in 0..w.cluster.volumes.len() {
            let delay = w.jitter(600, 1500);
            w.after(delay, move |w| mount(w, volume, node));
        }
    });
}

/// A volume appears on a node that has just joined.
fn mount(world: &mut World, volume: usize, node: usize) {
    let v = &world.cluster.volumes[volume];
    if v.busy || v.coordinator.is_none() {
        world.after(500 * MILLISECOND, move |w| mount(w, volume, node));
    } else if v.on[node].state == VolumeState::Init {
        pause::release(world, volume, node);
    }
}

/// A node that something else may move to.
fn other(world: &World, node: usize, at: usize) -> Option<usize> {
    let takers: Vec<usize> =
        world.members().into_iter().filter(|&m| m != node && !world.cluster.nodes[m].paused).collect();
    takers.get(at % takers.len().max(1)).copied()
}

/// Moves all VMs and disks away from a node; answers how long that takes.
pub(in crate::simulate) fn drain(world: &mut World, node: usize) -> i64 {
    world.cluster.nodes[node].paused = true;
    let mut wait = 0;
    for volume in 0..world.cluster.volumes.len() {
        let able = |m: usize| world.cluster.volumes[volume].on[m].meant;
        if world.cluster.volumes[volume].coordinator == Some(node)
            && let Some(to) = other(world, node, volume).filter(|&m| able(m))
        {
            world.after(wait, move |w| ownership::move_volume(w, volume, to));
            wait += 3 * SECOND;
        }
    }
    for at in 0..world.cluster.vms.len() {
        let v = &world.cluster.vms[at];
        if v.node == node
            && v.state == VmState::Running
            && let Some(to) = other(world, node, at)
        {
            world.after(wait, move |w| migration::live(w, at, to));
            wait += 2 * SECOND;
        }
    }
    wait + 45 * SECOND
}

/// A drained node is shut down in order.
pub(in crate::simulate) fn shut_down(world: &mut World, node: usize) {
    let empty = world.cluster.volumes.iter().all(|v| v.coordinator != Some(node) && !v.busy)
        && world.cluster.vms.iter().all(|v| v.node != node || v.state == VmState::Off)
        && world.cluster.nodes[node].migrations == 0;
    if !empty || !world.cluster.nodes[node].up {
        // Somebody must have changed their mind.
        world.cluster.nodes[node].paused = false;
        return;
    }
    let old = world.cluster.members();
    let at = world.clock(node, world.now);
    world.record(node, Process::Cluster, cluster::of(1063, &[]));
    world.record(node, Process::Service, system::log_service(6006));
    world.record(node, Process::System, system::stopped(at));
    world.set_up(node, false);
    let delay = world.jitter(3, 15);
    world.after(delay, move |w| gone(w, node, &old, true));
}

/// Drains a node, restarts it, and lets it join again after `lasts` nanoseconds.
pub(in crate::simulate) fn restart(world: &mut World, node: usize, lasts: i64) {
    if !world.cluster.nodes[node].up || world.members().len() < 2 {
        return;
    }
    let drained = drain(world, node);
    let back = Instant(world.now.0 + drained + lasts);
    world.after(drained, move |w| shut_down(w, node));
    world.at(back, move |w| join(w, node, true));
}
