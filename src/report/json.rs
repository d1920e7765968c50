//! The report for programs: `throughline/report/1`.

use super::Report;

/// The whole report as JSON, indented, with a line feed at the end.
#[must_use]
pub fn render(_report: &Report<'_>) -> String {
    String::new()
}
