//! Quoted text made safe to show: control characters out, long lines shortened in the middle. Names and lines come
//! from a bundle that anybody may have written, and go to a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Does the character change how a terminal or page shows its neighbours: control characters, escapes, marks that
/// turn the direction of writing, line separators?
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || turns(c)
}

/// Is the character not seen itself, and can it turn the direction of writing or hide in a name?
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// One line: white space of any kind becomes one blank, what is unsafe goes.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_unsafe(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// All lines, ends of line kept, tabs as blanks, what is unsafe out.
pub(super) fn full(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            '\t' => out.push(' '),
            c if is_unsafe(c) => {}
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Columns that a terminal needs for it.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// At most `most` columns: begin and end stay, the middle becomes ` ... `.
pub(super) fn shortened(text: &str, most: usize) -> String {
    const GAP: &str = " ... ";
    if columns(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(GAP.len());
    let head = taken(text.chars(), room - room / 3);
    let tail: Vec<char> = taken(text.chars().rev(), room / 3).chars().rev().collect();
    format!("{}{GAP}{}", head.trim_end(), tail.iter().collect::<String>().trim_start())
}

/// The first characters that need at most `most` columns together.
pub(super) fn taken(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= most
        })
        .collect()
}

/// The words of a paragraph as lines of at most `most` columns. A longer word is cut.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let most = most.max(8);
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        let needed = columns(&current) + usize::from(!current.is_empty()) + columns(&word);
        if !current.is_empty() && needed > most {
            out.push(std::mem::take(&mut current));
        }
        while columns(&word) > most {
            let head = taken(word.chars(), most);
            word = word[head.len()..].to_owned();
            out.push(head);
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    if !current.is_empty() || out.is_empty() {
        out.push(current);
    }
    out
}

/// A command as lines of at most `most` columns that can still be pasted: broken at blanks outside quotes, where
/// PowerShell reads on by itself (after a pipe, a comma, an opening brace, a semicolon), else after a backtick.
pub(super) fn command(text: &str, most: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_quotes = false;
    for part in text.split(' ') {
        match words.last_mut().filter(|_| in_quotes) {
            Some(last) => {
                last.push(' ');
                last.push_str(part);
            }
            None => words.push(part.to_owned()),
        }
        in_quotes ^= part.matches('\'').count() % 2 == 1;
    }
    let mut out: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in words {
        // Two columns stay free for the backtick.
        if !current.is_empty() && columns(&current) + 1 + columns(&word) + 2 > most {
            if !current.ends_with(['|', ',', '{', ';']) {
                current.push_str(" `");
            }
            out.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    out.push(current);
    // A name longer than the page cannot be kept whole.
    out.into_iter()
        .flat_map(|line| if columns(&line) > most { wrapped(&line, most) } else { vec![line] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{columns, command, full, line, shortened, wrapped};

    #[test]
    fn nothing_reaches_the_terminal() {
        assert_eq!(line("a\u{1b}[31m\tb\r\n\u{202e}c\u{7}\0  d "), "a[31m b c d");
        assert_eq!(full("a\u{1b}[0m\r\nb\u{2028}\tc\n\n"), "a[0m\nb c");
    }

    #[test]
    fn long_lines() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcdefghijklmnopqrstuvwxyz", 17), "abcdefgh ... wxyz");
        assert_eq!(columns("名前"), 4);
        assert!(columns(&shortened(&"名".repeat(60), 41)) <= 41);
        assert_eq!(shortened("abcdef", 2), " ... ");
    }

    #[test]
    fn wrapping() {
        let check = |text: &str, most, lines: &[&str]| assert_eq!(wrapped(text, most), lines, "{text}");
        check("", 10, &[""]);
        check("one two three", 9, &["one two", "three"]);
        check("abcdefghijklmnopqr x", 8, &["abcdefgh", "ijklmnop", "qr x"]);
        let check = |text: &str, most, lines: &[&str]| assert_eq!(command(text, most), lines, "{text}");
        check("Get-A | Where-Object B | Format-Table C", 26, &["Get-A | Where-Object B |", "Format-Table C"]);
        check("Set-A -Name 'a b c d' -To e", 18, &["Set-A -Name `", "'a b c d' -To e"]);
        check("mpclaim -s -d", 80, &["mpclaim -s -d"]);
    }
}
