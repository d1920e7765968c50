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
    silent: &[
        1002, 1024, 1037, 1039, 1040, 1041, 1042, 1044, 1045, 1046, 1047, 1048, 1049, 1050, 1051, 1052, 1053,
        1054, 1055, 1057, 1066, 1068, 1070, 1071, 1077, 1078, 1080, 1090, 1092, 1093, 1094, 1105, 1116, 1119,
        1121, 1131, 1132, 1133, 1134, 1136, 1138, 1139, 1140, 1141, 1142, 1149, 1150, 1151, 1156, 1157, 1158,
        1159, 1181, 1182, 1183, 1186, 1190, 1191, 1192, 1193, 1194, 1195, 1196, 1197, 1198, 1206, 1207, 1208,
        1209, 1211, 1212, 1213, 1214, 1215, 1216, 1217, 1218, 1219, 1220, 1221, 1222, 1223, 1224, 1226, 1227,
        1228, 1229, 1231, 1232, 1233, 1234, 1239, 1240, 1241, 1242, 1243, 1244, 1245, 1246, 1247, 1248, 1249,
        1250, 1251, 1255, 1256, 1257, 1258, 1259, 1260, 1261, 1263, 1264, 1265, 1280, 1281, 1282, 1289, 1360,
        1361, 1362, 1363, 1537, 1538, 1539, 1540, 1541, 1542, 1543, 1544, 1545, 1546, 1547, 1548, 1549, 1550,
        1551, 1552, 1553, 1555, 1557, 1558, 1559, 1560, 1561, 1562, 1563, 1564, 1565, 1566, 1567, 1568, 1569,
        1570, 1571, 1572, 1573, 1574, 1575, 1576, 1577, 1578, 1579, 1580, 1581, 1582, 1583, 1585, 1586, 1587,
        1588, 1589, 1592, 1593, 1600, 1601, 1602, 1603, 1604, 1605, 1606, 1607, 1608, 1609, 1632, 1633, 1636,
        1639, 1640, 1648, 1649, 1650, 1651, 1652, 1653, 1654, 1655, 1656, 1657, 1658, 1659, 1664, 1683, 1684,
        1685, 1686, 1687, 1688, 1689, 1690, 1691, 1809, 1810, 1811, 1812, 1816, 2049, 2050, 2051, 2052, 4096,
        4097, 4098, 4099, 4100, 4101, 4102, 4103, 4104, 4105, 4106, 4107, 4108, 4109, 4110, 4111, 4112, 4113,
        4114, 4115, 4116, 4117, 4118, 4608, 4609, 4610, 4611, 4612, 4613, 4614, 4615, 4616, 4617, 4618, 4619,
        4620, 4621, 4622, 4623, 4624, 4625, 4626, 4627, 4628, 4629, 4864, 4865, 4866, 4867, 4868, 4869, 4870,
        4871, 4872, 4873, 4874, 5123, 5124, 5128, 5129, 5130, 5134, 5135, 5144, 5145, 5149, 5200, 5219, 5220,
        5235, 5237, 5245, 5393, 5394, 5395, 5397, 5398, 5399, 5400, 5401, 5408, 5409, 5410, 5411, 5412,
        43968, 43969, 43970, 43971, 43972, 43973, 43974,
    ],
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
