//! Bases, zones, skew, merging and order, each on a few facts.

use super::{Clocks, FileClock, OWN_CLOCK, Options, merge, parse_skew, parse_zone};
use crate::fact::{
    Claim, ClockClaim, Fact, InputId, Name, NodeClaim, NodeRef, Origin, Place, Stamp, TimeBase,
};

const HOUR: i64 = 3_600_000_000_000;
/// 2024-03-31T00:00:00: in Berlin, 02:00 to 03:00 of this day does not exist.
const SPRING: i64 = 1_711_843_200_000_000_000;
/// 2024-10-27T00:00:00: in Berlin, 02:00 to 03:00 of this day comes twice.
const AUTUMN: i64 = 1_729_987_200_000_000_000;
/// 2024-06-12T00:00:00.
const SUMMER: i64 = 1_718_150_400_000_000_000;

fn fact(input: u32, offset: u64, stamp: Stamp, claim: Claim) -> Fact {
    let origin = Origin { input: InputId(input), offset, place: Place::Offset };
    Fact::new(stamp, origin, claim).by(Some(Name::node("n1")))
}

fn said(input: u32, offset: u64, stamp: Stamp) -> Fact {
    fact(input, offset, stamp, Claim::Node(NodeRef::REPORTER, NodeClaim::Booted))
}

fn witness(at: i64, local: bool, told: i64) -> Fact {
    let claim = if local {
        ClockClaim::LocalWitness { local: Stamp::Local(told) }
    } else {
        ClockClaim::UtcWitness { utc: Stamp::Utc(told) }
    };
    fact(0, at as u64, Stamp::File(at), Claim::Clock(claim))
}

/// Where a file of this base, with these facts, puts `at`: nanoseconds added, and the spread beyond the node's own.
fn check(base: TimeBase, zone: &str, facts: Vec<Fact>, at: i64, expect: (i64, i64)) {
    let files = [FileClock {
        input: InputId(0),
        node: Some(Name::node("n1")),
        base,
        covers: None,
        tells_steps: Vec::new(),
    }];
    let options = Options { zone: parse_zone(zone), skew: Vec::new() };
    let asked = said(0, 0, Stamp::File(at));
    let facts = [facts, vec![asked.clone()]].concat();
    let moment = Clocks::settle(&files, &[&facts], &options).moment(&asked).expect("a place in time");
    assert_eq!((moment.at.0 - at, moment.spread - OWN_CLOCK), expect, "{base:?} {zone} {facts:?}");
}

#[test]
fn bases() {
    let at = SUMMER + 10 * HOUR;
    let local = |minutes| TimeBase::Local { offset_minutes: minutes };
    check(TimeBase::Utc, "", Vec::new(), at, (0, 0));
    check(local(Some(300)), "", Vec::new(), at, (5 * HOUR, 0));
    // The header's sign is disputed; the body knows.
    check(local(Some(-120)), "", vec![witness(at, false, at + 2 * HOUR)], at, (2 * HOUR, 0));
    // Nothing says: as if UTC, and as far off as zones go.
    check(TimeBase::Unknown, "", Vec::new(), at, (0, 14 * HOUR));
    check(local(None), "", Vec::new(), at, (0, 14 * HOUR));
    check(TimeBase::Unknown, "Europe/Berlin", Vec::new(), at, (-2 * HOUR, 0));
    // The body proves it: UTC by either witness, local by the death timer; local of a zone unknown by the other.
    check(TimeBase::Unknown, "", vec![witness(at, false, at + 45_000_000)], at, (0, 0));
    check(TimeBase::Unknown, "", vec![witness(at, true, at - 7 * HOUR)], at, (0, 0));
    check(TimeBase::Unknown, "", vec![witness(at, false, at + 4 * HOUR)], at, (4 * HOUR, 0));
    check(TimeBase::Unknown, "", vec![witness(at, true, at)], at, (0, 14 * HOUR));
    check(TimeBase::Unknown, "Europe/Berlin", vec![witness(at, true, at)], at, (-2 * HOUR, 0));
    // An older time is no witness.
    check(TimeBase::Unknown, "", vec![witness(at, true, at - 437 * 1_000_000_000)], at, (0, 14 * HOUR));
    // The node's zone is known from a snapshot: the file is in it or in UTC.
    let bias = fact(1, 1, Stamp::Collected, Claim::Clock(ClockClaim::Bias { minutes: -120 }));
    check(TimeBase::Unknown, "", vec![bias.clone()], at, (0, 2 * HOUR));
    check(local(None), "", vec![bias], at, (-2 * HOUR, 0));
    // A version that has no other base: by the node's build, unless its own body says otherwise.
    let build =
        |build| fact(1, 1, Stamp::Collected, Claim::Node(NodeRef::REPORTER, NodeClaim::OsBuild(build)));
    check(TimeBase::Unknown, "", vec![build(7601)], at, (0, 0));
    check(TimeBase::Unknown, "", vec![build(9200)], at, (0, 14 * HOUR));
    check(TimeBase::Unknown, "", vec![build(7601), build(9600)], at, (0, 14 * HOUR));
    check(TimeBase::Unknown, "", vec![build(7601), witness(at, false, at + 4 * HOUR)], at, (4 * HOUR, 0));
    // Header and body contradict each other: both are covered.
    check(TimeBase::Utc, "", vec![witness(at, false, at + 4 * HOUR)], at, (0, 4 * HOUR));
}

