//! What can disappoint in a counter log.

use crate::ledger::{NoteKind, Severity};

pub(super) const UNREADABLE: NoteKind = NoteKind {
    name: "counters_unreadable",
    severity: Severity::Error,
    advice: "The file could not be read to its end; copy it again and analyse it once more.",
};

pub(super) const HEADER_UNREADABLE: NoteKind = NoteKind {
    name: "counters_header_unreadable",
    severity: Severity::Error,
    advice: "The line that names the counters is damaged or longer than 16 MiB, so that the samples below it cannot be \
             told apart; write it again with `relog`, fewer counters at once.",
};

pub(super) const NONE_OF_OURS: NoteKind = NoteKind {
    name: "counters_of_other_sets",
    severity: Severity::Info,
    advice: "The log holds none of the Cluster CSV counters that are read here. Sets and counters are known by their English \
             names; a log of a system in another language cannot be read.",
};

pub(super) const BASE_UNSAID: NoteKind = NoteKind {
    name: "counters_zone_unsaid",
    severity: Severity::Notice,
    advice: "The header does not say the offset of the local times below it; say --tz.",
};

pub(super) const SAMPLE_MALFORMED: NoteKind = NoteKind {
    name: "counters_sample_malformed",
    severity: Severity::DataLost,
    advice: "A sample has no readable time or another number of values than the header has counters; it was left out, \
             and so was the stretch to the next one.",
};

pub(super) const CLOCK_CHANGED: NoteKind = NoteKind {
    name: "counters_hour_changed",
    severity: Severity::Notice,
    advice: "The local time of the samples leaps by an hour: daylight saving began or ended. The stretch was counted with \
             its true length.",
};

pub(super) const SET_BACK: NoteKind = NoteKind {
    name: "counters_time_set_back",
    severity: Severity::DataLost,
    advice: "A sample is not later than the one before it; the stretch between them has no length and was left out.",
};

pub(super) const RESET: NoteKind = NoteKind {
    name: "counters_began_anew",
    severity: Severity::Notice,
    advice: "A total is smaller than in the sample before: the counter began anew (a reboot, a volume mounted again); what \
             was counted in that stretch is not known.",
};

pub(super) const BLG: NoteKind = NoteKind {
    name: "counters_binary",
    severity: Severity::DataLost,
    advice: "The layout of binary counter logs is not published, so their samples are not read. Convert it on any Windows \
             machine with `relog FILE.blg -f CSV -o FILE.csv` and analyse that file.",
};
