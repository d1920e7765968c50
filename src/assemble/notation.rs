//! A small notation for bundles, so that tests of timelines, routes and rules are data.
//!
//! ```text
//! cover n1: engine op system 09:00..12:00       complete channels
//! skew n2 +1.5s                                  as by --skew
//! base n1: local 300                             a log in local time; times are its own then
//! 09:00:01 n1: volume Volume1 direct-access-lost
//! end n1: volume Volume1 mode n2 BlockRedirected NoDiskConnectivity
//! ```
//! Times are UTC of one day (`+1 09:00` is the next); `end` is a state at collection. Each node's lines are one input,
//! a `/b` after the node puts a line into a second input of that node, `/evtx` into one that numbers its records. Names
//! hold no spaces.

use super::{InputData, Options, assemble};
use crate::case::Case;
use crate::fact::{
    BlockReasons, Channel, Claim, ClockClaim, ClusterClaim, Coverage, DiskClaim, DiskRef, Fact, FileSystem,
    FilterClaim, FilterRef, Flow, FsReasons, GroupClaim, GroupKind, GroupRef, GroupState, Guid, InputId,
    IoMode, Meter, ModeKind, MoveKind, Name, NodeClaim, NodeRef, NodeState, NtStatus, Origin, PauseKind,
    Place, RedirectCause, ResourceClaim, ResourceRef, ResourceState, Stamp, StopKind, StorageKind, TimeBase,
    TrafficClaim, TrafficPath, VmClaim, VmRef, VmState, VolumeClaim, VolumeRef, VolumeState,
};
use crate::ledger::{Entry, Tally};

const DAY: i64 = 86_400_000_000_000;
/// 2024-05-01T00:00:00 UTC.
pub(crate) const MIDNIGHT: i64 = 1_714_521_600_000_000_000;

/// `09:00`, `09:00:01`, `09:00:01.5`, `+1 09:00`: nanoseconds since 1970.
pub(crate) fn time(text: &str) -> i64 {
    let (day, clock) = text.strip_prefix('+').and_then(|t| t.split_once(' ')).unwrap_or(("0", text));
    let mut parts = clock.split(':').map(|p| p.parse::<f64>().unwrap_or_else(|_| panic!("time {text}")));
    let seconds =
        parts.next().unwrap() * 3600.0 + parts.next().unwrap_or(0.0) * 60.0 + parts.next().unwrap_or(0.0);
    MIDNIGHT + day.parse::<i64>().unwrap() * DAY + (seconds * 1e9).round() as i64
}

/// The inputs and options that a text stands for.
pub(crate) fn inputs(text: &str) -> (Vec<InputData>, Options) {
    let mut inputs: Vec<InputData> = Vec::new();
    let mut options = Options::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.split("//").next().unwrap().trim();
        if line.is_empty() {
            continue;
        }
        if let Some(rest) = line.strip_prefix("skew ") {
            let (node, amount) = rest.split_once(' ').unwrap();
            options.clock.skew.push(crate::clock::parse_skew(&format!("{node}={amount}")).unwrap());
            continue;
        }
        let (head, body) = line.split_once(": ").unwrap_or_else(|| panic!("no colon and space: {line}"));
        let (when, who) = head.rsplit_once(' ').unwrap_or_else(|| panic!("no time and node: {line}"));
        let (node, second) = who.split_once('/').unwrap_or((who, ""));
        let path = format!("{node}{second}.log");
        let at = inputs.iter().position(|input| input.path == path).unwrap_or_else(|| {
            inputs.push(input(&path, node));
            inputs.len() - 1
        });
        let input = &mut inputs[at];
        if when == "base" {
            input.time_base = match body.split_once(' ').unwrap_or((body, "")) {
                ("local", "") => TimeBase::Local { offset_minutes: None },
                ("local", minutes) => TimeBase::Local { offset_minutes: Some(minutes.parse().unwrap()) },
                ("unknown", "") => TimeBase::Unknown,
                _ => panic!("{line}"),
            };
            continue;
        }
        if when == "cover" {
            let (channels, range) = body.rsplit_once(' ').unwrap();
            let (from, to) = range.split_once("..").unwrap();
            let (from, to) = (Stamp::Utc(time(from)), Stamp::Utc(time(to)));
            for channel in channels.split(' ').map(channel) {
                input.coverage.push(Coverage { input: input.id, reporter: None, channel, from, to });
            }
            continue;
        }
        let stamp = match when {
            "end" => Stamp::Collected,
            "never" => Stamp::Missing,
            _ if input.time_base != TimeBase::Utc => Stamp::File(time(when)),
            _ => Stamp::Utc(time(when)),
        };
        let at = number as u64;
        let place = if second == "evtx" { Place::Record(at + 1) } else { Place::Line(at + 1) };
        let origin = Origin { input: input.id, offset: at, place };
        input.facts.extend(claims(body).into_iter().map(|claim| Fact::new(stamp, origin, claim)));
        input.tally.count(Entry::Facts);
    }
    // Ids stand in the order of paths, as a bundle gives them.
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    for (at, input) in inputs.iter_mut().enumerate() {
        let id = InputId(at as u32);
        (input.id, input.tally.input) = (id, id);
        input.facts.iter_mut().for_each(|fact| fact.origin.input = id);
        input.coverage.iter_mut().for_each(|piece| piece.input = id);
    }
    (inputs, options)
}

