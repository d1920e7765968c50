//! Reads a report or a truth into lanes: one subject's one state over time. A subject of a report goes by the truth's
//! identity, by whichever of its names both know; one that the truth does not know is left out.

use std::collections::BTreeMap;

use serde_json::Value;

/// One stretch of one thing's state. `None` is unknown in a report, and "in transit" in a truth.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) value: Option<String>,
    /// 0 unknown, 1 assumed, 2 derived, 3 observed; a truth is 3.
    pub(crate) certainty: u8,
    pub(crate) evidence: Value,
}

impl Stretch {
    /// Claimed as certain.
    pub(crate) fn sure(&self) -> bool {
        self.certainty >= 2 && self.value.is_some()
    }

    /// Two sources were found to contradict each other. Without one of them, or without the logs that show that nothing changed
    /// in between, no contradiction is left: what is known then is what the other says.
    pub(crate) fn is_contradicted(&self) -> bool {
        list(&self.evidence).any(|cite| cite["role"] == "contradicts")
    }
}

/// Stretches by kind and subject: `coordinator/GUID`, `mode/GUID/node`, `placement/vm`, `route/vm/disk`.
pub(crate) type Lanes = BTreeMap<String, Vec<Stretch>>;

/// Before and after everything.
pub(crate) const OPEN: i64 = i64::MAX / 4;

/// How a document calls its subjects: lower-case name to the truth's identity.
#[derive(Default)]
pub(crate) struct Names {
    volumes: BTreeMap<String, String>,
    vms: BTreeMap<String, String>,
}

pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}

fn nanos(value: &Value, open: i64) -> i64 {
    let Some(text) = value.as_str() else { return open };
    let time = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    time.timestamp_nanos_opt().unwrap()
}

/// From when to when a span is; open ends are far away.
pub(crate) fn span_of(span: &Value) -> (i64, i64) {
    (nanos(&span["from"], -OPEN), nanos(&span["to"], OPEN))
}

fn names_of(volume: &Value) -> Vec<String> {
    let names = &volume["names"];
    let plain = [&names["guid"], &names["friendly"], &names["resource"]].into_iter().filter_map(text);
    plain.collect()
}

impl Names {
    pub(crate) fn of_truth(truth: &Value) -> Self {
        let mut out = Self::default();
        let mut several = Vec::new();
        for volume in list(&truth["volumes"]) {
            let Some(id) = text(&volume["names"]["guid"]) else { continue };
            for name in names_of(volume) {
                // Two volumes of one disk share its resource: that name tells nothing.
                if out.volumes.insert(name.clone(), id.clone()).is_some_and(|other| other != id) {
                    several.push(name);
                }
            }
        }
        for vm in list(&truth["vms"]) {
            let Some(id) = text(&vm["id"]) else { continue };
            for name in [text(&vm["id"]), text(&vm["name"])].into_iter().flatten() {
                if out.vms.insert(name.clone(), id.clone()).is_some_and(|other| other != id) {
                    several.push(name);
                }
            }
        }
        for name in several {
            out.volumes.remove(&name);
            out.vms.remove(&name);
        }
        out
    }

    pub(crate) fn volume(&self, volume: &Value) -> Option<&String> {
        names_of(volume).iter().find_map(|name| self.volumes.get(name))
    }

    fn vm(&self, vm: &Value) -> Option<&String> {
        [&vm["id"], &vm["name"]].into_iter().filter_map(text).find_map(|name| self.vms.get(&name))
    }
}

/// What a document says of every lane.
pub(crate) fn lanes(document: &Value, names: &Names) -> Lanes {
    let mut out = Lanes::new();
    // An open end is the end of the evidence.
    let edge = |name: &str, open: i64| nanos(&document["bundle"][name], open);
    let (begin, end) = (edge("from", -OPEN), edge("to", OPEN));
    let mut add = |lane: String, span: &Value, value: &Value| {
        let certainty = match span["certainty"].as_str() {
            Some("unknown") => 0,
            Some("assumed") => 1,
            Some("derived") => 2,
            _ => 3,
        };
        out.entry(lane).or_default().push(Stretch {
            from: nanos(&span["from"], begin),
            to: nanos(&span["to"], end),
            value: text(value),
            certainty,
            evidence: span["evidence"].clone(),
        });
    };
    for volume in list(&document["volumes"]) {
        let Some(name) = names.volume(volume) else { continue };
        for span in list(&volume["coordinator"]) {
            add(format!("coordinator/{name}"), span, &span["node"]);
        }
        for (kind, field, value) in [("mode", "io_mode", "mode"), ("state", "state", "state")] {
            for span in list(&volume[field]) {
                let Some(node) = text(&span["node"]) else { continue };
                add(format!("{kind}/{name}/{node}"), span, &span[value]);
            }
        }
    }
    let mut by_label: BTreeMap<String, &String> = BTreeMap::new();
    for vm in list(&document["vms"]) {
        let Some(name) = names.vm(vm) else { continue };
        by_label
            .extend([text(&vm["id"]), text(&vm["name"])].into_iter().flatten().map(|label| (label, name)));
        for span in list(&vm["placement"]) {
            add(format!("placement/{name}"), span, &span["node"]);
        }
    }
    for span in list(&document["routes"]) {
        let vm = text(&span["vm"]).and_then(|vm| by_label.get(&vm).copied().or_else(|| names.vms.get(&vm)));
        let (Some(vm), Some(disk)) = (vm, text(&span["disk"])) else { continue };
        let unknown = span["route"] == "unknown";
        // Mount points are renamed: what is below them names the file.
        let below = disk.split_once("\\clusterstorage\\").and_then(|(_, rest)| rest.split_once('\\'));
        let disk = below.map_or(disk.as_str(), |(_, below)| below);
        add(format!("route/{vm}/{disk}"), span, if unknown { &Value::Null } else { &span["route"] });
    }
    for stretches in out.values_mut() {
        stretches.sort_by_key(|s| (s.from, s.to));
    }
    out
}

/// What a document finds, by rule and subjects.
pub(crate) fn findings(document: &Value) -> Lanes {
    let mut out = Lanes::new();
    let edge = |name: &str, open: i64| nanos(&document["bundle"][name], open);
    let (begin, end) = (edge("from", -OPEN), edge("to", OPEN));
    for finding in list(&document["findings"]) {
        let lane =
            format!("finding/{}/{}", finding["rule"].as_str().unwrap_or_default(), finding["subjects"]);
        let certainty = match finding["certainty"].as_str() {
            Some("unknown") => 0,
            Some("assumed") => 1,
            Some("derived") => 2,
            _ => 3,
        };
        out.entry(lane).or_default().push(Stretch {
            from: nanos(&finding["from"], begin),
            to: nanos(&finding["to"], end),
            value: text(&finding["verdict"]),
            certainty,
            evidence: finding["evidence"].clone(),
        });
    }
    out
}

/// Length of the truth, nanoseconds.
pub(crate) fn span(truth: &Value) -> i64 {
    nanos(&truth["to"], 0) - nanos(&truth["from"], 0)
}

/// An instant for people.
pub(crate) fn clock(at: i64) -> String {
    if at.abs() == OPEN {
        return "..".into();
    }
    chrono::DateTime::from_timestamp_nanos(at).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
