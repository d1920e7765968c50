//! States over time, each with the facts that opened and closed it. Unknown is a state; a gap is drawn.

mod block;
#[doc(hidden)]
pub mod cast;
mod coordinator;
#[doc(hidden)]
pub mod cover;
#[doc(hidden)]
pub mod fold;
mod layer;
mod mode;
#[doc(hidden)]
pub mod node;
#[doc(hidden)]
pub mod numbers;
mod order;
#[doc(hidden)]
pub mod registry;
#[doc(hidden)]
pub mod settled;
mod state;
#[doc(hidden)]
pub mod told;
#[doc(hidden)]
pub mod vm;
#[doc(hidden)]
pub mod volume;
pub(crate) mod window;

pub use vm::below_mount;

use crate::fact::{
    Certainty, Evidence, FactId, FileSystem, Guid, Instant, IoMode, Name, Span, StorageKind, VmState,
    VolumeState,
};

/// A stretch of one state. `value: None` is the state "unknown", and only then is the certainty unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<T> {
    /// When, how sure, why.
    pub span: Span,
    /// The state.
    pub value: Option<T>,
}

/// Pieces in order of time: no overlap, no hole between them, no two equal neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline<T> {
    /// The pieces.
    pub pieces: Vec<Piece<T>>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// The pieces that begin before the end of `span` and end after its beginning.
    #[must_use]
    pub fn during(&self, span: &Span) -> &[Piece<T>] {
        let over = |p: &Piece<T>| p.span.to.zip(span.from).is_some_and(|(to, from)| to <= from);
        let begun = |p: &Piece<T>| p.span.from.zip(span.to).is_none_or(|(from, to)| from < to);
        let begin = self.pieces.partition_point(over);
        let end = self.pieces.partition_point(begun);
        &self.pieces[begin.min(end)..end]
    }

    /// The piece in force at `at`.
    #[must_use]
    pub fn piece_at(&self, at: Instant) -> Option<&Piece<T>> {
        let end = self.pieces.partition_point(|p| p.span.from.is_none_or(|from| from <= at));
        self.pieces[..end].iter().rev().find(|p| p.span.contains(at))
    }

    /// Pieces that rest on a doubtful fact become assumed, and equal neighbours one.
    pub fn doubt(&mut self, doubtful: impl Fn(FactId) -> bool)
    where
        T: PartialEq,
    {
        let mut out: Vec<Piece<T>> = Vec::with_capacity(self.pieces.len());
        for mut piece in std::mem::take(&mut self.pieces) {
            let span = &mut piece.span;
            if span.certainty > Certainty::Assumed && span.evidence.iter().any(|cited| doubtful(cited.fact)) {
                span.certainty = Certainty::Assumed;
            }
            match out.last_mut() {
                Some(last) if last.value == piece.value && last.span.certainty == piece.span.certainty => {
                    last.span.to = piece.span.to;
                    last.span.evidence.extend(piece.span.evidence);
                    last.span.evidence.sort_unstable();
                    last.span.evidence.dedup();
                }
                _ => out.push(piece),
            }
        }
        self.pieces = out;
    }

    /// What may be a change was told at `times`: no piece is derived across one of them. `times` are in order.
    pub fn unsettle(&mut self, times: &[Instant]) {
        for Piece { span, .. } in &mut self.pieces {
            let next = span.from.map_or(0, |from| times.partition_point(|at| *at <= from));
            let across = times.get(next).is_some_and(|at| span.to.is_none_or(|to| *at < to));
            if across && span.certainty == Certainty::Derived {
                span.certainty = Certainty::Assumed;
            }
        }
    }

    /// The same of pieces that rest on several states: none is derived from a fact on the far side of such a time either.
    pub fn unsettle_cited(&mut self, times: &[Instant], when: impl Fn(FactId) -> Option<Instant>) {
        if times.is_empty() {
            return;
        }
        self.unsettle(times);
        for Piece { span, .. } in self.pieces.iter_mut().filter(|p| p.span.certainty == Certainty::Derived) {
            let cited = || span.evidence.iter().filter_map(|cite| when(cite.fact));
            let low = cited().chain(span.from).min();
            let high = cited().chain(span.to).max();
            let next = low.map_or(0, |low| times.partition_point(|at| *at <= low));
            if times.get(next).is_some_and(|at| high.is_none_or(|high| *at < high)) {
                span.certainty = Certainty::Assumed;
            }
        }
    }

    /// The state in force at `at`; `None` where unknown.
    #[must_use]
    pub fn at(&self, at: Instant) -> Option<&T> {
        self.piece_at(at)?.value.as_ref()
    }
}

