//! The disappointments of snapshots, each with what the user can do.

use crate::ledger::{NoteKind, Severity};

/// The file ends, or breaks, inside an object.
pub(super) static BROKEN: NoteKind = NoteKind {
    name: "snapshot_broken",
    severity: Severity::DataLost,
    advice: "The snapshot is cut off or damaged here; what stood before the break was read. Export it again.",
};

/// An object of a type that no cmdlet file knows.
pub(super) static UNKNOWN_TYPE: NoteKind = NoteKind {
    name: "snapshot_unknown_type",
    severity: Severity::Info,
    advice: "The file holds objects that this program draws nothing from; nothing needs to be done.",
};

/// Text without type names whose properties fit two cmdlets.
pub(super) static AMBIGUOUS: NoteKind = NoteKind {
    name: "snapshot_ambiguous",
    severity: Severity::Notice,
    advice: "The columns fit more than one cmdlet, so nothing was concluded. Export with Export-Clixml instead.",
};

/// Format-Table or Format-List cut a value short.
pub(super) static CUT_VALUE: NoteKind = NoteKind {
    name: "snapshot_cut_value",
    severity: Severity::DataLost,
    advice: "A value ends in `...`: the console was too narrow, and the value was not used. \
             Export with Export-Clixml, or with Format-List and Out-File -Width 9999.",
};

/// Inner objects are there as type names or bare names only.
pub(super) static TOO_SHALLOW: NoteKind = NoteKind {
    name: "snapshot_too_shallow",
    severity: Severity::DataLost,
    advice: "Inner objects were exported as names only. Export again with -Depth 4.",
};

/// Nesting or size beyond what is followed.
pub(super) static LIMIT: NoteKind = NoteKind {
    name: "snapshot_limit",
    severity: Severity::DataLost,
    advice: "The snapshot nests deeper, or is larger, than is followed; the rest was left out.",
};

/// The file system's reason words are not all known.
pub(super) static UNKNOWN_REASON: NoteKind = NoteKind {
    name: "snapshot_unknown_reason",
    severity: Severity::Notice,
    advice: "A redirection reason is not known to this program; the known ones were kept. Please report the word.",
};

/// A volume's state row does not say whose view it is.
pub(super) static NO_NODE: NoteKind = NoteKind {
    name: "snapshot_state_without_node",
    severity: Severity::DataLost,
    advice: "The state of a volume is given without its node, so it was not used. Keep the Node property.",
};

/// Bytes that are no text.
pub(super) static BAD_TEXT: NoteKind = NoteKind {
    name: "snapshot_bad_text",
    severity: Severity::Notice,
    advice: "Some bytes are not text in the file's encoding; they read as U+FFFD.",
};

/// The input could not be read to its end.
pub(super) static UNREADABLE: NoteKind = NoteKind {
    name: "snapshot_unreadable",
    severity: Severity::Error,
    advice: "The input could not be read to its end; what was read before is used. Copy it again.",
};

/// An XML entity that is not one of the five of XML itself.
pub(super) static ENTITY: NoteKind = NoteKind {
    name: "snapshot_entity",
    severity: Severity::Notice,
    advice: "The XML uses entities of its own, which PowerShell never writes; they were not expanded.",
};
