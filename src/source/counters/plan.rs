//! The header line: which columns are kept, what each group of them measures, and how the times below are meant.
//!
//! The header ends its first cell with the minutes to add to local time to get UTC: `(GMT Standard Time)(-60)` is
//! British Summer Time, `(Eastern Daylight Time)(240)` New York's (public logs with known places). The zone's name is
//! in the language of the system and may be cut; only the number is used. A log converted elsewhere may carry the
//! converter's zone: nothing in the file would show it.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::Cells;
use super::path::Path;
use super::set::{Kind, Measure, Unit, Way, measure};
use crate::fact::{Meter, Name, TrafficPath, VolumeRef};

/// One quantity of a group.
#[derive(Copy, Clone, Debug)]
pub(super) struct Column {
    /// Index of the cell, the time being 0.
    pub(super) index: usize,
    pub(super) kind: Kind,
}

/// What a group of columns measures.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Traffic of one way.
    Traffic { path: TrafficPath, meter: Meter, columns: BTreeMap<(Way, Unit), Column> },
    /// The volume's state.
    State { index: usize },
    /// Operations a second on its metadata.
    Metadata { index: usize },
}

/// Columns that give one fact together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) node: Option<Name>,
    /// Without names where the instance is not a volume's friendly name.
    pub(super) volume: VolumeRef,
    pub(super) what: What,
}

impl Group {
    /// Its columns, ascending.
    pub(super) fn indices(&self) -> Vec<usize> {
        let mut indices = match &self.what {
            What::Traffic { columns, .. } => columns.values().map(|c| c.index).collect(),
            What::State { index } | What::Metadata { index } => vec![*index],
        };
        indices.sort_unstable();
        indices
    }

    /// Its first column: the place of its facts in a line.
    pub(super) fn first(&self) -> usize {
        self.indices().first().copied().unwrap_or(0)
    }
}

/// What a header says.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) delimiter: u8,
    /// Minutes to add to local time to get UTC.
    pub(super) bias: Option<i32>,
    /// Number of cells of a whole sample.
    pub(super) cells: usize,
    pub(super) groups: Vec<Group>,
    /// Every machine that a path names.
    pub(super) nodes: BTreeSet<Name>,
    /// Kept cells, each with its path.
    pub(super) kept: BTreeMap<usize, String>,
}

/// Is this the first line of a counter log?
pub(super) fn is_header(text: &str) -> bool {
    delimiter(text).is_some()
}

fn delimiter(text: &str) -> Option<u8> {
    let text = text.trim_start_matches(['\u{feff}', '"', ' ']);
    if text.starts_with("(PDH-CSV ") {
        Some(b',')
    } else if text.starts_with("(PDH-TSV ") {
        Some(b'\t')
    } else {
        None
    }
}

/// Minutes in the last parentheses of the first cell.
fn bias(cell: &str) -> Option<i32> {
    let (_, last) = cell.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    // Any offset from UTC is less than a day.
    last.trim().parse().ok().filter(|minutes: &i32| minutes.abs() < 1440)
}

/// Which columns say one thing: node, instance, way, direction and unit.
type Quantity = (Option<Name>, String, Meter, TrafficPath, Way, Unit);

/// The best column of a quantity so far: rank of its set, kind, index; and the volume that its instance names.
type Found = (u8, Kind, usize, VolumeRef);

