//! Sources that contradict each other: a paragraph for each pair of ranks in "Where sources disagree" of ARCHITECTURE.md, with
//! what holds from ten o'clock on, how sure, and which claims support or contradict it. No log leaves room for the other.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::notation::{case, time};
use super::tests::COMPLETE;
use crate::case::Case;
use crate::timeline::{Piece, Timeline};

const DISK: &str = "
    end n1: volume #1=Volume1=Disk1
    end n1: resource Disk1 in 11111111-2222-3333-4444-555555555555
";
const GROUP: &str = "11111111-2222-3333-4444-555555555555";

/// The pieces from ten o'clock on: value, certainty, and each cited line by its role.
fn told<T>(timeline: &Timeline<T>, text: &str, case: &Case, word: impl Fn(&T) -> String) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tested = |piece: &&Piece<T>| piece.span.to.is_none_or(|to| to.0 > time("10:00"));
    for Piece { value, span } in timeline.pieces.iter().filter(tested) {
        let value = value.as_ref().map_or("-".to_owned(), &word);
        let _ = write!(out, "\n  {value} {}", span.certainty.word());
        for cite in &span.evidence {
            let line = lines[case.fact(cite.fact).fact.origin.offset as usize];
            let _ = write!(out, "; {} [{line}]", cite.role.word());
        }
    }
    out
}

fn owner(case: &Case, text: &str) -> String {
    told(&case.volumes[0].coordinator, text, case, ToString::to_string)
}

fn mode(case: &Case, text: &str) -> String {
    let (_, modes) = case.volumes[0].io_mode.iter().find(|(name, _)| name.as_str() == "n1").expect("a node");
    told(modes, text, case, |mode| mode.kind.word().to_owned())
}

fn place(case: &Case, text: &str) -> String {
    told(&case.vms[0].placement, text, case, |place| place.node.to_string())
}

/// One paragraph a pair of sources.
fn table(rows: &[(&str, String)], say: impl Fn(&Case, &str) -> String, expected: Expect) {
    let mut out = String::new();
    for (name, text) in rows {
        let text = format!("{COMPLETE}{DISK}{text}");
        let _ = writeln!(out, "{name}:{}", say(&case(&text), &text));
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
        ("8704 after a move", pair(&moved, "10:05 n1: volume #1 owner n1")),
        ("resource and resource", pair(resource, "10:00 n1: resource Disk1 online")),
        ("two tables", pair(&at_end("n1"), "end n2: volume #1 owner n2")),
    ];
    table(
        &rows,
        owner,
        expect![[r#"
            8704 and a table:
              n1 assumed; opens [10:00 n1: volume #1 owner n1]; contradicts [end n1: volume #1 owner n2]
            resource and a table:
              n2 assumed; opens [10:00 n2: resource Disk1 online]; contradicts [end n1: volume #1 owner n1]
            move and a table:
              n2 assumed; opens [10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2]; contradicts [end n1: volume #1 owner n1]
            8704 and resource:
              - unknown; contradicts [10:00 n1: volume #1 owner n1]; contradicts [10:00 n2: resource Disk1 online]
            8704 and move:
              n2 assumed; opens [10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2]
            8704 after a move:
              n2 assumed; opens [10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2]; contradicts [10:05 n1: volume #1 owner n1]
              n1 derived; opens [10:05 n1: volume #1 owner n1]
            resource and resource:
              - unknown; contradicts [10:00 n1: resource Disk1 online]; contradicts [10:00 n2: resource Disk1 online]
            two tables:
              - unknown; contradicts [end n1: volume #1 owner n1]; contradicts [end n2: volume #1 owner n2]
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
        mode,
        expect![[r#"
            5136 and a row:
              FileSystemRedirected observed; opens [10:00 n1: volume Volume1=Disk1 redirected-access on]
              - unknown; contradicts [10:00 n1: volume Volume1=Disk1 redirected-access on]; contradicts [end n1: volume #1 mode n1 Direct]
              Direct derived; opens [end n1: volume #1 mode n1 Direct]
            flag and a row:
              Direct assumed; contradicts [end n1: volume Volume1=Disk1 redirected-access on]; supports [end n1: volume #1 mode n1 Direct]
              Direct derived; opens [end n1: volume #1 mode n1 Direct]
            two rows:
              - unknown; contradicts [end n1: volume #1 mode n1 Direct]; contradicts [end n2: volume #1 mode n1 FileSystemRedirected UserRequest]
            ReFS and a row:
              - unknown; contradicts [end n1: volume #1 fs ReFS]; contradicts [end n1: volume #1 mode n1 Direct]
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
        ("worker after a move", format!("{moved}\n10:05 n1: vm sql#9 stopped")),
        ("role and Get-VM", format!("{role}\n{}", at_end("n1"))),
        ("move and Get-VM", format!("{moved}\n{}", at_end("n1"))),
        ("two Get-VM", format!("{}\nend n2: vm sql#9 on n2", at_end("n1"))),
    ];
    table(
        &rows,
        place,
        expect![[r#"
            worker and Get-VM:
              n1 assumed; opens [10:00 n1: vm sql#9 started]; contradicts [end n1: vm sql#9 on n2]
            worker and role:
              - unknown; contradicts [10:00 n1: vm sql#9 started]; contradicts [10:00 n2: group sql online]
            worker and move:
              n2 assumed; opens [10:00 n1: vm sql#9 started]; opens [10:00 n1: group sql move n1 n2]
            worker after a move:
              - unknown; contradicts [10:00 n1: group sql move n1 n2]; contradicts [10:05 n1: vm sql#9 stopped]
              n1 derived; opens [10:05 n1: vm sql#9 stopped]
            role and Get-VM:
              n2 assumed; opens [10:00 n2: group sql online]; contradicts [end n1: vm sql#9 on n1]
            move and Get-VM:
              n2 assumed; opens [10:00 n1: group sql move n1 n2]; contradicts [end n1: vm sql#9 on n1]
            two Get-VM:
              - unknown; contradicts [end n1: vm sql#9 on n1]; contradicts [end n2: vm sql#9 on n2]
        "#]],
    );
}
