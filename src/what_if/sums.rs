//! Steps added up: VM-hours and bytes through coordinators, by link.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use crate::case::{Case, RouteKind};
use crate::detour::Window;
use crate::fact::{Certainty, Name};

/// From which node to which coordinator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Where the VMs run.
    pub node: Name,
    /// Who owns the volumes.
    pub coordinator: Name,
}

/// What is known to be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// VM time whose way is not known, nanoseconds.
    pub nanos: i64,
    /// Measured bytes of which it is not known how much would have gone which way.
    pub bytes: u64,
    /// What is missing, in order.
    pub missing: BTreeSet<&'static str>,
}

/// One side of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// VM time through a coordinator, nanoseconds; a VM with two disks on the detour counts once.
    pub nanos: i64,
    /// The part of it that is only assumed, nanoseconds.
    pub assumed: i64,
    /// Measured bytes through a coordinator; `None` where nothing was measured.
    pub bytes: Option<u64>,
    /// The same by link: VM time and bytes.
    pub links: BTreeMap<Link, (i64, u64)>,
    /// What is not known.
    pub unknown: Unknown,
}

impl Side {
    /// Adds up. Bytes are those that the case measured for the disk in the time of a step.
    #[must_use]
    pub fn of(case: &Case, steps: &[Step]) -> Self {
        let mut out = Self::default();
        let mut times: BTreeMap<(usize, Certainty), Vec<Window>> = BTreeMap::new();
        let mut by_link: BTreeMap<(Link, usize), Vec<Window>> = BTreeMap::new();
        let mut unknown: BTreeMap<usize, Vec<Window>> = BTreeMap::new();
        for step in steps {
            match (step.route.is_detour(), link(step)) {
                (true, Some(link)) => {
                    times.entry((step.vm, step.certainty)).or_default().push(step.window);
                    by_link.entry((link, step.vm)).or_default().push(step.window);
                }
                _ if step.route == RouteKind::Unknown => {
                    unknown.entry(step.vm).or_default().push(step.window);
                    out.unknown.missing.extend(step.missing);
                }
                _ => {}
            }
        }
        let vms: BTreeSet<usize> = times.keys().map(|(vm, _)| *vm).collect();
        for vm in vms {
            let of = |least: Certainty| {
                let windows = times.range((vm, least)..=(vm, Certainty::Observed));
                united(windows.flat_map(|(_, windows)| windows.iter().copied()).collect())
            };
            let all = of(Certainty::Unknown);
            out.nanos = out.nanos.saturating_add(all);
            out.assumed = out.assumed.saturating_add(all - of(Certainty::Derived));
        }
        for ((link, _), windows) in by_link {
            let sum = &mut out.links.entry(link).or_default().0;
            *sum = sum.saturating_add(united(windows));
        }
        out.unknown.nanos = unknown.into_values().fold(0, |sum, windows| sum.saturating_add(united(windows)));
        out.add_bytes(case, steps);
        out
    }

    /// The bytes of a route go where the steps in its time go; where those differ, how they would split is not known.
    fn add_bytes(&mut self, case: &Case, steps: &[Step]) {
        let Some(window) = Window::of_case(case) else { return };
        for route in &case.routes {
            let (Some(bytes), Some(cut)) = (&route.bytes, window.cut(&route.span)) else { continue };
            let count = bytes.read.saturating_add(bytes.written);
            let sum = self.bytes.get_or_insert(0);
            let begin =
                steps.partition_point(|s| (s.vm, s.disk, s.window.to) <= (route.vm, route.disk, cut.from));
            let of_route = |s: &&Step| (s.vm, s.disk) == (route.vm, route.disk) && s.window.from < cut.to;
            let mut ways = steps[begin..].iter().take_while(of_route).map(|s| (s.route, link(s)));
            let first = ways.next();
            if !ways.all(|way| Some(&way) == first.as_ref()) {
                self.unknown.bytes = self.unknown.bytes.saturating_add(count);
                self.unknown.missing.insert("how the measured bytes would split");
                continue;
            }
            match first {
                Some((way, Some(link))) if way.is_detour() => {
                    *sum = sum.saturating_add(count);
                    let of_link = &mut self.links.entry(link).or_default().1;
                    *of_link = of_link.saturating_add(count);
                }
                Some((RouteKind::Unknown, _)) => {
                    self.unknown.bytes = self.unknown.bytes.saturating_add(count)
                }
                _ => {}
            }
        }
    }
}

/// The link of a step between two nodes.
fn link(step: &Step) -> Option<Link> {
    Some(Link { node: step.node.clone()?, coordinator: step.coordinator.clone()? })
}

/// Length of the union, nanoseconds.
fn united(mut windows: Vec<Window>) -> i64 {
    windows.sort_unstable();
    let mut reached = i64::MIN;
    windows.into_iter().fold(0, |sum: i64, window| {
        let from = window.from.0.max(reached);
        reached = reached.max(window.to.0);
        sum.saturating_add(window.to.0.saturating_sub(from).max(0))
    })
}
