//! What can keep a file, folder or archive member out of a bundle, and what its owner can do about it.

use crate::ledger::{NoteKind, Severity};

/// A name handed in does not exist.
pub const NOT_FOUND: NoteKind = NoteKind {
    name: "not_found",
    severity: Severity::Error,
    advice: "There is no such file or folder; check the spelling and that the share or disk is connected.",
};

/// The operating system refused to list or read it.
pub const UNREADABLE: NoteKind = NoteKind {
    name: "unreadable",
    severity: Severity::Error,
    advice: "It could not be read; check its permissions and that no program holds it open, or copy it again.",
};

/// Handed in twice, by itself or as part of a folder.
pub const HANDED_TWICE: NoteKind = NoteKind {
    name: "handed_in_twice",
    severity: Severity::Info,
    advice: "It is also part of another input and was read once.",
};

/// A symbolic link or junction.
pub const LINK: NoteKind = NoteKind {
    name: "link_not_followed",
    severity: Severity::Info,
    advice: "Links are not followed, so that a bundle cannot lead outside itself; name the target as a further \
             input if it belongs to the bundle.",
};

/// A link to a folder that contains the link.
pub const LOOP: NoteKind = NoteKind {
    name: "directory_loop",
    severity: Severity::Notice,
    advice: "The link leads back to a folder that contains it; it was not followed, nothing is lost.",
};

/// Folders inside folders without end.
pub const FOLDER_DEPTH: NoteKind = NoteKind {
    name: "folders_too_deep",
    severity: Severity::Error,
    advice: "Folders are nested deeper than anything a collector makes; name the inner folder as an input if it \
             holds logs.",
};

/// A device, pipe or socket.
pub const SPECIAL: NoteKind = NoteKind {
    name: "not_a_file",
    severity: Severity::Notice,
    advice: "It is a device, pipe or socket; save its content to a file and name that.",
};

/// The archive's directory or data cannot be read.
pub const DAMAGED: NoteKind = NoteKind {
    name: "archive_damaged",
    severity: Severity::Error,
    advice: "The archive is damaged or was cut short while being copied; members that could be reached were read. \
             Copy it again.",
};

/// A member needs a password.
pub const ENCRYPTED: NoteKind = NoteKind {
    name: "member_encrypted",
    severity: Severity::Error,
    advice: "The member is encrypted; unpack the archive with its password and name the folder as input.",
};

/// A member is packed in a way that is not supported.
pub const METHOD: NoteKind = NoteKind {
    name: "member_method",
    severity: Severity::Error,
    advice: "The member is compressed with a method that is not supported; unpack the archive and name the folder \
             as input.",
};

/// Members that share their bytes, as only archives made to harm do.
pub const OVERLAP: NoteKind = NoteKind {
    name: "members_overlap",
    severity: Severity::Error,
    advice: "The member's data overlaps another member's, which no packing program does; do not trust the archive.",
};

/// Archives inside archives beyond the limit.
pub const LIMIT_DEPTH: NoteKind = NoteKind {
    name: "limit_depth",
    severity: Severity::Error,
    advice: "Archives are nested deeper than the limit; raise it with --limit depth=N, or unpack the inner archive.",
};

/// Too many members.
pub const LIMIT_MEMBERS: NoteKind = NoteKind {
    name: "limit_members",
    severity: Severity::Error,
    advice: "The archives hold more members than the limit; the rest was not read. Raise it with --limit members=N.",
};

/// Too many bytes.
pub const LIMIT_TOTAL: NoteKind = NoteKind {
    name: "limit_total",
    severity: Severity::Error,
    advice: "The archives unpack to more bytes than the limit; the rest was not read. Raise it with --limit \
             total=BYTES.",
};

/// A member that unpacks to far more than logs do.
pub const LIMIT_RATIO: NoteKind = NoteKind {
    name: "limit_ratio",
    severity: Severity::Error,
    advice: "The member unpacks to many times more than logs do, as archives made to harm do; if it is genuine, \
             raise the limit with --limit ratio=N.",
};

/// What must be unpacked before it can be read, and is more than may be written.
pub const LIMIT_TEMPORARY: NoteKind = NoteKind {
    name: "limit_temporary",
    severity: Severity::Error,
    advice: "It must be unpacked before it can be read, and would take more of the temporary folder than the limit; \
             unpack it and name the folder as input, or raise the limit with --limit temporary=BYTES.",
};

/// The temporary folder is full, or cannot be written.
pub const TEMPORARY: NoteKind = NoteKind {
    name: "temporary_folder",
    severity: Severity::Error,
    advice: "It must be unpacked before it can be read, and the temporary folder could not be written; set TMPDIR \
             (Windows: TMP) to a folder with room, or unpack it and name the folder as input.",
};

/// A member of a set of cabinets.
pub const SPLIT: NoteKind = NoteKind {
    name: "member_split",
    severity: Severity::Error,
    advice: "The member continues in another cabinet of a set; unpack the set and name the folder as input.",
};
