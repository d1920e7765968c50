//! Every story of the simulator as a reader meets it. The first lines of each text report are kept to be read
//! (`fixtures/stories/NAME.txt`), and so is the table of all top findings (`fixtures/stories.txt`).
//! `UPDATE_EXPECT=1 cargo test --test tests -- stories` writes them anew: read the difference before you keep it.

mod lab;
mod top;

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;
use throughline::analysis::{Analysis, Options, analyze, quotes};
use throughline::bundle::{self, Bundle};
use throughline::report::{Format, Report, Scope, Style};
use throughline::rule::RULES;
use throughline::simulate::{CAUSES, SCENARIOS, Scenario, generate};

use crate::truth::bundle::{Played, played};
use crate::truth::causes;
use crate::truth::faults::false_faults;
use crate::truth::lanes::list;

/// Lines in which a reader finds cause, verdict and next command.
const LINES: usize = 25;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// What is said of some files: the text report and the JSON report, and what they were made of.
fn said(files: Vec<(String, Vec<u8>)>) -> (String, Value, Analysis) {
    let bundle = Bundle::from_memory(files, &bundle::Options::default());
    let analysis = analyze(&bundle, &Options::default());
    let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
    let origins = report.origins(Format::Text.reach());
    let report = report.quoting(quotes(&bundle, &origins));
    let text = String::from_utf8(report.render(Format::Text, Style::PLAIN)).unwrap();
    let json = serde_json::from_slice(&report.render(Format::Json, Style::PLAIN)).unwrap();
    (text, json, analysis)
}

/// The rule, verdict and certainty of the finding that the text report tells first.
fn first(text: &str, report: &Value) -> (String, String, String) {
    let none = || "-".to_owned();
    let told = text.lines().find_map(|line| line.strip_prefix("    Rule ")?.strip_suffix('.'));
    let Some((rule, certainty)) = told.and_then(|told| told.split_once("; ")) else {
        return (none(), none(), none());
    };
    let verdict = list(&report["findings"]).find(|f| f["rule"] == rule).and_then(|f| f["verdict"].as_str());
    (rule.into(), verdict.unwrap_or("-").into(), certainty.into())
}

struct Told {
    name: &'static str,
    head: String,
    rule: String,
    verdict: String,
    /// Every finding's rule and verdict.
    all: Vec<(String, String)>,
    row: String,
    wrong: Vec<String>,
}

fn tell(scenario: &Scenario) -> Told {
    let Played { files, truth } = played(generate(scenario, 1, None, None));
    let (text, report, analysis) = said(files);
    let (rule, verdict, certainty) = first(&text, &report);
    let count = list(&report["findings"]).filter(|f| f["verdict"] == "fault").count();
    let mut real: Vec<&str> = list(&truth["findings"]).filter_map(|f| f["cause"].as_str()).collect();
    real.sort_unstable();
    real.dedup();
    let word = |finding: &Value, of: &str| finding[of].as_str().unwrap_or("-").to_owned();
    let all = list(&report["findings"]).map(|f| (word(f, "rule"), word(f, "verdict"))).collect();
    let name = scenario.name;
    let faults = false_faults(&report, &truth);
    let faults = faults.into_iter().map(|fault| format!("{name}: false fault {fault}"));
    let real = real.join(", ");
    Told {
        name,
        head: text.lines().take(LINES).map(|line| format!("{line}\n")).collect(),
        row: format!("{name:<24} {rule:<34} {verdict:<16} {certainty:<9} {count:>2}  {real}\n"),
        rule,
        verdict,
        all,
        wrong: faults.into_iter().chain(causes::check(name, &analysis)).collect(),
    }
}

/// Compares with a kept text, or keeps it.
fn kept(path: &Path, text: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, text).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    if kept.replace("\r\n", "\n") != text {
        wrong.push(format!("{}: kept\n{kept}\nsaid\n{text}", path.display()));
    }
}

#[test]
fn every_story_is_told() {
    let all: Vec<&Scenario> = SCENARIOS.iter().chain(CAUSES).collect();
    let told: Vec<Told> = all.into_par_iter().map(tell).collect();
    let mut wrong = Vec::new();
    let mut table = format!(
        "{:<24} {:<34} {:<16} {:<9} {:>2}  {}\n",
        "scenario", "top finding", "verdict", "certainty", "faults", "causes in the truth"
    );
    for story in &told {
        kept(&fixtures().join(format!("stories/{}.txt", story.name)), &story.head, &mut wrong);
        table += &story.row;
        wrong.extend(story.wrong.iter().cloned());
        for (_, rule, verdict) in top::ALSO.iter().filter(|(name, ..)| *name == story.name) {
            if !story.all.contains(&((*rule).into(), (*verdict).into())) {
                wrong.push(format!("{}: no {rule} {verdict}", story.name));
            }
        }
        match top::TOP.iter().find(|(name, ..)| *name == story.name) {
            Some((_, rule, verdict)) if (*rule, *verdict) != (&story.rule, &story.verdict) => {
                wrong.push(format!(
                    "{}: {} {} instead of {rule} {verdict}",
                    story.name, story.rule, story.verdict
                ));
            }
            Some(_) => {}
            None => wrong.push(format!("{}: what should its top finding be?", story.name)),
        }
    }
    let found = |rule: &str| told.iter().any(|story| story.all.iter().any(|(id, _)| id == rule));
    let unseen = RULES.iter().filter(|rule| !found(rule.id));
    wrong.extend(unseen.map(|rule| format!("{}: no story in which it is found", rule.id)));
    kept(&fixtures().join("stories.txt"), &table, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
