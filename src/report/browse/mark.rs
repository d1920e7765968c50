//! What a span looks like in one column: a character that says it without colour, and a tone.

use crate::fact::Certainty;
use crate::report::spans::{Kind, Row};
use crate::report::style::Tone;

/// Gravity from which a lane is notable.
pub(super) const NOTABLE: u8 = 3;

/// What a span looks like.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// In a lane of states, the state's letter; small, or a dot, where it is assumed. In a lane of nodes, the fill.
    pub(super) letter: char,
    /// In a lane of nodes, which.
    pub(super) node: Option<usize>,
    /// The graver span wins a column that holds several.
    pub(super) gravity: u8,
    /// Its colour, where there is any.
    pub(super) tone: Option<Tone>,
}

/// Does a lane of this kind say which node, rather than which state?
pub(super) fn names_nodes(kind: Kind) -> bool {
    matches!(kind, Kind::Coordinator | Kind::Placement)
}

/// The mark of a row; `node` is the place of the node that its value names.
pub(super) fn mark(row: &Row<'_>, node: Option<usize>) -> Mark {
    if names_nodes(row.kind) {
        let letter = match (node, row.span.certainty) {
            (None, _) | (_, Certainty::Unknown) => '?',
            (_, Certainty::Assumed) => '.',
            (_, Certainty::Derived) => '-',
            (_, Certainty::Observed) => '=',
        };
        return Mark { letter, node, gravity: 0, tone: None };
    }
    let value = row.value.as_deref().unwrap_or("unknown");
    // A mode has its reasons behind a blank.
    let word = value.split(' ').next().unwrap_or(value);
    let (letter, gravity, tone) = match (row.kind, word) {
        (_, "unknown") => ('?', 2, Some(Tone::Faint)),
        (Kind::Node, "up") | (Kind::IoMode, "Direct") | (Kind::State, "Active") | (Kind::Route, "direct") => {
            ('-', 0, Some(Tone::Good))
        }
        (Kind::Node, _) => ('D', 4, Some(Tone::Bad)),
        (Kind::IoMode, "FileSystemRedirected") | (Kind::Route, "via_coordinator_fs") => {
            ('F', 3, Some(Tone::Warn))
        }
        (Kind::IoMode, "BlockRedirected") | (Kind::Route, "via_coordinator_block") => {
            ('B', 3, Some(Tone::Warn))
        }
        (Kind::IoMode, _) => ('X', 4, Some(Tone::Bad)),
        (Kind::State, "Paused") => ('P', 4, Some(Tone::Bad)),
        (Kind::State, "Draining") => ('D', 4, Some(Tone::Bad)),
        (Kind::State, "SetDownLevel") => ('S', 3, Some(Tone::Warn)),
        (Kind::State, "Init") => ('I', 3, Some(Tone::Warn)),
        (Kind::State, _) => ('X', 3, Some(Tone::Warn)),
        (Kind::Route, "owner_local") => ('O', 1, Some(Tone::Good)),
        (Kind::Route, "held") => ('H', 4, Some(Tone::Bad)),
        _ => ('?', 2, Some(Tone::Faint)),
    };
    let letter = match (row.span.certainty, letter) {
        (Certainty::Assumed, '-') => '.',
        (Certainty::Assumed, letter) => letter.to_ascii_lowercase(),
        (_, letter) => letter,
    };
    Mark { letter, node: None, gravity, tone }
}

/// The letter of a node, where its name does not fit.
pub(super) fn node_letter(node: usize) -> char {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    LETTERS.get(node).map_or('#', |letter| char::from(*letter))
}
