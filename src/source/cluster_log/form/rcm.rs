//! `[RCM]`: the resource control manager. Moves of groups carry ownership: the group of a CSV disk, the role of
//! a VM. Every node may log a move, so `from` and `to` are what counts, not who writes.

use super::{Form, named, node_and_number, numbered, numbers};
use crate::fact::{
    Claim, ClockClaim, GroupClaim, GroupRef, MoveKind, Name, NodeClaim, NtStatus, ResourceClaim, ResourceRef,
    ResourceState, Stamp,
};
use crate::source::cluster_log::line::{Line, nanos};

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "move_of_group",
        tag: "RCM",
        needle: "move of group ",
        sample: "INFO  [RCM] move of group web from a to b from hv-07(1) to hv-08(2) of type MoveType::Manual is about \
                 to succeed, failoverCount=1, lastFailoverTime=2021/03/04-05:06:07.089 targeted=true ",
        expect: || {
            let local = Stamp::Local(1_614_834_367_089_000_000);
            vec![
                moving("web from a to b", Some("hv-07"), "hv-08", MoveKind::Manual),
                Claim::Clock(ClockClaim::LocalWitness { local }),
                super::named(&Name::new("hv-07"), 1),
                super::named(&Name::new("hv-08"), 2),
            ]
        },
        scan: move_of_group,
    },
    Form {
        name: "move_asked_of_the_api",
        tag: "RCM",
        needle: "rcm::RcmApi::MoveGroup: (",
        sample: "INFO  [RCM] rcm::RcmApi::MoveGroup: (Group:web one Dest:2 Flags:0 MoveType:MoveType::Manual \
                 Cur.State:Online, ContextSize:0)",
        expect: || vec![asked("web one", Some("2"), MoveKind::Manual)],
        scan: move_asked_of_the_api,
    },
    Form {
        name: "move_asked_of_the_group",
        tag: "RCM",
        needle: "rcm::RcmGroup::Move: (",
        sample: "INFO  [RCM] rcm::RcmGroup::Move: (web, one, 2, MoveType::Manual)",
        expect: || vec![asked("web, one", Some("2"), MoveKind::Manual)],
        scan: |line| {
            let inside = line.text.strip_prefix("rcm::RcmGroup::Move: (")?.strip_suffix(')')?;
            let (rest, kind) = inside.rsplit_once(", MoveType::")?;
            let (group, to) = rest.rsplit_once(", ")?;
            Some(vec![asked(group, destination(to), move_kind(kind))])
        },
    },
    Form {
        name: "group_goes_offline_to_move",
        tag: "RCM",
        needle: "rcm::RcmGroup::Move: Bringing group '",
        sample: "INFO  [RCM] rcm::RcmGroup::Move: Bringing group 'web' offline first...",
        expect: Vec::new,
        scan: |line| line.text.starts_with("rcm::RcmGroup::Move: Bringing group '").then(Vec::new),
    },
    Form {
        name: "resource_changes_state",
        tag: "RCM",
        needle: " -> ",
        sample: "INFO  [RCM] Res web -> disk: Offline -> OnlineCallIssued( StateUnknown )",
        expect: || vec![state("web -> disk", "Offline", "OnlineCallIssued")],
        scan: |line| {
            let (rest, to) = line.text.strip_prefix("Res ")?.rsplit_once(" -> ")?;
            let (resource, from) = rest.rsplit_once(": ")?;
            let to = to.split_once('(').map_or(to, |(to, _)| to);
            (is_word(from) && is_word(to)).then(|| vec![state(resource, from, to)])
        },
    },
    Form {
        name: "transition_to_state",
        tag: "RCM",
        needle: "TransitionToState(",
        sample: "INFO  [RCM] TransitionToState(web (1)) Online-->WaitingToGoOffline.",
        expect: || vec![state("web (1)", "Online", "WaitingToGoOffline")],
        scan: |line| {
            let rest = line.text.strip_prefix("TransitionToState(")?;
            let (resource, change) = rest.rsplit_once(") ")?;
            let (from, to) = change.trim_end_matches('.').split_once("-->")?;
            (is_word(from) && is_word(to)).then(|| vec![state(resource, from, to)])
        },
    },
    Form {
        name: "failure_notification",
        tag: "RCM",
        needle: "HandleMonitorReply: FAILURENOTIFICATION for '",
        sample: "WARN  [RCM] HandleMonitorReply: FAILURENOTIFICATION for 'web disk', gen(0) result 1/0.",
        expect: || vec![failed("web disk", None)],
        scan: |line| {
            let (_, rest) = line.text.split_once("FAILURENOTIFICATION for '")?;
            let (resource, _) = rest.rsplit_once('\'')?;
            Some(vec![failed(resource, None)])
        },
    },
    Form {
        name: "online_reply",
        tag: "RCM",
        needle: "HandleMonitorReply: ONLINERESOURCE for '",
        sample: "WARN  [RCM] HandleMonitorReply: ONLINERESOURCE for 'web disk', gen(8) result 5015.",
        expect: || vec![failed("web disk", Some(5015))],
        scan: online_reply,
    },
    Form {
        name: "offline_reply",
        tag: "RCM",
        needle: "HandleMonitorReply: OFFLINERESOURCE for '",
        sample: "INFO  [RCM] HandleMonitorReply: OFFLINERESOURCE for 'web disk'",
        expect: Vec::new,
        scan: |_| Some(Vec::new()),
    },
    Form {
        name: "crashed_or_deadlocked",
        tag: "RCM",
        needle: "' has crashed or deadlocked",
        sample: "WARN  [RCM] rcm::RcmResource::HandleMonitorReply: Resource 'web disk' has crashed or deadlocked; marking \
                 it to run in a separate monitor.",
        expect: || vec![failed("web disk", None)],
        scan: |line| {
            let (head, _) = line.text.split_once("' has crashed or deadlocked")?;
            let (_, resource) = head.split_once("Resource '")?;
            Some(vec![failed(resource, None)])
        },
    },
    Form {
        name: "downed_nodes",
        tag: "RCM",
        needle: "Handling downed nodes (",
        sample: "INFO  [RCM] Handling downed nodes (2 3). Nodes in isolated state (4)",
        expect: || {
            vec![
                Claim::Node(super::numbered(2), NodeClaim::Removed),
                Claim::Node(super::numbered(3), NodeClaim::Removed),
                Claim::Node(super::numbered(4), NodeClaim::Isolated { on: true }),
            ]
        },
        scan: |line| {
            let rest = line.text.strip_prefix("Handling downed nodes (")?;
            let (down, rest) = rest.split_once(')')?;
            let isolated = rest.split_once("isolated state (").map_or("", |(_, set)| set);
            let down = numbers(down).into_iter().map(|node| Claim::Node(numbered(node), NodeClaim::Removed));
            let isolated = numbers(isolated)
                .into_iter()
                .map(|node| Claim::Node(numbered(node), NodeClaim::Isolated { on: true }));
            Some(down.chain(isolated).collect())
        },
    },
];

