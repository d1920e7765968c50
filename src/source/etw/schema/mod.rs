//! What payloads look like: layouts of events, from wherever a schema can come.
//!
//! Answers which layouts an event may have, in order of trust: written into the trace when it was merged, logged by the
//! provider itself, given by the user, shipped with this program. Refuses to read payloads, and to choose between
//! layouts of equal trust: that takes a payload. TraceLogging events carry their own layout and ask nobody.
//!
//! One file a source of schemas; all of them make the same [`Layout`].

mod catalogue;
mod event_source;
mod given;
mod layout;
mod manifest;
mod tei;
mod tmf;
mod tracelogging;
mod wevt_template;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use catalogue::catalogue;
pub use given::{GivenError, GivenSchema};
pub use layout::{DEEPEST, Extent, Kind, Layout, MOST_FIELDS, Node, Show, ValueMap};
pub use tracelogging::{parse as parse_trace_logging, provider_name};
pub use write::manifest;

use super::etl::{ByteSource, EtlFile, EtlRecord, RecordKind};
use crate::fact::Guid;

/// Whose event it is: what a schema is looked up by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Provider, class or message GUID.
    pub guid: Guid,
    /// How its events are told apart.
    pub family: Family,
    /// Event id, opcode of a classic event, number of a message.
    pub number: u16,
    /// Version of the layout; 0 for messages.
    pub version: u8,
}

/// Kinds of events that number themselves differently.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Of a registered provider: id and version.
    Event,
    /// Of a class: opcode and version.
    Classic,
    /// WPP: message number.
    Message,
}

impl Key {
    /// The key of a record; `None` for kinds that no schema describes.
    #[inline]
    #[must_use]
    pub fn of(record: &EtlRecord<'_>) -> Option<Key> {
        let guid = record.provider()?;
        Some(match record.kind() {
            RecordKind::Event32 | RecordKind::Event64 => {
                Key { guid, family: Family::Event, number: record.id()?, version: record.version()? as u8 }
            }
            RecordKind::Message => Key { guid, family: Family::Message, number: record.id()?, version: 0 },
            RecordKind::Opaque => return None,
            _ => Key {
                guid,
                family: Family::Classic,
                number: record.opcode()?.into(),
                version: record.version()? as u8,
            },
        })
    }
}

/// Where a layout comes from, the most trusted first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Written into the trace by the machine that merged it.
    Embedded,
    /// Logged into the trace by the provider (EventSource).
    InBand,
    /// Carried by the event itself.
    TraceLogging,
    /// A file that the user named.
    Given(Arc<str>),
    /// Shipped with this program.
    Catalogue(Grade),
}

/// How well a shipped layout is known.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Types and order published for this build or range of builds.
    Typed,
    /// Order published, types inferred from sibling events. Believed only where the values are plausible too.
    Inferred,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Embedded => f.write_str("embedded in the trace"),
            Origin::InBand => f.write_str("logged by the provider"),
            Origin::TraceLogging => f.write_str("TraceLogging"),
            Origin::Given(name) => write!(f, "{name}"),
            Origin::Catalogue(Grade::Typed) => f.write_str("catalogue"),
            Origin::Catalogue(Grade::Inferred) => f.write_str("catalogue, types inferred"),
        }
    }
}

/// A layout that an event may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it comes from.
    pub origin: Origin,
    /// The layout.
    pub layout: Arc<Layout>,
}

/// Bytes of schemas that are taken in from one trace: a thousand times what a real one brings.
const MOST_BYTES: usize = 64 << 20;

/// All schemas known for one trace, but for those that events carry themselves.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    layouts: BTreeMap<Key, Vec<Candidate>>,
    providers: BTreeMap<Guid, Arc<str>>,
    maps: BTreeMap<(Guid, Box<str>), Arc<ValueMap>>,
    chunks: event_source::Chunks,
    bytes: usize,
    refused: u64,
}

impl Schemas {
    /// None yet: the catalogue answers alone.
    #[must_use]
    pub fn new() -> Schemas {
        Schemas::default()
    }

    /// Those of the files that the user named.
    #[must_use]
    pub fn given(files: &[GivenSchema]) -> Schemas {
        let mut schemas = Schemas::default();
        for file in files {
            file.add_to(&mut schemas);
        }
        schemas
    }

    /// One more layout. Of several that one origin gives for one event, all are kept.
    pub fn add(&mut self, key: Key, origin: Origin, layout: Layout) {
        if !layout.provider.is_empty() && key.family == Family::Event {
            self.name_provider(key.guid, &layout.provider);
        }
        let candidates = self.layouts.entry(key).or_default();
        if !candidates.iter().any(|known| known.origin == origin && *known.layout == layout) {
            candidates.push(Candidate { origin, layout: Arc::new(layout) });
        }
    }

