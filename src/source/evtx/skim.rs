//! Records that need no look: those of providers that say nothing here, found in a chunk's raw bytes.
//!
//! Most of a log says nothing here. A record's outer template tells provider, id, time and channel, so the rest need not
//! be decoded. But a record that cannot be read belongs into another box, and so a chunk is skimmed only when its bytes
//! alone prove what a careful reading would come to: its checksums hold, its records follow one another without a
//! gap, each is one instance of a template that makes one `Event`, and every value, also of the event's own part, has
//! the size that its type has. All other chunks are read with care, record by record, so that a report is the same
//! with and without. A test of the module holds that, also for damage below checksums that are right.

use evtx::{EvtxChunkData, EvtxRecordHeader};

use super::outline::{Outline, Piece};
use super::record::{Record, Templates, fill, offset_in, reporter, sid, wide};
use super::template::utf16;
use super::walk::Wanted;
use crate::fact::{Guid, Stamp};
use crate::source::event::Value;

/// A chunk's own header, and a record's with the copy of its size behind it.
const CHUNK_HEADER: usize = 512;
const RECORD_HEADER: usize = 24;
const SIZE_COPY: usize = 4;

/// Values of one instance, and depth of instances in values; events have less.
const MOST_VALUES: u32 = 512;
const DEEPEST: usize = 3;

/// What a chunk holds, in its order.
#[derive(Default)]
pub(super) struct Skimmed {
    pub(super) records: Vec<Seen>,
    /// Who logged the records that were passed over.
    pub(super) writers: Vec<Writer>,
}

/// A record of a skimmed chunk.
pub(super) enum Seen {
    /// It says nothing here.
    Passed(Passed),
    /// It may say something, and is decoded.
    Read {
        /// Where its header stands in the chunk.
        offset: u32,
        /// The number in its header.
        number: u64,
        /// When it was written, by its header.
        written: Stamp,
        record: Box<Record>,
    },
}

/// A record that says nothing here: only that it is there, and when.
pub(super) struct Passed {
    /// Where its header stands in the chunk.
    pub(super) offset: u32,
    /// The number in its header.
    pub(super) number: u64,
    /// `EventRecordID`.
    pub(super) record_id: Option<u64>,
    /// `TimeCreated`.
    pub(super) time: Option<Stamp>,
    /// Its place among the chunk's writers.
    pub(super) writer: usize,
}

/// Who logged a record, as far as it matters for what the log covers.
pub(super) struct Writer {
    pub(super) channel: String,
    pub(super) computer: String,
    /// That computer logged it, and no converter.
    pub(super) reports: bool,
}

/// The records of a chunk whose checksums are right. `None` where it must be read with care.
pub(super) fn skim(chunk: &EvtxChunkData, wanted: &Wanted) -> Option<Skimmed> {
    names_hold(&chunk.data)?;
    let (definitions, outlines) = (Vec::new(), Vec::new());
    let (verdicts, writers) = (Vec::new(), Vec::new());
    let templates = Templates::default();
    let mut skim = Skim { data: &chunk.data, wanted, definitions, outlines, templates, verdicts, writers };
    let mut records = Vec::with_capacity(128);
    let mut values = Vec::new();
    let live = usize::try_from(chunk.header.free_space_offset).ok()?.min(skim.data.len());
    let mut at = CHUNK_HEADER;
    while at < live {
        let header = EvtxRecordHeader::from_bytes_at(skim.data, at).ok()?;
        let size = usize::try_from(header.record_data_size().ok()?).ok()?;
        let start = at + RECORD_HEADER;
        let end = start.checked_add(size).filter(|end| end + SIZE_COPY <= live)?;
        let seen = skim.record(at, &header, start, end, &mut values)?;
        records.push(seen);
        at = end + SIZE_COPY;
        if header.event_record_id == chunk.header.last_event_record_id {
            break;
        }
    }
    let writers = skim.writers.into_iter().map(|(writer, _)| writer).collect();
    Some(Skimmed { records, writers })
}

/// One value of an instance: its type and its bytes.
type Stored<'a> = (u8, &'a [u8]);

struct Skim<'a> {
    data: &'a [u8],
    wanted: &'a Wanted,
    /// Templates of the chunk, and the offsets of their definitions: those are looked through for every record.
    definitions: Vec<u32>,
    outlines: Vec<Outline<'a>>,
    /// The same, where records are decoded.
    templates: Templates,
    verdicts: Vec<Verdict<'a>>,
    writers: Vec<(Writer, Told<'a>)>,
}

