//! The command as people and scripts meet it: exit codes, streams, files, the same bytes every time.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::bundle::zip;

const PROGRAM: &str = env!("CARGO_BIN_EXE_throughline");

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// The sample of the question that the project was made for.
fn refs() -> PathBuf {
    samples().join("refs-two-node")
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("THROUGHLINE_CONFIG", "");
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("ended by itself")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Copies files below `from` as `name(relative path)` below `to`, in the order that `backwards` says.
fn copy(from: &Path, to: &Path, backwards: bool, name: impl Fn(&str) -> String) {
    let mut all = files(from);
    if backwards {
        all.reverse();
    }
    for file in all {
        let relative = file.strip_prefix(from).unwrap().to_string_lossy().replace('\\', "/");
        let target = to.join(name(&relative));
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}

/// The findings of a JSON report as `rule verdict` with the names of their subjects.
fn findings(json: &[u8]) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_slice(json).unwrap();
    let list = report["findings"].as_array().unwrap();
    list.iter().map(|f| format!("{} {} {}", f["rule"], f["verdict"], f["subjects"])).collect()
}

#[test]
fn exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    fs::write(at.join("broken.evtx"), b"ElfFile\0 and then nothing that makes sense").unwrap();
    fs::write(at.join("notes.txt"), b"call the customer back").unwrap();
    let check = |arguments: &[&str], expect: i32| {
        let output = run(at, arguments);
        assert_eq!(code(&output), expect, "{arguments:?}\n{}", err(&output));
        output
    };
    check(&["analyze", refs], 0);
    check(&["analyze", refs, "--fail-on", "fault"], 0);
    check(&["analyze", refs, "--fail-on", "fault", "--fail-on", "by_design"], 1);
    check(&["analyze", refs, "broken.evtx"], 0);
    let strict = check(&["analyze", refs, "broken.evtx", "--strict"], 3);
    assert!(err(&strict).contains("warning: broken.evtx: "), "{}", err(&strict));
    check(&["analyze", refs, "notes.txt", "--strict"], 0);
    check(&["analyze", refs, "broken.evtx", "--strict", "--fail-on", "by_design"], 1);
    let nothing = check(&["analyze", "."], 4);
    assert!(nothing.stdout.is_empty());
    for name in ["broken.evtx", "notes.txt"] {
        assert!(err(&nothing).contains(name), "{}", err(&nothing));
    }
    for (sides, says) in
        [([refs, "notes.txt"], "AFTER, notes.txt: "), (["missing", refs], "BEFORE, missing: ")]
    {
        let told = err(&check(&["diff", sides[0], sides[1]], 4));
        assert!(told.contains(&format!("{says}nothing readable")), "{told}");
    }
    check(&["timeline", "missing"], 4);
    check(&["records", "notes.txt"], 4);
    for wrong in [
        &["analyze"] as &[&str],
        &[],
        &["analyse", "x"],
        &["analyze", refs, "--format", "pdf"],
        &["analyze", refs, "--from", "yesterday"],
        &["analyze", refs, "--from", "2016-03-09", "--to", "2016-03-08"],
        &["timeline", refs, "--from", "2016-03-08T10:00Z", "--to", "2016-03-08T09:59Z"],
        &["analyze", refs, "--tz", "Middle/Earth"],
        &["analyze", refs, "--skew", "HV1"],
        &["analyze", refs, "--threads", "0"],
        &["explain", refs],
        &["rules", "no-such-rule"],
        &["man", "no-such-command"],
    ] {
        let output = check(wrong, 2);
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{wrong:?}");
    }
}

/// `browse` needs a terminal, and says so before it reads anything.
#[test]
fn no_terminal_to_browse_on() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["browse", "nowhere"]);
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).starts_with("error: browse draws on a terminal; stdout is no terminal"),
        "{}",
        err(&output)
    );
    assert_eq!(out(&output), "");
}

