//! Texts about nodes, their service and their networks. Here are the ids that carry several texts with equal
//! parameters (1650, 1651, 1682): only the text tells which is meant.

use super::{EventText, owned, row};
use crate::fact::{Claim, Name, NetworkClaim, NetworkRef, NodeClaim, NodeRef, VmClaim, VmRef};

pub(super) const ROWS: &[EventText] = &[
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
