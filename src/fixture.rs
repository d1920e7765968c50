//! Hand-built cases for tests of rules and reports. Times are minutes after 2026-02-01 00:00 UTC. Every
//! statement makes a fact with an origin and a text, so that evidence is never made up afterwards.

use std::collections::BTreeMap;

use crate::case::{
    Case, Covered, InputSummary, NodeStory, Piece, Placed, Placement, Route, RouteKind, Settled, VmDisk,
    VmStory, VolumeStory,
};
use crate::fact::{
    Certainty, Channel, Claim, ClockReading, Evidence, Fact, FactId, FileSystem, Guid, InputId, Instant,
    IoMode, ModeKind, Moment, Name, Origin, Place, Role, Span, Stamp, StorageKind, VmClaim, VmRef, VmState,
    VolumeClaim, VolumeRef, VolumeState,
};
use crate::ledger::Tally;

const MINUTE: i64 = 60_000_000_000;
const BEGIN: i64 = 1_769_904_000_000_000_000;

/// The instant of a minute.
pub(crate) fn at(minute: i64) -> Instant {
    Instant(BEGIN + minute * MINUTE)
}

/// A case in the making. `from` and `to` of every call are minutes; 0 and the last minute are the edges.
pub(crate) struct Build {
    pub(crate) case: Case,
    pub(crate) quotes: BTreeMap<Origin, String>,
    last: i64,
}

impl Build {
    /// Evidence from minute 0 to `last`.
    pub(crate) fn new(last: i64) -> Self {
        let case = Case { from: Some(at(0)), to: Some(at(last)), ..Case::default() };
        Self { case, quotes: BTreeMap::new(), last }
    }

    /// A node with one log of its own that is complete, its clock and its account.
    pub(crate) fn node(&mut self, name: &str, build: u32) -> &mut Self {
        let id = InputId(self.case.inputs.len() as u32);
        self.case.nodes.push(NodeStory {
            name: Some(name.into()),
            number: Some(self.case.nodes.len() as u32 + 1),
            os_build: Some(build),
            has_inputs: true,
            ..NodeStory::default()
        });
        self.case.inputs.push(InputSummary {
            id,
            path: format!("{name}/System.evtx"),
            kind: "evtx",
            node: Some(name.into()),
            bytes: 1_118_208,
            from: self.case.from,
            to: self.case.to,
            foreign: false,
        });
        self.case.ledger.push(Tally { entries: 40, silent: 36, facts: 4, ..Tally::new(id) });
        self.case.clocks.push(ClockReading {
            node: name.into(),
            offset: Some(0),
            spread: Some(250_000_000),
            basis: "12 membership views seen by 2 nodes".into(),
            compared: None,
        });
        for channel in [Channel::System, Channel::ClusterOperational] {
            let (from, to) = (at(0), at(self.last));
            self.case.covered.push(Covered { input: id, node: name.into(), channel, from, to });
        }
        self
    }

    /// The node left no logs: nothing covers it.
    pub(crate) fn without_logs(&mut self, node: &str) -> &mut Self {
        self.case.covered.retain(|c| c.node != Name::new(node));
        self
    }

    /// One statement, its text as a report quotes it.
    pub(crate) fn fact(&mut self, minute: Option<i64>, node: &str, claim: Claim, text: &str) -> FactId {
        let id = FactId(self.case.facts.len() as u32);
        let of = self.case.inputs.iter().find(|i| i.node == Some(node.into())).map_or(InputId(0), |i| i.id);
        let place = if minute.is_some() { Place::Record(7000 + u64::from(id.0)) } else { Place::Line(12) };
        let origin = Origin { input: of, offset: 4096 + 512 * u64::from(id.0), place };
        let stamp = minute.map_or(Stamp::Collected, |m| Stamp::Utc(at(m).0));
        let fact = Fact::new(stamp, origin, claim).by(Some(node.into()));
        let moment = minute.or(Some(self.last)).map(|m| Moment { at: at(m), spread: 1_000_000 });
        self.case.facts.push(Placed { fact, moment });
        self.quotes.insert(origin, text.to_owned());
        id
    }

    /// Something said of a volume by a node at a minute.
    pub(crate) fn event(
        &mut self,
        minute: i64,
        node: &str,
        volume: usize,
        claim: VolumeClaim,
        text: &str,
    ) -> FactId {
        let subject = self.volume_ref(volume);
        self.fact(Some(minute), node, Claim::Volume(subject, claim), text)
    }

