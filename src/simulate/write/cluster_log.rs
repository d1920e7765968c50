//! cluster.log in both forms: up to 2012 R2 a bare list of lines; since 2016 the cluster's state in tables,
//! then sections of events, then the engine's lines.
//!
//! Line grammar, section names and header sentences after facts/cluster-log.md 1.2 to 1.5.

use super::text::{Encoding, encode};
use super::{state_tables, wrap};
use crate::fact::Instant;
use crate::simulate::calendar::{local, log_time, offset_minutes};
use crate::simulate::log::{Entry, Level, What};
use crate::simulate::model::BUILD_2016;
use crate::simulate::play::chatter;
use crate::simulate::record::cluster;
use crate::simulate::world::World;

/// In which reckoning the lines are stamped.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::simulate) enum Base {
    /// GMT, the default.
    Utc,
    /// `-UseLocalTime`.
    Local,
}

/// The log of one node, as `Get-ClusterLog` makes it now.
pub(in crate::simulate) fn file(world: &World, node: usize, base: Base, encoding: Encoding) -> Vec<u8> {
    let from = world.gathering.log_from.map(|at| world.clock(node, at));
    let log = || world.logs[node].iter().filter(move |e| from.is_none_or(|from| e.at >= from));
    let zone = world.cluster.nodes[node].clock.zone;
    let stamp = |at: Instant| match base {
        Base::Utc => log_time(at),
        Base::Local => log_time(local(at, zone)),
    };
    let mut out = String::new();
    if world.cluster.build >= BUILD_2016 {
        out.push_str(&header(world, node, base));
        out.push_str(&state_tables::all(world, node));
        for (title, channel, prefix) in [
            ("System", cluster::SYSTEM, "[System] "),
            ("Microsoft-Windows-FailoverClustering/Operational logs", cluster::OPERATIONAL, "[Operational] "),
        ] {
            out.push_str(&format!("[=== {title} ===]\n"));
            log().filter_map(|e| event_line(e, channel, prefix, &stamp)).for_each(|l| out.push_str(&l));
            out.push('\n');
        }
        out.push_str("[=== Cluster Logs ===]\n");
    }
    let begun = |e: &Entry| from.is_none_or(|from| e.at >= from);
    for entry in chatter::merged(log(), chatter::lines(world, node).filter(begun)) {
        out.extend(engine_line(&entry, &stamp));
    }
    encode(&out, encoding)
}

fn header(world: &World, node: usize, base: Base) -> String {
    let n = &world.cluster.nodes[node];
    let minutes = -offset_minutes(world.now, n.clock.zone);
    let base = match base {
        Base::Utc => "GMT",
        Base::Local => "local time",
    };
    wrap(
        "Cluster",
        &format!(
            "UTC = localtime + time zone offset;the time zone offset of this machine is {minutes} minutes, or \
             {} hours\nThe logs were generated using {base}\nBuild Number {}\nCurrent node: name ({}) id \
             ({})\n",
            minutes / 60,
            world.cluster.build,
            n.name,
            n.number
        ),
    )
}

fn prefix(entry: &Entry, stamp: &impl Fn(Instant) -> String) -> String {
    format!("{:08x}.{:08x}::{}", entry.pid, entry.tid, stamp(entry.at))
}

fn event_line(
    entry: &Entry,
    channel: &str,
    section: &str,
    stamp: &impl Fn(Instant) -> String,
) -> Option<String> {
    let What::Record(record) = &entry.what else { return None };
    if record.provider.name != cluster::NAME || record.channel != channel {
        return None;
    }
    // Critical events print as DBG.
    let level = match record.level {
        1 => "DBG  ",
        2 => "ERR  ",
        3 => "WARN ",
        _ => "INFO ",
    };
    let message = cluster::message(record)?;
    Some(format!("{section}{} {level} {message}\n", prefix(entry, stamp)))
}

fn engine_line(entry: &Entry, stamp: &impl Fn(Instant) -> String) -> Option<String> {
    let What::Engine(level, text) = &entry.what else { return None };
    let level = match level {
        Level::Info => "INFO ",
        Level::Warn => "WARN ",
    };
    Some(format!("{} {level} {text}\n", prefix(entry, stamp)))
}

#[cfg(test)]
mod tests {
    use super::{Base, file};
    use crate::fact::{FileSystem, StorageKind};
    use crate::simulate::build::Builder;
    use crate::simulate::calendar::{HOUR, instant};
    use crate::simulate::log::What;
    use crate::simulate::model::BUILD_2019;
    use crate::simulate::play::ownership;
    use crate::simulate::record::cluster;
    use crate::simulate::world::World;
    use crate::simulate::write::text::Encoding;

    /// One move of ownership at 2021-06-15 09:00 UTC, 04:00 in Chicago.
    fn moved(build: u32) -> World {
        let mut builder = Builder::new("T", "t.example", build, 1);
        builder.skew = 0;
        builder.nodes(&["a", "b"]);
        let volume = builder.volume("Volume1", FileSystem::Ntfs, StorageKind::San, 0);
        let random = builder.random.fork();
        let start = instant(2021, 6, 15, 9);
        let mut world = World::new(builder.cluster, start, random);
        ownership::move_volume(&mut world, volume, 1);
        world.run(crate::fact::Instant(start.0 + HOUR));
        world
    }

    fn text(world: &World, base: Base) -> String {
        String::from_utf8(file(world, 0, base, Encoding::Utf8)).expect("UTF-8")
    }

    #[test]
    fn the_old_form_is_lines_alone() {
        let text = text(&moved(9600), Base::Utc);
        assert!(text.contains("::2021/06/15-09:00:00."), "{text}");
        assert!(text.contains(" from a(1) to b(2) of type MoveType::Manual is about to succeed, "), "{text}");
        for line in text.split_terminator("\r\n") {
            assert_eq!((line.as_bytes()[8], &line[17..19]), (b'.', "::"), "{line}");
            assert_eq!(&line[42..48], " INFO ", "{line}");
        }
    }

    #[test]
    fn the_new_form_has_tables_and_sections() {
        let world = moved(BUILD_2019);
        let text = text(&world, Base::Local);
        for part in [
            "machine is 300 minutes, or 5 hours\r\nThe logs were generated using local time\r\n",
            "Current node: name (a) id (1)\r\n",
            "[=== Volumes ===]\r\nfriendlyName,ResourceId,",
            "\r\n[Operational] ",
            "[=== Cluster Logs ===]\r\n",
            "::2021/06/15-04:00:00.",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.starts_with("[=== Cluster ===]\r\n"));
        let utf16 = file(&world, 0, Base::Local, Encoding::Utf16);
        assert_eq!(utf16.len(), 2 + 2 * text.chars().count());
    }

    #[test]
    fn every_cluster_event_has_its_sentence() {
        let world = moved(BUILD_2019);
        let mut seen = 0;
        for entry in world.logs.iter().flatten() {
            let What::Record(record) = &entry.what else { continue };
            if record.provider.name == cluster::NAME {
                seen += 1;
                assert!(cluster::message(record).is_some(), "{} has no sentence", record.id);
            }
        }
        assert!(seen > 10);
    }
}
