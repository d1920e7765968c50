//! Counter logs of Cluster Shared Volumes as Performance Monitor writes them to text: `PDH-CSV`, local time, a sample
//! every 15 seconds, rates averaged since the sample before.
//!
//! Sets and counters: Microsoft's MSLab "TestingCSVRedirection", the failover clustering blog, public monitoring
//! configurations (facts: domain section 4). CSVFS counts block-redirected I/O as direct; the Volume Manager tells it apart.
//! The first sample of a rate is blank. Header and times: learn.microsoft.com, "Log File Formats".

use crate::fact::{Instant, ModeKind};
use crate::simulate::calendar::{SECOND, is_daylight, local, log_time, offset_minutes};
use crate::simulate::cause::Cause;
use crate::simulate::model::BUILD_2016;
use crate::simulate::play::io::{self, Load};
use crate::simulate::record::csvfs;
use crate::simulate::world::World;

const INTERVAL: i64 = 15 * SECOND;

/// What a volume moved in an interval: reads and writes, each its bytes and operations.
#[derive(Copy, Clone, Default)]
struct Moved {
    direct: [[u64; 2]; 2],
    file_system: [[u64; 2]; 2],
    block: [[u64; 2]; 2],
}

/// What a column shows.
#[derive(Copy, Clone)]
enum Shown {
    /// Index of the direction; bytes or operations; which ways count.
    Rate(usize, usize, fn(&Moved, usize, usize) -> u64),
    /// CSVFS's state of the volume, as its number.
    State,
}

struct Column {
    volume: usize,
    path: String,
    shown: Shown,
}

fn csvfs_direct(m: &Moved, way: usize, unit: usize) -> u64 {
    m.direct[way][unit] + m.block[way][unit]
}

fn csvfs_redirected(m: &Moved, way: usize, unit: usize) -> u64 {
    m.file_system[way][unit]
}

fn disk(m: &Moved, way: usize, unit: usize) -> u64 {
    m.direct[way][unit]
}

fn disk_redirected(m: &Moved, way: usize, unit: usize) -> u64 {
    m.block[way][unit]
}

fn columns(world: &World, node: usize) -> Vec<Column> {
    let name = &world.cluster.nodes[node].name;
    let mut out = Vec::new();
    for (volume, v) in world.cluster.volumes.iter().enumerate() {
        let instance = &v.friendly;
        let mut add = |set: &str, counter: String, shown| {
            let path = format!(r"\\{name}\{set}({instance})\{counter}");
            out.push(Column { volume, path, shown });
        };
        for (way, word) in ["Read", "Write"].into_iter().enumerate() {
            if world.cluster.build >= BUILD_2016 {
                for (set, ways) in [
                    ("Cluster CSVFS Direct IO", csvfs_direct as fn(&Moved, usize, usize) -> u64),
                    ("Cluster CSVFS Redirected IO", csvfs_redirected),
                ] {
                    add(set, format!("{word} Bytes/sec"), Shown::Rate(way, 0, ways));
                    add(set, format!("{word}s/sec"), Shown::Rate(way, 1, ways));
                }
            } else {
                for (stem, ways) in [
                    ("IO", csvfs_direct as fn(&Moved, usize, usize) -> u64),
                    ("Redirected", csvfs_redirected),
                ] {
                    let set = "Cluster CSV File System";
                    add(set, format!("{stem} {word} Bytes/sec"), Shown::Rate(way, 0, ways));
                    add(set, format!("{stem} {word}s/sec"), Shown::Rate(way, 1, ways));
                }
            }
            let set = "Cluster CSV Volume Manager";
            add(set, format!("IO {word} Bytes/sec"), Shown::Rate(way, 0, disk));
            add(set, format!("IO {word} Bytes/sec - Redirected"), Shown::Rate(way, 0, disk_redirected));
        }
        if world.cluster.build < BUILD_2016 {
            add("Cluster CSV File System", "Volume State".to_owned(), Shown::State);
        }
    }
    out
}

