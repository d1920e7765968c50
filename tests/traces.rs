//! One simulated trace in all the forms in which people bring it: each is read whole, says the same, and the report
//! counts the bytes of the truth or says what is missing.

use std::collections::BTreeMap;

use serde_json::Value;
use throughline::analysis::{self, analyze, quotes};
use throughline::bundle::{self, Bundle};
use throughline::fact::{Claim, NodeClaim, TrafficPath};
use throughline::report::{Format, Report, Scope, Style};
use throughline::simulate::{File, TraceForm, Tracing, generate_traced, scenario};
use throughline::source::{Outcome, read_all};

const NODES: [&str; 2] = ["CEDAR1", "CEDAR2"];

fn story(tracing: Tracing) -> Vec<File> {
    generate_traced(scenario("csvfs-trace").unwrap(), 1, None, None, tracing)
}

fn truth(files: &[File]) -> Value {
    let truth = files.iter().find(|file| file.path == "truth.json").unwrap();
    serde_json::from_slice(&truth.bytes).unwrap()
}

fn bundle(files: &[File]) -> Bundle {
    let evidence = files.iter().filter(|file| file.path.contains('/'));
    let evidence = evidence.map(|file| (file.path.clone(), file.bytes.clone()));
    Bundle::from_memory(evidence, &bundle::Options::default())
}

/// The kinds that the inputs were taken for, and what they said, without what a form drops: the machine behind the
/// trace (its build, its time zone).
fn told(bundle: &Bundle) -> (Vec<&'static str>, Vec<String>) {
    let outcomes = read_all(bundle);
    let mut facts = Vec::new();
    for (input, Outcome { reading, .. }) in bundle.inputs.iter().zip(&outcomes) {
        let (node, _) = input.path.split_once('/').unwrap();
        let tally = &reading.tally;
        assert!(tally.balances(), "{}", input.path);
        assert_eq!(
            (tally.unknown, tally.malformed, tally.lost),
            (0, 0, 0),
            "{}: {:?}",
            input.path,
            tally.notes
        );
        for fact in &reading.facts {
            match &fact.claim {
                Claim::Node(_, NodeClaim::OsBuild(_)) | Claim::Clock(_) => {}
                claim => facts.push(format!("{node} {:?} {claim:?}", fact.stamp)),
            }
        }
    }
    facts.sort();
    (outcomes.iter().map(|outcome| outcome.kind).collect(), facts)
}

#[test]
fn every_form_of_a_trace_says_the_same() {
    let forms = [
        (TraceForm::TracerptCsv, "tracerpt_csv"),
        (TraceForm::TracerptXml, "tracerpt_xml"),
        (TraceForm::Evtx, "evtx"),
    ];
    for rate in [None, Some(1)] {
        let (kinds, expect) = told(&bundle(&story(Tracing { rate, ..Tracing::default() })));
        assert_eq!(kinds, ["etl", "etl"]);
        assert!(expect.iter().any(|fact| fact.contains("Traffic")));
        for (form, kind) in forms {
            let (kinds, facts) = told(&bundle(&story(Tracing { form, rate, ..Tracing::default() })));
            assert_eq!(kinds, [kind, kind]);
            let differing: Vec<_> = expect.iter().zip(&facts).filter(|(a, b)| a != b).take(3).collect();
            assert!(expect == facts, "{form:?}: {} facts, {}: {differing:#?}", expect.len(), facts.len());
        }
    }
}

/// Counters measure the same I/O: sums by node, path and direction, and nothing of a VM.
#[test]
fn counters_count_the_bytes_of_the_truth() {
    let files = story(Tracing { form: TraceForm::Counters, rate: Some(3), ..Tracing::default() });
    let truth = truth(&files);
    let mut expect: BTreeMap<(String, bool), [u64; 2]> = BTreeMap::new();
    for minute in truth["minutes"].as_array().unwrap() {
        let redirected = minute["mode"] == "file_system_redirected";
        let sum = expect.entry((minute["node"].as_str().unwrap().to_owned(), redirected)).or_default();
        for (at, direction) in ["read", "written"].into_iter().enumerate() {
            sum[at] += minute[direction].as_u64().unwrap();
        }
    }
    let bundle = bundle(&files);
    let mut sums: BTreeMap<(String, bool), [u64; 2]> = BTreeMap::new();
    for (input, outcome) in bundle.inputs.iter().zip(read_all(&bundle)) {
        assert_eq!(outcome.kind, "counters", "{}", input.path);
        let tally = &outcome.reading.tally;
        assert_eq!((tally.malformed, tally.unknown, tally.entries), (0, 0, 242), "{:?}", tally.notes);
        for fact in &outcome.reading.facts {
            let Claim::Traffic(traffic) = &fact.claim else { continue };
            // The Volume Manager counts the same bytes once more, by its own names.
            if traffic.volume.friendly.is_none() {
                continue;
            }
            let node = fact.reporter.as_ref().unwrap().as_str().to_owned();
            let sum = sums.entry((node, traffic.path == TrafficPath::FileSystemRedirected)).or_default();
            sum[0] += traffic.read.bytes;
            sum[1] += traffic.written.bytes;
        }
    }
    sums.retain(|_, sum| *sum != [0, 0]);
    assert_eq!(sums, expect);
}

