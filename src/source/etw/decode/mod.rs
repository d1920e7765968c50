//! Decodes the payloads of a trace's records.
//!
//! Answers with the fields of an event, by the most trusted schema that uses up its payload exactly, and names that
//! schema. Refuses everything else: without such a schema the payload is given as bytes, with the reason. Where two
//! schemas of equal trust both fit and disagree, the answer is [`Schema::Ambiguous`] and no field is claimed.
//!
//! Layouts are compiled once for each event; reading one allocates nothing.

mod decoded;
mod plausible;
mod read;
mod size;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use decoded::{Decoded, Fields, Schema};

use self::read::{Reading, Scratch};
use self::size::Size;
use super::etl::{ByteSource, EtlFile, EtlRecord, ExtendedItem, LogHeader};
use super::schema::{Candidate, Grade, Key, Layout, Origin, Schemas, parse_trace_logging, provider_name};
use crate::fact::Guid;

/// Events that are remembered; with more, all are forgotten and looked up again. Windows has some ten thousand.
const MOST_KEYS: usize = 1 << 16;

/// Keys found without the map; a power of two.
const RECENT: usize = 64;

/// Bytes of TraceLogging metadata that are remembered.
const MOST_METADATA: usize = 16 << 20;

/// Decodes the records of one trace.
#[derive(Debug)]
pub struct Decoder {
    schemas: Schemas,
    build: u32,
    keys: HashMap<Key, usize>,
    /// Keys seen of late, each at the place its [`slot_of`] names: a trace is full of few kinds of events.
    recent: [Option<(Key, usize)>; RECENT],
    /// Layouts that an event may have, most trusted first.
    candidates: Vec<Vec<(Candidate, Size)>>,
    /// TraceLogging layouts by their metadata.
    described: HashMap<Box<[u8]>, Option<Arc<Layout>>>,
    metadata: usize,
    names: HashMap<Guid, Arc<str>>,
    scratch: Scratch,
    spare: Scratch,
    /// The layout of the TraceLogging event decoded last.
    own: Option<Arc<Layout>>,
}

/// Which layout was read.
#[derive(Copy, Clone)]
enum Chosen {
    Own,
    Candidate(usize, usize),
    None,
}

impl Decoder {
    /// For a trace with that header. `schemas` know what the trace says of its own events if they were made to
    /// [index](Schemas::index) it.
    #[must_use]
    pub fn new(schemas: Schemas, header: &LogHeader) -> Decoder {
        Decoder::for_build(schemas, header.os_build)
    }

    /// For events of a Windows build (0 where it is not known) that come without the trace they were logged to.
    #[must_use]
    pub fn for_build(schemas: Schemas, build: u32) -> Decoder {
        Decoder {
            schemas,
            build,
            keys: HashMap::new(),
            recent: [None; RECENT],
            candidates: Vec::new(),
            described: HashMap::new(),
            metadata: 0,
            names: HashMap::new(),
            scratch: Scratch::default(),
            spare: Scratch::default(),
            own: None,
        }
    }

    /// The schemas it decodes by.
    #[must_use]
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Decodes one record. The answer borrows the record and this decoder.
    pub fn decode<'a>(&'a mut self, record: &EtlRecord<'a>) -> Decoded<'a> {
        let guid = record.provider();
        let Some(payload) = record.payload() else {
            return self.answer(guid, &[], Chosen::None, Schema::NoPayload);
        };
        let pointer = record.pointer_size().unwrap_or(8);
        let (mut schema, mut traits) = (None, None);
        for item in record.extended() {
            match item.kind {
                ExtendedItem::EVENT_SCHEMA => schema = Some(item.data),
                ExtendedItem::PROVIDER_TRAITS => traits = Some(item.data),
                _ => {}
            }
        }
        if let (Some(guid), Some(traits)) = (guid, traits) {
            self.name(guid, traits);
        }
        if let Some(metadata) = schema {
            return self.self_described(guid, metadata, payload, pointer);
        }
        let Some(key) = Key::of(record) else {
            return self.answer(guid, payload, Chosen::None, Schema::None);
        };
        let (chosen, schema) = self.choose(key, payload, pointer);
        self.answer(guid, payload, chosen, schema)
    }

