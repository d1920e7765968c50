//! Measured traffic, joined with routes: which bytes took which way.
//!
//! A measurement belongs to a disk where its file does: the same path below the mount point, the same volume, and
//! no other disk that fits. It belongs to a route where the whole stretch that it measured lies inside the route's
//! span on the same node; a stretch on both sides of a border is never split, its bytes stay with the volume. Direct
//! I/O during a block-redirected route is block-redirected traffic (facts: domain section 4); I/O that took another way
//! than the route says (a single file's veto, a direct I/O that failed) is traffic, and not the route's.

use std::collections::BTreeMap;

use super::rivals::outdone;
use super::{Bytes, Route, RouteKind, Traffic};
use crate::fact::{
    Certainty, Claim, Evidence, FactId, Instant, Meter, Name, Role, Span, TrafficClaim, TrafficPath,
};
use crate::timeline::told::{Told, World};
use crate::timeline::{VmStory, below_mount};

/// Files that are told apart; the rest is counted for its volume alone.
const MOST_FILES: usize = 1000;

/// A disk of a VM: indices of both.
type Disk = (usize, usize);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    volume: Option<usize>,
    node: Option<Name>,
    file: Option<Name>,
    path: TrafficPath,
    meter: Meter,
}

/// Fills the routes' bytes; all measured traffic, summed up by volume, node, file and path.
#[must_use]
pub fn measured(
    world: &World<'_>,
    vms: &[VmStory],
    volume_of: impl Fn(&TrafficClaim, Instant) -> Option<usize>,
    routes: &mut [Route],
) -> Vec<Traffic> {
    let mut disks: BTreeMap<Name, Vec<Disk>> = BTreeMap::new();
    for (vm, story) in vms.iter().enumerate() {
        for (disk, file) in story.disks.iter().enumerate().filter(|(_, file)| file.volume.is_some()) {
            disks.entry(below_mount(&file.path)).or_default().push((vm, disk));
        }
    }
    let mut by_disk: BTreeMap<Disk, Vec<usize>> = BTreeMap::new();
    for (at, route) in routes.iter().enumerate() {
        by_disk.entry((route.vm, route.disk)).or_default().push(at);
    }
    let mut sums: BTreeMap<Key, Traffic> = BTreeMap::new();
    let mut files = 0;
    let outdone = outdone(&world.told);
    for told in &world.told {
        let Claim::Traffic(claim) = &told.fact.claim else { continue };
        if outdone.contains(&told.id) {
            continue;
        }
        let named = volume_of(claim, told.at);
        let disk = claim.file.as_ref().and_then(|file| disk_of(file, named, &disks, vms));
        let volume = named.or_else(|| disk.and_then(|(vm, disk)| vms[vm].disks[disk].volume));
        let mut key = Key {
            volume,
            node: told.fact.reporter.clone(),
            file: claim.file.clone(),
            path: claim.path,
            meter: claim.meter,
        };
        if key.file.is_some() && !sums.contains_key(&key) {
            files += 1;
            if files > MOST_FILES {
                key.file = None;
            }
        }
        let vm = disk.filter(|_| key.file.is_some()).map(|disk| disk.0);
        add(sums.entry(key).or_insert_with_key(|key| empty(key, vm)), told, claim);
        let on = disk.and_then(|disk| by_disk.get(&disk)).into_iter().flatten();
        for &at in on {
            if takes(&routes[at], told, claim, world.to) {
                count(&mut routes[at], claim, told.id);
            }
        }
    }
    sums.into_values().collect()
}

/// The one disk whose file it is.
fn disk_of(
    file: &Name,
    volume: Option<usize>,
    disks: &BTreeMap<Name, Vec<Disk>>,
    vms: &[VmStory],
) -> Option<Disk> {
    let below = below_mount(file.as_str().trim_start_matches('\\'));
    let fits = |disk: &&Disk| volume.is_none() || vms[disk.0].disks[disk.1].volume == volume;
    let mut found = disks.get(&below)?.iter().filter(fits);
    let first = found.next()?;
    // A file that several VMs share, or that lies on several volumes, is nobody's alone.
    found.next().is_none().then_some(*first)
}

fn last(told: &Told<'_>, claim: &TrafficClaim) -> Instant {
    Instant(told.at.0.saturating_add(claim.length.max(0)))
}

/// Did all that was measured take this route?
fn takes(route: &Route, told: &Told<'_>, claim: &TrafficClaim, end: Instant) -> bool {
    let way = match (route.route, claim.path) {
        (RouteKind::Direct, TrafficPath::Direct) => true,
        (RouteKind::OwnerLocal | RouteKind::ViaCoordinatorFs, TrafficPath::FileSystemRedirected) => true,
        (RouteKind::ViaCoordinatorBlock, TrafficPath::Direct) => claim.meter != Meter::VolumeManagerCounter,
        (RouteKind::ViaCoordinatorBlock, TrafficPath::BlockRedirected) => true,
        (RouteKind::Unknown, _) => true,
        _ => false,
    };
    let last = last(told, claim);
    let begins = route.span.from.is_none_or(|from| from <= told.at);
    let ends = route.span.to.is_none_or(|to| last < to || to == end && last == to);
    way && begins && ends && route.node.is_some() && route.node == told.fact.reporter
}

