//! A node loses its paths to the shared disks, or gets them back.
//!
//! Non-owners go on over the network, block redirected. A node that owns a volume would have to give it away
//! first; this happening is for nodes that own none.

use super::{ownership, pause};
use crate::fact::StorageKind;
use crate::simulate::calendar::SECOND;
use crate::simulate::cause::Cause;
use crate::simulate::log::Level::{Info, Warn};

use crate::simulate::log::Process;
use crate::simulate::model::BUILD_2016;
use crate::simulate::record::{cluster, csvfs, storage};
use crate::simulate::world::World;

/// `STATUS_DEVICE_NOT_CONNECTED`.
const NOT_CONNECTED: u32 = 0xc000_009d;

/// Device names of a volume's disk: the multipath device and the disk above it.
fn devices(world: &World, volume: usize) -> (String, String) {
    let number = world.cluster.volumes[volume].disk_number;
    (format!(r"\Device\MPIODisk{}", number - 2), format!(r"\Device\Harddisk{number}\DR{number}"))
}

fn shared_volumes(world: &World, node: usize) -> Vec<usize> {
    let volumes = world.cluster.volumes.iter().enumerate();
    let shared = volumes.filter(|(_, v)| {
        v.storage == StorageKind::San && v.on[node].meant && v.coordinator != Some(node) && !v.maintenance
    });
    shared.map(|(at, _)| at).collect()
}

/// The host bus adapter of `node` dies: one port, then the other.
pub(in crate::simulate) fn lose(world: &mut World, node: usize) {
    if !world.cluster.nodes[node].up {
        return;
    }
    for volume in shared_volumes(world, node) {
        let v = &world.cluster.volumes[volume];
        if v.busy || !v.on[node].connected {
            continue;
        }
        let first = world.jitter(1, 60);
        world.after(first, move |w| {
            let (path, _) = devices(w, volume);
            w.record(node, Process::System, storage::degraded(&path));
        });
        let last = world.jitter(2100, 2600);
        world.after(last, move |w| {
            let (path, disk) = devices(w, volume);
            w.record(node, Process::System, storage::all_paths_failed(&path));
            w.record(node, Process::System, storage::not_ready(&disk));
            auto_pause(w, volume, node);
        });
    }
}

fn auto_pause(world: &mut World, volume: usize, node: usize) {
    let uptime = ((world.now.0 - world.cluster.nodes[node].booted.0) / 100) as u64;
    let v = &mut world.cluster.volumes[volume];
    v.busy = true;
    let (guid, friendly, resource) = (v.guid, v.friendly.clone(), v.resource.clone());
    world.record(node, Process::System, csvfs::auto_paused(guid, &friendly, NOT_CONNECTED, uptime));
    pause::hold(world, volume, node);
    let reported = world.jitter(2, 12);
    let number = world.cluster.nodes[node].number;
    world.after(reported, move |w| {
        let status = "STATUS_DEVICE_NOT_CONNECTED(c000009d)";
        w.record(node, Process::Cluster, cluster::paused(&friendly, &resource, status));
        w.record(node, Process::DiskHost, cluster::disk_disconnected(&resource));
        w.engine(
            node,
            Info,
            format!("[DCM] UpdateClusDiskMembership (enter): ctl 300224 nodeSet ({number})"),
        );
        w.engine(
            node,
            Info,
            format!("[DCM] UpdateClusDiskMembership: ctl 300224 nodeSet ({number}), status 0"),
        );
        let resumed = w.jitter(900, 2400);
        w.after(resumed, move |w| {
            w.set_connected(volume, node, false);
            w.record(node, Process::Cluster, cluster::no_direct_access(&friendly, &resource));
            pause::release(w, volume, node);
            w.after(SECOND, move |w| w.cluster.volumes[volume].busy = false);
        });
    });
}