/// A property that does not change while the bundle lasts, with what says so and what disagrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<T> {
    /// The value; `None` where nothing says, or where sources contradict each other.
    pub value: Option<T>,
    /// How sure.
    pub certainty: Certainty,
    /// What says so (or what disagrees).
    pub evidence: Vec<Evidence>,
}

impl<T> Default for Settled<T> {
    fn default() -> Self {
        Self { value: None, certainty: Certainty::Unknown, evidence: Vec::new() }
    }
}

/// One volume through time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeStory {
    /// Volume GUID.
    pub guid: Option<Guid>,
    /// Physical Disk resource.
    pub resource: Option<Name>,
    /// Resource object id.
    pub resource_id: Option<Guid>,
    /// Last friendly name (folder under `C:\ClusterStorage`).
    pub friendly: Option<Name>,
    /// Earlier or other names.
    pub also_named: Vec<Name>,
    /// The file system below CSVFS.
    pub file_system: Settled<FileSystem>,
    /// What lies under it.
    pub storage: Settled<StorageKind>,
    /// Who owned it.
    pub coordinator: Timeline<Name>,
    /// I/O mode by node, nodes in name order.
    pub io_mode: Vec<(Name, Timeline<IoMode>)>,
    /// CSVFS state by node, nodes in name order.
    pub state: Vec<(Name, Timeline<VolumeState>)>,
}

impl VolumeStory {
    /// The name that people use: friendly, else resource, else GUID.
    #[must_use]
    pub fn label(&self) -> String {
        let name = self.friendly.as_ref().or(self.resource.as_ref()).map(ToString::to_string);
        name.or_else(|| self.guid.map(|g| g.to_string())).unwrap_or_else(|| "(unnamed volume)".into())
    }

    /// The stable id of JSON: the GUID if known, else the label.
    #[must_use]
    pub fn id(&self) -> String {
        self.guid.map_or_else(|| self.label(), |g| g.to_string())
    }
}

/// Where a VM is, and in which state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// On which node.
    pub node: Name,
    /// In which state; `None` where only the place is known.
    pub state: Option<VmState>,
}

/// One disk file of a VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmDisk {
    /// Path as printed.
    pub path: String,
    /// Index of its volume in the case, where the path leads to one.
    pub volume: Option<usize>,
    /// Facts that name the disk.
    pub evidence: Vec<Evidence>,
}

/// One VM through time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VmStory {
    /// VM GUID.
    pub id: Option<Guid>,
    /// Name.
    pub name: Option<Name>,
    /// Its cluster group.
    pub group: Option<Name>,
    /// Disk files, by path.
    pub disks: Vec<VmDisk>,
    /// Where it ran.
    pub placement: Timeline<Placement>,
}

impl VmStory {
    /// The name that people use.
    #[must_use]
    pub fn label(&self) -> String {
        let name = self.name.as_ref().or(self.group.as_ref()).map(ToString::to_string);
        name.or_else(|| self.id.map(|g| g.to_string())).unwrap_or_else(|| "(unnamed VM)".into())
    }
}

/// One node through time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeStory {
    /// Name.
    pub name: Option<Name>,
    /// Number in the cluster.
    pub number: Option<u32>,
    /// Windows build number.
    pub os_build: Option<u32>,
    /// Windows name.
    pub os_name: Option<String>,
    /// Was its cluster service up?
    pub up: Timeline<bool>,
    /// At least one input is this node's own.
    pub has_inputs: bool,
}

/// Facts cited without repeats, in order.
#[must_use]
pub fn evidence_of(facts: impl IntoIterator<Item = (FactId, crate::fact::Role)>) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = facts.into_iter().map(|(fact, role)| Evidence { fact, role }).collect();
    out.sort_unstable();
    out.dedup();
    out
}
