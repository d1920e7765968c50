//! The report as one page to look at: lanes on one time axis, findings beside them, the quoted line behind every span.
//! One file that opens offline: no request leaves it, and its Content-Security-Policy lets only its own script and
//! style run. What comes from the bundle travels as JSON and becomes text, never markup.
//!
//! `html/data.rs` says what the page is told; `html/app.js` draws it, `html/style.css` dresses it.

mod data;
mod traffic;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{Report, quote};

const TEMPLATE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
/// One script, in the order of its parts; together they are one function that knows no global name.
const SCRIPT: [&str; 7] = [
    include_str!("html/model.js"),
    include_str!("html/lanes.js"),
    include_str!("html/draw.js"),
    include_str!("html/panels.js"),
    include_str!("html/map.js"),
    include_str!("html/table.js"),
    include_str!("html/app.js"),
];

/// The page.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    // A browser reads every end of line as a line feed before it takes the hash.
    let style = STYLE.replace("\r\n", "\n");
    let script = SCRIPT.concat().replace("\r\n", "\n");
    let script = format!("(() => {{\n\"use strict\";\n{script}}})();\n");
    let (page, quotes) = data::of(report);
    filled(
        &TEMPLATE.replace("\r\n", "\n"),
        &[
            ("script-hash", &hash(&script)),
            ("style-hash", &hash(&style)),
            ("style", &style),
            ("page", &embedded(&page)),
            ("quotes", &embedded(&quotes)),
            ("script", &script),
        ],
    )
}

/// The template with each `{{name}}` replaced, in one pass: what was put in is not looked at again.
fn filled(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out =
        String::with_capacity(template.len() + parts.iter().map(|(_, text)| text.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(parts.iter().find(|(part, _)| *part == name).map_or("", |(_, text)| text));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A source as Content-Security-Policy names it by its content.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// What could close a script element, open a comment or end a line of script.
const MARKUP: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];

/// JSON that may stand inside a script element: nothing in it closes the element or opens a comment. Outside strings
/// JSON has none of these characters, so that each may be written as an escape. Marks that turn the direction of
/// writing go: a name could make the page say something else than it holds.
fn embedded(value: &impl serde::Serialize) -> String {
    // Only maps with keys that are no text can fail to be written, and there are none.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c| MARKUP.contains(&c) || quote::turns(c)) {
        out.push_str(&rest[..at]);
        let c = rest[at..].chars().next().unwrap_or(' ');
        if MARKUP.contains(&c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        }
        rest = &rest[at + c.len_utf8()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{embedded, filled, hash};

    #[test]
    fn json_stays_inside_its_element() {
        let check = |text: &str| {
            let out = embedded(&text);
            assert!(!out.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{out}");
            assert_eq!(serde_json::from_str::<String>(&out).expect("JSON"), text);
        };
        check("</script><script>alert(1)</script>");
        check("<!--<script>-->]]>&lt;\u{2028}\u{2029}\u{0}\"\\u003c");
        check("");
        check("plain");
        assert_eq!(embedded(&"a\u{202e}b\u{2066}\u{200f}c"), "\"abc\"");
    }

    #[test]
    fn parts_are_not_looked_at_again() {
        assert_eq!(filled("a{{x}}b{{y}}c{{x}}", &[("x", "{{y}}"), ("y", "1")]), "a{{y}}b1c{{y}}");
        assert_eq!(filled("{{z}}", &[]), "");
    }

    #[test]
    fn hashes_are_as_browsers_take_them() {
        // The example of the Content Security Policy specification, level 3.
        assert_eq!(hash("alert('Hello, world.');"), "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
    }
}
