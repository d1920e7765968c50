//! What would have been: the routes of a case under a change, beside those that were.
//!
//! A [`Change`] alters one thing and keeps the rest of history: who ran where, which pauses there were, how much each
//! disk moved. Modes follow from the cause matrix of the domain facts (sections 0 and 2). What does not follow
//! is unknown and counted as such, never guessed; what rests on more than the evidence is `assumed`. Refuses to
//! know what a change costs or whether it is wise.

mod best_owners;
mod mode;
mod share;
mod steps;
mod sums;

use crate::case::Case;
use crate::fact::{FileSystem, Name};

pub use best_owners::{Basis, BestOwners, Failure, Proposal, best_owners};
pub use share::{Share, share};
pub use steps::{Step, steps};
pub use sums::{Link, Side, Unknown};

/// One thing that would be otherwise, over the whole of the evidence. Volumes and VMs are indices into the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The VM runs on this node.
    Move {
        /// Which VM.
        vm: usize,
        /// Where.
        node: Name,
    },
    /// The volume is owned by this node.
    Owner {
        /// Which volume.
        volume: usize,
        /// By whom.
        node: Name,
    },
    /// The volume has this file system.
    FileSystem {
        /// Which volume.
        volume: usize,
        /// Which file system.
        to: FileSystem,
    },
    /// No incompatible filter driver is attached; of one volume, or of all.
    RemoveFilter {
        /// Which volume.
        volume: Option<usize>,
    },
    /// The node's paths to its disks are whole; of one volume, or of all.
    RepairPath {
        /// Which volume.
        volume: Option<usize>,
        /// Whose.
        node: Name,
    },
    /// There is one more node. By itself it changes no route: it changes what random placement would expect.
    AddNode {
        /// Its name.
        node: Name,
    },
}

/// What was and what would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// As it was.
    pub before: Side,
    /// Under the changes.
    pub after: Side,
    /// The share through coordinators beside what random placement would expect.
    pub shares: [Share; 2],
}

/// Recomputes the routes of a case under changes.
#[must_use]
pub fn what_if(case: &Case, changes: &[Change]) -> Outcome {
    let (was, would) = (steps(case, &[]), steps(case, changes));
    let nodes = case.nodes.iter().filter(|node| node.name.is_some()).count();
    let added = changes.iter().filter(|change| matches!(change, Change::AddNode { .. })).count();
    let shares = [share(&was, nodes), share(&would, nodes + added)];
    Outcome { before: Side::of(case, &was), after: Side::of(case, &would), shares }
}

#[cfg(test)]
mod tests;
