//! Builds a cluster at rest: names, ids and addresses follow from the seed.

use chrono_tz::Tz;

use super::model::{Clock, Cluster, Disk, Filter, Network, Node, OnNode, Pids, Vm, Volume};
use super::random::Random;
use crate::fact::{FileSystem, Instant, StorageKind, VmState, VolumeState};

/// A cluster under construction.
pub(super) struct Builder {
    /// What there is so far.
    pub(super) cluster: Cluster,
    /// For ids.
    pub(super) random: Random,
    /// Time zone of all nodes, and Windows' name of it.
    pub(super) zone: (Tz, &'static str),
    /// Largest clock offset, nanoseconds.
    pub(super) skew: i64,
}

impl Builder {
    /// An empty cluster of one Windows build.
    pub(super) fn new(name: &str, domain: &str, build: u32, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let network = |random: &mut Random, name, address, role, metric| Network {
            name,
            id: random.guid(),
            address,
            role,
            metric,
        };
        let networks = vec![
            network(&mut random, "Management", "10.44.8.0", 3, 79842),
            network(&mut random, "Storage and Live Migration", "172.28.3.0", 1, 39841),
        ];
        let cluster = Cluster {
            name: name.into(),
            domain: domain.into(),
            id: random.guid(),
            build,
            spaces_direct: false,
            bus: "SAS",
            multipath: false,
            bound: true,
            updates: Vec::new(),
            rdma: false,
            signing: false,
            smb_network: 1,
            nodes: Vec::new(),
            volumes: Vec::new(),
            vms: Vec::new(),
            networks,
        };
        let zone = (chrono_tz::America::Chicago, "Central Standard Time");
        Self { cluster, random, zone, skew: 40_000_000 }
    }

    /// Adds nodes with their inbox filters.
    pub(super) fn nodes(&mut self, names: &[&str]) {
        for name in names {
            let random = &mut self.random;
            let number = self.cluster.nodes.len() as u32 + 1;
            let mut pid = || 4 * random.between(300, 1900) as u32;
            let pids =
                Pids { cluster: pid(), disk_host: pid(), vm_host: pid(), vmms: pid(), services: pid() };
            let clock = Clock {
                offset: random.between(-self.skew / 100, self.skew / 100 + 1) * 100,
                drift: 0,
                steps: Vec::new(),
                zone: self.zone.0,
                zone_name: self.zone.1,
            };
            self.cluster.nodes.push(Node {
                name: (*name).into(),
                number,
                id: random.guid(),
                addresses: vec![format!("10.44.8.{}", 20 + number), format!("172.28.3.{}", 20 + number)],
                clock,
                pids,
                booted: Instant(0),
                filters: inbox_filters(self.cluster.build),
                site: 0,
                up: true,
                paused: false,
                migrations: 0,
            });
        }
    }

    /// When all nodes booted.
    pub(super) fn booted(&mut self, at: Instant) {
        for node in &mut self.cluster.nodes {
            node.booted = at;
        }
    }

    /// Adds a volume; answers its index. All nodes are connected, but for a space, which only its owner has.
    pub(super) fn volume(
        &mut self,
        friendly: &str,
        file_system: FileSystem,
        storage: StorageKind,
        owner: usize,
    ) -> usize {
        let at = self.cluster.volumes.len();
        let random = &mut self.random;
        let resource = match storage {
            StorageKind::SpacesDirect | StorageKind::SharedSpace => {
                format!("Cluster Virtual Disk ({friendly})")
            }
            _ => format!("Cluster Disk {}", at + 1),
        };
        let on = OnNode { connected: true, meant: true, failed: false, state: VolumeState::Active };
        self.cluster.volumes.push(Volume {
            friendly: friendly.into(),
            resource,
            resource_id: random.guid(),
            group: random.guid(),
            guid: random.guid(),
            disk_number: at as u32 + 2,
            file_system,
            storage,
            tiered: false,
            size: 4 << 40,
            coordinator: Some(owner),
            previous: None,
            last_failover: None,
            user_request: false,
            bitlocker_initializing: false,
            backup: false,
            maintenance: false,
            deduplicated: false,
            on: vec![on; self.cluster.nodes.len()],
            busy: false,
        });
        self.attach_filters(at, owner);
        at
    }

    /// Another node owns a volume from the beginning.
    pub(super) fn owner(&mut self, volume: usize, owner: usize) {
        let Some(v) = self.cluster.volumes.get_mut(volume) else { return };
        v.coordinator = Some(owner);
        let device = v.device();
        for filter in self.cluster.nodes.iter_mut().flat_map(|node| &mut node.filters) {
            filter.volumes.retain(|attached| *attached != device);
        }
        self.attach_filters(volume, owner);
    }

    /// CSVFS's own filters: the namespace filter stands on every node, `CsvFlt` on the coordinator.
    fn attach_filters(&mut self, volume: usize, owner: usize) {
        let device = self.cluster.volumes[volume].device();
        let filters = &mut self.cluster.nodes[owner].filters;
        if let Some(filter) = filters.iter_mut().find(|f| f.name == "CsvFlt") {
            filter.volumes.push(device);
        }
    }

    /// Adds a running VM with one disk on a volume; answers its index.
    pub(super) fn vm(&mut self, name: &str, node: usize, volume: usize) -> usize {
        let friendly = &self.cluster.volumes[volume].friendly;
        let path = format!(r"C:\ClusterStorage\{friendly}\{name}\Virtual Hard Disks\{name}.vhdx");
        let random = &mut self.random;
        self.cluster.vms.push(Vm {
            name: name.into(),
            id: random.guid(),
            group: random.guid(),
            resource_id: random.guid(),
            disks: vec![Disk { path, volume, shared: false }],
            node,
            previous: None,
            last_failover: None,
            state: VmState::Running,
            busy: false,
        });
        self.cluster.vms.len() - 1
    }
}

/// Filters that a Hyper-V cluster node has by itself, with their published altitudes.
fn inbox_filters(build: u32) -> Vec<Filter> {
    let filter = |name, altitude, volumes: &[&str]| Filter {
        name,
        altitude,
        volumes: volumes.iter().map(|v| (*v).to_owned()).collect(),
        incompatible: false,
        below: false,
    };
    let mut filters = vec![
        filter("CsvNSFlt", "404900", &["C:"]),
        filter("CsvFlt", "404800", &[]),
        filter("ResumeKeyFilter", "202000", &["C:"]),
        filter("luafv", "135000", &["C:"]),
        filter("npsvctrig", "46000", &[r"\Device\NamedPipe"]),
    ];
    if build >= super::model::BUILD_2016 {
        filters.insert(2, filter("storqosflt", "244000", &["C:"]));
    }
    filters
}
