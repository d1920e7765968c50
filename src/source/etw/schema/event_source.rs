//! Manifests that EventSource providers log into the trace themselves: event 0xFFFE, in chunks.
//!
//! Answers with the XML once all chunks are there. Refuses chunks that do not fit together, and keeps no more of
//! unfinished manifests than a few megabytes.
//!
//! Layout: `ManifestEnvelope` of the .NET runtime; one chunk seen on real bytes, several as published.

use std::collections::BTreeMap;

use super::super::etl::EtlRecord;
use crate::fact::Guid;

/// Id of the event.
const MANIFEST: u16 = 0xFFFE;
/// Format, major, minor, magic, chunks, number of this chunk.
const ENVELOPE: usize = 8;
const XML: u8 = 1;
const MAGIC: u8 = 0x5B;

/// Bytes of unfinished manifests.
const MOST: usize = 16 << 20;

/// Provider, process and thread that write a manifest.
type Writer = (Guid, u32, u32);

/// The chunks of a manifest, each where it has come.
type Parts = Vec<Option<Vec<u8>>>;

/// Manifests of which chunks are still to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunks {
    open: BTreeMap<Writer, Parts>,
    held: usize,
}

impl Chunks {
    /// Takes in a record; the manifest where this was its last chunk.
    pub(super) fn see(&mut self, record: &EtlRecord<'_>) -> Option<Vec<u8>> {
        if record.id() != Some(MANIFEST) || record.channel().is_none() {
            return None;
        }
        let writer = (record.provider()?, record.process_id()?, record.thread_id()?);
        self.chunk(writer, record.payload()?)
    }

    fn chunk(&mut self, writer: Writer, payload: &[u8]) -> Option<Vec<u8>> {
        let (head, xml) = payload.split_at_checked(ENVELOPE)?;
        if head[0] != XML || head[3] != MAGIC {
            return None;
        }
        let total = usize::from(u16::from_le_bytes([head[4], head[5]]));
        let number = usize::from(u16::from_le_bytes([head[6], head[7]]));
        if number >= total {
            return None;
        }
        if total == 1 {
            return Some(xml.to_vec());
        }
        // A chunk is 65,280 bytes; with more than fit, none of them is a manifest.
        if total > MOST / 0xFF00 || self.held + xml.len() > MOST {
            return None;
        }
        let parts = self.open.entry(writer).or_default();
        if number == 0 || parts.len() != total {
            self.held -= parts.iter().flatten().map(Vec::len).sum::<usize>();
            *parts = vec![None; total];
        }
        if let Some(before) = parts[number].replace(xml.to_vec()) {
            self.held -= before.len();
        }
        self.held += xml.len();
        if parts.iter().any(Option::is_none) {
            return None;
        }
        let parts = self.open.remove(&writer)?;
        let whole = parts.into_iter().flatten().collect::<Vec<_>>().concat();
        self.held -= whole.len();
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(total: u16, number: u16, xml: &str) -> Vec<u8> {
        let mut bytes = vec![XML, 1, 0, MAGIC];
        bytes.extend(total.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        bytes.extend(xml.as_bytes());
        bytes
    }

    #[test]
    fn chunks_come_together_whoever_writes_between() {
        let mut chunks = Chunks::default();
        let (a, b) = ((Guid([1; 16]), 1, 1), (Guid([1; 16]), 1, 2));
        assert_eq!(chunks.chunk(a, &payload(1, 0, "<a/>")), Some(b"<a/>".to_vec()));
        assert_eq!(chunks.chunk(a, &payload(2, 0, "<a")), None);
        assert_eq!(chunks.chunk(b, &payload(2, 0, "<b")), None);
        assert_eq!(chunks.chunk(a, &payload(2, 1, "/>")), Some(b"<a/>".to_vec()));
        // Logged anew before it was whole: the old chunks are gone.
        assert_eq!(chunks.chunk(b, &payload(2, 0, "<c")), None);
        assert_eq!(chunks.chunk(b, &payload(2, 1, "/>")), Some(b"<c/>".to_vec()));
        assert_eq!((chunks.open.len(), chunks.held), (0, 0));
    }

    #[test]
    fn absurd_chunks_are_refused() {
        let mut chunks = Chunks::default();
        let writer = (Guid([1; 16]), 1, 1);
        for bytes in
            [payload(0, 0, ""), payload(2, 2, ""), payload(u16::MAX, 0, ""), b"\x01\x01\0\x5B\x01".to_vec()]
        {
            assert_eq!(chunks.chunk(writer, &bytes), None);
        }
        assert!(chunks.open.is_empty());
    }
}
