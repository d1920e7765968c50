//! What follows from a change, and that nothing follows from none.

use std::path::Path;

use super::{Basis, Change, best_owners, steps, what_if};
use crate::analysis::{Options, analyze};
use crate::bundle::{self, Bundle};
use crate::case::{Bytes, Case};
use crate::detour::Window;
use crate::fact::{
    BlockReasons, Certainty, Claim, FileSystem, FsReasons, IoMode, Name, ResourceClaim, ResourceRef,
    StorageKind,
};
use crate::fixture::Build;

fn volume(case: &Case, name: &str) -> usize {
    case.volumes.iter().position(|v| v.label().eq_ignore_ascii_case(name)).expect(name)
}

fn vm(case: &Case, name: &str) -> usize {
    case.vms.iter().position(|v| v.label().eq_ignore_ascii_case(name)).expect(name)
}

/// `move vm1 n2`, `owner v1 n1`, `ntfs v1`, `refs v1`, `no filter`, `repair n2`, `add n3`.
fn change(case: &Case, text: &str) -> Change {
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        ["move", who, node] => Change::Move { vm: vm(case, who), node: Name::node(node) },
        ["owner", what, node] => Change::Owner { volume: volume(case, what), node: Name::node(node) },
        ["ntfs", what] => Change::FileSystem { volume: volume(case, what), to: FileSystem::Ntfs },
        ["refs", what] => Change::FileSystem { volume: volume(case, what), to: FileSystem::Refs },
        ["no", "filter"] => Change::RemoveFilter { volume: None },
        ["repair", node] => Change::RepairPath { volume: None, node: Name::node(node) },
        ["add", node] => Change::AddNode { node: Name::node(node) },
        _ => panic!("{text}"),
    }
}

fn check(case: &Case, changes: &[&str], expect: &str) {
    let changes: Vec<Change> = changes.iter().map(|text| change(case, text)).collect();
    let out = what_if(case, &changes);
    let side = |side: &super::Side| {
        let hours = |nanos: i64| format!("{:.2}", nanos as f64 / 3.6e12);
        let links: Vec<String> = side
            .links
            .iter()
            .map(|(link, (nanos, _))| format!("{}>{} {}", link.node, link.coordinator, hours(*nanos)))
            .collect();
        let unknown = match side.unknown.nanos {
            0 => String::new(),
            nanos => format!(" ? {} {:?}", hours(nanos), side.unknown.missing),
        };
        format!("{}{unknown}", if links.is_empty() { "-".into() } else { links.join(", ") })
    };
    assert_eq!(format!("{} => {}", side(&out.before), side(&out.after)), expect, "{changes:?}");
}

const REFS: IoMode = IoMode {
    kind: crate::fact::ModeKind::FileSystemRedirected,
    file_system: FsReasons(0x20),
    block: BlockReasons(0),
};

/// Two nodes for ten hours; every mode observed on both.
fn two(file_system: FileSystem, storage: StorageKind, owned: IoMode, other: IoMode) -> Build {
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(file_system), Some(storage));
    b.owner(v, -1, 601, Some("N2"));
    b.mode(v, "N1", (-1, 601), Some(other), Certainty::Observed);
    b.mode(v, "N2", (-1, 601), Some(owned), Certainty::Observed);
    let sql = b.vm("sql", &[v]);
    b.runs(sql, -1, 601, Some("N1"));
    let web = b.vm("web", &[v]);
    b.runs(web, -1, 601, Some("N2"));
    b
}

#[test]
fn refs_on_a_lun() {
    let (case, _) = two(FileSystem::Refs, StorageKind::San, REFS, REFS).done();
    check(&case, &[], "N1>N2 10.00 => N1>N2 10.00");
    check(&case, &["ntfs Volume1"], "N1>N2 10.00 => -");
    check(&case, &["owner Volume1 N1"], "N1>N2 10.00 => N2>N1 10.00");
    check(&case, &["move sql N2"], "N1>N2 10.00 => -");
    check(&case, &["move sql N2", "move web N1"], "N1>N2 10.00 => N1>N2 10.00");
    check(&case, &["no filter"], "N1>N2 10.00 => N1>N2 10.00");
    check(&case, &["add N3"], "N1>N2 10.00 => N1>N2 10.00");
    let out = what_if(&case, &[change(&case, "add N3")]);
    assert_eq!(out.shares.map(|share| share.measured()), [Some(0.5); 2]);
    assert_eq!(out.shares.map(|share| share.expected()), [Some(0.5), Some(2.0 / 3.0)]);
}

