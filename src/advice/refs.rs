//! "From Server 2016 on ReFS is direct": wrong, and the claim that this project began with.
//!
//! Facts: domain section 0. Microsoft's own lab (MSLab, TestingCSVRedirection, 2016 and 2019) and its documentation
//! up to Windows Server 2025 show ReFS on a CSV redirected on every node.

use super::situation::{Situation, cite};
use super::{Advice, Fits, Ruling, ruling};
use crate::fact::FsReasons;
use crate::words;

pub(super) const DIRECT_SINCE_2016: Advice = Advice {
    id: "refs-is-direct-since-2016",
    said: "Since Windows Server 2016 ReFS does direct I/O on a Cluster Shared Volume.",
    check: |s| {
        let refs = s.refs();
        if refs.is_empty() {
            return no_refs(s);
        }
        let named = s.redirected().filter(|(at, _, mode, _)| {
            refs.contains(at) && mode.file_system.has(FsReasons::FILE_SYSTEM_REFS)
        });
        let mut evidence = cite(named.flat_map(|(_, _, _, evidence)| evidence));
        let seen = !evidence.is_empty();
        let properties = refs.iter().flat_map(|&at| &s.case.volumes[at].file_system.evidence);
        evidence.extend(cite(properties));
        let names = words::list(refs.iter().map(|&at| s.case.volumes[at].label()), 4);
        let here = match seen {
            true => format!("The nodes of this bundle name FileSystemReFs as their reason for {names}."),
            false => format!("{names} is ReFS; Windows before 2016 does not name that reason."),
        };
        let why = format!(
            "It is wrong: ReFS on a CSV is file-system redirected on every node, by design, in every version that \
             allows it (Microsoft's lab for 2016 and 2019, and its documentation since). {here}"
        );
        ruling(Fits::DoesNotApply, why, cite(&evidence))
    },
};

fn no_refs(s: &Situation<'_>) -> Ruling {
    let unknown = s.volumes().filter(|(_, volume)| volume.file_system.value.is_none()).count();
    match unknown {
        0 => ruling(
            Fits::DoesNotApply,
            "No volume here is ReFS. (Where one is, the claim is wrong.)",
            cite(s.volumes().flat_map(|(_, volume)| &volume.file_system.evidence)),
        ),
        some => ruling(
            Fits::CannotTell,
            format!(
                "The file system of {} is not known; where it is ReFS, the claim is wrong.",
                words::count(some, "volume")
            ),
            Vec::new(),
        ),
    }
}
