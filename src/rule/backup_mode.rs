//! Windows Server 2008 R2: a backup of the volume redirects it on every node until the backup ends.
//!
//! Found by events 5140 and 5141. Since 2012 a backup keeps direct I/O, so there the events prove nothing and the
//! rule finds nothing. Event 5121 inside the backup is part of it (KB2492143): `lost-disk-path` leaves it alone.

use super::support::switch::{self, Switched};
use super::support::{self, Told, say};
use super::{Judgement, Rule};
use crate::case::Case;
use crate::fact::{Role, VolumeClaim};
use crate::finding::{Effect, Finding, Verdict};

const ID: &str = "backup-mode";
/// Windows Server 2012: since then a backup keeps direct I/O.
const KEEPS_DIRECT: u32 = 9200;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A backup redirects the volume for as long as it runs (Windows Server 2008 R2)",
    meaning: "On Windows Server 2008 R2 a backup of a Cluster Shared Volume redirects it on every node from beginning \
              to end. It passes by itself; event 5121 on other nodes meanwhile is part of it and no lost path.",
    versions: "Windows Server 2008 R2 only",
    verdicts: &[Verdict::Temporary],
    explains: &[Effect::FileSystemDetour, Effect::BlockDetour],
    needs: &["events 5140 (on) and 5141 (off), and the Windows version"],
    against: &["Windows Server 2012 and later keep direct I/O during a backup"],
    next_steps: &[
        "Nothing to repair while it is brief. A backup that never ends: look at the backup application.",
        "A hardware VSS provider makes the backup brief; Windows Server 2012 and later do not redirect for it.",
    ],
    sources: &[
        "message tables of Windows Server 2008 R2 to 2019 (events 5140, 5141)",
        "support.microsoft.com KB2492143: event 5121 during a backup on 2008 R2",
    ],
    check,
};

fn state(claim: &VolumeClaim) -> Option<bool> {
    match claim {
        VolumeClaim::Backup { on } => Some(*on),
        _ => None,
    }
}

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    let backups = switch::switched(case, state);
    match case.os_build() {
        Some(build) if build >= KEEPS_DIRECT => {}
        Some(_) => {
            if !support::system_log_everywhere(case) {
                let silent = |at: &usize| backups.iter().all(|b| b.volume != *at);
                let unknown: Vec<String> =
                    (0..case.volumes.len()).filter(silent).map(|at| case.volumes[at].label()).collect();
                out.not_judged.extend(say::not_judged(
                    ID,
                    &unknown,
                    |volumes| {
                        format!("the System log of every node: event 5140 tells of a backup of {volumes}")
                    },
                    say::COLLECT_SYSTEM,
                ));
            }
            let lost = support::told(case, |claim| matches!(claim, VolumeClaim::DirectAccessLost));
            let lost = support::by_volume(case, &lost);
            out.findings.extend(backups.into_iter().map(|backup| {
                let lost = &lost[backup.volume];
                finding(case, backup, lost)
            }));
        }
        None => {
            let mut open: Vec<String> = backups.iter().map(|b| case.volumes[b.volume].label()).collect();
            open.dedup();
            out.not_judged.extend(say::not_judged(
                ID,
                &open,
                |volumes| {
                    format!("the Windows version: only on 2008 R2 the backup of {volumes} redirects it")
                },
                "Get-WmiObject Win32_OperatingSystem | Export-Clixml win32-operatingsystem.xml",
            ));
        }
    }
    out
}

