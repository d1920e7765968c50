//! Microsoft-Windows-FailoverClustering: ids, channels, levels and field order of facts/events.md B1 and B2.
//!
//! Field names are public for `VolumeName`, `ErrorCode` and `ReasonCode` alone; all others stay unnamed.
//! [`message`] gives the sentence that cluster.log prints for an event: the fixed parts that tell events
//! apart, with the advice that follows them left out.

use super::manifest;
use crate::simulate::log::{Record, Value};

/// Provider name.
pub(in crate::simulate) const NAME: &str = "Microsoft-Windows-FailoverClustering";
const GUID: &str = "baf908ea-3421-4ca9-9b84-6689b8c6f85f";
/// The System channel.
pub(in crate::simulate) const SYSTEM: &str = "System";
/// The Operational channel.
pub(in crate::simulate) const OPERATIONAL: &str = "Microsoft-Windows-FailoverClustering/Operational";

fn event(channel: &'static str, id: u16, level: u8, fields: &[(&'static str, &str)]) -> Record {
    let fields = fields.iter().map(|(name, value)| (*name, Value::text(*value))).collect();
    manifest(NAME, GUID, channel, id, level, fields)
}

/// 5120: paused after a failed I/O.
pub(in crate::simulate) fn paused(volume: &str, resource: &str, status: &str) -> Record {
    event(SYSTEM, 5120, 3, &[("VolumeName", volume), ("", resource), ("ErrorCode", status)])
}

/// 5121: no direct access from this node.
pub(in crate::simulate) fn no_direct_access(volume: &str, resource: &str) -> Record {
    event(SYSTEM, 5121, 4, &[("VolumeName", volume), ("", resource)])
}

/// 5122: normal operation again.
pub(in crate::simulate) fn resumed(volume: &str, resource: &str) -> Record {
    event(OPERATIONAL, 5122, 4, &[("", volume), ("", resource)])
}

/// 5264: the disk went away on this node.
pub(in crate::simulate) fn disk_disconnected(resource: &str) -> Record {
    event(OPERATIONAL, 5264, 4, &[("", resource)])
}

/// 1641: a role moves.
pub(in crate::simulate) fn moving(group: &str, from: &str, to: &str) -> Record {
    event(OPERATIONAL, 1641, 4, &[("", group), ("", from), ("", to)])
}

/// 1637: a resource changed state.
pub(in crate::simulate) fn resource_state(resource: &str, group: &str, from: &str, to: &str) -> Record {
    event(OPERATIONAL, 1637, 4, &[("", resource), ("", group), ("", from), ("", to)])
}

/// 1674: a group changed state (2019 and later).
pub(in crate::simulate) fn group_state(group: &str, from: &str, to: &str) -> Record {
    event(OPERATIONAL, 1674, 4, &[("", group), ("", from), ("", to)])
}

/// 1200 (coming online), 1201 (online), 1203 (going offline), 1204 (offline): a role on this node.
pub(in crate::simulate) fn role(id: u16, group: &str) -> Record {
    event(OPERATIONAL, id, 4, &[("", group)])
}

/// 1665, 1667: a Physical Disk begins to come online, to go offline (2019 and later).
pub(in crate::simulate) fn disk_started(id: u16, resource: &str) -> Record {
    event(OPERATIONAL, id, 4, &[("", resource)])
}

/// 1666, 1668: it has (2019 and later).
pub(in crate::simulate) fn disk_completed(id: u16, resource: &str) -> Record {
    event(OPERATIONAL, id, 4, &[("", resource), ("", "0")])
}

/// The sentence that cluster.log prints in `[System]` and `[Operational]`.
pub(in crate::simulate) fn message(record: &Record) -> Option<String> {
    let field = |at: usize| record.fields.get(at).map(|(_, v)| v.inserted()).unwrap_or_default();
    let [one, two, three, four] = [field(0), field(1), field(2), field(3)];
    let volume = format!("Cluster Shared Volume '{one}' ('{two}')");
    Some(match record.id {
        5120 => format!(
            "{volume} has entered a paused state because of '{three}'. All I/O will temporarily be queued \
             until a path to the volume is reestablished."
        ),
        5121 => format!(
            "{volume} is no longer directly accessible from this cluster node. I/O access will be \
             redirected to the storage device over the network to the node that owns the volume."
        ),
        5122 => format!("{volume} has now resumed normal operation."),
        5264 => format!("Physical Disk resource '{one}' has been disconnected from this node."),
        1641 => {
            format!("Clustered role '{one}' is moving from cluster node '{two}' to cluster node '{three}'.")
        }
        1637 => format!(
            "Cluster resource '{one}' in clustered role '{two}' has transitioned from state {three} to state \
             {four}."
        ),
        1674 => format!("Group '{one}' has transitioned from state '{two}' to state '{three}'."),
        1200 => format!("The Cluster service is attempting to bring the clustered role '{one}' online."),
        1201 => format!("The Cluster service successfully brought the clustered role '{one}' online."),
        1203 => format!("The Cluster service is attempting to bring the clustered role '{one}' offline."),
        1204 => format!("The Cluster service successfully brought the clustered role '{one}' offline."),
        1665 => format!("Online operation for the Physical Disk resource '{one}' is started."),
        1666 => format!(
            "Online operation for the Physical Disk resource '{one}' is completed with status '{two}'. "
        ),
        1667 => format!("Offline operation for the Physical Disk resource '{one}' is started."),
        1668 => {
            format!(
                "Offline operation for the Physical Disk resource '{one}' is completed with status '{two}'. "
            )
        }
        _ => return None,
    })
}
