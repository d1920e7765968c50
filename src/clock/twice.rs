//! What two logs of one node tell: an event that stands in the node's event logs, which are in UTC, and in a file whose base is
//! not known, proves that file's offset.
//!
//! Two ways to tell one event. In the same words: a line and a record that make the same claim, or one move. And as cause and
//! effect: the engine prints that a resource came up or went down here, and the same service logs at once that the role which
//! holds it did (1201, 1204), once its last resource has. How soon is not published; what comes later than [`super::base`]
//! allows proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};

use super::base::offset;
use super::{SECOND, each};
use crate::fact::{
    Claim, Fact, GroupClaim, GroupRef, GroupState, Guid, InputId, Name, ResourceClaim, ResourceRef,
    ResourceState, Stamp, VmRef,
};

/// How many of the first and of the last tellings of one event are compared: pairs grow with the square.
const COMPARED: usize = 24;

/// Lines about one event stand this close to each other, nanoseconds: together they prove no more than one.
const MOMENT: i64 = 60 * SECOND;

/// Tellings of one event: in UTC, and by file.
type Tellings = (Vec<i64>, BTreeMap<InputId, Vec<i64>>);

/// What the pairs of one file come to.
#[derive(Default)]
struct Votes {
    /// By minutes to add: the file's stamps that vote for it.
    by_offset: BTreeMap<i32, Vec<i64>>,
    /// Moments of the file and in UTC that were paired.
    pairs: BTreeSet<(i64, i64)>,
}

/// By input: stamps, and minutes to add to them to get UTC. Repeated events also pair wrongly, so an offset counts only if no
/// other has as many pairs. One moment may be by chance, and whether it stands alone depends on how much of the log is there: such
/// pairs, the second of the answer, prove something only beside the node's zone.
pub(super) fn told_twice(facts: &[&[Fact]]) -> [BTreeMap<InputId, Vec<(i64, i32)>>; 2] {
    let roles = roles(facts);
    let mut events: BTreeMap<(&Name, u64), Tellings> = BTreeMap::new();
    for fact in each(facts) {
        if let (Some(node), Stamp::File(at)) = (&fact.reporter, fact.stamp) {
            for subject in subjects(&fact.claim, &roles) {
                let (_, files) = events.entry((node, subject)).or_default();
                files.entry(fact.origin.input).or_default().push(at);
            }
        }
    }
    if events.is_empty() {
        return Default::default();
    }
    // What no file tells in its own time proves nothing, and needs no room: there may be millions.
    for fact in each(facts) {
        if let (Some(node), Stamp::Utc(at)) = (&fact.reporter, fact.stamp) {
            for subject in subjects(&fact.claim, &roles) {
                if let Some((utc, _)) = events.get_mut(&(node, subject)) {
                    utc.push(at);
                }
            }
        }
    }
    let mut votes: BTreeMap<InputId, Votes> = BTreeMap::new();
    for (utc, files) in events.into_values() {
        let utc = ends_of(utc);
        for (input, stamps) in files.into_iter().filter(|_| !utc.is_empty()) {
            let votes = votes.entry(input).or_default();
            for at in ends_of(stamps) {
                for &told in &utc {
                    votes.pairs.insert((at.div_euclid(MOMENT), told.div_euclid(MOMENT)));
                    if let Some(minutes) = offset(Stamp::Utc(told), at) {
                        votes.by_offset.entry(minutes).or_default().push(at);
                    }
                }
            }
        }
    }
    let (sure, lone): (Vec<_>, Vec<_>) = votes.into_iter().partition(|(_, votes)| votes.are_several());
    let sure = sure.into_iter().filter_map(|(input, votes)| Some((input, votes.settle()?))).collect();
    [sure, lone.into_iter().map(|(input, votes)| (input, votes.alone())).collect()]
}

impl Votes {
    /// Is there an offset with pairs of several moments?
    fn are_several(&self) -> bool {
        self.by_offset.values().any(|stamps| are_apart(stamps))
    }

    fn settle(self) -> Option<Vec<(i64, i32)>> {
        let most = self.by_offset.values().map(Vec::len).max()?;
        let mut leading = self.by_offset.into_iter().filter(|(_, stamps)| stamps.len() == most);
        let (minutes, stamps) = leading.next().filter(|_| leading.next().is_none())?;
        let stamps = Some(stamps).filter(|stamps| are_apart(stamps))?;
        Some(stamps.into_iter().map(|at| (at, minutes)).collect())
    }

