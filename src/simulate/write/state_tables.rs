//! The tables of state at the head of a cluster.log since 2016: `[=== Resources ===]` and its neighbours.
//!
//! Column names are the published ones; their order is published for Network Interfaces alone. Columns whose
//! values have no published form are left out. Rows end with a comma, and names repeat, as in real logs.

use super::wrap;
use crate::fact::{Instant, VmState};
use crate::simulate::record::csvfs;
use crate::simulate::world::World;

/// All tables, seen from `node`.
pub(super) fn all(world: &World, node: usize) -> String {
    let tables = [
        ("Resources", resources(world)),
        ("Groups", groups(world)),
        ("Nodes", nodes(world, node)),
        ("Networks", networks(world)),
        ("Network Interfaces", interfaces(world)),
        ("Volumes", volumes(world, node)),
    ];
    tables.iter().map(|(title, text)| wrap(title, text)).collect()
}

fn table(columns: &[&str], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line: String = cells.map(|c| format!("{c},")).collect();
        line.push('\n');
        line
    };
    let mut out = line(&mut columns.iter().copied());
    for row in rows {
        debug_assert_eq!(row.len(), columns.len());
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

fn time(at: Option<Instant>) -> String {
    at.map_or(0, super::evtx::filetime).to_string()
}

/// Name, id, type, group, state of each resource.
fn all_resources(world: &World) -> Vec<[String; 5]> {
    let state = |online| String::from(if online { "Online" } else { "Offline" });
    let mut out = Vec::new();
    for v in &world.cluster.volumes {
        out.push([
            v.resource.clone(),
            v.resource_id.to_string(),
            "Physical Disk".into(),
            v.group.to_string(),
            state(v.coordinator.is_some()),
        ]);
    }
    for vm in &world.cluster.vms {
        let name = format!("Virtual Machine {}", vm.name);
        let state = state(vm.state == VmState::Running);
        out.push([name, vm.resource_id.to_string(), "Virtual Machine".into(), vm.name.clone(), state]);
    }
    out
}

fn resources(world: &World) -> String {
    let rows = all_resources(world).into_iter().map(|[name, id, kind, group, state]| {
        let rest = [
            state.as_str(),
            "1",
            "60000",
            "5000",
            "300000",
            "180000",
            "false",
            "0",
            "0",
            "1",
            "0",
            "1",
            "false",
        ];
        [id, name, kind, group].into_iter().chain(rest.map(String::from)).collect()
    });
    let columns = [
        "ObjectId",
        "ObjectName",
        "resourceType",
        "OwnerGroup",
        "_state",
        "_persistentState",
        "_isAliveInterval",
        "_looksAliveInterval",
        "_deadlockTimeout",
        "_pendingTimeout",
        "_separateMonitor",
        "_failureTime",
        "_failureCount",
        "_embeddedFailureAction",
        "_flags",
        "_embeddedFailureAction",
        "_poisoned",
    ];
    table(&columns, rows.collect())
}

fn groups(world: &World) -> String {
    let number =
        |at: Option<usize>| at.map_or_else(String::new, |n| world.cluster.nodes[n].number.to_string());
    let row = |id: String,
               name: String,
               resource: String,
               owner: Option<usize>,
               online,
               previous,
               failover| {
        let state = String::from(if online { "Online" } else { "Offline" });
        let no = || String::from("false");
        vec![id, name, resource, number(owner), number(previous), String::new(), state, no(), time(failover)]
    };
    let mut rows = Vec::new();
    for v in &world.cluster.volumes {
        let group = v.group.to_string();
        rows.push(row(
            group.clone(),
            group,
            v.resource_id.to_string(),
            v.coordinator,
            v.coordinator.is_some(),
            v.previous,
            v.last_failover,
        ));
    }
    for v in &world.cluster.vms {
        let resource = v.resource_id.to_string();
        rows.push(row(
            v.group.to_string(),
            v.name.clone(),
            resource,
            Some(v.node),
            v.state == VmState::Running,
            v.previous,
            v.last_failover,
        ));
    }
    let columns = [
        "ObjectId",
        "ObjectName",
        "resources",
        "_pOwnerNode",
        "_previousOwner",
        "_preferredOwners",
        "_state",
        "_isCore",
        "_lastFailoverTime",
    ];
    table(&columns, rows)
}

fn nodes(world: &World, here: usize) -> String {
    let rows = world.cluster.nodes.iter().enumerate().map(|(at, n)| {
        let local = (at == here).to_string();
        let no = || String::from("false");
        vec![
            n.name.clone(),
            n.id.to_string(),
            n.number.to_string(),
            if n.up { "Up".into() } else { "Down".into() },
            n.paused.to_string(),
            no(),
            no(),
            no(),
            local,
        ]
    });
    let columns = [
        "Name",
        "Id",
        "NodeNumber",
        "state",
        "paused",
        "stopped",
        "isShuttingDown",
        "failureReported",
        "IsLocalNode",
    ];
    table(&columns, rows.collect())
}

fn networks(world: &World) -> String {
    let rows = world.cluster.networks.iter().map(|n| {
        let prefix = format!("{}/24", n.address);
        let [role, metric] = [n.role, n.metric].map(|number| number.to_string());
        let no = String::from("false");
        vec![
            n.name.into(),
            n.id.to_string(),
            String::new(),
            role,
            "Up".into(),
            no.clone(),
            metric,
            prefix,
            no,
        ]
    });
    let columns = ["Name", "Id", "description", "role", "state", "ignore", "metric", "PrefixList", "ignore"];
    table(&columns, rows.collect())
}

fn interfaces(world: &World) -> String {
    let mut rows = Vec::new();
    for n in &world.cluster.nodes {
        for (at, (network, address)) in world.cluster.networks.iter().zip(&n.addresses).enumerate() {
            let adapter = format!("NIC {}", at + 1);
            let id = crate::fact::Guid(std::array::from_fn(|i| n.id.0[i] ^ network.id.0[i]));
            let number = n.number.to_string();
            let row = [
                &format!("{} - {}", n.name, network.name),
                &id.to_string(),
                "",
                &number,
                &network.id.to_string(),
                &adapter,
                &format!("{address}:~3343~"),
                &id.to_string(),
                address,
                address,
                &(at + 4).to_string(),
                "Up",
                "false",
                "false",
                "false",
                &(at == 0).to_string(),
                "true",
                "Up",
                "false",
            ];
            rows.push(row.map(String::from).to_vec());
        }
    }
    let columns = [
        "Name",
        "Id",
        "Description",
        "NodeId",
        "NetworkId",
        "AdapterName",
        "ClusnetEndpoint",
        "AdapterId",
        "Addresses",
        "Address",
        "InterfaceIndex",
        "STATE",
        "Ignore",
        "DhcpEnabled",
        "isConnectedToiSCSI",
        "HasDefaultGateway",
        "Connected",
        "initialState",
        "ignore",
    ];
    table(&columns, rows)
}

fn volumes(world: &World, node: usize) -> String {
    let rows = world.cluster.volumes.iter().map(|v| {
        let [no, yes] = ["false", "true"];
        let row = [
            &v.friendly,
            &v.resource_id.to_string(),
            &v.disk_number.to_string(),
            "2",
            &format!(r"\\?\Volume{{{}}}\", v.guid),
            &v.guid.to_string(),
            no,
            no,
            no,
            &csvfs::number(v.on[node].state).to_string(),
            no,
            yes,
        ];
        row.map(String::from).to_vec()
    });
    let columns = [
        "friendlyName",
        "ResourceId",
        "DiskNumber",
        "PartitionNumber",
        "_volumeFullName",
        "RealVolumeGuid",
        "IsReadOnly",
        "SnapshotInProgress",
        "RedirectIoForSnapshot",
        "CsvFsState",
        "isDismounted",
        "isActive",
    ];
    table(&columns, rows.collect())
}
