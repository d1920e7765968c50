//! Sources that contradict each other: one test for each pair of ranks in "Where sources disagree" of ARCHITECTURE.md. Every
//! source tells at an instant at which complete logs leave no room for the other; what lost stays as evidence.

use super::notation::case;
use super::tests::COMPLETE;
use crate::case::Case;
use crate::fact::{Certainty, Role, Span};

const DISK: &str = "
    end n1: volume #1=Volume1=Disk1
    end n1: resource Disk1 in 11111111-2222-3333-4444-555555555555
";
const GROUP: &str = "11111111-2222-3333-4444-555555555555";

/// What is so at the end: value, certainty, and how many facts contradict.
fn told(value: Option<String>, span: &Span) -> String {
    let against = span.evidence.iter().filter(|cite| cite.role == Role::Contradicts).count();
    format!("{} {} {against}", value.as_deref().unwrap_or("-"), span.certainty.word())
}

fn owner(case: &Case) -> String {
    let piece = case.volumes[0].coordinator.pieces.last().expect("pieces cover all time");
    told(piece.value.as_ref().map(ToString::to_string), &piece.span)
}

fn mode(case: &Case, node: &str) -> String {
    let (_, modes) = case.volumes[0].io_mode.iter().find(|(name, _)| name.as_str() == node).expect("a node");
    let piece = modes.pieces.last().expect("pieces cover all time");
    told(piece.value.map(|mode| mode.kind.word().to_owned()), &piece.span)
}

fn place(case: &Case) -> String {
    let piece = case.vms[0].placement.pieces.last().expect("pieces cover all time");
    told(piece.value.as_ref().map(|place| place.node.to_string()), &piece.span)
}

fn check(text: &str, say: impl Fn(&Case) -> String, expect: &str) {
    let case = case(&format!("{COMPLETE}{DISK}{text}"));
    assert_eq!(say(&case), expect, "{text}");
    // Nothing that a contradiction touches is better than assumed.
    assert!(!expect.contains("contradicts") || !expect.contains(Certainty::Derived.word()));
}

#[test]
fn who_owns() {
    // Statements of one instant, so that no log can have told of a change between them.
    let csvfs = "10:00 n1: volume #1 owner n1";
    let resource = "10:00 n2: resource Disk1 online";
    let moved = format!("10:00 n1: group {GROUP} move n1 n2");
    let table = |node: &str| format!("end n1: volume #1 owner {node}");
    let pair = |a: &str, b: &str| format!("{a}\n{b}");
    check(&pair(csvfs, &table("n2")), owner, "n1 assumed 1");
    check(&pair(resource, &table("n1")), owner, "n2 assumed 1");
    check(&pair(&moved, &table("n1")), owner, "-");
    check(&pair(csvfs, resource), owner, "-");
    check(&pair(csvfs, &moved), owner, "-");
    check(&pair(resource, "10:00 n1: resource Disk1 online"), owner, "-");
    check(&pair(&table("n1"), "end n2: volume #1 owner n2"), owner, "-");
}

#[test]
fn in_which_mode() {
    let row = |mode: &str| format!("end n1: volume #1 mode n1 {mode}");
    let on = "10:00 n1: volume Volume1=Disk1 redirected-access on";
    let nature = "end n1: volume #1 fs NTFS\nend n1: volume #1 owner n1\nend n1: volume #1 storage san";
    let mode = |case: &Case| mode(case, "n1");
    check(&format!("{nature}\n{on}\n{}", row("Direct")), mode, "-");
    check(&format!("{nature}\n{}\nend n2: volume #1 mode n1 FileSystemRedirected UserRequest", row("Direct")), mode, "-");
    let refs = "end n1: volume #1 fs ReFS\nend n1: node n1 build 17763";
    check(&format!("{refs}\n{}", row("Direct")), mode, "-");
}

#[test]
fn where_a_vm_is() {
    let worker = "10:00 n1: vm sql#9 started";
    let role = "end n1: group sql vm\n10:00 n2: group sql online";
    let moved = "end n1: group sql vm\n10:00 n1: group sql move n1 n2";
    let table = |node: &str| format!("end n1: vm sql#9 on {node}");
    check(&format!("{worker}\n{}", table("n2")), place, "n1 assumed 1");
    check(&format!("{worker}\n{role}"), place, "-");
    check(&format!("{worker}\n{moved}"), place, "-");
    check(&format!("{role}\n{}", table("n1")), place, "n2 assumed 1");
    check(&format!("{moved}\n{}", table("n1")), place, "-");
    check(&format!("{}\nend n2: vm sql#9 on n2", table("n1")), place, "-");
}
