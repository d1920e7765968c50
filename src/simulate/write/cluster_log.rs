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
    let log = &world.logs[node];
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
            log.iter().filter_map(|e| event_line(e, channel, prefix, &stamp)).for_each(|l| out.push_str(&l));
            out.push('\n');
        }
        out.push_str("[=== Cluster Logs ===]\n");
    }
    log.iter().filter_map(|e| engine_line(e, &stamp)).for_each(|line| out.push_str(&line));
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
