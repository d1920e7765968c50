//! The clauses of a policy, one function each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Clause, Maximum, Outcome, Policy, Reason, Subject};
use crate::case::{Route, RouteKind};
use crate::detour::{Sum, Window};
use crate::fact::{Certainty, Evidence, FactId, Name};
use crate::finding::{Finding, Verdict};
use crate::report::Report;
use crate::rule::RULES;
use crate::words;

/// How many facts a reason cites.
const CITED: usize = 3;

/// Every clause of the policy, in the policy's order.
#[must_use]
pub fn judge(report: &Report<'_>, policy: &Policy) -> Vec<Clause> {
    let least = policy.minimum_certainty.unwrap_or(Certainty::Assumed);
    let mut out = Vec::new();
    for verdict in &policy.forbid_verdicts {
        let found =
            report.findings.iter().filter(|finding| finding.verdict == *verdict).map(|finding| Reason {
                outcome: if finding.span.certainty >= least { Outcome::Violated } else { Outcome::Undecided },
                text: format!("{} ({}, {})", finding.title, finding.rule, finding.span.certainty.word()),
                evidence: cite(&finding.span.evidence),
            });
        let says = format!("no finding with verdict {}", verdict.word());
        out.push(clause("forbid_verdicts", says, found.chain(not_told(report, *verdict)).collect()));
    }
    if let Some(allowed) = &policy.allowed_causes {
        out.push(allowed_causes(report, allowed, least));
    }
    out.extend(policy.maximum_detour.iter().map(|maximum| maximum_detour(report, maximum, least)));
    if let Some(longest) = policy.maximum_pause {
        out.push(maximum_pause(report, longest, least));
    }
    out.extend(policy.required_inputs.iter().map(|kind| required_input(report, kind)));
    out
}

fn clause(key: &'static str, says: String, reasons: Vec<Reason>) -> Clause {
    let outcome = reasons.iter().map(|reason| reason.outcome).max().unwrap_or(Outcome::Kept);
    Clause { key, says, outcome, reasons }
}

fn cite(evidence: &[Evidence]) -> Vec<FactId> {
    evidence.iter().map(|cited| cited.fact).take(CITED).collect()
}

