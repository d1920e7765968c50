//! The cluster: what there is, in which state, and what follows from it.
//!
//! [`Cluster::causes`] is the heart: which causes hold a volume in redirected access on a node, after the
//! cause matrix of the domain facts. The I/O mode follows from the causes and the Windows version.

use chrono_tz::Tz;

use super::cause::Cause;
use super::record::csvfs::Target;
use crate::fact::{
    BlockReasons, FileSystem, FsReasons, Guid, Instant, IoMode, ModeKind, StorageKind, VmState, VolumeState,
};

/// Windows Server 2012.
pub(super) const BUILD_2012: u32 = 9200;
/// Windows Server 2012 R2.
pub(super) const BUILD_2012_R2: u32 = 9600;
/// First build that names ReFS as a reason (Windows Server 2016).
pub(super) const BUILD_2016: u32 = 14393;
/// Windows Server 2019.
pub(super) const BUILD_2019: u32 = 17763;
/// Windows Server 2022.
pub(super) const BUILD_2022: u32 = 20348;

/// A node's clock against true time.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// What the clock is ahead at the scenario's start, nanoseconds.
    pub(super) offset: i64,
    /// What it gains a second, nanoseconds.
    pub(super) drift: i64,
    /// When it was set, nanoseconds after the start, and by how much. In order.
    pub(super) steps: Vec<(i64, i64)>,
    /// The node's time zone.
    pub(super) zone: Tz,
    /// The zone as Windows names it.
    pub(super) zone_name: &'static str,
}

impl Clock {
    /// What the clock shows at a true instant, `since` nanoseconds after the start. UTC, 100 ns.
    pub(super) fn reads(&self, at: Instant, since: i64) -> Instant {
        let gained = (i128::from(since) * i128::from(self.drift) / 1_000_000_000) as i64;
        let set: i64 = self.steps.iter().filter(|(when, _)| *when <= since).map(|(_, by)| by).sum();
        Instant((at.0 + self.offset + gained + set).div_euclid(100) * 100)
    }
}

/// A file-system or volume filter driver on a node.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    /// Driver name without `.sys`.
    pub(super) name: &'static str,
    /// Altitude as printed.
    pub(super) altitude: &'static str,
    /// Where it is attached, as `fltmc instances` prints volumes.
    pub(super) volumes: Vec<String>,
    /// The cluster does not know it as safe.
    pub(super) incompatible: bool,
    /// It stands below the file system: `fltmc` does not list it.
    pub(super) below: bool,
}

/// Process ids of the services whose logs matter.
#[derive(Clone, Debug)]
pub(super) struct Pids {
    pub(super) cluster: u32,
    pub(super) disk_host: u32,
    pub(super) vm_host: u32,
    pub(super) vmms: u32,
    pub(super) services: u32,
}

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) id: Guid,
    pub(super) addresses: Vec<String>,
    pub(super) clock: Clock,
    pub(super) pids: Pids,
    pub(super) booted: Instant,
    pub(super) filters: Vec<Filter>,
    /// Site of a stretched cluster.
    pub(super) site: u8,
    /// The cluster service runs.
    pub(super) up: bool,
    /// Drained: it takes no roles.
    pub(super) paused: bool,
    /// Migrations from and to it that are under way.
    pub(super) migrations: usize,
}

/// A volume as one node has it.
#[derive(Clone, Debug)]
pub(super) struct OnNode {
    /// The node has a path of its own to the disk, as far as the cluster knows.
    pub(super) connected: bool,
    /// The node was meant to see the disk at all.
    pub(super) meant: bool,
    /// CSVFS gave up: all I/O from this node fails.
    pub(super) failed: bool,
    /// CSVFS's state.
    pub(super) state: VolumeState,
}

/// A Cluster Shared Volume.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    pub(super) friendly: String,
    pub(super) resource: String,
    pub(super) resource_id: Guid,
    /// The group of a CSV disk is named by a GUID.
    pub(super) group: Guid,
    pub(super) guid: Guid,
    pub(super) disk_number: u32,
    pub(super) file_system: FileSystem,
    pub(super) storage: StorageKind,
    pub(super) tiered: bool,
    pub(super) size: u64,
    /// Index of the node where the disk is online.
    pub(super) coordinator: Option<usize>,
    pub(super) previous: Option<usize>,
    pub(super) last_failover: Option<Instant>,
    /// Somebody turned redirected access on.
    pub(super) user_request: bool,
    pub(super) bitlocker_initializing: bool,
    /// A backup holds it (2008 R2).
    pub(super) backup: bool,
    /// Nobody reaches it: maintenance.
    pub(super) maintenance: bool,
    /// Data deduplication is on.
    pub(super) deduplicated: bool,
    pub(super) on: Vec<OnNode>,
    /// A move or a change of mode is under way.
    pub(super) busy: bool,
}

