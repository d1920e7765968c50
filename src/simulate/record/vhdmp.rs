//! The virtual disk driver: a VM opens its disk file.
//!
//! Layout: the manifests of Windows 10 (18990) and Windows 11. That of Windows Server 2019 lacks the event, so that it is
//! only expected on Windows Server 2022 and later, and written for those alone.

use super::manifest;
use crate::fact::Guid;
use crate::simulate::log::{Record, Value};

/// 12: a handle to a virtual disk was created for a VM.
pub(in crate::simulate) fn opened(file: &str, vm: Guid, handle: u64) -> Record {
    const VHDX: u32 = 2;
    let fields = vec![
        ("Status", Value::U32(0)),
        ("VhdFile", Value::text(file)),
        ("VmId", Value::Guid(vm)),
        ("VhdType", Value::U32(VHDX)),
        ("Version", Value::U32(2)),
        ("Flags", Value::U32(0)),
        ("AccessMask", Value::U32(0x000d_0000)),
        ("WriteDepth", Value::U32(0)),
        ("GetInfoOnly", Value::Bool(false)),
        ("ReadOnly", Value::Bool(false)),
        ("HandleContext", Value::Hex64(0xffff_c10a_0000_0000 | handle)),
        ("VirtualDisk", Value::Hex64(0xffff_c10b_0000_0000 | handle)),
        ("FileObject", Value::Hex64(0xffff_c10c_0000_0000 | handle)),
    ];
    let guid = "e2816346-87f4-4f85-95c3-0c79409aa89d";
    let mut record =
        manifest("Microsoft-Windows-VHDMP", guid, "Microsoft-Windows-VHDMP-Operational", 12, 4, fields);
    (record.task, record.opcode) = (1201, 2);
    record
}
