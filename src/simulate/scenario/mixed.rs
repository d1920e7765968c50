//! A cluster drawn from the seed: version, storage, size, what happens, what disturbs the bundle and what is
//! gathered. For property tests, benches and rules.

use super::Scenario;
use crate::simulate::world::World;
use crate::simulate::{Plan, Spec, gather};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "mixed",
    description: "anything: version, storage, size, story, noise and what is gathered are drawn from the seed",
    nodes: 2..=64,
    default_nodes: 0,
    default_hours: 0,
    least_hours: 2,
    story: "\
All of it is drawn from the seed: the Windows version and what its logs can tell, the storage, the causes of
redirection, moves, migrations, backups and faults, the clocks, and the noise.",
    left_out: "Drawn from the seed too.",
    play,
    collect: gather::all,
};

/// The spec of a plan.
pub(super) fn spec(plan: &Plan) -> Spec {
    let drawn = Spec::drawn(plan.seed);
    Spec {
        nodes: if plan.nodes == 0 { drawn.nodes } else { plan.nodes },
        hours: if plan.hours == 0 { drawn.hours } else { plan.hours },
        ..drawn
    }
}

fn play(plan: &Plan) -> World {
    spec(plan).play()
}
