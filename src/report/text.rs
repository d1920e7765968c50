//! The report for people: the answer first, then what it rests on.
//!
//! The first lines hold one answer, whatever the number of volumes: who detoured, through whom, since when, how
//! much, why, whether that is a fault, and what to do. Then come the findings with quoted evidence, what could
//! not be told and what to collect, the clocks, and what was read. Like things stand together. Every line fits
//! 100 columns and reads without colour.

mod account;
mod answer;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};

use super::page::Page;
use super::style::Tone;
use super::{Report, Style, quote};
use crate::advice::Fits;
use crate::detour::Sum;
use crate::fact::{Certainty, Claim, DiskClaim, Evidence, Role, VolumeClaim};
use crate::finding::{Effect, Finding, Verdict};
use crate::words;

/// Quotes shown for one finding; JSON has all.
const QUOTES: usize = 6;
/// Lines that one quote may take; a longer one is shortened in the middle.
const QUOTED_LINES: usize = 5;
/// Faults of one kind that are told one by one; of other kinds, one speaks for all.
const TOLD: usize = 3;

/// The whole report.
#[must_use]
pub fn render(report: &Report<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let groups = groups(report);
    answer::render(&mut page, report, &groups);
    findings(&mut page, report, &groups);
    traffic::render(&mut page, report);
    advice(&mut page, report);
    not_judged(&mut page, report);
    account::render(&mut page, report);
    page.finish()
}

/// The answer in one line with its tone, and a sentence each on all routes and on what was measured.
pub(super) fn head(report: &Report<'_>) -> (String, Tone, Vec<String>) {
    answer::head(report, &groups(report))
}

/// What is found and not merely assumed, a line a kind of finding, gravest first.
pub(super) fn so_far(report: &Report<'_>) -> Vec<String> {
    let sure = |group: &Group| group.first(report).span.certainty > Certainty::Assumed;
    let line =
        |group: &Group| format!("{}: {}", verdict_words(group.first(report).verdict), group.title(report));
    groups(report).iter().filter(|group| sure(group)).map(line).collect()
}

/// Findings of one rule, verdict and kind of storage, with what detoured because of them.
struct Group {
    findings: Vec<usize>,
    sum: Sum,
    /// What waited because of them.
    held: Sum,
    /// The kinds that explain some of the same detours, as positions in the list of groups.
    with: BTreeSet<usize>,
}

impl Group {
    fn first<'r>(&self, report: &'r Report<'_>) -> &'r Finding {
        &report.findings[self.findings[0]]
    }

    /// The first finding's title, and of which volumes (or how many more times) the same holds.
    fn title(&self, report: &Report<'_>) -> String {
        let first = self.first(report);
        let others = self.findings[1..].iter().map(|&f| &report.findings[f].subjects);
        let same_nodes = others.clone().all(|s| s.nodes == first.subjects.nodes || s.nodes.len() > 1);
        let mut volumes: Vec<usize> = others.flat_map(|s| s.volumes.iter().copied()).collect();
        volumes.dedup();
        volumes.retain(|v| !first.subjects.volumes.contains(v));
        match self.findings.len() - 1 {
            0 => first.title.clone(),
            more if same_nodes && volumes.len() == more => {
                let names = volumes.iter().filter_map(|&v| report.case.volumes.get(v)).map(|v| v.label());
                format!("{}; likewise {}", first.title, words::list(names, 4))
            }
            1 => format!("{}; once more like it", first.title),
            more => format!("{}; {more} times more like it", first.title),
        }
    }

    /// What to do first: as a finding says it that has a VM to name.
    fn first_step<'r>(&self, report: &'r Report<'_>) -> Option<&'r String> {
        let all = || self.findings.iter().map(|&f| &report.findings[f]);
        let has_command = |f: &&Finding| f.next_steps.first().is_some_and(|step| step.contains('\n'));
        let mut with_vm = all().filter(|f| !f.subjects.vms.is_empty());
        let best = with_vm.clone().find(has_command).or_else(|| with_vm.next());
        best.unwrap_or_else(|| self.first(report)).next_steps.first()
    }

    /// Do files go through the owner beside the mode of their volume?
    fn is_beside_mode(&self, report: &Report<'_>) -> bool {
        let first = self.first(report);
        first.explains.contains(&Effect::Traffic) && first.verdict != Verdict::NotRedirection
    }

    fn certainty(&self, report: &Report<'_>) -> Certainty {
        let all = self.findings.iter().map(|&f| report.findings[f].span.certainty);
        all.min().unwrap_or(Certainty::Unknown)
    }
}

