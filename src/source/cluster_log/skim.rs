//! Lines that need no look: the engine's lines that no form can take, found in the raw bytes, on all cores.
//!
//! Most of a log says nothing here. A line is passed over when its bytes alone prove what a careful reading would come to:
//! it is plain ASCII with a whole prefix, its component is known, none of the component's needles is in it, the
//! next line begins an entry of its own, and it names nobody who was not named before. Such lines are counted as
//! recognised and silent, and their times still say what the log covers. All others are read as ever, so a
//! report is the same with and without.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io::{self, Read};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, packed};

use super::form::{self, FORMS};
use super::line::{Line, is_known_tag};
use super::raw::{Clock, IDS, TIME, begins, spaces};
use crate::fact::Stamp;
use crate::source::bytes::fill;
use crate::source::cores::{Pieces, ahead};
use crate::source::lines::{Encoding, Feed, LINE_LIMIT, Lines};

/// How many bytes are looked at in one go, and how many such windows are in memory.
const WINDOW: usize = if cfg!(test) { 1 << 10 } else { 256 << 10 };
const WINDOWS: usize = 16;

/// Lines that follow each other and need no look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// Offset of the first, and bytes of all.
    pub(super) start: u64,
    bytes: u64,
    /// Their times, in the order of the file, in the file's reckoning.
    pub(super) times: Vec<i64>,
    /// Numbers under which the writers speak of themselves.
    pub(super) writers: BTreeSet<u32>,
}

/// Resources that were spoken of, as lines print them, with the time of the first line that did. That line may come
/// a second time in another section, and then both are one.
type Subjects = HashMap<Box<str>, i64>;

/// The same, as far as the file was read. Windows may be judged by less than that: then more lines are looked at.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<RwLock<Subjects>>);

impl Known {
    /// Remembers whom an entry speaks of that was read.
    pub(super) fn learn(&self, entry: &str) {
        if !entry.contains("[RES") {
            return;
        }
        let Ok(line) = Line::parse(entry) else { return };
        if line.tag == "RES"
            && let Some(subject) = form::spoken_of(line.text)
            && !self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(subject)
        {
            let at = if let Stamp::File(at) = line.stamp { at } else { i64::MIN };
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(subject.into(), at);
        }
    }
}

/// What may know which of the lines ahead need no look.
pub(super) trait Passing: Feed + Sized {
    /// The run that begins at the next line, taken out of the lines; `None` where that line needs a look.
    fn pass(_: &mut Lines<Self>) -> Option<Run> {
        None
    }

    /// Who was spoken of, to be told of every entry that is read; `None` where nobody asks.
    fn known(&self) -> Option<Known> {
        None
    }
}

/// A plain stream: every line is looked at.
impl<R: Read> Passing for R {}

/// A file in windows of whole lines, judged ahead of their reader.
pub(super) struct Windows<'a> {
    next: &'a mut dyn FnMut() -> Option<Window>,
    runs: VecDeque<Run>,
    known: Known,
    /// What ended the file, behind its last bytes.
    error: Option<io::Error>,
    /// Windows that were read serve again, so that their memory is asked for once.
    spare: &'a Mutex<Vec<Window>>,
}

/// Hands the lines of a stream to `body`, while other cores read on and judge what comes next.
pub(super) fn skimming<O>(stream: impl Read + Send, body: impl FnOnce(&mut Lines<Windows<'_>>) -> O) -> O {
    let (spare, known) = (Mutex::new(Vec::<Window>::new()), Known::default());
    let mut reader = Reader { stream, rest: Vec::new(), offset: 0, wide: None, ended: false };
    let mut make = || {
        let window = spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        reader.window(window.unwrap_or_default())
    };
    let judge = |mut window: Window| {
        window.judge(&known.0.read().unwrap_or_else(PoisonError::into_inner));
        window
    };
    ahead(Pieces { make: &mut make, work: &judge, most: WINDOWS }, |next| {
        let (runs, error) = (VecDeque::new(), None);
        body(&mut Lines::new(Windows { next, runs, known: known.clone(), error, spare: &spare }))
    })
}

impl Feed for Windows<'_> {
    fn feed(&mut self, buffer: &mut Vec<u8>, end: usize) -> io::Result<usize> {
        let window = if self.error.is_none() { (self.next)() } else { None };
        let Some(mut window) = window else { return self.error.take().map_or(Ok(0), Err) };
        self.error = window.error.take();
        if window.end == 0 {
            return self.error.take().map_or(Ok(0), Err);
        }
        self.runs.extend(window.runs.drain(..));
        if end == 0 {
            std::mem::swap(buffer, &mut window.bytes);
        } else {
            buffer.truncate(end);
            buffer.extend_from_slice(&window.bytes[..window.end]);
        }
        let length = window.end;
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(window);
        Ok(length)
    }
}