fn move_kind(word: &str) -> MoveKind {
    match word {
        "Manual" => MoveKind::Manual,
        "NodeDown" => MoveKind::NodeDown,
        other => MoveKind::Other(other.to_owned()),
    }
}

fn moving(group: &str, from: Option<&str>, to: &str, kind: MoveKind) -> Claim {
    let claim = GroupClaim::Moving { from: from.map(Name::node), to: Name::node(to), kind };
    Claim::Group(GroupRef::named(group), claim)
}

fn asked(group: &str, to: Option<&str>, kind: MoveKind) -> Claim {
    Claim::Group(GroupRef::named(group), GroupClaim::MoveRequested { to: to.map(str::to_owned), kind })
}

fn state(resource: &str, from: &str, to: &str) -> Claim {
    let (from, to) = (Some(ResourceState::parse(from)), ResourceState::parse(to));
    Claim::Resource(ResourceRef::named(resource), ResourceClaim::State { from, to, here: false })
}

fn failed(resource: &str, status: Option<u32>) -> Claim {
    let status = status.map(|code| NtStatus { code: Some(code), text: code.to_string() });
    Claim::Resource(ResourceRef::named(resource), ResourceClaim::Failed { event: 0, status })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// `-1` asks for any node.
fn destination(text: &str) -> Option<&str> {
    let text = text.trim();
    (text != "-1" && !text.is_empty()).then_some(text)
}

/// Read from the right: names of groups hold anything, names of nodes no spaces. A `NodeDown` line names the
/// new owner on both sides, so it names no previous one (facts: cluster-log 3.1).
fn move_of_group(line: &Line<'_>) -> Option<Vec<Claim>> {
    let rest = line.text.strip_prefix("move of group ")?;
    let (head, tail) = rest.rsplit_once(" of type MoveType::")?;
    let kind = move_kind(tail.split([' ', ',']).next()?);
    let (head, to) = head.rsplit_once(" to ")?;
    let (group, from) = head.rsplit_once(" from ")?;
    let (from, from_number) = node_and_number(from)?;
    let (to, to_number) = node_and_number(to)?;
    let previous = (kind != MoveKind::NodeDown).then(|| from.as_str());
    let mut claims = vec![moving(group, previous, to.as_str(), kind)];
    let last =
        tail.split_once("lastFailoverTime=").and_then(|(_, rest)| nanos(rest.split(' ').next()?.as_bytes()));
    if let Some(at) = last.filter(|at| Stamp::PLAUSIBLE.contains(at)) {
        claims.push(Claim::Clock(ClockClaim::LocalWitness { local: Stamp::Local(at) }));
    }
    claims.extend(from_number.map(|number| named(&from, number)));
    if from != to {
        claims.extend(to_number.map(|number| named(&to, number)));
    }
    Some(claims)
}

/// `(Group:G Dest:2 Flags:.. MoveType:MoveType::M ..)` since 2016, `(G, 2)` before.
fn move_asked_of_the_api(line: &Line<'_>) -> Option<Vec<Claim>> {
    let inside = line.text.strip_prefix("rcm::RcmApi::MoveGroup: (")?.strip_suffix(')')?;
    if let Some(rest) = inside.strip_prefix("Group:") {
        let (head, tail) = rest.rsplit_once(" MoveType:MoveType::")?;
        let (group, to) = head.rsplit_once(" Dest:")?;
        let to = to.split(' ').next()?;
        return Some(vec![asked(group, destination(to), move_kind(tail.split(' ').next()?))]);
    }
    let (group, to) = inside.rsplit_once(", ")?;
    Some(vec![asked(group, destination(to), MoveKind::Unsaid)])
}

/// 0 is success, 997 (`ERROR_IO_PENDING`) an answer that comes later.
fn online_reply(line: &Line<'_>) -> Option<Vec<Claim>> {
    let (_, rest) = line.text.split_once("ONLINERESOURCE for '")?;
    let Some((rest, result)) = rest.rsplit_once(" result ") else { return Some(Vec::new()) };
    let (resource, _) = rest.rsplit_once('\'')?;
    match result.trim_end_matches('.').parse().ok()? {
        0 | 997 => Some(Vec::new()),
        code => Some(vec![failed(resource, Some(code))]),
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMS, Line, MoveKind, asked, moving};
    use crate::fact::Claim;

    fn check(text: &str, expect: Option<&[Claim]>) {
        let text = format!("INFO  [RCM] {text}");
        let line = Line::parse(&text).expect("a line");
        let got =
            FORMS.iter().filter(|form| line.text.contains(form.needle)).find_map(|form| (form.scan)(&line));
        assert_eq!(
            got.map(|claims| claims[..claims.len().min(1)].to_vec()),
            expect.map(<[Claim]>::to_vec),
            "{text}"
        );
    }

    #[test]
    fn moves() {
        check(
            "move of group Role A from hv-08(1) to hv-08(1) of type MoveType::NodeDown is about to succeed, \
             failoverCount=0, lastFailoverTime=1601/01/01-00:00:00.000 targeted=false",
            Some(&[moving("Role A", None, "hv-08", MoveKind::NodeDown)]),
        );
        check(
            "move of group r from hv-07(1) to hv-08(2) of type MoveType::Drain is about to succeed",
            Some(&[moving("r", Some("hv-07"), "hv-08", MoveKind::Other("Drain".into()))]),
        );
        check("move of group r from hv-07 to hv-08 of type MoveType::Manual", None);
        check("move of group r", None);
        check("rcm::RcmApi::MoveGroup: (r, 2)", Some(&[asked("r", Some("2"), MoveKind::Unsaid)]));
        check(
            "rcm::RcmApi::MoveGroup: (Group:r Dest:-1 Flags:0 MoveType:MoveType::Manual Cur.State:Online)",
            Some(&[asked("r", None, MoveKind::Manual)]),
        );
        check("HandleMonitorReply: ONLINERESOURCE for 'r', gen(8) result 997.", Some(&[]));
        check("Res web: Offline -> a b", None);
    }
}
