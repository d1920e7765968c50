//! `truth.json`: what was so, in the words of the JSON report. Spans hold from `from` up to `to`.
//!
//! Times are true time; each node's clock offset stands beside them. While a disk moves no node is its
//! coordinator (`node` null): there a report may name the old or the new one.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::fact::{Instant, IoMode, ModeKind, StorageKind, VolumeState};
use crate::simulate::calendar::{MILLISECOND, rfc3339};
use crate::simulate::history::Stretch;
use crate::simulate::model::Cause;
use crate::simulate::world::World;

#[derive(Serialize)]
struct Truth {
    schema: &'static str,
    scenario: &'static str,
    seed: u64,
    from: String,
    to: String,
    clocks: Vec<Clock>,
    volumes: Vec<Volume>,
    vms: Vec<Vm>,
    routes: Vec<Route>,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Clock {
    node: String,
    offset_ms: f64,
    drift_ppm: f64,
    zone: String,
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
    mode: &'static str,
    file_system_reasons: Vec<String>,
    block_reasons: Vec<String>,
}

#[derive(Serialize)]
struct State {
    node: String,
    state: String,
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
struct Way {
    vm: String,
    disk: String,
    volume: String,
    node: String,
    coordinator: Option<String>,
    route: &'static str,
}

type Route = Span<Way>;

#[derive(Serialize)]
struct Finding {
    cause: &'static str,
    verdict: &'static str,
    from: String,
    to: String,
    volume: String,
    /// Nodes where the volume is redirected for this cause.
    nodes: Vec<String>,
    /// VMs whose traffic crosses the network for it at some time.
    vms: Vec<String>,
}

/// The file.
pub(in crate::simulate) fn file(world: &World, scenario: &'static str, seed: u64) -> Vec<u8> {
    let truth = Truth {
        schema: "throughline/truth/1",
        scenario,
        seed,
        from: rfc3339(world.start),
        to: rfc3339(world.now),
        clocks: world.cluster.nodes.iter().map(clock).collect(),
        volumes: (0..world.cluster.volumes.len()).map(|at| volume(world, at)).collect(),
        vms: (0..world.cluster.vms.len()).map(|at| vm(world, at)).collect(),
        routes: routes(world).into_iter().map(|(_, s)| span(s)).collect(),
        findings: findings(world),
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

fn clock(node: &crate::simulate::model::Node) -> Clock {
    Clock {
        node: node.name.clone(),
        offset_ms: node.clock.offset as f64 / MILLISECOND as f64,
        drift_ppm: node.clock.drift as f64 / 1000.0,
        zone: node.clock.zone.to_string(),
    }
}

fn volume(world: &World, at: usize) -> Volume {
    let v = &world.cluster.volumes[at];
    let tracks = &world.history.volumes[at];
    let name = |node: usize| world.cluster.nodes[node].name.clone();
    let by_node = || tracks.on.iter().enumerate();
    Volume {
        id: v.guid.to_string(),
        names: Names { guid: v.guid.to_string(), resource: v.resource.clone(), friendly: v.friendly.clone() },
        file_system: v.file_system.word().to_owned(),
        storage: storage(v.storage),
        coordinator: spans(tracks.coordinator.stretches(world.now), |owner| At { node: owner.map(name) }),
        io_mode: by_node()
            .flat_map(|(node, t)| spans(t.mode.stretches(world.now), |mode| mode_of(name(node), mode)))
            .collect(),
        state: by_node()
            .flat_map(|(node, t)| {
                spans(t.state.stretches(world.now), |s| State { node: name(node), state: s.word() })
            })
            .collect(),
    }
}

fn storage(kind: StorageKind) -> &'static str {
    kind.word()
}

fn mode_of(node: String, mode: &IoMode) -> Mode {
    Mode {
        node,
        mode: mode.kind.word(),
        file_system_reasons: mode.file_system.words(),
        block_reasons: mode.block.words(),
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
            state: state.word().to_owned(),
        }),
    }
}

/// The routes of every VM disk with the index of the VM, by the table of design.md section 5.
fn routes(world: &World) -> Vec<(usize, Stretch<Way>)> {
    let mut out: Vec<(usize, Stretch<Way>)> = Vec::new();
    for (at, vm) in world.cluster.vms.iter().enumerate() {
        for disk in &vm.disks {
            let placement = &world.history.placement[at];
            let volume = &world.history.volumes[disk.volume];
            let mut instants: BTreeSet<Instant> = placement.instants().collect();
            instants.extend(volume.coordinator.instants());
            for on in &volume.on {
                instants.extend(on.mode.instants().chain(on.state.instants()));
            }
            let instants: Vec<Instant> = instants.into_iter().collect();
            for (position, &from) in instants.iter().enumerate() {
                let to = instants.get(position + 1).copied().unwrap_or(world.now);
                let (node, _) = placement.at(from);
                let owner = *volume.coordinator.at(from);
                let on = &volume.on[*node];
                let way = Way {
                    vm: vm.name.clone(),
                    disk: disk.path.clone(),
                    volume: world.cluster.volumes[disk.volume].guid.to_string(),
                    node: world.cluster.nodes[*node].name.clone(),
                    coordinator: owner.map(|o| world.cluster.nodes[o].name.clone()),
                    route: route(*node, owner, on.mode.at(from), *on.state.at(from)),
                };
                match out.last_mut() {
                    Some((last, s)) if *last == at && s.value == way && s.to == from => s.to = to,
                    _ => out.push((at, Stretch { from, to, value: way })),
                }
            }
        }
    }
    out
}

fn route(node: usize, owner: Option<usize>, mode: &IoMode, state: VolumeState) -> &'static str {
    if state != VolumeState::Active {
        return "held";
    }
    match (mode.kind, owner) {
        (ModeKind::Unavailable, _) => "held",
        (ModeKind::Direct, _) => "direct",
        (ModeKind::FileSystemRedirected, Some(owner)) if owner == node => "owner_local",
        (ModeKind::FileSystemRedirected, Some(_)) => "via_coordinator_fs",
        (ModeKind::BlockRedirected, Some(owner)) if owner != node => "via_coordinator_block",
        _ => "unknown",
    }
}

/// One finding a cause, volume and unbroken time.
fn findings(world: &World) -> Vec<Finding> {
    let routes = routes(world);
    let mut out = Vec::new();
    for (volume, tracks) in world.history.volumes.iter().enumerate() {
        let mut held: Vec<(Cause, Instant, Instant, usize)> = Vec::new();
        for (node, on) in tracks.on.iter().enumerate() {
            for stretch in on.causes.stretches(world.now) {
                held.extend(stretch.value.iter().map(|c| (*c, stretch.from, stretch.to, node)));
            }
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
        let id = world.cluster.volumes[volume].guid.to_string();
        for (cause, from, to, nodes) in groups {
            let names = |at: &usize| world.cluster.nodes[*at].name.clone();
            let nodes: Vec<String> = nodes.iter().map(names).collect();
            let detours = routes.iter().filter(|(_, s)| {
                s.value.volume == id
                    && s.value.route.starts_with("via_coordinator")
                    && s.from < to
                    && s.to > from
                    && nodes.contains(&s.value.node)
            });
            let vms: BTreeSet<String> = detours.map(|(_, s)| s.value.vm.clone()).collect();
            out.push(Finding {
                cause: cause.word(),
                verdict: cause.verdict(),
                from: rfc3339(from),
                to: rfc3339(to),
                volume: id.clone(),
                nodes,
                vms: vms.into_iter().collect(),
            });
        }
    }
    out
}
