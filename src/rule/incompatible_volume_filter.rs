//! A volume filter driver that the cluster does not know as safe: the whole volume is file-system redirected.
//!
//! The verdict is `configuration` for the same reason as with file-system filters: Windows does what an
//! installed driver makes it do. The rule accuses no driver that an event does not name.

use super::support::filter::{self, Kind};
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FsReasons, RedirectCause};
use crate::finding::{Effect, Verdict};

const KIND: Kind = Kind {
    rule: "incompatible-volume-filter",
    flag: FsReasons::INCOMPATIBLE_VOLUME_FILTER,
    cause: RedirectCause::VolumeFilter,
    event: 5126,
    noun: "volume filter",
    next_steps,
};

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: KIND.rule,
    title: "A volume filter driver that the cluster does not know as safe keeps the volume redirected",
    meaning: "A driver between file system and disk is active on the owner that the cluster does not know as safe, so \
              the cluster redirects the volume on every node. Event 5126 names the drivers.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Configuration],
    explains: &[Effect::FileSystemDetour],
    needs: &["event 5126 (System log), which names the drivers; or the reason IncompatibleVolumeFilter in \
         Get-ClusterSharedVolumeState"],
    against: &["the volume stays redirected after the driver was removed: look for a second reason"],
    next_steps: &[
        "Get-WinEvent, event 5126 on every node: which drivers.",
        "Update or remove the driver with its vendor, then confirm with Get-ClusterSharedVolumeState.",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (event 5126)",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: RedirectedIOReasonUnsafeVolumeFilter",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    filter::check(case, &KIND)
}

fn next_steps(drivers: &str) -> Vec<String> {
    vec![
        format!("Update or remove {drivers} with its vendor, on every node that may own the volume."),
        say::step("Then confirm that the reason is gone.", &[say::SHOW_MODES.into()]),
    ]
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{Certainty, FileSystem, FsReasons, IoMode, RedirectCause, StorageKind, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::Build;

    fn one_node() -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        (b, v)
    }

    #[test]
    fn found() {
        let (mut b, v) = one_node();
        b.mode(v, "N1", (60, 601), Some(IoMode::file_system(FsReasons(0x4))), Certainty::Derived);
        let claim =
            VolumeClaim::FilterFound { cause: RedirectCause::VolumeFilter, drivers: vec!["blkrep".into()] };
        b.event(60, "N1", v, claim, "Active volume drivers found: blkrep");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Configuration, Certainty::Derived));
        assert!(f.title.contains("blkrep"), "{}", f.title);
    }

    #[test]
    fn not_found() {
        let (mut b, v) = one_node();
        b.mode(v, "N1", (-1, 601), Some(IoMode::file_system(FsReasons(0x2))), Certainty::Observed);
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell() {
        let (mut b, _) = one_node();
        b.without_logs("N1");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
