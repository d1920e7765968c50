//! Every timeline of a report under a name that people use, as stretches of one value.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Document;
use super::document::{instant, list, mode, text, vm_name, volume_name};

/// One value for a time. Open ends are the ends of `i64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) value: String,
}

/// Stretches in order of time, by the name of their timeline.
pub(super) type Lanes = BTreeMap<String, Vec<Stretch>>;

/// Every timeline, route and finding of a report.
pub(super) fn lanes(document: &Document) -> Lanes {
    let mut out = Lanes::new();
    let mut put = |lane: String, span: &Value, value: String| {
        out.entry(lane).or_default().push(Stretch {
            from: instant(&span["from"]).unwrap_or(i64::MIN),
            to: instant(&span["to"]).unwrap_or(i64::MAX),
            value: format!("{value} [{}]", text(&span["certainty"])),
        });
    };
    for volume in document.list("volumes") {
        let name = volume_name(volume);
        for span in list(volume, "coordinator") {
            put(format!("coordinator of {name}"), span, text(&span["node"]));
        }
        for span in list(volume, "io_mode") {
            put(format!("mode of {name} on {}", text(&span["node"])), span, mode(span));
        }
        for span in list(volume, "state") {
            put(format!("state of {name} on {}", text(&span["node"])), span, text(&span["state"]));
        }
    }
    for vm in document.list("vms") {
        for span in list(vm, "placement") {
            let value = format!("{} {}", text(&span["node"]), text(&span["state"]));
            put(format!("placement of {}", vm_name(vm)), span, value);
        }
    }
    for span in document.list("routes") {
        let (read, written) = (&span["bytes"]["read"], &span["bytes"]["written"]);
        let bytes = match span["bytes"].is_null() {
            true => String::new(),
            false => format!(", {} bytes read, {} written", text(read), text(written)),
        };
        let value = format!(
            "{} from {} to {}{bytes}",
            text(&span["route"]),
            text(&span["node"]),
            text(&span["coordinator"])
        );
        put(format!("route of {} on {}", document.vm(&span["vm"]), text(&span["disk"])), span, value);
    }
    for span in document.list("findings") {
        let subjects = &span["subjects"];
        let mut volumes: Vec<String> =
            list(subjects, "volumes").iter().map(|id| document.volume(id)).collect();
        let mut nodes: Vec<String> = list(subjects, "nodes").iter().map(text).collect();
        volumes.sort();
        nodes.sort();
        let lane =
            format!("finding {} of {} on {}", text(&span["rule"]), volumes.join(", "), nodes.join(", "));
        put(lane, span, text(&span["verdict"]));
    }
    for stretches in out.values_mut() {
        stretches.sort_by_key(|s| (s.from, s.to));
    }
    out
}
