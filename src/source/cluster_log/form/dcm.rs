//! `[DCM]`: the disk control manager coordinates volumes. None of its sentences about volumes is published, so
//! nothing here reads a sentence: volume names, GUIDs, `CsvFsVolumeState...` words, sequence and status are
//! picked out by keyword, and the claim says no more than that they stood together.

use super::Form;
use crate::fact::{Claim, FilterClaim, FilterRef, Guid, Name, NtStatus, VolumeClaim, VolumeRef};
use crate::source::cluster_log::line::Line;

pub(super) const FORMS: &[Form] = &[
    Form {
        name: "unsafe_altitude",
        tag: "DCM",
        needle: " found at unsafe altitude ",
        sample: "WARN  [DCM] filter alphaflt  found at unsafe altitude 327099",
        expect: || {
            vec![Claim::Filter(
                FilterRef::new("alphaflt"),
                FilterClaim::UnsafeAltitude { altitude: "327099".into() },
            )]
        },
        scan: |line| {
            let (name, altitude) =
                line.text.strip_prefix("filter ")?.split_once(" found at unsafe altitude ")?;
            let altitude = altitude.trim().to_owned();
            Some(vec![Claim::Filter(FilterRef::new(name), FilterClaim::UnsafeAltitude { altitude })])
        },
    },
    Form {
        name: "volume_keywords",
        tag: "DCM",
        needle: "olume",
        sample: "INFO  [DCM] some words volume 1c67fa80-1171-4a9e-9f41-0bb132e88ee4, sequence <7><71>, state \
                 CsvFsVolumeStateActive->CsvFsVolumeStateDraining, status 0xc000020c",
        expect: || {
            let volume = VolumeRef {
                guid: Guid::parse("1c67fa80-1171-4a9e-9f41-0bb132e88ee4"),
                ..VolumeRef::default()
            };
            vec![Claim::Volume(
                volume,
                VolumeClaim::DcmLine {
                    states: vec!["CsvFsVolumeStateActive".into(), "CsvFsVolumeStateDraining".into()],
                    status: Some(NtStatus { code: Some(0xc000_020c), text: "0xc000020c".into() }),
                    sequence: Some("<7><71>".into()),
                },
            )]
        },
        scan: volume_keywords,
    },
];

/// Takes a line that names a volume and says a state, a sequence or a status.
fn volume_keywords(line: &Line<'_>) -> Option<Vec<Claim>> {
    let volume = volume(line.text)?;
    let states = states(line.text);
    let status = status(line.text);
    let sequence = sequence(line.text);
    let says = !states.is_empty() || status.is_some() || sequence.is_some();
    says.then(|| vec![Claim::Volume(volume, VolumeClaim::DcmLine { states, status, sequence })])
}

/// A GUID counts as the volume's only behind the word: other objects have GUIDs too.
fn volume(text: &str) -> Option<VolumeRef> {
    let mut found = VolumeRef::default();
    for (at, word) in text.match_indices("olume") {
        let rest = &text[at + word.len()..];
        let bare = rest.trim_start_matches([' ', '{', '<', '\'']);
        if found.guid.is_none() {
            found.guid = bare.get(..36).and_then(Guid::parse);
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let begins = text[..at].chars().next_back().is_some_and(|c| c == 'V')
            && !text[..at - 1].chars().next_back().is_some_and(char::is_alphanumeric);
        let ends = !rest[digits..].chars().next().is_some_and(char::is_alphanumeric);
        if found.friendly.is_none() && begins && ends && digits > 0 {
            found.friendly = Some(Name::new(&text[at - 1..at + word.len() + digits]));
        }
    }
    (found != VolumeRef::default()).then_some(found)
}

fn states(text: &str) -> Vec<String> {
    const WORD: &str = "CsvFsVolumeState";
    text.match_indices(WORD)
        .map(|(at, _)| {
            let tail = text[at + WORD.len()..].bytes().take_while(u8::is_ascii_alphanumeric).count();
            text[at..at + WORD.len() + tail].to_owned()
        })
        .collect()
}

/// The word behind ` status `: a number, in whichever base it is printed.
fn status(text: &str) -> Option<NtStatus> {
    let (_, rest) = text.split_once("status ")?;
    let word = rest.split([' ', ',', ']', ')', ';', '\n']).next()?.trim_end_matches('.');
    let status = NtStatus::parse(word);
    status.code.is_some().then_some(status)
}

/// What is printed behind `sequence `, up to the next comma or bracket that closes the list.
fn sequence(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("sequence ")?;
    let word = rest.split([' ', ',', ']', ')', '\n']).next()?;
    let fits = word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'<' | b'>' | b':' | b'.' | b'x'));
    fits.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Line, volume_keywords};

    #[test]
    fn keywords() {
        let check = |text: &str, expect: Option<&str>| {
            let text = format!("INFO  [DCM] {text}");
            let got = volume_keywords(&Line::parse(&text).expect("a line"))
                .map(|claims| format!("{:?}", claims[0]));
            assert_eq!(got.is_some(), expect.is_some(), "{text}");
            assert!(expect.is_none_or(|word| got.is_some_and(|got| got.contains(word))), "{text}");
        };
        check("UpdateClusDiskMembership: ctl 300224 nodeSet (2), status 0", None);
        check("HandleRequest: dcm/netftRouteChange", None);
        check("mapping Volume3, status 0", Some("friendly: Some(\"Volume3\")"));
        check(r"\\?\Volume{1c67fa80-1171-4a9e-9f41-0bb132e88ee4}\ status 5", Some("1c67fa80"));
        check("disk 1c67fa80-1171-4a9e-9f41-0bb132e88ee4, status 5", None);
        check("Volume3", None);
        check("MyVolume3x status 5", None);
        check("Ünvolume {", None);
    }
}
