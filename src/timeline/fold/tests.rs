//! Points in a notation, pieces as text: gaps, conflicts, announcements, clocks.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::{Carry, Point, Said, fold};
use crate::clock::ClockKey;
use crate::fact::{FactId, Instant, Role};
use crate::timeline::cover::{Cover, Intervals};
use crate::timeline::{Piece, Timeline};

/// `cover a 0..50 @1`, then statements: time, `a>b` (was a, becomes b), `>b`, `a>`, `a` (is), `!a` (is not), `>!a`,
/// then any of `@clock`, `~spread`, `rank=2`, `announced`, `collected`. The case runs from 0 to 100. `p` passes, `u`
/// begins unseen.
pub(super) fn points(text: &str) -> (Vec<(char, Cover)>, Vec<Point<char>>) {
    let (mut covers, mut points) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |mark: char| words.iter().find_map(|w| w.strip_prefix(mark)?.parse::<i64>().ok());
        let clock = ClockKey(number('@').unwrap_or(0) as u32);
        if words[0] == "cover" {
            let (from, to) = words[2].split_once("..").unwrap();
            let part = (Instant(from.parse().unwrap()), Instant(to.parse().unwrap()));
            let cover = Cover::new(Intervals::new(vec![part]), Some(clock), 0).of_logs_until(Some(part.1));
            covers.push((words[1].chars().next().unwrap(), cover));
            continue;
        }
        let said = |text: &str| match text.as_bytes() {
            [] => Said::Nothing,
            [b'!', v] => Said::Not(*v as char),
            [b'?'] => Said::Ended,
            [v] => Said::Is(*v as char),
            _ => panic!("{text}"),
        };
        let (before, after) = match words[1].split_once('>') {
            Some((before, after)) => (said(before), said(after)),
            None => (said(words[1]), said(words[1])),
        };
        let rank = words.iter().find_map(|w| w.strip_prefix("rank=")).map_or(1, |r| r.parse().unwrap());
        points.push(Point {
            at: Instant(words[0].parse().unwrap()),
            spread: number('~').unwrap_or(0),
            clock,
            fact: FactId(points.len() as u32),
            before,
            after,
            rank,
            announced: words.contains(&"announced"),
            collected: words.contains(&"collected"),
            disputed: false,
        });
    }
    (covers, points)
}

pub(super) fn folded(covers: &[(char, Cover)], points: Vec<Point<char>>) -> Timeline<char> {
    let cover = |value: &char| {
        let mut all = Cover::default();
        let found = covers.iter().filter(|c| c.0 == *value || c.0 == '*');
        found.for_each(|(_, cover)| all.add(Instant(0), Instant(100), cover));
        all
    };
    let passing = |value: &char| *value == 'p';
    let unseen = |value: &char| *value == 'u';
    let (from, to) = (Instant(0), Instant(100));
    fold(points, &Carry { cover: &cover, passing: &passing, unseen: &unseen, from, to })
}

fn print(timeline: &Timeline<char>) -> String {
    let mut out = String::new();
    for Piece { span, value } in &timeline.pieces {
        let end = |at: Option<Instant>| at.map_or(String::new(), |at| at.0.to_string());
        let value = value.unwrap_or('-');
        let _ = write!(out, "{}..{} {value} {}", end(span.from), end(span.to), span.certainty.word());
        for cite in &span.evidence {
            // "c" closes, "x" contradicts.
            let role = if cite.role == Role::Contradicts { "x" } else { &cite.role.word()[..1] };
            let _ = write!(out, " {role}{}", cite.fact.0);
        }
        out.push('\n');
    }
    out
}

fn check(text: &str, expected: Expect) {
    let (covers, points) = points(text);
    expected.assert_eq(&print(&folded(&covers, points)));
}

