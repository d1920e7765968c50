//! Drawing: a title, the axis, the lanes, a line on the span under the cursor, the lists, and what the keys do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style as Look};

use super::lanes::Lane;
use super::mark::{names_nodes, node_letter};
use super::{Asked, Browser, Focus, Tab, help};
use crate::fact::Instant;
use crate::report::quote;
use crate::report::style::Tone;
use crate::words;

/// Below this nothing can be read.
const SMALLEST: (u16, u16) = (24, 7);
/// Title, axis, span, lists, keys.
const FRAME: usize = 5;
/// Rows from which lanes and lists share the screen; below it the one with the focus has it.
const SHARED: usize = 9;
const KEYS: &str = "? help  q quit  Tab lists  Enter evidence  / search  f filter  + - zoom  w next change";
/// Colours of nodes; each stands for several, their names and letters tell them apart.
const NODES: [Color; 6] =
    [Color::Cyan, Color::Magenta, Color::Blue, Color::Green, Color::Yellow, Color::LightRed];

/// Where a line goes, and how much of it.
struct Place {
    x: u16,
    y: u16,
    room: usize,
}

impl Browser<'_> {
    /// Draws everything into an area of the screen.
    pub fn draw(&mut self, area: Rect, out: &mut Buffer) {
        self.wanted.clear();
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        let line = |y: usize| Place { x: area.x, y: area.y + y as u16, room: width };
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            if height > 0 {
                put(out, &line(0), "too small; q quits", Look::default());
            }
            return;
        }
        if self.help.is_some() {
            self.draw_help(area, out);
            return;
        }
        let room = height - FRAME;
        (self.lane_rows, self.lower_rows) = match (room >= SHARED, self.focus) {
            (true, _) => (room * 3 / 5, room - room * 3 / 5),
            (false, Focus::Lanes) => (room, 0),
            (false, Focus::Lower) => (0, room),
        };
        // On narrow screens a lane that has a name is worth more than time told more finely.
        let label = (width / 3).max((width / 2).min(20)).clamp(10, 34);
        self.view.resize(width - label);
        put(out, &line(0), &self.title(), self.look(Some(Tone::Head)));
        self.draw_axis(out, &line(1), label);
        self.lane_top = scrolled(self.lane_top, self.lane, self.lane_rows);
        let shown = self.visible.iter().enumerate().skip(self.lane_top).take(self.lane_rows);
        let mut before = None;
        for (row, (place, &at)) in shown.enumerate() {
            self.draw_lane(out, &line(2 + row), label, (place, at), before);
            before = Some(self.lanes.all[at].group);
        }
        let below = 2 + self.lane_rows;
        put(out, &line(below), &quote::shortened(&self.span_summary(), width), Look::default());
        self.draw_tabs(out, &line(below + 1));
        let lower = Rect { y: area.y + below as u16 + 2, height: self.lower_rows as u16, ..area };
        match self.tab {
            Tab::Findings => self.draw_findings(out, lower),
            _ => self.draw_lines(out, lower),
        }
        self.draw_bottom(out, &line(height - 1));
    }

    fn look(&self, tone: Option<Tone>) -> Look {
        let look = Look::default();
        let coloured = |colour| if self.style.colour { look.fg(colour) } else { look };
        match tone {
            None => look,
            Some(Tone::Head) => look.add_modifier(Modifier::BOLD),
            Some(Tone::Bad) => coloured(Color::Red).add_modifier(Modifier::BOLD),
            Some(Tone::Warn) => coloured(Color::Yellow),
            Some(Tone::Good) => coloured(Color::Green),
            Some(Tone::Faint) => coloured(Color::DarkGray),
        }
    }

    fn title(&self) -> String {
        let cluster = self.report.case.cluster.name.as_ref().map(ToString::to_string).unwrap_or_default();
        let (from, to) = self.view.shown();
        let when = match self.view.dated {
            true => {
                let long = words::length(to - from);
                let (from, to) = (words::instant(Instant(from)), words::instant(Instant(to)));
                self.zoned(&format!("{from} to {to} ({long})"))
            }
            false => "the time of collection, which nothing dates".to_owned(),
        };
        let zoom = self.view.zoom();
        let zoom = if zoom > 1.05 { format!("  x{zoom:.1}") } else { String::new() };
        quote::line(&format!("throughline {cluster}  {when}{zoom}"))
    }

    fn draw_axis(&self, out: &mut Buffer, line: &Place, label: usize) {
        let from = self.zoned(&words::instant(Instant(self.view.shown().0)));
        let day = from.split(' ').next().unwrap_or("").to_owned();
        let faint = self.look(Some(Tone::Faint));
        put(out, &Place { room: label, ..*line }, &if self.view.dated { day } else { String::new() }, faint);
        if self.view.dated {
            for (column, text) in self.view.marks(13, self.style.zone) {
                let at = label + column;
                let text = format!("|{text}");
                put(out, &Place { x: line.x + at as u16, room: line.room - at, ..*line }, &text, faint);
            }
        }
        let cursor = label + self.view.cursor_column();
        let place = Place { x: line.x + cursor as u16, room: 1, ..*line };
        put(out, &place, "v", self.look(Some(Tone::Head)));
    }

    fn draw_lane(
        &self,
        out: &mut Buffer,
        line: &Place,
        label: usize,
        (place, at): (usize, usize),
        above: Option<usize>,
    ) {
        let lane = &self.lanes.all[at];
        let selected = place == self.lane;
        let cursor = match (selected, self.focus) {
            (true, Focus::Lanes) => '>',
            (true, Focus::Lower) => ':',
            (false, _) => ' ',
        };
        let fold = match lane.head && lane.more && self.filter.is_empty() {
            true if self.folded[lane.group] => '+',
            true => '-',
            false => ' ',
        };
        let notable = if lane.notable { '!' } else { ' ' };
        // The gutter has three columns, a blank parts name and track.
        let subject = (above != Some(lane.group)).then_some(lane.subject.as_str());
        let text = label_text(subject, &lane.what, label.saturating_sub(4));
        let look = if selected { Look::default().add_modifier(Modifier::REVERSED) } else { Look::default() };
        put(out, &Place { room: label - 1, ..*line }, &format!("{cursor}{fold}{notable}{text}"), look);
        let track = Place { x: line.x + label as u16, room: line.room - label, ..*line };
        self.draw_track(out, &track, lane);
        if let Some(cell) = out.cell_mut((track.x + self.view.cursor_column() as u16, track.y)) {
            cell.set_style(Look::default().add_modifier(Modifier::REVERSED));
        }
    }

    fn draw_track(&self, out: &mut Buffer, track: &Place, lane: &Lane) {
        let columns = self.lanes.columns(lane, track.room, |column| self.view.cell(column));
        let mut at = 0;
        while at < columns.len() {
            let run = columns[at..].iter().take_while(|cell| **cell == columns[at]).count();
            let place = Place { x: track.x + at as u16, room: run, ..*track };
            if let Some((entry, several)) = columns[at] {
                let mark = self.lanes.entries[entry].mark;
                let look = match mark.node {
                    Some(node) if self.style.colour => Look::default().fg(NODES[node % NODES.len()]),
                    _ => self.look(mark.tone),
                };
                let text = match mark.node {
                    _ if several => "+".repeat(run),
                    Some(node) if names_nodes(lane.kind) => self.named(node, mark.letter, run),
                    _ => String::from(mark.letter).repeat(run),
                };
                put(out, &place, &text, look);
            }
            at += run;
        }
    }

    /// A stretch of a node: its name and the fill, its letter and the fill, or the letter.
    fn named(&self, node: usize, fill: char, run: usize) -> String {
        let name = quote::line(&self.lanes.nodes[node]);
        let wide = quote::columns(&name);
        let (name, wide) = if wide < run { (name, wide) } else { (node_letter(node).to_string(), 1) };
        format!("{name}{}", String::from(fill).repeat(run.saturating_sub(wide)))
    }

    fn draw_tabs(&self, out: &mut Buffer, line: &Place) {
        let text = Tab::ALL.map(|tab| {
            let name = match tab {
                Tab::Findings => format!("Findings {}", self.report.findings.len()),
                Tab::Evidence => "Evidence".to_owned(),
                Tab::Gaps => {
                    let left = self.unexplained.values().map(Vec::len).sum::<usize>();
                    format!("Could not tell {}", self.report.not_judged.len() + left)
                }
                Tab::Told => format!("Told {}", self.report.advice.len()),
            };
            match (tab == self.tab, self.focus) {
                (true, Focus::Lower) => format!("[>{name}]"),
                (true, Focus::Lanes) => format!("[{name}]"),
                (false, _) => format!(" {name} "),
            }
        });
        let text = format!("--{}", text.join("-"));
        let rule = "-".repeat(line.room.saturating_sub(quote::columns(&text)));
        put(out, line, &format!("{text}{rule}"), self.look(Some(Tone::Head)));
    }

    fn draw_findings(&mut self, out: &mut Buffer, area: Rect) {
        let rows = usize::from(area.height);
        self.finding_top = scrolled(self.finding_top, self.finding, rows);
        if self.report.findings.is_empty() && rows > 0 {
            let place = Place { x: area.x, y: area.y, room: usize::from(area.width) };
            put(out, &place, "Nothing was found. What could not be told has its own list.", Look::default());
        }
        let shown = self.report.findings.iter().enumerate().skip(self.finding_top).take(rows);
        for (row, (at, finding)) in shown.enumerate() {
            let place = Place { x: area.x, y: area.y + row as u16, room: usize::from(area.width) };
            let focused = self.focus == Focus::Lower;
            let cursor = match (at == self.finding, focused) {
                (true, true) => '>',
                (true, false) => ':',
                (false, _) => ' ',
            };
            let head = format!("{cursor}{:<15} ", finding.verdict.word());
            let title = quote::line(&format!("{} [{}]", finding.title, finding.span.certainty.word()));
            let title = quote::shortened(&title, place.room.saturating_sub(quote::columns(&head)));
            let look = if at == self.finding && focused {
                Look::default().add_modifier(Modifier::REVERSED)
            } else {
                Look::default()
            };
            put(out, &place, &format!("{head}{title}"), look);
        }
    }

    fn draw_lines(&mut self, out: &mut Buffer, area: Rect) {
        let (width, rows) = (usize::from(area.width), usize::from(area.height));
        let mut lines = self.lower_lines(width, self.scroll + rows);
        if lines.complete {
            let last = lines.all.len().saturating_sub(rows);
            self.scroll = self.scroll.min(last);
        }
        for (row, (text, tone)) in lines.all.iter().skip(self.scroll).take(rows).enumerate() {
            let place = Place { x: area.x, y: area.y + row as u16, room: width };
            put(out, &place, text, self.look(*tone));
        }
        self.wanted.append(&mut lines.wanted);
    }

    fn draw_bottom(&self, out: &mut Buffer, line: &Place) {
        let text = match self.asked {
            Some(asked) => {
                let what = match asked {
                    Asked::Search => "search: ",
                    Asked::Filter => "filter: ",
                };
                // The end of what is typed stays in sight.
                let typed = quote::line(&format!("{what}{}", self.typed.replace(' ', "\u{a0}")));
                let typed = format!("{typed}_");
                let over = quote::columns(&typed).saturating_sub(line.room);
                typed.chars().skip(over).collect()
            }
            None if !self.message.is_empty() => quote::line(&self.message),
            None => format!("{}{KEYS}", self.filters()),
        };
        put(out, line, &text, self.look(Some(Tone::Head)));
    }

    fn filters(&self) -> String {
        let mut out = Vec::new();
        if !self.filter.words.is_empty() {
            out.push(format!("filter `{}`", quote::line(&self.filter.words.join(" "))));
        }
        if self.filter.notable {
            out.push("only notable".to_owned());
        }
        if let Some(finding) = self.filter.finding {
            out.push(format!("only finding {}", finding + 1));
        }
        if out.is_empty() { String::new() } else { format!("[{}; x: off] ", out.join(", ")) }
    }

    fn draw_help(&self, area: Rect, out: &mut Buffer) {
        let rows = usize::from(area.height) - 1;
        let lines = help::lines(&self.lanes.nodes);
        let room = usize::from(area.width);
        let top = self.help.unwrap_or(0);
        for (row, text) in lines.iter().skip(top).take(rows).enumerate() {
            let place = Place { x: area.x, y: area.y + row as u16, room };
            let head = text.chars().next().is_some_and(char::is_uppercase);
            put(out, &place, text, self.look(head.then_some(Tone::Head)));
        }
        let place = Place { x: area.x, y: area.y + rows as u16, room };
        put(out, &place, "Down and Up scroll; any other key goes back", self.look(Some(Tone::Head)));
    }
}

