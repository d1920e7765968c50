//! Whole files through the reader: real lines, a complete synthetic log in every encoding, hostile bytes.

use super::{quote_from, read_from, records_from, sniff};
use crate::bundle::Input;
use crate::fact::{
    Channel, Claim, ClockClaim, GroupClaim, GroupKind, GroupRef, Guid, InputId, MoveKind, Name, NodeClaim,
    NodeRef, NodeState, Origin, Place, ResourceClaim, ResourceRef, Stamp, TimeBase, VolumeClaim, VolumeRef,
    VolumeState,
};
use crate::source::{Head, Reading};

fn input() -> Input {
    Input { id: InputId(3), path: "n_cluster.log".into(), bytes: 0, node_override: None, node_hint: None }
}

fn read(bytes: &[u8]) -> Reading {
    let reading = read_from(&input(), bytes);
    assert!(reading.tally.balances());
    reading
}

#[test]
fn show() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/cluster-log");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    for path in names {
        let bytes = std::fs::read(&path).unwrap();
        let r = read(&bytes);
        let t = &r.tally;
        let head = Head { path: "", bytes: &bytes, size: bytes.len() as u64 };
        println!(
            "(\"{}\", [{}, {}, {}, {}, {}]), {} {:?} {:?}",
            path.file_name().unwrap().to_string_lossy(),
            t.entries,
            t.facts,
            t.silent,
            t.unknown,
            t.malformed,
            sniff(&head),
            r.node,
            r.members
        );
        let mut unknown = Vec::new();
        let _ = records_from(&input(), &bytes[..], &mut |row| {
            unknown.push(row);
            true
        });
        for f in &r.facts {
            println!("    {:?} {:?} {:?}", f.origin.place, f.stamp, f.claim);
        }
    }
}
