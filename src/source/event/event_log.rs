//! The event log service on itself: started, stopped, cleared, the machine's name for its zone. What is not
//! logged between a stop and a start, or before a clearing, is no evidence of quiet.
//!
//! Two providers: the classic source `EventLog` with unnamed data (6005 to 6013), and
//! Microsoft-Windows-Eventlog (104, 1102 and so on). 6013 prints the zone's *standard* bias also in summer (real
//! records of October and July show 300 and 480 where Kernel-General says 240 and 420): only the zone's name
//! is taken from it.

use super::row::{Fields, Provider, Row, row};
use crate::fact::{Claim, ClockClaim, Name, NodeClaim, NodeRef};

/// The tables of the classic source.
pub(super) const CLASSIC: Provider =
    Provider { names: &["EventLog"], guid: "", rows: &[CLASSIC_ROWS], known: super::known::EVENT_LOG };

/// The tables of the manifest provider.
pub(super) const MANIFEST: Provider = Provider {
    names: &["Microsoft-Windows-Eventlog"],
    guid: "fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148",
    rows: &[MANIFEST_ROWS],
    known: super::known::EVENT_LOG_MANIFEST,
};

const CLASSIC_ROWS: &[Row] = &[
    row(6005, "started", &[], "Clock(LogService { started: true })", |_| service(true)),
    row(6006, "stopped", &[], "Clock(LogService { started: false })", |_| service(false)),
    row(6008, "unexpected_shutdown", &[], "Node(NodeRef { }, ShutDown { orderly: false })", |_| {
        Some(vec![Claim::Node(NodeRef::REPORTER, NodeClaim::ShutDown { orderly: false })])
    }),
    row(
        6013,
        "uptime",
        &[("", ""), ("", ""), ("", ""), ("", ""), ("", "15"), ("", "60"), ("", "300 Eastern Standard Time")],
        "Clock(Zone('Eastern Standard Time'))",
        zone,
    ),
];

const MANIFEST_ROWS: &[Row] = &[
    row(
        104,
        "cleared",
        &[
            ("SubjectUserName", "admin"),
            ("SubjectDomainName", "EXAMPLE"),
            ("Channel", "System"),
            ("BackupPath", ""),
        ],
        "Clock(LogCleared { channel: 'System' })",
        |f| Some(vec![Claim::Clock(ClockClaim::LogCleared { channel: f.name("Channel")? })]),
    ),
    row(1100, "service_stopped", &[], "Clock(LogService { started: false })", |_| service(false)),
    row(1102, "security_cleared", &[], "Clock(LogCleared { channel: 'Security' })", |_| {
        Some(vec![Claim::Clock(ClockClaim::LogCleared { channel: Name::new("Security") })])
    }),
];

fn service(started: bool) -> Option<Vec<Claim>> {
    Some(vec![Claim::Clock(ClockClaim::LogService { started })])
}

/// `300 Eastern Standard Time` in the seventh text.
fn zone(f: &Fields<'_>) -> Option<Vec<Claim>> {
    let text = f.event().at(6)?.text();
    let name = text.trim().split_once(' ').map(|(_, name)| Name::new(name)).filter(|name| !name.is_empty());
    Some(name.map(|name| Claim::Clock(ClockClaim::Zone(name))).into_iter().collect())
}
