//! JSON as `ConvertTo-Json` of Windows PowerShell 5.1 and PowerShell 7 writes it.
//!
//! By hand and not by serde_json, because a quote needs the place of every object and a file that breaks must
//! still give the objects before the break. Accepts one object, an array, or several documents in a row.
//! `{"value": [...], "Count": n}` (an array that 5.1 had wrapped) is that array, `{"value": x, "DateTime": ...}`
//! is that date.

use std::sync::Arc;

use super::note;
use super::object::{Body, DEPTH, List, Node, Object};
use crate::ledger::NoteKind;

/// Is this JSON that a cmdlet could have written: an object, or an array of objects, arrays or strings?
pub(super) fn sniff(head: &str) -> bool {
    let start = head.trim_start();
    let inner = start.get(1..).map(str::trim_start).and_then(|rest| rest.chars().next());
    match start.chars().next() {
        Some('{') => matches!(inner, Some('"' | '}')),
        Some('[') => matches!(inner, Some('{' | '[' | '"' | ']')),
        _ => false,
    }
}

/// Hands every top-level value, and every element of a top-level array, to `sink` in file order, until it
/// answers `false`. What goes wrong goes to `trouble` with its place.
pub(super) fn read(
    text: &str,
    sink: &mut dyn FnMut(Node) -> bool,
    trouble: &mut dyn FnMut(&'static NoteKind, usize, Option<String>),
) {
    let mut parser = Parser { text, at: 0, error: None };
    loop {
        parser.skip_space();
        if parser.at >= text.len() {
            break;
        }
        let Some(node) = parser.value(0) else { break };
        let going = match &node.body {
            Body::List(list) => list.items.iter().all(|item| sink(item.clone())),
            _ => sink(node),
        };
        if !going {
            return;
        }
        if parser.error.is_some() {
            break;
        }
    }
    if let Some(what) = parser.error {
        let kind = if what == TOO_DEEP { &note::LIMIT } else { &note::BROKEN };
        trouble(kind, parser.at.min(text.len()), Some(what.to_owned()));
    }
}

const TOO_DEEP: &str = "arrays and objects nest too deep";

struct Parser<'a> {
    text: &'a str,
    at: usize,
    error: Option<&'static str>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn fail<T>(&mut self, what: &'static str) -> Option<T> {
        self.error = self.error.or(Some(what));
        None
    }

    /// A value; `None` where none could be begun. A value that broke inside is not whole.
    fn value(&mut self, depth: u32) -> Option<Node> {
        self.skip_space();
        let at = self.at;
        if depth > DEPTH {
            return self.fail(TOO_DEEP);
        }
        let body = match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Body::plain(&self.string()?, at),
            Some(_) => self.word()?,
            None => return self.fail("the file ends inside a value"),
        };
        Some(Node { at, whole: self.error.is_none(), body })
    }

    fn object(&mut self, depth: u32) -> Body {
        let mut props: Vec<(Arc<str>, Node)> = Vec::new();
        self.at += 1;
        if !self.take(b'}') {
            loop {
                self.skip_space();
                if self.peek() != Some(b'"') {
                    self.fail::<()>("a property name is missing");
                    break;
                }
                let Some(name) = self.string() else { break };
                if !self.take(b':') {
                    self.fail::<()>("a colon is missing");
                    break;
                }
                let value = self.value(depth + 1);
                props.extend(value.map(|node| (Arc::from(name.as_str()), node)));
                if self.error.is_some() || self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    self.fail::<()>("a comma is missing");
                    break;
                }
            }
        }
        unwrap(props)
    }

    fn array(&mut self, depth: u32) -> Body {
        let mut items = Vec::new();
        self.at += 1;
        if !self.take(b']') {
            loop {
                items.extend(self.value(depth + 1));
                if self.error.is_some() || self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    self.fail::<()>("a comma is missing");
                    break;
                }
            }
        }
        Body::List(Arc::new(List::new(items, true)))
    }

    /// `null`, `true`, `false` or a number, as printed.
    fn word(&mut self) -> Option<Body> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = &rest[..end];
        let number = || word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        match word {
            "null" => self.at += end,
            "true" | "false" => self.at += end,
            _ if number() && end < rest.len() => self.at += end,
            // A number that the file's end may have cut is not a number.
            _ if number() => return self.fail("the file ends inside a value"),
            _ => return self.fail("neither a value nor an end"),
        }
        Some(if word == "null" { Body::Null } else { Body::Text(Arc::from(word)) })
    }

    fn string(&mut self) -> Option<String> {
        let bytes = self.text.as_bytes();
        let mut units: Vec<u16> = Vec::new();
        let mut out = String::new();
        let mut at = self.at + 1;
        loop {
            let run = bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\'));
            let Some(run) = run else {
                return self.fail("the file ends inside a string");
            };
            if run > 0 {
                out.push_str(&String::from_utf16_lossy(&std::mem::take(&mut units)));
                out.push_str(&self.text[at..at + run]);
            }
            at += run;
            if bytes[at] == b'"' {
                out.push_str(&String::from_utf16_lossy(&units));
                self.at = at + 1;
                return Some(out);
            }
            let unit = match bytes.get(at + 1) {
                Some(b'n') => 10,
                Some(b'r') => 13,
                Some(b't') => 9,
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(&plain @ (b'"' | b'\\' | b'/')) => u16::from(plain),
                Some(b'u') => {
                    let hex =
                        self.text.get(at + 2..at + 6).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
                    match hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
                        Some(unit) => {
                            at += 4;
                            unit
                        }
                        None => return self.fail("a broken \\u escape"),
                    }
                }
                _ => return self.fail("an unknown escape"),
            };
            units.push(unit);
            at += 2;
        }
    }
}

