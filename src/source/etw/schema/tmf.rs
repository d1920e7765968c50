//! TMF files: the text in which a WPP provider's build describes its messages.
//!
//! Answers with a layout for each message: its arguments in order, its text, and the file and function it stands in.
//! Refuses messages with an argument of a kind that has no published size; the others are still good. One file may hold
//! many message GUIDs.
//!
//! ```text
//! 2818ef08-6a54-396f-2244-5a6ea4a98cf0 module // SRC=source.cpp MJ= MN=
//! #typev source_cpp123 43 "%0Opened %10!p! %11!s!" //   LEVEL=INFO FLAGS=IO FUNC=Open
//! {
//! Handle, ItemPtr -- 10
//! Name, ItemWString -- 11
//! }
//! ```
//!
//! Form: as `tracepdb` writes it, known from public descriptions; not yet seen beside real messages.

use super::{Family, Key, Kind, Layout, MOST_FIELDS, Node, Show};
use crate::fact::Guid;

/// How the text of a message calls its first argument.
const FIRST: u8 = 10;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Messages {
    pub(super) layouts: Vec<(Key, Layout)>,
    /// Messages whose layout cannot be told.
    pub(super) refused: usize,
}

/// Is a text a TMF file? Its first line that is no comment begins with a GUID, or it has a type line.
pub(super) fn sniff(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.next().is_some_and(|line| module(line).is_some()) && text.contains("#typev")
}

/// Reads a file.
pub(super) fn parse(text: &str) -> Messages {
    let mut messages = Messages::default();
    let mut current: Option<(Guid, String)> = None;
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(found) = module(line) {
            current = Some(found);
        } else if let Some(typed) = line.strip_prefix("#typev")
            && let Some((guid, module)) = &current
        {
            match message(typed, module, &mut lines) {
                Some((number, layout)) => {
                    messages
                        .layouts
                        .push((Key { guid: *guid, family: Family::Message, number, version: 0 }, layout));
                }
                None => messages.refused += 1,
            }
        }
    }
    messages
}

/// `GUID module // ...`.
fn module(line: &str) -> Option<(Guid, String)> {
    let (guid, rest) = line.split_once(' ')?;
    let name = rest.split("//").next().unwrap_or_default().trim();
    Some((Guid::parse(guid)?, name.to_owned()))
}

/// What follows `#typev`, and the argument lines in braces behind it.
fn message<'t>(
    typed: &str,
    module: &str,
    lines: &mut impl Iterator<Item = &'t str>,
) -> Option<(u16, Layout)> {
    let (head, rest) = typed.split_once('"')?;
    let (text, comment) = rest.rsplit_once('"')?;
    let mut words = head.split_whitespace();
    let place = words.next()?;
    let number = words.next()?.parse().ok();
    let said = |name: &str| {
        let word = comment.split_whitespace().find_map(|word| word.strip_prefix(name));
        word.unwrap_or_default().to_owned()
    };
    let mut layout = Layout {
        provider: module.into(),
        event: place.into(),
        task: said("FUNC=").into(),
        level: said("LEVEL=").into(),
        keywords: said("FLAGS=").into(),
        message: text.strip_prefix("%0").unwrap_or(text).into(),
        first: FIRST,
        ..Layout::default()
    };
    let mut arguments: Vec<(u32, Option<Node>)> = Vec::new();
    let (mut open, mut closed) = (false, false);
    for line in lines {
        match line {
            "{" => open = true,
            "}" => {
                closed = true;
                break;
            }
            _ if open && arguments.len() < MOST_FIELDS => arguments.push(argument(line)?),
            _ => return None,
        }
    }
    if !closed {
        return None;
    }
    arguments.sort_by_key(|(position, _)| *position);
    for (_, node) in arguments {
        layout.nodes.push(node?);
    }
    Some((number?, layout))
}

