//! Keeps out stray logs of other clusters. Support cases are known to hold them (a `node1_Cluster.log` that
//! belongs to somebody else), and one of them makes every conclusion wrong.
//!
//! Inputs belong together by what clusters have of their own: the cluster's id, the ids of its nodes, networks, groups
//! and resources; then by its name and by the names of its nodes, which other clusters may have too. A contradiction
//! sets an input apart: another cluster id, another cluster name, lists of objects with nothing in common, two lists of
//! members with nobody in common. Saying nothing contradicts nothing: an input that names no cluster, or a node that
//! no other input mentions, stays in, so that a cluster with partial information is never split. A log that nothing
//! ties to the others is kept out only where something speaks against it (see `stray`).
//!
//! A snapshot of a whole cluster that names no node, where no other input names a cluster, may be of this cluster
//! or of any other: it stays, and what it says of the whole cluster decides nothing.

mod identity;
mod stray;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::Input;
use crate::fact::{Claim, Fact, GroupRef, Guid, Name, ResourceClaim, ResourceRef};
use crate::ledger::{NoteKind, Severity};
use crate::source::{ObjectKind, Outcome};
use identity::Identity;

/// An input of another cluster.
const OTHER_CLUSTER: NoteKind = NoteKind {
    name: "other_cluster",
    severity: Severity::Notice,
    advice: "It belongs to another cluster than most of the bundle and was kept out. To look into that cluster, \
             analyse its files alone.",
};

/// A log that may be of another cluster.
pub const NOT_OF_THIS_CLUSTER: NoteKind = NoteKind {
    name: "nothing_ties_it_to_the_cluster",
    severity: Severity::Notice,
    advice: "Nothing shows that it is of the cluster that most of the bundle is of, and something speaks against it; it \
             was kept out. If it is of this cluster, say of which node with --node-of.",
};

/// An input of a cluster that nothing ties to the nodes of the bundle.
const CLUSTER_NOT_CONFIRMED: NoteKind = NoteKind {
    name: "cluster_not_confirmed",
    severity: Severity::Notice,
    advice: "It names a cluster, and no other input tells whether the nodes are of that cluster; what it says of \
             the whole cluster was left out. Hand in Get-ClusterNode of the same cluster too.",
};

/// Inputs that belong together.
#[derive(Clone, Debug, Default)]
struct Party {
    identity: Identity,
    inputs: Vec<usize>,
    facts: usize,
}

/// Which inputs are kept out, in their order; each gets a note.
pub(super) fn keep_out(inputs: &[Input], nodes: &[Option<Name>], read: &mut [Outcome]) -> Vec<bool> {
    let mut foreign = vec![false; read.len()];
    let tied = tied(nodes, read);
    let parties = joined(tied.clone());
    // The cluster that most inputs speak of; of two, the one with more to say. Machines
    // that name no cluster contradict nobody and cannot be the measure; nor can a name without a machine, where
    // there is another.
    let Some(main) = parties.iter().min_by_key(|p| {
        let measure = (!p.identity.of_a_cluster(), p.identity.floats());
        (measure, Reverse(p.inputs.len()), Reverse(p.facts))
    }) else {
        return foreign;
    };
    let has_machines = parties.iter().any(|party| !party.identity.floats());
    if has_machines {
        let anchored = !main.identity.floats();
        let known =
            |p: &Party| anchored && (p.identity == main.identity || p.identity.contradicts(&main.identity));
        for party in parties.iter().filter(|party| party.identity.floats() && !known(party)) {
            for &at in &party.inputs {
                let reading = &mut read[at].reading;
                let told = party.identity.told(&main.identity);
                reading.tally.note(&CLUSTER_NOT_CONFIRMED, None, Some(told));
                reading.facts.retain(|fact| !matches!(fact.claim, Claim::Cluster(_)));
                reading.cluster = None;
            }
        }
        if !anchored {
            return foreign;
        }
    }
    for party in parties.iter().filter(|party| party.identity.contradicts(&main.identity)) {
        let (told, bundle) = (party.identity.told(&main.identity), main.identity.told(&party.identity));
        for &at in &party.inputs {
            foreign[at] = true;
            read[at].reading.tally.note(&OTHER_CLUSTER, None, Some(format!("{told}; the bundle: {bundle}")));
        }
    }
    for (at, reason) in stray::find(inputs, nodes, read, &tied, &foreign) {
        foreign[at] = true;
        read[at].reading.tally.note(&NOT_OF_THIS_CLUSTER, None, Some(reason));
    }
    foreign
}

