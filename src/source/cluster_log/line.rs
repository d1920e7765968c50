//! The fixed part of a log line: section prefix, process, thread, time, level, tag.
//!
//! The plain form is `pppppppp.tttttttt::YYYY/MM/DD-hh:mm:ss.mmm LEVEL  [TAG] text`. Accepted besides it, all
//! seen in real files: `[System] ` in front; short ids and no level (Windows 2000); the debugger's
//! `pid:tid.MM/DD[time](n) LEVEL` of 2008 R2, which has no year; and what support tickets do to lines: editor
//! line numbers, `> ` quotes, collapsed spaces, a dropped `pid.tid::` or the whole prefix, a masked date. What
//! the text means is not decided here.

use chrono::NaiveDate;

use crate::fact::Stamp;

/// Levels as printed. `DBG` in an event section stands for a *critical* event.
const LEVELS: [&str; 4] = ["INFO", "WARN", "ERR", "DBG"];

/// The component tags of the engine that say what kind of line it is. A line of a known tag with no known
/// form is silent; an unknown tag is unknown. Windows 2000 had some that are gone since.
pub(super) const TAGS: [&str; 48] = [
    "ACCEPT",
    "API",
    "CAM",
    "CHANNEL",
    "CHM",
    "CONNECT",
    "CORE",
    "CS",
    "CSV",
    "CP",
    "ClMsg",
    "DCM",
    "DM",
    "EP",
    "FM",
    "FTI",
    "Filter",
    "GEM",
    "GUM",
    "IM",
    "JOIN",
    "JPM",
    "LM",
    "MM",
    "MRR",
    "NDP",
    "NETFT",
    "NETFTAPI",
    "NETWORK",
    "NM",
    "NODE",
    "Nodename",
    "OPTREE",
    "Provider",
    "QUORUM",
    "RCM",
    "RCM-plcmt",
    "RES",
    "RGP",
    "RHS",
    "SBL",
    "SM",
    "STM",
    "SV",
    "TM",
    "VER",
    "VSS",
    "hadrag",
];

/// Is `tag` a component of the engine?
pub(super) fn is_known_tag(tag: &str) -> bool {
    TAGS.contains(&tag)
}

/// Where a physical line begins a log entry.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Begin {
    /// Bytes of quote marks, indentation and line number before the prefix.
    pub(super) skip: usize,
    /// The editor's line number.
    pub(super) number: Option<u64>,
    /// The line was pasted from elsewhere: it carries marks that no real file has.
    pub(super) pasted: bool,
}

/// Marks that pasting leaves in front of a line: `> `, indentation, an editor's line number.
pub(super) fn paste_marks(line: &str) -> (usize, Option<u64>) {
    let unquoted = line.trim_start_matches(['>', ' ', '\t']);
    let digits = unquoted.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &unquoted[digits..];
    if digits == 0 || !(rest.is_empty() || rest.starts_with(' ')) {
        return (line.len() - unquoted.len(), None);
    }
    let skip = line.len() - rest.len();
    (skip + usize::from(!rest.is_empty()), unquoted[..digits].parse().ok())
}

/// Does this physical line begin a log entry?
pub(super) fn begin(line: &str) -> Option<Begin> {
    if ids(line).is_some() {
        return Some(Begin { skip: 0, number: None, pasted: false });
    }
    // Most continuation lines begin with a letter that no prefix begins with: out before any search.
    let first = *line.as_bytes().first()?;
    if !(first.is_ascii_hexdigit() || matches!(first, b'[' | b' ' | b'\t' | b'>' | b'I' | b'W')) {
        return None;
    }
    if section_prefix(line).is_some() {
        return Some(Begin { skip: 0, number: None, pasted: false });
    }
    let (skip, number) = paste_marks(line);
    let rest = &line[skip..];
    let whole = ids(rest).is_some() || section_prefix(rest).is_some();
    let part = || debugger(rest).is_some() || date_only(rest).is_some() || bare(rest).is_some();
    (whole || part()).then_some(Begin { skip, number, pasted: !whole || skip > 0 })
}

