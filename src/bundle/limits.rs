//! How much a bundle may ask of the machine. Bundles come from strangers; none of these limits is reached by
//! a bundle that a collector made, and each can be raised.

/// Limits on archives. Exceeding one leaves out what exceeds it, with a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Archives inside archives: 1 opens archives, but none inside them.
    pub depth: u32,
    /// Members of all archives together.
    pub members: u64,
    /// Decompressed bytes of all archive members together.
    pub total: u64,
    /// Decompressed to compressed size of one member. Members below [`Limits::RATIO_FROM`] are exempt: event
    /// logs are preallocated and compress a thousandfold when empty.
    pub ratio: u64,
    /// Bytes held in memory of what must be unpacked before it can be read: archives in archives, members that
    /// unpack together only, packed traces. More than that goes to a temporary file.
    pub memory: u64,
    /// Bytes in that file. It has no name, and is gone with the process, however it ends.
    pub temporary: u64,
}

impl Limits {
    /// Decompressed size from which the ratio counts.
    pub const RATIO_FROM: u64 = 256 << 20;

    /// Names that [`Limits::set`] knows.
    pub const NAMES: [&'static str; 6] = ["depth", "members", "total", "ratio", "memory", "temporary"];

    /// Sets one limit from `NAME=NUMBER`; sizes may end in K, M, G or T (powers of 1024).
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let expected =
            || format!("expected NAME=NUMBER with NAME one of {}, got `{text}`", Self::NAMES.join(", "));
        let (name, number) = text.split_once('=').ok_or_else(expected)?;
        let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let shift = match number[digits.len()..].to_ascii_uppercase().as_str() {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            "T" => 40,
            _ => return Err(expected()),
        };
        let number: u64 = digits.parse().map_err(|_| expected())?;
        let number = number.checked_mul(1 << shift).ok_or_else(expected)?;
        match name {
            "depth" => self.depth = u32::try_from(number).map_err(|_| expected())?,
            "members" => self.members = number,
            "total" => self.total = number,
            "ratio" => self.ratio = number,
            "memory" => self.memory = number,
            "temporary" => self.temporary = number,
            _ => return Err(expected()),
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            members: 1_000_000,
            total: 256 << 30,
            ratio: 200,
            memory: 64 << 20,
            temporary: 64 << 30,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn set() {
        let mut limits = Limits::default();
        assert_eq!(limits.set("depth=3"), Ok(()));
        assert_eq!(limits.set("memory=2G"), Ok(()));
        assert_eq!((limits.depth, limits.memory), (3, 2 << 30));
        for wrong in ["", "depth", "depth=", "depth=x", "width=3", "memory=2Q", "total=99999999999T"] {
            assert!(limits.set(wrong).is_err(), "{wrong}");
        }
    }
}
