//! What is otherwise than the seed drew it: the same story under a change, with nothing else drawn anew.

use std::collections::BTreeMap;

use crate::fact::{FileSystem, Instant};
use crate::simulate::build::Builder;

/// A change of a spec. Volumes, VMs and nodes go by their index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Altered {
    /// File systems of volumes.
    pub file_systems: BTreeMap<usize, FileSystem>,
    /// Coordinators of volumes: such a volume is owned by that node and not moved by request.
    pub owners: BTreeMap<usize, usize>,
    /// Nodes of VMs: such a VM runs there and is not migrated.
    pub placed: BTreeMap<usize, usize>,
    /// So many nodes more. Nothing is placed on them.
    pub added: usize,
}

impl Altered {
    /// Names of the nodes that are more.
    pub(super) fn more_nodes<'a>(
        &self,
        stem: &'a str,
        nodes: usize,
    ) -> impl Iterator<Item = String> + use<'a> {
        (nodes + 1..=nodes + self.added).map(move |at| format!("{stem}{at:02}"))
    }

    /// Alters a cluster that was drawn. `booted`: when added nodes were started.
    pub(super) fn alter(&self, builder: &mut Builder, more: &[String], booted: Instant) {
        for (&at, file_system) in &self.file_systems {
            if let Some(volume) = builder.cluster.volumes.get_mut(at) {
                volume.file_system = file_system.clone();
            }
        }
        for (&at, &owner) in &self.owners {
            builder.owner(at, owner);
        }
        for (&at, &node) in &self.placed {
            if let Some(vm) = builder.cluster.vms.get_mut(at) {
                vm.node = node;
            }
        }
        let known = builder.cluster.nodes.len();
        builder.nodes(&more.iter().map(String::as_str).collect::<Vec<_>>());
        for node in &mut builder.cluster.nodes[known..] {
            node.booted = booted;
        }
        for volume in &mut builder.cluster.volumes {
            if let Some(on) = volume.on.last().cloned() {
                volume.on.resize(builder.cluster.nodes.len(), on);
            }
        }
    }
}
