//! Lines of a text report: never wider than [`Page::WIDTH`], never anything in them that a terminal would obey.

use super::quote;
use super::style::{Style, Tone};
use crate::words;

/// Text under construction.
pub(super) struct Page {
    out: String,
    style: Style,
}

impl Page {
    /// Columns of the widest line.
    pub(super) const WIDTH: usize = 100;

    pub(super) fn new(style: Style) -> Self {
        Self { out: String::new(), style }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An empty line; never two together, none at the top.
    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// The heading of a section.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        let text = quote::shortened(&quote::line(&self.ours(text)), Self::WIDTH);
        self.out.push_str(&self.style.paint(Tone::Head, &text));
        self.out.push('\n');
    }

    /// A wrapped paragraph.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) {
        self.hanging(indent, "", text, None);
    }

    /// A wrapped paragraph in a tone.
    pub(super) fn toned(&mut self, tone: Tone, text: &str) {
        for line in quote::wrapped(&quote::line(&self.ours(text)), Self::WIDTH) {
            self.out.push_str(&self.style.paint(tone, &line));
            self.out.push('\n');
        }
    }

    /// A wrapped paragraph after a label of ours, the rest of it under its beginning.
    pub(super) fn hanging(&mut self, indent: usize, label: &str, text: &str, tone: Option<Tone>) {
        let (label, text) = (self.ours(label), self.ours(text));
        self.hung(indent, label, &text, tone);
    }

    /// Text of ours, with its times in the zone that is asked for. What is quoted stays as it is.
    fn ours(&self, text: &str) -> String {
        self.style.zone.map_or_else(|| text.to_owned(), |zone| words::in_zone(text, zone))
    }

    fn hung(&mut self, indent: usize, label: String, text: &str, tone: Option<Tone>) {
        let hang = indent + quote::columns(&label);
        let lines = quote::wrapped(&quote::line(text), Self::WIDTH.saturating_sub(hang));
        for (at, line) in lines.iter().enumerate() {
            let blanks = " ".repeat(if at == 0 { indent } else { hang });
            self.out.push_str(&blanks);
            if at == 0 {
                self.out.push_str(&tone.map_or(label.clone(), |tone| self.style.paint(tone, &label)));
            }
            self.out.push_str(line);
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.push('\n');
        }
    }

    /// A step: prose, and its commands on lines of their own.
    pub(super) fn step(&mut self, indent: usize, label: &str, text: &str) {
        let mut lines = text.lines();
        self.hanging(indent, label, lines.next().unwrap_or_default(), None);
        let under = indent + quote::columns(label);
        for command in lines {
            self.command(under + 2, command);
        }
    }

    /// A command, to be copied.
    pub(super) fn command(&mut self, indent: usize, text: &str) {
        for line in quote::command(&quote::line(text), Self::WIDTH - indent) {
            self.out.push_str(&" ".repeat(indent));
            self.out.push_str(&self.style.paint(Tone::Good, &line));
            self.out.push('\n');
        }
    }

    /// One line, shortened in the middle where it is too long.
    pub(super) fn one_line(&mut self, indent: usize, text: &str, tone: Option<Tone>) {
        let line = quote::shortened(&quote::line(text), Self::WIDTH - indent);
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(&tone.map_or(line.clone(), |tone| self.style.paint(tone, &line)));
        self.out.push('\n');
    }

    /// At most `most` lines, wrapped at blanks; longer text is shortened in the middle first.
    pub(super) fn lines(&mut self, indent: usize, most: usize, text: &str) {
        let width = Self::WIDTH - indent;
        let mut room = width * most;
        let mut lines = quote::wrapped(text, width);
        // Wrapping leaves ends of lines empty, so the first guess may be a little too long.
        while lines.len() > most && room > width {
            lines = quote::wrapped(&quote::shortened(text, room), width);
            room -= width / 8;
        }
        for line in lines {
            self.one_line(indent, &line, None);
        }
    }

    /// A place, whole, and what stands there: behind it where a good part fits, else below it.
    pub(super) fn quoted(&mut self, indent: usize, place: &str, text: Option<&str>) {
        const WORTH: usize = 40;
        let place = quote::line(place);
        let text = text.map(|text| format!("\"{}\"", quote::line(text)));
        let room = Self::WIDTH.saturating_sub(indent + quote::columns(&place) + 1);
        match text {
            Some(text) if room >= WORTH.min(quote::columns(&text)) => {
                let text = quote::shortened(&text, room);
                self.hung(indent, String::new(), &format!("{place} {text}"), Some(Tone::Faint));
            }
            text => {
                self.hung(indent, String::new(), &place, Some(Tone::Faint));
                if let Some(text) = text {
                    self.one_line(indent + 2, &text, None);
                }
            }
        }
    }

    /// Columns side by side, as wide as their widest cell but no wider than `most` gives; the last takes the rest.
    pub(super) fn table(&mut self, indent: usize, rows: &[Vec<String>], most: usize) {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let cells: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| quote::line(&self.ours(cell))).collect()).collect();
        let wide = |at: usize| cells.iter().filter_map(|row| row.get(at)).map(|c| quote::columns(c)).max();
        let widths: Vec<usize> = (0..count).map(|at| wide(at).unwrap_or(0).min(most)).collect();
        for row in &cells {
            let mut label = String::new();
            for (at, cell) in row.iter().enumerate().take(count.saturating_sub(1)) {
                let cell = quote::shortened(cell, widths[at]);
                label.push_str(&cell);
                label.push_str(&" ".repeat(widths[at] - quote::columns(&cell).min(widths[at]) + 2));
            }
            let room = Self::WIDTH.saturating_sub(indent + quote::columns(&label)).max(8);
            let last = row.get(count.saturating_sub(1)).cloned().unwrap_or_default();
            for (at, line) in quote::wrapped(&last, room).iter().enumerate() {
                let head = if at == 0 { label.clone() } else { " ".repeat(quote::columns(&label)) };
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str(&head);
                self.out.push_str(line);
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
            }
        }
    }
}
