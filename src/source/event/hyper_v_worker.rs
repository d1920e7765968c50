//! Microsoft-Windows-Hyper-V-Worker: what one VM's worker process logged on the host where it ran: started,
//! stopped, paused, restored *here*.
//!
//! Positions as in the message tables of 2012 R2 and Windows 10 1703. Not claimed: on which side of a live
//! migration 18530 is written (not published). The ids of its analytic channel collide with the High
//! Availability provider's.

use super::hyper_v_vmms::vm;
use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, StopKind, VmClaim, VmState};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-Hyper-V-Worker"],
    guid: "51ddfa29-d5c8-4803-be4b-2ecb715570fe",
    rows: &[ROWS],
    known: super::known::WORKER,
};

const VM: &[(&str, &str)] = &[("VmName", "vm1"), ("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066")];
const ANALYTIC: &[(&str, &str)] = &[("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066"), ("VmName", "vm1")];
const ANALYTIC_END: &[(&str, &str)] =
    &[("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066"), ("Seconds", "12"), ("VmName", "vm1")];

const ROWS: &[Row] = &[
    row(
        12350,
        "cannot_open",
        &[
            ("VmName", "vm1"),
            ("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066"),
            ("Path", r"C:\ClusterStorage\Volume1\vm1\disk0.vhdx"),
        ],
        r"Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, StorageTrouble { event: 12350, path: 'C:\ClusterStorage\Volume1\vm1\disk0.vhdx' })",
        |f| one(f, VmClaim::StorageTrouble { event: 12350, path: f.filled("Path")? }),
    ),
    row(
        18500,
        "started",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        18502,
        "turned_off",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Stopped(TurnedOff))",
        |f| stopped(f, StopKind::TurnedOff),
    ),
    row(
        18504,
        "shut_down_by_host",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Stopped(ShutDown))",
        |f| stopped(f, StopKind::ShutDown),
    ),
    row(
        18508,
        "shut_down_by_guest",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Stopped(ShutDown))",
        |f| stopped(f, StopKind::ShutDown),
    ),
    row(
        18510,
        "saved",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Saved))",
        |f| became(f, VmState::Saved),
    ),
    row(
        18512,
        "reset",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        18514,
        "reset_by_guest",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        18516,
        "paused",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Paused))",
        |f| became(f, VmState::Paused),
    ),
    row(
        18518,
        "resumed",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        18524,
        "paused_critical",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(PausedCritical))",
        |f| became(f, VmState::PausedCritical),
    ),
    row(
        18526,
        "resumed_critical",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        18528,
        "turned_off_critical",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Stopped(CriticalError))",
        |f| stopped(f, StopKind::CriticalError),
    ),
    row(
        18530,
        "live_migrated",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Named)",
        |f| one(f, VmClaim::Named),
    ),
    row(
        18590,
        "guest_crashed",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Named)",
        |f| one(f, VmClaim::Named),
    ),
    row(
        18592,
        "fast_restored",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        18594,
        "fast_saved",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Saved))",
        |f| became(f, VmState::Saved),
    ),
    row(
        18596,
        "restored",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        running,
    ),
    row(
        21100,
        "live_failed",
        VM,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Named)",
        |f| one(f, VmClaim::Named),
    ),
    row(
        21300,
        "source_started",
        ANALYTIC,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationStarted { live: true })",
        |f| one(f, VmClaim::MigrationStarted { to: None, live: true }),
    ),
    row(
        21301,
        "source_completed",
        ANALYTIC_END,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationLeft { live: true })",
        |f| one(f, VmClaim::MigrationLeft { live: true, blackout: None }),
    ),
    row(
        21350,
        "target_started",
        ANALYTIC,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Named)",
        |f| one(f, VmClaim::Named),
    ),
    row(
        21351,
        "target_completed",
        ANALYTIC_END,
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationArrived { live: true })",
        |f| one(f, VmClaim::MigrationArrived { live: true, from: None }),
    ),
];

fn one(f: &Fields<'_>, claim: VmClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Vm(vm(f)?, claim)])
}

fn became(f: &Fields<'_>, state: VmState) -> Option<Vec<Claim>> {
    one(f, VmClaim::Became(state))
}

fn running(f: &Fields<'_>) -> Option<Vec<Claim>> {
    became(f, VmState::Running)
}

fn stopped(f: &Fields<'_>, kind: StopKind) -> Option<Vec<Claim>> {
    one(f, VmClaim::Stopped(kind))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_by;
    use super::PROVIDER;

    /// A worker's record names its VM by the user that it runs as, where the field is empty.
    #[test]
    fn the_user_is_the_vm() {
        let check = |user, expect: &str| {
            check_by(user, &PROVIDER, 18500, None, &[("VmName", "vm1"), ("VmId", "")], expect);
        };
        let sid = "S-1-5-83-1-1570674725-1260853619-2008740250-1715473044";
        check(
            Some(sid),
            "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(Running))",
        );
        check(Some("S-1-5-18"), "Vm(VmRef { name: 'vm1' }, Became(Running))");
    }
}
