//! Entries of which the raw bytes alone tell all that a row shows: one line of a component, with a whole prefix, of valid
//! text, and an entry of its own behind it. Nothing is copied, and nothing is decided that `line` would decide
//! otherwise: what is not beyond doubt here is left to it.

use super::raw::{Clock, IDS, TIME, begins, spaces};
use crate::fact::{Origin, Stamp};
use crate::source::Row;

/// One such entry. All texts are valid UTF-8 and borrow from the line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Plain<'a> {
    /// The bracketed channel in front; else empty.
    pub prefix: &'a [u8],
    /// Process that wrote the line, eight hexadecimal digits as printed.
    pub pid: &'a [u8; 8],
    /// Thread, likewise.
    pub tid: &'a [u8; 8],
    /// Time as printed.
    pub time: &'a [u8; 23],
    /// Its minute, nanoseconds since 1970 in the file's reckoning.
    pub minute: i64,
    /// Nanoseconds since then.
    pub inside: i64,
    /// `INFO`, `WARN`, `ERR`, `DBG`.
    pub level: &'a [u8],
    /// First word inside the brackets.
    pub tag: &'a [u8],
    /// The rest inside the brackets.
    pub detail: &'a [u8],
    /// What follows.
    pub text: &'a [u8],
}

impl Plain<'_> {
    /// As the careful reading shows it.
    #[must_use]
    pub fn row(&self, origin: Origin) -> Row {
        let owned = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let id = |id: &[u8]| owned(id).to_ascii_lowercase();
        let mut fields = Vec::with_capacity(5);
        for (name, value) in [("section", self.prefix), ("tag", self.detail)] {
            if !value.is_empty() {
                fields.push((name.to_owned(), owned(value)));
            }
        }
        fields.push(("pid".to_owned(), id(self.pid)));
        fields.push(("tid".to_owned(), id(self.tid)));
        fields.push(("text".to_owned(), owned(self.text)));
        Row {
            origin,
            time: owned(self.time),
            stamp: Stamp::File(self.minute + self.inside),
            node: String::new(),
            provider: owned(self.tag),
            id: None,
            level: owned(self.level),
            fields,
        }
    }
}

/// Lines longer than this are left to the careful reading.
const LONGEST: usize = 1 << 16;

/// The longest bracketed channel in front.
const PREFIX: usize = 16;

/// Where the ids stand in a line that begins an entry beyond doubt.
#[inline]
pub(super) fn begin(text: &[u8]) -> Option<usize> {
    if begins(text) {
        return Some(0);
    }
    let inside = text.strip_prefix(b"[")?;
    let word = inside.iter().take(PREFIX + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let at = word + 3;
    let fits = word > 0 && word <= PREFIX && inside[word..].starts_with(b"] ") && begins(text.get(at..)?);
    fits.then_some(at)
}

/// Takes apart a line without its line feed, whose ids stand at `ids`.
#[inline]
pub(super) fn plain<'a>(line: &'a [u8], ids: usize, clock: &mut Clock) -> Option<Plain<'a>> {
    let line = match line {
        [line @ .., b'\r'] => line,
        line => line,
    };
    let (head, rest) = line.get(ids..)?.split_first_chunk::<IDS>()?;
    let (pid, tid) = (head.first_chunk::<8>()?, head[9..].first_chunk::<8>()?);
    let prefix = if ids == 0 { &[][..] } else { &line[1..ids - 2] };
    let (time, rest) = rest.split_first_chunk::<TIME>()?;
    let rest = spaces(rest.strip_prefix(b" ")?);
    let (level, rest) = match rest {
        [b'I', b'N', b'F', b'O', b' ', ..] | [b'W', b'A', b'R', b'N', b' ', ..] => rest.split_at(4),
        [b'E', b'R', b'R', b' ', ..] | [b'D', b'B', b'G', b' ', ..] => rest.split_at(3),
        _ => return None,
    };
    let inside = spaces(rest).strip_prefix(b"[")?;
    // The longest tag has nine letters.
    let word = inside.iter().take(32).position(|byte| matches!(byte, b' ' | b']'))?;
    let tag = &inside[..word];
    let named = tag.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !named || !tag.first()?.is_ascii_alphabetic() {
        return None;
    }
    let close = match inside[word] {
        b']' => word,
        _ => memchr::memchr(b']', &inside[..inside.len().min(129)])?,
    };
    let detail = spaces(&inside[word..close]);
    if !detail.first().is_none_or(u8::is_ascii_graphic) {
        return None;
    }
    let text = &inside[close + 1..];
    let text = spaces(text.strip_prefix(b":").unwrap_or(text)).trim_ascii_end();
    // White space beyond ASCII, and the one that Rust does not count to it.
    if !text.last().is_none_or(u8::is_ascii_graphic) {
        return None;
    }
    if line.len() > LONGEST || !(line.is_ascii() || std::str::from_utf8(line).is_ok()) {
        return None;
    }
    let (minute, inside) = clock.split(time)?;
    Some(Plain { prefix, pid, tid, time, minute, inside, level, tag, detail, text })
}