/// Takes the wrappers of Windows PowerShell 5.1 off.
fn unwrap(props: Vec<(Arc<str>, Node)>) -> Body {
    if let [(first, value), .., (last, _)] = props.as_slice()
        && first.eq_ignore_ascii_case("value")
        && (last.eq_ignore_ascii_case("DateTime")
            || last.eq_ignore_ascii_case("Count") && props.len() == 2 && matches!(value.body, Body::List(_)))
    {
        return value.body.clone();
    }
    Body::Object(Arc::new(Object::new(Vec::new(), None, props, None)))
}

#[cfg(test)]
mod tests {
    use super::{read, sniff};
    use crate::source::snapshot::object::{Body, Node};

    fn nodes(text: &str) -> (Vec<Node>, Vec<&'static str>) {
        let (mut out, mut troubles) = (Vec::new(), Vec::new());
        read(
            text,
            &mut |node| {
                out.push(node);
                true
            },
            &mut |kind, _, _| troubles.push(kind.name),
        );
        (out, troubles)
    }

    fn show(node: &Node) -> String {
        let text = match &node.body {
            Body::Object(object) => {
                let props = object.props.iter().map(|(name, node)| format!("{name}={}", show(node)));
                format!("{{{}}}", props.collect::<Vec<_>>().join(" "))
            }
            Body::List(list) => format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(" ")),
            Body::Text(text) => text.to_string(),
            _ => "~".to_owned(),
        };
        if node.whole { text } else { format!("{text}!") }
    }

    fn check(text: &str, expect: &[&str], troubles: &[&str]) {
        let (nodes, found) = nodes(text);
        assert_eq!(nodes.iter().map(show).collect::<Vec<_>>(), expect, "{text}");
        assert_eq!(found, troubles, "{text}");
    }

    #[test]
    fn forms_of_both_powershells() {
        check(r#"{"a": 1, "b": [true, null, -2.5e3]}"#, &["{a=1 b=[true ~ -2.5e3]}"], &[]);
        check(r#"[{"a":"x\\y\u00e4\ud83d\ude00\/"},{"a":"2"}]"#, &["{a=x\\yä😀/}", "{a=2}"], &[]);
        check(r#"{"value":[{"a":1}],"Count":1}"#, &["{a=1}"], &[]);
        check(
            r#"{"t":{"value":"\/Date(1714557600000)\/","DisplayHint":2,"DateTime":"x"}}"#,
            &["{t=/Date(1714557600000)/}"],
            &[],
        );
        check("{}\r\n{\"a\":1}\n[]", &["{}", "{a=1}"], &[]);
        check(r#"{"p":"@{Name=x; FileSystem=NTFS}"}"#, &["{p={Name=x FileSystem=NTFS}}"], &[]);
    }

    #[test]
    fn breaks_keep_what_stood_before() {
        check(r#"[{"a":1},{"a":2,"b":"#, &["{a=1}", "{a=2}!"], &["snapshot_broken"]);
        check(r#"[{"a":1},{"a":12"#, &["{a=1}", "{}!"], &["snapshot_broken"]);
        check(r#"[{"a":1},x]"#, &["{a=1}"], &["snapshot_broken"]);
        let (nodes, troubles) = nodes(&"[".repeat(500_000));
        assert!(nodes.len() <= 1);
        assert_eq!(troubles, ["snapshot_limit"]);
    }

    #[test]
    fn recognition() {
        let check = |text: &str, expect: bool| assert_eq!(sniff(text), expect, "{text}");
        check("\r\n[\r\n {\"Name\"", true);
        check("{ \"Name\": 1}", true);
        check("[=== Cluster ===]", false);
        check("[System] 0000", false);
        check("{1c67fa80-", false);
    }
}
