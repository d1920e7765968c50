//! A filter driver that the cluster does not know is installed on one node, or removed. The cluster checks the
//! stack of each volume where it is mounted: on the coordinator, when it is installed and when a disk comes
//! online there.

use super::pause;
use crate::simulate::log::{Level, Process};
use crate::simulate::model::{BUILD_2012, Filter};
use crate::simulate::record::{cluster, system};
use crate::simulate::world::World;

fn owned(world: &World, node: usize) -> Vec<usize> {
    let volumes = world.cluster.volumes.iter().enumerate();
    volumes.filter(|(_, v)| v.coordinator == Some(node) && !v.busy).map(|(at, _)| at).collect()
}

/// Installs `name` on a node: above the file system, or below it.
pub(in crate::simulate) fn install(world: &mut World, node: usize, name: &'static str, below: bool) {
    if !world.cluster.nodes[node].up {
        return;
    }
    if !below {
        let loaded = system::filter(6, name, world.clock(node, world.now));
        world.record(node, Process::System, loaded);
    }
    let volumes = owned(world, node);
    let devices = volumes.iter().map(|&v| device(world, v)).collect();
    let altitude = if below { "" } else { "327099" };
    world.cluster.nodes[node].filters.push(Filter {
        name,
        altitude,
        volumes: devices,
        incompatible: true,
        below,
    });
    for volume in volumes {
        pause::change(world, volume, move |w| check(w, volume));
    }
}

/// Removes it again. No event tells that a volume is direct for that reason.
pub(in crate::simulate) fn remove(world: &mut World, node: usize, name: &'static str) {
    let filters = &world.cluster.nodes[node].filters;
    let Some(at) = filters.iter().position(|f| f.name == name).filter(|_| world.cluster.nodes[node].up)
    else {
        return;
    };
    let filter = world.cluster.nodes[node].filters.remove(at);
    if !filter.below {
        let unloaded = system::filter(1, name, world.clock(node, world.now));
        world.record(node, Process::System, unloaded);
    }
    let volumes = owned(world, node);
    for volume in volumes {
        pause::change(world, volume, |_| {});
    }
}

fn device(world: &World, volume: usize) -> String {
    format!(r"\Device\HarddiskVolume{}", world.cluster.volumes[volume].disk_number + 3)
}

/// The check on the coordinator: events 5125 and 5126 name what it found.
pub(super) fn check(world: &mut World, volume: usize) {
    let v = &world.cluster.volumes[volume];
    let Some(owner) = v.coordinator else { return };
    let filters = world.cluster.nodes[owner].filters.iter().filter(|f| f.incompatible);
    let found: Vec<(bool, &'static str)> = filters.map(|f| (f.below, f.name)).collect();
    for (below, id) in [(false, 5125), (true, 5126)] {
        let names: Vec<&str> = found.iter().filter(|(b, _)| *b == below).map(|(_, name)| *name).collect();
        if names.is_empty() {
            continue;
        }
        let v = &world.cluster.volumes[volume];
        let record = cluster::of(id, &[&v.friendly, &names.join(", "), &v.resource]);
        world.record(owner, Process::Cluster, record);
        if world.cluster.build < BUILD_2012 && !below {
            for name in names {
                let line = format!("[DCM] filter {name} found at unsafe altitude 327099");
                world.engine(owner, Level::Warn, line);
            }
        }
    }
}
