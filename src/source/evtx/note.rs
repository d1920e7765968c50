//! What can be wrong with an event log, and what to do about it.

use crate::ledger::{NoteKind, Severity};

pub(super) const NO_RECORDS: NoteKind = NoteKind {
    name: "evtx_no_records",
    severity: Severity::Info,
    advice: "The log holds no records; that is normal for a channel that nothing wrote to.",
};

pub(super) const HEADER_DAMAGED: NoteKind = NoteKind {
    name: "evtx_header_damaged",
    severity: Severity::Notice,
    advice: "The file's header is damaged; its chunks were read all the same.",
};

pub(super) const IN_USE: NoteKind = NoteKind {
    name: "evtx_in_use",
    severity: Severity::Info,
    advice: "The file was copied while the event log service had it open; its newest records may be missing. \
             Export with `wevtutil epl` to be sure.",
};

pub(super) const TRUNCATED: NoteKind = NoteKind {
    name: "evtx_truncated",
    severity: Severity::DataLost,
    advice: "The file ends before its log does; what follows is missing. Copy it again.",
};

pub(super) const NOTHING_READABLE: NoteKind = NoteKind {
    name: "evtx_nothing_readable",
    severity: Severity::Error,
    advice: "Not one record of this log could be read; collect or copy it again.",
};

pub(super) const READ_FAILED: NoteKind = NoteKind {
    name: "evtx_read_failed",
    severity: Severity::Error,
    advice: "The file could not be read to its end; records after this place are missing.",
};

pub(super) const CHUNK_DAMAGED: NoteKind = NoteKind {
    name: "evtx_chunk_damaged",
    severity: Severity::DataLost,
    advice: "A chunk of 64 KiB cannot be read; the other chunks were read.",
};

pub(super) const CHUNK_CHECKSUM: NoteKind = NoteKind {
    name: "evtx_chunk_checksum",
    severity: Severity::Notice,
    advice: "A chunk's checksum is wrong: it was being written when it was copied, or it is damaged. Its records \
             were read as far as they make sense.",
};

pub(super) const RECORD_DAMAGED: NoteKind = NoteKind {
    name: "evtx_record_damaged",
    severity: Severity::DataLost,
    advice: "A record cannot be read; the others were read.",
};

pub(super) const TIME_DAMAGED: NoteKind = NoteKind {
    name: "evtx_time_damaged",
    severity: Severity::Notice,
    advice: "A record's time is missing or impossible; what it says cannot be placed in time.",
};

pub(super) const CONVERTED: NoteKind = NoteKind {
    name: "evtx_from_trace",
    severity: Severity::Info,
    advice: "The log was made out of a trace, and its records name the machine that converted it, not the one that logged. \
             Where the file's folder does not tell the node, say --node-of.",
};

pub(super) const RECORDS_MISSING: NoteKind = NoteKind {
    name: "evtx_records_missing",
    severity: Severity::DataLost,
    advice: "Record numbers leap: records are missing in the middle of the log, and silence there means nothing.",
};

pub(super) const PANICKED: NoteKind = NoteKind {
    name: "evtx_chunk_panicked",
    severity: Severity::Error,
    advice: "The reader failed on a chunk, which is a defect of this program; please report it. The other chunks \
             were read.",
};

pub(super) const MTA_DAMAGED: NoteKind = NoteKind {
    name: "mta_damaged",
    severity: Severity::Notice,
    advice: "The file with the message texts of a log cannot be read; quotes from that log show the fields instead.",
};
