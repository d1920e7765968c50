//! Hyper-V: migrations and starts, as `UserData` with a `VmlEventLog` (facts/events.md C).

use super::manifest;
use crate::fact::Guid;
use crate::simulate::log::{Body, Record, Value};

/// Channel of the management service.
pub(in crate::simulate) const VMMS_ADMIN: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin";

const VML: Body = Body::UserData {
    element: "VmlEventLog",
    namespace: "http://www.microsoft.com/Windows/Virtualization/Events",
};

fn vmms(id: u16, fields: Vec<(&'static str, Value)>) -> Record {
    let guid = "6066f867-7ca1-4418-85fd-36e3f9c0600c";
    let record = manifest("Microsoft-Windows-Hyper-V-VMMS", guid, VMMS_ADMIN, id, 4, fields);
    Record { body: VML, ..record }
}

/// Windows prints VM ids in upper case.
fn upper(id: Guid) -> Value {
    Value::text(id.to_string().to_ascii_uppercase())
}

/// 20413, on the source: a live migration to `host` begins.
pub(in crate::simulate) fn migration_started(name: &str, id: Guid, host: &str) -> Record {
    let fields =
        vec![("Parameter0", Value::text(name)), ("Parameter1", upper(id)), ("Parameter2", Value::text(host))];
    vmms(20413, fields)
}

/// 20415, on the source: the VM is gone, after `blackout` seconds.
pub(in crate::simulate) fn migration_left(name: &str, id: Guid, blackout: &str) -> Record {
    let fields = vec![
        ("Parameter0", Value::text(name)),
        ("Parameter1", upper(id)),
        ("Parameter2", Value::text(blackout)),
    ];
    vmms(20415, fields)
}

/// 20418, on the destination: the VM has come from `address`.
pub(in crate::simulate) fn migration_arrived(name: &str, id: Guid, address: &str) -> Record {
    let fields = vec![
        ("Parameter0", Value::text(name)),
        ("Parameter1", upper(id)),
        ("Parameter2", Value::text(address)),
    ];
    vmms(20418, fields)
}
