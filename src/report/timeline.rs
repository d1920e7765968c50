//! Every transition, all nodes, one order: `throughline timeline`.

use super::{Report, Style};

/// A format of `timeline`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, cells that a spreadsheet would run as formulas defused.
    Csv,
}

impl Format {
    /// Every format, the default first. The command line takes its choices from here.
    pub const ALL: [Self; 3] = [Self::Text, Self::Jsonl, Self::Csv];

    /// As `--format` spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// Every transition within the report's scope. Quotes what [`super::Reach::Everything`] fetched.
#[must_use]
pub fn render(_report: &Report<'_>, _format: Format, _style: Style) -> String {
    String::new()
}
