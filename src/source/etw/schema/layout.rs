//! How the payload of one event is laid out: the one form that every schema source compiles to.
//!
//! Answers which fields follow each other, of which type, how long and how many. Refuses to know values and records:
//! reading a payload by a layout is the decoder's work. A layout is bounded when it is made, so that no reader of it has
//! to fear a cycle or an endless expansion.
//!
//! In-type numbers: `tdh.h` (`TDH_INTYPE_*`), which TraceLogging shares for 0 to 21; names: the instrumentation manifest
//! schema. Checked on the bytes of 133,644 events with embedded metadata and 460 TraceLogging events.

use std::sync::Arc;

/// Fields a layout may have, members of structures included.
pub const MOST_FIELDS: usize = 2048;

/// How deep structures may be nested.
pub const DEEPEST: usize = 8;

/// One event's layout and the names around it. Names that a schema does not give are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Provider's name.
    pub provider: Box<str>,
    /// The event's own name: its symbol, its TraceLogging name, or what its task and opcode make of it.
    pub event: Box<str>,
    /// Task.
    pub task: Box<str>,
    /// Opcode.
    pub opcode: Box<str>,
    /// Level.
    pub level: Box<str>,
    /// Keywords, blank-separated.
    pub keywords: Box<str>,
    /// Channel.
    pub channel: Box<str>,
    /// Message, with `%1` and so on standing for the top-level fields.
    pub message: Box<str>,
    /// How the message calls the first field: 1, or 10 in a WPP message. 0 is 1.
    pub first: u8,
    /// Fields in payload order. A structure is followed by its members.
    pub nodes: Vec<Node>,
    /// How many [`Node::register`]s there are.
    pub registers: u8,
}

/// One field, or the head of a structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Name, led by the names of the structures around it and a full stop.
    pub name: Box<str>,
    /// Type in the payload.
    pub kind: Kind,
    /// How it wants to be shown.
    pub show: Show,
    /// Characters of a string, or bytes of a binary; without one it tells its own end.
    pub length: Extent,
    /// Elements of an array.
    pub count: Extent,
    /// Where its value is kept for the lengths and counts that refer to it.
    pub register: Option<u8>,
    /// Names of its values.
    pub map: Option<Arc<ValueMap>>,
    /// Of a structure: how many of the following nodes are its own.
    pub members: u16,
}

/// A number that a layout gives, or that an earlier field gives.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// Not said: one element, or a length that the data tells.
    #[default]
    Own,
    /// This many.
    Fixed(u32),
    /// As many as the field with this register said.
    Register(u8),
    /// As many as the `u16` before the elements says.
    Counted,
    /// Of a text: to its NUL, and the field with this register must say its length, in characters or in bytes, with or
    /// without the NUL.
    Measured(u8),
}

/// Types in a payload.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of tdh.h")]
pub enum Kind {
    #[default]
    Null,
    Utf16,
    Ansi,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
    /// Four bytes.
    Bool,
    /// `length` bytes; without a length a `u16` of bytes leads.
    Binary,
    Guid,
    /// Four or eight bytes, as the record's header says.
    Pointer,
    FileTime,
    SystemTime,
    Sid,
    Hex32,
    Hex64,
    /// A `u16` of bytes leads.
    CountedUtf16,
    /// A `u16` of bytes leads.
    CountedAnsi,
    /// A `u16` of bytes leads, big-endian.
    ReversedUtf16,
    /// A `u16` of bytes leads, big-endian.
    ReversedAnsi,
    /// To the end of the payload.
    RestUtf16,
    /// To the end of the payload.
    RestAnsi,
    /// To the end of the payload, at least one byte.
    Rest,
    Char16,
    Char8,
    /// A `u32` of bytes leads.
    HexDump,
    /// Two pointers, then a SID; nothing behind the first pointer where that is zero.
    WbemSid,
    /// Not a value: its members follow.
    Struct,
}

/// How a value wants to be shown, where its type does not say.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of tdh.h")]
pub enum Show {
    #[default]
    Plain,
    Text,
    Utf8,
    Boolean,
    Hex,
    Port,
    Ipv4,
    Ipv6,
    SocketAddress,
    FileTime,
    /// NTSTATUS, HRESULT or a Win32 error: in hexadecimal.
    Status,
}

/// Names of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValueMap {
    /// The map's own name.
    pub name: Box<str>,
    /// Are the numbers bits of which several can be set?
    pub bits: bool,
    /// Number and name, in the order of the schema.
    pub entries: Vec<(u32, Box<str>)>,
}

