//! Names over time: a name means whom it meant when it was told. Volumes, VMs, roles, resources and nodes that were renamed,
//! made again under an old name, or evicted and added again.

use expect_test::expect;

use super::tests::{COMPLETE, check};

fn names(text: &str, expected: expect_test::Expect) {
    check(&format!("{COMPLETE}{text}"), expected);
}

#[test]
fn a_renamed_volume_is_one_and_its_files_are_the_same() {
    names(
        r"09:10 n1: volume #1=Volume1=Disk1
          09:20 n1: vm a#7 disk C:\ClusterStorage\Volume1\a\a.vhdx
          09:30 n2: volume Volume1=Disk1 direct-access-lost
          10:00 n1: volume #1=Gold
          11:00 n2: volume Gold=Disk1 resumed
          end n1: volume #1=Gold=Disk1
          end n1: volume #1 fs NTFS
          end n1: volume #1 owner n1
          end n1: volume #1 mode n2 Direct
          end n1: vm a#7 on n2
          end n1: vm a#7 disk C:\ClusterStorage\Gold\a\a.vhdx",
        expect![[r#"
            Gold fs NTFS observed
            Gold owner
              .. n1 derived
            Gold mode on n2
              ..09:30 Direct derived
              09:30..11:00 BlockRedirected derived
              11:00.. Direct derived
            Gold state on n2
              ..11:00 - unknown
              11:00.. Active derived
            a placement
              .. n2 Running derived
            route a ..09:30: direct from n2 via n1 derived
            route a 09:30..11:00: via_coordinator_block from n2 via n1 derived
            route a 11:00..: direct from n2 via n1 derived
        "#]],
    );
}

#[test]
fn a_volume_name_that_another_took_over() {
    names(
        "09:10 n1: volume #1=Volume1
         10:00 n1: volume #1=Volume1
         10:00:01 n1: volume #1=Gold
         10:30 n1: volume #2=Volume1
         09:30 n2: volume Volume1 direct-access-lost
         10:15 n2: volume Volume1 paused
         11:00 n1: volume Volume1 direct-access-lost
         end n1: volume #1=Gold
         end n1: volume #2=Volume1
         end n1: volume #1 fs NTFS
         end n1: volume #2 fs NTFS
         end n1: volume #1 mode n2 BlockRedirected
         end n1: volume #2 mode n1 BlockRedirected",
        expect![[r#"
            Gold fs NTFS observed
            Gold mode on n2
              ..09:30 Direct assumed
              09:30.. BlockRedirected assumed
            Gold state on n2
              .. Active assumed
            Volume1 fs NTFS observed
            Volume1 mode on n1
              ..11:00 Direct assumed
              11:00..12:00 BlockRedirected assumed
              12:00.. BlockRedirected derived
            Volume1 state on n1
              .. Active assumed
        "#]],
    );
}

/// A disk that left Cluster Shared Volumes, and another that Windows named the same: their cluster objects differ.
#[test]
fn a_resource_name_that_another_disk_took_over() {
    names(
        "09:10 n1: volume #1=Volume1=Disk1
         09:10 n1: resource Disk1#5 in 11111111-2222-3333-4444-555555555555
         09:20 n2: resource Disk1#5 online
         09:50 n1: volume #1=Volume1=Disk1
         09:50 n2: resource Disk1#5 offline
         11:00 n1: resource Disk1#6 online
         11:10 n1: volume #2=Volume2=Disk1
         end n1: volume #2=Volume2=Disk1
         end n1: resource Disk1#6 in 66666666-2222-3333-4444-555555555555
         end n1: resource Disk1#6 on n1",
        expect![[r#"
            Volume1 owner
              ..09:20 - unknown
              09:20..09:50 n2 derived
              09:50.. - unknown
            Volume2 owner
              ..11:00 - unknown
              11:00.. n1 derived
        "#]],
    );
}

#[test]
fn a_renamed_vm_is_one() {
    names(
        "09:10 n1: vm sql#7 started
         10:00 n1: vm sql-old#7 migrating n2
         10:00:08 n2: vm sql-old#7 arrived
         10:00:09 n1: vm sql-old#7 left",
        expect![[r#"
            sql-old placement
              ..09:10 - unknown
              09:10..10:00:09 n1 Running derived
              10:00:09.. n2 derived
        "#]],
    );
}

#[test]
fn a_vm_made_again_under_its_name_is_another() {
    let text = |between: &str| {
        format!(
            "09:10 n1: vm sql#7 started
             09:50 n1: vm sql#7 stopped
             10:00 n1: vm sql#7 deleted
             {between}
             10:30 n2: vm sql#8 created
             10:31 n2: vm sql#8 started
             11:30 n2: vm sql#8 started
             end n1: group sql vm
             11:00 n1: group sql move n2 n1
             11:00:05 n1: group sql online
             11:20 n1: group sql move n1 n2
             11:20:05 n2: group sql online"
        )
    };
    names(
        &text(""),
        expect![[r#"
        sql placement
          ..09:10 - unknown
          09:10..09:50 n1 Running derived
          09:50..10:00 n1 Off derived
          10:00.. - unknown
        sql placement
          ..10:30 - unknown
          10:30..10:31 n2 derived
          10:31..11:00 n2 Running derived
          11:00..11:20 n1 derived
          11:20..11:30 n2 derived
          11:30.. n2 Running derived
    "#]],
    );
    // Of which of them the role moved before the second was made is not told.
    names(
        &text("10:15 n1: group sql move n1 n2"),
        expect![[r#"
        sql placement
          ..09:10 - unknown
          09:10..09:50 n1 Running derived
          09:50..10:00 n1 Off derived
          10:00.. - unknown
        sql placement
          ..10:30 - unknown
          10:30..10:31 n2 derived
          10:31..11:00 n2 Running derived
          11:00..11:20 n1 derived
          11:20..11:30 n2 derived
          11:30.. n2 Running derived
    "#]],
    );
}

#[test]
fn a_role_made_again_under_its_name_is_another() {
    names(
        "09:10 n1: vm sql#7 started
         09:10 n1: group sql#3 vm
         09:10 n1: resource Virtual_Machine_sql#4 in sql#3
         09:30 n1: group sql#3 move n1 n2
         09:30:05 n2: group sql#3 online
         09:40 n2: vm sql#7 started
         10:00 n2: vm sql#7 deleted
         10:30 n1: vm sql#8 created
         10:31 n1: vm sql#8 started
         10:31 n1: group sql#5 vm
         10:31 n1: resource Virtual_Machine_sql#6 in sql#5
         11:00 n1: group sql#5 move n1 n2
         11:00:05 n2: group sql#5 online
         11:30 n2: vm sql#8 started",
        expect![[r#"
            sql placement
              ..09:10 - unknown
              09:10..09:30 n1 Running derived
              09:30..09:40 n2 derived
              09:40..10:00 n2 Running derived
              10:00.. - unknown
            sql placement
              ..10:30 - unknown
              10:30..10:31 n1 derived
              10:31..11:00 n1 Running derived
              11:00..11:30 n2 derived
              11:30.. n2 Running derived
        "#]],
    );
}

#[test]
fn a_node_evicted_and_added_again_has_another_number() {
    names(
        "09:00 n1: node n1#1
         09:00 n1: node n2#2
         09:00 n1: node n3#3
         09:30 n1: node self view 1 2 3
         10:00 n1: node n3#3 removed
         10:30 n1: node n4#3
         10:31 n1: node self view 1 2 3
         11:00 n1: node n3#4
         11:01 n1: node self view 1 2 3 4
         11:30 n1: node #3 removed
         12:00 n1: node n4#3",
        expect![[r#"
            n1 up
              ..09:30 - unknown
              09:30.. true derived
            n2 up
              ..09:30 - unknown
              09:30.. true derived
            n3 up
              ..09:30 - unknown
              09:30..09:30:00+ true observed
              09:30:00+..10:00 true assumed
              10:00..11:01 false derived
              11:01..11:01:00+ true observed
              11:01:00+.. true assumed
            n4 up
              ..09:30 - unknown
              09:30..10:31 false derived
              10:31..10:31:00+ true observed
              10:31:00+..11:01 true assumed
              11:01..11:01:00+ true observed
              11:01:00+..11:30 true assumed
              11:30.. false derived
        "#]],
    );
}
