//! What a gathered bundle can tell at all, by version of Windows and kind of evidence, whatever is derived from it: the truth less
//! what no source of that version states or would have told the end of. ARCHITECTURE.md has the table and the reasons.

use std::collections::BTreeSet;

use serde_json::Value;
use throughline::simulate::{Spec, Windows};

use super::lanes::list;

/// What is not told of one volume.
struct Untold<'a> {
    /// Nodes whose mode is told at no time.
    nodes: BTreeSet<&'a str>,
    /// Until when no mode is told.
    until: &'a str,
}

impl<'a> Untold<'a> {
    fn of(spec: &Spec, truth: &'a Value, volume: &'a Value) -> Self {
        let names = |lane: &'a Value| list(lane).filter_map(|span| span["node"].as_str());
        let mut out = Self { nodes: BTreeSet::new(), until: "" };
        // No cmdlet of 2008 R2 prints modes or lists a node's disks with their GUIDs. That a node reaches a disk shows where it
        // owned it, and else nowhere: 5121 may be one of backup mode.
        if spec.windows == Windows::Server2008R2 {
            let owners: BTreeSet<&str> = names(&volume["coordinator"]).collect();
            out.nodes = names(&volume["io_mode"]).filter(|node| !owners.contains(node)).collect();
        }
        // No event tells that BitLocker's first encryption begins or ends; a row tells of its own moment.
        let encrypted = list(&truth["findings"]).filter(|found| {
            found["cause"] == "bitlocker_initializing" && found["volume"] == volume["names"]["guid"]
        });
        let ends = encrypted.map(|found| found["to"].as_str().unwrap_or("9999"));
        out.until = ends.max().unwrap_or("");
        out
    }

    /// Times are printed in one form: their order is that of their texts.
    fn keeps(&self, span: &Value) -> bool {
        let node = span["node"].as_str().unwrap_or_default();
        !self.nodes.contains(node) && span["from"].as_str().unwrap_or_default() >= self.until
    }
}

/// The truth that this bundle can tell.
pub(crate) fn knowable(spec: &Spec, truth: &Value) -> Value {
    let mut out = truth.clone();
    let routes = |kept: &mut Value, volume: &Value, untold: &Untold<'_>| {
        if let Some(spans) = kept["routes"].as_array_mut() {
            spans.retain(|span| span["volume"] != volume["names"]["guid"] || untold.keeps(span));
        }
    };
    for (at, volume) in list(&truth["volumes"]).enumerate() {
        let untold = Untold::of(spec, truth, volume);
        if let Some(spans) = out["volumes"][at]["io_mode"].as_array_mut() {
            spans.retain(|span| untold.keeps(span));
        }
        routes(&mut out, volume, &untold);
    }
    out
}

#[test]
fn what_no_source_tells_is_left_out() {
    use serde_json::json;
    use throughline::simulate::Storage;
    let span = |node: &str, hour: u32| json!({"node": node, "from": format!("2011-01-01T{hour:02}:00:00Z")});
    let truth = json!({
        "volumes": [{"names": {"guid": "g"}, "coordinator": [span("A", 1)],
            "io_mode": [span("A", 1), span("B", 1), span("A", 5)]}],
        "routes": [{"volume": "g", "node": "B", "from": "2011-01-01T01:00:00Z"},
            {"volume": "g", "node": "A", "from": "2011-01-01T05:00:00Z"}],
        "findings": [{"cause": "bitlocker_initializing", "volume": "g", "to": "2011-01-01T04:00:00Z"}],
    });
    let check = |windows, nodes: &[&str], routes: usize| {
        let left = knowable(&Spec::quiet(1, windows, Storage::San), &truth);
        let told: Vec<&str> =
            list(&left["volumes"][0]["io_mode"]).filter_map(|span| span["node"].as_str()).collect();
        assert_eq!((told.as_slice(), list(&left["routes"]).count()), (nodes, routes), "{windows:?}");
    };
    check(Windows::Server2022, &["A"], 1);
    let mut old = truth.clone();
    old["findings"] = json!([]);
    let left = knowable(&Spec::quiet(1, Windows::Server2008R2, Storage::San), &old);
    assert_eq!((list(&left["volumes"][0]["io_mode"]).count(), list(&left["routes"]).count()), (2, 1));
    assert_eq!(knowable(&Spec::quiet(1, Windows::Server2012, Storage::San), &old), old);
}
