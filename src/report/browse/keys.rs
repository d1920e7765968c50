//! What each key does.

use super::help;
use super::lanes::Lane;
use super::{Asked, Browser, Filter, Focus, Shown, Tab};
use crate::report::spans::Kind;

/// A key, whatever terminal it came from.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Key {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Backspace,
    /// The user wants out, whatever is open.
    Interrupt,
}

impl Browser<'_> {
    /// Does what a key asks for.
    pub fn key(&mut self, key: Key) {
        self.message.clear();
        if key == Key::Interrupt {
            self.over = true;
        } else if self.asked.is_some() {
            self.type_key(key);
        } else if let Some(top) = self.help {
            self.help_key(key, top);
        } else if !self.common_key(key) {
            match self.focus {
                Focus::Lanes => self.lane_key(key),
                Focus::Lower => self.lower_key(key),
            }
        }
    }

    fn type_key(&mut self, key: Key) {
        match key {
            Key::Char(c) if !c.is_control() && self.typed.len() < 200 => self.typed.push(c),
            Key::Backspace => {
                self.typed.pop();
            }
            Key::Esc => {
                self.asked = None;
                self.typed.clear();
            }
            Key::Enter => {
                let typed = std::mem::take(&mut self.typed);
                match self.asked.take() {
                    Some(Asked::Search) => {
                        // As in pagers, nothing typed searches on for the same.
                        if !typed.is_empty() {
                            self.search = typed;
                        }
                        self.search_on(true);
                    }
                    Some(Asked::Filter) => {
                        self.filter.words =
                            typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
                        self.refilter();
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn help_key(&mut self, key: Key, top: usize) {
        let all = help::lines(&self.lanes.nodes).len();
        let page = (self.lane_rows + self.lower_rows).max(1);
        let top = match key {
            Key::Down | Key::Char('j') => top + 1,
            Key::Up | Key::Char('k') => top.saturating_sub(1),
            Key::PageDown | Key::Char(' ') => top + page,
            Key::PageUp => top.saturating_sub(page),
            Key::Home | Key::Char('g') => 0,
            Key::End | Key::Char('G') => all,
            _ => {
                self.help = None;
                return;
            }
        };
        // The last line stays on the screen.
        self.help = Some(top.min(all.saturating_sub(1)));
    }

    /// Keys that mean the same everywhere. False for others.
    fn common_key(&mut self, key: Key) -> bool {
        match key {
            Key::Char('q') => self.over = true,
            Key::Char('?') => self.help = Some(0),
            Key::Char('/') => self.asked = Some(Asked::Search),
            Key::Char('f') => {
                self.asked = Some(Asked::Filter);
                self.typed = self.filter.words.join(" ");
            }
            Key::Char('n') => self.search_on(true),
            Key::Char('N') => self.search_on(false),
            Key::Tab => self.turn(1),
            Key::BackTab => self.turn(Tab::ALL.len()),
            Key::Char('e') => self.open_evidence(),
            Key::Char('d') => {
                self.filter.notable = !self.filter.notable;
                self.refilter();
            }
            Key::Char('x') => {
                self.filter = Filter::default();
                self.refilter();
            }
            Key::Char('o') => self.only_finding(),
            Key::Char('z') => {
                let fold = self.folded.iter().any(|folded| !folded);
                self.folded.fill(fold);
                self.unfiltered_fold();
            }
            Key::Char('1') => self.go_to_kind(&[Kind::Coordinator, Kind::IoMode, Kind::State]),
            Key::Char('2') => self.go_to_kind(&[Kind::Placement, Kind::Route]),
            Key::Char('3') => self.go_to_kind(&[Kind::Node]),
            Key::Char('+' | '=') => self.view.zoom_by(true),
            Key::Char('-' | '_') => self.view.zoom_by(false),
            Key::Char('0') => self.view.zoom_out(),
            Key::Char('H') => self.pan(-9),
            Key::Char('L') => self.pan(9),
            Key::Char('w') => self.change(true),
            Key::Char('b') => self.change(false),
            Key::Char('c') => self.go_to_cause(),
            Key::Esc if self.focus == Focus::Lower => self.focus_lanes(),
            _ => return false,
        }
        true
    }

    fn lane_key(&mut self, key: Key) {
        let page = self.lane_rows.saturating_sub(1).max(1);
        match key {
            Key::Up | Key::Char('k') => self.move_lane(-1),
            Key::Down | Key::Char('j') => self.move_lane(1),
            Key::PageUp => self.move_lane(-(page as isize)),
            Key::PageDown => self.move_lane(page as isize),
            Key::Home | Key::Char('g') => self.move_lane(isize::MIN),
            Key::End | Key::Char('G') => self.move_lane(isize::MAX),
            Key::Left | Key::Char('h') => self.step(-1),
            Key::Right | Key::Char('l') => self.step(1),
            Key::Char(' ') => {
                if let Some(lane) = self.current_lane() {
                    let group = self.lanes.all[lane].group;
                    self.folded[group] = !self.folded[group];
                    self.unfiltered_fold();
                }
            }
            Key::Enter => self.open_evidence(),
            _ => {}
        }
    }

    fn lower_key(&mut self, key: Key) {
        let page = self.lower_rows.saturating_sub(1).max(1) as isize;
        let by = match key {
            Key::Up | Key::Char('k') => -1,
            Key::Down | Key::Char('j') => 1,
            Key::PageUp => -page,
            Key::PageDown | Key::Char(' ') => page,
            Key::Home | Key::Char('g') => isize::MIN,
            Key::End | Key::Char('G') => isize::MAX,
            Key::Left | Key::Char('h') => return self.step(-1),
            Key::Right | Key::Char('l') => return self.step(1),
            Key::Enter => {
                match (self.tab, self.shown) {
                    (Tab::Findings, _) | (Tab::Evidence, Shown::Finding(_)) => self.jump_to_finding(),
                    _ => self.focus_lanes(),
                }
                return;
            }
            _ => return,
        };
        match self.tab {
            Tab::Findings => {
                let last = self.report.findings.len().saturating_sub(1);
                let at = self.finding.saturating_add_signed(by).min(last);
                if at != self.finding {
                    self.jump = 0;
                }
                self.finding = at;
                self.shown = Shown::Finding(at);
            }
            // Where the end is, drawing finds out.
            _ => self.scroll = self.scroll.saturating_add_signed(by).min(usize::from(u16::MAX)),
        }
    }

    fn move_lane(&mut self, by: isize) {
        self.lane = self.lane.saturating_add_signed(by).min(self.visible.len().saturating_sub(1));
        self.moved();
    }

    /// The cursor stands somewhere else now.
    fn moved(&mut self) {
        self.picked = None;
        self.shown = Shown::Span;
        self.scroll = 0;
    }

    fn step(&mut self, columns: i64) {
        self.view.step(columns);
        self.moved();
    }

    fn pan(&mut self, tenths: i64) {
        self.view.pan(tenths);
        self.moved();
    }

    /// To the next or previous entry of the lane.
    fn change(&mut self, forward: bool) {
        let Some(lane) = self.current_lane().map(|at| &self.lanes.all[at]) else { return };
        let at = self.view.cursor;
        let entries = &self.lanes.entries[lane.entries.clone()];
        let place = match (self.current_entry(), forward) {
            (Some(entry), true) => entry + 1,
            (Some(entry), false) if entry > 0 => entry - 1,
            (Some(_), false) => usize::MAX,
            (None, true) => lane.entries.start + entries.partition_point(|entry| entry.from <= at),
            (None, false) => {
                let before = entries.partition_point(|entry| entry.to <= at);
                if before == 0 { usize::MAX } else { lane.entries.start + before - 1 }
            }
        };
        if !lane.entries.contains(&place) {
            self.message = "the lane does not change any more".to_owned();
            return;
        }
        self.moved();
        self.picked = Some(place);
        self.view.go_to(self.lanes.entries[place].from);
    }

    fn turn(&mut self, by: usize) {
        let all = Tab::ALL.len() + 1;
        let at = match self.focus {
            Focus::Lanes => 0,
            Focus::Lower => 1 + Tab::ALL.iter().position(|tab| *tab == self.tab).unwrap_or(0),
        };
        match (at + by) % all {
            0 => self.focus_lanes(),
            next => {
                self.focus = Focus::Lower;
                self.tab = Tab::ALL[next - 1];
                self.scroll = 0;
                if self.tab == Tab::Findings && !self.report.findings.is_empty() {
                    self.shown = Shown::Finding(self.finding);
                }
            }
        }
    }

    fn focus_lanes(&mut self) {
        self.focus = Focus::Lanes;
        self.shown = Shown::Span;
        self.scroll = 0;
    }

    fn open_evidence(&mut self) {
        self.focus = Focus::Lower;
        self.tab = Tab::Evidence;
        self.scroll = 0;
    }

    fn only_finding(&mut self) {
        if self.report.findings.is_empty() {
            self.message = "there is no finding".to_owned();
            return;
        }
        self.filter.finding = match self.filter.finding {
            Some(finding) if finding == self.finding => None,
            _ => Some(self.finding),
        };
        self.refilter();
    }

    fn refilter(&mut self) {
        self.arrange();
        self.picked = None;
        if self.visible.is_empty() {
            self.message = "no lane is left: press x to take the filters off".to_owned();
        }
    }

    /// Folding shows where nothing is filtered.
    fn unfiltered_fold(&mut self) {
        if self.filter.is_empty() {
            self.arrange();
        } else {
            self.message = "filtered lanes do not fold: press x first".to_owned();
        }
    }

    fn go_to_kind(&mut self, kinds: &[Kind]) {
        let is = |at: &usize| {
            let lane: &Lane = &self.lanes.all[*at];
            kinds.contains(&lane.kind)
        };
        match self.visible.iter().position(is) {
            Some(place) => {
                self.lane = place;
                self.moved();
                self.focus_lanes();
            }
            None => self.message = "there is no such lane here".to_owned(),
        }
    }
}