fn finding(case: &Case, backup: Switched, lost: &[&Told<'_>]) -> Finding {
    let Switched { volume: at, mut episode, begun, ended } = backup;
    let volume = &case.volumes[at];
    let label = volume.label();
    let inside = lost.iter().filter(|t| t.at.is_some_and(|at| episode.span.contains(at)));
    let inside: Vec<_> = inside.map(|t| t.fact).collect();
    inside.iter().for_each(|fact| episode.cite(*fact, Role::Supports));
    let mut claim = format!(
        "A backup had {label} redirected {}: on Windows Server 2008 R2 every node then sends its I/O through the \
         owner's file system.",
        say::when(case, &episode)
    );
    claim.push_str(match (begun, ended) {
        (true, true) => " Event 5140 marks the beginning, event 5141 the end.",
        (true, false) => " Event 5140 marks the beginning; no 5141 was read after it.",
        (false, _) => " Event 5141 marks the end; when the backup began is not known.",
    });
    if !inside.is_empty() {
        claim.push_str(" Event 5121 meanwhile is part of the backup and no lost path.");
    }
    claim.push(' ');
    claim.push_str(&say::who(case, at, &episode));
    let jobs = say::step("See which jobs run on the owner.", &["vssadmin list shadows".into()]);
    let mut next_steps = vec![match ended {
        true => {
            "Nothing is broken: it ended with the backup. A hardware VSS provider makes backups brief.".into()
        }
        false => "If the backup job has ended, let the backup application release the volume.".to_owned(),
    }];
    if !ended {
        next_steps.push(jobs);
    }
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("{label} was redirected during a backup"),
        verdict: Verdict::Temporary,
        claim,
        subjects: say::subjects(case, at, &episode),
        next_steps,
        span: episode.span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Case;
    use crate::fact::{Certainty, FileSystem, FsReasons, IoMode, StorageKind, VolumeClaim};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};
    use crate::rule;

    fn backed_up(build: u32, begin: bool) -> Case {
        let mut b = Build::new(600);
        b.node("N1", build).node("N2", build);
        if build == 0 {
            b.case.nodes.iter_mut().for_each(|n| n.os_build = None);
        }
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, "N1", (50, 70), Some(IoMode::file_system(FsReasons(0))), Certainty::Derived);
        if begin {
            b.event(50, "N2", v, VolumeClaim::Backup { on: true }, "backup was turned on");
        }
        b.event(60, "N1", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        b.event(70, "N2", v, VolumeClaim::Backup { on: false }, "backup was turned off");
        let vm = b.vm("app", &[v]);
        b.runs(vm, -1, 601, Some("N1"));
        b.done().0
    }

    #[test]
    fn found_and_event_5121_inside_is_no_lost_path() {
        let out = rule::judge(&backed_up(7601, true));
        assert_eq!(out.findings.len(), 1, "{:?}", out.findings);
        let f = &out.findings[0];
        assert_eq!((f.rule, f.verdict), (super::ID, Verdict::Temporary));
        assert_eq!((f.span.from, f.span.to), (Some(at(50)), Some(at(70))));
        assert_eq!(f.span.evidence.len(), 3, "5140, 5121, 5141");
        assert!(f.claim.contains("VM app on N1 through N2; 0.3 VM-hours"), "{}", f.claim);
    }

    #[test]
    fn found_by_its_end_alone() {
        let out = rule::judge(&backed_up(7601, false));
        assert_eq!(out.findings.len(), 1, "{:?}", out.findings);
        assert_eq!((out.findings[0].rule, out.findings[0].span.from), (super::ID, None));
    }

    #[test]
    fn found_where_the_node_logs_5121_just_before_the_owner_logs_5140() {
        let mut b = Build::new(600);
        b.node("N1", 7601).node("N2", 7601);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.event(49, "N1", v, VolumeClaim::DirectAccessLost, "no longer directly accessible");
        b.event(50, "N2", v, VolumeClaim::Backup { on: true }, "backup was turned on");
        b.event(70, "N2", v, VolumeClaim::Backup { on: false }, "backup was turned off");
        let out = rule::judge(&b.done().0);
        assert_eq!(out.findings.len(), 1, "{:?}", out.findings);
        assert_eq!(out.findings[0].rule, super::ID);
    }

    #[test]
    fn not_found_since_2012() {
        let out = check(&backed_up(9200, true));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell_without_the_version_and_then_there_is_no_fault_either() {
        let out = check(&backed_up(0, true));
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
        let all = rule::judge(&backed_up(0, true));
        assert!(all.findings.iter().all(|f| f.verdict != Verdict::Fault), "{:?}", all.findings);
        let mut b = Build::new(600);
        b.node("N1", 7601);
        b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.without_logs("N1");
        assert_eq!(check(&b.done().0).not_judged.len(), 1);
    }
}
