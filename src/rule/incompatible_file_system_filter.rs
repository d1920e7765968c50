//! A file-system minifilter that the cluster does not know as safe: the whole volume is file-system redirected.
//!
//! The verdict is `configuration`, not `fault`: nothing is broken. Windows redirects on purpose while a driver
//! that was installed is active, and an update, a removal or the vendor's word on compatibility changes it. The
//! rule accuses no driver that an event does not name.

use super::support::filter::{self, Kind};
use super::support::say;
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{FsReasons, RedirectCause};
use crate::finding::{Effect, Verdict};

const KIND: Kind = Kind {
    rule: "incompatible-file-system-filter",
    flag: FsReasons::INCOMPATIBLE_FILE_SYSTEM_FILTER,
    cause: RedirectCause::FileSystemFilter,
    event: 5125,
    noun: "file-system filter",
    next_steps,
};

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: KIND.rule,
    title: "A file-system filter driver that the cluster does not know as safe keeps the volume redirected",
    meaning: "A minifilter driver is active on the owner's file system that the cluster does not know as safe, so the \
              cluster redirects the volume on every node. An updated driver, its removal, or the vendor's \
              statement that it is safe brings direct I/O back.",
    versions: "Windows Server 2008 R2 and later",
    verdicts: &[Verdict::Configuration],
    explains: &[Effect::FileSystemDetour],
    needs: &[
        "event 5125 (System log), which names the drivers; or the reason IncompatibleFileSystemFilter in \
         Get-ClusterSharedVolumeState",
        "fltmc instances of every node, to see where the driver is loaded",
    ],
    against: &["the volume stays redirected after the driver was unloaded: look for a second reason"],
    next_steps: &[
        "fltmc instances on every node: which minifilters are attached, and where.",
        "Update or remove the driver with its vendor. Only where the vendor says that it is safe: add it to \
         (Get-Cluster).SharedVolumeCompatibleFilters.",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (event 5125)",
        "learn.microsoft.com, clusters-sharedvolumecompatiblefilters and clusters-sharedvolumeincompatiblefilters",
        "MicrosoftDocs/sdk-api, CLUSTER_SHARED_VOLUME_STATE_INFO_EX: RedirectedIOReasonUnsafeFileSystemFilter",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    filter::check(case, &KIND)
}

fn next_steps(drivers: &str) -> Vec<String> {
    vec![
        say::step(
            format!(
                "Update or remove {drivers} with its vendor, on every node that may own the volume. See where it is \
                 attached:"
            ),
            &["fltmc instances".into()],
        ),
        say::step(
            "Only where the vendor says that it is safe with direct I/O, add its name to the list of compatible \
             filters.",
            &["(Get-Cluster).SharedVolumeCompatibleFilters".into()],
        ),
        say::step("Then confirm that the reason is gone.", &[say::SHOW_MODES.into()]),
    ]
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::fact::{
        Certainty, Claim, FileSystem, FilterClaim, FilterRef, FsReasons, IoMode, RedirectCause, StorageKind,
        VolumeClaim,
    };
    use crate::finding::Verdict;
    use crate::fixture::Build;

    fn found() -> VolumeClaim {
        VolumeClaim::FilterFound { cause: RedirectCause::FileSystemFilter, drivers: vec!["cdpflt".into()] }
    }

    fn two_nodes() -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 17763).node("N2", 17763);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        (b, v)
    }

    #[test]
    fn found_by_flag_and_event() {
        let (mut b, v) = two_nodes();
        b.owner(v, -1, 601, Some("N2"));
        let mode = IoMode::file_system(FsReasons(0x2));
        b.mode(v, "N1", (-1, 120), Some(IoMode::DIRECT), Certainty::Observed);
        b.mode(v, "N1", (120, 601), Some(mode), Certainty::Observed);
        b.event(121, "N2", v, found(), "Active filter drivers found: cdpflt");
        let registered = FilterClaim::Registered { instances: Some(3), altitude: None };
        b.fact(None, "N2", Claim::Filter(FilterRef::new("cdpflt.sys"), registered.clone()), "cdpflt  3  1");
        b.fact(None, "N1", Claim::Filter(FilterRef::new("luafv"), registered), "luafv  1  1");
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0), "{out:?}");
        let f = &out.findings[0];
        assert_eq!((f.verdict, f.span.certainty), (Verdict::Configuration, Certainty::Observed));
        for part in ["driver cdpflt", "loaded on N2 and not on N1", "VM app on N1 through N2; 8.0 VM-hours"] {
            assert!(f.claim.contains(part), "{part}: {}", f.claim);
        }
        assert_eq!(f.span.evidence.len(), 3);
    }

    #[test]
    fn the_event_alone_is_a_beginning_without_an_end() {
        let (mut b, v) = two_nodes();
        b.event(100, "N2", v, found(), "Active filter drivers found: cdpflt");
        b.event(200, "N1", v, found(), "Active filter drivers found: cdpflt");
        let out = check(&b.done().0);
        assert_eq!(out.findings.len(), 1, "one, told twice");
        assert_eq!(out.findings[0].span.certainty, Certainty::Assumed);
        assert!(out.findings[0].claim.contains("is assumed"), "{}", out.findings[0].claim);
    }

    #[test]
    fn removing_it_alone_is_not_enough_on_refs() {
        let mut b = Build::new(600);
        b.node("N1", 17763);
        let v = b.volume(Some(FileSystem::Refs), Some(StorageKind::San));
        b.mode(v, "N1", (-1, 601), Some(IoMode::file_system(FsReasons(0x22))), Certainty::Observed);
        let out = check(&b.done().0);
        let claim = &out.findings[0].claim;
        assert!(claim.contains("FileSystemReFs also keeps") && claim.contains("would not bring"), "{claim}");
        assert!(out.findings[0].next_steps[0].contains("Id=5125"), "the driver is still to be found");
    }

    #[test]
    fn not_found() {
        let (mut b, v) = two_nodes();
        b.mode(v, "N1", (-1, 601), Some(IoMode::file_system(FsReasons::USER_REQUEST)), Certainty::Observed);
        let other = VolumeClaim::FilterFound { cause: RedirectCause::VolumeFilter, drivers: Vec::new() };
        b.event(100, "N1", v, other, "Active volume drivers found:");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
        let (b, _) = two_nodes();
        assert_eq!(check(&b.done().0).not_judged.len(), 0, "the System logs are complete and silent");
    }

    #[test]
    fn could_not_tell() {
        let (mut b, _) = two_nodes();
        b.without_logs("N2");
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
