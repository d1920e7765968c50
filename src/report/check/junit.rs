//! The outcome as JUnit XML: one test case a clause.

use std::fmt::Write;

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::{Clause, Outcome, text::place_of};
use crate::report::Report;

/// JUnit XML. A violated clause is a failure; an undecided one is an error where the policy fails on it, else it is
/// skipped.
///
/// # Errors
/// The XML writer failed, which it does only on text that no XML can hold.
pub fn junit(report: &Report<'_>, clauses: &[Clause], fails: bool) -> Result<String, String> {
    let mut suite = TestSuite::new("throughline check");
    for clause in clauses {
        let mut told = String::new();
        for reason in &clause.reasons {
            let _ = writeln!(told, "{}", reason.text);
            for (place, quote) in reason.evidence.iter().filter_map(|&fact| place_of(report, fact)) {
                let _ = writeln!(told, "    {place}: {}", quote.unwrap_or(""));
            }
        }
        let mut status = match clause.outcome {
            Outcome::Kept => TestCaseStatus::success(),
            Outcome::Violated => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Outcome::Undecided if fails => TestCaseStatus::non_success(NonSuccessKind::Error),
            Outcome::Undecided => TestCaseStatus::skipped(),
        };
        if let Some(first) = clause.reasons.first() {
            status.set_message(first.text.as_str());
            status.set_description(told);
        }
        let mut case = TestCase::new(clause.says.as_str(), status);
        case.set_classname(clause.key);
        suite.add_test_case(case);
    }
    let mut document = Document::new("throughline");
    document.add_test_suite(suite);
    document.to_string().map(|xml| without_skipped(&xml)).map_err(|error| error.to_string())
}

/// The schema that Jenkins validates by knows no `skipped` of all suites together, only of each.
fn without_skipped(xml: &str) -> String {
    let Some((begin, rest)) = xml.split_once("<testsuites ") else { return xml.to_owned() };
    let Some((tag, rest)) = rest.split_once('>') else { return xml.to_owned() };
    let mut kept = tag.to_owned();
    if let Some(from) = tag.find(" skipped=\"")
        && let Some(length) = tag[from + " skipped=\"".len()..].find('"')
    {
        kept.replace_range(from..from + " skipped=\"".len() + length + 1, "");
    }
    format!("{begin}<testsuites {kept}>{rest}")
}

#[cfg(test)]
mod tests {
    use quick_xml::events::{BytesStart, Event};
    use quick_xml::{Reader, XmlVersion};

    use super::without_skipped;
    use crate::report::check::tests::with;

    /// An element, the attributes it must have, those it may have, the elements it may hold.
    type Shape = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

    /// What the JUnit schema of Jenkins' xUnit plugin (`junit-10.xsd`) says of the elements that are written here.
    const SHAPES: [Shape; 6] = [
        ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
        (
            "testsuite",
            &["name", "tests", "failures", "errors"],
            &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
            &["testsuite", "testcase"],
        ),
        ("testcase", &["name"], &["time", "classname", "group"], &["skipped", "error", "failure"]),
        ("failure", &[], &["type", "message"], &[]),
        ("error", &[], &["type", "message"], &[]),
        ("skipped", &[], &["type", "message"], &[]),
    ];

