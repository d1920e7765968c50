//! Texts of a payload as UTF-8.
//!
//! Answers where a text stands once it is UTF-8: in the payload itself where that is ASCII already, else in the
//! scratch. Broken UTF-16 gives U+FFFD; bytes that are no UTF-8 are read as Windows-1252, the code page of most
//! providers (which one it was, no trace says).

use super::read::{Raw, Scratch};

/// UTF-16 of a known length; ends at a NUL in it.
pub(super) fn utf16(payload: &[u8], bytes: Raw, scratch: &mut Scratch) -> Raw {
    let Raw::Bytes(from, to) = bytes else { return Raw::Null };
    let (raw, ..) = utf16_to_nul(&payload[..to as usize], from as usize, scratch);
    raw
}

/// UTF-16 up to its NUL or the end of the payload. Gives the bytes it takes with its NUL, and whether it has one.
#[inline]
pub(super) fn utf16_to_nul(payload: &[u8], at: usize, scratch: &mut Scratch) -> (Raw, usize, bool) {
    let bytes = payload.get(at..).unwrap_or_default();
    let start = scratch.text.len();
    let text = &mut scratch.text;
    let mut done = 0;
    while let Some(sixteen) = bytes.get(done..).and_then(|rest| rest.first_chunk::<16>()) {
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| sixteen[at + byte]));
        if !(is_ascii(half(0)) && is_ascii(half(8))) {
            break;
        }
        text.extend_from_slice(&std::array::from_fn::<u8, 8, _>(|unit| sixteen[2 * unit]));
        done += 16;
    }
    // What eight at once left over.
    while let Some(eight) = bytes.get(done..).and_then(|rest| rest.first_chunk::<8>()) {
        if !is_ascii(u64::from_le_bytes(*eight)) {
            break;
        }
        text.extend_from_slice(&[eight[0], eight[2], eight[4], eight[6]]);
        done += 8;
    }
    let ended = loop {
        let Some(two) = bytes.get(done..).and_then(|rest| rest.first_chunk::<2>()) else { break false };
        let unit = u16::from_le_bytes(*two);
        done += 2;
        match unit {
            0 => break true,
            1..0x80 => text.push(unit as u8),
            _ => {
                done = wide(bytes, done - 2, text);
            }
        }
    };
    // An odd byte at the end belongs to no character and is left over.
    (Raw::Text(start as u32, text.len() as u32), done, ended)
}

/// Are these four units ASCII: no high bit set, none of them NUL?
#[inline]
fn is_ascii(units: u64) -> bool {
    let not_zero = units.wrapping_add(0x007F_007F_007F_007F) & 0x0080_0080_0080_0080;
    units & 0xFF80_FF80_FF80_FF80 == 0 && not_zero == 0x0080_0080_0080_0080
}

/// The character at `at`, which is not ASCII; gives where the next one begins.
#[cold]
fn wide(bytes: &[u8], at: usize, text: &mut Vec<u8>) -> usize {
    let unit = |at: usize| bytes.get(at..)?.first_chunk::<2>().map(|two| u16::from_le_bytes(*two));
    let units = unit(at).into_iter().chain(unit(at + 2));
    let decoded = char::decode_utf16(units).next();
    let (character, used) = match decoded {
        Some(Ok(character)) => (character, 2 * character.len_utf16()),
        _ => (char::REPLACEMENT_CHARACTER, 2),
    };
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    at + used
}

/// Text of one byte a character; ends at a NUL in it.
pub(super) fn ansi(payload: &[u8], bytes: Raw, scratch: &mut Scratch) -> Raw {
    let Raw::Bytes(from, to) = bytes else { return Raw::Null };
    let all = payload.get(from as usize..to as usize).unwrap_or_default();
    let all = &all[..memchr::memchr(0, all).unwrap_or(all.len())];
    if all.is_ascii() {
        return Raw::Ascii(from, from + all.len() as u32);
    }
    let start = scratch.text.len();
    match std::str::from_utf8(all) {
        Ok(text) => scratch.text.extend_from_slice(text.as_bytes()),
        Err(_) => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(all);
            scratch.text.extend_from_slice(text.as_bytes());
        }
    }
    Raw::Text(start as u32, scratch.text.len() as u32)
}

/// `SYSTEMTIME` as ISO 8601 without a zone: the structure names none.
pub(super) fn system_time(fields: [u8; 16], scratch: &mut Scratch) -> Raw {
    let word = |at: usize| u16::from_le_bytes([fields[2 * at], fields[2 * at + 1]]);
    let start = scratch.text.len();
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}",
        word(0),
        word(1),
        word(3),
        word(4),
        word(5),
        word(6),
        word(7)
    );
    scratch.text.extend_from_slice(text.as_bytes());
    Raw::Text(start as u32, scratch.text.len() as u32)
}
