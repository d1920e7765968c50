//! The state tables in front of a 2016+ log: nodes, groups, resources, networks, volumes, as they were when the
//! log was collected.
//!
//! A table is a line of column names (members of the engine's own objects, some of them twice) and lines of
//! cells, both with a trailing comma; a blank line ends it. Columns are found by name, their order is not
//! relied on. Tables refer to each other, and nodes come last, so rows are kept and turned into facts when
//! the file has been read. How a name with a comma is printed is not known: a row with too many cells is not
//! guessed at.

mod groups;
mod interfaces;
mod networks;
mod nodes;
mod resources;
mod volumes;

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Spot;
use crate::fact::{Claim, Guid, Name, ResourceRef};
use crate::source::{ObjectKind, Objects};

/// The most rows that are kept of one file: far beyond any cluster.
pub(super) const ROW_LIMIT: usize = 200_000;

/// Which table.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nodes,
    Groups,
    Resources,
    Networks,
    Interfaces,
    Volumes,
    /// Known, and nothing in it is of use here.
    Silent,
    /// Not known.
    Unknown,
}

impl Kind {
    /// By the section's name.
    pub(super) fn of(section: &str) -> Self {
        match section.to_ascii_lowercase().as_str() {
            "nodes" => Self::Nodes,
            "groups" => Self::Groups,
            "resources" => Self::Resources,
            "networks" => Self::Networks,
            "network interfaces" => Self::Interfaces,
            "volumes" => Self::Volumes,
            "group sets" | "resource types" | "affinity rules" | "sbl disks" | "certificates" => Self::Silent,
            _ => Self::Unknown,
        }
    }
}

/// The cells of a line, without the empty one behind a trailing comma. A cell in quotes may hold commas.
pub(super) fn cells(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = line.trim_end();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|inner| {
            let (cell, after) = inner.split_once('"')?;
            (after.is_empty() || after.starts_with(',')).then_some((cell, after))
        });
        let (cell, after) = match quoted {
            Some((cell, after)) => (cell, after.strip_prefix(',').unwrap_or_default()),
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        out.push(cell.trim());
        rest = after;
    }
    out
}

/// The column names of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    names: Vec<String>,
    trailing_comma: bool,
}

impl Columns {
    /// Reads a header line: at least four names. `None` where the line is none.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let cells = cells(line);
        let is_name = |cell: &&str| {
            let starts = cell.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            starts && cell.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' ' | b'.'))
        };
        let fits = cells.len() >= 4 && cells.iter().all(is_name);
        let names = cells.into_iter().map(str::to_owned).collect();
        fits.then(|| Self { names, trailing_comma: line.trim_end().ends_with(',') })
    }

    /// The names, for whoever shows a row.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Binds a row. `None` where it has more cells than there are columns.
    pub(super) fn bind<'r>(&'r self, line: &'r str) -> Option<Bound<'r>> {
        let mut cells = cells(line);
        if cells.len() > self.names.len() {
            return None;
        }
        // A row that was cut off: its last cell may be half of one.
        if self.trailing_comma && !line.trim_end().ends_with(',') {
            cells.pop();
        }
        Some(Bound { columns: self, cells })
    }
}

/// A row with its columns.
#[derive(Debug)]
pub(super) struct Bound<'r> {
    columns: &'r Columns,
    cells: Vec<&'r str>,
}

impl<'r> Bound<'r> {
    /// The cell of the first column of that name, exactly or else without regard to case. Empty cells are none.
    fn cell(&self, name: &str) -> Option<&'r str> {
        let names = &self.columns.names;
        let at = names
            .iter()
            .position(|have| have == name)
            .or_else(|| names.iter().position(|have| have.eq_ignore_ascii_case(name)))?;
        self.cells.get(at).copied().filter(|cell| !cell.is_empty())
    }

    fn name(&self, column: &str) -> Option<Name> {
        self.cell(column).map(Name::new)
    }

    fn guid(&self, column: &str) -> Option<Guid> {
        self.cell(column).and_then(Guid::parse)
    }

    fn flag(&self, column: &str) -> Option<bool> {
        match self.cell(column)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Pairs of column and cell.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let cells = self.cells.iter().map(|cell| (*cell).to_owned());
        self.columns.names.iter().cloned().zip(cells).collect()
    }
}

/// The rows of a file that say something.
#[derive(Debug, Default)]
pub(super) struct Tables {
    nodes: Vec<(Spot, nodes::Row)>,
    groups: Vec<(Spot, groups::Row)>,
    resources: Vec<(Spot, resources::Row)>,
    networks: Vec<(Spot, networks::Row)>,
    interfaces: Vec<(Spot, interfaces::Row)>,
    volumes: Vec<(Spot, volumes::Row)>,
}

impl Tables {
    /// Keeps a row; false where it names nothing.
    pub(super) fn row(&mut self, kind: Kind, spot: Spot, bound: &Bound<'_>) -> bool {
        fn keep<T>(rows: &mut Vec<(Spot, T)>, spot: Spot, row: Option<T>) -> bool {
            let kept = row.map(|row| rows.push((spot, row)));
            kept.is_some()
        }
        match kind {
            Kind::Nodes => keep(&mut self.nodes, spot, nodes::Row::read(bound)),
            Kind::Groups => keep(&mut self.groups, spot, groups::Row::read(bound)),
            Kind::Resources => keep(&mut self.resources, spot, resources::Row::read(bound)),
            Kind::Networks => keep(&mut self.networks, spot, networks::Row::read(bound)),
            Kind::Interfaces => keep(&mut self.interfaces, spot, interfaces::Row::read(bound)),
            Kind::Volumes => keep(&mut self.volumes, spot, volumes::Row::read(bound)),
            Kind::Silent | Kind::Unknown => false,
        }
    }