impl Volume {
    /// The device of its file system on the node that has the disk online.
    pub(super) fn device(&self) -> String {
        format!(r"\Device\HarddiskVolume{}", self.disk_number + 3)
    }

    /// The GUID in its disk's partition table.
    pub(super) fn disk_id(&self) -> Guid {
        Guid(std::array::from_fn(|at| self.resource_id.0[at] ^ self.guid.0[at]))
    }
}

/// A disk file of a VM.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    pub(super) path: String,
    pub(super) volume: usize,
    /// Guests share it (shared VHDX).
    pub(super) shared: bool,
}

/// A virtual machine with its role.
#[derive(Clone, Debug)]
pub(super) struct Vm {
    pub(super) name: String,
    pub(super) id: Guid,
    pub(super) group: Guid,
    pub(super) resource_id: Guid,
    pub(super) disks: Vec<Disk>,
    /// Index of the node where it runs.
    pub(super) node: usize,
    pub(super) previous: Option<usize>,
    pub(super) last_failover: Option<Instant>,
    pub(super) state: VmState,
    pub(super) busy: bool,
}

/// A cluster network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) name: &'static str,
    pub(super) id: Guid,
    pub(super) address: &'static str,
    /// 1 cluster only, 3 cluster and client.
    pub(super) role: u32,
    pub(super) metric: u32,
}

/// The whole.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) id: Guid,
    pub(super) build: u32,
    pub(super) spaces_direct: bool,
    /// How the nodes reach their disks, as `Get-Disk` prints it.
    pub(super) bus: &'static str,
    /// MPIO claims the disks.
    pub(super) multipath: bool,
    /// Client for Microsoft Networks is bound to the cluster's networks.
    pub(super) bound: bool,
    /// Updates that every node lists; empty where nobody asks for them.
    pub(super) updates: Vec<&'static str>,
    /// The cluster's own network can do RDMA.
    pub(super) rdma: bool,
    /// SMB signing is required.
    pub(super) signing: bool,
    /// Over which network the SMB connections of the volumes run.
    pub(super) smb_network: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) volumes: Vec<Volume>,
    pub(super) vms: Vec<Vm>,
    pub(super) networks: Vec<Network>,
}

impl Cluster {
    /// Where a node reaches a volume's file system while `coordinator` owns it.
    pub(super) fn target(&self, volume: usize, node: usize, coordinator: Option<usize>) -> Target {
        match coordinator {
            Some(owner) if owner == node => Target::Local(self.volumes[volume].device()),
            Some(owner) => Target::Remote(self.nodes[owner].name.clone()),
            None => Target::None,
        }
    }

    /// Fully qualified name of a node.
    pub(super) fn fqdn(&self, node: usize) -> String {
        format!("{}.{}", self.nodes[node].name, self.domain)
    }

    /// Node ids of the nodes that are up, as engine lines print them: `1 2 3`.
    pub(super) fn members(&self) -> String {
        let ids: Vec<String> = self.nodes.iter().filter(|n| n.up).map(|n| n.number.to_string()).collect();
        ids.join(" ")
    }

    /// Why `volume` is redirected on `node`, now. Sorted. File-system redirection hides block redirection
    /// (published lab: ReFS on a non-owner of Storage Spaces Direct shows no block reason), so the causes are
    /// of one kind.
    pub(super) fn causes(&self, volume: usize, node: usize) -> Vec<Cause> {
        let v = &self.volumes[volume];
        let Some(owner) = v.coordinator else { return Vec::new() };
        if v.maintenance {
            return vec![Cause::Maintenance];
        }
        let mut causes = Vec::new();
        if v.file_system == FileSystem::Refs {
            causes.push(Cause::Refs);
        }
        if v.tiered && v.file_system == FileSystem::Ntfs {
            causes.push(Cause::Tiering);
        }
        if v.user_request {
            causes.push(Cause::UserRequest);
        }
        let filters = || self.nodes[owner].filters.iter().filter(|f| f.incompatible);
        if filters().any(|f| !f.below) {
            causes.push(Cause::FileSystemFilter);
        }
        if filters().any(|f| f.below) {
            causes.push(Cause::VolumeFilter);
        }
        if v.bitlocker_initializing {
            causes.push(Cause::BitLocker);
        }
        if v.backup {
            causes.push(Cause::BackupMode);
        }
        if causes.is_empty() && node != owner {
            match v.storage {
                StorageKind::SharedSpace | StorageKind::SpacesDirect => {
                    causes.push(Cause::SpaceAttachedElsewhere);
                }
                StorageKind::StorageReplica => causes.push(Cause::StorageReplica),
                StorageKind::San if !v.on[node].meant => causes.push(Cause::AsymmetricStorage),
                StorageKind::San if self.lacks_path(volume, node) => causes.push(Cause::LostDiskPath),
                StorageKind::San => {}
            }
        }
        causes
    }

