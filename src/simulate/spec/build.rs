//! The cluster of a spec, at rest.

use super::{Happening, Spec, Storage};
use crate::fact::{FileSystem, Instant, StorageKind};
use crate::simulate::build::Builder;
use crate::simulate::calendar::{HOUR, MINUTE, SECOND, instant};
use crate::simulate::model::Disk;
use crate::simulate::random::Random;

/// Names of clusters, invented.
const STEMS: [&str; 8] = ["ASH", "ELM", "FIR", "HAZEL", "LARCH", "MAPLE", "OAK", "YEW"];

/// Zones, with Windows' names, whose rules have been stable since 2008.
const ZONES: [(chrono_tz::Tz, &str); 5] = [
    (chrono_tz::America::Chicago, "Central Standard Time"),
    (chrono_tz::America::New_York, "Eastern Standard Time"),
    (chrono_tz::Europe::Berlin, "W. Europe Standard Time"),
    (chrono_tz::Asia::Tokyo, "Tokyo Standard Time"),
    (chrono_tz::Asia::Kolkata, "India Standard Time"),
];

/// When the story of a spec begins.
pub(super) fn start(spec: &Spec) -> Instant {
    let year = match spec.windows.build() {
        7601 => 2011,
        9200 => 2013,
        9600 => 2015,
        14393 => 2018,
        17763 => 2020,
        20348 => 2023,
        _ => 2025,
    };
    let mut random = Random::new(spec.seed ^ 0x5a17);
    if spec.daylight_saving {
        // Chicago's clocks change on the second Sunday of March and the first of November.
        let (month, week) = if random.index(2) == 0 { (3, 2) } else { (11, 1) };
        let sunday = chrono::NaiveDate::from_weekday_of_month_opt(year, month, chrono::Weekday::Sun, week);
        let day = sunday.map_or(8, |date| chrono::Datelike::day(&date));
        return Instant(instant(year, month, day, 0).0 - 6 * HOUR);
    }
    // The restart bug is one of builds from May to October 2018.
    let bug = spec.happenings.contains(&Happening::RestartBug2018) && spec.allows(Happening::RestartBug2018);
    let month = if bug { 6 + random.index(4) } else { 1 + random.index(12) };
    instant(year, month as u32, 1 + random.index(28) as u32, random.index(24) as u32)
}

