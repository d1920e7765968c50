//! Microsoft-Windows-Hyper-V-VMMS: VMs created, registered and migrated, as their host's management service
//! saw it.
//!
//! State events name `VmName` and `VmId`; migration events use `Parameter0` and so on in the same order.
//! 21024 is a *failed* migration; success is 20415 to 20417 at the source and 20418, 20419 at the destination.
//! Positions as in the message tables of 2012 R2 and Windows 10 1703.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, VmClaim, VmRef, VmState};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-Hyper-V-VMMS"],
    guid: "6066f867-7ca1-4418-85fd-36e3f9c0600c",
    rows: &[ROWS],
    known: super::known::VMMS,
};

const NAME: (&str, &str) = ("VmName", "vm1");
const ID: (&str, &str) = ("VmId", "5D9E9825-1973-4B27-9AF1-BA77940A4066");
const TARGET: (&str, &str) = ("DestinationHost", "N2.example.org");
const BLACKOUT: (&str, &str) = ("Blackout", "0.5");
const ADDRESS: (&str, &str) = ("SourceAddress", "10.0.0.1");
const PATH: (&str, &str) = ("Path", r"C:\ClusterStorage\Volume1\vm1");

const ROWS: &[Row] = &[
    row(
        13002,
        "created",
        &[NAME, ID],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Created)",
        |f| one(f, VmClaim::Created),
    ),
    row(
        13003,
        "deleted",
        &[NAME, ID],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Deleted)",
        |f| one(f, VmClaim::Deleted),
    ),
    row(
        18302,
        "imported",
        &[NAME, ID],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Registered)",
        |f| one(f, VmClaim::Registered),
    ),
    row(
        18303,
        "exported",
        &[NAME, ID],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Named)",
        |f| one(f, VmClaim::Named),
    ),
    row(
        18304,
        "realized",
        &[NAME, ID],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Registered)",
        |f| one(f, VmClaim::Registered),
    ),
    row(
        20413,
        "live_started",
        &[NAME, ID, TARGET],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationStarted { to: 'N2', live: true })",
        |f| started(f, true),
    ),
    row(
        20414,
        "quick_started",
        &[NAME, ID, TARGET],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationStarted { to: 'N2', live: false })",
        |f| started(f, false),
    ),
    row(
        20415,
        "live_left",
        &[NAME, ID, BLACKOUT],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationLeft { live: true, blackout: '0.5' })",
        |f| left(f, true),
    ),
    row(
        20416,
        "quick_left",
        &[NAME, ID],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationLeft { live: false })",
        |f| left(f, false),
    ),
    row(
        20417,
        "live_left_slowly",
        &[NAME, ID, BLACKOUT],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationLeft { live: true, blackout: '0.5' })",
        |f| left(f, true),
    ),
    row(
        20418,
        "live_arrived",
        &[NAME, ID, ADDRESS],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationArrived { live: true, from: '10.0.0.1' })",
        |f| arrived(f, true),
    ),
    row(
        20419,
        "quick_arrived",
        &[NAME, ID, ADDRESS],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationArrived { live: false, from: '10.0.0.1' })",
        |f| arrived(f, false),
    ),
    row(
        21024,
        "failed_at_source",
        &[NAME, ID, ("Host", "N1")],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationFailed { at_source: true })",
        |f| one(f, VmClaim::MigrationFailed { at_source: true }),
    ),
    row(
        21026,
        "failed_at_destination",
        &[NAME, ID, ("Host", "N2")],
        "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, MigrationFailed { at_source: false })",
        |f| one(f, VmClaim::MigrationFailed { at_source: false }),
    ),
    row(
        16050,
        "space_low",
        &[NAME, ID, PATH],
        r"Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, StorageTrouble { event: 16050, path: 'C:\ClusterStorage\Volume1\vm1' })",
        |f| one(f, VmClaim::StorageTrouble { event: 16050, path: f.filled("Path")? }),
    ),
    row(
        16060,
        "paused_no_space",
        &[NAME, ID, PATH],
        r"Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, StorageTrouble { event: 16060, path: 'C:\ClusterStorage\Volume1\vm1' }); Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, Became(PausedCritical))",
        |f| {
            let mut claims = one(f, VmClaim::StorageTrouble { event: 16060, path: f.filled("Path")? })?;
            claims.extend(one(f, VmClaim::Became(VmState::PausedCritical))?);
            Some(claims)
        },
    ),
];

/// The VM by name and id; a worker's record also tells the id by its user.
pub(super) fn vm(f: &Fields<'_>) -> Option<VmRef> {
    let id = f.guid("VmId").or_else(|| f.event().user.and_then(VmRef::id_from_sid));
    let vm = VmRef::new(&f.text("VmName").unwrap_or_default(), id);
    (vm != VmRef::default()).then_some(vm)
}

fn one(f: &Fields<'_>, claim: VmClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Vm(vm(f)?, claim)])
}

fn started(f: &Fields<'_>, live: bool) -> Option<Vec<Claim>> {
    one(f, VmClaim::MigrationStarted { to: f.node("DestinationHost"), live })
}

fn left(f: &Fields<'_>, live: bool) -> Option<Vec<Claim>> {
    one(f, VmClaim::MigrationLeft { live, blackout: f.filled("Blackout") })
}

fn arrived(f: &Fields<'_>, live: bool) -> Option<Vec<Claim>> {
    one(f, VmClaim::MigrationArrived { live, from: f.filled("SourceAddress") })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::PROVIDER;

    #[test]
    fn layouts() {
        let check = |id, fields, expect| check(&PROVIDER, id, None, fields, expect);
        check(
            20415,
            &[
                ("Parameter0", "vm1"),
                ("Parameter1", "{5D9E9825-1973-4B27-9AF1-BA77940A4066}"),
                ("Parameter2", "0.5"),
            ],
            "Vm(VmRef { id: 5d9e9825-1973-4b27-9af1-ba77940a4066, name: 'vm1' }, \
             MigrationLeft { live: true, blackout: '0.5' })",
        );
        check(13002, &[("VmName", ""), ("VmId", "x")], "Malformed");
        check(14094, &[], "Silent");
    }
}
