//! One cause a scenario, after the questions that people ask (domain facts, section 5): small specs in a table.
//! A new one is a row here.

use super::Scenario;
use crate::fact::FileSystem::{self, Ntfs, Refs as ReFs};
use crate::simulate::Happening::{
    self, Backup, BitLocker, Crash, Deduplication, Drain, FailedMigrations, FileVeto, FilterKept,
    LiveMigrations, LostPath, Maintenance, MetadataBurst, MissingBinding, MoveVetoed, Moves, NetworkFault,
    NetworkRole, OwnerLostStorage, Quarantine, Rebalance, Refs, Restart, RestartBug2018, SharedVhdx,
    SigningOnRdma, Skew, StrayAddress, Tiering, UserRequestKept, VolumeFilter, WrongNetwork,
};
use crate::simulate::Storage::{self, San, SharedSpaces, SpacesDirect, StorageReplica, Stretch};
use crate::simulate::Windows::{
    self, Server2008R2, Server2012, Server2012R2, Server2016, Server2019, Server2022, Server2025,
};
use crate::simulate::{Altered, Evidence, Noise, Plan, Spec, gather};

const STORY: &str = "\
A small cluster, drawn from the seed, on which what the first line says happens at times drawn from the seed. VMs
stand on every node, so that some are beside their coordinator and others are not.";
const LEFT_OUT: &str = "\
Nothing of what the cluster itself would leave. Forms that are not published are not written: no engine lines of the
disk control manager, no ETW trace.";

/// Version, storage, nodes, volumes, and what happens.
fn spec(windows: Windows, storage: Storage, nodes: usize, volumes: usize, happenings: &[Happening]) -> Spec {
    let quiet = Spec::quiet(0, windows, storage);
    Spec { nodes, volumes, vms: 2 * nodes, happenings: happenings.to_vec(), ..quiet }
}

/// The volumes' file systems, from the first on.
fn formatted(spec: Spec, file_systems: &[FileSystem]) -> Spec {
    let file_systems = file_systems.iter().cloned().enumerate().collect();
    Spec { altered: Altered { file_systems, ..Altered::default() }, ..spec }
}

/// The spec with the seed of a plan, and its size where somebody asked for one.
fn sized(spec: Spec, plan: &Plan) -> Spec {
    let or = |asked: usize, own: usize| if asked == 0 { own } else { asked };
    let hours = if plan.hours == 0 { spec.hours } else { plan.hours };
    Spec { seed: plan.seed, nodes: or(plan.nodes, spec.nodes), hours, ..spec }
}

macro_rules! scenarios {
    ($($name:literal, $description:literal, $spec:expr;)+) => {
        /// The table.
        pub(super) const SCENARIOS: &[Scenario] = &[$(Scenario {
            name: $name,
            description: $description,
            nodes: 2..=64,
            default_nodes: 0,
            default_hours: 0,
            least_hours: 2,
            story: STORY,
            left_out: LEFT_OUT,
            play: |plan| sized($spec, plan).play(),
            collect: gather::all,
        }),+];
    };
}

