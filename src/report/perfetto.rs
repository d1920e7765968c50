//! A trace that ui.perfetto.dev opens: a track a timeline, flows from a change of owner to the routes that begin
//! with it, counters for measured bytes. Protobuf track events; field numbers as Perfetto publishes them
//! (`protos/perfetto/trace`).

mod proto;

use std::collections::BTreeMap;

use prost::Message;

use self::proto::{
    ClockSnapshot, CounterDescriptor, DebugAnnotation, ProcessDescriptor, Trace, TraceClock, TracePacket,
    TrackDescriptor, TrackEvent,
};
use super::Report;
use super::spans::{Kind, Row, rows};
use crate::fact::{Claim, TrafficPath};

/// Groups of tracks, as processes; the number orders them.
const GROUPS: [(Kind, &str); 7] = [
    (Kind::Finding, "Findings"),
    (Kind::Coordinator, "Volume owners"),
    (Kind::IoMode, "I/O modes"),
    (Kind::State, "CSVFS states"),
    (Kind::Placement, "Virtual machines"),
    (Kind::Route, "Routes"),
    (Kind::Node, "Nodes"),
];
const COUNTERS: u64 = 8;
/// Our one sequence of packets.
const SEQUENCE: u32 = 1;
/// `SEQ_INCREMENTAL_STATE_CLEARED`.
const CLEARED: u32 = 1;
const REALTIME: u32 = 1;
const BOOTTIME: u32 = 6;
const SLICE_BEGIN: i32 = 1;
const SLICE_END: i32 = 2;
const COUNTER: i32 = 4;
const UNIT_SIZE_BYTES: i32 = 3;

/// The trace, protobuf.
#[must_use]
pub fn render(report: &Report<'_>) -> Vec<u8> {
    let mut tracks = Tracks::default();
    let (Some(first), Some(last)) = (report.case.from, report.case.to) else {
        return Trace { packet: tracks.packets }.encode_to_vec();
    };
    tracks.snapshot(ns(first.0));
    // Ids of the changes of owner, by volume and instant: the flows begin there and end in routes.
    let all = rows(report);
    let mut flows: BTreeMap<(&str, i64), u64> = BTreeMap::new();
    for row in all.iter().filter(|row| row.kind == Kind::Coordinator) {
        if let (Some(volume), Some(from)) = (&row.volume, row.span.from) {
            let id = flows.len() as u64 + 1;
            flows.entry((volume, from.0)).or_insert(id);
        }
    }
    for row in &all {
        // A trace has no open ends. What was told at the last instant has no length in it, and stays a slice.
        let from = row.span.from.map_or(first.0, |at| at.0.clamp(first.0, last.0));
        let to = row.span.to.map_or(last.0, |at| at.0.min(last.0)).max(from);
        let flow =
            row.volume.as_deref().zip(row.span.from).and_then(|(volume, at)| flows.get(&(volume, at.0)));
        tracks.slice(report, row, ns(from), ns(to), flow.copied());
    }
    counters(report, &mut tracks);
    Trace { packet: tracks.packets }.encode_to_vec()
}

fn ns(nanos: i64) -> u64 {
    u64::try_from(nanos).unwrap_or(0)
}

#[derive(Default)]
struct Tracks {
    packets: Vec<TracePacket>,
    groups: BTreeMap<u64, ()>,
    tracks: BTreeMap<(u64, String), u64>,
}

impl Tracks {
    /// Times are of the wall clock: both clocks show the same.
    fn snapshot(&mut self, at: u64) {
        let clock = |clock_id| TraceClock { clock_id: Some(clock_id), timestamp: Some(at) };
        let snapshot = ClockSnapshot { clocks: vec![clock(REALTIME), clock(BOOTTIME)] };
        self.packets.push(TracePacket { clock_snapshot: Some(snapshot), ..packet() });
    }

    fn group(&mut self, id: u64, name: &str) {
        if self.groups.insert(id, ()).is_none() {
            let process = ProcessDescriptor { pid: i32::try_from(id).ok(), process_name: Some(name.into()) };
            self.describe(TrackDescriptor { uuid: Some(id), process: Some(process), ..Default::default() });
        }
    }

    fn describe(&mut self, track: TrackDescriptor) {
        self.packets.push(TracePacket { track_descriptor: Some(track), ..packet() });
    }

    /// The track of a name in a group, made where it is missing.
    fn track(&mut self, group: u64, name: &str, counter: Option<CounterDescriptor>) -> u64 {
        let next = 1000 + self.tracks.len() as u64;
        if let Some(id) = self.tracks.get(&(group, name.to_owned())) {
            return *id;
        }
        self.tracks.insert((group, name.to_owned()), next);
        self.describe(TrackDescriptor {
            uuid: Some(next),
            name: Some(name.into()),
            parent_uuid: Some(group),
            counter,
            process: None,
        });
        next
    }