#[cfg(test)]
mod tests {
    use super::{Plain, begin, plain};
    use crate::fact::Stamp;
    use crate::source::cluster_log::line::{self, Line};
    use crate::source::cluster_log::raw::Clock;

    /// A line that is taken tells the same as by a careful look; others are left to that.
    fn check(text: &str, taken: bool) {
        let bytes = text.as_bytes();
        let got = begin(bytes).and_then(|ids| plain(bytes, ids, &mut Clock::default()));
        assert_eq!(got.is_some(), taken, "{text}");
        let Some(Plain { prefix, pid, tid, time, minute, inside, level, tag, detail, text: told }) = got
        else {
            return;
        };
        let at = line::begin(text).expect("an entry");
        assert_eq!((at.skip, at.pasted), (0, false), "{text}");
        let line = Line::parse(text.strip_suffix('\r').unwrap_or(text)).expect("a line");
        let shown = |id: &[u8]| String::from_utf8_lossy(id).to_ascii_lowercase();
        assert_eq!(
            [line.prefix, line.time, line.level, line.tag, line.tag_detail, line.text].map(str::as_bytes),
            [prefix, time, level, tag, detail, told],
            "{text}"
        );
        assert_eq!(line.stamp, Stamp::File(minute + inside), "{text}");
        let ids = [line.pid, line.tid].map(|id| format!("{:08x}", id.expect("an id")));
        assert_eq!(ids, [shown(pid), shown(tid)], "{text}");
    }

    #[test]
    fn what_is_beyond_doubt() {
        let (ids, time) = ("00000abc.00000DEF::", "2021/03/04-05:06:07.089");
        for (text, taken) in [
            ("INFO  [RCM] moved", true),
            ("INFO  [RCM] moved\r", true),
            ("INFO  [RCM]: moved \t ", true),
            ("INFO    [RCM]   moved", true),
            ("WARN  [IM - public] Größe 5", true),
            ("ERR   [RES] ", true),
            ("DBG   [FTI][Follower] \u{1} \"x\\y\" é", false),
            ("DBG   [FTI][Follower] \u{1} \"x\\y\" é.", true),
            ("DBG   [FTI][Follower] wide space\u{3000}", false),
            ("DBG   [FTI][Follower] form feed\u{b}", false),
            ("DBG   [CHANNEL   10.0.0.1:~3343~] x", true),
            ("DBG   [CHANNEL  \t 10.0.0.1:~3343~] x", false),
            ("INFO  [] x", false),
            ("INFO  [1x] x", false),
            ("INFO  [a.b] x", false),
            ("INFO  [RCM moved", false),
            ("INFO  a::b::C[RCM] x", false),
            ("INFO  an event", false),
            ("INFO\t[RCM] x", false),
            ("INFORM [RCM] x", false),
            ("[NM] old", false),
            ("INFO", false),
        ] {
            check(&format!("{ids}{time} {text}"), taken);
            check(&format!("[Verbose] {ids}{time} {text}"), taken);
            check(&format!("[Two words] {ids}{time} {text}"), false);
            check(&format!("[Verbose]  {ids}{time} {text}"), false);
            check(&format!("> {ids}{time} {text}"), false);
            check(&format!("abc.def::{time} {text}"), false);
            check(&format!("{ids}2021/13/04-05:06:07.089 {text}"), false);
            check(&format!("{ids}1601/01/01-00:00:00.000 {text}"), false);
            check(&format!("{ids}2021/03/04-05:06:07:089 {text}"), false);
            check(&format!("{ids}{time}{text}"), false);
        }
        let long = format!("{ids}{time} INFO  [X {}] x", "d".repeat(126));
        check(&long, true);
        check(&long.replace("[X ", "[X d"), false);
    }
}