impl Plan {
    /// Reads a header line. `None` where it is none.
    pub(super) fn read(line: &str) -> Option<Self> {
        let delimiter = delimiter(line)?;
        let mut plan = Self { delimiter, ..Self::default() };
        // Best set of each node and way, then the best column of each quantity in it.
        let mut ranks: BTreeMap<(Option<Name>, Meter, TrafficPath), u8> = BTreeMap::new();
        let mut columns: BTreeMap<Quantity, Found> = BTreeMap::new();
        let mut states: BTreeMap<(Option<Name>, String), usize> = BTreeMap::new();
        let mut metadata: BTreeMap<(Option<Name>, String), usize> = BTreeMap::new();
        for (index, (_, cell)) in Cells::new(line, delimiter).enumerate() {
            plan.cells = index + 1;
            if index == 0 {
                plan.bias = bias(cell);
                continue;
            }
            let Some(path) = Path::parse(cell) else { continue };
            let node = Some(Name::node(path.node)).filter(|n| !n.is_empty());
            if let Some(node) = node.as_ref().filter(|node| !plan.nodes.contains(*node)) {
                plan.nodes.insert(node.clone());
            }
            let Some((set, measure)) = measure(path.set, path.counter) else { continue };
            // The sum of all instances would count everything twice; without an instance it is unknown of what.
            if path.instance.is_empty() || path.instance.eq_ignore_ascii_case("_Total") {
                continue;
            }
            let instance = path.instance.to_lowercase();
            match measure {
                Measure::State => {
                    states.entry((node, path.instance.to_owned())).or_insert(index);
                }
                Measure::Metadata => {
                    metadata.entry((node, path.instance.to_owned())).or_insert(index);
                }
                Measure::Traffic { path: way_taken, way, unit, kind } => {
                    if unit == Unit::Bytes {
                        let best = ranks.entry((node.clone(), set.meter, way_taken)).or_insert(set.rank);
                        *best = set.rank.min(*best);
                    }
                    let quantity = (node, instance, set.meter, way_taken, way, unit);
                    let volume =
                        if set.names_volumes { friendly(path.instance) } else { VolumeRef::default() };
                    let found = (set.rank, kind, index, volume);
                    match columns.get_mut(&quantity) {
                        Some(kept) if *kept <= found => {}
                        Some(kept) => *kept = found,
                        None => {
                            columns.insert(quantity, found);
                        }
                    }
                }
            }
        }
        let mut groups: BTreeMap<(Option<Name>, String, Meter, TrafficPath), Group> = BTreeMap::new();
        for ((node, instance, meter, path, way, unit), (rank, kind, index, volume)) in columns {
            if ranks.get(&(node.clone(), meter, path)) != Some(&rank) {
                continue;
            }
            let group = groups.entry((node.clone(), instance, meter, path)).or_insert_with(|| Group {
                node,
                volume,
                what: What::Traffic { path, meter, columns: BTreeMap::new() },
            });
            if let What::Traffic { columns, .. } = &mut group.what {
                columns.insert((way, unit), Column { index, kind });
            }
        }
        plan.groups = groups.into_values().filter(Group::measures).collect();
        let states = states.into_iter().map(|((node, instance), index)| Group {
            node,
            volume: friendly(&instance),
            what: What::State { index },
        });
        plan.groups.extend(states);
        let metadata = metadata.into_iter().map(|((node, instance), index)| Group {
            node,
            volume: friendly(&instance),
            what: What::Metadata { index },
        });
        // Of which volume it is must be known.
        plan.groups.extend(metadata.filter(|group| group.volume != VolumeRef::default()));
        plan.groups.sort_by_key(Group::first);
        let kept: BTreeSet<usize> = plan.groups.iter().flat_map(Group::indices).collect();
        let cells = Cells::new(line, delimiter).enumerate().filter(|(index, _)| kept.contains(index));
        plan.kept = cells.map(|(index, (_, cell))| (index, cell.trim().to_owned())).collect();
        Some(plan)
    }
}

impl Group {
    /// Operations alone say nothing of bytes.
    fn measures(&self) -> bool {
        match &self.what {
            What::Traffic { columns, .. } => columns.keys().any(|(_, unit)| *unit == Unit::Bytes),
            What::State { .. } | What::Metadata { .. } => true,
        }
    }
}

/// CSVFS names its instances by the friendly name (`CountersName` of its events). `Name#2` is the second instance of
/// one name: which volume that is, the log does not say.
fn friendly(instance: &str) -> VolumeRef {
    let numbered = instance.rsplit_once('#').is_some_and(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()));
    if numbered {
        return VolumeRef::default();
    }
    VolumeRef { friendly: VolumeRef::friendly_of(instance), ..VolumeRef::default() }
}
