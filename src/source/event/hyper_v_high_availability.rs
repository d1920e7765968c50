//! Microsoft-Windows-Hyper-V-High-Availability: the resource DLL that runs a VM for the cluster: configuration
//! registered, VM started, live migration begun and ended, by cluster resource name.
//!
//! Positions as in the message tables of 2012 R2 and 2019. Its GUID is not established, so the name decides.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, VmClaim, VmRef, VmState};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-Hyper-V-High-Availability"],
    guid: "",
    rows: &[ROWS],
    known: super::known::HIGH_AVAILABILITY,
};

const VM: (&str, &str) = ("ResourceName", "Virtual Machine vm1");
const CONFIGURATION: (&str, &str) = ("ResourceName", "Virtual Machine Configuration vm1");
const TARGET: (&str, &str) = ("DestinationNode", "N2");
const VM_ID: (&str, &str) = ("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066");
const SECONDS: (&str, &str) = ("Seconds", "12");

const ROWS: &[Row] = &[
    row(
        21111,
        "live_failed",
        &[VM],
        "Vm(VmRef { name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationFailed { at_source: true })",
        failed,
    ),
    row(
        21145,
        "live_failed_switch",
        &[VM, TARGET],
        "Vm(VmRef { name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationFailed { at_source: true })",
        failed,
    ),
    row(
        21158,
        "live_failed_hard_dependency",
        &[VM],
        "Vm(VmRef { name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationFailed { at_source: true })",
        failed,
    ),
    row(
        21159,
        "live_failed_no_switch",
        &[VM, TARGET],
        "Vm(VmRef { name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationFailed { at_source: true })",
        failed,
    ),
    row(
        21119,
        "started",
        &[VM],
        "Vm(VmRef { name: 'vm1', resource: 'Virtual Machine vm1' }, Became(Running))",
        |f| one(f, VmClaim::Became(VmState::Running)),
    ),
    row(
        21120,
        "registered",
        &[CONFIGURATION],
        "Vm(VmRef { name: 'vm1', resource: 'Virtual Machine Configuration vm1' }, Registered)",
        |f| one(f, VmClaim::Registered),
    ),
    row(
        21300,
        "source_started",
        &[VM_ID, VM],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationStarted { live: true })",
        |f| one(f, VmClaim::MigrationStarted { to: None, live: true }),
    ),
    row(
        21301,
        "source_completed",
        &[VM_ID, SECONDS, VM],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationLeft { live: true })",
        |f| one(f, VmClaim::MigrationLeft { live: true, blackout: None }),
    ),
    row(
        21306,
        "target_started",
        &[VM_ID, VM],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1', resource: 'Virtual Machine vm1' }, Named)",
        |f| one(f, VmClaim::Named),
    ),
    row(
        21307,
        "target_completed",
        &[VM_ID, SECONDS, VM],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1', resource: 'Virtual Machine vm1' }, MigrationArrived { live: true })",
        |f| one(f, VmClaim::MigrationArrived { live: true, from: None }),
    ),
];

fn one(f: &Fields<'_>, claim: VmClaim) -> Option<Vec<Claim>> {
    let vm = VmRef { id: f.guid("VmId"), ..VmRef::from_resource(&f.filled("ResourceName")?) };
    Some(vec![Claim::Vm(vm, claim)])
}

fn failed(f: &Fields<'_>) -> Option<Vec<Claim>> {
    one(f, VmClaim::MigrationFailed { at_source: true })
}
