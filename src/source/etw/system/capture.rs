//! The types of an event's fields, taken from how the event is serialised: ferrisetw keeps its own list of them to itself.
//!
//! Answers with names and types in order. Refuses to tell a text in UTF-16 from one in ANSI, and a pointer from a number
//! of its size: whoever asks tries both on the bytes.

use std::fmt;

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

use crate::source::etw::schema::Kind;

/// What was serialised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Captured {
    /// One value.
    Value(Kind),
    /// A text, whose encoding is not known.
    Text,
    /// Named parts, in order.
    Parts(Vec<(String, Captured)>),
    /// Something without a layout of its own.
    Other,
}

impl Captured {
    /// The part of that name.
    pub(super) fn part(&self, name: &str) -> Option<&Captured> {
        match self {
            Captured::Parts(parts) => parts.iter().find(|(own, _)| own == name).map(|(_, part)| part),
            _ => None,
        }
    }
}

/// Captures one value.
pub(super) fn capture(value: &impl Serialize) -> Option<Captured> {
    value.serialize(Capture).ok()
}

/// Serialising failed: the event cannot be described.
#[derive(Debug)]
pub(super) struct CaptureError;

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event cannot be described")
    }
}

impl std::error::Error for CaptureError {}

impl serde::ser::Error for CaptureError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        CaptureError
    }
}

struct Capture;

/// Parts of a structure or map; elements of a tuple.
#[derive(Default)]
struct Parts {
    parts: Vec<(String, Captured)>,
    key: String,
    elements: Vec<Captured>,
}

macro_rules! values {
    ($($method:ident($type:ty) = $captured:expr;)*) => {
        $(fn $method(self, _: $type) -> Result<Captured, CaptureError> { Ok($captured) })*
    };
}

impl Serializer for Capture {
    type Ok = Captured;
    type Error = CaptureError;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Impossible<Captured, CaptureError>;
    type SerializeTupleVariant = Impossible<Captured, CaptureError>;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Impossible<Captured, CaptureError>;

    // GUIDs then come as their parts and not as text.
    fn is_human_readable(&self) -> bool {
        false
    }

