//! Instrumentation manifests (`.man`, `.xml`): the XML in which providers describe their events.
//!
//! Answers with the layouts of every event of every provider in it, with the names of tasks, opcodes, levels, keywords
//! and values. Refuses events whose template it does not know or whose types have no size; the others are still good.
//!
//! The schema is published (eventman.xsd). Both roots are read: `instrumentationManifest` and the older `assembly`; so
//! are the manifests that EventSource providers log, and those that tools rebuild from a live machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{DEEPEST, Extent, Family, Key, Kind, Layout, MOST_FIELDS, Node, Show, ValueMap};
use crate::fact::Guid;

/// What a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// Providers by GUID.
    pub(super) providers: Vec<(Guid, String)>,
    /// Layouts of their events.
    pub(super) layouts: Vec<(Key, Layout)>,
    /// Events whose layout cannot be told.
    pub(super) refused: usize,
}

/// Attributes by local name.
type Attributes = BTreeMap<String, String>;

#[derive(Default)]
struct Provider {
    attributes: Attributes,
    tasks: Attributes,
    opcodes: Attributes,
    channels: Attributes,
    maps: Vec<(bool, String, Vec<Attributes>)>,
    templates: BTreeMap<String, Vec<Item>>,
    events: Vec<Attributes>,
}

/// A field of a template, or the begin of a structure with its number of fields.
struct Item {
    attributes: Attributes,
    members: Option<usize>,
}

/// Reads a manifest; the error says what is no XML or no manifest.
pub(super) fn parse(text: &str) -> Result<Manifest, String> {
    let mut reader = Reader::from_str(text);
    let mut providers: Vec<Provider> = Vec::new();
    let mut strings = Attributes::new();
    // The template that is open, and the structures open in it.
    let mut template: Option<(String, Vec<Item>)> = None;
    let mut structures: Vec<usize> = Vec::new();
    // Below `UserData` stands how an event log prints the fields, not which there are.
    let mut user_data = 0_usize;
    loop {
        let (tag, is_empty) = match reader.read_event() {
            Ok(Event::Start(tag)) => (tag, false),
            Ok(Event::Empty(tag)) => (tag, true),
            Ok(Event::End(tag)) => {
                match tag.local_name().as_ref() {
                    "UserData" => user_data = user_data.saturating_sub(1),
                    "struct" if user_data == 0 => end_structure(&mut structures, &mut template),
                    "template" => {
                        if let (Some((tid, items)), Some(provider)) = (template.take(), providers.last_mut())
                        {
                            provider.templates.insert(tid, items);
                        }
                        structures.clear();
                    }
                    _ => {}
                }
                continue;
            }
            Ok(Event::Eof) => break,
            Ok(_) => continue,
            Err(error) => return Err(format!("at byte {}: {error}", reader.error_position())),
        };
        let name = tag.local_name();
        let name = name.as_ref();
        if name == "UserData" {
            user_data += usize::from(!is_empty);
        }
        if user_data > 0 {
            continue;
        }
        let attributes = attributes_of(&tag);
        if name == "provider" {
            providers.push(Provider { attributes, ..Provider::default() });
            continue;
        }
        if name == "string" {
            if let (Some(id), Some(value)) = (attributes.get("id"), attributes.get("value")) {
                strings.insert(id.clone(), value.clone());
            }
            continue;
        }
        let Some(provider) = providers.last_mut() else { continue };
        match name {
            "task" => named(&mut provider.tasks, attributes),
            "opcode" => named(&mut provider.opcodes, attributes),
            "channel" | "importChannel" => {
                let key = attributes.get("chid").or_else(|| attributes.get("name")).cloned();
                if let (Some(key), Some(name)) = (key, attributes.get("name")) {
                    provider.channels.insert(key, name.clone());
                }
            }
            "valueMap" | "bitMap" => {
                let own = attributes.get("name").cloned().unwrap_or_default();
                provider.maps.push((name == "bitMap", own, Vec::new()));
            }
            "map" => {
                if let Some((.., entries)) = provider.maps.last_mut() {
                    entries.push(attributes);
                }
            }
            "template" => {
                let tid = attributes.get("tid").cloned().unwrap_or_default();
                if is_empty {
                    provider.templates.insert(tid, Vec::new());
                } else {
                    template = Some((tid, Vec::new()));
                    structures.clear();
                }
            }
            "data" | "struct" => {
                let Some((_, items)) = &mut template else { continue };
                let is_struct = name == "struct";
                items.push(Item { attributes, members: is_struct.then_some(0) });
                if is_struct && !is_empty {
                    structures.push(items.len() - 1);
                }
            }
            "event" => provider.events.push(attributes),
            _ => {}
        }
    }
    if providers.is_empty() {
        return Err("no provider in it: not an instrumentation manifest".to_owned());
    }
    let mut manifest = Manifest::default();
    for provider in &providers {
        put_together(provider, &strings, &mut manifest);
    }
    Ok(manifest)
}

