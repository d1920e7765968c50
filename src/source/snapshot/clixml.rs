//! CLIXML, the form of `Export-Clixml` and of PowerShell remoting ([MS-PSRP] 2.2.5): objects with type names,
//! adapted (`Props`) and extended (`MS`) properties, lists, dictionaries, references.
//!
//! Reads any depth up to a cap, resolves `Ref` and `TNRef`, undoes `_xHHHH_`. Expands no entity but the five
//! of XML. Where the file breaks, the objects before the break are whole, the open ones are handed on as
//! broken, and reading goes on at the next top-level object. What the objects mean is not known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::note;
use super::object::{Body, DEPTH, List, Node, Object};
use crate::ledger::NoteKind;

/// Is this CLIXML? Its root element says so.
pub(super) fn sniff(head: &str) -> bool {
    let start = head.trim_start();
    (start.starts_with('<') || start.starts_with("#< CLIXML"))
        && start.find("<Objs").is_some_and(|at| at < 4096)
}

/// Hands every top-level value to `sink` in file order, until it answers `false`. What goes wrong goes to
/// `trouble` with its place.
pub(super) fn read(
    text: &str,
    sink: &mut dyn FnMut(Node) -> bool,
    trouble: &mut dyn FnMut(&'static NoteKind, usize, Option<String>),
) {
    let mut parser = Parser {
        frames: Vec::new(),
        ignored: 0,
        types: BTreeMap::new(),
        refs: BTreeMap::new(),
        wanted: wanted(text),
    };
    let (mut from, mut breaks) = (0, 0);
    while let Some(rest) = text.get(from..) {
        let mut reader = Reader::from_str(rest);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_unmatched_ends = true;
        reader.config_mut().allow_dangling_amp = true;
        let broken = loop {
            let at = from + reader.buffer_position() as usize;
            let done = match reader.read_event() {
                Ok(Event::Start(tag)) => {
                    parser.open(&tag, at, trouble);
                    None
                }
                Ok(Event::End(_)) => parser.close(true),
                Ok(Event::Text(part)) => {
                    parser.append(&part);
                    None
                }
                Ok(Event::CData(part)) => {
                    parser.append(&part);
                    None
                }
                Ok(Event::GeneralRef(entity)) => {
                    parser.entity(&entity, at, trouble);
                    None
                }
                Ok(Event::Eof) => break None,
                Ok(_) => None,
                Err(error) => break Some((at, error.to_string())),
            };
            if done.is_some_and(|node| !sink(node)) {
                return;
            }
        };
        let place = broken.as_ref().map_or(text.len(), |(at, _)| *at);
        let detail = match &broken {
            Some((_, error)) => Some(error.clone()),
            None if parser.frames.is_empty() => None,
            None => Some("the file ends before its objects do".to_owned()),
        };
        if let Some(detail) = detail {
            trouble(&note::BROKEN, place.min(text.len()), Some(detail));
        }
        while !parser.frames.is_empty() {
            if parser.close(false).is_some_and(|node| !sink(node)) {
                return;
            }
        }
        breaks += 1;
        if breaks == BREAKS {
            trouble(
                &note::LIMIT,
                place.min(text.len()),
                Some(format!("{BREAKS} breaks; the rest was left out")),
            );
            return;
        }
        // Export-Clixml indents a top-level object by two spaces and everything inside by more.
        let next =
            broken.and_then(|(at, _)| text.get(at + 1..)?.find("\n  <Obj ").map(|found| at + 1 + found));
        match next {
            Some(next) => from = next,
            None => return,
        }
    }
}

/// How often reading begins anew after a break. Every time may look through the whole rest of the file.
const BREAKS: u32 = 100;

/// The objects that some `Ref` asks for; only these are kept. A file may be large and have no reference.
fn wanted(text: &str) -> BTreeSet<&str> {
    let mut out = BTreeSet::new();
    for (at, _) in text.match_indices("<Ref ") {
        let tag = text[at..].split('>').next().unwrap_or_default();
        let id = tag.split_once("RefId=").map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
        out.extend(id.and_then(|id| id.split(['"', '\'']).next()));
    }
    out
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Root,
    Object,
    /// `Props` or `MS`: properties of the object around.
    Members,
    /// `LST`, `IE`, `STK`, `QUE`: values of the object around.
    Items,
    /// `DCT`: entries of the object around.
    Entries,
    /// `En`: a key and a value.
    Entry,
    /// `TN`.
    Types,
    /// `T`.
    Type,
    ToString,
    Plain,
    /// `Ref`, `Nil`, `TNRef`: nothing inside.
    Leaf,
}

struct Frame {
    kind: Kind,
    at: usize,
    name: Option<Arc<str>>,
    id: Option<String>,
    text: String,
    /// Of an object: its type names, `ToString`, primitive content, properties and values.
    types: Vec<Arc<str>>,
    shown: Option<Arc<str>>,
    base: Option<Arc<str>>,
    props: Vec<(Arc<str>, Node)>,
    items: Option<Vec<Node>>,
    /// Of a `Ref`: what it stands for.
    found: Option<Node>,
}

struct Parser<'a> {
    frames: Vec<Frame>,
    /// Open elements beyond the depth: counted, not kept.
    ignored: u64,
    types: BTreeMap<String, Vec<Arc<str>>>,
    refs: BTreeMap<String, Node>,
    wanted: BTreeSet<&'a str>,
}