/// What a writer was made of: channel, computer, and whether a processor is told.
type Told<'a> = (&'a [u8], &'a [u8], bool);

/// May records of this provider and id say anything?
struct Verdict<'a> {
    /// The template's place.
    outline: usize,
    id: u32,
    provider: &'a [u8],
    guid: Option<Guid>,
    wanted: bool,
}

impl<'a> Skim<'a> {
    fn record(
        &mut self,
        at: usize,
        header: &EvtxRecordHeader,
        start: usize,
        end: usize,
        values: &mut Vec<Stored<'a>>,
    ) -> Option<Seen> {
        values.clear();
        let outer = self.fragment(start, end, 0, Some(values))?;
        let outline = self.outlines.get(outer)?;
        if !outline.event
            || values.iter().enumerate().any(|(index, (kind, _))| *kind == BINXML && outline.in_system(index))
        {
            return None;
        }
        let provider = text(outline.provider, values)?;
        let guid = guid(outline, values)?;
        let id = number(outline.id, values)?.and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
        let number_of = |piece| number(piece, values).map(|n| n.and_then(|n| u64::try_from(n).ok()));
        let record_id = number_of(outline.record_id)?;
        let processor = number_of(outline.processor)?.is_some_and(|n| u16::try_from(n).is_ok());
        let time = time(outline.time, values)?;
        let (channel, computer) = (text(outline.channel, values)?, text(outline.computer, values)?);
        let (offset, number) = (u32::try_from(at).ok()?, header.event_record_id);
        if self.judge(outer, provider, guid, id) {
            let written = i64::try_from(header.timestamp.as_nanosecond()).map_or(Stamp::Missing, Stamp::utc);
            let mut record = Box::<Record>::default();
            self.decode(outer, &[], values, 0, &mut record)?;
            return Some(Seen::Read { offset, number, written, record });
        }
        let writer = self.writer((channel, computer, processor));
        Some(Seen::Passed(Passed { offset, number, record_id, time, writer }))
    }

    /// May a record of this provider and id say anything here?
    fn judge(&mut self, outline: usize, provider: &'a [u8], guid: Option<Guid>, id: u32) -> bool {
        let known = self.verdicts.iter().find(|verdict| {
            (verdict.outline, verdict.id) == (outline, id)
                && verdict.provider == provider
                && verdict.guid == guid
        });
        if let Some(verdict) = known {
            return verdict.wanted;
        }
        let wanted = (self.wanted)(&utf16(provider), guid, id);
        self.verdicts.push(Verdict { outline, id, provider, guid, wanted });
        wanted
    }