    /// A provider's name.
    pub fn name_provider(&mut self, guid: Guid, name: &str) {
        if !name.is_empty() {
            self.providers.entry(guid).or_insert_with(|| name.into());
        }
    }

    /// What a trace says of its own events, wherever in the file it stands. Reads the whole file once.
    pub fn index<S: ByteSource>(&mut self, file: &mut EtlFile<S>) {
        file.file_order().for_each(|record| self.see(&record));
    }

    /// Takes in what one record says of other records, if that is what it is for.
    #[inline]
    pub fn see(&mut self, record: &EtlRecord<'_>) {
        match record.kind() {
            RecordKind::Full32 | RecordKind::Full64 => self.see_metadata(record),
            RecordKind::Event32 | RecordKind::Event64 => {
                if let Some(xml) = self.chunks.see(record) {
                    self.see_manifest(&xml);
                }
            }
            _ => {}
        }
    }

    /// Schemas in the trace that could not be taken in: damaged, or beyond what any real trace brings.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The layouts that an event may have on a Windows build, the most trusted first.
    #[must_use]
    pub fn candidates(&self, key: &Key, build: u32) -> Vec<Candidate> {
        let mut found = self.layouts.get(key).cloned().unwrap_or_default();
        for candidate in &mut found {
            self.fill_maps(key.guid, &mut candidate.layout);
        }
        found.extend(catalogue().candidates(key, build));
        found.sort_by(|a, b| a.origin.cmp(&b.origin));
        found
    }

    /// What a provider calls itself, where any schema tells.
    #[must_use]
    pub fn provider(&self, guid: Guid) -> Option<&str> {
        self.providers.get(&guid).map(|name| &**name).or_else(|| catalogue().provider(guid))
    }

    /// All layouts but those of the catalogue, in the order of their keys; maps in place.
    pub fn layouts(&self) -> impl Iterator<Item = (Key, Candidate)> {
        self.layouts.iter().flat_map(|(key, candidates)| {
            candidates.iter().cloned().map(|mut candidate| {
                self.fill_maps(key.guid, &mut candidate.layout);
                (*key, candidate)
            })
        })
    }

    fn see_metadata(&mut self, record: &EtlRecord<'_>) {
        if record.provider() != Some(tei::EVENT_METADATA) {
            return;
        }
        let Some(payload) = record.payload() else { return };
        if !self.takes(payload.len()) {
            return;
        }
        let taken = match record.opcode() {
            Some(tei::EVENT_INFO) => {
                tei::event_info(payload).map(|(key, layout)| self.add(key, Origin::Embedded, layout))
            }
            Some(tei::EVENT_MAP) => tei::event_map(payload).map(|(provider, map)| {
                self.maps.insert((provider, map.name.clone()), Arc::new(map));
            }),
            _ => Some(()),
        };
        self.refused += u64::from(taken.is_none());
    }

    fn see_manifest(&mut self, xml: &[u8]) {
        if !self.takes(xml.len()) {
            return;
        }
        match manifest::parse(&String::from_utf8_lossy(xml)) {
            Ok(manifest) => self.add_manifest(manifest, &Origin::InBand),
            Err(_) => self.refused += 1,
        }
    }

    fn add_manifest(&mut self, manifest: manifest::Manifest, origin: &Origin) {
        for (guid, name) in &manifest.providers {
            self.name_provider(*guid, name);
        }
        for (key, layout) in manifest.layouts {
            self.add(key, origin.clone(), layout);
        }
    }

    /// Is there room for that many more bytes of schemas?
    fn takes(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        let takes = self.bytes <= MOST_BYTES;
        self.refused += u64::from(!takes);
        takes
    }

    /// Puts maps in the place of their names.
    fn fill_maps(&self, provider: Guid, layout: &mut Arc<Layout>) {
        let is_name = |node: &Node| node.map.as_ref().is_some_and(|map| map.entries.is_empty());
        if !layout.nodes.iter().any(is_name) {
            return;
        }
        for node in Arc::make_mut(layout).nodes.iter_mut().filter(|node| is_name(node)) {
            node.map = node.map.take().and_then(|map| self.maps.get(&(provider, map.name.clone())).cloned());
        }
    }
}

/// What a task and an opcode are called together, for events without a name of their own.
pub(super) fn joined(task: &str, opcode: &str) -> String {
    match (task, opcode) {
        (_, "" | "Info") => task.to_owned(),
        ("", _) => opcode.to_owned(),
        _ => format!("{task}/{opcode}"),
    }
}
