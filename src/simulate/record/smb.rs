//! SMB client: what it logs of connections between nodes. Typed layouts of the published manifests.

use super::manifest;
use crate::simulate::log::{Record, Value};

/// Channel.
pub(in crate::simulate) const OPERATIONAL: &str = "Microsoft-Windows-SMBClient/Operational";

/// 30909: RDMA is there, and signing is in use (2016 and later).
pub(in crate::simulate) fn signing_on_rdma(share: &str) -> Record {
    let guid = "988c59c5-0a1c-45b6-a555-0c62276e327d";
    let length = Value::U16(share.encode_utf16().count() as u16);
    let fields = vec![("ServerNameLength", length), ("ServerName", Value::text(share))];
    manifest("Microsoft-Windows-SMBClient", guid, OPERATIONAL, 30909, 4, fields)
}