/// Tables come as a folder, all of them or none; a folder that holds anything else is left alone.
#[test]
fn tables_appear_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let check = |output: &str, expect: i32, says: &str| {
        let output = run(at, &["analyze", refs, "--format", "parquet", "-o", output]);
        assert_eq!(code(&output), expect, "{}", err(&output));
        assert!(err(&output).contains(says), "{}", err(&output));
    };
    let names = || {
        let mut names: Vec<String> =
            files(at).iter().map(|file| file.strip_prefix(at).unwrap().display().to_string()).collect();
        names.sort();
        names
    };
    let tables = ["findings", "facts", "routes", "spans"].map(|name| format!("out/{name}.parquet"));
    let mut tables = tables.to_vec();
    tables.sort();
    check("out", 0, "");
    assert_eq!(names(), tables);
    let before = fs::read(at.join("out/spans.parquet")).unwrap();
    fs::write(at.join("out/facts.parquet"), "cut").unwrap();
    check("out/", 0, "");
    assert_eq!(names(), tables);
    assert_eq!(fs::read(at.join("out/spans.parquet")).unwrap(), before);
    assert!(fs::read(at.join("out/facts.parquet")).unwrap().starts_with(b"PAR1"));
    fs::create_dir(at.join("mine")).unwrap();
    fs::write(at.join("mine/notes.txt"), "call the customer back").unwrap();
    check("mine", 2, "holds something else (notes.txt)");
    check("mine/notes.txt", 2, "expects a folder");
    check("nowhere/out", 2, "cannot write");
    tables.push("mine/notes.txt".to_owned());
    tables.sort();
    assert_eq!(names(), tables);
    let output = run(at, &["analyze", refs, "--format", "parquet"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("name a folder for them with -o"), "{}", err(&output));
}

/// Runs with a home of its own, so that nobody's own defaults are met.
fn at_home(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(home).env("HOME", home).env("SHELL", "/bin/bash");
    for variable in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "THROUGHLINE_CONFIG"] {
        command.env_remove(variable);
    }
    command.env("APPDATA", home).output().unwrap()
}

#[test]
#[cfg(unix)]
fn defaults_come_from_a_file() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/throughline");
    fs::create_dir_all(&folder).unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let check = |config: &str, arguments: &[&str], code_is: i32, begins: &str, says: &str| {
        fs::write(folder.join("config.toml"), config).unwrap();
        let output = at_home(home.path(), arguments);
        assert_eq!(code(&output), code_is, "{config}\n{}", err(&output));
        assert!(out(&output).starts_with(begins), "{config}\n{}", out(&output));
        assert!(err(&output).contains(says), "{config}\n{}", err(&output));
    };
    check("[analyze]\nformat = 'json'\n", &["analyze", refs], 0, "{", "");
    check("format = 'json'\n", &["analyze", refs, "--format", "text"], 0, "BY DESIGN", "");
    check("[analyze]\nfail-on = ['by_design']\n", &["analyze", refs], 1, "BY DESIGN", "");
    check("formatt = 'json'\n", &["analyze", refs], 2, "", "config.toml:1:1");
    check("tz = 'Mars'\n", &["analyze", refs], 2, "", "^^^^^^");
    check("formatt = 'json'\n", &["--help"], 2, "", "is no option of any command");
}

#[test]
#[cfg(unix)]
fn completions_and_manual_are_installed_by_one_command() {
    let home = tempfile::tempdir().unwrap();
    let output = at_home(home.path(), &["completions", "--install"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let told = out(&output);
    let written: Vec<&Path> = told.lines().map(Path::new).collect();
    assert_eq!(files(home.path()).len(), written.len());
    assert!(written.iter().all(|path| path.is_file()), "{told}");
    let share = home.path().join(".local/share");
    assert!(share.join("bash-completion/completions/throughline").is_file());
    assert!(share.join("man/man1/throughline.1").is_file());
    assert!(share.join("man/man1/throughline-analyze.1").is_file());
}

#[test]
fn text_shows_times_in_the_zone_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let told = |arguments: &[&str]| out(&run(folder.path(), &[&["analyze", refs], arguments].concat()));
    let (utc, local) = (told(&[]), told(&["--tz", "Asia/Kolkata"]));
    assert!(utc.contains("until the evidence ends at 2016-03-09 17:59:59Z"), "{utc}");
    assert!(local.contains("until the evidence ends at 2016-03-09 23:29:59+05:30"), "{local}");
    let quoted = |text: &str| text.lines().filter(|l| l.trim().starts_with('"')).count();
    assert_eq!(quoted(&utc), quoted(&local));
    assert_eq!(told(&["--format", "json"]), told(&["--format", "json", "--tz", "Asia/Kolkata"]));
}

#[test]
fn quiet_and_verbose() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.evtx"), b"ElfFile\0 and then nothing that makes sense").unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let check = |flags: &[&str], says: &[&str], not: &[&str]| {
        let output = run(folder.path(), &[&["analyze", refs, "broken.evtx"], flags].concat());
        let said = err(&output);
        assert!(says.iter().all(|text| said.contains(text)), "{flags:?}: {said}");
        assert!(!not.iter().any(|text| said.contains(text)), "{flags:?}: {said}");
        out(&output)
    };
    let usual = check(&[], &["warning: broken.evtx"], &["gave facts"]);
    assert_eq!(usual, check(&["-q"], &[], &["warning", "gave facts"]));
    assert_eq!(usual, check(&["-v"], &["warning: broken.evtx", "gave facts", "read and judged in"], &[]));
    let wrong = run(folder.path(), &["-q", "analyze", "missing"]);
    assert!(err(&wrong).starts_with("error: "), "{}", err(&wrong));
}

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let main = out(&run(folder.path(), &["--help"]));
    assert!(main.contains("Exit codes:"), "{main}");
    for command in ["analyze", "timeline", "explain", "records", "rules", "simulate", "completions", "man"] {
        assert!(main.contains(command));
        for flag in ["-h", "--help"] {
            let output = run(folder.path(), &[command, flag]);
            assert_eq!(code(&output), 0);
            assert!(out(&output).contains("Examples:\n  throughline "), "{command} {flag}");
            assert!(out(&output).lines().all(|line| line.chars().count() <= 100), "{command} {flag}");
        }
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(out(&run(folder.path(), &["completions", shell])).contains("throughline"), "{shell}");
    }
    assert!(out(&run(folder.path(), &["man"])).starts_with(".ie"));
    assert!(out(&run(folder.path(), &["man", "analyze"])).contains("fail\\-on"));
}