/// The case that a text stands for.
pub(crate) fn case(text: &str) -> Case {
    let (inputs, options) = inputs(text);
    assemble(inputs, &options)
}

fn input(path: &str, node: &str) -> InputData {
    InputData {
        id: InputId(0),
        path: path.to_owned(),
        kind: "notation",
        node: Some(Name::node(node)),
        bytes: 0,
        time_base: TimeBase::Utc,
        foreign: false,
        copy_of: None,
        facts: Vec::new(),
        coverage: Vec::new(),
        tally: Tally::new(InputId(0)),
    }
}

fn channel(text: &str) -> Channel {
    match text {
        "engine" => Channel::ClusterEngine,
        "op" => Channel::ClusterOperational,
        "system" => Channel::System,
        "csvfs" => Channel::CsvFsOperational,
        "vmms" => Channel::VmmsAdmin,
        "worker" => Channel::WorkerAdmin,
        other => Channel::Other(Name::new(other)),
    }
}

pub(crate) fn claims(body: &str) -> Vec<Claim> {
    let words: Vec<&str> = body.split_whitespace().collect();
    let (subject, name, verb) = (words[0], words[1], words.get(2).copied().unwrap_or(""));
    let args = words.get(3..).unwrap_or(&[]);
    match subject {
        "volume" => vec![Claim::Volume(volume_ref(name), volume(verb, args, body))],
        "vm" => vec![Claim::Vm(vm_ref(name), vm(verb, args, body))],
        "node" => {
            let (name, number) = name.split_once('#').unwrap_or((name, ""));
            let name = (name != "self" && !name.is_empty()).then(|| Name::node(name));
            vec![Claim::Node(NodeRef { name, number: number.parse().ok() }, node(verb, args, body))]
        }
        "group" => vec![Claim::Group(group_ref(name), group(verb, args, body))],
        "resource" => vec![Claim::Resource(resource_ref(name), resource(verb, args, body))],
        "disk" => {
            let r = DiskRef { resource: Some(Name::new(name)), ..DiskRef::default() };
            let claim = match verb {
                "bus" => DiskClaim::BusType(args.join(" ")),
                "paths" => {
                    DiskClaim::Paths { count: args.first().and_then(|a| a.parse().ok()), policy: None }
                }
                "space" => DiskClaim::Space {
                    resiliency: args.first().map(ToString::to_string),
                    tiered: Some(args.contains(&"tiered")),
                    health: None,
                },
                _ => panic!("{body}"),
            };
            vec![Claim::Disk(r, claim)]
        }
        "filter" => {
            let claim = FilterClaim::Registered { instances: None, altitude: None };
            words[1..].iter().map(|name| Claim::Filter(FilterRef::new(name), claim.clone())).collect()
        }
        "cluster" => vec![Claim::Cluster(ClusterClaim::SpacesDirect(name == "s2d"))],
        // `traffic direct \a.vhdx #1 READ WRITTEN SECONDS`, with `-` for no volume; `lossy` behind.
        "traffic" => {
            let flow = |at: usize| Flow { bytes: args[at].parse().unwrap(), ..Flow::default() };
            let traffic = TrafficClaim {
                volume: if args[0] == "-" { VolumeRef::default() } else { volume_ref(args[0]) },
                file: Some(Name::new(verb)),
                process: None,
                path: if name == "direct" { TrafficPath::Direct } else { TrafficPath::FileSystemRedirected },
                length: args[3].parse::<i64>().unwrap() * 1_000_000_000,
                read: flow(1),
                written: flow(2),
                undirected: Flow::default(),
                meter: Meter::CsvFsTrace,
                lossy: args.contains(&"lossy"),
            };
            vec![Claim::Traffic(Box::new(traffic))]
        }
        // `clock -120` (bias), `clock set 09:00 to 08:59`, `clock zone W. Europe Standard Time`.
        "clock" => {
            let rest = words[2..].join(" ");
            let claim = match name {
                "zone" => ClockClaim::Zone(Name::new(&rest)),
                "set" => {
                    let (old, new) = rest.split_once(" to ").unwrap();
                    ClockClaim::Stepped { old: Stamp::Utc(time(old)), new: Stamp::Utc(time(new)) }
                }
                minutes => ClockClaim::Bias { minutes: minutes.parse().unwrap() },
            };
            vec![Claim::Clock(claim)]
        }
        _ => panic!("{body}"),
    }
}