    /// How many rows are kept.
    pub(super) fn len(&self) -> usize {
        let named = self.nodes.len() + self.groups.len() + self.resources.len() + self.volumes.len();
        named + self.networks.len() + self.interfaces.len()
    }

    /// Names of the cluster's nodes.
    pub(super) fn members(&self) -> impl Iterator<Item = &Name> {
        self.nodes.iter().map(|(_, node)| &node.name)
    }

    /// The objects that the tables list.
    pub(super) fn objects(&self) -> Objects {
        let nodes = self.nodes.iter().map(|(_, row)| (ObjectKind::Node, row.id));
        let networks = self.networks.iter().map(|(_, row)| (ObjectKind::Network, row.id));
        let groups = self.groups.iter().map(|(_, row)| (ObjectKind::Group, row.group.id));
        let resources = self.resources.iter().map(|(_, row)| (ObjectKind::Resource, row.resource.id));
        let all = nodes.chain(networks).chain(groups).chain(resources);
        let listed: BTreeSet<_> = all.filter_map(|(kind, id)| Some((kind, id?))).collect();
        let whole = listed.iter().map(|(kind, _)| *kind).collect();
        Objects { listed, whole }
    }

    /// Every table, to be looked up by names, numbers and ids.
    pub(super) fn index(&self) -> Index<'_> {
        let mut index = Index::default();
        for (_, node) in &self.nodes {
            index.nodes.insert(&node.name);
            if let Some(number) = node.number {
                // Two nodes of one number: a damaged table names none.
                index.numbers.entry(number).and_modify(|name| *name = None).or_insert(Some(&node.name));
            }
            index.node_ids.extend(node.id.map(|id| (id, &node.name)));
        }
        index.networks.extend(self.networks.iter().filter_map(|(_, row)| Some((row.id?, &row.name))));
        for (_, row) in &self.groups {
            index.groups.extend(row.group.id.map(|id| (id, row)));
            index.group_names.extend(row.group.name.as_ref().map(|name| (name, row)));
            index.holders.extend(row.resources.iter().map(|id| (*id, row)));
        }
        for (_, row) in &self.resources {
            index.resources.extend(row.resource.id.map(|id| (id, &row.resource)));
        }
        index
    }

    /// What every row says, with its place.
    pub(super) fn claims(&self) -> Vec<(Spot, Vec<Claim>)> {
        let index = self.index();
        let mut out = Vec::new();
        out.extend(self.nodes.iter().map(|(spot, row)| (*spot, row.claims())));
        out.extend(self.groups.iter().map(|(spot, row)| (*spot, row.claims(&index))));
        out.extend(self.resources.iter().map(|(spot, row)| (*spot, row.claims(&index))));
        out.extend(self.networks.iter().map(|(spot, row)| (*spot, row.claims())));
        out.extend(self.interfaces.iter().map(|(spot, row)| (*spot, row.claims(&index))));
        out.extend(self.volumes.iter().map(|(spot, row)| (*spot, row.claims(&index))));
        out
    }
}

/// The tables by key.
#[derive(Debug, Default)]
pub(super) struct Index<'t> {
    nodes: BTreeSet<&'t Name>,
    numbers: BTreeMap<u32, Option<&'t Name>>,
    node_ids: BTreeMap<Guid, &'t Name>,
    networks: BTreeMap<Guid, &'t Name>,
    groups: BTreeMap<Guid, &'t groups::Row>,
    group_names: BTreeMap<&'t Name, &'t groups::Row>,
    /// The group that holds a resource.
    holders: BTreeMap<Guid, &'t groups::Row>,
    resources: BTreeMap<Guid, &'t ResourceRef>,
}

impl<'t> Index<'t> {
    /// A node by number.
    pub(super) fn number(&self, number: u32) -> Option<&'t Name> {
        self.numbers.get(&number).copied().flatten()
    }

    /// A node as other tables refer to it: by name, by number or by id.
    fn node(&self, cell: &str) -> Option<Name> {
        let name = Name::node(cell);
        let found = self.nodes.get(&name).copied().or_else(|| self.number(cell.parse().ok()?));
        found.or_else(|| self.node_ids.get(&Guid::parse(cell)?).copied()).cloned()
    }

    /// A network by id.
    fn network(&self, cell: &str) -> Option<Name> {
        self.networks.get(&Guid::parse(cell)?).map(|name| (*name).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, cells};

    #[test]
    fn cells_and_columns() {
        assert_eq!(cells("a,,b c ,"), ["a", "", "b c"]);
        assert_eq!(cells(r#""a,b",c"#), ["a,b", "c"]);
        assert_eq!(cells(r#"a"b,c"#), [r#"a"b"#, "c"]);
        assert_eq!(Columns::parse("a,b,c,"), None);
        assert_eq!(Columns::parse("{26e2e40f},3,false,true,"), None);
        let columns = Columns::parse("Name,ignore,State,STATE,ignore,").expect("columns");
        let row = columns.bind("n,1,up,down,2,").expect("a row");
        assert_eq!(
            (row.cell("STATE"), row.cell("state"), row.cell("ignore")),
            (Some("down"), Some("up"), Some("1"))
        );
        assert!(columns.bind("a,b,c,d,e,f,").is_none());
        let cut = columns.bind("n,1,u").expect("a row");
        assert_eq!((cut.cell("ignore"), cut.cell("State")), (Some("1"), None));
    }
}