    fn volume_ref(&self, volume: usize) -> VolumeRef {
        let story = &self.case.volumes[volume];
        VolumeRef {
            resource: story.resource.clone(),
            friendly: story.friendly.clone(),
            ..VolumeRef::default()
        }
    }

    fn first_node(&self) -> String {
        self.case.nodes.first().and_then(|n| n.name.as_ref()).map_or("?".into(), ToString::to_string)
    }

    /// A volume. Number 1 is `Volume1`, `Cluster Disk 1`.
    pub(crate) fn volume(&mut self, file_system: Option<FileSystem>, storage: Option<StorageKind>) -> usize {
        let number = self.case.volumes.len() + 1;
        self.case.volumes.push(VolumeStory {
            guid: Guid::parse(&format!("1c67fa80-1171-4a9e-9f41-{number:012x}")),
            resource: Some(Name::new(&format!("Cluster Disk {number}"))),
            friendly: Some(Name::new(&format!("Volume{number}"))),
            ..VolumeStory::default()
        });
        let (volume, node) = (number - 1, self.first_node());
        let subject = self.volume_ref(volume);
        if let Some(value) = file_system {
            let claim = Claim::Volume(subject.clone(), VolumeClaim::FileSystem(value.clone()));
            let fact = self.fact(None, &node, claim, &format!("FileSystem : {}", value.word()));
            self.case.volumes[volume].file_system = settled(value, fact);
        }
        if let Some(value) = storage {
            let claim = Claim::Volume(subject, VolumeClaim::Storage(value));
            let fact = self.fact(None, &node, claim, &format!("BusType : {}", value.word()));
            self.case.volumes[volume].storage = settled(value, fact);
        }
        volume
    }

    /// The volume's owner over a stretch; stretches come in order and touch.
    pub(crate) fn owner(&mut self, volume: usize, from: i64, to: i64, node: Option<&str>) -> &mut Self {
        let span = match node {
            Some(name) => {
                let claim = VolumeClaim::Coordinator { node: Some(name.into()) };
                let fact = self.event(from.max(0), name, volume, claim, &format!("OwnerNode : {name}"));
                self.span(from, to, Certainty::Observed, &[(fact, Role::Opens)])
            }
            None => self.span(from, to, Certainty::Unknown, &[]),
        };
        let value = node.map(Name::from);
        self.case.volumes[volume].coordinator.pieces.push(Piece { span, value });
        self
    }

    /// The mode on a node over a stretch; `None` is unknown.
    pub(crate) fn mode(
        &mut self,
        volume: usize,
        node: &str,
        (from, to): (i64, i64),
        mode: Option<IoMode>,
        certainty: Certainty,
    ) -> &mut Self {
        let facts = mode.map(|mode| {
            let claim = VolumeClaim::Mode { node: Some(node.into()), mode };
            let text = format!("StateInfo : {}", mode.kind.word());
            (self.event(from.max(0), node, volume, claim, &text), Role::Opens)
        });
        let facts: Vec<(FactId, Role)> = facts.into_iter().collect();
        self.mode_of(volume, node, (from, to), mode, certainty, &facts)
    }

    /// As [`Build::mode`], resting on facts of the caller's.
    pub(crate) fn mode_of(
        &mut self,
        volume: usize,
        node: &str,
        (from, to): (i64, i64),
        mode: Option<IoMode>,
        certainty: Certainty,
        facts: &[(FactId, Role)],
    ) -> &mut Self {
        let certainty = if mode.is_some() { certainty } else { Certainty::Unknown };
        let span = self.span(from, to, certainty, facts);
        let modes = &mut self.case.volumes[volume].io_mode;
        let slot = match modes.iter().position(|(name, _)| *name == Name::new(node)) {
            Some(slot) => slot,
            None => {
                modes.push((node.into(), Default::default()));
                modes.len() - 1
            }
        };
        modes[slot].1.pieces.push(Piece { span, value: mode });
        self
    }

    /// CSVFS's state on a node over a stretch.
    pub(crate) fn state(
        &mut self,
        volume: usize,
        node: &str,
        from: i64,
        to: i64,
        state: VolumeState,
    ) -> &mut Self {
        let claim = VolumeClaim::State { node: None, state, status: None };
        let fact = self.event(from.max(0), node, volume, claim, &format!("State {}", state.word()));
        let span = self.span(from, to, Certainty::Observed, &[(fact, Role::Opens)]);
        let states = &mut self.case.volumes[volume].state;
        match states.iter_mut().find(|(name, _)| *name == Name::new(node)) {
            Some((_, timeline)) => timeline.pieces.push(Piece { span, value: Some(state) }),
            None => {
                let mut timeline = crate::case::Timeline::default();
                timeline.pieces.push(Piece { span, value: Some(state) });
                states.push((node.into(), timeline));
            }
        }
        self
    }

