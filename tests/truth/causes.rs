//! Causes held against each other: no two findings claim one span of one volume on one node in contradiction, and
//! what findings explain and what is left over never overlap. The drawn clusters are held against the same (`super::as_drawn`).

use std::path::Path;

use rayon::prelude::*;
use throughline::analysis::{Analysis, Options, analyze};
use throughline::bundle::{self, Bundle};
use throughline::cause;
use throughline::fact::{Instant, Name, Span};
use throughline::finding::{Effect, Finding, Verdict};
use throughline::simulate::{SCENARIOS, generate, scenarios};

use super::bundle::{analysed, played};

/// Stretches that two nodes tell a little differently may touch: two seconds, nanoseconds.
const TOUCH: i64 = 2_000_000_000;

fn shared(a: &Span, b: &Span) -> i64 {
    let from = a.from.max(b.from).map_or(i64::MIN / 4, |at| at.0);
    let to = match (a.to, b.to) {
        (Some(a), Some(b)) => a.min(b).0,
        (one, other) => one.or(other).map_or(i64::MAX / 4, |at| at.0),
    };
    to - from
}

/// Can both be right about one effect at one place and time? Reasons for file-system redirection are flags that stand
/// beside each other; a path is lost or by design not there; a pause has one cause.
fn agree(effect: Effect, a: Verdict, b: Verdict) -> bool {
    use Verdict::{ByDesign, Fault, NotRedirection, Temporary, Undetermined};
    let pair = |one: &[Verdict], other: &[Verdict]| {
        (one.contains(&a) && other.contains(&b)) || (one.contains(&b) && other.contains(&a))
    };
    match effect {
        Effect::BlockDetour => {
            !pair(&[Fault], &[ByDesign, NotRedirection]) && !pair(&[Undetermined], &[Fault, ByDesign])
        }
        Effect::Pause => !pair(&[Fault], &[ByDesign, NotRedirection, Temporary]),
        Effect::FileSystemDetour => !pair(&[Fault], &[ByDesign, NotRedirection]),
        Effect::Traffic | Effect::Slowness => true,
    }
}

/// Pairs of findings that contradict each other, in words.
fn contradictions(findings: &[Finding]) -> Vec<String> {
    let mut out = Vec::new();
    for (at, a) in findings.iter().enumerate() {
        for b in &findings[at + 1..] {
            let both = |effect: &&Effect| b.explains.contains(*effect);
            let effects: Vec<Effect> = a.explains.iter().filter(both).copied().collect();
            let volume = a.subjects.volumes.iter().any(|v| b.subjects.volumes.contains(v));
            let nodes: Vec<&Name> =
                a.subjects.nodes.iter().filter(|n| b.subjects.nodes.contains(n)).collect();
            if !volume || nodes.is_empty() || shared(&a.span, &b.span) <= TOUCH {
                continue;
            }
            if let Some(effect) = effects.iter().find(|e| !agree(**e, a.verdict, b.verdict)) {
                let told = |f: &Finding| format!("{} {}: {}", f.rule, f.verdict.word(), f.title);
                out.push(format!("{effect:?} on {nodes:?}: {} | {}", told(a), told(b)));
            }
        }
    }
    out
}

/// Detours that are told as unexplained although a finding covers them, in words.
fn explained_twice(analysis: &Analysis) -> Vec<String> {
    let findings = &analysis.judgement.findings;
    let mut out = Vec::new();
    for left in &analysis.judgement.unexplained {
        let route = &analysis.case.routes[left.route];
        let covers = |f: &&Finding| {
            let effect = cause::effect(route.route).is_some_and(|e| f.explains.contains(&e));
            let volume = route.volume.is_some_and(|v| f.subjects.volumes.contains(&v));
            let node = route.node.as_ref().is_some_and(|n| f.subjects.nodes.contains(n));
            effect && volume && node && shared(&f.span, &left.span) > 0
        };
        out.extend(findings.iter().find(covers).map(|f| format!("{}: {:?}", f.rule, left.span)));
        let length = left.span.to.zip(left.span.from).map(|(to, from): (Instant, Instant)| to.0 - from.0);
        out.extend(length.filter(|nanos| *nanos <= 0).map(|_| format!("no length: {:?}", left.span)));
    }
    out
}

