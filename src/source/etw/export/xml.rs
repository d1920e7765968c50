//! The `<Event>` elements of a stream, one at a time: text of any encoding, cut at the elements, in bounded memory.
//!
//! An element that is longer than a limit, or in which another begins, is given as broken and reading goes on at the next.
//! Then the leaves of one element: path, attributes, text. No entity is expanded but the five of XML and characters by
//! number; nesting is bounded. What the elements mean is not known here.

use std::io::Read;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use quick_xml::Reader;
use quick_xml::events::Event;

/// How much is asked of the input at once.
const BLOCK: usize = 64 * 1024;

/// The longest element that is kept, in bytes of text. An event's payload has at most 64 KiB.
const MOST: usize = 4 << 20;

/// How deep elements may nest; an event's stand five deep.
const DEEPEST: usize = 32;

/// The elements of a stream.
pub(super) struct Elements<'a> {
    input: &'a mut dyn Read,
    decoder: Decoder,
    /// Bytes a character of the Basic Multilingual Plane takes, 0 where its length in UTF-8 counts.
    unit: u64,
    bytes: Vec<u8>,
    text: String,
    /// Start of what is not given out yet.
    at: usize,
    /// Offset and line of `at` in the input.
    offset: u64,
    line: u64,
    ended: bool,
    pub(super) error: Option<std::io::Error>,
    pub(super) damaged: bool,
}

/// One element as it stands; not whole where it is cut off or too long.
pub(super) struct Element {
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) whole: bool,
}

/// The encoding of a text by its beginning, with the bytes of its mark.
fn encoding(head: &[u8]) -> (&'static Encoding, usize, u64) {
    match head {
        [0xff, 0xfe, ..] => (UTF_16LE, 2, 2),
        [0xfe, 0xff, ..] => (UTF_16BE, 2, 2),
        [0xef, 0xbb, 0xbf, ..] => (UTF_8, 3, 0),
        [b'<', 0, ..] => (UTF_16LE, 0, 2),
        [0, b'<', ..] => (UTF_16BE, 0, 2),
        _ => {
            // A declaration may name an ANSI page; without one XML is UTF-8.
            let declared = head.get(..head.len().min(200)).unwrap_or_default().to_ascii_lowercase();
            let ansi = [&b"windows-1252"[..], b"iso-8859-1"];
            let is_ansi = ansi.iter().any(|name| memchr::memmem::find(&declared, name).is_some());
            if is_ansi { (WINDOWS_1252, 0, 1) } else { (UTF_8, 0, 0) }
        }
    }
}

/// The beginning of a text, decoded, for recognition.
pub(super) fn head(bytes: &[u8]) -> String {
    let (encoding, mark, _) = encoding(bytes);
    let text = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    text.into_owned()
}

impl<'a> Elements<'a> {
    pub(super) fn new(input: &'a mut dyn Read) -> Self {
        let mut elements = Self {
            input,
            decoder: UTF_8.new_decoder_without_bom_handling(),
            unit: 0,
            bytes: Vec::new(),
            text: String::new(),
            at: 0,
            offset: 0,
            line: 1,
            ended: false,
            error: None,
            damaged: false,
        };
        elements.fetch();
        let (encoding, mark, unit) = encoding(&elements.bytes);
        elements.decoder = encoding.new_decoder_without_bom_handling();
        elements.unit = unit;
        elements.bytes.drain(..mark);
        elements.offset = mark as u64;
        elements.decode();
        elements
    }

