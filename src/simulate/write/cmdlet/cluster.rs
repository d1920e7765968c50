//! Module FailoverClusters.

use crate::fact::{FileSystem, ModeKind, StorageKind, VmState, VolumeState};
use crate::simulate::model::{BUILD_2016, BUILD_2019, Vm, Volume};
use crate::simulate::world::World;
use crate::simulate::write::clixml::{Object, Value};

macro_rules! types {
    ($name:literal) => {
        &[concat!("Microsoft.FailoverClusters.PowerShell.", $name), "System.Object"]
    };
}

fn enumeration(kind: &'static str, text: &str, number: i32) -> Value {
    Value::Enum(kind, text.into(), number)
}

fn resource_state(online: bool) -> Value {
    let (word, number) = if online { ("Online", 2) } else { ("Offline", 3) };
    enumeration("Microsoft.FailoverClusters.PowerShell.ClusterResourceState", word, number)
}

fn group_state(online: bool) -> Value {
    let (word, number) = if online { ("Online", 0) } else { ("Offline", 1) };
    enumeration("Microsoft.FailoverClusters.PowerShell.ClusterGroupState", word, number)
}

fn node_object(world: &World, at: usize) -> Object {
    let n = &world.cluster.nodes[at];
    let state = match (n.up, n.paused) {
        (false, _) => ("Down", 1),
        (true, true) => ("Paused", 2),
        (true, false) => ("Up", 0),
    };
    let properties = vec![
        ("Cluster", Value::text(&world.cluster.name)),
        ("State", enumeration("Microsoft.FailoverClusters.PowerShell.ClusterNodeState", state.0, state.1)),
        ("Name", Value::text(&n.name)),
        ("Id", Value::text(n.number.to_string())),
        ("NodeName", Value::text(&n.name)),
        ("BuildNumber", Value::U32(world.cluster.build)),
    ];
    Object::new(types!("ClusterNode"), &n.name, properties)
}

/// `Get-ClusterNode`.
pub(in crate::simulate) fn node(world: &World) -> Vec<Object> {
    world.nodes().map(|at| node_object(world, at)).collect()
}

/// `Get-Cluster`.
pub(in crate::simulate) fn cluster(world: &World) -> Vec<Object> {
    let c = &world.cluster;
    let mut properties = vec![
        ("Name", Value::text(&c.name)),
        ("Id", Value::text(c.id.to_string())),
        ("Domain", Value::text(&c.domain)),
        ("BlockCacheSize", Value::U32(if c.build >= BUILD_2016 { 1024 } else { 0 })),
        ("SharedVolumeCompatibleFilters", Value::List(Vec::new())),
        ("SharedVolumeIncompatibleFilters", Value::List(Vec::new())),
    ];
    if c.build >= BUILD_2016 {
        let level = match c.build {
            20348 => Some(11),
            17763 => Some(10),
            14393 => Some(9),
            // That of 2025 is not established.
            _ => None,
        };
        properties.extend(level.map(|level| ("ClusterFunctionalLevel", Value::U16(level))));
        properties.push(("S2DEnabled", Value::U32(u32::from(c.spaces_direct))));
        let balances = !c.spaces_direct || c.build < BUILD_2019;
        properties.push(("CsvBalancer", Value::U32(u32::from(balances))));
    }
    vec![Object::new(types!("Cluster"), &c.name, properties)]
}

/// `Get-ClusterNetwork`.
pub(in crate::simulate) fn network(world: &World) -> Vec<Object> {
    let networks = world.cluster.networks.iter();
    networks
        .map(|n| {
            let role = if n.role == 3 { "ClusterAndClient" } else { "Cluster" };
            let role =
                enumeration("Microsoft.FailoverClusters.PowerShell.ClusterNetworkRole", role, n.role as i32);
            let state = enumeration("Microsoft.FailoverClusters.PowerShell.ClusterNetworkState", "Up", 3);
            let properties = vec![
                ("Cluster", Value::text(&world.cluster.name)),
                ("State", state),
                ("Name", Value::text(n.name)),
                ("Id", Value::text(n.id.to_string())),
                ("Role", role),
                ("Address", Value::text(n.address)),
                ("AddressMask", Value::text("255.255.255.0")),
                ("Metric", Value::U32(n.metric)),
                ("AutoMetric", Value::Bool(true)),
            ];
            Object::new(types!("ClusterNetwork"), n.name, properties)
        })
        .collect()
}

