//! One pass over the units of a file: what each came to, the facts, and what the file says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::Range;

use super::coverage::{Edge, Streams};
use super::entry::{Spot, Unit};
use super::form::{self, Understood};
use super::line::Line;
use super::section::{HeaderLine, Section, bias, header};
use super::skim::Run;
use super::table::{Columns, Kind, ROW_LIMIT, Tables};
use super::witness::Failovers;
use super::{event_text, note};
use crate::bundle::Input;
use crate::fact::{
    Channel, Claim, ClockClaim, Fact, InputId, Name, NodeClaim, NodeRef, Origin, Place, ResourceClaim, Stamp,
    TimeBase, VmClaim,
};
use crate::ledger::{Entry, NoteKind, Tally};
use crate::source::Reading;
use crate::source::event::Meaning;

/// A line is the same line in the verbose and the main section when these are equal.
type Twin = (Option<u32>, Option<u32>, i64, u64);

/// The state of a pass.
pub(super) struct Scan {
    reading: Reading,
    input: InputId,
    pub(super) section: Section,
    /// The section holds the verbose copy of the engine's lines.
    verbose_section: bool,
    kind: Kind,
    /// The columns of the open table.
    pub(super) columns: Option<Columns>,
    tables: Tables,
    streams: Streams,
    /// Facts of an engine line, with the section it stands in, for its twin in the other one.
    twins: BTreeMap<Twin, (bool, Range<usize>)>,
    /// Statements that do not change, said once.
    said: BTreeSet<String>,
    /// Names that were printed with a node number.
    numbered: BTreeMap<u32, BTreeSet<Name>>,
    /// Numbers under which the writer speaks of itself.
    writers: BTreeSet<u32>,
    failovers: Failovers,
    offset: Option<i32>,
    entries: bool,
    engine: bool,
    pasted: bool,
    /// Nobody asks what entries mean, only what they are.
    shown: bool,
}

/// What one piece of a file came to, where only its entries were asked for.
#[derive(Clone, Debug)]
pub struct Part {
    tally: Tally,
    entries: bool,
    pasted: bool,
    time_base: TimeBase,
}

impl Part {
    /// The account of a file out of those of its pieces, in their order.
    #[must_use]
    pub fn join(input: &Input, parts: Vec<Self>) -> Tally {
        let mut tally = Tally::new(input.id);
        let pasted = parts.iter().any(|part| part.pasted);
        let entries = parts.iter().any(|part| part.entries);
        let said = parts.iter().any(|part| part.time_base != TimeBase::Unknown);
        parts.into_iter().for_each(|part| tally.add(part.tally));
        if pasted {
            tally.note(&note::PASTED, None, None);
        }
        if entries && !said {
            tally.note(&note::BASE_UNSAID, None, None);
        }
        tally
    }
}

impl Scan {
    /// For whoever wants the entries alone: it keeps nothing but the account.
    pub(super) fn showing(input: &Input) -> Self {
        Self { shown: true, ..Self::new(input) }
    }

    pub(super) fn new(input: &Input) -> Self {
        Self {
            reading: Reading::new(input),
            input: input.id,
            section: Section::None,
            verbose_section: false,
            kind: Kind::Unknown,
            columns: None,
            tables: Tables::default(),
            streams: Streams::default(),
            twins: BTreeMap::new(),
            said: BTreeSet::new(),
            numbered: BTreeMap::new(),
            writers: BTreeSet::new(),
            failovers: Failovers::default(),
            offset: None,
            entries: false,
            engine: false,
            pasted: false,
            shown: false,
        }
    }

    /// Takes entries that say all they say by a look at their bytes.
    pub(super) fn plain_entries(&mut self, number: u64) {
        self.entries |= number > 0;
        self.reading.tally.count_many(Entry::Silent, number);
    }

    /// A defect of this program stopped the reading.
    pub(super) fn failed(&mut self, kind: &'static NoteKind, detail: String) {
        self.reading.tally.note(kind, None, Some(detail));
    }

    pub(super) fn origin(&self, spot: Spot) -> Origin {
        Origin { input: self.input, offset: spot.offset, place: Place::Line(spot.line) }
    }

