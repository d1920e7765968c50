//! What is so in one report and otherwise in another: owners, modes, placement, causes, detours. For two times of
//! one cluster, before and after a change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Document;
use super::document::{instant, list, mode, text, vm_name, volume_name};
use crate::words;

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Of what: `volume Volume1`, `VM sql`, `cause refs`, `detour N1 -> N2`.
    pub of: String,
    /// Which property: `owner`, `mode on N1`, ...
    pub what: String,
    /// As it was; `-` where it was not there.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// Everything that differs, by subject.
#[must_use]
pub fn changes(before: &Document, after: &Document) -> Vec<Change> {
    let (before, after) = (properties(before), properties(after));
    let keys: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
    let mut out = Vec::new();
    for key in keys {
        let of = |side: &Properties| side.get(key).cloned().unwrap_or_else(|| "-".to_owned());
        let (before, after) = (of(&before), of(&after));
        if before != after {
            out.push(Change { of: key.0.clone(), what: key.1.clone(), before, after });
        }
    }
    out
}

/// Values by subject and property.
type Properties = BTreeMap<(String, String), String>;

fn properties(document: &Document) -> Properties {
    let mut out = Properties::new();
    let window = document.window();
    for volume in document.list("volumes") {
        let of = format!("volume {}", volume_name(volume));
        let mut put = |what: &str, value: String| drop(out.insert((of.clone(), what.to_owned()), value));
        put("file system", text(&volume["file_system"]));
        put("storage", text(&volume["storage"]));
        let owners: Vec<String> = list(volume, "coordinator")
            .iter()
            .filter(|s| !s["node"].is_null())
            .map(|s| text(&s["node"]))
            .collect();
        put("owner at the end", list(volume, "coordinator").last().map_or("?".into(), |s| text(&s["node"])));
        let moves = owners.windows(2).filter(|pair| pair[0] != pair[1]).count();
        put("changes of owner", moves.to_string());
        let mut nodes: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for span in list(volume, "io_mode") {
            *nodes.entry(text(&span["node"])).or_default().entry(mode(span)).or_default() +=
                nanos(span, window);
        }
        for (node, modes) in nodes {
            put(&format!("mode on {node}"), shares(&modes));
        }
    }
    for vm in document.list("vms") {
        let of = format!("VM {}", vm_name(vm));
        let last = list(vm, "placement").last();
        let node = last.map_or("?".into(), |span| text(&span["node"]));
        out.insert((of, "node at the end".to_owned()), node);
    }
    let mut causes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in document.list("findings") {
        let cause = format!("cause {} ({})", text(&finding["rule"]), text(&finding["verdict"]));
        let volumes = list(&finding["subjects"], "volumes").iter().map(|id| document.volume(id));
        let nodes = list(&finding["subjects"], "nodes").iter().map(text);
        causes.entry(cause).or_default().extend(volumes.chain(nodes));
    }
    for (cause, subjects) in causes {
        out.insert((cause, "concerns".to_owned()), subjects.into_iter().collect::<Vec<_>>().join(", "));
    }
    detours(document, window, &mut out);
    out
}

/// VM time and bytes on each link, and all together, beside the time in which the VMs' ways were known.
fn detours(document: &Document, window: (i64, i64), out: &mut Properties) {
    let mut links: BTreeMap<String, (i64, u64)> = BTreeMap::new();
    let (mut detoured, mut known, mut bytes) = (0i64, 0i64, None);
    for route in document.list("routes") {
        let length = nanos(route, window);
        let way = text(&route["route"]);
        if way != "unknown" {
            known += length;
        }
        if way.starts_with("via_coordinator") {
            detoured += length;
            let link = format!("detour {} -> {}", text(&route["node"]), text(&route["coordinator"]));
            let sum = links.entry(link).or_default();
            sum.0 += length;
            if let (Some(read), Some(written)) =
                (route["bytes"]["read"].as_u64(), route["bytes"]["written"].as_u64())
            {
                let moved = read.saturating_add(written);
                sum.1 = sum.1.saturating_add(moved);
                bytes = Some(bytes.unwrap_or(0u64).saturating_add(moved));
            }
        }
    }
    for (link, (length, moved)) in links {
        out.insert((link.clone(), "disk-hours".to_owned()), words::hours(length));
        if bytes.is_some() {
            out.insert((link, "bytes".to_owned()), words::bytes(moved));
        }
    }
    let share =
        if known > 0 { format!("{} %", detoured.saturating_mul(100) / known) } else { "?".to_owned() };
    out.insert(("all detours".to_owned(), "disk-hours".to_owned()), words::hours(detoured));
    out.insert(("all detours".to_owned(), "share of what is known".to_owned()), share);
    out.insert(("all detours".to_owned(), "bytes".to_owned()), bytes.map_or("?".into(), words::bytes));
}

/// Length of a span within the evidence, nanoseconds.
fn nanos(span: &Value, window: (i64, i64)) -> i64 {
    let from = instant(&span["from"]).unwrap_or(window.0).max(window.0);
    let to = instant(&span["to"]).unwrap_or(window.1).min(window.1);
    to.saturating_sub(from).max(0)
}

/// `Direct`, or `Direct 90 %, BlockRedirected (NoDiskConnectivity) 10 %`.
fn shares(modes: &BTreeMap<String, i64>) -> String {
    let all: i64 = modes.values().sum();
    let mut sorted: Vec<(&String, &i64)> = modes.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    if sorted.len() == 1 || all == 0 {
        return sorted.first().map_or("?".into(), |(mode, _)| (*mode).clone());
    }
    let part = |(mode, nanos): (&String, &i64)| {
        let percent = (i128::from(*nanos) * 1000 / i128::from(all)) as f64 / 10.0;
        format!("{mode} {percent:.1} %")
    };
    sorted.into_iter().map(part).collect::<Vec<_>>().join(", ")
}