impl Passing for Windows<'_> {
    fn pass(lines: &mut Lines<Self>) -> Option<Run> {
        lines.fed();
        let at = lines.offset();
        let runs = &mut lines.fed().runs;
        while runs.front().is_some_and(|run| run.start < at) {
            runs.pop_front();
        }
        let run = runs.pop_front_if(|run| run.start == at)?;
        lines.pass(usize::try_from(run.bytes).unwrap_or(0), run.times.len() as u64);
        Some(run)
    }

    fn known(&self) -> Option<Known> {
        Some(self.known.clone())
    }
}

/// A stream, cut into windows at line ends.
struct Reader<R> {
    stream: R,
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
    /// Where the next window begins in the file.
    offset: u64,
    /// Two bytes a character; known from the first window on.
    wide: Option<bool>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// The next window, in the memory of an old one.
    fn window(&mut self, mut window: Window) -> Option<Window> {
        if self.ended {
            return None;
        }
        let bytes = &mut window.bytes;
        let mut filled = self.rest.len();
        if bytes.len() < filled {
            bytes.resize(filled, 0);
        }
        bytes[..filled].copy_from_slice(&self.rest);
        let mut mark = 0;
        let whole = loop {
            // Not cleared first: what was in it is overwritten.
            if bytes.len() < filled + WINDOW {
                bytes.resize(filled + WINDOW, 0);
            }
            let (read, error) = fill(&mut self.stream, &mut bytes[filled..filled + WINDOW]);
            filled += read;
            self.ended = read < WINDOW;
            window.error = error;
            let wide = *self.wide.get_or_insert_with(|| {
                let (encoding, length) = Encoding::detect(&bytes[..filled]);
                mark = length;
                encoding == Encoding::Utf16
            });
            let whole = last_line_end(&bytes[mark..filled], wide).map(|end| end + mark);
            // A line that is longer than any line goes out in pieces.
            if whole.is_some() || self.ended || filled > LINE_LIMIT {
                break whole;
            }
        };
        window.wide = self.wide.unwrap_or_default();
        window.end = match whole {
            Some(whole) if !self.ended => whole,
            None if !self.ended => filled & !1,
            _ => filled,
        };
        (window.offset, window.from, window.whole, window.filled) =
            (self.offset, mark, whole.unwrap_or(mark), filled);
        self.rest.clear();
        self.rest.extend_from_slice(&bytes[window.end..filled]);
        self.offset += window.end as u64;
        Some(window)
    }
}

/// A piece of a file, and the runs among its lines.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    /// Where its first byte stands in the file.
    offset: u64,
    wide: bool,
    /// What is judged lies from here, behind a byte-order mark, to the last line end.
    from: usize,
    whole: usize,
    /// Where the window ends. Behind it, up to `filled`, stands the beginning of the next.
    end: usize,
    filled: usize,
    /// What ended the file behind it.
    error: Option<io::Error>,
    runs: Vec<Run>,
    /// One byte a character, where the file has two.
    narrow: Vec<u8>,
}

impl Window {
    fn judge(&mut self, subjects: &Subjects) {
        let Self { bytes, from, whole, filled, narrow, .. } = self;
        let offset = self.offset + *from as u64;
        // The line behind the last tells whether that one goes on.
        if !self.wide {
            self.runs = runs(&bytes[*from..*filled], *whole - *from, offset, 1, subjects);
            return;
        }
        narrow.clear();
        narrow.extend(bytes[*from..*filled].chunks_exact(2).map(|pair| {
            // 0xFF is no ASCII: a line that holds it needs a look.
            if pair[1] == 0 && pair[0] < 0x80 { pair[0] } else { 0xFF }
        }));
        self.runs = runs(narrow, (*whole - *from) / 2, offset, 2, subjects);
    }
}

/// Behind the last line end.
fn last_line_end(bytes: &[u8], wide: bool) -> Option<usize> {
    if !wide {
        return memchr::memrchr(b'\n', bytes).map(|at| at + 1);
    }
    memchr::memrchr_iter(b'\n', bytes)
        .find(|&at| at.is_multiple_of(2) && bytes.get(at + 1) == Some(&0))
        .map(|at| at + 2)
}

