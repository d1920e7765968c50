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

/// From when to when a source was seen to use a name.
#[derive(Copy, Clone, Debug)]
pub(super) struct Seen {
    pub(super) first: Option<Instant>,
    pub(super) last: Option<Instant>,
}

impl Seen {
    pub(super) fn at(at: Option<Instant>) -> Self {
        Self { first: at, last: at }
    }

    /// Was it seen before and after all of the other?
    fn spans(self, other: Self) -> bool {
        let inside = |at: Instant| self.first <= Some(at) && Some(at) <= self.last;
        self.first.is_some() && other.first.is_some_and(inside) && other.last.is_some_and(inside)
    }

    pub(super) fn join(&mut self, other: Self) {
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
        let mut tellings: BTreeMap<Names, Vec<Option<Instant>>> = BTreeMap::new();
        for (names, at) in given {
            if names.identity.is_none() && names.atoms.is_empty() {
                continue;
            }
            if names.identity.is_none() {
                match tellings.get_mut(&names) {
                    Some(times) => times.push(at),
                    None => drop(tellings.insert(names, vec![at])),
                }
                continue;
            }
            let seen = Seen::at(at);
            distinct.entry(names).and_modify(|s| s.join(seen)).or_insert(seen);
        }
        let mut out = Self { kinds, ..Self::default() };
        for (names, seen) in distinct {
            let Some(id) = names.identity else { continue };
            let subject = *out.identities.entry(id).or_insert_with(|| {
                out.subjects.push(Subject { identity: Some(id), atoms: Vec::new() });
                out.subjects.len() - 1
            });
            out.bind(subject, &names.atoms, seen);
        }
        let mut open: Vec<(Names, Seen)> = Vec::new();
        for (names, mut times) in tellings {
            times.sort_unstable();
            times.dedup();
            let several = |atom: &Atom| out.held.get(atom).is_some_and(|holders| holders.len() > 1);
            if names.atoms.iter().any(several) {
                // Each telling may mean another subject.
                open.extend(times.into_iter().map(|at| (names.clone(), Seen::at(at))));
            } else {
                let first = times.iter().copied().flatten().next();
                open.push((names, Seen { first, last: times.last().copied().flatten() }));
            }
        }
        // Names that reach an identity through others, until no more do.
        loop {
            let before = open.len();
            let mut rest = Vec::new();
            for (names, seen) in open {
                match out.home(&names, seen) {
                    Home::Subject(subject) => out.bind(subject, &names.atoms, seen),
                    Home::Shared(subjects) if !subjects.is_empty() => {
                        subjects.into_iter().for_each(|subject| out.bind(subject, &names.atoms, seen));
                    }
                    Home::Own | Home::Nowhere | Home::Shared(_) => rest.push((names, seen)),
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
                    Home::Own | Home::Nowhere | Home::Shared(_) => {
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

    /// Is it a name of several subjects, one after the other?
    fn changes_hands(&self, atom: &Atom) -> bool {
        !self.kinds.shared.contains(&atom.0) && self.held.get(atom).is_some_and(|holders| holders.len() > 1)
    }

    /// Whose names these are.
    fn home(&self, names: &Names, seen: Seen) -> Home {
        let mut common: Option<BTreeSet<usize>> = None;
        let mut around: Option<BTreeSet<usize>> = None;
        for atom in &names.atoms {
            let Some(holders) = self.held.get(atom) else { continue };
            let changes = self.changes_hands(atom);
            if changes {
                let own = holders.iter().filter(|(_, held)| held.spans(seen)).map(|(at, _)| *at);
                let own: BTreeSet<usize> = own.collect();
                around = Some(match around {
                    Some(around) => around.intersection(&own).copied().collect(),
                    None => own,
                });
            }
            let holders: BTreeSet<usize> = match changes {
                true => holders_around(holders, seen),
                false => holders.keys().copied().collect(),
            };
            common = Some(match common {
                Some(common) => common.intersection(&holders).copied().collect(),
                None => holders,
            });
        }
        let Some(common) = common else { return Home::Own };
        // Who bears the name at that time has it; what is shared may be new to him.
        if let (true, Some(around)) = (common.is_empty(), &around)
            && let (Some(&subject), 1) = (around.first(), around.len())
            && names.atoms.iter().all(|atom| {
                // A name that nobody bears at the time may pass on with the others.
                let free = |holders: &BTreeMap<usize, Seen>| !holders.values().any(|held| held.spans(seen));
                let holders = self.held.get(atom).filter(|_| !self.kinds.shared.contains(&atom.0));
                holders.is_none_or(|holders| holders.contains_key(&subject) || free(holders))
            })
        {
            return Home::Subject(subject);
        }
        // Shared names alone are those of all who share them at the time.
        if common.len() > 1 && names.atoms.iter().all(|atom| self.kinds.shared.contains(&atom.0)) {
            let told = names.atoms.iter().filter_map(|atom| self.held.get(atom));
            let around =
                |at: &usize| told.clone().filter_map(|holders| holders.get(at)).any(|held| held.spans(seen));
            return Home::Shared(common.into_iter().filter(around).collect());
        }
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
            let found = if self.changes_hands(atom) {
                at.and_then(|at| holder_at(holders, at)).copied().into_iter().collect::<Vec<usize>>()
            } else {
                holders.keys().copied().collect()
            };
            common = Some(match common {
                Some(common) => common.into_iter().filter(|s| found.contains(s)).collect(),
                None => found,
            });
        }
        common.unwrap_or_default()
    }

    /// Whoever ever bore one of these names: the ones that a source may mean where [`Registry::find`] cannot tell.
    #[must_use]
    pub fn candidates(&self, names: &Names) -> Vec<usize> {
        let holders = names.atoms.iter().filter_map(|atom| self.held.get(atom)).flat_map(BTreeMap::keys);
        let all: BTreeSet<usize> = holders.copied().collect();
        all.into_iter().collect()
    }
}

enum Home {
    Subject(usize),
    Shared(Vec<usize>),
    Own,
    Nowhere,
}

/// Who may have held a name over a stretch: those seen with it around it, else all.
fn holders_around(holders: &BTreeMap<usize, Seen>, seen: Seen) -> BTreeSet<usize> {
    let around: BTreeSet<usize> =
        holders.iter().filter(|(_, held)| held.spans(seen)).map(|(at, _)| *at).collect();
    if around.is_empty() { holders.keys().copied().collect() } else { around }
}

/// Who held a name at a time: the only one seen with it around then, else the only neighbour in time.
pub(super) fn holder_at<K: Ord + Clone>(holders: &BTreeMap<K, Seen>, at: Instant) -> Option<&K> {
    let mut around = holders.iter().filter(|(_, s)| s.first <= Some(at) && Some(at) <= s.last);
    match (around.next(), around.next()) {
        (Some((holder, _)), None) => return Some(holder),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let earlier = holders.iter().filter(|(_, s)| s.last < Some(at)).max_by_key(|(_, s)| s.last);
    let later = holders.iter().filter(|(_, s)| s.first > Some(at)).min_by_key(|(_, s)| s.first);
    match (earlier, later) {
        (Some((a, _)), Some((b, _))) if a == b => Some(a),
        (Some(_), Some(_)) => None,
        (one, other) => one.or(other).map(|(holder, _)| holder),
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
        // Who bears a name at a time has what is told with it, whoever bears it later.
        let reused = ["1 #1 Volume1", "5 #1 Volume1", "3 Volume1 *Disk1", "9 #2 Volume1 *Disk1"];
        check(&reused, &[("3 Volume1 *Disk1", &[0]), ("9 Volume1 *Disk1", &[1]), ("3 *Disk1", &[0, 1])], 2);
        // The same words at two times mean two.
        let twice = [
            "1 #1 Volume1",
            "5 #1 Volume1",
            "8 #2 Volume1",
            "9 #2 Volume1",
            "3 Volume1 *Disk1",
            "8 Volume1 *Disk1",
        ];
        check(
            &twice,
            &[("4 Volume1 *Disk1", &[0]), ("9 Volume1 *Disk1", &[1]), ("6 Volume1 *Disk1", &[])],
            2,
        );
    }
}
