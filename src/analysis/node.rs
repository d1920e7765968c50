//! Whose each input is: what `--node-of` says, else what the content says, else what the path suggests, else a
//! folder or file of the path that bears the name of a node which other inputs know.

use std::collections::BTreeSet;

use crate::bundle::Input;
use crate::fact::{Channel, Name};
use crate::ledger::{NoteKind, Severity};
use crate::source::{Outcome, UNRECOGNISED};

/// Path and content name different nodes.
const PATH_DISAGREES: NoteKind = NoteKind {
    name: "path_names_another_node",
    severity: Severity::Notice,
    advice: "The path suggests another node than the content names; the content was believed. Use --node-of if \
             the path is right.",
};

/// The node of each input, in their order. Where `--node-of` overrides the content, facts and coverage that
/// the content gave to its own node go to the other.
pub(super) fn resolve(inputs: &[Input], read: &mut [Outcome]) -> Vec<Option<Name>> {
    let known = known(inputs, read);
    inputs.iter().zip(read).map(|(input, outcome)| resolve_one(input, outcome, &known)).collect()
}

fn resolve_one(input: &Input, outcome: &mut Outcome, known: &BTreeSet<Name>) -> Option<Name> {
    let reading = &mut outcome.reading;
    if let Some(ordered) = &input.node_override {
        if reading.node.as_ref().is_some_and(|own| own != ordered) {
            let own = reading.node.replace(ordered.clone());
            let reporters = reading.facts.iter_mut().map(|fact| &mut fact.reporter);
            for reporter in reporters.chain(reading.coverage.iter_mut().map(|c| &mut c.reporter)) {
                if *reporter == own {
                    *reporter = Some(ordered.clone());
                }
            }
        }
        return Some(ordered.clone());
    }
    if let Some(own) = &reading.node {
        if let Some(hint) = input.node_hint.as_ref().filter(|hint| *hint != own) {
            reading.tally.note(&PATH_DISAGREES, None, Some(format!("path: {hint}, content: {own}")));
        }
        return Some(own.clone());
    }
    // A file that says nothing makes no node out of its name.
    let hint = input.node_hint.as_ref().filter(|hint| outcome.kind != UNRECOGNISED || known.contains(hint));
    hint.cloned().or_else(|| named_in(&input.path, known))
}

/// Nodes that `--node-of` or any content names as an input's own, and members.
fn known(inputs: &[Input], read: &[Outcome]) -> BTreeSet<Name> {
    let readings = || read.iter().map(|outcome| &outcome.reading);
    let own =
        inputs.iter().zip(readings()).map(|(input, r)| input.node_override.as_ref().or(r.node.as_ref()));
    let mut nodes: BTreeSet<Name> = own.flatten().cloned().collect();
    nodes.extend(readings().flat_map(|r| r.members.iter().cloned()));
    let engines = readings().flat_map(|r| &r.coverage).filter(|c| c.channel == Channel::ClusterEngine);
    nodes.extend(engines.filter_map(|c| c.reporter.clone()));
    nodes
}

/// The innermost component of the path that is a known node, whole or as what precedes the first `_` or after
/// the last; its domain and ending do not count.
fn named_in(path: &str, known: &BTreeSet<Name>) -> Option<Name> {
    path.split('/').rev().find_map(|part| {
        let part = part.trim_end_matches('!');
        let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
        let first = stem.split('_').next().unwrap_or(stem);
        let last = stem.rsplit('_').next().unwrap_or(stem);
        [part, stem, first, last].into_iter().map(Name::node).find(|name| known.contains(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Bundle, Options};
    use crate::fact::{Claim, ClockClaim, Fact, Origin, Place, Stamp};
    use crate::source::Reading;

    /// Inputs as `path=content node`, empty where it names none; the answer in the order of paths.
    fn check(files: &[(&str, &str)], node_of: &[(&str, &str)], expect: &[&str]) -> Vec<Outcome> {
        let node_of = node_of.iter().map(|(p, n)| ((*p).to_owned(), (*n).to_owned())).collect();
        let options = Options { node_of, ..Options::default() };
        let bundle =
            Bundle::from_memory(files.iter().map(|(path, _)| ((*path).to_owned(), vec![1])), &options);
        let mut read: Vec<Outcome> = bundle
            .inputs
            .iter()
            .map(|input| {
                let mut reading = Reading::new(input);
                let (_, node) = files.iter().find(|(path, _)| *path == input.path).expect("one of ours");
                reading.node = Some(Name::new(node)).filter(|n| !n.is_empty());
                let origin = Origin { input: input.id, offset: 0, place: Place::Offset };
                let fact = Fact::new(Stamp::Collected, origin, Claim::Clock(ClockClaim::SnapshotTaken));
                reading.facts = vec![fact.clone().by(reading.node.clone()), fact.by(Some("other".into()))];
                let kind = if input.path.ends_with("empty_cluster.log") { UNRECOGNISED } else { "test" };
                Outcome { kind, reading }
            })
            .collect();
        let nodes = resolve(&bundle.inputs, &mut read);
        let told: Vec<&str> = nodes.iter().map(|n| n.as_ref().map_or("-", Name::as_str)).collect();
        assert_eq!(told, expect);
        read
    }

    #[test]
    fn order_of_belief() {
        let files = [
            ("Node_b/c.txt", "a"),
            ("Node_c/d.txt", ""),
            ("x/A/fltmc.txt", ""),
            ("x/a_mpclaim.txt", ""),
            ("y/empty_cluster.log", ""),
            ("y/q.txt", ""),
        ];
        let read = check(&files, &[], &["a", "c", "A", "a", "-", "-"]);
        assert_eq!(read[0].reading.tally.notes[0].kind, &PATH_DISAGREES);
        let read = check(&files, &[("c.txt", "z")], &["z", "c", "-", "-", "-", "-"]);
        let reporters: Vec<_> = read[0].reading.facts.iter().map(|f| f.reporter.clone()).collect();
        assert_eq!(reporters, [Some("z".into()), Some("other".into())]);
        assert!(read[0].reading.tally.notes.is_empty());
    }
}
