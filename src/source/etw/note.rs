//! What can be wrong with a trace, and what to do about it.

use crate::ledger::{NoteKind, Severity};

pub(super) const READ_FAILED: NoteKind = NoteKind {
    name: "etl_read_failed",
    severity: Severity::Error,
    advice: "The trace could not be read to its end; what follows is missing. Copy it again; a trace in an archive \
             that is too large to unpack into memory is read when the archive is unpacked first.",
};

pub(super) const HEADER_DAMAGED: NoteKind = NoteKind {
    name: "etl_header_damaged",
    severity: Severity::Error,
    advice: "The header of the trace is damaged, and without it no time and no buffer can be read; copy it again.",
};

pub(super) const EVENTS_LOST: NoteKind = NoteKind {
    name: "etl_events_lost",
    severity: Severity::DataLost,
    advice: "The trace session could not write down all events: what it shows is a lower bound, and silence in such a \
             stretch means nothing. Trace again with more and larger buffers (logman -nb, -bs).",
};

pub(super) const BUFFERS_LOST: NoteKind = NoteKind {
    name: "etl_buffers_lost",
    severity: Severity::DataLost,
    advice: "Whole buffers of the trace are missing: what it shows is a lower bound, and silence in such a stretch \
             means nothing. Trace again with more buffers, to a faster disk.",
};

pub(super) const LOSS_NOT_PLACED: NoteKind = NoteKind {
    name: "etl_loss_not_placed",
    severity: Severity::Notice,
    advice: "Where in the trace the lost events are missing cannot be told, so that all of its figures are lower bounds.",
};

pub(super) const DAMAGED: NoteKind = NoteKind {
    name: "etl_damaged",
    severity: Severity::DataLost,
    advice: "A part of the trace cannot be read; the rest was read. Copy it again.",
};

pub(super) const TRUNCATED: NoteKind = NoteKind {
    name: "etl_truncated",
    severity: Severity::DataLost,
    advice: "The file ends inside a buffer; what follows is missing. Copy it again when the session is stopped.",
};

pub(super) const UNCLOSED: NoteKind = NoteKind {
    name: "etl_unclosed",
    severity: Severity::Notice,
    advice: "The trace was copied while its session ran, or the session ended with the machine: its newest events may \
             be missing. Stop the session first (logman stop).",
};

pub(super) const WRAPPED: NoteKind = NoteKind {
    name: "etl_wrapped",
    severity: Severity::Info,
    advice: "The trace is circular and has overwritten its oldest events: it begins later than its session did.",
};

pub(super) const LATE: NoteKind = NoteKind {
    name: "etl_out_of_order",
    severity: Severity::Notice,
    advice: "Events lie out of order in their buffers; beginnings and ends of I/Os among them may not be paired.",
};

pub(super) const NO_CLOCK: NoteKind = NoteKind {
    name: "etl_no_clock",
    severity: Severity::DataLost,
    advice: "The trace counts time in a way that is not known: nothing in it can be placed.",
};

pub(super) const NO_SCHEMA: NoteKind = NoteKind {
    name: "etl_no_schema",
    severity: Severity::Notice,
    advice: "Events of a provider that is read here have no schema; give its manifest with --schema FILE.",
};

pub(super) const NO_SCHEMA_FITS: NoteKind = NoteKind {
    name: "etl_no_schema_fits",
    severity: Severity::DataLost,
    advice: "Events have a layout that no known schema uses up exactly, so that nothing was read from them; give the \
             manifest of that Windows version with --schema FILE.",
};

pub(super) const WPP: NoteKind = NoteKind {
    name: "etl_wpp_messages",
    severity: Severity::Info,
    advice: "WPP messages can be read only with the makers' own format files (TMF); they were counted.",
};

pub(super) const SCHEMAS_REFUSED: NoteKind = NoteKind {
    name: "etl_schemas_refused",
    severity: Severity::Notice,
    advice: "Descriptions of events in the trace are damaged or beyond all measure and were not used.",
};
