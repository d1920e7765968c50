//! A VM is migrated live: it runs on the source until its blackout ends, then on the destination.

use super::ownership::{announced, requested};
use crate::fact::VmState;
use crate::simulate::calendar::{MILLISECOND, SECOND};
use crate::simulate::log::Level::Info;
use crate::simulate::log::Process;
use crate::simulate::record::{cluster, hyper_v};
use crate::simulate::world::World;

/// Moves `vm` to node `to`. Nothing happens where it is there already or a move is under way.
pub(in crate::simulate) fn live(world: &mut World, vm: usize, to: usize) {
    let v = &mut world.cluster.vms[vm];
    if v.node == to || v.busy {
        return;
    }
    v.busy = true;
    let (from, name, id) = (v.node, v.name.clone(), v.id);
    requested(world, from, to, &name);
    let host = world.cluster.nodes[to].name.clone();
    let delay = world.jitter(60, 200);
    world.after(delay, move |w| {
        w.record(from, Process::Vmms, hyper_v::migration_started(&name, id, &host));
    });
    let copy = world.random.between(9 * SECOND / 100, 31 * SECOND / 100) * 100;
    world.after(copy, move |w| arrive(w, vm, from, to));
}

fn arrive(world: &mut World, vm: usize, from: usize, to: usize) {
    let v = &world.cluster.vms[vm];
    let (name, id, last) = (v.name.clone(), v.id, v.last_failover);
    let address = world.cluster.nodes[from].addresses[1].clone();
    let blackout = world.jitter(300, 1400);
    world.after(blackout, move |w| {
        announced(w, from, to, &name, last);
        w.place(vm, to, VmState::Running);
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
        w.after(2 * SECOND + 100 * MILLISECOND, move |w| w.cluster.vms[vm].busy = false);
    });
}
