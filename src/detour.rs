//! Who detoured, through whom, for how long: sums over the routes of a case. Knows no causes.
//!
//! A VM with two disks on the detour is one VM on the detour: times are united per VM before they are added
//! up. Open ends count up to the edge of the evidence and no further.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, Route, RouteKind};
use crate::fact::{Certainty, Instant, Name, Span};
use crate::words;

/// A stretch of time with both ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// First instant, inclusive.
    pub from: Instant,
    /// Last instant, exclusive.
    pub to: Instant,
}

impl Window {
    /// The evidence of the whole case; `None` where nothing could be placed in time.
    #[must_use]
    pub fn of_case(case: &Case) -> Option<Self> {
        Some(Self { from: case.from?, to: case.to? })
    }

    /// The part of `span` inside the window; `None` where they do not meet.
    #[must_use]
    pub fn cut(self, span: &Span) -> Option<Self> {
        let from = span.from.map_or(self.from, |at| at.max(self.from));
        let to = span.to.map_or(self.to, |at| at.min(self.to));
        (from < to).then_some(Self { from, to })
    }

    /// Length in nanoseconds.
    #[must_use]
    pub fn nanos(self) -> i64 {
        self.to.0.saturating_sub(self.from.0)
    }
}

/// From which node through which: both as far as known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Where the VM ran.
    pub node: Option<Name>,
    /// Who owned the volume.
    pub coordinator: Option<Name>,
}

/// Sums over some routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Number of routes.
    pub routes: usize,
    /// VMs, as indices into the case.
    pub vms: BTreeSet<usize>,
    /// Volumes, as indices into the case.
    pub volumes: BTreeSet<usize>,
    /// Links, each with its VMs.
    pub links: BTreeMap<Link, BTreeSet<usize>>,
    /// Which ways.
    pub kinds: BTreeSet<RouteKind>,
    /// First instant, cut to the evidence.
    pub from: Option<Instant>,
    /// Last instant, cut to the evidence.
    pub to: Option<Instant>,
    /// Time by certainty, nanoseconds, united per VM; where a VM's disks differ, the surer counts.
    pub vm_nanos: BTreeMap<Certainty, i64>,
    /// Bytes read and written, of the routes where they were measured.
    pub bytes: Option<(u64, u64)>,
    /// The measuring source lost records: the bytes are a lower bound.
    pub lossy: bool,
    /// Number of routes with measured bytes.
    pub measured: usize,
}

