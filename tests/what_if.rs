//! `what-if` against the same story played again with the change made in it: same seed, same load. What would have gone
//! through coordinators, by link, is what then goes: to the byte where bytes were measured, and within the clocks'
//! tolerance in time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use throughline::analysis::{Options, analyze};
use throughline::bundle::{self, Bundle};
use throughline::case::Case;
use throughline::fact::{FileSystem, Name};
use throughline::simulate::Happening::{FilterKept, LiveMigrations, LostPath, Moves, Refs};
use throughline::simulate::Storage::{San, SpacesDirect, StorageReplica};
use throughline::simulate::Windows::{Server2016, Server2019, Server2022};
use throughline::simulate::{Altered, Happening, Spec, Storage, Windows};
use throughline::what_if::{Basis, Change, Side, best_owners, what_if};

use crate::truth::bundle::{Played, played};
use crate::truth::lanes::{list, span_of};

/// VM time by link may differ by so much a VM, nanoseconds: a change is logged within a second and a half, and clocks are
/// off by 40 ms.
const NEAR: i64 = 2_000_000_000;
/// The largest I/O of the load, bytes.
const LARGEST: u64 = 262_144;

struct Seen {
    case: Case,
    truth: Value,
}

fn seen(spec: &Spec) -> Seen {
    let Played { files, truth } = played(spec.files());
    let bundle = Bundle::from_memory(files, &bundle::Options::default());
    Seen { case: analyze(&bundle, &Options::default()).case, truth }
}

/// What is true when a story is played otherwise; nothing of it is gathered.
fn truth(spec: &Spec) -> Value {
    serde_json::from_slice(&spec.truth().bytes).unwrap()
}

/// Node and coordinator, lower case.
type Link = (String, String);

/// VM time and bytes by link.
type Links = BTreeMap<Link, (i64, u64)>;

fn true_links(truth: &Value) -> Links {
    let mut out = Links::new();
    let detour =
        |way: &&Value| way["route"].as_str().is_some_and(|route| route.starts_with("via_coordinator"));
    for way in list(&truth["routes"]).filter(detour) {
        let name = |of: &str| way[of].as_str().unwrap_or_default().to_lowercase();
        let (time, bytes) = out.entry((name("node"), name("coordinator"))).or_default();
        let (from, to) = span_of(way);
        *time += to - from;
        *bytes += ["read", "written"].iter().filter_map(|of| way["bytes"][of].as_u64()).sum::<u64>();
    }
    out
}

fn told_links(side: &Side) -> Links {
    let lower = |name: &Name| name.to_string().to_lowercase();
    let link = |(link, sums): (&throughline::what_if::Link, &(i64, u64))| {
        ((lower(&link.node), lower(&link.coordinator)), *sums)
    };
    side.links.iter().map(link).collect()
}

/// What may differ.
#[derive(Clone, Copy, Debug, Default)]
struct Slack {
    /// VM time of a link, nanoseconds: how long a migration takes is drawn anew.
    time: i64,
    /// Bytes of a link that pauses of another length let pass on the other side.
    bytes: u64,
    /// The way of some I/O is not told: that is said, and not counted on any link.
    open: bool,
}

/// Same links, same bytes, same time.
fn same(what: &str, told: &Side, truth: &Value, slack: Slack) {
    let (told_by, real) = (told_links(told), true_links(truth));
    let links: BTreeSet<&Link> = told_by.keys().chain(real.keys()).collect();
    for link in links {
        let of = |links: &Links| links.get(link).copied().unwrap_or_default();
        let (said, was) = (of(&told_by), of(&real));
        let vms = list(&truth["vms"]).count() as i64;
        let open = if slack.open { told.unknown.nanos } else { 0 };
        assert!(
            (said.0 - was.0).abs() <= NEAR * vms + slack.time + open,
            "{what}: {link:?} time {} and {}",
            said.0,
            was.0
        );
        let open = if slack.open { told.unknown.bytes } else { 0 };
        assert!(
            said.1.abs_diff(was.1) <= slack.bytes + open,
            "{what}: {link:?} bytes {} and {}",
            said.1,
            was.1
        );
    }
    assert!(slack.open || told.unknown.bytes == 0, "{what}: {:?}", told.unknown);
    assert!(slack.open || told.unknown.nanos <= NEAR * 4, "{what}: {:?}", told.unknown);
}

fn spec(seed: u64, windows: Windows, storage: Storage, happenings: &[Happening]) -> Spec {
    let quiet = Spec::quiet(seed, windows, storage);
    Spec { hours: 2, vms: 5, traced_ms: 20_000, happenings: happenings.to_vec(), ..quiet }
}

