//! A VM is migrated live: it runs on the source until its blackout ends, then on the destination.

use super::ownership::{announced, requested};
use crate::fact::{Guid, VmState};
use crate::simulate::calendar::{MILLISECOND, SECOND};
use crate::simulate::log::Level::Info;
use crate::simulate::log::Process;
use crate::simulate::record::{cluster, hyper_v};
use crate::simulate::world::World;

/// Moves `vm` to node `to`. Nothing happens where it is there already or a move is under way.
pub(in crate::simulate) fn live(world: &mut World, vm: usize, to: usize) {
    let Some((from, name, id)) = begin(world, vm, to) else { return };
    requested(world, from, to, &name);
    let host = world.cluster.nodes[to].name.clone();
    let delay = world.jitter(60, 200);
    world.after(delay, move |w| {
        w.record(from, Process::Vmms, hyper_v::migration_started(&name, id, &host));
    });
    let copy = world.random.between(9 * SECOND / 100, 31 * SECOND / 100) * 100;
    world.after(copy, move |w| arrive(w, vm, from, to));
}

/// A VM that runs can go: it is busy from now on, and both nodes know of the migration.
fn begin(world: &mut World, vm: usize, to: usize) -> Option<(usize, String, Guid)> {
    let v = &world.cluster.vms[vm];
    let able = v.node != to && !v.busy && v.state == VmState::Running && world.cluster.nodes[to].up;
    if !able {
        return None;
    }
    let from = v.node;
    world.cluster.nodes[from].migrations += 1;
    world.cluster.nodes[to].migrations += 1;
    let v = &mut world.cluster.vms[vm];
    v.busy = true;
    Some((from, v.name.clone(), v.id))
}

/// It is over, for better or worse.
fn end(world: &mut World, vm: usize, from: usize, to: usize) {
    world.cluster.vms[vm].busy = false;
    world.cluster.nodes[from].migrations -= 1;
    world.cluster.nodes[to].migrations -= 1;
}

/// Moves `vm` to node `to` offline: it is saved, moved, and restored.
pub(in crate::simulate) fn quick(world: &mut World, vm: usize, to: usize) {
    let Some((from, name, id)) = begin(world, vm, to) else { return };
    requested(world, from, to, &name);
    let host = world.cluster.nodes[to].name.clone();
    world.record(from, Process::Vmms, hyper_v::quick_started(&name, id, &host));
    let saved = world.jitter(2000, 6000);
    world.after(saved, move |w| {
        w.record(from, Process::VmHost, hyper_v::worker(18510, &name, id));
        w.place(vm, from, VmState::Saved);
        let moved = w.jitter(400, 900);
        w.after(moved, move |w| {
            let last = w.cluster.vms[vm].last_failover;
            announced(w, from, to, &name, last);
            w.record(from, Process::Vmms, hyper_v::quick_left(&name, id));
            w.place(vm, to, VmState::Saved);
            let address = w.cluster.nodes[from].addresses[1].clone();
            w.record(to, Process::Vmms, hyper_v::quick_arrived(&name, id, &address));
            let restored = w.jitter(1500, 5000);
            w.after(restored, move |w| {
                w.record(to, Process::VmHost, hyper_v::worker(18596, &name, id));
                w.place(vm, to, VmState::Running);
                w.record(to, Process::Cluster, cluster::role(1201, &name));
                end(w, vm, from, to);
            });
        });
    });
}

/// A live migration that fails: the VM stays where it is.
pub(in crate::simulate) fn fail(world: &mut World, vm: usize, to: usize) {
    let Some((from, name, id)) = begin(world, vm, to) else { return };
    requested(world, from, to, &name);
    let host = world.cluster.nodes[to].name.clone();
    let source = world.cluster.nodes[from].name.clone();
    world.record(from, Process::Vmms, hyper_v::migration_started(&name, id, &host));
    let failed = world.jitter(3000, 20000);
    world.after(failed, move |w| {
        w.record(from, Process::Vmms, hyper_v::migration_failed(&name, id, &source));
        w.record(
            from,
            Process::VmHost,
            hyper_v::high_availability(21111, &format!("Virtual Machine {name}")),
        );
        end(w, vm, from, to);
    });
}

fn arrive(world: &mut World, vm: usize, from: usize, to: usize) {
    let v = &world.cluster.vms[vm];
    let (name, id, last) = (v.name.clone(), v.id, v.last_failover);
    let address = world.cluster.nodes[from].addresses[1].clone();
    let blackout = world.jitter(300, 1400);
    world.after(blackout, move |w| {
        announced(w, from, to, &name, last);
        w.place(vm, to, VmState::Running);
        let left_name = name.clone();
        let seconds = format!("{:.1}", blackout as f64 / SECOND as f64);
        let left = hyper_v::migration_left(&name, id, &seconds);
        let delay = w.jitter(5, 40);
        w.after(delay, move |w| w.record(from, Process::Vmms, left));
        let arrived = hyper_v::migration_arrived(&name, id, &address);
        let delay = w.jitter(5, 40);
        w.after(delay, move |w| {
            w.record(to, Process::Vmms, arrived);
            let resource = format!("Virtual Machine {name}");
            let line = format!(
                "[RHS] Resource {resource} has come online. RHS is about to report status change to RCM"
            );
            w.host(to, Process::VmHost, line);
            w.record(
                to,
                Process::Cluster,
                cluster::resource_state(&resource, &name, "OnlinePending", "Online"),
            );
            w.record(to, Process::Cluster, cluster::role(1201, &name));
            w.engine(to, Info, format!("[RCM] TransitionToState({resource}) OnlinePending-->Online."));
        });
        if w.thorough {
            w.record(from, Process::VmHost, hyper_v::worker(18530, &left_name, id));
        }
        w.after(2 * SECOND + 100 * MILLISECOND, move |w| end(w, vm, from, to));
    });
}