/// A log may be complete over hours and tell no fact: its stamps are local all the same.
#[test]
fn a_log_without_facts() {
    let at = SUMMER + 10 * HOUR;
    let base = TimeBase::Local { offset_minutes: Some(-540) };
    let covers = Some((at - HOUR, at));
    let files = [FileClock {
        input: InputId(0),
        node: Some(Name::node("n1")),
        base,
        covers,
        tells_steps: Vec::new(),
    }];
    let clocks = Clocks::settle(&files, &[], &Options { zone: None, skew: Vec::new() });
    let node = Name::node("n1");
    let place = |stamp| clocks.place(InputId(0), Some(&node), Stamp::File(stamp)).expect("a place").at.0;
    assert_eq!([place(at - HOUR), place(at)], [at - 10 * HOUR, at - 9 * HOUR]);
}

#[test]
fn daylight_saving() {
    let local = TimeBase::Local { offset_minutes: None };
    check(local, "Europe/Berlin", Vec::new(), SPRING + HOUR, (-HOUR, 0));
    check(local, "Europe/Berlin", Vec::new(), SPRING + 4 * HOUR, (-2 * HOUR, 0));
    // A time that the zone skips, and one that it has twice: placed with doubt.
    check(local, "Europe/Berlin", Vec::new(), SPRING + 2 * HOUR + HOUR / 2, (-HOUR, HOUR));
    check(local, "Europe/Berlin", Vec::new(), AUTUMN + 2 * HOUR + HOUR / 2, (-3 * HOUR / 2, HOUR / 2 + 1));
    // An offset alone does not tell the zone: before a change zones differ, by an hour (Berlin) or two (Troll).
    let header = TimeBase::Local { offset_minutes: Some(-120) };
    let end = said(0, 9, Stamp::File(SPRING + 40 * 24 * HOUR));
    check(header, "", vec![end.clone()], SPRING + 39 * 24 * HOUR, (-2 * HOUR, 0));
    check(header, "", vec![end.clone()], SPRING - 24 * HOUR, (-2 * HOUR, 2 * HOUR));
    check(header, "Europe/Berlin", vec![end], SPRING - 24 * HOUR, (-HOUR, 0));
}

#[test]
fn skew_given_by_hand() {
    let nanos = |text: &str| parse_skew(text).map(|(_, nanos)| nanos);
    assert_eq!(parse_skew("N1.corp.example=+1.5s"), Some((Name::node("n1"), 1_500_000_000)));
    assert_eq!(nanos("n1=-200ms"), Some(-200_000_000));
    assert_eq!(nanos("n1=2m"), Some(120_000_000_000));
    assert_eq!(nanos("n1=90"), Some(90_000_000_000));
    for bad in ["n1", "=1s", "n1=", "n1=1w", "n1=NaN", "n1=inf", "n1=99999999999h"] {
        assert_eq!(parse_skew(bad), None, "{bad}");
    }
    let options = Options { zone: None, skew: vec![(Name::node("n1"), 1_500_000_000)] };
    let told = said(0, 0, Stamp::Utc(SUMMER));
    let clocks = Clocks::settle(&[], &[std::slice::from_ref(&told)], &options);
    let moment = clocks.moment(&told).expect("a place in time");
    assert_eq!((moment.at.0 - SUMMER, moment.spread), (1_500_000_000, 1_000_000_000));
    assert_eq!(clocks.readings(&[])[0].offset, Some(1_500_000_000));
}

#[test]
fn zones_by_name() {
    assert_eq!(parse_zone("europe/berlin").map(|z| z.name()), Some("Europe/Berlin"));
    assert_eq!(parse_zone("Middle/Earth"), None);
}

