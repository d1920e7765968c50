//! `Get-ClusterSharedVolumeState`: how I/O from each node reaches each volume, and why not directly.
//!
//! The one snapshot that names the reasons. State numbers and reason flags: `CLUSTER_SHARED_VOLUME_STATE` and
//! `CLUSTER_SHARED_VOLUME_STATE_INFO_EX` in MicrosoftDocs/sdk-api. `Paused` says nothing of the mode; a row
//! without its node says nothing at all.

use super::{Cmdlet, Said, Scope};
use crate::fact::{BlockReasons, Claim, FsReasons, IoMode, ModeKind, VolumeClaim, VolumeRef, VolumeState};
use crate::source::snapshot::note;
use crate::source::snapshot::object::{Node, Object};

pub(super) const CMDLET: Cmdlet = Cmdlet {
    name: "Get-ClusterSharedVolumeState",
    types: &[("", "ClusterSharedVolumeStateInfo")],
    fits: |object| {
        object.has("StateInfo")
            && ["FileSystemRedirectedIOReason", "BlockRedirectedIOReason", "VolumeFriendlyName"]
                .iter()
                .any(|name| object.has(name))
    },
    file: "sharedvolumestate",
    decisive: &[
        "Name",
        "VolumeFriendlyName",
        "VolumeName",
        "Node",
        "StateInfo",
        "FileSystemRedirectedIOReason",
        "BlockRedirectedIOReason",
    ],
    scope: Scope::Cluster,
    says,
};

fn says(object: &Object, said: &mut Said) {
    let volume = VolumeRef {
        guid: object.guid("VolumeName"),
        resource: object.name("Name"),
        resource_id: None,
        friendly: object.text("VolumeFriendlyName").and_then(VolumeRef::friendly_of),
    };
    if volume == VolumeRef::default() {
        return;
    }
    let Some(state) = object.word("StateInfo", STATES) else { return };
    let Some(node) = object.node("Node") else {
        said.note(&note::NO_NODE, volume.friendly.or(volume.resource).map_or(state, |name| name.to_string()));
        return;
    };
    said.member(&node);
    let Some(kind) = mode(&state) else {
        if state.eq_ignore_ascii_case("Paused") {
            let claim = VolumeClaim::State { node: Some(node), state: VolumeState::Paused, status: None };
            said.claim(Claim::Volume(volume, claim));
        } else {
            said.note(&note::UNKNOWN_REASON, format!("StateInfo {state}"));
        }
        return;
    };
    let file_system =
        reasons(object.get("FileSystemRedirectedIOReason"), said, |t| FsReasons::parse(t).map(|r| r.0));
    let block = reasons(object.get("BlockRedirectedIOReason"), said, |t| BlockReasons::parse(t).map(|r| r.0));
    let mode = IoMode { kind, file_system: FsReasons(file_system), block: BlockReasons(block) };
    said.claim(Claim::Volume(volume, VolumeClaim::Mode { node: Some(node), mode }));
}

const STATES: &[(i64, &str)] =
    &[(0, "Unavailable"), (1, "Paused"), (2, "Direct"), (3, "FileSystemRedirected"), (4, "BlockRedirected")];

fn mode(state: &str) -> Option<ModeKind> {
    [ModeKind::Unavailable, ModeKind::Direct, ModeKind::FileSystemRedirected, ModeKind::BlockRedirected]
        .into_iter()
        .find(|kind| kind.word().eq_ignore_ascii_case(state))
}

