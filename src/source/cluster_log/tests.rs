//! Whole files through the reader: a complete log in every encoding, real lines, hostile bytes.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use super::{SOURCE, quote_from, read_from, records_from, sniff};
use crate::bundle::Input;
use crate::fact::{
    Channel, Claim, ClockClaim, GroupClaim, GroupKind, GroupRef, Guid, InputId, MoveKind, Name, NodeClaim,
    NodeRef, NodeState, Origin, Place, ResourceClaim, ResourceRef, Stamp, TimeBase, VolumeClaim, VolumeRef,
    VolumeState,
};
use crate::source::{Head, Reading};

/// A log as 2016 and later write it, of one node of two. Names and ids are made up.
const LOG: &str = "\
[=== Cluster ===]
Build Number 17763
UTC = localtime + time zone offset;the time zone offset of this machine is -60 minutes, or -1 hours
The logs were generated using local time
Current node: name (hv-07) id (1)
Something new in this build

[=== Resources ===]
ObjectId,ObjectName,resourceType,OwnerGroup,_state,_embeddedFailureAction,_embeddedFailureAction,
d1000000-0000-4000-8000-000000000001,Cluster Disk 1,Physical Disk,91000000-0000-4000-8000-000000000001,Online,1,2,
d1000000-0000-4000-8000-000000000002,Virtual Machine web,Virtual Machine,91000000-0000-4000-8000-000000000002,4,1,2,
broken,row,with,more,cells,than,the,header,has,

[=== Groups ===]
ObjectId,ObjectName,_groupType,resources,_pOwnerNode,_state,
91000000-0000-4000-8000-000000000001,91aa0000-csv,5,d1000000-0000-4000-8000-000000000001 ,2,Online,
91000000-0000-4000-8000-000000000002,web,111,d1000000-0000-4000-8000-000000000002,1,0,

[=== Resource Types ===]
Name,a,b,c,
Physical Disk,1,2,3,

[=== Nodes ===]
Name,Id,NodeNumber,state,paused,
hv-07,1,1,Up,false,
hv-08,2,2,Up,true,

[=== Networks ===]
Name,Id,role,state,metric,PrefixList,ignore,ignore,
CSV,1,1,3,900,10.9.0.0/24,,,

[=== Volumes ===]
friendlyName,ResourceId,_volumeFullName,mappingMode,CsvFsState,RedirectIoForSnapshot,
Volume1,d1000000-0000-4000-8000-000000000001,\\\\?\\Volume{0a000000-0000-4000-8000-000000000001}\\,3,4,true,

[=== Volume Logs ===]
free text

[=== System ===]
[System] 00000a10.00000b10::2021/03/04-10:00:00.000 WARN  Cluster Shared Volume 'Volume1' ('Cluster Disk 1') has entered a paused state because of 'STATUS_IO_TIMEOUT(c00000b5)'. All I/O waits.
[System] 00000a10.00000b10::2021/03/04-10:05:00.000 DBG   Cluster node 'hv-08' was removed from the active failover cluster membership. So.
 It may be

 the network.
[System] 00000a10.00000b10::2021/03/04-10:06:00.000 ERR   Ein Text in einer anderen Sprache.

[=== Microsoft-Windows-FailoverClustering/Operational logs ===]
[Operational] 00000a10.00000b11::2021/03/04-10:00:30.000 INFO  Clustered role 'web' is moving from cluster node 'hv-07' to cluster node 'hv-08'.

[=== Microsoft-Windows-FailoverClustering/DiagnosticVerbose ===]
[Verbose] 00000a10.00000b12::2021/03/04-10:00:31.000 INFO  [RCM] move of group web from hv-07(1) to hv-08(2) of type MoveType::Manual is about to succeed, failoverCount=0, lastFailoverTime=2021/03/04-11:00:31.000 targeted=true
[Verbose] 00000a10.00000b12::2021/03/04-10:00:32.000 DBG   [RCM] only here

