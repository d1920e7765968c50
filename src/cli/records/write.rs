//! One entry as a line of JSON or of comma-separated cells, with its time in UTC, and its place in the order of time.

use std::borrow::Cow;
use std::io::Write;

use chrono::{DateTime, SecondsFormat};
use throughline::analysis::Bases;
use throughline::bundle::Input;
use throughline::fact::{Origin, Place, Stamp};
use throughline::source::Row;
use throughline::source::cluster_log::quick::Plain;

use super::feed::Block;
use super::{Format, json, quoted};

/// Nanoseconds in a minute, and in a millisecond.
const MINUTE: i64 = 60_000_000_000;
const MILLISECOND: i64 = 1_000_000;

/// Which entries are asked for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) provider: Vec<String>,
    pub(super) id: Vec<u32>,
}

impl Wanted {
    fn any(&self, provider: &[u8], id: Option<u32>) -> bool {
        let named = |name: &String| name.as_bytes().eq_ignore_ascii_case(provider);
        (self.provider.is_empty() || self.provider.iter().any(named))
            && (self.id.is_empty() || id.is_some_and(|id| self.id.contains(&id)))
    }
}

/// What all writers of a run share.
#[derive(Clone, Copy)]
pub(super) struct Manner<'b> {
    pub(super) format: Format,
    pub(super) bases: &'b Bases,
    pub(super) wanted: &'b Wanted,
    pub(super) by_time: bool,
}

/// Writes the entries of one stream.
pub(super) struct Writer<'b> {
    manner: Manner<'b>,
    input: &'b Input,
    /// The JSON of an entry up to its line number.
    head: Vec<u8>,
    minute: Option<Minute>,
    /// Where the last entry stands in the order.
    last: i64,
    /// Entries whose time is told, and is not sure in UTC.
    pub(super) unsure: u64,
}

/// A minute of a file's own reckoning in UTC.
#[derive(Clone, Copy)]
struct Minute {
    own: i64,
    /// `None` where it is no time.
    utc: Option<i64>,
    /// `2026-02-01T08:30:`, where that is sure.
    text: Option<[u8; 17]>,
}

impl<'b> Writer<'b> {
    pub(super) fn new(manner: Manner<'b>, input: &'b Input) -> Self {
        let head = format!("{{\"input\":{},\"at\":{{\"line\":", json(&input.path)).into_bytes();
        let last = if manner.by_time { i64::MIN } else { i64::from(input.id.0) };
        Self { manner, input, head, minute: None, last, unsure: 0 }
    }

    /// Another for the same stream, from its beginning.
    pub(super) fn again(&self) -> Self {
        Self::new(self.manner, self.input)
    }

    fn done(&mut self, at: Option<i64>, block: &mut Block) {
        if let Some(at) = at.filter(|_| self.manner.by_time) {
            self.last = self.last.max(at);
        }
        block.entries.push((self.last, block.bytes.len()));
    }

    /// A line as it lies in the buffer.
    pub(super) fn line(&mut self, origin: Origin, line: &Plain<'_>, block: &mut Block) {
        if !self.manner.wanted.any(line.tag, None) {
            return;
        }
        if self.manner.format == Format::Csv {
            return self.write(&line.row(origin), block);
        }
        let minute = match self.minute {
            Some(minute) if minute.own == line.minute => minute,
            _ => *self.minute.insert(self.new_minute(line.minute)),
        };
        self.unsure += u64::from(minute.text.is_none());
        self.jsonl_line(origin, line, &minute, &mut block.bytes);
        self.done(minute.utc.map(|utc| utc + line.inside), block);
    }

    /// Any entry.
    pub(super) fn row(&mut self, row: &Row, block: &mut Block) {
        if self.manner.wanted.any(row.provider.as_bytes(), row.id) {
            self.write(row, block);
        }
    }

    fn write(&mut self, row: &Row, block: &mut Block) {
        let at = self.manner.bases.utc(self.input, row.stamp);
        let utc = at.filter(|at| at.1 == 0).map(|at| iso(at.0));
        self.unsure += u64::from(utc.is_none() && at.is_some());
        match self.manner.format {
            Format::Jsonl => jsonl(&self.input.path, row, utc.as_deref(), &mut block.bytes),
            Format::Csv => comma_separated(&self.input.path, row, utc.as_deref(), &mut block.bytes),
        }
        block.bytes.push(b'\n');
        self.done(at.map(|at| at.0), block);
    }

