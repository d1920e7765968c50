//! Plain LZ77 of [MS-XCA] (`COMPRESSION_FORMAT_XPRESS`), as merged traces are compressed.
//!
//! Greedy, with the last place of each three bytes as the only candidate: small and quick, not tight.

/// A match reaches back at most so far.
const WINDOW: usize = 8192;
const SHORTEST: usize = 3;
/// The longest match that the 16-bit length form can say.
const LONGEST: usize = 0xffff + SHORTEST;
const NONE: usize = usize::MAX;

struct Stream {
    out: Vec<u8>,
    /// Where the present flag word stands.
    flags_at: usize,
    flags: u32,
    /// Flags in it.
    count: u32,
    /// A byte whose upper half is free for the next long match.
    half: Option<usize>,
}

impl Stream {
    fn flag(&mut self, is_match: bool) {
        if self.count == 32 {
            self.out[self.flags_at..self.flags_at + 4].copy_from_slice(&self.flags.to_le_bytes());
            (self.flags_at, self.flags, self.count) = (self.out.len(), 0, 0);
            self.out.extend([0; 4]);
        }
        self.flags = self.flags << 1 | u32::from(is_match);
        self.count += 1;
    }

    fn literal(&mut self, byte: u8) {
        self.flag(false);
        self.out.push(byte);
    }

    fn repeat(&mut self, distance: usize, length: usize) {
        self.flag(true);
        let length = length - SHORTEST;
        let word = (distance - 1) << 3 | length.min(7);
        self.out.extend((word as u16).to_le_bytes());
        if length < 7 {
            return;
        }
        let nibble = (length - 7).min(15) as u8;
        match self.half.take() {
            Some(at) => self.out[at] |= nibble << 4,
            None => {
                self.half = Some(self.out.len());
                self.out.push(nibble);
            }
        }
        if nibble == 15 {
            let rest = length - 7 - 15;
            self.out.push(rest.min(255) as u8);
            if rest >= 255 {
                self.out.extend((length as u16).to_le_bytes());
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        // Unused flags are ones.
        let unused = 32 - self.count;
        if unused > 0 {
            self.flags = self.flags.checked_shl(unused).unwrap_or(0) | u32::MAX >> self.count;
        }
        self.out[self.flags_at..self.flags_at + 4].copy_from_slice(&self.flags.to_le_bytes());
        self.out
    }
}

fn slot(input: &[u8], at: usize) -> usize {
    let three = u32::from(input[at]) | u32::from(input[at + 1]) << 8 | u32::from(input[at + 2]) << 16;
    (three.wrapping_mul(0x9e37_79b1) >> 18) as usize
}

/// The compressed bytes.
pub(super) fn compress(input: &[u8]) -> Vec<u8> {
    let mut stream = Stream { out: vec![0; 4], flags_at: 0, flags: 0, count: 0, half: None };
    let mut last = vec![NONE; 1 << 14];
    let mut at = 0;
    while at < input.len() {
        let mut length = 0;
        let mut distance = 0;
        if at + SHORTEST <= input.len() {
            let slot = slot(input, at);
            let candidate = std::mem::replace(&mut last[slot], at);
            if candidate != NONE && at - candidate <= WINDOW {
                distance = at - candidate;
                let pairs = input[candidate..].iter().zip(&input[at..]);
                length = pairs.take(LONGEST).take_while(|(a, b)| a == b).count();
            }
        }
        if length < SHORTEST {
            stream.literal(input[at]);
            at += 1;
            continue;
        }
        stream.repeat(distance, length);
        let end = (at + length).min(input.len().saturating_sub(SHORTEST - 1));
        (at + 1..end).for_each(|inside| last[slot(input, inside)] = inside);
        at += length;
    }
    stream.finish()
}

#[cfg(test)]
mod tests {
    use super::compress;

    /// The two examples of [MS-XCA] section 3.1.
    #[test]
    fn published_examples() {
        let expect = [
            0x3f, 0, 0, 0, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
            0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
        ];
        assert_eq!(compress(b"abcdefghijklmnopqrstuvwxyz"), expect);
        let expect = [0xff, 0xff, 0xff, 0x1f, 0x61, 0x62, 0x63, 0x17, 0, 0x0f, 0xff, 0x26, 1];
        assert_eq!(compress("abc".repeat(100).as_bytes()), expect);
    }
}
