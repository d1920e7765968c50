//! Globally unique identifiers, written the way Windows tools write them.

use std::fmt;

/// A GUID. Bytes in text order (big-endian groups), so that order and text agree.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads `1c67fa80-1171-4a9e-9f41-0bb132e88ee4`, with or without braces, any case. Nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut out = [0u8; 16];
        let mut half = 0usize;
        for (at, &byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            let digit = (byte as char).to_digit(16)? as u8;
            out[half / 2] |= if half.is_multiple_of(2) { digit << 4 } else { digit };
            half += 1;
        }
        Some(Self(out))
    }

    /// The first GUID anywhere in `text`, as in `\\?\Volume{...}\`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        (0..bytes.len().checked_sub(35)?).find_map(|at| text.get(at..at + 36).and_then(Self::parse))
    }

    /// From the in-memory layout of Windows: three little-endian groups, then eight bytes.
    #[must_use]
    pub fn from_windows(b: [u8; 16]) -> Self {
        Self([
            b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
            b[15],
        ])
    }

    /// The in-memory layout of Windows.
    #[must_use]
    pub fn to_windows(self) -> [u8; 16] {
        Self::from_windows(self.0).0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Guid;

    #[test]
    fn text_and_layout() {
        let text = "1c67fa80-1171-4a9e-9f41-0bb132e88ee4";
        let guid = Guid::parse("{1C67FA80-1171-4A9E-9F41-0BB132E88EE4}").expect("a guid");
        assert_eq!(guid.to_string(), text);
        assert_eq!(Guid::find(r"\\?\Volume{1c67fa80-1171-4a9e-9f41-0bb132e88ee4}\"), Some(guid));
        assert_eq!(Guid::from_windows(guid.to_windows()), guid);
        assert_eq!(guid.to_windows()[0], 0x80);
        assert_eq!(Guid::parse("1c67fa80-1171-4a9e-9f41-0bb132e88ee"), None);
        assert_eq!(Guid::find("short"), None);
    }
}
