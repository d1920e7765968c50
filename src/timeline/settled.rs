//! What does not change while a bundle lasts: file system, storage kind. Only from sources that say so; sources that
//! disagree settle nothing.
//!
//! No disk connectivity alone says nothing of the storage: by design on Storage Spaces, a fault on a SAN.

use std::collections::{BTreeMap, BTreeSet};

use super::told::Told;
use super::{Settled, evidence_of};
use crate::fact::{
    BlockReasons, Certainty, Claim, ClusterClaim, DiskClaim, Evidence, FactId, FileSystem, FsReasons,
    ModeKind, Name, NodeClaim, Role, StorageKind, VolumeClaim,
};

/// Supporting facts kept.
const KEPT: usize = 8;

/// One value, if all say the same. `sure`: a source says it in so many words.
#[must_use]
pub fn settle<T: Clone + Ord>(votes: Vec<(T, FactId, Certainty)>) -> Settled<T> {
    let mut by_value: BTreeMap<T, (Certainty, Vec<FactId>)> = BTreeMap::new();
    for (value, fact, certainty) in votes {
        let (sure, facts) = by_value.entry(value).or_insert((certainty, Vec::new()));
        *sure = (*sure).max(certainty);
        if facts.len() < KEPT {
            facts.push(fact);
        }
    }
    let agreed = by_value.len() == 1;
    let role = if agreed { Role::Supports } else { Role::Contradicts };
    let evidence =
        evidence_of(by_value.values().flat_map(|(_, facts)| facts.iter().map(|&fact| (fact, role))));
    match by_value.into_iter().next().filter(|_| agreed) {
        Some((value, (certainty, _))) => Settled { value: Some(value), certainty, evidence },
        None => Settled { value: None, certainty: Certainty::Unknown, evidence },
    }
}

