//! Resources and the disks below them: states, failures, moves between groups, reservations.
//!
//! A CSV's coordinator is the node where its Physical Disk resource is online. 1665 to 1671 and 1813 to 1815
//! come from the node that does the work; 1637 may be logged by others too.

use crate::fact::{
    Claim, DiskClaim, DiskRef, GroupRef, Name, NodeClaim, NodeRef, NtStatus, ResourceClaim, ResourceRef,
    ResourceState,
};
use crate::source::event::row::{Fields, MANY, Row, row};

const RESOURCE: (&str, &str) = ("ResourceName", "Cluster Disk 1");
const ROLE: (&str, &str) = ("RoleName", "sql1");
const TYPE: (&str, &str) = ("ResourceType", "Physical Disk");
const DEVICE: &[(&str, &str)] = &[
    RESOURCE,
    ("DeviceNumber", "4"),
    ("DeviceGuid", "{7d3c1f00-0000-4000-8000-000000000003}"),
    ("ErrorCode", "1117"),
    ("Reason", "ReadFile"),
];
const TIMED: &[(&str, &str)] =
    &[RESOURCE, ("OperationTimes", "Mount 12"), ("TotalMs", "640"), ("Status", "0")];

pub(super) const ROWS: &[Row] = &[
    row(
        1034,
        "disk_not_found",
        &[RESOURCE, ("DiskSignature", "9A2B3C4D")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1034 })",
        |f| failed(f, None),
    ),
    row(
        1035,
        "mount_failed",
        &[RESOURCE, ("ErrorCode", "2")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1035, status: NtStatus { code: 2, text: '2' } })",
        |f| failed(f, f.status("ErrorCode")),
    ),
    row(
        1038,
        "reservation_lost",
        &[RESOURCE],
        "Disk(DiskRef { resource: 'Cluster Disk 1' }, ReservationLost)",
        |f| on_disk(f, DiskClaim::ReservationLost),
    ),
    row(
        5264,
        "disconnected",
        &[RESOURCE],
        "Disk(DiskRef { resource: 'Cluster Disk 1' }, Disconnected { event: 5264 })",
        |f| on_disk(f, DiskClaim::Disconnected { event: 5264 }),
    ),
    // Five messages share 1069: two to five fields, the code last.
    Row {
        id: 1069,
        name: "resource_failed",
        count: 2..=MANY,
        versions: None,
        fields: &[RESOURCE, ROLE, TYPE, ("ErrorText", "The device is not ready."), ("ErrorCode", "21")],
        expect: "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1069, status: NtStatus { code: 21, text: '21' } }); Resource(ResourceRef { name: 'Cluster Disk 1' }, InGroup(GroupRef { name: 'sql1' })); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        claims: resource_failed,
    },
    Row {
        id: 1635,
        name: "resource_failed_once",
        count: 2..=MANY,
        versions: None,
        fields: &[RESOURCE, ROLE, TYPE],
        expect: "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1635 }); Resource(ResourceRef { name: 'Cluster Disk 1' }, InGroup(GroupRef { name: 'sql1' })); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        claims: resource_failed,
    },
    row(
        1230,
        "resource_deadlock",
        &[RESOURCE, TYPE, ("ResourceDll", "clusres.dll")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1230 }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk')); Node(NodeRef { }, ResourceHostFailed)",
        |f| {
            let mut claims = failed(f, None)?;
            claims.push(kind(f)?);
            claims.push(Claim::Node(NodeRef::REPORTER, NodeClaim::ResourceHostFailed));
            Some(claims)
        },
    ),
    row(
        1237,
        "resource_maintenance_on",
        &[RESOURCE, ("Status", "0")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Maintenance { on: true })",
        |f| on_resource(f, ResourceClaim::Maintenance { on: true }),
    ),
    row(
        1238,
        "resource_maintenance_off",
        &[RESOURCE, ("Status", "0")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Maintenance { on: false })",
        |f| on_resource(f, ResourceClaim::Maintenance { on: false }),
    ),
    row(
        1252,
        "move_rejected",
        &[RESOURCE, ROLE, ("TargetNode", "N2"), ("ErrorCode", "5016")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, MoveRejected { event: 1252 })",
        |f| on_resource(f, ResourceClaim::MoveRejected { event: 1252 }),
    ),
    row(
        1253,
        "move_vetoed",
        &[RESOURCE, ROLE, ("AppErrorCode", "5016")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, MoveRejected { event: 1253 })",
        |f| on_resource(f, ResourceClaim::MoveRejected { event: 1253 }),
    ),
    row(
        1637,
        "resource_state",
        &[RESOURCE, ROLE, ("OldState", "OnlinePending"), ("NewState", "Online")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { from: ComingOnline('OnlinePending'), to: Online, here: false }); Resource(ResourceRef { name: 'Cluster Disk 1' }, InGroup(GroupRef { name: 'sql1' }))",
        |f| {
            let claim = ResourceClaim::State {
                from: f.filled("OldState").map(|t| ResourceState::parse(&t)),
                to: ResourceState::parse(&f.filled("NewState")?),
                here: false,
            };
            let mut claims = on_resource(f, claim)?;
            claims.extend(in_group(f)?);
            Some(claims)
        },
    ),
    row(
        1638,
        "failed_too_often",
        &[RESOURCE, ROLE],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1638 })",
        |f| failed(f, None),
    ),
    row(
        1665,
        "online_started",
        &[RESOURCE],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: ComingOnline('OnlinePending'), here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| physical(f, ResourceState::parse("OnlinePending")),
    ),
    row(
        1666,
        "online_completed",
        &[RESOURCE, ("Status", "0")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: Online, here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| ended(f, ResourceState::Online),
    ),
    row(
        1667,
        "offline_started",
        &[RESOURCE],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: GoingOffline('OfflinePending'), here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| physical(f, ResourceState::parse("OfflinePending")),
    ),
    row(
        1668,
        "offline_completed",
        &[RESOURCE, ("Status", "0")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: Offline, here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| ended(f, ResourceState::Offline),
    ),
    row(
        1669,
        "online_slow",
        &[RESOURCE],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: ComingOnline('OnlinePending'), here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| physical(f, ResourceState::parse("OnlinePending")),
    ),
    row(
        1670,
        "online_in_time",
        &[RESOURCE, ("Second", ""), ("Seconds", "3")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: Online, here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| physical(f, ResourceState::Online),
    ),
    row(
        1671,
        "online_failed",
        &[RESOURCE, ("ErrorCode", "5038"), ("Seconds", "180")],
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1671, status: NtStatus { code: 5038, text: '5038' } })",
        |f| failed(f, f.status("ErrorCode")),
    ),
    // The other message with this id names an isolated node, in one field.
    Row {
        id: 1673,
        name: "moved_group",
        count: 5..=MANY,
        versions: None,
        fields: &[
            RESOURCE,
            ("FromGroup", "Available Storage"),
            ("FromNode", "N1"),
            ("ToGroup", "sql1"),
            ("ToNode", "N2"),
        ],
        expect: "Resource(ResourceRef { name: 'Cluster Disk 1' }, MovedGroup { from: GroupRef { name: 'Available Storage' }, from_node: 'N1', to: GroupRef { name: 'sql1' }, to_node: 'N2' })",
        claims: |f| {
            let claim = ResourceClaim::MovedGroup {
                from: GroupRef::named(&f.filled("FromGroup")?),
                from_node: f.node("FromNode")?,
                to: GroupRef::named(&f.filled("ToGroup")?),
                to_node: f.node("ToNode")?,
            };
            on_resource(f, claim)
        },
    },
    row(
        1792,
        "health_check_failed",
        DEVICE,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1792, status: NtStatus { code: 1117, text: '1117' } }); Disk(DiskRef { resource: 'Cluster Disk 1', number: 4, id: 7d3c1f00-0000-4000-8000-000000000003 }, Named)",
        device_failed,
    ),
    row(
        1793,
        "disk_online_failed",
        DEVICE,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1793, status: NtStatus { code: 1117, text: '1117' } }); Disk(DiskRef { resource: 'Cluster Disk 1', number: 4, id: 7d3c1f00-0000-4000-8000-000000000003 }, Named)",
        device_failed,
    ),
    row(
        1794,
        "disk_offline_failed",
        DEVICE,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1794, status: NtStatus { code: 1117, text: '1117' } }); Disk(DiskRef { resource: 'Cluster Disk 1', number: 4, id: 7d3c1f00-0000-4000-8000-000000000003 }, Named)",
        device_failed,
    ),
    row(
        1795,
        "disk_terminate_failed",
        DEVICE,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, Failed { event: 1795, status: NtStatus { code: 1117, text: '1117' } }); Disk(DiskRef { resource: 'Cluster Disk 1', number: 4, id: 7d3c1f00-0000-4000-8000-000000000003 }, Named)",
        device_failed,
    ),
    row(
        1813,
        "online_timed",
        TIMED,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: Online, here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| ended(f, ResourceState::Online),
    ),
    row(
        1814,
        "offline_timed",
        TIMED,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: Offline, here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| ended(f, ResourceState::Offline),
    ),
    row(
        1815,
        "terminate_timed",
        TIMED,
        "Resource(ResourceRef { name: 'Cluster Disk 1' }, State { to: Other('Terminated'), here: true }); Resource(ResourceRef { name: 'Cluster Disk 1' }, Kind('Physical Disk'))",
        |f| ended(f, ResourceState::Other("Terminated".to_owned())),
    ),
];

