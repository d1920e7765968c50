//! Cases that a report must tell well. Hand-built; names are invented.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::fact::{
    BlockReasons, Certainty, Claim, ClockReading, DiskClaim, DiskRef, FileSystem, FsReasons, IoMode,
    ModeKind, Origin, RedirectCause, Role, StorageKind, VolumeClaim, VolumeState,
};
use crate::fixture::Build;
use crate::ledger::{NoteKind, Severity};

pub(super) struct Scenario {
    pub(super) case: Case,
    pub(super) quotes: BTreeMap<Origin, String>,
}

impl From<Build> for Scenario {
    fn from(build: Build) -> Self {
        let (case, quotes) = build.done();
        Self { case, quotes }
    }
}

const NO_DISK: IoMode = IoMode {
    kind: ModeKind::BlockRedirected,
    file_system: FsReasons(0),
    block: BlockReasons::NO_DISK_CONNECTIVITY,
};
const REFS: IoMode = IoMode {
    kind: ModeKind::FileSystemRedirected,
    file_system: FsReasons::FILE_SYSTEM_REFS,
    block: BlockReasons(0),
};

/// The question that the project was made for: Windows Server 2012 R2, two nodes, shared SAS, ReFS.
pub(super) fn refs_two_node() -> Scenario {
    let mut b = Build::new(2000);
    b.node("HVA", 9600).node("HVB", 9600);
    let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
    b.owner(v, -1, 2001, Some("HVB"));
    for node in ["HVA", "HVB"] {
        b.mode(v, node, (-1, 2001), Some(IoMode::file_system(FsReasons(0))), Certainty::Derived);
    }
    let (a, z) = (b.vm("erp01", &[v]), b.vm("web01", &[v]));
    b.runs(a, 12, 2001, Some("HVA")).runs(z, -1, 2001, Some("HVB"));
    b.into()
}