/// Builds it.
pub(super) fn cluster(spec: &Spec) -> Builder {
    let mut draw = Random::new(spec.seed ^ 0xc1);
    let stem = *draw.of(&STEMS);
    let lower = stem.to_ascii_lowercase();
    let mut builder =
        Builder::new(&format!("{stem}-CLU"), &format!("{lower}.example"), spec.windows.build(), spec.seed);
    builder.zone = *draw.of(&ZONES);
    if spec.daylight_saving {
        builder.zone = ZONES[0];
    }
    builder.skew = i64::from(spec.skew_ms) * 1_000_000;
    let kind = match spec.storage {
        Storage::San | Storage::Stretch => StorageKind::San,
        Storage::SharedSpaces => StorageKind::SharedSpace,
        Storage::SpacesDirect => StorageKind::SpacesDirect,
        Storage::StorageReplica => StorageKind::StorageReplica,
    };
    builder.cluster.spaces_direct = spec.storage == Storage::SpacesDirect;
    builder.cluster.multipath = matches!(spec.storage, Storage::San | Storage::Stretch);
    builder.cluster.bus = match spec.storage {
        Storage::SpacesDirect | Storage::SharedSpaces => "Spaces",
        _ => *draw.of(&["Fibre Channel", "iSCSI", "SAS"]),
    };
    let nodes = spec.nodes.clamp(2, 64);
    let names: Vec<String> = (1..=nodes).map(|at| format!("{stem}{at:02}")).collect();
    builder.nodes(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let begin = start(spec);
    for node in &mut builder.cluster.nodes {
        node.booted = Instant(begin.0 - draw.between(3 * 24 * HOUR, 60 * 24 * HOUR) - 17 * MINUTE);
        let drift = i64::from(spec.drift_ppm) * 1000;
        node.clock.drift = if drift == 0 { 0 } else { draw.between(-drift, drift + 1) };
    }
    if spec.from_start {
        let mut at = begin.0 - draw.between(20 * MINUTE, HOUR);
        for node in &mut builder.cluster.nodes {
            at += draw.between(5 * SECOND, 90 * SECOND);
            node.booted = Instant(at);
        }
    }
    if spec.storage == Storage::Stretch {
        for (at, node) in builder.cluster.nodes.iter_mut().enumerate() {
            node.site = u8::from(at >= nodes.div_ceil(2));
        }
    }
    let near = if spec.storage == Storage::Stretch { nodes.div_ceil(2) } else { nodes };
    let has = |happening| spec.allows(happening) && spec.happenings.contains(&happening);
    let (refs, tiered) = (has(Happening::Refs), has(Happening::Tiering));
    if has(Happening::NetworkRole) {
        builder.cluster.networks.iter_mut().for_each(|n| n.role = 3);
    }
    builder.cluster.bound = !has(Happening::MissingBinding);
    if has(Happening::RestartBug2018) {
        // The first cumulative update with the defect (KB4462487).
        builder.cluster.updates = vec!["KB4103723"];
    }
    builder.cluster.signing = has(Happening::SigningOnRdma);
    builder.cluster.rdma = has(Happening::SigningOnRdma);
    if has(Happening::WrongNetwork) || has(Happening::MissingBinding) {
        builder.cluster.smb_network = 0;
    }
    if has(Happening::StrayAddress)
        && let Some(last) = builder.cluster.nodes.last_mut()
    {
        last.addresses.push("169.254.118.7".into());
    }
    for at in 0..spec.volumes.clamp(1, 200) {
        // At least the first volume has what the spec asks for; the others may.
        let file_system =
            if refs && (at == 0 || draw.index(2) == 0) { FileSystem::Refs } else { FileSystem::Ntfs };
        let owner = draw.index(near);
        let owner = if has(Happening::Skew) { 0 } else { owner };
        let volume = builder.volume(&format!("Volume{}", at + 1), file_system, kind, owner);
        let v = &mut builder.cluster.volumes[volume];
        v.tiered = tiered && v.file_system == FileSystem::Ntfs && (at < 2 || draw.index(2) == 0);
        v.deduplicated = has(Happening::Deduplication) && at % 2 == 0;
        for (on, node) in v.on.iter_mut().zip(&builder.cluster.nodes) {
            on.meant = node.site == 0;
            on.connected = on.meant;
        }
    }
    for at in 0..spec.vms.min(5000) {
        let volume = draw.index(builder.cluster.volumes.len());
        // The first ones stand on every node, counted from the coordinator on.
        let owner = builder.cluster.volumes[volume].coordinator.unwrap_or(0);
        let node = if at < nodes { (owner + at) % nodes } else { draw.index(nodes) };
        let vm = builder.vm(&format!("vm-{:04}", at + 1), node, volume);
        if has(Happening::SharedVhdx) && at % 4 < 2 {
            share(&mut builder, vm, at / 4);
        }
    }
    let more: Vec<String> = spec.altered.more_nodes(stem, nodes).collect();
    spec.altered.alter(&mut builder, &more, Instant(begin.0 - 24 * HOUR));
    builder
}

/// Two guests share a disk on the volume of the first.
fn share(builder: &mut Builder, vm: usize, pair: usize) {
    let first = &builder.cluster.vms[pair * 4];
    let volume = first.disks[0].volume;
    let friendly = &builder.cluster.volumes[volume].friendly;
    let path = format!(r"C:\ClusterStorage\{friendly}\shared-{:03}\data.vhdx", pair + 1);
    builder.cluster.vms[vm].disks.push(Disk { path, volume, shared: true });
}