/// The first row to show, so that row `at` is among them.
fn scrolled(top: usize, at: usize, rows: usize) -> usize {
    top.min(at).max((at + 1).saturating_sub(rows.max(1)))
}

/// A lane's name in so many columns. What of the subject it shows stays whole where anything of the subject's name can
/// stand before it.
fn label_text(subject: Option<&str>, what: &str, room: usize) -> String {
    const LEAST: usize = 4;
    let before = room.saturating_sub(quote::columns(what) + 1);
    match subject {
        None => format!(" {}", clipped(what, room.saturating_sub(1))),
        Some(subject) if before >= LEAST.min(quote::columns(subject)) => {
            format!("{} {what}", clipped(subject, before))
        }
        Some(subject) => clipped(&format!("{subject} {what}"), room),
    }
}

/// At most `most` columns: begin and end stay, the middle becomes `~`.
fn clipped(text: &str, most: usize) -> String {
    if quote::columns(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let head = quote::taken(text.chars(), room - room / 2);
    let tail: Vec<char> = quote::taken(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{}~{}", head.trim_end(), tail.iter().collect::<String>().trim_start())
}

/// Writes a text, and no more of it than there is room for.
fn put(out: &mut Buffer, place: &Place, text: &str, look: Look) {
    out.set_stringn(place.x, place.y, text, place.room, look);
}
