//! Which node bears which number of the cluster when. A node that is evicted and added again gets the lowest number
//! that is free, so a number may pass to another node and a node may have had several. Where two bear one number at
//! one time, or between two bearers, nobody is meant.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::{Seen, holder_at};
use crate::fact::{Instant, Name};

/// Numbers and names over time.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    held: BTreeMap<u32, BTreeMap<Name, Seen>>,
}

impl Numbers {
    /// A source gave both together.
    pub(super) fn add(&mut self, number: u32, name: &Name, at: Option<Instant>) {
        let seen = Seen::at(at);
        let holders = self.held.entry(number).or_default();
        holders.entry(name.clone()).and_modify(|held| held.join(seen)).or_insert(seen);
    }

    /// Whose number it was at a time.
    #[must_use]
    pub fn name_at(&self, number: u32, at: Instant) -> Option<&Name> {
        let holders = self.held.get(&number)?;
        if holders.len() == 1 { holders.keys().next() } else { holder_at(holders, at) }
    }

    /// The number that a node bore last.
    #[must_use]
    pub fn last_of(&self, name: &Name) -> Option<u32> {
        let own = self.held.iter().filter_map(|(number, holders)| Some((holders.get(name)?.last, *number)));
        own.max().map(|(_, number)| number)
    }

    /// Every node that ever bore a number.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&Name> {
        self.held.values().flat_map(BTreeMap::keys).collect()
    }

    /// Of these numbers at a time: who bears one, and who may.
    #[must_use]
    pub fn bearers(&self, numbers: &[u32], at: Instant) -> (BTreeSet<&Name>, BTreeSet<&Name>) {
        let (mut sure, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
        for number in numbers {
            match self.name_at(*number, at) {
                Some(name) => drop(sure.insert(name)),
                None => perhaps.extend(self.held.get(number).into_iter().flat_map(BTreeMap::keys)),
            }
        }
        perhaps.retain(|name| !sure.contains(name));
        (sure, perhaps)
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;
    use crate::fact::{Instant, Name};

    #[test]
    fn evicted_and_added_again() {
        let mut numbers = Numbers::default();
        let told = [(1, "n1", 0), (3, "n3", 1), (3, "n3", 5), (3, "n4", 20), (3, "n4", 30), (4, "n3", 25)];
        told.iter().for_each(|(number, name, at)| numbers.add(*number, &Name::new(name), Some(Instant(*at))));
        let check = |number: u32, at: i64, name: Option<&str>| {
            assert_eq!(numbers.name_at(number, Instant(at)).map(Name::as_str), name, "{number} at {at}");
        };
        check(1, 99, Some("n1"));
        check(3, 4, Some("n3"));
        check(3, 10, None);
        check(3, 21, Some("n4"));
        check(4, 1, Some("n3"));
        check(9, 1, None);
        assert_eq!(numbers.last_of(&"n3".into()), Some(4));
        let names =
            |of: std::collections::BTreeSet<&Name>| of.iter().map(|n| n.to_string()).collect::<Vec<_>>();
        let (sure, perhaps) = numbers.bearers(&[1, 3], Instant(10));
        assert_eq!((names(sure), names(perhaps)), (vec!["n1".into()], vec!["n3".into(), "n4".into()]));
    }
}