/// Inputs that tell anything of their cluster, together where an id ties them.
fn tied(nodes: &[Option<Name>], read: &[Outcome]) -> Vec<Party> {
    // Few identities are distinct: inputs of one node tell the same.
    // Not so logs, of which one may be a stray.
    let mut distinct: BTreeMap<(Identity, Option<usize>), (Vec<usize>, usize)> = BTreeMap::new();
    for (at, (outcome, node)) in read.iter().zip(nodes).enumerate() {
        let reading = &outcome.reading;
        let identity = Identity {
            ids: reading.cluster_id.into_iter().collect(),
            names: reading.cluster.iter().map(|name| Name::node(name.as_str())).collect(),
            nodes: node.iter().cloned().collect(),
            members: reading.members.iter().cloned().collect(),
            objects: reading.objects.clone(),
            named: reading.facts.iter().flat_map(named).collect(),
        };
        if !identity.nothing() {
            let log = (outcome.kind == "cluster_log").then_some(at);
            let (inputs, facts) = distinct.entry((identity, log)).or_default();
            inputs.push(at);
            *facts += reading.facts.len();
        }
    }
    let mut parties: Vec<Party> = Vec::with_capacity(distinct.len());
    // Where each party went, and who speaks of an object or of a cluster's id.
    let mut went: Vec<usize> = Vec::with_capacity(distinct.len());
    let mut holders: BTreeMap<(Option<ObjectKind>, Guid), usize> = BTreeMap::new();
    for ((identity, _), (inputs, facts)) in distinct {
        let own = parties.len();
        let ids = identity.ids.iter().map(|id| (None, *id));
        let keys: Vec<_> = ids.chain(identity.objects().map(|(kind, id)| (Some(*kind), *id))).collect();
        let held = keys.iter().filter_map(|key| holders.get(key));
        let held: BTreeSet<usize> = held.map(|&at| end(&went, at)).collect();
        parties.push(Party { identity, inputs, facts });
        went.push(own);
        for key in keys {
            holders.entry(key).or_insert(own);
        }
        for other in held {
            let (home, other) = (end(&went, own), end(&went, other));
            if home != other && parties[other].identity.tied(&parties[home].identity) {
                // Its place stays, empty, so that the places of the others stay too.
                let joined = std::mem::take(&mut parties[home]);
                parties[other].join(joined);
                went[home] = other;
            }
        }
    }
    parties.retain(|party| !party.inputs.is_empty());
    parties
}

fn end(went: &[usize], mut at: usize) -> usize {
    while went[at] != at {
        at = went[at];
    }
    at
}

/// The ids of cluster objects that a fact names.
fn named(fact: &Fact) -> Vec<(ObjectKind, Guid)> {
    let group = |group: &GroupRef| {
        // The group of a shared volume's disk bears its id as its name.
        let by_name = group.name.as_ref().and_then(|name| Guid::parse(name.as_str()));
        group.id.or(by_name).map(|id| (ObjectKind::Group, id))
    };
    let resource = |resource: &ResourceRef| resource.id.map(|id| (ObjectKind::Resource, id));
    let all = match &fact.claim {
        Claim::Group(one, _) => [group(one), None],
        Claim::Resource(one, ResourceClaim::InGroup(holder)) => [resource(one), group(holder)],
        Claim::Resource(one, _) => [resource(one), None],
        Claim::Volume(volume, _) => [volume.resource_id.map(|id| (ObjectKind::Resource, id)), None],
        _ => [None, None],
    };
    all.into_iter().flatten().filter(|(_, id)| id.0 != [0; 16]).collect()
}

impl Party {
    fn join(&mut self, other: Self) {
        self.identity.join(other.identity);
        self.inputs.extend(other.inputs);
        self.inputs.sort_unstable();
        self.facts += other.facts;
    }
}