impl Parser<'_> {
    fn open(
        &mut self,
        tag: &BytesStart<'_>,
        at: usize,
        trouble: &mut dyn FnMut(&'static NoteKind, usize, Option<String>),
    ) {
        let above = self.frames.last().map(|frame| frame.kind);
        if self.ignored > 0 || self.frames.len() as u32 >= 3 * DEPTH {
            if self.ignored == 0 {
                trouble(&note::LIMIT, at, Some(format!("objects nest deeper than {DEPTH}")));
            }
            self.ignored += 1;
            return;
        }
        let kind = match tag.local_name().into_inner() {
            "Objs" => Kind::Root,
            "Obj" => Kind::Object,
            "Props" | "MS" => Kind::Members,
            "LST" | "IE" | "STK" | "QUE" => Kind::Items,
            "DCT" => Kind::Entries,
            "En" => Kind::Entry,
            "TN" => Kind::Types,
            "T" if above == Some(Kind::Types) => Kind::Type,
            "ToString" => Kind::ToString,
            "TNRef" | "Ref" | "Nil" => Kind::Leaf,
            _ => Kind::Plain,
        };
        let mut frame = Frame::new(kind, at);
        for attribute in tag.attributes().with_checks(false).flatten() {
            let value = quick_xml::escape::unescape(&attribute.value).unwrap_or_default();
            match attribute.key.into_inner() {
                "N" => frame.name = Some(Arc::from(unescape(&value).as_str())),
                "RefId" => frame.id = Some(value.into_owned()),
                _ => {}
            }
        }
        match tag.local_name().into_inner() {
            "TNRef" => {
                let types = frame.id.as_ref().and_then(|id| self.types.get(id)).cloned();
                if let (Some(object), Some(types)) = (self.frames.last_mut(), types) {
                    object.types = types;
                }
            }
            // An object that contains itself is not finished yet: such a reference stays empty.
            "Ref" => {
                let target = frame.id.as_ref().and_then(|id| self.refs.get(id)).cloned();
                frame.found =
                    Some(target.filter(|node| node.height() < DEPTH).unwrap_or(Node::new(at, Body::Null)));
            }
            "Nil" => frame.found = Some(Node::new(at, Body::Null)),
            _ => {}
        }
        self.frames.push(frame);
    }

    fn append(&mut self, part: &str) {
        if let Some(frame) = self.frames.last_mut().filter(|frame| self.ignored == 0 && frame.holds_text()) {
            frame.text.push_str(part);
        }
    }

    fn entity(
        &mut self,
        entity: &quick_xml::events::BytesRef<'_>,
        at: usize,
        trouble: &mut dyn FnMut(&'static NoteKind, usize, Option<String>),
    ) {
        let name: &str = entity;
        let character = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => entity.resolve_char_ref().ok().flatten(),
        };
        match character {
            Some(character) => self.append(character.encode_utf8(&mut [0; 4])),
            None => {
                trouble(&note::ENTITY, at, Some(name.chars().take(40).collect()));
                self.append(&format!("&{name};"));
            }
        }
    }

    /// Ends the innermost element; a top-level value is handed out.
    fn close(&mut self, whole: bool) -> Option<Node> {
        if self.ignored > 0 {
            self.ignored -= 1;
            if whole {
                return None;
            }
            self.ignored = 0;
        }
        let mut frame = self.frames.pop()?;
        let (name, at, id) = (frame.name.take(), frame.at, frame.id.take());
        let body = match frame.kind {
            Kind::Object => frame.object(),
            Kind::Plain => {
                let text = unescape(&frame.text);
                if whole { Body::plain(&text, at) } else { Body::Cut(Arc::from(text.as_str())) }
            }
            Kind::Leaf => return self.attach(name, frame.found?),
            Kind::Type | Kind::ToString if !whole => return None,
            Kind::Type => {
                self.frames.last_mut()?.types.push(Arc::from(unescape(&frame.text).as_str()));
                return None;
            }
            Kind::ToString => {
                self.frames.last_mut()?.shown = Some(Arc::from(unescape(&frame.text).as_str()));
                return None;
            }
            Kind::Types => {
                if let Some(id) = id.filter(|_| whole) {
                    self.types.insert(id, frame.types.clone());
                }
                self.frames.last_mut()?.types = frame.types;
                return None;
            }
            Kind::Members | Kind::Entries => {
                self.frames.last_mut()?.props.extend(frame.props);
                return None;
            }
            Kind::Items => {
                self.frames
                    .last_mut()?
                    .items
                    .get_or_insert_default()
                    .extend(frame.items.into_iter().flatten());
                return None;
            }
            // A dictionary entry's key is its text, its value stands beside it.
            Kind::Entry => {
                let mut parts = frame.props.into_iter();
                let key = parts.clone().find(|(name, _)| &**name == "Key");
                let value = parts.find(|(name, _)| &**name == "Value");
                if let (Some((_, key)), Some((_, value))) = (key, value) {
                    let name = key.text().map(Arc::from)?;
                    self.frames.last_mut()?.props.push((name, value));
                }
                return None;
            }
            Kind::Root => return None,
        };
        let mut node = Node { at, whole, body };
        if node.height() > 2 * DEPTH {
            node.body = Body::Null;
        }
        if let Some(id) = id.filter(|id| whole && self.wanted.contains(id.as_str())) {
            self.refs.insert(id, node.clone());
        }
        self.attach(name, node)
    }

    /// Puts a finished value where it belongs; a top-level one is answered.
    fn attach(&mut self, name: Option<Arc<str>>, node: Node) -> Option<Node> {
        let Some(frame) = self.frames.last_mut() else { return Some(node) };
        match frame.kind {
            Kind::Root => return Some(node),
            Kind::Members | Kind::Entries | Kind::Entry => frame.props.extend(name.map(|name| (name, node))),
            Kind::Items => frame.items.get_or_insert_default().push(node),
            Kind::Object => match name {
                Some(name) => frame.props.push((name, node)),
                None => frame.base = node.text().map(Arc::from).or(frame.base.take()),
            },
            _ => {}
        }
        None
    }
}