[=== Cluster Logs ===]
00000a10.00000b12::2021/03/04-09:00:00.000 INFO  [CORE] Node 1: Proposed View is <ViewChanged joiners=(2) downers=() newView=101(1 2) oldView=1(1) joiner=false form=false/>
00000a10.00000b12::2021/03/04-10:00:31.000 INFO  [RCM] move of group web from hv-07(1) to hv-08(2) of type MoveType::Manual is about to succeed, failoverCount=0, lastFailoverTime=2021/03/04-11:00:31.000 targeted=true
00000a10.00000b12::2021/03/04-10:00:40.000 INFO  [ZZZ] who is this
00000a10.00000b12::2021/03/04-10:00:50.000 INFO  [RCM] Handling downed nodes (2). Nodes in isolated state ()
00000a10.00000b12::2021/03/04-10:10:00.000 INFO  [GUM] Node 1: Executing locally gumId: 7
00000c20.00000b12::2021/03/04-10:30:00.000 INFO  ---+ LOG BEGIN +---
00000c20.00000b12::2021/03/04-10:30:01.000 INFO  [RES] Physical Disk <Cluster Disk 1>: SomeCall: says something
00000c20.00000b12::2021/03/04-10:3
";

fn input() -> Input {
    Input { id: InputId(3), path: "n_cluster.log".into(), bytes: 0, node_override: None, node_hint: None }
}

fn read(bytes: &[u8]) -> Reading {
    let reading = read_from(&input(), bytes);
    assert!(reading.tally.balances());
    reading
}

