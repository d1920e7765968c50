//! Cluster Shared Volume events: 5120 to 5218 and 1584.

use crate::fact::{Claim, Name, PauseKind, RedirectCause, VetoReason, VolumeClaim, VolumeRef};
use crate::source::event::row::{Fields, Row, row};

const VOLUME: (&str, &str) = ("VolumeName", "Volume1");
const RESOURCE: (&str, &str) = ("ResourceName", "Cluster Disk 1");
const NO_NETWORK: (&str, &str) = ("ErrorCode", "STATUS_BAD_NETWORK_PATH(c00000be)");
const SEQUENCE: (&str, &str) = ("SequenceNumber", "<1:87><1:2>");

pub(super) const ROWS: &[Row] = &[
    row(
        5120,
        "auto_paused",
        &[VOLUME, RESOURCE, NO_NETWORK],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, AutoPaused { kind: Failure, status: NtStatus { code: 3221225662, text: 'STATUS_BAD_NETWORK_PATH(c00000be)' } })",
        |f| paused(f, PauseKind::Failure),
    ),
    row(
        5121,
        "direct_access_lost",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, DirectAccessLost)",
        |f| both(f, VolumeClaim::DirectAccessLost),
    ),
    row(
        5122,
        "resumed",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Resumed)",
        |f| both(f, VolumeClaim::Resumed),
    ),
    row(
        5125,
        "file_system_filter",
        &[VOLUME, ("FilterDriverList", "acmeflt, othflt.sys"), RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, FilterFound { cause: FileSystemFilter, drivers: ['acmeflt', 'othflt.sys'] })",
        |f| filters(f, "FilterDriverList", RedirectCause::FileSystemFilter),
    ),
    row(
        5126,
        "volume_filter",
        &[VOLUME, ("VolumeDriverList", "acmevol"), RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, FilterFound { cause: VolumeFilter, drivers: ['acmevol'] })",
        |f| filters(f, "VolumeDriverList", RedirectCause::VolumeFilter),
    ),
    row(
        5131,
        "added_to_csv",
        &[RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, InCsv { added: true })",
        |f| disk(f, VolumeClaim::InCsv { added: true }),
    ),
    row(
        5132,
        "removed_from_csv",
        &[RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, InCsv { added: false })",
        |f| disk(f, VolumeClaim::InCsv { added: false }),
    ),
    row(
        5133,
        "removed_from_csv_slowly",
        &[RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, InCsv { added: false })",
        |f| disk(f, VolumeClaim::InCsv { added: false }),
    ),
    row(
        5136,
        "redirected_access_on",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, RedirectedAccess { on: true })",
        |f| both(f, VolumeClaim::RedirectedAccess { on: true }),
    ),
    row(
        5137,
        "redirected_access_off",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, RedirectedAccess { on: false })",
        |f| both(f, VolumeClaim::RedirectedAccess { on: false }),
    ),
    row(
        5138,
        "maintenance_on",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Maintenance { on: true })",
        |f| both(f, VolumeClaim::Maintenance { on: true }),
    ),
    row(
        5139,
        "maintenance_off",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Maintenance { on: false })",
        |f| both(f, VolumeClaim::Maintenance { on: false }),
    ),
    row(
        5140,
        "backup_on",
        &[VOLUME, RESOURCE, ("TimeoutMinutes", "30")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Backup { on: true })",
        |f| both(f, VolumeClaim::Backup { on: true }),
    ),
    row(
        5141,
        "backup_off",
        &[VOLUME, RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Backup { on: false })",
        |f| both(f, VolumeClaim::Backup { on: false }),
    ),
    row(
        5142,
        "no_access",
        &[VOLUME, RESOURCE, ("ErrorCode", "(1460)")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, NoAccess { status: NtStatus { code: 1460, text: '(1460)' } })",
        |f| both(f, VolumeClaim::NoAccess { status: f.status("ErrorCode")? }),
    ),
    row(
        5143,
        "move_vetoed_dirty_cache",
        &[("NodeName", "N1"), RESOURCE, ("DirtyPageThreshold", "1000"), ("DirtyPages", "900")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, MoveVetoed { reason: DirtyCache })",
        |f| vetoed(f, VetoReason::DirtyCache),
    ),
    row(
        5146,
        "move_vetoed_dismounted",
        &[RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, MoveVetoed { reason: Dismounted })",
        |f| vetoed(f, VetoReason::Dismounted),
    ),
    row(
        5147,
        "move_vetoed_snapshot",
        &[RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, MoveVetoed { reason: SnapshotInProgress })",
        |f| vetoed(f, VetoReason::SnapshotInProgress),
    ),
    row(
        5148,
        "move_vetoed_mode_change",
        &[RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, MoveVetoed { reason: IoModeChange })",
        |f| vetoed(f, VetoReason::IoModeChange),
    ),
    row(
        5150,
        "failed",
        &[RESOURCE, ("ErrorCode", "STATUS_NO_SUCH_DEVICE(c000000e)")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, Failed { status: NtStatus { code: 3221225486, text: 'STATUS_NO_SUCH_DEVICE(c000000e)' } })",
        |f| disk(f, VolumeClaim::Failed { status: f.status("ErrorCode")? }),
    ),
    row(
        5151,
        "dcm_state",
        &[
            VOLUME,
            RESOURCE,
            ("NewState", "Paused"),
            ("EventName", "Pause"),
            ("InitiatorNode", "N2"),
            SEQUENCE,
        ],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Dcm { step: 5151, what: 'Paused', node: 'N2', sequence: '<1:87><1:2>' })",
        |f| dcm(f, "NewState", Some("InitiatorNode"), None),
    ),
    row(
        5152,
        "dcm_stuck",
        &[VOLUME, RESOURCE, ("Nodes", "N1 N2"), ("EventName", "Pause"), SEQUENCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Dcm { step: 5152, what: 'Pause', sequence: '<1:87><1:2>' })",
        |f| dcm(f, "EventName", None, None),
    ),
    row(
        5153,
        "dcm_received",
        &[VOLUME, RESOURCE, ("EventName", "Pause"), SEQUENCE, ("OriginNode", "N2.example.org")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Dcm { step: 5153, what: 'Pause', node: 'N2', sequence: '<1:87><1:2>' })",
        |f| dcm(f, "EventName", Some("OriginNode"), None),
    ),
    row(
        5154,
        "dcm_completed",
        &[VOLUME, RESOURCE, ("EventName", "Pause"), SEQUENCE, ("OriginNode", "N2")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Dcm { step: 5154, what: 'Pause', node: 'N2', sequence: '<1:87><1:2>' })",
        |f| dcm(f, "EventName", Some("OriginNode"), None),
    ),
    row(
        5155,
        "dcm_request",
        &[RESOURCE, ("RequestName", "Move"), SEQUENCE, ("SlowestNode", "N3"), ("Seconds", "2.5")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1' }, Dcm { step: 5155, what: 'Move', node: 'N3', sequence: '<1:87><1:2>', seconds: '2.5' })",
        |f| dcm(f, "RequestName", Some("SlowestNode"), Some("Seconds")),
    ),
    row(
        5156,
        "auto_paused_snapshot",
        &[VOLUME, RESOURCE, ("ErrorCode", "(c0130021)")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, AutoPaused { kind: Snapshot, status: NtStatus { code: 3222470689, text: '(c0130021)' } })",
        |f| paused(f, PauseKind::Snapshot),
    ),
    row(
        5157,
        "auto_paused_expected",
        &[VOLUME, RESOURCE, NO_NETWORK],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, AutoPaused { kind: Expected, status: NtStatus { code: 3221225662, text: 'STATUS_BAD_NETWORK_PATH(c00000be)' } })",
        |f| paused(f, PauseKind::Expected),
    ),
    row(
        5216,
        "snapshot_failed",
        &[VOLUME, RESOURCE, ("ErrorCode", "5")],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Snapshot { event: 5216 })",
        |f| both(f, VolumeClaim::Snapshot { event: 5216 }),
    ),
    row(
        5217,
        "snapshot_set_failed",
        &[
            ("VolumeList", r"C:\ClusterStorage\Volume1;C:\ClusterStorage\Volume2"),
            ("SnapshotSetId", "7d3c1f00-0000-4000-8000-000000000001"),
            ("ErrorCode", "5"),
        ],
        "Volume(VolumeRef { friendly: 'Volume1' }, Snapshot { event: 5217 }); Volume(VolumeRef { friendly: 'Volume2' }, Snapshot { event: 5217 })",
        snapshot_set,
    ),
    row(
        5218,
        "stale_snapshot_deleted",
        &[
            RESOURCE,
            VOLUME,
            ("AgeDays", "7"),
            ("SnapshotId", "7d3c1f00-0000-4000-8000-000000000002"),
            ("OriginNode", "N1"),
            ("CreatedAt", "1/2/2024"),
        ],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Snapshot { event: 5218 })",
        |f| both(f, VolumeClaim::Snapshot { event: 5218 }),
    ),
    row(
        1584,
        "unprepared_snapshot",
        &[VOLUME, ("Second", ""), RESOURCE],
        "Volume(VolumeRef { resource: 'Cluster Disk 1', friendly: 'Volume1' }, Snapshot { event: 1584 })",
        |f| both(f, VolumeClaim::Snapshot { event: 1584 }),
    ),
];

