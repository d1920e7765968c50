//! Random cases: anything may be unknown, names are hostile, times are extreme. Whatever comes, every output is
//! whole.

use std::collections::BTreeMap;

use super::scenarios::Scenario;
use crate::case::{
    Bytes, Case, Covered, InputSummary, NodeStory, Piece, Placed, Placement, Route, RouteKind, Settled,
    Timeline, VmDisk, VmStory, VolumeStory,
};
use crate::fact::{
    BlockReasons, Certainty, Channel, Claim, ClockReading, DiskClaim, DiskRef, Evidence, Fact, FactId,
    FileSystem, FilterClaim, FilterRef, FsReasons, Guid, InputId, Instant, IoMode, ModeKind, Moment, Name,
    NtStatus, Origin, PauseKind, Place, RedirectCause, Role, Span, Stamp, StorageKind, VmState, VolumeClaim,
    VolumeRef, VolumeState,
};
use crate::ledger::Tally;

/// A fixed sequence for a seed (xorshift).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| make(self))
    }

    fn name(&mut self) -> Name {
        let names = [
            "n1",
            "n2",
            "N1",
            "",
            "a b",
            "\u{1b}[31mred",
            "'; rm",
            "=cmd|x",
            "名前の長いボリューム",
            "x\u{202e}y",
            "a\nb\tc",
        ];
        match self.below(12) {
            0 => Name::new(&"very-long-name-".repeat(20)),
            1 => Name::new(&"名".repeat(120)),
            _ => Name::new(self.one_of(&names)),
        }
    }

    fn instant(&mut self) -> Instant {
        match self.below(40) {
            0 => Instant(i64::MIN),
            1 => Instant(i64::MAX),
            2 => Instant(0),
            _ => Instant(1_769_904_000_000_000_000 + self.below(600) as i64 * 60_000_000_000),
        }
    }
}

struct Maker {
    dice: Dice,
    case: Case,
    quotes: BTreeMap<Origin, String>,
}

impl Maker {
    fn evidence(&mut self, claim: Claim) -> Vec<Evidence> {
        let fact = FactId(self.case.facts.len() as u32);
        let place = self.dice.one_of(&[Place::Line(3), Place::Record(9), Place::Offset]);
        let origin = Origin { input: InputId(self.dice.below(5) as u32), offset: u64::from(fact.0), place };
        let stamp = self.dice.one_of(&[Stamp::Collected, Stamp::Missing, Stamp::Utc(7)]);
        let reporter = self.dice.maybe(Dice::name);
        let moment = self.dice.maybe(|d| Moment { at: d.instant(), spread: 5 });
        if let Some(text) = self.dice.maybe(|d| d.name().to_string().repeat(9)) {
            self.quotes.insert(origin, text);
        }
        self.case.facts.push(Placed { fact: Fact::new(stamp, origin, claim).by(reporter), moment });
        let role = self.dice.one_of(&[Role::Opens, Role::Closes, Role::Supports, Role::Contradicts]);
        vec![Evidence { fact, role }]
    }

    fn claim(&mut self) -> Claim {
        let name = self.dice.name();
        let on = self.dice.below(2) == 0;
        let subject = match self.case.volumes.len() {
            0 => VolumeRef::default(),
            many => {
                let volume = &self.case.volumes[self.dice.below(many)];
                VolumeRef { guid: volume.guid, friendly: volume.friendly.clone(), ..VolumeRef::default() }
            }
        };
        let cause = self.dice.one_of(&[RedirectCause::FileSystemFilter, RedirectCause::VolumeFilter]);
        let status = NtStatus::parse("(1460)");
        match self.dice.below(12) {
            0 => Claim::Volume(subject, VolumeClaim::DirectAccessLost),
            1 => Claim::Volume(subject, VolumeClaim::Resumed),
            2 | 3 => Claim::Volume(subject, VolumeClaim::RedirectedAccess { on }),
            4 => Claim::Volume(subject, VolumeClaim::Backup { on }),
            5 | 6 => Claim::Volume(subject, VolumeClaim::FilterFound { cause, drivers: vec![name] }),
            7 => Claim::Disk(DiskRef::default(), DiskClaim::IoTrouble { source: name, event: 153 }),
            8 => {
                let claim =
                    FilterClaim::Vetoed { altitude: "1".into(), file: "f".into(), reason: "r".into() };
                Claim::Filter(FilterRef { name }, claim)
            }
            9 => {
                Claim::Filter(FilterRef { name }, FilterClaim::Registered { instances: None, altitude: None })
            }
            10 => {
                let kind = PauseKind::Failure;
                Claim::Volume(subject, VolumeClaim::AutoPaused { kind, status, from_direct_io: None })
            }
            _ => Claim::Volume(subject, VolumeClaim::Named),
        }
    }

    fn span(&mut self) -> Span {
        let claim = self.claim();
        let evidence = if self.dice.below(5) == 0 { Vec::new() } else { self.evidence(claim) };
        let all = [Certainty::Unknown, Certainty::Assumed, Certainty::Derived, Certainty::Observed];
        let certainty = self.dice.one_of(&all);
        let (from, to) = (self.dice.maybe(Dice::instant), self.dice.maybe(Dice::instant));
        Span { from, to, certainty, evidence }
    }

    fn timeline<T>(&mut self, make: impl Fn(&mut Dice) -> T) -> Timeline<T> {
        let count = self.dice.below(4);
        let pieces = (0..count).map(|_| {
            let span = self.span();
            Piece { span, value: self.dice.maybe(&make) }
        });
        Timeline { pieces: pieces.collect() }
    }