/// `expression, ItemKind -- 10`: the position, and the field where its kind has a layout.
fn argument(line: &str) -> Option<(u32, Option<Node>)> {
    let (left, position) = line.rsplit_once("--")?;
    let (name, kind) = left.rsplit_once(", Item")?;
    let position = position.split_whitespace().next()?.parse().ok()?;
    // `ItemListLong(false,true)` and `ItemEnum(...)` name the values; the number is what is logged.
    let kind = kind.trim().split(['(', ',']).next().unwrap_or_default();
    let node = kind_of(kind).map(|(kind, show)| Node { show, ..Node::new(name.trim(), kind) });
    Some((position, node))
}

fn kind_of(name: &str) -> Option<(Kind, Show)> {
    let plain = |kind| Some((kind, Show::Plain));
    match name {
        "Char" => plain(Kind::I8),
        "UChar" | "ListByte" => plain(Kind::U8),
        "Short" => plain(Kind::I16),
        "UShort" | "ListShort" => plain(Kind::U16),
        "Long" | "Int" => plain(Kind::I32),
        "ULong" | "UInt" | "ListLong" | "Enum" | "SetLong" => plain(Kind::U32),
        "ULongX" => plain(Kind::Hex32),
        "NTSTATUS" | "HRESULT" | "WINERROR" | "NTerror" => Some((Kind::U32, Show::Status)),
        "LongLong" => plain(Kind::I64),
        "ULongLong" => plain(Kind::U64),
        "LongLongX" | "ULongLongX" | "LongLongXX" => plain(Kind::Hex64),
        "Double" => plain(Kind::F64),
        "Ptr" | "Handle" => plain(Kind::Pointer),
        "String" => plain(Kind::Ansi),
        "WString" => plain(Kind::Utf16),
        "PString" => plain(Kind::CountedAnsi),
        "PWString" => plain(Kind::CountedUtf16),
        "Guid" => plain(Kind::Guid),
        "TimeStamp" => plain(Kind::FileTime),
        "IPAddr" => Some((Kind::U32, Show::Ipv4)),
        "Port" => Some((Kind::U16, Show::Port)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "// PDB:  x.pdb\n\
        2818ef08-6a54-396f-2244-5a6ea4a98cf0 mod // SRC=a.cpp MJ= MN=\n\
        #typev a_cpp123 43 \"%0Opened \\\"%11!s!\\\" at %10!p!: %12!s!\" //   LEVEL=INFO FLAGS=IO FUNC=Open\n\
        {\n\
        Name, ItemWString -- 11\n\
        f(a, b), ItemPtr -- 10\n\
        Status, ItemNTSTATUS -- 12\n\
        On, ItemListLong(false,true) -- 13\n\
        }\n\
        #typev a_cpp124 44 \"%0None\" // LEVEL=INFO\n\
        {\n\
        }\n\
        #typev a_cpp125 45 \"%0Odd %10!X!\"\n\
        {\n\
        What, ItemQuaternion -- 10\n\
        }\n\
        00000000-0000-0000-0000-000000000001 other // SRC=b.cpp\n\
        #typev b_cpp1 10 \"%0x\" //\n\
        {\n\
        }\n";

    #[test]
    fn messages_have_arguments_in_the_order_of_their_numbers() {
        assert!(sniff(TEXT));
        let messages = parse(TEXT);
        assert_eq!(messages.refused, 1);
        let numbers: Vec<_> =
            messages.layouts.iter().map(|(key, layout)| (key.number, &*layout.provider)).collect();
        assert_eq!(numbers, [(43, "mod"), (44, "mod"), (10, "other")]);
        let layout = &messages.layouts[0].1;
        let told: Vec<_> = layout.nodes.iter().map(|node| (&*node.name, node.kind)).collect();
        assert_eq!(
            told,
            [("f(a, b)", Kind::Pointer), ("Name", Kind::Utf16), ("Status", Kind::U32), ("On", Kind::U32)]
        );
        assert_eq!((&*layout.event, &*layout.task, &*layout.level), ("a_cpp123", "Open", "INFO"));
        assert_eq!(&*layout.message, r#"Opened \"%11!s!\" at %10!p!: %12!s!"#);
    }

    #[test]
    fn cut_files_give_what_is_whole() {
        for length in 0..TEXT.len() {
            let messages = parse(&TEXT[..length]);
            assert!(messages.layouts.len() <= 3);
        }
        assert!(!sniff("hello #typev") && !sniff(""));
    }
}
