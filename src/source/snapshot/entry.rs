//! From top-level values to the entries of the ledger: one object, one row, one block, one paragraph.
//!
//! An object of no known type whose properties hold known objects (a hashtable of results, `ClusterInfo.XML`) is
//! a container: what is inside are entries, and it stands in the ledger itself. Strings in a row are lines of a
//! tool's output (`fltmc | Export-Clixml`) and are read as text.

use std::collections::BTreeSet;

use super::cmdlet::{Cmdlet, Recognised, Scope, recognise};
use super::object::{Body, Node, Object};
use super::text::{self, Line};

/// An entry and what it was taken for.
pub(super) struct Entry<'a> {
    /// The value.
    pub(super) node: &'a Node,
    /// What it is.
    pub(super) kind: Kind<'a>,
}

/// What an entry was taken for.
pub(super) enum Kind<'a> {
    /// An object of a cmdlet of ours.
    Known(&'static Cmdlet, &'a Object),
    /// An object that fits several.
    Ambiguous(&'a Object),
    /// An object of none.
    Unknown(&'a Object),
    /// An unknown object with known ones inside.
    Container(&'a Object),
    /// A paragraph, or a lone value.
    Text(&'a str),
}

/// How far a container is searched, in levels and in values.
const LEVELS: u32 = 6;
const VALUES: usize = 200_000;

/// Collects top-level values and hands out entries.
pub(super) struct Entries {
    /// The paragraph above, where it names a cmdlet, and the name of the file; see [`recognise`].
    heading: String,
    file: String,
    lines: Vec<(usize, String)>,
    seen: BTreeSet<usize>,
}

impl Entries {
    /// For the file of that name.
    pub(super) fn new(file: &str) -> Self {
        Self { heading: String::new(), file: letters(file), lines: Vec::new(), seen: BTreeSet::new() }
    }

    /// Takes the next top-level value of XML or JSON. False when the sink wants no more.
    pub(super) fn push(&mut self, node: &Node, sink: &mut dyn FnMut(Entry<'_>) -> bool) -> bool {
        match &node.body {
            Body::Text(line) | Body::Cut(line) if node.whole => {
                self.lines.push((node.at, line.to_string()));
                true
            }
            Body::Null => {
                if !self.lines.is_empty() {
                    self.lines.push((node.at, String::new()));
                }
                true
            }
            _ => self.flush(sink) && self.visit(node, sink),
        }
    }

    /// Reads the strings that have gathered as text.
    pub(super) fn flush(&mut self, sink: &mut dyn FnMut(Entry<'_>) -> bool) -> bool {
        let lines = std::mem::take(&mut self.lines);
        let lines: Vec<Line<'_>> = lines
            .iter()
            .map(|(at, text)| Line { at: *at, text: text.trim_end_matches(['\r', '\n']) })
            .collect();
        let mut going = true;
        text::read(&lines, &mut |node| {
            going = self.visit(&node, sink);
            going
        });
        going
    }

    /// Hands out `node`, or what it contains. A value that is met again through a reference is not an entry
    /// again.
    pub(super) fn visit(&mut self, node: &Node, sink: &mut dyn FnMut(Entry<'_>) -> bool) -> bool {
        let mut budget = VALUES;
        self.walk(node, LEVELS, &mut budget, sink)
    }

    fn walk(
        &mut self,
        node: &Node,
        levels: u32,
        budget: &mut usize,
        sink: &mut dyn FnMut(Entry<'_>) -> bool,
    ) -> bool {
        let inner = levels.saturating_sub(1);
        match &node.body {
            Body::Null => true,
            Body::Text(text) | Body::Cut(text) | Body::Named { text, .. } => {
                // In a transcript the command stands above its table.
                let named = text.lines().rev().map(letters).find(|line| line.contains("get"));
                self.heading = named.unwrap_or_default();
                !self.seen.insert(node.at) || sink(Entry { node, kind: Kind::Text(text) })
            }
            Body::List(list) => list.items.iter().all(|item| self.walk(item, inner, budget, sink)),
            Body::Object(object) => {
                if !self.seen.insert(node.at) {
                    return true;
                }
                let (kind, descend) = match self.recognise(object) {
                    Recognised::Known(cmdlet) => {
                        (Kind::Known(cmdlet, object), cmdlet.scope == Scope::Container)
                    }
                    Recognised::Ambiguous => (Kind::Ambiguous(object), false),
                    Recognised::Unknown if self.holds_known(object, inner, budget) => {
                        (Kind::Container(object), true)
                    }
                    Recognised::Unknown => (Kind::Unknown(object), false),
                };
                // Inside a container plain values are its own properties, not entries.
                let objects = |node: &&Node| matches!(node.body, Body::Object(_) | Body::List(_));
                sink(Entry { node, kind })
                    && (!descend
                        || object
                            .props
                            .iter()
                            .map(|(_, value)| value)
                            .filter(objects)
                            .all(|value| self.inside(value, inner, budget, sink)))
            }
        }
    }

    /// A property of a container: its objects, however deep in lists.
    fn inside(
        &mut self,
        node: &Node,
        levels: u32,
        budget: &mut usize,
        sink: &mut dyn FnMut(Entry<'_>) -> bool,
    ) -> bool {
        match &node.body {
            Body::List(list) if levels > 0 => {
                list.items.iter().all(|item| self.inside(item, levels - 1, budget, sink))
            }
            Body::Object(_) if levels > 0 => self.walk(node, levels, budget, sink),
            _ => true,
        }
    }

    fn recognise(&self, object: &Object) -> Recognised {
        recognise(object, &[&self.heading, &self.file])
    }

    fn holds_known(&self, object: &Object, levels: u32, budget: &mut usize) -> bool {
        levels > 0 && object.props.iter().any(|(_, value)| self.is_known(value, levels, budget))
    }

    fn is_known(&self, node: &Node, levels: u32, budget: &mut usize) -> bool {
        *budget = budget.saturating_sub(1);
        if levels == 0 || *budget == 0 {
            return false;
        }
        match &node.body {
            Body::List(list) => list.items.iter().any(|item| self.is_known(item, levels - 1, budget)),
            Body::Object(object) => {
                matches!(self.recognise(object), Recognised::Known(_))
                    || self.holds_known(object, levels - 1, budget)
            }
            _ => false,
        }
    }
}

/// The letters and digits of `text`, lower case: `Get-ClusterGroup.txt` and `getclustergroup_txt` are alike.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