/// The file system below CSVFS.
pub(super) fn file_system(claims: &[Told<'_>]) -> Settled<FileSystem> {
    let mut votes = Vec::new();
    for told in claims {
        match &told.fact.claim {
            Claim::Volume(_, VolumeClaim::FileSystem(fs)) => {
                votes.push((fs.clone(), told.id, Certainty::Observed))
            }
            // Only ReFS sets this bit.
            Claim::Volume(_, VolumeClaim::Mode { mode, .. })
                if mode.file_system.has(FsReasons::FILE_SYSTEM_REFS) =>
            {
                votes.push((FileSystem::Refs, told.id, Certainty::Derived));
            }
            _ => {}
        }
    }
    settle(votes)
}

/// Windows Server 2012: the first with Storage Spaces.
const FIRST_SPACES: u32 = 9200;

/// That no node of the cluster has a Storage Space: all are of a Windows before there were any, or every node of `nodes` listed
/// its disks, each lists shared ones, and none lists a space. A space shows as a disk on the node that has it attached, so a clustered space
/// would show on one of them.
pub(super) fn no_spaces(told: &[Told<'_>], nodes: &BTreeSet<Name>) -> Vec<FactId> {
    let mut listed: BTreeMap<&Name, Vec<FactId>> = BTreeMap::new();
    let mut older: BTreeMap<Name, FactId> = BTreeMap::new();
    let mut later = false;
    for told in told {
        match (&told.fact.claim, &told.fact.reporter) {
            (Claim::Node(r, NodeClaim::OsBuild(build)), _) => {
                later |= *build >= FIRST_SPACES;
                older.extend(told.node_or_reporter(r.name.as_ref()).map(|node| (node, told.id)));
            }
            (Claim::Disk(_, DiskClaim::Space { .. }), _)
            | (Claim::Cluster(ClusterClaim::SpacesDirect(true)), _) => {
                return Vec::new();
            }
            (Claim::Disk(_, DiskClaim::BusType(bus)), Some(node)) => {
                match bus.to_ascii_lowercase().as_str() {
                    "spaces" | "storage spaces" => return Vec::new(),
                    "fibre channel" | "fc" | "iscsi" | "sas" => listed.entry(node).or_default().push(told.id),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    if !later && !nodes.is_empty() && nodes.iter().all(|node| older.contains_key(node)) {
        return older.into_values().take(KEPT).collect();
    }
    if nodes.is_empty() || !nodes.iter().all(|node| listed.contains_key(node)) {
        return Vec::new();
    }
    listed.into_values().flat_map(|facts| facts.into_iter().take(2)).take(KEPT).collect()
}

/// What lies under the volume. `disks` are facts about its disk; `spaces_direct` is the cluster's; `no_spaces`
/// is what [`no_spaces`] rests on.
pub(super) fn storage(
    claims: &[Told<'_>],
    disks: &[Told<'_>],
    spaces_direct: &Settled<bool>,
    no_spaces: &[FactId],
) -> Settled<StorageKind> {
    let mut said = Vec::new();
    let mut spaces: Vec<FactId> = Vec::new();
    let mut lun: Vec<FactId> = Vec::new();
    for told in claims {
        match &told.fact.claim {
            Claim::Volume(_, VolumeClaim::Storage(kind)) => said.push((*kind, told.id, Certainty::Observed)),
            Claim::Volume(_, VolumeClaim::Mode { mode, .. }) => {
                if mode.block.has(BlockReasons::VOLUME_REPLICATION_ENABLED) {
                    said.push((StorageKind::StorageReplica, told.id, Certainty::Derived));
                }
                if mode.block.has(BlockReasons::STORAGE_SPACE_NOT_ATTACHED) {
                    spaces.push(told.id);
                }
            }
            _ => {}
        }
    }
    for told in disks {
        match &told.fact.claim {
            Claim::Disk(_, DiskClaim::Space { .. }) => spaces.push(told.id),
            Claim::Disk(_, DiskClaim::BusType(bus)) => match bus.to_ascii_lowercase().as_str() {
                "spaces" | "storage spaces" => spaces.push(told.id),
                // Of the volume's own disk: the drives of a pool have other numbers than the space on them.
                "fibre channel" | "fc" | "iscsi" | "sas" => lun.push(told.id),
                _ => {}
            },
            // MPIO claims whole disks that it sees over several paths: a LUN, never a space.
            Claim::Disk(_, DiskClaim::Paths { .. }) => lun.push(told.id),
            _ => {}
        }
    }
    if !said.is_empty() {
        // Replication may sit on any storage: where both are named, replication decides the mode.
        if said.iter().any(|vote| vote.0 == StorageKind::StorageReplica) {
            said.retain(|vote| vote.0 == StorageKind::StorageReplica);
        }
        return settle(said);
    }
    // A space is attached on one node (a simple one perhaps on more): two nodes that are direct deny it.
    let mut direct: BTreeMap<&Name, FactId> = BTreeMap::new();
    for told in claims {
        if let Claim::Volume(_, VolumeClaim::Mode { node, mode }) = &told.fact.claim
            && mode.kind == ModeKind::Direct
            && let Some(node) = node.as_ref().or(told.fact.reporter.as_ref())
        {
            direct.entry(node).or_insert(told.id);
        }
    }
    let simple = space(disks).1 == Some(true);
    if direct.len() > 1
        && lun.is_empty()
        && !simple
        && (!spaces.is_empty() || spaces_direct.value == Some(true))
    {
        let cited = spaces.iter().chain(direct.values()).map(|&fact| (fact, Role::Contradicts));
        let mut evidence = evidence_of(cited);
        let cluster = spaces_direct.evidence.iter().map(|e| Evidence { role: Role::Contradicts, ..*e });
        evidence.extend(cluster);
        evidence.sort_unstable();
        evidence.dedup();
        return Settled { evidence, ..Settled::default() };
    }
    let derived =
        |facts: &[FactId], kind| facts.iter().map(|&fact| (kind, fact, Certainty::Derived)).collect();
    let kind = match spaces_direct.value {
        Some(true) => Some(StorageKind::SpacesDirect),
        Some(false) => Some(StorageKind::SharedSpace),
        None => None,
    };
    match (kind, spaces.is_empty(), lun.is_empty()) {
        (Some(kind), false, true) => {
            let mut out = settle(derived(&spaces, kind));
            out.evidence.extend(&spaces_direct.evidence);
            out.evidence.sort_unstable();
            out.evidence.dedup();
            out
        }
        (_, true, false) => settle(derived(&lun, StorageKind::San)),
        (None | Some(StorageKind::SharedSpace), true, true) if !no_spaces.is_empty() => {
            settle(derived(no_spaces, StorageKind::San))
        }
        // Storage Spaces Direct with nothing said of this disk: its volumes are spaces (the pool takes all of
        // the cluster's storage), but a LUN beside it is possible.
        (Some(StorageKind::SpacesDirect), true, true) => Settled {
            value: Some(StorageKind::SpacesDirect),
            certainty: Certainty::Assumed,
            evidence: spaces_direct.evidence.clone(),
        },
        (None, false, true) => Settled {
            evidence: evidence_of(spaces.iter().map(|&f| (f, Role::Supports))),
            ..Settled::default()
        },
        (_, false, false) => Settled {
            evidence: evidence_of(spaces.iter().chain(&lun).map(|&f| (f, Role::Contradicts))),
            ..Settled::default()
        },
        _ => Settled::default(),
    }
}

/// Is the space under the volume tiered; may it attach on several nodes at once? `None` where nothing says.
pub(super) fn space(disks: &[Told<'_>]) -> (Option<bool>, Option<bool>) {
    let (mut tiered, mut several) = (None, None);
    for told in disks {
        if let Claim::Disk(_, DiskClaim::Space { resiliency, tiered: told_tiered, .. }) = &told.fact.claim {
            tiered = tiered.max(*told_tiered);
            // A simple space is the one kind said to attach on several nodes; not published, so never relied on.
            several = several.max(resiliency.as_ref().map(|r| r.eq_ignore_ascii_case("simple")));
        }
    }
    (tiered, several)
}