/// The runs among the lines of `text[..end]`, which ends behind a line end.
fn runs(text: &[u8], end: usize, offset: u64, unit: u64, subjects: &Subjects) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut clock = Clock::default();
    let mut open = false;
    let mut at = 0;
    let mut begun = begins(text);
    let kinds = KINDS.as_slice();
    // Asked of all at once where it holds, as it nearly always does.
    let plain = text.is_ascii();
    for stop in memchr::memchr_iter(b'\n', &text[..end]) {
        let line = &text[at..stop];
        let start = at;
        at = stop + 1;
        // The line behind must begin an entry, or it may belong to this one.
        let follows = begins(&text[at..]);
        let judged = if begun && follows && (plain || line.is_ascii()) {
            judge(line, &mut clock, kinds, subjects)
        } else {
            None
        };
        begun = follows;
        let Some((time, writer)) = judged else {
            open = false;
            continue;
        };
        if !open {
            out.push(Run { start: offset + start as u64 * unit, ..Run::default() });
            open = true;
        }
        if let Some(run) = out.last_mut() {
            run.bytes += (at - start) as u64 * unit;
            run.times.push(time);
            if let Some(writer) = writer {
                run.writers.insert(writer);
            }
        }
    }
    out
}

/// Time, and writer where it names itself, of an ASCII line with ids that needs no look; `None` of one that does.
#[inline]
fn judge(line: &[u8], clock: &mut Clock, kinds: &[Kind], subjects: &Subjects) -> Option<(i64, Option<u32>)> {
    let line = match line {
        [line @ .., b'\r'] => line,
        line => line,
    };
    if line.len() < IDS || line.len() > 4096 {
        return None;
    }
    let (time, rest) = line[IDS..].split_first_chunk::<TIME>()?;
    // A space, then the level in five places or in fewer with a space behind.
    let rest = match spaces(rest.strip_prefix(b" ")?) {
        [b'I', b'N', b'F', b'O', b' ', rest @ ..]
        | [b'W', b'A', b'R', b'N', b' ', rest @ ..]
        | [b'E', b'R', b'R', b' ', rest @ ..]
        | [b'D', b'B', b'G', b' ', rest @ ..] => rest,
        _ => return None,
    };
    let [b'[', inside @ ..] = spaces(rest) else { return None };
    let mut tag = 0u128;
    let mut end = 0;
    // The longest tag has nine letters.
    let stop = loop {
        match inside.get(end)? {
            stop @ (b' ' | b']') => break *stop,
            byte => tag = tag << 8 | u128::from(*byte),
        }
        end += 1;
        if end > 16 {
            return None;
        }
    };
    let close = match stop {
        b']' => end,
        _ => memchr::memchr(b']', &inside[..inside.len().min(129)])?,
    };
    let text = &inside[close + 1..];
    let kind = kinds.iter().find(|kind| kind.packed == tag)?;
    if kind.needles.as_ref().is_some_and(|needles| needles.any(text)) {
        return None;
    }
    let text = spaces(text.strip_prefix(b":").unwrap_or(text));
    let time = clock.at(time)?;
    if kind.resources
        && let Some(subject) = form::spoken_of(std::str::from_utf8(text).ok()?)
    {
        // Of the first line that spoke of it there may be a twin.
        return subjects.get(subject).filter(|first| **first != time).map(|_| (time, None));
    }
    if !kind.writes {
        return Some((time, None));
    }
    let [b'N' | b'n', b'o', b'd', b'e', b' ', named @ ..] = text else { return Some((time, None)) };
    let digits = named.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match (digits, named.get(digits..)) {
        (1..=4, Some([b':', b' ', ..])) => {
            let number = named[..digits].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            Some((time, Some(number)))
        }
        // Another spelling of a number is for the careful reading.
        (0, Some([b'+', ..])) | (1.., _) => None,
        _ => Some((time, None)),
    }
}

/// A tag as one number, to be compared at once; the longest has nine letters.
fn packed_tag(tag: &[u8]) -> Option<u128> {
    let fits = !tag.is_empty() && tag.len() <= 16;
    fits.then(|| tag.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)))
}

/// A component of the engine, and what makes its lines worth a look.
struct Kind {
    /// Its tag.
    packed: u128,
    needles: Option<Needles>,
    /// Its lines may begin with the number of their writer.
    writes: bool,
    /// Its lines speak of resources.
    resources: bool,
}

enum Needles {
    Packed(packed::Searcher),
    Any(AhoCorasick),
    /// No searcher could be built: every line is looked at.
    All,
}

impl Needles {
    fn of(needles: &[&str]) -> Self {
        match (packed::Searcher::new(needles), AhoCorasick::new(needles)) {
            (Some(searcher), _) => Self::Packed(searcher),
            (None, Ok(searcher)) => Self::Any(searcher),
            (None, Err(_)) => Self::All,
        }
    }

    fn any(&self, text: &[u8]) -> bool {
        match self {
            Self::Packed(searcher) => searcher.find(text).is_some(),
            Self::Any(searcher) => searcher.is_match(text),
            Self::All => true,
        }
    }
}