/// One entry, its fixed part taken apart. Texts borrow from the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The bracketed channel in front: `System`, `Operational`, `Verbose`; else empty.
    pub prefix: &'a str,
    /// Process that wrote the line: the cluster service, or one of several resource hosts.
    pub pid: Option<u32>,
    /// Thread that wrote the line.
    pub tid: Option<u32>,
    /// Time as printed; empty where there is none.
    pub time: &'a str,
    /// The time, in the file's reckoning.
    pub stamp: Stamp,
    /// `INFO`, `WARN`, `ERR`, `DBG`; empty on Windows 2000.
    pub level: &'a str,
    /// First word of the leading `[TAG]`; empty where there is none.
    pub tag: &'a str,
    /// The rest inside the brackets: an endpoint, a GUID.
    pub tag_detail: &'a str,
    /// All that follows the tag (or the level), with continuation lines.
    pub text: &'a str,
}

/// Why an entry that begins like one could not be taken apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It ends inside its fixed part.
    Short,
    /// The time is no time.
    Time,
}

impl<'a> Line<'a> {
    /// Takes an entry apart. `entry` starts where [`Begin::skip`] pointed to.
    pub(super) fn parse(entry: &'a str) -> Result<Self, Broken> {
        let (prefix, rest) = section_prefix(entry).unwrap_or(("", entry));
        let (pid, tid, time, stamp, rest) = match ids(rest) {
            Some((pid, tid, rest)) => {
                let (time, stamp, rest) = clock(rest)?;
                (Some(pid), Some(tid), time, stamp, rest)
            }
            None => match (debugger(rest), date_only(rest)) {
                // No year: it cannot be placed.
                (Some((pid, tid, time, rest)), _) => (Some(pid), Some(tid), time, Stamp::Missing, rest),
                (None, Some((time, stamp, rest))) => (None, None, time, stamp, rest),
                (None, None) => (None, None, "", Stamp::Missing, rest),
            },
        };
        let rest = rest.trim_start_matches(' ');
        let (level, body) = level(rest).unwrap_or(("", rest));
        if level.is_empty() && body.trim().is_empty() {
            return Err(Broken::Short);
        }
        let (tag, tag_detail, text) = tag(body);
        Ok(Self { prefix, pid, tid, time, stamp, level, tag, tag_detail, text: text.trim_end() })
    }
}

/// `pppp.tttt::` in hexadecimal, one to eight digits each.
fn ids(text: &str) -> Option<(u32, u32, &str)> {
    let (pid, rest) = hex(text)?;
    let (tid, rest) = hex(rest.strip_prefix('.')?)?;
    Some((pid, tid, rest.strip_prefix("::")?))
}

fn hex(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(9).take_while(u8::is_ascii_hexdigit).count();
    if digits == 0 || digits > 8 {
        return None;
    }
    Some((u32::from_str_radix(&text[..digits], 16).ok()?, &text[digits..]))
}

/// `[Word] ` in front of an otherwise complete prefix.
fn section_prefix(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let rest = rest.trim_start_matches(' ');
    (word.len() <= 64 && ids(rest).is_some()).then_some((word, rest))
}

/// `7c8:088.06/10[06:26:07.394](000000) `: process, thread, and a time without a year.
fn debugger(text: &str) -> Option<(u32, u32, &str, &str)> {
    let (pid, rest) = hex(text)?;
    let (tid, rest) = hex(rest.strip_prefix(':')?)?;
    let rest = rest.strip_prefix('.')?;
    let (time, rest) = rest.split_once("](")?;
    let digits =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b'[' | b':' | b'.'));
    if time.len() != 18 || !digits(time) {
        return None;
    }
    let (_, rest) = rest.split_once(')')?;
    Some((pid, tid, time, rest))
}

