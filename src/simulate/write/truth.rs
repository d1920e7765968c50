//! `truth.json`: what was so, in the words of the JSON report. Spans hold from `from` up to `to`.
//!
//! Times are true time; each node's clock offset stands beside them. While a disk moves no node is its
//! coordinator (`node` null): there a report may name the old or the new one.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::fact::{Instant, IoMode, ModeKind, StorageKind, VmState, VolumeState};
use crate::simulate::calendar::{MILLISECOND, rfc3339};
use crate::simulate::cause::Cause;
use crate::simulate::history::Stretch;
use crate::simulate::model::{BUILD_2012, Node};
use crate::simulate::world::World;
use crate::simulate::write::truth_bytes::{self, Bytes, Minute};

#[derive(Serialize)]
struct Truth<'a> {
    schema: &'static str,
    scenario: &'static str,
    seed: u64,
    from: String,
    to: String,
    clocks: Vec<Clock>,
    volumes: Vec<Volume>,
    vms: Vec<Vm>,
    routes: Vec<Span<Way<'a>>>,
    findings: Vec<Finding>,
    /// Bytes by minute of true time, node, disk and way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    minutes: Vec<Minute>,
}

#[derive(Serialize)]
struct Clock {
    node: String,
    offset_ms: f64,
    drift_ppm: f64,
    zone: String,
    /// Where the clock was set: from each instant on, another offset.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<Piece>,
}

/// The clock from an instant on, until it is set again.
#[derive(Serialize)]
struct Piece {
    from: String,
    offset_ms: f64,
}

#[derive(Serialize)]
struct Span<T> {
    from: String,
    to: String,
    #[serde(flatten)]
    value: T,
}

#[derive(Serialize)]
struct Volume {
    id: String,
    names: Names,
    file_system: String,
    storage: &'static str,
    coordinator: Vec<Span<At>>,
    io_mode: Vec<Span<Mode>>,
    state: Vec<Span<State>>,
}

#[derive(Serialize)]
struct Names {
    guid: String,
    resource: String,
    friendly: String,
}

#[derive(Serialize)]
struct At {
    node: Option<String>,
}

#[derive(Serialize)]
struct Mode {
    node: String,
    /// `null`: the node is down.
    mode: Option<&'static str>,
    file_system_reasons: Vec<String>,
    block_reasons: Vec<String>,
}

#[derive(Serialize)]
struct State {
    node: String,
    /// `null`: the node is down.
    state: Option<String>,
}

#[derive(Serialize)]
struct Vm {
    id: String,
    name: String,
    disks: Vec<DiskOf>,
    placement: Vec<Span<State>>,
}

#[derive(Serialize)]
struct DiskOf {
    path: String,
    volume: String,
}

#[derive(Clone, PartialEq, Serialize)]
struct Way<'a> {
    vm: &'a str,
    disk: &'a str,
    volume: &'a str,
    node: &'a str,
    coordinator: Option<&'a str>,
    route: &'static str,
    /// What was measured of it, where a trace was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<Bytes>,
}

#[derive(Serialize)]
struct Finding {
    cause: &'static str,
    verdict: &'static str,
    from: String,
    to: String,
    /// `null`: it is about no volume.
    volume: Option<String>,
    /// Nodes where the volume is redirected for this cause, or which an incident touches.
    nodes: Vec<String>,
    /// VMs whose traffic crosses the network for it at some time.
    vms: Vec<String>,
}