/// The coordinator of `volume` loses its disk: every node pauses, another node takes the disk over, and the old
/// coordinator goes on over the network.
pub(in crate::simulate) fn lose_owned(world: &mut World, volume: usize) {
    let v = &world.cluster.volumes[volume];
    let Some(owner) = v.coordinator.filter(|_| !v.busy && !v.maintenance) else { return };
    let able = |m: &usize| *m != owner && v.on[*m].meant && v.on[*m].connected;
    let Some(to) = world.members().into_iter().find(able) else { return };
    let (guid, friendly, resource, group) =
        (v.guid, v.friendly.clone(), v.resource.clone(), v.group.to_string());
    world.cluster.volumes[volume].busy = true;
    let members = world.members();
    world.incident(Cause::OwnerLostStorage, Some(3 * SECOND), &[volume], &members);
    let (path, disk) = devices(world, volume);
    if world.cluster.multipath {
        world.record(owner, Process::System, storage::all_paths_failed(&path));
    }
    world.record(owner, Process::System, storage::not_ready(&disk));
    if world.cluster.build >= BUILD_2016 {
        let uptime = ((world.now.0 - world.cluster.nodes[owner].booted.0) / 100) as u64;
        world.record(owner, Process::System, csvfs::auto_paused(guid, &friendly, NOT_CONNECTED, uptime));
    }
    for node in members {
        let status = match node == owner {
            true => "STATUS_DEVICE_NOT_CONNECTED(c000009d)",
            false => "STATUS_VOLUME_DISMOUNTED(c000026e)",
        };
        let record = cluster::paused(&friendly, &resource, status);
        let delay = world.jitter(2, 40);
        world.after(delay, move |w| {
            pause::hold(w, volume, node);
            w.record(node, Process::Cluster, record);
        });
    }
    let failed = world.jitter(300, 700);
    world.after(failed, move |w| {
        let line =
            format!("[RCM] HandleMonitorReply: FAILURENOTIFICATION for '{resource}', gen(0) result 1/0.");
        w.engine(owner, Warn, line);
        w.host(owner, Process::DiskHost, format!("[RHS] Terminating resource {resource} (state is Online)."));
        w.record(owner, Process::Cluster, cluster::of(1069, &[&resource, &group, "Physical Disk"]));
        w.set_coordinator(volume, None);
        w.cluster.volumes[volume].on[owner].connected = false;
        let taken = w.jitter(200, 600);
        w.after(taken, move |w| {
            ownership::fail_over(w, volume, owner, to, false);
            w.after(SECOND, move |w| {
                w.record(owner, Process::Cluster, cluster::no_direct_access(&friendly, &resource));
            });
        });
    });
}

/// The paths of `node` come back; each disk is direct again after one more pause.
pub(in crate::simulate) fn restore(world: &mut World, node: usize) {
    if !world.cluster.nodes[node].up {
        return;
    }
    for volume in shared_volumes(world, node) {
        if world.cluster.volumes[volume].on[node].connected {
            continue;
        }
        let back = world.jitter(1, 700);
        world.after(back, move |w| {
            let (path, _) = devices(w, volume);
            let [created, one] = storage::path_added(&path, 1);
            let [_, two] = storage::path_added(&path, 2);
            w.record(node, Process::System, created);
            w.record(node, Process::System, one);
            w.record(node, Process::System, two);
            w.cluster.volumes[volume].busy = true;
            let noticed = w.jitter(2500, 4800);
            w.after(noticed, move |w| pause::hold(w, volume, node));
            let resumed = noticed + w.jitter(120, 400);
            w.after(resumed, move |w| {
                w.set_connected(volume, node, true);
                pause::release(w, volume, node);
                let v = &w.cluster.volumes[volume];
                let record = cluster::resumed(&v.friendly, &v.resource);
                w.record(node, Process::Cluster, record);
                w.after(SECOND, move |w| w.cluster.volumes[volume].busy = false);
            });
        });
    }
}
