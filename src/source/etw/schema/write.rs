//! Writes schemas as an instrumentation manifest, which this program reads back with `--schema` and other tools read too.
//!
//! Answers with the text and with how many events it could not hold: classic events, WPP messages, and fields of types
//! that a manifest has no word for. The numbers of tasks, opcodes and keywords are not part of a layout and are left out;
//! every event keeps its name.

use std::fmt::Write;

use super::{Extent, Family, Key, Kind, Layout, Node, Schemas, Show, ValueMap};
use crate::fact::Guid;

/// A manifest of all layouts in `schemas`, the catalogue's excepted, and the number of events that are not in it.
#[must_use]
pub fn manifest(schemas: &Schemas) -> (String, usize) {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<instrumentationManifest \
         xmlns=\"http://schemas.microsoft.com/win/2004/08/events\" \
         xmlns:win=\"http://manifests.microsoft.com/win/2004/08/windows/events\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n <instrumentation>\n  <events>\n",
    );
    let mut strings = Vec::new();
    let mut left_out = 0;
    let mut events: Vec<(Key, Layout)> = Vec::new();
    for (key, candidate) in schemas.layouts() {
        // The most trusted of several; a manifest has room for one.
        if events.last().is_some_and(|(last, _)| *last == key) {
            continue;
        }
        if key.family == Family::Event && candidate.layout.nodes.iter().all(can_be_written) {
            events.push((key, (*candidate.layout).clone()));
        } else {
            left_out += 1;
        }
    }
    for group in events.chunk_by(|one, other| one.0.guid == other.0.guid) {
        provider(schemas, group[0].0.guid, group, &mut strings, &mut out);
    }
    out.push_str("  </events>\n </instrumentation>\n");
    out.push_str(" <localization>\n  <resources culture=\"en-US\">\n   <stringTable>\n");
    for (at, text) in strings.iter().enumerate() {
        let _ = writeln!(out, "    <string id=\"s{at}\" value=\"{}\"/>", escape(text));
    }
    out.push_str("   </stringTable>\n  </resources>\n </localization>\n</instrumentationManifest>\n");
    (out, left_out)
}

fn provider(
    schemas: &Schemas,
    guid: Guid,
    events: &[(Key, Layout)],
    strings: &mut Vec<String>,
    out: &mut String,
) {
    let name = schemas.provider(guid).filter(|name| !name.is_empty());
    let name = name.map_or_else(|| format!("Provider-{guid}"), str::to_owned);
    let _ = writeln!(
        out,
        "   <provider name=\"{0}\" guid=\"{{{guid}}}\" symbol=\"{1}\" resourceFileName=\"none\" messageFileName=\"none\">",
        escape(&name),
        symbol(&name)
    );
    let mut maps: Vec<&ValueMap> = Vec::new();
    for map in events.iter().flat_map(|(_, layout)| &layout.nodes).filter_map(|node| node.map.as_deref()) {
        if !maps.iter().any(|known| known.name == map.name) {
            maps.push(map);
        }
    }
    if !maps.is_empty() {
        out.push_str("    <maps>\n");
        for map in &maps {
            let kind = if map.bits { "bitMap" } else { "valueMap" };
            let _ = writeln!(out, "     <{kind} name=\"{}\">", escape(&map.name));
            for (value, name) in &map.entries {
                let _ = writeln!(
                    out,
                    "      <map value=\"{value:#x}\" message=\"$(string.s{})\"/>",
                    strings.len()
                );
                strings.push(name.to_string());
            }
            let _ = writeln!(out, "     </{kind}>");
        }
        out.push_str("    </maps>\n");
    }
    out.push_str("    <templates>\n");
    for (key, layout) in events.iter().filter(|(_, layout)| !layout.nodes.is_empty()) {
        let _ = writeln!(out, "     <template tid=\"t{}v{}\">", key.number, key.version);
        fields(layout, 0, layout.nodes.len(), "", 6, out);
        out.push_str("     </template>\n");
    }
    out.push_str("    </templates>\n    <events>\n");
    for (key, layout) in events {
        let _ = write!(out, "     <event value=\"{}\" version=\"{}\"", key.number, key.version);
        let _ = write!(out, " symbol=\"E{}v{}\"", key.number, key.version);
        if !layout.event.is_empty() {
            let _ = write!(out, " name=\"{}\"", escape(&layout.event));
        }
        if !layout.nodes.is_empty() {
            let _ = write!(out, " template=\"t{}v{}\"", key.number, key.version);
        }
        if !layout.message.is_empty() {
            let _ = write!(out, " message=\"$(string.s{})\"", strings.len());
            strings.push(layout.message.to_string());
        }
        out.push_str("/>\n");
    }
    out.push_str("    </events>\n   </provider>\n");
}

