//! Which cluster an input says it is of, and when two of them are one cluster, are two, or may be either.

use std::collections::BTreeSet;

use crate::fact::{Guid, Name};
use crate::source::{ObjectKind, Objects};

/// What is known of the cluster that some inputs come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    pub(super) ids: BTreeSet<Guid>,
    pub(super) names: BTreeSet<Name>,
    /// Nodes whose own inputs these are.
    pub(super) nodes: BTreeSet<Name>,
    /// Members by the inputs' own account.
    pub(super) members: BTreeSet<Name>,
    /// Objects of the cluster, in lists.
    pub(super) objects: Objects,
    /// Objects that are named in passing: they tie, and their absence elsewhere says little.
    pub(super) named: BTreeSet<(ObjectKind, Guid)>,
}

pub(super) fn apart<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> bool {
    !a.is_empty() && !b.is_empty() && a.is_disjoint(b)
}

impl Identity {
    pub(super) fn nothing(&self) -> bool {
        self == &Self::default()
    }

    /// Nodes and members.
    pub(super) fn machines(&self) -> impl Iterator<Item = &Name> {
        self.nodes.iter().chain(&self.members)
    }

    pub(super) fn shares_nodes(&self, other: &Self) -> bool {
        self.machines().any(|name| other.nodes.contains(name) || other.members.contains(name))
    }

    /// Every object that they speak of.
    pub(super) fn objects(&self) -> impl Iterator<Item = &(ObjectKind, Guid)> {
        self.objects.listed.iter().chain(&self.named)
    }

    pub(super) fn shares_objects(&self, other: &Self) -> bool {
        self.objects().any(|object| other.objects.listed.contains(object) || other.named.contains(object))
    }

    /// Both list objects of one kind, one of them all that there are, and have none of any kind in common: whatever
    /// their nodes are called, they are not of one cluster.
    pub(super) fn other_objects(&self, other: &Self) -> bool {
        let lists = |objects: &Objects, kind| objects.listed.iter().any(|(have, _)| *have == kind);
        let (one, two) = (&self.objects, &other.objects);
        let all_against_some =
            one.whole.iter().any(|kind| lists(two, *kind)) || two.whole.iter().any(|kind| lists(one, *kind));
        all_against_some && !self.shares_objects(other)
    }

    /// One cluster by an id that no other has. Copies share ids: what calls itself otherwise and shares no node is not
    /// taken for a renamed cluster, nor are two sets of nodes, one of them a list, taken for one.
    pub(super) fn tied(&self, other: &Self) -> bool {
        let id = !self.ids.is_disjoint(&other.ids) || self.shares_objects(other);
        let nobody = self.floats() || other.floats();
        let listed = self.listed() || other.listed();
        id && !nobody && (self.shares_nodes(other) || !listed && !apart(&self.names, &other.names))
    }

    /// Surely the same cluster.
    pub(super) fn same(&self, other: &Self) -> bool {
        if !self.ids.is_disjoint(&other.ids) && !apart(&self.names, &other.names) {
            return true;
        }
        if self.other_objects(other) {
            return false;
        }
        let floats = self.floats() || other.floats();
        if floats && self.shares_objects(other) && !apart(&self.names, &other.names) {
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

    pub(super) fn of_a_cluster(&self) -> bool {
        self.listed() || !self.ids.is_empty() || !self.names.is_empty()
    }

    /// Names a cluster and nobody in it.
    pub(super) fn floats(&self) -> bool {
        self.nodes.is_empty() && self.members.is_empty()
    }

    /// Surely another cluster.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        if self.same(other) {
            return false;
        }
        let strangers = self.listed() && other.listed() && apart(&self.members, &other.members);
        let called = apart(&self.ids, &other.ids) || apart(&self.names, &other.names);
        called || strangers || self.other_objects(other)
    }

    pub(super) fn join(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.names.extend(other.names);
        self.nodes.extend(other.nodes);
        self.members.extend(other.members);
        self.objects.listed.extend(other.objects.listed);
        self.objects.whole.extend(other.objects.whole);
        self.named.extend(other.named);
    }

    /// For the note at what is kept out.
    pub(super) fn told(&self, other: &Self) -> String {
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
        if self.other_objects(other) {
            let count = |kind| self.objects.listed.iter().filter(|(have, _)| *have == kind).count();
            let kinds = [
                (ObjectKind::Node, "node"),
                (ObjectKind::Network, "network"),
                (ObjectKind::Group, "group"),
                (ObjectKind::Resource, "resource"),
            ];
            let counts = kinds.map(|(kind, word)| (count(kind), word));
            let lists: Vec<String> = counts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{count} {word} id{}", if *count == 1 { "" } else { "s" }))
                .collect();
            parts.push(format!("{} of its own", lists.join(", ")));
        }
        parts.join(", ")
    }
}
