//! What engine lines say, by tag. One file a tag, one row a form: its name, a sample, what the sample says, and
//! a scanner that takes the text apart by hand.
//!
//! A scanner sees a line whose fixed part is already taken apart. It answers `None` when the line is not its
//! form, and an empty list when the form is known and says nothing here. Every line that a row takes contains
//! the row's `needle`, so that candidates can be found by a byte search before any parsing.

mod core;
mod dcm;
mod gem;
mod im;
mod ndp;
mod netftapi;
mod network;
mod nm;
mod node;
mod quorum;
mod rcm;
mod res;
mod rhs;
mod untagged;

use super::line::{Line, is_known_tag};
use crate::fact::{Claim, Name, NodeClaim, NodeRef};

pub(super) use self::res::spoken_of;

/// One form of an engine line.
pub struct Form {
    /// Name in `lower_snake_case`, unique.
    pub name: &'static str,
    /// Tag of the lines; empty for lines without one.
    pub tag: &'static str,
    /// Literal text that every line of this form contains.
    pub needle: &'static str,
    /// A line of this form, from its level on.
    pub sample: &'static str,
    /// What the sample says.
    pub expect: fn() -> Vec<Claim>,
    /// Takes a line of the tag apart.
    pub scan: fn(&Line<'_>) -> Option<Vec<Claim>>,
}

/// Every form, by tag.
pub const FORMS: &[&[Form]] = &[
    core::FORMS,
    dcm::FORMS,
    gem::FORMS,
    im::FORMS,
    ndp::FORMS,
    netftapi::FORMS,
    network::FORMS,
    nm::FORMS,
    node::FORMS,
    quorum::FORMS,
    rcm::FORMS,
    res::FORMS,
    rhs::FORMS,
    untagged::FORMS,
];

/// What a line came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Understood {
    /// It says these things; nothing, where the form is known and silent.
    Claims(Vec<Claim>),
    /// A component that is known, a form that is not.
    Silent,
    /// Neither tag nor form is known.
    Unknown,
}

/// What an engine line says.
pub(super) fn understand(line: &Line<'_>) -> Understood {
    let forms = FORMS.iter().find(|forms| forms.first().is_some_and(|form| form.tag == line.tag));
    let mut claims = forms
        .into_iter()
        .flat_map(|forms| forms.iter())
        .find_map(|form| line.text.contains(form.needle).then(|| (form.scan)(line)).flatten());
    if let Some(subject) = res::subject(line) {
        claims.get_or_insert_with(Vec::new).extend(subject);
    }
    match claims {
        Some(claims) => Understood::Claims(claims),
        None if is_known_tag(line.tag) || untagged::is_boring(line) => Understood::Silent,
        None => Understood::Unknown,
    }
}

/// The text between two fixed parts, the second searched from the left behind the first.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

/// Node numbers as sets print them: `(1 2)`; empty where the set is.
fn numbers(set: &str) -> Vec<u32> {
    set.trim_matches(['(', ')']).split(' ').filter_map(|number| number.parse().ok()).collect()
}

/// `name(3)`, as moves print a node.
fn node_and_number(text: &str) -> Option<(Name, Option<u32>)> {
    let (name, number) = text.trim().strip_suffix(')')?.rsplit_once('(')?;
    let name = Name::node(name);
    (!name.is_empty()).then(|| (name, number.parse().ok()))
}

/// That a name and a number are one node.
fn named(name: &Name, number: u32) -> Claim {
    Claim::Node(NodeRef { name: Some(name.clone()), number: Some(number) }, NodeClaim::Named)
}

/// A node known by number only.
fn numbered(number: u32) -> NodeRef {
    NodeRef { name: None, number: Some(number) }
}

/// A view id with its members: `1101(1 2)`.
fn view(text: &str, stage: &'static str) -> Option<Claim> {
    let (id, rest) = text.split_once('(')?;
    let members = numbers(rest.split(')').next()?);
    let fits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| Claim::Node(NodeRef::REPORTER, NodeClaim::View { id: id.to_owned(), members, stage }))
}

/// The components whose lines may begin with the number of the node that writes.
pub(super) const WRITERS: [&str; 7] = ["CORE", "GEM", "GUM", "JPM", "NODE", "QUORUM", "RGP"];

/// The number of the node that writes, out of `Node 8: ...` at the start of the text.
pub(super) fn writer(line: &Line<'_>) -> Option<u32> {
    if !WRITERS.contains(&line.tag) {
        return None;
    }
    let rest = line.text.strip_prefix("Node ").or_else(|| line.text.strip_prefix("node "))?;
    rest.split_once(": ")?.0.parse().ok()
}

/// Does the node that writes join by this view? Then it was no member before, whatever ended that: its service runs anew
/// (facts: cluster-log 3.7).
pub(super) fn joins(line: &Line<'_>) -> bool {
    let joiners = || between(line.text, "Proposed View is <ViewChanged joiners=", " downers=");
    line.tag == "CORE"
        && writer(line).is_some_and(|own| joiners().is_some_and(|set| numbers(set).contains(&own)))
}

#[cfg(test)]
mod tests {
    use super::{FORMS, Line, Understood, understand, writer};

    fn line(text: &str) -> Line<'_> {
        let at = crate::source::cluster_log::line::begin(text).map_or(0, |begin| begin.skip);
        Line::parse(&text[at..]).unwrap_or_else(|e| panic!("{e:?}: {text}"))
    }

    /// Every row takes its own sample, says what it should, and no other row takes it.
    #[test]
    fn forms_and_samples() {
        let mut names = std::collections::BTreeSet::new();
        for form in FORMS.iter().copied().flatten() {
            assert!(names.insert(form.name), "{} twice", form.name);
            let line = line(form.sample);
            assert_eq!(line.tag, form.tag, "{}", form.name);
            assert!(line.text.contains(form.needle), "{}", form.name);
            assert_eq!((form.scan)(&line), Some((form.expect)()), "{}", form.name);
            for other in FORMS.iter().copied().flatten().filter(|other| other.name != form.name) {
                let taken = other.tag == form.tag
                    && line.text.contains(other.needle)
                    && (other.scan)(&line).is_some();
                assert!(!taken, "{} also takes the sample of {}", other.name, form.name);
            }
        }
        assert!(FORMS.iter().all(|forms| forms.iter().all(|form| form.tag == forms[0].tag)));
    }

    #[test]
    fn lines_without_a_form() {
        let check = |text: &str, expect: Understood| assert_eq!(understand(&line(text)), expect, "{text}");
        check("INFO  [GUM] Node 2: Executing locally gumId: 7", Understood::Silent);
        check("INFO    <Delay>1000</Delay>", Understood::Silent);
        check("INFO  [ZZZ] unheard of", Understood::Unknown);
        check("INFO  nobody knows", Understood::Unknown);
        assert_eq!(writer(&line("INFO  [GUM] Node 2: Executing")), Some(2));
        assert_eq!(writer(&line("INFO  [RGP] node 3: x")), Some(3));
        assert_eq!(writer(&line("INFO  [CORE] Node 88f462ac: x")), None);
    }
}
