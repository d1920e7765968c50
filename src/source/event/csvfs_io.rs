//! CsvFs events of single I/Os and open files: what a fold over several of them needs. By themselves they say
//! nothing about a state.
//!
//! Typed layouts: Microsoft's Tx project (`CSV.man`, pre-release); since Server 2012 a `FileNameLength` stands
//! before each `FileName` (shown by the message positions of 2012 to 2019). For 12320 and 12336 the positions are
//! published and the names are ours.

use super::row::{Fields, MANY, Row, row};
use super::{Event, provider};
use crate::fact::{Claim, Guid, TrafficPath};

/// One event of an I/O or a file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Io {
    /// 9472: an I/O begins.
    Started { irp: u64, context: u64, file_object: u64, vcb: u64, file: String, major: u64 },
    /// 9728: an I/O ended, whichever way it took.
    Ended { irp: u64, context: u64, status: u32, bytes: u64 },
    /// 12320 (direct), 12336 (redirected): an I/O, or a part of it, came back by this path.
    Took { path: TrafficPath, irp: u64, context: u64, status: u32, bytes: u64, ticks: u64 },
    /// 256: a file is being opened.
    Opened { file_object: u64, volume: Guid, file: String },
    /// 512: a file object is closed.
    Closed { file_object: u64 },
    /// 848: a volume's control block and its id.
    Vcb { vcb: u64, volume: Guid },
    /// 12800: an open file; the volume is known by its control block only.
    Open,
}

/// Severity "error" of an NTSTATUS: such an I/O moved nothing.
pub(super) fn failed(status: u32) -> bool {
    status >> 30 == 3
}

const IRP: (&str, &str) = ("Irp", "0xffffe0012345a010");
const CONTEXT: (&str, &str) = ("IrpContext", "0xffffe00123460000");
const FILE_OBJECT: (&str, &str) = ("FileObject", "0xffffe00123470000");
const LENGTH: (&str, &str) = ("FileNameLength", "18");
const FILE: (&str, &str) = ("FileName", r"\VMs\vm1\disk0.vhdx");
const VOLUME_ID: (&str, &str) = ("VolumeId", "7d3c1f00-0000-4000-8000-0000000000a1");

macro_rules! with_length {
    ($one:ident, $two:ident, [$($before:expr),*], [$($after:expr),*]) => {
        const $one: &[(&str, &str)] = &[$($before,)* FILE, $($after),*];
        const $two: &[(&str, &str)] = &[$($before,)* LENGTH, FILE, $($after),*];
    };
}

with_length!(
    START_PRE,
    START,
    [IRP, CONTEXT, FILE_OBJECT, ("Vcb", "0xffffe00123456010"), ("Fcb", "0x3"), ("Ccb", "0x4")],
    [
        ("IrpFlags", "0x60900"),
        ("IrpContextFlags", "0x0"),
        ("MajorFunction", "0x3"),
        ("MinorFunction", "0x0"),
        ("IrpSlFlags", "0x0"),
        ("Control", "0x0"),
        ("Parameter1", "0x1000"),
        ("Parameter2", "0x0"),
        ("Parameter3", "0x0"),
        ("Parameter4", "0x0")
    ]
);

with_length!(
    OPENED_PRE,
    OPENED,
    [IRP, ("Volume", "0xffffe00123456010"), VOLUME_ID, FILE_OBJECT, ("RelativeFileObject", "0x0")],
    [("DesiredAccess", "0x0"), ("Options", "0x0"), ("SharedAccess", "0x0"), ("AttributeFlags", "0x0")]
);

with_length!(
    OPEN_PRE,
    OPEN,
    [
        ("Vcb", "0xffffe00123456010"),
        ("Fcb", "0x3"),
        ("FcbState", "0x0"),
        ("FcbCondition", "0x0"),
        ("FcbConditionStatus", "0x0"),
        ("FcbDownlevelOplockLevel", "0x0"),
        ("FileId", "0x0"),
        ("Ccb", "0x4"),
        ("CcbFlags", "0x0"),
        ("ShadowFileObject", "0x0"),
        ("RealFileObject", "0x0")
    ],
    [
        ("CreateDisposition", "0x0"),
        ("DesiredAccess", "0x0"),
        ("SharedAccess", "0x0"),
        ("CreateFlags", "0x0"),
        ("AttributeFlags", "0x0")
    ]
);

const TOOK: &[(&str, &str)] =
    &[IRP, CONTEXT, ("Status", "0x0"), ("Information", "0x1000"), ("Duration", "4711")];

/// A layout with exactly these fields, which says nothing by itself.
const fn exactly(id: u32, name: &'static str, fields: &'static [(&'static str, &'static str)]) -> Row {
    Row { count: fields.len()..=fields.len(), ..row(id, name, fields, "Silent", nothing) }
}

