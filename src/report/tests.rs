//! Whole reports of hand-built cases: golden text, the width of lines, JSON against its schema, no panic on random
//! cases, the same bytes twice.

mod formats;
mod random;
mod scenarios;

use expect_test::{ExpectFile, expect_file};

use super::{Format, Reach, Report, Scope, Style, explain, quote, timeline};
use crate::rule;
use scenarios::Scenario;

/// A report with every quote that there is.
fn report<'a>(scenario: &'a Scenario, reach: Reach) -> Report<'a> {
    let report = Report::new(&scenario.case, rule::judge(&scenario.case), Scope::default());
    let wanted = report.origins(reach);
    let quotes = wanted.iter().filter_map(|o| Some((*o, scenario.quotes.get(o)?.clone()))).collect();
    report.quoting(quotes)
}

fn text(scenario: &Scenario) -> String {
    let bytes = report(scenario, Format::Text.reach()).render(Format::Text, Style::PLAIN);
    String::from_utf8(bytes).expect("text")
}

fn check(scenario: &Scenario, expect: ExpectFile) {
    let text = text(scenario);
    for line in text.lines() {
        assert!(quote::columns(line) <= 100, "{} columns: {line}", quote::columns(line));
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    expect.assert_eq(&text);
}

#[test]
fn golden_text() {
    for (name, scenario) in scenarios::all() {
        let path = format!("{}/fixtures/report/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        check(&scenario, expect_file![path]);
    }
}

fn json(scenario: &Scenario) -> String {
    let bytes = report(scenario, Format::Json.reach()).render(Format::Json, Style::PLAIN);
    String::from_utf8(bytes).expect("text")
}

fn schema() -> jsonschema::Validator {
    let text = include_str!("../../schema/throughline-report-1.schema.json");
    let schema = serde_json::from_str(text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema")
}

fn check_json(validator: &jsonschema::Validator, scenario: &Scenario) -> serde_json::Value {
    let value: serde_json::Value = serde_json::from_str(&json(scenario)).expect("JSON");
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    value
}

#[test]
fn json_is_what_the_schema_says() {
    let validator = schema();
    for (name, scenario) in scenarios::all() {
        let value = check_json(&validator, &scenario);
        assert_eq!(value["volumes"].as_array().map(Vec::len), Some(scenario.case.volumes.len()), "{name}");
        for route in value["routes"].as_array().expect("routes") {
            if let Some(at) = route["finding"].as_u64() {
                assert!(!value["findings"][at as usize].is_null(), "{name}");
            }
        }
        for finding in value["findings"].as_array().expect("findings") {
            let texts: Vec<_> =
                finding["evidence"].as_array().expect("evidence").iter().map(|e| &e["text"]).collect();
            assert!(
                !texts.is_empty() && texts.iter().all(|t| t.is_string()),
                "{name}: every quote was fetched"
            );
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = schema();
    let right = check_json(&validator, &scenarios::refs_two_node());
    let check = |path: &str, wrong: serde_json::Value| {
        let mut value = right.clone();
        *value.pointer_mut(path).expect(path) = wrong;
        assert!(!validator.is_valid(&value), "{path}");
    };
    check("/schema", "throughline/report/2".into());
    check("/findings/0/verdict", "fine".into());
    check("/findings/0/evidence", serde_json::json!([]));
    check("/findings/0/from", "2026-02-01 00:00:00".into());
    check("/routes/0/route", "sideways".into());
    check("/routes/0/certainty", serde_json::Value::Null);
    check("/volumes/0/io_mode/0/mode", "Redirected".into());
    check("/findings/0/evidence/0/at", serde_json::json!({}));
}

#[test]
fn golden_json() {
    expect_file!["../../fixtures/report/refs-two-node.json"].assert_eq(&json(&scenarios::refs_two_node()));
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    for (name, scenario) in scenarios::all() {
        assert_eq!(text(&scenario), text(&scenario), "{name}");
        assert_eq!(json(&scenario), json(&scenario), "{name}");
    }
}

/// A hostile or wide name must not break a line or reach the terminal.
fn check_lines(what: &str, text: &str) {
    for line in text.lines() {
        assert!(quote::columns(line) <= 100, "{what}: {} columns: {line}", quote::columns(line));
        assert!(!line.chars().any(char::is_control), "{what}: {line:?}");
    }
}

#[test]
fn golden_timeline_and_explanations() {
    let scenario = scenarios::san_path_loss();
    let report = report(&scenario, Reach::Everything);
    let path = |name: &str| format!("{}/fixtures/report/{name}", env!("CARGO_MANIFEST_DIR"));
    for format in timeline::Format::ALL {
        let out = timeline::render(&report, format, Style::PLAIN);
        if format == timeline::Format::Text {
            check_lines("timeline", &out);
        }
        // The files are kept with plain ends of line.
        let out = out.replace("\r\n", "\n");
        expect_file![path(&format!("san-path-loss-timeline.{}", format.word()))].assert_eq(&out);
    }
    let app = explain::vm(report.case, "APP1").expect("a VM");
    let volume = explain::volume(report.case, r"C:\ClusterStorage\Volume2\db1\db1.vhdx").expect("a volume");
    let mut out = explain::render(&report, app, None, Style::PLAIN);
    out.push('\n');
    out.push_str(&explain::render(&report, app, Some(crate::fixture::at(500)), Style::PLAIN));
    out.push('\n');
    out.push_str(&explain::render(&report, volume, Some(crate::fixture::at(250)), Style::PLAIN));
    check_lines("explain", &out);
    expect_file![path("san-path-loss-explain.txt")].assert_eq(&out);
    let unknown = explain::vm(report.case, "nobody");
    assert_eq!(unknown, Err("no VM 'nobody'; there are app1 and db1".into()));
}

#[test]
fn random_cases_are_told_whole() {
    let validator = schema();
    for seed in 1..=400 {
        let scenario = random::case(seed);
        let judgement = rule::judge(&scenario.case);
        for finding in &judgement.findings {
            assert!(!finding.span.evidence.is_empty(), "seed {seed}: {finding:?}");
            assert!(!finding.claim.is_empty() && !finding.title.is_empty(), "seed {seed}");
        }
        let broken = judgement.not_judged.iter().find(|n| n.missing.contains("this rule failed"));
        assert_eq!(broken, None, "seed {seed}");
        let what = format!("seed {seed}");
        check_lines(&what, &text(&scenario));
        check_json(&validator, &scenario);
        let report = report(&scenario, Reach::Everything);
        check_lines(&what, &timeline::render(&report, timeline::Format::Text, Style::PLAIN));
        for format in [timeline::Format::Jsonl, timeline::Format::Csv] {
            let out = timeline::render(&report, format, Style::PLAIN);
            assert!(!out.contains('\u{1b}'), "{what}");
        }
        let vms = (0..report.case.vms.len()).map(explain::Subject::Vm);
        for subject in vms.chain((0..report.case.volumes.len()).map(explain::Subject::Volume)) {
            check_lines(&what, &explain::render(&report, subject, None, Style::PLAIN));
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for (name, scenario) in scenarios::all() {
        let report = report(&scenario, Reach::Findings);
        let coloured = String::from_utf8(report.render(Format::Text, Style::COLOUR)).expect("text");
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        assert_eq!(plain, text(&scenario), "{name}");
    }
}

#[test]
fn a_scope_hides_and_changes_nothing_else() {
    let scenario = scenarios::combined();
    let scope = Scope { vms: vec!["b".into()], ..Scope::default() };
    let report = Report::new(&scenario.case, rule::judge(&scenario.case), scope);
    let rules: Vec<_> = report.findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, ["user-request"]);
    let text = String::from_utf8(report.render(Format::Text, Style::PLAIN)).expect("text");
    assert!(text.contains("1 VM sent I/O") && text.contains("only what was asked for"), "{text}");
    assert!(!text.contains("Volume1") && !text.contains("Without a known cause"), "{text}");
}

/// The volume is direct, a filter keeps one VM's disk from it, and a pause makes it wait for a while.
fn vetoed() -> Scenario {
    use crate::fact::{
        Certainty, Claim, FileSystem, FilterClaim, FilterRef, IoMode, NtStatus, PauseKind, StorageKind,
        VolumeClaim, VolumeState,
    };
    let mut b = crate::fixture::Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(v, -1, 601, Some("N2"));
    b.mode(v, "N1", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
    let vm = b.vm("sql", &[v]);
    b.runs(vm, -1, 601, Some("N1"));
    let file = r"\sql\sql.vhdx".to_owned();
    let claim = FilterClaim::Vetoed { altitude: "280700".into(), file, reason: "5".into() };
    b.fact(Some(60), "N2", Claim::Filter(FilterRef::new(""), claim), "has vetoed Direct IO for the file");
    for (from, to) in [(100, 101), (300, 302)] {
        let status = NtStatus::parse("STATUS_CLUSTER_CSV_NO_SNAPSHOTS(c0130021)");
        let pause = VolumeClaim::AutoPaused { kind: PauseKind::Failure, status, from_direct_io: None };
        b.event(from, "N1", v, pause, "entered a paused state");
        b.event(to, "N1", v, VolumeClaim::Resumed, "resumed");
        b.state(v, "N1", from, to, VolumeState::Paused);
    }
    let (case, quotes) = b.done();
    Scenario { case, quotes }
}

#[test]
fn what_goes_beside_the_mode_is_in_the_first_lines() {
    let scenario = vetoed();
    let text = text(&scenario);
    for part in [
        "NO DETOUR OF A VOLUME, BUT OF FILES",
        "the files of [1] go through the owner all the same",
        "files of sql, beside the mode of the volume",
        "the I/O of sql waited, 3 min in all",
        ", 2 times, 3 min in all",
    ] {
        let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flowing.contains(part), "{part}: {text}");
    }
    let report = report(&scenario, Reach::Everything);
    let sql = explain::vm(report.case, "sql").expect("a VM");
    let told = |minute| explain::render(&report, sql, Some(crate::fixture::at(minute)), Style::PLAIN);
    assert!(told(61).contains("but configuration: "), "{}", told(61));
    assert!(!told(59).contains("but configuration"), "before the veto");
    assert!(told(300).contains("I/O was held"), "{}", told(300));
}
