//! Somebody, or an encryption, turns redirected access on and off; maintenance takes the volume away.

use super::pause;
use crate::simulate::log::Process;
use crate::simulate::record::cluster;
use crate::simulate::world::World;

/// Logs an event about a volume on its coordinator.
pub(super) fn on_coordinator(world: &mut World, volume: usize, id: u16, more: &[&str]) {
    let v = &world.cluster.volumes[volume];
    let Some(owner) = v.coordinator else { return };
    let mut fields = vec![v.friendly.as_str(), v.resource.as_str()];
    fields.extend(more);
    let record = cluster::of(id, &fields);
    world.record(owner, Process::Cluster, record);
}

fn at_rest(world: &World, volume: usize) -> bool {
    let v = &world.cluster.volumes[volume];
    v.coordinator.is_some() && !v.busy && !v.maintenance
}

/// Redirected access is turned on (5136) or off (5137).
pub(in crate::simulate) fn redirect(world: &mut World, volume: usize, on: bool) {
    if !at_rest(world, volume) || world.cluster.volumes[volume].user_request == on {
        return;
    }
    pause::change(world, volume, move |w| {
        on_coordinator(w, volume, if on { 5136 } else { 5137 }, &[]);
        w.cluster.volumes[volume].user_request = on;
    });
}

/// BitLocker begins to encrypt a volume, or has done so. No event of it is established.
pub(in crate::simulate) fn encrypt(world: &mut World, volume: usize, on: bool) {
    if at_rest(world, volume) {
        pause::change(world, volume, move |w| w.cluster.volumes[volume].bitlocker_initializing = on);
    }
}

/// Maintenance begins (5138), as `chkdsk` needs it, or ends (5139). Its VMs must be at rest.
pub(in crate::simulate) fn maintain(world: &mut World, volume: usize, on: bool) {
    let v = &world.cluster.volumes[volume];
    if v.busy || v.coordinator.is_none() || v.maintenance == on {
        return;
    }
    pause::change(world, volume, move |w| {
        on_coordinator(w, volume, if on { 5138 } else { 5139 }, &[]);
        w.cluster.volumes[volume].maintenance = on;
    });
}