/// The file.
pub(in crate::simulate) fn file(world: &World, scenario: &'static str, seed: u64) -> Vec<u8> {
    let ids: Vec<String> = world.cluster.volumes.iter().map(|v| v.guid.to_string()).collect();
    let mut routes = routes(world, &ids);
    let stretches: Vec<truth_bytes::Stretch<'_>> = routes
        .iter()
        .map(|(_, route)| {
            let Way { vm, disk, node, .. } = route.value;
            truth_bytes::Stretch { vm, disk, node, from: route.from, to: route.to }
        })
        .collect();
    let measured = truth_bytes::measure(world, &stretches);
    for ((_, route), bytes) in routes.iter_mut().zip(measured.routes) {
        route.value.bytes = Some(bytes);
    }
    let truth = Truth {
        schema: "throughline/truth/1",
        scenario,
        seed,
        from: rfc3339(world.start),
        to: rfc3339(world.now),
        clocks: world.nodes().map(|node| clock(world, node)).collect(),
        volumes: (0..world.cluster.volumes.len()).map(|at| volume(world, at)).collect(),
        vms: (0..world.cluster.vms.len()).map(|at| vm(world, at)).collect(),
        findings: findings(world, &ids, &routes),
        minutes: measured.minutes,
        routes: routes.into_iter().map(|(_, s)| span(s)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&truth).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

fn span<T>(stretch: Stretch<T>) -> Span<T> {
    Span { from: rfc3339(stretch.from), to: rfc3339(stretch.to), value: stretch.value }
}

fn spans<T, U>(stretches: Vec<Stretch<T>>, make: impl Fn(&T) -> U) -> Vec<Span<U>> {
    let one = |s: Stretch<T>| span(Stretch { from: s.from, to: s.to, value: make(&s.value) });
    stretches.into_iter().map(one).collect()
}

fn clock(world: &World, node: usize) -> Clock {
    let Node { name, clock, .. } = &world.cluster.nodes[node];
    let milliseconds = |nanos: i64| nanos as f64 / MILLISECOND as f64;
    let piece = |&(since, _): &(i64, i64)| {
        let from = Instant(world.start.0 + since);
        Piece { from: rfc3339(from), offset_ms: milliseconds(clock.reads(from, since).0 - from.0) }
    };
    Clock {
        node: name.clone(),
        offset_ms: milliseconds(clock.offset),
        drift_ppm: clock.drift as f64 / 1000.0,
        zone: clock.zone.to_string(),
        pieces: clock.steps.iter().map(piece).collect(),
    }
}

fn volume(world: &World, at: usize) -> Volume {
    let v = &world.cluster.volumes[at];
    let tracks = &world.history.volumes[at];
    let name = |node: usize| world.cluster.nodes[node].name.clone();
    let by_node = || tracks.on.iter().enumerate();
    // 2008 R2 has a filter on NTFS instead, of which no states are published (facts: domain 1).
    let has_csvfs = world.cluster.build >= BUILD_2012;
    Volume {
        id: v.guid.to_string(),
        names: Names { guid: v.guid.to_string(), resource: v.resource.clone(), friendly: v.friendly.clone() },
        file_system: v.file_system.word().to_owned(),
        storage: storage(v.storage),
        coordinator: spans(tracks.coordinator.stretches(world.now), |owner| At { node: owner.map(name) }),
        io_mode: by_node()
            .flat_map(|(node, t)| {
                spans(t.mode.stretches(world.now), |mode| mode_of(name(node), mode.as_ref()))
            })
            .collect(),
        state: by_node()
            .filter(|_| has_csvfs)
            .flat_map(|(node, t)| {
                spans(t.state.stretches(world.now), |s| State {
                    node: name(node),
                    state: s.map(|s| s.word()),
                })
            })
            .collect(),
    }
}

fn storage(kind: StorageKind) -> &'static str {
    kind.word()
}

fn mode_of(node: String, mode: Option<&IoMode>) -> Mode {
    Mode {
        node,
        mode: mode.map(|m| m.kind.word()),
        file_system_reasons: mode.map_or_else(Vec::new, |m| m.file_system.words()),
        block_reasons: mode.map_or_else(Vec::new, |m| m.block.words()),
    }
}

fn vm(world: &World, at: usize) -> Vm {
    let vm = &world.cluster.vms[at];
    let volume = |at: usize| world.cluster.volumes[at].guid.to_string();
    Vm {
        id: vm.id.to_string(),
        name: vm.name.clone(),
        disks: vm.disks.iter().map(|d| DiskOf { path: d.path.clone(), volume: volume(d.volume) }).collect(),
        placement: spans(world.history.placement[at].stretches(world.now), |(node, state)| State {
            node: world.cluster.nodes[*node].name.clone(),
            state: Some(state.word().to_owned()),
        }),
    }
}

/// The routes of every VM disk with the index of its volume, by the table of design.md section 5. A VM that
/// does not run sends nothing: there is no route then.
fn routes<'a>(world: &'a World, ids: &'a [String]) -> Vec<(usize, Stretch<Way<'a>>)> {
    let mut out: Vec<(usize, Stretch<Way<'a>>)> = Vec::new();
    for (at, vm) in world.cluster.vms.iter().enumerate() {
        let placements = world.history.placement[at].stretches(world.now);
        for disk in &vm.disks {
            let first = out.len();
            let volume = &world.history.volumes[disk.volume];
            for place in placements.iter().filter(|p| p.value.1 == VmState::Running) {
                let node = place.value.0;
                let on = &volume.on[node];
                let within = |at: &Instant| place.from < *at && *at < place.to;
                let mut instants: BTreeSet<Instant> =
                    volume.coordinator.instants().filter(within).chain([place.from]).collect();
                instants.extend(on.mode.instants().chain(on.state.instants()).filter(within));
                let ends = instants.iter().copied().skip(1).chain([place.to]);
                for (&from, to) in instants.iter().zip(ends) {
                    let owner = *volume.coordinator.at(from);
                    let value = Way {
                        vm: &vm.name,
                        disk: &disk.path,
                        volume: &ids[disk.volume],
                        node: &world.cluster.nodes[node].name,
                        coordinator: owner.map(|o| world.cluster.nodes[o].name.as_str()),
                        route: route(node, owner, on.mode.at(from).as_ref(), *on.state.at(from)),
                        bytes: None,
                    };
                    match out[first..].last_mut() {
                        Some((_, s)) if s.value == value && s.to == from => s.to = to,
                        _ => out.push((disk.volume, Stretch { from, to, value })),
                    }
                }
            }
        }
    }
    out
}

fn route(
    node: usize,
    owner: Option<usize>,
    mode: Option<&IoMode>,
    state: Option<VolumeState>,
) -> &'static str {
    let Some(mode) = mode.filter(|_| state == Some(VolumeState::Active)) else { return "held" };
    match (mode.kind, owner) {
        (ModeKind::Unavailable, _) | (ModeKind::FileSystemRedirected | ModeKind::BlockRedirected, None) => {
            "held"
        }
        (ModeKind::Direct, _) => "direct",
        (ModeKind::FileSystemRedirected, Some(owner)) if owner == node => "owner_local",
        (ModeKind::FileSystemRedirected, Some(_)) => "via_coordinator_fs",
        (ModeKind::BlockRedirected, Some(owner)) if owner != node => "via_coordinator_block",
        _ => "unknown",
    }
}

