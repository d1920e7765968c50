//! Helpers of this source's tests: encodings, and readings without a bundle.

use super::decode::Decoded;
use super::{Syntax, read_decoded};
use crate::bundle::Input;
use crate::fact::{Claim, InputId};
use crate::source::Reading;

pub(super) fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

pub(super) fn input(path: &str, bytes: &[u8]) -> Input {
    Input {
        id: InputId(7),
        path: path.to_owned(),
        bytes: bytes.len() as u64,
        node_override: None,
        node_hint: None,
    }
}

pub(super) fn read_bytes(syntax: Syntax, path: &str, bytes: &[u8]) -> Reading {
    let input = input(path, bytes);
    let mut reading = Reading::new(&input);
    read_decoded(syntax, &Decoded::new(bytes), &input, &mut reading);
    assert!(reading.tally.balances(), "{:?}", reading.tally);
    reading
}

/// `<Objs>` around objects.
pub(super) fn objs(inner: &str) -> String {
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n  {}\r\n</Objs>",
        inner.trim().replace('\n', "\r\n")
    )
}

/// One sample in up to three syntaxes must be taken for `cmdlet`, by it alone, and say exactly `expect`.
pub(super) fn check(cmdlet: &str, samples: &[&str], expect: &[Claim]) {
    for sample in samples {
        let start = sample.trim_start();
        let (syntax, text) = match start.chars().next() {
            Some('<') => (Syntax::Clixml, objs(sample)),
            Some('[' | '{') => (Syntax::Json, (*sample).to_owned()),
            _ => (Syntax::Text, format!("\r\n{}\r\n\r\n", sample.trim_matches('\n').replace('\n', "\r\n"))),
        };
        let utf16 = [b"\xff\xfe", utf16le(&text).as_slice()].concat();
        for bytes in [text.as_bytes(), &utf16] {
            let reading = read_bytes(syntax, "x", bytes);
            let claims: Vec<&Claim> = reading.facts.iter().map(|fact| &fact.claim).collect();
            assert_eq!(claims, expect.iter().collect::<Vec<_>>(), "{sample}\n{:?}", reading.tally);
            assert_eq!(
                (reading.tally.unknown, reading.tally.malformed),
                (0, 0),
                "{sample}\n{:?}",
                reading.tally
            );
        }
        super::cmdlet::testing::taken_once(cmdlet, syntax, &text);
    }
}

/// A text whose columns fit several cmdlets, in a file of that name, must say exactly `expect`; with nothing to
/// tell it by it is unknown.
pub(super) fn check_hinted(path: &str, text: &str, expect: &[Claim]) {
    let reading = read_bytes(Syntax::Text, path, text.as_bytes());
    let claims: Vec<&Claim> = reading.facts.iter().map(|fact| &fact.claim).collect();
    assert_eq!(claims, expect.iter().collect::<Vec<_>>(), "{path}\n{text}");
    let ambiguous = reading.tally.notes.iter().any(|note| note.kind.name == "snapshot_ambiguous");
    assert_eq!(ambiguous, expect.is_empty(), "{path}\n{text}");
}
