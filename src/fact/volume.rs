//! Cluster Shared Volumes: identity, I/O mode, state, and what sources say of them.

use super::{Guid, Name, NtStatus};

/// A volume by whatever names the source gave. One source rarely gives all; a ref with two names also says
/// that they are one volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VolumeRef {
    /// Volume GUID: `\\?\Volume{...}\`, `VolumeId` of CsvFs events.
    pub guid: Option<Guid>,
    /// The Physical Disk resource: `Cluster Disk 1`.
    pub resource: Option<Name>,
    /// The resource's cluster object id.
    pub resource_id: Option<Guid>,
    /// Friendly name, the folder under `C:\ClusterStorage`: `Volume1`.
    pub friendly: Option<Name>,
}

impl VolumeRef {
    /// By volume GUID.
    #[must_use]
    pub fn guid(guid: Guid) -> Self {
        Self { guid: Some(guid), ..Self::default() }
    }

    /// By friendly name (a `C:\ClusterStorage\` prefix and trailing `\` are removed) and resource, as the
    /// 512x events give them. Empty text is no name.
    #[must_use]
    pub fn named(friendly: &str, resource: &str) -> Self {
        let some = |text: &str| Some(Name::new(text)).filter(|n| !n.is_empty());
        Self { friendly: Self::friendly_of(friendly), resource: some(resource), ..Self::default() }
    }

    /// `C:\ClusterStorage\Volume1\` or `Volume1` to `Volume1`: the folder below the CSV root, whatever the
    /// root's drive. A path below the volume gives the volume.
    #[must_use]
    pub fn friendly_of(text: &str) -> Option<Name> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let rest = match lower.find("\\clusterstorage\\") {
            Some(at) => &text[at + "\\clusterstorage\\".len()..],
            None => text,
        };
        let first = rest.split('\\').next().unwrap_or(rest);
        Some(Name::new(first)).filter(|n| !n.is_empty())
    }
}

/// `CLUSTER_SHARED_VOLUME_STATE` without its paused value: how I/O from a node reaches the volume.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModeKind {
    /// Straight to the disk.
    Direct,
    /// Through the coordinator's file system over SMB (on the coordinator itself: locally).
    FileSystemRedirected,
    /// Through the coordinator below its file system.
    BlockRedirected,
    /// No access from this node.
    Unavailable,
}

impl ModeKind {
    /// The PowerShell name (`Get-ClusterSharedVolumeState`, property `StateInfo`).
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Direct => "Direct",
            Self::FileSystemRedirected => "FileSystemRedirected",
            Self::BlockRedirected => "BlockRedirected",
            Self::Unavailable => "Unavailable",
        }
    }
}

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident, $none:literal, $($(#[$fdoc:meta])* $flag:ident = $bit:literal as $word:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            $($(#[$fdoc])* pub const $flag: Self = Self($bit);)+
            const TABLE: &'static [(u64, &'static str)] = &[$(($bit, $word)),+];

            /// Are all bits of `other` set?
            #[must_use]
            pub fn has(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Both sets together.
            #[must_use]
            pub fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// No bit set.
            #[must_use]
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The PowerShell names of the set bits, lowest first; unknown bits as hexadecimal.
            #[must_use]
            pub fn words(self) -> Vec<String> {
                let mut rest = self.0;
                let mut out = Vec::new();
                for &(bit, word) in Self::TABLE {
                    if rest & bit != 0 {
                        out.push(word.to_owned());
                        rest &= !bit;
                    }
                }
                if rest != 0 {
                    out.push(format!("{rest:#x}"));
                }
                out
            }

            /// Reads a comma list of PowerShell names, a decimal or `0x` number, or a mix.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let mut bits = 0;
                let mut any = false;
                for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
                    any = true;
                    let known = Self::TABLE.iter().find(|(_, w)| w.eq_ignore_ascii_case(part));
                    bits |= match known {
                        Some(&(bit, _)) => bit,
                        None if part.eq_ignore_ascii_case($none) => 0,
                        None => match part.strip_prefix("0x") {
                            Some(hex) => u64::from_str_radix(hex, 16).ok()?,
                            None => part.parse().ok()?,
                        },
                    };
                }
                any.then_some(Self(bits))
            }
        }
    };
}

