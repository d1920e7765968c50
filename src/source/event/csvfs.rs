//! Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic: the file system of Cluster Shared Volumes itself, on
//! every node: its state machine, whom it talks to, and why it paused. The same events come as records of
//! CsvFs/Operational and as traces.
//!
//! Typed layouts: Microsoft's Tx project (`CSV.man`) and the 9296 template of a real machine; positions agree
//! in the message tables of 2012, 2012 R2 and 2019. Later builds append fields, which are used by name only.
//! Not read here: the numbers of 9216 `Source` and 8704 `Flags` (no published meaning). Events of single I/Os
//! stand in `csvfs_io.rs`.

use super::row::{Fields, MANY, Provider, Row, row};
use crate::fact::{Claim, Name, NodeClaim, NodeRef, PauseKind, VolumeClaim, VolumeRef, VolumeState};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &[
        "Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic",
        "Microsoft-Windows-FailoverClustering-CsvFs-Operational",
        "Microsoft-Windows-CsvFs-Diagnostic",
    ],
    guid: "6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1",
    rows: &[ROWS, super::csvfs_io::ROWS],
    known: super::known::CSVFS,
};

const VOLUME: (&str, &str) = ("Volume", "0xffffe00123456010");
const VOLUME_ID: (&str, &str) = ("VolumeId", "7d3c1f00-0000-4000-8000-0000000000a1");
const COUNTERS: (&str, &str) = ("CountersName", "Volume1");

const ROWS: &[Row] = &[
    row(
        8704,
        "set_downlevel",
        &[
            VOLUME,
            VOLUME_ID,
            ("CurrentState", "1"),
            ("IsLocal", "1"),
            ("Flags", "0x0"),
            COUNTERS,
            ("VolumeTargetPath", r"\Device\HarddiskVolume7"),
            ("FsTargetPath", r"\Device\HarddiskVolume7"),
        ],
        "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1, friendly: 'Volume1' }, Transition { from: Paused, to: SetDownLevel }); Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1, friendly: 'Volume1' }, Coordinator { })",
        set_downlevel,
    ),
    row(
        8960,
        "transition",
        &[VOLUME, VOLUME_ID, ("CurrentState", "4"), ("NewState", "2")],
        "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1 }, Transition { from: Active, to: Draining })",
        |f| {
            let claim = VolumeClaim::Transition {
                from: state(f, "CurrentState")?,
                to: state(f, "NewState")?,
                sequence: sequence(f),
            };
            Some(vec![Claim::Volume(volume(f)?, claim)])
        },
    ),
    row(
        9216,
        "state",
        &[VOLUME, VOLUME_ID, ("State", "4"), ("Source", "2"), ("Status", "0x0")],
        "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1 }, State { state: Active, status: NtStatus { code: 0, text: '(00000000)' } })",
        |f| {
            let claim =
                VolumeClaim::State { node: None, state: state(f, "State")?, status: f.status_code("Status") };
            Some(vec![Claim::Volume(volume(f)?, claim)])
        },
    ),
    Row {
        id: 9296,
        name: "auto_paused",
        count: 13..=MANY,
        versions: None,
        fields: &[
            VOLUME,
            VOLUME_ID,
            COUNTERS,
            ("FromDirectIo", "1"),
            ("Irp", "0x0"),
            ("Status", "0xc00000b5"),
            ("Source", "30"),
            ("Parameter1", "0x0"),
            ("Parameter2", "0x0"),
            ("LastUptime", "10"),
            ("CurrentDowntime", "0"),
            ("TimeSinceLastStateTransition", "10"),
            ("Lifetime", "20"),
        ],
        expect: "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1, friendly: 'Volume1' }, AutoPaused { kind: Failure, status: NtStatus { code: 3221225653, text: '(c00000b5)' }, from_direct_io: true })",
        claims: auto_paused,
    },
    // 2012 and 2012 R2: one field fewer before the status, which their message prints as the fifth.
    Row {
        id: 9296,
        name: "auto_paused_2012",
        count: 5..=12,
        versions: None,
        fields: &[VOLUME, VOLUME_ID, ("Third", ""), ("Fourth", ""), ("Status", "0xc00000b5")],
        expect: "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1 }, AutoPaused { kind: Failure, status: NtStatus { code: 3221225653, text: '(c00000b5)' } })",
        claims: auto_paused,
    },
    row(9312, "renamed", &[("First", ""), ("NewName", "Volume2")], "Silent", |f| {
        // Only the new name's position is published; which volume it is, a record may name.
        let guid = f.event().named("VolumeId").and_then(super::Value::guid);
        Some(match guid {
            Some(guid) => {
                let volume = VolumeRef {
                    friendly: f.filled("NewName").and_then(|n| VolumeRef::friendly_of(&n)),
                    ..VolumeRef::guid(guid)
                };
                vec![Claim::Volume(volume, VolumeClaim::Named)]
            }
            None => Vec::new(),
        })
    }),
    row(
        9328,
        "io_timed_out",
        &[VOLUME, VOLUME_ID, ("Count", "3")],
        "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1 }, IoTimedOut { count: 3 })",
        |f| {
            let count = u64::try_from(f.number("Count")?).ok()?;
            Some(vec![Claim::Volume(volume(f)?, VolumeClaim::IoTimedOut { count })])
        },
    ),
    row(12368, "node_number", &[("NodeId", "2")], "Node(NodeRef { }, OwnNumber(2))", |f| {
        let number = u32::try_from(f.number("NodeId")?).ok()?;
        Some(vec![Claim::Node(NodeRef::REPORTER, NodeClaim::OwnNumber(number))])
    }),
    row(
        12544,
        "rundown",
        &[
            VOLUME,
            VOLUME_ID,
            ("VpbFlags", "1"),
            ("State", "4"),
            COUNTERS,
            ("VolumeTargetPath", r"\Device\HarddiskVolume7"),
            ("FsTargetPath", r"\Device\HarddiskVolume7"),
        ],
        "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1, friendly: 'Volume1' }, State { state: Active })",
        |f| {
            let claim = VolumeClaim::State { node: None, state: state(f, "State")?, status: None };
            Some(vec![Claim::Volume(volume(f)?, claim)])
        },
    ),
    row(45056, "service_connected", &[], "Node(NodeRef { }, CsvFsService { connected: true })", |_| {
        service(true)
    }),
    row(49152, "service_disconnected", &[], "Node(NodeRef { }, CsvFsService { connected: false })", |_| {
        service(false)
    }),
];