    /// A VM with one disk on each of the volumes.
    pub(crate) fn vm(&mut self, name: &str, volumes: &[usize]) -> usize {
        let vm = self.case.vms.len();
        let mut story = VmStory {
            id: Guid::parse(&format!("5d9e9825-1973-4b27-9af1-{vm:012x}")),
            name: Some(name.into()),
            group: Some(name.into()),
            ..VmStory::default()
        };
        let node = self.first_node();
        for &volume in volumes {
            let path = format!(r"C:\ClusterStorage\{}\{name}\{name}.vhdx", self.case.volumes[volume].label());
            let claim =
                Claim::Vm(VmRef::new(name, story.id), VmClaim::Disk { path: path.clone(), shared: None });
            let fact = self.fact(None, &node, claim, &format!("Path : {path}"));
            let evidence = vec![Evidence { fact, role: Role::Supports }];
            story.disks.push(VmDisk { path, volume: Some(volume), evidence });
        }
        self.case.vms.push(story);
        vm
    }

    /// Where a VM runs over a stretch; `None` is unknown.
    pub(crate) fn runs(&mut self, vm: usize, from: i64, to: i64, node: Option<&str>) -> &mut Self {
        let span = match node {
            Some(name) => {
                let story = &self.case.vms[vm];
                let subject = VmRef { id: story.id, name: story.name.clone(), resource: None };
                let claim = Claim::Vm(subject, VmClaim::Became(VmState::Running));
                let text = format!("'{}' started successfully.", story.label());
                let fact = self.fact(Some(from.max(0)), name, claim, &text);
                self.span(from, to, Certainty::Observed, &[(fact, Role::Opens)])
            }
            None => self.span(from, to, Certainty::Unknown, &[]),
        };
        let value = node.map(|node| Placement { node: node.into(), state: Some(VmState::Running) });
        self.case.vms[vm].placement.pieces.push(Piece { span, value });
        self
    }

    fn span(&self, from: i64, to: i64, certainty: Certainty, facts: &[(FactId, Role)]) -> Span {
        Span {
            from: (from >= 0).then(|| at(from)),
            to: (to <= self.last).then(|| at(to)),
            certainty,
            evidence: crate::case::evidence_of(facts.iter().copied()),
        }
    }

    /// Puts the facts in order and lays the routes over the timelines.
    pub(crate) fn done(mut self) -> (Case, BTreeMap<Origin, String>) {
        self.case.routes = routes(&self.case);
        let mut order: Vec<usize> = (0..self.case.facts.len()).collect();
        order.sort_by_key(|&i| (self.case.facts[i].moment.map(|m| m.at), i));
        let mut renamed = vec![FactId(0); order.len()];
        for (new, &old) in order.iter().enumerate() {
            renamed[old] = FactId(new as u32);
        }
        self.case.facts = order.iter().map(|&old| self.case.facts[old].clone()).collect();
        for evidence in all_evidence(&mut self.case) {
            evidence.iter_mut().for_each(|e| e.fact = renamed[e.fact.0 as usize]);
            evidence.sort_unstable();
        }
        (self.case, self.quotes)
    }
}

fn settled<T>(value: T, fact: FactId) -> Settled<T> {
    Settled {
        value: Some(value),
        certainty: Certainty::Observed,
        evidence: vec![Evidence { fact, role: Role::Supports }],
    }
}

fn all_evidence(case: &mut Case) -> Vec<&mut Vec<Evidence>> {
    let mut out = Vec::new();
    for volume in &mut case.volumes {
        out.push(&mut volume.file_system.evidence);
        out.push(&mut volume.storage.evidence);
        out.extend(volume.coordinator.pieces.iter_mut().map(|p| &mut p.span.evidence));
        out.extend(volume.io_mode.iter_mut().flat_map(|(_, t)| &mut t.pieces).map(|p| &mut p.span.evidence));
        out.extend(volume.state.iter_mut().flat_map(|(_, t)| &mut t.pieces).map(|p| &mut p.span.evidence));
    }
    for vm in &mut case.vms {
        out.extend(vm.disks.iter_mut().map(|d| &mut d.evidence));
        out.extend(vm.placement.pieces.iter_mut().map(|p| &mut p.span.evidence));
    }
    out.extend(case.routes.iter_mut().map(|r| &mut r.span.evidence));
    out
}

