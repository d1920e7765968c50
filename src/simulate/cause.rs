//! Why traffic goes, or seems to go, through a coordinator: the cause matrix of the domain facts (section 2),
//! each with its word in the truth and its verdict in the report's words.

/// A cause. Those that hold a volume in redirected access follow from the cluster's state; the others are
/// incidents, which the story itself puts into the truth.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The file system is ReFS.
    Refs,
    /// NTFS on a tiered space.
    Tiering,
    /// Somebody asked.
    UserRequest,
    /// A file-system filter on the coordinator.
    FileSystemFilter,
    /// A volume filter on the coordinator.
    VolumeFilter,
    /// BitLocker encrypts for the first time.
    BitLocker,
    /// A backup holds the volume (2008 R2).
    BackupMode,
    /// The space is attached on the coordinator only.
    SpaceAttachedElsewhere,
    /// Storage Replica holds the volume.
    StorageReplica,
    /// The node was never meant to see the disk: the far site of a stretched cluster.
    AsymmetricStorage,
    /// The node lost its paths to a disk that it should see.
    LostDiskPath,
    /// The coordinator lost its disk: a pause, then another coordinator.
    OwnerLostStorage,
    /// Maintenance mode: no VM reaches the volume.
    Maintenance,
    /// A snapshot is made or deleted: a short pause.
    SnapshotPause,
    /// A filter vetoed direct I/O for single files.
    FileVeto,
    /// Optimised files are served through the deduplication filter.
    Deduplication,
    /// A disk that guests share is served by the coordinator.
    SharedVhdx,
    /// Growth of disk files, checkpoints, mass starts: metadata alone.
    MetadataBurst,
    /// VMs were moved away from their volume's coordinator.
    PlacementAfterDrain,
    /// The cluster evened out its coordinators.
    OwnershipRebalance,
    /// One node owns all volumes.
    OwnershipSkew,
    /// SMB or the network between nodes failed: pauses.
    NetworkFault,
    /// SMB signing makes RDMA slow.
    SigningOnRdma,
    /// Client for Microsoft Networks is not bound where CSV traffic goes.
    MissingBinding,
    /// No network carries cluster traffic alone: CSV traffic goes with the clients'.
    NetworkRole,
    /// SMB connections of the volumes run over another network than the first by metric.
    WrongNetwork,
    /// The cluster refused to move a disk.
    MoveVetoed,
    /// A node was isolated, then quarantined.
    Quarantine,
    /// The node failed or was shut off.
    NodeDown,
    /// Storage Spaces Direct of May to October 2018: pauses when a node restarts.
    RestartBug2018,
}

impl Cause {
    /// In the truth file.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Refs => "refs",
            Self::Tiering => "tiering",
            Self::UserRequest => "user_request",
            Self::FileSystemFilter => "incompatible_file_system_filter",
            Self::VolumeFilter => "incompatible_volume_filter",
            Self::BitLocker => "bitlocker_initializing",
            Self::BackupMode => "backup_mode",
            Self::SpaceAttachedElsewhere => "space_attached_elsewhere",
            Self::StorageReplica => "storage_replica",
            Self::AsymmetricStorage => "asymmetric_storage",
            Self::LostDiskPath => "lost_disk_path",
            Self::OwnerLostStorage => "owner_lost_storage",
            Self::Maintenance => "maintenance",
            Self::SnapshotPause => "snapshot_pause",
            Self::FileVeto => "file_veto",
            Self::Deduplication => "deduplication",
            Self::SharedVhdx => "shared_vhdx",
            Self::MetadataBurst => "metadata_burst",
            Self::PlacementAfterDrain => "placement_after_drain",
            Self::OwnershipRebalance => "ownership_rebalance",
            Self::OwnershipSkew => "ownership_skew",
            Self::NetworkFault => "network_fault",
            Self::SigningOnRdma => "signing_on_rdma",
            Self::MissingBinding => "missing_binding",
            Self::NetworkRole => "network_role",
            Self::WrongNetwork => "wrong_network",
            Self::MoveVetoed => "move_vetoed",
            Self::Quarantine => "quarantine",
            Self::NodeDown => "node_down",
            Self::RestartBug2018 => "restart_bug_2018",
        }
    }

    /// What it amounts to, in the report's words.
    pub(super) fn verdict(self) -> &'static str {
        match self {
            Self::Refs
            | Self::Tiering
            | Self::SpaceAttachedElsewhere
            | Self::StorageReplica
            | Self::AsymmetricStorage
            | Self::Deduplication
            | Self::SharedVhdx => "by_design",
            Self::UserRequest | Self::Maintenance => "operator",
            Self::FileSystemFilter
            | Self::VolumeFilter
            | Self::FileVeto
            | Self::SigningOnRdma
            | Self::MissingBinding
            | Self::NetworkRole
            | Self::WrongNetwork => "configuration",
            Self::BitLocker | Self::BackupMode | Self::SnapshotPause | Self::MoveVetoed => "temporary",
            Self::LostDiskPath
            | Self::OwnerLostStorage
            | Self::NetworkFault
            | Self::Quarantine
            | Self::NodeDown
            | Self::RestartBug2018 => "fault",
            Self::MetadataBurst
            | Self::PlacementAfterDrain
            | Self::OwnershipRebalance
            | Self::OwnershipSkew => "not_redirection",
        }
    }

    /// Of the causes that redirect: above the file system rather than below it?
    pub(super) fn redirects_file_system(self) -> bool {
        matches!(
            self,
            Self::Refs
                | Self::Tiering
                | Self::UserRequest
                | Self::FileSystemFilter
                | Self::VolumeFilter
                | Self::BitLocker
                | Self::BackupMode
        )
    }
}