fn first_cell(world: &World, node: usize) -> String {
    let clock = &world.cluster.nodes[node].clock;
    let bias = -offset_minutes(world.start, clock.zone);
    let zone = match is_daylight(world.start, clock.zone) {
        true => clock.zone_name.replace("Standard", "Daylight"),
        false => clock.zone_name.to_owned(),
    };
    format!("\"(PDH-CSV 4.0) ({zone})({bias})\"")
}

/// The line end before a sample, and its time.
fn time_cell(world: &World, node: usize, at: Instant) -> String {
    let shown = log_time(local(world.clock(node, at), world.cluster.nodes[node].clock.zone));
    // From `2023/09/12-08:00:00.000`.
    let (date, time) = shown.split_once('-').unwrap_or((&shown, ""));
    let (year, day) = date.split_once('/').unwrap_or((date, ""));
    format!("\r\n\"{day}/{year} {time}\"")
}

/// The log of one node of its metadata alone: few operations a second, and many while a burst lasts.
pub(in crate::simulate) fn metadata(world: &World, node: usize) -> Vec<u8> {
    let mut out = first_cell(world, node);
    let name = &world.cluster.nodes[node].name;
    for v in &world.cluster.volumes {
        out.push_str(&format!(",\"\\\\{name}\\Cluster CSV File System({})\\Metadata IO/sec\"", v.friendly));
    }
    let bursts: Vec<_> = world.history.incidents.iter().filter(|i| i.cause == Cause::MetadataBurst).collect();
    let mut at = world.start;
    let mut number = 0u64;
    while at <= world.now {
        out.push_str(&time_cell(world, node, at));
        for volume in 0..world.cluster.volumes.len() {
            let begun = Instant(at.0 - INTERVAL);
            let many = bursts
                .iter()
                .any(|i| i.volumes.contains(&volume) && i.from <= begun && i.to.is_none_or(|to| at <= to));
            let few = (number * 7 + node as u64 * 3 + volume as u64) % 5;
            match (at == world.start, many) {
                (true, _) => out.push_str(",\" \""),
                (false, true) => out.push_str(&format!(",\"{}\"", 400 + 40 * few)),
                (false, false) => out.push_str(&format!(",\"{few}\"")),
            }
        }
        at = Instant(at.0 + INTERVAL);
        number += 1;
    }
    out.push_str("\r\n");
    out.into_bytes()
}

