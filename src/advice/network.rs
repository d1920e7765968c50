//! Advice about the network: it carries the detour, and seldom makes it.

use super::paths::explained;
use super::situation::{Situation, cite, titles};
use super::{Advice, Fits, Ruling, ruling};

pub(super) const CONFIGURE: Advice = Advice {
    id: "configure-network",
    said: "Configure the network: bindings, SMB, firewall.",
    check: |s| {
        found(s, BROKEN).unwrap_or_else(|| {
            explained(s, "The network carries this detour and does not make it; a better one makes it faster")
        })
    },
};

pub(super) const DEDICATED: Advice = Advice {
    id: "dedicated-csv-network",
    said: "Give CSV traffic a network of its own.",
    check: |s| {
        eases(
            s,
            SHARED,
            "A network of its own keeps the detour from disturbing other traffic; it does not end it",
        )
    },
};

pub(super) const PRIORITISE: Advice = Advice {
    id: "prioritise-cluster-networks",
    said: "Set the priorities (metrics) of the cluster networks.",
    check: |s| eases(s, WIRE, "Metrics choose which wire the detour takes; they do not end it"),
};

/// Rules whose cause is mended by configuring network or SMB.
const BROKEN: &[&str] = &[
    "smb-network-fault",
    "apipa-address",
    "rdma-signing",
    "missing-network-binding",
    "csv-network-role",
    "csv-wrong-network",
];
/// Rules that say that volumes have no wire of their own.
const SHARED: &[&str] = &["csv-network-role", "csv-wrong-network"];
/// Rules that say that another wire is used than the metrics say.
const WIRE: &[&str] = &["csv-wrong-network"];

/// What some rules found.
fn found(s: &Situation<'_>, rules: &[&str]) -> Option<Ruling> {
    let found = s.found(rules);
    let titles = titles(&found);
    let evidence = cite(found.iter().flat_map(|finding| &finding.span.evidence));
    // A network makes detours slow and volumes wait; what makes the detour is told beside it.
    let but = match s.cause_words() {
        causes if causes.is_empty() => String::new(),
        causes => format!(" It does not end the detour, whose cause is another: {causes}."),
    };
    (!found.is_empty()).then(|| ruling(Fits::Applies, format!("Found here: {titles}.{but}"), evidence))
}

/// What makes a detour bearable applies while there is one.
fn eases(s: &Situation<'_>, rules: &[&str], but: &str) -> Ruling {
    if let Some(found) = found(s, rules) {
        return found;
    }
    match s.detours().next() {
        Some(_) => ruling(Fits::Applies, format!("It eases and does not cure. {but}."), s.cause_evidence()),
        None => explained(s, but),
    }
}