    /// The next element.
    pub(super) fn next(&mut self) -> Option<Element> {
        let mut searched = 0;
        loop {
            // A start tag's first characters may straddle the block.
            match start(&self.text[self.at..], searched) {
                Some(start) => {
                    self.advance(start);
                    break;
                }
                None if self.ended => return None,
                None => {
                    let rest = self.text.len() - self.at;
                    let skip = floor(&self.text[self.at..], rest.saturating_sub(START.len() + 1));
                    self.advance(skip);
                    searched = 0;
                    self.more();
                }
            }
        }
        searched = START.len();
        loop {
            let rest = &self.text[self.at..];
            let end =
                memchr::memmem::find(&rest.as_bytes()[searched..], END).map(|at| searched + at + END.len());
            let another = start(rest, searched);
            let (length, whole) = match (end, another) {
                (Some(end), Some(another)) if another < end => (another, false),
                (Some(end), _) => (end, true),
                (None, Some(another)) => (another, false),
                (None, None) if self.ended => (rest.len(), false),
                (None, None) if rest.len() > MOST => (floor(rest, rest.len()), false),
                (None, None) => {
                    searched = floor(rest, rest.len().saturating_sub(END.len()).max(START.len()));
                    self.more();
                    continue;
                }
            };
            let text = self.text[self.at..self.at + length].to_owned();
            let element = Element { offset: self.offset, line: self.line, text, whole };
            self.advance(length);
            return Some(element);
        }
    }

    /// Moves on in the text, keeping count of bytes and lines.
    fn advance(&mut self, length: usize) {
        let passed = &self.text[self.at..self.at + length];
        self.offset += match self.unit {
            0 => length as u64,
            1 => passed.chars().count() as u64,
            unit => passed.chars().map(|c| unit * c.len_utf16() as u64).sum(),
        };
        self.line += memchr::memchr_iter(b'\n', passed.as_bytes()).count() as u64;
        self.at += length;
    }

    /// Reads and decodes one more block.
    fn more(&mut self) {
        self.text.drain(..self.at);
        self.at = 0;
        self.fetch();
        self.decode();
    }

