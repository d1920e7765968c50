//! What a template of a chunk says: which of a record's values is the provider, which the time, and how each
//! field of its event is called. Learned from the template's own definition, once a template and chunk.
//!
//! The definition's tokens are those of \[MS-EVEN6\] 2.2.12. A definition that does not follow them is not
//! guessed at: the record is then rendered whole, and its XML comes through the same [`Builder`].

use std::sync::Arc;

/// Part of a text: fixed, or one of the record's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands in the template.
    Text(String),
    /// The value of this index.
    Value(usize),
}

/// The `System` element's parts that are read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum System {
    Provider,
    ProviderId,
    EventId,
    Qualifiers,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    Time,
    RecordId,
    Channel,
    Computer,
    User,
    Process,
    Thread,
    Processor,
    Activity,
}

impl System {
    /// The part that an element below `System` holds.
    fn of(element: &str) -> Option<Self> {
        Some(match element {
            "EventID" => Self::EventId,
            "Version" => Self::Version,
            "Level" => Self::Level,
            "Task" => Self::Task,
            "Opcode" => Self::Opcode,
            "Keywords" => Self::Keywords,
            "EventRecordID" => Self::RecordId,
            "Channel" => Self::Channel,
            "Computer" => Self::Computer,
            _ => return None,
        })
    }
}

/// What a leaf of the event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A part of `System`.
    System(System),
    /// A field of the event, by its name; empty where the record names none.
    Field(Arc<str>),
    /// A place where a whole fragment may be inserted, below the elements named.
    Insert(Vec<String>),
}

/// The leaves of an event in document order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) leaves: Vec<(Slot, Vec<Piece>)>,
}

/// More leaves, or deeper elements, than any event has: damage.
const MOST_LEAVES: usize = 4096;
const DEEPEST: usize = 64;

/// Takes elements as they open and close, and keeps the leaves that matter.
#[derive(Default)]
pub(super) struct Builder {
    template: Template,
    open: Vec<Element>,
    too_much: bool,
}

#[derive(Default)]
struct Element {
    name: String,
    /// The `Name` attribute, where the template fixes it.
    label: Option<String>,
    text: Vec<Piece>,
    has_children: bool,
}

impl Builder {
    /// Begins below elements that are already open.
    pub(super) fn below(path: &[String]) -> Self {
        let element =
            |name: &String| Element { name: name.clone(), has_children: true, ..Element::default() };
        Self { open: path.iter().map(element).collect(), ..Self::default() }
    }

    pub(super) fn open(&mut self, name: String) {
        self.too_much |= self.open.len() >= DEEPEST;
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        self.open.push(Element { name, ..Element::default() });
    }

    pub(super) fn attribute(&mut self, name: &str, pieces: Vec<Piece>) {
        let system = self.inside() == Some("System");
        let Some(element) = self.open.last_mut() else { return };
        if system {
            let slot = match (element.name.as_str(), name) {
                ("Provider", "Name") => System::Provider,
                ("Provider", "Guid") => System::ProviderId,
                ("EventID", "Qualifiers") => System::Qualifiers,
                ("TimeCreated", "SystemTime") => System::Time,
                ("Security", "UserID") => System::User,
                ("Execution", "ProcessID") => System::Process,
                ("Execution", "ThreadID") => System::Thread,
                ("Execution", "ProcessorID") => System::Processor,
                ("Correlation", "ActivityID") => System::Activity,
                _ => return,
            };
            self.leaf(Slot::System(slot), pieces);
        } else if name == "Name"
            && let [Piece::Text(text)] = pieces.as_slice()
        {
            element.label = Some(text.clone());
        }
    }

    pub(super) fn text(&mut self, piece: Piece) {
        if let Some(element) = self.open.last_mut() {
            element.text.push(piece);
        }
    }

    pub(super) fn close(&mut self) {
        // What a collector rendered from an event, or what could not be decoded of it, is no field.
        let inside = self.inside();
        let aside = ["RenderingInfo", "SubscriptionBookmarkEvent", "ProcessingErrorData"];
        let (system, aside) = (inside == Some("System"), inside.is_some_and(|top| aside.contains(&top)));
        let path = || self.open.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
        let Some(element) = self.open.last() else { return };
        // `Event` and its children (`System`, `EventData` ...) are no fields themselves.
        let holds = match self.open.as_slice() {
            [_] => true,
            [first, _] => first.name == "Event",
            _ => element.has_children,
        };
        let inserts = holds && !aside && element.text.iter().any(|piece| matches!(piece, Piece::Value(_)));
        let path = if inserts { path() } else { Vec::new() };
        let Some(element) = self.open.pop() else { return };
        let slot = match system {
            _ if aside => return,
            _ if holds => {
                for piece in element.text {
                    if matches!(piece, Piece::Value(_)) {
                        self.leaf(Slot::Insert(path.clone()), vec![piece]);
                    }
                }
                return;
            }
            true => match System::of(&element.name) {
                Some(part) => Slot::System(part),
                None => return,
            },
            false => {
                let own = if element.name == "Data" { String::new() } else { element.name };
                Slot::Field(Arc::from(element.label.unwrap_or(own)))
            }
        };
        self.leaf(slot, element.text);
    }

