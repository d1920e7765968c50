//! `[=== Nodes ===]`: names, numbers and states.

use super::Bound;
use crate::fact::{Claim, Guid, Name, NodeClaim, NodeRef, NodeState};

#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Name,
    /// The object's id, where the column `Id` holds one and not the number.
    pub(super) id: Option<Guid>,
    pub(super) number: Option<u32>,
    state: Option<NodeState>,
}

impl Row {
    pub(super) fn read(row: &Bound<'_>) -> Option<Self> {
        let name = Name::node(row.cell("Name")?);
        let number = row.cell("NodeNumber").or_else(|| row.cell("Id")).and_then(|cell| cell.parse().ok());
        let paused = (row.flag("paused") == Some(true)).then_some(NodeState::Paused);
        // The numbers of the engine's own state are not published; only words are read.
        let word = row.cell("state").filter(|cell| cell.bytes().all(|b| b.is_ascii_alphabetic()));
        let state = match word.map(NodeState::parse) {
            Some(NodeState::Up) | None => paused.or(word.map(NodeState::parse)),
            other => other,
        };
        Some(Self { name, id: row.guid("Id"), number, state })
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        let node = NodeRef { name: Some(self.name.clone()), number: self.number };
        let mut out = vec![Claim::Node(node.clone(), NodeClaim::Named)];
        out.extend(self.state.clone().map(|state| Claim::Node(node, NodeClaim::State(state))));
        out
    }
}
