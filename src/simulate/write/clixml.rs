//! CLIXML: what `Export-Clixml` writes.
//!
//! Elements after [MS-PSRP] 2.2.5. An object that lies deeper than the export's depth is replaced by the
//! text of its `ToString()`, which is how inner objects of a default export (depth 2) end.

use std::collections::BTreeMap;

use super::text::{Encoding, encode};
use crate::fact::Guid;

/// A property's value.
#[derive(Clone, Debug)]
pub(in crate::simulate) enum Value {
    /// `Nil`.
    Null,
    /// `S`.
    Text(String),
    /// `B`.
    Bool(bool),
    /// `U16`.
    U16(u16),
    /// `I32`.
    I32(i32),
    /// `U32`.
    U32(u32),
    /// `U64`.
    U64(u64),
    /// `G`.
    Guid(Guid),
    /// `DT`, as text.
    Time(String),
    /// An enumeration: type, text, number.
    Enum(&'static str, String, i32),
    /// A list.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

impl Value {
    /// A text value.
    pub(in crate::simulate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn printed(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) | Self::Time(text) | Self::Enum(_, text, _) => text.clone(),
            Self::Bool(value) => if *value { "True" } else { "False" }.into(),
            Self::U16(number) => number.to_string(),
            Self::I32(number) => number.to_string(),
            Self::U32(number) => number.to_string(),
            Self::U64(number) => number.to_string(),
            Self::Guid(guid) => guid.to_string(),
            Self::List(_) => "System.Collections.ArrayList".into(),
            Self::Object(object) => object.printed.clone(),
        }
    }
}

/// An object with its type names, its `ToString()` and its properties.
#[derive(Clone, Debug)]
pub(in crate::simulate) struct Object {
    /// Most derived first.
    pub(in crate::simulate) types: &'static [&'static str],
    /// `ToString()`.
    pub(in crate::simulate) printed: String,
    /// Adapted properties.
    pub(in crate::simulate) properties: Vec<(&'static str, Value)>,
    /// Notes added by remoting (`PSComputerName`).
    pub(in crate::simulate) notes: Vec<(&'static str, Value)>,
}

impl Object {
    /// Without notes.
    pub(in crate::simulate) fn new(
        types: &'static [&'static str],
        printed: impl Into<String>,
        properties: Vec<(&'static str, Value)>,
    ) -> Self {
        Self { types, printed: printed.into(), properties, notes: Vec::new() }
    }
}

/// The file that `objects | Export-Clixml -Depth depth` makes. Depth 2 keeps the properties of an object and
/// those of the objects in its properties; what lies below is text.
pub(in crate::simulate) fn file(objects: &[Object], depth: u32, encoding: Encoding) -> Vec<u8> {
    let mut writer = Writer::default();
    writer
        .out
        .push_str("<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n");
    for object in objects {
        writer.object(None, object, depth.saturating_sub(1), 1);
    }
    writer.out.push_str("</Objs>");
    encode(&writer.out, encoding)
}

#[derive(Default)]
struct Writer {
    out: String,
    references: usize,
    types: BTreeMap<Vec<&'static str>, usize>,
}

impl Writer {
    fn indent(&mut self, level: usize) {
        self.out.push_str(&"  ".repeat(level));
    }

    fn leaf(&mut self, tag: &str, name: Option<&str>, text: &str, level: usize) {
        self.indent(level);
        let name = name.map(|n| format!(" N=\"{}\"", escape(n))).unwrap_or_default();
        self.out.push_str(&format!("<{tag}{name}>{}</{tag}>\n", escape(text)));
    }

    fn open(&mut self, name: Option<&str>, types: &[&'static str], level: usize) {
        self.indent(level);
        let name = name.map(|n| format!(" N=\"{}\"", escape(n))).unwrap_or_default();
        self.out.push_str(&format!("<Obj{name} RefId=\"{}\">\n", self.references));
        self.references += 1;
        self.indent(level + 1);
        if let Some(known) = self.types.get(types) {
            self.out.push_str(&format!("<TNRef RefId=\"{known}\" />\n"));
            return;
        }
        let number = self.types.len();
        self.types.insert(types.to_vec(), number);
        self.out.push_str(&format!("<TN RefId=\"{number}\">\n"));
        for name in types {
            self.leaf("T", None, name, level + 2);
        }
        self.indent(level + 1);
        self.out.push_str("</TN>\n");
    }

    fn close(&mut self, tag: &str, level: usize) {
        self.indent(level);
        self.out.push_str(&format!("</{tag}>\n"));
    }

    fn value(&mut self, name: Option<&str>, value: &Value, depth: u32, level: usize) {
        match value {
            Value::Null => {
                self.indent(level);
                let name = name.map(|n| format!(" N=\"{}\"", escape(n))).unwrap_or_default();
                self.out.push_str(&format!("<Nil{name} />\n"));
            }
            Value::Text(text) => self.leaf("S", name, text, level),
            Value::Bool(value) => self.leaf("B", name, if *value { "true" } else { "false" }, level),
            Value::U16(_) => self.leaf("U16", name, &value.printed(), level),
            Value::I32(_) => self.leaf("I32", name, &value.printed(), level),
            Value::U32(_) => self.leaf("U32", name, &value.printed(), level),
            Value::U64(_) => self.leaf("U64", name, &value.printed(), level),
            Value::Guid(_) => self.leaf("G", name, &value.printed(), level),
            Value::Time(text) => self.leaf("DT", name, text, level),
            Value::Enum(..) | Value::Object(_) if depth == 0 => self.leaf("S", name, &value.printed(), level),
            Value::Enum(kind, text, number) => {
                self.open(name, &[kind, "System.Enum", "System.ValueType", "System.Object"], level);
                self.leaf("ToString", None, text, level + 1);
                self.leaf("I32", None, &number.to_string(), level + 1);
                self.close("Obj", level);
            }
            Value::List(values) => {
                self.open(name, &["System.Collections.ArrayList", "System.Object"], level);
                self.indent(level + 1);
                self.out.push_str("<LST>\n");
                // A list does not use up a level of depth, its members do.
                values.iter().for_each(|v| self.value(None, v, depth, level + 2));
                self.close("LST", level + 1);
                self.close("Obj", level);
            }
            Value::Object(object) => self.object(name, object, depth - 1, level),
        }
    }

    /// `depth` is what is left for the object's own properties.
    fn object(&mut self, name: Option<&str>, object: &Object, depth: u32, level: usize) {
        self.open(name, object.types, level);
        self.leaf("ToString", None, &object.printed, level + 1);
        for (tag, properties) in [("Props", &object.properties), ("MS", &object.notes)] {
            if properties.is_empty() {
                continue;
            }
            self.indent(level + 1);
            self.out.push_str(&format!("<{tag}>\n"));
            properties.iter().for_each(|(name, value)| self.value(Some(name), value, depth, level + 2));
            self.close(tag, level + 1);
        }
        self.close("Obj", level);
    }
}

/// XML escapes, and `_xHHHH_` for control characters and for text that looks like such an escape.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '_' if text[at + 1..].starts_with('x') => out.push_str("_x005F_"),
            c if c.is_control() => out.push_str(&format!("_x{:04X}_", c as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Object, Value, file};
    use crate::simulate::write::text::Encoding;

    #[test]
    fn depth_turns_objects_into_text() {
        let enumeration = || Value::Enum("A.State", "Online".into(), 2);
        let inner =
            Object::new(&["A.Node"], "n1", vec![("Name", Value::text("n1")), ("State", enumeration())]);
        let list = Value::List(vec![Value::Object(inner.clone())]);
        let properties =
            vec![("Owner", Value::Object(inner)), ("List", list), ("Text", Value::text("a<\n_x41"))];
        let outer = Object::new(&["A.Disk"], "d", properties);
        let at = |depth| {
            let bytes = file(std::slice::from_ref(&outer), depth, Encoding::Utf8);
            String::from_utf8(bytes).expect("UTF-8")
        };
        let check = |depth, has: &str, lacks: &str| {
            let text = at(depth);
            assert!(text.contains(has), "{has} at depth {depth} in {text}");
            assert!(!text.contains(lacks), "{lacks} at depth {depth} in {text}");
        };
        check(1, r#"<S N="Owner">n1</S>"#, "A.Node");
        check(2, r#"<S N="State">Online</S>"#, "A.State");
        check(3, r#"<ToString>Online</ToString>"#, r#"<S N="State">"#);
        check(3, "a&lt;_x000A__x005F_x41", "a<");
        assert_eq!(&file(&[], 2, Encoding::Utf16)[..4], b"\xff\xfe<\0");
    }
}
