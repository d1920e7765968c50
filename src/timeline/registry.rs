//! Which names belong to one subject, over time.
//!
//! A subject has at most one identity (a GUID that never changes hands) and any number of other names. A source
//! that gives two names at once links them. A name may pass from one subject to another (a renamed volume, a
//! VM of the same name): then the time decides, and where two hold it at one time it decides nothing. Two identities
//! are never merged, whatever names they share.

use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Guid, Instant, Name};

/// A name of some kind; the kinds are the caller's.
pub type Atom = (u8, Name);

/// The names that one source gave together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names {
    /// The identity.
    pub identity: Option<Guid>,
    /// Other names, sorted.
    pub atoms: Vec<Atom>,
}

#[derive(Copy, Clone, Debug)]
struct Seen {
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Seen {
    fn join(&mut self, other: Self) {
        self.first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.last = self.last.max(other.last);
    }

    fn overlaps(self, other: Self) -> bool {
        matches!((self.first, other.last), (Some(a), Some(b)) if a <= b)
            && matches!((other.first, self.last), (Some(a), Some(b)) if a <= b)
    }
}

/// Kinds of names with a special part.
#[derive(Copy, Clone, Debug, Default)]
pub struct Kinds {
    /// Names of this kind may belong to several subjects at once (a disk with two volumes).
    pub shared: &'static [u8],
    /// A subject has only one name of this kind at a time.
    pub single: Option<u8>,
}

/// Subjects of one type with all their names.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    kinds: Kinds,
    identities: BTreeMap<Guid, usize>,
    held: BTreeMap<Atom, BTreeMap<usize, Seen>>,
    subjects: Vec<Subject>,
}

/// One subject's names.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The identity.
    pub identity: Option<Guid>,
    /// Other names, in the order in which they were last seen.
    pub atoms: Vec<Atom>,
}

impl Subject {
    /// The last name of a kind.
    #[must_use]
    pub fn last(&self, kind: u8) -> Option<&Name> {
        self.atoms.iter().rev().find(|atom| atom.0 == kind).map(|atom| &atom.1)
    }

    /// All names of a kind.
    pub fn all(&self, kind: u8) -> impl Iterator<Item = &Name> {
        self.atoms.iter().filter(move |atom| atom.0 == kind).map(|atom| &atom.1)
    }
}

impl Registry {
    /// From everything that sources named together, with the time where known. The order does not matter.
    #[must_use]
    pub fn new(kinds: Kinds, given: impl IntoIterator<Item = (Names, Option<Instant>)>) -> Self {
        let mut distinct: BTreeMap<Names, Seen> = BTreeMap::new();
        for (names, at) in given {
            if names.identity.is_none() && names.atoms.is_empty() {
                continue;
            }
            let seen = Seen { first: at, last: at };
            distinct.entry(names).and_modify(|s| s.join(seen)).or_insert(seen);
        }
        let mut out = Self { kinds, ..Self::default() };
        let mut open: Vec<(Names, Seen)> = Vec::new();
        for (names, seen) in distinct {
            match names.identity {
                Some(id) => {
                    let subject = *out.identities.entry(id).or_insert_with(|| {
                        out.subjects.push(Subject { identity: Some(id), atoms: Vec::new() });
                        out.subjects.len() - 1
                    });
                    out.bind(subject, &names.atoms, seen);
                }
                None => open.push((names, seen)),
            }
        }
        // Names that reach an identity through others, until no more do.
        loop {
            let before = open.len();
            let mut rest = Vec::new();
            for (names, seen) in open {
                match out.home(&names, seen) {
                    Home::Subject(subject) => out.bind(subject, &names.atoms, seen),
                    Home::Own | Home::Nowhere => rest.push((names, seen)),
                }
            }
            open = rest;
            if open.len() == before {
                break;
            }
        }
        // The rest are subjects without an identity: each begins with the fullest names left and takes what
        // its names reach, and theirs.
        open.sort_by(|a, b| b.0.atoms.len().cmp(&a.0.atoms.len()).then_with(|| a.0.cmp(&b.0)));
        let mut by_atom: BTreeMap<Atom, Vec<usize>> = BTreeMap::new();
        for (at, (names, _)) in open.iter().enumerate() {
            names.atoms.iter().for_each(|atom| by_atom.entry(atom.clone()).or_default().push(at));
        }
        let mut taken = vec![false; open.len()];
        for first in 0..open.len() {
            if taken[first] {
                continue;
            }
            let mut reached = vec![first];
            while let Some(at) = reached.pop() {
                if std::mem::replace(&mut taken[at], true) {
                    continue;
                }
                let (names, seen) = &open[at];
                let subject = match out.home(names, *seen) {
                    Home::Subject(subject) => subject,
                    Home::Own if at == first => {
                        out.subjects.push(Subject::default());
                        out.subjects.len() - 1
                    }
                    Home::Own | Home::Nowhere => {
                        taken[at] = at == first;
                        continue;
                    }
                };
                out.bind(subject, &names.atoms, *seen);
                let near = names.atoms.iter().filter_map(|atom| by_atom.get(atom)).flatten();
                reached.extend(near.copied().filter(|&at| !taken[at]));
            }
        }
        for (atom, holders) in &out.held {
            for &subject in holders.keys() {
                out.subjects[subject].atoms.push(atom.clone());
            }
        }
        for (at, subject) in out.subjects.iter_mut().enumerate() {
            let last = |atom: &Atom| out.held.get(atom).and_then(|h| h.get(&at)).and_then(|s| s.last);
            subject.atoms.sort_by_cached_key(|atom| (last(atom), atom.clone()));
        }
        out
    }