#[test]
fn a_node_that_nothing_is_known_of() {
    let (case, _) = two(FileSystem::Refs, StorageKind::San, REFS, REFS).done();
    check(&case, &["move sql N3"], "N1>N2 10.00 => - ? 10.00 {\"the I/O mode of the node\"}");
}

#[test]
fn spaces_follow_their_owner() {
    let lost = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
    let (case, _) = two(FileSystem::Ntfs, StorageKind::SpacesDirect, IoMode::DIRECT, lost).done();
    check(&case, &["owner Volume1 N1"], "N1>N2 10.00 => N2>N1 10.00");
    check(&case, &["repair N1"], "N1>N2 10.00 => N1>N2 10.00");
    check(&case, &["refs Volume1"], "N1>N2 10.00 => N1>N2 10.00");
    let out = what_if(&case, &[]);
    assert_eq!(out.shares[0].measured(), Some(0.5), "the VM beside its owner is the other half");
}

#[test]
fn a_lost_path_can_be_repaired() {
    let lost = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
    let (case, _) = two(FileSystem::Ntfs, StorageKind::San, IoMode::DIRECT, lost).done();
    check(&case, &["repair N1"], "N1>N2 10.00 => -");
    check(&case, &["repair N2"], "N1>N2 10.00 => N1>N2 10.00");
    let why = "{\"a path of the new owner to the disk\"}";
    check(&case, &["owner Volume1 N1"], &format!("N1>N2 10.00 => - ? 10.00 {why}"));
}

#[test]
fn bytes_go_where_their_time_goes() {
    let (mut case, _) = two(FileSystem::Refs, StorageKind::San, REFS, REFS).done();
    for (at, route) in case.routes.iter_mut().enumerate() {
        let measured = 1000 * (at as u64 + 1);
        route.bytes = Some(Bytes { read: measured, written: 1, source: "test", ..Bytes::default() });
    }
    let bytes = |changes: &[&str]| {
        let changes: Vec<Change> = changes.iter().map(|text| change(&case, text)).collect();
        let out = what_if(&case, &changes);
        (out.before.bytes, out.after.bytes, out.after.unknown.bytes)
    };
    assert_eq!(bytes(&[]), (Some(1001), Some(1001), 0));
    assert_eq!(bytes(&["owner Volume1 N1"]), (Some(1001), Some(2001), 0));
    assert_eq!(bytes(&["move sql N2"]), (Some(1001), Some(0), 0));
    assert_eq!(bytes(&["move sql N3"]), (Some(1001), Some(0), 1001));
    let best = best_owners(&case);
    assert_eq!(
        (best.basis, best.volumes[0].best.as_str(), best.volumes[0].after),
        (Basis::Bytes, "N2", 1001)
    );
}

#[test]
fn the_best_owner_is_where_most_disks_are() {
    let mut b = two(FileSystem::Refs, StorageKind::San, REFS, REFS);
    let more = b.vm("erp", &[0]);
    b.runs(more, -1, 601, Some("N1"));
    let (case, _) = b.done();
    let best = best_owners(&case);
    let proposal = &best.volumes[0];
    assert_eq!((best.basis, proposal.best.as_str()), (Basis::Disks, "N1"));
    assert_eq!((proposal.before, proposal.after), (Some(2), 1));
    // With one node gone all VMs and volumes stand on the other.
    assert!(best.failures.iter().all(|failure| failure.through == (0, 0)), "{:?}", best.failures);
    // An equal number does not move anything.
    let (case, _) = two(FileSystem::Refs, StorageKind::San, REFS, REFS).done();
    assert_eq!(best_owners(&case).volumes[0].best.as_str(), "N2");
}

