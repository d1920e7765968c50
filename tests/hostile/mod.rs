//! Bundles made to harm, or harmed on the way: each is written out here, handed to the program, and ends with the exit code
//! and the words that stand in `fixtures/hostile/expected.txt`. `UPDATE_EXPECT=1` rewrites them.

mod archives;
mod damage;
mod texts;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use expect_test::expect_file;

/// One hostile bundle.
pub(crate) struct Case {
    /// What is wrong with it.
    name: &'static str,
    /// Its files.
    files: Vec<(String, Vec<u8>)>,
    /// Further arguments.
    arguments: &'static [&'static str],
}

pub(crate) fn case(name: &'static str, files: &[(&str, Vec<u8>)]) -> Case {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect();
    Case { name, files, arguments: &[] }
}

impl Case {
    fn with(self, arguments: &'static [&'static str]) -> Self {
        Self { arguments, ..self }
    }
}

/// A file of the samples.
pub(crate) fn sample(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(path)).unwrap()
}

/// None of these may need longer; it is an upper bound for machines that do ten things at once, not a goal.
const LONGEST: Duration = Duration::from_secs(30);

/// How many lines of stderr are held.
const LINES: usize = 6;

/// How the report's notes on its inputs begin.
const GRAVE: [&str; 3] = ["error: ", "data lost: ", "notice: "];

fn misleading(text: &str) -> Option<char> {
    text.chars().find(|c| {
        (c.is_control() && *c != '\n') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

/// Runs a bundle; `code` and the first lines of stderr.
fn outcome(case: &Case) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (bundle, temporary) = (folder.path().join("bundle"), folder.path().join("temporary"));
    fs::create_dir_all(&bundle).unwrap();
    fs::create_dir_all(&temporary).unwrap();
    for (path, bytes) in &case.files {
        fs::write(bundle.join(path), bytes).unwrap();
    }
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
    command.args(["analyze", "bundle", "--strict"]).args(case.arguments).current_dir(folder.path());
    command.env("THROUGHLINE_CONFIG", "").env("TMPDIR", &temporary).env_remove("RUST_BACKTRACE");
    let output = command.output().unwrap();
    assert!(begun.elapsed() < LONGEST, "{}: {:?}", case.name, begun.elapsed());
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    for text in [&out, &err] {
        assert_eq!(misleading(text), None, "{}", case.name);
    }
    assert!(!err.contains("panicked"), "{}: {err}", case.name);
    let left: Vec<PathBuf> = [folder.path(), &temporary]
        .iter()
        .flat_map(|f| fs::read_dir(f).unwrap())
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(left.len(), 2, "{}: something was left behind: {left:?}", case.name);
    let code = output.status.code().expect("ended by itself");
    let mut text = format!("== {}\nexit {code}\n", case.name);
    let lines: Vec<&str> = err.lines().collect();
    for line in lines.iter().take(LINES) {
        writeln!(text, "{line}").unwrap();
    }
    if lines.len() > LINES {
        text.push_str("...\n");
    }
    // What the report says of its inputs, where there is one.
    for line in out.lines().map(str::trim).filter(|line| GRAVE.iter().any(|grave| line.starts_with(grave))) {
        writeln!(text, "report: {line}").unwrap();
    }
    text
}

#[test]
fn every_hostile_bundle_ends_with_its_message() {
    let mut text = String::new();
    for case in archives::cases().iter().chain(&texts::cases()).chain(&damage::cases()) {
        text.push_str(&outcome(case));
        text.push('\n');
    }
    expect_file![concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/hostile/expected.txt")].assert_eq(&text);
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    fs::create_dir_all(bundle.join("deep")).unwrap();
    fs::write(folder.path().join("secret.log"), sample("refs-two-node/ClusterLogs/HV-A_cluster.log"))
        .unwrap();
    for (target, link) in
        [("..", "deep/up"), ("../../secret.log", "deep/out.log"), ("loop", "loop"), ("/dev/zero", "zero")]
    {
        std::os::unix::fs::symlink(target, bundle.join(link)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
    let output = command.args(["analyze", "bundle"]).current_dir(folder.path()).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{err}");
    for told in ["deep/up", "deep/out.log", "loop", "zero"] {
        assert!(err.contains(told), "{told} in {err}");
    }
}
