//! Windows Server 2012 R2, two nodes, one shared SAS LUN under MPIO, ReFS: the question that the project was
//! made for. The VM runs on one node, the volume is owned by the other, and every byte goes over there.

use super::{Scenario, names};
use crate::fact::{FileSystem, Instant, StorageKind};
use crate::simulate::build::Builder;
use crate::simulate::calendar::{HOUR, MINUTE, instant};
use crate::simulate::collect::Collection;
use crate::simulate::play::{migration, noise, ownership};
use crate::simulate::record::cluster;
use crate::simulate::world::World;
use crate::simulate::write::cluster_log::Base;
use crate::simulate::write::cmdlet;
use crate::simulate::write::text::Encoding::{Utf8, Utf16};
use crate::simulate::{File, Plan};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "refs-two-node",
    description: "2012 R2, two nodes, shared SAS LUN under MPIO, ReFS volume owned by one node, a VM on the other",
    nodes: 2..=16,
    default_nodes: 2,
    default_hours: 36,
    least_hours: 4,
    story: "\
Two nodes `HV-A` and `HV-B` (Windows Server 2012 R2, build 9600) share one SAS LUN under MPIO. Its volume
`Volume1` is formatted with ReFS, so I/O is file-system redirected on both nodes: by design, no fault.

- Failover was tried both ways early on: `Volume1` goes from `HV-B` to `HV-A` and back.
- `VM-A` starts on `HV-B`, beside the owner (`owner_local`), and is migrated live to `HV-A`. From then on all
  of its traffic crosses the network to `HV-B` (`via_coordinator_fs`).
- A planned move gives the volume to `HV-A` for a while: now `VM-A` is local and `VM-B` takes the detour.
- At the end `HV-B` owns the volume: `VM-A` on `HV-A` goes through it, `VM-B` on `HV-B` does not.",
    left_out: "\
- No SDDC bundle: that collector needs Windows Server 2016. State was exported by hand as CLIXML.
- `Get-ClusterSharedVolumeState` has no property `FileSystemRedirectedIOReason` here. The reason bit for ReFS
  is documented as added in 2016; what 2012 R2 shows instead is not established, so nothing is shown.
- 2012 R2 logs have no header and do not say whether they are in UTC or local time (these are in UTC).
- No Hyper-V event logs: placement must come from the cluster's own logs.
- FailoverClustering events carry field names only where one is established (`VolumeName`, `ErrorCode`).
- No ETW trace and no counters: how many bytes took the detour cannot be told.",
    play,
    collect,
};

fn play(plan: &Plan) -> World {
    let mut builder = Builder::new("ALDER-HVC", "alder.example", 9600, plan.seed);
    builder.cluster.multipath = true;
    let nodes = names("HV-", plan.nodes, true);
    builder.nodes(&nodes.iter().map(String::as_str).collect::<Vec<_>>());
    let start = instant(2016, 3, 8, 6);
    builder.booted(Instant(start.0 - 19 * 24 * HOUR - 41 * MINUTE));
    let owner = 1;
    let volume = builder.volume("Volume1", FileSystem::Refs, StorageKind::San, owner);
    builder.cluster.volumes[volume].last_failover = Some(Instant(start.0 - 12 * 24 * HOUR - 127_481_000_000));
    let vm_a = builder.vm("VM-A", owner, volume);
    builder.vm("VM-B", owner, volume);
    for (at, name) in names("VM-", plan.nodes, true).iter().enumerate().skip(2) {
        builder.vm(name, at, volume);
    }

    let random = builder.random.fork();
    let mut world = World::new(builder.cluster, start, random);
    let length = i64::from(plan.hours) * HOUR;
    let end = Instant(start.0 + length);
    let at = |permille: i64| Instant(start.0 + length / 1000 * permille);
    noise::start(&mut world, end, 14 * MINUTE);
    world.at(at(60), move |w| ownership::move_volume(w, volume, 0));
    world.at(at(95), move |w| ownership::move_volume(w, volume, owner));
    world.at(at(400), move |w| migration::live(w, vm_a, 0));
    world.at(at(550), move |w| ownership::move_volume(w, volume, 0));
    world.at(at(610), move |w| ownership::move_volume(w, volume, owner));
    world.run(end);
    world
}

fn collect(world: &World, sink: &mut dyn FnMut(File)) {
    let mut bundle = Collection::new(world, sink);
    for (at, node) in world.cluster.nodes.iter().enumerate() {
        let name = &node.name;
        bundle.cluster_log(format!("ClusterLogs/{name}_cluster.log"), at, Base::Utc, Utf8);
        bundle.evtx(format!("{name}/System.evtx"), at, cluster::SYSTEM);
        let path = format!("{name}/Microsoft-Windows-FailoverClustering%4Operational.evtx");
        bundle.evtx(path, at, cluster::OPERATIONAL);
        bundle.clixml(format!("{name}/VM.xml"), &cmdlet::vm(world, at), 3, Utf16);
        bundle.clixml(format!("{name}/VMHardDiskDrive.xml"), &cmdlet::hard_disk_drive(world, at), 2, Utf16);
        bundle.clixml(format!("{name}/OperatingSystem.xml"), &cmdlet::operating_system(world, at), 2, Utf16);
        bundle.filters(name, at);
        bundle.clixml(format!("{name}/Disk.xml"), &cmdlet::disk(world, at), 2, Utf16);
        bundle.multipath(format!("{name}/mpclaim.txt"), at);
    }
    for (name, objects) in [
        ("ClusterSharedVolumeState", cmdlet::shared_volume_state(world)),
        ("ClusterSharedVolume", cmdlet::shared_volume(world)),
        ("ClusterGroup", cmdlet::group(world)),
        ("ClusterResource", cmdlet::resource(world)),
        ("ClusterNode", cmdlet::node(world)),
        ("ClusterNetwork", cmdlet::network(world)),
        ("Cluster", cmdlet::cluster(world)),
    ] {
        bundle.clixml(format!("State/{name}.xml"), &objects, 4, Utf16);
    }
}
