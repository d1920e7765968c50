//! From what the sources read to the [`Case`]: place on one clock, merge what was told twice, resolve names,
//! fold timelines, overlay routes. The one entry point behind reading; it opens nothing and knows no format.

mod order;
mod stories;

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, ClusterStory, Covered, InputSummary, Placed};
use crate::clock::{self, Clocks, FileClock};
use crate::fact::{
    self, Certainty, Channel, Claim, ClusterClaim, Fact, FactId, InputId, Instant, Moment, Name, NodeClaim,
    Stamp, TimeBase,
};
use crate::ledger::Tally;
use crate::route;
use crate::timeline::cast::Cast;
use crate::timeline::cover::Coverage;
use crate::timeline::told::{Told, World};
use crate::timeline::{self, VolumeStory};
use stories::Stories;

/// Everything that is known of one input after reading.
#[derive(Clone, Debug)]
pub struct InputData {
    /// Which.
    pub id: InputId,
    /// Path within the bundle.
    pub path: String,
    /// `cluster_log`, `evtx`, ... or `unrecognised`.
    pub kind: &'static str,
    /// Whose, after attribution. Facts and coverage without a reporter are given this one.
    pub node: Option<Name>,
    /// Size, decompressed.
    pub bytes: u64,
    /// How the file prints its own times.
    pub time_base: TimeBase,
    /// Belongs to another cluster: kept in `inputs` and `ledger`, its facts and coverage are left out.
    pub foreign: bool,
    /// Has the content of another input, which said all that it says.
    pub copy_of: Option<InputId>,
    /// What it said, in file order.
    pub facts: Vec<Fact>,
    /// What it covers.
    pub coverage: Vec<fact::Coverage>,
    /// Its account.
    pub tally: Tally,
}

/// What the user said beforehand.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--tz`, `--skew`.
    pub clock: clock::Options,
    /// The cluster's name, where reading found one outside the facts.
    pub cluster: Option<Name>,
}

/// Builds the whole case. Inputs may come in any order, and bear any numbers: the outcome depends on their content alone.
#[must_use]
pub fn assemble(mut inputs: Vec<InputData>, options: &Options) -> Case {
    let order = order::by_content(&mut inputs);
    let files: Vec<FileClock> =
        inputs.iter().filter(|input| !input.foreign && input.copy_of.is_none()).map(file_clock).collect();
    for input in inputs.iter_mut().filter(|input| !input.foreign) {
        for fact in input.facts.iter_mut().filter(|fact| fact.reporter.is_none()) {
            fact.reporter.clone_from(&input.node);
        }
    }
    let heard: Vec<&[Fact]> =
        inputs.iter().filter(|input| !input.foreign).map(|input| &input.facts[..]).collect();
    let count = heard.iter().map(|facts| facts.len()).sum();
    let mut clocks = Clocks::settle(&files, &heard, &options.clock);
    for input in inputs.iter().filter(|input| !input.foreign) {
        for piece in &input.coverage {
            clocks.reaches(input.id, piece.reporter.as_ref().or(input.node.as_ref()), piece.to);
        }
    }
    let covered = covered(&inputs, &clocks);
    // Input by input, so that the facts are never there twice: there may be millions.
    let own = inputs.iter_mut().filter(|input| !input.foreign);
    let facts = own.flat_map(|input| std::mem::take(&mut input.facts));
    let placed = clock::merge(&clocks, facts, count);
    let mut case = Case {
        clocks: clocks.readings(&files),
        inputs: summaries(&inputs, &covered, &placed),
        facts: placed.into_iter().map(|(fact, moment)| Placed { fact, moment }).collect(),
        ..Case::default()
    };
    let instants = case.facts.iter().filter_map(|p| p.moment.map(|m| m.at));
    let instants = instants.chain(covered.iter().flat_map(|c| [c.from, c.to]));
    (case.from, case.to) = instants.fold((None, None), |(from, to), at| {
        (Some(from.map_or(at, |from: Instant| from.min(at))), to.max(Some(at)))
    });
    // Snapshots alone are of one moment: states need some length to be laid over each other.
    if let (Some(from), Some(to)) = (case.from, case.to)
        && from == to
    {
        case.to = Some(Instant(to.0 + 1));
    }
    tell(&mut case, &covered, &clocks, &inputs, options);
    case.covered = covered;
    case.ledger = inputs.into_iter().map(|input| input.tally).collect();
    order.restore(&mut case);
    case
}

