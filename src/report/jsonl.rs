//! Every span as one JSON object a line, for `jq` and its like.

use serde::Serialize;

use super::{Report, json, spans};
use crate::words;

#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    from: Option<String>,
    to: Option<String>,
    certainty: &'static str,
    volume: Option<&'a str>,
    vm: Option<&'a str>,
    disk: Option<&'a str>,
    node: Option<&'a str>,
    coordinator: Option<&'a str>,
    value: Option<&'a str>,
    rules: &'a [&'static str],
    bytes_read: Option<u64>,
    bytes_written: Option<u64>,
    claim: Option<&'a str>,
    evidence: Vec<json::Cited>,
}

/// One object a span.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for row in spans::rows(report) {
        let line = Line {
            kind: row.kind.word(),
            from: words::dated(row.span.from),
            to: words::dated(row.span.to),
            certainty: row.span.certainty.word(),
            volume: row.volume.as_deref(),
            vm: row.vm.as_deref(),
            disk: row.disk,
            node: row.node.as_deref(),
            coordinator: row.coordinator.map(|name| name.as_str()),
            value: row.value.as_deref(),
            rules: &row.rules,
            bytes_read: row.bytes.map(|bytes| bytes.read),
            bytes_written: row.bytes.map(|bytes| bytes.written),
            claim: row.claim,
            evidence: json::cited(report, &row.span.evidence),
        };
        // As in the report: nothing in it can fail to be written.
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}
