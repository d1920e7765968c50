//! Classes of Windows and its storage.

use crate::fact::{Instant, StorageKind};
use crate::simulate::calendar::{offset_minutes, with_offset};
use crate::simulate::model::BUILD_2012_R2;
use crate::simulate::world::World;
use crate::simulate::write::clixml::{Object, Value};

/// `Get-WmiObject Win32_OperatingSystem` of one node, gathered remotely.
pub(in crate::simulate) fn operating_system(world: &World, node: usize) -> Vec<Object> {
    let n = &world.cluster.nodes[node];
    let (caption, version) = match world.cluster.build {
        7601 => ("Microsoft Windows Server 2008 R2 Datacenter", "6.1.7601"),
        9200 => ("Microsoft Windows Server 2012 Datacenter", "6.2.9200"),
        9600 => ("Microsoft Windows Server 2012 R2 Datacenter", "6.3.9600"),
        14393 => ("Microsoft Windows Server 2016 Datacenter", "10.0.14393"),
        17763 => ("Microsoft Windows Server 2019 Datacenter", "10.0.17763"),
        20348 => ("Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
        _ => ("Microsoft Windows Server 2025 Datacenter", "10.0.26100"),
    };
    let zone = n.clock.zone;
    let minutes = offset_minutes(world.now, zone);
    // DMTF date and time: local, with the offset in minutes.
    let dmtf = |at: Instant| {
        let text: String = with_offset(at, zone).chars().filter(char::is_ascii_digit).take(20).collect();
        format!("{}.{}{minutes:+04}", &text[..14], &text[14..20])
    };
    let properties = vec![
        ("CSName", Value::text(&n.name)),
        ("Caption", Value::text(caption)),
        ("Version", Value::text(version)),
        ("BuildNumber", Value::text(world.cluster.build.to_string())),
        ("CurrentTimeZone", Value::I32(minutes)),
        ("LastBootUpTime", Value::text(dmtf(n.booted))),
        ("LocalDateTime", Value::text(dmtf(world.clock(node, world.now)))),
    ];
    let mut object = Object::new(
        &["System.Management.ManagementObject#root\\cimv2\\Win32_OperatingSystem", "System.Object"],
        format!(r"\\{}\root\cimv2:Win32_OperatingSystem=@", n.name),
        properties,
    );
    object.notes = vec![("PSComputerName", Value::text(&n.name))];
    vec![object]
}

/// `Get-Disk` of one node: the cluster's disks that it sees. A space stands on its owner alone.
pub(in crate::simulate) fn disk(world: &World, node: usize) -> Vec<Object> {
    let volumes = world.cluster.volumes.iter();
    let seen = volumes.filter(|v| match v.storage {
        StorageKind::SpacesDirect | StorageKind::SharedSpace => v.coordinator == Some(node),
        StorageKind::San | StorageKind::StorageReplica => v.on[node].connected,
    });
    let objects = seen.map(|v| {
        let space = matches!(v.storage, StorageKind::SpacesDirect | StorageKind::SharedSpace);
        let name = if space { v.friendly.clone() } else { format!("EXAMPLE LUN {}", v.disk_number) };
        let mut properties = vec![
            ("Number", Value::U32(v.disk_number)),
            ("FriendlyName", Value::text(&name)),
            ("BusType", Value::text(if space { "Spaces" } else { world.cluster.bus })),
            ("IsClustered", Value::Bool(true)),
            ("PartitionStyle", Value::text("GPT")),
            ("OperationalStatus", Value::text("Online")),
            ("Size", Value::U64(v.size)),
        ];
        if world.cluster.build < BUILD_2012_R2 {
            properties.push(("Guid", Value::text(format!("{{{}}}", v.disk_id()))));
        }
        let types = &[
            "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_Disk",
            "Microsoft.Management.Infrastructure.CimInstance",
            "System.Object",
        ];
        let mut object = Object::new(types, "MSFT_Disk", properties);
        object.notes = vec![("PSComputerName", Value::text(&world.cluster.nodes[node].name))];
        object
    });
    objects.collect()
}

/// `Get-Volume`. A CSV shows the proxy file system here, not the one below it.
pub(in crate::simulate) fn volume(world: &World) -> Vec<Object> {
    let volumes = world.cluster.volumes.iter();
    volumes
        .map(|v| {
            let path = format!(r"\\?\Volume{{{}}}\", v.guid);
            let properties = vec![
                ("DriveLetter", Value::Null),
                ("FileSystem", Value::text("CSVFS")),
                ("FileSystemLabel", Value::text(&v.friendly)),
                ("HealthStatus", Value::U16(0)),
                ("Path", Value::text(&path)),
                ("Size", Value::U64(v.size)),
                ("SizeRemaining", Value::U64(v.size / 8 * 3)),
                ("UniqueId", Value::text(&path)),
            ];
            Object::new(
                &[
                    "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_Volume",
                    "Microsoft.Management.Infrastructure.CimInstance",
                    "System.Object",
                ],
                format!("MSFT_Volume (ObjectId = \"{path}\")").replace('\\', "\\\\"),
                properties,
            )
        })
        .collect()
}

/// `Get-VirtualDisk`.
pub(in crate::simulate) fn virtual_disk(world: &World) -> Vec<Object> {
    let volumes = world.cluster.volumes.iter();
    let spaces =
        volumes.filter(|v| matches!(v.storage, StorageKind::SpacesDirect | StorageKind::SharedSpace));
    spaces
        .map(|v| {
            let properties = vec![
                ("FriendlyName", Value::text(&v.friendly)),
                ("HealthStatus", Value::text("Healthy")),
                ("OperationalStatus", Value::text("OK")),
                ("ResiliencySettingName", Value::text("Mirror")),
                ("NumberOfDataCopies", Value::U16(3)),
                ("IsManualAttach", Value::Bool(true)),
                ("Size", Value::U64(v.size)),
                ("UniqueId", Value::text(v.resource_id.to_string().replace('-', "").to_ascii_uppercase())),
            ];
            Object::new(
                &[
                    "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Storage/MSFT_VirtualDisk",
                    "Microsoft.Management.Infrastructure.CimInstance",
                    "System.Object",
                ],
                "MSFT_VirtualDisk",
                properties,
            )
        })
        .collect()
}

fn standard(class: &'static [&'static str], name: String, properties: Vec<(&'static str, Value)>) -> Object {
    Object::new(class, name, properties)
}

/// `Get-DedupVolume`: volumes that are deduplicated.
pub(in crate::simulate) fn dedup_volume(world: &World) -> Vec<Object> {
    let class = &[
        "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/Deduplication/MSFT_DedupVolume",
        "Microsoft.Management.Infrastructure.CimInstance",
        "System.Object",
    ];
    let volumes = world.cluster.volumes.iter().filter(|v| v.deduplicated);
    volumes
        .map(|v| {
            let properties = vec![
                ("Volume", Value::text(format!(r"C:\ClusterStorage\{}", v.friendly))),
                ("VolumeId", Value::text(format!(r"\?\Volume{{{}}}\", v.guid))),
                ("Enabled", Value::Bool(true)),
                ("Capacity", Value::U64(v.size)),
                ("SavedSpace", Value::U64(v.size / 16)),
            ];
            standard(class, "MSFT_DedupVolume".into(), properties)
        })
        .collect()
}

/// `Get-HotFix` of one node.
pub(in crate::simulate) fn hot_fix(world: &World, node: usize) -> Vec<Object> {
    let class =
        &["System.Management.ManagementObject#root\\cimv2\\Win32_QuickFixEngineering", "System.Object"];
    let updates = world.cluster.updates.iter();
    updates
        .map(|update| {
            let properties = vec![
                ("CSName", Value::text(&world.cluster.nodes[node].name)),
                ("Description", Value::text("Security Update")),
                ("HotFixID", Value::text(*update)),
            ];
            standard(class, (*update).to_owned(), properties)
        })
        .collect()
}

/// `Get-NetIPAddress` of one node.
pub(in crate::simulate) fn ip_address(world: &World, node: usize) -> Vec<Object> {
    let class = &[
        "Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetIPAddress",
        "Microsoft.Management.Infrastructure.CimInstance",
        "System.Object",
    ];
    let addresses = world.cluster.nodes[node].addresses.iter().enumerate();
    addresses
        .map(|(at, address)| {
            let properties = vec![
                ("IPAddress", Value::text(address)),
                ("InterfaceIndex", Value::U32(at as u32 + 4)),
                ("InterfaceAlias", Value::text(format!("NIC {}", at + 1))),
                ("PrefixLength", Value::U16(if address.starts_with("169.254.") { 16 } else { 24 })),
            ];
            standard(class, address.clone(), properties)
        })
        .collect()
}

/// `Get-SmbMultichannelConnection -SmbInstance CSV` of one node: to each other node that is up.
pub(in crate::simulate) fn smb_connection(world: &World, node: usize) -> Vec<Object> {
    let class = &[
        "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbMultichannelConnection",
        "Microsoft.Management.Infrastructure.CimInstance",
        "System.Object",
    ];
    let network = world.cluster.smb_network;
    let rdma = world.cluster.rdma && network == 1;
    let others = world.cluster.nodes.iter().enumerate().filter(|(at, n)| *at != node && n.up);
    others
        .map(|(_, server)| {
            let properties = vec![
                ("ServerName", Value::text(&server.name)),
                ("ClientInterfaceIndex", Value::U32(network as u32 + 4)),
                ("ServerInterfaceIndex", Value::U32(network as u32 + 4)),
                ("ClientIpAddress", Value::text(&world.cluster.nodes[node].addresses[network])),
                ("ServerIpAddress", Value::text(&server.addresses[network])),
                ("Selected", Value::Bool(true)),
                ("ClientRdmaCapable", Value::Bool(rdma)),
                ("ServerRdmaCapable", Value::Bool(rdma)),
                ("ClientLinkSpeed", Value::U64(if network == 1 { 25_000_000_000 } else { 1_000_000_000 })),
                ("SmbInstance", Value::text("CSV")),
            ];
            standard(class, server.name.clone(), properties)
        })
        .collect()
}

/// `Get-SmbClientConfiguration` of one node.
pub(in crate::simulate) fn smb_client_configuration(world: &World, _node: usize) -> Vec<Object> {
    let class = &[
        "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbClientConfiguration",
        "Microsoft.Management.Infrastructure.CimInstance",
        "System.Object",
    ];
    let properties = vec![
        ("EnableMultiChannel", Value::Bool(true)),
        ("RequireSecuritySignature", Value::Bool(world.cluster.signing)),
        ("UseOpportunisticLocking", Value::Bool(true)),
    ];
    vec![standard(class, "MSFT_SmbClientConfiguration".into(), properties)]
}

/// `Get-SmbServerConfiguration` of one node.
pub(in crate::simulate) fn smb_server_configuration(world: &World, _node: usize) -> Vec<Object> {
    let class = &[
        "Microsoft.Management.Infrastructure.CimInstance#ROOT/Microsoft/Windows/SMB/MSFT_SmbServerConfiguration",
        "Microsoft.Management.Infrastructure.CimInstance",
        "System.Object",
    ];
    let properties = vec![
        ("EnableMultiChannel", Value::Bool(true)),
        ("EncryptData", Value::Bool(false)),
        ("RequireSecuritySignature", Value::Bool(world.cluster.signing)),
    ];
    vec![standard(class, "MSFT_SmbServerConfiguration".into(), properties)]
}

/// `Get-NetAdapterBinding` of one node: the two components that SMB between nodes needs.
pub(in crate::simulate) fn adapter_binding(world: &World, _node: usize) -> Vec<Object> {
    let class = &[
        "Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapterBindingSettingData",
        "Microsoft.Management.Infrastructure.CimInstance",
        "System.Object",
    ];
    let adapters = (0..world.cluster.networks.len()).map(|at| format!("NIC {}", at + 1));
    let client = ("ms_msclient", "Client for Microsoft Networks");
    let server = ("ms_server", "File and Printer Sharing for Microsoft Networks");
    adapters
        .enumerate()
        .flat_map(|(at, adapter)| {
            [client, server].map(|(id, display)| {
                // The management network always has them.
                let enabled = at == 0 || world.cluster.bound;
                let properties = vec![
                    ("Name", Value::text(&adapter)),
                    ("DisplayName", Value::text(display)),
                    ("ComponentID", Value::text(id)),
                    ("Enabled", Value::Bool(enabled)),
                ];
                standard(class, adapter.clone(), properties)
            })
        })
        .collect()
}
