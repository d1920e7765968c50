//! Where a statement stands: enough to fetch its text again, small enough to keep for every fact.

/// One input of a bundle, by its position in the bundle's fixed order.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputId(pub u32);

/// How people name a place in this kind of file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Line number, from 1 (text files).
    Line(u64),
    /// Record number as the format itself counts (EVTX `EventRecordID`).
    Record(u64),
    /// Only the byte offset names it.
    Offset,
}

/// A place in one input. Text is fetched from it when a report quotes it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Which input.
    pub input: InputId,
    /// Byte offset of the entry in the input's (decompressed) bytes.
    pub offset: u64,
    /// The place as a person would name it.
    pub place: Place,
}