fn resource(f: &Fields<'_>) -> Option<ResourceRef> {
    f.filled("ResourceName").map(|name| ResourceRef::named(&name))
}

fn on_resource(f: &Fields<'_>, claim: ResourceClaim) -> Option<Vec<Claim>> {
    Some(vec![Claim::Resource(resource(f)?, claim)])
}

fn on_disk(f: &Fields<'_>, claim: DiskClaim) -> Option<Vec<Claim>> {
    let disk = DiskRef { resource: Some(f.name("ResourceName")?), ..DiskRef::default() };
    Some(vec![Claim::Disk(disk, claim)])
}

fn kind(f: &Fields<'_>) -> Option<Claim> {
    Some(Claim::Resource(resource(f)?, ResourceClaim::Kind(f.name("ResourceType")?)))
}

fn in_group(f: &Fields<'_>) -> Option<Option<Claim>> {
    let resource = resource(f)?;
    let group = f.filled("RoleName").map(|name| GroupRef::named(&name));
    Some(group.map(|group| Claim::Resource(resource, ResourceClaim::InGroup(group))))
}

fn failed(f: &Fields<'_>, status: Option<NtStatus>) -> Option<Vec<Claim>> {
    let event = u16::try_from(f.event().id).ok()?;
    on_resource(f, ResourceClaim::Failed { event, status })
}

