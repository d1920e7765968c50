//! No false fault: whatever a report calls a fault is in the truth, as one of the causes that the rule stands for, of the
//! same volume and node, at the same time.
//! Every drawn cluster is held against it (`super::as_drawn`), and every story (`crate::stories`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::compare::clocks;
use super::lanes::{Names, list, span_of};

/// A finding covers what was logged around it: the truth counts from the first lost I/O to the last.
const AROUND: i64 = 30_000_000_000;

/// Which causes of the truth a rule's fault may be. A rule that is not named here may be any of them.
const STANDS_FOR: &[(&str, &[&str])] =
    &[("lost-disk-path", &["lost_disk_path"]), ("owner-lost-storage", &["owner_lost_storage"])];

/// Names that both know are needed to tell two apart.
fn apart(one: &Value, other: &Value) -> bool {
    let names =
        |value: &Value| list(value).filter_map(|v| v.as_str().map(str::to_lowercase)).collect::<Vec<_>>();
    let (one, other) = (names(one), names(other));
    !one.is_empty() && !other.is_empty() && !one.iter().any(|name| other.contains(name))
}

/// The faults of a report that the truth lacks.
pub(crate) fn false_faults(report: &Value, truth: &Value) -> Vec<String> {
    let names = Names::of_truth(truth);
    let ids: BTreeMap<&str, Value> = list(&report["volumes"])
        .filter_map(|v| Some((v["id"].as_str()?, json!([names.volume(v)?]))))
        .collect();
    let (shift, off) = clocks(report, truth);
    let slack = AROUND + off;
    let is_fault = |finding: &&Value| finding["verdict"] == "fault";
    let true_one = |said: &Value, real: &Value| {
        let rule = said["rule"].as_str().unwrap_or_default();
        let causes = STANDS_FOR.iter().find(|(name, _)| *name == rule).map(|(_, causes)| *causes);
        let fits = causes.is_none_or(|causes| causes.iter().any(|cause| real["cause"] == *cause));
        let volumes: Vec<&Value> =
            list(&said["subjects"]["volumes"]).filter_map(|v| ids.get(v.as_str()?)).collect();
        let volume = json!(real["volume"].as_str().into_iter().collect::<Vec<_>>());
        let other_volume = !volumes.is_empty() && volumes.iter().all(|v| apart(v, &volume));
        let ((from, to), (begin, end)) = (span_of(said), span_of(real));
        let meet = from - shift <= end + slack && begin - slack <= to - shift;
        // A node that goes down makes the others wait: the truth names the one, a report both.
        let other_node = real["cause"] != "node_down" && apart(&said["subjects"]["nodes"], &real["nodes"]);
        fits && !other_volume && !other_node && meet
    };
    list(&report["findings"])
        .filter(is_fault)
        .filter(|said| !list(&truth["findings"]).filter(is_fault).any(|real| true_one(said, real)))
        .map(|said| format!("{} ({} to {}): {}", said["rule"], said["from"], said["to"], said["title"]))
        .collect()
}

#[test]
fn a_false_fault_is_found() {
    let truth = json!({
        "volumes": [{"names": {"guid": "g"}}, {"names": {"guid": "h"}}],
        "findings": [{"cause": "lost_disk_path", "verdict": "fault", "volume": "g", "nodes": ["B"],
            "from": "2020-01-01T01:00:00Z", "to": "2020-01-01T02:00:00Z"}],
    });
    let check = |rule: &str, verdict: &str, volume: &str, node: &str, hour: u32, expect: usize| {
        let at = format!("2020-01-01T{hour:02}:30:00Z");
        let said = json!({
            "volumes": [{"id": "1", "names": {"guid": "g"}}, {"id": "2", "names": {"guid": "h"}}],
            "findings": [{"rule": rule, "verdict": verdict, "title": "", "from": at, "to": at,
                "subjects": {"volumes": [volume], "nodes": [node]}}],
        });
        assert_eq!(false_faults(&said, &truth).len(), expect, "{rule} {volume} {node} {hour}");
    };
    check("lost-disk-path", "fault", "1", "b", 1, 0);
    check("another", "fault", "1", "b", 1, 0);
    check("lost-disk-path", "temporary", "2", "a", 4, 0);
    check("owner-lost-storage", "fault", "1", "b", 1, 1);
    check("lost-disk-path", "fault", "2", "b", 1, 1);
    check("lost-disk-path", "fault", "1", "a", 1, 1);
    check("lost-disk-path", "fault", "1", "b", 3, 1);
}