/// A time with a level behind it, where `pid.tid::` was dropped.
fn date_only(text: &str) -> Option<(&str, Stamp, &str)> {
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (time, stamp, rest) = clock(text).ok()?;
    level(rest.trim_start_matches(' ')).map(|_| (time, stamp, rest))
}

/// A level and a tag, where the whole prefix was dropped. The tag must be one of the engine's: a line of
/// prose may begin with the word INFO.
fn bare(text: &str) -> Option<()> {
    let (_, body) = level(text)?;
    let (tag, ..) = tag(body);
    is_known_tag(tag).then_some(())
}

/// The level and what follows it.
fn level(text: &str) -> Option<(&str, &str)> {
    let word = LEVELS.iter().find(|word| text.starts_with(**word))?;
    let rest = &text[word.len()..];
    (rest.is_empty() || rest.starts_with([' ', '\n']))
        .then(|| (&text[..word.len()], rest.trim_start_matches(' ')))
}

/// The time, its stamp and what follows. A masked or placeholder date (`<DateTime>`, `YYYY/MM/DD`) in front of
/// a level is a missing time, not a broken line.
fn clock(text: &str) -> Result<(&str, Stamp, &str), Broken> {
    const LENGTH: usize = "2017/10/23-18:00:18.874".len();
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        let first_line = text.lines().next().unwrap_or_default();
        let found = LEVELS.iter().filter_map(|word| first_line.find(&format!(" {word} "))).min();
        return match found {
            Some(at) if at <= 40 => Ok((text[..at].trim(), Stamp::Missing, &text[at..])),
            _ => Err(Broken::Time),
        };
    }
    let Some((time, rest)) = text.split_at_checked(LENGTH) else { return Err(Broken::Short) };
    match stamp(time.as_bytes()) {
        Some(stamp) if rest.is_empty() || rest.starts_with([' ', '\n']) => Ok((time, stamp, rest)),
        _ => Err(Broken::Time),
    }
}

/// A time as the engine prints it anywhere: `YYYY/MM/DD-hh:mm:ss.mmm`, in nanoseconds since 1970 of its own
/// reckoning. `None` where the text is no time.
pub(super) fn nanos(time: &[u8]) -> Option<i64> {
    let shape = b"dddd/dd/dd-dd:dd:dd.ddd";
    let fits = time.len() == shape.len()
        && time
            .iter()
            .zip(shape)
            .all(|(got, want)| if *want == b'd' { got.is_ascii_digit() } else { got == want });
    if !fits {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        time[range].iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0..4)).ok()?, number(5..7), number(8..10))?;
    let at = date.and_hms_milli_opt(number(11..13), number(14..16), number(17..19), number(20..23))?;
    at.and_utc().timestamp_nanos_opt().or(Some(i64::MIN))
}

/// As [`nanos`], as a stamp of the file; null times (1601) are missing.
fn stamp(time: &[u8]) -> Option<Stamp> {
    nanos(time).map(Stamp::file)
}

/// Tag, what else stands in its brackets, and the text. `module::Function[TAG] text` also has a tag.
fn tag(body: &str) -> (&str, &str, &str) {
    let open = match body.as_bytes().first() {
        Some(b'[') => Some(0),
        _ => {
            let name = body
                .bytes()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'~'))
                .count();
            (body[name..].starts_with('[') && body[..name].contains("::")).then_some(name)
        }
    };
    let split = open.and_then(|at| {
        let (inside, rest) = body[at + 1..].split_once(']')?;
        let word = inside.split(' ').next()?;
        let is_word = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let fits = is_word && word.as_bytes().first()?.is_ascii_alphabetic() && inside.len() <= 128;
        fits.then(|| {
            (
                word,
                inside[word.len()..].trim_start(),
                rest.strip_prefix(':').unwrap_or(rest).trim_start_matches(' '),
            )
        })
    });
    split.unwrap_or(("", "", body))
}

#[cfg(test)]
mod tests {
    use super::{Begin, Broken, Line, begin, nanos};
    use crate::fact::Stamp;