impl Frame {
    fn new(kind: Kind, at: usize) -> Self {
        Self {
            kind,
            at,
            name: None,
            id: None,
            text: String::new(),
            types: Vec::new(),
            shown: None,
            base: None,
            props: Vec::new(),
            items: None,
            found: None,
        }
    }

    fn holds_text(&self) -> bool {
        matches!(self.kind, Kind::Plain | Kind::Type | Kind::ToString)
    }

    /// An `Obj` is a list, an enum or wrapped primitive, or an object with properties.
    fn object(self) -> Body {
        let text = self.shown;
        match (self.items, self.base) {
            (Some(items), _) => Body::List(Arc::new(List::new(items, true))),
            // Note properties such as PSComputerName may hang on any wrapped primitive; the value wins.
            (None, Some(base)) => match text {
                Some(text) if text != base => Body::Named { text, number: base },
                _ => Body::plain(&base, self.at),
            },
            (None, None) => Body::Object(Arc::new(Object::new(self.types, text, self.props, None))),
        }
    }
}

/// Undoes `_xHHHH_`: UTF-16 units that XML cannot hold, and the underscore before an `x`.
fn unescape(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        units.extend(rest[..at].encode_utf16());
        let escape = rest.as_bytes().get(at + 2..at + 7).filter(|code| code[4] == b'_');
        let unit = escape
            .and_then(|code| std::str::from_utf8(&code[..4]).ok())
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let taken = match unit {
            Some(unit) => {
                units.push(unit);
                7
            }
            None => {
                units.extend("_x".encode_utf16());
                2
            }
        };
        rest = &rest[at + taken..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::{read, unescape};
    use crate::source::snapshot::object::{Body, Node};

    fn nodes(text: &str) -> (Vec<Node>, Vec<(&'static str, usize)>) {
        let (mut out, mut troubles) = (Vec::new(), Vec::new());
        read(
            text,
            &mut |node| {
                out.push(node);
                true
            },
            &mut |kind, at, _| troubles.push((kind.name, at)),
        );
        (out, troubles)
    }

    /// A value in a small notation: `{a=1 b=[x y]}`, `Name/3` for enums, `~` for null, `!` after what broke.
    fn show(node: &Node) -> String {
        let text = match &node.body {
            Body::Null => "~".to_owned(),
            Body::Text(text) => text.to_string(),
            Body::Cut(text) => format!("{text}..."),
            Body::Named { text, number } => format!("{text}/{number}"),
            Body::List(list) => {
                format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(" "))
            }
            Body::Object(object) => {
                let props = object.props.iter().map(|(name, node)| format!("{name}={}", show(node)));
                format!("{{{}}}", props.collect::<Vec<_>>().join(" "))
            }
        };
        if node.whole { text } else { format!("{text}!") }
    }

    fn check(inner: &str, expect: &[&str]) {
        let text = format!(
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n  {inner}\n</Objs>"
        );
        let (nodes, troubles) = nodes(&text);
        assert_eq!(nodes.iter().map(show).collect::<Vec<_>>(), expect, "{inner}");
        assert_eq!(troubles, [], "{inner}");
    }

    #[test]
    fn every_element() {
        check("<S>a</S><I32>4</I32><Nil /><B>true</B>", &["a", "4", "~", "true"]);
        check(
            r#"<Obj RefId="0"><TN RefId="0"><T>A.B</T></TN><Props><S N="a">1 &lt; 2</S></Props><MS><Nil N="b" /></MS></Obj>"#,
            &["{a=1 < 2 b=~}"],
        );
        for list in ["LST", "IE", "STK", "QUE"] {
            check(&format!("<Obj RefId=\"0\"><{list}><S>x</S><I32>2</I32></{list}></Obj>"), &["[x 2]"]);
        }
        check("<Obj RefId=\"0\"><LST /></Obj>", &["[]"]);
        check(
            r#"<Obj RefId="0"><DCT><En><S N="Key">CSV</S><Obj N="Value" RefId="1"><LST><S>x</S></LST></Obj></En></DCT></Obj>"#,
            &["{CSV=[x]}"],
        );
        check(r#"<Obj RefId="0"><ToString>Direct</ToString><I32>2</I32></Obj>"#, &["Direct/2"]);
        check(r#"<S N="x">_x0041__x000A_b_x005F_x0041_</S>"#, &["A\nb_x0041_"]);
        for plain in "S B By SB I16 U16 I32 U32 I64 U64 Sg Db D DT TS G C URI Version BA SBK XD".split(' ') {
            check(&format!("<{plain}>7</{plain}>"), &["7"]);
        }
    }

    #[test]
    fn references() {
        check(
            r#"<Obj RefId="0"><Props><Obj N="a" RefId="1"><Props><S N="n">x</S></Props></Obj><Ref N="b" RefId="1" /></Props></Obj>"#,
            &["{a={n=x} b={n=x}}"],
        );
        check(r#"<Obj RefId="0"><Props><Ref N="self" RefId="0" /></Props></Obj>"#, &["{self=~}"]);
        let text = r#"<Objs><Obj RefId="0"><TN RefId="0"><T>A</T></TN></Obj><Obj RefId="1"><TNRef RefId="0" /></Obj></Objs>"#;
        let (nodes, _) = nodes(text);
        let types = nodes.iter().map(|n| n.object().map(|o| o.types.len())).collect::<Vec<_>>();
        assert_eq!(types, [Some(1), Some(1)]);
    }

    #[test]
    fn breaks_cost_one_object() {
        let text = "<Objs>\n  <Obj RefId=\"0\">\n    <Props>\n      <S N=\"a\">1</S>\n      <S N=\"b\">2</X>\n    </Props>\n  </Obj>\n  <Obj RefId=\"1\">\n    <Props><S N=\"a\">3</S></Props>\n  </Obj>\n</Objs>";
        let (all, troubles) = nodes(text);
        assert_eq!(all.iter().map(show).collect::<Vec<_>>(), ["{a=1 b=2...!}!", "{a=3}"]);
        assert_eq!(troubles.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["snapshot_broken"]);
        assert_eq!(all.iter().map(|n| n.at).collect::<Vec<_>>(), [9, text.rfind("<Obj ").expect("second")]);
        let (all, troubles) = nodes(&text[..text.len() - 29]);
        assert_eq!(all.last().map(show).as_deref(), Some("{a=3...!}!"));
        assert_eq!(troubles.len(), 2);
    }

    #[test]
    fn no_entity_is_expanded_and_no_depth_is_too_much() {
        let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><Objs><S>&b;</S></Objs>";
        let (all, troubles) = nodes(laughs);
        assert_eq!(all.iter().map(show).collect::<Vec<_>>(), ["&b;"]);
        assert_eq!(troubles[0].0, "snapshot_entity");
        let deep = format!("<Objs>{}", "<Obj RefId=\"1\"><Props><Obj N=\"x\" RefId=\"2\">".repeat(100_000));
        let (all, troubles) = nodes(&deep);
        assert_eq!(all.len(), 1);
        assert!(troubles.iter().any(|(name, _)| *name == "snapshot_limit"));
        // Each object refers to the one before it: the chain is cut, not followed.
        let chain: String = (1..20_000)
            .map(|n| {
                format!("<Obj RefId=\"{n}\"><Props><Ref N=\"p\" RefId=\"{}\" /><Ref N=\"q\" RefId=\"{}\" /></Props></Obj>", n - 1, n - 1)
            })
            .collect();
        let (all, _) = nodes(&format!("<Objs>{chain}</Objs>"));
        assert!(all.iter().all(|node| node.height() <= 130));
    }

    #[test]
    fn a_file_of_breaks_ends() {
        let (all, troubles) = nodes(&format!("<Objs>{}", "\n  <Obj ".repeat(50_000)));
        assert!(all.is_empty());
        assert_eq!(troubles.last().map(|(name, _)| *name), Some("snapshot_limit"));
    }

    #[test]
    fn declarations_are_no_objects() {
        let (all, troubles) =
            nodes("<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<!-- x --><Objs><S>ä</S></Objs>");
        assert_eq!((all.iter().map(show).collect::<Vec<_>>(), troubles.len()), (vec!["ä".to_owned()], 0));
    }

    #[test]
    fn escapes() {
        let check = |text: &str, expect: &str| assert_eq!(unescape(text), expect);
        check("_xD83D__xDE00_", "😀");
        check("a_xZZZZ_b_x", "a_xZZZZ_b_x");
        check("ä_x00e4_", "ää");
        check("_xö0041_", "_xö0041_");
    }
}
