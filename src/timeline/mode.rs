//! The I/O mode of a volume on each node: rows and events where they speak, published rules where they hold.
//!
//! Rules (facts/domain.md 0): ReFS is file-system redirected on every node in every version that allows it on a
//! CSV (2012 R2 on); the reason is named where a source names it or since build 14393. NTFS on Storage Spaces Direct,
//! on a shared untiered Space or under Storage Replica is direct on the owner and block redirected elsewhere. On any other
//! storage silence proves nothing: without a row or event the mode is unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::cover::Cover;
use super::layer::{Fs, Layers, Own, Shared, owner_cover};
use super::told::{Told, World};
use super::window::{Cursor, append, cuts, unordered};
use super::{NodeStory, Piece, Settled, Timeline, evidence_of};
use crate::fact::{
    BlockReasons, Certainty, Claim, Evidence, FactId, FileSystem, FsReasons, Instant, IoMode, ModeKind, Name,
    Role, Span, StorageKind, VolumeClaim,
};

/// Windows Server 2012 R2: the first that allows ReFS on a CSV.
const FIRST_REFS: u32 = 9600;
/// Windows Server 2016: the first with the `FileSystemReFs` bit.
const NAMES_REFS: u32 = 14393;
/// Windows Server 2012 R2: the first with reasons that no event tells (tiering, BitLocker; facts/domain.md 2).
const UNSAID_REASONS: u32 = 9600;
/// Windows Server 2016: the first with Storage Replica, which redirects below the file system although the disk is seen.
const FIRST_REPLICA: u32 = 14393;
/// Windows Server 2012: since then backups keep direct I/O.
const BACKUP_STAYS_DIRECT: u32 = 9200;

/// What is settled about a volume and decides its rules.
pub(super) struct Nature<'a> {
    pub(super) file_system: &'a Settled<FileSystem>,
    pub(super) storage: &'a Settled<StorageKind>,
    /// Has storage tiers.
    pub(super) tiered: Option<bool>,
    /// A simple space, which may attach on several nodes.
    pub(super) simple: Option<bool>,
    pub(super) os_build: Option<u32>,
    /// By a name that the cluster's events use; under its GUID alone their silence means nothing.
    pub(super) named: bool,
    /// By node that lists the volume's disk among its own at collection, what says so.
    pub(super) reached: BTreeMap<Name, Told<'a>>,
}

/// A rule with its certainty.
enum Rule {
    None,
    /// Rows and the file system contradict each other.
    Contradicted(Vec<Evidence>),
    Refs {
        named: bool,
        certainty: Certainty,
    },
    OwnerDirect {
        reason: BlockReasons,
        certainty: Certainty,
    },
}

