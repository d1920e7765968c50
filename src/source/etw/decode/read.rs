//! Reads one payload by one layout.
//!
//! Answers with the values in order and whether they use up the payload; a layout that does not is a misfit. Refuses
//! to guess: what a layout asks for beyond the payload is a misfit, never a default. Work and memory are bounded by the
//! size of the payload, whatever counts the payload claims.
//!
//! Payloads have no padding; pointers are as wide as the record's header says, not as the schema says.

use super::super::schema::{Extent, Kind, Layout, Show};
use super::text;

/// A value as found: numbers by value, everything else by place.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Null,
    Unsigned(u64),
    Signed(i64),
    Real(f64),
    Bool(bool),
    FileTime(u64),
    /// Where in the payload.
    Guid(u32),
    /// Where in the payload.
    Sid(u32, u32),
    /// Where in the payload.
    Bytes(u32, u32),
    /// Where in the payload; ASCII there.
    Ascii(u32, u32),
    /// Where in the decoded text.
    Text(u32, u32),
}

/// The value of one field, or of one element of it.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct Slot {
    /// Index of its node.
    pub(super) node: u16,
    pub(super) raw: Raw,
}

/// What reading found, in memory that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) slots: Vec<Slot>,
    /// UTF-8 of the texts that the payload does not hold as such.
    pub(super) text: Vec<u8>,
    registers: Vec<u64>,
}

/// How a layout fits a payload.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Used up exactly.
    Exact,
    /// Used up, but for the NUL that its last text lacks.
    Unterminated,
    /// Not used up, or asking for more.
    Misfit,
}

struct Reader<'a> {
    layout: &'a Layout,
    payload: &'a [u8],
    pointer: usize,
    at: usize,
    /// Slots that may still be made.
    budget: usize,
    unterminated: bool,
    scratch: &'a mut Scratch,
}

/// Reads `payload` by `layout`; the values are in `scratch`.
pub(super) fn read(layout: &Layout, payload: &[u8], pointer: usize, scratch: &mut Scratch) -> Reading {
    scratch.slots.clear();
    scratch.text.clear();
    scratch.registers.clear();
    scratch.registers.resize(usize::from(layout.registers), 0);
    // Every element takes a byte, but for the empty ones, of which each node may have one.
    let budget = payload.len() + layout.nodes.len();
    let mut reader = Reader { layout, payload, pointer, at: 0, budget, unterminated: false, scratch };
    match reader.nodes(0, layout.nodes.len()) {
        Some(()) if reader.at == payload.len() => {
            if reader.unterminated {
                Reading::Unterminated
            } else {
                Reading::Exact
            }
        }
        _ => Reading::Misfit,
    }
}

