//! The lines below the lanes: what the selected span or finding is and rests on, what could not be told, what people
//! are told. Evidence is written down to the last visible line only, and quotes are asked for as far.

use super::lanes::disk_name;
use super::{Browser, Shown, Tab};
use crate::case::VmStory;
use crate::fact::{Evidence, Origin, Span};
use crate::report::quote;
use crate::report::spans::Kind;
use crate::report::style::Tone;
use crate::words;

/// Lines of text with their tones, wrapped to a width, up to a number of lines.
pub(super) struct Lines {
    pub(super) all: Vec<(String, Option<Tone>)>,
    /// Everything was written.
    pub(super) complete: bool,
    /// Texts that would have been quoted.
    pub(super) wanted: Vec<Origin>,
    width: usize,
    most: usize,
}

impl Lines {
    fn new(width: usize, most: usize) -> Self {
        Self { all: Vec::new(), complete: true, wanted: Vec::new(), width, most }
    }

    /// Is there no room for more?
    fn full(&self) -> bool {
        self.all.len() >= self.most
    }

    /// A paragraph, its lines after the first under its beginning.
    fn say(&mut self, tone: Option<Tone>, indent: usize, text: &str) {
        let blanks = " ".repeat(indent);
        let room = self.width.saturating_sub(indent);
        let lines = quote::wrapped(&quote::line(text), room);
        self.all.extend(lines.into_iter().map(|line| (format!("{blanks}{line}"), tone)));
    }

    fn blank(&mut self) {
        if self.all.last().is_some_and(|(line, _)| !line.is_empty()) {
            self.all.push((String::new(), None));
        }
    }
}

