//! Disks and their paths: the classic sources `mpio` and `disk` of the System log. Full ids, which hold the
//! severity, from the message tables that log2timeline/plaso publishes.

use super::classic;
use crate::simulate::log::{Record, Value};

/// mpio 1: a device was created; mpio 2: a path was added, `paths` now.
pub(in crate::simulate) fn path_added(device: &str, paths: u32) -> [Record; 2] {
    let device = || Value::text(device);
    [
        classic("mpio", 0x4007_0001, vec![device()]),
        classic("mpio", 0x4007_0002, vec![device(), Value::Binary(paths.to_le_bytes().to_vec())]),
    ]
}

/// mpio 17: some paths failed.
pub(in crate::simulate) fn degraded(device: &str) -> Record {
    classic("mpio", 0x8008_0011, vec![Value::text(device)])
}

/// mpio 23: all paths failed.
pub(in crate::simulate) fn all_paths_failed(device: &str) -> Record {
    classic("mpio", 0xc008_0017, vec![Value::text(device)])
}

/// disk 15: the device is not ready.
pub(in crate::simulate) fn not_ready(device: &str) -> Record {
    classic("disk", 0xc004_000f, vec![Value::text(device)])
}