    /// Puts an instance's values where its template says, and those of the instances in them.
    fn decode(
        &mut self,
        place: usize,
        path: &[String],
        values: &[Stored<'a>],
        depth: usize,
        out: &mut Record,
    ) -> Option<()> {
        let (data, wanted) = (self.data, self.wanted);
        let template = self.templates.get(data, *self.definitions.get(place)?, path)?;
        let each = |index: usize, take: &mut dyn FnMut(Value<'static>)| match values.get(index) {
            Some((kind, bytes)) => convert(*kind, bytes, take),
            None => {
                take(Value::Null);
                Some(())
            }
        };
        let mut insert = |index: usize, below: &[String], out: &mut Record| {
            let fragment = values.get(index).filter(|(kind, bytes)| *kind == BINXML && !bytes.is_empty());
            let Some((_, bytes)) = fragment else { return Some(()) };
            let start = offset_in(data, bytes)?;
            let mut inner = Vec::with_capacity(16);
            let place = self.fragment(start, start + bytes.len(), depth + 1, Some(&mut inner))?;
            self.decode(place, below, &inner, depth + 1, out)
        };
        fill(out, &template, &each, wanted, &mut insert)
    }

    fn writer(&mut self, told: Told<'a>) -> usize {
        self.writers.iter().position(|(_, known)| *known == told).unwrap_or_else(|| {
            let (channel, computer, processor) = (utf16(told.0), utf16(told.1), told.2);
            let reports = reporter(&computer, &channel, processor).is_some();
            self.writers.push((Writer { channel, computer, reports }, told));
            self.writers.len() - 1
        })
    }

    /// The place of the template that a fragment is the one instance of. Its values go to `values`.
    fn fragment(
        &mut self,
        start: usize,
        end: usize,
        depth: usize,
        mut values: Option<&mut Vec<Stored<'a>>>,
    ) -> Option<usize> {
        let data = self.data;
        // A fragment header or none, then the instance's token and a byte that is not read.
        let body = match data.get(start..end)? {
            [0x0f, _, _, _, 0x0c, _, ..] => start + 6,
            [0x0c, _, ..] => start + 2,
            _ => return None,
        };
        let definition = long(data, body + 4)?;
        let mut at = body + 8;
        if at == usize::try_from(definition).ok()? {
            // The definition stands here: next template, GUID, size, and its tokens.
            at = at.checked_add(24)?.checked_add(usize::try_from(long(data, at + 20)?).ok()?)?;
        }
        let count = long(data, at).filter(|count| *count <= MOST_VALUES)?;
        let table = at.checked_add(4)?;
        at = table + 4 * usize::try_from(count).ok()?;
        for entry in data.get(table..at)?.chunks_exact(4) {
            let next = at + usize::from(u16::from_le_bytes([entry[0], entry[1]]));
            if next > end {
                return None;
            }
            let value = data.get(at..next)?;
            if !fits(entry[2], value) {
                return None;
            }
            if entry[2] == BINXML && !value.is_empty() {
                // The event's own part is not read. It must be such that it could be.
                if depth >= DEEPEST {
                    return None;
                }
                self.fragment(at, next, depth + 1, None)?;
            }
            if let Some(values) = &mut values {
                values.push((entry[2], value));
            }
            at = next;
        }
        // Nothing may follow but the end, or what stands behind it.
        if at > end || !matches!(data.get(at..end)?, [] | [0, ..]) {
            return None;
        }
        self.outline(definition)
    }

    fn outline(&mut self, definition: u32) -> Option<usize> {
        if let Some(known) = self.definitions.iter().position(|offset| *offset == definition) {
            return Some(known);
        }
        self.outlines.push(Outline::learn(self.data, definition)?);
        self.definitions.push(definition);
        Some(self.outlines.len() - 1)
    }
}

/// The value type of a fragment.
const BINXML: u8 = 0x21;

/// Has a value the size of its type (\[MS-EVEN6\] 2.2.12)? Types that events do not use are answered with no.
fn fits(kind: u8, value: &[u8]) -> bool {
    match kind {
        // Null, binary, fragment.
        0x00 | 0x0e | BINXML => true,
        // UTF-16.
        0x01 => value.len().is_multiple_of(2),
        // A code page's text.
        0x02 => value.is_ascii(),
        0x03 | 0x04 => value.len() == 1,
        0x05 | 0x06 => value.len() == 2,
        // 32 bits: numbers, REAL32, BOOL, hexadecimal.
        0x07 | 0x08 | 0x0b | 0x0d | 0x14 => value.len() == 4,
        // 64 bits, FILETIME.
        0x09 | 0x0a | 0x0c | 0x11 | 0x15 => value.len() == 8,
        // GUID, SYSTEMTIME.
        0x0f | 0x12 => value.len() == 16,
        // SIZE_T.
        0x10 => matches!(value.len(), 4 | 8),
        // SID: header, then its parts.
        0x13 => value.len() >= 8 && value.len() == 8 + 4 * usize::from(value[1]),
        // UTF-16 strings, each with its end.
        0x81 => value.len().is_multiple_of(2) && (value.is_empty() || value.ends_with(&[0, 0])),
        _ => false,
    }
}

/// The bytes of a text of `System`, up to its end; `None` where it is no text.
fn text<'a>(piece: Option<Piece<'a>>, values: &[Stored<'a>]) -> Option<&'a [u8]> {
    match piece {
        None => Some(&[]),
        Some(Piece::Text(text)) => Some(text),
        Some(Piece::Value(index)) => match values.get(index) {
            None | Some((0x00, _)) => Some(&[]),
            Some((0x01, bytes)) => Some(until_zero(bytes)),
            Some(_) => None,
        },
    }
}

/// A number of `System`, absent where its value is; the outer `None` where it is no number.
fn number(piece: Option<Piece<'_>>, values: &[Stored<'_>]) -> Option<Option<i64>> {
    let index = match piece {
        None => return Some(None),
        Some(Piece::Text(fixed)) => return Some(Value::Text(utf16(fixed).into()).number()),
        Some(Piece::Value(index)) => index,
    };
    Some(match values.get(index) {
        None | Some((0x00, _)) => None,
        Some((0x04 | 0x06 | 0x08 | 0x0a | 0x10 | 0x14 | 0x15, bytes)) => {
            let number = bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
            i64::try_from(number).ok()
        }
        Some(_) => return None,
    })
}

fn guid(outline: &Outline<'_>, values: &[Stored<'_>]) -> Option<Option<Guid>> {
    let index = match outline.provider_id {
        None => return Some(None),
        Some(Piece::Text(_)) => return Some(outline.fixed_id),
        Some(Piece::Value(index)) => index,
    };
    match values.get(index) {
        None | Some((0x00, _)) => Some(None),
        Some((0x0f, bytes)) => Some(Some(Guid::from_windows((*bytes).try_into().ok()?))),
        Some(_) => None,
    }
}

