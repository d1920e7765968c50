//! The source as a whole: recognition, quotes, the ledger, and input that means no good.

use std::collections::BTreeSet;
use std::path::Path;

use super::decode::Decoded;
use super::testing::{input, objs, read_bytes, utf16le};
use super::{CLIXML, JSON, Syntax, TEXT, quote_decoded, records_decoded};
use crate::ledger::Tally;
use crate::source::{Head, Reading};

const STATE: &str = r#"<Obj RefId="0">
    <TN RefId="0">
      <T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeStateInfo</T>
      <T>System.Object</T>
    </TN>
    <Props>
      <S N="Name">Cluster Disk 3</S>
      <S N="VolumeName">\\?\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\</S>
      <S N="Node">hv-alpha</S>
      <Obj N="StateInfo" RefId="1">
        <ToString>FileSystemRedirected</ToString>
        <I32>3</I32>
      </Obj>
      <S N="VolumeFriendlyName">Größe _x0026_ Gold</S>
      <Obj N="FileSystemRedirectedIOReason" RefId="2">
        <ToString>FileSystemReFs</ToString>
        <I32>32</I32>
      </Obj>
    </Props>
  </Obj>
  <Obj RefId="3">
    <TN RefId="1">
      <T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolume</T>
    </TN>
    <Props>
      <S N="Name">Cluster Disk 4</S>
      <Obj N="OwnerNode" RefId="4"><Props><S N="Name">hv-beta</S></Props></Obj>
    </Props>
    <MS>
      <Ref N="Again" RefId="4" />
    </MS>
  </Obj>
  <Obj RefId="5">
    <TN RefId="2">
      <T>Contoso.Widget</T>
    </TN>
    <Props>
      <S N="Name">w</S>
    </Props>
  </Obj>"#;

const LIST: &str = r"Windows PowerShell

PS C:\> Get-ClusterSharedVolumeState

BlockRedirectedIOReason      : NotBlockRedirected
FileSystemRedirectedIOReason : FileSystemReFs
Name                         : Cluster Disk 3
Node                         : hv-alpha
StateInfo                    : FileSystemRedirected
VolumeFriendlyName           : Gold
VolumeName                   : \\?\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\

PS C:\> Get-ClusterGroup

Name              OwnerNode State
----              --------- -----
Available Storage hv-alpha  Offline
sql1              hv-beta   Online

PS C:\> fltmc

Filter Name                     Num Instances    Altitude    Frame
------------------------------  -------------  ------------  -----
CsvNSFlt                                1       404900         0
";

const ARRAY: &str = r#"[
    {
        "Name":  "Cluster Disk 3",
        "Node":  "hv-alpha",
        "StateInfo":  3,
        "VolumeFriendlyName":  "Gold",
        "FileSystemRedirectedIOReason":  32
    },
    {
        "VMName":  "sql1",
        "VMId":  "b0a1c2d3-e4f5-4a6b-9c7d-8e9fa0b1c2d3",
        "State":  2,
        "ComputerName":  "hv-beta",
        "HardDrives":  [ { "Path":  "C:\\ClusterStorage\\Gold\\sql1\\os.vhdx" } ]
    },
    { "Widget":  true }
]
"#;

fn samples() -> Vec<(Syntax, Vec<u8>)> {
    let state = objs(STATE);
    vec![
        (Syntax::Clixml, state.clone().into_bytes()),
        (Syntax::Clixml, [b"\xff\xfe", utf16le(&state).as_slice()].concat()),
        (Syntax::Json, ARRAY.as_bytes().to_vec()),
        (Syntax::Text, LIST.replace('\n', "\r\n").into_bytes()),
        (Syntax::Text, [b"\xff\xfe", utf16le(LIST).as_slice()].concat()),
    ]
}

fn sniffs(bytes: &[u8]) -> [bool; 3] {
    let head = Head { path: "x", bytes: &bytes[..bytes.len().min(65536)], size: bytes.len() as u64 };
    [(CLIXML.sniff)(&head), (JSON.sniff)(&head), (TEXT.sniff)(&head)]
}

/// Words and numbers that a reading's facts mention.
fn words(reading: &Reading) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for fact in &reading.facts {
        let text = format!("{:?}", fact.claim);
        out.extend(text.split(|c: char| !(c.is_alphanumeric() || c == '-')).map(str::to_owned));
    }
    out
}

#[test]
fn each_syntax_is_known_by_its_content() {
    for (syntax, bytes) in samples() {
        let expect = match syntax {
            Syntax::Clixml => [true, false, false],
            Syntax::Json => [false, true, false],
            Syntax::Text => [false, false, true],
        };
        assert_eq!(sniffs(&bytes), expect, "{syntax:?}");
    }
    for other in [
        "",
        "\u{0}\u{1}\u{2}",
        "<html><body>x</body></html>",
        "hello\n",
        "Host Name:   x\n",
        "[=== Cluster ===]\n",
    ] {
        assert_eq!(sniffs(other.as_bytes()), [false; 3], "{other}");
    }
}