fn group_object(world: &World, name: &str, id: String, owner: usize, online: bool) -> Object {
    let kind = ("VirtualMachine", 111);
    let kind = enumeration("Microsoft.FailoverClusters.PowerShell.GroupType", kind.0, kind.1);
    let properties = vec![
        ("Cluster", Value::text(&world.cluster.name)),
        ("IsCoreGroup", Value::Bool(false)),
        ("OwnerNode", Value::Object(node_object(world, owner))),
        ("State", group_state(online)),
        ("Name", Value::text(name)),
        ("Id", Value::text(id)),
        ("GroupType", kind),
    ];
    Object::new(types!("ClusterGroup"), name, properties)
}

/// `Get-ClusterGroup`. The groups of CSV disks are not among them.
pub(in crate::simulate) fn group(world: &World) -> Vec<Object> {
    let vms = world.cluster.vms.iter();
    vms.map(|v| {
        let online = v.state == VmState::Running;
        group_object(world, &v.name, v.group.to_string(), v.node, online)
    })
    .collect()
}

/// `Get-ClusterResource`.
pub(in crate::simulate) fn resource(world: &World) -> Vec<Object> {
    let object = |name: &str, id: String, kind: &'static str, vm: &Vm| {
        let (group, owner) = (&vm.name, vm.node);
        let online = kind != "Virtual Machine" || vm.state == VmState::Running;
        let resource_type =
            Object::new(types!("ClusterResourceType"), kind, vec![("Name", Value::text(kind))]);
        let properties = vec![
            ("Cluster", Value::text(&world.cluster.name)),
            ("OwnerGroup", Value::text(group)),
            ("OwnerNode", Value::Object(node_object(world, owner))),
            ("ResourceType", Value::Object(resource_type)),
            ("State", resource_state(online)),
            ("Name", Value::text(name)),
            ("Id", Value::text(id)),
        ];
        Object::new(types!("ClusterResource"), name, properties)
    };
    let mut out = Vec::new();
    for v in &world.cluster.vms {
        for kind in ["Virtual Machine", "Virtual Machine Configuration"] {
            let id = match kind {
                "Virtual Machine" => v.resource_id,
                // The configuration resource has an id of its own.
                _ => crate::fact::Guid(std::array::from_fn(|i| v.resource_id.0[i] ^ v.id.0[i])),
            };
            out.push(object(&format!("{kind} {}", v.name), id.to_string(), kind, v));
        }
    }
    out
}

/// `Get-ClusterOwnerNode` of each volume's disk.
pub(in crate::simulate) fn owner_node(world: &World) -> Vec<Object> {
    let volumes = world.cluster.volumes.iter();
    volumes
        .map(|v| {
            let disk =
                Object::new(types!("ClusterResource"), &v.resource, vec![("Name", Value::text(&v.resource))]);
            let able = world.nodes().filter(|&node| v.on[node].meant);
            let nodes = able.map(|node| Value::Object(node_object(world, node))).collect();
            let properties = vec![("ClusterObject", Value::Object(disk)), ("OwnerNodes", Value::List(nodes))];
            Object::new(types!("ClusterOwnerNodeList"), "ClusterOwnerNodeList", properties)
        })
        .collect()
}

/// `Get-ClusterSharedVolume | Get-ClusterParameter`: `DiskIdGuid` is the GUID of the disk's partition table, which `Get-Disk`
/// prints on every node that sees the disk (Windows SDK, private properties of Physical Disk resources; MSFT_Disk).
pub(in crate::simulate) fn shared_volume_parameter(world: &World) -> Vec<Object> {
    let object = |v: &Volume| {
        let properties = vec![
            ("ClusterObject", Value::text(&v.resource)),
            ("Name", Value::text("DiskIdGuid")),
            ("IsReadOnly", Value::Bool(false)),
            ("ParameterType", Value::text("String")),
            ("Value", Value::text(format!("{{{}}}", v.disk_id()))),
        ];
        Object::new(types!("ClusterParameter"), "DiskIdGuid", properties)
    };
    world.cluster.volumes.iter().map(object).collect()
}

