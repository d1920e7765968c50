//! `Format-List` blocks: `Name : value` lines with their colons in one column, wrapped values below the value.

use std::sync::Arc;

use super::super::object::{Body, Node, Object};
use super::{Line, value};

/// Does a block begin with this line?
pub(super) fn begins(line: &str) -> bool {
    property(line).is_some()
}

/// Reads the block that begins at line `from`; answers it with the number of the line after it.
pub(super) fn read(lines: &[Line<'_>], from: usize, stripped: bool) -> Option<(Node, usize)> {
    let (_, column, _) = property(lines[from].text)?;
    let mut props: Vec<(Arc<str>, Value)> = Vec::new();
    let mut at = from;
    while at < lines.len() {
        let text = lines[at].text;
        let indent = text.len() - text.trim_start().len();
        if text.trim().is_empty() {
            // A value with line ends of its own goes on, indented, after an empty line.
            let next = lines.get(at + 1).filter(|next| continues(next.text, column));
            let (Some(_), Some((_, last))) = (next, props.last_mut()) else { break };
            last.text.push('\n');
        } else if continues(text, column) && !props.is_empty() {
            if let Some((_, last)) = props.last_mut() {
                last.join(&text[indent..], stripped);
            }
        } else {
            match property(text) {
                Some((name, here, rest))
                    if here == column
                        && props.len() < MOST
                        && !props.iter().any(|(known, _)| **known == *name) =>
                {
                    props.push((
                        Arc::from(name),
                        Value { at: lines[at].at, text: rest.to_owned(), whole: true },
                    ));
                }
                _ => break,
            }
        }
        at += 1;
    }
    let props = props.into_iter().map(|(name, value)| (name, value.node())).collect();
    let object = Object::new(Vec::new(), None, props, None);
    Some((Node::new(lines[from].at, Body::Object(Arc::new(object))), at))
}

/// More properties than any object of ours has; a longer block goes on as another.
const MOST: usize = 2000;

struct Value {
    at: usize,
    text: String,
    whole: bool,
}

impl Value {
    /// PowerShell breaks at a space, which it leaves at the line's end, or inside a word that is too long. Where
    /// spaces at line ends were stripped the two cannot be told apart.
    fn join(&mut self, more: &str, stripped: bool) {
        if self.text.ends_with('\n') {
            self.text.push('\n');
        } else if stripped {
            self.whole = false;
        }
        if self.whole {
            self.text.push_str(more);
        }
    }

    fn node(self) -> Node {
        let body =
            if self.whole { value(&self.text, self.at) } else { Body::Cut(Arc::from(self.text.trim())) };
        Node::new(self.at, body)
    }
}

/// Is the line a value that goes on: blank up to where the values of the block begin?
fn continues(line: &str, column: usize) -> bool {
    line.len() >= column + 2 && line.bytes().take(column + 2).all(|b| b == b' ')
}

/// `Name : value` to the name, the colon's column and the value. A property's name is a word or a few;
/// prose with a colon in it is none.
fn property(line: &str) -> Option<(&str, usize, &str)> {
    let column = match line.find(" : ") {
        Some(at) => at + 1,
        None => line.trim_end().strip_suffix(" :")?.len() + 1,
    };
    let name = line[..column].trim_end();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '(' | ')' | '%' | '.' | '#');
    let fits = name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(plain)
        && name.split(' ').count() <= 4;
    fits.then(|| (name, column, line[column + 1..].strip_prefix(' ').unwrap_or_default()))
}
