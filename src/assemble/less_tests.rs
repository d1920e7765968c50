//! Less evidence makes nothing surer: what was over-sure once, in full and without the part that made it careful.

use expect_test::{Expect, expect};

use super::tests::{COMPLETE, check};

/// Of complete logs of two nodes.
fn told(text: &str, expected: Expect) {
    check(&format!("{COMPLETE}{text}"), expected);
}

const DISK: &str = "
    end n1: volume #1=Volume1=Disk1
    end n1: resource Disk1 in 11111111-2222-3333-4444-555555555555
    09:30 n2: resource Disk1 online
";

/// Since when the old owner was gone only those tell that saw it go.
#[test]
fn a_failover_alone() {
    let failover = "10:00 n1: group 11111111-2222-3333-4444-555555555555 move n2 n1 1153
        10:00:01 n1: resource Disk1 online";
    told(
        &format!("{DISK}09:59:50 n1: node n2 removed\n{failover}"),
        expect![[r#"
        Volume1 owner
          ..09:30 - unknown
          09:30..09:59:50 n2 derived
          09:59:50..10:00:01 - unknown
          10:00:01.. n1 derived
        n2 up
          ..09:59:50 - unknown
          09:59:50.. false derived
    "#]],
    );
    told(
        &format!("{DISK}{failover}"),
        expect![[r#"
        Volume1 owner
          ..09:30 - unknown
          09:30..09:55 n2 derived
          09:55..10:00:01 - unknown
          10:00:01.. n1 derived
    "#]],
    );
}

/// Times that may be hours off: the second log of n2 is in local time of a zone that nothing tells.
#[test]
fn a_log_of_no_certain_time() {
    told(
        "09:30 n2: vm a#7 started
         base n2/b: unknown
         09:40 n2/b: vm a#7 stopped",
        expect![[r#"
            a placement
              ..09:30 - unknown
              09:30.. n2 Running derived
        "#]],
    );
}

/// Whether the role moved is not told by its going offline.
#[test]
fn a_role_that_goes_offline() {
    let vm = "09:10 n1: group a vm
        end n1: group a on n2
        end n1: vm a#7
        09:30 n2: vm a#7 started
        end n1: node n1 build 9600\n";
    told(
        &format!("{vm}10:00 n2: group a offline\n11:00 n2: group a online"),
        expect![[r#"
        a placement
          ..09:30 - unknown
          09:30.. n2 Running derived
    "#]],
    );
    told(
        &format!(
            "{vm}09:59 n2: group a move n2 n1 1641\n10:00 n2: group a offline\n11:00 n2: group a online"
        ),
        expect![[r#"
            a placement
              ..09:30 - unknown
              09:30..10:00 n2 Running derived
              10:00..11:00 - unknown
              11:00.. n2 derived
        "#]],
    );
}

/// 5142 leaves the state open; CSVFS does not.
#[test]
fn no_access_while_csvfs_is_paused() {
    told(
        "10:00 n1: volume #1 transition 4 1
         10:01 n1: volume #1 no-access
         10:02 n1: volume #1 transition 1 4",
        expect![[r#"
            01010101-0101-0101-0101-010101010101 mode on n1
              ..10:01 - unknown
              10:01..10:01:00+ Unavailable observed
              10:01:00+.. Unavailable assumed
            01010101-0101-0101-0101-010101010101 mode on n2
              .. - unknown
            01010101-0101-0101-0101-010101010101 state on n1
              ..10:00 Active derived
              10:00..10:02 Paused derived
              10:02.. Active derived
        "#]],
    );
    told(
        "10:00 n1: volume #1 transition 4 1
         10:01 n1: volume #1 no-access
         10:02 n1: volume #1 transition 2 4",
        expect![[r#"
            01010101-0101-0101-0101-010101010101 mode on n1
              ..10:01 - unknown
              10:01..10:01:00+ Unavailable observed
              10:01:00+.. Unavailable assumed
            01010101-0101-0101-0101-010101010101 mode on n2
              .. - unknown
            01010101-0101-0101-0101-010101010101 state on n1
              ..10:00 Active derived
              10:00..10:01 Paused derived
              10:01..10:02 - unknown
              10:02.. Active derived
        "#]],
    );
}

/// A service that starts while CSVFS is in its initial state leaves it there.
#[test]
fn a_service_that_starts_while_csvfs_has_not_begun() {
    told(
        "10:00 n1: volume #1 state 0
         10:01 n1: node n1 service-started
         10:02 n1: volume #1 transition 0 4",
        expect![[r#"
            01010101-0101-0101-0101-010101010101 state on n1
              ..10:00 - unknown
              10:00..10:02 Init derived
              10:02.. Active derived
            n1 up
              ..10:01 false derived
              10:01.. true derived
        "#]],
    );
}

/// Until CSVFS tells of access, or ten minutes have passed.
#[test]
fn access_after_a_node_has_joined() {
    let refs = "end n1: volume #1=Volume1=Disk1
        end n1: volume #1 fs ReFS
        end n1: node n1 build 20348
        end n1: volume #1 owner n1
        end n1: volume #1 mode n1 FileSystemRedirected FileSystemReFs
        10:00 n1: node n1 joined\n";
    told(
        refs,
        expect![[r#"
        Volume1 fs ReFS observed
        Volume1 owner
          .. n1 derived
        Volume1 mode on n1
          ..10:10 FileSystemRedirected FileSystemReFs assumed
          10:10.. FileSystemRedirected FileSystemReFs derived
        Volume1 mode on n2
          .. FileSystemRedirected FileSystemReFs assumed
        Volume1 state on n1
          .. Active derived
        n1 up
          ..10:00 - unknown
          10:00.. true derived
    "#]],
    );
    told(
        &format!("{refs}10:01 n1: volume #1 state 4"),
        expect![[r#"
        Volume1 fs ReFS observed
        Volume1 owner
          .. n1 derived
        Volume1 mode on n1
          ..10:01 FileSystemRedirected FileSystemReFs assumed
          10:01.. FileSystemRedirected FileSystemReFs derived
        Volume1 mode on n2
          .. FileSystemRedirected FileSystemReFs assumed
        Volume1 state on n1
          ..10:01 - unknown
          10:01.. Active derived
        n1 up
          ..10:00 - unknown
          10:00.. true derived
    "#]],
    );
}

/// 5121 names no reason, the row behind it does: they agree on the mode.
#[test]
fn a_lost_path_that_lasts() {
    let row = "end n1: volume #1=Volume1=Disk1
         end n1: volume #1 fs NTFS
         end n1: volume #1 storage san
         end n1: volume #1 mode n1 BlockRedirected NoDiskConnectivity
         end n1: volume #1 owner n2
         09:30 n2: resource Disk1 online
         09:20 n1: volume #1 state 4\n";
    told(
        &format!("{row}10:00 n1: volume Volume1=Disk1 direct-access-lost"),
        expect![[r#"
        Volume1 fs NTFS observed on san observed
        Volume1 owner
          ..09:30 - unknown
          09:30.. n2 derived
        Volume1 mode on n1
          ..09:30 Direct assumed
          09:30..10:00 Direct derived
          10:00.. BlockRedirected NoDiskConnectivity derived
        Volume1 state on n1
          ..09:20 - unknown
          09:20.. Active derived
    "#]],
    );
    told(
        &format!("{row}10:00 n1: volume Volume1=Disk1 direct-access-lost\n11:00 n1: volume #1 resumed"),
        expect![[r#"
            Volume1 fs NTFS observed on san observed
            Volume1 owner
              ..09:30 - unknown
              09:30.. n2 derived
            Volume1 mode on n1
              ..09:30 Direct assumed
              09:30..10:00 Direct derived
              10:00..11:00 BlockRedirected derived
              11:00..11:00:00+ Direct derived
              11:00:00+..12:00 - unknown
              12:00.. BlockRedirected NoDiskConnectivity derived
            Volume1 state on n1
              ..09:20 - unknown
              09:20.. Active derived
        "#]],
    );
}