    /// Takes the next unit.
    pub(super) fn unit(&mut self, spot: Spot, unit: &Unit<'_>) {
        let origin = self.origin(spot);
        if spot.cut {
            self.reading.tally.note(&note::CUT, Some(origin), None);
        }
        if spot.damaged {
            self.reading.tally.note(&note::DAMAGED, Some(origin), None);
        }
        match unit {
            Unit::Section(name) => {
                self.section = Section::named(name);
                self.verbose_section = name.ends_with("DiagnosticVerbose");
                self.kind = Kind::of(name);
                self.columns = None;
                self.reading.tally.count(Entry::Silent);
            }
            Unit::Blank => self.columns = None,
            Unit::Plain(line) => {
                if let Some(entry) = self.plain(spot, line) {
                    self.reading.tally.count(entry);
                }
            }
            Unit::Passed(run) => self.passed(run),
            Unit::Entry { text, pasted } => {
                self.entries = true;
                self.pasted |= pasted;
                let entry = self.entry(origin, text);
                self.reading.tally.count(entry);
            }
        }
    }

    /// Engine lines that say nothing here: only that they are there, and when.
    fn passed(&mut self, run: &Run) {
        self.entries = true;
        let channel = self.section.channel("");
        if channel == Channel::ClusterEngine {
            self.engine = true;
            self.writers.extend(&run.writers);
        }
        self.streams.lines(&channel, self.verbose_section, &run.times);
        self.reading.tally.count_many(Entry::Silent, run.times.len() as u64);
    }

    /// A line outside of an entry: header, table, prose. `None` for a row that is counted when it is used.
    fn plain(&mut self, spot: Spot, line: &str) -> Option<Entry> {
        let origin = self.origin(spot);
        if matches!(self.section, Section::Cluster | Section::None)
            && !self.entries
            && let Some(said) = header(line)
        {
            return Some(self.header(origin, said));
        }
        let is_state = matches!(self.section, Section::State(_));
        if is_state && self.columns.is_none() {
            self.columns = Columns::parse(line);
            if self.columns.is_some() {
                return Some(if self.kind == Kind::Unknown { Entry::Unknown } else { Entry::Silent });
            }
        }
        // Rows of the storage bus table are known by their own look: they are often quoted without a header.
        if line.trim_start().starts_with('{') && line.contains(",CacheDiskState") {
            return Some(Entry::Silent);
        }
        let Some(columns) = self.columns.as_ref().filter(|_| is_state) else { return Some(Entry::Unknown) };
        match self.kind {
            Kind::Unknown => return Some(Entry::Unknown),
            Kind::Silent => return Some(Entry::Silent),
            _ => {}
        }
        let Some(row) = columns.bind(line) else {
            self.reading.tally.note(&note::MISFIT, Some(origin), None);
            return Some(Entry::Malformed);
        };
        if self.tables.len() >= ROW_LIMIT {
            self.reading.tally.note(&note::ROWS, Some(origin), None);
            return Some(Entry::Unknown);
        }
        (!self.tables.row(self.kind, spot, &row)).then_some(Entry::Unknown)
    }

    fn header(&mut self, origin: Origin, said: HeaderLine) -> Entry {
        let claim = match said {
            HeaderLine::Claim(claim) => claim,
            HeaderLine::Offset(minutes) => {
                self.offset = Some(minutes);
                bias(minutes)
            }
            HeaderLine::Base(base) => {
                self.reading.time_base = base;
                return Entry::Silent;
            }
            HeaderLine::CurrentNode(name, number) => {
                self.reading.node.get_or_insert(name.clone());
                Claim::Node(NodeRef { name: Some(name), number }, NodeClaim::Named)
            }
        };
        self.remember(&claim);
        self.reading.facts.push(Fact::new(Stamp::Collected, origin, claim));
        Entry::Facts
    }