#[test]
fn counts_are_exact() {
    let counts = |syntax, bytes: &[u8]| {
        let tally = read_bytes(syntax, "x", bytes).tally;
        (tally.entries, tally.facts, tally.silent, tally.unknown, tally.malformed)
    };
    let expect = [(3, 2, 0, 1, 0), (3, 2, 0, 1, 0), (3, 2, 0, 1, 0), (8, 4, 0, 4, 0), (8, 4, 0, 4, 0)];
    for ((syntax, bytes), expect) in samples().into_iter().zip(expect) {
        assert_eq!(counts(syntax, &bytes), expect, "{syntax:?}");
    }
}

#[test]
fn every_fact_is_quoted_from_its_place() {
    for (syntax, bytes) in samples() {
        let (decoded, input) = (Decoded::new(&bytes), input("x", &bytes));
        let reading = read_bytes(syntax, "x", &bytes);
        let mut origins: Vec<_> = reading.facts.iter().map(|fact| fact.origin).collect();
        origins.sort_by_key(|origin| origin.offset);
        let quotes = quote_decoded(syntax, &decoded, &input, &origins);
        assert_eq!(quotes.len(), origins.len());
        for quote in &quotes {
            let quote = quote.as_deref().expect("a quote");
            assert!(!quote.is_empty());
            for value in quote.split("; ").filter_map(|part| part.split_once(" : ")).map(|(_, value)| value) {
                let bare = |text: &str| text.replace('\\', "").replace("_x0026_", "&");
                assert!(bare(&decoded.text).contains(&bare(value.trim_matches(['{', '}']))), "{value}");
            }
        }
        let first = &quotes[0];
        let start = "Name : Cluster Disk 3; VolumeFriendlyName : G";
        assert!(first.as_deref().expect("a quote").starts_with(start), "{first:?}");
        let mut stray = origins.clone();
        stray.iter_mut().for_each(|origin| origin.offset += 1);
        assert!(quote_decoded(syntax, &decoded, &input, &stray).iter().all(Option::is_none));
    }
}

#[test]
fn records_tell_the_same_story() {
    for (syntax, bytes) in samples() {
        let (decoded, input) = (Decoded::new(&bytes), input("x", &bytes));
        let mut tally = Tally::new(input.id);
        let mut rows = Vec::new();
        records_decoded(syntax, &decoded, &input, &mut tally, &mut |row| {
            rows.push(row);
            true
        });
        assert_eq!(tally, read_bytes(syntax, "x", &bytes).tally);
        assert_eq!(rows.len() as u64, tally.entries);
        let state = rows.iter().find(|row| row.provider == "Get-ClusterSharedVolumeState").expect("a state");
        assert!(state.fields.contains(&("Node".to_owned(), "hv-alpha".to_owned())));
        let mut taken = 0;
        records_decoded(syntax, &decoded, &input, &mut Tally::new(input.id), &mut |_| {
            taken += 1;
            false
        });
        assert_eq!(taken, 1);
    }
}

#[test]
fn cut_anywhere_nothing_new_is_said() {
    for (syntax, bytes) in samples() {
        let full = words(&read_bytes(syntax, "x", &bytes));
        for length in 0..bytes.len() {
            let reading = read_bytes(syntax, "x", &bytes[..length]);
            let words = words(&reading);
            let new: Vec<_> = words.difference(&full).filter(|word| *word != "None").collect();
            assert!(new.is_empty(), "{syntax:?} cut at {length}: {new:?}");
        }
    }
}

#[test]
fn flipped_bytes_and_other_formats() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for (syntax, bytes) in samples() {
        for _ in 0..400 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + random(6) {
                let at = random(damaged.len());
                damaged[at] ^= 1 << random(8);
            }
            let reading = read_bytes(syntax, "x", &damaged);
            let (decoded, input) = (Decoded::new(&damaged), input("x", &damaged));
            let mut origins: Vec<_> = reading.facts.iter().map(|fact| fact.origin).collect();
            origins.sort_by_key(|origin| origin.offset);
            assert!(quote_decoded(syntax, &decoded, &input, &origins).iter().all(Option::is_some));
        }
        for other in [Syntax::Clixml, Syntax::Json, Syntax::Text] {
            read_bytes(other, "x", &bytes);
        }
    }
    let noise: Vec<u8> = (0..20_000).map(|_| random(256) as u8).collect();
    for syntax in [Syntax::Clixml, Syntax::Json, Syntax::Text] {
        assert_eq!(read_bytes(syntax, "x", &noise).facts.len(), 0);
    }
}

#[test]
fn real_cluster_logs_are_no_snapshots() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cluster-log");
    let Ok(files) = std::fs::read_dir(&folder) else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "skipped: {} is absent", folder.display());
        return;
    };
    for file in files.flatten() {
        let bytes = std::fs::read(file.path()).expect("a readable file");
        assert_eq!(sniffs(&bytes), [false; 3], "{}", file.path().display());
        for syntax in [Syntax::Clixml, Syntax::Json, Syntax::Text] {
            assert_eq!(read_bytes(syntax, "x", &bytes).facts.len(), 0, "{}", file.path().display());
        }
    }
}