    fn bind(&mut self, subject: usize, atoms: &[Atom], seen: Seen) {
        for atom in atoms {
            let holders = self.held.entry(atom.clone()).or_default();
            holders.entry(subject).and_modify(|s| s.join(seen)).or_insert(seen);
        }
    }

    /// Whose names these are.
    fn home(&self, names: &Names, seen: Seen) -> Home {
        let mut common: Option<BTreeSet<usize>> = None;
        for atom in &names.atoms {
            let Some(holders) = self.held.get(atom) else { continue };
            let holders: BTreeSet<usize> = holders.keys().copied().collect();
            common = Some(match common {
                Some(common) => common.intersection(&holders).copied().collect(),
                None => holders,
            });
        }
        let Some(common) = common else { return Home::Own };
        let mut fits = common.into_iter().filter(|&subject| !self.doubles(subject, names, seen));
        match (fits.next(), fits.next()) {
            (Some(subject), None) => Home::Subject(subject),
            (Some(_), Some(_)) => Home::Nowhere,
            // Only shared names tie it to others: a subject of its own. Else its names contradict each other.
            (None, _) => {
                let free = |atom: &Atom| !self.held.contains_key(atom) || self.kinds.shared.contains(&atom.0);
                if names.atoms.iter().all(free) { Home::Own } else { Home::Nowhere }
            }
        }
    }

    /// Would the subject have two names of the single kind at one time?
    fn doubles(&self, subject: usize, names: &Names, seen: Seen) -> bool {
        let Some(single) = self.kinds.single else { return false };
        let Some(own) = names.atoms.iter().find(|atom| atom.0 == single) else { return false };
        if self.held.get(own).is_some_and(|holders| holders.contains_key(&subject)) {
            return false;
        }
        let range = self.held.range((single, Name::new(""))..);
        let mut others = range.take_while(|(atom, _)| atom.0 == single).filter_map(|(_, h)| h.get(&subject));
        others.any(|other| other.overlaps(seen))
    }

    /// The subjects, by index.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Whom a source means that gave these names at this time: none where that cannot be told; several only
    /// through a shared name.
    #[must_use]
    pub fn find(&self, names: &Names, at: Option<Instant>) -> Vec<usize> {
        if let Some(subject) = names.identity.and_then(|id| self.identities.get(&id)) {
            return vec![*subject];
        }
        let mut common: Option<Vec<usize>> = None;
        for atom in &names.atoms {
            let Some(holders) = self.held.get(atom) else { continue };
            let found = if holders.len() == 1 || self.kinds.shared.contains(&atom.0) {
                holders.keys().copied().collect()
            } else {
                at.and_then(|at| holder_at(holders, at)).into_iter().collect::<Vec<usize>>()
            };
            common = Some(match common {
                Some(common) => common.into_iter().filter(|s| found.contains(s)).collect(),
                None => found,
            });
        }
        common.unwrap_or_default()
    }
}