/// Entries, then the four boxes.
fn counts(reading: &Reading) -> [u64; 5] {
    let tally = &reading.tally;
    [tally.entries, tally.facts, tally.silent, tally.unknown, tally.malformed]
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn guid(text: &str) -> Guid {
    Guid::parse(text).expect("a guid")
}

fn said(reading: &Reading, stamp: Stamp, claim: &Claim) -> bool {
    reading.facts.iter().any(|fact| fact.stamp == stamp && fact.claim == *claim)
}

/// 2021-03-04 at the hour, minute and second, as a stamp of the file.
fn at(hour: i64, minute: i64, second: i64) -> Stamp {
    Stamp::File((1_614_816_000 + hour * 3600 + minute * 60 + second) * 1_000_000_000)
}

#[test]
fn a_whole_log_in_every_encoding() {
    let plain = read(LOG.as_bytes());
    assert_eq!(counts(&plain), [48, 20, 22, 4, 2]);
    let claims = |reading: &Reading| -> Vec<_> {
        reading.facts.iter().map(|fact| (fact.stamp, fact.claim.clone(), fact.origin.place)).collect()
    };
    let crlf = LOG.replace('\n', "\r\n");
    let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
    for bytes in [
        crlf.clone().into_bytes(),
        marked(b"\xEF\xBB\xBF", crlf.clone().into_bytes()),
        marked(b"\xFF\xFE", utf16(&crlf)),
        utf16(&crlf),
        utf16(LOG),
    ] {
        let other = read(&bytes);
        assert_eq!(counts(&other), counts(&plain));
        assert_eq!(claims(&other), claims(&plain));
        assert!(sniff(&Head {
            path: "x",
            bytes: &bytes[..bytes.len().min(65536)],
            size: bytes.len() as u64
        }));
    }
    let ansi = b"1.2::2021/03/04-10:00:00.000 INFO  [RHS] Resource caf\xE9 has come online. So\n";
    let name = Some(Name::new("café"));
    assert!(matches!(&read(ansi).facts[0].claim, Claim::Resource(resource, _) if resource.name == name));
}

#[test]
fn what_the_log_says_of_itself() {
    let reading = read(LOG.as_bytes());
    assert_eq!(reading.node, Some(Name::new("hv-07")));
    assert_eq!(reading.time_base, TimeBase::Local { offset_minutes: Some(-60) });
    assert_eq!(reading.members, [Name::new("hv-07"), Name::new("hv-08")]);
    let say = |claim| assert!(said(&reading, Stamp::Collected, &claim), "{claim:?}");
    say(Claim::Node(NodeRef::REPORTER, NodeClaim::OsBuild(17763)));
    say(Claim::Clock(ClockClaim::Bias { minutes: -60 }));
    let hv08 = NodeRef { name: Some(Name::new("hv-08")), number: Some(2) };
    say(Claim::Node(hv08.clone(), NodeClaim::State(NodeState::Paused)));
    let disk_id = guid("d1000000-0000-4000-8000-000000000001");
    let disk = ResourceRef { name: Some(Name::new("Cluster Disk 1")), id: Some(disk_id) };
    let group = GroupRef {
        name: Some(Name::new("91aa0000-csv")),
        id: Some(guid("91000000-0000-4000-8000-000000000001")),
    };
    say(Claim::Resource(disk.clone(), ResourceClaim::InGroup(group.clone())));
    let state = Some(crate::fact::ResourceState::Online);
    say(Claim::Resource(disk, ResourceClaim::On { node: Name::new("hv-08"), state }));
    say(Claim::Group(group, GroupClaim::Kind(GroupKind::SharedVolume)));
    // A state that is printed as a number of the engine's own is not read.
    let web =
        GroupRef { name: Some(Name::new("web")), id: Some(guid("91000000-0000-4000-8000-000000000002")) };
    say(Claim::Group(web, GroupClaim::On { node: Name::new("hv-07"), state: None }));
    let volume = VolumeRef {
        guid: Some(guid("0a000000-0000-4000-8000-000000000001")),
        resource: Some(Name::new("Cluster Disk 1")),
        resource_id: Some(disk_id),
        friendly: Some(Name::new("Volume1")),
    };
    let active = VolumeClaim::State { node: None, state: VolumeState::Active, status: None };
    for claim in [VolumeClaim::Named, active, VolumeClaim::Snapshot { event: 0 }] {
        say(Claim::Volume(volume.clone(), claim));
    }
    let names: Vec<_> = reading.tally.notes.iter().map(|note| (note.kind.name, note.count)).collect();
    assert_eq!(
        names,
        [
            ("cluster_log_row_misfit", 1),
            ("cluster_log_event_text_unknown", 1),
            ("cluster_log_entry_malformed", 1),
        ]
    );
}

#[test]
fn what_happened() {
    let reading = read(LOG.as_bytes());
    let moving = |kind| GroupClaim::Moving { from: Some(Name::new("hv-07")), to: Name::new("hv-08"), kind };
    let web = GroupRef::named("web");
    // One event in both sections is one fact with two places; the event text of the same move is another.
    assert!(said(&reading, at(10, 0, 30), &Claim::Group(web.clone(), moving(MoveKind::Unsaid))));
    let claim = Claim::Group(web, moving(MoveKind::Manual));
    let twins: Vec<_> = reading.facts.iter().filter(|fact| fact.claim == claim).collect();
    assert_eq!((twins.len(), twins[0].stamp, twins[0].also.len()), (1, at(10, 0, 31), 1));
    let local = Claim::Clock(ClockClaim::LocalWitness {
        local: Stamp::Local((1_614_816_000 + 11 * 3600 + 31) * 1_000_000_000),
    });
    assert!(said(&reading, at(10, 0, 31), &local));
    // A node known by number has its name from the table.
    let hv08 = NodeRef { name: Some(Name::new("hv-08")), number: Some(2) };
    assert!(said(&reading, at(10, 0, 50), &Claim::Node(hv08, NodeClaim::Removed)));
    assert!(said(&reading, at(10, 30, 0), &Claim::Node(NodeRef::REPORTER, NodeClaim::ServiceStarted)));
    let pauses = reading.facts.iter().filter(|fact| {
        matches!(fact.claim, Claim::Volume(_, VolumeClaim::AutoPaused { .. })) && fact.stamp == at(10, 0, 0)
    });
    assert_eq!(pauses.count(), 1);
    assert!(reading.facts.windows(2).all(|pair| pair[0].origin.offset <= pair[1].origin.offset));
    let covered: Vec<_> = reading.coverage.iter().map(|c| (c.channel.clone(), c.from, c.to)).collect();
    assert_eq!(
        covered,
        [
            (Channel::System, at(10, 0, 0), at(10, 10, 0)),
            (Channel::System, at(10, 30, 0), at(10, 30, 1)),
            (Channel::ClusterOperational, at(10, 0, 30), at(10, 10, 0)),
            (Channel::ClusterOperational, at(10, 30, 0), at(10, 30, 1)),
            (Channel::ClusterEngine, at(9, 0, 0), at(10, 10, 0)),
            (Channel::ClusterEngine, at(10, 30, 0), at(10, 30, 1)),
            (Channel::ClusterEngine, at(10, 0, 31), at(10, 0, 32)),
        ]
    );
}

#[test]
fn quotes_are_fetched_from_the_file() {
    for bytes in [LOG.as_bytes().to_vec(), [&b"\xFF\xFE"[..], &utf16(&LOG.replace('\n', "\r\n"))].concat()] {
        let reading = read(&bytes);
        let origins: Vec<Origin> = reading.facts.iter().map(|fact| fact.origin).collect();
        let quotes = quote_from(&bytes[..], &origins);
        assert_eq!(quotes.len(), origins.len());
        for (fact, quote) in reading.facts.iter().zip(&quotes) {
            let Place::Line(line) = fact.origin.place else { panic!("a line") };
            let first = LOG.lines().nth(usize::try_from(line).unwrap() - 1).unwrap();
            assert!(quote.as_deref().is_some_and(|quote| quote.starts_with(first.trim_end())), "{quote:?}");
        }
        let whole = quotes.iter().flatten().find(|quote| quote.contains("hv-08' was removed")).unwrap();
        assert!(whole.ends_with("membership. So.\n It may be\n\n the network."), "{whole}");
        let beyond = Origin { input: InputId(3), offset: 1 << 40, place: Place::Offset };
        assert_eq!(quote_from(&bytes[..], &[origins[0], beyond])[1], None);
        assert_eq!(quote_from(&bytes[..], &[]), Vec::<Option<String>>::new());
    }
}

#[test]
fn records_before_meaning() {
    let mut rows = Vec::new();
    let tally = records_from(&input(), LOG.as_bytes(), &mut |row| {
        rows.push(row);
        true
    });
    assert_eq!(tally, read(LOG.as_bytes()).tally);
    let event = rows.iter().find(|row| row.id == Some(5120)).unwrap();
    assert_eq!((event.time.as_str(), event.level.as_str()), ("2021/03/04-10:00:00.000", "WARN"));
    assert_eq!(event.fields.last().unwrap().1, "STATUS_IO_TIMEOUT(c00000b5)");
    let row = rows.iter().find(|row| row.provider == "Nodes" && row.fields[0].1 == "hv-08").unwrap();
    assert_eq!(row.fields[4], ("paused".to_owned(), "true".to_owned()));
    let mut seen = 0;
    records_from(&input(), LOG.as_bytes(), &mut |_| {
        seen += 1;
        seen < 5
    });
    assert_eq!(seen, 5);
}

#[test]
fn a_log_without_a_header() {
    let reading = read(
        b"1.2::2012/03/04-10:00:00.000 INFO  [GUM] Node 2: Executing locally gumId: 7\n\
          1.2::2012/03/04-10:00:01.000 INFO  [RCM] move of group g from a(1) to b(2) of type MoveType::Manual is about to succeed\n\
          1.2::2012/03/04-10:00:02.000 INFO  [QUORUM] Node 2: Lost quorum (2)\n",
    );
    assert_eq!((reading.node, reading.time_base), (Some(Name::new("b")), TimeBase::Unknown));
    assert_eq!(reading.coverage.len(), 1);
    // An excerpt is complete for no time, and names no node by inference.
    let pasted = read(b"> 1.2::2012/03/04-10:00:00.000 INFO  [GUM] Node 2: Executing locally gumId: 7\n");
    assert_eq!((pasted.coverage.len(), pasted.node), (0, None));
    // The health log has the same form and is not the engine's log.
    let health = read(b"1.2::2012/03/04-10:00:00.000 INFO  [Provider {x}] a\n");
    assert_eq!(health.coverage, []);
}

/// A node that joins was out of the cluster before, also where no line of its log says that its service ended or began.
#[test]
fn a_log_has_a_hole_where_its_node_joins() {
    let check = |joiners: &str, pieces: usize| {
        let text = format!(
            "0000165c.00001660::2021/03/04-09:00:00.000 INFO  [GUM] Node 3: Executing locally gumId: 1, updates: 1\n\
             0000165c.00001660::2021/03/04-10:00:00.000 INFO  [CORE] Node 3: Proposed View is <ViewChanged \
             joiners=({joiners}) downers=() newView=15(1 2 3) oldView=13(1 2) joiner=false form=false/>\n\
             0000165c.00001660::2021/03/04-11:00:00.000 INFO  [GUM] Node 3: Executing locally gumId: 2, updates: 1\n"
        );
        assert_eq!(read(text.as_bytes()).coverage.len(), pieces, "{joiners}");
    };
    check("3", 2);
    check("1 3", 2);
    check("2", 1);
    check("", 1);
}

#[test]
fn other_formats_are_left_alone() {
    let check = |bytes: &[u8], expect: bool| {
        assert_eq!(
            sniff(&Head { path: "cluster.log", bytes, size: bytes.len() as u64 }),
            expect,
            "{bytes:?}"
        );
    };
    check(b"", false);
    check(b"ElfFile\0\0\0\0", false);
    check(b"<Objs Version=\"1.1.0.1\"><Obj RefId=\"0\">", false);
    check(b"{\"a\": [1, 2]}", false);
    check(b"PK\x03\x04", false);
    check(b"INFO is a word\nand so is ERR [or not]\n", false);
    check(b"[2021/03/04] INFO [RES] other logs\n", false);
    check(b"prose\n\n00000a10.00000b10::2021/03/04-10:00:00.000 INFO  x\n", true);
    check(b"> ERR   [RHS] pasted\n", true);
    assert_eq!(SOURCE.kind, "cluster_log");
}

/// Cut at every byte, and bytes flipped by a fixed seed: no panic, no loop, sums hold, quotes stay in step.
#[test]
fn hostile_bytes() {
    let small: String = LOG.lines().map(|line| format!("{line}\r\n")).collect();
    for bytes in [small.clone().into_bytes(), utf16(&small)] {
        for length in 0..bytes.len() {
            read(&bytes[..length]);
        }
        let mut seed = 0x9E37_79B9_7F4A_7C15u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % below as u64).unwrap()
        };
        for _ in 0..400 {
            let mut damaged = bytes.clone();
            for _ in 0..=random(20) {
                let at = random(damaged.len());
                damaged[at] ^= 1 << random(8);
            }
            let from = random(damaged.len());
            let to = from + random(damaged.len() - from);
            if random(3) == 0 {
                damaged.drain(from..to);
            }
            let reading = read(&damaged);
            let origins: Vec<_> = reading.facts.iter().map(|fact| fact.origin).collect();
            assert!(quote_from(&damaged[..], &origins).iter().all(Option::is_some));
            records_from(&input(), &damaged[..], &mut |_| true);
        }
    }
    for line in ["1.2::", "[=== ", "> ", ",", "[System] ", "INFO  [RCM] move of group ", "\u{feff}", "\0"] {
        read(line.repeat(3000).as_bytes());
        read(format!("{line}\n").repeat(3000).as_bytes());
    }
}

