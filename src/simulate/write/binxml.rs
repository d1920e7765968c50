//! Binary XML inside one EVTX chunk: names, template definitions, substitution values.
//!
//! Written after [MS-EVEN6] 2.2.12 to 2.2.18 and libyal's "Windows XML Event Log (EVTX)" page; the order of
//! tokens, the two chained tables of the chunk header and where a definition stands were checked against
//! bytes that Windows wrote. Knows nothing of records or files: `evtx.rs` frames them.

use std::collections::BTreeMap;

use crate::fact::Guid;
use crate::simulate::log::Value;

/// Size of a chunk.
pub(super) const CHUNK: usize = 0x1_0000;
/// Size of a chunk's header with its two tables; the first record stands behind it.
pub(super) const CHUNK_HEADER: usize = 512;

const FRAGMENT: [u8; 4] = [0x0f, 1, 1, 0];
const END_OF_STREAM: u8 = 0x00;
const OPEN_ELEMENT: u8 = 0x01;
const CLOSE_START: u8 = 0x02;
const CLOSE_EMPTY: u8 = 0x03;
const END_ELEMENT: u8 = 0x04;
const VALUE: u8 = 0x05;
const ATTRIBUTE: u8 = 0x06;
const TEMPLATE_INSTANCE: u8 = 0x0c;
const NORMAL_SUBSTITUTION: u8 = 0x0d;
const OPTIONAL_SUBSTITUTION: u8 = 0x0e;
const MORE_DATA: u8 = 0x40;
/// An element that depends on no substitution.
const INDEPENDENT: u16 = 0xffff;

/// Text of an element or attribute: fixed, or filled in by each record.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// The same in each record.
    Fixed(String),
    /// Value `index`, of a declared type. Where `optional`, a null value removes the element.
    Slot {
        /// Position in the value list.
        index: u16,
        /// Declared BinXML value type.
        kind: u8,
        /// Absent when null.
        optional: bool,
    },
}

/// An element of a template.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    name: String,
    depends: Option<u16>,
    attributes: Vec<(String, Content)>,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
enum Child {
    Element(Element),
    Content(Content),
}

impl Element {
    /// An empty element.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The element is left out when value `index` is null.
    pub(super) fn depends(mut self, index: u16) -> Self {
        self.depends = Some(index);
        self
    }

    /// With one more attribute.
    pub(super) fn attribute(mut self, name: &str, content: Content) -> Self {
        self.attributes.push((name.into(), content));
        self
    }

    /// With one more child.
    pub(super) fn child(mut self, child: Self) -> Self {
        self.children.push(Child::Element(child));
        self
    }

    /// With text.
    pub(super) fn content(mut self, content: Content) -> Self {
        self.children.push(Child::Content(content));
        self
    }

    /// A canonical text of the definition: what the template's GUID is made of.
    fn canon(&self, out: &mut String) {
        out.push_str(&format!("<{}|{:?}", self.name, self.depends));
        for (name, content) in &self.attributes {
            out.push_str(&format!("|{name}={content:?}"));
        }
        out.push('>');
        for child in &self.children {
            match child {
                Child::Element(element) => element.canon(out),
                Child::Content(content) => out.push_str(&format!("{content:?}")),
            }
        }
        out.push_str("</>");
    }
}

/// A definition with its identity. Equal definitions have equal GUIDs, and only those.
#[derive(Clone, Debug)]
pub(super) struct Template {
    root: Element,
    guid: Guid,
}

impl Template {
    /// The template of `root`.
    pub(super) fn new(root: Element) -> Self {
        let mut canon = String::new();
        root.canon(&mut canon);
        let half = |seed: u64| {
            // FNV-1a, 64 bits, from two bases.
            canon.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
        };
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&half(0xcbf2_9ce4_8422_2325).to_le_bytes());
        bytes[8..].copy_from_slice(&half(0x6c62_272e_07bb_0142).to_le_bytes());
        Self { root, guid: Guid::from_windows(bytes) }
    }
}

