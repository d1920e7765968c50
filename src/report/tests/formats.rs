//! Every format of one report carries the same spans.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::analysis::{Options, analyze, quotes};
use crate::bundle::{self, Bundle};
use crate::report::{Format, Report, Scope, Style};

/// Spans by kind, subject and time: `route/N1/sql/2024-...`.
type Spans = BTreeMap<String, usize>;

fn add(out: &mut Spans, kind: &str, parts: &[&str]) {
    *out.entry(format!("{kind} {}", parts.join("/"))).or_default() += 1;
}

fn of_json(text: &str) -> Spans {
    let document: Value = serde_json::from_str(text).expect("JSON");
    let mut out = Spans::new();
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let mut put = |kind: &str, span: &Value| {
        add(&mut out, kind, &[&text(&span["from"]), &text(&span["to"]), &text(&span["certainty"])]);
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for volume in list(&document["volumes"]) {
        for kind in ["coordinator", "io_mode", "state"] {
            list(&volume[kind]).iter().for_each(|span| put(kind, span));
        }
    }
    for vm in list(&document["vms"]) {
        list(&vm["placement"]).iter().for_each(|span| put("placement", span));
    }
    list(&document["routes"]).iter().for_each(|span| put("route", span));
    list(&document["findings"]).iter().for_each(|span| put("finding", span));
    out
}

fn of_jsonl(text: &str) -> Spans {
    let mut out = Spans::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let text = |name: &str| line[name].as_str().unwrap_or("");
        add(&mut out, text("kind"), &[text("from"), text("to"), text("certainty")]);
    }
    out
}

fn of_table<'a>(rows: impl Iterator<Item = &'a str>, cell: impl Fn(&'a str, usize) -> &'a str) -> Spans {
    let mut out = Spans::new();
    rows.for_each(|row| add(&mut out, cell(row, 0), &[cell(row, 1), cell(row, 2), cell(row, 3)]));
    out
}

#[test]
fn the_same_spans_in_every_format() {
    for sample in ["refs-two-node", "san-path-loss", "s2d-by-design"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
        let bundle = Bundle::open(&[folder], &bundle::Options::default());
        let analysis = analyze(&bundle, &Options::default());
        let report = Report::new(&analysis.case, analysis.judgement.clone(), Scope::default());
        let texts = quotes(&bundle, &report.origins(Format::Json.reach()));
        let report = report.quoting(texts);
        let text = |format| String::from_utf8(report.render(format, Style::PLAIN)).expect("text");
        let expect = of_json(&text(Format::Json));
        assert!(expect.len() > 20, "{sample}");
        // Nodes' own spans are no list of the JSON report.
        let without_nodes = |mut spans: Spans| {
            spans.retain(|key, _| !key.starts_with("node "));
            spans
        };
        assert_eq!(without_nodes(of_jsonl(&text(Format::Jsonl))), expect, "{sample}");
        let csv = text(Format::Csv);
        let cells = |row: &'static str, at: usize| row.split(',').nth(at).unwrap_or("");
        let csv: &'static str = Box::leak(csv.into_boxed_str());
        assert_eq!(without_nodes(of_table(csv.lines().skip(1), cells)), expect, "{sample}");
        let markdown: &'static str = Box::leak(text(Format::Markdown).into_boxed_str());
        let cells = |row: &'static str, at: usize| row.split('|').nth(at + 1).unwrap_or("").trim();
        let rows = markdown.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| kind"));
        assert_eq!(without_nodes(of_table(rows, cells)), expect, "{sample}");
    }
}