    fn new_minute(&self, own: i64) -> Minute {
        let at = self.manner.bases.utc(self.input, Stamp::File(own));
        let sure = at.filter(|at| at.1 == 0 && at.0 % MINUTE == 0);
        let text = sure.and_then(|at| iso(at.0).as_bytes().first_chunk::<17>().copied());
        Minute { own, utc: at.map(|at| at.0), text }
    }

    /// As [`jsonl`] writes the row of it.
    #[inline]
    fn jsonl_line(&self, origin: Origin, line: &Plain<'_>, minute: &Minute, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        let number = if let Place::Line(number) = origin.place { number } else { 0 };
        decimal(number, out);
        let mut time = *b"},\"time\":\"yyyy/mm/dd-hh:mm:ss.mmm\",\"utc\":";
        time[10..33].copy_from_slice(line.time);
        out.extend_from_slice(&time);
        match &minute.text {
            Some(text) => {
                let mut utc = *b"\"yyyy-mm-ddThh:mm:ss.mmmZ\",\"node\":\"\",\"provider\":\"";
                utc[1..18].copy_from_slice(text);
                utc[18..24].copy_from_slice(&line.time[17..]);
                out.extend_from_slice(&utc);
            }
            None => out.extend_from_slice(b"null,\"node\":\"\",\"provider\":\""),
        }
        out.extend_from_slice(line.tag);
        out.extend_from_slice(b"\",\"id\":null,\"level\":\"");
        out.extend_from_slice(line.level);
        out.extend_from_slice(b"\",\"fields\":{");
        if !line.prefix.is_empty() {
            out.extend_from_slice(b"\"section\":\"");
            escaped(line.prefix, out);
            out.extend_from_slice(b"\",");
        }
        if !line.detail.is_empty() {
            out.extend_from_slice(b"\"tag\":\"");
            escaped(line.detail, out);
            out.extend_from_slice(b"\",");
        }
        let mut ids = *b"\"pid\":\"00000000\",\"tid\":\"00000000\",\"text\":\"";
        ids[7..15].copy_from_slice(&line.pid.to_ascii_lowercase());
        ids[24..32].copy_from_slice(&line.tid.to_ascii_lowercase());
        out.extend_from_slice(&ids);
        escaped(line.text, out);
        out.extend_from_slice(b"\"}}\n");
    }
}

/// An instant in UTC, to the millisecond, and finer only where it is.
fn iso(nanos: i64) -> String {
    let at = DateTime::from_timestamp_nanos(nanos);
    let whole = nanos % MILLISECOND == 0;
    at.to_rfc3339_opts(if whole { SecondsFormat::Millis } else { SecondsFormat::AutoSi }, true)
}

fn decimal(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut from = digits.len();
    let mut left = number;
    loop {
        from -= 1;
        digits[from] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[from..]);
}

/// Bytes that are looked at in one go, without a branch for each.
const AT_ONCE: usize = 32;

/// Must JSON escape one of them?
#[inline]
fn needs_escape(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |any, &byte| any | (byte < 0x20) | (byte == b'"') | (byte == b'\\'))
}

/// Text inside of a JSON string, behind what is there.
#[inline]
fn escaped(text: &[u8], out: &mut Vec<u8>) {
    let (chunks, rest) = text.as_chunks::<AT_ONCE>();
    let mut any = false;
    for chunk in chunks {
        any |= needs_escape(chunk);
    }
    // The last bytes together with some before them, where there are enough.
    any |= needs_escape(text.last_chunk::<AT_ONCE>().map_or(rest, |last| &last[..]));
    if any { each_escaped(text, out) } else { out.extend_from_slice(text) }
}

