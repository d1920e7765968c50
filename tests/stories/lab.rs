//! The published lab, row by row: `Get-ClusterSharedVolumeState` of three two-node clusters and a stretched one, as
//! printed there (microsoft/MSLab, Scenarios/TestingCSVRedirection, `*_CSVState.png`; Windows Server 2016, updated for 2019).
//! Owners are those of its `*_Disks.png`; what lies below the volumes is told by the snapshots that tell it elsewhere.

use serde_json::{Value, json};
use throughline::compare::{Document, changes};

use super::said;
use crate::truth::lanes::list;

const SAN: &str = "\
NTFS               SAN1                      Direct          NotBlockRedirected       NotFileSystemRedirected
NTFS               SAN2                      Direct          NotBlockRedirected       NotFileSystemRedirected
ReFS               SAN1        FileSystemRedirected          NotBlockRedirected                FileSystemReFs
ReFS               SAN2        FileSystemRedirected          NotBlockRedirected                FileSystemReFs
";

const SHARED_SPACES: &str = "\
NTFS               SharedSS1        BlockRedirected          NoDiskConnectivity       NotFileSystemRedirected
NTFS               SharedSS2                 Direct          NotBlockRedirected       NotFileSystemRedirected
REFS               SharedSS1   FileSystemRedirected          NotBlockRedirected                FileSystemReFs
REFS               SharedSS2   FileSystemRedirected          NotBlockRedirected                FileSystemReFs
TieredNTFS         SharedSS1   FileSystemRedirected          NotBlockRedirected             FileSystemTiering
TieredNTFS         SharedSS2   FileSystemRedirected          NotBlockRedirected             FileSystemTiering
";

const SPACES_DIRECT: &str = "\
NTFS               S2D1             BlockRedirected          NoDiskConnectivity       NotFileSystemRedirected
NTFS               S2D2                      Direct          NotBlockRedirected       NotFileSystemRedirected
ReFS               S2D1        FileSystemRedirected          NotBlockRedirected                FileSystemReFs
ReFS               S2D2        FileSystemRedirected          NotBlockRedirected                FileSystemReFs
";

const STORAGE_REPLICA: &str = "\
NTFS               SRSite1_Node1    BlockRedirected    VolumeReplicationEnabled       NotFileSystemRedirected
NTFS               SRSite1_Node2             Direct          NotBlockRedirected       NotFileSystemRedirected
NTFS               SRSite2_Node1    BlockRedirected    VolumeReplicationEnabled       NotFileSystemRedirected
NTFS               SRSite2_Node2    BlockRedirected    VolumeReplicationEnabled       NotFileSystemRedirected
ReFS               SRSite1_Node1 FileSystemRedirected        NotBlockRedirected                FileSystemReFs
ReFS               SRSite1_Node2 FileSystemRedirected        NotBlockRedirected                FileSystemReFs
ReFS               SRSite2_Node1 FileSystemRedirected        NotBlockRedirected                FileSystemReFs
ReFS               SRSite2_Node2 FileSystemRedirected        NotBlockRedirected                FileSystemReFs
Volume2            SRSite1_Node1             Direct          NotBlockRedirected       NotFileSystemRedirected
Volume2            SRSite1_Node2             Direct          NotBlockRedirected       NotFileSystemRedirected
Volume2            SRSite2_Node1    BlockRedirected          NoDiskConnectivity       NotFileSystemRedirected
Volume2            SRSite2_Node2    BlockRedirected          NoDiskConnectivity       NotFileSystemRedirected
";

