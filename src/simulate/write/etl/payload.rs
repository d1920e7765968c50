//! The payload of a manifest event: its values in order, little endian, without padding.
//!
//! Layout: Windows SDK `evntprov.h` and the documented in-types of instrumentation manifests. A pointer has eight
//! bytes, a Boolean four; text is UTF-16 with its NUL.

use crate::simulate::log::Value;

/// Appends a value.
pub(super) fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => {}
        Value::Text(text) => wide(out, text),
        Value::Texts(texts) => texts.iter().for_each(|text| wide(out, text)),
        Value::U8(number) => out.push(*number),
        Value::U16(number) => out.extend(number.to_le_bytes()),
        Value::I32(number) => out.extend(number.to_le_bytes()),
        Value::U32(number) | Value::Hex32(number) => out.extend(number.to_le_bytes()),
        Value::U64(number) | Value::Hex64(number) | Value::FileTime(number) => {
            out.extend(number.to_le_bytes())
        }
        Value::Bool(value) => out.extend(u32::from(*value).to_le_bytes()),
        Value::Binary(bytes) => out.extend(bytes),
        Value::Guid(guid) => out.extend(guid.to_windows()),
        Value::Sid { authority, parts } => {
            out.extend([1, parts.len() as u8, 0, 0, 0, 0, 0, *authority]);
            parts.iter().for_each(|part| out.extend(part.to_le_bytes()));
        }
    }
}

/// UTF-16 with its NUL.
pub(super) fn wide(out: &mut Vec<u8>, text: &str) {
    text.encode_utf16().chain([0]).for_each(|unit| out.extend(unit.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::put;
    use crate::fact::Guid;
    use crate::simulate::log::Value;

    #[test]
    fn layouts() {
        let check = |value: Value, expect: &[u8]| {
            let mut out = Vec::new();
            put(&mut out, &value);
            assert_eq!(out, expect, "{value:?}");
        };
        check(Value::Bool(true), &[1, 0, 0, 0]);
        check(Value::U16(0x1234), &[0x34, 0x12]);
        check(Value::Hex64(1), &[1, 0, 0, 0, 0, 0, 0, 0]);
        check(Value::text("Aß"), &[0x41, 0, 0xdf, 0, 0, 0]);
        let guid = Guid::parse("00112233-4455-6677-8899-aabbccddeeff").unwrap();
        let bytes =
            [0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        check(Value::Guid(guid), &bytes);
    }
}