/// The components, those that speak most first. `Provider` lines do not tell that the engine spoke: they are read.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let often =
        ["RES", "RCM", "RHS", "GUM", "DM", "API", "CORE", "NM", "IM", "DCM", "GEM", "NETFTAPI", "FTI"];
    let tags = super::line::TAGS.iter().filter(|tag| !often.contains(tag)).chain([&"Provider"]);
    let known = often.iter().chain(tags).filter(|tag| is_known_tag(tag) && **tag != "Provider");
    known
        .map(|tag| {
            let needles: Vec<&str> = FORMS
                .iter()
                .copied()
                .flatten()
                .filter(|form| form.tag == *tag)
                .map(|form| form.needle)
                .collect();
            Kind {
                packed: packed_tag(tag.as_bytes()).unwrap_or_default(),
                needles: (!needles.is_empty()).then(|| Needles::of(&needles)),
                writes: form::WRITERS.contains(tag),
                resources: *tag == "RES",
            }
        })
        .collect()
});

#[cfg(test)]
pub(super) mod tests {
    use super::skimming;
    use crate::bundle::{Bundle, Options};
    use crate::source::cluster_log::entry::{Next, Unit, units};
    use crate::source::cluster_log::form::FORMS;
    use crate::source::cluster_log::{read_from, read_without_skimming};

    /// A log with and without passing over lines: nothing may differ.
    fn check(text: &str) {
        for bytes in [text.as_bytes().to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()] {
            let files = [("cluster.log".to_owned(), bytes.clone())];
            let bundle = Bundle::from_memory(files, &Options::default());
            let input = &bundle.inputs[0];
            let quick = read_from(input, &bytes[..]);
            let careful = read_without_skimming(input, &bytes[..]);
            assert_eq!(format!("{quick:#?}"), format!("{careful:#?}"), "{text}");
            assert!(passed(&bytes) > 0, "nothing was passed over, so nothing is shown: {text}");
        }
    }

    /// How many lines were passed over.
    fn passed(bytes: &[u8]) -> usize {
        let mut count = 0;
        skimming(bytes, |lines| {
            units(lines, &mut |_, unit| {
                if let Unit::Passed(run) = unit {
                    count += run.times.len();
                }
                Next::Go
            });
        });
        count
    }

    /// Lines around each form's sample, in every section that a log has, some of them odd.
    pub(in crate::source::cluster_log) fn every_form() -> String {
        let odd = [
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [GUM] Node 2: Executing",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [GUM] Node +3: Executing",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [RGP] node 77x: Executing",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [CORE] Node 9",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [Provider] x",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [ZZZ] x",
            "000004d0.00000b40::2021/03/04-05:06:61.000 INFO  [API] x",
            "000004d0.00000b40::2021/02/30-05:06:08.000 INFO  [API] x",
            "000004d0.00000b40::1601/01/01-00:00:00.000 INFO  [API] x",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [API] Größe",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [RES] Physical Disk <Disk 3>: up",
            "000004d0.00000b40::2021/03/04-05:06:08.000 INFO  [RES] Physical Disk <Disk 3>: down",
            "000004d0.00000b40::2021/03/04-05:06:09.000 INFO  [RES] Physical Disk <Disk 3>: up",
            "000004d0.00000b40::2021/03/04-05:06:09.000 INFO  [RES] Physical Disk <disk 3>: up",
            "000004d0.00000b40::2021/03/04-05:06:09.000 INFO  [RES] Virtual Machine <Virtual Machine a>:",
            "000004d0.00000b40::2021/03/04-05:06:09.000 INFO  [RCM] spread over",
            "lines, and one says move of group ",
            "",
            "000004d0.00000b40::2021/03/04-04:00:00.000 INFO  [API] an hour back",
            "  000004d0.00000b40::2021/03/04-05:06:09.000 INFO  [API] pasted",
            "000004d0.00000b40::2021/03/04-05:06:09.000 INFO  no tag",
            "prose",
        ];
        let prefix = "000004d0.00000b42::2021/03/04-05:06:10.000";
        let samples = FORMS.iter().copied().flatten().map(|form| format!("{prefix} {}", form.sample));
        let samples: Vec<String> = samples.collect();
        let plain = "000004d0.00000b41::2021/03/04-05:06:09.123 INFO  [DM] Node 2: nothing to see";
        let mut text = String::new();
        for section in
            ["", "System", "Cluster Logs", "Microsoft-Windows-FailoverClustering/DiagnosticVerbose"]
        {
            if !section.is_empty() {
                text += &format!("[=== {section} ===]\r\n");
            }
            for line in odd.iter().copied().chain(samples.iter().map(String::as_str)) {
                text += &format!("{plain}\r\n{line}\r\n{plain}\r\n{line}\r\n");
            }
        }
        text
    }

    #[test]
    fn nothing_differs() {
        let text = every_form();
        check(&text);
        check(&text.replace('\r', ""));
        check(text.trim_end());
        // Over more than one window, so that names are known from the one before.
        check(&text.repeat(4));
    }
}