/// A value of a template instance: plain, or a nested instance (type 0x21), which is how Windows stores
/// `EventData` inside `Event`.
pub(super) enum Slot<'a> {
    /// A plain value.
    Plain(&'a Value),
    /// A nested template instance.
    Nested(&'a Template, &'a [Slot<'a>]),
}

/// The bytes of a chunk under construction. Offsets are from the start of the chunk.
pub(super) struct Writer {
    /// Header (still zero) and what was written behind it.
    pub(super) data: Vec<u8>,
    /// Heads of the chains of names, by hash.
    pub(super) name_heads: [u32; 64],
    /// Heads of the chains of definitions.
    pub(super) template_heads: [u32; 32],
    names: BTreeMap<String, u32>,
    templates: BTreeMap<Guid, u32>,
}

impl Writer {
    /// An empty chunk.
    pub(super) fn new() -> Self {
        let mut data = Vec::with_capacity(CHUNK);
        data.resize(CHUNK_HEADER, 0);
        Self {
            data,
            name_heads: [0; 64],
            template_heads: [0; 32],
            names: BTreeMap::new(),
            templates: BTreeMap::new(),
        }
    }

    /// Writes one whole BinXML stream: fragment header, instance, end.
    pub(super) fn stream(&mut self, template: &Template, values: &[Slot<'_>]) {
        self.data.extend(FRAGMENT);
        self.instance(template, values);
        self.data.push(END_OF_STREAM);
    }

    fn instance(&mut self, template: &Template, values: &[Slot<'_>]) {
        let id = template.guid.to_windows();
        self.data.extend([TEMPLATE_INSTANCE, 1]);
        self.data.extend(&id[..4]);
        match self.templates.get(&template.guid) {
            Some(&at) => self.u32(at),
            None => {
                let at = self.here() + 4;
                self.u32(at);
                self.definition(template);
            }
        }
        self.u32(values.len() as u32);
        let table = self.data.len();
        self.data.resize(table + 4 * values.len(), 0);
        for (position, slot) in values.iter().enumerate() {
            let from = self.data.len();
            let kind = match slot {
                Slot::Plain(value) => plain(value, &mut self.data),
                Slot::Nested(template, values) => {
                    self.instance(template, values);
                    self.data.push(END_OF_STREAM);
                    0x21
                }
            };
            let size = (self.data.len() - from) as u16;
            let at = table + 4 * position;
            self.data[at..at + 2].copy_from_slice(&size.to_le_bytes());
            self.data[at + 2] = kind;
        }
    }

    /// Next in chain, GUID, size, then the definition's own stream.
    fn definition(&mut self, template: &Template) {
        let at = self.here();
        let id = template.guid.to_windows();
        let words = id.chunks_exact(2).map(|w| u16::from_le_bytes([w[0], w[1]]));
        let bucket = (hash(words) % 32) as usize;
        self.u32(self.template_heads[bucket]);
        self.template_heads[bucket] = at;
        self.templates.insert(template.guid, at);
        self.data.extend(id);
        let size = self.reserve();
        self.data.extend(FRAGMENT);
        self.element(&template.root);
        self.data.push(END_OF_STREAM);
        self.fill(size);
    }

    fn element(&mut self, element: &Element) {
        let more = if element.attributes.is_empty() { 0 } else { MORE_DATA };
        self.data.push(OPEN_ELEMENT | more);
        self.data.extend(element.depends.unwrap_or(INDEPENDENT).to_le_bytes());
        let size = self.reserve();
        self.name(&element.name);
        if !element.attributes.is_empty() {
            let size = self.reserve();
            for (position, (name, content)) in element.attributes.iter().enumerate() {
                let more = if position + 1 < element.attributes.len() { MORE_DATA } else { 0 };
                self.data.push(ATTRIBUTE | more);
                self.name(name);
                self.content(content);
            }
            self.fill(size);
        }
        if element.children.is_empty() {
            self.data.push(CLOSE_EMPTY);
        } else {
            self.data.push(CLOSE_START);
            for child in &element.children {
                match child {
                    Child::Element(element) => self.element(element),
                    Child::Content(content) => self.content(content),
                }
            }
            self.data.push(END_ELEMENT);
        }
        self.fill(size);
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Fixed(text) => {
                let units: Vec<u16> = text.encode_utf16().collect();
                self.data.extend([VALUE, 0x01]);
                self.data.extend((units.len() as u16).to_le_bytes());
                units.iter().for_each(|u| self.data.extend(u.to_le_bytes()));
            }
            Content::Slot { index, kind, optional } => {
                self.data.push(if *optional { OPTIONAL_SUBSTITUTION } else { NORMAL_SUBSTITUTION });
                self.data.extend(index.to_le_bytes());
                self.data.push(*kind);
            }
        }
    }

    /// The offset of a name; the name itself stands right behind its first mention.
    fn name(&mut self, name: &str) {
        if let Some(&at) = self.names.get(name) {
            self.u32(at);
            return;
        }
        let at = self.here() + 4;
        self.u32(at);
        let units: Vec<u16> = name.encode_utf16().collect();
        let hash = hash(units.iter().copied()) & 0xffff;
        let bucket = (hash % 64) as usize;
        self.u32(self.name_heads[bucket]);
        self.data.extend((hash as u16).to_le_bytes());
        self.data.extend((units.len() as u16).to_le_bytes());
        units.iter().for_each(|u| self.data.extend(u.to_le_bytes()));
        self.data.extend([0, 0]);
        self.name_heads[bucket] = at;
        self.names.insert(name.to_owned(), at);
    }

    fn here(&self) -> u32 {
        self.data.len() as u32
    }

    fn u32(&mut self, number: u32) {
        self.data.extend(number.to_le_bytes());
    }

    /// Room for a size that is known later.
    fn reserve(&mut self) -> usize {
        self.data.extend([0; 4]);
        self.data.len()
    }

    /// Fills in the number of bytes since [`Writer::reserve`].
    fn fill(&mut self, reserved: usize) {
        let size = (self.data.len() - reserved) as u32;
        self.data[reserved - 4..reserved].copy_from_slice(&size.to_le_bytes());
    }
}

/// The hash of both tables (multiply by 65599 and add, over UTF-16 units).
fn hash(words: impl Iterator<Item = u16>) -> u32 {
    words.fold(0, |h: u32, word| h.wrapping_mul(65599).wrapping_add(u32::from(word)))
}

/// The type that a slot for `value` declares.
pub(super) fn kind_of(value: &Value) -> u8 {
    plain(value, &mut Vec::new())
}

/// Appends the bytes of a value; answers its type.
fn plain(value: &Value, out: &mut Vec<u8>) -> u8 {
    let text = |text: &str, out: &mut Vec<u8>| text.encode_utf16().for_each(|u| out.extend(u.to_le_bytes()));
    match value {
        Value::Null => 0x00,
        Value::Text(value) => {
            text(value, out);
            0x01
        }
        Value::Texts(values) => {
            for value in values {
                text(value, out);
                out.extend([0, 0]);
            }
            0x81
        }
        Value::U8(number) => {
            out.push(*number);
            0x04
        }
        Value::U16(number) => {
            out.extend(number.to_le_bytes());
            0x06
        }
        Value::I32(number) => {
            out.extend(number.to_le_bytes());
            0x07
        }
        Value::U32(number) => {
            out.extend(number.to_le_bytes());
            0x08
        }
        Value::U64(number) => {
            out.extend(number.to_le_bytes());
            0x0a
        }
        Value::Bool(value) => {
            out.extend(u32::from(*value).to_le_bytes());
            0x0d
        }
        Value::Binary(bytes) => {
            out.extend(bytes);
            0x0e
        }
        Value::Guid(guid) => {
            out.extend(guid.to_windows());
            0x0f
        }
        Value::FileTime(ticks) => {
            out.extend(ticks.to_le_bytes());
            0x11
        }
        Value::Sid { authority, parts } => {
            out.extend([1, parts.len() as u8, 0, 0, 0, 0, 0, *authority]);
            parts.iter().for_each(|p| out.extend(p.to_le_bytes()));
            0x13
        }
        Value::Hex32(number) => {
            out.extend(number.to_le_bytes());
            0x14
        }
        Value::Hex64(number) => {
            out.extend(number.to_le_bytes());
            0x15
        }
    }
}
