//! Disks that several VMs share (shared VHDX, VHD Set): their I/O goes through the owner of the volume, by design, while
//! the volume itself is direct.
//!
//! Which of the guests is the active one no log of the hosts tells: every VM that ran off the owner is named.

use std::collections::{BTreeMap, BTreeSet};

use super::support::{say, traffic};
use super::{Judgement, Rule};
use crate::case::{Case, Route, RouteKind};
use crate::fact::{Certainty, Claim, Name, Role, Span, VmClaim};
use crate::finding::{Effect, Finding, Subjects, Verdict};
use crate::words;

const ID: &str = "shared-vhdx";

/// Facts of routes that a finding cites.
const CITED: usize = 4;

/// See the module's head.
pub(super) const RULE: Rule = Rule {
    id: ID,
    title: "A disk that VMs share is served by the volume's owner, while the volume is direct",
    meaning: "The disk of a guest cluster (shared VHDX) is kept in order by the node that owns its volume: all I/O of a \
              guest on another node goes there over the network, though the volume's mode is Direct. It is by design; it \
              costs nothing where the active guest runs on the owner.",
    versions: "Windows Server 2012 R2 and later (published for shared VHDX of 2012 R2)",
    verdicts: &[Verdict::ByDesign],
    explains: &[Effect::Traffic],
    needs: &[
        "which disks are shared: SupportPersistentReservations of Get-VMHardDiskDrive, or a .vhds file",
        "where the VMs ran and who owned the volume",
    ],
    against: &[
        "all VMs that share the disk ran on the volume's owner",
        "a volume that is redirected as a whole: then its other rules explain the traffic",
    ],
    next_steps: &[
        "Let the active guest and the volume's owner be one node: Move-ClusterSharedVolume -Name <disk> -Node <node>.",
        "Keep the shared disks of one guest cluster on one volume of their own.",
    ],
    sources: &[
        "starwindsoftware.com/blog, \"Don't fear but respect redirected IO with shared VHDX\": the owner of the volume sends \
         all I/O of a shared disk (2012 R2)",
        "nickahawkins.com, 2016/02: the same on a SAN, over the cluster networks with SMB Multichannel",
        "Hyper-V module, Get-VMHardDiskDrive: SupportPersistentReservations",
    ],
    check,
};

fn check(case: &Case) -> Judgement {
    let mut out = Judgement::default();
    if case.os_build().is_some_and(|build| build < 9600) {
        return out;
    }
    let (shared, told) = disks(case);
    let mut routes: BTreeMap<(usize, String), Vec<&Route>> = BTreeMap::new();
    for route in &case.routes {
        let (Some(volume), Some(disk)) = (route.volume, case.vms[route.vm].disks.get(route.disk)) else {
            continue;
        };
        let path = disk.path.to_ascii_lowercase();
        let away = route.node.is_some() && route.coordinator.is_some() && route.node != route.coordinator;
        if shared.contains(&path) && away && route.route == RouteKind::Direct {
            routes.entry((volume, path)).or_default().push(route);
        }
    }
    out.findings = routes.values().map(|routes| finding(case, routes)).collect();
    let open = |&v: &usize| !told.contains(&v) && traffic::beside_direct(case, v).next().is_some();
    let open: Vec<String> = (0..case.volumes.len()).filter(open).map(|v| case.volumes[v].label()).collect();
    out.not_judged.extend(say::not_judged(
        ID,
        &open,
        |volumes| {
            format!(
                "whether VMs share disks of {volumes}: files there were redirected, as measured, while the mode was Direct"
            )
        },
        "Get-VM | Get-VMHardDiskDrive | Export-Clixml -Depth 3 \"$env:COMPUTERNAME-VMHardDiskDrive.xml\"",
    ));
    out
}

