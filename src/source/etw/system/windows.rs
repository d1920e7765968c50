//! Asks the providers of this machine, through ferrisetw and with it through the Trace Data Helper of Windows.
//!
//! The first good description of each event is taken; the bytes of every such event in the trace then decide whether it
//! is kept. Events with structures, arrays or counted texts are not described by ferrisetw and are left out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ferrisetw::trace::TraceTrait;
use ferrisetw::{EventRecord, EventSerializer, EventSerializerOptions, FileTrace, GUID, SchemaLocator};

use super::super::decode::fitting;
use super::super::etl::{ByteSource, EtlFile};
use super::super::schema::{Family, Key, Kind, Layout, Node, Origin, Schemas};
use super::SystemError;
use super::capture::{Captured, capture};
use crate::fact::Guid;

/// Header flag of events that a class describes and not a manifest.
const CLASSIC: u16 = 0x100;

/// What the machine says of an event: provider, task, opcode, and the fields.
type Described = (String, String, String, Vec<(String, Captured)>);

pub(super) fn harvest<S: ByteSource>(
    path: &Path,
    trace: &mut EtlFile<S>,
    schemas: &mut Schemas,
) -> Result<(), SystemError> {
    let described: Arc<Mutex<BTreeMap<Key, Described>>> = Arc::default();
    let sink = Arc::clone(&described);
    let callback = move |record: &EventRecord, locator: &SchemaLocator| see(record, locator, &sink);
    let failed = |what: &str, error: String| {
        SystemError(format!("{}: Windows cannot {what} it: {error}", path.display()))
    };
    let (file, handle) = FileTrace::new(path.to_path_buf(), callback)
        .start()
        .map_err(|error| failed("open", format!("{error:?}")))?;
    FileTrace::process_from_handle(handle).map_err(|error| failed("read", format!("{error:?}")))?;
    drop(file);
    let described = described.lock().unwrap_or_else(PoisonError::into_inner);
    let variants = described.iter().map(|(key, told)| (*key, layouts(told))).collect();
    for (key, layout) in fitting(trace, &variants) {
        schemas.add(key, Origin::Given("this machine's providers".into()), layout);
    }
    Ok(())
}

fn see(record: &EventRecord, locator: &SchemaLocator, sink: &Mutex<BTreeMap<Key, Described>>) {
    if record.event_flags() & CLASSIC != 0 {
        return;
    }
    let key = Key {
        guid: guid(record.provider_id()),
        family: Family::Event,
        number: record.event_id(),
        version: record.version(),
    };
    let mut described = sink.lock().unwrap_or_else(PoisonError::into_inner);
    if described.contains_key(&key) {
        return;
    }
    let Ok(schema) = locator.event_schema(record) else { return };
    let options = EventSerializerOptions {
        include_schema: false,
        include_header: false,
        include_extended_data: false,
        fail_unimplemented: true,
    };
    let serializer = EventSerializer::new(record, &schema, options);
    // With an extended item asked for, `fail_unimplemented` would refuse every event; it is not asked for.
    let captured = capture(&serializer);
    if let Some(Captured::Parts(fields)) = captured.as_ref().and_then(|captured| captured.part("Event")) {
        let names = [schema.provider_name(), schema.task_name(), schema.opcode_name()];
        let [provider, task, opcode] = names.map(|name| name.trim().to_owned());
        described.insert(key, (provider, task, opcode, fields.clone()));
    }
}

/// The layouts that a description may mean: its texts in UTF-16, or in ANSI; its numbers of pointer size as pointers, or
/// as numbers.
fn layouts((provider, task, opcode, fields): &Described) -> Vec<Layout> {
    let event = super::super::schema::joined(task, opcode);
    let with = |text: Kind| {
        let mut layout = Layout {
            provider: provider.as_str().into(),
            event: event.as_str().into(),
            task: task.as_str().into(),
            opcode: opcode.as_str().into(),
            ..Layout::default()
        };
        for (name, captured) in fields {
            let kind = match captured {
                Captured::Value(kind) => *kind,
                Captured::Text => text,
                Captured::Parts(_) | Captured::Other => return None,
            };
            layout.nodes.push(Node::new(name, kind));
        }
        Some(layout)
    };
    [Kind::Utf16, Kind::Ansi].into_iter().filter_map(with).collect()
}

fn guid(guid: GUID) -> Guid {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&guid.data1.to_le_bytes());
    bytes[4..6].copy_from_slice(&guid.data2.to_le_bytes());
    bytes[6..8].copy_from_slice(&guid.data3.to_le_bytes());
    bytes[8..].copy_from_slice(&guid.data4);
    Guid::from_windows(bytes)
}