fn end_structure(structures: &mut Vec<usize>, template: &mut Option<(String, Vec<Item>)>) {
    if let (Some(head), Some((_, items))) = (structures.pop(), template.as_mut()) {
        items[head].members = Some(items.len() - head - 1);
    }
}

fn attributes_of(tag: &BytesStart<'_>) -> Attributes {
    let text = |value: &str| match quick_xml::escape::unescape(value) {
        Ok(text) => text.into_owned(),
        Err(_) => value.to_owned(),
    };
    let mut attributes = tag.attributes();
    let attributes = attributes.with_checks(false).flatten();
    attributes.map(|a| (a.key.local_name().as_ref().to_owned(), text(&a.value))).collect()
}

/// Keeps the name of a number, which events may refer to by name or by number.
fn named(table: &mut Attributes, attributes: Attributes) {
    if let Some(name) = attributes.get("name") {
        if let Some(value) = attributes.get("value") {
            table.insert(value.clone(), name.clone());
        }
        table.insert(name.clone(), name.clone());
    }
}

/// Makes layouts out of what a provider says.
fn put_together(provider: &Provider, strings: &Attributes, manifest: &mut Manifest) {
    let name = provider.attributes.get("name").cloned().unwrap_or_default();
    let Some(guid) = provider.attributes.get("guid").and_then(|guid| Guid::parse(guid)) else {
        manifest.refused += provider.events.len();
        return;
    };
    let said = |text: Option<&String>| text.map_or_else(String::new, |text| localised(text, strings));
    let maps: BTreeMap<&str, Arc<ValueMap>> = provider
        .maps
        .iter()
        .map(|(bits, name, entries)| {
            let entry = |entry: &Attributes| {
                let value = number(entry.get("value")?)?;
                Some((u32::try_from(value).ok()?, said(entry.get("message")).into()))
            };
            let entries = entries.iter().filter_map(entry).collect();
            (&**name, Arc::new(ValueMap { name: name.as_str().into(), bits: *bits, entries }))
        })
        .collect();
    let mut templates: BTreeMap<&str, Option<(Vec<Node>, u8)>> = BTreeMap::new();
    for (tid, items) in &provider.templates {
        let mut layout = Layout::default();
        let made = fields(items, "", 0, &maps, &mut layout);
        templates.insert(tid, made.map(|()| (layout.nodes, layout.registers)));
    }
    for event in &provider.events {
        let get = |key: &str| event.get(key).map(|value| value.trim()).unwrap_or_default();
        let id = event.get("value").and_then(|id| number(id)).and_then(|id| u16::try_from(id).ok());
        let version = if get("version").is_empty() { Some(0) } else { number(get("version")) };
        let fields = match get("template") {
            "" => Some((Vec::new(), 0)),
            tid => templates.get(tid).cloned().flatten(),
        };
        let (Some(id), Some(version), Some((nodes, registers))) =
            (id, version.and_then(|version| u8::try_from(version).ok()), fields)
        else {
            manifest.refused += 1;
            continue;
        };
        let (task, opcode) = (short(&provider.tasks, get("task")), short(&provider.opcodes, get("opcode")));
        let own = ["name", "symbol"].into_iter().map(get).find(|own| !own.is_empty());
        let keywords: Vec<&str> = get("keywords").split_whitespace().map(plain).collect();
        let layout = Layout {
            provider: name.as_str().into(),
            event: own.map_or_else(|| super::joined(&task, &opcode), str::to_owned).into(),
            task: task.into(),
            opcode: opcode.into(),
            level: plain(get("level")).into(),
            keywords: keywords.join(" ").into(),
            channel: provider.channels.get(get("channel")).map_or(get("channel"), |name| name).into(),
            message: said(event.get("message")).into(),
            nodes,
            registers,
            first: 1,
        };
        manifest.layouts.push((Key { guid, family: Family::Event, number: id, version }, layout));
    }
    manifest.providers.push((guid, name));
}