impl Reader<'_> {
    /// The nodes from `from` up to `to`.
    fn nodes(&mut self, from: usize, to: usize) -> Option<()> {
        let layout = self.layout;
        let mut at = from;
        while at < to {
            let node = &layout.nodes[at];
            let after = layout.after(at);
            let count = match node.count {
                Extent::Own => {
                    self.element(at, after)?;
                    at = after;
                    continue;
                }
                other => self.extent(other)?,
            };
            if matches!(node.kind, Kind::U8 | Kind::I8 | Kind::Char8) {
                let bytes = self.take(count)?;
                let is_text = node.kind == Kind::Char8;
                let raw = if is_text { text::ansi(self.payload, bytes, self.scratch) } else { bytes };
                self.push(at, raw)?;
            } else {
                for _ in 0..count {
                    self.element(at, after)?;
                }
            }
            at = after;
        }
        Some(())
    }

    /// One value of the node at `at`, or one round of a structure's members.
    #[inline]
    fn element(&mut self, at: usize, after: usize) -> Option<()> {
        let node = &self.layout.nodes[at];
        if node.kind == Kind::Struct {
            // A round that takes no byte may be repeated for ever.
            let before = self.at;
            self.nodes(at + 1, after)?;
            self.budget = self.budget.checked_sub(usize::from(self.at == before))?;
            return Some(());
        }
        let raw = self.value(node.kind, node.show, node.length)?;
        if let Some(register) = node.register {
            let number = match raw {
                Raw::Unsigned(number) => number,
                Raw::Signed(number) => u64::try_from(number).ok()?,
                Raw::Bool(value) => u64::from(value),
                _ => return None,
            };
            *self.scratch.registers.get_mut(usize::from(register))? = number;
        }
        self.push(at, raw)
    }

    #[inline]
    fn push(&mut self, node: usize, raw: Raw) -> Option<()> {
        self.budget = self.budget.checked_sub(1)?;
        self.scratch.slots.push(Slot { node: node as u16, raw });
        Some(())
    }

    fn extent(&mut self, extent: Extent) -> Option<usize> {
        match extent {
            Extent::Own | Extent::Measured(_) => Some(1),
            Extent::Fixed(number) => Some(number as usize),
            Extent::Register(register) => {
                usize::try_from(*self.scratch.registers.get(usize::from(register))?).ok()
            }
            Extent::Counted => self.array().map(u16::from_le_bytes).map(usize::from),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.payload.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(*bytes)
    }

    /// The next bytes, by their place.
    fn take(&mut self, length: usize) -> Option<Raw> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.payload.len())?;
        let from = std::mem::replace(&mut self.at, end);
        Some(Raw::Bytes(from as u32, end as u32))
    }

    #[inline]
    fn value(&mut self, kind: Kind, show: Show, length: Extent) -> Option<Raw> {
        Some(match kind {
            Kind::Null => Raw::Null,
            Kind::U8 => self.small(show, 1)?,
            Kind::U16 => self.small(show, 2)?,
            Kind::Char8 => self.small(Show::Text, 1)?,
            Kind::Char16 => self.small(Show::Text, 2)?,
            Kind::I8 if show == Show::Text => self.small(show, 1)?,
            Kind::I8 => Raw::Signed(i8::from_le_bytes(self.array()?).into()),
            Kind::I16 => Raw::Signed(i16::from_le_bytes(self.array()?).into()),
            Kind::I32 => {
                let number = i32::from_le_bytes(self.array()?);
                if show == Show::Boolean { Raw::Bool(number != 0) } else { Raw::Signed(number.into()) }
            }
            Kind::I64 => Raw::Signed(i64::from_le_bytes(self.array()?)),
            Kind::U32 | Kind::Hex32 => {
                let number = u32::from_le_bytes(self.array()?);
                if show == Show::Boolean { Raw::Bool(number != 0) } else { Raw::Unsigned(number.into()) }
            }
            Kind::Bool => Raw::Bool(u32::from_le_bytes(self.array()?) != 0),
            Kind::U64 | Kind::Hex64 => {
                let number = u64::from_le_bytes(self.array()?);
                if show == Show::FileTime { Raw::FileTime(number) } else { Raw::Unsigned(number) }
            }
            Kind::FileTime => Raw::FileTime(u64::from_le_bytes(self.array()?)),
            Kind::F32 => Raw::Real(f32::from_le_bytes(self.array()?).into()),
            Kind::F64 => Raw::Real(f64::from_le_bytes(self.array()?)),
            Kind::Pointer => Raw::Unsigned(self.pointer()?),
            Kind::Guid => {
                let at = self.at;
                self.array::<16>()?;
                Raw::Guid(at as u32)
            }
            Kind::SystemTime => {
                let fields = self.array::<16>()?;
                text::system_time(fields, self.scratch)
            }
            Kind::Utf16 => self.utf16(length)?,
            Kind::Ansi => self.ansi(length)?,
            Kind::Binary => {
                let length = match length {
                    Extent::Own => self.extent(Extent::Counted)?,
                    other => self.extent(other)?,
                };
                self.take(length)?
            }
            Kind::CountedUtf16 => {
                let length = usize::from(u16::from_le_bytes(self.array()?));
                let bytes = self.take(length)?;
                text::utf16(self.payload, bytes, self.scratch)
            }
            Kind::ReversedUtf16 => {
                let length = usize::from(u16::from_be_bytes(self.array()?));
                let bytes = self.take(length)?;
                text::utf16(self.payload, bytes, self.scratch)
            }
            Kind::CountedAnsi => {
                let length = usize::from(u16::from_le_bytes(self.array()?));
                let bytes = self.take(length)?;
                text::ansi(self.payload, bytes, self.scratch)
            }
            Kind::ReversedAnsi => {
                let length = usize::from(u16::from_be_bytes(self.array()?));
                let bytes = self.take(length)?;
                text::ansi(self.payload, bytes, self.scratch)
            }
            Kind::RestUtf16 => {
                let bytes = self.take(self.left())?;
                text::utf16(self.payload, bytes, self.scratch)
            }
            Kind::RestAnsi => {
                let bytes = self.take(self.left())?;
                text::ansi(self.payload, bytes, self.scratch)
            }
            Kind::Rest => {
                let left = Some(self.left()).filter(|left| *left > 0)?;
                self.take(left)?
            }
            Kind::HexDump => {
                let length = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
                self.take(length)?
            }
            Kind::Sid => self.sid()?,
            Kind::WbemSid => {
                if self.pointer()? == 0 {
                    Raw::Null
                } else {
                    self.pointer()?;
                    self.sid()?
                }
            }
            Kind::Struct => return None,
        })
    }

    fn left(&self) -> usize {
        self.payload.len() - self.at
    }

    /// An unsigned number of one or two bytes, or the character or truth value that it stands for.
    fn small(&mut self, show: Show, size: usize) -> Option<Raw> {
        let from = self.at as u32;
        let number = if size == 1 { self.array::<1>()?[0].into() } else { u16::from_le_bytes(self.array()?) };
        Some(match show {
            Show::Boolean => Raw::Bool(number != 0),
            Show::Text | Show::Utf8 => {
                let bytes = Raw::Bytes(from, self.at as u32);
                if size == 1 {
                    text::ansi(self.payload, bytes, self.scratch)
                } else {
                    text::utf16(self.payload, bytes, self.scratch)
                }
            }
            _ => Raw::Unsigned(number.into()),
        })
    }

    fn pointer(&mut self) -> Option<u64> {
        if self.pointer == 4 {
            self.array().map(u32::from_le_bytes).map(u64::from)
        } else {
            self.array().map(u64::from_le_bytes)
        }
    }

    /// `S-1-...`: revision, count of sub-authorities, 6 bytes of authority, 4 for each sub-authority.
    fn sid(&mut self) -> Option<Raw> {
        let subs = usize::from(*self.payload.get(self.at + 1)?);
        match self.take(8 + 4 * subs)? {
            Raw::Bytes(from, to) => Some(Raw::Sid(from, to)),
            _ => None,
        }
    }

    #[inline]
    fn utf16(&mut self, length: Extent) -> Option<Raw> {
        if !matches!(length, Extent::Own | Extent::Measured(_)) {
            let length = self.extent(length)?.checked_mul(2)?;
            let bytes = self.take(length)?;
            return Some(text::utf16(self.payload, bytes, self.scratch));
        }
        let (raw, used, ended) = text::utf16_to_nul(self.payload, self.at, self.scratch);
        self.at += used;
        self.end_of_text(ended)?;
        if let Extent::Measured(register) = length {
            let said = *self.scratch.registers.get(usize::from(register))?;
            let bytes = used as u64;
            let without_nul = bytes - 2 * u64::from(ended);
            let lengths = [without_nul / 2, bytes / 2, without_nul, bytes];
            return lengths.contains(&said).then_some(raw);
        }
        Some(raw)
    }

    fn ansi(&mut self, length: Extent) -> Option<Raw> {
        if !matches!(length, Extent::Own | Extent::Measured(_)) {
            let length = self.extent(length)?;
            let bytes = self.take(length)?;
            return Some(text::ansi(self.payload, bytes, self.scratch));
        }
        let rest = &self.payload[self.at..];
        let end = memchr::memchr(0, rest);
        let bytes = self.take(end.unwrap_or(rest.len()))?;
        self.at += usize::from(end.is_some());
        self.end_of_text(end.is_some())?;
        Some(text::ansi(self.payload, bytes, self.scratch))
    }

    /// A text that ends with the payload and not with its NUL: once only, with at least one character.
    fn end_of_text(&mut self, ended: bool) -> Option<()> {
        if !ended {
            if self.unterminated || self.at != self.payload.len() {
                return None;
            }
            self.unterminated = true;
        }
        Some(())
    }
}
