//! Streams of events in a small notation, and the traffic that they give.

use super::Trace;
use crate::fact::{Claim, Flow, Guid, InputId, Origin, Place, Stamp, TrafficClaim, TrafficPath};
use crate::ledger::Tally;
use crate::source::event::{Event, Field, Occurrence, Value};

const SECOND: i64 = 1_000_000_000;
/// 2024-01-01, a whole minute.
const BEGIN: i64 = 1_704_067_200 * SECOND;

/// `10 read #1 a.vhdx` begins an I/O; `11 direct #1 4096`, `11 redirected #1 4096` and `12 end #1` come after.
/// Further words: `~2` context (1), `!3` activity, `v9` control block (5), `o7` file object, `p4` process,
/// `x` failed, `V1` volume id, `t100` ticks. `open o7 V1 a.vhdx`, `close o7`, `block v9 V1`, `state v9 V1`.
fn feed(trace: &mut Trace, line: &str, tally: &mut Tally) {
    let (at, rest) = line.trim().split_once(' ').expect("a time");
    let (what, rest) = rest.split_once(' ').expect("what");
    let mut words: Vec<(char, u64)> = Vec::new();
    let mut file = "";
    let mut bytes = 0;
    for word in rest.split_whitespace() {
        let key = word.chars().next().expect("a word");
        match word[1..].parse() {
            Ok(number) if !key.is_ascii_digit() => words.push((key, number)),
            _ if word == "x" => words.push(('x', 1)),
            _ if key.is_ascii_digit() => bytes = word.parse().expect("bytes"),
            _ => file = word,
        }
    }
    let get = |key: char| words.iter().find(|w| w.0 == key).map(|w| w.1);
    let number = |key, or| Value::Unsigned(get(key).unwrap_or(or));
    let id = Value::Guid(Guid([get('V').unwrap_or(0) as u8; 16]));
    let (irp, context, status) =
        (number('#', 0), number('~', 1), Value::Unsigned(if get('x').is_some() { 0xC000_0001 } else { 0 }));
    let zero = || Value::Unsigned(0);
    let name = Value::Text(format!(r"\{file}").into());
    let (event, values) = match what {
        "read" | "write" | "flush" => {
            let major = match what {
                "read" => 3,
                "write" => 4,
                _ => 9,
            };
            let mut values = vec![irp, context, number('o', 0), number('v', 5), zero(), zero(), zero(), name];
            values.extend([zero(), zero(), Value::Unsigned(major), zero(), zero(), zero()]);
            values.extend([zero(), zero(), zero(), zero()]);
            (9472, values)
        }
        "end" => (9728, vec![irp, context, status, Value::Unsigned(bytes)]),
        "direct" | "redirected" => {
            let event = if what == "direct" { 12320 } else { 12336 };
            (event, vec![irp, context, status, Value::Unsigned(bytes), number('t', 100)])
        }
        "open" => {
            let mut values = vec![irp, number('v', 5), id, number('o', 0), zero(), zero(), name];
            values.extend([zero(), zero(), zero(), zero()]);
            (256, values)
        }
        "close" => (512, vec![irp, number('o', 0)]),
        "block" => (848, vec![zero(), zero(), zero(), number('v', 5), id, zero()]),
        "state" => (9216, vec![number('v', 5), id, Value::Signed(4), zero(), zero()]),
        other => panic!("{other}"),
    };
    let fields: Vec<Field<'_>> = values.into_iter().map(|value| Field { name: "", value }).collect();
    let at: f64 = at.parse().expect("seconds");
    let occurrence = Occurrence {
        event: Event {
            provider: "Microsoft-Windows-FailoverClustering-CsvFs-Diagnostic",
            provider_id: None,
            id: event,
            version: Some(0),
            level: 4,
            channel: "",
            user: None,
            fields: &fields,
        },
        stamp: Stamp::utc(BEGIN + (at * SECOND as f64) as i64),
        origin: Origin { input: InputId(0), offset: tally.entries, place: Place::Offset },
        computer: None,
        process: get('p').map(|p| p as u32),
        thread: None,
        processor: None,
        opcode: None,
        keywords: None,
        activity: get('!').map(|n| Guid([n as u8; 16])),
    };
    trace.take(&occurrence, tally);
}

