//! Windows Server 2019, three nodes on a Fibre Channel SAN, NTFS: one node loses its host bus adapter for 40
//! minutes. Its VMs take the detour through the coordinators; two of them are moved away meanwhile.

use super::{Scenario, names};
use crate::fact::{FileSystem, Instant, StorageKind};
use crate::simulate::build::Builder;
use crate::simulate::calendar::{HOUR, MINUTE, instant};
use crate::simulate::collect::Collection;
use crate::simulate::model::BUILD_2019;
use crate::simulate::play::{migration, noise, ownership, path};
use crate::simulate::record::{cluster, csvfs};
use crate::simulate::world::World;
use crate::simulate::write::cluster_log::Base;
use crate::simulate::write::cmdlet;
use crate::simulate::write::text::Encoding::{Utf8, Utf16};
use crate::simulate::{File, Plan};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "san-path-loss",
    description: "2019, three nodes on a Fibre Channel SAN, NTFS: one node loses its HBA for 40 minutes",
    nodes: 3..=16,
    default_nodes: 3,
    default_hours: 12,
    least_hours: 3,
    story: "\
Three nodes `BIRCH1` to `BIRCH3` (Windows Server 2019, build 17763) see two NTFS volumes over Fibre Channel,
all paths symmetric: every node does direct I/O. `BIRCH2` owns none of the volumes.

- First two VMs are migrated live to `BIRCH2`, `files-02` and `print-01`: four run there then.
- Later the owner of `Volume2` changes by request and changes back: a pause of less than two seconds.
- Then `BIRCH2` loses both ports of its HBA for 40 minutes (mpio 17, then 23). CSVFS pauses both volumes there
  (9296, 5120 with STATUS_DEVICE_NOT_CONNECTED) and goes on over the network, block redirected (5121). That is
  a fault, of this node and these 40 minutes alone.
- Two of the four VMs on `BIRCH2` are migrated live to other nodes meanwhile: their detour ends there and then.
  The other two stay and are direct again when the paths come back (mpio 1 and 2, 5122).
- The other nodes are not touched.",
    left_out: "\
- `Get-ClusterSharedVolumeState` was taken at the end, when all was well again: the fault is in the logs alone.
- The CSVFS channel was collected from the affected node alone; no Hyper-V event logs were collected.
- The CSVFS events hold the fields of the published manifest; what later builds append is not public.
- FailoverClustering events carry field names only where one is established (`VolumeName`, `ErrorCode`).
- The order of columns in the tables of cluster.log is published for Network Interfaces alone; columns whose
  values have no published form are missing.",
    play,
    collect,
};

/// The node that loses its paths.
const AFFECTED: usize = 1;

fn play(plan: &Plan) -> World {
    let mut builder = Builder::new("BIRCH-CLU", "birch.example", BUILD_2019, plan.seed);
    builder.cluster.multipath = true;
    builder.cluster.bus = "Fibre Channel";
    let nodes = names("BIRCH", plan.nodes, false);
    builder.nodes(&nodes.iter().map(String::as_str).collect::<Vec<_>>());
    let start = instant(2021, 6, 15, 9);
    builder.booted(Instant(start.0 - 33 * 24 * HOUR - 17 * MINUTE));
    for owner in (0..plan.nodes).filter(|&n| n != AFFECTED) {
        let friendly = format!("Volume{}", builder.cluster.volumes.len() + 1);
        builder.volume(&friendly, FileSystem::Ntfs, StorageKind::San, owner);
    }
    let volumes = builder.cluster.volumes.len();
    let stay = [builder.vm("erp-db", AFFECTED, 0), builder.vm("files-02", 0, 1)];
    let leave = [builder.vm("erp-app", AFFECTED, 0), builder.vm("print-01", 2, 1)];
    for at in (0..plan.nodes).filter(|&n| n != AFFECTED) {
        builder.vm(&format!("web-{:02}", at + 1), at, at % volumes);
    }

    let random = builder.random.fork();
    let mut world = World::new(builder.cluster, start, random);
    let length = i64::from(plan.hours) * HOUR;
    let end = Instant(start.0 + length);
    let at = |permille: i64| Instant(start.0 + length / 1000 * permille);
    noise::start(&mut world, end, 10 * MINUTE);
    world.at(at(15), move |w| migration::live(w, stay[1], AFFECTED));
    world.at(at(18), move |w| migration::live(w, leave[1], AFFECTED));
    world.at(at(120), move |w| ownership::move_volume(w, 1, 0));
    world.at(at(160), move |w| ownership::move_volume(w, 1, 2));
    let lost = at(450);
    world.at(lost, move |w| path::lose(w, AFFECTED));
    world.at(Instant(lost.0 + 12 * MINUTE), move |w| migration::live(w, leave[0], 0));
    world.at(Instant(lost.0 + 19 * MINUTE), move |w| migration::live(w, leave[1], 2));
    world.at(Instant(lost.0 + 40 * MINUTE), move |w| path::restore(w, AFFECTED));
    world.run(end);
    world
}

fn collect(world: &World, sink: &mut dyn FnMut(File)) {
    let mut bundle = Collection::new(world, sink);
    for (at, node) in world.cluster.nodes.iter().enumerate() {
        let name = &node.name;
        let path = format!("ClusterLogs/{}_cluster.log", world.cluster.fqdn(at));
        // One log was made by another tool than the others.
        let encoding = if at == AFFECTED { Utf16 } else { Utf8 };
        bundle.cluster_log(path, at, Base::Local, encoding);
        bundle.evtx(format!("{name}/{name}_System.evtx"), at, cluster::SYSTEM);
        if at == AFFECTED {
            let path = format!("{name}/{name}_Microsoft-Windows-FailoverClustering-CsvFs%4Operational.evtx");
            bundle.evtx(path, at, csvfs::OPERATIONAL);
        }
        bundle.clixml(format!("{name}/VM.xml"), &cmdlet::vm(world, at), 3, Utf8);
        bundle.clixml(format!("{name}/VMHardDiskDrive.xml"), &cmdlet::hard_disk_drive(world, at), 2, Utf8);
        bundle.clixml(format!("{name}/OperatingSystem.xml"), &cmdlet::operating_system(world, at), 2, Utf8);
        bundle.clixml(format!("{name}/Disk.xml"), &cmdlet::disk(world, at), 2, Utf8);
        bundle.multipath(format!("{name}/mpclaim.txt"), at);
    }
    for (name, objects) in [
        ("ClusterSharedVolumeState", cmdlet::shared_volume_state(world)),
        ("ClusterSharedVolume", cmdlet::shared_volume(world)),
        ("ClusterGroup", cmdlet::group(world)),
        ("ClusterNode", cmdlet::node(world)),
        ("ClusterNetwork", cmdlet::network(world)),
        ("Cluster", cmdlet::cluster(world)),
    ] {
        bundle.clixml(format!("State/{name}.xml"), &objects, 4, Utf8);
    }
}
