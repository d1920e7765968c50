//! The knowledge base as people read it: `throughline rules` and the documentation page. Everything comes from the
//! [`Rule`] values; nothing is written twice.

use super::page::Page;
use super::style::Style;
use crate::rule::Rule;

/// One line a rule: id, verdicts, title.
#[must_use]
pub fn list(rules: &[Rule]) -> String {
    let mut page = Page::new(Style::PLAIN);
    let rows: Vec<Vec<String>> =
        rules.iter().map(|rule| vec![rule.id.into(), verdicts(rule), rule.title.into()]).collect();
    page.table(0, &rows, 32);
    page.finish()
}

fn verdicts(rule: &Rule) -> String {
    rule.verdicts.iter().map(|v| v.word()).collect::<Vec<_>>().join(", ")
}

/// What the rule can be the cause of.
fn explains(rule: &Rule) -> String {
    match rule.explains {
        [] => "no detour and no pause".into(),
        all => all.iter().map(|effect| effect.words()).collect::<Vec<_>>().join(", "),
    }
}

/// One rule in full, as text.
#[must_use]
pub fn one(rule: &Rule) -> String {
    let mut page = Page::new(Style::PLAIN);
    page.hanging(0, &format!("{}: ", rule.id), rule.title, None);
    page.blank();
    page.paragraph(0, rule.meaning);
    page.blank();
    page.hanging(0, "Versions: ", rule.versions, None);
    page.hanging(0, "Verdicts: ", &verdicts(rule), None);
    page.hanging(0, "Explains: ", &explains(rule), None);
    for (title, items) in sections(rule) {
        page.blank();
        page.paragraph(0, &format!("{title}:"));
        for item in items {
            page.hanging(2, "- ", item, None);
        }
    }
    page.finish()
}

fn sections(rule: &Rule) -> [(&'static str, &'static [&'static str]); 4] {
    [
        ("Needs", rule.needs),
        ("Speaks against it", rule.against),
        ("What to do", rule.next_steps),
        ("Sources", rule.sources),
    ]
}

/// All rules in full, as a markdown page.
#[must_use]
pub fn page(rules: &[Rule]) -> String {
    let mut out = String::from(
        "# Rules\n\nEvery diagnosis that `throughline` knows, written by `throughline rules` from the rules themselves.\n\n\
         | rule | verdicts | what it is |\n|---|---|---|\n",
    );
    for rule in rules {
        let (id, verdicts, title) = (rule.id, verdicts(rule), markdown(rule.title));
        out.push_str(&format!("| [{id}](#{id}) | {verdicts} | {title} |\n"));
    }
    for rule in rules {
        out.push_str(&format!(
            "\n## {}\n\n**{}.** {}\n\n",
            rule.id,
            markdown(rule.title),
            markdown(rule.meaning)
        ));
        out.push_str(&format!("- Versions: {}\n- Verdicts: {}\n", markdown(rule.versions), verdicts(rule)));
        out.push_str(&format!("- Explains: {}\n", explains(rule)));
        for (title, items) in sections(rule) {
            out.push_str(&format!("\n{title}:\n\n"));
            for item in items {
                out.push_str(&format!("- {}\n", markdown(item)));
            }
        }
    }
    out
}

/// What markdown or its HTML would take for markup stands as itself.
fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('<', "&lt;")
        .replace('|', "\\|")
        .replace('*', "\\*")
        .replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::{list, one, page};
    use crate::report::quote;
    use crate::rule::RULES;

    #[test]
    fn every_rule_is_on_every_page() {
        let (list, page) = (list(RULES), page(RULES));
        for rule in RULES {
            assert!(list.contains(rule.id) && page.contains(&format!("\n## {}\n", rule.id)));
            let text = one(rule);
            assert!(text.contains("What to do:") && text.contains("Sources:"), "{text}");
            for line in text.lines().chain(list.lines()) {
                assert!(quote::columns(line) <= 100, "{line}");
            }
        }
    }
}