    fn slice(&mut self, report: &Report<'_>, row: &Row<'_>, from: u64, to: u64, flow: Option<u64>) {
        let at = GROUPS.iter().position(|(kind, _)| *kind == row.kind).unwrap_or(0);
        let group = at as u64 + 1;
        self.group(group, GROUPS[at].1);
        let name = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".into());
        let track = match row.kind {
            Kind::Node => name(&row.node),
            Kind::Coordinator => name(&row.volume),
            Kind::IoMode | Kind::State => format!("{} on {}", name(&row.volume), name(&row.node)),
            Kind::Placement => name(&row.vm),
            Kind::Route => format!("{}: {}", name(&row.vm), row.disk.unwrap_or("?")),
            // Findings may overlap, and slices of one track must not.
            Kind::Finding => {
                format!("{} {} {}", row.rules.join(" "), name(&row.volume), row.node.as_deref().unwrap_or(""))
            }
        };
        let track = self.track(group, &track, None);
        let mut said = row.value.clone().unwrap_or_else(|| "unknown".into());
        if let Some(owner) = row.coordinator.filter(|_| said.starts_with("via_")) {
            said.push_str(&format!(" {owner}"));
        }
        let note = |name: &str, value: String| DebugAnnotation {
            name: Some(name.into()),
            string_value: Some(value),
            uint_value: None,
        };
        let count = |name: &str, value: u64| DebugAnnotation {
            name: Some(name.into()),
            string_value: None,
            uint_value: Some(value),
        };
        let mut notes = vec![note("certainty", row.span.certainty.word().into())];
        notes.extend((!row.rules.is_empty()).then(|| note("rules", row.rules.join(" "))));
        notes.extend(row.claim.map(|claim| note("claim", claim.into())));
        if let Some(bytes) = row.bytes {
            notes.push(count("bytes_read", bytes.read));
            notes.push(count("bytes_written", bytes.written));
        }
        for cited in row.span.evidence.iter().take(3) {
            let Some(placed) = report.case.facts.get(cited.fact.0 as usize) else { continue };
            let origin = placed.fact.origin;
            let text = format!("{}: {}", report.place(origin), report.quote(origin).unwrap_or(""));
            notes.push(note(cited.role.word(), text));
        }
        let begins = row.kind == Kind::Coordinator;
        let event = TrackEvent {
            r#type: Some(SLICE_BEGIN),
            track_uuid: Some(track),
            name: Some(said),
            categories: vec![row.kind.word().into()],
            debug_annotations: notes,
            flow_ids: flow.filter(|_| begins).into_iter().collect(),
            terminating_flow_ids: flow.filter(|_| row.kind == Kind::Route).into_iter().collect(),
            counter_value: None,
        };
        self.event(from, event);
        self.event(to, TrackEvent { r#type: Some(SLICE_END), track_uuid: Some(track), ..Default::default() });
    }

    fn event(&mut self, at: u64, event: TrackEvent) {
        self.packets.push(TracePacket { timestamp: Some(at), track_event: Some(event), ..packet() });
    }
}

fn packet() -> TracePacket {
    TracePacket {
        trusted_packet_sequence_id: Some(SEQUENCE),
        sequence_flags: Some(CLEARED),
        ..TracePacket::default()
    }
}

/// Measured bytes of each stretch, a track for each node, volume and way.
fn counters(report: &Report<'_>, tracks: &mut Tracks) {
    let mut sums: BTreeMap<String, BTreeMap<u64, (u64, u64)>> = BTreeMap::new();
    for (_, placed) in report.case.facts() {
        let (Claim::Traffic(traffic), Some(moment)) = (&placed.fact.claim, placed.moment) else { continue };
        let way = match traffic.path {
            TrafficPath::Direct => "direct",
            TrafficPath::FileSystemRedirected => "file-system redirected",
            TrafficPath::BlockRedirected => "block redirected",
        };
        let node = placed.fact.reporter.as_ref().map_or("?".into(), ToString::to_string);
        let volume = traffic.volume.friendly.as_ref().map(ToString::to_string);
        let volume = volume.or_else(|| traffic.volume.guid.map(|guid| guid.to_string()));
        let name =
            format!("{node} {}: {way} bytes ({})", volume.as_deref().unwrap_or("?"), traffic.meter.word());
        let slot = sums.entry(name).or_default().entry(ns(moment.at.0)).or_default();
        let all = [&traffic.read, &traffic.written, &traffic.undirected];
        slot.0 = all.iter().fold(slot.0, |sum, flow| sum.saturating_add(flow.bytes));
        slot.1 = slot.1.max(ns(traffic.length));
    }
    for (name, values) in sums {
        tracks.group(COUNTERS, "Bytes");
        let unit = CounterDescriptor { unit: Some(UNIT_SIZE_BYTES) };
        let track = tracks.track(COUNTERS, &name, Some(unit));
        let count = |value: u64| TrackEvent {
            r#type: Some(COUNTER),
            track_uuid: Some(track),
            counter_value: i64::try_from(value).ok(),
            ..Default::default()
        };
        let mut reached = None;
        for (at, (bytes, length)) in values {
            // Between two stretches nothing was measured.
            if let Some(end) = reached.filter(|end| *end < at) {
                tracks.event(end, count(0));
            }
            tracks.event(at, count(bytes));
            reached = Some(at.saturating_add(length));
        }
        if let Some(end) = reached {
            tracks.event(end, count(0));
        }
    }
}

/// The slices of a trace as a reader sees them: kind, from, to (nanoseconds of UTC), certainty.
#[cfg(test)]
pub(super) fn slices(trace: &[u8]) -> Vec<(String, u64, u64, String)> {
    let trace = Trace::decode(trace).expect("a trace");
    let mut open = BTreeMap::new();
    let mut out = Vec::new();
    for packet in trace.packet {
        let (Some(event), Some(at)) = (packet.track_event, packet.timestamp) else { continue };
        match event.r#type {
            Some(SLICE_BEGIN) => {
                let is = |note: &&DebugAnnotation| note.name.as_deref() == Some("certainty");
                let certainty = event.debug_annotations.iter().find(is).expect("its certainty");
                let certainty = certainty.string_value.clone().unwrap_or_default();
                open.insert(event.track_uuid, (event.categories[0].clone(), at, certainty));
            }
            Some(SLICE_END) => {
                let (kind, from, certainty) = open.remove(&event.track_uuid).expect("an open slice");
                out.push((kind, from, at, certainty));
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "every slice ends");
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use prost::Message;

    use super::proto::Trace;
    use super::render;
    use crate::fact::{Certainty, FileSystem, FsReasons, IoMode, StorageKind};
    use crate::fixture::Build;
    use crate::report::{Report, Scope};
    use crate::rule;

    /// What a slice says, with its track, and the flows into it.
    #[test]
    fn slices_and_flows() {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.owner(v, -1, 240, Some("N1"));
        b.owner(v, 240, 601, Some("N2"));
        let refs = Some(IoMode::file_system(FsReasons::FILE_SYSTEM_REFS));
        b.mode(v, "N1", (-1, 601), refs, Certainty::Observed);
        let sql = b.vm("sql", &[v]);
        b.runs(sql, -1, 601, Some("N1"));
        let (case, quotes) = b.done();
        let report = Report::new(&case, rule::judge(&case), Scope::default()).quoting(quotes);
        let bytes = render(&report);
        assert_eq!(bytes, render(&report));
        let trace = Trace::decode(bytes.as_slice()).expect("a trace");
        let mut names = BTreeMap::new();
        let mut flows: (Vec<u64>, Vec<u64>) = Default::default();
        let mut open: BTreeMap<u64, (u64, String)> = BTreeMap::new();
        let mut slices = Vec::new();
        for packet in &trace.packet {
            if let Some(track) = &packet.track_descriptor {
                names.insert(track.uuid.expect("id"), track.name.clone().unwrap_or_default());
            }
            let Some(event) = &packet.track_event else { continue };
            let (track, at) = (event.track_uuid.expect("track"), packet.timestamp.expect("time"));
            flows.0.extend(&event.flow_ids);
            flows.1.extend(&event.terminating_flow_ids);
            match event.r#type {
                Some(1) => {
                    assert!(open.insert(track, (at, event.name.clone().unwrap_or_default())).is_none())
                }
                Some(2) => {
                    let (from, name) = open.remove(&track).expect("an open slice");
                    slices.push(format!("{}: {name} {} min", names[&track], (at - from) / 60_000_000_000));
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "every slice ends");
        let expect = ["Volume1: N1 240 min", "Volume1: N2 360 min", "sql: via_coordinator_fs N2 360 min"];
        for wanted in expect {
            let (track, rest) = wanted.split_once(':').expect("a colon");
            let found = slices.iter().any(|s| s.starts_with(track) && s.ends_with(rest));
            assert!(found, "{wanted}: {slices:#?}");
        }
        assert!(flows.1.iter().all(|flow| flows.0.contains(flow)) && !flows.1.is_empty(), "{flows:?}");
    }
}