    fn settled<T>(&mut self, make: impl Fn(&mut Dice) -> T) -> Settled<T> {
        let span = self.span();
        Settled { value: self.dice.maybe(make), certainty: span.certainty, evidence: span.evidence }
    }

    fn volume(&mut self) -> VolumeStory {
        let mode = |d: &mut Dice| IoMode {
            kind: d.one_of(&[
                ModeKind::Direct,
                ModeKind::FileSystemRedirected,
                ModeKind::BlockRedirected,
                ModeKind::Unavailable,
            ]),
            file_system: FsReasons(d.one_of(&[0, 1, 2, 4, 0x20, 0x22, 0xffff, u64::MAX])),
            block: BlockReasons(d.one_of(&[0, 1, 2, 4, u64::MAX])),
        };
        let kinds = [
            StorageKind::San,
            StorageKind::SharedSpace,
            StorageKind::SpacesDirect,
            StorageKind::StorageReplica,
        ];
        let systems = [FileSystem::Ntfs, FileSystem::Refs, FileSystem::Other("x".into())];
        let nodes = self.dice.below(3);
        VolumeStory {
            guid: self.dice.maybe(|d| Guid([d.below(3) as u8; 16])),
            resource: self.dice.maybe(Dice::name),
            friendly: self.dice.maybe(Dice::name),
            file_system: self.settled(|d| d.one_of(&systems)),
            storage: self.settled(|d| d.one_of(&kinds)),
            coordinator: self.timeline(Dice::name),
            io_mode: (0..nodes).map(|_| (self.dice.name(), self.timeline(mode))).collect(),
            state: (0..nodes)
                .map(|_| (self.dice.name(), self.timeline(|d| VolumeState::from_number(d.below(8) as i32))))
                .collect(),
            ..VolumeStory::default()
        }
    }

    fn vm(&mut self) -> VmStory {
        let volumes = self.case.volumes.len();
        let disks = self.dice.below(3);
        VmStory {
            id: self.dice.maybe(|d| Guid([d.below(9) as u8; 16])),
            name: self.dice.maybe(Dice::name),
            group: None,
            disks: (0..disks)
                .map(|_| VmDisk {
                    path: self.dice.name().to_string(),
                    volume: self.dice.maybe(|d| d.below(volumes)).filter(|_| volumes > 0),
                    evidence: self.span().evidence,
                })
                .collect(),
            placement: self.timeline(|d| Placement { node: d.name(), state: d.maybe(|_| VmState::Running) }),
        }
    }

    fn route(&mut self, vm: usize) -> Route {
        let kinds = [
            RouteKind::Held,
            RouteKind::Direct,
            RouteKind::OwnerLocal,
            RouteKind::ViaCoordinatorFs,
            RouteKind::ViaCoordinatorBlock,
            RouteKind::Unknown,
        ];
        let volumes = self.case.volumes.len();
        Route {
            span: self.span(),
            vm,
            disk: self.dice.below(3),
            volume: self.dice.maybe(|d| d.below(volumes)).filter(|_| volumes > 0),
            node: self.dice.maybe(Dice::name),
            coordinator: self.dice.maybe(Dice::name),
            route: self.dice.one_of(&kinds),
            missing: vec!["mode"],
            bytes: self.dice.maybe(|d| Bytes {
                read: d.next(),
                written: u64::MAX,
                source: "counters",
                ..Bytes::default()
            }),
        }
    }
}

pub(super) fn case(seed: u64) -> Scenario {
    let mut m = Maker { dice: Dice::new(seed), case: Case::default(), quotes: BTreeMap::new() };
    m.case.from = m.dice.maybe(Dice::instant);
    m.case.to = m.dice.maybe(Dice::instant);
    for id in 0..m.dice.below(4) {
        let node = m.dice.name();
        m.case.inputs.push(InputSummary {
            id: InputId(id as u32),
            path: m.dice.name().to_string(),
            kind: m.dice.one_of(&["evtx", "unrecognised"]),
            node: Some(node.clone()),
            bytes: m.dice.next(),
            from: m.dice.maybe(Dice::instant),
            to: m.dice.maybe(Dice::instant),
            foreign: id == 2,
        });
        m.case.ledger.push(Tally::new(InputId(id as u32)));
        m.case.clocks.push(ClockReading {
            node: node.clone(),
            offset: m.dice.maybe(|d| d.next() as i64),
            spread: m.dice.maybe(|d| d.next() as i64 & i64::MAX),
            basis: m.dice.name().to_string(),
            compared: None,
        });
        let os_build = m.dice.maybe(|d| d.one_of(&[7601, 9200, 9600, 14393, 20348, 26100]));
        let up = m.timeline(|d| d.below(2) == 0);
        m.case.nodes.push(NodeStory { name: Some(node.clone()), os_build, up, ..NodeStory::default() });
        let (from, to) = (m.dice.instant(), m.dice.instant());
        let channel = m.dice.one_of(&[Channel::System, Channel::ClusterOperational]);
        m.case.covered.push(Covered { input: InputId(id as u32), node, channel, from, to });
    }
    for _ in 0..m.dice.below(4) {
        let volume = m.volume();
        m.case.volumes.push(volume);
    }
    for at in 0..m.dice.below(4) {
        let vm = m.vm();
        m.case.vms.push(vm);
        for _ in 0..m.dice.below(4) {
            let route = m.route(at);
            m.case.routes.push(route);
        }
    }
    for _ in 0..m.dice.below(12) {
        let claim = m.claim();
        m.evidence(claim);
    }
    Scenario { case: m.case, quotes: m.quotes }
}