    /// Where a document departs from the schema; and its counts, where they are not those of its cases.
    fn offences(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        let mut open: Vec<String> = Vec::new();
        let mut out = Vec::new();
        let mut counted = [0_usize; 4];
        let mut said: Vec<[Option<usize>; 4]> = Vec::new();
        loop {
            let event = reader.read_event().expect("XML");
            match &event {
                Event::Start(tag) | Event::Empty(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    out.extend(element(&name, open.last(), tag));
                    let of = ["testcase", "failure", "error", "skipped"];
                    of.iter().zip(&mut counted).for_each(|(of, count)| *count += usize::from(*of == name));
                    if name.starts_with("testsuite") {
                        let number = |key: &str| {
                            tag.try_get_attribute(key)
                                .ok()??
                                .normalized_value(XmlVersion::default())
                                .ok()?
                                .parse()
                                .ok()
                        };
                        said.push(["tests", "failures", "errors", "skipped"].map(number));
                    }
                    if matches!(event, Event::Start(_)) {
                        open.push(name);
                    }
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) if !text.trim().is_empty() && !holds_text(open.last()) => {
                    out.push(format!("text in {open:?}"));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        for said in said {
            let wrong = said.iter().zip(counted).any(|(said, count)| said.is_some_and(|said| said != count));
            out.extend(wrong.then(|| format!("{said:?} are said, {counted:?} are there")));
        }
        out
    }

    fn holds_text(inside: Option<&String>) -> bool {
        matches!(inside.map(String::as_str), Some("failure" | "error" | "skipped"))
    }

    fn element(name: &str, inside: Option<&String>, tag: &BytesStart<'_>) -> Vec<String> {
        let Some((_, must, may, _)) = SHAPES.iter().find(|(known, ..)| *known == name) else {
            return vec![format!("no element {name}")];
        };
        let mut out = Vec::new();
        let root = inside.is_none() && !matches!(name, "testsuites" | "testsuite");
        let misplaced = inside.is_some_and(|inside| {
            SHAPES.iter().any(|(outer, _, _, holds)| outer == inside && !holds.contains(&name))
        });
        if root || misplaced {
            out.push(format!("{name} inside {inside:?}"));
        }
        let has: Vec<String> = tag
            .attributes()
            .map(|attribute| attribute.expect("an attribute").key.as_ref().to_owned())
            .collect();
        let missing = must.iter().filter(|must| !has.iter().any(|has| has == **must));
        out.extend(missing.map(|missing| format!("{name} without {missing}")));
        let known = |has: &&String| must.contains(&has.as_str()) || may.contains(&has.as_str());
        out.extend(has.iter().filter(|has| !known(has)).map(|has| format!("{name} with {has}")));
        out
    }

    #[test]
    fn fits_the_schema() {
        let undecided = "minimum_certainty = 'observed'\nmaximum_detour = [{ vm = 'sql', time = '5h' }]";
        for policy in ["", "allowed_causes = []", "required_inputs = ['evtx', 'etl']", undecided] {
            for fails in [false, true] {
                let xml =
                    with(policy, |report, _, clauses| super::junit(report, clauses, fails).expect("XML"));
                assert_eq!(offences(&xml), Vec::<String>::new(), "{policy}\n{xml}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_seen() {
        let check = |xml: &str, expect: &str| assert_eq!(offences(xml).join("; "), expect, "{xml}");
        let suite = |inside: &str| {
            format!(
                "<testsuites><testsuite name='a' tests='1' failures='0' errors='0'>{inside}</testsuite></testsuites>"
            )
        };
        check(&suite("<testcase name='x'/>"), "");
        check(&suite("<testcase/>"), "testcase without name");
        check(&suite("<case name='x'/><testcase name='x'/>"), "no element case");
        check(
            &suite("<testcase name='x'>a</testcase>"),
            "text in [\"testsuites\", \"testsuite\", \"testcase\"]",
        );
        check("<testsuites skipped='0'/>", "testsuites with skipped");
        check(&suite("").replace(" errors='0'", "").replace("'1'", "'0'"), "testsuite without errors");
        assert!(offences(&suite("<testcase name='x'><failure/></testcase>")).len() == 1);
        assert_eq!(without_skipped("<a/><testsuites skipped=\"1\"/>"), "<a/><testsuites skipped=\"1\"/>");
        assert_eq!(
            without_skipped("<testsuites a=\"\" skipped=\"12\" b=\"\">x"),
            "<testsuites a=\"\" b=\"\">x"
        );
    }
}