/// Like findings together: faults, then what explains detours, then the rest; each gravest first, and among equals
/// what detoured most.
fn groups(report: &Report<'_>) -> Vec<Group> {
    let rank = |verdict: Verdict| Verdict::ALL.iter().position(|v| *v == verdict);
    let mut by_kind: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, finding) in report.findings.iter().enumerate() {
        let storage: Vec<_> = finding
            .subjects
            .volumes
            .iter()
            .map(|&v| report.case.volumes.get(v).and_then(|v| v.storage.value))
            .collect();
        let key = (rank(finding.verdict), finding.rule, storage.first().copied().flatten());
        by_kind.entry(key).or_default().push(at);
    }
    let mut kind_of_finding = vec![0; report.findings.len()];
    for (kind, findings) in by_kind.values().enumerate() {
        findings.iter().for_each(|&f| kind_of_finding[f] = kind);
    }
    let mut routes = vec![Vec::new(); by_kind.len()];
    let mut waited = vec![Vec::new(); by_kind.len()];
    let mut with = vec![BTreeSet::new(); by_kind.len()];
    for (at, route) in report.routes() {
        let kinds: BTreeSet<usize> = report.causes_of(at).iter().map(|&f| kind_of_finding[f]).collect();
        if !route.route.is_detour() {
            kinds.iter().for_each(|&kind| waited[kind].push(route));
            continue;
        }
        for &kind in &kinds {
            routes[kind].push(route);
            with[kind].extend(kinds.iter().copied().filter(|other| *other != kind));
        }
    }
    let sum = |routes: Vec<_>| report.window().map_or_else(Sum::default, |window| Sum::of(routes, window));
    let all = by_kind.into_values().zip(routes).zip(waited).zip(with);
    let mut out: Vec<(usize, Group)> = all
        .map(|(((findings, routes), waited), with)| Group {
            findings,
            sum: sum(routes),
            held: sum(waited),
            with,
        })
        .enumerate()
        .collect();
    out.sort_by_key(|(_, group)| {
        let first = &report.findings[group.findings[0]];
        // Of faults without a detour the first one may have brought about the rest.
        let explains = first.explains_detours() || first.verdict == Verdict::Fault;
        let aside = (group.sum.vms.is_empty(), !explains);
        (
            first.verdict != Verdict::Fault,
            aside,
            rank(first.verdict),
            std::cmp::Reverse(group.sum.nanos()),
            group.findings.iter().map(|&f| report.findings[f].span.from).min(),
            first.rule,
        )
    });
    let mut position = vec![0; out.len()];
    out.iter().enumerate().for_each(|(new, (old, _))| position[*old] = new);
    let renamed = |mut group: Group| {
        group.with = group.with.into_iter().map(|old| position[old]).collect();
        group
    };
    out.into_iter().map(|(_, group)| renamed(group)).collect()
}

/// As people read it.
fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fault => "FAULT",
        Verdict::Configuration => "CONFIGURATION",
        Verdict::Operator => "BY REQUEST",
        Verdict::Temporary => "TEMPORARY",
        Verdict::ByDesign => "BY DESIGN",
        Verdict::NotRedirection => "NOT REDIRECTION",
        Verdict::Undetermined => "UNDETERMINED",
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Fault => Tone::Bad,
        Verdict::Configuration | Verdict::Operator | Verdict::Undetermined => Tone::Warn,
        Verdict::Temporary | Verdict::ByDesign | Verdict::NotRedirection => Tone::Good,
    }
}

fn findings(page: &mut Page, report: &Report<'_>, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    page.heading("FINDINGS");
    for (number, group) in groups.iter().enumerate() {
        page.blank();
        let first = group.first(report);
        let label = format!("[{}] {}  ", number + 1, verdict_words(first.verdict));
        page.hanging(0, &label, &group.title(report), Some(tone(first.verdict)));
        page.paragraph(4, &format!("Rule {}; {}.", first.rule, first.span.certainty.word()));
        let told = if first.verdict == Verdict::Fault { TOLD } else { 1 };
        for &at in group.findings.iter().take(told) {
            page.paragraph(4, &report.findings[at].claim);
            evidence(page, report, &report.findings[at].span.evidence);
        }
        if let Some(rest) = group.findings.get(told..).filter(|rest| !rest.is_empty()) {
            let titles = rest.iter().map(|&f| {
                let finding = &report.findings[f];
                format!(
                    "{} ({})",
                    finding.title,
                    words::when(&finding.span, report.case.from, report.case.to)
                )
            });
            page.hanging(4, &format!("{} more: ", rest.len()), &words::list(titles, 4), None);
        }
        if first.next_steps.is_empty() {
            continue;
        }
        page.paragraph(4, "What to do:");
        for (number, step) in first.next_steps.iter().enumerate() {
            page.step(4, &format!("{}. ", number + 1), step);
        }
    }
}

