//! Are two reports the same, stretch by stretch? For fixtures whose report is known.

use super::Document;
use super::lanes::{Stretch, lanes};
use crate::fact::Instant;
use crate::words;

/// Where two reports differ: one timeline, with what is only in either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which timeline, route or finding.
    pub of: String,
    /// Stretches that only the expected report has.
    pub expected: Vec<String>,
    /// Stretches that only the actual report has.
    pub actual: Vec<String>,
}

/// Every timeline in which the reports differ, by name.
#[must_use]
pub fn exactly(expected: &Document, actual: &Document) -> Vec<Difference> {
    let (expected, actual) = (lanes(expected), lanes(actual));
    let mut names: Vec<&String> = expected.keys().chain(actual.keys()).collect();
    names.sort();
    names.dedup();
    let none: Vec<Stretch> = Vec::new();
    let differ = |name: &String| {
        let of = |lanes: &super::lanes::Lanes| lanes.get(name).unwrap_or(&none).clone();
        let (expected, actual) = (of(&expected), of(&actual));
        let only = |these: &[Stretch], those: &[Stretch]| -> Vec<String> {
            these.iter().filter(|stretch| !those.contains(stretch)).map(said).collect()
        };
        (expected != actual).then(|| Difference {
            of: name.clone(),
            expected: only(&expected, &actual),
            actual: only(&actual, &expected),
        })
    };
    names.into_iter().filter_map(differ).collect()
}

fn said(stretch: &Stretch) -> String {
    let at = |nanos: i64, open: i64| match nanos == open {
        true => "...".to_owned(),
        false => words::instant_fine(Instant(nanos)),
    };
    format!("{} to {}: {}", at(stretch.from, i64::MIN), at(stretch.to, i64::MAX), stretch.value)
}
