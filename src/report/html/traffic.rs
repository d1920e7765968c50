//! Measured bytes over time, by link: from the node that sent them to the volume's disk, or to the coordinator that the
//! volume had then. What CSVFS counts as direct may have been block redirected (facts: domain section 4): such a link
//! says so, and nothing is added up over meters, which count the same I/O twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::data::Lists;
use crate::case::VolumeStory;
use crate::fact::{Claim, Instant, Meter, Name, TrafficClaim, TrafficPath};
use crate::report::Report;

/// One link as one meter saw it. Samples: from, to, bytes read, written, and of unknown direction.
#[derive(Serialize)]
pub(super) struct Link {
    node: usize,
    coordinator: Option<usize>,
    volume: Option<usize>,
    path: &'static str,
    meter: &'static str,
    lossy: bool,
    samples: Vec<(i64, i64, u64, u64, u64)>,
}

/// Who owned the volume at that time, as far as is known.
fn owner(volume: &VolumeStory, at: Instant) -> Option<&Name> {
    let holds = |from: Option<Instant>, to: Option<Instant>| {
        from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to)
    };
    let piece = volume.coordinator.pieces.iter().find(|p| holds(p.span.from, p.span.to))?;
    piece.value.as_ref()
}

fn volume_of(report: &Report<'_>, traffic: &TrafficClaim) -> Option<usize> {
    let named = &traffic.volume;
    report.case.volumes.iter().position(|volume| {
        (named.guid.is_some() && named.guid == volume.guid)
            || named.friendly.as_ref().is_some_and(|name| {
                volume.friendly.as_ref() == Some(name) || volume.also_named.contains(name)
            })
            || (named.resource.is_some() && named.resource == volume.resource)
    })
}

/// Who sent, to which volume, which way, who measured, through whom.
type Key = (Name, Option<usize>, TrafficPath, Meter, Option<Name>);

/// What one link carried, by the stretch from and to: read, written, of unknown direction.
#[derive(Default)]
struct Sum {
    lossy: bool,
    samples: BTreeMap<(i64, i64), (u64, u64, u64)>,
}

/// Links within the report's scope, by node, volume and way. Figures of single files are left out where the same
/// meter gives the whole volume.
pub(super) fn links(report: &Report<'_>, lists: &mut Lists<'_>) -> Vec<Link> {
    let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
    let whole: BTreeSet<(Name, Option<usize>, Meter)> = report
        .case
        .facts()
        .filter_map(|(_, placed)| match (&placed.fact.claim, &placed.fact.reporter) {
            (Claim::Traffic(t), Some(node)) if t.file.is_none() => {
                Some((node.clone(), volume_of(report, t), t.meter))
            }
            _ => None,
        })
        .collect();
    for (_, placed) in report.case.facts() {
        let (Claim::Traffic(traffic), Some(moment), Some(node)) =
            (&placed.fact.claim, placed.moment, &placed.fact.reporter)
        else {
            continue;
        };
        let volume = volume_of(report, traffic);
        let in_file = traffic.file.is_some() && whole.contains(&(node.clone(), volume, traffic.meter));
        let hidden = volume.map_or(!report.scope.volumes.is_empty(), |v| !report.shown_volumes[v]);
        if in_file || hidden || !report.scope.shows_node(node) {
            continue;
        }
        let Some(from) = lists.tick(Some(moment.at)) else { continue };
        let to = from.saturating_add((traffic.length / 100).max(1));
        let through = match traffic.path {
            TrafficPath::Direct => None,
            _ => volume.and_then(|v| owner(&report.case.volumes[v], moment.at)).cloned(),
        };
        let key = (node.clone(), volume, traffic.path, traffic.meter, through);
        let sum = sums.entry(key).or_default();
        sum.lossy |= traffic.lossy;
        let slot = sum.samples.entry((from, to)).or_default();
        slot.0 = slot.0.saturating_add(traffic.read.bytes);
        slot.1 = slot.1.saturating_add(traffic.written.bytes);
        slot.2 = slot.2.saturating_add(traffic.undirected.bytes);
    }
    sums.into_iter()
        .map(|(key, sum)| {
            let (node, volume, path, meter, through) = key;
            Link {
                node: lists.node(&node),
                coordinator: through.map(|name| lists.node(&name)),
                volume,
                path: path.word(),
                meter: meter.word(),
                lossy: sum.lossy,
                samples: sum.samples.into_iter().map(|((a, b), (r, w, u))| (a, b, r, w, u)).collect(),
            }
        })
        .collect()
}
