//! Microsoft-Windows-FailoverClustering: what the cluster service wrote to the System and Operational logs,
//! as records or as `[System]` and `[Operational]` text of a cluster.log.
//!
//! Ids and positions are those of the message tables of 2008 R2, 2012, 2012 R2 and 2019; Microsoft's page
//! "Failover Clustering system log events" prints 5122 to 5126 shifted by one, and is not followed. Of the
//! field names only `VolumeName`, `ErrorCode` and `ReasonCode` are published; the others are ours, so that
//! position decides.
//!
//! Where one id has several messages with the same fields (1650, 1651, 1652), the fields do not tell which was
//! logged, and nothing is claimed.

mod disk;
mod node;
mod role;
mod volume;

use super::row::Provider;

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-FailoverClustering"],
    guid: "baf908ea-3421-4ca9-9b84-6689b8c6f85f",
    rows: &[volume::ROWS, role::ROWS, disk::ROWS, node::ROWS],
    known: super::known::FAILOVER_CLUSTERING,
};

/// The names in a list that a message prints between quotes. Its separator is not published: commas,
/// semicolons and line ends separate; a piece with white space inside may be one name or several, and is
/// left out rather than guessed.
fn listed(text: &str) -> Vec<&str> {
    let pieces = text.split([',', ';', '\n']).map(str::trim);
    pieces.filter(|piece| !piece.is_empty() && !piece.contains(char::is_whitespace)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::PROVIDER;

    #[test]
    fn layouts() {
        let check = |id, fields, expect| check(&PROVIDER, id, None, fields, expect);
        // A record may order or add fields: what it names is found by name.
        check(
            5120,
            &[("ReasonCode", "3"), ("ErrorCode", "(c00000b5)"), ("VolumeName", "V"), ("ResourceName", "D")],
            "Volume(VolumeRef { resource: 'D', friendly: 'V' }, AutoPaused { kind: Failure, \
             status: NtStatus { code: 3221225653, text: '(c00000b5)' } })",
        );
        check(5120, &[("", "Volume1"), ("", "Cluster Disk 1")], "Unknown");
        check(5120, &[("", ""), ("", ""), ("", "(c00000b5)")], "Malformed");
        // The engine names the new owner twice when the old one went down.
        check(
            1641,
            &[("", "g"), ("", "n2"), ("", "N2")],
            "Group(GroupRef { name: 'g' }, Moving { to: 'N2', kind: Unsaid })",
        );
        check(
            1069,
            &[("", "D"), ("", "g"), ("", "Physical Disk"), ("", "5038")],
            "Resource(ResourceRef { name: 'D' }, Failed { event: 1069, status: NtStatus { code: 5038, text: \
             '5038' } }); Resource(ResourceRef { name: 'D' }, InGroup(GroupRef { name: 'g' })); \
             Resource(ResourceRef { name: 'D' }, Kind('Physical Disk'))",
        );
        check(
            1666,
            &[("", "D"), ("", "21")],
            "Resource(ResourceRef { name: 'D' }, Failed { event: 1666, status: NtStatus { code: 21, text: \
             '21' } })",
        );
        check(1666, &[("", "D"), ("", "997")], "Silent");
        // A list that white space may or may not divide names nobody.
        check(1681, &[("", "N1"), ("", "vm1 vm2")], "Silent");
        check(5217, &[("", "Volume1 Volume2"), ("", "x"), ("", "5")], "Silent");
        check(1650, &[("", "10.0.0.1:3343"), ("", "10.0.0.2:3343")], "Silent");
        check(9999, &[], "Unknown");
    }
}
