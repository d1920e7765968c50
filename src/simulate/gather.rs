//! What somebody gathers from a cluster that was played from a spec: everything, less what the spec leaves out,
//! with the accidents of real bundles (files twice, files of another cluster, logs that begin late).

use std::collections::BTreeSet;

use super::calendar::HOUR;
use super::cause::Cause;
use super::collect::Collection;
use super::log::What;
use super::model::{BUILD_2012, BUILD_2012_R2, BUILD_2016};
use super::play::chatter::Chatter;
use super::record::{cluster, csvfs, hyper_v, smb};
use super::trace::Session;
use super::world::World;
use super::write::cluster_log::Base;
use super::write::cmdlet;
use super::write::text::Encoding;
use super::{Evidence, File};
use crate::fact::Instant;

/// How files are named and laid out.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Layout {
    /// By hand: a folder a node, live file names.
    #[default]
    ByHand,
    /// As the usual collector of Storage Spaces Direct does it.
    Collector,
}

/// What is gathered, and how.
#[derive(Default)]
pub(super) struct Gathering {
    pub(super) layout: Layout,
    /// Kinds that are missing everywhere.
    pub(super) left_out: BTreeSet<Evidence>,
    /// Nodes of which nothing was gathered.
    pub(super) missing: BTreeSet<usize>,
    /// Nodes whose cluster.log is stamped in local time.
    pub(super) local: BTreeSet<usize>,
    /// Nodes whose cluster.log is UTF-16.
    pub(super) wide: BTreeSet<usize>,
    /// cluster.log begins here (`-TimeSpan`).
    pub(super) log_from: Option<Instant>,
    /// Event logs begin here: older records are overwritten.
    pub(super) events_from: Option<Instant>,
    /// Each log lies there a second time under another name.
    pub(super) twice: bool,
    /// Entries about nothing.
    pub(super) chatter: Chatter,
    /// The cluster.log of another cluster lies among them.
    pub(super) foreign: Option<Box<World>>,
}

/// Gathers. Each file is handed on before the next is made.
pub(super) fn all(world: &World, sink: &mut dyn FnMut(File)) {
    let plan = &world.gathering;
    let mut sink = |file: File| {
        if plan.twice && (file.path.ends_with(".log") || file.path.ends_with(".evtx")) {
            sink(File { path: format!("again/{}", file.path), bytes: file.bytes.clone() });
        }
        sink(file);
    };
    let mut bundle = Collection::new(world, &mut sink);
    let has = |kind: Evidence| !plan.left_out.contains(&kind);
    let here = |node: &usize| !plan.missing.contains(node) && world.cluster.nodes[*node].up;
    let nodes: Vec<usize> = world.nodes().filter(here).collect();
    for &node in &nodes {
        of_node(&mut bundle, world, node, &has);
    }
    // A live node answers for the cluster.
    if !nodes.is_empty() {
        of_cluster(&mut bundle, world, &has);
    }
    if let Some(foreign) = &plan.foreign {
        let mut other = Collection::new(foreign, &mut sink);
        let base = Base::Utc;
        other.cluster_log("ClusterLogs/node1_Cluster.log", 0, base, Encoding::Utf8);
    }
}