/// Facts as (input, offset, milliseconds), merged: what is left, with the number of further origins.
fn check_merge(given: &[(u32, u64, f64)], expect: &[(u32, u64, usize)]) {
    let at = |ms: f64| Stamp::Utc(SUMMER + (ms * 1e6) as i64);
    let mut facts: Vec<Fact> = given.iter().map(|&(input, offset, ms)| said(input, offset, at(ms))).collect();
    for _ in 0..2 {
        let clocks = Clocks::settle(&[], &[&facts], &Options::default());
        let merged = merge(&clocks, facts.clone().into_iter(), 0);
        let left: Vec<(u32, u64, usize)> =
            merged.iter().map(|(f, _)| (f.origin.input.0, f.origin.offset, f.also.len())).collect();
        assert_eq!(left, expect, "{given:?}");
        facts.reverse();
    }
}

#[test]
fn one_event_told_twice() {
    check_merge(&[(0, 1, 5.0), (1, 7, 5.4)], &[(0, 1, 1)]);
    check_merge(&[(0, 1, 5.0), (1, 7, 6.5)], &[(0, 1, 0), (1, 7, 0)]);
    // Twice in one input are two events; each has its twin in the other.
    check_merge(&[(0, 1, 5.0), (0, 2, 5.0), (1, 7, 5.1), (1, 8, 5.1)], &[(0, 1, 1), (0, 2, 1)]);
    check_merge(&[(0, 1, 5.0), (1, 1, 5.0), (2, 1, 5.0)], &[(0, 1, 2)]);
}

/// A log of unknown base and a record that knows its time tell one event: it stands where the record does, and in order.
#[test]
fn an_event_stands_by_the_telling_whose_time_is_known() {
    let files = [FileClock {
        input: InputId(0),
        node: Some(Name::node("n1")),
        base: TimeBase::Unknown,
        covers: None,
        tells_steps: Vec::new(),
    }];
    let between = fact(1, 2, Stamp::Utc(SUMMER + 400_000), Claim::Node(NodeRef::REPORTER, NodeClaim::Named));
    let facts = vec![said(0, 1, Stamp::File(SUMMER)), between, said(1, 3, Stamp::Utc(SUMMER + 900_000))];
    // Settled by the log alone: with the record beside it, the record would prove its base.
    let clocks = Clocks::settle(&files, &[&facts[..1]], &Options::default());
    let merged: Vec<_> = merge(&clocks, facts.into_iter(), 0)
        .into_iter()
        .map(|(fact, moment)| (fact.origin.offset, fact.also.len(), moment.expect("a place in time").spread))
        .collect();
    assert_eq!(merged, [(2, 0, OWN_CLOCK), (3, 1, OWN_CLOCK)]);
}

#[test]
fn what_cannot_be_placed_stands_last() {
    let facts =
        vec![said(0, 1, Stamp::Missing), said(0, 2, Stamp::Utc(SUMMER)), said(0, 3, Stamp::Collected)];
    let clocks = Clocks::settle(&[], &[&facts], &Options::default());
    let order: Vec<(u64, bool)> = merge(&clocks, facts.into_iter(), 0)
        .iter()
        .map(|(f, moment)| (f.origin.offset, moment.is_some()))
        .collect();
    assert_eq!(order, [(2, true), (3, true), (1, false)]);
}

/// A log in local time of a node whose event log names its zone.
#[test]
fn zones_that_windows_names() {
    let local = TimeBase::Local { offset_minutes: None };
    let zone = |name: &str| fact(1, 1, Stamp::Utc(SUMMER), Claim::Clock(ClockClaim::Zone(Name::new(name))));
    let (summer, winter) = (SUMMER + 10 * HOUR, SPRING - 24 * HOUR);
    check(local, "", vec![zone("W. Europe Standard Time")], summer, (-2 * HOUR, 0));
    check(local, "", vec![zone("W. Europe Standard Time")], winter, (-HOUR, 0));
    check(local, "", vec![zone("W. Europe Daylight Time")], summer, (-2 * HOUR, 0));
    check(local, "", vec![zone("Middle Earth Standard Time")], summer, (0, 14 * HOUR));
    // What the node names goes before what the user says of those that name none.
    check(local, "Asia/Tokyo", vec![zone("W. Europe Standard Time")], summer, (-2 * HOUR, 0));
    check(TimeBase::Unknown, "", vec![zone("W. Europe Standard Time")], summer, (0, 2 * HOUR));
    // A header that contradicts the name: both are covered.
    let header = TimeBase::Local { offset_minutes: Some(300) };
    check(header, "", vec![zone("W. Europe Standard Time")], summer, (5 * HOUR, 7 * HOUR));
    // Two names: none.
    let two = vec![zone("W. Europe Standard Time"), zone("Tokyo Standard Time")];
    check(local, "", two, summer, (0, 14 * HOUR));
}
