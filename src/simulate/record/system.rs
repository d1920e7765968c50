//! What every System log holds besides: services that start and stop, the daily up-time.

use super::{classic, manifest};
use crate::fact::Instant;
use crate::simulate::log::{Record, Value};
use crate::simulate::write::evtx::filetime;

/// Service Control Manager 7036: a service is `running` or `stopped`.
pub(in crate::simulate) fn service(name: &str, state: &str) -> Record {
    let guid = "555908d1-a6d7-4695-8e1e-26931d2012f4";
    let fields = vec![("param1", Value::text(name)), ("param2", Value::text(state))];
    let mut record = manifest("Service Control Manager", guid, "System", 7036, 4, fields);
    record.qualifiers = Some(0x4000);
    record.keywords = 0x8080_0000_0000_0000;
    record.user = &[];
    record
}

/// EventLog 6013: seconds since boot, and the zone (`bias` minutes west of UTC).
pub(in crate::simulate) fn uptime(seconds: i64, bias: i32, zone: &str) -> Record {
    let texts = ["", "", "", "", &seconds.to_string(), "60", &format!("{bias} {zone}")].map(Value::text);
    // Information, although the severity bits of the full id say warning.
    Record { level: 4, ..classic("EventLog", 0x8000_177d, texts.to_vec()) }
}

/// EventLog 6005: the log service is up; 6006: it was stopped.
pub(in crate::simulate) fn log_service(id: u32) -> Record {
    Record { level: 4, ..classic("EventLog", 0x8000_0000 | id, vec![]) }
}

/// EventLog 6008, at a start: the system had gone down unexpectedly. Time and date stand first, as the node shows them.
pub(in crate::simulate) fn went_down(time: &str, date: &str) -> Record {
    let texts = [time, date].map(Value::text);
    // An error.
    Record { level: 2, ..classic("EventLog", 0x8000_1778, texts.to_vec()) }
}

const KERNEL_GENERAL: &str = "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d";

/// Kernel-General 1: the clock was set. The fields of version 1.
pub(in crate::simulate) fn clock_set(new: Instant, old: Instant) -> Record {
    let fields = vec![
        ("NewTime", Value::FileTime(filetime(new))),
        ("OldTime", Value::FileTime(filetime(old))),
        ("Reason", Value::U32(1)),
    ];
    let record = manifest("Microsoft-Windows-Kernel-General", KERNEL_GENERAL, "System", 1, 4, fields);
    Record { version: 1, ..record }
}

/// Kernel-General 12: the system started at `at`.
pub(in crate::simulate) fn started(at: Instant, build: u32) -> Record {
    let (major, minor) = match build {
        7601 => (6, 1),
        9200 => (6, 2),
        9600 => (6, 3),
        _ => (10, 0),
    };
    let fields = vec![
        ("MajorVersion", Value::U32(major)),
        ("MinorVersion", Value::U32(minor)),
        ("BuildVersion", Value::U32(build)),
        ("QfeVersion", Value::U32(0)),
        ("ServiceVersion", Value::U32(0)),
        ("BootMode", Value::U32(0)),
        ("StartTime", Value::FileTime(filetime(at))),
    ];
    manifest("Microsoft-Windows-Kernel-General", KERNEL_GENERAL, "System", 12, 4, fields)
}

/// Kernel-General 13: the system was shut down.
pub(in crate::simulate) fn stopped(at: Instant) -> Record {
    let fields = vec![("StopTime", Value::FileTime(filetime(at)))];
    manifest("Microsoft-Windows-Kernel-General", KERNEL_GENERAL, "System", 13, 4, fields)
}

/// FilterManager 6: a filter driver was loaded; 1: unloaded.
pub(in crate::simulate) fn filter(id: u16, name: &str, at: Instant) -> Record {
    let fields = vec![
        ("FinalStatus", Value::Hex32(0)),
        ("DeviceVersionMajor", Value::U32(6)),
        ("DeviceVersionMinor", Value::U32(1)),
        ("DeviceNameLength", Value::U16(name.len() as u16)),
        ("DeviceName", Value::text(name)),
        ("DeviceTime", Value::FileTime(filetime(at))),
    ];
    let guid = "f3c5e28e-63f6-49c7-a204-e48a1bc4b09d";
    manifest("Microsoft-Windows-FilterManager", guid, "System", id, 4, fields)
}
