//! Random small clusters: what was so, and what each node would have logged of it.

use crate::fact::{Channel, ModeKind};
use crate::route::RouteKind;

pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const HOURS: i64 = 3;
const GROUP: &str = "11111111-2222-3333-4444-555555555555";

pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Values over time: (since, value), the first at 0.
pub(super) type Track<T> = Vec<(i64, T)>;

pub(super) fn at<T: Clone>(track: &Track<T>, time: i64) -> T {
    track[track.partition_point(|p| p.0 <= time).max(1) - 1].1.clone()
}

#[derive(Default)]
pub(super) struct Truth {
    pub(super) owner: Track<usize>,
    pub(super) user: Track<bool>,
    pub(super) filtered: usize,
    pub(super) lost: Vec<Track<bool>>,
    pub(super) host: Track<usize>,
    pub(super) refs: bool,
    pub(super) s2d: bool,
}

impl Truth {
    pub(super) fn mode(&self, node: usize, time: i64) -> ModeKind {
        let owner = at(&self.owner, time);
        if self.refs || at(&self.user, time) || owner + 1 == self.filtered {
            ModeKind::FileSystemRedirected
        } else if (self.s2d && owner != node) || at(&self.lost[node], time) {
            ModeKind::BlockRedirected
        } else {
            ModeKind::Direct
        }
    }

    pub(super) fn route(&self, time: i64) -> RouteKind {
        let (host, owner) = (at(&self.host, time), at(&self.owner, time));
        match self.mode(host, time) {
            ModeKind::Direct => RouteKind::Direct,
            ModeKind::FileSystemRedirected if host == owner => RouteKind::OwnerLocal,
            ModeKind::FileSystemRedirected => RouteKind::ViaCoordinatorFs,
            _ => RouteKind::ViaCoordinatorBlock,
        }
    }
}

/// One record: true time, node, channel, what it says. No channel: a state at collection.
pub(super) type Record = (i64, usize, Option<Channel>, String);