/// A stored value as ours, of a type and size that fit. `None` for a fragment where a value is meant.
fn convert(kind: u8, bytes: &[u8], take: &mut dyn FnMut(Value<'static>)) -> Option<()> {
    let unsigned = || bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    // Signed ones are shifted up to their sign and down again.
    let signed = || {
        let unused = 64 - 8 * u32::try_from(bytes.len()).unwrap_or(8).clamp(1, 8);
        (unsigned() << unused).cast_signed() >> unused
    };
    let short = |at: usize| bytes.get(2 * at..2 * at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    take(match kind {
        0x00 => Value::Null,
        0x01 => wide(until_zero(bytes)),
        0x02 => {
            let plain = bytes.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte));
            Value::Text(plain.collect::<String>().into())
        }
        0x03 | 0x05 | 0x07 | 0x09 => Value::Signed(signed()),
        0x04 | 0x06 | 0x08 | 0x0a | 0x10 | 0x14 | 0x15 => Value::Unsigned(unsigned()),
        0x0b => Value::Real(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
        0x0c => Value::Real(f64::from_le_bytes(bytes.try_into().ok()?)),
        // A mask in the place of a truth stays a number.
        0x0d => match signed() {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            mask => Value::Signed(mask),
        },
        0x0e => Value::Binary(bytes.to_vec().into()),
        0x0f => Value::Guid(Guid::from_windows(bytes.try_into().ok()?)),
        0x11 => Value::FileTime(unsigned()),
        // Year, month, day of the week, day, and so on.
        0x12 => {
            let [year, month, day] = [short(0), short(1), short(3)];
            let [hour, minute, second, thousandth] = [short(4), short(5), short(6), short(7)];
            let date = format!("{year:04}-{month:02}-{day:02}");
            Value::Text(format!("{date}T{hour:02}:{minute:02}:{second:02}.{thousandth:03}Z").into())
        }
        0x13 => sid(bytes),
        0x81 => {
            let mut rest = bytes;
            while !rest.is_empty() {
                let string = until_zero(rest);
                take(wide(string));
                rest = rest.get(string.len() + 2..).unwrap_or_default();
            }
            return Some(());
        }
        _ => return None,
    });
    Some(())
}

/// UTF-16 up to its first zero.
fn until_zero(units: &[u8]) -> &[u8] {
    let end = units.chunks_exact(2).position(|unit| unit == [0, 0]);
    units.get(..end.map_or(units.len(), |end| 2 * end)).unwrap_or_default()
}

fn time(piece: Option<Piece<'_>>, values: &[Stored<'_>]) -> Option<Option<Stamp>> {
    match piece {
        None => Some(None),
        Some(Piece::Text(_)) => None,
        Some(Piece::Value(index)) => match values.get(index) {
            None | Some((0x00, _)) => Some(None),
            Some((0x11, bytes)) => Some(Some(Stamp::filetime(u64::from_le_bytes((*bytes).try_into().ok()?)))),
            Some(_) => None,
        },
    }
}

/// Can the chunk's table of names be read: 64 chains, each entry with the next one's place, a hash, and a name?
fn names_hold(data: &[u8]) -> Option<()> {
    const TABLE: std::ops::Range<usize> = 128..128 + 4 * 64;
    // A chain that comes back to itself ends nowhere.
    let mut left = 8192;
    for bucket in data.get(TABLE)?.chunks_exact(4) {
        let mut at = u32::from_le_bytes(bucket.try_into().ok()?);
        while at != 0 {
            left = i32::checked_sub(left, 1).filter(|left| *left > 0)?;
            let place = usize::try_from(at).ok()?;
            super::outline::name(data, place)?;
            at = long(data, place)?;
        }
    }
    Some(())
}

