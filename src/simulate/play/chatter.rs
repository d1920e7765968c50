//! Entries about nothing, as real logs are full of: made when a log is written, from the seed, so that any number of them
//! takes no memory. They have no part in the story.

use std::borrow::Cow;
use std::iter::{from_fn, successors};

use crate::fact::Instant;
use crate::simulate::calendar::HOUR;
use crate::simulate::log::{Entry, Level, What};
use crate::simulate::play::noise::SERVICES;
use crate::simulate::random::Random;
use crate::simulate::record::system;
use crate::simulate::world::World;

/// How much of it there is.
#[derive(Copy, Clone, Debug, Default)]
pub(in crate::simulate) struct Chatter {
    /// Lines an hour in each cluster.log.
    pub(in crate::simulate) lines: u32,
    /// Records an hour in each System log.
    pub(in crate::simulate) records: u32,
    pub(in crate::simulate) seed: u64,
}

/// What the engine writes besides, in order of time.
pub(in crate::simulate) fn lines(world: &World, node: usize) -> impl Iterator<Item = Entry> + '_ {
    let (pid, own) = (world.cluster.nodes[node].pids.cluster, world.cluster.nodes[node].number);
    moments(world, node, world.gathering.chatter.lines, 0x11).map(move |(at, mut random)| {
        let number = random.index(60_000);
        let text = match random.index(6) {
            0 => "[DCM] HandleRequest: dcm/netftRouteChange".into(),
            1 => "[DCM] HandleNetftRemoteRouteChange".into(),
            2 => "  </struct mscs::FaultTolerantRoute>".into(),
            3 => format!("[GUM] Node {}: Processing RequestLock {}:{number}", own, 1 + number % 64),
            4 => format!("[DM] An empty update within a transaction, sequence {number}"),
            _ => format!("[API] s_ApiGetQuorumResource final status {}.", number % 2),
        };
        entry(world, node, at, (pid, &mut random), What::Engine(Level::Info, text))
    })
}

/// What services leave in the System log besides, in order of time.
pub(in crate::simulate) fn records(world: &World, node: usize) -> impl Iterator<Item = Entry> + '_ {
    let pid = world.cluster.nodes[node].pids.services;
    moments(world, node, world.gathering.chatter.records, 0x22).map(move |(at, mut random)| {
        let (name, state) = (*random.of(&SERVICES), *random.of(&["running", "stopped"]));
        let what = What::Record(Box::new(system::service(name, state)));
        entry(world, node, at, (pid, &mut random), what)
    })
}

fn entry(world: &World, node: usize, at: Instant, (pid, random): (u32, &mut Random), what: What) -> Entry {
    let tid = pid + 4 * (1 + random.index(9) as u32);
    Entry { at: world.clock(node, at), pid, tid, what }
}

/// True times at which the node is up, each with its own chance.
fn moments(
    world: &World,
    node: usize,
    per_hour: u32,
    salt: u64,
) -> impl Iterator<Item = (Instant, Random)> + '_ {
    let mean = HOUR / i64::from(per_hour.max(1));
    let mut random =
        Random::new(world.gathering.chatter.seed ^ (node as u64 + 1).wrapping_mul(0x9e37_79b9) ^ salt);
    // Where a clock was set, the order of writing is not that of the stamps.
    let any = per_hour > 0 && world.cluster.nodes[node].clock.steps.is_empty();
    let first = any.then_some(world.start);
    let all =
        successors(first, move |at| Some(Instant(at.0 + random.between(mean / 2, mean + mean / 2).max(1))));
    // A node that is down writes nothing; its volumes have no state then.
    let up = world.history.volumes.first().map(|v| &v.on[node].state);
    all.take_while(|at| *at < world.now)
        .filter(move |at| up.is_none_or(|state| state.at(*at).is_some()))
        .map(move |at| (at, Random::new(at.0 as u64 ^ salt ^ (node as u64) << 40)))
}

/// Both in order of time.
pub(in crate::simulate) fn merged<'a>(
    log: impl Iterator<Item = &'a Entry>,
    more: impl Iterator<Item = Entry>,
) -> impl Iterator<Item = Cow<'a, Entry>> {
    let (mut log, mut more) = (log.peekable(), more.peekable());
    from_fn(move || match (log.peek(), more.peek()) {
        (Some(own), Some(other)) if other.at < own.at => more.next().map(Cow::Owned),
        (Some(_), _) => log.next().map(Cow::Borrowed),
        (None, _) => more.next().map(Cow::Owned),
    })
}
