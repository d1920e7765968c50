//! Keeps out stray logs of other clusters. Support cases are known to hold them (a `node1_Cluster.log` that
//! belongs to somebody else), and one of them makes every conclusion wrong.
//!
//! Only a contradiction sets an input apart: another cluster id, another cluster name, or two lists of members
//! with nobody in common. Saying nothing contradicts nothing: an input that names no cluster, or a node that no
//! other input mentions, stays in, so that a cluster with partial information is never split.
//!
//! A snapshot of a whole cluster that names no node, where no other input names a cluster, may be of this cluster
//! or of any other: it stays, and what it says of the whole cluster decides nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::fact::{Claim, Guid, Name};
use crate::ledger::{NoteKind, Severity};
use crate::source::Outcome;

/// An input of another cluster.
const OTHER_CLUSTER: NoteKind = NoteKind {
    name: "other_cluster",
    severity: Severity::Notice,
    advice: "It belongs to another cluster than most of the bundle and was kept out. To look into that cluster, \
             analyse its files alone.",
};

/// An input of a cluster that nothing ties to the nodes of the bundle.
const CLUSTER_NOT_CONFIRMED: NoteKind = NoteKind {
    name: "cluster_not_confirmed",
    severity: Severity::Notice,
    advice: "It names a cluster, and no other input tells whether the nodes are of that cluster; what it says of \
             the whole cluster was left out. Hand in Get-ClusterNode of the same cluster too.",
};

/// What is known of the cluster that some inputs come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    ids: BTreeSet<Guid>,
    names: BTreeSet<Name>,
    /// Nodes whose own inputs these are.
    nodes: BTreeSet<Name>,
    /// Members by the inputs' own account.
    members: BTreeSet<Name>,
}

/// Inputs that belong together.
#[derive(Clone, Debug, Default)]
struct Party {
    identity: Identity,
    inputs: Vec<usize>,
    facts: usize,
}

fn apart<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> bool {
    !a.is_empty() && !b.is_empty() && a.is_disjoint(b)
}

impl Identity {
    fn nothing(&self) -> bool {
        self == &Self::default()
    }

    fn shares_nodes(&self, other: &Self) -> bool {
        let all = |i: &Self| i.nodes.union(&i.members).cloned().collect::<BTreeSet<_>>();
        !all(self).is_disjoint(&all(other))
    }

    /// Surely the same cluster.
    fn same(&self, other: &Self) -> bool {
        // What calls itself otherwise and shares no node is not taken for a renamed cluster: copies share ids.
        if !self.ids.is_disjoint(&other.ids) && !apart(&self.names, &other.names) {
            return true;
        }
        let other_id = apart(&self.ids, &other.ids);
        if !self.names.is_disjoint(&other.names) && !other_id {
            return true;
        }
        // Clusters get renamed, and sources mean different things by "id"; both at once on shared nodes is
        // two clusters whose nodes are called alike.
        self.shares_nodes(other) && !(other_id && apart(&self.names, &other.names))
    }

    /// A list of members, and not a node that names itself.
    fn listed(&self) -> bool {
        self.members.len() >= 2
    }

    fn of_a_cluster(&self) -> bool {
        self.listed() || !self.ids.is_empty() || !self.names.is_empty()
    }

    /// Names a cluster and nobody in it.
    fn floats(&self) -> bool {
        self.nodes.is_empty() && self.members.is_empty()
    }

    /// Surely another cluster.
    fn contradicts(&self, other: &Self) -> bool {
        if self.same(other) {
            return false;
        }
        let strangers = self.listed() && other.listed() && apart(&self.members, &other.members);
        apart(&self.ids, &other.ids) || apart(&self.names, &other.names) || strangers
    }

    fn join(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.names.extend(other.names);
        self.nodes.extend(other.nodes);
        self.members.extend(other.members);
    }

    fn told(&self) -> String {
        let list = |names: &BTreeSet<Name>| names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.names.is_empty() {
            parts.push(format!("cluster {}", list(&self.names)));
        }
        if !self.ids.is_empty() {
            let ids: Vec<String> = self.ids.iter().map(ToString::to_string).collect();
            parts.push(format!("id {}", ids.join(", ")));
        }
        let members = if self.members.is_empty() { &self.nodes } else { &self.members };
        if !members.is_empty() {
            parts.push(format!("nodes {}", list(members)));
        }
        parts.join(", ")
    }
}

/// Which inputs belong to another cluster, in their order; each gets a note.
pub(super) fn keep_out(nodes: &[Option<Name>], read: &mut [Outcome]) -> Vec<bool> {
    let mut foreign = vec![false; read.len()];
    let parties = parties(nodes, read);
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
                reading.tally.note(&CLUSTER_NOT_CONFIRMED, None, Some(party.identity.told()));
                reading.facts.retain(|fact| !matches!(fact.claim, Claim::Cluster(_)));
                reading.cluster = None;
            }
        }
        if !anchored {
            return foreign;
        }
    }
    for party in parties.iter().filter(|party| party.identity.contradicts(&main.identity)) {
        let detail = format!("{}; the bundle: {}", party.identity.told(), main.identity.told());
        for &at in &party.inputs {
            foreign[at] = true;
            read[at].reading.tally.note(&OTHER_CLUSTER, None, Some(detail.clone()));
        }
    }
    foreign
}

/// Inputs that tell anything of their cluster, joined where they surely belong together.
fn parties(nodes: &[Option<Name>], read: &[Outcome]) -> Vec<Party> {
    // Few identities are distinct: inputs of one node tell the same.
    let mut distinct: BTreeMap<Identity, Party> = BTreeMap::new();
    for (at, (outcome, node)) in read.iter().zip(nodes).enumerate() {
        let reading = &outcome.reading;
        let identity = Identity {
            ids: reading.cluster_id.into_iter().collect(),
            names: reading.cluster.iter().map(|name| Name::node(name.as_str())).collect(),
            nodes: node.iter().cloned().collect(),
            members: reading.members.iter().cloned().collect(),
        };
        if !identity.nothing() {
            let party = distinct.entry(identity.clone()).or_default();
            party.identity = identity;
            party.inputs.push(at);
            party.facts += reading.facts.len();
        }
    }
    let mut parties: Vec<Party> = distinct.into_values().collect();
    // Who tells most comes first, so that the vague join the many and not the stray.
    parties.sort_by_key(|p| (Reverse(p.inputs.len()), p.inputs.first().copied()));
    let mut at = 0;
    while at < parties.len() {
        match (at + 1..parties.len()).find(|&other| parties[at].identity.same(&parties[other].identity)) {
            Some(other) => {
                let joined = parties.remove(other);
                let party = &mut parties[at];
                party.identity.join(joined.identity);
                party.inputs.extend(joined.inputs);
                party.inputs.sort_unstable();
                party.facts += joined.facts;
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
        let foreign = keep_out(&nodes, &mut read);
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
