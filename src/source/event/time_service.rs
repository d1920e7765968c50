//! Microsoft-Windows-Time-Service: the clock set by the time service (Operational 261). 52 prints an offset
//! without the times, and Kernel-General 1 tells the same step with them. Layout from real records.

use super::kernel::stepped;
use super::row::{Provider, Row, row};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-Time-Service"],
    guid: "06edcfeb-0fd0-4e53-acca-a6f8bbf81bcb",
    rows: &[ROWS],
    known: super::known::TIME_SERVICE,
};

const ROWS: &[Row] = &[row(
    261,
    "set",
    &[
        ("NewTime", "2023-10-18T02:44:53.514Z"),
        ("OldTime", "2023-10-18T02:44:57.185Z"),
        ("TickCount", "32031"),
    ],
    "Clock(Stepped { old: Utc(1697597097185000000), new: Utc(1697597093514000000) })",
    stepped,
)];
