//! Finding one's way: filters, search, and from a finding to its lanes.

use super::lanes::Lane;
use super::{Browser, Focus, Shown, Tab};
use crate::report::scope;
use crate::report::spans::Kind;

/// A stop of a search: a lane by its name, or one of its entries.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stop {
    Name(usize),
    Entry(usize, usize),
}

impl Browser<'_> {
    /// For each lane, does the filter let it through?
    pub(super) fn matching(&self) -> Vec<bool> {
        let of_finding = self.filter.finding.map(|finding| self.lanes_of(finding));
        let mut fits: Vec<bool> = self.lanes.all.iter().map(|lane| self.has_words(lane)).collect();
        if self.filter.notable {
            for (lane, fits) in self.lanes.all.iter().zip(&mut fits) {
                *fits &= lane.notable;
            }
        }
        if let Some(lanes) = of_finding {
            let mut of = vec![false; fits.len()];
            lanes.into_iter().for_each(|at| of[at] = true);
            fits.iter_mut().zip(of).for_each(|(fits, of)| *fits &= of);
        }
        fits
    }

    /// All words of the filter stand somewhere in a lane: in its name, its values, or the rules that explain them.
    fn has_words(&self, lane: &Lane) -> bool {
        let name = format!("{} {} {}", lane.subject, lane.what, lane.kind.word()).to_lowercase();
        let mut missing: Vec<&str> =
            self.filter.words.iter().map(String::as_str).filter(|word| !name.contains(word)).collect();
        for place in lane.entries.clone() {
            if missing.is_empty() {
                break;
            }
            let row = &self.rows[self.lanes.entries[place].row];
            let value = row.value.as_deref().unwrap_or("unknown").to_lowercase();
            missing.retain(|word| !value.contains(word) && !row.rules.iter().any(|rule| rule.contains(word)));
        }
        missing.is_empty()
    }

    /// The lanes that a finding is about: first those that show the state it explains.
    pub(super) fn lanes_of(&self, finding: usize) -> Vec<usize> {
        let lanes = self.lanes.all.iter().enumerate();
        let mut ranked: Vec<(u8, usize)> =
            lanes.filter_map(|(at, lane)| Some((self.nearness(finding, lane)?, at))).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, at)| at).collect()
    }

    /// How closely a lane shows what a finding is about, the closest first.
    fn nearness(&self, finding: usize, lane: &Lane) -> Option<u8> {
        let subjects = &self.report.findings.get(finding)?.subjects;
        let of_volume = || lane.at.is_some_and(|at| subjects.volumes.contains(&at));
        let on_node = || {
            let is = |node: &String| subjects.nodes.iter().any(|name| name.as_str() == node);
            subjects.nodes.is_empty() || lane.node.as_ref().is_some_and(is)
        };
        let explained = || {
            let mut rows = lane.entries.clone().map(|place| &self.rows[self.lanes.entries[place].row]);
            rows.any(|row| row.causes.contains(&finding))
        };
        match lane.kind {
            Kind::IoMode if of_volume() && on_node() => Some(0),
            Kind::State if lane.notable && of_volume() && on_node() => Some(1),
            Kind::Route if explained() => Some(2),
            Kind::Placement if lane.at.is_some_and(|at| subjects.vms.contains(&at)) => Some(3),
            Kind::Coordinator if of_volume() => Some(4),
            Kind::Node if subjects.volumes.is_empty() && on_node() => Some(5),
            _ => None,
        }
    }

    /// From the selected finding to its next lane, with the time of the finding on the screen.
    pub(super) fn jump_to_finding(&mut self) {
        let Some(found) = self.report.findings.get(self.finding) else { return };
        let lanes = self.lanes_of(self.finding);
        let Some(&lane) = lanes.get(self.jump % lanes.len().max(1)) else {
            self.message = "no lane shows what this finding is about".to_owned();
            return;
        };
        let (first, last) = self.view.whole();
        let from = found.span.from.map_or(first, |at| at.0);
        let to = found.span.to.map_or(last, |at| at.0);
        self.message = format!("lane {} of {} of this finding", self.jump % lanes.len() + 1, lanes.len());
        self.jump += 1;
        self.go_to_lane(lane);
        self.view.fit(from, to);
        let entries = &self.lanes.entries;
        let met = self.lanes.all[lane]
            .entries
            .clone()
            .filter(|&place| scope::meet(&found.span, self.rows[entries[place].row].span));
        // The gravest of those at the finding's time, of equals the first.
        self.picked = met.rev().max_by_key(|&place| entries[place].mark.gravity);
        if let Some(picked) = self.picked {
            self.view.go_to(entries[picked].from.max(from));
        }
        self.focus = Focus::Lanes;
        self.shown = Shown::Span;
    }

    /// From the selected span to the finding that explains it.
    pub(super) fn go_to_cause(&mut self) {
        let Some(entry) = self.current_entry() else { return };
        let row = self.lanes.entries[entry].row;
        let lane = self.current_lane().map(|at| &self.lanes.all[at]);
        // Routes know their findings; of a mode it is the first finding that is about its lane at its time.
        let cause = self.rows[row].causes.first().copied().or_else(|| {
            (0..self.report.findings.len()).find(|&finding| {
                scope::meet(&self.report.findings[finding].span, self.rows[row].span)
                    && lane
                        .is_some_and(|lane| self.nearness(finding, lane).is_some_and(|nearness| nearness < 2))
            })
        });
        match cause {
            Some(finding) => {
                self.finding = finding;
                self.jump = 0;
                (self.focus, self.tab, self.shown) = (Focus::Lower, Tab::Findings, Shown::Finding(finding));
            }
            None => self.message = "no finding explains this span".to_owned(),
        }
    }

    /// The next place that holds what was searched for, around the end if need be.
    pub(super) fn search_on(&mut self, forward: bool) {
        if self.search.is_empty() {
            self.message = "nothing was searched for yet: press /".to_owned();
            return;
        }
        let wanted = self.search.to_lowercase();
        let found = match (self.focus, self.tab) {
            (Focus::Lower, Tab::Findings) => self.search_findings(&wanted, forward),
            _ => self.search_lanes(&wanted, forward),
        };
        if !found {
            self.message = format!("`{}` is nowhere here", self.search);
        }
    }

    fn search_findings(&mut self, wanted: &str, forward: bool) -> bool {
        let holds = |at: &usize| {
            let found = &self.report.findings[*at];
            let text = format!("{} {} {}", found.rule, found.title, found.claim);
            text.to_lowercase().contains(wanted)
        };
        let all = self.report.findings.len();
        let found = (1..=all).map(|by| step(self.finding, by, all, forward)).find(holds);
        if let Some(found) = found {
            self.finding = found;
            self.jump = 0;
            self.shown = Shown::Finding(found);
        }
        found.is_some()
    }

    fn search_lanes(&mut self, wanted: &str, forward: bool) -> bool {
        let allowed = self.matching();
        let all = self.lanes.all.len() + self.lanes.entries.len();
        // Stops in one row: each lane's name, then its entries.
        let begin = match (self.current_lane(), self.picked) {
            (Some(lane), Some(picked)) => lane + 1 + picked,
            (Some(lane), None) => lane + self.lanes.all[lane].entries.start,
            (None, _) => 0,
        };
        for by in 1..=all {
            let stop = self.stop(step(begin, by, all, forward));
            let (lane, entry) = match stop {
                Stop::Name(lane) => (lane, None),
                Stop::Entry(lane, entry) => (lane, Some(entry)),
            };
            if !allowed[lane] || !self.stop_holds(stop, wanted) {
                continue;
            }
            self.go_to_lane(lane);
            self.picked = entry;
            if let Some(entry) = entry {
                self.view.go_to(self.lanes.entries[entry].from);
            }
            self.shown = Shown::Span;
            return true;
        }
        false
    }

    fn stop(&self, place: usize) -> Stop {
        // Lane n begins at its first entry plus n, for the names before it.
        let lanes = &self.lanes.all;
        let mut low = 0;
        let mut high = lanes.len();
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if lanes[middle].entries.start + middle <= place {
                low = middle;
            } else {
                high = middle;
            }
        }
        match place - (lanes[low].entries.start + low) {
            0 => Stop::Name(low),
            entry => Stop::Entry(low, lanes[low].entries.start + entry - 1),
        }
    }

    fn stop_holds(&self, stop: Stop, wanted: &str) -> bool {
        match stop {
            Stop::Name(lane) => {
                let lane = &self.lanes.all[lane];
                format!("{} {}", lane.subject, lane.what).to_lowercase().contains(wanted)
            }
            Stop::Entry(_, entry) => {
                let row = &self.rows[self.lanes.entries[entry].row];
                row.value.as_deref().is_some_and(|value| value.to_lowercase().contains(wanted))
            }
        }
    }
}

/// `from` moved by `by` in a ring of `all`.
fn step(from: usize, by: usize, all: usize, forward: bool) -> usize {
    if forward { (from + by) % all } else { (from + all - by % all) % all }
}
