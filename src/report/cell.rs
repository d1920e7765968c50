//! Cells of comma-separated output.

use super::quote;

/// A cell on one line, quoted where it must be. One that a spreadsheet would take for a formula begins with an
/// apostrophe, which spreadsheets take as "this is text".
pub(super) fn comma_separated(cell: &str) -> String {
    let mut cell = quote::line(cell);
    if cell.starts_with(['=', '+', '-', '@']) {
        cell.insert(0, '\'');
    }
    match cell.contains(['"', ',', ';', '\'']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::comma_separated;

    #[test]
    fn cells() {
        let check = |cell: &str, expect: &str| assert_eq!(comma_separated(cell), expect);
        check("plain", "plain");
        check("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"");
        check("\t@SUM(A1)", "\"'@SUM(A1)\"");
        check("-2+3", "\"'-2+3\"");
        check("a,b\r\nc", "\"a,b c\"");
    }
}