/// One of three nodes has no path for 40 minutes; a VM leaves it meanwhile.
pub(super) fn san_path_loss() -> Scenario {
    let mut b = Build::new(600);
    b.node("HV1", 17763).node("HV2", 17763).node("HV3", 17763);
    let (v, w) = (
        b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San)),
        b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San)),
    );
    b.owner(v, -1, 601, Some("HV1")).owner(w, -1, 601, Some("HV2"));
    let disk = |claim| Claim::Disk(DiskRef::device(r"\Device\MPIODisk3"), claim);
    b.fact(
        Some(239),
        "HV3",
        disk(DiskClaim::AllPathsFailed { event: 23 }),
        "All paths have failed. MPIODisk3",
    );
    let trouble = DiskClaim::IoTrouble { source: "disk".into(), event: 153 };
    for minute in [239, 240, 240] {
        b.fact(
            Some(minute),
            "HV3",
            disk(trouble.clone()),
            "The IO operation at logical block address was retried.",
        );
    }
    for volume in [v, w] {
        for node in ["HV1", "HV2"] {
            b.mode(volume, node, (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        }
        let lost =
            b.event(240, "HV3", volume, VolumeClaim::DirectAccessLost, "is no longer directly accessible");
        let back = b.event(280, "HV3", volume, VolumeClaim::Resumed, "has now resumed normal operation.");
        b.mode(volume, "HV3", (-1, 240), Some(IoMode::DIRECT), Certainty::Derived);
        let facts = [(lost, Role::Opens), (back, Role::Closes)];
        b.mode_of(volume, "HV3", (240, 280), Some(NO_DISK), Certainty::Derived, &facts);
        b.mode(volume, "HV3", (280, 601), Some(IoMode::DIRECT), Certainty::Derived);
    }
    let (a, c) = (b.vm("app1", &[v]), b.vm("db1", &[w]));
    b.runs(a, -1, 255, Some("HV3")).runs(a, 255, 601, Some("HV2"));
    b.runs(c, -1, 601, Some("HV3"));
    b.into()
}

/// Storage Spaces Direct, healthy: one NTFS and one ReFS volume.
pub(super) fn spaces_direct() -> Scenario {
    let mut b = Build::new(600);
    b.node("S1", 20348).node("S2", 20348);
    let (v, w) = (
        b.volume(Some(FileSystem::Ntfs), Some(StorageKind::SpacesDirect)),
        b.volume(Some(FileSystem::Refs), Some(StorageKind::SpacesDirect)),
    );
    b.owner(v, -1, 601, Some("S1")).owner(w, -1, 601, Some("S2"));
    b.mode(v, "S1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
    b.mode(v, "S2", (-1, 601), Some(NO_DISK), Certainty::Observed);
    b.mode(w, "S1", (-1, 601), Some(REFS), Certainty::Observed);
    b.mode(w, "S2", (-1, 601), Some(REFS), Certainty::Observed);
    for (name, volume, node) in [("sql", v, "S2"), ("files", v, "S1"), ("mail", w, "S1"), ("dc", w, "S2")] {
        let vm = b.vm(name, &[volume]);
        b.runs(vm, -1, 601, Some(node));
    }
    b.into()
}

/// Nothing that can be read tells a mode, a file system or what the volume lies on.
pub(super) fn no_modes() -> Scenario {
    let mut b = Build::new(600);
    b.node("N1", 14393).node("N2", 14393);
    let v = b.volume(None, None);
    b.owner(v, -1, 300, Some("N2")).owner(v, 300, 601, Some("N1"));
    let vm = b.vm("app", &[v]);
    b.runs(vm, -1, 601, Some("N1"));
    b.without_logs("N2");
    b.case.clocks[1] = ClockReading {
        node: "N2".into(),
        offset: None,
        spread: None,
        basis: "no event that another node also logged".into(),
        compared: None,
    };
    const CUT: NoteKind = NoteKind {
        name: "log_truncated",
        severity: Severity::DataLost,
        advice: "The file ends within an entry; collect it again.",
    };
    static NOTE: NoteKind = CUT;
    let origin = b.quotes.keys().next().copied();
    b.case.ledger[0].note(&NOTE, origin, Some("chunk 3".into()));
    b.case.inputs[1].kind = "unrecognised";
    b.into()
}

/// NTFS on a SAN, all well; one short pause.
pub(super) fn all_direct() -> Scenario {
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(v, -1, 601, Some("N1"));
    for node in ["N1", "N2"] {
        b.mode(v, node, (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
    }
    b.state(v, "N2", -1, 100, VolumeState::Active);
    b.state(v, "N2", 100, 101, VolumeState::Paused);
    b.state(v, "N2", 101, 601, VolumeState::Active);
    for name in ["app", "sql"] {
        let vm = b.vm(name, &[v]);
        b.runs(vm, -1, 601, Some(if name == "app" { "N1" } else { "N2" }));
    }
    b.into()
}

/// A filter and ReFS at once, a request on another volume, and a detour that nothing explains.
pub(super) fn combined() -> Scenario {
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
    let w = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    let x = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    for volume in [v, w, x] {
        b.owner(volume, -1, 601, Some("N2"));
    }
    for node in ["N1", "N2"] {
        b.mode(v, node, (-1, 601), Some(IoMode::file_system(FsReasons(0x22))), Certainty::Observed);
        b.mode(w, node, (-1, 60), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(w, node, (60, 601), Some(IoMode::file_system(FsReasons::USER_REQUEST)), Certainty::Observed);
        b.mode(x, node, (-1, 601), Some(IoMode::file_system(FsReasons(0x100))), Certainty::Observed);
    }
    let drivers = vec!["cdpflt".into()];
    let filter = VolumeClaim::FilterFound { cause: RedirectCause::FileSystemFilter, drivers };
    b.event(1, "N2", v, filter, "Active filter drivers found: cdpflt (HSM)");
    b.event(60, "N2", w, VolumeClaim::RedirectedAccess { on: true }, "redirected access was turned on.");
    for (name, volume) in [("a", v), ("b", w), ("c", x)] {
        let vm = b.vm(name, &[volume]);
        b.runs(vm, -1, 601, Some("N1"));
    }
    b.into()
}

/// Many volumes and VMs, all alike.
pub(super) fn large() -> Scenario {
    let mut b = Build::new(600);
    for node in 1..=8 {
        b.node(&format!("HV{node}"), 20348);
    }
    for number in 0..40 {
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some(&format!("HV{}", number % 8 + 1)));
        for node in 1..=8 {
            b.mode(v, &format!("HV{node}"), (-1, 601), Some(REFS), Certainty::Observed);
        }
        for vm in 0..3 {
            let vm = b.vm(&format!("vm{number}-{vm}"), &[v]);
            b.runs(vm, -1, 601, Some(&format!("HV{}", (number * 3 + vm) % 8 + 1)));
        }
    }
    b.into()
}

/// An empty case.
pub(super) fn nothing() -> Scenario {
    Scenario { case: Case::default(), quotes: BTreeMap::new() }
}

/// Every scenario with its name.
pub(super) fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        ("refs-two-node", refs_two_node()),
        ("san-path-loss", san_path_loss()),
        ("spaces-direct", spaces_direct()),
        ("no-modes", no_modes()),
        ("all-direct", all_direct()),
        ("combined", combined()),
        ("large", large()),
        ("nothing", nothing()),
    ]
}