#[cold]
fn each_escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    for (at, &byte) in text.iter().enumerate() {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0C => b'f',
            0..0x20 => 0,
            _ => continue,
        };
        out.extend_from_slice(&text[from..at]);
        from = at + 1;
        if short > 0 {
            out.extend_from_slice(&[b'\\', short]);
        } else {
            // Writing to memory does not fail.
            let _ = write!(out, "\\u{byte:04x}");
        }
    }
    out.extend_from_slice(&text[from..]);
}

/// One row.
fn jsonl(path: &str, row: &Row, utc: Option<&str>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"input\":");
    quoted(path, out);
    // Writing to memory does not fail.
    let _ = match row.origin.place {
        Place::Line(number) => write!(out, ",\"at\":{{\"line\":{number}}},\"time\":"),
        Place::Record(number) => write!(out, ",\"at\":{{\"record\":{number}}},\"time\":"),
        Place::Offset => write!(out, ",\"at\":{{\"offset\":{}}},\"time\":", row.origin.offset),
    };
    quoted(&row.time, out);
    let _ = match utc {
        Some(utc) => write!(out, ",\"utc\":\"{utc}\",\"node\":"),
        None => write!(out, ",\"utc\":null,\"node\":"),
    };
    quoted(&row.node, out);
    out.extend_from_slice(b",\"provider\":");
    quoted(&row.provider, out);
    let _ = match row.id {
        Some(id) => write!(out, ",\"id\":{id},\"level\":"),
        None => write!(out, ",\"id\":null,\"level\":"),
    };
    quoted(&row.level, out);
    out.extend_from_slice(b",\"fields\":{");
    for (at, (_, value)) in row.fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quoted(&key(&row.fields, at), out);
        out.push(b':');
        quoted(value, out);
    }
    out.extend_from_slice(b"}}");
}

/// The name of a field; its position from 1 where it has none, with a number behind where the name repeats.
fn key(fields: &[(String, String)], at: usize) -> Cow<'_, str> {
    let name = &fields[at].0;
    if name.is_empty() {
        return Cow::Owned((at + 1).to_string());
    }
    match fields[..at].iter().filter(|(other, _)| other == name).count() {
        0 => Cow::Borrowed(name),
        earlier => Cow::Owned(format!("{name} ({})", earlier + 1)),
    }
}

/// The columns of [`comma_separated`].
pub(super) const COLUMNS: &[u8] = b"input,place,offset,time,node,provider,id,level,fields,utc\n";

fn comma_separated(path: &str, row: &Row, utc: Option<&str>, out: &mut Vec<u8>) {
    let place = match row.origin.place {
        Place::Line(number) => format!("line {number}"),
        Place::Record(number) => format!("record {number}"),
        Place::Offset => "offset".to_owned(),
    };
    let fields: Vec<String> = row
        .fields
        .iter()
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}={value}") })
        .collect();
    let offset = row.origin.offset.to_string();
    let id = row.id.map(|id| id.to_string()).unwrap_or_default();
    let fields = fields.join("; ");
    let utc = utc.unwrap_or_default();
    let cells = [path, &place, &offset, &row.time, &row.node, &row.provider, &id, &row.level, &fields, utc];
    out.extend_from_slice(cells.map(cell).join(",").as_bytes());
}

