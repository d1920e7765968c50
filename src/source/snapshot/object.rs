//! What the three syntaxes have in common: objects with named properties, lists, and plain values as text.
//!
//! Property names are compared without regard to case and spaces (`Friendly Name` heads a table column of
//! `FriendlyName`). A value that the source cut short is a kind of its own and never answers as text, and the
//! text that PowerShell prints for an object beyond the depth (`System.Object[]`, a type name) is no name.

use std::sync::Arc;

use crate::fact::{Guid, Name};

/// How deep objects may nest.
pub(super) const DEPTH: u32 = 64;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Offset in the decoded text.
    pub(super) at: usize,
    /// False where the file broke inside.
    pub(super) whole: bool,
    /// The value.
    pub(super) body: Body,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Null, or an empty cell.
    Null,
    /// Any primitive, as printed.
    Text(Arc<str>),
    /// A value of which the source shows only a part.
    Cut(Arc<str>),
    /// An enum with both its text and its number.
    Named { text: Arc<str>, number: Arc<str> },
    /// Several values.
    List(Arc<List>),
    /// An object.
    Object(Arc<Object>),
}

/// Several values.
#[derive(Debug)]
pub(super) struct List {
    /// The values, in order.
    pub(super) items: Vec<Node>,
    /// False where the source says that there are more.
    pub(super) complete: bool,
    height: u32,
}

/// An object.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// Type names, most special first; empty where the syntax has none.
    pub(super) types: Vec<Arc<str>>,
    /// What `ToString()` gave.
    pub(super) text: Option<Arc<str>>,
    /// Properties in order.
    pub(super) props: Vec<(Arc<str>, Node)>,
    /// The line of a table that this object is.
    pub(super) row: Option<Arc<str>>,
    height: u32,
}

impl List {
    pub(super) fn new(items: Vec<Node>, complete: bool) -> Self {
        let height = 1 + items.iter().map(Node::height).max().unwrap_or(0);
        Self { items, complete, height }
    }
}

impl Node {
    /// A whole value.
    pub(super) fn new(at: usize, body: Body) -> Self {
        Self { at, whole: true, body }
    }

    /// Levels of nesting below this node.
    pub(super) fn height(&self) -> u32 {
        match &self.body {
            Body::List(list) => list.height,
            Body::Object(object) => object.height,
            _ => 0,
        }
    }

    /// The text of a plain value. Empty text, cut values and type names are none.
    pub(super) fn text(&self) -> Option<&str> {
        let text = match &self.body {
            Body::Text(text) | Body::Named { text, .. } => text.trim(),
            Body::Object(object) => object.text.as_deref()?.trim(),
            Body::Null | Body::Cut(_) | Body::List(_) => return None,
        };
        Some(text).filter(|t| !t.is_empty() && !is_type_name(t))
    }

    /// The name of a thing that is an object or only its name.
    pub(super) fn name(&self) -> Option<Name> {
        match &self.body {
            Body::Object(object) => object.name("Name").or_else(|| self.text().map(Name::new)),
            _ => self.text().map(Name::new),
        }
    }

    /// A whole number: of an enum, decimal, or `0x` hexadecimal.
    pub(super) fn number(&self) -> Option<i64> {
        let text = match &self.body {
            Body::Named { number, .. } => number.trim(),
            _ => self.text()?,
        };
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    }

    /// The values of a list; a single value is a list of one. `None` for null, and for a list of which the
    /// source shows only the beginning.
    pub(super) fn items(&self) -> Option<&[Node]> {
        match &self.body {
            Body::Null | Body::Cut(_) => None,
            Body::List(list) => list.complete.then_some(&list.items),
            _ => Some(std::slice::from_ref(self)),
        }
    }

