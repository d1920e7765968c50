//! Whether a node reaches a volume's disk, and whether it is meant to. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Volumes;
use crate::case::{Case, VolumeStory};
use crate::fact::{
    BlockReasons, Certainty, Claim, DiskClaim, FactId, Instant, IoMode, ModeKind, Name, ResourceClaim,
    VolumeRef,
};

/// Block redirected for want of a path, as far as the mode says why.
pub(crate) fn has_no_path(mode: &IoMode) -> bool {
    mode.kind == ModeKind::BlockRedirected
        && (mode.block.is_empty() || mode.block.has(BlockReasons::NO_DISK_CONNECTIVITY))
}

/// Does anything show that the node is meant to reach the disk: it was direct, or owned it, at some time?
pub(crate) fn reaches_disk(volume: &VolumeStory, node: &Name) -> bool {
    let direct = super::ever_surely(volume, node, |m| m.kind == ModeKind::Direct);
    let mut pieces = volume.coordinator.pieces.iter();
    direct || pieces.any(|p| p.span.certainty > Certainty::Assumed && p.value.as_ref() == Some(node))
}

/// What shows that a node is meant to reach the volume's disk.
pub(crate) struct Meant {
    /// It was direct while another node owned it.
    pub(crate) beside_owner: bool,
    /// It was direct, or the owner.
    pub(crate) reaches: bool,
}

impl Meant {
    pub(crate) fn of(volume: &VolumeStory, node: &Name) -> Self {
        // The first only matters where it is not known what the volume lies on.
        let open = volume.storage.value.is_none();
        Self {
            beside_owner: open && super::direct_without_owning(volume, node),
            reaches: reaches_disk(volume, node),
        }
    }
}

/// What nodes said of trouble with their disks and paths, by node and in order of time.
pub(crate) struct Troubles<'a> {
    of: BTreeMap<&'a Name, Vec<(Instant, FactId, &'a DiskClaim)>>,
}

impl<'a> Troubles<'a> {
    pub(crate) fn of(case: &'a Case) -> Self {
        let mut of: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, placed) in case.facts() {
            if let (Some(moment), Some(node), Claim::Disk(_, claim)) =
                (placed.moment, &placed.fact.reporter, &placed.fact.claim)
                && is_trouble(claim)
            {
                of.entry(node).or_default().push((moment.at, id, claim));
            }
        }
        Self { of }
    }

    /// Those of a node from an instant on, in order of time.
    pub(crate) fn since(
        &self,
        node: &Name,
        from: Instant,
    ) -> impl Iterator<Item = (Instant, FactId, &'a DiskClaim)> {
        let own = self.of.get(node).map_or(&[][..], Vec::as_slice);
        own[own.partition_point(|(at, ..)| *at < from)..].iter().copied()
    }
}

fn is_trouble(claim: &DiskClaim) -> bool {
    matches!(
        claim,
        DiskClaim::PathFailed { .. }
            | DiskClaim::AllPathsFailed { .. }
            | DiskClaim::IoTrouble { .. }
            | DiskClaim::Disconnected { .. }
            | DiskClaim::ReservationLost
    )
}

/// Which nodes may own each volume's disk, where that was read. `Get-ClusterOwnerNode` names the nodes that a resource
/// may be online on; a node outside that list was never to have the disk.
pub(crate) struct Owners {
    of: BTreeMap<usize, (FactId, BTreeSet<Name>)>,
}

impl Owners {
    pub(crate) fn of(case: &Case) -> Self {
        let volumes = Volumes::of(case);
        let mut of = BTreeMap::new();
        for (id, placed) in case.facts() {
            let Claim::Resource(resource, ResourceClaim::PossibleOwners(nodes)) = &placed.fact.claim else {
                continue;
            };
            let named = VolumeRef { resource: resource.name.clone(), ..VolumeRef::default() };
            if let Some(volume) = volumes.find(&named) {
                of.insert(volume, (id, nodes.iter().cloned().collect()));
            }
        }
        Self { of }
    }

    /// Was it read who may own the volume?
    pub(crate) fn known(&self, volume: usize) -> bool {
        self.of.contains_key(&volume)
    }

    /// The statement by which the node may never own the volume.
    pub(crate) fn excluding(&self, volume: usize, node: &Name) -> Option<(FactId, &BTreeSet<Name>)> {
        self.of.get(&volume).filter(|(_, nodes)| !nodes.contains(node)).map(|(id, nodes)| (*id, nodes))
    }
}
