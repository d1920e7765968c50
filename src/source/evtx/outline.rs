//! What skimming has to know of a template: whether it is sound, and where `System` says whose record it is. Without
//! copying anything, since every chunk has its own templates.
//!
//! Only definitions of the usual shape have an outline (tokens of \[MS-EVEN6\] 2.2.12); of those it says what
//! [`super::template`] says.

use super::template::{System, utf16};
use crate::fact::Guid;

/// What a part of `System` is: one fixed text, or one value of the record.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// UTF-16 as it stands in the template.
    Text(&'a [u8]),
    /// The value of this index.
    Value(usize),
}

/// A template's outline.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    /// It makes an `Event` with a `System` in front.
    pub(super) event: bool,
    pub(super) provider: Option<Piece<'a>>,
    pub(super) provider_id: Option<Piece<'a>>,
    /// Where that is fixed text: the GUID that it is, if it is one.
    pub(super) fixed_id: Option<Guid>,
    pub(super) id: Option<Piece<'a>>,
    pub(super) time: Option<Piece<'a>>,
    pub(super) record_id: Option<Piece<'a>>,
    pub(super) channel: Option<Piece<'a>>,
    pub(super) computer: Option<Piece<'a>>,
    pub(super) processor: Option<Piece<'a>>,
    /// The values that `System` holds, as bits.
    system: u128,
}

/// Open elements; events have fewer.
const DEEPEST: usize = 16;

/// A cursor over a definition's tokens.
struct Walk<'a> {
    data: &'a [u8],
    at: usize,
    end: usize,
    outline: Outline<'a>,
    /// The names of the open elements.
    open: [&'a [u8]; DEEPEST],
    depth: usize,
    /// The innermost one's attributes are not at their end.
    starting: bool,
    attribute: Option<&'a [u8]>,
    /// The text of the attribute, or of the innermost element, so far.
    text: Part<'a>,
    /// An element after `System` was met, or a second one beside the root.
    later: bool,
    rooted: bool,
}

/// What stands in an attribute or a part of `System`.
#[derive(Copy, Clone, Default)]
enum Part<'a> {
    #[default]
    Nothing,
    One(Piece<'a>),
    /// Several pieces side by side.
    More,
}

impl<'a> Outline<'a> {
    /// Of the template defined at `offset` of a chunk. `None` where it is not of the usual shape.
    pub(super) fn learn(data: &'a [u8], offset: u32) -> Option<Self> {
        let start = usize::try_from(offset).ok()?.checked_add(24)?;
        let size = u32::from_le_bytes(*data.get(start.checked_sub(4)?..)?.first_chunk()?);
        let end = start.checked_add(usize::try_from(size).ok()?).filter(|end| *end <= data.len())?;
        let mut walk = Walk {
            data,
            at: start,
            end,
            outline: Self::default(),
            open: [&[]; DEEPEST],
            depth: 0,
            starting: false,
            attribute: None,
            text: Part::Nothing,
            later: false,
            rooted: false,
        };
        walk.tokens()?;
        let mut outline = walk.outline;
        if let Some(Piece::Text(text)) = outline.provider_id {
            outline.fixed_id = Guid::parse(&utf16(text));
        }
        Some(outline)
    }

    /// Does `System` hold the value of that index?
    pub(super) fn in_system(&self, index: usize) -> bool {
        index >= 128 || self.system >> index & 1 == 1
    }
}

