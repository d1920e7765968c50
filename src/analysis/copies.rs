//! The same file handed in twice: under two names, in a folder and in the archive that it was sent in. It is read twice
//! and counts once. Files of two nodes may be equal and stay two: what decides is content and node.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader};

use crate::bundle::{Bundle, Input};
use crate::fact::Name;
use crate::ledger::{NoteKind, Severity};
use crate::source::{Objects, Outcome, UNRECOGNISED};

/// An input that was handed in before.
const COPY: NoteKind = NoteKind {
    name: "copy",
    severity: Severity::Info,
    advice: "Another input has the same content and is of the same node, or of one where this names none: what it says \
             was counted once.",
};

/// How much of two inputs is compared at a time.
const STEP: usize = 1 << 16;

/// For each input the one that it is a copy of. Copies keep their account and say nothing.
pub(super) fn find(bundle: &Bundle, nodes: &[Option<Name>], read: &mut [Outcome]) -> Vec<Option<usize>> {
    let mut copy_of = vec![None; read.len()];
    // Equal content gives equal accounts: few inputs are compared byte by byte.
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, outcome) in read.iter().enumerate().filter(|(_, outcome)| outcome.kind != UNRECOGNISED) {
        let (tally, facts) = (&outcome.reading.tally, outcome.reading.facts.len());
        let account = (tally.entries, tally.facts, tally.silent, tally.unknown, facts);
        alike.entry((outcome.kind, bundle.inputs[at].bytes, account)).or_default().push(at);
    }
    for mut group in alike.into_values().filter(|group| group.len() > 1) {
        // Whoever names a node comes first.
        group.sort_by_key(|&at| (nodes[at].is_none(), at));
        let mut kept: Vec<usize> = Vec::new();
        for at in group {
            let fits = |&other: &usize| nodes[at].is_none() || nodes[at] == nodes[other];
            let found = kept.iter().copied().filter(fits).find(|&other| {
                read[at].reading.facts.iter().map(|f| f.stamp).eq(read[other]
                    .reading
                    .facts
                    .iter()
                    .map(|f| f.stamp))
                    && equal(bundle, &bundle.inputs[at], &bundle.inputs[other]).unwrap_or(false)
            });
            match found {
                Some(other) => copy_of[at] = Some(other),
                None => kept.push(at),
            }
        }
    }
    for (at, other) in copy_of.iter().enumerate().filter_map(|(at, other)| Some((at, (*other)?))) {
        let reading = &mut read[at].reading;
        reading.tally.note(&COPY, None, Some(bundle.inputs[other].path.clone()));
        reading.facts.clear();
        reading.coverage.clear();
        (reading.cluster, reading.cluster_id) = (None, None);
        reading.members.clear();
        reading.objects = Objects::default();
    }
    copy_of
}

/// Have both the same bytes?
fn equal(bundle: &Bundle, one: &Input, two: &Input) -> io::Result<bool> {
    let (one, two) = (bundle.stream(one)?, bundle.stream(two)?);
    let (mut one, mut two) = (BufReader::with_capacity(STEP, one), BufReader::with_capacity(STEP, two));
    loop {
        let (left, right) = (one.fill_buf()?, two.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        two.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Options;
    use crate::source;

    const DRIVERS: &str = "Filter Name                     Num Instances    Altitude    Frame\n\
                           ------------------------------  -------------  ------------  -----\n\
                           luafv                                   1       135000         0\n";

    /// Files with the node that each is of; which is a copy of which.
    fn check(files: &[(&str, &str, &str)], expect: &[Option<usize>]) {
        let contents = files.iter().map(|(path, text, _)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let bundle = Bundle::from_memory(contents, &Options::default());
        let nodes: Vec<Option<Name>> =
            files.iter().map(|(_, _, node)| Some(Name::new(node)).filter(|name| !name.is_empty())).collect();
        let mut read = source::read_all(&bundle);
        assert!(read.iter().all(|outcome| !outcome.reading.facts.is_empty()), "{files:#?}");
        assert_eq!(find(&bundle, &nodes, &mut read), expect, "{files:#?}");
        for (outcome, copy) in read.iter().zip(expect) {
            assert_eq!(outcome.reading.facts.is_empty(), copy.is_some());
            assert!(outcome.reading.tally.facts > 0 && outcome.reading.tally.balances());
        }
    }

    #[test]
    fn content_and_node_decide() {
        let other = DRIVERS.replace("135000", "135001");
        check(&[("a", DRIVERS, "n1"), ("b", DRIVERS, "n1"), ("c", &other, "n1")], &[None, Some(0), None]);
        check(&[("a", DRIVERS, "n1"), ("b", DRIVERS, "n2")], &[None, None]);
        check(&[("a", DRIVERS, ""), ("b", DRIVERS, "n1"), ("c", DRIVERS, "")], &[Some(1), None, Some(1)]);
    }
}
