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
