//! What every System log holds besides: services that start and stop, the daily up-time.

use super::{classic, manifest};
use crate::simulate::log::{Record, Value};

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