fn resource_failed(f: &Fields<'_>) -> Option<Vec<Claim>> {
    // The code is the fifth field, or the fourth where there are four.
    let code = |field| f.status(field).filter(|status| status.code.is_some());
    let mut claims = failed(f, code("ErrorCode").or_else(|| code("ErrorText")))?;
    claims.extend(in_group(f)?);
    claims.extend(kind(f));
    Some(claims)
}

fn device_failed(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let mut claims = failed(f, f.status("ErrorCode"))?;
    let disk = DiskRef {
        resource: f.name("ResourceName"),
        number: f.number("DeviceNumber").and_then(|n| u32::try_from(n).ok()),
        id: f.guid("DeviceGuid"),
        ..DiskRef::default()
    };
    if disk.number.is_some() || disk.id.is_some() {
        claims.push(Claim::Disk(disk, DiskClaim::Named));
    }
    Some(claims)
}

/// A step of a Physical Disk resource on the reporter.
fn physical(f: &Fields<'_>, to: ResourceState) -> Option<Vec<Claim>> {
    let mut claims = on_resource(f, ResourceClaim::State { from: None, to, here: true })?;
    claims.push(Claim::Resource(resource(f)?, ResourceClaim::Kind(Name::new("Physical Disk"))));
    Some(claims)
}

/// An operation ended: with status 0 the state is reached. 997 is "pending" and says nothing yet; a status
/// that is no number says nothing either.
fn ended(f: &Fields<'_>, to: ResourceState) -> Option<Vec<Claim>> {
    let status = f.status("Status")?;
    match status.code {
        Some(0) => physical(f, to),
        None | Some(997) => Some(Vec::new()),
        Some(_) => failed(f, Some(status)),
    }
}
