//! Sources that contradict each other: a line for each pair of ranks in "Where sources disagree" of ARCHITECTURE.md, with
//! what holds at the end, how sure, and how many facts contradict it. No log leaves room for the other.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::notation::case;
use super::tests::COMPLETE;
use crate::case::Case;
use crate::fact::{Role, Span};

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

/// One line a pair of sources.
fn table(rows: &[(&str, String)], say: impl Fn(&Case) -> String, expected: Expect) {
    let mut out = String::new();
    for (name, text) in rows {
        let _ = writeln!(out, "{name}: {}", say(&case(&format!("{COMPLETE}{DISK}{text}"))));
    }
    expected.assert_eq(&out);
}

#[test]
fn who_owns() {
    let csvfs = "10:00 n1: volume #1 owner n1";
    let resource = "10:00 n2: resource Disk1 online";
    let moved = format!("10:00 n1: group {GROUP} move n1 n2");
    let at_end = |node: &str| format!("end n1: volume #1 owner {node}");
    let pair = |a: &str, b: &str| format!("{a}\n{b}");
    let rows = [
        ("8704 and a table", pair(csvfs, &at_end("n2"))),
        ("resource and a table", pair(resource, &at_end("n1"))),
        ("move and a table", pair(&moved, &at_end("n1"))),
        ("8704 and resource", pair(csvfs, resource)),
        ("8704 and move", pair(csvfs, &moved)),
        ("resource and resource", pair(resource, "10:00 n1: resource Disk1 online")),
        ("two tables", pair(&at_end("n1"), "end n2: volume #1 owner n2")),
    ];
    table(
        &rows,
        owner,
        expect![[r#"
        8704 and a table: n1 assumed 1
        resource and a table: n2 assumed 1
        move and a table: n2 assumed 1
        8704 and resource: - unknown 0
        8704 and move: n2 assumed 0
        resource and resource: - unknown 0
        two tables: - unknown 1
    "#]],
    );
}

#[test]
fn in_which_mode() {
    let row = |mode: &str| format!("end n1: volume #1 mode n1 {mode}");
    let nature = "end n1: volume #1 fs NTFS\nend n1: volume #1 owner n1\nend n1: volume #1 storage san";
    let on = format!("{nature}\n10:00 n1: volume Volume1=Disk1 redirected-access on");
    let flag = format!("{nature}\nend n1: volume Volume1=Disk1 redirected-access on");
    let refs = "end n1: volume #1 fs ReFS\nend n1: node n1 build 17763";
    let rows = [
        ("5136 and a row", format!("{on}\n{}", row("Direct"))),
        ("flag and a row", format!("{flag}\n{}", row("Direct"))),
        (
            "two rows",
            format!(
                "{nature}\n{}\nend n2: volume #1 mode n1 FileSystemRedirected UserRequest",
                row("Direct")
            ),
        ),
        ("ReFS and a row", format!("{refs}\n{}", row("Direct"))),
    ];
    table(
        &rows,
        |case| mode(case, "n1"),
        expect![[r#"
        5136 and a row: Direct derived 0
        flag and a row: Direct derived 0
        two rows: - unknown 1
        ReFS and a row: - unknown 2
    "#]],
    );
}

#[test]
fn where_a_vm_is() {
    let worker = "10:00 n1: vm sql#9 started";
    let role = "end n1: group sql vm\n10:00 n2: group sql online";
    let moved = "end n1: group sql vm\n10:00 n1: group sql move n1 n2";
    let at_end = |node: &str| format!("end n1: vm sql#9 on {node}");
    let rows = [
        ("worker and Get-VM", format!("{worker}\n{}", at_end("n2"))),
        ("worker and role", format!("{worker}\n{role}")),
        ("worker and move", format!("{worker}\n{moved}")),
        ("role and Get-VM", format!("{role}\n{}", at_end("n1"))),
        ("move and Get-VM", format!("{moved}\n{}", at_end("n1"))),
        ("two Get-VM", format!("{}\nend n2: vm sql#9 on n2", at_end("n1"))),
    ];
    table(
        &rows,
        place,
        expect![[r#"
        worker and Get-VM: n1 assumed 0
        worker and role: - unknown 0
        worker and move: n2 assumed 0
        role and Get-VM: n2 assumed 0
        move and Get-VM: n2 assumed 0
        two Get-VM: - unknown 1
    "#]],
    );
}