reasons! {
    /// `RedirectedIOReason` flags (MicrosoftDocs/sdk-api, `CLUSTER_SHARED_VOLUME_STATE_INFO_EX`); unknown
    /// bits are kept.
    FsReasons, "NotFileSystemRedirected",
    /// An administrator or script asked.
    USER_REQUEST = 0x1 as "UserRequest",
    /// A file-system minifilter that the cluster does not know as safe.
    INCOMPATIBLE_FILE_SYSTEM_FILTER = 0x2 as "IncompatibleFileSystemFilter",
    /// A volume filter that the cluster does not know as safe.
    INCOMPATIBLE_VOLUME_FILTER = 0x4 as "IncompatibleVolumeFilter",
    /// NTFS on a tiered Storage Space.
    FILE_SYSTEM_TIERING = 0x8 as "FileSystemTiering",
    /// BitLocker is encrypting for the first time.
    BIT_LOCKER_INITIALIZING = 0x10 as "BitLockerInitializing",
    /// ReFS; the bit exists since Windows Server 2016.
    FILE_SYSTEM_REFS = 0x20 as "FileSystemReFs",
}

reasons! {
    /// `VolumeRedirectedIOReason` flags (same source); unknown bits are kept.
    BlockReasons, "NotBlockRedirected",
    /// The node has no path to the disk.
    NO_DISK_CONNECTIVITY = 0x1 as "NoDiskConnectivity",
    /// The Storage Space is attached on another node.
    STORAGE_SPACE_NOT_ATTACHED = 0x2 as "StorageSpaceNotAttached",
    /// Storage Replica holds the volume; the bit exists since Windows Server 2016.
    VOLUME_REPLICATION_ENABLED = 0x4 as "VolumeReplicationEnabled",
}

/// I/O mode of a volume on a node. Both reason sets may be filled: file-system redirection wins in `kind`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IoMode {
    /// Which way.
    pub kind: ModeKind,
    /// Why file-system redirected; empty also when the source names no reason.
    pub file_system: FsReasons,
    /// Why block redirected; empty also when the source names no reason.
    pub block: BlockReasons,
}

impl IoMode {
    /// Direct I/O.
    pub const DIRECT: Self =
        Self { kind: ModeKind::Direct, file_system: FsReasons(0), block: BlockReasons(0) };

    /// File-system redirected for `reasons`.
    #[must_use]
    pub fn file_system(reasons: FsReasons) -> Self {
        Self { kind: ModeKind::FileSystemRedirected, file_system: reasons, block: BlockReasons(0) }
    }

    /// Block redirected for `reasons`.
    #[must_use]
    pub fn block(reasons: BlockReasons) -> Self {
        Self { kind: ModeKind::BlockRedirected, file_system: FsReasons(0), block: reasons }
    }
}

/// CSVFS's own state machine. Names of 0 to 4 from the performance counter text; 5 from two public scripts;
/// the rest is kept as a number.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VolumeState {
    /// All files invalidated; I/O fails.
    Init,
    /// New I/O held.
    Paused,
    /// New I/O held, old I/O in flight.
    Draining,
    /// New I/O held, down-level files reopened.
    SetDownLevel,
    /// Normal, direct or redirected.
    Active,
    /// Dismounted by request.
    Dismounted,
    /// A number without an established name.
    Other(i32),
}

impl VolumeState {
    /// From the number in events 8704, 8960, 9216 and counters.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        match number {
            0 => Self::Init,
            1 => Self::Paused,
            2 => Self::Draining,
            3 => Self::SetDownLevel,
            4 => Self::Active,
            5 => Self::Dismounted,
            other => Self::Other(other),
        }
    }

    /// Does the volume hold (or refuse) I/O in this state? `None` where the state has no established meaning.
    #[must_use]
    pub fn holds_io(self) -> Option<bool> {
        match self {
            Self::Active => Some(false),
            Self::Other(_) => None,
            Self::Init | Self::Paused | Self::Draining | Self::SetDownLevel | Self::Dismounted => Some(true),
        }
    }

    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Init => "Init".into(),
            Self::Paused => "Paused".into(),
            Self::Draining => "Draining".into(),
            Self::SetDownLevel => "SetDownLevel".into(),
            Self::Active => "Active".into(),
            Self::Dismounted => "Dismounted".into(),
            Self::Other(number) => number.to_string(),
        }
    }
}

/// The real file system below CSVFS. `CSVFS` alone names the proxy and says nothing, so it has no variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileSystem {
    /// NTFS.
    Ntfs,
    /// ReFS.
    Refs,
    /// Anything else, as printed.
    Other(Name),
}

