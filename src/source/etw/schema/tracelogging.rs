//! TraceLogging: the layout that an event carries in its extended items.
//!
//! Answers with the layout of the event schema item (type 11) and the provider's name of the traits item (type 12).
//! Refuses metadata that is cut, that nests too deep, or whose structures claim more fields than follow.
//!
//! Format: `TraceLoggingProvider.h`; checked on 460 events, whose payloads it consumes exactly.

use super::{DEEPEST, Extent, Kind, Layout, MOST_FIELDS, Node, Show};

/// The provider's name out of a traits item.
#[must_use]
pub fn provider_name(traits: &[u8]) -> Option<&str> {
    name(traits.get(2..)?).map(|(name, _)| name)
}

/// The layout out of a schema item.
#[must_use]
pub fn parse(schema: &[u8]) -> Option<Layout> {
    let size = usize::from(u16::from_le_bytes(*schema.first_chunk()?));
    let mut rest = tag(schema.get(2..size)?)?;
    let event;
    (event, rest) = name(rest)?;
    let mut layout = Layout { event: event.into(), ..Layout::default() };
    // Structures that are still open: index of the head, and fields that are still to come.
    let mut open: Vec<(usize, u8)> = Vec::new();
    while !rest.is_empty() {
        let mut node;
        (node, rest) = field(rest)?;
        if layout.nodes.len() >= MOST_FIELDS {
            return None;
        }
        if let Some((head, left)) = open.last_mut() {
            node.name = format!("{}.{}", layout.nodes[*head].name, node.name).into();
            *left -= 1;
        }
        let at = layout.nodes.len();
        let members = std::mem::take(&mut node.members);
        let is_open = node.kind == Kind::Struct && members > 0;
        layout.nodes.push(node);
        if is_open {
            if open.len() >= DEEPEST {
                return None;
            }
            open.push((at, u8::try_from(members).ok()?));
        }
        close(&mut open, &mut layout.nodes);
    }
    open.is_empty().then_some(layout)
}

/// Ends the structures that have all their fields.
fn close(open: &mut Vec<(usize, u8)>, nodes: &mut [Node]) {
    while let Some(&(head, 0)) = open.last() {
        nodes[head].members = (nodes.len() - head - 1) as u16;
        open.pop();
    }
}

/// One field; of a structure, `members` is the number of fields that belong to it directly.
fn field(bytes: &[u8]) -> Option<(Node, &[u8])> {
    let (name, mut rest) = name(bytes)?;
    let mut byte = || -> Option<u8> {
        let (first, more) = rest.split_first()?;
        rest = more;
        Some(*first)
    };
    let kind = byte()?;
    let out = if kind & 0x80 != 0 { byte()? } else { 0 };
    if out & 0x80 != 0 {
        rest = tag(rest)?;
    }
    let mut node = Node::new(name, Kind::from_in_type(u16::from(kind & 0x1F))?);
    if node.kind == Kind::Struct {
        node.members = u16::from(out & 0x7F);
    } else {
        node.show = Show::from_trace_logging(out & 0x7F);
    }
    let number = |rest: &mut &[u8]| -> Option<u16> {
        let number = u16::from_le_bytes(*rest.first_chunk()?);
        *rest = &rest[2..];
        Some(number)
    };
    match kind & 0x60 {
        0x00 => {}
        0x20 => node.count = Extent::Fixed(number(&mut rest)?.into()),
        0x40 => node.count = Extent::Counted,
        // Custom: described by bytes that only the provider's own reader knows; in the payload a counted array.
        _ => {
            let length = number(&mut rest)?;
            rest = rest.get(usize::from(length)..)?;
            node.count = Extent::Counted;
        }
    }
    Some((node, rest))
}

/// A NUL-ended name and what follows it.
fn name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr::memchr(0, bytes)?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// What follows a tag: bytes up to the first one without the high bit.
fn tag(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0)?;
    Some(&bytes[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &[u8]) -> Vec<u8> {
        let body = [&[0, 0], &[0][..], b"Happened\0", fields].concat();
        let mut bytes = body;
        let size = u16::try_from(bytes.len()).expect("short");
        bytes[..2].copy_from_slice(&size.to_le_bytes());
        bytes
    }

    #[test]
    fn structures_hold_their_fields() {
        let fields =
            [&b"a\0\x08"[..], b"s\0\xD8\x02", b"x\0\x01", b"t\0\x98\x01", b"y\0\x04", b"z\0\x26\x03\x00"]
                .concat();
        let layout = parse(&schema(&fields)).expect("well-formed");
        let told: Vec<_> = layout.nodes.iter().map(|n| (&*n.name, n.kind, n.count, n.members)).collect();
        assert_eq!(layout.event.as_ref(), "Happened");
        assert_eq!(
            told,
            [
                ("a", Kind::U32, Extent::Own, 0),
                ("s", Kind::Struct, Extent::Counted, 3),
                ("s.x", Kind::Utf16, Extent::Own, 0),
                ("s.t", Kind::Struct, Extent::Own, 1),
                ("s.t.y", Kind::U8, Extent::Own, 0),
                ("z", Kind::U16, Extent::Fixed(3), 0),
            ]
        );
    }

    #[test]
    fn cut_or_greedy_schemas_are_none() {
        let whole = schema(b"a\0\x08s\0\xD8\x02x\0\x01y\0\x04");
        for length in 0..whole.len() {
            let mut cut = whole[..length].to_vec();
            assert_eq!(parse(&cut), None, "{length}");
            if length >= 2 {
                cut[..2].copy_from_slice(&(length as u16).to_le_bytes());
                // Where it stops between fields it is a schema of fewer fields, unless a structure lacks some.
                assert!(parse(&cut).is_none_or(|layout| layout.nodes.len() < 4), "{length}");
            }
        }
        assert_eq!(parse(&schema(b"s\0\x98\x05x\0\x01")), None);
        let deep: Vec<u8> = b"s\0\x98\x01".repeat(DEEPEST + 1);
        assert_eq!(parse(&schema(&[&deep[..], b"x\0\x01"].concat())), None);
        assert_eq!(parse(&schema(b"x\0\x1F")), None);
    }

    #[test]
    fn traits_begin_with_a_name() {
        assert_eq!(provider_name(b"\x07\0Abc\0\0"), Some("Abc"));
        assert_eq!(provider_name(b"\x07\0Abc"), None);
        assert_eq!(provider_name(b"\x07"), None);
    }
}