fn length(time: Duration) -> String {
    words::length(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
}

/// What may have this verdict and could not be told: findings that the evidence does not decide, and rules that could
/// not be judged, for that they found nothing says nothing.
fn not_told(report: &Report<'_>, verdict: Verdict) -> Vec<Reason> {
    let gives: BTreeSet<&str> =
        RULES.iter().filter(|rule| rule.verdicts.contains(&verdict)).map(|rule| rule.id).collect();
    let open = |finding: &&Finding| {
        finding.verdict == Verdict::Undetermined && finding.verdict != verdict && gives.contains(finding.rule)
    };
    let mut out: Vec<Reason> = Vec::new();
    out.extend(report.findings.iter().filter(open).map(|finding| Reason {
        outcome: Outcome::Undecided,
        text: format!("{} ({}): the evidence does not decide the verdict", finding.title, finding.rule),
        evidence: cite(&finding.span.evidence),
    }));
    let mut by_missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gap in report.not_judged.iter().filter(|gap| gives.contains(gap.rule)) {
        by_missing.entry(&gap.missing).or_default().push(gap.rule);
    }
    let reason = |(missing, rules): (&str, Vec<&str>)| Reason {
        outcome: Outcome::Undecided,
        text: format!("{} could not be judged: missing is {missing}", words::list(&rules, 8)),
        evidence: Vec::new(),
    };
    out.extend(by_missing.into_iter().map(reason));
    out
}

/// Every detour has an allowed cause.
fn allowed_causes(report: &Report<'_>, allowed: &[String], least: Certainty) -> Clause {
    let mut found: BTreeMap<(bool, Vec<&str>), Vec<&Route>> = BTreeMap::new();
    for (at, route) in report.routes().filter(|(_, route)| route.route.is_detour()) {
        let causes: BTreeSet<&str> = report.causes_of(at).iter().map(|&f| report.findings[f].rule).collect();
        if causes.is_empty() || !causes.iter().all(|cause| allowed.iter().any(|own| own == cause)) {
            let sure = route.span.certainty >= least;
            found.entry((!sure, causes.into_iter().collect())).or_default().push(route);
        }
    }
    let all = |routes: &[&Route]| {
        report.window().map(|window| Sum::of(routes.iter().copied(), window)).unwrap_or_default()
    };
    let mut reasons: Vec<Reason> = Vec::new();
    reasons.extend(found.into_iter().map(|((unsure, causes), routes)| {
        let sum = all(&routes);
        let why = match causes.is_empty() {
            true => "no rule explains it".to_owned(),
            false => format!("because of {}", words::list(&causes, 4)),
        };
        Reason {
            outcome: if unsure { Outcome::Undecided } else { Outcome::Violated },
            text: format!("{}, {}: {why}", sum.who(report.case, 3), amount(&sum)),
            evidence: routes.iter().flat_map(|route| cite(&route.span.evidence)).take(CITED).collect(),
        }
    }));
    let unknown: Vec<&Route> =
        report.routes().map(|(_, route)| route).filter(|route| route.route == RouteKind::Unknown).collect();
    let sum = all(&unknown);
    if sum.nanos() > 0 {
        let names = words::list(sum.vms.iter().map(|&vm| report.case.vms[vm].label()), 5);
        let text = format!("for {} it is not known which way the I/O of {names} went", amount(&sum));
        reasons.push(Reason { outcome: Outcome::Undecided, text, evidence: Vec::new() });
    }
    if report.vms().next().is_none() {
        let text = "no VM is known from this bundle, so no way of any I/O".to_owned();
        reasons.push(Reason { outcome: Outcome::Undecided, text, evidence: Vec::new() });
    }
    let says = match allowed.is_empty() {
        true => "no detour at all".to_owned(),
        false => format!("detours only because of {}", words::list(allowed, 6)),
    };
    clause("allowed_causes", says, reasons)
}

/// VM-hours, and a time where they would round to none.
fn amount(sum: &Sum) -> String {
    const SHORT: i64 = 3_600_000_000_000;
    match sum.nanos() {
        nanos if nanos > sum.vms.len() as i64 && nanos < SHORT => {
            format!("{} in all{}", words::length(nanos), sum.assumed())
        }
        _ => sum.amount(),
    }
}

/// The time on a detour of everything that the limit names.
fn maximum_detour(report: &Report<'_>, maximum: &Maximum, least: Certainty) -> Clause {
    let says =
        format!("{} {}: at most {} on a detour", maximum.of.word(), maximum.pattern, length(maximum.time));
    let mut reasons = Vec::new();
    let Some(window) = report.window() else { return clause("maximum_detour", says, reasons) };
    let mut groups: BTreeMap<Name, Vec<(usize, &Route)>> = BTreeMap::new();
    for (at, route) in report.routes() {
        for name in named(report, maximum.of, at, route) {
            if maximum.names(name.as_str()) {
                groups.entry(name).or_default().push((at, route));
            }
        }
    }
    if groups.is_empty() && !is_known(report, maximum) {
        let text = format!("no {} of that name is known from this bundle", maximum.of.noun());
        reasons.push(Reason { outcome: Outcome::Undecided, text, evidence: Vec::new() });
    }
    // Times of several VMs are added up; of one VM, its disks are not.
    let together = if maximum.of == Subject::Vm { "" } else { ", all VMs together" };
    for (name, routes) in groups {
        let of = |wanted: &dyn Fn(&Route) -> bool| {
            Sum::of(routes.iter().map(|(_, route)| *route).filter(|route| wanted(route)), window)
        };
        let sure = of(&|route| route.route.is_detour() && route.span.certainty >= least);
        let open = of(&|route| route.route.is_detour() || route.route == RouteKind::Unknown);
        let over = |sum: &Sum| u128::try_from(sum.nanos()).unwrap_or(0) > maximum.time.as_nanos();
        let (outcome, text) = if over(&sure) {
            (Outcome::Violated, format!("{name}: {} on a detour{together}", words::length(sure.nanos())))
        } else if over(&open) {
            let text = format!(
                "{name}: {} on a detour for sure, with what is not sure or not known up to {}{together}",
                words::length(sure.nanos()),
                words::length(open.nanos())
            );
            (Outcome::Undecided, text)
        } else {
            continue;
        };
        let detours = routes.iter().filter(|(_, route)| route.route.is_detour());
        let evidence = detours.flat_map(|(_, route)| cite(&route.span.evidence)).take(CITED).collect();
        reasons.push(Reason { outcome, text, evidence });
    }
    clause("maximum_detour", says, reasons)
}

/// Is there anything that the limit can be of? A misspelt name would never be over it.
fn is_known(report: &Report<'_>, maximum: &Maximum) -> bool {
    match maximum.of {
        Subject::Vm => report.vms().any(|(_, vm)| maximum.names(&vm.label())),
        Subject::Volume => report.volumes().any(|(_, volume)| maximum.names(&volume.label())),
        // Policies name rules, all of which are known; one that found nothing explains no detour.
        Subject::Cause => true,
    }
}

/// Under which names a route counts. A route that is not known counts under every cause, for it may have any.
fn named(report: &Report<'_>, of: Subject, at: usize, route: &Route) -> Vec<Name> {
    match of {
        Subject::Vm => vec![Name::new(&report.case.vms[route.vm].label())],
        Subject::Volume => {
            route.volume.map(|volume| Name::new(&report.case.volumes[volume].label())).into_iter().collect()
        }
        Subject::Cause if route.route == RouteKind::Unknown => {
            let seen: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
            seen.into_iter().map(Name::new).collect()
        }
        Subject::Cause => {
            let causes: BTreeSet<&str> =
                report.causes_of(at).iter().map(|&finding| report.findings[finding].rule).collect();
            causes.into_iter().map(Name::new).collect()
        }
    }
}

/// How long the I/O of a disk was held in a row.
fn maximum_pause(report: &Report<'_>, longest: Duration, least: Certainty) -> Clause {
    let says = format!("I/O held for at most {}", length(longest));
    let mut reasons = Vec::new();
    let Some(window) = report.window() else { return clause("maximum_pause", says, reasons) };
    let over = |nanos: i64| u128::try_from(nanos).unwrap_or(0) > longest.as_nanos();
    let mut unknown: BTreeSet<usize> = BTreeSet::new();
    let routes: Vec<(usize, &Route)> = report.routes().collect();
    let mut at = 0;
    while let Some((_, first)) = routes.get(at) {
        let mut end = at + 1;
        let held = |route: &Route| route.route == RouteKind::Held;
        // A pause goes on where its certainty or the VM's node changes.
        while let Some((_, next)) = routes.get(end)
            && held(first)
            && held(next)
            && (next.vm, next.disk) == (first.vm, first.disk)
            && next.span.from == routes[end - 1].1.span.to
        {
            end += 1;
        }
        let run: Vec<&Route> = routes[at..end].iter().map(|(_, route)| *route).collect();
        at = end;
        let cuts: Vec<Window> = run.iter().filter_map(|route| window.cut(&route.span)).collect();
        let nanos = cuts.iter().fold(0i64, |sum, cut| sum.saturating_add(cut.nanos()));
        if !over(nanos) {
            continue;
        }
        if first.route == RouteKind::Unknown {
            unknown.insert(first.vm);
        } else if held(first) {
            let certainty = run.iter().map(|route| route.span.certainty).min().unwrap_or(Certainty::Unknown);
            let label = report.case.vms[first.vm].label();
            let volume = first.volume.map_or("its volume".into(), |at| report.case.volumes[at].label());
            let since =
                cuts.first().map_or(String::new(), |cut| format!(" from {}", words::instant(cut.from)));
            reasons.push(Reason {
                outcome: if certainty >= least { Outcome::Violated } else { Outcome::Undecided },
                text: format!("I/O of {label} to {volume} was held for {}{since}", words::length(nanos)),
                evidence: run.iter().flat_map(|route| cite(&route.span.evidence)).take(CITED).collect(),
            });
        }
    }
    if !unknown.is_empty() {
        let names = words::list(unknown.iter().map(|&vm| report.case.vms[vm].label()), 5);
        let text = format!("for longer than that it is not known which way the I/O of {names} went");
        reasons.push(Reason { outcome: Outcome::Undecided, text, evidence: Vec::new() });
    }
    clause("maximum_pause", says, reasons)
}

/// Every node gave an input of this kind from which something was read.
fn required_input(report: &Report<'_>, kind: &str) -> Clause {
    let has = |node: &Name| {
        let mut inputs = report.case.inputs.iter().zip(&report.case.ledger);
        inputs.any(|(input, tally)| {
            input.kind == kind && !input.foreign && input.node.as_ref() == Some(node) && tally.entries > 0
        })
    };
    let nodes = report.case.nodes.iter().filter_map(|node| node.name.as_ref());
    let missing = nodes.filter(|node| !has(node)).map(|node| Reason {
        outcome: Outcome::Violated,
        text: format!("{node} gave no {kind} that could be read"),
        evidence: Vec::new(),
    });
    let mut reasons: Vec<Reason> = missing.collect();
    if report.case.nodes.is_empty() {
        let text = "no node is known".to_owned();
        reasons.push(Reason { outcome: Outcome::Undecided, text, evidence: Vec::new() });
    }
    clause("required_inputs", format!("an input of kind {kind} from every node"), reasons)
}
