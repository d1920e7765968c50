//! Virtual machines: identity, state, moves, and the files of their disks.

use super::{Guid, Name};

/// A VM by whatever names the source gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmRef {
    /// VM GUID (`VmId`).
    pub id: Option<Guid>,
    /// VM name as Hyper-V knows it.
    pub name: Option<Name>,
    /// Cluster resource: `Virtual Machine X` or `Virtual Machine Configuration X`.
    pub resource: Option<Name>,
}

impl VmRef {
    /// By name and, where known, GUID.
    #[must_use]
    pub fn new(name: &str, id: Option<Guid>) -> Self {
        Self { id, name: Some(Name::new(name)).filter(|n| !n.is_empty()), resource: None }
    }

    /// From a cluster resource name; the VM's name is the resource's without its standard prefix (which
    /// administrators can change: then the name stays unknown).
    #[must_use]
    pub fn from_resource(resource: &str) -> Self {
        let resource = resource.trim();
        let name = ["Virtual Machine Configuration ", "Virtual Machine "].iter().find_map(|prefix| {
            let head = resource.get(..prefix.len())?;
            head.eq_ignore_ascii_case(prefix).then(|| Name::new(&resource[prefix.len()..]))
        });
        Self { id: None, name: name.filter(|n| !n.is_empty()), resource: Some(Name::new(resource)) }
    }

    /// The VM GUID out of a worker process SID `S-1-5-83-1-a-b-c-d`: the four little-endian 32-bit words of
    /// the GUID in memory (facts: events 0.5, seen in real records).
    #[must_use]
    pub fn id_from_sid(sid: &str) -> Option<Guid> {
        let rest = sid.trim().strip_prefix("S-1-5-83-1-")?;
        let mut bytes = [0u8; 16];
        let mut parts = rest.split('-');
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&parts.next()?.parse::<u32>().ok()?.to_le_bytes());
        }
        parts.next().is_none().then(|| Guid::from_windows(bytes))
    }
}

/// What a VM is doing on a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VmState {
    /// Running.
    Running,
    /// Off.
    Off,
    /// Saved.
    Saved,
    /// Paused by request.
    Paused,
    /// Paused by Hyper-V because its storage failed (Worker 18524).
    PausedCritical,
    /// Any other word, as printed.
    Other(String),
}

impl VmState {
    /// Reads `State` of `Get-VM`: the enum's text, or its number (`Microsoft.HyperV.PowerShell.VMState`:
    /// 2 Running, 3 Off, 6 Saved, 9 Paused).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "running" | "2" => Self::Running,
            "off" | "3" => Self::Off,
            "saved" | "6" => Self::Saved,
            "paused" | "9" => Self::Paused,
            "pausedcritical" => Self::PausedCritical,
            _ => Self::Other(text.trim().to_owned()),
        }
    }

    /// As the report spells it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Running => "Running",
            Self::Off => "Off",
            Self::Saved => "Saved",
            Self::Paused => "Paused",
            Self::PausedCritical => "PausedCritical",
            Self::Other(text) => text,
        }
    }
}

/// How a VM stopped (Worker 18502, 18504, 18508, 18528; High-Availability).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopKind {
    /// Turned off.
    TurnedOff,
    /// Shut down by the guest or by integration services.
    ShutDown,
    /// Turned off by Hyper-V: it could not recover from a critical error.
    CriticalError,
}

/// What a source says of a VM. `node: None` means the reporter itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VmClaim {
    /// The ref's names belong together.
    Named,
    /// A snapshot: registered on a node in a state (`Get-VM`).
    On {
        /// Where.
        node: Option<Name>,
        /// In which state.
        state: VmState,
    },
    /// A state was reached on the reporter (Worker events): running means it runs *here* from now on.
    Became(VmState),
    /// It stopped on the reporter.
    Stopped(StopKind),
    /// Its configuration was registered on the reporter (High-Availability 21120, VMMS 18304).
    Registered,
    /// Created (VMMS 13002).
    Created,
    /// Deleted from the reporter (VMMS 13003).
    Deleted,
    /// A migration away from the reporter begins (VMMS 20413 live, 20414 quick).
    MigrationStarted {
        /// Destination host where given.
        to: Option<Name>,
        /// Live (true) or quick.
        live: bool,
    },
    /// It left the reporter (VMMS 20415, 20416, 20417; High-Availability 21301).
    MigrationLeft {
        /// Live (true) or quick.
        live: bool,
        /// Blackout as printed.
        blackout: Option<String>,
    },
    /// It arrived on the reporter (VMMS 20418, 20419; High-Availability 21307; Worker 18530, 18596).
    MigrationArrived {
        /// Live (true) or quick.
        live: bool,
        /// Source address or host where given.
        from: Option<String>,
    },
    /// A migration failed, logged at the source (VMMS 21024, High-Availability 21111) or at the destination (21026).
    MigrationFailed {
        /// Logged at the source (true) or the destination.
        at_source: bool,
    },
    /// It uses this file as a disk.
    Disk {
        /// Full path, as printed.
        path: String,
        /// The disk is shared with other VMs, where the source says.
        shared: Option<bool>,
    },
    /// The reporter opened this file for it (VHDMP 12).
    DiskOpened {
        /// Full path, as printed.
        path: String,
    },
    /// Where its configuration lies (`Path`, `ConfigurationLocation`).
    ConfigurationAt {
        /// Full path, as printed.
        path: String,
    },
    /// Paused or failing because of storage at a path (VMMS 16050, 16060, Worker 12350).
    StorageTrouble {
        /// Event id.
        event: u16,
        /// Path or text, as printed.
        path: String,
    },
    /// Unmonitored on an isolated node, or failed over from one (FailoverClustering 1681, 1682).
    Isolated {
        /// The isolated node.
        node: Name,
    },
}

#[cfg(test)]
mod tests {
    use super::{Guid, VmRef};

    #[test]
    fn worker_sid() {
        let sid = "S-1-5-83-1-1570674725-1260853619-2008740250-1715473044";
        assert_eq!(VmRef::id_from_sid(sid), Guid::parse("5D9E9825-1973-4B27-9AF1-BA77940A4066"));
        assert_eq!(VmRef::id_from_sid("S-1-5-18"), None);
        assert_eq!(VmRef::from_resource("Virtual Machine Configuration sql1").name, Some("sql1".into()));
        assert_eq!(VmRef::from_resource("SCVMM sql1 Resources").name, None);
    }
}
