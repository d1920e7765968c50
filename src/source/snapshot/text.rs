//! Text as `Format-List`, `Format-Table`, `fltmc` and `mpclaim` print it, alone or between other lines.
//!
//! A block of `Name : value` lines is an object, a row below an underlined header is one, and any other
//! paragraph is handed on as text. What was cut short (`...`) or broken over lines in a way that cannot be
//! undone is marked, so that it never becomes a name. Text carries no type names: what the objects are must be
//! told from their properties.

mod list;
mod table;

use std::sync::Arc;

use super::object::{Body, List, Node};

/// A line and its place.
#[derive(Copy, Clone, Debug)]
pub(super) struct Line<'a> {
    /// Offset in the decoded text.
    pub(super) at: usize,
    /// The line without its end.
    pub(super) text: &'a str,
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    let mut out = Vec::new();
    for piece in text.split_inclusive('\n') {
        out.push(Line { at, text: piece.trim_end_matches(['\r', '\n']) });
        at += piece.len();
    }
    out
}

/// Hands every block, row and paragraph to `sink` in order, until it answers `false`.
pub(super) fn read(lines: &[Line<'_>], sink: &mut dyn FnMut(Node) -> bool) {
    // Editors and tickets strip the spaces at line ends; then a wrapped value cannot be joined again.
    let stripped = !lines.iter().any(|line| line.text.ends_with(' '));
    let mut at = 0;
    while at < lines.len() {
        if lines[at].text.trim().is_empty() {
            at += 1;
        } else if table::begins(lines, at) {
            let (rows, next) = table::read(lines, at);
            if !rows.into_iter().all(&mut *sink) {
                return;
            }
            at = next;
        } else if let Some((block, next)) = list::read(lines, at, stripped) {
            if !sink(block) {
                return;
            }
            at = next;
        } else {
            let from = at;
            at += 1;
            while at < lines.len()
                && !lines[at].text.trim().is_empty()
                && !table::begins(lines, at)
                && !list::begins(lines[at].text)
            {
                at += 1;
            }
            let text = lines[from..at].iter().map(|line| line.text.trim()).collect::<Vec<_>>().join("\n");
            if !sink(Node::new(lines[from].at, Body::Text(Arc::from(text)))) {
                return;
            }
        }
    }
}

/// What a cell or a list line says. `{a, b...}` is a list of which the source shows only the beginning; the
/// items before the dots are whole.
fn value(text: &str, at: usize) -> Body {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let shown = inner.strip_suffix("...").or_else(|| inner.strip_suffix('…'));
        let items = shown.unwrap_or(inner).split(", ").map(str::trim).filter(|item| !item.is_empty());
        let items = items.map(|item| Node::new(at, Body::plain(item, at))).collect();
        // A GUID in braces is no list.
        if crate::fact::Guid::parse(text).is_none() {
            return Body::List(Arc::new(List::new(items, shown.is_none())));
        }
    }
    let cut = ["...", "…"].iter().any(|dots| text.ends_with(dots) || text.starts_with(dots));
    if cut { Body::Cut(Arc::from(text)) } else { Body::plain(text, at) }
}

#[cfg(test)]
mod tests {
    use super::{lines, read};
    use crate::source::snapshot::object::{Body, Node};

    fn show(node: &Node) -> String {
        match &node.body {
            Body::Null => "~".to_owned(),
            Body::Text(text) => text.to_string(),
            Body::Cut(text) => format!("<{text}>"),
            Body::Named { text, .. } => text.to_string(),
            Body::List(list) => {
                let items = list.items.iter().map(show).collect::<Vec<_>>().join(" ");
                format!("[{items}{}]", if list.complete { "" } else { " ?" })
            }
            Body::Object(object) => {
                let props = object.props.iter().map(|(name, node)| format!("{name}={}", show(node)));
                props.collect::<Vec<_>>().join(" | ")
            }
        }
    }

