//! Classic event sources of the storage stack in the System log: `disk`, and the adapter drivers that
//! `storport` logs for.
//!
//! Their data is unnamed: the device's path, other texts, then a binary block. 7 to 51 are the system's own
//! I/O messages (IoLogMsg.dll); 153 and 157 are told on Microsoft Learn ("Data corruption and disk errors
//! troubleshooting"), 154 there too, 129 in the debugging team's "Understanding storage timeouts": it carries
//! the adapter driver's name as its source, whichever that is.

use super::row::{Fields, Provider, Row, row};
use super::{Event, Meaning, Value};
use crate::fact::{Claim, DiskClaim, DiskRef, Name};

/// The tables.
pub(super) const PROVIDER: Provider =
    Provider { names: &["disk"], guid: "", rows: &[ROWS], known: super::known::IO_LOG };

const DEVICE: &[(&str, &str)] = &[("", r"\Device\Harddisk3\DR3")];

const ROWS: &[Row] = &[
    row(
        7,
        "bad_block",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 7 })",
        trouble,
    ),
    row(
        9,
        "timeout",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 9 })",
        trouble,
    ),
    row(
        11,
        "controller_error",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 11 })",
        trouble,
    ),
    row(
        15,
        "not_ready",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 15 })",
        trouble,
    ),
    row(
        51,
        "paging_error",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 51 })",
        trouble,
    ),
    row(
        153,
        "retried",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 153 })",
        trouble,
    ),
    row(
        154,
        "hardware_error",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, IoTrouble { source: 'disk', event: 154 })",
        trouble,
    ),
    row(
        157,
        "surprise_removed",
        DEVICE,
        r"Disk(DiskRef { number: 3, device: '\Device\Harddisk3\DR3' }, Disconnected { event: 157 })",
        |f| Some(vec![Claim::Disk(f.device()?, DiskClaim::Disconnected { event: 157 })]),
    ),
];

fn trouble(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let event = u16::try_from(f.event().id).ok()?;
    let source = Name::new(&f.event().provider.to_ascii_lowercase());
    Some(vec![Claim::Disk(f.device()?, DiskClaim::IoTrouble { source, event })])
}

/// 129 of any classic source on a RAID port: a request timed out and the device was reset.
pub(super) fn adapter_reset(event: &Event<'_>) -> Option<Meaning> {
    if event.id != RESET || event.provider_id.is_some() {
        return None;
    }
    let port = event.fields.iter().find_map(|f| match &f.value {
        Value::Text(text) => {
            let text = text.trim();
            let head = text.get(..RAID_PORT.len())?;
            head.eq_ignore_ascii_case(RAID_PORT).then_some(text)
        }
        _ => None,
    })?;
    let source = Name::new(&event.provider.to_ascii_lowercase());
    let claim = DiskClaim::IoTrouble { source, event: RESET as u16 };
    Some(Meaning::Claims(vec![Claim::Disk(DiskRef::device(port), claim)]))
}

/// Reset to device.
pub(super) const RESET: u32 = 129;

const RAID_PORT: &str = r"\Device\RaidPort";

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::{Event, Field, Meaning, Value, meaning};

    #[test]
    fn resets_of_any_adapter() {
        let check = |provider: &str, id, text: &str, claimed: bool| {
            let fields = [Field { name: "", value: Value::Text(Cow::Borrowed(text)) }];
            let event = Event {
                provider,
                provider_id: None,
                id,
                version: None,
                level: 3,
                channel: "System",
                user: None,
                fields: &fields,
            };
            assert_eq!(matches!(meaning(&event), Meaning::Claims(_)), claimed, "{provider} {id} {text}");
        };
        check("acmefc", 129, r"\Device\RaidPort1", true);
        check("acmefc", 129, r"\Device\Other", false);
        check("acmefc", 130, r"\Device\RaidPort1", false);
        check("Time-Service", 129, "no device", false);
    }
}
