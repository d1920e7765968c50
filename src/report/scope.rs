//! What the user asked to see. It hides; it never changes what was found, and spans are shown whole.

use crate::case::{Case, VmStory, VolumeStory};
use crate::fact::{Guid, Instant, Name, Span};

/// `--from`, `--to`, `--node`, `--volume`, `--vm`. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Leave out what ended before.
    pub from: Option<Instant>,
    /// Leave out what began after.
    pub to: Option<Instant>,
    /// Nodes by name.
    pub nodes: Vec<Name>,
    /// Volumes by friendly name, former name, resource or GUID.
    pub volumes: Vec<Name>,
    /// VMs by name, group or GUID.
    pub vms: Vec<Name>,
}

/// Do two spans share an instant?
pub(super) fn meet(a: &Span, b: &Span) -> bool {
    let before = |end: Option<Instant>, begin: Option<Instant>| match (end, begin) {
        (Some(end), Some(begin)) => end <= begin,
        _ => false,
    };
    !before(a.to, b.from) && !before(b.to, a.from)
}

/// Is the volume known by that name?
pub(super) fn volume_is_named(volume: &VolumeStory, name: &Name) -> bool {
    let names = [&volume.friendly, &volume.resource].into_iter().flatten().chain(&volume.also_named);
    names.into_iter().any(|n| n == name) || volume.guid.is_some_and(|g| Guid::parse(name.as_str()) == Some(g))
}

/// Is the VM known by that name?
pub(super) fn vm_is_named(vm: &VmStory, name: &Name) -> bool {
    [&vm.name, &vm.group].into_iter().flatten().any(|n| n == name)
        || vm.id.is_some_and(|id| Guid::parse(name.as_str()) == Some(id))
}

impl Scope {
    /// Is everything shown?
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Does the span reach into the time asked for?
    pub(super) fn shows_span(&self, span: &Span) -> bool {
        let begins_after = |from: Instant| self.to.is_some_and(|to| from >= to);
        let ends_before = |to: Instant| self.from.is_some_and(|from| to <= from);
        !span.from.is_some_and(begins_after) && !span.to.is_some_and(ends_before)
    }

    /// Is the node asked for?
    pub(super) fn shows_node(&self, node: &Name) -> bool {
        self.nodes.is_empty() || self.nodes.contains(node)
    }

    /// Is the volume asked for, or used by a VM asked for?
    pub(super) fn shows_volume(&self, case: &Case, at: usize) -> bool {
        let Some(volume) = case.volumes.get(at) else { return false };
        let named = self.volumes.is_empty() || self.volumes.iter().any(|name| volume_is_named(volume, name));
        let used = |vm: &VmStory| vm.disks.iter().any(|d| d.volume == Some(at));
        named && (self.vms.is_empty() || case.vms.iter().any(|vm| self.names_vm(vm) && used(vm)))
    }

    fn names_vm(&self, vm: &VmStory) -> bool {
        self.vms.is_empty() || self.vms.iter().any(|name| vm_is_named(vm, name))
    }

    /// Is the VM asked for, or a user of a volume asked for?
    pub(super) fn shows_vm(&self, case: &Case, at: usize) -> bool {
        let Some(vm) = case.vms.get(at) else { return false };
        let on_volume = |volume: usize| {
            case.volumes.get(volume).is_some_and(|v| self.volumes.iter().any(|name| volume_is_named(v, name)))
        };
        let uses = self.volumes.is_empty() || vm.disks.iter().filter_map(|d| d.volume).any(on_volume);
        self.names_vm(vm) && uses
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, meet};
    use crate::fact::{Certainty, Span};
    use crate::fixture::{Build, at};

    fn span(from: Option<i64>, to: Option<i64>) -> Span {
        Span { from: from.map(at), to: to.map(at), certainty: Certainty::Observed, evidence: Vec::new() }
    }

    #[test]
    fn spans_meet() {
        let check = |a: (Option<i64>, Option<i64>), b: (Option<i64>, Option<i64>), expect: bool| {
            assert_eq!(meet(&span(a.0, a.1), &span(b.0, b.1)), expect, "{a:?} {b:?}");
            assert_eq!(meet(&span(b.0, b.1), &span(a.0, a.1)), expect, "{b:?} {a:?}");
        };
        check((Some(1), Some(2)), (Some(2), Some(3)), false);
        check((Some(1), Some(3)), (Some(2), None), true);
        check((None, None), (Some(2), Some(3)), true);
        check((None, Some(1)), (Some(1), None), false);
    }

    #[test]
    fn a_name_shows_what_belongs_to_it() {
        let mut b = Build::new(10);
        b.node("N1", 17763);
        let (v, w) = (b.volume(None, None), b.volume(None, None));
        let (x, y) = (b.vm("x", &[v]), b.vm("y", &[w]));
        let (case, _) = b.done();
        let by_volume = Scope { volumes: vec!["cluster disk 1".into()], ..Scope::default() };
        assert!(by_volume.shows_volume(&case, v) && !by_volume.shows_volume(&case, w));
        assert!(by_volume.shows_vm(&case, x) && !by_volume.shows_vm(&case, y));
        let by_vm = Scope { vms: vec!["Y".into()], ..Scope::default() };
        assert!(by_vm.shows_volume(&case, w) && !by_vm.shows_volume(&case, v));
        let by_time = Scope { from: Some(at(5)), ..Scope::default() };
        assert!(!by_time.shows_span(&span(None, Some(5))) && by_time.shows_span(&span(None, None)));
        assert!(Scope::default().is_all() && !by_time.is_all());
    }
}
