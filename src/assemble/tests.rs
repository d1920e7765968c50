//! Bundles in notation, timelines as text.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::notation::{MIDNIGHT, case};
use crate::case::Case;
use crate::fact::{Instant, Span};
use crate::timeline::Timeline;

fn clock(at: Instant) -> String {
    let nanos = at.0 - MIDNIGHT;
    let (day, nanos) = (nanos.div_euclid(86_400_000_000_000), nanos.rem_euclid(86_400_000_000_000));
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let mut out = if day == 0 { String::new() } else { format!("{day:+} ") };
    let _ = write!(out, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 || rest > 0 {
        let _ = write!(out, ":{:02}", seconds % 60);
    }
    match rest {
        0 => {}
        1 => out.push('+'),
        _ => {
            let _ = write!(out, ".{:03}", rest / 1_000_000);
        }
    }
    out
}

fn range(span: &Span) -> String {
    let end = |at: Option<Instant>| at.map_or(String::new(), clock);
    format!("{}..{}", end(span.from), end(span.to))
}

fn lines<T>(out: &mut String, title: &str, timeline: &Timeline<T>, print: impl Fn(&T) -> String) {
    if timeline.pieces.iter().all(|p| p.value.is_none() && p.span.evidence.is_empty()) {
        return;
    }
    let _ = writeln!(out, "{title}");
    for piece in &timeline.pieces {
        let value = piece.value.as_ref().map_or("-".to_owned(), &print);
        let _ = writeln!(out, "  {} {value} {}", range(&piece.span), piece.span.certainty.word());
    }
}

/// Everything that timelines and routes say, in lines.
pub(super) fn print(case: &Case) -> String {
    let mut out = String::new();
    for volume in &case.volumes {
        let label = volume.label();
        let settled = |name: &str, value: Option<String>, certainty: crate::fact::Certainty| {
            value.map(|value| format!(" {name} {value} {}", certainty.word())).unwrap_or_default()
        };
        let fs = volume.file_system.value.as_ref().map(|fs| fs.word().to_owned());
        let kind = volume.storage.value.map(|kind| kind.word().to_owned());
        let about =
            settled("fs", fs, volume.file_system.certainty) + &settled("on", kind, volume.storage.certainty);
        if !about.is_empty() {
            let _ = writeln!(out, "{label}{about}");
        }
        lines(&mut out, &format!("{label} owner"), &volume.coordinator, ToString::to_string);
        for (node, mode) in &volume.io_mode {
            lines(&mut out, &format!("{label} mode on {node}"), mode, |mode| {
                let words = [mode.file_system.words(), mode.block.words()].concat();
                [vec![mode.kind.word().to_owned()], words].concat().join(" ")
            });
        }
        for (node, state) in &volume.state {
            lines(&mut out, &format!("{label} state on {node}"), state, |state| state.word());
        }
    }
    for vm in &case.vms {
        lines(&mut out, &format!("{} placement", vm.label()), &vm.placement, |placement| {
            let state = placement.state.as_ref().map_or(String::new(), |state| format!(" {}", state.word()));
            format!("{}{state}", placement.node)
        });
    }
    for node in &case.nodes {
        let name = node.name.as_ref().map(ToString::to_string).unwrap_or_default();
        lines(&mut out, &format!("{name} up"), &node.up, ToString::to_string);
    }
    for route in &case.routes {
        let name =
            |name: &Option<crate::fact::Name>| name.as_ref().map_or("-".to_owned(), ToString::to_string);
        let _ = writeln!(
            out,
            "route {} {}: {} from {} via {} {}{}",
            case.vms[route.vm].label(),
            range(&route.span),
            route.route.word(),
            name(&route.node),
            name(&route.coordinator),
            route.span.certainty.word(),
            if route.missing.is_empty() {
                String::new()
            } else {
                format!(" missing {}", route.missing.join(" "))
            },
        );
    }
    out
}

pub(super) fn check(text: &str, expected: Expect) {
    expected.assert_eq(&print(&case(text)));
}

/// The complete logs of two nodes from 09:00 to 12:00.
pub(super) const COMPLETE: &str = "
    cover n1: engine op system csvfs vmms worker 09:00..12:00
    cover n2: engine op system csvfs vmms worker 09:00..12:00
";

/// A CSV disk whose group is named by a GUID, as tables give it.
const DISK: &str = "
    end n1: volume #1=Volume1=Disk1
    end n1: resource Disk1 in 11111111-2222-3333-4444-555555555555
";

pub(super) fn complete(text: &str, expected: Expect) {
    check(&format!("{COMPLETE}{DISK}{text}"), expected);
}

mod owners {
    use super::*;

    #[test]
    fn a_snapshot_is_walked_back_to_before_the_first_move() {
        complete(
            "end n1: volume #1 owner n2",
            expect![[r#"
            Volume1 owner
              .. n2 derived
        "#]],
        );
        complete(
            "10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2
             10:00:01 n2: resource Disk1 online
             end n1: volume #1 owner n2",
            expect![[r#"
                Volume1 owner
                  ..10:00 n1 derived
                  10:00.. n2 derived
            "#]],
        );
        check(
            &format!("{DISK} end n1: volume #1 owner n2"),
            expect![[r#"
            Volume1 owner
              .. n2 observed
        "#]],
        );
    }

    #[test]
    fn who_had_it_before_a_node_went_down_is_not_in_the_move() {
        complete(
            "10:00 n2: node n1 removed
             10:00:02 n2: group 11111111-2222-3333-4444-555555555555 move ? n2 NodeDown
             10:00:03 n2: resource Disk1 online",
            expect![[r#"
                Volume1 owner
                  ..10:00:02 - unknown
                  10:00:02.. n2 derived
                n1 up
                  ..10:00 - unknown
                  10:00.. false derived
            "#]],
        );
    }

    #[test]
    fn events_without_the_engine() {
        complete(
            "10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2 1641
             10:00:02 n2: resource Disk1 online",
            expect![[r#"
                Volume1 owner
                  ..10:00 n1 derived
                  10:00..10:00:02 - unknown
                  10:00:02.. n2 derived
            "#]],
        );
        complete(
            "10:00 n2: volume #1 owner n2\n10:00 n1: volume #1 not-owner",
            expect![[r#"
                Volume1 owner
                  ..10:00 - unknown
                  10:00.. n2 derived
            "#]],
        );
    }

    #[test]
    fn sources_that_contradict() {
        // Two tables of one rank.
        complete(
            "end n1: volume #1 owner n2\nend n2: volume #1 owner n1",
            expect![[r#"
            Volume1 owner
              .. - unknown
        "#]],
        );
        // The log saw the disk come up on n2 and nothing since; the table says n1.
        complete(
            "10:00 n2: resource Disk1 online\nend n1: volume #1 owner n1",
            expect![[r#"
            Volume1 owner
              ..10:00 - unknown
              10:00.. n2 assumed
        "#]],
        );
        complete(
            "10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2
             10:30 n1: group 11111111-2222-3333-4444-555555555555 move-failed
             end n1: volume #1 owner n1",
            expect![[r#"
                Volume1 owner
                  ..10:00 n1 derived
                  10:00..10:30 n2 assumed
                  10:30.. n1 derived
            "#]],
        );
    }
}

mod modes {
    use super::*;

    const SAN: &str = "
        end n1: volume #1 fs NTFS
        end n1: disk Disk1 bus Fibre Channel
        end n1: volume #1 owner n1
        end n1: filter FltMgr bindflt
        end n2: filter FltMgr bindflt
    ";

    #[test]
    fn lost_path() {
        complete(
            &format!(
                "{SAN} 10:00 n2: volume Volume1=Disk1 direct-access-lost
                 10:40 n2: volume Volume1=Disk1 resumed
                 end n1: volume #1 mode n1 Direct
                 end n1: volume #1 mode n2 Direct"
            ),
            expect![[r#"
                Volume1 fs NTFS observed on san derived
                Volume1 owner
                  .. n1 derived
                Volume1 mode on n1
                  .. Direct derived
                Volume1 mode on n2
                  ..10:00 Direct derived
                  10:00..10:40 BlockRedirected derived
                  10:40.. Direct derived
                Volume1 state on n1
                  .. Active derived
                Volume1 state on n2
                  ..10:40 - unknown
                  10:40.. Active derived
            "#]],
        );
    }

    #[test]
    fn user_request_and_filters() {
        complete(
            &format!(
                "{SAN} 10:00 n1: volume Volume1=Disk1 redirected-access on
                 end n1: volume #1 mode n1 FileSystemRedirected UserRequest"
            ),
            expect![[r#"
                Volume1 fs NTFS observed on san derived
                Volume1 owner
                  .. n1 derived
                Volume1 mode on n1
                  ..10:00 Direct derived
                  10:00.. FileSystemRedirected UserRequest derived
                Volume1 mode on n2
                  ..10:00 - unknown
                  10:00.. FileSystemRedirected UserRequest assumed
                Volume1 state on n1
                  .. Active derived
            "#]],
        );
        // Filters are found on the owner's stack: only while it owns.
        complete(
            &format!(
                "{SAN} 10:00 n2: group 11111111-2222-3333-4444-555555555555 move n1 n2
                 10:00:01 n2: volume #1 owner n2
                 10:00:05 n2: volume Volume1=Disk1 filter-found cdp
                 11:00 n2: group 11111111-2222-3333-4444-555555555555 move n2 n1
                 11:00:01 n1: volume #1 owner n1
                 end n1: volume #1 mode n1 Direct"
            ),
            expect![[r#"
                Volume1 fs NTFS observed on san derived
                Volume1 owner
                  ..10:00 n1 derived
                  10:00..11:00 n2 derived
                  11:00.. n1 derived
                Volume1 mode on n1
                  ..10:00 Direct derived
                  10:00..10:00:05 - unknown
                  10:00:05..11:00 FileSystemRedirected IncompatibleFileSystemFilter derived
                  11:00.. Direct derived
                Volume1 mode on n2
                  ..10:00:05 - unknown
                  10:00:05..11:00 FileSystemRedirected IncompatibleFileSystemFilter assumed
                  11:00.. - unknown
                Volume1 state on n1
                  .. Active derived
            "#]],
        );
    }

    #[test]
    fn refs_is_redirected_everywhere() {
        complete(
            "end n1: volume #1 fs ReFS\nend n1: node n1 build 9600\nend n1: volume #1 owner n1
             end n1: volume #1 fault 0",
            expect![[r#"
            Volume1 fs ReFS observed
            Volume1 owner
              .. n1 derived
            Volume1 mode on n1
              .. FileSystemRedirected derived
            Volume1 mode on n2
              .. FileSystemRedirected derived
        "#]],
        );
        // Whether there was access at all is not told.
        complete(
            "end n1: volume #1 fs ReFS\nend n1: node n1 build 9600",
            expect![[r#"
            Volume1 fs ReFS observed
            Volume1 mode on n1
              .. FileSystemRedirected assumed
            Volume1 mode on n2
              .. FileSystemRedirected assumed
        "#]],
        );
        complete(
            "end n1: volume #1 fs ReFS\nend n1: node n1 build 17763\nend n1: volume #1 mode n2 Direct",
            expect![[r#"
                Volume1 fs ReFS observed
                Volume1 mode on n1
                  .. - unknown
                Volume1 mode on n2
                  .. - unknown
                Volume1 state on n2
                  .. Active derived
            "#]],
        );
        complete(
            "end n1: volume #1 fs ReFS\nend n1: node n1 build 7601",
            expect![[r#"
            Volume1 fs ReFS observed
        "#]],
        );
    }

    #[test]
    fn spaces_follow_the_owner() {
        complete(
            "end n1: cluster s2d
             end n1: volume #1 fs NTFS
             end n1: disk Disk1 space Mirror
             end n1: filter FltMgr
             end n2: filter FltMgr
             10:00 n1: group 11111111-2222-3333-4444-555555555555 move n1 n2
             10:00:01 n2: volume #1 owner n2
             end n1: volume #1 owner n2
             end n1: volume #1 mode n1 BlockRedirected NoDiskConnectivity
             end n1: volume #1 mode n2 Direct",
            expect![[r#"
                Volume1 fs NTFS observed on spaces_direct derived
                Volume1 owner
                  ..10:00 n1 derived
                  10:00.. n2 derived
                Volume1 mode on n1
                  ..10:00 Direct derived
                  10:00.. BlockRedirected NoDiskConnectivity derived
                Volume1 mode on n2
                  ..10:00 BlockRedirected NoDiskConnectivity derived
                  10:00.. Direct derived
                Volume1 state on n1
                  .. Active derived
                Volume1 state on n2
                  .. Active derived
            "#]],
        );
    }

    #[test]
    fn silence_is_no_proof() {
        complete(
            SAN,
            expect![[r#"
            Volume1 fs NTFS observed on san derived
            Volume1 owner
              .. n1 derived
        "#]],
        );
        complete(
            &format!("{SAN} 10:00 n2: volume Volume1=Disk1 paused c00000b5"),
            expect![[r#"
            Volume1 fs NTFS observed on san derived
            Volume1 owner
              .. n1 derived
            Volume1 state on n2
              ..10:00 - unknown
              10:00..10:00:00+ Paused observed
              10:00:00+.. Paused assumed
        "#]],
        );
        complete(
            &format!("{SAN} 10:00 n2: volume Volume1=Disk1 paused\n10:01 n2: volume Volume1=Disk1 resumed"),
            expect![[r#"
                Volume1 fs NTFS observed on san derived
                Volume1 owner
                  .. n1 derived
                Volume1 state on n2
                  ..10:00 - unknown
                  10:00..10:01 Paused derived
                  10:01.. Active derived
            "#]],
        );
    }
}

mod places {
    use super::*;

    #[test]
    fn live_migration() {
        complete(
            "09:10 n1: vm sql#9 started
             10:00 n1: vm sql#9 migrating n2
             10:00:08 n2: vm sql#9 arrived
             10:00:09 n1: vm sql#9 left
             end n2: vm sql#9 on n2 Running",
            expect![[r#"
                sql placement
                  ..09:10 - unknown
                  09:10..10:00:09 n1 Running derived
                  10:00:09.. n2 Running derived
            "#]],
        );
        complete(
            "10:00 n1: vm sql migrating n2\n10:00:05 n1: vm sql migration-failed",
            expect![[r#"
            sql placement
              .. n1 derived
        "#]],
        );
    }

    /// A quick migration of 2012: the next host tells that the role is online, and no log of the last one that it left.
    #[test]
    fn a_role_that_left_untold() {
        let roles = |build: u32, covers: &str| {
            format!(
                "{covers}\nend n1: group sql vm\nend n1: node n1 build {build}\n09:10 n1: group sql online
                 10:00 n2: group sql online"
            )
        };
        let first = "cover n1: engine op 09:00..12:00";
        let both = format!("{first}\ncover n2: engine op 09:00..12:00");
        // Where both nodes' logs show that it came up nowhere else, it stayed.
        for (build, covers) in [(9200, &both), (9600, &both)] {
            check(
                &roles(build, covers),
                expect![[r#"
                    sql placement
                      ..09:10 - unknown
                      09:10..09:10:00+ n1 observed
                      09:10:00+..10:00 n1 assumed
                      10:00.. n2 derived
                "#]],
            );
        }
        // The silence of one is nothing.
        check(
            &format!("{first}\nend n1: group sql vm\nend n2: node n2 build 9200\n09:10 n1: group sql online"),
            expect![[r#"
                sql placement
                  ..09:10 - unknown
                  09:10..09:10:00+ n1 observed
                  09:10:00+.. n1 assumed
            "#]],
        );
    }

    #[test]
    fn role_moves() {
        complete(
            "end n1: resource VirtualMachine-sql kind Virtual Machine
             end n1: group sql vm
             10:00 n1: group sql move n1 n2
             10:00:05 n2: group sql online
             end n1: group sql on n2",
            expect![[r#"
                sql placement
                  ..10:00 n1 derived
                  10:00.. n2 derived
            "#]],
        );
    }
}

mod ways {
    use super::*;

    #[test]
    fn the_question() {
        complete(
            "end n1: node n1 build 9600
             end n1: volume #1 fs ReFS
             end n1: volume #1 owner n2
             end n1: volume #1 fault 0
             end n1: vm a on n1
             end n1: vm a disk C:\\ClusterStorage\\volume1\\a\\a.vhdx
             end n2: vm b on n2
             end n2: vm b disk D:\\ClusterStorage\\Volume1\\b.vhdx
             end n2: vm c on n2
             end n2: vm c disk E:\\vms\\c.vhdx",
            expect![[r#"
                Volume1 fs ReFS observed
                Volume1 owner
                  .. n2 derived
                Volume1 mode on n1
                  .. FileSystemRedirected derived
                Volume1 mode on n2
                  .. FileSystemRedirected derived
                a placement
                  .. n1 Running derived
                b placement
                  .. n2 Running derived
                c placement
                  .. n2 Running derived
                route a ..: via_coordinator_fs from n1 via n2 derived
                route b ..: owner_local from n2 via n2 derived
                route c ..: unknown from n2 via - unknown missing volume
            "#]],
        );
    }
}
