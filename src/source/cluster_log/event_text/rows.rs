//! The rows. Positions of parameters by the message tables of four Windows versions (2008 R2, 2012, 2012 R2,
//! 2019); two rows of one id are two wordings. Rows are long because the events are many.

use super::{EventText, Own};
use crate::fact::{Claim, Name, NetworkClaim, NetworkRef, NodeClaim, NodeRef, VmClaim, VmRef};

const fn row(id: u32, pattern: &'static str, sample: &'static [&'static str]) -> EventText {
    EventText { id, pattern, but_not: "", sample, own: None }
}

const fn owned(id: u32, pattern: &'static str, sample: &'static [&'static str], own: Own) -> EventText {
    EventText { id, pattern, but_not: "", sample, own: Some(own) }
}

fn text(fields: &[&str], number: usize) -> String {
    fields.get(number - 1).copied().unwrap_or_default().to_owned()
}

fn route(fields: &[&str], up: bool) -> Vec<Claim> {
    let claim = NetworkClaim::Route { local: text(fields, 1), remote: text(fields, 2), up };
    vec![Claim::Network(NetworkRef::default(), claim)]
}

fn adapter(fields: &[&str], up: bool) -> Vec<Claim> {
    let interface = Some(Name::new(&text(fields, 1))).filter(|name| !name.is_empty());
    vec![Claim::Network(
        NetworkRef { interface, ..NetworkRef::default() },
        NetworkClaim::State { up, event: 1651 },
    )]
}

fn heartbeats(fields: &[&str]) -> Vec<Claim> {
    let claim = NetworkClaim::HeartbeatsMissed { local: text(fields, 1), remote: text(fields, 2) };
    vec![Claim::Network(NetworkRef::default(), claim)]
}

/// The pair of a volume's folder name and its disk resource, as samples print it.
const VOLUME: &[&str] = &["Volume7", "Cluster Disk 7"];

/// Every text that is told.
pub const ROWS: &[EventText] = &[
    // Cluster Shared Volumes.
    EventText {
        but_not: "This error is ",
        ..row(
            5120,
            "Cluster Shared Volume '%1' ('%2') has entered a paused state because of '%3'.…",
            &["Volume7", "Cluster Disk 7", "STATUS_IO_TIMEOUT(c00000b5)"],
        )
    },
    row(
        5120,
        "Cluster Shared Volume '%1' ('%2') is no longer available on this node because of '%3'.…",
        &["Volume7", "Cluster Disk 7", "STATUS_BAD_NETWORK_PATH(c00000be)"],
    ),
    row(
        5156,
        "Cluster Shared Volume '%1' ('%2') has entered a paused state because of '%3'. This error is encountered when the volsnap…",
        &["Volume7", "Cluster Disk 7", "(c0130021)"],
    ),
    row(
        5157,
        "Cluster Shared Volume '%1' ('%2') has entered a paused state because of '%3'. All I/O will temporarily be queued…This error is usually caused by…",
        &["Volume7", "Cluster Disk 7", "STATUS_CONNECTION_DISCONNECTED(c000020c)"],
    ),
    row(
        5121,
        "Cluster Shared Volume '%1' ('%2') is no longer directly accessible from this cluster node.…",
        VOLUME,
    ),
    row(5122, "Cluster Shared Volume '%1' ('%2') has now resumed normal operation.", VOLUME),
    row(
        5123,
        "Cluster service failed to create the Cluster Shared Volumes root directory '%2'. The error message was '%1'.",
        &["access is denied", r"C:\ClusterStorage"],
    ),
    row(
        5124,
        "Cluster Shared Volumes root directory '%1' already exists. The directory '%1' was renamed to '%2'.…",
        &[r"C:\ClusterStorage", r"C:\ClusterStorage.000"],
    ),
    row(
        5125,
        "Cluster Shared Volume '%1' ('%3') has identified one or more active filter drivers…ctive filter drivers found:%2",
        &["Volume7", "alpha", "Cluster Disk 7"],
    ),
    row(
        5126,
        "Cluster Shared Volume '%1' ('%3') has identified one or more active volume drivers…ctive volume drivers found:%2",
        &["Volume7", "beta", "Cluster Disk 7"],
    ),
    row(
        5128,
        "Physical disk resource '%1' does not allow disabling short name generation.…",
        &["Cluster Disk 7"],
    ),
    row(5129, "Cluster Shared Volumes has been enabled on this cluster by user '%1'.", &[r"LAB\op"]),
    row(5130, "Cluster Shared Volumes has been disabled on this cluster by user '%1'.", &[r"LAB\op"]),
    row(5131, "Cluster Disk '%1' has been added to Cluster Shared Volumes.", &["Cluster Disk 7"]),
    row(5132, "Cluster Disk '%1' has been removed from Cluster Shared Volumes.…", &["Cluster Disk 7"]),
    row(5133, "Cluster Disk '%1' has been removed and placed back in the…", &["Cluster Disk 7"]),
    row(
        5134,
        "Cluster service failed to set the permissions (ACL) on the Cluster Shared Volumes root directory '%1'. The error was '%2'.",
        &[r"C:\ClusterStorage", "5"],
    ),
    row(
        5135,
        "Cluster service failed to set the permissions on the Cluster Shared Volume directory '%1' ('%2'). The error was '%3'.",
        &[r"C:\ClusterStorage\Volume7", "Cluster Disk 7", "5"],
    ),
    row(5136, "Cluster Shared Volume '%1' ('%2') redirected access was turned on.…", VOLUME),
    row(5137, "Cluster Shared Volume '%1' ('%2') redirected access was turned off.…", VOLUME),
    row(5138, "Cluster Shared Volume '%1' ('%2') maintenance was turned on.…", VOLUME),
    row(5139, "Cluster Shared Volume '%1' ('%2') maintenance was turned off.…", VOLUME),
    row(
        5140,
        "Cluster Shared Volume '%1' ('%2') backup was turned on.…Service within %3 minutes…",
        &["Volume7", "Cluster Disk 7", "30"],
    ),
    row(5141, "Cluster Shared Volume '%1' ('%2') backup was turned off.", VOLUME),
    row(
        5142,
        "Cluster Shared Volume '%1' ('%2') is no longer accessible from this cluster node because of error '%3'.…",
        &["Volume7", "Cluster Disk 7", "(1460)"],
    ),
    row(
        5143,
        "Move of the disk ('%2') is vetoed based on the current state of the Cache Manager on the node '%1' to prevent…Theshold' is %3, and…Dirty Pages' is %4. Move…",
        &["hv-07", "Cluster Disk 7", "4000", "9000"],
    ),
    row(
        5144,
        "While adding the disk ('%1') to Cluster Shared Volumes, setting explicit snapshot diff area association for volume ('%2') failed with error '%3'.…",
        &["Cluster Disk 7", "Volume7", "5"],
    ),
    row(
        5145,
        "Cluster disk resource '%1' failed to delete a software snapshot.…The diff area on volume '%3' could not be dissociated from volume '%2'.…",
        &["Cluster Disk 7", "Volume7", "Volume8"],
    ),
    row(
        5146,
        "Move of the Cluster Shared Volume resource '%1' is vetoed because one of the volumes…",
        &["Cluster Disk 7"],
    ),
    row(
        5147,
        "Move of the Cluster Shared Volume resource '%1' is vetoed because a snapshot…",
        &["Cluster Disk 7"],
    ),
    row(
        5148,
        "Move of the Cluster Shared Volume resource '%1' is vetoed because an IO mode change…",
        &["Cluster Disk 7"],
    ),
    row(5149, "Cache size resized to '%1' based on populated memory,…", &["2048"]),
    row(
        5150,
        "Cluster physical disk resource '%1' failed.…The Cluster Shared Volume was put in failed state with the following error: '%2'",
        &["Cluster Disk 7", "(c000000e)"],
    ),
    row(
        5151,
        "Cluster Shared Volume '%1' (resource '%2') transitioned to state '%3' as part of processing '%4' initiated by node '%5' with sequence number '%6'.",
        &["Volume7", "Cluster Disk 7", "Paused", "MoveStep", "hv-07", "<71><7>"],
    ),
    row(
        5152,
        "Cluster Shared Volume '%1' (resource '%2') was unable to complete a…processing '%4' with sequence number '%5' on nodes ('%3').…",
        &["Volume7", "Cluster Disk 7", "hv-07, hv-08", "MoveStep", "<71><7>"],
    ),
    row(
        5153,
        "Cluster Shared Volume '%1' (resource '%2') received event '%3' with sequence number '%4' which originated in node '%5'.",
        &["Volume7", "Cluster Disk 7", "MoveStep", "<71><7>", "hv-07"],
    ),
    row(
        5154,
        "Cluster Shared Volume '%1' (resource '%2') completed processing event '%3' with sequence number '%4' which originated in node '%5'.",
        &["Volume7", "Cluster Disk 7", "MoveStep", "<71><7>", "hv-07"],
    ),
    row(
        5155,
        "Cluster Shared Volume resource '%1' completed processing request '%2' with sequence number '%3'. The slowest node was '%4', which took %5 seconds.",
        &["Cluster Disk 7", "MoveStep", "<71><7>", "hv-08", "4"],
    ),
    row(
        5200,
        "Cluster service failed to create a cluster identity token for Cluster Shared Volumes. The error code was '%1'.…",
        &["5"],
    ),
    row(
        5216,
        "Software snapshot creation on Cluster Shared Volume '%1' ('%2') failed with error %3. The resource must…",
        &["Volume7", "Cluster Disk 7", "5015"],
    ),
    row(
        5217,
        "Software snapshot creation on Cluster Shared Volume(s) ('%1') with snapshot set id '%2' failed with error '%3'.…",
        &["Volume7", "71a3", "5015"],
    ),
    row(
        5218,
        "Cluster physical disk resource '%1' deleted a software snapshot. The software snapshot on Cluster Shared Volume '%2' was deleted because it was older than '%3' day(s). The snapshot ID was '%4' and it was created from node '%5' at '%6'.…",
        &["Cluster Disk 7", "Volume7", "90", "71a3", "hv-07", "2021/03/04"],
    ),
    row(
        5219,
        "Cluster service failed to register the Cluster Shared Volumes snapshot provider…Error: %1",
        &["5"],
    ),
    row(5264, "Physical Disk resource '%1' has been disconnected from this node.", &["Cluster Disk 7"]),
    row(
        1584,
        "A backup application initiated a VSS snapshot on Cluster Shared Volume '%1' ('%3') without properly preparing…",
        &["Volume7", "", "Cluster Disk 7"],
    ),
    // Physical disks.
    row(
        1034,
        "Cluster physical disk resource '%1' cannot be brought online because the associated disk could not be found. The expected signature of the disk was '%2'.…",
        &["Cluster Disk 7", "71A3"],
    ),
    row(
        1035,
        "While disk resource '%1' was being brought online, access to one or more volumes failed with error '%2'.…",
        &["Cluster Disk 7", "5"],
    ),
    row(
        1037,
        "The file system for one or more partitions on the disk for resource '%1' may be corrupt.…",
        &["Cluster Disk 7"],
    ),
    row(
        1038,
        "Ownership of cluster disk '%1' has been unexpectedly lost by this node.…",
        &["Cluster Disk 7"],
    ),
    row(
        1066,
        "Cluster disk resource '%1' indicates corruption for volume '%2'.…",
        &["Cluster Disk 7", "Volume7"],
    ),
    row(1665, "Online operation for the Physical Disk resource '%1' is started.", &["Cluster Disk 7"]),
    row(
        1666,
        "Online operation for the Physical Disk resource '%1' is completed with status '%2'.",
        &["Cluster Disk 7", "0"],
    ),
    row(1667, "Offline operation for the Physical Disk resource '%1' is started.", &["Cluster Disk 7"]),
    row(
        1668,
        "Offline operation for the Physical Disk resource '%1' is completed with status '%2'.",
        &["Cluster Disk 7", "0"],
    ),
    row(
        1669,
        "Cluster physical disk resource took longer than expected to reach an online state.…resource name:%1Guidance:…",
        &["Cluster Disk 7"],
    ),
    row(
        1670,
        "Cluster physical disk resource successfully brought the resource online.…resource name:%1Time Elapsed (seconds):%3",
        &["Cluster Disk 7", "", "12"],
    ),
    row(
        1671,
        "Cluster physical disk resource cannot be brought online.…resource name:%1Error Code:%2Time Elapsed (seconds):%3Guidance:…",
        &["Cluster Disk 7", "5", "12"],
    ),
    row(
        1792,
        "Cluster physical disk resource failed periodic health check.…isk resource name:%1Device Number:%2Device Guid:%3Error Code:%4Reason:%5",
        &["Cluster Disk 7", "7", "{71a3}", "5", "IsAlive"],
    ),
    row(
        1793,
        "Cluster physical disk resource failed to come online.…Resource Name:%1Device Number:%2Device Guid:%3Error Code:%4Reason:%5",
        &["Cluster Disk 7", "7", "{71a3}", "5", "Online"],
    ),
    row(
        1794,
        "Cluster physical disk resource failed to go offline.…Resource Name:%1Device Number:%2Device Guid:%3Error Code:%4Additional reason:%5",
        &["Cluster Disk 7", "7", "{71a3}", "5", "Offline"],
    ),
    row(
        1795,
        "Cluster physical disk resource encountered an error while attempting to terminate.…Resource Name:%1Device Number:%2Device Guid:%3Error Code:%4Reason:%5",
        &["Cluster Disk 7", "7", "{71a3}", "5", "Terminate"],
    ),
    row(
        1812,
        "Cluster Physical Disk Resource completed a storage operation.…ResourceName:%1Device:%2Operation:%3TimeInMilliseconds:%4Status:%5AdditionalInformation:%6",
        &["Cluster Disk 7", "7", "Arbitrate", "12", "0", "none"],
    ),
    row(
        1813,
        "Cluster Physical Disk Resource completed resource online.…ResourceName:%1OperationTimes:%2TotalTimeInMilliseconds:%3Status:%4",
        &["Cluster Disk 7", "a=1", "12", "0"],
    ),
    row(
        1814,
        "Cluster Physical Disk Resource completed resource offline.…ResourceName:%1OperationTimes:%2TotalTimeInMilliseconds:%3Status:%4",
        &["Cluster Disk 7", "a=1", "12", "0"],
    ),
    row(
        1815,
        "Cluster Physical Disk Resource completed resource terminate.…ResourceName:%1OperationTimes:%2TotalTimeInMilliseconds:%3Status:%4",
        &["Cluster Disk 7", "a=1", "12", "0"],
    ),
    row(
        1816,
        "Cluster Physical Disk Resource could not find expected number of usable data volumes during online.…ResourceName:%1Device:%2VolumesExpected:%3VolumesFound:%4",
        &["Cluster Disk 7", "7", "2", "1"],
    ),
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
    // Nodes.
    row(
        1000,
        "Cluster service suffered an unexpected fatal error at line %1 of source module %2. The error code was %3.",
        &["71", "a.cpp", "5"],
    ),
    row(
        1001,
        "Cluster service failed a validity check on line %1 of source module %2. \"%3\"",
        &["71", "a.cpp", "x"],
    ),
    row(
        1002,
        "Cluster service handled an unexpected error at line %1 of source module %2. The error code was %3.",
        &["71", "a.cpp", "5"],
    ),
    row(1006, "Cluster service was halted due to incomplete connectivity with other cluster nodes.", &[]),
    row(1061, "The Cluster service successfully formed the failover cluster '%1'.", &["lab"]),
    row(1062, "This node has successfully joined the failover cluster '%1'.", &["lab"]),
    row(1063, "The Cluster service was successfully stopped.", &[]),
    row(
        1073,
        "The Cluster service was halted to prevent an inconsistency within the failover cluster. The error code was '%1'.",
        &["5"],
    ),
    row(1135, "Cluster node '%1' was removed from the active failover cluster membership.…", &["hv-07"]),
    row(1146, "The cluster resource host subsystem (RHS) stopped unexpectedly.…", &[]),
    row(1146, "The cluster Resource Hosting Subsystem (RHS) stopped unexpectedly.…", &[]),
    row(
        1146,
        "The cluster Resource Hosting Subsystem (RHS) process was terminated and will be restarted.…",
        &[],
    ),
    row(1177, "The Cluster service is shutting down because quorum was lost.…", &[]),
    row(
        1556,
        "The cluster service encountered an unexpected problem and will be shut down. The error code was '%2'.",
        &["", "5050"],
    ),
    row(1558, "The cluster service detected a problem with the witness resource.…", &[]),
    row(
        1561,
        "The cluster service has determined that this node does not have the latest copy of cluster configuration data.…",
        &[],
    ),
    row(
        1561,
        "Cluster service failed to start because this node detected that it does not have the latest copy of cluster configuration data.…",
        &[],
    ),
    row(
        1564,
        "File share witness resource '%1' failed to arbitrate for the file share '%2'.…",
        &["witness", r"\\fs\w"],
    ),
    row(
        1573,
        "Node '%1' failed to form a cluster. This was because the witness was not accessible.…",
        &["hv-07"],
    ),
    row(1592, "Cluster node '%1' lost communication with cluster node '%2'.…", &["hv-07", "hv-08"]),
    row(
        1652,
        "Cluster node '%1' failed to join the cluster. A TCP connection could not be established to node(s) '%2'.…",
        &["hv-07", "hv-08"],
    ),
    row(
        1652,
        "Cluster node '%1' failed to join the cluster. A UDP connection could not be established to node(s) '%2'.…",
        &["hv-07", "hv-08"],
    ),
    row(
        1652,
        "Cluster node '%1' failed to join the cluster. A TCP connection using the Microsoft Failover Cluster Virtual Adapter could not be established to node(s) '%2'.…",
        &["hv-07", "hv-08"],
    ),
    row(1653, "Cluster node '%1' failed to join the cluster because it could not communicate…", &["hv-07"]),
    row(
        1672,
        "Cluster node '%1' has been quarantined.…experienced '%2' consecutive failures…quarantined until '%3' and…",
        &["hv-07", "3", "2021/03/04-05:06:07.089"],
    ),
    row(1673, "Cluster node '%1' has entered the isolated state.", &["hv-07"]),
    row(
        1675,
        "Cluster node '%1' has been quarantined by '%2' and cannot join the cluster.…quarantined until '%3' and…",
        &["hv-07", "cluster nodes", "2021/03/04-05:06:07.089"],
    ),
    row(
        1676,
        "Local cluster node has been quarantined by '%1'. The node will be quarantined until '%2' and…",
        &["cluster nodes", "2021/03/04-05:06:07.089"],
    ),
    row(1677, "Node drain failed on Cluster node %1.…", &["hv-07"]),
    row(1680, "Cluster node '%1' has exited the isolated state.", &["hv-07"]),
    row(
        1681,
        "Virtual machines on node '%1' have entered an unmonitored state.…no longer being monitored are: %2.",
        &["hv-07", "vm-a, vm-b"],
    ),
    owned(
        1682,
        "Virtual machine '%2' which was unmonitored on the isolated node '%1' has been failed over to another node.…",
        &["hv-07", "vm-a"],
        |fields| {
            let node = Name::node(&text(fields, 1));
            vec![Claim::Vm(VmRef::new(&text(fields, 2), None), VmClaim::Isolated { node })]
        },
    ),
    owned(
        1682,
        "Node '%1' has rejoined the cluster and the following virtual machines running on that node are once again having their health state monitored: %2.",
        &["hv-07", "vm-a, vm-b"],
        |fields| vec![Claim::Node(NodeRef::named(&text(fields, 1)), NodeClaim::Isolated { on: false })],
    ),
    row(
        5377,
        "An internal Cluster service operation exceeded the defined threshold of '%2' seconds.…",
        &["", "110"],
    ),
    row(
        5396,
        "The Cluster service on this node is shutting down because it has detected that there are other cluster nodes that have quorum.…",
        &[],
    ),
    row(
        5398,
        "Cluster failed to start. The latest copy of cluster configuration data was not available within the set of nodes…",
        &[],
    ),
    // Networks.
    row(
        1125,
        "Cluster network interface '%1' for cluster node '%2' on network '%3' is operational (up).…",
        &["hv-07 - CSV", "hv-07", "CSV"],
    ),
    row(
        1126,
        "Cluster network interface '%1' for cluster node '%2' on network '%3' is unreachable by at least one other…",
        &["hv-07 - CSV", "hv-07", "CSV"],
    ),
    row(
        1127,
        "Cluster network interface '%1' for cluster node '%2' on network '%3' failed.…",
        &["hv-07 - CSV", "hv-07", "CSV"],
    ),
    row(1128, "Cluster network '%1' is operational (up).…", &["CSV"]),
    row(1129, "Cluster network '%1' is partitioned.…", &["CSV"]),
    row(1130, "Cluster network '%1' is down. None of the available nodes…", &["CSV"]),
    row(
        1131,
        "Cluster network interface '%1' was added for node '%2' on network '%3'.",
        &["hv-07 - CSV", "hv-07", "CSV"],
    ),
    row(
        1132,
        "Cluster network interface '%1' for node '%2' on network '%3' was removed.",
        &["hv-07 - CSV", "hv-07", "CSV"],
    ),
    owned(
        1650,
        "Cluster has established a UDP connection from local endpoint %1 connected to remote endpoint %2.",
        &["10.9.0.1:~3343~", "10.9.0.2:~3343~"],
        |fields| route(fields, true),
    ),
    owned(
        1650,
        "Cluster has lost the UDP connection from local endpoint %1 connected to remote endpoint %2.",
        &["10.9.0.1:~3343~", "10.9.0.2:~3343~"],
        |fields| route(fields, false),
    ),
    owned(
        1650,
        "Microsoft Failover Cluster Virtual Adapter (NetFT) has missed more than 40 percent of consecutive heartbeats.…Local endpoint: %1Remote endpoint: %2",
        &["10.9.0.1:~3343~", "10.9.0.2:~3343~"],
        heartbeats,
    ),
    owned(
        1651,
        "Cluster has received notification that Adapter %1 is now in a connected state.",
        &["CSV"],
        |fields| adapter(fields, true),
    ),
    owned(
        1651,
        "Cluster has received notification that Adapter %1 is now in a disconnected state.",
        &["CSV"],
        |fields| adapter(fields, false),
    ),
];
