//! The layouts that ship with this program, for traces that bring none.
//!
//! Answers which published layouts an event may have on a build of Windows. Refuses to choose: the same id and version
//! differs between pre-release, 2012 and later builds, so an event can have several, and only its payload decides.
//!
//! The tables are text, one file a provider, written from published field lists (see the head of each):
//!
//! ```text
//! provider NAME GUID
//! map State 0=Init 1=Paused
//! event ID VERSION NAME [task=T] [opcode=O] [builds=9200..9600] [inferred] | Field:type Other:type[Length] ...
//! ```
//!
//! A name `-` is none. Types: `ptr guid i8..i64 u8..u64 x8..x64 bool filetime systemtime sid f32 f64 wstr astr bin sockaddr
//! rest`. `wstr[Field]` takes its length from a field, `wstr~Field` must have the length that a field says, `u32*Field`
//! takes its count from one, `i32@State` its names from a map.

mod text;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use super::{Candidate, Grade, Key, Layout, Origin};
use crate::fact::Guid;

/// The tables, by provider.
const TABLES: &[&str] = &[
    include_str!("csvflt.txt"),
    include_str!("csvfs.txt"),
    include_str!("disk.txt"),
    include_str!("filter_manager.txt"),
    include_str!("hyper_v_vmms.txt"),
    include_str!("hyper_v_worker.txt"),
    include_str!("kernel_general.txt"),
    include_str!("refs.txt"),
    include_str!("smb_client.txt"),
    include_str!("smb_server.txt"),
    include_str!("smb_witness_client.txt"),
    include_str!("storage_spaces_driver.txt"),
    include_str!("storport.txt"),
    include_str!("time_service.txt"),
    include_str!("vhdmp.txt"),
];

/// One shipped layout.
#[derive(Debug)]
struct Entry {
    builds: RangeInclusive<u32>,
    grade: Grade,
    layout: Arc<Layout>,
}

/// All shipped layouts.
#[derive(Debug, Default)]
pub struct Catalogue {
    providers: BTreeMap<Guid, Arc<str>>,
    entries: BTreeMap<Key, Vec<Entry>>,
}

/// The catalogue, read when it is first asked.
#[must_use]
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut catalogue = Catalogue::default();
        for table in TABLES {
            // A table that cannot be read is a defect that the tests find; the others are still good.
            let _ = text::read(table, &mut catalogue);
        }
        catalogue
    })
}

impl Catalogue {
    /// The layouts an event may have; all of them where the build is not known (0).
    pub fn candidates<'c>(&'c self, key: &Key, build: u32) -> impl Iterator<Item = Candidate> + use<'c> {
        let entries = self.entries.get(key).map(Vec::as_slice).unwrap_or_default();
        let fits = move |entry: &&Entry| build == 0 || entry.builds.contains(&build);
        entries.iter().filter(fits).map(|entry| Candidate {
            origin: Origin::Catalogue(entry.grade),
            layout: Arc::clone(&entry.layout),
        })
    }

    /// Every layout of one provider with the event it is for; all builds where the build is not known (0).
    pub fn of_provider(&self, guid: Guid, build: u32) -> impl Iterator<Item = (Key, &Layout)> {
        let own = self.entries.iter().filter(move |(key, _)| key.guid == guid);
        own.flat_map(move |(key, entries)| {
            let fits = move |entry: &&Entry| build == 0 || entry.builds.contains(&build);
            entries.iter().filter(fits).map(|entry| (*key, &*entry.layout))
        })
    }

    /// Every shipped layout.
    pub fn layouts(&self) -> impl Iterator<Item = &Layout> {
        self.entries.values().flatten().map(|entry| &*entry.layout)
    }

    /// A provider's name.
    #[must_use]
    pub fn provider(&self, guid: Guid) -> Option<&str> {
        self.providers.get(&guid).map(|name| &**name)
    }

    fn add(&mut self, key: Key, entry: Entry) {
        self.entries.entry(key).or_default().push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_read() {
        for table in TABLES {
            let mut catalogue = Catalogue::default();
            text::read(table, &mut catalogue).unwrap();
            assert_eq!(catalogue.providers.len(), 1);
            assert!(!catalogue.entries.is_empty());
        }
    }

    #[test]
    fn a_layout_is_listed_once_for_a_build() {
        for (key, entries) in &catalogue().entries {
            for (at, entry) in entries.iter().enumerate() {
                for other in &entries[at + 1..] {
                    let apart = entry.builds.end() < other.builds.start()
                        || other.builds.end() < entry.builds.start();
                    assert!(apart || entry.layout.nodes != other.layout.nodes, "{key:?}");
                }
            }
        }
    }
}