    fn check(line: &str, expect: (&str, Option<u32>, &str, &str, &str, &str)) {
        let at = begin(line).unwrap_or_else(|| panic!("begins nothing: {line}"));
        let got = Line::parse(&line[at.skip..]).unwrap_or_else(|e| panic!("{e:?}: {line}"));
        assert_eq!((got.prefix, got.pid, got.time, got.level, got.tag, got.text), expect, "{line}");
    }

    #[test]
    fn forms_of_the_prefix() {
        let time = "2021/03/04-05:06:07.089";
        check(
            "00000abc.00000def::2021/03/04-05:06:07.089 INFO  [RCM] moved",
            ("", Some(0xabc), time, "INFO", "RCM", "moved"),
        );
        check(
            "[System] 00000abc.00000def::2021/03/04-05:06:07.089 DBG   Something\nmore",
            ("System", Some(0xabc), time, "DBG", "", "Something\nmore"),
        );
        check("1.2::2021/03/04-05:06:07.089 [NM] old", ("", Some(1), time, "", "NM", "old"));
        check("> ERR   [RHS] quoted", ("", None, "", "ERR", "RHS", "quoted"));
        check("  123 1.2::2021/03/04-05:06:07.089 ERR [RES] x", ("", Some(1), time, "ERR", "RES", "x"));
        check("    2021/03/04-05:06:07.089 WARN  [RHS] x", ("", None, time, "WARN", "RHS", "x"));
        check("INFO  a::b::C[RCM] x", ("", None, "", "INFO", "RCM", "x"));
        check("1.2::<DateTime> WARN [RES] x", ("", Some(1), "<DateTime>", "WARN", "RES", "x"));
        check(
            "1.2:: YYYY/MM/DD -12:03:44.891 ERR [RES] x",
            ("", Some(1), "YYYY/MM/DD -12:03:44.891", "ERR", "RES", "x"),
        );
        check(
            "7c8:088.06/10[06:26:07.394](000000) WARN  [DCM] x",
            ("", Some(0x7c8), "06/10[06:26:07.394", "WARN", "DCM", "x"),
        );
        check("1.2::2021/03/04-05:06:07.089 INFO  [DM]: x", ("", Some(1), time, "INFO", "DM", "x"));
        check("1.2::2021/03/04-05:06:07.089 INFO    <a>1</a>", ("", Some(1), time, "INFO", "", "<a>1</a>"));
        check("1.2::2021/03/04-05:06:07.089 DBG   [IM - public] x", ("", Some(1), time, "DBG", "IM", "x"));
    }

    #[test]
    fn lines_that_begin_nothing() {
        for line in [
            "",
            "Run the wizard",
            " The error code was '1311'. ",
            "INFO about nothing",
            "ERR [unheard] x",
            "2017/10/23-17:19:06.645 is a time",
            "Node Name : x",
            "[=== System ===]",
            "  193 ",
            "::",
            "a.b",
            "[System] x",
        ] {
            assert_eq!(begin(line), None, "{line}");
        }
        assert_eq!(begin("  12 1.2::x"), Some(Begin { skip: 5, number: Some(12), pasted: true }));
    }

    #[test]
    fn broken_and_missing_times() {
        let check = |line: &str, expect: Broken| assert_eq!(Line::parse(line), Err(expect), "{line}");
        check("1.2::2021/03/04-05:0", Broken::Short);
        check("1.2::2021/03/04-05:06:07.089", Broken::Short);
        check("1.2::2021/13/04-05:06:07.089 INFO  x", Broken::Time);
        check("1.2::2021/03/04-05:06:07:089 INFO  x", Broken::Time);
        check("1.2::", Broken::Time);
        let null = Line::parse("1.2::1601/01/01-00:00:00.000 INFO  x").expect("a line");
        assert_eq!(null.stamp, Stamp::Missing);
        assert_eq!(nanos(b"1970/01/01-00:00:01.500"), Some(1_500_000_000));
        assert_eq!(nanos(b"1970/02/30-00:00:01.500"), None);
    }
}