/// The name that a table has for a reference, without its prefix.
fn short(table: &Attributes, reference: &str) -> String {
    plain(table.get(reference).map_or(reference, |name| name)).to_owned()
}

fn plain(name: &str) -> &str {
    name.strip_prefix("win:").unwrap_or(name)
}

/// `$(string.id)` by its text in the first language that has it; other texts as they are.
fn localised(text: &str, strings: &Attributes) -> String {
    let id = text.trim().strip_prefix("$(string.").and_then(|rest| rest.strip_suffix(')'));
    match id {
        Some(id) => strings.get(id).cloned().unwrap_or_default(),
        None => text.to_owned(),
    }
}

/// Appends the fields of a template. `None` where a type or a reference is not known.
fn fields(
    items: &[Item],
    prefix: &str,
    depth: usize,
    maps: &BTreeMap<&str, Arc<ValueMap>>,
    layout: &mut Layout,
) -> Option<()> {
    let mut at = 0;
    let first = layout.nodes.len();
    while let Some(item) = items.get(at) {
        if layout.nodes.len() >= MOST_FIELDS || depth > DEEPEST {
            return None;
        }
        let get = |key: &str| item.attributes.get(key).map(|value| value.trim()).filter(|v| !v.is_empty());
        let name = format!("{prefix}{}", get("name").unwrap_or_default());
        let kind = match item.members {
            Some(_) => Kind::Struct,
            None => Kind::from_name(get("inType")?)?,
        };
        let mut node = Node::new(&name, kind);
        node.show = get("outType").map_or(Show::Plain, Show::from_name);
        node.count = extent(get("count"), prefix, first, layout)?;
        if node.count == Extent::Fixed(1) {
            node.count = Extent::Own;
        }
        if matches!(kind, Kind::Utf16 | Kind::Ansi | Kind::Binary) {
            node.length = match get("length") {
                None if kind == Kind::Binary && node.show == Show::Ipv6 => Extent::Fixed(16),
                other => extent(other, prefix, first, layout)?,
            };
        }
        node.map = get("map").and_then(|name| maps.get(name).cloned());
        layout.nodes.push(node);
        at += 1;
        if let Some(members) = item.members {
            let here = layout.nodes.len() - 1;
            let inner = items.get(at..at + members)?;
            fields(inner, &format!("{name}."), depth + 1, maps, layout)?;
            layout.nodes[here].members = (layout.nodes.len() - here - 1) as u16;
            at += members;
        }
    }
    Some(())
}

/// A number, or a field before this one: of the same structure, else of the template.
fn extent(text: Option<&str>, prefix: &str, first: usize, layout: &mut Layout) -> Option<Extent> {
    let Some(text) = text else { return Some(Extent::Own) };
    if let Some(number) = number(text) {
        return u32::try_from(number).ok().map(Extent::Fixed);
    }
    let inner = format!("{prefix}{text}");
    let found = |name: &str, nodes: &[Node]| nodes.iter().rposition(|node| *node.name == *name);
    let at =
        found(&inner, &layout.nodes[first..]).map(|at| first + at).or_else(|| found(text, &layout.nodes))?;
    layout.keep(at).map(Extent::Register)
}

