//! Reads the catalogue's tables: lines of words, in the form that the module above gives.

use std::sync::Arc;

use super::{Catalogue, Entry};
use crate::fact::Guid;
use crate::source::etw::schema::{Extent, Family, Grade, Key, Kind, Layout, Node, Show, ValueMap};

/// What the lines before an event say.
#[derive(Default)]
struct Provider {
    guid: Option<Guid>,
    name: Box<str>,
    maps: Vec<Arc<ValueMap>>,
}

/// Puts what a table says into `catalogue`; the first line that cannot be read is the error.
pub(super) fn read(table: &str, catalogue: &mut Catalogue) -> Result<(), String> {
    let mut provider = Provider::default();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        statement(line, &mut provider, catalogue).ok_or_else(|| format!("cannot read: {line}"))?;
    }
    Ok(())
}

fn statement(line: &str, provider: &mut Provider, catalogue: &mut Catalogue) -> Option<()> {
    let (word, rest) = line.split_once(' ')?;
    match word {
        "provider" => {
            let (name, guid) = rest.rsplit_once(' ')?;
            let guid = Guid::parse(guid)?;
            *provider = Provider { guid: Some(guid), name: name.into(), maps: Vec::new() };
            catalogue.providers.insert(guid, name.into());
        }
        "map" | "bits" => {
            let (name, entries) = rest.split_once(' ')?;
            let entry = |entry: &str| {
                let (number, name) = entry.split_once('=')?;
                Some((unsigned(number)?, name.replace('_', " ").into()))
            };
            let entries: Option<Vec<_>> = entries.split(' ').map(entry).collect();
            provider.maps.push(Arc::new(ValueMap {
                name: name.into(),
                bits: word == "bits",
                entries: entries?,
            }));
        }
        "event" => event(rest, provider, catalogue)?,
        _ => return None,
    }
    Some(())
}

fn event(rest: &str, provider: &Provider, catalogue: &mut Catalogue) -> Option<()> {
    let (head, fields) = rest.split_once('|')?;
    let mut words = head.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let version = words.next()?.parse().ok()?;
    let name = words.next().map(|name| if name == "-" { "" } else { name })?;
    let mut layout = Layout { provider: provider.name.clone(), event: name.into(), ..Layout::default() };
    let (mut builds, mut grade) = (0..=u32::MAX, Grade::Typed);
    for word in words {
        match word.split_once('=') {
            None if word == "inferred" => grade = Grade::Inferred,
            Some(("task", task)) => layout.task = task.into(),
            Some(("opcode", opcode)) => layout.opcode = opcode.into(),
            Some(("keywords", keywords)) => layout.keywords = keywords.replace(',', " ").into(),
            Some(("builds", range)) => {
                let (first, last) = range.split_once("..")?;
                let bound =
                    |text: &str, open: u32| if text.is_empty() { Some(open) } else { text.parse().ok() };
                builds = bound(first, 0)?..=bound(last, u32::MAX)?;
            }
            _ => return None,
        }
    }
    for word in fields.split_whitespace() {
        field(word, provider, &mut layout)?;
    }
    let key = Key { guid: provider.guid?, family: Family::Event, number, version };
    catalogue.add(key, Entry { builds, grade, layout: Arc::new(layout) });
    Some(())
}

fn field(word: &str, provider: &Provider, layout: &mut Layout) -> Option<()> {
    let (name, kind) = word.split_once(':')?;
    let (kind, map) = kind.split_once('@').map_or((kind, None), |(kind, map)| (kind, Some(map)));
    let (kind, count) = kind.split_once('*').map_or((kind, None), |(kind, count)| (kind, Some(count)));
    let (kind, measured) = kind.split_once('~').map_or((kind, None), |(kind, by)| (kind, Some(by)));
    let (kind, length) = match kind.split_once('[') {
        Some((kind, length)) => (kind, Some(length.strip_suffix(']')?)),
        None => (kind, None),
    };
    let (kind, show) = kind_of(kind)?;
    let mut node = Node { show, ..Node::new(name, kind) };
    node.length = extent(length, layout)?;
    node.count = extent(count, layout)?;
    if measured.is_some() {
        let Extent::Register(register) = extent(measured, layout)? else { return None };
        node.length = Extent::Measured(register);
    }
    if let Some(map) = map {
        node.map = Some(Arc::clone(provider.maps.iter().find(|own| &*own.name == map)?));
    }
    layout.nodes.push(node);
    Some(())
}

/// A number, or an earlier field.
fn extent(text: Option<&str>, layout: &mut Layout) -> Option<Extent> {
    let Some(text) = text else { return Some(Extent::Own) };
    if let Some(number) = unsigned(text) {
        return Some(Extent::Fixed(number));
    }
    let at = layout.nodes.iter().position(|node| &*node.name == text)?;
    layout.keep(at).map(Extent::Register)
}

fn unsigned(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn kind_of(word: &str) -> Option<(Kind, Show)> {
    let kind = match word {
        "ptr" => Kind::Pointer,
        "guid" => Kind::Guid,
        "i8" => Kind::I8,
        "u8" => Kind::U8,
        "i16" => Kind::I16,
        "u16" => Kind::U16,
        "i32" => Kind::I32,
        "u32" => Kind::U32,
        "i64" => Kind::I64,
        "u64" => Kind::U64,
        "x8" => return Some((Kind::U8, Show::Hex)),
        "x16" => return Some((Kind::U16, Show::Hex)),
        "x32" => Kind::Hex32,
        "x64" => Kind::Hex64,
        "bool" => Kind::Bool,
        "f32" => Kind::F32,
        "f64" => Kind::F64,
        "filetime" => Kind::FileTime,
        "systemtime" => Kind::SystemTime,
        "sid" => Kind::Sid,
        "wstr" => Kind::Utf16,
        "astr" => Kind::Ansi,
        "bin" => Kind::Binary,
        "sockaddr" => return Some((Kind::Binary, Show::SocketAddress)),
        "rest" => Kind::Rest,
        _ => return None,
    };
    Some((kind, Show::Plain))
}