fn of_node(bundle: &mut Collection<'_>, world: &World, node: usize, has: &dyn Fn(Evidence) -> bool) {
    let plan = &world.gathering;
    let name = &world.cluster.nodes[node].name;
    let by_hand = plan.layout == Layout::ByHand;
    let folder = if by_hand { name.clone() } else { format!("Node_{name}") };
    if has(Evidence::ClusterLogs) {
        let path = match by_hand {
            true => format!("ClusterLogs/{name}_cluster.log"),
            false => format!("{}_cluster.log", world.cluster.fqdn(node)),
        };
        let base = if plan.local.contains(&node) { Base::Local } else { Base::Utc };
        let encoding = if plan.wide.contains(&node) { Encoding::Utf16 } else { Encoding::Utf8 };
        bundle.cluster_log(path, node, base, encoding);
    }
    for (kind, channel) in [
        (Evidence::SystemLogs, cluster::SYSTEM),
        (Evidence::OperationalLogs, cluster::OPERATIONAL),
        (Evidence::CsvFsLogs, csvfs::OPERATIONAL),
        (Evidence::CsvFsLogs, csvfs::FILTER_DIAGNOSTIC),
        (Evidence::SmbLogs, smb::OPERATIONAL),
        (Evidence::HyperVLogs, hyper_v::VMMS_ADMIN),
        (Evidence::HyperVLogs, hyper_v::WORKER_ADMIN),
        (Evidence::HyperVLogs, hyper_v::HIGH_AVAILABILITY_ADMIN),
    ] {
        let of_channel = |what: &What| matches!(what, What::Record(r) if r.channel == channel);
        let empty = !world.logs[node].iter().any(|e| of_channel(&e.what));
        if !has(kind) || empty {
            continue;
        }
        let path = match by_hand {
            true => format!("{folder}/{}.evtx", channel.replace('/', "%4")),
            false => format!("{folder}/{}.EVTX", channel.replace('/', "-")),
        };
        bundle.evtx(path, node, channel);
    }
    if let Some(load) = world.load {
        bundle.trace(&format!("{folder}/csv_trace"), node, Session::of(world, node, load), load);
    }
    let mut objects =
        |kind: Evidence, file: &str, get: fn(&World, usize) -> Vec<super::write::clixml::Object>| {
            if has(kind) {
                bundle.clixml(format!("{folder}/{file}"), &get(world, node), 3, Encoding::Utf16);
            }
        };
    objects(Evidence::Vms, "GetVM.XML", cmdlet::vm);
    objects(Evidence::Vms, "VMHardDiskDrive.xml", cmdlet::hard_disk_drive);
    objects(Evidence::OperatingSystems, "Win32_OperatingSystem.XML", cmdlet::operating_system);
    if !world.cluster.updates.is_empty() {
        objects(Evidence::OperatingSystems, "GetHotFix.XML", cmdlet::hot_fix);
    }
    if world.cluster.build >= BUILD_2012 {
        objects(Evidence::Disks, "GetDisk.XML", cmdlet::disk);
        objects(Evidence::Networks, "GetNetIpAddress.XML", cmdlet::ip_address);
        objects(Evidence::Networks, "GetNetAdapterBinding.XML", cmdlet::adapter_binding);
        objects(Evidence::Networks, "GetSmbMultichannelConnection-CSV.XML", cmdlet::smb_connection);
        objects(Evidence::Networks, "GetSmbClientConfiguration.XML", cmdlet::smb_client_configuration);
        objects(Evidence::Networks, "GetSmbServerConfiguration.XML", cmdlet::smb_server_configuration);
    }
    if has(Evidence::Filters) {
        bundle.filters(&folder, node);
    }
    // The counter is gathered where somebody wonders about metadata.
    let burst = world.history.incidents.iter().any(|i| i.cause == Cause::MetadataBurst);
    if burst && has(Evidence::Vms) && world.cluster.build >= BUILD_2012_R2 {
        bundle.metadata(format!("{folder}/metadata.csv"), node);
    }
    if has(Evidence::Multipath) && world.cluster.multipath {
        bundle.multipath(format!("{folder}/mpclaim.txt"), node);
    }
}

fn of_cluster(bundle: &mut Collection<'_>, world: &World, has: &dyn Fn(Evidence) -> bool) {
    let by_hand = world.gathering.layout == Layout::ByHand;
    let mut objects = |kind: Evidence, name: &str, get: fn(&World) -> Vec<super::write::clixml::Object>| {
        if has(kind) {
            let path = if by_hand { format!("State/{name}.xml") } else { format!("Get{name}.XML") };
            bundle.clixml(path, &get(world), 4, Encoding::Utf16);
        }
    };
    if world.cluster.build >= BUILD_2012_R2 {
        objects(Evidence::VolumeStates, "ClusterSharedVolumeState", cmdlet::shared_volume_state);
    }
    objects(Evidence::SharedVolumes, "ClusterSharedVolume", cmdlet::shared_volume);
    // Where no cmdlet prints modes, which node sees which disk is worth knowing.
    if world.cluster.build < BUILD_2012_R2 {
        objects(Evidence::SharedVolumes, "ClusterSharedVolumeParameter", cmdlet::shared_volume_parameter);
    }
    objects(Evidence::Groups, "ClusterGroup", cmdlet::group);
    objects(Evidence::Groups, "ClusterResource", cmdlet::resource);
    objects(Evidence::Cluster, "ClusterNode", cmdlet::node);
    objects(Evidence::Cluster, "ClusterNetwork", cmdlet::network);
    objects(Evidence::Cluster, "Cluster", cmdlet::cluster);
    if world.cluster.build >= BUILD_2016 {
        objects(Evidence::SharedVolumes, "Volume", cmdlet::volume);
        objects(Evidence::SharedVolumes, "VirtualDisk", cmdlet::virtual_disk);
    }
    // Who may own a disk is gathered where not all may.
    if world.cluster.volumes.iter().any(|v| v.on.iter().any(|on| !on.meant)) {
        objects(Evidence::SharedVolumes, "ClusterOwnerNode", cmdlet::owner_node);
    }
    if world.cluster.volumes.iter().any(|v| v.deduplicated) {
        objects(Evidence::SharedVolumes, "DedupVolume", cmdlet::dedup_volume);
    }
}

/// A log that begins late leaves at least this much of a story.
pub(super) const LEAST_LOG: i64 = HOUR / 2;
