//! Paths as reports show them: one spelling for folders and archives, safe to print, no two alike.

use std::collections::BTreeSet;

/// A member's or file's own name as part of a display path: `\` becomes `/` (older .NET writes it into zip
/// members), and whatever could mislead a reader is percent-encoded: control and direction characters,
/// empty, `.` and `..` components, a leading `/`, a drive letter's `:`, a `!` that would look like an
/// archive's border. `%` itself stays, event logs carry it in their names.
pub(super) fn display(name: &str) -> String {
    let name = name.replace('\\', "/");
    let trimmed = name.trim_end_matches('/');
    let parts: Vec<&str> = trimmed.split('/').collect();
    let mut out = String::with_capacity(trimmed.len());
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push('/');
        }
        match *part {
            "" if parts.len() > 1 => out.push_str("%2F"),
            "" => out.push_str("%00"),
            "." => out.push_str("%2E"),
            ".." => out.push_str("%2E%2E"),
            _ => {
                let last = part.len() - part.chars().next_back().map_or(0, char::len_utf8);
                for (index, letter) in part.char_indices() {
                    let drive = at == 0 && index == 1 && letter == ':';
                    if misleading(letter) || drive || (letter == '!' && index == last && at + 1 < parts.len())
                    {
                        percent(letter, &mut out);
                    } else {
                        out.push(letter);
                    }
                }
            }
        }
    }
    out
}

/// Control characters, and those that change the direction or visibility of what follows.
fn misleading(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn percent(letter: char, out: &mut String) {
    let mut bytes = [0; 4];
    for byte in letter.encode_utf8(&mut bytes).bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
}

/// `path`, or with ` (2)`, ` (3)` ... the first that is not taken; takes it.
pub(super) fn distinct(path: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = path.clone();
    let mut number = 1u64;
    while !taken.insert(candidate.clone()) {
        number += 1;
        candidate = format!("{path} ({number})");
    }
    candidate
}

/// Does the pattern fit the whole path, or, where it has no `/`, its last component? `*` stands for any
/// characters, `/` too, `?` for one. Case is ignored.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let fold = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let pattern_letters = fold(pattern);
    if glob(&pattern_letters, &fold(path)) {
        return true;
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    !pattern.contains('/') && glob(&pattern_letters, &fold(file))
}

/// Linear-memory matching with one point of return: the last `*`.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&letter) if letter == '?' || letter == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&letter| letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displayed() {
        let check = |name: &str, shown: &str| assert_eq!(display(name), shown, "{name:?}");
        check("Node_hv1\\fltmc.txt", "Node_hv1/fltmc.txt");
        check("Microsoft-Windows-Ntfs%4Operational.evtx", "Microsoft-Windows-Ntfs%4Operational.evtx");
        check("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd");
        check("/etc/passwd", "%2F/etc/passwd");
        check("C:\\Windows\\win.ini", "C%3A/Windows/win.ini");
        check("a\u{1b}[31m.log", "a%1B[31m.log");
        check("txt.\u{202E}gol", "txt.%E2%80%AEgol");
        check("a.zip!/b.log", "a.zip%21/b.log");
        check("hurry!", "hurry!");
        check("NUL", "NUL");
        check("", "%00");
    }

    #[test]
    fn patterns() {
        let yes = [
            ("*", "a/b"),
            ("*hv1*", "x/HV1_cluster.log"),
            ("hv?_*.log", "logs/hv2_cluster.log"),
            ("a/*/c.log", "a/b/b/c.log"),
            ("**a", "ba"),
        ];
        let no = [("hv1", "hv10"), ("a/c", "b/a/c"), ("?", ""), ("*b", "ba"), ("", "a")];
        yes.iter().for_each(|(pattern, path)| assert!(fits(pattern, path), "{pattern} {path}"));
        no.iter().for_each(|(pattern, path)| assert!(!fits(pattern, path), "{pattern} {path}"));
    }

    #[test]
    fn no_two_alike() {
        let mut taken = BTreeSet::new();
        let mut take = |path: &str| distinct(path.to_owned(), &mut taken);
        assert_eq!(
            [take("a"), take("a (2)"), take("a"), take("A")],
            ["a", "a (2)", "a (3)", "A"].map(String::from)
        );
    }
}
