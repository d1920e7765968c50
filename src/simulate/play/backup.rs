//! Backups: the backup mode of 2008 R2, which redirects for as long as it lasts, and the short pauses that
//! snapshots of later versions cost.

use super::{access, pause};
use crate::simulate::calendar::{MILLISECOND, MINUTE, SECOND};
use crate::simulate::cause::Cause;
use crate::simulate::log::Process;
use crate::simulate::model::{BUILD_2012, BUILD_2016};
use crate::simulate::record::{cluster, csvfs};
use crate::simulate::world::World;

/// A backup that lasts `lasts` nanoseconds, after the manner of the cluster's version.
pub(in crate::simulate) fn run(world: &mut World, volume: usize, lasts: i64) {
    let v = &world.cluster.volumes[volume];
    if v.busy || v.coordinator.is_none() || v.maintenance {
        return;
    }
    if world.cluster.build < BUILD_2012 {
        mode(world, volume, true);
        world.after(lasts.max(MINUTE), move |w| {
            w.exclusive(w.now, 20 * SECOND, move |w| mode(w, volume, false))
        });
    } else {
        snapshot(world, volume);
        world
            .after(lasts.max(MINUTE), move |w| w.exclusive(w.now, 20 * SECOND, move |w| snapshot(w, volume)));
    }
}

/// Backup mode: 5140 and 5141; every other node says that it has no direct access (5121), and has again (5122).
fn mode(world: &mut World, volume: usize, on: bool) {
    if world.cluster.volumes[volume].busy {
        return;
    }
    pause::change(world, volume, move |w| {
        w.cluster.volumes[volume].backup = on;
        if on {
            access::on_coordinator(w, volume, 5140, &["30"]);
            let v = &w.cluster.volumes[volume];
            let (owner, friendly, resource) = (v.coordinator, v.friendly.clone(), v.resource.clone());
            for node in w.members().into_iter().filter(|&node| Some(node) != owner) {
                let record = cluster::no_direct_access(&friendly, &resource);
                w.record(node, Process::Cluster, record);
            }
        } else {
            access::on_coordinator(w, volume, 5141, &[]);
            let v = &w.cluster.volumes[volume];
            let (owner, friendly, resource) = (v.coordinator, v.friendly.clone(), v.resource.clone());
            for node in w.members().into_iter().filter(|&node| Some(node) != owner) {
                let record = cluster::resumed(&friendly, &resource);
                w.record(node, Process::Cluster, record);
            }
        }
    });
}

/// A snapshot is made or deleted: every node pauses for a moment, with the status that says so.
fn snapshot(world: &mut World, volume: usize) {
    const STATUS: u32 = 0xc013_0021;
    let v = &mut world.cluster.volumes[volume];
    if v.busy || v.coordinator.is_none() {
        return;
    }
    v.busy = true;
    let (guid, friendly, resource) = (v.guid, v.friendly.clone(), v.resource.clone());
    // One code with two names.
    let status = match world.cluster.build >= BUILD_2016 {
        true => "STATUS_CLUSTER_CSV_NO_SNAPSHOTS(c0130021)",
        false => "STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR(c0130021)",
    };
    let members = world.members();
    let lasts = world.jitter(700, 1800);
    world.incident(Cause::SnapshotPause, Some(lasts + 100 * MILLISECOND), &[volume], &members);
    for node in members {
        let (friendly, resource) = (friendly.clone(), resource.clone());
        let delay = world.jitter(1, 12);
        world.after(delay, move |w| {
            if w.cluster.build >= BUILD_2016 {
                let uptime = ((w.now.0 - w.cluster.nodes[node].booted.0) / 100) as u64;
                w.record(node, Process::System, csvfs::auto_paused(guid, &friendly, STATUS, uptime));
            }
            pause::hold(w, volume, node);
            w.record(node, Process::Cluster, cluster::paused(&friendly, &resource, status));
        });
        let resumes = lasts + world.jitter(1, 60);
        world.after(resumes, move |w| resume(w, volume, node));
    }
    world.after(lasts + SECOND, move |w| w.cluster.volumes[volume].busy = false);
}

/// The volume goes on after a pause of its own, and says so (5122).
pub(super) fn resume(world: &mut World, volume: usize, node: usize) {
    pause::release(world, volume, node);
    let delay = world.jitter(45, 80);
    world.after(delay, move |w| {
        let v = &w.cluster.volumes[volume];
        let record = cluster::resumed(&v.friendly, &v.resource);
        w.record(node, Process::Cluster, record);
    });
}
