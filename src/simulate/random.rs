//! Random numbers that are the same everywhere: splitmix64 (Steele, Lea, Flood 2014), seeded by the caller.

use crate::fact::Guid;

/// A generator.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another generator, independent of what is drawn from this one later.
    pub(super) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of `from..to`; `from` where the range is empty.
    pub(super) fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = to.saturating_sub(from).max(1) as u64;
        from + (self.next() % width) as i64
    }

    /// An index below `count`.
    pub(super) fn index(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }

    /// One of several.
    pub(super) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// A random GUID (version 4).
    pub(super) fn guid(&mut self) -> Guid {
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Guid(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn known_sequence() {
        // Reference values of splitmix64 for seed 1234567 (Vigna's splitmix64.c).
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6457827717110365317, 3203168211198807973]);
        assert!((0..1000).all(|_| (5..9).contains(&random.between(5, 9))));
        assert_eq!(random.guid().to_string().as_bytes()[14], b'4');
    }
}