enum Home {
    Subject(usize),
    Own,
    Nowhere,
}

/// Who held a name at a time: the only one seen with it around then, else the only neighbour in time.
fn holder_at(holders: &BTreeMap<usize, Seen>, at: Instant) -> Option<usize> {
    let mut around = holders.iter().filter(|(_, s)| s.first <= Some(at) && Some(at) <= s.last);
    match (around.next(), around.next()) {
        (Some((subject, _)), None) => return Some(*subject),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let earlier = holders.iter().filter(|(_, s)| s.last < Some(at)).max_by_key(|(_, s)| s.last);
    let later = holders.iter().filter(|(_, s)| s.first > Some(at)).min_by_key(|(_, s)| s.first);
    match (earlier, later) {
        (Some((a, _)), Some((b, _))) if a == b => Some(*a),
        (Some(_), Some(_)) => None,
        (one, other) => one.or(other).map(|(subject, _)| *subject),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kinds, Names, Registry};
    use crate::fact::{Guid, Instant, Name};

    /// `10 #1 Volume1 *Disk1`: time, identity, single name, shared name.
    fn names(text: &str) -> (Names, Option<Instant>) {
        let mut names = Names::default();
        let mut at = None;
        for word in text.split_whitespace() {
            if let Some(id) = word.strip_prefix('#') {
                names.identity = Some(Guid([id.parse().unwrap(); 16]));
            } else if let Some(shared) = word.strip_prefix('*') {
                names.atoms.push((1, Name::new(shared)));
            } else if let Ok(time) = word.parse() {
                at = Some(Instant(time));
            } else {
                names.atoms.push((0, Name::new(word)));
            }
        }
        names.atoms.sort();
        (names, at)
    }

    fn check(given: &[&str], asked: &[(&str, &[usize])], subjects: usize) {
        let kinds = Kinds { shared: &[1], single: Some(0) };
        let mut forward: Vec<_> = given.iter().map(|g| names(g)).collect();
        for _ in 0..2 {
            let registry = Registry::new(kinds, forward.clone());
            assert_eq!(registry.subjects().len(), subjects, "{given:?}");
            for (question, answer) in asked {
                let (names, at) = names(question);
                assert_eq!(registry.find(&names, at), *answer, "{given:?} {question}");
            }
            forward.reverse();
        }
    }

    #[test]
    fn who_is_who() {
        check(&["1 #1 Volume1", "2 Volume1 *Disk1"], &[("5 *Disk1", &[0]), ("volume1", &[0])], 1);
        check(&["1 Volume1 *Disk1", "2 *Disk1"], &[("*disk1", &[0])], 1);
        // Renamed: one volume, two names.
        check(&["1 #1 Volume1", "2 #1 Gold"], &[("9 Volume1", &[0]), ("Gold", &[0])], 1);
        check(&["1 #1 Volume1 *Disk1", "2 Gold *Disk1"], &[("9 Gold", &[0])], 1);
        // Two partitions of one disk.
        check(&["1 #1 Volume1 *Disk1", "1 #2 Volume2 *Disk1"], &[("1 *Disk1", &[0, 1])], 2);
        check(&["1 #1 Volume1 *Disk1", "1 Volume2 *Disk1"], &[("*Disk1", &[0, 1]), ("Volume2", &[1])], 2);
        // A name that changed hands: the time decides; between the two nothing does.
        let handed = ["1 #1 Volume1", "5 #1 Volume1", "8 #2 Volume1", "9 #2 Volume1"];
        check(
            &handed,
            &[("3 Volume1", &[0]), ("9 Volume1", &[1]), ("6 Volume1", &[]), ("0 Volume1", &[0])],
            2,
        );
        // Two hold one name at one time: nobody is meant.
        check(&["1 #1 Volume1", "5 #1 Volume1", "3 #2 Volume1"], &[("3 Volume1", &[])], 2);
    }
}