#[test]
fn only_a_node_that_may_own_and_vms_that_run_count() {
    // Two VMs on N1 pull the volume there, one on its owner holds it.
    let base = || {
        let mut b = two(FileSystem::Refs, StorageKind::San, REFS, REFS);
        let more = b.vm("erp", &[0]);
        (b, more)
    };
    let best = |case: &Case| best_owners(case).volumes[0].best.to_string();
    let (mut b, more) = base();
    b.runs(more, -1, 601, Some("N1"));
    assert_eq!(best(&b.done().0), "N1");
    // The second one was off at the end.
    let (mut b, more) = base();
    b.runs(more, -1, 300, Some("N1"));
    let mut case = b.done().0;
    let mut off = case.vms[more].placement.pieces[0].clone();
    off.span.from = off.span.to;
    off.span.to = case.to;
    off.value.as_mut().unwrap().state = Some(crate::fact::VmState::Off);
    case.vms[more].placement.pieces.push(off);
    assert_eq!(best(&case), "N2");
    // The disk may not come online there.
    let (mut b, more) = base();
    b.runs(more, -1, 601, Some("N1"));
    let disk = ResourceRef { name: b.case.volumes[0].resource.clone(), ..ResourceRef::default() };
    let only = ResourceClaim::PossibleOwners(vec!["N2".into()]);
    b.fact(Some(600), "N2", Claim::Resource(disk, only), "OwnerNodes : N2");
    assert_eq!(best(&b.done().0), "N2");
    // The node is down.
    let (mut b, more) = base();
    b.runs(more, -1, 601, Some("N1"));
    let mut case = b.done().0;
    let mut down = case.nodes[0].up.pieces.last().cloned().unwrap_or_else(|| crate::case::Piece {
        span: case.volumes[0].coordinator.pieces[0].span.clone(),
        value: None,
    });
    down.value = Some(false);
    case.nodes[0].up.pieces = vec![down];
    assert_eq!(best(&case), "N2");
}

/// Where one node of three has no path, only its VM detours: a failure of another counts no other disk.
#[test]
fn a_failure_counts_what_would_detour() {
    let lost = IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY);
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763).node("N3", 17763).node("N4", 17763);
    let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(v, -1, 601, Some("N2"));
    for (node, mode) in [("N1", IoMode::DIRECT), ("N2", IoMode::DIRECT), ("N3", lost), ("N4", IoMode::DIRECT)]
    {
        b.mode(v, node, (-1, 601), Some(mode), Certainty::Observed);
    }
    for (name, node) in [("a", "N1"), ("b", "N2"), ("c", "N3")] {
        let vm = b.vm(name, &[v]);
        b.runs(vm, -1, 601, Some(node));
    }
    let best = best_owners(&b.done().0);
    assert_eq!((best.volumes[0].best.as_str(), best.volumes[0].after), ("N2", 1));
    let through: Vec<(&str, (u64, u64))> =
        best.failures.iter().map(|f| (f.node.as_str(), f.through)).collect();
    // N2 goes: `b` may come up on N3 or not, the volume anywhere; N4 has nothing.
    assert_eq!(through, [("N1", (1, 2)), ("N2", (0, 2)), ("N3", (0, 1)), ("N4", (1, 1))]);
}

/// VM, disk, node, route, beginning and end.
type Way<'a> = (usize, usize, Option<&'a Name>, &'static str, i64, i64);

/// Without a change the steps are the routes: on every sample.
#[test]
fn nothing_follows_from_nothing() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut folders: Vec<_> =
        std::fs::read_dir(samples).expect("samples").flatten().map(|e| e.path()).collect();
    folders.sort();
    for folder in folders.into_iter().filter(|path| path.is_dir()) {
        let bundle = Bundle::open(std::slice::from_ref(&folder), &bundle::Options::default());
        let case = analyze(&bundle, &Options::default()).case;
        let window = Window::of_case(&case).expect("times");
        let mut was: Vec<Way<'_>> = Vec::new();
        for route in &case.routes {
            if let Some(cut) = window.cut(&route.span) {
                was.push((
                    route.vm,
                    route.disk,
                    route.node.as_ref(),
                    route.route.word(),
                    cut.from.0,
                    cut.to.0,
                ));
            }
        }
        let all = steps(&case, &[]);
        let now: Vec<Way<'_>> = all
            .iter()
            .map(|s| (s.vm, s.disk, s.node.as_ref(), s.route.word(), s.window.from.0, s.window.to.0))
            .collect();
        assert_eq!(joined(was), joined(now), "{}", folder.display());
    }
}

/// Neighbours that differ in certainty or coordinator alone are one.
fn joined(ways: Vec<Way<'_>>) -> Vec<Way<'_>> {
    let mut out: Vec<Way<'_>> = Vec::new();
    for way in ways {
        match out.last_mut() {
            Some(last) if (last.0, last.1, last.2, last.3, last.5) == (way.0, way.1, way.2, way.3, way.4) => {
                last.5 = way.5;
            }
            _ => out.push(way),
        }
    }
    out
}
