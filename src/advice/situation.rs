//! What all advice is held against: which detours there are, and which findings explain them.

use std::collections::BTreeSet;

use crate::case::{Case, Route, RouteKind, VolumeStory};
use crate::fact::{Evidence, FileSystem, IoMode, ModeKind, Name};
use crate::finding::{Finding, Verdict};
use crate::words;

/// Facts that a ruling cites.
const CITED: usize = 4;

/// A case with its findings, sorted for advice.
pub(super) struct Situation<'a> {
    pub(super) case: &'a Case,
    pub(super) findings: &'a [Finding],
    /// The volumes that the user asked for, by index.
    shown: &'a [bool],
}

impl<'a> Situation<'a> {
    pub(super) fn of(case: &'a Case, findings: &'a [Finding], shown: &'a [bool]) -> Self {
        Self { case, findings, shown }
    }

    /// The volumes that the user asked for.
    pub(super) fn volumes(&self) -> impl Iterator<Item = (usize, &'a VolumeStory)> {
        let shown = self.shown;
        self.case.volumes.iter().enumerate().filter(move |(at, _)| shown.get(*at) == Some(&true))
    }

    /// The routes to those volumes, and those that lead to none that is known.
    pub(super) fn routes(&self) -> impl Iterator<Item = &'a Route> {
        let shown = self.shown;
        self.case
            .routes
            .iter()
            .filter(move |route| route.volume.is_none_or(|at| shown.get(at) == Some(&true)))
    }

    /// Is there anything that advice is asked for?
    pub(super) fn is_asked(&self) -> bool {
        self.detours().next().is_some() || self.redirected().next().is_some()
    }

    pub(super) fn detours(&self) -> impl Iterator<Item = &'a Route> {
        self.routes().filter(|route| route.route.is_detour())
    }

    /// Every mode that redirects, with its volume and node.
    pub(super) fn redirected(&self) -> impl Iterator<Item = (usize, &'a Name, IoMode, &'a [Evidence])> {
        let of_volume = |(at, volume): (usize, &'a VolumeStory)| {
            volume.io_mode.iter().flat_map(move |(node, timeline)| {
                timeline.pieces.iter().filter_map(move |piece| {
                    let mode = piece.value?;
                    let through =
                        matches!(mode.kind, ModeKind::FileSystemRedirected | ModeKind::BlockRedirected);
                    through.then_some((at, node, mode, piece.span.evidence.as_slice()))
                })
            })
        };
        self.volumes().flat_map(of_volume)
    }

    /// Are ways or modes missing, so that something may hide?
    pub(super) fn is_partly_unknown(&self) -> bool {
        self.routes().any(|route| route.route == RouteKind::Unknown)
    }

    pub(super) fn by_rule(&self, rules: &[&str]) -> Vec<&'a Finding> {
        self.findings.iter().filter(|finding| rules.contains(&finding.rule)).collect()
    }

    /// What is known to be broken between a node and a disk.
    pub(super) fn lost_paths(&self) -> Vec<&'a Finding> {
        let mut found = self.by_rule(&["lost-disk-path", "owner-lost-storage"]);
        found.retain(|finding| finding.verdict == Verdict::Fault);
        found
    }

    /// What may be broken there, or be meant so.
    pub(super) fn doubtful_paths(&self) -> Vec<&'a Finding> {
        let mut found = self.by_rule(&["lost-disk-path"]);
        found.retain(|finding| finding.verdict == Verdict::Undetermined);
        found
    }

    /// What these rules have found for sure.
    pub(super) fn found(&self, rules: &[&str]) -> Vec<&'a Finding> {
        let mut found = self.by_rule(rules);
        found.retain(|finding| finding.verdict != Verdict::Undetermined);
        found
    }

    /// Does any detour have no cause among the findings?
    pub(super) fn is_partly_unexplained(&self) -> bool {
        let causes = self.causes();
        let explained = |route: &Route| {
            causes.iter().any(|finding| {
                let volume = route.volume.is_some_and(|at| finding.subjects.volumes.contains(&at));
                volume && route.node.as_ref().is_some_and(|node| finding.subjects.nodes.contains(node))
            })
        };
        self.detours().any(|route| !explained(route))
    }

    pub(super) fn filters(&self) -> Vec<&'a Finding> {
        self.by_rule(&["incompatible-file-system-filter", "incompatible-volume-filter", "file-veto"])
    }

    /// The findings that explain a detour, gravest first.
    pub(super) fn causes(&self) -> Vec<&'a Finding> {
        let explains = |finding: &&&Finding| {
            self.detours().any(|route| {
                let volume = route.volume.is_some_and(|at| finding.subjects.volumes.contains(&at));
                let node = route.node.as_ref().is_some_and(|node| finding.subjects.nodes.contains(node));
                volume && node && finding.explains_detours() && finding.verdict != Verdict::NotRedirection
            })
        };
        self.findings.iter().collect::<Vec<_>>().iter().filter(explains).copied().collect()
    }

    /// The causes in a few words: `Volume1 is ReFS on a LUN ...`.
    pub(super) fn cause_words(&self) -> String {
        titles(&self.causes())
    }

    /// What the causes rest on.
    pub(super) fn cause_evidence(&self) -> Vec<Evidence> {
        cite(self.causes().iter().flat_map(|finding| finding.span.evidence.iter()))
    }

    /// Volumes that are ReFS, by index.
    pub(super) fn refs(&self) -> Vec<usize> {
        let is_refs =
            |(_, volume): &(usize, &VolumeStory)| volume.file_system.value == Some(FileSystem::Refs);
        let named = self
            .redirected()
            .filter(|(_, _, mode, _)| mode.file_system.has(crate::fact::FsReasons::FILE_SYSTEM_REFS));
        let all: BTreeSet<usize> =
            self.volumes().filter(is_refs).map(|(at, _)| at).chain(named.map(|(at, ..)| at)).collect();
        all.into_iter().collect()
    }
}

/// The titles of findings, each once; after two the rest is counted.
pub(super) fn titles(findings: &[&Finding]) -> String {
    let titles: BTreeSet<&str> = findings.iter().map(|finding| finding.title.as_str()).collect();
    let told: Vec<&str> = titles.iter().take(2).copied().collect();
    match titles.len() - told.len() {
        0 => told.join("; "),
        more => format!("{}; and {}", told.join("; "), words::count(more, "more kind")),
    }
}

/// The first few facts of several lists.
pub(super) fn cite<'e>(evidence: impl IntoIterator<Item = &'e Evidence>) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = Vec::new();
    for cited in evidence {
        if out.len() < CITED && !out.iter().any(|other| other.fact == cited.fact) {
            out.push(*cited);
        }
    }
    out
}