/// What is contradictory in an analysis, in words.
pub(crate) fn check(head: &str, analysis: &Analysis) -> Vec<String> {
    let mut out = contradictions(&analysis.judgement.findings);
    out.extend(explained_twice(analysis));
    out.into_iter().map(|wrong| format!("{head}: {wrong}")).collect()
}

fn none(wrong: Vec<String>) {
    let shown: Vec<&String> = wrong.iter().take(12).collect();
    assert!(wrong.is_empty(), "{} contradictions\n{shown:#?}", wrong.len());
}

#[test]
fn samples_and_scenarios_hold_no_contradiction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let samples = SCENARIOS.iter().map(|scenario| root.join(scenario.name)).collect::<Vec<_>>();
    let mut wrong: Vec<String> = Vec::new();
    for sample in samples {
        let bundle = Bundle::open(std::slice::from_ref(&sample), &bundle::Options::default());
        let analysis = analyze(&bundle, &Options::default());
        assert!(!analysis.case.volumes.is_empty(), "{}", sample.display());
        wrong.extend(check(&sample.display().to_string(), &analysis));
    }
    // As they are played with the first seed, `crate::stories` has them.
    let scenarios: Vec<_> = scenarios().collect();
    wrong.par_extend(scenarios.into_par_iter().flat_map_iter(|scenario| {
        let files = played(generate(scenario, 2, None, None)).files;
        check(&format!("{} seed 2", scenario.name), &analysed(&files))
    }));
    none(wrong);
}

#[test]
#[ignore = "shows what no finding explains, scenario by scenario"]
fn shows_what_is_unexplained() {
    for scenario in scenarios() {
        let analysis = analysed(&played(generate(scenario, 1, None, None)).files);
        let case = &analysis.case;
        println!("{}", scenario.name);
        for finding in &analysis.judgement.findings {
            println!("    {} {}: {}", finding.verdict.word(), finding.rule, finding.title);
        }
        for left in &analysis.judgement.unexplained {
            let route = &case.routes[left.route];
            let seconds = left.span.seconds();
            println!(
                "    ? {} {:?} on {:?}, {seconds:?} s from {:?}",
                route.route.word(),
                route.volume.map(|v| case.volumes[v].label()),
                route.node,
                left.span.from,
            );
        }
    }
}

#[test]
fn a_contradiction_is_seen() {
    use Verdict::{ByDesign, Configuration, Fault, Temporary, Undetermined};
    let check = |effect, a, b, expect: bool| {
        assert_eq!(agree(effect, a, b), expect, "{effect:?} {a:?} {b:?}");
        assert_eq!(agree(effect, b, a), expect, "{effect:?} {b:?} {a:?}");
    };
    check(Effect::BlockDetour, Fault, ByDesign, false);
    check(Effect::BlockDetour, Undetermined, ByDesign, false);
    check(Effect::FileSystemDetour, Configuration, ByDesign, true);
    check(Effect::Pause, Fault, Temporary, false);
    let finding = |verdict, minute: i64| Finding {
        rule: "refs",
        title: String::new(),
        verdict,
        claim: String::new(),
        span: Span {
            from: Some(Instant(minute * 60_000_000_000)),
            to: Some(Instant((minute + 10) * 60_000_000_000)),
            certainty: throughline::fact::Certainty::Observed,
            evidence: Vec::new(),
        },
        subjects: throughline::finding::Subjects {
            volumes: vec![0],
            vms: Vec::new(),
            nodes: vec!["N1".into()],
        },
        next_steps: Vec::new(),
        explains: &[Effect::BlockDetour],
    };
    assert_eq!(contradictions(&[finding(Fault, 0), finding(ByDesign, 5)]).len(), 1);
    assert_eq!(contradictions(&[finding(Fault, 0), finding(ByDesign, 10)]).len(), 0);
}
