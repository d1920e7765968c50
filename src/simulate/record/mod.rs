//! The events that happenings leave, in the documented layouts. One file an area; a field has a name only
//! where one is established.

pub(super) mod cluster;
pub(super) mod csvfs;
pub(super) mod csvfs_io;
pub(super) mod hyper_v;
pub(super) mod smb;
pub(super) mod storage;
pub(super) mod system;
pub(super) mod vhdmp;

use super::log::{Body, Provider, Record, Value};

/// An event of a manifest provider in its common shape.
fn manifest(
    name: &'static str,
    guid: &'static str,
    channel: &'static str,
    id: u16,
    level: u8,
    fields: Vec<(&'static str, Value)>,
) -> Record {
    Record {
        provider: Provider { name, guid: Some(guid) },
        channel,
        id,
        qualifiers: None,
        version: 0,
        level,
        keywords: 1 << 63,
        task: 0,
        opcode: 0,
        user: &[18],
        body: Body::EventData,
        fields,
    }
}

/// An event of a classic source in the System log: insertion strings without names.
fn classic(name: &'static str, full_id: u32, fields: Vec<Value>) -> Record {
    let level = match full_id >> 30 {
        3 => 2,
        2 => 3,
        _ => 4,
    };
    Record {
        provider: Provider { name, guid: None },
        channel: "System",
        id: full_id as u16,
        qualifiers: Some((full_id >> 16) as u16),
        version: 0,
        level,
        keywords: 0x0080_0000_0000_0000,
        task: 0,
        opcode: 0,
        user: &[],
        body: Body::Classic,
        fields: fields.into_iter().map(|value| ("", value)).collect(),
    }
}