    values! {
        serialize_bool(bool) = Captured::Value(Kind::Bool);
        serialize_i8(i8) = Captured::Value(Kind::I8);
        serialize_i16(i16) = Captured::Value(Kind::I16);
        serialize_i32(i32) = Captured::Value(Kind::I32);
        serialize_i64(i64) = Captured::Value(Kind::I64);
        serialize_u8(u8) = Captured::Value(Kind::U8);
        serialize_u16(u16) = Captured::Value(Kind::U16);
        serialize_u32(u32) = Captured::Value(Kind::U32);
        serialize_u64(u64) = Captured::Value(Kind::U64);
        serialize_f32(f32) = Captured::Value(Kind::F32);
        serialize_f64(f64) = Captured::Value(Kind::F64);
        serialize_char(char) = Captured::Other;
        serialize_bytes(&[u8]) = Captured::Other;
        serialize_unit_struct(&'static str) = Captured::Other;
    }

    fn serialize_str(self, text: &str) -> Result<Captured, CaptureError> {
        // A SID is serialised as its text.
        Ok(if text.starts_with("S-1-") { Captured::Value(Kind::Sid) } else { Captured::Text })
    }

    fn serialize_none(self) -> Result<Captured, CaptureError> {
        Ok(Captured::Value(Kind::Null))
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<Captured, CaptureError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Captured, CaptureError> {
        Ok(Captured::Value(Kind::Null))
    }

    fn serialize_unit_variant(self, _: &str, _: u32, _: &str) -> Result<Captured, CaptureError> {
        Ok(Captured::Other)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &str,
        value: &T,
    ) -> Result<Captured, CaptureError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &str,
        _: u32,
        variant: &str,
        _: &T,
    ) -> Result<Captured, CaptureError> {
        // An address: four bytes, or more than a number holds.
        Ok(if variant == "V4" { Captured::Value(Kind::U32) } else { Captured::Other })
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts, CaptureError> {
        Ok(Parts::default())
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts, CaptureError> {
        Ok(Parts::default())
    }

    fn serialize_tuple_struct(self, _: &str, _: usize) -> Result<Self::SerializeTupleStruct, CaptureError> {
        Err(CaptureError)
    }

    fn serialize_tuple_variant(
        self,
        _: &str,
        _: u32,
        _: &str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, CaptureError> {
        Err(CaptureError)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts, CaptureError> {
        Ok(Parts::default())
    }

    fn serialize_struct(self, _: &str, _: usize) -> Result<Parts, CaptureError> {
        Ok(Parts::default())
    }

    fn serialize_struct_variant(
        self,
        _: &str,
        _: u32,
        _: &str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, CaptureError> {
        Err(CaptureError)
    }
}

impl SerializeSeq for Parts {
    type Ok = Captured;
    type Error = CaptureError;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, _: &T) -> Result<(), CaptureError> {
        Ok(())
    }

    fn end(self) -> Result<Captured, CaptureError> {
        // How many elements the next event has, this one does not say.
        Ok(Captured::Other)
    }
}

impl SerializeTuple for Parts {
    type Ok = Captured;
    type Error = CaptureError;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), CaptureError> {
        self.elements.push(value.serialize(Capture)?);
        Ok(())
    }

    fn end(self) -> Result<Captured, CaptureError> {
        use Kind::{U16, U32};
        let is_guid = matches!(
            &self.elements[..],
            [Captured::Value(U32), Captured::Value(U16), Captured::Value(U16), _]
        );
        Ok(if is_guid { Captured::Value(Kind::Guid) } else { Captured::Other })
    }
}

impl SerializeMap for Parts {
    type Ok = Captured;
    type Error = CaptureError;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), CaptureError> {
        // Keys are names; `serde_json` prints any of them.
        let key = serde_json::to_value(key).map_err(|_| CaptureError)?;
        self.key = key.as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), CaptureError> {
        let captured = value.serialize(Capture)?;
        self.parts.push((std::mem::take(&mut self.key), captured));
        Ok(())
    }

    fn end(self) -> Result<Captured, CaptureError> {
        Ok(Captured::Parts(self.parts))
    }
}

impl SerializeStruct for Parts {
    type Ok = Captured;
    type Error = CaptureError;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), CaptureError> {
        let captured = value.serialize(Capture)?;
        self.parts.push((key.to_owned(), captured));
        Ok(())
    }

    fn end(self) -> Result<Captured, CaptureError> {
        Ok(Captured::Parts(self.parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(serde::Serialize)]
    struct Event<'a> {
        id: (u32, u16, u16, [u8; 8]),
        map: BTreeMap<&'a str, u64>,
        text: &'a str,
        sid: &'a str,
        bytes: Vec<u8>,
        flag: bool,
    }

    #[test]
    fn types_are_seen_through_serialisation() {
        let event = Event {
            id: (1, 2, 3, [4; 8]),
            map: BTreeMap::from([("Irp", 5)]),
            text: "abc",
            sid: "S-1-5-18",
            bytes: vec![1],
            flag: true,
        };
        let captured = capture(&event).expect("every type is known");
        let part = |name: &str| captured.part(name).cloned();
        assert_eq!(part("id"), Some(Captured::Value(Kind::Guid)));
        assert_eq!(part("map"), Some(Captured::Parts(vec![("Irp".into(), Captured::Value(Kind::U64))])));
        assert_eq!((part("text"), part("sid")), (Some(Captured::Text), Some(Captured::Value(Kind::Sid))));
        assert_eq!((part("bytes"), part("flag")), (Some(Captured::Other), Some(Captured::Value(Kind::Bool))));
    }
}
