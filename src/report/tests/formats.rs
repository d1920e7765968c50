//! Every format of one report carries the same spans.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::analysis::{Options, analyze, quotes};
use crate::bundle::{self, Bundle};
use crate::fact::{FileSystem, Instant, StorageKind};
use crate::fixture::Build;
use crate::report::{Format, Report, Scope, Style};
use crate::{rule, words};

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

/// What the page was told: the content of one of its blocks.
fn block(page: &str, id: &str) -> Value {
    let open = format!("id=\"{id}\">");
    let (_, rest) = page.split_once(&open).expect("the block");
    let (json, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str(json).expect("JSON")
}

fn of_html(page: &str) -> Spans {
    const KINDS: [&str; 7] = ["node", "coordinator", "state", "io_mode", "placement", "route", "finding"];
    let data = block(page, "data");
    let base = data["base"].as_i64().expect("a base");
    let number = |value: &Value| value.as_u64().expect("a number") as usize;
    let time = |value: &Value| {
        let at = value.as_i64().map(|ticks| Instant(base * 1_000_000 + ticks * 100));
        words::dated(at).unwrap_or_default()
    };
    let spans = &data["spans"];
    let quotes = block(page, "quotes").as_array().map_or(0, Vec::len);
    let mut out = Spans::new();
    for (at, kind) in spans["kind"].as_array().expect("kinds").iter().enumerate() {
        let certainty = ["unknown", "assumed", "derived", "observed"][number(&spans["certainty"][at])];
        let (from, to) = (time(&spans["from"][at]), time(&spans["to"][at]));
        add(&mut out, KINDS[number(kind)], &[&from, &to, certainty]);
        for cited in spans["evidence"][at].as_array().expect("evidence") {
            assert!(number(cited) / 4 < quotes, "{at}");
        }
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
        assert_eq!(without_nodes(of_html(&text(Format::Html))), expect, "{sample}");
    }
}

/// Whatever a bundle calls its nodes and VMs, the page has its own elements and no others, and the names arrive whole.
#[test]
fn names_do_not_become_markup() {
    let names = [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]>&lt;img src=x onerror=alert(1)>",
        "{{script}}{{quotes}}",
        "a\u{2028}\u{2029}\u{202e}\"'`\\",
    ];
    let tame = page_of("HV1", "sql");
    for name in names {
        let page = page_of(name, name);
        for mark in ["<script", "</script", "<!--", "-->", "<img", "<style"] {
            assert_eq!(page.matches(mark).count(), tame.matches(mark).count(), "{name}: {mark}");
        }
        let data = block(&page, "data");
        assert_eq!(data["nodes"][0]["name"], name);
        assert_eq!(data["vms"][0]["label"], name);
    }
}

fn page_of(node: &str, vm: &str) -> String {
    let mut b = Build::new(600);
    b.node(node, 17763);
    let volume = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(volume, -1, 601, Some(node));
    let vm = b.vm(vm, &[volume]);
    b.runs(vm, -1, 601, Some(node));
    let (case, quotes) = b.done();
    let report = Report::new(&case, rule::judge(&case), Scope::default()).quoting(quotes);
    let page = report.render(Format::Html, Style::PLAIN);
    assert_eq!(page, report.render(Format::Html, Style::PLAIN));
    String::from_utf8(page).expect("text")
}