/// One volume of the lab: name, owner, file system, number of its disk, tiered.
type Volume = (&'static str, &'static str, &'static str, u32, bool);

/// The report on one cluster of the lab. `bus`: of the disks, as `Get-Disk` prints it.
fn report(rows: &str, volumes: &[Volume], bus: &str, spaces_direct: bool) -> Value {
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split_whitespace().collect()).collect();
    let list_of = |rows: &[Vec<&str>]| -> String {
        let names = [
            "VolumeFriendlyName",
            "Node",
            "StateInfo",
            "BlockRedirectedIOReason",
            "FileSystemRedirectedIOReason",
        ];
        let object = |row: &Vec<&str>| -> String {
            names.iter().zip(row).map(|(name, value)| format!("{name:<28} : {value}\n")).collect()
        };
        rows.iter().map(object).collect::<Vec<_>>().join("\n")
    };
    let mut nodes: Vec<&str> = rows.iter().map(|row| row[1]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let json = |value: Value| serde_json::to_vec(&value).unwrap();
    let resource = |name: &str| match bus {
        "Spaces" => format!("Cluster Virtual Disk ({name})"),
        _ => name.to_owned(),
    };
    let shared = volumes.iter().map(|(name, owner, file_system, ..)| {
        json!({"Name": resource(name), "OwnerNode": {"Name": owner, "State": 0}, "State": 2, "SharedVolumeInfo": [{
            "FaultState": 0, "FriendlyVolumeName": format!(r"C:\ClusterStorage\{name}"), "MaintenanceMode": false,
            "RedirectedAccess": false, "Partition": {"FileSystem": file_system}}]})
    });
    let mut files = vec![
        ("State/csv-state.txt".to_owned(), list_of(&rows).into_bytes()),
        ("State/csv.json".to_owned(), json(shared.collect())),
        (
            "State/cluster.json".to_owned(),
            json(json!({"Name": "lab", "Domain": "corp.contoso.com",
            "S2DEnabled": i32::from(spaces_direct), "ClusterFunctionalLevel": 9, "CsvBalancer": 1,
            "SharedVolumeCompatibleFilters": [], "SharedVolumeIncompatibleFilters": []})),
        ),
    ];
    let member = |(at, name): (usize, &&str)| {
        json!({"Name": name, "Id": (at + 1).to_string(), "NodeName": name, "State": 0, "Cluster": "lab",
            "BuildNumber": 14393, "NodeWeight": 1})
    };
    files.push(("State/node.json".into(), json(nodes.iter().enumerate().map(member).collect())));
    if bus == "Spaces" {
        let space = |(name, _, _, _, tiered): &Volume| {
            json!({"ObjectId": format!(r#"{{1}}\\lab\root/Microsoft/Windows/Storage/Providers_v2\SPACES_VirtualDisk.ObjectId="x""#),
                "FriendlyName": name, "ResiliencySettingName": "Mirror", "IsTiered": tiered, "HealthStatus": 0})
        };
        files.push(("State/virtual-disk.json".into(), json(volumes.iter().map(space).collect())));
    }
    for node in &nodes {
        let entry = "000012c0.00001230::2019/06/19-10:00:00.000 INFO  [CS] Starting clussvc as a service\r\n";
        files.push((format!("{node}_cluster.log"), entry.into()));
        let disks = volumes.iter().map(|(name, _, _, number, _)| {
            json!({"Number": number, "FriendlyName": name, "BusType": bus, "PSComputerName": node})
        });
        files.push((format!("{node}/disk.json"), json(disks.collect())));
    }
    said(files).1
}

/// Every row's mode is in the report as printed, with its reasons.
fn modes(rows: &str, report: &Value) {
    for row in rows.lines() {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [volume, node, state, block, file_system] = words[..] else { panic!("{row}") };
        let story = list(&report["volumes"]).find(|v| v["names"]["friendly"] == volume).unwrap();
        let last = list(&story["io_mode"])
            .filter(|mode| mode["node"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(node)))
            .last();
        let last = last.unwrap_or_else(|| panic!("{row}: {story:#}"));
        let reasons = |of: &str, none: &str| {
            let named: Vec<&str> = list(&last[of]).filter_map(Value::as_str).collect();
            if named.is_empty() { none.to_owned() } else { named.join(", ") }
        };
        let said = (
            last["mode"].as_str().unwrap_or("-"),
            reasons("block_reasons", "NotBlockRedirected"),
            reasons("file_system_reasons", "NotFileSystemRedirected"),
        );
        assert_eq!(said, (state, block.to_owned(), file_system.to_owned()), "{row}");
    }
}

/// What each volume's findings amount to: rule and verdict, sorted.
fn findings(report: &Value, expect: &[(&str, &str, &str)]) {
    let name = |id: &Value| {
        let volume = list(&report["volumes"]).find(|v| v["id"] == *id);
        volume.and_then(|v| v["names"]["friendly"].as_str()).unwrap_or("-")
    };
    let mut said: Vec<(&str, &str, &str)> = list(&report["findings"])
        .flat_map(|f| {
            let word = |of: &str| f[of].as_str().unwrap_or("-");
            let told = (word("rule"), word("verdict"));
            list(&f["subjects"]["volumes"]).map(move |v| (name(v), told.0, told.1))
        })
        .collect();
    said.sort_unstable();
    said.dedup();
    assert_eq!(said, expect, "{:#}", report["volumes"][0]["storage"]);
}

#[test]
fn lab_tables_come_out_row_by_row() {
    let (spaces, refs) = ("space-attached-elsewhere", "refs");
    let san = report(
        SAN,
        &[("NTFS", "SAN2", "NTFS", 1, false), ("ReFS", "SAN2", "ReFS", 2, false)],
        "iSCSI",
        false,
    );
    modes(SAN, &san);
    findings(&san, &[("ReFS", refs, "by_design")]);
    let volumes = [
        ("NTFS", "SharedSS2", "NTFS", 13, false),
        ("REFS", "SharedSS2", "ReFS", 14, false),
        ("TieredNTFS", "SharedSS2", "NTFS", 15, true),
    ];
    let shared = report(SHARED_SPACES, &volumes, "Spaces", false);
    modes(SHARED_SPACES, &shared);
    let expect = [
        ("NTFS", spaces, "by_design"),
        ("REFS", refs, "by_design"),
        ("TieredNTFS", "tiered-space", "by_design"),
    ];
    findings(&shared, &expect);
    let direct = [("NTFS", "S2D2", "NTFS", 1, false), ("ReFS", "S2D2", "ReFS", 2, false)];
    let direct = report(SPACES_DIRECT, &direct, "Spaces", true);
    modes(SPACES_DIRECT, &direct);
    findings(&direct, &[("NTFS", spaces, "by_design"), ("ReFS", refs, "by_design")]);
    let owner = "SRSite1_Node2";
    let replica = [
        ("NTFS", owner, "NTFS", 3, false),
        ("ReFS", owner, "ReFS", 2, false),
        ("Volume2", owner, "NTFS", 1, false),
    ];
    let replica = report(STORAGE_REPLICA, &replica, "SAS", false);
    modes(STORAGE_REPLICA, &replica);
    let faults = list(&replica["findings"]).filter(|f| f["verdict"] == "fault").count();
    assert_eq!(faults, 0, "{:#}", replica["findings"]);
}

/// Scenario 2 of the domain facts: three nodes, three volumes, nine rows. One volume after the other is formatted anew with
/// NTFS, and becomes direct on every node.
#[test]
fn three_snapshots_tell_what_was_reformatted() {
    const NAMES: [&str; 3] = ["CSV1", "CSV2", "CSV3"];
    let snapshot = |reformatted: usize| -> Value {
        let row = |at: usize, node: &str| match at < reformatted {
            true => format!("{} {node} Direct NotBlockRedirected NotFileSystemRedirected\n", NAMES[at]),
            false => format!("{} {node} FileSystemRedirected NotBlockRedirected FileSystemReFs\n", NAMES[at]),
        };
        let nodes = ["HV1", "HV2", "HV3"];
        let rows: String = (0..3).flat_map(|at| nodes.map(|node| row(at, node))).collect();
        let volume = |at: usize| -> Volume {
            (NAMES[at], nodes[at], if at < reformatted { "NTFS" } else { "ReFS" }, at as u32 + 1, false)
        };
        let report = report(&rows, &[volume(0), volume(1), volume(2)], "iSCSI", false);
        modes(&rows, &report);
        let expect: Vec<_> = NAMES[reformatted..].iter().map(|name| (*name, "refs", "by_design")).collect();
        findings(&report, &expect);
        report
    };
    let reports = [0, 1, 3].map(snapshot);
    let told = |at: usize| -> Vec<String> {
        let [before, after] =
            [&reports[at], &reports[at + 1]].map(|report| Document::parse(&report.to_string()).unwrap());
        let all = changes(&before, &after);
        let modes = all.iter().filter(|change| change.what.starts_with("mode on"));
        let short = |mode: &str| mode.split([' ', ':']).next().unwrap_or_default().to_owned();
        modes.map(|c| format!("{}, {}: {} => {}", c.of, c.what, short(&c.before), short(&c.after))).collect()
    };
    let expect = |names: &[&str]| -> Vec<String> {
        let one = |name: &&str| {
            let line = |node: &str| format!("volume {name}, mode on {node}: FileSystemRedirected => Direct");
            ["HV1", "HV2", "HV3"].map(line)
        };
        names.iter().flat_map(one).collect()
    };
    assert_eq!(told(0), expect(&["CSV1"]));
    assert_eq!(told(1), expect(&["CSV2", "CSV3"]));
}

/// Scenario 30: who is told that ReFS is direct since 2016 reads in the report that it is wrong, and why.
#[test]
fn wrong_advice_is_contradicted() {
    let volumes = [("NTFS", "SAN2", "NTFS", 1, false), ("ReFS", "SAN2", "ReFS", 2, false)];
    let san = report(SAN, &volumes, "iSCSI", false);
    let told = list(&san["advice"]).find(|told| told["id"] == "refs-is-direct-since-2016").unwrap();
    assert_eq!(told["fits"], "does not apply", "{told:#}");
    assert!(told["why"].as_str().is_some_and(|why| why.contains("It is wrong")), "{told:#}");
    assert!(list(&told["evidence"]).next().is_some(), "{told:#}");
}
