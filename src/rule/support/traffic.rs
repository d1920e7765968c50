//! I/O that was measured as redirected while the volume was direct. Judges nothing.

use std::collections::BTreeSet;

use crate::case::{Case, Traffic};
use crate::fact::{Certainty, ModeKind, Name, TrafficPath};

/// Redirected traffic of a volume, measured on nodes that were surely direct for all that time: files, not the volume,
/// went through the coordinator.
pub(crate) fn beside_direct(case: &Case, at: usize) -> impl Iterator<Item = &Traffic> {
    let volume = &case.volumes[at];
    let redirected = case.traffic.iter().filter(move |t| {
        t.volume == Some(at)
            && t.path == TrafficPath::FileSystemRedirected
            && t.read + t.written + t.undirected > 0
    });
    redirected.filter(|traffic| {
        let of_node = volume.io_mode.iter().filter(|(node, _)| Some(node) == traffic.node.as_ref());
        let mut meeting = of_node
            .flat_map(|(_, timeline)| &timeline.pieces)
            .filter(|p| super::overlap(&p.span, &traffic.span))
            .peekable();
        let direct = |m: &crate::fact::IoMode| m.kind == ModeKind::Direct;
        meeting.peek().is_some()
            && meeting.all(|p| p.span.certainty > Certainty::Assumed && p.value.as_ref().is_some_and(direct))
    })
}

/// The nodes of some traffic.
pub(crate) fn nodes<'t>(traffic: &[&'t Traffic]) -> BTreeSet<&'t Name> {
    traffic.iter().filter_map(|t| t.node.as_ref()).collect()
}
