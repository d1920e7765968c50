//! How much of the traffic that could be through coordinators was, beside what random placement expects.
//!
//! With n nodes, a VM placed without regard to its volume's owner stands on another node with the chance (n - 1)/n
//! (facts: domain section 2, row 24): half with two nodes, two thirds with three.

use super::Step;
use crate::case::RouteKind;
use crate::detour::expected_apart;

/// A measured share and the expected one.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Disk time that passed through a coordinator, nanoseconds.
    pub detoured: i64,
    /// Disk time on volumes that were redirected on the VM's node, on the owner or elsewhere, nanoseconds.
    pub redirected: i64,
    /// Number of nodes.
    pub nodes: usize,
}

impl Share {
    /// The share that was, 0 to 1; `None` where nothing was redirected.
    #[must_use]
    pub fn measured(&self) -> Option<f64> {
        (self.redirected > 0).then(|| self.detoured as f64 / self.redirected as f64)
    }

    /// The share that random placement expects, 0 to 1; `None` where no node is known.
    #[must_use]
    pub fn expected(&self) -> Option<f64> {
        expected_apart(self.nodes)
    }
}

/// The share of some steps in a cluster of so many nodes. A non-owner that is block redirected counts with the time that
/// VMs are direct on the owner of the same volume: there they would be redirected on any other node.
#[must_use]
pub fn share(steps: &[Step], nodes: usize) -> Share {
    let mut out = Share { detoured: 0, redirected: 0, nodes };
    let blocked: std::collections::BTreeSet<usize> = steps
        .iter()
        .filter(|step| step.route == RouteKind::ViaCoordinatorBlock)
        .filter_map(|step| step.volume)
        .collect();
    for step in steps {
        let nanos = step.window.nanos();
        let beside = step.route == RouteKind::Direct
            && step.coordinator.is_some()
            && step.coordinator == step.node
            && step.volume.is_some_and(|volume| blocked.contains(&volume));
        if step.route.is_detour() {
            out.detoured = out.detoured.saturating_add(nanos);
        }
        if step.route.is_detour() || step.route == RouteKind::OwnerLocal || beside {
            out.redirected = out.redirected.saturating_add(nanos);
        }
    }
    out
}
