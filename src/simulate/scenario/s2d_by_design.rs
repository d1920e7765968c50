//! Windows Server 2022, four healthy nodes on Storage Spaces Direct, one NTFS and one ReFS volume: redirected
//! everywhere but on the owners, and nothing is wrong.

use super::{Scenario, names};
use crate::fact::{FileSystem, Instant, StorageKind};
use crate::simulate::build::Builder;
use crate::simulate::calendar::{HOUR, MINUTE, instant};
use crate::simulate::collect::Collection;
use crate::simulate::model::BUILD_2022;
use crate::simulate::play::{migration, noise, ownership};
use crate::simulate::record::hyper_v;
use crate::simulate::world::World;
use crate::simulate::write::cluster_log::Base;
use crate::simulate::write::cmdlet;
use crate::simulate::write::text::Encoding::{Utf8, Utf16};
use crate::simulate::{File, Plan};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "s2d-by-design",
    description: "2022, four healthy nodes on Storage Spaces Direct, one NTFS and one ReFS volume",
    nodes: 2..=16,
    default_nodes: 4,
    default_hours: 24,
    least_hours: 3,
    story: "\
Four nodes `S2D-1` to `S2D-4` (Windows Server 2022, build 20348) run Storage Spaces Direct. All is healthy.

- `Mirror-NTFS`, owned by `S2D-1`, is direct there and block redirected (NoDiskConnectivity) on all others.
- `Mirror-ReFS`, owned by `S2D-3` until it is moved to `S2D-2` by request, is file-system redirected
  (FileSystemReFs) on all nodes.
- Both are by design. VMs beside their owner are aligned, the others go through it; one VM is migrated live to
  its owner half-way, which ends its detour.",
    left_out: "\
- No System log: what it would tell stands in the `[=== System ===]` section of each cluster.log.
- Hyper-V's log was collected from the two nodes of the migration alone.
- The objects were exported at the default depth, so `Partition` is only text and `Get-Volume` names the proxy
  file system: that `Mirror-NTFS` is NTFS must follow from its mode.
- `Get-ClusterSharedVolumeState` was added to what the usual collector writes; it does not run it.
- The order of columns in the tables of cluster.log is published for Network Interfaces alone; columns whose
  values have no published form are missing.",
    play,
    collect,
};

fn play(plan: &Plan) -> World {
    let mut builder = Builder::new("CEDAR-S2D", "cedar.example", BUILD_2022, plan.seed);
    builder.cluster.spaces_direct = true;
    builder.cluster.bus = "Spaces";
    let nodes = names("S2D-", plan.nodes, false);
    builder.nodes(&nodes.iter().map(String::as_str).collect::<Vec<_>>());
    let start = instant(2023, 2, 14, 12);
    builder.booted(Instant(start.0 - 8 * 24 * HOUR - 5 * MINUTE));
    let kind = StorageKind::SpacesDirect;
    let ntfs = builder.volume("Mirror-NTFS", FileSystem::Ntfs, kind, 0);
    let refs = builder.volume("Mirror-ReFS", FileSystem::Refs, kind, 2.min(plan.nodes - 1));
    builder.vm("app-ntfs-aligned", 0, ntfs);
    builder.vm("app-ntfs-remote", 1, ntfs);
    builder.vm("app-refs-remote", 0, refs);
    let returning = builder.vm("app-ntfs-returning", plan.nodes - 1, ntfs);
    builder.vm("app-refs-owner", 1, refs);

    let random = builder.random.fork();
    let mut world = World::new(builder.cluster, start, random);
    let length = i64::from(plan.hours) * HOUR;
    let end = Instant(start.0 + length);
    let at = |permille: i64| Instant(start.0 + length / 1000 * permille);
    noise::start(&mut world, end, 12 * MINUTE);
    world.at(at(300), move |w| ownership::move_volume(w, refs, 1));
    world.at(at(500), move |w| migration::live(w, returning, 0));
    world.run(end);
    world
}

fn collect(world: &World, sink: &mut dyn FnMut(File)) {
    let mut bundle = Collection::new(world, sink);
    let last = world.cluster.nodes.len() - 1;
    for (at, node) in world.cluster.nodes.iter().enumerate() {
        let folder = format!("Node_{}", node.name);
        bundle.cluster_log(format!("{}_cluster.log", world.cluster.fqdn(at)), at, Base::Local, Utf8);
        if at == 0 || at == last {
            let path = format!("{folder}/Microsoft-Windows-Hyper-V-VMMS-Admin.EVTX");
            bundle.evtx(path, at, hyper_v::VMMS_ADMIN);
        }
        bundle.clixml(format!("{folder}/GetVM.XML"), &cmdlet::vm(world, at), 2, Utf16);
        let path = format!("{folder}/Win32_OperatingSystem.XML");
        bundle.clixml(path, &cmdlet::operating_system(world, at), 2, Utf16);
        bundle.clixml(format!("{folder}/GetDisk.XML"), &cmdlet::disk(world, at), 2, Utf16);
        bundle.filters(&folder, at);
    }
    for (name, objects) in [
        ("GetClusterSharedVolumeState", cmdlet::shared_volume_state(world)),
        ("GetClusterSharedVolume", cmdlet::shared_volume(world)),
        ("GetClusterGroup", cmdlet::group(world)),
        ("GetClusterResource", cmdlet::resource(world)),
        ("GetClusterNode", cmdlet::node(world)),
        ("GetClusterNetwork", cmdlet::network(world)),
        ("GetCluster", cmdlet::cluster(world)),
        ("GetVolume", cmdlet::volume(world)),
        ("GetVirtualDisk", cmdlet::virtual_disk(world)),
    ] {
        bundle.clixml(format!("{name}.XML"), &objects, 2, Utf16);
    }
}