/// A change in the words of both worlds: indices of VM, volume and node.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Move(usize, usize),
    Owner(usize, usize),
    Ntfs(usize),
    Refs(usize),
    NoFilter,
    Repair,
    Add,
}

impl Turn {
    fn play(self, spec: &mut Spec) {
        match self {
            Self::Move(vm, node) => drop(spec.altered.placed.insert(vm, node)),
            Self::Owner(volume, node) => drop(spec.altered.owners.insert(volume, node)),
            Self::Ntfs(volume) => drop(spec.altered.file_systems.insert(volume, FileSystem::Ntfs)),
            Self::Refs(volume) => drop(spec.altered.file_systems.insert(volume, FileSystem::Refs)),
            Self::NoFilter => spec.happenings.retain(|h| *h != FilterKept),
            Self::Repair => spec.happenings.retain(|h| *h != LostPath),
            Self::Add => spec.altered.added += 1,
        }
    }

    fn ask(self, case: &Case) -> Vec<Change> {
        let node = |at: usize| node(case, at);
        let one = match self {
            Self::Move(at, to) => Change::Move { vm: vm(case, at), node: node(to) },
            Self::Owner(at, to) => Change::Owner { volume: volume(case, at), node: node(to) },
            Self::Ntfs(at) => Change::FileSystem { volume: volume(case, at), to: FileSystem::Ntfs },
            Self::Refs(at) => Change::FileSystem { volume: volume(case, at), to: FileSystem::Refs },
            Self::NoFilter => Change::RemoveFilter { volume: None },
            Self::Repair => {
                let all = (0..case.nodes.len()).map(|at| Change::RepairPath { volume: None, node: node(at) });
                return all.collect();
            }
            Self::Add => Change::AddNode { node: Name::node("new") },
        };
        vec![one]
    }
}

/// Nodes are numbered from 1, as volumes and VMs are.
fn node(case: &Case, at: usize) -> Name {
    let mut names: Vec<Name> = case.nodes.iter().filter_map(|node| node.name.clone()).collect();
    names.sort();
    names[at].clone()
}

fn volume(case: &Case, at: usize) -> usize {
    let name = format!("Volume{}", at + 1);
    case.volumes.iter().position(|v| v.label().eq_ignore_ascii_case(&name)).unwrap()
}

fn vm(case: &Case, at: usize) -> usize {
    let name = format!("vm-{:04}", at + 1);
    case.vms.iter().position(|v| v.label().eq_ignore_ascii_case(&name)).unwrap()
}

/// Asks, plays again, and compares, before and after; each list of turns is a change of its own.
fn check_with(spec: &Spec, changes: &[&[Turn]], slack: Slack) {
    let was = seen(spec);
    for turns in changes {
        let what = format!("{turns:?} of {spec:?}");
        let mut other = spec.clone();
        turns.iter().for_each(|turn| turn.play(&mut other));
        let changes: Vec<Change> = turns.iter().flat_map(|turn| turn.ask(&was.case)).collect();
        let outcome = what_if(&was.case, &changes);
        same(&format!("before {what}"), &outcome.before, &was.truth, slack);
        same(&format!("after {what}"), &outcome.after, &truth(&other), slack);
        let (nodes, added) = (spec.nodes as f64, other.altered.added as f64);
        let expected = outcome.shares.map(|share| share.expected().unwrap());
        assert_eq!(expected, [(nodes - 1.0) / nodes, (nodes + added - 1.0) / (nodes + added)], "{what}");
    }
}

fn check(spec: &Spec, changes: &[&[Turn]]) {
    check_with(spec, changes, Slack::default());
}

#[test]
fn moves_and_owners() {
    for (windows, storage, happenings) in [
        (Server2019, San, &[Refs][..]),
        (Server2022, SpacesDirect, &[Refs]),
        (Server2016, SpacesDirect, &[]),
        (Server2019, StorageReplica, &[]),
    ] {
        for seed in 0..2 {
            let spec = spec(seed, windows, storage, happenings);
            let moves = [Turn::Move(0, 1), Turn::Move(3, 2)];
            let both = [Turn::Owner(1, 0), Turn::Owner(0, 1), Turn::Move(1, 1)];
            check(&spec, &[&moves, &[Turn::Owner(0, 2)], &both]);
        }
    }
}

