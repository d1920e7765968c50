//! Nodes leave the cluster and come back: they crash, are drained and restarted, or their cluster service fails.
//!
//! Lines about members and views are the published forms; every member logs a view under the same number.

use super::{backup, migration, ownership, pause, vm};
use crate::fact::{Instant, VmState, VolumeState};
use crate::simulate::calendar::{MILLISECOND, SECOND, local, log_time};
use crate::simulate::cause::Cause;
use crate::simulate::history::Incident;
use crate::simulate::log::Level::{Info, Warn};
use crate::simulate::log::Process;
use crate::simulate::model::{BUILD_2016, BUILD_2019};
use crate::simulate::record::{cluster, system};
use crate::simulate::world::World;

/// The node is gone at once, with all that runs on it; where its service alone failed (`booted` is `false`), CSVFS is left
/// and goes to its initial state by itself (facts/domain.md 1: `Init` without a sequence number).
pub(in crate::simulate) fn crash(world: &mut World, node: usize, booted: bool) {
    if !world.cluster.nodes[node].up || world.members().len() < 2 {
        return;
    }
    let migrating = world.cluster.nodes[node].migrations > 0;
    let moving = world.cluster.volumes.iter().any(|v| v.busy);
    let starting = world.cluster.vms.iter().any(|v| v.busy && v.node == node);
    if migrating || moving || starting {
        world.after(2 * SECOND, move |w| crash(w, node, booted));
        return;
    }
    for at in 0..world.cluster.vms.len() {
        let v = &world.cluster.vms[at];
        if v.node == node && v.state == VmState::Running {
            world.place(at, node, VmState::Off);
        }
    }
    let old = world.cluster.members();
    world.incident(Cause::NodeDown, None, &[], &[node]);
    if !booted {
        (0..world.cluster.volumes.len()).for_each(|volume| pause::reset(world, volume, node));
    }
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
    let now = world.now;
    let down = |i: &&mut Incident| i.cause == Cause::NodeDown && i.to.is_none() && i.nodes == [node];
    let failed = world.history.incidents.iter_mut().rev().find(down).map(|incident| {
        incident.to = Some(now);
        incident.from
    });
    world.set_up(node, true);
    if booted {
        world.cluster.nodes[node].booted = world.now;
        let at = world.clock(node, world.now);
        let build = world.cluster.build;
        world.record(node, Process::System, system::started(at, build));
        world.record(node, Process::Service, system::log_service(6005));
        if let Some(failed) = failed {
            let zone = world.cluster.nodes[node].clock.zone;
            let told = log_time(local(world.clock(node, failed), zone));
            let (date, time) = told.split_once('-').unwrap_or_default();
            world.record(node, Process::Service, system::went_down(time, date));
        }
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
            // Each for itself: not where the volumes go.
            && let Some(to) = other(world, node, at + 1)
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

/// Drains a node, restarts it, and lets it join again after `lasts` nanoseconds. How long the drain takes, nanoseconds.
pub(in crate::simulate) fn restart(world: &mut World, node: usize, lasts: i64) -> i64 {
    if !world.cluster.nodes[node].up || world.members().len() < 2 {
        return 0;
    }
    let drained = drain(world, node);
    let back = Instant(world.now.0 + drained + lasts);
    world.after(drained, move |w| shut_down(w, node));
    world.at(back, move |w| join(w, node, true));
    drained
}

/// A node is cut off: it is isolated, then removed, and quarantined when it comes back too often.
pub(in crate::simulate) fn isolate(world: &mut World, node: usize, lasts: i64) {
    if !world.cluster.nodes[node].up || world.members().len() < 2 {
        return;
    }
    world.incident(Cause::Quarantine, Some(lasts), &[], &[node]);
    let name = world.cluster.nodes[node].name.clone();
    for member in world.members().into_iter().filter(|&m| m != node) {
        let mut record = cluster::of(1673, &[&name]);
        record.channel = cluster::SYSTEM;
        let delay = world.jitter(1, 9);
        world.after(delay, move |w| w.record(member, Process::Cluster, record));
    }
    world.after(20 * SECOND, move |w| {
        crash(w, node, false);
        w.after(15 * SECOND, move |w| {
            let Some(&member) = w.members().first() else { return };
            // The time is printed local.
            let until = w.clock(member, Instant(w.now.0 + lasts));
            let until = log_time(local(until, w.cluster.nodes[member].clock.zone));
            w.record(member, Process::Cluster, cluster::of(1672, &[&name, "3", &until]));
        });
    });
    world.after(lasts, move |w| join(w, node, false));
}

/// Storage Spaces Direct as of mid 2018: a restart makes I/O of the others time out before the node is removed.
pub(in crate::simulate) fn restart_with_time_outs(world: &mut World, node: usize, lasts: i64) {
    if !world.cluster.nodes[node].up || world.members().len() < 3 {
        return;
    }
    let volumes: Vec<usize> = (0..world.cluster.volumes.len())
        .filter(|&v| {
            world.cluster.volumes[v].coordinator.is_some_and(|o| o != node) && !world.cluster.volumes[v].busy
        })
        .collect();
    let others: Vec<usize> = world.members().into_iter().filter(|&m| m != node).collect();
    world.incident(Cause::RestartBug2018, Some(30 * SECOND), &volumes, &others);
    for &volume in &volumes {
        world.cluster.volumes[volume].busy = true;
        for &member in &others {
            let delay = world.jitter(5, 400);
            world.after(delay, move |w| {
                let v = &w.cluster.volumes[volume];
                let status = "STATUS_IO_TIMEOUT(c00000b5)";
                let record = cluster::paused(&v.friendly, &v.resource, status);
                pause::hold(w, volume, member);
                w.record(member, Process::Cluster, record);
            });
            let back = 20 * SECOND + world.jitter(5, 400);
            world.after(back, move |w| backup::resume(w, volume, member));
        }
        world.after(22 * SECOND, move |w| w.cluster.volumes[volume].busy = false);
    }
    world.after(25 * SECOND, move |w| crash(w, node, true));
    world.after(lasts, move |w| join(w, node, true));
}

/// A node is drained for patching and resumed: its VMs stay away from their volumes' coordinators. How long the drain
/// takes, nanoseconds.
pub(in crate::simulate) fn drain_and_resume(world: &mut World, node: usize) -> i64 {
    if !world.cluster.nodes[node].up || world.members().len() < 2 {
        return 0;
    }
    let drained = drain(world, node);
    let from = Instant(world.now.0 + drained);
    world.at(from, move |w| {
        w.cluster.nodes[node].paused = false;
        w.incident(Cause::PlacementAfterDrain, None, &[], &[node]);
    });
    drained
}
