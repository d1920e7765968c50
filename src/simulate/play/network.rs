//! SMB between a node and a coordinator fails: the node pauses the volume until the connection is back, or gives
//! it up.

use super::{backup, pause};
use crate::simulate::calendar::SECOND;
use crate::simulate::cause::Cause;
use crate::simulate::log::Process;
use crate::simulate::model::BUILD_2016;
use crate::simulate::record::{cluster, csvfs};
use crate::simulate::world::World;

/// Statuses that network faults give, as event 5120 prints them.
pub(in crate::simulate) const STATUSES: [(u32, &str); 4] = [
    (0xc000_020c, "STATUS_CONNECTION_DISCONNECTED(c000020c)"),
    (0xc000_00be, "STATUS_BAD_NETWORK_PATH(c00000be)"),
    (0xc000_00c4, "STATUS_UNEXPECTED_NETWORK_ERROR(c00000c4)"),
    (0xc000_0203, "STATUS_USER_SESSION_DELETED(c0000203)"),
];

/// `node` does not reach the coordinator of `volume` for `lasts` nanoseconds. Where that is long it gives up
/// (5142, error 1460) until the connection is back.
pub(in crate::simulate) fn disconnect(
    world: &mut World,
    volume: usize,
    node: usize,
    (status, text): (u32, &'static str),
    lasts: i64,
) {
    let v = &mut world.cluster.volumes[volume];
    if v.busy || v.maintenance || v.coordinator.is_none_or(|owner| owner == node) {
        return;
    }
    if !world.cluster.nodes[node].up {
        return;
    }
    v.busy = true;
    let (guid, friendly, resource) = (v.guid, v.friendly.clone(), v.resource.clone());
    world.incident(Cause::NetworkFault, Some(lasts), &[volume], &[node]);
    let network = world.cluster.networks[1].name;
    let name = world.cluster.nodes[node].name.clone();
    let interface = format!("{name} - {network}");
    let reporter = world.members()[0];
    let record = cluster::of(1126, &[&interface, &name, network]);
    world.record(reporter, Process::Cluster, record);
    if world.cluster.build >= BUILD_2016 {
        let uptime = ((world.now.0 - world.cluster.nodes[node].booted.0) / 100) as u64;
        let record = csvfs::paused_over_network(guid, &friendly, status, uptime);
        world.record(node, Process::System, record);
    }
    pause::hold(world, volume, node);
    world.record(node, Process::Cluster, cluster::paused(&friendly, &resource, text));
    let gives_up = 60 * SECOND;
    if lasts > 2 * gives_up {
        world.after(gives_up, move |w| {
            w.cluster.volumes[volume].on[node].failed = true;
            w.refresh(volume);
            let record = cluster::of(5142, &[&friendly, &resource, "(1460)"]);
            w.record(node, Process::Cluster, record);
        });
    }
    world.after(lasts, move |w| {
        w.record(reporter, Process::Cluster, cluster::of(1125, &[&interface, &name, network]));
        w.cluster.volumes[volume].on[node].failed = false;
        w.refresh(volume);
        backup::resume(w, volume, node);
        w.after(SECOND, move |w| w.cluster.volumes[volume].busy = false);
    });
}
