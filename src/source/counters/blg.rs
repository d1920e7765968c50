//! Binary counter logs (`.blg`): recognised by their content, and not read.
//!
//! A binary log is an event trace file: its first buffer is a trace's, and the file name that its header ends with is
//! that of a counter log (seen on the bytes of Microsoft's Tx sample `BasicPerfCounters.blg`). How counters and values
//! are laid out in its records is published nowhere, so nothing is made of them; the note names the one command that
//! turns the log into text.

use super::note;
use crate::bundle::{Bundle, Input};
use crate::ledger::Tally;
use crate::source::{Head, Reading, Source};

/// Binary counter logs.
pub const SOURCE: Source = Source {
    kind: "blg",
    sniff: is_binary_log,
    read: |_, input| {
        let mut reading = Reading::new(input);
        reading.tally = refused(input);
        reading
    },
    quote: |_, _, origins| vec![None; origins.len()],
    records: |_: &Bundle, input, _| refused(input),
};

fn refused(input: &Input) -> Tally {
    let mut tally = Tally::new(input.id);
    tally.note(&note::BLG, None, None);
    tally
}

/// Where a trace's first record stands, and how long its header and fixed part are (64 and 32 bit).
const RECORD: usize = 72;
const NAMES: [(u32, usize); 2] = [(0xC002_0002, 32 + 280), (0xC001_0002, 32 + 272)];

/// The second name behind the header record's fixed part ends with `.blg`.
fn is_binary_log(head: &Head<'_>) -> bool {
    file_name(head.bytes).is_some_and(|name| {
        let name: Vec<u8> = name.iter().rev().take(4).map(u8::to_ascii_lowercase).collect();
        name == b"glb."
    })
}

/// The low bytes of the trace's own file name.
fn file_name(bytes: &[u8]) -> Option<Vec<u8>> {
    let kind = bytes.get(0x36..0x38)?;
    let marker = u32::from_le_bytes(bytes.get(RECORD..RECORD + 4)?.try_into().ok()?);
    let (_, names) = NAMES.iter().find(|(own, _)| *own == marker).filter(|_| kind == [4, 0])?;
    let size = usize::from(u16::from_le_bytes(bytes.get(RECORD + 4..RECORD + 6)?.try_into().ok()?));
    let text = bytes.get(RECORD + names..RECORD + size)?;
    let mut strings = text.chunks_exact(2).collect::<Vec<_>>();
    let end = strings.iter().position(|unit| *unit == [0, 0])?;
    let rest = strings.split_off(end + 1);
    Some(rest.into_iter().take_while(|unit| *unit != [0, 0]).map(|unit| unit[0]).collect())
}

#[cfg(test)]
mod tests {
    use super::SOURCE;
    use crate::source::{Head, SOURCES};

    /// The head of a 64-bit trace with these names.
    fn trace(logger: &str, file: &str) -> Vec<u8> {
        let names: Vec<u8> =
            format!("{logger}\0{file}\0").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let size = 32 + 280 + names.len();
        let mut bytes = vec![0; 72 + 32 + 280];
        bytes[0x36] = 4;
        bytes[72..76].copy_from_slice(&0xC002_0002_u32.to_le_bytes());
        bytes[76..78].copy_from_slice(&(size as u16).to_le_bytes());
        bytes.extend(names);
        bytes
    }

    #[test]
    fn by_the_name_inside() {
        let sniff = |bytes: &[u8]| (SOURCE.sniff)(&Head { path: "x.etl", bytes, size: bytes.len() as u64 });
        assert!(sniff(&trace("1f", r"C:\PerfLogs\a.blg")));
        assert!(sniff(&trace("", r"C:\PerfLogs\A.BLG")));
        assert!(!sniff(&trace("Circular.blg", r"C:\traces\csv.etl")));
        assert!(!sniff(&trace("a", "")));
        assert!(!sniff(b"(PDH-CSV 4.0)"));
        // A trace reader would take it as well: it is asked later.
        let whole = trace("1f", r"C:\PerfLogs\a.blg");
        let head = Head { path: "x.etl", bytes: &whole, size: whole.len() as u64 };
        let first = SOURCES.iter().find(|source| (source.sniff)(&head));
        assert_eq!(first.map(|source| source.kind), Some("blg"));
        (0..whole.len() - 4).for_each(|length| assert!(!sniff(&whole[..length]), "{length}"));
    }
}