    fn check(text: &str, expect: &[&str]) {
        let mut out = Vec::new();
        read(&lines(text), &mut |node| {
            out.push(show(&node));
            true
        });
        assert_eq!(out, expect, "{text}");
    }

    #[test]
    fn lists() {
        check(
            "\r\n\r\nName  : Cluster Disk 1\r\nState : Online\r\nEmpty : \r\n\r\nName  : b\r\n\r\n\r\n",
            &["Name=Cluster Disk 1 | State=Online | Empty=~", "Name=b"],
        );
        check(
            "Filters : {a, b}\nMore    : {a, b...}\nNone    : {}\n",
            &["Filters=[a b] | More=[a b ?] | None=[]"],
        );
        check(
            "Path : C:\\ClusterStorage\\Vol...\nId   : {1c67fa80-1171-4a9e-9f41-0bb132e88ee4}\n",
            &["Path=<C:\\ClusterStorage\\Vol...> | Id={1c67fa80-1171-4a9e-9f41-0bb132e88ee4}"],
        );
        check("A : 1\nA : 2\n", &["A=1", "A=2"]);
    }

    #[test]
    fn wrapped_values() {
        // The space at the break stands at the line's end; inside a word there is none.
        check("Name : Cluster Virtual \n       Disk 1\nE    : \n", &["Name=Cluster Virtual Disk 1 | E=~"]);
        check(
            "Path : \\\\?\\Volume{1c67fa80-1171-4a9e\n       -9f41-0bb132e88ee4}\\\nE    : \n",
            &["Path=\\\\?\\Volume{1c67fa80-1171-4a9e-9f41-0bb132e88ee4}\\ | E=~"],
        );
        // No line keeps a space at its end: the break may have had one.
        check("Name : Cluster Virtual\n       Disk 1\nB    : x\n", &["Name=<Cluster Virtual> | B=x"]);
        check("Notes : first\n\n        third\nName  : x \n", &["Notes=first\n\nthird | Name=x"]);
    }

    #[test]
    fn tables() {
        check(
            "Name           State  Node\n----           -----  ----\nCluster Disk 1 Online n1\nDisk 2         Failed n2\n\n",
            &["Name=Cluster Disk 1 | State=Online | Node=n1", "Name=Disk 2 | State=Failed | Node=n2"],
        );
        // A number stands right in its column, and may be wider than its head.
        check(
            "Name         Size State\n----         ---- -----\na      1234567890 Up\nlonger         12 Down\n",
            &["Name=a | Size=1234567890 | State=Up", "Name=longer | Size=12 | State=Down"],
        );
        check(
            "Name    Path\n----    ----\nsql...  C:\\Clu...\nok      C:\\x…\n",
            &["Name=<sql...> | Path=<C:\\Clu...>", "Name=ok | Path=<C:\\x…>"],
        );
        check(
            "MPIO Disk    System Disk  LB Policy\n------------------------------\nMPIO Disk0   Disk 2       RR\n",
            &["MPIO Disk=MPIO Disk0 | System Disk=Disk 2 | LB Policy=RR"],
        );
        check("名前     状態\n----     ----\nディスク Up\n", &["名前=ディスク | 状態=Up"]);
        // Format-Table -Wrap goes on below: the cell is not whole.
        check(
            "Name Path\n---- ----\nvm1  C:\\ClusterStorage\\\n     Volume1\nvm2  C:\\x\n",
            &["Name=vm1 | Path=<C:\\ClusterStorage\\>", "Name=vm2 | Path=C:\\x"],
        );
    }

    #[test]
    fn other_text() {
        check(
            "PS C:\\> fltmc\nhello\nA B\n- --\nx y\n\nName : x\n",
            &["PS C:\\> fltmc\nhello", "A=x | B=y", "Name=x"],
        );
        check("", &[]);
        check("---- ----\n---- ----\n", &["---- ----\n---- ----"]);
    }
}
