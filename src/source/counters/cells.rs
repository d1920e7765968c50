//! Cells of a line, and the local time that a sample begins with.
//!
//! PDH puts every cell in quotes and between commas or tabs, writes times as `MM/DD/YYYY hh:mm:ss.fff` on every
//! system, and a blank for a sample that is missing (learn.microsoft.com, "Log File Formats").

use chrono::NaiveDateTime;

/// The cells of one line, each with the offset in the line at which its text begins.
pub(super) struct Cells<'a> {
    text: &'a str,
    at: Option<usize>,
    delimiter: u8,
}

impl<'a> Cells<'a> {
    pub(super) fn new(text: &'a str, delimiter: u8) -> Self {
        Self { text, at: Some(0), delimiter }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at?;
        let rest = &self.text.as_bytes()[at..];
        let quoted = rest.first() == Some(&b'"');
        let from = usize::from(quoted);
        let ends = |end: usize| rest.get(end + 1).is_none_or(|next| *next == self.delimiter);
        let end = if quoted {
            memchr::memchr_iter(b'"', &rest[1..]).map(|end| end + 1).find(|&end| ends(end))
        } else {
            memchr::memchr(self.delimiter, rest)
        };
        // A quote that nothing closes: the line was cut inside the cell.
        let end = end.unwrap_or(rest.len());
        let next = if quoted { end + 2 } else { end + 1 };
        self.at = (next <= rest.len()).then_some(at + next);
        Some((at + from, self.text.get(at + from..at + end).unwrap_or_default()))
    }
}

/// Nanoseconds since 1970 of the local time, as if it were UTC.
pub(super) fn local_time(text: &str) -> Option<i64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let time = NaiveDateTime::parse_from_str(whole, "%m/%d/%Y %H:%M:%S").ok()?;
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    time.and_utc().timestamp().checked_mul(1_000_000_000)?.checked_add(nanos)
}

/// The value of a cell; `None` for a sample that is missing (blank, or `-1` as typeperf prints it).
pub(super) fn value(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::{Cells, local_time, value};

    #[test]
    fn cells_with_offsets() {
        let check = |text: &str, delimiter: u8, expect: &[(usize, &str)]| {
            assert_eq!(Cells::new(text, delimiter).collect::<Vec<_>>(), expect, "{text}");
        };
        check(r#""a","b c"," ","""#, b',', &[(1, "a"), (5, "b c"), (11, " "), (15, "")]);
        check("\"a\"\t\"b,c\"", b'\t', &[(1, "a"), (5, "b,c")]);
        check(r#""x "quoted" y","2""#, b',', &[(1, r#"x "quoted" y"#), (16, "2")]);
        check("a,b", b',', &[(0, "a"), (2, "b")]);
        check("a,", b',', &[(0, "a"), (2, "")]);
        check(r#""cut"#, b',', &[(1, "cut")]);
        check(r#"""#, b',', &[(1, "")]);
        check("", b',', &[(0, "")]);
        check("\"ä\",\"ö", b',', &[(1, "ä"), (6, "ö")]);
    }

    #[test]
    fn times_and_values() {
        assert_eq!(local_time("01/02/1970 00:00:01.250"), Some(86_401_250_000_000));
        assert_eq!(local_time("01/02/1970 00:00:01"), Some(86_401_000_000_000));
        for text in ["13/02/1970 00:00:01", "02.01.1970 00:00:01", "", "01/02/1970 00:00:01.+5"] {
            assert_eq!(local_time(text), None, "{text}");
        }
        let values = ["88.3593406745", " ", "-1", "0", "1e3", "nan", "inf", "x"].map(value);
        assert_eq!(values, [Some(88.359_340_674_5), None, None, Some(0.0), Some(1000.0), None, None, None]);
    }
}