/// The table of routes, laid over minute by change of anything.
fn routes(case: &Case) -> Vec<Route> {
    let mut out: Vec<Route> = Vec::new();
    let (Some(first), Some(last)) = (case.from, case.to) else { return out };
    for (vm, story) in case.vms.iter().enumerate() {
        for (disk, file) in story.disks.iter().enumerate() {
            let Some(index) = file.volume else { continue };
            let volume = &case.volumes[index];
            let mut cuts = vec![first, last];
            let mut cut = |span: &Span| cuts.extend(span.from.into_iter().chain(span.to));
            story.placement.pieces.iter().for_each(|p| cut(&p.span));
            volume.coordinator.pieces.iter().for_each(|p| cut(&p.span));
            volume.io_mode.iter().flat_map(|(_, t)| &t.pieces).for_each(|p| cut(&p.span));
            volume.state.iter().flat_map(|(_, t)| &t.pieces).for_each(|p| cut(&p.span));
            cuts.sort_unstable();
            cuts.dedup();
            let begin = out.len();
            for pair in cuts.windows(2) {
                let next = route_at(case, (vm, disk, index), pair[0], pair[1]);
                match out[begin..].last_mut() {
                    Some(previous)
                        if previous.route == next.route
                            && previous.node == next.node
                            && previous.coordinator == next.coordinator
                            && previous.span.certainty == next.span.certainty =>
                    {
                        previous.span.to = next.span.to;
                        previous.span.evidence = Case::join_evidence([
                            previous.span.evidence.as_slice(),
                            next.span.evidence.as_slice(),
                        ]);
                    }
                    _ => out.push(next),
                }
            }
        }
    }
    out
}

fn route_at(case: &Case, (vm, disk, index): (usize, usize, usize), from: Instant, to: Instant) -> Route {
    let volume = &case.volumes[index];
    let place = case.vms[vm].placement.piece_at(from);
    let node = place.and_then(|p| p.value.as_ref()).map(|p| p.node.clone());
    let owner = volume.coordinator.piece_at(from);
    let coordinator = owner.and_then(|p| p.value.clone());
    let on_node = |(name, _): &&(Name, _)| Some(name) == node.as_ref();
    let mode = volume.io_mode.iter().find(on_node).and_then(|(_, t)| t.piece_at(from));
    let state = volume.state.iter().find(|(name, _)| Some(name) == node.as_ref());
    let held = state.and_then(|(_, t)| t.at(from)).and_then(|s| s.holds_io()) == Some(true);
    let kind = mode.and_then(|p| p.value).map(|m| m.kind);
    let route = match (held, kind, node.is_some() && node == coordinator) {
        (true, ..) | (_, Some(ModeKind::Unavailable), _) => RouteKind::Held,
        _ if node.is_none() => RouteKind::Unknown,
        (_, Some(ModeKind::Direct), _) => RouteKind::Direct,
        _ if coordinator.is_none() => RouteKind::Unknown,
        (_, Some(ModeKind::FileSystemRedirected), true) => RouteKind::OwnerLocal,
        (_, Some(ModeKind::FileSystemRedirected), false) => RouteKind::ViaCoordinatorFs,
        (_, Some(ModeKind::BlockRedirected), false) => RouteKind::ViaCoordinatorBlock,
        _ => RouteKind::Unknown,
    };
    let mut missing = Vec::new();
    if route == RouteKind::Unknown {
        let absent = [
            (node.is_none(), "node"),
            (coordinator.is_none(), "coordinator"),
            (node.is_some() && kind.is_none(), "mode"),
        ];
        missing.extend(absent.iter().filter(|(gone, _)| *gone).map(|(_, word)| *word));
    }
    let spans: Vec<&Span> = [place.map(|p| &p.span), owner.map(|p| &p.span), mode.map(|p| &p.span)]
        .into_iter()
        .flatten()
        .collect();
    let certainty = match route {
        RouteKind::Unknown => Certainty::Unknown,
        _ => Case::weakest(spans.iter().map(|s| s.certainty)),
    };
    let evidence = Case::join_evidence(spans.iter().map(|s| s.evidence.as_slice()));
    let span = Span { from: Some(from), to: Some(to), certainty, evidence };
    Route { span, vm, disk, volume: Some(index), node, coordinator, route, missing, bytes: None }
}
