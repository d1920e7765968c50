//! Status codes as events carry them.

use std::fmt;

/// An NTSTATUS or Win32 code with the text that the source printed around it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NtStatus {
    /// The number, where one could be read.
    pub code: Option<u32>,
    /// As printed: `STATUS_IO_TIMEOUT(c00000b5)`, `(1460)`.
    pub text: String,
}

impl NtStatus {
    /// Reads `STATUS_X(c0000...)` and `(c00000be)` as hexadecimal. Digits alone with fewer than eight
    /// places, as in `(1460)`, are a decimal Win32 code.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let inner = text.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(text);
        let digits = inner.strip_prefix("0x").or_else(|| inner.strip_prefix("0X"));
        let code = match digits {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None if inner.len() == 8 => u32::from_str_radix(inner, 16).ok(),
            None => inner.parse().ok(),
        };
        Self { code, text: text.to_owned() }
    }

    /// From the number alone.
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        Self { code: Some(code), text: format!("({code:08x})") }
    }
}

impl fmt::Display for NtStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::NtStatus;

    #[test]
    fn codes() {
        let check = |text: &str, code: Option<u32>| assert_eq!(NtStatus::parse(text).code, code, "{text}");
        check("STATUS_IO_TIMEOUT(c00000b5)", Some(0xc000_00b5));
        check("(c00000be)", Some(0xc000_00be));
        check("(1460)", Some(1460));
        check("0x80070005", Some(0x8007_0005));
        check("'?'", None);
    }
}