#[test]
fn between_two_that_agree() {
    check(
        "10 a\n90 a",
        expect![[r#"
        ..10 a assumed s0
        10..11 a observed o0
        11..90 a assumed o0 s1
        90..91 a observed o1
        91.. a assumed o1
    "#]],
    );
    check(
        "cover a 0..100\n10 a\n90 a",
        expect![[r#"
        .. a derived s0 s1
    "#]],
    );
    check(
        "cover a 10..40\n10 a\n90 a",
        expect![[r#"
        ..10 a assumed s0
        10..40 a derived o0 s1
        40..90 a assumed o0 s1
        90..91 a observed o1
        91.. a assumed o1
    "#]],
    );
    check(
        "cover a 10..40\ncover a 60..95\n10 a\n90 a",
        expect![[r#"
        ..10 a assumed s0
        10..40 a derived o0 s1
        40..60 a assumed o0 s1
        60..95 a derived o0 s1
        95.. a assumed o1
    "#]],
    );
}

#[test]
fn changes() {
    check(
        "cover * 0..100\n10 >a\n50 a>b",
        expect![[r#"
        ..10 - unknown
        10..50 a derived o0 c1
        50.. b derived o1
    "#]],
    );
    check(
        "cover a 5..100\ncover b 50..80\n10 >a\n50 a>b",
        expect![[r#"
        ..10 - unknown
        10..50 a derived o0 c1
        50..80 b derived o1
        80.. b assumed o1
    "#]],
    );
    check(
        "cover * 0..100\n50 a>b\n50 >b",
        expect![[r#"
        ..50 a derived c0
        50.. b derived o1
    "#]],
    );
    check(
        "cover * 0..100\n40 a>\n60 >b",
        expect![[r#"
        ..40 a derived c0
        40..60 - unknown s0 s1
        60.. b derived o1
    "#]],
    );
    check(
        "cover a 0..100\n20 >b\n50 a>b",
        expect![[r#"
            ..20 - unknown
            20..21 b observed o0
            21..50 - unknown x0 x1
            50..51 b observed o1
            51.. b assumed o1
        "#]],
    );
}

#[test]
fn what_begins_unseen() {
    // Nothing tells when `a` ended: the log that is complete does not tell of it.
    check(
        "cover a 0..100\n10 a\n30 a\n60 >u",
        expect![[r#"
        ..30 a derived s0 s1
        30..60 a assumed o1 c2
        60..61 u observed o2
        61.. u assumed o2
    "#]],
    );
    // Something tells.
    check(
        "cover a 0..100\n10 a\n60 a>\n61 >u",
        expect![[r#"
            ..60 a derived s0 c1
            60..61 - unknown s1 s2
            61..62 u observed o2
            62.. u assumed o2
        "#]],
    );
}

#[test]
fn disagreement_without_a_change() {
    check(
        "cover a 0..30\ncover b 60..100\n10 a\n90 b",
        expect![[r#"
        ..30 a derived s0
        30..60 - unknown s0 s1
        60.. b derived s1
    "#]],
    );
    check(
        "cover * 0..100\n10 a\n90 b",
        expect![[r#"
            ..10 a derived s0
            10..90 - unknown x0 x1
            90.. b derived o1
        "#]],
    );
    check(
        "cover * 0..100\n10 >a\n90 b rank=4",
        expect![[r#"
            ..10 - unknown
            10.. a assumed o0 x1
        "#]],
    );
    check(
        "cover * 0..100\n10 b rank=4\n50 a>c",
        expect![[r#"
            ..50 a assumed x0 c1
            50.. c derived o1
        "#]],
    );
    check(
        "cover * 0..100\n50 a\n50 b",
        expect![[r#"
            .. - unknown x0 x1
        "#]],
    );
    check(
        "cover * 0..100\n10 a\n50 >!a\n60 !c\n90 b",
        expect![[r#"
            ..50 a derived s0 c1
            50.. b derived s3
        "#]],
    );
    check(
        "cover * 0..100\n10 a\n50 !a\n60 !c\n90 b",
        expect![[r#"
            ..10 a derived s0
            10..50 - unknown x0 x1
            50.. b derived s3
        "#]],
    );
}

#[test]
fn both_sides_of_a_contradiction_are_kept() {
    // Outranked before logs that end: what follows stays as it was, what it stands in is assumed.
    check(
        "cover a 0..30\ncover b 60..100\n10 a\n20 b rank=4\n90 b",
        expect![[r#"
            ..10 a derived s0
            10..30 a assumed o0 x1
            30..60 - unknown s0 x1 s2
            60.. b derived s2
        "#]],
    );
    // Two states at one time, one of higher rank.
    check(
        "cover * 0..100\n10 >a\n50 a\n50 b rank=4\n90 a",
        expect![[r#"
        ..10 - unknown
        10..11 a observed o0
        11..50 a assumed o0 s1 x2
        50..51 a observed o1
        51..90 a assumed o1 x2 s3
        90.. a derived o3
    "#]],
    );
    // An announced move, and then the old state again.
    check(
        "cover * 0..100\n10 a>b announced\n20 >a",
        expect![[r#"
        ..10 a derived c0
        10..20 b assumed o0 x1
        20.. a derived o1
    "#]],
    );
    // An event that ends a state by itself is no side of it.
    check(
        "cover * 0..100\n50 >b ~9\n55 >c @1 ~9\n56 ?>? @2 ~9",
        expect![[r#"
        .. - unknown x0 x1 s2
    "#]],
    );
    // No more than a few of many.
    let many = "90 b rank=4\n".repeat(30);
    check(
        &format!("cover * 0..100\n10 >a\n{many}"),
        expect![[r#"
        ..10 - unknown
        10.. a assumed o0 x1 x2 x3 x4 x5 x6 x7 x8
    "#]],
    );
}

#[test]
fn announcements() {
    check(
        "cover * 0..100\n10 a>b announced",
        expect![[r#"
        ..10 a derived c0
        10.. b assumed o0
    "#]],
    );
    check(
        "cover * 0..100\n10 a>b announced\n20 >b",
        expect![[r#"
        ..10 a derived c0
        10.. b derived o0 s1
    "#]],
    );
    check(
        "cover * 0..100\n10 a>b announced\n11 a>b announced @1\n20 b>c announced",
        expect![[r#"
        ..10 a derived c0
        10..20 b derived o0 s1 c2
        20.. c assumed o2
    "#]],
    );
    // Of what was so already.
    check(
        "cover * 0..50\n10 >b\n11 >b announced\n60 ?>?",
        expect![[r#"
        ..10 - unknown
        10..50 b derived o0 s1
        50.. - unknown s1 s2
    "#]],
    );
    check(
        "cover * 0..50\n10 >b\n11 a>b announced\n60 ?>?",
        expect![[r#"
        ..10 - unknown
        10..11 b observed o0
        11..50 b assumed o1
        50.. - unknown s1 s2
    "#]],
    );
    check(
        "cover * 0..100\n10 a>b announced\n20 ?>?",
        expect![[r#"
            ..10 a derived c0
            10..20 b assumed o0 c1
            20.. - unknown s1
        "#]],
    );
}

#[test]
fn collection_reaches_the_end_of_a_log() {
    check(
        "cover a 0..80\n100 a collected",
        expect![[r#"
        .. a derived s0
    "#]],
    );
    check(
        "cover a 0..80\n100 a",
        expect![[r#"
        ..100 a assumed s0
        100.. a observed o0
    "#]],
    );
}

#[test]
fn states_that_pass() {
    check(
        "cover * 0..100\n10 >p\n20 >a",
        expect![[r#"
        ..10 - unknown
        10..20 p derived o0 c1
        20.. a derived o1
    "#]],
    );
    check(
        "cover * 0..100\n10 >p",
        expect![[r#"
        ..10 - unknown
        10..11 p observed o0
        11.. p assumed o0
    "#]],
    );
    check(
        "cover * 0..100\n10 >p\n50 >p\n60 >a",
        expect![[r#"
        ..10 - unknown
        10..11 p observed o0
        11..50 p assumed o0 s1
        50..60 p derived o1 c2
        60.. a derived o2
    "#]],
    );
}

#[test]
fn clocks_within_their_spread() {
    // Linked: the other order does not fit.
    check(
        "cover * 0..100\n50 a>b ~9\n55 b>c @1 ~9",
        expect![[r#"
        ..50 a derived c0
        50..55 b derived o0 c1
        55.. c derived o1
    "#]],
    );
    check(
        "cover * 0..100\n50 b>c @1 ~9\n55 a>b ~9",
        expect![[r#"
        ..55 a derived c1
        55.. c derived o0
    "#]],
    );
    // Unlinked: either could be the last.
    check(
        "cover * 0..100\n50 >b ~9\n55 >c @1 ~9",
        expect![[r#"
            .. - unknown x0 x1
        "#]],
    );
    // There and back by two clocks: which was first is known only where it began.
    check(
        "cover * 0..100\n50 a>b ~9\n55 b>a @1 ~9",
        expect![[r#"
            .. - unknown x0 x1
        "#]],
    );
    check(
        "cover * 0..100 @2\n10 a\n50 a>b ~9\n55 b>a @1 ~9",
        expect![[r#"
            ..50 a derived s0 c1
            50.. - unknown x1 x2
        "#]],
    );
    // A log that begins within the spread may have missed a change.
    check(
        "cover b 45..100 @1\n50 a>b ~9\n80 b @1",
        expect![[r#"
        ..50 a assumed c0
        50.. b derived o0 s1
    "#]],
    );
}
