//! Hyper-V: migrations and starts, as `UserData` with a `VmlEventLog` (facts/events.md C).

use super::manifest;
use crate::fact::Guid;
use crate::simulate::log::{Body, Record, Value};

/// Channel of the management service.
pub(in crate::simulate) const VMMS_ADMIN: &str = "Microsoft-Windows-Hyper-V-VMMS-Admin";

/// Channel of the worker processes.
pub(in crate::simulate) const WORKER_ADMIN: &str = "Microsoft-Windows-Hyper-V-Worker-Admin";
/// Channel of the cluster's resource library for VMs.
pub(in crate::simulate) const HIGH_AVAILABILITY_ADMIN: &str =
    "Microsoft-Windows-Hyper-V-High-Availability-Admin";

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

/// 20414, on the source: an offline migration to `host` begins.
pub(in crate::simulate) fn quick_started(name: &str, id: Guid, host: &str) -> Record {
    Record { id: 20414, ..migration_started(name, id, host) }
}

/// 20416, on the source: the offline migration is done.
pub(in crate::simulate) fn quick_left(name: &str, id: Guid) -> Record {
    vmms(20416, vec![("Parameter0", Value::text(name)), ("Parameter1", upper(id))])
}

/// 20419, on the destination: the VM has come from `address`, offline.
pub(in crate::simulate) fn quick_arrived(name: &str, id: Guid, address: &str) -> Record {
    Record { id: 20419, ..migration_arrived(name, id, address) }
}

/// 21024, on the source: the migration failed there.
pub(in crate::simulate) fn migration_failed(name: &str, id: Guid, host: &str) -> Record {
    Record { id: 21024, level: 2, ..migration_started(name, id, host) }
}

/// A worker process on its VM: 18500 started, 18508 shut down by the guest, 18510 saved, 18596 restored,
/// 18530 migrated live.
pub(in crate::simulate) fn worker(id: u16, name: &str, vm: Guid) -> Record {
    let guid = "51ddfa29-d5c8-4803-be4b-2ecb715570fe";
    let fields = vec![("VmName", Value::text(name)), ("VmId", upper(vm))];
    let record = manifest("Microsoft-Windows-Hyper-V-Worker", guid, WORKER_ADMIN, id, 4, fields);
    Record { body: VML, ..record }
}

/// The resource library: 21119 started the VM, 21111 a live migration failed.
pub(in crate::simulate) fn high_availability(id: u16, resource: &str) -> Record {
    let guid = "64e92abc-910c-4770-bd9c-c3c54699b8f9";
    let level = if id == 21111 { 2 } else { 4 };
    let fields = vec![("Parameter0", Value::text(resource))];
    let name = "Microsoft-Windows-Hyper-V-High-Availability";
    let record = manifest(name, guid, HIGH_AVAILABILITY_ADMIN, id, level, fields);
    Record { body: VML, ..record }
}
