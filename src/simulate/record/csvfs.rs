//! The CSV file system's own channel: state changes and automatic pauses.
//!
//! Layouts of 8704, 8960, 9216 from the published manifest (microsoft/Tx, CSV.man), whose leading fields all
//! builds share; of 9296 from a printed template of 2016 and later. Fields that later builds append are left
//! out: their types are not public.

use super::manifest;
use crate::fact::{Guid, VolumeState};
use crate::simulate::log::{Record, Value};

/// The channel.
pub(in crate::simulate) const OPERATIONAL: &str = "Microsoft-Windows-FailoverClustering-CsvFs/Operational";
/// The channel of its I/O.
pub(in crate::simulate) const DIAGNOSTIC: &str = "Microsoft-Windows-FailoverClustering-CsvFs/Diagnostic";
const NAME: &str = "Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic";
const GUID: &str = "6a86ae90-4e9b-4186-b1d1-9ce0e02bcbc1";
/// Keyword `VolumeState`.
const VOLUME_STATE: u64 = 0x2;
const TASK_VOLUME_STATE_CHANGE: u16 = 102;

/// An event of the channel that is off unless somebody traces.
pub(super) fn diagnostic(
    id: u16,
    opcode: u8,
    task: u16,
    keyword: u64,
    fields: Vec<(&'static str, Value)>,
) -> Record {
    let mut record = manifest(NAME, GUID, DIAGNOSTIC, id, 4, fields);
    record.keywords = 1 << 62 | keyword;
    (record.task, record.opcode) = (task, opcode);
    record
}

fn event(id: u16, opcode: u8, fields: Vec<(&'static str, Value)>) -> Record {
    let mut record = manifest(NAME, GUID, OPERATIONAL, id, 4, fields);
    record.keywords = 1 << 63 | VOLUME_STATE;
    (record.task, record.opcode) = (TASK_VOLUME_STATE_CHANGE, opcode);
    record
}

/// The number of a state.
pub(in crate::simulate) fn number(state: VolumeState) -> i32 {
    match state {
        VolumeState::Init => 0,
        VolumeState::Paused => 1,
        VolumeState::Draining => 2,
        VolumeState::SetDownLevel => 3,
        VolumeState::Active => 4,
        VolumeState::Dismounted => 5,
        VolumeState::Other(number) => number,
    }
}

/// The driver's object for a volume: stable while the node is up.
pub(super) fn object(guid: Guid) -> Value {
    let low = guid.0[..4].iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    Value::Hex64(0xffff_e001_0000_0000 | low & 0xffff_fff0)
}

pub(super) fn head(guid: Guid) -> Vec<(&'static str, Value)> {
    vec![("Volume", object(guid)), ("VolumeId", Value::Guid(guid))]
}

/// Where the file system of a volume is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) enum Target {
    /// On this node: its device.
    Local(String),
    /// On the coordinator of this name.
    Remote(String),
    /// Nowhere: no node has the disk online.
    None,
}

impl Target {
    /// `VolumeTargetPath` and `FsTargetPath`: the device, or a path that names the coordinator. The order of the
    /// parts of a remote path is not public.
    pub(super) fn paths(&self, guid: Guid) -> [(&'static str, Value); 2] {
        let path = match self {
            Self::Local(device) => device.clone(),
            Self::Remote(coordinator) => format!(r"\Device\Mup\{coordinator}\{{{guid}}}"),
            Self::None => String::new(),
        };
        [("VolumeTargetPath", Value::text(&path)), ("FsTargetPath", Value::text(path))]
    }
}

/// 8704: the volume is being connected to its file system.
pub(in crate::simulate) fn set_down_level(
    guid: Guid,
    from: VolumeState,
    target: &Target,
    name: &str,
) -> Record {
    let local = matches!(target, Target::Local(_));
    let mut fields = head(guid);
    fields.extend([
        ("CurrentState", Value::I32(number(from))),
        ("IsLocal", Value::Bool(local)),
        ("Flags", Value::Hex32(0)),
        ("CountersName", Value::text(name)),
    ]);
    fields.extend(target.paths(guid));
    event(8704, 1, fields)
}

/// 8960: a transition begins.
pub(in crate::simulate) fn transition(guid: Guid, from: VolumeState, to: VolumeState) -> Record {
    let mut fields = head(guid);
    fields.extend([("CurrentState", Value::I32(number(from))), ("NewState", Value::I32(number(to)))]);
    event(8960, 1, fields)
}

/// 9216: a state is reached.
pub(in crate::simulate) fn reached(guid: Guid, state: VolumeState) -> Record {
    let mut fields = head(guid);
    // The meaning of `Source` is not public.
    fields.extend([
        ("State", Value::I32(number(state))),
        ("Source", Value::I32(0)),
        ("Status", Value::Hex32(0)),
    ]);
    event(9216, 2, fields)
}

/// 9296: the volume paused itself because a direct I/O completed with `status`.
pub(in crate::simulate) fn auto_paused(guid: Guid, name: &str, status: u32, uptime: u64) -> Record {
    const IO_COMPLETION: u32 = 0x1e;
    paused(guid, name, true, IO_COMPLETION, status, uptime)
}

/// 9296: the volume paused itself because an operation through the coordinator failed with `status`.
pub(in crate::simulate) fn paused_over_network(guid: Guid, name: &str, status: u32, uptime: u64) -> Record {
    const TUNNEL: u32 = 1;
    paused(guid, name, false, TUNNEL, status, uptime)
}

fn paused(guid: Guid, name: &str, direct: bool, source: u32, status: u32, uptime: u64) -> Record {
    let mut fields = head(guid);
    fields.extend([
        ("CountersName", Value::text(name)),
        ("FromDirectIo", Value::Bool(direct)),
        ("Irp", Value::Hex64(0xffff_e001_52c4_0a10)),
        ("Status", Value::Hex32(status)),
        ("Source", Value::U32(source)),
        ("Parameter1", Value::Hex64(0)),
        ("Parameter2", Value::Hex64(0)),
        ("LastUptime", Value::U64(uptime)),
        ("CurrentDowntime", Value::U64(0)),
        ("TimeSinceLastStateTransition", Value::U64(uptime)),
        ("Lifetime", Value::U64(uptime)),
    ]);
    event(9296, 0, fields)
}

/// Channel of the filter that stands above the file system on the coordinator.
pub(in crate::simulate) const FILTER_DIAGNOSTIC: &str =
    "Microsoft-Windows-FailoverClustering-CsvFlt/Diagnostic";

/// CsvFlt 9216: a filter vetoed direct I/O for one file. Only positions are published: 5 the file, 8 and 9 the
/// altitude, 10 the reason.
pub(in crate::simulate) fn veto(file: &str, altitude: &str) -> Record {
    let guid = "151d3c03-e442-4c4f-af20-bd48ff41f793";
    let fields = ["", "", "", "", file, "", "", altitude, "0", "0"].map(|text| ("", Value::text(text)));
    let name = "Microsoft-Windows-FailoverClustering-CsvFlt-Diagnostic";
    manifest(name, guid, FILTER_DIAGNOSTIC, 9216, 4, fields.to_vec())
}