fn report(bundle: &Bundle) -> Value {
    let analysis = analyze(bundle, &analysis::Options::default());
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    let quoted = quotes(bundle, &report.origins(Format::Json.reach()));
    serde_json::from_slice(&report.quoting(quoted).render(Format::Json, Style::PLAIN)).unwrap()
}

/// VM, path, and what was read and written.
type Moved = BTreeMap<(String, String), [u64; 2]>;

/// What the report counts, by VM.
fn reported(document: &Value) -> Moved {
    let mut out = Moved::new();
    for sum in document["traffic"].as_array().unwrap() {
        assert_eq!((&sum["lossy"], &sum["undirected"]), (&false.into(), &0.into()), "{sum}");
        let key = (sum["vm"].as_str().unwrap().to_owned(), sum["path"].as_str().unwrap().to_owned());
        let moved = out.entry(key).or_default();
        for (at, direction) in ["read", "written"].into_iter().enumerate() {
            moved[at] += sum[direction].as_u64().unwrap();
        }
    }
    out
}

/// What the truth counts, by VM.
fn real(truth: &Value) -> Moved {
    let mut ids = BTreeMap::new();
    for vm in truth["vms"].as_array().unwrap() {
        ids.insert(vm["name"].as_str().unwrap(), vm["id"].as_str().unwrap());
    }
    let mut out = Moved::new();
    for minute in truth["minutes"].as_array().unwrap() {
        let vm = ids[minute["vm"].as_str().unwrap()].to_owned();
        let moved = out.entry((vm, minute["mode"].as_str().unwrap().to_owned())).or_default();
        for (at, direction) in ["read", "written"].into_iter().enumerate() {
            moved[at] += minute[direction].as_u64().unwrap();
        }
    }
    out
}

/// From traces alone, in any form, the redirected bytes of each VM are exact.
#[test]
fn a_report_counts_the_bytes_of_the_truth() {
    for form in [TraceForm::Etl, TraceForm::TracerptCsv, TraceForm::TracerptXml, TraceForm::Evtx] {
        for rate in [None, Some(1)] {
            let files = story(Tracing { form, rate, ..Tracing::default() });
            let expect = real(&truth(&files));
            assert!(expect.keys().any(|(_, path)| path == "file_system_redirected"));
            assert_eq!(reported(&report(&bundle(&files))), expect, "{form:?} {rate:?}");
        }
    }
}

#[test]
fn a_report_that_lacks_buffers_says_so() {
    let lost = Tracing { rate: Some(4), lost: 5, ..Tracing::default() };
    for form in [TraceForm::Etl, TraceForm::TracerptCsv, TraceForm::TracerptXml] {
        let document = report(&bundle(&story(Tracing { form, ..lost })));
        let ledger = document["ledger"].as_array().unwrap();
        for node in NODES {
            let of_node = |entry: &&Value| {
                entry["input"].to_string().contains(node) || {
                    let inputs = document["bundle"]["inputs"].as_array().unwrap();
                    inputs.iter().any(|i| i["id"] == entry["input"] && i["path"].to_string().contains(node))
                }
            };
            let entry = ledger.iter().find(of_node).unwrap();
            assert!(entry["lost"].as_u64().unwrap() > 0, "{form:?} {node}: {entry}");
            assert!(entry["notes"].to_string().contains("lost"), "{form:?} {node}: {entry}");
        }
        // What is counted is then a lower bound, and marked so.
        let traffic = document["traffic"].as_array().unwrap();
        assert!(traffic.iter().any(|sum| sum["lossy"] == true), "{form:?}");
    }
}