impl Sum {
    /// Adds up `routes`, each cut to `window`. Routes outside it are left out.
    #[must_use]
    pub fn of<'a>(routes: impl IntoIterator<Item = &'a Route>, window: Window) -> Self {
        let mut out = Self::default();
        let mut stays: BTreeMap<usize, BTreeMap<Certainty, Vec<Window>>> = BTreeMap::new();
        for route in routes {
            let Some(cut) = window.cut(&route.span) else { continue };
            out.routes += 1;
            out.vms.insert(route.vm);
            out.volumes.extend(route.volume);
            let link = Link { node: route.node.clone(), coordinator: route.coordinator.clone() };
            out.links.entry(link).or_default().insert(route.vm);
            out.kinds.insert(route.route);
            out.from = Some(out.from.map_or(cut.from, |at| at.min(cut.from)));
            out.to = Some(out.to.map_or(cut.to, |at| at.max(cut.to)));
            if let Some(bytes) = &route.bytes {
                let (read, written) = out.bytes.unwrap_or_default();
                out.bytes = Some((read.saturating_add(bytes.read), written.saturating_add(bytes.written)));
                out.lossy |= bytes.lossy;
                out.measured += 1;
            }
            stays.entry(route.vm).or_default().entry(route.span.certainty).or_default().push(cut);
        }
        for by_certainty in stays.into_values() {
            let mut surer = Vec::new();
            let mut counted = 0;
            for (certainty, mut windows) in by_certainty.into_iter().rev() {
                surer.append(&mut windows);
                let all = united(&mut surer);
                let sum = out.vm_nanos.entry(certainty).or_default();
                *sum = sum.saturating_add(all.saturating_sub(counted));
                counted = all;
            }
        }
        out
    }

    /// All VM time, nanoseconds.
    #[must_use]
    pub fn nanos(&self) -> i64 {
        self.vm_nanos.values().fold(0, |sum, part| sum.saturating_add(*part))
    }

    /// Who went from where through whom, the busiest link first: `VMs a and b on N1 through N2; VM c on N3
    /// through N2`. At most `keep` links and four VMs a link are named, the rest is counted.
    #[must_use]
    pub fn who(&self, case: &Case, keep: usize) -> String {
        let mut links: Vec<(&Link, &BTreeSet<usize>)> = self.links.iter().collect();
        links.sort_by_key(|(_, vms)| std::cmp::Reverse(vms.len()));
        let said = links.iter().take(keep).map(|(link, vms)| {
            let noun = if vms.len() == 1 { "VM" } else { "VMs" };
            let names = words::list(vms.iter().map(|&vm| case.vms[vm].label()), 4);
            let name =
                |node: &Option<Name>| node.as_ref().map_or("a node not known".into(), ToString::to_string);
            format!("{noun} {names} on {} through {}", name(&link.node), name(&link.coordinator))
        });
        let mut out = said.collect::<Vec<_>>().join("; ");
        if let Some(rest) = links.get(keep..).filter(|rest| !rest.is_empty()) {
            let vms: BTreeSet<usize> = rest.iter().flat_map(|(_, vms)| vms.iter().copied()).collect();
            let links = words::count(rest.len(), "other link");
            out.push_str(&format!("; {} over {links}", words::count(vms.len(), "VM")));
        }
        out
    }

    /// `24.1 VM-hours, of which 3.6 assumed`; a moment where all snapshots are of one.
    #[must_use]
    pub fn amount(&self) -> String {
        // One nanosecond a VM is the length that snapshots of one moment are given.
        match self.nanos() <= self.vms.len() as i64 {
            true => "seen at one moment, so for how long is not known".into(),
            false => format!("{} VM-hours{}", words::hours(self.nanos()), self.assumed()),
        }
    }

    /// `, of which 2.0 are assumed`, `, all of it assumed`, or nothing: to follow a number of VM-hours.
    #[must_use]
    pub fn assumed(&self) -> String {
        let assumed = self.vm_nanos.get(&Certainty::Assumed).copied().unwrap_or(0);
        match assumed {
            nanos if nanos < 1_000_000_000 => String::new(),
            nanos if nanos == self.nanos() => ", all of it assumed".into(),
            nanos if nanos < 360_000_000_000 => format!(", of which {} assumed", words::length(nanos)),
            nanos => format!(", of which {} assumed", words::hours(nanos)),
        }
    }

    /// The weakest certainty that takes part.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.vm_nanos.keys().next().copied().unwrap_or(Certainty::Unknown)
    }
}

/// How much of the disks' time VMs stood on another node than the coordinator of the disk's volume, beside what placement
/// without regard to owners expects.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Disk time away from the coordinator, nanoseconds.
    pub apart: i64,
    /// Disk time with both nodes known, nanoseconds.
    pub known: i64,
    /// Number of nodes.
    pub nodes: usize,
}

impl Apart {
    /// Of all routes of the case that meet the window. A route whose node or coordinator is not known counts nowhere.
    #[must_use]
    pub fn of(case: &Case, window: Window) -> Self {
        let nodes = case.nodes.iter().filter(|node| node.name.is_some()).count();
        let mut out = Self { nodes, ..Self::default() };
        for route in &case.routes {
            let (Some(node), Some(coordinator)) = (&route.node, &route.coordinator) else { continue };
            let Some(cut) = window.cut(&route.span) else { continue };
            out.known = out.known.saturating_add(cut.nanos());
            if node != coordinator {
                out.apart = out.apart.saturating_add(cut.nanos());
            }
        }
        out
    }

    /// `61 % of the VM disks' time was spent away from the owner; placement without regard to owners gives 75 % with 4
    /// nodes`, or nothing where neither is known.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let measured = (self.known > 0).then(|| percent(self.apart as f64 / self.known as f64))?;
        let expected = percent(expected_apart(self.nodes)?);
        Some(format!(
            "{measured} of the VM disks' time was spent away from the owner of the volume; placement without regard to \
             owners gives {expected} with {}",
            words::count(self.nodes, "node")
        ))
    }
}