/// `Volume1`, `#3` (a GUID), `Volume1=Disk1` (friendly and resource), `#3=Volume1=Disk1`, `=Disk1` (resource).
fn volume_ref(text: &str) -> VolumeRef {
    let (guid, names) = match text.strip_prefix('#') {
        Some(rest) => rest.split_once('=').map_or((Some(rest), ""), |(id, names)| (Some(id), names)),
        None => (None, text),
    };
    let (friendly, resource) = names.split_once('=').unwrap_or((names, ""));
    let guid = guid.map(|id| Guid([id.parse().unwrap(); 16]));
    VolumeRef { guid, ..VolumeRef::named(friendly, resource) }
}

fn vm_ref(text: &str) -> VmRef {
    let (name, id) = text.split_once('#').map_or((text, None), |(n, id)| (n, Some(id)));
    VmRef::new(name, id.map(|id| Guid([id.parse().unwrap(); 16])))
}

/// `sql`, `sql#3` (with the cluster object's id), `#3` (the id alone).
fn group_ref(text: &str) -> GroupRef {
    let (name, id) = object(text);
    GroupRef { id, ..GroupRef::named(name) }
}

/// The same of a resource; an underline stands for a space.
fn resource_ref(text: &str) -> ResourceRef {
    let (name, id) = object(text);
    ResourceRef { id, ..ResourceRef::named(&name.replace('_', " ")) }
}

fn object(text: &str) -> (&str, Option<Guid>) {
    let (name, id) = text.split_once('#').map_or((text, None), |(name, id)| (name, Some(id)));
    (name, id.map(|id| Guid([id.parse().unwrap(); 16])))
}

fn volume(verb: &str, args: &[&str], body: &str) -> VolumeClaim {
    let status = || NtStatus::parse(args.first().unwrap_or(&""));
    let on = args.first() == Some(&"on");
    match verb {
        "" => VolumeClaim::Named,
        "mode" => {
            let reasons = args[2..].join(",");
            let mut mode = match args[1] {
                "Direct" => IoMode::DIRECT,
                "FileSystemRedirected" => IoMode::file_system(FsReasons::parse(&reasons).unwrap_or_default()),
                "BlockRedirected" => IoMode::block(BlockReasons::parse(&reasons).unwrap_or_default()),
                "Unavailable" => IoMode { kind: ModeKind::Unavailable, ..IoMode::DIRECT },
                _ => panic!("{body}"),
            };
            if args.contains(&"NoDiskConnectivity") && mode.kind == ModeKind::FileSystemRedirected {
                mode.block = BlockReasons::NO_DISK_CONNECTIVITY;
            }
            VolumeClaim::Mode { node: Some(Name::node(args[0])), mode }
        }
        "state" => VolumeClaim::State {
            node: None,
            state: VolumeState::from_number(args[0].parse().unwrap()),
            status: None,
        },
        "transition" => VolumeClaim::Transition {
            from: VolumeState::from_number(args[0].parse().unwrap()),
            to: VolumeState::from_number(args[1].parse().unwrap()),
            sequence: args.get(2).map(ToString::to_string),
        },
        // `dcm 5153 7`: event and sequence number; of 5155 the seconds that the slowest node took.
        "dcm" => VolumeClaim::Dcm {
            step: args[0].parse().unwrap(),
            what: "Pause".into(),
            node: None,
            sequence: args[1].to_owned(),
            seconds: args.get(2).map(ToString::to_string),
        },
        "owner" => VolumeClaim::Coordinator { node: Some(Name::node(args[0])) },
        "not-owner" => VolumeClaim::NotCoordinator { target: String::new() },
        "paused" => {
            VolumeClaim::AutoPaused { kind: PauseKind::Failure, status: status(), from_direct_io: None }
        }
        "direct-access-lost" => VolumeClaim::DirectAccessLost,
        "resumed" => VolumeClaim::Resumed,
        "redirected-access" => VolumeClaim::RedirectedAccess { on },
        "maintenance" => VolumeClaim::Maintenance { on },
        "fault" => VolumeClaim::Fault { flags: args[0].parse().unwrap() },
        "backup" => VolumeClaim::Backup { on },
        "filter-found" => VolumeClaim::FilterFound {
            cause: RedirectCause::FileSystemFilter,
            drivers: args.iter().map(|a| Name::new(a)).collect(),
        },
        "no-access" => VolumeClaim::NoAccess { status: status() },
        "fs" => VolumeClaim::FileSystem(FileSystem::parse(args[0]).unwrap()),
        "storage" => VolumeClaim::Storage(match args[0] {
            "san" => StorageKind::San,
            "shared_space" => StorageKind::SharedSpace,
            "spaces_direct" => StorageKind::SpacesDirect,
            _ => panic!("{body}"),
        }),
        _ => panic!("{body}"),
    }
}

