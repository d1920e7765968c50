//! A node's clock is set by hand or by its time service.

use crate::simulate::log::Process;
use crate::simulate::record::system;
use crate::simulate::world::World;

/// The node's clock jumps by `by` nanoseconds, now (Kernel-General 1).
pub(in crate::simulate) fn set(world: &mut World, node: usize, by: i64) {
    if !world.cluster.nodes[node].up {
        return;
    }
    let old = world.clock(node, world.now);
    world.cluster.nodes[node].clock.steps.push((world.now.0 - world.start.0, by));
    let new = world.clock(node, world.now);
    world.record(node, Process::System, system::clock_set(new, old));
}
