//! The bytes of the truth: what each virtual disk moved, by route and by minute, to the byte.
//!
//! An I/O counts where and when it came back. Failed I/O moved nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fact::{Instant, ModeKind};
use crate::simulate::calendar::{MINUTE, rfc3339};
use crate::simulate::play::io;
use crate::simulate::world::World;

/// Bytes of a route.
#[derive(Clone, PartialEq, Serialize)]
pub(super) struct Bytes {
    read: u64,
    written: u64,
    source: &'static str,
}

/// Bytes of a minute.
#[derive(Serialize)]
pub(super) struct Minute {
    from: String,
    node: String,
    vm: String,
    disk: String,
    mode: &'static str,
    read: u64,
    written: u64,
    operations: u64,
}

/// A stretch of a disk's route.
pub(super) struct Stretch<'a> {
    pub(super) vm: &'a str,
    pub(super) disk: &'a str,
    pub(super) node: &'a str,
    pub(super) from: Instant,
    pub(super) to: Instant,
}

/// What was measured; nothing where nobody traced.
#[derive(Default)]
pub(super) struct Measured {
    /// Of each stretch, in its order.
    pub(super) routes: Vec<Bytes>,
    /// By minute, node, VM, disk and mode.
    pub(super) minutes: Vec<Minute>,
}

/// Minute, node, VM, disk, mode.
type Key = (i64, usize, usize, usize, &'static str);

/// Sums of all I/O: memory is that of the stretches and minutes.
pub(super) fn measure(world: &World, stretches: &[Stretch<'_>]) -> Measured {
    let Some(load) = world.load else { return Measured::default() };
    let mut lanes: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (index, stretch) in stretches.iter().enumerate() {
        lanes.entry((stretch.node, stretch.vm, stretch.disk)).or_default().push(index);
    }
    lanes.values_mut().for_each(|lane| lane.sort_by_key(|&index| stretches[index].from));
    let mut routes = vec![Bytes { read: 0, written: 0, source: "csvfs_trace" }; stretches.len()];
    let mut minutes: BTreeMap<Key, [u64; 3]> = BTreeMap::new();
    for node in world.nodes() {
        io::moved(world, node, load, |moved| {
            let vm = &world.cluster.vms[moved.vm];
            let disk = vm.disks[moved.disk].path.as_str();
            let lane = lanes.get(&(world.cluster.nodes[node].name.as_str(), vm.name.as_str(), disk));
            let lane = lane.map_or(&[][..], Vec::as_slice);
            let after = lane.partition_point(|&index| stretches[index].from <= moved.at);
            let within = after.checked_sub(1).map(|at| lane[at]).filter(|&i| moved.at < stretches[i].to);
            if let Some(index) = within {
                let Bytes { read, written, .. } = &mut routes[index];
                *(if moved.write { written } else { read }) += moved.bytes;
            }
            let mode = match moved.mode {
                ModeKind::FileSystemRedirected => "file_system_redirected",
                ModeKind::BlockRedirected => "block_redirected",
                _ => "direct",
            };
            let minute = moved.at.0.div_euclid(MINUTE);
            let sum = minutes.entry((minute, node, moved.vm, moved.disk, mode)).or_default();
            sum[usize::from(moved.write)] += moved.bytes;
            sum[2] += 1;
        });
    }
    let minute = |((minute, node, vm, disk, mode), [read, written, operations]): (Key, [u64; 3])| Minute {
        from: rfc3339(Instant(minute * MINUTE)),
        node: world.cluster.nodes[node].name.clone(),
        vm: world.cluster.vms[vm].name.clone(),
        disk: world.cluster.vms[vm].disks[disk].path.clone(),
        mode,
        read,
        written,
        operations,
    };
    Measured { routes, minutes: minutes.into_iter().map(minute).collect() }
}