/// Decimal, or hexadecimal behind `0x`.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "{7d3c1f00-0000-4000-8000-0000000000a1}";

    fn manifest(inner: &str) -> String {
        format!(
            "<instrumentationManifest xmlns='http://schemas.microsoft.com/win/2004/08/events'><instrumentation><events>\
             <provider name='P' guid='{GUID}'>{inner}</provider></events></instrumentation>\
             <localization><resources culture='en-US'><stringTable><string id='m' value='Hello %1'/>\
             <string id='a' value='Aah'/></stringTable></resources></localization></instrumentationManifest>"
        )
    }

    #[test]
    fn events_have_names_fields_and_maps() {
        let text = manifest(
            "<events><event value='02050' level='win:Error' task='T' opcode='win:Start' keywords='K win:Audit' \
             template='t' channel='C' message='$(string.m)' symbol='Happened'/>\
             <event value='0x10' version='3'/><event value='9' template='none'/></events>\
             <tasks><task name='T' value='7'/></tasks><channels><channel name='P/Log' chid='C'/></channels>\
             <maps><valueMap name='M'><map value='0x1' message='$(string.a)'/></valueMap></maps>\
             <templates><template tid='t'><data name='Count' inType='win:UInt16' map='M'/>\
             <struct name='S' count='Count'><data name='L' inType='win:UInt8'/><data name='D' inType='win:Binary' length='L'/></struct>\
             <data name='A' inType='win:Binary' outType='win:IPv6'/><data name='U' inType='win:UnicodeString' length='8' count='1'/>\
             <UserData><X xmlns='x'><data name='no' inType='no'/></X></UserData></template></templates>",
        );
        let manifest = parse(&text).unwrap();
        assert_eq!(manifest.refused, 1);
        let (key, layout) = &manifest.layouts[0];
        assert_eq!((key.number, key.version), (2050, 0));
        let names =
            [&layout.event, &layout.task, &layout.opcode, &layout.level, &layout.keywords, &layout.channel];
        assert_eq!(names.map(|n| &**n), ["Happened", "T", "Start", "Error", "K Audit", "P/Log"]);
        assert_eq!(&*layout.message, "Hello %1");
        let told: Vec<_> =
            layout.nodes.iter().map(|n| (&*n.name, n.kind, n.count, n.length, n.members)).collect();
        use Extent::{Fixed, Own, Register};
        assert_eq!(
            told,
            [
                ("Count", Kind::U16, Own, Own, 0),
                ("S", Kind::Struct, Register(0), Own, 2),
                ("S.L", Kind::U8, Own, Own, 0),
                ("S.D", Kind::Binary, Own, Register(1), 0),
                ("A", Kind::Binary, Own, Fixed(16), 0),
                ("U", Kind::Utf16, Own, Fixed(8), 0),
            ]
        );
        assert_eq!(layout.nodes[0].map.as_ref().unwrap().name_of(1).as_deref(), Some("Aah"));
        assert_eq!((manifest.layouts[1].0.number, manifest.layouts[1].0.version), (16, 3));
    }

    #[test]
    fn what_is_no_manifest_says_so() {
        assert!(parse("<a><b/></a>").is_err());
        assert!(parse("<provider").is_err());
        assert!(parse("").is_err());
        // A reference to a field behind, to itself, or to a text costs that event.
        for data in [
            "<data name='A' inType='win:Binary' length='A'/>",
            "<data name='A' inType='win:UInt8' count='B'/>",
            "<data name='B' inType='win:UnicodeString'/><data name='A' inType='win:UInt8' count='B'/>",
            "<data name='A' inType='win:Quaternion'/>",
        ] {
            let text = manifest(&format!(
                "<events><event value='1' template='t'/></events><templates><template tid='t'>{data}</template></templates>"
            ));
            assert_eq!(parse(&text).unwrap().refused, 1, "{data}");
        }
    }

    #[test]
    fn damage_never_panics() {
        let text = manifest(
            "<events><event value='1' template='t'/></events><templates><template tid='t'><struct name='S'><data name='A' inType='win:UInt8'/></struct></template></templates>",
        );
        for length in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let _ = parse(&text[..length]);
        }
        let mut seed = 1_u64;
        for _ in 0..2000 {
            let mut bytes = text.clone().into_bytes();
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % bytes.len();
            bytes[at] = (seed >> 24) as u8 & 0x7F;
            let _ = parse(&String::from_utf8_lossy(&bytes));
        }
        let deep = "<struct name='S'>".repeat(5000);
        let text = manifest(&format!(
            "<events><event value='1' template='t'/></events><templates><template tid='t'>{deep}</template></templates>"
        ));
        let _ = parse(&text);
    }
}