impl FileSystem {
    /// Reads `NTFS`, `ReFS`, `CSVFS_NTFS`, `CSVFS_ReFS`. Bare `CSVFS` and empty text give `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = match text.get(..6) {
            Some(head) if head.eq_ignore_ascii_case("csvfs_") => &text[6..],
            _ => text,
        };
        match bare.to_ascii_lowercase().as_str() {
            "" | "csvfs" | "unknown" => None,
            "ntfs" => Some(Self::Ntfs),
            "refs" => Some(Self::Refs),
            _ => Some(Self::Other(Name::new(bare))),
        }
    }

    /// As Windows spells it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Ntfs => "NTFS",
            Self::Refs => "ReFS",
            Self::Other(name) => name.as_str(),
        }
    }
}

/// What lies under the volume; decides whether lost disk connectivity is a fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorageKind {
    /// A LUN that all nodes are meant to see: FC, iSCSI or shared SAS without Storage Spaces.
    San,
    /// A clustered Storage Space on a shared SAS enclosure.
    SharedSpace,
    /// Storage Spaces Direct.
    SpacesDirect,
    /// The volume takes part in Storage Replica.
    StorageReplica,
}

impl StorageKind {
    /// As the report spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::San => "san",
            Self::SharedSpace => "shared_space",
            Self::SpacesDirect => "spaces_direct",
            Self::StorageReplica => "storage_replica",
        }
    }
}

/// Which of the three pause events was logged.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PauseKind {
    /// 5120, or CsvFs 9296.
    Failure,
    /// 5157: infrastructure loss that the cluster expected.
    Expected,
    /// 5156: snapshots were deleted.
    Snapshot,
}

/// Which driver kind made the volume redirected (5125, 5126).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RedirectCause {
    /// 5125.
    FileSystemFilter,
    /// 5126.
    VolumeFilter,
}

/// Why a move of the disk was refused (5143, 5146, 5147, 5148).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VetoReason {
    /// 5143: too many dirty pages.
    DirtyCache,
    /// 5146: a volume is dismounted.
    Dismounted,
    /// 5147: a snapshot is being created.
    SnapshotInProgress,
    /// 5148: direct to redirected or back is under way.
    IoModeChange,
}

