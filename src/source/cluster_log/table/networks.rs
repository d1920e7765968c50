//! `[=== Networks ===]`: role, metric and state of the cluster's networks, as printed.

use super::Bound;
use crate::fact::{Claim, Guid, Name, NetworkClaim, NetworkRef};

#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Name,
    pub(super) id: Option<Guid>,
    properties: NetworkClaim,
}

impl Row {
    pub(super) fn read(row: &Bound<'_>) -> Option<Self> {
        let text = |column: &str| row.cell(column).map(str::to_owned);
        let properties = NetworkClaim::Properties {
            state: text("state"),
            role: text("role"),
            metric: row.cell("metric").and_then(|cell| cell.parse().ok()),
            address: text("PrefixList"),
            mask: None,
        };
        Some(Self { name: row.name("Name")?, id: row.guid("Id"), properties })
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        let network = NetworkRef { network: Some(self.name.clone()), ..NetworkRef::default() };
        vec![Claim::Network(network, self.properties.clone())]
    }
}