    /// The object, where this is one.
    pub(super) fn object(&self) -> Option<&Object> {
        match &self.body {
            Body::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Body {
    /// A primitive's text. The `@{a=b; c=d}` that PowerShell prints for a custom object beyond the depth is
    /// an object again.
    pub(super) fn plain(text: &str, at: usize) -> Self {
        match Object::inline(text, at) {
            Some(object) => Self::Object(Arc::new(object)),
            None if text.is_empty() => Self::Null,
            None => Self::Text(Arc::from(text)),
        }
    }
}

impl Object {
    pub(super) fn new(
        types: Vec<Arc<str>>,
        text: Option<Arc<str>>,
        props: Vec<(Arc<str>, Node)>,
        row: Option<Arc<str>>,
    ) -> Self {
        let height = 1 + props.iter().map(|(_, node)| node.height()).max().unwrap_or(0);
        Self { types, text, props, row, height }
    }

    /// Reads `@{Name=Volume1; FileSystem=NTFS}`. Every part must be a pair, else this is just text.
    fn inline(text: &str, at: usize) -> Option<Self> {
        let inner = text.trim().strip_prefix("@{")?.strip_suffix('}')?;
        let mut props = Vec::new();
        for part in inner.split("; ") {
            let (name, value) = part.split_once('=')?;
            let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            let body = if value.is_empty() { Body::Null } else { Body::Text(Arc::from(value)) };
            props.push((Arc::from(name), Node::new(at, body)));
            if !plain {
                return None;
            }
        }
        Some(Self::new(Vec::new(), None, props, None))
    }

    /// The property `path`; a dot descends into an object.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        let (first, rest) = match path.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let node = self.props.iter().find(|(name, _)| same(name, first)).map(|(_, node)| node)?;
        match rest {
            Some(rest) => node.object()?.get(rest),
            None => Some(node),
        }
    }

    /// Is there such a property, whatever its value?
    pub(super) fn has(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    /// Are there all of these properties?
    pub(super) fn has_all(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.has(path))
    }

    /// Are these the only properties, in whatever order?
    pub(super) fn has_only(&self, names: &[&str]) -> bool {
        self.props.len() == names.len() && self.has_all(names)
    }

    /// Are these the only properties, in this order: the columns of a cmdlet's default table?
    pub(super) fn is_row_of(&self, names: &[&str]) -> bool {
        self.props.len() == names.len()
            && self.props.iter().zip(names).all(|((name, _), want)| same(name, want))
    }

    /// Is the property's text one of these words?
    pub(super) fn is_one_of(&self, path: &str, words: &[&str]) -> bool {
        self.text(path).is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(text)))
    }

    /// See [`Node::text`].
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.text()
    }

    /// See [`Node::name`].
    pub(super) fn name(&self, path: &str) -> Option<Name> {
        self.get(path)?.name().filter(|name| !name.is_empty())
    }

    /// A node's name, without its DNS suffix.
    pub(super) fn node(&self, path: &str) -> Option<Name> {
        self.name(path).map(|name| Name::node(name.as_str()))
    }

    /// See [`Node::number`].
    pub(super) fn number(&self, path: &str) -> Option<i64> {
        self.get(path)?.number()
    }

    /// `True`, `False`, 1 or 0.
    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        match self.text(path)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// The first GUID in the property's text; the null GUID is none.
    pub(super) fn guid(&self, path: &str) -> Option<Guid> {
        Guid::find(self.text(path)?).filter(|guid| guid.0 != [0; 16])
    }

    /// See [`Node::items`].
    pub(super) fn items(&self, path: &str) -> Option<&[Node]> {
        self.get(path)?.items()
    }

    /// The text of an enum whose number means one of `words`. Numbers without a word stay numbers.
    pub(super) fn word(&self, path: &str, words: &[(i64, &str)]) -> Option<String> {
        let node = self.get(path)?;
        let text = node.text()?;
        if text.parse::<i64>().is_err() {
            return Some(text.to_owned());
        }
        let number = node.number()?;
        let word = words.iter().find(|(value, _)| *value == number).map(|(_, word)| (*word).to_owned());
        Some(word.unwrap_or_else(|| text.to_owned()))
    }
}

/// Property names are equal without regard to case and spaces.
fn same(left: &str, right: &str) -> bool {
    fn folded(text: &str) -> impl Iterator<Item = u8> + '_ {
        text.bytes().filter(|b| *b != b' ').map(|b| b.to_ascii_lowercase())
    }
    folded(left).eq(folded(right))
}

/// `Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo`, `System.Object[]`: what PowerShell prints
/// for an object that it did not look into.
pub(super) fn is_type_name(text: &str) -> bool {
    let bare = text.strip_prefix("Deserialized.").unwrap_or(text);
    ["System.", "Microsoft."].iter().any(|root| bare.starts_with(root))
        && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b".[]`_#/,+".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::{Body, Node, Object, is_type_name};

    #[test]
    fn names_and_type_names() {
        let check = |text: &str, expect: bool| assert_eq!(is_type_name(text), expect, "{text}");
        check("Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeInfo", true);
        check("System.Object[]", true);
        check("System.Collections.Generic.List`1[System.String]", true);
        check("Microsoft Hyper-V", false);
        check("sql1", false);
    }

    #[test]
    fn inline_objects() {
        let body =
            Body::plain(r"@{Name=\\?\Volume{1c67fa80-1171-4a9e-9f41-0bb132e88ee4}\; FileSystem=ReFS}", 0);
        let node = Node::new(0, body);
        let object = node.object().expect("an object");
        assert_eq!(object.text("file system"), Some("ReFS"));
        assert!(object.guid("Name").is_some());
        assert!(matches!(Body::plain("@{not pairs}", 0), Body::Text(_)));
    }

    #[test]
    fn properties_without_case() {
        let props = vec![("FaultState".into(), Node::new(0, Body::Text("0x5".into())))];
        let object = Object::new(Vec::new(), None, props, None);
        assert_eq!(object.number("faultstate"), Some(5));
        assert!(object.has_only(&["FaultState"]) && !object.has("Fault"));
    }
}