#[test]
fn file_systems() {
    for seed in 0..3 {
        check(&spec(seed, Server2019, San, &[Refs]), &[&[Turn::Ntfs(0), Turn::Ntfs(1)]]);
        check(&spec(seed, Server2019, San, &[]), &[&[Turn::Refs(1)]]);
        check(&spec(seed, Server2022, SpacesDirect, &[Refs]), &[&[Turn::Ntfs(0)]]);
        check(&spec(seed, Server2022, SpacesDirect, &[]), &[&[Turn::Refs(0), Turn::Owner(0, 1)]]);
    }
}

#[test]
fn filters_paths_and_nodes() {
    let open = Slack { open: true, ..Slack::default() };
    for seed in 0..3 {
        // Nothing tells how the volume was before the filter came.
        check_with(&spec(seed, Server2019, San, &[FilterKept]), &[&[Turn::NoFilter]], open);
        check_with(&spec(seed, Server2019, San, &[FilterKept, Refs]), &[&[Turn::NoFilter]], open);
        let lost = Spec { unfinished: true, ..spec(seed, Server2019, San, &[LostPath]) };
        // Between event 5121 and the state at the end nothing says that the path did not come back meanwhile.
        check_with(&lost, &[&[Turn::Repair]], open);
        check(&spec(seed, Server2019, San, &[Refs]), &[&[Turn::Add]]);
    }
}

/// Coordinators and VMs that move: pauses are not drawn alike then, and some I/O falls on the other side of one.
#[test]
fn the_rest_of_history_stays() {
    for seed in 0..4 {
        let spec = Spec { hours: 4, ..spec(seed, Server2019, San, &[Refs, Moves, LiveMigrations]) };
        let slack = Slack { time: 40_000_000_000, bytes: 8 * LARGEST, open: false };
        let changes: [&[Turn]; 3] =
            [&[Turn::Move(0, 1)], &[Turn::Ntfs(0), Turn::Ntfs(1)], &[Turn::Owner(0, 0)]];
        check_with(&spec, &changes, slack);
    }
}

/// Bytes through coordinators when the story is played with these owners and placements.
fn through(spec: &Spec, altered: Altered) -> u64 {
    let truth = truth(&Spec { altered, ..spec.clone() });
    true_links(&truth).values().map(|(_, bytes)| bytes).sum()
}

/// The proposal is what then goes through coordinators, no owner is better, and what it says of the failure of a node holds
/// wherever its volumes and VMs go.
#[test]
fn best_owners_played_again() {
    for seed in 0..3 {
        let spec = Spec { vms: 6, ..spec(seed, Server2019, San, &[Refs]) };
        let case = seen(&spec).case;
        let best = best_owners(&case);
        assert_eq!((best.basis, best.unknown.len()), (Basis::Bytes, 0));
        let index = |name: &Name| (0..spec.nodes).find(|at| node(&case, *at) == *name).unwrap();
        let mut owners = BTreeMap::new();
        for proposal in &best.volumes {
            let at = (0..spec.volumes).find(|at| volume(&case, *at) == proposal.volume).unwrap();
            owners.insert(at, index(&proposal.best));
        }
        let promised: u64 = best.volumes.iter().map(|proposal| proposal.after).sum();
        let proposed =
            |owners: &BTreeMap<usize, usize>| Altered { owners: owners.clone(), ..Altered::default() };
        assert_eq!(through(&spec, proposed(&owners)), promised, "seed {seed}");
        for &volume in owners.keys() {
            for other in 0..spec.nodes {
                let owners =
                    owners.iter().map(|(v, o)| (*v, if *v == volume { other } else { *o })).collect();
                assert!(
                    through(&spec, proposed(&owners)) >= promised,
                    "seed {seed}: Volume{volume} on {other}"
                );
            }
        }
        let runs: Vec<usize> = (0..spec.vms)
            .map(|at| {
                let places = &case.vms[vm(&case, at)].placement.pieces;
                index(&places.iter().rev().find_map(|p| p.value.as_ref()).unwrap().node)
            })
            .collect();
        for failed in &best.failures {
            let gone = index(&failed.node);
            // Everything goes one way, then the other.
            for step in 1..spec.nodes {
                let next =
                    |node: usize, step: usize| if node == gone { (node + step) % spec.nodes } else { node };
                for other in 1..spec.nodes {
                    let owners = owners.iter().map(|(v, o)| (*v, next(*o, step))).collect();
                    let placed = runs.iter().enumerate().map(|(vm, at)| (vm, next(*at, other))).collect();
                    let through = through(&spec, Altered { owners, placed, ..Altered::default() });
                    let (least, most) = failed.through;
                    assert!(
                        (least..=most).contains(&through),
                        "seed {seed}: {} fails, {through} of {least} to {most}",
                        failed.node
                    );
                }
            }
        }
    }
}