    /// A log entry.
    fn entry(&mut self, origin: Origin, text: &str) -> Entry {
        let line = match Line::parse(text) {
            Ok(line) => line,
            Err(broken) => {
                self.reading.tally.note(
                    &note::MALFORMED,
                    Some(origin),
                    Some(format!("{broken:?}").to_lowercase()),
                );
                return Entry::Malformed;
            }
        };
        if line.stamp == Stamp::Missing {
            self.reading.tally.note(&note::UNTIMED, Some(origin), None);
        }
        let channel = self.section.channel(line.prefix);
        if self.shown {
            // A component's line is well-formed, whatever it says.
            let silent = !line.tag.is_empty();
            return if silent { Entry::Silent } else { self.meaning(origin, &line, &channel).0 };
        }
        let verbose = line.prefix == "Verbose" || (self.verbose_section && line.prefix.is_empty());
        if channel == Channel::ClusterEngine {
            self.engine |= super::line::is_known_tag(line.tag) && line.tag != "Provider";
            self.writers.extend(form::writer(&line));
        }
        let (mut entry, claims) = self.meaning(origin, &line, &channel);
        let edge = if form::joins(&line) { Edge::First } else { edge(&claims) };
        self.streams.line(&channel, verbose, line.stamp, edge);
        if claims.is_empty() {
            return entry;
        }
        let twin = self.twin(&line, &channel);
        if let Some((other, range)) =
            twin.and_then(|twin| self.twins.get(&twin)).filter(|(other, _)| *other != verbose)
        {
            debug_assert_ne!(*other, verbose);
            for fact in self.reading.facts.get_mut(range.clone()).unwrap_or_default() {
                fact.also.push(origin);
            }
            return Entry::Facts;
        }
        let from = self.reading.facts.len();
        self.failovers.entry(line.stamp, origin, &claims);
        for claim in claims {
            // Kept apart: it belongs to another line's stamp.
            let elsewhere = matches!(claim, Claim::Clock(ClockClaim::LocalWitness { .. }));
            if !elsewhere && self.remember(&claim) {
                self.reading.facts.push(Fact::new(line.stamp, origin, claim));
            }
        }
        let range = from..self.reading.facts.len();
        if range.is_empty() {
            entry = Entry::Silent;
        } else if let Some(twin) = twin {
            self.twins.insert(twin, (verbose, range));
        }
        entry
    }

    /// What an entry says, and the box it belongs to.
    fn meaning(&mut self, origin: Origin, line: &Line<'_>, channel: &Channel) -> (Entry, Vec<Claim>) {
        let is_event = matches!(channel, Channel::System | Channel::ClusterOperational);
        if line.tag.is_empty() {
            if let Some(found) = event_text::find(line.text) {
                if let (1061 | 1062, Some(Some(name))) = (found.id, found.fields.first()) {
                    self.reading.cluster = Some(Name::node(name)).filter(|name| !name.is_empty());
                }
                return match event_text::meaning(&found, line, channel) {
                    Meaning::Claims(claims) if !claims.is_empty() => (Entry::Facts, claims),
                    Meaning::Claims(_) | Meaning::Silent => (Entry::Silent, Vec::new()),
                    Meaning::Unknown | Meaning::Foreign => (Entry::Unknown, Vec::new()),
                    Meaning::Malformed => (Entry::Malformed, Vec::new()),
                };
            }
            if is_event {
                self.reading.tally.note(&note::EVENT_UNKNOWN, Some(origin), None);
                return (Entry::Unknown, Vec::new());
            }
        }
        match form::understand(line) {
            Understood::Claims(claims) if !claims.is_empty() => (Entry::Facts, claims),
            Understood::Claims(_) | Understood::Silent => (Entry::Silent, Vec::new()),
            Understood::Unknown => (Entry::Unknown, Vec::new()),
        }
    }

    /// Is the claim new? Names and types do not change, and engine lines repeat them without end.
    fn remember(&mut self, claim: &Claim) -> bool {
        match claim {
            Claim::Node(NodeRef { name: Some(name), number: Some(number) }, NodeClaim::Named) => {
                self.numbered.entry(*number).or_default().insert(name.clone())
            }
            Claim::Resource(resource, ResourceClaim::Kind(kind)) => {
                self.said.insert(format!("{resource:?} {kind:?}"))
            }
            Claim::Vm(vm, VmClaim::Named) => self.said.insert(format!("{vm:?}")),
            _ => true,
        }
    }