#[test]
fn an_output_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let present = |at: &Path| files(at).iter().map(|f| f.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    let output = run(at, &["analyze", refs, "--format", "json", "-o", "report.json"]);
    assert_eq!((code(&output), output.stdout.len()), (0, 0), "{}", err(&output));
    assert_eq!(present(at), ["report.json"]);
    let whole = fs::read(at.join("report.json")).unwrap();
    assert_eq!(whole, run(at, &["analyze", refs, "--format", "json"]).stdout);
    serde_json::from_slice::<serde_json::Value>(&whole).unwrap();

    fs::write(at.join("notes.txt"), b"nothing").unwrap();
    assert_eq!(code(&run(at, &["analyze", "notes.txt", "-o", "report.json"])), 4);
    assert_eq!(code(&run(at, &["records", "notes.txt", "-o", "report.json"])), 4);
    assert_eq!(code(&run(at, &["records", "notes.txt", "-o", "other"])), 4);
    assert_eq!(code(&run(at, &["analyze", refs, "-o", "none/report.json"])), 2);
    assert_eq!(code(&run(at, &["analyze", refs, "-o", "."])), 2);
    let own = run(at, &["records", "notes.txt", "-o", "./notes.txt"]);
    assert!(code(&own) == 2 && err(&own).contains("overwrite an input"), "{}", err(&own));
    assert_eq!(present(at), ["notes.txt", "report.json"]);
    assert_eq!(fs::read(at.join("report.json")).unwrap(), whole);
    assert_eq!(fs::read(at.join("notes.txt")).unwrap(), b"nothing");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let refs = refs();
    for arguments in [["analyze", refs.to_str().unwrap()], ["records", refs.to_str().unwrap()]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output =
            Command::new(PROGRAM).args(arguments).current_dir(folder.path()).stdout(full).output().unwrap();
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains("cannot write to stdout"), "{}", err(&output));
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let refs = refs();
    let refs = refs.to_str().unwrap();
    for arguments in [
        &["analyze", refs] as &[&str],
        &["timeline", refs, "--format", "jsonl"],
        &["records", refs],
        &["rules"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let mut command = Command::new(PROGRAM);
        let mut child =
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments:?}: {told}");
        assert!(!told.contains("panic") && !told.contains("error"), "{arguments:?}: {told}");
    }
}