pub(super) fn play(random: &mut Random) -> (usize, Truth, Vec<Record>) {
    let nodes = 2 + random.below(2) as usize;
    let owner = random.below(nodes as u64) as usize;
    let host = random.below(nodes as u64) as usize;
    let mut truth = Truth {
        owner: vec![(0, owner)],
        user: vec![(0, false)],
        lost: vec![vec![(0, false)]; nodes],
        host: vec![(0, host)],
        refs: random.chance(20),
        ..Truth::default()
    };
    truth.s2d = !truth.refs && random.chance(30);
    if !truth.refs && !truth.s2d && random.chance(30) {
        truth.filtered = 1 + random.below(nodes as u64) as usize;
    }
    let mut out: Vec<Record> = Vec::new();
    let mut time = 0;
    let (engine, op, system) = (Channel::ClusterEngine, Channel::ClusterOperational, Channel::System);
    let everyone = random.chance(50);
    loop {
        time += match random.below(3) {
            0 => SECOND * (8 + random.below(30) as i64),
            _ => SECOND * (60 + random.below(2400) as i64),
        };
        if time > (HOURS * 3600 - 60) * SECOND {
            break;
        }
        let mut say = |late: i64, node: usize, channel: &Channel, text: String| {
            out.push((time + late * SECOND / 10, node, Some(channel.clone()), text));
        };
        let (owner, host) = (at(&truth.owner, time), at(&truth.host, time));
        let other = (owner + 1 + random.below(nodes as u64 - 1) as usize) % nodes;
        match random.below(5) {
            0 | 1 if !at(&truth.lost[other], time) => {
                truth.owner.push((time, other));
                for node in 0..nodes {
                    if everyone || node == owner || node == other {
                        let text = format!("group {GROUP} move n{owner} n{other}");
                        say(random.below(2) as i64, node, &engine, text);
                    }
                    let text = if node == other {
                        format!("volume #1 owner n{other}")
                    } else {
                        "volume #1 not-owner".into()
                    };
                    say(4, node, &Channel::CsvFsOperational, text);
                }
                say(-2, owner, &engine, "resource Disk1 offline".into());
                say(3, other, &engine, "resource Disk1 online".into());
                say(-1, owner, &op, format!("group {GROUP} move n{owner} n{other} 1641"));
                say(-1, owner, &op, "resource Disk1 offline".into());
                say(3, other, &op, "resource Disk1 online".into());
                if other + 1 == truth.filtered {
                    say(5, other, &system, "volume Volume1=Disk1 filter-found cdp".into());
                }
            }
            2 if !truth.refs => {
                let on = !at(&truth.user, time);
                truth.user.push((time, on));
                let channel = if on { &system } else { &op };
                let word = if on { "on" } else { "off" };
                say(0, owner, channel, format!("volume Volume1=Disk1 redirected-access {word}"));
            }
            3 if !truth.refs && !truth.s2d && time > 1200 * SECOND => {
                let lost = !at(&truth.lost[other], time);
                // While redirected for another reason the loss of a path does not show.
                if !at(&truth.user, time) && owner + 1 != truth.filtered {
                    truth.lost[other].push((time, lost));
                    let (channel, word) =
                        if lost { (&system, "direct-access-lost") } else { (&op, "resumed") };
                    say(0, other, channel, format!("volume Volume1=Disk1 {word}"));
                }
            }
            4 => {
                let to = (host + 1) % nodes;
                truth.host.push((time, to));
                say(-50, host, &Channel::VmmsAdmin, format!("vm a#7 migrating n{to}"));
                say(0, to, &Channel::VmmsAdmin, "vm a#7 arrived".into());
                say(1, host, &Channel::VmmsAdmin, "vm a#7 left".into());
                for node in [host, to] {
                    say(0, node, &engine, format!("group a move n{host} n{to}"));
                }
                say(1, to, &engine, "group a online".into());
                say(1, to, &op, "group a online".into());
                say(-40, host, &op, format!("group a move n{host} n{to} 1641"));
                say(0, host, &Channel::WorkerAdmin, "vm a#7 became Running".into());
            }
            _ => {}
        }
    }
    // A worker says nothing when its VM leaves; the line above only fills the log of one who is still there.
    out.retain(|record| record.3 != "vm a#7 became Running");
    let end = HOURS * 3600 * SECOND;
    let mut table = |text: String| out.push((end, 0, None, text));
    table("volume #1=Volume1=Disk1".into());
    table(format!("resource Disk1 in {GROUP}"));
    table("group a vm".into());
    table("node n0 build 17763".into());
    table(format!("volume #1 fs {}", if truth.refs { "ReFS" } else { "NTFS" }));
    if truth.s2d {
        table("cluster s2d".into());
        table("disk Disk1 space Mirror".into());
    } else {
        table("disk Disk1 bus iSCSI".into());
    }
    table(format!("volume #1 owner n{}", at(&truth.owner, end)));
    table(format!("vm a#7 on n{} Running", at(&truth.host, end)));
    table(r"vm a#7 disk C:\ClusterStorage\Volume1\a.vhdx".into());
    for node in 0..nodes {
        let mode = truth.mode(node, end);
        // Flags combine.
        let filtered = at(&truth.owner, end) + 1 == truth.filtered;
        let reasons = [
            (truth.refs, "FileSystemReFs"),
            (at(&truth.user, end), "UserRequest"),
            (filtered, "IncompatibleFileSystemFilter"),
            (mode == ModeKind::BlockRedirected, "NoDiskConnectivity"),
        ];
        let why: Vec<&str> = reasons.iter().filter(|r| r.0).map(|r| r.1).collect();
        let why = why.join(" ");
        table(format!("volume #1 mode n{node} {} {why}", mode.word()));
    }
    for node in 0..nodes {
        let cdp = if node + 1 == truth.filtered { " cdp" } else { "" };
        out.push((end, node, None, format!("filter FltMgr bindflt{cdp}")));
    }
    (nodes, truth, out)
}