    /// Out of many pairs some fit by chance.
    fn alone(self) -> Vec<(i64, i32)> {
        let few = self.pairs.len() <= COMPARED;
        let all = self.by_offset.into_iter().filter(|_| few);
        all.flat_map(|(minutes, stamps)| stamps.into_iter().map(move |at| (at, minutes))).collect()
    }
}

/// Are they of several moments?
fn are_apart(stamps: &[i64]) -> bool {
    stamps.iter().any(|at| (at - stamps[0]).abs() > MOMENT)
}

/// By resource, the role that holds it, where all that is told agrees.
fn roles<'a>(facts: &[&'a [Fact]]) -> BTreeMap<&'a Name, &'a Name> {
    let mut out: BTreeMap<&Name, Option<&Name>> = BTreeMap::new();
    for fact in each(facts) {
        if let Claim::Resource(resource, ResourceClaim::InGroup(group)) = &fact.claim
            && let (Some(resource), Some(group)) = (&resource.name, &group.name)
        {
            let held = out.entry(resource).or_insert(Some(group));
            *held = held.filter(|held| *held == group);
        }
    }
    out.into_iter().filter_map(|(resource, group)| Some((resource, group?))).collect()
}

/// What makes two tellings one event, as numbers. The engine and the event log word a move differently: its group and target are
/// enough.
fn subjects(claim: &Claim, roles: &BTreeMap<&Name, &Name>) -> impl Iterator<Item = u64> {
    let name = |name: Option<&Name>| name.map_or("", Name::as_str).to_lowercase();
    let change = |up: bool, role: &str| hashed(format_args!("up {up} {}", role.to_lowercase()));
    let (mut own, mut any) = (None, None);
    let words = || hashed(format_args!("{claim:?}"));
    let said = match claim {
        Claim::Group(group, GroupClaim::Moving { to, .. }) => {
            hashed(format_args!("move {} {}", name(group.name.as_ref()), name(Some(to))))
        }
        Claim::Group(GroupRef { name: Some(role), .. }, GroupClaim::State { to, here: true, .. }) => {
            let up = match to {
                GroupState::Online => Some(true),
                GroupState::Offline => Some(false),
                _ => None,
            };
            own = up.map(|up| change(up, role.as_str()));
            // A role with a GUID for a name holds a disk; which one need not be told.
            any = up.filter(|_| Guid::parse(role.as_str()).is_some()).map(|up| change(up, ""));
            words()
        }
        Claim::Resource(
            ResourceRef { name: Some(resource), .. },
            ResourceClaim::State { to, here: true, .. },
        ) => {
            let up = match to {
                ResourceState::Online => Some(true),
                ResourceState::Offline => Some(false),
                _ => None,
            };
            // Hyper-V names the resource after its VM, and the role that its wizard makes too.
            let vm = VmRef::from_resource(resource.as_str()).name;
            let role = roles.get(resource).copied().or(vm.as_ref()).map_or("", Name::as_str);
            own = up.map(|up| change(up, role));
            words()
        }
        _ => words(),
    };
    [Some(said), own, any].into_iter().flatten()
}

fn hashed(text: std::fmt::Arguments<'_>) -> u64 {
    let mut hasher = Hashed(DefaultHasher::new());
    // Writing to a hasher cannot fail.
    let _ = hasher.write_fmt(text);
    hasher.0.finish()
}

struct Hashed(DefaultHasher);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

fn ends_of(mut times: Vec<i64>) -> Vec<i64> {
    times.sort_unstable();
    times.dedup();
    if times.len() > 2 * COMPARED {
        times.drain(COMPARED..times.len() - COMPARED);
    }
    times
}

#[cfg(test)]
mod tests {
    use super::super::base::{Proof, proved_utc};
    use crate::fact::{
        Claim, Fact, GroupClaim, GroupRef, GroupState, InputId, MoveKind, Name, Origin, Place, ResourceClaim,
        ResourceRef, ResourceState, Stamp,
    };

    const START: i64 = 1_700_000_000_000_000_000;
    const SECOND: i64 = 1_000_000_000;

    fn fact(file: bool, at: i64, to: &str) -> Fact {
        let input = InputId(u32::from(file));
        let origin = Origin { input, offset: at as u64, place: Place::Offset };
        let at = START + at * SECOND;
        let kind = if file { MoveKind::Manual } else { MoveKind::Unsaid };
        let claim = GroupClaim::Moving { from: None, to: to.into(), kind };
        let stamp = if file { Stamp::file(at) } else { Stamp::utc(at) };
        Fact::new(stamp, origin, Claim::Group(GroupRef::named("g"), claim)).by(Some(Name::node("n1")))
    }

