//! Coverage: the share of the true time that a report knows, where everything was gathered from the start of the whole
//! cluster on, and again without each kind of evidence. Floors stand just under what was measured: a loss of
//! coverage fails. No bundle with less evidence may know more than the whole one.
//!
//! `KIND=mode cargo test --test tests truth::coverage::by_reason -- --ignored --nocapture` shows the coverage by version,
//! storage and happening, the uncovered time by reason, and each uncovered stretch of that kind.

use std::collections::BTreeMap;

use throughline::simulate::{Evidence, Spec};

use super::bundle::{Played, played, whole, word};
use super::compare::compare;
use super::knowable::knowable;
use super::print::{self, KINDS};
use super::{Run, number, seeds};

/// Percent that a bundle with less evidence may seem to know more: borders move with the evidence that places them.
const BORDERS: f64 = 0.2;

/// The row of what the bundles with everything can tell at all.
const TELLABLE: &str = "everything, tellable";

/// A whole bundle, and the same without some kinds of evidence.
fn with_and_without(seed: u64, kinds: &[Evidence], run: &mut Run) {
    let spec = whole(seed);
    let Played { files, truth } = played(spec.files());
    let head = format!("seed {seed} {spec:?}");
    let said = run.judge("everything", &head, &files, &truth);
    let full = compare(&said, &truth);
    run.table.add(TELLABLE, &compare(&said, &knowable(&spec, &truth)));
    for kind in kinds {
        let less = Spec { left_out: [*kind].into(), ..spec.clone() };
        let said =
            run.judge(&word(*kind), &format!("{head} without {kind:?}"), &played(less.files()).files, &truth);
        let outcome = compare(&said, &truth);
        for lane in KINDS {
            let (with, without) = (full.percent(lane), outcome.percent(lane));
            if without > with + BORDERS {
                run.wrong.push(format!("{head}: {lane} {with:.1} %, without {kind:?} {without:.1} %"));
            }
        }
    }
}

/// What must be covered of a row, percent, in the order of `KINDS`.
type Floor = (&'static str, [f64; 5]);

fn hold(run: &mut Run, floors: &[Floor]) {
    for (row, floor) in floors {
        for (kind, floor) in KINDS.iter().zip(floor) {
            let covered = run.table.percent(row, kind).unwrap_or(0.0);
            if covered < *floor {
                run.wrong.push(format!("{row}: {covered:.1} % of {kind} is covered, {floor} % were"));
            }
        }
    }
}

/// As measured with these seeds, less a tenth. A row of removed evidence is of two bundles.
const FLOORS: &[Floor] = &[
    ("everything", [99.6, 80.3, 98.8, 98.2, 80.8]),
    (TELLABLE, [99.6, 86.8, 98.8, 98.2, 83.7]),
    ("ClusterLogs", [17.0, 0.0, 77.5, 59.3, 0.0]),
    ("SystemLogs", [99.9, 0.0, 99.9, 99.9, 0.0]),
    ("OperationalLogs", [0.0, 0.0, 80.1, 28.9, 0.0]),
    ("CsvFsLogs", [99.6, 89.2, 0.0, 99.9, 75.4]),
    ("HyperVLogs", [97.4, 35.8, 0.0, 90.4, 20.7]),
    ("SmbLogs", [97.4, 35.8, 0.0, 99.9, 26.1]),
    ("VolumeStates", [99.9, 28.0, 99.9, 99.9, 33.1]),
    ("SharedVolumes", [99.8, 98.6, 99.9, 99.9, 98.1]),
    ("Groups", [99.9, 99.4, 99.4, 99.9, 99.7]),
    ("Vms", [99.9, 99.4, 99.4, 99.9, 0.0]),
    ("Filters", [99.9, 52.5, 96.5, 83.7, 48.7]),
    ("Disks", [99.9, 41.4, 96.5, 83.7, 39.8]),
    ("Multipath", [99.5, 91.2, 99.1, 99.9, 97.0]),
    ("OperatingSystems", [98.5, 91.0, 99.0, 99.0, 96.8]),
    ("Cluster", [99.9, 61.0, 95.8, 99.9, 65.9]),
    ("Networks", [99.9, 61.0, 95.8, 99.9, 65.9]),
];

/// Each bundle with everything, and without two kinds of evidence: all kinds in eight seeds.
#[test]
fn what_is_covered_stays_covered() {
    let count = Evidence::ALL.len();
    let mut run = seeds(10_000..10_000 + 16, |seed, run| {
        let at = 2 * seed as usize % count;
        with_and_without(seed, &Evidence::ALL[at..at + 2], run);
    });
    hold(&mut run, FLOORS);
    run.end();
}

#[test]
#[ignore = "minutes: the ordinary run has a part of these bundles"]
fn every_kind_of_evidence_removed() {
    let first = number("SEED", 10_000);
    let each = |seed, run: &mut Run| with_and_without(seed, &Evidence::ALL, run);
    seeds(first..first + number("SEEDS", 64), each).end();
}

#[test]
#[ignore = "shows what is not covered, and why"]
fn by_reason() {
    let kind = std::env::var("KIND").unwrap_or_default();
    let first = number("SEED", 10_000);
    let open = std::sync::Mutex::new(BTreeMap::<(String, String), i64>::new());
    let run = seeds(first..first + number("SEEDS", 64), |seed, run| {
        let spec = whole(seed);
        let Played { files, truth } = played(spec.files());
        let said = run.judge("everything", &format!("seed {seed} {spec:?}"), &files, &truth);
        let outcome = compare(&said, &truth);
        run.table.add(TELLABLE, &compare(&said, &knowable(&spec, &truth)));
        run.table.add(&format!("{:?} {:?}", spec.windows, spec.storage), &outcome);
        spec.happenings.iter().for_each(|happening| run.table.add(&format!("{happening:?}"), &outcome));
        for (reason, time) in print::reasons(&said, &truth) {
            *open.lock().unwrap().entry(reason).or_default() += time;
        }
        let left = print::uncovered(&said, &truth, &kind);
        if !left.is_empty() {
            println!("seed {seed} {:.1} % {spec:?}\n{left}", outcome.percent(&kind));
        }
    });
    for ((kind, reason), time) in open.into_inner().unwrap() {
        println!("{kind:<12} {:>8.1} h  {reason}", time as f64 / 3.6e12);
    }
    run.end();
}
