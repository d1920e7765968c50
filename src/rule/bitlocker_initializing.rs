//! BitLocker encrypts the volume for the first time: file-system redirected on every node until that is done.
//!
//! Found by the reason `BitLockerInitializing` alone, which the nodes name. No event tells the mode, so without a
//! known mode the rule cannot say. How far the encryption is, is not in any input.

use super::support::{self, Episode, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FsReasons, Instant};
use crate::finding::{Effect, Finding, Verdict};

const ID: &str = "bitlocker-initializing";

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "BitLocker encrypts the volume for the first time, and it is redirected meanwhile",
    meaning: "While BitLocker encrypts a volume for the first time, all I/O goes through the owner, where the encryption \
              runs. It ends by itself when the encryption is complete.",
    versions: "Windows Server 2012 and later; which version first names the reason is not established",
    verdicts: &[Verdict::Temporary],
    explains: &[Effect::FileSystemDetour],
    needs: &["the reason BitLockerInitializing in Get-ClusterSharedVolumeState"],
    against: &["Get-BitLockerVolume on the owner shows the volume as FullyEncrypted or FullyDecrypted"],
    next_steps: &[
        "Wait. Get-BitLockerVolume on the owner shows EncryptionPercentage.",
        "If it stands still: Resume-BitLocker on the owner, then look again.",
    ],
    sources: &[
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: RedirectedIOReasonBitLockerInitializing",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let mut unknown = Vec::new();
    for (at, volume) in case.volumes.iter().enumerate() {
        let episodes = support::episodes(volume, |m| m.file_system.has(FsReasons::BIT_LOCKER_INITIALIZING));
        if !support::has_known_mode(volume) {
            unknown.push(volume.label());
        }
        out.findings.extend(episodes.into_iter().map(|episode| finding(case, at, episode)));
    }
    out.not_judged.extend(say::not_judged(
        ID,
        &unknown,
        |volumes| format!("the I/O mode of every node for {volumes}"),
        say::COLLECT_MODES,
    ));
    out
}

/// When a known mode no longer names the reason.
fn gone(case: &Case, at: usize, episode: &Episode) -> Option<Instant> {
    let end = episode.whole().to?;
    let of = |(_, timeline): &(_, crate::case::Timeline<crate::fact::IoMode>)| timeline.at(end).copied();
    let modes: Vec<_> = case.volumes[at].io_mode.iter().filter_map(of).collect();
    let without = |m: &crate::fact::IoMode| !m.file_system.has(FsReasons::BIT_LOCKER_INITIALIZING);
    (!modes.is_empty() && modes.iter().all(without)).then_some(end)
}

fn finding(case: &Case, at: usize, episode: Episode) -> Finding {
    let volume = &case.volumes[at];
    let label = volume.label();
    let done = gone(case, at, &episode);
    let mut claim = format!(
        "{label} was file-system redirected {} while BitLocker encrypted it for the first time; the nodes name the \
         reason BitLockerInitializing.",
        say::when(case, &episode)
    );
    claim.push_str(match done {
        Some(_) => " Afterwards the reason is gone.",
        None => " It ends by itself when the encryption is complete; no end was seen.",
    });
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    claim.push_str(&say::other_reasons(volume, &episode, FsReasons::BIT_LOCKER_INITIALIZING));
    let owner = volume.coordinator.pieces.last().and_then(|p| p.value.as_ref());
    let on = owner.map_or_else(|| "the owner".to_owned(), ToString::to_string);
    let progress = say::step(
        format!("See on {on} how far it is, and wait."),
        &["Get-BitLockerVolume | Format-Table MountPoint, VolumeStatus, EncryptionPercentage".into()],
    );
    let confirm = say::step("Confirm that the reason is gone.", &[say::SHOW_MODES.into()]);
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} is redirected while BitLocker encrypts it for the first time"),
        verdict: Verdict::Temporary,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps: match done {
            Some(_) => vec![confirm],
            None => vec![progress, confirm],
        },
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Certainty, FileSystem, FsReasons, IoMode, StorageKind};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    fn one_node() -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        (b, v)
    }

    const ENCRYPTING: IoMode = IoMode {
        kind: crate::fact::ModeKind::FileSystemRedirected,
        file_system: FsReasons::BIT_LOCKER_INITIALIZING,
        block: crate::fact::BlockReasons(0),
    };

    #[test]
    fn found_until_it_ended() {
        let (mut b, v) = one_node();
        b.mode(v, "N1", (60, 300), Some(ENCRYPTING), Certainty::Observed);
        b.mode(v, "N1", (300, 601), Some(IoMode::DIRECT), Certainty::Observed);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.to), (Verdict::Temporary, Some(at(300))));
        assert!(f.claim.contains("the reason is gone") && f.next_steps.len() == 1, "{}", f.claim);
    }

    #[test]
    fn found_still_going_on() {
        let (mut b, v) = one_node();
        b.mode(v, "N1", (60, 601), Some(ENCRYPTING), Certainty::Observed);
        let f = &check(&b.done().0).findings[0];
        assert!(f.claim.contains("no end was seen"), "{}", f.claim);
        assert!(f.next_steps[0].contains("Get-BitLockerVolume"), "{:?}", f.next_steps);
    }

    #[test]
    fn not_found() {
        let (mut b, v) = one_node();
        b.mode(v, "N1", (-1, 601), Some(IoMode::file_system(FsReasons::USER_REQUEST)), Certainty::Observed);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        let (b, _) = one_node();
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