/// One bucket in one line: `first+length volume file path r bytes/operations w ... u ...`.
fn told(stamp: Stamp, claim: &TrafficClaim) -> String {
    let Stamp::Utc(at) = stamp else { panic!("{stamp:?}") };
    let flow = |name: &str, flow: &Flow| match flow.operations {
        Some(operations) => format!(" {name}{}/{operations}", flow.bytes),
        None => String::new(),
    };
    let volume = claim.volume.guid.map_or("-".into(), |guid| guid.0[0].to_string());
    let file = claim.file.as_ref().map_or("-", |file| file.as_str());
    let path = match claim.path {
        TrafficPath::Direct => "direct",
        TrafficPath::FileSystemRedirected => "redirected",
        TrafficPath::BlockRedirected => "block",
    };
    let process = claim.process.map_or(String::new(), |process| format!(" p{process}"));
    let flows = [flow("r", &claim.read), flow("w", &claim.written), flow("u", &claim.undirected)].concat();
    let lossy = if claim.lossy { " lossy" } else { "" };
    let seconds = |nanos: i64| nanos as f64 / SECOND as f64;
    format!("{}+{} {volume} {file}{process} {path}{flows}{lossy}", seconds(at - BEGIN), seconds(claim.length))
}

fn run(events: &str, gaps: &[(i64, i64)]) -> (String, Tally) {
    let mut tally = Tally::new(InputId(0));
    let mut trace = Trace::new();
    gaps.iter().for_each(|(from, to)| trace.gap(BEGIN + from * SECOND, BEGIN + to * SECOND));
    let lines = events.split([';', '\n']).filter(|line| !line.trim().is_empty());
    lines.for_each(|line| feed(&mut trace, line, &mut tally));
    let facts = trace.finish(&mut tally).facts;
    let buckets = facts.iter().filter_map(|fact| match &fact.claim {
        Claim::Traffic(claim) => Some(told(fact.stamp, claim)),
        _ => None,
    });
    assert!(tally.balances());
    (buckets.collect::<Vec<_>>().join("; "), tally)
}

/// Events, and the buckets and notes that they give.
fn check(events: &str, expect: &str, notes: &str) {
    check_with(events, &[], expect, notes);
}

fn check_with(events: &str, gaps: &[(i64, i64)], expect: &str, notes: &str) {
    let (buckets, tally) = run(events, gaps);
    assert_eq!(buckets, expect, "{events}");
    let named: Vec<String> = tally
        .notes
        .iter()
        .map(|n| {
            let count = n.detail.as_deref().and_then(|d| d.split(' ').next()).unwrap_or_default();
            format!("{} {count}", n.kind.name.trim_start_matches("trace_"))
        })
        .collect();
    assert_eq!(named.join(", "), notes, "{events}");
}

#[test]
fn one_io() {
    check(
        "0 block v5 V1; 10 read #1 a p4; 11 direct #1 4096; 11 end #1 4096",
        r"11+0 1 \a p4 direct r4096/1",
        "",
    );
    check("10 write #1 a; 11 redirected #1 512; 12 end #1 512", r"11+0 - \a redirected w512/1", "");
    // Which of the two ends comes first does not matter.
    check("10 write #1 a; 11 end #1 512; 12 redirected #1 512", r"12+0 - \a redirected w512/1", "");
    // What is no data of a file does not count.
    check("10 flush #1 a; 11 direct #1 512; 12 end #1", "", "");
    // Failed I/O moves nothing; a direct one may come back redirected.
    check("10 read #1 a; 11 direct #1 x 9; 12 end #1 x 9", "", "");
    check(
        "10 read #1 a; 11 direct #1 x 9; 12 redirected #1 7; 12 end #1 7",
        r"12+0 - \a redirected r7/1",
        "",
    );
}

#[test]
fn what_is_missing() {
    check("11 direct #1 4096", "11+0 - - direct u4096/1", "io_without_start 1");
    check("10 read #1 a; 12 end #1 4096", "", "io_without_path 1");
    check("10 read #1 a", "", "io_without_end 1");
    check("11 end #1 4096", "", "");
    // The packet is used again before the first I/O ended.
    check("10 read #1 a; 11 write #1 b; 12 direct #1 5", r"12+0 - \b direct w5/1", "io_without_end 1");
    // Another context, or activity, is another I/O.
    check("10 read #1 a; 12 direct #1 ~2 5", "12+0 - - direct u5/1", "io_without_start 1, io_without_end 1");
    check("10 read #1 ~1 !3 a; 12 direct #1 ~2 !3 5", r"12+0 - \a direct r5/1", "");
    check(
        "10 read #1 !3 a; 11 end #1 !4; 12 direct #1 !3 5; 12 end #1 !3 5; 13 direct #1 !3 6",
        r"12+0 - \a direct r5/1; 13+0 - - direct u6/1",
        "io_without_start 1",
    );
}

#[test]
fn buckets() {
    check(
        "10 read #1 a; 11 direct #1 1; 12 read #2 a; 59 direct #2 2; 59 write #3 a; 60 direct #3 4; 61 write #4 b; \
         62 redirected #4 8",
        r"11+48 - \a direct r3/2; 60+0 - \a direct w4/1; 62+0 - \b redirected w8/1",
        "",
    );
    // A change of state ends a bucket.
    check(
        "10 read #1 a; 11 direct #1 1; 12 state v5 V1; 13 read #1 a; 14 direct #1 2",
        r"11+0 1 \a direct r1/1; 14+0 1 \a direct r2/1",
        "",
    );
    let (_, tally) = run("10 read #1 a; 11 direct #1 1; 12 end #1; 13 read #1 a; 14 direct #1 x", &[]);
    assert_eq!((tally.entries, tally.facts, tally.silent), (5, 1, 4));
}

