//! Whole reports of hand-built cases: golden text, the width of lines, JSON against its schema, no panic on random
//! cases, the same bytes twice.

mod scenarios;

use expect_test::{ExpectFile, expect_file};

use super::{Format, Reach, Report, Scope, Style, quote};
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
    check(&scenarios::refs_two_node(), expect_file!["../../fixtures/report/refs-two-node.txt"]);
    check(&scenarios::san_path_loss(), expect_file!["../../fixtures/report/san-path-loss.txt"]);
    check(&scenarios::spaces_direct(), expect_file!["../../fixtures/report/spaces-direct.txt"]);
    check(&scenarios::no_modes(), expect_file!["../../fixtures/report/no-modes.txt"]);
    check(&scenarios::all_direct(), expect_file!["../../fixtures/report/all-direct.txt"]);
    check(&scenarios::combined(), expect_file!["../../fixtures/report/combined.txt"]);
    check(&scenarios::large(), expect_file!["../../fixtures/report/large.txt"]);
    check(&scenarios::nothing(), expect_file!["../../fixtures/report/nothing.txt"]);
}
