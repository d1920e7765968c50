//! Texts that expand, nest, or are not what they say.

use super::{Case, case, sample};

/// Ten entities, each ten times the one before.
fn laughs(root: &str) -> Vec<u8> {
    let mut text = "<?xml version=\"1.0\"?>\r\n<!DOCTYPE lolz [\r\n<!ENTITY l0 \"lol\">\r\n".to_owned();
    for n in 1..10 {
        text.push_str(&format!("<!ENTITY l{n} \"{}\">\r\n", format!("&l{};", n - 1).repeat(10)));
    }
    text.push_str(&format!(
        "<!ENTITY file SYSTEM \"file:///etc/passwd\">]>\r\n{}",
        root.replace('@', "&l9;&file;")
    ));
    text.into_bytes()
}

fn nested(open: &str, middle: &str, close: &str, around: [&str; 2]) -> Vec<u8> {
    [around[0], &open.repeat(100_000), middle, &close.repeat(100_000), around[1]].concat().into_bytes()
}

fn utf16(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

const CLIXML: &str = "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">";
const EVENTS: &str = "<Events><Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"";

pub(super) fn cases() -> Vec<Case> {
    let log = sample("refs-two-node/ClusterLogs/HV-A_cluster.log");
    let first = log.split_inclusive(|byte| *byte == b'\n').next().unwrap();
    let mut odd = utf16(&log);
    odd.pop();
    let long = [first, &first[..60], &vec![b'x'; 8 << 20], b"\r\n", first].concat();
    let escapes = String::from_utf8_lossy(&log).replace("Node", "\u{1b}]0;owned\u{7}\u{202e}Node");
    vec![
        case(
            "CLIXML: entities that expand a billionfold",
            &[(
                "a.xml",
                laughs(&format!("{CLIXML}<Obj RefId=\"0\"><MS><S N=\"Name\">@</S></MS></Obj></Objs>")),
            )],
        ),
        case(
            "CLIXML: a hundred thousand objects in each other",
            &[(
                "a.xml",
                nested("<Obj RefId=\"0\"><MS>", "<S N=\"Name\">x</S>", "</MS></Obj>", [CLIXML, "</Objs>"]),
            )],
        ),
        case(
            "tracerpt: entities that expand a billionfold",
            &[("a.xml", laughs(&format!("{EVENTS}@\"/></System></Event></Events>")))],
        ),
        case(
            "tracerpt: a hundred thousand elements in each other",
            &[(
                "a.xml",
                nested(
                    "<Data>",
                    "x",
                    "</Data>",
                    [&format!("{EVENTS}A\"/></System><EventData>"), "</EventData></Event></Events>"],
                ),
            )],
        ),
        case(
            "JSON: a hundred thousand lists in each other",
            &[("a.json", nested("[", "1", "]", ["[{\"Name\": \"x\", \"OwnerNode\": ", "}]"]))],
        ),
        case(
            "cluster.log: filled up with zeros",
            &[("HV-A_cluster.log", [log.as_slice(), &vec![0; 1 << 20]].concat())],
        ),
        case("cluster.log: nothing but zeros", &[("HV-A_cluster.log", vec![0; 1 << 20])]),
        case("cluster.log: one line of eight megabytes", &[("HV-A_cluster.log", long)]),
        case("cluster.log: UTF-16 of an odd length", &[("HV-A_cluster.log", odd)]),
        case(
            "cluster.log: escapes and directions in its lines",
            &[("HV-A_cluster.log", escapes.into_bytes())],
        ),
        case(
            "cluster.log: half a megabyte of line ends",
            &[("HV-A_cluster.log", [first, &vec![b'\n'; 1 << 19]].concat())],
        ),
        case("empty", &[("HV-A_cluster.log", Vec::new()), ("System.evtx", Vec::new())]),
    ]
}
