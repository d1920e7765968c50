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
const NOT_OF_THIS_CLUSTER: NoteKind = NoteKind {
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
    // The cluster that most inputs speak of; of two, the one with more to say, then the first by path. Machines
    // that name no cluster contradict nobody and cannot be the measure; nor can a name without a machine, where
    // there is another.
    let Some(main) = parties.iter().min_by_key(|p| {
        let measure = (!p.identity.of_a_cluster(), p.identity.floats());
        (measure, Reverse(p.inputs.len()), Reverse(p.facts), p.inputs.first().copied())
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
    let mut distinct: BTreeMap<Identity, (Vec<usize>, usize)> = BTreeMap::new();
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
            let (inputs, facts) = distinct.entry(identity).or_default();
            inputs.push(at);
            *facts += reading.facts.len();
        }
    }
    let mut parties: Vec<Party> = Vec::with_capacity(distinct.len());
    // Where each party went, and who speaks of an object or of a cluster's id.
    let mut went: Vec<usize> = Vec::with_capacity(distinct.len());
    let mut holders: BTreeMap<(Option<ObjectKind>, Guid), usize> = BTreeMap::new();
    for (identity, (inputs, facts)) in distinct {
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
            if parties[other].identity.tied(&parties[own].identity) {
                // Its place stays, empty, so that the places of the others stay too. The larger takes the smaller.
                let home = end(&went, own);
                let (from, to) = if home == own { (own, other) } else { (other, home) };
                let joined = std::mem::take(&mut parties[from]);
                parties[to].join(joined);
                went[from] = to;
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
    // Who tells most comes first, so that the vague join the many and not the stray.
    parties.sort_by_key(|p| (Reverse(p.inputs.len()), p.inputs.first().copied()));
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
    use crate::fact::{ClockClaim, ClusterClaim, Fact, Origin, Place, Stamp};
    use crate::source::Reading;

    /// Each input as `node | cluster | id digit | members`; the positions that are kept out.
    fn check(inputs: &[&str], expect: &[usize]) {
        check_both(inputs, expect, &[]);
    }

    /// The same with the positions that are not confirmed.
    fn check_both(inputs: &[&str], expect: &[usize], unconfirmed: &[usize]) {
        let files = (0..inputs.len()).map(|at| (format!("{at:02}"), vec![1]));
        let bundle = Bundle::from_memory(files, &Options::default());
        let mut nodes = Vec::new();
        let mut read = Vec::new();
        for (input, told) in bundle.inputs.iter().zip(inputs) {
            let parts: Vec<&str> = told.split('|').map(str::trim).collect();
            let mut reading = Reading::new(input);
            let named = |text: &str| Some(Name::new(text)).filter(|n| !n.is_empty());
            reading.cluster = named(parts[1]);
            reading.cluster_id = Guid::parse(&format!("0000000{}-0000-0000-0000-000000000000", parts[2]));
            reading.members = parts[3].split_whitespace().map(Name::new).collect();
            let origin = Origin { input: input.id, offset: 0, place: Place::Offset };
            let claims =
                [Claim::Cluster(ClusterClaim::SpacesDirect(true)), Claim::Clock(ClockClaim::SnapshotTaken)];
            reading.facts = claims.map(|claim| Fact::new(Stamp::Collected, origin, claim)).to_vec();
            nodes.push(named(parts[0]));
            read.push(Outcome { kind: "test", reading });
        }
        let foreign = keep_out(&bundle.inputs, &nodes, &mut read);
        let out: Vec<usize> = (0..foreign.len()).filter(|&at| foreign[at]).collect();
        assert_eq!(out, expect, "{inputs:#?}");
        let noted = |kind: &NoteKind| -> Vec<usize> {
            let has = |at: &usize| read[*at].reading.tally.notes.iter().any(|note| note.kind == kind);
            (0..read.len()).filter(has).collect()
        };
        assert_eq!((noted(&OTHER_CLUSTER), noted(&CLUSTER_NOT_CONFIRMED)), (out, unconfirmed.to_vec()));
        for (at, outcome) in read.iter().enumerate() {
            let decides = outcome.reading.facts.len() == 2;
            assert_eq!(decides, !unconfirmed.contains(&at), "{at}: {inputs:#?}");
        }
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