    /// The template, when every element was closed and nothing was out of bounds.
    pub(super) fn finish(self, below: usize) -> Option<Template> {
        (self.open.len() == below && !self.too_much).then_some(self.template)
    }

    fn leaf(&mut self, slot: Slot, pieces: Vec<Piece>) {
        self.too_much |= self.template.leaves.len() >= MOST_LEAVES;
        if !self.too_much {
            self.template.leaves.push((slot, pieces));
        }
    }

    /// The child of `Event` that the innermost open element stands in (or is).
    fn inside(&self) -> Option<&str> {
        let mut names = self.open.iter().map(|e| e.name.as_str());
        let first = names.next()?;
        if first == "Event" { names.next() } else { Some(first) }
    }
}

/// The template defined at `offset` of a chunk, standing below the elements of `path`.
pub(super) fn learn(chunk: &[u8], offset: u32, path: &[String]) -> Option<Template> {
    let start = usize::try_from(offset).ok()?;
    // Next template, GUID, size, then the fragment.
    let size = u32::from_le_bytes(chunk.get(start + 20..start + 24)?.try_into().ok()?);
    let end = (start + 24).checked_add(usize::try_from(size).ok()?)?;
    let mut walk = Walk { chunk, at: start + 24, end: end.min(chunk.len()) };
    let mut builder = Builder::below(path);
    walk.fragment(&mut builder)?;
    builder.finish(path.len())
}

/// A cursor over a definition's tokens.
struct Walk<'a> {
    chunk: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Walk<'a> {
    fn fragment(&mut self, builder: &mut Builder) -> Option<()> {
        let mut attribute: Option<(String, Vec<Piece>)> = None;
        while self.at < self.end {
            let token = self.byte()?;
            let ends_attribute = matches!(token, 0x02 | 0x03 | 0x06 | 0x46);
            if ends_attribute && let Some((name, pieces)) = attribute.take() {
                builder.attribute(&name, pieces);
            }
            let piece = match token {
                0x00 => return Some(()),
                0x0f => {
                    self.take(3)?;
                    continue;
                }
                0x01 | 0x41 => {
                    // Dependency, then the element's size; where attributes follow, their size.
                    self.take(2 + 4)?;
                    let name = self.name()?;
                    if token == 0x41 {
                        self.take(4)?;
                    }
                    builder.open(name);
                    continue;
                }
                0x02 => continue,
                0x03 | 0x04 => {
                    builder.close();
                    continue;
                }
                0x06 | 0x46 => {
                    attribute = Some((self.name()?, Vec::new()));
                    continue;
                }
                0x05 | 0x45 => {
                    // Only text stands in a definition.
                    if self.byte()? != 0x01 {
                        return None;
                    }
                    Piece::Text(self.text()?)
                }
                0x07 | 0x47 => Piece::Text(self.text()?),
                0x08 | 0x48 => {
                    let unit = self.short()?;
                    Piece::Text(char::from_u32(u32::from(unit))?.to_string())
                }
                0x09 | 0x49 => Piece::Text(entity(&self.name()?)?.to_owned()),
                0x0d | 0x0e => {
                    let index = self.short()?;
                    self.take(1)?;
                    Piece::Value(usize::from(index))
                }
                _ => return None,
            };
            match &mut attribute {
                Some((_, pieces)) => pieces.push(piece),
                None => builder.text(piece),
            }
        }
        Some(())
    }

    fn take(&mut self, number: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(number).filter(|end| *end <= self.chunk.len())?;
        let taken = &self.chunk[self.at..end];
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    /// UTF-16 after its number of units.
    fn text(&mut self) -> Option<String> {
        let units = usize::from(self.short()?);
        Some(utf16(self.take(units * 2)?))
    }

    /// A name: its offset in the chunk; where that is right here, the name follows and is passed over.
    fn name(&mut self) -> Option<String> {
        let offset = u32::from_le_bytes(self.take(4)?.try_into().ok()?);
        let offset = usize::try_from(offset).ok()?;
        let mut there = Walk { chunk: self.chunk, at: offset, end: self.chunk.len() };
        // Next name, hash.
        there.take(4 + 2)?;
        let name = there.text()?;
        if offset == self.at {
            self.at = there.at;
            self.take(2)?;
        }
        Some(name)
    }
}

/// The five entities of XML.
fn entity(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// Little-endian UTF-16 as text; unpaired surrogates become the replacement character.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = || bytes.chunks_exact(2);
    // Nearly all of a log is ASCII.
    if units().fold(true, |all, unit| all & (unit[1] == 0) & (unit[0] < 0x80)) {
        return String::from_utf8(units().map(|unit| unit[0]).collect()).unwrap_or_default();
    }
    let units = units().map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