/// `Get-ClusterSharedVolume`.
pub(in crate::simulate) fn shared_volume(world: &World) -> Vec<Object> {
    let volumes = world.cluster.volumes.iter();
    volumes
        .map(|v| {
            let path = format!(r"\\?\Volume{{{}}}\", v.guid);
            let file_system = match &v.file_system {
                FileSystem::Ntfs => "NTFS",
                FileSystem::Refs => "ReFS",
                FileSystem::Other(name) => name.as_str(),
            };
            let partition = vec![
                ("Name", Value::text(&path)),
                ("FileSystem", Value::text(file_system)),
                ("Size", Value::U64(v.size)),
                ("FreeSpace", Value::U64(v.size / 8 * 3)),
                ("UsedSpace", Value::U64(v.size / 8 * 5)),
            ];
            let partition = Object::new(
                types!("ClusterDiskPartitionInfo"),
                "Microsoft.FailoverClusters.PowerShell.ClusterDiskPartitionInfo",
                partition,
            );
            let fault = "Microsoft.FailoverClusters.PowerShell.SharedVolumeFaultState";
            // [MS-CMRP] 2.2.3.18: nothing of block redirection; redirected and backup mode are one value.
            let (word, number) = match v {
                _ if v.maintenance => ("InMaintenance", 4),
                _ if v.on.iter().any(|on| on.failed) => ("NoAccess", 2),
                _ if v.user_request || v.backup => ("NoDirectIO", 1),
                _ => ("NoFaults", 0),
            };
            let state = enumeration(fault, word, number);
            let info = vec![
                ("FaultState", state),
                ("FriendlyVolumeName", Value::text(format!(r"C:\ClusterStorage\{}", v.friendly))),
                ("MaintenanceMode", Value::Bool(v.maintenance)),
                ("RedirectedAccess", Value::Bool(v.user_request)),
                ("PartitionNumber", Value::U32(2)),
                ("VolumeOffset", Value::U64(135_266_304)),
                ("Partition", Value::Object(partition)),
            ];
            let info = Object::new(
                types!("ClusterSharedVolumeInfo"),
                "Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo",
                info,
            );
            let owner = v.coordinator.or(v.previous).unwrap_or(0);
            let properties = vec![
                ("Name", Value::text(&v.resource)),
                ("State", resource_state(v.coordinator.is_some())),
                ("OwnerNode", Value::Object(node_object(world, owner))),
                ("SharedVolumeInfo", Value::List(vec![Value::Object(info)])),
                ("Id", Value::text(v.resource_id.to_string())),
            ];
            Object::new(types!("ClusterSharedVolume"), &v.resource, properties)
        })
        .collect()
}

/// `Get-ClusterSharedVolumeState`: one object a volume and node.
pub(in crate::simulate) fn shared_volume_state(world: &World) -> Vec<Object> {
    let mut out = Vec::new();
    for (at, v) in world.cluster.volumes.iter().enumerate() {
        for (node, n) in world.cluster.nodes.iter().enumerate().filter(|(_, n)| n.up) {
            let mode = world.cluster.mode(at, node);
            let state = match (v.on[node].state, mode.kind) {
                (_, ModeKind::Unavailable) => ("Unavailable", 0),
                (VolumeState::Active, ModeKind::Direct) => ("Direct", 2),
                (VolumeState::Active, ModeKind::FileSystemRedirected) => ("FileSystemRedirected", 3),
                (VolumeState::Active, ModeKind::BlockRedirected) => ("BlockRedirected", 4),
                _ => ("Paused", 1),
            };
            let reasons = |words: Vec<String>, none: &str| match words.is_empty() {
                true => none.to_owned(),
                false => words.join(", "),
            };
            let mut properties = vec![
                ("Name", Value::text(&v.resource)),
                ("VolumeName", Value::text(format!(r"\\?\Volume{{{}}}\", v.guid))),
                ("Node", Value::text(&n.name)),
                (
                    "StateInfo",
                    enumeration(
                        "Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeState",
                        state.0,
                        state.1,
                    ),
                ),
                ("VolumeFriendlyName", Value::text(&v.friendly)),
            ];
            // What 2012 R2 shows as the reason for ReFS is not established: no such property is written.
            if world.cluster.build >= BUILD_2016 || v.file_system != FileSystem::Refs {
                let kind =
                    "Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeFileSystemRedirectedIOReasons";
                let text = reasons(mode.file_system.words(), "NotFileSystemRedirected");
                properties.push((
                    "FileSystemRedirectedIOReason",
                    enumeration(kind, &text, mode.file_system.0 as i32),
                ));
            }
            // Nor is it which of two reasons it shows for a space.
            let space = matches!(v.storage, StorageKind::SharedSpace | StorageKind::SpacesDirect);
            if world.cluster.build >= BUILD_2016 || !space {
                let kind =
                    "Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeBlockRedirectedIOReasons";
                let text = reasons(mode.block.words(), "NotBlockRedirected");
                properties.push(("BlockRedirectedIOReason", enumeration(kind, &text, mode.block.0 as i32)));
            }
            out.push(Object::new(
                types!("ClusterSharedVolumeStateInfo"),
                "Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeStateInfo",
                properties,
            ));
        }
    }
    out
}
