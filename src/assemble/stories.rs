//! The stories of nodes, volumes and VMs. What is told in a log whose times may be hours off stands at no certain time: it ends
//! nothing and contradicts nothing that others tell. So stories are told without it first; where they stay open, with it,
//! as assumed at most.

use std::collections::BTreeSet;

use crate::clock::DOUBTFUL;
use crate::fact::{Certainty, Claim, FactId, Name, NodeClaim, VmClaim, VolumeClaim};
use crate::timeline::cast::Cast;
use crate::timeline::told::{Told, World};
use crate::timeline::window::{Cursor, append, cuts};
use crate::timeline::{self, NodeStory, Settled, Timeline, VmStory, VolumeStory};

pub(super) struct Stories {
    pub(super) nodes: Vec<NodeStory>,
    pub(super) volumes: Vec<VolumeStory>,
    pub(super) vms: Vec<VmStory>,
}

impl Stories {
    /// Tells them. `owners` are the nodes that inputs belong to.
    pub(super) fn tell(
        world: &World<'_>,
        cast: &Cast,
        owners: &BTreeSet<Name>,
        spaces_direct: &Settled<bool>,
    ) -> Self {
        let mut out = Self::of(world, cast, owners, spaces_direct);
        let (certain, placeless): (Vec<Told<'_>>, Vec<Told<'_>>) =
            world.told.iter().partition(|told| told.spread <= DOUBTFUL);
        let ids: BTreeSet<FactId> = placeless.iter().map(|told| told.id).collect();
        let doubtful = |fact: FactId| ids.contains(&fact);
        out.doubt(&doubtful);
        if placeless.iter().any(passes) {
            let mut told = certain;
            told.extend(placeless.iter().filter(|told| !passes(told)));
            told.sort_by_key(|told| told.id);
            let coverage = world.coverage.clone();
            let without = World { told, coverage, from: world.from, to: world.to };
            let mut sure = Self::of(&without, cast, owners, spaces_direct);
            sure.doubt(&doubtful);
            out.prefer(&sure);
        }
        out
    }

    fn of(world: &World<'_>, cast: &Cast, owners: &BTreeSet<Name>, spaces_direct: &Settled<bool>) -> Self {
        let nodes = timeline::node::nodes(world, cast, owners);
        let volumes = timeline::volume::volumes(world, cast, &nodes, spaces_direct);
        let vms = timeline::vm::vms(world, cast, &nodes);
        Self { nodes, volumes, vms }
    }

    fn doubt(&mut self, doubtful: &dyn Fn(FactId) -> bool) {
        for volume in &mut self.volumes {
            volume.coordinator.doubt(doubtful);
            volume.io_mode.iter_mut().for_each(|(_, timeline)| timeline.doubt(doubtful));
            volume.state.iter_mut().for_each(|(_, timeline)| timeline.doubt(doubtful));
        }
        self.vms.iter_mut().for_each(|vm| vm.placement.doubt(doubtful));
        self.nodes.iter_mut().for_each(|node| node.up.doubt(doubtful));
    }

    fn prefer(&mut self, sure: &Self) {
        for node in &mut self.nodes {
            if let Some(other) = sure.nodes.iter().find(|other| other.name == node.name) {
                prefer(&mut node.up, &other.up);
            }
        }
        // Volumes and VMs stand in the order of the cast in both.
        for (volume, other) in self.volumes.iter_mut().zip(&sure.volumes) {
            prefer(&mut volume.coordinator, &other.coordinator);
            by_node(&mut volume.io_mode, &other.io_mode);
            by_node(&mut volume.state, &other.state);
        }
        for (vm, other) in self.vms.iter_mut().zip(&sure.vms) {
            prefer(&mut vm.placement, &other.placement);
        }
    }
}

/// Does it tell of a state that passes? File systems, storage, versions and names are told once for all times.
fn passes(told: &Told<'_>) -> bool {
    match &told.fact.claim {
        Claim::Volume(_, claim) => !matches!(
            claim,
            VolumeClaim::Named
                | VolumeClaim::FileSystem(_)
                | VolumeClaim::Storage(_)
                | VolumeClaim::InCsv { .. }
        ),
        Claim::Vm(_, claim) => !matches!(
            claim,
            VmClaim::Named
                | VmClaim::Disk { .. }
                | VmClaim::DiskOpened { .. }
                | VmClaim::ConfigurationAt { .. }
        ),
        Claim::Node(_, claim) => {
            !matches!(claim, NodeClaim::Named | NodeClaim::OsBuild(_) | NodeClaim::OsName(_))
        }
        Claim::Group(..) | Claim::Resource(..) => true,
        _ => false,
    }
}

fn by_node<T: Clone + PartialEq>(all: &mut [(Name, Timeline<T>)], sure: &[(Name, Timeline<T>)]) {
    for (node, timeline) in all {
        if let Some((_, other)) = sure.iter().find(|(name, _)| name == node) {
            prefer(timeline, other);
        }
    }
}

/// What is known without the doubtful stands.
fn prefer<T: Clone + PartialEq>(all: &mut Timeline<T>, sure: &Timeline<T>) {
    let spans = all.pieces.iter().chain(&sure.pieces).map(|piece| &piece.span);
    let mut starts = vec![None];
    starts.extend(cuts(spans).into_iter().map(Some));
    let (mut others, mut known) = (Cursor::new(all), Cursor::new(sure));
    let mut pieces = Vec::new();
    for (at, &from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).copied().flatten();
        let known = known.piece(from).filter(|piece| piece.span.certainty >= Certainty::Derived);
        let Some(piece) = known.or_else(|| others.piece(from)) else { continue };
        let (certainty, evidence) = (piece.span.certainty, piece.span.evidence.clone());
        append(&mut pieces, from, to, piece.value.clone(), certainty, evidence);
    }
    *all = Timeline { pieces };
}