#[test]
fn volumes_and_files() {
    // By the file object, as long as the name agrees; what it tells of the control block holds for all.
    check(
        "1 open o7 V3 v1 a; 2 read #1 o7 v5 a; 3 direct #1 1; 4 read #2 o8 v5 b; 5 direct #2 2",
        r"3+0 3 \a direct r1/1; 5+0 3 \b direct r2/1",
        "",
    );
    check("1 open o7 V3 v1 a; 2 read #1 o7 v5 b; 3 direct #1 1", r"3+0 - \b direct r1/1", "");
    check("1 open o7 V3 v1 a; 2 close o7; 3 read #1 o7 v5 a; 4 direct #1 1", r"4+0 - \a direct r1/1", "");
    // By the address of the volume, told at the end of the trace.
    check("2 read #1 v5 a; 3 direct #1 1; 9 state v5 V2", r"3+0 2 \a direct r1/1", "");
    // An address that was of two volumes tells nothing.
    check("1 block v5 V1; 2 read #1 v5 a; 3 direct #1 1; 9 block v5 V2", r"3+0 - \a direct r1/1", "");
}

#[test]
fn gaps() {
    let events = "10 read #1 a; 15 direct #1 1; 70 read #1 a; 71 direct #1 1";
    check_with(events, &[(30, 31)], r"15+0 - \a direct r1/1 lossy; 71+0 - \a direct r1/1", "");
    // Across a gap an address is not enough; an activity is.
    let events = "10 read #1 a; 40 direct #1 1";
    check_with(events, &[(30, 31)], "40+0 - - direct u1/1 lossy", "io_without_start 1, io_without_end 1");
    let events = "10 read #1 !2 a; 40 direct #1 !2 1";
    check_with(events, &[(30, 31)], r"40+0 - \a direct r1/1 lossy", "");
    let all = [(i64::MIN / SECOND / 4, i64::MAX / SECOND / 4)];
    check_with("10 read #1 !2 a; 40 direct #1 !2 1", &all, r"40+0 - \a direct r1/1 lossy", "");
}

/// Neither I/Os that never end nor ever new names make the fold grow without bound, and no order of events
/// counts a byte twice.
#[test]
fn hostile() {
    let mut tally = Tally::new(InputId(0));
    let mut trace = Trace::new();
    for n in 0..70_000u64 {
        feed(&mut trace, &format!("1 read #{n} a"), &mut tally);
        feed(&mut trace, &format!("1 open o{n} V1 a"), &mut tally);
    }
    let machine = trace.machines.values().next().expect("one computer");
    assert_eq!(machine.open(), (1 << 16, 1 << 16));
    for n in 0..6_000u64 {
        feed(&mut trace, &format!("2 read #1 v{n} f{n}x"), &mut tally);
        feed(&mut trace, "3 direct #1 10", &mut tally);
    }
    let facts = trace.finish(&mut tally).facts;
    let traffic = facts.iter().filter_map(|fact| match &fact.claim {
        Claim::Traffic(claim) => Some(claim.read.bytes),
        _ => None,
    });
    let all: Vec<u64> = traffic.collect();
    assert_eq!((all.len(), all.iter().sum::<u64>()), (4097, 60_000));
    let names: Vec<_> = tally.notes.iter().map(|n| n.kind.name).collect();
    assert_eq!(names, ["trace_io_without_end", "trace_many_files"]);

    // Shuffled events: what is counted never exceeds what completions moved.
    let mut seed = 7u64;
    for _ in 0..200 {
        let mut text = String::new();
        let mut moved = 0;
        for _ in 0..40 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (pick, irp, activity) = (seed >> 33, (seed >> 40) % 3, (seed >> 45) % 3);
            let what = ["read", "write", "flush", "end", "direct", "redirected"][(pick % 6) as usize];
            let took = matches!(what, "direct" | "redirected");
            moved += if took { 8 } else { 0 };
            let rest = if took { "8" } else { "a" };
            let rest = if what == "end" { "8" } else { rest };
            text.push_str(&format!("5 {what} #{irp} !{activity} {rest};"));
        }
        let (buckets, _) = run(&text, &[]);
        let counted: u64 = buckets
            .split([' ', ';'])
            .filter_map(|word| {
                word.trim_start_matches(['r', 'w', 'u']).split_once('/')?.0.parse::<u64>().ok()
            })
            .sum();
        assert!(counted <= moved, "{text}\n{buckets}");
    }
}