/// What a source says of a volume. `node: None` means the reporter itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeClaim {
    /// The ref's names belong together; nothing else is said.
    Named,
    /// The I/O mode on a node (`Get-ClusterSharedVolumeState`).
    Mode {
        /// On which node.
        node: Option<Name>,
        /// The mode with its reasons.
        mode: IoMode,
    },
    /// CSVFS's state on a node, reached (9216, 12544, a snapshot that says Paused).
    State {
        /// On which node.
        node: Option<Name>,
        /// The state.
        state: VolumeState,
        /// NTSTATUS where given.
        status: Option<NtStatus>,
    },
    /// CSVFS begins a transition on the reporter (8960, 8704).
    Transition {
        /// From.
        from: VolumeState,
        /// To.
        to: VolumeState,
        /// DCM's sequence number, where the build logs one; `Some` with empty text when CSVFS acted alone.
        sequence: Option<String>,
    },
    /// The volume's Physical Disk is owned by this node (snapshot `OwnerNode`, 8704 with `IsLocal`).
    Coordinator {
        /// The owner; `None` means the reporter, whose name event 8704 does not print.
        node: Option<Name>,
    },
    /// The volume is not owned by the reporter (8704 with `IsLocal` = 0).
    NotCoordinator {
        /// The down-level path, which may name the owner.
        target: String,
    },
    /// 5120, 5156, 5157, CsvFs 9296: I/O is held on the reporter.
    AutoPaused {
        /// Which event.
        kind: PauseKind,
        /// Why.
        status: NtStatus,
        /// The failing I/O was direct, where the event says so (9296).
        from_direct_io: Option<bool>,
    },
    /// CsvFs 9328: this many I/Os of the reporter timed out.
    IoTimedOut {
        /// How many.
        count: u64,
    },
    /// 5121: the reporter lost its direct path; I/O goes over the network.
    DirectAccessLost,
    /// 5122: normal operation again on the reporter.
    Resumed,
    /// 5136 (on), 5137 (off), `SharedVolumeInfo.RedirectedAccess`.
    RedirectedAccess {
        /// Turned on or off.
        on: bool,
    },
    /// 5138 (on), 5139 (off), `SharedVolumeInfo.MaintenanceMode`.
    Maintenance {
        /// Turned on or off.
        on: bool,
    },
    /// `SharedVolumeInfo.FaultState`, a coarse flag set that names no node (`CLUSTER_CSV_VOLUME_FAULT_STATE`
    /// in MicrosoftDocs/sdk-api).
    Fault {
        /// 0 none, 1 no direct I/O, 2 no access, 4 in maintenance, 8 dismounted; unknown bits are kept.
        flags: u32,
    },
    /// 5140 (on), 5141 (off).
    Backup {
        /// Turned on or off.
        on: bool,
    },
    /// 5125, 5126: drivers that made the volume redirected.
    FilterFound {
        /// Which kind of driver.
        cause: RedirectCause,
        /// Their names, as listed.
        drivers: Vec<Name>,
    },
    /// 5142: no access from the reporter at all.
    NoAccess {
        /// Why.
        status: NtStatus,
    },
    /// 5143, 5146 to 5148.
    MoveVetoed {
        /// Why.
        reason: VetoReason,
    },
    /// 5150: put in failed state.
    Failed {
        /// Why.
        status: NtStatus,
    },
    /// 5131 (true), 5132 (false).
    InCsv {
        /// Added to, or removed from, Cluster Shared Volumes.
        added: bool,
    },
    /// The file system below CSVFS.
    FileSystem(FileSystem),
    /// What lies under it.
    Storage(StorageKind),
    /// Metadata operations of the reporter in a stretch (counter `Metadata IO/sec`).
    MetadataIo {
        /// How many.
        operations: u64,
        /// Length of the stretch, nanoseconds.
        nanos: i64,
    },
    /// Data deduplication (`Get-DedupVolume`).
    Deduplication {
        /// Enabled or not.
        enabled: bool,
    },
    /// 5151, 5153, 5154, 5155 and 5152: one step of the Disk Control Manager, with its cross-node number.
    Dcm {
        /// Event id.
        step: u16,
        /// State, event or request text.
        what: String,
        /// Originating, initiating or slowest node.
        node: Option<Name>,
        /// The sequence number, shared by all nodes.
        sequence: String,
        /// Seconds taken (5155).
        seconds: Option<String>,
    },
    /// Snapshot of the `[=== Volumes ===]` flag `RedirectIoForSnapshot`, or 5216/5217/5218, 1584: a snapshot
    /// (backup) concerns the volume.
    Snapshot {
        /// Event id, 0 for a table row.
        event: u16,
    },
    /// `[DCM]` engine line with no established sentence: what could be read by keyword.
    DcmLine {
        /// State words found (`CsvFsVolumeState...`).
        states: Vec<String>,
        /// Hexadecimal or decimal status, where one stands.
        status: Option<NtStatus>,
        /// What follows the word `sequence`, as printed: shared by all nodes.
        sequence: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::{BlockReasons, FileSystem, FsReasons, VolumeRef};

    #[test]
    fn reasons_keep_unknown_bits() {
        let check =
            |text: &str, bits: Option<u64>| assert_eq!(FsReasons::parse(text).map(|r| r.0), bits, "{text}");
        check("IncompatibleFileSystemFilter, FileSystemReFs", Some(0x22));
        check("NotFileSystemRedirected", Some(0));
        check("34", Some(0x22));
        check("0x8000000000000000", Some(1 << 63));
        check("Direct", None);
        check("", None);
        assert_eq!(FsReasons(0x122).words(), ["IncompatibleFileSystemFilter", "FileSystemReFs", "0x100"]);
        assert_eq!(BlockReasons(5).words(), ["NoDiskConnectivity", "VolumeReplicationEnabled"]);
    }

    #[test]
    fn friendly_names_and_file_systems() {
        let check = |text: &str, name: Option<&str>| {
            assert_eq!(VolumeRef::friendly_of(text).as_ref().map(|n| n.as_str()), name, "{text}");
        };
        check(r"C:\ClusterStorage\Volume1\VM1\a.vhdx", Some("Volume1"));
        check(r"D:\clusterstorage\Gold 1\", Some("Gold 1"));
        check("Volume1", Some("Volume1"));
        check("", None);
        assert_eq!(FileSystem::parse("CSVFS"), None);
        assert_eq!(FileSystem::parse("CSVFS_ReFS"), Some(FileSystem::Refs));
    }
}
