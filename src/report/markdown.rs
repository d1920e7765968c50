//! The report for a ticket: findings with evidence and next steps first, then every span in a table that is folded
//! away. Text from the bundle is escaped: it can make no link, no image and no markup.

use super::{Report, quote, spans};
use crate::case::RouteKind;
use crate::detour::Sum;
use crate::words;

/// Quotes shown for one finding.
const QUOTES: usize = 4;
/// Stretches without an explanation that are listed.
const UNEXPLAINED: usize = 20;

/// Text of a bundle as Markdown shows it: on one line, nothing in it is markup.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in quote::line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text as code: a fence of more backticks than it holds, and nothing that would show it as other than what is copied.
fn code(text: &str) -> String {
    let text = quote::full(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{}\n{fence}\n", text.trim_end())
}

/// The whole report.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let detours = report.routes().filter(|(_, route)| route.route.is_detour()).map(|(_, route)| route);
    let sum = report.window().map(|window| Sum::of(detours, window)).unwrap_or_default();
    let mut out = String::from("# I/O through coordinators\n\n");
    match sum.vms.is_empty() {
        true => out.push_str("No detour through a coordinator was found"),
        false => out.push_str(&format!("{}: {}", plain(&sum.who(report.case, 4)), plain(&sum.amount()))),
    }
    if let Some((read, written)) = sum.bytes {
        out.push_str(&format!("; measured: {} read, {} written", words::bytes(read), words::bytes(written)));
    }
    let unknown = report.routes().filter(|(_, route)| route.route == RouteKind::Unknown).count();
    if unknown > 0 {
        out.push_str(&format!("; of {} the way is not known", words::count(unknown, "span")));
    }
    out.push_str(".\n\n## Findings\n\n");
    if report.findings.is_empty() {
        out.push_str("None.\n\n");
    }
    for finding in &report.findings {
        let when = words::when(&finding.span, report.case.from, report.case.to);
        out.push_str(&format!(
            "### {}: {}\n\n{}\n\n*{}, {}, rule {}*\n\n",
            finding.verdict.word(),
            plain(&finding.title),
            plain(&finding.claim),
            plain(&when),
            finding.span.certainty.word(),
            finding.rule
        ));
        for cited in finding.span.evidence.iter().take(QUOTES) {
            let Some(placed) = report.case.facts.get(cited.fact.0 as usize) else { continue };
            let origin = placed.fact.origin;
            out.push_str(&format!("- {}: {}\n", cited.role.word(), plain(&report.place(origin))));
            if let Some(text) = report.quote(origin) {
                out.push_str(&format!("  {}\n", code(&quote::line(text)).trim_end().replace('\n', "\n  ")));
            }
        }
        if let Some(more) = finding.span.evidence.len().checked_sub(QUOTES).filter(|more| *more > 0) {
            out.push_str(&format!("- and {more} more\n"));
        }
        if !finding.next_steps.is_empty() {
            out.push_str("\nNext:\n\n");
            finding.next_steps.iter().for_each(|step| out.push_str(&code(&quote::full(step))));
        }
        out.push('\n');
    }
    unexplained(report, &mut out);
    if !report.not_judged.is_empty() {
        out.push_str("## Could not tell\n\n");
        for gap in &report.not_judged {
            out.push_str(&format!("- {}: missing {}\n", gap.rule, plain(&gap.missing)));
        }
        out.push('\n');
    }
    table(report, &mut out);
    out
}

/// The stretches that no finding explains: a cause that is not known is told too.
fn unexplained(report: &Report<'_>, out: &mut String) {
    let all: Vec<_> = report.unexplained().collect();
    if all.is_empty() {
        return;
    }
    out.push_str("## No finding explains\n\n");
    for (route, span) in all.iter().take(UNEXPLAINED) {
        let vm = report.case.vms.get(route.vm).map(|vm| vm.label()).unwrap_or_default();
        let node = route.node.as_ref().map(|node| format!(" on {node}")).unwrap_or_default();
        let coordinator = route.coordinator.as_ref().map(|node| format!(", coordinator {node}"));
        let when = words::when(span, report.case.from, report.case.to);
        let who = format!("{vm}{node}{}: {}", coordinator.unwrap_or_default(), route.route.word());
        out.push_str(&format!("- {}, {}, {}\n", plain(&who), plain(&when), span.certainty.word()));
    }
    if let Some(more) = all.len().checked_sub(UNEXPLAINED).filter(|more| *more > 0) {
        out.push_str(&format!("- and {more} more; the JSON report has all\n"));
    }
    out.push('\n');
}

fn table(report: &Report<'_>, out: &mut String) {
    out.push_str(
        "<details><summary>Every span</summary>\n\n| kind | from | to | certainty | volume | VM | disk | node | coordinator \
         | value | rules |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in spans::rows(report) {
        let text = |text: Option<&str>| text.map(plain).unwrap_or_default();
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            row.kind.word(),
            words::dated(row.span.from).unwrap_or_default(),
            words::dated(row.span.to).unwrap_or_default(),
            row.span.certainty.word(),
            text(row.volume.as_deref()),
            text(row.vm.as_deref()),
            text(row.disk),
            text(row.node.as_deref()),
            text(row.coordinator.map(|name| name.as_str())),
            text(row.value.as_deref()),
            row.rules.join(" ")
        ));
    }
    out.push_str("\n</details>\n");
}

#[cfg(test)]
mod tests {
    use super::{code, plain, render};
    use crate::cause::Causes;
    use crate::fact::{Certainty, FileSystem, FsReasons, IoMode};
    use crate::fixture::Build;
    use crate::report::{Report, Scope};
    use crate::rule::Judgement;

    #[test]
    fn what_no_finding_explains_is_said() {
        let mut b = Build::new(60);
        b.node("N1", 17763).node("N2", 17763);
        let volume = b.volume(Some(FileSystem::Ntfs), None);
        b.owner(volume, -1, 61, Some("N2"));
        let mode = IoMode::file_system(FsReasons::default());
        b.mode(volume, "N1", (-1, 61), Some(mode), Certainty::Observed);
        let vm = b.vm("a*b", &[volume]);
        b.runs(vm, -1, 61, Some("N1"));
        let (case, _) = b.done();
        let check = |judgement: Judgement, says: bool| {
            let text = render(&Report::new(&case, judgement, Scope::default()));
            let said = text.contains(
                "## No finding explains\n\n- a\\*b on N1, coordinator N2: via\\_coordinator\\_fs, ",
            );
            assert_eq!(said, says, "{text}");
        };
        check(Judgement { unexplained: Causes::of(&case, &[]).unexplained(), ..Judgement::default() }, true);
        check(Judgement::default(), false);
    }

    #[test]
    fn nothing_is_markup() {
        assert_eq!(plain("<img src=x> ![a](b) *c* |"), "&lt;img src=x&gt; \\!\\[a\\]\\(b\\) \\*c\\* \\|");
        assert_eq!(plain("a\r\n# b"), "a \\# b");
        assert_eq!(code("a ``` b"), "````\na ``` b\n````\n");
        assert_eq!(code("Move '\u{202e}gnp.exe'\u{1b}[31m\nb"), "```\nMove 'gnp.exe'[31m\nb\n```\n");
    }
}
