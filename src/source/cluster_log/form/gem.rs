//! `[GEM]`: the ordered messages between nodes pause while a view changes. The pause names the proposed view, a
//! second key that ties clocks together.

use super::{Form, between, view};

pub(super) const FORMS: &[Form] = &[Form {
    name: "pause",
    tag: "GEM",
    needle: "Pause (proposedView = ",
    sample: "INFO  [GEM] Node 2: Pause (proposedView = 1101(1 2), currentView = 902(1), joiners = (2), InSteadyState = true)",
    expect: || view("1101(1 2)", "paused").into_iter().collect(),
    scan: |line| Some(vec![view(between(line.text, "proposedView = ", ", currentView")?, "paused")?]),
}];
