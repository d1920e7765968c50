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
    /// A file-system filter stands on one node.
    FileSystemFilter,
    /// A volume filter stands on one node.
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
}

impl Happening {
    /// All.
    pub const ALL: [Self; 19] = [
        Self::Refs,
        Self::Tiering,
        Self::UserRequest,
        Self::FileSystemFilter,
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
            Self::MoveVetoed => since(Windows::Server2012),
            Self::Restart | Self::Crash | Self::ServiceCrash => spec.nodes > 2 && spec.vms <= 400,
            Self::UserRequest
            | Self::FileSystemFilter
            | Self::VolumeFilter
            | Self::Backup
            | Self::Maintenance
            | Self::Moves => true,
        }
    }
}