scenarios! {
    "refs-iscsi-2016", "2016, three nodes, three ReFS volumes on a SAN: redirected everywhere, by design",
        formatted(spec(Server2016, San, 3, 3, &[Refs, Moves]), &[ReFs, ReFs, ReFs]);
    "refs-and-ntfs-2019", "2019, one ReFS and one NTFS volume on a SAN: one redirected, one direct",
        formatted(Spec { traced_ms: 20_000, ..spec(Server2019, San, 2, 2, &[Refs]) }, &[ReFs, Ntfs]);
    "refs-san-2025", "2025, ReFS on a SAN: no version is known to lift it",
        spec(Server2025, San, 2, 1, &[Refs, LiveMigrations]);
    "s2d-ntfs", "2016, two nodes on Storage Spaces Direct, NTFS: block redirected off the owner, by design",
        spec(Server2016, SpacesDirect, 2, 2, &[Moves]);
    "s2d-refs", "2022, four nodes on Storage Spaces Direct, ReFS: redirected on all nodes, by design",
        formatted(spec(Server2022, SpacesDirect, 4, 4, &[Refs, LiveMigrations]), &[ReFs, ReFs, ReFs, ReFs]);
    "tiered-space", "2016, tiered NTFS spaces on shared SAS: redirected on all nodes, by design",
        spec(Server2016, SharedSpaces, 3, 2, &[Tiering, Moves]);
    "shared-space", "2012 R2, spaces on shared SAS: block redirected off the owner, by design",
        spec(Server2012R2, SharedSpaces, 3, 2, &[Moves]);
    "storage-replica", "2019, LUNs under Storage Replica: block redirected off the owner, by design",
        spec(Server2019, StorageReplica, 4, 3, &[Moves]);
    "far-site", "2022, a stretched cluster whose second site never sees the LUNs, by design",
        spec(Server2022, Stretch, 4, 3, &[Moves]);
    "lost-path", "2019, one node of a SAN cluster loses its paths",
        spec(Server2019, San, 4, 3, &[LostPath]);
    "lost-path-lasting", "2019, one node of a SAN cluster lost its paths, and still lacks them",
        Spec { unfinished: true, ..spec(Server2019, San, 4, 3, &[LostPath]) };
    "owner-lost-storage", "2019, a coordinator loses its disk and another node takes over",
        spec(Server2019, San, 3, 2, &[OwnerLostStorage]);
    "user-request-kept", "2012 R2, redirected access was turned on and never off",
        spec(Server2012R2, San, 3, 2, &[UserRequestKept]);
    "maintenance", "2019, a volume is in maintenance for a check of its disk",
        spec(Server2019, San, 3, 2, &[Maintenance]);
    "backup-2008-r2", "2008 R2, backups hold their volume in redirected access",
        spec(Server2008R2, San, 2, 2, &[Backup]);
    "backup-2019", "2019, snapshots of backups pause their volume for a moment",
        spec(Server2019, San, 3, 2, &[Backup]);
    "filter-kept", "2019, a filter driver that the cluster does not know was installed on a coordinator",
        spec(Server2019, San, 3, 2, &[FilterKept]);
    "filter-one-node", "2016, such a filter on one node alone: redirected while that node owns",
        spec(Server2016, San, 3, 2, &[FilterKept, Moves]);
    "filter-and-refs", "2022, such a filter and ReFS: removing the filter gives no direct I/O",
        spec(Server2022, San, 2, 1, &[FilterKept, Refs]);
    "filter-2008-r2", "2008 R2, such a filter, with the engine's line about its altitude",
        spec(Server2008R2, San, 2, 2, &[FilterKept]);
    "file-veto", "2019, a filter vetoes direct I/O for single files",
        spec(Server2019, San, 3, 2, &[FileVeto]);
    "volume-filter", "2019, a volume filter driver that the cluster does not know",
        spec(Server2019, San, 3, 2, &[VolumeFilter]);
    "bitlocker", "2016, BitLocker has begun to encrypt a volume, and goes on",
        Spec { unfinished: true, ..spec(Server2016, San, 3, 2, &[BitLocker]) };
    "deduplication", "2019, deduplicated volumes",
        spec(Server2019, San, 3, 2, &[Deduplication]);
    "shared-vhdx", "2012 R2, guest clusters with shared disks",
        spec(Server2012R2, San, 2, 2, &[SharedVhdx, LiveMigrations]);
    "metadata-burst", "2019, growing disk files: metadata goes to the coordinator, nothing is redirected",
        spec(Server2019, San, 3, 2, &[MetadataBurst]);
    "drain", "2019, a node was drained for patching: VMs are apart from their coordinators, and direct",
        spec(Server2019, San, 4, 3, &[Drain]);
    "rebalance", "2016, the cluster evens out its coordinators",
        spec(Server2016, San, 3, 6, &[Skew, Rebalance]);
    "s2d-skew", "2019, Storage Spaces Direct, one node owns all volumes and nothing evens that out",
        spec(Server2019, SpacesDirect, 4, 6, &[Skew]);
    "network-fault", "2019, a node does not reach a coordinator for a while",
        spec(Server2019, San, 3, 2, &[NetworkFault]);
    "stray-address", "2012, a node starts with a stray 169.254 address and gives a volume up for minutes",
        spec(Server2012, San, 3, 2, &[StrayAddress]);
    "rdma-signing", "2019, Storage Spaces Direct over RDMA with SMB signing",
        spec(Server2019, SpacesDirect, 3, 2, &[SigningOnRdma]);
    "missing-binding", "2022, Client for Microsoft Networks is not bound on the cluster's network",
        spec(Server2022, San, 3, 2, &[MissingBinding]);
    "network-role", "2019, no network is the cluster's alone",
        spec(Server2019, San, 3, 2, &[NetworkRole]);
    "wrong-network", "2019, ReFS on a SAN, and its traffic runs over the clients' network",
        spec(Server2019, San, 3, 2, &[Refs, WrongNetwork]);
    "move-vetoed", "2019, the cluster refuses to move a disk",
        spec(Server2019, San, 3, 2, &[MoveVetoed]);
    "failed-migrations", "2016, live migrations fail: the VMs stay apart from their coordinators",
        spec(Server2016, SpacesDirect, 3, 2, &[FailedMigrations]);
    "quarantine", "2019, a node is isolated, removed and quarantined",
        spec(Server2019, San, 4, 3, &[Quarantine]);
    "restart", "2022, a node is drained, restarted, and joins again",
        spec(Server2022, SpacesDirect, 4, 3, &[Restart]);
    "restart-bug-2018", "2016, Storage Spaces Direct of mid 2018: a restart makes the others' I/O time out",
        spec(Server2016, SpacesDirect, 4, 3, &[RestartBug2018]);
    "owner-crash", "2019, a coordinator crashes",
        spec(Server2019, San, 3, 6, &[Crash]);
    "pauses-while-migrating", "2022, VMs migrate for patching while volumes pause: what began it is not in the logs",
        spec(Server2022, San, 4, 3, &[Drain, LiveMigrations, NetworkFault]);
    "ten-nodes", "2019, ten nodes and 25 volumes, a node crashes and another is restarted",
        spec(Server2019, San, 10, 25, &[Crash, Restart, LiveMigrations]);
    "one-node-events", "2019, ReFS on a SAN, and nothing but the event logs of one of two nodes",
        Spec {
            noise: [Noise::MissingNode].into(),
            left_out: Evidence::ALL
                .into_iter()
                .filter(|kind| !matches!(kind, Evidence::SystemLogs | Evidence::OperationalLogs | Evidence::CsvFsLogs))
                .collect(),
            ..spec(Server2019, San, 2, 1, &[Refs, Moves])
        };
    "daylight-saving", "2019, local-time logs across the change of the clocks, and a node without files",
        Spec {
            daylight_saving: true,
            hours: 30,
            noise: [Noise::MixedBases, Noise::MissingNode].into(),
            ..spec(Server2019, San, 3, 2, &[Moves, LiveMigrations])
        };
}
