//! Roles (groups): moves, failover, failback, states, refused moves; and drains.

use super::listed;
use crate::fact::{
    Claim, GroupClaim, GroupRef, GroupState, MoveKind, Name, NodeClaim, NodeRef, VmClaim, VmRef,
};
use crate::source::event::row::{Fields, Row, row};

const ROLE: (&str, &str) = ("RoleName", "sql1");
const FROM: (&str, &str) = ("FromNode", "N1");
const TO: (&str, &str) = ("ToNode", "N2");

pub(super) const ROWS: &[Row] = &[
    row(
        1153,
        "failover",
        &[ROLE, FROM, TO],
        "Group(GroupRef { name: 'sql1' }, Moving { from: 'N1', to: 'N2', kind: Failover })",
        |f| moving(f, MoveKind::Failover),
    ),
    row(
        1154,
        "failback",
        &[ROLE, FROM, TO],
        "Group(GroupRef { name: 'sql1' }, Moving { from: 'N1', to: 'N2', kind: Failback })",
        |f| moving(f, MoveKind::Failback),
    ),
    // Two messages share the id: "to" alone, and "from ... to". The number of fields tells them apart.
    Row {
        id: 1641,
        name: "moving_to",
        count: 2..=2,
        versions: None,
        fields: &[ROLE, TO],
        expect: "Group(GroupRef { name: 'sql1' }, Moving { to: 'N2', kind: Unsaid })",
        claims: |f| moving(f, MoveKind::Unsaid),
    },
    row(
        1641,
        "moving",
        &[ROLE, FROM, TO],
        "Group(GroupRef { name: 'sql1' }, Moving { from: 'N1', to: 'N2', kind: Unsaid })",
        |f| moving(f, MoveKind::Unsaid),
    ),
    row(
        1155,
        "move_incomplete",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, MoveFailed { event: 1155 })",
        |f| move_failed(f, 1155),
    ),
    row(
        1254,
        "failover_threshold",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, MoveFailed { event: 1254 })",
        |f| move_failed(f, 1254),
    ),
    row(
        1634,
        "failover_threshold_2008",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, MoveFailed { event: 1634 })",
        |f| move_failed(f, 1634),
    ),
    row(
        1205,
        "not_online_or_offline",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, MoveFailed { event: 1205 })",
        |f| move_failed(f, 1205),
    ),
    row(
        1137,
        "drain_move_failed",
        &[ROLE, ("ErrorCode", "5018")],
        "Group(GroupRef { name: 'sql1' }, MoveFailed { event: 1137 })",
        |f| move_failed(f, 1137),
    ),
    row(1677, "drain_failed", &[("NodeName", "N1")], "Node(NodeRef { name: 'N1' }, DrainFailed)", |f| {
        Some(vec![Claim::Node(NodeRef::named(&f.filled("NodeName")?), NodeClaim::DrainFailed)])
    }),
    // 1200 to 1204 are written by the node that hosts the role.
    row(
        1200,
        "going_online",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, State { to: Pending, here: true })",
        |f| state(f, GroupState::Pending),
    ),
    row(
        1201,
        "role_online",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, State { to: Online, here: true })",
        |f| state(f, GroupState::Online),
    ),
    row(
        1203,
        "going_offline",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, State { to: Pending, here: true })",
        |f| state(f, GroupState::Pending),
    ),
    row(
        1204,
        "role_offline",
        &[ROLE],
        "Group(GroupRef { name: 'sql1' }, State { to: Offline, here: true })",
        |f| state(f, GroupState::Offline),
    ),
    row(
        1674,
        "role_state",
        &[("GroupName", "sql1"), ("OldState", "Online"), ("NewState", "Offline")],
        "Group(GroupRef { name: 'sql1' }, State { from: Online, to: Offline, here: false })",
        |f| {
            let claim = GroupClaim::State {
                from: f.filled("OldState").map(|t| GroupState::parse(&t)),
                to: GroupState::parse(&f.filled("NewState")?),
                here: false,
            };
            Some(vec![Claim::Group(GroupRef::named(&f.filled("GroupName")?), claim)])
        },
    ),
    row(
        1808,
        "balanced",
        &[("CurrentNode", "N1"), ("VmList", "vm1,vm2"), ("NewNode", "N2")],
        "Group(GroupRef { name: 'vm1' }, Balanced { to: 'N2' }); Group(GroupRef { name: 'vm2' }, Balanced { to: 'N2' })",
        balanced,
    ),
    row(
        1681,
        "unmonitored",
        &[("NodeName", "N1"), ("VmList", "vm1,vm2")],
        "Vm(VmRef { name: 'vm1' }, Isolated { node: 'N1' }); Vm(VmRef { name: 'vm2' }, Isolated { node: 'N1' })",
        |f| isolated(f, "VmList"),
    ),
    // Two messages share the id: one VM failed over, or a node rejoined with a list of VMs.
    row(
        1682,
        "isolated_failed_over",
        &[("NodeName", "N1"), ("VmName", "vm1")],
        "Vm(VmRef { name: 'vm1' }, Isolated { node: 'N1' })",
        |f| isolated(f, "VmName"),
    ),
];

fn role(f: &Fields<'_>) -> Option<GroupRef> {
    f.filled("RoleName").map(|name| GroupRef::named(&name))
}

/// After a node went down the engine names the new owner as the previous one too: then the previous owner is
/// not known.
fn moving(f: &Fields<'_>, kind: MoveKind) -> Option<Vec<Claim>> {
    let to = f.node("ToNode")?;
    let from = f.node("FromNode").filter(|from| *from != to);
    Some(vec![Claim::Group(role(f)?, GroupClaim::Moving { from, to, kind })])
}

fn move_failed(f: &Fields<'_>, event: u16) -> Option<Vec<Claim>> {
    Some(vec![Claim::Group(role(f)?, GroupClaim::MoveFailed { event })])
}

fn state(f: &Fields<'_>, to: GroupState) -> Option<Vec<Claim>> {
    Some(vec![Claim::Group(role(f)?, GroupClaim::State { from: None, to, here: true })])
}

fn balanced(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let to: Name = f.node("NewNode")?;
    let list = f.text("VmList")?;
    let roles = listed(&list).into_iter().map(GroupRef::named);
    Some(roles.map(|role| Claim::Group(role, GroupClaim::Balanced { to: to.clone() })).collect())
}

fn isolated(f: &Fields<'_>, list: &str) -> Option<Vec<Claim>> {
    let node = f.node("NodeName")?;
    let list = f.text(list)?;
    let vms = listed(&list).into_iter().map(|name| VmRef::new(name, None));
    Some(vms.map(|vm| Claim::Vm(vm, VmClaim::Isolated { node: node.clone() })).collect())
}
