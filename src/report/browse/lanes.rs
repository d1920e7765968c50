//! The lanes: one for each timeline and each disk's routes, those of one volume, VM or node together.

use std::collections::BTreeMap;
use std::ops::Range;

use super::mark::{Mark, NOTABLE, mark, names_nodes};
use crate::report::spans::{Kind, Row};
use crate::report::{Report, quote};

/// One timeline on the screen.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// What it shows.
    pub(super) kind: Kind,
    /// Lanes of one subject share a number.
    pub(super) group: usize,
    /// Is it the first of its group? It stays when the group is folded.
    pub(super) head: bool,
    /// Does its group have other lanes?
    pub(super) more: bool,
    /// Whose: the name of a volume, a VM or a node.
    pub(super) subject: String,
    /// What of it: `owner`, `mode on HV1`.
    pub(super) what: String,
    /// Does it, or where it is a head another lane of its group, tell of anything but direct, active and up?
    pub(super) notable: bool,
    /// Its spans, in [`Lanes::entries`], by time.
    pub(super) entries: Range<usize>,
    /// The subject in the case: volume or VM.
    pub(super) at: Option<usize>,
    /// Of a state on a node, which.
    pub(super) node: Option<String>,
}

/// A span in a lane, cut to the evidence's time.
#[derive(Copy, Clone, Debug)]
pub(super) struct Entry {
    pub(super) row: usize,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) mark: Mark,
}

/// All lanes: volumes, then VMs, then nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    pub(super) all: Vec<Lane>,
    pub(super) entries: Vec<Entry>,
    /// How many groups there are.
    pub(super) groups: usize,
    /// Names of nodes; a mark names one by its place.
    pub(super) nodes: Vec<String>,
}

/// Which lanes stand together, in the order of the screen.
fn section(kind: Kind) -> u8 {
    match kind {
        Kind::Coordinator | Kind::IoMode | Kind::State => 0,
        Kind::Placement | Kind::Route => 1,
        Kind::Node | Kind::Finding => 2,
    }
}

/// The order within a group.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Coordinator | Kind::Placement | Kind::Node | Kind::Finding => 0,
        Kind::IoMode | Kind::Route => 1,
        Kind::State => 2,
    }
}

/// Rows with the same key are one lane.
#[derive(PartialEq, Eq)]
struct LaneKey<'a> {
    kind: Kind,
    at: Option<usize>,
    disk: Option<&'a str>,
    node: Option<&'a str>,
}

fn key<'a>(row: &'a Row<'_>) -> LaneKey<'a> {
    let of_node = matches!(row.kind, Kind::Node | Kind::IoMode | Kind::State);
    LaneKey {
        kind: row.kind,
        at: subject(row),
        disk: row.disk,
        node: row.node.as_deref().filter(|_| of_node),
    }
}

fn subject(row: &Row<'_>) -> Option<usize> {
    if section(row.kind) == 1 { row.vm_at } else { row.volume_at }
}

