//! What objects mean, one file a cmdlet or tool, whatever syntax carried them.
//!
//! An object is recognised by its type names, else (JSON and text have none) by its set of properties. The
//! name of the file is asked only where the columns of a text table fit two cmdlets. Namespaces differ between
//! builds and a `Deserialized.` or `Selected.` stands before many types, so the last part decides.

mod cluster;
mod cluster_info;
mod cluster_network_interface;
mod csv;
mod csv_state;
mod dedup_volume;
mod disk;
mod fltmc;
mod group;
mod hard_disk;
mod hot_fix;
mod mpclaim;
mod net_adapter_binding;
mod net_ip_address;
mod network;
mod node;
mod operating_system;
mod owner_node;
mod parameter;
mod resource;
mod smb_configuration;
mod smb_multichannel;
mod virtual_disk;
mod vm;
mod volume;

use super::object::{Node, Object};
use crate::fact::{Claim, Guid, Name, Stamp};
use crate::ledger::NoteKind;
use crate::source::ObjectKind;

/// Every cmdlet and tool.
pub(super) static CMDLETS: &[Cmdlet] = &[
    csv_state::CMDLET,
    csv::CMDLET,
    csv::INFO,
    cluster::CMDLET,
    node::CMDLET,
    group::CMDLET,
    resource::CMDLET,
    owner_node::CMDLET,
    network::CMDLET,
    cluster_network_interface::CMDLET,
    net_ip_address::CMDLET,
    net_adapter_binding::CMDLET,
    smb_multichannel::CMDLET,
    smb_configuration::CLIENT,
    smb_configuration::SERVER,
    parameter::CMDLET,
    vm::CMDLET,
    hard_disk::CMDLET,
    volume::CMDLET,
    dedup_volume::CMDLET,
    disk::CMDLET,
    virtual_disk::CMDLET,
    operating_system::CMDLET,
    hot_fix::CMDLET,
    cluster_info::CMDLET,
    fltmc::FILTERS,
    fltmc::INSTANCES,
    mpclaim::DISKS,
    mpclaim::PATHS,
];

/// One cmdlet: how its objects look and what they say.
pub(super) struct Cmdlet {
    /// As the user types it.
    pub(super) name: &'static str,
    /// Namespace part and last part of the type names.
    pub(super) types: &'static [(&'static str, &'static str)],
    /// Do the properties look like it? Asked only where there is no telling type name.
    pub(super) fits: fn(&Object) -> bool,
    /// Part of its own or its usual file's name, lower case and letters only, for ties.
    pub(super) file: &'static str,
    /// The properties that identify the object and decide what it says: what a quote shows.
    pub(super) decisive: &'static [&'static str],
    /// Whom it speaks of.
    pub(super) scope: Scope,
    /// What it says.
    pub(super) says: fn(&Object, &mut Said),
}

/// Whom the objects of a cmdlet speak of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The cluster; where a node matters, the object names it.
    Cluster,
    /// The node that they were gathered on.
    Node,
    /// The objects inside are entries of their own.
    Container,
}

/// What one object came to.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The claims with their stamps.
    pub(super) claims: Vec<(Stamp, Claim)>,
    /// The node that a node's own object was gathered on.
    pub(super) own: Option<Name>,
    /// The cluster's name.
    pub(super) cluster: Option<Name>,
    /// The cluster's id.
    pub(super) cluster_id: Option<Guid>,
    /// Members of the cluster.
    pub(super) members: Vec<Name>,
    /// Objects of the cluster with their ids.
    pub(super) objects: Vec<(ObjectKind, Guid)>,
    /// Disappointments.
    pub(super) notes: Vec<(&'static NoteKind, String)>,
}

impl Said {
    /// A state that held when it was collected.
    pub(super) fn claim(&mut self, claim: Claim) {
        self.claims.push((Stamp::Collected, claim));
    }

    /// An object of the cluster, where its id is given.
    pub(super) fn object(&mut self, kind: ObjectKind, id: Option<Guid>) {
        self.objects.extend(id.map(|id| (kind, id)));
    }

    /// A disappointment.
    pub(super) fn note(&mut self, kind: &'static NoteKind, detail: impl Into<String>) {
        self.notes.push((kind, detail.into()));
    }

    /// A member of the cluster.
    pub(super) fn member(&mut self, node: &Name) {
        if !self.members.contains(node) {
            self.members.push(node.clone());
        }
    }
}

