//! The report as a terminal shows it: lanes of volumes, virtual machines and nodes on one time axis, findings, and the
//! quoted evidence of what is selected. A [`Browser`] takes keys and draws cells; it knows no terminal and reads no
//! input: it says whose text it wants to quote ([`Browser::wanted`]) and is given it ([`Browser::supply`]).
//!
//! ```text
//! let mut browser = Browser::new(&report, Style::PLAIN);
//! browser.key(Key::Char('+'));
//! browser.draw(frame.area(), frame.buffer_mut());
//! ```
//!
//! Only what is visible is worked out: the lanes on the screen, the part of their spans within the time shown, the
//! lines of evidence down to the lowest visible one. Everything reads without colour.

mod draw;
mod evidence;
mod find;
mod help;
mod keys;
mod lanes;
mod mark;
#[cfg(test)]
mod tests;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use self::lanes::Lanes;
use self::time::View;
use super::spans::{Row, rows};
use super::{Report, Style};
use crate::fact::{Origin, Span};

pub use self::keys::Key;

/// What takes the keys.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Focus {
    Lanes,
    Lower,
}

/// The lists below the lanes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Tab {
    /// The diagnoses.
    Findings,
    /// What the selected span or finding rests on.
    Evidence,
    /// What could not be told.
    Gaps,
    /// What people are told, held against the bundle.
    Told,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Findings, Self::Evidence, Self::Gaps, Self::Told];
}

/// What the evidence is shown of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// The span under the cursor.
    Span,
    /// A finding, by its place in the report.
    Finding(usize),
}

/// What is being typed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Asked {
    Search,
    Filter,
}

/// Which lanes are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Filter {
    /// Words that a lane must all have, in lower case.
    words: Vec<String>,
    /// Only lanes with something other than direct, active and up.
    notable: bool,
    /// Only the lanes of a finding.
    finding: Option<usize>,
}

impl Filter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A report being looked at.
pub struct Browser<'a> {
    report: &'a Report<'a>,
    rows: Vec<Row<'a>>,
    lanes: Lanes,
    view: View,
    style: Style,
    focus: Focus,
    tab: Tab,
    shown: Shown,
    /// Lanes that are neither folded away nor filtered out.
    visible: Vec<usize>,
    /// Whether each group of lanes is folded to its first.
    folded: Vec<bool>,
    /// The selected lane, by its place in `visible`, and the topmost one on the screen.
    lane: usize,
    lane_top: usize,
    /// An entry that was jumped to; it stays selected until the cursor moves.
    picked: Option<usize>,
    finding: usize,
    finding_top: usize,
    /// Which of the selected finding's lanes was jumped to last.
    jump: usize,
    /// First visible line of the evidence, the gaps and the advice.
    scroll: usize,
    filter: Filter,
    search: String,
    asked: Option<Asked>,
    typed: String,
    /// First visible line of the help, while it is open.
    help: Option<usize>,
    message: String,
    /// Stretches that no finding explains, by their route's place in the case.
    unexplained: BTreeMap<usize, Vec<&'a Span>>,
    quotes: BTreeMap<Origin, String>,
    /// Origins whose text was asked for and came or does not exist.
    settled: BTreeSet<Origin>,
    wanted: Vec<Origin>,
    /// Rows that the lanes and the list below them have on the screen.
    lane_rows: usize,
    lower_rows: usize,
    over: bool,
}

impl<'a> Browser<'a> {
    /// Lanes beyond which the groups begin folded.
    const FOLD: usize = 40;

    /// A view of the whole report, on its first lane.
    #[must_use]
    pub fn new(report: &'a Report<'a>, style: Style) -> Self {
        let rows = rows(report);
        let window = report.window().map(|window| (window.from.0, window.to.0));
        let view = View::new(window);
        let lanes = Lanes::of(report, &rows, view.whole());
        let folded = vec![lanes.all.len() > Self::FOLD; lanes.groups];
        let mut unexplained: BTreeMap<usize, Vec<&Span>> = BTreeMap::new();
        report.unexplained_places().for_each(|(at, span)| unexplained.entry(at).or_default().push(span));
        let mut browser = Self {
            report,
            rows,
            lanes,
            view,
            style,
            focus: Focus::Lanes,
            tab: Tab::Findings,
            shown: Shown::Span,
            visible: Vec::new(),
            folded,
            lane: 0,
            lane_top: 0,
            picked: None,
            finding: 0,
            finding_top: 0,
            jump: 0,
            scroll: 0,
            filter: Filter::default(),
            search: String::new(),
            asked: None,
            typed: String::new(),
            help: None,
            message: String::new(),
            unexplained,
            quotes: BTreeMap::new(),
            settled: BTreeSet::new(),
            wanted: Vec::new(),
            lane_rows: 1,
            lower_rows: 1,
            over: false,
        };
        browser.arrange();
        browser
    }

    /// Has the user had enough?
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Origins whose text the last drawing would have shown. Empty once they were supplied.
    #[must_use]
    pub fn wanted(&self) -> &[Origin] {
        &self.wanted
    }

    /// Texts for the wanted origins. One without text is shown without.
    pub fn supply(&mut self, texts: BTreeMap<Origin, String>) {
        self.settled.extend(self.wanted.drain(..));
        self.quotes.extend(texts);
    }

    /// The lane under the cursor, by its place among all.
    fn current_lane(&self) -> Option<usize> {
        self.visible.get(self.lane).copied()
    }

    /// The entry under the cursor: the one that was jumped to, else the gravest in the cursor's column.
    fn current_entry(&self) -> Option<usize> {
        let lane = &self.lanes.all[self.current_lane()?];
        if let Some(picked) = self.picked.filter(|picked| lane.entries.contains(picked)) {
            return Some(picked);
        }
        let (from, to) = self.view.cell(self.view.cursor_column());
        self.lanes.gravest(lane, from, to, self.view.cursor)
    }

    /// Works out which lanes are visible, and stays on the lane it was on.
    fn arrange(&mut self) {
        let on = self.current_lane();
        let found = (!self.filter.is_empty()).then(|| self.matching());
        let shown = |at: usize| match &found {
            Some(found) => found[at],
            None => self.lanes.all[at].head || !self.folded[self.lanes.all[at].group],
        };
        self.visible = (0..self.lanes.all.len()).filter(|&at| shown(at)).collect();
        // The lane itself, else the nearest one above it.
        let after = on.map_or(0, |on| self.visible.partition_point(|&at| at <= on));
        self.lane = after.saturating_sub(1);
    }

    /// Goes to a lane, whatever hides it.
    fn go_to_lane(&mut self, at: usize) {
        if !self.visible.contains(&at) {
            if self.filter.is_empty() {
                self.folded[self.lanes.all[at].group] = false;
            } else {
                self.filter = Filter::default();
                self.folded[self.lanes.all[at].group] = false;
                self.message = "the filter was taken off to show this".to_owned();
            }
            self.arrange();
        }
        self.lane = self.visible.iter().position(|&lane| lane == at).unwrap_or(0);
    }
}
