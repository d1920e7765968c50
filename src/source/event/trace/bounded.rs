//! A map that forgets its oldest entries when it is full: what a trace leaves open must not grow with the trace.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Entries by key; at most `most` of them.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    most: usize,
    entries: HashMap<K, (u64, V)>,
    /// Keys in the order in which they came; some are gone, or came again later.
    order: VecDeque<(u64, K)>,
    next: u64,
}

impl<K: Copy + Eq + Hash, V> Bounded<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, entries: HashMap::new(), order: VecDeque::new(), next: 0 }
    }

    /// Puts an entry in; gives the one it replaces, and the one it pushes out.
    pub(super) fn insert(&mut self, key: K, value: V) -> (Option<V>, Option<V>) {
        let number = self.next;
        self.next += 1;
        let replaced = self.entries.insert(key, (number, value)).map(|(_, value)| value);
        self.order.push_back((number, key));
        if self.order.len() > 2 * self.most {
            let entries = &self.entries;
            self.order.retain(|(number, key)| entries.get(key).is_some_and(|entry| entry.0 == *number));
        }
        let mut pushed = None;
        while self.entries.len() > self.most {
            let Some((number, key)) = self.order.pop_front() else { break };
            if self.entries.get(&key).is_some_and(|entry| entry.0 == number) {
                pushed = self.entries.remove(&key).map(|(_, value)| value);
            }
        }
        (replaced, pushed)
    }

    pub(super) fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.entries.get_mut(&key).map(|(_, value)| value)
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        self.entries.remove(&key).map(|(_, value)| value)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entries left, oldest first.
    pub(super) fn into_values(self) -> impl Iterator<Item = V> {
        let mut left: Vec<(u64, V)> = self.entries.into_values().collect();
        left.sort_unstable_by_key(|(number, _)| *number);
        left.into_iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::Bounded;

    #[test]
    fn the_oldest_goes() {
        let mut map = Bounded::new(2);
        assert_eq!(map.insert(1, 'a'), (None, None));
        assert_eq!(map.insert(2, 'b'), (None, None));
        assert_eq!(map.insert(1, 'c'), (Some('a'), None));
        assert_eq!(map.insert(3, 'd'), (None, Some('b')));
        assert_eq!(map.remove(2), None);
        for key in 0..10_000 {
            map.insert(key % 5, 'x');
            map.remove(key % 3);
            assert!(map.len() <= 2 && map.order.len() <= 5);
        }
        assert_eq!(Bounded::<u8, u8>::new(2).into_values().count(), 0);
    }
}