    /// Does a node that does not own the volume lack a path that it should have, whatever else redirects it?
    pub(super) fn lacks_path(&self, volume: usize, node: usize) -> bool {
        let v = &self.volumes[volume];
        let on = &v.on[node];
        let apart = v.coordinator.is_some_and(|owner| owner != node);
        v.storage == StorageKind::San && on.meant && !on.connected && apart && !v.maintenance
    }

    /// The I/O mode that follows.
    pub(super) fn mode(&self, volume: usize, node: usize) -> IoMode {
        let v = &self.volumes[volume];
        if v.coordinator.is_none() || v.maintenance || v.on[node].failed {
            return IoMode { kind: ModeKind::Unavailable, ..IoMode::DIRECT };
        }
        let causes = self.causes(volume, node);
        let mut file_system = FsReasons::default();
        let mut block = BlockReasons::default();
        for &cause in &causes {
            match cause {
                // Before 2016 the reason has no established bit: the truth names none.
                Cause::Refs if self.build < BUILD_2016 => {}
                Cause::Refs => file_system = file_system.with(FsReasons::FILE_SYSTEM_REFS),
                Cause::Tiering => file_system = file_system.with(FsReasons::FILE_SYSTEM_TIERING),
                Cause::UserRequest => file_system = file_system.with(FsReasons::USER_REQUEST),
                Cause::FileSystemFilter => {
                    file_system = file_system.with(FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER);
                }
                Cause::VolumeFilter => {
                    file_system = file_system.with(FsReasons::INCOMPATIBLE_VOLUME_FILTER);
                }
                Cause::BitLocker => file_system = file_system.with(FsReasons::BIT_LOCKER_INITIALIZING),
                // Which of two bits 2012 R2 sets for a space is not established.
                Cause::SpaceAttachedElsewhere if self.build < BUILD_2016 => {}
                Cause::SpaceAttachedElsewhere | Cause::AsymmetricStorage | Cause::LostDiskPath => {
                    block = block.with(BlockReasons::NO_DISK_CONNECTIVITY);
                }
                Cause::StorageReplica => block = block.with(BlockReasons::VOLUME_REPLICATION_ENABLED),
                // Neither backup mode nor an incident has a bit.
                _ => {}
            }
        }
        if causes.iter().any(|c| c.redirects_file_system()) {
            IoMode::file_system(file_system)
        } else if !causes.is_empty() {
            IoMode::block(block)
        } else {
            IoMode::DIRECT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILD_2016, BUILD_2019, Cluster, OnNode};
    use crate::fact::{FileSystem, ModeKind, StorageKind, VolumeState};
    use crate::simulate::build;

    fn cluster(build: u32, file_system: FileSystem, storage: StorageKind) -> Cluster {
        let mut builder = build::Builder::new("T", "t.example", build, 1);
        builder.nodes(&["a", "b"]);
        builder.volume("Volume1", file_system, storage, 0);
        builder.cluster
    }

    /// The published lab rows (facts: domain section 0).
    #[test]
    fn lab_rows() {
        use FileSystem::{Ntfs, Refs};
        use ModeKind::{BlockRedirected, Direct, FileSystemRedirected};
        use StorageKind::{San, SpacesDirect, StorageReplica};
        let check = |build, fs, storage, owner, other, reasons: &str| {
            let cluster = cluster(build, fs, storage);
            let modes = [cluster.mode(0, 0), cluster.mode(0, 1)];
            assert_eq!([modes[0].kind, modes[1].kind], [owner, other], "{storage:?}");
            let mut words = modes[1].file_system.words();
            words.extend(modes[1].block.words());
            assert_eq!(words.join(","), reasons, "{storage:?}");
        };
        check(BUILD_2019, Ntfs, San, Direct, Direct, "");
        check(BUILD_2019, Refs, San, FileSystemRedirected, FileSystemRedirected, "FileSystemReFs");
        check(9600, Refs, San, FileSystemRedirected, FileSystemRedirected, "");
        check(BUILD_2016, Ntfs, SpacesDirect, Direct, BlockRedirected, "NoDiskConnectivity");
        check(BUILD_2016, Refs, SpacesDirect, FileSystemRedirected, FileSystemRedirected, "FileSystemReFs");
        check(BUILD_2016, Ntfs, StorageReplica, Direct, BlockRedirected, "VolumeReplicationEnabled");
    }

    #[test]
    fn a_lost_path_is_block_redirected() {
        let mut cluster = cluster(BUILD_2019, FileSystem::Ntfs, StorageKind::San);
        cluster.volumes[0].on[1] =
            OnNode { connected: false, meant: true, failed: false, state: VolumeState::Active };
        assert_eq!(cluster.mode(0, 1).kind, ModeKind::BlockRedirected);
        cluster.volumes[0].user_request = true;
        assert_eq!(cluster.mode(0, 1).kind, ModeKind::FileSystemRedirected);
        cluster.volumes[0].coordinator = None;
        assert_eq!(cluster.mode(0, 0).kind, ModeKind::Unavailable);
    }
}