impl ValueMap {
    /// What a number is called: one name, or those of all bits joined by `|`. `None` where it has no name.
    #[must_use]
    pub fn name_of(&self, number: u64) -> Option<String> {
        if !self.bits {
            return self
                .entries
                .iter()
                .find(|(own, _)| u64::from(*own) == number)
                .map(|(_, n)| n.to_string());
        }
        let mut rest = number;
        let mut names: Vec<&str> = Vec::new();
        for (bit, name) in &self.entries {
            let bit = u64::from(*bit);
            if bit != 0 && number & bit == bit {
                names.push(name);
                rest &= !bit;
            }
        }
        (!names.is_empty() && rest == 0).then(|| names.join("|"))
    }
}

impl Kind {
    /// By the number of `tdh.h`; `None` for numbers without a meaning there.
    #[must_use]
    pub fn from_in_type(number: u16) -> Option<Kind> {
        use Kind::*;
        Some(match number {
            0 => Null,
            1 => Utf16,
            2 => Ansi,
            3 => I8,
            4 => U8,
            5 => I16,
            6 => U16,
            7 => I32,
            8 => U32,
            9 => I64,
            10 => U64,
            11 => F32,
            12 => F64,
            13 => Bool,
            14 => Binary,
            15 => Guid,
            16 | 308 => Pointer,
            17 => FileTime,
            18 => SystemTime,
            19 => Sid,
            20 => Hex32,
            21 => Hex64,
            22 | 300 => CountedUtf16,
            23 | 301 => CountedAnsi,
            24 => Struct,
            25 => Binary,
            302 => ReversedUtf16,
            303 => ReversedAnsi,
            304 => RestUtf16,
            305 => RestAnsi,
            306 => Char16,
            307 => Char8,
            309 => HexDump,
            310 => WbemSid,
            _ => return None,
        })
    }

    /// By the name in a manifest, with or without `win:`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        use Kind::*;
        Some(match name.strip_prefix("win:").unwrap_or(name) {
            "UnicodeString" => Utf16,
            "AnsiString" => Ansi,
            "Int8" => I8,
            "UInt8" => U8,
            "Int16" => I16,
            "UInt16" => U16,
            "Int32" => I32,
            "UInt32" => U32,
            "Int64" => I64,
            "UInt64" => U64,
            "Float" => F32,
            "Double" => F64,
            "Boolean" => Bool,
            "Binary" => Binary,
            "GUID" => Guid,
            "Pointer" | "SizeT" => Pointer,
            "FILETIME" => FileTime,
            "SYSTEMTIME" => SystemTime,
            "SID" => Sid,
            "HexInt32" => Hex32,
            "HexInt64" => Hex64,
            "CountedUnicodeString" => CountedUtf16,
            "CountedAnsiString" => CountedAnsi,
            "CountedBinary" => Binary,
            _ => return None,
        })
    }

    /// The name in a manifest; `None` for types that a manifest cannot say.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        use Kind::*;
        Some(match self {
            Utf16 => "win:UnicodeString",
            Ansi => "win:AnsiString",
            I8 => "win:Int8",
            U8 => "win:UInt8",
            I16 => "win:Int16",
            U16 => "win:UInt16",
            I32 => "win:Int32",
            U32 => "win:UInt32",
            I64 => "win:Int64",
            U64 => "win:UInt64",
            F32 => "win:Float",
            F64 => "win:Double",
            Bool => "win:Boolean",
            Binary => "win:Binary",
            Guid => "win:GUID",
            Pointer => "win:Pointer",
            FileTime => "win:FILETIME",
            SystemTime => "win:SYSTEMTIME",
            Sid => "win:SID",
            Hex32 => "win:HexInt32",
            Hex64 => "win:HexInt64",
            CountedUtf16 => "win:CountedUnicodeString",
            CountedAnsi => "win:CountedAnsiString",
            _ => return None,
        })
    }

    /// Bytes of one value, where that does not depend on the data.
    #[must_use]
    pub fn size(self, pointer: usize) -> Option<usize> {
        use Kind::*;
        Some(match self {
            Null => 0,
            I8 | U8 | Char8 => 1,
            I16 | U16 | Char16 => 2,
            I32 | U32 | F32 | Bool | Hex32 => 4,
            I64 | U64 | F64 | FileTime | Hex64 => 8,
            Guid | SystemTime => 16,
            Pointer => pointer,
            _ => return None,
        })
    }

    /// Can a length or count refer to it?
    #[must_use]
    pub fn is_integer(self) -> bool {
        use Kind::*;
        matches!(self, I8 | U8 | I16 | U16 | I32 | U32 | I64 | U64 | Hex32 | Hex64 | Pointer | Char8 | Char16)
    }

    /// Is it a text that runs to its NUL?
    #[must_use]
    pub fn is_terminated_text(self) -> bool {
        matches!(self, Kind::Utf16 | Kind::Ansi)
    }
}