    /// Decodes a payload that stands alone; `pointer` is the size of the provider's pointers, 4 or 8.
    pub fn decode_payload<'a>(&'a mut self, key: Key, payload: &'a [u8], pointer: usize) -> Decoded<'a> {
        let (chosen, schema) = self.choose(key, payload, pointer);
        self.answer(Some(key.guid), payload, chosen, schema)
    }

    fn self_described<'a>(
        &'a mut self,
        guid: Option<Guid>,
        metadata: &[u8],
        payload: &'a [u8],
        pointer: usize,
    ) -> Decoded<'a> {
        if !self.described.contains_key(metadata) {
            self.metadata += metadata.len();
            if self.metadata > MOST_METADATA {
                self.described.clear();
                self.metadata = metadata.len();
            }
            self.described.insert(metadata.into(), parse_trace_logging(metadata).map(Arc::new));
        }
        self.own = self.described.get(metadata).cloned().flatten();
        let reading = match &self.own {
            Some(layout) => read::read(layout, payload, pointer, &mut self.scratch),
            None => Reading::Misfit,
        };
        match used(reading, Origin::TraceLogging) {
            Some(schema) => self.answer(guid, payload, Chosen::Own, schema),
            None => self.answer(guid, payload, Chosen::None, Schema::Misfit),
        }
    }

    /// Finds the layout for a payload and reads it.
    fn choose(&mut self, key: Key, payload: &[u8], pointer: usize) -> (Chosen, Schema) {
        let at = self.entry(key);
        let candidates = &self.candidates[at];
        if candidates.is_empty() {
            return (Chosen::None, Schema::None);
        }
        // Of texts without their NUL, the most trusted counts, where nothing fits exactly.
        let mut unterminated = None;
        // A layout of another build that takes a text's length for its first letter counts where no other fits.
        let mut shifted = None;
        let mut from = 0;
        while from < candidates.len() {
            let origin = &candidates[from].0.origin;
            let trusted = candidates[from..].iter().take_while(|(other, _)| other.origin == *origin).count();
            let mut fit: Option<usize> = None;
            for which in from..from + trusted {
                let (Candidate { layout, .. }, size) = &candidates[which];
                if !size.allows(payload, pointer) {
                    continue;
                }
                let reading = read::read(layout, payload, pointer, &mut self.scratch);
                if reading != Reading::Misfit && !believable(origin, layout, &self.scratch) {
                    continue;
                }
                let given = matches!(origin, Origin::Given(_)) && reading != Reading::Misfit;
                if given && plausible::begins_with_its_length(&self.scratch) {
                    shifted = shifted.or(Some((which, origin.clone(), reading == Reading::Unterminated)));
                    continue;
                }
                match (reading, fit) {
                    (Reading::Misfit, _) => {}
                    (Reading::Unterminated, _) => {
                        unterminated = unterminated.or(Some((which, origin.clone())))
                    }
                    (Reading::Exact, None) => {
                        fit = Some(which);
                        std::mem::swap(&mut self.scratch, &mut self.spare);
                    }
                    (Reading::Exact, Some(first)) => {
                        let agree = decoded::agree(
                            (&candidates[first].0.layout, &self.spare),
                            (layout, &self.scratch),
                            payload,
                        );
                        if !agree {
                            return (Chosen::None, Schema::Ambiguous);
                        }
                    }
                }
            }
            if let Some(which) = fit {
                std::mem::swap(&mut self.scratch, &mut self.spare);
                return (
                    Chosen::Candidate(at, which),
                    Schema::Used { origin: origin.clone(), unterminated: false },
                );
            }
            from += trusted;
        }
        if unterminated.is_none()
            && let Some((which, origin, unterminated)) = shifted
        {
            read::read(&candidates[which].0.layout, payload, pointer, &mut self.scratch);
            return (Chosen::Candidate(at, which), Schema::Used { origin, unterminated });
        }
        if let Some((which, origin)) = unterminated {
            read::read(&candidates[which].0.layout, payload, pointer, &mut self.scratch);
            return (Chosen::Candidate(at, which), Schema::Used { origin, unterminated: true });
        }
        (Chosen::None, Schema::Misfit)
    }

    #[inline]
    fn entry(&mut self, key: Key) -> usize {
        let recent = slot_of(&key);
        if let Some((known, at)) = self.recent[recent]
            && known == key
        {
            return at;
        }
        let at = match self.keys.get(&key) {
            Some(at) => *at,
            None => {
                if self.keys.len() >= MOST_KEYS {
                    self.keys.clear();
                    self.candidates.clear();
                    self.recent = [None; RECENT];
                }
                let candidates = self.schemas.candidates(&key, self.build).into_iter();
                let sized = candidates.map(|candidate| {
                    let size = Size::of(&candidate.layout);
                    (candidate, size)
                });
                self.candidates.push(sized.collect());
                self.keys.insert(key, self.candidates.len() - 1);
                self.candidates.len() - 1
            }
        };
        self.recent[recent] = Some((key, at));
        at
    }

    fn name(&mut self, guid: Guid, traits: &[u8]) {
        if !self.names.contains_key(&guid)
            && self.names.len() < MOST_KEYS
            && let Some(name) = provider_name(traits)
        {
            self.names.insert(guid, name.into());
        }
    }

    fn answer<'a>(
        &'a mut self,
        guid: Option<Guid>,
        payload: &'a [u8],
        chosen: Chosen,
        schema: Schema,
    ) -> Decoded<'a> {
        let layout = match chosen {
            Chosen::Own => self.own.as_deref(),
            Chosen::Candidate(at, which) => Some(&*self.candidates[at][which].0.layout),
            Chosen::None => None,
        };
        let named = layout.map(|layout| &*layout.provider).filter(|name| !name.is_empty());
        let provider = named.or_else(|| {
            let guid = guid?;
            self.names.get(&guid).map(|name| &**name).or_else(|| self.schemas.provider(guid))
        });
        Decoded::new(provider.unwrap_or_default(), layout, &self.scratch, payload, schema)
    }
}

