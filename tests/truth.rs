//! Soundness and coverage: a report held against the truth of the simulated cluster it was made from.
//!
//! Soundness: no `observed` or `derived` span contradicts the truth. Coverage: the share of the true time that
//! is `observed` or `derived`. Both are printed; the violations with their evidence.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use throughline::analysis::{Options, analyze, quotes};
use throughline::bundle::{self, Bundle};
use throughline::report::{Format, Report, Scope, Style};
use throughline::simulate::{SCENARIOS, generate, write_to};

/// The simulated clocks differ from true time by less than this, and a state is logged within it (nanoseconds).
const NEAR: i64 = 1_500_000_000;

/// One stretch of one thing's state. `None` is unknown in a report, and "in transit" in a truth.
#[derive(Clone, Debug)]
struct Stretch {
    from: i64,
    to: i64,
    value: Option<String>,
    sure: bool,
    why: String,
}

/// Stretches by what they are of: `coordinator/Volume1`, `mode/Volume1/n1`, `placement/vm`, `route/vm/disk`.
type Lanes = BTreeMap<String, Vec<Stretch>>;

fn nanos(value: &Value, open: i64) -> i64 {
    let Some(text) = value.as_str() else { return open };
    let time = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    time.timestamp_nanos_opt().unwrap()
}

