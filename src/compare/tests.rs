//! What counts as a difference, and what does not.

use super::{Document, changes, exactly};

fn report(owner: &str, mode: &str, certainty: &str, text: &str) -> Document {
    let document = serde_json::json!({
        "schema": "throughline/report/1",
        "bundle": { "from": "2024-05-01T00:00:00Z", "to": "2024-05-01T10:00:00Z" },
        "volumes": [{
            "id": text, "names": { "guid": text, "resource": "Cluster Disk 1", "friendly": "Volume1" },
            "file_system": "NTFS", "storage": "san",
            "coordinator": [
                { "from": null, "to": "2024-05-01T04:00:00Z", "certainty": "derived", "node": "N1" },
                { "from": "2024-05-01T04:00:00Z", "to": null, "certainty": certainty, "node": owner },
            ],
            "io_mode": [{ "from": null, "to": null, "certainty": "observed", "node": "N2", "mode": mode,
                "file_system_reasons": [], "block_reasons": [], "evidence": [{ "text": text }] }],
            "state": [],
        }],
        "vms": [], "findings": [],
        "routes": [{ "from": null, "to": null, "certainty": "observed", "vm": "x", "disk": "d", "node": "N2",
            "coordinator": owner, "route": if mode == "Direct" { "direct" } else { "via_coordinator_fs" },
            "bytes": { "read": 5, "written": 6 } }],
    });
    Document::parse(&document.to_string()).expect("a report")
}

#[test]
fn the_same_is_the_same() {
    let (a, b) = (report("N2", "Direct", "observed", "a"), report("N2", "Direct", "observed", "b"));
    assert_eq!(exactly(&a, &b), []);
    assert_eq!(changes(&a, &b), []);
}

#[test]
fn a_difference_is_told_with_its_time() {
    let (a, b) = (report("N2", "Direct", "observed", "a"), report("N3", "Direct", "derived", "a"));
    let out = exactly(&a, &b);
    assert_eq!(out[0].of, "coordinator of Volume1");
    assert_eq!(out[0].expected, ["2024-05-01 04:00:00Z to ...: N2 [observed]"]);
    assert_eq!(out[0].actual, ["2024-05-01 04:00:00Z to ...: N3 [derived]"]);
    let less = exactly(&a, &report("N2", "Direct", "derived", "a"));
    assert_eq!(less.len(), 1, "certainty counts");
}

#[test]
fn what_changed_between_two_times() {
    let out = changes(
        &report("N1", "FileSystemRedirected", "observed", "a"),
        &report("N2", "Direct", "observed", "b"),
    );
    let said: Vec<String> =
        out.iter().map(|c| format!("{}, {}: {} => {}", c.of, c.what, c.before, c.after)).collect();
    assert_eq!(
        said,
        [
            "all detours, bytes: 11 bytes => ?",
            "all detours, disk-hours: 10.0 => 0.0",
            "all detours, share of what is known: 100 % => 0 %",
            "detour N2 -> N1, bytes: 11 bytes => -",
            "detour N2 -> N1, disk-hours: 10.0 => -",
            "volume Volume1, changes of owner: 0 => 1",
            "volume Volume1, mode on N2: FileSystemRedirected => Direct",
            "volume Volume1, owner at the end: N1 => N2",
        ]
    );
}

#[test]
fn only_reports_are_compared() {
    let error = |text: &str| Document::parse(text).expect_err(text);
    assert!(error("{").starts_with("not JSON"));
    assert!(error("{}").contains("--format json"));
    assert!(error(r#"{"schema":"throughline/report/2"}"#).contains("report/2"));
}
