//! May values be what a shipped layout takes them for?
//!
//! Answers for layouts that were published for some build, or whose types were inferred from sibling events: that they use
//! up a payload may be chance. Refuses to judge what a name means; only forms are looked at.

use super::super::schema::{Kind, Layout};
use super::read::{Raw, Scratch};
use crate::fact::Guid;

/// Do texts hold no control characters and no broken UTF-16?
pub(super) fn texts(scratch: &Scratch) -> bool {
    let text = &scratch.text[..];
    // Most texts hold neither a control character nor anything beyond ASCII that could be the replacement character.
    let is_control = |byte: &u8| *byte < 0x20 || *byte == 0x7F;
    let controls = text.iter().fold(false, |any, byte| any | is_control(byte));
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r' | b'\t');
    (!controls || text.iter().all(|byte| !is_control(byte) || is_break(byte)))
        && (memchr::memchr(0xEF, text).is_none()
            || memchr::memmem::find(text, "\u{FFFD}".as_bytes()).is_none())
}

/// Does a text begin with the number of bytes that follow in it? Then its first letter is the length that stands before
/// the text in releases after the layout's (`FileNameLength` of CSVFS).
pub(super) fn begins_with_its_length(scratch: &Scratch) -> bool {
    let text = std::str::from_utf8(&scratch.text).unwrap_or_default();
    scratch.slots.iter().any(|slot| {
        let Raw::Text(from, to) = slot.raw else { return false };
        let mut letters = text.get(from as usize..to as usize).unwrap_or_default().chars();
        let first = letters.next().map_or(0, u32::from);
        let rest = letters.as_str().encode_utf16().count() as u32 * 2;
        rest > 0 && (first == rest || first == rest + 2)
    })
}

/// Pointers point into a kernel or are none, status codes have their form, numbers with names are small, ids of virtual
/// machines are GUIDs.
pub(super) fn values(layout: &Layout, scratch: &Scratch) -> bool {
    let text = std::str::from_utf8(&scratch.text).unwrap_or_default();
    scratch.slots.iter().all(|slot| {
        let node = &layout.nodes[usize::from(slot.node)];
        match slot.raw {
            Raw::Unsigned(number) if node.kind == Kind::Pointer => is_pointer(number),
            Raw::Unsigned(number) if node.name.ends_with("Status") || &*node.name == "Result" => {
                is_status(number)
            }
            Raw::Unsigned(number) if node.map.is_some() => number < 256,
            Raw::Signed(number) if node.map.is_some() => (0..256).contains(&number),
            Raw::Text(from, to) if &*node.name == "VmId" => {
                text.get(from as usize..to as usize).and_then(Guid::parse).is_some()
            }
            _ => true,
        }
    })
}

/// Zero, or an address of the kernel's half.
fn is_pointer(number: u64) -> bool {
    number == 0 || number >= 0xFFFF_8000_0000_0000 || (0x8000_0000..=0xFFFF_FFFF).contains(&number)
}

/// NTSTATUS: the reserved bit is clear and the facility one of the published ones.
fn is_status(number: u64) -> bool {
    number <= u64::from(u32::MAX) && number & 0x1000_0000 == 0 && (number >> 16) & 0xFFF < 0x200
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let status = |number: u64| is_status(number);
        assert!(status(0) && status(0xC000_020C) && status(0x4000_0003) && status(0x0000_0103));
        assert!(!status(0x1234_5678) && !status(0xFFFF_FFFF) && !status(1 << 32));
        assert!(is_pointer(0) && is_pointer(0xFFFF_E001_2345_6010) && is_pointer(0x8765_4321));
        assert!(!is_pointer(1) && !is_pointer(0x0000_7FFF_0000_0000));
        let scratch = |text: &str| {
            let mut scratch = Scratch::default();
            scratch.text.extend(text.as_bytes());
            scratch
        };
        assert!(
            texts(&scratch("C:\\a\r\nb")) && !texts(&scratch("\u{b}C:")) && !texts(&scratch("a\u{FFFD}"))
        );
    }
}
