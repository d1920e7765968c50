//! Many streams into one, by time. Of two entries of one time the one whose stream stands first comes first, and
//! what follows in a stream is never moved before what stands in front of it.

use super::feed::{Block, Feed};

/// How much is written at once.
const AT_ONCE: usize = 256 << 10;

/// One stream, as far as it was merged.
struct Head {
    block: Block,
    /// Its next entry, and where that begins.
    next: usize,
    begin: usize,
}

/// Writes all entries of `streams` streams, until `write` answers `false`.
pub(super) fn merge(feed: &Feed<'_>, streams: usize, write: &mut dyn FnMut(&[u8]) -> bool) {
    let mut heads: Vec<Option<Head>> = Vec::with_capacity(streams);
    let mut order = Order(Vec::with_capacity(streams));
    for stream in 0..streams {
        let block = feed.next(stream, None);
        if let Some((key, _)) = block.as_ref().and_then(|block| block.entries.first()) {
            order.push((*key, stream));
        }
        heads.push(block.map(|block| Head { block, next: 0, begin: 0 }));
    }
    let mut out = Vec::with_capacity(2 * AT_ONCE);
    while let Some((first, others)) = order.first() {
        let Some(slot) = heads.get_mut(first.1) else { return };
        let Some(head) = slot else { return };
        let entries = &head.block.entries[head.next..];
        // As far as no other stream comes in between.
        let run = match others {
            Some(other) => entries.iter().take_while(|entry| (entry.0, first.1) < other).count(),
            None => entries.len(),
        };
        let Some(end) = run.checked_sub(1).and_then(|last| entries.get(last)).map(|entry| entry.1) else {
            return;
        };
        let bytes = &head.block.bytes[head.begin..end];
        if out.len() + bytes.len() > AT_ONCE {
            if !write(&out) {
                return;
            }
            out.clear();
        }
        if bytes.len() > AT_ONCE / 4 && out.is_empty() {
            if !write(bytes) {
                return;
            }
        } else {
            out.extend_from_slice(bytes);
        }
        head.next += run;
        head.begin = end;
        if head.next == head.block.entries.len() {
            let used = slot.take().map(|head| head.block);
            *slot = feed.next(first.1, used).map(|block| Head { block, next: 0, begin: 0 });
        }
        let next = slot.as_ref().and_then(|head| head.block.entries.get(head.next));
        match next {
            Some(entry) => order.replace((entry.0, first.1)),
            None => order.pop(),
        }
    }
    write(&out);
}

/// Where an entry stands in the order: at what time, and in which stream.
type Place = (i64, usize);

/// The next entry of each stream that has one, the smallest first: a binary heap that also tells its second.
struct Order(Vec<Place>);

impl Order {
    /// The smallest, and the next one of another stream.
    #[inline]
    fn first(&self) -> Option<(Place, Option<Place>)> {
        let first = *self.0.first()?;
        let second = match (self.0.get(1), self.0.get(2)) {
            (Some(a), Some(b)) => Some(*a.min(b)),
            (a, _) => a.copied(),
        };
        Some((first, second))
    }

    fn push(&mut self, key: Place) {
        self.0.push(key);
        let mut at = self.0.len() - 1;
        while at > 0 && self.0[at] < self.0[(at - 1) / 2] {
            self.0.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// Puts another one in the place of the smallest.
    #[inline]
    fn replace(&mut self, key: Place) {
        let keys = &mut self.0;
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child + 1 < keys.len() && keys[child + 1] < keys[child] {
                child += 1;
            }
            if child >= keys.len() || key <= keys[child] {
                break;
            }
            keys[at] = keys[child];
            at = child;
        }
        if let Some(place) = keys.get_mut(at) {
            *place = key;
        }
    }

    fn pop(&mut self) {
        if let Some(last) = self.0.pop()
            && !self.0.is_empty()
        {
            self.replace(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn the_smallest_first_and_the_one_behind_it() {
        // Any order of any keys: numbers by a fixed rule.
        for count in 0..40 {
            let mut order = Order(Vec::new());
            let key = |n: usize| ((n * 7919 % 13) as i64, n);
            (0..count).for_each(|n| order.push(key(n)));
            let mut sorted: Vec<_> = (0..count).map(key).collect();
            sorted.sort_unstable();
            for (at, expect) in sorted.iter().enumerate() {
                let (first, second) = order.first().expect("one is left");
                assert_eq!((first, second), (*expect, sorted.get(at + 1).copied()));
                if at % 3 == 0 {
                    // Replaced by itself it stays.
                    order.replace(first);
                    assert_eq!(order.first(), Some((first, second)));
                }
                order.pop();
            }
            assert_eq!(order.first(), None);
        }
    }
}
