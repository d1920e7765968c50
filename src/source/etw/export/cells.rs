//! Cells between commas as tracerpt and xperf write them: blanks around them, strings in quotes that may hold commas.
//!
//! How a quote inside a string is written is published nowhere: a quote ends a string only where a comma and a blank, a
//! comma and the next string, or the end follow.

/// One cell.
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// It is a string.
    pub(super) quoted: bool,
    /// Nothing ends it.
    pub(super) open: bool,
}

/// The cells of a line.
pub(super) struct Parts<'a> {
    rest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: Some(text) }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let rest = self.rest?.trim_start_matches([' ', '\t']);
        let Some(inside) = rest.strip_prefix('"') else {
            let (cell, tail) = rest.split_once(',').map_or((rest, None), |(cell, tail)| (cell, Some(tail)));
            self.rest = tail;
            return Some(Part { text: cell.trim(), quoted: false, open: false });
        };
        // `", ` ends it, or `"` at the end; `",x` is part of the string.
        let end = inside.match_indices('"').find_map(|(at, _)| {
            let behind = inside[at + 1..].trim_start_matches(' ');
            match behind.strip_prefix(',') {
                _ if behind.trim().is_empty() => Some((at, None)),
                Some(tail) if tail.is_empty() || tail.starts_with([' ', '"']) => Some((at, Some(tail))),
                _ => None,
            }
        });
        let (end, tail) = end.unwrap_or((inside.len(), None));
        self.rest = tail;
        Some(Part { text: &inside[..end], quoted: true, open: end == inside.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;

    #[test]
    fn parts() {
        let check = |text: &str, expect: &[&str]| {
            let mark = |open: bool| if open { "..." } else { "" };
            let told: Vec<String> = Parts::new(text)
                .map(|part| {
                    let quote = if part.quoted { "'" } else { "" };
                    format!("{quote}{}{quote}{}", part.text, mark(part.open))
                })
                .collect();
            assert_eq!(told, expect, "{text}");
        };
        check(" 0x1F1F, DXGI_PRESENT_TEST , 1", &["0x1F1F", "DXGI_PRESENT_TEST", "1"]);
        check(r#" "a, b","c" , 2"#, &["'a, b'", "'c'", "2"]);
        check(r#" "say "x",y", 3"#, &[r#"'say "x",y'"#, "3"]);
        check(r#""a "b" c""#, &[r#"'a "b" c'"#]);
        check(r#"1, "never ended, 2"#, &["1", "'never ended, 2'..."]);
        check("", &[""]);
        check("1,", &["1", ""]);
        check(r#""", 1"#, &["''", "1"]);
    }
}