impl Browser<'_> {
    /// The lines of the open list, to the end of what is visible.
    pub(super) fn lower_lines(&self, width: usize, most: usize) -> Lines {
        let mut lines = Lines::new(width, most);
        match self.tab {
            Tab::Findings => {}
            Tab::Evidence => match self.shown {
                Shown::Span => self.span_lines(&mut lines),
                Shown::Finding(finding) => self.finding_lines(&mut lines, finding),
            },
            Tab::Gaps => self.gap_lines(&mut lines),
            Tab::Told => self.told_lines(&mut lines),
        }
        lines
    }

    /// One line on the span under the cursor.
    pub(super) fn span_summary(&self) -> String {
        let Some(lane) = self.current_lane().map(|at| &self.lanes.all[at]) else {
            return "no lane is left: press x to take the filters off".to_owned();
        };
        let Some(entry) = self.current_entry() else {
            return format!("{} {}: nothing is known of this time", lane.subject, lane.what);
        };
        let entry = &self.lanes.entries[entry];
        let row = &self.rows[entry.row];
        let value = row.value.as_deref().unwrap_or("unknown");
        let through = row.coordinator.filter(|_| value.starts_with("via_"));
        let through = through.map(|node| format!(" {node}")).unwrap_or_default();
        let value = quote::line(&format!("{value}{through}"));
        let certainty = row.span.certainty.word();
        let when = self.zoned(&words::when(row.span, self.report.case.from, self.report.case.to));
        format!("{} {}: {value} [{certainty}] {when}", lane.subject, lane.what)
    }

    /// Text of ours with its times in the zone that is asked for. What is quoted stays as it is.
    pub(super) fn zoned(&self, text: &str) -> String {
        self.style.zone.map_or_else(|| text.to_owned(), |zone| words::in_zone(text, zone))
    }

    fn span_lines(&self, lines: &mut Lines) {
        lines.say(Some(Tone::Head), 0, &self.span_summary());
        let Some(entry) = self.current_entry() else { return };
        let row = &self.rows[self.lanes.entries[entry].row];
        if row.kind == Kind::Route {
            let disk = row.disk.unwrap_or("?");
            lines.say(
                None,
                0,
                &format!("Disk {disk} on {}", row.volume.as_deref().unwrap_or("a volume unknown")),
            );
        }
        if let Some(bytes) = row.bytes {
            let bound = if bytes.lossy { ", at least: the trace lost events" } else { "" };
            let (read, written) = (words::bytes(bytes.read), words::bytes(bytes.written));
            let undirected = match bytes.undirected {
                0 => String::new(),
                more => format!(", {} of unknown direction", words::bytes(more)),
            };
            let source = bytes.source;
            lines.say(None, 0, &format!("{read} read, {written} written{undirected} ({source}){bound}"));
        }
        for &cause in row.causes {
            if let Some(finding) = self.report.findings.get(cause) {
                lines.say(None, 0, &format!("Because: {} ({})", finding.title, finding.verdict.word()));
            }
        }
        for left in row.route_at.and_then(|at| self.unexplained.get(&at)).into_iter().flatten() {
            if lines.full() {
                lines.complete = false;
                return;
            }
            lines.say(Some(Tone::Warn), 0, &format!("No finding explains it {}", self.when(left)));
        }
        self.evidence_lines(lines, row.span);
    }

    /// From when to when, in the zone that is asked for.
    fn when(&self, span: &Span) -> String {
        self.zoned(&words::when(span, self.report.case.from, self.report.case.to))
    }

    /// What no finding explains, each stretch with its route.
    fn unexplained_lines(&self, lines: &mut Lines) {
        let count = self.unexplained.values().map(Vec::len).sum::<usize>();
        if count == 0 {
            return;
        }
        let stretches = if count == 1 { "1 stretch".to_owned() } else { format!("{count} stretches") };
        let head = format!("No finding explains {stretches} of detours and of I/O that waited");
        lines.say(Some(Tone::Head), 0, &head);
        for (&at, left) in &self.unexplained {
            let Some(route) = self.report.case.routes.get(at) else { continue };
            let vm = self.report.case.vms.get(route.vm);
            let disk = vm.and_then(|vm| vm.disks.get(route.disk)).map_or("?", |disk| disk.path.as_str());
            let vm = vm.map_or_else(|| "?".to_owned(), VmStory::label);
            for span in left {
                if lines.full() {
                    lines.complete = false;
                    return;
                }
                let (way, when) = (route.route.word(), self.when(span));
                lines.say(None, 2, &format!("{vm}, {}: {way} {when}", disk_name(disk)));
            }
        }
        lines.blank();
    }

    fn finding_lines(&self, lines: &mut Lines, finding: usize) {
        let Some(found) = self.report.findings.get(finding) else { return };
        lines.say(Some(Tone::Head), 0, &found.title);
        let when = words::when(&found.span, self.report.case.from, self.report.case.to);
        let (verdict, certainty) = (found.verdict.word(), found.span.certainty.word());
        let lanes = words::count(self.lanes_of(finding).len(), "lane");
        let told = format!("{}, {verdict}, {certainty}, in {lanes}, {when}", found.rule);
        lines.say(None, 0, &self.zoned(&told));
        lines.say(None, 0, &self.zoned(&found.claim));
        if !found.next_steps.is_empty() {
            lines.blank();
            lines.say(Some(Tone::Head), 0, "What to do");
            found.next_steps.iter().for_each(|next| lines.say(None, 2, next));
        }
        self.evidence_lines(lines, &found.span);
    }

    /// Every fact at each of its origins: where it stands, and what it says there.
    fn evidence_lines(&self, lines: &mut Lines, span: &Span) {
        lines.blank();
        let count = span.evidence.len();
        match count {
            0 => lines.say(None, 0, "Nothing was handed in that tells of this."),
            _ => lines.say(Some(Tone::Head), 0, &format!("Evidence: {}", words::count(count, "fact"))),
        }
        for cited in &span.evidence {
            if lines.full() {
                lines.complete = false;
                return;
            }
            self.cite(lines, cited);
        }
    }

    fn cite(&self, lines: &mut Lines, cited: &Evidence) {
        let Some(placed) = self.report.case.facts.get(cited.fact.0 as usize) else { return };
        let when =
            placed.moment.map_or_else(|| "undated".to_owned(), |moment| words::instant_fine(moment.at));
        let when = self.zoned(&when);
        for &origin in std::iter::once(&placed.fact.origin).chain(&placed.fact.also) {
            let role = cited.role.word();
            lines.say(Some(Tone::Faint), 0, &format!("{role}  {when}  {}", self.report.place(origin)));
            match self.quotes.get(&origin) {
                Some(text) => quote::full(text).lines().for_each(|line| lines.say(None, 2, line)),
                None if self.settled.contains(&origin) => lines.say(Some(Tone::Faint), 2, "(no text there)"),
                None => {
                    lines.say(Some(Tone::Faint), 2, "...");
                    lines.wanted.push(origin);
                }
            }
        }
    }

    fn gap_lines(&self, lines: &mut Lines) {
        self.unexplained_lines(lines);
        if lines.full() {
            return;
        }
        if self.report.not_judged.is_empty() {
            lines.say(None, 0, "Every rule could be judged.");
        }
        for gap in &self.report.not_judged {
            lines.say(Some(Tone::Head), 0, gap.rule);
            lines.say(None, 2, &format!("Missing: {}", gap.missing));
            lines.say(None, 2, &format!("Collect: {}", gap.collect));
        }
    }

    fn told_lines(&self, lines: &mut Lines) {
        if self.report.advice.is_empty() {
            lines.say(None, 0, "Nothing is redirected, so nobody need be told anything.");
        }
        for told in &self.report.advice {
            if lines.full() {
                lines.complete = false;
                return;
            }
            lines.say(Some(Tone::Head), 0, &format!("\"{}\" - {}", told.said, told.ruling.fits.word()));
            lines.say(None, 2, &told.ruling.why);
            told.ruling.evidence.iter().for_each(|cited| self.cite(lines, cited));
        }
    }
}