    /// Moves in the event log (UTC) and in the file, as (seconds, target); is the file proved to be in UTC?
    fn check(utc: &[(i64, &str)], file: &[(i64, &str)], expect: Option<bool>) {
        let told = |list: &[(i64, &str)], of_file| -> Vec<Fact> {
            list.iter().map(|&(at, to)| fact(of_file, at, to)).collect()
        };
        let facts = [told(utc, false), told(file, true)].concat();
        let proofs = Proof::gather(&[], &[&facts]);
        let input = InputId(1);
        assert_eq!(
            proved_utc(proofs.utc_votes(input), proofs.local_votes(input)),
            expect,
            "{utc:?} {file:?}"
        );
    }

    /// The event log tells that roles came up (seconds, role), the engine that resources did.
    fn check_roles(utc: &[(i64, &str)], file: &[(i64, &str)], expect: Option<bool>) {
        let told = |of_file: bool, at: i64, claim: Claim| Fact { claim, ..fact(of_file, at, "") };
        let role = |name: &str| {
            let state = GroupClaim::State { from: None, to: GroupState::Online, here: true };
            Claim::Group(GroupRef::named(name), state)
        };
        let resource = |name: &str| {
            let state = ResourceClaim::State { from: None, to: ResourceState::Online, here: true };
            Claim::Resource(ResourceRef::named(name), state)
        };
        let held = ResourceClaim::InGroup(GroupRef::named("g"));
        let mut facts = vec![told(false, 9, Claim::Resource(ResourceRef::named("Disk 1"), held))];
        facts.extend(utc.iter().map(|(at, name)| told(false, *at, role(name))));
        facts.extend(file.iter().map(|(at, name)| told(true, *at, resource(name))));
        let proofs = Proof::gather(&[], &[&facts]);
        let input = InputId(1);
        let votes = (proofs.utc_votes(input), proofs.local_votes(input));
        assert_eq!(proved_utc(votes.0, votes.1), expect, "{utc:?} {file:?}");
    }

    #[test]
    fn a_role_and_its_resource() {
        let hour = 3600;
        check_roles(&[(0, "g"), (500, "g")], &[(0, "Disk 1"), (500, "Disk 1")], Some(true));
        check_roles(
            &[(0, "sql"), (500, "sql")],
            &[(0, "Virtual Machine sql"), (500, "Virtual Machine sql")],
            Some(true),
        );
        let later = [(hour, "Virtual Machine sql"), (hour + 500, "Virtual Machine sql")];
        check_roles(&[(0, "sql"), (500, "sql")], &later, Some(false));
        // One moment may be by chance, however many lines tell it.
        check_roles(
            &[(0, "sql"), (9, "sql")],
            &[(0, "Virtual Machine sql"), (9, "Virtual Machine sql")],
            None,
        );
        // Another role, another time, nothing that says which role holds it.
        check_roles(&[(0, "sql")], &[(0, "Virtual Machine web")], None);
        check_roles(&[(0, "g")], &[(9, "Disk 1")], None);
        check_roles(&[(0, "h")], &[(0, "Disk 2")], None);
        // A disk whose role is not told, and a role that holds some disk.
        let id = "1f0c2d3e-4b5a-4968-8776-655443322110";
        check_roles(&[(0, id), (500, id)], &[(0, "Disk 2"), (500, "Disk 2")], Some(true));
        check_roles(&[(0, id), (500, id)], &[(0, "Disk 2"), (501, "Disk 2")], None);
        // One moment, and others that could have been paired: chance.
        check_roles(&[(0, "g"), (7000, "g")], &[(0, "Disk 1")], None);
    }

    #[test]
    fn told_by_two_logs_of_one_node() {
        let (hour, day) = (3600, 86_400);
        check(&[(0, "b"), (500, "a")], &[(0, "b"), (500, "a")], Some(true));
        check(&[(0, "b"), (500, "a")], &[(hour, "b"), (500 + hour, "a")], Some(false));
        check(&[(0, "b")], &[(0, "b")], None);
        check(&[(0, "b")], &[(0, "c")], None);
        check(&[(0, "b")], &[(7, "b")], None);
        check(&[(0, "b")], &[(2 * day, "b")], None);
        // Repeated moves pair wrongly as well: the offset with the most pairs counts, a draw proves nothing.
        check(&[(0, "b"), (hour, "b"), (5000, "b")], &[(0, "b"), (hour, "b"), (5000, "b")], Some(true));
        check(&[(0, "b"), (hour, "b")], &[(0, "b")], None);
    }
}
