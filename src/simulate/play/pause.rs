//! The cycle that every volume goes through on a node when anything about it changes:
//! Active, Draining, Paused, SetDownLevel, Active. I/O is held from the first step to the last.

use crate::fact::VolumeState::{self, Active, Draining, Paused, SetDownLevel};
use crate::simulate::log::Process;
use crate::simulate::record::csvfs;
use crate::simulate::world::World;

/// The volume begins a transition and reaches `to`, in one step.
fn step(world: &mut World, volume: usize, node: usize, to: VolumeState) {
    let v = &world.cluster.volumes[volume];
    let (guid, from) = (v.guid, v.on[node].state);
    world.record(node, Process::System, csvfs::transition(guid, from, to));
    world.record(node, Process::System, csvfs::reached(guid, to));
    world.set_state(volume, node, to);
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
    let local = v.coordinator == Some(node);
    let record = csvfs::set_down_level(v.guid, v.on[node].state, local, &v.friendly);
    let reached = csvfs::reached(v.guid, SetDownLevel);
    world.record(node, Process::System, record);
    world.record(node, Process::System, reached);
    world.set_state(volume, node, SetDownLevel);
    let delay = world.jitter(6, 40);
    world.after(delay, move |w| step(w, volume, node, Active));
}
