//! Each clause violated, kept and undecided; each output whole.

use expect_test::{Expect, expect};

use super::{Clause, Policy, exit_code, github, judge, junit, sarif, text};
use crate::case::Case;
use crate::fact::{Certainty, FileSystem, FsReasons, IoMode, StorageKind, VolumeState};
use crate::finding::{NotJudged, Verdict};
use crate::fixture::Build;
use crate::report::{Report, Scope, Style};
use crate::rule;

/// `Volume1` is ReFS and owned by N2. `sql` runs on N1: redirected for sure for four hours, then as assumed. `web`
/// runs beside the owner and is held for ten minutes.
fn build() -> Build {
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
    b.owner(v, -1, 601, Some("N2"));
    let refs = Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS));
    b.mode(v, "N1", (-1, 240), refs, Certainty::Observed);
    b.mode(v, "N1", (240, 601), refs, Certainty::Assumed);
    b.mode(v, "N2", (-1, 601), refs, Certainty::Observed);
    b.state(v, "N2", 100, 110, VolumeState::Paused);
    let sql = b.vm("sql", &[v]);
    b.runs(sql, -1, 601, Some("N1"));
    let web = b.vm("web", &[v]);
    b.runs(web, -1, 601, Some("N2"));
    b
}

pub(super) fn with<T>(policy: &str, show: impl FnOnce(&Report<'_>, &Policy, &[Clause]) -> T) -> T {
    let (case, quotes) = build().done();
    let report = Report::new(&case, rule::judge(&case), Scope::default()).quoting(quotes);
    let policy = Policy::parse(policy).expect("a policy");
    let clauses = judge(&report, &policy);
    show(&report, &policy, &clauses)
}

fn check(policy: &str, outcome: &str, part: &str) {
    with(policy, |_, policy, clauses| {
        let clause = clauses.first().expect("a clause");
        let reasons: Vec<&str> = clause.reasons.iter().map(|reason| reason.text.as_str()).collect();
        assert_eq!(clause.outcome.word(), outcome, "{policy:?}\n{reasons:?}");
        assert!(part.is_empty() || reasons.join("\n").contains(part), "{policy:?}\n{reasons:?}");
    });
}

#[test]
fn every_clause() {
    check("forbid_verdicts = ['fault']", "kept", "");
    check("forbid_verdicts = ['by_design']", "violated", "refs");
    check("allowed_causes = ['refs']", "kept", "");
    check("allowed_causes = []", "violated", "because of refs");
    check("allowed_causes = ['user-request']", "violated", "VM sql on N1 through N2");
    for (name, of) in [("sql", "vm"), ("Volume?", "volume"), ("refs", "cause")] {
        let limit = |time: &str, least: &str| {
            format!("minimum_certainty = '{least}'\n[[maximum_detour]]\n{of} = '{name}'\ntime = '{time}'")
        };
        check(&limit("11h", "observed"), "kept", "");
        check(&limit("5h", "observed"), "undecided", "up to 10 h");
        check(&limit("5h", "assumed"), "violated", "10 h on a detour");
        check(&limit("3h", "observed"), "violated", "4 h on a detour");
    }
    // What a limit is of must be known, or a misspelt name would be kept for ever.
    for (of, noun) in [("vm", "VM"), ("volume", "volume")] {
        let misspelt = format!("[[maximum_detour]]\n{of} = 'nobody*'\ntime = '1h'");
        check(&misspelt, "undecided", &format!("no {noun} of that name is known"));
    }
    check("[[maximum_detour]]\nvm = 'web'\ntime = '0s'", "kept", "");
    check("maximum_pause = '10m'", "kept", "");
    check("maximum_pause = '9m'", "violated", "I/O of web to Volume1 was held for 10 min");
    check("required_inputs = ['evtx']", "kept", "");
    check("required_inputs = ['etl']", "violated", "N1 gave no etl");
}

/// Every clause that a policy can have, violated and kept, as it is told.
#[test]
fn golden_text_of_every_clause() {
    let detour =
        |of: &str, name: &str, time: &str| format!("[[maximum_detour]]\n{of} = '{name}'\ntime = '{time}'");
    let policies = [
        ("kept", "forbid_verdicts = ['fault']".to_owned()),
        ("violated", "forbid_verdicts = ['by_design']".to_owned()),
        ("kept", "allowed_causes = ['refs']".to_owned()),
        ("violated", "allowed_causes = []".to_owned()),
        ("kept", detour("vm", "web", "0s")),
        ("violated", detour("vm", "sql", "3h")),
        ("kept", detour("volume", "Volume1", "11h")),
        ("violated", detour("volume", "Volume1", "3h")),
        ("kept", detour("cause", "refs", "11h")),
        ("violated", detour("cause", "refs", "3h")),
        ("kept", "maximum_pause = '10m'".to_owned()),
        ("violated", "maximum_pause = '9m'".to_owned()),
        ("kept", "required_inputs = ['evtx']".to_owned()),
        ("violated", "required_inputs = ['etl']".to_owned()),
    ];
    let mut told = String::new();
    let mut outcomes = std::collections::BTreeMap::new();
    for (outcome, policy) in policies {
        with(&policy, |report, _, clauses| {
            assert_eq!(clauses[0].outcome.word(), outcome, "{policy}");
            outcomes.entry(clauses[0].key).or_insert_with(Vec::new).push(outcome);
            told.push_str(&format!(
                "# {}\n{}\n",
                policy.replace('\n', "\n# "),
                text(report, clauses, Style::PLAIN)
            ));
        });
    }
    let both = |outcomes: &Vec<&str>| ["kept", "violated"].iter().all(|outcome| outcomes.contains(outcome));
    assert!(outcomes.len() == 5 && outcomes.values().all(both), "{outcomes:?}");
    let path = format!("{}/fixtures/report/check-clauses.txt", env!("CARGO_MANIFEST_DIR"));
    expect_test::expect_file![path].assert_eq(&told);
}

/// What is not known may be a detour, so no clause about detours is kept by it.
#[test]
fn unknown_ways_decide_nothing() {
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(v, -1, 601, Some("N2"));
    b.mode(v, "N1", (-1, 300), Some(IoMode::DIRECT), Certainty::Observed);
    b.mode(v, "N1", (300, 601), None, Certainty::Unknown);
    let sql = b.vm("sql", &[v]);
    b.runs(sql, -1, 601, Some("N1"));
    let judged = |case: &Case, policy: &str| {
        let report = Report::new(case, rule::judge(case), Scope::default());
        let clauses = judge(&report, &Policy::parse(policy).expect("a policy"));
        let reasons: Vec<&str> = clauses[0].reasons.iter().map(|reason| reason.text.as_str()).collect();
        format!("{}: {}", clauses[0].outcome.word(), reasons.join("; "))
    };
    let (case, _) = b.done();
    let told = "undecided: for 5.0 VM-hours it is not known which way the I/O of sql went";
    assert_eq!(judged(&case, "allowed_causes = []"), told);
    let told = "undecided: for longer than that it is not known which way the I/O of sql went";
    assert_eq!(judged(&case, "maximum_pause = '4h'"), told);
    let told = "undecided: no VM is known from this bundle, so no way of any I/O";
    assert_eq!(judged(&Case::default(), "allowed_causes = []"), told);
}

/// A rule that might have given the verdict and could not be judged leaves the clause undecided, whatever else it gives.
#[test]
fn a_rule_that_was_not_judged_decides_nothing() {
    let judged = |rule: &'static str, policy: &str| {
        let (case, _) = build().done();
        let mut judgement = rule::judge(&case);
        let missing = "the System log of N1".to_owned();
        judgement.not_judged = vec![NotJudged { rule, missing, collect: String::new() }];
        let report = Report::new(&case, judgement, Scope::default());
        let clauses = judge(&report, &Policy::parse(policy).expect("a policy"));
        let reasons: Vec<&str> = clauses[0].reasons.iter().map(|reason| reason.text.as_str()).collect();
        format!("{}: {}", clauses[0].outcome.word(), reasons.join("; "))
    };
    let told = "undecided: node-down could not be judged: missing is the System log of N1";
    assert_eq!(judged("node-down", "forbid_verdicts = ['fault']"), told);
    assert_eq!(judged("node-down", "forbid_verdicts = ['operator']"), "kept: ");
    let both = judged("refs", "forbid_verdicts = ['by_design']");
    assert!(both.starts_with("violated: ") && both.contains("refs could not be judged"), "{both}");
    // So does a finding whose verdict is open.
    let (case, _) = build().done();
    let mut judgement = rule::judge(&case);
    judgement.not_judged.clear();
    judgement.findings.iter_mut().for_each(|finding| finding.verdict = Verdict::Undetermined);
    let report = Report::new(&case, judgement, Scope::default());
    let outcome = |policy: &str| judge(&report, &Policy::parse(policy).expect("a policy"))[0].outcome.word();
    assert_eq!(outcome("forbid_verdicts = ['by_design']"), "undecided");
    assert_eq!(outcome("forbid_verdicts = ['operator']"), "kept");
    assert_eq!(outcome("forbid_verdicts = ['undetermined']"), "violated");
}

