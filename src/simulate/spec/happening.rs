//! What can be played: the causes of the domain facts (section 2), alone and mixed, and what happens besides.

use super::{Spec, Storage, Windows};

/// Something that is so from the beginning, or happens at times drawn from the seed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// Volumes are ReFS.
    Refs,
    /// Volumes lie on tiered spaces.
    Tiering,
    /// An administrator turns redirected access on, and perhaps off.
    UserRequest,
    /// Redirected access is turned on and stays on.
    UserRequestKept,
    /// A file-system filter stands on one node for a while.
    FileSystemFilter,
    /// A file-system filter is installed on the first volume's coordinator and stays.
    FilterKept,
    /// A volume filter stands on one node for a while.
    VolumeFilter,
    /// BitLocker encrypts a volume.
    BitLocker,
    /// A node loses its paths to disks that it does not own.
    LostPath,
    /// A volume is backed up.
    Backup,
    /// A volume is in maintenance.
    Maintenance,
    /// A node does not reach a coordinator for a while.
    NetworkFault,
    /// Coordinators are moved by request.
    Moves,
    /// VMs are migrated live.
    LiveMigrations,
    /// VMs are migrated offline.
    QuickMigrations,
    /// Live migrations fail.
    FailedMigrations,
    /// VMs are shut down and started.
    PowerCycles,
    /// A node is drained, restarted and joins again.
    Restart,
    /// A node crashes and comes back.
    Crash,
    /// The cluster service of a node fails and comes back.
    ServiceCrash,
    /// The cluster refuses to move a disk.
    MoveVetoed,
    /// A coordinator loses its disk: another node takes over.
    OwnerLostStorage,
    /// A node is drained and resumed: VMs end up away from their coordinators.
    Drain,
    /// The cluster evens out its coordinators.
    Rebalance,
    /// One node owns all volumes from the beginning.
    Skew,
    /// Volumes are deduplicated.
    Deduplication,
    /// Guests share disks.
    SharedVhdx,
    /// A filter vetoes direct I/O for single files.
    FileVeto,
    /// SMB signing is required on an RDMA network.
    SigningOnRdma,
    /// Client for Microsoft Networks is not bound on the cluster's network.
    MissingBinding,
    /// No network is the cluster's alone.
    NetworkRole,
    /// SMB connections of the volumes run over the clients' network.
    WrongNetwork,
    /// A node is isolated, removed and quarantined.
    Quarantine,
    /// Storage Spaces Direct of mid 2018: a restart makes the others' I/O time out.
    RestartBug2018,
    /// A node starts with a stray 169.254 address: SMB goes there, and the volume is given up for a while.
    StrayAddress,
    /// Disk files grow: metadata alone goes to the coordinator. A counter tells; no log does.
    MetadataBurst,
}

impl Happening {
    /// All.
    pub const ALL: [Self; 36] = [
        Self::Refs,
        Self::Tiering,
        Self::UserRequest,
        Self::UserRequestKept,
        Self::FileSystemFilter,
        Self::FilterKept,
        Self::VolumeFilter,
        Self::BitLocker,
        Self::LostPath,
        Self::Backup,
        Self::Maintenance,
        Self::NetworkFault,
        Self::Moves,
        Self::LiveMigrations,
        Self::QuickMigrations,
        Self::FailedMigrations,
        Self::PowerCycles,
        Self::Restart,
        Self::Crash,
        Self::ServiceCrash,
        Self::MoveVetoed,
        Self::OwnerLostStorage,
        Self::Drain,
        Self::Rebalance,
        Self::Skew,
        Self::Deduplication,
        Self::SharedVhdx,
        Self::FileVeto,
        Self::SigningOnRdma,
        Self::MissingBinding,
        Self::NetworkRole,
        Self::Quarantine,
        Self::RestartBug2018,
        Self::StrayAddress,
        Self::MetadataBurst,
        Self::WrongNetwork,
    ];

    /// Can it happen there?
    pub(super) fn fits(self, spec: &Spec) -> bool {
        let since = |windows: Windows| spec.windows >= windows;
        match self {
            // ReFS is supported on a CSV since 2012 R2.
            Self::Refs => since(Windows::Server2012R2),
            Self::Tiering => since(Windows::Server2012R2) && spec.storage == Storage::SharedSpaces,
            Self::BitLocker => since(Windows::Server2012R2),
            // How 2008 R2 tells a lost path apart from a backup is not established.
            Self::LostPath => {
                since(Windows::Server2012)
                    && matches!(spec.storage, Storage::San | Storage::Stretch)
                    && spec.nodes > 1
            }
            Self::NetworkFault => since(Windows::Server2012),
            // Migrations of 2008 R2 leave their events on analytic channels only.
            Self::LiveMigrations | Self::QuickMigrations | Self::FailedMigrations | Self::PowerCycles => {
                since(Windows::Server2012)
            }
            Self::MoveVetoed | Self::FileVeto => since(Windows::Server2012),
            Self::OwnerLostStorage => {
                since(Windows::Server2012) && matches!(spec.storage, Storage::San | Storage::Stretch)
            }
            Self::Drain => since(Windows::Server2012),
            // Off with Storage Spaces Direct since 2019.
            Self::Rebalance => {
                since(Windows::Server2012R2)
                    && (spec.storage != Storage::SpacesDirect || !since(Windows::Server2019))
            }
            Self::Deduplication | Self::SharedVhdx => since(Windows::Server2012R2),
            Self::SigningOnRdma | Self::MissingBinding | Self::WrongNetwork => since(Windows::Server2016),
            Self::Quarantine => since(Windows::Server2016) && spec.nodes > 2,
            Self::RestartBug2018 => {
                spec.windows == Windows::Server2016 && spec.storage == Storage::SpacesDirect && spec.nodes > 3
            }
            Self::StrayAddress => since(Windows::Server2012) && spec.nodes > 2,
            Self::Restart | Self::Crash | Self::ServiceCrash => spec.nodes > 2,
            Self::UserRequest
            | Self::UserRequestKept
            | Self::FileSystemFilter
            | Self::FilterKept
            | Self::VolumeFilter
            | Self::Backup
            | Self::Maintenance
            | Self::Skew
            | Self::MetadataBurst
            | Self::NetworkRole
            | Self::Moves => true,
        }
    }
}