/// The volume by its GUID, with the name of its counters (its friendly name) where the event carries one.
fn volume(f: &Fields<'_>) -> Option<VolumeRef> {
    let friendly = f.filled("CountersName").map(|name| Name::new(&name));
    Some(VolumeRef { friendly, ..VolumeRef::guid(f.guid("VolumeId")?) })
}

fn state(f: &Fields<'_>, name: &str) -> Option<VolumeState> {
    Some(VolumeState::from_number(i32::try_from(f.number(name)?).ok()?))
}

/// The Disk Control Manager's number, where the build logs one: empty when CSVFS acted alone.
fn sequence(f: &Fields<'_>) -> Option<String> {
    f.event().named("DcmSequenceId").map(|value| value.text().trim().to_owned())
}

/// `IsLocal` says that the real file system is mounted on the reporter: it owns the volume.
fn set_downlevel(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let volume = volume(f)?;
    let transition = VolumeClaim::Transition {
        from: state(f, "CurrentState")?,
        to: VolumeState::SetDownLevel,
        sequence: sequence(f),
    };
    let owner = if f.flag("IsLocal")? {
        VolumeClaim::Coordinator { node: None }
    } else {
        VolumeClaim::NotCoordinator { target: f.text("FsTargetPath")? }
    };
    Some(vec![Claim::Volume(volume.clone(), transition), Claim::Volume(volume, owner)])
}

fn auto_paused(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let claim = VolumeClaim::AutoPaused {
        kind: PauseKind::Failure,
        status: f.status_code("Status")?,
        from_direct_io: f.flag("FromDirectIo"),
    };
    Some(vec![Claim::Volume(volume(f)?, claim)])
}

fn service(connected: bool) -> Option<Vec<Claim>> {
    Some(vec![Claim::Node(NodeRef::REPORTER, NodeClaim::CsvFsService { connected })])
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::PROVIDER;

    const ID: &str = "{7D3C1F00-0000-4000-8000-0000000000A1}";

    #[test]
    fn layouts() {
        let check = |id, fields, expect| check(&PROVIDER, id, None, fields, expect);
        // A remote owner; a name tells more than the position.
        check(
            8704,
            &[
                ("", "0"),
                ("", ID),
                ("", "1"),
                ("", "0"),
                ("", "0"),
                ("", "Volume1"),
                ("", ""),
                ("", r"\Device\Mup\n2"),
            ],
            "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1, friendly: 'Volume1' }, \
             Transition { from: Paused, to: SetDownLevel }); \
             Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1, friendly: 'Volume1' }, \
             NotCoordinator { target: '\\Device\\Mup\\n2' })",
        );
        // CSVFS acted alone: the sequence is there and empty.
        check(
            8960,
            &[
                ("Volume", "0"),
                ("VolumeId", ID),
                ("CurrentState", "4"),
                ("NewState", "2"),
                ("DcmSequenceId", ""),
            ],
            "Volume(VolumeRef { guid: 7d3c1f00-0000-4000-8000-0000000000a1 }, \
             Transition { from: Active, to: Draining, sequence: '' })",
        );
        check(9216, &[("", "0"), ("", "no guid"), ("", "4"), ("", "0"), ("", "0")], "Malformed");
        check(8960, &[("", "0"), ("", ID), ("", "4")], "Unknown");
        // 2012 to 2019 print the id second and the number third.
        check(9328, &[("", "0"), ("", ID), ("", "many")], "Malformed");
    }
}
