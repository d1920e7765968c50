//! Texts about roles and resources: moves, states, failures.

use super::{EventText, owned, row};

pub(super) const ROWS: &[EventText] = &[
    // Roles.
    row(
        1137,
        "Move of cluster role '%1' for drain could not be completed.…failed with error code %2.",
        &["web", "5015"],
    ),
    row(
        1153,
        "The Cluster service is attempting to fail over the clustered role '%1' from node '%2' to node '%3'.",
        &["web", "hv-07", "hv-08"],
    ),
    row(
        1153,
        "The Cluster service is attempting to fail over the clustered service or application '%1' from node '%2' to node '%3'.",
        &["web", "hv-07", "hv-08"],
    ),
    row(
        1154,
        "The Cluster service is attempting to fail back the clustered role '%1' from node '%2' to node '%3'.",
        &["web", "hv-07", "hv-08"],
    ),
    row(
        1154,
        "The Cluster service is attempting to fail back the clustered service or application '%1' from node '%2' to node '%3'.",
        &["web", "hv-07", "hv-08"],
    ),
    row(1155, "The pending move for the role '%1' did not complete.", &["web"]),
    row(1200, "The Cluster service is attempting to bring the clustered role '%1' online.", &["web"]),
    row(
        1200,
        "The Cluster service is attempting to bring the clustered service or application '%1' online.",
        &["web"],
    ),
    row(1201, "The Cluster service successfully brought the clustered role '%1' online.", &["web"]),
    row(
        1201,
        "The Cluster service successfully brought the clustered service or application '%1' online.",
        &["web"],
    ),
    row(1203, "The Cluster service is attempting to bring the clustered role '%1' offline.", &["web"]),
    row(
        1203,
        "The Cluster service is attempting to bring the clustered service or application '%1' offline.",
        &["web"],
    ),
    row(1204, "The Cluster service successfully brought the clustered role '%1' offline.", &["web"]),
    row(
        1204,
        "The Cluster service successfully brought the clustered service or application '%1' offline.",
        &["web"],
    ),
    row(
        1205,
        "The Cluster service failed to bring clustered role '%1' completely online or offline. One or more resources may be in a failed state.…",
        &["web"],
    ),
    row(
        1205,
        "The Cluster service failed to bring clustered service or application '%1' completely online or offline.…",
        &["web"],
    ),
    row(
        1633,
        "The Cluster service failed to bring clustered role '%1' completely online or offline. One or more resources may be in a failed or an offline state.…",
        &["web"],
    ),
    row(
        1251,
        "Clustered role '%2' was taken offline. This role was preempted by the higher priority clustered role '%1'.…",
        &["sql", "web"],
    ),
    row(1254, "Clustered role '%1' has exceeded its failover threshold.…", &["web"]),
    row(
        1641,
        "Clustered role '%1' is moving from cluster node '%2' to cluster node '%3'.",
        &["web", "hv-07", "hv-08"],
    ),
    EventText {
        but_not: "is moving from cluster node",
        ..row(1641, "Clustered role '%1' is moving to cluster node '%2'.", &["web", "hv-08"])
    },
    row(1674, "Group '%1' has transitioned from state '%2' to state '%3'.", &["web", "Offline", "Online"]),
    row(
        1808,
        "The cluster load balancer has identified the current node is exceeding…Current Node:%1Virtual Machines:%2New Node:%3",
        &["hv-07", "vm-a", "hv-08"],
    ),
    // Without its last lines it names nobody.
    EventText {
        but_not: "Current Node:",
        ..owned(
            1808,
            "The cluster load balancer has identified the current node is exceeding…",
            &[],
            |_| Vec::new(),
        )
    },
    // Resources.
    EventText {
        but_not: "' of type '",
        ..row(1069, "Cluster resource '%1' in clustered role '%2' failed.", &["web disk", "web"])
    },
    row(1069, "Cluster resource '%1' in clustered service or application '%2' failed.", &["web disk", "web"]),
    row(
        1069,
        "Cluster resource '%1' of type '%3' in clustered role '%2' failed. The error code was '%5' ('%4').…",
        &["web disk", "web", "Physical Disk", "gone", "0x15"],
    ),
    EventText {
        but_not: "' ('",
        ..row(
            1069,
            "Cluster resource '%1' of type '%3' in clustered role '%2' failed. The error code was '%4'.…",
            &["web disk", "web", "Physical Disk", "0x15"],
        )
    },
    row(
        1069,
        "Cluster resource '%1' of type '%3' in clustered role '%2' failed due to an attempt to block a required state change…",
        &["web disk", "web", "Physical Disk"],
    ),
    EventText {
        but_not: "The error code was",
        ..row(
            1069,
            "Cluster resource '%1' of type '%3' in clustered role '%2' failed.\n…Based on the failure policies…",
            &["web disk", "web", "Physical Disk"],
        )
    },
    row(
        1635,
        "Cluster resource '%1' of type '%3' in clustered role '%2' failed.",
        &["web disk", "web", "Physical Disk"],
    ),
    row(
        1230,
        "Cluster resource '%1' (resource type '%2', DLL '%3') either crashed or deadlocked.…",
        &["web disk", "Physical Disk", "clusres.dll"],
    ),
    row(
        1230,
        "Cluster resource '%1' (resource type '%2', DLL '%3') did not respond to a request in a timely fashion.…",
        &["web disk", "Physical Disk", "clusres.dll"],
    ),
    row(
        1230,
        "A component on the server did not respond in a timely fashion. This caused the cluster resource '%1' (resource type '%2', DLL '%3') to exceed its time-out threshold. As part…",
        &["web disk", "Physical Disk", "clusres.dll"],
    ),
    row(
        1230,
        "A component on the server did not respond in a timely fashion. This caused the cluster resource '%1' (resource type '%2', DLL '%3') to exceed its time-out threshold while processing control code '%4;'.…",
        &["web disk", "Physical Disk", "clusres.dll", "STORAGE_GET_INFO"],
    ),
    row(
        1237,
        "Cluster resource '%1' entered maintenance mode. The associated status is '%2'.",
        &["web disk", "0"],
    ),
    row(
        1238,
        "Cluster resource '%1' exited maintenance mode. The associated status is '%2'.",
        &["web disk", "0"],
    ),
    row(
        1252,
        "Cluster resource '%1' in clustered role '%2' rejected a move request to node '%3'. The error code was '%4'.…",
        &["web disk", "web", "hv-08", "0x15"],
    ),
    row(
        1253,
        "Resource '%1' of the clustered role '%2' vetoed the untargeted move with application specific error code '%3'.",
        &["web disk", "web", "5"],
    ),
    row(
        1253,
        "Resource '%1' of the clustered service or application '%2' vetoed the untargeted move with application specific error code '%3'.",
        &["web disk", "web", "5"],
    ),
    EventText {
        but_not: "is waiting on the following",
        ..row(
            1637,
            "Cluster resource '%1' in clustered role '%2' has transitioned from state %3 to state %4.",
            &["web disk", "web", "Offline", "OnlinePending"],
        )
    },
    row(
        1637,
        "Cluster resource '%1' in clustered role '%2' has transitioned from state %3 to state %4. Cluster resource '…' is waiting on the following resources: %5.",
        &["web disk", "web", "Offline", "WaitingToComeOnline", "web address"],
    ),
    row(
        1638,
        "Cluster resource '%1' in clustered role '%2' has exceeded the maximum number of consecutive failures.…",
        &["web disk", "web"],
    ),
    row(
        1649,
        "Cluster resource '%1' in clustered role '%2' has taken more than one minute to respond to a control code. The control code was '%3'.",
        &["web disk", "web", "5"],
    ),
    row(
        1673,
        "Resource '%1' moved from group '%2' on node '%3' to group '%4' on node '%5'.",
        &["web disk", "Available Storage", "hv-07", "web", "hv-08"],
    ),
];
