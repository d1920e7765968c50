//! `mpclaim -s -d`: the multipath disks of a node, redirected into a file.

use super::text::{Encoding, encode};
use crate::fact::StorageKind;
use crate::simulate::world::World;

/// The list of disks with their load balancing policy.
pub(in crate::simulate) fn disks(world: &World, node: usize) -> Vec<u8> {
    let mut out = String::from(
        "\nFor more information about a particular disk, use 'mpclaim -s -d #' where # is the MPIO disk number.\n\n\
         MPIO Disk    System Disk  LB Policy    DSM Name\n\
         -------------------------------------------------------------------------------\n",
    );
    let volumes = world.cluster.volumes.iter();
    for v in volumes.filter(|v| v.storage == StorageKind::San && v.on[node].connected) {
        let disk = format!("MPIO Disk{}", v.disk_number - 2);
        let system = format!("Disk {}", v.disk_number);
        out.push_str(&format!("{disk:<13}{system:<13}{:<13}Microsoft DSM\n", "RR"));
    }
    out.push('\n');
    encode(&out, Encoding::Utf16)
}
