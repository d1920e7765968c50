//! The outcome as JUnit XML: one test case a clause.

use std::fmt::Write;

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::{Clause, Outcome, text::place_of};
use crate::report::Report;

/// JUnit XML. A violated clause is a failure; an undecided one is an error where the policy fails on it, else it is
/// skipped.
///
/// # Errors
/// The XML writer failed, which it does only on text that no XML can hold.
pub fn junit(report: &Report<'_>, clauses: &[Clause], fails: bool) -> Result<String, String> {
    let mut suite = TestSuite::new("throughline check");
    for clause in clauses {
        let mut told = String::new();
        for reason in &clause.reasons {
            let _ = writeln!(told, "{}", reason.text);
            for (place, quote) in reason.evidence.iter().filter_map(|&fact| place_of(report, fact)) {
                let _ = writeln!(told, "    {place}: {}", quote.unwrap_or(""));
            }
        }
        let mut status = match clause.outcome {
            Outcome::Kept => TestCaseStatus::success(),
            Outcome::Violated => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Outcome::Undecided if fails => TestCaseStatus::non_success(NonSuccessKind::Error),
            Outcome::Undecided => TestCaseStatus::skipped(),
        };
        if let Some(first) = clause.reasons.first() {
            status.set_message(first.text.as_str());
            status.set_description(told);
        }
        let mut case = TestCase::new(clause.says.as_str(), status);
        case.set_classname(clause.key);
        suite.add_test_case(case);
    }
    let mut document = Document::new("throughline");
    document.add_test_suite(suite);
    document.to_string().map_err(|error| error.to_string())
}
