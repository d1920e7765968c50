//! What the CSV file system traces of I/O, of open files and at the start of a trace.
//!
//! Layouts: the published manifest (microsoft/Tx, CSV.man), with the `FileNameLength` that released builds put before
//! each `FileName`; of 12320, 12336 and 12368 the positions are published, the types are those of their siblings.

use super::csvfs::{Target, diagnostic, head, number, object};
use crate::fact::{Guid, VolumeState};
use crate::simulate::log::{Record, Value};

const IO: u64 = 0x8;
const CREATE_FILE: u64 = 0x4;
const RUNDOWN: u64 = 0x400;
const TASK_IO: u16 = 103;
const TASK_CREATE: u16 = 104;
const TASK_RUNDOWN: u16 = 113;

/// An I/O request packet with its context in CSVFS.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) struct Packet {
    pub(in crate::simulate) irp: u64,
    pub(in crate::simulate) context: u64,
}

impl Packet {
    fn fields(self) -> Vec<(&'static str, Value)> {
        vec![("Irp", Value::Hex64(self.irp)), ("IrpContext", Value::Hex64(self.context))]
    }

    fn event(self, id: u16, opcode: u8, rest: Vec<(&'static str, Value)>) -> Record {
        let mut fields = self.fields();
        fields.extend(rest);
        diagnostic(id, opcode, TASK_IO, IO, fields)
    }
}

/// A file that is open on a node.
#[derive(Clone, Debug)]
pub(in crate::simulate) struct Open {
    pub(in crate::simulate) volume: Guid,
    /// Path below the volume's root.
    pub(in crate::simulate) path: String,
    pub(in crate::simulate) file_object: u64,
}

impl Open {
    fn name(&self) -> [(&'static str, Value); 2] {
        let length = 2 * self.path.encode_utf16().count() as u16;
        [("FileNameLength", Value::U16(length)), ("FileName", Value::text(&self.path))]
    }

    fn scb(&self) -> Value {
        Value::Hex64(self.file_object ^ 0x0000_000f_0000_0000)
    }

    fn ccb(&self) -> Value {
        Value::Hex64(self.file_object ^ 0x0000_001f_0000_0000)
    }
}

/// 9472: an I/O begins.
pub(in crate::simulate) fn started(io: Packet, file: &Open, write: bool, length: u32, offset: u64) -> Record {
    let mut fields = vec![
        ("FileObject", Value::Hex64(file.file_object)),
        ("Vcb", object(file.volume)),
        ("Scb", file.scb()),
        ("Ccb", file.ccb()),
    ];
    fields.extend(file.name());
    fields.extend([
        ("IrpFlags", Value::Hex32(0x0006_0a01 - u32::from(!write) * 0x100)),
        ("IrpContextFlags", Value::Hex32(0)),
        ("MajorFunction", Value::Hex32(if write { 4 } else { 3 })),
        ("MinorFunction", Value::Hex32(0)),
        ("IrpSlFlags", Value::Hex32(0)),
        ("Control", Value::Hex32(0xe0)),
        ("Parameter1", Value::Hex64(u64::from(length))),
        ("Parameter2", Value::Hex64(0)),
        ("Parameter3", Value::Hex64(offset)),
        ("Parameter4", Value::Hex64(0)),
    ]);
    io.event(9472, 1, fields)
}

/// 9728: an I/O ended.
pub(in crate::simulate) fn ended(io: Packet, status: u32, bytes: u64) -> Record {
    io.event(9728, 2, vec![("Status", Value::Hex32(status)), ("Information", Value::Hex64(bytes))])
}

/// 12320 or 12336: it came back directly, or through the coordinator's file system.
pub(in crate::simulate) fn took(io: Packet, redirected: bool, status: u32, bytes: u64, ticks: u64) -> Record {
    let id = if redirected { 12336 } else { 12320 };
    let rest = vec![
        ("Status", Value::Hex32(status)),
        ("Information", Value::Hex64(bytes)),
        ("Duration", Value::U64(ticks)),
    ];
    io.event(id, 0, rest)
}

/// 10496: the paused volume holds it.
pub(in crate::simulate) fn held(io: Packet) -> Record {
    let rest = vec![
        ("IrpContextFlags", Value::Hex32(0)),
        ("Status", Value::Hex32(0x103)),
        ("Information", Value::Hex64(0)),
    ];
    io.event(10496, 8, rest)
}

/// 12288: it goes on.
pub(in crate::simulate) fn resumed(io: Packet) -> Record {
    io.event(12288, 7, Vec::new())
}

/// 256: a file is being opened.
pub(in crate::simulate) fn opened(irp: u64, file: &Open) -> Record {
    let mut fields = vec![("Irp", Value::Hex64(irp))];
    fields.extend(head(file.volume));
    fields.extend([("FileObject", Value::Hex64(file.file_object)), ("RelativeFileObject", Value::Hex64(0))]);
    fields.extend(file.name());
    fields.extend([
        ("DesiredAccess", Value::Hex32(0x0012_019f)),
        ("Options", Value::Hex32(0x0100_0000)),
        ("SharedAccess", Value::Hex32(1)),
        ("AttributeFlags", Value::Hex32(0)),
    ]);
    diagnostic(256, 0, TASK_CREATE, CREATE_FILE, fields)
}

/// 12544: a volume as the trace finds it.
pub(in crate::simulate) fn volume(guid: Guid, state: VolumeState, target: &Target, name: &str) -> Record {
    let mut fields = head(guid);
    fields.extend([
        ("VpbFlags", Value::I32(1)),
        ("State", Value::I32(number(state))),
        ("CountersName", Value::text(name)),
    ]);
    fields.extend(target.paths(guid));
    diagnostic(12544, 0, TASK_RUNDOWN, RUNDOWN, fields)
}

/// 12368: the number of this node.
pub(in crate::simulate) fn node_id(number: u32) -> Record {
    diagnostic(12368, 0, TASK_RUNDOWN, RUNDOWN, vec![("NodeId", Value::U32(number))])
}

/// 12800: a file that is open when the trace starts.
pub(in crate::simulate) fn file(open: &Open) -> Record {
    let mut fields = vec![("Vcb", object(open.volume)), ("Scb", open.scb())];
    for name in ["ScbState", "ScbCondition", "ScbConditionStatus", "ScbDownlevelOplockLevel"] {
        fields.push((name, Value::Hex32(0)));
    }
    fields.extend([
        ("FileId", Value::Hex64(open.file_object >> 4 & 0xffff_ffff)),
        ("Ccb", open.ccb()),
        ("CcbFlags", Value::Hex32(0)),
        ("ShadowFileObject", Value::Hex64(open.file_object ^ 0x0000_002f_0000_0000)),
        ("RealFileObject", Value::Hex64(open.file_object)),
    ]);
    fields.extend(open.name());
    for (name, value) in [
        ("CreateDisposition", 1),
        ("DesiredAccess", 0x0012_019f),
        ("SharedAccess", 1),
        ("CreateFlags", 0),
        ("AttributeFlags", 0),
    ] {
        fields.push((name, Value::Hex32(value)));
    }
    diagnostic(12800, 0, TASK_RUNDOWN, RUNDOWN, fields)
}