/// Quoted evidence: a place, a time, the text. Of each kind some is shown, the rest is counted.
fn evidence(page: &mut Page, report: &Report<'_>, evidence: &[Evidence]) {
    let shown = chosen(report, evidence);
    for cited in &shown {
        let Some(placed) = report.case.facts.get(cited.fact.0 as usize) else { continue };
        let at = placed.moment.map_or("no time".into(), |m| words::instant_fine(m.at));
        let also = match placed.fact.also.as_slice() {
            [] => String::new(),
            [one] => format!(" (also {})", report.place(*one)),
            [one, rest @ ..] => format!(" (also {} and {} more)", report.place(*one), rest.len()),
        };
        let place = format!("{at}  {}{also}", report.place(placed.fact.origin));
        page.hanging(6, &format!("{:<12}", cited.role.word()), &place, Some(Tone::Faint));
        match report.quote(placed.fact.origin) {
            Some(text) => page.lines(18, QUOTED_LINES, &format!("\"{}\"", quote::line(text))),
            None => page.one_line(18, "(its text could not be fetched again)", None),
        }
    }
    let mut facts: Vec<_> = evidence.iter().map(|cited| cited.fact).collect();
    facts.dedup();
    if facts.len() > shown.len() {
        page.paragraph(6, &format!("and {} more; --format json has all", facts.len() - shown.len()));
    }
}

/// At most [`QUOTES`], of every kind of statement before a second of any, in the order of the facts.
fn chosen(report: &Report<'_>, evidence: &[Evidence]) -> Vec<Evidence> {
    let mut seen: Vec<(Kind, usize)> = Vec::new();
    let mut ranked: Vec<(usize, usize, Evidence)> = Vec::new();
    for (at, cited) in evidence.iter().enumerate() {
        // A fact that is cited in several roles is shown in the first.
        if evidence[..at].iter().rev().take_while(|e| e.fact == cited.fact).count() > 0 {
            continue;
        }
        let Some(placed) = report.case.facts.get(cited.fact.0 as usize) else { continue };
        let kind = kind_of(cited, &placed.fact.claim);
        let round = match seen.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                seen.push((kind, 0));
                0
            }
        };
        ranked.push((round, at, *cited));
    }
    ranked.sort_unstable();
    ranked.truncate(QUOTES);
    let mut out: Vec<Evidence> = ranked.into_iter().map(|(_, _, cited)| cited).collect();
    out.sort_unstable();
    out
}

type Kind = (Role, Discriminant<Claim>, Option<Discriminant<VolumeClaim>>, Option<Discriminant<DiskClaim>>);

fn kind_of(cited: &Evidence, claim: &Claim) -> Kind {
    let (volume, disk) = match claim {
        Claim::Volume(_, said) => (Some(discriminant(said)), None),
        Claim::Disk(_, said) => (None, Some(discriminant(said))),
        _ => (None, None),
    };
    (cited.role, discriminant(claim), volume, disk)
}

/// What could not be told. Gaps that the same commands close stand together.
/// Quotes shown for one piece of advice.
const ADVICE_QUOTES: usize = 1;

fn advice(page: &mut Page, report: &Report<'_>) {
    if report.advice.is_empty() {
        return;
    }
    page.heading("WHAT YOU MAY BE TOLD");
    for told in &report.advice {
        page.hanging(2, "\"", &format!("{}\"", told.said), None);
        let tone = match told.ruling.fits {
            Fits::Applies => Tone::Good,
            Fits::DoesNotApply => Tone::Warn,
            Fits::CannotTell => Tone::Faint,
        };
        page.hanging(4, &format!("{}: ", told.ruling.fits.word()), &told.ruling.why, Some(tone));
        for cited in told.ruling.evidence.iter().take(ADVICE_QUOTES) {
            let Some(placed) = report.case.facts.get(cited.fact.0 as usize) else { continue };
            let origin = placed.fact.origin;
            page.quoted(8, &report.place(origin), report.quote(origin));
        }
    }
}

fn not_judged(page: &mut Page, report: &Report<'_>) {
    if report.not_judged.is_empty() {
        return;
    }
    page.heading("COULD NOT TELL");
    /// What is missing, and the rules that miss it.
    type Gap<'a> = (&'a str, Vec<&'a str>);
    let mut by_command: Vec<(&str, Vec<Gap<'_>>)> = Vec::new();
    for gap in &report.not_judged {
        let at = by_command.iter().position(|(collect, _)| *collect == gap.collect);
        let at = at.unwrap_or_else(|| {
            by_command.push((&gap.collect, Vec::new()));
            by_command.len() - 1
        });
        let gaps = &mut by_command[at].1;
        match gaps.iter_mut().find(|(missing, _)| *missing == gap.missing) {
            Some((_, rules)) => rules.push(gap.rule),
            None => gaps.push((&gap.missing, vec![gap.rule])),
        }
    }
    for (collect, gaps) in by_command {
        for (missing, rules) in gaps {
            page.hanging(2, "- ", &format!("{}: missing is {missing}.", words::list(rules, 8)), None);
        }
        page.paragraph(4, "Collect it with:");
        collect.lines().for_each(|command| page.command(6, command));
    }
}