/// The rows; all are silent for who looks at one event at a time.
pub(super) const ROWS: &[Row] = &[
    exactly(256, "opened_pre_release", OPENED_PRE),
    Row { count: 11..=MANY, ..row(256, "opened", OPENED, "Silent", nothing) },
    row(512, "closed", &[IRP, FILE_OBJECT], "Silent", nothing),
    row(
        848,
        "invalidated",
        &[
            ("Scb", "0x3"),
            ("Condition", "0x0"),
            ("Reason", "0x0"),
            ("Vcb", "0xffffe00123456010"),
            VOLUME_ID,
            ("Status", "0x0"),
        ],
        "Silent",
        nothing,
    ),
    exactly(9472, "io_start_pre_release", START_PRE),
    Row { count: 18..=MANY, ..row(9472, "io_start", START, "Silent", nothing) },
    row(
        9728,
        "io_completed",
        &[IRP, CONTEXT, ("Status", "0x0"), ("Information", "0x1000")],
        "Silent",
        nothing,
    ),
    row(12320, "direct_io", TOOK, "Silent", nothing),
    row(12336, "redirected_io", TOOK, "Silent", nothing),
    exactly(12800, "open_file_pre_release", OPEN_PRE),
    Row { count: 18..=MANY, ..row(12800, "open_file", OPEN, "Silent", nothing) },
];

fn nothing(f: &Fields<'_>) -> Option<Vec<Claim>> {
    read(f).map(|_| Vec::new())
}

/// Most bytes that one I/O can move: its length is 32 bits wide.
const MOST: u64 = u32::MAX as u64;

fn read(f: &Fields<'_>) -> Option<Io> {
    let pointer = |name| f.bits(name);
    let status = || Some((f.bits("Status")? & 0xffff_ffff) as u32);
    let bytes = |status| if failed(status) { Some(0) } else { pointer("Information").filter(|b| *b <= MOST) };
    let file = || f.text("FileName");
    Some(match f.event().id {
        256 => Io::Opened { file_object: pointer("FileObject")?, volume: f.guid("VolumeId")?, file: file()? },
        512 => Io::Closed { file_object: pointer("FileObject")? },
        848 => Io::Vcb { vcb: pointer("Vcb")?, volume: f.guid("VolumeId")? },
        9472 => Io::Started {
            irp: pointer("Irp")?,
            context: pointer("IrpContext")?,
            file_object: pointer("FileObject")?,
            vcb: pointer("Vcb")?,
            file: file()?,
            major: pointer("MajorFunction")?,
        },
        9728 => {
            let status = status()?;
            Io::Ended { irp: pointer("Irp")?, context: pointer("IrpContext")?, status, bytes: bytes(status)? }
        }
        id @ (12320 | 12336) => {
            let status = status()?;
            Io::Took {
                path: if id == 12320 { TrafficPath::Direct } else { TrafficPath::FileSystemRedirected },
                irp: pointer("Irp")?,
                context: pointer("IrpContext")?,
                status,
                bytes: bytes(status)?,
                ticks: pointer("Duration")?,
            }
        }
        12800 => {
            file()?;
            Io::Open
        }
        _ => return None,
    })
}

/// Is the event one of CsvFs that tells of an I/O, a file or a volume's control block, in a layout that is known?
/// The answer for an event that is, but whose fields do not fit, is none as well: [`super::meaning`] tells.
pub(super) fn io(event: &Event<'_>) -> Option<Io> {
    let row = csvfs(event)?.rows().find(|row| row.fits(event))?;
    ROWS.iter().any(|own| own.id == row.id).then(|| read(&Fields::new(event, row))).flatten()
}

/// The address and the id of a volume, where the event is one of CsvFs that begins with both.
pub(super) fn volume_address(event: &Event<'_>) -> Option<(u64, Guid)> {
    csvfs(event)?;
    let (address, id) = match event.id {
        8704 | 8960 | 9216 | 9296 | 12544 => (0, 1),
        256 => (1, 2),
        _ => return None,
    };
    Some((event.get("Volume", address)?.bits()?, event.get("VolumeId", id)?.guid()?))
}

fn csvfs(event: &Event<'_>) -> Option<&'static super::Provider> {
    provider(event.provider, event.provider_id)
        .filter(|provider| provider.names[0] == super::csvfs::PROVIDER.names[0])
}

#[cfg(test)]
mod tests {
    use super::super::csvfs::PROVIDER;
    use super::super::tests::check;

    #[test]
    fn layouts() {
        let took = |id, status, bytes, expect| {
            let fields = [("", "0xffffe0012345a010"), ("", "0x1"), ("", status), ("", bytes), ("", "5")];
            check(&PROVIDER, id, None, &fields, expect);
        };
        took(12320, "0", "4096", "Silent");
        // A failed I/O moved nothing, whatever it says.
        took(12320, "-1073741670", "no number", "Silent");
        took(12336, "0", "0x100000000", "Malformed");
        took(12336, "nothing", "0", "Malformed");
        check(&PROVIDER, 12336, None, &[], "Unknown");
        check(&PROVIDER, 9984, None, &[], "Silent");
    }
}