/// The flags of a reason property: by number where there is one (it keeps unknown bits), else by words. An
/// unknown word is noted and the known ones are kept.
fn reasons(node: Option<&Node>, said: &mut Said, parse: fn(&str) -> Option<u64>) -> u64 {
    let Some(node) = node else { return 0 };
    if let Some(number) = node.number() {
        // The PowerShell enum is a signed 32-bit number: its highest bit makes it negative.
        return u64::try_from(number).unwrap_or(u64::from(number as u32));
    }
    let mut bits = 0;
    for word in node.text().unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match parse(word) {
            Some(known) => bits |= known,
            None => said.note(&note::UNKNOWN_REASON, word),
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use crate::fact::{
        BlockReasons, Claim, FsReasons, Guid, IoMode, ModeKind, Name, VolumeClaim, VolumeRef, VolumeState,
    };
    use crate::source::snapshot::Syntax;
    use crate::source::snapshot::testing::{check, objs, read_bytes};

    const GUID: &str = "5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58";

    fn volume() -> VolumeRef {
        VolumeRef {
            guid: Guid::parse(GUID),
            resource: Some("Cluster Disk 3".into()),
            resource_id: None,
            friendly: Some("Gold".into()),
        }
    }

    fn mode(node: &str, kind: ModeKind, file_system: u64, block: u64) -> Claim {
        let mode = IoMode { kind, file_system: FsReasons(file_system), block: BlockReasons(block) };
        Claim::Volume(volume(), VolumeClaim::Mode { node: Some(Name::new(node)), mode })
    }

    #[test]
    fn one_object_in_every_syntax() {
        let clixml = r#"<Obj RefId="0">
    <TN RefId="0">
      <T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeStateInfo</T>
      <T>System.Object</T>
    </TN>
    <ToString>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeStateInfo</ToString>
    <Props>
      <S N="Name">Cluster Disk 3</S>
      <S N="VolumeName">\\?\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\</S>
      <S N="Node">hv-a</S>
      <Obj N="StateInfo" RefId="1">
        <TN RefId="1">
          <T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeState</T>
          <T>System.Enum</T>
        </TN>
        <ToString>FileSystemRedirected</ToString>
        <I32>3</I32>
      </Obj>
      <S N="VolumeFriendlyName">Gold</S>
      <Obj N="FileSystemRedirectedIOReason" RefId="2">
        <TNRef RefId="1" />
        <ToString>IncompatibleFileSystemFilter, FileSystemReFs</ToString>
        <I32>34</I32>
      </Obj>
      <Obj N="BlockRedirectedIOReason" RefId="3">
        <TNRef RefId="1" />
        <ToString>NotBlockRedirected</ToString>
        <I32>0</I32>
      </Obj>
    </Props>
  </Obj>"#;
        let deserialized = r#"<Obj RefId="0"><TN RefId="0"><T>Deserialized.Microsoft.FailoverClusters.Framework.ClusterSharedVolumeStateInfo</T></TN><Props><S N="Name">Cluster Disk 3</S><S N="VolumeName">\\?\Volume{5B1E2C7A-90D4-4F63-8A27-D0C3B94E1F58}\</S><S N="Node">hv-a.lab.example</S><S N="StateInfo">FileSystemRedirected</S><S N="VolumeFriendlyName">Gold</S><S N="FileSystemRedirectedIOReason">IncompatibleFileSystemFilter, FileSystemReFs</S><I32 N="BlockRedirectedIOReason">0</I32></Props></Obj>"#;
        let old_json = r#"{
    "Name":  "Cluster Disk 3",
    "VolumeName":  "\\\\?\\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\\",
    "Node":  "hv-a",
    "StateInfo":  3,
    "VolumeFriendlyName":  "Gold",
    "FileSystemRedirectedIOReason":  34,
    "BlockRedirectedIOReason":  0
}"#;
        let new_json = r#"[{"Name":"Cluster Disk 3","VolumeName":"\\\\?\\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\\","Node":"hv-a","StateInfo":"FileSystemRedirected","VolumeFriendlyName":"Gold","FileSystemRedirectedIOReason":"IncompatibleFileSystemFilter, FileSystemReFs","BlockRedirectedIOReason":"NotBlockRedirected"}]"#;
        let list = r"
BlockRedirectedIOReason      : NotBlockRedirected
FileSystemRedirectedIOReason : IncompatibleFileSystemFilter, FileSystemReFs
Name                         : Cluster Disk 3
Node                         : hv-a
StateInfo                    : FileSystemRedirected
VolumeFriendlyName           : Gold
VolumeName                   : \\?\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\
";
        let table = r"
Name           Node StateInfo            VolumeFriendlyName VolumeName                                        FileSystemRedirectedIOReason                 BlockRedirectedIOReason
----           ---- ---------            ------------------ ----------                                        ----------------------------                 -----------------------
Cluster Disk 3 hv-a FileSystemRedirected Gold               \\?\Volume{5b1e2c7a-90d4-4f63-8a27-d0c3b94e1f58}\ IncompatibleFileSystemFilter, FileSystemReFs NotBlockRedirected
";
        check(
            "Get-ClusterSharedVolumeState",
            &[clixml, deserialized, old_json, new_json, list, table],
            &[mode("hv-a", ModeKind::FileSystemRedirected, 0x22, 0)],
        );
    }

    /// Node, `StateInfo`, and the two reasons.
    type Row = (&'static str, &'static str, &'static str, &'static str);

    /// Rows by what lies under the volume: the table of a published lab
    /// (microsoft/MSLab, TestingCSVRedirection; Windows Server 2016 and 2019), states only.
    const LAB: &[(&str, &[Row])] = &[
        (
            "SAN, NTFS",
            &[
                ("hv-a", "Direct", "NotFileSystemRedirected", "NotBlockRedirected"),
                ("hv-b", "Direct", "NotFileSystemRedirected", "NotBlockRedirected"),
            ],
        ),
        (
            "SAN, shared Spaces, Spaces Direct or Storage Replica, ReFS",
            &[
                ("hv-a", "FileSystemRedirected", "FileSystemReFs", "NotBlockRedirected"),
                ("hv-b", "FileSystemRedirected", "FileSystemReFs", "NotBlockRedirected"),
            ],
        ),
        (
            "shared Spaces or Spaces Direct, NTFS",
            &[
                ("hv-a", "Direct", "NotFileSystemRedirected", "NotBlockRedirected"),
                ("hv-b", "BlockRedirected", "NotFileSystemRedirected", "NoDiskConnectivity"),
            ],
        ),
        (
            "shared Spaces, tiered NTFS",
            &[
                ("hv-a", "FileSystemRedirected", "FileSystemTiering", "NotBlockRedirected"),
                ("hv-b", "FileSystemRedirected", "FileSystemTiering", "NotBlockRedirected"),
            ],
        ),
        (
            "Storage Replica, NTFS",
            &[
                ("hv-a", "Direct", "NotFileSystemRedirected", "NotBlockRedirected"),
                ("hv-b", "BlockRedirected", "NotFileSystemRedirected", "VolumeReplicationEnabled"),
            ],
        ),
    ];

    fn expected(state: &str) -> ModeKind {
        match state {
            "Direct" => ModeKind::Direct,
            "FileSystemRedirected" => ModeKind::FileSystemRedirected,
            "BlockRedirected" => ModeKind::BlockRedirected,
            _ => ModeKind::Unavailable,
        }
    }

    #[test]
    fn lab_rows_say_the_same_in_every_syntax() {
        for (storage, rows) in LAB {
            let (mut clixml, mut json, mut list) = (String::new(), Vec::new(), String::new());
            let mut table = "Name           VolumeFriendlyName Node StateInfo            FileSystemRedirectedIOReason BlockRedirectedIOReason\n----           ------------------ ---- ---------            ---------------------------- -----------------------\n".to_owned();
            let mut claims = Vec::new();
            for (node, state, file_system, block) in *rows {
                clixml += &format!(
                    r#"<Obj RefId="0"><TN RefId="0"><T>Microsoft.FailoverClusters.PowerShell.ClusterSharedVolumeStateInfo</T></TN><Props><S N="Name">Cluster Disk 3</S><S N="Node">{node}</S><Obj N="StateInfo" RefId="1"><ToString>{state}</ToString><I32>9</I32></Obj><S N="VolumeFriendlyName">Gold</S><S N="FileSystemRedirectedIOReason">{file_system}</S><S N="BlockRedirectedIOReason">{block}</S></Props></Obj>"#
                );
                json.push(format!(
                    r#"{{"Name":"Cluster Disk 3","Node":"{node}","StateInfo":"{state}","VolumeFriendlyName":"Gold","FileSystemRedirectedIOReason":"{file_system}","BlockRedirectedIOReason":"{block}"}}"#
                ));
                list += &format!(
                    "BlockRedirectedIOReason      : {block}\nFileSystemRedirectedIOReason : {file_system}\nName                         : Cluster Disk 3\nNode                         : {node}\nStateInfo                    : {state}\nVolumeFriendlyName           : Gold\n\n"
                );
                table += &format!(
                    "Cluster Disk 3 Gold               {node} {state:20} {file_system:28} {block}\n"
                );
                let mode = IoMode {
                    kind: expected(state),
                    file_system: FsReasons::parse(file_system).expect("a known reason"),
                    block: BlockReasons::parse(block).expect("a known reason"),
                };
                let volume = VolumeRef { guid: None, ..volume() };
                claims.push(Claim::Volume(volume, VolumeClaim::Mode { node: Some(Name::new(node)), mode }));
            }
            let json = format!("[{}]", json.join(","));
            assert_eq!(claims.len(), 2, "{storage}");
            check("Get-ClusterSharedVolumeState", &[&clixml, &json, &list, &table], &claims);
        }
    }

    #[test]
    fn paused_and_unavailable_are_no_modes_alike() {
        let sample = |state: &str| {
            format!(
                "Name               : Cluster Disk 3\nNode               : hv-a\nStateInfo          : {state}\nVolumeFriendlyName : Gold\nVolumeName         : \\\\?\\Volume{{{GUID}}}\\\n"
            )
        };
        for state in ["Paused", "1"] {
            let claim =
                VolumeClaim::State { node: Some("hv-a".into()), state: VolumeState::Paused, status: None };
            check("Get-ClusterSharedVolumeState", &[&sample(state)], &[Claim::Volume(volume(), claim)]);
        }
        for state in ["Unavailable", "0"] {
            check(
                "Get-ClusterSharedVolumeState",
                &[&sample(state)],
                &[mode("hv-a", ModeKind::Unavailable, 0, 0)],
            );
        }
    }

    #[test]
    fn what_is_not_said_is_not_claimed() {
        let notes = |text: &str, facts: usize, note: &str| {
            let reading = read_bytes(Syntax::Text, "x", text.as_bytes());
            assert_eq!(reading.facts.len(), facts, "{text}");
            let names: Vec<&str> = reading.tally.notes.iter().map(|note| note.kind.name).collect();
            assert!(names.contains(&note), "{names:?}");
        };
        notes(
            "Name      : Cluster Disk 3\nStateInfo : Direct\nVolumeFriendlyName : x\n",
            0,
            "snapshot_unknown_type",
        );
        notes(
            "Name               : Cluster Disk 3\nStateInfo          : Direct\nVolumeFriendlyName : x\n",
            0,
            "snapshot_state_without_node",
        );
        notes(
            "Name               : Cluster Di...\nNode               : hv...\nStateInfo          : Direct\nVolumeFriendlyName : x\n",
            0,
            "snapshot_cut_value",
        );
        notes(
            "Name                         : d\nNode                         : n\nStateInfo                    : FileSystemRedirected\nFileSystemRedirectedIOReason : FileSystemReFs, FromTheFuture\n",
            1,
            "snapshot_unknown_reason",
        );
    }

    #[test]
    fn unknown_bits_stay() {
        let sample = |number: &str| {
            format!(
                r#"<Obj RefId="0"><TN RefId="0"><T>A.ClusterSharedVolumeStateInfo</T></TN><Props><S N="Name">Cluster Disk 3</S><S N="VolumeName">\\?\Volume{{{GUID}}}\</S><S N="Node">hv-a</S><I32 N="StateInfo">3</I32><S N="VolumeFriendlyName">Gold</S><Obj N="FileSystemRedirectedIOReason" RefId="1"><ToString>{number}</ToString><I32>{number}</I32></Obj></Props></Obj>"#
            )
        };
        check(
            "Get-ClusterSharedVolumeState",
            &[&sample("288")],
            &[mode("hv-a", ModeKind::FileSystemRedirected, 0x120, 0)],
        );
        check(
            "Get-ClusterSharedVolumeState",
            &[&sample("-2147483648")],
            &[mode("hv-a", ModeKind::FileSystemRedirected, 0x8000_0000, 0)],
        );
    }

    #[test]
    fn members_but_no_node_of_its_own() {
        let sample = objs(
            r#"<Obj RefId="0"><TN RefId="0"><T>A.ClusterSharedVolumeStateInfo</T></TN><Props><S N="Name">d</S><S N="Node">hv-a</S><S N="StateInfo">Direct</S></Props><MS><S N="PSComputerName">hv-b</S></MS></Obj>"#,
        );
        let reading = read_bytes(Syntax::Clixml, "x", sample.as_bytes());
        assert_eq!((reading.node, reading.members), (None, vec![Name::new("hv-a")]));
        assert_eq!(reading.facts[0].reporter, None);
    }
}
