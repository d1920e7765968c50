//! Advice about the network: it carries the detour, and seldom makes it.

use super::paths::explained;
use super::situation::{Situation, cite, titles};
use super::{Advice, Fits, Ruling, ruling};

pub(super) const CONFIGURE: Advice = Advice {
    id: "configure-network",
    said: "Configure the network: bindings, SMB, firewall.",
    check: |s| {
        faults(s).unwrap_or_else(|| {
            explained(s, "The network carries this detour and does not make it; a better one makes it faster")
        })
    },
};

pub(super) const DEDICATED: Advice = Advice {
    id: "dedicated-csv-network",
    said: "Give CSV traffic a network of its own.",
    check: |s| {
        eases(s, "A network of its own keeps the detour from disturbing other traffic; it does not end it")
    },
};

pub(super) const PRIORITISE: Advice = Advice {
    id: "prioritise-cluster-networks",
    said: "Set the priorities (metrics) of the cluster networks.",
    check: |s| eases(s, "Metrics choose which wire the detour takes; they do not end it"),
};

/// A fault of the network that was found.
fn faults(s: &Situation<'_>) -> Option<Ruling> {
    let found = s.network_faults();
    let titles = titles(&found);
    let evidence = cite(found.iter().flat_map(|finding| &finding.span.evidence));
    (!found.is_empty()).then(|| ruling(Fits::Applies, format!("Found here: {titles}."), evidence))
}

/// What makes a detour bearable applies while there is one.
fn eases(s: &Situation<'_>, but: &str) -> Ruling {
    if let Some(fault) = faults(s) {
        return fault;
    }
    match s.detours().next() {
        Some(_) => ruling(Fits::Applies, format!("It eases and does not cure. {but}."), s.cause_evidence()),
        None => explained(s, but),
    }
}
