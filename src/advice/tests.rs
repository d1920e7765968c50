//! Each piece of advice: applies, does not apply, cannot tell.

use std::collections::BTreeSet;

use super::{ADVICE, check};
use crate::case::{Bytes, Case};
use crate::fact::{BlockReasons, Certainty, FileSystem, FsReasons, IoMode, StorageKind};
use crate::fixture::Build;
use crate::rule;

/// `sql` on N1, its volume owned by N2 and then by N1; modes on N1 and N2.
fn case(build: u32, fs: Option<FileSystem>, one: Option<IoMode>, two: Option<IoMode>, moves: bool) -> Case {
    let mut b = Build::new(600);
    b.node("N1", build).node("N2", build);
    let v = b.volume(fs, Some(StorageKind::San));
    b.owner(v, -1, 300, Some("N2"));
    b.owner(v, 300, 601, Some(if moves { "N1" } else { "N2" }));
    b.mode(v, "N1", (-1, 601), one, Certainty::Observed);
    b.mode(v, "N2", (-1, 601), two, Certainty::Observed);
    let sql = b.vm("sql", &[v]);
    b.runs(sql, -1, 601, Some("N1"));
    b.done().0
}

fn refs(build: u32) -> Case {
    let reasons = if build < 14393 { FsReasons(0) } else { FsReasons::FILE_SYSTEM_REFS };
    let mode = Some(IoMode::file_system(reasons));
    case(build, Some(FileSystem::Refs), mode, mode, true)
}

fn expect(case: &Case, id: &str, fits: &str, part: &str) {
    let told = check(case, &rule::judge(case).findings, &[true]);
    let told = told.iter().find(|told| told.id == id).expect(id);
    assert_eq!(told.ruling.fits.word(), fits, "{id}: {}", told.ruling.why);
    assert!(told.ruling.why.contains(part), "{id}: {}", told.ruling.why);
}

#[test]
fn the_question_that_it_began_with() {
    for build in [9600, 17763] {
        let case = refs(build);
        expect(&case, "refs-is-direct-since-2016", "does not apply", "It is wrong");
        expect(&case, "failover-works-so-paths-are-fine", "applies", "no path");
        expect(&case, "configure-mpio", "does not apply", "begins above them");
        expect(&case, "update-filter-drivers", "does not apply", "ReFS");
        expect(&case, "configure-network", "does not apply", "does not make it");
        expect(&case, "dedicated-csv-network", "applies", "eases and does not cure");
        expect(&case, "prioritise-cluster-networks", "applies", "which wire");
        expect(&case, "manage-csv-owners", "applies", "sql did not detour while beside");
        expect(&case, "monitor-traffic", "applies", "No bytes");
    }
}

#[test]
fn a_lost_path_turns_it_round() {
    let case = without_path(true);
    expect(&case, "configure-mpio", "applies", "A path was lost");
    expect(&case, "failover-works-so-paths-are-fine", "does not apply", "of that moment only");
    expect(&case, "update-filter-drivers", "does not apply", "below the file system");
    expect(&case, "refs-is-direct-since-2016", "does not apply", "No volume here is ReFS");
}

/// `sql` on N1, which has no path: it had one until minute 100, or none from the beginning, with no event and never the owner.
fn without_path(had_one: bool) -> Case {
    let mut b = Build::new(600);
    b.node("N1", 17763).node("N2", 17763);
    let v = b.volume(Some(FileSystem::Ntfs), Some(StorageKind::San));
    b.owner(v, -1, 601, Some("N2"));
    let before = if had_one { IoMode::DIRECT } else { IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY) };
    b.mode(v, "N1", (-1, 100), Some(before), Certainty::Observed);
    let lost = Some(IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY));
    b.mode(v, "N1", (100, 601), lost, Certainty::Observed);
    b.mode(v, "N2", (-1, 601), Some(IoMode::DIRECT), Certainty::Observed);
    let sql = b.vm("sql", &[v]);
    b.runs(sql, -1, 601, Some("N1"));
    b.done().0
}

#[test]
fn a_path_that_was_perhaps_never_there() {
    let case = without_path(false);
    expect(&case, "configure-mpio", "cannot tell", "never meant to be is open");
    expect(&case, "failover-works-so-paths-are-fine", "cannot tell", "Open is");
}

/// Block redirection by design is not above the paths, and no more of them help.
#[test]
fn a_space_is_no_matter_of_paths() {
    let lost = Some(IoMode::block(BlockReasons::NO_DISK_CONNECTIVITY));
    let mut case = case(17763, Some(FileSystem::Ntfs), lost, Some(IoMode::DIRECT), false);
    case.volumes[0].storage.value = Some(StorageKind::SpacesDirect);
    expect(&case, "configure-mpio", "does not apply", "No path is broken");
}

#[test]
fn nobody_knows() {
    let unnamed = Some(IoMode::file_system(FsReasons(0)));
    let case = case(9600, None, unnamed, unnamed, false);
    expect(&case, "refs-is-direct-since-2016", "cannot tell", "not known");
    expect(&case, "failover-works-so-paths-are-fine", "cannot tell", "shows nothing");
    expect(&case, "configure-mpio", "cannot tell", "No rule explains");
    expect(&case, "update-filter-drivers", "cannot tell", "fltmc");
    expect(&case, "configure-network", "cannot tell", "No rule explains");
}

#[test]
fn what_was_measured_needs_no_advice() {
    let mut case = refs(17763);
    case.routes
        .iter_mut()
        .for_each(|r| r.bytes = Some(Bytes { read: 1, written: 1, source: "test", ..Bytes::default() }));
    expect(&case, "monitor-traffic", "does not apply", "It was measured");
}

#[test]
fn nothing_is_told_where_nothing_is_redirected() {
    let direct = Some(IoMode::DIRECT);
    let case = case(17763, Some(FileSystem::Ntfs), direct, direct, true);
    assert_eq!(check(&case, &[], &[true]), []);
    let ids: BTreeSet<&str> = ADVICE.iter().map(|advice| advice.id).collect();
    assert_eq!(ids.len(), ADVICE.len());
}
