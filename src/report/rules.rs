//! The knowledge base as people read it: `throughline rules` and the documentation page.

use crate::rule::Rule;

/// One line a rule: id, title, verdicts.
#[must_use]
pub fn list(_rules: &[Rule]) -> String {
    String::new()
}

/// One rule in full, as text.
#[must_use]
pub fn one(_rule: &Rule) -> String {
    String::new()
}

/// All rules in full, as a markdown page.
#[must_use]
pub fn page(_rules: &[Rule]) -> String {
    String::new()
}