#[test]
fn same_bundle_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for sample in fs::read_dir(samples()).unwrap() {
        let sample = sample.unwrap().path();
        let label = sample.file_name().unwrap().to_string_lossy().into_owned();
        let (first, second) = (folder.path().join("1").join(&label), folder.path().join("2").join(&label));
        copy(&sample, &first, false, str::to_owned);
        copy(&sample, &second, true, str::to_owned);
        for arguments in
            [&["analyze", "--format", "json"] as &[&str], &["analyze"], &["timeline", "--format", "jsonl"]]
        {
            let told = |bundle: &Path, threads: &str| {
                let mut all = arguments.to_vec();
                all.extend([bundle.to_str().unwrap(), "--threads", threads]);
                let output = run(folder.path(), &all);
                assert_eq!(code(&output), 0, "{all:?}\n{}", err(&output));
                output.stdout
            };
            let expected = told(&first, "1");
            assert!(!expected.is_empty());
            assert!(expected == told(&first, "1"), "{label}: two runs of {arguments:?} differ");
            assert!(expected == told(&first, "2"), "{label}: {arguments:?} differs by threads");
            assert!(
                expected == told(&second, "2"),
                "{label}: {arguments:?} differs by the order of files on disk"
            );
        }
        let mut parts: Vec<String> =
            files(&sample).iter().map(|f| f.to_string_lossy().into_owned()).collect();
        let told = |parts: &[String]| {
            let mut all = vec!["analyze", "--format", "json"];
            all.extend(parts.iter().map(String::as_str));
            run(folder.path(), &all).stdout
        };
        let expected = told(&parts);
        parts.reverse();
        assert!(expected == told(&parts), "{label}: differs by the order of arguments");
    }
}

#[test]
fn wrong_names_a_broken_file_and_archives_change_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    for sample in fs::read_dir(samples()).unwrap() {
        let sample = sample.unwrap().path();
        let label = sample.file_name().unwrap().to_string_lossy().into_owned();
        let told = |bundle: &Path| {
            let output = run(folder.path(), &["analyze", "--format", "json", bundle.to_str().unwrap()]);
            assert_eq!(code(&output), 0, "{label}: {}", err(&output));
            findings(&output.stdout)
        };
        let expected = told(&sample);
        // Traces alone name no file system: nothing is found in them, whatever they are called.
        assert_eq!(expected.is_empty(), label == "csvfs-trace", "{label}");

        // Folders stay: what lies in a node's folder may say nothing of its node by itself.
        let renamed = folder.path().join("renamed").join(&label);
        copy(&sample, &renamed, false, |path| {
            let (parent, name) = path.rsplit_once('/').map_or(("", path), |(p, n)| (p, n));
            let sum: u32 = name.bytes().fold(7, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
            format!("{parent}/{sum:08x}.dat").trim_start_matches('/').to_owned()
        });
        fs::write(renamed.join("broken.evtx"), [0x55; 5000]).unwrap();
        fs::write(renamed.join("empty_cluster.log"), []).unwrap();
        fs::write(renamed.join("cut.zip"), &zip(&[("a.log", b"text")])[..20]).unwrap();
        assert_eq!(told(&renamed), expected, "{label} renamed");

        let members: Vec<(String, Vec<u8>)> = files(&sample)
            .iter()
            .map(|f| {
                let name = f.strip_prefix(&sample).unwrap().to_string_lossy().replace('\\', "/");
                (name, fs::read(f).unwrap())
            })
            .collect();
        let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        let archive = folder.path().join(format!("{label}.bin"));
        fs::write(&archive, zip(&[("nested.zip", &zip(&members))])).unwrap();
        assert_eq!(told(&archive), expected, "{label} zipped twice");
    }
}

#[test]
fn what_was_refused_stands_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    copy(&refs(), &bundle, false, str::to_owned);
    fs::write(bundle.join("cut.zip"), &zip(&[("a.log", b"text")])[..40]).unwrap();
    fs::write(bundle.join("trace.etl"), [1, 2, 3]).unwrap();
    let output = run(folder.path(), &["analyze", "bundle", "missing.zip", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/throughline-report-1.schema.json");
    let schema: serde_json::Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    assert!(jsonschema::is_valid(&schema, &report));
    let inputs = report["bundle"]["inputs"].as_array().unwrap();
    let ledger = report["ledger"].as_array().unwrap();
    assert_eq!(inputs.len(), ledger.len());
    for (path, note) in [
        ("bundle/cut.zip", "archive_damaged"),
        ("missing.zip", "not_found"),
        ("bundle/trace.etl", "not_what_it_is_called"),
    ] {
        let at = inputs.iter().position(|input| input["path"] == path).expect(path);
        assert_eq!(ledger[at]["notes"][0]["name"], note, "{path}");
        assert_eq!(ledger[at]["input"], inputs[at]["id"], "{path}");
    }
}

#[test]
fn unknown_names_are_answered_with_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let report: serde_json::Value =
        serde_json::from_slice(&run(folder.path(), &["analyze", refs, "--format", "json"]).stdout).unwrap();
    let name = |of: &str, field: &str| report[of][0][field].as_str().unwrap().to_owned();
    let vm = name("vms", "name");
    let volume = report["volumes"][0]["names"]["friendly"].as_str().unwrap().to_owned();
    let node = report["bundle"]["nodes"][0]["name"].as_str().unwrap().to_owned();
    for (arguments, known) in [
        (&["explain", refs, "--vm", "nobody"] as &[&str], &vm),
        (&["explain", refs, "--volume", "nowhere"], &volume),
        (&["analyze", refs, "--vm", "nobody"], &vm),
        (&["timeline", refs, "--volume", "nowhere"], &volume),
        (&["analyze", refs, "--node", "nobody"], &node),
    ] {
        let output = run(folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).contains(known.as_str()), "{arguments:?}: {}", err(&output));
    }
    for arguments in [["explain", refs, "--vm", &vm], ["explain", refs, "--volume", &volume]] {
        let output = run(folder.path(), &arguments);
        assert!(code(&output) == 0 && out(&output).contains(arguments[3]), "{}", err(&output));
    }
}

