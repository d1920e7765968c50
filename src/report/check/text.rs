//! The outcome for people.

use super::{Clause, Outcome};
use crate::fact::FactId;
use crate::report::Report;
use crate::report::page::Page;
use crate::report::style::{Style, Tone};
use crate::words;

/// Quotes a reason shows.
const QUOTED: usize = 2;

/// Where a fact stands, and its text.
pub(super) fn place_of<'a>(report: &'a Report<'_>, fact: FactId) -> Option<(String, Option<&'a str>)> {
    let origin = report.case.facts.get(fact.0 as usize)?.fact.origin;
    Some((report.place(origin), report.quote(origin)))
}

/// One line a clause, then why those that are not kept are not.
#[must_use]
pub fn text(report: &Report<'_>, clauses: &[Clause], style: Style) -> String {
    let mut page = Page::new(style);
    let count = |outcome| clauses.iter().filter(|clause| clause.outcome == outcome).count();
    let [violated, undecided, kept] = [Outcome::Violated, Outcome::Undecided, Outcome::Kept].map(count);
    let answer = match (violated, undecided) {
        (0, 0) if kept == 0 => "NOTHING WAS ASKED: the policy has no clause.".to_owned(),
        (0, 0) if kept == 1 => "KEPT: the only clause.".to_owned(),
        (0, 0) => format!("KEPT: all {}.", words::count(kept, "clause")),
        (0, _) => format!("NOT DECIDED: {}; {kept} kept, none violated.", words::count(undecided, "clause")),
        _ => format!("VIOLATED: {}; {undecided} not decided, {kept} kept.", words::count(violated, "clause")),
    };
    let tone = |outcome| match outcome {
        Outcome::Kept => Tone::Good,
        Outcome::Undecided => Tone::Warn,
        Outcome::Violated => Tone::Bad,
    };
    let worst = clauses.iter().map(|clause| clause.outcome).max().unwrap_or(Outcome::Kept);
    page.toned(tone(worst), &answer);
    page.blank();
    for clause in clauses {
        let label = format!("{:<10}", clause.outcome.word());
        page.hanging(0, &label, &format!("{} ({})", clause.says, clause.key), Some(tone(clause.outcome)));
        for reason in &clause.reasons {
            page.hanging(4, "- ", &reason.text, None);
            for (place, quote) in
                reason.evidence.iter().take(QUOTED).filter_map(|&fact| place_of(report, fact))
            {
                page.quoted(8, &place, quote);
            }
        }
    }
    page.finish()
}
