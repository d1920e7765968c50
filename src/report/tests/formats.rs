//! Every format of one report carries the same spans.

use std::collections::BTreeMap;
use std::io::Write;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampNanosecondType, UInt32Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use serde_json::Value;

use super::scenarios;

use crate::analysis::{Options, analyze, quotes};
use crate::bundle::{self, Bundle};
use crate::case::Case;
use crate::fact::{FileSystem, Instant, StorageKind};
use crate::fixture::Build;
use crate::report::{Format, Reach, Report, Scope, Style, parquet, perfetto, timeline};
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
        let tables = parquet::render(&report).expect("tables");
        let spans = of_parquet(&tables, "spans.parquet", None);
        assert_eq!(without_nodes(spans), expect, "{sample}");
        // Routes and findings have tables of their own, which say no less.
        for kind in ["route", "finding"] {
            let mut of_kind = expect.clone();
            of_kind.retain(|key, _| key.starts_with(kind));
            assert_eq!(of_parquet(&tables, &format!("{kind}s.parquet"), Some(kind)), of_kind, "{sample}");
        }
        // A trace has no open ends.
        let trace = report.render(Format::Perfetto, Style::PLAIN);
        assert_eq!(of_perfetto(&trace), cut(&of_jsonl(&text(Format::Jsonl)), report.case), "{sample}");
    }
}

fn of_perfetto(trace: &[u8]) -> Spans {
    let mut out = Spans::new();
    for (kind, from, to, certainty) in perfetto::slices(trace) {
        let time = |at: u64| words::rfc3339(Instant(i64::try_from(at).expect("an instant")));
        add(&mut out, &kind, &[&time(from), &time(to), &certainty]);
    }
    out
}

/// Spans with their ends cut to the time of the case.
fn cut(spans: &Spans, case: &Case) -> Spans {
    let (first, last) = (case.from.expect("a begin"), case.to.expect("an end"));
    let mut out = Spans::new();
    for (key, count) in spans {
        let (kind, rest) = key.split_once(' ').expect("a kind");
        let parts: Vec<&str> = rest.split('/').collect();
        let at = |text: &str| {
            let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            time.timestamp_nanos_opt().map(Instant)
        };
        let from = at(parts[0]).unwrap_or(first).clamp(first, last);
        let to = at(parts[1]).unwrap_or(last).min(last).max(from);
        let (from, to) = (words::rfc3339(from), words::rfc3339(to));
        *out.entry(format!("{kind} {from}/{to}/{}", parts[2])).or_default() += count;
    }
    out
}

/// A table read back.
fn table(tables: &[(&str, Vec<u8>)], name: &str) -> RecordBatch {
    let (_, bytes) = tables.iter().find(|(file, _)| *file == name).expect("the table");
    // The reader reads files.
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").with_batch_size(1 << 20);
    let mut batches = reader.build().expect("a reader");
    let batch = batches.next().expect("one batch").expect("a batch");
    assert!(batches.next().is_none(), "more than one batch");
    batch
}

/// The word of each row of a dictionary column.
fn words_of(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).expect("the column");
    let column = column.as_dictionary::<Int32Type>();
    let values = column.values().as_string::<i32>();
    column.keys().iter().map(|key| key.map_or("", |key| values.value(key as usize)).to_owned()).collect()
}

/// The times of a column, which must be nanoseconds of UTC.
fn times_of(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).expect("the column");
    assert_eq!(*column.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), "{name}");
    let column = column.as_primitive::<TimestampNanosecondType>();
    column.iter().map(|at| words::dated(at.map(Instant)).unwrap_or_default()).collect()
}

fn of_parquet(tables: &[(&str, Vec<u8>)], name: &str, kind: Option<&str>) -> Spans {
    let batch = table(tables, name);
    let kinds = match kind {
        Some(kind) => vec![kind.to_owned(); batch.num_rows()],
        None => words_of(&batch, "kind"),
    };
    let (from, to) = (times_of(&batch, "from"), times_of(&batch, "to"));
    let certainty = words_of(&batch, "certainty");
    let mut out = Spans::new();
    for at in 0..batch.num_rows() {
        add(&mut out, &kinds[at], &[&from[at], &to[at], &certainty[at]]);
    }
    out
}