    /// The key under which the engine's verbose and main lines are one.
    fn twin(&self, line: &Line<'_>, channel: &Channel) -> Option<Twin> {
        let Stamp::File(at) = line.stamp else { return None };
        if *channel != Channel::ClusterEngine {
            return None;
        }
        // Fixed keys: the same in every run.
        let mut hasher = DefaultHasher::new();
        (line.tag, line.tag_detail, line.text).hash(&mut hasher);
        Some((line.pid, line.tid, at, hasher.finish()))
    }

    /// Ends the pass over a piece whose entries alone were asked for.
    pub(super) fn part(mut self, error: Option<&io::Error>) -> Part {
        self.settle(error);
        let (entries, pasted) = (self.entries, self.pasted);
        Part { tally: self.reading.tally, entries, pasted, time_base: self.reading.time_base }
    }

    /// What can be told only behind the last line.
    fn settle(&mut self, error: Option<&io::Error>) {
        for (spot, claims) in self.tables.claims() {
            let origin = self.origin(spot);
            self.reading.tally.count(if claims.is_empty() { Entry::Silent } else { Entry::Facts });
            for claim in claims {
                self.remember(&claim);
                self.reading.facts.push(Fact::new(Stamp::Collected, origin, claim));
            }
        }
        if let Some(error) = error {
            self.reading.tally.note(&note::UNREADABLE, None, Some(error.to_string()));
        }
    }

    /// Ends the pass.
    pub(super) fn finish(mut self, error: Option<&io::Error>) -> Reading {
        self.settle(error);
        self.reading.facts.extend(std::mem::take(&mut self.failovers).witnesses());
        if let TimeBase::Local { offset_minutes } = &mut self.reading.time_base {
            *offset_minutes = self.offset;
        }
        if self.pasted {
            self.reading.tally.note(&note::PASTED, None, None);
        } else {
            self.reading.coverage = std::mem::take(&mut self.streams).finish(self.input, self.engine);
            self.infer_node();
        }
        if self.entries && self.reading.time_base == TimeBase::Unknown {
            self.reading.tally.note(&note::BASE_UNSAID, None, None);
        }
        self.name_numbered_nodes();
        self.reading.objects = self.tables.objects();
        let mut members: BTreeSet<Name> = self.tables.members().cloned().collect();
        members.extend(self.numbered.values().flatten().cloned());
        self.reading.members = members.into_iter().collect();
        self.reading.facts.sort_by_key(|fact| fact.origin.offset);
        self.reading
    }

    /// The one name that goes with a number.
    fn name_of(&self, number: u32) -> Option<&Name> {
        let mut names = self.numbered.get(&number)?.iter();
        names.next().filter(|_| names.next().is_none())
    }

    /// A log without a header names its node where the writer always speaks of itself by one number, and that
    /// number has one name.
    fn infer_node(&mut self) {
        let mut writers = self.writers.iter();
        if let (None, Some(number), None) = (&self.reading.node, writers.next(), writers.next()) {
            self.reading.node = self.name_of(*number).cloned();
        }
    }

    /// Puts names to nodes that lines know by number only.
    fn name_numbered_nodes(&mut self) {
        let mut facts = std::mem::take(&mut self.reading.facts);
        for fact in &mut facts {
            if let Claim::Node(NodeRef { name: name @ None, number: Some(number) }, _) = &mut fact.claim {
                *name = self.name_of(*number).cloned();
            }
        }
        self.reading.facts = facts;
    }
}

/// What the claims say about the service on the reporter.
fn edge(claims: &[Claim]) -> Edge {
    claims.iter().fold(Edge::Inside, |edge, claim| match claim {
        Claim::Node(node, NodeClaim::ServiceStarted) if *node == NodeRef::REPORTER => Edge::First,
        Claim::Node(node, NodeClaim::ServiceStopped { .. }) if *node == NodeRef::REPORTER => Edge::Last,
        _ => edge,
    })
}
