//! What is so all the time and tells itself now and then: vetoes of single files, signing on RDMA.

use crate::fact::Instant;
use crate::simulate::calendar::HOUR;
use crate::simulate::cause::Cause;
use crate::simulate::log::Process;
use crate::simulate::record::{csvfs, smb};
use crate::simulate::world::World;

/// A filter on the coordinator vetoes direct I/O for one VM's disk file.
pub(in crate::simulate) fn veto_file(world: &mut World, vm: usize) {
    let disk = &world.cluster.vms[vm].disks[0];
    let (volume, path) = (disk.volume, disk.path.clone());
    let Some(owner) = world.cluster.volumes[volume].coordinator else { return };
    if !world.cluster.volumes[volume].busy {
        // The file as the volume itself names it.
        let root = format!(r"C:\ClusterStorage\{}", world.cluster.volumes[volume].friendly);
        let file = path.strip_prefix(root.as_str()).unwrap_or(&path);
        let record = csvfs::veto(file, "327099");
        world.record(owner, Process::System, record);
        world.incident(Cause::FileVeto, None, &[volume], &[owner]);
    }
}

/// SMB signing is required on a cluster whose network is RDMA: each client says so when it connects.
pub(in crate::simulate) fn sign(world: &mut World, end: Instant) {
    for node in world.members() {
        let peer = (node + 1) % world.cluster.nodes.len();
        let share = format!(r"\\{}\ClusterStorage$", world.cluster.nodes[peer].name);
        let delay = world.jitter(10, 90_000);
        world.after(delay, move |w| w.record(node, Process::System, smb::signing_on_rdma(&share)));
    }
    let next = Instant(world.now.0 + 6 * HOUR);
    if next < end {
        world.at(next, move |w| sign(w, end));
    }
}