/// Folds the stories out of the placed facts.
fn tell(case: &mut Case, covered: &[Covered], clocks: &Clocks, inputs: &[InputData], options: &Options) {
    let (Some(from), Some(to)) = (case.from, case.to) else { return };
    let facts = std::mem::take(&mut case.facts);
    let told = facts.iter().enumerate().filter_map(|(at, placed)| {
        let Moment { at: instant, spread } = placed.moment?;
        let id = FactId(at as u32);
        Some(Told { id, fact: &placed.fact, at: instant, spread, clock: clocks.key(&placed.fact) })
    });
    let told: Vec<Told<'_>> = told.collect();
    // A log whose times may be hours off shows nobody's silence at any time.
    let unsure: BTreeSet<InputId> =
        inputs.iter().map(|input| input.id).filter(|&id| clocks.is_doubtful(id)).collect();
    let sure = covered.iter().filter(|c| !unsure.contains(&c.input));
    let pieces = sure.map(|c| (c.node.clone(), c.channel.clone(), c.from, c.to)).collect();
    let world = World { told, coverage: Coverage::new(pieces, clocks.nodes()), from, to };
    let owners: BTreeSet<Name> =
        inputs.iter().filter(|input| !input.foreign).filter_map(|input| input.node.clone()).collect();
    let cast = Cast::new(facts.iter().map(|placed| (&placed.fact, placed.moment.map(|m| m.at))));
    case.cluster = cluster(&world, options);
    let Stories { nodes, volumes, vms } = Stories::tell(&world, &cast, &owners, &case.cluster.spaces_direct);
    case.nodes = nodes;
    // Stories stand by label; their indices follow.
    let mut order: Vec<usize> = (0..volumes.len()).collect();
    order.sort_by_cached_key(|&at| (Name::new(&volumes[at].label()), volumes[at].id(), at));
    let mut place = vec![0; volumes.len()];
    order.iter().enumerate().for_each(|(to, &from)| place[from] = to);
    let mut slots: Vec<Option<VolumeStory>> = volumes.into_iter().map(Some).collect();
    case.volumes = order.iter().filter_map(|&at| slots[at].take()).collect();
    case.vms = vms;
    for disk in case.vms.iter_mut().flat_map(|vm| &mut vm.disks) {
        disk.volume = disk.volume.map(|at| place[at]);
    }
    case.vms.sort_by_cached_key(|vm| (Name::new(&vm.label()), vm.id));
    case.routes = route::routes(&world, &case.vms, &case.volumes);
    let volume_of = |claim: &fact::TrafficClaim, at: Instant| match cast.volumes_of(&claim.volume, at)[..] {
        [volume] => Some(place[volume]),
        _ => None,
    };
    case.traffic = route::measured(&world, &case.vms, volume_of, &mut case.routes);
    case.facts = facts;
}

/// How far a cluster log that ends before its node's event logs is still taken to be of the same export: it is
/// seldom silent for long.
const QUIET: i64 = 900_000_000_000;

fn file_clock(input: &InputData) -> FileClock {
    file_clock_of(input.id, input.kind, input.node.clone(), input.time_base, &input.coverage)
}

/// An input, as far as its clock matters.
pub(crate) fn file_clock_of(
    input: InputId,
    kind: &str,
    node: Option<Name>,
    base: TimeBase,
    coverage: &[fact::Coverage],
) -> FileClock {
    let system = |piece: &&fact::Coverage| kind == "evtx" && piece.channel == Channel::System;
    let stamps = |piece: &crate::fact::Coverage| match (piece.from, piece.to) {
        (Stamp::Utc(from), Stamp::Utc(to)) => Some((from, to)),
        _ => None,
    };
    FileClock {
        input,
        node,
        base,
        covers: covers(coverage),
        tells_steps: coverage.iter().filter(system).filter_map(stamps).collect(),
    }
}

/// The first and last of the file's own stamps between which it is complete.
fn covers(coverage: &[fact::Coverage]) -> Option<(i64, i64)> {
    let own = |stamp: Stamp| match stamp {
        Stamp::File(at) => Some(at),
        Stamp::Utc(_) | Stamp::Local(_) | Stamp::Collected | Stamp::Missing => None,
    };
    let stamps = || coverage.iter().flat_map(|piece| [piece.from, piece.to]).filter_map(own);
    stamps().min().zip(stamps().max())
}

