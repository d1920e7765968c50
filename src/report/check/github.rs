//! Annotations as GitHub Actions reads them from a log: `::error title=...::message` (its workflow commands).

use super::{Clause, Outcome, text::place_of};
use crate::report::Report;

/// One line a reason that is not kept.
#[must_use]
pub fn github(report: &Report<'_>, clauses: &[Clause]) -> String {
    let mut out = String::new();
    for clause in clauses {
        for reason in &clause.reasons {
            let level = if reason.outcome == Outcome::Violated { "error" } else { "warning" };
            let mut message = reason.text.clone();
            if let Some((place, quote)) = reason.evidence.first().and_then(|&fact| place_of(report, fact)) {
                message.push_str(&format!("\n{place}: {}", quote.unwrap_or("")));
            }
            let title = format!("{}: {}", clause.key, clause.says);
            out.push_str(&format!("::{level} title={}::{}\n", property(&title), data(&message)));
        }
    }
    out
}

/// The data of a command: line ends and the escape itself are escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: the separators of properties too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