/// Real lines: each file with its exact sums. What is unknown there is prose around the lines, and the first
/// two lines of a Windows 2000 log.
#[test]
fn real_lines() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cluster-log");
    if !folder.is_dir() {
        println!("skipped: {} is absent", folder.display());
        return;
    }
    let expect = [
        ("askcore-redirected-access-2008R2-DCM-filter.txt", [3, 3, 0, 0, 0]),
        ("expresscluster-hyperv-addendum-2022.txt", [1, 0, 1, 0, 0]),
        ("github-issue-AzureStackHCI-EvalGuide-70-health-2021.txt", [1, 0, 1, 0, 0]),
        ("github-note-quorumdisk-quarantine-2023.txt", [9, 2, 7, 0, 0]),
        ("joshthecoder-2018-12-03-rhs-separate-process.txt", [12, 4, 8, 0, 0]),
        ("joshthecoder-2020-06-22-ag-health-checks.txt", [5, 3, 2, 0, 0]),
        ("joshthecoder-2021-04-07-ag-routing.txt", [1, 1, 0, 0, 0]),
        ("msdocs-cluster-ip-resources-fail-2020.txt", [6, 2, 4, 0, 0]),
        ("msdocs-iaas-sql-failover-cluster.txt", [35, 7, 22, 6, 0]),
        ("msdocs-kb2281774-networkname-2010.txt", [1, 1, 0, 0, 0]),
        ("msdocs-kb2797272-networkname-2008R2.txt", [5, 1, 4, 0, 0]),
        ("msdocs-kb2867302-fileserver-2012.txt", [4, 1, 3, 0, 0]),
        ("msdocs-kb950805-networkname-2008.txt", [9, 3, 6, 0, 0]),
        ("msdocs-kb977516-verifyfs-2008.txt", [1, 1, 0, 0, 0]),
        ("msdocs-sql-generate-analyze-cluster-log-2008R2.txt", [8, 4, 4, 0, 0]),
        ("msdocs-troubleshooting-automatic-failover-problems-2020.txt", [7, 3, 4, 0, 0]),
        ("msdocs-troubleshooting-storage-spaces-SBLDisks.txt", [36, 0, 5, 31, 0]),
        ("msdocs-troubleshooting-storage-spaces-diskrecoveryaction.txt", [5, 3, 0, 2, 0]),
        ("msdocs-unable-to-join-node-kb2455128-2008R2.txt", [11, 0, 11, 0, 0]),
        ("technet-win2000-initializing-node-1999.txt", [16, 0, 14, 2, 0]),
        ("zeroch-FailoverDetector-cluster-log-information.txt", [98, 73, 19, 6, 0]),
    ];
    for (name, sums) in expect {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let reading = read(&bytes);
        assert_eq!(counts(&reading), sums, "{name}");
        assert!(sniff(&Head { path: name, bytes: &bytes, size: bytes.len() as u64 }), "{name}");
        if name.starts_with("zeroch") {
            // Printed at 21:52, and the time of the failure at 21:01: seven hours behind UTC.
            let witness = |fact: &&crate::fact::Fact| matches!(fact.claim, Claim::Clock(_));
            let found: Vec<_> =
                reading.facts.iter().filter(witness).map(|f| (f.stamp, f.claim.clone())).collect();
            let local = Stamp::Local(1_508_767_271_621_000_000);
            let pair =
                (Stamp::File(1_508_792_471_623_000_000), Claim::Clock(ClockClaim::LocalWitness { local }));
            assert_eq!(found, [pair]);
        }
        for (text, fact) in
            quote_from(&bytes[..], &reading.facts.iter().map(|f| f.origin).collect::<Vec<_>>())
                .iter()
                .zip(&reading.facts)
        {
            assert!(text.is_some(), "{name} {fact:?}");
        }
    }
    for other in ["../evtx/ws2022_System.evtx", "../etl/manifest-win7-http.etl", "../events/CSV.man"] {
        let Ok(bytes) = std::fs::read(folder.join(other)) else { continue };
        assert!(!sniff(&Head {
            path: other,
            bytes: &bytes[..bytes.len().min(65536)],
            size: bytes.len() as u64
        }));
        read(&bytes);
    }
}