/// What an object was taken for.
#[derive(Copy, Clone)]
pub(super) enum Recognised {
    /// One of ours.
    Known(&'static Cmdlet),
    /// Fits several of ours.
    Ambiguous,
    /// None of ours.
    Unknown,
}

/// Tells what `object` is. `hints`, lower case and letters only, are what stands above a table and the name of
/// the file, the nearer one first.
pub(super) fn recognise(object: &Object, hints: &[&str]) -> Recognised {
    let classes = class_properties(object);
    let typed = object.types.iter().map(|t| &**t).chain(classes.iter().map(String::as_str));
    let mut telling = false;
    for name in typed {
        if let Some(cmdlet) = CMDLETS.iter().find(|cmdlet| cmdlet.is_type(name)) {
            return Recognised::Known(cmdlet);
        }
        telling |= !GENERIC.contains(&last_part(name));
    }
    if telling {
        return Recognised::Unknown;
    }
    let fitting: Vec<&'static Cmdlet> = CMDLETS.iter().filter(|cmdlet| (cmdlet.fits)(object)).collect();
    match fitting.as_slice() {
        [] => Recognised::Unknown,
        [one] => Recognised::Known(one),
        several => {
            let named = hints.iter().find_map(|hint| {
                let mut named = several.iter().filter(|cmdlet| hint.contains(cmdlet.file));
                named.next().filter(|_| named.next().is_none())
            });
            named.map_or(Recognised::Ambiguous, |cmdlet| Recognised::Known(cmdlet))
        }
    }
}

/// The states of resources and of the CSVs that are resources.
const RESOURCE_STATES: &[&str] = &[
    "Online",
    "Offline",
    "Failed",
    "OnlinePending",
    "OfflinePending",
    "Pending",
    "Inherited",
    "Initializing",
];

/// `Name`, `OwnerNode` and `State` alone: a group's default table, and just as well a table of resources or CSVs.
fn is_owned_thing(object: &Object) -> bool {
    object.has_only(&["Name", "OwnerNode", "State"])
}

/// What a reader would call this object when it is none of ours.
pub(super) fn type_of(object: &Object) -> String {
    let named = object.types.iter().find(|name| !GENERIC.contains(&last_part(name)));
    match named.or(object.types.first()) {
        Some(name) if !GENERIC.contains(&last_part(name)) => name.to_string(),
        _ => {
            let names: Vec<&str> = object.props.iter().take(4).map(|(name, _)| &**name).collect();
            format!(
                "an object with {}",
                if names.is_empty() { "no properties".into() } else { names.join(", ") }
            )
        }
    }
}

/// Types that tell nothing.
const GENERIC: &[&str] = &[
    "PSCustomObject",
    "PSObject",
    "Hashtable",
    "OrderedDictionary",
    "Object",
    "Array",
    "ArrayList",
    "Object[]",
];

/// Class names that CIM and WMI objects carry as properties.
fn class_properties(object: &Object) -> Vec<String> {
    ["CimSystemProperties.ClassName", "CimClass", "__CLASS"]
        .iter()
        .filter_map(|path| object.get(path)?.text())
        .filter(|text| !super::object::is_type_name(text))
        .map(str::to_owned)
        .collect()
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', '#', '/', '\\', ':', '+']).next().unwrap_or(name)
}

impl Cmdlet {
    fn is_type(&self, name: &str) -> bool {
        self.types
            .iter()
            .any(|(within, last)| last_part(name).eq_ignore_ascii_case(last) && name.contains(within))
    }

    /// The identifying and decisive properties of `object`, as they stand in the file.
    pub(super) fn quote(&self, object: &Object) -> String {
        if let Some(row) = &object.row {
            return row.trim().to_owned();
        }
        let shown = self.decisive.iter().filter_map(|path| {
            let text = show(object, path, 3)?;
            Some(format!("{path} : {text}"))
        });
        shown.collect::<Vec<_>>().join("; ")
    }
}

/// A property's text for a quote; lists of objects are shown by the rest of the path.
fn show(object: &Object, path: &str, depth: u32) -> Option<String> {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, rest),
        None => (path, ""),
    };
    show_node(object.get(first)?, rest, depth)
}

fn show_node(node: &Node, rest: &str, depth: u32) -> Option<String> {
    use super::object::Body;
    match &node.body {
        Body::Null => None,
        Body::Text(text) | Body::Cut(text) | Body::Named { text, .. } => Some(text.trim().to_owned()),
        Body::List(list) if depth > 0 => {
            let items: Vec<String> =
                list.items.iter().take(8).filter_map(|item| show_node(item, rest, depth - 1)).collect();
            let more = if list.complete && list.items.len() <= 8 { "" } else { ", ..." };
            Some(format!("{{{}{more}}}", items.join(", ")))
        }
        Body::Object(object) if !rest.is_empty() && depth > 0 => show(object, rest, depth - 1),
        Body::Object(object) => {
            object.text("Name").or(object.text.as_deref()).map(str::trim).map(str::to_owned)
        }
        Body::List(_) => None,
    }
}

/// The node that a node's own object names as its place: the first of `paths` that holds a node's name.
/// `localhost` and addresses name none.
pub(super) fn own_node(object: &Object, paths: &[&str]) -> Option<Name> {
    paths.iter().filter_map(|path| object.node(path)).find(|name| {
        let text = name.as_str();
        let address = text.contains(':') || text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        !address && !text.eq_ignore_ascii_case("localhost")
    })
}

pub(super) use mpclaim::line as mpclaim_line;

#[cfg(test)]
pub(super) mod testing {
    //! No sample is claimed twice.

    use super::{CMDLETS, GENERIC, last_part};
    use crate::source::snapshot::decode::Decoded;
    use crate::source::snapshot::entry::Kind;
    use crate::source::snapshot::{Syntax, entries};

    /// Every entry of `text` is taken for `name`, and no other cmdlet would take it by its properties.
    pub(in crate::source::snapshot) fn taken_once(name: &str, syntax: Syntax, text: &str) {
        let mut seen = 0;
        entries(syntax, &Decoded::new(text.as_bytes()), "x", &mut |_, _, _| {}, &mut |entry| {
            let Kind::Known(cmdlet, object) = entry.kind else { return true };
            assert_eq!(cmdlet.name, name, "{text}");
            let bare = object.types.iter().all(|t| GENERIC.contains(&last_part(t)));
            for other in CMDLETS.iter().filter(|other| other.name != name) {
                assert!(!(other.fits)(object), "{} also takes {text}", other.name);
            }
            assert!(!bare || (cmdlet.fits)(object), "{name} does not take {text}");
            seen += 1;
            true
        });
        assert!(seen > 0, "nothing recognised in {text}");
    }
}
