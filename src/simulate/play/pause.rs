//! The cycle that every volume goes through on a node when anything about it changes:
//! Active, Draining, Paused, SetDownLevel, Active. I/O is held from the first step to the last.

use crate::fact::VolumeState::{self, Active, Draining, Paused, SetDownLevel};
use crate::simulate::calendar::SECOND;
use crate::simulate::log::Process;
use crate::simulate::model::{BUILD_2012, BUILD_2019};
use crate::simulate::record::{cluster, csvfs};
use crate::simulate::world::World;

/// The volume begins a transition and reaches `to`, in one step.
fn step(world: &mut World, volume: usize, node: usize, to: VolumeState) {
    let v = &world.cluster.volumes[volume];
    let (guid, from) = (v.guid, v.on[node].state);
    if !world.cluster.nodes[node].up {
        return;
    }
    if world.cluster.build >= BUILD_2012 {
        world.record(node, Process::System, csvfs::transition(guid, from, to));
        world.record(node, Process::System, csvfs::reached(guid, to));
    }
    world.set_state(volume, node, to);
}

/// The cluster service is gone: CSVFS invalidates the volume by itself.
pub(super) fn reset(world: &mut World, volume: usize, node: usize) {
    step(world, volume, node, VolumeState::Init);
}

/// Holds the volume's I/O on a node.
pub(super) fn hold(world: &mut World, volume: usize, node: usize) {
    step(world, volume, node, Draining);
    let delay = world.jitter(4, 30);
    world.after(delay, move |w| step(w, volume, node, Paused));
}

/// Connects the volume to its file system again and lets I/O go. The coordinator must be known.
pub(super) fn release(world: &mut World, volume: usize, node: usize) {
    let v = &world.cluster.volumes[volume];
    let target = world.cluster.target(volume, node, v.coordinator);
    let record = csvfs::set_down_level(v.guid, v.on[node].state, &target, &v.friendly);
    let reached = csvfs::reached(v.guid, SetDownLevel);
    if !world.cluster.nodes[node].up {
        return;
    }
    if world.cluster.build >= BUILD_2012 {
        world.record(node, Process::System, record);
        world.record(node, Process::System, reached);
    }
    world.set_state(volume, node, SetDownLevel);
    let delay = world.jitter(6, 40);
    world.after(delay, move |w| step(w, volume, node, Active));
}

/// Every node holds the volume's I/O, `change` happens on the coordinator, every node goes on.
pub(super) fn change(world: &mut World, volume: usize, change: impl FnOnce(&mut World) + 'static) {
    world.cluster.volumes[volume].busy = true;
    let request = announce(world, volume);
    for node in world.members() {
        let delay = world.jitter(3, 25);
        world.after(delay, move |w| hold(w, volume, node));
    }
    let changes = world.jitter(90, 200);
    world.after(changes, move |w| {
        change(w);
        w.refresh(volume);
        for node in w.members() {
            let delay = w.jitter(10, 60);
            w.after(delay, move |w| release(w, volume, node));
        }
        completed(w, volume, request);
        w.after(SECOND, move |w| w.cluster.volumes[volume].busy = false);
    });
}

/// A request that all nodes take part in, with its number and the node that began it: event 5153 everywhere.
/// Which words Windows uses for the request is not public: the field is empty.
pub(super) fn announce(world: &mut World, volume: usize) -> Option<(u64, usize)> {
    let origin = world.cluster.volumes[volume].coordinator?;
    if !world.thorough || world.cluster.build < BUILD_2019 {
        return None;
    }
    world.request += 1;
    let request = world.request;
    told(world, volume, 5153, (request, origin), 1);
    Some((request, origin))
}

/// Events 5154 on every node and 5155 on the one that began it.
pub(super) fn completed(world: &mut World, volume: usize, request: Option<(u64, usize)>) {
    let Some((number, origin)) = request else { return };
    told(world, volume, 5154, (number, origin), 110);
    let delay = world.jitter(180, 260);
    world.after(delay, move |w| {
        let members = w.members();
        let slowest = *w.random.of(&members);
        let name = w.cluster.nodes[slowest].name.clone();
        let resource = w.cluster.volumes[volume].resource.clone();
        let fields = [resource.as_str(), "", &number.to_string(), &name, "0"];
        w.record(origin, Process::Cluster, cluster::of(5155, &fields));
    });
}

fn told(world: &mut World, volume: usize, id: u16, (number, origin): (u64, usize), after: i64) {
    for node in world.members() {
        let delay = world.jitter(after, after + 8);
        world.after(delay, move |w| {
            let v = &w.cluster.volumes[volume];
            let from = &w.cluster.nodes[origin].name;
            let fields = [v.friendly.as_str(), &v.resource, "", &number.to_string(), from];
            let record = cluster::of(id, &fields);
            w.record(node, Process::Cluster, record);
        });
    }
}
