//! Inputs in an order of their content. Bundles number them by path; what is told of one instant must not stand in the
//! order of folders' names, so the case is built with other numbers, and gets the bundle's back when it is done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::InputData;
use crate::case::Case;
use crate::fact::{Fact, InputId};

/// The bundle's numbers, by those of the case under construction.
pub(super) struct Order(Vec<InputId>);

/// Sorts inputs by content and numbers them anew.
pub(super) fn by_content(inputs: &mut [InputData]) -> Order {
    // By path among equals, of which it does not matter who is first.
    inputs.sort_by_key(|input| input.id);
    inputs.sort_by_cached_key(quick);
    let mut from = 0;
    while from < inputs.len() {
        let key = quick(&inputs[from]);
        let count = inputs[from..].iter().take_while(|input| quick(input) == key).count();
        if count > 1 {
            inputs[from..from + count].sort_by_cached_key(|input| whole(&input.facts));
        }
        from += count;
    }
    let order = Order(inputs.iter().map(|input| input.id).collect());
    let new: BTreeMap<InputId, InputId> =
        order.0.iter().enumerate().map(|(at, id)| (*id, InputId(at as u32))).collect();
    for (at, input) in inputs.iter_mut().enumerate() {
        let id = InputId(at as u32);
        input.id = id;
        for fact in &mut input.facts {
            fact.origin.input = id;
            fact.also.iter_mut().for_each(|origin| origin.input = id);
        }
        input.copy_of = input.copy_of.and_then(|id| new.get(&id).copied());
        input.coverage.iter_mut().for_each(|piece| piece.input = id);
    }
    order
}

/// What tells nearly all inputs apart, at little cost.
fn quick(input: &InputData) -> (&'static str, Option<String>, u64, usize, u64) {
    let mut hasher = DefaultHasher::new();
    for fact in &input.facts {
        (fact.stamp, fact.origin.offset).hash(&mut hasher);
    }
    let node = input.node.as_ref().map(|node| node.as_str().to_ascii_lowercase());
    (input.kind, node, input.bytes, input.facts.len(), hasher.finish())
}

/// All that is said.
fn whole(facts: &[Fact]) -> u64 {
    struct Hashed(DefaultHasher);
    impl Write for Hashed {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut out = Hashed(DefaultHasher::new());
    for fact in facts {
        // Writing to a hasher cannot fail.
        let _ = write!(out, "{:?}{:?}", fact.reporter, fact.claim);
    }
    out.0.finish()
}

impl Order {
    /// Gives the case the bundle's numbers.
    pub(super) fn restore(self, case: &mut Case) {
        let was = |id: &mut InputId| *id = self.0[id.0 as usize];
        for placed in &mut case.facts {
            was(&mut placed.fact.origin.input);
            placed.fact.also.iter_mut().for_each(|origin| was(&mut origin.input));
        }
        case.covered.iter_mut().for_each(|piece| was(&mut piece.input));
        case.inputs.iter_mut().for_each(|input| was(&mut input.id));
        case.inputs.sort_by_key(|input| input.id);
        case.ledger.sort_by_key(|tally| tally.input);
    }
}
