//! `records` as people meet it: one timeline of all inputs, the same at any number of threads.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::bundle::zip;

const PROGRAM: &str = env!("CARGO_BIN_EXE_throughline");

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("records").args(arguments).current_dir(folder).env("THROUGHLINE_CONFIG", "");
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    out(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where an entry stands, its time in UTC without its day, and the first word of its text.
fn short(entry: &Value) -> String {
    let input = entry["input"].as_str().unwrap();
    let at = &entry["at"];
    let place = at["line"].as_u64().or(at["record"].as_u64()).or(at["offset"].as_u64()).unwrap();
    let utc = entry["utc"].as_str().map_or("-", |utc| &utc[11..23]);
    let text = entry["fields"]["text"].as_str().or(entry["fields"]["1"].as_str()).unwrap_or_default();
    format!("{input}:{place} {utc} {}", text.split_whitespace().next().unwrap_or_default())
}

/// Files, arguments behind them, and the entries as [`short`] shows them. What was said on the way is returned.
fn check(files: &[(&str, Vec<u8>)], arguments: &[&str], expect: &[&str]) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let names: Vec<&str> = files.iter().rev().map(|(name, _)| *name).collect();
    let mut first: Option<Output> = None;
    for threads in ["1", "2", "7"] {
        let output = run(folder.path(), &[&names, arguments, &["--threads", threads]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let first = first.get_or_insert_with(|| output.clone());
        assert_eq!((out(&output), err(&output)), (out(first), err(first)), "{threads} threads");
    }
    let first = first.unwrap();
    let (accounts, entries): (Vec<Value>, Vec<Value>) =
        lines(&first).into_iter().partition(|line| line.get("ledger").is_some());
    let got: Vec<String> = entries.iter().map(|entry| short(entry).replace("z.zip!/", "")).collect();
    assert_eq!(got, expect);
    (accounts, err(&first))
}

const UTC: &str = "[=== Cluster ===]\nThe logs were generated using GMT\n[=== Cluster Logs ===]\n";

/// A line at a second, with a first word.
fn line(second: u32, word: &str) -> String {
    format!(
        "00000a10.00000b10::2021/03/04-10:{:02}:{:02}.125 INFO  [RCM] {word} happened\n",
        second / 60,
        second % 60
    )
}

fn log(front: &str, entries: &[(u32, &str)]) -> Vec<u8> {
    let lines: String = entries.iter().map(|(second, word)| line(*second, word)).collect();
    format!("{front}{lines}").into_bytes()
}

fn wide(bytes: &[u8]) -> Vec<u8> {
    let text = format!("\u{FEFF}{}", String::from_utf8(bytes.to_vec()).unwrap());
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn logs_of_several_nodes_are_one_timeline() {
    let a = log(UTC, &[(0, "a"), (1, "b"), (5, "c"), (6, "d"), (6, "e")]);
    let b = log(UTC, &[(1, "f"), (4, "g"), (6, "h"), (9, "i")]);
    // Of one moment: in the order of inputs, whatever the order of arguments.
    let expect = [
        "a.log:2 - The",
        "b.log:2 - The",
        "a.log:4 10:00:00.125 a",
        "a.log:5 10:00:01.125 b",
        "b.log:4 10:00:01.125 f",
        "b.log:5 10:00:04.125 g",
        "a.log:6 10:00:05.125 c",
        "a.log:7 10:00:06.125 d",
        "a.log:8 10:00:06.125 e",
        "b.log:6 10:00:06.125 h",
        "b.log:7 10:00:09.125 i",
    ];
    let (accounts, said) = check(&[("a.log", a.clone()), ("b.log", b.clone())], &[], &expect);
    assert_eq!(accounts[0]["ledger"]["times"], "log in UTC, by its header");
    assert_eq!(said.lines().count(), 1, "{said}");
    check(&[("a.log", wide(&a)), ("b.log", b.clone())], &[], &expect);
    let returns = String::from_utf8(a.clone()).unwrap().replace('\n', "\r\n").into_bytes();
    check(&[("a.log", returns.clone()), ("b.log", wide(&b))], &[], &expect);
    // As each file has it.
    let mut file = expect;
    file.sort_by_key(|entry| entry.starts_with('b'));
    check(&[("a.log", returns), ("b.log", b)], &["--order", "file"], &file);
}

#[test]
fn sections_begin_anew_in_time() {
    let text = |system: &str, engine: &str| {
        format!(
            "[=== Cluster ===]\nThe logs were generated using GMT\n[=== System ===]\n{system}[=== Cluster Logs ===]\n{engine}"
        )
    };
    let system = format!("[System] {}[System] {}", line(3, "s"), line(8, "t"));
    // Continuation lines stay with theirs, and a line out of order stays behind the one in front of it.
    let engine = format!(
        "{}{} second line\n\n third\n{}{}{}",
        line(0, "a"),
        line(5, "b"),
        line(4, "c"),
        line(7, "d"),
        "00000a10.00000b10::<DateTime> INFO  [RCM] untimed happened\n"
    );
    let whole = text(&system, &engine);
    let expect = [
        "x.log:2 - The",
        "x.log:7 10:00:00.125 a",
        "x.log:4 10:00:03.125 s",
        "x.log:8 10:00:05.125 b",
        "x.log:12 10:00:04.125 c",
        "x.log:13 10:00:07.125 d",
        "x.log:14 - untimed",
        "x.log:5 10:00:08.125 t",
    ];
    check(&[("x.log", whole.clone().into_bytes())], &[], &expect);
    check(&[("x.log", wide(whole.as_bytes()))], &[], &expect);
    // Cut inside of its last line.
    let cut = whole.trim_end_matches(" untimed happened\n").to_owned();
    let mut expect = expect;
    expect[6] = "x.log:14 - ";
    check(&[("x.log", cut.into_bytes())], &[], &expect);
}

#[test]
fn times_are_told_in_utc_or_not_at_all() {
    let utc = ("u.log", log(UTC, &[(0, "a"), (30, "b")]));
    let unsaid = ("v.log", log("", &[(10, "c")]));
    let doubt = ["u.log:2 - The", "u.log:4 10:00:00.125 a", "v.log:1 - c", "u.log:5 10:00:30.125 b"];
    let (accounts, said) = check(&[utc.clone(), unsaid.clone()], &[], &doubt);
    assert!(said.contains("v.log: 1 entries have no sure time in UTC"), "{said}");
    let times = accounts[1]["ledger"]["times"].as_str().unwrap();
    assert!(times.contains("give --tz"), "{times}");
    // An hour before UTC in winter.
    let sure =
        ["u.log:2 - The", "v.log:1 09:00:10.125 c", "u.log:4 10:00:00.125 a", "u.log:5 10:00:30.125 b"];
    let (_, said) = check(&[utc.clone(), unsaid], &["--tz", "Europe/Berlin"], &sure);
    assert_eq!(said.lines().count(), 1, "{said}");
    let local = UTC.replace(
        "The logs were generated using GMT",
        "UTC = localtime + time zone offset;the time zone offset of this machine is 420 minutes, or 7 hours\n\
         The logs were generated using local time",
    );
    let local = ("w.log", log(&local, &[(20, "d")]));
    let told = [
        "u.log:2 - The",
        "w.log:2 - UTC",
        "w.log:3 - The",
        "u.log:4 10:00:00.125 a",
        "u.log:5 10:00:30.125 b",
        "w.log:5 17:00:20.125 d",
    ];
    check(&[utc, local], &[], &told);
}

#[test]
fn every_kind_of_input_is_in_it() {
    for sample in ["refs-two-node", "san-path-loss", "csvfs-trace"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
        let path = path.to_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let by_time = run(folder.path(), &[path, "--threads", "2"]);
        assert_eq!(out(&run(folder.path(), &[path, "--threads", "1"])), out(&by_time));
        let by_file = run(folder.path(), &[path, "--order", "file"]);
        let sorted = |output: &Output| {
            let mut lines: Vec<String> = out(output).lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&by_time), sorted(&by_file), "{sample}");
        let times: Vec<String> =
            lines(&by_time).iter().filter_map(|line| Some(line["utc"].as_str()?[..23].to_owned())).collect();
        let late = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!(times.len() > 20 && late * 50 < times.len(), "{sample}: {late} of {}", times.len());
        let inputs = lines(&by_time).windows(2).filter(|pair| pair[0]["input"] != pair[1]["input"]).count();
        assert!(inputs > 20, "{sample}: {inputs}");
    }
}

/// Packed traces must be unpacked before they are read, and all of them are read at once.
#[test]
fn packed_traces_are_merged_too() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/csvfs-trace");
    let trace = fs::read(sample.join("CEDAR1/csv_trace.etl")).unwrap();
    let other = fs::read(sample.join("CEDAR2/csv_trace.etl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 4] =
        [("a.etl", &trace), ("b.etl", &other), ("c.etl", &trace), ("d.etl", &other)];
    fs::write(folder.path().join("z.zip"), zip(&files)).unwrap();
    fs::create_dir(folder.path().join("z")).unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join("z").join(name), bytes).unwrap());
    let packed = run(folder.path(), &["z.zip"]);
    assert_eq!(packed.status.code(), Some(0), "{}", err(&packed));
    let plain = out(&run(folder.path(), &["z"]));
    assert!(
        out(&packed).replace("z.zip!/", "") == plain,
        "members come in another order, or not all of them"
    );
    assert!(out(&packed).lines().count() > 1000);
}

#[test]
fn members_of_archives_and_filters() {
    let text = format!(
        "{UTC}{}[=== System ===]\n[System] {}",
        line(5, "a"),
        "00000a10.00000b10::2021/03/04-10:00:03.125 ERR   Cluster Shared Volume 'Volume1' ('Cluster Disk 1') has entered a paused state because of 'STATUS_IO_TIMEOUT(c00000b5)'. All I/O will temporarily be queued until a path to the volume is reestablished.\n"
    );
    let packed = zip(&[("x.log", text.as_bytes()), ("y.log", &log(UTC, &[(4, "b")]))]);
    let expect = [
        "x.log:2 - The",
        "y.log:2 - The",
        "x.log:6 10:00:03.125 Cluster",
        "y.log:4 10:00:04.125 b",
        "x.log:4 10:00:05.125 a",
    ];
    check(&[("z.zip", packed.clone())], &[], &expect);
    check(&[("z.zip", packed.clone())], &["--id", "5120"], &expect[2..3]);
    check(&[("z.zip", packed.clone())], &["--provider", "rcm"], &expect[3..]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("z.zip"), packed).unwrap();
    let cells = out(&run(folder.path(), &["z.zip", "--format", "csv", "--provider", "RCM"]));
    let cells: Vec<&str> = cells.lines().collect();
    assert_eq!(cells[0], "input,place,offset,time,node,provider,id,level,fields,utc");
    assert!(
        cells[1].starts_with("z.zip!/y.log,line 4,") && cells[1].ends_with("2021-03-04T10:00:04.125Z"),
        "{}",
        cells[1]
    );
    assert_eq!(cells.len(), 3);
}

/// Thousands of sections, damage, and entries that outgrow every buffer.
#[test]
fn hostile_logs() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(folder.path().join("many.log")).unwrap();
    for section in 0..3000 {
        write!(file, "[=== Section {section} ===]\n{}", line(section % 60, "a")).unwrap();
    }
    let mut file = fs::File::create(folder.path().join("long.log")).unwrap();
    write!(file, "{}{}", line(1, "b"), "x".repeat(3 << 20)).unwrap();
    write!(file, "\n{}{}", line(2, "c"), "more of it\n".repeat(500_000)).unwrap();
    write!(file, "{}", line(3, "d")).unwrap();
    fs::write(folder.path().join("empty.log"), "").unwrap();
    fs::write(folder.path().join("zeros_cluster.log"), vec![0; 100_000]).unwrap();
    let output = run(folder.path(), &["."]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let entries = lines(&output);
    let of = |name: &str| entries.iter().filter(|entry| entry["input"] == name).count();
    assert_eq!((of("many.log"), of("long.log"), of("empty.log")), (3000, 3, 0));
    let strict = run(folder.path(), &[".", "--strict"]);
    assert_eq!(strict.status.code(), Some(3), "{}", err(&strict));
}
