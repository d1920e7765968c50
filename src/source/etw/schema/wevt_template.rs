//! Event templates out of the binaries that log them: the `WEVT_TEMPLATE` resource of a driver or DLL, or that resource
//! alone.
//!
//! Answers with the layouts of every event whose fields are single values, or texts and bytes whose length an earlier
//! field says. Refuses events with arrays and structures: how the resource marks those is not published, and no binary at
//! hand has one. Names of providers and values are in the message table of another resource and are not read.
//!
//! The resource is read by the evtx crate (its feature `wevt_templates`); item flags 0 and 4 (length in another field)
//! and the numbers of types were checked on 696 events of four Windows binaries.

use evtx::wevt_templates::extract_wevt_template_resources;
use evtx::wevt_templates::manifest::{CrimManifest, EventDefinition, Provider, TemplateDefinition};

use super::{Extent, Family, Key, Kind, Layout, MOST_FIELDS, Node, Show};
use crate::fact::Guid;

/// Item flag: the length is the value of the item with this index.
const LENGTH_IS_ITEM: u32 = 4;

/// What a binary says.
#[derive(Debug, Default)]
pub(super) struct Templates {
    pub(super) layouts: Vec<(Key, Layout)>,
    /// Events whose layout cannot be told.
    pub(super) refused: usize,
}

/// Is it a binary, or a bare resource?
pub(super) fn sniff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MZ") || bytes.starts_with(b"CRIM")
}

/// Reads a binary or a bare resource; the error says what is wrong with it.
pub(super) fn parse(bytes: &[u8]) -> Result<Templates, String> {
    let mut templates = Templates::default();
    if bytes.starts_with(b"CRIM") {
        resource(bytes, &mut templates)?;
        return Ok(templates);
    }
    let resources = extract_wevt_template_resources(bytes).map_err(|error| error.to_string())?;
    if resources.is_empty() {
        return Err("a binary without event templates (no WEVT_TEMPLATE resource)".to_owned());
    }
    for found in resources {
        resource(&found.data, &mut templates)?;
    }
    Ok(templates)
}

fn resource(bytes: &[u8], templates: &mut Templates) -> Result<(), String> {
    let manifest = CrimManifest::parse(bytes).map_err(|error| error.to_string())?;
    for provider in &manifest.providers {
        let Some(guid) = Guid::parse(&provider.guid.to_string()) else { continue };
        for event in provider.wevt.elements.events.iter().flat_map(|events| &events.events) {
            let key = Key { guid, family: Family::Event, number: event.identifier, version: event.version };
            match layout(provider, event) {
                Some(layout) => templates.layouts.push((key, layout)),
                None => templates.refused += 1,
            }
        }
    }
    Ok(())
}

fn layout(provider: &Provider<'_>, event: &EventDefinition) -> Option<Layout> {
    let elements = &provider.wevt.elements;
    let task = elements.tasks.iter().flat_map(|all| &all.tasks);
    let task =
        task.filter(|task| task.identifier == u32::from(event.task)).find_map(|task| task.name.clone());
    // An opcode of one task only carries the task in its upper half.
    let numbers = [
        u32::from(event.task) << 16 | u32::from(event.opcode),
        u32::from(event.opcode) << 16,
        event.opcode.into(),
    ];
    let opcodes = || elements.opcodes.iter().flat_map(|all| &all.opcodes);
    let opcode = numbers.iter().find_map(|number| {
        opcodes().filter(|opcode| opcode.identifier == *number).find_map(|opcode| opcode.name.clone())
    });
    let keywords: Vec<String> = elements
        .keywords
        .iter()
        .flat_map(|all| &all.keywords)
        .filter(|keyword| {
            keyword.identifier != 0 && event.keywords & keyword.identifier == keyword.identifier
        })
        .filter_map(|keyword| keyword.name.as_deref().map(plain))
        .collect();
    let channel = elements.channels.iter().flat_map(|all| &all.channels);
    let channel = channel.filter(|c| c.identifier == u32::from(event.channel)).find_map(|c| c.name.clone());
    let (task, opcode) = (plain(&task.unwrap_or_default()), plain(&opcode.unwrap_or_default()));
    let mut layout = Layout {
        event: super::joined(&task, &opcode).into(),
        task: task.into(),
        opcode: opcode.into(),
        keywords: keywords.join(" ").into(),
        channel: plain(&channel.unwrap_or_default()).into(),
        ..Layout::default()
    };
    if let Some(offset) = event.template_offset.filter(|offset| *offset != 0) {
        fields(provider.template_by_offset(offset)?, &mut layout)?;
    }
    Some(layout)
}

/// A name without the prefix of the predefined ones and without its NUL.
fn plain(name: &str) -> String {
    let name = name.trim_end_matches('\0').trim();
    name.strip_prefix("win:").unwrap_or(name).to_owned()
}

fn fields(template: &TemplateDefinition<'_>, layout: &mut Layout) -> Option<()> {
    if template.items.len() > MOST_FIELDS || template.item_descriptor_count != template.item_name_count {
        return None;
    }
    for item in &template.items {
        let kind = Kind::from_in_type(item.input_type.into()).filter(|kind| *kind != Kind::Struct)?;
        let mut node = Node::new(&plain(item.name.as_deref()?), kind);
        node.show = Show::from_tdh(item.output_type.into());
        match item.unknown1 {
            0 if item.count <= 1 && item.length == 0 => {}
            LENGTH_IS_ITEM if item.count <= 1 && matches!(kind, Kind::Utf16 | Kind::Ansi | Kind::Binary) => {
                node.length = Extent::Register(layout.keep(item.length.into())?);
            }
            _ => return None,
        }
        layout.nodes.push(node);
    }
    Some(())
}
