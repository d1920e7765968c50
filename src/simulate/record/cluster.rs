//! Microsoft-Windows-FailoverClustering: ids, channels, levels and field order of facts/events.md B1 and B2.
//!
//! Field names are public for `VolumeName`, `ErrorCode` and `ReasonCode` alone; all others stay unnamed.
//! [`message`] gives the sentence that cluster.log prints for an event: the fixed parts that tell events
//! apart, with the advice that follows them left out.

use super::manifest;
use crate::simulate::log::{Record, Value};
use crate::simulate::model::BUILD_2016;

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

/// 1641: a role moves. Message tables: none on Server 2012, the target alone on 2012 R2, both nodes in one of 2016 or later.
pub(in crate::simulate) fn moving(group: &str, from: &str, to: &str, build: u32) -> Record {
    let all = [("", group), ("", from), ("", to)];
    let target = [("", group), ("", to)];
    event(OPERATIONAL, 1641, 4, if build < BUILD_2016 { &target } else { &all })
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

/// Any other event of the provider: its channel and level by its id, its fields in the order of the message,
/// without names where none is public.
pub(in crate::simulate) fn of(id: u16, fields: &[&str]) -> Record {
    let (channel, level) = match id {
        1135 | 1146 | 1177 | 1672 => (SYSTEM, 1),
        1069 | 1127 | 1129 | 1137 | 1230 | 1677 | 5142 | 5143 | 5146 | 5147 | 5148 | 5217 => (SYSTEM, 2),
        1126 | 1584 | 1673 | 1675 | 5120 | 5125 | 5126 | 5136 | 5156 | 5157 => (SYSTEM, 3),
        1592 | 1680 | 5121 | 5218 => (SYSTEM, 4),
        _ => (OPERATIONAL, 4),
    };
    let name = |at: usize| match (id, at) {
        (5120..=5148 | 5156 | 5157, 0) if !matches!(id, 5143..=5148) => "VolumeName",
        (5120 | 5142 | 5156 | 5157, 2) => "ErrorCode",
        _ => "",
    };
    let fields: Vec<(&'static str, &str)> = fields.iter().enumerate().map(|(at, v)| (name(at), *v)).collect();
    event(channel, id, level, &fields)
}

/// The sentence that cluster.log prints in `[System]` and `[Operational]`.
pub(in crate::simulate) fn message(record: &Record) -> Option<String> {
    let field = |at: usize| record.fields.get(at).map(|(_, v)| v.inserted()).unwrap_or_default();
    let [one, two, three, four, five] = [field(0), field(1), field(2), field(3), field(4)];
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
        5125 | 5126 => {
            let drivers = if record.id == 5125 { "filter drivers" } else { "volume drivers" };
            format!(
                "Cluster Shared Volume '{one}' ('{three}') has identified one or more active {drivers} on this \
                 device stack that could interfere with CSV operations. I/O access will be redirected to the \
                 storage device over the network through another Cluster node.\n\nActive {drivers} found:\n{two}"
            )
        }
        5136 => format!(
            "{volume} redirected access was turned on. Access to the storage device will be redirected over the \
             network from all cluster nodes that are accessing this volume."
        ),
        5137 => {
            format!("{volume} redirected access was turned off. The volume has now resumed normal operation.")
        }
        5138 => format!(
            "{volume} maintenance was turned on. This volume will not be accessible by the highly available \
             service or application until maintenance is complete and the volume maintenance is turned off."
        ),
        5139 => format!("{volume} maintenance was turned off."),
        5142 => format!(
            "{volume} is no longer accessible from this cluster node because of error '{three}'. Please \
             troubleshoot this node's connectivity to the storage device and network connectivity."
        ),
        5147 => format!(
            "Move of the Cluster Shared Volume resource '{one}' is vetoed because a snapshot is being created on \
             one of the volumes belonging to the resource. Please retry the action after the snapshot creation \
             is completed."
        ),
        5148 => format!(
            "Move of the Cluster Shared Volume resource '{one}' is vetoed because an IO mode change operation \
             (Direct IO to Redirected IO or vice versa) is in progress on one of the volumes belonging to the \
             resource. Please retry the action after the operation is completed."
        ),
        5153 => format!(
            "Cluster Shared Volume '{one}' (resource '{two}') received event '{three}' with sequence number \
             '{four}' which originated in node '{five}'."
        ),
        5154 => format!(
            "Cluster Shared Volume '{one}' (resource '{two}') completed processing event '{three}' with sequence \
             number '{four}' which originated in node '{five}'."
        ),
        5155 => format!(
            "Cluster Shared Volume resource '{one}' completed processing request '{two}' with sequence number \
             '{three}'. The slowest node was '{four}', which took {five} seconds."
        ),
        5157 => format!(
            "{volume} has entered a paused state because of '{three}'. All I/O will temporarily be queued until \
             a path to the volume is reestablished. This error is usually caused by an infrastructure failure. \
             For example, losing connectivity to storage or the node owning the Cluster Shared Volume being \
             removed from active cluster membership."
        ),
        1062 => format!("This node has successfully joined the failover cluster '{one}'."),
        1063 => "The Cluster service was successfully stopped.".into(),
        1069 => format!("Cluster resource '{one}' of type '{three}' in clustered role '{two}' failed."),
        1126 => format!(
            "Cluster network interface '{one}' for cluster node '{two}' on network '{three}' is unreachable by at \
             least one other cluster node attached to the network."
        ),
        1125 => format!(
            "Cluster network interface '{one}' for cluster node '{two}' on network '{three}' is operational (up). \
             The node can communicate with all other available failover cluster nodes on the network."
        ),
        1135 => format!(
            "Cluster node '{one}' was removed from the active failover cluster membership. The Cluster service on \
             this node may have stopped. This could also be due to the node having lost communication with other \
             active nodes in the failover cluster."
        ),
        1153 => format!(
            "The Cluster service is attempting to fail over the clustered role '{one}' from node '{two}' to node \
             '{three}'."
        ),
        1672 => format!(
            "Cluster node '{one}' has been quarantined.  The node experienced '{two}' consecutive failures within \
             a short amount of time and has been removed from the cluster to avoid further disruptions. The node \
             will be quarantined until '{three}' and then the node will automatically attempt to re-join the \
             cluster.\n\nNode Name : {one}\nNumber of consecutive cluster membership loses: {two}\nTime quarantine \
             will be automatically cleared: {three}"
        ),
        1673 if record.channel == SYSTEM => format!("Cluster node '{one}' has entered the isolated state."),
        1680 => format!("Cluster node '{one}' has exited the isolated state."),
        5264 => format!("Physical Disk resource '{one}' has been disconnected from this node."),
        1641 if record.fields.len() == 2 => {
            format!("Clustered role '{one}' is moving to cluster node '{two}'.")
        }
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