fn vm(verb: &str, args: &[&str], body: &str) -> VmClaim {
    let live = true;
    match verb {
        "" => VmClaim::Named,
        "on" => VmClaim::On {
            node: Some(Name::node(args[0])),
            state: VmState::parse(args.get(1).unwrap_or(&"Running")),
        },
        "started" => VmClaim::Became(VmState::Running),
        "became" => VmClaim::Became(VmState::parse(args[0])),
        "stopped" => VmClaim::Stopped(StopKind::ShutDown),
        "registered" => VmClaim::Registered,
        "created" => VmClaim::Created,
        "deleted" => VmClaim::Deleted,
        "migrating" => VmClaim::MigrationStarted { to: Some(Name::new(args[0])), live },
        "left" => VmClaim::MigrationLeft { live, blackout: None },
        "arrived" => VmClaim::MigrationArrived { live, from: None },
        "migration-failed" => VmClaim::MigrationFailed { at_source: true },
        "disk" => VmClaim::Disk { path: args[0].to_owned(), shared: None },
        _ => panic!("{body}"),
    }
}

fn node(verb: &str, args: &[&str], body: &str) -> NodeClaim {
    match verb {
        "" => NodeClaim::Named,
        "up" => NodeClaim::State(NodeState::Up),
        "down" => NodeClaim::State(NodeState::Down),
        "build" => NodeClaim::OsBuild(args[0].parse().unwrap()),
        "service-started" => NodeClaim::ServiceStarted,
        "service-stopped" => NodeClaim::ServiceStopped { orderly: true },
        "removed" => NodeClaim::Removed,
        "joined" => NodeClaim::Joined,
        "view" => {
            // `view 1 2`, `view @1101 proposed 1 2`.
            let (id, stage, members) = match args {
                [id, stage, members @ ..] if id.starts_with('@') => (&id[1..], *stage, members),
                members => ("1", "c", members),
            };
            let stage =
                ["proposed", "paused", "current", "c"].into_iter().find(|known| *known == stage).unwrap();
            let members = members.iter().map(|number| number.parse().unwrap()).collect();
            NodeClaim::View { id: id.into(), members, stage }
        }
        "booted" => NodeClaim::Booted,
        _ => panic!("{body}"),
    }
}

fn group(verb: &str, args: &[&str], body: &str) -> GroupClaim {
    match verb {
        "on" => GroupClaim::On { node: Name::node(args[0]), state: None },
        "vm" => GroupClaim::Kind(GroupKind::VirtualMachine),
        // The engine's line; with `by`, as event 1641, 1153 or NodeDown gives it.
        "move" => GroupClaim::Moving {
            from: Some(Name::node(args[0])).filter(|_| args[0] != "?"),
            to: Name::node(args[1]),
            kind: match args.get(2) {
                None => MoveKind::Manual,
                Some(&"1641") => MoveKind::Unsaid,
                Some(&"1153") => MoveKind::Failover,
                Some(&"NodeDown") => MoveKind::NodeDown,
                _ => panic!("{body}"),
            },
        },
        "move-failed" => GroupClaim::MoveFailed { event: 1205 },
        "online" => GroupClaim::State { from: None, to: GroupState::Online, here: true },
        "offline" => GroupClaim::State { from: None, to: GroupState::Offline, here: true },
        _ => panic!("{body}"),
    }
}

fn resource(verb: &str, args: &[&str], body: &str) -> ResourceClaim {
    let state = |to| ResourceClaim::State { from: None, to, here: true };
    match verb {
        "in" => ResourceClaim::InGroup(group_ref(args[0])),
        "on" => ResourceClaim::On { node: Name::node(args[0]), state: None },
        "kind" => ResourceClaim::Kind(Name::new(&args.join(" "))),
        "online" => state(ResourceState::Online),
        "offline" => state(ResourceState::Offline),
        "moved-group" => ResourceClaim::MovedGroup {
            from: GroupRef::named(args[0]),
            from_node: Name::node(args[1]),
            to: GroupRef::named(args[2]),
            to_node: Name::node(args[3]),
        },
        _ => panic!("{body}"),
    }
}