/// The shared disks' paths, lower case, and the volumes of whose disks it was told whether they are shared.
fn disks(case: &Case) -> (BTreeSet<String>, BTreeSet<usize>) {
    let (mut shared, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut of: BTreeMap<String, usize> = BTreeMap::new();
    for disk in case.vms.iter().flat_map(|vm| &vm.disks) {
        let path = disk.path.to_ascii_lowercase();
        if path.ends_with(".vhds") {
            shared.insert(path.clone());
        }
        of.extend(disk.volume.map(|volume| (path, volume)));
    }
    for (_, placed) in case.facts() {
        let Claim::Vm(_, VmClaim::Disk { path, shared: Some(is) }) = &placed.fact.claim else { continue };
        let path = path.to_ascii_lowercase();
        told.extend(of.get(&path));
        if *is {
            shared.insert(path);
        }
    }
    (shared, told)
}

/// One shared disk; `routes` are its VMs' ways while they were off the owner, in the order of the case.
fn finding(case: &Case, routes: &[&Route]) -> Finding {
    let first = routes[0];
    let volume = first.volume.unwrap_or_default();
    let label = case.volumes[volume].label();
    let disk = &case.vms[first.vm].disks[first.disk];
    let sure: Vec<&&Route> = routes.iter().filter(|r| r.span.certainty > Certainty::Assumed).collect();
    let kept: Vec<&&Route> = if sure.is_empty() { routes.iter().collect() } else { sure };
    let ends: Option<Vec<_>> = kept.iter().map(|r| r.span.to).collect();
    let vms: BTreeSet<usize> = kept.iter().map(|r| r.vm).collect();
    let nodes: BTreeSet<Name> = kept.iter().filter_map(|r| r.node.clone()).collect();
    let owners: BTreeSet<&Name> = kept.iter().filter_map(|r| r.coordinator.as_ref()).collect();
    let about = vms.iter().flat_map(|&vm| &case.vms[vm].disks).filter(|d| d.path == disk.path);
    let named = about.flat_map(|d| &d.evidence).map(|cited| (cited.fact, Role::Supports));
    let cited = kept.iter().flat_map(|r| &r.span.evidence).take(CITED).map(|e| (e.fact, Role::Supports));
    let span = Span {
        from: kept.iter().map(|r| r.span.from).min().flatten(),
        to: ends.and_then(|ends| ends.into_iter().max()),
        // That the route is direct is sure; that a shared disk's I/O takes another way is a rule.
        certainty: Case::weakest(kept.iter().map(|r| r.span.certainty)).min(Certainty::Derived),
        evidence: crate::case::evidence_of(named.chain(cited)),
    };
    let names = words::list(vms.iter().map(|&vm| case.vms[vm].label()), 4);
    let claim = format!(
        "VMs share the disk {}. {names} ran on {} while {} owned {label} {}: I/O of such a disk goes through the owner over \
         the network though the volume's mode is Direct, and the rest of the volume does not. Which of the guests was \
         active, and so how much went that way, the hosts do not tell.",
        disk.path,
        words::list(&nodes, 4),
        words::list(owners, 4),
        words::when(&span, case.from, case.to),
    );
    Finding {
        rule: ID,
        explains: RULE.explains,
        title: format!("A disk on {label} is shared by VMs: its I/O goes through the owner"),
        verdict: Verdict::ByDesign,
        claim,
        subjects: Subjects {
            volumes: vec![volume],
            vms: vms.into_iter().collect(),
            nodes: nodes.into_iter().collect(),
        },
        next_steps: vec![
            say::align(case, volume, "Nothing is broken. Let the active guest and the owner be one node."),
            say::step(
                "Which disks are shared?",
                &["Get-VM | Get-VMHardDiskDrive | Where-Object SupportPersistentReservations".into()],
            ),
        ],
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::case::Traffic;
    use crate::fact::{Certainty, Claim, FileSystem, IoMode, Span, StorageKind, TrafficPath, VmClaim, VmRef};
    use crate::finding::Verdict;
    use crate::fixture::{Build, at};

    /// N2 owns; the VM runs on a node, and its disk is told to be shared or not.
    fn base(runs_on: &str, shared: Option<bool>) -> (Build, usize) {
        let mut b = Build::new(600);
        b.node("N1", 9600).node("N2", 9600);
        let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
        b.owner(v, -1, 601, Some("N2"));
        b.mode(v, runs_on, (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
        let vm = b.vm("sql", &[v]);
        b.runs(vm, -1, 601, Some(runs_on));
        let path = b.case.vms[vm].disks[0].path.clone();
        b.fact(None, "N1", Claim::Vm(VmRef::new("sql", None), VmClaim::Disk { path, shared }), "Path : x");
        (b, v)
    }

    #[test]
    fn found_off_the_owner() {
        let (b, v) = base("N1", Some(true));
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (1, 0));
        let f = &out.findings[0];
        assert_eq!(
            (f.verdict, &f.subjects.volumes, f.span.certainty),
            (Verdict::ByDesign, &vec![v], Certainty::Derived)
        );
        assert!(f.claim.contains("sql ran on N1 while N2 owned Volume1"), "{}", f.claim);
    }

    #[test]
    fn found_by_the_name_of_a_vhd_set() {
        let (mut b, _) = base("N1", None);
        b.case.vms[0].disks[0].path = r"C:\ClusterStorage\Volume1\quorum.vhds".into();
        assert_eq!(check(&b.done().0).findings.len(), 1);
    }

    #[test]
    fn not_found_on_the_owner_or_where_nothing_is_shared() {
        assert_eq!(check(&base("N2", Some(true)).0.done().0).findings.len(), 0);
        let out = check(&base("N1", Some(false)).0.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 0));
    }

    #[test]
    fn could_not_tell_where_redirected_bytes_were_measured_beside_direct_mode() {
        let (mut b, v) = base("N1", None);
        let span = Span {
            from: Some(at(10)),
            to: Some(at(20)),
            certainty: Certainty::Observed,
            evidence: Vec::new(),
        };
        b.case.traffic.push(Traffic {
            span,
            volume: Some(v),
            node: Some("N1".into()),
            file: None,
            vm: None,
            path: TrafficPath::FileSystemRedirected,
            read: 4096,
            written: 0,
            undirected: 0,
            operations: None,
            lossy: false,
            source: "csvfs_trace",
        });
        let out = check(&b.done().0);
        assert_eq!((out.findings.len(), out.not_judged.len()), (0, 1));
    }
}
