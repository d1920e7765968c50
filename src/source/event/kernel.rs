//! Microsoft-Windows-Kernel-General and Microsoft-Windows-Kernel-Power: boots, shutdowns, and the clock.
//!
//! Event 1 is written at every setting of the clock, also at the tiny ones of ordinary discipline; a step is
//! what moves it by more than [`SLEW`]. The layouts 0 to 4 share `NewTime` and `OldTime`. Typed layouts of
//! Windows 10 and 11; 1, 12, 13, 22 and 24 in real records.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, ClockClaim, NodeClaim, NodeRef, Stamp};

/// The tables of Kernel-General.
pub(super) const GENERAL: Provider = Provider {
    names: &["Microsoft-Windows-Kernel-General"],
    guid: "a68ca8b7-004f-d7b6-a698-07e2de0f1f5d",
    rows: &[GENERAL_ROWS],
    known: super::known::KERNEL_GENERAL,
};

/// The tables of Kernel-Power: 41 alone ("rebooted without cleanly shutting down first", Microsoft Learn).
pub(super) const POWER: Provider = Provider {
    names: &["Microsoft-Windows-Kernel-Power"],
    guid: "331c3b3a-2005-44c2-ac5e-77220c37d6b4",
    rows: &[&[row(41, "rebooted_uncleanly", &[], "Node(NodeRef { }, ShutDown { orderly: false })", |_| {
        node(NodeClaim::ShutDown { orderly: false })
    })]],
    known: super::known::KERNEL_POWER,
};

/// Nanoseconds by which a clock may be moved without its times becoming discontinuous for us: real records
/// show up to 15 ms for ordinary discipline and seconds for steps.
const SLEW: i64 = 100_000_000;

const GENERAL_ROWS: &[Row] = &[
    row(
        1,
        "clock_set",
        &[("NewTime", "2023-10-18T02:44:40.5970000Z"), ("OldTime", "2023-10-18T05:44:40.5972644Z")],
        "Clock(Stepped { old: Utc(1697607880597264400), new: Utc(1697597080597000000) })",
        stepped,
    ),
    row(
        12,
        "booted",
        &[
            ("MajorVersion", "10"),
            ("MinorVersion", "0"),
            ("BuildVersion", "20348"),
            ("QfeVersion", "1"),
            ("ServiceVersion", "0"),
            ("BootMode", "0"),
            ("StartTime", "2023-10-18T02:44:40.5Z"),
        ],
        "Node(NodeRef { }, Booted); Node(NodeRef { }, OsBuild(20348))",
        |f| {
            let build = f.number("BuildVersion").and_then(|n| u32::try_from(n).ok())?;
            let mut claims = node(NodeClaim::Booted)?;
            claims.extend(node(NodeClaim::OsBuild(build))?);
            Some(claims)
        },
    ),
    row(
        13,
        "shut_down",
        &[("StopTime", "2023-10-18T02:44:40.5Z")],
        "Node(NodeRef { }, ShutDown { orderly: true })",
        |_| node(NodeClaim::ShutDown { orderly: true }),
    ),
    row(22, "bias_changed", &[("NewBias", "240"), ("OldBias", "420")], "Clock(Bias { minutes: 240 })", |f| {
        bias(f, "NewBias")
    }),
    row(
        24,
        "zone_refreshed",
        &[("ExitReason", "0"), ("CurrentBias", "-120")],
        "Clock(Bias { minutes: -120 })",
        |f| bias(f, "CurrentBias"),
    ),
];

fn node(claim: NodeClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Node(NodeRef::REPORTER, claim)])
}

/// A clock step, where old and new time differ by more than a slew.
pub(super) fn stepped(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let (old, new) = (f.time("OldTime")?, f.time("NewTime")?);
    let (Stamp::Utc(before), Stamp::Utc(after)) = (old, new) else { return None };
    let step = after.saturating_sub(before).saturating_abs() > SLEW;
    Some(if step { vec![Claim::Clock(ClockClaim::Stepped { old, new })] } else { Vec::new() })
}

/// Minutes from local time to UTC, daylight saving included. Every zone in use is a multiple of a quarter of
/// an hour within fifteen hours; anything else is damage.
fn bias(f: &Fields<'_>, name: &str) -> Option<Vec<Claim>> {
    let minutes = i32::try_from(f.number(name)?).ok()?;
    let plausible = minutes.abs() <= 15 * 60 && minutes % 15 == 0;
    plausible.then(|| vec![Claim::Clock(ClockClaim::Bias { minutes })])
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::GENERAL;

    #[test]
    fn slews_and_damage() {
        let set = |old: &str, new: &str, expect| {
            check(
                &GENERAL,
                1,
                Some(4),
                &[("NewTime", new), ("OldTime", old), ("TimeDeltaInMs", "0")],
                expect,
            );
        };
        set("2023-10-18T02:44:40.1Z", "2023-10-18T02:44:40.115Z", "Silent");
        set("1601-01-01T00:00:00Z", "2023-10-18T02:44:40Z", "Malformed");
        set("?", "2023-10-18T02:44:40Z", "Malformed");
        check(&GENERAL, 22, None, &[("", "7"), ("", "0")], "Malformed");
    }
}