#[test]
fn exit_codes() {
    let code = |policy: &str| with(policy, |_, policy, clauses| exit_code(policy, clauses));
    let undecided = "minimum_certainty = 'observed'\nmaximum_detour = [{ vm = '*', time = '5h' }]";
    assert_eq!(code(""), 0);
    assert_eq!(code(undecided), 0);
    assert_eq!(code(&format!("on_undecided = 'fail'\n{undecided}")), 2);
    assert_eq!(code(&format!("on_undecided = 'fail'\nallowed_causes = []\n{undecided}")), 1);
}

const POLICY: &str = "minimum_certainty = 'observed'\nforbid_verdicts = ['fault']\nallowed_causes = []\n\
                      maximum_detour = [{ vm = 'sql', time = '5h' }]";

fn shown(expect: &Expect, show: impl FnOnce(&Report<'_>, &[Clause]) -> String) {
    expect.assert_eq(&with(POLICY, |report, _, clauses| show(report, clauses)));
}

#[test]
fn as_text() {
    shown(
        &expect![[r#"
        VIOLATED: 1 clause; 1 not decided, 1 kept.

        kept      no finding with verdict fault (forbid_verdicts)
        violated  no detour at all (allowed_causes)
            - VM sql on N1 through N2, 4.0 VM-hours: because of refs
                N2/System.evtx record 7002 "OwnerNode : N2"
                N1/System.evtx record 7003 "StateInfo : FileSystemRedirected"
            - VM sql on N1 through N2, 6.0 VM-hours, all of it assumed: because of refs
                N2/System.evtx record 7002 "OwnerNode : N2"
                N1/System.evtx record 7008 "'sql' started successfully."
        undecided vm sql: at most 5 h on a detour (maximum_detour)
            - sql: 4 h on a detour for sure, with what is not sure or not known up to 10 h
                N2/System.evtx record 7002 "OwnerNode : N2"
                N1/System.evtx record 7003 "StateInfo : FileSystemRedirected"
    "#]],
        |report, clauses| text(report, clauses, Style::PLAIN),
    );
}

#[test]
fn as_annotations() {
    shown(
        &expect![[r#"
        ::error title=allowed_causes%3A no detour at all::VM sql on N1 through N2, 4.0 VM-hours: because of refs%0AN2/System.evtx record 7002: OwnerNode : N2
        ::warning title=allowed_causes%3A no detour at all::VM sql on N1 through N2, 6.0 VM-hours, all of it assumed: because of refs%0AN2/System.evtx record 7002: OwnerNode : N2
        ::warning title=maximum_detour%3A vm sql%3A at most 5 h on a detour::sql: 4 h on a detour for sure, with what is not sure or not known up to 10 h%0AN2/System.evtx record 7002: OwnerNode : N2
    "#]],
        github,
    );
}

#[test]
fn as_junit() {
    shown(
        &expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="throughline" tests="3" failures="1" errors="0">
            <testsuite name="throughline check" tests="3" skipped="1" errors="0" failures="1">
                <testcase name="no finding with verdict fault" classname="forbid_verdicts"/>
                <testcase name="no detour at all" classname="allowed_causes">
                    <failure message="VM sql on N1 through N2, 4.0 VM-hours: because of refs">VM sql on N1 through N2, 4.0 VM-hours: because of refs
            N2/System.evtx record 7002: OwnerNode : N2
            N1/System.evtx record 7003: StateInfo : FileSystemRedirected
            N1/System.evtx record 7008: &apos;sql&apos; started successfully.
        VM sql on N1 through N2, 6.0 VM-hours, all of it assumed: because of refs
            N2/System.evtx record 7002: OwnerNode : N2
            N1/System.evtx record 7008: &apos;sql&apos; started successfully.
            N1/System.evtx record 7004: StateInfo : FileSystemRedirected
        </failure>
                </testcase>
                <testcase name="vm sql: at most 5 h on a detour" classname="maximum_detour">
                    <skipped message="sql: 4 h on a detour for sure, with what is not sure or not known up to 10 h">sql: 4 h on a detour for sure, with what is not sure or not known up to 10 h
            N2/System.evtx record 7002: OwnerNode : N2
            N1/System.evtx record 7003: StateInfo : FileSystemRedirected
            N1/System.evtx record 7008: &apos;sql&apos; started successfully.
        </skipped>
                </testcase>
            </testsuite>
        </testsuites>
    "#]],
        |report, clauses| junit(report, clauses, false).expect("XML"),
    );
}

#[test]
fn as_sarif() {
    let text = with(POLICY, |report, _, clauses| sarif(report, clauses).expect("JSON"));
    // The published types read it back.
    let read: serde_sarif::sarif::Sarif = serde_json::from_str(&text).expect("SARIF");
    let results = read.runs[0].results.as_ref().expect("results");
    let levels: Vec<_> = results.iter().map(|result| format!("{:?}", result.level)).collect();
    assert_eq!(levels.len(), 3, "{levels:?}");
    assert!(text.contains("\"byteOffset\""), "{text}");
}
