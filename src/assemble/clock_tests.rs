//! Clocks of whole clusters: groups, lone nodes, `--skew`, steps told and untold, wrong pairs.

use super::{InputData, notation};
use crate::clock::{Clocks, FileClock, OWN_CLOCK};
use crate::fact::{ClockReading, Fact, InputId, Stamp};

/// Of clusters told in the notation: by node, milliseconds to add beyond what the first node's time needs, and the
/// group, if anything compares the node; all at noon.
fn check_nodes(text: &str, expect: &[(&str, i64, Option<u32>)]) {
    let found = settle_nodes(text, "12:00");
    let first = found[0].1;
    let found: Vec<(String, i64, Option<u32>)> =
        found.into_iter().map(|(name, add, _, group)| (name, (add - first) / 1_000_000, group)).collect();
    let expect: Vec<(String, i64, Option<u32>)> =
        expect.iter().map(|&(name, add, group)| (name.to_owned(), add, group)).collect();
    assert_eq!(found, expect, "{text}");
}

/// By node: what to add at a time, the spread, the group.
fn settle_nodes(text: &str, at: &str) -> Vec<(String, i64, i64, Option<u32>)> {
    let (inputs, options) = notation::inputs(text);
    let files: Vec<FileClock> = inputs.iter().map(super::file_clock).collect();
    let own = |input: &InputData| -> Vec<Fact> {
        input.facts.iter().map(|fact| fact.clone().by(input.node.clone())).collect()
    };
    let facts: Vec<Fact> = inputs.iter().flat_map(own).collect();
    let clocks = Clocks::settle(&files, &[&facts], &options.clock);
    let at = notation::time(at);
    let read = |reading: ClockReading| {
        let moment =
            clocks.place(InputId(999), Some(&reading.node), Stamp::Utc(at)).expect("a place in time");
        let group = reading.compared.map(|compared| compared.group);
        (reading.node.as_str().to_lowercase(), moment.at.0 - at, moment.spread, group)
    };
    clocks.readings(&files).into_iter().map(read).collect()
}

/// Proposed views 1, 2, ... at nine, ten, ... of two nodes; the second's clock is so many seconds ahead.
fn views(nodes: [&str; 2], ahead: &[i64]) -> String {
    let mut out = String::new();
    for (at, ahead) in ahead.iter().enumerate() {
        let (hour, second) = (9 + at, ahead.rem_euclid(60));
        let minute = ahead.div_euclid(60);
        out += &format!("{hour:02}:00 {}: node self view @{at} proposed 1 2\n", nodes[0]);
        out +=
            &format!("{hour:02}:{minute:02}:{second:02} {}: node self view @{at} proposed 1 2\n", nodes[1]);
    }
    out
}

#[test]
fn nodes_on_one_clock() {
    let even = views(["n1", "n2"], &[60; 5]);
    let both = [("n1", 0, Some(0)), ("n2", -60_000, Some(0))];
    check_nodes(&even, &both);
    // A node that tells nothing of the others keeps its own clock, and two groups say that they are two.
    let alone = format!("{even}10:00 n3: node self booted\n");
    let placed = settle_nodes(&alone, "12:00");
    assert_eq!((placed[2].3, placed[2].2), (None, 2 * OWN_CLOCK));
    let apart =
        format!("{even}10:00 n3: node self booted\n{}", views(["n4", "n5"], &[7; 4]).replace('@', "@9"));
    let groups: Vec<Option<u32>> = settle_nodes(&apart, "12:00").into_iter().map(|n| n.3).collect();
    assert_eq!(groups, [Some(0), Some(0), None, Some(1), Some(1)]);
    assert!(settle_nodes(&apart, "12:00")[3].2 >= 2 * OWN_CLOCK);
    // What the user gives holds, and takes the others along.
    check_nodes(&format!("skew n2 +5s\n{even}"), &[("n1", 0, Some(0)), ("n2", -60_000, None)]);
    assert_eq!(settle_nodes(&format!("skew n2 +5s\n{even}"), "12:00")[1].1, 5_000_000_000);
    // One wrong pair, and an id that came again, change nothing.
    check_nodes(&views(["n1", "n2"], &[60, 60, 1300, 60, 60, 60]), &both);
    check_nodes(
        &format!("{even}{}", views(["n1", "n2"], &[60]).replace("09:", "09:1").replace("09:10", "09:2")),
        &both,
    );
    // One change of members is one moment, however many lines tell it.
    let once = "09:00 n1: node self view @1 S 1 2\n09:01 n2: node self view @1 S 1 2\n";
    let once: String =
        ["proposed", "paused", "current"].iter().map(|stage| once.replace('S', stage)).collect();
    check_nodes(&once, &[("n1", 0, None), ("n2", 0, None)]);
}

#[test]
fn clocks_that_are_set() {
    let set = views(["n1", "n2"], &[60, 60, 60, 0, 0]);
    // Told by the node's event log: the times before it are put on the clock after it.
    check_nodes(
        &format!("{set}11:30 n2/evtx: clock set 11:31 to 11:30\n"),
        &[("n1", 0, Some(0)), ("n2", 0, Some(0))],
    );
    // Told by nobody: whatever comes out, the spread covers it, before and after.
    for ahead in [&[60, 60, 60, 0, 0][..], &[60, 60, 60, 60, 60, 0], &[60, 0, 0, 0, 0, 0, 0], &[60, 60, 0, 0]]
    {
        let text = views(["n1", "n2"], ahead);
        for (at, ahead) in ahead.iter().enumerate() {
            let nodes = settle_nodes(&text, &format!("{:02}:00", 9 + at));
            let off = (nodes[1].1 - nodes[0].1 + ahead * 1_000_000_000).abs();
            assert!(off <= nodes[0].2 + nodes[1].2, "{ahead} at {at}: {nodes:?}");
        }
    }
}

/// A node's logs are exported together, so that its event logs reach the end of its cluster.log: where that is known.
#[test]
fn a_log_in_doubt_ends_no_other() {
    let end = |base: &str| {
        let text = format!(
            "cover n1/evtx: op 09:00..12:00\nbase n1: {base}\ncover n1: engine 09:00..20:00\n09:30 n1: node self booted"
        );
        let (mut inputs, options) = notation::inputs(&text);
        for input in &mut inputs {
            input.kind = if input.path == "n1.log" { "cluster_log" } else { "evtx" };
            for piece in input.coverage.iter_mut().filter(|_| input.kind == "cluster_log") {
                for stamp in [&mut piece.from, &mut piece.to] {
                    if let Stamp::Utc(at) = *stamp {
                        *stamp = Stamp::File(at);
                    }
                }
            }
        }
        let covered = super::assemble(inputs, &options).covered;
        let event_log =
            covered.iter().find(|piece| piece.channel == crate::fact::Channel::ClusterOperational);
        event_log.map(|piece| piece.to.0)
    };
    assert_eq!(end("local 0"), Some(notation::time("20:00")));
    assert_eq!(end("unknown"), Some(notation::time("12:00")));
}