impl Lanes {
    /// Lanes of the rows of a report. Rows of one lane stand together in `rows`.
    pub(super) fn of(report: &Report<'_>, rows: &[Row<'_>], (first, last): (i64, i64)) -> Self {
        let mut nodes: Vec<String> =
            report.case.nodes.iter().filter_map(|node| node.name.as_ref()).map(ToString::to_string).collect();
        let mut places: BTreeMap<String, usize> =
            nodes.iter().enumerate().map(|(at, node)| (node.clone(), at)).collect();
        let mut place = |name: &str| match places.get(name) {
            Some(at) => *at,
            None => {
                nodes.push(name.to_owned());
                places.insert(name.to_owned(), nodes.len() - 1);
                nodes.len() - 1
            }
        };
        let rows_of = rows.iter().position(|row| row.kind == Kind::Finding).unwrap_or(rows.len());
        let mut made: Vec<(Lane, Vec<Entry>)> = Vec::new();
        for (at, row) in rows[..rows_of].iter().enumerate() {
            let same = made.last().is_some_and(|_| at > 0 && key(&rows[at - 1]) == key(row));
            if !same {
                made.push((lane(row), Vec::new()));
            }
            let named = match row.kind {
                Kind::Coordinator => row.value.as_deref(),
                Kind::Placement => row.node.as_deref(),
                _ => None,
            };
            let mark = mark(row, named.map(&mut place));
            let from = row.span.from.map_or(first, |from| from.0.clamp(first, last - 1));
            let to = row.span.to.map_or(last, |to| to.0.min(last)).max(from + 1);
            if let Some((lane, entries)) = made.last_mut() {
                lane.notable |= mark.gravity >= NOTABLE;
                entries.push(Entry { row: at, from, to, mark });
            }
        }
        // Stable: nodes keep their order, and so do the lanes of one kind in a group.
        made.sort_by_key(|(lane, _)| (section(lane.kind), lane.at, rank(lane.kind)));
        let mut out = Self { nodes, ..Self::default() };
        for (mut lane, mut entries) in made {
            entries.sort_by_key(|entry| (entry.from, entry.to));
            let begin = out.entries.len();
            out.entries.extend(entries);
            lane.entries = begin..out.entries.len();
            let before = out.all.last();
            let joined = before.is_some_and(|other| {
                lane.at.is_some() && section(other.kind) == section(lane.kind) && other.at == lane.at
            });
            lane.head = !joined;
            out.groups += usize::from(!joined);
            lane.group = out.groups - 1;
            out.all.push(lane);
        }
        out.tell_heads();
        out
    }

    /// A head speaks for its group.
    fn tell_heads(&mut self) {
        let mut head = 0;
        for at in 0..self.all.len() {
            if self.all[at].head {
                head = at;
            } else {
                self.all[head].more = true;
                self.all[head].notable |= self.all[at].notable;
            }
        }
    }

    /// The entries of a lane that lie in `from..to`, as a range of places.
    pub(super) fn within(&self, lane: &Lane, from: i64, to: i64) -> Range<usize> {
        let entries = &self.entries[lane.entries.clone()];
        // Spans of a timeline follow one another, so their ends are in order too.
        let begin = entries.partition_point(|entry| entry.to <= from);
        let end = entries.partition_point(|entry| entry.from < to).max(begin);
        lane.entries.start + begin..lane.entries.start + end
    }

    /// What a stretch of a lane is shown as: the gravest entry, of equals the one at `at`.
    pub(super) fn gravest(&self, lane: &Lane, from: i64, to: i64, at: i64) -> Option<usize> {
        let holds = |place: &usize| {
            let entry = &self.entries[*place];
            entry.from <= at && at < entry.to
        };
        let order = |place: &usize| (self.entries[*place].mark.gravity, holds(place));
        // The first of the greatest: `max_by_key` would take the last.
        self.within(lane, from, to).rev().max_by_key(order)
    }

    /// What each column shows: the gravest entry in it, and whether a lane of nodes names several there.
    pub(super) fn columns(
        &self,
        lane: &Lane,
        columns: usize,
        cell: impl Fn(usize) -> (i64, i64),
    ) -> Vec<Option<(usize, bool)>> {
        let mut out = vec![None; columns];
        for (column, slot) in out.iter_mut().enumerate() {
            let (from, to) = cell(column);
            let mut best: Option<usize> = None;
            let mut several = false;
            for place in self.within(lane, from, to) {
                let entry = &self.entries[place];
                if let Some(best) = best {
                    several |= self.entries[best].mark.node != entry.mark.node;
                }
                if best.is_none_or(|best| self.entries[best].mark.gravity < entry.mark.gravity) {
                    best = Some(place);
                }
            }
            *slot = best.map(|best| (best, several && names_nodes(lane.kind)));
        }
        out
    }
}

fn lane(row: &Row<'_>) -> Lane {
    let text = |text: &Option<String>| quote::line(text.as_deref().unwrap_or("?"));
    let (subject_name, what) = match row.kind {
        Kind::Coordinator => (text(&row.volume), "owner".to_owned()),
        Kind::IoMode => (text(&row.volume), format!("mode on {}", text(&row.node))),
        Kind::State => (text(&row.volume), format!("state on {}", text(&row.node))),
        Kind::Placement => (text(&row.vm), "runs on".to_owned()),
        Kind::Route => (text(&row.vm), format!("way of {}", disk_name(row.disk.unwrap_or("?")))),
        Kind::Node | Kind::Finding => (text(&row.node), "node".to_owned()),
    };
    Lane {
        kind: row.kind,
        group: 0,
        head: false,
        more: false,
        subject: subject_name,
        what,
        notable: false,
        entries: 0..0,
        at: subject(row),
        node: row.node.clone().filter(|_| matches!(row.kind, Kind::Node | Kind::IoMode | Kind::State)),
    }
}

/// The last part of a path.
pub(super) fn disk_name(path: &str) -> String {
    quote::line(path.rsplit(['\\', '/']).next().unwrap_or(path))
}
