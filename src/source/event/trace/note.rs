//! What can be wrong with a stream of events, whatever carried it, and what to do about it.

use crate::ledger::{NoteKind, Severity};

pub(super) const EVENT_UNKNOWN: NoteKind = NoteKind {
    name: "trace_event_unknown",
    severity: Severity::Info,
    advice: "A provider that is read here logged an event, or a layout of one, that is not in the tables; \
             `throughline records` shows it.",
};

pub(super) const FIELDS_UNEXPECTED: NoteKind = NoteKind {
    name: "trace_fields_unexpected",
    severity: Severity::DataLost,
    advice: "An event of a known kind has fields that do not fit; it was left out. `throughline records` shows it; \
             please report it.",
};

pub(super) const TIME_DAMAGED: NoteKind = NoteKind {
    name: "trace_time_missing",
    severity: Severity::Notice,
    advice: "An event's time is missing or impossible; what it says cannot be placed in time.",
};

pub(super) const WITHOUT_START: NoteKind = NoteKind {
    name: "trace_io_without_start",
    severity: Severity::Notice,
    advice: "I/Os ended whose beginning is not in the trace: their bytes are counted, but not for a file or a \
             direction. A trace that begins in the middle, or lost events, has such; trace with the keywords IO and \
             Rundown, larger buffers and for longer.",
};

pub(super) const WITHOUT_END: NoteKind = NoteKind {
    name: "trace_io_without_end",
    severity: Severity::Info,
    advice: "I/Os began whose end is not in the trace: what they moved is not counted. The trace ended before they \
             did, or lost events.",
};

pub(super) const WITHOUT_PATH: NoteKind = NoteKind {
    name: "trace_io_without_path",
    severity: Severity::Notice,
    advice: "I/Os ended without an event that tells their path (12320, 12336): their bytes count neither as direct \
             nor as redirected.",
};

pub(super) const UNPLACED: NoteKind = NoteKind {
    name: "trace_io_without_time",
    severity: Severity::DataLost,
    advice: "Events of I/Os have no time: what they moved is not counted.",
};

pub(super) const CROWDED: NoteKind = NoteKind {
    name: "trace_many_files",
    severity: Severity::Notice,
    advice: "More files and processes had I/O within a minute than are told apart; the rest is counted for its \
             volume alone.",
};
