//! Texts about Cluster Shared Volumes and the physical disks below them.

use super::{EventText, row};

/// The pair of a volume's folder name and its disk resource, as samples print it.
const VOLUME: &[&str] = &["Volume7", "Cluster Disk 7"];

pub(super) const ROWS: &[EventText] = &[
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
];
