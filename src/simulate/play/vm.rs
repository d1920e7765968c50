//! VMs start, stop, and start again elsewhere after their node went down.

use crate::fact::VmState;
use crate::simulate::calendar::SECOND;
use crate::simulate::log::Level::Info;
use crate::simulate::log::Process;
use crate::simulate::record::{cluster, hyper_v};
use crate::simulate::world::World;

/// The guest shuts down.
pub(in crate::simulate) fn stop(world: &mut World, vm: usize) {
    let v = &world.cluster.vms[vm];
    if v.busy || v.state != VmState::Running {
        return;
    }
    let (node, name, id) = (v.node, v.name.clone(), v.id);
    world.record(node, Process::VmHost, hyper_v::worker(18508, &name, id));
    world.record(node, Process::Cluster, cluster::role(1204, &name));
    world.place(vm, node, VmState::Off);
}

/// The VM starts on `node`, where its role is, or is taken now.
pub(in crate::simulate) fn start(world: &mut World, vm: usize, node: usize) {
    let v = &mut world.cluster.vms[vm];
    if v.busy || v.state != VmState::Off || !world.cluster.nodes[node].up {
        return;
    }
    v.busy = true;
    let name = v.name.clone();
    world.record(node, Process::Cluster, cluster::role(1200, &name));
    let delay = world.jitter(900, 4000);
    world.after(delay, move |w| {
        let v = &mut w.cluster.vms[vm];
        v.busy = false;
        let id = v.id;
        let resource = format!("Virtual Machine {name}");
        w.place(vm, node, VmState::Running);
        w.record(node, Process::VmHost, hyper_v::worker(18500, &name, id));
        w.record(node, Process::VmHost, hyper_v::high_availability(21119, &resource));
        let line =
            format!("[RHS] Resource {resource} has come online. RHS is about to report status change to RCM");
        w.host(node, Process::VmHost, line);
        w.record(node, Process::Cluster, cluster::role(1201, &name));
        w.engine(node, Info, format!("[RCM] TransitionToState({resource}) OnlinePending-->Online."));
    });
}

/// The VM's node is gone: the cluster starts it on another one.
pub(super) fn fail_over(world: &mut World, vm: usize, from: usize, to: usize) {
    let name = world.cluster.vms[vm].name.clone();
    let [source, target] = [&world.cluster.nodes[from].name, &world.cluster.nodes[to].name];
    let record = cluster::of(1153, &[&name, source, target]);
    world.record(to, Process::Cluster, record);
    world.after(SECOND, move |w| start(w, vm, to));
}
