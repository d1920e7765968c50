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

/// Running totals of each disk on each node.
pub(super) struct Sums<'a>(BTreeMap<(&'a str, &'a str, &'a str), Vec<(Instant, [u64; 2])>>);

impl Sums<'_> {
    /// What a disk moved on a node from one instant up to another.
    pub(super) fn within(&self, disk: (&str, &str, &str), from: Instant, to: Instant) -> Bytes {
        let list = self.0.get(&disk).map_or(&[][..], Vec::as_slice);
        let before = |at: Instant| match list.partition_point(|entry| entry.0 < at) {
            0 => [0, 0],
            end => list[end - 1].1,
        };
        let ([r0, w0], [r1, w1]) = (before(from), before(to));
        Bytes { read: r1 - r0, written: w1 - w0, source: "csvfs_trace" }
    }
}

/// `None` where nobody traced.
pub(super) fn sums(world: &World) -> Option<Sums<'_>> {
    let load = world.load?;
    let mut sums: BTreeMap<_, Vec<(Instant, [u64; 2])>> = BTreeMap::new();
    io::moved(world, load, |moved| {
        let vm = &world.cluster.vms[moved.vm];
        let node = world.cluster.nodes[moved.node].name.as_str();
        let list = sums.entry((vm.name.as_str(), vm.disks[moved.disk].path.as_str(), node)).or_default();
        let mut total = list.last().map_or([0, 0], |last| last.1);
        total[usize::from(moved.write)] += moved.bytes;
        list.push((moved.at, total));
    });
    Some(Sums(sums))
}

/// Minute, node, VM, disk, mode.
type Key = (i64, usize, usize, usize, &'static str);

/// Sums by minute; none where nobody traced.
pub(super) fn minutes(world: &World) -> Vec<Minute> {
    let Some(load) = world.load else { return Vec::new() };
    let mut sums: BTreeMap<Key, [u64; 3]> = BTreeMap::new();
    io::moved(world, load, |moved| {
        let mode = match moved.mode {
            ModeKind::FileSystemRedirected => "file_system_redirected",
            ModeKind::BlockRedirected => "block_redirected",
            _ => "direct",
        };
        let minute = moved.at.0.div_euclid(MINUTE);
        let sum = sums.entry((minute, moved.node, moved.vm, moved.disk, mode)).or_default();
        sum[usize::from(moved.write)] += moved.bytes;
        sum[2] += 1;
    });
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
    sums.into_iter().map(minute).collect()
}