fn fields(layout: &Layout, from: usize, to: usize, prefix: &str, indent: usize, out: &mut String) {
    let mut at = from;
    while at < to {
        let node = &layout.nodes[at];
        let after = layout.after(at);
        let own = node.name.strip_prefix(prefix).unwrap_or(&node.name);
        let refer = |extent: Extent| match extent {
            Extent::Fixed(number) => Some(number.to_string()),
            Extent::Register(register) => {
                let named = layout.nodes[..at].iter().rev().find(|node| node.register == Some(register))?;
                Some(escape(named.name.strip_prefix(prefix).unwrap_or(&named.name)))
            }
            _ => None,
        };
        let count = refer(node.count).map(|count| format!(" count=\"{count}\"")).unwrap_or_default();
        let pad = " ".repeat(indent);
        if node.kind == Kind::Struct {
            let _ = writeln!(out, "{pad}<struct name=\"{}\"{count}>", escape(own));
            fields(layout, at + 1, after, &format!("{}.", node.name), indent + 1, out);
            let _ = writeln!(out, "{pad}</struct>");
        } else {
            let length = refer(node.length).map(|length| format!(" length=\"{length}\"")).unwrap_or_default();
            let show = show(node).map(|show| format!(" outType=\"{show}\"")).unwrap_or_default();
            let map =
                node.map.as_ref().map(|map| format!(" map=\"{}\"", escape(&map.name))).unwrap_or_default();
            let kind = kind(node).unwrap_or_default();
            let _ = writeln!(
                out,
                "{pad}<data name=\"{}\" inType=\"{kind}\"{show}{map}{length}{count}/>",
                escape(own)
            );
        }
        at = after;
    }
}

fn can_be_written(node: &Node) -> bool {
    let extents = [node.length, node.count];
    !extents.iter().any(|extent| matches!(extent, Extent::Counted | Extent::Measured(_)))
        && (node.kind == Kind::Struct || kind(node).is_some())
}

fn kind(node: &Node) -> Option<&'static str> {
    match (node.kind, node.length) {
        (Kind::Binary, Extent::Own) => Some("win:CountedBinary"),
        (kind, _) => kind.name(),
    }
}

fn show(node: &Node) -> Option<&'static str> {
    Some(match (node.show, node.kind) {
        (Show::Plain, _) => return None,
        (Show::Text, _) => "xs:string",
        (Show::Utf8, _) => "win:Utf8",
        (Show::Boolean, _) => "xs:boolean",
        (Show::Hex, Kind::U8 | Kind::I8) => "win:HexInt8",
        (Show::Hex, Kind::U16 | Kind::I16) => "win:HexInt16",
        (Show::Hex, Kind::U32 | Kind::I32) => "win:HexInt32",
        (Show::Hex, Kind::Binary) => "xs:hexBinary",
        (Show::Hex, _) => "win:HexInt64",
        (Show::Port, _) => "win:Port",
        (Show::Ipv4, _) => "win:IPv4",
        (Show::Ipv6, _) => "win:IPv6",
        (Show::SocketAddress, _) => "win:SocketAddress",
        (Show::FileTime, _) => "win:ETWTIME",
        (Show::Status, _) => "win:ErrorCode",
    })
}

fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// A name as C would have it.
fn symbol(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{GivenSchema, Schemas};
    use super::manifest;

    const TEXT: &str = "<instrumentationManifest><instrumentation><events>\
        <provider name='P &amp; Q' guid='{7d3c1f00-0000-4000-8000-0000000000a1}'>\
        <maps><valueMap name='M'><map value='1' message='$(string.a)'/></valueMap></maps>\
        <templates><template tid='t'><data name='Count' inType='win:UInt16' map='M'/>\
        <struct name='S' count='Count'><data name='L' inType='win:UInt8'/>\
        <data name='D' inType='win:Binary' length='L'/></struct>\
        <data name='A' inType='win:Binary' outType='win:IPv6'/>\
        <data name='H' inType='win:UInt32' outType='win:HexInt32'/>\
        <data name='U' inType='win:UnicodeString' length='8'/></template></templates>\
        <events><event value='1' name='Begin/End' template='t' message='$(string.m)'/><event value='2' version='3'/></events>\
        </provider></events></instrumentation><localization><resources culture='en-US'><stringTable>\
        <string id='a' value='&lt;Aah&gt;'/><string id='m' value='Hello %1'/></stringTable></resources></localization>\
        </instrumentationManifest>";

    #[test]
    fn what_is_written_reads_back_the_same() {
        let first = Schemas::given(&[GivenSchema::read("x", TEXT.as_bytes()).unwrap()]);
        let (text, left_out) = manifest(&first);
        assert_eq!(left_out, 0);
        let second = Schemas::given(&[GivenSchema::read("x", text.as_bytes()).unwrap()]);
        let same = |schemas: &Schemas| {
            let all = schemas.layouts().map(|(key, candidate)| {
                let mut layout = (*candidate.layout).clone();
                if layout.event.starts_with('E') {
                    // An event without a name gets one that is its number.
                    layout.event = "".into();
                }
                (key, layout)
            });
            all.collect::<Vec<_>>()
        };
        assert_eq!(same(&second), same(&first), "{text}");
        assert_eq!(manifest(&second).0.matches("<event ").count(), 2);
    }
}