/// The share of VMs that stand away from their volume's owner where placement does not regard owners, 0 to 1: with n nodes
/// (n - 1)/n (facts: domain section 2, row 24). `None` where no node is known.
#[must_use]
pub fn expected_apart(nodes: usize) -> Option<f64> {
    (nodes > 0).then(|| (nodes as f64 - 1.0) / nodes as f64)
}

/// Length of the union, nanoseconds. Leaves the union behind.
fn united(windows: &mut Vec<Window>) -> i64 {
    windows.sort_unstable();
    let mut out: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows.drain(..) {
        match out.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            _ => out.push(window),
        }
    }
    *windows = out;
    windows.iter().fold(0, |sum, w| sum.saturating_add(w.nanos()))
}

#[cfg(test)]
mod tests {
    use super::{Apart, Sum, Window};
    use crate::case::{Bytes, Route, RouteKind};
    use crate::fact::{Certainty, Instant, Span};

    const S: i64 = 1_000_000_000;

    fn route(vm: usize, disk: usize, from: Option<i64>, to: Option<i64>, certainty: Certainty) -> Route {
        let at = |seconds: Option<i64>| seconds.map(|s| Instant(s * S));
        Route {
            span: Span { from: at(from), to: at(to), certainty, evidence: Vec::new() },
            vm,
            disk,
            volume: Some(disk),
            node: Some("a".into()),
            coordinator: Some("b".into()),
            route: RouteKind::ViaCoordinatorFs,
            missing: Vec::new(),
            bytes: None,
        }
    }

    #[test]
    fn two_disks_are_one_vm() {
        use Certainty::{Assumed, Derived, Observed};
        let mut routes = vec![
            route(0, 0, Some(10), Some(20), Observed),
            route(0, 1, Some(15), Some(30), Derived),
            route(0, 1, Some(30), None, Assumed),
            route(1, 0, None, Some(5), Observed),
            route(1, 0, Some(200), None, Observed),
        ];
        routes[0].bytes = Some(Bytes { read: 5, written: 7, source: "counters", ..Bytes::default() });
        let window = Window { from: Instant(0), to: Instant(100 * S) };
        let sum = Sum::of(&routes, window);
        assert_eq!(sum.routes, 4);
        assert_eq!(sum.vms.len(), 2);
        assert_eq!(sum.vm_nanos.get(&Observed), Some(&(15 * S)));
        assert_eq!(sum.vm_nanos.get(&Derived), Some(&(10 * S)));
        assert_eq!(sum.vm_nanos.get(&Assumed), Some(&(70 * S)));
        assert_eq!(sum.nanos(), 95 * S);
        assert_eq!(sum.certainty(), Assumed);
        assert_eq!((sum.bytes, sum.measured), (Some((5, 7)), 1));
        assert_eq!((sum.from, sum.to), (Some(Instant(0)), Some(Instant(100 * S))));
        assert_eq!(Sum::of([], window), Sum::default());
    }

    #[test]
    fn apart_is_beside_what_placement_without_regard_gives() {
        let check = |routes: &[(Option<&str>, i64)], nodes: usize, expect: Option<&str>| {
            let mut case = crate::case::Case::default();
            let story = || crate::case::NodeStory { name: Some("n".into()), ..Default::default() };
            case.nodes = (0..nodes).map(|_| story()).collect();
            let of = |&(owner, seconds): &(Option<&str>, i64)| {
                let mut one = route(0, 0, Some(0), Some(seconds), Certainty::Observed);
                one.coordinator = owner.map(Into::into);
                one
            };
            case.routes = routes.iter().map(of).collect();
            let window = Window { from: Instant(0), to: Instant(100 * S) };
            let said = Apart::of(&case, window).words();
            assert_eq!(said.as_deref().map(|said| said.split(" of ").next().unwrap_or_default()), expect);
            let random = said.and_then(|said| said.split("gives ").nth(1).map(str::to_owned));
            let expected = [None, Some("0 % with 1 node"), Some("50 % with 2 nodes")];
            assert_eq!(random.as_deref(), expect.and(expected[nodes]));
        };
        check(&[(Some("a"), 30), (Some("b"), 10)], 2, Some("25 %"));
        check(&[(Some("b"), 500), (None, 100)], 2, Some("100 %"));
        check(&[(Some("a"), 10)], 1, Some("0 %"));
        check(&[(Some("a"), 10)], 0, None);
        check(&[(None, 10)], 2, None);
    }
}
