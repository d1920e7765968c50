//! The house rules of ARCHITECTURE.md, held by a test: who may import whom, how long a file may be, what
//! every sample and every module must carry.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Stage, and the stages it may name. Modules that are not listed here are the library's own wiring and may
/// import everything.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("fact", &[]),
    ("finding", &["fact"]),
    ("ledger", &["fact"]),
    ("bundle", &["ledger", "fact"]),
    ("source", &["bundle", "fact", "ledger"]),
    ("clock", &["fact", "ledger"]),
    ("timeline", &["fact", "clock"]),
    ("route", &["timeline", "fact"]),
    ("case", &["fact", "timeline", "route", "ledger"]),
    ("words", &["fact"]),
    ("detour", &["case", "fact", "words"]),
    ("cause", &["case", "fact", "finding"]),
    ("advice", &["case", "finding", "fact", "words"]),
    ("what_if", &["case", "fact", "detour"]),
    ("rule", &["case", "cause", "finding", "fact", "detour", "words"]),
    (
        "report",
        &["finding", "case", "cause", "ledger", "fact", "rule", "detour", "words", "what_if", "advice"],
    ),
    ("collect", &[]),
    ("compare", &["fact", "words"]),
    ("simulate", &["fact"]),
];

/// Formats under `source/` that must not know each other.
const FORMATS: &[&str] = &["cluster_log", "evtx", "etw", "snapshot", "counters"];

/// Files that may be longer than [`LONGEST`], each with its reason.
const LONG: &[(&str, &str)] =
    &[("src/source/event/failover_clustering.rs", "a flat table of event rows, each with its sample")];

/// Lines a source file may have: beyond this nobody reads it in one go.
const LONGEST: usize = 650;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return out };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Every `crate::a::b` in a text, outside comments, brace groups opened: `crate::{a::x, b}` gives `a::x` and `b`.
fn crate_paths(text: &str) -> Vec<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut out = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => {
                        out.push(std::mem::take(&mut item).trim().to_owned());
                        continue;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                item.push(c);
            }
            out.push(item.trim().to_owned());
        } else {
            let path: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            out.push(path);
        }
    }
    out.retain(|path| !path.is_empty());
    out
}

fn stage_of(path: &str) -> String {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs").to_owned()
}

/// What a file names that its stage may not, one line each.
fn offences(path: &str, text: &str) -> Vec<String> {
    let stage = stage_of(path);
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == stage) else { return Vec::new() };
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    let mut out = Vec::new();
    for named in crate_paths(&text[..tests]) {
        let parts: Vec<&str> = named.split("::").collect();
        let target = parts[0];
        let known = MAY_IMPORT.iter().any(|(name, _)| *name == target);
        if target != stage && known && !allowed.contains(&target) {
            out.push(format!("{path}: {stage} may not import {target} ({named})"));
        }
        if target != stage && !known {
            out.push(format!("{path}: {stage} may not import the wiring ({named})"));
        }
        if stage == "source" && target == "source" && parts.len() > 1 && FORMATS.contains(&parts[1]) {
            let own = path.strip_prefix("src/source/").and_then(|p| p.split('/').next());
            if own.is_some_and(|own| own.trim_end_matches(".rs") != parts[1] && own != "mod.rs") {
                out.push(format!("{path}: a source may not import another source ({named})"));
            }
        }
    }
    if stage == "fact" {
        for line in text[..tests].lines() {
            if let Some(used) = line.trim().strip_prefix("use ") {
                let first = used.split("::").next().unwrap_or(used);
                if !matches!(first, "std" | "super" | "crate" | "self") {
                    out.push(format!("{path}: fact imports the standard library only ({first})"));
                }
            }
        }
    }
    out
}

#[test]
fn import_table() {
    let mut out = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        // A test may look at everything.
        if shown(&path).ends_with("/tests.rs") || shown(&path).contains("/tests/") {
            continue;
        }
        out.extend(offences(&shown(&path), &fs::read_to_string(&path).unwrap()));
    }
    assert!(out.is_empty(), "{}", out.join("\n"));
}

#[test]
fn import_table_can_fail() {
    let check = |path: &str, text: &str, offences_expected: usize| {
        assert_eq!(offences(path, text).len(), offences_expected, "{path}: {text}");
    };
    check("src/fact/vm.rs", "use crate::ledger::Tally;", 1);
    check("src/fact/vm.rs", "use serde::Serialize;", 1);
    check("src/report/text.rs", "use crate::{case::Case, timeline::Piece};", 1);
    check("src/source/evtx/mod.rs", "use crate::source::cluster_log::line;", 1);
    check("src/source/evtx/mod.rs", "use crate::source::event::meaning;", 0);
    check("src/rule/refs.rs", "use crate::case::Case;\n// crate::bundle", 0);
    check("src/simulate/mod.rs", "let x = crate::source::SOURCES;", 1);
}

#[test]
fn files_are_one_thing() {
    let mut out = Vec::new();
    for folder in ["src", "tests"] {
        for path in files(&root().join(folder), ".rs") {
            let name = shown(&path);
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().count();
            if lines > LONGEST && !LONG.iter().any(|(long, _)| *long == name) {
                out.push(format!("{name}: {lines} lines"));
            }
            if !text.starts_with("//!") {
                out.push(format!("{name}: no module head that says what it answers"));
            }
        }
    }
    assert!(out.is_empty(), "{}", out.join("\n"));
}

#[test]
fn samples_say_where_they_come_from() {
    let Ok(entries) = fs::read_dir(root().join("samples")) else { panic!("no samples folder") };
    let mut seen = 0;
    for entry in entries.flatten().filter(|e| e.path().is_dir()) {
        seen += 1;
        let origin = entry.path().join("ORIGIN.md");
        assert!(origin.is_file(), "{} is missing", shown(&origin));
    }
    assert!(seen > 0, "no samples");
}

#[test]
fn dependencies_say_why() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut section = String::new();
    let mut last_was_comment = false;
    let mut previous_crate = String::new();
    let mut out = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_owned();
            previous_crate.clear();
        } else if section.ends_with("dependencies]") && !line.is_empty() && !line.starts_with('#') {
            let name = line.split(['=', ' ', '.']).next().unwrap_or(line).to_owned();
            // A family of crates under one reason stands on consecutive lines.
            let family = !previous_crate.is_empty() && name.starts_with(previous_crate.as_str());
            if !last_was_comment && !family {
                out.push(name.clone());
            }
            previous_crate = name.split(['_', '-']).next().unwrap_or(&name).to_owned();
        }
        last_was_comment = line.starts_with('#');
    }
    assert!(out.is_empty(), "no reason given for: {}", out.join(", "));
}

#[test]
fn pages_name_files_that_exist() {
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for page in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap_or_default();
        for word in text.split('`').skip(1).step_by(2) {
            let looks_like_path = ["src/", "tests/", "samples/", "fixtures/", "benches/", "schema/", "docs/"]
                .iter()
                .any(|head| word.starts_with(head))
                && !word.contains(['<', '*', ' ']);
            if looks_like_path && !root().join(word).exists() {
                missing.entry(page.to_owned()).or_default().push(word.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
