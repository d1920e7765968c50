//! What can disappoint in a cluster.log.

use crate::ledger::{NoteKind, Severity};

/// The input could not be opened, or reading it stopped.
pub(super) const UNREADABLE: NoteKind = NoteKind {
    name: "cluster_log_unreadable",
    severity: Severity::Error,
    advice: "The file could not be read to its end; copy it again and analyse it once more.",
};

/// A line or entry beyond the limits.
pub(super) const CUT: NoteKind = NoteKind {
    name: "cluster_log_entry_cut",
    severity: Severity::DataLost,
    advice: "An entry is longer than 1 MiB a line or 4 MiB in all, which no cluster writes; the file is damaged there.",
};

/// Bytes that are no text.
pub(super) const DAMAGED: NoteKind = NoteKind {
    name: "cluster_log_text_damaged",
    severity: Severity::Notice,
    advice: "Some bytes are no valid text and were replaced; names in those entries may be wrong.",
};

/// An entry whose fixed part cannot be read.
pub(super) const MALFORMED: NoteKind = NoteKind {
    name: "cluster_log_entry_malformed",
    severity: Severity::DataLost,
    advice: "These entries begin like log lines and break off or carry an impossible time; the file was truncated or edited.",
};

/// An entry with no usable time.
pub(super) const UNTIMED: NoteKind = NoteKind {
    name: "cluster_log_time_missing",
    severity: Severity::Notice,
    advice: "These entries carry no usable time (cut off, masked, without a year, or 1601) and are not placed; use the original file.",
};

/// An event text that no row knows.
pub(super) const EVENT_UNKNOWN: NoteKind = NoteKind {
    name: "cluster_log_event_text_unknown",
    severity: Severity::Notice,
    advice: "Event texts of another language or a newer Windows carry no event id here; add System.evtx and the FailoverClustering Operational .evtx of the node.",
};

/// Paste marks.
pub(super) const PASTED: NoteKind = NoteKind {
    name: "cluster_log_excerpt",
    severity: Severity::Notice,
    advice: "The text was pasted from a log (line numbers, quotes or stripped prefixes); what it does not show proves nothing. Use the original file.",
};

/// More rows than any cluster has.
pub(super) const ROWS: NoteKind = NoteKind {
    name: "cluster_log_table_too_long",
    severity: Severity::DataLost,
    advice: "A state table has more rows than any cluster; the rest of it was not used.",
};

/// A row that does not fit its header.
pub(super) const MISFIT: NoteKind = NoteKind {
    name: "cluster_log_row_misfit",
    severity: Severity::DataLost,
    advice: "A row of a state table has more cells than the table has columns (a name with a comma?) and was not used; the state snapshots of the bundle tell the same.",
};

/// No word about the time base.
pub(super) const BASE_UNSAID: NoteKind = NoteKind {
    name: "cluster_log_time_base_unsaid",
    severity: Severity::Info,
    advice: "The file does not say whether its times are GMT or local; where nothing in the bundle proves it, say --tz.",
};