impl Show {
    /// By the number of `tdh.h`.
    #[must_use]
    pub fn from_tdh(number: u16) -> Show {
        match number {
            1 | 28 | 34 | 300 => Show::Text,
            13 => Show::Boolean,
            15..=19 => Show::Hex,
            22 => Show::Port,
            23 => Show::Ipv4,
            24 => Show::Ipv6,
            25 => Show::SocketAddress,
            27 => Show::FileTime,
            29..=32 => Show::Status,
            35 => Show::Utf8,
            _ => Show::Plain,
        }
    }

    /// By the number of `TraceLoggingProvider.h`, which differs.
    #[must_use]
    pub fn from_trace_logging(number: u8) -> Show {
        match number {
            2 | 11 | 12 => Show::Text,
            3 => Show::Boolean,
            4 | 37 => Show::Hex,
            7 => Show::Port,
            8 => Show::Ipv4,
            9 => Show::Ipv6,
            10 => Show::SocketAddress,
            13..=15 => Show::Status,
            16 => Show::FileTime,
            35 => Show::Utf8,
            _ => Show::Plain,
        }
    }

    /// By the name in a manifest.
    #[must_use]
    pub fn from_name(name: &str) -> Show {
        let plain = name.split_once(':').map_or(name, |(_, plain)| plain);
        match plain {
            "string" | "Xml" | "Json" => Show::Text,
            "boolean" => Show::Boolean,
            "HexInt8" | "HexInt16" | "HexInt32" | "HexInt64" | "hexBinary" => Show::Hex,
            "Port" => Show::Port,
            "IPv4" => Show::Ipv4,
            "IPv6" => Show::Ipv6,
            "SocketAddress" => Show::SocketAddress,
            "ETWTIME" => Show::FileTime,
            "ErrorCode" | "Win32Error" | "NTSTATUS" | "HResult" => Show::Status,
            "Utf8" => Show::Utf8,
            _ => Show::Plain,
        }
    }
}

impl Node {
    /// A field of that name and type.
    #[must_use]
    pub fn new(name: &str, kind: Kind) -> Node {
        Node {
            name: name.into(),
            kind,
            show: Show::Plain,
            length: Extent::Own,
            count: Extent::Own,
            register: None,
            map: None,
            members: 0,
        }
    }
}

impl Layout {
    /// The index of the node after `at` and all it contains.
    #[must_use]
    pub fn after(&self, at: usize) -> usize {
        at + 1 + usize::from(self.nodes[at].members)
    }

    /// Keeps the value of node `at` for later extents, and gives where. `None` where it is no integer, or where there
    /// are too many such.
    pub fn keep(&mut self, at: usize) -> Option<u8> {
        let node = self.nodes.get_mut(at).filter(|node| node.kind.is_integer())?;
        if node.register.is_none() {
            node.register = Some(self.registers);
            self.registers = self.registers.checked_add(1)?;
        }
        node.register
    }

    /// Indices of the top-level nodes.
    pub fn top(&self) -> impl Iterator<Item = usize> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let here = at;
            (here < self.nodes.len()).then(|| {
                at = self.after(here);
                here
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for number in 0..400 {
            let Some(kind) = Kind::from_in_type(number) else { continue };
            if let Some(name) = kind.name() {
                assert_eq!(Kind::from_name(name), Some(kind), "{number}");
            }
        }
        assert_eq!(Kind::from_in_type(26), None);
    }

    #[test]
    fn maps_name_values_and_bits() {
        let entries = vec![(1, "Read".into()), (2, "Write".into())];
        let mut map = ValueMap { name: "M".into(), bits: false, entries };
        assert_eq!((map.name_of(2).as_deref(), map.name_of(3)), (Some("Write"), None));
        map.bits = true;
        assert_eq!(
            (map.name_of(3).as_deref(), map.name_of(5), map.name_of(0)),
            (Some("Read|Write"), None, None)
        );
    }
}
