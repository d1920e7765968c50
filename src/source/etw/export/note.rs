//! What can disappoint in the text of a trace.

use crate::ledger::{NoteKind, Severity};

pub(super) const UNREADABLE: NoteKind = NoteKind {
    name: "trace_text_unreadable",
    severity: Severity::Error,
    advice: "The file could not be read to its end; copy it again and analyse it once more.",
};

pub(super) const LOST: NoteKind = NoteKind {
    name: "trace_text_events_lost",
    severity: Severity::DataLost,
    advice: "The trace says that events or buffers of it were lost while it was taken: figures from it are lower bounds, \
             and silence in it means nothing.",
};

pub(super) const MALFORMED: NoteKind = NoteKind {
    name: "trace_text_malformed",
    severity: Severity::DataLost,
    advice: "A line or element is not of its form (cut off, edited, damaged) and was left out.",
};

/// Detail of [`MALFORMED`] for a last line without an end.
pub(super) const NO_END: &str = "the last line has no end";

pub(super) const TOO_LONG: NoteKind = NoteKind {
    name: "trace_text_too_long",
    severity: Severity::DataLost,
    advice: "A line is longer than 1 MiB or an element longer than 4 MiB, which no event can fill; it was left out.",
};

pub(super) const DAMAGED: NoteKind = NoteKind {
    name: "trace_text_damaged",
    severity: Severity::Notice,
    advice: "Some bytes are no valid text and were replaced; names in those events may be wrong.",
};

pub(super) const RAW_CLOCK: NoteKind = NoteKind {
    name: "trace_text_raw_clock",
    severity: Severity::DataLost,
    advice: "The times are raw counts of the trace's clock (`tracerpt -rts`) and its header does not say how to place \
             them; convert the .etl again without -rts, or analyse the .etl itself.",
};

pub(super) const NO_START: NoteKind = NoteKind {
    name: "trace_text_no_start",
    severity: Severity::DataLost,
    advice: "The line that says when the trace began is missing, so that its events cannot be placed in time; convert the \
             .etl again, or analyse it itself.",
};

pub(super) const NOT_DECODED: NoteKind = NoteKind {
    name: "trace_text_payload_not_decoded",
    severity: Severity::Info,
    advice: "The converting machine had no schema for an event of a provider that is read here, and no shipped one fits \
             its bytes; convert on the cluster node itself, or analyse the .etl with --schema.",
};