/// The log of one node.
pub(in crate::simulate) fn file(world: &World, node: usize, load: Load) -> Vec<u8> {
    let columns = columns(world, node);
    let mut out = first_cell(world, node);
    columns.iter().for_each(|column| out.push_str(&format!(",\"{}\"", column.path)));
    let mut moved = vec![Moved::default(); world.cluster.volumes.len()];
    let mut next = world.start;
    let sample = |at: Instant, moved: &mut [Moved], out: &mut String| {
        out.push_str(&time_cell(world, node, at));
        for Column { volume, shown, .. } in &columns {
            match shown {
                Shown::Rate(..) if at == world.start => out.push_str(",\" \""),
                Shown::Rate(way, unit, ways) => {
                    let rate = ways(&moved[*volume], *way, *unit) as f64 * SECOND as f64 / INTERVAL as f64;
                    out.push_str(&format!(",\"{rate}\""));
                }
                Shown::State => {
                    let state = *world.history.volumes[*volume].on[node].state.at(at);
                    match state {
                        Some(state) => out.push_str(&format!(",\"{}\"", csvfs::number(state))),
                        None => out.push_str(",\" \""),
                    }
                }
            }
        }
        moved.fill(Moved::default());
    };
    io::moved(world, node, load, |io| {
        while next < io.at {
            sample(next, &mut moved, &mut out);
            next = Instant(next.0 + INTERVAL);
        }
        let volume = world.cluster.vms[io.vm].disks[io.disk].volume;
        let ways = match io.mode {
            ModeKind::FileSystemRedirected => &mut moved[volume].file_system,
            ModeKind::BlockRedirected => &mut moved[volume].block,
            _ => &mut moved[volume].direct,
        };
        let [bytes, operations] = &mut ways[usize::from(io.write)];
        *bytes += io.bytes;
        *operations += 1;
    });
    while next <= world.now {
        sample(next, &mut moved, &mut out);
        next = Instant(next.0 + INTERVAL);
    }
    out.push_str("\r\n");
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::file;
    use crate::fact::{FileSystem, Instant, ModeKind, StorageKind};
    use crate::simulate::build::Builder;
    use crate::simulate::calendar::{MINUTE, SECOND, instant};
    use crate::simulate::model::{BUILD_2012_R2, BUILD_2022};
    use crate::simulate::play::io::{self, Load};
    use crate::simulate::trace::Tracing;
    use crate::simulate::world::World;

    /// Sums of what `counter` shows, times the interval; the number of samples with a value.
    fn shown(log: &str, counter: &str) -> (u64, usize) {
        let rows: Vec<Vec<&str>> =
            log.lines().map(|line| line.trim_matches('"').split("\",\"").collect()).collect();
        let at = rows[0].iter().position(|path| path.ends_with(counter)).expect(counter);
        let values: Vec<f64> = rows[1..].iter().filter_map(|row| row[at].parse().ok()).collect();
        (values.iter().map(|rate| (rate * 15.0).round() as u64).sum(), values.len())
    }

    /// A VM away from the owner of its volume: what each set of a build counts.
    fn check(build: u32, storage: StorageKind, kind: ModeKind, all: &[&str], none: &[&str]) {
        let mut builder = Builder::new("C", "c.example", build, 5);
        builder.skew = 0;
        builder.nodes(&["N1", "N2"]);
        let volume = builder.volume("Volume1", FileSystem::Ntfs, storage, 0);
        builder.vm("vm", 1, volume);
        let start = instant(2023, 1, 12, 8);
        let random = builder.random.fork();
        let mut world = World::new(builder.cluster, start, random);
        let load = Load { every: SECOND, cpus: 2, seed: 5, tracing: Tracing::default() };
        world.run(Instant(start.0 + 10 * MINUTE));
        let mut written = 0;
        io::moved(&world, 1, load, |moved| {
            assert_eq!(moved.mode, kind);
            written += if moved.write { moved.bytes } else { 0 };
        });
        assert!(written > 0);
        let log = String::from_utf8(file(&world, 1, load)).expect("text");
        assert!(
            log.starts_with("\"(PDH-CSV 4.0) (Central Standard Time)(360)\",\"\\\\N2\\Cluster CSV"),
            "{log}"
        );
        assert!(log.contains("\r\n\"01/12/2023 02:00:15.000\",\""));
        all.iter().for_each(|counter| assert_eq!(shown(&log, counter), (written, 40), "{counter}"));
        none.iter().for_each(|counter| assert_eq!(shown(&log, counter), (0, 40), "{counter}"));
    }

    #[test]
    fn block_redirected_bytes_are_direct_for_csvfs() {
        let vm = r"Cluster CSV Volume Manager(Volume1)\IO Write Bytes/sec";
        let redirected = r"Cluster CSV Volume Manager(Volume1)\IO Write Bytes/sec - Redirected";
        let new = [
            r"Cluster CSVFS Direct IO(Volume1)\Write Bytes/sec",
            r"Cluster CSVFS Redirected IO(Volume1)\Write Bytes/sec",
        ];
        let old = [
            r"Cluster CSV File System(Volume1)\IO Write Bytes/sec",
            r"Cluster CSV File System(Volume1)\Redirected Write Bytes/sec",
        ];
        for (build, [direct, file_system]) in [(BUILD_2022, new), (BUILD_2012_R2, old)] {
            let kind = ModeKind::Direct;
            check(build, StorageKind::San, kind, &[direct, vm], &[file_system, redirected]);
            let kind = ModeKind::BlockRedirected;
            check(build, StorageKind::SpacesDirect, kind, &[direct, redirected], &[file_system, vm]);
        }
    }
}