/// The mode on every node of `nodes`.
pub(super) fn modes(
    claims: &[Told<'_>],
    coordinator: &Timeline<Name>,
    nature: &Nature<'_>,
    own: &Own,
    nodes: &[NodeStory],
    world: &World<'_>,
) -> Vec<(Name, Timeline<IoMode>)> {
    let lun =
        nature.storage.value == Some(StorageKind::San) && nature.storage.certainty >= Certainty::Derived;
    let replicas = nature.os_build.is_none_or(|build| build >= FIRST_REPLICA);
    let shared = Shared {
        claims,
        coordinator,
        owner_cover: if nature.named { owner_cover(coordinator, nodes, world) } else { Cover::default() },
        cycle_cover: world.coverage.any_state(),
        unsaid: nature.os_build.is_none_or(|build| build >= UNSAID_REASONS),
        named: nature.named,
        lun,
        reached: (lun && !replicas).then_some(&nature.reached),
        backup_redirects: nature.os_build.map(|build| build < BACKUP_STAYS_DIRECT),
        maintained: claims
            .iter()
            .any(|told| matches!(told.fact.claim, Claim::Volume(_, VolumeClaim::Maintenance { on: true }))),
        filters: &own.filters,
        mounts: &own.mounts,
    };
    let rule = rule(claims, coordinator, nature);
    let one = |node: &Name| {
        let layers = Layers::fold(node, &shared, world);
        (node.clone(), combine(node, &layers, coordinator, nature, &rule, world))
    };
    nodes.iter().filter_map(|node| node.name.as_ref()).map(one).collect()
}

fn rows<'a>(claims: &'a [Told<'_>]) -> impl Iterator<Item = (Name, Instant, IoMode)> + 'a {
    claims.iter().filter_map(|told| match &told.fact.claim {
        Claim::Volume(_, VolumeClaim::Mode { node, mode }) => {
            Some((told.node_or_reporter(node.as_ref())?, told.at, *mode))
        }
        _ => None,
    })
}

/// Which rule holds; none where a row contradicts it.
fn rule(claims: &[Told<'_>], coordinator: &Timeline<Name>, nature: &Nature<'_>) -> Rule {
    let at_most = |certainty: Certainty| certainty.min(Certainty::Derived);
    match nature.file_system.value {
        Some(FileSystem::Refs) if nature.os_build.is_none_or(|build| build >= FIRST_REFS) => {
            let against = |mode: IoMode| matches!(mode.kind, ModeKind::Direct | ModeKind::BlockRedirected);
            let contradicts = |told: &&Told<'_>| matches!(&told.fact.claim, Claim::Volume(_, VolumeClaim::Mode { mode, .. }) if against(*mode));
            let mut both: Vec<FactId> =
                claims.iter().filter(contradicts).map(|told| told.id).take(8).collect();
            if !both.is_empty() {
                both.extend(nature.file_system.evidence.iter().map(|e| e.fact));
                return Rule::Contradicted(evidence_of(
                    both.into_iter().map(|fact| (fact, Role::Contradicts)),
                ));
            }
            let named = rows(claims).any(|row| row.2.file_system.has(FsReasons::FILE_SYSTEM_REFS))
                || nature.os_build.is_some_and(|build| build >= NAMES_REFS);
            Rule::Refs { named, certainty: at_most(nature.file_system.certainty) }
        }
        // A file system that nothing names and that is not redirected by nature goes by the same rule.
        Some(FileSystem::Ntfs) | None
            if nature.file_system.value.is_some()
                || nature.file_system.evidence.is_empty()
                    && rows(claims)
                        .any(|row| matches!(row.2.kind, ModeKind::Direct | ModeKind::BlockRedirected)) =>
        {
            let reason = match nature.storage.value {
                Some(StorageKind::SpacesDirect) if nature.tiered != Some(true) => {
                    BlockReasons::NO_DISK_CONNECTIVITY
                }
                Some(StorageKind::SharedSpace)
                    if nature.tiered == Some(false) && nature.simple == Some(false) =>
                {
                    // Which reason 2012 R2 names here is not established.
                    match nature.os_build {
                        Some(build) if build >= NAMES_REFS => BlockReasons::NO_DISK_CONNECTIVITY,
                        _ => BlockReasons::default(),
                    }
                }
                Some(StorageKind::StorageReplica) => BlockReasons::VOLUME_REPLICATION_ENABLED,
                _ => return Rule::None,
            };
            let against = rows(claims).any(|(node, at, mode)| {
                let owner = coordinator.at(at);
                let expected = owner
                    .map(|owner| if *owner == node { ModeKind::Direct } else { ModeKind::BlockRedirected });
                let blocks = matches!(mode.kind, ModeKind::Direct | ModeKind::BlockRedirected);
                blocks && expected.is_some_and(|expected| expected != mode.kind)
            });
            if against {
                return Rule::None;
            }
            let by_nature = match nature.file_system.value {
                Some(_) => nature.file_system.certainty,
                None => Certainty::Derived,
            };
            let certainty = at_most(by_nature.min(nature.storage.certainty));
            Rule::OwnerDirect { reason, certainty }
        }
        _ => Rule::None,
    }
}

struct Answer {
    value: Option<IoMode>,
    certainty: Certainty,
    evidence: Vec<Evidence>,
}

fn combine(
    node: &Name,
    layers: &Layers,
    coordinator: &Timeline<Name>,
    nature: &Nature<'_>,
    rule: &Rule,
    world: &World<'_>,
) -> Timeline<IoMode> {
    let fs = [&layers.user, &layers.filter, &layers.rest, &layers.backup];
    let spans = fs.iter().flat_map(|layer| layer.pieces.iter().map(|p| &p.span));
    let spans = spans.chain(layers.block.pieces.iter().map(|p| &p.span));
    let gone = [&layers.maintenance, &layers.cut];
    let spans = spans.chain(gone.iter().flat_map(|layer| layer.pieces.iter().map(|p| &p.span)));
    let spans = spans.chain(coordinator.pieces.iter().map(|p| &p.span));
    let mut starts: Vec<Option<Instant>> = vec![None];
    starts.extend(cuts(spans).into_iter().map(Some));
    let mut fs = fs.map(Cursor::new);
    let (mut block, mut gone) = (Cursor::new(&layers.block), gone.map(Cursor::new));
    let mut owner = Cursor::new(coordinator);
    let mut pieces: Vec<Piece<IoMode>> = Vec::new();
    for (at, &from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).copied().flatten();
        let [user, filter, rest, backup] = &mut fs;
        let [maintenance, cut] = &mut gone;
        let on = [user.piece(from), filter.piece(from), rest.piece(from), backup.piece(from)];
        let view = View {
            node,
            redirects: on,
            block: block.piece(from),
            gone: [maintenance.piece(from), cut.piece(from)],
            owner: owner.piece(from),
            backs_up: nature.os_build.is_some_and(|build| build < BACKUP_STAYS_DIRECT),
        };
        let mut answer = view.answer(nature, rule);
        // It may have had no access where nothing tells.
        let unsure = !view.has_access() || view.apart(&answer, world);
        if answer.certainty > Certainty::Assumed && unsure {
            answer.certainty = Certainty::Assumed;
        }
        if answer.value.is_none() {
            disputed(&mut answer.evidence);
        }
        append(&mut pieces, from, to, answer.value, answer.certainty, answer.evidence);
    }
    Timeline { pieces }
}

/// A row says something of every layer. Where it contradicts others in one and the mode is unknown for that, it stays a
/// contradiction whatever it supports in the rest.
fn disputed(evidence: &mut Vec<Evidence>) {
    let against = |cite: &&Evidence| cite.role == Role::Contradicts;
    let facts: BTreeSet<FactId> = evidence.iter().filter(against).map(|cite| cite.fact).collect();
    evidence.retain(|cite| cite.role == Role::Contradicts || !facts.contains(&cite.fact));
}

/// All layers over a stretch in which none of them changes.
struct View<'a> {
    node: &'a Name,
    /// User, filter, rest, backup.
    redirects: [Option<&'a Piece<Fs>>; 4],
    block: Option<&'a Piece<Option<BlockReasons>>>,
    /// Maintenance, cut off.
    gone: [Option<&'a Piece<bool>>; 2],
    owner: Option<&'a Piece<Name>>,
    /// This Windows redirects for backups.
    backs_up: bool,
}

impl View<'_> {
    /// Does the answer rest on layers that may never have been in force together?
    fn apart(&self, answer: &Answer, world: &World<'_>) -> bool {
        let Some(mode) = answer.value else { return false };
        if !matches!(mode.kind, ModeKind::Direct | ModeKind::BlockRedirected) {
            return false;
        }
        let layers = self.redirects.iter().flatten().map(|p| &p.span);
        let rest = self.owner.map(|p| &p.span).into_iter().chain(self.block.map(|p| &p.span));
        // Only what the answer cites can be wrong about it.
        let cited =
            |span: &&Span| span.evidence.iter().any(|e| answer.evidence.iter().any(|a| a.fact == e.fact));
        let spans: Vec<&Span> = layers.chain(rest).filter(cited).collect();
        unordered(&spans, world)
    }

    /// Is it known whether the node has access?
    fn has_access(&self) -> bool {
        let sure = |p: &&Piece<bool>| p.span.certainty >= Certainty::Derived;
        let known = self.gone.map(|piece| piece.filter(sure).and_then(|p| p.value));
        known.contains(&Some(true)) || known == [Some(false); 2]
    }

    fn answer(&self, nature: &Nature<'_>, rule: &Rule) -> Answer {
        let gone = self.gone.iter().flatten().filter(|p| p.value == Some(true));
        if let Some(Piece { span, .. }) = gone.max_by_key(|p| p.span.certainty) {
            let unavailable = IoMode {
                kind: ModeKind::Unavailable,
                file_system: FsReasons::default(),
                block: BlockReasons::default(),
            };
            return Answer {
                value: Some(unavailable),
                certainty: span.certainty,
                evidence: span.evidence.clone(),
            };
        }
        if let Rule::Contradicted(evidence) = rule {
            return Answer { value: None, certainty: Certainty::Unknown, evidence: evidence.clone() };
        }
        let on = self.redirects.iter().flatten().filter(|p| matches!(p.value, Some(Some(_))));
        let best = on.clone().map(|p| p.span.certainty).max();
        let mut bits = FsReasons::default();
        let mut evidence = Vec::new();
        for piece in on.filter(|p| Some(p.span.certainty) == best || p.span.certainty >= Certainty::Derived) {
            bits = bits.with(piece.value.flatten().unwrap_or_default());
            evidence.extend(&piece.span.evidence);
        }
        if let Rule::Refs { named, certainty } = *rule {
            let strong = best.is_some_and(|best| best >= certainty);
            let mut reasons = if strong { bits } else { FsReasons::default() };
            if named {
                reasons = reasons.with(FsReasons::FILE_SYSTEM_REFS);
            }
            evidence.extend(&nature.file_system.evidence);
            let certainty = certainty.max(best.unwrap_or(Certainty::Unknown));
            return Answer { value: Some(IoMode::file_system(reasons)), certainty, evidence };
        }
        if let Some(best) = best {
            return Answer { value: Some(IoMode::file_system(bits)), certainty: best, evidence };
        }
        self.below(nature, rule)
    }

    /// The mode when no file-system redirection is known to be on.
    fn below(&self, nature: &Nature<'_>, rule: &Rule) -> Answer {
        // Whether it is known to be off: backup counts only where Windows redirects for it, or it was ever spoken of.
        let [user, filter, rest, backup] = self.redirects;
        let mut off = Certainty::Observed;
        let mut evidence = Vec::new();
        let spoken = backup.filter(|p| self.backs_up || p.value.is_some() || !p.span.evidence.is_empty());
        for piece in [user, filter, rest].into_iter().chain(spoken.map(Some)) {
            off = off.min(piece.map_or(Certainty::Unknown, |p| p.span.certainty));
            evidence.extend(piece.into_iter().flat_map(|p| p.span.evidence.iter().copied()));
        }
        match rule {
            Rule::OwnerDirect { reason, certainty } => {
                let Some(Piece { span, value: Some(owner) }) = self.owner else {
                    evidence.extend(self.owner.into_iter().flat_map(|p| p.span.evidence.iter().copied()));
                    return Answer { value: None, certainty: Certainty::Unknown, evidence };
                };
                let mode = if owner == self.node { IoMode::DIRECT } else { IoMode::block(*reason) };
                evidence.extend(&span.evidence);
                evidence.extend(&nature.file_system.evidence);
                evidence.extend(&nature.storage.evidence);
                // Silence of the log about redirection requests is no proof of their absence.
                let certainty = span.certainty.min(*certainty).min(off.max(Certainty::Assumed));
                Answer { value: Some(mode), certainty, evidence }
            }
            _ => {
                // The coordinator mounts the file system itself: it cannot be cut off from the disk.
                let mounts = self.owner.filter(|p| p.value.as_ref() == Some(self.node));
                // Where its path is known as well, by less than that it owns the volume, that is what counts.
                let less = |owner: &Piece<Name>| {
                    self.block.is_none_or(|p| match p.value {
                        None => true,
                        Some(None) => p.span.certainty < owner.span.certainty,
                        Some(Some(_)) => false,
                    })
                };
                if let (Some(owner), true) = (mounts.filter(|owner| less(owner)), off > Certainty::Unknown) {
                    evidence.extend(&owner.span.evidence);
                    let certainty = owner.span.certainty.min(off).min(Certainty::Derived);
                    return Answer { value: Some(IoMode::DIRECT), certainty, evidence };
                }
                let Some(Piece { span, value: Some(block) }) = self.block else {
                    evidence.extend(self.block.into_iter().flat_map(|p| p.span.evidence.iter().copied()));
                    return Answer { value: None, certainty: Certainty::Unknown, evidence };
                };
                evidence.extend(&span.evidence);
                let certainty = span.certainty.min(off.max(Certainty::Assumed));
                let mode = match block {
                    None if off == Certainty::Unknown => {
                        return Answer { value: None, certainty: Certainty::Unknown, evidence };
                    }
                    None => IoMode::DIRECT,
                    Some(reasons) => IoMode::block(*reasons),
                };
                Answer { value: Some(mode), certainty, evidence }
            }
        }
    }
}
