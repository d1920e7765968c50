//! The report for people.

use super::{Report, Style};

/// The whole report, lines of at most 100 columns.
#[must_use]
pub fn render(_report: &Report<'_>, _style: Style) -> String {
    String::new()
}