/// Four bytes as a number.
fn long(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {

    use crate::bundle::{Bundle, Options};
    use crate::ledger::{Entry, Tally};
    use crate::simulate::{SCENARIOS, generate};
    use crate::source::Reading;
    use crate::source::event::may_speak;
    use crate::source::evtx::tests::real_logs;
    use crate::source::evtx::walk::{CHUNK, HEADER, Met, Walk, walk};

    fn read(bytes: &[u8], careful: bool) -> Reading {
        let files = [("any.evtx".to_owned(), bytes.to_vec())];
        let mut reading = Reading::new(&Bundle::from_memory(files, &Options::default()).inputs[0]);
        super::super::read(&mut &bytes[..], &mut reading, careful);
        reading
    }

    /// How many records were passed over.
    fn passed(bytes: &[u8]) -> usize {
        let mut count = 0;
        let mut sink = |met: Met<'_>, tally: &mut Tally| {
            count += usize::from(matches!(met, Met::Passed(..)));
            tally.count(Entry::Silent);
            true
        };
        let input = crate::fact::InputId(0);
        let how = Walk { input, chunks: &|_| true, wanted: Some(&may_speak), careful: false };
        walk(&how, &mut &bytes[..], &mut Tally::new(input), &mut sink);
        count
    }

    /// A log with and without passing over records: nothing may differ.
    fn check(bytes: &[u8], what: &str) {
        let (quick, careful) = (read(bytes, false), read(bytes, true));
        assert!(quick.tally.balances(), "{what}");
        if quick.tally != careful.tally {
            panic!("{what}: {:#?}\n{:#?}", quick.tally, careful.tally);
        }
        assert_eq!(format!("{quick:?}"), format!("{careful:?}"), "{what}");
    }

    /// Real logs, and those of every scenario.
    fn logs() -> Vec<(String, Vec<u8>)> {
        let mut logs = real_logs();
        for scenario in SCENARIOS {
            let files = generate(scenario, 1, None, None).into_iter();
            let evtx = files.filter(|file| file.bytes.starts_with(b"ElfFile\0"));
            logs.extend(evtx.map(|file| (format!("{} {}", scenario.name, file.path), file.bytes)));
        }
        logs
    }

    #[test]
    fn whole_logs() {
        let mut all = 0;
        for (name, bytes) in logs() {
            check(&bytes, &name);
            all += passed(&bytes);
        }
        assert!(all > 0, "nothing was passed over, so nothing is shown");
        for (name, bytes) in real_logs().iter().filter(|(name, _)| name.contains("ystem.evtx")) {
            let (passed, entries) = (passed(bytes), read(bytes, false).tally.entries as usize);
            assert!(2 * passed > entries, "{name}: {passed} of {entries} passed over");
        }
    }

    /// Makes the checksums of every chunk right.
    fn seal(bytes: &mut [u8]) {
        let sum = |parts: &[&[u8]]| evtx::checksum_ieee(&parts.concat()).to_le_bytes();
        for chunk in bytes[HEADER..].chunks_exact_mut(CHUNK) {
            let free = u32::from_le_bytes([chunk[48], chunk[49], chunk[50], chunk[51]]) as usize;
            if let Some(records) = chunk.get(512..free) {
                let records = sum(&[records]);
                chunk[52..56].copy_from_slice(&records);
            }
            let header = sum(&[&chunk[..120], &chunk[128..512]]);
            chunk[124..128].copy_from_slice(&header);
        }
    }

    /// Damage that no checksum tells: what is wrong must be found by the bytes themselves.
    #[test]
    fn damage_below_right_checksums() {
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = |below: usize| {
            // xorshift64
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below as u64) as usize
        };
        let mut skimmed = 0;
        for (name, bytes) in logs() {
            // One chunk is enough, and the room at its end is not.
            let mut bytes = bytes;
            bytes.truncate(HEADER + CHUNK);
            if bytes.len() < HEADER + CHUNK || bytes[HEADER..].iter().all(|byte| *byte == 0) {
                continue;
            }
            let free = u32::from_le_bytes(bytes[HEADER + 48..HEADER + 52].try_into().expect("four bytes"));
            for round in 0..60 {
                let mut damaged = bytes.clone();
                for _ in 0..=round % 4 {
                    // The header, the first records with their templates, or any record.
                    let below = [512, 4096, free as usize][next(3)].max(1);
                    let at = HEADER + next(below);
                    damaged[at] = match next(4) {
                        0 => 0,
                        1 => 0xff,
                        _ => damaged[at] ^ (1 << next(8)),
                    };
                }
                seal(&mut damaged);
                check(&damaged, &format!("{name} round {round}"));
                skimmed += usize::from(passed(&damaged) > 0);
            }
        }
        assert!(skimmed > 0, "no damaged chunk was skimmed, so nothing is shown");
    }
}
