//! Microsoft-Windows-SMBClient. Channel SmbClient/Connectivity: connections, sessions and shares to other
//! servers, lost and found again; channel SMBClient/Operational: RDMA together with signing or encryption. Redirected I/O runs over such a connection to the coordinator.
//!
//! Typed layouts of Windows 10 18990 and Windows 11; 30803 v0 also in real records. Whether a connection is
//! the CSV's own is told by `InstanceName` where the version has it; its values are not published, so it is
//! passed on as printed.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Value;
use super::row::{Fields, MANY, Provider, Row, row};
use crate::fact::{Claim, Name, NetworkClaim, NetworkRef, SmbLink};

/// The tables.
pub(super) const PROVIDER: Provider = Provider {
    names: &["Microsoft-Windows-SMBClient"],
    guid: "988c59c5-0a1c-45b6-a555-0c62276e327d",
    rows: &[ROWS],
    known: super::known::SMB_CLIENT,
};

const REASON: (&str, &str) = ("Reason", "1");
const STATUS: (&str, &str) = ("Status", "3221225996");
const SERVER_LENGTH: (&str, &str) = ("ServerNameLength", "2");
const SERVER: (&str, &str) = ("ServerName", "n2");
const LENGTH: (&str, &str) = ("AddressLength", "16");
const BLOB: &str = "020001BDC0A801010000000000000000";
const ADDRESS: (&str, &str) = ("Address", BLOB);
const INSTANCE_LENGTH: (&str, &str) = ("InstanceNameLength", "16");
const INSTANCE: (&str, &str) = ("InstanceName", r"\Device\Instance");
const TYPE: (&str, &str) = ("ConnectionType", "1");
const SESSION: &[(&str, &str)] =
    &[STATUS, ("SessionId", "1"), ("TreeId", "5"), SERVER_LENGTH, SERVER, LENGTH, ADDRESS];

const ROWS: &[Row] = &[
    Row {
        id: 30803,
        name: "connect_failed_v0",
        count: 7..=MANY,
        versions: Some(0..=1),
        fields: &[REASON, STATUS, SERVER_LENGTH, SERVER, LENGTH, ADDRESS, TYPE],
        expect: "Network(NetworkRef { node: 'n2' }, Smb { event: 30803, link: SmbLink { server: 'n2', address: '192.168.1.1' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        claims: |f| link(f, false),
    },
    Row {
        id: 30803,
        name: "connect_failed",
        count: 10..=MANY,
        versions: Some(2..=u8::MAX),
        fields: &[
            REASON,
            STATUS,
            SERVER_LENGTH,
            SERVER,
            LENGTH,
            ("RemoteAddress", BLOB),
            ("LocalAddress", BLOB),
            INSTANCE_LENGTH,
            INSTANCE,
            TYPE,
        ],
        expect: r"Network(NetworkRef { node: 'n2' }, Smb { event: 30803, link: SmbLink { server: 'n2', address: '192.168.1.1', instance: '\Device\Instance' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        claims: |f| link(f, false),
    },
    Row {
        id: 30804,
        name: "disconnected_v0",
        count: 7..=MANY,
        versions: Some(0..=1),
        fields: &[REASON, STATUS, SERVER_LENGTH, SERVER, LENGTH, ADDRESS, TYPE],
        expect: "Network(NetworkRef { node: 'n2' }, Smb { event: 30804, link: SmbLink { server: 'n2', address: '192.168.1.1' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        claims: |f| link(f, false),
    },
    Row {
        id: 30804,
        name: "disconnected",
        count: 10..=MANY,
        versions: Some(2..=u8::MAX),
        fields: &[
            REASON,
            STATUS,
            INSTANCE_LENGTH,
            INSTANCE,
            SERVER_LENGTH,
            SERVER,
            LENGTH,
            ADDRESS,
            TYPE,
            ("InterfaceId", "3"),
        ],
        expect: r"Network(NetworkRef { node: 'n2' }, Smb { event: 30804, link: SmbLink { server: 'n2', address: '192.168.1.1', instance: '\Device\Instance' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        claims: |f| link(f, false),
    },
    row(
        30805,
        "session_lost",
        SESSION,
        "Network(NetworkRef { node: 'n2' }, Smb { event: 30805, link: SmbLink { server: 'n2', address: '192.168.1.1' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        |f| link(f, false),
    ),
    row(
        30806,
        "session_found",
        SESSION,
        "Network(NetworkRef { node: 'n2' }, Smb { event: 30806, link: SmbLink { server: 'n2', address: '192.168.1.1' }, up: true, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        |f| link(f, true),
    ),
    row(
        30807,
        "share_lost",
        SESSION,
        "Network(NetworkRef { node: 'n2' }, Smb { event: 30807, link: SmbLink { server: 'n2', address: '192.168.1.1' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        |f| link(f, false),
    ),
    row(
        30808,
        "share_found",
        SESSION,
        "Network(NetworkRef { node: 'n2' }, Smb { event: 30808, link: SmbLink { server: 'n2', address: '192.168.1.1' }, up: true, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        |f| link(f, true),
    ),
    row(
        30809,
        "request_timed_out",
        &[
            ("Smb2Command", "9"),
            ("MessageId", "77"),
            ("SessionId", "1"),
            ("TreeId", "5"),
            SERVER_LENGTH,
            SERVER,
            STATUS,
            INSTANCE_LENGTH,
            INSTANCE,
            ("RetryCount", "0"),
            ("ElapsedTimeInMs", "60000"),
        ],
        r"Network(NetworkRef { node: 'n2' }, Smb { event: 30809, link: SmbLink { server: 'n2', instance: '\Device\Instance' }, up: false, status: NtStatus { code: 3221225996, text: '(c000020c)' } })",
        |f| link(f, false),
    ),
    row(
        30909,
        "rdma_with_signing",
        &[SERVER_LENGTH, SERVER],
        "Network(NetworkRef { node: 'n2' }, RdmaSecured { event: 30909 })",
        secured,
    ),
    row(
        30910,
        "rdma_with_encryption",
        &[SERVER_LENGTH, SERVER],
        "Network(NetworkRef { node: 'n2' }, RdmaSecured { event: 30910 })",
        secured,
    ),
];

