//! What payloads look like: layouts of events, from wherever a schema can come.
//!
//! Answers which layouts an event may have, in order of trust: written into the trace when it was merged, logged by the
//! provider itself, given by the user, shipped with this program. Refuses to read payloads, and to choose between
//! layouts of equal trust: that takes a payload. TraceLogging events carry their own layout and ask nobody.
//!
//! One file a source of schemas; all of them make the same [`Layout`].

mod catalogue;
mod layout;
mod tracelogging;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use catalogue::catalogue;
pub use layout::{DEEPEST, Extent, Kind, Layout, MOST_FIELDS, Node, Show, ValueMap};
pub use tracelogging::{parse as parse_trace_logging, provider_name};

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
            kind if matches!(kind, RecordKind::Opaque) => return None,
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

/// All schemas known for one trace, but for those that events carry themselves.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    layouts: HashMap<Key, Vec<Candidate>>,
    providers: HashMap<Guid, Arc<str>>,
}

impl Schemas {
    /// None yet: the catalogue answers alone.
    #[must_use]
    pub fn new() -> Schemas {
        Schemas::default()
    }

    /// One more layout. Of several that one origin gives for one event, all are kept.
    pub fn add(&mut self, key: Key, origin: Origin, layout: Layout) {
        let candidates = self.layouts.entry(key).or_default();
        let layout = Arc::new(layout);
        if !candidates.iter().any(|known| known.origin == origin && known.layout == layout) {
            candidates.push(Candidate { origin, layout });
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
    pub fn see(&mut self, _record: &EtlRecord<'_>) {}

    /// The layouts that an event may have on a Windows build, the most trusted first.
    #[must_use]
    pub fn candidates(&self, key: &Key, build: u32) -> Vec<Candidate> {
        let mut found = self.layouts.get(key).cloned().unwrap_or_default();
        found.extend(catalogue().candidates(key, build));
        found.sort_by(|a, b| a.origin.cmp(&b.origin));
        found
    }

    /// What a provider calls itself, where any schema tells.
    #[must_use]
    pub fn provider(&self, guid: Guid) -> Option<&str> {
        self.providers.get(&guid).map(|name| &**name).or_else(|| catalogue().provider(guid))
    }
}
