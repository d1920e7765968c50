//! Bytes to text, with the way back: which byte and line a place in the text came from.
//!
//! Windows PowerShell 5.1 writes UTF-16LE with a mark, PowerShell 7 UTF-8 without, `-Encoding Default` and old
//! consoles an ANSI page. The encoding is taken from the mark, else from the bytes; what does not decode
//! becomes U+FFFD and is counted. This file knows no snapshot format.

use crate::fact::{InputId, Origin, Place};

/// Text of one input and the map back to its bytes.
pub(super) struct Decoded {
    /// The text, without a byte-order mark.
    pub(super) text: String,
    /// Sequences that were no text in the file's encoding.
    pub(super) damaged: u64,
    units: Units,
    /// Pairs of text offset and byte offset; between two marks the units count on.
    marks: Vec<(usize, u64)>,
    /// Offsets of the first character of each line but the first.
    lines: Vec<usize>,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Units {
    Utf8,
    Utf16,
    Single,
}

/// Text between two marks: keeps the walk from a mark to a place short.
const STRIDE: usize = 4096;

impl Decoded {
    /// Decodes all of `bytes`. Never fails.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut out = Self {
            text: String::new(),
            damaged: 0,
            units: Units::Utf8,
            marks: Vec::new(),
            lines: Vec::new(),
        };
        match bytes {
            [0xff, 0xfe, ..] => out.utf16(bytes, 2, u16::from_le_bytes),
            [0xfe, 0xff, ..] => out.utf16(bytes, 2, u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, ..] => out.utf8(bytes, 3),
            _ => match Wide::guess(bytes) {
                Some(Wide::Little) => out.utf16(bytes, 0, u16::from_le_bytes),
                Some(Wide::Big) => out.utf16(bytes, 0, u16::from_be_bytes),
                None if mostly_utf8(bytes) => out.utf8(bytes, 0),
                None => out.ansi(bytes),
            },
        }
        out.lines = memchr::memchr_iter(b'\n', out.text.as_bytes()).map(|at| at + 1).collect();
        out
    }

    /// The byte offset that the text at `at` was decoded from.
    pub(super) fn byte(&self, at: usize) -> u64 {
        let mark = self.marks.partition_point(|&(text, _)| text <= at).saturating_sub(1);
        let Some(&(from, byte)) = self.marks.get(mark) else { return 0 };
        let walked = self.text.get(from..at).unwrap_or_default();
        byte + match self.units {
            Units::Utf8 => walked.len() as u64,
            Units::Utf16 => walked.chars().map(|c| 2 * c.len_utf16() as u64).sum(),
            Units::Single => walked.chars().count() as u64,
        }
    }

    /// The line, from 1, that holds the text at `at`.
    pub(super) fn line(&self, at: usize) -> u64 {
        self.lines.partition_point(|&start| start <= at) as u64 + 1
    }

    /// The place of the text at `at`. People open these files in an editor, so lines name it.
    pub(super) fn origin(&self, input: InputId, at: usize) -> Origin {
        Origin { input, offset: self.byte(at), place: Place::Line(self.line(at)) }
    }

    fn utf8(&mut self, bytes: &[u8], skip: usize) {
        self.units = Units::Utf8;
        let mut byte = skip;
        self.marks.push((0, byte as u64));
        for chunk in bytes[skip..].utf8_chunks() {
            self.text.push_str(chunk.valid());
            byte += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                self.text.push(char::REPLACEMENT_CHARACTER);
                self.damaged += 1;
                byte += chunk.invalid().len();
                self.marks.push((self.text.len(), byte as u64));
            }
        }
    }

    fn utf16(&mut self, bytes: &[u8], skip: usize, unit: fn([u8; 2]) -> u16) {
        self.units = Units::Utf16;
        let pairs = bytes[skip..].chunks_exact(2);
        self.damaged += u64::from(!pairs.remainder().is_empty());
        let mut byte = skip as u64;
        let mut next_mark = 0;
        self.text.reserve(bytes.len() / 2);
        for decoded in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
            if self.text.len() >= next_mark {
                self.marks.push((self.text.len(), byte));
                next_mark = self.text.len() + STRIDE;
            }
            let character = decoded.unwrap_or_else(|_| {
                self.damaged += 1;
                char::REPLACEMENT_CHARACTER
            });
            self.text.push(character);
            byte += 2 * character.len_utf16() as u64;
        }
    }

    fn ansi(&mut self, bytes: &[u8]) {
        self.units = Units::Single;
        for (number, chunk) in bytes.chunks(STRIDE).enumerate() {
            self.marks.push((self.text.len(), (number * STRIDE) as u64));
            self.text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk).0);
        }
    }
}

enum Wide {
    Little,
    Big,
}

impl Wide {
    /// UTF-16 without a mark shows as zeros in every second byte.
    fn guess(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(2048)];
        let pairs = head.len() / 2;
        let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        if pairs >= 2 && odd * 2 > pairs && even * 8 < pairs {
            Some(Self::Little)
        } else if pairs >= 2 && even * 2 > pairs && odd * 8 < pairs {
            Some(Self::Big)
        } else {
            None
        }
    }
}

/// One flipped byte must not turn the umlauts of a whole UTF-8 file into ANSI, nor the reverse: the majority
/// of the bytes above 0x7f decides.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0x80).count();
        bad += chunk.invalid().len();
    }
    bad == 0 || good > bad
}

#[cfg(test)]
mod tests {
    use super::Decoded;
    use crate::source::snapshot::testing::{utf16be, utf16le};

    #[test]
    fn every_encoding_gives_the_text_and_the_way_back() {
        let text = "Name : Größe\r\nNode : n1 😀 x\n";
        let check = |bytes: &[u8], width: u64, skip: u64| {
            let decoded = Decoded::new(bytes);
            assert_eq!((decoded.text.as_str(), decoded.damaged), (text, 0));
            let node = text.find("Node").expect("a place");
            assert_eq!(decoded.line(node), 2);
            let before = if width == 2 { 14 * 2 } else { text[..node].len() as u64 };
            assert_eq!(decoded.byte(node), skip + before);
        };
        check(text.as_bytes(), 1, 0);
        check(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), 1, 3);
        check(&[b"\xff\xfe", utf16le(text).as_slice()].concat(), 2, 2);
        check(&[b"\xfe\xff", utf16be(text).as_slice()].concat(), 2, 2);
        check(&utf16le(text), 2, 0);
        check(&utf16be(text), 2, 0);
    }

    #[test]
    fn ansi_and_damage() {
        let decoded = Decoded::new(b"Gr\xf6\xdfe\nx");
        assert_eq!((decoded.text.as_str(), decoded.byte("Größe\n".len())), ("Größe\nx", 6));
        let decoded = Decoded::new("Größe Größe \u{1}x".as_bytes());
        assert_eq!(decoded.damaged, 0);
        let mut bytes = "Größe Größe x".as_bytes().to_vec();
        bytes[0] = 0xff;
        let decoded = Decoded::new(&bytes);
        assert_eq!(decoded.damaged, 1);
        assert_eq!(decoded.byte(decoded.text.find('x').expect("x")), bytes.len() as u64 - 1);
    }
}