fn lanes(document: &Value, truth: bool) -> Lanes {
    let mut out = Lanes::new();
    let mut add = |lane: String, span: &Value, value: &Value| {
        let certainty = span["certainty"].as_str();
        out.entry(lane.to_lowercase()).or_default().push(Stretch {
            from: nanos(&span["from"], i64::MIN / 2),
            to: nanos(&span["to"], i64::MAX / 2),
            value: value.as_str().map(str::to_lowercase),
            sure: truth || matches!(certainty, Some("observed" | "derived")),
            why: span["evidence"]
                .as_array()
                .into_iter()
                .flatten()
                .take(4)
                .map(|e| format!("\n      {e}"))
                .collect(),
        });
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    for volume in list(&document["volumes"]) {
        let name = text(&volume["names"]["guid"]);
        for span in list(&volume["coordinator"]) {
            add(format!("coordinator/{name}"), &span, &span["node"]);
        }
        for span in list(&volume["io_mode"]) {
            add(format!("mode/{name}/{}", text(&span["node"])), &span, &span["mode"]);
        }
        for span in list(&volume["state"]) {
            add(format!("state/{name}/{}", text(&span["node"])), &span, &span["state"]);
        }
    }
    let mut vms = BTreeMap::new();
    for vm in list(&document["vms"]) {
        vms.insert(text(&vm["id"]), text(&vm["name"]));
        for span in list(&vm["placement"]) {
            add(format!("placement/{}", text(&vm["name"])), &span, &span["node"]);
        }
    }
    for span in list(&document["routes"]) {
        let vm = text(&span["vm"]);
        let vm = vms.get(&vm).cloned().unwrap_or(vm);
        let unknown = span["route"] == "unknown";
        let value = if unknown { &Value::Null } else { &span["route"] };
        add(format!("route/{vm}/{}", text(&span["disk"])), &span, value);
    }
    out
}

/// What a comparison came to: violations, and by kind of lane the true time and the covered part, nanoseconds.
#[derive(Default)]
struct Outcome {
    violations: Vec<String>,
    time: BTreeMap<String, (i64, i64)>,
}

impl Outcome {
    fn percent(&self, kind: &str) -> f64 {
        let (all, covered) = self.time.get(kind).copied().unwrap_or((0, 0));
        if all == 0 { 100.0 } else { covered as f64 * 100.0 / all as f64 }
    }
}

fn compare(report: &Value, truth: &Value) -> Outcome {
    let (said, truth) = (lanes(report, false), lanes(truth, true));
    let mut out = Outcome::default();
    for (lane, stretches) in &said {
        let Some(real) = truth.get(lane) else { continue };
        for told in stretches.iter().filter(|s| s.sure) {
            let Some(value) = &told.value else { continue };
            let long = told.to.saturating_sub(told.from) > 2 * NEAR;
            let (from, to) =
                if long { (told.from + NEAR, told.to - NEAR) } else { (told.from - NEAR, told.to + NEAR) };
            let mut met = real.iter().filter(|r| r.from < to && r.to > from).peekable();
            let fits = |r: &Stretch| r.value.is_none() || r.value.as_ref() == Some(value);
            let sound = met.peek().is_none() || if long { met.all(fits) } else { met.any(fits) };
            if !sound {
                out.violations.push(format!("{lane}: {value} from {} to {}{}", told.from, told.to, told.why));
            }
        }
    }
    for (lane, real) in &truth {
        let kind = lane.split('/').next().unwrap_or(lane).to_owned();
        let (all, covered) = out.time.entry(kind).or_default();
        let told = said.get(lane).map_or(&[][..], Vec::as_slice);
        for real in real {
            *all += real.to - real.from;
            let sure = told.iter().filter(|t| t.sure && (t.value.is_some() || real.value.is_none()));
            *covered += sure.map(|t| (t.to.min(real.to) - t.from.max(real.from)).max(0)).sum::<i64>();
        }
    }
    out
}

fn report_of(folder: &Path) -> Value {
    let bundle = Bundle::open(&[folder.to_path_buf()], &bundle::Options::default());
    let analysis = analyze(&bundle, &Options::default());
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    let quoted = quotes(&bundle, &report.origins(Format::Json.reach()));
    serde_json::from_slice(&report.quoting(quoted).render(Format::Json, Style::PLAIN)).unwrap()
}

fn verdicts(document: &Value) -> Vec<String> {
    let mut out: Vec<String> = document["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|f| f["verdict"].as_str().unwrap_or("?").to_owned())
        .collect();
    out.sort();
    out.dedup();
    out
}

#[test]
fn simulated_clusters_are_told_soundly() {
    let mut all = Vec::new();
    for scenario in SCENARIOS {
        for seed in 1..=6 {
            let folder = tempfile::tempdir().unwrap();
            write_to(folder.path(), &generate(scenario, seed, None, None)).unwrap();
            let truth: Value =
                serde_json::from_slice(&std::fs::read(folder.path().join("truth.json")).unwrap()).unwrap();
            let report = report_of(folder.path());
            let outcome = compare(&report, &truth);
            let kinds = ["coordinator", "mode", "state", "placement", "route"];
            let shares: Vec<String> =
                kinds.iter().map(|kind| format!("{kind} {:.1} %", outcome.percent(kind))).collect();
            println!("{} seed {seed}: {}", scenario.name, shares.join(", "));
            let head = |text: &String| format!("{} seed {seed}: {text}", scenario.name);
            all.extend(outcome.violations.iter().map(head));
            if verdicts(&report) != verdicts(&truth) {
                let (said, real) = (verdicts(&report), verdicts(&truth));
                all.push(format!("{} seed {seed}: verdicts {said:?}, in truth {real:?}", scenario.name));
            }
        }
    }
    assert!(all.is_empty(), "{} violations:\n{}", all.len(), all.join("\n"));
}

#[test]
fn the_comparison_can_fail() {
    let truth = serde_json::json!({"volumes": [{"names": {"guid": "g"}, "coordinator": [
        {"from": "2020-01-01T00:00:00Z", "to": "2020-01-01T01:00:00Z", "node": "A"},
        {"from": "2020-01-01T01:00:00Z", "to": "2020-01-01T02:00:00Z", "node": "B"}]}]});
    let check = |certainty: &str, node: &str, to: &str, violations: usize, percent: f64| {
        let span = serde_json::json!({"from": null, "to": to, "certainty": certainty, "node": node});
        let report = serde_json::json!({"volumes": [{"names": {"guid": "g"}, "coordinator": [span]}]});
        let outcome = compare(&report, &truth);
        assert_eq!(outcome.violations.len(), violations, "{certainty} {node} {to}");
        assert!((outcome.percent("coordinator") - percent).abs() < 0.1, "{}", outcome.percent("coordinator"));
    };
    check("derived", "A", "2020-01-01T01:00:00Z", 0, 50.0);
    check("derived", "A", "2020-01-01T01:00:01Z", 0, 50.0);
    check("derived", "A", "2020-01-01T01:30:00Z", 1, 75.0);
    check("observed", "B", "2020-01-01T01:00:00Z", 1, 50.0);
    check("assumed", "B", "2020-01-01T01:00:00Z", 0, 0.0);
}
