//! `Format-Table` and console tables: a header, a line of dashes, rows up to an empty line.
//!
//! PowerShell underlines the label, not the column, and sets numbers to the right, so a column's border is the
//! rightmost place between two labels that is blank in every row. Widths are counted in console cells: East
//! Asian characters take two.

use std::sync::Arc;

use super::super::object::{Body, Node, Object};
use super::{Line, value};

/// Is line `at` the header of a table?
pub(super) fn begins(lines: &[Line<'_>], at: usize) -> bool {
    let header = lines[at].text.trim();
    !header.is_empty() && !underline(header) && lines.get(at + 1).is_some_and(|line| underline(line.text))
}

/// Reads the table that begins at line `from`; answers its rows with the number of the line after it.
pub(super) fn read(lines: &[Line<'_>], from: usize) -> (Vec<Node>, usize) {
    let header = cells(lines[from].text);
    let dashes = cells(lines[from + 1].text);
    let mut next = from + 2;
    while next < lines.len() && !lines[next].text.trim().is_empty() && !begins(lines, next) {
        next += 1;
    }
    let rows: Vec<Vec<char>> = lines[from + 2..next].iter().map(|line| cells(line.text)).collect();
    let borders = borders(&header, &dashes, &rows);
    let labels: Vec<Arc<str>> =
        borders.iter().map(|&(start, end)| Arc::from(slice(&header, start, end).trim())).collect();
    let widest: Vec<usize> =
        borders.iter().map(|&span| rows.iter().map(|row| extent(row, span)).max().unwrap_or(0)).collect();

    let mut out = Vec::new();
    let mut number = 0;
    while number < rows.len() {
        let (row, line) = (&rows[number], lines[from + 2 + number]);
        let wrapped =
            rows.get(number + 1).map(|below| wraps(row, below, &borders, &widest)).unwrap_or_default();
        let props = borders.iter().enumerate().map(|(column, &(start, end))| {
            let text = slice(row, start, end);
            // A cell that runs over its border has pushed the row out of its columns.
            let run_over = [start, end].iter().any(|&at| at > 0 && filled(row, at - 1) && filled(row, at));
            let body = if wrapped.contains(&column) || run_over {
                Body::Cut(Arc::from(text.trim()))
            } else {
                value(&text, line.at)
            };
            (Arc::clone(&labels[column]), Node::new(line.at, body))
        });
        let object = Object::new(Vec::new(), None, props.collect(), Some(Arc::from(line.text.trim_end())));
        out.push(Node::new(line.at, Body::Object(Arc::new(object))));
        number += if wrapped.is_empty() { 1 } else { 2 };
    }
    (out, next)
}

/// Dashes and spaces only, and more than a lone dash.
fn underline(line: &str) -> bool {
    let line = line.trim();
    line.contains("--") && line.bytes().all(|b| b == b'-' || b == b' ')
}

/// A character a console cell; the second cell of a wide character is NUL.
fn cells(line: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(line.len());
    for character in line.chars() {
        out.push(character);
        if wide(character) {
            out.push('\0');
        }
    }
    out
}

/// The ranges of East Asian wide and full-width characters (Unicode UAX 11), roughly.
fn wide(character: char) -> bool {
    matches!(u32::from(character),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x20000..=0x3fffd)
}

fn filled(row: &[char], at: usize) -> bool {
    row.get(at).is_some_and(|c| *c != ' ')
}

fn slice(row: &[char], start: usize, end: usize) -> String {
    let end = end.min(row.len());
    row.get(start..end).unwrap_or_default().iter().filter(|c| **c != '\0').collect()
}

/// Where the text of a cell ends; 0 for an empty one.
fn extent(row: &[char], (start, end): (usize, usize)) -> usize {
    let end = end.min(row.len());
    (start..end).rev().find(|&at| filled(row, at)).map_or(0, |at| at + 1)
}

/// Start and end of each column; the last one is open.
fn borders(header: &[char], dashes: &[char], rows: &[Vec<char>]) -> Vec<(usize, usize)> {
    let groups = runs(dashes, 1);
    let labels = runs(header, 2);
    // mpclaim draws one line under all of its labels.
    let starts: Vec<usize> = if groups.len() == 1 && labels.len() > 1 {
        labels.iter().map(|&(start, _)| start).collect()
    } else {
        let mut starts = vec![0];
        for pair in groups.windows(2) {
            let (left_end, right_start) = (pair[0].1, pair[1].0);
            let blank = |at: usize| !filled(header, at) && rows.iter().all(|row| !filled(row, at));
            starts.push((left_end..right_start).rev().find(|&at| blank(at)).map_or(right_start, |at| at + 1));
        }
        starts
    };
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    starts.iter().copied().zip(ends).collect()
}

/// Stretches of text with at least `gap` blanks between them.
fn runs(row: &[char], gap: usize) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for at in (0..row.len()).filter(|&at| filled(row, at)) {
        match out.last_mut() {
            Some((_, end)) if at < *end + gap => *end = at + 1,
            _ => out.push((at, at + 1)),
        }
    }
    out
}

/// The columns of `row` that go on in `below`, as `Format-Table -Wrap` prints it: the first cell below is
/// empty, and every filled cell below stands under one that fills its column.
fn wraps(row: &[char], below: &[char], borders: &[(usize, usize)], widest: &[usize]) -> Vec<usize> {
    let first_empty = borders.first().is_some_and(|&span| extent(below, span) == 0);
    if borders.len() < 2 || !first_empty {
        return Vec::new();
    }
    let under: Vec<usize> = (0..borders.len()).filter(|&column| extent(below, borders[column]) > 0).collect();
    let full = |column: &usize| extent(row, borders[*column]) == widest[*column];
    if under.iter().all(full) { under } else { Vec::new() }
}