fn count(route: &mut Route, claim: &TrafficClaim, fact: FactId) {
    let source = claim.meter.word();
    let bytes = route.bytes.get_or_insert_with(|| Bytes { source, ..Bytes::default() });
    // Two meters of one thing are not added up.
    if bytes.source != source {
        return;
    }
    bytes.read = bytes.read.saturating_add(claim.read.bytes);
    bytes.written = bytes.written.saturating_add(claim.written.bytes);
    bytes.undirected = bytes.undirected.saturating_add(claim.undirected.bytes);
    bytes.lossy |= claim.lossy;
    bytes.first.get_or_insert(fact);
}

fn empty(key: &Key, vm: Option<usize>) -> Traffic {
    Traffic {
        span: Span { from: None, to: None, certainty: Certainty::Observed, evidence: Vec::new() },
        volume: key.volume,
        node: key.node.clone(),
        file: key.file.clone(),
        vm,
        path: key.path,
        read: 0,
        written: 0,
        undirected: 0,
        operations: None,
        lossy: false,
        source: key.meter.word(),
    }
}

fn add(sum: &mut Traffic, told: &Told<'_>, claim: &TrafficClaim) {
    sum.span.from = Some(sum.span.from.map_or(told.at, |from| from.min(told.at)));
    sum.span.to = sum.span.to.max(Some(last(told, claim)));
    if sum.span.evidence.is_empty() {
        sum.span.evidence.push(Evidence { fact: told.id, role: Role::Supports });
    }
    sum.read = sum.read.saturating_add(claim.read.bytes);
    sum.written = sum.written.saturating_add(claim.written.bytes);
    sum.undirected = sum.undirected.saturating_add(claim.undirected.bytes);
    for operations in
        [&claim.read, &claim.written, &claim.undirected].into_iter().filter_map(|f| f.operations)
    {
        sum.operations = Some(sum.operations.unwrap_or(0).saturating_add(operations));
    }
    sum.lossy |= claim.lossy;
}

#[cfg(test)]
mod tests {
    use crate::assemble::notation::case;

    /// Bytes of routes, then traffic by volume and file.
    fn check(traffic: &str, expect: &str) {
        let case = case(&format!(
            r"
            cover n1: engine op system csvfs worker vmms 09:00..12:00
            cover n2: engine op system csvfs worker vmms 09:00..12:00
            09:00 n1: volume #1=Volume1=Disk1 state 4
            09:00 n1: vm a#7 became Running
            09:00 n1: vm b#8 became Running
            10:00 n1: volume Volume1=Disk1 redirected-access on
            end n1: volume #1 owner n2
            end n1: volume #1 fs NTFS
            end n1: disk Disk1 bus iSCSI
            end n1: vm a#7 disk C:\ClusterStorage\Volume1\VMs\a.vhdx
            end n1: vm a#7 disk C:\ClusterStorage\Volume1\shared.vhds
            end n1: vm b#8 disk C:\ClusterStorage\Volume1\shared.vhds
            {traffic}"
        ));
        let mut out = Vec::new();
        for route in case.routes.iter() {
            if let Some(bytes) = &route.bytes {
                let lossy = if bytes.lossy { " lossy" } else { "" };
                out.push(format!("{} r{} w{}{lossy}", route.route.word(), bytes.read, bytes.written));
            }
        }
        for sum in &case.traffic {
            let vm = sum.vm.map_or("-".into(), |vm| case.vms[vm].label());
            let volume = sum.volume.map_or("-".into(), |volume| case.volumes[volume].label());
            let file = sum.file.as_ref().map_or("-", |file| file.as_str());
            out.push(format!("{volume} {file} {vm} {} r{} w{}", sum.path.word(), sum.read, sum.written));
        }
        assert_eq!(out.join("; "), expect, "{traffic}");
    }

    #[test]
    fn whose_bytes() {
        check(
            r"10:30 n1: traffic redirected \VMs\A.vhdx #1 5 7 60 lossy",
            r"via_coordinator_fs r5 w7 lossy; Volume1 \VMs\A.vhdx a file_system_redirected r5 w7",
        );
        // Both sides of a border: kept with the volume, not split.
        check(
            r"09:59:30 n1: traffic redirected \VMs\a.vhdx #1 5 7 60",
            r"Volume1 \VMs\a.vhdx a file_system_redirected r5 w7",
        );
        // Another node's I/O is not the VM's; a direct I/O is not the redirected route's.
        check(
            r"10:30 n2: traffic redirected \VMs\a.vhdx #1 5 7 60",
            r"Volume1 \VMs\a.vhdx a file_system_redirected r5 w7",
        );
        check(r"10:30 n1: traffic direct \VMs\a.vhdx #1 5 7 60", r"Volume1 \VMs\a.vhdx a direct r5 w7");
        // No volume told: the one file that fits. A shared file is nobody's alone.
        check(
            r"10:30 n1: traffic redirected \VMs\a.vhdx - 5 7 60",
            r"via_coordinator_fs r5 w7; Volume1 \VMs\a.vhdx a file_system_redirected r5 w7",
        );
        check(
            r"10:30 n1: traffic redirected \shared.vhds #1 5 7 60",
            r"Volume1 \shared.vhds - file_system_redirected r5 w7",
        );
    }
}