fn link(f: &Fields<'_>, up: bool) -> Option<Vec<Claim>> {
    let server = f.text("ServerName")?;
    let address = f.get("RemoteAddress").or_else(|| f.get("Address")).and_then(socket_address);
    let link = SmbLink {
        server: Some(Name::new(&server)).filter(|n| !n.is_empty()),
        address,
        instance: f.name("InstanceName"),
    };
    let event = u16::try_from(f.event().id).ok()?;
    let claim = NetworkClaim::Smb { event, link, up, status: f.status_code("Status") };
    Some(vec![Claim::Network(peer(&server), claim)])
}

/// 30909 and 30910 of 2016 and later: the share is named in the field of the server.
fn secured(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let event = u16::try_from(f.event().id).ok()?;
    Some(vec![Claim::Network(peer(&f.text("ServerName")?), NetworkClaim::RdmaSecured { event })])
}

/// A server is named by host, DNS name or address, with or without leading backslashes and a share.
fn peer(server: &str) -> NetworkRef {
    let host = server.trim_start_matches('\\').split('\\').next().unwrap_or_default();
    NetworkRef {
        node: Some(Name::node(host)).filter(|n| !n.is_empty() && !host.contains(':')),
        ..NetworkRef::default()
    }
}

/// The address in a SOCKADDR: family 2 is IPv4, 23 IPv6; the port is left out. Bytes, or their hexadecimal
/// text.
fn socket_address(value: &Value<'_>) -> Option<String> {
    let from_text: Vec<u8>;
    let bytes: &[u8] = match value {
        Value::Binary(bytes) => bytes,
        Value::Text(text) => {
            let digits = text.trim();
            let byte = |at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            from_text = (0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?;
            &from_text
        }
        _ => return None,
    };
    match bytes.first_chunk::<2>()? {
        [2, 0] => {
            let octets: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            Some(Ipv4Addr::from(octets).to_string())
        }
        [23, 0] => {
            let octets: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            Some(Ipv6Addr::from(octets).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, socket_address};

    #[test]
    fn addresses() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(socket_address(&Value::Text(text.into())).as_deref(), expect, "{text}");
        };
        check("020001BDC0A80101", Some("192.168.1.1"));
        check("170001BD000000000000000000000000000000000000000100000000", Some("::1"));
        check("170001BD00", None);
        check("0200", None);
        check("", None);
        check("zz", None);
        assert_eq!(
            socket_address(&Value::Binary([2, 0, 1, 0xbd, 10, 0, 0, 7][..].into())),
            Some("10.0.0.7".into())
        );
    }
}