/// The tables name one another, and lead from a route to the quoted lines of its span.
#[test]
fn tables_name_one_another() {
    let scenario = scenarios::combined();
    let report = super::report(&scenario, Reach::Everything);
    let tables = parquet::render(&report).expect("tables");
    assert_eq!(tables.iter().map(|(name, _)| *name).collect::<Vec<_>>(), parquet::FILES);
    assert_eq!(tables, parquet::render(&report).expect("tables"), "the same bytes");
    let (facts, spans) = (table(&tables, "facts.parquet"), table(&tables, "spans.parquet"));
    let (routes, findings) = (table(&tables, "routes.parquet"), table(&tables, "findings.parquet"));
    assert_eq!(facts.num_rows(), report.case.facts.len());
    assert_eq!(findings.num_rows(), report.findings.len());
    let ids = |batch: &RecordBatch, name: &str| -> Vec<usize> {
        let column = batch.column_by_name(name).expect("the column").as_primitive::<UInt32Type>();
        column.values().iter().map(|at| *at as usize).collect()
    };
    let kinds = words_of(&spans, "kind");
    assert!(routes.num_rows() > 0 && ids(&routes, "span").iter().all(|&at| kinds[at] == "route"));
    assert!(ids(&findings, "span").iter().all(|&at| kinds[at] == "finding"));
    // Every fact that a span cites has its text.
    let cited = spans.column_by_name("facts").expect("facts").as_list::<i32>();
    let roles = spans.column_by_name("roles").expect("roles").as_list::<i32>();
    let texts = facts.column_by_name("text").expect("text").as_string::<i32>();
    let mut seen = 0;
    for span in 0..spans.num_rows() {
        let facts = cited.value(span);
        assert_eq!(facts.len(), roles.value(span).len());
        for fact in facts.as_primitive::<UInt32Type>().values() {
            assert!(texts.is_valid(*fact as usize), "fact {fact} of span {span}");
            seen += 1;
        }
    }
    assert!(seen > 10);
    // A detour's finding is the one that the report names.
    let causes = routes.column_by_name("findings").expect("findings").as_list::<i32>();
    let expect: Vec<Vec<u32>> = report
        .routes()
        .map(|(at, _)| report.causes_of(at).iter().map(|&finding| finding as u32).collect())
        .collect();
    for (row, expect) in expect.iter().enumerate() {
        assert_eq!(causes.value(row).as_primitive::<UInt32Type>().values(), expect.as_slice());
    }
    assert!(expect.iter().any(|causes| !causes.is_empty()));
    assert!(words_of(&facts, "claim").contains(&"Coordinator".to_owned()));
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
        // But for marks that turn the direction of writing.
        let name = name.replace('\u{202e}', "");
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

/// The cells of comma-separated text.
fn cells(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out.last_mut().expect("a cell").push('"');
            }
            '"' => quoted = !quoted,
            ',' | '\r' | '\n' if !quoted => out.push(String::new()),
            c => out.last_mut().expect("a cell").push(c),
        }
    }
    out
}

/// Whatever a bundle calls its nodes and VMs, no cell of a whole output is one that a spreadsheet would run.
#[test]
fn names_do_not_become_formulas() {
    for name in ["=cmd|' /C calc'!A0", "+1", "-1+1|x", "@SUM(1)", "\t=1", "\r\n=1", " =1"] {
        let mut b = Build::new(600);
        b.node(name, 17763);
        let volume = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(volume, -1, 601, Some(name));
        let vm = b.vm(name, &[volume]);
        b.runs(vm, -1, 601, Some(name));
        let (case, quotes) = b.done();
        let report = Report::new(&case, rule::judge(&case), Scope::default()).quoting(quotes);
        let spans = String::from_utf8(report.render(Format::Csv, Style::PLAIN)).expect("text");
        let transitions = timeline::render(&report, timeline::Format::Csv, Style::PLAIN);
        for text in [spans, transitions] {
            let all = cells(&text);
            assert!(all.iter().any(|cell| cell.starts_with('\'')), "{name:?} is nowhere:\n{text}");
            for cell in all {
                assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{name:?}: {cell:?}\n{text}");
            }
        }
    }
}

/// Timesketch imports a line by `message`, `datetime` and `timestamp_desc`: text, RFC 3339, text; none is empty.
#[test]
fn every_transition_fits_timesketch() {
    let mut seen = 0;
    for (name, scenario) in scenarios::all() {
        let report = super::report(&scenario, Reach::Everything);
        for line in timeline::render(&report, timeline::Format::Jsonl, Style::PLAIN).lines() {
            let event: Value = serde_json::from_str(line).expect("JSON");
            let field =
                |field: &str| event[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let told = [field("message"), field("datetime"), field("timestamp_desc")];
            assert!(told.iter().all(Option::is_some), "{name}: {line}");
            let time = chrono::DateTime::parse_from_rfc3339(told[1].as_deref().unwrap_or(""));
            assert_eq!(time.expect("RFC 3339").offset().local_minus_utc(), 0, "{name}: {line}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}