/// A cell as spreadsheets read it and none would run: quoted where needed, and what looks like a formula is led
/// by an apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';']) || formula {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use throughline::analysis::bases;
    use throughline::bundle::{Bundle, Options};
    use throughline::fact::{InputId, Origin};
    use throughline::source::cluster_log::rows::{Entry, Rows, pieces_of};

    #[test]
    fn cells_are_defused() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect);
        check("plain", "plain");
        check("-5", "-5");
        check("=1+1", "\"'=1+1\"");
        check("@SUM(A1)", "\"'@SUM(A1)\"");
        check("a,\"b\"", "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn fields_keep_their_order_and_names() {
        let origin = Origin { input: InputId(0), offset: 9, place: Place::Record(7) };
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let row = Row {
            origin,
            time: "t".into(),
            stamp: Stamp::Missing,
            node: "n".into(),
            provider: "p".into(),
            id: Some(5120),
            level: String::new(),
            fields: vec![field("b", "1"), field("", "2"), field("b", "\"3\"")],
        };
        let mut out = Vec::new();
        jsonl("a/b", &row, None, &mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"{"input":"a/b","at":{"record":7},"time":"t","utc":null,"node":"n","provider":"p","id":5120,"level":"","fields":{"b":"1","2":"2","b (2)":"\"3\""}}"#
        );
    }

    /// Every byte that text can hold, at every place in and around what is looked at in one go.
    #[test]
    fn texts_are_escaped_as_json_has_it() {
        let check = |text: &str| {
            let mut out = vec![b'"'];
            escaped(text.as_bytes(), &mut out);
            out.push(b'"');
            let expect = serde_json::to_string(text).expect("JSON");
            assert_eq!(String::from_utf8_lossy(&out), expect);
        };
        for byte in (0..0x80u8).map(char::from).chain(['\u{80}', 'ß', '\u{2028}', '\u{1F600}']) {
            for before in (0..70).step_by(3) {
                for after in [0, 1, 31, 40] {
                    check(&format!("{}{byte}{}", "a".repeat(before), "z".repeat(after)));
                }
            }
        }
        check(&"\"\\\n".repeat(40));
    }

    /// Lines as they lie, and as the careful reading shows them: the same bytes, and the same place in the order.
    #[test]
    fn one_line_written_two_ways() {
        let (ids, time) = ("00000ABC.00000def::", "2021/03/04-05:06:07.089");
        let ends = [
            "INFO  [RCM] moved",
            "WARN  [IM - public \"1\\2\"] Größe \u{1} \"x\\y\"\tz.",
            "ERR   [RES]  ",
            "DBG   [FTI][Follower] \\\\?\\GLOBALROOT\\Device\\Harddisk2 and more, so that it is long",
        ];
        let entries =
            ends.map(|end| format!("{ids}{time} {end}\r\n[Verbose] {ids}{time} {end}\r\n")).concat();
        let base = |word: &str| {
            format!(
                "[=== Cluster ===]\r\nUTC = localtime + time zone offset;the time zone offset of this machine is -60 minutes, \
                 or -1 hours\r\nThe logs were generated using {word}\r\n[=== Cluster Logs ===]\r\n"
            )
        };
        for front in [base("GMT"), base("local time"), String::new()] {
            let files = [("a \"b\".log".to_owned(), format!("{front}{entries}{entries}").into_bytes())];
            let bundle = Bundle::from_memory(files, &Options::default());
            let (bases, wanted) = (bases(&bundle, None), Wanted::default());
            let manner = Manner { format: Format::Jsonl, bases: &bases, wanted: &wanted, by_time: true };
            let input = &bundle.inputs[0];
            let (mut quick, mut careful) = (Writer::new(manner, input), Writer::new(manner, input));
            let (mut one, mut other) = (Block::default(), Block::default());
            for piece in pieces_of(&bundle, input, true).expect("pieces") {
                Rows::new(&bundle, input, &piece, true).go(&mut |entry| {
                    if let Entry::Plain(origin, line) = entry {
                        quick.line(origin, line, &mut one);
                        careful.row(&line.row(origin), &mut other);
                    }
                    true
                });
            }
            assert_eq!(String::from_utf8_lossy(&one.bytes), String::from_utf8_lossy(&other.bytes));
            assert_eq!((&one.entries, quick.unsure), (&other.entries, careful.unsure));
            assert!(one.entries.len() >= 15 && one.entries[0].0 > 0, "{:?}", one.entries);
            assert_eq!(quick.unsure > 0, front.is_empty(), "{front}");
            for line in String::from_utf8_lossy(&one.bytes).lines() {
                serde_json::from_str::<serde_json::Value>(line).expect("JSON");
            }
        }
    }

    #[test]
    fn numbers() {
        for number in [0, 9, 10, 12_345, u64::MAX] {
            let mut out = Vec::new();
            decimal(number, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), number.to_string());
        }
    }

    #[test]
    fn instants() {
        let check = |nanos: i64, expect: &str| assert_eq!(iso(nanos), expect);
        check(0, "1970-01-01T00:00:00.000Z");
        check(1_700_000_000_089_000_000, "2023-11-14T22:13:20.089Z");
        check(1_700_000_000_089_000_100, "2023-11-14T22:13:20.089000100Z");
    }
}