/// One finding a cause, volume and unbroken time; then the incidents.
fn findings(world: &World, ids: &[String], routes: &[(usize, Stretch<Way<'_>>)]) -> Vec<Finding> {
    let mut by_volume: Vec<Vec<&Stretch<Way<'_>>>> = vec![Vec::new(); ids.len()];
    for (volume, stretch) in routes.iter().filter(|(_, s)| s.value.route.starts_with("via_coordinator")) {
        by_volume[*volume].push(stretch);
    }
    let names = |nodes: &mut dyn Iterator<Item = usize>| -> Vec<String> {
        nodes.map(|node| world.cluster.nodes[node].name.clone()).collect()
    };
    let mut out = Vec::new();
    for (volume, tracks) in world.history.volumes.iter().enumerate() {
        let mut held: Vec<(Cause, Instant, Instant, usize)> = Vec::new();
        for (node, on) in tracks.on.iter().enumerate() {
            for stretch in on.causes.stretches(world.now) {
                let told = stretch.value.iter().filter(|c| **c != Cause::LostDiskPath);
                held.extend(told.map(|c| (*c, stretch.from, stretch.to, node)));
            }
            // A lost path is a fault even while something else redirects the volume.
            let lost = on.lost.stretches(world.now).into_iter().filter(|stretch| stretch.value);
            held.extend(lost.map(|stretch| (Cause::LostDiskPath, stretch.from, stretch.to, node)));
        }
        held.sort();
        let mut groups: Vec<(Cause, Instant, Instant, BTreeSet<usize>)> = Vec::new();
        for (cause, from, to, node) in held {
            match groups.last_mut() {
                Some(last) if last.0 == cause && from <= last.2 => {
                    last.2 = last.2.max(to);
                    last.3.insert(node);
                }
                _ => groups.push((cause, from, to, BTreeSet::from([node]))),
            }
        }
        for (cause, from, to, nodes) in groups {
            let nodes = names(&mut nodes.into_iter());
            let crossing = by_volume[volume]
                .iter()
                .filter(|s| s.from < to && s.to > from && nodes.iter().any(|n| n == s.value.node))
                .filter(|s| cause != Cause::LostDiskPath || s.value.route == "via_coordinator_block");
            let vms: BTreeSet<&str> = crossing.map(|s| s.value.vm).collect();
            out.push(Finding {
                cause: cause.word(),
                verdict: cause.verdict(),
                from: rfc3339(from),
                to: rfc3339(to),
                volume: Some(ids[volume].clone()),
                nodes,
                vms: vms.into_iter().map(str::to_owned).collect(),
            });
        }
    }
    for incident in &world.history.incidents {
        let volumes: Vec<Option<usize>> = match incident.volumes.as_slice() {
            [] => vec![None],
            volumes => volumes.iter().copied().map(Some).collect(),
        };
        out.extend(volumes.into_iter().map(|volume| Finding {
            cause: incident.cause.word(),
            verdict: incident.cause.verdict(),
            from: rfc3339(incident.from),
            to: rfc3339(incident.to.unwrap_or(world.now)),
            volume: volume.map(|v| ids[v].clone()),
            nodes: names(&mut incident.nodes.iter().copied()),
            vms: Vec::new(),
        }));
    }
    out
}