    fn fetch(&mut self) {
        let kept = self.bytes.len();
        self.bytes.resize(kept + BLOCK, 0);
        let read = loop {
            match self.input.read(&mut self.bytes[kept..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let read = read.unwrap_or_else(|error| {
            self.error = Some(error);
            0
        });
        self.bytes.truncate(kept + read);
        self.ended = read == 0;
    }

    fn decode(&mut self) {
        self.text.reserve(self.decoder.max_utf8_buffer_length(self.bytes.len()).unwrap_or(4 * BLOCK));
        let (result, _, damaged) = self.decoder.decode_to_string(&self.bytes, &mut self.text, self.ended);
        debug_assert_eq!(result, CoderResult::InputEmpty, "the buffer holds all that the bytes can become");
        self.damaged |= damaged;
        self.bytes.clear();
    }
}

const START: &str = "<Event";
const END: &[u8] = b"</Event>";

/// Where an `<Event>` begins, not an `<Events>` or `<EventData>`.
fn start(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes.get(from..)?, START)
        .map(|at| from + at)
        .find(|at| matches!(bytes.get(at + START.len()), Some(b' ' | b'>' | b'\t' | b'\r' | b'\n')))
}

/// The character border at or before a place.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// One element with text or attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Names from the root to it, joined by `/`, without prefixes.
    pub(super) path: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
}

impl Leaf {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Every element below the root, in the order of their start tags. `None` where the text is not well-formed.
pub(super) fn leaves(text: &str) -> Option<Vec<Leaf>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut out: Vec<Leaf> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut path = String::new();
    loop {
        let text: std::borrow::Cow<'_, str> = match reader.read_event().ok()? {
            Event::Start(tag) => {
                if open.len() == DEEPEST {
                    return None;
                }
                let name = tag.local_name().into_inner().to_owned();
                path = if path.is_empty() { name } else { format!("{path}/{name}") };
                let mut leaf = Leaf { path: path.clone(), ..Leaf::default() };
                for attribute in tag.attributes().with_checks(false) {
                    let attribute = attribute.ok()?;
                    let value = quick_xml::escape::unescape(&attribute.value).ok()?;
                    leaf.attributes
                        .push((attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
                }
                open.push(out.len());
                out.push(leaf);
                continue;
            }
            Event::End(_) => {
                open.pop()?;
                let cut = path.rfind('/').unwrap_or(0);
                path.truncate(cut);
                if open.is_empty() {
                    return Some(out);
                }
                continue;
            }
            Event::Text(part) => part.into_inner(),
            Event::CData(part) => part.into_inner(),
            Event::GeneralRef(entity) => {
                let name: &str = &entity;
                let character = match name {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => entity.resolve_char_ref().ok().flatten(),
                };
                character.map_or_else(|| format!("&{name};"), String::from).into()
            }
            Event::Eof => return None,
            _ => continue,
        };
        if let Some(leaf) = open.last().and_then(|at| out.get_mut(*at)) {
            leaf.text.push_str(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::bytes::Dribble;

    /// `offset:line:whole` and text of each element, in any encoding and however the bytes come.
    #[test]
    fn elements() {
        let text = "<Events>\n<Event a='ä'>1</Event>\n<EventData/><Event>2<Event>3</Event>\n😀<Event\n>4";
        let expect = ["9:2:true <Event a='ä'>1</Event>", "45:3:false <Event>2", "53:3:true <Event>3</Event>"];
        for step in [1, 2, 7, 1 << 16] {
            let mut input = Dribble(text.as_bytes(), step);
            let mut elements = Elements::new(&mut input);
            let mut got = Vec::new();
            while let Some(e) = elements.next() {
                got.push(format!("{}:{}:{} {}", e.offset, e.line, e.whole, e.text));
            }
            assert_eq!(got[..3], expect, "step {step}");
            let at = text.rfind("<Event").expect("the last");
            assert_eq!(got[3], format!("{at}:4:false <Event\n>4"));
        }
        let wide: Vec<u8> =
            [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let mut input = Dribble(&wide, 3);
        let mut elements = Elements::new(&mut input);
        let mut offsets = Vec::new();
        while let Some(e) = elements.next() {
            offsets.push((e.offset, e.text));
        }
        for (offset, element) in offsets {
            let rest: Vec<u16> = wide[offset as usize..]
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            assert!(String::from_utf16(&rest).expect("text").starts_with(&element));
        }
    }

    #[test]
    fn long_elements_are_not_held() {
        let text = format!("<Event>{}</Event><Event>2</Event>", "x".repeat(3 * MOST));
        let mut input = text.as_bytes();
        let mut elements = Elements::new(&mut input);
        let first = elements.next().expect("the long one");
        assert!(!first.whole && first.text.len() <= MOST + 4 * BLOCK);
        assert_eq!(elements.next().expect("the next").text, "<Event>2</Event>");
        assert!(elements.next().is_none());
        assert!(elements.text.capacity() < 3 * MOST);
    }

    #[test]
    fn leaves_of_an_element() {
        let check = |text: &str, expect: &str| {
            let told = leaves(text).map(|leaves| {
                let one = |leaf: &Leaf| {
                    let attributes: String =
                        leaf.attributes.iter().map(|(k, v)| format!("[{k}={v}]")).collect();
                    format!("{}{attributes} {}", leaf.path, leaf.text.trim())
                };
                leaves.iter().map(one).collect::<Vec<_>>().join("; ")
            });
            assert_eq!(told.as_deref().unwrap_or("-"), expect, "{text}");
        };
        check(
            "<Event><System><Provider Name='a&amp;b'/></System><EventData><Data Name=\"x\">1 &lt; &#50;</Data></EventData></Event>",
            "Event ; Event/System ; Event/System/Provider[Name=a&b] ; Event/EventData ; Event/EventData/Data[Name=x] 1 < 2",
        );
        check("<!DOCTYPE a [<!ENTITY b 'c'>]><Event>&b;</Event>", "Event &b;");
        check("<Event><a></b></Event>", "-");
        check("<Event>", "-");
        check(&format!("{}{}", "<a>".repeat(40), "</a>".repeat(40)), "-");
    }
}