/// Joined where they surely belong together.
fn joined(mut parties: Vec<Party>) -> Vec<Party> {
    // Who tells most comes first, so that the vague join the many and not the stray; no path decides.
    parties.sort_by_key(|p| Reverse(p.inputs.len()));
    let mut at = 0;
    while at < parties.len() {
        match (at + 1..parties.len()).find(|&other| parties[at].identity.same(&parties[other].identity)) {
            Some(other) => {
                let joined = parties.remove(other);
                parties[at].join(joined);
            }
            None => at += 1,
        }
    }
    parties
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Bundle, Options};
    use crate::fact::{Channel, ClockClaim, ClusterClaim, Coverage, GroupClaim, Origin, Place, Stamp};
    use crate::source::Reading;

    /// Each input as `node | cluster | id digit | members | objects | log`; the positions that are kept out.
    ///
    /// Objects: kind and number, `n1 g2` (network, group; `!n` says that all networks are listed, `?g2` names a group in
    /// passing). Log: the hours at which a cluster.log tells something.
    fn check(inputs: &[&str], expect: &[usize]) {
        check_both(inputs, expect, &[]);
    }

    /// The same with the positions that are not confirmed.
    fn check_both(inputs: &[&str], expect: &[usize], unconfirmed: &[usize]) {
        let foreign = told(inputs, &[&OTHER_CLUSTER], unconfirmed);
        assert_eq!(foreign, expect, "{inputs:#?}");
    }

    /// Logs that are kept out because nothing ties them.
    fn check_stray(inputs: &[&str], expect: &[usize]) {
        assert_eq!(told(inputs, &[&NOT_OF_THIS_CLUSTER], &[]), expect, "{inputs:#?}");
    }

    fn guid(number: &str) -> Option<Guid> {
        Guid::parse(&format!("0000000{number}-0000-0000-0000-000000000000"))
    }

    fn objects(told: &str, reading: &mut Reading, origin: Origin) {
        for word in told.split_whitespace() {
            let bare = word.trim_start_matches(['!', '?']);
            let kind = if bare.starts_with('n') { ObjectKind::Network } else { ObjectKind::Group };
            if word.starts_with('!') {
                reading.objects.whole.insert(kind);
            } else if word.starts_with('?') {
                let group = GroupRef { name: None, id: guid(&bare[1..]) };
                let claim = Claim::Group(group, GroupClaim::Named);
                reading.facts.push(Fact::new(Stamp::Collected, origin, claim));
            } else {
                reading.objects.listed.extend(guid(&bare[1..]).map(|id| (kind, id)));
            }
        }
    }

    fn told(inputs: &[&str], kinds: &[&NoteKind], unconfirmed: &[usize]) -> Vec<usize> {
        let files = (0..inputs.len()).map(|at| (format!("{at:02}"), vec![1]));
        let bundle = Bundle::from_memory(files, &Options::default());
        let mut nodes = Vec::new();
        let mut read = Vec::new();
        for (input, told) in bundle.inputs.iter().zip(inputs) {
            let mut parts = told.split('|').map(str::trim);
            let mut part = || parts.next().unwrap_or_default();
            let mut reading = Reading::new(input);
            let named = |text: &str| Some(Name::new(text)).filter(|n| !n.is_empty());
            nodes.push(named(part()));
            reading.cluster = named(part());
            reading.cluster_id = guid(part());
            reading.members = part().split_whitespace().map(Name::new).collect();
            let origin = Origin { input: input.id, offset: 0, place: Place::Offset };
            let claims =
                [Claim::Cluster(ClusterClaim::SpacesDirect(true)), Claim::Clock(ClockClaim::SnapshotTaken)];
            reading.facts = claims.map(|claim| Fact::new(Stamp::Collected, origin, claim)).to_vec();
            objects(part(), &mut reading, origin);
            let hours = part().split_whitespace().filter_map(|hour| hour.parse::<i64>().ok());
            let stamps: Vec<Stamp> = hours.map(|hour| Stamp::File(hour * 3_601_000_000_000)).collect();
            let claim = Claim::Clock(ClockClaim::SnapshotTaken);
            reading.facts.extend(stamps.iter().map(|stamp| Fact::new(*stamp, origin, claim.clone())));
            if let (Some(&from), Some(&to)) = (stamps.first(), stamps.last()) {
                let channel = Channel::ClusterEngine;
                reading.coverage.push(Coverage { input: input.id, reporter: None, channel, from, to });
            }
            let kind = if stamps.is_empty() { "test" } else { "cluster_log" };
            read.push(Outcome { kind, reading });
        }
        let before: Vec<usize> = read.iter().map(|outcome| outcome.reading.facts.len()).collect();
        let foreign = keep_out(&bundle.inputs, &nodes, &mut read);
        let out: Vec<usize> = (0..foreign.len()).filter(|&at| foreign[at]).collect();
        let noted = |kinds: &[&NoteKind]| -> Vec<usize> {
            let has =
                |at: &usize| read[*at].reading.tally.notes.iter().any(|note| kinds.contains(&note.kind));
            (0..read.len()).filter(has).collect()
        };
        assert_eq!((noted(kinds), noted(&[&CLUSTER_NOT_CONFIRMED])), (out.clone(), unconfirmed.to_vec()));
        for (at, outcome) in read.iter().enumerate() {
            let decides = outcome.reading.facts.len() == before[at];
            assert_eq!(decides, !unconfirmed.contains(&at), "{at}: {inputs:#?}");
        }
        out
    }

    #[test]
    fn strays_are_kept_out() {
        check(&["a|prod|1|a b", "b|prod|1|a b", "x|lab|2|x y"], &[2]);
        check(&["a|prod||", "b|prod||", "x|lab||"], &[2]);
        check(&["a||1|", "b||1|", "x||2|", "x|||"], &[2, 3]);
        check(&["x|||x y", "a|||a b", "b|||a b", "a|||"], &[0]);
        check(&["w|||", "w|||", "w|||", "a|||a b", "b|||a b", "x|||x y"], &[5]);
        // Nodes that are called alike, of two clusters with other names and ids.
        check(&["node1|prod|1|node1 node2", "node2|prod|1|node1 node2", "node1|lab|2|node1 node3"], &[2]);
    }

    #[test]
    fn nodes_that_are_called_alike() {
        // Other networks and groups, whatever the nodes' names; one list is whole, the other may be a choice.
        check(&["a|||a b|!n n1 n2", "b|||a b|!n n1 n2", "a|||a b|!n n3 n4"], &[2]);
        check(&["a|||a b|!n n1 n2", "b|||a b", "a|||", "a|||a b|n3"], &[3]);
        check(&["b|||a b|!g g1", "b|||", "a|||a b|!g g2 !n n1", "a|||b|g1"], &[2]);
        // A choice against a choice, another kind, or only one in common: no contradiction.
        check(&["a|||a b|n1", "b|||a b|n2"], &[]);
        check(&["a|||a b|!n n1", "b|||a b|!g g2"], &[]);
        check(&["a|||a b|!n n1 n2 !g g1", "b|||a b|!n n1 n3 !g g2"], &[]);
        check(&["a|||a b|!n n1", "b|||a b|!n n3 ?g7", "a|||a b|?g7 !n n1"], &[]);
        // What is named in passing ties and contradicts nothing.
        check(&["a|||a b|!g g1", "a||||?g9"], &[]);
        // A list of networks without a name is of the cluster that has them.
        check(&["a|||a b|!n n1", "b|||a b|!n n1", "|lab|1||n1"], &[]);
        check(&["a|prod||a b|!n n1", "b|prod||a b|!n n1", "|lab|1||n1"], &[2]);
    }

    #[test]
    fn logs_that_nothing_ties() {
        let own = ["a|||a b||100 101", "b|||a b||100 102"];
        let with = |more: &[&'static str]| [&own[..], more].concat();
        // Nothing speaks against them: another node that nobody lists, the same node before and after.
        check_stray(&with(&["a|||||90 99", "a|||||103 104"]), &[]);
        check_stray(&["a|||||100", "b|||||100", "c|||||100"], &[]);
        // Of no node of the cluster; of another month; beside the node's own log; of other groups.
        check_stray(&with(&["c|||||100"]), &[2]);
        check_stray(&with(&["b|||||900 901"]), &[2]);
        let tied = ["a|||a b|?g1|100 110 120", "b|||a b|?g1|100 102"];
        check_stray(&[&tied[..], &["a|||||105 115"]].concat(), &[2]);
        check_stray(&[&tied[..], &["a|||||90 100 110"]].concat(), &[]);
        check_stray(&with(&["|||||100 101", "|||a b|g1", "b||||?g2|100"]), &[4]);
        check_stray(&with(&["|||a b|g1 g2", "b||||?g2|100", "c||||?g1|100"]), &[]);
        // It names its cluster.
        check_stray(&["a|prod||a b||100", "b|prod||a b||100", "c|prod||||900"], &[]);
    }

    #[test]
    fn a_cluster_without_nodes() {
        // Its name, or that of its networks, contradicts; an id that two names share proves nothing.
        check(&["a|prod||a b", "b|||", "|lab|1|"], &[2]);
        check(
            &["a|prod|1|a b", "|prod||", "b|prod||", "|prod|1|", "x|||", "|lab||x y", "|lab|1|"],
            &[4, 5, 6],
        );
        check(&["a|prod||", "|prod|1|", "|lab|1|"], &[2]);
        // Nobody else names a cluster: it may be this one.
        check_both(&["a|||a b", "b|||a b", "|lab|1|"], &[], &[2]);
        check_both(&["a|||", "b|||", "|lab|1|", "|lab||"], &[], &[2, 3]);
        check_both(&["a|||", "b|||", "|lab|1|", "|prod|2|"], &[], &[2, 3]);
        // Named again by what names a node, or nobody there to be judged by it.
        check(&["a|||a b", "|lab|1|", "|lab||a b"], &[]);
        check(&["a|lab||", "|lab|1|"], &[]);
        check(&["|lab|1|", "|lab||"], &[]);
    }

    #[test]
    fn partial_information_never_splits() {
        check(&["a|||", "b|||", "c|||"], &[]);
        check(&["a|prod|1|a b", "c|||", "||| "], &[]);
        check(&["a|prod|1|a b", "c|||c"], &[]);
        // Renamed; and an id that another source means differently.
        check(&["a|old||a b", "b|new||a b"], &[]);
        check(&["a|prod|1|a b", "b|prod|2|a b"], &[]);
        check(&["a|prod.corp.example|1|", "b|PROD||", "||1|"], &[]);
        // Joined through a third input.
        check(&["a|||a b", "c|||c d", "|||b c"], &[]);
        check(&[], &[]);
    }
}