impl<'a> Walk<'a> {
    fn tokens(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                // The end.
                0x00 => break,
                // A fragment's header.
                0x0f => self.pass(3)?,
                token @ (0x01 | 0x41) => {
                    // Dependency and size in front of the name; behind it the size of the attributes.
                    self.pass(2 + 4)?;
                    let name = self.name()?;
                    if token == 0x41 {
                        self.pass(4)?;
                    }
                    self.open(name)?;
                }
                token @ (0x02 | 0x03) => {
                    self.attribute_ends()?;
                    if !self.starting {
                        return None;
                    }
                    self.starting = false;
                    if token == 0x03 {
                        self.close()?;
                    }
                }
                0x04 => self.close()?,
                0x06 | 0x46 => {
                    self.attribute_ends()?;
                    if !self.starting {
                        return None;
                    }
                    self.attribute = Some(self.name()?);
                }
                0x05 | 0x45 => {
                    // Only text stands in a definition.
                    if self.byte()? != 0x01 {
                        return None;
                    }
                    let units = self.short()?;
                    let text = self.take(2 * usize::from(units))?;
                    self.piece(Piece::Text(text))?;
                }
                0x0d | 0x0e => {
                    let index = usize::from(self.short()?);
                    if !is_type(self.byte()?) {
                        return None;
                    }
                    self.piece(Piece::Value(index))?;
                }
                _ => return None,
            }
        }
        (self.at <= self.end && self.depth == 0 && self.rooted && !self.starting).then_some(())
    }

    fn open(&mut self, name: &'a [u8]) -> Option<()> {
        let second = self.depth == 0 && self.rooted;
        let inside = self.in_system() && self.depth > 2;
        if self.starting || second || inside {
            return None;
        }
        if self.depth == 1 && self.is(0, "Event") {
            if is(name, "System") {
                // The first and only one.
                if self.later || self.outline.event {
                    return None;
                }
                self.outline.event = true;
            } else {
                self.later = true;
            }
        }
        self.rooted = true;
        *self.open.get_mut(self.depth)? = name;
        self.depth += 1;
        self.starting = true;
        self.text = Part::Nothing;
        Some(())
    }

    /// The innermost element ends; its start ended before.
    fn close(&mut self) -> Option<()> {
        if self.starting || self.depth == 0 {
            return None;
        }
        let text = std::mem::take(&mut self.text);
        if self.in_system() && self.depth == 3 {
            let parts = [
                ("EventID", System::EventId),
                ("EventRecordID", System::RecordId),
                ("Channel", System::Channel),
                ("Computer", System::Computer),
            ];
            if let Some((_, part)) = parts.into_iter().find(|(name, _)| self.is(2, name)) {
                self.put(part, text)?;
            }
        }
        self.depth -= 1;
        Some(())
    }

    fn attribute_ends(&mut self) -> Option<()> {
        let Some(name) = self.attribute.take() else { return Some(()) };
        let text = std::mem::take(&mut self.text);
        if self.in_system() && self.depth == 3 {
            let parts = [
                ("Provider", "Name", System::Provider),
                ("Provider", "Guid", System::ProviderId),
                ("TimeCreated", "SystemTime", System::Time),
                ("Execution", "ProcessorID", System::Processor),
            ];
            let part = parts.into_iter().find(|(element, own, _)| is(name, own) && self.is(2, element));
            if let Some((.., part)) = part {
                self.put(part, text)?;
            }
        }
        Some(())
    }

    /// A part of `System` is known; `None` where it is told twice or in pieces.
    fn put(&mut self, part: System, text: Part<'a>) -> Option<()> {
        let outline = &mut self.outline;
        let slot = match part {
            System::Provider => &mut outline.provider,
            System::ProviderId => &mut outline.provider_id,
            System::EventId => &mut outline.id,
            System::Time => &mut outline.time,
            System::RecordId => &mut outline.record_id,
            System::Channel => &mut outline.channel,
            System::Computer => &mut outline.computer,
            System::Processor => &mut outline.processor,
            _ => return Some(()),
        };
        let piece = match text {
            Part::Nothing => Piece::Text(&[]),
            Part::One(piece) => piece,
            Part::More => return None,
        };
        if let Piece::Text(text) = piece
            && text.chunks_exact(2).any(|unit| unit == [0, 0])
        {
            return None;
        }
        slot.replace(piece).is_none().then_some(())
    }

    fn piece(&mut self, piece: Piece<'a>) -> Option<()> {
        let nowhere = self.depth == 0 || (self.starting && self.attribute.is_none());
        if nowhere {
            return None;
        }
        if self.in_system() {
            if let Piece::Value(index) = piece {
                self.outline.system |= 1u128.checked_shl(u32::try_from(index).ok()?)?;
            }
            // What stands in `System` itself is a fragment of it.
            if self.depth == 2 && self.attribute.is_none() {
                return None;
            }
        }
        self.text = match self.text {
            Part::Nothing => Part::One(piece),
            _ => Part::More,
        };
        Some(())
    }

    /// Below or in `Event/System`.
    fn in_system(&self) -> bool {
        self.depth >= 2 && self.is(1, "System") && self.is(0, "Event")
    }

    fn is(&self, depth: usize, name: &str) -> bool {
        self.open.get(depth).is_some_and(|own| is(own, name))
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.take(bytes).map(drop)
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(bytes).filter(|end| *end <= self.end)?;
        let taken = self.data.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    /// A name: its place in the chunk; where that is right here, the name follows and is passed over.
    fn name(&mut self) -> Option<&'a [u8]> {
        let place = self.take(4)?;
        let place = usize::try_from(u32::from_le_bytes(place.try_into().ok()?)).ok()?;
        let name = name(self.data, place)?;
        if place == self.at {
            self.pass(NAME_HEADER + name.len() + 2)?;
        }
        Some(name)
    }
}

/// Next name, hash, length.
const NAME_HEADER: usize = 4 + 2 + 2;

/// The name at a place of the chunk, in UTF-16; names are ASCII.
pub(super) fn name(data: &[u8], place: usize) -> Option<&[u8]> {
    let header: &[u8; NAME_HEADER] = data.get(place..)?.first_chunk()?;
    let length = 2 * usize::from(u16::from_le_bytes([header[6], header[7]]));
    let start = place + NAME_HEADER;
    // A zero follows.
    let name = data.get(start..start + length + 2)?.get(..length)?;
    let plain =
        name.chunks_exact(2).fold(true, |all, unit| all & (unit[1] == 0) & (unit[0] < 0x80) & (unit[0] != 0));
    plain.then_some(name)
}

/// Is UTF-16 this ASCII text?
fn is(units: &[u8], text: &str) -> bool {
    units.len() == 2 * text.len()
        && units.chunks_exact(2).zip(text.bytes()).all(|(unit, byte)| unit == [byte, 0])
}

/// A type that a value may have (\[MS-EVEN6\] 2.2.12).
fn is_type(kind: u8) -> bool {
    matches!(kind & 0x7f, 0x00..=0x15) && kind != 0x80 || matches!(kind, 0x20 | 0x21 | 0x23)
}