#[test]
fn changes_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let check = |changes: &[&str], says: &str| {
        let output = run(folder.path(), &[&["what-if", refs], changes].concat());
        assert!(code(&output) == 2 && err(&output).contains(says), "{changes:?}: {}", err(&output));
    };
    check(&["--add-node", "HV-A"], "there already");
    check(&["--add-node", ""], "empty");
    check(&["--move", "VM-A=HV-A", "--move", "vm-a=HV-B"], "only one of them can hold");
    check(&["--owner", "Volume1=HV-A", "--owner", "Volume1=HV-B"], "only one of them can hold");
    check(&["--owner", "Volume2=HV-A"], "there is Volume1");
}

#[test]
fn nothing_reaches_the_terminal_uncleaned() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = zip(&[("evil\u{1b}]0;owned\u{7}.evtx", b"no log"), ("\u{1b}[31m_cluster.log", b"")]);
    fs::write(folder.path().join("h.zip"), hostile).unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let output = run(folder.path(), &["analyze", "h.zip"]);
    assert_eq!(code(&output), 4);
    assert!(!output.stderr.contains(&0x1b) && err(&output).contains("evil%1B"), "{}", err(&output));
    for arguments in
        [&["analyze", refs, "h.zip"] as &[&str], &["timeline", refs, "h.zip"], &["records", "h.zip", refs]]
    {
        let output = run(folder.path(), arguments);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{arguments:?}");
    }
    let coloured = run(folder.path(), &["analyze", refs, "--color", "always"]);
    assert!(coloured.stdout.contains(&0x1b));
}

#[test]
fn another_clusters_log_is_kept_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (refs(), samples().join("san-path-loss"));
    let stray =
        files(&theirs).into_iter().find(|f| f.to_string_lossy().to_lowercase().ends_with("cluster.log"));
    let Some(stray) = stray else { return };
    let bundle = folder.path().join("bundle");
    copy(&ours, &bundle, false, str::to_owned);
    fs::copy(&stray, bundle.join("node1_Cluster.log")).unwrap();
    let alone = run(folder.path(), &["analyze", "--format", "json", ours.to_str().unwrap()]);
    let with = run(folder.path(), &["analyze", "--format", "json", "bundle"]);
    assert!(err(&with).contains("node1_Cluster.log: belongs to another cluster"), "{}", err(&with));
    assert_eq!(findings(&with.stdout), findings(&alone.stdout));
}