/// Where among the recent keys one is kept. The upper bits of the product depend on all bits of the number.
#[inline]
fn slot_of(key: &Key) -> usize {
    let [a, b, ..] = key.guid.0;
    let mixed = u32::from(key.number) | u32::from(key.version ^ a) << 16 | u32::from(b) << 24;
    (mixed.wrapping_mul(0x9E37_79B1) >> (u32::BITS - RECENT.ilog2())) as usize
}

/// May the values be? Asked of shipped layouts only: they are of some build, perhaps not of this trace's.
#[inline]
fn believable(origin: &Origin, layout: &Layout, scratch: &Scratch) -> bool {
    match origin {
        Origin::Catalogue(Grade::Typed) => plausible::texts(scratch),
        Origin::Catalogue(Grade::Inferred) => plausible::texts(scratch) && plausible::values(layout, scratch),
        _ => true,
    }
}

fn used(reading: Reading, origin: Origin) -> Option<Schema> {
    match reading {
        Reading::Exact => Some(Schema::Used { origin, unterminated: false }),
        Reading::Unterminated => Some(Schema::Used { origin, unterminated: true }),
        Reading::Misfit => None,
    }
}

/// Of the layouts that each event may have, the first that uses up the payload of every one of its events in a trace.
#[must_use]
pub fn fitting<S: ByteSource>(
    trace: &mut EtlFile<S>,
    variants: &BTreeMap<Key, Vec<Layout>>,
) -> Vec<(Key, Layout)> {
    let mut good: BTreeMap<Key, Vec<bool>> = BTreeMap::new();
    let mut scratch = Scratch::default();
    trace.file_order().for_each(|record| {
        let Some(key) = Key::of(&record) else { return };
        let (Some(layouts), Some(payload)) = (variants.get(&key), record.payload()) else { return };
        let good = good.entry(key).or_insert_with(|| vec![true; layouts.len()]);
        for (layout, good) in layouts.iter().zip(good) {
            let pointer = record.pointer_size().unwrap_or(8);
            *good = *good && read::read(layout, payload, pointer, &mut scratch) == Reading::Exact;
        }
    });
    let first = |(key, good): (Key, Vec<bool>)| {
        let which = good.iter().position(|good| *good)?;
        Some((key, variants.get(&key)?.get(which)?.clone()))
    };
    good.into_iter().filter_map(first).collect()
}