/// The coverage that can be placed. An export holds its channels up to the moment it was made: in a log file of
/// several sections each reaches the file's last entry; logs that were read without loss reach the last entry of
/// their node's logs, which one collection exports together.
fn covered(inputs: &[InputData], clocks: &Clocks) -> Vec<Covered> {
    let whole = |input: &InputData| {
        matches!(input.kind, "evtx" | "cluster_log") && input.tally.lost == 0 && input.tally.malformed == 0
    };
    let mut out = Vec::new();
    let mut ends: BTreeMap<Name, Instant> = BTreeMap::new();
    for input in inputs.iter().filter(|input| !input.foreign) {
        let begin = out.len();
        for piece in &input.coverage {
            let Some(node) = piece.reporter.clone().or_else(|| input.node.clone()) else { continue };
            let place = |stamp| clocks.place(input.id, Some(&node), stamp).map(|m| m.at);
            if let (Some(from), Some(to)) = (place(piece.from), place(piece.to)) {
                let channel = piece.channel.clone();
                out.push(Covered { input: input.id, channel, from, to: to.max(from), node });
            }
        }
        let own: &mut [Covered] = &mut out[begin..];
        if input.kind == "cluster_log" {
            extend(own, own.iter().map(|c| c.to).max());
        }
        // Times that may be hours off tell nobody's end.
        let tells_end = whole(input) && !clocks.is_doubtful(input.id);
        for piece in own.iter().filter(|_| tells_end) {
            let end = ends.entry(piece.node.clone()).or_insert(piece.to);
            *end = (*end).max(piece.to);
        }
    }
    for input in inputs.iter().filter(|input| !input.foreign && whole(input)) {
        let begin = out.partition_point(|c| c.input < input.id);
        let end = out.partition_point(|c| c.input <= input.id);
        let own = &mut out[begin..end];
        let last = own.iter().map(|c| c.to).max();
        let until = own.first().and_then(|c| ends.get(&c.node)).copied();
        let near = |until: &Instant| last.is_some_and(|last| until.0 - last.0 <= QUIET);
        extend(own, until.filter(|until| input.kind == "evtx" || near(until)));
    }
    out
}

/// Lengthens the last piece of each channel.
fn extend(pieces: &mut [Covered], until: Option<Instant>) {
    let Some(until) = until else { return };
    let mut last: BTreeMap<(Name, Channel), usize> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        let slot = last.entry((piece.node.clone(), piece.channel.clone())).or_insert(at);
        if pieces[*slot].to <= piece.to {
            *slot = at;
        }
    }
    last.into_values().for_each(|at| pieces[at].to = pieces[at].to.max(until));
}

fn summaries(
    inputs: &[InputData],
    covered: &[Covered],
    placed: &[(Fact, Option<Moment>)],
) -> Vec<InputSummary> {
    let mut ranges: BTreeMap<InputId, (Instant, Instant)> = BTreeMap::new();
    let mut widen = |input: InputId, at: Instant| {
        let range = ranges.entry(input).or_insert((at, at));
        *range = (range.0.min(at), range.1.max(at));
    };
    for (fact, moment) in placed {
        if let (Some(moment), true) = (moment, fact.stamp != Stamp::Collected) {
            widen(fact.origin.input, moment.at);
            fact.also.iter().for_each(|origin| widen(origin.input, moment.at));
        }
    }
    for piece in covered {
        widen(piece.input, piece.from);
        widen(piece.input, piece.to);
    }
    let range = |input: &InputData| ranges.get(&input.copy_of.unwrap_or(input.id));
    let summary = |input: &InputData| InputSummary {
        id: input.id,
        path: input.path.clone(),
        kind: input.kind,
        node: input.node.clone(),
        bytes: input.bytes,
        from: range(input).map(|r| r.0),
        to: range(input).map(|r| r.1),
        foreign: input.foreign,
    };
    inputs.iter().map(summary).collect()
}

/// Storage Spaces Direct came with Windows Server 2016 (facts: domain section 0).
const FIRST_SPACES_DIRECT: u32 = 14393;

fn cluster(world: &World<'_>, options: &Options) -> ClusterStory {
    let mut out = ClusterStory { name: options.cluster.clone(), ..ClusterStory::default() };
    let mut spaces = Vec::new();
    let (mut older, mut later) = (Vec::new(), false);
    for told in &world.told {
        match &told.fact.claim {
            Claim::Cluster(ClusterClaim::Name(name)) => {
                out.name.get_or_insert_with(|| name.clone());
            }
            Claim::Cluster(ClusterClaim::SpacesDirect(on)) => {
                spaces.push((*on, told.id, Certainty::Observed))
            }
            Claim::Node(_, NodeClaim::OsBuild(build)) if *build < FIRST_SPACES_DIRECT => {
                older.push((false, told.id, Certainty::Derived));
            }
            // A node of a later version (a rolling upgrade) leaves it open.
            Claim::Node(_, NodeClaim::OsBuild(_)) => later = true,
            Claim::Cluster(ClusterClaim::FunctionalLevel(level)) => {
                out.functional_level = out.functional_level.max(Some(*level));
            }
            _ => {}
        }
    }
    if spaces.is_empty() && !later {
        spaces = older;
    }
    out.spaces_direct = timeline::settled::settle(spaces);
    out
}

#[cfg(test)]
mod clock_tests;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod conflict_tests;
#[cfg(test)]
mod less_tests;
#[cfg(test)]
mod name_tests;
#[cfg(test)]
pub(crate) mod notation;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth_tests;