fn both(f: &Fields<'_>, claim: VolumeClaim) -> Option<Vec<Claim>> {
    let volume = VolumeRef::named(&f.text("VolumeName")?, &f.text("ResourceName")?);
    (volume != VolumeRef::default()).then(|| vec![Claim::Volume(volume, claim)])
}

fn disk(f: &Fields<'_>, claim: VolumeClaim) -> Option<Vec<Claim>> {
    let volume = VolumeRef::named("", &f.filled("ResourceName")?);
    Some(vec![Claim::Volume(volume, claim)])
}

fn paused(f: &Fields<'_>, kind: PauseKind) -> Option<Vec<Claim>> {
    both(f, VolumeClaim::AutoPaused { kind, status: f.status("ErrorCode")?, from_direct_io: None })
}

fn vetoed(f: &Fields<'_>, reason: VetoReason) -> Option<Vec<Claim>> {
    disk(f, VolumeClaim::MoveVetoed { reason })
}

fn filters(f: &Fields<'_>, list: &str, cause: RedirectCause) -> Option<Vec<Claim>> {
    // Driver names hold no white space, so it may separate them.
    let text = f.filled(list)?;
    let names = text.split([',', ';']).flat_map(str::split_whitespace);
    both(f, VolumeClaim::FilterFound { cause, drivers: names.map(Name::new).collect() })
}

fn dcm(f: &Fields<'_>, what: &str, node: Option<&str>, seconds: Option<&str>) -> Option<Vec<Claim>> {
    let claim = VolumeClaim::Dcm {
        step: u16::try_from(f.event().id).ok()?,
        what: f.text(what)?,
        node: node.and_then(|field| f.node(field)),
        sequence: f.filled("SequenceNumber")?,
        seconds: seconds.and_then(|field| f.filled(field)),
    };
    if f.event().id == 5155 { disk(f, claim) } else { both(f, claim) }
}

/// Only pieces that are a path below the CSV root or hold a volume GUID name a volume for certain.
fn snapshot_set(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let list = f.text("VolumeList")?;
    let pieces = list.split([',', ';', '\n']).map(str::trim);
    let volumes = pieces.filter_map(|piece| {
        if let Some(guid) = crate::fact::Guid::find(piece) {
            return Some(VolumeRef::guid(guid));
        }
        let below_root = piece.to_ascii_lowercase().contains("\\clusterstorage\\");
        below_root.then(|| VolumeRef::named(piece, ""))
    });
    Some(volumes.map(|v| Claim::Volume(v, VolumeClaim::Snapshot { event: 5217 })).collect())
}
