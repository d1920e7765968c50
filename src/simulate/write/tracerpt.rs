//! What both texts of `tracerpt` have in common: how values and opcodes print.
//!
//! Forms: public parsers of real output (facts: etl-format 6.1 and 6.2). How a Boolean prints is known from event logs
//! only.

use crate::fact::Guid;
use crate::simulate::log::Value;

/// Class of the trace's own first event.
pub(super) const EVENT_TRACE: &str = "68fdd900-4a3e-11d1-84f4-0000f80464e3";

/// No activity.
pub(super) const NONE: Guid = Guid([0; 16]);

/// A value that is not text.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Hex32(number) => format!("0x{number:X}"),
        Value::Hex64(number) => format!("0x{number:X}"),
        Value::I32(number) => number.to_string(),
        Value::FileTime(ticks) => ticks.to_string(),
        Value::Binary(bytes) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
        Value::Sid { authority, parts } => {
            let parts: String = parts.iter().map(|part| format!("-{part}")).collect();
            format!("S-1-{authority}{parts}")
        }
        other => other.inserted(),
    }
}

/// Names of the predefined opcodes.
pub(super) fn opcode(number: u8) -> &'static str {
    match number {
        1 => "Start",
        2 => "Stop",
        3 => "DCStart",
        4 => "DCStop",
        5 => "Extension",
        6 => "Reply",
        7 => "Resume",
        8 => "Suspend",
        9 => "Send",
        240 => "Receive",
        _ => "Info",
    }
}