#[test]
fn a_clock_of_nobody_is_told() {
    let refs = refs();
    for (skew, warned) in [("NOPE=+1s", true), ("hv-a=+1s", false)] {
        let output = run(Path::new("."), &["analyze", refs.to_str().unwrap(), "--skew", skew]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        assert_eq!(err(&output).contains("no node is called `NOPE`"), warned, "{}", err(&output));
    }
}

#[test]
fn another_clusters_state_is_kept_out() {
    let folder = tempfile::tempdir().unwrap();
    let told = |bundle: &str| -> serde_json::Value {
        let output = run(folder.path(), &["analyze", "--format", "json", bundle]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let kept_out = |report: &serde_json::Value| -> Vec<String> {
        let inputs = report["bundle"]["inputs"].as_array().unwrap().clone();
        let out = inputs.into_iter().filter(|i| i["foreign"] == true);
        out.map(|input| input["path"].as_str().unwrap().to_owned()).collect()
    };
    // Two clusters in one folder: none of the state of the smaller one.
    let both = folder.path().join("both");
    copy(&refs(), &both.join("refs"), false, str::to_owned);
    copy(&samples().join("s2d-by-design"), &both.join("s2d"), false, str::to_owned);
    let report = told("both");
    assert_eq!(report["bundle"]["cluster"], "CEDAR-S2D");
    let out = kept_out(&report);
    for state in ["refs/State/Cluster.xml", "refs/State/ClusterNetwork.xml"] {
        assert!(out.iter().any(|path| path == state), "{out:?}");
    }
    assert!(out.iter().all(|path| path.starts_with("refs/")), "{out:?}");
    // One stray snapshot of a whole cluster, beside state that names another and beside none.
    let stray = samples().join("s2d-by-design/GetCluster.XML");
    let (named, unnamed) = (folder.path().join("named"), folder.path().join("unnamed"));
    for (bundle, state) in [(&named, true), (&unnamed, false)] {
        copy(&samples().join("san-path-loss"), bundle, false, str::to_owned);
        fs::remove_file(bundle.join("State/Cluster.xml")).unwrap();
        if !state {
            fs::remove_dir_all(bundle.join("State")).unwrap();
        }
        fs::copy(&stray, bundle.join("Old_GetCluster.XML")).unwrap();
    }
    let report = told("named");
    assert_eq!(
        (kept_out(&report), &report["bundle"]["cluster"]),
        (vec!["Old_GetCluster.XML".into()], &"BIRCH-CLU".into())
    );
    let report = told("unnamed");
    assert_eq!((kept_out(&report), &report["bundle"]["cluster"]), (Vec::new(), &serde_json::Value::Null));
    assert!(report["ledger"].to_string().contains("cluster_not_confirmed"));
    assert!(!report["volumes"].to_string().contains("spaces_direct"), "{}", report["volumes"]);
}

#[test]
fn records_of_any_input() {
    let folder = tempfile::tempdir().unwrap();
    let refs = refs();
    let refs = refs.to_str().unwrap();
    let all = run(folder.path(), &["records", refs]);
    assert_eq!(code(&all), 0, "{}", err(&all));
    let lines: Vec<serde_json::Value> = out(&all).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let (accounts, entries): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.get("ledger").is_some());
    let counted: u64 = accounts.iter().map(|a| a["ledger"]["entries"].as_u64().unwrap()).sum();
    let malformed: u64 = accounts.iter().map(|a| a["ledger"]["malformed"].as_u64().unwrap()).sum();
    assert_eq!(accounts.len(), files(Path::new(refs)).len());
    assert!(entries.len() as u64 <= counted && entries.len() as u64 >= counted - malformed && counted > 0);
    let provider = entries.iter().find_map(|e| e["provider"].as_str().filter(|p| !p.is_empty())).unwrap();
    let some = run(folder.path(), &["records", refs, "--provider", provider, "--format", "csv"]);
    let of =
        entries.iter().filter(|e| e["provider"].as_str().is_some_and(|p| p.eq_ignore_ascii_case(provider)));
    let (of, some) = (of.count(), out(&some));
    assert!(some.starts_with("input,place,offset,time,node,provider,id,level,fields,utc\n"));
    assert!(some.lines().count() > of, "{provider}: {of}");
}

/// Each I/O of a trace is a row; the trace is one that the command makes itself.
#[test]
fn records_of_a_simulated_trace() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["simulate", "--scenario", "csvfs-trace", "--rate", "1", "--lost", "0", "--out", "made"];
    let made = run(folder.path(), &arguments);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let truth: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("made/truth.json")).unwrap()).unwrap();
    let minutes = truth["minutes"].as_array().unwrap();
    for (node, id, mode) in [("CEDAR1", "12320", "direct"), ("CEDAR2", "12336", "file_system_redirected")] {
        let own = minutes.iter().filter(|minute| minute["node"] == node && minute["mode"] == mode);
        let operations: u64 = own.map(|minute| minute["operations"].as_u64().unwrap()).sum();
        let trace = format!("made/{node}/csv_trace.etl");
        let rows = out(&run(folder.path(), &["records", &trace, "--id", id]));
        let rows = rows.lines().filter(|line| line.contains("\"Duration\""));
        assert_eq!(rows.count() as u64, operations, "{node}");
    }
    let refused =
        run(folder.path(), &["simulate", "--scenario", "csvfs-trace", "--lost", "101", "--out", "x"]);
    assert_eq!(code(&refused), 2);
}
