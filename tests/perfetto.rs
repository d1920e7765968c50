//! The Perfetto trace, read by the schema that Perfetto publishes: the messages of the package `perfetto` of PyPI, in
//! Python. The trace processor itself is a binary that this package fetches from the network when it is first used,
//! so it is left alone. Skipped, and said so, where the package is not installed; `THROUGHLINE_PYTHON` names another
//! interpreter.

use std::path::Path;
use std::process::Command;

use chrono::DateTime;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_throughline");

/// A Python that has the package.
fn python() -> Option<String> {
    let python = std::env::var("THROUGHLINE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = "import perfetto.protos.perfetto.trace.perfetto_trace_pb2";
    let found = Command::new(&python).args(["-c", has]).output();
    found.is_ok_and(|output| output.status.success()).then_some(python)
}

fn lines(output: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn nanos(time: &Value) -> Option<i64> {
    DateTime::parse_from_rfc3339(time.as_str()?).unwrap().timestamp_nanos_opt()
}

#[test]
fn the_published_schema_reads_the_same_spans() {
    let Some(python) = python() else {
        println!("skipped: no Python with the package `perfetto`");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for sample in ["refs-two-node", "san-path-loss", "s2d-by-design"] {
        let analyze = |format: &str| {
            let file = folder.path().join(format!("{sample}.{format}"));
            let mut command = Command::new(PROGRAM);
            command.arg("analyze").arg(root.join("samples").join(sample)).args(["--format", format, "-o"]);
            assert!(command.arg(&file).output().unwrap().status.success(), "{sample} {format}");
            file
        };
        let trace = analyze("perfetto");
        let read =
            Command::new(&python).arg(root.join("tests/perfetto/spans.py")).arg(&trace).output().unwrap();
        assert!(read.status.success(), "{sample}: {}", String::from_utf8_lossy(&read.stderr));
        let report: Value = serde_json::from_slice(&std::fs::read(analyze("json")).unwrap()).unwrap();
        let edges = (nanos(&report["bundle"]["from"]).unwrap(), nanos(&report["bundle"]["to"]).unwrap());
        // A trace has no open ends: spans are cut to the time of the bundle.
        let mut expect = Vec::new();
        for span in lines(&std::fs::read(analyze("jsonl")).unwrap()) {
            let from = nanos(&span["from"]).unwrap_or(edges.0).clamp(edges.0, edges.1);
            let to = nanos(&span["to"]).unwrap_or(edges.1).min(edges.1).max(from);
            expect.push((span["kind"].to_string(), from, to, span["certainty"].to_string()));
        }
        let mut spans: Vec<_> = lines(&read.stdout)
            .into_iter()
            .map(|span| {
                // Reports print 100 ns, as Windows counts.
                let time = |name: &str| span[name].as_i64().unwrap() / 100 * 100;
                (span["kind"].to_string(), time("from"), time("to"), span["certainty"].to_string())
            })
            .collect();
        expect.sort();
        spans.sort();
        assert!(spans.len() > 20, "{sample}");
        assert_eq!(spans, expect, "{sample}");
    }
}
